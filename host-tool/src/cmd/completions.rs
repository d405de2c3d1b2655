//! `penctl completions`: a script for the shell.

use clap::Args;
use clap_complete::Shell;

use crate::cli::{self, Context};
use crate::error::HostError;

/// Arguments of `completions`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> Result<(), HostError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "penctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    context
        .out
        .event("completions", &serde_json::json!({ "script": script }));
    context.out.raw(&script);
    Ok(())
}
