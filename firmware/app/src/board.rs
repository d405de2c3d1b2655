//! What a board must bring: small traits, over `embedded-hal` where one exists.
//!
//! `docs/porting.md` leads through them; the simulator's virtual board implements the same
//! ones, so that everything above them runs unmodified there.

use embedded_hal::digital::{self, InputPin, OutputPin};
use embedded_hal::pwm::SetDutyCycle;
use embedded_io::{Read, ReadReady, Write, WriteReady};
use embedded_storage::nor_flash::NorFlash;
use pen_core::io::{Acceleration, DepthCommand, Sample, Tacho, TagReading};
use pen_core::journal::ResetCause;

/// The inputs that one converter serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AdcInput {
    /// Depth channel A, linear hall sensor.
    DepthA,
    /// Motor current, shunt amplifier.
    Current,
    /// Battery voltage, divider.
    Battery,
    /// Temperature of the grip: thermistor (10 kOhm at 25 degC, B 3950 K) to ground under 10 kOhm
    /// to the converter's reference.
    Grip,
}

/// A converter that is kept running; reading takes the newest result and never waits.
pub trait Adc {
    /// The newest 12-bit result and its age.
    fn newest(&mut self, input: AdcInput) -> Sample;
}

/// The second depth channel: an encoder that is polled elsewhere; reading never waits.
pub trait Encoder {
    /// The newest 12-bit result and its age.
    fn newest(&mut self) -> Sample;
}

/// The accelerometer, polled elsewhere; reading never waits.
///
/// It measures at least +-8 g on three axes, at least 400 times a second (the motor shakes it at
/// up to 150 Hz), and shows its own noise: a reading that never changes counts as dead.
pub trait Accelerometer {
    /// The newest reading and its age.
    fn newest(&mut self) -> Acceleration;
}

/// The quadrature tachometer of the cam.
pub trait Tachometer {
    /// Quarter turns since the last call, the age of the newest edge, and the quadrant.
    fn take(&mut self) -> Tacho;
}

/// The reader of the cartridge's tag, polled elsewhere; reading never waits.
pub trait TagReader {
    /// What the tag said last.
    fn newest(&mut self) -> TagReading;
    /// Marks the tag as used; tried again until the tag says so.
    fn burn(&mut self, id: u64);
}

/// A motorised depth actuator. A pen with a ring implements it as nothing.
pub trait DepthActuator {
    /// Where it shall be now.
    fn follow(&mut self, command: DepthCommand);
}

/// The watchdog; fed once a tick, after everything else of the tick is done.
pub trait Watchdog {
    /// Feeds it.
    fn feed(&mut self);
}

/// The parts that the control tick owns.
pub trait ControlBoard {
    /// Pin type of every level input.
    type Input: InputPin;
    /// Forward half bridge: high-side duty, complementary drive.
    type Forward: SetDutyCycle;
    /// Backward half bridge: high-side duty, complementary drive.
    type Backward: SetDutyCycle;
    /// Enable path of the bridge; held off by hardware in reset.
    type Enable: OutputPin;
    /// Second switch, in the bridge's supply; held open by hardware in reset, and opens by itself
    /// when the processor stops. [`NoSwitch`] on a board without one.
    type Supply: OutputPin;
    /// Converter.
    type Adc: Adc;
    /// Second depth channel.
    type Encoder: Encoder;
    /// Accelerometer.
    type Accelerometer: Accelerometer;
    /// Tachometer.
    type Tachometer: Tachometer;
    /// Tag reader.
    type TagReader: TagReader;
    /// Depth actuator.
    type DepthActuator: DepthActuator;
    /// Watchdog.
    type Watchdog: Watchdog;
    /// Hands the parts over, once.
    fn parts(self) -> ControlParts<Self>
    where
        Self: Sized;
}

/// See [`ControlBoard`].
#[derive(Debug)]
pub struct ControlParts<B: ControlBoard> {
    /// Closing contact of the trigger; high when closed.
    pub trigger_closed: B::Input,
    /// Opening contact of the trigger; high when open.
    pub trigger_opened: B::Input,
    /// Next button; high when pressed.
    pub next: B::Input,
    /// Confirm button; high when pressed.
    pub ok: B::Input,
    /// Seat switch; high when a cartridge presses it.
    pub seat: B::Input,
    /// VBUS detector; high when there is power.
    pub vbus: B::Input,
    /// Forward half bridge.
    pub forward: B::Forward,
    /// Backward half bridge.
    pub backward: B::Backward,
    /// Enable path.
    pub enable: B::Enable,
    /// Second switch, in the bridge's supply; high closes it.
    pub supply: B::Supply,
    /// Converter.
    pub adc: B::Adc,
    /// Second depth channel.
    pub encoder: B::Encoder,
    /// Accelerometer.
    pub accelerometer: B::Accelerometer,
    /// Tachometer.
    pub tachometer: B::Tachometer,
    /// Tag reader.
    pub tag: B::TagReader,
    /// Depth actuator.
    pub actuator: B::DepthActuator,
    /// Watchdog.
    pub watchdog: B::Watchdog,
}

/// The parts that the link and the storage own.
pub trait HostBoard {
    /// The serial link to the host. Reading and writing never wait: the application asks
    /// [`ReadReady`] and [`WriteReady`] first.
    type Serial: Read + Write + ReadReady + WriteReady;
    /// The flash for records.
    type Flash: NorFlash;
}

/// What a board knows of itself when it starts.
#[derive(Clone, Copy, Debug)]
pub struct BoardReport {
    /// Serial number of the device.
    pub serial: u64,
    /// What the pen calls itself: at most 24 printable ASCII characters, otherwise nothing is said. One that is
    /// not real begins with [`pen_protocol::SIMULATED`].
    pub model: &'static str,
    /// Why it started.
    pub cause: ResetCause,
    /// The image's checksum is right.
    pub image_ok: bool,
    /// The memory test passed.
    pub memory_ok: bool,
    /// The board has a second switch in the bridge's supply ([`ControlBoard::Supply`]). Without one
    /// a shorted transistor drives for as long as the enable path is closed: `docs/hazards.md`.
    pub second_switch: bool,
}

/// The second switch of a board that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSwitch;

impl digital::ErrorType for NoSwitch {
    type Error = core::convert::Infallible;
}

impl OutputPin for NoSwitch {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
