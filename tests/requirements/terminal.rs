//! A drive that sticks: how it is seen, what it latches, and who ends it (STOP-008, STOP-011, STOP-012).

use pen_core::fault::Fault;
use pen_core::gate::Bridge;
use pen_core::io::TagReading;
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_tests::given;
use pen_tests::rig::{Cam, Hall, Rig, Wire};

#[test]
fn stop_008_a_brake_without_effect_is_seen_within_20_ms_and_opens_the_second_path() {
    for (mhz, seen) in [
        (15_000, false),
        (85_000, true),
        (100_000, true),
        (150_000, true),
    ] {
        for phase in 0..10 {
            let mut rig = Rig::default().to_running();
            rig.runs_for(phase);
            rig.trigger = given::RELEASED;
            rig.cam = Cam::Turns(mhz);
            rig.tick();
            assert!(rig.brakes());
            // A brake that does not brake draws nothing.
            rig.current_ma = Some(0);
            rig.ticks(20);
            if seen {
                assert_eq!(rig.fault(), Some(Fault::DriveStuck), "{mhz}");
                assert!(rig.is_off(), "{}", rig.state());
            } else {
                assert_eq!(rig.fault(), None, "{mhz}");
            }
        }
    }
}

#[test]
fn stop_008_a_brake_that_ends_while_it_brakes_is_terminal() {
    for phase in 0..10 {
        let mut rig = Rig::default().to_running();
        rig.runs_for(phase);
        rig.trigger = given::RELEASED;
        rig.ticks(6);
        assert!(rig.brakes());
        // A contact that opens: what is left of the rate stays, and nothing is drawn any more.
        rig.cam = Cam::Turns(60_000);
        rig.current_ma = Some(0);
        let took = rig.until(25, "tripped", |rig| rig.fault().is_some());
        assert!(
            took >= 10,
            "a reading of a healthy brake may be wrong: {took}"
        );
        assert_eq!(rig.fault(), Some(Fault::DriveStuck));
        for _ in 0..500 {
            assert!(rig.is_off(), "{}", rig.state());
            rig.tick();
        }
    }
}

#[test]
fn stop_008_a_current_that_lies_accuses_no_brake_that_works() {
    for phase in 0..10 {
        for (after, ma) in [(0, 0), (6, 0), (0, 300), (6, 300), (12, -40)] {
            let mut rig = Rig::default().to_running();
            rig.runs_for(phase);
            rig.trigger = given::RELEASED;
            rig.ticks(1 + after);
            rig.current_ma = Some(ma);
            rig.until(600, "stopped", |rig| rig.mode() != Mode::Stopping);
            assert_ne!(
                rig.fault(),
                Some(Fault::DriveStuck),
                "{ma} mA after {after} ms"
            );
            assert_eq!(rig.ledger().terminal, None);
        }
    }
}

#[test]
fn pwr_002_a_current_that_no_brake_makes_ends_the_brake() {
    // A shorted bridge and a cam that is jammed: nothing turns, so nothing is driven that anybody sees.
    for second_switch in [false, true] {
        let mut rig = Rig::with_switch(second_switch).to_running();
        rig.trigger = given::RELEASED;
        rig.ticks(3);
        rig.cam = Cam::Turns(0);
        rig.current_ma = Some(1_700);
        rig.until(60, "tripped", |rig| rig.fault().is_some());
        assert_eq!(rig.fault(), Some(Fault::OverCurrent));
        rig.tick();
        // With a second switch the brake has no supply.
        assert_eq!(rig.is_off(), !second_switch, "{}", rig.state());
    }
}

#[test]
fn pwr_002_the_brake_after_too_much_current_lasts_until_the_cam_stands() {
    for second_switch in [false, true] {
        let mut rig = Rig::with_switch(second_switch).to_running();
        rig.current_ma = Some(1_100);
        rig.until(400, "tripped", |rig| rig.fault().is_some());
        assert_eq!(rig.fault(), Some(Fault::OverCurrent));
        // The brake of a fast cam draws as much, the other way.
        rig.current_ma = Some(-1_100);
        for _ in 0..12 {
            rig.tick();
            assert!(rig.brakes(), "{}", rig.state());
        }
    }
}

#[test]
fn stop_011_motion_100_ms_after_the_brake_is_terminal_and_opens_the_second_path() {
    // Slower than four fifths of the rate before: the brake had some effect, but not enough.
    for mhz in [25_000, 40_000, 75_000] {
        let mut rig = Rig::default().to_running();
        rig.runs_for(7);
        rig.trigger = given::RELEASED;
        rig.tick();
        rig.cam = Cam::Turns(mhz);
        // A whole turn after 100 ms: what creeps over an edge is no drive that sticks.
        let turn_ms = u32::try_from(1_000_000 / mhz).expect("small");
        let took = rig.until(106 + turn_ms, "tripped", |rig| rig.fault().is_some());
        assert!(took >= 98, "{mhz}: {took}");
        assert_eq!(rig.fault(), Some(Fault::DriveStuck));
        for _ in 0..2_000 {
            assert!(rig.is_off(), "{}", rig.state());
            rig.tick();
        }
        assert_eq!(rig.mode(), Mode::Faulted);
        rig.cam = Cam::Turns(0);
        rig.ticks(500);
        let fault = Fault::DriveStuck;
        assert_eq!(
            rig.operator(Request::Acknowledge),
            Err(Refusal::Terminal { fault })
        );
    }
}

