//! `penctl store info`: where the records are, and how many.

use clap::{Args, Subcommand};
use serde_json::json;

use super::records::KeptArgs;
use crate::cli::Context;
use crate::error::HostError;
use crate::out::{Align, Table, pairs};
use crate::store::{SCHEMA, time_text};

/// Arguments of `store`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecordsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Shows where the records are, how many of each kind, and the newest digest
    #[command(after_help = "\
Examples:
  penctl store info
  penctl store info --store /srv/lab/records.db
  penctl store info --simulated     the file of simulated pens")]
    Info(KeptArgs),
}

pub(crate) fn run(args: &RecordsArgs, context: &mut Context) -> Result<(), HostError> {
    let Command::Info(store) = &args.command;
    let mut records = store.read(&context.out)?;
    let head = records.head()?;
    let mark = records.mark()?;
    let mut counts = records.counts()?;
    counts.sort_unstable();
    let out = &mut context.out;
    let kinds: serde_json::Map<String, serde_json::Value> = counts
        .iter()
        .map(|(kind, count)| (kind.as_str().to_owned(), json!(count)))
        .collect();
    out.event(
        "store",
        &json!({
            "store": records.name(), "mark": mark, "schema": SCHEMA, "records": head.seq,
            "newest": (head.seq > 0).then_some(head.at), "digest": head.hash, "kinds": kinds,
        }),
    );
    pairs(
        out,
        &[
            ("store", records.name()),
            ("mark", mark.unwrap_or_else(|| "none yet".to_owned())),
            ("schema", SCHEMA.to_string()),
            ("records", head.seq.to_string()),
            (
                "newest",
                if head.seq > 0 {
                    time_text(head.at)
                } else {
                    "-".to_owned()
                },
            ),
            ("digest", head.hash),
        ],
    );
    if counts.is_empty() {
        return Ok(());
    }
    out.line("");
    let mut table = Table::new(&[("kind", Align::Left), ("records", Align::Right)]);
    for (kind, count) in counts {
        table.row([kind.as_str().to_owned(), count.to_string()]);
    }
    table.print(out);
    Ok(())
}
