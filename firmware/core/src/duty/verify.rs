//! A push under proof: small, whatever is asked (STOP-003).

use super::Push;
use crate::cam::Way;
use crate::gate::Bridge;
use crate::verify::{Any, Rule, Source, rule};

/// Whatever the room can make; there is no other maker.
impl Any for Push {
    fn any<S: Source>(s: &mut S) -> Self {
        let way = Way::any(s);
        Self::new(way, i32::any(s))
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "STOP-003",
        "a push is at most 2.1 V of a pack of 8.5 V, whatever voltage is asked",
    ),
    rule(2, "STOP-003", "it goes the way that was asked"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "the strongest push")];

/// Any way, any voltage.
pub fn room<S: Source>(s: &mut S) {
    let (way, mv) = (Way::any(s), i32::any(s));
    let (parts, forward) = match Push::new(way, mv).bridge() {
        Bridge::Forward(duty) => (duty.as_parts(), true),
        Bridge::Backward(duty) => (duty.as_parts(), false),
        Bridge::Float | Bridge::Short => (u16::MAX, false),
    };
    s.check(1, parts <= 2_470 && (mv > 0 || parts == 0));
    s.check(2, forward == (way == Way::Forward));
    s.cover(1, parts == 2_470);
}
