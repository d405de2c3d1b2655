//! The scenarios together reach every fault, so that a comparison over all of them compares all.

use std::path::{Path, PathBuf};

use pen_core::fault::Fault;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_sim::pen::firmware::Native;
use pen_sim::pen::processor::Processor;
use pen_sim::scenario::{Run, Scenario, report, run_on};

use crate::scene::{Scene, Setup};

/// How long all scenarios together may be (ms of simulated time): each also runs on processors that
/// are far slower than this machine. Two minutes of it are one activation at its limit.
const TOTAL_MS: u64 = 400_000;

fn scenarios() -> Vec<(PathBuf, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/scenarios");
    report::files(&folder)
        .expect("scenarios")
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("a scenario");
            (file, Scenario::parse(&text).expect("a scenario"))
        })
        .collect()
}

fn run(scenario: &Scenario) -> Run {
    let native = |socket| -> Box<dyn Processor> { Box::new(Native::new(socket)) };
    run_on(scenario, None, native).expect("a run")
}

/// The faults that were the first cause in a run, as its journal tells.
fn first_causes(run: &Run) -> Vec<Fault> {
    run.journal
        .iter()
        .filter_map(|entry| match entry.record {
            Record::Tripped(trip) => Some(trip.fault),
            _ => None,
        })
        .collect()
}

#[test]
fn every_fault_is_the_first_cause_in_some_scenario() {
    let mut total_ms = 0;
    let mut reached = Vec::new();
    for (file, scenario) in scenarios() {
        let run = run(&scenario);
        assert!(run.verdict.held(), "{}", file.display());
        total_ms += scenario.end_ms;
        let name = file.file_stem().expect("a name").to_string_lossy();
        let causes = first_causes(&run).into_iter();
        reached.extend(causes.map(|fault| (fault, name.clone().into_owned())));
    }
    for fault in Fault::ALL {
        let mut by: Vec<&str> = reached
            .iter()
            .filter(|(cause, _)| *cause == fault)
            .map(|(_, name)| name.as_str())
            .collect();
        by.dedup();
        println!("{:<18} {}", format!("{fault:?}"), by.join(", "));
    }
    println!("{total_ms} ms in all");
    let missing: Vec<Fault> = Fault::ALL
        .into_iter()
        .filter(|fault| reached.iter().all(|(cause, _)| cause != fault))
        .collect();
    assert_eq!(missing, [], "no scenario reaches these as a first cause");
    assert!(total_ms <= TOTAL_MS, "{total_ms} ms in all");
}

#[test]
fn conf_008_a_flip_in_any_limit_is_seen_with_the_next_tick() {
    for which in 0..=6 {
        let mut scene = Scene::ready(&Setup::of(1));
        scene
            .pen
            .inject("ram", "limit_flip", Some(which))
            .expect("a knob");
        scene.ms(2);
        let status = scene.status().expect("alive");
        let fault = status.fault.map(|trip| trip.fault);
        assert_eq!(fault, Some(Fault::LimitCorrupt), "limit {which}");
        assert!(scene.pen.faults().is_whole(), "it clears itself");
        scene.ms(500);
        assert_eq!(scene.mode(), Some(Mode::Faulted));
    }
}

#[test]
fn conf_008_a_flip_waits_for_a_limit_in_force() {
    let mut scene = Scene::new(&Setup::of(1));
    scene.pen.inject("ram", "limit_flip", None).expect("a knob");
    scene.ms(500);
    assert!(!scene.pen.faults().is_whole());
    assert_eq!(scene.status().expect("alive").fault, None);
}
