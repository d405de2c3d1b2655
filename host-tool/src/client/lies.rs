//! A pen that answers late, twice, under another number, or not with the truth.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use pen_core::calibration::Calibration;
use pen_core::fault::Fault;
use pen_core::request::Refusal;
use pen_core::units::Rate;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{
    CalibrationReply, Commit, EndTerminal, FoundCalibration, HelloReply, ReadCalibration, Run,
    SetDay, SignOff, TelemetryFrame, ToHost, ToPen, Which,
};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN, calibration_digest};

use super::tests::info;
use super::{Client, Mismatch, Patience};
use crate::clock::Clock;
use crate::error::{Class, HostError};
use crate::link::Transport;

/// What a pen says, in order, to one frame that arrived: each under a number.
type Script = Box<dyn FnMut(u8, &ToPen) -> Vec<(u8, ToHost)>>;

/// Bytes that come before each answer under this number.
type Noise = fn(u8) -> Vec<u8>;

/// Frames that the pen received, in order: number and bytes.
pub(super) type Heard = Rc<RefCell<Vec<(u8, Vec<u8>)>>>;

struct Peer {
    now: Duration,
    decoder: Decoder,
    out: VecDeque<u8>,
    heard: Heard,
    script: Script,
    noise: Noise,
}

impl Clock for Peer {
    fn now(&self) -> Duration {
        self.now
    }

    fn wait(&mut self, span: Duration) {
        self.now += span;
    }
}

