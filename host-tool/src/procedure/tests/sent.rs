//! One reading of an instrument that sends, or is typed instead.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use pen_core::status::Status;

use super::super::gauged::is_still;
use super::super::observer::{Place, Setting};
use super::super::typed::Unit;
use super::super::{Desk, PromptBench, Sender, Wait, in_service};
use super::*;
use crate::clock::Clock;
use crate::error::Code;
use crate::gauge::{Driver, Gauge, Unit as Display};
use crate::link::Transport;

/// What an instrument sent that was not read yet.
type Bytes = Rc<RefCell<VecDeque<u8>>>;

/// The cable of an instrument that hears no request.
struct Wire(Bytes);

impl Clock for Wire {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wait(&mut self, _: Duration) {}
}

impl Transport for Wire {
    fn name(&self) -> String {
        "test".to_owned()
    }

    fn send(&mut self, _: &[u8]) -> Result<(), HostError> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, HostError> {
        let mut bytes = self.0.borrow_mut();
        let count = bytes.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(bytes.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

/// Somebody, or nobody, at whose instrument lines come when it is looked at.
#[derive(Clone, Default)]
struct Beside {
    is_person: bool,
    /// Before which look each line comes.
    lines: Vec<(u32, String)>,
    bytes: Bytes,
    looks: Rc<Cell<u32>>,
    said: Rc<RefCell<Vec<String>>>,
}

impl Desk for Beside {
    fn ask(&mut self, _: &mut Client, key: &str, _: &str) -> Result<String, HostError> {
        panic!("{key} is asked for")
    }

    fn wrong(&mut self, _: &str, _: &str, why: &str) -> Result<(), HostError> {
        self.said.borrow_mut().push(why.to_owned());
        Ok(())
    }

    fn tell(&mut self, text: &str) {
        self.said.borrow_mut().push(text.to_owned());
    }

    fn is_person(&self) -> bool {
        self.is_person
    }

    fn agree(&mut self, _: &[Line], _: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        _: &mut Client,
        _: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        Ok(())
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        _: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        for _ in 1..=20 {
            let look = self.looks.get() + 1;
            self.looks.set(look);
            let now = self.lines.iter().filter(|(at, _)| *at == look);
            now.for_each(|(_, line)| self.bytes.borrow_mut().extend(line.bytes()));
            if came(client)? {
                return Ok(None);
            }
        }
        Err(HostError::aborted("the test"))
    }
}

/// A line of the project's own protocol.
fn g1(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("{body}*{sum:02X}\r\n")
}

fn port(driver: Driver, bytes: &Bytes, patience: Duration) -> Sender {
    let gauge = Gauge::new(Box::new(Wire(Rc::clone(bytes))), driver).unwrap();
    Sender::Port(gauge, patience)
}

fn asked(setting: Setting, expect: (i32, i32)) -> Asked {
    Asked {
        place: Place {
            phase: Phase::AsFound,
            setting,
            repeat: 1,
        },
        number: 1,
        of: 38,
        pen_says: 500,
        expect,
    }
}

fn at_500() -> Asked {
    let (um, direction) = (500, Direction::Deepening);
    asked(Setting::Depth { um, direction }, (410, 590))
}

const SECOND: Duration = Duration::from_secs(1);

/// A bench with a gauge of this driver, and its desk.
fn bench(driver: Driver, desk: &Beside) -> PromptBench<Beside> {
    let gauge = port(driver, &desk.bytes, SECOND);
    PromptBench::new(desk.clone(), false, 2_517).with_instruments(Some(gauge), None)
}

#[test]
fn a_data_key_was_pressed_when_a_value_came_unasked() {
    let bytes = Bytes::default();
    let mut gauge = port(Driver::Plain, &bytes, SECOND);
    assert!(!gauge.was_pressed(), "nothing came");
    bytes.borrow_mut().extend(b"0.500 mm\r\n");
    assert!(gauge.was_pressed());
    assert!(!gauge.was_pressed(), "it was thrown away");
    bytes.borrow_mut().extend(b"nonsense\r\n");
    assert!(!gauge.was_pressed(), "that is no value");
    assert!(!Sender::Keyboard(Display::Mm).was_pressed());
}

#[test]
fn what_was_sent_before_it_was_asked_for_is_told_and_not_taken() {
    for (early, told) in [
        (0, vec!["0.505 mm"]),
        (
            1,
            vec!["1 sent before it was asked for, and not taken", "0.505 mm"],
        ),
        (
            2,
            vec!["2 sent before it was asked for, and not taken", "0.505 mm"],
        ),
    ] {
        let desk = Beside {
            lines: vec![(1, "0.505 mm\r\n".to_owned())],
            ..Beside::default()
        };
        let mut bench = bench(Driver::Plain, &desk);
        for _ in 0..early {
            desk.bytes.borrow_mut().extend(b"0.495 mm\r\n");
        }
        let (_stage, mut client) = in_service(false);
        let reply = bench.gauge_um(&mut client, &at_500()).unwrap();
        let Reply::Value { value, typed, .. } = reply else {
            panic!("{reply:?}");
        };
        assert_eq!((value, typed.as_str()), (505, "0.505 mm"));
        assert_eq!(*desk.said.borrow(), told);
        assert_eq!(Bench::sent_by(&bench).as_deref(), Some("plain"));
    }
}

#[test]
fn an_answer_may_take_as_long_as_it_may_and_no_longer() {
    // No time passes between the looks: with no patience at all the second is not too late yet.
    let desk = Beside {
        lines: vec![(2, g1("G1 1 +050.01 Hz 0.01 S"))],
        ..Beside::default()
    };
    let tachometer = port(Driver::G1, &desk.bytes, Duration::ZERO);
    let mut bench =
        PromptBench::new(desk.clone(), false, 2_517).with_instruments(None, Some(tachometer));
    let (_stage, mut client) = in_service(false);
    let asked = asked(Setting::Rate { hz: 50 }, (49_000, 51_000));
    let reply = bench.tachometer_mhz(&mut client, &asked).unwrap();
    assert!(
        matches!(reply, Reply::Value { value: 50_010, .. }),
        "{reply:?}"
    );
    assert_eq!(desk.looks.get(), 2);
}

#[test]
fn what_is_no_length_is_refused_without_a_second_value_that_confirms_it() {
    for driver in [Driver::G1, Driver::Plain] {
        // One answer to each request, or each press of the key.
        let line = |number: u32| match driver {
            Driver::G1 => g1(&format!("G1 {number} +050.01 Hz 0.01 S")),
            _ => "50.01 Hz\r\n".to_owned(),
        };
        let desk = Beside {
            lines: (1..=3).map(|number| (number, line(number))).collect(),
            ..Beside::default()
        };
        let (_stage, mut client) = in_service(false);
        let error = bench(driver, &desk)
            .gauge_um(&mut client, &at_500())
            .unwrap_err();
        assert_eq!(error.code, Code::NotBelieved, "{error}");
        assert!(error.why.contains("which is no length"), "{error}");
        // Three times, each at its first look.
        assert_eq!(desk.looks.get(), 3);
    }
}

#[test]
fn a_ring_may_move_by_10_um_while_the_gauge_is_read() {
    assert_eq!([0, 9, 10].map(is_still), [Ok(()), Ok(()), Ok(())]);
    for moved in [11, 200] {
        let text = format!("the ring moved by {moved} um while it was read, 10 are allowed");
        assert_eq!(is_still(moved), Err(text));
    }
}

#[test]
fn what_is_typed_beside_an_instrument_is_a_word_a_reading_or_enter() {
    let desk = Beside {
        is_person: true,
        ..Beside::default()
    };
    let asked = at_500();
    let mut g1 = bench(Driver::G1, &desk);
    for (line, reply) in [
        ("u", Reply::Undo),
        ("Undo", Reply::Undo),
        ("r", Reply::Repeat),
        ("REPEAT", Reply::Repeat),
    ] {
        let typed = g1.typed_instead(line, &asked, Unit::Um);
        assert_eq!(typed, Ok(Some(reply)), "{line}");
    }
    // Enter asks it again, and forgives what was wrong; one without a request is not asked.
    g1.tries.failed = 2;
    assert_eq!(g1.typed_instead("", &asked, Unit::Um), Ok(None));
    assert_eq!(g1.tries.failed, 0);
    let mut plain = bench(Driver::Plain, &desk);
    plain.tries.failed = 2;
    let said = "this instrument cannot be asked: press its data key".to_owned();
    assert_eq!(plain.typed_instead("", &asked, Unit::Um), Err(said));
    assert_eq!(plain.tries.failed, 0);
    // A reading by hand, with its reason or without; a reason alone keeps nothing that was not sent.
    let value = |typed: &str, because: Option<&str>| {
        Ok(Some(Reply::Value {
            value: 503,
            typed: typed.to_owned(),
            because: because.map(str::to_owned),
        }))
    };
    assert_eq!(
        g1.typed_instead("503", &asked, Unit::Um),
        value("503", None)
    );
    assert_eq!(
        g1.typed_instead("503 because it slipped", &asked, Unit::Um),
        value("503 because it slipped", Some("it slipped"))
    );
    let said = "no value was sent here that a reason could keep: have it sent again".to_owned();
    let alone = g1.typed_instead("because it slipped", &asked, Unit::Um);
    assert_eq!(alone, Err(said));
}
