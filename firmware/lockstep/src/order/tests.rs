use pen_core::io::{Acceleration, Quadrant, Sample, Tacho, Tag, TagReading};
use pen_core::journal::ResetCause;
use pen_core::units::Duration;

use super::{Flash, FlashRefusal, Key, Order, Start, Tick};
use crate::damage::{
    bytes_behind_are_refused, frames_read_as_written,
    shorter_payloads_are_refused_or_mean_themselves, truncations_are_refused,
};
use crate::readings::{Levels, Readings};
use crate::{CARRIED_MAX, DATA_MAX, FRAME_MAX, HEADER, PAYLOAD_MAX, Refusal, frame_length};

const KEYS: [Key; 2] = [[7; 32], [9; 32]];

fn readings(tag: TagReading) -> Readings {
    let sample = |counts, us| Sample {
        counts,
        age: Duration::from_us(us),
    };
    Readings {
        levels: Levels {
            trigger_closed: true,
            seat: true,
            ..Levels::default()
        },
        depth_a: sample(1_234, 10),
        depth_b: sample(4_095, u32::MAX),
        current: sample(0, 0),
        battery: sample(2_500, 900),
        grip: sample(1_900, 8),
        acceleration: Acceleration {
            x_mg: -1,
            y_mg: 2,
            z_mg: 1_000,
            age: Duration::from_us(5_000),
        },
        tacho: Tacho {
            edges: -3,
            edge_age: Duration::from_us(77),
            quadrant: Quadrant::Extended,
        },
        tag,
    }
}

fn tick(bytes: &[u8]) -> Tick<'_> {
    Tick {
        pen_us: 0x0102_0304_0506_0708,
        asks_status: true,
        rests: false,
        is_flash_touched: true,
        readings: readings(TagReading::Present(Tag {
            id: 0x1122_3344_5566_7788,
            kind: 12,
            expiry_day: 2_800,
            authentic: true,
            used: false,
        })),
        room: 2_000,
        waiting: 500,
        bytes,
    }
}

fn start(cause: ResetCause, keys: &[Key]) -> Order<'_> {
    Order::Start(Start {
        serial: 42,
        cause,
        is_host_on_uart: true,
        second_switch: false,
        flash_bytes: 557_056,
        keys,
    })
}

fn written(order: &Order<'_>) -> Vec<u8> {
    let mut room = [0; FRAME_MAX];
    let length = order.write(&mut room).unwrap();
    room[..length].to_vec()
}

fn rewrite(frame: &[u8]) -> Result<Vec<u8>, Refusal> {
    Order::read(frame).map(|it| written(&it))
}

fn all() -> Vec<Vec<u8>> {
    let data = [0x5a; DATA_MAX];
    let carried = [0xc3; CARRIED_MAX];
    let mut frames = Vec::new();
    for cause in [
        ResetCause::PowerOn,
        ResetCause::Watchdog,
        ResetCause::BrownOut,
        ResetCause::Software,
        ResetCause::Unknown,
        ResetCause::Panicked { file: 9, line: 70 },
        ResetCause::HardFault { address: 0x1234 },
        ResetCause::WatchdogForgotten,
    ] {
        for count in 0..=2 {
            frames.push(written(&start(cause, &KEYS[..count])));
        }
    }
    for (is_host_on_uart, second_switch) in [(false, false), (false, true), (true, true)] {
        let Order::Start(start) = start(ResetCause::PowerOn, &KEYS) else {
            panic!("a start is one");
        };
        frames.push(written(&Order::Start(Start {
            is_host_on_uart,
            second_switch,
            ..start
        })));
    }
    let mut ticks = vec![
        tick(&[]),
        tick(&carried),
        Tick {
            rests: true,
            ..tick(&[1])
        },
    ];
    for (quadrant, tag) in [
        (Quadrant::Retracted, TagReading::Absent),
        (Quadrant::Extending, TagReading::Unreadable),
        (Quadrant::Retracting, TagReading::Absent),
    ] {
        let mut readings = readings(tag);
        readings.tacho.quadrant = quadrant;
        ticks.push(Tick {
            readings,
            ..tick(&[2, 3])
        });
    }
    frames.extend(ticks.into_iter().map(|tick| written(&Order::Tick(tick))));
    for flash in [
        Flash::Done(&[]),
        Flash::Done(&data),
        Flash::Refused(FlashRefusal::NotAligned),
        Flash::Refused(FlashRefusal::OutOfBounds),
        Flash::Refused(FlashRefusal::Misuse),
        Flash::Refused(FlashRefusal::NoPower),
    ] {
        frames.push(written(&Order::Flash(flash)));
    }
    frames.push(written(&Order::Spoil { which: 6 }));
    frames.push(written(&Order::Reset));
    frames.push(written(&Order::End));
    frames
}

