//! Battery, current, cable and resets.

use pen_core::battery::minutes_left;
use pen_core::fault::{Fault, StopCause};
use pen_core::io::TagReading;
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::{Refusal, Reply, Request};
use pen_core::units::{Duration, Voltage};
use pen_tests::given::{self, plan_of, zone};
use pen_tests::rig::{Cam, Hall, Rig, Wire};

#[test]
fn pwr_001_does_not_start_below_3_50_v_a_cell() {
    // 2 800 counts of 2.5 mV are 7.000 V for two cells.
    for (counts, good) in [(2_799, false), (2_800, true), (2_801, true), (1, false)] {
        let mut rig = Rig::default();
        rig.battery_counts = counts;
        rig.ticks(900);
        let expected = if good { Mode::Standby } else { Mode::Locked };
        assert_eq!(rig.mode(), expected, "{counts}");
        assert_eq!(rig.status().locks.has(Lock::Battery), !good);
    }
    // A battery that sags at rest closes the zone.
    let mut rig = Rig::default().to_ready();
    rig.battery_counts = 2_790;
    rig.ticks(200);
    assert_eq!(rig.mode(), Mode::Locked);
    // And opens it only when it has recovered by 0.1 V.
    for (counts, good) in [(2_800, false), (2_838, false), (2_842, true)] {
        rig.battery_counts = counts;
        rig.ticks(500);
        assert_eq!(rig.mode() == Mode::Standby, good, "{counts}");
    }
}

#[test]
fn pwr_001_a_battery_that_cannot_be_read_locks() {
    for wire in [
        Wire::Counts(4_095),
        Wire::Counts(0),
        Wire::Late(10_001),
        Wire::Silent,
    ] {
        let mut rig = Rig::default().to_ready();
        rig.battery.wire = wire;
        rig.ticks(30);
        assert_eq!(rig.mode(), Mode::Locked, "{wire:?}");
        assert!(rig.status().locks.has(Lock::Battery));
    }
}

#[test]
fn pwr_001_stops_at_3_20_v_a_cell_under_load_for_200_ms() {
    let mut rig = Rig::default().to_running();
    rig.battery_counts = 2_560;
    rig.runs_for(2_000);
    rig.battery_counts = 2_559;
    let took = rig.brakes_within(240);
    assert!(took >= 200, "{took}");
    assert!(rig.recorded(|record| matches!(
        record,
        Record::Stopped {
            cause: StopCause::BatteryLow,
            ..
        }
    )));
    rig.comes_to(Mode::Locked);
    // A shorter sag does not.
    let mut rig = Rig::default().to_running();
    rig.battery_counts = 2_560;
    rig.runs_for(500);
    for _ in 0..10 {
        rig.battery_counts = 2_550;
        rig.runs_for(190);
        rig.battery_counts = 2_700;
        rig.runs_for(50);
    }
}

#[test]
fn pwr_001_a_session_needs_its_minutes_and_20_percent() {
    for minutes in [1_u32, 5, 10, 25, 30] {
        let needed = (minutes * 120).div_ceil(100);
        let mut edge = None;
        for counts in 2_800..3_300 {
            let left = minutes_left(Voltage::from_mv(counts * 5 / 2));
            if left >= needed {
                edge = Some(counts);
                break;
            }
        }
        let edge = edge.expect("a battery that lasts");
        for (counts, good) in [(edge - 1, false), (edge, true), (edge + 1, true)] {
            if counts < 2_800 {
                continue;
            }
            let plan = plan_of(&[ZonePlan {
                time: Duration::from_min(minutes),
                ..zone(Zone::Cheek, 1_200, 100)
            }]);
            let mut rig = Rig::default();
            rig.battery_counts = counts;
            let mut rig = rig.to_standby();
            assert_eq!(rig.load(plan), Ok(Reply::Done));
            rig.press_ok();
            if good {
                assert_eq!(rig.mode(), Mode::Ready, "{minutes} {counts}");
            } else {
                let left = minutes_left(Voltage::from_mv(counts * 5 / 2));
                assert_eq!(rig.refused(), Some(Refusal::BatteryShort { left, needed }));
                assert!(!rig.ledger().open);
            }
        }
    }
}

#[test]
fn pwr_001_more_voltage_never_promises_fewer_minutes() {
    let mut before = 0;
    for mv in -10..9_000 {
        let left = minutes_left(Voltage::from_mv(mv));
        assert!(left >= before);
        before = left;
    }
    assert_eq!(minutes_left(Voltage::from_mv(i32::MIN)), 0);
    assert_eq!(minutes_left(Voltage::from_mv(i32::MAX)), before);
}

