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
        let breaks = breaks(self.hello.serial, first, &records);
        Ok(FetchedJournal {
            name,
            records,
            first,
            breaks,
        })
    }
}

/// Where numbers or chain do not fit.
///
/// The chain is `CRC-32(previous chain | number | record)`, from the pen's serial number on. The
/// oldest record still there cannot be checked when older ones were evicted; all others can.
fn breaks(serial: u64, first: u32, records: &[(u32, u32, Option<Entry>)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = (first == 1).then(|| (0, genesis(serial)));
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
fn genesis(serial: u64) -> u32 {
    let mut bytes = b"pen journal".to_vec();
    bytes.extend_from_slice(&serial.to_le_bytes());
    pen_protocol::crc32(&bytes)
}

/// Chain value of a record that follows one with chain value `previous`.
fn link(previous: u32, seq: u32, entry: &Entry) -> Option<u32> {
    let mut room = [0; FRAME_MAX];
    let payload = pen_protocol::to_bytes(entry, &mut room).ok()?;
    let mut bytes = previous.to_le_bytes().to_vec();
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(payload);
    Some(pen_protocol::crc32(&bytes))
}

#[cfg(test)]
mod tests {
    use pen_core::journal::{Entry, Record};
    use pen_core::units::Instant;

    use super::{breaks, genesis, link};

    /// A journal of three records as the pen would chain them.
    fn whole() -> Vec<(u32, u32, Option<Entry>)> {
        let mut chain = genesis(42);
        (1..=3)
            .map(|seq| {
                let at = Instant::from_us(u64::from(seq));
                let entry = Entry {
                    at,
                    record: Record::CartridgeRemoved,
                };
                chain = link(chain, seq, &entry).unwrap();
                (seq, chain, Some(entry))
            })
            .collect()
    }

    #[test]
    fn log_002_a_whole_journal_has_no_break() {
        assert!(breaks(42, 1, &whole()).is_empty());
    }

    #[test]
    fn log_002_missing_edited_reordered_and_foreign_records_are_seen() {
        let mut missing = whole();
        missing.remove(1);
        assert!(breaks(42, 1, &missing)[0].contains("after record 1 comes record 3"));
        let mut edited = whole();
        edited[1].2 = Some(Entry {
            at: Instant::from_us(9),
            record: Record::CartridgeRemoved,
        });
        assert!(breaks(42, 1, &edited)[0].contains("record 2 does not fit"));
        let mut reordered = whole();
        reordered.swap(1, 2);
        assert!(!breaks(42, 1, &reordered).is_empty());
        assert!(!breaks(43, 1, &whole()).is_empty());
    }

    #[test]
    fn log_002_what_was_evicted_is_no_break() {
        assert!(breaks(42, 2, &whole()[1..]).is_empty());
    }
}
