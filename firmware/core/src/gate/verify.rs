//! The gate under proof: torque needs every permission at once (SAFE-001, last link).

use super::{Bridge, Duty, MotorCommand, Permits, Wish, command};
use crate::verify::{Any, Rule, Source, rule};

impl Any for Duty {
    fn any<S: Source>(s: &mut S) -> Self {
        Self::from_parts(u16::any(s))
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Whatever the gate can make; there is no other maker.
impl Any for MotorCommand {
    fn any<S: Source>(s: &mut S) -> Self {
        command(Wish::any(s), Permits::any(s))
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SAFE-001",
        "torque for work is given only when mode, guard, budget and interlocks all allow it",
    ),
    rule(
        2,
        "STOP-009",
        "what is refused torque is braked, never left to coast",
    ),
    rule(3, "CONF-007", "no duty is more than all"),
    rule(
        4,
        "STOP-004",
        "the second switch is open in a brake and when torque is off",
    ),
    rule(
        5,
        "STOP-004",
        "the test of a path keeps that path open and gives no torque",
    ),
    rule(6, "STOP-003", "a push to park needs the guard"),
    rule(7, "STOP-009", "no wish opens every path"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "turns"),
    (2, "parks"),
    (3, "is braked because something forbids to turn"),
];

/// Any wish, any permissions.
pub fn room<S: Source>(s: &mut S) {
    let (wish, permits) = (Wish::any(s), Permits::any(s));
    let guard = permits.guard.is_some();
    let all =
        guard && permits.mode.is_some() && permits.budget.is_some() && permits.interlocks.is_some();
    let given = command(wish, permits);
    let (works, parks, tests) = match wish {
        Wish::Turn(_) => (true, false, false),
        Wish::Park(_) => (false, true, false),
        Wish::ProbeEnable(_) | Wish::ProbeSupply(_) => (false, false, true),
        Wish::Off | Wish::Brake => (false, false, false),
    };
    let turning = matches!(given.bridge(), Bridge::Forward(_) | Bridge::Backward(_));
    let torque = given.enable() && given.supply() && turning;
    s.check(1, !(torque && works) || all);
    s.check(
        2,
        wish == Wish::Off || tests || torque || given.bridge() == Bridge::Short,
    );
    let parts = match given.bridge() {
        Bridge::Forward(duty) | Bridge::Backward(duty) => duty.as_parts(),
        Bridge::Float | Bridge::Short => 0,
    };
    s.check(3, parts <= 10_000);
    let rests = given.bridge() == Bridge::Short || wish == Wish::Off;
    s.check(4, !rests || !given.supply());
    let kept_open = match wish {
        Wish::ProbeEnable(_) => !given.enable(),
        Wish::ProbeSupply(_) => !given.supply(),
        Wish::Off | Wish::Brake | Wish::Turn(_) | Wish::Park(_) => true,
    };
    s.check(5, kept_open && !(tests && torque));
    s.check(6, !(torque && parks) || guard);
    s.check(7, wish != Wish::Off || given == MotorCommand::OFF);
    s.cover(1, torque && works);
    s.cover(2, torque && parks);
    s.cover(3, works && !torque && given.bridge() == Bridge::Short);
}
