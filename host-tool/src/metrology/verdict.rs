//! Conformity: four words, one guard band, agreed before measuring.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Ratio of tolerance to uncertainty below which a report carries a warning.
///
/// Source: customary 4:1 target of test uncertainty ratio.
pub const TUR_TARGET: i64 = 4;

/// Non-binary statement of conformity, from best to worst (ILAC-G8:09/2019 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Inside the tolerance by at least the guard band.
    Pass,
    /// Inside the tolerance, but within the guard band of its limit.
    ConditionalPass,
    /// Outside the tolerance, but within the guard band of its limit.
    ConditionalFail,
    /// Outside the tolerance by more than the guard band.
    Fail,
}

/// Symbol and word.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.symbol(), self.word())
    }
}

impl Verdict {
    /// Every verdict, from best to worst.
    pub const ALL: [Self; 4] = [
        Self::Pass,
        Self::ConditionalPass,
        Self::ConditionalFail,
        Self::Fail,
    ];

    /// The word printed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::ConditionalPass => "Conditional pass",
            Self::ConditionalFail => "Conditional fail",
            Self::Fail => "Fail",
        }
    }

    /// The symbol printed beside the word; no two look alike without colour.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Pass => "\u{2714}",
            Self::ConditionalPass => "\u{25b3}",
            Self::ConditionalFail => "\u{25b2}",
            Self::Fail => "\u{2716}",
        }
    }

    /// Whether it is a plain pass, the only verdict that ends a calibration well.
    #[must_use]
    pub const fn is_pass(self) -> bool {
        matches!(self, Self::Pass)
    }
}

/// On which side of zero the guard band applies. The unsafe side (deeper, faster) always has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardedSides {
    /// On both sides.
    #[default]
    Both,
    /// On the unsafe side; the other one is accepted up to the tolerance.
    UnsafeOnly,
}

/// What was agreed before measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionRule {
    /// Tolerance limit, either way, in thousandths of the unit of the result.
    pub tolerance_thousandths: u32,
    /// Where the guard band of width U applies.
    pub guarded: GuardedSides,
}

impl DecisionRule {
    /// Depth: +-100 um, guarded on both sides. Source: `docs/calibration.md`.
    pub const DEPTH: Self = Self {
        tolerance_thousandths: 100_000,
        guarded: GuardedSides::Both,
    };
    /// Rate: +-5 % of the set rate, guarded on both sides. Source: `docs/calibration.md`.
    pub const RATE: Self = Self {
        tolerance_thousandths: 5_000,
        guarded: GuardedSides::Both,
    };

    /// Motor current at rest: +-40 mA, guarded on both sides. Source: `docs/calibration.md`.
    pub const CURRENT_REST: Self = Self {
        tolerance_thousandths: 40_000,
        guarded: GuardedSides::Both,
    };
    /// Rise of the motor current from rest: +-15 % of the rise, guarded on both sides. Source:
    /// `docs/calibration.md`.
    pub const CURRENT_RISE: Self = Self {
        tolerance_thousandths: 15_000,
        guarded: GuardedSides::Both,
    };

    /// The tolerance in the unit of the result, for plots.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        f64::from(self.tolerance_thousandths) / 1_000.0
    }
}

/// The verdict on a deviation, with a guard band as wide as the expanded uncertainty.
///
/// All three in the same unit; exact, no rounding takes place. A guard band wider than the
/// tolerance leaves nothing that passes: a rig that poor cannot say "pass".
#[must_use]
pub fn judge(deviation: i64, expanded: u32, tolerance: u32, guarded: GuardedSides) -> Verdict {
    let (expanded, tolerance) = (i64::from(expanded), i64::from(tolerance));
    let is_guarded = deviation >= 0 || guarded == GuardedSides::Both;
    let guard = if is_guarded { expanded } else { 0 };
    let size = deviation.saturating_abs();
    if size <= tolerance - guard {
        Verdict::Pass
    } else if size <= tolerance {
        Verdict::ConditionalPass
    } else if size <= tolerance + guard {
        Verdict::ConditionalFail
    } else {
        Verdict::Fail
    }
}

