//! One monitor of the depth at a time.

use super::{DepthGuard, View};
use crate::estimate::{DepthReading, SpeedReading};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::guard::tests::{depth, depth_view, tripped};
use crate::units::{Duration, Rate};

#[test]
fn depth_002_trips_after_2_ms_above_the_margin() {
    let at = |um| View {
        a: depth(um),
        ..depth_view(Drive::Driven)
    };
    let mut guard = DepthGuard::new();
    for _ in 0..10 {
        assert_eq!(guard.check(&at(550)), None);
    }
    // A spike of 1 ms does not trip, and does not add up.
    for _ in 0..10 {
        assert_eq!(guard.check(&at(551)), None);
        assert_eq!(guard.check(&at(550)), None);
    }
    assert_eq!(guard.check(&at(551)), None);
    let over = tripped(Fault::OverDepth, 551, 500);
    assert_eq!(guard.check(&at(551)), Some(over));
}

#[test]
fn depth_005_a_channel_is_stuck_only_while_the_pen_vibrates() {
    for (known, mhz, still_us, trips) in [
        (true, 30_001, 245_000, true),
        (true, 30_001, 244_999, false),
        (true, 30_000, 245_000, false),
        (false, 30_001, 245_000, false),
    ] {
        let still = DepthReading {
            still_for: Duration::from_us(still_us),
            ..depth(500)
        };
        let stuck = View {
            b: still,
            speed: SpeedReading {
                rate: Rate::from_mhz(mhz),
                known,
                ..SpeedReading::default()
            },
            ..depth_view(Drive::Driven)
        };
        let expected = trips.then_some(tripped(Fault::DepthStuck, 245_000, 245_000));
        let found = DepthGuard::new().check(&stuck);
        assert_eq!(found, expected, "{known} {mhz} mHz {still_us} us");
    }
}
