//! Instruments that send their readings: a whole calibration, everything that can be wrong with them, and
//! somebody who sits beside.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use pen_core::status::Status;
use pen_sim::hand::Cartridge;

use super::super::gauged::from_keyboard;
use super::super::typed::Unit;
use super::super::{
    Desk, Event, Line, Outcome, Points, PromptBench, Replay, Sender, Wait, calibrate_kept,
};
use super::*;
use crate::clock::Clock;
use crate::error::Code;
use crate::gauge::{Driver, Gauge, Unit as Display};
use crate::link::Transport;
use crate::link::sim::TODAY;

/// What is wrong with an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    Inches,
    Sign,
    Coarse,
    Moves,
    Wanders,
    Stale,
    Silent,
    Over,
    Battery,
    Cut,
    Sticks,
    /// Repeats at 500 um lie 15 um apart, each as sure as any: as found in the second pass, then always.
    Apart,
    OtherQuantity,
    Damaged,
    Gone,
}

/// What an instrument has to do with the test.
pub(super) struct Shared {
    wrong: Cell<Wrong>,
    /// Readings until it goes wrong.
    good: Cell<u32>,
    requests: Cell<u32>,
    /// Requests with the ring near 500 um.
    near: Cell<u32>,
}

/// An instrument that reads a simulated pen and answers requests of the project's own protocol.
struct Instrument {
    stage: SimStage,
    unit: Unit,
    outbox: VecDeque<u8>,
    shared: Rc<Shared>,
    stuck: Option<f64>,
}

impl Clock for Instrument {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wait(&mut self, _: Duration) {}
}

impl Instrument {
    /// Unit: um, or Hz over a gate of 200 ms.
    fn measured(&self) -> f64 {
        let before = self.stage.truth();
        if self.unit == Unit::Um {
            return before.depth_um;
        }
        self.stage.run(200);
        let after = self.stage.truth();
        let us = u32::try_from(after.time_us - before.time_us).unwrap();
        (after.theta_rad - before.theta_rad) / std::f64::consts::TAU / (f64::from(us) * 1e-6)
    }

    fn answer(&mut self, number: &str) -> String {
        let count = self.shared.requests.get() + 1;
        self.shared.requests.set(count);
        let wrong = if count > self.shared.good.get() {
            self.shared.wrong.get()
        } else {
            Wrong::Nothing
        };
        let mut value = self.measured();
        let body = match wrong {
            Wrong::Silent | Wrong::Gone => return String::new(),
            Wrong::Over => format!("G1 {number} ! over"),
            Wrong::Battery => format!("G1 {number} ! battery"),
            Wrong::OtherQuantity => format!("G1 {number} +050.01 Hz 0.01 S"),
            Wrong::Inches => format!("G1 {number} {:+.5} in 0.00005 S", value / 25_400.0),
            Wrong::Coarse => format!("G1 {number} {:+.2} mm 0.01 S", value / 1_000.0),
            Wrong::Moves => format!("G1 {number} {:+.3} mm 0.001 M", value / 1_000.0),
            Wrong::Stale => format!("G1 99 {:+.3} mm 0.001 S", value / 1_000.0),
            Wrong::Nothing
            | Wrong::Sign
            | Wrong::Wanders
            | Wrong::Sticks
            | Wrong::Apart
            | Wrong::Cut
            | Wrong::Damaged => {
                match wrong {
                    Wrong::Sign => value = -value,
                    Wrong::Wanders => value += f64::from(count % 2) * 10.0,
                    Wrong::Sticks => value = *self.stuck.get_or_insert(value),
                    Wrong::Apart if (value - 500.0).abs() < 50.0 => {
                        // Two requests make a reading.
                        let reading = self.shared.near.get() / 2;
                        self.shared.near.set(self.shared.near.get() + 1);
                        if reading == 2 || reading > 4 && reading % 2 == 1 {
                            value += 15.0;
                        }
                    }
                    _ => {}
                }
                match self.unit {
                    Unit::Um => format!("G1 {number} {:+.3} mm 0.001 S", value / 1_000.0),
                    Unit::Hz => format!("G1 {number} {value:+.2} Hz 0.01 S"),
                    Unit::Ma => format!("G1 {number} {value:+.1} mA 0.1 S"),
                }
            }
        };
        let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
        match wrong {
            Wrong::Cut => body[..body.len() / 2].to_owned(),
            Wrong::Damaged => format!("{body}*{:02X}\r\n", sum ^ 1),
            _ => format!("{body}*{sum:02X}\r\n"),
        }
    }
}

