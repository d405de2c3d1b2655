//! Plans in scenario files.

use pen_core::plan::{OverrideReason, Plan, Screening, ZONES_MAX, Zone, ZonePlan};
use pen_core::units::{Depth, Duration, Rate, Strokes};
use serde::Deserialize;

/// A plan as a scenario writes it. It may be wrong on purpose: the pen judges it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanSpec {
    #[serde(default = "one")]
    id: u32,
    #[serde(default = "day")]
    day: u16,
    #[serde(default = "one")]
    operator: u32,
    #[serde(default = "token")]
    token: u64,
    operator_cap_um: Option<i32>,
    #[serde(default = "complete")]
    answered: u16,
    #[serde(default)]
    positive: u16,
    #[serde(default)]
    cleared: u16,
    zones: Vec<ZoneSpec>,
}

const fn one() -> u32 {
    1
}

/// 2026-11-22.
const fn day() -> u16 {
    2_517
}

const fn token() -> u64 {
    77
}

const fn complete() -> u16 {
    0x0FFF
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneSpec {
    zone: Zone,
    depth_um: i32,
    rate_hz: u32,
    #[serde(default = "minute")]
    time_s: u32,
    #[serde(default = "strokes")]
    strokes: u32,
    override_reason: Option<OverrideReason>,
}

const fn minute() -> u32 {
    60
}

const fn strokes() -> u32 {
    10_000
}

impl PlanSpec {
    /// The plan.
    ///
    /// # Errors
    /// When it has more zones than a plan can carry.
    pub(super) fn build(&self) -> Result<Plan, String> {
        if self.zones.len() > ZONES_MAX {
            return Err(format!(
                "{} zones; a plan carries at most {ZONES_MAX}",
                self.zones.len()
            ));
        }
        let mut zones = [None; ZONES_MAX];
        for (place, zone) in zones.iter_mut().zip(&self.zones) {
            *place = Some(ZonePlan {
                zone: zone.zone,
                depth: Depth::from_um(zone.depth_um),
                rate: Rate::from_hz(zone.rate_hz),
                time: Duration::from_s(zone.time_s),
                strokes: Strokes::from_count(zone.strokes),
                override_reason: zone.override_reason,
            });
        }
        Ok(Plan {
            id: self.id,
            day: self.day,
            operator: self.operator,
            token: self.token,
            screening: Screening {
                answered: self.answered,
                positive: self.positive,
                cleared: self.cleared,
            },
            operator_cap: self.operator_cap_um.map(Depth::from_um),
            zones,
        })
    }
}
