//! The parts of the Pico as `pen-app` wants them.

use pen_app::board::{
    Accelerometer, ControlBoard, ControlParts, DepthActuator, Encoder, HostBoard, TagReader,
};
use pen_core::io::{Acceleration, DepthCommand, Sample, TagReading};
use pen_pico::stepper::Stepper;

use super::dog::Dog;
use super::hall::Halls;
use super::inputs::{Converter, Input};
use super::outputs::{Backward, Enable, Forward, Supply, Switch};
use super::storage::Storage;
use super::usb::Serial;
use super::{bus, outputs};

/// The board, once its pins are taken.
#[derive(Debug)]
pub(crate) struct PicoBoard {
    /// The converter.
    pub(crate) converter: Converter,
}

impl ControlBoard for PicoBoard {
    type Input = Input;
    type Forward = Forward;
    type Backward = Backward;
    type Enable = Enable;
    type Supply = Supply;
    type Adc = Converter;
    type Encoder = DepthEncoder;
    type Accelerometer = Motion;
    type Tachometer = Halls;
    type TagReader = Reader;
    type DepthActuator = Actuator;
    type Watchdog = Dog;

    fn parts(self) -> ControlParts<Self> {
        ControlParts {
            trigger_closed: Input::TRIGGER_CLOSED,
            trigger_opened: Input::TRIGGER_OPENED,
            next: Input::NEXT,
            ok: Input::OK,
            seat: Input::SEAT,
            vbus: Input::VBUS,
            forward: Forward,
            backward: Backward,
            enable: Switch,
            supply: Switch,
            adc: self.converter,
            encoder: DepthEncoder,
            accelerometer: Motion,
            tachometer: Halls,
            tag: Reader,
            actuator: Actuator::default(),
            watchdog: Dog,
        }
    }
}

impl HostBoard for PicoBoard {
    type Serial = Serial;
    type Flash = Storage;
}

/// The magnetic encoder.
#[derive(Debug)]
pub(crate) struct DepthEncoder;

impl Encoder for DepthEncoder {
    fn newest(&mut self) -> Sample {
        bus::depth()
    }
}

/// The accelerometer.
#[derive(Debug)]
pub(crate) struct Motion;

impl Accelerometer for Motion {
    fn newest(&mut self) -> Acceleration {
        bus::acceleration()
    }
}

/// The cartridge's memory.
#[derive(Debug)]
pub(crate) struct Reader;

impl TagReader for Reader {
    fn newest(&mut self) -> TagReading {
        bus::tag()
    }

    fn burn(&mut self, id: u64) {
        bus::burn(id);
    }
}

/// The stepper of a depth actuator; without one its lines lead nowhere, and the search for home ends by
/// itself.
#[derive(Debug, Default)]
pub(crate) struct Actuator {
    stepper: Stepper,
}

impl DepthActuator for Actuator {
    /// The motor's command of this control step stands in the registers already.
    fn follow(&mut self, command: DepthCommand) {
        let target = command.target.as_um();
        let home = Input::HOME.is_high_now();
        let lines = self.stepper.follow(target, home, outputs::are_off());
        outputs::show_stepper(lines);
    }
}
