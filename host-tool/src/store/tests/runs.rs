//! Calibrations as they go on, and what is known of them later.

use serde_json::json;

use super::Fixture;
use super::fixture::NOON;
use crate::error::{Class, Code};
use crate::metrology::{Direction, Reading, Verdict};
use crate::procedure::{Began, Event, Observer, Phase, Read, Setting, Subject, Taken};
use crate::store::{
    Access, Calibration, Deviation, Draft, DueState, End, Kind, Pen, Query, Records, Returned,
    RunLog, due, open,
};

pub(super) fn pen(serial: &str) -> Pen {
    Pen {
        serial: serial.to_owned(),
        model: "reference pen".to_owned(),
        firmware: "0.1.0".to_owned(),
        simulated: false,
    }
}

pub(super) fn began() -> Event {
    began_with(3)
}

pub(super) fn began_with(generation: u32) -> Event {
    Began::given(42, Some((generation, 0xabcd)))
}

fn taken(um: i32) -> Event {
    Event::Taken(Taken {
        place: crate::procedure::Place {
            phase: Phase::AsFound,
            setting: Setting::Depth {
                um,
                direction: Direction::Deepening,
            },
            repeat: 1,
        },
        read: Read::Depth(Reading {
            reference_um: um + 1,
            indicated_um: um,
            counts_a: 1,
            counts_b: 2,
        }),
        kept: None,
        sent_by: None,
    })
}

pub(super) fn committed(generation: u32) -> Event {
    Event::Committed {
        generation,
        digest: 1,
        depth_only: false,
    }
}

fn ended(class: Class) -> Event {
    ended_with(class, "")
}

fn ended_with(class: Class, in_force: &str) -> Event {
    Event::Ended {
        class,
        why: "because".to_owned(),
        in_force: in_force.to_owned(),
    }
}

/// Begins a run, tells it the events, and gives its number.
pub(super) fn run(
    records: &mut Records,
    serial: &str,
    resumes: Option<i64>,
    events: &[Event],
) -> i64 {
    let mut log = RunLog::new(records, pen(serial), resumes).unwrap();
    log.event(&began()).unwrap();
    for event in events {
        log.event(event).unwrap();
    }
    log.number().unwrap()
}

pub(super) fn result(made: &str, due: &str, found: f64, left: f64) -> Calibration {
    Calibration {
        generation: 4,
        made: made.to_owned(),
        due: due.to_owned(),
        as_found: "fail".to_owned(),
        as_left: "pass".to_owned(),
        depth_tolerance: 100.0,
        depth: vec![
            Deviation {
                at: 500.0,
                found: 2.0,
                left: 1.0,
                expanded: 12.0,
            },
            Deviation {
                at: 1_000.0,
                found,
                left,
                expanded: 12.0,
            },
        ],
        ..Calibration::default()
    }
}

#[test]
fn every_event_is_there_when_the_call_returns() {
    for at in &Fixture::each("every_event_is_there_when_the_call_returns") {
        let mut records = at.records();
        let mut log = RunLog::new(&mut records, pen("000042"), None).unwrap();
        assert_eq!((log.number(), log.certificate()), (None, None));
        // Nothing is kept of a run that has not begun.
        assert_eq!(log.event(&taken(1)).unwrap_err().code, Code::Internal);
        log.event(&began()).unwrap();
        let number = log.number().unwrap();
        let mut told = Vec::new();
        for um in 0..5 {
            log.event(&taken(um)).unwrap();
            told.push(taken(um));
            // Somebody else sees it at once.
            let mut other = at.records();
            let seen = other.run(number).unwrap();
            assert_eq!(seen.events, told);
            assert_eq!((seen.word(), seen.pen.as_str()), ("broken off", "000042"));
            assert_eq!(seen.begun.began.unwrap().technician, 7);
        }
        let query = Query {
            run: Some(number),
            ..Query::ALL
        };
        for record in at.records().all(&query).unwrap() {
            assert_eq!(record.draft.author, "technician 7");
            assert_eq!(record.draft.pen.as_deref(), Some("000042"));
        }
    }
}

