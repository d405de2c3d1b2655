//! What is missing between hazards, requirements, code and results: one line each.
//!
//! [`of_tree`] needs nothing but the tree and is what the test `proof_001_...` asks; [`of_results`]
//! adds what ran.

use super::Tree;
use super::code::Test;
use super::pages::{Requirement, Status};
use super::results::{Outcome, ScenarioResults, TestResults};
use super::rules::Told;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What kind of thing is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A hazard that no requirement answers.
    HazardUnanswered,
    /// A requirement that answers no hazard.
    RequirementWithoutHazard,
    /// A row that names a hazard or requirement that is not there.
    RowNamesNothing,
    /// A hazard names a requirement that does not name it back, or the other way round.
    OneWay,
    /// A row of hazards names a scenario that is not there.
    NoSuchScenario,
    /// A requirement that is done, and no test or rule is named after it.
    DoneWithoutTest,
    /// A requirement that is not done, and tests, scenarios or rules say it is.
    NotYetWithTest,
    /// A requirement that is partly done, and nothing shows the part.
    PartlyWithoutTest,
    /// A requirement that is not done, and `What is missing` is silent about it.
    NotExplained,
    /// An id in a name of a test that does not exist.
    TestOfNothing,
    /// An id in code, scenario or rule that does not exist.
    CodeNamesNothing,
    /// Tests in a file that is part of no program.
    NeverCompiled,
    /// A record that is no evidence.
    Record,
    /// A requirement that is done, and nothing that ran and passed shows it.
    NotShown,
    /// A test, scenario or rule that failed.
    Failed,
    /// A test with an id, a scenario or a rule that did not run.
    NotRun,
    /// A result of something that the tree does not have.
    ResultOfNothing,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// What kind of thing.
    pub kind: Kind,
    /// File and line, or the record.
    pub place: String,
    /// What is missing, in a sentence.
    pub what: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.what)
    }
}

/// What ran.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Tests.
    pub tests: TestResults,
    /// Scenarios.
    pub scenarios: ScenarioResults,
    /// Rules, by name.
    pub rules: BTreeMap<String, Told>,
    /// Why a record is no evidence: its name, and the reason.
    pub refused: Vec<(String, String)>,
}

impl Results {
    /// How a test ended.
    pub fn of_test(&self, test: &Test) -> Outcome {
        let key = (test.binary.clone(), test.name.clone());
        self.tests.get(&key).copied().unwrap_or(Outcome::NotRun)
    }

    /// How a scenario ended.
    pub fn of_scenario(&self, file: &str) -> Outcome {
        self.scenarios.get(file).copied().unwrap_or(Outcome::NotRun)
    }

    /// What became of a rule.
    pub fn of_rule(&self, name: &str) -> Outcome {
        self.rules.get(name).map_or(Outcome::NotRun, Told::outcome)
    }

    /// Whether the program of a test was started at all; those that need a feature have runs of
    /// their own.
    fn has_program(&self, test: &Test) -> bool {
        self.tests.keys().any(|(binary, _)| *binary == test.binary)
    }
}

/// Rules for the tests themselves are kept by all tests together; some have tests of their own.
pub fn is_of_tests(id: &str) -> bool {
    id.starts_with("PROOF-")
}

struct List(Vec<Gap>);

impl List {
    fn add(&mut self, kind: Kind, place: String, what: String) {
        self.0.push(Gap { kind, place, what });
    }

    /// By kind, file and line, each once.
    fn sorted(mut self) -> Vec<Gap> {
        self.0.sort_by_cached_key(|gap| {
            let (file, line) = gap.place.rsplit_once(':').unwrap_or((&gap.place, ""));
            let line: usize = line.parse().unwrap_or(0);
            (gap.kind, file.to_owned(), line, gap.what.clone())
        });
        self.0.dedup();
        self.0
    }
}

fn hazards_at(line: usize) -> String {
    format!("docs/hazards.md:{line}")
}

fn requirements_at(row: &Requirement) -> String {
    format!("docs/requirements.md:{}", row.line)
}

/// What is missing in the tree itself, whatever ran.
pub fn of_tree(tree: &Tree) -> Vec<Gap> {
    let mut gaps = List(Vec::new());
    hazards(tree, &mut gaps);
    requirements(tree, &mut gaps);
    status(tree, &mut gaps);
    names(tree, &mut gaps);
    gaps.sorted()
}

