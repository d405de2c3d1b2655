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

#[cfg(test)]
mod tests {
    use super::Knot;
    use crate::calibration::between;
    use crate::units::Depth;

    fn at(run: u16, rise: i32, along: u16) -> i32 {
        let knot = |counts, um| Knot {
            counts,
            depth: Depth::from_um(um),
        };
        between(knot(9, -100), knot(9 + run, rise - 100), 9 + along).as_um() + 100
    }

    /// DEPTH-008: the depth lies between those of the knots. It is the whole part of what is linear in the
    /// counts, so it is enough to look at both ends of every run.
    #[test]
    fn depth_008_a_depth_between_two_knots_lies_between_theirs() {
        for run in 1..4_078 {
            for rise in (-4_000..=4_000).step_by(125) {
                for along in [0, 1, run / 2, run - 1, run] {
                    let um = at(run, rise, along);
                    assert!(
                        (rise.min(0)..=rise.max(0)).contains(&um),
                        "{run} {rise} {along}"
                    );
                }
                assert_eq!((at(run, rise, 0), at(run, rise, run)), (0, rise));
            }
        }
        for (run, rise) in [(7, 5), (560, 400), (999, -714), (4_078, 2_500)] {
            let row: Vec<i32> = (0..=run).map(|along| at(run, rise, along)).collect();
            assert!(row.is_sorted_by(|one, next| (next - one) * rise.signum() >= 0));
        }
    }
}
