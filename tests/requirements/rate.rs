//! Rate: the tachometer, the current and what they say of each other.
//!
//! RATE-001, RATE-007 and RATE-008 need a motor; the simulator's tests have them.

use pen_core::fault::Fault;
use pen_core::io::Quadrant;
use pen_core::mode::Mode;
use pen_core::plan::{Plan, Zone, ZonePlan};
use pen_core::request::{Reply, Request};
use pen_core::units::{Rate, Strokes};
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Cam, Hall, Rig, Wire};

/// One zone at this rate. Unit: mHz.
fn plan_at(mhz: u32) -> Plan {
    plan_of(&[ZonePlan {
        rate: Rate::from_mhz(mhz),
        ..zone(Zone::Cheek, 1_200, 100)
    }])
}

fn running_at(mhz: u32) -> Rig {
    Rig::default().to_running_with(plan_at(mhz))
}

#[test]
fn rate_002_runs_at_110_percent_and_trips_above() {
    // A turn of 10 000 us is 100 Hz exactly: 110 % of 90.910 Hz is 100.001, of 90.909 Hz 99.999.
    for (set, good) in [
        (90_911, true),
        (90_910, true),
        (90_909, false),
        (90_900, false),
    ] {
        let mut rig = running_at(set);
        rig.cam = Cam::Turns(100_000);
        if good {
            rig.runs_for(1_000);
        } else {
            rig.brakes_within(40);
            assert_eq!(rig.fault(), Some(Fault::OverSpeed));
        }
    }
}

#[test]
fn rate_002_trips_within_two_turns_whatever_the_phase() {
    for set in [50_000_u32, 100_000, 140_000] {
        for percent in [112_i64, 120, 140] {
            let true_mhz = i64::from(set) * percent / 100;
            if true_mhz > 159_000 {
                continue;
            }
            for phase in 0..40 {
                let mut rig = running_at(set);
                rig.runs_for(phase);
                rig.cam = Cam::Turns(true_mhz);
                let turn_us = 1_000_000_000 / true_mhz;
                let most = u32::try_from(2 * turn_us / 1_000 + 3).expect("small");
                let took = rig.brakes_within(200);
                assert_eq!(rig.fault(), Some(Fault::OverSpeed));
                assert!(
                    took <= most,
                    "{set} x {percent} %: {took} ms, allowed {most}"
                );
            }
        }
    }
}

#[test]
fn rate_002_trips_above_160_hz_in_one_turn() {
    // 110 % of 150 Hz is 165 Hz: only the absolute limit is left.
    let mut rig = running_at(150_000);
    rig.cam = Cam::Turns(160_000);
    rig.runs_for(1_000);
    for mhz in [160_052, 161_000, 164_000, 300_000] {
        for phase in 0..14 {
            let mut rig = running_at(150_000);
            rig.runs_for(phase);
            rig.cam = Cam::Turns(mhz);
            let took = rig.brakes_within(60);
            assert_eq!(rig.fault(), Some(Fault::OverSpeed));
            let turn_ms = u32::try_from(1_000_000 / mhz + 1).expect("small");
            assert!(took <= turn_ms + 4, "{mhz}: {took}");
        }
    }
}

#[test]
fn rate_003_trips_two_and_a_half_periods_after_the_last_edge() {
    for (set, silence_ms) in [(50_000, 50), (80_000, 32), (100_000, 25), (150_000, 17)] {
        for phase in 0..22 {
            let mut rig = running_at(set);
            rig.runs_for(phase);
            rig.hall = Hall::Lost;
            // The last edge is at most a quarter period old. The motor turns on, and says so itself:
            // that is seen after a turn and a quarter (RATE-006), and is never later.
            let took = rig.brakes_within(60);
            assert_eq!(rig.fault(), Some(Fault::FeedbackLost), "{set}");
            assert!(took <= silence_ms + 1, "{set}: {took}");
            assert!(took >= 750_000 / set, "{set}: {took}");
        }
    }
}

