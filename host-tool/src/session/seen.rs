//! What was observed after a session, from the records.

use serde::Serialize;

use crate::error::HostError;
use crate::store::{AdverseEvent, Kind, Observation, Query, Records};

/// What the records have about a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// What was seen, oldest first.
    pub observations: Vec<Observation>,
    /// What went wrong, oldest first.
    pub adverse_events: Vec<AdverseEvent>,
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
        if it.session == session {
            found.observations.push(it);
        }
    }
    query.kind = Some(Kind::AdverseEvent);
    for record in records.all(&query)? {
        let it: AdverseEvent = record.read()?;
        if it.session == session {
            found.adverse_events.push(it);
        }
    }
    Ok(found)
}
