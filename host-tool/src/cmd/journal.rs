//! `penctl journal`: fetches the pen's journals and verifies that nothing is missing.

use std::fs;

use clap::Args;
use pen_core::journal::Entry;
use pen_protocol::messages::JournalName;

use crate::cli::Context;
use crate::client::{Client, FetchedJournal};
use crate::error::HostError;
use crate::json::plain;

/// Arguments of `journal`.
#[derive(Clone, Debug, Args)]
pub(crate) struct JournalArgs {
    /// Write the records to FILE instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
}

pub(crate) fn run(args: &JournalArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let serial = client.hello().serial;
    let journals = fetch(&mut client)?;
    let lines = lines(&journals);
    match &args.out {
        Some(path) => write_whole(path, &lines.concat())?,
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
            for line in &lines {
                if context.out.is_gone() {
                    break;
                }
                context.out.raw(line);
            }
        }
    }
    verify(&journals, &words_serial(serial), context)
}

fn words_serial(serial: u64) -> String {
    crate::words::serial(serial)
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
            let value = record(journal.name, *seq, *chain, entry.as_ref());
            lines.push(format!("{value}\n"));
        }
    }
    lines
}

fn record(journal: JournalName, seq: u32, chain: u32, entry: Option<&Entry>) -> serde_json::Value {
    serde_json::json!({
        "journal": plain(&journal),
        "seq": seq,
        "chain": format!("{chain:08x}"),
        "at_us": entry.map(|entry| entry.at.as_us()),
        "record": entry.map(|entry| plain(&entry.record)),
    })
}

fn verify(journals: &[FetchedJournal], pen: &str, context: &mut Context) -> Result<(), HostError> {
    let mut broken = Vec::new();
    for journal in journals {
        let name = match journal.name {
            JournalName::Faults => "faults",
            JournalName::Routine => "routine",
        };
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

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &str, text: &str) -> Result<(), HostError> {
    let broken = |error: std::io::Error| HostError::record_store(path, error.to_string());
    let temporary = format!("{path}.part");
    fs::write(&temporary, text).map_err(broken)?;
    fs::rename(&temporary, path).map_err(|error| {
        // What cannot be renamed must not lie around half-named.
        let _ = fs::remove_file(&temporary);
        broken(error)
    })
}
