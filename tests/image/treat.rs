//! Treating: the image against the simulator's plant, judged by the true needle.

use pen_core::cartridge::Kind;
use pen_core::fault::Fault;
use pen_core::journal::{Record, ResetCause};
use pen_core::plan::{Plan, Screening, ZONES_MAX, Zone, ZonePlan};
use pen_core::units::{Depth, Duration, Rate, Strokes};
use pen_host::client::Client;
use pen_protocol::messages::{JournalName, ToPen};
use pen_sim::emulated::ResetBy;
use pen_sim::hand::Cartridge;

use crate::scene::{CAP_UM, MASKED_NS_MAX, Scene};

/// A day after every calibration of the factory (2026-11-22, counted from 2020-01-01).
const DAY: u16 = 2_517;

/// The cartridge in these tests.
const CARTRIDGE: u64 = 1_001;

/// How much later than natively an outcome may come: a step for the readings to reach the chip, one
/// for what it does to reach the plant (us). docs/emulation.md.
const LOCKSTEP_US: u64 = 2_000;

pub(crate) fn plan() -> Plan {
    let mut zones = [None; ZONES_MAX];
    zones[0] = Some(ZonePlan {
        zone: Zone::Cheek,
        depth: Depth::from_um(CAP_UM),
        rate: Rate::from_hz(100),
        time: Duration::from_min(2),
        strokes: Strokes::from_count(20_000),
        override_reason: None,
    });
    Plan {
        id: 1,
        day: DAY,
        operator: 1,
        token: 99,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones,
    }
}

/// Plan loaded over USB, cable pulled, cartridge in, zone confirmed, at the skin.
pub(crate) fn ready(scene: &Scene) {
    scene.plug();
    scene
        .pen()
        .hand()
        .insert(Cartridge::fresh(CARTRIDGE, Kind::Twelve));
    scene.pen().hand().place_ring(900.0);
    scene.ms(800);
    assert_eq!(scene.client().demand(&ToPen::LoadPlan(plan())), Ok(()));
    scene.unplug();
    scene.pen().hand().approach(0.0, 100.0);
    scene.pen().hand().press_ok(100);
    scene.ms(800);
}

/// At full speed.
pub(crate) fn treating(scene: &Scene) {
    ready(scene);
    scene.pen().hand().press_trigger();
    scene.ms(600);
    let truth = scene.truth();
    assert!(
        truth.powered && truth.in_skin | (truth.punctures > 0),
        "{truth:?}"
    );
}

/// Every record of a journal, which must hold together.
pub(crate) fn records(client: &mut Client, name: JournalName) -> Vec<Record> {
    let journal = client.journal(name).expect("the journal is read");
    assert!(journal.breaks.is_empty(), "{:?}", journal.breaks);
    journal
        .records
        .iter()
        .filter_map(|(_, _, entry)| entry.map(|entry| entry.record))
        .collect()
}

