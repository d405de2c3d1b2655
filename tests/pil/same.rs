//! Every scenario gives the same bytes everywhere.

use std::collections::BTreeSet;

use pen_core::fault::Fault;
use pen_sim::pil::{Trial, run};

use crate::image::{TARGETS, equal, pen_sim, scenarios, settings};

fn every_scenario(target: &str) -> Vec<Trial> {
    let settings = settings(target);
    let mut trials = Vec::new();
    for (name, scenario) in scenarios() {
        let trial = equal(&name, &scenario, &settings);
        assert!(trial.verdict.held(), "{name}: {:?}", trial.verdict.outcomes);
        trials.push(trial);
    }
    trials
}

fn reaches_every_fault(trials: &[Trial]) {
    let reached: BTreeSet<Fault> = trials.iter().flat_map(|it| it.faults.clone()).collect();
    let missing: Vec<&Fault> = Fault::ALL
        .iter()
        .filter(|it| !reached.contains(it))
        .collect();
    assert!(missing.is_empty(), "no scenario reaches {missing:?}");
}

/// The stack may not come near its end: a fresh call chain must not surprise anybody.
fn has_stack_left(trials: &[Trial]) {
    for trial in trials {
        let stack = trial.stack;
        assert!(stack.used > 1_000, "nothing was painted: {stack:?}");
        assert!(stack.used < stack.size / 2, "{stack:?}");
    }
}

#[test]
fn safe_005_cortex_m4_code_does_what_this_machine_does_in_every_scenario_and_fault() {
    let trials = every_scenario(TARGETS[0]);
    has_stack_left(&trials);
    reaches_every_fault(&trials);
}

#[test]
fn safe_005_cortex_m0_code_does_what_this_machine_does_in_every_scenario_and_fault() {
    let trials = every_scenario(TARGETS[1]);
    has_stack_left(&trials);
    reaches_every_fault(&trials);
}

#[test]
fn safe_005_other_pens_than_the_scenarios_own_are_the_same_too() {
    let settings = settings(TARGETS[0]);
    let scenario = crate::image::scenario("01_treatment");
    for seed in [2, 77, u64::MAX] {
        let trial = run(&scenario, Some(seed), &settings).unwrap();
        assert!(trial.is_equal(), "seed {seed}\n{}", trial.text());
        assert_eq!(trial.verdict.seed, seed);
    }
}

/// The scenarios' own pens have none; what is judged of one that has belongs to the scenarios.
#[test]
fn safe_005_pens_with_a_second_switch_are_the_same_too() {
    for target in TARGETS {
        let settings = settings(target);
        for name in [
            "01_treatment",
            "14_bridge_short",
            "16_enable_path_welded",
            "18_watchdog_reset",
            "25_actuator",
        ] {
            let without = crate::image::scenario(name);
            let mut with = without.clone();
            with.pen.second_switch = true;
            let trial = equal(name, &with, &settings);
            let outputs = |trial: &Trial| trial.parts[0].processor.clone();
            let other = run(&without, None, &settings).unwrap();
            assert_ne!(outputs(&trial), outputs(&other), "{name}: told of none");
        }
    }
}

#[test]
fn safe_005_two_runs_of_the_program_print_the_same_bytes() {
    let said = |name: &str| {
        let scenario = pen_tests::sources::top().join("sim/scenarios").join(name);
        let image = settings(TARGETS[0]).image;
        let done = pen_sim()
            .arg("pil")
            .arg(scenario)
            .arg("--image")
            .arg(image)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let speed = String::from_utf8(done.stderr).unwrap();
        assert!(speed.contains("times real time"), "{speed}");
        String::from_utf8(done.stdout).unwrap()
    };
    let file = "19_power_cut_while_treating.toml";
    let first = said(file);
    assert!(
        first.contains("thumbv7em-none-eabihf and native: equal"),
        "{first}"
    );
    assert!(first.contains("2 boots"), "{first}");
    assert_eq!(first, said(file));
}
