//! Answers from a file, at a pen whose ring somebody turns by hand.

use pen_core::calibration::Channel;
use pen_core::status::Status;
use pen_core::units::Depth;
use pen_protocol::messages::ToHost;

use super::super::observer::Event;
use super::super::{
    Answers, Asks, Desk, Outcome, Points, PromptBench, Replay, Wait, script, template,
};
use super::kept::{kept, short};
use super::lies::tapped;
use super::*;
use crate::link::sim::TODAY;

/// A file of answers to a measurement alone, whose readings are these.
fn file(reading: impl Fn(i32) -> String, rate: &str) -> Answers {
    let template = template(&short(Adjust::Never), Asks::Everything);
    Answers::of("answers.txt", &filled(&template, reading, rate)).unwrap()
}

/// A template with something plausible behind every key; the rate `set` is the one that is set.
fn filled(template: &str, reading: impl Fn(i32) -> String, rate: &str) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let Some(key) = line.strip_suffix(':') else {
            text.push_str(&format!("{line}\n"));
            continue;
        };
        let words: Vec<&str> = key.trim_start_matches("left ").split(' ').collect();
        let answer = match (words[0], key) {
            ("depth", _) => reading(words[1].parse().unwrap()),
            ("rate", _) if rate == "set" => words[1].to_owned(),
            ("rate", _) => rate.to_owned(),
            (_, "gauge U um") => "4".to_owned(),
            (_, "gauge resolution um") => "1".to_owned(),
            (_, "tachometer U ppm") => "300".to_owned(),
            (_, "tachometer resolution Hz") => "0.01".to_owned(),
            (_, "gauge due" | "tachometer due") => "2027-06-30".to_owned(),
            (_, "temperature C") => "20.5".to_owned(),
            _ => "C-17".to_owned(),
        };
        text.push_str(&format!("{key}: {answer}\n"));
    }
    text
}

/// A file of answers, and somebody beside it who turns the ring as it is told.
struct Turned {
    answers: Answers,
    stage: SimStage,
}

impl Desk for Turned {
    fn ask(&mut self, client: &mut Client, key: &str, text: &str) -> Result<String, HostError> {
        self.answers.ask(client, key, text)
    }

    fn wrong(&mut self, key: &str, answer: &str, why: &str) -> Result<(), HostError> {
        self.answers.wrong(key, answer, why)
    }

    fn is_person(&self) -> bool {
        self.answers.is_person()
    }

    fn agree(&mut self, script: &[Line], sure: bool) -> Result<(), HostError> {
        self.answers.agree(script, sure)
    }

    fn has(&self, key: &str) -> bool {
        self.answers.has(key)
    }

    fn watch(
        &mut self,
        client: &mut Client,
        show: &mut dyn FnMut(&Status) -> Wait,
    ) -> Result<(), HostError> {
        let stage = &self.stage;
        self.answers.watch(client, &mut |status| {
            let wait = show(status);
            if let Wait::Show(text) = &wait {
                let words: Vec<&str> = text.split(' ').collect();
                let um: f64 = words[2].parse().unwrap();
                let beyond = match words[1] {
                    "to" => 0.0,
                    "below" => -20.0,
                    _ => 20.0,
                };
                stage.pen(|pen| pen.hand().turn_ring(um + beyond));
            }
            wait
        })
    }
}

/// A pen that is measured by hand, with the dummy in and somebody at the ok button; its ring at 0.
fn by_hand(has_calibration: bool) -> (SimStage, Client) {
    let (stage, mut client) = pen(6, has_calibration);
    stage.pen(|pen| {
        let hand = pen.hand();
        hand.insert(pen_sim::hand::Cartridge::dummy(200_000_001));
        hand.turn_ring(0.0);
        hand.hold_ok(true);
    });
    client.wait(Duration::from_millis(500));
    (stage, client)
}

/// What a file of answers comes to at such a pen, and what was kept meanwhile.
fn measured(client: &mut Client, desk: impl Desk) -> (Result<Outcome, HostError>, Vec<Event>) {
    let mut bench = PromptBench::new(desk, true, TODAY);
    let mut events: Vec<Event> = Vec::new();
    let settings = short(Adjust::Never);
    let ended = kept(
        client,
        &mut bench,
        &settings,
        &mut events,
        Replay::default(),
    );
    (ended, events)
}

#[test]
fn a_file_of_answers_waits_for_whoever_turns_the_ring() {
    for has_calibration in [true, false] {
        let (stage, mut client) = by_hand(has_calibration);
        let answers = file(|um| um.to_string(), "set");
        let desk = Turned { answers, stage };
        let (outcome, events) = measured(&mut client, desk);
        outcome.unwrap();
        let taken = events.iter().filter(|it| matches!(it, Event::Taken(_)));
        assert_eq!(taken.count(), 38, "{has_calibration}");
    }
}

