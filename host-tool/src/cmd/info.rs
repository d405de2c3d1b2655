//! `penctl info`: who the pen is and how its storage and link are.

use clap::Args;
use pen_core::calibration::Calibration;
use pen_core::limits::CAL_GRACE_DAYS;
use pen_core::locks::Lock;
use pen_core::status::Status;
use pen_protocol::messages::{InfoReply, StorageState, Which};

use crate::cli::Context;
use crate::clock;
use crate::error::HostError;
use crate::json::{plain, snake_name};
use crate::out::{self, Tone};
use crate::procedure;
use crate::words;

/// A calibration that is due within so many days is told of.
const SOON: u16 = 14;

/// Arguments of `info`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct InfoArgs {}

pub(crate) fn run(_: &InfoArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let hello = *client.hello();
    let info = client.info()?;
    let calibration = client.calibration(Which::Current)?.found;
    let calibration = calibration.map(|found| found.calibration);
    let status = client.status()?;
    let day = clock::day_at(&client.link_name()).max(client.session()?.day);
    let out = &mut context.out;
    out.event(
        "info",
        &serde_json::json!({
            "port": client.link_name(),
            "model": hello.model.as_str(),
            "protocol": hello.version,
            "schema_hash": format!("{:08x}", hello.schema),
            "read_only": client.mismatch().is_some(),
            "info": plain(&info),
            "calibration": calibration.map(|it| serde_json::json!({
                "generation": it.generation,
                "verified": !status.locks.has(Lock::Unverified),
                "technician": it.technician,
                "made": words::date(it.made_day),
                "due": words::date(it.due_day),
                "overdue": day > it.due_day,
                "clock_ppm": it.clock_ppm,
            })),
        }),
    );
    let class = info
        .class
        .map_or_else(|| "none: no usable profile".into(), |it| name(&it));
    let depth = info
        .mechanism
        .map_or_else(|| "unknown".into(), |it| name(&it));
    out::pairs(
        out,
        &[
            ("pen", words::serial(info.serial)),
            ("model", hello.model.to_string()),
            ("firmware", info.firmware.to_string()),
            ("class", class),
            ("depth set by", depth),
            (
                "protocol",
                format!("{} (schema {:08x})", hello.version, hello.schema),
            ),
            ("port", client.link_name()),
            ("started by", name(&info.reset).replace('_', " ")),
            ("up for", uptime(&info)),
        ],
    );
    out.line("");
    force(out, calibration.as_ref(), &status, day);
    out.line("");
    storage(out, &info.storage);
    out.line("");
    link(out, &info);
    Ok(())
}

/// The calibration in force.
fn force(out: &mut out::Out, calibration: Option<&Calibration>, status: &Status, day: u16) {
    let Some(it) = calibration else {
        let none = out.tone(
            Tone::Bad,
            "none: the pen stays locked until it is calibrated",
        );
        out::pairs(out, &[("calibration", none)]);
        return;
    };
    let due = match due_in(it.due_day, day) {
        (Tone::Good, text) => text,
        (tone, text) => out.tone(tone, &text),
    };
    out::pairs(
        out,
        &[
            ("calibration", in_force(status, out)),
            (
                "made",
                format!(
                    "{} by technician {}",
                    words::date(it.made_day),
                    it.technician
                ),
            ),
            ("due", due),
            ("clock corrected by", format!("{} ppm", it.clock_ppm)),
        ],
    );
}

/// The generation in force; one that nobody signed off stands out.
pub(crate) fn in_force(status: &Status, out: &out::Out) -> String {
    let text = procedure::in_force(status);
    if status.locks.has(Lock::Unverified) {
        out.tone(Tone::Bad, &text)
    } else {
        text
    }
}

/// The due date, how far it is, and how that is meant.
pub(crate) fn due_in(due: u16, day: u16) -> (Tone, String) {
    let date = words::date(due);
    match due.checked_sub(day) {
        Some(left) if left > SOON => (Tone::Good, format!("{date}, in {left} days")),
        Some(left) => (
            Tone::Warn,
            format!("{date}, in {left} days: plan a calibration"),
        ),
        None => {
            let past = day - due;
            let grace = CAL_GRACE_DAYS.checked_sub(past);
            let then = grace.map_or_else(
                || "the pen refuses to treat".to_owned(),
                |left| format!("the pen treats for {left} more days"),
            );
            (Tone::Bad, format!("{date}, {past} days ago: {then}"))
        }
    }
}

fn name<T: std::fmt::Debug>(value: &T) -> String {
    snake_name(&format!("{value:?}"))
}

