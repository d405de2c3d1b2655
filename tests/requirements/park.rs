//! Parking: pushes, their way, and what is told of the needles (STOP-003).

use pen_core::fault::Fault;
use pen_core::gate::Bridge;
use pen_core::io::{Quadrant, TagReading};
use pen_core::journal::{Record, ResetCause};
use pen_core::mode::Mode;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::Reply;
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Cam, Hall, Rig, Wire};

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
    // The brake is seen to work.
    rig.ticks(2);
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
    // The brake is seen to work.
    rig.ticks(2);
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
            let mut rig = Rig::with_switch(second_switch);
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
    // The brake is seen to work.
    rig.ticks(2);
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
        // The brake is seen to work.
        rig.ticks(2);
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
fn stop_003_does_not_push_when_the_brake_draws_nothing() {
    // 100 Hz in the brake draw 1.1 A. Whatever happens later, such a brake would not stop a push.
    for shows_ma in [0, -10, 10, -200] {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        rig.current_ma = Some(shows_ma);
        rig.ticks(5);
        rig.put_cam(1);
        rig.cam = Cam::Turns(0);
        for tick in 0..600 {
            rig.tick();
            assert!(!rig.drives(), "{shows_ma} mA: pushed {tick} ms later");
        }
        assert!(!rig.status().parked);
        // Needles that are left out are told.
        let told = rig.fault();
        let is_terminal = told == Some(Fault::DriveStuck) && shows_ma.abs() < 56;
        assert!(
            is_terminal || told == Some(Fault::SensorInvalid),
            "{told:?}"
        );
    }
}

#[test]
fn stop_003_does_not_push_when_the_brake_ended_before_the_tachometer_fell_silent() {
    // It braked for 5 ms; then edges come at 60 Hz of which the winding shows nothing, for less time than
    // STOP-008 takes; then it stands, as far as anybody can tell.
    let (mut out, mut unfelt) = (0, 0);
    for phase in 0..12 {
        let mut rig = Rig::default().to_running();
        rig.runs_for(phase);
        rig.trigger = given::RELEASED;
        rig.ticks(6);
        rig.current_ma = Some(0);
        rig.cam = Cam::Turns(60_000);
        rig.ticks(8);
        rig.cam = Cam::Turns(0);
        out += u32::from(rig.quadrant() != Quadrant::Retracted);
        for tick in 0..600 {
            rig.tick();
            assert!(!rig.drives(), "pushed {tick} ms later");
        }
        assert!(!rig.status().parked, "{}", rig.state());
        match rig.fault() {
            Some(Fault::SensorInvalid) => unfelt += 1,
            told => assert_eq!(told, Some(Fault::DriveStuck), "{}", rig.state()),
        }
    }
    assert!(out >= 3 && unfelt >= 3, "{out} {unfelt}");
}

#[test]
fn stop_003_parks_a_cam_that_stalled_just_before_the_release() {
    let mut out = 0;
    for stalled_ms in [3, 8, 12] {
        for phase in 0..12 {
            let mut rig = Rig::default().to_running();
            rig.runs_for(phase);
            rig.cam = Cam::Turns(0);
            rig.ticks(stalled_ms);
            rig.trigger = given::RELEASED;
            rig.tick();
            assert_eq!(rig.fault(), None);
            if rig.quadrant() != Quadrant::Retracted {
                out += 1;
                rig.until(600, "a push", Rig::drives);
            }
            rig.cam = Cam::Obeys;
            rig.until(600, "stopped", |rig| rig.mode() != Mode::Stopping);
            assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
            assert_eq!(rig.quadrant(), Quadrant::Retracted);
        }
    }
    assert!(out >= 12, "{out}");
}

#[test]
fn stop_003_pushes_when_the_brake_draws_what_it_should() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.ticks(5);
    rig.put_cam(1);
    rig.cam = Cam::Turns(0);
    rig.until(600, "a push", Rig::drives);
}

