//! `penctl audit verify`: whether the records are as they were written.

use clap::{Args, Subcommand};

use super::records::KeptArgs;
use crate::cli::Context;
use crate::error::HostError;

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Checks every record against its digest and the one before it
    Verify(VerifyArgs),
}

/// Arguments of `audit verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A chain that was cut off at its end, or written anew as a whole, holds together
all the same. So give a digest that was noted before, from a certificate or from
`penctl store info`: it has to be among the records.

Examples:
  penctl audit verify
  penctl audit verify --digest 5f0c...9a1e

Exit code 50 when something does not fit.")]
struct VerifyArgs {
    /// A digest that was noted before: 64 hexadecimal digits
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<String>,
    #[command(flatten)]
    store: KeptArgs,
}

fn digest(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    Err(format!(
        "a digest has 64 hexadecimal digits, this has {} characters",
        text.chars().count()
    ))
}

/// Misfits that an error names; all are told with `--json`.
const NAMED: usize = 5;

pub(crate) fn run(args: &AuditArgs, context: &mut Context) -> Result<(), HostError> {
    let Command::Verify(args) = &args.command;
    let mut records = args.store.read(&context.out)?;
    let verified = records.verify(args.digest.as_deref())?;
    let out = &mut context.out;
    out.event("verified", &verified);
    for seq in &verified.clock_set_back {
        out.warn(format!(
            "record {seq} is older than the one before it: that computer's clock was set back"
        ));
    }
    let mut misfits = verified.misfits;
    if let Some(digest) = &args.digest {
        match verified.found {
            Some(seq) => out.line(format!("the digest is that of record {seq}")),
            None => misfits.push(format!("no record has the digest {digest}")),
        }
    }
    if misfits.is_empty() {
        out.line(format!(
            "{} records, each as it was written and after the one before it",
            verified.records
        ));
        out.line(format!("newest digest: {}", verified.head));
        return Ok(());
    }
    let more = misfits.len().saturating_sub(NAMED);
    let mut named = misfits;
    named.truncate(NAMED);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    Err(
        HostError::record_broken(&format!("the store {}", records.name()), named.join("; "))
            .with_fix("keep the store as it is, and compare it with a backup"),
    )
}
