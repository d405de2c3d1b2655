//! A store with what there is to say about it.

use std::fmt;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::json;

use super::day::time_text;
use super::{Draft, Head, Kind, Query, Record, Store, chain, sql};
use crate::error::{Code, HostError};

/// How far a clock may be behind the newest record. Unit: s.
const SLACK: i64 = 86_400;

/// Days from 1970-01-01 to the first day of that calendar, 2020-01-01.
const EPOCH_DAYS: i64 = 18_262;

/// Tells the time, in seconds since 1970.
pub type Now = Box<dyn Fn() -> i64>;

/// A store, and the time at which things are written into it.
pub struct Records {
    store: Box<dyn Store>,
    now: Now,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("store", &self.store.name())
            .finish_non_exhaustive()
    }
}

/// What a check of the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Records looked at.
    pub records: i64,
    /// Digest of the newest one.
    pub head: String,
    /// What does not fit, in words.
    pub misfits: Vec<String>,
    /// Records that are older than the one before them: that computer's clock was set back.
    pub clock_set_back: Vec<i64>,
    /// The record with the digest that was looked for.
    pub found: Option<i64>,
}

impl Records {
    /// Records in this store, written at the time that `now` tells.
    #[must_use]
    pub fn new(store: Box<dyn Store>, now: Now) -> Self {
        Self { store, now }
    }

    /// Where they are.
    #[must_use]
    pub fn name(&self) -> String {
        self.store.name()
    }

