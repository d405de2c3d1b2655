//! The mode table under proof.

use super::{AfterStop, Event, Mode};
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SAFE-001",
        "a mode that drives is entered by a start only: Treating from Ready, ServiceRunning from Service",
    ),
    rule(
        2,
        "STOP-006",
        "a fault is left from Faulted only, by acknowledgement, for Locked",
    ),
    rule(3, "STOP-006", "a trip always ends in a fault"),
    rule(4, "STOP-005", "a stop or a lock ends a drive"),
    rule(5, "STOP-010", "a stop is accepted in every mode"),
    rule(
        6,
        "STOP-007",
        "Boot is never entered, and left for Locked or Faulted only",
    ),
    rule(
        7,
        "STOP-009",
        "a drive is left for a stop or a reaction only, where the motor is braked",
    ),
    rule(
        8,
        "SESS-004",
        "Ready is entered from Standby by the confirmed zone, or from a stop that keeps it open",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "starts"), (2, "is refused")];

/// Any mode, any event.
pub fn room<S: Source>(s: &mut S) {
    let (from, event, stop) = (Mode::any(s), Event::any(s), AfterStop::any(s));
    let after = from.after(event, stop);
    let to = after.unwrap_or(from);
    let drives = |mode| mode == Mode::Treating || mode == Mode::ServiceRunning;
    let faulted = |mode| mode == Mode::FaultReaction || mode == Mode::Faulted;
    let begins = drives(to) && from != to;
    let starts = (from, to) == (Mode::Ready, Mode::Treating)
        || (from, to) == (Mode::Service, Mode::ServiceRunning);
    s.check(1, !begins || (starts && event == Event::Start));
    let left = faulted(from) && !faulted(to);
    let rightly = from == Mode::Faulted && event == Event::Acknowledge && to == Mode::Locked;
    s.check(2, !left || rightly);
    s.check(3, event != Event::Trip || (after.is_ok() && faulted(to)));
    let ends = event == Event::Stop || event == Event::Lock;
    s.check(4, !(drives(from) && ends) || to == Mode::Stopping);
    s.check(5, event != Event::Stop || after.is_ok());
    let boots = from == Mode::Boot;
    s.check(6, boots || to != Mode::Boot);
    s.check(
        6,
        !boots || matches!(to, Mode::Boot | Mode::Locked | Mode::Faulted),
    );
    let halts = to == Mode::Stopping || to == Mode::FaultReaction;
    s.check(7, !drives(from) || to == from || halts);
    let armed = from == Mode::Standby && event == Event::Arm;
    let back = from == Mode::Stopping && event == Event::Halted && stop == AfterStop::Ready;
    s.check(8, to != Mode::Ready || from == Mode::Ready || armed || back);
    s.cover(1, begins);
    s.cover(2, after.is_err());
}
