//! The application's own control loop on this board, at rest.

use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_app::board::{ControlBoard, ControlParts};
use pen_app::control::Control;
use pen_app::shared::Core;
use pen_core::journal::{RecordDefect, ResetCause};
use pen_core::pen::{Boot, Pen};
use pen_core::profile::ProfileDefect;
use pen_core::units::{Duration, Instant};

use super::rest;
use crate::bench::{Bench, Event, Level, Side};
use crate::failure::{Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

/// Longer than the self-test after power-up. Unit: ticks
const TICKS: u32 = 300;

pub(super) fn resting_pen_gives_no_torque<B, S, F, T>(
    subject: &mut Subject<B, S, F>,
    bench: &mut T,
) -> Outcome
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
    T: Bench,
{
    bench.enable()?;
    subject.lend(|parts| run(parts, bench, watch_levels))?
}

pub(super) fn torque_goes_before_it_comes<B, S, F, T>(
    subject: &mut Subject<B, S, F>,
    bench: &mut T,
) -> Outcome
where
    B: ControlBoard,
    S: Read + Write + ReadReady + WriteReady,
    F: NorFlash,
    T: Bench,
{
    while bench.take_event()?.is_some() {}
    let mut probed = false;
    subject.lend(|parts| run(parts, bench, |bench| watch_order(bench, &mut probed)))??;
    demand(
        probed,
        "forward half bridge",
        "in the self-test after power-up",
        Value::Words("a duty while the enable path is open"),
        Value::Words("none"),
    )?;
    Ok(Note::Nothing)
}

/// Runs a pen that knows no profile, and so may do nothing but test itself.
fn run<B: ControlBoard, T: Bench>(
    parts: ControlParts<B>,
    bench: &mut T,
    mut watch: impl FnMut(&mut T) -> Result<(), Trouble>,
) -> (ControlParts<B>, Outcome) {
    for input in Level::ALL {
        // At rest as far as this bench can say so; none of it may bring torque either way.
        let _ = bench.set_level(input, false);
    }
    let mut control = Control::<B>::from_parts(parts);
    let mut core = Core::new(Pen::new(&Boot {
        serial: 1,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        storage_ok: true,
        profile: Err(ProfileDefect::Missing),
        calibration: Err(RecordDefect::Missing),
        ledger: None,
    }));
    let mut outcome = Ok(Note::Nothing);
    for _ in 0..TICKS {
        let fed = bench.fed();
        control.tick(Instant::from_us(bench.now_us()), &mut core);
        outcome = outcome
            .and_then(|_| watch(bench))
            .and_then(|()| fed_once(bench, fed.ok()));
        if outcome.is_err() {
            break;
        }
        bench.wait(Duration::from_ms(1));
    }
    let mut parts = control.release();
    rest(&mut parts);
    (parts, outcome)
}

fn fed_once<T: Bench>(bench: &mut T, before: Option<u32>) -> Outcome {
    if let (Some(before), Ok(now)) = (before, bench.fed()) {
        same(
            "watchdog",
            "feeds in one tick",
            Value::Count(1),
            Value::Count(now.wrapping_sub(before).into()),
        )?;
    }
    Ok(Note::Nothing)
}

fn watch_levels<T: Bench>(bench: &mut T) -> Result<(), Trouble> {
    let is_closed = bench.enable()?;
    same(
        "enable path",
        "while a pen without a profile runs",
        Value::Level(false),
        Value::Level(is_closed),
    )
}

/// Within one tick of a resting pen the enable path is opened before any duty is touched.
fn watch_order<T: Bench>(bench: &mut T, probed: &mut bool) -> Result<(), Trouble> {
    let first = bench.take_event()?;
    demand(
        first == Some(Event::Enable(false)),
        "enable path",
        "first write of a tick at rest",
        Value::Level(false),
        match first {
            Some(Event::Enable(level)) => Value::Level(level),
            Some(Event::Duty(..)) => Value::Words("a duty"),
            None => Value::Words("no write at all"),
        },
    )?;
    while let Some(event) = bench.take_event()? {
        match event {
            Event::Duty(Side::Forward, duty) => *probed |= duty > 0,
            Event::Duty(Side::Backward, duty) => same(
                "backward half bridge",
                "while a pen without a profile runs",
                Value::Share(0),
                Value::Share(duty),
            )?,
            Event::Enable(level) => same(
                "enable path",
                "while a pen without a profile runs",
                Value::Level(false),
                Value::Level(level),
            )?,
        }
    }
    Ok(())
}
