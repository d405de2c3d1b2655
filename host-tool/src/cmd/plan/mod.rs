//! `penctl plan`: begins a plan file from an indication, checks one, or loads one.

mod given;
mod new;

use clap::{Args, Subcommand};
use pen_core::calibration::Table as Calibrated;
use pen_core::cartridge::Kind;
use pen_core::plan::Plan;
use pen_core::profile::{DeviceProfile, Source, depth_ceiling, effective_depth};
use pen_core::request::Role;
use pen_core::units::Depth;
use pen_protocol::messages::{ToPen, Which};

use crate::cli::Context;
use crate::clock;
use crate::error::HostError;
use crate::json::plain;
use crate::link::Target;
use crate::out::{Align, Out, Table, Tone};
use crate::plan::{self, Checked};
use crate::words;

/// Arguments of `plan`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(subcommand)]
    command: PlanCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum PlanCommand {
    /// Begins a plan file from an indication: asks at a terminal what the flags leave open
    New(Box<new::NewArgs>),
    /// Lists the indications with their zones, depths, intervals and sources
    Indications,
    /// Checks a plan file: every complaint with its line, and the limit that binds
    Check {
        /// The plan, a TOML file; examples are in host-tool/plans
        file: String,
        /// Check against the pen at the port, too: its profile, its cartridge, its calibration
        #[arg(long)]
        on_pen: bool,
    },
    /// Checks a plan file and loads it into the pen, in place of the one before
    Load {
        /// The plan, a TOML file; examples are in host-tool/plans
        file: String,
    },
}

pub(crate) fn run(args: &PlanArgs, context: &mut Context) -> Result<(), HostError> {
    match &args.command {
        PlanCommand::New(args) => new::run(args, context),
        PlanCommand::Indications => {
            new::indications(&mut context.out);
            Ok(())
        }
        PlanCommand::Check { file, on_pen } => check(file, *on_pen, context),
        PlanCommand::Load { file } => load(file, context),
    }
}

/// What one pen limits a plan with.
struct AtPen {
    serial: String,
    profile: DeviceProfile,
    /// Length of the needles of the cartridge in it.
    needles: Option<Depth>,
    /// Deepest protrusion that both channels are calibrated for.
    calibrated: Option<Depth>,
}

impl AtPen {
    /// Asks the pen.
    ///
    /// # Errors
    /// There is none, or it has no usable profile.
    fn ask(context: &mut Context) -> Result<Self, HostError> {
        let mut client = context.connect()?;
        let serial = words::serial(client.hello().serial);
        let profile = client.limits()?.profile.ok_or_else(|| {
            HostError::usage(
                format!("the plan cannot be checked against pen {serial}"),
                "it has no usable limit profile, and admits no plan",
            )
            .with_fix("see `penctl info`; without --on-pen the plan is checked for the class")
        })?;
        let status = client.status()?;
        let needles = status.cartridge.and_then(|_| length_of(status.needles));
        let found = client.calibration(Which::Current)?.found;
        let calibrated = found.and_then(|found| {
            let deepest = |table: &Calibrated| table.iter().map(|knot| knot.depth).max();
            Some(deepest(&found.calibration.a)?.min(deepest(&found.calibration.b)?))
        });
        Ok(Self {
            serial,
            profile,
            needles,
            calibrated,
        })
    }
}

/// Length of the needles of a cartridge with so many; the pen tells their number alone.
fn length_of(needles: u32) -> Option<Depth> {
    let known = [
        Kind::Six,
        Kind::Twelve,
        Kind::Sixteen,
        Kind::ThirtySix,
        Kind::Nano,
    ];
    let found = known.into_iter().find(|kind| kind.needles() == needles);
    found.map(Kind::length)
}

fn check(file: &str, on_pen: bool, context: &mut Context) -> Result<(), HostError> {
    if !on_pen {
        let checked = checked(file, None, context)?;
        show(&checked, None, &mut context.out);
        context.out.say("a pen of that class can admit it");
        return Ok(());
    }
    let pen = AtPen::ask(context)?;
    let checked = checked(file, Some(&pen.profile), context)?;
    show(&checked, Some(&pen), &mut context.out);
    held_back(&checked, &pen, &mut context.out);
    context.out.say(format!("pen {} can admit it", pen.serial));
    Ok(())
}

/// Says where the cartridge or the calibration of the pen ends before the plan does.
fn held_back(checked: &Checked, pen: &AtPen, out: &mut Out) {
    for (_, zone) in checked.plan.zones() {
        let name = words::zone(zone.zone);
        let bound = effective_depth(&pen.profile, zone, checked.plan.operator_cap, pen.needles);
        if bound.by == Source::Cartridge {
            out.warn(format!(
                "{name}: the plan asks for {}, the cartridge in the pen binds at {}",
                words::depth(zone.depth),
                words::depth(bound.value)
            ));
        }
        if let Some(calibrated) = pen.calibrated.filter(|it| *it < bound.value) {
            out.warn(format!(
                "{name}: the plan asks for {}, the calibration of the pen ends at {}; deeper it reads no depth and does not start",
                words::depth(zone.depth),
                words::depth(calibrated)
            ));
        }
    }
}

