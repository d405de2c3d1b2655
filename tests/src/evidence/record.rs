//! `traceability record`: runs a command and keeps what it tells, with the tree that it ran on.

use super::results::MARK;
use super::stamp;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;

/// Runs `command`, shows what it tells, and keeps it in `file`. Returns its exit code.
///
/// # Errors
/// What could not be started or written. The command's own failure is no error here.
pub fn write(top: &Path, file: &Path, command: &[String]) -> Result<u8, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("there is no command after `--`".to_owned());
    };
    let failed = |why: std::io::Error| format!("{}: {why}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let before = stamp::of(top)?;
    let mut kept = fs::File::create(file).map_err(failed)?;
    writeln!(kept, "{MARK} tree {before}").map_err(failed)?;

    let (told, says) = std::io::pipe().map_err(failed)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("CARGO_TERM_COLOR", "never")
        .stdout(says.try_clone().map_err(failed)?)
        .stderr(says);
    let mut child = command
        .spawn()
        .map_err(|why| format!("{program} does not start: {why}"))?;
    // Its end of the pipe is in here; as long as it lives, the pipe does not end.
    drop(command);
    let mut told = BufReader::new(told);
    let mut line = Vec::new();
    while told.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        kept.write_all(&line).map_err(failed)?;
        // Whoever reads along may go; the record goes on.
        let _ = std::io::stdout().write_all(&line);
        line.clear();
    }
    let status = child.wait().map_err(failed)?;
    let is_same = stamp::of(top)? == before;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    let end = if is_same { "same tree" } else { "tree changed" };
    writeln!(kept, "\n{MARK} ended with {code}, {end}").map_err(failed)?;
    if !is_same {
        return Err(format!(
            "the tree changed while {program} ran, so {} is no evidence; keep records where git \
             ignores them, as below `target`",
            file.display()
        ));
    }
    Ok(code)
}
