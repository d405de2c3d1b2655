//! Records of runs: what libtest and the simulator tell, and what is no evidence.

use pen_tests::evidence::code::Binary;
use pen_tests::evidence::results::{self, Outcome};

const RUN: &str = "\
   Compiling made-core v0.1.0
warning: unused
    Finished `test` profile [optimized] target(s) in 1.00s
     Running unittests src/lib.rs (target/debug/deps/made_core-0123456789abcdef)

running 3 tests
test gate::depth_001_opens ... ok
test gate::depth_002_panics - should panic ... ok
test gate::rate_001_is ... FAILED

failures:

---- gate::rate_001_is stdout ----
test result: this is what the test printed
test gate::depth_001_opens ... FAILED, it says

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running whole/main.rs (/elsewhere/debug/deps/whole-0123456789abcdef)

running 2 tests
test depth::depth_001_trips ... ok
test depth::depth_003_waits ... ignored, no hardware

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests made_core

running 1 test
test firmware/core/src/lib.rs - cap (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

";

fn key(program: &str, root: &str, name: &str) -> (Binary, String) {
    let binary = Binary {
        program: program.to_owned(),
        root: root.to_owned(),
    };
    (binary, name.to_owned())
}

#[test]
fn what_libtest_tells_is_read() {
    let run = RUN.replace("test result: this is what the test printed\n", "");
    let found = results::tests(&run).expect("results");
    let of = |name: &str| key("made_core", "src/lib.rs", name);
    let expected = [
        (of("gate::depth_001_opens"), Outcome::Passed),
        (of("gate::depth_002_panics"), Outcome::Passed),
        (of("gate::rate_001_is"), Outcome::Failed),
        (
            key("whole", "whole/main.rs", "depth::depth_001_trips"),
            Outcome::Passed,
        ),
        (
            key("whole", "whole/main.rs", "depth::depth_003_waits"),
            Outcome::NotRun,
        ),
    ];
    assert_eq!(found, expected.into_iter().collect());
}

#[test]
fn lines_between_results_that_hide_one_are_noticed() {
    let hidden = RUN
        .replace("test result: this is what the test printed\n", "")
        .replace(
            "test gate::depth_001_opens ... ok",
            "test gate::depth_001_opens ... a word of a child process",
        );
    let why = results::tests(&hidden).expect_err("refused");
    assert!(
        why.starts_with("made_core (src/lib.rs): 2 lines of results, but the sum is "),
        "{why}"
    );
    let why = results::tests(RUN).expect_err("a sum that is none");
    assert!(why.contains("this is what the test printed"), "{why}");
    assert!(results::tests("Finished\n").is_err());
}

#[test]
fn what_the_simulator_tells_is_read() {
    let line = |file: &str, passed: bool| {
        format!("{{\"file\":\"{file}\",\"title\":\"x\",\"seed\":1,\"passed\":{passed}}}\n")
    };
    let text = "   Compiling pen-sim\n".to_owned()
        + &line("sim/scenarios/01_a.toml", true)
        + &line("sim/scenarios/02_b.toml", true)
        + &line("sim/scenarios/02_b.toml", false)
        + &line("sim/scenarios/02_b.toml", true);
    let found = results::scenarios(&text).expect("results");
    assert_eq!(found["01_a.toml"], Outcome::Passed);
    assert_eq!(
        found["02_b.toml"],
        Outcome::Failed,
        "one pen of three failed"
    );
    assert!(results::scenarios("51 passed, 0 failed\n").is_err());
    let why = results::scenarios("{\"file\":\"x\"}\n").expect_err("no verdict");
    assert!(why.contains("passed"), "{why}");
}

#[test]
fn a_record_names_its_tree_and_has_an_end() {
    let whole =
        "# traceability: tree 0123 as committed\na\nb\n\n# traceability: ended with 0, same tree\n";
    let record = results::open(whole).expect("a record");
    assert_eq!(record.tree, "0123 as committed");
    assert_eq!((record.code, record.text.as_str()), (0, "a\nb\n\n"));
    let failed = results::open(&whole.replace("with 0", "with 101"));
    assert_eq!(failed.map(|it| it.code), Ok(101));

    let refused = |text: &str| results::open(text).expect_err("refused");
    assert!(refused("test a ... ok\n").starts_with("is no record"));
    assert!(refused("").starts_with("is no record"));
    let cut = whole.rsplit_once("# traceability").expect("an end").0;
    assert_eq!(refused(cut), "has no last line: the run was cut short");
    let first = whole.lines().next().expect("a line");
    assert!(
        results::open(first).is_err(),
        "the first line is not the last"
    );
    assert_eq!(
        refused(&whole.replace("same tree", "tree changed")),
        "was made while the tree changed"
    );
    for other in [
        "ended, same tree",
        "ended with 256, same tree",
        "ended with 0, no tree",
    ] {
        let why = refused(&whole.replace("ended with 0, same tree", other));
        assert_eq!(why, format!("ends with {other:?}, which no record does"));
    }
}
