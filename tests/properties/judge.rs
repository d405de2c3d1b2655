//! The reference: simple accounts of the raw inputs, kept apart from the pen's own, and the rules
//! that follow from them. All limits are restated here.

use crate::phases::Variant;
use crate::tally;
use pen_core::fault::{Fault, Trip};
use pen_core::io::{Inputs, TagReading};
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::profile::{DeviceProfile, Mechanism};
use pen_core::request::{Reply, Request, Role};
use pen_core::session::Ledger;
use pen_core::units::{Duration, Strokes};
use pen_tests::given;
use pen_tests::rig::{Cam, Hall, Rig, Wire};
use std::collections::VecDeque;

/// What the pen says and does after a tick, as far as a rule needs it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as they are seen"
)]
#[derive(Clone, Debug)]
struct Seen {
    mode: Mode,
    drives: bool,
    brakes: bool,
    fault: Option<Trip>,
    ledger: Ledger,
    stored: Ledger,
    cap_um: Option<i32>,
    target_um: i32,
    zone: Option<u8>,
    zone_ms: u32,
    stop_asked: bool,
    acknowledged: bool,
    zero_checked: bool,
}

/// Accounts of the raw inputs. All times in ticks of about a millisecond.
#[derive(Clone, Debug, Default)]
struct Accounts {
    /// The trigger was released for so long, in one piece, in this mode.
    released_for: u32,
    release_seen: bool,
    held_for: u32,
    cable_absent_for: u32,
    a_bad_for: u32,
    b_bad_for: u32,
    current_bad_for: u32,
    over_for: u32,
    above_cap_for: u32,
    apart_for: u32,
    far_apart_for: u32,
    unseated_for: u32,
    silent_for: u32,
    edges: VecDeque<u32>,
    above_1000_for: u32,
    above_1500_for: u32,
    low_for: u32,
    light_for: u32,
    deaf_for: u32,
    hot_for: u32,
    grip_bad_for: u32,
    halting_for: u32,
    pushed_for: u32,
    zone_on: [u32; 8],
    session_on: u32,
    session: u32,
    terminal: bool,
    activation: u32,
}

impl Accounts {
    fn of_inputs(&mut self, fed: &Inputs, cap_um: Option<i32>) {
        let count = |so: bool, time: u32| if so { time.saturating_add(1) } else { 0 };
        self.held_for = count(fed.trigger == given::HELD, self.held_for);
        self.released_for = count(fed.trigger == given::RELEASED, self.released_for);
        self.release_seen = self.release_seen || self.released_for >= 100;
        self.cable_absent_for = count(!fed.vbus, self.cable_absent_for);
        let usable = |sample: pen_core::io::Sample, low: u16, high: u16| {
            (low..=high).contains(&sample.counts) && sample.age <= Duration::from_us(10_000)
        };
        let (a, b) = (
            usable(fed.depth_a, 260, 3_900),
            usable(fed.depth_b, 650, 4_030),
        );
        self.a_bad_for = count(!a, self.a_bad_for);
        self.b_bad_for = count(!b, self.b_bad_for);
        let a_um = (i32::from(fed.depth_a.counts) - 400) * 10 / 14;
        let b_um = (3_900 - i32::from(fed.depth_b.counts)) * 10 / 13;
        let deeper = a_um.max(b_um);
        let beyond = |um: i32| a && b && cap_um.is_some_and(|cap| deeper > cap + um);
        self.over_for = count(beyond(51), self.over_for);
        self.above_cap_for = count(beyond(1), self.above_cap_for);
        let apart = (a_um - b_um).abs();
        self.apart_for = count(a && b && apart > 102, self.apart_for);
        self.far_apart_for = count(a && b && apart > 202, self.far_apart_for);
        self.unseated_for = count(!fed.seated, self.unseated_for);
        let ma = (i32::from(fed.current.counts) - 2_048).abs();
        let current = usable(fed.current, 9, 4_086);
        self.current_bad_for = count(!current, self.current_bad_for);
        self.above_1000_for = count(current && ma > 1_000, self.above_1000_for);
        self.above_1500_for = count(current && ma > 1_500, self.above_1500_for);
        let low = fed.battery.counts < 2_559 && usable(fed.battery, 9, 4_086);
        self.low_for = count(low, self.low_for);
        // 1 306 counts are 43.1 degC; the table ends at 401 and 3 156.
        let grip = usable(fed.grip, 401, 3_156);
        self.hot_for = count(grip && fed.grip.counts < 1_300, self.hot_for);
        self.grip_bad_for = count(!grip, self.grip_bad_for);
        let felt = felt_mg(fed);
        let deaf = fed.acceleration.age > Duration::from_us(10_000);
        self.light_for = count(!deaf && felt < 280, self.light_for);
        self.deaf_for = count(deaf, self.deaf_for);
        let edges = u32::from(fed.tacho.edges.unsigned_abs());
        self.silent_for = count(edges == 0, self.silent_for);
        self.edges.push_front(edges);
        self.edges.truncate(245);
    }

