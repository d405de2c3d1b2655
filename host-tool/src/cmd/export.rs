//! `penctl export`: records as JSON lines or as a table.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::records::{KeptArgs, pen_name};
use crate::cli::Context;
use crate::error::HostError;
use crate::fresh;
use crate::store::{Certificate, Kind, Query, Record, Records, columns, csv_line, csv_row};

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line, with number and digest: a whole store can be made of it again.
    #[default]
    Json,
    /// A table of one kind.
    Csv,
}

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Kinds: store, pen, instrument, operator, run, reading, event, end, calibration,
return, certificate, session, journal, observation, adverse_event.

Examples:
  penctl export --out all.jsonl                 everything; `import` reads it
  penctl export --kind calibration --format csv --out drift.csv
  penctl export --kind reading --run 17 --format csv
  penctl export --certificate CAL-5f0c9a1e-000017 --out page.html
  penctl export --pen 42 | jq .body

A file that is there is never overwritten.")]
pub(crate) struct ExportArgs {
    /// Only records of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only records about the pen with this serial number
    #[arg(long, value_name = "SERIAL")]
    pen: Option<String>,
    /// Only records of this run
    #[arg(long, value_name = "NUMBER")]
    run: Option<i64>,
    /// json or csv; csv needs --kind
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    format: Format,
    /// The page of this certificate, as it was issued
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["kind", "pen", "run", "format"])]
    certificate: Option<String>,
    /// Write to FILE instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    store: KeptArgs,
}

/// A record as a line.
#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: i64,
    kind: &'a str,
    name: &'a str,
    pen: Option<&'a str>,
    run: Option<i64>,
    due: Option<i64>,
    author: &'a str,
    /// Letter by letter, since the digest is over it.
    body: &'a RawValue,
    hash: &'a str,
}

fn json_line(record: &Record) -> Result<String, HostError> {
    let broken = |error: serde_json::Error| {
        HostError::record_broken(&format!("record {}", record.seq), error.to_string())
    };
    let draft = &record.draft;
    let line = Line {
        seq: record.seq,
        at: record.at,
        kind: draft.kind.as_str(),
        name: &draft.name,
        pen: draft.pen.as_deref(),
        run: draft.run,
        due: draft.due,
        author: &draft.author,
        body: serde_json::from_str(&draft.body).map_err(broken)?,
        hash: &record.hash,
    };
    Ok(serde_json::to_string(&line).map_err(broken)? + "\n")
}

pub(crate) fn run(args: &ExportArgs, context: &mut Context) -> Result<(), HostError> {
    if args.format == Format::Csv && args.kind.is_none() {
        return Err(HostError::usage(
            "a table has one kind of record",
            "--format csv was given without --kind",
        )
        .with_fix("add --kind, such as calibration, or leave --format away"));
    }
    if let Some(file) = &args.out {
        fresh::is_free(file)?;
    }
    let mut records = args.store.read(&context.out)?;
    let mut whole = String::new();
    let mut count = 0_u64;
    let is_kept = args.out.is_some();
    let (_, out) = context.split();
    let mut put = |text: &str| {
        count += 1;
        if is_kept {
            whole.push_str(text);
        } else {
            out.data(text);
        }
        if out.is_gone() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    if let Some(number) = &args.certificate {
        let _ = put(&page(&mut records, number)?);
    } else {
        select(args, &mut records, &mut put)?;
    }
    let Some(file) = &args.out else { return Ok(()) };
    fresh::write(file, &whole)?;
    let file = file.display().to_string();
    out.event("exported", &json!({ "file": file, "records": count }));
    out.line(format!("{file}: {count} records"));
    Ok(())
}

fn select(
    args: &ExportArgs,
    records: &mut Records,
    put: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<(), HostError> {
    let pen = args.pen.as_deref().map(pen_name);
    let query = Query {
        kind: args.kind,
        pen: pen.as_deref(),
        run: args.run,
        ..Query::ALL
    };
    match args.format {
        Format::Json => records.each(&query, &mut |record| Ok(put(&json_line(record)?))),
        Format::Csv => {
            let found = records.all(&query)?;
            let columns = columns(&found)?;
            let _ = put(&csv_line(&columns));
            for record in &found {
                if put(&csv_row(record, &columns)?).is_break() {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn page(records: &mut Records, number: &str) -> Result<String, HostError> {
    let found = records.newest(Kind::Certificate, number)?.ok_or_else(|| {
        HostError::no_such_record(
            &format!("certificate {number}"),
            "no certificate has this number",
        )
        .with_fix("see the certificates of a pen with `penctl history SERIAL`")
    })?;
    Ok(found.read::<Certificate>()?.page)
}
