//! Numbers as they are reported: rounded once, then only ever copied.

use std::fmt;

use serde::{Serialize, Serializer};

/// Finest place a reported number has: a thousandth of its unit.
const EXPONENT_MIN: i8 = -3;
/// Coarsest place a reported number has.
const EXPONENT_MAX: i8 = 6;

/// A decimal number with a fixed last place: `coefficient * 10^exponent`.
///
/// The same value is judged, printed and serialised, so that a reader who repeats the arithmetic
/// on paper comes to the same verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    coefficient: i64,
    exponent: i8,
}

impl Decimal {
    /// `value` rounded to the place `10^exponent`, halves away from zero.
    ///
    /// None when the value is not finite or too large, or the place is outside `-3 ..= 6`.
    #[must_use]
    pub fn rounded(value: f64, exponent: i8) -> Option<Self> {
        if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
            return None;
        }
        // One of the two powers is 1, which changes nothing.
        let places = power_of_ten(exponent.min(0).unsigned_abs());
        let scaled = value * places / power_of_ten(exponent.max(0).unsigned_abs());
        Some(Self {
            coefficient: whole(scaled)?,
            exponent,
        })
    }

    /// A whole number.
    #[must_use]
    pub const fn integer(value: i64) -> Self {
        Self {
            coefficient: value,
            exponent: 0,
        }
    }

    /// The value in thousandths of its unit, exactly.
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        let mut value = self.coefficient;
        let mut left = self.exponent - EXPONENT_MIN;
        while left > 0 {
            value = value.saturating_mul(10);
            left -= 1;
        }
        value
    }

    /// The value for plotting.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        float(self.thousandths()) / 1_000.0
    }

    /// Digits behind the decimal point.
    #[must_use]
    pub fn places(self) -> u8 {
        self.exponent.min(0).unsigned_abs()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exponent >= 0 {
            return write!(f, "{}", self.thousandths() / 1_000);
        }
        let places = usize::from(self.places());
        let digits = format!(
            "{:0width$}",
            self.coefficient.unsigned_abs(),
            width = places + 1
        );
        let (whole, part) = digits.split_at(digits.len() - places);
        let sign = if self.coefficient < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{part}")
    }
}

impl Serialize for Decimal {
    /// A number whose shortest form has the same digits as the printed one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.exponent >= 0 {
            serializer.serialize_i64(self.thousandths() / 1_000)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

/// A result and its expanded uncertainty: the uncertainty to two significant digits (no finer than
/// a thousandth), the result to the same place.
///
/// None when either is not finite or the uncertainty is not positive: a result without an
/// uncertainty is not reported at all.
#[must_use]
pub fn round_pair(value: f64, expanded: f64) -> Option<(Decimal, Decimal)> {
    if !(expanded.is_finite() && expanded > 0.0) {
        return None;
    }
    let scientific = format!("{expanded:.1e}");
    let (_, exponent) = scientific.split_once('e')?;
    let leading: i32 = exponent.parse().ok()?;
    let place = i8::try_from(leading - 1).ok()?.max(EXPONENT_MIN);
    Some((
        Decimal::rounded(value, place)?,
        Decimal::rounded(expanded, place)?,
    ))
}

/// Whole number nearest to a value, halves away from zero; none outside the exact range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and its magnitude is checked to be below 2^53"
)]
pub(crate) fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let rounded = value.round();
    (rounded.abs() < EXACT).then_some(rounded as i64)
}

/// A whole number as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums of some hundred readings stay far below 2^53, where every integer is exact"
)]
pub(crate) fn float(value: i64) -> f64 {
    value as f64
}

/// Quotient rounded away from zero, so that no limit is met by rounding; `bottom` is positive.
pub(crate) fn away(top: i128, bottom: i128) -> i64 {
    let size = top.unsigned_abs().div_ceil(bottom.unsigned_abs());
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if top.is_negative() { -size } else { size }
}

