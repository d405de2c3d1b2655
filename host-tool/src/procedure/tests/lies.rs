//! Whole calibrations over a link that lies, loses, repeats and is slow.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use pen_core::mode::Mode;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{
    CalibrationReply, FoundCalibration, HelloReply, ReadCalibration, ToHost, ToPen, Which,
};

use super::*;
use crate::clock::Clock;
use crate::link::Transport;
use crate::link::sim::SimLink;

/// What becomes of an answer on its way to the host: the request, the answer, how many came before.
pub(super) type Between = Box<dyn FnMut(&ToPen, ToHost, u32) -> Vec<ToHost>>;

/// What is answered instead of the pen, which then does not hear of it.
pub(super) type Instead = Box<dyn FnMut(&ToPen) -> Option<ToHost>>;

/// Requests that the pen received, in order: when, under which number, and what.
pub(super) type Heard = Rc<RefCell<Vec<(Duration, u8, ToPen)>>>;

/// A link to a simulated pen with somebody in between.
struct Tapped {
    link: SimLink,
    to_pen: Decoder,
    to_host: Decoder,
    asked: BTreeMap<u8, ToPen>,
    out: VecDeque<u8>,
    heard: Heard,
    answers: u32,
    between: Between,
    instead: Instead,
}

impl Clock for Tapped {
    fn now(&self) -> Duration {
        self.link.now()
    }

    fn wait(&mut self, span: Duration) {
        self.link.wait(span);
    }
}

impl Transport for Tapped {
    fn name(&self) -> String {
        self.link.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        for byte in bytes {
            if let Some(Ok(frame)) = self.to_pen.push(*byte) {
                let message = frame.message::<ToPen>().unwrap();
                self.asked.insert(frame.seq, message);
                let now = self.link.now();
                self.heard.borrow_mut().push((now, frame.seq, message));
                if let Some(said) = (self.instead)(&message) {
                    let mut room = [0; FRAME_MAX];
                    self.out
                        .extend(encode(frame.seq, &said, &mut room).unwrap());
                    return Ok(());
                }
            }
        }
        self.link.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let mut raw = [0; FRAME_MAX];
        let count = self.link.receive(&mut raw, patience)?;
        for byte in &raw[..count] {
            let Some(Ok(frame)) = self.to_host.push(*byte) else {
                continue;
            };
            let answer = frame.message::<ToHost>().unwrap();
            let asked = self.asked[&frame.seq];
            self.answers += 1;
            for said in (self.between)(&asked, answer, self.answers) {
                let mut room = [0; FRAME_MAX];
                self.out
                    .extend(encode(frame.seq, &said, &mut room).unwrap());
            }
        }
        let count = buffer.len().min(self.out.len());
        for place in buffer.iter_mut().take(count) {
            *place = self.out.pop_front().unwrap();
        }
        Ok(count)
    }
}

/// A calibrated pen behind somebody who lies.
pub(super) fn tapped(
    seed: u64,
    between: impl FnMut(&ToPen, ToHost, u32) -> Vec<ToHost> + 'static,
) -> (SimStage, Client, Heard) {
    tapped_instead(seed, between, |_| None)
}

/// The same, where some requests never reach the pen.
pub(super) fn tapped_instead(
    seed: u64,
    between: impl FnMut(&ToPen, ToHost, u32) -> Vec<ToHost> + 'static,
    instead: impl FnMut(&ToPen) -> Option<ToHost> + 'static,
) -> (SimStage, Client, Heard) {
    let (stage, _) = pen(seed, true);
    let heard = Heard::default();
    let link = Tapped {
        link: stage.link(),
        to_pen: Decoder::new(),
        to_host: Decoder::new(),
        asked: BTreeMap::new(),
        out: VecDeque::new(),
        heard: heard.clone(),
        answers: 0,
        between: Box::new(between),
        instead: Box::new(instead),
    };
    let client = Client::connect(Box::new(link), Patience::default()).unwrap();
    (stage, client, heard)
}

