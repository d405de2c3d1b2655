//! A tree that is whole: as data, and as files.

use pen_tests::evidence::Tree;
use pen_tests::evidence::code::{Binary, Code, Item, Mention, Test};
use pen_tests::evidence::gaps::Results;
use pen_tests::evidence::pages::{Hazard, Requirement, ScenarioRef, Status};
use pen_tests::evidence::results::Outcome;
use pen_tests::evidence::rules::Rule;
use pen_tests::evidence::scenarios::Scenario;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn hazard(id: &str, requirements: &[&str]) -> Hazard {
    Hazard {
        id: id.to_owned(),
        what: "too deep".to_owned(),
        severity: "S4".to_owned(),
        cause: "a ring".to_owned(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        covered: "-".to_owned(),
        not_covered: "-".to_owned(),
        line: 7,
    }
}

pub(crate) fn requirement(id: &str, hazards: &[&str], status: Status) -> Requirement {
    Requirement {
        id: id.to_owned(),
        what: "stop".to_owned(),
        bound: "20 ms".to_owned(),
        hazards: hazards.iter().map(|id| (*id).to_owned()).collect(),
        all_hazards: false,
        status,
        note: String::new(),
        missing_line: status != Status::Done,
        line: 9,
    }
}

pub(crate) fn test(name: &str, requirement: Option<&str>) -> Test {
    Test {
        name: name.to_owned(),
        requirement: requirement.map(str::to_owned),
        file: "tests/whole/depth.rs".to_owned(),
        line: 3,
        binary: Binary {
            program: "whole".to_owned(),
            root: "whole/main.rs".to_owned(),
        },
        needs: Vec::new(),
    }
}

pub(crate) fn scenario(file: &str, requirements: &[&str]) -> Scenario {
    Scenario {
        file: file.to_owned(),
        title: "A ring is turned".to_owned(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(crate) fn rule(room: &str, number: u32, requirement: &str) -> Rule {
    Rule {
        room: room.to_owned(),
        rule: number,
        requirement: requirement.to_owned(),
        text: "never more than the cap".to_owned(),
        engine: "an engine 1.0".to_owned(),
    }
}

/// What a run of one rule tells.
pub(crate) fn told(room: &str, number: u32, result: &str) -> String {
    format!(
        "{{\"room\":\"{room}\",\"rule\":{number},\"requirement\":\"DEPTH-001\",\"text\":\"\",\
         \"engine\":\"\",\"result\":\"{result}\",\"wasm\":\"0f3a\"}}\n"
    )
}

/// Two hazards, three requirements, everything named, run and passed.
pub(crate) fn tree() -> Tree {
    Tree {
        hazards: vec![
            hazard("H1", &["DEPTH-001", "RATE-001"]),
            hazard("H2", &["DEPTH-002"]),
        ],
        scenario_refs: vec![ScenarioRef {
            number: "01".to_owned(),
            line: 30,
        }],
        requirements: vec![
            requirement("DEPTH-001", &["H1"], Status::Done),
            requirement("DEPTH-002", &["H2"], Status::Partly),
            requirement("RATE-001", &["H1"], Status::NotYet),
        ],
        code: Code {
            items: vec![Item {
                kind: "const",
                name: "CAP".to_owned(),
                file: "firmware/core/src/lib.rs".to_owned(),
                line: 4,
                requirements: vec!["DEPTH-001".to_owned()],
            }],
            tests: vec![
                test("depth::depth_001_stops", Some("DEPTH-001")),
                test("depth::depth_002_warns", Some("DEPTH-002")),
                test("depth::words_are_told_apart", None),
            ],
            mentions: vec![Mention {
                id: "DEPTH-001".to_owned(),
                file: "firmware/core/src/lib.rs".to_owned(),
                line: 3,
            }],
            unreached: Vec::new(),
        },
        scenarios: vec![scenario("01_ring.toml", &["DEPTH-001"])],
        rules: vec![rule("gate", 1, "DEPTH-001")],
    }
}

/// All of it ran and passed.
pub(crate) fn results(tree: &Tree) -> Results {
    let mut results = Results::default();
    for test in &tree.code.tests {
        results
            .tests
            .insert((test.binary.clone(), test.name.clone()), Outcome::Passed);
    }
    for scenario in &tree.scenarios {
        results
            .scenarios
            .insert(scenario.file.clone(), Outcome::Passed);
    }
    let lines: String = tree
        .rules
        .iter()
        .map(|rule| told(&rule.room, rule.rule, "proved"))
        .collect();
    results.rules = pen_tests::evidence::rules::results(&lines).expect("results of rules");
    results
}

/// A folder of its own for one test, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("traceability")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of before");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

pub(crate) fn put(top: &Path, file: &str, text: &str) {
    let path = top.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

pub(crate) const HAZARDS: &str = "\
# Hazards

| # | hazard and harm | sev | cause | answered by | covered now | not covered |
| --- | --- | --- | --- | --- | --- | --- |
| H1 | too deep | S4 | ring | DEPTH-001 to DEPTH-003 | trip | - |
| H2 | too fast | S3 | short | RATE-001 | - | nothing yet (`01`) |

A sentence about `77` names no scenario.
";

pub(crate) const REQUIREMENTS: &str = "\
# Requirements

| id | the pen shall ... | bound | hazards | status |
| --- | --- | --- | --- | --- |
| DEPTH-001 | trip | 20 ms | H1 | done; more or less |
| DEPTH-002 | warn | - | H1 | done |
| DEPTH-003 | tell | - | H1 | not yet; partly |
| RATE-001 | brake | 1 tick | H2 | not yet |

## What is missing

- **DEPTH-003**: the other half. **DEPTH-001** is not meant.
- **RATE-001**: all of it.
";

/// The same kind of tree as files, with code that cargo knows, committed.
pub(crate) fn files(name: &str) -> PathBuf {
    let top = folder(name);
    put(&top, "docs/hazards.md", HAZARDS);
    put(&top, "docs/requirements.md", REQUIREMENTS);
    put(&top, ".gitignore", "/target\n");
    put(
        &top,
        "sim/scenarios/01_ring.toml",
        "title = \"Ring\"\nrequirements = [\"DEPTH-002\"]\nseed = 1\n[[step]]\nat_ms = 1\n",
    );
    put(
        &top,
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"firmware/core\", \"tests\"]\n",
    );
    put(
        &top,
        "firmware/core/Cargo.toml",
        "[package]\nname = \"made-core\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    put(&top, "firmware/core/src/lib.rs", LIB);
    put(&top, "firmware/core/src/gate.rs", GATE);
    put(&top, "firmware/core/src/gate_tests.rs", GATE_TESTS);
    put(
        &top,
        "tests/Cargo.toml",
        "[package]\nname = \"made-tests\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [features]\nslow = []\n\
         [lib]\npath = \"lib.rs\"\n\
         [[test]]\nname = \"whole\"\npath = \"whole/main.rs\"\n\
         [[test]]\nname = \"slow\"\npath = \"slow.rs\"\nrequired-features = [\"slow\"]\n",
    );
    put(&top, "tests/lib.rs", "//! Nothing.\n");
    put(
        &top,
        "tests/whole/main.rs",
        "//! Whole.\nmod depth;\n#[cfg(target_os = \"none\")]\nmod bare;\n",
    );
    put(
        &top,
        "tests/whole/bare.rs",
        "#[test]\nfn depth_001_on_bare_metal() {}\n",
    );
    put(
        &top,
        "tests/whole/depth.rs",
        "mod deeper {\n    #[test]\n    #[should_panic]\n    fn depth_002_warns() {\n        panic!();\n    }\n}\n\
         #[test]\nfn depth_001_trips() {}\nfn depth_001_is_no_test() {}\n",
    );
    put(&top, "tests/slow.rs", "#[test]\nfn depth_001_slowly() {}\n");
    git(&top, &["init", "--quiet"]);
    commit(&top);
    top
}

const LIB: &str = "\
//! The core. Requirement: DEPTH-001
pub mod gate;

/// Deepest.
///
/// - Requirement: DEPTH-001, DEPTH-002
pub const CAP: u32 = 5;

/// A digest, SHA-256.
pub fn digest() {
    // As DEPTH-003 has it.
}
";

const GATE: &str = "\
/// The gate.
pub struct Gate;

impl Gate {
    /// Opens it (DEPTH-001).
    pub fn open(&self) {}
}

#[cfg(test)]
#[path = \"gate_tests.rs\"]
mod tests;
";

const GATE_TESTS: &str = "\
// What DEPTH-001 asks; what stands in a text is nobody's id.
#[test]
fn depth_001_opens() {
    assert_eq!(\"RATE-999\".len(), 8);
}

proptest! {
    #[test]
    fn depth_003_in_a_macro(x in 0..1) {
    }
}
";

pub(crate) fn git(top: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(top)
        .args([
            "-c",
            "user.name=somebody",
            "-c",
            "user.email=nobody@example.org",
        ])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

pub(crate) fn commit(top: &Path) {
    git(top, &["add", "--all"]);
    git(top, &["commit", "--quiet", "--message", "all"]);
}
