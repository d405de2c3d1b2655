//! What the other side of the pins can set and see.

use pen_app::board::AdcInput;
use pen_core::io::{Quadrant, TagReading};
use pen_core::units::Duration;

/// Why a bench cannot do something: what is not wired, or not possible here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unable(pub &'static str);

/// A level input of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Closing contact of the trigger; high when closed.
    TriggerClosed,
    /// Opening contact of the trigger; high when open.
    TriggerOpened,
    /// Next button; high when pressed.
    Next,
    /// Confirm button; high when pressed.
    Ok,
    /// Seat switch; high when a cartridge presses it.
    Seat,
    /// VBUS detector; high when there is power.
    Vbus,
}

impl Level {
    /// Every level input.
    pub const ALL: [Self; 6] = [
        Self::TriggerClosed,
        Self::TriggerOpened,
        Self::Next,
        Self::Ok,
        Self::Seat,
        Self::Vbus,
    ];

    /// Its name in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TriggerClosed => "closing contact",
            Self::TriggerOpened => "opening contact",
            Self::Next => "next button",
            Self::Ok => "confirm button",
            Self::Seat => "seat switch",
            Self::Vbus => "VBUS detector",
        }
    }
}

/// An input that gives counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analog {
    /// One input of the converter.
    Converter(AdcInput),
    /// The second depth channel.
    Encoder,
}

impl Analog {
    /// Every input that gives counts.
    pub const ALL: [Self; 5] = [
        Self::Converter(AdcInput::DepthA),
        Self::Converter(AdcInput::Current),
        Self::Converter(AdcInput::Battery),
        Self::Converter(AdcInput::Grip),
        Self::Encoder,
    ];

    /// Its name in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Converter(AdcInput::DepthA) => "depth channel A",
            Self::Converter(AdcInput::Current) => "motor current",
            Self::Converter(AdcInput::Battery) => "battery voltage",
            Self::Converter(AdcInput::Grip) => "grip temperature",
            Self::Encoder => "depth channel B",
        }
    }
}

/// One half bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Forward.
    Forward,
    /// Backward.
    Backward,
}

/// What the bridge makes of its inputs, seen at the motor's terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torque {
    /// Both terminals float.
    Free,
    /// The winding is shorted.
    Shorted,
    /// Driven forward.
    Forward,
    /// Driven backward.
    Backward,
}

/// A change that a bench has seen on an output, in the order it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The duty of a half bridge was written. Unit: ten-thousandths
    Duty(Side, u16),
    /// The enable path was written.
    Enable(bool),
    /// The second switch was written.
    Supply(bool),
}

/// The other side of the board's wires.
///
/// Two methods are required; each of the others may stay as it is, and the checks that need it are
/// then reported as not run. Start with what is easy to wire.
pub trait Bench {
    /// Time of a clock that never goes back and does not stand still while a driver waits. Unit: us
    fn now_us(&mut self) -> u64;

    /// Lets so much time pass, with everything running that runs beside the control tick:
    /// conversions, pollers, interrupts.
    fn wait(&mut self, span: Duration);

    /// How long after a change at a plug the slowest reading shows it.
    fn settling(&self) -> Duration {
        Duration::from_ms(20)
    }

    /// How far counts may be from what was set. Unit: counts
    fn counts_tolerance(&self) -> u16 {
        0
    }

    /// How far a duty that this bench sees may be from the true one. Unit: ten-thousandths
    fn duty_tolerance(&self) -> u16 {
        100
    }

    /// How far a time that this bench makes or reads may be off.
    fn time_tolerance(&self) -> Duration {
        Duration::from_us(200)
    }

    /// Sets what the input is connected to, so that a sound board reads this level.
    ///
    /// # Errors
    /// [`Unable`].
    fn set_level(&mut self, input: Level, is_high: bool) -> Result<(), Unable> {
        let _ = (input, is_high);
        Err(Unable("levels are not wired"))
    }

    /// Cuts the wire of a level input, or joins it again.
    ///
    /// # Errors
    /// [`Unable`].
    fn cut_level(&mut self, input: Level, is_cut: bool) -> Result<(), Unable> {
        let _ = (input, is_cut);
        Err(Unable("wires cannot be cut"))
    }

    /// Makes reading a level input fail, or work again, where a pin can fail (an I/O expander).
    ///
    /// # Errors
    /// [`Unable`].
    fn spoil_level(&mut self, input: Level, is_spoilt: bool) -> Result<(), Unable> {
        let _ = (input, is_spoilt);
        Err(Unable("pins of this board cannot fail"))
    }

    /// Sets what a conversion of this input gives. Range of counts: `0 ..= 4_095`
    ///
    /// # Errors
    /// [`Unable`].
    fn set_counts(&mut self, input: Analog, counts: u16) -> Result<(), Unable> {
        let _ = (input, counts);
        Err(Unable("analogue inputs are not wired"))
    }

    /// Makes the conversions of this input stand still, or go on.
    ///
    /// # Errors
    /// [`Unable`].
    fn stand(&mut self, input: Analog, stands: bool) -> Result<(), Unable> {
        let _ = (input, stands);
        Err(Unable("conversions cannot be stopped"))
    }

    /// Makes the accelerometer feel this. Unit: thousandths of standard gravity, on its three axes
    ///
    /// # Errors
    /// [`Unable`].
    fn accelerate(&mut self, mg: [i16; 3]) -> Result<(), Unable> {
        let _ = mg;
        Err(Unable("the accelerometer cannot be moved"))
    }

    /// How far an acceleration may be from what was set. Unit: thousandths of standard gravity
    fn acceleration_tolerance(&self) -> u16 {
        50
    }

