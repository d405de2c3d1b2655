//! The bytes of protocol version 1, pinned.
//!
//! If a test here fails after your change, **take your change back**: pens and hosts in the field
//! speak these bytes. Numbers and fields are append-only; what must be different becomes a new kind
//! or a new protocol version with a golden file of its own. Never edit a line of this file; add lines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod common;

use std::fmt::Debug;

use common::Types;
use pen_core::calibration::{Calibration, CalibrationDefect, Channel, Knot, Table};
use pen_core::cartridge::CartridgeDefect;
use pen_core::fault::{Fault, Limiting, StopCause, Trip, Warning};
use pen_core::journal::{Entry, Record, RecordDefect, ResetCause};
use pen_core::locks::{Lock, Locks};
use pen_core::mode::Mode;
use pen_core::plan::{OverrideReason, Plan, Screening, Zone, ZonePlan};
use pen_core::profile::{Bound, DeviceClass, DeviceProfile, Mechanism, MotorData};
use pen_core::profile::{ProfileDefect, Source};
use pen_core::request::{Refusal, RequestKind, Role};
use pen_core::session::{Ledger, ZoneUse};
use pen_core::status::{Status, Temperatures};
use pen_core::units::{Current, Depth, Duration, Instant, Rate, Strokes, Temperature, Voltage};
use pen_protocol::frame::{Decoder, FRAME_MAX, encode};
use pen_protocol::messages::{
    AbsoluteLimits, Authorise, CalibrationReply, Commit, EndTerminal, FaultsReply,
    FoundCalibration, Hello, HelloReply, InfoReply, JournalEntry, JournalName, JournalReply,
    LimitsReply, LinkCounters, LinkError, Message, PlanReply, ReadCalibration, ReadJournal, Run,
    SetDay, SignOff, StorageError, StorageState, Telemetry, TelemetryFrame, ToHost, ToPen, Which,
    ZoneLimits,
};
use pen_protocol::text::Text;
use pen_protocol::{calibration_digest, from_bytes, to_bytes};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// One frame on the wire, both ways, and that every kind of the direction is there.
fn pin_frames<M: Message + Copy + Debug + PartialEq>(pins: &[(M, &str)]) {
    for (seq, (message, golden)) in (1_u8..).zip(pins) {
        let mut buffer = [0; FRAME_MAX];
        let frame = hex(encode(seq, message, &mut buffer).unwrap());
        let golden: String = golden.split_whitespace().collect();
        assert_eq!(frame, golden, "{message:?}");
        let mut decoder = Decoder::new();
        let mut read = None;
        for byte in unhex(&golden) {
            if let Some(frame) = decoder.push(byte) {
                let frame = frame.unwrap();
                assert_eq!(frame.seq, seq);
                read = Some(frame.message::<M>().unwrap());
            }
        }
        assert_eq!(read, Some(*message));
    }
    for (kind, name) in M::KINDS {
        assert!(
            pins.iter().any(|(it, _)| it.kind() == *kind),
            "{name} is not pinned"
        );
    }
}

/// Every variant of an enum, in order.
fn pin_enum<T: Serialize + DeserializeOwned + Debug + PartialEq>(name: &str, pins: &[(T, &str)]) {
    let types = Types::default();
    let _ = types.trace::<T>();
    let variants = &types.enums()[name];
    assert_eq!(
        variants.len(),
        pins.len(),
        "{name}: a variant is not pinned"
    );
    for (at, (value, golden)) in pins.iter().enumerate() {
        let mut buffer = [0; FRAME_MAX];
        let bytes = to_bytes(value, &mut buffer).unwrap();
        assert_eq!(usize::from(bytes[0]), at, "{value:?}");
        assert_eq!(hex(bytes), *golden, "{value:?}");
        assert_eq!(&from_bytes::<T>(&unhex(golden)).unwrap(), value);
    }
}

fn depth(um: i32) -> Depth {
    Depth::from_um(um)
}

fn text<const N: usize>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn calibration() -> Calibration {
    let knot = |counts, um| {
        Some(Knot {
            counts,
            depth: depth(um),
        })
    };
    let mut a = Table::default();
    let mut b = Table::default();
    for (place, step) in (0_u16..7).enumerate() {
        a.knots[place] = knot(400 + step * 560, i32::from(step) * 400 + 3);
        b.knots[place] = knot(780 + step * 520, 2_400 - i32::from(step) * 400);
    }
    Calibration {
        serial: 0x0102_0304_0506_0708,
        generation: 3,
        technician: 77,
        made_day: 2_400,
        due_day: 2_765,
        clock_ppm: -120,
        a,
        b,
    }
}

