//! `penctl observe`: what was seen after a session, and what went wrong.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use pen_core::plan::Zone;
use serde_json::{Value, json};

use super::ask::Asker;
use super::records::KeptArgs;
use crate::cli::Context;
use crate::error::HostError;
use crate::store::{
    AdverseEvent, Draft, Kind, OUTCOMES, Observation, Query, Records, SIGNS, SUSPECTS, Session,
    add, adverse_event_draft, days_after, event_day, observation_draft, pen_name,
};
use crate::words;

/// Arguments of `observe`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The session has to be kept first: `penctl session report --keep`. An adverse
event without one (--session none) is taken of any pen; a pen that is not in
the records is said so. Records are added, never changed: a second observation
of the same sign on the same day counts from then on, and the first stays.
There is no field for a person.

Examples:
  penctl observe sign                        asks for everything
  penctl observe sign --pen 42 --session 12 --zone cheek --days 2 \\
    --sign redness --grade 1
  penctl observe adverse-event --pen 42 --session 12 --number 2026-3 \\
    --day 2026-11-25 --event infection --serious no --device unknown \\
    --outcome recovering")]
pub(crate) struct ObserveArgs {
    #[command(subcommand)]
    command: ObserveCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum ObserveCommand {
    /// Adds what was seen at a treated zone
    Sign(SignArgs),
    /// Adds an adverse event, or what is new about one
    AdverseEvent(EventArgs),
}

#[derive(Clone, Debug, Args)]
struct SignArgs {
    /// Serial number of the pen
    #[arg(long, value_name = "SERIAL")]
    pen: Option<String>,
    /// Number of the session
    #[arg(long, value_name = "NUMBER")]
    session: Option<String>,
    /// Zone, as plans spell it
    #[arg(long)]
    zone: Option<String>,
    /// Days after the session, 0 to 3650
    #[arg(long, value_name = "DAYS")]
    days: Option<String>,
    /// none, redness, swelling, bleeding, crust, dryness, pain, pigment, infection or scar
    #[arg(long)]
    sign: Option<String>,
    /// 0 none, 1 mild, 2 moderate, 3 severe, 4 life-threatening
    #[arg(long)]
    grade: Option<String>,
    #[command(flatten)]
    store: KeptArgs,
}

#[derive(Clone, Debug, Args)]
struct EventArgs {
    /// Serial number of the pen
    #[arg(long, value_name = "SERIAL")]
    pen: Option<String>,
    /// Number of the session, or none
    #[arg(long, value_name = "NUMBER")]
    session: Option<String>,
    /// The practice's own number of the event
    #[arg(long)]
    number: Option<String>,
    /// Day of the event, written YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// What happened, in one word such as infection
    #[arg(long, value_name = "WORD")]
    event: Option<String>,
    /// Whether it was serious: yes or no
    #[arg(long)]
    serious: Option<String>,
    /// Whether the device is suspected: yes, no or unknown
    #[arg(long)]
    device: Option<String>,
    /// recovered, recovering, lasting or unknown
    #[arg(long)]
    outcome: Option<String>,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &ObserveArgs, context: &mut Context) -> Result<(), HostError> {
    let (flags, store) = match &args.command {
        ObserveCommand::Sign(args) => (args.flags(), &args.store),
        ObserveCommand::AdverseEvent(args) => (args.flags(), &args.store),
    };
    let asker = asker(&flags, context)?;
    let mut records = store.write(&context.out)?;
    let mut form = Form {
        asker,
        records: &mut records,
    };
    let draft = match &args.command {
        ObserveCommand::Sign(args) => sign(args, &mut form)?,
        ObserveCommand::AdverseEvent(args) => event(args, &mut form)?,
    };
    keep(draft, &mut records, context)
}

/// A flag, and whether it is missing.
type Flag = (&'static str, bool);

impl SignArgs {
    fn flags(&self) -> Vec<Flag> {
        vec![
            ("--pen", self.pen.is_none()),
            ("--session", self.session.is_none()),
            ("--zone", self.zone.is_none()),
            ("--days", self.days.is_none()),
            ("--sign", self.sign.is_none()),
            ("--grade", self.grade.is_none()),
        ]
    }
}

impl EventArgs {
    fn flags(&self) -> Vec<Flag> {
        vec![
            ("--pen", self.pen.is_none()),
            ("--session (or --session none)", self.session.is_none()),
            ("--number", self.number.is_none()),
            ("--day", self.day.is_none()),
            ("--event", self.event.is_none()),
            ("--serious", self.serious.is_none()),
            ("--device", self.device.is_none()),
            ("--outcome", self.outcome.is_none()),
        ]
    }
}

/// Whoever is asked for what the flags leave open; nobody if they leave nothing open.
fn asker(flags: &[Flag], context: &Context) -> Result<Option<Asker>, HostError> {
    let missing: Vec<&str> = flags
        .iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(flag, _)| *flag)
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let asker = Asker::open("the observation", context.out.is_json());
    if asker.is_none() {
        return Err(HostError::usage(
            "the observation cannot be added",
            format!("there is no {}", missing.join(", no ")),
        )
        .with_fix("give what is missing, or run it at a terminal, where it is asked for"));
    }
    Ok(asker)
}

/// What is filled in: by flags, or by whoever is asked.
struct Form<'a> {
    asker: Option<Asker>,
    records: &'a mut Records,
}