    /// Makes the readings of the accelerometer stand still, or go on.
    ///
    /// # Errors
    /// [`Unable`].
    fn stand_accelerometer(&mut self, stands: bool) -> Result<(), Unable> {
        let _ = stands;
        Err(Unable("the accelerometer cannot be stopped"))
    }

    /// Share of the time for which the input of a half bridge is high. Unit: ten-thousandths
    ///
    /// # Errors
    /// [`Unable`].
    fn duty(&mut self, side: Side) -> Result<u16, Unable> {
        let _ = side;
        Err(Unable("the half bridges are not seen"))
    }

    /// Whether the enable path is closed.
    ///
    /// # Errors
    /// [`Unable`].
    fn enable(&mut self) -> Result<bool, Unable> {
        Err(Unable("the enable path is not seen"))
    }

    /// Whether the second switch is closed, so that the bridge has its supply.
    ///
    /// # Errors
    /// [`Unable`].
    fn supply(&mut self) -> Result<bool, Unable> {
        Err(Unable("the second switch is not seen"))
    }

    /// Lets the pulses that hold the second switch stay away with its pin left high, as a processor
    /// that has stopped leaves it. Returns how long after the last one the switch was open; nothing
    /// if it still was closed after `limit`.
    ///
    /// # Errors
    /// [`Unable`].
    fn starve_supply(&mut self, limit: Duration) -> Result<Option<Duration>, Unable> {
        let _ = limit;
        Err(Unable("the second switch cannot be left alone"))
    }

    /// What the motor's terminals say.
    ///
    /// # Errors
    /// [`Unable`].
    fn torque(&mut self) -> Result<Torque, Unable> {
        Err(Unable("the motor's terminals are not seen"))
    }

    /// The oldest output event that was not taken yet. Events may be dropped only when nobody takes
    /// them.
    ///
    /// # Errors
    /// [`Unable`].
    fn take_event(&mut self) -> Result<Option<Event>, Unable> {
        Err(Unable("the order of writes is not seen"))
    }

    /// Says that a motor, its tachometer and its current sense are connected, and that it may turn
    /// at a fifth of its voltage for 300 ms.
    ///
    /// # Errors
    /// [`Unable`].
    fn connect_motor(&mut self) -> Result<(), Unable> {
        Err(Unable("no motor may turn here"))
    }

    /// Says that the motor is not needed any more.
    fn disconnect_motor(&mut self) {}

    /// Turns the cam by so many quarters, positive forward, one each `interval`; the last edge is
    /// at the end of the last interval.
    ///
    /// # Errors
    /// [`Unable`].
    fn turn_cam(&mut self, quarters: i8, interval: Duration) -> Result<(), Unable> {
        let _ = (quarters, interval);
        Err(Unable("the cam cannot be turned"))
    }

    /// Where the cam really is.
    ///
    /// # Errors
    /// [`Unable`].
    fn quadrant(&mut self) -> Result<Quadrant, Unable> {
        Err(Unable("the cam's position is not known"))
    }

    /// Puts a cartridge in, or takes it away. Only [`TagReading::Absent`] takes away. An authentic
    /// one is signed with a key that the board believes.
    ///
    /// # Errors
    /// [`Unable`].
    fn present_tag(&mut self, reading: TagReading) -> Result<(), Unable> {
        let _ = reading;
        Err(Unable("no tag can be presented"))
    }

    /// Identity that the tag was last told to burn.
    ///
    /// # Errors
    /// [`Unable`].
    fn burnt(&mut self) -> Result<Option<u64>, Unable> {
        Err(Unable("what a tag is told is not seen"))
    }

    /// Where the depth actuator stands. Unit: um
    ///
    /// # Errors
    /// [`Unable`].
    fn actuator_um(&mut self) -> Result<i32, Unable> {
        Err(Unable("no depth actuator"))
    }

    /// How often the watchdog was fed; may wrap.
    ///
    /// # Errors
    /// [`Unable`].
    fn fed(&mut self) -> Result<u32, Unable> {
        Err(Unable("the watchdog is not seen"))
    }

    /// Leaves the watchdog without food with the enable pin held high, and brings the board back.
    /// Returns how long after the last feed the enable path was open; nothing if it still was
    /// closed after `limit`.
    ///
    /// Where the watchdog resets the processor that runs the suite, keep a mark in memory that
    /// survives the reset, and answer in the second run.
    ///
    /// # Errors
    /// [`Unable`].
    fn starve(&mut self, limit: Duration) -> Result<Option<Duration>, Unable> {
        let _ = limit;
        Err(Unable("the watchdog would end the suite"))
    }

    /// Sends bytes to the board from the host's end; returns how many went out.
    ///
    /// # Errors
    /// [`Unable`].
    fn offer(&mut self, bytes: &[u8]) -> Result<usize, Unable> {
        let _ = bytes;
        Err(Unable("nobody is at the other end of the link"))
    }

    /// Takes what arrived at the host's end; returns how much of `into` was filled.
    ///
    /// # Errors
    /// [`Unable`].
    fn collect(&mut self, into: &mut [u8]) -> Result<usize, Unable> {
        let _ = into;
        Err(Unable("nobody is at the other end of the link"))
    }

    /// Fills `into` with the times at which consecutive control ticks began, as the board's own
    /// timer makes them, while storage rests (as it does while a pen treats). Unit: us
    ///
    /// # Errors
    /// [`Unable`].
    fn tick_times(&mut self, into: &mut [u64]) -> Result<(), Unable> {
        let _ = into;
        Err(Unable("the control tick is not seen"))
    }
}