#[test]
fn rate_003_trips_150_ms_after_a_start_without_any_edge() {
    // It stands and draws too little for a stall.
    let mut rig = Rig::default().to_treating();
    rig.cam = Cam::Turns(0);
    for _ in 0..148 {
        let status = rig.status();
        let locked = status.battery.as_mv() * i32::from(status.duty) / 10 / 2_980;
        rig.current_ma = Some(locked.min(350));
        rig.tick();
        if rig.fault() == Some(Fault::FeedbackLost) {
            break;
        }
    }
    rig.until(4, "tripped", |rig| rig.fault().is_some());
    assert!(matches!(
        rig.fault(),
        Some(Fault::FeedbackLost | Fault::Stalled)
    ));
}

#[test]
fn rate_006_a_dead_tachometer_is_seen_within_two_turns_of_a_start() {
    for set in [50_000_i64, 100_000, 150_000] {
        let mut rig = running_at(u32::try_from(set).expect("small"));
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Ready);
        rig.ticks(300);
        rig.hall = Hall::Lost;
        rig.start();
        let mut turns_mhz_ms = 0;
        while rig.drives() {
            rig.tick();
            turns_mhz_ms += rig.rate_mhz;
        }
        assert_eq!(rig.fault(), Some(Fault::FeedbackLost), "{set}");
        assert!(turns_mhz_ms <= 2_000_000, "{set}: {turns_mhz_ms}");
        // What the tachometer did not see is counted all the same (SESS-002).
        let before = rig.ledger().strokes.as_count();
        rig.trigger = given::RELEASED;
        rig.comes_to(Mode::Faulted);
        let after = rig.ledger().strokes.as_count();
        assert!((1..=4).contains(&(after - before)), "{before} {after}");
    }
}

#[test]
fn rate_006_an_edge_that_the_quarter_contradicts_trips_at_once() {
    let mut rig = running_at(100_000);
    // A quarter turn that nobody was told: the levels are those of the next quarter.
    rig.hall = Hall::Lost;
    rig.runs_for(4);
    rig.hall = Hall::True;
    let took = rig.brakes_within(8);
    assert!(took <= 8, "{took}");
    assert_eq!(rig.fault(), Some(Fault::FeedbackLost));
}

#[test]
fn rate_006_a_current_that_the_turns_contradict_trips_within_four_turns() {
    for ma in [-1_400, 1_900] {
        let mut rig = running_at(100_000);
        rig.current.wire = Wire::Offset(ma);
        let took = rig.brakes_within(45);
        assert!(rig.fault().is_some(), "{ma}: {took}");
    }
}

#[test]
fn rate_003_trips_60_ms_after_an_edge_while_the_ramp_runs() {
    let mut rig = Rig::default().to_treating();
    // One whole turn, slowly, then nothing.
    rig.cam = Cam::Turns(30_000);
    rig.runs_for(50);
    rig.hall = Hall::Lost;
    rig.brakes_within(64);
    // A motor that is slower than what it is given is held.
    assert!(matches!(
        rig.fault(),
        Some(Fault::FeedbackLost | Fault::Stalled)
    ));
}

/// Holds the cam and draws this share of the locked-rotor current, plus some mA.
fn hold(rig: &mut Rig, percent: i32, more_ma: i32) -> u32 {
    rig.cam = Cam::Turns(0);
    for tick in 1..200 {
        let status = rig.status();
        let locked = status.battery.as_mv() * i32::from(status.duty) / 10 / 2_980;
        rig.current_ma = Some(locked * percent / 100 + more_ma);
        rig.tick();
        if !rig.drives() {
            return tick;
        }
    }
    panic!("still driven: {}", rig.state());
}

#[test]
fn rate_004_trips_on_a_stall_within_two_periods_and_40_ms() {
    for (set, silence_ms) in [(50_000, 35), (80_000, 25), (100_000, 20), (150_000, 14)] {
        for percent in [60, 80, 100] {
            let mut rig = running_at(set);
            let took = hold(&mut rig, percent, 2);
            // What is left of the voltage looks like rotation: then it is the tachometer that is
            // doubted, as soon.
            let named = match rig.fault() {
                Some(Fault::Stalled) => true,
                Some(Fault::FeedbackLost) => percent < 100,
                _ => false,
            };
            assert!(named, "{set}, {percent} %: {:?}", rig.fault());
            assert!(took <= 40 && took <= silence_ms + 1, "{set}: {took}");
        }
    }
}

