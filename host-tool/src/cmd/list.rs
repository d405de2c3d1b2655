//! `penctl list`: which ports there are, and whether each could be used.

use clap::Args;

use crate::cli::Context;
use crate::error::HostError;
use crate::link::ports::{self, State};
use crate::out::{Align, Table, Tone};

/// Arguments of `list`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ListArgs {}

pub(crate) fn run(_: &ListArgs, context: &mut Context) -> Result<(), HostError> {
    let out = &mut context.out;
    let found = ports::survey();
    for port in &found {
        out.event("port", port);
    }
    if found.is_empty() {
        out.say("no serial port was found; a simulated pen is at --port sim:");
        return Ok(());
    }
    let mut table = Table::new(&[
        ("port", Align::Left),
        ("pen", Align::Left),
        ("state", Align::Left),
        ("usb", Align::Left),
        ("serial", Align::Left),
        ("product", Align::Left),
    ]);
    for port in &found {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        table.row([
            port.port.clone(),
            if port.pen { "yes" } else { "-" }.to_owned(),
            port.state.word().to_owned(),
            text(&port.usb),
            text(&port.serial),
            text(&port.product),
        ]);
        table.tone(
            2,
            if port.state == State::Ok {
                Tone::Good
            } else {
                Tone::Warn
            },
        );
    }
    table.print(out);
    for port in found
        .iter()
        .filter(|port| port.state != State::Ok && port.pen)
    {
        out.say(format!(
            "{} is {}: {}",
            port.port,
            port.state.word(),
            port.state.advice()
        ));
    }
    Ok(())
}
