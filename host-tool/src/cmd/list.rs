//! `penctl list`: who is at which port.

use clap::Args;
use serde::Serialize;

use crate::cli::Context;
use crate::error::HostError;
use crate::link::ports::{self, Port, State, Whom};
use crate::out::{Align, Table, Tone};
use crate::words;

/// Arguments of `list`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ListArgs {
    /// Greet every port, also those that do not say that they are pens
    #[arg(long)]
    all: bool,
}

/// A port for scripts.
#[derive(Serialize)]
struct Event<'a> {
    #[serde(flatten)]
    port: &'a Port,
    alias: Option<&'a str>,
}

pub(crate) fn run(args: &ListArgs, context: &mut Context) -> Result<(), HostError> {
    let whom = if args.all { Whom::All } else { Whom::Pens };
    let found = ports::survey(whom);
    for port in &found {
        let alias = port
            .serial
            .and_then(|serial| context.settings.config.alias(serial));
        context.out.event("port", &Event { port, alias });
    }
    if found.is_empty() {
        context
            .out
            .say("no serial port was found; a simulated pen is at --port sim:");
        return Ok(());
    }
    let lines = rows(&found, context).lines(&context.out);
    for line in lines {
        context.out.line(line);
    }
    for port in &found {
        let detail = port.detail.as_deref().unwrap_or_default();
        let advice = match (port.state, detail) {
            (State::Ok, _) => continue,
            (State::NotAsked, _) if found.len() > 1 => continue,
            (state, "") => state.advice().to_owned(),
            (state, detail) => format!("{detail}; {}", state.advice()),
        };
        context
            .out
            .say(format!("{} is {}: {advice}", port.port, port.state.word()));
    }
    Ok(())
}

/// The table on stderr, for somebody whose choice is not clear.
pub(crate) fn table(found: &[Port], context: &Context) {
    for line in rows(found, context).lines(&context.out) {
        context.out.say(line);
    }
}

fn rows(found: &[Port], context: &Context) -> Table {
    let mut table = Table::new(&[
        ("port", Align::Left),
        ("state", Align::Left),
        ("serial", Align::Right),
        ("alias", Align::Left),
        ("model", Align::Left),
        ("firmware", Align::Left),
        ("usb", Align::Left),
    ]);
    for port in found {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let alias = port
            .serial
            .and_then(|serial| context.settings.config.alias(serial));
        let model = if port.model.is_some() {
            &port.model
        } else {
            &port.product
        };
        table.row([
            port.port.clone(),
            port.state.word().to_owned(),
            port.serial
                .map_or_else(|| text(&port.usb_serial), words::serial),
            alias.unwrap_or("-").to_owned(),
            text(model),
            text(&port.firmware),
            text(&port.usb),
        ]);
        let tone = match port.state {
            State::Ok => Tone::Good,
            State::NotAsked => Tone::Faint,
            _ => Tone::Warn,
        };
        table.tone(1, tone);
    }
    table
}
