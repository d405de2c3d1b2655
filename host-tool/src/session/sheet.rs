//! A session in words: sections with facts, tables and notes, for the page and for a terminal.

use std::collections::BTreeMap;

use pen_core::units::{Depth, Duration, Rate};
use serde::Serialize;

use super::observed::observed;
use super::seen::Seen;
use super::told::{Amount, Treated, ZoneTreated};
use crate::client::FetchedJournal;
use crate::course::recovery_days;
use crate::out::{Align, Table, item, wrapped};
use crate::plan::PlanCourse;
use crate::report::Fact;
use crate::store::day_text;
use crate::words;

/// What is known besides the journal.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    /// Serial number of the pen, as it is printed.
    pub pen: String,
    /// The same as a number, if it is one.
    pub serial: Option<u64>,
    /// Where the journal comes from, in words.
    pub origin: String,
    /// The journals.
    pub journals: &'a [FetchedJournal],
    /// Day of the session, in days since 2020-01-01, and who says so.
    pub day: Option<(i64, &'static str)>,
    /// The course, from the plan's file.
    pub course: Option<PlanCourse>,
    /// Areas from the plan's file. Unit: cm2.
    pub areas_cm2: BTreeMap<&'static str, u32>,
    /// What of the plan's file could not be compared with the journal, in words.
    pub plan_untold: Vec<String>,
    /// What the records have; nothing where none were looked at.
    pub seen: Option<Seen>,
}

impl Around<'_> {
    /// Whether the journals are whole and this pen's, as far as they tell.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.journals.iter().all(|journal| {
            let whose = self.serial.and_then(|serial| journal.is_of(serial));
            journal.breaks.is_empty() && whose != Some(false)
        })
    }
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Labels with values.
    Facts(Vec<Fact>),
    /// Headings, where `#` at the end stands over numbers, and rows.
    Table(Vec<&'static str>, Vec<Vec<String>>),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A paragraph that must not be overlooked.
    Warn(String),
}

/// A section of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// What is in it.
    pub parts: Vec<Part>,
}

/// When the next session may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The day, in days since 2020-01-01; nothing where it cannot be known.
    pub day: Option<i64>,
    /// Days after the session; nothing where it cannot be known.
    pub days: Option<u32>,
    /// Why, in words.
    pub why: String,
}

/// Recovery where it is not known how deep a session was: that of the deepest. Unit: days.
const RECOVERY_UNKNOWN_DAYS: u32 = 28;

/// The earliest day of the next session at the same zones. `is_whole`: the journals are, as far as they tell.
#[must_use]
pub fn next_earliest(
    it: &Treated,
    is_whole: bool,
    day: Option<i64>,
    course: Option<PlanCourse>,
) -> Next {
    // A start may be missing in the journal: every zone that was opened counts, as deep as it was measured.
    let deepest = it.zones.iter().map(|zone| {
        let measured = zone.depth_um.unwrap_or(zone.cap_um);
        zone.cap_um.max(measured)
    });
    let deepest = deepest
        .max()
        .map(|um| um.max(it.over_depth_um.unwrap_or(um)));
    let Some(deepest) = deepest else {
        return Next {
            day: None,
            days: None,
            why: "the journal tells of no zone in which the motor ran".to_owned(),
        };
    };
    let recovery = recovery_days(deepest);
    let depth = words::depth(Depth::from_um(deepest));
    let (days, mut why) = match course {
        Some(course) if course.interval_days >= recovery => (
            course.interval_days,
            format!(
                "{} days by the course of the plan ({})",
                course.interval_days,
                course.indication.word()
            ),
        ),
        _ => (
            recovery,
            format!("{recovery} days of recovery after {depth} (proposal of this project)"),
        ),
    };
    let mut days = days;
    if !(is_whole && it.is_depth_told) {
        days = days.max(RECOVERY_UNKNOWN_DAYS);
        why.push_str(
            "; the journal is not whole, so it is not earlier than after the deepest session",
        );
    }
    let day = day.map(|day| day + i64::from(days));
    if day.is_none() {
        why.push_str("; the day of the session is unknown, a pen has no calendar");
    }
    Next {
        day,
        days: Some(days),
        why,
    }
}

impl Next {
    /// The day, or how many days, or that it is unknown.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.day, self.days) {
            (Some(day), _) => day_text(day),
            (None, Some(days)) => format!("{days} days after the session"),
            (None, None) => "unknown".to_owned(),
        }
    }
}

/// The whole report but the aftercare sheet.
#[must_use]
pub fn sections(it: &Treated, around: &Around<'_>) -> Vec<Section> {
    let mut all = vec![summary(it, around)];
    let trust = trust(it, around);
    all.push(Section {
        heading: "What is known",
        parts: trust,
    });
    all.push(zones(it, around));
    all.push(events(it));
    all.push(observed(around.seen.as_ref()));
    all
}

fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| "unknown".to_owned())
}

fn span(us: u64) -> String {
    if us == 0 {
        return "0 s".to_owned();
    }
    words::span(Duration::from_us(u32::try_from(us).unwrap_or(u32::MAX)))
}

fn summary(it: &Treated, around: &Around<'_>) -> Section {
    let next = next_earliest(
        it,
        around.is_whole(),
        around.day.map(|it| it.0),
        around.course,
    );
    let end = match (it.is_closed, it.has_beginning) {
        (true, true) => "closed",
        (true, false) => "closed, its beginning unknown",
        (false, true) => "not closed in this journal",
        (false, false) => "beginning and end unknown",
    };
    let day = around
        .day
        .map(|(day, by)| format!("{} ({by})", day_text(day)));
    let counted = it.punctures.map(|value| Amount {
        value,
        is_most: it.worst_case.is_some(),
        ..Amount::default()
    });
    let counted = counted.map(|it| it.words(|it| it.to_string()));
    let punctures = counted.or_else(|| {
        it.needles.map(|needles| {
            it.strokes
                .words(|strokes| (strokes * u64::from(needles)).to_string())
        })
    });
    let course = around.course.map(|course| {
        format!(
            "{}, {} sessions, {} days apart or more",
            course.indication.word(),
            course.sessions,
            course.interval_days
        )
    });
    let fact = |label: &str, value: String| Fact::new(label, value);
    Section {
        heading: "Summary",
        parts: vec![
            Part::Facts(vec![
                fact("Pen", around.pen.clone()),
                fact("Session", format!("{}, {end}", it.session)),
                fact("Day", or_unknown(day)),
                fact("Who was treated (token)", or_unknown(it.token.clone())),
                fact(
                    "Who treated (number)",
                    or_unknown(it.operator.map(|it| it.to_string())),
                ),
                fact("Plan", or_unknown(it.plan.map(|it| it.to_string()))),
                fact("Cartridge", {
                    let needles = it.needles.map(|it| format!(", {it} needles"));
                    let id = or_unknown(it.cartridge.map(|it| it.to_string()));
                    format!("{id}{}", needles.unwrap_or_default())
                }),
                fact("Motor on", it.on_us.words(span)),
                fact("Strokes", it.strokes.words(|it| it.to_string())),
                fact("Punctures", or_unknown(punctures)),
                fact("Course", or_unknown(course)),
                fact("Next session not before", next.words()),
            ]),
            Part::Text(format!("Not before: {}.", next.why)),
        ],
    }
}

/// Whether the journal is whole and this pen's, and what cannot be known.
fn trust(it: &Treated, around: &Around<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut good = Vec::new();
    for journal in around.journals {
        let name = match journal.name {
            pen_protocol::messages::JournalName::Faults => "faults",
            pen_protocol::messages::JournalName::Routine => "routine",
        };
        let count = journal.records.len();
        if around.serial.and_then(|serial| journal.is_of(serial)) == Some(false) {
            parts.push(Part::Warn(format!(
                "The {name} journal does not begin with pen {}: it is another pen's, or its first record \
                 was changed. Nothing below is certain.",
                around.pen
            )));
        } else if !journal.breaks.is_empty() {
            parts.push(Part::Warn(format!(
                "The {name} journal is broken: {}. What is missing or was changed there is unknown.",
                some(&journal.breaks)
            )));
        } else {
            let whose = match around.serial.and_then(|serial| journal.is_of(serial)) {
                Some(true) => format!("begins with pen {}", around.pen),
                _ if count == 0 => "has nothing in it".to_owned(),
                _ if around.serial.is_none() => "the pen's number is unknown".to_owned(),
                _ => format!(
                    "records before {} are gone, so that it is pen {}'s cannot be checked",
                    journal.first, around.pen
                ),
            };
            good.push(format!(
                "{name}: {count} records without a gap, chained; {whose}"
            ));
        }
    }
    good.insert(0, format!("journal: {}", around.origin));
    let is_doubtful = !parts.is_empty() || !around.plan_untold.is_empty();
    if !around.plan_untold.is_empty() {
        parts.push(Part::Warn(format!(
            "The plan's file could not be compared with all of the journal: {}.",
            around.plan_untold.join("; ")
        )));
    }
    if it.worst_case.is_some() {
        parts.push(Part::Warn(
            "Time, strokes and punctures of the whole session are the pen's worst case: at most so much."
                .to_owned(),
        ));
    }
    parts.push(Part::List(good));
    if it.unknown.is_empty() && !is_doubtful {
        parts.push(Part::Text(
            "Nothing is known to be missing from this session.".to_owned(),
        ));
    } else if !it.unknown.is_empty() {
        parts.push(Part::Warn("Not known:".to_owned()));
        parts.push(Part::List(it.unknown.clone()));
    }
    parts
}

