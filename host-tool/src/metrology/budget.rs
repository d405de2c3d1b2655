//! The uncertainty budget of one depth point.

use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::measure::Repeatability;
use super::student::coverage_factor;

/// What is known about the rig besides the readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct BudgetInputs {
    /// Expanded uncertainty on the gauge's own certificate. Unit: nm.
    pub reference_expanded_nm: u32,
    /// Coverage factor on that certificate, in hundredths: 200 is k = 2.
    pub reference_k_hundredths: u32,
    /// Effective degrees of freedom on that certificate; none when it states none, which is taken as
    /// very many.
    pub reference_dof: Option<u32>,
    /// One step of the gauge. Unit: nm.
    pub gauge_resolution_nm: u32,
    /// One step of the pen's indication. Unit: nm.
    pub pen_resolution_nm: u32,
    /// Standard uncertainty (k = 1) from seating cartridges anew and from their spread. Unit: nm.
    pub seating_standard_nm: u32,
    /// Largest distance of the temperature from the reference temperature. Unit: mK.
    pub temperature_halfwidth_mk: u32,
    /// Drift of the indication with temperature. Unit: nm per K.
    pub drift_nm_per_k: u32,
}

/// What is assumed about where a value lies within its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Known from repeats, or stated with a coverage factor.
    Normal,
    /// Anywhere within the bounds with the same chance.
    Rectangular,
}

impl Distribution {
    /// The word printed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Rectangular => "rectangular",
        }
    }
}

/// One line of a budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// What it comes from.
    pub source: &'static str,
    /// `A` from repeats, `B` from other knowledge (GUM 4.2, 4.3).
    pub evaluation: char,
    /// The bound, standard deviation or expanded uncertainty it starts from. Unit: um (% for rate).
    pub estimate: f64,
    /// What that number is, in words.
    pub estimate_is: &'static str,
    /// Distribution assumed.
    pub distribution: Distribution,
    /// What the estimate is divided by.
    pub divisor: f64,
    /// Standard uncertainty (k = 1). Unit: as the estimate.
    pub standard: f64,
    /// Degrees of freedom; none means so many that they do not count.
    pub dof: Option<u32>,
    /// Part of the combined variance. Unit: %.
    pub share_percent: f64,
}

/// Components, their sum, and the expanded uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// The lines, in a fixed order.
    pub components: Vec<Component>,
    /// Combined standard uncertainty.
    pub combined: f64,
    /// Effective degrees of freedom (Welch-Satterthwaite); none when they do not count.
    pub effective_dof: Option<f64>,
    /// Coverage factor for about 95 % with these degrees of freedom, to two places.
    pub k: Decimal,
    /// Expanded uncertainty, `k` times the combined one.
    pub expanded: f64,
}

/// What is assumed of an estimate before it is divided.
pub(crate) struct Line {
    pub(crate) source: &'static str,
    pub(crate) estimate: f64,
    pub(crate) estimate_is: &'static str,
    pub(crate) distribution: Distribution,
    pub(crate) divisor: f64,
    /// `A` from repeats, `B` from other knowledge.
    pub(crate) evaluation: char,
    pub(crate) dof: Option<u32>,
}

impl Line {
    /// Half-width of a rectangular distribution.
    pub(crate) fn halfwidth(
        source: &'static str,
        estimate: f64,
        estimate_is: &'static str,
    ) -> Self {
        Self {
            source,
            estimate,
            estimate_is,
            distribution: Distribution::Rectangular,
            divisor: 3.0_f64.sqrt(),
            evaluation: 'B',
            dof: None,
        }
    }

    /// A normal estimate that is `divisor` standard uncertainties.
    pub(crate) fn normal(
        source: &'static str,
        estimate: f64,
        estimate_is: &'static str,
        divisor: f64,
    ) -> Self {
        let distribution = Distribution::Normal;
        Self {
            source,
            estimate,
            estimate_is,
            distribution,
            divisor,
            evaluation: 'B',
            dof: None,
        }
    }
}

impl Line {
    /// The mean of `n` repeats, from the standard deviation of one of them.
    pub(crate) fn mean(
        source: &'static str,
        s: f64,
        estimate_is: &'static str,
        n: u32,
        dof: u32,
    ) -> Self {
        Self {
            source,
            estimate: s,
            estimate_is,
            distribution: Distribution::Normal,
            divisor: f64::from(n.max(1)).sqrt(),
            evaluation: 'A',
            dof: Some(dof),
        }
    }

    /// The same line, known with so many degrees of freedom.
    pub(crate) fn with_dof(self, dof: Option<u32>) -> Self {
        Self { dof, ..self }
    }
}

impl Budget {
    /// Sums up lines whose sensitivity is one and which do not depend on each other.
    pub(crate) fn of(lines: Vec<Line>) -> Self {
        let variance: f64 = lines
            .iter()
            .map(|line| square(line.estimate / line.divisor))
            .sum();
        let combined = variance.sqrt();
        let share = |standard: f64| {
            if variance > 0.0 {
                100.0 * square(standard) / variance
            } else {
                0.0
            }
        };
        let components: Vec<Component> = lines
            .into_iter()
            .map(|line| {
                let standard = line.estimate / line.divisor;
                Component {
                    source: line.source,
                    evaluation: line.evaluation,
                    estimate: line.estimate,
                    estimate_is: line.estimate_is,
                    distribution: line.distribution,
                    divisor: line.divisor,
                    standard,
                    dof: line.dof,
                    share_percent: share(standard),
                }
            })
            .collect();
        let spread: f64 = components
            .iter()
            .filter_map(|line| Some(square(square(line.standard)) / f64::from(line.dof?)))
            .sum();
        let effective_dof = (spread > 0.0).then(|| square(variance) / spread);
        let k = coverage_factor(effective_dof);
        Self {
            components,
            combined,
            effective_dof,
            k,
            expanded: k.to_f64() * combined,
        }
    }
}

