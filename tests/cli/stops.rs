//! A calibration at the real program, ended in each way: what the pen has in force and what is kept of it.
//! Every step of one is stopped in `host-tool/src/procedure/tests/stops`, in simulated time.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use serde_json::Value;
use serialport::{SerialPort, TTYPort};

use crate::finding::serial;
use crate::program::{Running, WAITS, empty, penctl, program};
use crate::session::Pen;

/// The answers before the first question that wants a yes.
const INSTRUMENTS: [&str; 11] = [
    "G1",
    "4",
    "1",
    "C-17",
    "2099-06-30",
    "T1",
    "300",
    "0.01",
    "C-18",
    "2099-06-30",
    "20.5",
];

/// Turns of a loop between two answers, so that they do not pile up.
const PAUSE: u32 = 3_000_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    Interrupt,
    Terminate,
    Kill,
    Unplug,
}

/// Somebody at the keyboard who says yes to whatever is asked, until it is enough.
struct Typist {
    enough: Sender<()>,
    typing: JoinHandle<TTYPort>,
}

impl Typist {
    fn start(mut keyboard: TTYPort) -> Self {
        let (enough, waits) = channel();
        let typing = std::thread::spawn(move || {
            for answer in INSTRUMENTS {
                writeln!(keyboard, "{answer}").expect("it reads");
            }
            // What is typed before the question is asked is no answer to it, so it is typed again.
            while waits.try_recv() == Err(TryRecvError::Empty) {
                writeln!(keyboard, "y").expect("it reads");
                for _ in 0..PAUSE {
                    std::hint::spin_loop();
                }
            }
            keyboard
        });
        Self { enough, typing }
    }

    fn stop(self) -> TTYPort {
        self.enough.send(()).expect("it types");
        self.typing.join().expect("it typed")
    }
}

/// The one run that is kept.
fn kept(store: &Path, serial: &str) -> Value {
    let store = store.to_str().expect("ASCII");
    let said = penctl(&["history", serial, "--runs", "--store", store, "--json"]);
    assert_eq!(said.class(), "ok", "{said:?}");
    let mut runs = said.events();
    runs.retain(|event| event["event"] == "run");
    assert_eq!(runs.len(), 1, "{said:?}");
    runs.remove(0)
}

fn stopped(stop: Stop, step: u8) {
    let what = format!("{stop:?} at step {step}");
    let name = format!("stops_{stop:?}_{step}").to_lowercase();
    let mut pen = Pen::on_terminal(&name, &["--service"]);
    let serial = serial(&pen);
    let folder = empty(&format!("{name}_out"));
    let store = folder.join("records.db");
    let (keyboard, terminal) = TTYPort::pair().expect("a pseudo-terminal");
    let terminal = File::open(terminal.name().expect("it has a name")).expect("it opens");
    let mut calibrate = Running::start(
        program("penctl")
            .args(["--port", &pen.port])
            .args(WAITS)
            .args(["calibrate", "--json", "--adjust", "never", "--out"])
            .arg(folder.join("out"))
            .arg("--store")
            .arg(&store)
            .stdin(terminal),
    );
    // Step 1 asks for the instruments, in step 2 the pen is in Service mode and the ring is waited for.
    calibrate.line_with("\"step\":1");
    let mut keyboard = Some(keyboard);
    if step == 2 {
        let typist = Typist::start(keyboard.take().expect("a keyboard"));
        calibrate.line_with("\"step\":2");
        keyboard = Some(typist.stop());
    }
    match stop {
        Stop::Interrupt => calibrate.interrupt(),
        Stop::Terminate => calibrate.terminate(),
        Stop::Kill => calibrate.kill(),
        Stop::Unplug => pen.sim.kill(),
    }
    let said = calibrate.end();
    drop(keyboard);
    let (exit, end, class) = match stop {
        Stop::Interrupt => (Some(130), "aborted", "interrupted"),
        Stop::Terminate => (Some(143), "aborted", "terminated"),
        Stop::Kill => (None, "broken off", ""),
        Stop::Unplug => (Some(14), "failed", "link_lost"),
    };
    assert_eq!(said.exit, exit, "{what}: {said:?}");
    let run = kept(&store, &serial);
    assert_eq!(run["end"], end, "{what}: {run}");
    if stop != Stop::Kill {
        assert_eq!(run["ended"]["class"], class, "{what}: {run}");
        let in_force = run["ended"]["in_force"].as_str().expect("words");
        let expected = match stop {
            Stop::Unplug => "generation 1, as before; the pen did not say",
            _ => "generation 1, signed off",
        };
        assert_eq!(in_force, expected, "{what}: {run}");
        let number = run["run"].to_string();
        assert!(said.err.contains(&format!("--resume {number}")), "{said:?}");
    }
    if stop != Stop::Unplug {
        let status = pen.penctl(&["status", "--json"]);
        assert_eq!(status.class(), "ok", "{what}: {status:?}");
        for words in ["\"staged\":null", "\"duty\":0,", "\"generation\":1,"] {
            assert!(status.out.contains(words), "{what}, {words}: {status:?}");
        }
    }
}

