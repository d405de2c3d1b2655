//! Starting and stopping.

use pen_core::fault::{Fault, StopCause};
use pen_core::gate::Bridge;
use pen_core::io::{Buttons, Quadrant, TagReading};
use pen_core::journal::{Record, RecordDefect, ResetCause};
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::units::{Rate, Strokes};
use pen_tests::bench::{Cam, Hall, Rig, Storage, Wire};
use pen_tests::given::{self, plan_of, zone};

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

/// A rig that stops with the cam held in this quarter.
fn stopped_in(quarter: i64, depth_um: i32, moves: bool) -> Rig {
    let mut rig = Rig::default();
    rig.ring(depth_um);
    let mut rig = rig.to_ready_with(plan_of(&[ZonePlan {
        override_reason: (depth_um > 1_500)
            .then_some(pen_core::plan::OverrideReason::PhysicianOrder),
        ..zone(Zone::StretchMark, depth_um.max(1_200), 100)
    }]));
    rig.start();
    rig.runs_for(200);
    rig.trigger = given::RELEASED;
    rig.tick();
    rig.put_cam(quarter);
    rig.cam = Cam::Turns(0);
    rig.ticks(30);
    if moves {
        rig.cam = Cam::Obeys;
    }
    while rig.mode() == Mode::Stopping {
        rig.tick();
        let parked = rig.status().parked;
        assert!(!parked || rig.quadrant() == Quadrant::Retracted);
    }
    rig
}

#[test]
fn stop_003_parks_where_the_load_allows_and_tells_the_truth() {
    for quarter in 0..4 {
        for moves in [false, true] {
            for (depth, known) in [(800, true), (2_000, true), (2_001, false)] {
                let rig = stopped_in(quarter, depth, moves);
                let inside = rig.quadrant() == Quadrant::Retracted;
                assert_eq!(inside, moves || quarter == 0, "{quarter} {moves}");
                assert_eq!(
                    rig.status().parked,
                    inside && known,
                    "{quarter} {depth} {moves}: {}",
                    rig.state()
                );
                let told = rig.log.iter().rev().find_map(|record| match record {
                    Record::Halted { after, parked } => Some((*after, *parked)),
                    _ => None,
                });
                let (after, parked) = told.expect("told");
                assert_eq!(parked, inside && known);
                assert!(after.as_ms() <= 470, "{after:?}");
            }
        }
    }
}

#[test]
fn stop_003_parking_pushes_for_300_ms_at_most_and_then_lets_go() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.tick();
    rig.put_cam(2);
    rig.cam = Cam::Turns(0);
    let mut first = None;
    let mut last = 0;
    for tick in 1..1_000 {
        rig.tick();
        if rig.drives() {
            first = first.or(Some(tick));
            last = tick;
        }
    }
    let first = first.expect("it tried");
    assert!(last - first <= 300, "{first}..{last}");
    assert_eq!(rig.mode(), Mode::Ready);
    assert!(!rig.status().parked);
}

#[test]
fn stop_003_parks_after_the_first_tap_as_well() {
    // Less than a turn was driven since power-up: good enough to push by, not to be told.
    // A reading that is off by 60 mA makes the brake of the boot look like half a turn.
    for (second_switch, off) in [(false, 0), (true, 0), (false, 60), (true, 60)] {
        for quarter in 0..4 {
            let mut rig = Rig::new(Boot {
                second_switch,
                ..given::boot()
            });
            rig.current.wire = Wire::Offset(off);
            let mut rig = rig.to_ready();
            rig.start();
            rig.runs_for(10);
            rig.trigger = given::RELEASED;
            rig.tick();
            rig.put_cam(quarter);
            rig.cam = Cam::Turns(0);
            rig.ticks(30);
            rig.cam = Cam::Obeys;
            rig.until(500, "stopped", |rig| rig.mode() != Mode::Stopping);
            assert_eq!(rig.mode(), Mode::Ready);
            assert_eq!(
                rig.quadrant(),
                Quadrant::Retracted,
                "{second_switch} {off} {quarter}"
            );
            assert!(!rig.status().parked);
        }
    }
}

