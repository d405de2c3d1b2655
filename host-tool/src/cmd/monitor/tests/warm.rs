//! Temperatures: on the screen, in words, in time, and of pens and recordings that have none.

use std::collections::VecDeque;
use std::time::Duration;

use pen_core::status::Temperatures;
use pen_core::units::{Instant, Temperature};
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{LinkError, ToHost, ToPen};

use super::super::app::App;
use super::super::heat;
use super::super::plain::{changes, sentence};
use super::super::source::{Live, Picture, Readings, Source};
use super::super::view::Band;
use super::{screen, seen};
use crate::client::{Client, Patience};
use crate::clock::{Clock, Signal, simulate};
use crate::error::HostError;
use crate::link::Transport;
use crate::link::sim::{SimLink, SimStage};

const fn tenths(tenths: i32) -> Temperature {
    Temperature::from_decicelsius(tenths)
}

/// What a pen tells whose grip and winding have so much.
fn told(grip: i32, winding: i32) -> Temperatures {
    Temperatures {
        at: Instant::from_us(0),
        thermistor: Some(tenths(grip)),
        grip: Some(tenths(grip)),
        winding: Some(tenths(winding)),
        must_cool: false,
        grip_warm: tenths(410),
        grip_stop: tenths(430),
        winding_cool: tenths(900),
        winding_stop: tenths(1_000),
    }
}

/// The row of the screen that begins with this name.
fn row(app: &App, width: u16, name: &str) -> String {
    let lines = screen(app, width, 24);
    let found = lines.iter().find(|line| line.starts_with(name));
    found.unwrap_or_else(|| panic!("{name}: {lines:?}")).clone()
}

/// A screen that shows these temperatures.
fn showing(temperatures: Option<Temperatures>) -> App {
    let (mut app, picture) = seen();
    app.take(Picture {
        temperatures,
        ..picture
    });
    app
}

#[test]
fn the_screen_has_the_limits_of_grip_and_winding_as_bands() {
    // Value, whether it is allowed.
    for (grip, winding, grip_mark, winding_mark) in [
        (253, 402, 'O', 'O'),
        (411, 899, 'O', 'O'),
        (429, 999, 'O', 'O'),
        (430, 1_000, 'X', 'X'),
        (612, 1_300, 'X', 'X'),
        (-12, 5, 'O', 'O'),
    ] {
        let app = showing(Some(told(grip, winding)));
        for width in [60, 80, 120] {
            for (name, value, mark) in [
                ("grip", grip, grip_mark),
                ("winding", winding, winding_mark),
            ] {
                let row = row(&app, width, name);
                let (whole, part) = (value.abs() / 10, value.abs() % 10);
                assert!(
                    row.contains(&format!(" {whole}.{part} degC")) || value < 0,
                    "{row}"
                );
                assert!(row.contains(mark), "{grip}, {winding}, {width}: {row}");
                assert!(row.chars().count() <= usize::from(width), "{row}");
                assert!(row.contains('='), "{row}");
            }
            assert!(
                row(&app, width, "grip").contains('-'),
                "held back from 41 degC"
            );
        }
    }
    let cold = showing(Some(told(-12, 5)));
    assert!(row(&cold, 80, "grip").contains("-1.2 degC"));
}

#[test]
fn the_band_of_a_pen_that_must_cool_ends_where_it_may_start_again() {
    for (must_cool, grip, winding, marks) in [
        (true, 409, 899, ['O', 'O']),
        (true, 410, 900, ['X', 'X']),
        (true, 429, 999, ['X', 'X']),
        (false, 429, 999, ['O', 'O']),
    ] {
        let app = showing(Some(Temperatures {
            must_cool,
            ..told(grip, winding)
        }));
        for (name, mark) in ["grip", "winding"].into_iter().zip(marks) {
            let row = row(&app, 80, name);
            assert!(row.contains(mark), "{must_cool}, {grip}, {winding}: {row}");
        }
    }
}

#[test]
fn a_band_shows_from_where_the_pen_is_held_back() {
    let band = |held, value| Band {
        scale: (0, 10),
        allowed: (i64::MIN, 8),
        held,
        value,
    };
    assert_eq!(band(Some(6), None).text(11), "======---..");
    assert_eq!(band(Some(6), Some(6)).text(11), "======O--..");
    assert_eq!(band(Some(6), Some(9)).text(11), "======---X.");
    assert_eq!(band(Some(9), None).text(11), "=========..");
    assert_eq!(band(None, Some(-5)).text(11), "O========..");
}

