//! Whether a plan's file is the plan that a session followed.

use pen_core::profile::Source;
use pen_core::units::{Depth, Rate};

use crate::error::HostError;
use crate::plan::Checked;
use crate::session::Treated;
use crate::words;

/// What of the plan's file the journal does not tell, so that it cannot be compared, in words.
///
/// # Errors
/// Something that the journal does tell differs: number, operator, token, zones treated and their count, depth or
/// rate.
pub(super) fn of_session(plan: &Checked, it: &Treated) -> Result<Vec<String>, HostError> {
    let mut differs = Vec::new();
    let mut untold = Vec::new();
    let file = &plan.plan;
    let mut compare = |what: &str, is: String, told: Option<String>| match told {
        Some(told) if told != is => {
            differs.push(format!("{what}: the file says {is}, the journal {told}"));
        }
        Some(_) => {}
        None => untold.push(format!("{what} is not in the journal")),
    };
    let number = |it: u32| it.to_string();
    compare("number of the plan", number(file.id), it.plan.map(number));
    compare("operator", number(file.operator), it.operator.map(number));
    compare("token", format!("{:x}", file.token), it.token.clone());
    compare(
        "count of its zones",
        file.zones().count().to_string(),
        it.plan_zones.map(|it| it.to_string()),
    );
    for zone in &it.zones {
        let name = zone.zone;
        let Some((_, planned)) = file.zones().find(|(_, it)| words::zone(it.zone) == name) else {
            differs.push(format!("the file has no zone {name}, and it was treated"));
            continue;
        };
        let cap = Depth::from_um(zone.cap_um);
        let is_cap = if zone.by == words::source(Source::Plan) {
            cap == planned.depth
        } else {
            cap <= planned.depth
        };
        if !is_cap {
            differs.push(format!(
                "{name}: the file says {}, and {} was in force, set by the {}",
                words::depth(planned.depth),
                words::depth(cap),
                zone.by
            ));
        }
        let rate = Rate::from_mhz(zone.rate_mhz);
        // The pen refuses a rate that does not fit, and never takes another instead.
        if rate != planned.rate {
            differs.push(format!(
                "{name}: the file says {}, and {} was in force",
                words::rate(planned.rate),
                words::rate(rate)
            ));
        }
    }
    if differs.is_empty() {
        untold.extend(of_file_only(plan, it));
        return Ok(untold);
    }
    Err(HostError::usage(
        format!("the file is not the plan of session {}", it.session),
        differs.join("; "),
    )
    .with_fix("give the plan's file as it was loaded, or leave --plan away"))
}

/// What the report takes from the file and no journal tells, in words: zones that were not treated, whose
/// depth another than the plan set, areas and course.
fn of_file_only(plan: &Checked, it: &Treated) -> Vec<String> {
    let mut only = Vec::new();
    let zones = || plan.plan.zones().map(|(_, zone)| words::zone(zone.zone));
    let untreated: Vec<&str> = zones()
        .filter(|name| it.zones.iter().all(|zone| zone.zone != *name))
        .collect();
    if !untreated.is_empty() {
        only.push(format!(
            "{} not treated: whether the plan had that zone is not in the journal",
            untreated.join(", ")
        ));
    }
    let planned = words::source(Source::Plan);
    for zone in it.zones.iter().filter(|zone| zone.by != planned) {
        only.push(format!(
            "the plan's depth for {} is not in the journal, which tells the cap set by the {}",
            zone.zone, zone.by
        ));
    }
    let areas: Vec<String> = zones()
        .zip(&plan.areas_cm2)
        .filter_map(|(name, area)| area.map(|area| format!("{name} {area} cm\u{b2}")))
        .collect();
    if !areas.is_empty() {
        only.push(format!(
            "areas, on which punctures per cm\u{b2} rest, are not in the journal ({})",
            areas.join(", ")
        ));
    }
    if let Some(course) = plan.course {
        only.push(format!(
            "the course is not in the journal ({}, {} sessions, {} days apart)",
            course.indication.word(),
            course.sessions,
            course.interval_days
        ));
    }
    only
}

#[cfg(test)]
mod tests {
    use super::of_session;
    use crate::plan::{Checked, read};
    use crate::session::{Treated, ZoneTreated};

    /// Plan 77 of operator 7 for the token 7c1e: nose at 500 um and 60 Hz, cheek at 1000 um and 90 Hz.
    fn plan() -> Checked {
        read(&text()).unwrap_or_else(|why| panic!("{why:?}"))
    }

    fn text() -> String {
        let mut text = String::from(
            "schema = 1\nname = \"x\"\nclass = \"professional\"\nid = 77\noperator = 7\ntoken = \"7c1e\"\n[screening]\n",
        );
        for key in crate::plan::SCREENING_KEYS {
            text.push_str(&format!("{key} = \"no\"\n"));
        }
        for (zone, um, hz) in [("nose", 500, 60), ("cheek", 1_000, 90)] {
            text.push_str(&format!(
                "[[zones]]\nzone = \"{zone}\"\ndepth_um = {um}\nrate_hz = {hz}\ntime_s = 60\nstrokes = 3000\n"
            ));
        }
        text
    }

