//! Every scenario file, for its own pen and for others.

use std::path::{Path, PathBuf};

use pen_sim::scenario::report;

/// Pens besides the file's own.
const OTHERS: [u64; 4] = [2, 3, 17, 4_711];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/scenarios")
}

fn run(seed: Option<u64>) -> Vec<String> {
    let files = report::files(&folder()).expect("scenarios");
    assert!(files.len() >= 35, "{} files", files.len());
    files
        .iter()
        .map(|file| report::judge(file, seed))
        .filter(|verdict| !verdict.passed)
        .map(|verdict| verdict.text(false))
        .collect()
}

#[test]
fn every_scenario_passes_for_its_own_pen() {
    let failed = run(None);
    assert!(failed.is_empty(), "{}", failed.concat());
}

#[test]
fn every_scenario_passes_for_other_pens() {
    let failed: Vec<String> = OTHERS
        .into_iter()
        .flat_map(|seed| run(Some(seed)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.concat());
}
