//! Units of work and what they came to: one cell of the table, one pair, or a hundred random sessions.

use serde::{Deserialize, Serialize};

/// What broke a rule, or came closest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The rule.
    pub rule: String,
    /// Worst value over bound; broken above 1. To four digits.
    pub ratio: f64,
    /// Worst value.
    pub worst: f64,
    /// Bound.
    pub bound: f64,
    /// What went wrong, with its numbers and times.
    pub case: String,
    /// The pen.
    pub seed: u64,
    /// In how many sessions of the unit the rule was broken.
    pub times: u32,
    /// Place of the exception in the table, if there is one.
    pub exception: Option<usize>,
    /// The scenario file that was written.
    pub file: Option<String>,
}

/// What a unit came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitReport {
    /// Its number.
    pub number: usize,
    /// What went wrong; a row of the table.
    pub source: String,
    /// In which phase; a column.
    pub phase: String,
    /// Sessions that were run.
    pub sessions: u32,
    /// Sessions in which the phase was on when it went wrong.
    pub reached: u32,
    /// Sessions in which a rule was broken that has no exception.
    pub broken: u32,
    /// Sessions in which the pen latched a fault.
    pub faulted: u32,
    /// Drives that were begun.
    pub drives: u32,
    /// The rule with the worst margin, exceptions left out.
    pub worst: Option<Seen>,
    /// Every rule that was broken, at its worst.
    pub seen: Vec<Seen>,
    /// Faults that were latched, and how often.
    pub faults: Vec<(String, u32)>,
    /// Files to be written: name and text. Not kept.
    #[serde(skip)]
    pub files: Vec<(String, String)>,
}

impl UnitReport {
    /// Violations without an exception.
    pub fn violations(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(|seen| seen.exception.is_none())
    }
}

/// To four digits, so that what is written and read again is the same.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
