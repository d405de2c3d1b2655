//! Seeded defects of the proof fit the code that they change.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use pen_tests::sources::{files, top};

/// Why a seed cannot be planted; nothing if it can. What stands before the first empty line says what it is.
fn refusal(seed: &str, top: &Path) -> Option<String> {
    let diff = seed.split_once("\n\n").map_or("", |(_, diff)| diff);
    let mut git = Command::new("git")
        .args(["apply", "--check", "-"])
        .current_dir(top)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is there");
    let mut stdin = git.stdin.take().expect("a pipe");
    stdin.write_all(diff.as_bytes()).expect("git reads");
    drop(stdin);
    let done = git.wait_with_output().expect("git ends");
    (!done.status.success()).then(|| String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn every_seeded_defect_can_still_be_planted() {
    let top = top();
    let seeds = files(&top.join("tests/proof/seeds"), ".diff");
    assert!(seeds.len() > 40, "{}", seeds.len());
    let wrong: Vec<String> = seeds
        .iter()
        .filter_map(|(path, text)| {
            let why = refusal(text, &top)?;
            Some(format!("{}: {why}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The check can fail.
    let (_, text) = seeds.first().expect("a seed");
    let moved = text.replace("\n ", "\n other ");
    assert!(refusal(&moved, &top).is_some());
    assert!(refusal("room: step", &top).is_some());
}
