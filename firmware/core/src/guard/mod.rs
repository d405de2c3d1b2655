//! The checker: sees only sensors and the admitted profile, never the regulator's state.
//!
//! Every monitor is defined in every [`Drive`] phase, and answers with a [`Trip`] that carries the
//! quantities that decided it. Names after IEC 61800-5-2: the depth monitors are the pen's safely
//! limited position (SLP), the rate monitors its safely limited speed (SLS).

pub(crate) mod brake;
pub(crate) mod depth;
pub(crate) mod fall;
pub(crate) mod motion;
pub(crate) mod power;
#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::estimate::{DepthReading, MotionReading, SpeedReading};
use crate::fault::{Fault, Trip};
use crate::io::Sample;
use crate::units::{Current, Depth, Duration, Rate, Voltage};
use crate::witness::Seen;

pub(crate) use brake::BrakeGuard;
pub(crate) use depth::DepthGuard;
pub(crate) use fall::{FallGuard, is_light};
pub(crate) use motion::MotionGuard;
pub(crate) use power::PowerGuard;

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

/// What every monitor sees.
#[expect(
    clippy::struct_excessive_bools,
    reason = "levels as the sensors give them"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) dt: Duration,
    pub(crate) drive: Drive,
    /// The drive began with this tick.
    pub(crate) begins: bool,
    pub(crate) a: DepthReading,
    pub(crate) b: DepthReading,
    /// A calibration is in force: the channels can be compared.
    pub(crate) calibrated: bool,
    pub(crate) cap: Depth,
    pub(crate) speed: SpeedReading,
    /// Edges of the tachometer, negative backward.
    pub(crate) edges: i8,
    /// Quarter turns from here to full retraction: where the spring may pull a cam that was held.
    pub(crate) fall: u8,
    /// The quarter does not follow from the edges: some were missed.
    pub(crate) incoherent: bool,
    /// What the motor's own voltage tells of its rotation.
    pub(crate) seen: Seen,
    pub(crate) rate_set: Rate,
    pub(crate) rate_max: Rate,
    /// What was written to the bridge in the last tick. Unit: ten-thousandths.
    pub(crate) duty: u16,
    pub(crate) current: Option<Current>,
    pub(crate) current_raw: Sample,
    pub(crate) battery: Option<Voltage>,
    pub(crate) motion: MotionReading,
    /// The grip's thermistor is usable.
    pub(crate) grip_known: bool,
    pub(crate) resistance_mohm: u16,
    pub(crate) seated: bool,
    /// Time since a motor that had been driven was last pushed; only meaningful while halting.
    pub(crate) braked_for: Duration,
    /// The winding was shorted in the last tick.
    pub(crate) braking: bool,
    /// A path of torque is on trial: what flows is the test's.
    pub(crate) is_probing: bool,
    /// The needles are being parked: slow motion, either way, is meant.
    pub(crate) parking: bool,
    /// The mode has lasted long enough for the last motion to have died away.
    pub(crate) quiet: bool,
}
any_struct!(View {
    dt,
    drive,
    begins,
    a,
    b,
    calibrated,
    cap,
    speed,
    edges,
    fall,
    incoherent,
    seen,
    rate_set,
    rate_max,
    duty,
    current,
    current_raw,
    battery,
    motion,
    grip_known,
    resistance_mohm,
    seated,
    braked_for,
    braking,
    is_probing,
    parking,
    quiet
});

/// All monitors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    depth: DepthGuard,
    motion: MotionGuard,
    brake: BrakeGuard,
    fall: FallGuard,
    power: PowerGuard,
}
any_struct!(Guard {
    depth,
    motion,
    brake,
    fall,
    power
});

impl Guard {
    pub(crate) const fn new() -> Self {
        Self {
            depth: DepthGuard::new(),
            motion: MotionGuard::new(),
            brake: BrakeGuard::new(),
            fall: FallGuard::new(),
            power: PowerGuard::new(),
        }
    }

    /// One tick of every monitor. All run, so that no trip blinds another; the first in the order
    /// of harm is the one reported.
    pub(crate) fn check(&mut self, view: &View) -> Option<Trip> {
        let depth = self.depth.check(view);
        let brake = self.brake.check(view);
        let motion = self.motion.check(view);
        let fall = self.fall.check(view);
        let power = self.power.check(view);
        brake.or(depth).or(motion).or(fall).or(power)
    }

    /// The protrusion is shallower than at the start by more than the creep limit.
    pub(crate) fn is_shallower(&self) -> bool {
        self.depth.is_shallower()
    }

    /// The set rate changed: the rate monitor's window may start anew, if it did not lately.
    pub(crate) fn set_point_changed(&mut self, before: Rate) {
        self.motion.rearm(before);
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
