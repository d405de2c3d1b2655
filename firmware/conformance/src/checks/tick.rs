//! The control tick: a millisecond, every time.

use pen_app::board::{ControlBoard, HostBoard};

use crate::bench::Bench;
use crate::failure::{Note, Outcome, Value, demand};
use crate::suite::Subject;

/// Shortest period that the core takes for a tick (SENS-003). Unit: us
pub const TICK_MIN_US: u64 = 500;

/// Longest period that the core takes for a tick (SENS-003). Unit: us
pub const TICK_MAX_US: u64 = 2_000;

/// Where the period should stay. Unit: us
const RECOMMENDED_US: core::ops::RangeInclusive<u64> = 950..=1_050;

/// How far the mean period may be off: what calibration can correct, and a crystal keeps easily.
/// Unit: us in a second. Source: none yet
const MEAN_US: core::ops::RangeInclusive<u64> = 990_000..=1_010_000;

const TICK: &str = "control tick";

/// Ticks that are looked at.
const TICKS: usize = 501;

pub(super) fn tick_keeps_its_period<B: ControlBoard, H: HostBoard, T: Bench>(
    _: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let mut times = [0; TICKS];
    bench.tick_times(&mut times)?;
    judge(&times)
}

/// Judges the times at which consecutive ticks began. Unit: us
///
/// # Errors
/// [`crate::Trouble::Failed`] when a period is outside [`TICK_MIN_US`] to [`TICK_MAX_US`], when the
/// mean is more than 1 % off a millisecond, or when there are fewer than two times.
pub fn judge(times: &[u64]) -> Outcome {
    let (mut shortest, mut longest) = (u64::MAX, 0);
    for (before, after) in times.iter().zip(times.iter().skip(1)) {
        let period = after.saturating_sub(*before);
        shortest = shortest.min(period);
        longest = longest.max(period);
    }
    let ends = times.first().zip(times.last());
    let periods = u64::try_from(times.len())
        .unwrap_or(u64::MAX)
        .saturating_sub(1);
    let mean_ns = ends
        .and_then(|(first, last)| {
            let whole = last.saturating_sub(*first);
            whole.saturating_mul(1_000).checked_div(periods)
        })
        .unwrap_or(0);
    demand(
        periods > 0,
        TICK,
        "number of periods",
        Value::Words("at least one"),
        Value::Count(0),
    )?;
    demand(
        shortest >= TICK_MIN_US,
        TICK,
        "shortest period",
        Value::AtLeastUs(TICK_MIN_US),
        Value::Us(shortest),
    )?;
    demand(
        longest <= TICK_MAX_US,
        TICK,
        "longest period",
        Value::AtMostUs(TICK_MAX_US),
        Value::Us(longest),
    )?;
    demand(
        MEAN_US.contains(&mean_ns),
        TICK,
        "a thousand mean periods",
        Value::Words("990000 .. 1010000 us"),
        Value::Us(mean_ns),
    )?;
    Ok(Note::Ticks {
        shortest,
        longest,
        is_recommended: RECOMMENDED_US.contains(&shortest) && RECOMMENDED_US.contains(&longest),
    })
}
