//! `penctl support-bundle`: what somebody needs who shall help from afar, and nobody's name.

mod people;
mod redact;
mod trace;

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::records::StoreArgs;
use super::{config, doctor, journal, status};
use crate::cli::Context;
use crate::client::Client;
use crate::error::HostError;
use crate::fresh;
use crate::json::plain;
use crate::out::{Align, JSON_SCHEMA, Table};

use redact::Redactor;

/// Arguments of `support-bundle`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
In it: versions, the checks of `doctor` with the names of programs that hold a
port, settings with their origin, what the pen says of itself, its faults and its journal, and a trace if one is named.
Without a pen, or with one that does not answer, the rest is written.

Taken out: names of this user, of operators and of whatever else the
configuration file holds, folders, hosts, numbers of operators and technicians,
the tokens of persons, and frames of a trace that carry one of these. Nothing is
compressed, so any editor shows what is in it: look before you send it.

Examples:
  penctl support-bundle pen.zip
  penctl --serial 42 support-bundle pen-42.zip
  penctl --trace t.txt status; penctl support-bundle pen.zip --with-trace t.txt")]
pub(crate) struct SupportBundleArgs {
    /// The new file; one that is there is not overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also a trace that was kept with --trace
    #[arg(long, value_name = "TRACE")]
    with_trace: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// A file of the bundle.
struct Entry {
    name: &'static str,
    about: &'static str,
    text: String,
}

pub(crate) fn run(args: &SupportBundleArgs, context: &mut Context) -> Result<(), HostError> {
    fresh::is_free(&args.file)?;
    let redactor = Redactor::of(context, args);
    let mut entries = vec![
        entry(
            "versions.json",
            "this program and this system",
            &versions(),
            &redactor,
        ),
        entry(
            "checks.json",
            "what `penctl doctor` finds",
            &checks(context),
            &redactor,
        ),
        entry(
            "settings.json",
            "settings in force, and where each came from",
            &settings(context),
            &redactor,
        ),
    ];
    if let Some(path) = &args.with_trace {
        let kept = crate::text::read(path)?;
        let text = trace::without_people(&kept).map_err(|why| HostError::bad_config(path, why))?;
        entries.push(Entry {
            name: "trace.txt",
            about: "frames; those that carry a number of a person are named only",
            text,
        });
    }
    entries.extend(pen(context, &redactor));
    let contents = contents(&entries);
    entries.insert(
        0,
        Entry {
            name: "README.txt",
            about: "this list",
            text: contents,
        },
    );
    fresh::write(&args.file, &packed(&entries)?)?;
    show(&args.file, &entries, context);
    Ok(())
}

/// A file of JSON, without anybody.
fn entry(name: &'static str, about: &'static str, body: &Value, redactor: &Redactor) -> Entry {
    let mut body = redactor.value(people::taken_out(body.clone()));
    if let Value::Object(fields) = &mut body {
        fields.insert("schema".to_owned(), JSON_SCHEMA.into());
    }
    // A value has string keys and finite numbers; nothing in it can fail.
    let text = serde_json::to_string_pretty(&body).unwrap_or_default();
    Entry {
        name,
        about,
        text: format!("{text}\n"),
    }
}

fn versions() -> Value {
    json!({
        "penctl": env!("CARGO_PKG_VERSION"),
        "protocol": pen_protocol::VERSION,
        "schema_hash": format!("{:08x}", pen_protocol::SCHEMA_HASH),
        "store_schema": crate::store::SCHEMA,
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "postgres": cfg!(feature = "postgres"),
        "checks_of_overflow": cfg!(debug_assertions),
    })
}

fn checks(context: &Context) -> Value {
    json!({ "checks": doctor::checks(context) })
}

fn settings(context: &Context) -> Value {
    let rows: Vec<Value> = config::rows(context)
        .into_iter()
        .map(
            |(name, value, from)| json!({ "name": name, "value": value, "from": from.to_string() }),
        )
        .collect();
    json!({ "settings": rows })
}

/// What the pen says, or why it says nothing.
fn pen(context: &mut Context, redactor: &Redactor) -> Vec<Entry> {
    let about = "who the pen is, its state and its faults";
    let mut client = match context.connect() {
        Ok(client) => client,
        Err(error) => {
            let what = redactor.text(&error.what);
            context.out.say(format!("without a pen: {what}"));
            return vec![entry("pen.json", about, &told(&error), redactor)];
        }
    };
    let said = state(&mut client).unwrap_or_else(|error| told(&error));
    let mut entries = vec![entry("pen.json", about, &said, redactor)];
    let about = "the pen's journal, without numbers of persons";
    entries.push(match journal::fetch(&mut client) {
        Ok(mut journals) => {
            for journal in &mut journals {
                for (_, _, found) in &mut journal.records {
                    *found = found.map(people::nobody);
                }
            }
            Entry {
                name: "journal.jsonl",
                about,
                // The chain is over what was taken out, and would tell it to whoever tries all numbers.
                text: journal::lines(&journals)
                    .iter()
                    .map(|line| people::without_chain(line))
                    .collect(),
            }
        }
        Err(error) => entry("journal.jsonl", about, &told(&error), redactor),
    });
    entries
}

fn state(client: &mut Client) -> Result<Value, HostError> {
    let hello = *client.hello();
    let info = client.info()?;
    let status = client.status()?;
    let faults = client.faults()?;
    Ok(json!({
        "model": hello.model.as_str(),
        "simulated": hello.is_simulated(),
        "protocol": hello.version,
        "schema_hash": format!("{:08x}", hello.schema),
        "info": plain(&info),
        "status": status::event(&status),
        "faults": plain(&faults),
    }))
}

fn told(error: &HostError) -> Value {
    json!({ "error": { "code": error.code.as_str(), "what": error.what, "why": error.why } })
}

/// The list of what is in the bundle.
fn contents(entries: &[Entry]) -> String {
    let mut text = String::from(
        "Written by penctl support-bundle. Names, folders and hosts are replaced by words in brackets;\n\
         numbers of operators, technicians and persons are 0 or taken out.\n\n",
    );
    for entry in entries {
        text.push_str(&format!("{:14}  {}\n", entry.name, entry.about));
    }
    text
}

/// The files in one, each as it is.
fn packed(entries: &[Entry]) -> Result<Vec<u8>, HostError> {
    // Not compressed: whoever sends it can look for a name in it with any program. No time: the
    // same contents are the same bytes.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let broken = |error: String| HostError::internal(format!("a zip file: {error}"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        zip.start_file(entry.name, options)
            .map_err(|error| broken(error.to_string()))?;
        zip.write_all(entry.text.as_bytes())
            .map_err(|error| broken(error.to_string()))?;
    }
    let done = zip.finish().map_err(|error| broken(error.to_string()))?;
    Ok(done.into_inner())
}

fn show(file: &Path, entries: &[Entry], context: &mut Context) {
    let out = &mut context.out;
    let mut table = Table::new(&[
        ("file", Align::Left),
        ("bytes", Align::Right),
        ("what", Align::Left),
    ]);
    for entry in entries {
        table.row([
            entry.name.to_owned(),
            entry.text.len().to_string(),
            entry.about.to_owned(),
        ]);
    }
    let files: Vec<Value> = entries
        .iter()
        .map(|it| json!({ "name": it.name, "bytes": it.text.len(), "about": it.about }))
        .collect();
    let name = file.display().to_string();
    out.event("bundle", &json!({ "file": name, "files": files }));
    table.print(out);
    out.say(format!(
        "{name} is written; look through it before you send it: nothing in it is compressed"
    ));
}
