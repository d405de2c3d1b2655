//! Starting and stopping.

use pen_core::fault::{Fault, StopCause};
use pen_core::gate::Bridge;
use pen_core::io::Buttons;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::units::{Rate, Strokes};
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Cam, Hall, Rig, Wire};

#[test]
fn stop_001_runs_only_while_both_contacts_say_so() {
    for trigger in [
        given::RELEASED,
        given::ONE_CONTACT,
        pen_core::io::Trigger {
            closed: false,
            opened: true,
        },
    ] {
        let mut rig = Rig::default().to_running();
        rig.trigger = trigger;
        rig.tick();
        assert!(rig.brakes(), "{trigger:?}");
        assert_eq!(rig.mode(), Mode::Stopping);
    }
}

/// Enters Ready, lets go for so many ticks from there on, then presses.
fn starts_after_release_of(ms: u32) -> bool {
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig.buttons.ok = false;
    rig.ticks(ms);
    rig.trigger = given::HELD;
    rig.ticks(100);
    let starts = rig.mode() == Mode::Treating;
    if !starts {
        assert_eq!(rig.refused(), Some(Refusal::TriggerHeld));
    }
    starts
}

#[test]
fn stop_001_starts_only_after_a_release_of_200_ms_in_this_mode() {
    assert!(!starts_after_release_of(0));
    assert!(!starts_after_release_of(199));
    assert!(starts_after_release_of(200));
    assert!(starts_after_release_of(201));
}

#[test]
fn stop_001_a_release_is_200_ms_in_one_piece() {
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig.buttons.ok = false;
    for _ in 0..20 {
        rig.trigger = given::RELEASED;
        rig.ticks(199);
        rig.trigger = given::ONE_CONTACT;
        rig.tick();
    }
    rig.trigger = given::HELD;
    rig.ticks(100);
    assert_eq!(rig.mode(), Mode::Ready);
}

#[test]
fn stop_001_one_sample_after_a_long_pause_is_no_release_and_no_press() {
    // A late tick at rest is a flash operation; what the trigger did meanwhile nobody saw.
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.until(30, "Ready", |rig| rig.mode() == Mode::Ready);
    rig.buttons.ok = false;
    rig.ticks(50);
    rig.late(400_000);
    rig.trigger = given::HELD;
    rig.ticks(100);
    assert_eq!(rig.mode(), Mode::Ready, "50 ms of release were seen");

    let mut rig = Rig::default().to_ready();
    rig.trigger = given::HELD;
    rig.late(400_000);
    assert_eq!(rig.mode(), Mode::Ready, "1 ms of press was seen");
}

#[test]
fn stop_001_each_change_of_mode_wants_a_release_anew() {
    // The trigger stays held through a budget's end, a stop request and a fault.
    let mut rig = Rig::default().to_ready_with(plan_of(&[ZonePlan {
        strokes: Strokes::from_count(20),
        ..zone(Zone::Cheek, 1_200, 100)
    }]));
    rig.start();
    rig.ticks(5_000);
    assert_eq!(rig.mode(), Mode::Standby);

    let mut rig = Rig::default().to_running();
    assert_eq!(rig.ask(Role::Observer, Request::Stop), Ok(Reply::Done));
    rig.tick();
    assert!(rig.brakes());
    rig.ticks(3_000);
    assert_eq!(rig.mode(), Mode::Ready);
    assert_eq!(rig.status().on, rig.ledger().on);

    let mut rig = Rig::default().to_fault_reaction();
    rig.seated = true;
    rig.ticks(3_000);
    rig.press_ok();
    assert_eq!(rig.refused(), Some(Refusal::TriggerHeld));
    assert_eq!(rig.mode(), Mode::Faulted);
}

#[test]
fn stop_001_a_trigger_held_since_power_up_starts_nothing() {
    let mut rig = Rig::default();
    rig.trigger = given::HELD;
    rig.ticks(5_000);
    assert_eq!(rig.mode(), Mode::Locked);
    assert!(rig.status().locks.has(pen_core::locks::Lock::Trigger));
}

