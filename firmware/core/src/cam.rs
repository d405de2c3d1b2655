//! Where the cam is, as far as tachometer and second witness agree (STOP-003).
//!
//! The tachometer tells the quarter, the motor's own voltage how far the cam came since the last
//! edge. A quarter that the cam should have left long ago, or that does not follow from the edges
//! that were counted, is in doubt; from then on nobody knows where the needles are, until a whole
//! turn was driven with both in accord.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::io::Quadrant;
use crate::limits;
use crate::units::{Depth, Duration};
use crate::witness::{QUARTER, Seen};

/// How far beyond its quarter the cam may seem to be: what the witness may be wrong by within a
/// quarter turn, and the placement of an edge. Unit: millionths of a turn. Source:
/// `docs/limits.md#stop`.
const SLACK: i32 = 60_000;
/// Deepest setting at which the retracted quarter really is inside: at its edges the needle bar
/// stands 2134 um short of full extension (1.25 mm (1 + cos 45 deg)), less a margin for channel
/// disagreement. Unit: um. Source: `docs/limits.md#stop`.
const INSIDE_UP_TO: Depth = Depth::from_um(2_000);
/// Farthest into the retracted quarter at which the tips are inside whatever the witness is wrong by:
/// up to 1.5 mm, where they are inside within 78 degrees of full retraction, and up to 2.0 mm, where
/// it is 53. Unit: millionths of a turn.
const INTO_SHALLOW: i32 = 300_000;
/// See [`INTO_SHALLOW`].
const INTO_DEEP: i32 = 230_000;
/// Nearer to full extension than this nobody can tell which side of it the cam is on: 9 degrees, what
/// the witness may be wrong by since the last edge. There the cam goes on forward: from as far again
/// before it, the tips move out by 61 um at most, and at any deeper setting they are out already, so
/// that it makes no entry. Unit: millionths of a turn. Source: `docs/limits.md#stop`.
const CENTRE: i32 = 25_000;

/// Edges that may come while the winding floats and nothing but the tachometer follows the cam: those of
/// a fall from full extension. Unit: edges.
const UNSEEN_MOST: u8 = 2;

/// Where the cam is.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one cam"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cam {
    quadrant: Quadrant,
    /// The quarter was entered forward.
    forward: bool,
    /// How far the cam came since it entered the quarter. Unit: millionths of a turn.
    into: i32,
    /// That is known: it was seen to enter one.
    placed: bool,
    /// Quarter less edges counted, modulo four: always the same while no edge is missed. Nothing before
    /// the first reading.
    phase: Option<u8>,
    edges: u8,
    odd: u8,
    incoherent: bool,
    /// Edges since the second witness last told anything.
    unseen: u8,
    trust: Trust,
    /// The motor has stood still since it was last driven.
    stood: bool,
    /// The needles were known to be inside when that was last looked at.
    parked: bool,
}
any_struct!(Cam {
    quadrant,
    forward,
    into,
    placed,
    phase,
    edges,
    odd,
    incoherent,
    unseen,
    trust,
    stood,
    parked
});

/// How far the quarter can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// It was found wrong: nothing moves by it.
    Doubted,
    /// Nothing speaks against it: good enough to push by, not to be told.
    Unproven,
    /// Both witnesses agreed over a whole turn: it may be told.
    Confirmed,
}
any_enum!(Trust {
    Doubted,
    Unproven,
    Confirmed
});

impl Cam {
    /// After a start the quarter is not in doubt, and not yet to be told: the tachometer may have
    /// stopped long ago.
    pub(crate) const fn new() -> Self {
        Self {
            quadrant: Quadrant::Retracted,
            forward: true,
            into: 0,
            placed: false,
            phase: None,
            edges: 0,
            odd: 0,
            incoherent: false,
            unseen: 0,
            trust: Trust::Unproven,
            stood: false,
            parked: false,
        }
    }

    /// A drive begins: where it leaves the cam nobody knows yet.
    pub(crate) const fn begin(&mut self) {
        self.stood = false;
        self.parked = false;
    }

    /// No edge for so long.
    pub(crate) fn rest(&mut self, since_edge: Duration) {
        self.stood = self.stood || since_edge >= limits::STANDSTILL_TIME;
    }

    /// The motor has stood still since it was last driven.
    pub(crate) const fn has_stood(&self) -> bool {
        self.stood
    }

    /// STOP-003: looks whether the needles are inside; a motor that still turns is not parked.
    pub(crate) fn look(&mut self, depth: Option<Depth>) {
        self.parked = self.stood && self.is_inside(depth);
    }

    /// The stop is over, whatever turned in it: are the needles inside?
    pub(crate) fn settle(&mut self, depth: Option<Depth>) -> bool {
        self.parked = self.is_inside(depth);
        self.parked
    }