/// The pen was told to stop, then, when it had come to rest, to forget and to leave Service mode; after
/// that it was only looked at.
pub(super) fn assert_given_up(stage: &SimStage, heard: &Heard, what: &str) {
    let heard = heard.borrow();
    let told: Vec<ToPen> = heard.iter().map(|(_, _, message)| *message).collect();
    let last = told.len() - 4;
    assert_eq!(
        told[last..],
        [
            ToPen::Stop,
            ToPen::Discard,
            ToPen::LeaveService,
            ToPen::Status
        ],
        "{what}"
    );
    let rest = heard[last + 1].0 - heard[last].0;
    assert!(rest >= Duration::from_millis(500), "{what}: {rest:?}");
    assert!(stage.truth().rate_hz.abs() < 0.1, "{what}");
}

#[test]
fn what_is_in_force_is_compared_with_what_was_committed() {
    // Another digest, another table, nothing at all, the one before; of what is staged and in force.
    for (which, change) in [
        (Which::Current, 0),
        (Which::Current, 1),
        (Which::Current, 2),
        (Which::Staged, 0),
        (Which::Staged, 1),
    ] {
        let (mut committed, mut before) = (false, None);
        let (stage, mut client, heard) = tapped(5, move |asked, answer, _| {
            committed |= matches!(asked, ToPen::Commit(_));
            let wanted = ToPen::ReadCalibration(ReadCalibration { which });
            let ToHost::CalibrationReply(reply) = answer else {
                return vec![answer];
            };
            if before.is_none() {
                before = reply.found;
            }
            if *asked != wanted || (which == Which::Current && !committed) {
                return vec![answer];
            }
            let found = match change {
                0 => reply.found.map(|found| FoundCalibration {
                    digest: found.digest ^ 0x8000_0000,
                    ..found
                }),
                1 => None,
                _ => before,
            };
            vec![ToHost::CalibrationReply(CalibrationReply {
                found,
                ..reply
            })]
        });
        let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        let what = format!("{which:?} {change}");
        assert_eq!(error.class, Class::VerifyFailed, "{what}: {error}");
        assert_eq!(error.exit_code(), 31);
        assert_given_up(&stage, &heard, &what);
        let commits = heard
            .borrow()
            .iter()
            .filter(|(_, _, message)| matches!(message, ToPen::Commit(_)))
            .count();
        assert_eq!(commits, usize::from(which == Which::Current), "{what}");
    }
}

#[test]
fn a_calibration_over_a_link_that_loses_answers_is_done_once() {
    // One kind of request at a time, its first attempt or its first two in vain. What keeps the motor
    // turning is not among them: the pen stops it when nobody speaks for 250 ms.
    let kinds: [fn(&ToPen) -> bool; 5] = [
        |asked| matches!(asked, ToPen::Commit(_)),
        |asked| matches!(asked, ToPen::Stage(_)),
        |asked| matches!(asked, ToPen::EnterService),
        |asked| matches!(asked, ToPen::LeaveService),
        |asked| {
            *asked
                == ToPen::ReadCalibration(ReadCalibration {
                    which: Which::Staged,
                })
        },
    ];
    for (kind, lost) in [(0, 1), (0, 2), (1, 2), (2, 2), (3, 2), (4, 2)] {
        let mut left = BTreeMap::new();
        let (stage, mut client, heard) = tapped(5, move |asked, answer, _| {
            let count = left.entry(format!("{asked:?}")).or_insert(0);
            *count += 1;
            if kinds[kind](asked) && *count % (lost + 1) != 0 {
                Vec::new()
            } else {
                vec![answer]
            }
        });
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
        assert_eq!(outcome.generation, 2, "{kind} {lost}");
        assert_eq!(outcome.as_left, Verdict::Pass, "{lost}");
        // Each number is one request, and the next request has the next number.
        let repeated = repetitions(&heard);
        assert!(repeated >= lost, "{kind}: {repeated}");
    }
}

