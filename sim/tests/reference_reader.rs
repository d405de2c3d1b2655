//! What the reader of scenario files accepts, and by what name it refuses the rest.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "reference_support/mod.rs"]
mod support;

use pen_sim::reference::{self, ReferenceError};
use serde_json::{Value, json};
use support::{PLANT, Reference, SCENARIOS, compare, scenario, simulate};

/// A short scenario in air, with some fields replaced; a null takes one away.
fn with(changes: &Value) -> String {
    let mut scenario = json!({
        "name": "short",
        "supply": {"kind": "constant", "volts": 4.36},
        "skin": false,
        "theta0_rad": std::f64::consts::PI,
        "t_end_s": 0.05,
    });
    let fields = scenario.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    scenario.to_string()
}

fn run(changes: &Value) -> Result<reference::Trajectory, ReferenceError> {
    reference::run(&with(changes), PLANT)
}

/// The text of a refusal, which must name these.
fn refusal(changes: &Value, names: &[&str]) -> ReferenceError {
    let error = run(changes).unwrap_err();
    let text = error.to_string();
    for name in names {
        assert!(text.contains(name), "`{name}` is missing in: {text}");
    }
    error
}

#[test]
fn the_support_sees_all_reference_data() {
    assert_eq!(SCENARIOS.len(), 11);
    assert_eq!(simulate("c_run_then_jam").samples.rows.len(), 311);
    assert_eq!(Reference::load("c_run_then_jam").events.len(), 2);
    assert!(compare("c_run_then_jam", "t_s").0 < 1e-12);
    assert!(scenario("c_run_then_jam").contains("jam_at_s"));
}

#[test]
fn the_short_scenario_is_sound() {
    assert_eq!(run(&json!({})).unwrap().rows.len(), 51);
}

