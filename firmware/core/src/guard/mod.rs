//! The checker: sees only sensors and the admitted profile, never the regulator's state.
//!
//! Every monitor is defined in every [`Drive`] phase, and answers with a [`Trip`] that carries the
//! quantities that decided it. Names after IEC 61800-5-2: the depth monitors are the pen's safely
//! limited position (SLP), the rate monitors its safely limited speed (SLS).

pub(crate) mod brake;
pub(crate) mod depth;
pub(crate) mod fall;
pub(crate) mod power;
pub(crate) mod rotation;
#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::fault::{Fault, Trip};
use crate::units::Rate;

pub(crate) use brake::BrakeGuard;
pub(crate) use depth::DepthGuard;
pub(crate) use fall::{FallGuard, is_light};
pub(crate) use power::PowerGuard;
pub(crate) use rotation::RotationGuard;

/// What the motor is doing, as far as a checker may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drive {
    /// It must stand.
    Resting,
    /// It is driven.
    Driven,
    /// It is braked, or parks.
    Halting,
}
any_enum!(Drive {
    Resting,
    Driven,
    Halting
});

/// What all monitors see: each its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views {
    pub(crate) depth: depth::View,
    pub(crate) rotation: rotation::View,
    pub(crate) brake: brake::View,
    pub(crate) fall: fall::View,
    pub(crate) power: power::View,
}

/// All monitors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    depth: DepthGuard,
    rotation: RotationGuard,
    brake: BrakeGuard,
    fall: FallGuard,
    power: PowerGuard,
}
any_struct!(Guard {
    depth,
    rotation,
    brake,
    fall,
    power
});

impl Guard {
    pub(crate) const fn new() -> Self {
        Self {
            depth: DepthGuard::new(),
            rotation: RotationGuard::new(),
            brake: BrakeGuard::new(),
            fall: FallGuard::new(),
            power: PowerGuard::new(),
        }
    }

    /// One tick of every monitor. All run, so that no trip blinds another; the first in the order
    /// of harm is the one reported.
    pub(crate) fn check(&mut self, views: &Views) -> Option<Trip> {
        let depth = self.depth.check(&views.depth);
        let brake = self.brake.check(&views.brake);
        let rotation = self.rotation.check(&views.rotation);
        let fall = self.fall.check(&views.fall);
        let power = self.power.check(&views.power);
        brake.or(depth).or(rotation).or(fall).or(power)
    }

    /// The protrusion is shallower than at the start by more than the creep limit.
    pub(crate) fn is_shallower(&self) -> bool {
        self.depth.is_shallower()
    }

    /// The set rate changed: the rate monitor's window may start anew, if it did not lately.
    pub(crate) fn set_point_changed(&mut self, before: Rate) {
        self.rotation.rearm(before);
    }

    /// Everything that a depth monitor remembers starts anew (DEPTH-011).
    pub(crate) fn rebase_depth(&mut self) {
        self.depth = DepthGuard::new();
    }
}

/// A trip, with its quantities as far as they fit.
pub(crate) fn trip(fault: Fault, measured: i64, allowed: i64) -> Trip {
    let fit = |value: i64| {
        let end = if value.is_negative() {
            i32::MIN
        } else {
            i32::MAX
        };
        i32::try_from(value).unwrap_or(end)
    };
    Trip {
        fault,
        measured: fit(measured),
        allowed: fit(allowed),
    }
}

#[cfg(test)]
mod tests;
