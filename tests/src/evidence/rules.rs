//! Rules that a proof engine proves: `tests/proof/rules.json`, and what a run of the engine told.
//!
//! The table is one array. Each rule has
//!
//! | key | meaning |
//! | --- | --- |
//! | `room` | the room of the core that it is about: `gate`, `mode` |
//! | `rule` | its number in the room, from 1; 0 stands for: no panic and no trap, every loop ends |
//! | `requirement` | the ids that it proves something of: `SAFE-001`, or several with a space between |
//! | `text` | the rule in words |
//! | `engine` | what proves it, with its version |
//!
//! A run tells one object a line, the same keys and two more: `result` (`proved`, `refuted` or
//! `unknown`) and `wasm` (SHA-256 of the program that was looked at). Only `proved` counts.

use super::ids;
use super::results::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the table is, from the top of the repository.
pub const TABLE: &str = "tests/proof/rules.json";

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The room of the core.
    pub room: String,
    /// Number in the room.
    pub rule: u32,
    /// The requirements, as written.
    pub requirement: String,
    /// The rule in words.
    pub text: String,
    /// What proves it.
    pub engine: String,
}

impl Rule {
    /// The requirements that it proves something of.
    pub fn requirements(&self) -> Vec<String> {
        ids::in_text(&self.requirement)
    }

    /// `gate 3`.
    pub fn name(&self) -> String {
        format!("{} {}", self.room, self.rule)
    }
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Told {
    room: String,
    rule: u32,
    result: Word,
    /// SHA-256 of the program that was looked at.
    pub wasm: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Proved,
    Refuted,
    Unknown,
}

impl Told {
    /// Proved is passed, refuted is failed; what is unknown was not shown.
    pub fn outcome(&self) -> Outcome {
        match self.result {
            Word::Proved => Outcome::Passed,
            Word::Refuted => Outcome::Failed,
            Word::Unknown => Outcome::NotRun,
        }
    }
}

/// The table below `top`; empty when there is none.
///
/// # Errors
/// A table of another shape, or a rule that stands twice.
pub fn table(top: &Path) -> Result<Vec<Rule>, String> {
    let path = top.join(TABLE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).map_err(|why| format!("{TABLE}: {why}"))?;
    let rules: Vec<Rule> = serde_json::from_str(&text).map_err(|why| format!("{TABLE}: {why}"))?;
    for (at, rule) in rules.iter().enumerate() {
        if rules[..at].iter().any(|other| other.name() == rule.name()) {
            return Err(format!("{TABLE}: rule {} stands twice", rule.name()));
        }
        if rule.requirements().is_empty() {
            return Err(format!(
                "{TABLE}: rule {} names no requirement",
                rule.name()
            ));
        }
    }
    Ok(rules)
}

/// What a run told, by [`Rule::name`].
///
/// # Errors
/// A line of another shape.
pub fn results(text: &str) -> Result<BTreeMap<String, Told>, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let told: Told = serde_json::from_str(line)
            .map_err(|why| format!("has a line that is no result of a rule: {why}: {line}"))?;
        found.insert(format!("{} {}", told.room, told.rule), told);
    }
    if found.is_empty() {
        return Err("has no result of any rule".to_owned());
    }
    Ok(found)
}
