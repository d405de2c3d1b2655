//! A processor that fails has no result, and says why.

use std::cell::Cell;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use pen_core::journal::ResetCause;
use pen_core::status::Status;
use pen_lockstep::SOURCES;
use pen_sim::patience::HANG;
use pen_sim::pen::processor::{Processor, ProcessorError};
use pen_sim::pil::{Health, Pil, PilError, Settings, run, watch};
use pen_sim::scenario::RunError;

use crate::different::temporary;
use crate::image::{TARGETS, scenario, settings};

/// An emulator that is a script, with an image that looks like one.
struct Fake {
    emulator: PathBuf,
    image: PathBuf,
}

impl Fake {
    fn new(name: &str, does: &str) -> Self {
        let script = format!("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n{does}\n");
        let emulator = temporary(name, script.as_bytes());
        std::fs::set_permissions(&emulator, PermissionsExt::from_mode(0o755))
            .expect("a script of this test");
        // A process that another test starts in this moment may hold the script open for writing until
        // it has become a program of its own; until then nobody may run it.
        while Command::new(&emulator)
            .arg("--version")
            .status()
            .is_err_and(|error| error.kind() == ErrorKind::ExecutableFileBusy)
        {
            std::thread::yield_now();
        }
        let mut elf = [0; 64];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        elf[18] = 40;
        let image = temporary(&format!("{name}-image"), &elf);
        Self { emulator, image }
    }

    fn settings(&self) -> Settings {
        Settings {
            image: self.image.clone(),
            emulator: self.emulator.clone(),
            arguments: Vec::new(),
            patience: HANG,
        }
    }

    /// Why a run on it has no result.
    fn why(&self) -> ProcessorError {
        Self::why_on(&self.settings())
    }

