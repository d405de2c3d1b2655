//! What was written is there, as it was, and nothing else.

use super::Fixture;
use super::fixture::{NOON, draft};
use crate::error::{Code, HostError};
use crate::store::{Access, Draft, Head, Kind, Query, Record, chain, open};

#[test]
fn records_come_back_as_they_were() {
    for at in &Fixture::each("records_come_back_as_they_were") {
        let mut records = at.records();
        let body = "{\"a\":\"\u{e4}'\\\"\\u0000\",\"n\":1.50}";
        let whole = Draft {
            kind: Kind::Calibration,
            name: "000042 ' \" \u{1f58a}".to_owned(),
            pen: Some("000042".to_owned()),
            run: Some(i64::MAX),
            due: Some(-1),
            author: "technician 1".to_owned(),
            body: body.to_owned(),
        };
        let bare = Draft {
            pen: None,
            run: None,
            due: None,
            body: format!("\"{}\"", "x".repeat(300_000)),
            ..whole.clone()
        };
        assert_eq!(records.append(&[whole.clone(), bare.clone()]).unwrap(), 3);
        let kept = at.records().all(&Query::ALL).unwrap();
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[0].draft.kind, Kind::Store);
        assert_eq!((&kept[1].draft, &kept[2].draft), (&whole, &bare));
        let numbers: Vec<(i64, i64)> = kept.iter().map(|it| (it.seq, it.at)).collect();
        assert_eq!(numbers, [(1, NOON), (2, NOON), (3, NOON)]);
        let mark = records.mark().unwrap().unwrap();
        assert_eq!((mark.len(), mark == kept[0].draft.name), (8, true));
        let counts = records.counts().unwrap();
        assert!(counts.contains(&(Kind::Calibration, 2)) && counts.contains(&(Kind::Store, 1)));
    }
}

#[test]
fn a_query_finds_what_it_names() {
    for at in &Fixture::each("a_query_finds_what_it_names") {
        let mut records = at.records();
        let pen = |name: &str, pen: &str| draft(Kind::Pen, name).about(pen).unwrap();
        let drafts = [
            pen("1", "1"),
            pen("2", "2"),
            draft(Kind::Instrument, "1"),
            pen("1", "1").of(7),
            draft(Kind::Reading, "a").about("1").unwrap().of(7),
        ];
        records.append(&drafts).unwrap();
        let mut found = |query: Query<'_>| -> Vec<i64> {
            let found = records.all(&query).unwrap();
            found.iter().map(|record| record.seq).collect()
        };
        assert_eq!(found(Query::ALL), [1, 2, 3, 4, 5, 6]);
        let kind = |kind| Query {
            kind: Some(kind),
            ..Query::ALL
        };
        assert_eq!(found(kind(Kind::Pen)), [2, 3, 5]);
        assert_eq!(found(kind(Kind::Certificate)), [0; 0]);
        let named = Query {
            name: Some("1"),
            ..kind(Kind::Pen)
        };
        assert_eq!(found(named), [2, 5]);
        let newest = Query {
            is_newest: true,
            ..kind(Kind::Pen)
        };
        assert_eq!(found(newest), [3, 5]);
        let about = Query {
            pen: Some("1"),
            ..Query::ALL
        };
        assert_eq!(found(about), [2, 5, 6]);
        let of = Query {
            run: Some(7),
            ..Query::ALL
        };
        assert_eq!(found(of), [5, 6]);
        for limit in 1..=7 {
            let paged = Query {
                after: 1,
                limit,
                ..Query::ALL
            };
            assert_eq!(found(paged), [2, 3, 4, 5, 6], "{limit} at once");
        }
        let newest = records.newest(Kind::Pen, "1").unwrap().unwrap();
        assert_eq!(newest.seq, 5);
        assert_eq!(records.newest(Kind::Pen, "3").unwrap(), None);
    }
}

#[test]
fn a_failed_maker_leaves_nothing() {
    for at in &Fixture::each("a_failed_maker_leaves_nothing") {
        let mut store = at.store();
        let no = HostError::internal("no");
        let failed = store.append(&mut |head| {
            assert_eq!(*head, Head::none());
            Err(HostError::internal("no"))
        });
        assert_eq!(failed, Err(no));
        assert_eq!(store.head().unwrap(), Head::none());
        // The second of two does not fit: the first is not there either.
        let twice = store.append(&mut |head| {
            let drafts = [draft(Kind::End, "1"), draft(Kind::End, "1")];
            Ok(chain::seal(head, 0, drafts))
        });
        assert_eq!(twice.unwrap_err().code, Code::RecordTwice);
        assert_eq!(store.head().unwrap(), Head::none());
        // And it goes on as if nothing had been.
        store
            .append(&mut |head| Ok(chain::seal(head, 0, [draft(Kind::End, "1")])))
            .unwrap();
        assert_eq!(store.head().unwrap().seq, 1);
    }
}

#[test]
fn what_is_given_once_is_refused_twice() {
    for at in &Fixture::each("what_is_given_once_is_refused_twice") {
        let mut records = at.records();
        for kind in Kind::ALL
            .iter()
            .copied()
            .filter(|kind| *kind != Kind::Store)
        {
            records.append(&[draft(kind, "x")]).unwrap();
            let before = records.head().unwrap();
            let again = records.append(&[draft(kind, "x")]);
            if kind.is_once() {
                let error = again.unwrap_err();
                assert_eq!((error.code, error.exit_code()), (Code::RecordTwice, 50));
                assert!(error.what.contains(&format!("{kind} x")), "{error}");
                assert_eq!(records.head().unwrap(), before);
            } else {
                again.unwrap();
            }
            // The same name of another kind is another name.
            records.append(&[draft(kind, "y")]).unwrap();
        }
    }
}