#[test]
fn a_sensor_that_is_not_valid_is_named_wherever_its_temperature_is() {
    let broken = Temperatures {
        thermistor: None,
        ..told(253, 402)
    };
    let app = showing(Some(broken));
    assert!(row(&app, 60, "grip").contains("25.3 degC (no sensor)"));
    assert!(
        app.log
            .back()
            .unwrap()
            .contains("grip's sensor is not valid")
    );
    assert_eq!(heat::grip_column(&broken), "no sensor");
    assert_eq!(heat::grip_column(&told(253, 402)), "25.3 degC");
    let said = heat::parts(&broken).join(", ");
    assert_eq!(
        said,
        "grip 25.3 degC by the model, its sensor is not valid, winding 40.2 degC"
    );
    // Since its start it was never valid: no model either, and no place in the band.
    let nothing = Temperatures {
        grip: None,
        winding: None,
        ..broken
    };
    let mut app = showing(Some(nothing));
    assert!(row(&app, 60, "grip").contains("unknown (no sensor)"));
    assert!(row(&app, 60, "winding").contains("unknown"));
    assert!(!row(&app, 60, "winding").contains(['O', 'X']));
    let mut picture = app.picture.unwrap();
    picture.temperatures = Some(told(253, 402));
    app.take(picture);
    assert!(app.log.back().unwrap().contains("sensor is valid again"));
    let told_before = app.log.len();
    app.take(picture);
    assert_eq!(app.log.len(), told_before, "once");
}

#[test]
fn plain_says_a_temperature_when_it_has_moved_far_enough() {
    let (_, picture) = seen();
    let at = |grip, winding| Picture {
        temperatures: Some(told(grip, winding)),
        ..picture
    };
    let mut said = at(250, 400);
    let line = sentence(&said);
    assert!(
        line.contains("grip 25.0 degC, winding 40.0 degC, locked by"),
        "{line}"
    );
    assert_eq!(changes(&mut said, &at(254, 419)), None);
    assert_eq!(changes(&mut said, &at(246, 381)), None);
    let line = changes(&mut said, &at(255, 419)).unwrap();
    assert!(line.ends_with(" s: grip 25.5 degC"), "{line}");
    // What crept on unsaid is said when it is far enough from what was said.
    let line = changes(&mut said, &at(256, 420)).unwrap();
    assert!(line.ends_with(" s: winding 42.0 degC"), "{line}");
    let hot = Temperatures {
        must_cool: true,
        ..told(256, 420)
    };
    let hot = Picture {
        temperatures: Some(hot),
        ..picture
    };
    let line = changes(&mut said, &hot).unwrap();
    assert!(
        line.ends_with(" s: must cool below 41.0 degC at the grip and 90.0 degC in the winding"),
        "{line}"
    );
    assert_eq!(changes(&mut said, &hot), None);
    let line = changes(&mut said, &at(256, 420)).unwrap();
    assert!(line.ends_with(" s: has cooled"), "{line}");
    let broken = Temperatures {
        thermistor: None,
        ..told(256, 420)
    };
    let broken = Picture {
        temperatures: Some(broken),
        ..picture
    };
    assert!(changes(&mut said, &broken).unwrap().contains("not valid"));
    // Nothing told, nothing said.
    let mut said = Picture {
        temperatures: None,
        ..picture
    };
    assert!(!sentence(&said).contains("degC"));
    let none = said;
    assert_eq!(changes(&mut said, &none), None);
    let line = changes(&mut said, &at(250, 400)).unwrap();
    assert!(
        line.ends_with(" s: grip 25.0 degC, winding 40.0 degC"),
        "{line}"
    );
}

#[test]
fn a_picture_has_the_last_reading_before_it_and_none_that_came_later() {
    let at = |us, grip| Temperatures {
        at: Instant::from_us(us),
        ..told(grip, 400)
    };
    let grip_at = |readings: &mut Readings, us| {
        let found = readings.until(Instant::from_us(us));
        found.map(|it| it.grip.unwrap().as_decicelsius())
    };
    let mut readings = Readings::default();
    assert_eq!(grip_at(&mut readings, 5), None);
    for (us, grip) in [(10, 1), (20, 2), (30, 3)] {
        readings.push(at(us, grip));
    }
    for (us, grip) in [
        (9, None),
        (10, Some(1)),
        (19, Some(1)),
        (20, Some(2)),
        (99, Some(3)),
    ] {
        assert_eq!(grip_at(&mut readings, us), grip, "{us}");
    }
}

/// A simulated pen whose firmware is older than the question for temperatures.
struct Older {
    link: SimLink,
    answers: VecDeque<u8>,
    asked: std::rc::Rc<std::cell::Cell<u32>>,
}

impl Clock for Older {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }
}

