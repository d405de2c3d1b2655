//! Every kind of gap, each made by one change of a tree that is whole.

use crate::made_up;
use pen_tests::evidence::Tree;
use pen_tests::evidence::code::Mention;
use pen_tests::evidence::gaps::{self, Gap, Kind, Results};
use pen_tests::evidence::pages::Status;
use pen_tests::evidence::results::Outcome;

fn all(tree: &Tree, results: &Results) -> Vec<Gap> {
    let mut found = gaps::of_tree(tree);
    found.extend(gaps::of_results(tree, results));
    found
}

/// What is missing after a change of the tree; everything in it ran and passed.
fn after(change: impl FnOnce(&mut Tree)) -> Vec<(Kind, String)> {
    let mut tree = made_up::tree();
    change(&mut tree);
    let results = made_up::results(&tree);
    told(&all(&tree, &results))
}

/// What is missing after a change of the results.
fn with(change: impl FnOnce(&mut Results)) -> Vec<(Kind, String)> {
    let tree = made_up::tree();
    let mut results = made_up::results(&tree);
    change(&mut results);
    told(&all(&tree, &results))
}

fn told(gaps: &[Gap]) -> Vec<(Kind, String)> {
    gaps.iter().map(|gap| (gap.kind, gap.to_string())).collect()
}

fn one(kind: Kind, line: &str) -> Vec<(Kind, String)> {
    vec![(kind, line.to_owned())]
}

#[test]
fn proof_001_a_tree_that_is_whole_has_no_gap() {
    assert_eq!(after(|_| {}), []);
}

#[test]
fn a_hazard_needs_a_requirement() {
    assert_eq!(
        after(|tree| tree.hazards.push(made_up::hazard("H3", &[]))),
        one(
            Kind::HazardUnanswered,
            "docs/hazards.md:7: H3 names no requirement that answers it"
        )
    );
}

#[test]
fn a_requirement_needs_a_hazard() {
    let hazardless = |tree: &mut Tree| {
        tree.requirements[2].hazards.clear();
        tree.hazards[0].requirements.pop();
    };
    assert_eq!(
        after(hazardless),
        one(
            Kind::RequirementWithoutHazard,
            "docs/requirements.md:9: RATE-001 names no hazard that it answers"
        )
    );
    let answers_all = |tree: &mut Tree| {
        hazardless(tree);
        tree.requirements[2].all_hazards = true;
    };
    assert_eq!(after(answers_all), []);
}

#[test]
fn rows_name_only_what_is_there() {
    assert_eq!(
        after(|tree| tree.hazards[0].requirements.push("RATE-009".to_owned())),
        one(
            Kind::RowNamesNothing,
            "docs/hazards.md:7: H1 names RATE-009, which docs/requirements.md does not have"
        )
    );
    assert_eq!(
        after(|tree| tree.requirements[0].hazards.push("H9".to_owned())),
        one(
            Kind::RowNamesNothing,
            "docs/requirements.md:9: DEPTH-001 names H9, which docs/hazards.md does not have"
        )
    );
}

#[test]
fn hazards_and_requirements_name_each_other() {
    assert_eq!(
        after(|tree| tree.hazards[1].requirements.push("DEPTH-001".to_owned())),
        one(
            Kind::OneWay,
            "docs/requirements.md:9: DEPTH-001 does not name H2, but the row of H2 names DEPTH-001"
        )
    );
    assert_eq!(
        after(|tree| tree.requirements[0].hazards.push("H2".to_owned())),
        one(
            Kind::OneWay,
            "docs/hazards.md:7: H2 does not name DEPTH-001, but the row of DEPTH-001 names H2"
        )
    );
}

#[test]
fn a_scenario_that_a_hazard_names_is_there() {
    assert_eq!(
        after(|tree| tree.scenario_refs[0].number = "02".to_owned()),
        one(
            Kind::NoSuchScenario,
            "docs/hazards.md:30: names the scenario `02`, but sim/scenarios has no file 02_*.toml"
        )
    );
}

#[test]
fn what_is_done_has_a_test_or_a_rule_of_its_own() {
    let drop_test = |tree: &mut Tree| {
        tree.code.tests.remove(0);
    };
    assert_eq!(after(drop_test), [], "a rule speaks for it");
    let drop_both = |tree: &mut Tree| {
        drop_test(tree);
        tree.rules.clear();
    };
    assert_eq!(
        gaps_of_tree(drop_both),
        one(
            Kind::DoneWithoutTest,
            "docs/requirements.md:9: DEPTH-001 is done, but no test and no rule is named after it"
        ),
        "the scenario alone is no test"
    );
}

fn gaps_of_tree(change: impl FnOnce(&mut Tree)) -> Vec<(Kind, String)> {
    let mut tree = made_up::tree();
    change(&mut tree);
    told(&gaps::of_tree(&tree))
}

