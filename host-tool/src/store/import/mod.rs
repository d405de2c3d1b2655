//! Records from files: of a register, of a pen's journal, of another store.

mod entry;
mod journal;
mod sound;
mod text;

use std::collections::{BTreeSet, HashMap};

use super::{
    AdverseEvent, Draft, JournalEntry, Kind, Observation, Query, Record, Records, Session,
};
use crate::error::HostError;
use entry::Line;
pub(crate) use entry::{OUTCOMES, SIGNS, SUSPECTS};
pub(crate) use sound::{days_after, event_day};

/// What was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Records that are new.
    pub new: usize,
    /// Records that were there already, with the same content.
    pub known: usize,
    /// What of the new ones could not be checked, in words: a pen or a session that is not in the records, or a
    /// journal that begins in the middle.
    pub doubts: Vec<String>,
}

/// Imports a file's content: JSON lines or CSV. All of it is taken or nothing.
///
/// `kind` says what the rows of a CSV are, `pen` whose journal it is; both are needed only there.
///
/// # Errors
/// A line is not understood or not allowed, with its number; a session, an observation or an adverse event lies ahead,
/// or an event before its session; a record of a journal does not fit the pen's chain;
/// a number that is given once is in the store with other content; or the store cannot be written.
pub fn import_records(
    records: &mut Records,
    file: &str,
    bytes: &[u8],
    kind: Option<Kind>,
    pen: Option<&str>,
) -> Result<Imported, HostError> {
    let text = crate::text::decoded(bytes).map_err(|why| HostError::bad_config(file, why))?;
    let lines = text::lines(&text, kind).map_err(|why| HostError::bad_config(file, why))?;
    let (mut drafts, mut journal, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        match line {
            Line::New(draft) => drafts.push(*draft),
            Line::Journal(entry) => journal.push(*entry),
            Line::Copy(record) => copies.push(*record),
        }
    }
    if !copies.is_empty() {
        if !drafts.is_empty() || !journal.is_empty() {
            return Err(HostError::bad_config(
                file,
                "it has records of another store beside new ones",
            ));
        }
        return copied(records, &copies);
    }
    for draft in &drafts {
        sound::check_session(records, draft)?;
    }
    let mut doubts = Vec::new();
    if !journal.is_empty() {
        let pen = pen.ok_or_else(|| {
            HostError::usage(
                format!("{file} is a journal, and does not say of which pen"),
                "the lines of a journal carry no serial number",
            )
            .with_fix("add --pen SERIAL")
        })?;
        doubts = journal::check(records, file, pen, &journal)?;
        drafts.extend(journal::drafts(pen, &journal)?);
    }
    let mut imported = append_new(records, &drafts)?;
    imported.doubts.extend(doubts);
    Ok(imported)
}

/// Imports records of a pen's journal as they were fetched, whether they hold together or not. Those that are
/// there already are left as they are.
///
/// # Errors
/// A record is in the store with another link of the pen's chain or another content, or the store cannot be
/// written.
pub fn import_journal(
    records: &mut Records,
    pen: &str,
    entries: &[JournalEntry],
) -> Result<Imported, HostError> {
    append_new(records, &journal::drafts(pen, entries)?)
}

/// A session as a record.
///
/// # Errors
/// In words: what is missing or not allowed in it.
pub fn session_draft(it: Session) -> Result<Draft, String> {
    entry::session(it)
}

/// An observation as a record.
///
/// # Errors
/// As [`session_draft`].
pub fn observation_draft(it: Observation) -> Result<Draft, String> {
    entry::observation(it)
}

/// An adverse event as a record.
///
/// # Errors
/// As [`session_draft`].
pub fn adverse_event_draft(it: AdverseEvent) -> Result<Draft, String> {
    entry::adverse_event(it)
}

/// Appends the drafts that say anything new: all of them or none.
///
/// # Errors
/// An observation or an adverse event lies ahead, or an event before its session; what is kept once is in the store with other content, or the store cannot be written.
pub fn add(records: &mut Records, drafts: &[Draft]) -> Result<Imported, HostError> {
    append_new(records, drafts)
}

