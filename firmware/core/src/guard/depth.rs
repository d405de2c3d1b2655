//! Monitors of the protrusion (SLP).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{Drive, trip};
use crate::estimate::{DepthReading, SpeedReading};
use crate::fault::{Fault, Trip};
use crate::limits;
use crate::units::{Depth, Duration};

/// Slowest rate at which a ring shakes enough to tell a live channel from a stuck one.
/// Unit: mHz. Source: none yet; the simulated ring shakes at every rate that may be set.
const VIBRATES_MHZ: u32 = 30_000;

/// What the depth monitors see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Time since the last tick.
    pub(crate) dt: Duration,
    /// What the motor is doing.
    pub(crate) drive: Drive,
    /// The drive began with this tick.
    pub(crate) begins: bool,
    /// What channel A tells.
    pub(crate) a: DepthReading,
    /// What channel B tells.
    pub(crate) b: DepthReading,
    /// A calibration is in force: the channels can be compared.
    pub(crate) calibrated: bool,
    /// Deepest protrusion that is admitted.
    pub(crate) cap: Depth,
    /// What the tachometer tells.
    pub(crate) speed: SpeedReading,
}
any_struct!(View {
    dt,
    drive,
    begins,
    a,
    b,
    calibrated,
    cap,
    speed
});

#[derive(Clone, Copy, Debug)]
pub(crate) struct DepthGuard {
    over_for: Duration,
    apart_for: Duration,
    far_apart: u8,
    crept_for: Duration,
    start: Option<Depth>,
    shallower: bool,
}
any_struct!(DepthGuard {
    over_for,
    apart_for,
    far_apart,
    crept_for,
    start,
    shallower
});

impl DepthGuard {
    pub(crate) const fn new() -> Self {
        Self {
            over_for: Duration::from_us(0),
            apart_for: Duration::from_us(0),
            far_apart: 0,
            crept_for: Duration::from_us(0),
            start: None,
            shallower: false,
        }
    }

    pub(crate) const fn is_shallower(&self) -> bool {
        self.shallower
    }

    pub(crate) fn check(&mut self, v: &View) -> Option<Trip> {
        if v.drive != Drive::Driven {
            *self = Self::new();
            return None;
        }
        if v.begins {
            *self = Self::new();
        }
        let (Some(a), Some(b)) = (v.a.depth, v.b.depth) else {
            return Some(invalid(v));
        };
        let deeper = a.max(b);
        if v.begins {
            self.start = Some(deeper);
        }
        let over = self.over(v, deeper);
        let apart = self.apart(v, a, b);
        let crept = self.crept(v, deeper);
        over.or(apart).or(crept).or_else(|| stuck(v))
    }

    /// DEPTH-002: deeper than cap and margin.
    fn over(&mut self, v: &View, deeper: Depth) -> Option<Trip> {
        let edge = v.cap.deeper_by(limits::DEPTH_TRIP_MARGIN_UM);
        if deeper <= edge {
            self.over_for = Duration::from_us(0);
            return None;
        }
        self.over_for = self.over_for.plus_up_to(v.dt, limits::DEPTH_TRIP_TIME);
        (self.over_for >= limits::DEPTH_TRIP_TIME).then(|| {
            trip(
                Fault::OverDepth,
                i64::from(deeper.as_um()),
                i64::from(v.cap.as_um()),
            )
        })
    }

    /// DEPTH-004: the channels disagree; the fast rule looks at single samples.
    fn apart(&mut self, v: &View, a: Depth, b: Depth) -> Option<Trip> {
        if !v.calibrated {
            return None;
        }
        let slow = a.distance(b);
        if slow > limits::DISAGREE_SLOW_UM {
            self.apart_for = self.apart_for.plus_up_to(v.dt, limits::DISAGREE_SLOW_TIME);
        } else {
            self.apart_for = Duration::from_us(0);
        }
        let fast = match (v.a.raw, v.b.raw) {
            (Some(a), Some(b)) => a.distance(b),
            (Some(_), None) | (None, Some(_)) | (None, None) => 0,
        };
        self.far_apart = if fast > limits::DISAGREE_FAST_UM {
            self.far_apart.saturating_add(1).min(2)
        } else {
            0
        };
        if self.far_apart >= 2 {
            return Some(trip(
                Fault::DepthDisagrees,
                i64::from(fast),
                i64::from(limits::DISAGREE_FAST_UM),
            ));
        }
        (self.apart_for >= limits::DISAGREE_SLOW_TIME).then(|| {
            trip(
                Fault::DepthDisagrees,
                i64::from(slow),
                i64::from(limits::DISAGREE_SLOW_UM),
            )
        })
    }

    /// DEPTH-006: deeper than at the start; shallower is only told.
    fn crept(&mut self, v: &View, deeper: Depth) -> Option<Trip> {
        let start = self.start?;
        let moved = i64::from(deeper.as_um()).saturating_sub(i64::from(start.as_um()));
        self.shallower = moved < i64::from(limits::CREEP_UM).saturating_neg();
        if moved <= i64::from(limits::CREEP_UM) {
            self.crept_for = Duration::from_us(0);
            return None;
        }
        self.crept_for = self.crept_for.plus_up_to(v.dt, limits::CREEP_TIME);
        (self.crept_for >= limits::CREEP_TIME)
            .then(|| trip(Fault::DepthCrept, moved, i64::from(limits::CREEP_UM)))
    }
}

/// DEPTH-005: no change beyond noise although the pen vibrates.
fn stuck(v: &View) -> Option<Trip> {
    let turning = v.speed.known && v.speed.rate.as_mhz() > VIBRATES_MHZ;
    let still = v.a.still_for.max(v.b.still_for);
    (turning && still >= limits::STUCK_TIME).then(|| {
        trip(
            Fault::DepthStuck,
            i64::from(still.as_us()),
            i64::from(limits::STUCK_TIME.as_us()),
        )
    })
}

/// DEPTH-005, DEPTH-008: a channel gives nothing usable.
fn invalid(v: &View) -> Trip {
    let counts = if v.a.depth.is_none() {
        v.a.counts
    } else {
        v.b.counts
    };
    trip(
        Fault::DepthInvalid,
        i64::from(counts),
        i64::from(limits::RAIL_HIGH_COUNTS),
    )
}

#[cfg(test)]
mod tests;
