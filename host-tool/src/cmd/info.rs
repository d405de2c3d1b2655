//! `penctl info`: who the pen is and how its storage and link are.

use clap::Args;
use pen_protocol::messages::{InfoReply, StorageState};

use crate::cli::Context;
use crate::error::HostError;
use crate::json::{plain, snake_name};
use crate::out::{self, Tone};
use crate::words;

/// Arguments of `info`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct InfoArgs {}

pub(crate) fn run(_: &InfoArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let hello = *client.hello();
    let info = client.info()?;
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
    storage(out, &info.storage);
    out.line("");
    link(out, &info);
    Ok(())
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
    if storage.fell_back {
        rows.push((
            "note",
            out.tone(Tone::Warn, "a damaged record was replaced by an older one"),
        ));
    }
    if let Some(error) = storage.write_error {
        rows.push((
            "last write",
            out.tone(Tone::Bad, &name(&error).replace('_', " ")),
        ));
    }
    out::pairs(out, &rows);
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
