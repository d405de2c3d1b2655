//! What is read out of pages, code, scenarios and rules.

use crate::made_up::{self, HAZARDS, REQUIREMENTS};
use pen_tests::evidence::pages::{self, ScenarioRef, Status};
use pen_tests::evidence::results::Outcome;
use pen_tests::evidence::{Tree, code, ids, rules, scenarios};

#[test]
fn names_and_ids_are_told_apart() {
    assert_eq!(ids::of_test("conf_001_is_so").as_deref(), Some("CONF-001"));
    for name in [
        "conf_01_is_so",
        "a_b_c",
        "every_fault_is_reached",
        "conf_001",
    ] {
        assert_eq!(ids::of_test(name), None, "{name}");
    }
    assert!(ids::is_requirement("STORE-007"));
    for text in [
        "H1",
        "STORE-07",
        "STORE-0007",
        "SHA-256",
        "Store-007",
        "-001",
    ] {
        assert!(!ids::is_requirement(text), "{text}");
    }
    assert!(ids::is_hazard("H1") && ids::is_hazard("V12"));
    assert!(!ids::is_hazard("H") && !ids::is_hazard("H1a") && !ids::is_hazard("S4"));
}

#[test]
fn ids_are_found_in_texts_and_ranges() {
    assert_eq!(
        ids::in_text("DEPTH-009 to DEPTH-012, `RATE-001`. (DEPTH-009) xDEPTH-001 A-DEPTH-002"),
        [
            "DEPTH-009",
            "DEPTH-010",
            "DEPTH-011",
            "DEPTH-012",
            "RATE-001"
        ]
    );
    assert_eq!(
        ids::in_text("RATE-001 to DEPTH-003"),
        ["RATE-001", "DEPTH-003"]
    );
    assert_eq!(
        ids::in_text("RATE-001 is due to RATE-003"),
        ["RATE-001", "RATE-003"]
    );
    assert_eq!(ids::in_text(concat!("RATE-00", "1x, SHA-256")), [""; 0]);
}

#[test]
fn rows_of_hazards_are_read() {
    let found = pages::hazards(HAZARDS).expect("hazards");
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].requirements,
        ["DEPTH-001", "DEPTH-002", "DEPTH-003"]
    );
    assert_eq!((found[1].id.as_str(), found[1].line), ("H2", 6));
    assert_eq!(
        pages::scenario_refs(HAZARDS),
        [ScenarioRef {
            number: "01".to_owned(),
            line: 6
        }]
    );
}

#[test]
fn rows_of_requirements_are_read() {
    let found = pages::requirements(REQUIREMENTS).expect("requirements");
    let what: Vec<_> = found
        .iter()
        .map(|row| (row.id.as_str(), row.status, row.missing_line))
        .collect();
    assert_eq!(
        what,
        [
            ("DEPTH-001", Status::Done, false),
            ("DEPTH-002", Status::Done, false),
            ("DEPTH-003", Status::Partly, true),
            ("RATE-001", Status::NotYet, true),
        ]
    );
    assert_eq!(found[0].note, "more or less");
    assert_eq!(found[0].hazards, ["H1"]);
}

#[test]
fn pages_that_are_wrong_are_refused_with_their_line() {
    let requirements = |from: &str, to: &str| {
        pages::requirements(&REQUIREMENTS.replacen(from, to, 1)).expect_err("refused")
    };
    assert_eq!(
        requirements("| done |", "| almost |"),
        "docs/requirements.md:6: DEPTH-002: status is \"almost\", neither `done` nor `not yet` nor \
         `not yet; partly`"
    );
    assert_eq!(
        requirements("| DEPTH-002 |", "| DEPTH-001 |"),
        "docs/requirements.md:6: DEPTH-001 has two rows"
    );
    assert_eq!(
        requirements("| DEPTH-002 | warn |", "| DEPTH-002 |"),
        "docs/requirements.md:6: DEPTH-002 has 4 cells, not 5"
    );
    let hazards =
        |from: &str, to: &str| pages::hazards(&HAZARDS.replacen(from, to, 1)).expect_err("refused");
    assert_eq!(
        hazards("| H2 |", "| H1 |"),
        "docs/hazards.md:6: H1 has two rows"
    );
    assert_eq!(
        hazards("| H2 | too fast |", "| H2 |"),
        "docs/hazards.md:6: H2 has 6 cells, not 7"
    );
    assert!(pages::hazards("# Nothing\n").is_err());
    assert!(pages::requirements("# Nothing\n").is_err());
}

#[test]
fn tests_have_the_names_that_libtest_tells() {
    let top = made_up::files("tests_have_names");
    let code = code::read(&top).expect("code");
    let found: Vec<_> = code
        .tests
        .iter()
        .map(|test| {
            let binary = format!("{} {}", test.binary.program, test.binary.root);
            (
                binary,
                test.name.as_str(),
                test.requirement.as_deref(),
                test.needs.len(),
            )
        })
        .collect();
    let of = |binary: &str, name, id, needs| (binary.to_owned(), name, Some(id), needs);
    assert_eq!(
        found,
        [
            of(
                "made_core src/lib.rs",
                "gate::tests::depth_001_opens",
                "DEPTH-001",
                0
            ),
            of(
                "made_core src/lib.rs",
                "gate::tests::depth_003_in_a_macro",
                "DEPTH-003",
                0
            ),
            of("slow slow.rs", "depth_001_slowly", "DEPTH-001", 1),
            of(
                "whole whole/main.rs",
                "depth::deeper::depth_002_warns",
                "DEPTH-002",
                0
            ),
            of(
                "whole whole/main.rs",
                "depth::depth_001_trips",
                "DEPTH-001",
                0
            ),
        ]
    );
    assert_eq!(code.tests[4].file, "tests/whole/depth.rs");
    assert_eq!(code.tests[4].line, 9);
    assert_eq!(
        code.unreached, [""; 0],
        "what is off on the desk is reached, and no test"
    );
}

