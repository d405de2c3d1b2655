//! The judges themselves: each rule fails on a made-up truth that breaks it, and only then.

use std::f64::consts::TAU;

use pen_sim::monitor::{Monitors, Rules};
use pen_sim::pen::{Observer, Truth};
use pen_sim::plant::Bridge;

const RULES: Rules = Rules {
    cap_um: 1_000.0,
    is_service: false,
    has_brake: true,
};

/// A healthy treatment at an instant: driven, trigger held, needles inside.
fn driven() -> Truth {
    Truth {
        time_us: 0,
        pen_us: 0,
        theta_rad: 3.0,
        rate_hz: 100.0,
        protrusion_um: -500.0,
        peak_um: 900.0,
        turn_peak_um: 900.0,
        depth_um: 900.0,
        gap_um: 0.0,
        needles: 12,
        in_skin: false,
        enable: true,
        bridge: Bridge::Drive { duty: 0.5 },
        powered: true,
        braking: false,
        duty: 0.5,
        current_a: 0.3,
        terminal_v: 7.4,
        soc: 0.8,
        winding_c: 30.0,
        housing_c: 30.0,
        grip_c: 30.0,
        punctures: 0,
        strokes: 0,
        falls: false,
        trigger: true,
        cable: false,
        alive: true,
        starts: 1,
    }
}

/// At rest: torque off, trigger released.
fn off() -> Truth {
    Truth {
        enable: false,
        bridge: Bridge::Coast,
        powered: false,
        duty: 0.0,
        current_a: 0.0,
        rate_hz: 0.0,
        trigger: false,
        ..driven()
    }
}

/// The winding shorted, trigger released.
fn braked() -> Truth {
    Truth {
        enable: true,
        bridge: Bridge::Brake,
        braking: true,
        ..off()
    }
}

/// Requirements that are broken when these pieces of truth follow each other: so many steps of so
/// many microseconds of each.
fn broken_under(rules: Rules, pieces: &[(Truth, u64, u64)]) -> Vec<&'static str> {
    let mut judges = Monitors::new(rules);
    let mut time_us = 0;
    for (truth, steps, step_us) in pieces {
        for _ in 0..*steps {
            time_us += step_us;
            judges.step(&Truth { time_us, ..*truth });
        }
    }
    judges.broken().map(|finding| finding.requirement).collect()
}

fn broken(pieces: &[(Truth, u64, u64)]) -> Vec<&'static str> {
    broken_under(RULES, pieces)
}

/// So many tenths of a millisecond.
const STEP: u64 = 100;

#[test]
fn proof_007_a_healthy_treatment_breaks_no_rule() {
    let healthy = [
        (off(), 5_000, STEP),
        (driven(), 50_000, STEP),
        (braked(), 1_000, STEP),
        (off(), 5_000, STEP),
    ];
    assert!(broken(&healthy).is_empty());
}

#[test]
fn proof_007_the_depth_rule_fails_beyond_cap_margin_and_uncertainty() {
    let deep = |um: f64| Truth {
        depth_um: um,
        ..driven()
    };
    // 1000 um, 50 um of margin, 40 um of uncertainty; 20 ms.
    assert!(broken(&[(deep(1_090.0), 1_000, STEP)]).is_empty());
    assert!(broken(&[(deep(1_091.0), 201, STEP)]).is_empty());
    assert_eq!(broken(&[(deep(1_091.0), 202, STEP)]), ["DEPTH-002"]);
    // In between it was shallow: two times of 15 ms are not one of 30 ms.
    let twice = [
        (deep(1_091.0), 150, STEP),
        (driven(), 1, STEP),
        (deep(1_091.0), 150, STEP),
    ];
    assert!(broken(&twice).is_empty());
    let resting = Truth {
        depth_um: 2_400.0,
        ..off()
    };
    assert!(broken(&[(resting, 1_000, STEP)]).is_empty());
}

#[test]
fn proof_007_the_release_rule_fails_when_the_drive_outlasts_the_trigger() {
    let released = Truth {
        trigger: false,
        ..driven()
    };
    assert!(broken(&[(driven(), 10, STEP), (released, 31, STEP)]).is_empty());
    assert_eq!(
        broken(&[(driven(), 10, STEP), (released, 32, STEP)]),
        ["STOP-013"]
    );
    let service = Rules {
        is_service: true,
        ..RULES
    };
    assert!(broken_under(service, &[(released, 1_000, STEP)]).is_empty());
}

#[test]
fn proof_007_the_torque_rule_fails_when_the_bridge_stays_enabled() {
    let start = (driven(), 10, STEP);
    assert!(broken(&[start, (braked(), 5_000, STEP)]).is_empty());
    assert_eq!(broken(&[start, (braked(), 5_002, STEP)]), ["SAFE-003"]);
}

#[test]
fn proof_007_the_cable_rule_fails_when_the_drive_outlasts_the_plug() {
    let plugged = Truth {
        cable: true,
        ..driven()
    };
    assert!(broken(&[(driven(), 10, STEP), (plugged, 31, STEP)]).is_empty());
    assert_eq!(
        broken(&[(driven(), 10, STEP), (plugged, 32, STEP)]),
        ["PWR-003"]
    );
}

#[test]
fn proof_007_the_fall_rule_fails_when_the_drive_outlasts_the_hand() {
    let falls = Truth {
        falls: true,
        ..driven()
    };
    assert!(broken(&[(driven(), 10, STEP), (falls, 1_501, STEP)]).is_empty());
    assert_eq!(
        broken(&[(driven(), 10, STEP), (falls, 1_502, STEP)]),
        ["PWR-007"]
    );
}

