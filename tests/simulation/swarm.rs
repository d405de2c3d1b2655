//! Every knob, at random moments of many treatments: whatever breaks, the judges hold, and somebody
//! sees it, or there is a reason why nobody needs to.

use std::collections::BTreeSet;
use std::fmt::Write;

use pen_core::cartridge::Kind;
use pen_core::fault::StopCause;
use pen_core::journal::{Entry, Record};
use pen_core::profile::Mechanism;
use pen_protocol::messages::{InfoReply, ToHost, ToPen};
use pen_sim::fault::Knob;
use pen_sim::pen::{Observer, Truth};
use pen_sim::rng::Seed;

use crate::rig::{Desk, Setup};

/// Treatments for each knob and moment.
const SEEDS: u64 = 6;
/// How often the host asks for the status meanwhile (ms).
const ASK_EVERY_MS: u64 = 50;

/// Rules of the judges that a knob breaks, although the pen does what it can, and what holds in
/// their place; this test checks the latter.
fn judged_otherwise(knob: Knob, moment: Moment, rule: &str) -> Option<&'static str> {
    match (knob, rule) {
        (Knob::TriggerBothStuck, "STOP-013") => Some(
            "two contacts that fail at once are two faults; the activation ends after 120 s (SESS-010)",
        ),
        (Knob::BridgeStuckOn, "STOP-013") if moment == Moment::Stopping => Some(
            "the brake came in time, then the bridge drove on; the second path opens within 110 ms \
             of the fault (STOP-008, STOP-011)",
        ),
        (
            Knob::PowerWatchdog
            | Knob::PowerBrownOut
            | Knob::PowerCut
            | Knob::TickHang
            | Knob::FlashCut,
            "SAFE-003",
        ) => Some(
            "without power there was no torque; after it the motor is braked for a moment: in all \
             the bridge is enabled for less than 500 ms (PWR-005)",
        ),
        // A known gap, not a reason: nothing in the pen doubts a tachometer that loses edges evenly.
        // Nor a clock: one that is 7 % fast makes 160 Hz of 150 Hz.
        (Knob::ClockDrift, "RATE-002") => Some("SENS-005 is not done: see docs/requirements.md"),
        (Knob::HallSlow, "RATE-002" | "STOP-003") => {
            Some("RATE-006 is not done: see docs/requirements.md")
        }
        _ => None,
    }
}

/// Bounds that hold in place of a rule (us): torque after a bridge that drives on by itself, and
/// the time for which the bridge is enabled after the trigger's release.
const TORQUE_US: u64 = 110_000;
const ENABLED_US: u64 = 500_000;

/// When it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Zone confirmed, trigger not yet pressed.
    Ready,
    /// Needles in the skin, at a random phase of the loop.
    Treating,
    /// Within 40 ms of the trigger's release.
    Stopping,
}

/// Knobs that are judged by `pen-sim sweep` alone: they are newer than the lists of this file.
const fn is_left_to_the_sweep(knob: Knob) -> bool {
    matches!(
        knob,
        Knob::BridgeShort
            | Knob::HallEdgeLost
            | Knob::HallMagnetLost
            | Knob::HallGlitch
            | Knob::TagFrozen
            | Knob::DepthCommon
            | Knob::DepthADrift
            | Knob::DepthBDrift
    )
}

