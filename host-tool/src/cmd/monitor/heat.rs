//! How warm the pen is, in words: what it tells itself, or, when its firmware is older than the question,
//! what its journal has for each warning and each stop that heat was the cause of.

use pen_core::journal::Record;
use pen_core::status::Temperatures;
use pen_core::units::Temperature;
use pen_protocol::messages::JournalName;

use crate::client::Client;
use crate::error::HostError;
use crate::words;

/// A grip that differs by so much is a change. Unit: tenths of a degree. Source: our choice, a few times
/// the step of the converter.
const GRIP_STEP: u32 = 5;

/// A winding that differs by so much is a change. Unit: tenths of a degree. Source: our choice; it
/// moves by tens of degrees in a minute of work.
const WINDING_STEP: u32 = 20;

/// Records at the end of the journal that are looked through. Source: our choice, eight pages; a
/// whole journal would take seconds on a slow link.
const LAST: u32 = 64;

/// The newest temperatures in the end of the journal, in words.
///
/// # Errors
/// The link broke.
pub(super) fn newest(client: &mut Client) -> Result<String, HostError> {
    let head = client.journal_page(JournalName::Routine, 1)?;
    let end = head.end;
    let mut from = head.first.max(end.saturating_sub(LAST));
    let mut found = None;
    while from < end {
        let page = client.journal_page(JournalName::Routine, from)?;
        for entry in page.entries.iter().flatten().filter_map(|it| it.entry) {
            match entry.record {
                Record::Heated { .. } => found = Some((entry.at, words::record(&entry.record))),
                // The time since power-up begins anew: what was before is older than it looks.
                Record::Booted { .. } => found = None,
                _ => {}
            }
        }
        if page.next <= from {
            break;
        }
        from = page.next;
    }
    Ok(found.map_or_else(
        || {
            "temperatures: this pen's firmware does not tell them, a newer one does; no warning of heat \
             since its start among the newest records of its journal"
                .to_owned()
        },
        |(at, text)| {
            format!(
                "temperatures: this pen's firmware does not tell them, a newer one does; at the last \
                 warning of heat, {} s after its start, {text}",
                at.as_us() / 1_000_000
            )
        },
    ))
}

/// The grip in at most 24 letters.
pub(super) fn grip(told: &Temperatures) -> String {
    match (told.grip, told.thermistor) {
        (None, _) => "unknown (no sensor)".to_owned(),
        (Some(grip), None) => format!("{} (no sensor)", words::temperature(grip)),
        (Some(grip), Some(_)) => words::temperature(grip),
    }
}

/// The grip in a column of nine letters: without its sensor it is no reading.
pub(super) fn grip_column(told: &Temperatures) -> String {
    match (told.grip, told.thermistor) {
        (Some(grip), Some(_)) => words::temperature(grip),
        _ => "no sensor".to_owned(),
    }
}

/// The winding in at most 24 letters.
pub(super) fn winding(told: &Temperatures) -> String {
    told.winding.map_or_else(
        || "unknown".to_owned(),
        |it| format!("{} (model)", words::temperature(it)),
    )
}

fn say_grip(told: &Temperatures) -> String {
    match (told.grip, told.thermistor) {
        (None, _) => "grip unknown, its sensor is not valid".to_owned(),
        (Some(grip), None) => format!(
            "grip {} by the model, its sensor is not valid",
            words::temperature(grip)
        ),
        (Some(grip), Some(_)) => format!("grip {}", words::temperature(grip)),
    }
}

fn say_winding(told: &Temperatures) -> String {
    let text = told
        .winding
        .map_or_else(|| "unknown".to_owned(), words::temperature);
    format!("winding {text}")
}

fn say_cooling(told: &Temperatures) -> String {
    if told.must_cool {
        format!(
            "must cool below {} at the grip and {} in the winding",
            words::temperature(told.grip_warm),
            words::temperature(told.winding_cool)
        )
    } else {
        "has cooled".to_owned()
    }
}

/// How warm it is, a part of a sentence each.
pub(super) fn parts(told: &Temperatures) -> Vec<String> {
    let mut all = vec![say_grip(told), say_winding(told)];
    if told.must_cool {
        all.push(say_cooling(told));
    }
    all
}

/// What has changed since it was said last; `said` becomes what has been said by now.
pub(super) fn changes(said: &mut Option<Temperatures>, now: Option<Temperatures>) -> Vec<String> {
    let Some(now) = now else {
        return Vec::new();
    };
    let Some(said) = said else {
        *said = Some(now);
        return parts(&now);
    };
    let mut all = Vec::new();
    let senses = |told: &Temperatures| told.thermistor.is_some();
    if differ(said.grip, now.grip, GRIP_STEP) || senses(said) != senses(&now) {
        all.push(say_grip(&now));
        (said.grip, said.thermistor) = (now.grip, now.thermistor);
    }
    if differ(said.winding, now.winding, WINDING_STEP) {
        all.push(say_winding(&now));
        said.winding = now.winding;
    }
    if said.must_cool != now.must_cool {
        all.push(say_cooling(&now));
        said.must_cool = now.must_cool;
    }
    all
}

fn differ(said: Option<Temperature>, now: Option<Temperature>, step: u32) -> bool {
    match (said, now) {
        (Some(said), Some(now)) => said.as_decicelsius().abs_diff(now.as_decicelsius()) >= step,
        (said, now) => said.is_some() != now.is_some(),
    }
}
