//! Whatever happens to a frame on its way, it arrives whole or not at all, and the next one arrives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use pen_core::calibration::{Calibration, Knot, Table};
use pen_core::fault::Fault;
use pen_core::plan::{OverrideReason, Plan, Screening, Zone, ZonePlan};
use pen_core::request::{Refusal, Role};
use pen_core::units::{Depth, Duration, Rate, Strokes};
use pen_protocol::frame::{Decoder, FRAME_MAX, FrameError, PAYLOAD_MAX, encode};
use pen_protocol::messages::{
    Authorise, Commit, EndTerminal, Hello, JournalName, LinkError, Message, ReadJournal, Run,
    SetDay, SignOff, Telemetry, ToHost, ToPen,
};
use pen_protocol::text::Text;
use pen_protocol::{WireError, crc32, from_bytes, to_bytes};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq};
use proptest::sample::{Index, select};
use proptest::{prop_oneof, proptest};

fn zone_plan() -> impl Strategy<Value = ZonePlan> {
    let reasons = select(vec![
        OverrideReason::PhysicianOrder,
        OverrideReason::PublishedProtocol,
        OverrideReason::ThickScar,
    ]);
    let numbers = (any::<i32>(), any::<u32>(), any::<u32>(), any::<u32>());
    (select(Zone::ALL.to_vec()), numbers, option::of(reasons)).prop_map(
        |(zone, (depth, rate, time, strokes), override_reason)| ZonePlan {
            zone,
            depth: Depth::from_um(depth),
            rate: Rate::from_mhz(rate),
            time: Duration::from_us(time),
            strokes: Strokes::from_count(strokes),
            override_reason,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let head = (
        any::<u32>(),
        any::<u16>(),
        any::<u32>(),
        any::<u64>(),
        option::of(any::<i32>()),
    );
    let screening = (any::<u16>(), any::<u16>(), any::<u16>());
    let zones = vec(option::of(zone_plan()), 8);
    (head, screening, zones).prop_map(
        |((id, day, operator, token, cap), (answered, positive, cleared), zones)| Plan {
            id,
            day,
            operator,
            token,
            screening: Screening {
                answered,
                positive,
                cleared,
            },
            operator_cap: cap.map(Depth::from_um),
            zones: zones.try_into().unwrap(),
        },
    )
}

fn table() -> impl Strategy<Value = Table> {
    let knot = (any::<u16>(), any::<i32>()).prop_map(|(counts, um)| Knot {
        counts,
        depth: Depth::from_um(um),
    });
    vec(option::of(knot), 11).prop_map(|knots| Table {
        knots: knots.try_into().unwrap(),
    })
}

fn calibration() -> impl Strategy<Value = Calibration> {
    let head = (
        any::<u64>(),
        any::<u32>(),
        any::<u32>(),
        any::<u16>(),
        any::<u16>(),
        any::<i32>(),
    );
    (head, table(), table()).prop_map(
        |((serial, generation, technician, made_day, due_day, clock_ppm), a, b)| Calibration {
            serial,
            generation,
            technician,
            made_day,
            due_day,
            clock_ppm,
            a,
            b,
        },
    )
}

fn to_pen() -> impl Strategy<Value = ToPen> {
    let hello = (any::<u8>(), any::<u8>(), any::<u32>(), "[ -~]{0,24}").prop_map(
        |(version_min, version_max, schema, client)| {
            let client = Text::new(&client).unwrap();
            ToPen::Hello(Hello {
                version_min,
                version_max,
                schema,
                client,
            })
        },
    );
    let roles = vec![
        Role::Observer,
        Role::Operator,
        Role::Technician,
        Role::Maker,
    ];
    let page = (any::<bool>(), any::<u32>(), any::<u8>()).prop_map(|(faults, from, max)| {
        let journal = if faults {
            JournalName::Faults
        } else {
            JournalName::Routine
        };
        ToPen::ReadJournal(ReadJournal { journal, from, max })
    });
    prop_oneof![
        select(vec![
            ToPen::Info,
            ToPen::Status,
            ToPen::Stop,
            ToPen::Heartbeat,
            ToPen::Revert,
            ToPen::EndTerminal(EndTerminal {
                fault: Fault::DriveStuck
            })
        ]),
        hello,
        page,
        select(roles).prop_map(|role| ToPen::Authorise(Authorise { role })),
        any::<u16>().prop_map(|day| ToPen::SetDay(SetDay { day })),
        any::<u32>().prop_map(|generation| ToPen::SignOff(SignOff { generation })),
        any::<u32>().prop_map(|rate| ToPen::Run(Run {
            rate: Rate::from_mhz(rate)
        })),
        any::<u32>().prop_map(|digest| ToPen::Commit(Commit { digest })),
        any::<u16>().prop_map(|period_ms| ToPen::Telemetry(Telemetry { period_ms })),
        plan().prop_map(ToPen::LoadPlan),
        calibration().prop_map(ToPen::Stage),
    ]
}

fn frame(seq: u8, message: &impl Message) -> Vec<u8> {
    let mut buffer = [0; FRAME_MAX];
    encode(seq, message, &mut buffer).unwrap().to_vec()
}

/// What arrives when these bytes do.
fn receive(bytes: &[u8]) -> Vec<Result<(u8, ToPen), FrameError>> {
    let mut decoder = Decoder::new();
    let mut all = Vec::new();
    for byte in bytes {
        if let Some(outcome) = decoder.push(*byte) {
            all.push(outcome.and_then(|it| Ok((it.seq, it.message::<ToPen>()?))));
        }
    }
    all
}

fn arrived(bytes: &[u8]) -> Vec<(u8, ToPen)> {
    receive(bytes).into_iter().flatten().collect()
}

const NEXT: (u8, ToPen) = (200, ToPen::Status);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn link_001_every_message_comes_back_as_it_was(seq: u8, message in to_pen()) {
        let bytes = frame(seq, &message);
        prop_assert!(bytes.len() <= FRAME_MAX);
        prop_assert!(bytes[1..bytes.len() - 1].iter().all(|byte| *byte != 0));
        prop_assert_eq!(receive(&bytes), vec![Ok((seq, message))]);
    }

    #[test]
    fn link_001_every_changed_byte_is_noticed(seq: u8, message in to_pen(), flips in 1_u8..) {
        let whole = frame(seq, &message);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= flips;
            bytes.extend(frame(NEXT.0, &NEXT.1));
            prop_assert_eq!(arrived(&bytes), vec![NEXT], "byte {}", at);
        }
    }

    #[test]
    fn link_001_every_missing_byte_is_noticed(seq: u8, message in to_pen()) {
        let whole = frame(seq, &message);
        // Without the first zero a frame at the start of a stream is still whole; so it is with
        // one zero between two frames instead of two.
        for at in 1..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes.remove(at);
            bytes.extend(frame(NEXT.0, &NEXT.1));
            prop_assert_eq!(arrived(&bytes), vec![NEXT], "byte {}", at);
        }
    }

    #[test]
    fn link_001_every_cut_is_noticed(seq: u8, message in to_pen()) {
        let whole = frame(seq, &message);
        for len in 0..whole.len() - 1 {
            let mut bytes = whole[..len].to_vec();
            prop_assert_eq!(arrived(&bytes), vec![]);
            bytes.extend(frame(NEXT.0, &NEXT.1));
            prop_assert_eq!(arrived(&bytes), vec![NEXT], "{} bytes", len);
        }
    }

    #[test]
    fn link_001_every_inserted_byte_is_noticed(seq: u8, message in to_pen(), more: u8) {
        let whole = frame(seq, &message);
        for at in 1..whole.len() {
            let mut bytes = whole.clone();
            bytes.insert(at, more);
            bytes.extend(frame(NEXT.0, &NEXT.1));
            let arrived = arrived(&bytes);
            // A zero more before or behind a frame means nothing.
            let harmless = more == 0 && (at == 1 || at == whole.len() - 1);
            if harmless {
                prop_assert_eq!(arrived, vec![(seq, message), NEXT]);
            } else {
                prop_assert_eq!(arrived, vec![NEXT], "byte {}", at);
            }
        }
    }

    #[test]
    fn link_009_the_next_intact_frame_arrives_after_any_noise(
        noise in vec(any::<u8>(), 0..2_000),
        message in to_pen(),
    ) {
        let mut bytes = noise;
        bytes.extend(frame(7, &message));
        prop_assert_eq!(receive(&bytes).pop(), Some(Ok((7, message))));
    }

    #[test]
    fn link_009_a_frame_cut_into_another_does_not_take_it_along(
        first in to_pen(),
        at: Index,
        second in to_pen(),
    ) {
        let whole = frame(1, &first);
        let mut bytes = whole[..at.index(whole.len() - 1)].to_vec();
        bytes.extend(frame(2, &second));
        prop_assert_eq!(arrived(&bytes), vec![(2, second)]);
    }

    #[test]
    fn link_001_trailing_bytes_are_refused(message in to_pen(), more in vec(any::<u8>(), 1..8)) {
        let kind = message.kind();
        let mut payload = payload_of(&message);
        payload.extend(&more);
        let outcome = ToPen::read(kind, &payload).unwrap();
        prop_assert_eq!(outcome, Err(WireError::Trailing { bytes: more.len() }));
    }

    #[test]
    fn link_001_a_short_payload_is_refused(message in to_pen()) {
        let payload = payload_of(&message);
        for len in 0..payload.len() {
            let outcome = ToPen::read(message.kind(), &payload[..len]).unwrap();
            prop_assert_eq!(outcome, Err(WireError::Malformed), "{} bytes", len);
        }
    }

    #[test]
    fn link_001_whatever_is_read_has_no_other_encoding(
        kind in select(ToPen::KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>()),
        payload in vec(prop_oneof![Just(0_u8), Just(1), Just(0x80), any::<u8>()], 0..60),
    ) {
        if let Some(Ok(message)) = ToPen::read(kind, &payload) {
            prop_assert_eq!(payload_of(&message), payload);
        }
    }

    #[test]
    fn link_001_no_bytes_make_the_decoder_hold_more_than_a_frame(
        bytes in vec(any::<u8>(), 0..4_000),
    ) {
        let mut decoder = Decoder::new();
        for byte in bytes {
            if let Some(Ok(frame)) = decoder.push(byte) {
                prop_assert!(frame.payload.len() <= PAYLOAD_MAX);
            }
        }
    }
}

