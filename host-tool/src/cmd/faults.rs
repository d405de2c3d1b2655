//! `penctl faults`: a latched fault, what it means, and what to do.

use clap::Args;
use pen_core::fault::Fault;
use pen_core::request::Role;
use pen_protocol::messages::ToPen;

use crate::cli::Context;
use crate::error::HostError;
use crate::json::plain;
use crate::out::{self, Tone};
use crate::words;

/// Arguments of `faults`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct FaultsArgs {
    /// Acknowledge the fault; the pen accepts it only after the cause is gone
    #[arg(long)]
    acknowledge: bool,
}

pub(crate) fn run(args: &FaultsArgs, context: &mut Context) -> Result<(), HostError> {
    let mut client = context.connect()?;
    let faults = client.faults()?;
    let latched = faults.latched.map(|trip| trip.fault);
    let explained = latched.or(faults.terminal).map(|fault| {
        let text = words::fault(fault);
        serde_json::json!({
            "name": text.name,
            "what": text.what,
            "fix": text.fix,
            "requirement": text.requirement,
        })
    });
    context.out.event(
        "faults",
        &serde_json::json!({ "faults": plain(&faults), "explained": explained }),
    );
    match (faults.latched, faults.terminal) {
        (None, None) => context.out.line("no fault is latched"),
        (Some(trip), _) => {
            show(trip.fault, &words::trip(&trip), faults.later, context);
        }
        (None, Some(fault)) => show(fault, words::fault(fault).name, faults.later, context),
    }
    let Some(fault) = latched.or(faults.terminal) else {
        return Ok(());
    };
    let name = words::fault(fault).name;
    if !args.acknowledge {
        return Err(HostError::device_fault(name, words::fault(fault).what)
            .with_fix(words::fault(fault).fix));
    }
    client.authorise(Role::Operator)?;
    client.same_pen()?;
    client
        .demand(&ToPen::Acknowledge)
        .map_err(|error| error.with_fix(words::fault(fault).fix))?;
    context.out.event(
        "acknowledged",
        &serde_json::json!({ "fault": plain(&fault) }),
    );
    context.out.say(format!("{name} is acknowledged"));
    Ok(())
}

fn show(fault: Fault, decided: &str, later: u16, context: &mut Context) {
    let text = words::fault(fault);
    let out = &mut context.out;
    let rows = [
        ("fault", out.tone(Tone::Bad, decided)),
        ("what", text.what.to_owned()),
        ("do", text.fix.to_owned()),
        ("later trips", later.to_string()),
    ];
    out::pairs(out, &rows);
}