#[test]
fn stop_001_anything_pressed_on_the_pen_stops_a_treatment() {
    for (next, ok) in [(true, false), (false, true), (true, true)] {
        // In the first tick of a drive and long after it.
        for rig in [Rig::default().to_treating(), Rig::default().to_running()] {
            let mut rig = rig;
            rig.buttons = Buttons { next, ok };
            // One sample is enough: debounce is for starting.
            rig.tick();
            assert!(rig.brakes(), "{}", rig.state());
            assert_eq!(rig.mode(), Mode::Stopping);
            let pressed = |record: &Record| {
                let Record::Stopped { cause, .. } = record else {
                    return false;
                };
                *cause == StopCause::Pressed
            };
            assert!(rig.recorded(pressed), "{}", rig.state());
            // The trigger is still held, the button let go: nothing starts again by itself.
            rig.buttons = Buttons::default();
            rig.ticks(3_000);
            assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
            rig.trigger = given::RELEASED;
            rig.ticks(300);
            rig.start();
        }
    }
}

#[test]
fn stop_001_a_button_that_is_stuck_prevents_the_start() {
    let mut rig = Rig::default().to_ready();
    rig.buttons.ok = true;
    rig.ticks(500);
    rig.trigger = given::HELD;
    rig.ticks(500);
    assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
    assert_eq!(rig.refused(), Some(Refusal::TriggerHeld));
    // The other one takes the zone away.
    let mut rig = Rig::default().to_ready();
    rig.buttons.next = true;
    rig.ticks(500);
    rig.trigger = given::HELD;
    rig.ticks(500);
    assert_eq!(rig.mode(), Mode::Standby, "{}", rig.state());
    // Stuck since before the zone was opened.
    let mut rig = Rig::default().to_standby();
    rig.buttons.next = true;
    rig.ticks(500);
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.buttons.ok = true;
    rig.ticks(25);
    rig.buttons.ok = false;
    rig.ticks(300);
    assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
    rig.trigger = given::HELD;
    rig.ticks(500);
    assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
}