#[test]
fn text_that_is_no_object_is_refused() {
    for text in ["", "{", "[]", "7", "null"] {
        let error = reference::run(text, PLANT).unwrap_err();
        assert!(
            matches!(error, ReferenceError::NotAnObject(_)),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_broken_plant_file_is_refused() {
    let scenario = with(&json!({}));
    for (text, name) in [
        ("{}", "plant"),
        ("7", "struct"),
        (r#"{"plant": {}}"#, "missing field"),
        (r#"{"plant": {"kt": 1.0}}"#, "`kt`"),
        (r#"{"plant": {}, "pet": 1}"#, "`pet`"),
    ] {
        let error = reference::run(&scenario, text).unwrap_err();
        assert!(matches!(error, ReferenceError::Params(_)));
        assert!(error.to_string().contains(name), "{text}: {error}");
    }
}

#[test]
fn unknown_fields_are_refused_wherever_they_are() {
    refusal(&json!({"gap": 1}), &["scenario", "`gap`", "gap_m"]);
    refusal(
        &json!({"supply": {"kind": "constant", "volts": 4.0, "ohms": 1}}),
        &["scenario.supply", "`ohms`", "volts"],
    );
    refusal(&json!({"plant": {"depth": 1e-3}}), &["`depth`", "ocv"]);
    refusal(
        &json!({"controller": {"kd": 1.0}}),
        &["scenario.controller", "`kd`", "kff"],
    );
}

#[test]
fn unknown_words_are_refused_with_the_known_ones() {
    let words = [
        "`halt`",
        "drive, open, coast, brake, plug",
        "scenario.bridge[1]",
    ];
    refusal(&json!({"bridge": [[0, "drive"], [0.01, "halt"]]}), &words);
    refusal(
        &json!({"supply": {"kind": "solar"}}),
        &["`solar`", "constant, battery"],
    );
    refusal(&json!({"ends_at": "dawn"}), &["`dawn`", "standstill"]);
}

#[test]
fn missing_fields_are_named() {
    for name in ["supply", "skin", "theta0_rad", "t_end_s"] {
        let error = refusal(&json!({name: null}), &[name]);
        assert!(matches!(error, ReferenceError::Missing { .. }), "{error}");
    }
    refusal(&json!({"skin": true}), &["scenario.gap_m"]);
    refusal(
        &json!({"supply": {"volts": 4.0}}),
        &["scenario.supply.kind"],
    );
    refusal(
        &json!({"supply": {"kind": "constant"}}),
        &["scenario.supply.volts"],
    );
    refusal(
        &json!({"supply": {"kind": "battery"}}),
        &["scenario.supply.soc0"],
    );
    let controller = json!({"Ts_s": 0.001, "kp": 1.0, "ki": 1.0, "kff": 1.0});
    refusal(
        &json!({"controller": controller}),
        &["scenario.controller.omega_ref_rad_s"],
    );
}

#[test]
fn wrong_types_are_shown() {
    refusal(
        &json!({"t_end_s": "soon"}),
        &["scenario.t_end_s", "soon", "a number"],
    );
    refusal(&json!({"skin": 1}), &["scenario.skin", "true or false"]);
    refusal(&json!({"name": 1}), &["scenario.name", "a text"]);
    refusal(
        &json!({"supply": 4.36}),
        &["scenario.supply", "4.36", "an object"],
    );
    refusal(&json!({"plant": []}), &["scenario.plant", "an object"]);
    refusal(&json!({"bridge": "drive"}), &["scenario.bridge", "drive"]);
    refusal(&json!({"bridge": []}), &["scenario.bridge", "at least one"]);
    refusal(
        &json!({"bridge": [[0, 1]]}),
        &["scenario.bridge[0]", "bridge word"],
    );
    refusal(
        &json!({"bridge": [[0]]}),
        &["scenario.bridge[0]", "[time in s, value]"],
    );
    refusal(
        &json!({"skin": true, "gap_m": [[0, "far"]]}),
        &["scenario.gap_m[0]", "far"],
    );
}

#[test]
fn impossible_numbers_are_refused_with_the_possible_ones() {
    refusal(&json!({"t_end_s": 0}), &["scenario.t_end_s", "above 0"]);
    refusal(
        &json!({"record_from_s": 1.0}),
        &["scenario.record_from_s", "0 to t_end_s"],
    );
    refusal(&json!({"duty": 1.5}), &["scenario.duty", "1.5", "-1 to 1"]);
    refusal(
        &json!({"jam_at_s": -1}),
        &["scenario.jam_at_s", "0 or above"],
    );
    refusal(
        &json!({"supply": {"kind": "battery", "soc0": 80}}),
        &["soc0", "80", "0 to 1"],
    );
    refusal(
        &json!({"supply": {"kind": "battery", "soc0": 0.8, "R0": -1}}),
        &["R0", "0 or above"],
    );
    refusal(&json!({"plant": {"L": 0}}), &["`L`", "above 0"]);
    refusal(
        &json!({"bridge": [[0.01, "drive"]]}),
        &["scenario.bridge", "0.01", "beginning"],
    );
    let falling = json!([[0, 0.002], [0.02, 0.001], [0.02, 0.0]]);
    refusal(
        &json!({"skin": true, "gap_m": falling}),
        &["scenario.gap_m[2]", "after 0.02 s"],
    );
    let error = reference::run_with_step(&with(&json!({})), PLANT, 0.1).unwrap_err();
    assert!(error.to_string().contains("1e-6 to 1e-3"), "{error}");
}

#[test]
fn contradictions_are_refused_with_both_sides() {
    let contradiction = |changes: Value, names: &[&str]| {
        let error = refusal(&changes, names);
        assert!(
            matches!(error, ReferenceError::Contradiction { .. }),
            "{error}"
        );
    };
    contradiction(json!({"gap_m": [[0, 0.002]]}), &["gap_m", "skin = false"]);
    contradiction(
        json!({"rate_hz": 110}),
        &["rate_hz", "averaged_thermal = false"],
    );
    contradiction(
        json!({"averaged_thermal": true}),
        &["theta0_rad", "averaged_thermal = true"],
    );
    contradiction(
        json!({"supply": {"kind": "constant", "volts": 4.0, "soc0": 0.5}}),
        &["scenario.supply.soc0", "kind = constant"],
    );
    contradiction(
        json!({"supply": {"kind": "battery", "volts": 4.0, "soc0": 0.5}}),
        &["scenario.supply.volts", "kind = battery"],
    );
    let controller =
        json!({"Ts_s": 0.001, "kp": 0.0, "ki": 0.0, "kff": 0.0, "omega_ref_rad_s": [[0, 1]]});
    contradiction(
        json!({"duty": 0.5, "controller": controller}),
        &["duty", "controller"],
    );
}

#[test]
fn a_soak_that_the_supply_cannot_drive_is_refused() {
    let soak = scenario("e_soak_air").replace("110.0", "300.0");
    let error = reference::run(&soak, PLANT).unwrap_err();
    assert!(matches!(error, ReferenceError::TooFast { .. }), "{error}");
    let soak = scenario("e_soak_air").replace("\"T_load_mNm\"", "\"T_lead_mNm\"");
    assert!(
        reference::run(&soak, PLANT)
            .unwrap_err()
            .to_string()
            .contains("T_lead_mNm")
    );
}

#[test]
fn a_soak_may_end_between_samples_and_run_from_a_bench_supply() {
    let mut soak: Value = serde_json::from_str(&scenario("e_soak_1mm")).unwrap();
    soak["t_end_s"] = json!(100.0);
    soak["supply"] = json!({"kind": "constant", "volts": 6.0});
    let times = reference::run(&soak.to_string(), PLANT)
        .unwrap()
        .column("t_s")
        .unwrap();
    assert_eq!(times.len(), 5);
    assert!((times[4] - 100.0).abs() < 1e-12);
}

#[test]
fn a_plug_brake_reverses_until_the_tick_after_standstill() {
    let plug = run(&json!({"t_end_s": 0.42, "bridge": [[0, "drive"], [0.4, "plug"]]})).unwrap();
    let volts = plug.column("v_term_V").unwrap();
    let stop = plug.events.iter().find(|event| event.t_s > 0.4).unwrap();
    assert_eq!(stop.name, "w0");
    assert!(
        (0.004..0.009).contains(&(stop.t_s - 0.4)),
        "stopped at {} s",
        stop.t_s
    );
    for (index, volts) in volts.iter().enumerate().skip(400) {
        let time = f64::from(u32::try_from(index).unwrap()) * 1e-3;
        let expected = if time < stop.t_s { -4.36 } else { 0.0 };
        assert!((volts - expected).abs() < 1e-12, "{volts} V at {time} s");
    }
}

#[test]
fn every_word_works_on_a_battery_and_between_ticks() {
    for word in ["open", "coast", "brake", "plug"] {
        let changes = json!({
            "supply": {"kind": "battery", "soc0": 0.7},
            "duty": 0.6,
            "t_end_s": 0.3,
            "skin": true,
            "gap_m": [[0, 0.002], [0.1003, 0.0]],
            "jam_at_s": 0.28765,
            "bridge": [[0, "drive"], [0.20037, word]],
        });
        let trajectory = run(&changes).unwrap();
        assert_eq!(trajectory.rows.len(), 301);
        assert!(
            trajectory
                .rows
                .iter()
                .flatten()
                .all(|value| value.is_finite())
        );
        let last = trajectory.column("omega_rad_s").unwrap()[300];
        assert!(last == 0.0, "{word}: jammed, yet {last} rad/s");
        assert!(trajectory.ledger_j.0.abs() < 1e-3 * trajectory.ledger_j.1);
    }
}

#[test]
fn an_open_bridge_holds_the_rotor_at_once() {
    let open = run(&json!({"bridge": [[0, "drive"], [0.04, "open"]]})).unwrap();
    let (speed, current) = (
        open.column("omega_rad_s").unwrap(),
        open.column("i_A").unwrap(),
    );
    assert!(speed[39] > 500.0 && speed[40] == 0.0 && current[40] == 0.0);
}

#[test]
fn the_duty_divides_a_bench_supply_too() {
    let whole = run(&json!({})).unwrap();
    let half = run(&json!({"supply": {"kind": "constant", "volts": 8.72}, "duty": 0.5})).unwrap();
    assert_eq!(whole.column("omega_rad_s"), half.column("omega_rad_s"));
}

#[test]
fn a_file_may_end_at_standstill() {
    let changes = json!({
        "bridge": [[0, "drive"], [0.1, "brake"]],
        "t_end_s": 0.3,
        "record_from_s": 0.05,
        "ends_at": "standstill (the file stops there)",
    });
    let stop = run(&changes).unwrap();
    assert_eq!(stop.events.last().unwrap().name, "w0");
    assert!((stop.rows[0][0] - 0.05).abs() < 1e-12);
}