#[test]
fn stop_011_a_cam_that_runs_out_before_100_ms_is_no_fault() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.tick();
    rig.cam = Cam::Turns(40_000);
    rig.ticks(86);
    rig.cam = Cam::Turns(0);
    rig.ticks(1_000);
    assert_eq!(rig.fault(), None);
}

#[test]
fn stop_011_parking_that_ends_while_the_cam_still_creeps_is_no_fault() {
    // The load lets the cam go at the very end of the time that parking has.
    for late in 340..440 {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        // The brake is seen to work.
        rig.ticks(2);
        rig.put_cam(1);
        rig.cam = Cam::Turns(0);
        rig.ticks(late);
        rig.hall = Hall::Edges(1);
        rig.tick();
        rig.hall = Hall::True;
        rig.ticks(1_000);
        assert_eq!(rig.fault(), None, "edge at {late} ms: {}", rig.state());
    }
}

#[test]
fn stop_011_a_drive_that_sticks_while_parking_is_seen_too() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    // The brake is seen to work.
    rig.ticks(2);
    rig.put_cam(1);
    rig.cam = Cam::Turns(0);
    rig.until(100, "parking", Rig::drives);
    rig.hall = Hall::True;
    rig.cam = Cam::Turns(60_000);
    rig.until(600, "tripped", |rig| rig.fault().is_some());
    for _ in 0..1_000 {
        rig.tick();
        assert!(!rig.drives());
    }
}

#[test]
fn stop_011_a_cam_that_a_finger_turns_is_not_terminal() {
    // Nothing drove it, so nothing can be stuck.
    let mut rig = Rig::default().to_standby();
    rig.cam = Cam::Turns(30_000);
    rig.ticks(400);
    assert_eq!(rig.fault(), Some(Fault::UnexpectedMotion));
    assert_eq!(rig.ledger().terminal, None, "{}", rig.state());
    rig.cam = Cam::Turns(0);
    rig.ticks(600);
    rig.acknowledge();
}

#[test]
fn stop_012_a_terminal_fault_outlives_every_reset() {
    let mut rig = Rig::default().to_running();
    rig.cam = Cam::Turns(100_000);
    rig.trigger = given::RELEASED;
    rig.until(200, "tripped", |rig| rig.fault().is_some());
    rig.cam = Cam::Turns(0);
    rig.ticks(600);
    let fault = Fault::DriveStuck;
    for cause in given::RESETS.into_iter().chain(given::RESETS) {
        rig.reboot(cause);
        rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
        assert_eq!(rig.fault(), Some(fault));
        rig.ticks(600);
        assert_eq!(
            rig.operator(Request::Acknowledge),
            Err(Refusal::Terminal { fault })
        );
        rig.press_ok();
        rig.tag = given::dummy();
        rig.buttons.ok = true;
        rig.ticks(30);
        let answer = rig.technician(Request::EnterService);
        assert_eq!(
            answer,
            Err(Refusal::NotNow {
                mode: Mode::Faulted
            })
        );
        rig.buttons.ok = false;
        rig.tag = TagReading::Present(given::tag());
        assert_eq!(rig.mode(), Mode::Faulted);
    }
}

#[test]
fn stop_012_a_terminal_fault_is_stored_at_once() {
    let mut rig = Rig::default().to_running();
    rig.cam = Cam::Turns(100_000);
    rig.trigger = given::RELEASED;
    rig.until(200, "tripped", |rig| rig.fault().is_some());
    // Storage takes 5 ms; the motor still turns when power fails.
    rig.ticks(6);
    assert_eq!(rig.mode(), Mode::FaultReaction);
    rig.cam = Cam::Obeys;
    rig.reboot(ResetCause::PowerOn);
    rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
    assert_eq!(rig.fault(), Some(Fault::DriveStuck));
}

#[test]
fn stop_012_ending_the_session_does_not_end_it() {
    let mut rig = Rig::default().to_running();
    rig.cam = Cam::Turns(100_000);
    rig.trigger = given::RELEASED;
    rig.until(200, "tripped", |rig| rig.fault().is_some());
    rig.cam = Cam::Turns(0);
    rig.ticks(600);
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    rig.ticks(100);
    assert_eq!(rig.stored.terminal, Some(Fault::DriveStuck));
    assert!(!rig.stored.open);
}