impl Transport for Instrument {
    fn name(&self) -> String {
        "test".to_owned()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let text = std::str::from_utf8(bytes).unwrap();
        let number = text.trim().strip_prefix("G1 ").unwrap().strip_suffix('?');
        let answer = self.answer(number.unwrap());
        self.outbox.extend(answer.bytes());
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, HostError> {
        let is_late = self.shared.requests.get() > self.shared.good.get();
        if is_late && self.shared.wrong.get() == Wrong::Gone {
            return Err(HostError::link_lost(
                "test",
                "the other end is gone: unplugged",
            ));
        }
        let count = self.outbox.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.outbox.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

pub(super) fn sender(stage: &SimStage, unit: Unit, shared: &Rc<Shared>) -> Sender {
    let instrument = Instrument {
        stage: stage.clone(),
        unit,
        outbox: VecDeque::new(),
        shared: Rc::clone(shared),
        stuck: None,
    };
    let gauge = Gauge::new(Box::new(instrument), Driver::G1).unwrap();
    Sender::Port(gauge, Duration::from_secs(2))
}

pub(super) fn shared(wrong: Wrong, good: u32) -> Rc<Shared> {
    Rc::new(Shared {
        wrong: Cell::new(wrong),
        good: Cell::new(good),
        requests: Cell::new(0),
        near: Cell::new(0),
    })
}

/// Somebody who turns the ring as he is told, and answers what no instrument can.
pub(super) struct Turner {
    pub(super) stage: SimStage,
    pub(super) is_person: bool,
    /// What is typed at the prompts of an instrument that have these words, before it is listened to.
    pub(super) types: VecDeque<(&'static str, &'static str)>,
    pub(super) log: Rc<RefCell<Vec<String>>>,
}

impl Turner {
    fn turn(&mut self, client: &mut Client, um: f64) -> Result<(), HostError> {
        self.stage.pen(|pen| pen.hand().turn_ring(um));
        while !self.stage.pen(|pen| pen.hand().is_resting()) {
            client.wait_alive(Duration::from_millis(50))?;
        }
        Ok(())
    }
}

/// The number before this word's unit, as in `ring to 500 um`.
fn behind(text: &str, word: &str) -> Option<f64> {
    let rest = text.split(word).nth(1)?;
    rest.split(' ').next()?.parse().ok()
}

impl Desk for Turner {
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        self.log.borrow_mut().push(format!("ask {key}"));
        if text.contains("Enter repeats") {
            return Ok(String::new());
        }
        if key.contains("depth ") {
            assert!(self.is_person, "{key} is typed");
            return Ok(format!("{:.0}", self.stage.truth().depth_um));
        }
        assert!(!key.contains("rate "), "{key} is typed");
        match key {
            "attend" => self.stage.pen(|pen| pen.hand().hold_ok(true)),
            "dummy" => self
                .stage
                .pen(|pen| pen.hand().insert(Cartridge::dummy(200_000_001))),
            _ => {}
        }
        if let Some(um) = behind(text, "turn the ring to ").filter(|_| self.is_person) {
            self.turn(client, um)?;
        }
        client.wait_alive(Duration::from_millis(300))?;
        let answer = match key {
            "gauge U um" => "4",
            "gauge resolution um" => "1",
            "tachometer U ppm" => "300",
            "tachometer resolution Hz" => "0.01",
            "gauge due" | "tachometer due" => "2027-06-30",
            "temperature C" => "20.5",
            "dummy" | "attend" | "ready to run" | "left ready to run" | "commit" => "y",
            _ => "C-2026-1",
        };
        Ok(answer.to_owned())
    }

    fn wrong(&mut self, _: &str, _: &str, why: &str) -> Result<(), HostError> {
        self.log.borrow_mut().push(format!("wrong {why}"));
        Ok(())
    }

    fn tell(&mut self, text: &str) {
        self.log.borrow_mut().push(format!("tell {text}"));
    }

    fn is_person(&self) -> bool {
        self.is_person
    }

    fn agree(&mut self, script: &[Line], _: bool) -> Result<(), HostError> {
        let sent = script.iter().filter(|line| line.key.contains("depth "));
        assert_eq!(sent.count(), 0, "no reading of the gauge is in the script");
        Ok(())
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        while let Wait::Show(text) = show(&client.status()?) {
            self.log.borrow_mut().push(format!("watch {text}"));
            if let Some(um) = behind(&text, "ring below ") {
                self.turn(client, um - 40.0)?;
            } else if let Some(um) = behind(&text, "ring above ") {
                self.turn(client, um + 40.0)?;
            } else {
                self.turn(client, behind(&text, "ring to ").unwrap())?;
            }
            client.wait_alive(Duration::from_millis(100))?;
        }
        Ok(())
    }

    fn ask_until(
        &mut self,
        client: &mut Client,
        text: &str,
        came: &mut dyn FnMut(&mut Client) -> Result<bool, HostError>,
    ) -> Result<Option<String>, HostError> {
        self.log.borrow_mut().push(format!("until {text}"));
        if self
            .types
            .front()
            .is_some_and(|(words, _)| text.contains(words))
        {
            let typed = self.types.pop_front().map(|(_, typed)| typed.to_owned());
            return Ok(typed);
        }
        for _ in 0..10_000 {
            if came(client)? {
                return Ok(None);
            }
            client.wait_alive(Duration::ZERO)?;
        }
        Err(HostError::aborted("the test, which waits for ever"))
    }
}

/// What came of a calibration.
struct Came {
    ended: Result<Outcome, HostError>,
    events: Vec<Event>,
    log: Vec<String>,
    stage: SimStage,
}

impl Came {
    fn sent(&self) -> (usize, usize) {
        let by: Vec<bool> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Taken(taken) => Some(taken.sent_by.as_deref() == Some("g1")),
                _ => None,
            })
            .collect();
        (by.iter().filter(|it| **it).count(), by.len())
    }