/// How often a request was repeated: under its own number, which no other has, before any other but heartbeats. What is
/// new has the next number.
fn repetitions(heard: &Heard) -> u32 {
    let heard = heard.borrow();
    let (_, mut newest, mut asked) = heard[0];
    let mut open = newest;
    let mut repeated = 0;
    for (_, number, asks) in &heard[1..] {
        if *number == open {
            assert_eq!(*asks, asked);
            repeated += 1;
            continue;
        }
        newest = newest.wrapping_add(1);
        assert_eq!(*number, newest, "{asks:?}");
        if *asks != ToPen::Heartbeat {
            (open, asked) = (newest, *asks);
        }
    }
    repeated
}

#[test]
fn a_calibration_over_a_link_that_loses_one_answer_after_the_other_goes_to_its_end() {
    for ms in [300, 2_000, 3_000, 10_000, 15_000] {
        loses_one_answer_after_the_other(Patience(Duration::from_millis(ms)));
    }
}

fn loses_one_answer_after_the_other(patience: Patience) {
    // From the first proposal on until the pen is told to turn: whatever is asked, twice in vain.
    let (mut is_bad, mut asked_before, mut lost) = (false, None, 0);
    let worst = Rc::new(RefCell::new(0));
    let seen = Rc::clone(&worst);
    let (stage, client, heard) = tapped(5, move |asked, answer, _| {
        match asked {
            ToPen::Stage(_) => is_bad = true,
            ToPen::Run(_) => is_bad = false,
            _ => {}
        }
        if !is_bad || *asked == ToPen::Heartbeat {
            return vec![answer];
        }
        if asked_before != Some(*asked) {
            (asked_before, lost) = (Some(*asked), 0);
        }
        lost += 1;
        if lost % 3 == 0 {
            return vec![answer];
        }
        *seen.borrow_mut() += 1;
        Vec::new()
    });
    let mut client = client.with_patience(patience);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    // Whatever was repeated was done once.
    assert_eq!((outcome.generation, outcome.as_left), (2, Verdict::Pass));
    let (lost, repeated) = (*worst.borrow(), repetitions(&heard));
    assert!(
        lost >= 8 && repeated >= lost,
        "{lost} lost, {repeated} repeated"
    );
}

#[test]
fn what_is_in_force_is_told_once_a_link_that_was_away_is_back() {
    // No answer arrives from the commit on, for so many seconds.
    for (away, is_told) in [(14, true), (60, false)] {
        let clock = Rc::new(RefCell::new(None::<SimStage>));
        let (stages, mut since) = (Rc::clone(&clock), None);
        let (stage, mut client, _) = tapped(5, move |asked, answer, _| {
            let stage = stages.borrow();
            let now = stage
                .as_ref()
                .map_or(Duration::ZERO, |stage| stage.link().now());
            if matches!(asked, ToPen::Commit(_)) {
                since.get_or_insert(now);
            }
            let is_away = since.is_some_and(|since| now < since + Duration::from_secs(away));
            if is_away { Vec::new() } else { vec![answer] }
        });
        *clock.borrow_mut() = Some(stage.clone());
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let mut told = 0;
        let mut progress = |progress: &Progress<'_>| {
            told +=
                u32::from(matches!(progress, Progress::Note(text) if text.contains("is silent")));
        };
        let error = calibrate(&mut client, &mut bench, &settings(), &mut progress).unwrap_err();
        assert_eq!(told, 1, "{away}");
        let unverified = "generation 2 is in force and unverified: the pen treats nobody until a calibration \
                          passes as left, or the one before returns with `penctl calibrate undo`";
        assert_eq!(error.fix == unverified, is_told, "{away}: {error:?}");
        assert_eq!(
            error.fix.contains("replug it"),
            !is_told,
            "{away}: {error:?}"
        );
    }
}

#[test]
fn a_new_calibration_is_staged_once_under_the_number_that_follows() {
    let (stage, mut client, heard) = tapped(5, |_, answer, _| vec![answer]);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Always,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert_eq!(outcome.generation, 2);
    // The pen would refuse another number and say which it allows.
    let heard = heard.borrow();
    let staged = heard.iter().filter_map(|(_, _, message)| match message {
        ToPen::Stage(calibration) => Some(calibration.generation),
        _ => None,
    });
    assert_eq!(staged.collect::<Vec<_>>(), [2]);
}

