//! `penctl demo`: the whole story on a simulated pen, with reports and a verdict.

use clap::Args;
use serde_json::json;

use crate::cli::Context;
use crate::demo::{self, Chapter, Told};
use crate::error::{Code, HostError};
use crate::link::seed_of;
use crate::metrology::Verdict;
use crate::out::{Align, Out, Table, Tone, wrapped};
use crate::procedure::Progress;
use crate::report::{Attempt, Outcome, Results};

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Nothing is needed for it: no pen, no rights, no network. Every attempt is
judged by the true state of the simulated pen, not by what its firmware says.
The same seed writes the same bytes. Exit code 0 only if everything held.")]
pub(crate) struct DemoArgs {
    /// Seed of the pen: another number, another pen; this one is well out as found
    #[arg(long, default_value = "28", value_parser = seed_of)]
    seed: u64,
    /// Write the reports into DIR
    #[arg(long, default_value = "penctl-demo", value_name = "DIR")]
    out: String,
}

pub(crate) fn run(args: &DemoArgs, context: &mut Context) -> Result<(), HostError> {
    let patience = context.patience();
    let told = {
        let (shared, out) = context.split();
        let wrap = |link| shared.traced(link);
        let mut listener = |chapter: &Chapter<'_>| listen(out, chapter);
        demo::tell(args.seed, patience, &wrap, &mut listener)?
    };
    let paths = demo::files(&told).write(&args.out)?;
    let out = &mut context.out;
    table(out, &told);
    out.line("");
    for path in &paths {
        out.event("file", &json!({ "path": path }));
        out.line(format!("wrote {}", path.display()));
    }
    verdict(out, &told)
}

/// What is told while it goes on, on stderr.
fn listen(out: &mut Out, chapter: &Chapter<'_>) {
    match chapter {
        Chapter::Begins(text) => {
            out.event("chapter", &json!({ "text": text }));
            out.say(format!("{} {text}", out.tone_err(Tone::Strong, "==")));
        }
        Chapter::Says(text) => {
            out.event("note", &json!({ "text": text }));
            out.say(format!("   {text}"));
        }
        Chapter::Calibrates(progress) => calibrates(out, progress),
        Chapter::Tried(number, attempt) => {
            out.event(
                "attempt",
                &json!({
                    "number": number,
                    "held": attempt.is_held(),
                    "attempt": attempt,
                }),
            );
            out.say(format!(
                "   {number:>2} {:<36} {}",
                attempt.tried,
                held(out, attempt, true)
            ));
        }
    }
}

fn calibrates(out: &mut Out, progress: &Progress<'_>) {
    match progress {
        Progress::Step(number, of, text) => {
            out.event("step", &json!({ "step": number, "of": of, "text": text }));
            out.say(format!("   [{number}/{of}] {text}"));
        }
        Progress::Note(text) => out.say(format!("         {text}")),
        Progress::Detail(text) => out.detail(format!("         {text}")),
        Progress::Measured(state, results) => {
            out.event("measured", &json!({ "state": state, "results": results }));
            out.say(format!("         {state}: {}", summary(results)));
        }
        Progress::Proposed(changes) => {
            out.event("proposed", &json!({ "parameters": changes }));
            for change in changes.iter() {
                out.say(format!(
                    "         {:<28} {:>10} -> {:>10} {}",
                    change.name, change.old, change.new, change.unit
                ));
            }
        }
        Progress::Committed(generation) => {
            out.event("committed", &json!({ "generation": generation }));
            out.say(format!(
                "         generation {generation} is in force and read back"
            ));
        }
    }
}

/// The worst of a run in one line.
fn summary(results: &Results) -> String {
    let verdict = results.verdict();
    let depth = results.depth.farthest().map_or_else(String::new, |row| {
        format!("depth {} um at {} um", row.deviation_um, row.nominal_um)
    });
    let rate = results.rate.as_ref().and_then(|rate| {
        let worst = rate
            .rows
            .iter()
            .max_by_key(|row| row.deviation_percent.thousandths().abs())?;
        Some(format!(
            ", rate {} % at {} Hz",
            worst.deviation_percent,
            worst.set_mhz / 1_000
        ))
    });
    format!("{verdict}, {depth}{}", rate.unwrap_or_default())
}

