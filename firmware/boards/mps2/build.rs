//! Hands the memory map and the arguments of the linker on, for targets without operating system.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=build.rs");
    // A name that the harness of the tests on the target looks for.
    println!("cargo:rustc-check-cfg=cfg(rust_analyzer)");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), include_bytes!("memory.x")).expect("OUT_DIR can be written");
    println!("cargo:rustc-link-search={}", out.display());
    for argument in ["--nmagic", "-Tlink.x", "--emit-relocs"] {
        println!("cargo:rustc-link-arg={argument}");
    }
    println!("cargo:rustc-link-arg-tests=-Tembedded-test.x");
}
