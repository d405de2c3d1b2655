//! `penctl monitor`: one picture of the pen after another.

use std::time::Duration;

use clap::Args;
use pen_protocol::messages::TelemetryFrame;

use crate::cli::Context;
use crate::client::Client;
use crate::clock;
use crate::error::HostError;
use crate::out::Out;
use crate::words;

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
}

pub(crate) fn run(args: &MonitorArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let patience = context.patience().0 + Duration::from_millis(u64::from(args.period));
    client.stream(args.period)?;
    let ended = follow(args, &mut client, &mut context.out, patience);
    // A pen that is gone needs no word that the stream is over.
    let closed = client.stream(0);
    ended.and(closed)?;
    // Ctrl-C is how it ends; whoever else asks for it is told that it obeyed.
    match clock::ended_by() {
        None | Some(clock::Signal::Interrupt) => Ok(()),
        Some(signal) => Err(HostError::ended_by(signal, "the monitor")),
    }
}

fn follow(
    args: &MonitorArgs,
    client: &mut Client,
    out: &mut Out,
    patience: Duration,
) -> Result<(), HostError> {
    let until = args
        .duration
        .map(|seconds| client.now() + Duration::from_secs(seconds));
    let redraw = out.may_redraw();
    let mut shown = 0_u64;
    let mut drawn = 0;
    while !clock::interrupted() && !out.is_gone() {
        if args.count.is_some_and(|count| shown >= count)
            || until.is_some_and(|until| client.now() >= until)
        {
            break;
        }
        let Some(picture) = next(client, patience)? else {
            continue;
        };
        shown += 1;
        let mut body = super::status::event(&picture.status);
        body["dropped"] = picture.dropped.into();
        out.event("telemetry", &body);
        if redraw {
            drawn = draw(out, &picture, drawn);
        } else {
            if shown == 1 {
                out.line(heading());
            }
            out.line(line(&picture));
        }
    }
    Ok(())
}

/// The next picture, in slices so that Ctrl-C is heard.
fn next(client: &mut Client, patience: Duration) -> Result<Option<TelemetryFrame>, HostError> {
    let until = client.now() + patience;
    while client.now() < until {
        if clock::interrupted() {
            return Ok(None);
        }
        if let Some(picture) = client.next_picture(Duration::from_millis(100))? {
            return Ok(Some(picture));
        }
    }
    let waited = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    Err(HostError::timeout("telemetry", waited))
}

fn heading() -> String {
    format!(
        "{:>9} {:<14} {:>9} {:>8} {:>8} {:>7} {:>7} fault",
        "time", "mode", "depth", "cap", "rate", "current", "strokes"
    )
}

fn line(picture: &TelemetryFrame) -> String {
    let status = &picture.status;
    let dash = || "-".to_owned();
    let ms = status.at.as_us() / 1_000;
    format!(
        "{:>9} {:<14} {:>9} {:>8} {:>8} {:>7} {:>7} {}",
        format!("{}.{:03}", ms / 1_000, ms % 1_000),
        words::mode(status.mode).0,
        status.depth.map_or_else(dash, words::depth),
        status.cap.map_or_else(dash, |cap| words::depth(cap.value)),
        words::rate(status.rate),
        words::current(status.current),
        status.strokes.as_count(),
        status
            .fault
            .map_or_else(dash, |trip| words::fault(trip.fault).name.to_owned()),
    )
}

/// Draws the picture over the one before and returns how many lines it has.
fn draw(out: &mut Out, picture: &TelemetryFrame, before: usize) -> usize {
    if before > 0 {
        out.raw(&format!("\u{1b}[{before}A\u{1b}[J"));
    }
    let mut rows = super::status::rows(&picture.status, out);
    let ms = picture.status.at.as_us() / 1_000;
    rows.push(("time", format!("{}.{:03} s", ms / 1_000, ms % 1_000)));
    rows.push((
        "dropped",
        format!("{} pictures; Ctrl-C ends", picture.dropped),
    ));
    crate::out::pairs(out, &rows);
    rows.len()
}
