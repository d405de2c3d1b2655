//! What is asked -> what is admitted. Limits combine by meet: device and cartridge and zone and
//! plan and operator; the result is never looser than any of them (CONF-001).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::limits;
use crate::plan::{Plan, Screening, ZonePlan};
use crate::request::Refusal;
use crate::units::{Depth, Duration, Rate};

/// The two device classes (CONF-005).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DeviceClass {
    /// For use at home: cap 0.3 mm, no override.
    Home,
    /// For professionals: cap 1.5 mm, deeper by logged override where the zone allows it.
    Professional,
}
any_enum!(DeviceClass { Home, Professional });

/// How the depth is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Mechanism {
    /// A ring that a hand turns: it can only be measured, so the answer to too deep is to stop.
    Ring,
    /// A motorised actuator: it is told where to go, and measured.
    Actuator,
}
any_enum!(Mechanism { Ring, Actuator });

/// What the rate loop must know of the motor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MotorData {
    /// Winding, bridge and shunt. Unit: milliohm. Range: `500 ..= 20_000`.
    pub resistance_mohm: u16,
    /// Back-EMF. Unit: uV per Hz of stroke rate. Range: `1_000 ..= 200_000`.
    pub back_emf_uv_per_hz: u32,
    /// Voltage that overcomes friction. Unit: mV. Range: `0 ..= 2_000`.
    pub friction_mv: u16,
}
any_struct!(MotorData {
    resistance_mohm,
    back_emf_uv_per_hz,
    friction_mv
});

/// The stored, signed limit profile of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DeviceProfile {
    /// The device it was made for.
    pub serial: u64,
    /// Its class.
    pub class: DeviceClass,
    /// How its depth is set.
    pub mechanism: Mechanism,
    /// Its depth cap, with every override.
    pub depth_max: Depth,
    /// Its mechanical stroke.
    pub stroke: Depth,
    /// Its slowest rate.
    pub rate_min: Rate,
    /// Its fastest rate.
    pub rate_max: Rate,
    /// Its rate ramp. Unit: mHz per ms.
    pub accel_mhz_per_ms: u32,
    /// Its motor-on time for one session.
    pub session_on: Duration,
    /// Its longest session.
    pub session_elapsed: Duration,
    /// Its motor.
    pub motor: MotorData,
}
any_struct!(DeviceProfile {
    serial,
    class,
    mechanism,
    depth_max,
    stroke,
    rate_min,
    rate_max,
    accel_mhz_per_ms,
    session_on,
    session_elapsed,
    motor
});

/// Why there is no usable profile (CONF-004).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ProfileDefect {
    /// Nothing is stored.
    Missing,
    /// What is stored does not pass its checksum.
    Corrupt,
    /// The signature is missing or not by the maker.
    Unsigned,
    /// It was made for another device.
    OtherSerial,
    /// Its version is not known.
    UnknownVersion,
    /// A value lies outside the absolute limits.
    OutOfRange,
    /// The depth cap is not below the mechanical stroke (DEPTH-013).
    StrokeTooShort,
}
any_enum!(ProfileDefect {
    Missing,
    Corrupt,
    Unsigned,
    OtherSerial,
    UnknownVersion,
    OutOfRange,
    StrokeTooShort
});

impl DeviceProfile {
    /// Whether every value lies inside the absolute limits and the profile is for this device.
    ///
    /// # Errors
    /// The [`ProfileDefect`] found first; the pen stays Locked.
    pub fn admit(self, serial: u64) -> Result<Self, ProfileDefect> {
        if self.serial != serial {
            return Err(ProfileDefect::OtherSerial);
        }
        if self.stroke > limits::MECHANICAL_STROKE || self.depth_max >= self.stroke {
            return Err(ProfileDefect::StrokeTooShort);
        }
        let motor = self.motor;
        let inside = self.depth_max > Depth::from_um(0)
            && self.depth_max <= limits::DEPTH_ABSOLUTE
            && self.rate_min >= limits::RATE_MIN
            && self.rate_max <= limits::RATE_MAX
            && self.rate_min <= self.rate_max
            && (1..=limits::ACCEL_MAX_MHZ_PER_MS).contains(&self.accel_mhz_per_ms)
            && self.session_on > Duration::from_us(0)
            && self.session_on <= limits::SESSION_ON_MAX
            && self.session_elapsed >= self.session_on
            && self.session_elapsed <= limits::SESSION_ELAPSED_MAX
            && (500..=20_000).contains(&motor.resistance_mohm)
            && (1_000..=200_000).contains(&motor.back_emf_uv_per_hz)
            && motor.friction_mv <= 2_000;
        if inside {
            Ok(self)
        } else {
            Err(ProfileDefect::OutOfRange)
        }
    }

