//! The clock under proof (SENS-003, CAL-004).
//!
//! Its correction multiplies and divides 64 bits, which no solver follows here. What it comes to, the
//! *contract* of the clock, is shown by the test below for every tick that counts; the harness of a step
//! assumes it.

use super::{Clock, Tick};
use crate::units::{Duration, Instant};
use crate::verify::{Any, Rule, Source, rule};

impl Clock {
    /// What is true of the clock between two ticks.
    pub(crate) const fn holds(&self) -> bool {
        self.owes_little() && self.bad_in_a_row <= 3
    }

    /// Less than a microsecond is owed.
    pub(crate) const fn owes_little(&self) -> bool {
        self.rest > -1_000_000 && self.rest < 1_000_000
    }

    /// Brings a clock that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self) {
        self.rest %= 1_000_000;
        self.bad_in_a_row = self.bad_in_a_row.min(3);
        // A pen that has run for a while, most often.
        if let Some(last) = &mut self.last {
            *last = Instant::from_us(last.as_us() % 4_000_000);
        }
    }
}

impl Tick {
    /// The corrected time is within 3 percent and a microsecond of the counted one, so that a stop that
    /// is timed by it ends in time by any clock.
    pub(crate) fn is_sound(&self) -> bool {
        let (raw, dt) = (self.raw.as_us(), self.dt.as_us());
        let off = raw / 32;
        let above = raw.saturating_add(off).saturating_add(1);
        dt <= above && dt >= raw.saturating_sub(off).saturating_sub(1)
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(1, "SENS-003", "the pen's time never goes back"),
    rule(
        4,
        "SENS-003",
        "a tick outside 0.5 to 2 ms is late, and one that goes back",
    ),
    rule(
        5,
        "SENS-003",
        "three late ones in a row, or one beyond 500 ms, are bad",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "goes back"), (2, "is bad")];

/// Any clock, any time, any correction within 30 000 ppm.
pub fn room<S: Source>(s: &mut S) {
    let mut clock = Clock::any(s);
    if s.is_drawn() {
        clock.tame();
    }
    s.assume(clock.holds());
    let (now, ppm) = (Instant::any(s), i32::any(s));
    let ppm = if s.is_drawn() { ppm % 30_001 } else { ppm };
    s.assume((-30_000..=30_000).contains(&ppm));
    let before = clock;
    let tick = clock.tick(now, ppm);
    let first = before.last.is_none();
    let back = before.last.is_some_and(|last| now < last);
    s.check(1, first || clock.now() >= before.now());
    let on_time = tick.raw >= Duration::from_us(500) && tick.raw <= Duration::from_us(2_000);
    s.check(4, tick.late == (back || !on_time));
    let pause = tick.raw > Duration::from_ms(500);
    s.check(5, !pause || tick.bad);
    s.check(5, !(tick.late && before.bad_in_a_row >= 2) || tick.bad);
    s.cover(1, back);
    s.cover(2, tick.bad && !pause);
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use crate::units::{Duration, Instant};

    /// CAL-004: the contract of the clock. What is given out is monotone in what is owed, and that is
    /// linear in the correction and in the rest; so the four corners of both bound it for every tick.
    fn is_kept(raw_us: u32) {
        let last = Instant::from_us(1_000);
        for ppm in [-30_000, 30_000] {
            for rest in [-999_999, 999_999] {
                let mut clock = Clock {
                    last: Some(last),
                    rest,
                    ..Clock::new()
                };
                let tick = clock.tick(last.plus(Duration::from_us(raw_us)), ppm);
                assert_eq!(tick.raw, Duration::from_us(raw_us));
                assert!(tick.is_sound(), "{tick:?}");
                assert!(clock.holds(), "{clock:?}");
            }
        }
    }

    #[test]
    fn cal_004_a_corrected_tick_is_within_a_32nd_and_a_microsecond_of_the_counted_one() {
        (0..=600_000).for_each(is_kept);
        (600_000..u32::MAX - 7_919).step_by(7_919).for_each(is_kept);
        is_kept(u32::MAX);
    }
}
