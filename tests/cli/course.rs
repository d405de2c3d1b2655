//! A course of treatment, from the plan to what was seen afterwards: at the program.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Said, empty, penctl};
use crate::service::at_hand;
use crate::session::Pen;

fn event(said: &Said, name: &str) -> Value {
    let events = said.events();
    let found = events.iter().find(|event| event["event"] == name);
    found
        .unwrap_or_else(|| panic!("no {name}: {said:?}"))
        .clone()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("ASCII")
}

/// A plan for the nose, begun from an indication.
fn new_plan(file: &Path, more: &[&str]) -> Said {
    let all = [
        &[
            "plan",
            "new",
            text(file),
            "--indication",
            "pores",
            "--class",
            "professional",
            "--zones",
            "nose",
            "--area",
            "nose=12",
            "--skin",
            "thick",
            "--id",
            "77",
            "--operator",
            "7",
            "--token",
            "7c1e-90af",
            "--all-no",
        ],
        more,
    ];
    penctl(&all.concat())
}

/// Treats for some seconds; the last time the ring is turned too deep.
fn treat(pen: &mut Pen) {
    for order in ["ring 400", "wait 800", "ok press", "wait 800", "truth"] {
        pen.sim.types(order);
    }
    pen.sim.line_with("firmware says Ready");
    for order in [
        "gap 0",
        "wait 300",
        "trigger press",
        "wait 2000",
        "trigger release",
        "wait 1500",
        "next press",
        "wait 600",
        "ok press",
        "wait 800",
        "trigger press",
        "wait 1500",
        "ring 900",
        "wait 800",
        "trigger release",
        "wait 1200",
        "truth",
    ] {
        pen.sim.types(order);
    }
    pen.sim.line_with("firmware says Faulted");
    // Only a cause that is gone can be acknowledged.
    for order in ["ring 400", "wait 800", "gauge"] {
        pen.sim.types(order);
    }
    pen.sim.line_with("gauge");
}

/// What is proposed for the nose.
fn dense(written: &Value) {
    // 3 passes of 12 needles at 60 Hz, at 1 cm2 a second: over the 300 of the source, and told.
    let zone = &written["zones"][0];
    assert_eq!(
        (&zone["punctures_per_cm2"], &zone["is_dense"]),
        (&Value::from(2_160), &Value::from(true))
    );
    assert_eq!(
        (&zone["time_s"], &zone["timed_cm2"]),
        (&Value::from(36), &Value::from(12))
    );
    let dense = written["dense"].as_str().expect("a text");
    assert!(
        dense.contains("aims at 250 to 300/cm2 (PRIME 2015)"),
        "{dense}"
    );
}

#[test]
fn a_course_from_the_plan_to_what_was_seen_afterwards() {
    let folder = empty("course_files");
    let plan = folder.join("p.toml");
    let made = new_plan(&plan, &["--json"]);
    assert_eq!(made.class(), "ok", "{made:?}");
    let written = event(&made, "plan_written");
    assert_eq!(written["zones"][0]["depth_um"], 500);
    assert_eq!(written["interval_days"], 21);
    dense(&written);
    let again = new_plan(&plan, &[]);
    assert_eq!(again.exit, Some(50), "{again:?}");
    assert!(again.err.contains("error[PEN-E060]"), "{again:?}");

    let mut pen = at_hand("course");
    let checked = pen.penctl(&["plan", "check", text(&plan), "--on-pen", "--json"]);
    assert_eq!(checked.class(), "ok", "{checked:?}");
    let loaded = pen.penctl(&["plan", "load", text(&plan), "--json"]);
    assert_eq!(loaded.class(), "ok", "{loaded:?}");
    treat(&mut pen);
    assert_eq!(
        pen.penctl(&["faults", "--acknowledge", "--json"]).class(),
        "ok"
    );

    let store = folder.join("r.db");
    let store = text(&store);
    let report = [
        "session",
        "report",
        "--plan",
        text(&plan),
        "--store",
        store,
        "--json",
    ];
    // What is open is reported as open, and not kept.
    let open = pen.penctl(&[&report[..], &["--keep"]].concat());
    assert_eq!(
        (open.class().as_str(), open.exit),
        ("usage", Some(2)),
        "{open:?}"
    );
    assert!(open.out.contains("penctl session end"), "{open:?}");
    assert!(!Path::new(store).exists());
    assert_eq!(pen.penctl(&["session", "end", "--json"]).class(), "ok");

    let page = folder.join("s.html");
    let kept = pen.penctl(
        &[
            &report[..],
            &["--keep", "--day", "2026-11-22", "--html", text(&page)],
        ]
        .concat(),
    );
    assert_eq!(kept.class(), "ok", "{kept:?}");
    told(&event(&kept, "session"));
    let html = fs::read_to_string(&page).expect("a page");
    for words in [
        "SIMULATED PEN",
        "After the treatment",
        "2026-12-13",
        "over-depth",
        "could not be compared with all of the journal",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("Nothing is known to be missing"), "{html}");
    let over = pen.penctl(&["session", "report", "--html", text(&page), "--store", store]);
    assert_eq!(over.exit, Some(50), "{over:?}");

    let serial = event(&kept, "session")["pen"]
        .as_str()
        .expect("a number")
        .to_owned();
    after(&pen, &folder, store, &serial, &report);
}