fn power_of_ten(exponent: u8) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::{Decimal, away, round_pair, whole};
    use proptest::prelude::{any, proptest};

    fn pair(value: f64, expanded: f64) -> (String, String) {
        let (value, expanded) = round_pair(value, expanded).unwrap();
        (value.to_string(), expanded.to_string())
    }

    fn strings(value: &str, expanded: &str) -> (String, String) {
        (value.to_owned(), expanded.to_owned())
    }

    #[test]
    fn uncertainty_has_two_digits_and_the_result_the_same_place() {
        assert_eq!(pair(-8.44, 21.7), strings("-8", "22"));
        assert_eq!(pair(12.345, 1.449), strings("12.3", "1.4"));
        assert_eq!(pair(1234.0, 218.0), strings("1230", "220"));
        assert_eq!(pair(0.123_49, 0.099_6), strings("0.12", "0.10"));
        assert_eq!(pair(-0.04, 9.96), strings("0", "10"));
        assert_eq!(pair(-0.4, 0.021), strings("-0.400", "0.021"));
    }

    #[test]
    fn no_uncertainty_no_result() {
        assert_eq!(round_pair(1.0, 0.0), None);
        assert_eq!(round_pair(1.0, -1.0), None);
        assert_eq!(round_pair(1.0, f64::NAN), None);
        assert_eq!(round_pair(f64::INFINITY, 1.0), None);
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(Decimal::rounded(2.5, 0).unwrap().to_string(), "3");
        assert_eq!(Decimal::rounded(-2.5, 0).unwrap().to_string(), "-3");
        assert_eq!(Decimal::rounded(-0.05, -1).unwrap().to_string(), "-0.1");
        assert_eq!(whole(1e17), None);
        // 2^53 and its neighbour are the same float as others; below, each whole number is its own.
        for sign in [1, -1] {
            let last = 9_007_199_254_740_991_i64;
            assert_eq!(
                whole(9_007_199_254_740_991.0 * f64::from(sign)),
                Some(last * i64::from(sign))
            );
            assert_eq!(whole(9_007_199_254_740_992.0 * f64::from(sign)), None);
        }
    }

    #[test]
    fn what_is_judged_is_rounded_away_from_zero() {
        for (top, rounded) in [(0, 0), (1, 1), (6, 1), (7, 1), (8, 2), (14, 2)] {
            assert_eq!((away(top, 7), away(-top, 7)), (rounded, -rounded), "{top}");
        }
        assert_eq!(away(i128::MAX, 1), i64::MAX);
        assert_eq!(away(i128::MIN, 1), -i64::MAX);
    }

    #[test]
    fn json_has_the_printed_digits() {
        for (value, place) in [(0.021, -3), (12.3, -1), (-8.0, 0), (1230.0, 1)] {
            let decimal = Decimal::rounded(value, place).unwrap();
            let json: f64 =
                serde_json::from_str(&serde_json::to_string(&decimal).unwrap()).unwrap();
            assert!((json - decimal.to_string().parse::<f64>().unwrap()).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn rounding_moves_a_value_by_at_most_half_a_place(value in -1e6_f64..1e6, place in -3_i8..=3) {
            let rounded = Decimal::rounded(value, place).unwrap();
            let step = 10_f64.powi(i32::from(place));
            assert!((rounded.to_f64() - value).abs() <= step * 0.5 + 1e-9);
            let printed: f64 = rounded.to_string().parse().unwrap();
            assert!((printed - rounded.to_f64()).abs() < 1e-9);
        }

        #[test]
        fn never_panics(value in any::<f64>(), expanded in any::<f64>(), place in any::<i8>()) {
            let _ = Decimal::rounded(value, place).map(|d| (d.to_string(), d.thousandths()));
            let _ = round_pair(value, expanded).map(|(a, b)| (a.to_string(), b.to_string()));
        }
    }
}
