//! The monitors of current, battery and seat under proof (PWR-002, CART-001, SENS-001).

use super::{PowerGuard, View};
use crate::fault::Fault;
use crate::guard::Drive;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, at_most, rule};

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

impl PowerGuard {
    /// What is true of the monitors between two ticks.
    fn holds(&self) -> bool {
        self.above_continuous <= ms(300)
            && self.above_short <= ms(50)
            && self.above_peak <= ms(2)
            && self.unseated_for <= ms(40)
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SENS-001",
        "driven without current, battery or grip known is a trip",
    ),
    rule(
        2,
        "PWR-002",
        "more than 2.5 A for 2 ms is a trip, driven or halting",
    ),
    rule(
        3,
        "PWR-002",
        "more than 1.5 A for 50 ms, or 1.0 A for 300 ms, is a trip",
    ),
    rule(
        4,
        "CART-001",
        "a cartridge out of its seat for 40 ms while driven is a trip",
    ),
    rule(
        5,
        "PWR-002",
        "the times run with the tick while their cause lasts, and back no faster",
    ),
    rule(
        6,
        "CART-001",
        "a seat that rattles gains at most a quarter of the time that it is closed",
    ),
    rule(
        7,
        "PWR-002",
        "a motor at rest has no current to answer for here",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] =
    &[(1, "too much current"), (2, "unseated"), (3, "nothing")];

/// Any monitors, any view, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut guard = PowerGuard::any(s);
    if s.is_drawn() {
        at_most(&mut guard.above_continuous, 300);
        at_most(&mut guard.above_short, 50);
        at_most(&mut guard.above_peak, 2);
        at_most(&mut guard.unseated_for, 40);
    }
    s.assume(guard.holds());
    let was = guard;
    let view = View::any(s);
    let found = guard.check(&view).map(|trip| trip.fault);
    let driven = view.drive == Drive::Driven;
    let resting = view.drive == Drive::Resting;
    let known = view.current.is_some() && view.battery.is_some() && view.grip_known;
    s.check(1, !driven || known || found.is_some());
    let ma = view.current.map_or(0, |now| now.as_ma().unsigned_abs());
    let dt = view.dt;
    let peak = ma > 2_500 && was.above_peak.plus_up_to(dt, ms(2)) >= ms(2);
    s.check(2, resting || !peak || found == Some(Fault::OverCurrent));
    let short = ma > 1_500 && was.above_short.plus_up_to(dt, ms(50)) >= ms(50);
    let long = ma > 1_000 && was.above_continuous.plus_up_to(dt, ms(300)) >= ms(300);
    s.check(
        3,
        resting || !(short || long) || found == Some(Fault::OverCurrent),
    );
    let away = !view.seated && was.unseated_for.plus_up_to(dt, ms(40)) >= ms(40);
    s.check(4, !driven || !away || found.is_some());
    let runs = |old: Duration, new: Duration, above: bool, cap: Duration| {
        let least = if above {
            old.plus_up_to(dt, cap)
        } else {
            old.minus(dt)
        };
        new >= least
    };
    let all = runs(was.above_peak, guard.above_peak, ma > 2_500, ms(2))
        && runs(was.above_short, guard.above_short, ma > 1_500, ms(50))
        && runs(
            was.above_continuous,
            guard.above_continuous,
            ma > 1_000,
            ms(300),
        );
    s.check(
        5,
        guard.holds() && (resting || view.current.is_none() || all),
    );
    let back = was.unseated_for.minus(Duration::from_us(dt.as_us() / 4));
    s.check(6, !driven || guard.unseated_for >= back);
    s.check(7, !resting || found.is_none());
    s.cover(1, found == Some(Fault::OverCurrent));
    s.cover(2, found == Some(Fault::CartridgeUnseated));
    s.cover(3, driven && found.is_none());
}
