//! Hands the linker the ROM's layout; nothing to do on a desk.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=rom.x");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-T{folder}/rom.x");
        println!("cargo:rustc-link-arg-bins=--nmagic");
    }
}
