//! A calibration table under proof (DEPTH-008).

use super::{Knot, Table};
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "DEPTH-008",
        "there is no depth outside the table's span, nor in an empty table",
    ),
    rule(2, "DEPTH-008", "at a knot the depth is the knot's"),
    rule(3, "DEPTH-008", "within the span there is a depth"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "between two knots"), (2, "outside")];

/// Any table in rising order of counts, any counts.
pub fn room<S: Source>(s: &mut S) {
    let mut table = Table::any(s);
    let counts = u16::any(s);
    if s.is_drawn() {
        let mut last = 0_u16;
        for knot in table.knots.iter_mut().flatten() {
            last = last.saturating_add(knot.counts % 600).saturating_add(1);
            knot.counts = last;
        }
    }
    let mut before: Option<Knot> = None;
    let mut first: Option<Knot> = None;
    let mut at: Option<Knot> = None;
    for knot in table.iter() {
        // What `Calibration::check` grants.
        s.assume(before.is_none_or(|before| before.counts < knot.counts));
        first = first.or(Some(knot));
        at = at.or(Some(knot).filter(|knot| knot.counts == counts));
        before = Some(knot);
    }
    let depth = table.depth(counts);
    let inside = first.is_some_and(|first| first.counts <= counts)
        && before.is_some_and(|last| last.counts >= counts);
    s.check(1, inside || depth.is_none());
    s.check(2, at.is_none_or(|knot| depth == Some(knot.depth)));
    s.check(3, !inside || depth.is_some());
    s.cover(1, inside && at.is_none());
    s.cover(2, first.is_some() && !inside);
}
