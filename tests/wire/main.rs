//! A client written from `docs/protocol.md` alone, in plain byte arithmetic, that talks to the whole
//! pen: it tests the book. Nothing of the protocol's own crate is used here, nor the crates for COBS,
//! postcard and CRC that it is made of.

mod client;

use client::{Client, Reader, bytes_of, number, signed, text};

/// Kinds, from the book.
const HELLO: u8 = 0x01;
const INFO: u8 = 0x02;
const STATUS: u8 = 0x03;
const READ_PLAN: u8 = 0x05;
const READ_SESSION: u8 = 0x06;
const READ_TEMPERATURES: u8 = 0x0B;
const STOP: u8 = 0x10;
const LOAD_PLAN: u8 = 0x13;
const END_SESSION: u8 = 0x14;
const AUTHORISE: u8 = 0x15;
const RUN: u8 = 0x18;
const END_TERMINAL: u8 = 0x1D;
const SET_DAY: u8 = 0x1E;
const HELLO_REPLY: u8 = 0x81;
const INFO_REPLY: u8 = 0x82;
const STATUS_REPLY: u8 = 0x83;
const PLAN_REPLY: u8 = 0x85;
const SESSION_REPLY: u8 = 0x86;
const TEMPERATURES_REPLY: u8 = 0x8B;
const DONE: u8 = 0x90;
const REFUSED: u8 = 0x91;
const LINK_ERROR: u8 = 0x92;

/// The hash of version 1, from the book.
const SCHEMA: u64 = 0xAA10_1E8D;

fn hello(versions: (u8, u8), schema: u64) -> Vec<u8> {
    let name = text("byte client");
    [&[versions.0, versions.1][..], &number(schema), &name].concat()
}

/// A pen that has been greeted.
fn greeted() -> Client {
    let mut client = Client::at_a_new_pen(1);
    let (kind, _) = client.ask(HELLO, &hello((1, 1), SCHEMA));
    assert_eq!(kind, HELLO_REPLY);
    client
}

/// A plan of one zone.
fn plan(zone: u8, depth_um: i32) -> Vec<u8> {
    let zone = [
        &[1, zone][..],
        &signed(depth_um),
        &number(90_000),
        &number(60_000_000),
        &number(5_000),
        &[0],
    ]
    .concat();
    [
        &number(12)[..],
        &number(2_517),
        &number(7),
        &number(99),
        &number(0x0FFF),
        &[0, 0],
        &[0],
        &zone,
        &[0; 7],
    ]
    .concat()
}

#[test]
fn the_examples_of_the_book_are_what_this_client_makes_of_them() {
    assert_eq!(client::crc(b"123456789"), 0xCBF4_3926);
    let run = client::frame(1, 19, RUN, &number(80_000));
    assert_eq!(run, bytes_of("00 0b 01 13 18 80 f1 04 41 ef 8c 23 00"));
    let no_plan = bytes_of("04 01 06 85 05 c5 a8 81 db");
    assert_eq!(client::read(&no_plan), Some((1, 6, PLAN_REPLY, vec![0])));
    let refused = bytes_of("0e 01 0e 91 03 c0 0c dc 0b 04 1c 9b 1a e8");
    let (_, seq, kind, payload) = client::read(&refused).expect("whole");
    assert_eq!((seq, kind), (14, REFUSED));
    let mut reader = Reader(&payload);
    assert_eq!(reader.number(), 3);
    assert_eq!((reader.signed(), reader.signed()), (800, 750));
    assert_eq!(reader.number(), 4);
    assert!(reader.is_empty());
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md");
    let book = std::fs::read_to_string(book).expect("the book");
    for example in [
        "00 0b 01 13 18 80 f1 04 41 ef 8c 23 00",
        "00 04 01 06 85 05 c5 a8 81 db 00",
        "00 0e 01 0e 91 03 c0 0c dc 0b 04 1c 9b 1a e8 00",
        "0xAA101E8D",
    ] {
        assert!(book.contains(example), "{example}");
    }
}

