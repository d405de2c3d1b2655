//! Two journals in one order of time, as far as it can be known.
//!
//! A record carries the time since power-up. Starts of the pen stand in the routine journal alone,
//! so a record of the journal of faults says of itself only when, not in which start. It is known
//! where a change of mode of the same instant stands beside it, and between two such records.

use pen_core::journal::{Entry, Record};
use pen_core::mode::Mode;
use pen_protocol::messages::JournalName;

use crate::client::FetchedJournal;

/// One record in the common order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which start of the pen, counted from the oldest that is there.
    pub boot: usize,
    /// Time since that start. Unit: us. Nothing for a record that could not be read.
    pub at_us: Option<u64>,
    /// Which journal.
    pub journal: JournalName,
    /// Its number there.
    pub seq: u32,
    /// What it says; nothing where it could not be read.
    pub record: Option<Record>,
}

/// Both journals in one order.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The records whose place is known, in order.
    pub lines: Vec<Line>,
    /// Records of the journal of faults whose start of the pen is not known.
    pub unplaced: Vec<Line>,
    /// Something is missing in a journal, or does not fit its chain.
    pub is_broken: bool,
}

/// Brings two journals into one order.
#[must_use]
pub fn merge(journals: &[FetchedJournal]) -> Merged {
    let of = |name| journals.iter().filter(move |it| it.name == name);
    let mut lines = Vec::new();
    let mut boot = 0;
    for (seq, _, entry) in of(JournalName::Routine).flat_map(|it| &it.records) {
        let is_start = entry.is_some_and(|it| matches!(it.record, Record::Booted { .. }));
        if is_start && !lines.is_empty() {
            boot += 1;
        }
        lines.push(line(JournalName::Routine, *seq, entry.as_ref(), boot));
    }
    let faults: Vec<Line> = of(JournalName::Faults)
        .flat_map(|it| &it.records)
        .map(|(seq, _, entry)| line(JournalName::Faults, *seq, entry.as_ref(), 0))
        .collect();
    let boots = place(&faults, &lines, boot);
    let mut unplaced = Vec::new();
    for (mut fault, boot) in faults.into_iter().zip(boots) {
        match boot {
            Some(boot) => {
                fault.boot = boot;
                insert(&mut lines, fault);
            }
            None => unplaced.push(fault),
        }
    }
    Merged {
        lines,
        unplaced,
        is_broken: journals.iter().any(|it| !it.breaks.is_empty()),
    }
}

fn line(journal: JournalName, seq: u32, entry: Option<&Entry>, boot: usize) -> Line {
    Line {
        boot,
        at_us: entry.map(|it| it.at.as_us()),
        journal,
        seq,
        record: entry.map(|it| it.record),
    }
}

/// Puts a record behind those of its start that are not later. The cause of a change of mode comes
/// before the change.
fn insert(lines: &mut Vec<Line>, fault: Line) {
    let is_before = |it: &Line| {
        let is_change = matches!(it.record, Some(Record::ModeChanged { .. }));
        it.boot < fault.boot
            || it.boot == fault.boot
                && match (it.at_us, fault.at_us) {
                    (Some(at), Some(mine)) if is_change => at < mine,
                    (Some(at), Some(mine)) => at <= mine,
                    (None, _) | (_, None) => true,
                }
    };
    let place = lines
        .iter()
        .rposition(is_before)
        .map_or(0, |place| place + 1);
    lines.insert(place, fault);
}

/// The start of the pen of each record of the journal of faults, where it is known.
fn place(faults: &[Line], routine: &[Line], last_boot: usize) -> Vec<Option<usize>> {
    let anchors: Vec<Option<usize>> = faults.iter().map(|it| anchor(it, routine)).collect();
    // From the front: no earlier than the one before, and later where the time went back.
    let mut least = Vec::with_capacity(faults.len());
    let (mut boot, mut before) = (0, None);
    for (it, anchor) in faults.iter().zip(&anchors) {
        if went_back(before, it.at_us) {
            boot += 1;
        }
        boot = anchor.unwrap_or(boot).max(boot);
        least.push(boot);
        before = it.at_us;
    }
    // From the back: no later than the one behind.
    let mut most = vec![last_boot; faults.len()];
    let (mut boot, mut behind) = (last_boot, None);
    for ((it, anchor), place) in faults.iter().zip(&anchors).zip(&mut most).rev() {
        if went_back(it.at_us, behind) {
            boot = boot.saturating_sub(1);
        }
        boot = anchor.unwrap_or(boot).min(boot);
        *place = boot;
        behind = it.at_us;
    }
    least
        .into_iter()
        .zip(most)
        .map(|(least, most)| (least == most).then_some(least))
        .collect()
}

fn went_back(before: Option<u64>, after: Option<u64>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if after < before)
}

/// The start in which a trip changed the mode at the very same time; nothing when several did.
fn anchor(fault: &Line, routine: &[Line]) -> Option<usize> {
    let Some(Record::Tripped(_)) = fault.record else {
        return None;
    };
    let mut found = routine.iter().filter(|it| {
        it.at_us == fault.at_us
            && matches!(
                it.record,
                Some(Record::ModeChanged {
                    to: Mode::FaultReaction | Mode::Faulted,
                    ..
                })
            )
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one.boot),
        _ => None,
    }
}
