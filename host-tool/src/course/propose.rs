//! What a plan for an indication would ask for, zone by zone.

use std::collections::BTreeMap;

use pen_core::limits;
use pen_core::plan::{OverrideReason, Zone, ZonePlan};
use pen_core::profile::{Bound, DeviceClass, Source, depth_ceiling};
use pen_core::units::{Depth, Duration, Rate, Strokes};

use super::recovery_days;
use super::references::{DEPTH_GUIDE, PROPOSAL, Reference};
use super::table::{Course, Indication, Range, Skin, zone_row};
use crate::plan::widest_profile;
use crate::words;

/// Passes over each place, in different directions. Source: Chu 2012, and the reference "Passes".
pub(super) const PASSES: u32 = 3;

/// Width of a tip. Unit: mm. Source: model of the project's density estimate, no measurement yet.
pub(super) const TIP_MM: u32 = 5;

/// Speed of a hand that glides. Unit: mm/s. Source: middle of 10 to 30 mm/s, common practice.
pub(super) const GLIDE_MM_S: u32 = 20;

/// A session of a whole face. Unit: s. Source: the shorter end of 15 to 30 min ("`RealSelf`").
const SESSION_S: u32 = 900;

/// Zones of a face that share that session. Source: the zones of the pen that are a face's.
const FACE: [Zone; 7] = [
    Zone::Forehead,
    Zone::Glabella,
    Zone::Nose,
    Zone::Periorbital,
    Zone::Perioral,
    Zone::Cheekbone,
    Zone::Cheek,
];

/// Longest glide of a needle during one stroke. Unit: mm. Source: proposal of this project.
const DRAG_MM: f64 = 0.15;

/// Largest area of a zone that is believed. Unit: cm2. Source: more than a back (about 0.2 m2).
pub const AREA_CM2_MAX: u32 = 2_000;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Why.
    pub indication: Indication,
    /// For which class of device.
    pub class: DeviceClass,
    /// On which skin.
    pub skin: Skin,
    /// Where; empty for the usual zones of the indication.
    pub zones: Vec<Zone>,
    /// Depths that were asked for by name. Unit: um.
    pub depths_um: BTreeMap<&'static str, i32>,
    /// Areas that were measured. Unit: cm2.
    pub areas_cm2: BTreeMap<&'static str, u32>,
    /// Needles of the cartridge that is meant.
    pub needles: u32,
    /// Length of its needles.
    pub length: Depth,
    /// Why usual caps may be exceeded.
    pub reason: Option<OverrideReason>,
    /// The operator's own cap.
    pub operator_cap: Option<Depth>,
}

/// A zone of a proposal.
#[derive(Clone, Debug)]
pub struct ProposedZone {
    /// As the plan asks for it.
    pub plan: ZonePlan,
    /// What the sources give for it. Unit: um.
    pub range_um: Range,
    /// Where the depth comes from.
    pub source: Reference,
    /// Speed levels of the depth guide.
    pub levels: (u32, u32),
    /// Area, if it is known. Unit: cm2.
    pub area_cm2: Option<u32>,
    /// Estimated punctures of all passes. Unit: 1/cm2.
    pub density: u32,
    /// The limit that it stays below.
    pub ceiling: Bound<Depth>,
}

/// A zone that is not in the proposal, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub zone: Zone,
    /// Why, in words.
    pub why: String,
}

/// A plan before it has numbers of people.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What was asked for.
    pub wish: Wish,
    /// Its zones, the shallowest first.
    pub zones: Vec<ProposedZone>,
    /// Usual zones that the class or the cartridge does not reach.
    pub left_out: Vec<LeftOut>,
    /// The course; its interval is not below the recovery of the deepest zone.
    pub course: Course,
}