fn uptime(info: &InfoReply) -> String {
    let seconds = info.uptime.as_us() / 1_000_000;
    format!(
        "{} h {:02} min {:02} s",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn storage(out: &mut out::Out, storage: &StorageState) {
    let good = |out: &out::Out, problem: Option<String>| match problem {
        None => out.tone(Tone::Good, "ok"),
        Some(problem) => out.tone(Tone::Bad, &problem.replace('_', " ")),
    };
    let used = storage.used_cartridges.map_or_else(
        || out.tone(Tone::Bad, "the list cannot be trusted"),
        |count| count.to_string(),
    );
    let journal = match (storage.journal_breaks, storage.journal_lost) {
        (0, 0) => out.tone(Tone::Good, "ok"),
        (breaks, lost) => out.tone(Tone::Bad, &format!("{breaks} breaks, {lost} records lost")),
    };
    let mut rows = vec![
        (
            "limit profile",
            good(out, storage.profile.map(|defect| name(&defect))),
        ),
        (
            "calibration",
            good(out, storage.calibration.map(|defect| name(&defect))),
        ),
        (
            "session ledger",
            good(out, storage.ledger.map(|defect| name(&defect))),
        ),
        ("journal", journal),
        ("cartridges used", used),
    ];
    for (name, text) in notes(storage) {
        rows.push((name, out.tone(Tone::Warn, text)));
    }
    if let Some(error) = storage.write_error {
        rows.push((
            "last write",
            out.tone(Tone::Bad, &name(&error).replace('_', " ")),
        ));
    }
    out::pairs(out, &rows);
}

/// What the defects alone do not say: which generation is meant, and what ends the lock of a ledger.
fn notes(storage: &StorageState) -> Vec<(&'static str, &'static str)> {
    let mut notes = Vec::new();
    if storage.fell_back {
        let text = "the newest of a record that is named above is damaged, an older one is whole";
        notes.push(("note", text));
    }
    if storage.ledger.is_some() {
        let text = "restart the pen; if the ledger is not ok then, run `penctl calibrate` until the \
                    calibration is signed off, and restart it again";
        notes.push(("way out", text));
    }
    notes
}

fn link(out: &mut out::Out, info: &InfoReply) {
    let link = &info.link;
    let dropped = [
        link.bad_cobs,
        link.too_long,
        link.too_short,
        link.bad_crc,
        link.bad_version,
        link.unknown_kind,
        link.bad_payload,
        link.trailing_bytes,
        link.while_locked,
    ];
    let dropped: u32 = dropped
        .iter()
        .fold(0, |sum, count| sum.saturating_add(*count));
    out::pairs(
        out,
        &[
            ("frames answered", link.frames.to_string()),
            ("frames dropped", dropped.to_string()),
            ("repeats", link.repeats.to_string()),
            ("link locked", format!("{} times", link.locks)),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::{due_in, notes};
    use crate::out::Tone;
    use pen_core::journal::RecordDefect;
    use pen_protocol::messages::StorageState;

    #[test]
    fn conf_004_the_lock_of_a_ledger_is_told_with_its_way_out() {
        let mut storage = StorageState::default();
        assert_eq!(notes(&storage), []);
        storage.calibration = Some(RecordDefect::Corrupt);
        storage.fell_back = true;
        let named: Vec<&str> = notes(&storage).iter().map(|it| it.0).collect();
        assert_eq!(named, ["note"]);
        storage.ledger = Some(RecordDefect::Missing);
        storage.fell_back = false;
        let [("way out", text)] = notes(&storage)[..] else {
            panic!("{:?}", notes(&storage));
        };
        assert!(text.contains("signed off") && text.contains("restart"));
    }

    #[test]
    fn a_due_date_is_told_before_at_and_after_it() {
        for (due, tone, words) in [
            (2_600, Tone::Good, "2027-02-13, in 83 days"),
            (2_532, Tone::Good, "in 15 days"),
            (2_531, Tone::Warn, "in 14 days: plan a calibration"),
            (2_517, Tone::Warn, "in 0 days"),
            (
                2_516,
                Tone::Bad,
                "1 days ago: the pen treats for 29 more days",
            ),
            (
                2_487,
                Tone::Bad,
                "30 days ago: the pen treats for 0 more days",
            ),
            (2_486, Tone::Bad, "31 days ago: the pen refuses to treat"),
            (0, Tone::Bad, "the pen refuses to treat"),
        ] {
            let (found, text) = due_in(due, 2_517);
            assert_eq!(found, tone, "{text}");
            assert!(text.contains(words), "{text}");
        }
    }
}
