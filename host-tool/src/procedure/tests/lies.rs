//! Whole calibrations over a link that lies, loses and repeats, and with readings that do not end in a
//! plain pass.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use pen_core::calibration::Channel;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Role};
use pen_core::status::Status;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{
    CalibrationReply, FoundCalibration, HelloReply, InfoReply, ReadCalibration, SignOff, ToHost,
    ToPen, Which,
};

use super::super::observer::Setting;
use super::*;
use crate::clock::Clock;
use crate::link::Transport;
use crate::link::sim::SimLink;

/// What becomes of an answer on its way to the host: the request, the answer, how many came before.
type Between = Box<dyn FnMut(&ToPen, ToHost, u32) -> Vec<ToHost>>;

/// What is answered instead of the pen, which then does not hear of it.
type Instead = Box<dyn FnMut(&ToPen) -> Option<ToHost>>;

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
fn tapped_instead(
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
fn assert_given_up(stage: &SimStage, heard: &Heard, what: &str) {
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
    // turning is not among them: the pen stops it when nobody speaks for 250 ms; and it leaves Service
    // mode after 3 s of silence.
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
        let heard = heard.borrow();
        let mut repeated = 0;
        for pair in heard.windows(2) {
            let ((_, before, asked), (_, now, asks)) = (pair[0], pair[1]);
            if now == before {
                assert_eq!(asks, asked, "{lost}");
                repeated += 1;
            } else {
                assert_eq!(now, before.wrapping_add(1), "{lost}");
            }
        }
        assert!(repeated >= lost, "{kind}: {repeated}");
    }
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

/// A bench whose gauge and tachometer show what the pen says, and some more where a test wants it.
struct Off {
    bench: SimBench,
    /// At one setting, or at all of them: um more than the pen says.
    depth: (Option<i32>, i32),
    /// At one rate: thousandths of a percent more than was set.
    rate: (u32, i64),
    asked: Vec<String>,
    says: bool,
    /// Nobody speaks to the pen at a reading of the gauge, of the tachometer.
    silent: bool,
    still: bool,
    readings: u32,
    /// Whether somebody holds the button on the pen.
    held: Rc<Cell<bool>>,
}

/// A reading that is meant, whatever speaks against it.
fn sure(value: i32) -> Reply {
    Reply::Value {
        value,
        typed: value.to_string(),
        because: Some("the test wants it so".to_owned()),
    }
}

impl Bench for Off {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        self.bench.agree(script)
    }

    fn prepare(&mut self, client: &mut Client) -> Result<Vec<Reserved>, HostError> {
        self.bench.prepare(client)
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        self.held.set(holds);
        self.bench.attend(client, holds)
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        self.bench.turn_ring(client, um, direction)
    }

    fn ready_to_run(
        &mut self,
        client: &mut Client,
        phase: Phase,
        um: i32,
    ) -> Result<(), HostError> {
        self.bench.ready_to_run(client, phase, um)
    }

    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let Setting::Depth { um: setting, .. } = asked.place.setting else {
            panic!("{asked:?}");
        };
        let (place, off) = self.depth;
        if self.silent {
            // Somebody forgot the pen: it leaves Service mode by itself.
            client.wait(Duration::from_millis(3_500));
        }
        let status = client.status()?;
        // A pen without a calibration says nothing; the drawing speaks for it.
        let a = Channel::A.nominal(status.counts_a);
        let drawn = a.max(Channel::B.nominal(status.counts_b));
        let says = status.depth.unwrap_or(drawn).as_um();
        self.readings += 1;
        let is_there = place.is_none_or(|place| place == setting);
        Ok(sure(says + if is_there { off } else { 0 }))
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        let Setting::Rate { hz: hertz } = asked.place.setting else {
            panic!("{asked:?}");
        };
        if self.still {
            // Nobody speaks for longer than the motor may turn without it.
            client.wait(Duration::from_millis(400));
        } else {
            client.wait_alive(Duration::from_millis(200))?;
        }
        self.readings += 1;
        let (place, off) = self.rate;
        let off = if place == hertz { off } else { 0 };
        Ok(sure(
            i32::try_from(i64::from(hertz) * (100_000 + off) / 100).unwrap(),
        ))
    }

    fn doubted(&mut self, _: &mut Client, _: &Asked, doubts: &[Doubt]) -> Result<(), HostError> {
        panic!("{doubts:?}");
    }

    fn outlier(
        &mut self,
        _: &mut Client,
        _: &str,
        text: &str,
    ) -> Result<Option<String>, HostError> {
        panic!("{text}");
    }

    fn decide(&mut self, _: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        self.asked.push(question.key.to_owned());
        Ok(self.says)
    }

    fn instruments(&self) -> &Instruments {
        self.bench.instruments()
    }

    fn today(&self) -> u16 {
        self.bench.today()
    }
}

