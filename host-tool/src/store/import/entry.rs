//! One line of a file, and what may stand in it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::store::{
    AdverseEvent, Draft, Instrument, JournalEntry, Kind, Observation, Operator, Pen, Record,
    Session, day_of, pen_name,
};

/// What a line is.
#[derive(Debug)]
pub(super) enum Line {
    /// Something new.
    New(Box<Draft>),
    /// A record of a pen's journal.
    Journal(Box<JournalEntry>),
    /// A record of another store.
    Copy(Box<Record>),
}

/// A record as `export --json` writes it.
#[derive(Deserialize)]
struct Whole<'a> {
    seq: i64,
    at: i64,
    kind: String,
    name: String,
    pen: Option<String>,
    run: Option<i64>,
    due: Option<i64>,
    author: String,
    #[serde(borrow)]
    body: &'a RawValue,
    hash: String,
}

/// What a line of JSON says; nothing if it is an event that tells how a command went.
///
/// # Errors
/// In words: what is wrong with it.
pub(super) fn of_json(line: &str) -> Result<Option<Line>, String> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
    let Value::Object(mut map) = value else {
        return Err("it is no JSON object".to_owned());
    };
    let has = |map: &Map<String, Value>, name: &str| map.contains_key(name);
    if has(&map, "hash") && has(&map, "body") {
        let whole: Whole<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        return Ok(Some(Line::Copy(Box::new(Record {
            seq: whole.seq,
            at: whole.at,
            draft: Draft {
                kind: whole.kind.parse()?,
                name: whole.name,
                pen: whole.pen,
                run: whole.run,
                due: whole.due,
                author: whole.author,
                // Letter by letter: the digest is over this text.
                body: whole.body.get().to_owned(),
            },
            hash: whole.hash,
        }))));
    }
    // A record may have a field `event` of its own: an adverse event does.
    if has(&map, "schema") && has(&map, "event") {
        if map.get("event").is_some_and(|event| event == "record") {
            map.remove("schema");
            map.remove("event");
        } else if !has(&map, "kind") {
            return Ok(None);
        }
    }
    if has(&map, "journal") && has(&map, "chain") {
        // A line of `penctl journal --out` says its schema.
        map.remove("schema");
        let entry: JournalEntry = exactly(Value::Object(map))?;
        if !matches!(entry.journal.as_str(), "faults" | "routine") {
            return Err(format!(
                "`{}` is no journal; there are faults and routine",
                entry.journal
            ));
        }
        return Ok(Some(Line::Journal(Box::new(entry))));
    }
    let kind = match map.remove("kind") {
        Some(Value::String(kind)) => kind.parse()?,
        _ => return Err("it does not say of which `kind` it is".to_owned()),
    };
    of_body(kind, Value::Object(map)).map(Some)
}

/// A new record of this kind.
///
/// # Errors
/// In words: what is wrong with it.
pub(super) fn of_body(kind: Kind, body: Value) -> Result<Line, String> {
    let draft = match kind {
        Kind::Pen => pen(exactly(body)?),
        Kind::Instrument => instrument(exactly(body)?),
        Kind::Operator => operator(exactly(body)?),
        Kind::Session => session(exactly(body)?),
        Kind::Observation => observation(exactly(body)?),
        Kind::AdverseEvent => adverse_event(exactly(body)?),
        other => Err(not_importable(other)),
    };
    draft.map(|draft| Line::New(Box::new(draft)))
}

/// The fields of a kind, each with a value of its type.
///
/// # Errors
/// In words: nothing of that kind is imported.
pub(super) fn shape(kind: Kind) -> Result<Value, String> {
    fn of<T: Default + Serialize>() -> Result<Value, String> {
        serde_json::to_value(T::default()).map_err(|error| error.to_string())
    }
    match kind {
        Kind::Pen => of::<Pen>(),
        Kind::Instrument => of::<Instrument>(),
        Kind::Operator => of::<Operator>(),
        Kind::Session => of::<Session>(),
        Kind::Observation => of::<Observation>(),
        Kind::AdverseEvent => of::<AdverseEvent>(),
        other => Err(not_importable(other)),
    }
}

fn not_importable(kind: Kind) -> String {
    format!(
        "a {kind} is not imported by itself; there are pen, instrument, operator, session, \
         observation and adverse_event, a journal, or all of another store"
    )
}

/// Reads a body and refuses what it does not know.
fn exactly<T: DeserializeOwned + Serialize>(body: Value) -> Result<T, String> {
    let given: Vec<String> = match &body {
        Value::Object(map) => map.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let read: T = serde_json::from_value(body).map_err(|error| error.to_string())?;
    let known = serde_json::to_value(&read).map_err(|error| error.to_string())?;
    let unknown = given.iter().find(|name| known.get(name.as_str()).is_none());
    if let (Some(name), Value::Object(known)) = (unknown, &known) {
        let known: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(format!(
            "`{name}` is unknown; there are {}",
            known.join(", ")
        ));
    }
    Ok(read)
}

fn filled(name: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("`{name}` is missing"));
    }
    Ok(())
}

