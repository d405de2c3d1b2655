//! The reader of scenario files: what is wrong is said, with its place; what proves nothing is
//! refused; a wrong expectation fails.

use pen_sim::scenario::{Scenario, ScenarioError, run};

const HEAD: &str = r#"
title = "A pen on the desk"
what = "Nothing happens to it."
requirements = ["TEST-001"]
end_ms = 1500

[judge]
cap_um = 1000.0
"#;

const EXPECT: &str = "
[[expect]]
that = \"mode\"
at_ms = 1400
is = \"Standby\"
";

fn file(parts: &[&str]) -> String {
    [&[HEAD][..], parts].concat().concat()
}

/// Why the file is refused.
fn refused(parts: &[&str]) -> String {
    match Scenario::parse(&file(parts)) {
        Ok(_) => panic!("read without complaint: {parts:?}"),
        Err(error) => error.to_string(),
    }
}

/// What did not hold when the file was run.
fn failures(parts: &[&str]) -> Vec<String> {
    let scenario = Scenario::parse(&file(parts)).expect("a scenario");
    let verdict = run(&scenario, None).expect("a pen");
    let failed: Vec<String> = verdict
        .outcomes
        .iter()
        .filter(|outcome| !outcome.held)
        .map(|outcome| outcome.text.clone())
        .collect();
    let broken = verdict.findings.iter().any(|f| f.broken_at_us.is_some());
    let held = failed.is_empty() && !broken;
    assert_eq!(verdict.held(), held);
    failed
}

fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[test]
fn a_good_file_is_read_and_passes() {
    assert!(failures(&[EXPECT]).is_empty());
}

#[test]
fn proof_005_a_fault_that_nobody_observes_is_refused() {
    let breaks = "
[[step]]
at_ms = 100
do = \"break\"
component = \"depth_a\"
kind = \"frozen\"
";
    assert_says(
        &refused(&[breaks, EXPECT]),
        &["breaks something", "PROOF-005", "benign"],
    );
    let observed = "
[[expect]]
that = \"benign\"
why = \"at rest nothing vibrates\"
";
    assert!(Scenario::parse(&file(&[breaks, EXPECT, observed])).is_ok());
}

#[test]
fn a_file_that_expects_nothing_is_refused() {
    assert_says(&refused(&[]), &["no [[expect]]", "whatever happens"]);
    let nameless = file(&[EXPECT]).replace("[\"TEST-001\"]", "[]");
    let error = Scenario::parse(&nameless).expect_err("proves nothing");
    assert!(matches!(error, ScenarioError::Empty(_)));
    assert_says(&error.to_string(), &["`requirements` is empty"]);
}

#[test]
fn fields_that_do_not_exist_or_are_missing_are_named() {
    let unknown = file(&[EXPECT]).replace("end_ms", "colour = 1\nend_ms");
    let error = Scenario::parse(&unknown).expect_err("unknown field");
    assert_says(&error.to_string(), &["unknown field `colour`", "end_ms"]);
    let missing = file(&[EXPECT]).replace("end_ms = 1500", "");
    let error = Scenario::parse(&missing).expect_err("missing field");
    assert_says(&error.to_string(), &["missing field `end_ms`"]);
    let judge = file(&[EXPECT]).replace("cap_um", "cap");
    let error = Scenario::parse(&judge).expect_err("unknown field");
    assert_says(&error.to_string(), &["unknown field `cap`", "cap_um"]);
    let pen = refused(&["\n[pen]\nring = 3\n", EXPECT]);
    assert_says(&pen, &["unknown field `ring`", "ring_um"]);
}

