//! `penctl status`: what the pen does now.

use clap::Args;
use pen_core::status::Status;

use crate::cli::Context;
use crate::error::HostError;
use crate::json::plain;
use crate::out::{self, Out, Tone};
use crate::words;

/// Arguments of `status`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct StatusArgs {}

pub(crate) fn run(_: &StatusArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let status = client.status()?;
    let out = &mut context.out;
    out.event("status", &event(&status));
    let rows = rows(&status, out);
    out::pairs(out, &rows);
    for lock in status.locks.iter() {
        let (name, fix) = words::lock(lock);
        out.say(format!("locked by {name}: {fix}"));
    }
    Ok(())
}

/// The picture for scripts; the locks by name as well.
pub(crate) fn event(status: &Status) -> serde_json::Value {
    let locked_by: Vec<&str> = status
        .locks
        .iter()
        .map(|lock| words::lock(lock).0)
        .collect();
    serde_json::json!({ "status": plain(status), "locked_by": locked_by })
}

/// The picture as names and values.
pub(crate) fn rows(status: &Status, out: &Out) -> Vec<(&'static str, String)> {
    let mut rows = state(status, out);
    rows.extend(drive(status));
    rows.extend(work(status));
    rows
}

fn state(status: &Status, out: &Out) -> Vec<(&'static str, String)> {
    let (mode, meaning) = words::mode(status.mode);
    let fault = status.fault.map_or_else(
        || "none".to_owned(),
        |trip| out.tone(Tone::Bad, &words::trip(&trip)),
    );
    vec![
        (
            "mode",
            format!("{} ({meaning})", out.tone(Tone::Strong, mode)),
        ),
        ("locks", words::locks(status.locks)),
        ("fault", fault),
    ]
}

fn drive(status: &Status) -> Vec<(&'static str, String)> {
    let channel = |depth: Option<_>| depth.map_or_else(|| "-".to_owned(), words::depth);
    let cap = status.cap.map_or_else(
        || "-".to_owned(),
        |cap| {
            format!(
                "{}, set by the {}",
                words::depth(cap.value),
                words::source(cap.by)
            )
        },
    );
    let depth = format!(
        "{} (A {}, B {})",
        channel(status.depth),
        channel(status.depth_a),
        channel(status.depth_b)
    );
    let motor = format!(
        "{}, duty {}.{:02} %, held back by {}",
        words::current(status.current),
        status.duty / 100,
        status.duty % 100,
        words::limiting(status.limiting)
    );
    let needles = if status.parked {
        "inside"
    } else {
        "may be out"
    };
    vec![
        ("depth", depth),
        ("cap", cap),
        (
            "rate",
            format!(
                "{}, set {}",
                words::rate(status.rate),
                words::rate(status.rate_set)
            ),
        ),
        ("motor", motor),
        ("battery", words::voltage(status.battery)),
        ("needles", needles.to_owned()),
    ]
}

fn work(status: &Status) -> Vec<(&'static str, String)> {
    let none = || "none".to_owned();
    let cartridge = status
        .cartridge
        .map_or_else(none, |id| format!("{id}, {} needles", status.needles));
    let plan = match (status.plan, status.zone) {
        (0, _) => none(),
        (plan, None) => plan.to_string(),
        (plan, Some(zone)) => format!("{plan}, zone {}", zone + 1),
    };
    let session = match status.session {
        0 => none(),
        session => format!(
            "{session}, motor on {}, {} strokes",
            words::span(status.on),
            status.strokes.as_count()
        ),
    };
    let staged = status
        .staged
        .map_or_else(none, |digest| format!("{digest:08x}"));
    vec![
        ("cartridge", cartridge),
        ("plan", plan),
        ("session", session),
        (
            "calibration",
            format!("generation {}, staged: {staged}", status.generation),
        ),
    ]
}
