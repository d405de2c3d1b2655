//! The plant against trajectories that were computed independently, to the tolerances of their README.

#[path = "reference_support/mod.rs"]
mod support;

use pen_sim::reference;
use support::{PLANT, Reference, SCENARIOS, compare, simulate};

/// Names of the scenarios that follow every stroke, with their running speed (rad/s).
const DYNAMIC: [(&str, f64); 9] = [
    ("a0_bare_motor_6V", 1_109.85),
    ("a1_spinup_air_6V", 1_100.0),
    ("b_spinup_skin_step_1mm", 790.0),
    ("c_run_then_jam", 790.0),
    ("d_battery_fresh", 900.0),
    ("f_brake_air", 790.0),
    ("f_brake_skin", 760.0),
    ("f_coast_air", 790.0),
    ("g_closed_loop_1kHz", 691.15),
];

#[test]
fn every_scenario_has_a_test() {
    let mut tested: Vec<&str> = DYNAMIC.iter().map(|(name, _)| *name).collect();
    tested.extend(["e_soak_1mm", "e_soak_air"]);
    tested.sort_unstable();
    assert_eq!(tested, SCENARIOS);
}

#[test]
fn columns_and_sample_times_are_those_of_the_reference() {
    for name in SCENARIOS {
        let (ours, reference) = (simulate(name), Reference::load(name));
        assert_eq!(ours.samples.header, reference.samples.header, "{name}");
        let times = |lines: &[Vec<String>]| -> Vec<String> {
            lines.iter().map(|line| line[0].clone()).collect()
        };
        assert_eq!(
            times(&ours.samples.rows),
            times(&reference.samples.rows),
            "{name}"
        );
    }
}

#[test]
fn speed_stays_within_a_thousandth_of_the_running_speed() {
    for (name, running) in DYNAMIC {
        let worst = compare(name, "omega_rad_s").0;
        assert!(worst < 1e-3 * running, "{name}: {worst} of {running} rad/s");
        // Ours, so that a loss of accuracy is noticed: twice the worst measured.
        assert!(worst < 6e-5 * running, "{name}: {worst} of {running} rad/s");
    }
}

#[test]
fn angle_stays_within_a_two_hundredth_of_a_turn() {
    for (name, _) in DYNAMIC {
        let worst = compare(name, "theta_rad").0 / std::f64::consts::TAU;
        assert!(worst < 5e-3, "{name}: {worst} turns");
        assert!(
            worst < 3e-4,
            "{name}: {worst} turns, more than twice the worst measured"
        );
    }
}

/// The README gives these no tolerance; each bound is about twice the worst that was measured.
#[test]
fn the_other_columns_follow() {
    for (name, _) in DYNAMIC {
        for (column, bound) in [
            ("i_A", 2e-4),
            ("soc", 3e-9),
            ("x_m", 2.5e-6),
            ("delta_m", 2.5e-6),
            ("F_skin_N", 0.025),
            ("v_term_V", 2e-5),
            ("i_bat_A", 2e-4),
        ] {
            let worst = compare(name, column).0;
            assert!(worst < bound, "{name}: {column} is off by {worst}");
        }
    }
}

#[test]
fn the_regulated_scenario_regulates_alike() {
    let name = "g_closed_loop_1kHz";
    assert!(compare(name, "duty").0 < 1e-4);
    assert!(compare(name, "omega_meas").0 < 0.1);
    assert_eq!(compare(name, "omega_ref").0.to_bits(), 0.0_f64.to_bits());
}

/// A sample that falls between our event and theirs may show the neighbouring mode.
#[test]
fn contact_modes_agree_except_within_the_error_of_an_event() {
    for (name, _) in DYNAMIC {
        let (ours, reference) = (simulate(name), Reference::load(name));
        let event_times: Vec<f64> = reference.events.iter().map(|event| event.0).collect();
        let (times, modes) = (
            reference.samples.column("t_s"),
            reference.samples.column("mode"),
        );
        for ((time, theirs), mode) in times.iter().zip(modes).zip(ours.samples.column("mode")) {
            let is_close = event_times.iter().any(|event| (event - time).abs() < 2e-6);
            assert!(
                is_close || (theirs - mode).abs() < 0.5,
                "{name}: {mode} at {time} s"
            );
        }
    }
}

