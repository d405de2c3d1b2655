//! What the suite cannot reach on the drivers: counters that come round, edges that were missed, pins
//! that fail.

use std::cell::Cell;
use std::rc::Rc;

use embedded_hal::digital::{ErrorKind, ErrorType, InputPin, OutputPin};
use pen_app::board::{Adc, AdcInput, DepthActuator, Tachometer, Watchdog};
use pen_core::io::{DepthCommand, Quadrant};
use pen_core::units::{Depth, Duration};
use pen_template::drivers::converter::{Converter, OffScale};
use pen_template::drivers::halls::HallTachometer;
use pen_template::drivers::stepper::{HOME_UM, Stepper, UM_PER_STEP};
use pen_template::drivers::watchdog::{AWAY_MAX, Dog, Reload};
use pen_template::signals::{Clock, Signals};

/// A counter that a test sets.
#[derive(Clone, Copy)]
struct Hand(&'static Cell<u32>);

impl Clock for Hand {
    fn now_us(self) -> u32 {
        self.0.get()
    }
}

fn hand() -> Hand {
    Hand(Box::leak(Box::new(Cell::new(0))))
}

fn signals() -> &'static Signals {
    Box::leak(Box::new(Signals::new()))
}

#[test]
fn a_reading_that_never_came_is_as_old_as_can_be() {
    let mut converter = Converter::new(signals(), hand());
    let age = converter.newest(AdcInput::Battery).age;
    assert_eq!(age, Duration::from_us(u32::MAX));
}

#[test]
fn a_dead_input_does_not_look_fresh_when_the_counter_comes_round() {
    let (signals, clock) = (signals(), hand());
    let mut converter = Converter::new(signals, clock);
    signals
        .converted(AdcInput::DepthA, 700, 5)
        .expect("on scale");
    clock.0.set(105);
    assert_eq!(converter.newest(AdcInput::DepthA).age.as_us(), 100);
    // Looked at now and then for an hour and a quarter.
    for step in 1..=4_300_u32 {
        clock
            .0
            .set(105_u32.wrapping_add(step.wrapping_mul(1_000_000)));
        assert!(
            converter.newest(AdcInput::DepthA).age.as_us() >= 1_000_000,
            "{step}"
        );
    }
    // A new result makes it good again, in the same microsecond of the counter or not.
    signals
        .converted(AdcInput::DepthA, 700, clock.0.get())
        .expect("on scale");
    assert_eq!(converter.newest(AdcInput::DepthA).age.as_us(), 0);
}

#[test]
fn a_result_of_a_wider_converter_is_refused_and_kept_out() {
    let (signals, clock) = (signals(), hand());
    let mut converter = Converter::new(signals, clock);
    assert_eq!(signals.converted(AdcInput::Grip, 4_095, 0), Ok(()));
    assert_eq!(
        signals.converted(AdcInput::Grip, 4_096, 1),
        Err(OffScale { counts: 4_096 })
    );
    assert_eq!(converter.newest(AdcInput::Grip).counts, 4_095);
}

#[test]
fn a_result_that_came_in_between_is_new_and_not_an_hour_old() {
    let (signals, clock) = (signals(), hand());
    let mut converter = Converter::new(signals, clock);
    clock.0.set(1_000);
    signals
        .converted(AdcInput::Current, 1, 1_003)
        .expect("on scale");
    assert_eq!(converter.newest(AdcInput::Current).age.as_us(), 0);
}

#[test]
fn a_missed_edge_counts_twice_the_way_it_went() {
    let (signals, clock) = (signals(), hand());
    let mut tachometer = HallTachometer::new(&signals.halls, clock);
    signals.halls.place(true, true);
    assert_eq!(tachometer.take().edges, 0);
    assert_eq!(tachometer.take().quadrant, Quadrant::Extended);
    signals.halls.edge(true, false, 10);
    assert_eq!(tachometer.take().edges, -1);
    signals.halls.edge(false, true, 20);
    clock.0.set(25);
    let tacho = tachometer.take();
    assert_eq!((tacho.edges, tacho.edge_age.as_us()), (-2, 5));
    // The same levels again are no edge.
    signals.halls.edge(false, true, 30);
    assert_eq!(tachometer.take().edges, 0);
    // Forward, too.
    signals.halls.edge(false, false, 31);
    signals.halls.edge(true, true, 32);
    assert_eq!(tachometer.take().edges, 3);
    // More than fits is the most there is, not a few backwards.
    for _ in 0..100 {
        signals.halls.edge(false, false, 40);
        signals.halls.edge(true, false, 41);
        signals.halls.edge(true, true, 42);
        signals.halls.edge(false, true, 43);
    }
    assert_eq!(tachometer.take().edges, i8::MAX);
}

