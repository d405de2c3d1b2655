//! Where the cam is, under proof: nothing moves or is told in doubt (STOP-003).

use super::{Cam, Trust, Way};
use crate::io::Quadrant;
use crate::units::Depth;
use crate::verify::{Any, Rule, Source, rule};
use crate::witness::Seen;

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(
        1,
        "STOP-003",
        "there is no way in while anything speaks against the quarter",
    ),
    rule(
        2,
        "STOP-003",
        "none from the retracted quarter, nor from around full extension before an edge was seen",
    ),
    rule(
        3,
        "STOP-003",
        "needles on their way out go back, those on their way in go on",
    ),
    rule(
        4,
        "STOP-003",
        "parked is told only of a cam that stood, in the retracted quarter, after a whole turn in accord",
    ),
    rule(5, "STOP-003", "and only at a known depth of at most 2.0 mm"),
    rule(
        6,
        "RATE-006",
        "a quarter that does not follow from the edges is in doubt",
    ),
    rule(
        7,
        "STOP-003",
        "no tick alone makes the quarter one to be told",
    ),
    rule(
        8,
        "STOP-003",
        "a cam that seems far beyond its quarter is in doubt",
    ),
    rule(
        9,
        "STOP-003",
        "a quarter that the tachometer alone followed for more than two edges is not told",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "is parked"),
    (2, "is lost"),
    (3, "goes on around the end"),
];

/// Any cam, any readings, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut cam = Cam::any(s);
    let was = cam;
    let (quadrant, edges, seen) = (Quadrant::any(s), i8::any(s), Seen::any(s));
    cam.update(quadrant, edges, &seen);
    let (before, depth) = (Option::<Way>::any(s), Option::<Depth>::any(s));
    let way = cam.way_in(before);
    let doubted = cam.trust == Trust::Doubted;
    s.check(1, !doubted || way.is_none());
    let blind = quadrant == Quadrant::Retracted || (quadrant == Quadrant::Extended && !seen.placed);
    s.check(2, !blind || way.is_none());
    let out = quadrant != Quadrant::Extending || doubted || way == Some(Way::Backward);
    let home = quadrant != Quadrant::Retracting || doubted || way == Some(Way::Forward);
    s.check(3, out && home);
    cam.look(depth);
    let parked = cam.is_parked();
    let told = quadrant == Quadrant::Retracted && cam.trust == Trust::Confirmed;
    s.check(4, !parked || (told && cam.has_stood()));
    s.check(
        5,
        !parked || depth.is_some_and(|depth| depth <= Depth::from_um(2_000)),
    );
    s.check(6, !cam.is_incoherent() || doubted);
    s.check(
        7,
        cam.trust != Trust::Confirmed || was.trust == Trust::Confirmed,
    );
    s.check(7, was.trust != Trust::Doubted || doubted);
    // More than a third of a turn since the last edge, where a quarter is the most there is.
    let far = seen.since_edge > 333_000 || seen.since_edge < -333_000;
    s.check(8, !far || doubted);
    let alone = seen.rate_mhz.is_none() && was.unseen.saturating_add(edges.unsigned_abs()) > 2;
    s.check(9, !alone || cam.trust != Trust::Confirmed);
    s.cover(1, parked);
    s.cover(2, doubted && was.trust != Trust::Doubted);
    s.cover(
        3,
        quadrant == Quadrant::Extended && way == Some(Way::Forward),
    );
}
