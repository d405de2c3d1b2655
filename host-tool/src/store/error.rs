//! What can go wrong with a store, in words.

use std::io;

use super::Kind;
use crate::error::{Code, HostError};

impl HostError {
    /// A store that a newer program made.
    #[must_use]
    pub fn store_newer(store: &str, found: i64, known: i64, tool: &str) -> Self {
        Self::new(
            Code::StoreNewer,
            format!("the store {store} has schema {found}, this program knows {known}"),
            format!(
                "it was made by {tool}, this is penctl {}",
                env!("CARGO_PKG_VERSION")
            ),
        )
    }

    /// No room for a record.
    #[must_use]
    pub fn store_full(store: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::StoreFull,
            format!("there is no room left for the store {store}"),
            why,
        )
    }

    /// A store that may be read only.
    #[must_use]
    pub fn store_read_only(store: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::StoreReadOnly,
            format!("the store {store} cannot be written"),
            why,
        )
    }

    /// A store that another program has held for too long.
    #[must_use]
    pub fn store_busy(store: &str, waited_s: u64) -> Self {
        Self::new(
            Code::StoreBusy,
            format!("another program is writing to the store {store}"),
            format!("waited {waited_s} s for it"),
        )
    }

    /// Something that is no store of this program.
    #[must_use]
    pub fn not_a_store(store: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::NotAStore,
            format!("{store} is no store of penctl"),
            why,
        )
    }

    /// No store where one is to be read.
    #[must_use]
    pub fn store_missing(store: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::StoreMissing,
            format!("there is no store at {store}"),
            why,
        )
    }

    /// A number that is in the store already.
    #[must_use]
    pub fn record_twice(kind: Kind, name: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::RecordTwice,
            format!("{kind} {name} is in the store already"),
            why,
        )
    }

    /// Something that the store has no record of.
    #[must_use]
    pub fn no_such_record(what: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::NoSuchRecord,
            format!("there is no record of {what}"),
            why,
        )
    }

    /// A file that is there already and will not be overwritten.
    #[must_use]
    pub fn file_exists(file: &str) -> Self {
        Self::new(
            Code::FileExists,
            format!("{file} is there already"),
            "what was written once is never overwritten",
        )
    }

    /// A server that does not answer, or does not let this user in.
    #[must_use]
    pub fn store_unreachable(store: &str, why: impl Into<String>) -> Self {
        Self::new(
            Code::StoreUnreachable,
            format!("the store {store} cannot be reached"),
            why,
        )
    }

    /// What a failed operation on a file of the store means.
    pub(crate) fn of_store_file(store: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::store_read_only(store, error.to_string())
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::store_full(store, error.to_string()),
            _ => Self::record_store(store, error.to_string()),
        }
    }
}
