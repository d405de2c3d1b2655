//! The bridge: two PWM half bridges, the enable path, and how torque goes away whatever happens.

use core::convert::Infallible;

use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::pac::io::vals::{Oeover, Outover};
use embassy_rp::pac::{IO_BANK0, PWM, SIO};
use embassy_rp::peripherals::{PIN_2, PIN_3, PIN_4, PIN_5, PIN_18, PIN_19, PIN_20, PWM_SLICE1};
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

/// Takes the pins, with no torque.
pub(crate) fn init(
    slice: Peri<'static, PWM_SLICE1>,
    forward: Peri<'static, PIN_2>,
    backward: Peri<'static, PIN_3>,
    enable: Peri<'static, PIN_4>,
    tick: Peri<'static, PIN_5>,
) {
    // Dropping a driver would let go of its pins; from here on registers are written.
    core::mem::forget(Output::new(enable, Level::Low));
    core::mem::forget(Output::new(tick, Level::Low));
    let mut config = Config::default();
    config.top = STEPS - 1;
    config.compare_a = 0;
    config.compare_b = 0;
    core::mem::forget(Pwm::new_output_ab(slice, forward, backward, config));
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
pub(crate) fn force_off() {
    SIO.gpio_out(0).value_clr().write_value(1 << ENABLE);
    SIO.gpio_out(0).value_set().write_value(1 << STEPPER_OFF);
    IO_BANK0.gpio(ENABLE).ctrl().modify(|w| {
        w.set_outover(Outover::LOW);
        w.set_oeover(Oeover::ENABLE);
    });
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

/// Whether nothing can move: the enable path is open and both duties are zero, as the registers say.
pub(crate) fn are_off() -> bool {
    let duty = PWM.ch(SLICE).cc().read();
    SIO.gpio_out(0).value().read() & 1 << ENABLE == 0 && duty.a() == 0 && duty.b() == 0
}

/// The pin for an oscilloscope: high while the control step runs.
pub(crate) fn show_tick(runs: bool) {
    let out = SIO.gpio_out(0);
    let register = if runs {
        out.value_set()
    } else {
        out.value_clr()
    };
    register.write_value(1 << TICK);
}

/// The enable path of the bridge.
#[derive(Debug)]
pub(crate) struct Enable;

impl digital::ErrorType for Enable {
    type Error = Infallible;
}

impl OutputPin for Enable {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        SIO.gpio_out(0).value_clr().write_value(1 << ENABLE);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        SIO.gpio_out(0).value_set().write_value(1 << ENABLE);
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
