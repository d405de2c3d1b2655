//! The link: who is heard, what is refused, what is answered twice.

use super::*;

#[test]
fn link_007_a_stranger_reads_and_stops_and_changes_nothing() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask(ToPen::Status), link_error(LinkError::NoHello));
    assert_eq!(bench.ask(ToPen::EndSession), link_error(LinkError::NoHello));
    assert_eq!(bench.ask(ToPen::Stop), ToHost::Done);
    assert!(bench.greet(SCHEMA_HASH ^ 1));
    assert!(matches!(bench.ask(ToPen::Status), ToHost::StatusReply(_)));
    assert!(matches!(bench.ask(ToPen::Limits), ToHost::LimitsReply(_)));
    assert_eq!(
        bench.ask(ToPen::EndSession),
        link_error(LinkError::ReadOnly)
    );
    assert_eq!(bench.ask(ToPen::Heartbeat), link_error(LinkError::ReadOnly));
    assert_eq!(bench.ask(ToPen::Stop), ToHost::Done);
    assert!(!bench.greet(SCHEMA_HASH));
    assert_eq!(bench.ask(ToPen::Heartbeat), ToHost::Done);
    assert_eq!(bench.ask(ToPen::EndSession), refused(Refusal::NoPlan));
}

#[test]
fn link_001_bad_frames_lock_the_link_for_all_but_stop() {
    let mut bench = Bench::new();
    bench.hello();
    for _ in 0..8 {
        bench.say(&[0, 9, 9, 9, 0]);
    }
    bench.run(20);
    let locked = |reply| match reply {
        ToHost::LinkError(LinkError::Locked { left_ms }) => left_ms,
        other => panic!("{other:?}"),
    };
    let status = bench.ask(ToPen::Status);
    assert!(locked(status) > 9_900);
    assert_eq!(bench.ask(ToPen::Stop), ToHost::Done);
    bench.run(9_900);
    let left = bench.ask(ToPen::Status);
    assert!(locked(left) < 100);
    bench.run(100);
    assert!(matches!(bench.ask(ToPen::Status), ToHost::StatusReply(_)));
    let counters = *bench.host.counters();
    assert_eq!(
        (counters.bad_cobs, counters.locks, counters.while_locked),
        (8, 1, 2)
    );
    assert!(
        bench
            .records(JournalName::Routine)
            .contains(&Record::LinkLocked { errors: 8 })
    );
}

#[test]
fn link_001_frames_that_cannot_be_read_are_named() {
    let mut bench = Bench::new();
    bench.hello();
    let mut whole = Bench::frame(
        77,
        &ToPen::Run(Run {
            rate: Rate::from_hz(80),
        }),
    );
    // Another kind with this payload, made whole again by hand.
    let body = [1, 77, 0x15, 0x80, 0xF1, 0x04];
    let mut stuffed = vec![0_u8; 16];
    let crc = pen_protocol::crc32(&body).to_le_bytes();
    let body: Vec<u8> = body.iter().chain(&crc).copied().collect();
    let mut at = 0;
    // COBS by hand: the body has no zero byte but perhaps in its CRC.
    stuffed.clear();
    for run in body.split(|byte| *byte == 0) {
        stuffed.push(u8::try_from(run.len() + 1).unwrap());
        stuffed.extend(run);
        at += run.len() + 1;
    }
    assert_eq!(at, body.len() + 1);
    whole.extend(&stuffed);
    whole.push(0);
    bench.say(&whole);
    bench.run(10);
    let heard = bench.heard();
    assert_eq!(
        heard[0].1,
        refused(Refusal::Role {
            asked: Role::Operator,
            needed: Role::Technician
        })
    );
    assert_eq!(
        heard[1],
        (77, link_error(LinkError::BadPayload { kind: 0x15 }))
    );
}

#[test]
fn link_006_a_repeated_request_has_no_second_effect() {
    let mut bench = Bench::new();
    bench.hello();
    let why = refused(Refusal::NoFault);
    for _ in 0..5 {
        assert_eq!(bench.ask_as(200, ToPen::Acknowledge), why);
    }
    assert_eq!(bench.host.counters().repeats, 4);
    bench.run(20);
    let count = |bench: &mut Bench| {
        let records = bench.records(JournalName::Routine);
        records
            .iter()
            .filter(|record| matches!(record, Record::Refused { .. }))
            .count()
    };
    assert_eq!(count(&mut bench), 1);
    assert_eq!(bench.ask_as(201, ToPen::Acknowledge), why);
    bench.run(20);
    assert_eq!(count(&mut bench), 2);
}

