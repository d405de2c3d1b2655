//! Pins that end in memory.

use core::convert::Infallible;

use embedded_hal::digital::{Error, ErrorKind, ErrorType, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use pen_conformance::{Event, Level, Side};

use super::{Defect, Wires, place};
use crate::drivers::stepper::{HOME_UM, UM_PER_STEP};
use crate::drivers::watchdog;
use crate::pins::DUTY_STEPS;

/// A pin that does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// A level input.
#[derive(Debug)]
pub struct Input {
    wires: &'static Wires,
    level: Level,
}

impl Input {
    /// The input of this name.
    #[must_use]
    pub const fn new(wires: &'static Wires, level: Level) -> Self {
        Self { wires, level }
    }
}

impl ErrorType for Input {
    type Error = Broken;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Broken> {
        self.wires.with(|state| {
            let is_spoilt = state.spoilt.get(place(self.level)).copied();
            if is_spoilt.unwrap_or(false) {
                Err(Broken)
            } else {
                Ok(state.level(self.level))
            }
        })
    }

    fn is_low(&mut self) -> Result<bool, Broken> {
        self.is_high().map(|is_high| !is_high)
    }
}

/// Place of a side in the state's duties.
pub(super) const fn side(side: Side) -> usize {
    match side {
        Side::Forward => 0,
        Side::Backward => 1,
    }
}

/// Duty of a half bridge. Unit: ten-thousandths
pub(super) fn parts(raw: u16) -> u16 {
    let parts = u32::from(raw) * 10_000 / u32::from(DUTY_STEPS);
    u16::try_from(parts).unwrap_or(u16::MAX)
}

/// A half bridge.
#[derive(Debug)]
pub struct HalfBridge {
    wires: &'static Wires,
    side: Side,
}

impl HalfBridge {
    /// The half bridge of this side.
    #[must_use]
    pub const fn new(wires: &'static Wires, side: Side) -> Self {
        Self { wires, side }
    }
}

/// A duty beyond the full scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch {
    /// What was asked.
    pub duty: u16,
    /// What there is.
    pub full: u16,
}

impl pwm::Error for TooMuch {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}

impl pwm::ErrorType for HalfBridge {
    type Error = TooMuch;
}

impl SetDutyCycle for HalfBridge {
    fn max_duty_cycle(&self) -> u16 {
        DUTY_STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), TooMuch> {
        if duty > DUTY_STEPS {
            return Err(TooMuch {
                duty,
                full: DUTY_STEPS,
            });
        }
        self.wires.with(|state| {
            state.note(Event::Duty(self.side, parts(duty)));
            if let Some(place) = state.duties.get_mut(side(self.side)) {
                *place = duty;
            }
        });
        Ok(())
    }
}

/// The enable pin.
#[derive(Debug)]
pub struct Enable(&'static Wires);

impl Enable {
    /// Low.
    #[must_use]
    pub const fn new(wires: &'static Wires) -> Self {
        Self(wires)
    }

    fn set(&self, level: bool) {
        self.0.with(|state| {
            state.note(Event::Enable(level));
            state.enable = level;
        });
    }
}

impl ErrorType for Enable {
    type Error = Infallible;
}

impl OutputPin for Enable {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

/// The pin of the second switch: every write of a high level is a pulse for its charge pump.
#[derive(Debug)]
pub struct Supply(&'static Wires);

impl Supply {
    /// Low.
    #[must_use]
    pub const fn new(wires: &'static Wires) -> Self {
        Self(wires)
    }

    fn set(&self, level: bool) {
        self.0.with(|state| {
            state.note(Event::Supply(level));
            state.supply = level;
            if level {
                state.pumped_us = state.now_us();
            }
        });
    }
}

impl ErrorType for Supply {
    type Error = Infallible;
}

impl OutputPin for Supply {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

/// An input of the stepper's driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A rising edge is a step.
    Step,
    /// High is deeper.
    Direction,
    /// High switches the driver off.
    Disable,
}

/// An output to the stepper's driver.
#[derive(Debug)]
pub struct Output {
    wires: &'static Wires,
    line: Line,
}

impl Output {
    /// The output of this name.
    #[must_use]
    pub const fn new(wires: &'static Wires, line: Line) -> Self {
        Self { wires, line }
    }

    fn set(&self, level: bool) {
        self.wires.with(|state| {
            let [step, direction, disable] = &mut state.lines;
            match self.line {
                Line::Direction => *direction = level,
                Line::Disable => *disable = level,
                Line::Step => {
                    let is_step = level && !*step && !*disable;
                    *step = level;
                    let is_reversed = state.defect == Some(Defect::StepperReversed);
                    if is_step {
                        let is_deeper = *direction != is_reversed;
                        let um = if is_deeper { UM_PER_STEP } else { -UM_PER_STEP };
                        // Behind home there is a stop.
                        state.carriage_um = (state.carriage_um + um).max(HOME_UM);
                    }
                }
            }
        });
    }
}

impl ErrorType for Output {
    type Error = Infallible;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

/// The home switch.
#[derive(Debug)]
pub struct Home(&'static Wires);

impl Home {
    /// Of the carriage on these wires.
    #[must_use]
    pub const fn new(wires: &'static Wires) -> Self {
        Self(wires)
    }
}

impl ErrorType for Home {
    type Error = Infallible;
}

impl InputPin for Home {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.with(|state| state.carriage_um <= HOME_UM))
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|is_high| !is_high)
    }
}

/// The watchdog.
#[derive(Debug)]
pub struct Dog(&'static Wires);

impl Dog {
    /// Not started.
    #[must_use]
    pub const fn new(wires: &'static Wires) -> Self {
        Self(wires)
    }
}

impl watchdog::Reload for Dog {
    fn reload(&mut self) {
        self.0.with(|state| {
            state.fed = state.fed.wrapping_add(1);
            if state.defect != Some(Defect::DogNeverStarted) {
                state.fed_us = Some(state.now_us());
            }
        });
    }
}
