//! The command line of `traceability`.

use super::gaps::Results;
use super::report::{self, Report};
use super::{Tree, drawing, html, marked, numbers, record, results, rules, stamp};
use crate::sources;
use clap::{Args, Parser, Subcommand};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER: &str = "\
What it reads in the tree: rows of docs/hazards.md and docs/requirements.md,
ids in the code of firmware, sim and host-tool, names of tests such as
depth_001_..., `requirements` of sim/scenarios/*.toml, tests/proof/rules.json.

What ran it reads from records. A record names the tree that it was made on;
of another tree it is no evidence. The whole, from the top of the repository:

  trace='cargo run -p pen-tests --bin traceability --'
  $trace record target/evidence/tests.txt -- cargo test --workspace
  $trace record target/evidence/scenarios.txt -- \\
      cargo run --release --bin pen-sim -- run sim/scenarios --json
  $trace --tests target/evidence/tests.txt \\
      --scenarios target/evidence/scenarios.txt

It writes index.html for people and traceability.json for programs.

Exit codes: 0 no gaps, 1 gaps (one line each on stderr), 2 usage, or a file
that cannot be read; `record` has the exit code of its command.";

/// Follows every hazard to its requirements, their code, their tests and the last result, and back
#[derive(Debug, Parser)]
#[command(
    name = "traceability",
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = AFTER, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    join: JoinArgs,
    /// The repository [default: the one that this program was built from]
    #[arg(long, global = true, value_name = "DIR")]
    top: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct JoinArgs {
    /// A record of `cargo test`; may be given several times
    #[arg(long, value_name = "FILE")]
    tests: Vec<PathBuf>,
    /// A record of `pen-sim run sim/scenarios --json`
    #[arg(long, value_name = "FILE")]
    scenarios: Option<PathBuf>,
    /// A record of a proof engine: one JSON object a rule (tests/src/evidence/rules.rs)
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// Where the report goes [default: traceability, below the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a command, shows what it tells, and keeps it together with the name of the tree
    Record {
        /// Where it is kept: below the target folder, or elsewhere where git does not look
        file: PathBuf,
        /// The command, after `--`
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Says whether a record is of this tree, and of what succeeded, by exit code 0 or 1
    Fresh {
        /// The record
        file: PathBuf,
    },
    /// Draws the modes from the transition table of the core
    Modes {
        /// Writes the drawing into docs/architecture.md
        #[arg(long)]
        write: bool,
    },
    /// Lists every named number of the core, and tells where docs/limits.md says another
    Limits {
        /// Writes the list into docs/limits.md
        #[arg(long)]
        write: bool,
    },
}

/// Does what the command line says.
pub fn run(cli: &Cli) -> ExitCode {
    let top = cli.top.clone().unwrap_or_else(sources::top);
    let done = match &cli.command {
        None => join(&top, &cli.join),
        Some(Command::Record { file, command }) => {
            record::write(&top, file, command).map(ExitCode::from)
        }
        Some(Command::Fresh { file }) => fresh(&top, file),
        Some(Command::Modes { write }) => part(&top, marked::MODES, &drawing::modes(), *write),
        Some(Command::Limits { write }) => limits(&top, *write),
    };
    done.unwrap_or_else(|why| {
        eprintln!("traceability: {why}");
        ExitCode::from(2)
    })
}

fn part(top: &Path, part: marked::Part, made: &str, write: bool) -> Result<ExitCode, String> {
    if write {
        part.write(top, made)?;
    } else {
        print(made)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The table; and what its page says otherwise in words.
fn limits(top: &Path, write: bool) -> Result<ExitCode, String> {
    let all = numbers::read(top)?;
    part(top, marked::NUMBERS, &numbers::table(&all), write)?;
    let page = fs::read_to_string(top.join(marked::NUMBERS.page))
        .map_err(|why| format!("{}: {why}", marked::NUMBERS.page))?;
    let differences = numbers::differences(&page, &all)?;
    for difference in &differences {
        eprintln!("gap: {difference}");
    }
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

/// Whoever reads may have seen enough, as `head` does.
fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Err(why.to_string()),
        _ => Ok(()),
    }
}

fn fresh(top: &Path, file: &Path) -> Result<ExitCode, String> {
    let is_fresh = fs::read_to_string(file)
        .ok()
        .and_then(|text| results::open(&text).ok())
        .filter(|record| record.code == 0)
        .is_some_and(|record| stamp::of(top).is_ok_and(|tree| tree == record.tree));
    Ok(ExitCode::from(u8::from(!is_fresh)))
}

fn join(top: &Path, args: &JoinArgs) -> Result<ExitCode, String> {
    let tree = Tree::read(top)?;
    let name = stamp::of(top)?;
    let results = read(&tree, args, &name)?;
    let report = report::join(&tree, &results, &name);
    let out = args.out.clone().unwrap_or_else(|| {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| top.join("target"), PathBuf::from)
            .join("traceability")
    });
    write(&report, &out)?;
    for gap in &report.gaps {
        eprintln!("gap: {gap}");
    }
    print(&report.figures.text())?;
    print(&format!("{}\n", out.join("index.html").display()))?;
    Ok(ExitCode::from(u8::from(!report.gaps.is_empty())))
}

fn write(report: &Report, out: &Path) -> Result<(), String> {
    let json = serde_json::to_string_pretty(report).map_err(|why| why.to_string())? + "\n";
    let failed = |why: std::io::Error| format!("{}: {why}", out.display());
    fs::create_dir_all(out).map_err(failed)?;
    fs::write(out.join("traceability.json"), json).map_err(failed)?;
    fs::write(out.join("index.html"), html::page(report)).map_err(failed)
}

fn read(tree: &Tree, args: &JoinArgs, name: &str) -> Result<Results, String> {
    let mut found = Results::default();
    if args.tests.is_empty() {
        missing(&mut found, "--tests", "no record of tests was given");
    }
    for file in &args.tests {
        if let Some(text) = evidence(file, name, &mut found)? {
            let tests = results::tests(&text).map_err(|why| said(file, &why))?;
            found.tests.extend(tests);
        }
    }
    match &args.scenarios {
        None => missing(
            &mut found,
            "--scenarios",
            "no record of scenarios was given",
        ),
        Some(file) => {
            if let Some(text) = evidence(file, name, &mut found)? {
                found.scenarios = results::scenarios(&text).map_err(|why| said(file, &why))?;
            }
        }
    }
    match &args.proof {
        None if tree.rules.is_empty() => {}
        None => missing(&mut found, "--proof", "no record of proofs was given"),
        Some(file) => {
            if let Some(text) = evidence(file, name, &mut found)? {
                found.rules = rules::results(&text).map_err(|why| said(file, &why))?;
            }
        }
    }
    Ok(found)
}

fn missing(found: &mut Results, option: &str, why: &str) {
    found.refused.push((option.to_owned(), why.to_owned()));
}

fn said(file: &Path, why: &str) -> String {
    format!("{} {why}", file.display())
}

/// What a record has to say; nothing if it is of another tree.
fn evidence(file: &Path, name: &str, found: &mut Results) -> Result<Option<String>, String> {
    let text = fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
    let record = match results::open(&text) {
        Ok(record) => record,
        Err(why) if text.starts_with(results::MARK) => {
            found.refused.push((file.display().to_string(), why));
            return Ok(None);
        }
        Err(why) => return Err(said(file, &why)),
    };
    if record.tree != name {
        found.refused.push((
            file.display().to_string(),
            format!(
                "was made on {}, but this is {name}: nothing in it counts",
                record.tree
            ),
        ));
        return Ok(None);
    }
    Ok(Some(record.text))
}
