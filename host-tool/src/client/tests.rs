use std::collections::VecDeque;
use std::time::Duration;

use pen_core::fault::Fault;
use pen_core::journal::ResetCause;
use pen_core::request::{Refusal, Role};
use pen_core::units::Instant;
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{
    EndTerminal, HelloReply, InfoReply, LinkCounters, LinkError, SetDay, StorageState, ToHost,
    ToPen,
};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, VERSION, VERSION_MIN};

use super::{Client, Mismatch, Patience};
use crate::clock::{Clock, Signal, simulate};
use crate::error::{Class, Code, HostError};
use crate::link::Transport;

/// Answers by a function; loses as many of its own first answers as it is told.
struct Peer {
    now: Duration,
    decoder: Decoder,
    out: VecDeque<u8>,
    lose: u32,
    asked: u32,
    suspicion: Option<&'static str>,
    answer: fn(&ToPen) -> ToHost,
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
            self.asked += 1;
            if self.lose > 0 {
                self.lose -= 1;
                continue;
            }
            let message = frame.message::<ToPen>().unwrap();
            let mut room = [0; FRAME_MAX];
            let answer = encode(frame.seq, &(self.answer)(&message), &mut room).unwrap();
            self.out.extend(answer);
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError> {
        let mut count = 0;
        for place in buffer.iter_mut() {
            let Some(byte) = self.out.pop_front() else {
                break;
            };
            *place = byte;
            count += 1;
        }
        if count == 0 {
            self.now += patience;
        }
        Ok(count)
    }

    fn suspicion(&self) -> Option<String> {
        self.suspicion.map(str::to_owned)
    }
}

/// What the pen of [`hello`] says of itself.
pub(super) fn info(serial: u64) -> ToHost {
    ToHost::InfoReply(InfoReply {
        serial,
        class: None,
        mechanism: None,
        firmware: Text::new("0.1.0").unwrap(),
        uptime: Instant::from_us(0),
        reset: ResetCause::PowerOn,
        role: Role::Observer,
        storage: StorageState::default(),
        link: LinkCounters::default(),
    })
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

fn good(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        ToPen::Info => info(42),
        ToPen::Acknowledge => ToHost::Refused(Refusal::NoFault),
        _ => ToHost::Done,
    }
}

fn foreign(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(HelloReply {
            schema: 1,
            read_only: true,
            ..hello()
        }),
        _ => ToHost::Done,
    }
}

fn peer(answer: fn(&ToPen) -> ToHost, lose: u32) -> Box<dyn Transport> {
    let decoder = Decoder::new();
    Box::new(Peer {
        now: Duration::ZERO,
        decoder,
        out: VecDeque::new(),
        lose,
        asked: 0,
        suspicion: None,
        answer,
    })
}

#[test]
fn a_greeting_tells_who_the_pen_is() {
    let client = Client::connect(peer(good, 0), Patience::default()).unwrap();
    assert_eq!(client.hello().serial, 42);
    assert_eq!(client.mismatch(), None);
    assert_eq!(client.link_name(), "test");
}

#[test]
fn a_lost_frame_is_sent_again_and_a_silent_pen_is_a_timeout() {
    let client = Client::connect(peer(good, 2), Patience::default()).unwrap();
    assert_eq!(client.hello().serial, 42);
    let error = Client::connect(peer(good, 3), Patience::default()).unwrap_err();
    assert_eq!(error.class, Class::LinkLost);
    assert!(
        error.what.contains("hello") && error.why.contains("3000 ms"),
        "{error}"
    );
}

#[test]
fn a_refusal_is_told_in_words() {
    let mut client = Client::connect(peer(good, 0), Patience::default()).unwrap();
    assert_eq!(
        client.try_demand(&ToPen::Acknowledge).unwrap(),
        Err(Refusal::NoFault)
    );
    let error = client.demand(&ToPen::Acknowledge).unwrap_err();
    assert_eq!(error.class, Class::DeviceFault);
    assert!(error.why.contains("no fault"), "{error}");
    assert_eq!(client.authorise(Role::Operator), Ok(()));
}

