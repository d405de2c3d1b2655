//! Power, flash and memory that fail in the middle, on both alike.

use pen_sim::scenario::Scenario;

use crate::image::{TARGETS, equal, settings};

/// A treatment in which something is broken at 1400 ms, just before the trigger, and again later.
fn broken(component: &str, kind: &str, value: i64) -> Scenario {
    let text = format!(
        r#"
        title = "{component}.{kind} {value}"
        what = "Something breaks before and after an activation."
        requirements = ["SAFE-005"]
        end_ms = 4000
        [pen]
        ring_um = 500.0
        [judge]
        cap_um = 1000.0
        [plans.main]
        zones = [{{ zone = "Cheek", depth_um = 1000, rate_hz = 100 }}]
        [[step]]
        at_ms = 50
        do = "insert"
        id = 11
        kind = "Twelve"
        [[step]]
        at_ms = 300
        do = "load_plan"
        plan = "main"
        [[step]]
        at_ms = 1000
        do = "press_ok"
        [[step]]
        at_ms = 1400
        every_ms = 1300
        times = 2
        do = "break"
        component = "{component}"
        kind = "{kind}"
        value = {value}
        [[step]]
        at_ms = 1500
        do = "press_trigger"
        [[step]]
        at_ms = 2500
        do = "release_trigger"
        [[expect]]
        that = "benign"
        why = "only the comparison matters here"
        "#
    );
    Scenario::parse(&text).expect("a scenario")
}

#[test]
fn safe_005_power_that_fails_within_a_flash_operation_fails_alike() {
    let mut reboots = 0;
    for target in TARGETS {
        let settings = settings(target);
        for operations in 0..6 {
            let scenario = broken("flash", "cut_after", operations);
            let trial = equal(&scenario.title, &scenario, &settings);
            reboots += trial.boots - 1;
        }
    }
    // Each cut that struck ended a life in the middle of a request for flash.
    assert!(reboots >= 12, "only {reboots} cuts struck");
}

#[test]
fn safe_005_a_bit_that_flips_in_flash_is_seen_alike() {
    let settings = settings(TARGETS[0]);
    // Anywhere in the storage; what the image has read before it must read again.
    for bit in (0..4_456_448).step_by(700_001) {
        let scenario = broken("flash", "flip_bit", bit);
        equal(&scenario.title, &scenario, &settings);
    }
}

#[test]
fn safe_005_a_bit_that_flips_in_a_limit_is_seen_alike() {
    for target in TARGETS {
        let settings = settings(target);
        for which in 0..7 {
            let scenario = broken("ram", "limit_flip", which);
            let trial = equal(&scenario.title, &scenario, &settings);
            let wanted = pen_core::fault::Fault::LimitCorrupt;
            assert!(
                trial.faults.contains(&wanted),
                "{}: {:?}",
                scenario.title,
                trial.faults
            );
        }
    }
}

#[test]
fn safe_005_every_way_to_lose_power_is_the_same() {
    let settings = settings(TARGETS[0]);
    for kind in ["watchdog", "brown_out", "cut"] {
        let scenario = broken("power", kind, 30);
        let trial = equal(&scenario.title, &scenario, &settings);
        assert_eq!(trial.boots, 3, "{kind}");
    }
}