struct Chip(Rc<Cell<u32>>);

impl Reload for Chip {
    fn reload(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn pwr_006_the_watchdog_gets_nothing_once_the_thread_stays_away() {
    let (signals, clock) = (signals(), hand());
    let fed = Rc::new(Cell::new(0));
    let mut dog = Dog::new(Chip(Rc::clone(&fed)), signals, clock);
    dog.feed();
    assert_eq!(fed.get(), 0, "the thread was never there");
    signals.worked.put((), 0);
    dog.feed();
    clock.0.set(AWAY_MAX.as_us());
    dog.feed();
    assert_eq!(fed.get(), 2);
    clock.0.set(AWAY_MAX.as_us() + 1);
    dog.feed();
    assert_eq!(fed.get(), 2);
    signals.worked.put((), clock.0.get());
    dog.feed();
    assert_eq!(fed.get(), 3);
}

/// A pin whose level and health a test sees and sets.
#[derive(Clone, Default)]
struct Pin {
    level: Rc<Cell<bool>>,
    rises: Rc<Cell<u32>>,
    broken: Rc<Cell<bool>>,
}

#[derive(Debug)]
struct Broken;

impl embedded_hal::digital::Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Pin {
    type Error = Broken;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Broken> {
        self.level.set(false);
        if self.broken.get() {
            Err(Broken)
        } else {
            Ok(())
        }
    }

    fn set_high(&mut self) -> Result<(), Broken> {
        self.rises
            .set(self.rises.get() + u32::from(!self.level.get()));
        self.level.set(true);
        if self.broken.get() {
            Err(Broken)
        } else {
            Ok(())
        }
    }
}

impl InputPin for Pin {
    fn is_high(&mut self) -> Result<bool, Broken> {
        if self.broken.get() {
            Err(Broken)
        } else {
            Ok(self.level.get())
        }
    }

    fn is_low(&mut self) -> Result<bool, Broken> {
        self.is_high().map(|high| !high)
    }
}

fn to(um: i32) -> DepthCommand {
    DepthCommand {
        target: Depth::from_um(um),
    }
}

#[test]
fn the_actuator_looks_for_home_first_and_counts_its_steps_from_there() {
    let (step, direction, disable, home) = Default::default();
    let (step, direction, disable, home): (Pin, Pin, Pin, Pin) = (step, direction, disable, home);
    let mut stepper = Stepper::new(step.clone(), direction.clone(), disable, home.clone());
    for _ in 0..40 {
        stepper.follow(to(500));
    }
    assert_eq!((step.rises.get(), stepper.place_um()), (20, None));
    assert!(!direction.level.get(), "home is shallower");
    home.level.set(true);
    stepper.follow(to(500));
    assert_eq!(stepper.place_um(), Some(HOME_UM));
    for _ in 0..2_000 {
        stepper.follow(to(500));
    }
    assert_eq!(stepper.place_um(), Some(500));
    let steps = u32::try_from((500 - HOME_UM) / UM_PER_STEP).expect("outward");
    assert_eq!(step.rises.get(), 20 + steps);
    assert!(direction.level.get(), "deeper");
}

#[test]
fn an_actuator_without_home_or_with_a_broken_pin_is_switched_off() {
    for breaks in [false, true] {
        let (step, disable, home) = (Pin::default(), Pin::default(), Pin::default());
        let mut stepper = Stepper::new(step.clone(), Pin::default(), disable.clone(), home.clone());
        stepper.follow(to(0));
        home.broken.set(breaks);
        for _ in 0..10_000 {
            stepper.follow(to(0));
        }
        assert!(disable.level.get());
        assert_eq!(stepper.place_um(), None);
        assert_eq!(step.rises.get(), if breaks { 1 } else { 2_000 });
        // It stays off, whatever comes.
        home.broken.set(false);
        home.level.set(true);
        stepper.follow(to(0));
        assert_eq!(stepper.place_um(), None);
    }
}
