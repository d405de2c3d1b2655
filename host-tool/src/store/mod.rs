//! Records of pens, instruments, operators, calibrations and what was seen afterwards.
//!
//! A store is one list to which records are appended. Each record carries the digest of itself and
//! the one before it ([`chain`]); nothing is ever changed or taken out, and what is new about a pen
//! or an instrument is a newer record of the same name. So the list of records *is* the audit trail,
//! and what happened is on disk in the order in which it happened.
//!
//! ```text
//! Records (what there is to say) -> chain (numbers, digests) -> Store (one file, or a server)
//! ```
//!
//! [`Store`] is all that differs between the places: where records are kept decides nothing about
//! them. Nothing in here reads a clock, a terminal or the command line.

#[cfg(feature = "program")]
pub(crate) mod address;
mod body;
pub mod chain;
#[cfg(any(feature = "program", feature = "sqlite"))]
mod copy;
mod day;
mod draft;
mod error;
mod history;
mod import;
mod kind;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
mod run;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;

pub use body::{
    AdverseEvent, Calibration, Certificate, Deviation, End, Ended, Instrument, JournalEntry,
    Observation, Operator, Pen, Returned, Run, Session,
};
#[cfg(any(feature = "program", feature = "sqlite"))]
pub use copy::{Copied, backup};
pub use day::{day_of, day_text, time_text};
pub(crate) use draft::pen_name;
pub use draft::{Draft, Head, Query, Record};
pub use history::{Due, DueState, Stays, due};
pub use import::{
    Imported, add, adverse_event_draft, import_journal, import_records, observation_draft,
    session_draft,
};
pub(crate) use import::{OUTCOMES, SIGNS, SUSPECTS, days_after, event_day};
pub use kind::Kind;
pub use place::{Access, Place, open};
pub use records::{Now, Records, Verified};
pub use run::{RunLog, RunState};
pub use sql::SCHEMA;
pub use table::{columns, csv_line, csv_row};

use crate::error::HostError;

/// What makes the next records from the newest one there is, while nobody else can append.
pub type Maker<'a> = &'a mut dyn FnMut(&Head) -> Result<Vec<Record>, HostError>;

/// A place that keeps records.
///
/// Every implementation passes one suite of tests (`store/tests`).
pub trait Store {
    /// Where it is, as told in messages.
    fn name(&self) -> String;

    /// The newest record, in short; [`Head::none`] of an empty store.
    ///
    /// # Errors
    /// The store cannot be read.
    fn head(&mut self) -> Result<Head, HostError>;

    /// Appends what `make` gives: all of it or nothing, and on disk when this returns.
    ///
    /// From the call of `make` to the end nobody else appends.
    ///
    /// # Errors
    /// The error of `make`, or the store cannot be written; then it is as it was.
    fn append(&mut self, make: Maker<'_>) -> Result<(), HostError>;

    /// Waits briefly for another program's writing from now on, or again for 20 s, as at first: whoever keeps a
    /// pen alive asks often. A store that never waits needs none of this.
    ///
    /// # Errors
    /// The store is gone.
    fn wait_briefly(&mut self, is_brief: bool) -> Result<(), HostError> {
        let _ = is_brief;
        Ok(())
    }

    /// Records that fit the query, oldest first. Nothing is held between two calls, so a slow reader
    /// keeps nobody from writing.
    ///
    /// # Errors
    /// The store cannot be read.
    fn read(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError>;

    /// How many records of each kind there are, in no order.
    ///
    /// # Errors
    /// The store cannot be read.
    fn counts(&mut self) -> Result<Vec<(Kind, i64)>, HostError>;
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
pub(crate) mod tests;
