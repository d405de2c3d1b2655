//! The traits of the application, over the wires of one tick.

use core::cell::Cell;
use core::convert::Infallible;

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use pen_app::board::{
    Accelerometer, Adc, AdcInput, ControlBoard, ControlParts, DepthActuator, Encoder, HostBoard,
    Tachometer, TagReader, Watchdog,
};
use pen_core::io::{Acceleration, DepthCommand, Sample, Tacho, TagReading};
use pen_lockstep::DUTY_STEPS;

use crate::flash::PlantFlash;
use crate::serial::Serial;
use crate::wires::Wires;

/// The board, before its parts are handed over.
#[derive(Clone, Copy, Debug)]
pub struct Mps2(pub &'static Wires);

impl ControlBoard for Mps2 {
    type Input = Input;
    type Forward = Forward;
    type Backward = Backward;
    type Enable = Switch;
    type Supply = Switch;
    type Adc = Part;
    type Encoder = Part;
    type Accelerometer = Part;
    type Tachometer = Part;
    type TagReader = Part;
    type DepthActuator = Part;
    type Watchdog = Part;

    fn parts(self) -> ControlParts<Self> {
        let part = Part(self.0);
        let contacts = &self.0.contacts;
        ControlParts {
            trigger_closed: Input(&contacts.trigger_closed),
            trigger_opened: Input(&contacts.trigger_opened),
            next: Input(&contacts.next),
            ok: Input(&contacts.ok),
            seat: Input(&contacts.seat),
            vbus: Input(&contacts.vbus),
            forward: Forward(self.0),
            backward: Backward(self.0),
            enable: Switch(&self.0.enable),
            supply: Switch(&self.0.supply),
            adc: part,
            encoder: part,
            accelerometer: part,
            tachometer: part,
            tag: part,
            actuator: part,
            watchdog: part,
        }
    }
}

impl HostBoard for Mps2 {
    type Serial = Serial;
    type Flash = PlantFlash;
}

/// A level input.
#[derive(Clone, Copy, Debug)]
pub struct Input(&'static Cell<bool>);

impl digital::ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.get())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        self.is_high().map(|high| !high)
    }
}

/// The forward half bridge.
#[derive(Clone, Copy, Debug)]
pub struct Forward(&'static Wires);

/// The backward half bridge.
#[derive(Clone, Copy, Debug)]
pub struct Backward(&'static Wires);

impl pwm::ErrorType for Forward {
    type Error = Infallible;
}

impl SetDutyCycle for Forward {
    fn max_duty_cycle(&self) -> u16 {
        DUTY_STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.forward.set(duty.min(DUTY_STEPS));
        Ok(())
    }
}

impl pwm::ErrorType for Backward {
    type Error = Infallible;
}

impl SetDutyCycle for Backward {
    fn max_duty_cycle(&self) -> u16 {
        DUTY_STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.backward.set(duty.min(DUTY_STEPS));
        Ok(())
    }
}

/// The bridge's enable path, or the second switch in its supply.
#[derive(Clone, Copy, Debug)]
pub struct Switch(&'static Cell<bool>);

impl digital::ErrorType for Switch {
    type Error = Infallible;
}

impl OutputPin for Switch {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.set(true);
        Ok(())
    }
}

/// Every part that is read or told in one call.
#[derive(Clone, Copy, Debug)]
pub struct Part(&'static Wires);

impl Adc for Part {
    fn newest(&mut self, input: AdcInput) -> Sample {
        let readings = self.0.readings.get();
        match input {
            AdcInput::DepthA => readings.depth_a,
            AdcInput::Current => readings.current,
            AdcInput::Battery => readings.battery,
            AdcInput::Grip => readings.grip,
        }
    }
}

impl Encoder for Part {
    fn newest(&mut self) -> Sample {
        self.0.readings.get().depth_b
    }
}

impl Accelerometer for Part {
    fn newest(&mut self) -> Acceleration {
        self.0.readings.get().acceleration
    }
}

impl Tachometer for Part {
    fn take(&mut self) -> Tacho {
        self.0.take_tacho()
    }
}

impl TagReader for Part {
    fn newest(&mut self) -> TagReading {
        self.0.readings.get().tag
    }

    fn burn(&mut self, id: u64) {
        self.0.burn.set(Some(id));
    }
}

impl DepthActuator for Part {
    fn follow(&mut self, command: DepthCommand) {
        self.0.actuator_um.set(Some(command.target.as_um()));
    }
}

impl Watchdog for Part {
    fn feed(&mut self) {
        self.0.fed.set(self.0.fed.get().wrapping_add(1));
    }
}
