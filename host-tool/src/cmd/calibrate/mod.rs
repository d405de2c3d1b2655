//! `penctl calibrate`: depth and rate against a gauge, step by step, with a report.

mod hands_free;
mod instruments;
mod paper;
mod subject;
mod terminal;
mod told;
mod undo;

pub(crate) use paper::Paper;
pub(crate) use told::{tell, verdict};

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::Context;
use crate::client::Client;
use crate::cmd::keep::{self, Keep};
use crate::cmd::records::StoreArgs;
use crate::error::HostError;
use crate::link::Target;
use crate::link::sim::SimStage;
use crate::metrology::Verdict;
use crate::procedure::{
    Adjust, Answers, Bench, Decides, Desk, Nobody, Outcome, Points, Progress, PromptBench, Replay,
    Settings, SimBench, Subject, calibrate_kept, template,
};
use crate::report::Results;
use crate::words;

/// Arguments of `calibrate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Steps: prepare, as found, decide, adjust, as left, report. Whatever ends it
early (Esc, Ctrl-C, a closed input, a pulled cable) stops the motor and
discards what was staged: the pen keeps what it had. What was committed is
unverified, and the pen treats nobody with it, until it passes as left: go on
with --resume, calibrate again, or return with `penctl calibrate undo`.

On a simulated pen gauge, tachometer and hands are simulated too. On a real
one the program asks for each reading and judges it as it is typed: against
the ring's setting, what the pen says, and the readings before. A doubtful one
is asked again; `620 because the scale slipped, read twice` keeps it, and the
reason stands on the report. `u` goes back, `r` repeats a point, `?` explains.

A gauge, tachometer or meter that sends its readings (--gauge, --tachometer,
--meter) is asked, or its data key is waited for; what it sends is judged as if
it were typed.

Who answers, one rule: the file of --answers, if there is one; else --yes, but
only whether a new calibration may come into force; else the person at the
terminal. If none of them can, it ends with exit code 2 before the first
measurement. A pen that passes is left alone unless --adjust always is given. A
plain pass is signed off, whatever --adjust says: also never; only `verify` and
`current` sign nothing off.

Options stand behind the word: `penctl calibrate verify --points short`, but
those of every command also before `calibrate`.

Examples:
  penctl --port sim: --yes calibrate
  penctl calibrate --points short
  penctl calibrate verify
  penctl calibrate rate --adjust always
  penctl calibrate --gauge /dev/ttyUSB0:opto --tachometer /dev/ttyACM1
  penctl calibrate --gauge keyboard:mm
  penctl calibrate --template > answers.txt
  penctl calibrate --answers answers.txt
  penctl calibrate --customer 'Clinic North' --condition complete --pdf

Exit code 3 when a point as left is not a plain pass.")]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CalibrateArgs {
    #[command(subcommand)]
    command: Option<CalibrateCommand>,
    #[command(flatten)]
    whole: WholeArgs,
}

/// Of a calibration of depth and rate.
#[derive(Clone, Debug, Args)]
struct WholeArgs {
    #[command(flatten)]
    adjust: AdjustArgs,
    /// Days until the owner wants the next calibration
    #[arg(long, default_value_t = 365, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
    due: u16,
    #[command(flatten)]
    measure: MeasureArgs,
}

/// Of a calibration of depth or rate.
#[derive(Clone, Debug, Args)]
struct PartArgs {
    #[command(flatten)]
    adjust: AdjustArgs,
    #[command(flatten)]
    measure: MeasureArgs,
}

#[derive(Clone, Debug, Args)]
struct AdjustArgs {
    /// When to adjust: auto (unless as found is a plain pass), always or never
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    adjust: Adjust,
}