fn plan() -> Plan {
    let mut zones = [None; 8];
    zones[0] = Some(ZonePlan {
        zone: Zone::Forehead,
        depth: depth(500),
        rate: Rate::from_hz(100),
        time: Duration::from_s(120),
        strokes: Strokes::from_count(12_000),
        override_reason: None,
    });
    zones[1] = Some(ZonePlan {
        zone: Zone::BodyScar,
        depth: depth(2_000),
        rate: Rate::from_mhz(87_500),
        time: Duration::from_min(5),
        strokes: Strokes::from_count(30_000),
        override_reason: Some(OverrideReason::ThickScar),
    });
    Plan {
        id: 42,
        day: 2_401,
        operator: 7,
        token: 0xFEED_0000_BEEF_0001,
        screening: Screening {
            answered: 0x0FFF,
            positive: 0x0010,
            cleared: 0x0010,
        },
        operator_cap: Some(depth(2_000)),
        zones,
    }
}

fn profile() -> DeviceProfile {
    DeviceProfile {
        serial: 0x0102_0304_0506_0708,
        class: DeviceClass::Professional,
        mechanism: Mechanism::Actuator,
        depth_max: depth(2_000),
        stroke: depth(2_500),
        rate_min: Rate::from_hz(50),
        rate_max: Rate::from_hz(150),
        accel_mhz_per_ms: 500,
        session_on: Duration::from_min(30),
        session_elapsed: Duration::from_min(45),
        motor: MotorData {
            resistance_mohm: 3_200,
            back_emf_uv_per_hz: 38_000,
            friction_mv: 400,
        },
    }
}

fn status() -> Status {
    Status {
        at: Instant::from_us(5_000_000_000),
        mode: Mode::Treating,
        locks: Locks::NONE.with(Lock::Cable, true).with(Lock::Clock, true),
        fault: Some(trip()),
        later: 2,
        limiting: Limiting::Current,
        depth_a: Some(depth(512)),
        depth_b: Some(depth(-9)),
        depth: Some(depth(512)),
        counts_a: 1_117,
        counts_b: 3_234,
        cap: Some(Bound {
            value: depth(500),
            by: Source::Zone,
        }),
        rate: Rate::from_mhz(99_812),
        rate_set: Rate::from_hz(100),
        duty: 4_321,
        current: Current::from_ma(-350),
        battery: Voltage::from_mv(7_401),
        plan: 42,
        zone: Some(1),
        session: 19,
        on: Duration::from_ms(61_234),
        elapsed: Duration::from_ms(80_001),
        strokes: Strokes::from_count(6_100),
        zone_on: Duration::from_ms(1_234),
        zone_strokes: Strokes::from_count(120),
        cartridge: Some(0xC0FF_EE00_0000_0001),
        needles: 12,
        parked: true,
        staged: Some(0xDEAD_BEEF),
        generation: 3,
    }
}

fn temperatures() -> Temperatures {
    let temperature = Temperature::from_decicelsius;
    Temperatures {
        at: Instant::from_us(5_000_000_000),
        thermistor: Some(temperature(-3)),
        grip: Some(temperature(412)),
        winding: Some(temperature(1_003)),
        must_cool: true,
        grip_warm: temperature(410),
        grip_stop: temperature(430),
        winding_cool: temperature(900),
        winding_stop: temperature(1_000),
    }
}

fn trip() -> Trip {
    Trip {
        fault: Fault::OverDepth,
        measured: 561,
        allowed: 550,
    }
}

fn ledger() -> Ledger {
    let mut zones = [ZoneUse::default(); 8];
    zones[1] = ZoneUse {
        on: Duration::from_ms(1_234),
        strokes: Strokes::from_count(120),
    };
    Ledger {
        session: 19,
        open: true,
        plan: 42,
        plan_sum: 0x89AB_CDEF,
        token: 0xFEED_0000_BEEF_0001,
        day: 2_401,
        cartridge: 0xC0FF_EE00_0000_0001,
        cartridge_strokes: Strokes::from_count(6_100),
        on: Duration::from_ms(61_234),
        elapsed: Duration::from_ms(80_001),
        strokes: Strokes::from_count(6_100),
        zones,
        reserved: Some(1),
        terminal: Some(Fault::DriveStuck),
    }
}

fn info() -> InfoReply {
    InfoReply {
        serial: 0x0102_0304_0506_0708,
        class: Some(DeviceClass::Home),
        mechanism: Some(Mechanism::Ring),
        firmware: text("0.1.0"),
        uptime: Instant::from_us(1_234_567),
        reset: ResetCause::BrownOut,
        role: Role::Operator,
        storage: StorageState {
            profile: Some(ProfileDefect::Unsigned),
            calibration: Some(RecordDefect::Corrupt),
            ledger: None,
            fell_back: true,
            used_cartridges: Some(12),
            journal_breaks: 1,
            journal_lost: 300,
            write_error: Some(StorageError::NotVerified),
        },
        link: LinkCounters {
            frames: 1,
            bad_cobs: 2,
            too_long: 3,
            too_short: 4,
            bad_crc: 5,
            bad_version: 6,
            unknown_kind: 7,
            bad_payload: 8,
            trailing_bytes: 9,
            while_locked: 10,
            locks: 11,
            repeats: 12,
            telemetry_dropped: 13,
            replies_dropped: 14,
        },
    }
}

