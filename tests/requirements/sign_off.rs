//! A calibration is unverified until somebody has measured with it (CAL-005).

use pen_core::calibration::{Calibration, CalibrationId};
use pen_core::fault::Fault;
use pen_core::journal::{Record, RecordDefect, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::request::{Refusal, Reply, Request, RequestKind, Role};
use pen_tests::given;
use pen_tests::rig::{Rig, Storage};

const SIGN_OFF_8: Request = Request::SignOff { generation: 8 };

fn of(generation: u32) -> Calibration {
    Calibration {
        generation,
        ..given::calibration()
    }
}

/// Stages, commits, and storage keeps it.
fn commit(rig: &mut Rig, made: Calibration) {
    let (calibration, digest) = (made, made.generation);
    let stage = Request::Stage {
        calibration,
        digest,
    };
    assert_eq!(rig.technician(stage), Ok(Reply::Done));
    let commit = Request::Commit { digest };
    assert_eq!(rig.technician(commit), Ok(Reply::Store(made)));
    assert_eq!(rig.pen.calibration_stored(made, digest), Ok(()));
    rig.boot.calibration = Ok(made);
    rig.boot.digest = digest;
    rig.tick();
}

/// A technician at the pen signs off.
fn sign_off(rig: &mut Rig, generation: u32) -> Result<Reply, Refusal> {
    rig.buttons.ok = true;
    rig.ticks(30);
    let answer = rig.sign_off(generation);
    rig.buttons.ok = false;
    rig.ticks(20);
    answer
}

/// The one before the one in force returns.
fn revert(rig: &mut Rig, previous: Calibration) {
    let generation = rig.status().generation + 1;
    let made = Calibration {
        generation,
        ..previous
    };
    let answer = rig.technician(Request::Revert {
        calibration: previous,
        digest: 0,
    });
    assert_eq!(answer, Ok(Reply::Store(made)));
    assert_eq!(rig.pen.calibration_stored(made, 1), Ok(()));
    rig.boot.calibration = Ok(made);
    rig.boot.digest = 1;
    rig.tick();
}

/// Service with generation 8 in force, which nobody signed off.
fn unverified() -> Rig {
    let mut rig = Rig::default().to_service();
    commit(&mut rig, of(8));
    assert!(is_unverified(&rig), "{}", rig.state());
    rig
}

fn is_unverified(rig: &Rig) -> bool {
    rig.status().locks.has(Lock::Unverified)
}

/// Out of Service, with needles in: the mode that the pen comes to.
fn leave(rig: &mut Rig) -> Mode {
    if rig.mode() == Mode::Service {
        assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
    }
    rig.tag = pen_core::io::TagReading::Present(given::tag());
    rig.ticks(1_000);
    rig.mode()
}

fn reboot(rig: &mut Rig) {
    rig.reboot(ResetCause::PowerOn);
    rig.ticks(1_000);
}

#[test]
fn cal_005_a_committed_calibration_locks_until_it_is_signed_off() {
    let mut rig = unverified();
    assert_eq!(leave(&mut rig), Mode::Locked);
    assert_eq!(
        rig.status().locks.iter().collect::<Vec<_>>(),
        [Lock::Unverified]
    );
    let answer = rig.load(given::plan());
    assert_eq!(answer, Ok(Reply::Done), "a plan may wait");
    rig.press_ok();
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Locked);

    let mut rig = unverified();
    assert_eq!(sign_off(&mut rig, 8), Ok(Reply::SignOff));
    rig.ticks(20);
    assert!(!is_unverified(&rig));
    assert!(
        rig.log
            .contains(&Record::CalibrationSignedOff { generation: 8 })
    );
    assert_eq!(leave(&mut rig), Mode::Standby);
    // Twice is as good as once.
    let mut rig = rig.to_service();
    assert_eq!(sign_off(&mut rig, 8), Ok(Reply::SignOff));
    rig.ticks(20);
    assert!(!is_unverified(&rig));
}

#[test]
fn cal_005_the_lock_outlives_power_and_so_does_its_end() {
    let mut rig = unverified();
    rig.ticks(20);
    for _ in 0..3 {
        reboot(&mut rig);
        assert!(is_unverified(&rig));
        assert_eq!(rig.mode(), Mode::Locked);
    }
    let mut rig = unverified();
    assert_eq!(sign_off(&mut rig, 8), Ok(Reply::SignOff));
    rig.ticks(20);
    for _ in 0..3 {
        reboot(&mut rig);
        assert!(!is_unverified(&rig));
        assert_eq!(rig.mode(), Mode::Standby);
    }
}