/// Of every measurement.
#[derive(Clone, Debug, Args)]
struct MeasureArgs {
    /// Which points: full (63 readings as found) or short (38, with a larger uncertainty)
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "POINTS",
        hide_possible_values = true
    )]
    points: Points,
    /// Repeats at each point and direction [default: 3, short 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=10))]
    repeats: Option<u8>,
    /// Who measures, by number
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    technician: u32,
    /// Check the motor current, too, with a meter in the motor's lead (`calibrate current` always does)
    #[arg(long)]
    current: bool,
    /// Take the answers from FILE instead of asking
    #[arg(long, value_name = "FILE")]
    answers: Option<String>,
    /// Go on with a run that was ended early: its number, as `penctl history SERIAL --runs` shows it
    #[arg(long, value_name = "RUN", value_parser = clap::value_parser!(i64).range(1..))]
    resume: Option<i64>,
    /// Print a commented file for --answers and end
    #[arg(long, conflicts_with = "answers")]
    template: bool,
    /// Write calibration.html, calibration.json (and calibration.pdf) into DIR [default: calibration-SERIAL, or
    /// calibration-SERIAL-2 and so on where that is taken]
    #[arg(long, value_name = "DIR")]
    out: Option<String>,
    #[command(flatten)]
    instruments: instruments::InstrumentArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    paper: paper::PaperArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum CalibrateCommand {
    /// Calibrates depth and rate: what `calibrate` alone does
    #[command(after_help = subject::ALL)]
    All(WholeArgs),
    /// Adjusts the depth tables; the clock stays and is checked
    #[command(after_help = subject::DEPTH)]
    Depth(PartArgs),
    /// Adjusts the clock; the depth tables stay and are checked
    #[command(after_help = subject::RATE)]
    Rate(PartArgs),
    /// Measures the motor current, checks depth and rate, adjusts nothing, signs nothing off
    #[command(after_help = subject::CURRENT)]
    #[command(
        mut_arg("current", |arg| arg.hide(true)),
        mut_arg("points", |arg| arg.help("Which points: full (33 readings) or short (24)"))
    )]
    Current(MeasureArgs),
    /// Measures depth and rate, adjusts nothing, signs nothing off
    #[command(after_help = subject::VERIFY)]
    Verify(MeasureArgs),
    /// Returns to the calibration before the one in force
    #[command(after_help = undo::HELP)]
    Undo(undo::UndoArgs),
}

impl CalibrateArgs {
    /// What is asked for; nothing when that is no measurement.
    fn asked(&self) -> Option<(Settings, &MeasureArgs)> {
        // A part never changes the day on which the pen is due.
        let usual = Settings::default();
        let (subject, adjust, due_in_days, args) = match &self.command {
            None => {
                let WholeArgs {
                    adjust,
                    due,
                    measure,
                } = &self.whole;
                (Subject::All, adjust.adjust, *due, measure)
            }
            Some(CalibrateCommand::All(args)) => {
                (Subject::All, args.adjust.adjust, args.due, &args.measure)
            }
            Some(CalibrateCommand::Depth(args)) => {
                let adjust = args.adjust.adjust;
                (Subject::Depth, adjust, usual.due_in_days, &args.measure)
            }
            Some(CalibrateCommand::Rate(args)) => {
                let adjust = args.adjust.adjust;
                (Subject::Rate, adjust, usual.due_in_days, &args.measure)
            }
            Some(CalibrateCommand::Verify(args)) => {
                (Subject::Verify, Adjust::Never, usual.due_in_days, args)
            }
            Some(CalibrateCommand::Current(args)) => {
                (Subject::Current, Adjust::Never, usual.due_in_days, args)
            }
            Some(CalibrateCommand::Undo(_)) => return None,
        };
        let settings = Settings {
            subject,
            // Where it is the subject it is not checked beside another.
            current: args.current && subject != Subject::Current,
            adjust,
            points: args.points,
            repeats: args.repeats.unwrap_or(args.points.repeats()),
            technician: args.technician,
            due_in_days,
        };
        Some((settings, args))
    }
}

pub(crate) fn run(args: &CalibrateArgs, context: &mut Context) -> Result<(), HostError> {
    if let Some(CalibrateCommand::Undo(args)) = &args.command {
        return undo::run(args, context);
    }
    args.asked()
        .map_or(Ok(()), |(settings, args)| measure(&settings, args, context))
}

