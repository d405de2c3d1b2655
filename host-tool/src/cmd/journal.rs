//! `penctl journal`: fetches the pen's journals and verifies that nothing is missing.

use std::path::Path;

use clap::Args;
use pen_core::journal::Entry;
use pen_protocol::messages::JournalName;
use serde::Serialize;

use crate::cli::Context;
use crate::client::{Client, FetchedJournal};
use crate::error::HostError;
use crate::fresh;
use crate::json::plain;
use crate::out::{Align, JSON_SCHEMA, Table};
use crate::words;

/// Arguments of `journal`.
#[derive(Clone, Debug, Args)]
pub(crate) struct JournalArgs {
    /// Write the records to FILE, one JSON object a line, instead of showing them; one that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
}

pub(crate) fn run(args: &JournalArgs, context: &mut Context) -> Result<(), HostError> {
    if let Some(path) = &args.out {
        fresh::is_free(Path::new(path))?;
    }
    let mut client = context.connect()?;
    let serial = client.hello().serial;
    let journals = fetch(&mut client)?;
    match &args.out {
        Some(path) => fresh::write(Path::new(path), lines(&journals).concat())?,
        None if context.out.is_json() => {
            for journal in &journals {
                for (seq, chain, entry) in &journal.records {
                    context.out.event(
                        "record",
                        &record(journal.name, *seq, *chain, entry.as_ref()),
                    );
                }
            }
        }
        None => {
            let table = readable(&journals);
            if !table.is_empty() {
                table.print(&mut context.out);
            }
        }
    }
    verify(&journals, &words::serial(serial), context)
}

/// Both journals, faults first.
pub(crate) fn fetch(client: &mut Client) -> Result<Vec<FetchedJournal>, HostError> {
    [JournalName::Faults, JournalName::Routine]
        .into_iter()
        .map(|name| client.journal(name))
        .collect()
}

/// The records as JSON lines, in order of time within each journal.
pub(crate) fn lines(journals: &[FetchedJournal]) -> Vec<String> {
    let mut lines = Vec::new();
    for journal in journals {
        for (seq, chain, entry) in &journal.records {
            let value = Kept {
                schema: JSON_SCHEMA,
                line: record(journal.name, *seq, *chain, entry.as_ref()),
            };
            // A line has string keys and whole numbers; nothing in it can fail.
            lines.push(format!(
                "{}\n",
                serde_json::to_string(&value).unwrap_or_default()
            ));
        }
    }
    lines
}

/// The records for people: time since power-up, what kind, what it says.
fn readable(journals: &[FetchedJournal]) -> Table {
    let mut table = Table::new(&[
        ("journal", Align::Left),
        ("no.", Align::Right),
        ("time, s", Align::Right),
        ("record", Align::Left),
        ("says", Align::Left),
    ]);
    for journal in journals {
        for (seq, chain, entry) in &journal.records {
            let line = record(journal.name, *seq, *chain, entry.as_ref());
            let at = line.at_us.map_or_else(
                || "-".to_owned(),
                |us| format!("{}.{:03}", us / 1_000_000, us / 1_000 % 1_000),
            );
            table.row([
                line.journal.to_owned(),
                seq.to_string(),
                at,
                line.kind.unwrap_or_else(|| "not understood".into()),
                line.text.unwrap_or_default(),
            ]);
        }
    }
    table
}

/// A record in a file.
#[derive(Serialize)]
struct Kept {
    schema: u32,
    #[serde(flatten)]
    line: Line,
}

/// A record as scripts see it.
#[derive(Serialize)]
struct Line {
    journal: &'static str,
    seq: u32,
    /// Time since power-up. Unit: us.
    at_us: Option<u64>,
    kind: Option<String>,
    text: Option<String>,
    record: Option<serde_json::Value>,
    chain: String,
}

fn record(journal: JournalName, seq: u32, chain: u32, entry: Option<&Entry>) -> Line {
    Line {
        journal: name(journal),
        seq,
        at_us: entry.map(|entry| entry.at.as_us()),
        kind: entry.map(|entry| words::record_kind(&entry.record)),
        text: entry.map(|entry| words::record(&entry.record)),
        record: entry.map(|entry| plain(&entry.record)),
        chain: format!("{chain:08x}"),
    }
}

const fn name(journal: JournalName) -> &'static str {
    match journal {
        JournalName::Faults => "faults",
        JournalName::Routine => "routine",
    }
}

fn verify(journals: &[FetchedJournal], pen: &str, context: &mut Context) -> Result<(), HostError> {
    let mut broken = Vec::new();
    for journal in journals {
        let name = name(journal.name);
        let count = journal.records.len();
        context.out.event(
            "verified",
            &serde_json::json!({
                "journal": name,
                "records": count,
                "first": journal.first,
                "breaks": journal.breaks,
            }),
        );
        if journal.breaks.is_empty() {
            let from = if journal.first > 1 {
                format!(", older ones than {} were evicted", journal.first)
            } else {
                String::new()
            };
            context.out.say(format!(
                "{name}: {count} records, numbered and chained{from}"
            ));
        } else {
            broken.push(format!("{name}: {}", journal.breaks.join(", ")));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(HostError::record_broken(
        &format!("the journal of pen {pen}"),
        broken.join("; "),
    ))
}