    /// Lines of the log that have this in them.
    fn said(&self, words: &str) -> usize {
        self.log.iter().filter(|it| it.contains(words)).count()
    }
}

fn calibrated(
    adjust: Adjust,
    gauge: &Rc<Shared>,
    is_person: bool,
    types: &[(&'static str, &'static str)],
) -> Came {
    let (stage, mut client) = pen(8, true);
    let log = Rc::default();
    let desk = Turner {
        stage: stage.clone(),
        is_person,
        types: types.iter().copied().collect(),
        log: Rc::clone(&log),
    };
    let tachometer = shared(Wrong::Nothing, 0);
    let mut bench = PromptBench::new(desk, false, TODAY).with_instruments(
        Some(sender(&stage, Unit::Um, gauge)),
        Some(sender(&stage, Unit::Hz, &tachometer)),
    );
    let settings = Settings {
        adjust,
        points: Points::Short,
        repeats: 2,
        ..Settings::default()
    };
    let mut events = Vec::new();
    let ended = calibrate_kept(
        &mut client,
        &mut bench,
        &settings,
        &mut |_| {},
        &mut events,
        Replay::default(),
    );
    let log = log.borrow().clone();
    Came {
        ended,
        events,
        log,
        stage,
    }
}

#[test]
fn instruments_that_send_make_a_certificate_without_a_typed_reading() {
    let came = calibrated(Adjust::Always, &shared(Wrong::Nothing, 0), false, &[]);
    let outcome = came.ended.as_ref().unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    // 38 as found, 18 as left; more where repeats that stood apart were read again.
    let (sent, all) = came.sent();
    assert!(sent == all && all >= 56, "{sent} of {all}");
    let notes = outcome.report.notes.join(" ");
    assert!(
        notes.contains(
            "56 of 56 readings were sent by the instruments themselves (driver g1), 0 were"
        ),
        "{notes}"
    );
    for name in ["Depth gauge", "Tachometer"] {
        let fact = outcome.report.conditions.iter().find(|it| it.label == name);
        assert!(fact.unwrap().value.contains("driver g1, at test"), "{name}");
    }
    let Some(Event::Instruments(instruments)) = came
        .events
        .iter()
        .find(|event| matches!(event, Event::Instruments(_)))
    else {
        panic!("no instruments");
    };
    assert_eq!(instruments.depth.gauge_resolution_nm, 1_000);
    assert_eq!(instruments.rate.reference_resolution_mhz, 10);
}

