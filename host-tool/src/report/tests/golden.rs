//! The sample of a certificate as it was last looked at, byte for byte, in `host-tool/golden`.
//!
//! After a change that is meant: `PEN_GOLDEN=write cargo test -p pen-host --features pdf golden`, then look at
//! the three files.

use std::path::Path;

use crate::report::{calibration_document, calibration_json, sample};

/// How to accept what came out.
const ACCEPT: &str = "PEN_GOLDEN=write cargo test -p pen-host --features pdf golden";

fn compare(name: &str, found: &[u8]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    if std::env::var_os("PEN_GOLDEN").is_some_and(|it| it == "write") {
        std::fs::write(&file, found).unwrap();
        return;
    }
    let kept = std::fs::read(&file).unwrap();
    let same = kept.iter().zip(found).take_while(|(a, b)| a == b).count();
    assert!(
        kept == found,
        "{name}: {} bytes were kept, {} came out, the first {same} are the same. If that is meant: {ACCEPT}",
        kept.len(),
        found.len()
    );
}

#[test]
fn golden_page() {
    let page = calibration_document(&sample::calibration()).html();
    compare("calibration.html", page.as_bytes());
}

#[test]
fn golden_json() {
    let json = calibration_json(&sample::calibration());
    let text = serde_json::to_string_pretty(&json).unwrap() + "\n";
    compare("calibration.json", text.as_bytes());
}

#[cfg(feature = "pdf")]
#[test]
fn golden_pdf() {
    let pdf = calibration_document(&sample::calibration()).pdf().unwrap();
    compare("calibration.pdf", &pdf);
}