/// Faulted by a motor that could not be braked; it stands now, nobody touches the pen.
fn drive_stuck() -> Rig {
    let mut rig = Rig::default().to_running();
    rig.cam = Cam::Turns(100_000);
    rig.trigger = given::RELEASED;
    rig.until(200, "tripped", |rig| rig.fault().is_some());
    rig.cam = Cam::Obeys;
    rig.rate_mhz = 0;
    rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
    rig.ticks(600);
    rig
}

const END: Request = Request::EndTerminal {
    fault: Fault::DriveStuck,
};

/// Time for which the confirm button must be held. Unit: ticks.
const HOLD: u32 = 2_000;

#[test]
fn stop_012_a_technician_who_holds_the_button_for_2_s_ends_a_terminal_fault() {
    for (held, ends) in [
        (0, false),
        (25, false),
        (HOLD - 1, false),
        (HOLD, true),
        (9_000, true),
    ] {
        let mut rig = drive_stuck();
        rig.buttons.ok = true;
        rig.ticks(held);
        let answer = rig.technician(END);
        if !ends {
            assert_eq!(answer, Err(Refusal::NobodyAtThePen), "{held}");
            assert_eq!(rig.mode(), Mode::Faulted);
            rig.ticks(10);
            assert_eq!(rig.stored.terminal, Some(Fault::DriveStuck));
            continue;
        }
        assert_eq!(answer, Ok(Reply::Done), "{held}");
        assert_eq!(rig.mode(), Mode::Locked);
        let fault = Fault::DriveStuck;
        assert_eq!(
            rig.log.last(),
            Some(&Record::ModeChanged {
                from: Mode::Faulted,
                to: Mode::Locked,
                locks: rig.status().locks,
            })
        );
        assert!(rig.log.contains(&Record::TerminalEnded { fault }));
        rig.buttons.ok = false;
        rig.ticks(300);
        assert_eq!(rig.mode(), Mode::Locked, "{}", rig.state());
        rig.check_zero();
        assert_eq!(rig.mode(), Mode::Standby, "{}", rig.state());
        assert_eq!(rig.stored.terminal, None);
        // Reset and power cut do not bring it back.
        for cause in [ResetCause::PowerOn, ResetCause::Software] {
            rig.reboot(cause);
            rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
            assert_eq!(rig.fault(), None);
        }
    }
}

/// The pen falls for as long as it takes to be seen, and is picked up.
fn fall(rig: &mut Rig) {
    let held = std::mem::take(&mut rig.felt_mg);
    rig.ticks(150);
    rig.felt_mg = held;
    rig.ticks(600);
}

#[test]
fn pwr_007_a_pen_whose_terminal_fault_was_ended_wants_its_zero_checked_through_resets() {
    let unseen = drive_stuck();
    let mut after = drive_stuck();
    fall(&mut after);
    let mut before = Rig::default().to_running();
    before.felt_mg = [0, 0, 0];
    before.until(200, "FreeFall", |rig| rig.fault() == Some(Fault::FreeFall));
    before.felt_mg = [0, 0, 1_000];
    before.cam = Cam::Turns(100_000);
    before.until(200, "terminal", |rig| {
        rig.ledger().terminal == Some(Fault::DriveStuck)
    });
    before.cam = Cam::Obeys;
    before.rate_mhz = 0;
    before.trigger = given::RELEASED;
    before.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
    before.ticks(600);
    for (what, mut rig) in [("no fall", unseen), ("after", after), ("before", before)] {
        rig.buttons.ok = true;
        rig.ticks(HOLD);
        assert_eq!(rig.technician(END), Ok(Reply::Done), "{what}");
        rig.buttons.ok = false;
        for cause in [ResetCause::PowerOn, ResetCause::Software] {
            rig.ticks(600);
            let locks = rig.status().locks;
            assert!(locks.has(Lock::ZeroCheck), "{what} {}", rig.state());
            assert_eq!(rig.mode(), Mode::Locked);
            rig.reboot(cause);
            rig.ticks(1_500);
        }
        // Off its zero mark the button ends nothing.
        rig.ring(51);
        rig.ticks(50);
        rig.press_ok();
        assert!(rig.status().locks.has(Lock::ZeroCheck), "{}", rig.state());
        rig.check_zero();
        rig.until(600, "Standby", |rig| rig.mode() == Mode::Standby);
        rig.reboot(ResetCause::PowerOn);
        rig.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
    }
}

