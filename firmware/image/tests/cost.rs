//! The counting plugin on a program whose instructions are counted by hand.
//!
//! Needs QEMU and a C compiler, so it is built with the feature `qemu` only; `.ci/run cost` does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pen_image::cost::{CountError, Counts, Plugin};
use pen_image::elf::Image;

/// `counted(n)` takes 2 + 6 n instructions: push and pop, and six in each round, of which two are
/// those of `leaf`. It is called with 1 to 50. Then `escaping` is called twice and never returns; the
/// program ends through semihosting.
const PROGRAM: &str = r###"
#![no_std]
#![no_main]
core::arch::global_asm!(r#"
    .syntax unified
    .section .vectors, "a"
    .word 0x20001000
    .word start
    .text
    .type start, %function
    .thumb_func
start:
    movs r4, #1
1:  mov r0, r4
    bl counted
    adds r4, #1
    cmp r4, #51
    bne 1b
    movs r5, #0
    bl escaping
    b .
again:
    bl escaping
    b .
done:
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    b .
    .pool
    .type counted, %function
    .global counted
    .thumb_func
counted:
    push {{r4, lr}}
2:  subs r0, #1
    bl leaf
    cmp r0, #0
    bne 2b
    pop {{r4, pc}}
    .type escaping, %function
    .global escaping
    .thumb_func
escaping:
    adds r5, #1
    cmp r5, #1
    beq again
    b done
    .type unused, %function
    .global unused
    .thumb_func
unused:
    bx lr
    .type leaf, %function
    .thumb_func
leaf:
    nop
    bx lr
"#);
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
"###;

const SCRIPT: &str = "
ENTRY(start)
SECTIONS {
  .text 0 : { KEEP(*(.vectors)) KEEP(*(.text .text.*)) }
  /DISCARD/ : { *(.ARM.ex*) }
}";

fn linked(folder: &Path) -> PathBuf {
    let [source, script, output] = ["p.rs", "p.x", "p.elf"].map(|name| folder.join(name));
    std::fs::write(&source, PROGRAM).expect("the source is written");
    std::fs::write(&script, SCRIPT).expect("the script is written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let result = Command::new(rustc)
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--target",
            "thumbv7em-none-eabihf",
        ])
        .args(["-C", "opt-level=s", "-C", "panic=abort"])
        .arg(format!("-Clink-arg=-T{}", script.display()))
        .arg("-o")
        .args([&output, &source])
        .output()
        .expect("rustc runs");
    assert!(
        result.status.success(),
        "{}",
        String::from_utf8_lossy(&result.stderr)
    );
    output
}

/// What the plugin writes about calls of a function.
fn counted(function: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cost-{function}"));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let elf = linked(&folder);
    let image = Image::parse(&std::fs::read(&elf).expect("the program")).expect("an image");
    let entry = image.symbol(function).expect("the function").address;
    let plugin = Plugin::build(&folder, "qemu-system-arm").expect("the plugin");
    let counts = folder.join("counts.txt");
    let _ = std::fs::remove_file(&counts);
    let status = Command::new("qemu-system-arm")
        .args([
            "-M",
            "mps2-an386",
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            "null",
        ])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-plugin", &plugin.argument(entry, &counts), "-kernel"])
        .arg(&elf)
        .stdin(Stdio::null())
        .status()
        .expect("QEMU runs");
    assert!(status.success(), "{status}");
    std::fs::read_to_string(&counts).expect("the plugin made the file")
}

#[test]
fn every_call_is_counted_exactly() {
    let text = counted("counted");
    let expected: String = (1..=50).map(|n| format!("{}\n", 2 + 6 * n)).collect();
    assert_eq!(text, expected);
    let counts = Counts::read(&text, "counted").expect("numbers");
    assert_eq!(counts.check(50), Ok(()));
    assert_eq!((counts.permille(0), counts.permille(1000)), (8, 302));
}

#[test]
fn calls_that_never_return_are_not_forgotten() {
    assert_eq!(counted("escaping"), "lost\n");
}

#[test]
fn a_function_that_nobody_calls_is_an_error() {
    let text = counted("unused");
    let function = "unused".to_owned();
    assert_eq!(
        Counts::read(&text, "unused"),
        Err(CountError::None { function })
    );
}