#[test]
fn every_order_reads_as_it_was_written() {
    frames_read_as_written(&all(), rewrite);
}

#[test]
fn a_start_is_laid_out_as_documented() {
    let Order::Start(start) = start(ResetCause::HardFault { address: 0x1234 }, &KEYS[..1]) else {
        panic!("a start is one");
    };
    for (is_host_on_uart, second_switch, flags) in
        [(false, false, 0), (true, false, 0b01), (false, true, 0b10)]
    {
        let frame = written(&Order::Start(Start {
            is_host_on_uart,
            second_switch,
            ..start
        }));
        let mut expected = vec![0x01, 51, 0, 42, 0, 0, 0, 0, 0, 0, 0, 6, 0x34, 0x12, 0, 0];
        expected.extend([flags, 0, 0x80, 0x08, 0, 1]);
        expected.extend([7; 32]);
        assert_eq!(frame, expected);
    }
}

#[test]
fn a_tick_is_laid_out_as_documented() {
    let frame = written(&Order::Tick(tick(&[0xaa, 0xbb])));
    let mut expected = vec![0x02, 63, 0];
    expected.extend([8, 7, 6, 5, 4, 3, 2, 1, 0b101, 0b01_0001]);
    expected.extend([0xd2, 0x04, 10, 0, 0, 0]);
    expected.extend([0xff, 0x0f, 0xff, 0xff, 0xff, 0xff]);
    expected.extend([0, 0, 0, 0, 0, 0]);
    expected.extend([0xc4, 0x09, 0x84, 0x03, 0, 0]);
    expected.extend([0x6c, 0x07, 8, 0, 0, 0]);
    expected.extend([0xff, 0xff, 2, 0, 0xe8, 0x03, 0x88, 0x13, 0, 0]);
    expected.extend([0xfd, 77, 0, 0, 0, 2]);
    expected.extend([
        2, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 12, 0xf0, 0x0a, 0b01,
    ]);
    expected.extend([0xd0, 0x07, 0xf4, 0x01, 0xaa, 0xbb]);
    expected[1] = u8::try_from(expected.len() - HEADER).unwrap();
    assert_eq!(frame, expected);
}

#[test]
fn every_truncation_is_refused() {
    truncations_are_refused(&all(), rewrite);
}

#[test]
fn every_shorter_payload_is_refused_or_means_something_else() {
    shorter_payloads_are_refused_or_mean_themselves(&all(), rewrite);
}

#[test]
fn trailing_bytes_are_refused() {
    bytes_behind_are_refused(&all(), rewrite);
    // Within the payload.
    let refusal = Err(Refusal::Trailing { kind: 4, bytes: 2 });
    assert_eq!(Order::read(&[4, 2, 0, 0, 0]), refusal);
    let mut frame = written(&start(ResetCause::PowerOn, &[]));
    frame.push(0);
    frame[1] += 1;
    assert_eq!(
        Order::read(&frame),
        Err(Refusal::Trailing { kind: 1, bytes: 1 })
    );
}

