//! Ranges and ticks.

use super::super::html::signed;

/// A range of values with its label.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Quantity and unit.
    pub(crate) label: String,
    /// Low end.
    pub(crate) min: f64,
    /// High end, above `min`.
    pub(crate) max: f64,
}

impl Axis {
    /// An axis; an empty or upside-down range becomes one unit wide.
    pub(crate) fn new(label: impl Into<String>, min: f64, max: f64) -> Self {
        let max = if max > min { max } else { min + 1.0 };
        Self {
            label: label.into(),
            min,
            max,
        }
    }

    /// Where a value lies between two edges.
    pub(crate) fn place(&self, value: f64, at_min: f64, at_max: f64) -> f64 {
        at_min + (value - self.min) / (self.max - self.min) * (at_max - at_min)
    }

    /// Whether a value lies in the range.
    pub(crate) fn contains(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// About `wanted` ticks at steps of 1, 2 or 5 times a power of ten, with their texts.
    pub(crate) fn ticks(&self, wanted: u32) -> Vec<(f64, String)> {
        let (step, places) = step((self.max - self.min) / f64::from(wanted.max(1)));
        let mut ticks = Vec::new();
        let mut index = (self.min / step).ceil();
        while index * step <= self.max + step * 1e-9 && ticks.len() < 100 {
            let value = index * step;
            let text = format!("{value:.places$}");
            let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
            ticks.push((
                value,
                if is_zero {
                    "0".to_owned()
                } else {
                    signed(text)
                },
            ));
            index += 1.0;
        }
        ticks
    }
}

/// The smallest step of 1, 2 or 5 times a power of ten that is no smaller than `rough`, and the
/// digits it needs behind the point.
fn step(rough: f64) -> (f64, usize) {
    let mut power = 1.0;
    let mut places = 0;
    while power > rough && places < 9 {
        power /= 10.0;
        places += 1;
    }
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= rough * 0.999_999);
    match factor {
        Some(factor) => (factor * power, places),
        None => (10.0 * power, places.saturating_sub(1)),
    }
}

/// A range around all values, widened by a part of itself; at least `least` wide.
pub(crate) fn around(values: impl IntoIterator<Item = f64>, least: f64) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
    let missing = (least - (high - low)).max(0.0) / 2.0;
    let margin = 0.07 * (high - low).max(least);
    (low - missing - margin, high + missing + margin)
}

#[cfg(test)]
mod tests {
    use super::{Axis, around, step};
    use proptest::prelude::proptest;

    fn texts(min: f64, max: f64) -> Vec<String> {
        Axis::new("", min, max)
            .ticks(6)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            texts(0.0, 2_500.0),
            ["0", "500", "1000", "1500", "2000", "2500"]
        );
        assert_eq!(
            texts(-0.25, 0.25),
            ["\u{2212}0.2", "\u{2212}0.1", "0", "0.1", "0.2"]
        );
        assert_eq!(texts(48.0, 152.0), ["60", "80", "100", "120", "140"]);
        assert_eq!(texts(3.0, 3.0).first().unwrap(), "3.0");
    }

    #[test]
    fn steps_are_one_two_or_five() {
        for (rough, wanted, places) in [
            (0.07, 0.1, 1),
            (1.0, 1.0, 0),
            (1.1, 2.0, 0),
            (600.0, 1_000.0, 0),
        ] {
            let (found, digits) = step(rough);
            assert!((found - wanted).abs() < 1e-9, "{rough}: {found}");
            assert_eq!(digits, places, "{rough}");
        }
    }

    #[test]
    fn a_range_of_nothing_is_still_a_range() {
        assert_eq!(around([], 10.0), (-5.7, 5.7));
        let (low, high) = around([-3.0, f64::NAN, 5.0], 1.0);
        assert!(low < -3.0 && high > 5.0 && high.is_finite());
    }

    proptest! {
        #[test]
        fn ticks_lie_in_the_range_and_are_not_crowded(min in -1e4_f64..1e4, width in 1e-3_f64..1e6, wanted in 2_u32..12) {
            let axis = Axis::new("", min, min + width);
            let ticks = axis.ticks(wanted);
            assert!(ticks.len() <= usize::try_from(wanted).unwrap() + 1, "{ticks:?}");
            let slack = width * 1e-6;
            assert!(ticks.iter().all(|(v, _)| *v >= axis.min - slack && *v <= axis.max + slack));
        }
    }
}