    /// A rule that is broken, by its id.
    fn broken(&self, seen: &Seen, fed: &Inputs) -> Option<&'static str> {
        self.broken_while_driving(seen, fed)
            .or_else(|| self.broken_while_treating(seen, fed))
            .or_else(|| self.broken_otherwise(seen))
    }

    fn broken_while_driving(&self, seen: &Seen, fed: &Inputs) -> Option<&'static str> {
        let works = matches!(seen.mode, Mode::Treating | Mode::ServiceRunning);
        if !works || !seen.drives {
            return None;
        }
        let edges: u32 = self.edges.iter().sum();
        let allowed = if seen.mode == Mode::Treating { 161 } else { 88 };
        [
            (seen.fault.is_some(), "STOP-006: drives with a fault"),
            (self.terminal, "STOP-012: drives after a terminal fault"),
            (seen.stop_asked, "STOP-010: drives although stop was said"),
            (self.a_bad_for > 11, "DEPTH-005: drives without channel A"),
            (self.b_bad_for > 11, "DEPTH-005: drives without channel B"),
            (self.apart_for > 60, "DEPTH-004: drives with channels apart"),
            (
                self.far_apart_for > 3,
                "DEPTH-004: drives with channels far apart",
            ),
            (
                self.current_bad_for > 11,
                "SENS-001: drives without a current",
            ),
            (self.light_for > 150, "PWR-007: drives while it falls"),
            (
                felt_mg(fed) > 6_010 && self.deaf_for == 0,
                "PWR-007: drives through a shock",
            ),
            (
                self.deaf_for > 11,
                "SENS-001: drives without an accelerometer",
            ),
            (self.hot_for > 1_000, "PWR-004: drives with a hot grip"),
            (
                self.grip_bad_for > 11,
                "SENS-001: drives without a thermistor",
            ),
            (self.above_1500_for > 50, "PWR-002: drives above 1.5 A"),
            (self.above_1000_for > 300, "PWR-002: drives above 1.0 A"),
            (
                self.silent_for.min(self.activation) > 151,
                "RATE-003: drives without edges",
            ),
            (
                edges > allowed,
                "RATE-010: drives beyond the strokes of 250 ms",
            ),
            (
                fed.tacho.edges < -2,
                "RATE-009: drives although it turns backward",
            ),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
    }

    fn broken_while_treating(&self, seen: &Seen, fed: &Inputs) -> Option<&'static str> {
        if seen.mode == Mode::ServiceRunning && seen.drives && !fed.seated {
            return Some("CAL-004: service drives without the dummy");
        }
        if seen.mode != Mode::Treating || !seen.drives {
            return None;
        }
        let zone = usize::from(seen.zone.unwrap_or(7));
        [
            (
                fed.trigger != given::HELD,
                "STOP-001: drives without the trigger",
            ),
            (self.cable_absent_for < 250, "PWR-003: drives near a cable"),
            (
                self.over_for >= 20,
                "DEPTH-002: drives deeper than cap and 50 um",
            ),
            (
                self.unseated_for >= 50,
                "CART-001: drives without a cartridge",
            ),
            (self.low_for > 330, "PWR-001: drives on an empty battery"),
            (seen.cap_um.is_none(), "SAFE-001: drives without a cap"),
            (!seen.ledger.open, "SAFE-001: drives without a session"),
            (
                self.zone_on[zone] > seen.zone_ms + 1,
                "SESS-002: drives beyond the zone's time",
            ),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
    }

    fn broken_otherwise(&self, seen: &Seen) -> Option<&'static str> {
        let halts = matches!(seen.mode, Mode::Stopping | Mode::FaultReaction);
        let works = matches!(seen.mode, Mode::Treating | Mode::ServiceRunning);
        let faulted = matches!(seen.mode, Mode::FaultReaction | Mode::Faulted);
        let usable = matches!(
            seen.mode,
            Mode::Standby | Mode::Ready | Mode::Service | Mode::Locked
        );
        let stuck = seen
            .fault
            .is_some_and(|trip| trip.fault == Fault::DriveStuck);
        let open = matches!(seen.mode, Mode::Standby | Mode::Ready | Mode::Treating);
        [
            (
                open && shaken(&seen.ledger).is_some(),
                "PWR-007: usable before zero was checked",
            ),
            (
                seen.drives && !halts && !works,
                "STOP-009: drives in a mode that rests",
            ),
            (self.halting_for > 480, "SAFE-003: a stop without an end"),
            (self.pushed_for > 301, "STOP-003: parking without an end"),
            (
                faulted != seen.fault.is_some(),
                "STOP-006: fault and mode differ",
            ),
            (
                self.terminal && (works || usable),
                "STOP-012: usable after a terminal fault",
            ),
            (
                stuck && seen.drives,
                "STOP-011: drives although the drive is stuck",
            ),
            (
                seen.target_um > seen.cap_um.unwrap_or(0),
                "CONF-007: the actuator aims beyond the cap",
            ),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
    }

    /// A rule of the start that is broken: this tick entered Treating.
    fn broken_at_start(&self, seen: &Seen, fed: &Inputs) -> Option<&'static str> {
        let good_tag = matches!(fed.tag, TagReading::Present(tag)
            if tag.authentic && (1..=5).contains(&tag.kind) && tag.expiry_day >= given::TODAY);
        let (kept, now) = (seen.stored, seen.ledger);
        let reserved = kept.reserved == seen.zone
            && kept.reserved.is_some()
            && kept.session == now.session
            && kept.on == now.on
            && kept.strokes == now.strokes;
        [
            (!self.release_seen, "STOP-001: starts without a release"),
            (self.held_for < 15, "STOP-013: starts without a press"),
            (
                !fed.seated || !good_tag,
                "CART-002: starts with a bad cartridge",
            ),
            (!reserved, "SESS-011: starts without a stored reservation"),
            (self.above_cap_for >= 20, "DEPTH-001: starts too deep"),
            (
                self.a_bad_for > 11 || self.b_bad_for > 11,
                "DEPTH-001: starts without a channel",
            ),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
    }
}

