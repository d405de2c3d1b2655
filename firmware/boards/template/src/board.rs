//! Joins pins and drivers to the traits of the application. A port keeps it as it is.

use pen_app::board::{ControlBoard, ControlParts, HostBoard};
use pen_app::signed::PublicKey;

use crate::drivers::accelerometer;
use crate::drivers::accelerometer::Accelerometer;
use crate::drivers::converter::Converter;
use crate::drivers::encoder::{self, DepthEncoder};
use crate::drivers::halls::HallTachometer;
use crate::drivers::queue::Link;
use crate::drivers::stepper::Stepper;
use crate::drivers::tag::{self, Reader, TagPoller};
use crate::drivers::watchdog::Dog;
use crate::pins::{
    Bus, Clock, Enable, Flash, HalfBridge, Home, Input, Output, Pins, Reload, Supply,
};
use crate::signals::{Clock as _, Signals};

/// The board, before its parts are handed over.
pub struct Board {
    pins: Pins,
    signals: &'static Signals,
}

opaque!(Board);

impl Board {
    /// A board on these pins and signals.
    #[must_use]
    pub const fn new(pins: Pins, signals: &'static Signals) -> Self {
        Self { pins, signals }
    }

    /// The application's end of the link.
    #[must_use]
    pub const fn link(&self) -> Link {
        Link::new(&self.signals.link)
    }
}

impl ControlBoard for Board {
    type Input = Input;
    type Forward = HalfBridge;
    type Backward = HalfBridge;
    type Enable = Enable;
    type Supply = Supply;
    type Adc = Converter<Clock>;
    type Encoder = DepthEncoder<Clock>;
    type Accelerometer = Accelerometer<Clock>;
    type Tachometer = HallTachometer<Clock>;
    type TagReader = Reader<Clock>;
    type DepthActuator = Stepper<Output, Output, Output, Home>;
    type Watchdog = Dog<Reload, Clock>;

    fn parts(self) -> ControlParts<Self> {
        let Self { pins, signals } = self;
        let clock = pins.clock;
        ControlParts {
            trigger_closed: pins.trigger_closed,
            trigger_opened: pins.trigger_opened,
            next: pins.next,
            ok: pins.ok,
            seat: pins.seat,
            vbus: pins.vbus,
            forward: pins.forward,
            backward: pins.backward,
            enable: pins.enable,
            supply: pins.supply,
            adc: Converter::new(signals, clock),
            encoder: DepthEncoder::new(signals, clock),
            accelerometer: Accelerometer::new(signals, clock),
            tachometer: HallTachometer::new(&signals.halls, clock),
            tag: Reader::new(signals, clock),
            actuator: Stepper::new(pins.step, pins.direction, pins.disable, pins.home),
            watchdog: Dog::new(pins.watchdog, signals, clock),
        }
    }
}

impl HostBoard for Board {
    type Serial = Link;
    type Flash = Flash;
}

/// Encoder and accelerometer are asked so often.
///
/// - Unit: us. Range: well below the core's 10 ms
const POLL_US: u32 = 2_000;

/// A failed accelerometer is set up anew so often. Unit: us
const SET_UP_US: u32 = 100_000;

/// Everything on the I2C bus: the thread's work, beside link and storage.
pub struct Pollers {
    bus: Bus,
    clock: Clock,
    tag: TagPoller,
    polled_us: u32,
    tag_us: u32,
    set_up_us: u32,
    is_set_up: bool,
}

opaque!(Pollers);

impl Pollers {
    /// Has asked nothing yet; believes a cartridge that one of these keys has signed.
    #[must_use]
    pub fn new(bus: Bus, clock: Clock, makers: &'static [PublicKey]) -> Self {
        // Everything is due.
        let past = clock.now_us().wrapping_sub(SET_UP_US);
        Self {
            bus,
            clock,
            tag: TagPoller::new(makers),
            polled_us: past,
            tag_us: past,
            set_up_us: past,
            is_set_up: false,
        }
    }

    /// Asks what is due: at most 1 ms of bus, usually nothing. A part that does not answer leaves
    /// nothing, and what it said before grows old.
    pub fn poll(&mut self, signals: &Signals) {
        let now_us = self.clock.now_us();
        if now_us.wrapping_sub(self.polled_us) >= POLL_US {
            self.polled_us = now_us;
            let _ = encoder::poll(&mut self.bus, &signals.encoder, self.clock);
            if !self.is_set_up && now_us.wrapping_sub(self.set_up_us) >= SET_UP_US {
                self.set_up_us = now_us;
                self.is_set_up = accelerometer::set_up(&mut self.bus).is_ok();
            }
            if self.is_set_up {
                let polled = accelerometer::poll(&mut self.bus, &signals.acceleration, self.clock);
                self.is_set_up = polled.is_ok();
            }
        }
        if now_us.wrapping_sub(self.tag_us) >= tag::PERIOD_US {
            self.tag_us = now_us;
            self.tag.poll(&mut self.bus, signals, self.clock);
        }
    }
}
