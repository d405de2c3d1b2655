//! Storage lies ahead of the time that a session has taken, so that no power cut gives any of it back
//! (SESS-008, SESS-011).
//!
//! Elapsed time runs whether the motor turns or not, and flash cannot be written as fast. So what storage is
//! told of an open session is more than was used: as much more as passes until it is told again. Whoever
//! loses power finds that, and never less than was used. A session that is closed is told as it was.
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

/// How far storage lies ahead at rest: what a power cut costs at most, less [`LEAST`].
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

/// Storage that is ahead up to here has to be told anew: too little is left, or more than is needed since
/// Service ended. Nothing is due before it was told of this session at all: the core sees to that.
pub(crate) fn is_due(pen: &Pen, until: Option<Duration>) -> bool {
    let ledger = pen.ledger();
    let Some(until) = until.filter(|_| ledger.open) else {
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

/// Storage is not yet ahead of a drive in Service mode.
pub(crate) fn forbids_service(pen: &Pen, until: Option<Duration>) -> bool {
    pen.status().mode == Mode::Service && is_due(pen, until)
}