impl Transport for Older {
    fn name(&self) -> String {
        "older".into()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let mut decoder = Decoder::new();
        for byte in bytes {
            let Some(Ok(frame)) = decoder.push(*byte) else {
                continue;
            };
            if frame.message::<ToPen>() == Ok(ToPen::ReadTemperatures) {
                self.asked.set(self.asked.get() + 1);
                let why = LinkError::UnknownKind { kind: 0x0B };
                let mut room = [0; FRAME_MAX];
                let answer = encode(frame.seq, &ToHost::LinkError(why), &mut room).unwrap();
                self.answers.extend(answer);
                return Ok(());
            }
        }
        self.link.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        if self.answers.is_empty() {
            return self.link.receive(buffer, patience);
        }
        let count = buffer.len().min(self.answers.len());
        for (place, byte) in buffer.iter_mut().zip(self.answers.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

#[test]
fn an_older_pen_is_asked_once_and_followed_without_temperatures() {
    let stage = SimStage::new(1).unwrap();
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let link = Older {
        link: stage.link(),
        answers: VecDeque::new(),
        asked: asked.clone(),
    };
    let mut client = Client::connect(Box::new(link), Patience::default()).unwrap();
    assert_eq!(client.temperatures(), Ok(None));
    let last = heat::newest(&mut client).unwrap();
    assert!(
        last.contains("this pen's firmware does not tell them"),
        "{last}"
    );
    client.stream(100).unwrap();
    let mut live = Live::new(client, Duration::from_secs(3), None);
    let mut shown = 0;
    while shown < 50 {
        if let Some(picture) = live.next(Duration::from_millis(100)).unwrap() {
            assert_eq!(picture.temperatures, None);
            shown += 1;
        }
    }
    // Eight of what it does not know within 10 s would lock its link.
    assert_eq!(asked.get(), 1);
    let mut app = showing(None);
    app.untold = "not told by its firmware";
    app.note(&last);
    assert!(row(&app, 60, "grip").ends_with("not told by its firmware"));
    let text = screen(&app, 60, 24).join(" ");
    assert!(text.contains("no warning of heat"), "{text}");
}

#[test]
fn a_pen_is_asked_once_a_second_and_its_picture_has_what_it_told() {
    let stage = SimStage::new(1).unwrap();
    let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    let first = client.temperatures().unwrap();
    client.stream(100).unwrap();
    let mut live = Live::new(client, Duration::from_secs(3), first);
    let mut seen: Vec<Temperatures> = Vec::new();
    let mut shown = 0;
    while shown < 55 {
        let Some(picture) = live.next(Duration::from_millis(100)).unwrap() else {
            continue;
        };
        shown += 1;
        let told = picture.temperatures.unwrap();
        let age_us = picture.status().at.since(told.at).as_us();
        assert!(age_us <= 1_200_000, "{age_us}");
        if seen.last() != Some(&told) {
            seen.push(told);
        }
    }
    // Pictures over five and a half seconds.
    assert!((5..=7).contains(&seen.len()), "{seen:?}");
    assert_eq!(seen.first(), first.as_ref());
    // The winding is taken to be warmer after a start, and cools.
    assert!(seen.last().unwrap().winding < first.unwrap().winding);
}

/// A link on which no answer to the question for temperatures arrives, once it has begun to fail.
struct Forgets {
    link: SimLink,
    decoder: Decoder,
    out: VecDeque<u8>,
    fails: std::rc::Rc<std::cell::Cell<bool>>,
    lost: std::rc::Rc<std::cell::Cell<u32>>,
}

impl Clock for Forgets {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }
}

impl Transport for Forgets {
    fn name(&self) -> String {
        "forgets".into()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        self.link.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let mut raw = [0; FRAME_MAX];
        let count = self.link.receive(&mut raw, patience)?;
        for byte in &raw[..count] {
            let Some(Ok(frame)) = self.decoder.push(*byte) else {
                continue;
            };
            let answer = frame.message::<ToHost>().unwrap();
            if self.fails.get() && matches!(answer, ToHost::TemperaturesReply(_)) {
                self.lost.set(self.lost.get() + 1);
                continue;
            }
            let mut room = [0; FRAME_MAX];
            self.out
                .extend(encode(frame.seq, &answer, &mut room).unwrap());
        }
        let count = buffer.len().min(self.out.len());
        for (place, byte) in buffer.iter_mut().zip(self.out.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

#[test]
fn a_stream_goes_on_although_no_temperature_arrives() {
    let stage = SimStage::new(1).unwrap();
    let (fails, lost) = <(
        std::rc::Rc<std::cell::Cell<bool>>,
        std::rc::Rc<std::cell::Cell<u32>>,
    )>::default();
    let link = Forgets {
        link: stage.link(),
        decoder: Decoder::new(),
        out: VecDeque::new(),
        fails: fails.clone(),
        lost: lost.clone(),
    };
    let patience = Patience(Duration::from_millis(300));
    let mut client = Client::connect(Box::new(link), patience).unwrap();
    let first = client.temperatures().unwrap();
    client.stream(100).unwrap();
    let mut live = Live::new(client, Duration::from_secs(3), first);
    fails.set(true);
    let mut shown = 0;
    while shown < 60 {
        if let Some(picture) = live.next(Duration::from_millis(100)).unwrap() {
            // What was told last is shown, with the moment it is from.
            assert_eq!(picture.temperatures, first);
            shown += 1;
        }
    }
    // Six seconds of pictures, a question a second, three attempts each.
    assert!(lost.get() >= 9, "{}", lost.get());
    // What it is asked to end meanwhile is the stream's affair: pictures that came are shown first.
    simulate(Some(Signal::Interrupt));
    while shown < 65 {
        shown += u32::from(live.next(Duration::from_millis(100)).unwrap().is_some());
    }
    simulate(None);
}
