//! A record before and after it has its number, and which records are asked for.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kind;
use crate::error::HostError;

/// Most characters of a name: of a pen, an instrument, a certificate.
const NAME_MAX: usize = 120;

/// What shall be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// Which one of its kind: a serial number, a number of a run. Never of a treated person.
    pub name: String,
    /// The pen concerned.
    pub pen: Option<String>,
    /// The run that it belongs to.
    pub run: Option<i64>,
    /// When something is due. Unit: days since 2020-01-01.
    pub due: Option<i64>,
    /// Who did it: a technician's number, a program.
    pub author: String,
    /// All else, as one line of JSON.
    pub body: String,
}

impl Draft {
    /// A record of this kind and name whose body is `body`.
    ///
    /// # Errors
    /// The name is empty, longer than 120 characters or has control characters in it.
    pub fn new<T: Serialize>(kind: Kind, name: &str, body: &T) -> Result<Self, HostError> {
        checked(kind, name)?;
        let body = serde_json::to_string(body)
            .map_err(|error| HostError::internal(format!("a {kind} is no JSON: {error}")))?;
        Ok(Self {
            kind,
            name: name.to_owned(),
            pen: None,
            run: None,
            due: None,
            author: concat!("penctl ", env!("CARGO_PKG_VERSION")).to_owned(),
            body,
        })
    }

    /// The same, about this pen.
    ///
    /// # Errors
    /// As [`Draft::new`], for the pen's serial number.
    pub fn about(mut self, pen: &str) -> Result<Self, HostError> {
        checked(Kind::Pen, pen)?;
        self.pen = Some(pen.to_owned());
        Ok(self)
    }

    /// The same, as a part of this run.
    #[must_use]
    pub const fn of(mut self, run: i64) -> Self {
        self.run = Some(run);
        self
    }

    /// The same, due on this day.
    #[must_use]
    pub const fn due(mut self, day: Option<i64>) -> Self {
        self.due = day;
        self
    }

    /// The same, by somebody else than this program.
    ///
    /// # Errors
    /// As [`Draft::new`], for the author.
    pub fn by(mut self, author: &str) -> Result<Self, HostError> {
        checked(Kind::Operator, author)?;
        author.clone_into(&mut self.author);
        Ok(self)
    }
}

fn checked(kind: Kind, name: &str) -> Result<(), HostError> {
    let why = if name.trim().is_empty() {
        "it is empty".to_owned()
    } else if name.chars().count() > NAME_MAX {
        format!(
            "it has {} characters; {NAME_MAX} are allowed",
            name.chars().count()
        )
    } else if name.chars().any(char::is_control) {
        "it has control characters in it".to_owned()
    } else {
        return Ok(());
    };
    Err(HostError::usage(
        format!("the name of a {kind} cannot be `{}`", name.escape_debug()),
        why,
    ))
}

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number: one more than that of the record before it, from 1 on.
    pub seq: i64,
    /// When it was written, as that computer believed. Unit: s since 1970.
    pub at: i64,
    /// What it says.
    pub draft: Draft,
    /// SHA-256 over the digest of the record before it and all of the above, in hexadecimal.
    pub hash: String,
}

impl Record {
    /// The body as what this kind of record says.
    ///
    /// # Errors
    /// The body is no such thing: it was written by a program that knows more, or was damaged.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, HostError> {
        serde_json::from_str(&self.draft.body).map_err(|error| {
            HostError::record_broken(
                &format!("record {} ({})", self.seq, self.draft.kind),
                format!("its body cannot be read: {error}"),
            )
        })
    }
}

/// The newest record, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 when there is none.
    pub seq: i64,
    /// When it was written. Unit: s since 1970.
    pub at: i64,
    /// Its digest.
    pub hash: String,
}

/// Which records are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only of this name.
    pub name: Option<&'a str>,
    /// Only about this pen.
    pub pen: Option<&'a str>,
    /// Only of this run.
    pub run: Option<i64>,
    /// Only those after this number.
    pub after: i64,
    /// At most so many.
    pub limit: u32,
    /// Only the newest of each name; asked for together with a kind.
    pub is_newest: bool,
}

impl Query<'_> {
    /// Records read at once.
    pub const PAGE: u32 = 256;

    /// Records read at once where each is short.
    pub const MANY: u32 = 4_096;

    /// Everything, a page of it.
    pub const ALL: Self = Query {
        kind: None,
        name: None,
        pen: None,
        run: None,
        after: 0,
        limit: Self::PAGE,
        is_newest: false,
    };
}

/// The name under which a pen's records are kept: its serial number with all digits.
#[must_use]
pub(crate) fn pen_name(text: &str) -> String {
    match text.parse::<u64>() {
        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            crate::words::serial(number)
        }
        _ => text.to_owned(),
    }
}
