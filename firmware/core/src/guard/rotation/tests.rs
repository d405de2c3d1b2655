//! One monitor of the rotation at a time.

use super::{RotationGuard, View};
use crate::estimate::SpeedReading;
use crate::fault::{Fault, Trip};
use crate::guard::Drive;
use crate::guard::tests::{rotation_view, tripped};
use crate::units::{Current, Duration, Rate};

/// Driven, set to 100 Hz.
fn driven(speed: SpeedReading) -> View {
    View {
        speed,
        ..rotation_view(Drive::Driven)
    }
}

/// The last edge was so long ago; before that the turn had this rate.
fn turning(known: bool, mhz: u32, since_us: u32, edges: u8) -> SpeedReading {
    SpeedReading {
        rate: Rate::from_mhz(mhz),
        known,
        since_edge: Duration::from_us(since_us),
        edges,
        ..SpeedReading::default()
    }
}

fn lost(silent_us: i32, patience_us: i32) -> Trip {
    tripped(Fault::FeedbackLost, silent_us, patience_us)
}

#[test]
fn rate_003_a_rate_of_90_percent_is_settled() {
    for (known, mhz, patience) in [
        // 250 percent of 10 ms, the ramp's 60 ms, the start's 150 ms.
        (true, 90_000, 25_000),
        (true, 89_999, 60_000),
        (false, 90_000, 150_000),
    ] {
        for (silent, trips) in [(patience - 1, false), (patience, true)] {
            let mut guard = RotationGuard::new();
            let before = driven(turning(known, mhz, 0, 0));
            assert_eq!(guard.check(&before), None);
            let silence = driven(turning(known, 0, silent, 0));
            let us = i32::try_from(patience).expect("small");
            let expected = trips.then_some(lost(us, us));
            let found = guard.check(&silence);
            assert_eq!(found, expected, "{known} {mhz} mHz {silent} us");
        }
    }
}

#[test]
fn rate_003_a_drive_of_400_ms_is_settled() {
    let mut guard = RotationGuard::new();
    let slow = driven(turning(true, 50_000, 0, 0));
    for _ in 0..398 {
        assert_eq!(guard.check(&slow), None);
    }
    let silent = driven(turning(true, 40_000, 25_000, 0));
    assert_eq!(guard.check(&silent), None);
    assert_eq!(guard.check(&silent), Some(lost(25_000, 25_000)));
}

#[test]
fn rate_010_tells_strokes_not_edges() {
    // 150 Hz for 0.25 s, 5 percent and a stroke more, are 161 edges.
    let mut guard = RotationGuard::new();
    let edges = |edges| View {
        speed: turning(true, 0, 0, edges),
        ..rotation_view(Drive::Halting)
    };
    assert_eq!(guard.check(&edges(161)), None);
    assert_eq!(guard.check(&edges(0)), None);
    let many = tripped(Fault::TooManyStrokes, 40, 40);
    assert_eq!(guard.check(&edges(1)), Some(many));
    let more = tripped(Fault::TooManyStrokes, 41, 40);
    assert_eq!(guard.check(&edges(2)), Some(more));
}

#[test]
fn rate_002_the_absolute_trip_takes_one_known_turn() {
    for (known, mhz, edges, trips) in [
        (true, 160_001, 1, true),
        (true, 160_000, 1, false),
        (true, 160_001, 0, false),
        (false, 160_001, 1, false),
    ] {
        let fast = View {
            rate_set: Rate::from_mhz(150_000),
            ..driven(turning(known, mhz, 0, edges))
        };
        let expected = trips.then_some(tripped(Fault::OverSpeed, 160_001, 160_000));
        let found = RotationGuard::new().check(&fast);
        assert_eq!(found, expected, "{known} {mhz} mHz {edges} edges");
    }
}

#[test]
fn rate_002_two_turns_above_110_percent_trip() {
    // The first edge above it already looks back over a turn; four more edges are the second.
    let mut guard = RotationGuard::new();
    let at = |mhz| driven(turning(true, mhz, 0, 1));
    for _ in 0..3 {
        assert_eq!(guard.check(&at(110_001)), None);
    }
    assert_eq!(guard.check(&at(110_000)), None);
    for _ in 0..3 {
        assert_eq!(guard.check(&at(110_001)), None);
    }
    let over = tripped(Fault::OverSpeed, 110_001, 110_000);
    assert_eq!(guard.check(&at(110_001)), Some(over));
}

#[test]
fn rate_004_a_start_that_is_held_trips_after_35_ms() {
    for (ma, duty, trips) in [
        (401, 0, true),
        // What a motor draws that starts freely.
        (400, 0, false),
        // 60 percent of 8 V / 2.98 ohm are 1.6 A: this is not held.
        (500, 10_000, false),
    ] {
        let mut guard = RotationGuard::new();
        for ms in 1..=100 {
            let held = View {
                current: Some(Current::from_ma(ma)),
                duty,
                ..driven(turning(false, 0, ms * 1_000, 0))
            };
            let found = guard.check(&held);
            let stalled = tripped(Fault::Stalled, 401, 0);
            let expected = (trips && ms >= 35).then_some(stalled);
            assert_eq!(found, expected, "{ma} mA, {ms} ms");
        }
    }
}

#[test]
fn rate_006_missed_edges_are_told_with_the_time_of_a_quarter_turn() {
    let missed = View {
        incoherent: true,
        ..driven(turning(true, 100_000, 3_000, 0))
    };
    let found = RotationGuard::new().check(&missed);
    assert_eq!(found, Some(lost(3_000, 2_500)));
}
