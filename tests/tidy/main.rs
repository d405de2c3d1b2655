//! House rules that no compiler checks.

use pen_tests::sources;
use std::path::Path;

fn rust() -> Vec<(std::path::PathBuf, String)> {
    let top = sources::top();
    ["firmware", "sim", "host-tool", "tests"]
        .iter()
        .flat_map(|home| sources::files(&top.join(home), ".rs"))
        .collect()
}

/// Places where a word stands, as `file:line`.
fn places(files: &[(std::path::PathBuf, String)], word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            if line.contains(word) {
                found.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    found
}

fn below(folder: &str) -> Vec<(std::path::PathBuf, String)> {
    sources::files(&sources::top().join(folder), ".rs")
}

#[test]
fn tests_restate_the_limits_and_never_read_them() {
    let word = concat!("limits", "::");
    assert_eq!(places(&below("tests"), word), [""; 0]);
}

#[test]
fn no_test_is_ignored() {
    for word in [concat!("#[", "ignore"), concat!("#![", "ignore")] {
        assert_eq!(places(&rust(), word), [""; 0]);
    }
}

#[test]
fn nothing_is_left_for_later() {
    for word in [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ] {
        assert_eq!(places(&rust(), word), [""; 0], "{word}");
    }
}

#[test]
fn unsafe_code_stands_only_in_board_crates() {
    let files: Vec<_> = rust()
        .into_iter()
        .filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "boards"))
        .collect();
    for word in [
        concat!("unsafe", " {"),
        concat!("unsafe", " fn"),
        concat!("unsafe", " impl"),
    ] {
        assert_eq!(places(&files, word), [""; 0], "{word}");
    }
}

#[test]
fn the_core_knows_no_clock_no_float_and_no_heap() {
    let core = below("firmware/core/src");
    assert!(core.len() > 20);
    for word in [
        "std::time",
        concat!("f", "32"),
        concat!("f", "64"),
        "extern crate alloc",
        "alloc::",
        "std::collections",
    ] {
        assert_eq!(places(&core, word), [""; 0], "{word}");
    }
}

#[test]
fn no_source_names_a_place_on_somebodys_machine() {
    let top = sources::top();
    let mut files = rust();
    for ending in [".md", ".toml", ".yml"] {
        files.extend(sources::files(&top, ending));
    }
    for word in [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
    ] {
        assert_eq!(places(&files, word), [""; 0], "{word}");
    }
}

#[test]
fn the_core_depends_on_nothing_that_decides() {
    let manifest = sources::top().join("firmware/core/Cargo.toml");
    let text = std::fs::read_to_string(manifest).expect("manifest");
    let dependencies: Vec<&str> = text
        .split("[dependencies]")
        .nth(1)
        .expect("a section")
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split('=').next())
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(dependencies, ["serde", "defmt"]);
}

#[test]
fn the_scan_sees_what_is_there() {
    assert!(
        rust()
            .iter()
            .any(|(path, _)| path.ends_with(Path::new("tidy/main.rs")))
    );
    assert!(!places(&rust(), "fn the_scan_sees_what_is_there").is_empty());
}