impl Form<'_> {
    /// A value by its flag, or by asking until it is one.
    fn value<T>(
        &mut self,
        given: Option<&String>,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, HostError> {
        match (given, &mut self.asker) {
            (Some(text), _) => read(text).map_err(|why| {
                HostError::usage("the observation cannot be added", why)
                    .with_fix("nothing was kept; give what is allowed")
            }),
            (None, Some(asker)) => asker.ask(question, default, read),
            (None, None) => Err(HostError::internal(format!("{question} was not asked"))),
        }
    }

    /// A pen of an event, known or not: what it did is told whether it was ever kept or not. Whoever is asked is
    /// asked whether the number of one that is not known is right.
    fn any_pen(&mut self, given: Option<&String>) -> Result<(String, Vec<Session>), HostError> {
        let known = pens(self.records)?;
        loop {
            let pen = self.value(given, "serial number of the pen", "", serial)?;
            if given.is_none() && !known.contains(&pen) {
                let question =
                    format!("pen {pen} is not in the records; is the number right (yes, no)");
                let answer = self.value(None, &question, "no", |text| {
                    word_of("answer", text, &["yes", "no"])
                })?;
                if answer == "no" {
                    continue;
                }
            }
            let kept = sessions(self.records, &pen)?;
            return Ok((pen, kept));
        }
    }

    /// A pen that the records know, and its sessions that are kept.
    fn pen(&mut self, given: Option<&String>) -> Result<(String, Vec<Session>), HostError> {
        let known = pens(self.records)?;
        let pen = self.value(given, "serial number of the pen", "", |text| {
            let pen = serial(text)?;
            if known.contains(&pen) {
                return Ok(pen);
            }
            let there = if known.is_empty() {
                "they know none".to_owned()
            } else {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                format!("they know {}", known.join(", "))
            };
            Err(format!(
                "pen {pen} is not in the records, {there}; a pen is kept with its first session, by \
                 `penctl session report --keep`, or by `penctl import`"
            ))
        })?;
        let kept = sessions(self.records, &pen)?;
        Ok((pen, kept))
    }
}

/// The pens that the records know: by a record of their own, or by a session.
fn pens(records: &mut Records) -> Result<BTreeSet<String>, HostError> {
    let mut known = BTreeSet::new();
    for kind in [Kind::Pen, Kind::Session] {
        let query = Query {
            kind: Some(kind),
            limit: Query::MANY,
            is_newest: true,
            ..Query::ALL
        };
        let all = records.all(&query)?;
        known.extend(all.into_iter().filter_map(|it| it.draft.pen));
    }
    Ok(known)
}

