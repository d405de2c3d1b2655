//! A store in one file, by SQLite.
//!
//! A rollback journal and not a write-ahead log: the store is one file, which may lie on a shared
//! drive or a write-protected medium and can be copied by hand. `synchronous = EXTRA` is what makes
//! a commit outlast a power cut in that mode (SQLite, "PRAGMA synchronous").

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior};

use super::sql::{self, Dialect, Value};
use super::{Access, Draft, Head, Maker, Query, Record, Store};
use crate::clock::{Clock, RealClock};
use crate::error::{Code, HostError};

/// How long another program's writing is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same for whoever has a pen to keep alive, and asks again.
const BRIEF: Duration = Duration::from_millis(100);

/// How often it is tried meanwhile. SQLite's own handler asks ten times a second, which finds no gap
/// between the records of a program that writes without a pause: measured, it got none in 5 s.
const AGAIN: Duration = Duration::from_millis(1);

/// Waits for another program, and says whether it is worth while.
fn patiently(tries: i32) -> bool {
    is_worth_while(tries, PATIENCE)
}

/// The same, not for long.
fn briefly(tries: i32) -> bool {
    is_worth_while(tries, BRIEF)
}

fn is_worth_while(tries: i32, patience: Duration) -> bool {
    let waited = AGAIN.saturating_mul(tries.unsigned_abs());
    if waited < patience {
        RealClock::new().wait(AGAIN);
    }
    waited < patience
}

/// What marks the file as a store of this program: `penr`.
const APPLICATION: i64 = 0x7065_6e72;

const DIALECT: Dialect = Dialect {
    parameter: '?',
    // The one type that makes the key of a row the row's own number.
    record_number: "INTEGER",
    guard: include_str!("migrations/guard_sqlite.sql"),
};

/// A store in a file.
#[derive(Debug)]
pub(super) struct SqliteStore {
    connection: Connection,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens a store, or makes it if `access` allows that.
    ///
    /// # Errors
    /// There is none, it is of a newer program or no store at all, or it cannot be opened or
    /// written. Then nothing was changed.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, HostError> {
        let name = path.display().to_string();
        prepare(path, &name, access)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| told(&name, &error))?;
        let mut store = Self {
            connection,
            path: path.to_owned(),
        };
        store.settle(access)?;
        Ok(store)
    }

    fn settle(&mut self, access: Access) -> Result<(), HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        self.connection
            .busy_handler(Some(patiently))
            .map_err(failed)?;
        let pragma = "PRAGMA trusted_schema = OFF; PRAGMA synchronous = EXTRA;";
        self.connection.execute_batch(pragma).map_err(failed)?;
        if access == Access::Write && self.connection.is_readonly("main").map_err(failed)? {
            return Err(HostError::store_read_only(&name, "it is write-protected"));
        }
        if !self.is_settled()? && access == Access::Read {
            return Err(HostError::store_missing(&name, "the file is empty"));
        }
        self.migrate()
    }

    /// Whether there is a schema that is not newer than this program.
    fn is_settled(&self) -> Result<bool, HostError> {
        Ok(self.version()?.is_some())
    }

    /// The schema and its maker; none of a file that is still empty.
    fn version(&self) -> Result<Option<(i64, String)>, HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        let ask = |text: &str| {
            self.connection
                .query_row(text, [], |row| row.get::<_, i64>(0))
        };
        if ask("SELECT COUNT(*) FROM sqlite_schema").map_err(failed)? == 0 {
            return Ok(None);
        }
        if ask("PRAGMA application_id").map_err(failed)? != APPLICATION {
            return Err(HostError::not_a_store(
                &name,
                "it is the SQLite database of another program",
            ));
        }
        self.connection
            .query_row(sql::NEWEST_VERSION, [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .map_err(failed)
    }

    fn migrate(&mut self) -> Result<(), HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        if sql::migrate(&DIALECT, &name, self.version()?)?.is_empty() {
            return Ok(());
        }
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(failed)?;
        // Another program may have been quicker: only what is there now counts.
        let done = self.version().and_then(|version| {
            let mut steps = sql::migrate(&DIALECT, &name, version)?;
            steps.insert(0, format!("PRAGMA application_id = {APPLICATION}"));
            self.connection
                .execute_batch(&(steps.join(";\n") + ";\nCOMMIT"))
                .map_err(failed)
        });
        if done.is_err() {
            // Nothing to undo if it never began.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        done
    }
}

/// Makes the folder and the file if they shall be made, so that a reason is the system's own.
fn prepare(path: &Path, name: &str, access: Access) -> Result<(), HostError> {
    if path.is_dir() {
        return Err(HostError::not_a_store(name, "it is a folder"));
    }
    if path.exists() {
        return Ok(());
    }
    if access == Access::Read {
        return Err(HostError::store_missing(name, "there is no such file"));
    }
    let failed = |error: std::io::Error| HostError::of_store_file(name, &error);
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Another program may make it at this moment; then it is there, which is all that is wanted.
    let file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(path);
    file.map(drop).map_err(failed)
}

impl Store for SqliteStore {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn head(&mut self) -> Result<Head, HostError> {
        let name = self.name();
        head(&self.connection).map_err(|error| told(&name, &error))
    }

