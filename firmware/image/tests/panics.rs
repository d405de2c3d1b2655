//! Panics in images that the real compiler and linker made, for both processors.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use pen_image::elf::Image;
use pen_image::panics::{PanicsError, Report, walk};

const TARGETS: [&str; 2] = ["thumbv6m-none-eabi", "thumbv7em-none-eabihf"];

/// Roots with and without panics. Inputs come from memory that the compiler cannot see through.
const PROGRAM: &str = r#"
#![no_std]
#![no_main]
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

static INPUT: AtomicU32 = AtomicU32::new(0);
static TABLE: [u32; 7] = [1, 2, 3, 4, 5, 6, 9];
static FUNCTIONS: [fn(u32) -> u32; 3] = [triple, add, divide];

trait Shape { fn area(&self, x: u32) -> u32; fn name(&self) -> u32; }
struct Calm(u32);
struct Angry(u32);
impl Shape for Calm {
    #[inline(never)] fn area(&self, x: u32) -> u32 { x ^ self.0 }
    #[inline(never)] fn name(&self) -> u32 { self.0 ^ 77 }
}
impl Shape for Angry {
    #[inline(never)] fn area(&self, x: u32) -> u32 { TABLE[(x ^ self.0) as usize] }
    #[inline(never)] fn name(&self) -> u32 { self.0 ^ 99 }
}

#[inline(never)] fn triple(x: u32) -> u32 { x.wrapping_mul(3) }
#[inline(never)] fn add(x: u32) -> u32 { x.wrapping_add(INPUT.load(SeqCst)) }
#[inline(never)] fn divide(x: u32) -> u32 { 100 / x }
#[inline(never)] fn look_up(x: u32) -> u32 { TABLE[x.wrapping_add(INPUT.load(SeqCst)) as usize] }
#[inline(never)] fn shape(pick: u32) -> &'static dyn Shape {
    if pick > 3 { &Calm(5) } else { &Angry(6) }
}

#[unsafe(no_mangle)] #[inline(never)] pub fn calm_root() -> u32 { triple(add(INPUT.load(SeqCst))) }
#[unsafe(no_mangle)] #[inline(never)] pub fn switch_root() -> u32 {
    match INPUT.load(SeqCst) {
        0 => triple(4), 1 => add(8), 2 => { INPUT.store(4, SeqCst); add(9) }
        3 => triple(triple(1)), 4 => triple(add(2)), 5 => { INPUT.store(9, SeqCst); 9 }
        6 => add(add(3)), x => x ^ 4,
    }
}
#[unsafe(no_mangle)] #[inline(never)] pub fn bounds_root() -> u32 { look_up(3) ^ 1 }
#[unsafe(no_mangle)] #[inline(never)] pub fn divide_root() -> u32 { divide(INPUT.load(SeqCst)) ^ 1 }
#[unsafe(no_mangle)] #[inline(never)] pub fn unwrap_root() -> u32 { INPUT.load(SeqCst).checked_add(7).unwrap() }
#[unsafe(no_mangle)] #[inline(never)] pub fn pointer_root() -> u32 {
    let pick = INPUT.load(SeqCst) % 3;
    FUNCTIONS.get(pick as usize).map_or(0, |function| function(pick))
}
#[unsafe(no_mangle)] #[inline(never)] pub fn dyn_root() -> u32 {
    let shape = shape(INPUT.load(SeqCst));
    shape.area(INPUT.load(SeqCst)) ^ shape.name()
}
#[unsafe(no_mangle)] #[inline(never)] pub fn holds_only_root() -> u32 {
    INPUT.load(SeqCst) ^ FUNCTIONS.as_ptr() as usize as u32
}

#[unsafe(no_mangle)] pub extern "C" fn start() -> ! {
    loop {
        let sum = calm_root() ^ switch_root() ^ bounds_root() ^ divide_root() ^ unwrap_root()
            ^ pointer_root() ^ dyn_root() ^ holds_only_root();
        INPUT.store(sum, SeqCst);
    }
}
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    loop { INPUT.store(info.location().map_or(0, |place| place.line()), SeqCst) }
}
"#;

const SCRIPT: &str = "
ENTRY(start)
SECTIONS {
  .text 0x100 : { KEEP(*(.text.start)) *(.text .text.*) }
  .rodata : { *(.rodata .rodata.*) }
  .bss 0x20000000 : { *(.bss .bss.*) }
  /DISCARD/ : { *(.ARM.exidx*) }
}";

/// Compiles and links the program.
fn linked(target: &str, relocations: bool) -> Image {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!(
        "panics-{target}-{relocations}-{}",
        std::process::id()
    ));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let source = folder.join("program.rs");
    let script = folder.join("program.x");
    let output = folder.join("program.elf");
    std::fs::write(&source, PROGRAM).expect("the source is written");
    std::fs::write(&script, SCRIPT).expect("the script is written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--crate-name",
            "program",
        ])
        .args([
            "-C",
            "opt-level=s",
            "-C",
            "panic=abort",
            "-C",
            "lto=fat",
            "--target",
            target,
        ])
        .arg(format!("-Clink-arg=-T{}", script.display()))
        .arg(if relocations {
            "-Clink-arg=--emit-relocs"
        } else {
            "-Clink-arg=--gc-sections"
        })
        .arg("-o")
        .args([&output, &source]);
    let result = command.output().expect("rustc runs");
    let errors = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "is {target} installed? {errors}");
    let file = std::fs::read(&output).expect("the linker wrote a file");
    Image::parse(&file).expect("a linked image")
}