    /// The needles were known to be inside when that was last looked at.
    pub(crate) const fn is_parked(&self) -> bool {
        self.parked
    }

    /// One tick. `edges` are those of the tachometer, negative backward.
    pub(crate) fn update(&mut self, quadrant: Quadrant, edges: i8, seen: &Seen) {
        self.follow_phase(quadrant, edges);
        if edges != 0 {
            self.forward = edges.is_positive();
        }
        self.quadrant = quadrant;
        self.placed = seen.placed;
        self.into = if self.forward {
            seen.since_edge
        } else {
            seen.since_edge.saturating_neg()
        };
        let beyond = self.into > QUARTER.saturating_add(SLACK) || self.into < -SLACK;
        if beyond || self.incoherent {
            self.lose();
        }
        self.follow_unseen(edges, seen);
    }

    /// What one witness alone has followed for long is not to be told.
    fn follow_unseen(&mut self, edges: i8, seen: &Seen) {
        self.unseen = match seen.rate_mhz {
            Some(_) => 0,
            None => self.unseen.saturating_add(edges.unsigned_abs()),
        };
        if self.unseen > UNSEEN_MOST && self.trust == Trust::Confirmed {
            self.trust = Trust::Unproven;
        }
    }

    /// Every edge leads to the next quarter. Levels and counter may be read a tick apart.
    fn follow_phase(&mut self, quadrant: Quadrant, edges: i8) {
        self.edges = self.edges.wrapping_add_signed(edges);
        let phase = place(quadrant).wrapping_sub(self.edges) & 3;
        self.odd = if phase == *self.phase.get_or_insert(phase) {
            0
        } else {
            self.odd.saturating_add(1)
        };
        self.incoherent = self.odd >= 2;
        if self.incoherent {
            self.phase = Some(phase);
            self.odd = 0;
        }
    }

    /// Edges were missed: the quarter does not follow from those that were counted. True for one tick.
    pub(crate) const fn is_incoherent(&self) -> bool {
        self.incoherent
    }

    /// Both witnesses agreed over a whole turn.
    pub(crate) const fn confirm(&mut self) {
        self.trust = Trust::Confirmed;
    }

    /// Nobody knows any more.
    pub(crate) const fn lose(&mut self) {
        self.trust = Trust::Doubted;
    }

    /// The way in: from the outward quarter the needles go back as they came; around full extension by
    /// the side that they are on, and there as before as long as that is not certainly wrong. Nothing
    /// when they are in, or when nobody knows.
    pub(crate) fn way_in(&self, before: Option<Way>) -> Option<Way> {
        if self.trust == Trust::Doubted {
            return None;
        }
        let past = if self.forward {
            self.into.saturating_sub(QUARTER / 2)
        } else {
            (QUARTER / 2).saturating_sub(self.into)
        };
        match self.quadrant {
            Quadrant::Extending => Some(Way::Backward),
            Quadrant::Retracting => Some(Way::Forward),
            Quadrant::Extended if !self.placed => None,
            Quadrant::Extended => {
                let edge = match before {
                    None => -CENTRE,
                    Some(Way::Backward) => CENTRE,
                    Some(Way::Forward) => -3 * CENTRE,
                };
                Some(if past > edge {
                    Way::Forward
                } else {
                    Way::Backward
                })
            }
            Quadrant::Retracted => None,
        }
    }

    /// Nothing was found that speaks against the quarter.
    #[cfg(any(test, feature = "verify"))]
    pub(crate) fn is_believed(&self) -> bool {
        self.trust != Trust::Doubted
    }

    /// Quarter turns from here to full retraction.
    pub(crate) const fn quarters_out(&self) -> u8 {
        match self.quadrant {
            Quadrant::Retracted => 0,
            Quadrant::Extending | Quadrant::Retracting => 1,
            Quadrant::Extended => 2,
        }
    }

    /// STOP-003: the needles are known to be inside at this depth.
    fn is_inside(&self, depth: Option<Depth>) -> bool {
        let Some(depth) = depth else { return false };
        let most = if depth <= limits::DEPTH_PROFESSIONAL {
            INTO_SHALLOW
        } else {
            INTO_DEEP
        };
        self.trust == Trust::Confirmed
            && self.quadrant == Quadrant::Retracted
            && depth <= INSIDE_UP_TO
            && self.into <= most
    }
}

/// A direction of the cam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Forward,
    Backward,
}
any_enum!(Way { Forward, Backward });

/// A quarter's place in a turn forward.
const fn place(quadrant: Quadrant) -> u8 {
    match quadrant {
        Quadrant::Extended => 0,
        Quadrant::Retracting => 1,
        Quadrant::Retracted => 2,
        Quadrant::Extending => 3,
    }
}

#[cfg(test)]
mod tests;
