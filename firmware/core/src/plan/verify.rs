//! A plan's fingerprint under proof: no panic, whatever the plan. The proofs of the doors let it be any
//! number, so nothing there hangs on which one it is (SESS-011).

use super::Plan;
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[rule(
    1,
    "SESS-011",
    "the same plan has the same fingerprint, whatever day it is loaded on",
)];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[];

/// Any plan, on two days.
pub fn room<S: Source>(s: &mut S) {
    let plan = Plan::any(s);
    let later = Plan {
        day: u16::any(s),
        ..plan
    };
    s.check(1, plan.fingerprint() == later.fingerprint());
}