#[test]
fn a_ring_that_nobody_turns_is_waited_for_and_named() {
    for has_calibration in [true, false] {
        let (stage, mut client) = by_hand(has_calibration);
        // Farther from the first mark than a pen without calibration may be wrong.
        stage.pen(|pen| pen.hand().turn_ring(500.0));
        let from = client.now();
        let (ended, events) = measured(&mut client, file(|um| um.to_string(), "set"));
        let error = ended.unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
        for words in ["the ring did not come", "120 s", "ring to -50 um"] {
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
        let waited = client.now() - from;
        assert!((120..130).contains(&waited.as_secs()), "{waited:?}");
        assert!(!events.iter().any(|it| matches!(it, Event::Taken(_))));
    }
}

#[test]
fn a_gauge_that_does_not_follow_the_ring_is_refused_at_the_second_setting() {
    for (what, reading, words) in [
        ("zeros", "0", "`depth 250 deepening 1: 0`"),
        ("a constant", "-50", "`depth 250 deepening 1: -50`"),
        ("millimetres", "mm", "was it in mm"),
    ] {
        let (stage, mut client) = by_hand(true);
        let answers = file(
            |um| match reading {
                "mm" => {
                    format!("{}.{:02}", um / 1_000, um.abs() % 1_000 / 10).replace("0.05", "-0.05")
                }
                other => other.to_owned(),
            },
            "50",
        );
        let (ended, events) = measured(&mut client, Turned { answers, stage });
        let error = ended.unwrap_err();
        assert_eq!(error.exit_code(), 2, "{what}: {error}");
        assert!(error.why.contains(words), "{what}: {error}");
        assert!(error.why.contains("line "), "{error}");
        let judged = events
            .iter()
            .any(|event| matches!(event, Event::Judged { .. }));
        assert!(!judged, "{what}: no verdict of any kind");
        let Some(Event::Ended { class, .. }) = events.last() else {
            panic!("{what}: {events:?}");
        };
        assert_eq!(*class, Class::Usage);
    }
}

#[test]
fn a_pen_without_a_calibration_is_at_its_mark_by_its_ring_and_not_by_what_it_says() {
    // What it says lies so far off the ring, which is turned to the mark, or left 900 um before it.
    for (off, is_turned) in [(0, true), (200, true), (-200, true), (900, false)] {
        let (stage, mut client, _) = tapped(6, move |_, answer, _| {
            let ToHost::StatusReply(status) = answer else {
                return vec![answer];
            };
            let drawn = Channel::A.nominal(status.counts_a).as_um();
            vec![ToHost::StatusReply(Status {
                generation: 0,
                depth: Some(Depth::from_um(drawn + off)),
                ..status
            })]
        });
        stage.pen(|pen| pen.hand().turn_ring(100.0));
        stage.run(2_000);
        let answers = file(|um| um.to_string(), "set");
        let begun = client.now();
        let ended = if is_turned {
            let mut bench = PromptBench::new(Turned { answers, stage }, true, TODAY);
            bench.turn_ring(&mut client, 1_000, Direction::Deepening)
        } else {
            let mut bench = PromptBench::new(answers, true, TODAY);
            bench.turn_ring(&mut client, 1_000, Direction::Deepening)
        };
        let waited = (client.now() - begun).as_secs();
        if is_turned {
            ended.unwrap();
            assert!(waited < 10, "{off}: {waited} s");
        } else {
            let error = ended.unwrap_err();
            assert!(error.what.contains("did not come"), "{off}: {error}");
            assert!((120..130).contains(&waited), "{off}: {waited} s");
        }
    }
}

#[test]
fn every_template_that_is_filled_in_has_all_answers_and_no_other() {
    let mut tried = 0;
    for adjust in [Adjust::Auto, Adjust::Always, Adjust::Never] {
        for (points, repeats) in [(Points::Full, 3), (Points::Short, 2), (Points::Short, 10)] {
            for sent in 0..16 {
                let [depth, rate, current, has_current] = [1, 2, 4, 8].map(|bit| sent & bit > 0);
                let settings = Settings {
                    adjust,
                    current: has_current,
                    points,
                    repeats,
                    ..Settings::default()
                };
                let asks = Asks::Unsent {
                    depth,
                    rate,
                    current,
                };
                let text = filled(&template(&settings, asks), |um| um.to_string(), "set");
                let mut answers = Answers::of("answers.txt", &text).unwrap();
                answers.agree(&script(&settings, asks), false).unwrap();
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 144);
}

#[test]
fn a_template_that_is_filled_in_calibrates_a_pen_to_its_end() {
    for (adjust, generation, readings) in [
        (Adjust::Auto, 1, 38),
        (Adjust::Always, 2, 56),
        (Adjust::Never, 1, 38),
    ] {
        let (stage, mut client) = by_hand(true);
        let text = template(&short(adjust), Asks::Everything);
        let text = filled(&text, |um| um.to_string(), "set");
        let answers = Answers::of("answers.txt", &text).unwrap();
        // Without --yes: all answers are the file's.
        let mut bench = PromptBench::new(Turned { answers, stage }, false, TODAY);
        let mut events: Vec<Event> = Vec::new();
        let replay = Replay::default();
        let ended = kept(&mut client, &mut bench, &short(adjust), &mut events, replay);
        let outcome = ended.unwrap_or_else(|error| panic!("{adjust:?}: {error}"));
        assert_eq!(outcome.generation, generation, "{adjust:?}");
        let taken = events.iter().filter(|it| matches!(it, Event::Taken(_)));
        assert_eq!(taken.count(), readings, "{adjust:?}");
    }
}
