//! The depth monitors under proof: each trips within its time (DEPTH-002 to DEPTH-006).

use super::{DepthGuard, View};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, at_most, rule};

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

impl DepthGuard {
    /// How long it has been too deep.
    pub(crate) const fn over_for(&self) -> Duration {
        self.over_for
    }

    /// What is true of the monitors between two ticks.
    fn holds(&self) -> bool {
        self.over_for <= ms(2) && self.apart_for <= ms(50) && self.crept_for <= ms(50)
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "DEPTH-001",
        "driven without both channels is a trip in that very tick",
    ),
    rule(
        2,
        "DEPTH-002",
        "more than 50 um beyond the cap for 2 ms is a trip",
    ),
    rule(
        3,
        "DEPTH-004",
        "channels more than 100 um apart for 50 ms are a trip",
    ),
    rule(
        4,
        "DEPTH-004",
        "samples more than 200 um apart twice in a row are a trip",
    ),
    rule(
        5,
        "DEPTH-005",
        "a channel that stood still for 245 ms while the pen turns above 30 Hz is a trip",
    ),
    rule(
        6,
        "DEPTH-006",
        "100 um deeper than at the start for 50 ms is a trip",
    ),
    rule(
        7,
        "DEPTH-002",
        "the times run with the tick while their cause lasts, so the bounds are of real time",
    ),
    rule(
        8,
        "DEPTH-002",
        "nothing is found without a cause, and nothing but a fault of the depth",
    ),
    rule(
        9,
        "DEPTH-011",
        "what a drive left behind is forgotten when it is over",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "too deep"),
    (2, "apart"),
    (3, "crept"),
    (4, "stuck"),
    (5, "no trip while driven"),
];

/// Any monitors, any view, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut guard = DepthGuard::any(s);
    if s.is_drawn() {
        at_most(&mut guard.over_for, 2);
        at_most(&mut guard.apart_for, 50);
        at_most(&mut guard.crept_for, 50);
    }
    s.assume(guard.holds());
    let view = View::any(s);
    let was = if view.begins {
        DepthGuard::new()
    } else {
        guard
    };
    let found = guard.check(&view);
    let driven = view.drive == Drive::Driven;
    s.check(7, guard.holds());
    s.check(
        9,
        driven || (found.is_none() && guard.same(&DepthGuard::new())),
    );
    let (Some(a), Some(b)) = (view.a.depth, view.b.depth) else {
        s.check(1, !driven || found.is_some());
        return;
    };
    if !driven {
        return;
    }
    let fault = found.map(|trip| trip.fault);
    let wide = |depth: crate::units::Depth| i64::from(depth.as_um());
    let deeper = wide(a).max(wide(b));
    // A cap beyond any that can be is no matter of this room.
    let over = deeper > wide(view.cap).saturating_add(50) && wide(view.cap) <= 1_000_000;
    let over_for = was.over_for.plus_up_to(view.dt, ms(2));
    s.check(2, !over || over_for < ms(2) || found.is_some());
    s.check(7, !over || guard.over_for >= over_for);
    let apart = view.calibrated && wide(a).abs_diff(wide(b)) > 100;
    let apart_for = was.apart_for.plus_up_to(view.dt, ms(50));
    s.check(3, !apart || apart_for < ms(50) || found.is_some());
    s.check(7, !apart || guard.apart_for >= apart_for);
    let far = |raw: u64| view.calibrated && raw > 200;
    let raw = view.a.raw.zip(view.b.raw);
    let far = far(raw.map_or(0, |(a, b)| wide(a).abs_diff(wide(b))));
    s.check(4, !(far && was.far_apart >= 1) || found.is_some());
    s.check(4, !far || guard.far_apart >= 1);
    let still = view.a.still_for.max(view.b.still_for) >= ms(245);
    let turning = view.speed.known && view.speed.rate.as_mhz() > 30_000;
    s.check(5, !(still && turning) || found.is_some());
    let moved = guard
        .start
        .map_or(0, |start| deeper.saturating_sub(wide(start)));
    let crept_for = was.crept_for.plus_up_to(view.dt, ms(50));
    s.check(6, moved <= 100 || crept_for < ms(50) || found.is_some());
    s.check(7, moved <= 100 || guard.crept_for >= crept_for);
    let cause = over || apart || far || moved > 100 || (still && turning);
    s.check(8, found.is_none() || cause || wide(view.cap) > 1_000_000);
    s.check(
        8,
        fault != Some(Fault::DepthInvalid) && fault.is_none_or(is_of_depth),
    );
    s.cover(1, fault == Some(Fault::OverDepth));
    s.cover(2, fault == Some(Fault::DepthDisagrees));
    s.cover(3, fault == Some(Fault::DepthCrept));
    s.cover(4, fault == Some(Fault::DepthStuck));
    s.cover(5, found.is_none());
}

const fn is_of_depth(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::OverDepth | Fault::DepthDisagrees | Fault::DepthCrept | Fault::DepthStuck
    )
}
