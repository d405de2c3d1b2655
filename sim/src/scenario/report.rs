//! Runs files and folders and tells what came of each.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::file::Scenario;
use super::run::{Verdict, run};

/// A verdict as it is told to a program.
#[derive(Clone, Debug, Serialize)]
pub struct FileVerdict {
    /// The file.
    pub file: String,
    /// Its title, when it could be read.
    pub title: String,
    /// The seed of the pen.
    pub seed: u64,
    /// Everything held.
    pub passed: bool,
    /// What did not hold, or why the file could not be run.
    pub failures: Vec<String>,
    /// Everything that was looked at.
    pub details: Vec<String>,
    /// The command that runs files like this.
    #[serde(skip)]
    command: &'static str,
}

/// The scenario files that a path stands for: itself, or the `*.toml` in it in order of name.
///
/// # Errors
/// When the path cannot be read, or is a folder without scenarios.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let name = path.display();
    if !path.is_dir() {
        return if path.exists() {
            Ok(vec![path.to_owned()])
        } else {
            Err(format!(
                "there is no {name}; give a scenario file or a folder of them"
            ))
        };
    }
    let entries =
        std::fs::read_dir(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(format!(
            "no *.toml in {name}; docs/simulation.md shows how to write one"
        ));
    }
    Ok(found)
}

/// Runs one file.
#[must_use]
pub fn judge(path: &Path, seed: Option<u64>) -> FileVerdict {
    judge_on("run", path, seed, |scenario| run(scenario, seed))
}

/// Lets somebody run one file, with this seed if there is one; `command` is the one that does it
/// again.
pub fn judge_on<E: std::fmt::Display>(
    command: &'static str,
    path: &Path,
    seed: Option<u64>,
    run: impl FnOnce(&Scenario) -> Result<Verdict, E>,
) -> FileVerdict {
    let failed = |title: &str, seed, why: String| FileVerdict {
        file: path.display().to_string(),
        title: title.to_owned(),
        seed,
        command,
        passed: false,
        failures: vec![why],
        details: Vec::new(),
    };
    let unread = seed.unwrap_or(0);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return failed("", unread, format!("cannot be read: {error}")),
    };
    let scenario = match Scenario::parse(&text) {
        Ok(scenario) => scenario,
        Err(error) => return failed("", unread, format!("is no scenario: {error}")),
    };
    match run(&scenario) {
        Err(error) => {
            let seed = seed.unwrap_or(scenario.seed);
            failed(&scenario.title, seed, error.to_string())
        }
        Ok(verdict) => tell(command, path, &verdict),
    }
}

fn tell(command: &'static str, path: &Path, verdict: &Verdict) -> FileVerdict {
    let mut failures = Vec::new();
    let mut details = Vec::new();
    for outcome in &verdict.outcomes {
        let word = if outcome.held { "held" } else { "FAILED" };
        details.push(format!("expect {word}: {}", outcome.text));
        if !outcome.held {
            failures.push(outcome.text.clone());
        }
    }
    for finding in &verdict.findings {
        let mut line = format!(
            "{} {}: worst {:.2} of {:.2}",
            finding.requirement, finding.what, finding.worst, finding.bound
        );
        if let Some(at_us) = finding.broken_at_us {
            let _ = write!(line, ", broken at {} ms", at_us / 1_000);
            failures.push(line.clone());
        }
        details.push(format!("judge {line}"));
    }
    FileVerdict {
        file: path.display().to_string(),
        title: verdict.title.clone(),
        seed: verdict.seed,
        command,
        passed: verdict.held(),
        failures,
        details,
    }
}

impl FileVerdict {
    /// The verdict as a person reads it: one line, and what failed below it.
    #[must_use]
    pub fn text(&self, verbose: bool) -> String {
        let word = if self.passed { "PASS" } else { "FAIL" };
        let name = Path::new(&self.file)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let mut text = format!("{word}  {name:<34} {}\n", self.title);
        for line in if verbose {
            &self.details
        } else {
            &self.failures
        } {
            let _ = writeln!(text, "        {line}");
        }
        // What is no scenario runs with no seed.
        if !self.passed && !self.title.is_empty() {
            let _ = writeln!(
                text,
                "        again: pen-sim {} {} --seed {} --verbose",
                self.command, self.file, self.seed
            );
        }
        text
    }
}
