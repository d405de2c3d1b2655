//! `penctl import`: registers, journals and whole stores from files.

use std::io::Read;

use clap::Args;
use serde_json::json;

use super::records::{KeptArgs, pen_name};
use crate::cli::Context;
use crate::error::HostError;
use crate::store::{Kind, import_records};

/// Arguments of `import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
FILE has one JSON object a line, or is a table with commas (CSV) whose first
line names the columns. All of it is taken, or nothing with the line that is
wrong. What is there already is left as it is; a newer record of an instrument
or an operator replaces none, it counts from then on. - reads stdin.

A day that lies ahead is refused, and an adverse event before its session. What
could not be checked is taken and said: a pen or a session that is not in the
records, a journal that begins in the middle.

Examples:
  penctl import gauges.csv --kind instrument
  penctl import people.jsonl
  penctl journal --out pen42.jsonl; penctl import pen42.jsonl --pen 42
  penctl export --out all.jsonl; penctl import all.jsonl --store new.db

A gauge and an operator:
  {\"kind\":\"instrument\",\"serial\":\"G-17\",\"what\":\"gauge\",\"name\":\"Maker 543\",
   \"uncertainty\":2.5,\"unit\":\"um\",\"k\":2,\"resolution\":1,\"certificate\":\"K-88\",
   \"traceability\":\"PTB\",\"due\":\"2027-03-31\"}     (on one line)
  {\"kind\":\"operator\",\"number\":7,\"name\":\"A. Person\",\"role\":\"calibrates\"}

A pen's journal has no person in it, and no record may: people who are treated
are known to the practice's own file only.")]
pub(crate) struct ImportArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: String,
    /// What the rows of a table are: instrument, operator, pen, session, observation, adverse_event
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Serial number of the pen whose journal it is
    #[arg(long, value_name = "SERIAL")]
    pen: Option<String>,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &ImportArgs, context: &mut Context) -> Result<(), HostError> {
    let bytes = match args.file.as_str() {
        "-" => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map(|_| bytes)
        }
        path => std::fs::read(path),
    };
    let bytes = bytes.map_err(|error| HostError::bad_config(&args.file, error.to_string()))?;
    let pen = args.pen.as_deref().map(pen_name);
    let mut records = args.store.write(&context.out)?;
    let imported = import_records(&mut records, &args.file, &bytes, args.kind, pen.as_deref())?;
    let out = &mut context.out;
    out.event(
        "imported",
        &json!({
            "file": args.file, "new": imported.new, "known": imported.known, "doubts": imported.doubts,
        }),
    );
    out.line(format!(
        "{}: {} new records, {} were there already",
        args.file, imported.new, imported.known
    ));
    for doubt in &imported.doubts {
        out.warn(doubt);
    }
    Ok(())
}