fn sign(args: &SignArgs, form: &mut Form<'_>) -> Result<Draft, HostError> {
    let (pen, kept) = form.pen(args.pen.as_ref())?;
    let last = kept.last().map_or("", |it| it.number.as_str()).to_owned();
    let session = form.value(args.session.as_ref(), "session", &last, |text| {
        one(&kept, &pen, text).cloned()
    })?;
    let zones = treated(&session);
    let question = format!("zone ({})", zones.join(", "));
    let zone = form.value(args.zone.as_ref(), &question, "", |text| {
        zone(&session, &zones, text)
    })?;
    let today = form.records.today();
    let days_after = form.value(args.days.as_ref(), "days after the session", "", |text| {
        days(&session, today, text)
    })?;
    let question = format!("sign ({})", SIGNS.join(", "));
    let sign = form.value(args.sign.as_ref(), &question, "", |text| {
        word_of("sign", text, &SIGNS)
    })?;
    let grade = form.value(
        args.grade.as_ref(),
        "grade (0 none, 1 mild, 2 moderate, 3 severe, 4 life-threatening)",
        "",
        |text| graded(&sign, text),
    )?;
    observation_draft(Observation {
        pen,
        session: session.number,
        zone,
        days_after,
        sign,
        grade,
    })
    .map_err(HostError::internal)
}

fn event(args: &EventArgs, form: &mut Form<'_>) -> Result<Draft, HostError> {
    let (pen, kept) = form.any_pen(args.pen.as_ref())?;
    let session = form.value(
        args.session.as_ref(),
        "session, or none",
        "none",
        |text| match text.trim() {
            "none" => Ok(None),
            text => one(&kept, &pen, text)
                .map(Some)
                .map_err(|why| format!("{why}, or give --session none")),
        },
    )?;
    let number = form.value(
        args.number.as_ref(),
        "your own number of the event",
        "",
        |text| {
            short("number", text, |it| {
                it.is_ascii_alphanumeric() || "-_/.".contains(it)
            })
        },
    )?;
    let today = form.records.today();
    let day = form.value(args.day.as_ref(), "day (YYYY-MM-DD)", "", |text| {
        let text = text.trim();
        event_day(session, today, text)
            .map(|()| text.to_owned())
            .map_err(|why| match session {
                Some(_) if why.contains("before session") => format!("{why}: give --session none"),
                _ => why,
            })
    })?;
    let event = form.value(
        args.event.as_ref(),
        "what happened, in one word",
        "",
        |text| {
            let text = text.to_ascii_lowercase();
            short("event", &text, |it| {
                it.is_ascii_lowercase() || "-_".contains(it)
            })
        },
    )?;
    let serious = form.value(args.serious.as_ref(), "serious (yes, no)", "", |text| {
        word_of("answer", text, &["yes", "no"]).map(|it| it == "yes")
    })?;
    let question = "is the device suspected (yes, no, unknown)";
    let device = form.value(args.device.as_ref(), question, "unknown", |text| {
        word_of("answer", text, &SUSPECTS)
    })?;
    let question = format!("outcome ({})", OUTCOMES.join(", "));
    let outcome = form.value(args.outcome.as_ref(), &question, "unknown", |text| {
        word_of("outcome", text, &OUTCOMES)
    })?;
    adverse_event_draft(AdverseEvent {
        pen,
        number,
        session: session.map(|it| it.number.clone()).unwrap_or_default(),
        day,
        event,
        serious,
        device,
        outcome,
    })
    .map_err(HostError::internal)
}

/// Adds it, and says whether it is new.
fn keep(draft: Draft, records: &mut Records, context: &mut Context) -> Result<(), HostError> {
    let before = records.newest(draft.kind, &draft.name)?;
    let added = add(records, std::slice::from_ref(&draft))?;
    let text = match (added.new > 0, before.is_some()) {
        (false, _) => "it is in the records already; nothing was added",
        (true, true) => "added; it counts from now on, what was recorded before stays",
        (true, false) => "added",
    };
    let out = &mut context.out;
    let body: Value = serde_json::from_str(&draft.body).unwrap_or_default();
    out.event(
        "observed",
        &json!({
            "kind": draft.kind.as_str(), "name": draft.name, "new": added.new > 0,
            "follows": before.is_some(), "body": body, "doubts": added.doubts,
        }),
    );
    out.line(format!("{} {}: {text}", draft.kind, draft.name));
    for doubt in &added.doubts {
        out.warn(doubt);
    }
    Ok(())
}