#[test]
fn events_come_in_the_same_order_and_at_the_same_time() {
    for (name, _) in DYNAMIC {
        let (ours, reference) = (simulate(name), Reference::load(name));
        let names = |events: &[(f64, String, f64)]| -> Vec<String> {
            events.iter().map(|event| event.1.clone()).collect()
        };
        assert_eq!(names(&ours.events), names(&reference.events), "{name}");
        for (our, their) in ours.events.iter().zip(&reference.events) {
            // The README asks for one step and 0.1 ms; measured are 4.5 us at a standstill, which
            // approaches slowly, and 1.0 us elsewhere.
            let bound = if their.1 == "w0" { 1e-5 } else { 2e-6 };
            let late = (our.0 - their.0).abs();
            assert!(
                late < bound,
                "{name}: {} at {} s is {late} s off",
                their.1,
                their.0
            );
            assert!(
                (our.2 - their.2).abs() < 2e-3,
                "{name}: {} at {} rad",
                their.1,
                our.2
            );
        }
    }
}

/// Measured 8e-6 K, which is what the reference's own solvers differ by (its README), and one unit
/// of the last printed digit in the rest; the bounds leave a factor of two to five.
#[test]
fn soaks_agree_to_the_printed_digits() {
    for name in ["e_soak_1mm", "e_soak_air"] {
        for (column, bound) in [
            ("T_winding_C", 2e-5),
            ("T_motor_C", 2e-5),
            ("T_housing_C", 2e-5),
            ("soc", 5e-9),
            ("v1_V", 5e-10),
            ("i_A", 5e-10),
            ("R_ohm", 2e-7),
            ("K_NmA", 1e-10),
            ("duty", 5e-9),
            ("i_bat_A", 5e-10),
            ("v_term_V", 2e-8),
        ] {
            let worst = compare(name, column).0;
            assert!(worst < bound, "{name}: {column} is off by {worst}");
        }
    }
}

#[test]
fn a_tenth_of_the_step_changes_less_than_a_two_thousandth() {
    for (name, running) in DYNAMIC {
        let scenario = support::scenario(name);
        let coarse = reference::run(&scenario, PLANT).unwrap();
        let fine = reference::run_with_step(&scenario, PLANT, 1e-5).unwrap();
        let (coarse, fine) = (
            coarse.column("omega_rad_s").unwrap(),
            fine.column("omega_rad_s").unwrap(),
        );
        assert_eq!(coarse.len(), fine.len(), "{name}");
        for (a, b) in coarse.iter().zip(&fine) {
            assert!((a - b).abs() < 5e-4 * running, "{name}: {a} and {b} rad/s");
        }
    }
}

#[test]
fn a_finer_step_comes_closer() {
    for (name, running) in DYNAMIC {
        let fine = reference::run_with_step(&support::scenario(name), PLANT, 1e-5).unwrap();
        let theirs = Reference::load(name).samples.column("omega_rad_s");
        for (our, their) in fine.column("omega_rad_s").unwrap().iter().zip(theirs) {
            assert!(
                (our - their).abs() < 2e-5 * running,
                "{name}: {our} for {their} rad/s"
            );
        }
    }
}

#[test]
fn the_energy_ledger_closes_to_a_thousandth_of_the_input() {
    for (name, _) in DYNAMIC {
        let (missing, supplied) = reference::run(&support::scenario(name), PLANT)
            .unwrap()
            .ledger_j;
        assert!(supplied > 0.1, "{name}: {supplied} J supplied");
        assert!(
            missing.abs() < 1e-3 * supplied,
            "{name}: {missing} J of {supplied} J"
        );
    }
}

#[test]
fn the_same_scenario_gives_the_same_bytes() {
    let text = || {
        let mut text = Vec::new();
        let trajectory = reference::run(&support::scenario("g_closed_loop_1kHz"), PLANT).unwrap();
        trajectory.write_csv(&mut text).unwrap();
        trajectory.write_events_csv(&mut text).unwrap();
        text
    };
    assert_eq!(text(), text());
}
