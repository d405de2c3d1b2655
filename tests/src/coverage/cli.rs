//! The command line of `coverage`.

use super::{exceptions, measured, product, verdict};
use clap::Parser;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER: &str = "\
.ci/coverage runs the tests and this program. A line of the exceptions excuses
one place, by file, text and what never happens there.

Exit codes: 0 all that can be reached is, 1 it is not, or an exception excuses
nothing (one line each on stderr), 2 usage, a file that cannot be read, or a
measurement that does not find what was planted.";

/// Tells which lines and branches of the core no test reaches, and holds them against what is argued
#[derive(Debug, Parser)]
#[command(name = "coverage", max_term_width = 100, after_help = AFTER)]
pub struct Cli {
    /// Where the tree is that was measured
    #[arg(long, value_name = "DIR")]
    top: PathBuf,
    /// Root of the crate, from there
    #[arg(long, value_name = "FILE", default_value = "firmware/core/src/lib.rs")]
    root: PathBuf,
    /// What `llvm-cov export --format=lcov` told
    #[arg(long, value_name = "FILE")]
    lines: PathBuf,
    /// What `llvm-cov export --format=text` told
    #[arg(long, value_name = "FILE")]
    branches: PathBuf,
    /// The table of exceptions
    #[arg(long, value_name = "FILE")]
    exceptions: PathBuf,
    /// A file of the crate in which it is known what no test reaches; it counts for nothing else
    #[arg(long, value_name = "FILE")]
    planted: Option<String>,
}

/// Does what the command line asks.
pub fn run(cli: &Cli) -> ExitCode {
    match told(cli) {
        Ok(verdict) => {
            print!("{}", verdict.page());
            for wrong in &verdict.wrong {
                eprintln!("error: {wrong}");
            }
            ExitCode::from(u8::from(!verdict.wrong.is_empty()))
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(2)
        }
    }
}

fn told(cli: &Cli) -> Result<verdict::Verdict, String> {
    let top = fs::canonicalize(&cli.top).map_err(|why| format!("{}: {why}", cli.top.display()))?;
    let measured = measured::read(&top, &text(&cli.lines)?, &text(&cli.branches)?)?;
    let exceptions = exceptions::read(&text(&cli.exceptions)?)?;
    let mut files = BTreeMap::new();
    let mut planted = cli.planted.is_none();
    for (path, product) in product::read(&top.join(&cli.root))? {
        let inside = path.strip_prefix(&top).map_err(|why| why.to_string())?;
        let name = inside.to_string_lossy().replace('\\', "/");
        let Some(measured) = measured.get(&name) else {
            if product.has_code {
                return Err(format!("{name} has code, and nothing of it was measured"));
            }
            continue;
        };
        let text = text(&path)?;
        let file = verdict::count(&name, &text, &product, measured)?;
        if cli.planted.as_ref() == Some(&name) {
            verdict::is_as_planted(&text, &file).map_err(|why| format!("{name}: {why}"))?;
            planted = true;
        } else if file.lines.all > 0 {
            files.insert(name, file);
        }
    }
    if !planted {
        return Err("what was planted is not part of the crate".to_owned());
    }
    Ok(verdict::judge(files, &exceptions))
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}
