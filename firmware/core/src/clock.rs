//! Time as the argument brings it, corrected by calibration.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::divide::{millionth_of, quotient_and_rest};
use crate::limits;
use crate::units::{Duration, Instant};

/// The pen's clock: remembers the last `now` and what the correction has not yet given out.
///
/// A `now` that goes back costs one tick of no length; time then goes on from there, so that
/// every timer still ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    last: Option<Instant>,
    at: Instant,
    rest: i64,
    bad_in_a_row: u8,
    even: bool,
}
any_struct!(Clock {
    last,
    at,
    rest,
    bad_in_a_row,
    even
});

/// One tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    /// Corrected time since the last step.
    pub(crate) dt: Duration,
    /// Uncorrected time since the last step.
    pub(crate) raw: Duration,
    /// The tick came too early or too late to control a turning motor.
    pub(crate) late: bool,
    /// Several in a row did.
    pub(crate) bad: bool,
    /// Every second tick: what need not be done in each is done in these, or in the others.
    pub(crate) even: bool,
    ppm: i32,
}

/// A late tick at rest is a flash operation; three in a row, or one this long, are not. Unit: us.
const PAUSE_MAX: Duration = Duration::from_ms(500);

impl Clock {
    pub(crate) const fn new() -> Self {
        Self {
            last: None,
            at: Instant::from_us(0),
            rest: 0,
            bad_in_a_row: 0,
            even: false,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.at
    }

    #[cfg_attr(feature = "verify", inline(never))]
    pub(crate) fn tick(&mut self, now: Instant, ppm: i32) -> Tick {
        let nominal = Duration::from_ms(1);
        // No time has passed to a `now` that went back: that is too early.
        let raw = self.last.map_or(nominal, |last| now.since(last));
        let late = raw < limits::TICK_MIN || raw > limits::TICK_MAX;
        self.bad_in_a_row = if late {
            self.bad_in_a_row.saturating_add(1).min(3)
        } else {
            0
        };
        self.at = match self.last {
            Some(_) => self.at.plus(raw),
            None => now,
        };
        self.last = Some(now);
        self.even = !self.even;
        let dt = self.correct(raw, ppm);
        let bad = self.bad_in_a_row >= 3 || raw > PAUSE_MAX;
        Tick {
            dt,
            raw,
            late,
            bad,
            even: self.even,
            ppm,
        }
    }

    fn correct(&mut self, raw: Duration, ppm: i32) -> Duration {
        let owed = i64::from(raw.as_us())
            .saturating_mul(i64::from(ppm))
            .saturating_add(self.rest);
        let (whole, rest) = quotient_and_rest(owed, 1_000_000);
        self.rest = rest;
        let us = i64::from(raw.as_us()).saturating_add(whole).max(0);
        Duration::from_us(u32::try_from(us).unwrap_or(u32::MAX))
    }
}

impl Tick {
    /// A short span of the pen's clock, corrected.
    pub(crate) fn correct(&self, span: Duration) -> Duration {
        let more = i64::from(span.as_us()).saturating_mul(i64::from(self.ppm));
        let more = millionth_of(more);
        let us = i64::from(span.as_us()).saturating_add(more).max(0);
        Duration::from_us(u32::try_from(us).unwrap_or(u32::MAX))
    }
}
