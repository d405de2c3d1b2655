//! Import, export and copies.

use pen_core::journal::{Entry, Record, ResetCause};
use pen_core::units::Instant;
use pen_protocol::messages::JournalName;
use serde_json::json;

use super::Fixture;
use super::fixture::draft;
use crate::client::FetchedJournal;
use crate::error::Code;
use crate::store::{
    Access, Imported, Instrument, Kind, Place, Query, Records, backup, columns, csv_line, csv_row,
    import_journal, import_records, open,
};

const GAUGE: &str = r#"{"kind":"instrument","serial":"G1","what":"gauge","name":"Maker 1","uncertainty":4,"unit":"um","k":2,"resolution":1,"certificate":"C-1","traceability":"national","due":"2026-12-31"}"#;
const WHO: &str = r#"{"kind":"operator","number":7,"name":"A. Person","role":"calibrates"}"#;

fn import(records: &mut Records, text: &str) -> Result<Imported, crate::error::HostError> {
    import_records(records, "file", text.as_bytes(), None, Some("000042"))
}

fn counted(new: usize, known: usize) -> Imported {
    Imported {
        new,
        known,
        doubts: Vec::new(),
    }
}

#[test]
fn a_register_is_imported_once() {
    for at in &Fixture::each("a_register_is_imported_once") {
        let mut records = at.records();
        let text = format!("\u{feff}{GAUGE}\n\n{WHO}\n");
        assert_eq!(import(&mut records, &text), Ok(counted(2, 0)));
        assert_eq!(import(&mut records, &text), Ok(counted(0, 2)));
        // What is new of a gauge is a newer record of it.
        let renewed = GAUGE.replace("2026-12-31", "2027-12-31");
        assert_eq!(import(&mut records, &renewed), Ok(counted(1, 0)));
        let gauge = records.newest(Kind::Instrument, "G1").unwrap().unwrap();
        let read: Instrument = gauge.read().unwrap();
        assert_eq!(
            (read.due.as_str(), gauge.draft.due),
            ("2027-12-31", Some(2_921))
        );
        // The same twice in one file is one record.
        let twice = format!("{GAUGE}\n{GAUGE}\n").replace("G1", "G2");
        assert_eq!(import(&mut records, &twice), Ok(counted(1, 1)));
    }
}

#[test]
fn every_kind_is_read_from_a_line() {
    for at in &Fixture::each("every_kind_is_read_from_a_line") {
        let mut records = at.records();
        let pen = r#"{"kind":"pen","serial":"000042","model":"reference pen"}"#;
        let session = r#"{"kind":"session","pen":"000042","number":"S-1","day":"2026-11-20"}"#;
        let seen = r#"{"kind":"observation","pen":"000042","session":"S-1","zone":"cheek","days_after":2,"sign":"redness","grade":1}"#;
        // It has a field of its own that is called `event`, as the events of `--json` have.
        let harm = r#"{"kind":"adverse_event","pen":"000042","number":"A-1","day":"2026-11-22","event":"infection","serious":true,"device":"unknown","outcome":"recovered"}"#;
        for (line, kind) in [
            (pen, Kind::Pen),
            (GAUGE, Kind::Instrument),
            (WHO, Kind::Operator),
            (session, Kind::Session),
            (seen, Kind::Observation),
            (harm, Kind::AdverseEvent),
            (
                &harm.replace("A-1", "A-2").replace("infection", "record"),
                Kind::AdverseEvent,
            ),
        ] {
            assert_eq!(import(&mut records, line), Ok(counted(1, 0)), "{line}");
            assert_eq!(import(&mut records, line), Ok(counted(0, 1)), "{line}");
            let newest = records
                .all(&Query {
                    kind: Some(kind),
                    ..Query::ALL
                })
                .unwrap();
            let body: serde_json::Value = newest.last().unwrap().read().unwrap();
            let given: serde_json::Value = serde_json::from_str(line).unwrap();
            for (name, value) in given.as_object().unwrap() {
                // 4 is kept as 4.0.
                let is_kept = value.is_number() || body.get(name) == Some(value);
                assert!(name == "kind" || is_kept, "{name} of {line}");
            }
        }
        // What is neither a record nor an event of `--json` is refused, not left out.
        let before = records.head().unwrap();
        for (line, why) in [
            (
                harm.replace("\"kind\":\"adverse_event\",", ""),
                "does not say of which `kind`",
            ),
            (
                harm.replacen('{', "{\"schema\":1,", 1),
                "`schema` is unknown",
            ),
        ] {
            let error = import(&mut records, &format!("{WHO}\n{line}")).unwrap_err();
            assert!(
                error.why.starts_with("line 2: ") && error.why.contains(why),
                "{error}"
            );
        }
        let events = "{\"schema\":1,\"event\":\"run_complete\",\"ok\":true}\n";
        let error = import(&mut records, events).unwrap_err();
        assert_eq!(error.why, "there is no record in it");
        assert_eq!(records.head().unwrap(), before);
    }
}