#[cfg(test)]
mod tests {
    use super::GuardedSides::{Both, UnsafeOnly};
    use super::Verdict::{ConditionalFail, ConditionalPass, Fail, Pass};
    use super::{DecisionRule, Verdict, judge};
    use proptest::prelude::{any, proptest};

    #[test]
    fn limits_are_the_published_ones() {
        assert_eq!(DecisionRule::DEPTH.tolerance_thousandths, 100 * 1_000);
        assert_eq!(DecisionRule::RATE.tolerance_thousandths, 5 * 1_000);
        assert_eq!(DecisionRule::CURRENT_REST.tolerance_thousandths, 40 * 1_000);
        assert_eq!(DecisionRule::CURRENT_RISE.tolerance_thousandths, 15 * 1_000);
        assert_eq!(super::TUR_TARGET, 4);
        assert!((DecisionRule::DEPTH.tolerance() - 100.0).abs() < 1e-12);
        assert!((DecisionRule::RATE.tolerance() - 5.0).abs() < 1e-12);
    }

    #[test]
    fn only_a_plain_pass_is_one() {
        let passes = Verdict::ALL.map(Verdict::is_pass);
        assert_eq!(passes, [true, false, false, false]);
    }

    #[test]
    fn boundaries_are_exact() {
        for sign in [1, -1] {
            let at = |size: i64| judge(sign * size, 22_000, 100_000, Both);
            assert_eq!(at(0), Pass);
            assert_eq!(at(77_999), Pass);
            assert_eq!(at(78_000), Pass);
            assert_eq!(at(78_001), ConditionalPass);
            assert_eq!(at(100_000), ConditionalPass);
            assert_eq!(at(100_001), ConditionalFail);
            assert_eq!(at(122_000), ConditionalFail);
            assert_eq!(at(122_001), Fail);
        }
    }

    #[test]
    fn deep_side_stays_guarded_when_the_shallow_side_is_not() {
        assert_eq!(judge(78_001, 22_000, 100_000, UnsafeOnly), ConditionalPass);
        assert_eq!(judge(122_001, 22_000, 100_000, UnsafeOnly), Fail);
        assert_eq!(judge(-100_000, 22_000, 100_000, UnsafeOnly), Pass);
        assert_eq!(judge(-100_001, 22_000, 100_000, UnsafeOnly), Fail);
    }

    #[test]
    fn a_poor_rig_passes_nothing() {
        assert_eq!(judge(0, 100_000, 100_000, Both), Pass);
        assert_eq!(judge(0, 100_001, 100_000, Both), ConditionalPass);
        assert_eq!(judge(i64::MIN, u32::MAX, u32::MAX, Both), Fail);
    }

    #[test]
    fn words_and_symbols_differ() {
        for (i, one) in Verdict::ALL.iter().enumerate() {
            for other in &Verdict::ALL[i + 1..] {
                assert_ne!(one.word(), other.word());
                assert_ne!(one.symbol(), other.symbol());
                assert!(one < other);
            }
        }
    }

    proptest! {
        #[test]
        fn further_out_is_never_better(a in any::<i32>(), step in any::<u16>(), u in 0_u32..200_000) {
            let near = i64::from(a);
            let far = if near < 0 { near - i64::from(step) } else { near + i64::from(step) };
            for guarded in [Both, UnsafeOnly] {
                assert!(judge(near, u, 100_000, guarded) <= judge(far, u, 100_000, guarded));
            }
        }

        #[test]
        fn more_uncertainty_never_turns_a_doubt_into_a_pass(d in -200_000_i64..200_000, u in 0_u32..90_000) {
            let (sure, unsure) = (judge(d, u, 100_000, Both), judge(d, u + 1_000, 100_000, Both));
            assert!(sure.is_pass() || !unsure.is_pass());
        }
    }
}