fn off(stage: &SimStage, depth: (Option<i32>, i32), rate: (u32, i64)) -> Off {
    Off {
        bench: SimBench::new(stage.clone(), 5, Decides::Yes),
        depth,
        rate,
        asked: Vec::new(),
        says: false,
        silent: false,
        still: false,
        readings: 0,
        held: Rc::default(),
    }
}

/// What makes each verdict: micrometres at a setting, thousandths of a percent at a rate.
const OFF: [(Verdict, i32, i64); 4] = [
    (Verdict::Pass, 0, 0),
    (Verdict::ConditionalPass, 90, 4_990),
    (Verdict::ConditionalFail, 110, 5_015),
    (Verdict::Fail, 150, 6_000),
];

#[test]
fn the_worst_of_depth_and_rate_is_the_verdict_wherever_it_was_found() {
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    // A setting at the beginning, in the middle, at the end, and one that no fit uses.
    let settings = [-50, 1_000, 1_250, 2_400];
    let rates = [65, 50, 80, 65];
    for (number, (depth, um, _)) in OFF.into_iter().enumerate() {
        for (other, (rate, _, thousandths)) in OFF.into_iter().enumerate() {
            let sign = if (number + other) % 2 == 0 { 1 } else { -1 };
            let place = Some(settings[(number + other) % 4]);
            let (stage, mut client) = pen(5, true);
            let at = rates[number];
            let mut bench = off(
                &stage,
                (place, sign * um),
                (at, i64::from(sign) * thousandths),
            );
            let outcome = calibrate(&mut client, &mut bench, &never, &mut |_| {}).unwrap();
            let what = format!("{depth:?} at {place:?}, {rate:?} at {at} Hz");
            let found = &outcome.report.as_found;
            assert_eq!(found.depth.verdict, depth, "{what}");
            assert_eq!(found.rate.as_ref().unwrap().verdict, rate, "{what}");
            assert_eq!(found.verdict(), depth.max(rate), "{what}");
            assert_eq!(outcome.as_found, depth.max(rate), "{what}");
            assert_eq!(outcome.as_left, depth.max(rate), "{what}");
            assert!(outcome.report.adjustment.is_none(), "{what}");
        }
    }
}

#[test]
fn only_a_plain_pass_is_left_as_it_is_without_being_told_to() {
    let auto = Settings {
        adjust: Adjust::Auto,
        ..settings()
    };
    for (verdict, um, _) in OFF {
        // So far off and no farther: a table of it must pass the gates.
        let um = um.min(130);
        for sign in [1, -1] {
            // The same at every setting: a table can be made of it.
            let (stage, mut client) = pen(5, true);
            let mut bench = off(&stage, (None, sign * um), (50, 0));
            let outcome = calibrate(&mut client, &mut bench, &auto, &mut |_| {});
            if verdict == Verdict::Pass {
                assert_eq!(bench.asked, [""; 0], "a pen that passes is not touched");
                assert_eq!(outcome.unwrap().as_left, Verdict::Pass);
            } else {
                // Whoever says no there leaves the pen as it was.
                assert_eq!(bench.asked, ["commit"], "{verdict:?} {sign}");
                assert_eq!(outcome.unwrap_err().class, Class::Aborted);
                let status = client.status().unwrap();
                assert_eq!((status.staged, status.generation), (None, 1));
            }
        }
    }
}

#[test]
fn a_first_calibration_is_an_adjustment_even_of_a_pen_that_passes() {
    let auto = Settings {
        adjust: Adjust::Auto,
        ..settings()
    };
    let (stage, mut client) = pen(5, false);
    let mut bench = off(&stage, (None, 0), (50, 0));
    let error = calibrate(&mut client, &mut bench, &auto, &mut |_| {}).unwrap_err();
    assert_eq!(error.class, Class::Aborted, "{error}");
    assert_eq!(bench.asked, ["commit"]);
    assert_eq!(client.status().unwrap().generation, 0);
}

#[test]
fn a_reading_of_a_pen_that_left_service_is_none() {
    for (silent, still) in [(true, false), (false, true)] {
        let (stage, mut client) = pen(5, true);
        let mut bench = off(&stage, (None, 0), (50, 0));
        (bench.silent, bench.still) = (silent, still);
        let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
        assert_eq!(error.class, Class::SafetyStop, "{silent} {still}: {error}");
        // The very first of its kind.
        let before = if still { 9 * 2 * 2 } else { 0 };
        assert_eq!(bench.readings, before + 1, "{error}");
        assert_eq!(bench.asked, [""; 0]);
    }
}

