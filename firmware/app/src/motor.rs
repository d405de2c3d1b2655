//! The output stage: turns the gate's command into pin writes, torque away before torque on.
//!
//! It takes nothing but a [`MotorCommand`], which only the core's gate can make, so that no message
//! and no mistake up here can ask for a duty. It never waits and never smooths.

use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use pen_core::gate::{Bridge, Duty, MotorCommand};

/// Two half bridges, the enable path and the second switch of one motor.
///
/// A half bridge drives its side high for the duty's share and low for the rest; both at zero with
/// the enable path closed short the winding through the low sides.
#[derive(Debug)]
pub struct MotorDriver<F, B, E, S> {
    forward: F,
    backward: B,
    enable: E,
    supply: S,
    failed: Option<MotorFailure>,
}

/// The output stage did not do as it was told. It stays off until the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MotorFailure {
    /// A half bridge reported an error.
    Bridge,
    /// The enable path reported an error.
    Enable,
    /// The second switch reported an error.
    Supply,
    /// The timer's value would be more than the command (CONF-007).
    Duty {
        /// The command. Unit: ten-thousandths.
        parts: u16,
        /// The timer's value.
        raw: u16,
        /// The timer's full scale.
        full: u16,
    },
}

impl<F: SetDutyCycle, B: SetDutyCycle, E: OutputPin, S: OutputPin> MotorDriver<F, B, E, S> {
    /// A driver that has written nothing yet.
    pub const fn new(forward: F, backward: B, enable: E, supply: S) -> Self {
        Self {
            forward,
            backward,
            enable,
            supply,
            failed: None,
        }
    }

    /// Writes a command to the pins; every tick, changed or not (STOP-009).
    ///
    /// Requirement: SAFE-001, STOP-004, CONF-007.
    ///
    /// # Errors
    /// The first [`MotorFailure`] since the start; the stage is off then, whatever was asked.
    pub fn drive(&mut self, command: MotorCommand) -> Result<(), MotorFailure> {
        if self.failed.is_none() {
            self.failed = self
                .write(command.enable(), command.supply(), command.bridge())
                .err();
        }
        match self.failed {
            None => Ok(()),
            Some(failure) => {
                self.off();
                Err(failure)
            }
        }
    }

    /// The first failure since the start.
    #[must_use]
    pub const fn failure(&self) -> Option<MotorFailure> {
        self.failed
    }

    /// The parts again.
    pub fn release(self) -> (F, B, E, S) {
        (self.forward, self.backward, self.enable, self.supply)
    }

    fn write(&mut self, enable: bool, supply: bool, bridge: Bridge) -> Result<(), MotorFailure> {
        if !supply {
            self.supply.set_low().map_err(|_| MotorFailure::Supply)?;
        }
        if !enable {
            self.open_enable()?;
        }
        match bridge {
            Bridge::Float | Bridge::Short => {
                stop(&mut self.forward)?;
                stop(&mut self.backward)?;
            }
            Bridge::Forward(duty) => {
                stop(&mut self.backward)?;
                turn(&mut self.forward, duty)?;
            }
            Bridge::Backward(duty) => {
                stop(&mut self.forward)?;
                turn(&mut self.backward, duty)?;
            }
        }
        // A floating bridge has no torque to give: its enable path stays open whatever else.
        match (enable, bridge) {
            (true, Bridge::Short | Bridge::Forward(_) | Bridge::Backward(_)) => {
                self.enable.set_high().map_err(|_| MotorFailure::Enable)
            }
            (true, Bridge::Float) => self.open_enable(),
            (false, _) => Ok(()),
        }?;
        if supply {
            self.supply.set_high().map_err(|_| MotorFailure::Supply)?;
        }
        Ok(())
    }

    fn open_enable(&mut self) -> Result<(), MotorFailure> {
        self.enable.set_low().map_err(|_| MotorFailure::Enable)
    }

    /// Everything off; errors change nothing about trying the rest.
    fn off(&mut self) {
        let _ = self.supply.set_low();
        let _ = self.enable.set_low();
        let _ = self.forward.set_duty_cycle(0);
        let _ = self.backward.set_duty_cycle(0);
    }
}

fn stop<P: SetDutyCycle>(side: &mut P) -> Result<(), MotorFailure> {
    side.set_duty_cycle(0).map_err(|_| MotorFailure::Bridge)
}

fn turn<P: SetDutyCycle>(side: &mut P, duty: Duty) -> Result<(), MotorFailure> {
    let full = side.max_duty_cycle();
    let raw = timer_value(duty, full)?;
    side.set_duty_cycle(raw).map_err(|_| MotorFailure::Bridge)
}

/// The timer's value for a duty, rounded down, and checked once more as it will be written.
fn timer_value(duty: Duty, full: u16) -> Result<u16, MotorFailure> {
    let parts = duty.as_parts();
    let scaled = u32::from(parts) * u32::from(full) / u32::from(Duty::FULL);
    let raw = u16::try_from(scaled).unwrap_or(u16::MAX);
    if is_within(parts, raw, full) {
        Ok(raw)
    } else {
        Err(MotorFailure::Duty { parts, raw, full })
    }
}

/// Whether a timer's value is no more than a command, and so no more than its full scale.
fn is_within(parts: u16, raw: u16, full: u16) -> bool {
    let asked = u32::from(parts) * u32::from(full);
    parts <= Duty::FULL && u32::from(raw) * u32::from(Duty::FULL) <= asked
}

#[cfg(test)]
mod tests;
