//! The program as a person meets it: records, reports, exit codes, and what it says about mistakes.

use crate::made_up;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// An id that no list has.
const UNKNOWN: &str = concat!("RATE", "-077");

fn run(top: &Path, arguments: &[&str]) -> Output {
    let is_command = |first: &&str| !first.starts_with('-');
    let (word, rest) = arguments.split_at(usize::from(arguments.first().is_some_and(is_command)));
    Command::new(env!("CARGO_BIN_EXE_traceability"))
        .current_dir(top)
        .args(word)
        .arg("--top")
        .arg(top)
        .args(rest)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("traceability")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `cargo test` would tell of the tree that is made up, told by `cat`.
const TESTS: &str = "\
     Running unittests src/lib.rs (target/debug/deps/made_core-01)
test gate::tests::depth_001_opens ... ok
test gate::tests::depth_003_in_a_macro ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running whole/main.rs (target/debug/deps/whole-02)
test depth::deeper::depth_002_warns - should panic ... ok
test depth::depth_001_trips ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
const SCENARIOS: &str = "{\"file\":\"sim/scenarios/01_ring.toml\",\"passed\":true}\n";

fn record(top: &Path, name: &str, text: &str) -> String {
    let told = format!("target/{name}.told");
    made_up::put(top, &told, text);
    let file = format!("target/evidence/{name}");
    let done = run(top, &["record", &file, "--", "cat", &told]);
    assert!(done.status.success(), "{}", err(&done));
    assert_eq!(out(&done), text, "what is kept is shown, too");
    file
}

fn report(top: &Path) -> Output {
    let tests = record(top, "tests", TESTS);
    let scenarios = record(top, "scenarios", SCENARIOS);
    run(top, &["--tests", &tests, "--scenarios", &scenarios])
}

#[test]
fn proof_001_a_whole_tree_is_followed_from_end_to_end() {
    let top = made_up::files("end_to_end");
    let done = report(&top);
    assert_eq!(err(&done), "");
    assert_eq!(done.status.code(), Some(0));
    let text = out(&done);
    assert!(
        text.starts_with("4 requirements, 2 done, 0 gaps\n2 of those done are shown"),
        "{text}"
    );
    let json = fs::read_to_string(top.join("target/traceability/traceability.json"));
    let json: serde_json::Value = serde_json::from_str(&json.expect("a report")).expect("JSON");
    assert_eq!(json["hazards"][0]["answered_by"][1], "DEPTH-002");
    let row = &json["requirements"][1];
    assert_eq!(
        (&row["id"], &row["last"]),
        (&"DEPTH-002".into(), &"passed".into())
    );
    let test = usize::try_from(row["tests"][0].as_u64().expect("a place")).expect("a place");
    assert_eq!(
        json["tests"][test]["name"],
        "depth::deeper::depth_002_warns"
    );
    let item = usize::try_from(row["code"][0].as_u64().expect("a place")).expect("a place");
    assert_eq!(json["code"][item]["name"], "CAP");
    let scenario =
        usize::try_from(row["scenarios"][0].as_u64().expect("a place")).expect("a place");
    assert_eq!(json["scenarios"][scenario]["last"], "passed");
    assert!(
        json["tree"]
            .as_str()
            .expect("a tree")
            .ends_with(" as committed")
    );
}

#[test]
fn each_gap_is_a_line_and_the_exit_code_tells() {
    let top = made_up::files("gaps");
    made_up::put(
        &top,
        "firmware/core/src/gate.rs",
        &format!(
            "/// As {UNKNOWN} wants it.\npub struct Gate;\n\
             #[cfg(test)]\n#[path = \"gate_tests.rs\"]\nmod tests;\n"
        ),
    );
    let done = report(&top);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    assert_eq!(
        err(&done),
        format!("gap: firmware/core/src/gate.rs:1: {UNKNOWN} does not exist\n")
    );
    assert!(out(&done).starts_with("4 requirements, 2 done, 1 gaps\n"));
}

#[test]
fn proof_001_a_record_of_another_tree_shows_nothing() {
    let top = made_up::files("another_tree");
    let tests = record(&top, "tests", TESTS);
    let scenarios = record(&top, "scenarios", SCENARIOS);
    let all = ["--tests", &tests, "--scenarios", &scenarios];
    assert_eq!(run(&top, &["fresh", &tests]).status.code(), Some(0));
    made_up::put(&top, "tests/lib.rs", "//! Nothing, in other words.\n");
    assert_eq!(run(&top, &["fresh", &tests]).status.code(), Some(1));
    let changed = run(&top, &all);
    assert_eq!(changed.status.code(), Some(1));
    let text = err(&changed);
    for line in [
        "gap: docs/requirements.md:5: DEPTH-001 is done, but no test of it ran and passed\n",
        "gap: docs/requirements.md:6: DEPTH-002 is done, but no test of it ran and passed\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(
        text.matches(": nothing in it counts\n").count(),
        2,
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "{text}");

    // Committed it is a tree of another name, and the old record is of neither.
    made_up::commit(&top);
    assert_eq!(run(&top, &all).status.code(), Some(1));
    // Two new files of one name and different texts are two trees.
    made_up::put(&top, "new.txt", "a\n");
    let tests = record(&top, "tests", TESTS);
    made_up::put(&top, "new.txt", "b\n");
    assert_eq!(run(&top, &["fresh", &tests]).status.code(), Some(1));
    made_up::put(&top, "new.txt", "a\n");
    assert_eq!(run(&top, &["fresh", &tests]).status.code(), Some(0));
}

#[test]
fn without_records_nothing_was_shown() {
    let top = made_up::files("without_records");
    let done = run(&top, &[]);
    assert_eq!(done.status.code(), Some(1));
    let text = err(&done);
    assert!(
        text.contains("gap: --tests: no record of tests was given\n"),
        "{text}"
    );
    assert!(
        text.contains("gap: --scenarios: no record of scenarios was given\n"),
        "{text}"
    );
    assert!(
        !text.contains("--proof"),
        "there is no table of rules: {text}"
    );
    let table = serde_json::to_string(&[made_up::rule("gate", 1, "DEPTH-001")]).expect("text");
    made_up::put(&top, "tests/proof/rules.json", &table);
    let text = err(&run(&top, &[]));
    assert!(
        text.contains("gap: --proof: no record of proofs was given\n"),
        "{text}"
    );

    let tests = record(&top, "tests", TESTS);
    let scenarios = record(&top, "scenarios", SCENARIOS);
    let proof = record(&top, "proof", &made_up::told("gate", 1, "proved"));
    let done = run(
        &top,
        &[
            "--tests",
            &tests,
            "--scenarios",
            &scenarios,
            "--proof",
            &proof,
        ],
    );
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(out(&done).contains("1 of 1 rules proved"), "{}", out(&done));
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let top = made_up::files("wrong_files");
    let refused = |arguments: &[&str], why: &str| {
        let done = run(&top, arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {}", err(&done));
        assert!(err(&done).contains(why), "{arguments:?}: {}", err(&done));
    };
    refused(&["--tests", "not/there"], "not/there: ");
    made_up::put(&top, "target/plain", TESTS);
    refused(&["--tests", "target/plain"], "target/plain is no record");
    let scenarios = record(&top, "scenarios", SCENARIOS);
    refused(
        &["--tests", &scenarios],
        "target/evidence/scenarios has no result of any test",
    );
    let tests = record(&top, "tests", TESTS);
    refused(
        &["--tests", &tests, "--scenarios", &tests],
        "target/evidence/tests has no verdict of any scenario",
    );
    refused(
        &["--proof", &tests],
        "target/evidence/tests has no result of any rule",
    );
    refused(&["--tests"], "a value is required");
    refused(&["--test", &tests], "unexpected argument '--test'");
    refused(&["record", "target/x"], "COMMAND");
    refused(
        &["record", "target/x", "--", "no-such-program"],
        "no-such-program does not start",
    );
    refused(&["draw"], "draw");
    made_up::put(&top, "target/file", "");
    refused(
        &["--tests", &tests, "--out", "target/file/below"],
        "target/file/below: ",
    );

    let text = fs::read_to_string(top.join(&tests)).expect("a record");
    let cut = text.rsplit_once("\n#").expect("an end").0.to_owned() + "\n";
    made_up::put(&top, "target/cut", &cut);
    let done = run(&top, &["--tests", "target/cut", "--scenarios", &scenarios]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        err(&done).contains("gap: target/cut: has no last line: the run was cut short\n"),
        "{}",
        err(&done)
    );
}

#[test]
fn a_folder_that_is_no_repository_is_named() {
    let top = made_up::folder("no_repository");
    let done = run(&top, &[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(
        err(&done).contains("docs/hazards.md: ") && err(&done).contains("top of the repository?"),
        "{}",
        err(&done)
    );
}

#[test]
fn a_record_has_the_exit_code_of_its_command() {
    let top = made_up::files("exit_code");
    let script = "echo said; echo and warned >&2; exit 7";
    let done = run(&top, &["record", "target/x", "--", "sh", "-c", script]);
    assert_eq!(done.status.code(), Some(7));
    assert_eq!(out(&done), "said\nand warned\n");
    let kept = fs::read_to_string(top.join("target/x")).expect("a record");
    assert!(kept.contains("\nsaid\nand warned\n"), "{kept}");
}

#[test]
fn a_tree_that_changes_while_it_is_tried_gives_no_record() {
    let top = made_up::files("changes");
    let done = run(
        &top,
        &[
            "record",
            "target/x",
            "--",
            "sh",
            "-c",
            "echo >>tests/lib.rs",
        ],
    );
    assert_eq!(done.status.code(), Some(2));
    assert!(
        err(&done).contains("the tree changed while sh ran"),
        "{}",
        err(&done)
    );
    assert_eq!(run(&top, &["fresh", "target/x"]).status.code(), Some(1));
    let report = run(&top, &["--tests", "target/x"]);
    assert!(
        err(&report).contains("gap: target/x: was made while the tree changed\n"),
        "{}",
        err(&report)
    );
}

#[test]
fn proof_001_a_record_of_what_failed_is_not_fresh() {
    let top = made_up::files("failed_record");
    for (code, is_fresh) in [("0", true), ("101", false), ("0", true)] {
        let exit = format!("exit {code}");
        let done = run(&top, &["record", "target/x", "--", "sh", "-c", &exit]);
        assert_eq!(done.status.code(), code.parse().ok());
        let fresh = run(&top, &["fresh", "target/x"]).status.code();
        assert_eq!(fresh, Some(i32::from(!is_fresh)), "{code}");
    }
}

#[test]
fn the_help_teaches() {
    let top = made_up::folder("help");
    let done = run(&top, &["--help"]);
    assert_eq!(done.status.code(), Some(0));
    let text = out(&done);
    for word in [
        "record",
        "fresh",
        "modes",
        "limits",
        "--proof",
        "Exit codes:",
        "cargo test",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
