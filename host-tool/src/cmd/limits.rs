//! `penctl limits`: the limits in force, and who set each.

use clap::Args;
use pen_protocol::messages::{AbsoluteLimits, LimitsReply};

use crate::cli::Context;
use crate::error::HostError;
use crate::json::plain;
use crate::out::{self, Align, Out, Table, Tone};
use crate::words;

/// Arguments of `limits`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LimitsArgs {}

pub(crate) fn run(_: &LimitsArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let limits = client.limits()?;
    let out = &mut context.out;
    out.event("limits", &serde_json::json!({ "limits": plain(&limits) }));
    device(out, &limits);
    out.line("");
    zones(out, &limits);
    Ok(())
}

fn device(out: &mut Out, limits: &LimitsReply) {
    let AbsoluteLimits {
        depth,
        rate_min,
        rate_max,
        session_on,
        session_elapsed,
        ..
    } = limits.absolute;
    let mut table = Table::new(&[
        ("limit", Align::Left),
        ("absolute", Align::Right),
        ("this device", Align::Right),
    ]);
    let profile = limits.profile;
    let own = |text: Option<String>| text.unwrap_or_else(|| "none".into());
    table.row([
        "depth".into(),
        words::depth(depth),
        own(profile.map(|it| words::depth(it.depth_max))),
    ]);
    let rates = |low, high| format!("{} to {}", words::rate(low), words::rate(high));
    table.row([
        "rate".into(),
        rates(rate_min, rate_max),
        own(profile.map(|it| rates(it.rate_min, it.rate_max))),
    ]);
    table.row([
        "motor on per session".into(),
        words::span(session_on),
        own(profile.map(|it| words::span(it.session_on))),
    ]);
    table.row([
        "session in all".into(),
        words::span(session_elapsed),
        own(profile.map(|it| words::span(it.session_elapsed))),
    ]);
    let same = |out: &mut Table, name: &str, value: String| {
        out.row([name.to_owned(), value, "as absolute".to_owned()]);
    };
    same(
        &mut table,
        "one activation",
        words::span(limits.absolute.activation),
    );
    same(
        &mut table,
        "rate in Service",
        words::rate(limits.absolute.rate_service),
    );
    same(
        &mut table,
        "life of a cartridge",
        format!("{} strokes", limits.absolute.cartridge.as_count()),
    );
    table.print(out);
    if profile.is_none() {
        out.say("this pen has no usable limit profile: it stays locked");
    }
}

fn zones(out: &mut Out, limits: &LimitsReply) {
    if limits.zones.iter().flatten().next().is_none() {
        out::pairs(out, &[("zones", "no plan is in force".to_owned())]);
        return;
    }
    let mut table = Table::new(&[
        ("zone", Align::Left),
        ("depth", Align::Right),
        ("set by", Align::Left),
        ("rate", Align::Right),
        ("time", Align::Right),
        ("strokes", Align::Right),
    ]);
    for zone in limits.zones.iter().flatten() {
        table.row([
            words::zone(zone.zone).to_owned(),
            words::depth(zone.depth.value),
            words::source(zone.depth.by).to_owned(),
            words::rate(zone.rate.value),
            words::span(zone.time.value),
            zone.strokes.value.as_count().to_string(),
        ]);
        table.tone(1, Tone::Strong);
    }
    table.print(out);
}
