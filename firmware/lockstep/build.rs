//! Takes the fingerprint of the sources that plant and image must have in common.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Crates that an image on trial is made of, beside this one.
const CRATES: [&str; 4] = ["../core", "../protocol", "../app", "../boards/mps2"];

/// What a crate's behaviour is written in; tests and examples beside `src` are not in the image.
const PARTS: [&str; 4] = ["src", "Cargo.toml", "build.rs", "memory.x"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for name in CRATES.iter().chain(&["."]) {
        for part in PARTS {
            let path = Path::new(name).join(part);
            if path.exists() {
                println!("cargo:rerun-if-changed={}", path.display());
                collect(&path, &mut files);
            }
        }
    }
    files.sort();
    let mut state = Fnv::default();
    for path in &files {
        let content = fs::read(path).expect("a source that was listed can be read");
        // The same name on every machine, whatever separates its folders.
        for part in path {
            state.mix(part.as_encoded_bytes());
        }
        state.mix(&content);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("sources.in"), format!("{:#018x}", state.0))
        .expect("OUT_DIR can be written");
}

/// Every file that the path stands for.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        files.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).expect("a folder of sources can be read") {
        collect(&entry.expect("an entry of it, too").path(), files);
    }
}

/// FNV-1a of 64 bits: enough to tell one state from another, not against anybody's will.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes these bytes in, behind their length.
    fn mix(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        for byte in length.to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