#[test]
fn unknown_kinds_and_lengths_are_refused() {
    for kind in (0..=u8::MAX).filter(|kind| !(1..=6).contains(kind)) {
        assert_eq!(Order::read(&[kind, 0, 0]), Err(Refusal::Kind { kind }));
    }
    let len = PAYLOAD_MAX + 1;
    let [low, high] = u16::try_from(len).unwrap().to_le_bytes();
    assert_eq!(
        frame_length(&[2, low, high]),
        Err(Refusal::TooLong { kind: 2, len })
    );
    assert_eq!(
        Order::read(&[2, low, high]),
        Err(Refusal::TooLong { kind: 2, len })
    );
    assert_eq!(frame_length(&[2, 0]), Ok(None));
}

fn damaged(frame: &[u8], at: usize, byte: u8) -> Refusal {
    let mut frame = frame.to_vec();
    frame[at] = byte;
    Order::read(&frame).unwrap_err()
}

#[test]
fn every_field_refuses_what_it_cannot_mean() {
    let field = |name, value| Refusal::Field { name, value };
    let frame = written(&start(ResetCause::PowerOn, &KEYS));
    assert_eq!(damaged(&frame, 11, 8), field("reset cause", 8));
    assert_eq!(damaged(&frame, 12, 4), field("start flags", 4));
    assert_eq!(damaged(&frame, 17, 3), field("number of keys", 3));
    let frame = written(&Order::Tick(tick(&[1, 2])));
    assert_eq!(damaged(&frame, 11, 0b1000), field("tick flags", 8));
    assert_eq!(damaged(&frame, 12, 0x40), field("levels", 0x40));
    assert_eq!(damaged(&frame, 58, 4), field("quadrant", 4));
    assert_eq!(damaged(&frame, 59, 3), field("tag reading", 3));
    assert_eq!(damaged(&frame, 71, 4), field("tag flags", 4));
    let waiting = frame.len() - 4;
    let mut few = frame;
    few[waiting..waiting + 2].copy_from_slice(&[1, 0]);
    assert_eq!(Order::read(&few), Err(field("number of waiting bytes", 1)));
    let frame = written(&Order::Flash(Flash::Refused(FlashRefusal::Misuse)));
    assert_eq!(damaged(&frame, 3, 5), field("flash result", 5));
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let mut room = [0; 8_192];
    let field = |name, value| Err(Refusal::Field { name, value });
    let many = [0; CARRIED_MAX + 1];
    let order = Order::Tick(tick(&many));
    assert_eq!(
        order.write(&mut room),
        field("number of carried bytes", 129)
    );
    let keys = [[0; 32]; 3];
    let order = start(ResetCause::PowerOn, &keys);
    assert_eq!(order.write(&mut room), field("number of keys", 3));
    let data = [0; DATA_MAX + 1];
    let order = Order::Flash(Flash::Done(&data));
    assert_eq!(
        order.write(&mut room),
        field("number of flash bytes", 4_097)
    );
    let frame = written(&Order::Tick(tick(&[1, 2, 3])));
    for length in 0..frame.len() {
        let order = Order::read(&frame).unwrap();
        assert_eq!(order.write(&mut room[..length]), Err(Refusal::NoRoom));
    }
}

/// Longer data and more carried bytes than allowed are refused although the frame is whole.
#[test]
fn what_is_too_much_is_refused_on_arrival() {
    let mut frame = written(&Order::Flash(Flash::Done(&[0; DATA_MAX])));
    frame.push(0);
    frame[1] += 1;
    let field = |name, value| Err(Refusal::Field { name, value });
    assert_eq!(Order::read(&frame), field("number of flash bytes", 4_097));
    let mut frame = written(&Order::Tick(tick(&[0; CARRIED_MAX])));
    frame.push(0);
    frame[1] += 1;
    assert_eq!(Order::read(&frame), field("number of carried bytes", 129));
}

#[test]
fn garbage_never_panics() {
    let mut state = 1_u32;
    for _ in 0..20_000 {
        let mut frame = [0; 96];
        for byte in &mut frame {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = state.to_le_bytes()[3];
        }
        frame[0] %= 8;
        frame[1] %= 94;
        frame[2] = 0;
        let length = HEADER + usize::from(frame[1]);
        let _ = Order::read(&frame[..length]);
    }
}
