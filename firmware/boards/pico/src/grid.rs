//! The millisecond grid on which the control step runs.

use pen_core::limits::{TICK_MAX, TICK_MIN};

/// Time between two control steps.
///
/// - Unit: us. Source: `pen_core` is made for 1 kHz
pub const PERIOD: u32 = 1_000;

/// Least time to the next step when it is set; one that is closer is left out.
///
/// - Unit: us. Source: the core takes a step too close to the last one for a broken clock, and one too
///   far from it as well; behind a late step the next one is right again
pub const MARGIN: u32 = 600;

const _: () = assert!(MARGIN < PERIOD);
const _: () = assert!(MARGIN > TICK_MIN.as_us());
const _: () = assert!(MARGIN + PERIOD < TICK_MAX.as_us());

/// Steps between two flash operations: several late ones in a row are a broken clock to the core.
///
/// - Unit: control steps. Requirement: STORE-003
pub const SPACING: u32 = 3;

/// The next point of the grid behind `due` that is still at least [`MARGIN`] away from `now`.
///
/// Points that have passed are left out, never caught up with: the core measures time by itself.
/// Both count microseconds and wrap; `due` is at most half an hour away.
#[must_use]
pub fn next(due: u32, now: u32) -> u32 {
    let after = due.wrapping_add(PERIOD);
    let earliest = now.wrapping_add(MARGIN);
    // Half the range back counts as passed.
    let behind = earliest.wrapping_sub(after);
    if behind == 0 || behind > u32::MAX / 2 {
        return after;
    }
    after.wrapping_add(behind.div_ceil(PERIOD).wrapping_mul(PERIOD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_in_time_keep_the_grid() {
        assert_eq!(next(5_000, 5_000), 6_000);
        assert_eq!(next(5_000, 5_100), 6_000);
        assert_eq!(next(5_000, 5_400), 6_000);
    }

    #[test]
    fn a_step_too_late_leaves_points_out_and_stays_on_the_grid() {
        assert_eq!(next(5_000, 5_401), 7_000);
        assert_eq!(next(5_000, 6_000), 7_000);
        assert_eq!(next(5_000, 50_400), 51_000);
        assert_eq!(next(5_000, 50_449), 52_000);
    }

    #[test]
    fn the_grid_goes_on_where_the_timer_wraps() {
        assert_eq!(next(u32::MAX - 499, u32::MAX - 400), 500);
        assert_eq!(next(u32::MAX - 499, 480), 1_500);
    }

    #[test]
    fn the_next_point_is_always_ahead_on_the_grid_and_the_nearest() {
        for due in [0, 123, u32::MAX - 100_000, u32::MAX - 1] {
            for late in (0..450_000).step_by(37) {
                let now = due.wrapping_add(late);
                let point = next(due, now);
                assert!(point.wrapping_sub(due).is_multiple_of(PERIOD));
                let ahead = point.wrapping_sub(now);
                assert!((MARGIN..MARGIN + PERIOD).contains(&ahead), "{due} {late}");
            }
        }
    }
}
