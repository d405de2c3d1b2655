//! Elementary functions whose bits do not depend on the platform.
//!
//! The standard library forwards `sin`, `exp` and their kin to whatever C library is linked, and two
//! of those may differ in the last bit. A replayed simulation must not, so everything that a run
//! evaluates comes from here: additions, multiplications, divisions and integer operations in a fixed
//! order, without fused multiply-add.
//!
//! Accuracy, checked by the tests below against the standard library: 1e-13 relative for [`exp`] and
//! [`ln`], 3e-14 absolute for [`sin_cos`] within a few turns and [`sin_cos_near`].

/// Half a turn (rad).
pub const PI: f64 = std::f64::consts::PI;

/// One turn (rad).
pub const TAU: f64 = std::f64::consts::TAU;

/// Adding and subtracting this rounds to the nearest integer: at 1.5 x 2^52 the spacing of `f64` is one.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Returns the nearest integer and, in two's complement, the same as bits.
///
/// Right for `|x|` below 2^51.
fn nearest(x: f64) -> (f64, u64) {
    let shifted = x + ROUND;
    (
        shifted - ROUND,
        shifted.to_bits().wrapping_sub(ROUND.to_bits()),
    )
}

/// Returns sine and cosine of an angle in radians.
///
/// The angle is reduced to an eighth of a turn around the nearest quarter turn, in three parts, so
/// that the error stays near 1e-16 times the number of turns. Callers keep their angles wrapped.
#[must_use]
pub fn sin_cos(angle_rad: f64) -> (f64, f64) {
    /// The leading 33 bits of a quarter turn, so that a multiple below 2^20 is exact.
    const QUARTER_HIGH: f64 = 1.570_796_326_734_125_6;
    /// What the leading part leaves over.
    const QUARTER_LOW: f64 = 6.077_100_506_506_192e-11;
    let (quarters, bits) = nearest(angle_rad * std::f64::consts::FRAC_2_PI);
    let r = (angle_rad - quarters * QUARTER_HIGH) - quarters * QUARTER_LOW;
    let (sine, cosine) = eighth_turn(r);
    // Each quarter turn swaps the two and flips signs. Done on bits: this sits on the critical path
    // of every step and branches would be mispredicted four times a turn.
    let swap = 0_u64.wrapping_sub(bits & 1);
    let (sine, cosine) = (sine.to_bits(), cosine.to_bits());
    let exchanged = (sine ^ cosine) & swap;
    let sine_sign = (bits & 2) << 62;
    let cosine_sign = (bits.wrapping_add(1) & 2) << 62;
    (
        f64::from_bits(sine ^ exchanged ^ sine_sign),
        f64::from_bits(cosine ^ exchanged ^ cosine_sign),
    )
}

/// Returns sine and cosine of an angle between -4 and 4 radians, for the inside of a step.
///
/// The angle is quartered and the double-angle formulas applied twice: fewer operations one after the
/// other than finding the right quarter turn. The error is below 3e-14.
#[must_use]
pub fn sin_cos_near(angle_rad: f64) -> (f64, f64) {
    let (sine, cosine) = eighth_turn(0.25 * angle_rad);
    let (sine, cosine) = (2.0 * sine * cosine, 1.0 - 2.0 * sine * sine);
    (2.0 * sine * cosine, 1.0 - 2.0 * sine * sine)
}

/// Sine and cosine within an eighth of a turn and a little more.
///
/// Taylor's series; the first neglected terms are below 1e-16. Grouped by powers of two, so that few
/// operations wait for one another.
fn eighth_turn(r: f64) -> (f64, f64) {
    let r2 = r * r;
    let r4 = r2 * r2;
    let r8 = r4 * r4;
    let sine = r + r
        * r2
        * (((-1.0 / 6.0) + r2 * (1.0 / 120.0))
            + r4 * ((-1.0 / 5_040.0) + r2 * (1.0 / 362_880.0))
            + r8 * (((-1.0 / 39_916_800.0) + r2 * (1.0 / 6_227_020_800.0))
                + r4 * (-1.0 / 1_307_674_368_000.0)));
    let cosine = (1.0 - 0.5 * r2)
        + r4 * (((1.0 / 24.0) + r2 * (-1.0 / 720.0))
            + r4 * ((1.0 / 40_320.0) + r2 * (-1.0 / 3_628_800.0))
            + r8 * (((1.0 / 479_001_600.0) + r2 * (-1.0 / 87_178_291_200.0))
                + r4 * (1.0 / 20_922_789_888_000.0)));
    (sine, cosine)
}