/// The payload inside a message's frame.
fn payload_of(message: &ToPen) -> Vec<u8> {
    let bytes = frame(0, message);
    let mut decoder = Decoder::new();
    for byte in bytes {
        if let Some(frame) = decoder.push(byte) {
            return frame.unwrap().payload.to_vec();
        }
    }
    panic!("no frame");
}

/// A frame made by hand, so that every field can be wrong.
fn by_hand(version: u8, kind: u8, payload: &[u8], crc_flip: u32) -> Vec<u8> {
    let mut body = vec![version, 9, kind];
    body.extend(payload);
    body.extend((crc32(&body) ^ crc_flip).to_le_bytes());
    let mut bytes = vec![0; cobs::max_encoding_length(body.len()) + 1];
    let len = cobs::encode(&body, &mut bytes);
    bytes.truncate(len);
    bytes.push(0);
    bytes
}

#[test]
fn link_001_each_defect_has_its_name() {
    let only = |bytes: &[u8]| {
        let mut all = receive(bytes);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    };
    assert_eq!(only(&by_hand(1, 0x03, &[], 0)), Ok((9, ToPen::Status)));
    let crc = crc32(&[1, 9, 3]);
    assert_eq!(
        only(&by_hand(1, 0x03, &[], 1)),
        Err(FrameError::BadCrc {
            computed: crc,
            received: crc ^ 1
        })
    );
    assert_eq!(
        only(&by_hand(2, 0x03, &[], 0)),
        Err(FrameError::BadVersion { version: 2, seq: 9 })
    );
    for kind in 0..=u8::MAX {
        if ToPen::KINDS.iter().all(|(known, _)| *known != kind) {
            assert_eq!(
                only(&by_hand(1, kind, &[], 0)),
                Err(FrameError::UnknownKind { kind })
            );
        }
    }
    let trailing = FrameError::TrailingBytes {
        kind: 0x03,
        bytes: 1,
    };
    assert_eq!(only(&by_hand(1, 0x03, &[0], 0)), Err(trailing));
    assert_eq!(
        only(&by_hand(1, 0x15, &[4], 0)),
        Err(FrameError::BadPayload { kind: 0x15 })
    );
    // 80 Hz is 80 f1 04; the same number with a needless byte is no message.
    let run = ToPen::Run(Run {
        rate: Rate::from_hz(80),
    });
    assert_eq!(
        only(&by_hand(1, 0x18, &[0x80, 0xF1, 0x04], 0)),
        Ok((9, run))
    );
    let long = by_hand(1, 0x18, &[0x80, 0xF1, 0x84, 0x00], 0);
    assert_eq!(only(&long), Err(FrameError::BadPayload { kind: 0x18 }));
    assert_eq!(only(&[0x05, 1, 0]), Err(FrameError::BadCobs));
    assert_eq!(only(&[0x03, 1, 1, 0]), Err(FrameError::TooShort { len: 2 }));
    assert_eq!(only(&[1; 600]), Err(FrameError::TooLong));
}