/// What the journal tells of the session.
fn told(it: &Value) {
    assert_eq!(it["simulated"], true);
    assert_eq!(it["next"]["day"], "2026-12-13");
    assert_eq!(it["breaks"], serde_json::json!([]));
    assert_eq!(it["of_this_pen"], serde_json::json!([true, true]));
    // What only the plan's file says.
    let untold = it["plan_untold"].as_array().expect("a list");
    assert!(
        untold
            .iter()
            .any(|it| it == "the course is not in the journal (pores, 3 sessions, 21 days apart)"),
        "{untold:?}"
    );
    let session = &it["session"];
    assert_eq!(
        (&session["plan"], &session["is_closed"]),
        (&Value::from(77), &Value::from(true))
    );
    let zone = &session["zones"][0];
    assert_eq!(
        (&zone["zone"], &zone["cap_um"]),
        (&Value::from("nose"), &Value::from(500))
    );
    assert_eq!(
        (&zone["activations"], &zone["untold"]),
        (&Value::from(2), &Value::from(1))
    );
    // The strokes before the trip are the rest of what the pen counted.
    assert_eq!(zone["strokes"], session["strokes"]);
    assert_eq!(session["strokes"]["is_least"], false);
    let trips = session["events"].as_array().expect("a list").iter();
    assert_eq!(
        trips.filter(|it| it["kind"] == "trip").count(),
        1,
        "{session}"
    );
    assert_eq!(session["unknown"], serde_json::json!([]));
}

/// Observation, history, and the same journal as a file.
fn after(pen: &Pen, folder: &Path, store: &str, serial: &str, report: &[&str]) {
    let observe = |more: &[&str]| {
        let all = [
            &[
                "observe",
                "sign",
                "--pen",
                serial,
                "--session",
                "1",
                "--zone",
                "nose",
                "--store",
                store,
            ],
            more,
        ];
        penctl(&all.concat())
    };
    let seen = observe(&["--days", "2", "--sign", "redness", "--grade", "1", "--json"]);
    assert_eq!(seen.class(), "ok", "{seen:?}");
    let wrong = observe(&["--days", "2", "--sign", "redness", "--grade", "9"]);
    assert_eq!(wrong.exit, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("allowed is 0 to 4"), "{wrong:?}");
    let missing = observe(&["--days", "2"]);
    assert!(missing.err.contains("no --sign, no --grade"), "{missing:?}");

    let history = penctl(&["history", serial, "--store", store, "--json"]);
    assert_eq!(history.class(), "ok", "{history:?}");
    let session = event(&history, "session");
    assert_eq!(
        (&session["trips"], &session["session"]["number"]),
        (&Value::from(1), &Value::from("1"))
    );
    assert_eq!(session["seen"]["observations"][0]["sign"], "redness");
    let audit = penctl(&["audit", "verify", "--store", store]);
    assert_eq!(audit.exit, Some(0), "{audit:?}");
    // The report has it from now on.
    let worse = observe(&["--days", "2", "--sign", "redness", "--grade", "2", "--json"]);
    assert_eq!(worse.class(), "ok", "{worse:?}");
    // A day ahead, a pen that nobody keeps.
    let ahead = observe(&["--days", "3650", "--sign", "redness", "--grade", "1"]);
    assert_eq!(ahead.exit, Some(2), "{ahead:?}");
    assert!(ahead.err.contains("is after today"), "{ahead:?}");
    reported(pen, store, serial, report);
    not_the_plan(pen, folder, report);
    of_file(pen, folder, store, serial);
}

