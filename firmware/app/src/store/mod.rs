//! What the pen remembers in NOR flash, and what it refuses to believe when it reads it back.
//!
//! Never decides what a record means: it hands back bytes that are proven to be the bytes that
//! were acknowledged, or a named [`Defect`]. Never touches flash in a constructor.
//!
//! | what | where | why |
//! | --- | --- | --- |
//! | limit profile, calibration, session ledger | [`SlotPair`] | an acknowledged value is never lost or loosened |
//! | used cartridges | [`UsedList`] | append-only, two copies; doubt is answered with a refusal |
//! | journal | [`Journal`] | `sequential-storage` queue, numbered and chained |
//! | where all of it lies | [`Layout`] | one map, checked at compile time |
//!
//! Flash operations block: an erase takes tens of milliseconds. Nothing here may run between two
//! control steps while the motor turns (STORE-003).

mod io;
pub mod journal;
pub mod layout;
pub mod record;
pub mod slot;
pub mod used;

pub use journal::{Appended, Journal, JournalError, JournalState, Page};
pub use layout::{Layout, Region};
pub use record::{Defect, Header, Identity, Kind};
pub use slot::{Loaded, SlotPair};
pub use used::{Standing, UsedList};

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

/// Why something could not be stored. What was acknowledged before is untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// The flash driver reported an error.
    Flash(NorFlashErrorKind),
    /// The region does not fit this flash: alignment, size or write size.
    Geometry,
    /// The payload is longer than the place reserved for it.
    TooLong {
        /// Bytes that were asked to be stored.
        len: usize,
        /// Bytes that can be stored.
        max: usize,
    },
    /// Written several times, and never read back as written.
    NotVerified,
    /// The generation counter has reached its end.
    Exhausted,
    /// An append-only list has no room left.
    Full {
        /// Entries the list can hold in all.
        capacity: u32,
    },
    /// What is already stored is damaged in a way that forbids adding to it.
    Damaged(Defect),
}

impl<E: NorFlashError> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Flash(error.kind())
    }
}

impl From<StoreError> for Defect {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Flash(kind) => Self::Unreadable(kind),
            StoreError::Damaged(defect) => defect,
            StoreError::Geometry
            | StoreError::TooLong { .. }
            | StoreError::NotVerified
            | StoreError::Exhausted
            | StoreError::Full { .. } => Self::Geometry,
        }
    }
}

#[cfg(test)]
mod tests;