#[test]
fn rate_004_sixty_percent_of_locked_rotor_is_not_yet_a_stall() {
    for (more_ma, fault) in [
        (-1, Fault::FeedbackLost),
        (0, Fault::FeedbackLost),
        (1, Fault::Stalled),
    ] {
        let mut rig = running_at(100_000);
        hold(&mut rig, 60, more_ma);
        assert_eq!(rig.fault(), Some(fault), "60 % and {more_ma} mA");
    }
}

#[test]
fn rate_004_a_motor_held_from_the_start_trips_within_40_ms() {
    let mut rig = Rig::default().to_treating();
    rig.cam = Cam::Turns(0);
    rig.current_ma = Some(900);
    let took = rig.brakes_within(41);
    assert!(took >= 30, "{took}");
    assert_eq!(rig.fault(), Some(Fault::Stalled));
}

#[test]
fn rate_004_never_pushes_harder() {
    let mut rig = running_at(100_000);
    hold(&mut rig, 70, 0);
    for _ in 0..1_000 {
        rig.tick();
        assert!(!rig.drives(), "{}", rig.state());
    }
}

const AT_REST: [Mode; 6] = [
    Mode::Boot,
    Mode::Locked,
    Mode::Standby,
    Mode::Ready,
    Mode::Faulted,
    Mode::Service,
];

/// Tripped, or counted after the first cause.
fn noticed(rig: &Rig, fault: Fault) -> bool {
    use pen_core::journal::Record::{Tripped, TrippedAlso};
    rig.recorded(|record| match record {
        Tripped(trip) | TrippedAlso { trip, .. } => trip.fault == fault,
        _ => false,
    })
}

#[test]
fn rate_009_trips_on_current_above_120_ma_in_every_mode_that_allows_none() {
    for mode in AT_REST {
        for (ma, trips) in [
            (120, false),
            (-120, false),
            (121, true),
            (-121, true),
            (2_000, true),
        ] {
            let mut rig = Rig::reach(mode);
            if mode == Mode::Boot {
                // The brake and the test of the enable path have their own eyes.
                rig.ticks(45);
            }
            rig.current_ma = Some(ma);
            if trips {
                rig.until(10, "tripped", |rig| noticed(rig, Fault::UnexpectedMotion));
            } else {
                rig.ticks(200);
                assert!(!noticed(&rig, Fault::UnexpectedMotion), "{mode:?} {ma}");
            }
        }
    }
}

#[test]
fn rate_009_two_milliseconds_of_current_are_not_yet_a_trip() {
    let mut rig = Rig::default().to_ready();
    for _ in 0..20 {
        rig.current_ma = Some(200);
        rig.ticks(2);
        rig.current_ma = Some(0);
        rig.ticks(30);
    }
    assert!(!noticed(&rig, Fault::UnexpectedMotion));
}

#[test]
fn rate_009_trips_on_the_third_quarter_turn_in_every_mode_that_allows_none() {
    for mode in AT_REST {
        for mhz in [40_000_i64, 50_000, 100_000, 150_000, -50_000, -100_000] {
            for phase in 0..61 {
                let mut rig = Rig::reach(mode);
                rig.ticks(45 + phase);
                rig.cam = Cam::Turns(mhz);
                let quarter_us = 250_000_000 / mhz.abs();
                let most = u32::try_from(3 * quarter_us / 1_000 + 2).expect("small");
                let mut took = 0;
                while !noticed(&rig, Fault::UnexpectedMotion) {
                    rig.tick();
                    took += 1;
                    assert!(took <= most, "{mode:?} {mhz} mHz after {phase}: {took} ms");
                }
            }
        }
    }
}