/// A rig whose cam stands past full extension, in Standby; nothing has pushed it.
fn left_past_extension() -> Rig {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.tick();
    rig.put_cam(2);
    // With the cable in nothing is pushed.
    rig.cam = Cam::Turns(10_000);
    rig.ticks(15);
    rig.cam = Cam::Turns(0);
    rig.cable = true;
    rig.until(500, "stopped", |rig| rig.mode() == Mode::Locked);
    rig.cable = false;
    rig.until(1_500, "unlocked", |rig| rig.mode() == Mode::Standby);
    rig
}

/// A tap in which the cam does not move. How often it is pushed forward and backward afterwards.
fn tap(rig: &mut Rig) -> (u32, u32) {
    rig.arm();
    rig.start();
    rig.ticks(10);
    rig.trigger = given::RELEASED;
    rig.tick();
    let mut pushes = (0, 0);
    while rig.mode() == Mode::Stopping {
        rig.tick();
        let bridge = rig.out.motor().bridge();
        pushes.0 += u32::from(matches!(bridge, Bridge::Forward(_)));
        pushes.1 += u32::from(matches!(bridge, Bridge::Backward(_)));
    }
    pushes
}

#[test]
fn stop_003_a_tap_that_makes_no_edge_does_not_move_the_cam_to_the_beginning_of_its_quarter() {
    let (forward, backward) = tap(&mut left_past_extension());
    assert!(forward > 0);
    assert_eq!(backward, 0);
}

#[test]
fn stop_003_nobody_knows_after_a_start_on_which_side_of_full_extension_the_cam_stands() {
    let mut rig = left_past_extension();
    rig.reboot(ResetCause::Software);
    let mut rig = rig.to_standby();
    // A session that was interrupted takes no used cartridge.
    let new = pen_core::io::Tag {
        id: given::CARTRIDGE + 1,
        ..given::tag()
    };
    rig.tag = TagReading::Present(new);
    rig.ticks(1_000);
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    assert_eq!(rig.quadrant(), Quadrant::Extended);
    assert_eq!(tap(&mut rig), (0, 0));
    assert!(!rig.status().parked);
}

#[test]
fn rate_009_a_cam_that_was_left_out_may_fall_in_at_any_moment() {
    let left_out = || {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        rig.tick();
        rig.put_cam(2);
        rig.cam = Cam::Turns(0);
        rig
    };
    let mut rig = left_out();
    let mut stop = 0;
    while rig.mode() == Mode::Stopping {
        rig.tick();
        stop += 1;
    }
    // Through the retracted quarter and up the other side: three edges in 50 ms.
    for begins in stop - 20..stop + 20 {
        let mut rig = left_out();
        rig.ticks(begins);
        assert!(!rig.brakes() && !rig.drives(), "torque is off");
        rig.cam = Cam::Turns(15_000);
        rig.ticks(50);
        rig.cam = Cam::Turns(0);
        rig.ticks(600);
        assert_eq!(rig.fault(), None, "{begins} of {stop}: {}", rig.state());
    }
}

#[test]
fn stop_003_does_not_park_after_a_fault_that_forbids_it() {
    for (fault, what) in [
        (Fault::FeedbackLost, "lost"),
        (Fault::OverDepth, "depth"),
        (Fault::OverCurrent, "current"),
    ] {
        let mut rig = Rig::default().to_running();
        match fault {
            Fault::FeedbackLost => rig.hall = Hall::Lost,
            Fault::OverDepth => rig.ring(1_260),
            _ => rig.current_ma = Some(1_600),
        }
        rig.brakes_within(400);
        assert_eq!(rig.fault(), Some(fault), "{what}");
        for _ in 0..1_000 {
            rig.tick();
            assert!(!rig.drives(), "{what}: {}", rig.state());
        }
    }
}

#[test]
fn stop_003_the_needles_are_not_called_parked_while_the_cam_turns_unasked() {
    let mut rig = stopped_in(0, 800, true);
    assert!(rig.status().parked);
    rig.cam = Cam::Turns(50_000);
    for _ in 0..300 {
        rig.tick();
        let truth = rig.quadrant() == Quadrant::Retracted;
        assert!(truth || !rig.status().parked, "{}", rig.state());
    }
}

