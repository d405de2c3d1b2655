//! The programs that the tests start, built as the tests themselves are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds these programs, and an example beside them; tells where the programs lie. The examples lie in `examples`
/// there.
///
/// Of the whole workspace, and with an example: then cargo gives all that is below the features which
/// `cargo test --workspace` gives it, and what that has built is there already. By packages, the simulator and the
/// host tool would be built once more (165 s of CPU time).
///
/// # Panics
///
/// When cargo cannot build them.
pub fn built(bins: &[&str], example: &str, features: &[&str]) -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    // target/PROFILE/deps/test
    let folder = this.ancestors().nth(2).expect("target/PROFILE");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let bins = bins.iter().flat_map(|name| ["--bin", name]);
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--example", example])
        .args(bins)
        .args(features.iter().flat_map(|name| ["--features", name]))
        .args(["--profile", profile, "--target-dir"])
        .arg(folder.parent().expect("target/PROFILE"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status()
        .expect("cargo can be started");
    assert!(built.success(), "the programs do not build");
    folder.to_owned()
}