#[test]
fn link_005_a_role_needs_a_hand_on_the_pen_and_ends_with_the_connection() {
    let mut bench = Bench::new();
    bench.hello().run(500);
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(bench.ask(technician), refused(Refusal::NobodyAtThePen));
    bench.inputs.buttons.ok = true;
    bench.run(100);
    assert_eq!(bench.ask(technician), ToHost::Done);
    assert_eq!(bench.host.role(), Role::Technician);
    bench.hello();
    assert_eq!(bench.host.role(), Role::Operator);
    assert_eq!(bench.ask(technician), ToHost::Done);
    bench.inputs.vbus = false;
    bench.run(1);
    assert_eq!(bench.host.role(), Role::Operator);
    bench.run(20);
    let changes: Vec<Record> = bench
        .records(JournalName::Faults)
        .into_iter()
        .filter(|record| matches!(record, Record::RoleChanged { .. }))
        .collect();
    let to = |role| Record::RoleChanged { role };
    let expected = [
        Role::Technician,
        Role::Operator,
        Role::Technician,
        Role::Operator,
    ]
    .map(to);
    assert_eq!(changes, expected);
}

#[test]
fn link_003_setters_need_their_role() {
    let mut bench = Bench::new();
    bench.hello();
    let needs = refused(Refusal::Role {
        asked: Role::Operator,
        needed: Role::Technician,
    });
    let calibration = examples::calibration(SERIAL, 2);
    for message in [
        ToPen::EnterService,
        ToPen::LeaveService,
        ToPen::Run(Run {
            rate: Rate::from_hz(60),
        }),
        ToPen::Stage(calibration),
        ToPen::Commit(Commit { digest: 1 }),
        ToPen::Discard,
        ToPen::Revert,
        ToPen::EndTerminal(EndTerminal {
            fault: Fault::DriveStuck,
        }),
        ToPen::SetDay(SetDay { day: 2_517 }),
    ] {
        assert_eq!(bench.ask(message), needs, "{message:?}");
    }
}

#[test]
fn link_002_nothing_waits_for_a_host_that_does_not_read() {
    let mut bench = Bench::new();
    bench.hello();
    assert_eq!(
        bench.ask(ToPen::Telemetry(Telemetry { period_ms: 1 })),
        ToHost::Done
    );
    *bench.wire.stuck.borrow_mut() = true;
    for _ in 0..40 {
        bench.say(&Bench::frame(9, &ToPen::Limits));
    }
    bench.run(200);
    bench.say(&Bench::frame(10, &ToPen::Stop));
    let before = bench.host.counters().frames;
    bench.run(5);
    assert_eq!(bench.host.counters().frames, before + 1);
    assert!(bench.host.counters().telemetry_dropped > 100);
    assert!(bench.host.counters().replies_dropped > 10);
    *bench.wire.stuck.borrow_mut() = false;
    bench.run(100);
    let heard = bench.heard();
    let frames = heard
        .iter()
        .filter(|(_, it)| matches!(it, ToHost::TelemetryFrame(_)))
        .count();
    assert!(frames > 10);
    assert_eq!(
        bench.ask(ToPen::Telemetry(Telemetry { period_ms: 0 })),
        ToHost::Done
    );
    bench.run(30);
    let _ = bench.heard();
    bench.run(50);
    assert_eq!(bench.heard(), []);
}

#[test]
fn link_002_the_stream_keeps_its_period_and_numbers_its_frames() {
    let mut bench = Bench::new();
    bench.hello();
    let period_ms = 10;
    let wanted = ToPen::Telemetry(Telemetry { period_ms });
    assert_eq!(bench.ask(wanted), ToHost::Done);
    let mut came = Vec::new();
    for ms in 1..=55_u32 {
        bench.run(1);
        for (seq, message) in bench.heard() {
            let ToHost::TelemetryFrame(frame) = message else {
                panic!("{message:?}");
            };
            assert_eq!(frame.dropped, 0);
            came.push((ms, seq));
        }
    }
    // What a frame takes on the wire comes on top of each.
    let wire = came[0].0 - 10;
    assert!(wire < 4, "{came:?}");
    let expected = [(10, 0), (20, 1), (30, 2), (40, 3), (50, 4)];
    assert_eq!(came, expected.map(|(ms, seq)| (ms + wire, seq)));
    let counters = bench.host.counters();
    assert_eq!(
        (counters.replies_dropped, counters.telemetry_dropped),
        (0, 0)
    );
}

