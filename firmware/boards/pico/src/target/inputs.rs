//! Level inputs and the converter. Each input is wired so that a broken wire reads as what forbids.

use core::convert::Infallible;

use embassy_rp::Peri;
use embassy_rp::adc::{self, Channel};
use embassy_rp::gpio::{self, Pull};
use embassy_rp::pac::{ADC, PADS_BANK0, SIO};
use embassy_rp::peripherals as pins;
use embedded_hal::digital::{self, InputPin};
use pen_app::board::{Adc, AdcInput};
use pen_core::io::Sample;
use pen_core::units::Duration;
use pen_pico::convert;

use super::time;

/// A level input; `high` as `pen_app::board::ControlParts` means it.
#[derive(Debug)]
pub(crate) struct Input {
    mask: u32,
}

impl Input {
    /// Closing contact to 3.3 V, pulled down: a broken wire is an open contact.
    pub(crate) const TRIGGER_CLOSED: Self = Self { mask: 1 << 8 };
    /// Opening contact to ground, pulled up: a broken wire is an open contact, which the closing one
    /// contradicts.
    pub(crate) const TRIGGER_OPENED: Self = Self { mask: 1 << 9 };
    /// Closing contact to 3.3 V, pulled down: a broken wire is a button that nobody presses.
    pub(crate) const NEXT: Self = Self { mask: 1 << 10 };
    /// As [`Input::NEXT`].
    pub(crate) const OK: Self = Self { mask: 1 << 11 };
    /// Closing contact to 3.3 V, pulled down: a broken wire is no cartridge.
    pub(crate) const SEAT: Self = Self { mask: 1 << 12 };
    /// The Pico's divider from VBUS, pulled up: a broken one is a cable that brings power. With the
    /// divider whole (10 kOhm to ground) and no cable the pull-up makes at most 0.55 V.
    pub(crate) const VBUS: Self = Self { mask: 1 << 24 };

    /// Closing contact to 3.3 V, pulled down: a broken wire is a home that is never found.
    pub(crate) const HOME: Self = Self { mask: 1 << 21 };

    /// The level now.
    pub(crate) fn is_high_now(&self) -> bool {
        SIO.gpio_in(0).read() & self.mask != 0
    }
}

impl digital::ErrorType for Input {
    type Error = Infallible;
}

impl InputPin for Input {
    fn is_high(&mut self) -> Result<bool, Self::Error> {
        Ok(self.is_high_now())
    }

    fn is_low(&mut self) -> Result<bool, Self::Error> {
        Ok(!self.is_high_now())
    }
}

/// The pins of the level inputs.
pub(crate) struct Levels {
    pub(crate) trigger_closed: Peri<'static, pins::PIN_8>,
    pub(crate) trigger_opened: Peri<'static, pins::PIN_9>,
    pub(crate) next: Peri<'static, pins::PIN_10>,
    pub(crate) ok: Peri<'static, pins::PIN_11>,
    pub(crate) seat: Peri<'static, pins::PIN_12>,
    pub(crate) home: Peri<'static, pins::PIN_21>,
    pub(crate) vbus: Peri<'static, pins::PIN_24>,
}

/// Takes the pins of the level inputs.
pub(crate) fn init(levels: Levels) {
    // Dropping a driver would let go of its pin; from here on the register is read.
    core::mem::forget(take(levels.trigger_closed, Pull::Down));
    core::mem::forget(take(levels.trigger_opened, Pull::Up));
    core::mem::forget(take(levels.next, Pull::Down));
    core::mem::forget(take(levels.ok, Pull::Down));
    core::mem::forget(take(levels.seat, Pull::Down));
    core::mem::forget(take(levels.home, Pull::Down));
    core::mem::forget(take(levels.vbus, Pull::Up));
}

/// An input with its Schmitt trigger on: the chip has it so in reset, the driver switches it off.
pub(crate) fn take(pin: Peri<'static, impl gpio::Pin>, pull: Pull) -> gpio::Input<'static> {
    let mut input = gpio::Input::new(pin, pull);
    input.set_schmitt(true);
    input
}

/// Times that a conversion is looked after before it counts as failed: twice what it takes.
///
/// - Unit: reads of the converter's status, at least four cycles of 8 ns each. Source: RP2040
///   datasheet, "96 clock cycles (2 us) per conversion"
const PATIENCE: u32 = 128;

/// Pin of the converter's input 0.
const FIRST_PIN: usize = 26;

/// The newest result of one input.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    counts: u16,
    at: Option<u64>,
}