/// The report of a session of which the records say more by now.
fn reported(pen: &Pen, store: &str, serial: &str, report: &[&str]) {
    let again = event(
        &pen.penctl(&[report, &["--day", "2026-11-22"]].concat()),
        "session",
    );
    let grades = |list: &str| {
        again["seen"][list]
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| it["grade"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(grades("observations"), [Value::from(2)]);
    assert_eq!(grades("replaced"), [Value::from(1)]);
    // The day that is kept is the day; another one is refused with it.
    let other = pen.penctl(&[report, &["--day", "2026-11-23"]].concat());
    assert_eq!(other.exit, Some(2), "{other:?}");
    assert!(
        other.out.contains("is kept in the records, of 2026-11-22"),
        "{other:?}"
    );
    let nobody = penctl(&[
        "observe",
        "sign",
        "--pen",
        "43",
        "--session",
        "1",
        "--zone",
        "nose",
        "--days",
        "2",
        "--sign",
        "redness",
        "--grade",
        "1",
        "--store",
        store,
    ]);
    assert_eq!(nobody.exit, Some(2), "{nobody:?}");
    let known = format!("pen 000043 is not in the records, they know {serial};");
    assert!(nobody.err.contains(&known), "{nobody:?}");
}

/// A file that has the session's number and is not the plan that the pen followed.
fn not_the_plan(pen: &Pen, folder: &Path, report: &[&str]) {
    let plan = folder.join("p.toml");
    let good = fs::read_to_string(&plan).expect("a plan");
    let other = folder.join("other.toml");
    for (from, to, words) in [
        (
            "operator = 7",
            "operator = 8",
            "operator: the file says 8, the journal 7",
        ),
        (
            "7c1e-90af",
            "7c1e-90ae",
            "token: the file says 7c1e90ae, the journal 7c1e90af",
        ),
        (
            "depth_um = 500",
            "depth_um = 499",
            "nose: the file says 0.499 mm",
        ),
        (
            "zone = \"nose\"",
            "zone = \"forehead\"",
            "the file has no zone nose",
        ),
    ] {
        assert!(good.contains(from), "{from}: {good}");
        fs::write(&other, good.replace(from, to)).expect("a file");
        let arguments: Vec<&str> = report
            .iter()
            .map(|it| if *it == text(&plan) { text(&other) } else { it })
            .collect();
        let said = pen.penctl(&arguments);
        assert_eq!(said.exit, Some(2), "{from}: {said:?}");
        assert!(
            said.out.contains("the file is not the plan of session 1"),
            "{said:?}"
        );
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
}

/// The same journal from a file: whole, another pen's, nobody's.
fn of_file(pen: &Pen, folder: &Path, store: &str, serial: &str) {
    let file = folder.join("j.jsonl");
    assert_eq!(pen.penctl(&["journal", "--out", text(&file)]).exit, Some(0));
    let of_file = |more: &[&str]| {
        penctl(
            &[
                &[
                    "session",
                    "report",
                    "--journal",
                    text(&file),
                    "--store",
                    store,
                    "--json",
                ],
                more,
            ]
            .concat(),
        )
    };
    let whole = event(&of_file(&["--pen", serial]), "session");
    assert_eq!(whole["of_this_pen"], serde_json::json!([true, true]));
    assert_eq!(
        (&whole["day"], &whole["simulated"]),
        (&Value::from("2026-11-22"), &Value::from(true))
    );
    // What would act on a terminal shows itself, in the file too.
    let template = folder.join("escape.txt");
    fs::write(&template, "# A\n\u{1b}[2J{{day}}\u{9b}31m\n").expect("a file");
    let sheet = folder.join("s.txt");
    let written = of_file(&[
        "--pen",
        serial,
        "--aftercare",
        text(&template),
        "--text",
        text(&sheet),
    ]);
    assert_eq!(written.class(), "ok", "{written:?}");
    let sheet = fs::read_to_string(&sheet).expect("a sheet");
    assert!(sheet.contains("\\u{1b}[2J2026-11-22\\u{9b}31m"), "{sheet}");
    assert!(
        !sheet.chars().any(|it| it.is_control() && it != '\n'),
        "{sheet:?}"
    );
    let other = event(&of_file(&["--pen", "43"]), "session");
    assert_eq!(other["of_this_pen"], serde_json::json!([false, false]));
    let keep = of_file(&["--pen", "43", "--keep", "--day", "2026-11-22"]);
    assert_eq!(keep.exit, Some(2), "{keep:?}");
    assert!(
        keep.out.contains("does not begin with that pen"),
        "{keep:?}"
    );
    let nobody = of_file(&["--keep", "--day", "2026-11-22"]);
    assert!(nobody.out.contains("add --pen SERIAL"), "{nobody:?}");
}

#[test]
fn what_session_and_plan_new_cannot_do_is_told_with_what_they_can() {
    let folder = empty("course_wrong");
    let template = folder.join("a.txt");
    let aftercare = penctl(&["session", "aftercare", "--out", text(&template)]);
    assert_eq!(aftercare.exit, Some(0), "{aftercare:?}");
    fs::write(&template, "# A\n{{name}}\n").expect("a file");
    let journal = folder.join("j.jsonl");
    fs::write(&journal, "{\"kind\":\"pen\"}\n").expect("a file");
    let plan = folder.join("p.toml");
    for (arguments, words) in [
        (
            vec!["plan", "new", text(&plan), "--indication", "acne"],
            "pores, scars, wrinkles",
        ),
        (
            vec!["plan", "new", text(&plan), "--indication", "pores"],
            "no --class, no --id",
        ),
        (
            vec!["plan", "new", text(&plan), "--zones", "eyelid"],
            "forehead, glabella, nose",
        ),
        (
            vec!["session", "report", "--day", "22.11.2026"],
            "YYYY-MM-DD",
        ),
        (
            vec!["session", "report", "--day", "2099-01-01"],
            "it is after today",
        ),
        (
            vec!["session", "report", "--aftercare", text(&template)],
            "`name` is not known in braces",
        ),
        (
            vec!["session", "report", "--journal", text(&journal)],
            "line 1 is no record of a journal",
        ),
        (
            vec![
                "session",
                "report",
                "--journal",
                text(&journal),
                "--pen",
                "x",
            ],
            "is no serial number",
        ),
        (
            vec!["session", "report", "--port", "sim:1"],
            "the journal tells of none",
        ),
        (
            vec!["session", "report", "--port", "sim:1", "--session", "4"],
            "the journal tells of none",
        ),
        (vec!["observe", "sign"], "no --pen, no --session"),
        (
            vec!["observe", "adverse-event"],
            "no --pen, no --session (or --session none)",
        ),
    ] {
        let said = penctl(&arguments);
        assert_eq!(said.exit, Some(2), "{arguments:?}: {said:?}");
        assert!(said.err.contains(words), "{arguments:?}: {said:?}");
    }
    assert!(!plan.exists());
}

#[test]
fn a_plan_that_has_no_place_is_told_before_anything_is_asked() {
    let folder = empty("course_place");
    let plan = folder.join("none/p.toml");
    // Nothing else is given: the place is what is told.
    let said = penctl(&["plan", "new", text(&plan)]);
    assert_eq!(said.exit, Some(50), "{said:?}");
    for words in [
        "error[PEN-E050]",
        "p.toml was not written",
        "make the folder first",
    ] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    assert!(
        !said.err.contains("--store") && !said.err.contains("--out"),
        "{said:?}"
    );
    let there = folder.join("p.toml");
    fs::write(&there, "mine").expect("a file");
    let said = new_plan(&there, &[]);
    assert!(said.err.contains("name another FILE"), "{said:?}");
    assert_eq!(fs::read_to_string(&there).expect("a file"), "mine");
}

#[test]
fn a_plan_is_checked_against_the_pen_and_refused_by_the_source_that_binds_there() {
    let folder = empty("course_on_pen");
    let file = folder.join("p.toml");
    let good = include_str!("../../host-tool/plans/stretch_marks.toml");
    assert!(good.contains("depth_um = 1800"), "{good}");
    // The simulated pen's own profile ends at 2.4 mm, 0.1 mm before every limit of the class.
    let check = |depth: &str, on_pen: &[&str]| {
        fs::write(&file, good.replace("depth_um = 1800", depth)).expect("a file");
        let all = [
            &["--port", "sim:7", "plan", "check", text(&file), "--json"],
            on_pen,
        ];
        penctl(&all.concat())
    };
    let fits = check("depth_um = 2400", &["--on-pen"]);
    assert_eq!(fits.class(), "ok", "{fits:?}");
    let without = check("depth_um = 2401", &[]);
    assert_eq!(without.class(), "ok", "the class allows it: {without:?}");
    let refused = check("depth_um = 2401", &["--on-pen"]);
    assert_eq!(
        (refused.class().as_str(), refused.exit),
        ("usage", Some(2)),
        "{refused:?}"
    );
    let finding = event(&refused, "finding");
    assert_eq!(finding["field"], "zones[1].depth_um (stretch_mark)");
    let problem = finding["problem"].as_str().expect("a text");
    assert!(
        problem.contains("asked 2.401 mm") && problem.contains("2.400 mm"),
        "{problem}"
    );
    assert!(problem.contains("device profile"), "{problem}");
    // Made for another class than the pen is.
    let home = penctl(&[
        "--port",
        "sim:7",
        "plan",
        "check",
        "host-tool/plans/home_care.toml",
        "--on-pen",
    ]);
    assert_eq!(home.exit, Some(2), "{home:?}");
    assert!(
        home.out
            .contains("the plan is for a home device, and this pen is a professional one"),
        "{home:?}"
    );
    // Without a pen there is nothing to check against.
    let nobody = penctl(&["--port", "./none", "plan", "check", text(&file), "--on-pen"]);
    assert_eq!(nobody.exit, Some(10), "{nobody:?}");
}

#[test]
fn a_session_that_is_closed_without_its_plan_says_so() {
    let folder = empty("course_forgotten");
    let plan = folder.join("p.toml");
    assert_eq!(new_plan(&plan, &["--json"]).class(), "ok");
    let mut pen = at_hand("course_forgotten_pen");
    assert_eq!(
        pen.penctl(&["plan", "load", text(&plan), "--json"]).class(),
        "ok"
    );
    for order in ["ring 400", "wait 800", "ok press", "wait 800", "truth"] {
        pen.sim.types(order);
    }
    pen.sim.line_with("firmware says Ready");
    // Memory is lost, and with it the plan; the session is not.
    for order in ["reset", "wait 3000", "truth"] {
        pen.sim.types(order);
    }
    pen.sim.line_with("firmware says");
    let ended = pen.penctl(&["session", "end", "--json"]);
    assert_eq!(ended.class(), "ok", "{ended:?}");
    let event = event(&ended, "session_ended");
    assert_eq!(
        (&event["session"], &event["plan"]),
        (&Value::from(1), &Value::from(77)),
        "{ended:?}"
    );
    assert_eq!(event["plan_in_pen"], false);
    assert!(
        ended
            .err
            .contains("no longer has the plan of session 1, its journal says plan 77"),
        "{ended:?}"
    );
}

#[test]
fn a_home_device_gets_no_plan_beyond_its_class() {
    let plan = empty("course_home").join("p.toml");
    let home = penctl(&[
        "plan",
        "new",
        text(&plan),
        "--indication",
        "scars",
        "--class",
        "home",
        "--id",
        "1",
        "--operator",
        "7",
        "--token",
        "1",
        "--all-no",
    ]);
    assert!(
        home.err
            .contains("nothing of scars is left for a home device"),
        "{home:?}"
    );
    assert!(home.err.contains("allows at most 0.300 mm"), "{home:?}");
    assert!(!plan.exists());
}