/// What nobody needs to see while the pen treats, and why.
fn benign(knob: Knob) -> Option<&'static str> {
    match knob {
        Knob::DepthASpike | Knob::DepthBSpike => {
            Some("one bad sample is bridged for up to 10 ms (SENS-001)")
        }
        Knob::BatterySag | Knob::BatteryOhm | Knob::BatterySoc => {
            Some("while the rate and 3.20 V a cell are held, a weaker battery changes nothing")
        }
        Knob::BatteryStuckAt => Some(
            "a plausible reading that is wrong shifts the feed-forward; the loop holds the rate",
        ),
        Knob::BridgeEnableWelded => Some(
            "the second path is tested before a zone, not while the first one works (STOP-004)",
        ),
        Knob::BridgeBrakeOpen => Some("seen at the next stop (STOP-008)"),
        Knob::MotorFriction | Knob::SkinDull | Knob::SpringBroken => {
            Some("a load that the motor can carry is carried (RATE-001)")
        }
        Knob::CurrentOffset | Knob::CurrentStuckAt => {
            Some("a plausible current that is wrong: limits on current are one of several layers")
        }
        Knob::SeatClosed => Some("a seat switch that reads seated while it is seated"),
        Knob::SeatBounce => {
            Some("shorter than the 40 ms for which an open seat is tolerated (CART-001)")
        }
        Knob::TagUnreadable | Knob::TagSilent => {
            Some("the tag is read at rest; a second look while running is CART-006, not done")
        }
        Knob::TagBurnFails => {
            Some("the pen remembers the cartridge itself, whatever the tag does (CART-003)")
        }
        Knob::TriggerClosedStuck | Knob::TriggerOpenedStuck => {
            Some("the other contact still stops; two that disagree are a lock at rest (STOP-001)")
        }
        Knob::ButtonOkStuck | Knob::ButtonNextStuck => {
            Some("buttons do nothing while the pen treats, and act on being pressed only")
        }
        Knob::VbusAbsent => Some("reads what is so: there is no cable"),
        Knob::ClockDrift => Some("a known gap, SENS-005: nothing in the pen doubts its clock"),
        Knob::DepthANoisy | Knob::DepthBNoisy => {
            Some("noise within what the channels may disagree by (DEPTH-004)")
        }
        Knob::DepthAOffset | Knob::DepthBOffset => Some(
            "channels that differ by less than 100 um are both believed, the deeper more (DEPTH-003)",
        ),
        Knob::HallSlow => Some("a known gap, RATE-006: the motor turns faster than it looks"),
        Knob::TriggerBothStuck => Some("looks like a held trigger; ends after 120 s (SESS-010)"),
        Knob::ActuatorStuck => Some("the actuator is not moved while the motor turns (DEPTH-007)"),
        Knob::ToPenFlip
        | Knob::ToPenDrop
        | Knob::ToPenGarbage
        | Knob::ToPenCorrupt
        | Knob::ToHostFlip
        | Knob::ToHostDrop
        | Knob::ToHostGarbage
        | Knob::ToHostCorrupt => {
            Some("what is lost on the line is asked again (LINK-001, LINK-002)")
        }
        Knob::GripHot | Knob::GripStuckAt => {
            Some("less than 41 degC is no heat, and a model stands behind the thermistor (PWR-004)")
        }
        Knob::AccelerometerShock => Some("6 g and less is no shock (PWR-007)"),
        Knob::FlashFlip => Some("records are read at start-up; most of the flash is empty"),
        Knob::FlashCut => Some("no flash operation comes while the motor turns (STORE-003)"),
        _ => None,
    }
}

/// Whether the brake cannot do its work, so that how it stops is not judged.
const fn takes_the_brake(knob: Knob) -> bool {
    matches!(
        knob,
        Knob::BridgeStuckOn
            | Knob::BridgeBrakeOpen
            | Knob::BridgeOpen
            | Knob::TickHang
            | Knob::PowerWatchdog
            | Knob::PowerBrownOut
            | Knob::PowerCut
            | Knob::FlashCut
    )
}

/// The usual number in the first treatment, any other of the knob's range afterwards; nothing keeps
/// the pen away for longer than the run.
fn value(knob: Knob, seed: u64) -> i64 {
    let info = knob.info();
    if seed == 0 {
        return info.default;
    }
    let most = match knob {
        // Longer is `tick.hang_ms`: there the watchdog bites.
        Knob::TickLate => 45_000,
        Knob::PowerWatchdog | Knob::PowerBrownOut | Knob::PowerCut => 1_000,
        Knob::ToPenGarbage | Knob::ToHostGarbage => 500,
        _ => info.max,
    };
    let span = u64::try_from(most - info.min).expect("a range") + 1;
    let chance = Seed::new(0x5a4d).derive(info.component).derive(info.kind);
    info.min + i64::try_from(chance.below(1, seed, span)).expect("within the range")
}