#[test]
fn steps_are_refused_with_their_number_and_the_reason() {
    let good = "\n[[step]]\nat_ms = 100\ndo = \"press_trigger\"\n";
    let cases: [(&str, &[&str]); 16] = [
        ("do = \"press_trigger\"", &["`at_ms` is missing"]),
        (
            "at_ms = -5\ndo = \"press_trigger\"",
            &["`at_ms` must not be negative, but is -5"],
        ),
        (
            "at_ms = 1.5\ndo = \"press_trigger\"",
            &["`at_ms` must be a whole number, not 1.5"],
        ),
        (
            "at_ms = 1\ndo = \"fly\"",
            &["unknown variant `fly`", "press_trigger"],
        ),
        ("at_ms = 1", &["`do`"]),
        (
            "at_ms = 1\ndo = \"turn_ring\"\nto_um = 1.0\nhow = \"fast\"",
            &["unknown field `how`", "um_per_ms"],
        ),
        ("at_ms = 1\ndo = \"turn_ring\"", &["missing field `to_um`"]),
        (
            "at_ms = 1\ndo = \"load_plan\"\nplan = \"other\"",
            &["there is no [plans.other]"],
        ),
        (
            "at_ms = 1\ndo = \"break\"\ncomponent = \"depht\"\nkind = \"stuck_at\"",
            &["nothing called `depht` can be broken", "depth_a, depth_b"],
        ),
        (
            "at_ms = 1\ndo = \"break\"\ncomponent = \"hall\"\nkind = \"loose\"",
            &["`hall` has no fault `loose`", "lost"],
        ),
        (
            "at_ms = 1\ndo = \"break\"\ncomponent = \"hall\"\nkind = \"slow\"\nvalue = 11",
            &["`hall.slow` takes 2 to 10 factor, not 11"],
        ),
        (
            "at_ms = 1\ndo = \"heal\"\ncomponent = \"hall\"\nkind = \"loose\"",
            &["`hall` has no fault `loose`"],
        ),
        (
            "at_ms = 1\ndo = \"send_raw\"\nhex = \"00 1\"",
            &["`hex` has 3 digits"],
        ),
        (
            "at_ms = 1\ndo = \"send_raw\"\nhex = \"00 xy\"",
            &["`xy` is no byte"],
        ),
        (
            "at_ms = 1\ndo = \"hello\"\nlabel = 5",
            &["`label` must be text, not 5"],
        ),
        (
            "at_ms = 1\ndo = \"hello\"\nevery_ms = 5",
            &["`every_ms` and `times` go together"],
        ),
    ];
    for (step, words) in cases {
        let error = refused(&[good, "\n[[step]]\n", step, "\n", EXPECT]);
        assert_says(&error, &["[[step]] number 2: "]);
        assert_says(&error, words);
    }
}

#[test]
fn a_step_at_or_after_the_end_is_refused() {
    for at_ms in [1_500, 9_000] {
        let step = format!("\n[[step]]\nat_ms = {at_ms}\ndo = \"hello\"\n");
        let error = refused(&[&step, EXPECT]);
        assert_says(
            &error,
            &[&format!("at_ms = {at_ms} is not before end_ms = 1500")],
        );
    }
    let repeated = "\n[[step]]\nat_ms = 1400\nevery_ms = 60\ntimes = 3\ndo = \"hello\"\n";
    assert_says(&refused(&[repeated, EXPECT]), &["at_ms = 1520"]);
}

#[test]
fn expectations_are_refused_with_their_number_and_the_reason() {
    let cases: [(&str, &[&str]); 5] = [
        ("that = \"luck\"", &["unknown variant `luck`", "no_fault"]),
        (
            "that = \"mode\"\nis = \"Ready\"",
            &["missing field `at_ms`"],
        ),
        (
            "that = \"mode\"\nat_ms = 1\nis = \"Happy\"",
            &["unknown variant `Happy`", "Standby"],
        ),
        (
            "that = \"peak\"\nmax_um = 1.0\nsurely = true",
            &["unknown field `surely`"],
        ),
        (
            "that = \"done\"\nstep = \"load\"",
            &["no [[step]] has `label = \"load\"`"],
        ),
    ];
    for (expect, words) in cases {
        let error = refused(&[EXPECT, "\n[[expect]]\n", expect, "\n"]);
        assert_says(&error, &["[[expect]] number 2: "]);
        assert_says(&error, words);
    }
}