/// Measures, and adjusts what the settings say.
fn measure(
    settings: &Settings,
    args: &MeasureArgs,
    context: &mut Context,
) -> Result<(), HostError> {
    if args.template {
        let text = template(settings, args.instruments.asks());
        context.out.event("template", &json!({ "text": text }));
        context.out.raw(&text);
        return Ok(());
    }
    let target = context.target()?;
    args.instruments
        .check(&target, settings, args.answers.is_some())?;
    let desk = desk(args)?;
    let sure = context.is_sure();
    let (mut client, mut bench): (Client, Box<dyn Bench>) = match &target {
        Target::Sim(seed) => {
            let stage = SimStage::new(*seed)?;
            let bench = SimBench::new(stage.clone(), *seed, Decides::Asked(desk, sure));
            (context.greet(Box::new(stage.link()))?, Box::new(bench))
        }
        Target::Serial(_) | Target::Tcp(_) => {
            let today = crate::clock::believable_today()?;
            let [gauge, tachometer, meter] = args.instruments.open(context.patience_of_links())?;
            let bench = PromptBench::new(desk, sure, today)
                .with_instruments(gauge, tachometer)
                .with_meter(meter);
            (context.connect_to(&target)?, Box::new(bench))
        }
    };
    let paper = args.paper.paper(&context.settings.config, bench.today())?;
    // Where report and records go is known to be sound before anybody is asked anything.
    let folder = keep::folder(args.out.as_deref(), &words::serial(client.hello().serial))?;
    let mut keep = Keep::open(&args.store, &mut client, args.resume)?;
    let replay = Replay::of(&keep.earlier()?);
    let stays = if settings.subject.is_part() {
        let in_force = client.status()?.generation;
        let began_with = replay.began_with().unwrap_or(in_force);
        keep.stays(began_with, settings.subject)?
    } else {
        None
    };
    let mut log = keep.log()?;
    told::say_points(settings, bench.as_ref(), &mut context.out);
    let outcome = {
        let out = &mut context.out;
        let mut listener = |progress: &Progress<'_>| tell(out, progress);
        let (client, bench) = (&mut client, bench.as_mut());
        calibrate_kept(client, bench, settings, &mut listener, &mut log, replay)
    };
    let is_pdf = paper.is_pdf;
    let outcome = outcome.and_then(|mut outcome| {
        outcome.report.notes.extend(stays);
        keep::finish(&mut log, &mut outcome, paper, &mut client, &folder)?;
        Ok(outcome)
    });
    let outcome = outcome.inspect_err(|_| told::say_resume(settings, &mut log, &context.out))?;
    finish(&outcome, &folder, is_pdf, context)
}

/// The command with these settings, those that are usual left out.
fn again(settings: &Settings) -> String {
    let mut command = match settings.subject {
        Subject::All => "calibrate",
        Subject::Depth => "calibrate depth",
        Subject::Rate => "calibrate rate",
        Subject::Current => "calibrate current",
        Subject::Verify => "calibrate verify",
    }
    .to_owned();
    let usual = Settings::default();
    if settings.current {
        command.push_str(" --current");
    }
    if settings.points != usual.points {
        command.push_str(&format!(" --points {}", settings.points.name()));
    }
    if settings.repeats != settings.points.repeats() {
        command.push_str(&format!(" --repeats {}", settings.repeats));
    }
    if settings.technician != usual.technician {
        command.push_str(&format!(" --technician {}", settings.technician));
    }
    if settings.subject.is_adjustable() && settings.adjust != usual.adjust {
        command.push_str(&format!(" --adjust {}", settings.adjust.name()));
    }
    if settings.due_in_days != usual.due_in_days {
        command.push_str(&format!(" --due {}", settings.due_in_days));
    }
    command
}

