//! A table from raw counts to depth, linear between its knots and nothing outside them.

use serde::Serialize;

/// One measured place of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Knot {
    /// Raw value of the channel. Unit: counts.
    pub counts: u16,
    /// Protrusion there. Unit: um.
    pub depth_um: i32,
}

/// Knots in rising order of counts, strictly monotone in depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DepthTable {
    knots: Vec<Knot>,
}

impl DepthTable {
    /// A table of these knots; none when they are fewer than two, not in rising order of counts, or
    /// not strictly monotone in depth.
    #[must_use]
    pub fn of(knots: Vec<Knot>) -> Option<Self> {
        let rises = |pair: &[Knot]| pair[0].depth_um < pair[1].depth_um;
        let falls = |pair: &[Knot]| pair[0].depth_um > pair[1].depth_um;
        let is_ordered = knots.windows(2).all(|pair| pair[0].counts < pair[1].counts);
        let is_monotone = knots.windows(2).all(rises) || knots.windows(2).all(falls);
        (knots.len() >= 2 && is_ordered && is_monotone).then_some(Self { knots })
    }

    /// The knots, in rising order of counts.
    #[must_use]
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// Depth at these counts, to the nearest micrometre, halves deeper; none outside the span.
    #[must_use]
    pub fn depth_um(&self, counts: u16) -> Option<i32> {
        let pair = self
            .knots
            .windows(2)
            .find(|pair| (pair[0].counts..=pair[1].counts).contains(&counts))?;
        let (low, high) = (pair[0], pair[1]);
        let run = i64::from(high.counts) - i64::from(low.counts);
        let rise = i64::from(high.depth_um) - i64::from(low.depth_um);
        let along = i64::from(counts) - i64::from(low.counts);
        let step = (2 * rise * along + run).div_euclid(2 * run);
        i32::try_from(i64::from(low.depth_um) + step).ok()
    }

    /// Depth at a mean of counts, unrounded. Outside the span the end piece is drawn on: only for
    /// residuals, whose means scatter around the end knots by their noise.
    pub(crate) fn depth_near(&self, counts: f64) -> f64 {
        let last = self.knots.len() - 2;
        let place = self.knots[1..=last]
            .iter()
            .filter(|knot| counts > f64::from(knot.counts))
            .count();
        let (low, high) = (self.knots[place], self.knots[place + 1]);
        let run = f64::from(high.counts) - f64::from(low.counts);
        let rise = f64::from(high.depth_um) - f64::from(low.depth_um);
        f64::from(low.depth_um) + rise * (counts - f64::from(low.counts)) / run
    }
}

#[cfg(test)]
mod tests {
    use super::{DepthTable, Knot};
    use proptest::prelude::proptest;

    fn table(knots: &[(u16, i32)]) -> Option<DepthTable> {
        DepthTable::of(
            knots
                .iter()
                .map(|&(counts, depth_um)| Knot { counts, depth_um })
                .collect(),
        )
    }

    #[test]
    fn interpolates_and_never_extrapolates() {
        let rising = table(&[(400, 0), (750, 250), (1_100, 501)]).unwrap();
        assert_eq!(rising.depth_um(399), None);
        assert_eq!(rising.depth_um(400), Some(0));
        assert_eq!(rising.depth_um(401), Some(1));
        assert_eq!(rising.depth_um(750), Some(250));
        assert_eq!(rising.depth_um(1_100), Some(501));
        assert_eq!(rising.depth_um(1_101), None);
        let falling = table(&[(100, 10), (102, 9)]).unwrap();
        assert_eq!(
            falling.depth_um(101),
            Some(10),
            "halves go to the deeper side"
        );
    }

    #[test]
    fn refuses_what_is_not_monotone() {
        assert!(table(&[]).is_none());
        assert!(table(&[(1, 1)]).is_none());
        assert!(table(&[(1, 1), (1, 2)]).is_none());
        assert!(table(&[(2, 1), (1, 2)]).is_none());
        assert!(table(&[(1, 1), (2, 1)]).is_none());
        assert!(table(&[(1, 1), (2, 3), (3, 2)]).is_none());
        assert!(table(&[(1, 3), (2, 2), (3, 1)]).is_some());
    }

    #[test]
    fn end_pieces_are_drawn_on_for_residuals_only() {
        let rising = table(&[(100, 0), (200, 100), (300, 300)]).unwrap();
        assert!((rising.depth_near(90.0) + 10.0).abs() < 1e-9);
        assert!((rising.depth_near(310.0) - 320.0).abs() < 1e-9);
        assert!((rising.depth_near(200.0) - 100.0).abs() < 1e-9);
        let two = table(&[(0, 0), (10, 10)]).unwrap();
        assert!((two.depth_near(5.0) - 5.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn both_interpolations_agree(counts in 400_u16..=1_100) {
            let table = table(&[(400, -3), (750, 250), (1_100, 501)]).unwrap();
            let whole = f64::from(table.depth_um(counts).unwrap());
            assert!((whole - table.depth_near(f64::from(counts))).abs() <= 0.5);
        }
    }
}