impl Transport for Peer {
    fn name(&self) -> String {
        "test".into()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        for byte in bytes {
            let Some(Ok(frame)) = self.decoder.push(*byte) else {
                continue;
            };
            let message = frame.message::<ToPen>().unwrap();
            self.heard.borrow_mut().push((frame.seq, bytes.to_vec()));
            self.out.extend((self.noise)(frame.seq));
            for (seq, answer) in (self.script)(frame.seq, &message) {
                let mut room = [0; FRAME_MAX];
                self.out.extend(encode(seq, &answer, &mut room).unwrap());
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let count = buffer.len().min(self.out.len());
        for place in buffer.iter_mut().take(count) {
            *place = self.out.pop_front().unwrap();
        }
        if count == 0 {
            self.now += patience;
        }
        Ok(count)
    }
}

fn hello() -> HelloReply {
    HelloReply {
        version: VERSION,
        version_min: VERSION_MIN,
        schema: SCHEMA_HASH,
        serial: 42,
        model: Text::new("pen").unwrap(),
        firmware: Text::new("0.1.0").unwrap(),
        read_only: false,
    }
}

/// A client at the end of a script that greets truthfully.
pub(super) fn client(
    mut script: impl FnMut(u8, &ToPen) -> Vec<(u8, ToHost)> + 'static,
) -> (Client, Heard) {
    let heard = Heard::default();
    let peer = Peer {
        now: Duration::ZERO,
        decoder: Decoder::new(),
        out: VecDeque::new(),
        heard: heard.clone(),
        noise: |_| Vec::new(),
        script: Box::new(move |seq, message| match message {
            ToPen::Hello(_) => vec![(seq, ToHost::HelloReply(hello()))],
            ToPen::Info => vec![(seq, info(42))],
            _ => script(seq, message),
        }),
    };
    let client = Client::connect(Box::new(peer), Patience::default()).unwrap();
    (client, heard)
}

/// One of everything that changes something.
fn changes() -> Vec<ToPen> {
    vec![
        ToPen::Acknowledge,
        ToPen::EndSession,
        ToPen::EnterService,
        ToPen::LeaveService,
        ToPen::Heartbeat,
        ToPen::Discard,
        ToPen::Revert,
        ToPen::Stop,
        ToPen::Commit(Commit { digest: 7 }),
        ToPen::Run(Run {
            rate: Rate::from_hz(60),
        }),
        ToPen::SetDay(SetDay { day: 2_600 }),
        ToPen::SignOff(SignOff { generation: 2 }),
        ToPen::EndTerminal(EndTerminal {
            fault: Fault::DriveStuck,
        }),
    ]
}

#[test]
fn a_lost_answer_is_asked_for_again_by_the_same_bytes_and_a_new_request_by_another_number() {
    for lost in 0..3_u32 {
        let mut left = 0;
        let (mut client, heard) = client(move |seq, _| {
            if left < lost {
                left += 1;
                return Vec::new();
            }
            left = 0;
            vec![(seq, ToHost::Done)]
        });
        heard.borrow_mut().clear();
        // Outside of Service mode, where no heartbeat comes between; there: `procedure/tests/lies.rs`.
        let changes = changes().into_iter();
        let changes: Vec<ToPen> = changes.filter(|it| *it != ToPen::EnterService).collect();
        // More requests than there are numbers.
        for _ in 0..30 {
            for message in &changes {
                assert_eq!(client.demand(message), Ok(()));
            }
        }
        let heard = heard.borrow();
        let times = usize::try_from(lost).unwrap() + 1;
        assert_eq!(heard.len(), 30 * changes.len() * times);
        for same in heard.chunks(times) {
            assert!(same.iter().all(|frame| *frame == same[0]), "{lost} lost");
        }
        for pair in heard.chunks(times).collect::<Vec<_>>().windows(2) {
            assert_eq!(pair[1][0].0, pair[0][0].0.wrapping_add(1), "{lost} lost");
        }
    }
}

#[test]
fn a_new_connection_begins_with_a_greeting_and_the_numbers_of_every_other() {
    let frames = || {
        let (mut client, heard) = client(|seq, _| vec![(seq, ToHost::Done)]);
        for message in changes() {
            client.demand(&message).unwrap();
        }
        heard.take()
    };
    // The pen forgets at the greeting; so the first frame must be one.
    let (first, second) = (frames(), frames());
    assert_eq!(first, second);
    let mut decoder = Decoder::new();
    let greeted = first[0].1.iter().any(|byte| {
        matches!(decoder.push(*byte), Some(Ok(frame)) if matches!(frame.message(), Ok(ToPen::Hello(_))))
    });
    assert!(greeted);
}

#[test]
fn an_answer_that_belongs_to_another_request_is_not_taken() {
    let refused = ToHost::Refused(Refusal::NoPlan);
    for off in [1_u8, 2, 127, 128, 254, 255] {
        for (before, after) in [(true, false), (false, true), (true, true)] {
            let (mut client, _) = client(move |seq, _| {
                let other = (seq.wrapping_add(off), refused);
                let mut said = Vec::new();
                if before {
                    said.push(other);
                }
                said.push((seq, ToHost::Done));
                if after {
                    // Twice, and one of another: they come into the next request.
                    said.extend([(seq, refused), other]);
                }
                said
            });
            for _ in 0..400 {
                let answer = client.exchange(&ToPen::Acknowledge).unwrap();
                // The first answer under the right number counts, unless its double comes with it.
                assert!(answer == ToHost::Done || after, "{off} {before} {after}");
            }
        }
    }
    // Late ones only: each answer comes with the next request.
    let mut late = None;
    let (mut client, _) = client(move |seq, message| {
        let answer = if *message == ToPen::Acknowledge {
            refused
        } else {
            ToHost::Done
        };
        late.replace((seq, answer)).into_iter().collect()
    });
    for _ in 0..100 {
        // The repetition brings the answer to the first attempt, under the right number.
        assert_eq!(client.exchange(&ToPen::Acknowledge), Ok(refused));
        assert_eq!(client.exchange(&ToPen::Heartbeat), Ok(ToHost::Done));
    }
}

#[test]
fn nobody_who_answers_only_under_other_numbers_has_answered() {
    let (mut client, heard) = client(|seq, _| vec![(seq.wrapping_add(1), ToHost::Done)]);
    heard.borrow_mut().clear();
    let error = client.demand(&ToPen::Acknowledge).unwrap_err();
    assert_eq!(error.class, Class::LinkLost);
    assert_eq!(heard.borrow().len(), 3);
    assert_eq!(client.now(), Patience::default().0);
}

#[test]
fn every_way_in_which_a_pen_may_differ_makes_the_connection_read_only() {
    for version in [VERSION - 1, VERSION, VERSION + 1] {
        for version_min in [0, VERSION, VERSION + 1] {
            for schema in [SCHEMA_HASH, SCHEMA_HASH ^ 1] {
                for read_only in [false, true] {
                    let said = HelloReply {
                        version,
                        version_min,
                        schema,
                        read_only,
                        ..hello()
                    };
                    let speaks = (version_min..=version).contains(&VERSION);
                    let is_good = speaks && schema == SCHEMA_HASH && !read_only;
                    assert_eq!(Mismatch::of(&said).is_none(), is_good, "{said:?}");
                    let heard = Heard::default();
                    let peer = Peer {
                        now: Duration::ZERO,
                        decoder: Decoder::new(),
                        out: VecDeque::new(),
                        heard: heard.clone(),
                        noise: |_| Vec::new(),
                        script: Box::new(move |seq, message| {
                            vec![(
                                seq,
                                match message {
                                    ToPen::Hello(_) => ToHost::HelloReply(said),
                                    _ => ToHost::Done,
                                },
                            )]
                        }),
                    };
                    let mut client = Client::connect(Box::new(peer), Patience::default()).unwrap();
                    for message in changes() {
                        heard.borrow_mut().clear();
                        let may = is_good || message == ToPen::Stop;
                        let outcome = client.demand(&message);
                        assert_eq!(outcome.is_ok(), may, "{said:?} {message:?}");
                        let sent = usize::from(may);
                        assert_eq!(heard.borrow().len(), sent, "{said:?} {message:?}");
                        if let Err(error) = outcome {
                            assert_eq!(error.exit_code(), 20);
                        }
                    }
                }
            }
        }
    }
}

/// A frame made by hand: any version, and a sum that may be wrong.
fn by_hand(version: u8, seq: u8, flip: u32) -> Vec<u8> {
    let mut body = vec![version, seq, 0x80];
    body.extend((pen_protocol::crc32(&body) ^ flip).to_le_bytes());
    // COBS: each group begins with the distance to its zero.
    let mut bytes = vec![0];
    for group in body.split(|byte| *byte == 0) {
        bytes.push(u8::try_from(group.len() + 1).unwrap());
        bytes.extend(group);
    }
    bytes.push(0);
    bytes
}

/// Greets a pen that makes this noise before each of its answers.
fn greet_through(noise: Noise) -> (Result<Client, HostError>, Heard) {
    let heard = Heard::default();
    let peer = Peer {
        now: Duration::ZERO,
        decoder: Decoder::new(),
        out: VecDeque::new(),
        heard: heard.clone(),
        noise,
        script: Box::new(|seq, message| {
            vec![(
                seq,
                match message {
                    ToPen::Hello(_) => ToHost::HelloReply(hello()),
                    _ => ToHost::Done,
                },
            )]
        }),
    };
    (Client::connect(Box::new(peer), Patience::default()), heard)
}

#[test]
fn an_answer_in_another_version_is_told_at_once() {
    let (greeted, heard) = greet_through(|seq| by_hand(VERSION + 1, seq, 0));
    let error = greeted.unwrap_err();
    assert_eq!(error.class, Class::VersionMismatch, "{error}");
    assert!(error.fix.contains("newer penctl"), "{error}");
    assert_eq!(heard.borrow().len(), 1);
    // Under another number it answers somebody else.
    let (greeted, _) = greet_through(|seq| by_hand(VERSION + 1, seq.wrapping_add(1), 0));
    assert!(greeted.is_ok());
}

#[test]
fn damaged_frames_are_counted_and_harm_nothing() {
    let (greeted, _) = greet_through(|seq| by_hand(VERSION, seq, 1));
    let mut client = greeted.unwrap();
    assert_eq!(client.damaged_frames(), 1);
    for number in 2..20 {
        client.demand(&ToPen::Heartbeat).unwrap();
        assert_eq!(client.damaged_frames(), number);
    }
    // Whole, but nothing that this program knows.
    let (greeted, _) = greet_through(|seq| by_hand(VERSION, seq, 0));
    assert_eq!(greeted.unwrap().damaged_frames(), 1);
}

pub(super) fn calibration(generation: u32) -> Calibration {
    Calibration {
        serial: 42,
        generation,
        technician: 1,
        made_day: 2_500,
        due_day: 2_800,
        clock_ppm: 0,
        a: pen_core::calibration::Table::default(),
        b: pen_core::calibration::Table::default(),
    }
}

#[test]
fn a_pen_that_staged_something_else_or_nothing_is_found_out() {
    let good = calibration_digest(&calibration(2));
    for (digest, is_good) in [
        (Some(good), true),
        (Some(good ^ 1), false),
        (Some(0), false),
        (Some(calibration_digest(&calibration(1))), false),
        (None, false),
    ] {
        let (mut client, _) = client(move |seq, message| {
            let answer = match message {
                ToPen::ReadCalibration(ReadCalibration { which }) => {
                    assert_eq!(*which, Which::Staged);
                    ToHost::CalibrationReply(CalibrationReply {
                        which: *which,
                        found: digest.map(|digest| FoundCalibration {
                            digest,
                            calibration: calibration(2),
                        }),
                    })
                }
                _ => ToHost::Done,
            };
            vec![(seq, answer)]
        });
        match client.stage(&calibration(2)) {
            Ok(staged) => assert!(is_good && staged == good, "{digest:?}"),
            Err(error) => {
                assert!(!is_good, "{error}");
                assert_eq!((error.class, error.exit_code()), (Class::VerifyFailed, 31));
            }
        }
    }
}

/// The picture of a pen that was just switched on and has nothing stored.
pub(crate) fn status() -> pen_core::status::Status {
    pen_core::pen::Pen::new(&pen_core::pen::Boot {
        serial: 42,
        cause: pen_core::journal::ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: false,
        storage_ok: true,
        profile: Err(pen_core::profile::ProfileDefect::Missing),
        calibration: Err(pen_core::journal::RecordDefect::Missing),
        ledger: None,
        digest: 0,
        signed_off: pen_core::calibration::CalibrationId::NONE,
    })
    .status()
}

#[test]
fn pictures_that_come_between_are_kept_in_their_order() {
    let mut dropped = 0;
    let status = status();
    let (mut client, _) = client(move |seq, _| {
        let mut picture = || {
            dropped += 1;
            (
                0,
                ToHost::TelemetryFrame(TelemetryFrame { dropped, status }),
            )
        };
        vec![picture(), (seq, ToHost::Done), picture()]
    });
    for _ in 0..5 {
        client.demand(&ToPen::Heartbeat).unwrap();
    }
    for number in 1..=10 {
        let picture = client.next_picture(Duration::from_secs(1)).unwrap();
        assert_eq!(picture.map(|it| it.dropped), Some(number));
    }
    assert_eq!(client.next_picture(Duration::from_secs(1)), Ok(None));
}
