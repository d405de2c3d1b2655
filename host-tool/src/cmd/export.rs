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
use crate::out::{Document, JSON_SCHEMA};
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

/// Refuses a table among the events of `--json`.
fn check_stream(format: Format, has_file: bool, is_json: bool) -> Result<(), HostError> {
    if format == Format::Csv && is_json && !has_file {
        return Err(HostError::usage(
            "rows of a table are no events",
            "--format csv was given with --json, whose stdout has one JSON object a line",
        )
        .with_fix("leave --json or --format csv away, or write the table with --out FILE"));
    }
    Ok(())
}

/// A JSON object as an event of `--json`, its fields letter by letter: the digest of a record is over
/// its body as it is written.
fn as_event(name: &str, object: &str) -> String {
    let fields = object.trim_end().trim_start_matches('{');
    format!("{{\"schema\":{JSON_SCHEMA},\"event\":\"{name}\",{fields}\n")
}

pub(crate) fn run(args: &ExportArgs, context: &mut Context) -> Result<(), HostError> {
    if args.format == Format::Csv && args.kind.is_none() {
        return Err(HostError::usage(
            "a table has one kind of record",
            "--format csv was given without --kind",
        )
        .with_fix("add --kind, such as calibration, or leave --format away"));
    }
    check_stream(args.format, args.out.is_some(), context.out.is_json())?;
    if let Some(file) = &args.out {
        fresh::is_free(file)?;
    }
    let mut records = args.store.read(&context.out)?;
    let is_event = context.out.is_json() && args.out.is_none();
    let mut whole = String::new();
    let mut count = 0_u64;
    let is_kept = args.out.is_some();
    let document = match (args.format, &args.certificate) {
        (Format::Json, None) => Document::Json,
        _ if is_event => Document::Json,
        _ => Document::Text,
    };
    let (_, out) = context.split();
    let mut put = |text: &str| {
        count += 1;
        if is_kept {
            whole.push_str(text);
        } else {
            out.document(text, document);
        }
        if out.is_gone() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    if let Some(number) = &args.certificate {
        let page = page(&mut records, number)?;
        let _ = match is_event {
            true => put(&as_event(
                "certificate",
                &json!({ "number": number, "page": page }).to_string(),
            )),
            false => put(&page),
        };
    } else {
        let mut put_line = |line: &str| match args.format {
            Format::Json => put(&as_event("record", line)),
            Format::Csv => put(line),
        };
        select(args, &mut records, &mut put_line)?;
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Format, as_event, check_stream, json_line};
    use crate::error::Code;
    use crate::store::{Draft, Head, Kind, chain, import_records};

    #[test]
    fn a_table_is_no_stream_of_events() {
        let refused = check_stream(Format::Csv, false, true).unwrap_err();
        assert_eq!((refused.code, refused.exit_code()), (Code::Usage, 2));
        assert!(refused.fix.contains("--out"), "{refused}");
        for (format, has_file, is_json) in [
            (Format::Csv, true, true),
            (Format::Csv, false, false),
            (Format::Json, false, true),
            (Format::Json, false, false),
        ] {
            assert_eq!(check_stream(format, has_file, is_json), Ok(()));
        }
    }

    #[test]
    fn exported_events_say_what_they_are_and_are_imported_letter_by_letter() {
        let at = std::env::temp_dir().join(format!("penctl-events-{}", std::process::id()));
        std::fs::create_dir_all(&at).unwrap();
        let place = crate::store::Place::File(at.join("copy.db"));
        // A reading direction that is turned, as it is: escaped, it would have another digest.
        let names = ["{ \u{202e}x", "} \u{b5}m"];
        let drafts = names.map(|name| {
            let body = serde_json::json!({ "name": name });
            Draft::new(Kind::Pen, "000042", &body).unwrap()
        });
        let mut text = String::new();
        for record in chain::seal(&Head::none(), 7, drafts) {
            let line = json_line(&record).unwrap();
            let event = as_event("record", &line);
            let (event_of, plain): (Value, Value) = (
                serde_json::from_str(&event).unwrap(),
                serde_json::from_str(&line).unwrap(),
            );
            assert_eq!(
                (&event_of["schema"], &event_of["event"]),
                (&1.into(), &"record".into())
            );
            for (name, value) in plain.as_object().unwrap() {
                assert_eq!(&event_of[name], value, "{name}");
            }
            text.push_str(&event);
        }
        text.push_str("{\"schema\":1,\"event\":\"run_complete\",\"ok\":true}\n");
        let store = crate::store::open(&place, crate::store::Access::Write).unwrap();
        let mut records = crate::store::Records::new(store, Box::new(|| 0));
        let imported = import_records(&mut records, "file", text.as_bytes(), None, None).unwrap();
        assert_eq!((imported.new, imported.known), (2, 0));
        assert_eq!(records.verify(None).unwrap().misfits, [""; 0]);
        std::fs::remove_dir_all(&at).unwrap();
    }
}
