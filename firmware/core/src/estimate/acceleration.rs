//! How the pen is moved: what the accelerometer says, without what the motor shakes into it.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{MEMORY, bridged_for};
use crate::io::Acceleration;
use crate::limits;
use crate::units::Duration;

/// Time constant of each of the two low passes, in pairs of ticks: 8 ms, below 20 Hz. A reading
/// falls from 1 g to 0.3 g within 20 ms, shaking at 50 Hz is weakened to a seventh.
/// Source: `docs/limits.md#sensors`.
const SMOOTHING: i32 = 4;
/// Parts of a mg that the low passes keep.
const PARTS: i32 = 64;

/// The accelerometer: age, stillness, low pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccelerationSense {
    axes: [Axis; 3],
    /// Smoothed strength. Unit: mg squared.
    steady: u32,
    last: [i16; 3],
    still_for: Duration,
    bad_for: Duration,
}
any_struct!(AccelerationSense {
    axes,
    steady,
    last,
    still_for,
    bad_for
});

/// Two low passes in a row. Unit: 1/64 mg.
#[derive(Clone, Copy, Debug, Default)]
struct Axis {
    first: i32,
    second: i32,
}
any_struct!(Axis { first, second });

impl Axis {
    fn follow(&mut self, mg: i16, anew: bool) {
        let now = i32::from(mg).saturating_mul(PARTS);
        if anew {
            *self = Self {
                first: now,
                second: now,
            };
            return;
        }
        self.first = toward(self.first, now);
        self.second = toward(self.second, self.first);
    }

    /// Rounded: the low passes end up to a fifth of a mg beside their goal.
    const fn mg(self) -> i32 {
        self.second.saturating_add(PARTS / 2).div_euclid(PARTS)
    }
}

fn toward(at: i32, goal: i32) -> i32 {
    at.saturating_add(goal.saturating_sub(at) / SMOOTHING)
}

/// What the accelerometer says this tick. Strengths are squared, unit: mg squared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccelerationReading {
    /// Smoothed strength; nothing when unusable for more than 10 ms.
    pub(crate) steady: Option<u32>,
    /// Strength of this reading alone; zero when it is not usable.
    pub(crate) sudden: u32,
    /// How long nothing usable came, at most 100 ms.
    pub(crate) bad_for: Duration,
}
any_struct!(AccelerationReading {
    steady,
    sudden,
    bad_for
});

impl AccelerationSense {
    pub(crate) const fn new() -> Self {
        Self {
            axes: [Axis {
                first: 0,
                second: 0,
            }; 3],
            steady: 0,
            last: [0; 3],
            still_for: Duration::from_us(0),
            bad_for: MEMORY,
        }
    }

    /// Takes one reading; the low passes move in every second tick, which is as often as a part gives
    /// another. A reading that never changes in any axis for long comes from a part that stopped: a
    /// live one has noise.
    pub(crate) fn update(
        &mut self,
        felt: Acceleration,
        moves: bool,
        dt: Duration,
    ) -> AccelerationReading {
        let axes = [felt.x_mg, felt.y_mg, felt.z_mg];
        self.still_for = if axes == self.last {
            self.still_for
                .plus_up_to(dt.min(limits::TICK_MAX), limits::ACCELERATION_STUCK_TIME)
        } else {
            Duration::from_us(0)
        };
        self.last = axes;
        let fresh = felt.age <= limits::SAMPLE_AGE_MAX;
        let good = fresh && self.still_for < limits::ACCELERATION_STUCK_TIME;
        let mut sudden = 0;
        if good {
            let anew = self.bad_for > limits::SAMPLE_AGE_MAX;
            if anew || moves {
                for (axis, mg) in self.axes.iter_mut().zip(axes) {
                    axis.follow(mg, anew);
                }
                self.steady = strength(self.axes.map(Axis::mg));
            }
            self.bad_for = Duration::from_us(0);
            sudden = strength(axes.map(i32::from));
        } else {
            self.bad_for = bridged_for(self.bad_for, felt.age, dt);
        }
        let usable = self.bad_for <= limits::SAMPLE_AGE_MAX;
        AccelerationReading {
            steady: usable.then_some(self.steady),
            sudden,
            bad_for: self.bad_for,
        }
    }
}

fn strength(axes_mg: [i32; 3]) -> u32 {
    axes_mg.iter().fold(0, |sum, mg| {
        let size = mg.unsigned_abs();
        size.saturating_mul(size).saturating_add(sum)
    })
}

#[cfg(test)]
mod tests {
    use super::{AccelerationReading, AccelerationSense};
    use crate::io::Acceleration;
    use crate::units::Duration;

    fn felt(x_mg: i16, z_mg: i16, age_us: u32) -> Acceleration {
        Acceleration {
            x_mg,
            y_mg: 0,
            z_mg,
            age: Duration::from_us(age_us),
        }
    }

    /// A pen that is held, its reading never twice the same.
    fn held(sense: &mut AccelerationSense, ticks: i16) -> AccelerationReading {
        let mut reading = AccelerationReading::default();
        for tick in 0..ticks {
            let felt = felt(tick % 2 * 4, 1_000, 500);
            reading = sense.update(felt, tick % 2 == 0, Duration::from_ms(1));
        }
        reading
    }