/// The converter. The control step itself converts, one input after the other, 2 us each, the grip 10 us: so every
/// result is of this very step, and one that failed keeps the age of the last that did not.
#[derive(Debug, Default)]
pub(crate) struct Converter {
    depth: Kept,
    current: Kept,
    grip: Kept,
    battery: Kept,
}

impl Converter {
    /// Switches the converter on.
    ///
    /// An input without a wire keeps the charge of the one converted before it: current after a grip at
    /// 25 degC would read as none, depth after current as 1.2 mm. So these two are pulled up and end at
    /// full scale, which is no reading. On a source of at most 200 ohm the pull adds 8 counts, towards
    /// deeper and more current. The thermistor is too weak for that, see [`convert_wired`].
    ///
    /// - Source: RP2040 datasheet, "pull-up 50 kOhm to 80 kOhm"
    pub(crate) fn new(
        converter: Peri<'static, pins::ADC>,
        depth: Peri<'static, pins::PIN_26>,
        current: Peri<'static, pins::PIN_27>,
        grip: Peri<'static, pins::PIN_28>,
        battery: Peri<'static, pins::PIN_29>,
    ) -> Self {
        core::mem::forget(adc::Adc::new_blocking(converter, adc::Config::default()));
        core::mem::forget(Channel::new_pin(depth, Pull::Up));
        core::mem::forget(Channel::new_pin(current, Pull::Up));
        core::mem::forget(Channel::new_pin(grip, Pull::None));
        core::mem::forget(Channel::new_pin(battery, Pull::None));
        Self::default()
    }
}

impl Adc for Converter {
    fn newest(&mut self, input: AdcInput) -> Sample {
        let (channel, kept) = match input {
            AdcInput::DepthA => (0, &mut self.depth),
            AdcInput::Current => (1, &mut self.current),
            AdcInput::Grip => (2, &mut self.grip),
            AdcInput::Battery => (3, &mut self.battery),
        };
        let counts = match input {
            AdcInput::Grip => convert_wired(channel),
            AdcInput::DepthA | AdcInput::Current | AdcInput::Battery => convert(channel),
        };
        let now = time::now();
        if let Some(counts) = counts {
            kept.counts = match input {
                AdcInput::Battery => convert::battery_counts(counts),
                AdcInput::DepthA | AdcInput::Current | AdcInput::Grip => counts,
            };
            kept.at = Some(now);
        }
        Sample {
            counts: kept.counts,
            age: age(kept.at, now),
        }
    }
}

/// Time since something was; the longest there is when it never was.
pub(crate) fn age(at: Option<u64>, now: u64) -> Duration {
    let us = at.and_then(|at| u32::try_from(now.saturating_sub(at)).ok());
    Duration::from_us(us.unwrap_or(u32::MAX))
}

/// Conversions for which an input is pulled up before its own: 8 us.
///
/// - Source: none yet; fills an open pin with 20 pF of wire (80 kOhm: 1.6 us) and moves a filter of 100 nF by
///   7 counts, which are gone within a millisecond
const PULLED: u32 = 4;

/// One conversion of an input that may have lost its wire: it then ends near full scale, where no
/// thermistor is. By itself it would keep the battery's charge, which reads as 37 degC.
fn convert_wired(channel: u8) -> Option<u16> {
    let pad = PADS_BANK0.gpio(FIRST_PIN + usize::from(channel));
    pad.modify(|w| w.set_pue(true));
    for _ in 0..PULLED {
        let _ = convert(channel);
    }
    pad.modify(|w| w.set_pue(false));
    convert(channel)
}

/// One conversion; nothing when the converter does not answer in time or says that it erred.
///
/// One that is still busy with what it was asked before gets nothing to do: its result would pass for
/// this input's.
fn convert(channel: u8) -> Option<u16> {
    if !ADC.cs().read().ready() {
        return None;
    }
    ADC.cs().write(|w| {
        w.set_en(true);
        w.set_ainsel(channel);
    });
    ADC.cs().write(|w| {
        w.set_en(true);
        w.set_ainsel(channel);
        w.set_start_once(true);
    });
    for _ in 0..PATIENCE {
        let status = ADC.cs().read();
        if status.ready() {
            return (!status.err()).then(|| ADC.result().read().result());
        }
    }
    None
}
