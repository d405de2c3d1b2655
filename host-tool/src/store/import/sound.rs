//! What is said of days and pens, against the clock and what is kept: whoever adds it, by `observe` or `import`.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::error::HostError;
use crate::store::{
    AdverseEvent, Draft, Kind, Observation, Query, Records, Session, day_of, day_text,
};

/// Days after a session that are not ahead of us. `today`: days since 2020-01-01.
///
/// # Errors
/// In words: the day lies ahead, and what is allowed.
pub(crate) fn days_after(session: &Session, today: i64, days: u32) -> Result<(), String> {
    // A record of others may have a day that is none: then nothing can be compared.
    let Some(of) = day_of(&session.day) else {
        return Ok(());
    };
    let day = of + i64::from(days);
    if day <= today {
        return Ok(());
    }
    let allowed = if of > today {
        "no day after it has been yet".to_owned()
    } else {
        format!("allowed is 0 to {}", today - of)
    };
    Err(format!(
        "{days} days after session {} of {} is {}, which is after today, {}; {allowed}",
        session.number,
        session.day,
        day_text(day),
        day_text(today),
    ))
}

/// The day of an event that is not ahead of us, nor before its session. `today`: days since 2020-01-01.
///
/// # Errors
/// In words: why it cannot be that day.
pub(crate) fn event_day(session: Option<&Session>, today: i64, text: &str) -> Result<(), String> {
    let day = not_ahead(today, text)?;
    if let Some(session) = session
        && day_of(&session.day).is_some_and(|of| day < of)
    {
        return Err(format!(
            "{text} is before session {} of {}; what was before it belongs to no session",
            session.number, session.day
        ));
    }
    Ok(())
}

fn not_ahead(today: i64, text: &str) -> Result<i64, String> {
    let day = day_of(text).ok_or_else(|| format!("`{text}` is no day; write 2026-11-22"))?;
    if day > today {
        return Err(format!("{text} is after today, {}", day_text(today)));
    }
    Ok(day)
}

/// What records and their companions know of sessions and pens, asked once each.
pub(super) struct Knowledge<'a> {
    sessions: HashMap<&'a str, &'a Draft>,
    pens: HashMap<String, bool>,
}

impl<'a> Knowledge<'a> {
    /// Of these, which are added together.
    pub(super) fn of(beside: &'a [Draft]) -> Self {
        let of = |kind| beside.iter().filter(move |it| it.kind == kind);
        let pens = of(Kind::Pen).chain(of(Kind::Session));
        Self {
            sessions: of(Kind::Session).map(|it| (it.name.as_str(), it)).collect(),
            pens: pens
                .filter_map(|it| Some((it.pen.clone()?, true)))
                .collect(),
        }
    }

    /// Whether what a draft says of days can be, and what of it cannot be checked, in words.
    ///
    /// # Errors
    /// A day lies ahead or before its session; or the store cannot be read.
    pub(super) fn check(
        &mut self,
        records: &mut Records,
        draft: &Draft,
    ) -> Result<Vec<String>, HostError> {
        let today = records.today();
        let (pen, number, said, is_there) = match draft.kind {
            Kind::AdverseEvent => {
                let it: AdverseEvent = read(draft)?;
                let session = self.session(records, &it.pen, &it.session)?;
                let said = event_day(session.as_ref(), today, &it.day);
                (it.pen, it.session, said, session.is_some())
            }
            Kind::Observation => {
                let it: Observation = read(draft)?;
                let session = self.session(records, &it.pen, &it.session)?;
                let said = session
                    .as_ref()
                    .map_or(Ok(()), |session| days_after(session, today, it.days_after));
                (it.pen, it.session, said, session.is_some())
            }
            _ => return Ok(Vec::new()),
        };
        said.map_err(|why| refused(draft, why))?;
        let mut doubts = Vec::new();
        if !self.knows(records, &pen)? {
            doubts.push(format!(
                "pen {pen} is not in the records: whether that number is right could not be checked"
            ));
        }
        if !is_there && !number.is_empty() {
            doubts.push(format!(
                "session {number} of pen {pen} is not in the records: days could not be checked against it"
            ));
        }
        Ok(doubts)
    }

    /// The session of this number, kept or added beside.
    fn session(
        &self,
        records: &mut Records,
        pen: &str,
        number: &str,
    ) -> Result<Option<Session>, HostError> {
        let name = format!("{pen}/{number}");
        if let Some(draft) = self.sessions.get(name.as_str()) {
            return read(draft).map(Some);
        }
        let kept = records.newest(Kind::Session, &name)?;
        kept.map(|it| it.read()).transpose()
    }

    /// Whether a pen is known: by a record of its own, or by a session.
    fn knows(&mut self, records: &mut Records, pen: &str) -> Result<bool, HostError> {
        if let Some(is_known) = self.pens.get(pen) {
            return Ok(*is_known);
        }
        let mut is_known = records.newest(Kind::Pen, pen)?.is_some();
        let query = Query {
            kind: Some(Kind::Session),
            pen: Some(pen),
            ..Query::ALL
        };
        if !is_known {
            records.each(&query, &mut |_| {
                is_known = true;
                Ok(ControlFlow::Break(()))
            })?;
        }
        self.pens.insert(pen.to_owned(), is_known);
        Ok(is_known)
    }
}

/// Refuses a session of a file whose day lies ahead.
///
/// # Errors
/// It does.
pub(super) fn check_session(records: &Records, draft: &Draft) -> Result<(), HostError> {
    if draft.kind != Kind::Session {
        return Ok(());
    }
    let it: Session = read(draft)?;
    let day = not_ahead(records.today(), &it.day);
    day.map(|_| ()).map_err(|why| refused(draft, why))
}

fn refused(draft: &Draft, why: String) -> HostError {
    HostError::usage(
        format!("{} {} cannot be taken", draft.kind, draft.name),
        why,
    )
    .with_fix("nothing was kept; correct the day, or the clock of this computer")
}

fn read<T: serde::de::DeserializeOwned>(draft: &Draft) -> Result<T, HostError> {
    serde_json::from_str(&draft.body).map_err(|error| HostError::internal(error.to_string()))
}