#[test]
fn a_pen_has_all_its_digits_whoever_names_it() {
    for at in &Fixture::each("a_pen_has_all_its_digits_whoever_names_it") {
        let mut records = at.records();
        let lines = [
            r#"{"kind":"pen","serial":"42"}"#,
            r#"{"kind":"session","pen":"42","number":"S-1","day":"2026-11-22"}"#,
            r#"{"kind":"observation","pen":"42","session":"S-1","zone":"cheek","sign":"none"}"#,
            r#"{"kind":"adverse_event","pen":"42","number":"A-1","day":"2026-11-22","event":"pain","device":"no","outcome":"recovered"}"#,
        ];
        assert_eq!(import(&mut records, &lines.join("\n")), Ok(counted(4, 0)));
        let about = |pen| Query {
            pen: Some(pen),
            ..Query::ALL
        };
        let found = records.all(&about("000042")).unwrap();
        assert_eq!(found.len(), 4);
        assert!(
            found.iter().all(|it| it.draft.name.starts_with("000042")),
            "{found:?}"
        );
        assert!(
            found.iter().all(|it| it.draft.body.contains(r#""000042""#)),
            "{found:?}"
        );
        assert_eq!(records.all(&about("42")).unwrap(), []);
        // The same pen with all its digits says nothing new.
        let whole = lines.join("\n").replace("\"42\"", "\"000042\"");
        assert_eq!(import(&mut records, &whole), Ok(counted(0, 4)));
        let csv = import_records(&mut records, "file", b"serial\n42\n", Some(Kind::Pen), None);
        assert_eq!(csv, Ok(counted(0, 1)));
    }
}

#[test]
fn each_instrument_has_its_own_unit_and_its_largest_uncertainty() {
    for at in &Fixture::each("each_instrument_has_its_own_unit_and_its_largest_uncertainty") {
        for (what, unit, highest) in [
            ("gauge", "um", 100),
            ("tachometer", "ppm", 20_000),
            ("meter", "mA", 20),
        ] {
            let of = |unit: &str, uncertainty: i32| {
                GAUGE
                    .replace("\"gauge\"", &format!("\"{what}\""))
                    .replace("\"um\"", &format!("\"{unit}\""))
                    .replace("\"G1\"", &format!("\"{what}-{uncertainty}\""))
                    .replace(
                        "\"uncertainty\":4",
                        &format!("\"uncertainty\":{uncertainty}"),
                    )
            };
            let mut records = at.records();
            assert_eq!(import(&mut records, &of(unit, highest)), Ok(counted(1, 0)));
            let error = import(&mut records, &of(unit, highest + 1)).unwrap_err();
            assert!(error.to_string().contains("is allowed"), "{what}: {error}");
            let error = import(&mut records, &of("mm", 1)).unwrap_err();
            let words = format!("`unit` is `mm`; there are {unit}");
            assert!(error.to_string().contains(&words), "{what}: {error}");
        }
    }
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_taken() {
    for at in &Fixture::each("a_wrong_line_is_named_and_nothing_is_taken") {
        let mut records = at.records();
        for (from, to, why) in [
            ("\"k\":2", "\"k\":0.5", "`k` is 0.5; from 1 to 4 is allowed"),
            ("\"um\"", "\"mm\"", "`unit` is `mm`; there are um"),
            (
                "gauge",
                "rule",
                "`what` is `rule`; there are gauge, tachometer, meter",
            ),
            (
                "2026-12-31",
                "31.12.2026",
                "`due` is `31.12.2026`; write a date as 2026-11-22",
            ),
            ("2026-12-31", "2026-02-30", "`due` is `2026-02-30`"),
            ("\"C-1\"", "\"\"", "`certificate` is missing"),
            (
                "\"serial\"",
                "\"seriall\"",
                "`seriall` is unknown; there are",
            ),
            ("\"G1\"", "\"\"", "`serial` is missing"),
            ("\"G1\"", "\"G\\u001b1\"", "control characters"),
            ("4,", "\"4\",", "invalid type"),
            (
                "instrument",
                "certificate",
                "a certificate is not imported by itself",
            ),
            (
                "instrument",
                "instruments",
                "`instruments` is no kind of record",
            ),
            ("\"kind\"", "\"kin\"", "does not say of which `kind`"),
            ("}", "", "it is no JSON"),
        ] {
            let wrong = GAUGE.replace(from, to);
            let error = import(&mut records, &format!("{WHO}\n\n{wrong}\n")).unwrap_err();
            assert_eq!((error.code, error.exit_code()), (Code::BadConfig, 2));
            assert!(
                error.why.starts_with("line 3: ") && error.why.contains(why),
                "{from} {to}: {error}"
            );
            assert_eq!(records.head().unwrap().seq, 0);
        }
        let mut bytes = |bytes: &[u8], kind: Option<Kind>| {
            import_records(&mut records, "file", bytes, kind, None)
                .unwrap_err()
                .why
        };
        assert!(bytes(b"\xff\xfe{\0", None).contains("UTF-16"));
        assert!(bytes(b"a\nb\xe4\n", Some(Kind::Pen)).starts_with("line 2 has the byte 0xe4"));
        assert!(bytes(b"", Some(Kind::Pen)).contains("empty"));
        assert!(bytes(b"serial\n", Some(Kind::Pen)).contains("no row"));
        assert!(bytes(b"serial\n1\n", None).contains("--kind"));
        assert!(bytes(b"number,name\n1,a,b\n", Some(Kind::Operator)).contains("line 2: 3 cells"));
        let comma = b"serial;what;uncertainty\nG;gauge;4,5\n";
        assert!(
            bytes(comma, Some(Kind::Instrument))
                .contains("line 2: `uncertainty` is `4,5`; write 4.5")
        );
    }
}

/// So many lines of the journal of faults of pen 42, as the pen chains them and `penctl journal --out` writes them.
fn lines(count: u64) -> Vec<String> {
    let entry = |at| Entry {
        at: Instant::from_us(at),
        record: match at {
            2 => Record::CartridgeRemoved,
            _ => Record::Booted {
                cause: ResetCause::PowerOn,
            },
        },
    };
    let entries: Vec<Entry> = (1..=count).map(entry).collect();
    let chained = crate::client::chained(42, &entries);
    let journal = FetchedJournal::new(JournalName::Faults, Some(42), 1, chained);
    let lines = crate::cmd::journal::lines(&[journal]);
    lines.iter().map(|it| it.trim().to_owned()).collect()
}

/// The link of a line, in hexadecimal.
fn link_of(line: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    value["chain"].as_str().unwrap().to_owned()
}

#[test]
fn a_journal_is_imported_once() {
    for at in &Fixture::each("a_journal_is_imported_once") {
        let mut records = at.records();
        let all = lines(4);
        assert_eq!(
            import(&mut records, &all[..2].join("\n")),
            Ok(counted(2, 0))
        );
        assert_eq!(
            import(&mut records, &all[..3].join("\n")),
            Ok(counted(1, 2))
        );
        // Told in other words it is the same record.
        let reworded = all[1].replace("\"text\":\"", "\"text\":\"nothing at all, ");
        assert_ne!(reworded, all[1]);
        assert_eq!(import(&mut records, &reworded), Ok(counted(0, 1)));
        // Without its schema, as older programs wrote them.
        let old = all[1].replace("\"schema\":1,", "");
        assert_ne!(old, all[1]);
        assert_eq!(import(&mut records, &old), Ok(counted(0, 1)));
        // As events of `penctl --json journal`; it continues from the third, which is kept.
        let event = all[3].replacen('{', "{\"event\":\"record\",", 1);
        let events = format!("{{\"schema\":1,\"event\":\"verified\"}}\n{event}\n");
        assert_eq!(import(&mut records, &events), Ok(counted(1, 0)));
        let text = all.join("\n");
        let nameless = import_records(&mut records, "file", text.as_bytes(), None, None);
        assert!(nameless.unwrap_err().fix.contains("--pen"));
        let unknown = import(&mut records, &all[0].replace("faults", "logs")).unwrap_err();
        assert!(unknown.why.contains("there are faults and routine"));
    }
}

#[test]
fn log_002_a_journal_that_was_changed_is_not_imported() {
    for at in &Fixture::each("a_journal_that_was_changed") {
        let mut records = at.records();
        let all = lines(5);
        let with = |place: usize, line: String| {
            let mut all = all.clone();
            all[place] = line;
            all.join("\n")
        };
        let other_link = all[2].replace(&link_of(&all[2]), "0badcafe");
        let other_time = all[2].replace("\"at_us\":3", "\"at_us\":4");
        let other_record = all[1].replace(
            "\"record\":\"cartridge_removed\"",
            "\"record\":\"over_depth\"",
        );
        let other_fact = all[2].replace("\"cause\":\"power_on\"", "\"cause\":\"software\"");
        for changed in [&other_link, &other_time, &other_fact] {
            assert_ne!(changed, &all[2], "else this shows nothing");
        }
        assert_ne!(other_record, all[1]);
        let mut reordered = all.clone();
        reordered.swap(1, 2);
        let missing = [&all[..1], &all[2..]].concat().join("\n");
        let twice = format!("{}\n{other_time}", all.join("\n"));
        for (text, why) in [
            (
                with(2, other_link.clone()),
                "record 3 of faults does not fit the chain",
            ),
            (
                with(2, other_time),
                "record 3 of faults does not fit the chain",
            ),
            (
                with(2, other_fact),
                "record 3 of faults does not fit the chain",
            ),
            (with(1, other_record), "record 2 of faults is of a kind"),
            (missing, "faults: after record 1 comes record 3"),
            (twice, "record 3 of faults stands there twice and differs"),
            (
                with(0, all[0].replace(&link_of(&all[0]), "xx")),
                "record 1 of faults: `xx`",
            ),
        ] {
            let error = import(&mut records, &text).unwrap_err();
            assert_eq!((error.code, error.exit_code()), (Code::RecordBroken, 50));
            assert!(error.why.contains(why), "{why}: {error}");
            assert!(error.what.contains("pen 000042 in file"), "{error}");
            assert_eq!(records.head().unwrap().seq, 0);
        }
        // Another pen's.
        let text = all.join("\n");
        let other = import_records(&mut records, "file", text.as_bytes(), None, Some("000043"));
        let why = other.unwrap_err().why;
        assert_eq!(
            why,
            "record 1 of faults does not begin the chain of pen 000043"
        );
        // In another order of lines it is the same journal; the oldest may be gone.
        let rest = import(&mut records, &reordered[1..].join("\n")).unwrap();
        assert_eq!((rest.new, rest.known), (4, 0));
    }
}

#[test]
fn a_journal_is_compared_with_what_is_kept_of_it() {
    for at in &Fixture::each("a_journal_is_compared_with_what_is_kept") {
        let mut records = at.records();
        let all = lines(5);
        import(&mut records, &all[..3].join("\n")).unwrap();
        let before = records.head().unwrap();
        // Alone in a file, nothing else says that it was changed.
        for (from, to) in [
            ("\"cartridge_removed\"", "\"cartridge_refused\""),
            ("\"at_us\":2", "\"at_us\":9"),
            (&link_of(&all[1]), "0badcafe"),
        ] {
            let changed = all[1].replace(from, to);
            assert_ne!(changed, all[1], "else this shows nothing");
            let kept = import_journal(
                &mut records,
                "000042",
                &crate::session::read_lines(&changed).unwrap(),
            );
            let error = kept.unwrap_err();
            assert!(error.what.contains("journal 000042/faults/2"), "{error}");
            assert_eq!(error.code, Code::RecordTwice, "{error}");
            let error = import(&mut records, &changed).unwrap_err();
            assert!(error.why.contains("record 2 of faults"), "{error}");
        }
        // It does not continue from the one before it that is kept.
        let changed = all[3].replace("\"at_us\":4", "\"at_us\":40");
        let error = import(&mut records, &changed).unwrap_err();
        assert_eq!(error.why, "record 4 of faults does not fit the chain");
        assert_eq!(records.head().unwrap(), before);
        // What is kept has the words of this program, which no chain covers in the file.
        let reworded = all[3].replace("\"text\":\"", "\"text\":\"nothing at all, ");
        assert_eq!(import(&mut records, &reworded), Ok(counted(1, 0)));
        let kept = records
            .newest(Kind::Journal, "000042/faults/4")
            .unwrap()
            .unwrap();
        assert!(
            !kept.draft.body.contains("nothing at all"),
            "{}",
            kept.draft.body
        );
        // What the pen could not read has no content to check, and no words.
        let unread = |line: &str| {
            let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["record"] = json!(null);
            value["at_us"] = json!(null);
            value["text"] = json!("nothing at all");
            value.to_string()
        };
        assert_eq!(import(&mut records, &unread(&all[4])), Ok(counted(1, 0)));
        let kept = records
            .newest(Kind::Journal, "000042/faults/5")
            .unwrap()
            .unwrap();
        assert!(
            !kept.draft.body.contains("nothing at all"),
            "{}",
            kept.draft.body
        );
        // Read at last, or no longer, it is the same record.
        assert_eq!(import(&mut records, &all[4]), Ok(counted(0, 1)));
        assert_eq!(import(&mut records, &unread(&all[0])), Ok(counted(0, 1)));
    }
}

#[test]
fn a_copy_is_the_same_store() {
    for at in &Fixture::each("a_copy_is_the_same_store") {
        let mut records = at.records();
        let many: Vec<_> = (0..1_500)
            .map(|n| draft(Kind::Event, &n.to_string()))
            .collect();
        records.append(&many).unwrap();
        let to = at.folder.join("copy.db");
        let copied = backup(&mut records, &to).unwrap();
        assert_eq!(copied.records, 1_501);
        let place = Place::File(to.clone());
        let mut copy = Records::new(open(&place, Access::Write).unwrap(), Box::new(|| 0));
        assert_eq!(copy.head().unwrap(), records.head().unwrap());
        let whole = records.all(&Query::ALL).unwrap();
        assert_eq!(copy.all(&Query::ALL).unwrap(), whole);
        assert!(copy.verify(None).unwrap().misfits.is_empty());
        // It is a store to go on with, but not one to be copied over.
        copy.append(&[draft(Kind::Pen, "1")]).unwrap();
        assert_eq!(
            backup(&mut records, &to).unwrap_err().code,
            Code::FileExists
        );
        assert_eq!(copy.head().unwrap().seq, 1_502);
        // What does not fit is not copied, and leaves nothing behind.
        at.unguard();
        at.force("UPDATE records SET body = '{}' WHERE seq = 1400")
            .unwrap();
        let second = at.folder.join("second.db");
        let error = backup(&mut records, &second).unwrap_err();
        assert_eq!(error.code, Code::RecordBroken);
        let left = std::fs::read_dir(&at.folder).unwrap().flatten();
        let parts = left.filter(|it| it.file_name().to_string_lossy().contains("second"));
        assert_eq!(parts.count(), 0);
    }
}

#[test]
fn a_table_is_read_back() {
    for at in &Fixture::each("a_table_is_read_back") {
        let mut records = at.records();
        import(
            &mut records,
            &format!("{GAUGE}\n{}", GAUGE.replace("G1", "=G2")),
        )
        .unwrap();
        let query = Query {
            kind: Some(Kind::Instrument),
            ..Query::ALL
        };
        let kept = records.all(&query).unwrap();
        let columns = columns(&kept).unwrap();
        let mut text = csv_line(&columns);
        for record in &kept {
            text.push_str(&csv_row(record, &columns).unwrap());
        }
        assert!(text.contains("2026-11-22 12:00:00 UTC"), "{text}");
        let kind = Some(Kind::Instrument);
        let again = import_records(&mut records, "file", text.as_bytes(), kind, None);
        assert_eq!(again, Ok(counted(0, 2)));
    }
}

#[test]
fn no_day_ahead_and_no_event_before_its_session_is_imported() {
    for at in &Fixture::each("no_day_ahead") {
        let mut records = at.records();
        let session = r#"{"kind":"session","pen":"42","number":"S-1","day":"2026-11-20"}"#;
        let seen = r#"{"kind":"observation","pen":"42","session":"S-1","zone":"cheek","days_after":2,"sign":"redness","grade":1}"#;
        let harm = r#"{"kind":"adverse_event","pen":"42","number":"A-1","session":"S-1","day":"2026-11-22","event":"infection","device":"no","outcome":"recovered"}"#;
        // The clock stands at 2026-11-22; whatever the order, and whether the session is kept or beside them.
        for begun in [false, true] {
            let with = |line: String| [line, session.to_owned()].join("\n");
            for (line, why) in [
                (
                    with(harm.replace("2026-11-22", "2099-01-01")),
                    "2099-01-01 is after today, 2026-11-22",
                ),
                (
                    with(harm.replace("2026-11-22", "2026-11-23").replace("S-1", "")),
                    "2026-11-23 is after today",
                ),
                (
                    with(harm.replace("2026-11-22", "2026-11-19")),
                    "2026-11-19 is before session S-1 of 2026-11-20",
                ),
                (
                    with(seen.replace("\"days_after\":2", "\"days_after\":3")),
                    "which is after today, 2026-11-22; allowed is 0 to 2",
                ),
                (
                    session
                        .replace("S-1", "S-2")
                        .replace("2026-11-20", "2026-11-23"),
                    "2026-11-23 is after today",
                ),
            ] {
                let before = records.head().unwrap();
                let error = import(&mut records, &line).unwrap_err();
                assert_eq!(error.exit_code(), 2);
                assert!(error.why.contains(why), "{line}: {error}");
                assert!(error.what.contains("000042/"), "{error}");
                assert_eq!(records.head().unwrap(), before);
            }
            if !begun {
                assert_eq!(import(&mut records, session), Ok(counted(1, 0)));
            }
        }
        let both = [seen, harm].join("\n");
        assert_eq!(import(&mut records, &both), Ok(counted(2, 0)));
        // What is kept already is not judged again when its file comes once more.
        let store = open(&at.place, Access::Write).unwrap();
        let mut early = Records::new(store, Box::new(|| super::fixture::NOON - 2 * 86_400));
        assert_eq!(import(&mut early, &both), Ok(counted(0, 2)));
    }
}

#[test]
fn what_a_pen_or_a_session_would_have_to_tell_is_taken_and_doubted() {
    for at in &Fixture::each("taken_and_doubted") {
        let mut records = at.records();
        let seen = r#"{"kind":"observation","pen":"42","session":"S-1","zone":"cheek","days_after":2,"sign":"redness","grade":1}"#;
        let harm = r#"{"kind":"adverse_event","pen":"43","number":"A-1","day":"2026-11-22","event":"infection","device":"no","outcome":"recovered"}"#;
        let taken = import(&mut records, &[seen, harm].join("\n")).unwrap();
        assert_eq!((taken.new, taken.known), (2, 0));
        assert_eq!(
            taken.doubts,
            [
                "pen 000042 is not in the records: whether that number is right could not be checked",
                "pen 000043 is not in the records: whether that number is right could not be checked",
                "session S-1 of pen 000042 is not in the records: days could not be checked against it",
            ]
        );
        // Said once: what is there already is not doubted again, nor what the file says of the pen.
        assert_eq!(import(&mut records, harm), Ok(counted(0, 1)));
        let pen = r#"{"kind":"pen","serial":"43","model":"reference pen"}"#;
        let more = [&harm.replace("A-1", "A-2"), pen].join("\n");
        assert_eq!(import(&mut records, &more), Ok(counted(2, 0)));
    }
}

#[test]
fn a_journal_that_begins_in_the_middle_is_taken_and_doubted() {
    for at in &Fixture::each("begins_in_the_middle") {
        let mut records = at.records();
        let all = lines(5);
        let doubts = |it: Result<Imported, crate::error::HostError>| it.unwrap().doubts;
        // Whosever it is: nothing in it tells.
        assert_eq!(
            doubts(import(&mut records, &all[2..4].join("\n"))),
            [
                "the journal of faults begins with record 3, and none before it is kept: that it is pen 000042's could \
              not be checked"
            ]
        );
        // It goes on with what is kept, or is compared with it.
        assert_eq!(doubts(import(&mut records, &all[4..].join("\n"))), [""; 0]);
        assert_eq!(doubts(import(&mut records, &all[1..].join("\n"))), [""; 0]);
        assert_eq!(doubts(import(&mut records, &all.join("\n"))), [""; 0]);
    }
}