#[test]
fn rate_009_a_bump_of_two_quarter_turns_does_not_trip() {
    let mut rig = Rig::default().to_standby();
    for _ in 0..10 {
        rig.hall = Hall::Edges(2);
        rig.tick();
        rig.hall = Hall::True;
        rig.ticks(70);
    }
    assert!(!noticed(&rig, Fault::UnexpectedMotion));
    rig.hall = Hall::Edges(3);
    rig.tick();
    assert!(noticed(&rig, Fault::UnexpectedMotion));
}

#[test]
fn rate_009_trips_when_the_cam_turns_backward_while_driven() {
    for set in [75_000, 100_000, 150_000] {
        let mut rig = running_at(set);
        rig.cam = Cam::Turns(-i64::from(set));
        let took = rig.brakes_within(12);
        assert!(took <= 11, "{took}");
        // Turning round in no time makes two edges in no time as well.
        assert!(matches!(
            rig.fault(),
            Some(Fault::UnexpectedMotion | Fault::OverSpeed)
        ));
    }
    let mut rig = running_at(100_000);
    rig.hall = Hall::Swapped;
    rig.brakes_within(11);
    assert_eq!(rig.fault(), Some(Fault::UnexpectedMotion));
}

/// Makes so many edges in the first 150 ms of an activation, one at a time, then releases the
/// trigger and adds a burst while the pen brakes.
fn burst(rig: &mut Rig, slow: u32, burst: i8) -> bool {
    rig.hall = Hall::Edges(0);
    rig.start();
    rig.ticks(20);
    // The motor turns as fast as its edges come.
    rig.cam = Cam::Turns(i64::from(slow) * 1_000_000 / 600);
    for tick in 0..150 {
        let due = (tick + 1) * slow / 150 - tick * slow / 150;
        rig.hall = Hall::Edges(i8::try_from(due).expect("small"));
        rig.tick();
        assert_eq!(rig.mode(), Mode::Treating, "{}", rig.state());
    }
    rig.trigger = given::RELEASED;
    rig.hall = Hall::Edges(0);
    rig.tick();
    rig.hall = Hall::Edges(burst);
    rig.tick();
    rig.hall = Hall::Edges(0);
    rig.ticks(2);
    rig.fault() == Some(Fault::TooManyStrokes)
}

#[test]
fn rate_010_counts_every_edge_of_250_ms_whatever_was_commanded() {
    // 150 Hz x 0.25 s x 1.05 + 1 = 40.375 strokes = 161 quarter turns.
    for (more, trips) in [(100, false), (101, false), (102, true), (127, true)] {
        let mut rig = Rig::default().to_ready();
        assert_eq!(burst(&mut rig, 60, more), trips, "60 and {more}");
    }
    // 60 Hz x 0.25 s x 1.05 + 1 = 16.75 strokes = 67 quarter turns.
    for (more, trips) in [(46, false), (47, false), (48, true)] {
        let mut boot = given::boot();
        let mut profile = given::profile();
        profile.rate_max = Rate::from_hz(60);
        boot.profile = Ok(profile);
        let mut rig = Rig::new(boot).to_ready_with(plan_at(60_000));
        assert_eq!(burst(&mut rig, 20, more), trips, "20 and {more}");
    }
    // The most negative count of edges is a count too.
    let mut rig = Rig::default().to_ready();
    assert!(burst(&mut rig, 60, i8::MIN));
}

#[test]
fn rate_010_forgets_after_250_ms() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    rig.ticks(300);
    // Nothing is left of the run before.
    assert!(!burst(&mut rig, 60, 101));
}

/// Service at 80 Hz, with a cam that keeps turning at 86 Hz whatever is asked.
fn service_at_86_hz() -> Rig {
    let mut rig = Rig::default().to_service();
    run(&mut rig, 80);
    for _ in 0..6 {
        rig.runs_for(100);
        assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
    }
    rig.cam = Cam::Turns(86_000);
    rig.runs_for(50);
    rig
}

fn run(rig: &mut Rig, hz: u32) {
    assert_eq!(
        rig.technician(Request::Run(Rate::from_hz(hz))),
        Ok(Reply::Done)
    );
}

