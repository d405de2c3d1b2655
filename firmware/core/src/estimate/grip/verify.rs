//! The thermistor under proof (PWR-004, SENS-001).

use super::GripSense;
use crate::io::Sample;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, at_most, rule};

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SENS-001",
        "a temperature that is usable came from a good sample of the last 10 ms",
    ),
    rule(2, "SENS-001", "a bad sample runs the bridge up by the tick"),
    rule(3, "PWR-004", "what is read lies within 0 and 85 degC"),
    rule(4, "PWR-004", "the smoothing keeps its invariant"),
    rule(5, "PWR-004", "what is not usable has no temperature"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "warm"), (2, "unknown")];

/// Any filter, any sample, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut sense = GripSense::any(s);
    if s.is_drawn() {
        at_most(&mut sense.bad_for, 100);
        sense.smooth_16 = sense.smooth_16.rem_euclid(65_536);
    }
    s.assume(sense.bad_for <= ms(100) && (0..=65_536).contains(&sense.smooth_16));
    let was = sense.bad_for;
    let (sample, dt) = (Sample::any(s), Duration::any(s));
    let usable = sense.update(sample, dt);
    // 85 degC and 0 degC, in counts.
    let good = sample.age <= ms(10) && sample.counts >= 401 && sample.counts <= 3_156;
    let run = was.plus_up_to(dt, ms(100));
    s.check(
        1,
        !usable || (sample.age <= ms(10) && (good || run <= ms(10))),
    );
    s.check(2, good || sense.bad_for >= run);
    let read = sense.temperature();
    s.check(
        3,
        read.is_none_or(|now| (0..=850).contains(&now.as_decicelsius())),
    );
    s.check(4, (0..=65_536).contains(&sense.smooth_16));
    s.check(5, usable || read.is_none());
    s.cover(1, read.is_some_and(|now| now.as_decicelsius() >= 430));
    s.cover(2, read.is_none());
}