/// The budget of a point with `n` readings and the given hysteresis.
#[must_use]
pub fn depth_budget(
    inputs: &BudgetInputs,
    repeatability: Repeatability,
    n: u32,
    hysteresis_um: f64,
) -> Budget {
    let um = |nm: u32| f64::from(nm) / 1_000.0;
    let temperature =
        um(inputs.drift_nm_per_k) * f64::from(inputs.temperature_halfwidth_mk) / 1_000.0;
    Budget::of(vec![
        Line::mean(
            "Repeatability of the mean",
            repeatability.s,
            "pooled s of one reading",
            n,
            repeatability.dof,
        ),
        Line::normal(
            "Reference gauge",
            um(inputs.reference_expanded_nm),
            "U on its certificate",
            f64::from(inputs.reference_k_hundredths) / 100.0,
        )
        .with_dof(inputs.reference_dof),
        Line::halfwidth(
            "Resolution of the gauge",
            um(inputs.gauge_resolution_nm) / 2.0,
            "half a step",
        ),
        Line::halfwidth(
            "Resolution of the pen",
            um(inputs.pen_resolution_nm) / 2.0,
            "half a step",
        ),
        Line::normal(
            "Seating and cartridge",
            um(inputs.seating_standard_nm),
            "standard deviation",
            1.0,
        ),
        Line::halfwidth(
            "Hysteresis",
            hysteresis_um.abs() / 2.0,
            "half the difference",
        ),
        Line::halfwidth("Temperature", temperature, "drift times largest distance"),
    ])
}

fn square(value: f64) -> f64 {
    value * value
}

/// The rig of tests: a gauge of 4 um at k = 2 and steps of 1 um.
#[cfg(test)]
pub(crate) const RIG: BudgetInputs = BudgetInputs {
    reference_expanded_nm: 4_000,
    reference_k_hundredths: 200,
    reference_dof: None,
    gauge_resolution_nm: 1_000,
    pen_resolution_nm: 1_000,
    seating_standard_nm: 8_000,
    temperature_halfwidth_mk: 2_000,
    drift_nm_per_k: 1_500,
};

#[cfg(test)]
mod tests {
    use super::{BudgetInputs, Distribution, RIG, depth_budget};
    use crate::metrology::measure::Repeatability;
    use proptest::prelude::proptest;

    #[test]
    fn budget_of_known_numbers() {
        let budget = depth_budget(&RIG, Repeatability { s: 5.0, dof: 28 }, 6, 12.0);
        let variance: f64 =
            25.0 / 6.0 + 4.0 + 1.0 / 12.0 + 1.0 / 12.0 + 64.0 + 36.0 / 3.0 + 9.0 / 3.0;
        assert!((budget.combined - variance.sqrt()).abs() < 1e-9);
        assert!((budget.expanded - 2.0 * variance.sqrt()).abs() < 1e-9);
        // 11 thousand effective degrees of freedom.
        assert_eq!(budget.k.to_string(), "2.00");
        let dof = variance * variance / (square(25.0 / 6.0) / 28.0);
        assert!((budget.effective_dof.unwrap() - dof).abs() < 1e-6);
        let shares: f64 = budget
            .components
            .iter()
            .map(|line| line.share_percent)
            .sum();
        assert!((shares - 100.0).abs() < 1e-9);
        assert_eq!(
            budget
                .components
                .iter()
                .filter(|line| line.evaluation == 'A')
                .count(),
            1
        );
    }

    #[test]
    fn nothing_known_gives_nothing() {
        let zero = BudgetInputs {
            reference_expanded_nm: 0,
            gauge_resolution_nm: 0,
            pen_resolution_nm: 0,
            seating_standard_nm: 0,
            temperature_halfwidth_mk: 0,
            ..RIG
        };
        let budget = depth_budget(&zero, Repeatability { s: 0.0, dof: 1 }, 2, 0.0);
        assert!(budget.expanded.abs() < f64::EPSILON);
        assert_eq!(budget.effective_dof, None);
        let shares = budget.components.iter().map(|line| line.share_percent);
        assert!(shares.eq([0.0; 7]));
    }

    #[test]
    fn words_of_distributions_are_those_of_the_guides() {
        assert_eq!(Distribution::Normal.word(), "normal");
        assert_eq!(Distribution::Rectangular.word(), "rectangular");
    }

    fn square(value: f64) -> f64 {
        value * value
    }

    proptest! {
        #[test]
        fn no_component_ever_makes_it_better(s in 0.0_f64..50.0, h in -60.0_f64..60.0, more in 0.1_f64..20.0) {
            // A larger line of type B makes u larger; U may shrink a little, as k does.
            let at = |s, h| depth_budget(&RIG, Repeatability { s, dof: 10 }, 6, h).combined;
            let expanded = |s| depth_budget(&RIG, Repeatability { s, dof: 10 }, 6, h).expanded;
            assert!(expanded(s + more) > expanded(s));
            assert!(at(s + more, h) > at(s, h));
            assert!(at(s, h.abs() + more) > at(s, h));
            assert!((at(s, h) - at(s, -h)).abs() < 1e-12);
        }
    }
}