    /// The cap of the device's class, with or without an override (CONF-005).
    #[must_use]
    pub const fn class_cap(&self, overridden: bool) -> Depth {
        match (self.class, overridden) {
            (DeviceClass::Home, _) => limits::DEPTH_HOME,
            (DeviceClass::Professional, false) => limits::DEPTH_PROFESSIONAL,
            (DeviceClass::Professional, true) => limits::DEPTH_ABSOLUTE,
        }
    }
}

/// Who set a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Source {
    /// The absolute limits of this firmware.
    Absolute,
    /// The class of the device.
    Class,
    /// The device's own profile.
    Device,
    /// The length of the cartridge's needles.
    Cartridge,
    /// The zone's cap.
    Zone,
    /// The plan.
    Plan,
    /// The operator's own cap.
    Operator,
}
any_enum!(Source {
    Absolute,
    Class,
    Device,
    Cartridge,
    Zone,
    Plan,
    Operator
});

/// A limit and who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bound<T> {
    /// The limit.
    pub value: T,
    /// Who set it.
    pub by: Source,
}

impl<T: Copy + Ord> Bound<T> {
    /// The tighter of this upper limit and another; the first one named wins a tie.
    #[must_use]
    pub fn meet(self, value: T, by: Source) -> Self {
        if value < self.value {
            Self { value, by }
        } else {
            self
        }
    }
}

/// The depth cap of a zone before the plan's own depth: what a plan is measured against.
#[must_use]
pub fn depth_ceiling(
    device: &DeviceProfile,
    zone: &ZonePlan,
    operator: Option<Depth>,
    needles: Option<Depth>,
) -> Bound<Depth> {
    let overridden = zone.override_reason.is_some();
    let caps = zone.zone.caps();
    let zone_cap = if overridden {
        caps.with_override
    } else {
        caps.cap
    };
    let mut bound = Bound {
        value: limits::DEPTH_ABSOLUTE,
        by: Source::Absolute,
    }
    .meet(device.class_cap(overridden), Source::Class)
    .meet(device.depth_max, Source::Device)
    .meet(zone_cap, Source::Zone);
    if let Some(length) = needles {
        bound = bound.meet(length, Source::Cartridge);
    }
    if let Some(cap) = operator {
        bound = bound.meet(cap, Source::Operator);
    }
    bound
}

/// The depth cap in force in a zone: the meet of all six sources.
#[must_use]
pub fn effective_depth(
    device: &DeviceProfile,
    zone: &ZonePlan,
    operator: Option<Depth>,
    needles: Option<Depth>,
) -> Bound<Depth> {
    depth_ceiling(device, zone, operator, needles).meet(zone.depth, Source::Plan)
}

/// Whether a plan can be admitted on this device.
///
/// # Errors
/// The first [`Refusal`] found; the plan in force before stays in force (CONF-002, CONF-006).
pub fn admit_plan(device: &DeviceProfile, plan: &Plan) -> Result<(), Refusal> {
    if plan.id == 0 {
        return Err(Refusal::NoPlanId);
    }
    if plan.operator == 0 {
        return Err(Refusal::NoOperator);
    }
    if plan.token == 0 {
        return Err(Refusal::NoToken);
    }
    admit_screening(plan.screening)?;
    if let Some(cap) = plan.operator_cap
        && cap <= Depth::from_um(0)
    {
        return Err(Refusal::NotPositive { zone: 0 });
    }
    admit_shape(plan)?;
    let mut total = Duration::from_us(0);
    // Place by place: a proof follows it where the place is known (docs/proof.md).
    for (place, zone) in (0_u8..).zip(&plan.zones) {
        let Some(zone) = zone else { continue };
        admit_zone(device, plan, place, zone)?;
        total = total.plus_up_to(zone.time, Duration::from_us(u32::MAX));
    }
    if total > device.session_on {
        return Err(Refusal::TooLong {
            asked: total,
            allowed: device.session_on,
        });
    }
    Ok(())
}

