//! What a plan for an indication would ask for, zone by zone.

use std::collections::BTreeMap;

use pen_core::limits;
use pen_core::plan::{OverrideReason, Zone, ZonePlan};
use pen_core::profile::{Bound, DeviceClass, Source, depth_ceiling};
use pen_core::units::{Depth, Duration, Strokes};

use super::dose::{DENSITY_AIM, PASSES, numbers, typical_cm2};
use super::recovery_days;
use super::references::{PRIME, Reference};
use super::table::{Course, Indication, Range, Skin, zone_row};
use crate::plan::widest_profile;
use crate::words;

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

/// Why a zone begins at its depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is the shallow end of the range.
    ShallowEnd,
    /// A study was there.
    Study(Reference),
    /// A study was deeper, and the range ends here.
    DeepEnd(Reference),
    /// The limit is shallower than the study.
    Limit(Reference),
    /// Somebody asked for it by name.
    Asked,
}

/// What gave an end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// What is said of the indication.
    Indication,
    /// What is said of the zone, instead of the indication.
    Zone,
    /// Both, the same number.
    Both,
    /// A study that was shallower.
    Study(Reference),
}

/// A zone of a proposal.
#[derive(Clone, Debug)]
pub struct ProposedZone {
    /// As the plan asks for it.
    pub plan: ZonePlan,
    /// What the sources give for it. Unit: um.
    pub range_um: Range,
    /// What gave the shallow and the deep end of that range.
    pub range_by: (Given, Given),
    /// Why it begins at that depth.
    pub begun: Begun,
    /// Speed levels, of six.
    pub levels: (u32, u32),
    /// Area, if somebody measured it. Unit: cm2.
    pub area_cm2: Option<u32>,
    /// Area that the time is for: the measured one, or a typical one that is assumed. Unit: cm2.
    pub timed_cm2: u32,
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
        match one(wish, *zone) {
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
fn one(wish: &Wish, zone: Zone) -> Result<ProposedZone, String> {
    let name = words::zone(zone);
    let indication = wish.indication.row();
    let own = indication.depths.of(wish.skin);
    let there = zone_row(zone);
    let usual = ceiling(wish, zone, None);
    // What is meant for deeper skin is not made shallow and still called by its name.
    if usual.value.as_um() < own.0 {
        return Err(format!(
            "{name}: {} begins at {} by the {} ({}), and the {} allows at most {}",
            wish.indication.word(),
            words::depth(Depth::from_um(own.0)),
            indication.source.key.to_lowercase(),
            wish.skin.word(),
            words::source(usual.by),
            words::depth(usual.value),
        ));
    }
    let studied = indication.studied.filter(|it| it.zone == zone);
    let local = there.depths.of(wish.skin);
    let range = range(own, local, studied.map(|it| it.depth_um));
    let asked = wish.depths_um.get(name).copied();
    let (depth, begun) = match (asked, studied) {
        (Some(asked), _) => (asked, Begun::Asked),
        (None, Some(study)) => {
            let depth = study.depth_um.min(range.1).min(usual.value.as_um());
            let begun = if depth == study.depth_um {
                Begun::Study(study.source)
            } else if depth == range.1 {
                Begun::DeepEnd(study.source)
            } else {
                Begun::Limit(study.source)
            };
            (depth, begun)
        }
        (None, None) => (range.0, Begun::ShallowEnd),
    };
    let reason = wish.reason.filter(|_| depth > usual.value.as_um());
    let bound = ceiling(wish, zone, reason);
    in_range(wish, zone, depth, range, &bound)?;
    let area_cm2 = wish.areas_cm2.get(name).copied();
    let timed_cm2 = area_cm2.unwrap_or_else(|| typical_cm2(zone));
    let (plan, density) = numbers(zone, depth, timed_cm2, wish.needles, reason);
    Ok(ProposedZone {
        plan,
        range_um: range,
        range_by: given(own, local, range, studied.map(|it| it.source)),
        begun,
        levels: there.levels,
        area_cm2,
        timed_cm2,
        density,
        ceiling: bound,
    })
}

/// What the sources give for an indication in a zone. Unit: um.
///
/// The deep end is the shallower of both: where the skin of the zone is thinner than the indication
/// assumes, the zone decides. The shallow end is the indication's, and the zone's where the
/// indication begins deeper than the zone allows; a zone that begins deeper raises nothing. A study
/// that was shallower opens the range: what was studied is not raised either.
fn range(own: Range, local: Range, studied_um: Option<i32>) -> Range {
    let most = own.1.min(local.1);
    let least = if own.0 <= most { own.0 } else { local.0 };
    (studied_um.map_or(least, |um| um.min(least)), most)
}

/// What gave each end of the range that [`range`] makes of these.
fn given(own: Range, local: Range, range: Range, study: Option<Reference>) -> (Given, Given) {
    let of = |end: i32, own: i32, local: i32| match (end == own, end == local) {
        (true, true) => Given::Both,
        (true, false) => Given::Indication,
        (false, _) => Given::Zone,
    };
    let least = match study {
        Some(study) if range.0 != own.0 && range.0 != local.0 => Given::Study(study),
        _ => of(range.0, own.0, local.0),
    };
    (least, of(range.1, own.1, local.1))
}

impl ProposedZone {
    /// Whether all passes are more punctures per cm2 than the one source that names a number aims at.
    #[must_use]
    pub const fn is_dense(&self) -> bool {
        self.density > DENSITY_AIM.1
    }
}

impl Proposal {
    /// What has to be said of the punctures per cm2, in words; nothing where they are within the aim
    /// of the source.
    #[must_use]
    pub fn dense(&self) -> Option<String> {
        let dense = self.zones.iter().filter(|it| it.is_dense());
        let densities: Vec<u32> = dense.map(|it| it.density).collect();
        let (least, most) = (densities.iter().min()?, densities.iter().max()?);
        let (from, to) = DENSITY_AIM;
        let all = if least == most {
            most.to_string()
        } else {
            format!("{least} to {most}")
        };
        let one = (least / PASSES, most / PASSES);
        let pass = if one.0 > to {
            "one pass alone is more than that"
        } else {
            "fewer passes come nearer to it"
        };
        Some(format!(
            "{PASSES} passes are about {all} punctures/cm2 by calculation, and the one source that names a number \
             aims at {from} to {to}/cm2 ({}), which was derived from rollers and not from pens: {pass}; the end point on the skin decides, not the time",
            PRIME.key
        ))
    }
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

#[cfg(test)]
mod tests;