#[test]
fn pwr_002_each_step_of_current_has_its_time() {
    for (ma, least_ms) in [
        (1_001, 300),
        (1_500, 300),
        (1_501, 50),
        (2_038, 50),
        (-1_001, 300),
        (-1_501, 50),
        (-2_039, 50),
    ] {
        let mut rig = Rig::default().to_running();
        rig.current_ma = Some(ma);
        let took = rig.brakes_within(320);
        if (0..=1_200).contains(&ma) || ma == 1_501 {
            assert_eq!(rig.fault(), Some(Fault::OverCurrent), "{ma}");
            assert_eq!(took, least_ms, "{ma}");
        } else {
            // More than the written voltage can make, or the wrong way: a contradiction, which may
            // be seen before the time is up (RATE-006).
            assert!(
                matches!(
                    rig.fault(),
                    Some(Fault::OverCurrent | Fault::SensorInvalid | Fault::OverSpeed)
                ),
                "{ma}: {:?}",
                rig.fault()
            );
            assert!(took <= least_ms, "{ma}: {took}");
        }
    }
    for ma in [1_000, 999] {
        let mut rig = Rig::default().to_running();
        rig.current_ma = Some(ma);
        rig.runs_for(2_000);
    }
}

#[test]
fn pwr_002_shorter_than_its_time_does_not_trip() {
    for (ma, ms) in [(1_200, 299), (1_501, 49)] {
        let mut rig = Rig::default().to_running();
        for _ in 0..5 {
            rig.current_ma = Some(ma);
            rig.runs_for(ms);
            rig.current_ma = Some(200);
            rig.runs_for(ms + 1);
        }
    }
}

#[test]
fn pwr_002_time_runs_back_no_faster_than_it_ran_up() {
    // 200 ms high, 100 ms low: a hundred more each round.
    let mut rig = Rig::default().to_running();
    let mut rounds = 0;
    while rig.drives() {
        rig.current_ma = Some(1_200);
        rig.ticks(200);
        rig.current_ma = Some(200);
        rig.ticks(100);
        rounds += 1;
        assert!(rounds < 4, "{}", rig.state());
    }
    assert_eq!(rig.fault(), Some(Fault::OverCurrent));
}

#[test]
fn pwr_002_a_current_beyond_the_scale_trips_too() {
    // 2.5 A does not fit 12 bits of 1 mA around the middle: it reads as the rail.
    for counts in [4_087, 4_095, 8, 0] {
        let mut rig = Rig::default().to_running();
        rig.current.wire = Wire::Counts(counts);
        rig.brakes_within(12);
        assert_eq!(rig.fault(), Some(Fault::SensorInvalid));
    }
}

#[test]
fn pwr_003_the_cable_locks_every_mode_that_rests() {
    for mode in [Mode::Standby, Mode::Ready] {
        let mut rig = Rig::reach(mode);
        rig.cable = true;
        rig.tick();
        assert_eq!(rig.mode(), Mode::Locked, "{mode:?}");
        assert!(rig.status().locks.has(Lock::Cable));
        rig.trigger = given::HELD;
        rig.ticks(500);
        assert_eq!(rig.mode(), Mode::Locked);
    }
    let mut rig = Rig::default();
    rig.cable = true;
    rig.ticks(3_000);
    assert_eq!(rig.mode(), Mode::Locked);
}

#[test]
fn pwr_003_unlocks_when_the_cable_was_away_for_500_ms_and_the_trigger_released() {
    let mut rig = Rig::default().to_locked();
    rig.ticks(1_000);
    for _ in 0..5 {
        rig.cable = false;
        rig.ticks(499);
        assert_eq!(rig.mode(), Mode::Locked);
        rig.cable = true;
        rig.tick();
    }
    rig.cable = false;
    let took = rig.until(600, "Standby", |rig| rig.mode() == Mode::Standby);
    assert_eq!(took, 500);

    let mut rig = Rig::default().to_locked();
    rig.trigger = given::HELD;
    rig.cable = false;
    rig.ticks(2_000);
    assert_eq!(rig.mode(), Mode::Locked);
    rig.trigger = given::RELEASED;
    let took = rig.until(300, "Standby", |rig| rig.mode() == Mode::Standby);
    assert_eq!(took, 200);
}

#[test]
fn pwr_003_one_sample_after_a_long_pause_is_not_500_ms() {
    let mut rig = Rig::default().to_locked();
    rig.ticks(300);
    rig.cable = false;
    rig.late(499_000);
    rig.ticks(100);
    assert_eq!(rig.mode(), Mode::Locked, "{}", rig.state());
}

#[test]
fn pwr_003_a_blip_of_one_millisecond_ends_a_treatment() {
    let mut rig = Rig::default().to_running();
    rig.cable = true;
    rig.tick();
    assert!(rig.brakes());
    rig.cable = false;
    rig.comes_to(Mode::Locked);
    assert!(rig.status().locks.has(Lock::Cable) || rig.status().locks.has(Lock::Trigger));
    // A blip while the stop is under way locks as well.
    let mut rig = Rig::default().to_stopping();
    rig.ticks(10);
    rig.cable = true;
    rig.tick();
    rig.cable = false;
    rig.until(400, "locked", |rig| rig.mode() == Mode::Locked);
}