#[test]
fn stop_003_nobody_knows_after_a_start_where_the_needles_are() {
    let mut rig = Rig::default().to_ready();
    assert!(!rig.status().parked);
    rig = stopped_in(0, 800, true);
    assert!(rig.status().parked);
    rig.reboot(ResetCause::Software);
    rig.ticks(1_000);
    assert!(!rig.status().parked);
}

#[test]
fn stop_003_a_tachometer_that_falls_silent_in_the_brake_leaves_the_needles_unknown() {
    for after in 0..12 {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        rig.ticks(1 + after);
        rig.hall = Hall::Lost;
        let mut pushed = 0;
        while rig.mode() == Mode::Stopping {
            rig.tick();
            pushed += u32::from(rig.drives());
            let truth = rig.quadrant() == Quadrant::Retracted;
            assert!(truth || !rig.status().parked, "{after}: {}", rig.state());
        }
        assert!(pushed <= 300, "{pushed}");
    }
}

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
fn stop_006_keeps_the_first_cause_and_counts_the_rest() {
    let mut rig = Rig::default().to_running();
    rig.seated = false;
    rig.brakes_within(60);
    rig.comes_to(Mode::Faulted);
    assert_eq!(rig.status().later, 0);
    rig.current_ma = Some(300);
    rig.ticks(20);
    assert_eq!(rig.fault(), Some(Fault::CartridgeUnseated));
    assert_eq!(rig.status().later, 1);
    rig.ticks(500);
    assert_eq!(rig.status().later, 1, "the same cause counts once");
    assert!(rig.recorded(|record| matches!(
        record,
        Record::TrippedAlso { trip, count: 1 } if trip.fault == Fault::UnexpectedMotion
    )));
}

#[test]
fn stop_006_needs_the_cause_gone_the_trigger_free_and_somebody() {
    let mut rig = Rig::default().to_fault_reaction();
    rig.comes_to(Mode::Faulted);
    // Held.
    rig.seated = true;
    rig.ticks(100);
    let answer = rig.operator(Request::Acknowledge);
    assert_eq!(answer, Err(Refusal::TriggerHeld));
    // Released, but not for long.
    rig.trigger = given::RELEASED;
    rig.ticks(199);
    assert_eq!(
        rig.operator(Request::Acknowledge),
        Err(Refusal::TriggerHeld)
    );
    // Long enough, but the cause is back.
    rig.seated = false;
    rig.tick();
    let fault = Fault::CartridgeUnseated;
    assert_eq!(
        rig.operator(Request::Acknowledge),
        Err(Refusal::CausePresent { fault })
    );
    // An observer may not.
    rig.seated = true;
    rig.tick();
    assert_eq!(
        rig.ask(Role::Observer, Request::Acknowledge),
        Err(Refusal::Role {
            asked: Role::Observer,
            needed: Role::Operator
        })
    );
    // Nobody does: it stays.
    rig.ticks(10_000);
    assert_eq!(rig.fault(), Some(fault));
    assert_eq!(rig.operator(Request::Acknowledge), Ok(Reply::Done));
    assert_eq!(rig.mode(), Mode::Locked);
    assert_eq!(rig.operator(Request::Acknowledge), Err(Refusal::NoFault));
}

#[test]
fn stop_006_too_deep_stays_a_cause_until_the_ring_is_shallower() {
    let mut rig = Rig::default();
    rig.ring(1_180);
    let mut rig = rig.to_running();
    rig.ring(1_260);
    rig.brakes_within(20);
    let fault = Fault::OverDepth;
    assert_eq!(rig.fault(), Some(fault));
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    for (depth, present) in [(1_260, true), (1_201, true), (1_200, false)] {
        rig.ring(depth);
        rig.ticks(300);
        let expected = if present {
            Err(Refusal::CausePresent { fault })
        } else {
            Ok(Reply::Done)
        };
        assert_eq!(rig.operator(Request::Acknowledge), expected, "{depth}");
    }
}