#[test]
fn an_end_is_told_with_what_is_in_force() {
    for at in &Fixture::each("an_end_is_told_with_what_is_in_force") {
        let mut records = at.records();
        for (events, class, how, in_force) in [
            (
                vec![],
                Class::Aborted,
                End::Aborted,
                "generation 3, as before",
            ),
            (
                vec![taken(1)],
                Class::Interrupted,
                End::Aborted,
                "generation 3, as before",
            ),
            (
                vec![committed(4)],
                Class::LinkLost,
                End::Failed,
                "generation 4, unverified",
            ),
            // The pen says otherwise than what was heard of it: an answer was lost.
            (
                vec![
                    committed(4),
                    ended_with(Class::LinkLost, "generation 4, signed off"),
                ],
                Class::LinkLost,
                End::Failed,
                "generation 4, signed off",
            ),
            (
                vec![],
                Class::OutOfTolerance,
                End::Refused,
                "generation 3, as before",
            ),
        ] {
            let mut events = events;
            let mut in_force = in_force.to_owned();
            if !matches!(events.last(), Some(Event::Ended { .. })) {
                events.push(ended(class));
                in_force.push_str("; the pen did not say");
            }
            let number = run(&mut records, "1", None, &events);
            let end = records.run(number).unwrap().ended.unwrap();
            assert_eq!((end.how, end.in_force), (how, in_force));
            assert_eq!(
                (end.class.as_str(), end.text.as_str()),
                (class.name(), "because")
            );
        }
        let runs = records.runs("1").unwrap();
        let words: Vec<&str> = runs.iter().map(crate::store::RunState::word).collect();
        assert_eq!(words, ["aborted", "aborted", "failed", "failed", "refused"]);
        // What older programs kept has no such field.
        let old = r#"{"event":"ended","class":"ok","why":""}"#;
        let read: Event = serde_json::from_str(old).unwrap();
        assert!(matches!(read, Event::Ended { in_force, .. } if in_force.is_empty()));
    }
}

#[test]
fn the_last_verdict_on_a_generation_is_known() {
    for at in &Fixture::each("the_last_verdict_on_a_generation_is_known") {
        let mut records = at.records();
        let judged = |phase, verdict| Event::Judged { phase, verdict };
        let none = records.last_verdict("1", 3).unwrap();
        assert_eq!(none, None);
        // Generation 3 was found out, generation 4 left good; nobody finished that run.
        let events = [
            judged(Phase::AsFound, Verdict::Fail),
            committed(4),
            judged(Phase::AsLeft, Verdict::Pass),
        ];
        run(&mut records, "1", None, &events);
        let mut last = |pen: &str, generation| records.last_verdict(pen, generation).unwrap();
        assert_eq!(last("1", 3), Some(Verdict::Fail));
        assert_eq!(last("1", 4), Some(Verdict::Pass));
        assert_eq!((last("1", 5), last("2", 3)), (None, None));
        // A later look at generation 3 counts.
        let events = [
            judged(Phase::AsFound, Verdict::Pass),
            judged(Phase::AsLeft, Verdict::ConditionalPass),
        ];
        run(&mut records, "1", None, &events);
        let last = records.last_verdict("1", 3).unwrap();
        assert_eq!(last, Some(Verdict::ConditionalPass));
        // A check of the current passes at few settings: it says nothing of all. One that fails says enough.
        for (verdict, is_last) in [
            (Verdict::Pass, Verdict::ConditionalPass),
            (Verdict::Fail, Verdict::Fail),
        ] {
            let Event::Began(whole) = began_with(3) else {
                panic!("a beginning");
            };
            let check = Event::Began(Began {
                subject: Subject::Current,
                ..whole
            });
            let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
            log.event(&check).unwrap();
            log.event(&judged(Phase::AsFound, verdict)).unwrap();
            assert_eq!(records.last_verdict("1", 3).unwrap(), Some(is_last));
        }
    }
}

#[test]
fn a_run_that_goes_on_judges_as_found_what_the_first_one_found() {
    for at in &Fixture::each("a_run_that_goes_on_judges_as_found") {
        let mut records = at.records();
        let judged = |phase, verdict| Event::Judged { phase, verdict };
        // Generation 3 was found out of tolerance and 4 put in force; nobody judged anything before it ended.
        let first = run(&mut records, "1", None, &[taken(1), committed(4)]);
        let goes_on = |records: &mut Records, resumes: i64, events: &[Event]| {
            let mut log = RunLog::new(records, pen("1"), Some(resumes)).unwrap();
            log.event(&began_with(4)).unwrap();
            for event in events {
                log.event(event).unwrap();
            }
            log.number().unwrap()
        };
        let as_found = judged(Phase::AsFound, Verdict::Fail);
        let second = goes_on(&mut records, first, std::slice::from_ref(&as_found));
        let mut last = |generation| records.last_verdict("1", generation).unwrap();
        assert_eq!((last(3), last(4)), (Some(Verdict::Fail), None));
        // The third judges it once more, and generation 4 as left.
        let as_left = judged(Phase::AsLeft, Verdict::Pass);
        goes_on(&mut records, second, &[as_found, as_left]);
        let mut last = |generation| records.last_verdict("1", generation).unwrap();
        assert_eq!(
            (last(3), last(4)),
            (Some(Verdict::Fail), Some(Verdict::Pass))
        );
    }
}