#[test]
fn stop_007_a_pen_starts_in_boot_and_answers() {
    let mut bench = Bench::new();
    bench.hello();
    match bench.ask(ToPen::Info) {
        ToHost::InfoReply(info) => {
            assert_eq!(info.serial, SERIAL);
            assert_eq!(info.role, Role::Operator);
            assert_eq!(info.storage, *bench.host.keeper().state());
        }
        other => panic!("{other:?}"),
    }
    assert_ne!(bench.core.pen.status().mode, Mode::Treating);
}

/// What the pen tells of its temperatures.
fn told(bench: &mut Bench) -> Temperatures {
    match bench.ask(ToPen::ReadTemperatures) {
        ToHost::TemperaturesReply(told) => told,
        other => panic!("{other:?}"),
    }
}

const fn tenths(tenths: i32) -> Temperature {
    Temperature::from_decicelsius(tenths)
}

#[test]
fn pwr_004_temperatures_are_told_as_the_core_has_them() {
    let mut bench = Bench::new();
    bench.hello();
    let first = told(&mut bench);
    assert_eq!(first, bench.core.pen.temperatures());
    // 25 degC in the grip; the winding is taken to be 15 K warmer after a start, and cools.
    assert_eq!(first.thermistor, Some(tenths(250)));
    assert_eq!(first.grip, Some(tenths(250)));
    let winding = first.winding.unwrap();
    assert!(
        (tenths(395)..=tenths(400)).contains(&winding),
        "{winding:?}"
    );
    assert!(!first.must_cool);
    assert_eq!(
        [
            first.grip_warm,
            first.grip_stop,
            first.winding_cool,
            first.winding_stop
        ],
        [410, 430, 900, 1_000].map(tenths)
    );
    // 43 degC and more: too warm to go on, until it is below 41 degC again.
    bench.inputs.grip.counts = 1_300;
    bench.run(500);
    let hot = told(&mut bench);
    assert!(hot.thermistor >= Some(tenths(430)) && hot.grip >= Some(tenths(430)));
    assert!(hot.must_cool, "{hot:?}");
    assert!(hot.at > first.at);
    assert!(bench.core.pen.status().locks.has(Lock::Heat));
}

#[test]
fn pwr_004_a_thermistor_that_is_not_valid_is_told_as_nothing() {
    let mut bench = Bench::new();
    bench.hello();
    bench.inputs.grip.counts = 0;
    bench.run(50);
    let told_now = told(&mut bench);
    assert_eq!(told_now.thermistor, None);
    // The model goes on without it.
    assert!(told_now.grip >= Some(tenths(245)) && told_now.winding > told_now.grip);
    // A pen that never had a good reading since its start has no model either.
    let mut bench = Bench::on(assembled());
    bench.inputs.grip.counts = 4_095;
    bench.run(1_000);
    bench.hello();
    let told_now = told(&mut bench);
    assert_eq!(told_now.thermistor, None);
    assert_eq!((told_now.grip, told_now.winding), (None, None));
    assert!(!told_now.must_cool);
}

#[test]
fn pwr_004_temperatures_are_told_to_every_role_after_the_hello() {
    let mut bench = Bench::new();
    let ask = ToPen::ReadTemperatures;
    assert_eq!(bench.ask(ask), link_error(LinkError::NoHello));
    assert!(bench.greet(SCHEMA_HASH ^ 1), "a stranger");
    assert_eq!(told(&mut bench).thermistor, Some(tenths(250)));
    bench.hello();
    bench.inputs.buttons.ok = true;
    bench.run(100);
    for role in [Role::Technician, Role::Operator, Role::Observer] {
        let wanted = ToPen::Authorise(Authorise { role });
        assert_eq!(bench.ask(wanted), ToHost::Done, "{role:?}");
        assert_eq!(bench.host.role(), role);
        assert_eq!(told(&mut bench).thermistor, Some(tenths(250)), "{role:?}");
    }
    // It is no bad frame, and no record is made of it.
    assert_eq!(bench.host.counters().unknown_kind, 0);
    assert_eq!(bench.host.counters().bad_payload, 0);
}
