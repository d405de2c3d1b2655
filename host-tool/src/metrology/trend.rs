//! Least-squares line of a table's depth over its design depth, from exact sums.
//!
//! The gates are judged on whole numbers rounded away from zero, so that no limit is met by
//! rounding.

use super::decimal::away;
use super::table::Knot;

/// The line, kept as sums.
pub(crate) struct Trend {
    n: i128,
    sum_x: i128,
    sum_y: i128,
    num: i128,
    den: i128,
}

impl Trend {
    /// The line through pairs of design depth and measured depth. Unit: um.
    ///
    /// None when the design depths are all the same.
    pub(crate) fn of(pairs: impl Iterator<Item = (i64, i64)>) -> Option<Self> {
        let (mut n, mut sum_x, mut sum_y, mut sum_xx, mut sum_xy) = (0, 0, 0, 0, 0);
        for (x, y) in pairs {
            let (x, y) = (i128::from(x), i128::from(y));
            n += 1;
            sum_x += x;
            sum_y += y;
            sum_xx += x * x;
            sum_xy += x * y;
        }
        let den = n * sum_xx - sum_x * sum_x;
        (den > 0).then(|| Self {
            n,
            sum_x,
            sum_y,
            num: n * sum_xy - sum_x * sum_y,
            den,
        })
    }

    /// Slope minus one. Unit: ppm.
    pub(crate) fn slope_error_ppm(&self) -> i64 {
        away((self.num - self.den) * 1_000_000, self.den)
    }

    /// Slope minus one. Unit: permille.
    pub(crate) fn slope_error_permille(&self) -> i64 {
        away((self.num - self.den) * 1_000, self.den)
    }

    /// Value at design zero. Unit: nm.
    pub(crate) fn offset_nm(&self) -> i64 {
        away(self.offset_top() * 1_000, self.den * self.n)
    }

    /// Value at design zero. Unit: um.
    pub(crate) fn offset_um(&self) -> i64 {
        away(self.offset_top(), self.den * self.n)
    }

    /// Distance of a knot from the line. Unit: um.
    pub(crate) fn residual_um(&self, design_um: i64, knot: Knot) -> i64 {
        let dy = self.n * i128::from(knot.depth_um) - self.sum_y;
        let dx = self.n * i128::from(design_um) - self.sum_x;
        away(self.den * dy - self.num * dx, self.den * self.n)
    }

    fn offset_top(&self) -> i128 {
        self.sum_y * self.den - self.num * self.sum_x
    }
}

#[cfg(test)]
mod tests {
    use super::{Knot, Trend};

    #[test]
    fn line_of_known_numbers() {
        let pairs = (0..7).map(|step| (step * 100, step * 105 + 20));
        let trend = Trend::of(pairs).unwrap();
        assert_eq!(trend.slope_error_ppm(), 50_000);
        assert_eq!(trend.slope_error_permille(), 50);
        assert_eq!(trend.offset_um(), 20);
        assert_eq!(trend.offset_nm(), 20_000);
        let on = Knot {
            counts: 0,
            depth_um: 20 + 315,
        };
        assert_eq!(trend.residual_um(300, on), 0);
        assert_eq!(
            trend.residual_um(
                300,
                Knot {
                    depth_um: on.depth_um - 4,
                    ..on
                }
            ),
            -4
        );
    }

    #[test]
    fn no_line_through_one_place() {
        assert!(Trend::of([(5, 1), (5, 2)].into_iter()).is_none());
        assert!(Trend::of(std::iter::empty()).is_none());
    }
}
