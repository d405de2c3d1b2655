//! Has Cargo build an image, and asks it where the file is.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::board::Board;

/// The profile of the root manifest that images are built with.
const PROFILE: &str = "firmware";

/// Of the two ways in which `sha2` hashes for a signature the short one, in the words of Cargo's
/// configuration: the other is unrolled, 25 kB of program for a few blocks. No profile can say so.
const SHORT_HASH: &str = r#"rustflags=["--cfg",'sha2_backend_soft="compact"']"#;

/// A build that failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The program cannot be started.
    #[error("`{program}` cannot be started: {why}. Install Rust, see https://rustup.rs")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is no standard library for the processor.
    #[error("Rust cannot build for {target} here. Run: rustup target add {target}")]
    NoTarget {
        /// The processor.
        target: &'static str,
    },
    /// The compiler or the linker failed, and has said why.
    #[error("the build failed; the command was: {command}")]
    Failed {
        /// What was run.
        command: String,
    },
    /// The build went well, but gave no program.
    #[error("{package} gave no program for {target}: is there an image in it yet?")]
    NoProgram {
        /// The crate.
        package: &'static str,
        /// The processor.
        target: &'static str,
    },
    /// Cargo answered something else than asked.
    #[error("`cargo metadata` named no target folder: run this inside the workspace")]
    NoFolder,
}

/// The arguments of Cargo that build this image.
#[must_use]
pub fn arguments(board: &Board) -> [String; 9] {
    let Board {
        package, target, ..
    } = *board;
    [
        "build".to_owned(),
        "--profile".to_owned(),
        PROFILE.to_owned(),
        "-p".to_owned(),
        package.to_owned(),
        "--target".to_owned(),
        target.to_owned(),
        "--config".to_owned(),
        format!("target.{target}.{SHORT_HASH}"),
    ]
}

/// Builds an image; what Cargo says goes to standard error. Returns the ELF file.
///
/// # Errors
/// The build cannot start or does not end well, see [`BuildError`].
pub fn build(board: &Board) -> Result<PathBuf, BuildError> {
    let folder = output(
        "rustc",
        &["--print", "target-libdir", "--target", board.target],
    )?;
    if !PathBuf::from(folder.trim()).is_dir() {
        let target = board.target;
        return Err(BuildError::NoTarget { target });
    }
    let arguments = arguments(board);
    let command = format!("cargo {}", arguments.join(" "));
    eprintln!("running: {command}");
    let messages = Command::new(program("cargo"))
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|why| start("cargo", why))?;
    if !messages.status.success() {
        return Err(BuildError::Failed { command });
    }
    let messages = String::from_utf8_lossy(&messages.stdout);
    executable(&messages, board).ok_or(BuildError::NoProgram {
        package: board.package,
        target: board.target,
    })
}

/// The program of this board among Cargo's messages.
fn executable(messages: &str, board: &Board) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["name"] == board.package)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// The folder below which Cargo builds.
///
/// # Errors
/// Cargo cannot be started, or this is no workspace.
pub fn target_folder() -> Result<PathBuf, BuildError> {
    let arguments = [
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ];
    let metadata: Value =
        serde_json::from_str(&output("cargo", &arguments)?).map_err(|_| BuildError::NoFolder)?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).ok_or(BuildError::NoFolder)
}

fn output(name: &str, arguments: &[&str]) -> Result<String, BuildError> {
    let output = Command::new(program(name))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| start(name, why))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Cargo names itself and its compiler to what it runs.
pub(crate) fn program(name: &str) -> std::ffi::OsString {
    std::env::var_os(name.to_uppercase()).unwrap_or_else(|| name.into())
}

fn start(name: &str, why: std::io::Error) -> BuildError {
    BuildError::Start {
        program: name.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::PICO;

    #[test]
    fn the_program_is_found_among_the_messages() {
        let messages = concat!(
            "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"pen-app\"},\"executable\":null}\n",
            "no json\n",
            "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"pen-pico\"},\"executable\":null}\n",
            "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"pen-pico\"},\"executable\":\"a/b\"}\n",
            "{\"reason\":\"build-finished\",\"success\":true}\n",
        );
        assert_eq!(executable(messages, &PICO), Some("a/b".into()));
        assert_eq!(executable("", &PICO), None);
    }

    #[test]
    fn a_missing_target_says_what_to_run() {
        let board = Board {
            target: "thumbv4t-none-eabi",
            ..PICO
        };
        let error = build(&board).expect_err("a target that nobody installs");
        let text = error.to_string();
        assert!(
            text.contains("rustup target add thumbv4t-none-eabi"),
            "{text}"
        );
    }
}