/// Where answers come from.
fn desk(args: &MeasureArgs) -> Result<Box<dyn Desk>, HostError> {
    if let Some(path) = &args.answers {
        let answers = Answers::of(path, &crate::text::read(path)?)?.telling(terminal::tell);
        return Ok(if args.instruments.are_given() {
            Box::new(hands_free::HandsFree(answers))
        } else {
            Box::new(answers)
        });
    }
    Ok(match terminal::Terminal::open() {
        Some(terminal) => Box::new(terminal),
        None => Box::new(Nobody),
    })
}

fn finish(
    outcome: &Outcome,
    folder: &Path,
    is_pdf: bool,
    context: &mut Context,
) -> Result<(), HostError> {
    let serial = outcome.report.item.serial.clone();
    let page = keep::page_in(folder);
    let out = &mut context.out;
    out.event(
        "calibrated",
        &json!({
            "serial": serial,
            "subject": outcome.subject.name(),
            "as_found": outcome.as_found,
            "as_left": outcome.as_left,
            "generation": outcome.generation,
            "certificate": outcome.report.id,
            "report": page,
            "pdf": is_pdf.then(|| keep::pdf_in(folder)),
        }),
    );
    out.line(format!(
        "as found: {}   as left: {}   generation {} in force",
        verdict(out, outcome.as_found),
        verdict(out, outcome.as_left),
        outcome.generation
    ));
    out.line(format!("report {}: {page}", outcome.report.id));
    if is_pdf {
        out.line(format!("as PDF: {}", keep::pdf_in(folder)));
    }
    if outcome.as_left == Verdict::Pass {
        return Ok(());
    }
    let as_left = &outcome.report.as_left;
    let others = Results {
        current: None,
        ..as_left.clone()
    };
    Err(if as_left.measured() != Verdict::Pass {
        let error = HostError::out_of_tolerance(&serial, outcome.as_left.word());
        if others.measured() == Verdict::Pass {
            // What the pen keeps no correction of cannot be adjusted.
            error.with_fix(
                "only the motor current is no plain pass: measure it again with more repeats or a better meter; a pen \
                 that is out of tolerance there is repaired",
            )
        } else {
            error
        }
    } else if as_left.rate.is_none() {
        HostError::not_attested(
            &serial,
            "its rate was not measured",
            "calibrate it with the motor able to turn: the pen has to tell a depth first, as with --adjust \
             always",
        )
    } else {
        HostError::not_attested(
            &serial,
            "an instrument had no valid certificate",
            "calibrate again with instruments whose certificates are valid",
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{again, finish, run};
    use crate::cli::Context;
    use crate::metrology::Verdict;
    use crate::out::{Out, Style};
    use crate::procedure::{Outcome, Subject};
    use crate::report::sample;

    #[test]
    fn a_pen_in_tolerance_is_not_called_out_of_it_for_its_certificate() {
        let folder = std::path::PathBuf::from("calibration");
        for (is_reserved, has_rate, word) in [
            (true, true, "certificate"),
            (true, false, "rate"),
            (false, true, "not in tolerance as left"),
        ] {
            let mut report = sample::calibration();
            report.as_left.is_reserved = is_reserved;
            report.as_left.depth.verdict = if is_reserved {
                Verdict::Pass
            } else {
                Verdict::ConditionalPass
            };
            report.as_left.rate = report.as_left.rate.filter(|_| has_rate);
            if let Some(rate) = &mut report.as_left.rate {
                rate.verdict = Verdict::Pass;
            }
            let outcome = Outcome {
                report,
                subject: Subject::All,
                as_found: Verdict::ConditionalPass,
                as_left: Verdict::ConditionalPass,
                generation: 2,
            };
            let mut context = Context::of(&["penctl", "--quiet", "calibrate"]);
            let error = finish(&outcome, &folder, false, &mut context).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(word), "{is_reserved} {has_rate}: {text}");
            assert_eq!(text.contains("not in tolerance"), !is_reserved, "{text}");
            assert_eq!(text.contains("adjust and measure"), !is_reserved, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_adjusted_is_said_when_only_the_current_is_no_pass() {
        for (depth, is_alone) in [(Verdict::Pass, true), (Verdict::Fail, false)] {
            let mut report = sample::calibration();
            report.as_left.depth.verdict = depth;
            if let Some(rate) = &mut report.as_left.rate {
                rate.verdict = Verdict::Pass;
            }
            report.as_left.current.as_mut().unwrap().verdict = Verdict::Fail;
            let outcome = Outcome {
                report,
                subject: Subject::All,
                as_found: Verdict::Fail,
                as_left: Verdict::Fail,
                generation: 2,
            };
            let mut context = Context::of(&["penctl", "--quiet", "calibrate"]);
            let folder = std::path::PathBuf::from("calibration");
            let error = finish(&outcome, &folder, false, &mut context).unwrap_err();
            let is_told = error
                .fix
                .starts_with("only the motor current is no plain pass");
            assert_eq!(is_told, is_alone, "{error:?}");
        }
    }

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        args: super::CalibrateArgs,
    }

    #[test]
    fn the_way_on_repeats_what_was_asked_for() {
        for (line, expected) in [
            ("calibrate", "calibrate"),
            ("calibrate all --due 30", "calibrate --due 30"),
            ("calibrate --repeats 3", "calibrate"),
            (
                "calibrate verify --points short",
                "calibrate verify --points short",
            ),
            (
                "calibrate rate --adjust always --repeats 10 --technician 7",
                "calibrate rate --repeats 10 --technician 7 --adjust always",
            ),
            (
                "calibrate current --points short --current",
                "calibrate current --points short",
            ),
            (
                "calibrate rate --adjust always --current",
                "calibrate rate --current --adjust always",
            ),
            (
                "calibrate depth --adjust never --points short --repeats 3",
                "calibrate depth --points short --repeats 3 --adjust never",
            ),
        ] {
            let typed = Typed::try_parse_from(line.split(' ')).unwrap();
            let settings = typed.args.asked().unwrap().0;
            assert_eq!(again(&settings), expected, "{line}");
            let typed = Typed::try_parse_from(expected.split(' ')).unwrap();
            assert_eq!(typed.args.asked().unwrap().0, settings, "{line}");
        }
    }

    #[test]
    fn a_calibration_says_what_it_does_and_keeps_its_report() {
        let folder = std::env::temp_dir().join(format!("penctl-run-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (store, page) = (at("r.db"), at("page"));
        let line = ["calibrate", "--points", "short", "--adjust", "always"];
        let typed =
            line.into_iter()
                .chain(["--store", &store, "--out", &page, "--condition", "complete"]);
        let typed = Typed::try_parse_from(typed).unwrap();
        let mut context = Context::of(&["penctl", "--port", "sim:5", "--yes", "calibrate"]);
        let (out, heard) = Out::heard(Style::default());
        context.out = out;
        run(&typed.args, &mut context).unwrap();
        let (out, err) = (heard.out(), heard.err());
        for part in [
            "points short: 38 readings",
            "[1/6] ",
            "[6/6] ",
            "generation 2 is in force",
        ] {
            assert!(err.contains(part), "{part}: {err}");
        }
        for part in ["as found ", "as left ", "parameter ", "verdict", "report "] {
            assert!(out.contains(part), "{part}: {out}");
        }
        assert!(folder.join("page/calibration.html").is_file());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_a_plain_pass_as_left_ends_with_zero() {
        let folder = std::path::PathBuf::from("calibration");
        for as_found in Verdict::ALL {
            for as_left in Verdict::ALL {
                let outcome = Outcome {
                    report: sample::calibration(),
                    subject: Subject::All,
                    as_found,
                    as_left,
                    generation: 2,
                };
                let mut context = Context::of(&["penctl", "--quiet", "calibrate"]);
                let ended = finish(&outcome, &folder, false, &mut context);
                let code = ended.map_or_else(|error| error.exit_code(), |()| 0);
                let expected = if as_left == Verdict::Pass { 0 } else { 3 };
                assert_eq!(code, expected, "{as_found:?} {as_left:?}");
            }
        }
    }
}
