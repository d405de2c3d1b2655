//! The program at the prompt: exit codes, and which stream says what.

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::Linked;
use pen_image::board::PICO;
use pen_image::key::MakerKey;
use pen_image::pack::pack;
use pen_image::uf2;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_pen-image"))
        .args(arguments)
        .output()
        .expect("pen-image runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("an exit code");
    (code, text(output.stdout), text(output.stderr))
}

/// A file of this test with these bytes.
fn file(name: &str, bytes: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path.to_str().expect("a plain path").to_owned()
}

#[test]
fn a_whole_file_is_told_on_standard_output() {
    let packed = pack(&Linked::default().file(), &PICO, &[MakerKey::DEVELOPMENT]);
    let packed = packed.expect("an image that fits");
    for path in [
        file("whole.elf", &packed.elf),
        file("whole.uf2", &uf2::write(&packed.flash)),
    ] {
        let (code, out, error) = run(&["check", &path]);
        assert_eq!((code, error.as_str()), (0, ""));
        assert!(out.starts_with(&format!("{path}: whole\n")), "{out}");
        assert!(out.contains("5931108f1e3f93d8... (development)"), "{out}");
        let (code, out, _) = run(&["check", &path, "--json"]);
        assert_eq!(code, 0);
        let json: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
        assert_eq!(json["whole"], true);
        assert_eq!(json["header"]["start"], 0x1000_0000);
        assert_eq!(json["header"]["crc"], format!("{:08x}", packed.header.crc));
    }
}

#[test]
fn what_is_wrong_is_told_on_standard_error() {
    let linked = file("linked.elf", &Linked::default().file());
    let text = file("text.elf", b"hello");
    for (arguments, expected) in [
        (["check", linked.as_str()], "not packed by pen-image"),
        (["check", &text], "neither an ELF nor a UF2 file"),
        (["check", "no-such-file"], "no-such-file cannot be read"),
        (["panics", &text], "not a 32-bit little-endian ELF file"),
        (["panics", &linked], "--emit-relocs"),
    ] {
        let (code, out, error) = run(&arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}");
        assert!(error.starts_with("error: "), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_command_line_that_is_not_understood_says_what_is_allowed() {
    for (arguments, expected) in [
        (&["pico", "--maker-key", "abc"][..], "64 hexadecimal digits"),
        (&["sizes", "nonsense"], "pico, mps2, template"),
        (&["mps2", "--target", "x86"], "thumbv6m-none-eabi"),
        (&["check"], "<FILE>"),
        (&[], "Usage: pen-image"),
    ] {
        let (code, out, error) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(error.contains(expected), "{error}");
    }
}