#[test]
fn proof_007_the_heat_rules_fail_when_the_drive_goes_on_for_a_second() {
    let grip = Truth {
        grip_c: 44.1,
        ..driven()
    };
    let winding = Truth {
        winding_c: 115.1,
        ..driven()
    };
    for hot in [grip, winding] {
        assert!(broken(&[(driven(), 10, STEP), (hot, 10_001, STEP)]).is_empty());
        assert_eq!(
            broken(&[(driven(), 10, STEP), (hot, 10_002, STEP)]),
            ["PWR-004"]
        );
    }
}

/// Turns at a rate, driven or not.
fn spun(truth: Truth, hz: f64, turns: u32) -> Vec<(Truth, u64, u64)> {
    let step_rad = TAU * hz * 1e-4;
    let mut theta_rad = 0.1;
    let mut pieces = Vec::new();
    while theta_rad < TAU * (f64::from(turns) + 1.05) {
        pieces.push((Truth { theta_rad, ..truth }, 1, STEP));
        theta_rad += step_rad;
    }
    pieces
}

#[test]
fn proof_007_the_speed_rule_fails_at_the_fourth_driven_turn_above_160_hz() {
    assert!(broken(&spun(driven(), 150.0, 30)).is_empty());
    assert!(broken(&spun(driven(), 170.0, 3)).is_empty());
    assert_eq!(broken(&spun(driven(), 170.0, 5)), ["RATE-002"]);
    assert!(broken(&spun(off(), 170.0, 5)).is_empty());
}

#[test]
fn proof_007_the_time_rules_fail_after_two_and_after_thirty_minutes() {
    const TENTH: u64 = 100_000;
    assert!(broken(&[(driven(), 1_201, TENTH)]).is_empty());
    assert_eq!(broken(&[(driven(), 1_202, TENTH)]), ["SESS-010"]);
    let activation = [(driven(), 1_000, TENTH), (off(), 10, TENTH)];
    let session = |times: usize| activation.repeat(times);
    assert!(broken(&session(18)).is_empty());
    assert_eq!(broken(&session(19)), ["SESS-001"]);
}

#[test]
fn proof_007_the_watchdog_rule_fails_when_a_hung_pen_drives_on() {
    let hung = Truth {
        alive: false,
        ..driven()
    };
    assert!(broken(&[(driven(), 10, STEP), (hung, 601, STEP)]).is_empty());
    assert_eq!(
        broken(&[(driven(), 10, STEP), (hung, 602, STEP)]),
        ["PWR-006"]
    );
}

#[test]
fn proof_007_the_current_rules_fail_above_each_step_for_too_long() {
    let drawing = |current_a: f64| Truth {
        current_a,
        ..driven()
    };
    for (amps, steps, rules) in [(1.01, 3_030, 1), (1.51, 530, 1), (2.51, 50, 1)] {
        for amps in [amps, -amps] {
            assert!(
                broken(&[(drawing(amps), steps + 1, STEP)]).is_empty(),
                "{amps}"
            );
            let found = broken(&[(drawing(amps), steps + 2, STEP)]);
            assert_eq!(found, vec!["PWR-002"; rules], "{amps}");
        }
    }
    assert!(broken(&[(drawing(1.0), 10_000, STEP)]).is_empty());
    // The brake's own current flows in the winding only.
    let braking = Truth {
        current_a: -3.0,
        enable: false,
        ..braked()
    };
    assert!(broken(&[(braking, 10_000, STEP)]).is_empty());
}

/// A brake, and needle entries so many milliseconds after it.
fn entries(at_ms: &[u64]) -> Vec<(Truth, u64, u64)> {
    let out = Truth {
        protrusion_um: 10.0,
        ..braked()
    };
    let mut pieces = vec![(driven(), 10, STEP)];
    let mut now = 0;
    for at in at_ms {
        // The brake's first step is its time zero; one step for each entry.
        pieces.push((braked(), 10 * at - now, STEP));
        pieces.push((out, 1, STEP));
        now = 10 * at + 1;
    }
    pieces.push((braked(), 500, STEP));
    pieces
}

#[test]
fn proof_007_the_stop_rules_fail_at_the_third_entry_and_at_a_late_one() {
    assert!(broken(&entries(&[5, 29])).is_empty());
    assert_eq!(broken(&entries(&[5, 15, 25])), ["STOP-002"]);
    assert_eq!(broken(&entries(&[31])), ["STOP-002"]);
    // What moves the needles later is not the stop.
    assert!(broken(&entries(&[120])).is_empty());
    let no_brake = Rules {
        has_brake: false,
        ..RULES
    };
    assert!(broken_under(no_brake, &entries(&[5, 15, 31])).is_empty());
}

#[test]
fn proof_007_parking_is_not_driving_unless_it_pushes_too_hard_or_too_late() {
    let push = |duty: f64| Truth {
        bridge: Bridge::Drive { duty },
        powered: true,
        braking: false,
        duty,
        ..braked()
    };
    let start = (driven(), 10, STEP);
    let rest = (braked(), 1_000, STEP);
    assert!(broken(&[start, rest, (push(-0.29), 100, STEP)]).is_empty());
    assert_eq!(
        broken(&[start, rest, (push(0.31), 100, STEP)]),
        ["STOP-013"],
        "above 2.2 V it drives"
    );
    let late = [start, rest, (off(), 4_500, STEP), (push(0.2), 100, STEP)];
    assert_eq!(broken(&late), ["STOP-013"], "later than 500 ms it drives");
}