#[test]
fn a_calibration_that_returned_is_judged_as_the_one_it_was() {
    for at in &Fixture::each("a_calibration_that_returned_is_judged") {
        let mut records = at.records();
        let judged = |phase, verdict| Event::Judged { phase, verdict };
        let events = [
            judged(Phase::AsFound, Verdict::Fail),
            committed(4),
            judged(Phase::AsLeft, Verdict::Pass),
        ];
        run(&mut records, "1", None, &events);
        // 3 returns as 5, 4 as 6, 5 as 7; the last two are the same twice, as no pen numbers them.
        for (returned, generation) in [(3, 5), (4, 6), (5, 7), (9, 9), (9, 8)] {
            let it = Returned {
                returned,
                generation,
                ..Returned::default()
            };
            let draft = Draft::new(Kind::Return, "1", &it).unwrap();
            records.append(&[draft.about("1").unwrap()]).unwrap();
        }
        let mut last = |pen: &str, generation| records.last_verdict(pen, generation).unwrap();
        for (generation, verdict) in [
            (5, Some(Verdict::Fail)),
            (6, Some(Verdict::Pass)),
            (7, Some(Verdict::Fail)),
            (9, None),
        ] {
            assert_eq!(last("1", generation), verdict, "{generation}");
        }
        assert_eq!(last("2", 5), None);
        // What was measured of it itself counts before what it was.
        let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
        log.event(&began_with(7)).unwrap();
        log.event(&judged(Phase::AsFound, Verdict::Pass)).unwrap();
        let last = records.last_verdict("1", 7).unwrap();
        assert_eq!(last, Some(Verdict::Pass));
    }
}

#[test]
fn only_what_was_not_finished_is_resumed() {
    for at in &Fixture::each("only_what_was_not_finished_is_resumed") {
        let mut records = at.records();
        let broken = run(&mut records, "1", None, &[taken(1)]);
        let aborted = run(&mut records, "1", None, &[ended(Class::Aborted)]);
        let refused = run(&mut records, "1", None, &[ended(Class::OutOfTolerance)]);
        let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
        log.event(&began()).unwrap();
        let finished = log.number().unwrap();
        log.finish(
            &result("2026-11-22", "2027-11-22", 1.0, 1.0),
            json!({}),
            String::new(),
            json!({}),
        )
        .unwrap();
        let mut no = |number: i64, pen: &str| {
            let error = records.resumable(number, pen).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            error.why
        };
        assert_eq!(no(broken, "2"), "it is a run of pen 1, this is pen 2");
        assert_eq!(no(refused, "1"), "its measurements were refused");
        assert_eq!(no(finished, "1"), "it was finished");
        assert!(no(999, "1").contains("no run"));
        // Record 2 is no run.
        assert!(no(2, "1").contains("no run"));
        let state = records.resumable(broken, "1").unwrap();
        assert_eq!(state.events, [taken(1)]);
        records.resumable(aborted, "1").unwrap();
        let later = run(&mut records, "1", Some(broken), &[]);
        let why = records.resumable(broken, "1").unwrap_err().why;
        assert_eq!(why, format!("run {later} went on with it"));
        // What the first one left comes before what the second one did.
        let last = run(&mut records, "1", Some(aborted), &[taken(2)]);
        let told = records.events_to_resume(last, "1").unwrap();
        assert_eq!(told, [began(), began(), taken(2)]);
        let told = records.events_to_resume(later, "1").unwrap();
        assert_eq!(told, [began(), taken(1), began()]);
        let at_hours = |seconds: i64| {
            let mut records = Records::new(at.store(), Box::new(move || NOON + seconds));
            records.resumable(last, "1").map(|_| ())
        };
        assert_eq!(at_hours(4 * 3_600), Ok(()));
        let old = at_hours(4 * 3_600 + 1).unwrap_err();
        let why =
            "its oldest reading is of 2026-11-22 12:00:00 UTC; at most 4 h may have passed since";
        assert_eq!(old.why, why);
    }
}