/// The faults that only a service procedure ends.
const TERMINAL: [Fault; 3] = [
    Fault::DriveStuck,
    Fault::EnablePathStuck,
    Fault::LimitCorrupt,
];

fn terminal(ledger: &Ledger) -> Option<Fault> {
    ledger.terminal.filter(|fault| TERMINAL.contains(fault))
}

/// A fall or shock that the ledger still holds.
fn shaken(ledger: &Ledger) -> Option<Fault> {
    ledger.terminal.filter(|fault| !TERMINAL.contains(fault))
}

/// Strength of what the accelerometer feels. Unit: mg.
fn felt_mg(fed: &Inputs) -> u32 {
    let felt = fed.acceleration;
    [felt.x_mg, felt.y_mg, felt.z_mg]
        .iter()
        .map(|mg| i64::from(*mg).pow(2).unsigned_abs())
        .sum::<u64>()
        .isqrt()
        .try_into()
        .expect("below 60 000")
}

/// A change of the pen from one tick to the next that must not be.
fn broken_between(before: &Seen, after: &Seen) -> Option<&'static str> {
    let (was, is) = (&before.ledger, &after.ledger);
    let same = was.session == is.session;
    let zones_shrank = was
        .zones
        .iter()
        .zip(&is.zones)
        .any(|(was, is)| is.on < was.on || is.strokes < was.strokes);
    let deepens = after.target_um > before.target_um;
    let worked = matches!(before.mode, Mode::Treating | Mode::ServiceRunning);
    let ends = worked && before.mode != after.mode;
    let stuck = after
        .fault
        .is_some_and(|trip| trip.fault == Fault::DriveStuck);
    [
        (
            before.fault.is_some() && after.fault != before.fault && !after.acknowledged,
            "STOP-006: the first cause was not kept",
        ),
        (
            same && (is.on < was.on || is.strokes < was.strokes || is.elapsed < was.elapsed),
            "SESS-008: a counter went back",
        ),
        (same && zones_shrank, "SESS-008: a zone's counter went back"),
        (
            is.session < was.session && (was.session, is.session) != (u32::MAX, 1),
            "SESS-012: the number of the session went back",
        ),
        (
            same && !was.open && is.open,
            "SESS-011: a closed session was opened again",
        ),
        (
            terminal(was).is_some() && is.terminal != was.terminal,
            "STOP-012: a terminal fault was forgotten",
        ),
        (
            shaken(was).is_some() && is.terminal.is_none() && !after.zero_checked,
            "PWR-007: a fall was forgotten",
        ),
        (
            deepens && after.mode != Mode::Ready,
            "DEPTH-007: the actuator deepens while the motor may turn",
        ),
        (
            after.target_um > before.target_um + 1,
            "DEPTH-012: the actuator deepens too fast",
        ),
        (
            ends && !after.brakes && !stuck,
            "STOP-002: a drive ends without the brake",
        ),
    ]
    .into_iter()
    .find_map(|(broken, rule)| broken.then_some(rule))
}

