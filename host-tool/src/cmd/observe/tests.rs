use std::cell::Cell;
use std::rc::Rc;

use clap::Parser as _;

use super::{Asker, EventArgs, Form, SignArgs, event, keep, sign};
use crate::cli::Context;
use crate::error::{Class, HostError};
use crate::session::seen;
use crate::store::{Access, Draft, Kind, Query, Records, Session, add, open, session_draft};

#[derive(Debug, clap::Parser)]
struct Sign {
    #[command(flatten)]
    args: SignArgs,
}

#[derive(Debug, clap::Parser)]
struct Event {
    #[command(flatten)]
    args: EventArgs,
}

/// A store of its own with session 12 of pen 42; removed when it goes.
struct Place {
    folder: std::path::PathBuf,
    records: Records,
    /// The time of its clock. Unit: s since 1970.
    now: Rc<Cell<i64>>,
}

/// Noon of 2026-12-01, nine days after the session. Unit: s since 1970.
const NOON: i64 = (18_262 + 2_526) * 86_400 + 43_200;

impl Place {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("penctl-observe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("r.db");
        let store = open(&file.to_str().unwrap().parse().unwrap(), Access::Write).unwrap();
        let now = Rc::new(Cell::new(NOON));
        let clock = Rc::clone(&now);
        let mut records = Records::new(store, Box::new(move || clock.get()));
        let session = session_draft(Session {
            pen: "42".into(),
            number: "12".into(),
            day: "2026-11-22".into(),
            zones: serde_json::json!([{ "zone": "cheek" }, { "zone": "nose" }]),
            events: Vec::new(),
        });
        add(&mut records, &[session.unwrap()]).unwrap();
        Self {
            folder,
            records,
            now,
        }
    }

    fn sign(&mut self, line: &str, asker: Option<Asker>) -> Result<Draft, HostError> {
        let words = std::iter::once("sign").chain(line.split_whitespace());
        let mut form = Form {
            asker,
            records: &mut self.records,
        };
        sign(&Sign::parse_from(words).args, &mut form)
    }

    fn event(&mut self, line: &str) -> Result<Draft, HostError> {
        let words = std::iter::once("event").chain(line.split_whitespace());
        let mut form = Form {
            asker: None,
            records: &mut self.records,
        };
        event(&Event::parse_from(words).args, &mut form)
    }

    fn kept(&mut self, kind: Kind) -> Vec<String> {
        let query = Query {
            kind: Some(kind),
            ..Query::ALL
        };
        let all = self.records.all(&query).unwrap();
        all.into_iter().map(|it| it.draft.body).collect()
    }

