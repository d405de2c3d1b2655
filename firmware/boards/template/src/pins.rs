//! The file that a port writes anew: what every pin is, the numbers of the board, and how it comes
//! out of reset.
//!
//! Here every pin ends in the memory of [`crate::loopback`]. On a chip the aliases name the types of
//! its HAL, for example `pub type Input = gpio::Pin<..>;`, and [`take`] gets them from the
//! peripherals. Nothing outside this file knows which it is.

use crate::loopback::{self, Wires};

/// A level input with its pull: closing contact, buttons and seat switch down, opening contact up.
pub type Input = loopback::pins::Input;

/// A half bridge: PWM of 20 kHz, low side on for the rest of the time, [`DUTY_STEPS`] steps or more.
pub type HalfBridge = loopback::pins::HalfBridge;

/// The enable path. Besides this pin a pull-down must hold it open, and the watchdog must open it.
pub type Enable = loopback::pins::Enable;

/// The second switch, in the bridge's supply. Besides this pin a pull-down must hold it open, and it
/// must open by itself 5 ms after the processor has stopped: the control step writes the pin high in
/// every millisecond in which it drives, and each such write is a pulse for a charge pump. A board
/// without one takes [`pen_app::board::NoSwitch`] and reports none.
pub type Supply = loopback::pins::Supply;

/// An output of the depth actuator's driver.
pub type Output = loopback::pins::Output;

/// The home switch of the depth actuator; high at home.
pub type Home = loopback::pins::Home;

/// The I2C bus of encoder, accelerometer and cartridge memory, 400 kHz.
pub type Bus = loopback::devices::Bus;

/// The free-running counter of microseconds.
pub type Clock = loopback::Time;

/// The watchdog of the chip, 40 ms: above two longest ticks, below the 50 ms of PWR-006.
pub type Reload = loopback::pins::Dog;

/// The flash; [`pen_app::store::Layout`] takes its end.
pub type Flash = loopback::flash::RamFlash;

/// Steps of the PWM's full scale.
///
/// - Range: at least 1,000
pub const DUTY_STEPS: u16 = 6_250;

/// Every pin that the control tick owns.
pub struct Pins {
    /// Closing contact of the trigger.
    pub trigger_closed: Input,
    /// Opening contact of the trigger.
    pub trigger_opened: Input,
    /// Next button.
    pub next: Input,
    /// Confirm button.
    pub ok: Input,
    /// Seat switch.
    pub seat: Input,
    /// VBUS detector.
    pub vbus: Input,
    /// Forward half bridge.
    pub forward: HalfBridge,
    /// Backward half bridge.
    pub backward: HalfBridge,
    /// Enable path.
    pub enable: Enable,
    /// Second switch.
    pub supply: Supply,
    /// STEP of the depth actuator.
    pub step: Output,
    /// DIR of the depth actuator; high is deeper.
    pub direction: Output,
    /// nENABLE of the depth actuator.
    pub disable: Output,
    /// Home switch of the depth actuator.
    pub home: Home,
    /// Watchdog.
    pub watchdog: Reload,
    /// Counter of microseconds.
    pub clock: Clock,
}

opaque!(Pins);

/// Takes the board out of reset: pins, and what the thread owns.
///
/// On a chip this sets up clocks and peripherals, outputs first, second switch and
/// enable pin low before they become outputs; interrupts stay off until [`crate::split::start`] has returned.
#[must_use]
pub fn take(wires: &'static Wires) -> (Pins, Bus) {
    use loopback::pins::Line;
    use pen_conformance::{Level, Side};

    let input = |level| Input::new(wires, level);
    let output = |line| Output::new(wires, line);
    let pins = Pins {
        trigger_closed: input(Level::TriggerClosed),
        trigger_opened: input(Level::TriggerOpened),
        next: input(Level::Next),
        ok: input(Level::Ok),
        seat: input(Level::Seat),
        vbus: input(Level::Vbus),
        forward: HalfBridge::new(wires, Side::Forward),
        backward: HalfBridge::new(wires, Side::Backward),
        enable: Enable::new(wires),
        supply: Supply::new(wires),
        step: output(Line::Step),
        direction: output(Line::Direction),
        disable: output(Line::Disable),
        home: Home::new(wires),
        watchdog: Reload::new(wires),
        clock: wires.time(),
    };
    (pins, Bus::new(wires))
}

/// Takes the torque away without owning a pin, for the panic handler: second switch and enable path
/// first. On a chip it writes the registers of the pins.
pub fn force_off(wires: &Wires) {
    wires.force_off();
}
