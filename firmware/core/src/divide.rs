//! Division of numbers that may be large and hardly ever are.
//!
//! A Cortex-M divides 32 bits in hardware or in a short routine, and 64 bits in one of sixty or more
//! instructions. The results are those of the wide division, always. A divisor that is known when this
//! is compiled makes one wide division of both ways; for a million there is [`millionth_of`].

/// The quotient, rounded towards zero; nothing when divided by zero, or beyond 64 bits.
pub(crate) fn quotient(value: i64, by: i64) -> Option<i64> {
    let narrow = match (i32::try_from(value), i32::try_from(by)) {
        (Ok(value), Ok(by)) => value.checked_div(by),
        _ => None,
    };
    match narrow {
        Some(quotient) => Some(i64::from(quotient)),
        None => value.checked_div(by),
    }
}

/// The quotient, rounded towards zero, and what it leaves; nothing and all of it when divided by zero,
/// or beyond 64 bits.
pub(crate) fn quotient_and_rest(value: i64, by: i64) -> (i64, i64) {
    if let (Ok(value), Ok(by)) = (i32::try_from(value), i32::try_from(by))
        && let (Some(whole), Some(rest)) = (value.checked_div(by), value.checked_rem(by))
    {
        return (i64::from(whole), i64::from(rest));
    }
    match (value.checked_div(by), value.checked_rem(by)) {
        (Some(whole), Some(rest)) => (whole, rest),
        _ => (0, value),
    }
}

/// The quotient, rounded so that the rest is not negative; nothing as in [`quotient`].
pub(crate) fn quotient_euclid(value: i64, by: i64) -> Option<i64> {
    let narrow = match (i32::try_from(value), i32::try_from(by)) {
        (Ok(value), Ok(by)) => value.checked_div_euclid(by),
        _ => None,
    };
    match narrow {
        Some(quotient) => Some(i64::from(quotient)),
        None => value.checked_div_euclid(by),
    }
}

/// A thousand times the value, divided, rounded towards zero; nothing as in [`quotient`].
pub(crate) fn quotient_of_thousandfold(value: i64, by: i64) -> Option<i64> {
    if let (Ok(value), Ok(by)) = (i32::try_from(value), i32::try_from(by))
        && let Some(whole) = value.checked_div(by)
        && let Some(rest) = value.checked_rem(by)
        && let Some(rest) = rest.checked_mul(1_000)
        && let Some(part) = rest.checked_div(by)
    {
        let whole = i64::from(whole).saturating_mul(1_000);
        return Some(whole.saturating_add(i64::from(part)));
    }
    value.saturating_mul(1_000).checked_div(by)
}

/// A millionth, rounded towards zero.
pub(crate) fn millionth(value: u64) -> u64 {
    // A million is 64 times 15 625.
    match u32::try_from(value >> 6) {
        Ok(part) => u64::from(part / 15_625),
        Err(_) => value / 1_000_000,
    }
}

/// A millionth of a number that may be negative, rounded towards zero.
pub(crate) fn millionth_of(value: i64) -> i64 {
    // The greatest millionth is far below 64 bits.
    let size = i64::try_from(millionth(value.unsigned_abs())).unwrap_or(i64::MAX);
    if value.is_negative() {
        size.saturating_neg()
    } else {
        size
    }
}

#[cfg(test)]
mod tests {
    use super::{
        millionth, millionth_of, quotient, quotient_and_rest, quotient_euclid,
        quotient_of_thousandfold,
    };

    #[test]
    fn every_result_is_that_of_the_wide_division() {
        let near = |middle: i64| (-2..=2).map(move |more| middle.saturating_add(more));
        let edges: [i64; 9] = [
            0,
            1_000_000,
            -1_000_000,
            i64::from(i32::MAX),
            i64::from(i32::MIN),
            i64::from(u32::MAX),
            1 << 40,
            i64::MAX,
            i64::MIN,
        ];
        let values: Vec<i64> = edges.into_iter().flat_map(near).collect();
        for value in &values {
            assert_eq!(millionth_of(*value), *value / 1_000_000);
            for by in &values {
                assert_eq!(quotient(*value, *by), value.checked_div(*by));
                let (whole, rest) = quotient_and_rest(*value, *by);
                assert_eq!(whole, value.checked_div(*by).unwrap_or(0));
                assert_eq!(rest, value.checked_rem(*by).unwrap_or(*value));
                assert_eq!(quotient_euclid(*value, *by), value.checked_div_euclid(*by));
                assert_eq!(
                    quotient_of_thousandfold(*value, *by),
                    value.saturating_mul(1_000).checked_div(*by)
                );
            }
        }
    }

    #[test]
    fn every_millionth_is_that_of_the_wide_division() {
        for middle in [0, 1_000_000, 5_378_400_000, 64 << 32, u64::MAX] {
            for more in 0..3_000_000_u64 {
                let value = middle.wrapping_add(more * 997);
                assert_eq!(millionth(value), value / 1_000_000);
            }
        }
    }

    #[test]
    fn every_rate_of_a_motor_is_that_of_the_wide_division() {
        for by in [1, 999, 33_615, 65_535] {
            for value in (-9_000_000..9_000_000_i64).step_by(971) {
                assert_eq!(
                    quotient_of_thousandfold(value, by),
                    (value * 1_000).checked_div(by)
                );
            }
        }
    }
}
