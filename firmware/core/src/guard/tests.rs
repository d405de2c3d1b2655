//! Views for the tests of single monitors, and what all of them share.

use super::{Drive, Guard, Views, brake, depth, fall, power, rotation, trip};
use crate::estimate::{AccelerationReading, DepthReading, SpeedReading};
use crate::fault::{Fault, Trip};
use crate::io::Sample;
use crate::units::{Current, Depth, Duration, Rate, Voltage};
use crate::witness::Seen;

/// A trip with these quantities.
pub(super) const fn tripped(fault: Fault, measured: i32, allowed: i32) -> Trip {
    Trip {
        fault,
        measured,
        allowed,
    }
}

/// A channel that moves and shows this depth.
pub(super) const fn depth(um: i32) -> DepthReading {
    DepthReading {
        depth: Some(Depth::from_um(um)),
        raw: Some(Depth::from_um(um)),
        still_for: Duration::from_us(0),
        counts: 2_048,
    }
}

/// A pen that lies still, set to 500 um and 100 Hz: no monitor finds anything.
fn views(drive: Drive) -> Views {
    Views {
        depth: depth_view(drive),
        rotation: rotation_view(drive),
        brake: brake_view(drive),
        fall: fall::View {
            dt: Duration::from_ms(1),
            drive,
            acceleration: AccelerationReading {
                steady: Some(1_000_000),
                sudden: 1_000_000,
                bad_for: Duration::from_us(0),
            },
        },
        power: power::View {
            dt: Duration::from_ms(1),
            drive,
            current: Some(Current::from_ma(0)),
            current_raw: Sample::default(),
            battery: Some(Voltage::from_mv(8_000)),
            grip_known: true,
            seated: true,
        },
    }
}

/// What its depth monitors see.
pub(super) fn depth_view(drive: Drive) -> depth::View {
    depth::View {
        dt: Duration::from_ms(1),
        drive,
        begins: false,
        a: depth(500),
        b: depth(500),
        calibrated: true,
        cap: Depth::from_um(500),
        speed: SpeedReading::default(),
    }
}

/// What its monitors of rotation see.
pub(super) fn rotation_view(drive: Drive) -> rotation::View {
    rotation::View {
        dt: Duration::from_ms(1),
        drive,
        begins: false,
        speed: SpeedReading::default(),
        quarters_out: 0,
        incoherent: false,
        seen: Seen::default(),
        rate_set: Rate::from_mhz(100_000),
        rate_max: Rate::from_mhz(150_000),
        duty: 0,
        current: Some(Current::from_ma(0)),
        battery: Some(Voltage::from_mv(8_000)),
        resistance_mohm: 2_980,
        braking: false,
        quiet: false,
    }
}

/// What the monitors of its brake see.
pub(super) fn brake_view(drive: Drive) -> brake::View {
    brake::View {
        dt: Duration::from_ms(1),
        drive,
        speed: SpeedReading::default(),
        edges: 0,
        seen: Seen::default(),
        current: Some(Current::from_ma(0)),
        braked_for: Duration::from_us(0),
        braking: false,
        is_probing: false,
        parking: false,
    }
}

#[test]
fn log_001_a_quantity_that_does_not_fit_is_the_nearest_that_does() {
    let (least, most) = (i64::from(i32::MIN), i64::from(i32::MAX));
    for (quantity, told) in [
        (least - 1, i32::MIN),
        (least, i32::MIN),
        (-1, -1),
        (0, 0),
        (1, 1),
        (most, i32::MAX),
        (most + 1, i32::MAX),
    ] {
        let measured = trip(Fault::OverSpeed, quantity, 0);
        assert_eq!(measured, tripped(Fault::OverSpeed, told, 0));
        let allowed = trip(Fault::OverSpeed, 0, quantity);
        assert_eq!(allowed, tripped(Fault::OverSpeed, 0, told));
    }
}

#[test]
fn depth_011_every_depth_monitor_starts_anew() {
    let quiet = views(Drive::Driven);
    let deep = Views {
        depth: depth::View {
            a: depth(551),
            b: depth(551),
            ..quiet.depth
        },
        ..quiet
    };
    let over = Some(tripped(Fault::OverDepth, 551, 500));
    let mut guard = Guard::new();
    assert_eq!(guard.check(&deep), None);
    assert_eq!(guard.check(&deep), over);
    guard.rebase_depth();
    // The zero moved: the millisecond before it no longer counts.
    assert_eq!(guard.check(&deep), None);
    assert_eq!(guard.check(&deep), over);
}
