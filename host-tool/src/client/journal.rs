//! A journal fetched whole, and whether it holds together.

use pen_core::journal::Entry;
use pen_protocol::frame::FRAME_MAX;
use pen_protocol::messages::JournalName;

use super::Client;
use crate::error::HostError;

/// One journal as it was fetched, and what does not hold together in it.
#[derive(Clone, Debug)]
pub struct FetchedJournal {
    /// Which one.
    pub name: JournalName,
    /// Its records in order; nothing where the pen could not read what is stored.
    pub records: Vec<(u32, u32, Option<Entry>)>,
    /// Number of the oldest record still there.
    pub first: u32,
    /// What is missing or does not match, in words.
    pub breaks: Vec<String>,
}

impl Client {
    /// Fetches a whole journal and verifies its numbers and its chain (LOG-002).
    ///
    /// # Errors
    /// As [`Client::exchange`]. A broken chain is not an error here, but told in the result.
    pub fn journal(&mut self, name: JournalName) -> Result<FetchedJournal, HostError> {
        let mut records = Vec::new();
        let mut from = 1;
        let mut first = None;
        loop {
            let page = self.journal_page(name, from)?;
            first.get_or_insert(page.first);
            for entry in page.entries.iter().flatten() {
                records.push((entry.seq, entry.chain, entry.entry));
            }
            if page.next >= page.end || page.next <= from {
                break;
            }
            from = page.next;
        }
        let first = first.unwrap_or(1);
        Ok(FetchedJournal::new(
            name,
            Some(self.hello.serial),
            first,
            records,
        ))
    }
}

impl FetchedJournal {
    /// A journal with what does not hold together in it; `serial` is that of its pen, if it is known.
    #[must_use]
    pub fn new(
        name: JournalName,
        serial: Option<u64>,
        first: u32,
        records: Vec<(u32, u32, Option<Entry>)>,
    ) -> Self {
        let breaks = breaks(serial, first, &records);
        Self {
            name,
            records,
            first,
            breaks,
        }
    }

    /// Whether the first record ever is there and continues from this pen; nothing where that cannot
    /// be told.
    #[must_use]
    pub fn is_of(&self, serial: u64) -> Option<bool> {
        let (seq, chain, entry) = self.records.first()?;
        let entry = entry.as_ref().filter(|_| *seq == 1)?;
        Some(link(genesis(serial), 1, entry) == Some(*chain))
    }
}

/// Where numbers or chain do not fit.
///
/// The chain is `CRC-32(previous chain | number | record)`, from the pen's serial number on. The
/// oldest record still there cannot be checked when older ones were evicted; all others can.
fn breaks(serial: Option<u64>, first: u32, records: &[(u32, u32, Option<Entry>)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = serial
        .filter(|_| first == 1)
        .map(|serial| (0, genesis(serial)));
    for (seq, chain, entry) in records {
        if let Some((last, previous)) = before {
            if *seq != last + 1 {
                found.push(format!("after record {last} comes record {seq}"));
            } else if let Some(entry) = entry
                && link(previous, *seq, entry) != Some(*chain)
            {
                found.push(format!("record {seq} does not fit the chain"));
            }
        }
        if entry.is_none() {
            found.push(format!("record {seq} cannot be read by this firmware"));
        }
        before = Some((*seq, *chain));
    }
    found
}

/// Chain value before the first record of the pen with this serial number.
pub(crate) fn genesis(serial: u64) -> u32 {
    let mut bytes = b"pen journal".to_vec();
    bytes.extend_from_slice(&serial.to_le_bytes());
    pen_protocol::crc32(&bytes)
}

/// Chain value of a record that follows one with chain value `previous`.
pub(crate) fn link(previous: u32, seq: u32, entry: &Entry) -> Option<u32> {
    let mut room = [0; FRAME_MAX];
    let payload = pen_protocol::to_bytes(entry, &mut room).ok()?;
    let mut bytes = previous.to_le_bytes().to_vec();
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(payload);
    Some(pen_protocol::crc32(&bytes))
}

/// These records as this pen would number and chain them.
#[cfg(test)]
pub(crate) fn chained(serial: u64, entries: &[Entry]) -> Vec<(u32, u32, Option<Entry>)> {
    let mut chain = genesis(serial);
    (1..)
        .zip(entries)
        .map(|(seq, entry)| {
            chain = link(chain, seq, entry).expect("a record fits a frame");
            (seq, chain, Some(*entry))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use pen_core::journal::{Entry, Record};
    use pen_core::units::Instant;

    use super::{breaks, chained};

    /// A journal of three records as the pen would chain them.
    fn whole() -> Vec<(u32, u32, Option<Entry>)> {
        let entry = |at| Entry {
            at: Instant::from_us(at),
            record: Record::CartridgeRemoved,
        };
        chained(42, &[1, 2, 3].map(entry))
    }

    #[test]
    fn log_002_a_whole_journal_has_no_break() {
        assert!(breaks(Some(42), 1, &whole()).is_empty());
    }

    #[test]
    fn log_002_missing_edited_reordered_and_foreign_records_are_seen() {
        let mut missing = whole();
        missing.remove(1);
        assert!(breaks(Some(42), 1, &missing)[0].contains("after record 1 comes record 3"));
        let mut edited = whole();
        edited[1].2 = Some(Entry {
            at: Instant::from_us(9),
            record: Record::CartridgeRemoved,
        });
        assert!(breaks(Some(42), 1, &edited)[0].contains("record 2 does not fit"));
        let mut reordered = whole();
        reordered.swap(1, 2);
        assert!(!breaks(Some(42), 1, &reordered).is_empty());
        assert!(!breaks(Some(43), 1, &whole()).is_empty());
    }

    #[test]
    fn log_002_whose_journal_it_is_can_be_told_from_its_first_record_alone() {
        let journal = |from: usize| {
            let records = whole().into_iter().skip(from).collect();
            super::FetchedJournal::new(super::JournalName::Routine, None, 1, records)
        };
        assert_eq!(journal(0).is_of(42), Some(true));
        assert_eq!(journal(0).is_of(43), Some(false));
        assert_eq!(journal(1).is_of(42), None);
        assert_eq!(journal(3).is_of(42), None);
        assert!(journal(0).breaks.is_empty());
    }

    #[test]
    fn log_002_what_was_evicted_is_no_break() {
        assert!(breaks(Some(42), 2, &whole()[1..]).is_empty());
    }
}
