//! A store of a test's own.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use crate::error::HostError;
use crate::store::{Access, Draft, Head, Kind, Maker, Place, Query, Record, Records, Store, open};

/// 2026-11-22, noon. Unit: s since 1970.
pub(crate) const NOON: i64 = 1_795_305_600 + 43_200;

/// A place for a store, empty at first.
pub(crate) struct Fixture {
    pub(crate) place: Place,
    /// A folder of the test's own.
    pub(crate) folder: PathBuf,
}

impl Fixture {
    fn folder(kind: &str, name: &str) -> PathBuf {
        let name = format!("penctl-{kind}-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// One of each kind: a file, and a schema on a server where this build has one.
    pub(crate) fn each(name: &str) -> Vec<Self> {
        vec![
            Self::file(name),
            #[cfg(feature = "postgres")]
            Self::server(name),
        ]
    }

    pub(crate) fn file(name: &str) -> Self {
        let folder = Self::folder("file", name);
        Self {
            place: Place::File(folder.join("records.db")),
            folder,
        }
    }

    /// A schema of its own in the database that the environment names.
    #[cfg(feature = "postgres")]
    pub(crate) fn server(name: &str) -> Self {
        let base = std::env::var("PENCTL_TEST_POSTGRES")
            .expect("PENCTL_TEST_POSTGRES names a database in which tests may do anything");
        let name = format!("t_{name}");
        let mut client = postgres::Client::connect(&base, postgres::NoTls).expect("a server");
        client
            .batch_execute(&format!(
                "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {name} CASCADE; \
                 CREATE SCHEMA {name}"
            ))
            .expect("a schema");
        Self {
            place: Place::Server(format!("{base}?options=-csearch_path%3D{name}")),
            folder: Self::folder("server", &name),
        }
    }

    pub(crate) fn store(&self) -> Box<dyn Store> {
        open(&self.place, Access::Write).expect("a store")
    }

    /// Records in it, always written at noon.
    pub(crate) fn records(&self) -> Records {
        Records::new(self.store(), Box::new(|| NOON))
    }

    /// Does with the database what only somebody with its keys can do.
    pub(crate) fn force(&self, sql: &str) -> Result<(), String> {
        match &self.place {
            Place::File(path) => rusqlite::Connection::open(path)
                .and_then(|connection| connection.execute_batch(sql))
                .map_err(|error| error.to_string()),
            #[cfg(feature = "postgres")]
            Place::Server(address) => postgres::Client::connect(address, postgres::NoTls)
                .and_then(|mut client| client.batch_execute(sql))
                .map_err(|error| {
                    let told = error.as_db_error();
                    told.map_or_else(|| error.to_string(), |told| told.message().to_owned())
                }),
            #[cfg(not(feature = "postgres"))]
            Place::Server(_) => unreachable!("this build has no server"),
        }
    }

    /// Takes the guard away, as somebody with the keys could.
    pub(crate) fn unguard(&self) {
        let sql = match &self.place {
            Place::File(_) => "DROP TRIGGER records_no_update; DROP TRIGGER records_no_delete",
            Place::Server(_) => "DROP TRIGGER records_no_change ON records",
        };
        self.force(sql).expect("the guard goes");
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A record that says little.
pub(crate) fn draft(kind: Kind, name: &str) -> Draft {
    Draft::new(kind, name, &serde_json::json!({ "is": name })).expect("a draft")
}

/// A store whose lock is always waited for, and that counts what is read of it.
pub(crate) struct Watched {
    pub(crate) store: Box<dyn Store>,
    /// The time. Unit: s since 1970.
    pub(crate) clock: Rc<Cell<i64>>,
    /// Seconds until another program lets go of the lock.
    pub(crate) waits: i64,
    /// Records that were read.
    pub(crate) read: Rc<Cell<usize>>,
}

impl Store for Watched {
    fn name(&self) -> String {
        self.store.name()
    }

    fn head(&mut self) -> Result<Head, HostError> {
        self.store.head()
    }

    fn append(&mut self, make: Maker<'_>) -> Result<(), HostError> {
        self.clock.set(self.clock.get() + self.waits);
        self.store.append(make)
    }

    fn read(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        let found = self.store.read(query)?;
        self.read.set(self.read.get() + found.len());
        Ok(found)
    }

    fn counts(&mut self) -> Result<Vec<(Kind, i64)>, HostError> {
        self.store.counts()
    }
}

impl Fixture {
    /// Records whose lock is waited for so many seconds, from noon on.
    pub(crate) fn watched(&self, waits: i64) -> (Records, Rc<Cell<i64>>, Rc<Cell<usize>>) {
        let (clock, read) = (Rc::new(Cell::new(NOON)), Rc::new(Cell::new(0)));
        let store = Watched {
            store: self.store(),
            clock: clock.clone(),
            waits,
            read: read.clone(),
        };
        let now = clock.clone();
        let records = Records::new(Box::new(store), Box::new(move || now.get()));
        (records, clock, read)
    }
}

/// A store in memory, for a test that writes a hundred thousand times. It outlives whoever writes.
#[derive(Clone)]
pub(crate) struct Memory {
    records: Rc<RefCell<Vec<Record>>>,
    /// Is asked before each append, and may refuse it.
    before: Rc<dyn Fn() -> Result<(), HostError>>,
}

impl Memory {
    pub(crate) fn new(before: Rc<dyn Fn() -> Result<(), HostError>>) -> Self {
        let records = Rc::default();
        Self { records, before }
    }

    /// Records in it, always written at noon.
    pub(crate) fn records(&self) -> Records {
        Records::new(Box::new(self.clone()), Box::new(|| NOON))
    }
}

impl Store for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn head(&mut self) -> Result<Head, HostError> {
        Ok(self
            .records
            .borrow()
            .last()
            .map_or_else(Head::none, Head::of))
    }

    fn append(&mut self, make: Maker<'_>) -> Result<(), HostError> {
        (self.before)()?;
        let made = make(&self.head()?)?;
        self.records.borrow_mut().extend(made);
        Ok(())
    }

    fn read(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        assert!(!query.is_newest || query.name.is_some(), "not needed here");
        let fits = |record: &&Record| {
            let draft = &record.draft;
            record.seq > query.after
                && query.kind.is_none_or(|kind| kind == draft.kind)
                && query.name.is_none_or(|name| name == draft.name)
                && query
                    .pen
                    .is_none_or(|pen| draft.pen.as_deref() == Some(pen))
                && query.run.is_none_or(|run| draft.run == Some(run))
        };
        let records = self.records.borrow();
        let mut found = records.iter().filter(fits).cloned();
        if query.is_newest {
            return Ok(found.next_back().into_iter().collect());
        }
        let limit = usize::try_from(query.limit).expect("a number");
        Ok(found.take(limit).collect())
    }

    fn counts(&mut self) -> Result<Vec<(Kind, i64)>, HostError> {
        let count = |kind: Kind| {
            let records = self.records.borrow();
            let of_kind = records.iter().filter(|record| record.draft.kind == kind);
            i64::try_from(of_kind.count()).expect("a number")
        };
        let all = Kind::ALL.iter().map(|kind| (*kind, count(*kind)));
        Ok(all.filter(|(_, count)| *count > 0).collect())
    }
}
