//! The order within a tick, and pins that cannot be read.

use std::cell::RefCell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use embedded_hal::digital::{self, ErrorType, InputPin, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use pen_core::fault::Fault;
use pen_core::io::{Acceleration, DepthCommand, Tacho, Tag, TagReading};
use pen_core::journal::{RecordDefect, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::{Boot, Pen};
use pen_core::profile::ProfileDefect;
use pen_core::request::{Reply, Request, Role};

use super::*;
use crate::examples;

/// What the parts of a board were asked for in one tick, in that order.
#[derive(Default)]
struct Book {
    asked: Vec<&'static str>,
    /// The question at which the tick hangs: it panics there.
    hangs_at: Option<usize>,
    felt: bool,
}

/// Everything that a board has, and the book that all of it writes to.
#[derive(Clone, Default)]
pub(crate) struct Part {
    book: Rc<RefCell<Book>>,
    name: &'static str,
    /// A pin's level; nothing when it cannot be read.
    level: Option<bool>,
    /// An output that reports an error.
    broken: bool,
    tag: TagReading,
}

impl Part {
    fn ask(&self) {
        let mut book = self.book.borrow_mut();
        let number = book.asked.len();
        book.asked.push(self.name);
        let hangs = book.hangs_at == Some(number);
        drop(book);
        assert!(!hangs, "hangs");
    }
}

#[derive(Debug)]
pub(crate) struct Unreadable;

impl digital::Error for Unreadable {
    fn kind(&self) -> digital::ErrorKind {
        digital::ErrorKind::Other
    }
}

impl ErrorType for Part {
    type Error = Unreadable;
}

impl InputPin for Part {
    fn is_high(&mut self) -> Result<bool, Unreadable> {
        self.ask();
        self.level.ok_or(Unreadable)
    }

    fn is_low(&mut self) -> Result<bool, Unreadable> {
        self.is_high().map(|high| !high)
    }
}

impl OutputPin for Part {
    fn set_low(&mut self) -> Result<(), Unreadable> {
        self.ask();
        if self.broken { Err(Unreadable) } else { Ok(()) }
    }

    fn set_high(&mut self) -> Result<(), Unreadable> {
        self.set_low()
    }
}

/// A half bridge.
pub(crate) struct Side(Part);

impl pwm::ErrorType for Side {
    type Error = Infallible;
}

impl SetDutyCycle for Side {
    fn max_duty_cycle(&self) -> u16 {
        1_000
    }

    fn set_duty_cycle(&mut self, _: u16) -> Result<(), Infallible> {
        self.0.ask();
        Ok(())
    }
}

fn fresh(counts: u16) -> Sample {
    Sample {
        counts,
        age: Duration::from_us(100),
    }
}

impl Adc for Part {
    fn newest(&mut self, input: AdcInput) -> Sample {
        self.ask();
        fresh(match input {
            AdcInput::DepthA => 1_240,
            AdcInput::Current | AdcInput::Grip => 2_048,
            AdcInput::Battery => 3_000,
        })
    }
}

impl Encoder for Part {
    fn newest(&mut self) -> Sample {
        self.ask();
        fresh(3_120)
    }
}

impl Accelerometer for Part {
    fn newest(&mut self) -> Acceleration {
        self.ask();
        // Its own noise.
        let mut book = self.book.borrow_mut();
        book.felt = !book.felt;
        Acceleration {
            x_mg: i16::from(book.felt),
            z_mg: 1_000,
            age: Duration::from_us(100),
            ..Acceleration::default()
        }
    }
}

impl Tachometer for Part {
    fn take(&mut self) -> Tacho {
        self.ask();
        Tacho::default()
    }
}

impl TagReader for Part {
    fn newest(&mut self) -> TagReading {
        self.ask();
        self.tag
    }

    fn burn(&mut self, id: u64) {
        assert_eq!(id, 5);
        self.name = "burn";
        self.ask();
        self.name = "tag";
    }
}

impl DepthActuator for Part {
    fn follow(&mut self, _: DepthCommand) {
        self.ask();
    }
}

impl Watchdog for Part {
    fn feed(&mut self) {
        self.ask();
    }
}

pub(crate) struct Board;

impl ControlBoard for Board {
    type Input = Part;
    type Forward = Side;
    type Backward = Side;
    type Enable = Part;
    type Supply = Part;
    type Adc = Part;
    type Encoder = Part;
    type Accelerometer = Part;
    type Tachometer = Part;
    type TagReader = Part;
    type DepthActuator = Part;
    type Watchdog = Part;

    fn parts(self) -> ControlParts<Self> {
        parts(&Rc::default())
    }
}

/// A pen that lies on a desk: nothing pressed, no cartridge, no cable.
fn parts(book: &Rc<RefCell<Book>>) -> ControlParts<Board> {
    let part = |name| Part {
        book: book.clone(),
        name,
        level: Some(false),
        ..Part::default()
    };
    ControlParts {
        trigger_closed: part("trigger closed"),
        trigger_opened: part("trigger opened"),
        next: part("next"),
        ok: part("ok"),
        seat: part("seat"),
        vbus: part("vbus"),
        forward: Side(part("forward")),
        backward: Side(part("backward")),
        enable: part("enable"),
        supply: part("supply"),
        adc: part("adc"),
        encoder: part("encoder"),
        accelerometer: part("accelerometer"),
        tachometer: part("tachometer"),
        tag: part("tag"),
        actuator: part("actuator"),
        watchdog: part("watchdog"),
    }
}

fn core(is_complete: bool) -> Core {
    let serial = 7;
    Core::new(Pen::new(&Boot {
        serial,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: true,
        storage_ok: true,
        profile: if is_complete {
            Ok(examples::profile(serial))
        } else {
            Err(ProfileDefect::Missing)
        },
        calibration: if is_complete {
            Ok(examples::calibration(serial, 1))
        } else {
            Err(RecordDefect::Missing)
        },
        ledger: None,
        digest: 0,
        signed_off: pen_core::calibration::CalibrationId {
            generation: 1,
            digest: 0,
        },
    }))
}

/// So many ticks; what each asked for.
fn run(
    control: &mut Control<Board>,
    core: &mut Core,
    from_ms: u32,
    ticks: u32,
) -> Vec<Vec<&'static str>> {
    let book = control.watchdog.book.clone();
    (from_ms..from_ms + ticks)
        .map(|ms| {
            book.borrow_mut().asked.clear();
            control.tick(at(ms), core);
            book.borrow().asked.clone()
        })
        .collect()
}

fn at(ms: u32) -> Instant {
    Instant::from_us(u64::from(ms) * 1_000)
}

#[test]
fn stop_004_the_watchdog_is_fed_once_a_tick_and_after_all_else() {
    let mut control = Control::<Board>::from_parts(parts(&Rc::default()));
    let mut core = core(true);
    // The tests of the paths, and at rest.
    for asked in run(&mut control, &mut core, 1, 700) {
        assert_eq!(asked.last(), Some(&"watchdog"));
        let fed = asked.iter().filter(|name| **name == "watchdog").count();
        assert_eq!(fed, 1, "{asked:?}");
        for name in [
            "adc",
            "encoder",
            "accelerometer",
            "tachometer",
            "tag",
            "seat",
            "vbus",
            "actuator",
            "enable",
            "supply",
            "forward",
            "backward",
        ] {
            assert!(asked.contains(&name), "{name} is not in {asked:?}");
        }
        let place = |name| asked.iter().position(|it| *it == name);
        assert!(
            place("enable") < place("actuator"),
            "torque first: {asked:?}"
        );
    }
    assert_eq!(core.pen.status().mode, Mode::Standby);
}

#[test]
fn stop_004_a_tick_that_hangs_anywhere_does_not_feed_the_watchdog() {
    let book = Rc::default();
    let mut control = Control::<Board>::from_parts(parts(&book));
    let mut core = core(true);
    let asked = run(&mut control, &mut core, 1, 500).pop().expect("a tick");
    assert!(asked.len() > 15, "{asked:?}");
    for hangs_at in 0..asked.len() - 1 {
        let book = Rc::new(RefCell::new(Book {
            hangs_at: Some(hangs_at),
            ..Book::default()
        }));
        let mut control = Control::<Board>::from_parts(parts(&book));
        let hung = catch_unwind(AssertUnwindSafe(|| control.tick(at(600), &mut core)));
        assert!(hung.is_err(), "{hangs_at}");
        let asked = &book.borrow().asked;
        assert!(!asked.contains(&"watchdog"), "{hangs_at}: {asked:?}");
    }
}

/// What a pin reads: low, high, or not at all.
const LEVELS: [Option<bool>; 3] = [Some(false), Some(true), None];

#[test]
fn pwr_003_a_pin_that_cannot_be_read_says_what_forbids_more() {
    // The two contacts of the trigger, every combination.
    for closed in LEVELS {
        for opened in LEVELS {
            let mut board = parts(&Rc::default());
            board.trigger_closed.level = closed;
            board.trigger_opened.level = opened;
            let inputs = Control::from_parts(board).sample(&mut core(true));
            let (held, released) = match (closed, opened) {
                (Some(closed), Some(opened)) => (closed && opened, !closed && !opened),
                _ => (false, false),
            };
            assert_eq!(inputs.trigger.is_held(), held, "{closed:?} {opened:?}");
            assert_eq!(
                inputs.trigger.is_released(),
                released,
                "{closed:?} {opened:?}"
            );
        }
    }
    // The other four, every combination: no button, no cartridge, and a cable.
    for next in LEVELS {
        for ok in LEVELS {
            for seat in LEVELS {
                for vbus in LEVELS {
                    let mut board = parts(&Rc::default());
                    board.next.level = next;
                    board.ok.level = ok;
                    board.seat.level = seat;
                    board.vbus.level = vbus;
                    let inputs = Control::from_parts(board).sample(&mut core(true));
                    assert_eq!(inputs.buttons.next, next == Some(true));
                    assert_eq!(inputs.buttons.ok, ok == Some(true));
                    assert_eq!(inputs.seated, seat == Some(true));
                    assert_eq!(inputs.vbus, vbus != Some(false), "{vbus:?}");
                }
            }
        }
    }
}

#[test]
fn pwr_003_a_cable_pin_that_breaks_locks_the_pen_in_that_tick() {
    let mut control = Control::<Board>::from_parts(parts(&Rc::default()));
    let mut core = core(true);
    run(&mut control, &mut core, 1, 700);
    assert_eq!(core.pen.status().mode, Mode::Standby);
    control.vbus.level = None;
    run(&mut control, &mut core, 701, 1);
    assert!(core.pen.status().locks.has(Lock::Cable));
    assert!(core.cable, "the link is told of the same cable");
}

#[test]
fn stop_004_an_output_stage_that_failed_is_no_current_of_zero() {
    let mut board = parts(&Rc::default());
    board.enable.broken = true;
    let mut control = Control::from_parts(board);
    let mut core = core(true);
    run(&mut control, &mut core, 1, 700);
    assert!(core.motor_failure().is_some());
    let current = control.sample(&mut core).current;
    assert!(current.age > Duration::from_ms(10), "{current:?}");
    assert!(core.pen.status().locks.has(Lock::CurrentZero));
    assert_ne!(core.pen.status().mode, Mode::Standby);
    assert_eq!(
        core.pen.status().fault.map(|trip| trip.fault),
        None::<Fault>
    );
}

#[test]
fn cart_002_the_core_sees_no_tag_before_the_list_has_answered() {
    let tag = Tag {
        id: 5,
        kind: 2,
        expiry_day: 9_000,
        authentic: true,
        used: false,
    };
    let mut board = parts(&Rc::default());
    board.tag.tag = TagReading::Present(tag);
    let mut control = Control::from_parts(board);
    let mut core = core(true);
    assert_eq!(control.sample(&mut core).tag, TagReading::Absent);
    core.tag.answer(5, false);
    assert_eq!(control.sample(&mut core).tag, TagReading::Present(tag));
    core.tag.answer(5, true);
    let used = Tag { used: true, ..tag };
    assert_eq!(control.sample(&mut core).tag, TagReading::Present(used));
}

#[test]
fn cart_003_a_cartridge_that_starts_is_burned_on_its_tag_and_for_the_list() {
    let mut board = parts(&Rc::default());
    board.seat.level = Some(true);
    board.tag.tag = TagReading::Present(Tag {
        id: 5,
        kind: 2,
        expiry_day: 9_000,
        authentic: true,
        used: false,
    });
    let mut control = Control::from_parts(board);
    let mut core = core(true);
    core.tag.answer(5, false);
    run(&mut control, &mut core, 1, 700);
    let answer = core
        .pen
        .request(Role::Operator, Request::LoadPlan(examples::plan()));
    assert_eq!(answer, Ok(Reply::Done));
    let mut ms = 701;
    let mut burned = 0;
    // Confirm, wait for the ledger and the tests of the paths, press.
    for (ok, held, ticks) in [(true, false, 25), (false, false, 400), (false, true, 40)] {
        control.ok.level = Some(ok);
        control.trigger_closed.level = Some(held);
        control.trigger_opened.level = Some(held);
        for _ in 0..ticks {
            core.ledger_stored = core.outputs.ledger();
            let asked = run(&mut control, &mut core, ms, 1).remove(0);
            burned += asked.iter().filter(|name| **name == "burn").count();
            assert_eq!(asked.last(), Some(&"watchdog"));
            ms += 1;
        }
    }
    assert_eq!(core.pen.status().mode, Mode::Treating);
    assert!(burned > 0, "the tag was never told");
    assert_eq!(core.tag.take_burnt(), Some(5));
    let TagReading::Present(tag) = control.sample(&mut core).tag else {
        panic!("no tag");
    };
    assert!(tag.used, "burned, whatever the tag itself says");
}

#[test]
fn stop_009_the_outputs_are_written_whatever_is_missing() {
    let mut control = Control::<Board>::from_parts(parts(&Rc::default()));
    let mut core = core(false);
    for asked in run(&mut control, &mut core, 1, 400) {
        assert!(
            asked.contains(&"enable") && asked.contains(&"supply"),
            "{asked:?}"
        );
        assert_eq!(asked.last(), Some(&"watchdog"));
    }
    assert_eq!(core.pen.status().mode, Mode::Locked);
}