#[test]
fn rules_for_tests_may_be_kept_by_all_of_them() {
    let add = |tree: &mut Tree| {
        let mut row = made_up::requirement("PROOF-002", &[], Status::Done);
        row.all_hazards = true;
        tree.requirements.push(row);
    };
    assert_eq!(after(add), []);
}

#[test]
fn what_is_not_done_has_no_test_unless_it_says_so() {
    let claims = |add: fn(&mut Tree)| {
        let found = after(add);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, Kind::NotYetWithTest);
        found[0].1.clone()
    };
    let test = claims(|tree| {
        let test = made_up::test("rate::rate_001_brakes", Some("RATE-001"));
        tree.code.tests.push(test);
    });
    assert_eq!(
        test,
        "docs/requirements.md:9: RATE-001 is `not yet`, but the test rate::rate_001_brakes in \
         tests/whole/depth.rs speaks for it: is it done, or `not yet; partly`?"
    );
    let scenario = claims(|tree| {
        let scenario = made_up::scenario("02_fast.toml", &["RATE-001"]);
        tree.scenarios.push(scenario);
    });
    assert!(scenario.contains("the scenario 02_fast.toml"), "{scenario}");
    let rule = claims(|tree| tree.rules.push(made_up::rule("guard", 4, "RATE-001")));
    assert!(rule.contains("the rule guard 4"), "{rule}");
}

#[test]
fn what_is_partly_done_has_something_that_shows_it() {
    assert_eq!(
        after(|tree| tree.requirements[2].status = Status::Partly),
        one(
            Kind::PartlyWithoutTest,
            "docs/requirements.md:9: RATE-001 is partly done, but nothing is named after it"
        )
    );
}

#[test]
fn what_is_not_done_is_explained() {
    assert_eq!(
        after(|tree| tree.requirements[1].missing_line = false),
        one(
            Kind::NotExplained,
            "docs/requirements.md:9: DEPTH-002 is `not yet`, but `What is missing` has no line for it"
        )
    );
}

#[test]
fn a_test_is_named_after_something_that_exists() {
    let add = |tree: &mut Tree| {
        let test = made_up::test("depth::depth_042_is", Some("DEPTH-042"));
        tree.code.tests.push(test);
    };
    assert_eq!(
        after(add),
        one(
            Kind::TestOfNothing,
            "tests/whole/depth.rs:3: the test depth::depth_042_is is named after DEPTH-042, which \
             does not exist"
        )
    );
}

#[test]
fn code_scenarios_and_rules_name_only_what_exists() {
    let mention = Mention {
        id: "DEPTH-042".to_owned(),
        file: "sim/src/plant.rs".to_owned(),
        line: 12,
    };
    assert_eq!(
        after(|tree| tree.code.mentions.push(mention)),
        one(
            Kind::CodeNamesNothing,
            "sim/src/plant.rs:12: DEPTH-042 does not exist"
        )
    );
    assert_eq!(
        after(|tree| tree
            .scenarios
            .push(made_up::scenario("02_x.toml", &["RATE-042"]))),
        one(
            Kind::CodeNamesNothing,
            "sim/scenarios/02_x.toml: speaks for RATE-042, which does not exist"
        )
    );
    assert_eq!(
        after(|tree| tree.rules.push(made_up::rule("gate", 2, "RATE-042"))),
        one(
            Kind::CodeNamesNothing,
            "tests/proof/rules.json: the rule gate 2 names RATE-042, which does not exist"
        )
    );
}

#[test]
fn tests_that_nobody_compiles_are_seen() {
    assert_eq!(
        after(|tree| tree.code.unreached.push("sim/tests/old/a.rs".to_owned())),
        one(
            Kind::NeverCompiled,
            "sim/tests/old/a.rs: has tests, but no program is built from it: they never run"
        )
    );
}

#[test]
fn a_record_that_is_refused_is_a_gap() {
    let refused = (
        "tests.txt".to_owned(),
        "was made on another tree".to_owned(),
    );
    assert_eq!(
        with(|results| results.refused.push(refused)),
        one(Kind::Record, "tests.txt: was made on another tree")
    );
}

#[test]
fn proof_001_what_is_done_is_shown_by_something_that_ran() {
    let without_any = with(|results| {
        results.tests.clear();
        results.rules.clear();
        results.scenarios.clear();
    });
    assert_eq!(
        without_any,
        one(
            Kind::NotShown,
            "docs/requirements.md:9: DEPTH-001 is done, but no test of it ran and passed"
        )
    );
    let proved_only = with(|results| results.tests.clear());
    assert_eq!(proved_only, [], "a rule that was proved shows it, too");
    let scenario_only = with(|results| {
        results.tests.clear();
        results.rules.clear();
    });
    assert_eq!(scenario_only, without_any, "a scenario alone does not");
}

