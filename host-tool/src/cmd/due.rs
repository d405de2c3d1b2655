//! `penctl due`: what has to be calibrated, and when.

use clap::Args;

use super::records::KeptArgs;
use crate::cli::Context;
use crate::clock;
use crate::error::HostError;
use crate::out::{Align, Table, Tone};
use crate::store::{DueState, day_text, due};

/// Arguments of `due`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The day itself is still in date. A calibration that is not signed off makes no
pen in date, nor does one that did not pass when it was measured last. Pens
come from calibrations, instruments and operators from `penctl import`.

Examples:
  penctl due                    everything, the most urgent first
  penctl due --within 30        what is overdue or will be in 30 days
  penctl --json due | jq 'select(.state == \"overdue\")'")]
pub(crate) struct DueArgs {
    /// Only what is due within so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16))]
    within: Option<u16>,
    #[command(flatten)]
    store: KeptArgs,
}

pub(crate) fn run(args: &DueArgs, context: &mut Context) -> Result<(), HostError> {
    let today = i64::from(clock::believable_today()?);
    let mut records = args.store.read(&context.out)?;
    let mut list = due(&mut records, today)?;
    if let Some(days) = args.within {
        list.retain(|it| it.left.is_none_or(|left| left <= i64::from(days)));
    }
    let out = &mut context.out;
    let mut table = Table::new(&[
        ("what", Align::Left),
        ("number", Align::Left),
        ("due", Align::Left),
        ("days left", Align::Right),
        ("state", Align::Left),
        ("name", Align::Left),
    ]);
    for it in &list {
        let day = it.day.map_or_else(|| "-".to_owned(), day_text);
        out.event(
            "due",
            &serde_json::json!({
                "what": it.what, "number": it.name, "name": it.about, "due": it.day.map(day_text),
                "left": it.left, "state": it.state, "simulated": it.simulated,
            }),
        );
        let left = it
            .left
            .map_or_else(|| "-".to_owned(), |left| left.to_string());
        let simulated = if it.simulated { " (simulated)" } else { "" };
        table.row([
            it.what.clone(),
            it.name.clone(),
            day,
            left,
            it.state.word().to_owned(),
            format!("{}{simulated}", it.about),
        ]);
        table.tone(
            4,
            match it.state {
                DueState::DidNotPass | DueState::Overdue => Tone::Bad,
                DueState::Unverified | DueState::Never | DueState::Soon => Tone::Warn,
                DueState::Fine => Tone::Good,
            },
        );
    }
    if list.is_empty() {
        out.say("nothing is due");
    } else {
        table.print(out);
    }
    Ok(())
}
