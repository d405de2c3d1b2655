//! What was observed after a session, in words: of each thing the last record, and what it replaces.

use super::seen::Seen;
use super::sheet::{Part, Section};
use crate::store::AdverseEvent;

/// The section of the report; `seen` is nothing where no records were looked at.
pub(super) fn observed(seen: Option<&Seen>) -> Section {
    let mut parts = Vec::new();
    match seen {
        Some(seen) => {
            parts.extend(signs(seen));
            parts.extend(events(seen));
        }
        None => parts.push(Part::Text(
            "Unknown: there are no records at this computer, or they were not looked at."
                .to_owned(),
        )),
    }
    Section {
        heading: "Observed afterwards",
        parts,
    }
}

fn signs(seen: &Seen) -> Vec<Part> {
    if seen.observations.is_empty() {
        return vec![Part::Text("Nothing was recorded.".to_owned())];
    }
    let rows = seen.observations.iter().map(|it| {
        let before = seen.before(it).map(|it| format!("grade {}", it.grade));
        vec![
            it.days_after.to_string(),
            it.zone.clone(),
            it.sign.clone(),
            it.grade.to_string(),
            in_place_of(before),
        ]
    });
    vec![
        Part::Table(
            vec!["Days after#", "Zone", "Sign", "Grade#", "In place of"],
            rows.collect(),
        ),
        Part::Text("Grades: 0 none, 1 mild, 2 moderate, 3 severe, 4 life-threatening.".to_owned()),
    ]
}

const fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// An event that another record replaced.
fn was(it: &AdverseEvent) -> String {
    format!(
        "{} of {}, serious {}, device {}, {}",
        it.event,
        it.day,
        yes(it.serious),
        it.device,
        it.outcome
    )
}

fn events(seen: &Seen) -> Vec<Part> {
    let mut parts = Vec::new();
    if !seen.adverse_events.is_empty() {
        let rows = seen.adverse_events.iter().map(|it| {
            vec![
                it.number.clone(),
                it.day.clone(),
                it.event.clone(),
                yes(it.serious).to_owned(),
                it.device.clone(),
                it.outcome.clone(),
                in_place_of(seen.before_event(it).map(was)),
            ]
        });
        let heads = vec![
            "Adverse event",
            "Day",
            "What",
            "Serious",
            "Device suspected",
            "Outcome",
            "In place of",
        ];
        parts.push(Part::Table(heads, rows.collect()));
    }
    for (number, session) in &seen.moved {
        let now = if session.is_empty() {
            "no session".to_owned()
        } else {
            format!("session {session}")
        };
        parts.push(Part::Warn(format!(
            "Adverse event {number} was recorded of this session before, and counts for {now} since."
        )));
    }
    parts
}

/// What a record replaces: each earlier one, oldest first.
fn in_place_of(before: impl Iterator<Item = String>) -> String {
    let before: Vec<String> = before.collect();
    if before.is_empty() {
        return "-".to_owned();
    }
    before.join("; ")
}
