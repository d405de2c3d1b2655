//! The account under proof: a start finds at least what was used (SESS-008).

use super::Ledger;
use crate::units::Duration;
use crate::verify::{Any, Rule, Source, rule};

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "SESS-008",
        "a start finds no less time and strokes used than were stored",
    ),
    rule(2, "SESS-008", "nor in any zone, nor of the cartridge"),
    rule(
        3,
        "SESS-011",
        "an interrupted activation counts as the whole of it: 120 s, in session and zone",
    ),
    rule(4, "SESS-011", "and as 120 s of strokes at 160 Hz"),
    rule(
        5,
        "STOP-012",
        "everything else is as it was stored, a terminal fault above all",
    ),
    rule(6, "SESS-011", "nothing is reserved afterwards"),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[(1, "was interrupted"), (2, "was not")];

/// Any ledger that storage may hold.
pub fn room<S: Source>(s: &mut S) {
    let stored = Ledger::any(s);
    let found = stored.restored();
    let more = found.on >= stored.on && found.elapsed >= stored.elapsed;
    s.check(1, more && found.strokes >= stored.strokes);
    s.check(2, found.cartridge_strokes >= stored.cartridge_strokes);
    let interrupted = stored.reserved.is_some();
    let most = Duration::from_us(u32::MAX);
    let whole = Duration::from_s(120);
    let on = found.on >= stored.on.plus_up_to(whole, most);
    let elapsed = found.elapsed >= stored.elapsed.plus_up_to(whole, most);
    s.check(3, !interrupted || (on && elapsed));
    let strokes = found.strokes >= stored.strokes.plus(19_200)
        && found.cartridge_strokes >= stored.cartridge_strokes.plus(19_200);
    s.check(4, !interrupted || strokes);
    for (place, (old, new)) in (0_u8..).zip(stored.zones.iter().zip(&found.zones)) {
        s.check(2, new.on >= old.on && new.strokes >= old.strokes);
        let own = stored.reserved == Some(place);
        s.check(3, !own || new.on >= old.on.plus_up_to(whole, most));
        s.check(4, !own || new.strokes >= old.strokes.plus(19_200));
    }
    let kept = Ledger {
        on: stored.on,
        elapsed: stored.elapsed,
        strokes: stored.strokes,
        cartridge_strokes: stored.cartridge_strokes,
        zones: stored.zones,
        reserved: stored.reserved,
        ..found
    };
    s.check(5, kept.same(&stored));
    s.check(6, found.reserved.is_none());
    s.cover(1, interrupted);
    s.cover(2, !interrupted);
}