/// The pen on the rig under the judge's eyes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as they are seen"
)]
pub(crate) struct Judge {
    pub(crate) rig: Rig,
    variant: Variant,
    accounts: Accounts,
    before: Option<Seen>,
    stop_asked: bool,
    acknowledged: bool,
    zero_checked: bool,
    read: usize,
    /// How much deeper than its target a motorised actuator stands. Unit: um.
    astray_um: i32,
    cartridge: u64,
    rebooted: bool,
}

/// What a phase changes for a while.
#[derive(Clone, Copy)]
struct World {
    trigger: pen_core::io::Trigger,
    buttons: pen_core::io::Buttons,
    cable: bool,
    seated: bool,
    tag: TagReading,
    ring: (i32, i32),
    wires: [Wire; 5],
    grip_counts: i32,
    current_ma: Option<i32>,
    welded_ma: i32,
    battery_counts: i32,
    cam: Cam,
    hall: Hall,
    felt: ([i16; 3], u32, bool),
}

impl World {
    fn of(rig: &Rig) -> Self {
        Self {
            trigger: rig.trigger,
            buttons: rig.buttons,
            cable: rig.cable,
            seated: rig.seated,
            tag: rig.tag,
            ring: (rig.ring_a_um, rig.ring_b_um),
            wires: [
                rig.depth_a.wire,
                rig.depth_b.wire,
                rig.current.wire,
                rig.battery.wire,
                rig.grip.wire,
            ],
            grip_counts: rig.grip_counts,
            current_ma: rig.current_ma,
            welded_ma: rig.welded_ma,
            battery_counts: rig.battery_counts,
            cam: rig.cam,
            hall: rig.hall,
            felt: (rig.felt_mg, rig.felt_age_us, rig.felt_noise),
        }
    }

    fn put(self, rig: &mut Rig) {
        rig.trigger = self.trigger;
        rig.buttons = self.buttons;
        rig.cable = self.cable;
        rig.seated = self.seated;
        rig.tag = self.tag;
        (rig.ring_a_um, rig.ring_b_um) = self.ring;
        [
            rig.depth_a.wire,
            rig.depth_b.wire,
            rig.current.wire,
            rig.battery.wire,
            rig.grip.wire,
        ] = self.wires;
        rig.grip_counts = self.grip_counts;
        rig.current_ma = self.current_ma;
        rig.welded_ma = self.welded_ma;
        rig.battery_counts = self.battery_counts;
        rig.cam = self.cam;
        rig.hall = self.hall;
        (rig.felt_mg, rig.felt_age_us, rig.felt_noise) = self.felt;
    }
}

