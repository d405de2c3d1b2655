//! The test of each path under proof (STOP-004).

use super::Probe;
use crate::fault::Fault;
use crate::gate::Wish;
use crate::units::{Current, Duration};
use crate::verify::{Any, Rule, Source, at_most, rule};

impl Probe {
    /// What is true of the test between two ticks.
    pub(crate) fn holds(&self) -> bool {
        let most = Duration::from_ms(if self.paths == 2 { 20 } else { 10 });
        (self.paths == 1 || self.paths == 2)
            && self.ran_for <= most
            && self.quiet_for <= Duration::from_ms(5)
            && self.confirms.is_none_or(|time| time <= Duration::from_ms(3))
            // It runs until every path was tried, or the duty is gone and the current is watched.
            && (!self.runs || self.confirms.is_some() || self.ran_for < most)
            && (self.confirms.is_none() || self.runs)
    }

    /// The pen that is tested has a second switch.
    pub(crate) const fn has_second(&self) -> bool {
        self.paths == 2
    }

    /// Brings a test that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self, second_switch: bool) {
        self.paths = if second_switch { 2 } else { 1 };
        let most = if second_switch { 20 } else { 10 };
        at_most(&mut self.ran_for, most);
        at_most(&mut self.quiet_for, 5);
        self.confirms = self.confirms.map(|time| time.min(Duration::from_ms(3)));
        self.runs =
            self.confirms.is_some() || (self.runs && self.ran_for < Duration::from_ms(most));
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(1, "STOP-004", "the test keeps its invariant"),
    rule(
        2,
        "STOP-004",
        "it wants a small duty, 15 percent, with one path open, or nothing",
    ),
    rule(
        3,
        "STOP-004",
        "it tests a second switch only where there is one",
    ),
    rule(
        4,
        "STOP-004",
        "it finds a path stuck only after the duty was gone and the current went, too",
    ),
    rule(
        5,
        "STOP-004",
        "it is done only after 10 ms of duty on each path, in ticks of at most 2 ms",
    ),
    rule(
        6,
        "STOP-009",
        "it wants no duty where it may not run, or without a reading of the current",
    ),
    rule(
        7,
        "STOP-004",
        "it begins a duty only after nothing flowed for 5 ms",
    ),
    rule(
        8,
        "STOP-004",
        "what it finds is a stuck path, which is terminal",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "tests the enable path"),
    (2, "tests the second switch"),
    (3, "is done"),
    (4, "finds a path stuck"),
];

/// Any test, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut probe = Probe::any(s);
    if s.is_drawn() {
        let second = probe.paths % 2 == 0;
        probe.tame(second);
    }
    s.assume(probe.holds());
    let before = probe;
    let (may_run, current) = (bool::any(s), Option::<Current>::any(s));
    let dt = Duration::any(s);
    let found = probe.update(may_run, current, dt);
    let wish = probe.wish();
    let flows = current.is_some_and(|now| !(-120..=120).contains(&now.as_ma()));
    s.check(1, probe.holds() && probe.paths == before.paths);
    let (first, second, parts) = match wish {
        Some(Wish::ProbeEnable(duty)) => (true, false, duty.as_parts()),
        Some(Wish::ProbeSupply(duty)) => (false, true, duty.as_parts()),
        Some(Wish::Off | Wish::Brake | Wish::Turn(_) | Wish::Park(_)) => (false, false, u16::MAX),
        None => (false, false, 0),
    };
    s.check(2, parts <= 1_500);
    s.check(3, !second || probe.paths == 2);
    let gone = before.confirms.is_some();
    s.check(4, found.is_none() || (gone && !flows && may_run));
    let most = Duration::from_ms(2);
    let ran = before
        .ran_for
        .plus_up_to(dt.min(most), Duration::from_ms(20));
    s.check(5, probe.ran_for <= ran);
    s.check(
        6,
        (may_run && current.is_some()) || before.is_done() || wish.is_none(),
    );
    let quiet = before
        .quiet_for
        .plus_up_to(dt.min(most), Duration::from_ms(5));
    let begun = probe.runs && !before.runs;
    s.check(7, !begun || (!flows && quiet >= Duration::from_ms(5)));
    s.check(
        8,
        found.is_none_or(|trip| trip.fault == Fault::EnablePathStuck),
    );
    s.cover(1, first);
    s.cover(2, second);
    s.cover(3, probe.is_done() && !before.is_done());
    s.cover(4, found.is_some());
}