    fn why_on(settings: &Settings) -> ProcessorError {
        assert_eq!(settings.check(), Ok(()));
        match run(&scenario("01_treatment"), None, settings) {
            Err(RunError::Processor(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.emulator);
        let _ = std::fs::remove_file(&self.image);
    }
}

const START: &str = "start the firmware";

#[test]
fn another_version_of_the_lockstep_is_named() {
    let greeting = r"printf '\201\023\000PENLOCK\000\003\000\00112345678'; exec cat >/dev/null";
    let why = Fake::new("version", greeting).why();
    assert_eq!(why.step, START);
    assert!(
        why.why
            .starts_with("the image speaks version 3 of the lock-step, this pen-sim version 2;"),
        "{why}"
    );
    assert!(
        why.why
            .contains("cargo build --profile firmware -p pen-mps2")
    );
}

/// A run would compare two programs, and might even come out equal.
#[test]
fn an_image_of_other_sources_is_refused() {
    let greeting = r"printf '\201\023\000PENLOCK\000\002\000\00212345678'; exec cat >/dev/null";
    let why = Fake::new("stale", greeting).why();
    assert_eq!(why.step, START);
    // The bytes are little endian.
    let begin = format!(
        "the image was built from other sources (3837363534333231) than this pen-sim ({SOURCES:016x});"
    );
    assert!(why.why.starts_with(&begin), "{why}");
    let build = "cargo build --profile firmware -p pen-mps2 --target thumbv6m-none-eabi";
    assert!(why.why.ends_with(build), "{why}");
}

#[test]
fn an_image_that_talks_something_else_is_named_and_quoted() {
    let why = Fake::new("words", "echo 'hello world'; exec cat >/dev/null").why();
    assert_eq!(why.step, START);
    assert!(
        why.why.starts_with("what the image says is no frame"),
        "{why}"
    );
    assert!(why.why.contains("hello world"), "{why}");
    let other_magic = r"printf '\201\023\000PENCIL!\000\001\000\00112345678'; exec cat >/dev/null";
    let why = Fake::new("magic", other_magic).why();
    assert_eq!(
        why.why,
        "what the image says is no report: no lock-step greeting"
    );
    let no_greeting = r"printf '\207\010\000AAAABBBB'; exec cat >/dev/null";
    let why = Fake::new("turn", no_greeting).why();
    assert!(
        why.why.starts_with("it was to greet, but said Mark"),
        "{why}"
    );
}

#[test]
fn an_emulator_that_ends_is_quoted() {
    let says = r"printf 'no such machine\n\nR00=0\n' >&2; exit 3";
    let why = Fake::new("ends", says).why();
    assert_eq!(why.step, START);
    let begin = "the emulator ended (exit status: 3) and said: no such machine; if it is no QEMU";
    assert!(why.why.starts_with(begin), "{why}");
    assert!(
        why.why
            .contains("if the image is not pen-mps2: cargo build"),
        "{why}"
    );
    assert!(!why.why.contains("R00"), "{why}");
}

#[test]
fn an_emulator_that_hangs_is_ended() {
    let fake = Fake::new("hangs", "exec sleep 86400");
    let why = Fake::why_on(&Settings {
        patience: Duration::from_millis(300),
        ..fake.settings()
    });
    assert_eq!(why.step, START);
    assert_eq!(why.why, "it said nothing for 0.3 s and was ended");
}

#[test]
fn an_image_that_dies_tells_of_what() {
    let failure = r"printf '\210\004\000ouch'; exec cat >/dev/null";
    let why = Fake::new("dies", failure).why();
    assert_eq!(why.why, "the firmware died: ouch");
}

#[test]
fn what_is_missing_or_wrong_is_named_before_anything_runs() {
    let good = settings(TARGETS[0]);
    let image = PathBuf::from("/nowhere/pen-mps2");
    let missing = Settings {
        image: image.clone(),
        ..good.clone()
    };
    let error = missing.check().unwrap_err();
    assert_eq!(error, PilError::NoImage { path: image });
    assert!(
        error
            .to_string()
            .contains("cargo build --profile firmware -p pen-mps2")
    );
    let emulator = Settings {
        emulator: PathBuf::from("qemu-system-nothing"),
        ..good.clone()
    };
    let error = emulator.check().unwrap_err();
    assert!(matches!(error, PilError::NoEmulator { .. }), "{error:?}");
    assert!(error.to_string().contains("apt-get install"), "{error}");
    let this_program = Settings {
        image: std::env::current_exe().unwrap(),
        ..good.clone()
    };
    let error = this_program.check().unwrap_err();
    assert!(matches!(error, PilError::NotElf { .. }), "{error:?}");
    let text = temporary("text", b"not an image");
    let path = text.clone();
    let error = Settings {
        image: text,
        ..good
    }
    .check()
    .unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error, PilError::NotElf { path });
}

/// QEMU, which somebody kills in the middle.
#[derive(Debug)]
struct Killed {
    pil: Pil,
    ticks: u32,
}

impl Processor for Killed {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.pil.start(cause)
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        self.ticks += 1;
        if self.ticks == 1_000 {
            let id = self.pil.process_id().expect("QEMU runs").to_string();
            let killed = Command::new("kill").args(["-KILL", &id]).status();
            assert!(killed.is_ok_and(|status| status.success()));
        }
        self.pil.run(pen_us)
    }

    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError> {
        self.pil.spoil_limit(which)
    }

    fn stop(&mut self) {
        self.pil.stop();
    }

    fn status(&self) -> Option<Status> {
        self.pil.status()
    }
}

#[test]
fn an_emulator_that_is_killed_in_the_middle_has_no_result() {
    let settings = settings(TARGETS[0]);
    let health = Rc::new(Cell::new(Health::default()));
    let killed = watch(&scenario("01_treatment"), None, |socket| Killed {
        pil: Pil::new(socket, settings.clone(), &health),
        ticks: 0,
    });
    match killed {
        Err(RunError::Processor(error)) => {
            assert_eq!(error.step, "make a tick");
            assert_eq!(error.why, "the emulator ended (signal: 9 (SIGKILL))");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(health.get().stack, None);
}