#[test]
fn stop_012_a_pen_whose_fault_was_ended_tests_its_paths_before_the_next_zone() {
    let mut rig = drive_stuck();
    rig.buttons.ok = true;
    rig.ticks(HOLD);
    assert_eq!(rig.technician(END), Ok(Reply::Done));
    rig.buttons.ok = false;
    rig.ticks(300);
    rig.check_zero();
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    rig.tag = TagReading::Present(pen_core::io::Tag {
        id: 0xCA47_0002,
        ..given::tag()
    });
    rig.ticks(50);
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig.buttons.ok = false;
    let mut probed = 0;
    for _ in 0..300 {
        rig.tick();
        let motor = rig.out.motor();
        let tries = matches!(motor.bridge(), Bridge::Forward(_));
        probed += u32::from(tries && !motor.enable());
    }
    assert!(probed > 0, "{}", rig.state());
    rig.start();
}

#[test]
fn stop_012_a_terminal_fault_is_ended_by_nobody_else_and_never_while_it_lasts() {
    let fault = Fault::DriveStuck;
    // Held long enough in every case; what is wrong is told.
    type Wrong = (&'static str, fn(&mut Rig), Refusal);
    let wrong: [Wrong; 5] = [
        (
            "trigger",
            |rig| rig.trigger = given::HELD,
            Refusal::TriggerHeld,
        ),
        (
            "one contact",
            |rig| rig.trigger = given::ONE_CONTACT,
            Refusal::TriggerHeld,
        ),
        (
            "turning",
            |rig| rig.cam = Cam::Turns(10_000),
            Refusal::CausePresent { fault },
        ),
        (
            "current",
            |rig| rig.current_ma = Some(200),
            Refusal::CausePresent { fault },
        ),
        (
            "no meter",
            |rig| rig.current.wire = Wire::Counts(4_095),
            Refusal::CausePresent { fault },
        ),
    ];
    for (what, break_it, why) in wrong {
        let mut rig = drive_stuck();
        break_it(&mut rig);
        rig.buttons.ok = true;
        rig.ticks(HOLD + 100);
        assert_eq!(rig.technician(END), Err(why), "{what}: {}", rig.state());
        assert_eq!(rig.mode(), Mode::Faulted);
        rig.ticks(10);
        assert_eq!(rig.stored.terminal, Some(fault), "{what}");
    }
    let mut rig = drive_stuck();
    rig.buttons.ok = true;
    rig.ticks(HOLD);
    for role in [Role::Observer, Role::Operator] {
        let needed = Role::Technician;
        let asked = role;
        assert_eq!(rig.ask(role, END), Err(Refusal::Role { asked, needed }));
    }
    for other in Fault::ALL.into_iter().filter(|other| *other != fault) {
        let answer = rig.technician(Request::EndTerminal { fault: other });
        assert_eq!(answer, Err(Refusal::Terminal { fault }), "{other:?}");
    }
    // A button let go in between begins anew.
    rig.buttons.ok = false;
    rig.tick();
    rig.buttons.ok = true;
    rig.ticks(HOLD - 1);
    assert_eq!(rig.technician(END), Err(Refusal::NobodyAtThePen));
    rig.tick();
    assert_eq!(rig.technician(END), Ok(Reply::Done));
    assert_eq!(rig.technician(END), Err(Refusal::NoFault));
}

#[test]
fn stop_012_what_is_not_terminal_or_not_at_rest_is_not_ended_so() {
    // A fault that is acknowledged.
    let mut rig = Rig::default().to_faulted();
    rig.buttons.ok = true;
    rig.ticks(1);
    let fault = rig.fault().expect("a fault");
    assert!(!fault.is_terminal());
    for named in [fault, Fault::DriveStuck] {
        let answer = rig.technician(Request::EndTerminal { fault: named });
        assert_eq!(answer, Err(Refusal::NoFault));
    }
    // A fall or a shock: the depth is checked at zero, nothing else helps.
    let mut rig = Rig::default().to_standby();
    rig.felt_mg = [0, 0, 30];
    rig.until(300, "fallen", |rig| rig.fault().is_some());
    rig.felt_mg = [0, 0, 1_000];
    rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
    let fault = rig.fault().expect("a fault");
    let answer = rig.technician(Request::EndTerminal { fault });
    assert_eq!(answer, Err(Refusal::NoFault));
    // Every other mode.
    for mode in Mode::ALL {
        if mode == Mode::Faulted {
            continue;
        }
        let mut rig = Rig::reach(mode);
        let answer = rig.technician(END);
        assert!(
            matches!(answer, Err(Refusal::NoFault | Refusal::NotNow { .. })),
            "{mode:?}: {answer:?}"
        );
    }
    // Still being stopped.
    let mut rig = Rig::default().to_running();
    rig.cam = Cam::Turns(100_000);
    rig.trigger = given::RELEASED;
    rig.until(200, "tripped", |rig| rig.fault().is_some());
    let mode = rig.mode();
    assert_eq!(mode, Mode::FaultReaction);
    assert_eq!(rig.technician(END), Err(Refusal::NotNow { mode }));
}
