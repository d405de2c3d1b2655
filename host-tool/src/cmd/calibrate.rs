//! `penctl calibrate`: depth and rate against a gauge, step by step, with a report.

use std::path::Path;

use clap::Args;
use pen_protocol::messages::Which;
use serde_json::json;

use super::keep::{self, Keep};
use super::records::StoreArgs;
use crate::cli::Context;
use crate::client::Client;
use crate::error::HostError;
use crate::link::Target;
use crate::link::sim::SimStage;
use crate::metrology::Verdict;
use crate::out::{Align, Out, Table, Tone};
use crate::procedure::{
    Adjust, Answers, Began, Bench, Decides, Event, Observer, Outcome, Progress, PromptBench,
    Settings, SimBench, calibrate,
};
use crate::report::{ParameterChange, Results};
use crate::words;

/// Arguments of `calibrate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Steps: prepare, as found, decide, adjust, as left, report. Whatever ends it
early (Ctrl-C, a closed input, a pulled cable) stops the motor and discards
what was staged: the pen keeps what it had.

On a simulated pen gauge, tachometer and hands are simulated too. On a real
one the program asks for each reading, or takes it from --answers FILE, one
`key: answer` a line in the order in which they are asked for.

Exit code 3 when a point as left is not a plain pass.")]
pub(crate) struct CalibrateArgs {
    /// When to adjust: auto (unless as found is a plain pass), always or never
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    adjust: Adjust,
    /// Repeats at each point and direction
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=10))]
    repeats: u8,
    /// Who measures, by number
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    technician: u32,
    /// Days until the owner wants the next calibration
    #[arg(long, default_value_t = 365, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
    due: u16,
    /// Take the answers from FILE instead of asking
    #[arg(long, value_name = "FILE")]
    answers: Option<String>,
    /// Write calibration.html and calibration.json into DIR [default: calibration-SERIAL, or
    /// calibration-SERIAL-2 and so on where that is taken]
    #[arg(long, value_name = "DIR")]
    out: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

pub(crate) fn run(args: &CalibrateArgs, context: &mut Context) -> Result<(), HostError> {
    let settings = Settings {
        adjust: args.adjust,
        repeats: args.repeats,
        technician: args.technician,
        due_in_days: args.due,
    };
    let answers = match &args.answers {
        Some(path) => Answers::from_file(path)?,
        None => Answers::from_terminal(),
    };
    let target = context.target()?;
    let (mut client, mut bench): (Client, Box<dyn Bench>) = match &target {
        Target::Sim(seed) => {
            let stage = SimStage::new(*seed)?;
            let decides = if context.is_sure() {
                Decides::Yes
            } else {
                Decides::Asked(answers)
            };
            let bench = SimBench::new(stage.clone(), *seed, decides);
            (context.greet(Box::new(stage.link()))?, Box::new(bench))
        }
        Target::Serial(_) | Target::Tcp(_) => {
            crate::clock::believable_today()?;
            let bench = PromptBench::new(answers, context.is_sure());
            (context.connect_to(&target)?, Box::new(bench))
        }
    };
    // Where report and records go is known to be sound before anybody is asked anything.
    let folder = keep::folder(args.out.as_deref(), &words::serial(client.hello().serial))?;
    let is_simulated = matches!(target, Target::Sim(_));
    let mut keep = Keep::open(&args.store, &mut client, is_simulated, None)?;
    let mut log = keep.log()?;
    log.event(&began(&mut client, &settings, bench.today())?)?;
    let outcome = {
        let out = &mut context.out;
        let mut listener = |progress: &Progress<'_>| tell(out, progress);
        calibrate(&mut client, bench.as_mut(), &settings, &mut listener)
    };
    match outcome {
        Ok(mut outcome) => {
            keep::finish(&mut log, &mut outcome, &mut client, &folder)?;
            finish(&outcome, &folder, context)
        }
        Err(error) => {
            log.event(&Event::Ended {
                class: error.class,
                why: format!("{}: {}", error.what, error.why),
            })?;
            Err(error)
        }
    }
}

/// How the run begins.
fn began(client: &mut Client, settings: &Settings, day: u16) -> Result<Event, HostError> {
    let found = client.calibration(Which::Current)?.found;
    Ok(Event::Began(Began {
        procedure: "CAL-DEPTH-RATE revision 1 (docs/calibration.md)".to_owned(),
        serial: u32::try_from(client.hello().serial).unwrap_or_default(),
        in_force: found.map(|it| (it.calibration.generation, it.digest)),
        points: "full".to_owned(),
        repeats: settings.repeats,
        adjust: settings.adjust,
        technician: settings.technician,
        due_in_days: settings.due_in_days,
        day,
    }))
}

