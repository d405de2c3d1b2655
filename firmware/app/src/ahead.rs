//! Storage lies ahead of the time that a session has taken, so that a power cut gives none of it back
//! (SESS-008, SESS-011).
//!
//! Elapsed time runs whether the motor turns or not, and flash cannot be written as fast. So what storage is
//! told of an open session is more than was used: as much more as passes until it is told again. Whoever
//! loses power finds that, and not less than was used, unless flash refused each store until what storage was
//! ahead by had passed. A session that is closed is told as it was.
//!
//! | the pen | is ahead by | told again |
//! | --- | --- | --- |
//! | rests | [`AHEAD`] | once a minute by the core; at the latest when [`LEAST`] is left |
//! | treats | the same, and the activation that the ledger reserves | when the motor stands |
//! | serves | all that a session may last | when Service ends |

use pen_core::limits;
use pen_core::mode::Mode;
use pen_core::pen::Pen;
use pen_core::session::Ledger;
use pen_core::units::Duration;

/// How far storage lies ahead at rest when it has just been told: what a power cut at rest costs the session
/// at most. One while the pen treats costs the activation that is reserved, too.
///
/// - Unit: us. Source: none yet; the interval of the core and time for a store that has to erase
pub const AHEAD: Duration = Duration::from_s(65);

/// What must be left of it whenever the motor may start: the stop of the longest activation takes 0.5 s, and
/// the store after it one job before it.
///
/// - Unit: us. Source: none yet
pub const LEAST: Duration = Duration::from_s(3);

const _: () = assert!(AHEAD.as_us() >= limits::LEDGER_INTERVAL.as_us() + LEAST.as_us());

const CAP: Duration = Duration::from_us(u32::MAX);

/// How far storage has to be ahead in the mode in force. Motion in Service mode is reserved by no ledger, and has
/// no end of its own.
fn ahead_of(pen: &Pen) -> Duration {
    if matches!(pen.status().mode, Mode::Service | Mode::ServiceRunning) {
        limits::SESSION_ELAPSED_MAX
    } else {
        AHEAD
    }
}

/// This ledger, as storage is told it.
pub(crate) fn told(ledger: Ledger, ahead: Duration) -> Ledger {
    if !ledger.open {
        return ledger;
    }
    Ledger {
        elapsed: ledger.elapsed.plus_up_to(ahead, CAP),
        ..ledger
    }
}

/// A ledger of this pen, as storage is told it.
pub(crate) fn told_of(pen: &Pen, ledger: Ledger) -> Ledger {
    if ledger.open {
        told(ledger, ahead_of(pen))
    } else {
        ledger
    }
}

/// What a start is sure to find of the elapsed time of a session that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Number of the session.
    pub(crate) session: u32,
    /// No less than this.
    pub(crate) until: Duration,
}

impl Reach {
    /// Of a ledger that was read back; nothing of a session that is closed.
    pub(crate) fn of(stored: &Ledger) -> Option<Self> {
        stored.open.then_some(Self {
            session: stored.session,
            until: stored.elapsed,
        })
    }

    /// While `next` is stored over what `before` is of, and when that was refused: a start may find either.
    pub(crate) fn of_either(before: Option<Self>, next: &Ledger) -> Option<Self> {
        let (before, next) = (before?, Self::of(next)?);
        (before.session == next.session).then_some(Self {
            until: before.until.min(next.until),
            ..next
        })
    }
}

/// What storage has of the session that is open is to be told anew: too little is left, or more than is needed
/// since Service ended.
pub(crate) fn is_due(pen: &Pen, reach: Option<Reach>) -> bool {
    let ledger = pen.ledger();
    let is_its = |reach: &Reach| ledger.open && reach.session == ledger.session;
    let Some(Reach { until, .. }) = reach.filter(is_its) else {
        return false;
    };
    let ahead = ahead_of(pen);
    let least = if ahead > AHEAD {
        ahead
    } else {
        ledger.elapsed.plus_up_to(LEAST, CAP)
    };
    until < least || until > told(ledger, ahead).elapsed
}

/// Storage has nothing certain of the session that is open: each time that it was told, flash refused.
pub(crate) fn is_untold(pen: &Pen, reach: Option<Reach>) -> bool {
    let ledger = pen.ledger();
    ledger.open && reach.is_none_or(|reach| reach.session != ledger.session)
}

/// Storage is not yet ahead of a drive in Service mode.
pub(crate) fn forbids_service(pen: &Pen, reach: Option<Reach>) -> bool {
    pen.status().mode == Mode::Service && (is_untold(pen, reach) || is_due(pen, reach))
}
