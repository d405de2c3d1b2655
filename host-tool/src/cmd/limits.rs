//! `penctl limits`: the limits in force, and who set each.

use clap::Args;
use pen_core::plan::{Plan, Zone};
use pen_core::profile::Source;
use pen_core::units::Depth;
use pen_protocol::messages::{AbsoluteLimits, LimitsReply};

use crate::cli::Context;
use crate::error::HostError;
use crate::json::plain;
use crate::out::{self, Align, Out, Table, Tone};
use crate::plan::depth_sources;
use crate::words;

/// Arguments of `limits`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LimitsArgs {}

pub(crate) fn run(_: &LimitsArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let limits = client.limits()?;
    let plan = client.plan()?;
    let out = &mut context.out;
    let sources = sources(&limits, plan.as_ref());
    let json: Vec<_> = sources.iter().map(Row::json).collect();
    out.event(
        "limits",
        &serde_json::json!({ "limits": plain(&limits), "depth_sources": json }),
    );
    device(out, &limits);
    out.line("");
    depths(out, &sources);
    out.line("");
    zones(out, &limits);
    Ok(())
}

/// One source of the depth's limit in one place.
struct Row {
    /// The zone, or nothing for the device without a plan.
    zone: Option<Zone>,
    by: Source,
    value: Depth,
    binds: bool,
}

impl Row {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "zone": self.zone.map(|zone| plain(&zone)),
            "source": plain(&self.by),
            "depth_um": self.value.as_um(),
            "binds": self.binds,
        })
    }
}

/// Every source of the depth's limit, for the device and for each zone of the plan. What binds in a
/// zone is what the pen says.
fn sources(limits: &LimitsReply, plan: Option<&Plan>) -> Vec<Row> {
    let Some(profile) = &limits.profile else {
        return Vec::new();
    };
    let lowest =
        |all: &[(Source, Depth)]| all.iter().min_by_key(|(_, value)| *value).map(|it| it.0);
    let of_device = depth_sources(profile, None, None, None);
    let mut rows = rows(None, &of_device, lowest(&of_device));
    let Some(plan) = plan else {
        return rows;
    };
    for (_, zone) in plan.zones() {
        let mut all = depth_sources(profile, Some(zone), plan.operator_cap, None);
        all.push((Source::Plan, zone.depth));
        let told = limits
            .zones
            .iter()
            .flatten()
            .find(|told| told.zone == zone.zone);
        // A cartridge's needles are known to the pen alone.
        if let Some(told) = told
            && told.depth.by == Source::Cartridge
        {
            all.push((Source::Cartridge, told.depth.value));
        }
        let binds = told.map(|told| told.depth.by);
        rows.extend(self::rows(Some(zone.zone), &all, binds));
    }
    rows
}

fn rows(zone: Option<Zone>, all: &[(Source, Depth)], binds: Option<Source>) -> Vec<Row> {
    all.iter()
        .map(|(by, value)| Row {
            zone,
            by: *by,
            value: *value,
            binds: Some(*by) == binds,
        })
        .collect()
}

/// The sources of the depth's limit as a table.
fn depths(out: &mut Out, sources: &[Row]) {
    let mut table = Table::new(&[
        ("depth in", Align::Left),
        ("source", Align::Left),
        ("at most", Align::Right),
        ("", Align::Left),
    ]);
    let mut before = None;
    for row in sources {
        let place = row.zone.map_or("any zone", words::zone);
        let shown = if before == Some(row.zone) { "" } else { place };
        before = Some(row.zone);
        let mark = if row.binds { "<- binds" } else { "" };
        table.row([
            shown.to_owned(),
            words::source(row.by).to_owned(),
            words::depth(row.value),
            mark.to_owned(),
        ]);
        if row.binds {
            table.tone(2, Tone::Strong);
        }
    }
    if !table.is_empty() {
        table.print(out);
    }
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
        own(profile.map(|it| words::depth(it.depth_max.min(it.class_cap(true))))),
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
