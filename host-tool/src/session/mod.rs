//! What a treatment session was, told from a pen's own journal.
//!
//! ```text
//! journals (pen, file or store) -> merge (one order) -> treated (zones, trips, what is unknown)
//!                                                    -> sheet (words) -> text, page
//! ```
//!
//! A journal can be cut, damaged or another pen's. What cannot be known is said to be unknown, and a
//! sum that lacks something is `at least`. Nothing here reads a clock, a file or a terminal.

pub mod aftercare;
mod file;
mod merge;
mod observed;
mod seen;
mod sheet;
mod told;
mod treated;

pub(crate) use file::entry;
pub use file::{entries, read_lines};
pub use merge::{Line, Merged, merge};
pub use seen::{Seen, kept_session, seen};
pub use sheet::{Around, Next, Part, Section, next_earliest, sections, text};
pub use told::{Amount, Happened, Kept, Treated, WorstCase, ZoneTreated};
pub(crate) use treated::FAULT_UNTOLD;
pub use treated::{sessions, treated};

#[cfg(test)]
mod tests;
