//! Journals from the lines of a file, and from the records of a store.

use pen_core::journal::{Entry, Record};
use pen_core::units::Instant;
use pen_protocol::messages::JournalName;
use serde_json::Value;

use crate::client::FetchedJournal;
use crate::json;
use crate::store::JournalEntry;

/// The lines of a file that `penctl journal --out` wrote, as entries.
///
/// # Errors
/// In words, with the line: it is none of a journal.
pub fn read_lines(text: &str) -> Result<Vec<JournalEntry>, String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(line)
            .map_err(|error| format!("line {number} is no JSON, or is cut: {error}"))?;
        if value.get("journal").is_none() || value.get("chain").is_none() {
            // Other events of `penctl journal --json`.
            if value.get("event").is_some_and(|event| event != "record") {
                continue;
            }
            return Err(format!("line {number} is no record of a journal"));
        }
        let entry = serde_json::from_value(value)
            .map_err(|error| format!("line {number} is no record of a journal: {error}"))?;
        found.push(entry);
    }
    if found.is_empty() {
        return Err("there is no record of a journal in it".to_owned());
    }
    Ok(found)
}

/// Both journals from such entries, verified against the pen's serial number if it is given.
///
/// # Errors
/// In words: an entry is not what its journal, its number or its chain should be.
pub fn entries(
    entries: &[JournalEntry],
    serial: Option<u64>,
) -> Result<Vec<FetchedJournal>, String> {
    let mut journals = Vec::new();
    for (word, name) in [
        ("faults", JournalName::Faults),
        ("routine", JournalName::Routine),
    ] {
        let mut records = Vec::new();
        for it in entries.iter().filter(|it| it.journal == word) {
            let place = format!("record {} of {word}", it.seq);
            let chain = u32::from_str_radix(&it.chain, 16)
                .map_err(|_| format!("{place}: `{}` is no link of a chain", it.chain))?;
            records.push((it.seq, chain, entry(it)));
        }
        let first = records.iter().map(|it| it.0).min().unwrap_or(1);
        journals.push(FetchedJournal::new(name, serial, first, records));
    }
    if let Some(other) = entries
        .iter()
        .find(|it| !matches!(it.journal.as_str(), "faults" | "routine"))
    {
        return Err(format!(
            "`{}` is no journal; there are faults and routine",
            other.journal
        ));
    }
    Ok(journals)
}

/// What the pen recorded; nothing where this program does not understand it, as where the pen could
/// not read its own storage.
pub(crate) fn entry(it: &JournalEntry) -> Option<Entry> {
    let record: Record = json::read(it.record.clone()).ok()?;
    Some(Entry {
        at: Instant::from_us(it.at_us?),
        record,
    })
}
