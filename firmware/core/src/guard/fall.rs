//! Monitors of how the pen is moved: free fall and shocks (PWR-007).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{Drive, trip};
use crate::estimate::AccelerationReading;
use crate::fault::{Fault, Trip};
use crate::limits;
use crate::units::Duration;

/// What the monitors of falls see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Time since the last tick.
    pub(crate) dt: Duration,
    /// What the motor is doing.
    pub(crate) drive: Drive,
    /// What the accelerometer tells.
    pub(crate) acceleration: AccelerationReading,
}
any_struct!(View {
    dt,
    drive,
    acceleration
});

#[derive(Clone, Copy, Debug)]
pub(crate) struct FallGuard {
    light_for: Duration,
}
any_struct!(FallGuard { light_for });

impl FallGuard {
    pub(crate) const fn new() -> Self {
        Self {
            light_for: Duration::from_us(0),
        }
    }

    /// Looks in every phase: a pen that is dropped while it rests is not known to be right either.
    pub(crate) fn check(&mut self, v: &View) -> Option<Trip> {
        if v.acceleration.sudden > squared(limits::SHOCK_MG) {
            return Some(strong(
                Fault::Shock,
                v.acceleration.sudden,
                limits::SHOCK_MG,
            ));
        }
        let Some(steady) = v.acceleration.steady else {
            return unknown(v);
        };
        if !is_light(steady) {
            self.light_for = Duration::from_us(0);
            return None;
        }
        // One sample vouches for one tick at most.
        let dt = v.dt.min(limits::TICK_MAX);
        self.light_for = self.light_for.plus_up_to(dt, limits::FREE_FALL_TIME);
        (self.light_for >= limits::FREE_FALL_TIME)
            .then(|| strong(Fault::FreeFall, steady, limits::FREE_FALL_MG))
    }
}

/// Whether a smoothed strength is less than anything that holds the pen up gives.
pub(crate) const fn is_light(squared_mg: u32) -> bool {
    squared_mg < squared(limits::FREE_FALL_MG)
}

/// SENS-001: driven without knowing whether the pen falls. At rest it is a lock.
fn unknown(v: &View) -> Option<Trip> {
    (v.drive == Drive::Driven).then(|| {
        let seen = i64::from(v.acceleration.bad_for.as_us());
        let allowed = i64::from(limits::SAMPLE_AGE_MAX.as_us());
        trip(Fault::SensorInvalid, seen, allowed)
    })
}

const fn squared(mg: u32) -> u32 {
    mg.saturating_mul(mg)
}

fn strong(fault: Fault, squared_mg: u32, allowed_mg: u32) -> Trip {
    trip(fault, i64::from(root(squared_mg)), i64::from(allowed_mg))
}

/// The square root, rounded down: bit by bit, without the table and the divisions of the library's, so
/// that a proof can follow it.
const fn root(squared: u32) -> u32 {
    let mut root = 0_u32;
    let mut bit = 1_u32 << 15;
    while bit > 0 {
        let more = root | bit;
        // Of 16 bits: its square fits.
        if more.saturating_mul(more) <= squared {
            root = more;
        }
        bit >>= 1;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn every_root_is_that_of_the_library() {
        for whole in 0..=u32::from(u16::MAX) {
            let squared = whole * whole;
            for near in [
                squared.saturating_sub(1),
                squared,
                squared.saturating_add(1),
            ] {
                assert_eq!(root(near), near.isqrt(), "{near}");
            }
        }
        // Between two squares neither of the two changes.
        assert_eq!(root(u32::MAX), u32::MAX.isqrt());
        for squared in (0..u32::MAX - 65_537).step_by(65_537) {
            assert_eq!(root(squared), squared.isqrt(), "{squared}");
        }
    }
}
