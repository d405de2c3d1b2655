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
    /// The command line asked for a second switch.
    #[serde(skip)]
    adds_switch: bool,
    /// The failure that is furthest from holding.
    #[serde(skip)]
    worst: Option<Worst>,
}

/// A failure that can be compared with others.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// How far from holding: worst value over bound for a rule, and at least 1; 1 for what has no
    /// measure.
    pub excess: f64,
    /// What failed.
    pub what: String,
}

/// The worse of two failures; the earlier one when they are equal.
fn worse(one: Option<Worst>, other: Worst) -> Option<Worst> {
    match one {
        Some(one) if one.excess >= other.excess => Some(one),
        _ => Some(other),
    }
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

/// A file, read once for any number of runs.
#[derive(Clone, Debug)]
pub struct Loaded {
    path: PathBuf,
    /// The scenario, or why it is none.
    scenario: Result<Scenario, String>,
    /// The command line asked for a second switch on every pen.
    adds_switch: bool,
}

impl Loaded {
    /// Reads a file.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let scenario = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot be read: {error}"))
            .and_then(|text| {
                Scenario::parse(&text).map_err(|error| format!("is no scenario: {error}"))
            });
        Self {
            path: path.to_owned(),
            scenario,
            adds_switch: false,
        }
    }

    /// Whether it is a scenario at all.
    #[must_use]
    pub const fn is_scenario(&self) -> bool {
        self.scenario.is_ok()
    }

    /// The file's name as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// From now on its pens have a second switch in the bridge's supply, whatever the file says.
    #[must_use]
    pub fn with_second_switch(mut self) -> Self {
        self.adds_switch = true;
        if let Ok(scenario) = &mut self.scenario {
            scenario.pen.second_switch = true;
        }
        self
    }

    /// Runs it, with the file's seed or another.
    #[must_use]
    pub fn judge(&self, seed: Option<u64>) -> FileVerdict {
        self.judge_on("run", seed, |scenario| run(scenario, seed))
    }

    /// Lets somebody run it, with this seed if there is one; `command` is the one that does it again.
    fn judge_on<E: std::fmt::Display>(
        &self,
        command: &'static str,
        seed: Option<u64>,
        run: impl FnOnce(&Scenario) -> Result<Verdict, E>,
    ) -> FileVerdict {
        let failed = |title: &str, seed, why: String| FileVerdict {
            file: self.name(),
            title: title.to_owned(),
            seed,
            command,
            adds_switch: self.adds_switch,
            passed: false,
            worst: Some(Worst {
                excess: f64::INFINITY,
                what: why.clone(),
            }),
            failures: vec![why],
            details: Vec::new(),
        };
        let scenario = match &self.scenario {
            Ok(scenario) => scenario,
            Err(why) => return failed("", seed.unwrap_or(0), why.clone()),
        };
        match run(scenario) {
            Err(error) => {
                let seed = seed.unwrap_or(scenario.seed);
                failed(&scenario.title, seed, error.to_string())
            }
            Ok(verdict) => FileVerdict {
                adds_switch: self.adds_switch,
                ..tell(command, &self.path, &verdict)
            },
        }
    }
}

/// Runs one file.
#[must_use]
pub fn judge(path: &Path, seed: Option<u64>) -> FileVerdict {
    Loaded::read(path).judge(seed)
}

/// Lets somebody run one file, with this seed if there is one; `command` is the one that does it
/// again.
pub fn judge_on<E: std::fmt::Display>(
    command: &'static str,
    path: &Path,
    seed: Option<u64>,
    run: impl FnOnce(&Scenario) -> Result<Verdict, E>,
) -> FileVerdict {
    Loaded::read(path).judge_on(command, seed, run)
}

fn tell(command: &'static str, path: &Path, verdict: &Verdict) -> FileVerdict {
    let mut failures = Vec::new();
    let mut details = Vec::new();
    let mut worst = None;
    let plain = |what: &String| Worst {
        excess: 1.0,
        what: what.clone(),
    };
    for outcome in &verdict.outcomes {
        let word = if outcome.held { "held" } else { "FAILED" };
        details.push(format!("expect {word}: {}", outcome.text));
        if !outcome.held {
            worst = worse(worst, plain(&outcome.text));
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
            worst = worse(
                worst,
                Worst {
                    excess: (finding.worst / finding.bound).max(1.0),
                    what: line.clone(),
                },
            );
            failures.push(line.clone());
        }
        details.push(format!("judge {line}"));
    }
    FileVerdict {
        file: path.display().to_string(),
        title: verdict.title.clone(),
        seed: verdict.seed,
        command,
        adds_switch: false,
        worst,
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
            let _ = writeln!(text, "        again: {}", self.again());
        }
        text
    }

    /// The command that repeats this run.
    #[must_use]
    pub fn again(&self) -> String {
        let switch = if self.adds_switch {
            " --second-switch"
        } else {
            ""
        };
        format!(
            "pen-sim {} {} --seed {}{switch} --verbose",
            self.command, self.file, self.seed
        )
    }

    /// The failure that is furthest from holding; nothing when the run passed.
    #[must_use]
    pub const fn worst(&self) -> Option<&Worst> {
        self.worst.as_ref()
    }
}