#[test]
fn cal_005_a_sign_off_that_storage_has_not_kept_starts_nothing_and_is_gone_with_the_power() {
    let mut rig = unverified();
    rig.storage = Storage::Dead;
    assert_eq!(sign_off(&mut rig, 8), Ok(Reply::SignOff));
    // Granted, and not in force: nobody has it in writing.
    assert!(is_unverified(&rig));
    assert_eq!(leave(&mut rig), Mode::Locked);
    assert!(!rig.has_stored());
    assert!(is_unverified(&rig));
    assert!(
        !rig.log
            .contains(&Record::CalibrationSignedOff { generation: 8 })
    );
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.press_ok();
    rig.ticks(20);
    rig.trigger = given::HELD;
    rig.ticks(100);
    assert!(
        !rig.drives() && rig.mode() != Mode::Treating,
        "{}",
        rig.state()
    );
    reboot(&mut rig);
    assert!(is_unverified(&rig));
}

#[test]
fn cal_005_only_a_technician_in_service_signs_off_and_names_the_one_in_force() {
    let mut rig = unverified();
    for role in [Role::Observer, Role::Operator] {
        let needed = Role::Technician;
        let why = Refusal::Role {
            asked: role,
            needed,
        };
        assert_eq!(rig.ask(role, SIGN_OFF_8), Err(why));
    }
    for asked in [0, 7, 9, u32::MAX] {
        let why = Refusal::OtherGeneration { asked, in_force: 8 };
        assert_eq!(sign_off(&mut rig, asked), Err(why));
    }
    // Nobody holds the button on the pen.
    assert_eq!(rig.technician(SIGN_OFF_8), Err(Refusal::NobodyAtThePen));
    assert!(is_unverified(&rig));
    for mode in Mode::ALL.into_iter().filter(|mode| *mode != Mode::Service) {
        let mut rig = Rig::reach(mode);
        let answer = rig.technician(Request::SignOff { generation: 7 });
        assert_eq!(answer, Err(Refusal::NotNow { mode }), "{mode:?}");
    }
}

#[test]
fn cal_005_without_a_calibration_there_is_nothing_to_sign_off() {
    let mut rig = Rig::new(Boot {
        calibration: Err(RecordDefect::Missing),
        signed_off: CalibrationId::NONE,
        ..given::boot()
    });
    rig.tag = given::dummy();
    rig.ticks(1_000);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    let (asked, in_force) = (0, 0);
    assert_eq!(
        rig.technician(Request::SignOff { generation: 0 }),
        Err(Refusal::OtherGeneration { asked, in_force })
    );
    // What is missing is the calibration, and not its verification.
    assert!(rig.status().locks.has(Lock::Calibration) && !is_unverified(&rig));
}

#[test]
fn cal_005_what_returns_is_verified_only_if_it_had_been() {
    // 7 was signed off, 8 was not: 7 returns as 9.
    let mut rig = unverified();
    revert(&mut rig, of(7));
    assert!(!is_unverified(&rig));
    rig.ticks(20);
    assert_eq!(leave(&mut rig), Mode::Standby);
    reboot(&mut rig);
    assert_eq!((rig.mode(), rig.status().generation), (Mode::Standby, 9));
    // Neither 8 nor 9 was signed off: 8 returns as 10, unverified.
    let mut rig = unverified();
    commit(&mut rig, of(9));
    revert(&mut rig, of(8));
    rig.ticks(20);
    assert!(is_unverified(&rig));
    assert_eq!(leave(&mut rig), Mode::Locked);
    // Power fails before storage has kept that 7 is in force again: nobody knows, so it is locked.
    let mut rig = unverified();
    rig.storage = Storage::Dead;
    revert(&mut rig, of(7));
    reboot(&mut rig);
    assert!(is_unverified(&rig));
}