    fn zone(name: &'static str, cap_um: i32, by: &'static str, rate_hz: u32) -> ZoneTreated {
        ZoneTreated {
            zone: name,
            cap_um,
            by,
            depth_um: None,
            rate_mhz: rate_hz * 1_000,
            activations: 1,
            untold: 0,
            on_us: crate::session::Amount::default(),
            strokes: crate::session::Amount::default(),
        }
    }

    /// What is changed in the session that is compared.
    type Change<'a> = &'a dyn Fn(&mut Treated);

    fn session() -> Treated {
        Treated {
            session: 3,
            plan: Some(77),
            plan_zones: Some(2),
            operator: Some(7),
            token: Some("7c1e".into()),
            zones: vec![
                zone("nose", 500, "plan", 60),
                zone("cheek", 800, "cartridge", 90),
            ],
            ..Treated::default()
        }
    }

    #[test]
    fn a_file_is_believed_only_where_the_journal_says_the_same() {
        let by_cartridge = "the plan's depth for cheek is not in the journal, which tells the cap set by the cartridge";
        assert_eq!(
            of_session(&plan(), &session()),
            Ok(vec![by_cartridge.to_owned()])
        );
        let with = |change: &dyn Fn(&mut Treated)| {
            let mut it = session();
            change(&mut it);
            of_session(&plan(), &it)
        };
        let refused: [(Change<'_>, &str); 7] = [
            (
                &|it| it.plan = Some(78),
                "number of the plan: the file says 77, the journal 78",
            ),
            (
                &|it| it.operator = Some(8),
                "operator: the file says 7, the journal 8",
            ),
            (
                &|it| it.token = Some("7c1f".into()),
                "token: the file says 7c1e, the journal 7c1f",
            ),
            (
                &|it| it.plan_zones = Some(3),
                "count of its zones: the file says 2, the journal 3",
            ),
            (
                &|it| it.zones[0].zone = "neck",
                "the file has no zone neck, and it was treated",
            ),
            // What the plan set is the plan's, to the um; what another source set is not deeper.
            (
                &|it| it.zones[0].cap_um = 499,
                "nose: the file says 0.500 mm, and 0.499 mm was in force, set by the plan",
            ),
            (
                &|it| it.zones[1].cap_um = 1_001,
                "cheek: the file says 1.000 mm, and 1.001 mm was in force, set by the cartridge",
            ),
        ];
        for (change, words) in refused {
            let error = with(change).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(
                error.what.contains("is not the plan of session 3"),
                "{error}"
            );
            assert!(error.why.contains(words), "{words}: {error}");
        }
        // A difference is told with every other one.
        let both = with(&|it| (it.operator, it.plan_zones) = (Some(8), Some(3))).unwrap_err();
        assert!(
            both.why.contains("operator") && both.why.contains("zones"),
            "{both}"
        );
        // What the journal does not tell is neither believed nor refused.
        let untold = with(&|it| (it.plan, it.token) = (None, None)).unwrap();
        assert_eq!(
            untold,
            [
                "number of the plan is not in the journal",
                "token is not in the journal",
                by_cartridge,
            ]
        );
    }

    #[test]
    fn another_rate_is_another_plan_be_it_lower_or_higher() {
        for (rate_mhz, told) in [(89_000, "89.0 Hz"), (91_000, "91.0 Hz")] {
            let mut it = session();
            it.zones[1].rate_mhz = rate_mhz;
            let error = of_session(&plan(), &it).unwrap_err();
            assert_eq!(
                error.why,
                format!("cheek: the file says 90.0 Hz, and {told} was in force")
            );
        }
    }

    #[test]
    fn what_only_the_file_says_is_listed() {
        let text = text().replace("strokes = 3000", "strokes = 3000\narea_cm2 = 12")
            + "[course]\nindication = \"pores\"\nsessions = 3\ninterval_days = 21\n";
        let whole = read(&text).unwrap_or_else(|why| panic!("{why:?}"));
        let mut it = session();
        it.zones.pop();
        assert_eq!(
            of_session(&whole, &it).unwrap(),
            [
                "cheek not treated: whether the plan had that zone is not in the journal",
                "areas, on which punctures per cm\u{b2} rest, are not in the journal (nose 12 cm\u{b2}, cheek 12 cm\u{b2})",
                "the course is not in the journal (pores, 3 sessions, 21 days apart)",
            ]
        );
        // Without them there is nothing to list.
        it.zones.push(zone("cheek", 1_000, "plan", 90));
        assert_eq!(of_session(&plan(), &it), Ok(Vec::new()));
    }
}