/// Every way a drive ends without the motor's own fault, and how to bring it about.
type Cause = (&'static str, fn(&mut Rig));

const INTERLOCKS: [Cause; 7] = [
    ("released", |rig| rig.trigger = given::RELEASED),
    ("one contact", |rig| rig.trigger = given::ONE_CONTACT),
    ("stop", |rig| {
        assert_eq!(rig.ask(Role::Observer, Request::Stop), Ok(Reply::Done));
    }),
    ("cable", |rig| rig.cable = true),
    ("the confirm button", |rig| rig.buttons.ok = true),
    ("the next button", |rig| rig.buttons.next = true),
    ("all at once", |rig| {
        rig.trigger = given::RELEASED;
        rig.cable = true;
        rig.seated = false;
        assert_eq!(rig.ask(Role::Maker, Request::Stop), Ok(Reply::Done));
    }),
];

#[test]
fn stop_002_the_first_output_that_does_not_drive_is_the_brake() {
    for (what, end) in INTERLOCKS {
        let mut rig = Rig::default().to_running();
        end(&mut rig);
        rig.tick();
        assert!(rig.brakes(), "{what}: {}", rig.state());
        // It holds until the cam stands.
        while rig.rate_mhz != 0 {
            assert!(rig.brakes(), "{what}: {}", rig.state());
            rig.tick();
        }
    }
}

#[test]
fn stop_002_a_fault_brakes_too() {
    let faults: [Cause; 6] = [
        ("seat", |rig| rig.seated = false),
        ("depth", |rig| rig.ring(1_260)),
        ("rail", |rig| rig.depth_a.wire = Wire::Counts(0)),
        ("current", |rig| rig.current_ma = Some(1_600)),
        ("meter", |rig| rig.current.wire = Wire::Counts(4_095)),
        ("lost", |rig| rig.hall = Hall::Lost),
    ];
    for (what, fault) in faults {
        let mut rig = Rig::default().to_running();
        fault(&mut rig);
        rig.brakes_within(400);
        assert!(rig.brakes(), "{what}: {}", rig.state());
        assert_eq!(rig.mode(), Mode::FaultReaction);
    }
}

#[test]
fn stop_002_a_tick_that_comes_much_too_late_brakes_and_does_not_coast() {
    for late_ms in [3, 50, 99, 100, 120, 470, 600, 5_000] {
        let mut rig = Rig::default().to_running();
        rig.late(late_ms * 1_000);
        assert_eq!(rig.fault(), Some(Fault::TickLate));
        assert!(rig.brakes(), "{late_ms} ms: {}", rig.state());
        while rig.rate_mhz != 0 {
            rig.tick();
            // What only creeps on may be turned back already.
            let creeps = rig.rate_mhz.abs() < 12_000;
            assert!(rig.brakes() || creeps, "{late_ms} ms: {}", rig.state());
        }
        assert_eq!(rig.ledger().terminal, None, "{late_ms} ms");
    }
}

#[test]
fn stop_005_every_interlock_stops_in_the_same_tick() {
    for (what, end) in INTERLOCKS {
        for phase in 0..10 {
            let mut rig = Rig::default().to_running();
            rig.runs_for(phase);
            end(&mut rig);
            assert_eq!(rig.brakes_within(1), 1, "{what}");
        }
    }
}

#[test]
fn stop_005_stop_wins_over_start_in_the_same_tick() {
    // The tick in which the press would start.
    for early in 0..3 {
        let mut rig = Rig::default().to_ready();
        rig.trigger = given::HELD;
        rig.ticks(29 - early);
        assert_eq!(rig.mode(), Mode::Ready);
        for _ in 0..=early {
            assert_eq!(rig.ask(Role::Observer, Request::Stop), Ok(Reply::Done));
            rig.tick();
        }
        rig.ticks(500);
        assert_eq!(rig.mode(), Mode::Ready, "a stop demands a new press");
    }
    // Run and stop between two ticks, in both orders.
    for stop_first in [true, false] {
        let mut rig = Rig::default().to_service();
        let run = Request::Run(Rate::from_hz(60));
        let requests = if stop_first {
            [Request::Stop, run]
        } else {
            [run, Request::Stop]
        };
        for request in requests {
            assert_eq!(rig.technician(request), Ok(Reply::Done));
        }
        for _ in 0..300 {
            rig.tick();
            assert!(!rig.drives() || rig.mode() == Mode::Stopping);
        }
        assert_eq!(rig.mode(), Mode::Service);
    }
}

#[test]
fn stop_007_never_goes_on_by_itself_after_a_reset() {
    for mode in Mode::ALL {
        for cause in given::RESETS {
            for trigger in [given::RELEASED, given::HELD, given::ONE_CONTACT] {
                let mut rig = Rig::reach(mode);
                rig.reboot(cause);
                rig.trigger = trigger;
                for _ in 0..1_500 {
                    rig.tick();
                    assert!(!rig.drives());
                    assert!(rig.mode() == Mode::Boot || !rig.out.motor().enable());
                }
                // A new press alone does nothing either: plan and zone are asked for anew.
                rig.trigger = given::RELEASED;
                rig.ticks(300);
                rig.trigger = given::HELD;
                rig.ticks(300);
                assert!(!rig.drives());
                assert_eq!(rig.status().plan, 0);
            }
        }
    }
}

#[test]
fn stop_009_every_mode_that_does_not_drive_is_off_in_every_tick() {
    for mode in [
        Mode::Boot,
        Mode::Locked,
        Mode::Standby,
        Mode::Ready,
        Mode::Faulted,
        Mode::Service,
    ] {
        let mut rig = Rig::reach(mode);
        if mode == Mode::Boot {
            // Until it is known to stand, a motor is braked.
            rig.until(31, "standing", |rig| !rig.brakes());
        }
        let mut probed = 0;
        for tick in 0..2_000_u32 {
            // Whatever hands do meanwhile: nothing here starts anything without a new release.
            rig.buttons.next = tick % 97 < 30;
            rig.seated = tick % 61 != 0;
            rig.cable = tick % 613 > 600;
            rig.tick();
            let motor = rig.out.motor();
            if matches!(motor.bridge(), Bridge::Forward(_)) {
                probed += 1;
                assert!(!motor.enable());
            } else if rig.mode().is_at_rest() {
                assert!(rig.is_off(), "{}", rig.state());
            }
        }
        assert!(probed <= 10, "{mode:?}: {probed}");
    }
}

#[test]
fn stop_010_stop_is_taken_in_every_mode_from_every_role() {
    for mode in Mode::ALL {
        for role in [
            Role::Observer,
            Role::Operator,
            Role::Technician,
            Role::Maker,
        ] {
            let mut rig = Rig::reach(mode);
            assert_eq!(rig.ask(role, Request::Stop), Ok(Reply::Done));
            rig.tick();
            let treats = matches!(rig.mode(), Mode::Treating | Mode::ServiceRunning);
            assert!(!treats && !rig.drives(), "{mode:?} {role:?}");
        }
    }
}

#[test]
fn stop_010_a_stop_says_why_it_ended() {
    for (end, cause, after) in [
        (INTERLOCKS[0].1, StopCause::Released, Mode::Ready),
        (INTERLOCKS[2].1, StopCause::Asked, Mode::Ready),
        (INTERLOCKS[3].1, StopCause::Cable, Mode::Locked),
        (INTERLOCKS[4].1, StopCause::Pressed, Mode::Ready),
        (INTERLOCKS[5].1, StopCause::Pressed, Mode::Ready),
        (INTERLOCKS[6].1, StopCause::Asked, Mode::Ready),
    ] {
        let mut rig = Rig::default().to_running();
        end(&mut rig);
        rig.tick();
        assert!(rig.recorded(
            |record| matches!(record, Record::Stopped { cause: why, .. } if *why == cause)
        ));
        rig.until(600, "halted", |rig| rig.mode() != Mode::Stopping);
        assert_eq!(rig.mode(), after);
    }
}

#[test]
fn stop_013_one_raw_sample_stops_and_thirty_start() {
    for (ms, starts) in [(29, false), (30, true), (31, true)] {
        let mut rig = Rig::default().to_ready();
        rig.trigger = given::HELD;
        rig.ticks(ms);
        rig.trigger = given::RELEASED;
        let started = rig.recorded(|record| matches!(record, Record::Started { .. }));
        assert_eq!(started, starts, "{ms}");
    }
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    assert_eq!(rig.brakes_within(3), 1);
    rig.trigger = given::HELD;
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Ready, "a bounce does not start again");
}