#[test]
fn plans_are_refused_with_their_name_and_the_reason() {
    let zone = "{ zone = \"Cheek\", depth_um = 500, rate_hz = 100 }";
    let many = vec![zone; 40].join(", ");
    let error = refused(&[&format!("\n[plans.big]\nzones = [{many}]\n"), EXPECT]);
    assert_says(&error, &["[plans.big]: 40 zones; a plan carries at most"]);
    let error = refused(&["\n[plans.odd]\nzones = []\nmood = 1\n", EXPECT]);
    assert_says(&error, &["unknown field `mood`"]);
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_place() {
    let error = Scenario::parse("title = ").expect_err("no TOML");
    assert!(matches!(error, ScenarioError::Syntax(_)));
    assert_says(&error.to_string(), &["line 1"]);
}

#[test]
fn a_wrong_expectation_fails_and_says_what_was_seen() {
    let plan = "
[plans.main]
zones = [{ zone = \"Cheek\", depth_um = 1000, rate_hz = 100 }]

[[step]]
at_ms = 1000
do = \"load_plan\"
plan = \"main\"
label = \"load\"
";
    let cases = [
        (
            "that = \"mode\"\nat_ms = 1400\nis = \"Treating\"",
            "Standby",
        ),
        ("that = \"fault\"\nis = \"Stalled\"\nby_ms = 1400", "None"),
        (
            "that = \"refused\"\nstep = \"load\"\nwhy = \"TooDeep\"",
            "Done",
        ),
        (
            "that = \"answered\"\nstep = \"load\"\nwith = \"Locked\"",
            "Done",
        ),
        ("that = \"unanswered\"\nstep = \"load\"", "Done"),
        ("that = \"record\"\nwith = \"Tripped\"", "0 of"),
        ("that = \"record\"\nwith = \"Booted\"\nat_most = 0", "1 of"),
        (
            "that = \"brakes\"\nfrom_ms = 500\nwithin_ms = 9.0",
            "was not driven",
        ),
        (
            "that = \"treats\"\nfrom_ms = 0\nto_ms = 1400\nmin_strokes = 1",
            "0 strokes",
        ),
        (
            "that = \"rate\"\nfrom_ms = 0\nto_ms = 1400\nhz = 100.0\npercent = 5.0",
            "100 Hz",
        ),
    ];
    for (expect, seen) in cases {
        let failed = failures(&[plan, "\n[[expect]]\n", expect, "\n"]);
        assert_eq!(failed.len(), 1, "{expect}");
        assert_says(&failed[0], &[seen]);
    }
}

#[test]
fn a_fault_or_motion_that_was_denied_fails() {
    let treat = "
[pen]
ring_um = 900.0

[plans.main]
zones = [{ zone = \"Cheek\", depth_um = 1000, rate_hz = 100 }]

[[step]]
at_ms = 50
do = \"insert\"
id = 11
kind = \"Twelve\"

[[step]]
at_ms = 300
do = \"load_plan\"
plan = \"main\"

[[step]]
at_ms = 600
do = \"press_ok\"

[[step]]
at_ms = 900
do = \"press_trigger\"

[[step]]
at_ms = 1300
do = \"break\"
component = \"motor\"
kind = \"jam\"
";
    for (expect, seen) in [
        ("that = \"no_fault\"", "Stalled"),
        ("that = \"stands\"\nfrom_ms = 900\nto_ms = 1300", "turns"),
        ("that = \"peak\"\nmax_um = 300.0", "peak at most 300"),
        (
            "that = \"fault\"\nis = \"OverDepth\"\nby_ms = 1400",
            "Stalled",
        ),
        (
            "that = \"brakes\"\nfrom_ms = 1300\nwithin_ms = 0.5",
            "within 0.5 ms",
        ),
    ] {
        let benign = "\n[[expect]]\nthat = \"record\"\nwith = \"Tripped\"\n";
        let failed = failures(&[treat, benign, "\n[[expect]]\n", expect, "\n"]);
        assert_eq!(failed.len(), 1, "{expect}: {failed:?}");
        assert_says(&failed[0], &[seen]);
    }
}

#[test]
fn proof_007_a_scenario_with_a_judge_that_is_too_strict_fails() {
    // The ring stands at 0.9 mm: judged by a cap of 0.5 mm the same treatment breaks DEPTH-002.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join("../sim/scenarios/01_treatment.toml");
    let text = std::fs::read_to_string(path).expect("the first scenario");
    let strict = text.replace("cap_um = 1000.0", "cap_um = 500.0");
    assert_ne!(text, strict);
    let scenario = Scenario::parse(&strict).expect("a scenario");
    let verdict = run(&scenario, None).expect("a pen");
    let broken: Vec<&str> = verdict
        .findings
        .iter()
        .filter(|finding| finding.broken_at_us.is_some())
        .map(|finding| finding.requirement)
        .collect();
    assert_eq!(broken, ["DEPTH-002"]);
    assert!(!verdict.held());
}