/// Reads a file and tells every complaint.
fn checked(
    file: &str,
    pen: Option<&DeviceProfile>,
    context: &mut Context,
) -> Result<Checked, HostError> {
    let text = plan::load_text(file)?;
    let out = &mut context.out;
    match plan::read_for(&text, pen) {
        Ok(checked) => {
            out.event(
                "plan",
                &serde_json::json!({
                    "file": file,
                    "name": checked.name,
                    "class": plain(&checked.class),
                    "plan": plain(&checked.plan),
                    "course": checked.course,
                }),
            );
            Ok(checked)
        }
        Err(findings) => {
            for finding in &findings {
                out.event("finding", finding);
                out.line(format!(
                    "{file}:{}: {}: {}",
                    finding.line,
                    out.tone(Tone::Strong, &finding.field),
                    finding.problem
                ));
            }
            let count = findings.len();
            let plural = if count == 1 { "" } else { "s" };
            let mut error = plan::refused(file, &findings);
            error.why = format!("{count} complaint{plural}, told above with file, line and field");
            if out.is_json() {
                error.why = format!("{count} complaint{plural}, told as events before this one");
            }
            Err(error)
        }
    }
}

fn show(checked: &Checked, pen: Option<&AtPen>, out: &mut Out) {
    let class = words::class(checked.class);
    out.line(format!(
        "{}: plan {} for a {class} device",
        out.tone(Tone::Strong, &checked.name),
        checked.plan.id
    ));
    let profile = pen.map_or_else(|| plan::widest_profile(checked.class), |pen| pen.profile);
    let needles = pen.and_then(|pen| pen.needles);
    let mut table = Table::new(&[
        ("zone", Align::Left),
        ("depth", Align::Right),
        ("set by", Align::Left),
        ("at most", Align::Right),
        ("by the", Align::Left),
        ("rate", Align::Right),
        ("time", Align::Right),
        ("strokes", Align::Right),
        ("override", Align::Left),
    ]);
    for (_, zone) in checked.plan.zones() {
        let operator = checked.plan.operator_cap;
        let bound = effective_depth(&profile, zone, operator, needles);
        let most = depth_ceiling(&profile, zone, operator, needles);
        table.row([
            words::zone(zone.zone).to_owned(),
            words::depth(bound.value),
            words::source(bound.by).to_owned(),
            words::depth(most.value),
            words::source(most.by).to_owned(),
            words::rate(zone.rate),
            words::span(zone.time),
            zone.strokes.as_count().to_string(),
            zone.override_reason
                .map_or("-", words::override_reason)
                .to_owned(),
        ]);
    }
    table.print(out);
    if let Some(course) = checked.course {
        out.line(format!(
            "course: {}, {} sessions, at least {} days apart",
            course.indication.word(),
            course.sessions,
            course.interval_days
        ));
    }
}

fn load(file: &str, context: &mut Context) -> Result<(), HostError> {
    let checked = checked(file, None, context)?;
    let target = context.target()?;
    let day = match target {
        // A simulated pen lives in a time of its own.
        Target::Sim(_) => crate::link::sim::TODAY,
        Target::Serial(_) | Target::Tcp(_) => clock::believable_today()?,
    };
    let plan = Plan {
        day,
        ..checked.plan
    };
    let mut client = context.connect_to(&target)?;
    client.authorise(Role::Operator)?;
    client.same_pen()?;
    if let Err(why) = client.try_demand(&ToPen::LoadPlan(plan))? {
        let fix = words::way_out(&why).unwrap_or(
            "change the plan or the pen's state as named; the plan before stays in force",
        );
        return Err(HostError::refused("load plan", words::refusal(&why)).with_fix(fix));
    }
    let held = client.plan()?;
    if held != Some(plan) {
        return Err(HostError::verify_failed(
            "the plan",
            "the pen holds another one",
        ));
    }
    show(&checked, None, &mut context.out);
    context.out.event(
        "plan_loaded",
        &serde_json::json!({ "plan": plan.id, "day": day }),
    );
    let serial = words::serial(client.hello().serial);
    let loaded = format!("plan {} is in force in pen {serial}", plan.id);
    context.out.say(loaded);
    context
        .out
        .say("unplug the cable and confirm a zone on the pen within 10 min");
    if let Some(confirm) = super::service::day_to_confirm(&mut client, day)? {
        context.out.warn(confirm);
    }
    Ok(())
}