#[test]
fn rate_011_a_change_of_the_set_rate_restarts_the_window() {
    let mut rig = service_at_86_hz();
    run(&mut rig, 50);
    rig.runs_for(200);
    run(&mut rig, 50);
    rig.runs_for(199);
    // The window ends 400 ms after the change.
    rig.brakes_within(40);
    assert_eq!(rig.fault(), Some(Fault::OverSpeed));
}

#[test]
fn rate_011_but_at_most_once_in_500_ms() {
    for (after, granted) in [(499, false), (500, true), (501, true)] {
        let mut rig = service_at_86_hz();
        run(&mut rig, 79);
        for tick in 0..after {
            if tick % 100 == 99 {
                run(&mut rig, 79);
            }
            rig.tick();
        }
        assert!(rig.drives(), "86 Hz is within 110 % of 79 Hz after {after}");
        run(&mut rig, 50);
        rig.ticks(45);
        assert_eq!(rig.drives(), granted, "{after}: {}", rig.state());
    }
}

#[test]
fn rate_011_no_pattern_of_commands_blinds_the_monitor() {
    for every in [10, 50, 100, 240, 390, 450, 499, 500, 501, 600] {
        let mut rig = service_at_86_hz();
        let mut tick = 0;
        while rig.drives() {
            if tick % every == 0 {
                let hz = if tick / every % 2 == 0 { 50 } else { 51 };
                run(&mut rig, hz);
            }
            if tick % 100 == 0 {
                assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
            }
            rig.tick();
            tick += 1;
            assert!(tick < 1_500, "blind to a change every {every} ms");
        }
        assert_eq!(rig.fault(), Some(Fault::OverSpeed));
    }
}

#[test]
fn rate_002_the_window_that_guards_a_start_is_not_a_way_around_the_absolute_limit() {
    // Faster than 160 Hz from the very first turn.
    let mut rig = Rig::default().to_treating();
    rig.cam = Cam::Turns(170_000);
    rig.brakes_within(12);
    assert_eq!(rig.fault(), Some(Fault::OverSpeed));
}

#[test]
fn rate_010_strokes_are_counted_with_their_first_quarter() {
    let mut rig = Rig::default().to_ready();
    assert_eq!(rig.quadrant(), Quadrant::Retracted);
    rig.start();
    // The motor turns as fast as its edges come: one in 3 ms.
    rig.cam = Cam::Turns(83_333);
    for edge in 0..200_u32 {
        rig.hall = Hall::Edges(0);
        rig.ticks(2);
        rig.hall = Hall::Edges(1);
        rig.tick();
        assert_eq!(rig.ledger().strokes, Strokes::from_count(edge / 4 + 1));
    }
}

/// Service at 80 Hz whose tachometer then makes five edges in so many milliseconds: four of them 2 ms
/// apart. Most turns are not too fast, so that only the count of strokes can see it.
fn service_with_five_edges_in(ms: u32) -> Rig {
    let mut rig = Rig::default().to_service();
    run(&mut rig, 80);
    for _ in 0..6 {
        rig.runs_for(100);
        assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
    }
    // The motor turns as fast as its edges come, on average.
    rig.cam = Cam::Turns(5_000_000 / 4 / i64::from(ms));
    for tick in 0..700 {
        // It begins with the long pause.
        let place = (tick + 10) % ms;
        rig.hall = Hall::Edges(i8::from(place < 10 && place.is_multiple_of(2)));
        rig.tick();
        if rig.mode() != Mode::ServiceRunning {
            break;
        }
        if tick % 100 == 0 {
            assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
        }
    }
    rig
}

#[test]
fn rate_010_strokes_in_service_are_counted_against_80_hz() {
    // 80 Hz x 0.25 s x 1.05 + 1 = 22 strokes = 88 quarter turns; five in 14 ms are 89 or 90.
    let rig = service_with_five_edges_in(14);
    assert_eq!(rig.fault(), Some(Fault::TooManyStrokes), "{}", rig.state());
    // Five in 15 ms are 83 or 84.
    let rig = service_with_five_edges_in(15);
    assert_eq!(rig.mode(), Mode::ServiceRunning, "{}", rig.state());
}
