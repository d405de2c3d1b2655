//! The command line: what may be given, and what is done with it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::board::{self, Board, MPS2, PICO, TEMPLATE};
use crate::cargo::BuildError;
use crate::check::CheckError;
use crate::command;
use crate::cost::{CountError, PluginError};
use crate::elf::ElfError;
use crate::key::MakerKey;
use crate::pack::PackError;
use crate::panics::PanicsError;

/// What `--help` ends with.
const AFTER: &str = "\
Examples:
  pen-image pico --maker-key 0f3c...        an image whose pen believes this key
  pen-image pico --maker-key development    for the emulator and the bench only
  pen-image check target/images/pen-pico.uf2
  pen-image sizes --limits
  pen-image panics target/images/pen-pico.elf --from pen_control_tick
  pen-image cost sim/scenarios              instructions a control step, and stack

Data goes to standard output, everything else to standard error.

Exit codes:
  0  done, and nothing is beyond a limit
  1  it could not be done, or something is beyond a limit; the text says what
  2  the command line was not understood";

/// Makes what is flashed out of what was linked, and measures it
#[derive(Debug, Parser)]
#[command(name = "pen-image", version, max_term_width = 100, after_help = AFTER)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// One JSON object on standard output instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds the image of a Raspberry Pi Pico: ELF and UF2, with header, keys and checksum
    Pico(PicoArgs),
    /// Builds the processor-in-the-loop image for QEMU: ELF
    Mps2(Mps2Args),
    /// Builds the board to copy, as far as it is an image
    Template(OutArgs),
    /// Checks header and checksum of an ELF or UF2 file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Builds images and compares their text, data and bss with the limits
    Sizes(SizesArgs),
    /// Looks for panics that a function can reach in a linked image
    Panics(PanicsArgs),
    /// Counts the instructions of every control step and the depth of the stack, under QEMU
    Cost(CostArgs),
}

#[derive(Debug, Args)]
struct PicoArgs {
    /// Public key of the maker, 64 hexadecimal digits, or `development`; may be given twice.
    /// Without one the pen stays Locked: it believes no limit profile
    #[arg(long, value_name = "KEY")]
    maker_key: Vec<MakerKey>,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, Args)]
struct Mps2Args {
    /// The processor; the Cortex-M4 executes what is built for a Cortex-M0+, too
    #[arg(long, value_name = "TARGET", default_value = MPS2.target)]
    #[arg(value_parser = [MPS2.target, PICO.target])]
    target: String,
    #[command(flatten)]
    out: OutArgs,
}

impl Mps2Args {
    /// The image, and what its files are called.
    fn board(&self) -> (Board, &'static str) {
        if self.target == PICO.target {
            let target = PICO.target;
            let board = Board { target, ..MPS2 };
            return (board, "pen-mps2-thumbv6m");
        }
        (MPS2, MPS2.package)
    }
}

#[derive(Debug, Args)]
struct OutArgs {
    /// Folder for the files; target/images without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SizesArgs {
    /// Which images: pico, mps2, template; pico and mps2 without it
    #[arg(value_name = "IMAGE", value_parser = board_named)]
    images: Vec<Board>,
    /// Also say where each limit is from
    #[arg(long)]
    limits: bool,
}

#[derive(Debug, Args)]
struct PanicsArgs {
    /// The linked image, with the relocations that `--emit-relocs` keeps
    elf: PathBuf,
    /// The function to start from, as the linker names it; may be given more than once
    #[arg(long, value_name = "SYMBOL", default_value = "pen_control_tick")]
    from: Vec<String>,
}

const COST_AFTER: &str = "\
Builds the processor-in-the-loop image and a plugin for QEMU, and runs the scenarios with pen-sim.
Needs a C compiler and QEMU:
  apt-get install --no-install-recommends qemu-system-arm";

#[derive(Debug, Args)]
#[command(after_help = COST_AFTER)]
struct CostArgs {
    /// Scenario files or folders of them
    #[arg(default_value = "sim/scenarios")]
    scenarios: Vec<PathBuf>,
    /// QEMU itself
    #[arg(long, value_name = "PROGRAM", default_value = "qemu-system-arm")]
    qemu: String,
}

fn board_named(name: &str) -> Result<Board, String> {
    let names = board::ALL.map(|board| board.name).join(", ");
    board::ALL
        .into_iter()
        .find(|board| board.name == name)
        .ok_or_else(|| format!("there is no image `{name}`; there are: {names}"))
}

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{path}: {why}")]
    Pack { path: PathBuf, why: PackError },
    #[error("{path}: {why}")]
    Check { path: PathBuf, why: CheckError },
    #[error("{path}: {why}")]
    Elf { path: PathBuf, why: ElfError },
    #[error("{path}: {why}")]
    Panics { path: PathBuf, why: PanicsError },
    #[error(transparent)]
    Plugin(#[from] PluginError),
    #[error(transparent)]
    Counts(#[from] CountError),
    #[error("`{command}` did not end well; it said:\n{said}")]
    Trial { command: String, said: String },
    #[error("{path} cannot be {done}: {why}")]
    File {
        path: PathBuf,
        done: &'static str,
        why: std::io::Error,
    },
}

/// What a command found.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// What is beyond a limit, or must be known.
    pub(crate) errors: Vec<String>,
}

/// Runs the program.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let outcome = match cli.command {
        Command::Pico(args) => command::build(&PICO, PICO.package, &args.maker_key, args.out.out),
        Command::Mps2(args) => {
            let (board, name) = args.board();
            command::build(&board, name, &[], args.out.out)
        }
        Command::Template(args) => command::build(&TEMPLATE, TEMPLATE.package, &[], args.out),
        Command::Check { file } => command::check(&file),
        Command::Sizes(args) => command::sizes(&args.images, args.limits),
        Command::Cost(args) => command::cost(&args.scenarios, &args.qemu),
        Command::Panics(args) => command::panics(&args.elf, &args.from),
    };
    match outcome {
        Ok(outcome) => {
            if cli.json {
                println!("{}", outcome.json);
            } else {
                print!("{}", outcome.text);
            }
            for error in &outcome.errors {
                eprintln!("error: {error}");
            }
            ExitCode::from(u8::from(!outcome.errors.is_empty()))
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
