//! What goes wrong before a pen is reached: class, exit code, and what to do, in words and in JSON.

use std::fs;

use crate::program::{Said, empty, penctl};
use crate::words::kept_run;

/// What, why and help, one line each, and nothing on standard output.
fn assert_three_lines(said: &Said) {
    assert_eq!(said.out, "", "{said:?}");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(lines.len(), 3, "{said:?}");
    assert!(lines[0].starts_with("error[PEN-E"), "{said:?}");
    assert!(lines[1].starts_with("  why: "), "{said:?}");
    assert!(lines[2].starts_with("  help: "), "{said:?}");
}

/// The same failure for a person and for a program.
fn assert_fails(arguments: &[&str], class: &str, exit: i32) -> Said {
    let said = penctl(arguments);
    assert_eq!(said.exit, Some(exit), "{said:?}");
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let json = penctl(&with_json);
    assert_eq!(json.exit, Some(exit), "{json:?}");
    assert_eq!(json.class(), class);
    let events = json.events();
    let error = events.iter().find(|event| event["event"] == "error");
    let error = error.expect("an error event");
    assert_eq!(error["class"], class);
    for field in ["code", "what", "why", "fix"] {
        assert!(error[field].is_string(), "{field}: {error}");
    }
    said
}

#[test]
fn a_port_that_does_not_exist_is_no_device() {
    for command in ["info", "status", "limits", "journal", "faults", "monitor"] {
        let said = assert_fails(&["--port", "/dev/no-such-pen", command], "no_device", 10);
        assert_three_lines(&said);
        assert!(said.err.contains("/dev/no-such-pen"), "{said:?}");
    }
}

#[test]
fn a_file_that_is_no_port_is_no_device() {
    let path = empty("no_port").join("file");
    fs::write(&path, "not a port").expect("a file");
    let path = path.to_str().expect("ASCII");
    assert_three_lines(&assert_fails(&["--port", path, "info"], "no_device", 10));
    assert_eq!(fs::read_to_string(path).expect("still there"), "not a port");
}

#[test]
fn an_address_that_nobody_listens_at_is_no_device() {
    // Port 1 of this machine: nobody listens there without being the system.
    let said = assert_fails(&["--port", "tcp:127.0.0.1:1", "info"], "no_device", 10);
    assert_three_lines(&said);
}

#[test]
fn what_cannot_be_understood_is_a_usage_error_in_json_too() {
    for arguments in [
        &["--no-such-flag"][..],
        &["fly"],
        &["status", "--period", "5"],
        &["--timeout", "0", "info"],
        &["--timeout", "soon", "info"],
        &["monitor", "--count", "0"],
        &["--port", "sim:abc", "info"],
        &["--port", "tcp:nowhere", "info"],
        &["calibrate", "--repeats", "1"],
        &["plan"],
        &["service"],
        &["service", "end-fault"],
        &["service", "end-fault", "free-fall"],
        &["service", "set-day", "22.11.2026"],
        &["service", "set-day", "2026-11-31"],
    ] {
        let said = penctl(arguments);
        assert_eq!(said.exit, Some(2), "{arguments:?}: {said:?}");
        assert_eq!(said.out, "", "{arguments:?}");
        assert!(!said.err.is_empty(), "{arguments:?}");
        let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let json = penctl(&with_json);
        assert_eq!(json.exit, Some(2), "{arguments:?}: {json:?}");
        assert_eq!(json.class(), "usage", "{arguments:?}");
    }
    kept_run("unknown_flag", &penctl(&["info", "--no-such-flag"]));
    kept_run(
        "unknown_flag_json",
        &penctl(&["info", "--no-such-flag", "--json"]),
    );
}

#[test]
fn a_plan_that_is_wrong_is_refused_with_the_place() {
    let good = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../host-tool/plans/pores.toml"
    ))
    .expect("a plan");
    let folder = empty("plans");
    let check = |name: &str, text: &str, words: &[&str]| {
        let path = folder.join(format!("{name}.toml"));
        fs::write(&path, text).expect("a plan");
        let said = assert_fails(
            &["plan", "check", path.to_str().expect("ASCII")],
            "usage",
            2,
        );
        // Each complaint begins with file, line and field; a summary follows on standard error.
        let place = format!("{}:", path.display());
        assert!(
            said.out.lines().all(|line| line.starts_with(&place)),
            "{said:?}"
        );
        for word in words {
            assert!(said.out.contains(word), "{name}, {word:?}: {said:?}");
        }
    };
    check("empty", "", &["missing field `schema`"]);
    check("no_toml", "this is = = no plan", &[":1:"]);
    let zone = good.replace("\"nose\"", "\"eyelid\"");
    assert_ne!(zone, good);
    check("zone", &zone, &["eyelid"]);
    let field = format!("colour = 1\n{good}");
    check("field", &field, &["colour"]);
    let missing = folder.join("none.toml");
    let missing = missing.to_str().expect("ASCII");
    assert_three_lines(&assert_fails(&["plan", "check", missing], "usage", 2));
}

