//! Power-up tests.

use pen_core::fault::Fault;
use pen_core::journal::Record;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request};
use pen_core::units::Rate;
use pen_tests::given;
use pen_tests::rig::{Cam, Rig, Wire};

type Defect = (Lock, fn(&mut Rig));

/// Everything that the power-up tests can find, but the cable.
const DEFECTS: [Defect; 11] = [
    (Lock::Image, |rig| rig.boot.image_ok = false),
    (Lock::Memory, |rig| rig.boot.memory_ok = false),
    (Lock::Storage, |rig| rig.boot.storage_ok = false),
    (Lock::Profile, |rig| {
        rig.boot.profile = Err(pen_core::profile::ProfileDefect::Corrupt);
    }),
    (Lock::Calibration, |rig| {
        rig.boot.calibration = Err(pen_core::journal::RecordDefect::Corrupt);
    }),
    (Lock::Depth, |rig| rig.depth_a.wire = Wire::Counts(4_095)),
    (Lock::Depth, |rig| rig.depth_b.wire = Wire::Silent),
    (Lock::Tacho, |rig| rig.cam = Cam::Turns(9_000)),
    (Lock::CurrentZero, |rig| rig.current.wire = Wire::Counts(0)),
    (Lock::Battery, |rig| rig.battery_counts = 2_700),
    (Lock::Trigger, |rig| rig.trigger = given::HELD),
];

fn booted_with(defect: fn(&mut Rig)) -> Rig {
    let mut rig = Rig::default();
    defect(&mut rig);
    let cause = rig.boot.cause;
    rig.reboot(cause);
    rig
}

#[test]
fn test_001_every_defect_is_found_within_500_ms_and_named() {
    for (lock, defect) in DEFECTS {
        let mut rig = booted_with(defect);
        rig.ticks(500);
        assert!(rig.status().locks.has(lock), "{lock:?}: {}", rig.state());
        assert!(
            matches!(rig.mode(), Mode::Locked | Mode::Faulted),
            "{lock:?}"
        );
        let told = rig.log.iter().rev().find_map(|record| match record {
            Record::SelfTested { locks } => Some(*locks),
            _ => None,
        });
        if rig.mode() == Mode::Locked {
            assert!(told.expect("told").has(lock), "{lock:?}");
        }
    }
}

#[test]
fn test_001_current_at_power_up_is_found() {
    let mut rig = Rig::default();
    rig.current_ma = Some(300);
    rig.ticks(500);
    assert!(matches!(
        rig.fault(),
        Some(Fault::EnablePathStuck | Fault::UnexpectedMotion)
    ));
}

#[test]
fn test_001_a_clock_that_runs_wrong_is_found() {
    for tick_us in [100, 499, 2_001, 4_000] {
        let mut rig = Rig::default();
        rig.tick_us = tick_us;
        rig.ticks(2_000_000 / tick_us);
        assert_eq!(rig.mode(), Mode::Locked, "{tick_us}");
        assert!(rig.status().locks.has(Lock::Clock), "{tick_us}");
    }
    for tick_us in [500, 1_000, 2_000] {
        let mut rig = Rig::default();
        rig.tick_us = tick_us;
        rig.ticks(2_000_000 / tick_us);
        assert_eq!(rig.mode(), Mode::Standby, "{tick_us}");
    }
}

#[test]
fn test_001_a_good_pen_is_through_within_500_ms() {
    let mut rig = Rig::default();
    let took = rig.until(500, "tested", |rig| rig.mode() != Mode::Boot);
    assert!(took >= 200, "the readings settle first: {took}");
    assert_eq!(rig.mode(), Mode::Locked);
}

#[test]
fn test_003_no_defect_leaves_locked_until_it_is_mended() {
    for (lock, defect) in DEFECTS {
        let mut rig = booted_with(defect);
        rig.ticks(5_000);
        assert_ne!(rig.mode(), Mode::Standby, "{lock:?}");
        rig.press_ok();
        assert!(!rig.ledger().open);
    }
    // A defect that comes later closes Standby and Ready as well.
    let later: [Defect; 4] = [
        (Lock::Depth, |rig| rig.depth_a.wire = Wire::Counts(4_095)),
        (Lock::Battery, |rig| rig.battery_counts = 2_700),
        (Lock::Cable, |rig| rig.cable = true),
        (Lock::CurrentZero, |rig| rig.current.wire = Wire::Silent),
    ];
    for mode in [Mode::Standby, Mode::Ready] {
        for (lock, defect) in later {
            let mut rig = Rig::reach(mode);
            defect(&mut rig);
            rig.ticks(200);
            assert_eq!(rig.mode(), Mode::Locked, "{mode:?} {lock:?}");
            assert!(rig.status().locks.has(lock));
        }
    }
}

#[test]
fn test_003_nothing_moves_with_a_bad_image_or_memory_not_even_in_service() {
    for (lock, defect) in &DEFECTS[..2] {
        let mut rig = booted_with(*defect);
        rig.tag = given::dummy();
        rig.ticks(900);
        rig.buttons.ok = true;
        rig.ticks(25);
        let answer = rig.technician(Request::EnterService);
        assert!(
            matches!(answer, Err(Refusal::Locked { locks }) if locks.has(*lock)),
            "{lock:?}: {answer:?}"
        );
    }
    // A pen without calibration must be able to get one.
    let mut rig = booted_with(DEFECTS[4].1);
    rig.tag = given::dummy();
    rig.ticks(900);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    assert_eq!(
        rig.technician(Request::Run(Rate::from_hz(60))),
        Ok(Reply::Done)
    );
    rig.runs_for(100);
}
