//! The journal: numbered, chained records in a `sequential-storage` queue.
//!
//! Never interprets a payload. Every record is stored as
//!
//! ```text
//! seq: u32 | chain: u32 | payload        chain = CRC-32( previous chain | seq | payload )
//! ```
//!
//! so that whoever reads it sees a missing, edited or reordered record. The chain starts from the
//! serial number of the pen ([`genesis`]). It is a checksum, not a signature: it shows accidents
//! and careless edits, not an attacker who recomputes it.
//!
//! # What this adds to the queue
//! Plain `sequential-storage` 8.0.2 appends behind a torn item in the same page, and after a torn
//! erase it trusts the page's first and last word. Measured with the flash model of the simulator
//! (`sim/tests/storage_journal.rs` prints it): of 3,000 lives with one cut each, half of them
//! beginning with an eviction, 24 leave a queue that can no longer be read or appended to, and 22
//! lose an acknowledged record or return the records out of order. Here, before the first append
//! after a boot or an error,
//! - a page that holds no record and is not blank is erased again,
//! - the page after the youngest, the only one an eviction can have been erasing, is erased if its
//!   records no longer run on into the page after it; until then they already count as evicted,
//! - a youngest page with anything but erased flash behind its last record is closed, so that
//!   nothing is ever appended behind a torn item,
//!
//! and every append is read back by the same page scan that boot uses before it is acknowledged.
//! So an acknowledged record leaves the journal in one way only: by age, a page at a time, when the
//! journal is full.
//!
//! Relies on what the queue documents: a page begins and ends with a marker word, items follow each
//! other, `item_overhead_size` tells what each one costs.

use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

use super::layout::Region;
use super::record::{Defect, crc32};
use super::{StoreError, io};

mod adapter;
mod pages;

/// Most bytes of payload in one record.
pub const PAYLOAD_MAX: usize = 240;

/// Bytes before the payload: sequence number and chain.
pub const OVERHEAD: usize = 8;

const ATTEMPTS: u32 = 3;

/// Why a record could not be journalled. Nothing that was acknowledged is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalError {
    /// The flash driver reported an error.
    Flash(NorFlashErrorKind),
    /// The region does not fit this flash, or has fewer than two sectors.
    Geometry,
    /// The payload is longer than [`PAYLOAD_MAX`].
    TooLong {
        /// Bytes that were asked to be stored.
        len: usize,
    },
    /// The queue refused, or the record did not read back, several times.
    NotVerified,
    /// The sequence number has reached its end.
    Exhausted,
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Flash(kind) | StoreError::Damaged(Defect::Unreadable(kind)) => {
                Self::Flash(kind)
            }
            StoreError::Geometry => Self::Geometry,
            StoreError::Exhausted => Self::Exhausted,
            StoreError::TooLong { len, .. } => Self::TooLong { len },
            StoreError::NotVerified | StoreError::Full { .. } | StoreError::Damaged(_) => {
                Self::NotVerified
            }
        }
    }
}

/// The place of one record in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its number; the first record ever is number 1.
    pub seq: u32,
    /// Chain value over everything up to and including it.
    pub chain: u32,
}

/// What a scan of the whole journal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalState {
    /// Number of the oldest record still there; equal to `next` if there is none.
    pub first: u32,
    /// Number the next record will get.
    pub next: u32,
    /// Chain value of the newest record, or [`genesis`].
    pub chain: u32,
    /// Records there are.
    pub records: u32,
    /// Places where a number is missing or the chain does not match: damage or an edit.
    pub breaks: u32,
}

/// What one [`Journal::read_from`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Oldest record still there: larger than what was asked for if that has been evicted.
    pub first: u32,
    /// Number to ask for next; equal to `newest_next` at the end.
    pub next: u32,
    /// Number the next new record will get.
    pub newest_next: u32,
    /// Records in the buffer.
    pub records: u32,
    /// Bytes of the buffer that were filled.
    pub len: usize,
}

