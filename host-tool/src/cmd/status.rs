//! `penctl status`: what the pen does now.

use clap::Args;
use pen_core::limits::DISAGREE_SLOW_UM;
use pen_core::status::Status;
use pen_protocol::messages::Which;

use crate::cli::Context;
use crate::clock;
use crate::error::HostError;
use crate::json::plain;
use crate::out::{self, Out, Tone};
use crate::procedure;
use crate::words;

/// Arguments of `status`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct StatusArgs {}

pub(crate) fn run(_: &StatusArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let status = client.status()?;
    let calibration = client.calibration(Which::Current)?.found;
    let due = calibration.map(|found| found.calibration.due_day);
    let day = clock::day_at(&client.link_name()).max(client.session()?.day);
    let warnings = warnings(&status, due, day);
    let out = &mut context.out;
    let mut body = event(&status);
    body["warnings"] = warnings.clone().into();
    body["in_force"] = procedure::in_force(&status).into();
    out.event("status", &body);
    let rows = rows(&status, out);
    out::pairs(out, &rows);
    for lock in status.locks.iter() {
        let (name, fix) = words::lock(lock);
        out.say(format!("locked by {name}: {fix}"));
    }
    for warning in warnings {
        out.warn(warning);
    }
    Ok(())
}

/// What somebody should know although nothing is locked by it.
fn warnings(status: &Status, due: Option<u16>, day: u16) -> Vec<String> {
    let mut all = Vec::new();
    if let (Some(a), Some(b)) = (status.depth_a, status.depth_b) {
        let apart = a.as_um().abs_diff(b.as_um());
        // At rest nothing blurs the readings: the bound of the monitor for slow disagreement holds.
        let is_at_rest = status.rate.as_mhz() == 0 && status.duty == 0;
        if is_at_rest && apart > DISAGREE_SLOW_UM {
            all.push(format!(
                "the depth channels are {apart} um apart at rest, {DISAGREE_SLOW_UM} um are allowed: \
                 do not treat, calibrate the pen"
            ));
        }
    }
    if let Some(due) = due {
        let (tone, text) = super::info::due_in(due, day);
        if tone != Tone::Good {
            all.push(format!("the calibration is due {text}"));
        }
    }
    all
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
    rows.extend(work(status, out));
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

fn work(status: &Status, out: &Out) -> Vec<(&'static str, String)> {
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
            format!("{}, staged: {staged}", super::info::in_force(status, out)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use pen_core::units::{Depth, Rate};

    use super::warnings;
    use crate::client::{Client, Patience};
    use crate::link::sim::SimStage;

    #[test]
    fn channels_apart_at_rest_and_a_due_date_are_told() {
        let stage = SimStage::new(1).unwrap();
        let link = Box::new(stage.link());
        let mut client = Client::connect(link, Patience::default()).unwrap();
        let mut status = client.status().unwrap();
        assert_eq!(warnings(&status, Some(2_600), 2_517), [""; 0]);
        status.depth_a = Some(Depth::from_um(500));
        status.depth_b = Some(Depth::from_um(600));
        assert_eq!(warnings(&status, Some(2_600), 2_517), [""; 0]);
        for other in [399, 601, 898] {
            status.depth_b = Some(Depth::from_um(other));
            let told = warnings(&status, Some(2_600), 2_517);
            let apart = format!("{} um apart at rest", other.abs_diff(500));
            assert!(told.len() == 1 && told[0].contains(&apart), "{told:?}");
        }
        // While it turns the two are read at different moments.
        status.rate = Rate::from_hz(100);
        assert_eq!(warnings(&status, Some(2_600), 2_517), [""; 0]);
        let due = warnings(&status, Some(2_500), 2_517);
        assert!(
            due.len() == 1 && due[0].contains("2026-11-05, 17 days ago"),
            "{due:?}"
        );
        assert_eq!(warnings(&status, None, 2_517), [""; 0]);
    }
}
