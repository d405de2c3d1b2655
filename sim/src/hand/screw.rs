//! The motorised depth actuator: a stepper on a lead screw, for pens without a ring.
//!
//! The nut follows its command at no more than its speed; the carriage that carries the needles
//! follows the nut through the backlash. Steps are counted, not measured: a lost step stays lost.

use crate::assembly::{RING_MAX_UM, RING_MIN_UM};

/// Fastest travel of the nut (um per ms).
pub const SPEED: f64 = 2.0;

/// Backlash between nut and carriage (um).
pub const BACKLASH_UM: f64 = 15.0;

/// Travel of one step of the motor (um).
pub const STEP_UM: f64 = 2.5;

/// The actuator of one pen.
#[derive(Clone, Copy, Debug)]
pub struct Screw {
    nut_um: f64,
    carriage_um: f64,
}

impl Screw {
    /// An actuator that was homed and stands at a depth (um).
    #[must_use]
    pub const fn new(at_um: f64) -> Self {
        Self {
            nut_um: at_um,
            carriage_um: at_um,
        }
    }

    /// Follows its command for so many ms; returns the true depth (um).
    ///
    /// `lost_um` is how much deeper the nut really stands than its counted steps say.
    pub fn follow(&mut self, target_um: i32, lost_um: f64, ms: f64) -> f64 {
        let steps = (f64::from(target_um) / STEP_UM).round();
        let target = (steps * STEP_UM + lost_um).clamp(RING_MIN_UM, RING_MAX_UM);
        let reach = SPEED * ms;
        self.nut_um += (target - self.nut_um).clamp(-reach, reach);
        let slack = 0.5 * BACKLASH_UM;
        self.carriage_um = self
            .carriage_um
            .clamp(self.nut_um - slack, self.nut_um + slack);
        self.carriage_um
    }

    /// True depth (um).
    #[must_use]
    pub const fn carriage_um(&self) -> f64 {
        self.carriage_um
    }
}

#[cfg(test)]
mod tests {
    use super::{BACKLASH_UM, SPEED, Screw};

    fn settle(screw: &mut Screw, target_um: i32) -> f64 {
        for _ in 0..5_000 {
            screw.follow(target_um, 0.0, 1.0);
        }
        screw.carriage_um()
    }

    #[test]
    fn it_is_limited_in_speed() {
        let mut screw = Screw::new(0.0);
        let mut before = 0.0;
        for _ in 0..100 {
            let now = screw.follow(1_000, 0.0, 1.0);
            assert!(now - before <= SPEED + 1e-9);
            before = now;
        }
        assert!((before - (100.0 * SPEED - 0.5 * BACKLASH_UM)).abs() < 1e-9);
    }

    #[test]
    fn it_stops_short_by_half_the_backlash_on_either_side() {
        let mut screw = Screw::new(0.0);
        assert!((settle(&mut screw, 1_000) - (1_000.0 - 0.5 * BACKLASH_UM)).abs() < 1e-9);
        assert!((settle(&mut screw, 500) - (500.0 + 0.5 * BACKLASH_UM)).abs() < 1e-9);
    }

    #[test]
    fn lost_steps_move_it() {
        let mut screw = Screw::new(0.0);
        settle(&mut screw, 1_000);
        let mut now = 0.0;
        (0..1_000).for_each(|_| now = screw.follow(1_000, 200.0, 1.0));
        assert!((now - (1_200.0 - 0.5 * BACKLASH_UM)).abs() < 1e-9);
    }
}