/// What the program says of a run that was ended: whether another may go on with it.
#[test]
fn a_run_says_itself_whether_another_may_go_on_with_it() {
    for at in &Fixture::each("a_run_says_itself_whether") {
        let mut records = at.records();
        for (events, is_resumable) in [
            (vec![began()], true),
            (vec![began(), taken(1)], true),
            (vec![began(), ended(Class::Aborted)], true),
            (vec![began(), ended(Class::LinkLost)], true),
            // Its measurements make no calibration: the same would be refused again.
            (vec![began(), ended(Class::OutOfTolerance)], false),
            (vec![], false),
        ] {
            let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
            for event in &events {
                log.event(event).unwrap();
            }
            let expected = log.number().filter(|_| is_resumable);
            assert_eq!(log.resumable(), expected, "{events:?}");
        }
        let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
        log.event(&began()).unwrap();
        let result = result("2026-11-22", "2027-11-22", 1.0, 1.0);
        log.finish(&result, json!({}), String::new(), json!({}))
            .unwrap();
        assert_eq!(log.resumable(), None, "it is finished");
        // Measured for longer than readings hold.
        let (mut records, clock, _) = at.watched(0);
        let mut log = RunLog::new(&mut records, pen("2"), None).unwrap();
        log.event(&began()).unwrap();
        log.event(&taken(1)).unwrap();
        clock.set(NOON + 4 * 3_600 + 1);
        assert_eq!(log.resumable(), None, "too old");
    }
}

/// Neither a later record nor another resume makes the room and the gauge of the first reading younger.
#[test]
fn the_oldest_reading_decides_what_is_resumed() {
    for at in &Fixture::each("the_oldest_reading_decides_what_is_resumed") {
        const HOUR: i64 = 3_600;
        let (mut records, clock, _) = at.watched(0);
        let first = run(&mut records, "1", None, &[taken(1)]);
        clock.set(NOON + 3 * HOUR);
        let second = run(&mut records, "1", Some(first), &[taken(2)]);
        clock.set(NOON + 4 * HOUR);
        records.resumable(second, "1").unwrap();
        clock.set(NOON + 4 * HOUR + 1);
        let old = records.resumable(second, "1").unwrap_err();
        assert_eq!((old.code, old.exit_code()), (Code::Usage, 2));
        assert!(old.why.contains("2026-11-22 12:00:00 UTC"), "{old}");
        // Its end, written late, is no reading either.
        clock.set(NOON);
        let third = run(&mut records, "2", None, &[taken(1)]);
        clock.set(NOON + 2 * HOUR);
        let draft = Draft::new(Kind::Event, "judged", &ended(Class::Aborted)).unwrap();
        records
            .append(&[draft.about("2").unwrap().of(third)])
            .unwrap();
        clock.set(NOON + 4 * HOUR + 1);
        assert!(records.resumable(third, "2").is_err());
        // Without a reading its beginning counts.
        let empty = run(&mut records, "3", None, &[]);
        clock.set(NOON + 8 * HOUR + 1);
        records.resumable(empty, "3").unwrap();
        clock.set(NOON + 8 * HOUR + 2);
        let old = records.resumable(empty, "3").unwrap_err();
        assert!(
            old.why.starts_with("it began 2026-11-22 16:00:01 UTC"),
            "{old}"
        );
    }
}

#[test]
fn runs_are_listed_once() {
    for at in &Fixture::each("runs_are_listed_once") {
        const RUNS: usize = 20;
        let (mut records, _, read) = at.watched(0);
        let mut before = None;
        for _ in 0..RUNS {
            before = Some(run(&mut records, "1", before, &[taken(1), taken(2)]));
        }
        read.set(0);
        let runs = records.runs("1").unwrap();
        // The list, and the three records of each.
        assert_eq!(read.get(), RUNS + 3 * RUNS);
        let later = runs
            .iter()
            .skip(1)
            .map(|run| Some(run.number))
            .chain([None]);
        assert!(runs.iter().map(|run| run.resumed_by).eq(later));
    }
}