fn hazards(tree: &Tree, gaps: &mut List) {
    for hazard in &tree.hazards {
        let (id, place) = (&hazard.id, hazards_at(hazard.line));
        if hazard.requirements.is_empty() {
            gaps.add(
                Kind::HazardUnanswered,
                place.clone(),
                format!("{id} names no requirement that answers it"),
            );
        }
        for named in &hazard.requirements {
            match tree.requirement(named) {
                None => gaps.add(
                    Kind::RowNamesNothing,
                    place.clone(),
                    format!("{id} names {named}, which docs/requirements.md does not have"),
                ),
                Some(row) if !row.all_hazards && !row.hazards.contains(id) => gaps.add(
                    Kind::OneWay,
                    requirements_at(row),
                    format!("{named} does not name {id}, but the row of {id} names {named}"),
                ),
                Some(_) => {}
            }
        }
    }
    for named in &tree.scenario_refs {
        let begin = format!("{}_", named.number);
        if !tree
            .scenarios
            .iter()
            .any(|scenario| scenario.file.starts_with(&begin))
        {
            gaps.add(
                Kind::NoSuchScenario,
                hazards_at(named.line),
                format!(
                    "names the scenario `{}`, but sim/scenarios has no file {begin}*.toml",
                    named.number
                ),
            );
        }
    }
}

fn requirements(tree: &Tree, gaps: &mut List) {
    for row in &tree.requirements {
        if row.hazards.is_empty() && !row.all_hazards {
            gaps.add(
                Kind::RequirementWithoutHazard,
                requirements_at(row),
                format!("{} names no hazard that it answers", row.id),
            );
        }
        for named in &row.hazards {
            match tree.hazards.iter().find(|hazard| hazard.id == *named) {
                None => gaps.add(
                    Kind::RowNamesNothing,
                    requirements_at(row),
                    format!(
                        "{} names {named}, which docs/hazards.md does not have",
                        row.id
                    ),
                ),
                Some(hazard) if !hazard.requirements.contains(&row.id) => gaps.add(
                    Kind::OneWay,
                    hazards_at(hazard.line),
                    format!(
                        "{named} does not name {}, but the row of {} names {named}",
                        row.id, row.id
                    ),
                ),
                Some(_) => {}
            }
        }
    }
}

/// What speaks for a requirement: its tests, scenarios and rules, each as `file: name`.
fn claims(tree: &Tree, id: &str) -> Vec<String> {
    let tests = tree
        .code
        .tests
        .iter()
        .filter(|test| test.requirement.as_deref() == Some(id))
        .map(|test| format!("the test {} in {}", test.name, test.file));
    let scenarios = tree
        .scenarios
        .iter()
        .filter(|scenario| scenario.requirements.iter().any(|named| named == id))
        .map(|scenario| format!("the scenario {}", scenario.file));
    let rules = tree
        .rules
        .iter()
        .filter(|rule| rule.requirements().iter().any(|named| named == id))
        .map(|rule| format!("the rule {}", rule.name()));
    tests.chain(scenarios).chain(rules).collect()
}

fn status(tree: &Tree, gaps: &mut List) {
    for row in &tree.requirements {
        let id = &row.id;
        let claims = claims(tree, id);
        let has_test = claims
            .iter()
            .any(|claim| !claim.starts_with("the scenario"));
        let mut add = |kind, what| gaps.add(kind, requirements_at(row), what);
        match row.status {
            Status::Done if !has_test && !is_of_tests(id) => add(
                Kind::DoneWithoutTest,
                format!("{id} is done, but no test and no rule is named after it"),
            ),
            Status::NotYet => {
                for claim in &claims {
                    add(
                        Kind::NotYetWithTest,
                        format!(
                            "{id} is `not yet`, but {claim} speaks for it: is it done, or \
                             `not yet; partly`?"
                        ),
                    );
                }
            }
            Status::Partly if claims.is_empty() => add(
                Kind::PartlyWithoutTest,
                format!("{id} is partly done, but nothing is named after it"),
            ),
            Status::Done | Status::Partly => {}
        }
        if row.status != Status::Done && !row.missing_line {
            add(
                Kind::NotExplained,
                format!("{id} is `not yet`, but `What is missing` has no line for it"),
            );
        }
    }
}

fn names(tree: &Tree, gaps: &mut List) {
    let is_there = |id: &str| tree.requirement(id).is_some();
    for test in &tree.code.tests {
        if let Some(id) = test.requirement.as_deref().filter(|id| !is_there(id)) {
            gaps.add(
                Kind::TestOfNothing,
                format!("{}:{}", test.file, test.line),
                format!(
                    "the test {} is named after {id}, which does not exist",
                    test.name
                ),
            );
        }
    }
    for mention in &tree.code.mentions {
        if !is_there(&mention.id) {
            gaps.add(
                Kind::CodeNamesNothing,
                format!("{}:{}", mention.file, mention.line),
                format!("{} does not exist", mention.id),
            );
        }
    }
    for scenario in &tree.scenarios {
        for id in scenario.requirements.iter().filter(|id| !is_there(id)) {
            gaps.add(
                Kind::CodeNamesNothing,
                format!("sim/scenarios/{}", scenario.file),
                format!("speaks for {id}, which does not exist"),
            );
        }
    }
    for rule in &tree.rules {
        for id in rule.requirements().iter().filter(|id| !is_there(id)) {
            gaps.add(
                Kind::CodeNamesNothing,
                super::rules::TABLE.to_owned(),
                format!("the rule {} names {id}, which does not exist", rule.name()),
            );
        }
    }
    for file in &tree.code.unreached {
        gaps.add(
            Kind::NeverCompiled,
            file.clone(),
            "has tests, but no program is built from it: they never run".to_owned(),
        );
    }
}