#[test]
fn cal_005_another_calibration_of_the_same_number_is_not_the_one_that_was_signed_off() {
    // 7 was signed off with digest 0. Storage brings back another 7.
    for digest in [1, u32::MAX] {
        let mut rig = unverified();
        let made = of(9);
        let request = Request::Revert {
            calibration: of(7),
            digest,
        };
        assert_eq!(rig.technician(request), Ok(Reply::Store(made)));
        assert_eq!(rig.pen.calibration_stored(made, 3), Ok(()));
        rig.ticks(20);
        assert!(is_unverified(&rig));
    }
    // Nor at a start.
    let mut rig = Rig::new(Boot {
        digest: 1,
        ..given::boot()
    });
    rig.ticks(1_000);
    assert!(is_unverified(&rig));
}

#[test]
fn cal_005_no_number_that_was_signed_off_is_used_again_when_the_calibration_is_lost() {
    let mut rig = Rig::new(Boot {
        calibration: Err(RecordDefect::Corrupt),
        ..given::boot()
    });
    rig.tag = given::dummy();
    rig.ticks(1_000);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    for generation in [1, 7] {
        let stage = Request::Stage {
            calibration: of(generation),
            digest: 1,
        };
        assert!(matches!(
            rig.technician(stage),
            Err(Refusal::Calibration(
                pen_core::calibration::CalibrationDefect::Generation { allowed: 8, .. }
            ))
        ));
    }
    commit(&mut rig, of(8));
    assert!(is_unverified(&rig));
}

#[test]
fn cal_005_a_calibration_without_a_number_is_never_taken_for_signed_off() {
    let mut rig = Rig::new(Boot {
        calibration: Ok(of(0)),
        signed_off: CalibrationId::NONE,
        ..given::boot()
    });
    rig.ticks(1_000);
    assert!(is_unverified(&rig));
    assert_eq!(rig.mode(), Mode::Locked);
}

/// A sign-off of this generation is granted, and storage has not kept it.
fn granted(rig: &mut Rig, generation: u32) {
    rig.buttons.ok = true;
    rig.ticks(30);
    let answer = rig.technician(Request::SignOff { generation });
    assert_eq!(answer, Ok(Reply::SignOff));
    rig.ticks(20);
    assert!(is_unverified(rig), "{}", rig.state());
}

#[test]
fn cal_005_nothing_counts_as_signed_off_that_was_not_granted_for_the_one_in_force() {
    let refused = |rig: &mut Rig| {
        let why = Refusal::NothingStaged;
        assert_eq!(rig.pen.sign_off_stored(), Err(why));
        rig.ticks(1);
        let what = RequestKind::SignOff;
        assert!(rig.log.contains(&Record::Refused { what, why }));
        rig.log.clear();
        assert!(is_unverified(rig), "{}", rig.state());
    };
    let mut rig = unverified();
    refused(&mut rig);
    // Another comes into force meanwhile, or is granted.
    granted(&mut rig, 8);
    commit(&mut rig, of(9));
    refused(&mut rig);
    granted(&mut rig, 9);
    let revert = Request::Revert {
        calibration: of(8),
        digest: 8,
    };
    assert_eq!(rig.technician(revert), Ok(Reply::Store(of(10))));
    refused(&mut rig);
    // Another Service.
    granted(&mut rig, 9);
    assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
    rig.ticks(1);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    refused(&mut rig);
    // Once, and not twice.
    granted(&mut rig, 9);
    assert_eq!(rig.pen.sign_off_stored(), Ok(()));
    rig.ticks(1);
    assert!(!is_unverified(&rig));
    assert_eq!(rig.pen.sign_off_stored(), Err(Refusal::NothingStaged));
}

#[test]
fn pwr_007_a_fall_while_a_sign_off_is_kept_is_not_forgotten_with_it() {
    for falls in [false, true] {
        let mut rig = unverified();
        granted(&mut rig, 8);
        if falls {
            rig.felt_mg = [0, 0, 0];
            rig.ticks(150);
            rig.felt_mg = [0, 0, 1_000];
            assert_eq!(rig.fault(), Some(Fault::FreeFall));
        } else {
            // Nobody speaks for 3 s.
            rig.ticks(3_100);
            assert_eq!(rig.mode(), Mode::Locked);
        }
        // Storage has it now, and so it is in force.
        assert_eq!(rig.pen.sign_off_stored(), Ok(()));
        rig.ticks(20);
        assert!(!is_unverified(&rig));
        assert_eq!(rig.status().locks.has(Lock::ZeroCheck), falls);
        reboot(&mut rig);
        assert!(!is_unverified(&rig));
        assert_eq!(rig.status().locks.has(Lock::ZeroCheck), falls);
    }
}
