//! `penctl monitor`, `record` and `replay`: one picture of the pen after another.

mod app;
mod heat;
mod plain;
mod screen;
mod source;
mod view;

use std::time::Duration;

use crate::cli::Context;
use crate::clock;
use crate::error::HostError;
use crate::json::plain as json;
use crate::out::Out;
use crate::words;
use clap::Args;

use app::App;
use source::{Live, Picture, Replay, Source};

/// Arguments of `monitor`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct MonitorArgs {
    /// End after this many pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this many seconds of the pen's time
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    duration: Option<u64>,
    /// Time between two pictures, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u16).range(20..=10_000))]
    period: u16,
    /// No full screen: one line for each change, never redrawn
    #[arg(long)]
    plain: bool,
}

/// Arguments of `record`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecordArgs {
    /// The file to be made; `penctl replay` plays it
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    monitor: MonitorArgs,
}

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A file of `penctl record`, or of --trace with `monitor`
    #[arg(value_name = "FILE")]
    file: String,
    /// How many times faster than it was, 0.001 to 1000; 0 shows all at once
    #[arg(long, default_value_t = 1.0, value_name = "TIMES", value_parser = speed)]
    speed: f64,
    /// No full screen: one line for each change, never redrawn
    #[arg(long)]
    plain: bool,
}

/// Least and greatest speed of a replay, besides 0: an hour in 3.6 s, a second in 17 minutes.
const SPEED: std::ops::RangeInclusive<f64> = 0.001..=1_000.0;

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed == 0.0 || SPEED.contains(&speed) => Ok(speed),
        _ => Err(format!(
            "a number from {} to {}, or 0 for all at once",
            SPEED.start(),
            SPEED.end()
        )),
    }
}

pub(crate) fn run(args: &MonitorArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let patience = context.patience().0 + Duration::from_millis(u64::from(args.period));
    let mut app = App::new(words::serial(client.hello().serial), client.link_name());
    app.limits = Some(client.limits()?);
    let told = client.temperatures()?;
    if told.is_none() {
        app.untold = "not told by its firmware";
        let last = heat::newest(&mut client)?;
        if is_full_screen(*args, &context.out) {
            app.note(&last);
        } else {
            context.out.say(last);
        }
    }
    client.stream(args.period)?;
    let mut live = Live::new(client, patience, told);
    let ended = show(*args, &mut live, app, &mut context.out);
    // A pen that is gone needs no word that the stream is over.
    let closed = live.close();
    ended.and(closed)?;
    obeyed("the monitor")
}

pub(crate) fn record(args: &RecordArgs, context: &mut Context) -> Result<(), HostError> {
    context.record_to(&args.file)?;
    run(&args.monitor, context)?;
    context.out.say(format!(
        "{} is written; `penctl replay` plays it",
        args.file
    ));
    Ok(())
}

pub(crate) fn replay(args: &ReplayArgs, context: &mut Context) -> Result<(), HostError> {
    let mut replay = Replay::open(&args.file, args.speed)?;
    let args_of_monitor = MonitorArgs {
        count: None,
        duration: None,
        period: 200,
        plain: args.plain,
    };
    let mut app = App::new("recorded".into(), args.file.clone());
    app.untold = "not in this recording";
    show(args_of_monitor, &mut replay, app, &mut context.out)?;
    obeyed("the replay")
}

/// Ctrl-C is how it ends; whoever else asks for it is told that it obeyed.
fn obeyed(what: &str) -> Result<(), HostError> {
    match clock::ended_by() {
        None | Some(clock::Signal::Interrupt) => Ok(()),
        Some(signal) => Err(HostError::ended_by(signal, what)),
    }
}

fn is_full_screen(args: MonitorArgs, out: &Out) -> bool {
    out.may_redraw() && !args.plain
}

/// Shows the pictures in the way that fits: events, lines, changes, or the full screen.
fn show(
    args: MonitorArgs,
    source: &mut dyn Source,
    app: App,
    out: &mut Out,
) -> Result<(), HostError> {
    if is_full_screen(args, out) {
        return screen::run(args, source, app);
    }
    let mut before = None;
    let mut shown = 0;
    follow(args, source, out, &mut |picture, out| {
        let mut body = super::status::event(picture.status());
        body["dropped"] = picture.telemetry.dropped.into();
        body["temperatures"] = json(&picture.temperatures);
        out.event("telemetry", &body);
        shown += 1;
        if args.plain {
            let said = match &mut before {
                None => {
                    before = Some(*picture);
                    Some(plain::sentence(picture))
                }
                Some(told) => plain::changes(told, picture),
            };
            if let Some(line) = said {
                out.line(line);
            }
            return;
        }
        if shown == 1 {
            out.line(heading());
        }
        out.line(line(picture));
    })
}

fn follow(
    args: MonitorArgs,
    source: &mut dyn Source,
    out: &mut Out,
    each: &mut dyn FnMut(&Picture, &mut Out),
) -> Result<(), HostError> {
    let mut left = Left::new(args, source);
    while !clock::interrupted() && !out.is_gone() && left.any(source) {
        let Some(picture) = source.next(Duration::from_millis(100))? else {
            if source.is_over() {
                break;
            }
            continue;
        };
        left.shown += 1;
        each(&picture, out);
    }
    Ok(())
}

/// What is left to be shown.
struct Left {
    shown: u64,
    count: Option<u64>,
    until: Option<Duration>,
}

impl Left {
    fn new(args: MonitorArgs, source: &dyn Source) -> Self {
        let until = args
            .duration
            .map(|seconds| source.now() + Duration::from_secs(seconds));
        Self {
            shown: 0,
            count: args.count,
            until,
        }
    }

    fn any(&self, source: &dyn Source) -> bool {
        self.count.is_none_or(|count| self.shown < count)
            && self.until.is_none_or(|until| source.now() < until)
    }
}

fn heading() -> String {
    format!(
        "{:>9} {:<14} {:>9} {:>8} {:>8} {:>7} {:>7} {:>9} {:>10} fault",
        "time", "mode", "depth", "cap", "rate", "current", "strokes", "grip", "winding"
    )
}

fn line(picture: &Picture) -> String {
    let status = picture.status();
    let dash = || "-".to_owned();
    let told = picture.temperatures;
    let ms = status.at.as_us() / 1_000;
    format!(
        "{:>9} {:<14} {:>9} {:>8} {:>8} {:>7} {:>7} {:>9} {:>10} {}",
        format!("{}.{:03}", ms / 1_000, ms % 1_000),
        words::mode(status.mode).0,
        status.depth.map_or_else(dash, words::depth),
        status.cap.map_or_else(dash, |cap| words::depth(cap.value)),
        words::rate(status.rate),
        words::current(status.current),
        status.strokes.as_count(),
        told.map_or_else(dash, |it| heat::grip_column(&it)),
        told.and_then(|it| it.winding)
            .map_or_else(dash, words::temperature),
        status
            .fault
            .map_or_else(dash, |trip| words::fault(trip.fault).name.to_owned()),
    )
}

#[cfg(test)]
mod tests;
