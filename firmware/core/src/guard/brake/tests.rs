//! One monitor of the brake, and of torque that nobody asked for, at a time.

use super::{BrakeGuard, View};
use crate::estimate::SpeedReading;
use crate::fault::{Fault, Trip};
use crate::guard::Drive;
use crate::guard::tests::{brake_view, tripped};
use crate::units::{Current, Duration, Rate};
use crate::witness::Seen;

/// The winding is shorted; the last quarter turn had this rate.
fn braked(mhz: u32, edges: u8, ma: Option<i32>) -> View {
    View {
        speed: SpeedReading {
            quarter: Rate::from_mhz(mhz),
            edges,
            ..SpeedReading::default()
        },
        current: ma.map(Current::from_ma),
        braking: true,
        ..brake_view(Drive::Halting)
    }
}

/// The first tick of 1 ms in which this brake is found wanting, and that it is told so.
fn found_at(ticks: u32, tick: impl Fn(u32) -> View) -> Option<u32> {
    let mut guard = BrakeGuard::new();
    let (at, trip) = (1..=ticks).find_map(|ms| Some((ms, guard.check(&tick(ms))?)))?;
    let us = i32::try_from(at * 1_000).expect("small");
    assert_eq!(trip, tripped(Fault::DriveStuck, us, 17_000));
    Some(at)
}

#[test]
fn stop_008_without_a_current_a_brake_has_17_ms() {
    for (edges, mhz, found) in [
        // One edge is no motion.
        (1, 100_000, None),
        (2, 100_000, Some(17)),
        (3, 100_000, Some(17)),
        // Below 20 Hz there is nothing to brake.
        (3, 20_001, Some(17)),
        (3, 20_000, None),
    ] {
        let tick = |ms: u32| braked(mhz, u8::from(ms <= edges), None);
        assert_eq!(found_at(30, tick), found, "{edges} edges, {mhz} mHz");
    }
}

#[test]
fn stop_008_a_working_brake_leaves_80_percent_of_the_rate_at_its_start() {
    for (first, then, found) in [
        ([100_000, 100_000, 100_000], 80_000, None),
        ([100_000, 100_000, 100_000], 80_001, Some(17)),
        // The start is the highest of 2 ms.
        ([50_000, 100_000, 50_000], 80_000, None),
        ([50_000, 50_000, 100_000], 45_000, Some(17)),
        // It lasts longer where the cam was too slow to be braked: below 20 Hz.
        ([10_000, 10_000, 100_000], 80_000, None),
        ([19_999, 19_999, 100_000], 30_000, None),
        ([20_000, 20_000, 100_000], 30_000, Some(17)),
    ] {
        let tick = |ms: u32| {
            let mhz = match ms {
                1 => first[0],
                2 => first[1],
                3 => first[2],
                _ => then,
            };
            braked(mhz, 1, None)
        };
        assert_eq!(found_at(30, tick), found, "{first:?}, then {then} mHz");
    }
}

#[test]
fn stop_008_with_a_current_that_does_not_brake_it_has_8_ms() {
    for (ma, found) in [(-57, None), (-56, None), (-55, Some(8)), (0, Some(8))] {
        let tick = |_| braked(100_000, 1, Some(ma));
        assert_eq!(found_at(30, tick), found, "{ma} mA");
    }
}

#[test]
fn stop_008_a_brake_that_worked_and_ends_has_11_ms_from_then() {
    for (before_ma, found) in [(-56, Some(17)), (-55, None)] {
        let tick = |ms: u32| {
            if ms <= 6 {
                braked(100_000, 1, Some(before_ma))
            } else {
                braked(50_000, 1, Some(0))
            }
        };
        assert_eq!(found_at(30, tick), found, "{before_ma} mA");
    }
}

#[test]
fn stop_008_a_current_that_drives_a_faster_cam_has_3_ms() {
    for (ma, mhz, found) in [
        (401, 37_501, Some(3)),
        (400, 37_501, None),
        // A quarter more than the slowest is a rise.
        (401, 37_500, None),
    ] {
        let tick = |ms: u32| {
            let mhz = if ms == 1 { 30_000 } else { mhz };
            braked(mhz, u8::from(ms <= 2), Some(ma))
        };
        assert_eq!(found_at(10, tick), found, "{ma} mA, {mhz} mHz");
    }
}

/// One edge a tick; what each of them finds.
fn turns(guard: &mut BrakeGuard, edge: i8, count: usize, like: View) -> Vec<Option<Trip>> {
    let edge = View {
        edges: edge,
        ..like
    };
    (0..count).map(|_| guard.check(&edge)).collect()
}

#[test]
fn stop_011_a_whole_turn_100_ms_after_the_brake_is_a_drive_that_sticks() {
    let late = |us| View {
        braked_for: Duration::from_us(us),
        ..brake_view(Drive::Halting)
    };
    let stuck = Some(tripped(Fault::DriveStuck, 100_000, 100_000));
    for edge in [-1, 1] {
        let mut guard = BrakeGuard::new();
        assert_eq!(turns(&mut guard, edge, 20, late(99_999)), [None; 20]);
        // What came before is forgotten.
        let found = turns(&mut guard, edge, 4, late(100_000));
        assert_eq!(found, [None, None, None, stuck]);
    }
    // A push that parks the needles moves the cam, and at rest nothing was braked.
    for meant in [
        View {
            parking: true,
            ..late(200_000)
        },
        View {
            drive: Drive::Resting,
            ..late(200_000)
        },
    ] {
        let found = turns(&mut BrakeGuard::new(), 1, 8, meant);
        assert_eq!(found, [None; 8], "{meant:?}");
    }
}

