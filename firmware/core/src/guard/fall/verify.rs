//! The monitors of fall and shock under proof (PWR-007).

use super::{FallGuard, View};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, at_most, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "PWR-007",
        "more than 6 g in one reading is a shock, in every phase",
    ),
    rule(
        2,
        "PWR-007",
        "less than 0.3 g for 60 ms is a fall, in every phase",
    ),
    rule(
        3,
        "SENS-001",
        "driven without knowing the motion of the body is a trip",
    ),
    rule(
        4,
        "PWR-007",
        "the time of a fall runs with the tick, 2 ms at most for one reading",
    ),
    rule(5, "PWR-007", "nothing else is found"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "a shock"), (2, "a fall"), (3, "nothing")];

/// Any monitor, any view, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut guard = FallGuard::any(s);
    if s.is_drawn() {
        at_most(&mut guard.light_for, 60);
    }
    let most = Duration::from_ms(60);
    s.assume(guard.light_for <= most);
    let was = guard.light_for;
    let view = View::any(s);
    let found = guard.check(&view).map(|trip| trip.fault);
    let shock = view.acceleration.sudden > 36_000_000;
    s.check(1, !shock || found == Some(Fault::Shock));
    let light = view
        .acceleration
        .steady
        .is_some_and(|squared| squared < 90_000);
    let long = was.plus_up_to(view.dt.min(Duration::from_us(2_000)), most);
    s.check(
        2,
        shock || !light || long < most || found == Some(Fault::FreeFall),
    );
    let driven = view.drive == Drive::Driven;
    s.check(
        3,
        !driven || view.acceleration.steady.is_some() || found.is_some(),
    );
    s.check(
        4,
        guard.light_for <= most && (shock || !light || guard.light_for >= long),
    );
    let unknown = driven && view.acceleration.steady.is_none();
    s.check(5, found.is_none() || shock || light || unknown);
    s.cover(1, found == Some(Fault::Shock));
    s.cover(2, found == Some(Fault::FreeFall));
    s.cover(3, found.is_none());
}