fn finish(outcome: &Outcome, folder: &Path, context: &mut Context) -> Result<(), HostError> {
    let serial = outcome.report.item.serial.clone();
    let page = keep::page_in(folder);
    let out = &mut context.out;
    out.event(
        "calibrated",
        &json!({
            "serial": serial,
            "as_found": outcome.as_found,
            "as_left": outcome.as_left,
            "generation": outcome.generation,
            "certificate": outcome.report.id,
            "report": page,
        }),
    );
    out.line(format!(
        "as found: {}   as left: {}   generation {} in force",
        verdict(out, outcome.as_found),
        verdict(out, outcome.as_left),
        outcome.generation
    ));
    out.line(format!("report {}: {page}", outcome.report.id));
    if outcome.as_left == Verdict::Pass {
        return Ok(());
    }
    Err(HostError::out_of_tolerance(&serial, outcome.as_left.word()))
}

/// A verdict in symbol and word.
pub(crate) fn verdict(out: &Out, verdict: Verdict) -> String {
    let tone = match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::ConditionalPass | Verdict::ConditionalFail => Tone::Warn,
        Verdict::Fail => Tone::Bad,
    };
    out.tone(tone, &format!("{} {}", verdict.symbol(), verdict.word()))
}

/// Tells how it goes: steps on stderr, results on stdout.
pub(crate) fn tell(out: &mut Out, progress: &Progress<'_>) {
    match progress {
        Progress::Step(number, of, text) => {
            out.event("step", &json!({ "step": number, "of": of, "text": text }));
            out.say(format!(
                "{} {text}",
                out.tone_err(Tone::Strong, &format!("[{number}/{of}]"))
            ));
        }
        Progress::Detail(text) => out.detail(format!("      {text}")),
        Progress::Measured(name, results) => {
            out.event("measured", &json!({ "state": name, "results": results }));
            measured(out, name, results);
        }
        Progress::Proposed(changes) => {
            out.event("proposed", &json!({ "parameters": changes }));
            proposed(out, changes);
        }
        Progress::Committed(generation) => {
            out.event("committed", &json!({ "generation": generation }));
            out.say(format!(
                "      generation {generation} is in force and read back"
            ));
        }
    }
}

fn measured(out: &mut Out, name: &str, results: &Results) {
    let mut table = Table::new(&[
        (name, Align::Left),
        ("reference", Align::Right),
        ("pen says", Align::Right),
        ("deviation", Align::Right),
        ("U", Align::Right),
        ("k", Align::Right),
        ("verdict", Align::Left),
    ]);
    for row in &results.depth.rows {
        table.row([
            format!("{} um", row.nominal_um),
            row.reference_um.to_string(),
            row.indicated_um.to_string(),
            row.deviation_um.to_string(),
            row.expanded_um.to_string(),
            row.k.to_string(),
            format!("{} {}", row.verdict.symbol(), row.verdict.word()),
        ]);
        tone_of(&mut table, row.verdict);
    }
    for row in results.rate.iter().flat_map(|rate| &rate.rows) {
        table.row([
            format!("{} Hz", row.set_mhz / 1_000),
            row.reference_hz.to_string(),
            row.indicated_hz.to_string(),
            format!("{} %", row.deviation_percent),
            format!("{} %", row.expanded_percent),
            row.k.to_string(),
            format!("{} {}", row.verdict.symbol(), row.verdict.word()),
        ]);
        tone_of(&mut table, row.verdict);
    }
    table.print(out);
    out.line("");
}

fn tone_of(table: &mut Table, verdict: Verdict) {
    table.tone(
        6,
        match verdict {
            Verdict::Pass => Tone::Good,
            Verdict::ConditionalPass | Verdict::ConditionalFail => Tone::Warn,
            Verdict::Fail => Tone::Bad,
        },
    );
}

fn proposed(out: &mut Out, changes: &[ParameterChange]) {
    let mut table = Table::new(&[
        ("parameter", Align::Left),
        ("current", Align::Right),
        ("new", Align::Right),
        ("unit", Align::Left),
        ("allowed", Align::Left),
    ]);
    for change in changes {
        table.row(
            [
                &change.name,
                &change.old,
                &change.new,
                &change.unit,
                &change.allowed,
            ]
            .map(Clone::clone),
        );
    }
    table.print(out);
    out.line("");
}

#[cfg(test)]
mod tests {
    use super::finish;
    use crate::cli::Context;
    use crate::metrology::Verdict;
    use crate::procedure::{Outcome, Raw};
    use crate::report::sample;

    #[test]
    fn only_a_plain_pass_as_left_ends_with_zero() {
        let folder = std::path::PathBuf::from("calibration");
        for as_found in Verdict::ALL {
            for as_left in Verdict::ALL {
                let outcome = Outcome {
                    report: sample::calibration(),
                    as_found,
                    as_left,
                    generation: 2,
                    raw: Raw::default(),
                };
                let mut context = Context::of(&["penctl", "--quiet", "calibrate"]);
                let ended = finish(&outcome, &folder, &mut context);
                let code = ended.map_or_else(|error| error.exit_code(), |()| 0);
                let expected = if as_left == Verdict::Pass { 0 } else { 3 };
                assert_eq!(code, expected, "{as_found:?} {as_left:?}");
            }
        }
    }
}
