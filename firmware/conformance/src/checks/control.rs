//! The application's own control loop on this board, at rest.

use pen_app::board::{ControlBoard, ControlParts, HostBoard};
use pen_app::control::Control;
use pen_app::shared::Core;
use pen_core::journal::{RecordDefect, ResetCause};
use pen_core::pen::{Boot, Pen};
use pen_core::profile::ProfileDefect;
use pen_core::units::{Duration, Instant};

use super::rest;
use super::supply::SUPPLY;
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
    let second_switch = subject.has_second_switch();
    subject.lend(|parts| {
        run(parts, bench, second_switch, |bench| {
            watch_levels(bench, second_switch)
        })
    })?
}

pub(super) fn torque_goes_before_it_comes<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    while bench.take_event()?.is_some() {}
    let second_switch = subject.has_second_switch();
    let mut order = Order {
        // Where there is none, the supply is always there.
        supply: !second_switch,
        ..Order::default()
    };
    subject.lend(|parts| run(parts, bench, second_switch, |bench| order.watch(bench)))??;
    // Otherwise nothing was looked at.
    // Without a second switch nothing is braked that was not seen to turn.
    demand(
        order.has_probed && (order.has_braked || !second_switch),
        "self-test after power-up",
        "until it has ended",
        Value::Words("a brake until the motor stands, then a duty with only the enable path open"),
        Value::Words(match (order.has_braked, order.has_probed) {
            (true, _) => "no duty",
            (false, true) => "no brake",
            (false, false) => "neither",
        }),
    )?;
    demand(
        order.has_probed_supply || !second_switch,
        "self-test after power-up",
        "until it has ended",
        Value::Words("a duty with the second switch open and the enable path closed"),
        Value::Words("none"),
    )?;
    Ok(Note::Nothing)
}

/// Runs a pen that knows no profile, and so may do nothing but test itself.
fn run<B: ControlBoard, T: Bench>(
    parts: ControlParts<B>,
    bench: &mut T,
    second_switch: bool,
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
        second_switch,
        storage_ok: true,
        profile: Err(ProfileDefect::Missing),
        calibration: Err(RecordDefect::Missing),
        ledger: None,
        digest: 0,
        signed_off: pen_core::calibration::CalibrationId::NONE,
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

/// A closed enable path is a brake or a test of the second switch here: with both closed no half bridge
/// may have a duty.
fn watch_levels<T: Bench>(bench: &mut T, second_switch: bool) -> Result<(), Trouble> {
    let is_supplied = !second_switch || bench.supply()?;
    if !bench.enable()? || !is_supplied {
        return Ok(());
    }
    for (part, side) in [
        ("forward half bridge", Side::Forward),
        ("backward half bridge", Side::Backward),
    ] {
        same(
            part,
            "while a pen that may not treat closes enable path and supply",
            Value::Share(0),
            Value::Share(bench.duty(side)?),
        )?;
    }
    Ok(())
}

/// A write's turn among those of one tick.
#[derive(Clone, Copy, Debug)]
struct Turn {
    place: u8,
    part: &'static str,
    when: &'static str,
    expected: &'static str,
}

impl Turn {
    const DUTY: u8 = 2;

    const fn of(event: Event) -> Self {
        let (place, part, when, expected) = match event {
            Event::Supply(false) => (0, SUPPLY, "opened in one tick", "the first write"),
            Event::Enable(false) => (1, ENABLE, "opened in one tick", "no duty before it"),
            Event::Duty(..) => (Self::DUTY, "half bridges", "in one tick", "no third write"),
            Event::Enable(true) => (3, ENABLE, "closed in one tick", "no duty after it"),
            Event::Supply(true) => (4, SUPPLY, "closed in one tick", "the last write"),
        };
        Self {
            place,
            part,
            when,
            expected,
        }
    }

    const fn closes(self) -> bool {
        self.place > Self::DUTY
    }

    const fn is_once_more(self, before: Self) -> bool {
        self.place == before.place && self.place != Self::DUTY
    }
}

/// What the outputs of a pen that may not treat say, write by write.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "two switches, and what must have been seen of them"
)]
struct Order {
    enable: bool,
    supply: bool,
    duties: [u16; 2],
    has_probed: bool,
    has_probed_supply: bool,
    has_braked: bool,
}

impl Order {
    /// The writes of one tick: opening the second switch comes first, then opening the enable path; then
    /// duties; then closing the enable path, and the second switch last. With both closed there is no
    /// duty.
    fn watch<T: Bench>(&mut self, bench: &mut T) -> Result<(), Trouble> {
        let mut at = 0;
        let mut before: Option<Turn> = None;
        while let Some(event) = bench.take_event()? {
            let turn = Turn::of(event);
            // Whoever was too early is named, or whoever came too late.
            let wrong = match before {
                Some(before) if before.closes() && turn.place <= before.place => Some(before),
                // Duties come in twos; everything else once.
                Some(before) if turn.place < before.place || turn.is_once_more(before) => {
                    Some(turn)
                }
                _ => None,
            };
            if let Some(Turn {
                part,
                when,
                expected,
                ..
            }) = wrong
            {
                let (expected, seen) = (Value::Words(expected), Value::Words("another order"));
                demand(false, part, when, expected, seen)?;
            }
            before = Some(turn);
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
            Event::Supply(level) => self.supply = level,
            Event::Duty(Side::Forward, duty) => *forward = duty,
            Event::Duty(Side::Backward, duty) => *backward = duty,
        }
        let duty = (*forward).max(*backward);
        let is_driven = self.enable && self.supply && duty > 0;
        self.has_braked |= self.enable && duty == 0;
        self.has_probed |= !self.enable && self.supply && duty > 0;
        self.has_probed_supply |= self.enable && !self.supply && duty > 0;
        demand(
            !is_driven,
            "half bridges",
            "with enable path and supply closed, while a pen may not treat",
            Value::Share(0),
            Value::Share(duty),
        )
    }
}
