//! What the tests start from: a device, its calibration, a cartridge and a plan, all of them good.

use pen_core::calibration::{Calibration, Knot, Table};
use pen_core::io::{Tag, TagReading, Trigger};
use pen_core::journal::ResetCause;
use pen_core::pen::Boot;
use pen_core::plan::{Plan, Screening, Zone, ZonePlan};
use pen_core::profile::{DeviceClass, DeviceProfile, Mechanism, MotorData};
use pen_core::units::{Depth, Duration, Rate, Strokes};

/// The device under test.
pub const SERIAL: u64 = 0x5EED_0042;
/// Today, in days since 2020-01-01.
pub const TODAY: u16 = 2_520;
/// The calibration is due on this day.
pub const DUE: u16 = 2_600;
/// The cartridge in the seat.
pub const CARTRIDGE: u64 = 0xCA47_0001;

/// Both contacts say that the trigger is held.
pub const HELD: Trigger = Trigger {
    closed: true,
    opened: true,
};
/// Both contacts say that the trigger is released.
pub const RELEASED: Trigger = Trigger {
    closed: false,
    opened: false,
};
/// Only one contact says so.
pub const ONE_CONTACT: Trigger = Trigger {
    closed: true,
    opened: false,
};

/// Every cause of a start.
pub const RESETS: [ResetCause; 8] = [
    ResetCause::PowerOn,
    ResetCause::Watchdog,
    ResetCause::BrownOut,
    ResetCause::Software,
    ResetCause::Unknown,
    ResetCause::Panicked { file: 7, line: 42 },
    ResetCause::HardFault { address: 64 },
    ResetCause::WatchdogForgotten,
];

/// A depth.
pub const fn um(value: i32) -> Depth {
    Depth::from_um(value)
}

/// A professional pen with a hand-turned ring.
pub const fn profile() -> DeviceProfile {
    DeviceProfile {
        serial: SERIAL,
        class: DeviceClass::Professional,
        mechanism: Mechanism::Ring,
        depth_max: um(2_400),
        stroke: um(2_500),
        rate_min: Rate::from_hz(50),
        rate_max: Rate::from_hz(150),
        accel_mhz_per_ms: 600,
        session_on: Duration::from_min(30),
        session_elapsed: Duration::from_min(45),
        motor: MotorData {
            resistance_mohm: 2_980,
            back_emf_uv_per_hz: 33_615,
            friction_mv: 130,
        },
    }
}

/// True counts of channel A at a depth: 1.4 counts a micrometre, rounded to the nearest.
pub const fn counts_a(depth_um: i32) -> i32 {
    400 + (depth_um * 14 + 5).div_euclid(10)
}

/// True counts of channel B at a depth: 1.3 counts a micrometre, falling.
pub const fn counts_b(depth_um: i32) -> i32 {
    3_900 - (depth_um * 13 + 5).div_euclid(10)
}

/// Depths at which the technician measured. Unit: um.
pub const KNOTS_UM: [i32; 9] = [-100, 200, 500, 800, 1_100, 1_500, 1_900, 2_200, 2_500];

/// A table of knots, in the order given.
pub fn table(knots: &[(i32, i32)]) -> Table {
    let mut table = Table::default();
    for (place, (counts, depth_um)) in table.knots.iter_mut().zip(knots) {
        *place = Some(Knot {
            counts: u16::try_from(*counts).expect("counts of a knot"),
            depth: um(*depth_um),
        });
    }
    table
}

/// Channel A as the drawing has it.
pub fn table_a() -> Table {
    table(&KNOTS_UM.map(|depth| (counts_a(depth), depth)))
}

/// Channel B as the drawing has it.
pub fn table_b() -> Table {
    let mut knots = KNOTS_UM.map(|depth| (counts_b(depth), depth));
    knots.reverse();
    table(&knots)
}

/// A calibration that fits the rig exactly.
pub fn calibration() -> Calibration {
    Calibration {
        serial: SERIAL,
        generation: 7,
        technician: 11,
        made_day: TODAY - 10,
        due_day: DUE,
        clock_ppm: 0,
        a: table_a(),
        b: table_b(),
    }
}

/// A pen that starts for the first time.
pub fn boot() -> Boot {
    Boot {
        serial: SERIAL,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: false,
        storage_ok: true,
        profile: Ok(profile()),
        calibration: Ok(calibration()),
        ledger: None,
        digest: 0,
        signed_off: pen_core::calibration::CalibrationId {
            generation: 7,
            digest: 0,
        },
    }
}

/// A zone of a plan.
pub const fn zone(zone: Zone, depth_um: i32, rate_hz: u32) -> ZonePlan {
    ZonePlan {
        zone,
        depth: um(depth_um),
        rate: Rate::from_hz(rate_hz),
        time: Duration::from_min(5),
        strokes: Strokes::from_count(40_000),
        override_reason: None,
    }
}

/// A plan of the zones given.
pub fn plan_of(zones: &[ZonePlan]) -> Plan {
    let mut places = [None; 8];
    for (place, zone) in places.iter_mut().zip(zones) {
        *place = Some(*zone);
    }
    Plan {
        id: 31,
        day: TODAY,
        operator: 5,
        token: 0xABCD,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones: places,
    }
}

/// Cheeks, 1.2 mm, 100 Hz, 5 minutes.
pub fn plan() -> Plan {
    plan_of(&[zone(Zone::Cheek, 1_200, 100)])
}

/// A new cartridge of 12 needles of 2.5 mm.
pub const fn tag() -> Tag {
    Tag {
        id: CARTRIDGE,
        kind: 2,
        expiry_day: TODAY + 300,
        authentic: true,
        used: false,
    }
}

/// The calibration dummy.
pub const fn dummy() -> TagReading {
    TagReading::Present(Tag {
        id: 0xD0,
        kind: 200,
        expiry_day: 0,
        authentic: true,
        used: false,
    })
}