#[test]
fn what_is_wrong_with_a_gauge_is_told_and_never_a_reading() {
    for (wrong, words) in [
        (Wrong::Inches, "steps of 1.27 um, and 1 um were stated"),
        (Wrong::Sign, "its sign is the other way round"),
        (Wrong::Coarse, "steps of 10 um"),
        (Wrong::Moves, "still moves after 20 values"),
        (Wrong::Wanders, "still moves after 20 values"),
        (Wrong::Stale, "stale"),
        (Wrong::Silent, "no answer within 2000 ms"),
        (Wrong::Over, "beyond its measuring range"),
        (Wrong::Battery, "battery is low"),
        (Wrong::Cut, "broke off"),
        (Wrong::Sticks, "is it stuck?"),
        (Wrong::OtherQuantity, "no length"),
        (Wrong::Damaged, "check sum"),
        (Wrong::Gone, "is gone"),
    ] {
        // Two requests make a reading: three of them are good.
        let came = calibrated(Adjust::Never, &shared(wrong, 6), false, &[]);
        let error = came.ended.as_ref().unwrap_err();
        assert!(error.why.contains(words), "{wrong:?}: {error}");
        // The link is at fault where nothing is understood; else what is sent is no reading.
        let (class, exit) = match wrong {
            Wrong::Stale | Wrong::Silent | Wrong::Cut | Wrong::Damaged | Wrong::Gone => {
                (Class::LinkLost, 14)
            }
            _ => (Class::Usage, 2),
        };
        assert_eq!(error.class, class, "{wrong:?}: {error}");
        assert_eq!(error.exit_code(), exit, "{wrong:?}: {error}");
        assert_eq!(
            error.code == Code::NotBelieved,
            exit == 2,
            "{wrong:?}: {error}"
        );
        // One that sticks shows what it showed: the first value of it is right.
        let most = if wrong == Wrong::Sticks { 4 } else { 3 };
        let (sent, all) = came.sent();
        assert!(
            (3..=most).contains(&sent) && all == sent,
            "{wrong:?}: {sent} of {all}"
        );
        assert!(
            matches!(came.events.last(), Some(Event::Ended { why, .. }) if !why.is_empty()),
            "{wrong:?}"
        );
        // Tried three times, and each time told.
        let told = if wrong == Wrong::Gone { 0 } else { 3 };
        assert_eq!(came.said(words), told, "{wrong:?}: {:?}", came.log);
        let truth = came.stage.truth();
        assert!(truth.rate_hz.abs() < 0.01, "{wrong:?}: the motor turns");
    }
}

#[test]
fn repeats_that_never_agree_end_it_without_a_line_of_a_file() {
    let came = calibrated(Adjust::Never, &shared(Wrong::Apart, 0), false, &[]);
    let error = came.ended.as_ref().unwrap_err();
    assert_eq!((error.code, error.exit_code()), (Code::NotBelieved, 2));
    assert_eq!(
        error.what,
        "no readings for `depth 500 deepening` that agree"
    );
    assert!(error.why.contains("read again 3 times"), "{error}");
    assert_eq!(came.said("they are read again"), 3, "{:?}", came.log);
}

#[test]
fn a_gauge_that_is_unplugged_is_followed_by_hand() {
    let came = calibrated(Adjust::Never, &shared(Wrong::Gone, 20), true, &[]);
    let outcome = came.ended.as_ref().unwrap();
    assert_eq!(
        came.said("type this reading and those after it"),
        1,
        "{:?}",
        came.log
    );
    // Ten of the gauge, six of the tachometer, all others typed; some of them twice.
    let (sent, all) = came.sent();
    assert!(sent == 16 && all >= 38, "{sent} of {all}");
    let notes = outcome.report.notes.join(" ");
    assert!(notes.contains("of 38 readings were sent"), "{notes}");
}

