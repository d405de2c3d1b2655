//! The SQL that both kinds of database understand.

use super::{Kind, Query};
use crate::error::HostError;

/// The schema that this program writes, and the newest that it reads.
pub const SCHEMA: i64 = 1;

/// What leads from each schema to the next; the first from nothing.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001.sql")];

/// Where a database tells which schema it has: one row for each step that was taken.
pub(super) const VERSIONS: &str =
    "CREATE TABLE schema_version (version BIGINT NOT NULL, tool TEXT NOT NULL)";

/// The newest schema, and which program made it.
pub(super) const NEWEST_VERSION: &str =
    "SELECT version, tool FROM schema_version ORDER BY version DESC LIMIT 1";

/// The columns of a record, in the order in which they are read and written.
const COLUMNS: &str = "seq, at, kind, name, pen, run, due, author, body, hash";

/// The newest record, in short.
pub(super) const HEAD: &str = "SELECT seq, at, hash FROM records ORDER BY seq DESC LIMIT 1";

/// How many records of each kind there are.
pub(super) const COUNTS: &str = "SELECT kind, COUNT(*) FROM records GROUP BY kind";

/// What a database calls things.
pub(super) struct Dialect {
    /// What stands before the number of a parameter.
    pub(super) parameter: char,
    /// The type of the key of a row.
    pub(super) record_number: &'static str,
    /// What keeps a table from being changed.
    pub(super) guard: &'static str,
}

/// What leads from schema `from` to the newest, as statements to be run in one transaction.
///
/// # Errors
/// The schema is newer than this program.
pub(super) fn migrate(
    dialect: &Dialect,
    store: &str,
    from: Option<(i64, String)>,
) -> Result<Vec<String>, HostError> {
    let guard = |table: &str| dialect.guard.replace("{table}", table);
    let mut steps = Vec::new();
    let known = match from {
        None => {
            steps.extend([VERSIONS.to_owned(), guard("schema_version")]);
            0
        }
        Some((version, tool)) if version > SCHEMA => {
            return Err(HostError::store_newer(store, version, SCHEMA, &tool));
        }
        Some((version, _)) => version,
    };
    for (version, migration) in (1..).zip(MIGRATIONS) {
        if version > known {
            steps.push(migration.replace("{record_number}", dialect.record_number));
            if version == 1 {
                steps.push(guard("records"));
            }
            steps.push(format!(
                "INSERT INTO schema_version (version, tool) VALUES ({version}, 'penctl {}')",
                env!("CARGO_PKG_VERSION")
            ));
        }
    }
    Ok(steps)
}

/// The statement that writes one record.
pub(super) fn insert(dialect: &Dialect) -> String {
    let places: Vec<String> = (1..=10)
        .map(|place| format!("{}{place}", dialect.parameter))
        .collect();
    format!(
        "INSERT INTO records ({COLUMNS}) VALUES ({})",
        places.join(", ")
    )
}

/// A value that a query is asked with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(i64),
}

/// The statement of a query, with its values.
pub(super) fn select<'a>(dialect: &Dialect, query: &Query<'a>) -> (String, Vec<Value<'a>>) {
    let mut values = vec![Value::Number(query.after)];
    let mut place = |value: Value<'a>| {
        values.push(value);
        format!("{}{}", dialect.parameter, values.len())
    };
    let mut conditions = vec![format!("seq > {}1", dialect.parameter)];
    if let Some(kind) = query.kind {
        let kind = place(Value::Text(kind.as_str()));
        conditions.push(format!("kind = {kind}"));
        if query.is_newest {
            conditions.push(format!(
                "seq IN (SELECT MAX(seq) FROM records WHERE kind = {kind} GROUP BY name)"
            ));
        }
    }
    if let Some(name) = query.name {
        conditions.push(format!("name = {}", place(Value::Text(name))));
    }
    if let Some(pen) = query.pen {
        conditions.push(format!("pen = {}", place(Value::Text(pen))));
    }
    if let Some(run) = query.run {
        conditions.push(format!("run = {}", place(Value::Number(run))));
    }
    let text = format!(
        "SELECT {COLUMNS} FROM records WHERE {} ORDER BY seq LIMIT {}",
        conditions.join(" AND "),
        query.limit
    );
    (text, values)
}

/// The kind that a stored text names.
///
/// # Errors
/// A program that knows more wrote it.
pub(super) fn kind(store: &str, seq: i64, text: &str) -> Result<Kind, HostError> {
    text.parse()
        .map_err(|why: String| HostError::record_broken(&format!("record {seq} of {store}"), why))
}
