//! The whole story on a simulated pen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{empty, penctl};

/// The files of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("ASCII");
        (name, fs::read(entry.path()).expect("a file"))
    };
    let entries = fs::read_dir(folder).expect("the demo's folder");
    entries.map(|entry| read(entry.expect("a file"))).collect()
}

fn told(name: &str, seed: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = empty(name);
    let out = folder.to_str().expect("ASCII");
    let said = penctl(&["demo", "--seed", seed, "--out", out, "--json"]);
    assert_eq!(said.class(), "ok", "{}", said.err);
    let attempts = said.events();
    let attempts: Vec<&Value> = attempts
        .iter()
        .filter(|event| event["event"] == "attempt")
        .collect();
    assert!(attempts.len() >= 15, "{} attempts", attempts.len());
    for attempt in attempts {
        assert_eq!(attempt["held"], true, "{attempt}");
    }
    files(&folder)
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let one = told("demo_one", "1");
    let again = told("demo_again", "1");
    let names: Vec<&str> = one.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "calibration.html",
            "journal.jsonl",
            "session.html",
            "trace.csv"
        ]
    );
    for (name, bytes) in &one {
        assert!(bytes.len() > 1_000, "{name} is {} bytes", bytes.len());
        assert!(again.get(name) == Some(bytes), "{name} differs");
    }
    let other = told("demo_other", "2");
    assert!(other.get("trace.csv") != one.get("trace.csv"));
}

#[test]
fn the_reports_need_nothing_from_outside() {
    let files = told("demo_reports", "28");
    for name in ["calibration.html", "session.html"] {
        let page = String::from_utf8(files[name].clone()).expect("text");
        assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"));
        assert!(page.trim_end().ends_with("</html>"), "{name} is whole");
        assert!(page.contains("<svg"), "{name} draws");
        for outside in [
            "src=\"",
            "<link",
            "<script",
            "@import",
            "url(h",
            "href=\"http",
            "file:",
        ] {
            assert!(!page.contains(outside), "{name} has {outside:?}");
        }
    }
    let journal = String::from_utf8(files["journal.jsonl"].clone()).expect("text");
    let mut last = BTreeMap::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).expect("one JSON object a line");
        let seq = entry["seq"].as_u64().expect("numbered");
        let name = entry["journal"].as_str().expect("named").to_owned();
        assert_eq!(last.insert(name, seq).map_or(1, |before| before + 1), seq);
    }
    assert!(!last.is_empty());
    let trace = String::from_utf8(files["trace.csv"].clone()).expect("text");
    let mut rows = trace.lines().filter(|line| !line.starts_with('#'));
    let columns = rows.next().expect("a header").split(',').count();
    assert!(rows.all(|row| row.split(',').count() == columns));
}