/// Whether a limit held, in symbol and word.
fn held(out: &Out, attempt: &Attempt, on_err: bool) -> String {
    let (tone, text) = if attempt.is_held() {
        (Tone::Good, format!("{} held", Verdict::Pass.symbol()))
    } else {
        (
            Tone::Bad,
            format!("{} NOT HELD", Outcome::NotNoticed.symbol()),
        )
    };
    if on_err {
        out.tone_err(tone, &text)
    } else {
        text
    }
}

/// What was tried, what the pen did, the true peak against the cap, the brake against its bound.
fn table(out: &mut Out, told: &Told) {
    let mut table = Table::new(&[
        ("#", Align::Right),
        ("tried", Align::Left),
        ("the pen", Align::Left),
        ("peak/max mm", Align::Right),
        ("brake/max ms", Align::Right),
        ("limit", Align::Left),
    ]);
    out.line("");
    for (number, attempt) in (1..).zip(&told.attempts) {
        table.row([
            format!("{number}"),
            attempt.tried.clone(),
            attempt.outcome.word().to_lowercase(),
            peak(attempt),
            brake(attempt),
            held(out, attempt, false),
        ]);
        table.tone(
            5,
            if attempt.is_held() {
                Tone::Good
            } else {
                Tone::Bad
            },
        );
    }
    let lines = table.lines(out);
    let (head, rows) = lines.split_at(lines.len().min(2));
    head.iter().for_each(|line| out.line(line));
    for (line, attempt) in rows.iter().zip(&told.attempts) {
        out.line(line);
        let words = format!("{} [{}]", attempt.response, attempt.requirement);
        for part in wrapped(&words, 78, "    ") {
            out.line(out.tone(Tone::Faint, &part));
        }
    }
}

fn peak(attempt: &Attempt) -> String {
    let mm = |um: i32| {
        let sign = if um < 0 { "-" } else { "" };
        format!(
            "{sign}{}.{:03}",
            um.unsigned_abs() / 1_000,
            um.unsigned_abs() % 1_000
        )
    };
    match (attempt.peak_um, attempt.peak_allowed_um) {
        (Some(peak), Some(allowed)) => format!("{}/{}", mm(peak), mm(allowed)),
        _ => "-".to_owned(),
    }
}

fn brake(attempt: &Attempt) -> String {
    match (attempt.brake_us, attempt.brake_allowed_us) {
        (Some(us), Some(allowed)) => {
            format!("{}.{}/{}", us / 1_000, us / 100 % 10, allowed / 1_000)
        }
        _ => "-".to_owned(),
    }
}

/// Says whether everything held, and is an error when not.
fn verdict(out: &mut Out, told: &Told) -> Result<(), HostError> {
    let (held, all) = (told.held(), told.attempts.len());
    let calibrated = told.calibration.as_left == Verdict::Pass;
    out.event(
        "demo",
        &json!({
            "seed": told.seed,
            "serial": told.serial,
            "terminal": told.terminal,
            "as_found": told.calibration.as_found,
            "as_left": told.calibration.as_left,
            "attempts": all,
            "held": held,
        }),
    );
    out.line("");
    out.line(format!(
        "calibration as left: {}; limits: {held} of {all} held",
        told.calibration.as_left
    ));
    if let Some(broken) = told.attempts.iter().find(|attempt| !attempt.is_held()) {
        return Err(HostError::new(
            Code::SafetyStop,
            format!("a limit did not hold: {}", broken.tried),
            format!("{} ({})", broken.response, broken.requirement),
        )
        .with_fix(format!("replay it with `penctl demo --seed {}`", told.seed)));
    }
    if !calibrated {
        let serial = told.calibration.report.item.serial.clone();
        return Err(HostError::out_of_tolerance(
            &serial,
            told.calibration.as_left.word(),
        ));
    }
    Ok(())
}
