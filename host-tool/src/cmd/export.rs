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
use crate::out::{Document, JSON_SCHEMA, Out};
use crate::report::Document as Paper;
use crate::store::{Certificate, Kind, Query, Record, Records, columns, csv_line, csv_row};

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line, with number and digest: a whole store can be made of it again.
    Json,
    /// A table of one kind.
    Csv,
    /// The page of a certificate.
    Html,
    /// A certificate on A4 sheets.
    Pdf,
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
  penctl export --certificate CAL-5f0c9a1e-000017 --format pdf --out it.pdf
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
    /// Of records json or csv, which needs --kind; of a certificate html, json or pdf
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<Format>,
    /// This certificate as it was issued, its page unless --format says otherwise
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["kind", "pen", "run"])]
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

/// What can be written of what, and where to.
fn check(args: &ExportArgs, is_json: bool) -> Result<Format, HostError> {
    let refused = |what: &str, why: &str, fix: &str| Err(HostError::usage(what, why).with_fix(fix));
    let of_certificate = args.certificate.is_some();
    let usual = if of_certificate {
        Format::Html
    } else {
        Format::Json
    };
    let format = args.format.unwrap_or(usual);
    match format {
        Format::Csv if of_certificate => refused(
            "a certificate is no table",
            "--format csv was given with --certificate; html, json and pdf are allowed",
            "leave --format away for the page",
        ),
        Format::Html | Format::Pdf if !of_certificate => refused(
            "only a certificate has pages",
            "--format html or pdf was given without --certificate; json and csv are allowed",
            "name one with --certificate, as `penctl history SERIAL` shows it",
        ),
        Format::Csv if args.kind.is_none() => refused(
            "a table has one kind of record",
            "--format csv was given without --kind",
            "add --kind, such as calibration, or leave --format away",
        ),
        Format::Csv if is_json && args.out.is_none() => refused(
            "rows of a table are no events",
            "--format csv was given with --json, whose stdout has one JSON object a line",
            "leave --json or --format csv away, or write the table with --out FILE",
        ),
        Format::Pdf if args.out.is_none() => refused(
            "a PDF is no text",
            "--format pdf was given without --out",
            "name a file with --out FILE",
        ),
        _ => Ok(format),
    }
}

/// A JSON object as an event of `--json`, its fields letter by letter: the digest of a record is over
/// its body as it is written.
fn as_event(name: &str, object: &str) -> String {
    let fields = object.trim_end().trim_start_matches('{');
    format!("{{\"schema\":{JSON_SCHEMA},\"event\":\"{name}\",{fields}\n")
}