#[test]
fn link_001_a_frame_of_the_largest_size_passes_and_one_byte_more_does_not() {
    let largest = by_hand(1, 0x03, &[7; PAYLOAD_MAX], 0);
    assert!(largest.len() < FRAME_MAX);
    let bytes = PAYLOAD_MAX;
    let trailing = FrameError::TrailingBytes { kind: 0x03, bytes };
    assert_eq!(receive(&largest), vec![Err(trailing)]);
    let larger = by_hand(1, 0x03, &[7; PAYLOAD_MAX + 1], 0);
    assert_eq!(receive(&larger), vec![Err(FrameError::TooLong)]);
}

#[test]
fn link_009_nothing_is_read_out_of_the_rest_of_a_frame_that_is_too_long() {
    // Whatever stands behind the last byte that fits: a whole frame is only read after a zero.
    let hidden = frame(5, &ToPen::Heartbeat);
    let (zero, hidden) = hidden.split_first().unwrap();
    assert_eq!(*zero, 0);
    let next = frame(NEXT.0, &NEXT.1);
    for len in FRAME_MAX..3 * FRAME_MAX {
        // Ones are empty groups; 255 and what follows are the longest; both without a zero.
        for filler in [1, 255] {
            let mut bytes = vec![filler; len];
            bytes.extend(hidden);
            bytes.extend(&next);
            let expected = vec![Err(FrameError::TooLong), Ok(NEXT)];
            assert_eq!(receive(&bytes), expected, "{len} times {filler}");
        }
    }
}

