//! The monitors of the brake under proof (STOP-008, STOP-011): they find a drive that sticks, and never
//! end a pen for good by one witness.

use super::{BrakeGuard, View};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "STOP-011",
        "four edges in one direction, 100 ms after the last push, are a drive that sticks",
    ),
    rule(
        2,
        "STOP-011",
        "the same at rest, while current flows and nothing asked for it",
    ),
    rule(
        3,
        "STOP-008",
        "a drive that sticks is told only of a motor that turns: edges came, or come",
    ),
    rule(4, "STOP-011", "while driven nothing is told of a brake"),
    rule(
        5,
        "STOP-003",
        "a push that the winding says is beyond 75 Hz ends in that tick",
    ),
    rule(
        6,
        "STOP-003",
        "a push that draws more than 1 A for 2 ms ends",
    ),
    rule(
        7,
        "STOP-011",
        "with the current known, a brake is found wanting only where it draws nothing, or drives",
    ),
    rule(
        8,
        "STOP-008",
        "a brake that draws nothing for 3 ms, while two edges come, is found after 8 ms at 80 percent of its rate",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "a drive sticks"),
    (2, "a push is ended"),
    (3, "nothing"),
];

/// Any monitors, any view, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut guard = BrakeGuard::any(s);
    let was = guard;
    let view = View::any(s);
    let found = guard.check(&view).map(|trip| trip.fault);
    let stuck = found == Some(Fault::DriveStuck);
    let halting = view.drive == Drive::Halting;
    let driven = view.drive == Drive::Driven;
    let on = |net: i8| net.saturating_add(view.edges).saturating_abs() >= 4;
    let late = halting && !view.parking && view.braked_for >= Duration::from_ms(100);
    s.check(1, !(late && view.edges != 0 && on(was.late.net)) || stuck);
    let ma = view.current.map_or(0, |now| now.as_ma());
    let flows = !(-120..=120).contains(&ma);
    let unasked = !driven && !view.braking && !view.parking && !view.is_probing && flows;
    s.check(
        2,
        !(unasked && view.edges != 0 && on(was.unasked.net)) || found.is_some(),
    );
    let turned = guard.edges >= 2 || guard.late.net != 0 || guard.unasked.net != 0;
    s.check(3, !stuck || turned);
    s.check(
        4,
        !driven || view.braking || view.parking || found.is_none(),
    );
    let fast = view
        .seen
        .rate_mhz
        .is_some_and(|mhz| mhz.unsigned_abs() > 75_000);
    s.check(5, !(view.parking && fast) || found.is_some());
    let draws = view.parking && ma.unsigned_abs() > 1_000;
    let two = Duration::from_ms(2);
    let long = was.parks_hard_for.plus_up_to(view.dt, two) >= two;
    s.check(6, !(draws && long) || found.is_some());
    let only_brake = view.braking && !late && !view.parking;
    let wanting = view.current.is_some_and(|now| now.as_ma() > -56);
    s.check(
        7,
        !(stuck && only_brake && view.current.is_some()) || wanting,
    );
    let now = view.speed.quarter.as_mhz();
    let from = was.from_mhz;
    let known = (20_000..1_000_000).contains(&from) && was.since >= two;
    let idle = wanting && was.idle_for >= Duration::from_ms(3);
    let came = was.idle_edges.saturating_add(view.speed.edges) >= 2
        && was.edges.saturating_add(view.speed.edges) >= 2;
    let eight = Duration::from_ms(8);
    let due = was.since.plus_up_to(view.dt, eight) >= eight;
    let keeps =
        now > 20_000 && now < 1_000_000 && now.saturating_mul(100) > from.saturating_mul(80);
    s.check(
        8,
        !(view.braking && known && idle && came && due && keeps) || stuck,
    );
    s.cover(1, stuck);
    s.cover(2, found == Some(Fault::OverCurrent));
    s.cover(3, found.is_none() && view.braking);
}
