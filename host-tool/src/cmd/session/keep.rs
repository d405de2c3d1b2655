//! A session and the pen's journal, kept in the records.

use serde_json::{Value, json};

use super::{ReportArgs, Source};
use crate::cmd::journal;
use crate::error::HostError;
use crate::out::Out;
use crate::session::{FAULT_UNTOLD, Treated, read_lines};
use crate::store::{
    Access, Draft, JournalEntry, Kind, Records, Session, add, day_text, import_journal,
    session_draft,
};

/// Keeps journal and session.
///
/// # Errors
/// The session is open, undated or of another pen's journal; or the store cannot be written.
pub(super) fn keep(
    args: &ReportArgs,
    source: &Source,
    it: &Treated,
    day: Option<(i64, &str)>,
    out: &Out,
) -> Result<Records, HostError> {
    let refused = |why: &str, fix: &str| {
        HostError::usage(
            format!("session {} of pen {} is not kept", it.session, source.pen),
            why,
        )
        .with_fix(fix)
    };
    let Some(serial) = source.serial else {
        return Err(refused(
            "whose journal it is was not said",
            "add --pen SERIAL",
        ));
    };
    if source
        .journals
        .iter()
        .any(|it| it.is_of(serial) == Some(false))
    {
        return Err(refused(
            "its journal does not begin with that pen",
            "name the pen whose journal it is with --pen",
        ));
    }
    if it.unknown.iter().any(|it| it == FAULT_UNTOLD) {
        return Err(refused(
            "a fault stopped the motor, and the journal of faults does not tell it",
            "read both journals, as `penctl journal --out` writes them into one file",
        ));
    }
    if !it.is_closed {
        return Err(refused(
            "its end is not in the journal, and what is kept once is never changed",
            "close it with `penctl session end`",
        ));
    }
    let Some((day, _)) = day else {
        return Err(refused(
            "its day is unknown: a pen has no calendar",
            "add --day YYYY-MM-DD",
        ));
    };
    let mut records = args.store.open(out, source.is_simulated, Access::Write)?;
    if let Some(known) = &source.known {
        records.update(Draft::new(Kind::Pen, &source.pen, known)?.about(&source.pen)?)?;
    }
    let lines = journal::lines(&source.journals).concat();
    let entries: Vec<JournalEntry> = read_lines(&lines).map_err(HostError::internal)?;
    import_journal(&mut records, &source.pen, &entries)?;
    let draft = session_draft(kept_session(source, it, day)).map_err(HostError::internal)?;
    let added = add(&mut records, &[draft])?;
    out.say(if added.new > 0 {
        format!("session {} of pen {} is kept", it.session, source.pen)
    } else {
        format!(
            "session {} of pen {} was kept before",
            it.session, source.pen
        )
    });
    Ok(records)
}

/// The session as it is kept: without the person.
fn kept_session(source: &Source, it: &Treated, day: i64) -> Session {
    let zones: Vec<Value> = it
        .zones
        .iter()
        .map(|zone| {
            json!({
                "zone": zone.zone, "depth_um": zone.depth_um, "cap_um": zone.cap_um,
                "strokes": zone.strokes.value, "strokes_at_least": zone.strokes.is_least,
                "seconds": zone.on_us.value / 1_000_000, "seconds_at_least": zone.on_us.is_least,
            })
        })
        .collect();
    let events = it
        .events
        .iter()
        .map(|it| format!("{}: {}", it.kind, it.text));
    let unknown = it.unknown.iter().map(|it| format!("unknown: {it}"));
    let breaks = source.journals.iter().flat_map(|it| &it.breaks);
    let breaks = breaks.map(|it| format!("unknown: the journal is broken, {it}"));
    Session {
        pen: source.pen.clone(),
        number: it.session.to_string(),
        day: day_text(day),
        zones: Value::Array(zones),
        events: events.chain(unknown).chain(breaks).collect(),
    }
}
