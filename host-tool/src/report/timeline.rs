//! Samples over time, thinned without losing an extreme.

use serde::Serialize;

/// One value at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Time since the start of the session. Unit: ms.
    pub t_ms: u64,
    /// The value, in the unit of its series.
    pub value: i32,
}

/// At most `max_points` of `points`, which are in order of time, with every extreme kept.
///
/// The span is cut into stretches of equally many samples; of each stretch the lowest and the
/// highest stay, in order of time. The first and the last sample always stay. Fewer than four
/// points cannot show an envelope: then four are returned at most.
#[must_use]
pub fn decimate_min_max(points: &[Sample], max_points: usize) -> Vec<Sample> {
    let max_points = max_points.max(4);
    if points.len() <= max_points {
        return points.to_vec();
    }
    let [first, inner @ .., last] = points else {
        return points.to_vec();
    };
    let stretches = (max_points - 2) / 2;
    let length = inner.len().div_ceil(stretches);
    let mut kept = Vec::with_capacity(max_points);
    kept.push(*first);
    for stretch in inner.chunks(length) {
        let low = stretch
            .iter()
            .enumerate()
            .min_by_key(|(_, sample)| sample.value);
        let high = stretch
            .iter()
            .enumerate()
            .max_by_key(|(_, sample)| sample.value);
        if let (Some((low_at, low)), Some((high_at, high))) = (low, high) {
            let (early, late) = if low_at <= high_at {
                (low, high)
            } else {
                (high, low)
            };
            kept.push(*early);
            if low_at != high_at {
                kept.push(*late);
            }
        }
    }
    kept.push(*last);
    kept
}

#[cfg(test)]
mod tests {
    use super::{Sample, decimate_min_max};
    use proptest::prelude::{prop, proptest};

    fn samples(values: &[i32]) -> Vec<Sample> {
        (0_u64..)
            .zip(values)
            .map(|(t_ms, &value)| Sample { t_ms, value })
            .collect()
    }

    #[test]
    fn a_single_spike_survives() {
        let mut values = vec![100; 600_000];
        values[345_678] = 999;
        let kept = decimate_min_max(&samples(&values), 1_000);
        assert!(kept.len() <= 1_000);
        assert!(kept.contains(&Sample {
            t_ms: 345_678,
            value: 999
        }));
    }

    #[test]
    fn what_fits_is_left_alone() {
        let few = samples(&[3, 1, 2]);
        assert_eq!(decimate_min_max(&few, 0), few);
        assert_eq!(decimate_min_max(&[], 10), vec![]);
    }

    proptest! {
        #[test]
        fn extremes_ends_and_order_stay(
            values in prop::collection::vec(-1_000_i32..1_000, 1..400),
            max_points in 4_usize..60,
        ) {
            let points = samples(&values);
            let kept = decimate_min_max(&points, max_points);
            assert!(kept.len() <= max_points.max(4));
            assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
            assert!(kept.windows(2).all(|pair| pair[0].t_ms < pair[1].t_ms));
            let range = |of: &[Sample]| {
                (of.iter().map(|s| s.value).min(), of.iter().map(|s| s.value).max())
            };
            assert_eq!(range(&kept), range(&points));
        }
    }
}
