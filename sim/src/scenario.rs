//! Scenario files: what the hand, the host and the faults do and when, and what must come of it.
//!
//! `docs/simulation.md` describes the format. A file is read whole and refused with the number of
//! the step that is wrong; then it runs, is judged by [`crate::monitor`] all the way, and by its
//! own expectations at the end.

mod act;
pub mod campaign;
mod expect;
mod file;
mod host;
mod plans;
pub mod report;
mod run;

pub use act::Action;
pub use expect::Outcome;
pub use file::{Scenario, ScenarioError, Step, VERSION};
pub(crate) use host::Host;
pub use run::{Run, RunError, Verdict, run, run_on};
