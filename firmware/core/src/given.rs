//! What the core's own tests start from: one device, one calibration, plans of one zone or more.

use crate::calibration::{Calibration, Channel, Knot, Table};
use crate::io::Tag;
use crate::journal::ResetCause;
use crate::pen::Boot;
use crate::plan::{Plan, Screening, Zone, ZonePlan};
use crate::profile::{DeviceClass, DeviceProfile, Mechanism, MotorData};
use crate::units::{Depth, Duration, Rate, Strokes};

pub(crate) const SERIAL: u64 = 1;

/// A professional pen with a ring and the motor of the reference plant.
pub(crate) const PROFILE: DeviceProfile = DeviceProfile {
    serial: SERIAL,
    class: DeviceClass::Professional,
    mechanism: Mechanism::Ring,
    depth_max: Depth::from_um(2_400),
    stroke: Depth::from_um(2_500),
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
};

/// A zone that leaves time for a whole test.
pub(crate) const ZONE: ZonePlan = ZonePlan {
    zone: Zone::Cheek,
    depth: Depth::from_um(1_200),
    rate: Rate::from_hz(100),
    time: Duration::from_min(5),
    strokes: Strokes::from_count(40_000),
    override_reason: None,
};

/// A board on which nothing is wrong, at its first start.
pub(crate) fn boot() -> Boot {
    Boot {
        serial: SERIAL,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: false,
        storage_ok: true,
        profile: Ok(PROFILE),
        calibration: Ok(calibration(1, 2_490, 2_600)),
        ledger: None,
        digest: 0,
        signed_off: crate::calibration::CalibrationId {
            generation: 1,
            digest: 0,
        },
    }
}

/// A new cartridge of 12 needles of 2.5 mm.
pub(crate) const TAG: Tag = Tag {
    id: 7,
    kind: 2,
    expiry_day: 2_800,
    authentic: true,
    used: false,
};

/// A calibration of two channels that read as they should.
pub(crate) fn calibration(generation: u32, made_day: u16, due_day: u16) -> Calibration {
    Calibration {
        serial: SERIAL,
        generation,
        technician: 1,
        made_day,
        due_day,
        clock_ppm: 0,
        a: table(Channel::A),
        b: table(Channel::B),
    }
}

fn table(channel: Channel) -> Table {
    let mut table = Table::default();
    for (place, step) in table.knots.iter_mut().zip(0_u16..9) {
        let counts = match channel {
            Channel::A => 260 + step * 460,
            Channel::B => 420 + step * 430,
        };
        *place = Some(Knot {
            counts,
            depth: channel.nominal(counts),
        });
    }
    table
}

/// A plan of these zones for the patient of this number.
pub(crate) fn plan_of(id: u32, day: u16, zones: &[ZonePlan]) -> Plan {
    let mut places = [None; 8];
    for (place, zone) in places.iter_mut().zip(zones) {
        *place = Some(*zone);
    }
    Plan {
        id,
        day,
        operator: 1,
        token: u64::from(id),
        screening: Screening::all_negative(),
        operator_cap: None,
        zones: places,
    }
}