#[test]
fn whoever_sits_there_goes_back_asks_again_and_overrules() {
    // The first reading is typed, the second undone; a word that helps, Enter, then the gauge alone.
    let types = ["-50", "u", "?", "", "x"].map(|typed| ("reading", typed));
    let came = calibrated(Adjust::Never, &shared(Wrong::Nothing, 0), true, &types);
    assert!(came.ended.is_ok(), "{:?}", came.ended);
    assert_eq!(came.said("wrong Turn the ring to"), 1);
    assert_eq!(came.said("`x` is not a number"), 1);
    let undone = came
        .events
        .iter()
        .filter(|it| matches!(it, Event::Undone { .. }));
    assert!(undone.count() >= 1);
    // The typed one was undone and sent again.
    let (sent, all) = came.sent();
    assert!(sent == all - 1 && sent >= 38, "{sent} of {all}");
}

#[test]
fn a_doubted_value_is_kept_with_a_reason_and_not_without() {
    // It sticks at the second reading; the third is doubted, and overruled; the fourth is no measurement.
    let gauge = shared(Wrong::Sticks, 2);
    let types = [
        ("reading 3 of 38 | set 500 um, deepening | pen says", ""),
        ("data key |", "because the scale slipped here"),
    ];
    let came = calibrated(Adjust::Never, &gauge, true, &types);
    assert_eq!(came.ended.as_ref().unwrap_err().class, Class::Aborted);
    let kept: Vec<_> = came
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Taken(taken) => Some((
                taken.place.key(),
                taken.sent_by.clone(),
                taken.kept.clone()?,
            )),
            _ => None,
        })
        .collect();
    let [(key, sent_by, kept)] = kept.as_slice() else {
        panic!("{kept:?} {:?}", came.log);
    };
    assert_eq!(
        (key.as_str(), sent_by.as_deref()),
        ("depth 500 deepening 1", Some("g1"))
    );
    assert_eq!(kept.reason, "the scale slipped here");
    assert!(kept.doubts.join(" ").contains("is it stuck?"), "{kept:?}");
    let doubted = |event: &Event| matches!(event, Event::Doubted { .. });
    assert_eq!(
        came.events.iter().filter(|it| doubted(it)).count(),
        2,
        "{:?}",
        came.log
    );
}

#[test]
fn a_gauge_that_types_is_understood_in_every_spelling_of_a_keyboard() {
    for (line, nm) in [
        ("0.501", 501_000),
        ("+000.501", 501_000),
        ("-0,050", -50_000),
        ("0,501mm", 501_000),
        (" 00.501 mm ", 501_000),
        ("1,250", 1_250_000),
    ] {
        let read = from_keyboard(line, Display::Mm, Unit::Um, 1_000);
        assert_eq!(read, Ok((nm, None)), "{line}");
    }
    let reason = from_keyboard(
        "0.620 because the scale slipped",
        Display::Mm,
        Unit::Um,
        1_000,
    );
    assert_eq!(reason, Ok((620_000, Some("the scale slipped".to_owned()))));
    assert_eq!(
        from_keyboard("501", Display::Um, Unit::Um, 1_000),
        Ok((501_000, None))
    );
    assert_eq!(
        from_keyboard("50,01", Display::Hz, Unit::Hz, 10),
        Ok((50_010, None))
    );
    for (line, word) in [
        // Typed by hand in um, though the gauge types mm.
        ("501", "steps of 1000 um"),
        ("501 um", "was said to type mm"),
        ("0.50", "steps of 10 um"),
        ("0.5.1", "no number"),
        ("1,250.001", "no number"),
        ("0.501 0.502", "no number"),
        ("", "no number"),
        ("mm", "no number"),
        ("0.501in", "was said to type mm"),
    ] {
        let said = from_keyboard(line, Display::Mm, Unit::Um, 1_000).unwrap_err();
        assert!(said.contains(word), "{line}: {said}");
    }
}