#[test]
fn certificates_have_numbers_of_their_own() {
    for at in &Fixture::each("certificates_have_numbers_of_their_own") {
        let mut records = at.records();
        let mut numbers = Vec::new();
        for _ in 0..3 {
            let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
            log.event(&began()).unwrap();
            numbers.push(log.certificate().unwrap().to_owned());
            let page = "<p>\u{b5}m</p>".to_owned();
            log.finish(
                &result("2026-11-22", "2027-11-22", 1.0, 1.0),
                json!({ "a": 1 }),
                page,
                json!({}),
            )
            .unwrap();
            // A run ends once.
            let again = log.event(&ended(Class::Aborted)).unwrap_err();
            assert_eq!(again.code, Code::RecordTwice);
        }
        numbers.dedup();
        assert_eq!(numbers.len(), 3);
        let query = Query {
            kind: Some(Kind::Run),
            ..Query::ALL
        };
        let begun = records.all(&query).unwrap().into_iter();
        let expected = begun.map(|run| format!("CAL-{}-{:06}", &run.hash[..8], run.seq));
        assert!(numbers.iter().cloned().eq(expected), "{numbers:?}");
        let kept = records
            .newest(Kind::Certificate, &numbers[1])
            .unwrap()
            .unwrap();
        let kept: crate::store::Certificate = kept.read().unwrap();
        assert_eq!(
            (kept.number, kept.report),
            (numbers[1].clone(), json!({ "a": 1 }))
        );
        assert_eq!(kept.page, "<p>\u{b5}m</p>");
        let listed = records.calibrations("1").unwrap();
        let listed: Vec<String> = listed.into_iter().map(|it| it.certificate).collect();
        assert_eq!(listed, numbers);
    }
}

#[test]
fn two_copies_of_a_store_give_no_number_twice() {
    for at in &Fixture::each("two_copies_of_a_store_give_no_number_twice") {
        let mut records = at.records();
        run(&mut records, "1", None, &[]);
        let file = at.folder.join("copy.db");
        crate::store::backup(&mut records, &file).unwrap();
        let copy = open(&crate::store::Place::File(file), Access::Write).unwrap();
        let mut copy = Records::new(copy, Box::new(|| NOON));
        let number = |records: &mut Records| {
            let mut log = RunLog::new(records, pen("1"), None).unwrap();
            // The same in the same second.
            log.event(&began()).unwrap();
            (log.number().unwrap(), log.certificate().unwrap().to_owned())
        };
        let (first, second) = (number(&mut records), number(&mut copy));
        assert_eq!(first.0, second.0, "else this shows nothing");
        assert_ne!(first.1, second.1);
    }
}

#[test]
fn a_run_waits_briefly_for_a_store_that_somebody_holds_and_keeps_an_event_once() {
    let name = "a_run_waits_briefly_for_a_store_that_somebody_holds";
    let at = Fixture::file(name);
    let crate::store::Place::File(path) = &at.place else {
        unreachable!("a file")
    };
    let mut records = at.records();
    let mut log = RunLog::new(&mut records, pen("1"), None).unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    for event in [began(), taken(1), taken(2)] {
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        for _ in 0..2 {
            assert_eq!(log.event(&event).unwrap_err().code, Code::StoreBusy);
        }
        other.execute_batch("ROLLBACK").unwrap();
        log.event(&event).unwrap();
    }
    let runs = records.runs("1").unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].events, [taken(1), taken(2)]);
}

#[test]
fn a_pen_that_did_not_say_leaves_open_what_nobody_heard() {
    let proposed = |generation| Event::Proposed {
        generation,
        digest: 1,
        depth_only: false,
        changes: Vec::new(),
    };
    let passed = || Event::Judged {
        phase: Phase::AsLeft,
        verdict: Verdict::Pass,
    };
    let at = Fixture::file("a_pen_that_did_not_say");
    let mut records = at.records();
    for (events, in_force) in [
        (
            vec![proposed(4)],
            "generation 3, as before or generation 4, unverified",
        ),
        (vec![proposed(4), committed(4)], "generation 4, unverified"),
        (
            vec![proposed(4), committed(4), passed()],
            "generation 4, unverified or generation 4, signed off",
        ),
        (
            vec![passed(), Event::SignedOff { generation: 3 }],
            "generation 3, signed off",
        ),
    ] {
        let events = [events, vec![ended(Class::LinkLost)]].concat();
        let number = run(&mut records, "1", None, &events);
        let end = records.run(number).unwrap().ended.unwrap();
        assert_eq!(end.in_force, format!("{in_force}; the pen did not say"));
    }
}