#[test]
fn what_failed_is_a_gap_whoever_named_it() {
    for (place, name) in made_up::tree()
        .code
        .tests
        .iter()
        .map(|test| &test.name)
        .enumerate()
    {
        let found = with(|results| {
            for (key, outcome) in &mut results.tests {
                if key.1 == *name {
                    *outcome = Outcome::Failed;
                }
            }
        });
        let line = format!("tests/whole/depth.rs:3: the test {name} failed");
        assert!(found.contains(&(Kind::Failed, line)), "{place}: {found:?}");
    }
    let scenario = with(|results| {
        results
            .scenarios
            .insert("01_ring.toml".to_owned(), Outcome::Failed);
    });
    assert_eq!(
        scenario,
        one(Kind::Failed, "sim/scenarios/01_ring.toml: failed")
    );
    let refuted = made_up::told("gate", 1, "refuted");
    let rule = with(|results| {
        results.rules = pen_tests::evidence::rules::results(&refuted).expect("a result");
    });
    assert_eq!(
        rule,
        one(
            Kind::Failed,
            "tests/proof/rules.json: the rule gate 1 was refuted"
        )
    );
}

#[test]
fn what_was_left_out_of_a_run_is_a_gap() {
    let test = with(|results| results.tests.retain(|key, _| !key.1.contains("depth_002")));
    assert_eq!(
        test,
        one(
            Kind::NotRun,
            "tests/whole/depth.rs:3: the test depth::depth_002_warns was not run"
        )
    );
    let unnamed = with(|results| results.tests.retain(|key, _| !key.1.contains("words")));
    assert_eq!(unnamed, [], "it speaks for no requirement");

    let others = |tree: &mut Tree| {
        tree.scenarios
            .push(made_up::scenario("02_x.toml", &["DEPTH-001"]))
    };
    let mut tree = made_up::tree();
    let results = made_up::results(&tree);
    others(&mut tree);
    tree.rules.push(made_up::rule("gate", 2, "DEPTH-001"));
    assert_eq!(
        told(&all(&tree, &results)),
        [
            (
                Kind::NotRun,
                "sim/scenarios/02_x.toml: was not run".to_owned()
            ),
            (
                Kind::NotRun,
                "tests/proof/rules.json: the rule gate 2 was not proved".to_owned()
            ),
        ]
    );
    let unknown = made_up::told("gate", 1, "unknown");
    let rule = with(|results| {
        results.rules = pen_tests::evidence::rules::results(&unknown).expect("a result");
    });
    assert_eq!(
        rule,
        one(
            Kind::NotRun,
            "tests/proof/rules.json: the rule gate 1 was not proved"
        )
    );
}

#[test]
fn a_program_that_needs_a_feature_has_a_run_of_its_own() {
    let mut tree = made_up::tree();
    let results = made_up::results(&tree);
    for name in ["depth_001_slowly", "depth_002_slowly"] {
        let mut slow = made_up::test(name, pen_tests::evidence::ids::of_test(name).as_deref());
        slow.binary.program = "slow".to_owned();
        slow.needs = vec!["slow".to_owned()];
        tree.code.tests.push(slow);
    }
    assert_eq!(told(&all(&tree, &results)), [], "it was not started");

    let mut results = results;
    let first = &tree.code.tests[3];
    results
        .tests
        .insert((first.binary.clone(), first.name.clone()), Outcome::Passed);
    assert_eq!(
        told(&all(&tree, &results)),
        one(
            Kind::NotRun,
            "tests/whole/depth.rs:3: the test depth_002_slowly was not run"
        ),
        "it was started, and left one out"
    );
}

#[test]
fn a_result_of_something_that_is_not_there_is_a_gap() {
    let test = with(|results| {
        let (key, outcome) = results.tests.first_key_value().expect("a result");
        let (mut key, outcome) = (key.clone(), *outcome);
        key.1 = "depth::depth_001_of_yesterday".to_owned();
        results.tests.insert(key, outcome);
    });
    assert_eq!(
        test,
        one(
            Kind::ResultOfNothing,
            "whole/main.rs: whole told of the test depth::depth_001_of_yesterday, which the tree \
             does not have"
        )
    );
    let scenario = with(|results| {
        results
            .scenarios
            .insert("09_x.toml".to_owned(), Outcome::Passed);
    });
    assert_eq!(
        scenario,
        one(
            Kind::ResultOfNothing,
            "sim/scenarios/09_x.toml: has a result, but is not there"
        )
    );
    let rule = with(|results| {
        let more = made_up::told("gate", 9, "proved");
        let more = pen_tests::evidence::rules::results(&more).expect("a result");
        results.rules.extend(more);
    });
    assert_eq!(
        rule,
        one(
            Kind::ResultOfNothing,
            "tests/proof/rules.json: has no rule gate 9, but it has a result"
        )
    );
}