#[test]
fn a_calibration_over_a_link_that_repeats_answers_is_done_once() {
    let (stage, mut client, _) = tapped(5, |_, answer, _| vec![answer, answer]);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    assert_eq!((outcome.generation, outcome.as_left), (2, Verdict::Pass));
}

#[test]
fn a_pen_that_only_lets_itself_be_read_is_not_even_entered() {
    let (stage, mut client, heard) = tapped(5, |_, answer, _| {
        vec![match answer {
            ToHost::HelloReply(hello) => ToHost::HelloReply(HelloReply {
                read_only: true,
                ..hello
            }),
            other => other,
        }]
    });
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let mut told = 0;
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| told += 1).unwrap_err();
    assert_eq!(error.class, Class::VersionMismatch);
    assert_eq!(told, 0, "refused before the technician does anything");
    let heard = heard.borrow();
    let changing = heard.iter().filter(|(_, _, it)| it.changes());
    assert!(changing.into_iter().all(|(_, _, it)| *it == ToPen::Stop));
}

#[test]
fn whoever_gives_up_tells_the_pen_to_stop_before_anything_else() {
    for at in ["gauge", "tachometer", "commit"] {
        let (stage, mut client, heard) = tapped(5, |_, answer, _| vec![answer]);
        let mut bench = gives_up(SimBench::new(stage.clone(), 5, Decides::Yes), at);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        assert_eq!(error.class, Class::Aborted, "{at}");
        assert_given_up(&stage, &heard, at);
        let status = client.status().unwrap();
        assert_eq!(status.mode, Mode::Locked, "{at}");
        assert_eq!((status.staged, status.generation), (None, 1), "{at}");
    }
}

/// A store that takes its time.
struct Slow {
    stage: SimStage,
    taken: u32,
}

impl super::super::Observer for Slow {
    fn event(&mut self, event: &super::super::Event) -> Result<(), HostError> {
        self.stage.run(100);
        self.taken += u32::from(matches!(event, super::super::Event::Taken(_)));
        Ok(())
    }
}

#[test]
fn the_motor_turns_on_at_a_slow_link_while_its_rate_is_measured() {
    let (stage, _) = pen(5, true);
    let (clock, late) = (stage.clone(), Duration::from_millis(20));
    let heard = Heard::default();
    let link = Tapped {
        link: stage.link(),
        to_pen: Decoder::new(),
        to_host: Decoder::new(),
        asked: BTreeMap::new(),
        out: VecDeque::new(),
        heard: heard.clone(),
        answers: 0,
        between: Box::new(move |_, said, _| {
            clock.run(20);
            vec![said]
        }),
        instead: Box::new(|_| None),
    };
    let mut client = Client::connect(Box::new(link), Patience::default()).unwrap();
    let before = client.now();
    client.status().unwrap();
    assert!(client.now() >= before + late, "a round trip takes 20 ms");
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let mut store = Slow { stage, taken: 0 };
    let ended = super::super::calibrate_kept(
        &mut client,
        &mut bench,
        &settings,
        &mut |_| {},
        &mut store,
        super::super::Replay::default(),
    );
    let outcome = ended.unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    assert!(store.taken > 9 && outcome.report.as_left.rate.is_some());
    // From the first order to turn to the last to stop the pen never waits as long as it allows.
    let heard = heard.borrow();
    let turns = heard
        .iter()
        .position(|it| matches!(it.2, ToPen::Run(_)))
        .unwrap();
    let stops = heard.iter().rposition(|it| it.2 == ToPen::Stop).unwrap();
    let kept: Vec<Duration> = heard[turns..=stops]
        .iter()
        .filter(|it| matches!(it.2, ToPen::Run(_) | ToPen::Heartbeat | ToPen::Stop))
        .map(|it| it.0)
        .collect();
    let longest = kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest <= Duration::from_millis(200), "{longest:?}");
}
