//! What a certificate takes from the records, and what is told of pens and what is due.

use serde_json::json;

use super::Fixture;
use super::runs::{began, began_with, committed, pen, result, run};
use crate::error::Class;
use crate::metrology::Verdict;
use crate::procedure::{Event, Observer, Phase, Subject};
use crate::store::{
    Calibration, Deviation, Draft, DueState, Instrument, Kind, Operator, Pen, Records, Returned,
    RunLog, Stays, due,
};

/// Keeps something of this kind under a name, about a pen.
fn keep(
    records: &mut Records,
    kind: Kind,
    name: &str,
    body: &impl serde::Serialize,
    day: Option<i64>,
) {
    let draft = Draft::new(kind, name, body).unwrap();
    let draft = match kind {
        Kind::Operator | Kind::Instrument => draft,
        _ => draft.about(name).unwrap(),
    };
    records.append(&[draft.due(day)]).unwrap();
}

fn operator(name: &str) -> Operator {
    Operator {
        number: 7,
        name: name.to_owned(),
        ..Operator::default()
    }
}

#[test]
fn whoever_measured_is_named_as_the_register_has_it_now() {
    let at = Fixture::file("whoever_measured_is_named");
    let mut records = at.records();
    for (entry, name) in [
        (None, None),
        (Some("A. Example"), Some("A. Example")),
        (Some("B. Example"), Some("B. Example")),
        (Some(""), None),
    ] {
        if let Some(entry) = entry {
            keep(&mut records, Kind::Operator, "7", &operator(entry), None);
            keep(
                &mut records,
                Kind::Operator,
                "8",
                &operator("somebody else"),
                None,
            );
        }
        let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
        log.event(&began()).unwrap();
        assert_eq!(log.operator().unwrap().as_deref(), name, "{entry:?}");
    }
}

#[test]
fn a_certificate_has_the_calibrations_before_it_and_the_newest_digest() {
    let at = Fixture::file("a_certificate_has_the_calibrations_before");
    let mut records = at.records();
    for made in ["2024-11-20", "2025-11-20", "2026-11-20"] {
        let result = result(made, "2027-11-20", 1.0, 1.0);
        keep(&mut records, Kind::Calibration, "1", &result, None);
    }
    let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
    log.event(&began()).unwrap();
    let made = |log: &mut RunLog<'_>, most| -> Vec<String> {
        let all = log.earlier(most).unwrap();
        all.into_iter().map(|it| it.made).collect()
    };
    assert_eq!(made(&mut log, 0), [""; 0]);
    assert_eq!(made(&mut log, 2), ["2025-11-20", "2026-11-20"]);
    assert_eq!(
        made(&mut log, 9),
        ["2024-11-20", "2025-11-20", "2026-11-20"]
    );
    let digest = log.digest().unwrap();
    assert_eq!(digest, records.head().unwrap().hash);
    assert_eq!(digest.len(), 64);
}

#[test]
fn a_finished_run_is_kept_with_its_number_its_pen_and_what_is_in_force() {
    let at = Fixture::file("a_finished_run_is_kept_with");
    let mut records = at.records();
    let ended = |in_force: &str| Event::Ended {
        class: Class::Ok,
        why: String::new(),
        in_force: in_force.to_owned(),
    };
    for (events, simulated, in_force) in [
        (vec![], false, "generation 3, as before"),
        (vec![committed(4)], true, "generation 4, unverified"),
        (
            vec![committed(4), ended("generation 4, signed off")],
            false,
            "generation 4, signed off",
        ),
        // A pen that says nothing changes nothing of what is known.
        (
            vec![committed(4), ended("")],
            true,
            "generation 4, unverified",
        ),
    ] {
        let pen = Pen {
            simulated,
            ..pen("1")
        };
        let mut log = RunLog::new(&mut records, pen, None).unwrap();
        for event in [vec![began()], events].concat() {
            log.event(&event).unwrap();
        }
        let number = log.number().unwrap();
        let result = result("2026-11-22", "2027-11-22", 1.0, 1.0);
        log.finish(&result, json!({}), String::new(), json!({}))
            .unwrap();
        let certificate = log.certificate().unwrap().to_owned();
        let kept = records.calibrations("1").unwrap().pop().unwrap();
        assert_eq!((kept.run, kept.simulated), (number, simulated));
        assert_eq!(kept.certificate, certificate);
        let ended = records.run(number).unwrap().ended.unwrap();
        assert_eq!(
            (ended.text.as_str(), ended.in_force.as_str()),
            ("as left: pass", in_force)
        );
    }
}

