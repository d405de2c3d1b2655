//! What ran, and how it ended.
//!
//! A record is what [`traceability record`](super::record) made of a run: a first line that names the tree, what the
//! command told, and a last line. Without that last line the run was cut short, and
//! a tree that changed meanwhile is not the one that was tried; neither is evidence.

use super::code::Binary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Begins the first and the last line of a record.
pub const MARK: &str = "# traceability:";

/// How a thing ended that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// Nobody ran it.
    NotRun,
}

/// A recorded run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The tree that was tried: a commit, and what was changed in it.
    pub tree: String,
    /// Its exit code.
    pub code: u8,
    /// What the command told.
    pub text: String,
}

/// Takes a record apart.
///
/// # Errors
/// Why it is no evidence, in a sentence.
pub fn open(text: &str) -> Result<Record, String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let tree = first
        .strip_prefix(MARK)
        .and_then(|words| words.trim().strip_prefix("tree "))
        .ok_or("is no record: the first line does not name the tree (`traceability record`)")?;
    let body = rest.trim_end_matches('\n');
    let (told, last) = body.rsplit_once('\n').unwrap_or(("", body));
    let end = last
        .strip_prefix(MARK)
        .map(str::trim)
        .ok_or("has no last line: the run was cut short")?;
    let unknown = || format!("ends with {end:?}, which no record does");
    let (code, of_tree) = end
        .strip_prefix("ended with ")
        .and_then(|it| it.split_once(", "))
        .ok_or_else(unknown)?;
    match of_tree {
        "same tree" => Ok(Record {
            tree: tree.trim().to_owned(),
            code: code.parse().map_err(|_| unknown())?,
            text: told.to_owned() + "\n",
        }),
        "tree changed" => Err("was made while the tree changed".to_owned()),
        _ => Err(unknown()),
    }
}

/// Results of tests: program, and name in it.
pub type TestResults = BTreeMap<(Binary, String), Outcome>;

/// Reads what `cargo test` told.
///
/// # Errors
/// A program whose lines and whose sum differ, with both: something wrote between the lines.
pub fn tests(text: &str) -> Result<TestResults, String> {
    let mut found = TestResults::new();
    let mut binary: Option<Binary> = None;
    let mut told = 0_usize;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(rest) = line.trim_start().strip_prefix("Running ") {
            if let Some(started) = started(rest) {
                binary = Some(started);
                told = 0;
            }
        } else if line.trim_start().starts_with("Doc-tests ") {
            binary = None;
            told = 0;
        } else if let Some(sum) = line.strip_prefix("test result: ") {
            let ran = sum_of(sum);
            if let Some(name) = &binary
                && ran != Some(told)
            {
                return Err(format!(
                    "{} ({}): {told} lines of results, but the sum is {sum:?}",
                    name.program, name.root
                ));
            }
            binary = None;
        } else if let Some((name, outcome)) = result(line) {
            told += 1;
            if let Some(binary) = &binary {
                found.insert((binary.clone(), name.to_owned()), outcome);
            }
        }
    }
    if found.is_empty() {
        return Err("has no result of any test: is it the output of `cargo test`?".to_owned());
    }
    Ok(found)
}

/// `unittests src/lib.rs (target/debug/deps/pen_core-0123)` -> what it names.
fn started(rest: &str) -> Option<Binary> {
    let rest = rest.strip_prefix("unittests ").unwrap_or(rest);
    let (root, path) = rest.split_once(" (")?;
    let file = path.strip_suffix(')')?.rsplit(['/', '\\']).next()?;
    let stem = file.strip_suffix(".exe").unwrap_or(file);
    let (program, _) = stem.rsplit_once('-')?;
    Some(Binary {
        program: program.to_owned(),
        root: root.replace('\\', "/"),
    })
}

/// `test a::b ... ok` -> name and outcome.
fn result(line: &str) -> Option<(&str, Outcome)> {
    let (name, word) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    let outcome = match word {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        _ if word == "ignored" || word.starts_with("ignored,") => Outcome::NotRun,
        _ => return None,
    };
    Some((name, outcome))
}

/// `ok. 3 passed; 1 failed; 0 ignored; ...` -> 4, those that were filtered out apart.
fn sum_of(sum: &str) -> Option<usize> {
    let (_, counts) = sum.split_once(". ")?;
    let mut all = 0;
    for count in counts.split("; ") {
        let (number, word) = count.split_once(' ')?;
        if matches!(word, "passed" | "failed" | "ignored") {
            all += number.parse::<usize>().ok()?;
        }
    }
    Some(all)
}

/// Results of scenarios: name of the file without its folder.
pub type ScenarioResults = BTreeMap<String, Outcome>;

#[derive(Deserialize)]
struct Verdict {
    file: String,
    passed: bool,
}

/// Reads what `pen-sim run --json` told: one object a line. A file that ran with several seeds passed
/// if it passed with all.
///
/// # Errors
/// A line that is no verdict.
pub fn scenarios(text: &str) -> Result<ScenarioResults, String> {
    let mut found = ScenarioResults::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let verdict: Verdict = serde_json::from_str(line)
            .map_err(|why| format!("has a line that is no verdict: {why}: {line}"))?;
        let name = verdict.file.rsplit(['/', '\\']).next().unwrap_or("");
        let outcome = if verdict.passed {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        let known = found.entry(name.to_owned()).or_insert(outcome);
        if outcome == Outcome::Failed {
            *known = outcome;
        }
    }
    if found.is_empty() {
        return Err(
            "has no verdict of any scenario: is it the output of `pen-sim run --json`?".to_owned(),
        );
    }
    Ok(found)
}