/// What one treatment came to.
#[derive(Debug, Default)]
struct Run {
    /// What anybody saw of it.
    seen: BTreeSet<String>,
    /// From the injection to the end of the drive, if that came before the trigger's release (us).
    to_brake_us: Option<u64>,
    /// Rules that were broken, each beginning with its requirement.
    broken: Vec<String>,
    after: After,
    /// How to repeat it.
    again: String,
}

fn setup(knob: Knob, seed: u64) -> Setup {
    let chance = Seed::new(seed).derive("swarm");
    let rates = [50, 80, 100, 120, 150];
    let place = usize::try_from(chance.below(1, 0, 5)).expect("small");
    Setup {
        rate_hz: rates[place],
        mechanism: match knob {
            Knob::ActuatorStuck | Knob::ActuatorLost => Mechanism::Actuator,
            _ => Mechanism::Ring,
        },
        kind: [Kind::Twelve, Kind::ThirtySix][usize::from(chance.chance(2, 0, 0.5))],
        on_skin: !chance.chance(3, 0, 0.25),
        soc: Some(0.55 + 0.45 * chance.uniform(4, 0)),
        has_brake: !takes_the_brake(knob),
        ..Setup::of(1_000 + seed)
    }
}

/// What the judges do not measure: torque since the fault, and the enabled bridge since the release.
#[derive(Debug, Default)]
struct After {
    fault_us: Option<u64>,
    last_torque_us: u64,
    released: bool,
    enabled_us: u64,
    time_us: u64,
}

impl Observer for After {
    fn step(&mut self, truth: &Truth) {
        if truth.powered && self.fault_us.is_some() {
            self.last_torque_us = truth.time_us;
        }
        if self.released && truth.enable && truth.alive {
            self.enabled_us += truth.time_us - self.time_us;
        }
        self.time_us = truth.time_us;
    }
}

impl After {
    /// From the fault to the end of the last torque.
    fn torque_us(&self) -> u64 {
        self.last_torque_us
            .saturating_sub(self.fault_us.unwrap_or(0))
    }
}

/// A host that asks for the status all the time; how often it got none.
#[derive(Debug, Default)]
struct Asking {
    waiting: Option<u8>,
    unanswered: u32,
}

impl Asking {
    fn ms(&mut self, desk: &mut Desk, after: &mut After, ms: u64) {
        for _ in 0..ms.div_ceil(ASK_EVERY_MS) {
            if let Some(seq) = self.waiting
                && desk.heard(seq).is_none()
            {
                self.unanswered += 1;
            }
            desk.forget_answers();
            let seq = desk.send(&ToPen::Status);
            self.waiting = Some(seq);
            desk.ms_with(ASK_EVERY_MS, after);
        }
    }
}

fn treat(knob: Option<Knob>, moment: Moment, seed: u64) -> Run {
    let shaped = knob.unwrap_or(Knob::VbusAbsent);
    let setup = setup(shaped, seed);
    let chance = Seed::new(seed).derive("moment");
    let mut desk = Desk::ready(&setup);
    let number = value(shaped, seed);
    let mut asking = Asking::default();
    let inject = |desk: &mut Desk| {
        if let Some(knob) = knob {
            desk.pen.faults().set(knob, number).expect("in range");
        }
        desk.now_us()
    };
    let mut after = After::default();
    if moment == Moment::Ready {
        after.fault_us = Some(inject(&mut desk));
        asking.ms(&mut desk, &mut after, 100 + chance.below(1, 0, 400));
    }
    desk.pen.hand().press_trigger();
    asking.ms(&mut desk, &mut after, 600);
    desk.ms_with(chance.below(2, 0, 500), &mut after);
    if moment == Moment::Treating {
        after.fault_us = Some(inject(&mut desk));
    }
    asking.ms(&mut desk, &mut after, 1_500);
    let released_us = desk.now_us();
    after.released = true;
    desk.pen.hand().release_trigger();
    if moment == Moment::Stopping {
        desk.ms_with(chance.below(3, 0, 40), &mut after);
        after.fault_us = Some(inject(&mut desk));
    }
    asking.ms(&mut desk, &mut after, 1_500);
    let at_us = after.fault_us.unwrap_or(0);
    let mut run = Run {
        again: format!("{shaped:?} = {number}, {moment:?}, seed {seed}: {setup:?}"),
        ..Run::default()
    };
    let ends = desk.watch.monitors.torque.iter();
    run.to_brake_us = ends
        .filter(|(when, drives)| !drives && (at_us..released_us).contains(when))
        .map(|(when, _)| when - at_us)
        .next();
    run.broken = desk.watch.broken();
    run.after = after;
    observe(&mut run, &mut desk, &asking);
    run
}