/// Returns `e` to the given power; 0 below -708 (no subnormal results) and infinity above 709.
#[must_use]
pub fn exp(x: f64) -> f64 {
    /// The leading 32 bits of ln 2, so that a multiple below 2^11 is exact.
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    /// What the leading part leaves over.
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// One over 13 down to one over 1, for Horner's scheme.
    const INVERSE: [f64; 13] = [
        1.0 / 13.0,
        1.0 / 12.0,
        1.0 / 11.0,
        1.0 / 10.0,
        1.0 / 9.0,
        1.0 / 8.0,
        1.0 / 7.0,
        1.0 / 6.0,
        1.0 / 5.0,
        1.0 / 4.0,
        1.0 / 3.0,
        1.0 / 2.0,
        1.0,
    ];
    if x < -708.0 {
        return 0.0;
    }
    if x > 709.0 {
        return f64::INFINITY;
    }
    let (halvings, bits) = nearest(x * std::f64::consts::LOG2_E);
    let r = (x - halvings * LN_2_HIGH) - halvings * LN_2_LOW;
    let mut sum = 1.0;
    for inverse in INVERSE {
        sum = 1.0 + sum * (r * inverse);
    }
    sum * f64::from_bits(bits.wrapping_add(1_023) << 52)
}

/// Returns the natural logarithm of a positive normal number; not a number for anything else.
#[must_use]
pub fn ln(x: f64) -> f64 {
    /// Bits of 2^52, whose low mantissa bits can carry a small integer.
    const INTEGER: u64 = 0x4330_0000_0000_0000;
    if !(f64::MIN_POSITIVE..=f64::MAX).contains(&x) {
        return f64::NAN;
    }
    let bits = x.to_bits();
    let mut exponent = f64::from_bits(INTEGER | (bits >> 52)) - f64::from_bits(INTEGER) - 1_023.0;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let mut sum = 0.0;
    for divisor in [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = sum * s2 + 1.0 / divisor;
    }
    2.0 * s * sum + exponent * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::{TAU, exp, ln, sin_cos, sin_cos_near};

    #[test]
    fn sine_and_cosine_agree_with_the_standard_library() {
        let mut worst: f64 = 0.0;
        for k in -200_000_i32..=200_000 {
            let angle = f64::from(k) * 1e-4;
            let (sine, cosine) = sin_cos(angle);
            worst = worst
                .max((sine - angle.sin()).abs())
                .max((cosine - angle.cos()).abs());
        }
        assert!(worst < 1e-14, "worst absolute error {worst:e}");
    }

    #[test]
    fn the_short_form_agrees_within_its_range() {
        let mut worst: f64 = 0.0;
        for k in -40_000_i32..=40_000 {
            let angle = f64::from(k) * 1e-4;
            let (sine, cosine) = sin_cos_near(angle);
            worst = worst
                .max((sine - angle.sin()).abs())
                .max((cosine - angle.cos()).abs());
        }
        assert!(worst < 3e-14, "worst absolute error {worst:e}");
    }

    #[test]
    fn sine_keeps_its_relative_accuracy_near_zero() {
        for k in 1_i32..=10_000 {
            let angle = f64::from(k) * 1e-6;
            let error = (sin_cos(angle).0 / angle.sin() - 1.0).abs();
            assert!(error < 1e-14, "sin({angle}) is off by {error:e}");
        }
    }

    #[test]
    fn sine_and_cosine_survive_many_turns() {
        for turns in [1_i32, 1_000, 100_000] {
            let (sine, cosine) = sin_cos(f64::from(turns) * TAU + 1.0);
            assert!((sine - 1.0_f64.sin()).abs() < 1e-10);
            assert!((cosine - 1.0_f64.cos()).abs() < 1e-10);
        }
    }

    #[test]
    fn exponential_agrees_with_the_standard_library() {
        let mut worst: f64 = 0.0;
        for k in -70_000_i32..=70_000 {
            let x = f64::from(k) * 1e-2;
            worst = worst.max((exp(x) / x.exp() - 1.0).abs());
        }
        assert!(worst < 1e-13, "worst relative error {worst:e}");
        assert_eq!(exp(0.0).to_bits(), 1.0_f64.to_bits());
        assert_eq!(exp(-800.0).to_bits(), 0.0_f64.to_bits());
        assert!(exp(800.0).is_infinite());
    }

    #[test]
    fn logarithm_agrees_with_the_standard_library() {
        let mut worst: f64 = 0.0;
        for k in 1_i32..=100_000 {
            let x = f64::from(k) * 1.37e-5;
            let scale = x.ln().abs().max(1e-3);
            worst = worst.max((ln(x) - x.ln()).abs() / scale);
        }
        assert!(worst < 1e-13, "worst relative error {worst:e}");
        assert!(ln(0.0).is_nan() && ln(-1.0).is_nan());
    }
}
