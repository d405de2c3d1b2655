//! `penctl plan`: checks a plan file without a pen, or loads one.

use clap::{Args, Subcommand};
use pen_core::plan::Plan;
use pen_core::profile::{DeviceClass, effective_depth};
use pen_core::request::Role;
use pen_protocol::messages::ToPen;

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
    /// Checks a plan file without a pen: every complaint with its line
    Check {
        /// The plan, a TOML file; examples are in host-tool/plans
        file: String,
    },
    /// Checks a plan file and loads it into the pen, in place of the one before
    Load {
        /// The plan, a TOML file; examples are in host-tool/plans
        file: String,
    },
}

pub(crate) fn run(args: &PlanArgs, context: &mut Context) -> Result<(), HostError> {
    match &args.command {
        PlanCommand::Check { file } => {
            let checked = checked(file, context)?;
            show(&checked, &mut context.out);
            context.out.say("a pen of that class can admit it");
            Ok(())
        }
        PlanCommand::Load { file } => load(file, context),
    }
}

/// Reads a file and tells every complaint.
fn checked(file: &str, context: &mut Context) -> Result<Checked, HostError> {
    let text = plan::load_text(file)?;
    let out = &mut context.out;
    match plan::read(&text) {
        Ok(checked) => {
            out.event(
                "plan",
                &serde_json::json!({
                    "file": file,
                    "name": checked.name,
                    "class": plain(&checked.class),
                    "plan": plain(&checked.plan),
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

fn show(checked: &Checked, out: &mut Out) {
    let class = match checked.class {
        DeviceClass::Home => "home",
        DeviceClass::Professional => "professional",
    };
    out.line(format!(
        "{}: plan {} for a {class} device",
        out.tone(Tone::Strong, &checked.name),
        checked.plan.id
    ));
    let profile = plan::widest_profile(checked.class);
    let mut table = Table::new(&[
        ("zone", Align::Left),
        ("depth", Align::Right),
        ("rate", Align::Right),
        ("time", Align::Right),
        ("strokes", Align::Right),
        ("override", Align::Left),
    ]);
    for (_, zone) in checked.plan.zones() {
        let bound = effective_depth(&profile, zone, checked.plan.operator_cap, None);
        table.row([
            words::zone(zone.zone).to_owned(),
            words::depth(bound.value),
            words::rate(zone.rate),
            words::span(zone.time),
            zone.strokes.as_count().to_string(),
            zone.override_reason
                .map_or("-", words::override_reason)
                .to_owned(),
        ]);
    }
    table.print(out);
}

fn load(file: &str, context: &mut Context) -> Result<(), HostError> {
    let checked = checked(file, context)?;
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
    show(&checked, &mut context.out);
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