#[test]
fn a_calibration_that_is_interrupted_is_kept_and_changes_nothing() {
    stopped(Stop::Interrupt, 1);
    stopped(Stop::Interrupt, 2);
}

#[test]
fn a_calibration_that_is_terminated_is_kept_and_changes_nothing() {
    stopped(Stop::Terminate, 1);
    stopped(Stop::Terminate, 2);
}

#[test]
fn a_calibration_that_is_killed_is_kept_and_changes_nothing() {
    stopped(Stop::Kill, 1);
    stopped(Stop::Kill, 2);
}

#[test]
fn a_calibration_whose_pen_is_unplugged_is_kept() {
    stopped(Stop::Unplug, 1);
    stopped(Stop::Unplug, 2);
}

/// A store whose disk is full when the certificate shall be kept: all readings are kept, and it says how to go on.
#[cfg(target_os = "linux")]
#[test]
fn a_store_that_fails_when_all_is_measured_says_how_to_go_on() {
    let folder = empty("stops_at_the_end");
    let at = |name: &str| folder.join(name).to_str().expect("ASCII").to_owned();
    let calibrate = |store: &str, out: &str, more: &[&str]| {
        let always = ["--port", "sim:5", "--yes", "calibrate", "--adjust", "never"];
        let kept = ["--points", "short", "--store", store, "--out", out];
        [&always[..], &kept[..], more].concat().join(" ")
    };
    let run = |arguments: &str, limit: &str| {
        let penctl = program("penctl");
        let line = format!("trap '' XFSZ; {limit} exec \"$0\" {arguments}");
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).arg(penctl.get_program());
        for (name, value) in penctl.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        crate::program::run(&mut shell)
    };
    let whole = run(&calibrate(&at("whole.db"), &at("whole"), &[]), "");
    assert_eq!(whole.exit, Some(0), "{whole:?}");
    let size = std::fs::metadata(at("whole.db")).expect("a store").len();
    // Blocks of 512 bytes; the certificate takes more than 64 of them.
    let limit = format!("ulimit -f {};", size / 512 - 64);
    let store = at("full.db");
    let said = run(&calibrate(&store, &at("full"), &[]), &limit);
    assert_eq!(said.exit, Some(50), "{said:?}");
    let number = said
        .err
        .split("`penctl calibrate --points short --adjust never --resume ")
        .nth(1);
    let number = number.and_then(|it| it.split('`').next());
    let number = number.unwrap_or_else(|| panic!("how to go on: {said:?}"));
    let said = run(&calibrate(&store, &at("full"), &["--resume", number]), "");
    assert_eq!(said.exit, Some(0), "{said:?}");
    // Another run went on with it and is finished: nobody else does.
    let again = run(&calibrate(&store, &at("again"), &["--resume", number]), "");
    assert_eq!(again.exit, Some(2), "{again:?}");
    assert!(again.err.contains("went on with it"), "{again:?}");
    assert!(!again.err.contains("goes on with it"), "{again:?}");
}
