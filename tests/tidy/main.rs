//! House rules that no compiler checks.

mod book;
mod complaints;
mod library;
mod seeds;

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
fn proof_007_tests_restate_the_limits_and_never_read_them() {
    let word = concat!("limits", "::");
    assert_eq!(places(&below("tests"), word), [""; 0]);
}

#[test]
fn no_test_is_ignored() {
    for word in [concat!("#[", "ignore"), concat!("#![", "ignore")] {
        assert_eq!(places(&rust(), word), [""; 0]);
    }
}

/// A test that can say how long something took can also fail because the machine was busy.
#[test]
fn no_test_has_a_bound_in_real_time_of_its_own() {
    let may_say = [
        // A clock that the test itself sets.
        "host-tool/src/cmd/monitor/tests/warm.rs",
        // The clock of the simulated pen.
        "tests/image/scene.rs",
        // What `penctl` is given, as a part of the one bound.
        "tests/cli/program.rs",
        // An emulator that only sleeps.
        "tests/pil/broken.rs",
        "tests/tidy/main.rs",
    ];
    let tests: Vec<_> = rust()
        .into_iter()
        .filter(|(path, _)| {
            let inside = path.strip_prefix(sources::top()).unwrap_or(path);
            inside.components().any(|part| part.as_os_str() == "tests")
        })
        .filter(|(path, _)| !may_say.iter().any(|may| path.ends_with(may)))
        .collect();
    assert!(tests.len() > 50, "{} files", tests.len());
    for word in ["std::time", "#[timeout("] {
        assert_eq!(places(&tests, word), [""; 0], "{word}");
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
fn no_page_has_a_gap_for_a_figure() {
    let pages = sources::files(&sources::top(), ".md");
    assert!(pages.len() > 15, "{} pages", pages.len());
    assert_eq!(places(&pages, &"@".repeat(2)), Vec::<String>::new());
}

#[test]
fn unsafe_code_stands_only_in_board_crates_and_the_boot_rom() {
    let files: Vec<_> = rust()
        .into_iter()
        .filter(|(path, _)| {
            let is = |place| path.components().any(|part| part.as_os_str() == place);
            !is("boards") && !is("bootrom")
        })
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

/// Crates that this one is built with on its own, each with its features, as cargo resolves them.
fn features(package: &str) -> Vec<String> {
    let tree = std::process::Command::new(env!("CARGO"))
        .current_dir(sources::top())
        .args(["tree", "--locked", "--edges", "normal"])
        .args(["--target", "all", "--prefix", "none", "--no-dedupe"])
        .args(["--format", "{p} [{f}]", "--package", package])
        .output()
        .expect("cargo");
    let text = String::from_utf8_lossy(&tree.stdout);
    assert!(
        tree.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    text.lines().map(str::to_owned).collect()
}

fn has(line: &str, feature: &str) -> bool {
    line.rsplit_once('[').is_some_and(|(_, features)| {
        features
            .trim_end_matches(']')
            .split(',')
            .any(|name| name == feature)
    })
}

#[test]
fn what_only_a_bench_may_do_is_in_no_image_that_is_sold() {
    // The same question finds the feature where it is meant to be.
    let sim = features("pen-sim");
    for package in ["pen-core ", "pen-app "] {
        assert!(
            sim.iter()
                .any(|line| line.starts_with(package) && has(line, "bench")),
            "{sim:?}"
        );
    }
    for package in ["pen-app", "pen-pico", "pen-template"] {
        let found = features(package);
        assert!(found.iter().any(|line| line.starts_with(package)));
        let benches: Vec<_> = found
            .into_iter()
            .filter(|line| has(line, "bench"))
            .collect();
        assert_eq!(benches, [""; 0], "{package}");
    }
}

/// Whoever could make any state of a pen could make it treat: that is for proofs alone (`docs/proof.md`).
#[test]
fn no_program_has_what_makes_any_state() {
    let programs = [
        "pen-app",
        "pen-pico",
        "pen-mps2",
        "pen-template",
        "pen-sim",
        "pen-host",
    ];
    for package in programs {
        let found = features(package);
        assert!(found.iter().any(|line| line.starts_with("pen-core ")));
        let any: Vec<_> = found
            .into_iter()
            .filter(|line| has(line, "verify"))
            .collect();
        assert_eq!(any, [""; 0], "{package}");
    }
    assert!(has("pen-core v0 [serde,verify]", "verify") && !has("pen-core v0 [serde]", "verify"));
    let manifest = sources::top().join("firmware/core/Cargo.toml");
    let text = std::fs::read_to_string(manifest).expect("manifest");
    assert!(
        text.contains("\nverify = []\n"),
        "the feature has another name"
    );
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
