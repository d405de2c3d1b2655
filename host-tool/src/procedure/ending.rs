//! What is said at the end of a calibration: what the pen has in force, and what to do about it.

use pen_core::locks::Lock;
use pen_core::status::Status;

use crate::error::{Class, Code, HostError};

/// What the pen has in force, and whether it is signed off, in a few words.
pub(crate) fn in_force(status: &Status) -> String {
    match status.generation {
        0 => "no calibration".to_owned(),
        generation if status.locks.has(Lock::Unverified) => {
            format!("generation {generation}, unverified")
        }
        generation => format!("generation {generation}, signed off"),
    }
}

/// What is in force in a pen whose calibration was ended early, and what to do about it.
pub(super) fn left_behind(status: Option<&Status>) -> String {
    let Some(status) = status else {
        return "the pen does not say what is in force: look with `penctl status`. A calibration that was \
                committed and not signed off keeps it Locked"
            .into();
    };
    let generation = status.generation;
    if status.locks.has(Lock::Unverified) {
        format!(
            "generation {generation} is in force and unverified: the pen treats nobody until a calibration \
             passes as left, or the one before returns with `penctl calibrate undo`"
        )
    } else if generation == 0 {
        "the pen has no calibration; start again when ready".into()
    } else {
        format!("generation {generation} is in force and signed off; start again when ready")
    }
}

/// The error that ended a calibration, and what is in force by the last the pen said. What is treated with, or
/// not, stands before what else helps.
pub(super) fn advised(error: HostError, status: Option<&Status>) -> HostError {
    let left = left_behind(status);
    let is_settled = status.is_some_and(|status| !status.locks.has(Lock::Unverified));
    match error.class {
        Class::Interrupted | Class::Terminated => {
            HostError::interrupted("the calibration").with_fix(left)
        }
        Class::Aborted => error.with_fix(left),
        // It has answered since: that it is silent, and what helps then, is no longer so.
        Class::LinkLost if status.is_some() && error.code == Code::Timeout => error.with_fix(left),
        Class::LinkLost => both(left, error),
        _ if is_settled => error,
        _ => both(left, error),
    }
}

/// The error, with what the pen says before its own advice.
fn both(left: String, error: HostError) -> HostError {
    let fix = format!("{left}; {}", error.fix);
    error.with_fix(fix)
}

#[cfg(test)]
mod tests {
    use pen_core::locks::{Lock, Locks};
    use pen_core::status::Status;

    use super::{advised, in_force};
    use crate::client::status;
    use crate::clock::{Signal, simulate};
    use crate::error::{Code, HostError};

    fn pen(generation: u32, is_unverified: bool) -> Status {
        let locks = Locks::NONE.with(Lock::Unverified, is_unverified);
        Status {
            generation,
            locks,
            ..status()
        }
    }

    const SIGNED_OFF: &str = "generation 3 is in force and signed off; start again when ready";
    const UNVERIFIED: &str = "generation 3 is in force and unverified: the pen treats nobody until a calibration \
                              passes as left, or the one before returns with `penctl calibrate undo`";
    const SILENT: &str = "the pen does not say what is in force: look with `penctl status`. A calibration that was \
                          committed and not signed off keeps it Locked";

    #[test]
    fn a_few_words_say_what_is_in_force_and_whether_it_is_signed_off() {
        assert_eq!(in_force(&pen(0, true)), "no calibration");
        assert_eq!(in_force(&pen(3, true)), "generation 3, unverified");
        assert_eq!(in_force(&pen(3, false)), "generation 3, signed off");
    }

    #[test]
    fn what_is_in_force_stands_before_what_else_helps() {
        let (unverified, settled, none) = (pen(3, true), pen(3, false), pen(0, false));
        let lost = HostError::link_lost("sim:5", "unplugged");
        let full = HostError::record_store("the store", "full");
        let gave_up = HostError::aborted("the calibration");
        let fix = |error: &HostError, status| advised(error.clone(), status).fix;
        let none_left = "the pen has no calibration; start again when ready";
        for (status, left) in [
            (Some(&settled), SIGNED_OFF),
            (Some(&unverified), UNVERIFIED),
            (Some(&none), none_left),
            (None, SILENT),
        ] {
            assert_eq!(fix(&gave_up, status), left);
            assert_eq!(fix(&lost, status), format!("{left}; {}", lost.fix));
        }
        // A pen that was silent and has answered since needs no plug pulled.
        let silent = HostError::timeout("commit", 3_000).with_fix("replug it");
        assert_eq!(fix(&silent, Some(&unverified)), UNVERIFIED);
        assert_eq!(fix(&silent, Some(&settled)), SIGNED_OFF);
        assert_eq!(fix(&silent, None), format!("{SILENT}; replug it"));
        // Whoever has nothing to mend in the pen is only told what to mend elsewhere.
        assert_eq!(fix(&full, Some(&settled)), full.fix);
        assert_eq!(fix(&full, Some(&none)), full.fix);
        for (status, left) in [(Some(&unverified), UNVERIFIED), (None, SILENT)] {
            assert_eq!(fix(&full, status), format!("{left}; {}", full.fix));
        }
    }

    #[test]
    fn an_interrupt_is_told_of_the_calibration_and_not_of_what_was_asked_last() {
        for (signal, code, what) in [
            (
                Signal::Interrupt,
                Code::Interrupted,
                "the calibration was interrupted",
            ),
            (
                Signal::Terminate,
                Code::Terminated,
                "the calibration was terminated",
            ),
        ] {
            simulate(Some(signal));
            let asked = HostError::interrupted("read status");
            let error = advised(asked, Some(&pen(3, false)));
            simulate(None);
            assert_eq!((error.code, error.what.as_str()), (code, what));
            assert_eq!(error.fix, SIGNED_OFF);
        }
    }
}
