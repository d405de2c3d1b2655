//! `penctl calibrate undo`: back to the calibration before the one in force.

use clap::Args;
use serde_json::json;

use crate::cli::Context;
use crate::cmd::keep::Keep;
use crate::cmd::records::StoreArgs;
use crate::cmd::service;
use crate::error::HostError;
use crate::procedure::{Undone, previous, undo};
use crate::words;

/// Printed below the help; at most 78 columns, so that it is never broken.
pub(super) const HELP: &str = "\
After a calibration that was committed and did not pass as left, the pen
treats nobody. This brings the one before it back, under a number of its own.
If that one had been signed off, the pen treats again; if not, it stays
locked until a calibration passes as left. A warning says so when, by the
records, it did not pass when it was measured last.

Put the calibration dummy in and plug the cable in first. When the program
says so, hold the confirm button on the pen. Only one step back is kept: undo
twice returns to the calibration that was undone.";

/// Arguments of `calibrate undo`.
#[derive(Clone, Debug, Args)]
pub(super) struct UndoArgs {
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) fn run(args: &UndoArgs, context: &mut Context) -> Result<(), HostError> {
    let (mut client, hand) = service::connect(context)?;
    let back = previous(&mut client)?;
    context.out.say(format!(
        "generation {} of {} returns in place of generation {}",
        back.generation,
        words::date(back.made_day),
        client.status()?.generation
    ));
    // Where it will be kept is known to be sound before anything changes.
    let mut keep = Keep::open(&args.store, &mut client, None)?;
    if let Some(verdict) = keep.doubt(back.generation)? {
        context.out.warn(format!(
            "generation {} was a {} when it was measured last: calibrate the pen before anybody is treated",
            back.generation,
            verdict.word()
        ));
    }
    let undone = service::in_service(&mut client, &hand, context, undo)?;
    say(&undone, context);
    keep.returned(&undone, &mut client)
}

fn say(undone: &Undone, context: &mut Context) {
    let Undone {
        returned,
        generation,
        is_verified,
    } = *undone;
    let out = &mut context.out;
    out.event(
        "undone",
        &json!({ "returned": returned, "generation": generation, "verified": is_verified }),
    );
    let state = if is_verified {
        "signed off"
    } else {
        "unverified: the pen treats nobody until a calibration passes as left"
    };
    out.line(format!(
        "generation {generation} is in force, with the tables of generation {returned}, {state}"
    ));
}