fn day(name: &str, text: &str) -> Result<i64, String> {
    filled(name, text)?;
    day_of(text).ok_or_else(|| format!("`{name}` is `{text}`; write a date as 2026-11-22"))
}

fn one_of(name: &str, text: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&text) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is `{text}`; there are {}",
        allowed.join(", ")
    ))
}

fn within(name: &str, value: f64, low: f64, high: f64) -> Result<(), String> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is {value}; from {low} to {high} is allowed"
    ))
}

fn draft<T: Serialize>(kind: Kind, name: &str, body: &T) -> Result<Draft, String> {
    Draft::new(kind, name, body).map_err(|error| format!("{}: {}", error.what, error.why))
}

fn about(draft: Draft, pen: &str) -> Result<Draft, String> {
    draft
        .about(pen)
        .map_err(|error| format!("{}: {}", error.what, error.why))
}

fn pen(pen: Pen) -> Result<Draft, String> {
    filled("serial", &pen.serial)?;
    let pen = Pen {
        serial: pen_name(pen.serial.trim()),
        ..pen
    };
    about(draft(Kind::Pen, &pen.serial, &pen)?, &pen.serial)
}

fn instrument(it: Instrument) -> Result<Draft, String> {
    filled("serial", &it.serial)?;
    one_of("what", &it.what, &["gauge", "tachometer", "meter"])?;
    let (unit, highest) = match it.what.as_str() {
        "gauge" => ("um", 100.0),
        "meter" => ("mA", 20.0),
        _ => ("ppm", 20_000.0),
    };
    one_of("unit", &it.unit, &[unit])?;
    within("uncertainty", it.uncertainty, 0.001, highest)?;
    within("k", it.k, 1.0, 4.0)?;
    within("resolution", it.resolution, 0.000_1, 100.0)?;
    filled("certificate", &it.certificate)?;
    let due = day("due", &it.due)?;
    Ok(draft(Kind::Instrument, &it.serial, &it)?.due(Some(due)))
}

fn operator(it: Operator) -> Result<Draft, String> {
    if it.number == 0 {
        return Err("`number` is missing; numbers begin at 1".to_owned());
    }
    filled("name", &it.name)?;
    let until = match it.until.as_str() {
        "" => None,
        text => Some(day("until", text)?),
    };
    Ok(draft(Kind::Operator, &it.number.to_string(), &it)?.due(until))
}

pub(super) fn session(it: Session) -> Result<Draft, String> {
    filled("pen", &it.pen)?;
    let pen = pen_name(it.pen.trim());
    let it = Session { pen, ..it };
    filled("number", &it.number)?;
    day("day", &it.day)?;
    let name = format!("{}/{}", it.pen, it.number);
    about(draft(Kind::Session, &name, &it)?, &it.pen)
}

/// What may be seen at a treated zone.
pub(crate) const SIGNS: [&str; 10] = [
    "none",
    "redness",
    "swelling",
    "bleeding",
    "crust",
    "dryness",
    "pain",
    "pigment",
    "infection",
    "scar",
];

/// Whether a device is suspected.
pub(crate) const SUSPECTS: [&str; 3] = ["yes", "no", "unknown"];

/// How an adverse event ended.
pub(crate) const OUTCOMES: [&str; 4] = ["recovered", "recovering", "lasting", "unknown"];

pub(super) fn observation(it: Observation) -> Result<Draft, String> {
    filled("pen", &it.pen)?;
    let pen = pen_name(it.pen.trim());
    let it = Observation { pen, ..it };
    filled("session", &it.session)?;
    filled("zone", &it.zone)?;
    one_of("sign", &it.sign, &SIGNS)?;
    within("grade", f64::from(it.grade), 0.0, 4.0)?;
    within("days_after", f64::from(it.days_after), 0.0, 3_650.0)?;
    let name = format!(
        "{}/{}/{}/{}/{}",
        it.pen, it.session, it.zone, it.days_after, it.sign
    );
    about(draft(Kind::Observation, &name, &it)?, &it.pen)
}

pub(super) fn adverse_event(it: AdverseEvent) -> Result<Draft, String> {
    filled("pen", &it.pen)?;
    let pen = pen_name(it.pen.trim());
    let it = AdverseEvent { pen, ..it };
    filled("number", &it.number)?;
    day("day", &it.day)?;
    filled("event", &it.event)?;
    one_of("device", &it.device, &SUSPECTS)?;
    one_of("outcome", &it.outcome, &OUTCOMES)?;
    let name = format!("{}/{}", it.pen, it.number);
    about(draft(Kind::AdverseEvent, &name, &it)?, &it.pen)
}