/// Why there is no proposal. Each text says what was asked and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwilling {
    /// A zone has nothing to do with the indication.
    #[error("{indication} has no zone {zone}; it has {allowed}")]
    OtherZone {
        /// The indication.
        indication: &'static str,
        /// The zone asked for.
        zone: &'static str,
        /// Its zones.
        allowed: String,
    },
    /// A depth or an area was given for a zone that is not in the plan.
    #[error("{what} is given for {zone}, which is not in this plan; it has {zones}")]
    NotInPlan {
        /// `a depth` or `an area`.
        what: &'static str,
        /// The zone.
        zone: String,
        /// The zones of the plan.
        zones: String,
    },
    /// A zone that was asked for by name cannot be.
    #[error("{0}")]
    Beyond(String),
    /// Nothing is left.
    #[error("nothing of {indication} is left for a {class} device: {why}")]
    Nothing {
        /// The indication.
        indication: &'static str,
        /// The class.
        class: &'static str,
        /// Each zone's reason.
        why: String,
    },
    /// An area is no area.
    #[error("the area of {zone} is {asked} cm2; allowed is 1 to {most} cm2")]
    Area {
        /// The zone.
        zone: String,
        /// What was asked.
        asked: u32,
        /// What is allowed.
        most: u32,
    },
    /// The motor would run for too long.
    #[error(
        "the zones ask for {asked} of motor time; a session has {allowed}: name fewer zones or smaller areas"
    )]
    TooLong {
        /// What was asked, in words.
        asked: String,
        /// What is allowed, in words.
        allowed: String,
    },
    /// An override that nothing needs.
    #[error("an override is given, and no zone is asked deeper than its usual cap")]
    NoNeed,
}

/// The cap of a zone by the core's own meet: class, zone, cartridge, operator.
#[must_use]
pub(super) fn ceiling(wish: &Wish, zone: Zone, reason: Option<OverrideReason>) -> Bound<Depth> {
    let zone = ZonePlan {
        zone,
        depth: Depth::from_um(1),
        rate: limits::RATE_MIN,
        time: Duration::from_s(1),
        strokes: Strokes::from_count(1),
        override_reason: reason,
    };
    let profile = widest_profile(wish.class);
    depth_ceiling(&profile, &zone, wish.operator_cap, Some(wish.length))
}

/// A plan for this wish.
///
/// # Errors
/// [`Unwilling`]; every reason names what was asked and what is allowed.
pub fn propose(wish: &Wish) -> Result<Proposal, Unwilling> {
    let row = wish.indication.row();
    let usual = row.zones.get(..row.usual).unwrap_or(row.zones);
    let is_named = !wish.zones.is_empty();
    let asked = if is_named { &wish.zones } else { usual };
    check_zones(wish, asked)?;
    within_class(wish)?;
    let (mut zones, mut left_out) = (Vec::new(), Vec::new());
    for zone in asked {
        match one(wish, *zone, asked) {
            Ok(zone) => zones.push(zone),
            Err(why) if is_named || wish.depths_um.contains_key(words::zone(*zone)) => {
                return Err(Unwilling::Beyond(why));
            }
            Err(why) => left_out.push(LeftOut { zone: *zone, why }),
        }
    }
    if zones.is_empty() {
        let why: Vec<&str> = left_out.iter().map(|it| it.why.as_str()).collect();
        return Err(Unwilling::Nothing {
            indication: wish.indication.word(),
            class: words::class(wish.class),
            why: why.join("; "),
        });
    }
    if wish.reason.is_some() && zones.iter().all(|it| it.plan.override_reason.is_none()) {
        return Err(Unwilling::NoNeed);
    }
    let total: u32 = zones
        .iter()
        .map(|it| it.plan.time.as_us() / 1_000_000)
        .sum();
    let allowed = widest_profile(wish.class).session_on;
    if total > allowed.as_us() / 1_000_000 {
        return Err(Unwilling::TooLong {
            asked: words::span(Duration::from_s(total)),
            allowed: words::span(allowed),
        });
    }
    zones.sort_by_key(|it| it.plan.depth);
    let deepest = zones.iter().map(|it| it.plan.depth.as_um()).max();
    let recovery = recovery_days(deepest.unwrap_or(0));
    let (least, most) = row.course.interval_days;
    let least = least.max(recovery);
    Ok(Proposal {
        wish: wish.clone(),
        zones,
        left_out,
        course: Course {
            interval_days: (least, most.max(least)),
            ..row.course
        },
    })
}

