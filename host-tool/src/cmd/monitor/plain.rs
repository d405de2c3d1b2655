//! The accessible mode: one line a change, for a reader that speaks it or shows it in braille.
//!
//! The first line says everything, each later one only what has changed since it was said last. A
//! value that wavers about a step is not said again and again.

use pen_core::status::Status;

use super::heat;
use super::source::Picture;
use crate::words;

/// A depth that differs by so much is a change. Unit: um. Source: our choice, the noise of a
/// channel at rest is about a tenth of it.
const DEPTH_STEP_UM: i32 = 10;

/// A rate that differs by so much is a change. Unit: mHz. Source: our choice; regulation at rest of
/// the hand keeps within it.
const RATE_STEP_MHZ: u32 = 2_000;

/// Time of a picture.
fn at(status: &Status) -> String {
    let ms = status.at.as_us() / 1_000;
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// The picture in one line.
pub(super) fn sentence(picture: &Picture) -> String {
    let status = picture.status();
    let mut parts = vec![
        words::mode(status.mode).0.to_owned(),
        depth(status),
        format!("rate {}", words::rate(status.rate)),
        format!("needles {}", needles(status)),
        format!("held back by {}", words::limiting(status.limiting)),
    ];
    if let Some(cap) = cap(status) {
        parts.insert(2, cap);
    }
    parts.extend(picture.temperatures.iter().flat_map(heat::parts));
    if !status.locks.is_empty() {
        parts.push(locks(status));
    }
    parts.extend(fault(status));
    format!("{}: {}", at(status), parts.join(", "))
}

/// What has changed since it was told last, in one line; nothing if nothing has.
///
/// `told` becomes what has been told by now: what is not said is still compared with what was said.
pub(super) fn changes(told: &mut Picture, now: &Picture) -> Option<String> {
    let heat = heat::changes(&mut told.temperatures, now.temperatures);
    let (told, now) = (&mut told.telemetry.status, now.status());
    let mut parts = Vec::new();
    let mut say = |is_new: bool, text: String| {
        if is_new {
            parts.push(text);
        }
    };
    say(told.mode != now.mode, words::mode(now.mode).0.to_owned());
    say(
        told.fault != now.fault,
        fault(now).unwrap_or_else(|| "fault ended".to_owned()),
    );
    say(told.locks != now.locks, locks(now));
    let is_deeper = told.depth.is_some() != now.depth.is_some() || deeper(told, now);
    say(is_deeper, depth(now));
    say(
        told.cap != now.cap,
        cap(now).unwrap_or_else(|| "no cap in force".to_owned()),
    );
    let rate = told.rate.as_mhz().abs_diff(now.rate.as_mhz());
    let stands = (told.rate.as_mhz() == 0) != (now.rate.as_mhz() == 0);
    let is_faster = rate >= RATE_STEP_MHZ || stands;
    say(is_faster, format!("rate {}", words::rate(now.rate)));
    say(
        told.limiting != now.limiting,
        format!("held back by {}", words::limiting(now.limiting)),
    );
    say(
        told.parked != now.parked,
        format!("needles {}", needles(now)),
    );
    say(
        (told.session, told.zone) != (now.session, now.zone),
        place(now),
    );
    say(told.cartridge != now.cartridge, cartridge(now));
    parts.extend(heat);
    if parts.is_empty() {
        return None;
    }
    *told = Status {
        depth: if is_deeper { now.depth } else { told.depth },
        rate: if is_faster { now.rate } else { told.rate },
        ..*now
    };
    Some(format!("{}: {}", at(now), parts.join(", ")))
}

fn deeper(told: &Status, now: &Status) -> bool {
    let um = |status: &Status| status.depth.map_or(0, |it| it.as_um());
    um(told).abs_diff(um(now)) >= DEPTH_STEP_UM.unsigned_abs()
}

fn depth(status: &Status) -> String {
    status.depth.map_or_else(
        || "depth unknown".to_owned(),
        |it| format!("depth {}", words::depth(it)),
    )
}

fn cap(status: &Status) -> Option<String> {
    let cap = status.cap?;
    Some(format!(
        "cap {} by the {}",
        words::depth(cap.value),
        words::source(cap.by)
    ))
}

const fn needles(status: &Status) -> &'static str {
    if status.parked {
        "inside"
    } else {
        "may be out"
    }
}

fn locks(status: &Status) -> String {
    if status.locks.is_empty() {
        return "no lock".to_owned();
    }
    format!("locked by {}", words::locks(status.locks))
}

fn fault(status: &Status) -> Option<String> {
    let trip = status.fault?;
    Some(format!("fault {}", words::trip_numbers(&trip)))
}

fn place(status: &Status) -> String {
    match (status.session, status.zone) {
        (0, _) => "no session".to_owned(),
        (session, None) => format!("session {session}, no zone"),
        (session, Some(zone)) => format!("session {session}, zone {}", zone + 1),
    }
}

fn cartridge(status: &Status) -> String {
    status.cartridge.map_or_else(
        || "no cartridge".to_owned(),
        |id| format!("cartridge {id}, {} needles", status.needles),
    )
}
