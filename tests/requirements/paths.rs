//! The test of each path of torque at power-up and before every session (STOP-004).

use pen_core::fault::Fault;
use pen_core::gate::Bridge;
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::request::Reply;
use pen_tests::given;
use pen_tests::rig::{Cam, Rig, Storage};

#[test]
fn stop_004_the_enable_path_is_tested_at_power_up_and_before_every_session() {
    let mut rig = Rig::default();
    let probes = |rig: &Rig| {
        let motor = rig.out.motor();
        !motor.enable() && matches!(motor.bridge(), Bridge::Forward(_))
    };
    let mut seen = 0;
    for _ in 0..200 {
        rig.tick();
        seen += u32::from(probes(&rig));
    }
    assert!((8..=10).contains(&seen), "{seen} ticks at power-up");

    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    let mut seen = 0;
    for _ in 0..200 {
        rig.tick();
        seen += u32::from(probes(&rig));
    }
    assert_eq!(rig.mode(), Mode::Ready);
    assert!((8..=10).contains(&seen), "{seen} ticks in Ready");
}

/// Standing at power-up, or Ready with its zone just confirmed: the test of the paths comes next.
fn before_the_test(at_boot: bool) -> Rig {
    if at_boot {
        return Rig::default();
    }
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig
}

/// A duty is out although a path is open.
fn probes(rig: &Rig) -> bool {
    matches!(rig.out.motor().bridge(), Bridge::Forward(_)) && !rig.drives()
}

#[test]
fn stop_004_current_through_an_open_enable_path_is_terminal() {
    for at_boot in [true, false] {
        for (ma, readings, bad) in [
            (120, 20, false),
            (121, 1, false),
            (121, 20, true),
            (-121, 20, true),
        ] {
            let mut rig = before_the_test(at_boot);
            rig.until(60, "on trial", probes);
            rig.welded_ma = ma;
            rig.ticks(readings);
            rig.welded_ma = 0;
            rig.ticks(30);
            if bad {
                assert_eq!(rig.fault(), Some(Fault::EnablePathStuck));
                assert_eq!(rig.ledger().terminal, Some(Fault::EnablePathStuck));
                assert_eq!(rig.mode(), Mode::Faulted);
            } else {
                assert_eq!(rig.fault(), None, "{at_boot} {ma} mA for {readings}");
            }
        }
    }
}

#[test]
fn stop_004_a_current_that_no_duty_makes_is_no_stuck_path() {
    for at_boot in [true, false] {
        // The sensor is off before the test, or from its middle on.
        for wait in [0, 3] {
            let mut rig = before_the_test(at_boot);
            if wait > 0 {
                rig.until(60, "on trial", probes);
            }
            rig.ticks(wait);
            rig.current_ma = Some(300);
            rig.until(100, "tripped", |rig| rig.fault().is_some());
            rig.ticks(600);
            assert_eq!(rig.fault(), Some(Fault::UnexpectedMotion));
            assert_eq!(
                rig.ledger().terminal,
                None,
                "a sensor alone is not terminal"
            );
        }
    }
}

#[test]
fn stop_004_two_readings_are_enough_in_the_last_moment_of_the_test_too() {
    for at_boot in [true, false] {
        for wait in 0..10 {
            let mut rig = before_the_test(at_boot);
            rig.until(60, "on trial", probes);
            rig.ticks(wait);
            rig.welded_ma = 300;
            let mut readings = 0;
            for _ in 0..30 {
                readings += u32::from(probes(&rig));
                rig.tick();
            }
            let found = rig.fault() == Some(Fault::EnablePathStuck);
            assert_eq!(
                found,
                readings >= 2,
                "{at_boot} {wait}: {readings} readings"
            );
        }
    }
}

#[test]
fn stop_004_a_current_that_ends_during_a_pause_of_the_test_is_no_stuck_path() {
    for wait in 0..4 {
        let mut rig = before_the_test(true);
        rig.until(60, "on trial", probes);
        // The sensor is off, and before that is confirmed the cam moves: the test pauses.
        rig.current_ma = Some(300);
        rig.ticks(1 + wait);
        rig.cam = Cam::Turns(125_000);
        rig.ticks(2);
        rig.cam = Cam::Turns(0);
        rig.current_ma = None;
        let mut tried = 0;
        for _ in 0..200 {
            rig.tick();
            tried += u32::from(probes(&rig));
        }
        assert_eq!(rig.fault(), None, "{wait}: {}", rig.state());
        assert!(tried >= 9, "tested again from its beginning: {tried} ticks");
    }
}

#[test]
fn stop_004_a_second_switch_is_on_trial_as_well_and_never_closed_to_brake() {
    let boot = Boot {
        second_switch: true,
        ..given::boot()
    };
    for (welded, bad) in [(false, false), (true, true)] {
        let mut rig = Rig::new(boot);
        let mut tried = [0; 2];
        for _ in 0..300 {
            rig.tick();
            let motor = rig.out.motor();
            let trial = probes(&rig);
            tried[0] += u32::from(trial && motor.supply() && !motor.enable());
            tried[1] += u32::from(trial && motor.enable() && !motor.supply());
            assert!(trial || !motor.supply(), "{}", rig.state());
            rig.welded_ma = if welded && motor.enable() { 400 } else { 0 };
        }
        assert_eq!(tried[0], 10);
        assert_eq!(rig.fault() == Some(Fault::EnablePathStuck), bad);
        assert_eq!(tried[1], if bad { 2 } else { 10 });
    }
    // Driven with both, braked with the enable path alone.
    let mut rig = Rig::new(boot).to_running();
    assert!(rig.out.motor().supply() && rig.out.motor().enable());
    rig.trigger = given::RELEASED;
    rig.tick();
    assert!(rig.brakes() && !rig.out.motor().supply());
}

#[test]
fn stop_004_no_start_before_the_test_has_ended() {
    let mut rig = Rig::default().to_standby();
    rig.storage = Storage::After(0);
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig.until(10, "on trial", probes);
    // A pause of the control step does not count as a test.
    rig.late(450_000);
    let motor = rig.out.motor();
    assert!(
        matches!(motor.bridge(), Bridge::Forward(_)) && !motor.enable(),
        "the test goes on: {}",
        rig.state()
    );
}