/// Breaks a wire of a running pen, sees that the fault stays as long as the wire is broken.
fn stays_until_mended(mut rig: Rig, fault: Fault, set: fn(&mut Rig, Wire)) {
    set(&mut rig, Wire::Counts(4_095));
    rig.until(20, "a trip", |rig| rig.fault().is_some());
    assert_eq!(rig.fault(), Some(fault));
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(300);
    let present = Err(Refusal::CausePresent { fault });
    assert_eq!(rig.operator(Request::Acknowledge), present);
    set(&mut rig, Wire::True);
    rig.ticks(300);
    assert_eq!(rig.operator(Request::Acknowledge), Ok(Reply::Done));
}

#[test]
fn stop_006_a_reading_that_is_missing_stays_a_cause_until_it_is_back() {
    let running = || Rig::default().to_running();
    let unknown = Fault::SensorInvalid;
    stays_until_mended(running(), unknown, |rig, wire| rig.current.wire = wire);
    stays_until_mended(running(), unknown, |rig, wire| rig.battery.wire = wire);
    let invalid = Fault::DepthInvalid;
    stays_until_mended(running(), invalid, |rig, wire| rig.depth_a.wire = wire);
    stays_until_mended(running(), invalid, |rig, wire| rig.depth_b.wire = wire);
}

#[test]
fn stop_006_a_missing_depth_stays_a_cause_without_calibration_too() {
    let mut rig = Rig::default();
    rig.boot.calibration = Err(RecordDefect::Missing);
    rig.reboot(ResetCause::PowerOn);
    rig.tag = given::dummy();
    rig.ticks(900);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    rig.buttons.ok = false;
    let run = Request::Run(Rate::from_hz(60));
    assert_eq!(rig.technician(run), Ok(Reply::Done));
    rig.ticks(50);
    assert_eq!(rig.mode(), Mode::ServiceRunning);
    stays_until_mended(rig, Fault::DepthInvalid, |rig, wire| {
        rig.depth_b.wire = wire;
    });
}

#[test]
fn stop_006_acknowledging_is_refused_where_there_is_no_fault() {
    for mode in Mode::ALL {
        let mut rig = Rig::reach(mode);
        let answer = rig.operator(Request::Acknowledge);
        let expected = match mode {
            Mode::Boot | Mode::Treating | Mode::Stopping | Mode::FaultReaction => {
                Err(Refusal::NotNow { mode })
            }
            Mode::Faulted => Ok(Reply::Done),
            Mode::Locked | Mode::Standby | Mode::Ready | Mode::Service | Mode::ServiceRunning => {
                Err(Refusal::NoFault)
            }
        };
        assert_eq!(answer, expected, "{mode:?}");
    }
}

#[test]
fn stop_006_after_a_fault_the_way_leads_through_locked() {
    let mut rig = Rig::default().to_faulted();
    rig.acknowledge();
    let path: Vec<_> = rig
        .log
        .iter()
        .filter_map(|record| match record {
            Record::ModeChanged { from, to, .. } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(
        path[path.len() - 2..],
        [(Mode::Faulted, Mode::Locked), (Mode::Locked, Mode::Standby)]
    );
    // And a new confirmation of the zone.
    rig.trigger = given::HELD;
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Standby);
}

const RESETS: [ResetCause; 8] = [
    ResetCause::PowerOn,
    ResetCause::Watchdog,
    ResetCause::BrownOut,
    ResetCause::Software,
    ResetCause::Unknown,
    ResetCause::Panicked { file: 7, line: 42 },
    ResetCause::HardFault { address: 64 },
    ResetCause::WatchdogForgotten,
];

#[test]
fn stop_007_never_goes_on_by_itself_after_a_reset() {
    for mode in Mode::ALL {
        for cause in RESETS {
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
fn stop_008_a_brake_without_effect_is_seen_within_20_ms_and_opens_the_second_path() {
    for (mhz, seen) in [
        (45_000, false),
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
        rig.tick();
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
    rig.tick();
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
    for cause in RESETS.into_iter().chain(RESETS) {
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

#[test]
fn stop_012_a_pen_whose_fault_was_ended_tests_its_paths_before_the_next_zone() {
    let mut rig = drive_stuck();
    rig.buttons.ok = true;
    rig.ticks(HOLD);
    assert_eq!(rig.technician(END), Ok(Reply::Done));
    rig.buttons.ok = false;
    rig.ticks(300);
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
        rig.tick();
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
