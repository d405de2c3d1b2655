//! A store on a PostgreSQL server, for a laboratory of several stations.
//!
//! The same tables and migrations as in a file. Whoever appends holds the table against other
//! writers, not against readers.

use std::fmt;

use postgres::error::SqlState;
use postgres::{Client, Config, GenericClient, NoTls, Row};

use super::sql::{self, Dialect, Value};
use super::{Access, Draft, Head, Kind, Maker, Query, Record, Store};
use crate::error::{Code, HostError};

/// How long another program's writing is waited for. Unit: s.
const PATIENCE_S: u64 = 20;

/// The same for whoever has a pen to keep alive, and asks again. Unit: ms.
const BRIEF_MS: u64 = 100;

/// Number of the lock that whoever makes the tables holds: `penr`.
const MAKING: u32 = 0x7065_6e72;

const DIALECT: Dialect = Dialect {
    parameter: '$',
    record_number: "BIGINT",
    guard: include_str!("migrations/guard_postgres.sql"),
};

/// A store on a server.
pub(super) struct PostgresStore {
    client: Client,
    name: String,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.name).finish()
    }
}

impl PostgresStore {
    /// Connects to a store, or makes its tables if `access` allows that.
    ///
    /// # Errors
    /// The server does not answer or does not let this user in; the store is of a newer program, or
    /// is not there. Then nothing was changed.
    pub(super) fn open(address: &str, access: Access) -> Result<Self, HostError> {
        let wrong = |error: postgres::Error| {
            HostError::usage("the address of the store is not understood", reason(&error))
                .with_fix("write postgres://USER@HOST:PORT/DATABASE")
        };
        let mut config: Config = address.parse().map_err(wrong)?;
        if config.get_password().is_none()
            && let Some(password) = std::env::var_os("PGPASSWORD")
        {
            config.password(password.as_encoded_bytes());
        }
        let name = named(&config);
        let client = config
            .application_name("penctl")
            .connect(NoTls)
            .map_err(|error| told(&name, &error))?;
        let mut store = Self { client, name };
        store.settle(access)?;
        Ok(store)
    }

    fn settle(&mut self, access: Access) -> Result<(), HostError> {
        let name = self.name.clone();
        let failed = |error: postgres::Error| told(&name, &error);
        self.client
            .batch_execute(&format!(
                "SET synchronous_commit = on; SET lock_timeout = '{PATIENCE_S}s'; \
                 SET client_min_messages = warning"
            ))
            .map_err(failed)?;
        let version = version_of(&mut self.client, &name)?;
        if version.is_none() && access == Access::Read {
            return Err(HostError::store_missing(
                &name,
                "the database has no records of penctl",
            ));
        }
        if sql::migrate(&DIALECT, &name, version)?.is_empty() {
            return Ok(());
        }
        // Another station may be making the tables at this moment. What it made is seen by a
        // transaction that begins after it is done, not by one that waited inside.
        self.client
            .batch_execute(&format!("SELECT pg_advisory_lock({MAKING})"))
            .map_err(failed)?;
        let done = self.migrate();
        let unlock = format!("SELECT pg_advisory_unlock({MAKING})");
        done.and(self.client.batch_execute(&unlock).map_err(failed))
    }

    fn migrate(&mut self) -> Result<(), HostError> {
        let name = self.name.clone();
        let failed = |error: postgres::Error| told(&name, &error);
        let mut transaction = self.client.transaction().map_err(failed)?;
        let version = version_of(&mut transaction, &name)?;
        let steps = sql::migrate(&DIALECT, &name, version)?;
        transaction
            .batch_execute(&steps.join(";\n"))
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }
}

/// The schema and its maker; none of a database without tables of this program.
fn version_of(
    client: &mut impl GenericClient,
    name: &str,
) -> Result<Option<(i64, String)>, HostError> {
    let failed = |error: postgres::Error| told(name, &error);
    let there = client
        .query_one("SELECT to_regclass('schema_version') IS NOT NULL", &[])
        .map_err(failed)?;
    if !there.get::<_, bool>(0) {
        return Ok(None);
    }
    let found = client.query_opt(sql::NEWEST_VERSION, &[]).map_err(failed)?;
    Ok(found.map(|row| (row.get(0), row.get(1))))
}

impl Store for PostgresStore {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn head(&mut self) -> Result<Head, HostError> {
        head(&mut self.client).map_err(|error| told(&self.name, &error))
    }

