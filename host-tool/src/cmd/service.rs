//! `penctl service`: what only a technician may do who stands at the pen and holds its button.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use pen_core::fault::Fault;
use pen_core::limits::{DAY_JUMP_MAX, HOLD_TIME};
use pen_core::request::Role;
use pen_protocol::messages::{EndTerminal, SetDay, ToPen};
use pen_sim::hand::Cartridge;
use serde_json::json;

use crate::cli::Context;
use crate::client::Client;
use crate::clock;
use crate::error::HostError;
use crate::json::plain;
use crate::link::Target;
use crate::link::sim::{SimStage, TODAY};
use crate::procedure::DUMMY_ID;
use crate::words;

/// How long somebody may take to reach for the button, by the link's clock.
const PATIENCE: Duration = Duration::from_secs(60);

/// By then the pen has kept what changed: it rests, so its storage may work.
const TO_STORE: Duration = Duration::from_millis(500);

/// Arguments of `service`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServiceArgs {
    #[command(subcommand)]
    command: ServiceCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum ServiceCommand {
    /// Ends a terminal fault after a technician has found and mended its cause
    #[command(after_help = END_FAULT)]
    EndFault {
        /// The terminal fault that was looked at, as `penctl faults` names it
        #[arg(value_name = "FAULT", value_parser = terminal_fault())]
        fault: Fault,
    },
    /// Corrects the pen's last day seen after a computer with a wrong date set it
    #[command(after_help = SET_DAY)]
    SetDay {
        /// Today; without it, the date of this computer
        #[arg(value_name = "YYYY-MM-DD", value_parser = day)]
        date: Option<u16>,
    },
}

/// Printed below the help; at most 78 columns, so that it is never broken.
const END_FAULT: &str = "\
A terminal fault says that something which keeps the patient safe has failed.
No reset and no acknowledgement ends it. Before you do, look at its cause:

  drive-stuck        the motor turned although it was braked. Measure each
                     transistor of the bridge for a short, look at the brake,
                     the enable line and the tachometer.
  enable-path-stuck  the motor got current although its second switch was
                     open. Measure that switch and its driver for a short.
  limit-corrupt      a limit in memory changed. Read the journal; a pen that
                     does it twice needs another processor board.

Repair or replace what is broken; ending the fault repairs nothing.

Then run this, cable plugged in, trigger free, nothing turning. When it says
so, hold the confirm button on the pen and keep it held for at least 2 s, up
to a minute while the program waits. Ctrl-C changes nothing.

The pen writes down which fault was ended and is Locked until its depth is
checked: turn the ring to its zero mark and press the confirm button. It tests
both ways of removing torque again before it opens the next zone, and latches
the fault anew if the cause is still there.";

/// See [`END_FAULT`].
const SET_DAY: &str = "\
The pen has no calendar: it believes the day of the plans that it treats by,
and refuses an earlier one ever after. A plan from a computer whose date was
ahead therefore locks out every right plan. This is the way back.

Compare the date with a second source first. When the program says so, hold
the confirm button on the pen. A day more than 60 days after the pen's own
calibration is taken only after the button was held for 2 s. No day before
the calibration is taken, and none before the release of pen and program.
The pen writes down the day before and after. Ctrl-C changes nothing.";

/// The faults that only a technician ends, by their names.
fn terminal_fault() -> impl TypedValueParser<Value = Fault> {
    let all = || Fault::ALL.into_iter().filter(|fault| fault.is_terminal());
    let names = all().map(|fault| words::fault(fault).name);
    PossibleValuesParser::new(names).try_map(move |name| {
        all()
            .find(|fault| words::fault(*fault).name == name)
            .ok_or("no terminal fault")
    })
}

fn day(text: &str) -> Result<u16, String> {
    words::day(text).ok_or_else(|| "a date such as 2026-11-22".to_owned())
}

pub(crate) fn run(args: &ServiceArgs, context: &mut Context) -> Result<(), HostError> {
    match args.command {
        ServiceCommand::EndFault { fault } => end_fault(fault, context),
        ServiceCommand::SetDay { date } => set_day(date, context),
    }
}

/// Whose hand holds the button.
pub(super) enum Hand {
    /// Somebody's at a real pen, or at one that another process simulates.
    Own,
    /// That of the pen in this process.
    Simulated(SimStage),
}

impl Hand {
    /// A simulated hand puts the cable and the calibration dummy in.
    fn prepares(&self) {
        if let Self::Simulated(stage) = self {
            stage.pen(|pen| {
                pen.hand().plug_cable(true);
                pen.hand().insert(Cartridge::dummy(DUMMY_ID));
            });
        }
    }

    fn holds(&self, ok: bool) {
        if let Self::Simulated(stage) = self {
            stage.pen(|pen| pen.hand().hold_ok(ok));
        }
    }
}

/// A connection, and who stands at the other end of it.
pub(super) fn connect(context: &mut Context) -> Result<(Client, Hand), HostError> {
    let target = context.target()?;
    let Target::Sim(seed) = target else {
        return Ok((context.connect_to(&target)?, Hand::Own));
    };
    let stage = SimStage::new(seed)?;
    Ok((
        context.greet(Box::new(stage.link()))?,
        Hand::Simulated(stage),
    ))
}

