//! Values that the unit tests share.

use pen_core::calibration::{Calibration, Channel, Knot, Table};
use pen_core::plan::{Plan, Screening, Zone, ZonePlan};
use pen_core::profile::{DeviceClass, DeviceProfile, Mechanism, MotorData};
use pen_core::units::{Depth, Duration, Rate, Strokes};

/// A profile of a professional pen with a ring.
pub(crate) fn profile(serial: u64) -> DeviceProfile {
    DeviceProfile {
        serial,
        class: DeviceClass::Professional,
        mechanism: Mechanism::Ring,
        depth_max: Depth::from_um(2_000),
        stroke: Depth::from_um(2_500),
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

/// A calibration without errors.
pub(crate) fn calibration(serial: u64, generation: u32) -> Calibration {
    Calibration {
        serial,
        generation,
        technician: 7,
        made_day: 2_500,
        due_day: 2_865,
        clock_ppm: 0,
        a: table(Channel::A),
        b: table(Channel::B),
    }
}

fn table(channel: Channel) -> Table {
    let mut table = Table::default();
    for (place, step) in (0_u16..9).enumerate() {
        let counts = match channel {
            Channel::A => 400 + step * 420,
            Channel::B => 780 + step * 390,
        };
        table.knots[place] = Some(Knot {
            counts,
            depth: channel.nominal(counts),
        });
    }
    table
}

/// A plan of one zone, that the profile admits.
pub(crate) fn plan() -> Plan {
    let mut zones = [None; 8];
    zones[0] = Some(ZonePlan {
        zone: Zone::Cheek,
        depth: Depth::from_um(1_000),
        rate: Rate::from_hz(100),
        time: Duration::from_min(5),
        strokes: Strokes::from_count(40_000),
        override_reason: None,
    });
    Plan {
        id: 1,
        day: 2_520,
        operator: 5,
        token: 1,
        screening: Screening::all_negative(),
        operator_cap: None,
        zones,
    }
}
