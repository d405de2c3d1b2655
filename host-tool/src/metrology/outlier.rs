//! The outlier rule, and the screen of repeatability that stands before a fit.
//!
//! Cochran's test (ISO 5725-2:1994 7.3.3) over all settings and directions: the largest variance of
//! repeats against the sum of all. It adapts itself to the rig: what is an outlier on a quiet one is
//! scatter on a noisy one. Fixed beforehand: 1 %, and a range below which nothing is an outlier.

use super::measure::{Direction, Point, Reading, Stats};
use super::student::cochran;

/// Probability that chance alone is called an outlier, at each application of the test.
const ALPHA: f64 = 0.01;

/// Range of repeats up to which none is an outlier, however quiet the others are: a tenth of the
/// tolerance, so small that it hardly moves a mean. Unit: um.
pub const RANGE_MIN_UM: i32 = 10;

/// Range of repeats in one direction above which a ring is not adjusted but repaired. Unit: um. The
/// same number as the gate on a direction's mean reading.
pub const RANGE_MAX_UM: i32 = 50;

/// A setting and direction whose repeats stand apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// The setting. Unit: um.
    pub nominal_um: i32,
    /// The direction.
    pub direction: Direction,
    /// Range of its deviations. Unit: um.
    pub range_um: i32,
    /// Share of its variance in the sum of all.
    pub share: f64,
    /// The share that chance exceeds once in a hundred runs.
    pub critical: f64,
}

/// The setting and direction that Cochran's test finds, among those that `takes_part` names; none
/// when nothing stands apart.
#[must_use]
pub fn outlier(points: &[Point], takes_part: impl Fn(i32, Direction) -> bool) -> Option<Outlier> {
    let mut groups: Vec<(i32, Direction, Stats, f64)> = Vec::new();
    for point in points {
        for direction in [Direction::Deepening, Direction::Shallowing] {
            if takes_part(point.nominal_um, direction) {
                let deviations: Vec<i32> = point
                    .readings(direction)
                    .iter()
                    .map(Reading::deviation_um)
                    .collect();
                // What was read once has no scatter, and is no group.
                let scatter = Stats::of(&deviations).and_then(|stats| Some((stats, stats.s?)));
                groups
                    .extend(scatter.map(|(stats, s)| (point.nominal_um, direction, stats, s * s)));
            }
        }
    }
    let sum: f64 = groups.iter().map(|(_, _, _, variance)| variance).sum();
    let (nominal_um, direction, worst, variance) = groups
        .iter()
        .max_by(|(_, _, _, one), (_, _, _, other)| one.total_cmp(other))?;
    let range_um = worst.max.saturating_sub(worst.min);
    if range_um <= RANGE_MIN_UM {
        return None;
    }
    let share = variance / sum;
    let count = u32::try_from(groups.len()).ok()?;
    let critical = cochran(ALPHA, count, worst.n - 1);
    (share > critical).then_some(Outlier {
        nominal_um: *nominal_um,
        direction: *direction,
        range_um,
        share,
        critical,
    })
}

/// The widest range of repeats in one direction: setting, direction, range. Unit: um.
#[must_use]
pub fn widest(points: &[Point]) -> Option<(i32, Direction, i32)> {
    let of = |point: &Point, direction| {
        let deviations = point.readings(direction).iter().map(Reading::deviation_um);
        let (low, high) = (deviations.clone().min()?, deviations.max()?);
        Some((point.nominal_um, direction, high.saturating_sub(low)))
    };
    points
        .iter()
        .flat_map(|point| {
            [
                of(point, Direction::Deepening),
                of(point, Direction::Shallowing),
            ]
        })
        .flatten()
        .max_by_key(|(_, _, range)| *range)
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Direction, Point, PointRole, Reading};
    use super::{outlier, widest};

    /// Nine settings whose repeats scatter by `noise` either way; one reading is off by `off`.
    fn points(noise: i32, off: i32) -> Vec<Point> {
        let reading = |deviation: i32| Reading {
            reference_um: 500 + deviation,
            indicated_um: 500,
            counts_a: 1_100,
            counts_b: 3_250,
        };
        (0..9)
            .map(|number| Point {
                nominal_um: number * 250,
                role: PointRole::Calibration,
                deepening: vec![reading(-noise), reading(0), reading(noise)],
                shallowing: vec![
                    reading(-noise),
                    reading(if number == 4 { off } else { 0 }),
                    reading(noise),
                ],
            })
            .collect()
    }

    #[test]
    fn one_reading_that_stands_apart_is_found_where_it_is() {
        for off in [13, -13, 40] {
            let found = outlier(&points(1, off), |_, _| true).unwrap();
            assert_eq!(
                (found.nominal_um, found.direction),
                (1_000, Direction::Shallowing)
            );
            assert!(
                found.share > found.critical && found.critical < 0.4,
                "{found:?}"
            );
        }
        // Taken out of the test, nothing else is found.
        let others = |um, direction| (um, direction) != (1_000, Direction::Shallowing);
        assert_eq!(outlier(&points(1, 40), others), None);
    }

    #[test]
    fn scatter_of_all_is_no_outlier_and_neither_is_what_hardly_counts() {
        assert_eq!(outlier(&points(20, 0), |_, _| true), None);
        assert_eq!(outlier(&points(20, 30), |_, _| true), None);
        // A range of 10 um, and one step over.
        assert_eq!(outlier(&points(0, 10), |_, _| true), None);
        assert!(outlier(&points(0, 11), |_, _| true).is_some());
        assert_eq!(outlier(&points(0, 0), |_, _| true), None);
        assert_eq!(outlier(&[], |_, _| true), None);
    }

    #[test]
    fn the_critical_share_is_that_of_the_groups_and_repeats_there_are() {
        let mut all = points(1, 40);
        all.extend(points(1, 0).into_iter().take(1).map(|mut point| {
            point.nominal_um = 9 * 250;
            point
        }));
        // Cochran's table, 1 %: 20 groups of 3 repeats each.
        let found = outlier(&all, |_, _| true).unwrap();
        assert!((found.critical - 0.3297).abs() < 0.0006, "{found:?}");
        // What was read once has no scatter, and is no group.
        all.extend(points(1, 0).into_iter().map(|mut point| {
            point.nominal_um += 10_000;
            point.deepening.truncate(1);
            point.shallowing.truncate(1);
            point
        }));
        assert_eq!(outlier(&all, |_, _| true), Some(found));
    }

    #[test]
    fn the_widest_range_is_told_with_its_place() {
        assert_eq!(
            widest(&points(3, -40)),
            Some((1_000, Direction::Shallowing, 43))
        );
        assert_eq!(widest(&[]), None);
    }
}