    /// The time. Unit: s since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.now)()
    }

    /// Today in the calendar of records, by the same clock: days since 2020-01-01, negative before.
    #[must_use]
    pub fn today(&self) -> i64 {
        self.now().div_euclid(86_400) - EPOCH_DAYS
    }

    /// The newest record, in short.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn head(&mut self) -> Result<Head, HostError> {
        self.store.head()
    }

    /// Refuses a clock that is more than a day behind the newest record.
    ///
    /// # Errors
    /// It is: this computer's date is wrong, or a record was written with a wrong one.
    pub fn check_clock(&mut self) -> Result<(), HostError> {
        let newest = self.head()?.at;
        let now = self.now();
        if now + SLACK >= newest {
            return Ok(());
        }
        Err(HostError::new(
            Code::WrongDate,
            format!("this computer's date is {}", time_text(now)),
            format!(
                "the newest record in the store was written {}",
                time_text(newest)
            ),
        ))
    }

    /// The store's mark, which tells its certificates from those of every other store; none of a
    /// store without records.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn mark(&mut self) -> Result<Option<String>, HostError> {
        let query = Query {
            kind: Some(Kind::Store),
            ..Query::ALL
        };
        let found = self.store.read(&query)?.into_iter().next();
        Ok(found.map(|record| record.draft.name))
    }

    /// As [`Store::wait_briefly`].
    pub(super) fn wait_briefly(&mut self, is_brief: bool) -> Result<(), HostError> {
        self.store.wait_briefly(is_brief)
    }

    /// Appends records, all or none, and gives the number of the last one. They are on disk when
    /// this returns.
    ///
    /// The first ones of an empty store follow a record of the store itself. A [`Kind::Run`]
    /// without a run gets its own number as its name.
    ///
    /// # Errors
    /// The store cannot be written, or has one of the names that are given once.
    pub fn append(&mut self, drafts: &[Draft]) -> Result<i64, HostError> {
        Ok(self.append_told(drafts)?.seq)
    }

    /// The same, and gives the last one in short.
    pub(super) fn append_told(&mut self, drafts: &[Draft]) -> Result<Head, HostError> {
        self.append_after(None, drafts)
    }

    /// As [`Records::append`], provided that the newest record has still this number; none if it
    /// has not, and then nothing was written.
    pub(super) fn append_if(
        &mut self,
        newest: i64,
        drafts: &[Draft],
    ) -> Result<Option<i64>, HostError> {
        let last = self.append_after(Some(newest), drafts)?.seq;
        Ok((last > 0).then_some(last))
    }

    /// The newest record afterwards; [`Head::none`] if nothing was written.
    fn append_after(&mut self, newest: Option<i64>, drafts: &[Draft]) -> Result<Head, HostError> {
        let first = opening()?;
        let mut last = Head::none();
        let Self { store, now } = self;
        store.append(&mut |head| {
            if newest.is_some_and(|newest| newest != head.seq) {
                last = Head::none();
                return Ok(Vec::new());
            }
            let opening = (head.seq == 0).then(|| first.clone());
            let numbered = (head.seq + 1..)
                .zip(opening.into_iter().chain(drafts.iter().cloned()))
                .map(|(seq, draft)| numbered(seq, draft));
            // Only now, when nobody else appends: whoever waited is not older than what came before.
            let records = chain::seal(head, now(), numbered);
            last = records.last().map_or_else(Head::none, Head::of);
            Ok(records)
        })?;
        Ok(last)
    }

    /// Appends records as they are, provided that the first follows the newest one there is.
    pub(super) fn copy_in(&mut self, records: &[Record]) -> Result<(), HostError> {
        let name = self.name();
        self.store.append(&mut |head| {
            let mut head = head.clone();
            for record in records {
                if let Some(misfit) = chain::misfit(&head, record) {
                    return Err(HostError::record_broken(
                        &format!("the copy in {name}"),
                        misfit,
                    ));
                }
                head = Head::of(record);
            }
            Ok(records.to_vec())
        })
    }

    /// Calls `visit` with every record that fits, oldest first, until it breaks off.
    ///
    /// # Errors
    /// The store cannot be read, or the error of `visit`.
    pub fn each(
        &mut self,
        query: &Query<'_>,
        visit: &mut dyn FnMut(&Record) -> Result<ControlFlow<()>, HostError>,
    ) -> Result<(), HostError> {
        let mut query = *query;
        loop {
            let page = self.store.read(&query)?;
            for record in &page {
                if visit(record)?.is_break() {
                    return Ok(());
                }
                query.after = record.seq;
            }
            if u32::try_from(page.len()).is_ok_and(|count| count < query.limit) {
                return Ok(());
            }
        }
    }

    /// One page of the records that fit.
    pub(super) fn page(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        self.store.read(query)
    }

    /// Every record that fits, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn all(&mut self, query: &Query<'_>) -> Result<Vec<Record>, HostError> {
        let mut found = Vec::new();
        self.each(query, &mut |record| {
            found.push(record.clone());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The newest record of this kind and name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn newest(&mut self, kind: Kind, name: &str) -> Result<Option<Record>, HostError> {
        let query = Query {
            kind: Some(kind),
            name: Some(name),
            is_newest: true,
            ..Query::ALL
        };
        Ok(self.store.read(&query)?.pop())
    }

    /// Writes a record of a pen, an instrument or an operator if it says anything new.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn update(&mut self, draft: Draft) -> Result<bool, HostError> {
        let known = self.newest(draft.kind, &draft.name)?;
        if known.is_some_and(|known| known.draft.body == draft.body) {
            return Ok(false);
        }
        self.append(&[draft])?;
        Ok(true)
    }

    /// How many records of each kind there are.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn counts(&mut self) -> Result<Vec<(Kind, i64)>, HostError> {
        self.store.counts()
    }

    /// Checks every record against its digest and the one before it, and looks for the record with
    /// the digest `wanted`.
    ///
    /// # Errors
    /// The store cannot be read. What does not fit is no error here, but told in the result.
    pub fn verify(&mut self, wanted: Option<&str>) -> Result<Verified, HostError> {
        let mut head = Head::none();
        let mut verified = Verified {
            records: 0,
            head: head.hash.clone(),
            misfits: Vec::new(),
            clock_set_back: Vec::new(),
            found: None,
        };
        self.each(&Query::ALL, &mut |record| {
            verified.misfits.extend(chain::misfit(&head, record));
            if record.at < head.at {
                verified.clock_set_back.push(record.seq);
            }
            if wanted.is_some_and(|wanted| wanted == record.hash) {
                verified.found = Some(record.seq);
            }
            verified.records += 1;
            head = Head::of(record);
            Ok(ControlFlow::Continue(()))
        })?;
        verified.head = head.hash;
        Ok(verified)
    }
}

/// The record of a store itself.
fn opening() -> Result<Draft, HostError> {
    let body = json!({ "schema": sql::SCHEMA, "tool": env!("CARGO_PKG_VERSION") });
    Draft::new(Kind::Store, &chain::new_mark(), &body)
}

/// A draft that will have this number.
fn numbered(seq: i64, draft: Draft) -> Draft {
    if draft.kind != Kind::Run || draft.run.is_some() {
        return draft;
    }
    Draft {
        name: seq.to_string(),
        run: Some(seq),
        ..draft
    }
}