/// Whether the class reaches the indication at all.
fn within_class(wish: &Wish) -> Result<(), Unwilling> {
    let row = wish.indication.row();
    let least = Depth::from_um(row.depths.of(wish.skin).0);
    let allowed = widest_profile(wish.class).class_cap(false);
    if allowed >= least {
        return Ok(());
    }
    Err(Unwilling::Nothing {
        indication: wish.indication.word(),
        class: words::class(wish.class),
        why: format!(
            "it begins at {} by the {} ({} skin), and the {} allows at most {}",
            words::depth(least),
            row.source.key.to_lowercase(),
            wish.skin.word(),
            words::source(Source::Class),
            words::depth(allowed),
        ),
    })
}

fn check_zones(wish: &Wish, asked: &[Zone]) -> Result<(), Unwilling> {
    let row = wish.indication.row();
    let names = |zones: &[Zone]| {
        let names: Vec<&str> = zones.iter().map(|zone| words::zone(*zone)).collect();
        names.join(", ")
    };
    for zone in asked {
        if !row.zones.contains(zone) {
            return Err(Unwilling::OtherZone {
                indication: wish.indication.word(),
                zone: words::zone(*zone),
                allowed: names(row.zones),
            });
        }
    }
    let depths = wish.depths_um.keys().map(|key| ("a depth", key));
    let areas = wish.areas_cm2.keys().map(|key| ("an area", key));
    for (what, zone) in depths.chain(areas) {
        if !asked.iter().any(|it| words::zone(*it) == *zone) {
            return Err(Unwilling::NotInPlan {
                what,
                zone: (*zone).to_owned(),
                zones: names(asked),
            });
        }
    }
    for (zone, area) in &wish.areas_cm2 {
        if !(1..=AREA_CM2_MAX).contains(area) {
            return Err(Unwilling::Area {
                zone: (*zone).to_owned(),
                asked: *area,
                most: AREA_CM2_MAX,
            });
        }
    }
    Ok(())
}

/// One zone, or why it cannot be.
fn one(wish: &Wish, zone: Zone, all: &[Zone]) -> Result<ProposedZone, String> {
    let name = words::zone(zone);
    let indication = wish.indication.row();
    let own = indication.depths.of(wish.skin);
    let there = zone_row(zone);
    let local = there.depths.of(wish.skin);
    // Where the skin of the zone is thinner than the indication assumes, the zone decides.
    let most = own.1.min(local.1);
    let least = own.0.max(local.0).min(most);
    let usual = ceiling(wish, zone, None);
    let words_of = |um: i32| words::depth(Depth::from_um(um));
    let short_of = |bound: &Bound<Depth>| {
        format!(
            "{name}: {} begins at {} by the {} ({}), and the {} allows at most {}",
            wish.indication.word(),
            words_of(own.0),
            indication.source.key.to_lowercase(),
            wish.skin.word(),
            words::source(bound.by),
            words::depth(bound.value),
        )
    };
    // What is meant for deeper skin is not made shallow and still called by its name.
    if usual.value.as_um() < own.0 {
        return Err(short_of(&usual));
    }
    let studied = indication.studied.filter(|it| it.zone == zone);
    let start = studied.map_or(least, |it| it.depth_um.clamp(least, most));
    let asked = wish.depths_um.get(name).copied();
    if asked.is_none() && least > usual.value.as_um() {
        return Err(format!(
            "{name}: the {} begins at {} there, and the {} allows at most {}",
            there.source.key.to_lowercase(),
            words_of(least),
            words::source(usual.by),
            words::depth(usual.value),
        ));
    }
    let depth = asked.unwrap_or_else(|| start.min(usual.value.as_um()));
    let reason = wish.reason.filter(|_| depth > usual.value.as_um());
    let bound = ceiling(wish, zone, reason);
    in_range(wish, zone, depth, (least, most), &bound)?;
    let (plan, density) = numbers(wish, zone, depth, all, reason);
    Ok(ProposedZone {
        plan,
        range_um: (least, most),
        source: studied
            .filter(|it| it.depth_um == depth)
            .map_or(DEPTH_GUIDE, |it| it.source),
        levels: there.levels,
        area_cm2: wish.areas_cm2.get(name).copied(),
        density,
        ceiling: bound,
    })
}

