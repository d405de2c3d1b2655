use clap::Parser as _;

use super::{Asker, EventArgs, SignArgs, event, keep, sign};
use crate::cli::Context;
use crate::cmd::records::StoreArgs;
use crate::error::{Class, HostError};
use crate::store::{Access, Draft, Kind, Query, Records, Session, add, session_draft};

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
}

impl Place {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("penctl-observe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("r.db");
        let store = StoreArgs {
            store: Some(file.to_str().unwrap().parse().unwrap()),
        };
        let mut records = store.open(false, Access::Write).unwrap();
        let session = session_draft(Session {
            pen: "42".into(),
            number: "12".into(),
            day: "2026-11-22".into(),
            zones: serde_json::json!([{ "zone": "cheek" }, { "zone": "nose" }]),
            events: Vec::new(),
        });
        add(&mut records, &[session.unwrap()]).unwrap();
        Self { folder, records }
    }

    fn sign(&mut self, line: &str, asker: Option<Asker>) -> Result<Draft, HostError> {
        let words = std::iter::once("sign").chain(line.split_whitespace());
        sign(&Sign::parse_from(words).args, &mut self.records, asker)
    }

    fn event(&mut self, line: &str) -> Result<Draft, HostError> {
        let words = std::iter::once("event").chain(line.split_whitespace());
        event(&Event::parse_from(words).args, &mut self.records, None)
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
            "session `12` of pen 000043 is not in the records, none is",
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
        ("--day 2026-11-25", "--day 2099-01-01", "is after today"),
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