#[test]
fn only_a_return_of_the_same_pen_leads_to_the_calibration_that_it_was() {
    let at = Fixture::file("only_a_return_of_the_same_pen");
    let mut records = at.records();
    let judged = |verdict| Event::Judged {
        phase: Phase::AsFound,
        verdict,
    };
    run(&mut records, "1", None, &[judged(Verdict::Fail)]);
    let returned = |returned, generation| Returned {
        returned,
        generation,
        ..Returned::default()
    };
    keep(&mut records, Kind::Return, "1", &returned(3, 5), None);
    // Generation 5 of another pen was another one, and a calibration of this one is no return.
    keep(&mut records, Kind::Return, "2", &returned(2, 5), None);
    let mut seen = result("2026-11-22", "2027-11-22", 1.0, 1.0);
    seen.generation = 5;
    keep(&mut records, Kind::Calibration, "1", &seen, None);
    let last = records.last_verdict("1", 5).unwrap();
    assert_eq!(last, Some(Verdict::Fail));
    let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
    log.event(&began_with(5)).unwrap();
    log.event(&judged(Verdict::Pass)).unwrap();
    assert_eq!(records.last_verdict("1", 5).unwrap(), Some(Verdict::Pass));
}

#[test]
fn what_stays_is_that_of_the_same_pen() {
    let at = Fixture::file("what_stays_is_that_of_the_same_pen");
    let mut records = at.records();
    let seen = |um: f64| Calibration {
        generation: 4,
        as_left: "pass".to_owned(),
        depth_tolerance: 100.0,
        depth: vec![Deviation {
            at: 500.0,
            found: um,
            left: um,
            expanded: 20.0,
        }],
        ..Calibration::default()
    };
    keep(&mut records, Kind::Calibration, "1", &seen(3.0), None);
    keep(&mut records, Kind::Calibration, "2", &seen(90.0), None);
    assert_eq!(records.stays("1", 4, Subject::Rate).unwrap(), Stays::Passed);
    let other = records.stays("2", 4, Subject::Rate).unwrap();
    assert!(matches!(other, Stays::DidNotPass { .. }), "{other:?}");
    assert_eq!(
        records.stays("3", 4, Subject::Rate).unwrap(),
        Stays::Unknown
    );
}

#[test]
fn what_is_due_is_told_once_of_each_by_its_newest_record() {
    let at = Fixture::file("what_is_due_is_told_once");
    let mut records = at.records();
    for (firmware, day) in [("0.1.0", 2_600), ("0.2.0", 2_700)] {
        let newer = Pen {
            firmware: firmware.to_owned(),
            ..pen("1")
        };
        keep(&mut records, Kind::Pen, "1", &newer, None);
        let gauge = Instrument {
            what: "gauge".to_owned(),
            serial: "G1".to_owned(),
            ..Instrument::default()
        };
        keep(&mut records, Kind::Instrument, "G1", &gauge, Some(day));
        keep(
            &mut records,
            Kind::Operator,
            "7",
            &operator("A. Example"),
            Some(day + 1),
        );
        let result = result("2026-11-22", "", 1.0, 1.0);
        keep(&mut records, Kind::Calibration, "1", &result, Some(day + 2));
    }
    let told: Vec<_> = (due(&mut records, 2_695).unwrap().into_iter())
        .map(|it| (it.what, it.name, it.left, it.state))
        .collect();
    let expected = [
        ("gauge", "G1", Some(5), DueState::Soon),
        ("operator", "7", Some(6), DueState::Soon),
        ("pen", "1", Some(7), DueState::Soon),
    ];
    let expected =
        expected.map(|(what, name, left, state)| (what.to_owned(), name.to_owned(), left, state));
    assert_eq!(told, expected);
}

#[test]
fn a_pen_that_nobody_knows_is_told_with_up_to_twelve_others_by_name() {
    let at = Fixture::file("a_pen_that_nobody_knows");
    let mut records = at.records();
    let why = |records: &mut Records| records.calibrations("99").unwrap_err().why;
    assert_eq!(why(&mut records), "the store has no pens at all");
    let mut names = Vec::new();
    for number in 1..=13 {
        let name = number.to_string();
        keep(&mut records, Kind::Pen, &name, &pen(&name), None);
        names.push(name);
        match number {
            13 => assert_eq!(why(&mut records), "it has 13 other pens"),
            _ => assert_eq!(why(&mut records), format!("it has {}", names.join(", "))),
        }
    }
    // One that is known and was never calibrated is no mistake.
    assert_eq!(records.calibrations("7"), Ok(Vec::new()));
}

#[test]
fn drift_is_told_between_the_same_settings_alone() {
    let at = |at: f64, um: f64| Calibration {
        depth: vec![Deviation {
            at,
            found: um,
            left: um,
            expanded: 12.0,
        }],
        ..Calibration::default()
    };
    let before = at(500.0, 10.0);
    assert_eq!(at(500.4, 14.0).drift_since(&before), Some((500.4, 4.0)));
    assert_eq!(at(500.5, 14.0).drift_since(&before), None);
    assert_eq!(at(499.5, 14.0).drift_since(&before), None);
}

#[test]
fn how_something_stands_has_a_word_of_its_own() {
    let words = [
        (DueState::DidNotPass, "did not pass"),
        (DueState::Overdue, "overdue"),
        (DueState::Unverified, "not signed off"),
        (DueState::Never, "never calibrated"),
        (DueState::Soon, "due soon"),
        (DueState::Fine, "in date"),
    ];
    for (state, word) in words {
        assert_eq!(state.word(), word);
    }
}