/// At most so many complaints are told one by one.
const COMPLAINTS: usize = 5;

fn some(breaks: &[String]) -> String {
    let told: Vec<&str> = breaks.iter().take(COMPLAINTS).map(String::as_str).collect();
    let more = breaks.len().saturating_sub(COMPLAINTS);
    if more == 0 {
        return told.join(", ");
    }
    format!("{}, and {more} more", told.join(", "))
}

fn zones(it: &Treated, around: &Around<'_>) -> Section {
    let rows: Vec<Vec<String>> = it.zones.iter().map(|zone| row(it, zone, around)).collect();
    let mut parts = Vec::new();
    if rows.is_empty() {
        parts.push(Part::Text("No zone was opened.".to_owned()));
    } else {
        parts.push(Part::Table(
            vec![
                "Zone",
                "Cap mm#",
                "by the",
                "Depth mm#",
                "Hz#",
                "Starts#",
                "Motor on#",
                "Strokes#",
                "per cm\u{b2}#",
            ],
            rows,
        ));
        parts.push(Part::Text(
            "Cap is the deepest that was allowed, by whom; depth the deepest that was measured when the \
             motor started; \u{2265} at least. Punctures per cm\u{b2} are strokes x needles over the area in the plan, as if the area were covered \
             evenly: the pen knows neither area nor hand."
                .to_owned(),
        ));
    }
    Section {
        heading: "What each zone received",
        parts,
    }
}

fn row(it: &Treated, zone: &ZoneTreated, around: &Around<'_>) -> Vec<String> {
    let mm = |um: i32| {
        words::depth(Depth::from_um(um))
            .trim_end_matches(" mm")
            .to_owned()
    };
    let density = it
        .needles
        .zip(around.areas_cm2.get(zone.zone))
        .map(|(needles, area)| {
            zone.strokes.short(|strokes| {
                (strokes * u64::from(needles) / u64::from((*area).max(1))).to_string()
            })
        });
    vec![
        zone.zone.to_owned(),
        mm(zone.cap_um),
        zone.by.to_owned(),
        zone.depth_um.map_or_else(|| "-".to_owned(), mm),
        words::rate(Rate::from_mhz(zone.rate_mhz))
            .trim_end_matches(" Hz")
            .to_owned(),
        zone.activations.to_string(),
        zone.on_us.short(span),
        zone.strokes.short(|it| it.to_string()),
        or_unknown(density),
    ]
}

fn events(it: &Treated) -> Section {
    let part = if it.events.is_empty() {
        Part::Text("No trip, no refusal, no warning is in the journal.".to_owned())
    } else {
        let rows = it.events.iter().map(|event| {
            let at = event.t_ms.map_or_else(
                || "unknown".to_owned(),
                |ms| format!("{}.{:03}", ms / 1_000, ms % 1_000),
            );
            vec![
                event.start.to_string(),
                at,
                event.kind.to_owned(),
                event.text.clone(),
            ]
        });
        Part::Table(
            vec!["Start#", "Time s#", "What", "In words"],
            rows.collect(),
        )
    };
    Section {
        heading: "Trips, refusals, warnings",
        parts: vec![part],
    }
}

/// Columns of the text.
const COLUMNS: usize = 78;

/// The sections as lines of text; `lines` makes those of a table.
pub fn text(sections: &[Section], lines: &dyn Fn(&Table) -> Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for section in sections {
        all.push(String::new());
        all.push(section.heading.to_owned());
        all.push("=".repeat(section.heading.chars().count()));
        for part in &section.parts {
            all.extend(part_lines(part, lines));
        }
    }
    all
}

fn part_lines(part: &Part, lines: &dyn Fn(&Table) -> Vec<String>) -> Vec<String> {
    match part {
        Part::Facts(facts) => {
            let width = facts.iter().map(|it| it.label.len()).max().unwrap_or(0);
            facts
                .iter()
                .map(|it| format!("{:width$}  {}", it.label, it.value))
                .collect()
        }
        Part::Table(heads, rows) => {
            let heads: Vec<(&str, Align)> = heads
                .iter()
                .map(|head| match head.strip_suffix('#') {
                    Some(head) => (head, Align::Right),
                    None => (*head, Align::Left),
                })
                .collect();
            let mut table = Table::new(&heads);
            rows.iter().for_each(|row| table.row(row.clone()));
            lines(&table)
        }
        Part::Text(text) => wrapped(text, COLUMNS, ""),
        Part::Warn(text) => item('!', text, COLUMNS),
        Part::List(items) => items.iter().flat_map(|it| item('-', it, COLUMNS)).collect(),
    }
}
