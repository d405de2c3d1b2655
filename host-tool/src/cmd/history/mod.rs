//! `penctl history`: how a pen drifted, and what was done to find out.

mod sessions;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::records::{KeptArgs, pen_name};
use crate::cli::Context;
use crate::error::HostError;
use crate::fresh;
use crate::out::{Align, Out, Table, Tone, wrapped};
use crate::procedure::{Event, Read, Taken};
use crate::report::{History, history_svg, render_history_html};
use crate::store::{Calibration, Kind, Pen, Query, Records, Returned, RunState, time_text};

/// Arguments of `history`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A deviation is the gauge's reading less the pen's own. Drift is the deviation as
found less the one as left the time before, at the setting where it is largest.
Sessions that were kept follow, each with the worst sign observed afterwards.

Examples:
  penctl history 42
  penctl history 42 --html pen42.html       with a figure
  penctl history 42 --runs                  aborted and refused ones, too
  penctl history 42 --run 17                every reading of one run
  penctl history 42 --simulated             what was tried on a simulated pen")]
pub(crate) struct HistoryArgs {
    /// Serial number of the pen
    #[arg(value_name = "SERIAL")]
    pen: String,
    /// Show every run and how it ended, finished or not
    #[arg(long, conflicts_with_all = ["run", "html", "svg"])]
    runs: bool,
    /// Show what happened in one run, reading by reading
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["html", "svg"])]
    run: Option<i64>,
    /// Write a page with table and figure into FILE
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the figure alone into FILE
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &HistoryArgs, context: &mut Context) -> Result<(), HostError> {
    for file in args.html.iter().chain(&args.svg) {
        fresh::is_free(file)?;
    }
    let pen = pen_name(&args.pen);
    let mut records = args.store.read(&context.out)?;
    let out = &mut context.out;
    if let Some(number) = args.run {
        return one_run(&mut records, &pen, number, out);
    }
    let calibrations = records.calibrations(&pen)?;
    if args.runs {
        let runs = records.runs(&pen)?;
        list(&runs, out);
        return Ok(());
    }
    table(&calibrations, out);
    returns(&mut records, &pen, out)?;
    sessions::show(&mut records, &pen, out)?;
    if calibrations.is_empty() {
        out.say(format!(
            "pen {pen} has no finished calibration; see `penctl history {pen} --runs`"
        ));
    }
    write(args, &pen, &calibrations, &mut records, out)
}

fn write(
    args: &HistoryArgs,
    pen: &str,
    calibrations: &[Calibration],
    records: &mut Records,
    out: &mut Out,
) -> Result<(), HostError> {
    let known = records.newest(Kind::Pen, pen)?;
    let known: Pen = known.map_or_else(|| Ok(Pen::default()), |known| known.read())?;
    let digest = records.head()?.hash;
    let history = History {
        serial: pen,
        model: &format!("{}, firmware {}", known.model, known.firmware),
        simulated: known.simulated,
        calibrations,
        digest: &digest,
    };
    let files = [
        (
            &args.html,
            render_history_html as fn(&History<'_>) -> String,
        ),
        (&args.svg, history_svg),
    ];
    for (file, render) in files {
        if let Some(file) = file {
            fresh::write(file, render(&history))?;
            let file = file.display().to_string();
            out.event("file", &json!({ "path": file }));
            out.line(format!("wrote {file}"));
        }
    }
    Ok(())
}

fn table(calibrations: &[Calibration], out: &mut Out) {
    let mut table = Table::new(&[
        ("made", Align::Left),
        ("subject", Align::Left),
        ("found", Align::Right),
        ("drift", Align::Right),
        ("left", Align::Right),
        ("as found", Align::Left),
        ("as left", Align::Left),
        ("certificate", Align::Left),
    ]);
    let whole = |worst: Option<(f64, f64)>| {
        worst.map_or_else(|| "-".to_owned(), |(_, value)| format!("{value:+.0}"))
    };
    let mut before: Option<&Calibration> = None;
    for it in calibrations {
        let drift = before.and_then(|before| it.drift_since(before));
        let place = |worst: Option<(f64, f64)>| {
            worst.map(|(at, value)| json!({ "at_um": at, "deviation_um": value }))
        };
        out.event(
            "calibration",
            &json!({
                "calibration": it, "worst_found": place(it.worst_found()),
                "worst_left": place(it.worst_left()), "drift": place(drift),
            }),
        );
        table.row([
            it.made.clone(),
            it.subject.name().to_owned(),
            whole(it.worst_found()),
            whole(drift),
            whole(it.worst_left()),
            it.as_found.clone(),
            it.as_left.clone(),
            it.certificate.clone(),
        ]);
        for (column, verdict) in [(5, &it.as_found), (6, &it.as_left)] {
            table.tone(column, tone(verdict));
        }
        before = Some(it);
    }
    if !table.is_empty() {
        out.line("largest deviations of depth, um");
        table.print(out);
    }
}

/// When the pen returned to a calibration before.
fn returns(records: &mut Records, pen: &str, out: &mut Out) -> Result<(), HostError> {
    let found = records.all(&Query {
        kind: Some(Kind::Return),
        pen: Some(pen),
        limit: Query::MANY,
        ..Query::ALL
    })?;
    for record in found {
        let it: Returned = record.read()?;
        out.event("returned", &json!({ "at": record.at, "returned": it }));
        let state = if it.verified {
            format!("signed off, due {}", it.due)
        } else {
            "not signed off".to_owned()
        };
        out.line(format!(
            "{}: the tables of generation {} returned as generation {}, {state}",
            time_text(record.at),
            it.returned,
            it.generation
        ));
    }
    Ok(())
}

fn tone(verdict: &str) -> Tone {
    match verdict.to_ascii_lowercase().as_str() {
        "pass" => Tone::Good,
        "fail" => Tone::Bad,
        _ => Tone::Warn,
    }
}

/// Columns of the text below the table.
const REASON_WIDTH: usize = 78;

fn list(runs: &[RunState], out: &mut Out) {
    let mut table = Table::new(&[
        ("run", Align::Right),
        ("began", Align::Left),
        ("subject", Align::Left),
        ("end", Align::Left),
        ("in force", Align::Left),
    ]);
    let mut reasons = Vec::new();
    for run in runs {
        let ended = run.ended.clone().unwrap_or_default();
        out.event("run", &told(run));
        let goes_on = run
            .resumed_by
            .map_or_else(String::new, |later| format!(" (run {later} goes on)"));
        table.row([
            run.number.to_string(),
            time_text(run.at),
            or_dash(subject(run)),
            format!("{}{goes_on}", run.word()),
            or_dash(&ended.in_force),
        ]);
        if !ended.text.is_empty() {
            let reason = format!("run {}: {}", run.number, ended.text);
            reasons.extend(wrapped(&reason, REASON_WIDTH, ""));
        }
    }
    if table.is_empty() {
        out.say("no run was begun");
        return;
    }
    table.print(out);
    out.line("");
    for reason in reasons {
        out.line(reason);
    }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() {
        "-".to_owned()
    } else {
        text.to_owned()
    }
}

/// What a run adjusted, or was to; nothing of one that never began.
fn subject(run: &RunState) -> &'static str {
    let began = run.begun.began.as_ref();
    began.map_or("", |began| began.subject.name())
}

