//! The accelerometer under proof (PWR-007, SENS-001).

use super::AccelerationSense;
use crate::io::Acceleration;
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
        "a motion that is told came from a good reading of the last 10 ms",
    ),
    rule(
        2,
        "SENS-001",
        "a bad reading runs the bridge up by the tick",
    ),
    rule(3, "PWR-007", "a reading that is old has no sudden strength"),
    rule(
        4,
        "PWR-007",
        "a part whose reading never changes for 500 ms has stopped",
    ),
    rule(5, "PWR-007", "one reading vouches for 2 ms of that at most"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "a shock"), (2, "a part that stopped")];

/// Any filter, any reading, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut sense = AccelerationSense::any(s);
    if s.is_drawn() {
        at_most(&mut sense.bad_for, 100);
        at_most(&mut sense.still_for, 500);
    }
    s.assume(sense.bad_for <= ms(100) && sense.still_for <= ms(500));
    let (bad_for, still_for, last) = (sense.bad_for, sense.still_for, sense.last);
    let (felt, moves, dt) = (Acceleration::any(s), bool::any(s), Duration::any(s));
    let told = sense.update(felt, moves, dt);
    let same = last == [felt.x_mg, felt.y_mg, felt.z_mg];
    let step = dt.min(Duration::from_us(2_000));
    let still = if same {
        still_for.plus_up_to(step, ms(500))
    } else {
        ms(0)
    };
    let good = felt.age <= ms(10) && still < ms(500);
    let run = bad_for.plus_up_to(dt, ms(100));
    s.check(
        1,
        told.steady.is_none() || (felt.age <= ms(10) && (good || run <= ms(10))),
    );
    s.check(2, good || sense.bad_for >= run);
    s.check(3, good || told.sudden == 0);
    s.check(4, !(same && still >= ms(500)) || told.sudden == 0);
    s.check(5, sense.still_for == still);
    s.cover(1, told.sudden > 36_000_000);
    s.cover(2, same && still >= ms(500));
}
