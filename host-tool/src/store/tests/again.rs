//! Import, export and copies.

use serde_json::json;

use super::Fixture;
use super::fixture::draft;
use crate::error::Code;
use crate::store::{
    Access, Imported, Instrument, Kind, Place, Query, Records, backup, columns, csv_line, csv_row,
    import_records, open,
};

const GAUGE: &str = r#"{"kind":"instrument","serial":"G1","what":"gauge","name":"Maker 1","uncertainty":4,"unit":"um","k":2,"resolution":1,"certificate":"C-1","traceability":"national","due":"2026-12-31"}"#;
const WHO: &str = r#"{"kind":"operator","number":7,"name":"A. Person","role":"calibrates"}"#;

fn import(records: &mut Records, text: &str) -> Result<Imported, crate::error::HostError> {
    import_records(records, "file", text.as_bytes(), None, Some("000042"))
}

fn counted(new: usize, known: usize) -> Imported {
    Imported { new, known }
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
        let session = r#"{"kind":"session","pen":"000042","number":"S-1","day":"2026-11-22"}"#;
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
fn a_wrong_line_is_named_and_nothing_is_taken() {
    for at in &Fixture::each("a_wrong_line_is_named_and_nothing_is_taken") {
        let mut records = at.records();
        for (from, to, why) in [
            ("\"k\":2", "\"k\":0.5", "`k` is 0.5; from 1 to 4 is allowed"),
            ("\"um\"", "\"mm\"", "`unit` is `mm`; there are um"),
            (
                "gauge",
                "rule",
                "`what` is `rule`; there are gauge, tachometer",
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

fn line(seq: u32, chain: &str) -> String {
    json!({
        "journal": "faults", "seq": seq, "at_us": 5, "kind": "tripped", "text": "it tripped",
        "record": {"tripped": {}}, "chain": chain,
    })
    .to_string()
}

#[test]
fn a_journal_is_imported_once() {
    for at in &Fixture::each("a_journal_is_imported_once") {
        let mut records = at.records();
        let text = format!("{}\n{}\n", line(1, "aa"), line(2, "bb"));
        assert_eq!(import(&mut records, &text), Ok(counted(2, 0)));
        let more = format!("{text}{}\n", line(3, "cc"));
        assert_eq!(import(&mut records, &more), Ok(counted(1, 2)));
        // Told in other words it is the same record.
        let reworded = line(2, "bb").replace("it tripped", "the guard tripped");
        assert_eq!(import(&mut records, &reworded), Ok(counted(0, 1)));
        // As `penctl journal --out` writes them.
        let kept = line(2, "bb").replacen('{', "{\"schema\":1,", 1);
        assert_eq!(import(&mut records, &kept), Ok(counted(0, 1)));
        // As events of `penctl --json journal`.
        let event = line(4, "dd").replacen('{', "{\"schema\":1,\"event\":\"record\",", 1);
        let events = format!("{{\"schema\":1,\"event\":\"verified\"}}\n{event}\n");
        assert_eq!(import(&mut records, &events), Ok(counted(1, 0)));
        let before = records.head().unwrap();
        let other = format!("{}\n{}\n", line(9, "ii"), line(2, "xx"));
        let error = import(&mut records, &other).unwrap_err();
        assert_eq!((error.code, error.exit_code()), (Code::RecordTwice, 50));
        assert!(error.what.contains("journal 000042/faults/2"), "{error}");
        assert_eq!(records.head().unwrap(), before);
        let nameless = import_records(&mut records, "file", text.as_bytes(), None, None);
        assert!(nameless.unwrap_err().fix.contains("--pen"));
        let unknown = import(&mut records, &line(1, "aa").replace("faults", "logs")).unwrap_err();
        assert!(unknown.why.contains("there are faults and routine"));
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
