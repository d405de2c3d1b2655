//! Several writers, and places that cannot be written.

use std::collections::BTreeSet;

use super::Fixture;
use super::fixture::{NOON, draft};
use crate::error::{Code, HostError};
use crate::store::{Access, Kind, Place, Query, Records, open};

#[test]
fn writers_at_once_make_one_chain() {
    for at in &Fixture::each("writers_at_once_make_one_chain") {
        const WRITERS: usize = 4;
        const EACH: usize = 10;
        at.store();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                scope.spawn(move || {
                    let mut records = at.records();
                    for number in 0..EACH {
                        let name = format!("{writer}/{number}");
                        records.append(&[draft(Kind::Event, &name)]).unwrap();
                    }
                });
            }
        });
        let mut records = at.records();
        let verified = records.verify(None).unwrap();
        assert_eq!((verified.records, verified.misfits.len()), (41, 0));
        let names: BTreeSet<String> = records
            .all(&Query::ALL)
            .unwrap()
            .into_iter()
            .map(|record| record.draft.name)
            .collect();
        assert_eq!(names.len(), 41);
    }
}

#[test]
fn stations_that_begin_at_once_make_one_store() {
    for at in &Fixture::each("stations_that_begin_at_once_make_one_store") {
        std::thread::scope(|scope| {
            for station in 0..4 {
                scope.spawn(move || {
                    let name = station.to_string();
                    at.records().append(&[draft(Kind::Pen, &name)]).unwrap();
                });
            }
        });
        let mut records = at.records();
        assert_eq!(records.verify(None).unwrap().records, 5);
        let counts = records.counts().unwrap();
        assert!(counts.contains(&(Kind::Store, 1)), "{counts:?}");
    }
}

#[test]
fn who_waits_for_the_lock_sets_no_clock_back() {
    for at in &Fixture::each("who_waits_for_the_lock_sets_no_clock_back") {
        // While this one waited from noon on, another wrote 15 s later.
        let (mut late, clock, _) = at.watched(20);
        let mut other = Records::new(at.store(), Box::new(|| NOON + 15));
        other.append(&[draft(Kind::Pen, "1")]).unwrap();
        late.append(&[draft(Kind::Pen, "2")]).unwrap();
        assert_eq!(clock.get(), NOON + 20);
        assert_eq!(late.head().unwrap().at, NOON + 20);
        assert_eq!(late.verify(None).unwrap().clock_set_back, [0_i64; 0]);
        // One that was set back is still told.
        at.records().append(&[draft(Kind::Pen, "3")]).unwrap();
        assert_eq!(late.verify(None).unwrap().clock_set_back, [4]);
    }
}

fn refused(place: &Place, access: Access) -> HostError {
    open(place, access).map(|_| ()).unwrap_err()
}

#[test]
fn what_is_no_store_is_told_and_not_touched() {
    let at = Fixture::file("no_store");
    let file = at.folder.join("other");
    let place = Place::File(file.clone());
    let text = "just a text, long enough to be looked at as the head of a database, is it not? ";
    for (content, why) in [(text.repeat(20), "no SQLite database")] {
        std::fs::write(&file, &content).unwrap();
        for access in [Access::Read, Access::Write] {
            let error = refused(&place, access);
            assert_eq!((error.code, error.exit_code()), (Code::NotAStore, 50));
            assert!(error.why.contains(why), "{error}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
        }
    }
    std::fs::remove_file(&file).unwrap();
    let foreign = rusqlite::Connection::open(&file).unwrap();
    foreign.execute_batch("CREATE TABLE pens (a)").unwrap();
    let before = std::fs::read(&file).unwrap();
    for access in [Access::Read, Access::Write] {
        let error = refused(&place, access);
        assert_eq!(error.code, Code::NotAStore);
        assert!(error.why.contains("another program"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
    let folder = refused(&Place::File(at.folder.clone()), Access::Write);
    assert_eq!(folder.code, Code::NotAStore);
    assert_eq!(folder.why, "it is a folder");
}

#[test]
fn a_damaged_store_is_told() {
    let at = Fixture::file("damaged");
    let many: Vec<_> = (0..500).map(|n| draft(Kind::Pen, &n.to_string())).collect();
    at.records().append(&many).unwrap();
    let Place::File(path) = &at.place else {
        unreachable!("a file")
    };
    let mut bytes = std::fs::read(path).unwrap();
    let end = bytes.len();
    bytes[4_096..end].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
    let error = open(&at.place, Access::Read)
        .and_then(|store| Records::new(store, Box::new(|| NOON)).verify(None))
        .unwrap_err();
    assert_eq!((error.code, error.exit_code()), (Code::NotAStore, 50));
    assert!(error.why.contains("damaged"), "{error}");
}

/// Not even the superuser makes files there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_asked() {
    let error = refused(&Place::File("/sys/records.db".into()), Access::Write);
    assert_eq!((error.code, error.exit_code()), (Code::StoreReadOnly, 50));
    let missing = refused(&Place::File("/sys/records.db".into()), Access::Read);
    assert_eq!(missing.code, Code::StoreMissing);
}

#[test]
fn a_full_store_keeps_what_it_has() {
    let at = Fixture::file("full");
    let mut records = Records::new(
        Box::new(crate::store::sqlite::small(&at.place, 30)),
        Box::new(|| NOON),
    );
    let mut kept = 0;
    let error = loop {
        match records.append(&[draft(Kind::Event, &"n".repeat(100))]) {
            Ok(number) => kept = number,
            Err(error) => break error,
        }
    };
    assert_eq!((error.code, error.exit_code()), (Code::StoreFull, 50));
    assert!(kept > 20, "{kept}");
    let verified = at.records().verify(None).unwrap();
    assert_eq!((verified.records, verified.misfits.len()), (kept, 0));
}

#[test]
fn a_store_that_somebody_holds_is_told_after_a_while() {
    let at = Fixture::file("busy");
    at.store();
    let Place::File(path) = &at.place else {
        unreachable!("a file")
    };
    let mut records = Records::new(
        Box::new(crate::store::sqlite::hasty(&at.place)),
        Box::new(|| NOON),
    );
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = records.append(&[draft(Kind::Pen, "1")]).unwrap_err();
    assert_eq!((error.code, error.exit_code()), (Code::StoreBusy, 50));
    other.execute_batch("ROLLBACK").unwrap();
    records.append(&[draft(Kind::Pen, "1")]).unwrap();
}
