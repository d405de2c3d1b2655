//! Everything joined, both ways, as programs read it.

use super::gaps::{self, Gap, Results};
use super::pages::{Hazard, Requirement, Status};
use super::results::Outcome;
use super::{Tree, code, rules, scenarios};
use serde::Serialize;

/// Grows when a key changes its meaning.
pub const FORMAT: u32 = 1;

/// The whole.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Format of this file.
    pub format: u32,
    /// The tree, as [`super::stamp`] names it.
    pub tree: String,
    /// How many of each.
    pub figures: Figures,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// Hazards, each with the requirements that answer it.
    pub hazards: Vec<HazardRow>,
    /// Requirements, each with all that leads to it and from it.
    pub requirements: Vec<RequirementRow>,
    /// Code that names requirements.
    pub code: Vec<code::Item>,
    /// Tests that are named after a requirement.
    pub tests: Vec<TestRow>,
    /// Scenarios.
    pub scenarios: Vec<ScenarioRow>,
    /// Proof rules.
    pub rules: Vec<RuleRow>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Hazards.
    pub hazards: usize,
    /// Requirements.
    pub requirements: usize,
    /// Requirements that are done.
    pub done: usize,
    /// Of these, those that something shows that ran and passed, rules for the tests apart.
    pub shown: usize,
    /// Of those that are done, rules for the tests that no test is named after.
    pub kept_by_all_tests: usize,
    /// Requirements that are done and that no code names.
    pub done_unnamed_in_code: usize,
    /// Places in the code that name a requirement.
    pub code: usize,
    /// Tests, with an id or without.
    pub tests: usize,
    /// Tests that are named after a requirement.
    pub tests_with_id: usize,
    /// Of these, those that ran and passed.
    pub tests_passed: usize,
    /// Scenarios.
    pub scenarios: usize,
    /// Of these, those that ran and passed.
    pub scenarios_passed: usize,
    /// Proof rules.
    pub rules: usize,
    /// Of these, those that were proved.
    pub rules_proved: usize,
    /// What is missing.
    pub gaps: usize,
}

/// A hazard with what answers it.
#[derive(Clone, Debug, Serialize)]
pub struct HazardRow {
    /// The row of the page.
    #[serde(flatten)]
    pub row: Hazard,
    /// All requirements that answer it, those that answer all hazards included.
    pub answered_by: Vec<String>,
}

/// A requirement with all that leads to it and from it.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementRow {
    /// The row of the page.
    #[serde(flatten)]
    pub row: Requirement,
    /// All hazards that it answers, one way or the other.
    pub answers: Vec<String>,
    /// Places in `code`.
    pub code: Vec<usize>,
    /// Places in `tests`.
    pub tests: Vec<usize>,
    /// Places in `scenarios`.
    pub scenarios: Vec<usize>,
    /// Places in `rules`.
    pub rules: Vec<usize>,
    /// The worst of the last results: failed before passed, and not run when nothing ran.
    pub last: Outcome,
}

/// A test with its result.
#[derive(Clone, Debug, Serialize)]
pub struct TestRow {
    /// The test.
    #[serde(flatten)]
    pub test: code::Test,
    /// How it ended.
    pub last: Outcome,
}

/// A scenario with its result.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioRow {
    /// The scenario.
    #[serde(flatten)]
    pub scenario: scenarios::Scenario,
    /// How it ended.
    pub last: Outcome,
}

/// A rule with its result.
#[derive(Clone, Debug, Serialize)]
pub struct RuleRow {
    /// The rule.
    #[serde(flatten)]
    pub rule: rules::Rule,
    /// The requirements that it names.
    pub requirements: Vec<String>,
    /// How it ended.
    pub last: Outcome,
    /// SHA-256 of the program that was looked at, if a run told.
    pub wasm: Option<String>,
}

/// Joins a tree with what ran on it.
pub fn join(tree: &Tree, results: &Results, name: &str) -> Report {
    let mut missing = gaps::of_tree(tree);
    missing.extend(gaps::of_results(tree, results));
    let tests: Vec<TestRow> = tree
        .code
        .tests
        .iter()
        .filter(|test| test.requirement.is_some())
        .map(|test| TestRow {
            last: results.of_test(test),
            test: test.clone(),
        })
        .collect();
    let scenarios: Vec<ScenarioRow> = tree
        .scenarios
        .iter()
        .map(|scenario| ScenarioRow {
            last: results.of_scenario(&scenario.file),
            scenario: scenario.clone(),
        })
        .collect();
    let rules: Vec<RuleRow> = tree
        .rules
        .iter()
        .map(|rule| RuleRow {
            requirements: rule.requirements(),
            last: results.of_rule(&rule.name()),
            wasm: results
                .rules
                .get(&rule.name())
                .map(|told| told.wasm.clone()),
            rule: rule.clone(),
        })
        .collect();
    let hazards = tree.hazards.iter().map(|hazard| hazard_row(tree, hazard));
    let mut report = Report {
        format: FORMAT,
        tree: name.to_owned(),
        figures: Figures::default(),
        gaps: missing,
        hazards: hazards.collect(),
        requirements: Vec::new(),
        code: tree.code.items.clone(),
        tests,
        scenarios,
        rules,
    };
    report.requirements = tree
        .requirements
        .iter()
        .map(|row| requirement_row(tree, &report, row))
        .collect();
    report.figures = figures(tree, results, &report);
    report
}