/// Asks pen, journal and host what they have seen.
fn observe(run: &mut Run, desk: &mut Desk, asking: &Asking) {
    if let Some(status) = desk.status() {
        for lock in status.locks.iter() {
            run.seen.insert(format!("locked {lock:?}"));
        }
    }
    if asking.unanswered > 2 {
        run.seen.insert("host unanswered".to_owned());
    }
    for (_, fault) in &desk.watch.faults {
        run.seen.insert(format!("tripped {fault:?}"));
    }
    // What is broken for good would keep the tests from asking.
    desk.pen.faults().clear_all();
    desk.ms(1_500);
    if desk.mode().is_none() {
        run.seen.insert("dead".to_owned());
        return;
    }
    desk.hello();
    let journal = desk.journal();
    note_records(run, &journal);
    if let Some(ToHost::InfoReply(info)) = desk.ask(&ToPen::Info) {
        note_info(run, &info);
    }
}

fn note_records(run: &mut Run, journal: &[Entry]) {
    let mut boots = 0;
    for entry in journal {
        let seen = match entry.record {
            Record::Booted { cause } => {
                boots += 1;
                if boots > 1 {
                    format!("restarted after {cause:?}")
                } else {
                    continue;
                }
            }
            Record::Tripped(trip) => format!("tripped {:?}", trip.fault),
            Record::Stopped { cause, .. } if cause != StopCause::Released => {
                format!("stopped {cause:?}")
            }
            Record::Warned { warning, .. } => format!("warned {warning:?}"),
            Record::Refused { what, .. } => format!("refused {what:?}"),
            Record::CartridgeRefused { defect } => format!("refused cartridge {defect:?}"),
            Record::LinkLocked { .. } => "link locked".to_owned(),
            _ => continue,
        };
        run.seen.insert(seen);
    }
}

fn note_info(run: &mut Run, info: &InfoReply) {
    let link = info.link;
    let bad = link.bad_cobs + link.too_long + link.too_short + link.bad_crc + link.bad_payload;
    if bad > 0 {
        run.seen.insert("link counted".to_owned());
    }
    let storage = info.storage;
    if storage.fell_back || storage.journal_breaks > 0 || storage.write_error.is_some() {
        run.seen.insert("storage told".to_owned());
    }
}

