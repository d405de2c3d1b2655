//! The rate loop under proof: it cannot ask for more than it may (RATE-008, STOP-014).

use super::{LoopInputs, Regulator};
use crate::fault::Limiting;
use crate::profile::DeviceProfile;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(1, "CONF-007", "what it gives is a duty"),
    rule(
        2,
        "STOP-014",
        "its memory stays within a fifth of the pack's voltage",
    ),
    rule(
        3,
        "RATE-008",
        "its reference never exceeds what is set, and rises by the profile's ramp at most",
    ),
    rule(
        4,
        "PWR-002",
        "the current limit's memory stays within 250 ms",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "drives"), (2, "is limited by the current")];

/// Any loop, any profile that is admitted, any readings, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut own = Regulator::any(s);
    let (profile, inputs, dt) = (DeviceProfile::any(s), LoopInputs::any(s), Duration::any(s));
    if s.is_drawn() {
        own.integral_uv = own.integral_uv.clamp(-1_500_000, 1_500_000);
        own.high_for = own.high_for.min(Duration::from_ms(250));
    }
    s.assume((-1_500_000..=1_500_000).contains(&own.integral_uv));
    s.assume(own.high_for <= Duration::from_ms(250));
    let was = own;
    let duty = own.update(&profile, &inputs, dt);
    s.check(1, duty.as_parts() <= 10_000);
    s.check(2, (-1_500_000..=1_500_000).contains(&own.integral_uv));
    let rise = profile.accel_mhz_per_ms.saturating_mul(dt.as_us()) / 1_000;
    let ramp = was.reference.as_mhz().saturating_add(rise);
    s.check(
        3,
        own.reference <= inputs.set && own.reference.as_mhz() <= ramp,
    );
    s.check(4, own.high_for <= Duration::from_ms(250));
    s.cover(1, duty.as_parts() > 0);
    s.cover(2, own.limiting == Limiting::Current);
}