impl Judge {
    pub(crate) fn new(variant: Variant) -> Self {
        let mut profile = given::profile();
        match variant {
            Variant::Ring => {}
            Variant::Short => {
                profile.session_on = Duration::from_s(2);
                profile.session_elapsed = Duration::from_s(12);
            }
            Variant::Actuator => {
                profile = DeviceProfile {
                    mechanism: Mechanism::Actuator,
                    ..profile
                }
            }
        }
        let boot = Boot {
            profile: Ok(profile),
            ..given::boot()
        };
        Self {
            rig: Rig::new(boot),
            variant,
            accounts: Accounts::default(),
            before: None,
            stop_asked: false,
            acknowledged: false,
            zero_checked: false,
            read: 0,
            astray_um: 0,
            cartridge: given::CARTRIDGE,
            rebooted: false,
        }
    }

    /// The pen starts with a closed ledger of this session, and this many strokes of another cartridge.
    pub(crate) fn found(&mut self, session: u32, strokes: u32) {
        self.rig.stored = Ledger {
            session,
            cartridge: given::CARTRIDGE + 1_000_000,
            cartridge_strokes: Strokes::from_count(strokes),
            strokes: Strokes::from_count(strokes),
            ..Ledger::default()
        };
        self.rig.reboot(ResetCause::PowerOn);
    }

    fn seen(&self) -> Seen {
        let rig = &self.rig;
        let status = rig.status();
        let zone_ms = rig.pen.plan().and_then(|plan| {
            let zone = plan.zone(status.zone?)?;
            Some(zone.time.as_ms_ceil())
        });
        Seen {
            mode: status.mode,
            drives: rig.drives(),
            brakes: rig.brakes(),
            fault: status.fault,
            ledger: rig.ledger(),
            stored: rig.stored,
            cap_um: status.cap.map(|cap| cap.value.as_um()),
            target_um: rig.out.depth().target.as_um(),
            zone: status.zone,
            zone_ms: zone_ms.unwrap_or(0),
            stop_asked: self.stop_asked,
            acknowledged: self.acknowledged,
            zero_checked: self.zero_checked,
        }
    }

    fn read_log(&mut self) {
        tally::said(&self.rig, &self.rig.log[self.read..]);
        for record in &self.rig.log[self.read..] {
            tally::met_record(record);
            if matches!(record, Record::Acknowledged { .. }) {
                self.acknowledged = true;
            }
            self.zero_checked = self.zero_checked
                || matches!(
                    record,
                    Record::ZeroChecked { .. } | Record::CalibrationSignedOff { .. }
                );
        }
        self.read = self.rig.log.len();
        if self.read > 4_000 {
            self.rig.log.drain(..3_900);
            self.read = self.rig.log.len();
        }
    }

    /// One tick, judged.
    fn tick(&mut self) {
        self.judged(Rig::tick);
    }

    fn judged(&mut self, step: impl FnOnce(&mut Rig)) {
        if self.variant == Variant::Actuator {
            let stands = self.rig.out.depth().target.as_um() + self.astray_um;
            self.rig.ring_b_um += stands - self.rig.ring_a_um;
            self.rig.ring_a_um = stands;
        }
        step(&mut self.rig);
        self.read_log();
        let seen = self.seen();
        let fed = self.rig.fed;
        let broken = self.judge(&seen, &fed);
        assert!(
            broken.is_none(),
            "{}\n{}",
            broken.unwrap_or(""),
            self.rig.state()
        );
        self.before = Some(seen);
        self.stop_asked = false;
        self.acknowledged = false;
        self.zero_checked = false;
    }