pub(crate) fn run(args: &ExportArgs, context: &mut Context) -> Result<(), HostError> {
    let format = check(args, context.out.is_json())?;
    if format == Format::Pdf {
        // Before anything is looked for.
        super::pdf::can_show(&[])?;
    }
    if let Some(file) = &args.out {
        fresh::is_free(file)?;
    }
    let mut records = args.store.read(&context.out)?;
    if let Some(number) = &args.certificate {
        let found = certificate(&mut records, number)?;
        return issue(args, format, number, found, &mut context.out);
    }
    let mut whole = String::new();
    let mut count = 0_u64;
    let is_kept = args.out.is_some();
    let document = if format == Format::Json {
        Document::Json
    } else {
        Document::Text
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
    let mut put_line = |line: &str| match format {
        Format::Json => put(&as_event("record", line)),
        _ => put(line),
    };
    select(args, format, &mut records, &mut put_line)?;
    let Some(file) = &args.out else { return Ok(()) };
    fresh::write(file, &whole)?;
    let file = file.display().to_string();
    out.event("exported", &json!({ "file": file, "records": count }));
    out.line(format!("{file}: {count} records"));
    Ok(())
}

/// Writes a certificate as it was issued.
fn issue(
    args: &ExportArgs,
    format: Format,
    number: &str,
    found: Certificate,
    out: &mut Out,
) -> Result<(), HostError> {
    let content = match format {
        Format::Html | Format::Csv => found.page.into_bytes(),
        Format::Json => super::keep::pretty(&found.report)?.into_bytes(),
        Format::Pdf => super::pdf::of(&paper(number, &found)?)?,
    };
    if let Some(file) = &args.out {
        fresh::write(file, &content)?;
        let file = file.display().to_string();
        out.event("exported", &json!({ "file": file, "records": 1 }));
        out.line(format!("{file}: certificate {number}"));
        return Ok(());
    }
    // A PDF has a file.
    let text = String::from_utf8_lossy(&content);
    if out.is_json() {
        let body = match format {
            Format::Json => json!({ "number": number, "certificate": found.report }),
            _ => json!({ "number": number, "page": text }),
        };
        out.document(&as_event("certificate", &body.to_string()), Document::Json);
    } else {
        let kind = if format == Format::Json {
            Document::Json
        } else {
            Document::Text
        };
        out.document(&text, kind);
    }
    Ok(())
}

/// What a certificate said when it was issued.
fn paper(number: &str, found: &Certificate) -> Result<Paper, HostError> {
    serde_json::from_value(found.document.clone()).map_err(|error| {
        let why = if found.document.is_null() {
            "it was issued by a penctl that kept nothing but its page".to_owned()
        } else {
            format!("what was kept of it is not understood: {error}")
        };
        HostError::no_such_record(&format!("PDF of certificate {number}"), why).with_fix(format!(
            "print its page: `penctl export --certificate {number} --out FILE`"
        ))
    })
}

fn select(
    args: &ExportArgs,
    format: Format,
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
    match format {
        Format::Json | Format::Html | Format::Pdf => {
            records.each(&query, &mut |record| Ok(put(&json_line(record)?)))
        }
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

fn certificate(records: &mut Records, number: &str) -> Result<Certificate, HostError> {
    let found = records.newest(Kind::Certificate, number)?.ok_or_else(|| {
        HostError::no_such_record(
            &format!("certificate {number}"),
            "no certificate has this number",
        )
        .with_fix("see the certificates of a pen with `penctl history SERIAL`")
    })?;
    found.read::<Certificate>()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use clap::Parser as _;

    use super::{ExportArgs, Format, as_event, check, json_line, paper};
    use crate::error::Code;
    use crate::store::{Certificate, Draft, Head, Kind, chain, import_records};

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: ExportArgs,
    }

    fn args(line: &str) -> ExportArgs {
        let words = std::iter::once("export").chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().args
    }

    #[test]
    fn each_format_is_of_what_it_can_show() {
        for (line, is_json, format) in [
            ("", false, Format::Json),
            ("", true, Format::Json),
            ("--kind pen --format csv", false, Format::Csv),
            ("--kind pen --format csv --out f", true, Format::Csv),
            ("--certificate C", false, Format::Html),
            ("--certificate C --format json", true, Format::Json),
            ("--certificate C --format pdf --out f", true, Format::Pdf),
        ] {
            assert_eq!(check(&args(line), is_json), Ok(format), "{line}");
        }
        for (line, is_json, words) in [
            ("--kind pen --format csv", true, "--out"),
            ("--format csv", false, "--kind"),
            (
                "--certificate C --format csv",
                false,
                "html, json and pdf are allowed",
            ),
            ("--format html", false, "json and csv are allowed"),
            ("--format pdf --out f", false, "json and csv are allowed"),
            ("--certificate C --format pdf", false, "--out FILE"),
        ] {
            let refused = check(&args(line), is_json).unwrap_err();
            assert_eq!((refused.code, refused.exit_code()), (Code::Usage, 2));
            assert!(refused.to_string().contains(words), "{line}: {refused}");
        }
    }

    #[test]
    fn a_certificate_of_which_only_the_page_was_kept_has_no_pdf() {
        let mut found = Certificate::default();
        let error = paper("CAL-1", &found).unwrap_err();
        assert!(error.why.contains("nothing but its page"), "{error}");
        assert!(error.fix.contains("export --certificate CAL-1"), "{error}");
        found.document = serde_json::json!({ "title": 1 });
        let error = paper("CAL-1", &found).unwrap_err();
        assert!(error.why.contains("not understood"), "{error}");
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