#[test]
fn everything_but_stop_needs_a_hello_first() {
    let mut client = Client::at_a_new_pen(1);
    for kind in [INFO, STATUS, END_SESSION] {
        assert_eq!(client.ask(kind, &[]), (LINK_ERROR, vec![0]), "NoHello");
    }
    assert_eq!(client.ask(STOP, &[]), (DONE, vec![]));
    let (kind, payload) = client.ask(HELLO, &hello((1, 1), SCHEMA));
    assert_eq!(kind, HELLO_REPLY);
    let mut reader = Reader(&payload);
    assert_eq!((reader.byte(), reader.byte()), (1, 1));
    assert_eq!(reader.number(), SCHEMA);
    assert_eq!(reader.number(), client.serial());
    assert!(!reader.text().is_empty() && !reader.text().is_empty());
    assert_eq!(reader.byte(), 0, "not read-only");
    assert!(reader.is_empty());
}

#[test]
fn the_pen_describes_itself_as_the_tables_say() {
    let mut client = greeted();
    let (kind, payload) = client.ask(STATUS, &[]);
    assert_eq!(kind, STATUS_REPLY);
    let mut reader = Reader(&payload);
    let at_us = reader.number();
    assert!((900_000..1_200_000).contains(&at_us), "{at_us}");
    assert_eq!(reader.number(), 2, "Standby");
    assert_eq!(reader.number(), 0, "no locks");
    assert_eq!(reader.byte(), 0, "no fault");
    assert_eq!(reader.number(), 0, "nor later ones");
    assert_eq!(reader.number(), 0, "nothing is limiting");
    let depths: Vec<i32> = (0..3)
        .map(|_| {
            assert_eq!(reader.byte(), 1, "each channel has a depth");
            reader.signed()
        })
        .collect();
    assert_eq!(depths[2], depths[0].max(depths[1]), "the deeper one counts");
    let (kind, payload) = client.ask(INFO, &[]);
    assert_eq!(kind, INFO_REPLY);
    assert_eq!(Reader(&payload).number(), client.serial());
}

#[test]
fn the_pen_tells_how_warm_it_is_to_a_friend_and_to_a_stranger() {
    let mut client = Client::at_a_new_pen(3);
    let no_hello = (LINK_ERROR, vec![0]);
    assert_eq!(client.ask(READ_TEMPERATURES, &[]), no_hello);
    for schema in [SCHEMA, SCHEMA ^ 1] {
        let (kind, _) = client.ask(HELLO, &hello((1, 1), schema));
        assert_eq!(kind, HELLO_REPLY);
        let (kind, payload) = client.ask(READ_TEMPERATURES, &[]);
        assert_eq!(kind, TEMPERATURES_REPLY);
        let mut reader = Reader(&payload);
        let at_us = reader.number();
        assert!((900_000..1_500_000).contains(&at_us), "{at_us}");
        // A room of 20 to 30 degC, and a winding that is taken to be 15 K warmer after a start.
        assert_eq!(reader.byte(), 1, "the thermistor is valid");
        let thermistor = reader.signed();
        assert!((150..350).contains(&thermistor), "{thermistor}");
        assert_eq!(reader.byte(), 1, "the grip is known");
        let grip = reader.signed();
        assert!((thermistor - 5..360).contains(&grip), "{grip}");
        assert_eq!(reader.byte(), 1, "the winding is known");
        let winding = reader.signed();
        assert!((grip..grip + 160).contains(&winding), "{winding}");
        assert_eq!(reader.byte(), 0, "nothing has to cool");
        let limits = [(); 4].map(|()| reader.signed());
        assert_eq!(limits, [410, 430, 900, 1_000]);
        assert!(reader.is_empty());
    }
}