#[test]
fn link_009_a_decoder_that_is_reset_reads_the_next_frame_whatever_was_before() {
    let begun: [&[u8]; 4] = [&[], &[5, 1, 2], &[255; 40], &[1; 2 * FRAME_MAX]];
    for bytes in begun {
        let mut decoder = Decoder::new();
        for byte in bytes {
            let _ = decoder.push(*byte);
        }
        decoder.reset();
        // Its first zero may have gone with what was forgotten.
        let whole = frame(NEXT.0, &NEXT.1);
        let mut seen = None;
        for byte in whole.into_iter().skip(1) {
            if let Some(outcome) = decoder.push(byte) {
                let read = outcome.unwrap();
                seen = Some((read.seq, read.message::<ToPen>().unwrap()));
            }
        }
        assert_eq!(seen, Some(NEXT), "{} bytes before", bytes.len());
    }
}

#[test]
fn link_001_a_buffer_that_is_too_small_is_an_error() {
    let message = ToHost::Refused(Refusal::NoPlan);
    let whole = frame(3, &message);
    for len in 0..whole.len() {
        let mut buffer = vec![0; len];
        assert_eq!(
            encode(3, &message, &mut buffer),
            Err(FrameError::NoRoom),
            "{len} bytes"
        );
    }
    let mut buffer = vec![0; whole.len()];
    assert_eq!(encode(3, &message, &mut buffer), Ok(&whole[..]));
}

#[test]
fn link_001_text_is_short_and_printable() {
    assert_eq!(Text::<3>::new("abc").unwrap().as_str(), "abc");
    assert_eq!(Text::<3>::new("abcd"), None);
    assert_eq!(Text::<3>::new("a\x1b"), None);
    assert_eq!(Text::<3>::new("\u{e9}"), None);
    let mut buffer = [0; 8];
    assert_eq!(
        to_bytes(&Text::<3>::new("ab").unwrap(), &mut buffer),
        Ok(&[2, b'a', b'b'][..])
    );
    assert_eq!(from_bytes::<Text<3>>(&[1, 0x1B]), Err(WireError::Malformed));
    assert_eq!(
        from_bytes::<Text<1>>(&[2, b'a', b'b']),
        Err(WireError::Malformed)
    );
}

#[test]
fn link_003_reading_and_changing_are_told_apart_by_the_kind() {
    let reads = [
        ToPen::Info,
        ToPen::Status,
        ToPen::Limits,
        ToPen::ReadPlan,
        ToPen::ReadFaults,
    ];
    assert!(
        reads
            .iter()
            .all(|message| !message.changes() && message.kind() < 0x10)
    );
    let changes = [
        ToPen::Stop,
        ToPen::Heartbeat,
        ToPen::EndSession,
        ToPen::Revert,
        ToPen::EndTerminal(EndTerminal {
            fault: Fault::LimitCorrupt,
        }),
        ToPen::SetDay(SetDay { day: 2_517 }),
        ToPen::SignOff(SignOff { generation: 2 }),
    ];
    assert!(
        changes
            .iter()
            .all(|message| message.changes() && message.kind() >= 0x10)
    );
    let error = ToHost::LinkError(LinkError::ReadOnly);
    assert_eq!(error.kind(), 0x92);
}
