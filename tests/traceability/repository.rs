//! The repository itself, as far as nothing needs to run for it.

use pen_tests::evidence::{Tree, code, gaps};
use pen_tests::sources;
use std::collections::BTreeSet;

#[test]
fn proof_001_hazards_requirements_code_and_tests_have_no_gap() {
    let tree = Tree::read(&sources::top()).expect("this repository");
    assert!(tree.hazards.len() >= 35, "{} hazards", tree.hazards.len());
    assert!(
        tree.requirements.len() > 90,
        "{} rows",
        tree.requirements.len()
    );
    assert!(
        tree.scenarios.len() > 35,
        "{} scenarios",
        tree.scenarios.len()
    );
    assert!(
        tree.code.tests.len() > 900,
        "{} tests",
        tree.code.tests.len()
    );
    assert!(
        tree.code.items.len() > 200,
        "{} items",
        tree.code.items.len()
    );
    let lines: Vec<String> = gaps::of_tree(&tree)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// A name that the sources have must be the name under which the test runs: this very program's.
#[test]
fn the_tests_of_this_program_are_those_that_the_sources_name() {
    let code = code::read(&sources::top()).expect("the sources");
    let named: BTreeSet<String> = code
        .tests
        .into_iter()
        .filter(|test| {
            test.binary.program == "traceability" && test.binary.root == "traceability/main.rs"
        })
        .map(|test| test.name)
        .collect();
    let told = std::process::Command::new(std::env::current_exe().expect("this program"))
        .arg("--list")
        .output()
        .expect("this program");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let told: BTreeSet<String> = told
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, told);
}