#[test]
fn nothing_is_changed_or_deleted() {
    for at in &Fixture::each("nothing_is_changed_or_deleted") {
        let mut records = at.records();
        records.append(&[draft(Kind::Pen, "1")]).unwrap();
        for sql in [
            "UPDATE records SET body = '{}'",
            "UPDATE records SET due = 1 WHERE seq = 2",
            "DELETE FROM records WHERE seq = 2",
            "UPDATE schema_version SET version = 0",
            "DELETE FROM schema_version",
        ] {
            let refused = at.force(sql).unwrap_err();
            assert!(refused.contains("records are never"), "{sql}: {refused}");
        }
        assert!(records.verify(None).unwrap().misfits.is_empty());
    }
}

#[test]
fn a_change_behind_the_back_is_seen() {
    for at in &Fixture::each("a_change_behind_the_back_is_seen") {
        let mut records = at.records();
        let drafts: Vec<Draft> = (1..=5).map(|n| draft(Kind::Pen, &n.to_string())).collect();
        records.append(&drafts).unwrap();
        let whole = records.verify(None).unwrap();
        assert_eq!((whole.records, whole.misfits.len()), (6, 0));
        assert_eq!(whole.head, records.head().unwrap().hash);
        at.unguard();
        for (sql, back, misfit) in [
            (
                "UPDATE records SET body = '{}' WHERE seq = 3",
                "UPDATE records SET body = '{\"is\":\"2\"}' WHERE seq = 3",
                "record 3 (pen 2) is not what was written",
            ),
            (
                "UPDATE records SET due = 0 WHERE seq = 2",
                "UPDATE records SET due = NULL WHERE seq = 2",
                "record 2 (pen 1) is not what was written",
            ),
            (
                "UPDATE records SET at = at + 1 WHERE seq = 6",
                "UPDATE records SET at = at - 1 WHERE seq = 6",
                "record 6 (pen 5) is not what was written",
            ),
        ] {
            at.force(sql).unwrap();
            assert_eq!(records.verify(None).unwrap().misfits, [misfit]);
            at.force(back).unwrap();
            assert!(records.verify(None).unwrap().misfits.is_empty(), "{back}");
        }
        let before = records.all(&Query::ALL).unwrap();
        at.force("DELETE FROM records WHERE seq = 4").unwrap();
        let gap = records.verify(None).unwrap();
        assert_eq!(gap.misfits[0], "after record 3 comes record 5");
        // A chain that was cut off is whole; only a digest that somebody kept tells.
        at.force("DELETE FROM records WHERE seq > 3").unwrap();
        let last = Record::clone(&before[5]);
        let cut = records.verify(Some(&last.hash)).unwrap();
        assert_eq!((cut.misfits.len(), cut.found), (0, None));
        let kept = records.verify(Some(&before[1].hash)).unwrap();
        assert_eq!(kept.found, Some(2));
    }
}

#[test]
fn a_newer_store_is_refused_by_name() {
    for at in &Fixture::each("a_newer_store_is_refused_by_name") {
        at.records().append(&[draft(Kind::Pen, "1")]).unwrap();
        at.force("INSERT INTO schema_version (version, tool) VALUES (9, 'penctl 7.0')")
            .unwrap();
        for access in [Access::Read, Access::Write] {
            let error = open(&at.place, access).map(|_| ()).unwrap_err();
            assert_eq!((error.code, error.exit_code()), (Code::StoreNewer, 50));
            assert!(
                error.what.contains("schema 9, this program knows 1")
                    && error.why.contains("penctl 7.0"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_reading() {
    for at in &Fixture::each("a_store_that_is_not_there_is_not_made_by_reading") {
        for _ in 0..2 {
            let error = open(&at.place, Access::Read).map(|_| ()).unwrap_err();
            assert_eq!((error.code, error.exit_code()), (Code::StoreMissing, 50));
        }
        at.records().append(&[draft(Kind::Pen, "1")]).unwrap();
        let mut store = open(&at.place, Access::Read).unwrap();
        assert_eq!(store.head().unwrap().seq, 2);
    }
}

#[test]
fn the_clock_may_not_fall_behind() {
    for at in &Fixture::each("the_clock_may_not_fall_behind") {
        at.records().append(&[draft(Kind::Pen, "1")]).unwrap();
        let told = |now: i64| {
            let mut records = crate::store::Records::new(at.store(), Box::new(move || now));
            records.check_clock()
        };
        assert_eq!(told(NOON - 86_400), Ok(()));
        let behind = told(NOON - 86_401).unwrap_err();
        assert_eq!((behind.code, behind.exit_code()), (Code::WrongDate, 2));
        assert!(behind.why.contains("2026-11-22 12:00:00 UTC"), "{behind}");
        // What is written by such a clock is told by a check.
        let mut late = crate::store::Records::new(at.store(), Box::new(|| NOON - 1));
        late.append(&[draft(Kind::Pen, "2")]).unwrap();
        assert_eq!(late.verify(None).unwrap().clock_set_back, [3]);
    }
}
