//! What the core asks of storage. Storage itself is tested beside it, in the application.

use pen_core::calibration::Calibration;
use pen_core::gate::MotorCommand;
use pen_core::mode::Mode;
use pen_core::request::{Reply, Request};
use pen_tests::given;
use pen_tests::rig::{Rig, Storage};

#[test]
fn store_003_storage_may_work_only_while_the_motor_is_off() {
    // `Rig::watch` asserts it in every tick of every test; here is that it may work at all.
    for mode in Mode::ALL {
        let mut rig = Rig::reach(mode);
        let mut quiet = 0;
        for _ in 0..50 {
            rig.tick();
            quiet += u32::from(rig.out.is_quiet());
        }
        let rests = matches!(
            mode,
            Mode::Locked | Mode::Standby | Mode::Ready | Mode::Faulted | Mode::Service
        );
        if rests {
            assert_eq!(quiet, 50, "{mode:?}");
        } else {
            assert!(quiet < 50, "{mode:?}");
        }
        if matches!(mode, Mode::Boot | Mode::Treating) {
            assert_eq!(quiet, 0);
        }
    }
}

#[test]
fn store_003_storage_waits_until_the_tests_of_the_boot_are_over() {
    for second_switch in [false, true] {
        let mut rig = Rig::with_switch(second_switch);
        let mut drives = 0;
        while rig.mode() == Mode::Boot {
            // What storage began now would not have ended when the next test begins.
            assert!(!rig.out.is_quiet(), "{}", rig.state());
            drives += u32::from(rig.out.motor() != MotorCommand::OFF);
            rig.tick();
        }
        assert!(drives > 0);
        assert!(rig.out.is_quiet(), "{}", rig.state());
    }
}

#[test]
fn store_003_storage_and_the_test_before_a_session_wait_for_each_other() {
    for second_switch in [false, true] {
        let mut rig = Rig::with_switch(second_switch).to_standby();
        assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
        rig.storage = Storage::After(100);
        rig.press_ok();
        assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
        let mut waited = 0;
        while !rig.has_stored() {
            assert_eq!(rig.out.motor(), MotorCommand::OFF, "{}", rig.state());
            assert!(rig.out.is_quiet(), "{}", rig.state());
            waited += 1;
            rig.tick();
        }
        assert!(waited > 50, "{waited}");
        let mut drives = 0;
        let mut refused = 0;
        for _ in 0..100 {
            rig.tick();
            drives += u32::from(rig.out.motor() != MotorCommand::OFF);
            refused += u32::from(!rig.out.is_quiet());
        }
        // No gap between two paths, in which a job could begin.
        assert!(drives > 0);
        assert_eq!(refused, drives);
        assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
        rig.start();
    }
}

#[test]
fn store_005_a_calibration_is_in_force_only_after_it_was_stored() {
    let mut rig = Rig::default().to_service();
    let calibration = Calibration {
        generation: 8,
        ..given::calibration()
    };
    let digest = 5;
    assert_eq!(
        rig.technician(Request::Stage {
            calibration,
            digest
        }),
        Ok(Reply::Done)
    );
    assert_eq!(
        rig.technician(Request::Commit { digest }),
        Ok(Reply::Store(calibration))
    );
    // Power fails before storage has it: the old one is still there.
    rig.ticks(100);
    assert_eq!(rig.pen.calibration(), Some(given::calibration()));
}