#[test]
fn another_schema_reads_and_changes_nothing_but_stop() {
    let mut client = Client::connect(peer(foreign, 0), Patience::default()).unwrap();
    assert!(client.mismatch().is_some());
    let error = client.authorise(Role::Operator).unwrap_err();
    assert_eq!(error.class, Class::VersionMismatch);
    assert_eq!(error.exit_code(), 20);
    assert_eq!(client.demand(&ToPen::Stop), Ok(()));
}

#[test]
fn the_older_side_is_named() {
    let newer = HelloReply {
        version: VERSION + 1,
        schema: 9,
        read_only: true,
        ..hello()
    };
    assert_eq!(Mismatch::of(&newer).unwrap().older, "host");
    assert!(Mismatch::of(&newer).unwrap().fix.contains("newer penctl"));
    let older = HelloReply {
        version: VERSION - 1,
        version_min: 0,
        schema: 9,
        ..hello()
    };
    assert_eq!(Mismatch::of(&older).unwrap().older, "pen");
    assert_eq!(Mismatch::of(&hello()), None);
}

/// Nobody at the pen; whoever asks for a role too often has to wait.
fn alone(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        ToPen::Info => info(42),
        ToPen::SetDay(_) => ToHost::Refused(Refusal::DayFarAhead {
            asked: 2_800,
            seen: 2_517,
        }),
        _ => ToHost::Refused(Refusal::NobodyAtThePen),
    }
}

fn slowed_down(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        _ => ToHost::LinkError(LinkError::TooOften { left_ms: 9_000 }),
    }
}

fn trigger_held(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        ToPen::Info => info(42),
        _ => ToHost::Refused(Refusal::TriggerHeld),
    }
}

const END: ToPen = ToPen::EndTerminal(EndTerminal {
    fault: Fault::DriveStuck,
});

#[test]
fn a_hand_that_does_not_come_is_waited_for_by_the_links_clock_and_no_longer() {
    let minute = Duration::from_secs(60);
    for answer in [alone, slowed_down] {
        let mut client = Client::connect(peer(answer, 0), Patience::default()).unwrap();
        let error = client.wait_for_technician(minute).unwrap_err();
        assert_eq!(error.code, Code::NotAttended, "{error}");
        assert_eq!((client.now(), error.exit_code()), (minute, 40));
    }
    let mut client = Client::connect(peer(alone, 0), Patience::default()).unwrap();
    let error = client.demand_held(&END, minute).unwrap_err();
    assert_eq!(error.code, Code::NotAttended, "{error}");
    assert_eq!(client.now(), minute);
    let far = ToPen::SetDay(SetDay { day: 2_800 });
    let error = client.demand_held(&far, minute).unwrap_err();
    assert_eq!(error.code, Code::Refused, "{error}");
    assert!(error.fix.contains("check this computer's date"), "{error}");
    assert_eq!(client.now(), minute * 2);
}

#[test]
fn what_no_holding_mends_is_told_at_once() {
    let mut client = Client::connect(peer(trigger_held, 0), Patience::default()).unwrap();
    let minute = Duration::from_secs(60);
    for error in [
        client.wait_for_technician(minute).unwrap_err(),
        client.demand_held(&END, minute).unwrap_err(),
    ] {
        assert_eq!(error.code, Code::Refused, "{error}");
        assert!(error.fix.contains("let go of the trigger"), "{error}");
    }
    assert_eq!(client.now(), Duration::ZERO);
}

fn restarts(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        _ => ToHost::LinkError(LinkError::NoHello),
    }
}