fn assert_judges(scene: &Scene) {
    let eyes = scene.eyes();
    let broken: Vec<_> = eyes.monitors.broken().collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// No flash operation while a switch of the bridge is closed; returns how many there were.
fn assert_flash_rests(scene: &Scene) -> usize {
    let log = scene.handle.log();
    for operation in &log.flash {
        let span = operation.from_ns..operation.to_ns;
        let closes = |changes: &[(u64, bool)]| {
            changes
                .iter()
                .any(|(at, level)| *level && span.contains(at))
        };
        let is_enabled = log.is_enabled_at(span.start) || closes(&log.enables);
        assert!(!is_enabled, "{operation:?}; {:?}", log.enables);
        let is_supplied = log.is_supplied_at(span.start) || closes(&log.supplies);
        assert!(!is_supplied, "{operation:?}; {:?}", log.supplies);
    }
    log.flash.len()
}

/// The second switch of this treatment: closed while it drives, open at every end, and never to brake.
fn assert_supply_goes_first(scene: &Scene, from_ns: u64) {
    let log = scene.handle.log();
    let opened = |changes: &[(u64, bool)]| {
        let last = changes.iter().rev().find(|(at, _)| *at >= from_ns);
        last.copied().filter(|(_, level)| !level)
    };
    let (supply, _) = opened(&log.supplies).expect("it was closed, and is open again");
    let (enable, _) = opened(&log.enables).expect("it was closed, and is open again");
    println!(
        "second switch open {} us before the enable path",
        (enable - supply) / 1_000
    );
    // The pen braked in between.
    assert!(supply + 1_000_000 < enable, "{supply} {enable}");
}

/// A treatment from plan to journal; what two runs of it have to agree in.
fn treatment(seed: u64) -> (String, Vec<Record>) {
    let scene = Scene::new(seed);
    ready(&scene);
    let before = assert_flash_rests(&scene);
    scene.pen().hand().press_trigger();
    scene.ms(1_500);
    let truth = scene.truth();
    assert!((truth.rate_hz - 100.0).abs() < 3.0, "{truth:?}");
    assert!(truth.punctures > 100, "{truth:?}");
    let (from, to) = (
        scene.handle.log().time_ns - 1_000_000_000,
        scene.handle.log().time_ns,
    );
    let jitter = scene.handle.log().jitter(from..to);
    println!("control step while treating: {jitter:?}");
    let masked = scene.handle.log().longest_masked_ns(from..to);
    println!("interrupts masked while treating: at most {masked} ns");
    assert!(masked > 0 && masked <= MASKED_NS_MAX, "{masked} ns");
    assert!((999..=1_001).contains(&jitter.steps), "{jitter:?}");
    assert!(jitter.longest_ns <= 1_100_000, "{jitter:?}");
    assert!(jitter.shortest_ns >= 900_000, "{jitter:?}");
    assert!(jitter.work_ns <= 500_000, "{jitter:?}");
    assert!(scene.handle.log().is_supplied_at(to));
    scene.pen().hand().release_trigger();
    scene.ms(800);
    assert!(!scene.truth().enable);
    assert_supply_goes_first(&scene, from);
    scene.plug();
    let mut client = scene.client();
    let status = client.status().expect("the pen answers");
    assert_eq!(status.fault, None);
    assert!(status.strokes.as_count() > 100, "{status:?}");
    let session = client.session().expect("the pen answers");
    assert!(session.on.as_ms() > 1_000, "{session:?}");
    let routine = records(&mut client, JournalName::Routine);
    assert!(records(&mut client, JournalName::Faults).is_empty());
    // The operations that were put off came once it rested; else nothing was shown here.
    let after = assert_flash_rests(&scene);
    assert!(before > 0 && after > before, "{before} then {after}");
    assert!(scene.pen().hand().is_burnt(CARTRIDGE));
    assert_judges(&scene);
    let log = scene.handle.log();
    assert!(log.trouble.is_empty(), "{:#?}", log.trouble);
    assert!(log.resets.is_empty());
    (log.digest(), routine)
}

#[test]
fn store_003_it_treats_within_its_limits_the_same_twice() {
    let runs: Vec<_> = [5, 5]
        .map(|seed| std::thread::spawn(move || treatment(seed)))
        .into_iter()
        .map(|run| run.join().expect("the treatment went well"))
        .collect();
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn depth_002_too_deep_takes_the_torque_in_time() {
    let scene = Scene::new(2);
    treating(&scene);
    scene.eyes().watched_um = f64::from(CAP_UM) + 50.0;
    scene.pen().hand().set_ring_speed(100.0);
    scene.pen().hand().turn_ring(1_300.0);
    scene.ms(600);
    let (beyond, off) = {
        let eyes = scene.eyes();
        (eyes.beyond_at_us, eyes.off_at_us)
    };
    let beyond = beyond.expect("the ring was turned beyond it");
    let off = off.expect("the torque went");
    println!("torque off {} us after the ring was too deep", off - beyond);
    assert!(off - beyond <= 20_000 + LOCKSTEP_US);
    assert!(!scene.truth().powered);
    scene.pen().hand().release_trigger();
    scene.plug();
    let faults = records(&mut scene.client(), JournalName::Faults);
    assert!(
        faults.iter().any(
            |record| matches!(record, Record::Tripped(trip) if trip.fault == Fault::OverDepth)
        ),
        "{faults:?}"
    );
    assert_flash_rests(&scene);
}

#[test]
fn pwr_006_a_hang_ends_in_a_reset_and_nothing_is_lost() {
    let scene = Scene::new(4);
    treating(&scene);
    let hung_at = scene.truth().time_us;
    let hung_ns = scene.handle.log().time_ns;
    scene.handle.hang(10_000).unwrap();
    // The PWM goes on without the processor, and the pins stay; but no pulse holds the second switch.
    scene.ms(2);
    assert!(scene.truth().powered);
    scene.ms(8);
    assert!(!scene.truth().powered && scene.truth().enable);
    let log = scene.handle.log();
    let (supply_ns, is_closed) = *log.supplies.last().expect("it was closed");
    assert!(!is_closed);
    println!(
        "second switch open {} us after the processor hung",
        (supply_ns - hung_ns) / 1_000
    );
    assert!((2_000_000..=5_100_000).contains(&(supply_ns - hung_ns)));
    drop(log);
    // The enable path is the watchdog's.
    let off = scene
        .until(100, |scene| !scene.truth().enable)
        .expect("torque off");
    let took_us = scene.truth().time_us - hung_at;
    println!("enable path open {took_us} us after the processor hung ({off} ms watched)");
    assert!(took_us <= 50_000 + LOCKSTEP_US);
    let resets = scene.handle.log().resets.clone();
    assert_eq!(resets.len(), 1, "{resets:?}");
    assert_eq!(resets[0].0, ResetBy::Watchdog);
    assert!(resets[0].1 - hung_ns <= 50_000_000);
    scene.pen().hand().release_trigger();
    scene.ms(1_200);
    scene.plug();
    let mut client = scene.client();
    assert_eq!(
        client.info().expect("the pen answers").reset,
        ResetCause::Watchdog
    );
    let faults = records(&mut client, JournalName::Faults);
    let routine = records(&mut client, JournalName::Routine);
    assert!(
        faults.iter().chain(&routine).any(|record| matches!(
            record,
            Record::Booted {
                cause: ResetCause::Watchdog
            }
        )),
        "{faults:?} {routine:?}"
    );
    assert_eq!(
        client
            .info()
            .expect("the pen answers")
            .storage
            .journal_breaks,
        0
    );
    assert_flash_rests(&scene);
}