    fn judge(&mut self, seen: &Seen, fed: &Inputs) -> Option<&'static str> {
        let accounts = &mut self.accounts;
        accounts.of_inputs(fed, seen.cap_um);
        let mode_before = self.before.as_ref().map(|before| before.mode);
        let starts = seen.mode == Mode::Treating && mode_before == Some(Mode::Ready);
        if seen.mode.may_drive() {
            accounts.activation = accounts.activation.saturating_add(1);
        } else {
            accounts.activation = 0;
        }
        let halts = matches!(seen.mode, Mode::Stopping | Mode::FaultReaction);
        accounts.halting_for = if halts { accounts.halting_for + 1 } else { 0 };
        if !halts {
            accounts.pushed_for = 0;
        } else if seen.drives {
            accounts.pushed_for += 1;
        }
        if accounts.session != seen.ledger.session {
            accounts.session = seen.ledger.session;
            accounts.session_on = 0;
            accounts.zone_on = [0; 8];
        }
        if seen.mode == Mode::Treating && mode_before == Some(Mode::Treating) {
            accounts.session_on += 1;
            if let Some(on) = accounts
                .zone_on
                .get_mut(usize::from(seen.zone.unwrap_or(7)))
            {
                *on += 1;
            }
        }
        let terminal = terminal(&seen.ledger).is_some();
        accounts.terminal = accounts.terminal || (terminal && seen.mode == Mode::Faulted);
        if seen.drives && (accounts.above_1000_for > 250 || accounts.unseated_for > 30) {
            tally::met("drove beside an input at its limit".to_owned());
        }
        let broken = accounts
            .broken(seen, fed)
            .or_else(|| starts.then(|| accounts.broken_at_start(seen, fed))?)
            .or_else(|| {
                self.before
                    .as_ref()
                    .and_then(|before| broken_between(before, seen))
            });
        if mode_before != Some(seen.mode) {
            self.accounts.released_for = 0;
            self.accounts.release_seen = false;
        }
        broken
    }

    /// So many ticks.
    pub(crate) fn ticks(&mut self, count: u32) {
        for _ in 0..count {
            self.tick();
        }
    }

    /// So many ticks in a changed world, which is then as it was.
    pub(crate) fn with(&mut self, count: u32, change: impl FnOnce(&mut Rig)) {
        let was = World::of(&self.rig);
        change(&mut self.rig);
        self.ticks(count);
        was.put(&mut self.rig);
    }

    /// Moves the ring, or leads an actuator astray.
    pub(crate) fn ring(&mut self, depth_um: i32) {
        if self.variant == Variant::Actuator {
            self.astray_um = depth_um / 8;
        } else {
            self.rig.ring(depth_um);
        }
    }

    /// What forbids a start is out of the way.
    pub(crate) fn mend(&mut self) {
        self.astray_um = 0;
        self.rig.ring(740);
        let tag = pen_core::io::Tag {
            id: self.cartridge,
            ..given::tag()
        };
        self.rig.tag = TagReading::Present(tag);
    }

    /// After a fall or a shock: asks once where the ring is, then with the ring at zero.
    pub(crate) fn check_zero_if_needed(&mut self) {
        if !self.rig.status().locks.has(Lock::ZeroCheck) {
            return;
        }
        for ring_um in [740, 0] {
            self.rig.ring(ring_um);
            self.ticks(40);
            self.with(25, |rig| rig.buttons.ok = true);
            self.ticks(5);
        }
        self.mend();
        self.ticks(40);
    }

    /// Whether the actuator needs time to go where the plan wants it.
    pub(crate) fn moves(&self) -> bool {
        self.variant == Variant::Actuator
    }

    /// Puts a new cartridge in where the one in the seat cannot be used any more.
    pub(crate) fn new_cartridge_if_needed(&mut self) {
        let ledger = self.rig.ledger();
        let here = ledger.open && ledger.cartridge == self.cartridge && !self.rebooted;
        let used = self.rig.burned.contains(&self.cartridge);
        if (used || ledger.cartridge == self.cartridge) && !here {
            self.cartridge += 1;
            self.rebooted = false;
            self.mend();
            self.ticks(2);
        }
    }

    /// Asks; the rig asserts that a refusal changed nothing.
    pub(crate) fn ask(&mut self, role: Role, request: Request) -> Option<Reply> {
        let answer = self.rig.ask(role, request);
        if answer == Ok(Reply::SignOff) {
            let kept = self.rig.sign_off_is_kept();
            assert_eq!(kept, Ok(()), "what was granted and kept is signed off");
        }
        self.stop_asked = self.stop_asked || request == Request::Stop;
        self.read_log();
        if answer.is_ok() && request != Request::Stop {
            // What was granted may change everything at once; counters may still not shrink.
            let seen = self.seen();
            let before = self.before.take();
            let shrank = before
                .as_ref()
                .and_then(|before| broken_between(before, &seen));
            assert!(
                shrank.is_none(),
                "{}: {}",
                shrank.unwrap_or(""),
                self.rig.state()
            );
            if before.is_none_or(|before| before.mode != seen.mode) {
                self.accounts.released_for = 0;
                self.accounts.release_seen = false;
                self.accounts.activation = 0;
            }
            self.before = Some(seen);
            self.acknowledged = false;
        }
        answer.ok()
    }

    /// One tick that comes so long after the last. Unit: us.
    pub(crate) fn late(&mut self, us: u32) {
        self.judged(|rig| rig.late(us));
    }

    /// The clock jumps.
    pub(crate) fn jump(&mut self, us: i64) {
        self.judged(|rig| rig.tick_at(rig.now_us().saturating_add_signed(us)));
    }

    /// Power fails: the accounts of the session must survive, everything else begins anew.
    pub(crate) fn reboot(&mut self, cause: ResetCause) {
        let before = self.rig.ledger();
        let terminal = self.rig.stored.terminal;
        tally::met(format!("reset in {:?}", self.rig.mode()));
        self.rig.reboot(cause);
        self.rebooted = true;
        self.read = self.read.min(self.rig.log.len());
        let after = self.rig.ledger();
        if before.open && after.session == before.session {
            assert!(
                after.on >= before.on && after.strokes >= before.strokes,
                "SESS-008: {:?}, {:?} -> {:?}, {:?}",
                before.on,
                before.strokes,
                after.on,
                after.strokes
            );
            let zones = before.zones.iter().zip(&after.zones);
            for (was, is) in zones {
                assert!(is.on >= was.on && is.strokes >= was.strokes, "SESS-008");
            }
        }
        assert_eq!(after.terminal, terminal, "STOP-012");
        let keep = self.accounts.clone();
        self.accounts = Accounts {
            zone_on: keep.zone_on,
            session_on: keep.session_on,
            session: keep.session,
            terminal: terminal.is_some_and(|fault| TERMINAL.contains(&fault)),
            ..Accounts::default()
        };
        self.before = None;
        self.stop_asked = false;
        self.acknowledged = false;
    }
}