/// What is missing between the tree and what ran.
pub fn of_results(tree: &Tree, results: &Results) -> Vec<Gap> {
    let mut gaps = List(Vec::new());
    for (record, why) in &results.refused {
        gaps.add(Kind::Record, record.clone(), why.clone());
    }
    for row in &tree.requirements {
        let must_show = row.status == Status::Done && !is_of_tests(&row.id);
        if must_show && !is_shown(tree, results, &row.id) {
            gaps.add(
                Kind::NotShown,
                requirements_at(row),
                format!("{} is done, but no test of it ran and passed", row.id),
            );
        }
    }
    ran(tree, results, &mut gaps);
    strangers(tree, results, &mut gaps);
    gaps.sorted()
}

/// Whether a test of a requirement passed, or a rule of it was proved.
pub fn is_shown(tree: &Tree, results: &Results, id: &str) -> bool {
    let by_test = tree.code.tests.iter().any(|test| {
        test.requirement.as_deref() == Some(id) && results.of_test(test) == Outcome::Passed
    });
    let by_rule = tree.rules.iter().any(|rule| {
        rule.requirements().iter().any(|named| named == id)
            && results.of_rule(&rule.name()) == Outcome::Passed
    });
    by_test || by_rule
}

fn ran(tree: &Tree, results: &Results, gaps: &mut List) {
    for test in &tree.code.tests {
        let place = format!("{}:{}", test.file, test.line);
        match results.of_test(test) {
            Outcome::Failed => gaps.add(
                Kind::Failed,
                place,
                format!("the test {} failed", test.name),
            ),
            Outcome::NotRun
                if test.requirement.is_some()
                    && !results.tests.is_empty()
                    && (test.needs.is_empty() || results.has_program(test)) =>
            {
                gaps.add(
                    Kind::NotRun,
                    place,
                    format!("the test {} was not run", test.name),
                );
            }
            Outcome::NotRun | Outcome::Passed => {}
        }
    }
    for scenario in &tree.scenarios {
        let place = format!("sim/scenarios/{}", scenario.file);
        match results.of_scenario(&scenario.file) {
            Outcome::Failed => gaps.add(Kind::Failed, place, "failed".to_owned()),
            Outcome::NotRun if !results.scenarios.is_empty() => {
                gaps.add(Kind::NotRun, place, "was not run".to_owned());
            }
            Outcome::NotRun | Outcome::Passed => {}
        }
    }
    for rule in &tree.rules {
        let place = super::rules::TABLE.to_owned();
        let name = rule.name();
        match results.of_rule(&name) {
            Outcome::Failed => {
                gaps.add(Kind::Failed, place, format!("the rule {name} was refuted"));
            }
            Outcome::NotRun if !results.rules.is_empty() => {
                gaps.add(
                    Kind::NotRun,
                    place,
                    format!("the rule {name} was not proved"),
                );
            }
            Outcome::NotRun | Outcome::Passed => {}
        }
    }
}

/// Results of what the tree does not have: the record and the tree do not belong together.
fn strangers(tree: &Tree, results: &Results, gaps: &mut List) {
    let tests: BTreeSet<_> = tree
        .code
        .tests
        .iter()
        .map(|test| (&test.binary, &test.name))
        .collect();
    for (binary, name) in results.tests.keys() {
        if !tests.contains(&(binary, name)) {
            gaps.add(
                Kind::ResultOfNothing,
                binary.root.clone(),
                format!(
                    "{} told of the test {name}, which the tree does not have",
                    binary.program
                ),
            );
        }
    }
    for file in results.scenarios.keys() {
        if !tree.scenarios.iter().any(|known| known.file == *file) {
            gaps.add(
                Kind::ResultOfNothing,
                format!("sim/scenarios/{file}"),
                "has a result, but is not there".to_owned(),
            );
        }
    }
    for name in results.rules.keys() {
        if !tree.rules.iter().any(|rule| rule.name() == *name) {
            gaps.add(
                Kind::ResultOfNothing,
                super::rules::TABLE.to_owned(),
                format!("has no rule {name}, but it has a result"),
            );
        }
    }
}
