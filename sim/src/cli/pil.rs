//! `pen-sim pil`, and what an emulated processor needs.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use pen_sim::pil;
use pen_sim::scenario::report;

use super::{Failure, put};

const PIL_AFTER: &str = "\
Needs QEMU and the image:
  apt-get install --no-install-recommends qemu-system-arm
  cargo build --profile firmware -p pen-mps2 --target thumbv7em-none-eabihf

Standard output is the same in every run; the speed goes to standard error. The exit code is 1 when
the two runs differ anywhere, when an expectation fails, or when there is no result.
docs/emulation.md tells how it works and what it proves.";

#[derive(Debug, Args)]
#[command(after_help = PIL_AFTER)]
pub(crate) struct PilArgs {
    /// A scenario file, or a folder of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    on: PilSettings,
    /// Another pen than the file's own
    #[arg(long)]
    seed: Option<u64>,
    /// Tells everything that was looked at, not only what failed
    #[arg(long, short)]
    verbose: bool,
    /// One JSON object a file
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PilSettings {
    /// The image for QEMU, an ELF file [default: thumbv7em-none-eabihf/firmware/pen-mps2 below Cargo's target
    /// folder]
    #[arg(long, value_name = "ELF")]
    image: Option<PathBuf>,
    /// QEMU itself [default: qemu-system-arm]
    #[arg(long, value_name = "PROGRAM")]
    qemu: Option<PathBuf>,
    /// One more argument for QEMU, such as a plugin that watches; may be given more than once
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    qemu_arg: Vec<String>,
}

/// Runs every file natively and emulated.
pub(crate) fn run_pil(args: &PilArgs) -> Result<(), Failure> {
    let settings = args.on.settings();
    settings.check()?;
    ctrlc::set_handler(|| {
        // What a run without a processor comes to is of no interest any more.
        let _silence = std::io::stdout().lock();
        pil::end_all();
        std::process::exit(130);
    })?;
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(report::files(path)?);
    }
    let mut tally = pil::Tally::default();
    for file in &files {
        let tried = pil::try_file(file, args.seed, &settings);
        tally.count(&tried);
        put(&if args.json {
            serde_json::to_string(&tried)? + "\n"
        } else {
            tried.text(args.verbose)
        })?;
    }
    if !args.json {
        put(&tally.text())?;
    }
    let _ = writeln!(std::io::stderr(), "{}", tally.speed());
    tally.verdict().map_err(Into::into)
}

impl PilSettings {
    pub(crate) const fn are_given(&self) -> bool {
        self.image.is_some() || self.qemu.is_some() || !self.qemu_arg.is_empty()
    }

    pub(crate) fn settings(&self) -> pil::Settings {
        let default = pil::Settings::default();
        pil::Settings {
            image: self.image.clone().unwrap_or(default.image),
            emulator: self.qemu.clone().unwrap_or(default.emulator),
            arguments: self.qemu_arg.clone(),
            patience: default.patience,
        }
    }
}
