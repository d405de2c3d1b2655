//! The application's own control loop on this board, at rest.

use pen_app::board::{ControlBoard, ControlParts, HostBoard};
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

const ENABLE: &str = "enable path";

/// Longer than the self-test after power-up. Unit: ticks
const TICKS: u32 = 300;

pub(super) fn resting_pen_gives_no_torque<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    bench.enable()?;
    subject.lend(|parts| run(parts, bench, watch_levels))?
}

pub(super) fn torque_goes_before_it_comes<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    while bench.take_event()?.is_some() {}
    let mut order = Order::default();
    subject.lend(|parts| run(parts, bench, |bench| order.watch(bench)))??;
    // Otherwise nothing was looked at.
    demand(
        order.has_probed && order.has_braked,
        "self-test after power-up",
        "until it has ended",
        Value::Words("a brake until the motor stands, then a duty with the enable path open"),
        Value::Words(match (order.has_braked, order.has_probed) {
            (true, _) => "no duty",
            (false, true) => "no brake",
            (false, false) => "neither",
        }),
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
        second_switch: false,
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

/// A closed enable path is a brake here: no half bridge may have a duty then.
fn watch_levels<T: Bench>(bench: &mut T) -> Result<(), Trouble> {
    if !bench.enable()? {
        return Ok(());
    }
    for (part, side) in [
        ("forward half bridge", Side::Forward),
        ("backward half bridge", Side::Backward),
    ] {
        same(
            part,
            "while a pen that may not treat closes the enable path",
            Value::Share(0),
            Value::Share(bench.duty(side)?),
        )?;
    }
    Ok(())
}

/// What the outputs of a pen that may not treat say, write by write.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    enable: bool,
    duties: [u16; 2],
    has_probed: bool,
    has_braked: bool,
}

impl Order {
    /// The writes of one tick: opening the enable path comes first, closing it last, and with it
    /// closed there is no duty.
    fn watch<T: Bench>(&mut self, bench: &mut T) -> Result<(), Trouble> {
        let mut at = 0;
        let mut is_closed_in_this = false;
        while let Some(event) = bench.take_event()? {
            demand(
                !is_closed_in_this,
                ENABLE,
                "closed in one tick",
                Value::Words("nothing written after it"),
                Value::Words("another write"),
            )?;
            match event {
                Event::Enable(true) => is_closed_in_this = true,
                Event::Enable(false) => demand(
                    at == 0,
                    ENABLE,
                    "opened in one tick",
                    Value::Words("the first write"),
                    Value::Words("a duty before it"),
                )?,
                Event::Duty(..) => {}
            }
            self.take(event)?;
            at += 1;
        }
        demand(
            at > 0,
            "outputs",
            "in every tick, changed or not",
            Value::Words("a write"),
            Value::Words("none"),
        )
    }

    fn take(&mut self, event: Event) -> Result<(), Trouble> {
        let [forward, backward] = &mut self.duties;
        match event {
            Event::Enable(level) => self.enable = level,
            Event::Duty(Side::Forward, duty) => *forward = duty,
            Event::Duty(Side::Backward, duty) => *backward = duty,
        }
        let duty = (*forward).max(*backward);
        self.has_braked |= self.enable;
        self.has_probed |= duty > 0;
        demand(
            !self.enable || duty == 0,
            "half bridges",
            "with the enable path closed, while a pen may not treat",
            Value::Share(0),
            Value::Share(duty),
        )
    }
}