#[test]
fn the_owner_chooses_the_day_on_which_it_is_due() {
    for due_in_days in [1, 30, 730] {
        let settings = Settings {
            due_in_days,
            ..settings()
        };
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
        let found = client.calibration(Which::Current).unwrap().found.unwrap();
        let calibration = found.calibration;
        assert_eq!(calibration.generation, 2);
        assert_eq!(calibration.due_day - calibration.made_day, due_in_days);
        assert_eq!(calibration.technician, settings.technician);
    }
}

/// A bench that says yes, over a link to a pen whose role falls whenever `falls` says so of a request, and
/// which takes a technician in Service and a sign-off only while somebody holds the button.
fn forgetful(falls: fn(&ToPen) -> bool) -> (Client, Heard, Off) {
    let held = Rc::new(Cell::new(false));
    let (holds, mut entered, mut fallen) = (held.clone(), false, None);
    let instead = move |asked: &ToPen| {
        entered |= *asked == ToPen::EnterService;
        if !entered {
            return None;
        }
        if fallen.is_none() && falls(asked) {
            fallen = Some(true);
        }
        let nobody = (!holds.get()).then_some(ToHost::Refused(Refusal::NobodyAtThePen));
        match asked {
            ToPen::Authorise(_) => {
                fallen = fallen.filter(|_| !holds.get()).or(Some(!holds.get()));
                Some(nobody.unwrap_or(ToHost::Done))
            }
            ToPen::Run(_)
            | ToPen::Stage(_)
            | ToPen::Commit(_)
            | ToPen::SignOff(_)
            | ToPen::LeaveService
                if fallen == Some(true) =>
            {
                Some(ToHost::Refused(Refusal::Role {
                    asked: Role::Operator,
                    needed: Role::Technician,
                }))
            }
            ToPen::SignOff(_) => nobody,
            _ => None,
        }
    };
    let (stage, client, heard) = tapped_instead(5, |_, answer, _| vec![answer], instead);
    let bench = Off {
        says: true,
        held,
        ..off(&stage, (None, 0), (50, 0))
    };
    (client, heard, bench)
}

#[test]
fn a_role_that_falls_in_service_is_renewed_with_the_button_held_and_nothing_is_lost() {
    let falls: [fn(&ToPen) -> bool; 6] = [
        |_| false,
        |asked| matches!(asked, ToPen::Run(_)),
        |asked| matches!(asked, ToPen::Stage(_)),
        |asked| matches!(asked, ToPen::Commit(_)),
        |asked| matches!(asked, ToPen::SignOff(_)),
        |asked| matches!(asked, ToPen::LeaveService),
    ];
    for (number, falls) in falls.into_iter().enumerate() {
        let (mut client, heard, mut bench) = forgetful(falls);
        let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {});
        let outcome = outcome.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!((outcome.as_left, outcome.generation), (Verdict::Pass, 2));
        let status = client.status().unwrap();
        assert_eq!(status.mode, Mode::Locked, "{number}");
        assert!(!status.locks.has(Lock::Unverified), "{number}");
        assert!(!bench.held.get(), "{number}: told to let go");
        let asked = |wanted: fn(&ToPen) -> bool| {
            let heard = heard.borrow();
            heard.iter().filter(|(_, _, it)| wanted(it)).count()
        };
        let technician = |it: &ToPen| matches!(it, ToPen::Authorise(_));
        assert_eq!(asked(technician), 1 + usize::from(number > 0), "{number}");
        assert_eq!(asked(|it| *it == ToPen::EnterService), 1, "{number}");
    }
}

#[test]
fn a_role_that_falls_while_the_motor_turns_is_renewed_at_rest() {
    // At the second rate the motor turns already.
    let (mut client, heard, mut bench) =
        forgetful(|asked| matches!(asked, ToPen::Run(run) if run.rate.as_mhz() == 65_000));
    let outcome = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    let heard = heard.borrow();
    let told = heard.iter().map(|(_, _, message)| *message);
    let told: Vec<ToPen> = told
        .filter(|it| matches!(it, ToPen::Run(_) | ToPen::Stop | ToPen::Authorise(_)))
        .collect();
    let renewed = 1 + told
        .iter()
        .skip(1)
        .position(|it| matches!(it, ToPen::Authorise(_)))
        .unwrap();
    assert_eq!(told[renewed - 1], ToPen::Stop, "{told:?}");
    assert_eq!(told[renewed - 2], told[renewed + 1], "{told:?}");
}

