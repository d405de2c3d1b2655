//! Builds the programs once, and runs them with a limit to every wait.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use pen_sim::patience::{HANG, WORK};
use pen_tests::programs::built;
use serde_json::Value;

/// What every `penctl` is told that talks to a pen which will answer: half of [`HANG`], so that a pen
/// which does not is told of by `penctl` itself.
pub(crate) const WAITS: [&str; 2] = ["--timeout", "300"];

#[test]
fn penctl_gives_up_before_it_counts_as_hung() {
    let seconds = WAITS[1].parse().expect("a number");
    assert_eq!(2 * Duration::from_secs(seconds), HANG);
}

/// Where the programs lie: built with the profile of this test.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| built(&["penctl", "pen-sim"], "headless", &[]))
}

/// A program of this project, with nothing from the tester's own environment.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(folder().join(name));
    for variable in [
        "PENCTL_PORT",
        "PENCTL_STORE",
        "PENCTL_SERIAL",
        "PENCTL_EXTRA_PORTS",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "TERM",
    ] {
        command.env_remove(variable);
    }
    // Records go where no tester keeps any.
    command.env(
        "XDG_DATA_HOME",
        concat!(env!("CARGO_TARGET_TMPDIR"), "/cli/data"),
    );
    // The tester's own settings.
    command.env("PENCTL_CONFIG", "/dev/null");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    command.stdin(Stdio::null());
    command
}

/// An empty folder of this test's own.
pub(crate) fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cli")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("what an earlier run left goes away");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) exit: Option<i32>,
}

impl Said {
    /// Its events.
    pub(crate) fn events(&self) -> Vec<Value> {
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        self.out.lines().map(read).collect()
    }

    /// The last event, which tells how it ended and must agree with the exit code.
    pub(crate) fn class(&self) -> String {
        let events = self.events();
        let last = events.last().expect("at least one event");
        assert_eq!(last["event"], "run_complete", "{self:?}");
        assert_eq!(last["exit"].as_i64(), self.exit.map(i64::from), "{self:?}");
        assert_eq!(last["ok"].as_bool(), Some(self.exit == Some(0)), "{self:?}");
        let classes = events
            .iter()
            .filter(|event| event["event"] == "run_complete");
        assert_eq!(classes.count(), 1, "{self:?}");
        last["class"].as_str().expect("a class").to_owned()
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Said {
    Running::start(command).end()
}

/// `penctl` with these arguments.
pub(crate) fn penctl(arguments: &[&str]) -> Said {
    run(program("penctl").args(arguments))
}

/// A program under way. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    heard: String,
    errors: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("piped");
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                let Ok(line) = line else { break };
                if sender.send(line + "\n").is_err() {
                    break;
                }
            }
        });
        let (sender, errors) = channel();
        let mut err = child.stderr.take().expect("piped");
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            let _ = sender.send(text);
        });
        Self {
            child,
            lines,
            heard: String::new(),
            errors,
        }
    }

    /// Types a line at its standard input, which must be piped.
    pub(crate) fn types(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("piped");
        writeln!(input, "{line}").expect("it reads");
        input.flush().expect("it reads");
    }

    /// The next line that contains some words.
    pub(crate) fn line_with(&mut self, words: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(WORK) else {
                let err = self.errors.recv_timeout(Duration::from_secs(1));
                let end = self.child.try_wait();
                panic!("never said {words:?}: {end:?}, {err:?}, {}", self.heard);
            };
            self.heard += &line;
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Ends it without asking.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ran");
    }

    /// Asks it to end, as a system that shuts down does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is still there.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().expect("it was started").is_none()
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(done.is_ok_and(|done| done.success()), "kill {signal}");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Said {
        // The pipes close when it ends.
        loop {
            match self.lines.recv_timeout(WORK) {
                Ok(line) => self.heard += &line,
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    panic!("hangs after: {}", self.heard)
                }
            }
        }
        let err = self.errors.recv_timeout(WORK).expect("it ends");
        let status: ExitStatus = self.child.wait().expect("it ran");
        Said {
            out: std::mem::take(&mut self.heard),
            err,
            exit: status.code(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
