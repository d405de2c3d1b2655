//! The second witness under proof (RATE-006).

use super::{Seen, Witness};
use crate::gate::{Bridge, MotorCommand};
use crate::profile::MotorData;
use crate::units::{Current, Duration, Temperature, Voltage};
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "RATE-006",
        "it tells nothing of a winding that floats, of an open path, or without a reading",
    ),
    rule(
        2,
        "RATE-006",
        "what it tells is within 1 kHz, and drifts by at most eight turns",
    ),
    rule(3, "RATE-006", "where it tells nothing, no drift is left"),
    rule(
        4,
        "STOP-003",
        "an edge places the cam and begins its angle anew",
    ),
    rule(5, "SESS-002", "turns that were driven are never taken back"),
    rule(6, "SESS-002", "only a drive forward adds any"),
    rule(
        7,
        "RATE-006",
        "the offset that it takes out is at most what is no motion, 120 mA",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "tells a brake"), (2, "misses edges"), (3, "turns")];

/// Any witness, any readings, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut witness = Witness::any(s);
    if s.is_drawn() {
        witness.zero_64 = witness.zero_64.clamp(-7_680, 7_680);
        witness.seen.drift = witness.seen.drift.clamp(-8_000_000, 8_000_000);
    }
    s.assume((-7_680..=7_680).contains(&witness.zero_64));
    s.assume((-8_000_000..=8_000_000).contains(&witness.seen.drift));
    let was = witness.seen;
    let (last, motor) = (MotorCommand::any(s), Option::<MotorData>::any(s));
    let (battery, current) = (Option::<Voltage>::any(s), Option::<Current>::any(s));
    let (winding, edges) = (Temperature::any(s), i8::any(s));
    let seen: Seen = witness.update(&super::Tick {
        last,
        battery,
        current,
        winding,
        motor: motor.as_ref(),
        edges,
        rests: bool::any(s),
        boots: bool::any(s),
        even: bool::any(s),
        dt: Duration::any(s),
    });
    let floats = last.bridge() == Bridge::Float || !last.enable();
    let blind = floats || motor.is_none() || current.is_none();
    s.check(1, !blind || seen.rate_mhz.is_none());
    let within = seen
        .rate_mhz
        .is_none_or(|mhz| (-1_000_000..=1_000_000).contains(&mhz));
    s.check(2, within && (-8_000_000..=8_000_000).contains(&seen.drift));
    s.check(3, seen.rate_mhz.is_some() || seen.drift == 0);
    s.check(4, edges == 0 || (seen.placed && seen.since_edge == 0));
    s.check(5, seen.turned >= was.turned);
    let forward = last.drives() && matches!(last.bridge(), Bridge::Forward(_));
    s.check(6, forward || seen.turned == was.turned);
    s.check(7, (-7_680..=7_680).contains(&witness.zero_64));
    s.cover(
        1,
        last.bridge() == Bridge::Short && seen.rate_mhz.is_some_and(|mhz| mhz > 0),
    );
    s.cover(2, seen.misses_edges());
    s.cover(3, seen.turned > was.turned);
}
