//! Which settings are measured: a full set, and a short one for less typing.

use serde::{Deserialize, Serialize};

use super::observer::Phase;
use crate::metrology::{Budget, BudgetInputs, PointRole, Repeatability, depth_budget};

/// A set of points. Ring settings lie from just inside the rim to just below the stroke, closer
/// where treatments happen; one of them, 1250 um, is kept from the fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Points {
    /// 9 ring settings, 3 rates, each state: 63 readings with 3 repeats.
    #[default]
    Full,
    /// 8 ring settings, 2 rates as found, 3 and 2 as left: 38 and 18 readings with 2 repeats.
    Short,
}

use PointRole::{Calibration as C, Verification as V};

const FULL: [(i32, PointRole); 9] = [
    (-50, C),
    (250, C),
    (500, C),
    (750, C),
    (1_000, C),
    (1_250, V),
    (1_500, C),
    (2_000, C),
    (2_400, C),
];

/// Seven for the fit, which takes no fewer.
const SHORT: [(i32, PointRole); 8] = [
    (-50, C),
    (250, C),
    (500, C),
    (1_000, C),
    (1_250, V),
    (1_500, C),
    (2_000, C),
    (2_400, C),
];

/// Both ends and the one that the fit has not seen.
const SHORT_LEFT: [(i32, PointRole); 3] = [(-50, C), (1_250, V), (2_400, C)];

/// Scatter of a single reading with which sets are compared beforehand. Unit: um.
pub const ASSUMED_SCATTER_UM: u32 = 10;

impl Points {
    /// Its name, as it is asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
        }
    }

    /// Ring settings in rising order. Unit: um.
    #[must_use]
    pub const fn depth(self, phase: Phase) -> &'static [(i32, PointRole)] {
        match (self, phase) {
            (Self::Full, Phase::AsFound | Phase::AsLeft) => &FULL,
            (Self::Short, Phase::AsFound) => &SHORT,
            (Self::Short, Phase::AsLeft) => &SHORT_LEFT,
        }
    }

    /// Rates in rising order; Service mode allows up to 80 Hz. Unit: Hz.
    #[must_use]
    pub const fn rates(self) -> &'static [u32] {
        match self {
            Self::Full => &[50, 65, 80],
            Self::Short => &[50, 80],
        }
    }

    /// Rates at which the motor current is measured, in rising order, the first at rest. Unit: Hz.
    #[must_use]
    pub const fn currents(self) -> &'static [u32] {
        match self {
            Self::Full => &[0, 50, 65, 80],
            Self::Short => &[0, 50, 80],
        }
    }

    /// Repeats at each point and direction when nobody says otherwise.
    #[must_use]
    pub const fn repeats(self) -> u8 {
        match self {
            Self::Full => 3,
            Self::Short => 2,
        }
    }

    /// The budget of a depth as found that can be expected of this set with these instruments, if
    /// single readings scatter by [`ASSUMED_SCATTER_UM`] and there is no hysteresis.
    #[must_use]
    pub fn expected(self, inputs: &BudgetInputs, repeats: u8) -> Budget {
        let settings = u32::try_from(self.depth(Phase::AsFound).len()).unwrap_or(1);
        let repeats = u32::from(repeats);
        let repeatability = Repeatability {
            s: f64::from(ASSUMED_SCATTER_UM),
            dof: settings * 2 * repeats.saturating_sub(1),
        };
        depth_budget(inputs, repeatability, 2 * repeats, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, PointRole, Points};
    use crate::metrology::Component;
    use crate::metrology::budget::RIG;

    #[test]
    fn what_can_be_expected_of_a_set_is_the_budget_of_all_its_repeats() {
        // 10 um of scatter over the root of 6 and of 4 readings; a degree of freedom for each repeat at each of 9
        // and 8 settings, either way.
        for (points, repeats, standard, dof) in [
            (Points::Full, 3, 4.082_483, 36),
            (Points::Short, 2, 5.0, 16),
        ] {
            let expected = points.expected(&RIG, repeats);
            let repeated = |line: &&Component| line.evaluation == 'A';
            let line = expected.components.iter().find(repeated).unwrap();
            assert!(
                (line.standard - standard).abs() < 1e-6,
                "{points:?}: {line:?}"
            );
            assert_eq!(line.dof, Some(dof), "{points:?}");
            let others: f64 = expected
                .components
                .iter()
                .filter(|other| other.evaluation == 'B')
                .map(|other| other.standard * other.standard)
                .sum();
            assert!(others > 0.0, "{points:?}");
            let combined = (standard * standard + others).sqrt();
            assert!(
                (expected.combined - combined).abs() < 1e-6,
                "{points:?}: {expected:?}"
            );
        }
    }

    #[test]
    fn every_set_feeds_the_fit_checks_it_and_spans_the_stroke() {
        for points in [Points::Full, Points::Short] {
            for phase in [Phase::AsFound, Phase::AsLeft] {
                let settings = points.depth(phase);
                let verified = settings
                    .iter()
                    .filter(|(_, role)| *role == PointRole::Verification);
                assert_eq!(verified.count(), 1, "{points:?} {phase:?}");
                assert_eq!(settings.first().unwrap().0, -50);
                assert_eq!(settings.last().unwrap().0, 2_400);
                assert!(settings.windows(2).all(|pair| pair[0].0 < pair[1].0));
            }
            // The fit takes seven or more, the clock two rates.
            let fitted = points.depth(Phase::AsFound).len() - 1;
            assert!(fitted >= 7 && points.rates().len() >= 2, "{points:?}");
        }
    }
}
