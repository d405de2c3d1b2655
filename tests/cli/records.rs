//! What is kept of calibrations, and how it is looked at.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Said, empty, penctl};

/// `penctl` with a store.
fn with(store: &Path, arguments: &[&str]) -> Said {
    let store = store.to_str().expect("ASCII");
    let all: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["--store", store])
        .collect();
    penctl(&all)
}

/// Ended as it should, with these events.
fn events(said: &Said, name: &str) -> Vec<Value> {
    assert_eq!(said.class(), "ok", "{said:?}");
    let mut events = said.events();
    events.retain(|event| event["event"] == name);
    events
}

/// Failed with this code and exit code.
fn fails(said: &Said, code: &str, exit: i32) {
    assert_eq!(said.exit, Some(exit), "{said:?}");
    assert!(said.err.contains(&format!("error[{code}]")), "{said:?}");
}

/// Digest of the newest record.
fn head(store: &Path) -> Value {
    let said = with(store, &["store", "info", "--json"]);
    events(&said, "store").remove(0)["digest"].clone()
}

fn calibrate(store: &Path, out: &Path) -> Said {
    let out = out.to_str().expect("ASCII");
    with(
        store,
        &[
            "--port",
            "sim:5",
            "--yes",
            "--json",
            "calibrate",
            "--adjust",
            "always",
            "--out",
            out,
        ],
    )
}

#[test]
fn a_calibration_is_kept_shown_and_never_written_over() {
    let folder = empty("records");
    let store = folder.join("a.db");
    let mut certificates = Vec::new();
    for number in 1..=2 {
        let said = calibrate(&store, &folder.join(number.to_string()));
        let done = events(&said, "calibrated").remove(0);
        certificates.push(done["certificate"].as_str().expect("a number").to_owned());
    }
    assert_ne!(certificates[0], certificates[1]);
    let page = folder.join("1").join("calibration.html");
    let issued = fs::read_to_string(&page).expect("a page");
    assert!(issued.contains(&certificates[0]));

    // The same folder again: refused before anything is asked or begun.
    let before = head(&store);
    let again = calibrate(&store, &folder.join("1"));
    assert_eq!(
        (again.exit, again.class().as_str()),
        (Some(50), "record_store")
    );
    assert!(!again.out.contains("\"step\""), "{again:?}");
    assert_eq!(fs::read_to_string(&page).expect("a page"), issued);
    assert_eq!(head(&store), before);

    let due = with(&store, &["due", "--json"]);
    let due = events(&due, "due");
    assert_eq!((due.len(), &due[0]["state"]), (1, &Value::from("fine")));
    assert_eq!(due[0]["simulated"], true);
    let pen = due[0]["number"]
        .as_str()
        .expect("a serial number")
        .to_owned();
    let history = with(&store, &["history", &pen, "--json"]);
    assert_eq!(events(&history, "calibration").len(), 2);
    let html = folder.join("history.html");
    let html_text = html.to_str().expect("ASCII");
    let drawn = with(&store, &["history", &pen, "--html", html_text]);
    assert_eq!(drawn.exit, Some(0), "{drawn:?}");
    assert!(
        fs::read_to_string(&html)
            .expect("a page")
            .contains("SIMULATED PEN")
    );
    fails(
        &with(&store, &["history", &pen, "--html", html_text]),
        "PEN-E060",
        50,
    );

    // The page of a certificate is what was issued, letter by letter.
    let exported = with(&store, &["export", "--certificate", &certificates[0]]);
    assert_eq!(exported.out, issued);
    let data = fs::read_to_string(folder.join("1").join("calibration.json")).expect("data");
    let number = certificates[0].as_str();
    let exported = with(
        &store,
        &["export", "--certificate", number, "--format", "json"],
    );
    assert_eq!(exported.out, data);
    for (format, words) in [("csv", "html, json and pdf"), ("pdf", "--out FILE")] {
        let refused = with(
            &store,
            &["export", "--certificate", number, "--format", format],
        );
        assert!(refused.err.contains(words), "{refused:?}");
        fails(&refused, "PEN-E002", 2);
    }
}

