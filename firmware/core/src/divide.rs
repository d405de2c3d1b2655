//! Division of numbers that may be large and hardly ever are.
//!
//! A Cortex-M divides 32 bits in hardware or in a short routine, and 64 bits in one of sixty or more
//! instructions. The results are those of the wide division, always.

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

#[cfg(test)]
mod tests {
    use super::{quotient, quotient_euclid};

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
            for by in &values {
                assert_eq!(quotient(*value, *by), value.checked_div(*by));
                assert_eq!(quotient_euclid(*value, *by), value.checked_div_euclid(*by));
            }
        }
    }
}
