//! Half bridges and enable path, with the second switch closed where torque is wanted: polarity, scale, direction, and that each is apart from the other.

use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use pen_app::board::{Adc, AdcInput, ControlBoard, ControlParts, HostBoard, Tachometer};
use pen_core::units::Duration;

use super::rest;
use super::supply::{SUPPLY, hold};
use crate::bench::{Bench, Side, Torque};
use crate::failure::{Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

/// A written duty is on the wire within one control tick.
pub(super) const TAKES_EFFECT: Duration = Duration::from_ms(2);

/// Fewest steps of a full scale: the core commands in ten-thousandths, and a coarse timer rounds
/// its small duties away. Source: none yet; the reference plant was tried with 4,000
const STEPS_MIN: u16 = 1_000;

/// Full duty. Unit: ten-thousandths
const FULL: u16 = 10_000;

const ENABLE: &str = "enable path";
pub(super) const TERMINALS: &str = "motor terminals";

const fn name(side: Side) -> &'static str {
    match side {
        Side::Forward => "forward half bridge",
        Side::Backward => "backward half bridge",
    }
}

pub(super) fn outputs_start_without_torque<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let when = "before anything was written";
    let enable = bench.enable();
    let supply = subject.has_second_switch().then(|| bench.supply());
    let duties = [
        (Side::Forward, bench.duty(Side::Forward)),
        (Side::Backward, bench.duty(Side::Backward)),
    ];
    rest(subject.parts()?);
    same(ENABLE, when, Value::Level(false), Value::Level(enable?))?;
    if let Some(supply) = supply {
        same(SUPPLY, when, Value::Level(false), Value::Level(supply?))?;
    }
    for (side, duty) in duties {
        same(name(side), when, Value::Share(0), Value::Share(duty?))?;
    }
    Ok(Note::Nothing)
}

pub(super) fn full_scale_is_fine_enough<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    _: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    for (side, full) in [
        (Side::Forward, parts.forward.max_duty_cycle()),
        (Side::Backward, parts.backward.max_duty_cycle()),
    ] {
        demand(
            full >= STEPS_MIN,
            name(side),
            "steps of the full scale",
            Value::Words("at least 1000"),
            Value::Count(full.into()),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn half_bridges_follow_their_duty<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let outcome = follow_duties(parts, bench);
    rest(parts);
    outcome
}

fn follow_duties<B: ControlBoard, T: Bench>(parts: &mut ControlParts<B>, bench: &mut T) -> Outcome {
    for (side, other) in [
        (Side::Forward, Side::Backward),
        (Side::Backward, Side::Forward),
    ] {
        for (percent, when) in [
            (0, "at duty 0 %"),
            (25, "at duty 25 %"),
            (50, "at duty 50 %"),
            (100, "at duty 100 %"),
            (0, "at duty 0 % after 100 %"),
        ] {
            drive(parts, side, percent)?;
            bench.wait(TAKES_EFFECT);
            let (asked, seen) = (u16::from(percent) * 100, bench.duty(side)?);
            let is_end = asked == 0 || asked == FULL;
            let slack = if is_end { 0 } else { bench.duty_tolerance() };
            demand(
                seen.abs_diff(asked) <= slack,
                name(side),
                when,
                Value::Share(asked),
                Value::Share(seen),
            )?;
            let idle = bench.duty(other)?;
            same(
                name(other),
                "while the other one drives",
                Value::Share(0),
                Value::Share(idle),
            )?;
            if let Ok(enable) = bench.enable() {
                same(ENABLE, when, Value::Level(false), Value::Level(enable))?;
            }
        }
    }
    Ok(Note::Nothing)
}

pub(super) fn enable_path_follows_its_pin<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let outcome = follow_enable(parts, bench);
    rest(parts);
    outcome
}

fn follow_enable<B: ControlBoard, T: Bench>(parts: &mut ControlParts<B>, bench: &mut T) -> Outcome {
    for (level, when) in [
        (true, "after the pin was set high"),
        (false, "after the pin was set low"),
        (true, "after the pin was set high again"),
        (false, "after the pin was set low again"),
    ] {
        set_enable(parts, level)?;
        bench.wait(TAKES_EFFECT);
        let seen = bench.enable()?;
        same(ENABLE, when, Value::Level(level), Value::Level(seen))?;
    }
    Ok(Note::Nothing)
}

pub(super) fn open_enable_path_frees_the_motor<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let outcome = free_at_any_duty(parts, bench);
    rest(parts);
    outcome
}

fn free_at_any_duty<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
) -> Outcome {
    set_enable(parts, false)?;
    for side in [Side::Forward, Side::Backward] {
        for percent in [0, 15, 100] {
            drive(parts, side, percent)?;
            hold(parts, bench, TAKES_EFFECT)?;
            let seen = bench.torque()?;
            same(
                TERMINALS,
                "with the enable path open",
                Value::Torque(Torque::Free),
                Value::Torque(seen),
            )?;
        }
        drive(parts, side, 0)?;
    }
    Ok(Note::Nothing)
}

