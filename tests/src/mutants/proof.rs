//! Which mutants break a rule of the proof.

use super::list::Mutant;
use super::report::Report;
use super::run::Outcome;
use super::tree::Tree;
use super::{Cli, Failed};
use crate::sources::top;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// One line of `prove --mutants`.
#[derive(Debug, serde::Deserialize)]
struct Line {
    room: String,
    meets: Option<usize>,
    mutant: Option<u32>,
    rule: Option<u32>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    what: Vec<String>,
    error: Option<String>,
}

/// What the rooms said.
#[derive(Debug, Default)]
struct Said {
    /// By mutant: what it breaks first, or how many rooms meet it and keep their rules.
    outcomes: BTreeMap<u32, Outcome>,
    /// Mutants without a verdict in some room, and without one that breaks.
    undecided: BTreeSet<u32>,
    /// Rules that no mutant breaks.
    kept: Vec<String>,
    /// Rules of which that is not known, and how far it got.
    open: Vec<String>,
    rules: usize,
    rooms: usize,
}

impl Said {
    fn hear(&mut self, line: &Line) -> Result<(), Failed> {
        let room = &line.room;
        if let Some(error) = &line.error {
            return Err(Failed(format!("room {room}: {error}")));
        }
        if let Some(meets) = line.meets {
            self.rooms += 1;
            println!("room {room} meets {meets} mutants");
        }
        if let Some(rule) = line.rule {
            self.rules += 1;
            match line.kind.as_str() {
                "shown" => {}
                "never" => self.kept.push(format!("{room} rule {rule}")),
                kind => self.open.push(format!("{room} rule {rule} ({kind})")),
            }
        } else if let Some(mutant) = line.mutant {
            self.weigh(mutant, line);
        }
        Ok(())
    }

    fn weigh(&mut self, mutant: u32, line: &Line) {
        let before = self.outcomes.remove(&mutant);
        let outcome = match (before, line.kind.as_str()) {
            (Some(caught @ Outcome::Caught(_)), _) => caught,
            (_, "broken") => Outcome::Caught(format!("{} {}", line.room, line.what.join(", "))),
            (Some(Outcome::Missed(rooms)), _) => Outcome::Missed(rooms + 1),
            _ => Outcome::Missed(1),
        };
        if line.kind == "undecided" {
            self.undecided.insert(mutant);
        }
        self.outcomes.insert(mutant, outcome);
    }

    fn tell_mutants(&self, cli: &Cli, mutants: &[Mutant], chosen: &[u32]) -> Result<(), Failed> {
        let report = Report::new(cli.out.as_deref(), cli.package.name(), chosen.len(), false)?;
        for number in chosen {
            if let Some(mutant) = super::index(*number).and_then(|at| mutants.get(at)) {
                report.tell(
                    mutant,
                    self.outcomes.get(number).unwrap_or(&Outcome::Missed(0)),
                );
            }
        }
        report.sum();
        let undecided = self.undecided.iter();
        let undecided =
            undecided.filter(|number| !matches!(self.outcomes[number], Outcome::Caught(_)));
        println!(
            "{} of the missed have no verdict within {} s of CPU time",
            undecided.count(),
            cli.cpu_limit
        );
        Ok(())
    }
}

/// Runs the rooms with all mutants in them and tells what came of each.
///
/// # Errors
/// When a room does not come to its end.
pub(super) fn weigh(
    cli: &Cli,
    tree: &Tree,
    mutants: &[Mutant],
    alive: &BTreeSet<u32>,
    wanted: &BTreeSet<u32>,
) -> Result<bool, Failed> {
    let chosen: Vec<u32> = alive.intersection(wanted).copied().collect();
    fs::write(
        tree.top.join("mutants.json"),
        serde_json::json!(chosen).to_string(),
    )?;
    let mut prove = Command::new(top().join("tests/proof/prove"));
    prove
        .arg("--mutants")
        .arg(&tree.top)
        .args(["--cpu-limit", &cli.cpu_limit.to_string()]);
    prove.args(&cli.room).env("RUSTC_BOOTSTRAP", "pen_mutant");
    if cli.rules_only {
        prove.arg("--rules-only");
    }
    let mut child = prove.stdout(Stdio::piped()).spawn()?;
    let mut said = Said::default();
    let lines = child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines);
    for line in lines {
        let line = line?;
        let line = serde_json::from_str(&line).map_err(|why| Failed(format!("{why}: {line}")))?;
        said.hear(&line)?;
    }
    if !child.wait()?.success() {
        return Err(Failed("the proof did not come to its end".to_owned()));
    }
    if !cli.rules_only {
        said.tell_mutants(cli, mutants, &chosen)?;
    }
    println!(
        "{} rooms, {} rules (0 of each, panics and loops, aside): {} broken by a mutant, {} by none, {} not known",
        said.rooms,
        said.rules,
        said.rules - said.kept.len() - said.open.len(),
        said.kept.len(),
        said.open.len()
    );
    for rule in &said.kept {
        println!("  broken by none: {rule}");
    }
    for rule in &said.open {
        println!("  not known within {} s of CPU time: {rule}", cli.cpu_limit);
    }
    Ok(true)
}