/// A serial number, with all its digits.
fn serial(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        return Err(format!(
            "`{text}` is no serial number of a pen; it is a whole number, as in 42"
        ));
    }
    Ok(pen_name(text))
}

/// The sessions of a pen that are kept.
fn sessions(records: &mut Records, pen: &str) -> Result<Vec<Session>, HostError> {
    let query = Query {
        kind: Some(Kind::Session),
        pen: Some(pen),
        limit: Query::MANY,
        ..Query::ALL
    };
    let all = records.all(&query)?;
    all.iter().map(crate::store::Record::read).collect()
}

fn one<'a>(kept: &'a [Session], pen: &str, text: &str) -> Result<&'a Session, String> {
    let text = text.trim();
    kept.iter().find(|it| it.number == text).ok_or_else(|| {
        let there = if kept.is_empty() {
            "none is".to_owned()
        } else {
            let numbers: Vec<&str> = kept.iter().map(|it| it.number.as_str()).collect();
            format!("there are {}", numbers.join(", "))
        };
        format!(
            "session `{text}` of pen {pen} is not in the records, {there}; keep it with \
             `penctl session report --keep`"
        )
    })
}

/// Names of the zones of a session.
fn treated(session: &Session) -> Vec<String> {
    let zones = session.zones.as_array().into_iter().flatten();
    zones
        .filter_map(|zone| zone.get("zone").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

/// A zone of the session; any that there is where the session does not name its zones.
fn zone(session: &Session, zones: &[String], text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase().replace('-', "_");
    let all: Vec<String> = if zones.is_empty() {
        Zone::ALL
            .iter()
            .map(|it| words::zone(*it).to_owned())
            .collect()
    } else {
        zones.to_vec()
    };
    if all.contains(&text) {
        return Ok(text);
    }
    Err(format!(
        "`{text}` is no zone of session {}; there are {}",
        session.number,
        all.join(", ")
    ))
}

fn word_of(what: &str, text: &str, all: &[&str]) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    if all.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(format!(
        "`{text}` is no {what}; there are {}",
        all.join(", ")
    ))
}

/// A grade that fits the sign: none has grade 0, and only none has.
fn graded(sign: &str, text: &str) -> Result<u8, String> {
    let text = text.trim();
    let grade = text.parse().ok().filter(|grade| *grade <= 4);
    let grade = grade.ok_or_else(|| format!("`{text}` is no grade; allowed is 0 to 4"))?;
    match (sign, grade) {
        ("none", 1..) => Err(format!(
            "nothing was seen, and the grade is {grade}; allowed is 0"
        )),
        ("none", _) | (_, 1..) => Ok(grade),
        (sign, _) => Err(format!(
            "{sign} was seen, and the grade is 0; allowed is 1 to 4"
        )),
    }
}

/// Longest word or number. Source: our choice; too short to describe a person.
const SHORT_MAX: usize = 40;

/// A word or a number of these letters.
fn short(what: &str, text: &str, may: impl Fn(char) -> bool) -> Result<String, String> {
    let text = text.trim();
    if !text.is_empty() && text.chars().count() <= SHORT_MAX && text.chars().all(may) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` cannot be the {what}: it is one word of at most {SHORT_MAX} letters, digits and dashes, \
         and names nobody"
    ))
}

/// Days after a session that are not ahead of us. `today`: days since 2020-01-01.
fn days(session: &Session, today: i64, text: &str) -> Result<u32, String> {
    let text = text.trim();
    let found = text.parse().ok().filter(|days: &u32| *days <= 3_650);
    let days = found.ok_or_else(|| format!("`{text}` are no days; allowed is 0 to 3650"))?;
    days_after(session, today, days).map(|()| days)
}

#[cfg(test)]
mod tests;
