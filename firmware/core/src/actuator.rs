//! The motorised actuator's place: shallower at once, deeper slowly and only while the motor stands.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::io::DepthCommand;
use crate::limits;
use crate::units::{Depth, Duration};

/// How far the actuator may stand from its target and still be there. Unit: um (DEPTH-009).
const TOLERANCE_UM: u32 = 100;

/// Where the actuator is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actuator {
    nm: u32,
}
any_struct!(Actuator { nm });

impl Actuator {
    /// At the rim.
    pub(crate) const fn new() -> Self {
        Self { nm: 0 }
    }

    /// One tick toward the goal (DEPTH-007, DEPTH-011, DEPTH-012); `may_deepen` while the motor stands in
    /// an open zone. A late tick deepens as far as a tick on time.
    pub(crate) fn update(&mut self, goal: Depth, may_deepen: bool, dt: Duration) -> DepthCommand {
        let goal = u32::try_from(goal.as_um())
            .unwrap_or(0)
            .saturating_mul(1_000);
        if goal <= self.nm {
            self.nm = goal;
        } else if may_deepen {
            let dt = dt.min(limits::TICK_MAX);
            let step = limits::ACTUATOR_DEEPEN_NM_PER_MS.saturating_mul(dt.as_us()) / 1_000;
            self.nm = self.nm.saturating_add(step).min(goal);
        }
        DepthCommand {
            target: self.target(),
        }
    }

    /// Where it is sent now.
    pub(crate) fn target(&self) -> Depth {
        Depth::from_um(i32::try_from(self.nm / 1_000).unwrap_or(0))
    }

    /// It was sent to its goal, and the channels measure that it is there.
    pub(crate) fn is_at(&self, goal: Depth, measured: Depth) -> bool {
        self.target() == goal && measured.distance(goal) <= TOLERANCE_UM
    }
}

#[cfg(test)]
mod tests {
    use super::Actuator;
    use crate::units::{Depth, Duration};

    #[test]
    fn depth_012_deepens_half_a_millimetre_a_second_and_never_while_the_motor_turns() {
        let goal = Depth::from_um(1_000);
        let mut actuator = Actuator::new();
        for ms in 1..=1_999 {
            let target = actuator.update(goal, true, Duration::from_ms(1)).target;
            assert_eq!(target.as_um(), ms / 2, "after {ms} ms");
        }
        assert_eq!(
            actuator
                .update(goal, false, Duration::from_ms(1))
                .target
                .as_um(),
            999
        );
        assert_eq!(
            actuator.update(goal, true, Duration::from_ms(1)).target,
            goal
        );
        // A pause is no time to move in.
        let mut late = Actuator::new();
        assert_eq!(
            late.update(goal, true, Duration::from_ms(400))
                .target
                .as_um(),
            1
        );
    }

    #[test]
    fn depth_007_comes_shallower_at_once_whatever_turns() {
        let mut actuator = Actuator { nm: 1_500_000 };
        let goal = Depth::from_um(200);
        assert_eq!(
            actuator.update(goal, false, Duration::from_us(0)).target,
            goal
        );
        assert_eq!(
            actuator
                .update(Depth::from_um(-5), false, Duration::from_us(0))
                .target
                .as_um(),
            0
        );
    }

    #[test]
    fn depth_009_is_there_within_100_um_of_where_it_was_sent() {
        let actuator = Actuator { nm: 800_000 };
        let goal = Depth::from_um(800);
        for (measured, there) in [(699, false), (700, true), (900, true), (901, false)] {
            assert_eq!(
                actuator.is_at(goal, Depth::from_um(measured)),
                there,
                "{measured} um"
            );
        }
        assert!(!actuator.is_at(Depth::from_um(801), goal));
    }
}
