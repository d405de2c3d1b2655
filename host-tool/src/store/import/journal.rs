//! A pen's journal in a file: whether it is as the pen chained it, and what is kept of it.

use std::collections::BTreeMap;

use pen_core::journal::Entry;

use super::{Draft, JournalEntry, Kind, Records};
use crate::client::{genesis, link};
use crate::error::{Code, HostError};
use crate::session::entry;
use crate::words;

/// Misfits that an error lists before it only counts.
const LISTED: usize = 6;

/// Drafts of these entries. The words of a record are those of this program: a file's own, which no chain
/// covers, are not kept.
///
/// # Errors
/// An entry is larger than a record may be.
pub(super) fn drafts(pen: &str, entries: &[JournalEntry]) -> Result<Vec<Draft>, HostError> {
    entries
        .iter()
        .map(|it| {
            let read = entry(it);
            let it = JournalEntry {
                kind: read.map(|it| words::record_kind(&it.record)),
                text: read.map(|it| words::record(&it.record)),
                ..it.clone()
            };
            Draft::new(Kind::Journal, &name(pen, &it.journal, it.seq), &it)?
                .about(pen)?
                .by(&format!("pen {pen}"))
        })
        .collect()
}

fn name(pen: &str, journal: &str, seq: u32) -> String {
    format!("{pen}/{journal}/{seq}")
}

/// Whether two bodies of journal records say the same: link, time and what happened, in whatever words.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let read = |body: &str| serde_json::from_str::<JournalEntry>(body).ok();
    let (Some(one), Some(other)) = (read(one), read(other)) else {
        return false;
    };
    let is_one_entry = match (entry(&one), entry(&other)) {
        (Some(one), Some(other)) => one == other,
        // One of them was fetched by a program or a pen that could not read it.
        (None, _) | (_, None) => {
            one.record.is_null() || other.record.is_null() || one.record == other.record
        }
    };
    one.chain == other.chain && is_one_entry
}

/// Whether the entries of a file are numbered and chained as this pen does it, from its serial number on, or
/// from the record before them that is kept.
///
/// Records of which the pen could not read its own storage have no content to check. Where a file begins neither
/// at record 1 nor after or among those that are kept, nothing in it tells whose journal it is: that is a doubt, in
/// words.
///
/// # Errors
/// The numbers of the records that do not fit; or the store cannot be read.
pub(super) fn check(
    records: &mut Records,
    file: &str,
    pen: &str,
    entries: &[JournalEntry],
) -> Result<Vec<String>, HostError> {
    let (mut misfits, mut doubts) = (Vec::new(), Vec::new());
    let mut kept = None;
    for journal in ["faults", "routine"] {
        let mut all: BTreeMap<u32, (u32, Option<Entry>)> = BTreeMap::new();
        for it in entries.iter().filter(|it| it.journal == journal) {
            let place = format!("record {} of {journal}", it.seq);
            let Ok(chain) = u32::from_str_radix(&it.chain, 16) else {
                misfits.push(format!("{place}: `{}` is no link of a chain", it.chain));
                continue;
            };
            let read = entry(it);
            if read.is_none() && !it.record.is_null() {
                misfits.push(format!(
                    "{place} is of a kind that this penctl does not know"
                ));
            }
            if all
                .insert(it.seq, (chain, read))
                .is_some_and(|it| it != (chain, read))
            {
                misfits.push(format!("{place} stands there twice and differs"));
            }
        }
        let Some(first) = all.keys().next().copied() else {
            continue;
        };
        let mut before = before(records, pen, journal, first)?;
        if before.is_none() {
            let kept = match &kept {
                Some(kept) => kept,
                None => kept.insert(super::journal_of(records, pen)?),
            };
            // One that is kept is compared with it when it is added.
            if !all
                .keys()
                .any(|seq| kept.contains_key(&name(pen, journal, *seq)))
            {
                doubts.push(format!(
                    "the journal of {journal} begins with record {first}, and none before it is kept: that it is \
                     pen {pen}'s could not be checked"
                ));
            }
        }
        for (seq, (chain, read)) in all {
            if let Some((last, previous)) = before {
                if seq != last + 1 {
                    misfits.push(format!("{journal}: after record {last} comes record {seq}"));
                } else if let Some(read) = read
                    && link(previous, seq, &read) != Some(chain)
                {
                    misfits.push(match seq {
                        1 => format!("record 1 of {journal} does not begin the chain of pen {pen}"),
                        _ => format!("record {seq} of {journal} does not fit the chain"),
                    });
                }
            }
            before = Some((seq, chain));
        }
    }
    if misfits.is_empty() {
        return Ok(doubts);
    }
    Err(broken(file, pen, misfits))
}

/// The records of a file do not fit: the first of them, and how many more.
fn broken(file: &str, pen: &str, mut misfits: Vec<String>) -> HostError {
    let more = misfits.len().saturating_sub(LISTED);
    misfits.truncate(LISTED);
    let tail = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    let what = format!("the journal of pen {pen} in {file} does not hold together");
    let why = format!("{}{tail}", misfits.join("; "));
    HostError::new(Code::RecordBroken, what, why).with_fix(
        "keep the file as it is, and fetch the journal from the pen again with `penctl journal --out`; nothing \
         was imported",
    )
}

/// Number and link of what stands before the record `first`; none if that is not known.
fn before(
    records: &mut Records,
    pen: &str,
    journal: &str,
    first: u32,
) -> Result<Option<(u32, u32)>, HostError> {
    let Some(last) = first.checked_sub(1) else {
        return Ok(None);
    };
    if last == 0 {
        return Ok(pen.parse().ok().map(|serial| (0, genesis(serial))));
    }
    let known = records.newest(Kind::Journal, &name(pen, journal, last))?;
    let known = known.map(|it| it.read::<JournalEntry>()).transpose()?;
    let chain = known.and_then(|it| u32::from_str_radix(&it.chain, 16).ok());
    Ok(chain.map(|chain| (last, chain)))
}