/// Each rule, broken once by hand: a judge that cannot say no proves nothing.
#[expect(clippy::too_many_lines, reason = "one line for each rule")]
pub(crate) fn tests_of_the_judge() {
    let mut judge = Judge::new(Variant::Ring);
    judge.rig = Rig::default().to_running();
    judge.accounts.cable_absent_for = 1_000;
    judge.ticks(300);
    let seen = judge.seen();
    let fed = judge.rig.fed;
    let good = &judge.accounts;
    assert_eq!((seen.drives, good.broken(&seen, &fed)), (true, None));

    type Change = fn(&mut Seen, &mut Accounts, &mut Inputs);
    let lies: [(&str, Change); 34] = [
        ("STOP-006", |s, _, _| {
            s.fault = Some(Trip {
                fault: Fault::OverDepth,
                measured: 0,
                allowed: 0,
            });
        }),
        ("STOP-012", |_, a, _| a.terminal = true),
        ("STOP-010", |s, _, _| s.stop_asked = true),
        ("DEPTH-005", |_, a, _| a.a_bad_for = 12),
        ("DEPTH-005", |_, a, _| a.b_bad_for = 12),
        ("DEPTH-004", |_, a, _| a.apart_for = 61),
        ("DEPTH-004", |_, a, _| a.far_apart_for = 4),
        ("SENS-001", |_, a, _| a.current_bad_for = 12),
        ("PWR-007", |_, a, _| a.light_for = 151),
        ("PWR-007", |_, _, f| f.acceleration.x_mg = 6_100),
        ("PWR-007", |s, _, _| s.ledger.terminal = Some(Fault::Shock)),
        ("SENS-001", |_, a, _| a.deaf_for = 12),
        ("PWR-004", |_, a, _| a.hot_for = 1_001),
        ("SENS-001", |_, a, _| a.grip_bad_for = 12),
        ("PWR-002", |_, a, _| a.above_1500_for = 51),
        ("PWR-002", |_, a, _| a.above_1000_for = 301),
        ("RATE-003", |_, a, _| a.silent_for = 152),
        ("RATE-010", |_, a, _| a.edges.push_front(100)),
        ("RATE-009", |_, _, f| f.tacho.edges = -3),
        ("STOP-001", |_, _, f| f.trigger = given::ONE_CONTACT),
        ("PWR-003", |_, a, _| a.cable_absent_for = 0),
        ("DEPTH-002", |_, a, _| a.over_for = 20),
        ("CART-001", |_, a, _| a.unseated_for = 50),
        ("PWR-001", |_, a, _| a.low_for = 331),
        ("SAFE-001", |s, _, _| s.cap_um = None),
        ("SAFE-001", |s, _, _| s.ledger.open = false),
        ("SESS-002", |s, a, _| a.zone_on[0] = s.zone_ms + 2),
        ("STOP-009", |s, _, _| s.mode = Mode::Ready),
        ("STOP-003", |_, a, _| a.pushed_for = 302),
        ("SAFE-003", |_, a, _| a.halting_for = 481),
        ("CONF-007", |s, _, _| s.target_um = 1_201),
        ("CAL-004", |s, a, f| {
            s.mode = Mode::ServiceRunning;
            a.edges.clear();
            f.seated = false;
        }),
        ("STOP-006", |s, _, _| {
            s.drives = false;
            s.mode = Mode::Faulted;
        }),
        ("STOP-011", |s, _, _| {
            s.mode = Mode::FaultReaction;
            s.fault = Some(Trip {
                fault: Fault::DriveStuck,
                measured: 0,
                allowed: 0,
            });
        }),
    ];
    for (rule, lie) in lies {
        let (mut seen, mut accounts, mut fed) = (seen.clone(), good.clone(), fed);
        lie(&mut seen, &mut accounts, &mut fed);
        let broken = accounts.broken(&seen, &fed);
        assert!(
            broken.is_some_and(|broken| broken.starts_with(rule)),
            "{rule}: {broken:?}"
        );
    }

    type Between = fn(&mut Seen);
    let changes: [(&str, Between); 9] = [
        ("SESS-008", |s| s.ledger.on = Duration::from_us(0)),
        ("SESS-008", |s| {
            s.ledger.zones[0] = pen_core::session::ZoneUse::default()
        }),
        ("SESS-012", |s| s.ledger.session = 0),
        ("STOP-002", |s| {
            s.mode = Mode::Stopping;
            s.brakes = false;
        }),
        ("DEPTH-007", |s| s.target_um = 1),
        ("DEPTH-012", |s| {
            s.mode = Mode::Ready;
            s.brakes = true;
            s.target_um = 2;
        }),
        ("STOP-006", |s| s.fault = None),
        ("STOP-012", |s| s.ledger.terminal = None),
        ("PWR-007", |s| s.ledger.terminal = None),
    ];
    for (rule, change) in changes {
        let mut before = seen.clone();
        if rule == "STOP-006" {
            before.fault = Some(Trip {
                fault: Fault::Stalled,
                measured: 0,
                allowed: 0,
            });
        }
        if rule == "STOP-012" {
            before.ledger.terminal = Some(Fault::DriveStuck);
        }
        if rule == "PWR-007" {
            before.ledger.terminal = Some(Fault::FreeFall);
        }
        let mut after = seen.clone();
        change(&mut after);
        let broken = broken_between(&before, &after);
        assert!(
            broken.is_some_and(|broken| broken.starts_with(rule)),
            "{rule}: {broken:?}"
        );
    }
    let mut ready = good.clone();
    ready.release_seen = true;
    ready.held_for = 30;
    let mut at_start = seen.clone();
    at_start.stored = at_start.ledger;
    at_start.stored.reserved = at_start.zone;
    assert_eq!(ready.broken_at_start(&at_start, &fed), None);
    let starts: [(&str, Change); 6] = [
        ("STOP-001", |_, a, _| a.release_seen = false),
        ("STOP-013", |_, a, _| a.held_for = 14),
        ("CART-002", |_, _, f| f.tag = TagReading::Absent),
        ("SESS-011", |s, _, _| s.stored.reserved = None),
        ("DEPTH-001", |_, a, _| a.above_cap_for = 20),
        ("DEPTH-001", |_, a, _| a.b_bad_for = 12),
    ];
    for (rule, lie) in starts {
        let (mut seen, mut accounts, mut fed) = (at_start.clone(), ready.clone(), fed);
        lie(&mut seen, &mut accounts, &mut fed);
        let broken = accounts.broken_at_start(&seen, &fed);
        assert!(
            broken.is_some_and(|broken| broken.starts_with(rule)),
            "{rule}: {broken:?}"
        );
    }
}