#[test]
fn whoever_cannot_be_asked_is_told_before_the_first_measurement() {
    let folder = empty("nobody");
    let out = folder.join("calibration");
    let out = out.to_str().expect("ASCII");
    let calibrate = |more: &[&str]| {
        let all = [
            "--port",
            "sim:1",
            "calibrate",
            "--points",
            "short",
            "--out",
            out,
        ];
        penctl(&[&all[..], more].concat())
    };
    // Nobody to ask whether it may come into force.
    let said = assert_fails(
        &["--port", "sim:1", "-q", "calibrate", "--out", out],
        "usage",
        2,
    );
    assert_three_lines(&said);
    assert!(
        said.err.contains("commit") && said.err.contains("--template"),
        "{said:?}"
    );
    assert!(!std::path::Path::new(out).exists());
    // A pen that passes is left alone, with --yes too; one that is never adjusted asks nobody.
    for more in [&["--yes"][..], &["--adjust", "never"]] {
        // What was written once is never overwritten.
        empty("nobody");
        let said = calibrate(&[more, &["--json"]].concat());
        assert_eq!(said.exit, Some(0), "{more:?}: {said:?}");
        assert!(said.out.contains("\"generation\":1"), "{more:?}: {said:?}");
        assert!(!said.out.contains("committed"), "{more:?}: {said:?}");
    }
}

#[test]
fn a_file_of_answers_is_looked_at_before_anything_is_measured() {
    let folder = empty("answers");
    let template = penctl(&["calibrate", "--template", "--points", "short"]);
    assert_eq!(template.exit, Some(0), "{template:?}");
    assert!(
        template.out.contains("\ngauge due:\n") && template.out.contains("# "),
        "{template:?}"
    );
    let path = folder.join("answers.txt");
    let path = path.to_str().expect("ASCII");
    let refused = |bytes: &[u8], words: &[&str]| {
        fs::write(path, bytes).expect("a file");
        let said = assert_fails(
            &["--port", "sim:1", "calibrate", "--answers", path],
            "usage",
            2,
        );
        for word in words {
            assert!(said.err.contains(word), "{word}: {said:?}");
        }
    };
    // On a simulated pen only the commit is asked.
    refused(
        b"commit: y\ngauge serial: G1\n",
        &["nobody asks for", "gauge serial", "line 2"],
    );
    refused(b"\xef\xbb\xbf# nothing\n", &["it lacks", "commit"]);
    refused(b"commit: y\ncommit: n\n", &["line 1", "line 2", "once"]);
    refused(b"commit yes\n", &["line 1", "key: answer"]);
    let wide: Vec<u8> = "\u{feff}commit: y\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    refused(&wide, &["UTF-16", "save it again as UTF-8"]);
    refused(b"commit: \xe4\n", &["line 1", "Latin-1"]);
    // The mark alone is no obstacle.
    fs::write(path, b"\xef\xbb\xbfcommit: y\r\n").expect("a file");
    let out = folder.join("calibration");
    let out = out.to_str().expect("ASCII");
    let said = penctl(&[
        "--port",
        "sim:1",
        "calibrate",
        "--points",
        "short",
        "--answers",
        path,
        "--out",
        out,
    ]);
    assert_eq!(said.exit, Some(0), "{said:?}");
}

#[test]
fn a_question_that_nobody_can_answer_is_no_hang() {
    // Standard input is closed: every question is answered with "no answer".
    let folder = empty("no_answers");
    let out = folder.join("calibration");
    let out = out.to_str().expect("ASCII");
    let said = penctl(&["--port", "sim:1", "calibrate", "--out", out, "--json"]);
    assert_ne!(said.exit, Some(0), "{said:?}");
    said.class();
    assert!(!std::path::Path::new(out).exists(), "nothing was written");
}