#[test]
fn stop_013_a_bouncing_press_does_not_start() {
    let mut rig = Rig::default().to_ready();
    for _ in 0..50 {
        rig.trigger = given::HELD;
        rig.ticks(29);
        rig.trigger = given::ONE_CONTACT;
        rig.tick();
    }
    assert_eq!(rig.mode(), Mode::Ready);
}

#[test]
fn stop_014_nothing_of_the_last_activation_is_left() {
    let mut rig = Rig::default().to_ready();
    let duties = |rig: &mut Rig| {
        rig.start();
        let mut duties = vec![rig.status().duty];
        for _ in 0..30 {
            rig.tick();
            duties.push(rig.status().duty);
        }
        duties
    };
    let first = duties(&mut rig);
    // Pull the integrator as far as it goes.
    rig.cam = Cam::Turns(108_000);
    rig.runs_for(800);
    rig.cam = Cam::Obeys;
    rig.trigger = given::RELEASED;
    rig.tick();
    assert_eq!(rig.status().duty, 0);
    assert_eq!(rig.status().rate_set, Rate::from_mhz(0));
    rig.comes_to(Mode::Ready);
    rig.ticks(300);
    let again = duties(&mut rig);
    assert_eq!(first, again);
}

#[test]
fn stop_014_a_fault_zeroes_the_set_point_in_the_same_tick() {
    let rig = Rig::default().to_fault_reaction();
    assert_eq!(rig.status().duty, 0);
    assert_eq!(rig.status().rate_set, Rate::from_mhz(0));
}

#[test]
fn stop_005_a_clock_that_stands_still_does_not_keep_a_stop_from_ending() {
    for back_us in [0, 1, 1_000_000] {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        // The brake is seen to work.
        rig.ticks(2);
        rig.put_cam(1);
        rig.cam = Cam::Turns(0);
        rig.until(100, "parking", Rig::drives);
        // From here on every step is told the same moment, or an earlier one.
        let moment = rig.now_us() - back_us;
        let mut pushed = 0;
        for _ in 0..480 {
            rig.tick_at(moment);
            pushed += u32::from(rig.drives());
        }
        assert!(pushed <= 300, "{pushed}");
        assert!(rig.is_off(), "{}", rig.state());
    }
}