#[test]
fn code_that_names_requirements_is_found_and_tests_are_no_code() {
    let top = made_up::files("code_is_found");
    let code = code::read(&top).expect("code");
    let found: Vec<_> = code
        .items
        .iter()
        .map(|item| {
            (
                item.kind,
                item.name.as_str(),
                item.line,
                item.requirements.join(" "),
            )
        })
        .collect();
    let all = |ids: &str| ids.to_owned();
    assert_eq!(
        found,
        [
            ("fn", "Gate::open", 6, all("DEPTH-001")),
            ("file", "firmware/core/src/lib.rs", 1, all("DEPTH-001")),
            ("const", "CAP", 7, all("DEPTH-001 DEPTH-002")),
            ("fn", "digest", 10, all("DEPTH-003")),
        ]
    );
    let in_tests: Vec<_> = code
        .mentions
        .iter()
        .filter(|mention| mention.file.ends_with("gate_tests.rs"))
        .map(|mention| mention.id.as_str())
        .collect();
    assert_eq!(in_tests, ["DEPTH-001"], "comments only");
    let text = std::fs::read_to_string(top.join("firmware/core/src/gate_tests.rs"));
    let names = code::tests_in(&text.expect("a source")).expect("tests");
    assert_eq!(names, ["depth_001_opens", "depth_003_in_a_macro"]);
}

#[test]
fn a_file_that_no_program_has_is_seen() {
    let top = made_up::files("unreached");
    made_up::put(
        &top,
        "tests/whole/lost.rs",
        "#[test]\nfn rate_001_is_lost() {}\n",
    );
    made_up::put(&top, "tests/whole/words.rs", "//! No test.\n");
    let code = code::read(&top).expect("code");
    assert_eq!(code.unreached, ["tests/whole/lost.rs"]);
    assert!(code.tests.iter().all(|test| !test.name.contains("lost")));
}

#[test]
fn a_source_that_does_not_parse_is_told_with_its_line() {
    let top = made_up::files("does_not_parse");
    made_up::put(&top, "tests/whole/depth.rs", "fn a() {}\nfn {\n");
    let why = code::read(&top).expect_err("refused");
    assert!(why.starts_with("tests/whole/depth.rs:2: "), "{why}");
}

#[test]
fn scenarios_and_rules_are_read() {
    let top = made_up::files("scenarios_and_rules");
    assert_eq!(
        scenarios::read(&top).expect("scenarios"),
        [made_up::scenario("01_ring.toml", &["DEPTH-002"])].map(|mut scenario| {
            scenario.title = "Ring".to_owned();
            scenario
        })
    );
    assert_eq!(rules::table(&top).expect("no table"), []);
    let table = serde_json::to_string(&[
        made_up::rule("gate", 1, "DEPTH-001 DEPTH-002"),
        made_up::rule("gate", 2, "RATE-001"),
    ])
    .expect("text");
    made_up::put(&top, rules::TABLE, &table);
    let found = Tree::read(&top).expect("a tree").rules;
    assert_eq!(found[0].requirements(), ["DEPTH-001", "DEPTH-002"]);
    assert_eq!(found[1].name(), "gate 2");

    made_up::put(&top, "sim/scenarios/02_x.toml", "title = \"x\"\n");
    let why = scenarios::read(&top).expect_err("no requirements");
    assert!(why.starts_with("sim/scenarios/02_x.toml: "), "{why}");
    assert!(why.contains("requirements"), "{why}");
}

#[test]
fn a_table_of_rules_that_is_wrong_is_refused() {
    let top = made_up::folder("wrong_rules");
    let refused = |text: &str| {
        made_up::put(&top, rules::TABLE, text);
        rules::table(&top).expect_err("refused")
    };
    let one = serde_json::to_string(&made_up::rule("gate", 1, "DEPTH-001")).expect("text");
    assert_eq!(
        refused(&format!("[{one},{one}]")),
        "tests/proof/rules.json: rule gate 1 stands twice"
    );
    assert_eq!(
        refused(&format!("[{}]", one.replace("DEPTH-001", "depth"))),
        "tests/proof/rules.json: rule gate 1 names no requirement"
    );
    let why = refused(&format!("[{}]", one.replace("engine", "machine")));
    assert!(why.contains("unknown field `machine`"), "{why}");
    assert!(refused("{").starts_with("tests/proof/rules.json: "));
}

#[test]
fn only_what_was_proved_counts() {
    let text: String = ["proved", "refuted", "unknown"]
        .into_iter()
        .zip(1..)
        .map(|(result, number)| made_up::told("gate", number, result))
        .collect();
    let found = rules::results(&("Compiling ...\n".to_owned() + &text)).expect("results");
    let of = |name: &str| found[name].outcome();
    assert_eq!(of("gate 1"), Outcome::Passed);
    assert_eq!(of("gate 2"), Outcome::Failed);
    assert_eq!(of("gate 3"), Outcome::NotRun);
    assert_eq!(found["gate 1"].wasm, "0f3a");
    let why = rules::results(&text.replace("proved", "believed")).expect_err("refused");
    assert!(why.contains("unknown variant `believed`"), "{why}");
    assert!(rules::results("nothing\n").is_err());
}
