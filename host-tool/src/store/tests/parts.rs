//! What the records say of the part of a pen that stays, when only the other is calibrated.

use serde_json::json;

use super::Fixture;
use super::runs::{began, pen};
use crate::procedure::{Began, Event, Observer, Subject};
use crate::store::{
    Calibration, Deviation, Draft, Kind, Query, Record, Records, Returned, RunLog, Stays,
};

/// A measurement of generation `generation` whose largest deviations were so far off: um, and %.
fn measured(
    records: &mut Records,
    generation: u32,
    subject: Subject,
    off: (f64, f64),
    as_left: &str,
) {
    measured_with(records, generation, subject, off, as_left, "");
}

/// The same, with what came of the motor current; nothing where it was not measured.
fn measured_with(
    records: &mut Records,
    generation: u32,
    subject: Subject,
    (um, percent): (f64, f64),
    as_left: &str,
    current: &str,
) {
    let mut log = RunLog::new(records, pen("42"), None).unwrap();
    log.event(&began()).unwrap();
    let number = log.number().unwrap();
    let at = |at: f64, left: f64, expanded: f64| Deviation {
        at,
        found: left,
        left,
        expanded,
    };
    let seen = Calibration {
        subject,
        generation,
        made: "2026-11-20".to_owned(),
        due: "2027-11-20".to_owned(),
        as_found: as_left.to_owned(),
        as_left: as_left.to_owned(),
        certificate: format!("CAL-{number}"),
        depth_tolerance: 100.0,
        depth: vec![at(500.0, um, 20.0), at(1_250.0, 1.0, 20.0)],
        rate_tolerance: 5.0,
        rate: vec![at(80.0, percent, 0.5)],
        current: current.to_owned(),
        ..Calibration::default()
    };
    let before = log.earlier(1).unwrap();
    let seen = seen.after(before.last());
    log.finish(&seen, json!({}), String::new(), json!({}))
        .unwrap();
}

fn good(records: &mut Records, generation: u32, subject: Subject) {
    measured(records, generation, subject, (0.0, 0.0), "pass");
}

/// Whether depth may be adjusted alone, and whether the rate may: yes, no, or nobody knows.
fn may(records: &mut Records, generation: u32) -> String {
    let word = |stays: &Stays| match stays {
        Stays::Passed => "yes",
        Stays::DidNotPass { .. } => "no",
        Stays::Unknown => "?",
    };
    let mut words = Vec::new();
    for subject in [Subject::Depth, Subject::Rate] {
        let stays = records.stays("42", generation, subject).unwrap();
        words.push(word(&stays));
        for whole in [Subject::All, Subject::Verify] {
            let stays = records.stays("42", generation, whole).unwrap();
            assert!(!matches!(stays, Stays::DidNotPass { .. }), "{whole:?}");
        }
    }
    words.join(" ")
}

#[test]
fn a_part_is_adjusted_only_beside_one_that_passed_when_it_was_measured_last() {
    for at in &Fixture::each("a_part_is_adjusted_only_beside_one_that_passed") {
        let mut records = at.records();
        assert_eq!(may(&mut records, 2), "? ?");
        good(&mut records, 2, Subject::All);
        assert_eq!(
            (may(&mut records, 2), may(&mut records, 3)),
            ("yes yes".into(), "? ?".into())
        );
        // Depth is off at one setting that a check of three would not see; so is its guard band.
        for um in [80.1, -80.1, 400.0] {
            measured(
                &mut records,
                2,
                Subject::Verify,
                (um, 0.0),
                "conditional pass",
            );
            assert_eq!(may(&mut records, 2), "yes no", "{um}");
            let Stays::DidNotPass { made, certificate } =
                records.stays("42", 2, Subject::Rate).unwrap()
            else {
                panic!("it did not pass");
            };
            assert_eq!(made, "2026-11-20");
            assert!(certificate.starts_with("CAL-"));
            // A later check of three settings changes nothing of that.
            good(&mut records, 2, Subject::Rate);
            assert_eq!(may(&mut records, 2), "yes no", "{um}");
        }
        measured(&mut records, 2, Subject::Verify, (80.0, 0.0), "pass");
        assert_eq!(may(&mut records, 2), "yes yes");
        measured(
            &mut records,
            2,
            Subject::All,
            (0.0, 4.6),
            "conditional pass",
        );
        assert_eq!(may(&mut records, 2), "no yes");
        measured(&mut records, 2, Subject::All, (99.0, 4.6), "fail");
        assert_eq!(may(&mut records, 2), "no no");
        // Its numbers passed; an instrument without a certificate kept it from a plain pass.
        measured(
            &mut records,
            2,
            Subject::All,
            (0.0, 0.0),
            "conditional pass",
        );
        assert_eq!(may(&mut records, 2), "no no");
    }
}

