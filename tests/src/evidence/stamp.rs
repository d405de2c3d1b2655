//! The name of a tree: its commit, and a digest of whatever differs from it.

use std::path::Path;
use std::process::{Command, Stdio};

/// `53b0c47... as committed`, or `53b0c47... with changes 0f3a...`; two trees of one name are the same,
/// what git ignores apart.
///
/// # Errors
/// What git said.
pub fn of(top: &Path) -> Result<String, String> {
    let commit = git(top, &["rev-parse", "HEAD"])?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let changed = git(
        top,
        &["status", "--porcelain=v1", "-z", "--untracked-files=all"],
    )?;
    if changed.is_empty() {
        return Ok(format!("{commit} as committed"));
    }
    let mut all = git(top, &["diff", "--binary", "HEAD"])?;
    let new = git(
        top,
        &[
            "ls-files",
            "--others",
            "--exclude-standard",
            "-z",
            "--full-name",
        ],
    )?;
    for name in new.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name);
        all.extend_from_slice(name.as_bytes());
        all.extend(git(top, &["hash-object", "--", &name])?);
    }
    let digest = hash(top, &all)?;
    Ok(format!("{commit} with changes {digest}"))
}

fn git(top: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(top)
        .args(arguments)
        .output()
        .map_err(|why| format!("git does not start: {why}"))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let why = String::from_utf8_lossy(&output.stderr);
        Err(format!("git {}: {}", arguments.join(" "), why.trim()))
    }
}

fn hash(top: &Path, bytes: &[u8]) -> Result<String, String> {
    use std::io::Write;
    let failed = |why: std::io::Error| format!("git hash-object: {why}");
    let mut child = Command::new("git")
        .arg("-C")
        .arg(top)
        .args(["hash-object", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(bytes).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
