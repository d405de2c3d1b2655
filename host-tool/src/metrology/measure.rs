//! What was read at one ring setting, and its statistics.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::decimal::float;

/// Which way the ring was turned to reach a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From shallow to deep.
    Deepening,
    /// From deep to shallow.
    Shallowing,
}

impl Direction {
    /// The word printed in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deepening => "deepening",
            Self::Shallowing => "shallowing",
        }
    }
}

/// Whether a setting takes part in the fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PointRole {
    /// The fit uses it.
    Calibration,
    /// Kept from the fit, to check it.
    Verification,
}

/// One repeat: the gauge and the pen, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Reading {
    /// Protrusion by the reference gauge. Unit: um.
    pub reference_um: i32,
    /// Protrusion the pen indicates. Unit: um.
    pub indicated_um: i32,
    /// Raw value of depth channel A. Unit: counts.
    pub counts_a: u16,
    /// Raw value of depth channel B. Unit: counts.
    pub counts_b: u16,
}

impl Reading {
    /// Reference minus indication; positive when the needles are deeper than the pen says.
    #[must_use]
    pub const fn deviation_um(&self) -> i32 {
        self.reference_um.saturating_sub(self.indicated_um)
    }
}

/// All that was read at one ring setting.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Point {
    /// The setting asked for. Unit: um.
    pub nominal_um: i32,
    /// Whether the fit uses it.
    pub role: PointRole,
    /// Repeats reached from the shallow side.
    pub deepening: Vec<Reading>,
    /// Repeats reached from the deep side.
    pub shallowing: Vec<Reading>,
}

/// Why a run of measurements cannot be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum MeasureError {
    /// There are no points.
    #[error("no points were measured; at least 1 is needed")]
    NoPoints,
    /// A direction has too few repeats to know how well it repeats.
    #[error(
        "at {nominal} there are {asked} repeats in one direction; at least {allowed} are needed"
    )]
    TooFewRepeats {
        /// The setting. Unit: um or mHz.
        nominal: i32,
        /// Repeats there are.
        asked: u32,
        /// Fewest allowed.
        allowed: u32,
    },
    /// The budget gives no usable uncertainty, so no result may be stated.
    #[error(
        "the uncertainty at {nominal} is zero or not a number; state the reference's uncertainty"
    )]
    NoUncertainty {
        /// The setting. Unit: um or mHz.
        nominal: i32,
    },
    /// The readings do not reach over the settings that were asked for.
    #[error(
        "the {what} covers {asked} um of the {nominal} um between the first and the last setting; at least \
         {allowed} um are needed: was the ring turned?"
    )]
    NotSpanned {
        /// Gauge or indication.
        what: &'static str,
        /// What is covered. Unit: um.
        asked: i32,
        /// Least that is accepted. Unit: um.
        allowed: i32,
        /// From the first to the last setting. Unit: um.
        nominal: i32,
    },
    /// The meter shows no more with the motor turning than at rest.
    #[error(
        "the meter shows {} mA more with the motor turning than at rest; at least {} mA are needed: is it in \
         the motor's lead?",
        f64::from(*.asked_ua) / 1_000.0,
        f64::from(*.allowed_ua) / 1_000.0
    )]
    NotDrawn {
        /// What it shows more at a rate. Unit: uA.
        asked_ua: i32,
        /// Least that is accepted. Unit: uA.
        allowed_ua: i32,
    },
    /// A rate of zero cannot be compared.
    #[error("a set rate of 0 cannot be measured; at least 1 mHz is needed")]
    ZeroRate,
}

/// Fewest repeats in each direction.
pub const REPEATS_MIN: u32 = 2;

/// Number, mean, scatter and extremes of some whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// How many.
    pub n: u32,
    /// Arithmetic mean.
    pub mean: f64,
    /// Experimental standard deviation of one value; none for a single value.
    pub s: Option<f64>,
    /// Smallest.
    pub min: i32,
    /// Largest.
    pub max: i32,
}