/// Appends the drafts that say anything new.
fn append_new(records: &mut Records, drafts: &[Draft]) -> Result<Imported, HostError> {
    loop {
        let newest = records.head()?.seq;
        let mut imported = Imported::default();
        let mut new: Vec<Draft> = Vec::new();
        let mut known = Known::default();
        let mut knowledge = sound::Knowledge::of(drafts);
        let mut doubts = BTreeSet::new();
        for draft in drafts {
            if known.has(records, draft)? {
                imported.known += 1;
            } else {
                doubts.extend(knowledge.check(records, draft)?);
                imported.new += 1;
                known.add(draft);
                new.push(draft.clone());
            }
        }
        imported.doubts = doubts.into_iter().collect();
        if new.is_empty() || records.append_if(newest, &new)?.is_some() {
            return Ok(imported);
        }
        // Somebody else has appended meanwhile: what is new is asked again.
    }
}

/// Newest bodies, by kind and name, of what the drafts could repeat.
#[derive(Default)]
struct Known {
    journals: HashMap<String, HashMap<String, String>>,
    others: HashMap<(Kind, String), Option<String>>,
}

impl Known {
    fn has(&mut self, records: &mut Records, draft: &Draft) -> Result<bool, HostError> {
        let Some(body) = self.body(records, draft)? else {
            return Ok(false);
        };
        if body == draft.body {
            return Ok(true);
        }
        if draft.kind == Kind::Journal && journal::is_same(&body, &draft.body) {
            // Told in the words of another version of this program.
            return Ok(true);
        }
        if draft.kind.is_once() {
            return Err(HostError::record_twice(
                draft.kind,
                &draft.name,
                "the one in the store says something else",
            ));
        }
        Ok(false)
    }

    fn body(&mut self, records: &mut Records, draft: &Draft) -> Result<Option<String>, HostError> {
        if let (Kind::Journal, Some(pen)) = (draft.kind, &draft.pen) {
            if !self.journals.contains_key(pen) {
                let known = journal_of(records, pen)?;
                self.journals.insert(pen.clone(), known);
            }
            let known = self.journals.get(pen);
            return Ok(known.and_then(|known| known.get(&draft.name).cloned()));
        }
        let key = (draft.kind, draft.name.clone());
        if let Some(known) = self.others.get(&key) {
            return Ok(known.clone());
        }
        let newest = records.newest(draft.kind, &draft.name)?;
        let body = newest.map(|record| record.draft.body);
        self.others.insert(key, body.clone());
        Ok(body)
    }

    fn add(&mut self, draft: &Draft) {
        let (name, body) = (draft.name.clone(), draft.body.clone());
        match (draft.kind, &draft.pen) {
            (Kind::Journal, Some(pen)) => {
                self.journals
                    .entry(pen.clone())
                    .or_default()
                    .insert(name, body);
            }
            _ => {
                self.others.insert((draft.kind, name), Some(body));
            }
        }
    }
}

fn journal_of(records: &mut Records, pen: &str) -> Result<HashMap<String, String>, HostError> {
    let query = Query {
        kind: Some(Kind::Journal),
        pen: Some(pen),
        limit: Query::MANY,
        ..Query::ALL
    };
    let known = records.all(&query)?;
    Ok(known
        .into_iter()
        .map(|record| (record.draft.name, record.draft.body))
        .collect())
}

/// Takes the records of another store as they are: into an empty one, or one that is the beginning
/// of the other.
fn copied(records: &mut Records, copies: &[Record]) -> Result<Imported, HostError> {
    let head = records.head()?;
    let known = copies.iter().position(|record| record.seq == head.seq);
    let fits = match known {
        Some(place) => copies
            .get(place)
            .is_some_and(|record| record.hash == head.hash),
        None => head.seq == 0,
    };
    if !fits {
        return Err(HostError::usage(
            format!("the store {} is not empty", records.name()),
            "records of another store keep their numbers, so they need an empty store",
        )
        .with_fix("name a new store with --store"));
    }
    let known = known.map_or(0, |place| place + 1);
    let new = copies.get(known..).unwrap_or_default();
    records.copy_in(new)?;
    Ok(Imported {
        new: new.len(),
        known,
        doubts: Vec::new(),
    })
}