/// One image for each processor.
static IMAGES: LazyLock<[Image; 2]> = LazyLock::new(|| TARGETS.map(|target| linked(target, true)));

fn from(image: &Image, root: &str) -> Report {
    walk(image, &[root.to_owned()]).expect("a walk")
}

/// The one route, its ends checked.
fn route(image: &Image, root: &str, end: &str) -> Vec<String> {
    let report = from(image, root);
    assert!(!report.is_free(), "{root} can panic");
    let found = report.routes.iter().find(|route| {
        route.steps.first().is_some_and(|step| step == root)
            && route.steps.last().is_some_and(|step| step.starts_with(end))
    });
    found.unwrap_or_else(|| panic!("{report:#?}")).steps.clone()
}

#[test]
fn roots_without_a_panic_are_free() {
    for (target, image) in TARGETS.iter().zip(&*IMAGES) {
        for root in ["calm_root", "switch_root", "holds_only_root"] {
            let report = from(image, root);
            assert!(report.is_free(), "{target} {report:#?}");
            assert!(report.indirect.is_empty(), "{target} {report:#?}");
            assert!(report.functions > 15, "{target} {report:#?}");
        }
        assert_eq!(from(image, "calm_root").walked, 3, "{target}");
        assert_eq!(from(image, "switch_root").walked, 3, "{target}");
    }
}

#[test]
fn panics_behind_calls_are_found_with_the_way_there() {
    for (target, image) in TARGETS.iter().zip(&*IMAGES) {
        let steps = route(image, "bounds_root", "core::panicking::panic_bounds_check");
        assert_eq!(steps[1], "program::look_up", "{target} {steps:?}");
        assert_eq!(steps.len(), 3, "{target} {steps:?}");
        let steps = route(image, "divide_root", "core::panicking::panic_const");
        assert_eq!(steps[1], "program::divide", "{target} {steps:?}");
        let steps = route(image, "unwrap_root", "core::option::unwrap_failed");
        assert_eq!(steps.len(), 2, "{target} {steps:?}");
    }
}

#[test]
fn panics_behind_pointers_are_found() {
    for (target, image) in TARGETS.iter().zip(&*IMAGES) {
        let report = from(image, "pointer_root");
        assert_eq!(report.indirect, ["pointer_root"], "{target} {report:#?}");
        let steps = route(image, "pointer_root", "core::panicking::panic_const");
        assert!(
            steps.iter().any(|step| step == "program::divide"),
            "{target} {steps:?}"
        );
        let report = from(image, "dyn_root");
        assert_eq!(report.indirect, ["dyn_root"], "{target} {report:#?}");
        let steps = route(image, "dyn_root", "core::panicking::panic_bounds_check");
        let method = "<program::Angry as program::Shape>::area";
        assert!(
            steps.iter().any(|step| step == method),
            "{target} {steps:?}"
        );
    }
}

#[test]
fn several_roots_are_walked_together() {
    let [image, _] = &*IMAGES;
    let roots = ["calm_root".to_owned(), "divide_root".to_owned()];
    let report = walk(image, &roots).expect("a walk");
    assert!(!report.is_free());
    assert_eq!(report.roots, roots);
}

#[test]
fn an_image_that_says_nothing_never_passes() {
    let image = linked(TARGETS[1], false);
    let root = ["calm_root".to_owned()];
    assert_eq!(walk(&image, &root), Err(PanicsError::NoRelocations));
    let [_, image] = &*IMAGES;
    for name in ["pen_control_tick", "INPUT", ""] {
        let name = name.to_owned();
        let error = walk(image, std::slice::from_ref(&name));
        assert_eq!(error, Err(PanicsError::NoRoot { name }));
    }
}

#[test]
fn a_stripped_image_never_passes() {
    let [_, image] = &*IMAGES;
    let mut image = image.clone();
    for symbol in &mut image.symbols {
        if symbol.name.starts_with('$') {
            symbol.name.clear();
        }
    }
    let error = walk(&image, &["calm_root".to_owned()]).expect_err("nothing can be read");
    assert!(matches!(error, PanicsError::Unmarked { .. }), "{error:?}");
}

#[test]
fn a_relocation_or_a_branch_that_is_not_understood_is_an_error() {
    let [_, image] = &*IMAGES;
    let root = ["calm_root".to_owned()];
    let mut strange = image.clone();
    strange.relocations[0].kind = 250;
    let error = walk(&strange, &root).expect_err("a kind that nobody uses");
    assert!(
        matches!(error, PanicsError::Relocation { kind: 250, .. }),
        "{error:?}"
    );
    // `b.w` far beyond the image, in place of the root's first instructions.
    let mut astray = image.clone();
    let at = image.symbol("calm_root").expect("the root").address;
    let text = astray
        .sections
        .iter_mut()
        .find(|section| section.contains(at));
    let text = text.expect("its section");
    let from = (at - text.address) as usize;
    text.bytes[from..from + 4].copy_from_slice(&[0x10, 0xf0, 0x00, 0xb8]);
    let error = walk(&astray, &root).expect_err("a branch to nowhere");
    let target = at + 4 + 0x1_0000;
    assert_eq!(error, PanicsError::Nowhere { at, target });
}
