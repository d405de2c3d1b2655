//! The subject, the list of checks, and how they are run.

use core::fmt;

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_app::board::{ControlBoard, ControlParts};

use crate::bench::{Bench, Unable};
use crate::failure::{Failure, Note, Outcome, Trouble, Value};

/// The board on trial.
pub struct Subject<B: ControlBoard, S, F> {
    /// The control parts; `None` only while one check has lent them to a control loop.
    parts: Option<ControlParts<B>>,
    /// The board's end of the link.
    pub serial: S,
    /// The flash for records. Its storage region is erased.
    pub flash: F,
}

impl<B: ControlBoard, S, F> fmt::Debug for Subject<B, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl<B, S, F> Subject<B, S, F>
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
{
    /// Takes a board that has just started: nothing was written to its outputs yet.
    pub fn new(board: B, serial: S, flash: F) -> Self {
        Self {
            parts: Some(board.parts()),
            serial,
            flash,
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
pub struct Check<B: ControlBoard, S, F, T> {
    /// Its name: what must be true.
    pub name: &'static str,
    /// The check itself.
    pub run: fn(&mut Subject<B, S, F>, &mut T) -> Outcome,
}

impl<B: ControlBoard, S, F, T> fmt::Debug for Check<B, S, F, T> {
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
pub fn run<B, S, F, T>(
    subject: &mut Subject<B, S, F>,
    bench: &mut T,
    mut report: impl FnMut(&'static str, &Verdict),
) -> Tally
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
    T: Bench,
{
    let mut tally = Tally::default();
    for check in crate::checks::all::<B, S, F, T>() {
        let verdict = Verdict::from((check.run)(subject, bench));
        tally.count(&verdict);
        report(check.name, &verdict);
    }
    tally
}

/// Runs the check of this name; nothing if there is none.
pub fn run_one<B, S, F, T>(
    name: &str,
    subject: &mut Subject<B, S, F>,
    bench: &mut T,
) -> Option<Verdict>
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
    T: Bench,
{
    crate::checks::all::<B, S, F, T>()
        .iter()
        .find(|check| check.name == name)
        .map(|check| Verdict::from((check.run)(subject, bench)))
}