fn told(run: &RunState) -> Value {
    json!({
        "run": run.number, "pen": run.pen, "began": run.at, "last": run.last_at,
        "end": run.word(), "ended": run.ended, "resumes": run.begun.resumes,
        "resumed_by": run.resumed_by, "simulated": run.begun.simulated,
        "technician": run.begun.began.as_ref().map(|began| began.technician),
        "subject": run.begun.began.as_ref().map(|began| began.subject.name()),
    })
}

fn one_run(records: &mut Records, pen: &str, number: i64, out: &mut Out) -> Result<(), HostError> {
    let run = records.run(number)?;
    if run.pen != pen {
        return Err(HostError::no_such_record(
            &format!("run {number} of pen {pen}"),
            format!("run {number} is of pen {}", run.pen),
        ));
    }
    out.event("run", &told(&run));
    let simulated = if run.begun.simulated {
        ", SIMULATED"
    } else {
        ""
    };
    out.line(format!(
        "run {number} of pen {pen}{simulated}, begun {}: {}",
        time_text(run.at),
        run.word()
    ));
    for event in &run.events {
        out.event("happened", &json!({ "what": event }));
        for line in lines(event) {
            out.line(format!("  {line}"));
        }
    }
    if let Some(ended) = &run.ended {
        out.line(format!(
            "  ended: {}; in force: {}",
            ended.text, ended.in_force
        ));
    } else {
        out.line(format!(
            "  broken off after {}: the program or the computer was stopped",
            time_text(run.last_at)
        ));
    }
    Ok(())
}

/// An event in words.
fn lines(event: &Event) -> Vec<String> {
    match event {
        Event::Taken(taken) => vec![reading(taken)],
        Event::Doubted {
            place,
            typed,
            doubts,
        } => vec![format!(
            "{}: `{typed}` was not taken: {}",
            place.key(),
            doubts.join("; ")
        )],
        Event::Undone { places, why } => {
            let places: Vec<String> = places.iter().map(crate::procedure::Place::key).collect();
            vec![format!("undone: {} ({why})", places.join(", "))]
        }
        Event::Began(began) => vec![format!(
            "{} by technician {}: points {}, {} repeats, --adjust {}",
            began.subject.name(),
            began.technician,
            began.points,
            began.repeats,
            began.adjust.name()
        )],
        Event::Instruments(instruments) => instruments
            .references
            .iter()
            .map(|it| format!("{} {}, U {}", it.name, it.serial, it.expanded))
            .collect(),
        Event::Reserved(reserved) => {
            vec![format!("accepted: {} ({})", reserved.what, reserved.reason)]
        }
        Event::Phase { phase } => vec![format!("{}:", phase.words())],
        Event::Judged { phase, verdict } => vec![format!("{}: {}", phase.words(), verdict.word())],
        Event::Proposed { generation, .. } => vec![format!("generation {generation} proposed")],
        Event::Committed { generation, .. } => {
            vec![format!("generation {generation} in force, unverified")]
        }
        Event::SignedOff { generation } => vec![format!("generation {generation} signed off")],
        Event::Ended { class, .. } => vec![format!("ended: {class}")],
    }
}

fn reading(taken: &Taken) -> String {
    let read = match taken.read {
        Read::Depth(it) => format!("gauge {} um, pen {} um", it.reference_um, it.indicated_um),
        Read::Rate(it) => format!(
            "tachometer {} mHz, pen {} mHz",
            it.reference_mhz, it.indicated_mhz
        ),
        Read::Current(it) => format!("meter {} uA, pen {} uA", it.reference_ua, it.indicated_ua),
    };
    let kept = taken.kept.as_ref().map_or_else(String::new, |kept| {
        format!(
            "; kept although {}: {}",
            kept.doubts.join("; "),
            kept.reason
        )
    });
    format!("{}: {read}{kept}", taken.place.key())
}