#[test]
fn a_plan_made_of_bytes_comes_into_force() {
    let mut client = greeted();
    assert_eq!(client.ask(READ_PLAN, &[]), (PLAN_REPLY, vec![0]));
    let cheek = plan(6, 900);
    assert_eq!(client.ask(LOAD_PLAN, &cheek), (DONE, vec![]));
    let in_force = [&[1][..], &cheek].concat();
    assert_eq!(client.ask(READ_PLAN, &[]), (PLAN_REPLY, in_force.clone()));
    // 2.4 mm on the forehead: TooDeep, and the plan before stays.
    let (kind, payload) = client.ask(LOAD_PLAN, &plan(0, 2_400));
    let mut reader = Reader(&payload);
    assert_eq!((kind, reader.number()), (REFUSED, 3));
    assert_eq!(reader.signed(), 2_400);
    assert!(reader.signed() < 2_400);
    assert_eq!(client.ask(READ_PLAN, &[]), (PLAN_REPLY, in_force));
}

/// The last day that the pen has seen.
fn day_seen(client: &mut Client) -> u64 {
    let (kind, payload) = client.ask(READ_SESSION, &[]);
    assert_eq!(kind, SESSION_REPLY);
    let mut reader = Reader(&payload);
    let _session = reader.number();
    let _open = reader.byte();
    let (_plan, _sum, _token) = (reader.number(), reader.number(), reader.number());
    reader.number()
}

#[test]
fn link_003_a_technician_at_the_pen_sets_the_day_and_ends_a_terminal_fault() {
    // Fault 12 is `DriveStuck`.
    let end = [12];
    let mut client = greeted();
    for (kind, payload) in [(END_TERMINAL, end.to_vec()), (SET_DAY, number(2_517))] {
        let role = (REFUSED, vec![1, 1, 2]);
        assert_eq!(client.ask(kind, &payload), role, "Role");
    }
    assert_eq!(client.ask(AUTHORISE, &[2]), (REFUSED, vec![37]));
    client.hold_ok(true);
    client.wait_ms(50);
    assert_eq!(client.ask(AUTHORISE, &[2]), (DONE, vec![]));
    let (kind, payload) = client.ask(SET_DAY, &number(2_499));
    let mut reader = Reader(&payload);
    assert_eq!((kind, reader.number()), (REFUSED, 20), "ClockWentBack");
    assert_eq!((reader.number(), reader.number()), (2_499, 2_500));
    assert_eq!(client.ask(SET_DAY, &number(2_517)), (DONE, vec![]));
    assert_eq!(day_seen(&mut client), 2_517);
    let (kind, payload) = client.ask(SET_DAY, &number(2_900));
    let mut reader = Reader(&payload);
    assert_eq!((kind, reader.number()), (REFUSED, 43), "DayFarAhead");
    assert_eq!((reader.number(), reader.number()), (2_900, 2_500));
    assert!(reader.is_empty());
    assert_eq!(day_seen(&mut client), 2_517);
    client.wait_ms(2_100);
    assert_eq!(client.ask(SET_DAY, &number(2_900)), (DONE, vec![]));
    assert_eq!(day_seen(&mut client), 2_900);
    assert_eq!(
        client.ask(END_TERMINAL, &end),
        (REFUSED, vec![36]),
        "NoFault"
    );
}

#[test]
fn link_006_the_same_bytes_again_get_the_same_answer_and_no_second_effect() {
    let mut client = greeted();
    let load = client.next_frame(LOAD_PLAN, &plan(6, 900));
    let first = client.ask_bytes(&load);
    assert_eq!(first, (DONE, vec![]));
    // Ended meanwhile: a second effect would bring the plan back.
    assert_eq!(client.ask(END_SESSION, &[]), (DONE, vec![]));
    assert_eq!(client.ask_bytes(&load), first);
    assert_eq!(client.ask(READ_PLAN, &[]), (PLAN_REPLY, vec![0]));
}