fn limits() -> LimitsReply {
    let mut zones = [None; 8];
    zones[0] = Some(ZoneLimits {
        zone: Zone::Nose,
        depth: Bound {
            value: depth(750),
            by: Source::Zone,
        },
        rate: Bound {
            value: Rate::from_hz(120),
            by: Source::Device,
        },
        time: Bound {
            value: Duration::from_s(60),
            by: Source::Plan,
        },
        strokes: Bound {
            value: Strokes::from_count(9_000),
            by: Source::Plan,
        },
    });
    LimitsReply {
        absolute: AbsoluteLimits {
            depth: depth(2_500),
            depth_home: depth(300),
            depth_professional: depth(1_500),
            rate_min: Rate::from_hz(50),
            rate_max: Rate::from_hz(150),
            rate_service: Rate::from_hz(80),
            session_on: Duration::from_min(30),
            session_elapsed: Duration::from_min(45),
            activation: Duration::from_s(120),
            cartridge: Strokes::from_count(200_000),
        },
        profile: Some(profile()),
        zones,
    }
}

fn journal() -> JournalReply {
    let mut entries = [None; 8];
    let entry = Entry {
        at: Instant::from_us(9_000_000),
        record: Record::Tripped(trip()),
    };
    entries[0] = Some(JournalEntry {
        seq: 1_000,
        chain: 0x1234_5678,
        entry: Some(entry),
    });
    entries[1] = Some(JournalEntry {
        seq: 1_001,
        chain: 0x9ABC_DEF0,
        entry: None,
    });
    JournalReply {
        journal: JournalName::Faults,
        first: 900,
        next: 1_002,
        end: 1_010,
        entries,
    }
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_message_to_the_pen_is_pinned() {
    pin_frames(&[
        (ToPen::Hello(Hello {
                version_min: 1,
                version_max: 2,
                schema: 0x1122_3344,
                client: text("penctl 0.1.0"),
            }), "001c0101010102c4e68889010c70656e63746c20302e312e30dfeb5d3400"),
        (ToPen::Info, "00080102028bb0bb2200"),
        (ToPen::Status, "00080103035cb1a74c00"),
        (ToPen::Limits, "000801040438b2829d00"),
        (ToPen::ReadPlan, "0008010505efb39ef300"),
        (ToPen::ReadSession, "000801060696b1ba4100"),
        (ToPen::ReadCalibration(ReadCalibration { which: Which::Previous }), "000901070701ad08f1a400"),
        (ToPen::ReadJournal(ReadJournal { journal: JournalName::Routine, from: 300, max: 8 }), "000c01080801ac0208b7340bb300"),
        (ToPen::ReadFaults, "0008010909c8b09d5600"),
        (ToPen::Telemetry(Telemetry { period_ms: 20 }), "0009010a0a1458015a7400"),
        (ToPen::Stop, "0007010b108a7ac00100"),
        (ToPen::Heartbeat, "0008010c11dbdc863800"),
        (ToPen::Acknowledge, "0008010d1220bc94b800"),
        (ToPen::LoadPlan(plan()), "001a010e132ae112078180bcf78b80c0f6fe01ff1f101001a01f010ce807a08d06809c9c39e05d12 \
             010ba01fccab0580c6868f01b0ea01010201010101010598900bd400"),
        (ToPen::EndSession, "0008010f14977bc16300"),
        (ToPen::Authorise(Authorise { role: Role::Technician }), "000901101502319c655c00"),
        (ToPen::EnterService, "000801111664258e5900"),
        (ToPen::LeaveService, "00080112173146a40500"),
        (ToPen::Run(Run { rate: Rate::from_hz(80) }), "000b01131880f10441ef8c2300"),
        (ToPen::Stage(calibration()), "0037011419888e98a8c0e0808101034de012cd15ef010190030601c007a60601f00bc60c01a010e6 \
             1201d0148619018019a61f01b01dc62501010122018c06c02501940aa01f019c0e801901a412e012 \
             01ac16c00c01b41aa00601bc1e010101010501eb5bda00"),
        (ToPen::Commit(Commit { digest: calibration_digest(&calibration()) }), "000d01151a848accbb0c1259936e00"),
        (ToPen::Discard, "000801161b1ecf7e6800"),
        (ToPen::Revert, "000801171cfc6b01ef00"),
        (ToPen::EndTerminal(EndTerminal { fault: Fault::DriveStuck }), "000901181d0c866a177d00"),
        (ToPen::SetDay(SetDay { day: 2_517 }), "000a01191ed51346381ab800"),
        (ToPen::SignOff(SignOff { generation: 1_908 }), "000a011a1ff40ea584f44400"),
        (ToPen::ReadTemperatures, "0008011b0b37a167c000"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_message_to_the_host_is_pinned() {
    pin_frames(&[
        (ToHost::HelloReply(HelloReply {
                version: 1,
                version_min: 1,
                schema: 0x1122_3344,
                serial: 0x0102_0304_0506_0708,
                model: text("reference pen"),
                firmware: text("0.1.0"),
                read_only: true,
            }), "002d0101810101c4e6888901888e98a8c0e08081010d7265666572656e63652070656e05302e312e \
             3001d58221fe00"),
        (ToHost::InfoReply(info()), "000e010282888e98a8c0e08081010102011005302e312e3087ad4b0201010201011b01010c01ac02 \
             01030102030405060708090a0b0c0d0e58a30fc200"),
        (ToHost::StatusReply(status()), "000d01038380e497d01204c020014de208cc0802020180080111018008dd08a21901e80704e48b06 \
             a08d06e121bb05d2732a010113d0b6991de8ef9226d42fd0a84b78018180808080c0fbffc0010c01 \
             01effdb6f50d03383fc82e00"),
        (ToHost::LimitsReply(limits()), "005e0104848827d804b817d08603f0930980f10480a4a7da0680f6ba870a809c9c39c09a0c01888e \
             98a8c0e08081010101a01f8827d08603f09309f40380a4a7da0680f6ba870a8019f0a80290030102 \
             dc0b04c0a90702808ece1c05a846050101010101010595c24d0f00"),
        (ToHost::PlanReply(PlanReply { plan: Some(plan()) }), "001b010585012ae112078180bcf78b80c0f6fe01ff1f101001a01f010ce807a08d06809c9c39e05d \
             12010ba01fccab0580c6868f01b0ea01010201010101010580a432c200"),
        (ToHost::PlanReply(PlanReply { plan: None }), "000401068505c5a881db00"),
        (ToHost::SessionReply(ledger()), "002e01078613012aef9bafcd088180bcf78b80c0f6fe01e1128180808080c0fbffc001d42fd0b6991d \
             e8ef9226d42f0105d0a84b780101010101010101010101090101010c7114ac1000"),
        (ToHost::CalibrationReply(CalibrationReply {
                which: Which::Current,
                found: Some(FoundCalibration {
                    digest: calibration_digest(&calibration()),
                    calibration: calibration(),
                }),
            }), "00040108873a01848accbb0c888e98a8c0e0808101034de012cd15ef010190030601c007a60601f0 \
             0bc60c01a010e61201d0148619018019a61f01b01dc62501010122018c06c02501940aa01f019c0e \
             801901a412e01201ac16c00c01b41aa00601bc1e0101010105942f704800"),
        (ToHost::CalibrationReply(CalibrationReply { which: Which::Staged, found: None }), "00050109870205a0fe065000"),
        (ToHost::JournalReply(journal()), "0004010a88158407ea07f20701e807f8acd1910101c0a8a5040e0de208cc0801e907f0bdf3d50901 \
             010101010105920d0e1700"),
        (ToHost::FaultsReply(FaultsReply {
                latched: Some(trip()),
                later: 3,
                terminal: Some(Fault::EnablePathStuck),
            }), "0005010b89010ce208cc0803010d0fd0eb3a00"),
        (ToHost::TelemetryFrame(TelemetryFrame { dropped: 5, status: status() }), "000e010c8a0580e497d01204c020014de208cc0802020180080111018008dd08a21901e80704e48b \
             06a08d06e121bb05d2732a010113d0b6991de8ef9226d42fd0a84b78018180808080c0fbffc0010c \
             0101effdb6f50d0319cc3da600"),
        (ToHost::Done, "0008010d902c5e22bb00"),
        (ToHost::Refused(Refusal::TooDeep {
                asked: depth(800),
                allowed: depth(750),
                by: Source::Zone,
            }), "000e010e9103c00cdc0b041c9b1ae800"),
        (ToHost::LinkError(LinkError::Locked { left_ms: 9_500 }), "000b010f92069c4ad2ddf7a000"),
        (ToHost::TemperaturesReply(temperatures()), "001e01108b80e497d012010501b80601d60f01b406dc06880ed00fd045304a00"),
        (ToHost::TemperaturesReply(Temperatures {
                thermistor: None,
                grip: None,
                winding: None,
                must_cool: false,
                ..temperatures()
            }), "000901118b80e497d0120101010db406dc06880ed00fa9914cff00"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_calibration_defect_is_pinned() {
    pin_enum("CalibrationDefect", &[
        (CalibrationDefect::OtherSerial { asked: 0xC0FF_EE00_0000_0001, allowed: 0xC0FF_EE00_0000_0002 }, "008180808080c0fbffc0018280808080c0fbffc001"),
        (CalibrationDefect::Generation { asked: 739, allowed: 752 }, "01e305f005"),
        (CalibrationDefect::DueBeforeMade, "02"),
        (CalibrationDefect::Clock { asked: -6, allowed: -7 }, "030b0d"),
        (CalibrationDefect::TooFewKnots { channel: Channel::B, asked: 9, allowed: 10 }, "0401090a"),
        (CalibrationDefect::NotMonotone { channel: Channel::B, knot: 12 }, "05010c"),
        (CalibrationDefect::AtRail { channel: Channel::B, knot: 14 }, "06010e"),
        (CalibrationDefect::Slope { channel: Channel::B, asked: -16, allowed: -17 }, "07011f21"),
        (CalibrationDefect::Offset { channel: Channel::B, asked: -19, allowed: -20 }, "08012527"),
        (CalibrationDefect::Residual { channel: Channel::B, asked: -22, allowed: -23 }, "09012b2d"),
        (CalibrationDefect::Move { channel: Channel::B, asked: -25, allowed: -26 }, "0a013133"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_cartridge_defect_is_pinned() {
    pin_enum("CartridgeDefect", &[
        (CartridgeDefect::NotSeated, "00"),
        (CartridgeDefect::NoTag, "01"),
        (CartridgeDefect::Unreadable, "02"),
        (CartridgeDefect::NotAuthentic, "03"),
        (CartridgeDefect::UnknownKind { code: 27 }, "041b"),
        (CartridgeDefect::Used { id: 0xC0FF_EE00_0000_001B }, "059b80808080c0fbffc001"),
        (CartridgeDefect::Expired { expiry_day: 1_064, today: 1_077 }, "06a808b508"),
        (CartridgeDefect::WornOut { strokes: 1_090, allowed: 1_103 }, "07c208cf08"),
        (CartridgeDefect::PausedTooLong, "08"),
        (CartridgeDefect::WrongPurpose, "09"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_channel_is_pinned() {
    pin_enum("Channel", &[
        (Channel::A, "00"),
        (Channel::B, "01"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_device_class_is_pinned() {
    pin_enum("DeviceClass", &[
        (DeviceClass::Home, "00"),
        (DeviceClass::Professional, "01"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_fault_is_pinned() {
    pin_enum("Fault", &[
        (Fault::OverDepth, "00"),
        (Fault::DepthDisagrees, "01"),
        (Fault::DepthStuck, "02"),
        (Fault::DepthInvalid, "03"),
        (Fault::DepthCrept, "04"),
        (Fault::OverSpeed, "05"),
        (Fault::TooManyStrokes, "06"),
        (Fault::FeedbackLost, "07"),
        (Fault::Stalled, "08"),
        (Fault::UnexpectedMotion, "09"),
        (Fault::OverCurrent, "0a"),
        (Fault::CartridgeUnseated, "0b"),
        (Fault::DriveStuck, "0c"),
        (Fault::EnablePathStuck, "0d"),
        (Fault::LimitCorrupt, "0e"),
        (Fault::TickLate, "0f"),
        (Fault::WatchdogReset, "10"),
        (Fault::BrownOut, "11"),
        (Fault::SensorInvalid, "12"),
        (Fault::FreeFall, "13"),
        (Fault::Shock, "14"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_journal_name_is_pinned() {
    pin_enum("JournalName", &[
        (JournalName::Faults, "00"),
        (JournalName::Routine, "01"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_limiting_is_pinned() {
    pin_enum("Limiting", &[
        (Limiting::None, "00"),
        (Limiting::Voltage, "01"),
        (Limiting::Current, "02"),
        (Limiting::Heat, "03"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_link_error_is_pinned() {
    pin_enum("LinkError", &[
        (LinkError::NoHello, "00"),
        (LinkError::ReadOnly, "01"),
        (LinkError::Version { min: 33, max: 34 }, "022122"),
        (LinkError::UnknownKind { kind: 35 }, "0323"),
        (LinkError::BadPayload { kind: 36 }, "0424"),
        (LinkError::TrailingBytes { kind: 37, bytes: 1_181 }, "05259d09"),
        (LinkError::Locked { left_ms: 1_194 }, "06aa09"),
        (LinkError::TooOften { left_ms: 1_207 }, "07b709"),
        (LinkError::NotQuiet, "08"),
        (LinkError::Storage(StorageError::Full), "0904"),
        (LinkError::PageSize { asked: 42, allowed: 43 }, "0a2a2b"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_mechanism_is_pinned() {
    pin_enum("Mechanism", &[
        (Mechanism::Ring, "00"),
        (Mechanism::Actuator, "01"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_mode_is_pinned() {
    pin_enum("Mode", &[
        (Mode::Boot, "00"),
        (Mode::Locked, "01"),
        (Mode::Standby, "02"),
        (Mode::Ready, "03"),
        (Mode::Treating, "04"),
        (Mode::Stopping, "05"),
        (Mode::FaultReaction, "06"),
        (Mode::Faulted, "07"),
        (Mode::Service, "08"),
        (Mode::ServiceRunning, "09"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_override_reason_is_pinned() {
    pin_enum("OverrideReason", &[
        (OverrideReason::PhysicianOrder, "00"),
        (OverrideReason::PublishedProtocol, "01"),
        (OverrideReason::ThickScar, "02"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_profile_defect_is_pinned() {
    pin_enum("ProfileDefect", &[
        (ProfileDefect::Missing, "00"),
        (ProfileDefect::Corrupt, "01"),
        (ProfileDefect::Unsigned, "02"),
        (ProfileDefect::OtherSerial, "03"),
        (ProfileDefect::UnknownVersion, "04"),
        (ProfileDefect::OutOfRange, "05"),
        (ProfileDefect::StrokeTooShort, "06"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_record_is_pinned() {
    pin_enum("Record", &[
        (Record::Booted { cause: ResetCause::Watchdog }, "0001"),
        (Record::SelfTested { locks: Locks::NONE.with(Lock::Profile, true) }, "0110"),
        (Record::ProfileRefused { defect: ProfileDefect::OtherSerial }, "0203"),
        (Record::CalibrationMissing { defect: RecordDefect::UnknownVersion }, "0303"),
        (Record::LedgerRestored { session: 1_311, used: Duration::from_ms(1_324) }, "049f0ae0e750"),
        (Record::ModeChanged { from: Mode::Treating, to: Mode::Treating, locks: Locks::NONE.with(Lock::Profile, true) }, "05040410"),
        (Record::PlanLoaded { id: 1_376, operator: 1_389, zones: 55 }, "06e00aed0a37"),
        (Record::Overridden { zone: Zone::Scalp, depth: depth(1_428), reason: OverrideReason::PhysicianOrder }, "0709a81600"),
        (Record::PlanExpired { id: 1_454 }, "08ae0b"),
        (Record::SessionOpened { session: 1_467, token: 0xC0FF_EE00_0000_003C, cartridge: 0xC0FF_EE00_0000_003D }, "09bb0bbc80808080c0fbffc001bd80808080c0fbffc001"),
        (Record::ZoneOpened { zone: Zone::Scalp, cap: depth(1_519), by: Source::Cartridge, rate: Rate::from_hz(1_545) }, "0a09de1703a8a65e"),
        (Record::Started { depth: depth(1_558), cap: depth(1_571), rate: Rate::from_hz(1_584) }, "0bac18c61880d760"),
        (Record::Stopped { cause: StopCause::Cable, on: Duration::from_ms(1_610), strokes: Strokes::from_count(1_623) }, "0c0290a262d70c"),
        (Record::Halted { after: Duration::from_ms(1_636), parked: true }, "0da0ed6301"),
        (Record::Tripped(trip()), "0e00e208cc08"),
        (Record::TrippedAlso { trip: trip(), count: 1_688 }, "0f00e208cc08980d"),
        (Record::Acknowledged { later: 1_701 }, "10a50d"),
        (Record::Refused { what: RequestKind::LoadPlan, why: Refusal::NoPlan }, "110319"),
        (Record::Warned { warning: Warning::Limited, limiting: Limiting::Voltage }, "120301"),
        (Record::CartridgeBurned { id: 0xC0FF_EE00_0000_0052 }, "13d280808080c0fbffc001"),
        (Record::CartridgeSeated { id: 0xC0FF_EE00_0000_0053 }, "14d380808080c0fbffc001"),
        (Record::CartridgeRemoved, "15"),
        (Record::CartridgeRefused { defect: CartridgeDefect::Used { id: 5 } }, "160505"),
        (Record::SessionClosed { session: 1_805, on: Duration::from_ms(1_818), strokes: Strokes::from_count(1_831), punctures: 1_844 }, "178d0e90fb6ea70eb40e"),
        (Record::ServiceEntered, "18"),
        (Record::ServiceLeft { silent: true }, "1901"),
        (Record::CalibrationStaged { digest: 1_870 }, "1ace0e"),
        (Record::CalibrationCommitted { generation: 1_883, digest: 1_896 }, "1bdb0ee80e"),
        (Record::CalibrationReverted { generation: 1_909 }, "1cf50e"),
        (Record::RoleChanged { role: Role::Observer }, "1d00"),
        (Record::LinkLocked { errors: 1_935 }, "1e8f0f"),
        (Record::Lost { count: 1_948 }, "1f9c0f"),
        (Record::ZeroChecked { a: depth(-12), b: depth(7) }, "20170e"),
        (Record::Heated { grip: Temperature::from_decicelsius(431), winding: Temperature::from_decicelsius(996) }, "21de06c80f"),
        (Record::TerminalEnded { fault: Fault::EnablePathStuck }, "220d"),
        (Record::DayCorrected { from: 2_800, to: 2_517 }, "23f015d513"),
        (Record::CalibrationSignedOff { generation: 1_908 }, "24f40e"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_record_defect_is_pinned() {
    pin_enum("RecordDefect", &[
        (RecordDefect::Missing, "00"),
        (RecordDefect::Corrupt, "01"),
        (RecordDefect::OtherSerial, "02"),
        (RecordDefect::UnknownVersion, "03"),
        (RecordDefect::OutOfRange, "04"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_refusal_is_pinned() {
    pin_enum("Refusal", &[
        (Refusal::NotNow { mode: Mode::Treating }, "0004"),
        (Refusal::Role { asked: Role::Observer, needed: Role::Technician }, "010002"),
        (Refusal::Locked { locks: Locks::NONE.with(Lock::Profile, true) }, "0210"),
        (Refusal::TooDeep { asked: depth(2_013), allowed: depth(2_026), by: Source::Cartridge }, "03ba1fd41f03"),
        (Refusal::TooFast { asked: Rate::from_hz(2_052), allowed: Rate::from_hz(2_065), by: Source::Cartridge }, "04a09f7de8847e03"),
        (Refusal::TooSlow { asked: Rate::from_hz(2_091), allowed: Rate::from_hz(2_104), by: Source::Cartridge }, "05f8cf7fc0b5800103"),
        (Refusal::TooLong { asked: Duration::from_ms(2_130), allowed: Duration::from_ms(2_143) }, "06d080820198e68201"),
        (Refusal::TooManyStrokes { asked: Strokes::from_count(2_156), allowed: 2_169 }, "07ec10f910"),
        (Refusal::NoPlanId, "08"),
        (Refusal::NoOperator, "09"),
        (Refusal::NoToken, "0a"),
        (Refusal::EmptyPlan, "0b"),
        (Refusal::GapInPlan { zone: 15 }, "0c0f"),
        (Refusal::DuplicateZone { zone: Zone::Scalp }, "0d09"),
        (Refusal::NotPositive { zone: 17 }, "0e11"),
        (Refusal::OverrideNotAllowed { zone: Zone::Scalp }, "0f09"),
        (Refusal::OverrideWithoutNeed { zone: Zone::Scalp }, "1009"),
        (Refusal::ScreeningIncomplete { missing: 2_247 }, "11c711"),
        (Refusal::ScreeningUnknown { items: 2_260 }, "12d411"),
        (Refusal::ScreeningForbids { items: 2_273 }, "13e111"),
        (Refusal::ClockWentBack { asked: 2_286, seen: 2_299 }, "14ee11fb11"),
        (Refusal::CalibrationOverdue { until: 2_312, today: 2_325 }, "1588129512"),
        (Refusal::BudgetUsed { used: Duration::from_ms(2_338), allowed: Duration::from_ms(2_351) }, "16d0d98e0198bf8f01"),
        (Refusal::ZoneUsed { zone: 29 }, "171d"),
        (Refusal::SessionOpen { session: 2_377 }, "18c912"),
        (Refusal::NoPlan, "19"),
        (Refusal::Cartridge(CartridgeDefect::Used { id: 5 }), "1a0505"),
        (Refusal::DepthAboveCap { measured: depth(2_403), allowed: depth(2_416), by: Source::Cartridge }, "1bc625e02503"),
        (Refusal::DepthUnknown, "1c"),
        (Refusal::DepthMoving { measured: depth(2_442), target: depth(2_455) }, "1d9426ae26"),
        (Refusal::BatteryLow { measured: Voltage::from_mv(2_468), needed: Voltage::from_mv(2_481) }, "1ec826e226"),
        (Refusal::BatteryShort { left: 2_494, needed: 2_507 }, "1fbe13cb13"),
        (Refusal::NotYetStored, "20"),
        (Refusal::TriggerHeld, "21"),
        (Refusal::CausePresent { fault: Fault::Stalled }, "2208"),
        (Refusal::Terminal { fault: Fault::Stalled }, "2308"),
        (Refusal::NoFault, "24"),
        (Refusal::NobodyAtThePen, "25"),
        (Refusal::Calibration(CalibrationDefect::AtRail { channel: Channel::A, knot: 6 }), "26060006"),
        (Refusal::NothingStaged, "27"),
        (Refusal::DigestDiffers { asked: 2_559, staged: 2_572 }, "28ff138c14"),
        (Refusal::NothingToRevert, "29"),
        (Refusal::NotAtZero { measured: depth(-61), allowed: depth(50) }, "2a7964"),
        (Refusal::DayFarAhead { asked: 2_800, seen: 2_517 }, "2bf015d513"),
        (Refusal::OtherGeneration { asked: 1_908, in_force: 1_909 }, "2cf40ef50e"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_request_kind_is_pinned() {
    pin_enum("RequestKind", &[
        (RequestKind::Stop, "00"),
        (RequestKind::Heartbeat, "01"),
        (RequestKind::Acknowledge, "02"),
        (RequestKind::LoadPlan, "03"),
        (RequestKind::EndSession, "04"),
        (RequestKind::EnterService, "05"),
        (RequestKind::LeaveService, "06"),
        (RequestKind::Run, "07"),
        (RequestKind::Stage, "08"),
        (RequestKind::Commit, "09"),
        (RequestKind::Discard, "0a"),
        (RequestKind::Revert, "0b"),
        (RequestKind::ConfirmZone, "0c"),
        (RequestKind::Trigger, "0d"),
        (RequestKind::Authorise, "0e"),
        (RequestKind::CheckZero, "0f"),
        (RequestKind::EndTerminal, "10"),
        (RequestKind::SetDay, "11"),
        (RequestKind::SignOff, "12"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_reset_cause_is_pinned() {
    pin_enum("ResetCause", &[
        (ResetCause::PowerOn, "00"),
        (ResetCause::Watchdog, "01"),
        (ResetCause::BrownOut, "02"),
        (ResetCause::Software, "03"),
        (ResetCause::Unknown, "04"),
        (ResetCause::Panicked { file: 0x89AB_CDEF, line: 300 }, "05ef9bafcd08ac02"),
        (ResetCause::HardFault { address: 0x1000_1234 }, "06b4a4808001"),
        (ResetCause::WatchdogForgotten, "07"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_role_is_pinned() {
    pin_enum("Role", &[
        (Role::Observer, "00"),
        (Role::Operator, "01"),
        (Role::Technician, "02"),
        (Role::Maker, "03"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_source_is_pinned() {
    pin_enum("Source", &[
        (Source::Absolute, "00"),
        (Source::Class, "01"),
        (Source::Device, "02"),
        (Source::Cartridge, "03"),
        (Source::Zone, "04"),
        (Source::Plan, "05"),
        (Source::Operator, "06"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_stop_cause_is_pinned() {
    pin_enum("StopCause", &[
        (StopCause::Released, "00"),
        (StopCause::Asked, "01"),
        (StopCause::Cable, "02"),
        (StopCause::ZoneStrokes, "03"),
        (StopCause::ZoneTime, "04"),
        (StopCause::SessionTime, "05"),
        (StopCause::SessionElapsed, "06"),
        (StopCause::ActivationTime, "07"),
        (StopCause::CartridgeLife, "08"),
        (StopCause::BatteryLow, "09"),
        (StopCause::HostSilent, "0a"),
        (StopCause::Locked, "0b"),
        (StopCause::GripHot, "0c"),
        (StopCause::WindingHot, "0d"),
        (StopCause::Pressed, "0e"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_storage_error_is_pinned() {
    pin_enum("StorageError", &[
        (StorageError::Flash, "00"),
        (StorageError::Geometry, "01"),
        (StorageError::TooLong, "02"),
        (StorageError::NotVerified, "03"),
        (StorageError::Full, "04"),
        (StorageError::Damaged, "05"),
        (StorageError::Exhausted, "06"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_warning_is_pinned() {
    pin_enum("Warning", &[
        (Warning::SessionNearEnd, "00"),
        (Warning::CartridgeNearEnd, "01"),
        (Warning::DepthShallower, "02"),
        (Warning::Limited, "03"),
        (Warning::CalibrationDue, "04"),
        (Warning::Warm, "05"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_which_is_pinned() {
    pin_enum("Which", &[
        (Which::Current, "00"),
        (Which::Previous, "01"),
        (Which::Staged, "02"),
    ]);
}

#[test]
#[rustfmt::skip] // one line a value
fn link_001_every_zone_is_pinned() {
    pin_enum("Zone", &[
        (Zone::Forehead, "00"),
        (Zone::Glabella, "01"),
        (Zone::Nose, "02"),
        (Zone::Periorbital, "03"),
        (Zone::Perioral, "04"),
        (Zone::Cheekbone, "05"),
        (Zone::Cheek, "06"),
        (Zone::FacialScar, "07"),
        (Zone::Neck, "08"),
        (Zone::Scalp, "09"),
        (Zone::StretchMark, "0a"),
        (Zone::BodyScar, "0b"),
    ]);
}

#[test]
fn cal_001_the_digest_of_a_calibration_is_pinned() {
    assert_eq!(calibration_digest(&calibration()), 0xC773_0504);
}