/// SESS-007: the checklist is complete and nothing on it forbids the treatment.
fn admit_screening(screening: Screening) -> Result<(), Refusal> {
    let missing = Screening::COMPLETE & !screening.answered;
    if missing != 0 {
        return Err(Refusal::ScreeningIncomplete { missing });
    }
    let unknown =
        (screening.answered | screening.positive | screening.cleared) & !Screening::COMPLETE;
    if unknown != 0 {
        return Err(Refusal::ScreeningUnknown { items: unknown });
    }
    let open = screening.positive & !(screening.cleared & Screening::CLEARABLE);
    if open != 0 {
        return Err(Refusal::ScreeningForbids { items: open });
    }
    Ok(())
}

/// No gap, not empty, no zone twice.
fn admit_shape(plan: &Plan) -> Result<(), Refusal> {
    if plan.zones.iter().all(Option::is_none) {
        return Err(Refusal::EmptyPlan);
    }
    let end = plan.zones.iter().take_while(|zone| zone.is_some()).count();
    for (place, zone) in (0_u8..).zip(&plan.zones) {
        match zone {
            None => {}
            Some(_) if usize::from(place) > end => {
                return Err(Refusal::GapInPlan { zone: place });
            }
            Some(zone) => {
                let again = (0_u8..).zip(&plan.zones).any(|(other, entry)| {
                    other != place && entry.is_some_and(|entry| entry.zone == zone.zone)
                });
                if again {
                    return Err(Refusal::DuplicateZone { zone: zone.zone });
                }
            }
        }
    }
    Ok(())
}

fn admit_zone(
    device: &DeviceProfile,
    plan: &Plan,
    place: u8,
    zone: &ZonePlan,
) -> Result<(), Refusal> {
    let none = zone.depth <= Depth::from_um(0)
        || zone.time == Duration::from_us(0)
        || zone.strokes.as_count() == 0;
    if none {
        return Err(Refusal::NotPositive { zone: place });
    }
    if let Some(cap) = plan.operator_cap
        && cap < zone.depth
    {
        return Err(Refusal::TooDeep {
            asked: zone.depth,
            allowed: cap,
            by: Source::Operator,
        });
    }
    if zone.override_reason.is_some() {
        let caps = zone.zone.caps();
        if caps.with_override == caps.cap || device.class == DeviceClass::Home {
            return Err(Refusal::OverrideNotAllowed { zone: zone.zone });
        }
        if zone.depth <= caps.cap.min(limits::DEPTH_PROFESSIONAL) {
            return Err(Refusal::OverrideWithoutNeed { zone: zone.zone });
        }
    }
    let ceiling = depth_ceiling(device, zone, plan.operator_cap, None);
    if zone.depth > ceiling.value {
        return Err(Refusal::TooDeep {
            asked: zone.depth,
            allowed: ceiling.value,
            by: ceiling.by,
        });
    }
    if zone.depth > limits::DEPTH_PROFESSIONAL && zone.rate > limits::RATE_DEEP {
        return Err(Refusal::TooFast {
            asked: zone.rate,
            allowed: limits::RATE_DEEP,
            by: Source::Absolute,
        });
    }
    admit_budget(device, zone)
}

fn admit_budget(device: &DeviceProfile, zone: &ZonePlan) -> Result<(), Refusal> {
    if zone.rate > device.rate_max {
        return Err(Refusal::TooFast {
            asked: zone.rate,
            allowed: device.rate_max,
            by: Source::Device,
        });
    }
    if zone.rate < device.rate_min {
        return Err(Refusal::TooSlow {
            asked: zone.rate,
            allowed: device.rate_min,
            by: Source::Device,
        });
    }
    if zone.strokes.as_count() > limits::CARTRIDGE_LIFE {
        return Err(Refusal::TooManyStrokes {
            asked: zone.strokes,
            allowed: limits::CARTRIDGE_LIFE,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