/// A journal in one region of the flash.
#[derive(Debug, Clone)]
pub struct Journal {
    region: Region,
    serial: u64,
    /// Youngest page and head, once mounted.
    head: Option<Head>,
    needs_repair: bool,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    youngest: Option<u32>,
    last: Appended,
}

/// Chain value before the first record of the pen with this serial number.
#[must_use]
pub fn genesis(serial: u64) -> u32 {
    crc32(&[b"pen journal", &serial.to_le_bytes()])
}

/// Chain value of a record that follows one with chain value `previous`.
#[must_use]
pub fn link(previous: u32, seq: u32, payload: &[u8]) -> u32 {
    crc32(&[&previous.to_le_bytes(), &seq.to_le_bytes(), payload])
}

impl Journal {
    /// A journal of the pen with this serial number. Does not touch the flash.
    #[must_use]
    pub const fn new(region: Region, serial: u64) -> Self {
        Self {
            region,
            serial,
            head: None,
            needs_repair: true,
        }
    }

    /// Scans the whole journal and remembers where it ends. Reads only.
    ///
    /// # Errors
    /// [`JournalError::Flash`] or [`JournalError::Geometry`].
    pub fn mount<F: NorFlash>(&mut self, flash: &mut F) -> Result<JournalState, JournalError> {
        self.check(flash)?;
        let youngest = self.find_youngest(flash)?;
        let mut last = Appended {
            seq: 0,
            chain: genesis(self.serial),
        };
        let mut state = JournalState {
            first: 1,
            next: 1,
            chain: last.chain,
            records: 0,
            breaks: 0,
        };
        let mut page = self.after::<F>(youngest.unwrap_or(0));
        let mut pages = self.pages::<F>();
        if self.is_half_evicted(flash, page, youngest)? {
            page = self.after::<F>(page);
            pages -= 1;
        }
        for _ in 0..pages {
            self.visit(flash, page, |stored| {
                let is_first = state.records == 0;
                let fits = last.seq.checked_add(1) == Some(stored.at.seq)
                    && link(last.chain, stored.at.seq, stored.payload) == stored.at.chain;
                if is_first {
                    state.first = stored.at.seq;
                }
                // What was evicted cannot be checked, unless nothing was.
                if !fits && (!is_first || stored.at.seq == 1) {
                    state.breaks += 1;
                }
                state.records += 1;
                last = stored.at;
                true
            })?;
            page = self.after::<F>(page);
        }
        state.chain = last.chain;
        state.next = last.seq.checked_add(1).ok_or(JournalError::Exhausted)?;
        self.head = Some(Head { youngest, last });
        Ok(state)
    }

    /// Finishes what a power cut interrupted. [`Journal::append`] does it by itself when needed;
    /// calling it at boot keeps the erase out of the first append.
    ///
    /// # Errors
    /// [`JournalError::Flash`] or [`JournalError::Geometry`].
    pub fn repair<F: NorFlash>(&mut self, flash: &mut F) -> Result<JournalState, JournalError> {
        self.check(flash)?;
        self.needs_repair = true;
        let youngest = self.find_youngest(flash)?;
        for page in 0..self.pages::<F>() {
            self.mend(flash, page, youngest)?;
        }
        if let Some(youngest) = youngest {
            self.mend_youngest(flash, youngest)?;
        }
        let state = self.mount(flash)?;
        self.needs_repair = false;
        Ok(state)
    }

    /// Appends a record and returns its place once it has been read back.
    ///
    /// When the journal is full, the page with the oldest records is erased first.
    ///
    /// # Errors
    /// Any [`JournalError`]; the record may or may not be there. The number is not used up unless
    /// it is: the next append continues without a gap.
    pub fn append<F: NorFlash>(
        &mut self,
        flash: &mut F,
        payload: &[u8],
    ) -> Result<Appended, JournalError> {
        if payload.len() > PAYLOAD_MAX {
            return Err(JournalError::TooLong { len: payload.len() });
        }
        if self.needs_repair {
            self.repair(flash)?;
        }
        let before = match self.head {
            Some(head) => head.last,
            None => return Err(JournalError::NotVerified),
        };
        let seq = before.seq.checked_add(1).ok_or(JournalError::Exhausted)?;
        let at = Appended {
            seq,
            chain: link(before.chain, seq, payload),
        };
        for _ in 0..ATTEMPTS {
            if let Some(page) = self.push(flash, at, payload)?
                && self.ends_with(flash, page, at, payload)?
            {
                self.head = Some(Head {
                    youngest: Some(page),
                    last: at,
                });
                return Ok(at);
            }
            self.repair(flash)?;
            match self.head {
                // It had landed after all.
                Some(head) if head.last == at => return Ok(at),
                Some(head) if head.last == before => {}
                _ => return Err(JournalError::NotVerified),
            }
        }
        Err(JournalError::NotVerified)
    }