    fn append(&mut self, make: Maker<'_>) -> Result<(), HostError> {
        let name = self.name.clone();
        let failed = |error: postgres::Error| told(&name, &error);
        let mut transaction = self.client.transaction().map_err(failed)?;
        transaction
            .batch_execute("LOCK TABLE records IN EXCLUSIVE MODE")
            .map_err(failed)?;
        let records = make(&head(&mut transaction).map_err(failed)?)?;
        let insert = transaction
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
            let done = transaction.execute(
                &insert,
                &[
                    seq,
                    at,
                    &kind,
                    &draft.name,
                    &draft.pen,
                    &draft.run,
                    &draft.due,
                    &draft.author,
                    &draft.body,
                    hash,
                ],
            );
            done.map_err(|error| {
                if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
                    HostError::record_twice(draft.kind, &draft.name, "that number is given once")
                } else {
                    told(&name, &error)
                }
            })?;
        }
        transaction.commit().map_err(failed)
    }

    fn wait_briefly(&mut self, is_brief: bool) -> Result<(), HostError> {
        let patience_ms = if is_brief {
            BRIEF_MS
        } else {
            1_000 * PATIENCE_S
        };
        self.client
            .batch_execute(&format!("SET lock_timeout = {patience_ms}"))
            .map_err(|error| told(&self.name, &error))
    }

    fn read(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        let (text, values) = sql::select(&DIALECT, query);
        let values: Vec<&(dyn postgres::types::ToSql + Sync)> = values
            .iter()
            .map(|value| match value {
                Value::Text(text) => text as _,
                Value::Number(number) => number as _,
            })
            .collect();
        let rows = self
            .client
            .query(&text, &values)
            .map_err(|error| told(&self.name, &error))?;
        rows.iter().map(|row| record(&self.name, row)).collect()
    }

    fn counts(&mut self) -> Result<Vec<(Kind, i64)>, HostError> {
        let rows = self
            .client
            .query(sql::COUNTS, &[])
            .map_err(|error| told(&self.name, &error))?;
        rows.iter()
            .map(|row| Ok((sql::kind(&self.name, 0, row.get(0))?, row.get(1))))
            .collect()
    }
}

fn head(client: &mut impl GenericClient) -> Result<Head, postgres::Error> {
    let found = client.query_opt(sql::HEAD, &[])?;
    Ok(found.map_or_else(Head::none, |row| Head {
        seq: row.get(0),
        at: row.get(1),
        hash: row.get(2),
    }))
}

fn record(store: &str, row: &Row) -> Result<Record, HostError> {
    let seq = row.get(0);
    Ok(Record {
        seq,
        at: row.get(1),
        draft: Draft {
            kind: sql::kind(store, seq, row.get(2))?,
            name: row.get(3),
            pen: row.get(4),
            run: row.get(5),
            due: row.get(6),
            author: row.get(7),
            body: row.get(8),
        },
        hash: row.get(9),
    })
}

/// The address without its password.
fn named(config: &Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            postgres::config::Host::Tcp(host) => host.clone(),
            #[cfg(unix)]
            postgres::config::Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let user = config
        .get_user()
        .map_or_else(String::new, |user| format!("{user}@"));
    format!(
        "postgres://{user}{}/{}",
        hosts.join(","),
        config.get_dbname().unwrap_or_default()
    )
}

/// What an error of the server means for somebody who keeps records.
fn told(store: &str, error: &postgres::Error) -> HostError {
    let why = reason(error);
    match error.code() {
        None => HostError::store_unreachable(store, why),
        Some(code)
            if [
                SqlState::INVALID_PASSWORD,
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
                SqlState::INVALID_CATALOG_NAME,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::TOO_MANY_CONNECTIONS,
                SqlState::ADMIN_SHUTDOWN,
            ]
            .contains(code) =>
        {
            HostError::store_unreachable(store, why)
        }
        Some(code) if *code == SqlState::DISK_FULL => HostError::store_full(store, why),
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            HostError::store_busy(store, PATIENCE_S)
        }
        Some(code)
            if [
                SqlState::READ_ONLY_SQL_TRANSACTION,
                SqlState::INSUFFICIENT_PRIVILEGE,
            ]
            .contains(code) =>
        {
            HostError::store_read_only(store, why)
        }
        Some(code) if *code == SqlState::UNDEFINED_COLUMN => {
            HostError::not_a_store(store, "its table schema_version is of another program")
        }
        Some(_) => HostError::new(Code::RecordStore, format!("the store {store} failed"), why),
    }
}

/// What the server said, and what is behind it.
fn reason(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut inner = std::error::Error::source(error);
    while let Some(cause) = inner {
        text = format!("{text}: {cause}");
        inner = cause.source();
    }
    text
}