impl Stats {
    /// Statistics of `values`; none when there are none.
    #[must_use]
    pub fn of(values: &[i32]) -> Option<Self> {
        let n = u32::try_from(values.len()).ok()?;
        let (min, max) = (*values.iter().min()?, *values.iter().max()?);
        let sum: i64 = values.iter().map(|value| i64::from(*value)).sum();
        let count = f64::from(n);
        let s = (n > 1).then(|| (sum_of_squares(values) / (count - 1.0)).sqrt());
        Some(Self {
            n,
            mean: float(sum) / count,
            s,
            min,
            max,
        })
    }
}

/// Sum of squared distances from the mean, from exact sums.
fn sum_of_squares(values: &[i32]) -> f64 {
    let n = i128::try_from(values.len()).unwrap_or(1).max(1);
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    let squares: i128 = values.iter().map(|value| i128::from(*value).pow(2)).sum();
    let scaled = n * squares - sum * sum;
    i64::try_from(scaled).map_or(f64::INFINITY, float) / i64::try_from(n).map_or(1.0, float)
}

/// The statistics of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PointSummary {
    /// The setting. Unit: um.
    pub nominal_um: i32,
    /// Whether the fit uses it.
    pub role: PointRole,
    /// Readings in all.
    pub n: u32,
    /// Mean of the gauge over both directions, each direction with the same weight. Unit: um.
    pub reference_mean_um: f64,
    /// Mean of the indication, likewise. Unit: um.
    pub indicated_mean_um: f64,
    /// Mean deviation, likewise. Unit: um.
    pub deviation_um: f64,
    /// Deviation while deepening. Unit: um.
    pub deepening: Stats,
    /// Deviation while shallowing. Unit: um.
    pub shallowing: Stats,
    /// Mean deviation deepening minus mean deviation shallowing. Unit: um.
    pub hysteresis_um: f64,
}

impl Point {
    /// The statistics of this setting.
    ///
    /// # Errors
    /// [`MeasureError::TooFewRepeats`] when a direction has fewer than [`REPEATS_MIN`].
    pub fn summary(&self) -> Result<PointSummary, MeasureError> {
        let deviation = Reading::deviation_um;
        let deepening = self.stats(&self.deepening, deviation)?;
        let shallowing = self.stats(&self.shallowing, deviation)?;
        let both = |read: fn(&Reading) -> i32| -> Result<f64, MeasureError> {
            let deep = self.stats(&self.deepening, read)?;
            Ok(f64::midpoint(
                deep.mean,
                self.stats(&self.shallowing, read)?.mean,
            ))
        };
        Ok(PointSummary {
            nominal_um: self.nominal_um,
            role: self.role,
            n: deepening.n + shallowing.n,
            reference_mean_um: both(|reading| reading.reference_um)?,
            indicated_mean_um: both(|reading| reading.indicated_um)?,
            deviation_um: f64::midpoint(deepening.mean, shallowing.mean),
            deepening,
            shallowing,
            hysteresis_um: deepening.mean - shallowing.mean,
        })
    }

    /// The readings of one direction.
    #[must_use]
    pub fn readings(&self, direction: Direction) -> &[Reading] {
        match direction {
            Direction::Deepening => &self.deepening,
            Direction::Shallowing => &self.shallowing,
        }
    }

    fn stats(&self, readings: &[Reading], of: fn(&Reading) -> i32) -> Result<Stats, MeasureError> {
        let values: Vec<i32> = readings.iter().map(of).collect();
        Stats::of(&values)
            .filter(|stats| stats.n >= REPEATS_MIN)
            .ok_or_else(|| MeasureError::TooFewRepeats {
                nominal: self.nominal_um,
                asked: u32::try_from(values.len()).unwrap_or(u32::MAX),
                allowed: REPEATS_MIN,
            })
    }
}

/// Scatter pooled over every setting and direction of a run, so that hysteresis, which has a
/// component of its own, is not counted twice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repeatability {
    /// Pooled experimental standard deviation of one reading.
    pub s: f64,
    /// Degrees of freedom of `s`.
    pub dof: u32,
}