    fn keep(&mut self, draft: Draft) {
        let mut context = Context::of(&["penctl", "due"]);
        keep(draft, &mut self.records, &mut context).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const GOOD: &str = "--pen 42 --session 12 --zone cheek --days 2 --sign redness --grade 1";

#[test]
fn an_observation_is_added_and_nothing_is_overwritten() {
    let mut place = Place::new("added");
    for (line, count) in [
        (GOOD.to_owned(), 1),
        // The same again is nothing new.
        (GOOD.to_owned(), 1),
        // Another grade is a record of its own, and the first stays.
        (GOOD.replace("grade 1", "grade 2"), 2),
        (GOOD.replace("redness --grade 1", "none --grade 0"), 3),
    ] {
        let draft = place.sign(&line, None).unwrap();
        place.keep(draft);
        assert_eq!(place.kept(Kind::Observation).len(), count, "{line}");
    }
    assert!(place.kept(Kind::Observation)[0].contains("\"grade\":1"));
}

#[test]
fn each_wrong_observation_says_what_is_allowed() {
    let mut place = Place::new("wrong");
    for (from, to, words) in [
        ("--pen 42", "--pen Miller", "it is a whole number, as in 42"),
        (
            "--pen 42",
            "--pen 43",
            "pen 000043 is not in the records, they know 000042; a pen is kept with its first session",
        ),
        ("--session 12", "--session 13", "there are 12; keep it with"),
        (
            "--zone cheek",
            "--zone eyelid",
            "no zone of session 12; there are cheek, nose",
        ),
        ("--zone cheek", "--zone forehead", "there are cheek, nose"),
        ("--days 2", "--days 3651", "allowed is 0 to 3650"),
        ("--days 2", "--days=-1", "allowed is 0 to 3650"),
        (
            "--sign redness",
            "--sign rash",
            "there are none, redness, swelling",
        ),
        ("--grade 1", "--grade 5", "allowed is 0 to 4"),
        ("--grade 1", "--grade 0", "allowed is 1 to 4"),
        ("redness --grade 1", "none --grade 1", "allowed is 0"),
    ] {
        assert!(GOOD.contains(from));
        let error = place.sign(&GOOD.replace(from, to), None).unwrap_err();
        assert_eq!(error.class, Class::Usage);
        assert!(error.why.contains(words), "{to}: {error}");
    }
    assert_eq!(place.kept(Kind::Observation), [""; 0]);
    // Ten years later, so that no day lies ahead.
    place.now.set(NOON + 3_650 * 86_400);
    for days in ["0", "3650"] {
        let line = GOOD.replace("--days 2", &format!("--days {days}"));
        assert!(place.sign(&line, None).is_ok());
    }
}

#[test]
fn whoever_is_asked_is_asked_again() {
    let mut place = Place::new("asked");
    let answers = ["", "42", "11", "", "Cheek", "two", "2", "redness", "9", "1"];
    let asker = Asker::of("the observation", &answers);
    let draft = place.sign("", Some(asker)).unwrap();
    assert_eq!(draft.name, "000042/12/cheek/2/redness");
    let asker = Asker::of("the observation", &["42", "q"]);
    assert_eq!(
        place.sign("", Some(asker)).unwrap_err().class,
        Class::Aborted
    );
}

const EVENT: &str = "--pen 42 --session 12 --number 2026-3 --day 2026-11-25 --event infection \
                     --serious no --device unknown --outcome recovering";

#[test]
fn an_adverse_event_is_added_and_what_is_new_about_it_follows() {
    let mut place = Place::new("event");
    for (line, count) in [
        (EVENT.to_owned(), 1),
        (EVENT.to_owned(), 1),
        (EVENT.replace("recovering", "recovered"), 2),
        (
            EVENT
                .replace("--session 12", "--session none")
                .replace("2026-3", "2026-4"),
            3,
        ),
    ] {
        let draft = place.event(&line).unwrap();
        place.keep(draft);
        assert_eq!(place.kept(Kind::AdverseEvent).len(), count, "{line}");
    }
    for (from, to, words) in [
        ("--session 12", "--session 7", "there are 12"),
        (
            "--number 2026-3",
            "--number A:B",
            "one word of at most 40 letters",
        ),
        ("--day 2026-11-25", "--day 25.11.2026", "write 2026-11-22"),
        (
            "--day 2026-11-25",
            "--day 2026-12-02",
            "2026-12-02 is after today, 2026-12-01",
        ),
        (
            "--day 2026-11-25",
            "--day 2026-11-21",
            "2026-11-21 is before session 12 of 2026-11-22",
        ),
        (
            "--pen 42 --session 12",
            "--pen 43 --session 12",
            "session `12` of pen 000043 is not in the records, none is; keep it with \
             `penctl session report --keep`, or give --session none",
        ),
        ("--event infection", "--event a@b.c", "names nobody"),
        ("--serious no", "--serious perhaps", "there are yes, no"),
        (
            "--device unknown",
            "--device pen",
            "there are yes, no, unknown",
        ),
        (
            "--outcome recovering",
            "--outcome dead",
            "there are recovered, recovering",
        ),
    ] {
        assert!(EVENT.contains(from));
        let error = place.event(&EVENT.replace(from, to)).unwrap_err();
        assert!(error.why.contains(words), "{to}: {error}");
    }
    assert_eq!(place.kept(Kind::AdverseEvent).len(), 3);
}

#[test]
fn days_that_lie_ahead_are_refused_by_the_clock_of_the_records() {
    let mut place = Place::new("ahead");
    let line = |days: u32| GOOD.replace("--days 2", &format!("--days {days}"));
    assert!(place.sign(&line(9), None).is_ok());
    let error = place.sign(&line(10), None).unwrap_err();
    assert_eq!((error.class, error.exit_code()), (Class::Usage, 2));
    assert!(
        error.why.contains(
            "10 days after session 12 of 2026-11-22 is 2026-12-02, which is after today, 2026-12-01; \
             allowed is 0 to 9"
        ),
        "{error}"
    );
    // The same a day later.
    place.now.set(NOON + 86_400);
    assert!(place.sign(&line(10), None).is_ok());
    // A clock that stands before the session allows no day at all.
    place.now.set(NOON - 10 * 86_400);
    let error = place.sign(&line(0), None).unwrap_err();
    assert!(
        error.why.contains("no day after it has been yet"),
        "{error}"
    );
    // What happened without a session, or on its own day, is no day ahead.
    place.now.set(NOON);
    let before = EVENT
        .replace("--session 12", "--session none")
        .replace("2026-11-25", "2026-11-01");
    assert!(place.event(&before).is_ok());
    for day in ["2026-11-22", "2026-12-01"] {
        assert!(
            place.event(&EVENT.replace("2026-11-25", day)).is_ok(),
            "{day}"
        );
    }
}

#[test]
fn of_records_about_the_same_thing_the_last_counts_and_the_others_are_told() {
    let mut place = Place::new("seen");
    for line in [
        GOOD.to_owned(),
        GOOD.replace("grade 1", "grade 3"),
        GOOD.replace("--days 2", "--days 3"),
    ] {
        let draft = place.sign(&line, None).unwrap();
        place.keep(draft);
    }
    for line in [
        EVENT.to_owned(),
        EVENT.replace("recovering", "recovered"),
        EVENT.replace("2026-3", "2026-4"),
        EVENT
            .replace("2026-3", "2026-4")
            .replace("--session 12", "--session none"),
    ] {
        let draft = place.event(&line).unwrap();
        place.keep(draft);
    }
    let it = seen(&mut place.records, "000042", "12").unwrap();
    let grades = |all: &[crate::store::Observation]| {
        let all = all.iter();
        all.map(|it| (it.days_after, it.grade)).collect::<Vec<_>>()
    };
    assert_eq!(grades(&it.observations), [(2, 3), (3, 1)]);
    assert_eq!(grades(&it.replaced), [(2, 1)]);
    assert_eq!(it.before(&it.observations[0]).count(), 1);
    assert_eq!(it.before(&it.observations[1]).count(), 0);
    let outcomes = |all: &[crate::store::AdverseEvent]| {
        let all = all.iter();
        all.map(|it| (it.number.clone(), it.outcome.clone()))
            .collect::<Vec<_>>()
    };
    let event = |outcome: &str| vec![("2026-3".to_owned(), outcome.to_owned())];
    assert_eq!(outcomes(&it.adverse_events), event("recovered"));
    assert_eq!(outcomes(&it.replaced_events), event("recovering"));
    assert_eq!(it.moved, [("2026-4".to_owned(), String::new())]);
}

#[test]
fn an_event_of_a_pen_that_no_record_knows_is_kept_with_a_doubt() {
    let mut place = Place::new("unknown-pen");
    let line = EVENT
        .replace("--pen 42 --session 12", "--pen 43 --session none")
        .replace("--serious no", "--serious yes");
    let draft = place.event(&line).unwrap();
    let added = add(&mut place.records, std::slice::from_ref(&draft)).unwrap();
    assert_eq!(added.new, 1);
    assert_eq!(
        added.doubts,
        ["pen 000043 is not in the records: whether that number is right could not be checked"]
    );
    let kept = place.kept(Kind::AdverseEvent);
    assert!(kept[0].contains("\"pen\":\"000043\"") && kept[0].contains("\"serious\":true"));
    // One that the records know is no doubt, with or without a session.
    for line in [
        EVENT.to_owned(),
        EVENT.replace("--session 12", "--session none"),
    ] {
        let draft = place.event(&line).unwrap();
        assert_eq!(add(&mut place.records, &[draft]).unwrap().doubts, [""; 0]);
    }
    // A sign belongs to a session.
    let error = place.sign(&GOOD.replace("--pen 42", "--pen 43"), None);
    assert_eq!(error.unwrap_err().class, Class::Usage);
}

#[test]
fn whoever_is_asked_says_whether_a_pen_that_no_record_knows_is_right() {
    let mut place = Place::new("unknown-asked");
    let answers = [
        "43",
        "no",
        "44",
        "yes",
        "none",
        "A-1",
        "2026-11-25",
        "burn",
        "yes",
        "yes",
        "recovered",
    ];
    let mut form = Form {
        asker: Some(Asker::of("the observation", &answers)),
        records: &mut place.records,
    };
    let draft = event(&Event::parse_from(["event"]).args, &mut form).unwrap();
    assert_eq!(draft.name, "000044/A-1");
}