    /// Copies records from number `from` on into `out`, as many as fit whole, each as
    /// `len: u16 | seq: u32 | chain: u32 | payload`, little-endian. Reads only.
    ///
    /// # Errors
    /// [`JournalError::Flash`] or [`JournalError::Geometry`].
    pub fn read_from<F: NorFlash>(
        &mut self,
        flash: &mut F,
        from: u32,
        out: &mut [u8],
    ) -> Result<Page, JournalError> {
        let mut len = 0;
        let mut full = false;
        let mut page = self.visit_from(flash, from, |at, payload| {
            let need = 2 + OVERHEAD + payload.len();
            let Some(room) = out.get_mut(len..len + need) else {
                full = true;
                return false;
            };
            let size = u16::try_from(payload.len()).unwrap_or(u16::MAX);
            room[..2].copy_from_slice(&size.to_le_bytes());
            room[2..6].copy_from_slice(&at.seq.to_le_bytes());
            room[6..10].copy_from_slice(&at.chain.to_le_bytes());
            room[10..].copy_from_slice(payload);
            len += need;
            true
        })?;
        page.len = len;
        if !full {
            page.next = page.newest_next;
        }
        Ok(page)
    }

    /// Calls `take` with every record from number `from` on, oldest first, until it returns false.
    /// Reads only. [`Page::next`] is the number after the last record taken.
    ///
    /// # Errors
    /// [`JournalError::Flash`] or [`JournalError::Geometry`].
    pub fn visit_from<F: NorFlash>(
        &mut self,
        flash: &mut F,
        from: u32,
        mut take: impl FnMut(Appended, &[u8]) -> bool,
    ) -> Result<Page, JournalError> {
        let head = self.head(flash)?;
        let newest_next = head.last.seq.saturating_add(1);
        let mut result = Page {
            first: newest_next,
            next: from,
            newest_next,
            records: 0,
            len: 0,
        };
        let (first, start) = self.start_of(flash, head.youngest, from)?;
        result.first = first.unwrap_or(newest_next);
        let mut page = start;
        let mut go_on = true;
        for _ in 0..self.pages::<F>() {
            self.visit(flash, page, |stored| {
                if stored.at.seq < from {
                    return true;
                }
                go_on = take(stored.at, stored.payload);
                if go_on {
                    result.records += 1;
                    result.next = stored.at.seq.saturating_add(1);
                }
                go_on
            })?;
            if !go_on || Some(page) == head.youngest {
                break;
            }
            page = self.after::<F>(page);
        }
        Ok(result)
    }

    fn head<F: NorFlash>(&mut self, flash: &mut F) -> Result<Head, JournalError> {
        if self.head.is_none() {
            self.mount(flash)?;
        }
        self.head.ok_or(JournalError::NotVerified)
    }

    fn check<F: NorFlash>(&self, flash: &F) -> Result<(), JournalError> {
        io::check_geometry(flash, self.region.start, self.region.len)?;
        if self.pages::<F>() >= 2 {
            Ok(())
        } else {
            Err(JournalError::Geometry)
        }
    }

    fn pages<F: NorFlash>(&self) -> u32 {
        self.region.len / io::offset(F::ERASE_SIZE)
    }

    fn after<F: NorFlash>(&self, page: u32) -> u32 {
        (page + 1) % self.pages::<F>()
    }
}

#[cfg(test)]
mod tests;
