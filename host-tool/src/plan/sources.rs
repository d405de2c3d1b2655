//! Every source of a depth's limit, and the one that binds by the core's own meet.

use pen_core::limits;
use pen_core::plan::ZonePlan;
use pen_core::profile::{Bound, DeviceProfile, Source};
use pen_core::units::Depth;

use crate::words;

/// What each source allows, in the order in which the core meets them.
///
/// A zone's own depth is not among them: it is what is asked.
#[must_use]
pub fn depth_sources(
    device: &DeviceProfile,
    zone: Option<&ZonePlan>,
    operator: Option<Depth>,
    needles: Option<Depth>,
) -> Vec<(Source, Depth)> {
    let overridden = zone.is_some_and(|zone| zone.override_reason.is_some());
    let mut all = vec![
        (Source::Absolute, limits::DEPTH_ABSOLUTE),
        (Source::Class, device.class_cap(overridden)),
        (Source::Device, device.depth_max),
    ];
    if let Some(zone) = zone {
        let caps = zone.zone.caps();
        let cap = if overridden {
            caps.with_override
        } else {
            caps.cap
        };
        all.push((Source::Zone, cap));
    }
    all.extend(needles.map(|length| (Source::Cartridge, length)));
    all.extend(operator.map(|cap| (Source::Operator, cap)));
    all
}

/// The sources in one line, the one that binds named as such.
#[must_use]
pub fn in_words(all: &[(Source, Depth)], bound: &Bound<Depth>, is_pen: bool) -> String {
    let parts: Vec<String> = all
        .iter()
        // Without a pen its profile is the widest that there is, which limits nobody.
        .filter(|(by, _)| is_pen || *by != Source::Device)
        .map(|(by, value)| {
            let binds = if *by == bound.by { " (binds)" } else { "" };
            format!("{} {}{binds}", words::source(*by), words::depth(*value))
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use pen_core::plan::{OverrideReason, Zone, ZonePlan};
    use pen_core::profile::{DeviceClass, Source, depth_ceiling};
    use pen_core::units::{Depth, Duration, Rate, Strokes};

    use super::{depth_sources, in_words};
    use crate::plan::widest_profile;

    /// The list is made by hand, the meet is the core's: they must agree in every case.
    #[test]
    fn the_lowest_of_the_list_is_what_the_core_meets() {
        let lengths = [None, Some(300), Some(1_500), Some(2_500)];
        let mut tried = 0;
        for class in [DeviceClass::Home, DeviceClass::Professional] {
            for depth_max in [200, 300, 1_400, 2_499] {
                for zone in Zone::ALL {
                    for reason in [None, Some(OverrideReason::ThickScar)] {
                        for needles in lengths {
                            for operator in [None, Some(100), Some(1_000), Some(2_500)] {
                                let mut profile = widest_profile(class);
                                profile.depth_max = Depth::from_um(depth_max);
                                let zone = ZonePlan {
                                    zone,
                                    depth: Depth::from_um(250),
                                    rate: Rate::from_hz(80),
                                    time: Duration::from_s(60),
                                    strokes: Strokes::from_count(4_800),
                                    override_reason: reason,
                                };
                                let (needles, operator) =
                                    (needles.map(Depth::from_um), operator.map(Depth::from_um));
                                let met = depth_ceiling(&profile, &zone, operator, needles);
                                let all = depth_sources(&profile, Some(&zone), operator, needles);
                                let lowest = all.iter().min_by_key(|(_, value)| *value).unwrap();
                                assert_eq!((lowest.0, lowest.1), (met.by, met.value));
                                tried += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(tried, 2 * 4 * 12 * 2 * 4 * 4);
    }

    #[test]
    fn an_unknown_pen_is_not_quoted() {
        let profile = widest_profile(DeviceClass::Home);
        let all = depth_sources(&profile, None, None, None);
        let bound = pen_core::profile::Bound {
            value: Depth::from_um(300),
            by: Source::Class,
        };
        assert_eq!(
            in_words(&all, &bound, false),
            "absolute limit 2.500 mm, device class 0.300 mm (binds)"
        );
        assert_eq!(
            in_words(&all, &bound, true),
            "absolute limit 2.500 mm, device class 0.300 mm (binds), device profile 0.300 mm"
        );
    }
}
