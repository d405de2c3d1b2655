//! The examples of `docs/gauges.md`, cut and damaged lines, and instruments that misbehave.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::{Driver, Gauge, Heard, Lines, Quantity, Said, Shown, Spec, Unit, reading};
use crate::clock::Clock;
use crate::error::HostError;
use crate::link::{Framing, Parity, Transport};

const BOOK: &str = include_str!("../../../docs/gauges.md");

/// Driver, line, and what it says, of every example of the page.
fn examples() -> Vec<(Driver, &'static str, &'static str)> {
    let mut examples = Vec::new();
    for line in BOOK.lines() {
        let mut parts = line.splitn(3, " | ");
        let name = parts.next().unwrap_or_default();
        let driver = Driver::ALL.into_iter().find(|driver| driver.name() == name);
        if let (Some(driver), Some(line), Some(says)) = (driver, parts.next(), parts.next()) {
            examples.push((driver, line, says));
        }
    }
    examples
}

/// Thousandths without zeros that say nothing.
fn told(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let size = thousandths.abs();
    let text = format!("{sign}{}.{:03}", size / 1_000, size % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A value as the page writes it.
fn value(shown: &Shown) -> String {
    let word = shown.unit.quantity().word();
    let step = shown.step.map_or_else(String::new, |step| {
        format!(", step {} {word}", told(step.into()))
    });
    format!(
        "{} {word}, digit {} {word}{step}{}",
        told(shown.thousandths.into()),
        told(shown.place.into()),
        if shown.is_moving { ", moving" } else { "" }
    )
}

#[test]
fn every_example_of_the_page_is_read_as_it_says() {
    let examples = examples();
    for driver in Driver::ALL {
        let count = examples.iter().filter(|it| it.0 == driver).count();
        let named = BOOK.contains(&format!("`{}`", driver.name()));
        // An inch driver differs from the other in nothing but its unit.
        let few = if driver.name() == "adaptor-inch" {
            0
        } else {
            1
        };
        assert!(count >= few && named, "{}: {count}", driver.name());
    }
    assert!(examples.len() >= 50, "{}", examples.len());
    for (driver, line, says) in examples {
        let parsed = driver.parse(line);
        let (found, wanted) = match (&parsed, says.split_once(": ")) {
            (Err(why), Some(("refused", word))) => (why.clone(), word),
            (Ok(Said::None(why)), Some(("none", word))) => (why.clone(), word),
            (Ok(Said::Value(shown)), _) => (value(shown), says),
            (Ok(Said::Answer(number, shown)), _) => {
                (format!("answer {number}: {}", value(shown)), says)
            }
            (Ok(Said::Nothing), _) => ("nothing".to_owned(), says),
            (other, _) => panic!("{line}: {other:?}, the page says {says}"),
        };
        assert!(
            found.contains(wanted),
            "{line}: {found:?}, the page says {says}"
        );
        if !matches!(parsed, Ok(Said::None(_)) | Err(_)) {
            assert_eq!(found, wanted, "{line}");
        }
    }
}

/// Lines that are values, with their driver.
fn values() -> Vec<(Driver, &'static str)> {
    let is_value = |it: &(Driver, &str, &str)| {
        matches!(it.0.parse(it.1), Ok(Said::Value(_) | Said::Answer(..)))
    };
    let all = examples().into_iter().filter(is_value);
    all.map(|(driver, line, _)| (driver, line)).collect()
}

/// All values that a driver takes from these bytes; `None` is silence.
fn taken(driver: Driver, heard: &[Option<u8>]) -> Vec<i32> {
    let mut lines = Lines::new();
    let mut found = Vec::new();
    for byte in heard {
        let Some(byte) = byte else {
            lines.quiet();
            continue;
        };
        if let Some(line) = lines.push(*byte)
            && let Ok(Said::Value(shown) | Said::Answer(_, shown)) = driver.parse(&line)
        {
            found.push(shown.thousandths);
        }
    }
    found
}

fn bytes(text: &str) -> Vec<Option<u8>> {
    text.bytes().map(Some).collect()
}

#[test]
fn a_value_is_never_taken_from_a_cut_line() {
    let mut tried = 0;
    for (driver, line) in values() {
        let whole = taken(driver, &[vec![None], bytes(line), bytes("\r\n")].concat());
        assert_eq!(whole.len(), 1, "{line}");
        for place in 1..line.len() {
            if !line.is_char_boundary(place) {
                continue;
            }
            let (head, tail) = line.split_at(place);
            let next = [bytes(line), bytes("\r")].concat();
            // Opened in the middle of a line; then a whole one.
            let late = [bytes(tail), bytes("\r"), next.clone()].concat();
            assert_eq!(taken(driver, &late), whole, "{line} from {place}");
            // Its end is missing: silence, then a whole one.
            let early = [vec![None], bytes(head), vec![None], next.clone()].concat();
            assert_eq!(taken(driver, &early), whole, "{line} to {place}");
            // No end came at all.
            assert!(taken(driver, &[vec![None], bytes(head), vec![None]].concat()).is_empty());
            tried += 3;
        }
    }
    assert!(tried > 600, "{tried}");
}

#[test]
fn what_is_too_long_is_no_line_and_the_next_is_one() {
    let long = "1".repeat(10_000);
    let heard = [vec![None], bytes(&long), bytes(" mm\r0.501 mm\r")].concat();
    assert_eq!(taken(Driver::Plain, &heard), [501_000]);
    let mut lines = Lines::new();
    lines.quiet();
    let most = "x".repeat(96);
    let whole = most
        .bytes()
        .chain(*b"\r")
        .filter_map(|byte| lines.push(byte));
    assert_eq!(whole.collect::<Vec<_>>(), [most]);
}

proptest! {
    #[test]
    fn no_bytes_whatever_panic_or_make_a_value_that_is_not_written_there(
        heard in prop::collection::vec(prop_oneof![
            any::<u8>(),
            prop::sample::select(b"+-0123456789.,! *mGKSuinHz\r\n ".to_vec()),
        ], 0..300),
    ) {
        for driver in Driver::ALL {
            let mut lines = Lines::new();
            for byte in &heard {
                if let Some(line) = lines.push(*byte) {
                    let parsed = driver.parse(&line);
                    if let Ok(Said::Value(shown) | Said::Answer(_, shown)) = parsed {
                        let number = shown.text.split(' ').next().unwrap_or_default();
                        let number = number.trim_start_matches([' ', '+', '-']);
                        prop_assert!(line.contains(number), "{line:?} {shown:?}");
                        prop_assert!(shown.place > 0);
                        let _ = reading(&shown, Quantity::Length, 1_000);
                    }
                }
            }
        }
    }

    #[test]
    fn a_damaged_g1_line_is_never_a_value(place in 0_usize..26, bit in 0_u32..7) {
        let line = format!("G1 K +0.501 mm 0.001 S*{:02X}", sum("G1 K +0.501 mm 0.001 S"));
        prop_assert!(matches!(Driver::G1.parse(&line), Ok(Said::Value(_))));
        let mut bytes = line.into_bytes();
        let at = place % bytes.len();
        bytes[at] ^= 1 << bit;
        let damaged = String::from_utf8(bytes).unwrap();
        prop_assert!(Driver::G1.parse(&damaged).is_err(), "{damaged:?}");
    }
}

fn sum(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

#[test]
fn a_reading_has_the_quantity_the_step_and_the_rest_that_are_asked_for() {
    let shown = |driver: Driver, line: &str| match driver.parse(line) {
        Ok(Said::Value(shown) | Said::Answer(_, shown)) => shown,
        other => panic!("{line}: {other:?}"),
    };
    use Quantity::{Length, Rate};
    let opto = Driver::Opto(Unit::Mm);
    let plain = Driver::Plain;
    assert_eq!(
        reading(&shown(opto, "+000.501"), Length, 1_000),
        Ok(501_000)
    );
    assert_eq!(
        reading(&shown(opto, "-000.055"), Length, 5_000),
        Ok(-55_000)
    );
    assert_eq!(reading(&shown(plain, "50.01 Hz"), Rate, 10), Ok(50_010));
    // 1 rpm is 16.7 mHz.
    assert_eq!(reading(&shown(plain, "3001 rpm"), Rate, 17), Ok(50_017));
    for (shown, wanted, stated, word) in [
        (shown(plain, "50.01 Hz"), Length, 1_000, "no length"),
        (shown(plain, "0.501 mm"), Rate, 10, "no rate"),
        (
            shown(plain, "0.501 mm"),
            Length,
            10_000,
            "steps of 1 um, and 10 um",
        ),
        (
            shown(plain, "0.50 mm"),
            Length,
            1_000,
            "steps of 10 um, and 1 um",
        ),
        // The display was switched to inches.
        (shown(opto, "+0.01970"), Length, 1_000, "steps of 0.01 um"),
        (shown(opto, "+000.503"), Length, 5_000, "between two steps"),
        (shown(plain, "3001 rpm"), Rate, 10, "steps of 0.017 Hz"),
    ] {
        let said = reading(&shown, wanted, stated).unwrap_err();
        assert!(said.contains(word), "{said}");
    }
    let line = |body: &str| format!("{body}*{:02X}", sum(body));
    let moving = shown(Driver::G1, &line("G1 K +0.501 mm 0.001 M"));
    assert!(
        reading(&moving, Length, 1_000)
            .unwrap_err()
            .contains("moves")
    );
    // It says its step: five of the last digit is not one of them.
    let five = shown(Driver::G1, &line("G1 K +0.505 mm 0.005 S"));
    assert_eq!(reading(&five, Length, 5_000), Ok(505_000));
    assert!(
        reading(&five, Length, 1_000)
            .unwrap_err()
            .contains("steps of 5 um")
    );
}

#[test]
fn numbers_at_the_edges_are_exact_or_refused() {
    let opto = |line: &str| Driver::Opto(Unit::Mm).parse(line);
    for (line, nm) in [
        ("+2147.483647", 2_147_483_647),
        ("-2147.483647", -2_147_483_647),
    ] {
        let Ok(Said::Value(shown)) = opto(line) else {
            panic!("{line}");
        };
        assert_eq!(shown.thousandths, nm);
    }
    for line in [
        "+2147.483648",
        "+99999.99999",
        "+00000.000001",
        "+.5",
        "+5.",
        "+.",
        "+",
    ] {
        assert!(opto(line).is_err(), "{line}");
    }
}

#[test]
fn a_port_and_its_driver_are_told_apart() {
    let of = |text: &str| Spec::of(text, |path| path == "/dev/by-path/usb-0:2:1.0");
    let port = |port: &str, driver: Driver, framing: Framing| {
        Ok(Spec::Port {
            port: port.to_owned(),
            driver,
            framing,
        })
    };
    let fast = Framing::plain(115_200);
    let opto = Driver::Opto(Unit::Mm);
    assert_eq!(of("/dev/ttyUSB0"), port("/dev/ttyUSB0", Driver::G1, fast));
    assert_eq!(
        of("COM3:plain"),
        port("COM3", Driver::Plain, Framing::plain(9_600))
    );
    assert_eq!(
        of("/dev/by-path/usb-0:2:1.0"),
        port("/dev/by-path/usb-0:2:1.0", Driver::G1, fast)
    );
    assert_eq!(of("tcp:host:4000"), port("tcp:host:4000", Driver::G1, fast));
    assert_eq!(
        of("tcp:host:4000:opto"),
        port("tcp:host:4000", opto, Framing::seven_even(4_800))
    );
    let set = Framing {
        baud: 2_400,
        is_seven_bits: true,
        parity: Parity::Odd,
        has_two_stops: false,
    };
    assert_eq!(of("/dev/t:opto@2400,7O1"), port("/dev/t", opto, set));
    assert_eq!(of("keyboard:mm"), Ok(Spec::Keyboard(Unit::Mm)));
    assert_eq!(of("keyboard:mA"), Ok(Spec::Keyboard(Unit::Ma)));
    for (text, word) in [
        ("", "no port"),
        (":opto", "no port"),
        ("/dev/t:optimist", "no driver; there are g1, opto"),
        ("/dev/t:opto@fast", "BAUD,FORMAT"),
        ("/dev/t:opto@100,7E2", "BAUD,FORMAT"),
        ("/dev/t:opto@4800,9E2", "BAUD,FORMAT"),
        ("keyboard", "keyboard:mm"),
        ("keyboard:A", "keyboard:mA"),
        ("keyboards:mm", "keyboard:mm"),
    ] {
        let said = of(text).unwrap_err();
        assert!(said.contains(word), "{text}: {said}");
    }
}

/// A link on which things were said beforehand; an empty portion is silence.
struct Script {
    said: VecDeque<&'static str>,
    sent: std::rc::Rc<std::cell::RefCell<String>>,
}

impl Clock for Script {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wait(&mut self, _: Duration) {}
}

impl Transport for Script {
    fn name(&self) -> String {
        "script".to_owned()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        *self.sent.borrow_mut() += std::str::from_utf8(bytes).unwrap();
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, HostError> {
        let Some(portion) = self.said.pop_front() else {
            return Err(HostError::link_lost("script", "the other end is gone"));
        };
        buffer[..portion.len()].copy_from_slice(portion.as_bytes());
        Ok(portion.len())
    }
}

fn gauge(
    driver: Driver,
    said: &[&'static str],
) -> (Gauge, std::rc::Rc<std::cell::RefCell<String>>) {
    let sent = std::rc::Rc::default();
    let link = Script {
        said: said.iter().copied().collect(),
        sent: std::rc::Rc::clone(&sent),
    };
    (Gauge::new(Box::new(link), driver).unwrap(), sent)
}

#[test]
fn what_came_before_the_question_is_counted_and_thrown_away() {
    let silence = ["", "", "", "", ""];
    let said = [
        &silence[..],
        &["0.501 mm\r0.502 mm\r0.5", "", "03 mm\r0.504 mm\r"],
    ]
    .concat();
    let (mut gauge, _) = gauge(Driver::Plain, &said);
    // The third had begun: its rest is no value either.
    assert_eq!(gauge.forget(), Ok(2));
    assert!(matches!(gauge.hear(), Ok(Some(Heard::Value(shown))) if shown.thousandths == 504_000));
    assert!(gauge.hear().is_err(), "a link that is gone is told");
}

#[test]
fn an_answer_to_an_earlier_request_is_stale() {
    let silence = ["", "", "", "", ""];
    let old = "G1 1 +0.501 mm 0.001 S*1A\r";
    let said = [&silence[..], &[old, old, ""]].concat();
    let right = format!("{:02X}", sum("G1 1 +0.501 mm 0.001 S"));
    assert_eq!(right, "1A", "of the lines above");
    let (mut gauge, sent) = gauge(Driver::G1, &said);
    assert_eq!(gauge.ask(), Ok(true));
    assert!(matches!(gauge.hear(), Ok(Some(Heard::Value(_)))));
    assert_eq!(gauge.ask(), Ok(true));
    assert!(matches!(gauge.hear(), Ok(Some(Heard::Trouble(why))) if why.contains("stale")));
    assert_eq!(*sent.borrow(), "G1 1?\r\nG1 2?\r\n");
}

#[test]
fn a_line_that_breaks_off_is_told_after_a_silence() {
    let said = [
        "",
        "",
        "",
        "",
        "",
        "+0000.5",
        "",
        "",
        "",
        "",
        "",
        "+0000.501\r",
    ];
    let (mut gauge, sent) = gauge(Driver::Opto(Unit::Mm), &said);
    assert_eq!(gauge.ask(), Ok(true));
    assert_eq!(*sent.borrow(), "?\r");
    let mut heard = Vec::new();
    while let Ok(next) = gauge.hear() {
        heard.extend(next);
    }
    assert!(
        matches!(&heard[0], Heard::Trouble(why) if why.contains("broke off")),
        "{heard:?}"
    );
    assert!(matches!(&heard[1], Heard::Value(shown) if shown.thousandths == 501_000));
    assert_eq!(heard.len(), 2);
}

#[test]
fn an_instrument_without_requests_is_only_listened_to() {
    for (driver, request) in [
        (Driver::Mux10(Unit::Mm), None),
        (Driver::Plain, None),
        (Driver::Millimar, Some("?\r")),
        (Driver::C1202, Some("M1?\r")),
        (Driver::Adaptor(Unit::Mm), Some("\n")),
    ] {
        let (mut gauge, sent) = gauge(driver, &["", "", "", "", ""]);
        assert_eq!(gauge.ask(), Ok(request.is_some()));
        assert_eq!(*sent.borrow(), request.unwrap_or_default());
    }
}

/// An instrument that has the next byte ready whenever it is looked for, 1 ms each time.
struct Trickle {
    now: std::rc::Rc<std::cell::Cell<Duration>>,
    line: std::iter::Cycle<std::str::Bytes<'static>>,
}

impl Clock for Trickle {
    fn now(&self) -> Duration {
        self.now.get()
    }

    fn wait(&mut self, _: Duration) {}
}

impl Transport for Trickle {
    fn name(&self) -> String {
        "trickle".to_owned()
    }

    fn send(&mut self, _: &[u8]) -> Result<(), HostError> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, HostError> {
        self.now.set(self.now.get() + Duration::from_millis(1));
        buffer[0] = self.line.next().unwrap();
        Ok(1)
    }
}

#[test]
fn what_comes_without_a_pause_is_thrown_away_for_no_longer_than_the_pen_can_wait() {
    let now = std::rc::Rc::new(std::cell::Cell::new(Duration::ZERO));
    let link = Trickle {
        now: std::rc::Rc::clone(&now),
        line: "0.501 mm\r".bytes().cycle(),
    };
    let mut gauge = Gauge::new(Box::new(link), Driver::Plain).unwrap();
    let begun = now.get();
    let values = gauge.forget().unwrap();
    let took = now.get() - begun;
    // Between two heartbeats of a motor that turns there are at most 250 ms.
    assert!(took <= Duration::from_millis(60), "{took:?}");
    assert!((3..=7).contains(&values), "{values}");
}