fn hazard_row(tree: &Tree, hazard: &Hazard) -> HazardRow {
    let answered_by = tree
        .requirements
        .iter()
        .filter(|requirement| tree.answers(requirement, hazard))
        .map(|requirement| requirement.id.clone())
        .collect();
    HazardRow {
        row: hazard.clone(),
        answered_by,
    }
}

/// Where a list names an id.
fn places<T>(list: &[T], names: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter()
        .enumerate()
        .filter(|(_, each)| names(each))
        .map(|(place, _)| place)
        .collect()
}

fn requirement_row(tree: &Tree, report: &Report, row: &Requirement) -> RequirementRow {
    let has = |ids: &[String]| ids.contains(&row.id);
    let tests = places(&report.tests, |test| {
        test.test.requirement.as_ref() == Some(&row.id)
    });
    let scenarios = places(&report.scenarios, |each| has(&each.scenario.requirements));
    let rules = places(&report.rules, |rule| has(&rule.requirements));
    let mut last = Outcome::NotRun;
    let all = tests
        .iter()
        .map(|at| report.tests[*at].last)
        .chain(scenarios.iter().map(|at| report.scenarios[*at].last))
        .chain(rules.iter().map(|at| report.rules[*at].last));
    for outcome in all {
        if outcome == Outcome::Failed || last == Outcome::NotRun {
            last = outcome;
        }
    }
    let answers = tree
        .hazards
        .iter()
        .filter(|hazard| tree.answers(row, hazard))
        .map(|hazard| hazard.id.clone());
    RequirementRow {
        answers: answers.collect(),
        code: places(&report.code, |item| has(&item.requirements)),
        tests,
        scenarios,
        rules,
        last,
        row: row.clone(),
    }
}

fn figures(tree: &Tree, results: &Results, report: &Report) -> Figures {
    let passed = |last: Outcome| last == Outcome::Passed;
    let done = || {
        report
            .requirements
            .iter()
            .filter(|requirement| requirement.row.status == Status::Done)
    };
    Figures {
        hazards: report.hazards.len(),
        requirements: report.requirements.len(),
        done: done().count(),
        shown: done()
            .filter(|requirement| gaps::is_shown(tree, results, &requirement.row.id))
            .count(),
        kept_by_all_tests: done()
            .filter(|requirement| {
                gaps::is_of_tests(&requirement.row.id) && requirement.tests.is_empty()
            })
            .count(),
        done_unnamed_in_code: done()
            .filter(|requirement| {
                requirement.code.is_empty() && !gaps::is_of_tests(&requirement.row.id)
            })
            .count(),
        code: report.code.len(),
        tests: tree.code.tests.len(),
        tests_with_id: report.tests.len(),
        tests_passed: report.tests.iter().filter(|test| passed(test.last)).count(),
        scenarios: report.scenarios.len(),
        scenarios_passed: report
            .scenarios
            .iter()
            .filter(|each| passed(each.last))
            .count(),
        rules: report.rules.len(),
        rules_proved: report.rules.iter().filter(|rule| passed(rule.last)).count(),
        gaps: report.gaps.len(),
    }
}

impl Figures {
    /// What a person reads first.
    pub fn text(&self) -> String {
        format!(
            "{} requirements, {} done, {} gaps\n\
             {} of those done are shown by what ran, {} rules for tests are kept by all tests together\n\
             {} hazards, {} places in the code ({} requirements that are done are named nowhere in it)\n\
             {} tests, {} named after a requirement, {} of these passed; {} of {} scenarios passed; \
             {} of {} rules proved\n",
            self.requirements,
            self.done,
            self.gaps,
            self.shown,
            self.kept_by_all_tests,
            self.hazards,
            self.code,
            self.done_unnamed_in_code,
            self.tests,
            self.tests_with_id,
            self.tests_passed,
            self.scenarios_passed,
            self.scenarios,
            self.rules_proved,
            self.rules,
        )
    }
}