#[test]
fn cal_005_nobody_at_the_button_signs_nothing_off() {
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| vec![answer],
        |asked| {
            matches!(asked, ToPen::SignOff(_)).then_some(ToHost::Refused(Refusal::NobodyAtThePen))
        },
    );
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, HostError::not_attended(10).class, "{error}");
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
    // It was asked again for 10 s, and no longer.
    let heard = heard.borrow();
    let asked: Vec<Duration> = heard
        .iter()
        .filter(|(_, _, it)| matches!(it, ToPen::SignOff(_)))
        .map(|(at, _, _)| *at)
        .collect();
    let span = *asked.last().unwrap() - asked[0];
    assert!((9..=11).contains(&span.as_secs()), "{span:?}");
}

/// Enters Service mode and puts the calibration in force there again, which makes it unverified.
fn make_unverified(client: &mut Client, bench: &mut SimBench) {
    undo::serve(client, bench);
    undo::commit_again(client, 2);
    client.demand(&ToPen::LeaveService).unwrap();
}

#[test]
fn cal_005_a_plain_pass_of_depth_alone_is_not_signed_off() {
    // A pen that tells no depth does not turn its motor: its rate is not measured.
    let (stage, mut client, heard) = tapped(5, |_, answer, _| {
        vec![match answer {
            ToHost::StatusReply(status) => ToHost::StatusReply(Status {
                depth: None,
                ..status
            }),
            other => other,
        }]
    });
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    make_unverified(&mut client, &mut bench);
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let mut told = Vec::new();
    let outcome = calibrate(&mut client, &mut bench, &never, &mut |progress| {
        if let Progress::Note(text) = progress {
            told.push((*text).to_owned());
        }
    })
    .unwrap();
    assert_eq!(outcome.as_left, Verdict::ConditionalPass);
    assert!(outcome.report.as_left.rate.is_none());
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
    let signed = |(_, _, it): &(Duration, u8, ToPen)| matches!(it, ToPen::SignOff(_));
    assert!(!heard.borrow().iter().any(signed));
    let why = "the rate was not measured: generation 2";
    assert!(told.iter().any(|it| it.starts_with(why)), "{told:?}");
}

#[test]
fn cal_005_a_sign_off_is_read_back() {
    // A pen that says yes and does nothing.
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| vec![answer],
        |asked| matches!(asked, ToPen::SignOff(_)).then_some(ToHost::Done),
    );
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, Class::VerifyFailed, "{error}");
    assert_given_up(&stage, &heard, "read back");
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
}

#[test]
fn cal_005_no_other_pen_is_signed_off() {
    // The cable is put into another pen after the commit.
    let mut commits = 0;
    let (stage, mut client, heard) = tapped(5, move |asked, answer, _| {
        commits += u32::from(matches!(asked, ToPen::Commit(_)));
        vec![match answer {
            ToHost::InfoReply(info) if commits > 0 => ToHost::InfoReply(InfoReply {
                serial: info.serial + 1,
                ..info
            }),
            other => other,
        }]
    });
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.class, HostError::wrong_pen("", "", "").class);
    let heard = heard.borrow();
    assert!(
        heard
            .iter()
            .all(|(_, _, it)| !matches!(it, ToPen::SignOff(_)))
    );
}

#[test]
fn cal_005_the_generation_that_was_measured_is_signed_off_and_no_later_one() {
    // Another program commits while as left is measured: the pen has generation 3 by the end.
    let (stage, mut client, heard) = tapped_instead(
        5,
        |_, answer, _| {
            vec![match answer {
                ToHost::StatusReply(status) if status.generation == 2 => {
                    ToHost::StatusReply(Status {
                        generation: 3,
                        ..status
                    })
                }
                other => other,
            }]
        },
        |asked| {
            let ToPen::SignOff(SignOff { generation }) = asked else {
                return None;
            };
            Some(ToHost::Refused(Refusal::OtherGeneration {
                asked: *generation,
                in_force: 3,
            }))
        },
    );
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let error = calibrate(&mut client, &mut bench, &settings(), &mut |_| {}).unwrap_err();
    assert_eq!(error.exit_code(), 40, "{error}");
    let heard = heard.borrow();
    let named: Vec<u32> = heard
        .iter()
        .filter_map(|(_, _, it)| match it {
            ToPen::SignOff(it) => Some(it.generation),
            _ => None,
        })
        .collect();
    assert_eq!(named, [2]);
}

#[test]
fn a_pen_without_a_calibration_has_none_that_is_signed_off() {
    let (stage, mut client) = pen(5, false);
    let mut bench = off(&stage, (None, 0), (50, 0));
    let never = Settings {
        adjust: Adjust::Never,
        ..settings()
    };
    let outcome = calibrate(&mut client, &mut bench, &never, &mut |_| {}).unwrap();
    assert_eq!(outcome.generation, 0);
    let record = &outcome.report.record;
    let said = record
        .iter()
        .find(|fact| fact.label == "Signed off in the pen");
    assert_eq!(said.unwrap().value, "no calibration");
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
