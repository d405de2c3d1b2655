//! Everything on the wires that a processor may read in one tick.

use pen_core::io::{Acceleration, Quadrant, Sample, Tacho, Tag, TagReading};
use pen_core::units::Duration;

use crate::Refusal;
use crate::bytes::{Sink, Source};

/// Levels of the contacts, as the pins show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one wire, one field")]
pub struct Levels {
    /// Closing contact of the trigger.
    pub trigger_closed: bool,
    /// Opening contact of the trigger.
    pub trigger_opened: bool,
    /// Next button.
    pub next: bool,
    /// Confirm button.
    pub ok: bool,
    /// Seat switch.
    pub seat: bool,
    /// Cable detector.
    pub vbus: bool,
}

/// The readings of one tick.
///
/// Layout: levels u8; depth A, depth B, current, battery, grip, each counts u16 and age u32 (us);
/// acceleration x, y, z i16 (mg) and age u32 (us); edges i8, age of the newest edge u32 (us),
/// quadrant u8; tag u8 (0 absent, 1 unreadable, 2 present) and,
/// only when present, identity u64, type u8, expiry day u16, flags u8 (authentic, used).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Contacts.
    pub levels: Levels,
    /// Depth channel A.
    pub depth_a: Sample,
    /// Depth channel B.
    pub depth_b: Sample,
    /// Motor current.
    pub current: Sample,
    /// Battery voltage.
    pub battery: Sample,
    /// Temperature of the grip.
    pub grip: Sample,
    /// How the pen is moved.
    pub acceleration: Acceleration,
    /// Tachometer.
    pub tacho: Tacho,
    /// The cartridge's tag.
    pub tag: TagReading,
}

impl Readings {
    pub(crate) fn read(from: &mut Source<'_>) -> Result<Self, Refusal> {
        let [trigger_closed, trigger_opened, next, ok, seat, vbus] = from.flags("levels")?;
        Ok(Self {
            levels: Levels {
                trigger_closed,
                trigger_opened,
                next,
                ok,
                seat,
                vbus,
            },
            depth_a: read_sample(from)?,
            depth_b: read_sample(from)?,
            current: read_sample(from)?,
            battery: read_sample(from)?,
            grip: read_sample(from)?,
            acceleration: read_acceleration(from)?,
            tacho: read_tacho(from)?,
            tag: read_tag(from)?,
        })
    }

    pub(crate) fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        let levels = &self.levels;
        into.flags([
            levels.trigger_closed,
            levels.trigger_opened,
            levels.next,
            levels.ok,
            levels.seat,
            levels.vbus,
        ])?;
        for sample in [
            &self.depth_a,
            &self.depth_b,
            &self.current,
            &self.battery,
            &self.grip,
        ] {
            into.put(&sample.counts.to_le_bytes())?;
            into.put(&sample.age.as_us().to_le_bytes())?;
        }
        let Acceleration {
            x_mg,
            y_mg,
            z_mg,
            age,
        } = self.acceleration;
        for axis in [x_mg, y_mg, z_mg] {
            into.put(&axis.to_le_bytes())?;
        }
        into.put(&age.as_us().to_le_bytes())?;
        into.put(&self.tacho.edges.to_le_bytes())?;
        into.put(&self.tacho.edge_age.as_us().to_le_bytes())?;
        into.put(&[quadrant_code(self.tacho.quadrant)])?;
        match self.tag {
            TagReading::Absent => into.put(&[0]),
            TagReading::Unreadable => into.put(&[1]),
            TagReading::Present(tag) => {
                into.put(&[2])?;
                into.put(&tag.id.to_le_bytes())?;
                into.put(&[tag.kind])?;
                into.put(&tag.expiry_day.to_le_bytes())?;
                into.flags([tag.authentic, tag.used])
            }
        }
    }
}

fn read_sample(from: &mut Source<'_>) -> Result<Sample, Refusal> {
    Ok(Sample {
        counts: from.u16()?,
        age: Duration::from_us(from.u32()?),
    })
}

fn read_acceleration(from: &mut Source<'_>) -> Result<Acceleration, Refusal> {
    Ok(Acceleration {
        x_mg: from.i16()?,
        y_mg: from.i16()?,
        z_mg: from.i16()?,
        age: Duration::from_us(from.u32()?),
    })
}

fn read_tacho(from: &mut Source<'_>) -> Result<Tacho, Refusal> {
    Ok(Tacho {
        edges: from.i8()?,
        edge_age: Duration::from_us(from.u32()?),
        quadrant: match from.u8()? {
            0 => Quadrant::Retracted,
            1 => Quadrant::Extending,
            2 => Quadrant::Extended,
            3 => Quadrant::Retracting,
            other => return Err(field("quadrant", other)),
        },
    })
}

const fn quadrant_code(quadrant: Quadrant) -> u8 {
    match quadrant {
        Quadrant::Retracted => 0,
        Quadrant::Extending => 1,
        Quadrant::Extended => 2,
        Quadrant::Retracting => 3,
    }
}

fn read_tag(from: &mut Source<'_>) -> Result<TagReading, Refusal> {
    match from.u8()? {
        0 => Ok(TagReading::Absent),
        1 => Ok(TagReading::Unreadable),
        2 => {
            let id = from.u64()?;
            let kind = from.u8()?;
            let expiry_day = from.u16()?;
            let [authentic, used] = from.flags("tag flags")?;
            Ok(TagReading::Present(Tag {
                id,
                kind,
                expiry_day,
                authentic,
                used,
            }))
        }
        other => Err(field("tag reading", other)),
    }
}

pub(crate) fn field(name: &'static str, value: u8) -> Refusal {
    let value = value.into();
    Refusal::Field { name, value }
}