/// Pens of which each stands differently.
fn pens_of_all_states(records: &mut Records) {
    let mut finish = |serial: &str, result: Calibration| {
        let mut log = RunLog::new(records, pen(serial), None).unwrap();
        log.event(&began()).unwrap();
        log.finish(&result, json!({}), String::new(), json!({}))
            .unwrap();
    };
    finish("1", result("2025-11-20", "2026-11-20", -160.0, 4.0));
    finish("2", result("2025-11-22", "2026-11-21", 5.0, 5.0));
    finish("1", result("2026-11-20", "2027-11-20", 30.0, -3.0));
    finish("3", result("2026-01-01", "2026-12-01", 5.0, 5.0));
    // Measured and not adjusted (exit 3): what is signed off in the pen did not pass, whatever its day.
    for (serial, as_left) in [
        ("10", "fail"),
        ("11", "conditional pass"),
        ("9", "conditional fail"),
    ] {
        let result = result("2026-11-20", "2027-11-20", 150.0, 150.0);
        let as_left = as_left.to_owned();
        finish(serial, Calibration { as_left, ..result });
    }
    run(records, "4", None, &[]);
    // Not signed off: no day, whatever is in the pen. One of them returned to what was, the other lost it.
    for serial in ["6", "7", "8"] {
        let mut log = RunLog::new(records, pen(serial), None).unwrap();
        log.event(&began()).unwrap();
        let due = if serial == "8" { "2027-11-20" } else { "" };
        let result = result("2026-11-20", due, 5.0, 150.0);
        log.finish(&result, json!({}), String::new(), json!({}))
            .unwrap();
    }
    for (serial, due) in [("7", Some(2_517 + 300)), ("8", None)] {
        let draft = Draft::new(Kind::Return, serial, &Returned::default()).unwrap();
        records
            .append(&[draft.about(serial).unwrap().due(due)])
            .unwrap();
    }
}

#[test]
fn drift_and_due_days_are_told() {
    for at in &Fixture::each("drift_and_due_days_are_told") {
        let mut records = at.records();
        pens_of_all_states(&mut records);
        let drift = records.calibrations("1").unwrap();
        assert_eq!(drift.len(), 2);
        assert_eq!(drift[0].worst_found(), Some((1_000.0, -160.0)));
        assert_eq!(drift[1].worst_left(), Some((1_000.0, -3.0)));
        assert_eq!(drift[1].drift_since(&drift[0]), Some((1_000.0, 26.0)));
        let csv = "serial,what,name,uncertainty,unit,k,resolution,certificate,traceability,due\n\
               G1,gauge,Maker 1,4,um,2,1,C-1,national,2026-12-31\n";
        crate::store::import_records(
            &mut records,
            "gauges.csv",
            csv.as_bytes(),
            Some(Kind::Instrument),
            None,
        )
        .unwrap();
        let list = due(&mut records, 2_517).unwrap();
        let told: Vec<_> = list
            .iter()
            .map(|it| (it.what.as_str(), it.name.as_str(), it.left, it.state))
            .collect();
        assert_eq!(
            told,
            [
                ("pen", "10", None, DueState::DidNotPass),
                ("pen", "11", None, DueState::DidNotPass),
                ("pen", "9", None, DueState::DidNotPass),
                ("pen", "2", Some(-1), DueState::Overdue),
                ("pen", "6", None, DueState::Unverified),
                ("pen", "8", None, DueState::Unverified),
                ("pen", "4", None, DueState::Never),
                ("pen", "3", Some(9), DueState::Soon),
                ("gauge", "G1", Some(39), DueState::Fine),
                ("pen", "7", Some(300), DueState::Fine),
                ("pen", "1", Some(363), DueState::Fine),
            ]
        );
        let unknown = records.calibrations("5").unwrap_err();
        assert_eq!((unknown.code, unknown.exit_code()), (Code::NoSuchRecord, 2));
        assert_eq!(unknown.why, "it has 1, 2, 3, 10, 11, 9, 4, 6, 7, 8");
    }
}

#[test]
fn a_pen_is_written_when_it_says_anything_new() {
    for at in &Fixture::each("a_pen_is_written_when_it_says_anything_new") {
        let store = open(&at.place, Access::Write).unwrap();
        let mut records = Records::new(store, Box::new(|| NOON));
        for (firmware, count) in [("0.1.0", 1), ("0.1.0", 1), ("0.2.0", 2), ("0.1.0", 3)] {
            let pen = Pen {
                firmware: firmware.to_owned(),
                ..pen("1")
            };
            RunLog::new(&mut records, pen, None).unwrap();
            assert!(records.counts().unwrap().contains(&(Kind::Pen, count)));
        }
    }
}
