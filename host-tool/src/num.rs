//! From measured floats to whole numbers: the only place where such a cast is written.

/// The nearest whole number; the nearest that there is when it does not fit, zero for no number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float casts saturate, which is what is wanted"
)]
pub(crate) fn nearest(value: f64) -> i32 {
    value.round() as i32
}

/// The next whole number upwards: what is compared with a limit is never told too small.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float casts saturate, which is what is wanted"
)]
pub(crate) fn ceiling(value: f64) -> i32 {
    // Sums of a million steps are off by less than this.
    (value - 1e-6).ceil() as i32
}

#[cfg(test)]
mod tests {
    #[test]
    fn casts_round_and_saturate() {
        assert_eq!(super::nearest(-2.5), -3);
        assert_eq!(super::nearest(1.0e12), i32::MAX);
        assert_eq!(super::nearest(f64::NAN), 0);
        assert_eq!(super::ceiling(450.000_000_1), 450);
        assert_eq!(super::ceiling(450.01), 451);
    }
}
