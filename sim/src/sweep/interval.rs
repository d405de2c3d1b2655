//! How sure a count makes: the exact interval of Clopper and Pearson.

/// Each tail of a 95 % interval.
const TAIL: f64 = 0.025;

/// Bisections: beyond what a double tells apart.
const HALVINGS: u32 = 100;

/// The 95 % interval of a probability when `hits` of `runs` were seen.
#[must_use]
pub fn clopper_pearson(hits: u64, runs: u64) -> (f64, f64) {
    if runs == 0 {
        return (0.0, 1.0);
    }
    let low = if hits == 0 {
        0.0
    } else {
        // The least p for which as many hits or more are not too unlikely.
        solve(|p| 1.0 - at_most(hits - 1, runs, p) < TAIL)
    };
    let high = if hits >= runs {
        1.0
    } else {
        solve(|p| at_most(hits, runs, p) > TAIL)
    };
    (low, high)
}

/// Where a condition that holds below some p ceases to hold.
fn solve(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Probability of at most so many hits.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of sessions, far below 2^53"
)]
fn at_most(hits: u64, runs: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let odds = (p / (1.0 - p)).ln();
    let mut log = runs as f64 * (1.0 - p).ln();
    let mut sum = log.exp();
    for k in 1..=hits {
        log += ((runs - k + 1) as f64 / k as f64).ln() + odds;
        sum += log.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::clopper_pearson;

    fn near((low, high): (f64, f64), expected: (f64, f64)) {
        assert!((low - expected.0).abs() < 1e-5, "{low} for {}", expected.0);
        assert!(
            (high - expected.1).abs() < 1e-5,
            "{high} for {}",
            expected.1
        );
    }

    #[test]
    fn the_interval_is_the_one_of_the_tables() {
        near(clopper_pearson(0, 10), (0.0, 0.308_497));
        near(clopper_pearson(1, 10), (0.002_529, 0.445_016));
        near(clopper_pearson(5, 10), (0.187_086, 0.812_914));
        near(clopper_pearson(10, 10), (0.691_503, 1.0));
        near(clopper_pearson(1, 10_124), (2.5e-6, 5.502e-4));
    }

    #[test]
    fn nothing_seen_says_nothing_and_many_runs_say_much() {
        near(clopper_pearson(0, 0), (0.0, 1.0));
        let (_, high) = clopper_pearson(0, 100_000);
        assert!((high - 3.689e-5).abs() < 1e-8, "{high}");
        let (low, high) = clopper_pearson(2_000, 100_000);
        assert!(low > 0.019 && high < 0.021);
    }
}
