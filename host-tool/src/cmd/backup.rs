//! `penctl backup`: a copy of the whole store.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::records::KeptArgs;
use crate::cli::Context;
use crate::error::HostError;
use crate::store::backup;

/// Arguments of `backup`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The copy is a store itself, in one file, whatever kind the first one is. Every
record is checked while it is copied; others may go on writing meanwhile.

Examples:
  penctl backup /media/stick/records-2026-11-22.db
  penctl due --store /media/stick/records-2026-11-22.db")]
pub(crate) struct BackupArgs {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &BackupArgs, context: &mut Context) -> Result<(), HostError> {
    let mut records = args.store.read(&context.out)?;
    let copied = backup(&mut records, &args.file)?;
    let out = &mut context.out;
    let file = args.file.display().to_string();
    out.event(
        "backup",
        &json!({ "file": file, "records": copied.records, "digest": copied.head }),
    );
    out.line(format!("{} records are in {file}", copied.records));
    out.line(format!("newest digest: {}", copied.head));
    Ok(())
}