#[test]
fn what_stayed_is_what_it_was_a_generation_before() {
    for at in &Fixture::each("what_stayed_is_what_it_was") {
        let mut records = at.records();
        measured(
            &mut records,
            1,
            Subject::All,
            (90.0, 0.0),
            "conditional pass",
        );
        // Somewhere else, without these records, the rate was adjusted twice; here it is seen at the end.
        good(&mut records, 3, Subject::Rate);
        assert_eq!(may(&mut records, 3), "yes ?");
        good(&mut records, 2, Subject::Rate);
        good(&mut records, 3, Subject::Rate);
        assert_eq!(may(&mut records, 3), "yes no");
        // Depth measured in full again.
        good(&mut records, 4, Subject::Depth);
        good(&mut records, 5, Subject::Rate);
        assert_eq!(may(&mut records, 5), "yes yes");
    }
}

#[test]
fn tables_that_returned_are_those_that_they_were() {
    for at in &Fixture::each("tables_that_returned") {
        let mut records = at.records();
        measured(
            &mut records,
            1,
            Subject::All,
            (90.0, 0.0),
            "conditional pass",
        );
        good(&mut records, 2, Subject::All);
        assert_eq!(may(&mut records, 2), "yes yes");
        let returned = Returned {
            returned: 1,
            generation: 3,
            verified: true,
            ..Returned::default()
        };
        let draft = Draft::new(Kind::Return, "42", &returned).unwrap();
        records.append(&[draft.about("42").unwrap()]).unwrap();
        assert_eq!(may(&mut records, 3), "yes no");
    }
}

#[test]
fn records_that_call_measuring_alone_nothing_count_as_they_did() {
    for at in &Fixture::each("call_measuring_alone_nothing") {
        let mut records = at.records();
        good(&mut records, 2, Subject::All);
        measured(&mut records, 2, Subject::Verify, (400.0, 0.0), "fail");
        // The same two as a program wrote them that called it so: the run, and what was found.
        for kind in [Kind::Run, Kind::Calibration] {
            let kept = records.all(&Query::ALL).unwrap();
            let of_kind = |record: &&Record| record.draft.kind == kind;
            let newest = kept.iter().rev().find(of_kind).unwrap().draft.clone();
            let body = newest.body.replace("\"verify\"", "\"nothing\"");
            assert_eq!(body == newest.body, kind == Kind::Run, "{body}");
            records.append(&[Draft { body, ..newest }]).unwrap();
        }
        assert_eq!(may(&mut records, 2), "yes no");
        let began = serde_json::to_string(&began_with(Subject::Verify)).unwrap();
        let older = began.replace("\"verify\"", "\"nothing\"");
        assert_ne!(older, began);
        let read: Began = serde_json::from_str(&older).unwrap();
        assert_eq!(read, began_with(Subject::Verify));
    }
}

/// What a run of this subject is asked to do.
fn began_with(subject: Subject) -> Began {
    let Event::Began(began) = began() else {
        panic!("a beginning");
    };
    Began { subject, ..began }
}

#[test]
fn a_current_that_passes_clears_no_failure_of_another_and_one_that_fails_is_cleared_by_a_current() {
    use crate::store::{DueState, due};
    let name = "a_current_that_passes_clears_no_failure_of_another_and_one_that_fails_is_cleared_by_a_current";
    for at in &Fixture::each(name) {
        let mut records = at.records();
        // Subject, generation, deviation of depth, verdict, that of the current; what may be adjusted, what is due.
        for (subject, generation, um, as_left, current, words, has_failed) in [
            (Subject::Verify, 2, 200.0, "fail", "", "yes no", true),
            // A check at few settings passes: it says nothing of the others.
            (Subject::Current, 2, 0.0, "pass", "pass", "yes no", true),
            (Subject::Current, 2, 0.0, "pass", "pass", "yes no", true),
            (Subject::Verify, 2, 0.0, "pass", "", "yes yes", false),
            // The current fails: depth and rate passed all the same, and nothing else clears it.
            (Subject::Current, 2, 0.0, "fail", "fail", "yes yes", true),
            (Subject::Verify, 2, 0.0, "pass", "", "yes yes", true),
            (Subject::All, 3, 0.0, "pass", "", "yes yes", true),
            (Subject::Verify, 3, 0.0, "pass", "pass", "yes yes", false),
            // It fails together with depth: a current that passes clears only itself.
            (Subject::Verify, 3, 200.0, "fail", "fail", "yes no", true),
            (Subject::Current, 3, 0.0, "pass", "pass", "yes no", true),
            // Depth passes, the current fails again, and then passes: nothing is left.
            (Subject::Verify, 3, 0.0, "fail", "fail", "yes yes", true),
            (Subject::Current, 3, 0.0, "pass", "pass", "yes yes", false),
            // A check that fails counts, and not for the tables that come after it.
            (Subject::Current, 3, 200.0, "fail", "pass", "yes no", true),
            (Subject::Current, 4, 0.0, "pass", "pass", "? ?", false),
        ] {
            measured_with(
                &mut records,
                generation,
                subject,
                (um, 0.0),
                as_left,
                current,
            );
            let what = format!("{subject:?} {generation} {um} {as_left} {current}");
            assert_eq!(may(&mut records, generation), words, "{what}");
            let pens = due(&mut records, 0).unwrap().into_iter();
            let states: Vec<DueState> = pens
                .filter(|it| it.what == "pen")
                .map(|it| it.state)
                .collect();
            assert_eq!(
                states == [DueState::DidNotPass],
                has_failed,
                "{what}: {states:?}"
            );
        }
    }
}