/// Whether a depth lies within what the sources and the limits give.
fn in_range(
    wish: &Wish,
    zone: Zone,
    depth_um: i32,
    (least, most): Range,
    bound: &Bound<Depth>,
) -> Result<(), String> {
    let name = words::zone(zone);
    let words_of = |um: i32| words::depth(Depth::from_um(um));
    if depth_um > bound.value.as_um() {
        let overridden = ceiling(wish, zone, Some(OverrideReason::PhysicianOrder));
        let deepest = overridden.value.as_um().min(most);
        let help = if wish.reason.is_none()
            && wish.class == DeviceClass::Professional
            && depth_um <= deepest
        {
            format!("; up to {} with --override", words_of(deepest))
        } else {
            String::new()
        };
        return Err(format!(
            "{name}: asked {}, allowed is at most {}, set by the {}{help}",
            words_of(depth_um),
            words::depth(bound.value),
            words::source(bound.by),
        ));
    }
    if !(least..=most).contains(&depth_um) {
        return Err(format!(
            "{name}: asked {}, the sources give {} to {} for {} on {} skin",
            words_of(depth_um),
            words_of(least),
            words_of(most),
            wish.indication.word(),
            wish.skin.word(),
        ));
    }
    Ok(())
}

/// Rate, time and strokes of a zone, and the estimated punctures of all passes per cm2.
fn numbers(
    wish: &Wish,
    zone: Zone,
    depth_um: i32,
    all: &[Zone],
    reason: Option<OverrideReason>,
) -> (ZonePlan, u32) {
    let depth = Depth::from_um(depth_um);
    let rate_hz = rate_hz(zone, depth);
    let time_s = match wish.areas_cm2.get(words::zone(zone)) {
        // A tip of 5 mm at 20 mm/s covers 1 cm2 in a second.
        Some(area) => (PASSES * area * 100).div_ceil(TIP_MM * GLIDE_MM_S),
        None => share_s(zone, all),
    };
    let strokes = (time_s * rate_hz).min(limits::CARTRIDGE_LIFE);
    let density = PASSES * wish.needles * rate_hz * 100 / (TIP_MM * GLIDE_MM_S);
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

/// Time of a zone whose area nobody measured: its share of a session. Unit: s.
fn share_s(zone: Zone, all: &[Zone]) -> u32 {
    let count = |zones: usize| u32::try_from(zones).unwrap_or(1).max(1);
    let of = if FACE.contains(&zone) {
        count(FACE.len())
    } else {
        count(all.iter().filter(|it| !FACE.contains(it)).count())
    };
    SESSION_S / of / 10 * 10
}

/// Rate of a zone. Unit: Hz.
///
/// The depth guide counts six levels without a unit; they are read as even steps over the 50 to 150
/// strokes/s of the class. While needles are in skin a hand must not drag them further than
/// 0.15 mm, which bounds the rate from below.
fn rate_hz(zone: Zone, depth: Depth) -> u32 {
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
fn least_rate_hz(depth: Depth) -> u32 {
    let stroke = f64::from(limits::MECHANICAL_STROKE.as_um());
    let share = (1.0 - 2.0 * f64::from(depth.as_um()) / stroke).clamp(-1.0, 1.0);
    let duty = share.acos() / std::f64::consts::PI;
    let steps = (f64::from(GLIDE_MM_S) * duty / DRAG_MM / 5.0).ceil();
    // At most 27 steps: the duty is at most 1.
    let hz = (0..=27_u32).find(|step| f64::from(*step) >= steps);
    hz.unwrap_or(27) * 5
}

/// Where the rate, the time and the passes come from.
pub(super) const CALCULATED: Reference = PROPOSAL;

#[cfg(test)]
mod tests;
