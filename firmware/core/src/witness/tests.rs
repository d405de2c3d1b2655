//! What the second witness tells, of a motor that makes the numbers round.

use super::{Seen, Tick, Witness};
use crate::cam::Way;
use crate::duty::Push;
use crate::gate::{Duty, MotorCommand, Permits, Wish, command};
use crate::latch::GuardPermit;
use crate::profile::MotorData;
use crate::units::{Current, Duration, Temperature, Voltage};

/// A braked winding shows 100 Hz with an ampere.
const MOTOR: MotorData = MotorData {
    resistance_mohm: 1_000,
    back_emf_uv_per_hz: 10_000,
    friction_mv: 0,
};

/// A millisecond in which this was written and this current was read.
fn tick(last: MotorCommand, ma: i32) -> Tick<'static> {
    Tick {
        last,
        battery: Some(Voltage::from_mv(8_000)),
        current: Some(Current::from_ma(ma)),
        winding: Temperature::from_decicelsius(220),
        motor: Some(&MOTOR),
        edges: 0,
        rests: false,
        boots: false,
        even: true,
        dt: Duration::from_ms(1),
    }
}

fn only_guard(wish: Wish) -> MotorCommand {
    command(
        wish,
        Permits {
            mode: None,
            guard: Some(GuardPermit::for_test()),
            budget: None,
            interlocks: None,
        },
    )
}

fn brake() -> MotorCommand {
    only_guard(Wish::Brake)
}

/// A tenth of the battery this way: 0.8 V.
fn push(way: Way) -> MotorCommand {
    only_guard(Wish::Park(Push::new(way, 850)))
}

#[test]
fn rate_006_edges_that_the_winding_confirms_make_no_drift() {
    let mut witness = Witness::new();
    for _ in 0..100 {
        // 125 Hz for 2 ms are a quarter turn.
        let seen = witness.update(&Tick {
            edges: 1,
            dt: Duration::from_ms(2),
            ..tick(brake(), -1_250)
        });
        assert_eq!(seen.rate_mhz, Some(125_000));
        assert_eq!((seen.drift, seen.since_edge), (0, 0));
        assert!(seen.placed && seen.agrees());
    }
}

#[test]
fn rate_006_edges_that_no_winding_made_drift_behind_and_turns_without_edges_ahead() {
    for (edges, drift) in [
        (1, -250_000),
        (4, -1_000_000),
        (-1, 250_000),
        (32, -8_000_000),
        (33, -8_000_000),
        (i8::MAX, -8_000_000),
        (i8::MIN, 8_000_000),
    ] {
        let seen = Witness::new().update(&Tick {
            edges,
            ..tick(brake(), 0)
        });
        assert_eq!(seen.drift, drift, "{edges}");
    }
    // 100 Hz for a millisecond are a tenth of a turn.
    let seen = Witness::new().update(&tick(brake(), -1_000));
    assert_eq!((seen.drift, seen.since_edge), (100_000, 100_000));
}

#[test]
fn rate_006_more_than_1_15_turns_ahead_or_1_5_behind_are_no_accord() {
    for (drift, misses, contradicts) in [
        (8_000_000, true, false),
        (1_150_001, true, false),
        (1_150_000, false, false),
        (1_149_999, false, false),
        (0, false, false),
        (-1_499_999, false, false),
        (-1_500_000, false, false),
        (-1_500_001, false, true),
        (-8_000_000, false, true),
    ] {
        let seen = Seen {
            drift,
            ..Seen::default()
        };
        assert_eq!(seen.misses_edges(), misses, "{drift}");
        assert_eq!(seen.contradicts_edges(), contradicts, "{drift}");
        assert_eq!(seen.agrees(), !misses && !contradicts, "{drift}");
    }
}

#[test]
fn rate_006_a_new_drive_forgets_all_but_where_the_cam_stands() {
    let mut witness = Witness::new();
    witness.update(&Tick {
        edges: 1,
        ..tick(push(Way::Forward), 0)
    });
    let seen = witness.update(&tick(push(Way::Forward), 0));
    assert_eq!(seen.rate_mhz, Some(80_000));
    assert_eq!((seen.turned, seen.since_edge), (160_000, 80_000));
    assert!(seen.placed && seen.drift != 0);
    witness.restart();
    let kept = Seen {
        since_edge: 80_000,
        placed: true,
        ..Seen::default()
    };
    assert_eq!(witness.seen, kept);
}

#[test]
fn sess_002_only_a_drive_forward_adds_turns() {
    for (last, ma, turned) in [
        (push(Way::Forward), 0, 80_000),
        // Braked and pushed back the cam turns forward all the same: so much current flows.
        (brake(), -700, 0),
        (push(Way::Backward), -1_500, 0),
        // Driven forward it turns back.
        (push(Way::Forward), 1_500, 0),
    ] {
        let seen = Witness::new().update(&tick(last, ma));
        assert_eq!(seen.turned, turned, "{last:?}");
        assert_eq!(
            seen.rate_mhz.map(i32::signum),
            Some(if ma > 0 { -1 } else { 1 }),
            "{last:?}"
        );
    }
}

#[test]
fn rate_006_it_tells_nothing_of_an_open_path() {
    let duty = Duty::from_parts(1_000);
    for (wish, rate_mhz) in [
        (Wish::Off, None),
        (Wish::Brake, Some(100_000)),
        (Wish::ProbeEnable(duty), None),
        (Wish::ProbeSupply(duty), None),
    ] {
        let seen = Witness::new().update(&tick(only_guard(wish), -1_000));
        assert_eq!(seen.rate_mhz, rate_mhz, "{wish:?}");
    }
}