impl Repeatability {
    /// Pools groups of repeats; none without a single degree of freedom.
    pub fn pooled<'a>(groups: impl Iterator<Item = &'a Stats>) -> Option<Self> {
        let mut squares = 0.0;
        let mut dof = 0_u32;
        for stats in groups {
            let free = stats.n.saturating_sub(1);
            let s = stats.s.unwrap_or(0.0);
            squares += s * s * f64::from(free);
            dof += free;
        }
        (dof > 0).then(|| Self {
            s: (squares / f64::from(dof)).sqrt(),
            dof,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, MeasureError, Point, PointRole, Reading, Repeatability, Stats};
    use proptest::prelude::{prop, proptest};

    fn read(reference_um: i32, indicated_um: i32) -> Reading {
        Reading {
            reference_um,
            indicated_um,
            counts_a: 1_000,
            counts_b: 3_000,
        }
    }

    fn point(deepening: Vec<Reading>, shallowing: Vec<Reading>) -> Point {
        Point {
            nominal_um: 500,
            role: PointRole::Calibration,
            deepening,
            shallowing,
        }
    }

    #[test]
    fn statistics_of_known_numbers() {
        let stats = Stats::of(&[2, 4, 4, 4, 5, 5, 7, 9]).unwrap();
        assert_eq!((stats.n, stats.min, stats.max), (8, 2, 9));
        assert!((stats.mean - 5.0).abs() < 1e-12);
        assert!((stats.s.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(Stats::of(&[]), None);
        assert_eq!(Stats::of(&[3]).unwrap().s, None);
    }

    #[test]
    fn deviation_is_positive_when_needles_are_deeper_than_shown() {
        let summary = point(
            vec![read(540, 500), read(542, 500)],
            vec![read(530, 500), read(532, 500), read(534, 500)],
        )
        .summary()
        .unwrap();
        assert_eq!(summary.n, 5);
        assert!((summary.deviation_um - 36.5).abs() < 1e-12);
        assert!((summary.hysteresis_um - 9.0).abs() < 1e-12);
        assert!((summary.reference_mean_um - 536.5).abs() < 1e-12);
    }

    #[test]
    fn both_directions_need_two_repeats() {
        let two = vec![read(1, 1), read(2, 2)];
        for (deep, shallow, asked) in [
            (two.clone(), vec![], 0),
            (vec![read(1, 1)], two.clone(), 1),
            (vec![], vec![], 0),
        ] {
            let error = point(deep, shallow).summary().unwrap_err();
            assert_eq!(
                error,
                MeasureError::TooFewRepeats {
                    nominal: 500,
                    asked,
                    allowed: 2
                }
            );
        }
        assert!(point(two.clone(), two).summary().is_ok());
    }

    #[test]
    fn pooling_leaves_hysteresis_out() {
        let near = Stats::of(&[0, 2]).unwrap();
        let far = Stats::of(&[100, 102]).unwrap();
        let pooled = Repeatability::pooled([near, far].iter()).unwrap();
        assert_eq!(pooled.dof, 2);
        assert!((pooled.s - 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(
            Repeatability::pooled([Stats::of(&[5]).unwrap()].iter()),
            None
        );
    }

    #[test]
    fn words_of_directions_differ() {
        assert_ne!(Direction::Deepening.word(), Direction::Shallowing.word());
    }

    proptest! {
        #[test]
        fn mean_lies_between_the_extremes(values in prop::collection::vec(-5_000_i32..5_000, 1..40)) {
            let stats = Stats::of(&values).unwrap();
            assert!(f64::from(stats.min) <= stats.mean && stats.mean <= f64::from(stats.max));
            if let Some(s) = stats.s {
                let range = f64::from(stats.max) - f64::from(stats.min);
                assert!(s >= 0.0 && s <= range, "s {s} range {range}");
            }
        }
    }
}
