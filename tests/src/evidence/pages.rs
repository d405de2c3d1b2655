//! `docs/hazards.md` and `docs/requirements.md` as data: the rows of their tables.

use super::ids;
use serde::Serialize;

/// A row of `docs/hazards.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hazard {
    /// `H1`.
    pub id: String,
    /// What happens and what harm comes of it.
    pub what: String,
    /// `S1` to `S5`.
    pub severity: String,
    /// What makes it happen.
    pub cause: String,
    /// The requirements that answer it, as the row names them.
    pub requirements: Vec<String>,
    /// What is covered today.
    pub covered: String,
    /// What is not.
    pub not_covered: String,
    /// Line of the page, from 1.
    pub line: usize,
}

/// How far a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The code does it, and something that ran shows it.
    Done,
    /// Nothing shows it.
    NotYet,
    /// Not done as a whole; what is there has tests already.
    Partly,
}

/// A row of `docs/requirements.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// `CONF-001`.
    pub id: String,
    /// What the pen shall do.
    pub what: String,
    /// From the onset to the brake, or what else bounds it.
    pub bound: String,
    /// The hazards that it answers, as the row names them.
    pub hazards: Vec<String>,
    /// The row says `all` instead of naming hazards.
    pub all_hazards: bool,
    /// How far it is.
    pub status: Status,
    /// What narrows the status.
    pub note: String,
    /// `What is missing` has a line for it.
    pub missing_line: bool,
    /// Line of the page, from 1.
    pub line: usize,
}

/// The scenario number that a page names in a table, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioRef {
    /// `16`, the beginning of the file's name.
    pub number: String,
    /// Line of the page, from 1.
    pub line: usize,
}

/// Cells of each row of every table, with the line.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    text.lines().enumerate().filter_map(|(number, line)| {
        let inner = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
        Some((number + 1, inner.split('|').map(str::trim).collect()))
    })
}

/// The rows of hazards.
///
/// # Errors
/// What is wrong with the page, with its line.
pub fn hazards(text: &str) -> Result<Vec<Hazard>, String> {
    let mut found: Vec<Hazard> = Vec::new();
    for (line, cells) in rows(text) {
        let [id, what, severity, cause, answered, covered, not_covered] = cells[..] else {
            if cells.first().is_some_and(|id| ids::is_hazard(id)) {
                return Err(format!(
                    "docs/hazards.md:{line}: {} has {} cells, not 7",
                    cells[0],
                    cells.len()
                ));
            }
            continue;
        };
        if !ids::is_hazard(id) {
            continue;
        }
        if found.iter().any(|hazard| hazard.id == id) {
            return Err(format!("docs/hazards.md:{line}: {id} has two rows"));
        }
        found.push(Hazard {
            id: id.to_owned(),
            what: what.to_owned(),
            severity: severity.to_owned(),
            cause: cause.to_owned(),
            requirements: ids::in_text(answered),
            covered: covered.to_owned(),
            not_covered: not_covered.to_owned(),
            line,
        });
    }
    if found.is_empty() {
        return Err("docs/hazards.md has no row of a hazard".to_owned());
    }
    Ok(found)
}

/// The scenarios that the tables of hazards name: two digits in code style.
pub fn scenario_refs(text: &str) -> Vec<ScenarioRef> {
    let mut found = Vec::new();
    for (line, cells) in rows(text) {
        for (place, quoted) in cells.join(" | ").split('`').enumerate() {
            let is_number = quoted.len() == 2 && quoted.chars().all(|c| c.is_ascii_digit());
            if place % 2 == 1 && is_number {
                found.push(ScenarioRef {
                    number: quoted.to_owned(),
                    line,
                });
            }
        }
    }
    found
}

/// The rows of requirements.
///
/// # Errors
/// What is wrong with the page, with its line.
pub fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let missing: Vec<String> = missing_lines(text);
    let mut found: Vec<Requirement> = Vec::new();
    for (line, cells) in rows(text) {
        if !cells.first().is_some_and(|id| ids::is_requirement(id)) {
            continue;
        }
        let [id, what, bound, hazards, status] = cells[..] else {
            return Err(format!(
                "docs/requirements.md:{line}: {} has {} cells, not 5",
                cells[0],
                cells.len()
            ));
        };
        if found.iter().any(|requirement| requirement.id == id) {
            return Err(format!("docs/requirements.md:{line}: {id} has two rows"));
        }
        let (status, note) = read_status(status)
            .map_err(|why| format!("docs/requirements.md:{line}: {id}: {why}"))?;
        found.push(Requirement {
            id: id.to_owned(),
            what: what.to_owned(),
            bound: bound.to_owned(),
            hazards: hazards
                .split_whitespace()
                .filter(|word| ids::is_hazard(word))
                .map(str::to_owned)
                .collect(),
            all_hazards: hazards == "all",
            status,
            note,
            missing_line: missing.iter().any(|with| with == id),
            line,
        });
    }
    if found.is_empty() {
        return Err("docs/requirements.md has no row of a requirement".to_owned());
    }
    Ok(found)
}

/// `done; and how far` -> done, "and how far".
fn read_status(cell: &str) -> Result<(Status, String), String> {
    let (word, note) = cell.split_once(';').unwrap_or((cell, ""));
    let note = note.trim();
    match (word.trim(), note) {
        ("done", _) => Ok((Status::Done, note.to_owned())),
        ("not yet", "partly") => Ok((Status::Partly, String::new())),
        ("not yet", _) => match note.strip_prefix("partly:") {
            Some(rest) => Ok((Status::Partly, rest.trim().to_owned())),
            None => Ok((Status::NotYet, note.to_owned())),
        },
        (other, _) => Err(format!(
            "status is {other:?}, neither `done` nor `not yet` nor `not yet; partly`"
        )),
    }
}

/// Ids that the list under `What is missing` speaks of: those in bold.
fn missing_lines(text: &str) -> Vec<String> {
    let list = text.split("\n## What is missing").nth(1).unwrap_or("");
    list.lines()
        .filter(|line| line.starts_with("- **"))
        .filter_map(|line| line.split(": ").next().or(Some(line)))
        .flat_map(|line| ids::in_text(&line.replace("**", " ")))
        .collect()
}
