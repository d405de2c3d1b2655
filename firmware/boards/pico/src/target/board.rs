//! The parts of the Pico as `pen-app` wants them.

use pen_app::board::{
    Accelerometer, ControlBoard, ControlParts, DepthActuator, Encoder, HostBoard, TagReader,
};
use pen_core::io::{Acceleration, DepthCommand, Sample, TagReading};

use super::bus;
use super::dog::Dog;
use super::hall::Halls;
use super::inputs::{Converter, Input};
use super::outputs::{Backward, Enable, Forward};
use super::storage::Storage;
use super::usb::Serial;

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
    type Adc = Converter;
    type Encoder = DepthEncoder;
    type Accelerometer = Motion;
    type Tachometer = Halls;
    type TagReader = Reader;
    type DepthActuator = Ring;
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
            enable: Enable,
            adc: self.converter,
            encoder: DepthEncoder,
            accelerometer: Motion,
            tachometer: Halls,
            tag: Reader,
            actuator: Ring,
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

/// A depth ring: it is turned by hand and only measured, so there is nothing to follow.
#[derive(Debug)]
pub(crate) struct Ring;

impl DepthActuator for Ring {
    fn follow(&mut self, _command: DepthCommand) {}
}