    fn append(&mut self, make: Maker<'_>) -> Result<(), HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let records = make(&head(&transaction).map_err(failed)?)?;
        {
            let mut insert = transaction
                .prepare(&sql::insert(&DIALECT))
                .map_err(failed)?;
            for record in &records {
                let Record {
                    seq,
                    at,
                    draft,
                    hash,
                } = record;
                let kind = draft.kind.as_str();
                let done = insert.execute(rusqlite::params![
                    seq,
                    at,
                    kind,
                    draft.name,
                    draft.pen,
                    draft.run,
                    draft.due,
                    draft.author,
                    draft.body,
                    hash,
                ]);
                done.map_err(|error| refused(&name, record, &error))?;
            }
        }
        transaction.commit().map_err(failed)
    }

    fn wait_briefly(&mut self, is_brief: bool) -> Result<(), HostError> {
        let name = self.name();
        let handler = if is_brief { briefly } else { patiently };
        self.connection
            .busy_handler(Some(handler))
            .map_err(|error| told(&name, &error))
    }

    fn read(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        let (text, values) = sql::select(&DIALECT, query);
        let mut statement = self.connection.prepare(&text).map_err(failed)?;
        let values = values.into_iter().map(|value| match value {
            Value::Text(text) => rusqlite::types::Value::from(text.to_owned()),
            Value::Number(number) => number.into(),
        });
        let mut rows = statement
            .query(rusqlite::params_from_iter(values))
            .map_err(failed)?;
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let (record, kind) = record(row).map_err(failed)?;
            let kind = sql::kind(&name, record.seq, &kind)?;
            let draft = Draft {
                kind,
                ..record.draft
            };
            records.push(Record { draft, ..record });
        }
        Ok(records)
    }

    fn counts(&mut self) -> Result<Vec<(super::Kind, i64)>, HostError> {
        let name = self.name();
        let failed = |error: rusqlite::Error| told(&name, &error);
        let mut statement = self.connection.prepare(sql::COUNTS).map_err(failed)?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(failed)?;
        rows.map(|row| {
            let (kind, count): (String, i64) = row.map_err(failed)?;
            Ok((sql::kind(&name, 0, &kind)?, count))
        })
        .collect()
    }
}

fn head(connection: &Connection) -> rusqlite::Result<Head> {
    let found = connection
        .prepare(sql::HEAD)?
        .query_row([], |row| {
            Ok(Head {
                seq: row.get(0)?,
                at: row.get(1)?,
                hash: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_else(Head::none))
}

/// A record, its kind still as a text.
fn record(row: &Row<'_>) -> rusqlite::Result<(Record, String)> {
    let record = Record {
        seq: row.get(0)?,
        at: row.get(1)?,
        draft: Draft {
            kind: super::Kind::Store,
            name: row.get(3)?,
            pen: row.get(4)?,
            run: row.get(5)?,
            due: row.get(6)?,
            author: row.get(7)?,
            body: row.get(8)?,
        },
        hash: row.get(9)?,
    };
    Ok((record, row.get(2)?))
}

/// Why a record was not taken.
fn refused(store: &str, record: &Record, error: &rusqlite::Error) -> HostError {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        let Draft { kind, name, .. } = &record.draft;
        return HostError::record_twice(*kind, name, "that number is given once");
    }
    told(store, error)
}

/// What an error of SQLite means for somebody who keeps records.
fn told(store: &str, error: &rusqlite::Error) -> HostError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            HostError::store_busy(store, PATIENCE.as_secs())
        }
        Some(ErrorCode::DiskFull) => HostError::store_full(store, text),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            HostError::store_read_only(store, text)
        }
        Some(ErrorCode::NotADatabase) => HostError::not_a_store(store, "it is no SQLite database"),
        Some(ErrorCode::DatabaseCorrupt) => {
            HostError::not_a_store(store, format!("the file is damaged: {text}"))
        }
        // A journal that cannot be made beside the file: the folder is write-protected.
        Some(ErrorCode::CannotOpen) => HostError::store_read_only(
            store,
            format!("no file can be opened or made in its folder: {text}"),
        ),
        _ => HostError::new(Code::RecordStore, format!("the store {store} failed"), text),
    }
}

/// A store that has no room for more than so many pages of 4 kB.
#[cfg(test)]
pub(super) fn small(place: &super::Place, pages: u32) -> SqliteStore {
    let store = of_test(place);
    let pragma = format!("PRAGMA max_page_count = {pages}");
    let set = store.connection.query_row(&pragma, [], |row| row.get(0));
    assert_eq!(set, Ok(i64::from(pages)));
    store
}

/// A store that waits for nobody.
#[cfg(test)]
pub(super) fn hasty(place: &super::Place) -> SqliteStore {
    let store = of_test(place);
    store
        .connection
        .busy_timeout(Duration::ZERO)
        .expect("a setting");
    store
}

#[cfg(test)]
fn of_test(place: &super::Place) -> SqliteStore {
    match place {
        super::Place::File(path) => SqliteStore::open(path, Access::Write).expect("a store"),
        super::Place::Server(_) => unreachable!("a file"),
    }
}