/// A line of the table.
fn line(knob: Knob, moment: Moment, runs: &[Run]) -> String {
    let info = knob.info();
    let worst = runs.iter().filter_map(|run| run.to_brake_us).max();
    let braked = runs.iter().filter(|run| run.to_brake_us.is_some()).count();
    let unseen = runs.iter().filter(|run| run.seen.is_empty()).count();
    let all: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| run.seen.iter().map(String::as_str))
        .collect();
    let all: Vec<&str> = all.into_iter().collect();
    let mut text = format!(
        "{:<28} {:<9} ",
        format!("{}.{}", info.component, info.kind),
        format!("{moment:?}")
    );
    let _ = match worst {
        Some(us) => write!(text, "{braked} stopped, worst {:>8.1} ms  ", ms(us)),
        None => write!(text, "{:31}", ""),
    };
    let _ = write!(text, "{}", all.join(", "));
    if unseen > 0 {
        let _ = write!(text, " (unseen {unseen} of {})", runs.len());
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a run")]
fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

/// Runs every knob at a moment; prints the table and returns what must not be.
fn swarm(moment: Moment) -> Vec<String> {
    let mut wrong = Vec::new();
    let here = |knob: &Knob| !is_left_to_the_sweep(*knob);
    for knob in Knob::ALL.into_iter().filter(here) {
        let runs: Vec<Run> = (0..SEEDS)
            .map(|seed| treat(Some(knob), moment, seed))
            .collect();
        println!("{}", line(knob, moment, &runs));
        for run in &runs {
            for rule in &run.broken {
                let id = rule.split(' ').next().unwrap_or("");
                match judged_otherwise(knob, moment, id) {
                    Some(why) => println!("    {rule}: {why}"),
                    None => wrong.push(format!("{rule} under {}", run.again)),
                }
            }
            if run.after.enabled_us > ENABLED_US && knob != Knob::TriggerBothStuck {
                let enabled = run.after.enabled_us;
                wrong.push(format!("enabled for {enabled} us under {}", run.again));
            }
            if moment == Moment::Stopping
                && run.after.torque_us() > TORQUE_US
                && knob == Knob::BridgeStuckOn
            {
                let torque = run.after.torque_us();
                wrong.push(format!("torque for {torque} us under {}", run.again));
            }
            let must_be_seen = moment == Moment::Treating && benign(knob).is_none();
            if must_be_seen && run.seen.is_empty() {
                wrong.push(format!("nobody saw {}", run.again));
            }
        }
    }
    wrong
}

#[test]
fn proof_005_a_treatment_without_a_fault_shows_nothing() {
    for moment in [Moment::Ready, Moment::Treating, Moment::Stopping] {
        for seed in 0..12 {
            let run = treat(None, moment, seed);
            assert!(run.broken.is_empty(), "{run:?}");
            assert!(run.seen.is_empty(), "{run:?}");
            assert_eq!(run.to_brake_us, None, "{run:?}");
        }
    }
}

#[test]
fn proof_005_every_knob_while_treating_is_seen_and_no_rule_breaks() {
    let wrong = swarm(Moment::Treating);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn proof_005_every_knob_before_the_start_breaks_no_rule() {
    let wrong = swarm(Moment::Ready);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn proof_005_every_knob_within_the_stop_breaks_no_rule() {
    let wrong = swarm(Moment::Stopping);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_reason_is_given_for_a_knob_that_needs_one() {
    let without = Knob::ALL.iter().filter(|knob| benign(**knob).is_none());
    let without = without.count();
    assert!(without > 30, "{without}: most of what breaks must be seen");
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/requirements.md");
    let book = std::fs::read_to_string(book).expect("docs/requirements.md");
    for (gap, knob) in [("RATE-006", "hall.slow"), ("SENS-005", "clock.drift_ppm")] {
        let row = book
            .lines()
            .find(|line| line.starts_with(&format!("| {gap} ")));
        assert!(
            row.is_some_and(|row| row.contains("not yet")),
            "{gap} is done: `{knob}` must be seen now, take it out of this test's lists"
        );
    }
}

#[test]
fn a_trigger_that_is_stuck_in_both_contacts_ends_with_the_activation() {
    let mut desk = Desk::treating(&Setup::of(8));
    desk.pen
        .faults()
        .set(Knob::TriggerBothStuck, 1)
        .expect("a knob");
    desk.ms(1_000);
    desk.pen.hand().release_trigger();
    desk.ms(122_000);
    let truth = desk.pen.truth();
    assert!(!truth.powered && !truth.enable, "{truth:?}");
    // A jam holds the trigger: there is no release that the pen could have seen.
    desk.assert_judges("a jammed trigger");
    let stopped = desk.records(|record| {
        matches!(
            record,
            Record::Stopped {
                cause: StopCause::ActivationTime | StopCause::ZoneTime,
                ..
            }
        )
    });
    assert_eq!(stopped.len(), 1);
}
