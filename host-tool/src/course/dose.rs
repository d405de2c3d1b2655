//! Rate, time, strokes and punctures of a zone.

use pen_core::limits;
use pen_core::plan::{OverrideReason, Zone, ZonePlan};
use pen_core::units::{Depth, Duration, Rate, Strokes};

use super::table::zone_row;

/// Passes over each place, in different directions. Source: Chu 2012, and the reference "Passes".
pub(super) const PASSES: u32 = 3;

/// Width of a tip. Unit: mm. Source: model of the project's density estimate, no measurement yet.
pub(super) const TIP_MM: u32 = 5;

/// Speed of a hand that glides. Unit: mm/s. Source: middle of 10 to 30 mm/s, common practice.
pub(super) const GLIDE_MM_S: u32 = 20;

/// Longest glide of a needle during one stroke. Unit: mm. Source: proposal of this project.
const DRAG_MM: f64 = 0.15;

/// Punctures that the one source which names a number aims at. Unit: 1/cm2. Source: PRIME 2015; derived from
/// rollers, no number of a pen is known.
pub const DENSITY_AIM: (u32, u32) = (250, 300);

/// Area of a zone that nobody measured. Unit: cm2.
///
/// Source: assumption of this project, no measurement yet. Check: three passes over the seven zones
/// of a face, both sides, take 13.4 min, and a session has 15 to 30 min ("`RealSelf`"). What may be
/// larger than its number, such as a scar or a scalp, is rather taken too small: the budget of the
/// plan then ends early, and the pen says so.
#[must_use]
pub const fn typical_cm2(zone: Zone) -> u32 {
    match zone {
        Zone::Glabella => 6,
        Zone::FacialScar => 10,
        Zone::Nose => 12,
        Zone::Periorbital | Zone::BodyScar => 20,
        Zone::Perioral => 30,
        Zone::Cheekbone => 40,
        Zone::Forehead => 60,
        Zone::Cheek | Zone::Neck | Zone::StretchMark => 100,
        Zone::Scalp => 150,
    }
}

/// Rate, time and strokes of a zone, and the estimated punctures of all passes per cm2.
///
/// The time is that in which the tip glides over the area in all passes, which is the density times
/// the area over needles and rate.
pub(super) fn numbers(
    zone: Zone,
    depth_um: i32,
    area_cm2: u32,
    needles: u32,
    reason: Option<OverrideReason>,
) -> (ZonePlan, u32) {
    let depth = Depth::from_um(depth_um);
    let rate_hz = rate_hz(zone, depth);
    // A tip of 5 mm at 20 mm/s covers 1 cm2 in a second.
    let time_s = (PASSES * area_cm2 * 100).div_ceil(TIP_MM * GLIDE_MM_S);
    let strokes = (time_s * rate_hz).min(limits::CARTRIDGE_LIFE);
    let density = PASSES * needles * rate_hz * 100 / (TIP_MM * GLIDE_MM_S);
    let plan = ZonePlan {
        zone,
        depth,
        rate: Rate::from_hz(rate_hz),
        time: Duration::from_s(time_s),
        strokes: Strokes::from_count(strokes),
        override_reason: reason,
    };
    (plan, density)
}

/// Rate of a zone. Unit: Hz.
///
/// The depth guide counts six levels without a unit; they are read as even steps over the 50 to 150
/// strokes/s of the class. While needles are in skin a hand must not drag them further than
/// 0.15 mm, which bounds the rate from below.
pub(super) fn rate_hz(zone: Zone, depth: Depth) -> u32 {
    let (least, most) = (limits::RATE_MIN.as_mhz(), limits::RATE_MAX.as_mhz());
    let levels = zone_row(zone).levels;
    let by_level = least + (most - least) * (levels.0 + levels.1 - 2) / 10;
    let allowed = if depth > limits::DEPTH_PROFESSIONAL {
        limits::RATE_DEEP
    } else {
        limits::RATE_MAX
    };
    (by_level / 1_000)
        .max(least_rate_hz(depth))
        .min(allowed.as_mhz() / 1_000)
}

/// Slowest rate at which a gliding hand drags no needle too far. Unit: Hz, in steps of 5.
pub(super) fn least_rate_hz(depth: Depth) -> u32 {
    let stroke = f64::from(limits::MECHANICAL_STROKE.as_um());
    let share = (1.0 - 2.0 * f64::from(depth.as_um()) / stroke).clamp(-1.0, 1.0);
    let duty = share.acos() / std::f64::consts::PI;
    let steps = (f64::from(GLIDE_MM_S) * duty / DRAG_MM / 5.0).ceil();
    // At most 27 steps: the duty is at most 1.
    let hz = (0..=27_u32).find(|step| f64::from(*step) >= steps);
    hz.unwrap_or(27) * 5
}