    #[test]
    fn pwr_007_the_first_good_reading_counts_at_once() {
        let mut sense = AccelerationSense::new();
        let tick = Duration::from_ms(1);
        assert_eq!(
            sense.update(felt(0, 1_000, 10_001), false, tick).steady,
            None
        );
        let reading = sense.update(felt(0, 1_000, 10_000), false, tick);
        assert_eq!(reading.steady, Some(1_000_000));
        assert_eq!(reading.sudden, 1_000_000);
    }

    #[test]
    fn pwr_007_an_old_reading_is_bridged_for_10_ms() {
        let mut sense = AccelerationSense::new();
        held(&mut sense, 50);
        for age_ms in 1..=20 {
            let age_us = 500 + 1_000 * age_ms;
            let reading = sense.update(
                felt(0, 1_000, age_us),
                age_ms % 2 == 0,
                Duration::from_ms(1),
            );
            assert_eq!(reading.steady.is_some(), age_ms <= 9, "{age_ms} ms");
        }
    }

    #[test]
    fn pwr_007_a_reading_that_never_changes_is_none() {
        let mut sense = AccelerationSense::new();
        held(&mut sense, 50);
        let mut ticks = 0;
        while sense
            .update(felt(0, 1_000, 500), ticks % 2 == 0, Duration::from_ms(1))
            .steady
            .is_some()
        {
            ticks += 1;
        }
        // 500 ms of the same, and 10 ms of bridging; the first of them differed from the one before.
        assert_eq!(ticks, 510);
        assert!(held(&mut sense, 2).steady.is_some());
    }

    #[test]
    fn pwr_007_a_bridge_of_10_ms_does_not_begin_anew() {
        for (bridge_ms, steady) in [(9, 1_000_000), (10, 1_000_000), (11, 0)] {
            let mut sense = AccelerationSense::new();
            held(&mut sense, 50);
            let mut reading = AccelerationReading::default();
            let mut ticks = 0;
            while reading.bad_for < Duration::from_ms(bridge_ms) {
                reading = sense.update(felt(0, 1_000, 500), ticks % 2 == 0, Duration::from_ms(1));
                ticks += 1;
                assert!(ticks < 600, "never bad");
            }
            assert_eq!(reading.steady.is_some(), bridge_ms <= 10);
            // The low passes do not move in this tick: only a beginning takes it at once.
            let next = sense.update(felt(0, 0, 500), false, Duration::from_ms(1));
            assert_eq!(next.steady, Some(steady), "{bridge_ms} ms");
        }
    }

    #[test]
    fn pwr_007_the_low_passes_end_at_what_is_felt() {
        for (from, to) in [(0, 1_000), (2_000, 1_000), (0, -1_000), (-2_000, -1_000)] {
            let mut sense = AccelerationSense::new();
            let tick = Duration::from_ms(1);
            sense.update(felt(0, from, 500), true, tick);
            let mut reading = AccelerationReading::default();
            for _ in 0..200 {
                reading = sense.update(felt(0, to, 500), true, tick);
            }
            assert_eq!(reading.steady, Some(1_000_000), "{from} to {to} mg");
        }
    }

    #[test]
    fn pwr_007_shaking_is_smoothed_away_and_a_fall_is_not() {
        for period in [7_i16, 10, 20] {
            let mut sense = AccelerationSense::new();
            held(&mut sense, 50);
            let mut low = u32::MAX;
            for tick in 0..400_i16 {
                let half = if tick % period < period / 2 {
                    560
                } else {
                    -560
                };
                let reading = sense.update(
                    felt(0, 1_000 + half, 500),
                    tick % 2 == 0,
                    Duration::from_ms(1),
                );
                low = low.min(reading.steady.expect("usable"));
            }
            assert!(low > 700 * 700, "period {period} ms: {low}");
            let mut fell = 0;
            for tick in 0..100_i16 {
                let half = if tick % period < period / 2 {
                    560
                } else {
                    -560
                };
                let reading = sense.update(felt(0, half, 500), tick % 2 == 0, Duration::from_ms(1));
                if reading.steady.expect("usable") >= 300 * 300 {
                    fell = tick;
                }
            }
            assert!((10..=35).contains(&fell), "period {period} ms: {fell} ms");
        }
    }

    #[test]
    fn pwr_007_strength_has_no_overflow() {
        let most = felt(i16::MIN, i16::MIN, 0);
        let reading = AccelerationSense::new().update(most, false, Duration::from_ms(1));
        assert_eq!(reading.sudden, 2 * 32_768 * 32_768);
        assert_eq!(reading.steady, Some(2 * 32_768 * 32_768));
        let all = Acceleration {
            y_mg: i16::MIN,
            ..most
        };
        let reading = AccelerationSense::new().update(all, false, Duration::from_ms(1));
        assert_eq!(reading.sudden, 3 * 32_768 * 32_768);
    }
}
