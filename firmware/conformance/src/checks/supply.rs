//! The second switch, in the bridge's supply: that it follows its pin, that without it the bridge can
//! only brake, and that it opens by itself.

use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use pen_app::board::{ControlBoard, ControlParts, HostBoard};
use pen_core::units::Duration;

use super::drive::{TAKES_EFFECT, TERMINALS, drive, set_enable};
use super::{TICK_MAX_US, rest};
use crate::bench::{Bench, Side, Torque};
use crate::failure::{Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

pub(super) const SUPPLY: &str = "second switch";

/// Longest time without a pulse after which the switch is open (STOP-004). Unit: us
const HOLD_MAX_US: u64 = 5_000;

/// So long a pen works on before the switch is looked at: its charge pump is full. Unit: ms
const FILLS_MS: u32 = 10;

/// Writes the pin high every millisecond, as a control step that drives does. The switch of a board
/// that has none is written, too.
pub(super) fn hold<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
    span: Duration,
) -> Result<(), Trouble> {
    for _ in 0..span.as_ms() {
        set(parts, true)?;
        bench.wait(Duration::from_ms(1));
    }
    Ok(())
}

pub(super) fn second_switch_follows_its_pin<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    subject.needs_second_switch()?;
    let parts = subject.parts()?;
    let outcome = follow(parts, bench);
    rest(parts);
    outcome
}

fn follow<B: ControlBoard, T: Bench>(parts: &mut ControlParts<B>, bench: &mut T) -> Outcome {
    for (level, when) in [
        (false, "after the pin was set low"),
        (true, "after the pin was set high"),
        (false, "after the pin was set low again"),
        (true, "after the pin was set high again"),
        (false, "after the pin was set low at last"),
    ] {
        if level {
            hold(parts, bench, Duration::from_ms(FILLS_MS))?;
        } else {
            set(parts, false)?;
            bench.wait(TAKES_EFFECT);
        }
        let seen = bench.supply()?;
        same(SUPPLY, when, Value::Level(level), Value::Level(seen))?;
        if let Ok(enable) = bench.enable() {
            same(
                "enable path",
                "while only the second switch is written",
                Value::Level(false),
                Value::Level(enable),
            )?;
        }
    }
    // The other way round: the enable path leaves it alone.
    set_enable(parts, true)?;
    bench.wait(TAKES_EFFECT);
    let seen = bench.supply()?;
    let when = "while only the enable path is closed";
    same(SUPPLY, when, Value::Level(false), Value::Level(seen))?;
    Ok(Note::Nothing)
}

pub(super) fn open_second_switch_only_brakes<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    subject.needs_second_switch()?;
    let parts = subject.parts()?;
    let outcome = brake_at_any_duty(parts, bench);
    rest(parts);
    outcome
}

fn brake_at_any_duty<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
) -> Outcome {
    set(parts, false)?;
    for side in [Side::Forward, Side::Backward] {
        for percent in [15, 100] {
            drive(parts, side, percent)?;
            set_enable(parts, true)?;
            bench.wait(TAKES_EFFECT);
            let seen = bench.torque()?;
            demand(
                !matches!(seen, Torque::Forward | Torque::Backward),
                TERMINALS,
                "with the second switch open and a duty",
                Value::Words("no drive"),
                Value::Torque(seen),
            )?;
        }
        drive(parts, side, 0)?;
        bench.wait(TAKES_EFFECT);
        let seen = bench.torque()?;
        same(
            TERMINALS,
            "with the second switch open, the enable path closed and no duty",
            Value::Torque(Torque::Shorted),
            Value::Torque(seen),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn starved_second_switch_opens<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    subject.needs_second_switch()?;
    let parts = subject.parts()?;
    let _ = parts.enable.set_low();
    let _ = parts.forward.set_duty_cycle(0);
    let _ = parts.backward.set_duty_cycle(0);
    let held = hold(parts, bench, Duration::from_ms(FILLS_MS));
    let _ = parts.supply.set_high();
    let opened = bench.starve_supply(Duration::from_ms(200));
    rest(parts);
    held?;
    let when = "after the last pulse";
    let Some(opened) = opened?.map(|span| u64::from(span.as_us())) else {
        let expected = Value::AtMostUs(HOLD_MAX_US);
        let seen = Value::Words("still closed after 200 ms");
        return demand(false, SUPPLY, when, expected, seen).map(|()| Note::Nothing);
    };
    let slack = u64::from(bench.time_tolerance().as_us());
    demand(
        opened <= HOLD_MAX_US.saturating_add(slack),
        SUPPLY,
        when,
        Value::AtMostUs(HOLD_MAX_US),
        Value::Us(opened),
    )?;
    // A late tick must not take the torque of a sound pen.
    demand(
        opened.saturating_add(slack) >= TICK_MAX_US,
        SUPPLY,
        when,
        Value::AtLeastUs(TICK_MAX_US),
        Value::Us(opened),
    )?;
    Ok(Note::Took {
        what: "open after",
        us: opened,
    })
}

fn set<B: ControlBoard>(parts: &mut ControlParts<B>, is_closed: bool) -> Result<(), Trouble> {
    let is_written = if is_closed {
        parts.supply.set_high().is_ok()
    } else {
        parts.supply.set_low().is_ok()
    };
    demand(
        is_written,
        SUPPLY,
        "writing the pin",
        Value::Words("no error"),
        Value::Words("an error"),
    )
}