#[test]
fn a_certificate_says_who_calibrated_for_whom_and_no_interval_unless_agreed() {
    let folder = empty("records_headed");
    let store = folder.join("a.db");
    let config = folder.join("config.toml");
    let text = "[laboratory]\nname = \"Bench\"\naddress = \"1 Gauge Street\"\n\
                [customer]\nname = \"Clinic North\"\n";
    fs::write(&config, text).expect("a file");
    let made = |out: &str, more: &[&str]| -> Value {
        let out = folder.join(out);
        let mut arguments = vec![
            "--config",
            config.to_str().expect("ASCII"),
            "--port",
            "sim:5",
            "--yes",
            "calibrate",
            "--condition",
            "ring stiff",
            "--out",
            out.to_str().expect("ASCII"),
        ];
        arguments.extend(more);
        let said = with(&store, &arguments);
        assert!(matches!(said.exit, Some(0 | 3)), "{said:?}");
        let data = fs::read_to_string(out.join("calibration.json")).expect("data");
        serde_json::from_str::<Value>(&data).expect("JSON")["report"].take()
    };
    let first = made("1", &[]);
    assert_eq!(first["laboratory"]["address"], "1 Gauge Street");
    assert_eq!(first["customer"]["name"], "Clinic North");
    assert_eq!(first["item"]["condition"], "ring stiff");
    assert_eq!(first["next_due"], Value::Null);
    assert_eq!(first["history"].as_array().map(Vec::len), Some(1));
    assert!(first["raw"]["found_depth"][0]["deepening"][2].is_object());
    let page = fs::read_to_string(folder.join("1").join("calibration.html")).expect("a page");
    assert!(page.contains("<h1 class=\"\">Calibration certificate</h1>"));
    assert!(!page.contains("Due"), "no interval is stated");

    let second = made("2", &["--customer", "Clinic South", "--interval-agreed"]);
    assert_eq!(second["customer"]["name"], "Clinic South");
    assert!(second["next_due"].is_string());
    assert_eq!(second["history"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["history"][0]["certificate"], first["id"]);
    let page = fs::read_to_string(folder.join("2").join("calibration.html")).expect("a page");
    assert!(page.contains("Next due, as agreed with the customer"));

    let late = with(
        &store,
        &[
            "--port",
            "sim:5",
            "--yes",
            "calibrate",
            "--received",
            "2199-01-01",
        ],
    );
    assert!(late.err.contains("not after today"), "{late:?}");
    fails(&late, "PEN-E002", 2);
}

#[test]
fn a_copy_is_the_same_and_a_backup_is_a_store() {
    let folder = empty("records_copied");
    let store = folder.join("a.db");
    assert_eq!(calibrate(&store, &folder.join("1")).class(), "ok");
    let before = head(&store);
    let all = folder.join("all.jsonl");
    let all = all.to_str().expect("ASCII");
    assert_eq!(with(&store, &["export", "--out", all]).exit, Some(0));
    let copy = folder.join("b.db");
    assert_eq!(with(&copy, &["import", all]).exit, Some(0));
    assert_eq!(head(&copy), before);
    let backup = folder.join("c.db");
    let backup_text = backup.to_str().expect("ASCII");
    assert_eq!(with(&store, &["backup", backup_text]).exit, Some(0));
    assert_eq!(head(&backup), before);
    fails(&with(&store, &["backup", backup_text]), "PEN-E060", 50);

    let digest = before.as_str().expect("a digest");
    let verify = with(&copy, &["audit", "verify", "--digest", digest]);
    assert_eq!(verify.exit, Some(0), "{verify:?}");
    let foreign = "0".repeat(64);
    fails(
        &with(&copy, &["audit", "verify", "--digest", &foreign]),
        "PEN-E051",
        50,
    );
    // A store whose records were copied is not taken over by those of another one.
    let other = folder.join("d.db");
    assert_eq!(calibrate(&other, &folder.join("2")).class(), "ok");
    fails(&with(&other, &["import", all]), "PEN-E002", 2);
}

#[test]
fn what_cannot_be_kept_is_told_before_anything_is_asked() {
    let folder = empty("records_refused");
    let foreign = folder.join("foreign.db");
    fs::write(
        &foreign,
        "not a database, but long enough to be looked at. ".repeat(100),
    )
    .expect("a file");
    let out = folder.join("out");
    let said = calibrate(&foreign, &out);
    assert_eq!(
        (said.exit, said.class().as_str()),
        (Some(50), "record_store")
    );
    assert!(
        said.out.contains("PEN-E056") && !said.out.contains("\"step\""),
        "{said:?}"
    );
    if cfg!(target_os = "linux") {
        let said = calibrate(Path::new("/sys/records.db"), &out);
        assert!(
            said.out.contains("PEN-E054") && !said.out.contains("\"step\""),
            "{said:?}"
        );
        let said = calibrate(&folder.join("a.db"), Path::new("/sys/out"));
        assert!(
            said.out.contains("PEN-E054") && !said.out.contains("\"step\""),
            "{said:?}"
        );
        assert_eq!(said.exit, Some(50));
    }
    assert!(!out.exists());
}

#[test]
fn looking_makes_nothing_and_names_what_is_missing() {
    let folder = empty("records_missing");
    let store = folder.join("none.db");
    for arguments in [
        &["due"][..],
        &["history", "42"],
        &["export"],
        &["store", "info"],
        &["audit", "verify"],
        &["backup", "copy.db"],
    ] {
        fails(&with(&store, arguments), "PEN-E057", 50);
        assert!(!store.exists());
    }
    let register = folder.join("people.jsonl");
    fs::write(
        &register,
        "{\"kind\":\"operator\",\"number\":7,\"name\":\"A. Person\"}\n",
    )
    .expect("a file");
    let register = register.to_str().expect("ASCII");
    for counts in ["1 new records, 0", "0 new records, 1"] {
        let said = with(&store, &["import", register]);
        assert!(said.out.contains(counts), "{said:?}");
    }
    fails(&with(&store, &["history", "42"]), "PEN-E059", 2);
    fails(
        &with(&store, &["history", "42", "--run", "9"]),
        "PEN-E059",
        2,
    );
    fails(
        &with(&store, &["export", "--certificate", "CAL-1"]),
        "PEN-E059",
        2,
    );
    fails(&with(&store, &["export", "--format", "csv"]), "PEN-E002", 2);
    fails(
        &with(&store, &["import", "/dev/no-such-file"]),
        "PEN-E006",
        2,
    );
    for wrong in ["mysql://h/d", ""] {
        assert_eq!(penctl(&["due", "--store", wrong]).exit, Some(2));
    }
}

#[test]
fn an_event_of_any_pen_is_kept_and_no_day_ahead_is() {
    let folder = empty("records_events");
    let store = folder.join("r.db");
    let event = |day: &str, session: &str| {
        let line = format!(
            "observe adverse-event --pen 42 --session {session} --number A-1 --day {day} --event burn \
             --serious yes --device yes --outcome recovered --json"
        );
        with(&store, &line.split_whitespace().collect::<Vec<_>>())
    };
    assert_eq!(event("2026-11-22", "1").exit, Some(2));
    let kept = event("2026-11-22", "none");
    let told = events(&kept, "observed").remove(0);
    assert_eq!(
        told["doubts"].as_array().expect("a list").len(),
        1,
        "{told}"
    );
    assert!(
        kept.err
            .contains("warning: pen 000042 is not in the records"),
        "{kept:?}"
    );

    let file = folder.join("events.jsonl");
    let line = |day: &str| {
        format!(
            "{{\"kind\":\"adverse_event\",\"pen\":\"42\",\"number\":\"A-2\",\"day\":\"{day}\",\"event\":\"pain\",\
             \"device\":\"no\",\"outcome\":\"recovered\"}}\n"
        )
    };
    let name = file.to_str().expect("ASCII");
    fs::write(&file, line("2099-01-01")).expect("a file");
    let before = head(&store);
    let refused = with(&store, &["import", name]);
    assert_eq!(refused.exit, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("2099-01-01 is after today"),
        "{refused:?}"
    );
    assert_eq!(head(&store), before);
    fs::write(&file, line("2026-11-22")).expect("a file");
    let taken = with(&store, &["import", name, "--json"]);
    let told = events(&taken, "imported").remove(0);
    assert_eq!((&told["new"], &told["known"]), (&1.into(), &0.into()));
    assert!(
        told["doubts"][0].to_string().contains("pen 000042"),
        "{told}"
    );

    // All of it comes into another store as it is.
    let all = folder.join("all.jsonl");
    let all = all.to_str().expect("ASCII");
    assert_eq!(with(&store, &["export", "--out", all]).exit, Some(0));
    let copy = folder.join("copy.db");
    assert_eq!(with(&copy, &["import", all]).exit, Some(0));
    assert_eq!(head(&copy), head(&store));
}