#[test]
fn link_007_a_newer_host_or_another_schema_may_read_and_stop_only() {
    for (versions, schema) in [((2, 9), SCHEMA), ((1, 1), SCHEMA ^ 1), ((2, 2), 7)] {
        let mut client = Client::at_a_new_pen(2);
        let (kind, payload) = client.ask(HELLO, &hello(versions, schema));
        assert_eq!(kind, HELLO_REPLY, "{versions:?}");
        assert_eq!(payload.last(), Some(&1), "read-only");
        assert_eq!(payload[..2], [1, 1], "the versions that the pen speaks");
        assert_eq!(client.ask(STATUS, &[]).0, STATUS_REPLY);
        assert_eq!(client.ask(INFO, &[]).0, INFO_REPLY);
        for (kind, payload) in [(LOAD_PLAN, plan(6, 900)), (END_SESSION, vec![])] {
            assert_eq!(
                client.ask(kind, &payload),
                (LINK_ERROR, vec![1]),
                "ReadOnly"
            );
        }
        assert_eq!(client.ask(STOP, &[]), (DONE, vec![]));
        assert_eq!(client.ask(READ_PLAN, &[]), (PLAN_REPLY, vec![0]));
    }
}

#[test]
fn link_007_a_frame_in_another_version_is_told_which_are_spoken() {
    let mut client = greeted();
    let newer = client::frame(2, 200, STATUS, &[]);
    assert_eq!(client.ask_bytes(&newer), (LINK_ERROR, vec![2, 1, 1]));
    assert_eq!(client.ask(STATUS, &[]).0, STATUS_REPLY);
}

#[test]
fn link_001_each_frame_that_cannot_be_read_is_named() {
    let mut client = greeted();
    assert_eq!(client.ask(0x0F, &[]), (LINK_ERROR, vec![3, 0x0F]));
    assert_eq!(client.ask(RUN, &[]), (LINK_ERROR, vec![4, RUN]));
    assert_eq!(
        client.ask(STATUS, &[1, 2, 3]),
        (LINK_ERROR, vec![5, STATUS, 3])
    );
    // A number has one encoding: 1 as 81 00 is no number.
    assert_eq!(client.ask(RUN, &[0x81, 0x00]), (LINK_ERROR, vec![4, RUN]));
    let mut changed = client::frame(1, 77, STATUS, &[]);
    changed[3] ^= 0x40;
    assert_eq!(client.try_bytes(&changed), None, "a wrong CRC is no frame");
}

#[test]
fn link_009_the_frame_behind_any_damage_is_answered() {
    let good = client::frame(1, 60, STATUS, &[]);
    for place in 0..good.len() {
        for change in [0x01, 0x80, 0xFF] {
            // Eight bad frames would lock the link: a new pen for each.
            let mut client = greeted();
            let mut damaged = good.clone();
            damaged[place] ^= change;
            client.send(&damaged);
            let (kind, _) = client.ask(STATUS, &[]);
            assert_eq!(kind, STATUS_REPLY, "byte {place} ^ {change:#x}");
        }
        let mut client = greeted();
        client.send(&good[..place]);
        assert_eq!(client.ask(STATUS, &[]).0, STATUS_REPLY, "cut at {place}");
    }
}

#[test]
fn link_001_eight_bad_frames_lock_the_link_but_not_stop() {
    let mut client = greeted();
    for _ in 0..8 {
        let mut bad = client.next_frame(STATUS, &[]);
        let place = bad.len() - 2;
        bad[place] ^= 0x55;
        assert_eq!(client.try_bytes(&bad), None);
    }
    let (kind, payload) = client.ask(STATUS, &[]);
    let mut reader = Reader(&payload);
    assert_eq!((kind, reader.number()), (LINK_ERROR, 6), "Locked");
    let left_ms = reader.number();
    assert!((8_000..=10_000).contains(&left_ms), "{left_ms} ms");
    assert_eq!(client.ask(STOP, &[]), (DONE, vec![]));
    // The pen's clock may be wrong by 3 %.
    client.wait_ms(left_ms + 300);
    assert_eq!(client.ask(STATUS, &[]).0, STATUS_REPLY);
}
