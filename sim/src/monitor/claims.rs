//! What the firmware says of itself, beside the truth. It is judged, and never asked for anything
//! that another judge uses.

use pen_core::status::Status;

use super::rule::{Book, Defect, Rule};
use crate::pen::Truth;

/// SESS-002: share of the true strokes by which a count may be off, and strokes for each
/// activation: those that begin or end within a quarter turn, at its start and at its stop.
const OFF: f64 = 0.01;
const OFF_EACH: f64 = 2.0;
/// Once a session the tachometer may fall silent: strokes until that is seen, after 2.5 periods
/// (RATE-003), and those of the stop (STOP-002).
const OFF_LOST: f64 = 3.0 + 2.0;

/// What a pen that runs says at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The needles are known to be inside.
    pub parked: bool,
    /// The motor rests: a mode in which nothing moves.
    pub at_rest: bool,
    /// Number of the open session, 0 for none.
    pub session: u32,
    /// Strokes of that session.
    pub strokes: u32,
    /// A fault is latched, for everybody to see.
    pub told: bool,
}

impl From<&Status> for Claims {
    fn from(status: &Status) -> Self {
        Self {
            parked: status.parked,
            at_rest: status.mode.is_at_rest(),
            session: status.session,
            strokes: status.strokes.as_count(),
            told: status.fault.is_some(),
        }
    }
}

/// Parked against true.
pub(super) fn see_parked(claims: &Claims, t: &Truth, book: &mut Book) {
    if claims.parked && claims.at_rest {
        book.see(Rule::Parked, t.protrusion_um.max(0.0), t.time_us);
    }
}

/// Strokes counted against true.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    open: Option<Open>,
}

/// A session as it was when it was first seen.
#[derive(Clone, Copy, Debug)]
struct Open {
    session: u32,
    /// Strokes that were true, and those that were counted.
    truly: u64,
    counted: u32,
    activations: u32,
    starts: u32,
}

impl Count {
    /// `activations` are those of the run so far.
    pub(super) fn see(&mut self, claims: &Claims, activations: u32, t: &Truth, book: &mut Book) {
        if claims.session == 0 {
            return;
        }
        let open = match self.open {
            Some(open) if open.session == claims.session => open,
            _ => Open {
                session: claims.session,
                truly: t.strokes,
                counted: claims.strokes,
                activations,
                starts: t.starts,
            },
        };
        self.open = Some(open);
        if !claims.at_rest {
            return;
        }
        let truly = number(t.strokes - open.truly);
        let counted = f64::from(claims.strokes) - f64::from(open.counted);
        let off = OFF * truly + OFF_EACH * f64::from(activations - open.activations) + OFF_LOST;
        book.see(Rule::Missed, truly - counted - off, t.time_us);
        // After a restart the pen counts what it had reserved, which may be more than was used.
        if t.starts == open.starts || book.has(Defect::Restart) {
            book.see(Rule::Invented, counted - truly - off, t.time_us);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "strokes of a run")]
fn number(strokes: u64) -> f64 {
    strokes as f64
}
