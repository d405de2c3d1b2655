//! The subject, the list of checks, and how they are run.

use core::fmt;

use pen_app::board::{ControlBoard, ControlParts, HostBoard};

use crate::bench::{Bench, Unable};
use crate::failure::{Failure, Note, Outcome, Trouble, Value};

/// The board on trial.
pub struct Subject<B: ControlBoard, H: HostBoard> {
    /// The control parts; `None` only while one check has lent them to a control loop.
    parts: Option<ControlParts<B>>,
    /// The board's end of the link.
    pub serial: H::Serial,
    /// The flash for records. Its storage region is erased.
    pub flash: H::Flash,
    second_switch: bool,
}

impl<B: ControlBoard, H: HostBoard> fmt::Debug for Subject<B, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl<B: ControlBoard, H: HostBoard> Subject<B, H> {
    /// Takes a board that has just started: nothing was written to its outputs yet.
    pub fn new(board: B, serial: H::Serial, flash: H::Flash) -> Self {
        Self {
            parts: Some(board.parts()),
            serial,
            flash,
            second_switch: true,
        }
    }

    /// Says that the board has no second switch, as its `BoardReport` tells. What is asked of one is
    /// then reported as not run.
    #[must_use]
    pub fn without_second_switch(mut self) -> Self {
        self.second_switch = false;
        self
    }

    /// Whether there is a second switch.
    pub(crate) const fn has_second_switch(&self) -> bool {
        self.second_switch
    }

    /// Refuses what only a second switch can show.
    ///
    /// # Errors
    /// [`Trouble::Unable`] when there is none.
    pub(crate) const fn needs_second_switch(&self) -> Result<(), Trouble> {
        if self.second_switch {
            Ok(())
        } else {
            Err(Trouble::Unable(Unable(
                "this board reports no second switch",
            )))
        }
    }

    /// The control parts.
    ///
    /// # Errors
    /// [`Trouble::Failed`] if a check before did not bring them back.
    pub(crate) fn parts(&mut self) -> Result<&mut ControlParts<B>, Trouble> {
        self.parts.as_mut().ok_or(Trouble::Failed(GONE))
    }

    /// Lends the control parts to a loop that gives them back.
    pub(crate) fn lend<R>(
        &mut self,
        work: impl FnOnce(ControlParts<B>) -> (ControlParts<B>, R),
    ) -> Result<R, Trouble> {
        let parts = self.parts.take().ok_or(Trouble::Failed(GONE))?;
        let (parts, result) = work(parts);
        self.parts = Some(parts);
        Ok(result)
    }
}

const GONE: Failure = Failure {
    part: "the suite",
    when: "after a check that panicked",
    expected: Value::Words("the control parts"),
    seen: Value::Words("nothing"),
};

/// One check. Every name is unique.
pub struct Check<B: ControlBoard, H: HostBoard, T> {
    /// Its name: what must be true.
    pub name: &'static str,
    /// The check itself.
    pub run: fn(&mut Subject<B, H>, &mut T) -> Outcome,
}

impl<B: ControlBoard, H: HostBoard, T> fmt::Debug for Check<B, H, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The board is as it must be.
    Passed(Note),
    /// It is not.
    Failed(Failure),
    /// The bench cannot tell.
    NotRun(Unable),
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(note) => Self::Passed(note),
            Err(Trouble::Failed(failure)) => Self::Failed(failure),
            Err(Trouble::Unable(unable)) => Self::NotRun(unable),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(Note::Nothing) => f.write_str("passed"),
            Self::Passed(note) => write!(f, "passed ({note})"),
            Self::Failed(failure) => write!(f, "FAILED: {failure}"),
            Self::NotRun(Unable(why)) => write!(f, "not run: {why}"),
        }
    }
}

/// How a whole run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks that passed.
    pub passed: u32,
    /// Checks that failed.
    pub failed: u32,
    /// Checks that the bench could not make.
    pub not_run: u32,
}

impl Tally {
    /// Nothing failed. What was not run is not proven.
    #[must_use]
    pub const fn is_passed(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    /// Everything was run, and nothing failed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_passed() && self.not_run == 0
    }

    const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed(_) => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::NotRun(_) => self.not_run += 1,
        }
    }
}

/// Runs every check in order and tells each verdict to `report`.
pub fn run<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
    mut report: impl FnMut(&'static str, &Verdict),
) -> Tally {
    let mut tally = Tally::default();
    for check in crate::checks::all::<B, H, T>() {
        let verdict = Verdict::from((check.run)(subject, bench));
        tally.count(&verdict);
        report(check.name, &verdict);
    }
    tally
}

/// Runs the check of this name; nothing if there is none.
pub fn run_one<B: ControlBoard, H: HostBoard, T: Bench>(
    name: &str,
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Option<Verdict> {
    crate::checks::all::<B, H, T>()
        .iter()
        .find(|check| check.name == name)
        .map(|check| Verdict::from((check.run)(subject, bench)))
}
