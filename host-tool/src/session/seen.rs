//! What was observed after a session, from the records.

use serde::Serialize;

use crate::error::HostError;
use crate::store::{AdverseEvent, Kind, Observation, Query, Records, Session};

/// What the records have about a session. Records are added and never changed: of those about the
/// same thing the last counts, and those before it are told as replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// What was seen, oldest first: the last record of each sign of a zone on a day.
    pub observations: Vec<Observation>,
    /// What went wrong, oldest first: the last record of each number.
    pub adverse_events: Vec<AdverseEvent>,
    /// Observations that others replaced, oldest first.
    pub replaced: Vec<Observation>,
    /// Adverse events that others replaced, oldest first.
    pub replaced_events: Vec<AdverseEvent>,
    /// Adverse events of this session that count for another one since, or for none: number and session.
    pub moved: Vec<(String, String)>,
}

impl Seen {
    /// The records that this one replaces, oldest first.
    pub fn before<'a>(&'a self, it: &'a Observation) -> impl Iterator<Item = &'a Observation> {
        self.replaced.iter().filter(move |old| same(old, it))
    }

    /// The records that this one replaces, oldest first.
    pub fn before_event<'a>(
        &'a self,
        it: &'a AdverseEvent,
    ) -> impl Iterator<Item = &'a AdverseEvent> {
        let of = move |old: &&AdverseEvent| old.number == it.number;
        self.replaced_events.iter().filter(of)
    }
}

/// Whether both are about the same sign of the same zone on the same day after the same session.
fn same(a: &Observation, b: &Observation) -> bool {
    (&a.zone, &a.sign, a.days_after) == (&b.zone, &b.sign, b.days_after)
}

/// What the records have about this session of this pen.
///
/// # Errors
/// The store cannot be read.
pub fn seen(records: &mut Records, pen: &str, session: &str) -> Result<Seen, HostError> {
    let mut query = Query {
        kind: Some(Kind::Observation),
        pen: Some(pen),
        limit: Query::MANY,
        ..Query::ALL
    };
    let mut found = Seen::default();
    for record in records.all(&query)? {
        let it: Observation = record.read()?;
        if it.session != session {
            continue;
        }
        if let Some(place) = found.observations.iter().position(|old| same(old, &it)) {
            found.replaced.push(found.observations.remove(place));
        }
        found.observations.push(it);
    }
    query.kind = Some(Kind::AdverseEvent);
    let mut events: Vec<AdverseEvent> = Vec::new();
    for record in records.all(&query)? {
        let it: AdverseEvent = record.read()?;
        if let Some(place) = events.iter().position(|old| old.number == it.number) {
            found.replaced_events.push(events.remove(place));
        }
        events.push(it);
    }
    for it in events {
        let was_here = |old: &AdverseEvent| old.number == it.number && old.session == session;
        if it.session == session {
            found.adverse_events.push(it);
        } else if found.replaced_events.iter().any(was_here) {
            found.moved.push((it.number, it.session));
        }
    }
    let all = &found.adverse_events;
    found
        .replaced_events
        .retain(|old| all.iter().any(|it| it.number == old.number));
    Ok(found)
}

/// This session of this pen as it is kept; nothing if it is not.
///
/// # Errors
/// The store cannot be read.
pub fn kept_session(
    records: &mut Records,
    pen: &str,
    session: &str,
) -> Result<Option<Session>, HostError> {
    let found = records.newest(Kind::Session, &format!("{pen}/{session}"))?;
    found.map(|it| it.read()).transpose()
}