pub(super) fn zero_duty_shorts_the_motor<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let outcome = expect_torque(parts, bench, None, Torque::Shorted);
    rest(parts);
    outcome
}

pub(super) fn torque_has_its_direction<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let parts = subject.parts()?;
    let mut outcome = Ok(Note::Nothing);
    for (side, expected) in [
        (Side::Forward, Torque::Forward),
        (Side::Backward, Torque::Backward),
    ] {
        outcome = outcome.and_then(|_| expect_torque(parts, bench, Some(side), expected));
        rest(parts);
    }
    outcome
}

/// Closes the enable path with a quarter of duty on one side, or none.
fn expect_torque<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
    side: Option<Side>,
    expected: Torque,
) -> Outcome {
    let when = match side {
        None => {
            drive(parts, Side::Forward, 0)?;
            drive(parts, Side::Backward, 0)?;
            "with the enable path closed and no duty"
        }
        Some(Side::Forward) => {
            drive(parts, Side::Forward, 25)?;
            "with the enable path closed and forward duty 25 %"
        }
        Some(Side::Backward) => {
            drive(parts, Side::Backward, 25)?;
            "with the enable path closed and backward duty 25 %"
        }
    };
    set_enable(parts, true)?;
    // To brake the second switch stays open.
    if side.is_some() {
        hold(parts, bench, TAKES_EFFECT)?;
    } else {
        bench.wait(TAKES_EFFECT);
    }
    let seen = bench.torque()?;
    same(
        TERMINALS,
        when,
        Value::Torque(expected),
        Value::Torque(seen),
    )?;
    Ok(Note::Nothing)
}

pub(super) fn motor_turns_as_told<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    bench.connect_motor()?;
    let parts = subject.parts()?;
    let mut outcome = Ok(Note::Nothing);
    for side in [Side::Forward, Side::Backward] {
        outcome = outcome.and_then(|_| turn_motor(parts, bench, side));
        // Shorted, it stops within 100 ms; then it is let go.
        let _ = parts.supply.set_low();
        let _ = parts.forward.set_duty_cycle(0);
        let _ = parts.backward.set_duty_cycle(0);
        bench.wait(Duration::from_ms(200));
        rest(parts);
    }
    bench.disconnect_motor();
    let _ = parts.tachometer.take();
    outcome
}

/// Edges and current must agree with the side that drives.
fn turn_motor<B: ControlBoard, T: Bench>(
    parts: &mut ControlParts<B>,
    bench: &mut T,
    side: Side,
) -> Outcome {
    let (when, sign) = match side {
        Side::Forward => ("while the motor is driven forward", 1),
        Side::Backward => ("while the motor is driven backward", -1),
    };
    let _ = parts.tachometer.take();
    let idle = i32::from(parts.adc.newest(AdcInput::Current).counts);
    drive(parts, side, 20)?;
    set_enable(parts, true)?;
    let (mut edges, mut excess) = (0_i32, 0_i32);
    for _ in 0..300 {
        hold(parts, bench, Duration::from_ms(1))?;
        edges += i32::from(parts.tachometer.take().edges);
        excess += i32::from(parts.adc.newest(AdcInput::Current).counts) - idle;
    }
    demand(
        edges * sign >= 4,
        "tachometer",
        when,
        Value::Words(if sign > 0 {
            "at least 4 quarter turns forward"
        } else {
            "at least 4 quarter turns backward"
        }),
        Value::Count(edges.into()),
    )?;
    demand(
        excess * sign > 0,
        "motor current",
        when,
        Value::Words(if sign > 0 {
            "counts above those at rest"
        } else {
            "counts below those at rest"
        }),
        Value::Count((excess / 300).into()),
    )?;
    Ok(Note::Nothing)
}

/// Writes a duty. Unit: percent of the full scale
pub(super) fn drive<B: ControlBoard>(
    parts: &mut ControlParts<B>,
    side: Side,
    percent: u8,
) -> Result<(), Trouble> {
    let is_written = match side {
        Side::Forward => parts.forward.set_duty_cycle_percent(percent).is_ok(),
        Side::Backward => parts.backward.set_duty_cycle_percent(percent).is_ok(),
    };
    demand(
        is_written,
        name(side),
        "writing a duty",
        Value::Words("no error"),
        Value::Words("an error"),
    )
}

pub(super) fn set_enable<B: ControlBoard>(
    parts: &mut ControlParts<B>,
    is_closed: bool,
) -> Result<(), Trouble> {
    let is_written = if is_closed {
        parts.enable.set_high().is_ok()
    } else {
        parts.enable.set_low().is_ok()
    };
    demand(
        is_written,
        ENABLE,
        "writing the pin",
        Value::Words("no error"),
        Value::Words("an error"),
    )
}
