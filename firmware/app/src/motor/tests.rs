use std::cell::RefCell;
use std::rc::Rc;

use embedded_hal::digital;
use embedded_hal::pwm;

use super::*;

/// What was written, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Forward(u16),
    Backward(u16),
    Enable(bool),
    Supply(bool),
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<Write>>>);

impl Log {
    fn take(&self) -> Vec<Write> {
        self.0.take()
    }
}

struct Side {
    log: Log,
    of: fn(u16) -> Write,
    full: u16,
    broken: bool,
}

#[derive(Debug)]
struct Broken;

impl pwm::Error for Broken {
    fn kind(&self) -> pwm::ErrorKind {
        pwm::ErrorKind::Other
    }
}

impl digital::Error for Broken {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl pwm::ErrorType for Side {
    type Error = Broken;
}

impl SetDutyCycle for Side {
    fn max_duty_cycle(&self) -> u16 {
        self.full
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Broken> {
        self.log.0.borrow_mut().push((self.of)(duty));
        if self.broken && duty > 0 {
            Err(Broken)
        } else {
            Ok(())
        }
    }
}

struct Pin {
    log: Log,
    of: fn(bool) -> Write,
    broken: bool,
}

impl digital::ErrorType for Pin {
    type Error = Broken;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Broken> {
        self.log.0.borrow_mut().push((self.of)(false));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Broken> {
        self.log.0.borrow_mut().push((self.of)(true));
        if self.broken { Err(Broken) } else { Ok(()) }
    }
}

type Driver = MotorDriver<Side, Side, Pin, Pin>;

fn driver(full: u16) -> (Driver, Log) {
    let log = Log::default();
    let side = |of| Side {
        log: log.clone(),
        of,
        full,
        broken: false,
    };
    let pin = |of| Pin {
        log: log.clone(),
        of,
        broken: false,
    };
    (
        MotorDriver::new(
            side(Write::Forward),
            side(Write::Backward),
            pin(Write::Enable),
            pin(Write::Supply),
        ),
        log.clone(),
    )
}

const HALF: Duty = Duty::from_parts(5_000);

#[test]
fn stop_004_torque_goes_before_it_comes() {
    use Write::{Backward, Enable, Forward, Supply};
    let (mut driver, log) = driver(1_000);
    let off = Supply(false);
    let cases = [
        (
            (false, false, Bridge::Float),
            vec![off, Enable(false), Forward(0), Backward(0)],
        ),
        (
            (true, false, Bridge::Float),
            vec![off, Forward(0), Backward(0), Enable(false)],
        ),
        (
            (true, false, Bridge::Short),
            vec![off, Forward(0), Backward(0), Enable(true)],
        ),
        (
            (false, false, Bridge::Short),
            vec![off, Enable(false), Forward(0), Backward(0)],
        ),
        (
            (true, true, Bridge::Forward(HALF)),
            vec![Backward(0), Forward(500), Enable(true), Supply(true)],
        ),
        (
            (true, true, Bridge::Backward(HALF)),
            vec![Forward(0), Backward(500), Enable(true), Supply(true)],
        ),
        // The tests of the two paths: duty, but one of them stays open.
        (
            (false, true, Bridge::Forward(HALF)),
            vec![Enable(false), Backward(0), Forward(500), Supply(true)],
        ),
        (
            (true, false, Bridge::Forward(HALF)),
            vec![off, Backward(0), Forward(500), Enable(true)],
        ),
    ];
    for ((enable, supply, bridge), expected) in cases {
        assert_eq!(driver.write(enable, supply, bridge), Ok(()));
        assert_eq!(log.take(), expected, "{enable} {supply} {bridge:?}");
    }
}

/// Everything off, in order.
const OFF: [Write; 4] = [
    Write::Supply(false),
    Write::Enable(false),
    Write::Forward(0),
    Write::Backward(0),
];

#[test]
fn stop_009_off_is_written_every_tick() {
    let (mut driver, log) = driver(1_000);
    for _ in 0..3 {
        assert_eq!(driver.drive(MotorCommand::OFF), Ok(()));
        assert_eq!(log.take(), OFF);
    }
}

#[test]
fn stop_004_a_broken_half_bridge_forces_off_for_good() {
    let (mut driver, log) = driver(1_000);
    driver.forward.broken = true;
    driver.failed = driver.write(true, true, Bridge::Forward(HALF)).err();
    assert_eq!(driver.failure(), Some(MotorFailure::Bridge));
    let written = log.take();
    assert!(!written.contains(&Write::Enable(true)) && !written.contains(&Write::Supply(true)));
    driver.forward.broken = false;
    assert_eq!(driver.drive(MotorCommand::OFF), Err(MotorFailure::Bridge));
    assert_eq!(log.take(), OFF);
}

#[test]
fn stop_004_a_broken_switch_forces_off_for_good() {
    for (in_supply, failure) in [(false, MotorFailure::Enable), (true, MotorFailure::Supply)] {
        let (mut driver, log) = driver(1_000);
        driver.enable.broken = !in_supply;
        driver.supply.broken = in_supply;
        driver.failed = driver.write(true, true, Bridge::Forward(HALF)).err();
        let _ = log.take();
        assert_eq!(driver.drive(MotorCommand::OFF), Err(failure));
        assert_eq!(log.take(), OFF);
    }
}

#[test]
fn conf_007_the_timer_never_gets_more_than_the_command() {
    for full in [
        0, 1, 7, 255, 999, 1_000, 4_000, 9_999, 10_000, 10_001, 65_535,
    ] {
        for parts in (0..=10_000).chain([10_001, u16::MAX]) {
            let duty = Duty::from_parts(parts);
            let raw = timer_value(duty, full).unwrap();
            assert!(raw <= full);
            let given = f64::from(raw) * 10_000.0;
            assert!(
                given <= f64::from(duty.as_parts()) * f64::from(full),
                "{parts} of {full}"
            );
        }
    }
    assert_eq!(timer_value(Duty::from_parts(10_000), 65_535), Ok(65_535));
    assert_eq!(timer_value(Duty::from_parts(0), 65_535), Ok(0));
}

#[test]
fn conf_007_a_timer_s_value_that_is_more_than_the_command_is_refused() {
    for (parts, raw, full, within) in [
        (0, 0, 1_000, true),
        (0, 1, 1_000, false),
        (5_000, 500, 1_000, true),
        (5_000, 501, 1_000, false),
        (9_999, 999, 1_000, true),
        (9_999, 1_000, 1_000, false),
        (10_000, 1_000, 1_000, true),
        (10_000, 1_001, 1_000, false),
        (10_000, u16::MAX, u16::MAX, true),
        // More than all, whatever the timer would get.
        (10_001, 0, 1_000, false),
        (u16::MAX, 1_000, 1_000, false),
        (u16::MAX, u16::MAX, u16::MAX, false),
    ] {
        assert_eq!(is_within(parts, raw, full), within, "{parts} {raw} {full}");
    }
}