#[test]
fn a_pen_that_restarted_is_told_apart_from_one_that_was_never_greeted() {
    let mut client = Client::connect(peer(restarts, 0), Patience::default()).unwrap();
    let error = client.demand(&ToPen::EndSession).unwrap_err();
    assert_eq!((error.code, error.exit_code()), (Code::Restarted, 14));
    assert!(error.what.contains("has restarted"), "{error}");
    // One that asks for a greeting in answer to a greeting did not restart.
    let stubborn = |_: &ToPen| ToHost::LinkError(LinkError::NoHello);
    let error = Client::connect(peer(stubborn, 0), Patience::default()).unwrap_err();
    assert_eq!(error.code, Code::Refused);
}

#[test]
fn a_pen_that_fell_silent_is_told_apart_from_one_that_never_spoke() {
    let never = Client::connect(peer(good, 99), Patience::default()).unwrap_err();
    assert_eq!(never.code, Code::Timeout);
    assert!(never.fix.contains("penctl list"), "{never}");
    let mut client = Client::connect(peer(good, 0), Patience::default()).unwrap();
    client.link = peer(good, 99);
    let fell = client.demand(&ToPen::EndSession).unwrap_err();
    assert_eq!(fell.code, Code::Timeout);
    assert!(fell.why.contains("waited 3000 ms"), "{fell}");
    assert!(fell.fix.contains("answered before"), "{fell}");
}

#[test]
fn what_speaks_for_a_cause_of_the_silence_is_told_with_it() {
    let silent = Box::new(Peer {
        now: Duration::ZERO,
        decoder: Decoder::new(),
        out: VecDeque::new(),
        lose: 99,
        asked: 0,
        suspicion: Some("process 77 has the port open"),
        answer: good,
    });
    let error = Client::connect(silent, Patience::default()).unwrap_err();
    assert_eq!(error.code, Code::Timeout);
    assert_eq!(error.why, "waited 3000 ms; process 77 has the port open");
    assert_eq!(
        error.fix,
        "close the other program, then repeat the command"
    );
}

#[test]
fn whoever_is_interrupted_hears_out_a_pen_that_answers_and_does_not_wait_for_one_that_is_silent() {
    let mut client = Client::connect(peer(good, 0), Patience::default()).unwrap();
    simulate(Some(Signal::Interrupt));
    let answered = client.demand(&ToPen::EndSession);
    client.link = peer(good, 99);
    let cut_short = client.demand(&ToPen::EndSession).unwrap_err();
    let at = client.now();
    // What is said now only puts things in order: it is tried, and not for long.
    let last_words = client.demand(&ToPen::Stop).unwrap_err();
    simulate(None);
    assert_eq!(answered, Ok(()));
    assert_eq!(cut_short.code, Code::Interrupted, "{cut_short}");
    assert!(cut_short.what.contains("end session"), "{cut_short}");
    assert_eq!(at, Duration::from_millis(300));
    assert_eq!(last_words.code, Code::Timeout, "{last_words}");
    assert_eq!(client.now() - at, Duration::from_millis(600));
}

fn swapped(message: &ToPen) -> ToHost {
    match message {
        ToPen::Hello(_) => ToHost::HelloReply(hello()),
        ToPen::Info => info(43),
        other => panic!("{other:?} reached the other pen"),
    }
}

#[test]
fn nothing_is_written_to_another_pen_than_the_one_that_greeted() {
    let mut client = Client::connect(peer(swapped, 0), Patience::default()).unwrap();
    let staged = super::lies::calibration(2);
    let hour = Duration::from_secs(3_600);
    for error in [
        client.stage(&staged).unwrap_err(),
        client.commit(7).unwrap_err(),
        client.demand_held(&END, hour).unwrap_err(),
        client.same_pen().unwrap_err(),
    ] {
        assert_eq!((error.code, error.exit_code()), (Code::WrongPen, 21));
        assert_eq!(error.what, "the pen at test is pen 000043");
        assert!(error.why.contains("pen 000042"), "{error}");
    }
    let mut same = Client::connect(peer(good, 0), Patience::default()).unwrap();
    assert_eq!(same.commit(7), Ok(()));
}
