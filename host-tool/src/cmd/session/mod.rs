//! `penctl session`: what a treatment was, from the pen's own journal.

mod keep;
mod of_plan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use pen_core::request::Role;
use pen_protocol::messages::ToPen;
use serde_json::json;

use keep::keep;
use of_plan::of_session;

use super::journal;
use super::records::KeptArgs;
use crate::cli::Context;
use crate::client::{Client, FetchedJournal};
use crate::clock;
use crate::error::{Code, HostError};
use crate::escape;
use crate::fresh;
use crate::link::Target;
use crate::out::Out;
use crate::plan::{self, Checked};
use crate::report::render_treatment_html;
use crate::session::aftercare;
use crate::session::{
    Around, Kept, Section, Treated, entries, kept_session, merge, next_earliest, read_lines,
    sections, seen, sessions, text, treated,
};
use crate::store::{Access, Kind, Pen, Records, day_of, day_text};
use crate::words;

/// Arguments of `session`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SessionArgs {
    #[command(subcommand)]
    command: SessionCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum SessionCommand {
    /// Reports a session from the pen's journal, with the aftercare sheet and the next earliest date
    Report(Box<ReportArgs>),
    /// Closes the session that is open on the pen
    End,
    /// Prints the template of the aftercare sheet, to be edited and given to `report --aftercare`
    Aftercare {
        /// Write it to FILE; one that is there is not overwritten
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Arguments of `session report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
What the journal does not tell is said to be unknown: a journal that is cut,
broken or another pen's makes no whole report. A pen has no calendar: the day is
that of the plan while it is still in the pen, or --day.

Examples:
  penctl session report                         the newest session of the pen
  penctl session report --html s.html --plan p.toml
  penctl session report --session 12 --day 2026-11-22 --keep
  penctl session report --journal pen42.jsonl --pen 42 --day 2026-11-22")]
struct ReportArgs {
    /// Which session, by its number on the pen [default: the newest]
    #[arg(long, value_name = "NUMBER")]
    session: Option<u32>,
    /// Read the journal from FILE, as `penctl journal --out` writes it, instead of the pen
    #[arg(long, value_name = "FILE")]
    journal: Option<String>,
    /// Serial number of the pen whose journal FILE is
    #[arg(long, value_name = "SERIAL", requires = "journal")]
    pen: Option<String>,
    /// The plan's file: its course and its areas
    #[arg(long, value_name = "FILE")]
    plan: Option<String>,
    /// Day of the session, written YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// Template of the aftercare sheet; see `penctl session aftercare`
    #[arg(long, value_name = "FILE")]
    aftercare: Option<String>,
    /// Write the report with the aftercare sheet as a page into FILE
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report with the aftercare sheet as text into FILE
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Keep the session and the pen's journal in the records
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &SessionArgs, context: &mut Context) -> Result<(), HostError> {
    match &args.command {
        SessionCommand::Report(args) => report(args, context),
        SessionCommand::End => end(context),
        SessionCommand::Aftercare { out } => template(out.as_deref(), &mut context.out),
    }
}

fn template(file: Option<&Path>, out: &mut Out) -> Result<(), HostError> {
    out.event(
        "aftercare_template",
        &json!({ "template": aftercare::TEMPLATE, "places": aftercare::PLACES }),
    );
    match file {
        Some(file) => {
            fresh::write(file, aftercare::TEMPLATE)?;
            out.line(format!("wrote {}", file.display()));
        }
        None => aftercare::TEMPLATE.lines().for_each(|line| out.line(line)),
    }
    Ok(())
}

/// Closes the open session.
fn end(context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let open = client.status()?.session;
    let plan = client.plan()?.map(|plan| plan.id);
    // A pen forgets its plan when it starts anew, and keeps the session: its journal tells which it was.
    let by_journal = if open != 0 && plan.is_none() {
        let merged = merge(&journal::fetch(&mut client)?);
        treated(&merged, open, None).and_then(|it| it.plan)
    } else {
        None
    };
    client.authorise(Role::Operator)?;
    client.same_pen()?;
    if let Err(why) = client.try_demand(&ToPen::EndSession)? {
        return Err(HostError::refused("end session", words::refusal(&why)));
    }
    context.out.event(
        "session_ended",
        &json!({
            "session": open, "plan": plan.or(by_journal), "plan_in_pen": plan.is_some(),
        }),
    );
    context.out.line(if open == 0 {
        "no session was open".to_owned()
    } else {
        format!("session {open} is closed; `penctl session report` tells it")
    });
    if open != 0 && plan.is_none() {
        context.out.warn(forgotten(open, by_journal));
    }
    Ok(())
}

/// What is said of a session whose plan the pen no longer has.
fn forgotten(session: u32, by_journal: Option<u32>) -> String {
    let (which, file) = match by_journal {
        Some(plan) => (
            format!("its journal says plan {plan}"),
            format!("`penctl session report --plan` takes the file of plan {plan}"),
        ),
        None => (
            "nor does its journal say which it was".to_owned(),
            "what it asked for is unknown".to_owned(),
        ),
    };
    format!(
        "the pen no longer has the plan of session {session}, {which}: zones that were left undone cannot be \
         told from the pen; {file}"
    )
}

/// A journal, and what else is known of its pen.
struct Source {
    /// Serial number as it is printed; `unknown` if nobody said it.
    pen: String,
    serial: Option<u64>,
    origin: String,
    journals: Vec<FetchedJournal>,
    kept: Option<Kept>,
    /// Number and day of the plan in the pen.
    plan: Option<(u32, u16)>,
    is_simulated: bool,
    /// The pen, if it is there.
    known: Option<Pen>,
}

fn report(args: &ReportArgs, context: &mut Context) -> Result<(), HostError> {
    for file in args.html.iter().chain(&args.text) {
        fresh::may_be_made(file)?;
    }
    let plan = args.plan.as_deref().map(checked).transpose()?;
    let template = match &args.aftercare {
        Some(file) => crate::text::read(file)?,
        None => aftercare::TEMPLATE.to_owned(),
    };
    let template_name = args.aftercare.as_deref().unwrap_or("the template");
    let day = args.day.as_deref().map(given_day).transpose()?;
    let blank = aftercare::PLACES.map(|_| String::new());
    aftercare::fill(&template, &blank).map_err(|why| HostError::bad_config(template_name, why))?;
    let source = match &args.journal {
        Some(file) => from_file(file, args.pen.as_deref())?,
        None => from_pen(context)?,
    };
    let it = find(&source, args.session)?;
    let plan_untold = plan
        .as_ref()
        .map_or_else(|| Ok(Vec::new()), |plan| of_session(plan, &it))?;
    let mut records = look(args, &source, &context.out)?;
    let before = match &mut records {
        Some(records) => kept_day(records, &source.pen, it.session)?,
        None => None,
    };
    let day = settled(day, before, &source.pen, it.session)?
        .or_else(|| day_of_plan(&source, &it).map(|day| (day, "by the plan in the pen")));
    if args.keep {
        records = Some(keep(args, &source, &it, day, &context.out)?);
    }
    let (seen, is_simulated) = match records {
        Some(mut records) => (
            Some(seen(&mut records, &source.pen, &it.session.to_string())?),
            source.is_simulated || simulated(&mut records, &source.pen)?,
        ),
        None => (None, source.is_simulated),
    };
    let around = Around {
        pen: source.pen.clone(),
        serial: source.serial,
        origin: source.origin.clone(),
        journals: &source.journals,
        day,
        course: plan.as_ref().and_then(|plan| plan.course),
        areas_cm2: plan.as_ref().map(areas).unwrap_or_default(),
        plan_untold,
        seen,
    };
    show(
        args,
        &it,
        &around,
        is_simulated,
        &template,
        &mut context.out,
    )
}

/// The plan's file, checked.
fn checked(file: &str) -> Result<Checked, HostError> {
    let text = plan::load_text(file)?;
    plan::read(&text).map_err(|found| plan::refused(file, &found))
}

/// A day that was given, as the calendar of records has it.
fn given_day(text: &str) -> Result<i64, HostError> {
    let day = words::day(text).ok_or_else(|| {
        HostError::usage(
            format!("`{text}` is no day"),
            "a day is written YYYY-MM-DD, as in 2026-11-22, from 2020-01-01 on",
        )
    })?;
    let today = clock::today();
    if day > today {
        return Err(HostError::usage(
            format!("{text} is no day of a session"),
            format!("it is after today, {}", words::date(today)),
        ));
    }
    Ok(i64::from(day))
}

/// The pen's own journals.
fn from_pen(context: &mut Context) -> Result<Source, HostError> {
    let target = context.target()?;
    let mut client = context.connect_to(&target)?;
    let journals = journal::fetch(&mut client)?;
    let status = client.status()?;
    let plan = client.plan()?.map(|plan| (plan.id, plan.day));
    let is_simulated = matches!(target, Target::Sim(_)) || client.hello().is_simulated();
    let known = pen(&mut client, is_simulated)?;
    Ok(Source {
        pen: known.serial.clone(),
        serial: Some(client.hello().serial),
        origin: format!("read from the pen at {}", client.link_name()),
        journals,
        kept: (status.session != 0).then_some(Kept {
            session: status.session,
            on: status.on,
            strokes: status.strokes.as_count(),
            seated: status.cartridge.map(|id| (id, status.needles)),
        }),
        plan,
        is_simulated,
        known: Some(known),
    })
}

fn pen(client: &mut Client, is_simulated: bool) -> Result<Pen, HostError> {
    let firmware = client.info()?.firmware.to_string();
    let hello = client.hello();
    Ok(Pen {
        serial: words::serial(hello.serial),
        model: hello.model.to_string(),
        firmware,
        simulated: is_simulated,
    })
}

/// Journals from a file.
fn from_file(file: &str, pen: Option<&str>) -> Result<Source, HostError> {
    let serial = pen
        .map(|text| {
            text.trim().parse::<u64>().map_err(|_| {
                HostError::usage(
                    format!("`{text}` is no serial number of a pen"),
                    "it is a whole number, as in 42",
                )
            })
        })
        .transpose()?;
    let text = crate::text::read(file)?;
    let wrong = |why| HostError::bad_config(file, why);
    let found = read_lines(&text).map_err(wrong)?;
    let journals = entries(&found, serial).map_err(wrong)?;
    Ok(Source {
        pen: serial.map_or_else(|| "unknown".to_owned(), words::serial),
        serial,
        origin: format!("read from {file}"),
        journals,
        kept: None,
        plan: None,
        is_simulated: false,
        known: None,
    })
}

/// The session asked for, or the newest.
fn find(source: &Source, asked: Option<u32>) -> Result<Treated, HostError> {
    let merged = merge(&source.journals);
    let there = sessions(&merged);
    let Some(session) = asked.or_else(|| there.last().copied()) else {
        return Err(HostError::no_such_record(
            &format!("session of pen {}", source.pen),
            "the journal tells of none",
        ));
    };
    treated(&merged, session, source.kept).ok_or_else(|| {
        let known: Vec<String> = there.iter().map(u32::to_string).collect();
        HostError::no_such_record(
            &format!("session {session} of pen {}", source.pen),
            if known.is_empty() {
                "the journal tells of none".to_owned()
            } else {
                format!("the journal tells of {}", known.join(", "))
            },
        )
    })
}

/// The day of a session that is kept.
fn kept_day(records: &mut Records, pen: &str, session: u32) -> Result<Option<i64>, HostError> {
    let kept = kept_session(records, pen, &session.to_string())?;
    Ok(kept.and_then(|it| day_of(&it.day)))
}

/// The day that was given, which is that of the records where the session is kept; nothing where
/// neither is there.
fn settled(
    given: Option<i64>,
    kept: Option<i64>,
    pen: &str,
    session: u32,
) -> Result<Option<(i64, &'static str)>, HostError> {
    match (given, kept) {
        (Some(given), Some(kept)) if given != kept => Err(HostError::usage(
            format!(
                "{} is not the day of session {session} of pen {pen}",
                day_text(given)
            ),
            format!("the session is kept in the records, of {}", day_text(kept)),
        )
        .with_fix(
            "leave --day away, or name the right --session; what is kept once is never changed",
        )),
        (Some(given), _) => Ok(Some((given, "as given"))),
        (None, Some(kept)) => Ok(Some((kept, "by the records"))),
        (None, None) => Ok(None),
    }
}

fn areas(plan: &Checked) -> BTreeMap<&'static str, u32> {
    let zones = plan.plan.zones().zip(&plan.areas_cm2);
    zones
        .filter_map(|((_, zone), area)| Some((words::zone(zone.zone), (*area)?)))
        .collect()
}

/// The day of the plan, while the session's plan is in the pen.
fn day_of_plan(source: &Source, it: &Treated) -> Option<i64> {
    let (id, day) = source.plan?;
    let is_now = source.kept.is_some_and(|kept| kept.session == it.session);
    (it.plan == Some(id) && is_now && day > 0).then_some(i64::from(day))
}

/// The records, to look at; nothing where nobody keeps any.
fn look(args: &ReportArgs, source: &Source, out: &Out) -> Result<Option<Records>, HostError> {
    match args.store.open(out, source.is_simulated, Access::Read) {
        Ok(records) => Ok(Some(records)),
        // What is kept for the first time begins a store.
        Err(error) if error.code == Code::StoreMissing && (args.keep || !args.store.is_named()) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether the records say that the pen is no real one.
fn simulated(records: &mut Records, pen: &str) -> Result<bool, HostError> {
    let known = records.newest(Kind::Pen, pen)?;
    let known: Option<Pen> = known.map(|it| it.read()).transpose()?;
    Ok(known.is_some_and(|it| it.simulated))
}

fn show(
    args: &ReportArgs,
    it: &Treated,
    around: &Around<'_>,
    is_simulated: bool,
    template: &str,
    out: &mut Out,
) -> Result<(), HostError> {
    let next = next_earliest(
        it,
        around.is_whole(),
        around.day.map(|it| it.0),
        around.course,
    );
    let zones: Vec<&str> = it
        .zones
        .iter()
        .filter(|zone| zone.activations > 0 || zone.untold > 0 || !it.unknown.is_empty())
        .map(|zone| zone.zone)
        .collect();
    let values = [
        around
            .day
            .map_or_else(|| "a day that is not known".to_owned(), |it| day_text(it.0)),
        if zones.is_empty() {
            "no zone".to_owned()
        } else {
            zones.join(", ").replace('_', " ")
        },
        next.words(),
        around.pen.clone(),
        it.session.to_string(),
    ];
    let sheet = aftercare::fill(template, &values)
        .map_err(|why| HostError::bad_config("the aftercare template", why))?;
    let all = sections(it, around);
    let id = format!("SES-{}-{}", around.pen, it.session);
    out.event(
        "session",
        &json!({
            "id": id, "pen": around.pen, "simulated": is_simulated, "origin": around.origin,
            "day": around.day.map(|it| day_text(it.0)),
            "session": it,
            "breaks": around.journals.iter().flat_map(|it| &it.breaks).collect::<Vec<_>>(),
            "of_this_pen": around.serial.map(|serial| {
                around.journals.iter().filter_map(|it| it.is_of(serial)).collect::<Vec<_>>()
            }),
            "course": around.course,
            "plan_untold": around.plan_untold,
            "next": { "day": next.day.map(day_text), "days": next.days, "why": next.why },
            "seen": around.seen,
        }),
    );
    let lines = as_text(&id, is_simulated, &all, &sheet, out);
    lines.iter().for_each(|line| out.line(line));
    if let Some(file) = &args.text {
        // What a template or a journal says may show itself in the file, and act on no terminal.
        let text = format!("{}\n", lines.join("\n"));
        fresh::write(file, escape::lines(&text, false).as_bytes())?;
        wrote(file, out);
    }
    if let Some(file) = &args.html {
        let page = render_treatment_html(&id, is_simulated, &all, &sheet);
        fresh::write(file, &page)?;
        wrote(file, out);
    }
    Ok(())
}

fn wrote(file: &Path, out: &mut Out) {
    let file = file.display().to_string();
    out.event("file", &json!({ "path": file }));
    out.say(format!("wrote {file}"));
}

/// Report and aftercare sheet as text.
fn as_text(
    id: &str,
    is_simulated: bool,
    all: &[Section],
    sheet: &[aftercare::Line],
    out: &Out,
) -> Vec<String> {
    let mut lines = vec![format!("Session report {id}")];
    if is_simulated {
        lines.push("SIMULATED PEN: nobody was treated".to_owned());
    }
    lines.extend(text(all, &|table| table.lines(out)));
    lines.push(String::new());
    for line in sheet {
        match line {
            aftercare::Line::Title(text) => {
                lines.extend(["-".repeat(78), text.clone()]);
            }
            aftercare::Line::Heading(text) => lines.extend([String::new(), text.clone()]),
            aftercare::Line::Item(text) => {
                lines.extend(crate::out::item('-', text, 78));
            }
            aftercare::Line::Text(text) => {
                lines.push(String::new());
                lines.extend(crate::out::wrapped(text, 78, ""));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{forgotten, settled};

    #[test]
    fn a_plan_that_the_pen_forgot_is_told_with_what_the_journal_says() {
        let known = forgotten(3, Some(77));
        assert!(
            known.contains("no longer has the plan of session 3, its journal says plan 77"),
            "{known}"
        );
        assert!(known.contains("takes the file of plan 77"), "{known}");
        let unknown = forgotten(3, None);
        assert!(
            unknown.contains("nor does its journal say which it was"),
            "{unknown}"
        );
    }

    #[test]
    fn a_day_that_is_kept_is_the_day_and_no_other_is_taken() {
        // 2026-11-22 and the day after it.
        let (kept, other) = (2_517, 2_518);
        let day = |given, kept| settled(given, kept, "000042", 12);
        assert_eq!(day(None, None), Ok(None));
        assert_eq!(day(Some(other), None), Ok(Some((other, "as given"))));
        assert_eq!(day(Some(kept), Some(kept)), Ok(Some((kept, "as given"))));
        assert_eq!(day(None, Some(kept)), Ok(Some((kept, "by the records"))));
        let refused = day(Some(other), Some(kept)).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(
            refused
                .what
                .contains("2026-11-23 is not the day of session 12 of pen 000042"),
            "{refused}"
        );
        assert!(
            refused
                .why
                .contains("is kept in the records, of 2026-11-22"),
            "{refused}"
        );
    }
}
