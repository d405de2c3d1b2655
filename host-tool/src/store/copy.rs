//! A copy of a whole store, checked on the way.

use std::fs;
use std::path::Path;

use super::place::{self, Access, Place};
use super::{Head, Query, Record, Records};
use crate::error::HostError;
use crate::fresh;

/// Records copied in one transaction: few enough to be held, certificates with their pages included.
const AT_ONCE: u32 = 1_024;

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Records in the copy.
    pub records: i64,
    /// Digest of the newest one.
    pub head: String,
}

/// Writes a copy of the store into a new file: itself a store, whatever kind the first one is.
///
/// Every record is checked against its digest while it is copied. The file has its name only when it
/// is whole.
///
/// # Errors
/// The file is there already or cannot be written, or a record of the store does not fit.
pub fn backup(records: &mut Records, to: &Path) -> Result<Copied, HostError> {
    fresh::is_free(to)?;
    let part = fresh::part_of(to);
    match copy(records, &part) {
        Ok(copied) => {
            fresh::settle(&part, to)?;
            Ok(copied)
        }
        Err(error) => {
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

fn copy(records: &mut Records, to: &Path) -> Result<Copied, HostError> {
    let store = place::open(&Place::File(to.to_owned()), Access::Write)?;
    let mut target = Records::new(store, Box::new(|| 0));
    let mut query = Query {
        limit: AT_ONCE,
        ..Query::ALL
    };
    let mut head = Head::none();
    loop {
        let page: Vec<Record> = records.page(&query)?;
        let Some(last) = page.last() else { break };
        head = Head::of(last);
        query.after = last.seq;
        target.copy_in(&page)?;
    }
    Ok(Copied {
        records: head.seq,
        head: head.hash,
    })
}