/// Has somebody hold the button, says what is to be said to the pen, and gives the role back.
fn attended(
    client: &mut Client,
    hand: &Hand,
    message: &ToPen,
    context: &mut Context,
) -> Result<(), HostError> {
    if let Some(mismatch) = client.mismatch() {
        return Err(mismatch.error());
    }
    let out = &mut context.out;
    let hold_ms = HOLD_TIME.as_ms_ceil();
    let patience_s = PATIENCE.as_secs();
    out.event(
        "attend",
        &json!({ "hold_ms": hold_ms, "patience_s": patience_s }),
    );
    out.say(format!(
        "hold the confirm button on the pen now, and keep it held until told; waiting for {patience_s} s"
    ));
    hand.holds(true);
    client.wait(Duration::from_millis(60));
    let done = client.wait_for_technician(PATIENCE).and_then(|()| {
        out.say("the pen sees it; keep holding");
        client.demand_held(message, PATIENCE)
    });
    hand.holds(false);
    // A role that cannot be given back falls by itself: with the cable, the next greeting, in time.
    let _ = client.authorise(Role::Operator);
    done?;
    context.out.say("done; let go of the button");
    client.wait(TO_STORE);
    match client.info()?.storage.write_error {
        None => Ok(()),
        Some(error) => Err(HostError::flash_failed(
            "the change",
            words::link_error(&pen_protocol::messages::LinkError::Storage(error)),
        )),
    }
}

/// Enters Service mode with somebody at the pen, does something there, and leaves it whatever came of it.
pub(super) fn in_service<T>(
    client: &mut Client,
    hand: &Hand,
    context: &mut Context,
    work: impl FnOnce(&mut Client) -> Result<T, HostError>,
) -> Result<T, HostError> {
    if let Some(mismatch) = client.mismatch() {
        return Err(mismatch.error());
    }
    let out = &mut context.out;
    let patience_s = PATIENCE.as_secs();
    out.event("attend", &json!({ "patience_s": patience_s }));
    out.say(format!(
        "hold the confirm button on the pen now, and keep it held until told; waiting for {patience_s} s"
    ));
    hand.prepares();
    client.wait(Duration::from_millis(300));
    hand.holds(true);
    client.wait(Duration::from_millis(60));
    let entered = client
        .wait_for_technician(PATIENCE)
        .and_then(|()| client.demand_held(&ToPen::EnterService, PATIENCE));
    hand.holds(false);
    let done = entered.and_then(|()| {
        out.say("the pen is in Service mode; let go of the button");
        work(client)
    });
    // A pen that nobody talks to leaves it by itself.
    let left = client.demand(&ToPen::LeaveService);
    let done = done?;
    left.map(|()| done)
}

fn end_fault(fault: Fault, context: &mut Context) -> Result<(), HostError> {
    let (mut client, hand) = connect(context)?;
    let name = words::fault(fault).name;
    let latched = client.faults()?.terminal;
    if latched != Some(fault) {
        let latched = latched.map(|other| words::fault(other).name);
        return Err(HostError::other_fault(name, latched));
    }
    let message = ToPen::EndTerminal(EndTerminal { fault });
    attended(&mut client, &hand, &message, context)?;
    if let Some(still) = client.faults()?.terminal {
        let held = format!("the pen is in {}", words::fault(still).name);
        return Err(HostError::verify_failed("the ended fault", held));
    }
    let out = &mut context.out;
    out.event("fault_ended", &json!({ "fault": plain(&fault) }));
    out.line(format!("{name} is ended, and the pen has written it down"));
    out.say(
        "the pen is locked until its depth is checked: turn the ring to its zero mark and press the \
         confirm button; it tests both ways of removing torque before it opens the next zone",
    );
    Ok(())
}

fn set_day(date: Option<u16>, context: &mut Context) -> Result<(), HostError> {
    let day = match (date, context.target()?) {
        (Some(day), _) => clock::believed("the day that was given", day)
            .map_err(|error| error.with_fix("give the date of today, from a second source"))?,
        // A simulated pen lives in a time of its own.
        (None, Target::Sim(_)) => TODAY,
        (None, Target::Serial(_) | Target::Tcp(_)) => clock::believable_today()?,
    };
    let (mut client, hand) = connect(context)?;
    let from = client.session()?.day;
    let message = ToPen::SetDay(SetDay { day });
    attended(&mut client, &hand, &message, context)?;
    let held = client.session()?.day;
    if held != day {
        let held = format!("the pen holds {}", words::date(held));
        return Err(HostError::verify_failed("the day", held));
    }
    let out = &mut context.out;
    out.event("day_set", &json!({ "from": from, "day": day }));
    out.line(format!("the pen's last day seen is {}", words::date(day)));
    if from != 0 {
        out.say(format!("it was {}", words::date(from)));
    }
    Ok(())
}

/// What an operator must know who loads a plan of a day far ahead; nothing when it is near.
///
/// # Errors
/// The link broke.
pub(crate) fn day_to_confirm(client: &mut Client, day: u16) -> Result<Option<String>, HostError> {
    let made = client
        .calibration(pen_protocol::messages::Which::Current)?
        .found
        .map_or(0, |found| found.calibration.made_day);
    let seen = client
        .session()?
        .day
        .max(made)
        .max(pen_core::limits::RELEASE_DAY);
    Ok((day > seen.saturating_add(DAY_JUMP_MAX)).then(|| {
        format!(
            "today is {}, {} days after the last day that this pen has seen: if that is wrong, mend \
             this computer's date and load the plan again; if it is right, hold the confirm button \
             for 2 s to open the first zone",
            words::date(day),
            day - seen
        )
    }))
}