#[test]
fn pwr_005_comes_up_off_whatever_the_cause_and_tells_it() {
    for (cause, fault) in [
        (ResetCause::PowerOn, None),
        (ResetCause::Software, None),
        (ResetCause::Unknown, None),
        (ResetCause::Watchdog, Some(Fault::WatchdogReset)),
        (ResetCause::BrownOut, Some(Fault::BrownOut)),
        (
            ResetCause::Panicked { file: 7, line: 42 },
            Some(Fault::WatchdogReset),
        ),
        (
            ResetCause::HardFault { address: 64 },
            Some(Fault::WatchdogReset),
        ),
        (ResetCause::WatchdogForgotten, Some(Fault::WatchdogReset)),
    ] {
        let mut boot = given::boot();
        boot.cause = cause;
        let mut rig = Rig::new(boot);
        assert!(rig.log.contains(&Record::Booted { cause }));
        assert_eq!(rig.mode(), Mode::Boot);
        for ms in 1..=1_000 {
            rig.tick();
            // Nothing turns: the path that a shorted bridge would drive through stays open.
            assert!(!rig.brakes(), "{ms} ms: {}", rig.state());
            assert!(!rig.drives());
        }
        assert_eq!(rig.fault(), fault);
        if fault.is_some() {
            assert_eq!(rig.mode(), Mode::Faulted);
            rig.acknowledge();
        }
        assert_eq!(rig.mode(), Mode::Standby);
        assert_eq!(rig.pen.reset_cause(), cause);
    }
}

#[test]
fn pwr_005_a_motor_that_a_reset_left_turning_is_braked_from_its_first_edge() {
    for second_switch in [false, true] {
        let mut boot = given::boot();
        boot.cause = ResetCause::BrownOut;
        boot.second_switch = second_switch;
        let mut rig = Rig::new(boot);
        rig.cam = Cam::Turns(60_000);
        let took = rig.until(6, "braked", Rig::brakes);
        // With a second switch the brake cannot drive, and need not wait.
        assert!(!second_switch || took == 1, "{took}");
        rig.cam = Cam::Obeys;
        rig.until(60, "let go", |rig| !rig.brakes());
        rig.ticks(600);
        assert_eq!(rig.fault(), Some(Fault::BrownOut));
    }
}

#[test]
fn pwr_005_a_cam_that_falls_on_after_the_brake_hides_no_cause() {
    for (quarters, fault) in [(2, Fault::BrownOut), (3, Fault::UnexpectedMotion)] {
        let mut boot = given::boot();
        boot.cause = ResetCause::BrownOut;
        let mut rig = Rig::new(boot);
        // It crept for longer than 30 ms; then the brake lets go.
        rig.ticks(60);
        assert!(rig.is_off());
        for quarter in 1..=quarters {
            rig.hall = Hall::Edges(-1);
            rig.tick();
            // Caught, at each quarter turn; the current of that is the brake's own.
            assert!(rig.brakes() == (quarter < 3), "{}", rig.state());
            rig.hall = Hall::Edges(0);
            rig.current_ma = Some(-300);
            rig.ticks(15);
        }
        rig.current_ma = None;
        rig.ticks(600);
        assert_eq!(rig.fault(), Some(fault), "{quarters}");
        rig.watch();
        rig.acknowledge();
    }
    // The enable path's test waits, and is not skipped.
    let mut boot = given::boot();
    boot.cause = ResetCause::BrownOut;
    let mut rig = Rig::new(boot);
    rig.ticks(32);
    rig.hall = Hall::Edges(-1);
    rig.tick();
    assert!(rig.brakes());
    rig.hall = Hall::Edges(0);
    rig.welded_ma = 300;
    rig.ticks(60);
    assert_eq!(rig.fault(), Some(Fault::EnablePathStuck));
}

#[test]
fn pwr_003_a_reaction_does_not_push_with_the_cable_in_because_service_went_before() {
    for quarter in 1..4 {
        let mut rig = Rig::default().to_service_running();
        rig.runs_for(50);
        assert_eq!(rig.technician(Request::Stop), Ok(Reply::Done));
        rig.comes_to(Mode::Service);
        assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
        rig.tag = TagReading::Present(given::tag());
        let mut rig = rig.to_running();
        rig.seated = false;
        rig.brakes_within(60);
        assert_eq!(rig.fault(), Some(Fault::CartridgeUnseated));
        rig.cable = true;
        rig.ticks(2);
        rig.put_cam(quarter);
        for _ in 0..800 {
            rig.tick();
            assert!(!rig.drives(), "quarter {quarter}: {}", rig.state());
        }
        assert_eq!(rig.mode(), Mode::Faulted);
    }
}

#[test]
fn pwr_003_not_even_parking_moves_the_needles_while_the_cable_is_in() {
    for quarter in 0..4 {
        let mut rig = Rig::default().to_running();
        rig.cable = true;
        rig.brakes_within(2);
        rig.put_cam(quarter);
        for _ in 0..800 {
            rig.tick();
            assert!(!rig.drives(), "quarter {quarter}: {}", rig.state());
        }
        assert_eq!(rig.mode(), Mode::Locked);
    }
}
