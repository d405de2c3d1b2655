//! The control tick: sample, step, drive, feed. It waits for nothing and touches no flash.

use embedded_hal::digital::InputPin;
use pen_core::io::{Buttons, Inputs, Sample, Trigger};
use pen_core::units::{Duration, Instant};

use crate::board::{
    Accelerometer, Adc, AdcInput, ControlBoard, ControlParts, DepthActuator, Encoder, Tachometer,
    TagReader, Watchdog,
};
use crate::motor::MotorDriver;
use crate::shared::Core;

/// The parts that the tick owns.
pub struct Control<B: ControlBoard> {
    motor: MotorDriver<B::Forward, B::Backward, B::Enable, B::Supply>,
    trigger_closed: B::Input,
    trigger_opened: B::Input,
    next: B::Input,
    ok: B::Input,
    seat: B::Input,
    vbus: B::Input,
    adc: B::Adc,
    encoder: B::Encoder,
    accelerometer: B::Accelerometer,
    tachometer: B::Tachometer,
    tag: B::TagReader,
    actuator: B::DepthActuator,
    watchdog: B::Watchdog,
}

impl<B: ControlBoard> core::fmt::Debug for Control<B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Control")
            .field("failure", &self.motor.failure())
            .finish_non_exhaustive()
    }
}

impl<B: ControlBoard> Control<B> {
    /// Takes a board's parts.
    pub fn new(board: B) -> Self {
        Self::from_parts(board.parts())
    }

    /// Takes parts.
    pub fn from_parts(parts: ControlParts<B>) -> Self {
        Self {
            motor: MotorDriver::new(parts.forward, parts.backward, parts.enable, parts.supply),
            trigger_closed: parts.trigger_closed,
            trigger_opened: parts.trigger_opened,
            next: parts.next,
            ok: parts.ok,
            seat: parts.seat,
            vbus: parts.vbus,
            adc: parts.adc,
            encoder: parts.encoder,
            accelerometer: parts.accelerometer,
            tachometer: parts.tachometer,
            tag: parts.tag,
            actuator: parts.actuator,
            watchdog: parts.watchdog,
        }
    }

    /// Gives the parts back.
    pub fn release(self) -> ControlParts<B> {
        let (forward, backward, enable, supply) = self.motor.release();
        ControlParts {
            trigger_closed: self.trigger_closed,
            trigger_opened: self.trigger_opened,
            next: self.next,
            ok: self.ok,
            seat: self.seat,
            vbus: self.vbus,
            forward,
            backward,
            enable,
            supply,
            adc: self.adc,
            encoder: self.encoder,
            accelerometer: self.accelerometer,
            tachometer: self.tachometer,
            tag: self.tag,
            actuator: self.actuator,
            watchdog: self.watchdog,
        }
    }

    /// One control step; call it every millisecond.
    ///
    /// The watchdog is fed last, so that it bites when anything before it hangs.
    pub fn tick(&mut self, now: Instant, core: &mut Core) {
        let inputs = self.sample(core);
        let outputs = core.pen.step(now, &inputs);
        core.motor = self.motor.drive(outputs.motor()).err();
        self.actuator.follow(outputs.depth());
        if let Some(id) = outputs.burn() {
            self.tag.burn(id);
            core.tag.burn(id);
        }
        core.ticked(now, inputs.vbus, outputs);
        self.watchdog.feed();
    }

    fn sample(&mut self, core: &mut Core) -> Inputs {
        let mut current = self.adc.newest(AdcInput::Current);
        if core.motor.is_some() {
            // An output stage that failed cannot be measured either: the guard trips on it.
            current = Sample {
                counts: 0,
                age: Duration::from_us(u32::MAX),
            };
        }
        Inputs {
            tacho: self.tachometer.take(),
            depth_a: self.adc.newest(AdcInput::DepthA),
            depth_b: self.encoder.newest(),
            current,
            battery: self.adc.newest(AdcInput::Battery),
            grip: self.adc.newest(AdcInput::Grip),
            acceleration: self.accelerometer.newest(),
            trigger: self.trigger(),
            buttons: Buttons {
                next: level(&mut self.next, false),
                ok: level(&mut self.ok, false),
            },
            seated: level(&mut self.seat, false),
            vbus: level(&mut self.vbus, true),
            tag: core.tag.present(self.tag.newest()),
            ledger_stored: core.ledger_seen(),
        }
    }

    /// A contact that cannot be read makes the two disagree: neither held nor released.
    fn trigger(&mut self) -> Trigger {
        match (self.trigger_closed.is_high(), self.trigger_opened.is_high()) {
            (Ok(closed), Ok(opened)) => Trigger { closed, opened },
            (Err(_), _) | (_, Err(_)) => Trigger {
                closed: false,
                opened: true,
            },
        }
    }
}

/// A level, or what forbids more when it cannot be read.
fn level<P: InputPin>(pin: &mut P, otherwise: bool) -> bool {
    pin.is_high().unwrap_or(otherwise)
}

#[cfg(test)]
pub(crate) mod tests;
