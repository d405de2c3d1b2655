//! The bridge: two PWM half bridges, the enable path, the second switch in the bridge's supply, and how
//! torque goes away whatever happens.

use core::convert::Infallible;

use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::pac::io::vals::{Oeover, Outover};
use embassy_rp::pac::{IO_BANK0, PWM, SIO};
use embassy_rp::peripherals::{
    PIN_2, PIN_3, PIN_4, PIN_5, PIN_18, PIN_19, PIN_20, PIN_22, PWM_SLICE1,
};
use embassy_rp::pwm::{Config, Pwm};
use embedded_hal::digital::{self, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use pen_pico::stepper::Lines;

/// Steps of the PWM's duty: 20 kHz of the 125 MHz clock.
///
/// - Unit: clock cycles. Source: none yet for 20 kHz (above hearing); 125 MHz is embassy-rp's default
const STEPS: u16 = 6_250;

/// PWM slice of GP2 and GP3.
const SLICE: usize = 1;

const FORWARD: usize = 2;
const BACKWARD: usize = 3;
const ENABLE: usize = 4;
const TICK: usize = 5;
const STEP: usize = 18;
const DIRECTION: usize = 19;
const STEPPER_OFF: usize = 20;
const SUPPLY: usize = 22;

/// The two switches that torque needs, as bits of a register.
const SWITCHES: u32 = 1 << SUPPLY | 1 << ENABLE;

/// The pins of the bridge.
pub(crate) struct Pins {
    /// PWM of both half bridges.
    pub(crate) slice: Peri<'static, PWM_SLICE1>,
    /// Forward half bridge.
    pub(crate) forward: Peri<'static, PIN_2>,
    /// Backward half bridge.
    pub(crate) backward: Peri<'static, PIN_3>,
    /// Enable path.
    pub(crate) enable: Peri<'static, PIN_4>,
    /// Second switch.
    pub(crate) supply: Peri<'static, PIN_22>,
    /// Pulses of the control step, which also hold the second switch.
    pub(crate) tick: Peri<'static, PIN_5>,
}

/// Takes the pins, with no torque: each is low before it becomes an output, the second switch first.
pub(crate) fn init(pins: Pins) {
    // Dropping a driver would let go of its pins; from here on registers are written.
    core::mem::forget(Output::new(pins.supply, Level::Low));
    core::mem::forget(Output::new(pins.enable, Level::Low));
    core::mem::forget(Output::new(pins.tick, Level::Low));
    let mut config = Config::default();
    config.top = STEPS - 1;
    config.compare_a = 0;
    config.compare_b = 0;
    core::mem::forget(Pwm::new_output_ab(
        pins.slice,
        pins.forward,
        pins.backward,
        config,
    ));
}

/// Takes the stepper's pins, with no current.
pub(crate) fn init_stepper(
    step: Peri<'static, PIN_18>,
    direction: Peri<'static, PIN_19>,
    off: Peri<'static, PIN_20>,
) {
    core::mem::forget(Output::new(step, Level::Low));
    core::mem::forget(Output::new(direction, Level::Low));
    core::mem::forget(Output::new(off, Level::High));
}

/// Puts the stepper's lines out: STEP, DIR (high is deeper), nENABLE.
pub(crate) fn show_stepper(lines: Lines) {
    for (pin, level) in [
        (DIRECTION, lines.deeper),
        (STEPPER_OFF, !lines.energised),
        (STEP, lines.step),
    ] {
        let out = SIO.gpio_out(0);
        let register = if level {
            out.value_set()
        } else {
            out.value_clr()
        };
        register.write_value(1 << pin);
    }
}

/// Removes the torque and forces the pins low, whatever else writes to them afterwards. Only a reset
/// lets them go again.
///
/// Both switches open in one write; the second one is forced first.
pub(crate) fn force_off() {
    SIO.gpio_out(0).value_clr().write_value(SWITCHES);
    SIO.gpio_out(0).value_set().write_value(1 << STEPPER_OFF);
    for pin in [SUPPLY, ENABLE] {
        IO_BANK0.gpio(pin).ctrl().modify(|w| {
            w.set_outover(Outover::LOW);
            w.set_oeover(Oeover::ENABLE);
        });
    }
    PWM.ch(SLICE).cc().write(|w| {
        w.set_a(0);
        w.set_b(0);
    });
    for pin in [FORWARD, BACKWARD] {
        IO_BANK0
            .gpio(pin)
            .ctrl()
            .modify(|w| w.set_outover(Outover::LOW));
    }
}

/// Whether nothing can move: both switches are open and both duties are zero, as the registers say.
pub(crate) fn are_off() -> bool {
    let duty = PWM.ch(SLICE).cc().read();
    SIO.gpio_out(0).value().read() & SWITCHES == 0 && duty.a() == 0 && duty.b() == 0
}

/// High while the control step runs: for an oscilloscope, and for the charge pump that holds the second
/// switch. A step that never ends lets that one go, whatever level it leaves here.
pub(crate) fn show_tick(runs: bool) {
    let out = SIO.gpio_out(0);
    let register = if runs {
        out.value_set()
    } else {
        out.value_clr()
    };
    register.write_value(1 << TICK);
}

/// A switch that torque needs: high closes it.
#[derive(Debug)]
pub(crate) struct Switch<const PIN: usize>;

/// The enable path of the bridge.
pub(crate) type Enable = Switch<ENABLE>;

/// The second switch, in the bridge's supply.
pub(crate) type Supply = Switch<SUPPLY>;

impl<const PIN: usize> digital::ErrorType for Switch<PIN> {
    type Error = Infallible;
}

impl<const PIN: usize> OutputPin for Switch<PIN> {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        SIO.gpio_out(0).value_clr().write_value(1 << PIN);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        SIO.gpio_out(0).value_set().write_value(1 << PIN);
        Ok(())
    }
}

/// The forward half bridge; its PWM takes a new duty over at the next period.
#[derive(Debug)]
pub(crate) struct Forward;

/// The backward half bridge.
#[derive(Debug)]
pub(crate) struct Backward;

impl pwm::ErrorType for Forward {
    type Error = Infallible;
}

impl SetDutyCycle for Forward {
    fn max_duty_cycle(&self) -> u16 {
        STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Self::Error> {
        PWM.ch(SLICE).cc().modify(|w| w.set_a(duty));
        Ok(())
    }
}

impl pwm::ErrorType for Backward {
    type Error = Infallible;
}

impl SetDutyCycle for Backward {
    fn max_duty_cycle(&self) -> u16 {
        STEPS
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Self::Error> {
        PWM.ch(SLICE).cc().modify(|w| w.set_b(duty));
        Ok(())
    }
}