#[test]
fn stop_003_a_push_ends_with_the_first_reading_that_no_push_makes() {
    // A push backward of 1.2 V at most into 2.98 ohm; a shorted transistor drives the other way.
    for (ma, is_short) in [(-400, false), (-300, false), (1_000, true), (2_000, true)] {
        for second_switch in [false, true] {
            let mut rig = Rig::with_switch(second_switch).to_running();
            rig.trigger = given::RELEASED;
            // The brake is seen to work.
            rig.ticks(2);
            rig.put_cam(3);
            rig.cam = Cam::Turns(0);
            rig.until(200, "a push", Rig::drives);
            rig.tick();
            rig.current_ma = Some(ma);
            rig.tick();
            assert_eq!(rig.drives(), !is_short, "{ma} mA: {}", rig.state());
            let fault = is_short.then_some(Fault::OverCurrent);
            assert_eq!(rig.fault(), fault, "{ma} mA");
        }
    }
}

#[test]
fn stop_003_a_current_that_lies_takes_the_brake_away_for_3_ms_only() {
    // Through an open path nothing flows: what is still read there is a sensor that sticks.
    for (lies, ma) in [
        (true, -1_948),
        (true, 1_948),
        (false, -1_948),
        (false, 1_948),
    ] {
        let mut rig = Rig::default().to_running();
        rig.trigger = given::RELEASED;
        // The brake is seen to work.
        rig.ticks(2);
        rig.put_cam(3);
        rig.cam = Cam::Turns(0);
        rig.until(200, "a push", Rig::drives);
        rig.cam = Cam::Turns(-19_000);
        rig.current_ma = Some(ma);
        rig.until(3, "open", Rig::is_off);
        assert_eq!(rig.fault(), Some(Fault::OverCurrent));
        if !lies {
            rig.current_ma = None;
        }
        let mut open = 0;
        while rig.is_off() && open < 20 {
            rig.tick();
            open += 1;
        }
        assert_eq!(rig.brakes(), lies, "{}", rig.state());
        assert!(!lies || open <= 4, "{open}");
        // Only once.
        rig.cam = Cam::Turns(0);
        for _ in 0..300 {
            rig.tick();
            assert!(!rig.drives());
            let stops = rig.mode() == Mode::FaultReaction;
            assert!(!lies || rig.brakes() == stops, "{}", rig.state());
        }
    }
}

/// A rig in the brake, its cam turning at 35 Hz for so long, and then at another rate from the moment at
/// which it begins its way out.
fn creeping(braked_ms: u32, mhz: i64) -> Rig {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.tick();
    rig.cam = Cam::Turns(35_000);
    rig.ticks(braked_ms);
    while rig.quadrant() == Quadrant::Extending {
        rig.tick();
    }
    while rig.quadrant() != Quadrant::Extending {
        rig.tick();
    }
    rig.cam = Cam::Turns(mhz);
    rig
}

/// Whether it is pushed within so many milliseconds.
fn is_pushed(rig: &mut Rig, within_ms: u32) -> bool {
    (0..within_ms).any(|_| {
        rig.tick();
        rig.drives()
    })
}

#[test]
fn stop_002_a_cam_that_creeps_out_late_is_turned_back_from_12_hz_on() {
    assert!(is_pushed(&mut creeping(22, 11_000), 3));
    assert!(!is_pushed(&mut creeping(22, 13_000), 3));
}

#[test]
fn stop_003_does_not_turn_back_a_cam_that_the_brake_does_not_feel() {
    // The winding shows nothing, and edges come at 11 Hz: too slow for STOP-008.
    let mut rig = creeping(22, 11_000);
    rig.current_ma = Some(0);
    assert!(!is_pushed(&mut rig, 60));
}

#[test]
fn stop_002_a_cam_that_falls_when_it_is_let_go_is_braked() {
    // With the cable in nothing pushes it.
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.ticks(2);
    rig.put_cam(2);
    rig.cam = Cam::Turns(0);
    rig.cable = true;
    rig.until(300, "let go", Rig::is_off);
    assert_eq!(rig.mode(), Mode::Stopping);
    rig.cam = Cam::Turns(20_000);
    rig.until(15, "braked", Rig::brakes);
    rig.cam = Cam::Turns(0);
    rig.until(300, "at rest", |rig| rig.mode() == Mode::Locked);
    assert!(rig.is_off());
}