/// At rest, with this current.
fn flows(ma: i32) -> View {
    View {
        current: Some(Current::from_ma(ma)),
        ..brake_view(Drive::Resting)
    }
}

#[test]
fn stop_011_a_whole_turn_at_rest_with_a_current_is_a_drive_that_sticks() {
    for (ma, edge, trips) in [
        (121, 1, true),
        (121, -1, true),
        (-121, 1, true),
        (120, 1, false),
        (-120, 1, false),
    ] {
        let found = turns(&mut BrakeGuard::new(), edge, 4, flows(ma));
        let stuck = trips.then_some(tripped(Fault::DriveStuck, 4_000, 0));
        assert_eq!(found, [None, None, None, stuck], "{ma} mA");
    }
}

#[test]
fn stop_011_tells_how_long_that_turn_took() {
    let mut guard = BrakeGuard::new();
    for edge in 1..=4 {
        let found = turns(&mut guard, 1, 1, flows(121));
        let stuck = (edge == 4).then_some(tripped(Fault::DriveStuck, 31_000, 0));
        assert_eq!(found, [stuck], "edge {edge}");
        if edge < 4 {
            assert_eq!(turns(&mut guard, 0, 9, flows(121)), [None; 9]);
        }
    }
}

#[test]
fn stop_011_what_is_asked_for_is_no_drive_that_sticks() {
    let with = |change: fn(&mut View)| {
        let mut view = flows(121);
        change(&mut view);
        view
    };
    for (asked, forgets) in [
        (with(|view| view.current = Some(Current::from_ma(0))), false),
        (with(|view| view.current = None), false),
        (with(|view| view.parking = true), false),
        (with(|view| view.is_probing = true), false),
        (with(|view| view.braking = true), true),
        (with(|view| view.drive = Drive::Driven), true),
    ] {
        assert_eq!(turns(&mut BrakeGuard::new(), 1, 8, asked), [None; 8]);
        // Three edges unasked, a tick of this, and the fourth: only a drive or a brake is an end.
        let mut guard = BrakeGuard::new();
        assert_eq!(turns(&mut guard, 1, 3, flows(121)), [None; 3]);
        assert_eq!(turns(&mut guard, 0, 1, asked), [None]);
        let found = turns(&mut guard, 1, 1, flows(121));
        assert_eq!(found[0].is_none(), forgets, "{asked:?}");
    }
}

/// A push that parks the needles.
fn push(ma: i32, mhz: u32, edges: u8) -> View {
    View {
        parking: true,
        braking: false,
        ..braked(mhz, edges, Some(ma))
    }
}

#[test]
fn stop_003_a_push_may_not_draw_more_than_1_a_for_2_ms() {
    for (ma, trips) in [
        (1_000, false),
        (1_001, true),
        (-1_000, false),
        (-1_001, true),
    ] {
        let mut guard = BrakeGuard::new();
        for _ in 0..5 {
            assert_eq!(guard.check(&push(ma, 0, 0)), None, "{ma} mA");
            assert_eq!(guard.check(&push(0, 0, 0)), None, "{ma} mA");
        }
        assert_eq!(guard.check(&push(ma, 0, 0)), None, "{ma} mA");
        let hard = trips.then_some(tripped(Fault::OverCurrent, ma, 1_000));
        assert_eq!(guard.check(&push(ma, 0, 0)), hard, "{ma} mA");
        // A brake draws more.
        let stop = View {
            parking: false,
            ..push(ma, 0, 0)
        };
        assert_eq!(guard.check(&stop), None, "{ma} mA");
    }
}

#[test]
fn stop_003_a_push_may_not_move_the_cam_faster_than_45_hz() {
    for (mhz, edges, trips) in [
        (45_000, 1, false),
        (45_001, 1, true),
        (45_001, 2, true),
        // No edge: the rate is that of before.
        (45_001, 0, false),
    ] {
        let mut guard = BrakeGuard::new();
        let hard = trips.then_some(tripped(Fault::OverCurrent, 300, 1_000));
        for _ in 0..3 {
            let found = guard.check(&push(300, mhz, edges));
            assert_eq!(found, hard, "{mhz} mHz, {edges} edges");
        }
    }
}

#[test]
fn stop_003_the_winding_of_a_push_may_not_tell_more_than_75_hz() {
    for (mhz, trips) in [
        (75_000, false),
        (75_001, true),
        (-75_000, false),
        (-75_001, true),
    ] {
        let seen = Seen {
            rate_mhz: Some(mhz),
            ..Seen::default()
        };
        let other = View {
            seen,
            ..push(300, 0, 0)
        };
        let hard = trips.then_some(tripped(Fault::OverCurrent, 300, 1_000));
        assert_eq!(BrakeGuard::new().check(&other), hard, "{mhz} mHz");
        let stop = View {
            parking: false,
            ..other
        };
        assert_eq!(BrakeGuard::new().check(&stop), None, "{mhz} mHz");
    }
}
