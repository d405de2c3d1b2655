//! A motorised depth actuator: a lead screw, a stepper driver with STEP, DIR and nENABLE, a home
//! switch at the shallow end. A pen with a ring takes [`Ring`] instead.

use embedded_hal::digital::{InputPin, OutputPin};
use pen_app::board::DepthActuator;
use pen_core::io::DepthCommand;

/// No actuator: a ring that a hand turns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring;

impl DepthActuator for Ring {
    fn follow(&mut self, _: DepthCommand) {}
}

/// Micrometres that the carriage moves in one step.
///
/// - Unit: um
/// - Range: a step takes two ticks, so 500 of them a second; at least the 0.5 mm/s that the core
///   ramps a deepening with
/// - Source: none yet; 0.5 mm thread, 200 steps a turn
pub const UM_PER_STEP: i32 = 2;

/// Where the carriage stands when the home switch closes. Unit: um. Source: none yet
pub const HOME_UM: i32 = -100;

/// How far the carriage has to go at most before the home switch must have closed. Unit: steps
const HOMING_STEPS: u16 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On the way to the home switch, with so many steps left.
    Homing(u16),
    /// At so many micrometres.
    At(i32),
    /// The home switch never came, or a pin failed: the driver is off.
    Lost,
}

/// The actuator; one half step a tick.
#[derive(Debug)]
pub struct Stepper<S, D, N, H> {
    step: S,
    direction: D,
    disable: N,
    home: H,
    place: Place,
    /// The step pin is high.
    is_half: bool,
}

impl<S: OutputPin, D: OutputPin, N: OutputPin, H: InputPin> Stepper<S, D, N, H> {
    /// An actuator that has yet to find its home; `disable` is the driver's nENABLE.
    pub const fn new(step: S, direction: D, disable: N, home: H) -> Self {
        Self {
            step,
            direction,
            disable,
            home,
            place: Place::Homing(HOMING_STEPS),
            is_half: false,
        }
    }

    /// Where the carriage is; nothing before it has found its home.
    #[must_use]
    pub const fn place_um(&self) -> Option<i32> {
        match self.place {
            Place::At(um) => Some(um),
            Place::Homing(_) | Place::Lost => None,
        }
    }

    fn work(&mut self, target_um: i32) -> Option<Place> {
        if self.is_half {
            self.step.set_low().ok()?;
            self.is_half = false;
            return Some(self.place);
        }
        match self.place {
            Place::Lost => None,
            Place::Homing(_) if self.home.is_high().ok()? => Some(Place::At(HOME_UM)),
            Place::Homing(left) => {
                let left = left.checked_sub(1)?;
                self.start_step(false)?;
                Some(Place::Homing(left))
            }
            Place::At(um) if target_um >= um.saturating_add(UM_PER_STEP) => {
                self.start_step(true)?;
                Some(Place::At(um + UM_PER_STEP))
            }
            Place::At(um) if target_um <= um.saturating_sub(UM_PER_STEP) => {
                self.start_step(false)?;
                Some(Place::At(um - UM_PER_STEP))
            }
            Place::At(um) => Some(Place::At(um)),
        }
    }

    fn start_step(&mut self, is_deeper: bool) -> Option<()> {
        self.disable.set_low().ok()?;
        if is_deeper {
            self.direction.set_high().ok()?;
        } else {
            self.direction.set_low().ok()?;
        }
        self.step.set_high().ok()?;
        self.is_half = true;
        Some(())
    }
}

impl<S: OutputPin, D: OutputPin, N: OutputPin, H: InputPin> DepthActuator for Stepper<S, D, N, H> {
    fn follow(&mut self, command: DepthCommand) {
        match self.work(command.target.as_um()) {
            Some(place) => self.place = place,
            None => {
                // Nobody knows where it is: both depth channels still do, and the core trips.
                self.place = Place::Lost;
                let _ = self.disable.set_high();
            }
        }
    }
}
