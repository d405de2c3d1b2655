use std::collections::BTreeMap;

use pen_core::plan::{OverrideReason, Zone};
use pen_core::profile::{DeviceClass, Source};
use pen_core::units::Depth;

use super::super::dose::{least_rate_hz, rate_hz};
use super::{Begun, Given, Proposal, Unwilling, Wish, given, propose, range};
use crate::course::references::Reference;
use crate::course::{Indication, Names, Skin, render};
use crate::plan::{SCREENING_KEYS, Screened, read};

fn wish(indication: Indication, class: DeviceClass, skin: Skin) -> Wish {
    Wish {
        indication,
        class,
        skin,
        zones: Vec::new(),
        depths_um: BTreeMap::new(),
        areas_cm2: BTreeMap::new(),
        needles: 12,
        length: Depth::from_um(2_500),
        reason: None,
        operator_cap: None,
    }
}

fn text(proposal: &Proposal) -> String {
    let names = Names {
        name: String::new(),
        id: 9,
        operator: 7,
        token: "7c1e-90af".into(),
        answers: vec![Screened::No; SCREENING_KEYS.len()],
    };
    render(proposal, &names)
}

fn refused(wish: &Wish) -> String {
    propose(wish).unwrap_err().to_string()
}

/// Caps restated: the deepest that a class and a zone allow without an override. Unit: um.
const fn cap(class: DeviceClass, zone: Zone) -> i32 {
    let zone = match zone {
        Zone::Periorbital => 500,
        Zone::Nose => 750,
        Zone::Forehead | Zone::Glabella | Zone::Perioral | Zone::Neck => 1_000,
        _ => 1_500,
    };
    match class {
        DeviceClass::Home => 300,
        DeviceClass::Professional => zone,
    }
}

#[test]
fn conf_005_no_plan_of_the_library_is_beyond_a_limit_of_its_class() {
    let mut plans = 0;
    for class in [DeviceClass::Professional, DeviceClass::Home] {
        for indication in Indication::ALL {
            for skin in [Skin::Thin, Skin::Thick] {
                for zone in std::iter::once(None).chain(Zone::ALL.map(Some)) {
                    for (needles, length) in [(12, 2_500), (6, 1_500), (1, 300)] {
                        let mut wish = wish(indication, class, skin);
                        wish.zones = zone.into_iter().collect();
                        (wish.needles, wish.length) = (needles, Depth::from_um(length));
                        let Ok(proposal) = propose(&wish) else {
                            continue;
                        };
                        for it in &proposal.zones {
                            let most = cap(class, it.plan.zone).min(length);
                            assert!(it.plan.depth.as_um() <= most, "{indication:?} {it:?}");
                            assert_eq!(it.ceiling.value.as_um(), most);
                            assert!((50_000..=150_000).contains(&it.plan.rate.as_mhz()));
                            assert_eq!(it.plan.override_reason, None);
                        }
                        let text = text(&proposal);
                        let checked = read(&text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
                        assert_eq!(checked.class, class);
                        assert_eq!(checked.course.unwrap().indication, indication);
                        plans += 1;
                    }
                }
            }
        }
    }
    assert_eq!(plans, 196, "plans that the library makes");
}

#[test]
fn depths_are_those_of_the_sources() {
    let depths = |indication, skin| {
        let proposal = propose(&wish(indication, DeviceClass::Professional, skin)).unwrap();
        let zones = proposal.zones.iter();
        zones
            .map(|it| (it.plan.zone, it.plan.depth.as_um()))
            .collect::<Vec<_>>()
    };
    use Zone::{Cheek, Cheekbone, FacialScar, Forehead, Nose, Perioral, Scalp, StretchMark};
    let thin = Skin::Thin;
    assert_eq!(
        depths(Indication::Pores, thin),
        [(Nose, 250), (Forehead, 500), (Cheek, 500)]
    );
    assert_eq!(
        depths(Indication::Pores, Skin::Thick),
        [(Nose, 500), (Forehead, 500), (Cheek, 500)]
    );
    // 1.5 mm of the study, and no more than thin skin takes.
    assert_eq!(
        depths(Indication::Scars, thin),
        [(Cheek, 1_000), (FacialScar, 1_250)]
    );
    assert_eq!(
        depths(Indication::Scars, Skin::Thick),
        [(Cheek, 1_500), (FacialScar, 1_500)]
    );
    assert_eq!(
        depths(Indication::Pigment, thin),
        [
            (Forehead, 200),
            (Perioral, 200),
            (Cheek, 200),
            (Cheekbone, 200)
        ]
    );
    assert_eq!(
        depths(Indication::StretchMarks, thin),
        [(StretchMark, 1_500)]
    );
    assert_eq!(depths(Indication::Scalp, thin), [(Scalp, 600)]);
}

#[test]
fn intervals_are_those_of_the_sources_and_no_less_than_the_recovery() {
    for (indication, days, sessions) in [
        (Indication::Pores, (21, 42), 3),
        (Indication::Scars, (30, 30), 3),
        (Indication::Wrinkles, (30, 30), 4),
        (Indication::StretchMarks, (42, 56), 3),
        (Indication::Scalp, (14, 14), 6),
    ] {
        let it = propose(&wish(indication, DeviceClass::Professional, Skin::Thin)).unwrap();
        assert_eq!(
            (it.course.interval_days, it.course.sessions),
            (days, sessions)
        );
    }
    // Deeper than the study: four weeks of recovery instead of two.
    let mut deep = wish(Indication::Scalp, DeviceClass::Professional, Skin::Thin);
    deep.depths_um.insert("scalp", 1_001);
    assert_eq!(propose(&deep).unwrap().course.interval_days, (28, 28));
    deep.depths_um.insert("scalp", 1_000);
    assert_eq!(propose(&deep).unwrap().course.interval_days, (14, 14));
}

#[test]
fn a_home_device_does_what_its_class_allows_and_the_rest_is_told() {
    let home = |indication| propose(&wish(indication, DeviceClass::Home, Skin::Thin));
    let pigment = home(Indication::Pigment).unwrap();
    let zones: Vec<_> = pigment
        .zones
        .iter()
        .map(|it| (it.plan.zone, it.plan.depth.as_um(), it.ceiling.by))
        .collect();
    let all = [Zone::Forehead, Zone::Perioral, Zone::Cheek, Zone::Cheekbone];
    assert_eq!(zones, all.map(|zone| (zone, 200, Source::Class)));
    assert_eq!(pigment.left_out, []);
    // What a cap does not reach is left out, and told.
    let thick = wish(Indication::Wrinkles, DeviceClass::Professional, Skin::Thick);
    let wrinkles = propose(&thick).unwrap();
    let left: Vec<_> = wrinkles.left_out.iter().map(|it| it.zone).collect();
    assert_eq!(left, [Zone::Periorbital]);
    assert!(
        wrinkles.left_out[0].why.contains(
            "begins at 1.000 mm by the depth guide (thick), and the zone allows at most 0.500 mm"
        ),
        "{wrinkles:?}"
    );
    for indication in [
        Indication::Pores,
        Indication::Scars,
        Indication::Wrinkles,
        Indication::StretchMarks,
        Indication::Scalp,
    ] {
        let why = home(indication).unwrap_err().to_string();
        assert!(
            why.contains("nothing of") && why.contains("home device"),
            "{why}"
        );
        assert!(
            why.contains("the device class allows at most 0.300 mm"),
            "{why}"
        );
    }
}

#[test]
fn a_depth_is_held_to_the_sources_and_to_the_limit_that_binds() {
    let pro = DeviceClass::Professional;
    let mut it = wish(Indication::StretchMarks, pro, Skin::Thin);
    it.depths_um.insert("stretch_mark", 1_500);
    assert!(propose(&it).is_ok());
    it.depths_um.insert("stretch_mark", 1_501);
    let why = refused(&it);
    assert!(
        why.contains("asked 1.501 mm, allowed is at most 1.500 mm"),
        "{why}"
    );
    assert!(why.contains("up to 2.000 mm with --override"), "{why}");
    it.reason = Some(OverrideReason::PublishedProtocol);
    let proposal = propose(&it).unwrap();
    assert_eq!(
        proposal.zones[0].plan.override_reason,
        Some(OverrideReason::PublishedProtocol)
    );
    // Deeper than 1.5 mm nothing is faster than 100 Hz.
    assert!(proposal.zones[0].plan.rate.as_mhz() <= 100_000);
    assert!(read(&text(&proposal)).is_ok());
    it.depths_um.insert("stretch_mark", 2_001);
    assert!(refused(&it).contains("the sources give 1.500 mm to 2.000 mm"));
    it.depths_um.insert("stretch_mark", 1_499);
    assert!(refused(&it).contains("the sources give"));
    it.depths_um.insert("stretch_mark", 1_500);
    assert_eq!(propose(&it).unwrap_err(), Unwilling::NoNeed);
    // A tighter cap of the operator, and a shorter cartridge.
    let mut it = wish(Indication::Scalp, pro, Skin::Thin);
    it.depths_um.insert("scalp", 700);
    it.operator_cap = Some(Depth::from_um(699));
    assert!(refused(&it).contains("at most 0.699 mm, set by the operator"));
    it.operator_cap = None;
    it.length = Depth::from_um(300);
    assert!(refused(&it).contains("the cartridge allows at most 0.300 mm"));
}

#[test]
fn what_has_nothing_to_do_with_the_plan_is_refused() {
    let mut it = wish(Indication::Scalp, DeviceClass::Professional, Skin::Thin);
    it.zones = vec![Zone::Nose];
    assert_eq!(refused(&it), "scalp has no zone nose; it has scalp");
    it.zones = Vec::new();
    it.depths_um.insert("nose", 250);
    assert!(refused(&it).contains("a depth is given for nose, which is not in this plan"));
    it.depths_um.clear();
    it.areas_cm2.insert("nose", 20);
    assert!(refused(&it).contains("an area is given for nose"));
    it.areas_cm2.clear();
    for area in [0, 2_001] {
        it.areas_cm2.insert("scalp", area);
        assert!(refused(&it).contains("allowed is 1 to 2000 cm2"), "{area}");
    }
    it.areas_cm2.insert("scalp", 601);
    assert!(refused(&it).contains("a session has 30 min"));
    it.areas_cm2.insert("scalp", 600);
    let proposal = propose(&it).unwrap();
    // Three passes, a square centimetre a second.
    assert_eq!(proposal.zones[0].plan.time.as_us(), 1_800_000_000);
    assert!(read(&text(&proposal)).is_ok());
}

#[test]
fn the_rate_follows_the_level_and_the_depth() {
    for (zone, um, hz) in [
        (Zone::Nose, 250, 60),
        (Zone::Forehead, 500, 70),
        (Zone::Cheek, 500, 90),
        (Zone::BodyScar, 500, 130),
        // 75.1 Hz, so that no needle is dragged further than 0.15 mm.
        (Zone::FacialScar, 1_500, 80),
        (Zone::StretchMark, 2_500, 100),
    ] {
        assert_eq!(rate_hz(zone, Depth::from_um(um)), hz, "{zone:?} {um}");
    }
    assert_eq!(least_rate_hz(Depth::from_um(0)), 0);
    assert_eq!(least_rate_hz(Depth::from_um(1_250)), 70);
    assert_eq!(least_rate_hz(Depth::from_um(2_500)), 135);
}

#[test]
fn every_number_of_a_file_has_its_source_in_it() {
    for indication in Indication::ALL {
        let proposal = propose(&wish(indication, DeviceClass::Professional, Skin::Thin)).unwrap();
        let text = text(&proposal);
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
        let (head, body) = text.split_once("\nschema").unwrap();
        let cited: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with('#'))
            .flat_map(|line| line.split('[').skip(1))
            .filter_map(|rest| rest.split_once(']').map(|it| it.0))
            .collect();
        assert!(cited.len() > 10, "{cited:?}");
        for key in cited {
            let listed =
                head.contains(&format!("# - [{key}] ")) || head.contains(&format!("\n# - [{key}]"));
            assert!(listed, "{key} is not in the list of sources:\n{text}");
        }
        let zones = body.matches("[[zones]]").count();
        assert_eq!(body.matches("# Depth: ").count(), zones);
        assert_eq!(body.matches("# Rate: ").count(), zones);
    }
}

#[test]
fn a_range_ends_where_the_first_source_does_and_raises_nothing() {
    for (own, local, studied, is) in [
        // The zone begins deeper than the indication.
        ((200, 500), (500, 1_000), None, (200, 500)),
        // Its skin is thinner than the indication assumes: its own range, from its shallow end.
        ((1_000, 1_500), (500, 750), None, (500, 750)),
        ((500, 1_000), (250, 250), None, (250, 250)),
        ((1_000, 1_250), (500, 1_000), None, (1_000, 1_000)),
        // A study that was shallower than both, between, deeper.
        ((500, 1_500), (500, 1_500), Some(400), (400, 1_500)),
        ((500, 1_500), (500, 1_500), Some(600), (500, 1_500)),
        ((500, 1_500), (500, 1_500), Some(1_600), (500, 1_500)),
    ] {
        assert_eq!(
            range(own, local, studied),
            is,
            "{own:?} {local:?} {studied:?}"
        );
    }
}

#[test]
fn each_end_of_a_range_is_given_by_what_says_it() {
    let study = Reference {
        key: "Study",
        text: "",
    };
    for (own, local, studied, by) in [
        (
            (200, 500),
            (500, 1_000),
            None,
            (Given::Indication, Given::Indication),
        ),
        (
            (200, 1_000),
            (500, 750),
            None,
            (Given::Indication, Given::Zone),
        ),
        ((500, 1_000), (250, 250), None, (Given::Zone, Given::Zone)),
        (
            (500, 1_000),
            (250, 500),
            None,
            (Given::Indication, Given::Zone),
        ),
        ((500, 1_500), (500, 1_500), None, (Given::Both, Given::Both)),
        (
            (500, 1_500),
            (500, 1_500),
            Some(400),
            (Given::Study(study), Given::Both),
        ),
        (
            (500, 1_500),
            (250, 1_500),
            Some(400),
            (Given::Study(study), Given::Both),
        ),
        (
            (500, 1_500),
            (500, 1_500),
            Some(600),
            (Given::Both, Given::Both),
        ),
    ] {
        let range = range(own, local, studied);
        let is = given(own, local, range, studied.map(|_| study));
        assert_eq!(is, by, "{own:?} {local:?} {studied:?}");
    }
}

#[test]
fn why_a_zone_begins_at_its_depth_is_told() {
    let pro = DeviceClass::Professional;
    let begun = |wish: &Wish, zone| {
        let proposal = propose(wish).unwrap();
        let found = proposal.zones.iter().find(|it| it.plan.zone == zone);
        (found.unwrap().begun, text(&proposal).replace("\n# ", " "))
    };
    let (it, text) = begun(&wish(Indication::Pores, pro, Skin::Thin), Zone::Nose);
    assert_eq!(it, Begun::ShallowEnd);
    assert!(
        text.contains(
            "Depth: 0.250 mm on thin skin [Depth guide], the zone's, where pores has 0.500 mm to 1.000 mm \
             [Common practice]; begun at 0.250 mm, its shallow end."
        ),
        "{text}"
    );
    let mut scalp = wish(Indication::Scalp, pro, Skin::Thin);
    let (it, text) = begun(&scalp, Zone::Scalp);
    assert!(matches!(it, Begun::Study(_)));
    assert!(
        text.contains("begun at 0.600 mm, where a study was [Faghihi 2020]"),
        "{text}"
    );
    // 1.5 mm of the study is more than thin skin takes, and more than a cap of the operator's.
    let mut scars = wish(Indication::Scars, pro, Skin::Thin);
    let (it, text) = begun(&scars, Zone::FacialScar);
    assert!(matches!(it, Begun::DeepEnd(_)));
    assert!(
        text.contains("begun at 1.250 mm, its deep end, because a study was deeper [Chu 2012]"),
        "{text}"
    );
    scars.operator_cap = Some(Depth::from_um(1_100));
    let (it, text) = begun(&scars, Zone::FacialScar);
    assert!(matches!(it, Begun::Limit(_)));
    assert!(
        text.contains("begun at 1.100 mm, the limit, because a study was deeper [Chu 2012]"),
        "{text}"
    );
    // What somebody asks for is no source's.
    scalp.depths_um.insert("scalp", 700);
    let (it, text) = begun(&scalp, Zone::Scalp);
    assert_eq!(it, Begun::Asked);
    assert!(
        text.contains("begun at 0.700 mm, as asked for. Limit"),
        "{text}"
    );
}

#[test]
fn the_time_of_a_zone_is_that_of_its_area_and_never_a_whole_session() {
    // Three passes at a square centimetre a second over a typical area. Unit: s.
    let times = [
        (Indication::Pores, Zone::Nose, 36),
        (Indication::Pores, Zone::Forehead, 180),
        (Indication::Pores, Zone::Cheek, 300),
        (Indication::Pores, Zone::Glabella, 18),
        (Indication::Pores, Zone::Perioral, 90),
        (Indication::Pores, Zone::Cheekbone, 120),
        (Indication::Wrinkles, Zone::Periorbital, 60),
        (Indication::Wrinkles, Zone::Neck, 300),
        (Indication::Scars, Zone::FacialScar, 30),
        (Indication::Scars, Zone::BodyScar, 60),
        (Indication::Scalp, Zone::Scalp, 450),
        (Indication::StretchMarks, Zone::StretchMark, 300),
    ];
    for (indication, zone, s) in times {
        let mut wish = wish(indication, DeviceClass::Professional, Skin::Thin);
        wish.zones = vec![zone];
        let it = propose(&wish).unwrap();
        let plan = it.zones[0].plan;
        assert_eq!(plan.time.as_us(), s * 1_000_000, "{zone:?}");
        let rate_hz = plan.rate.as_mhz() / 1_000;
        assert_eq!(plan.strokes.as_count(), s * rate_hz);
        // Time is density times area over needles and rate.
        assert_eq!(it.zones[0].density * s / 3, 12 * rate_hz * s);
        let words = text(&it).replace("\n# ", " ");
        let area = format!(
            "3 passes over {} cm2, which is assumed and not measured [Proposal]",
            s / 3
        );
        assert!(words.contains(&area), "{words}");
        assert!(
            !words.contains("area_cm2"),
            "an area that nobody measured is no number of the plan"
        );
        // Measured, it is the same rule.
        wish.areas_cm2.insert(crate::words::zone(zone), 7);
        let it = propose(&wish).unwrap();
        assert_eq!(
            (it.zones[0].plan.time.as_us(), it.zones[0].timed_cm2),
            (21_000_000, 7)
        );
        let words = text(&it);
        assert!(
            words.contains("area_cm2 = 7") && !words.contains("is assumed"),
            "{words}"
        );
    }
}

#[test]
fn more_punctures_than_the_source_aims_at_are_warned_of() {
    let mut it = wish(Indication::Pores, DeviceClass::Professional, Skin::Thin);
    let proposal = propose(&it).unwrap();
    // 3 passes of 12 needles at 60 to 90 Hz over 1 cm2 a second.
    let densities: Vec<u32> = proposal.zones.iter().map(|it| it.density).collect();
    assert_eq!(densities, [2_160, 2_520, 3_240]);
    let dense = proposal.dense().unwrap();
    for words in [
        "about 2160 to 3240 punctures/cm2",
        "aims at 250 to 300/cm2 (PRIME 2015), which was derived from rollers and not from pens",
        "one pass alone is more than that",
    ] {
        assert!(dense.contains(words), "{words}: {dense}");
    }
    let words = text(&proposal).replace("\n#  ", "").replace("\n# ", " ");
    assert!(
        words.contains("WARNING: 3 passes are about 2160 to 3240 punctures/cm2"),
        "{words}"
    );
    assert_eq!(
        words.matches("more than the 300 of [PRIME 2015]").count(),
        3,
        "{words}"
    );
    // One needle is within it, and six are not.
    (it.needles, it.length) = (1, Depth::from_um(2_500));
    let one = propose(&it).unwrap();
    assert_eq!(one.dense(), None);
    let words = text(&one);
    assert!(
        !words.contains("WARNING") && !words.contains("more than the"),
        "{words}"
    );
    it.needles = 6;
    assert!(propose(&it).unwrap().dense().is_some());
}

/// A plan for one zone, its comments in one line.
fn words(indication: Indication, zone: Zone) -> String {
    let mut wish = wish(indication, DeviceClass::Professional, Skin::Thin);
    wish.zones = vec![zone];
    let text = text(&propose(&wish).unwrap());
    text.replace('#', " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn each_number_cites_what_says_it() {
    let pores = words(Indication::Pores, Zone::Nose);
    for claim in [
        "Passes: 3, in different directions [Chu 2012] [Passes].",
        "at 20 mm/s, a hand's speed [Common practice], with a tip of 5 mm",
        "Stop at redness (up to 0.5 mm) or at even pinpoint bleeding (from 1.0 mm) [Common practice]",
        "a study of acne scars stopped at pinpoint bleeding [Chu 2012]",
        "never inside the orbital rim [SkinPen protocol]",
        "level 1 to 2 of 6 [Depth guide], over 50 to 150 Hz [PRIME 2015], read as even steps",
        "3 sessions, 21 to 42 days apart [RealSelf]",
    ] {
        assert!(pores.contains(claim), "{claim}: {pores}");
    }
}

#[test]
fn what_the_chart_of_the_depth_guide_lacks_is_common_practice() {
    for (indication, zone, claim) in [
        (
            Indication::Pigment,
            Zone::Cheek,
            "0.200 mm to 0.500 mm on thin skin [Common practice]; begun",
        ),
        (
            Indication::Pores,
            Zone::Neck,
            "0.500 mm on thin skin [Common practice], the zone's, where pores has 0.500 mm to 1.000 mm [Common practice];",
        ),
        (
            Indication::Wrinkles,
            Zone::Neck,
            "0.500 mm on thin skin, [Depth guide] to [Common practice], the zone's, where wrinkles has 0.500 mm to 1.000 \
             mm [Depth guide];",
        ),
        (
            Indication::Wrinkles,
            Zone::Neck,
            "level 1 to 3 of 6 [Common practice],",
        ),
        (
            Indication::StretchMarks,
            Zone::StretchMark,
            "on thin skin [Depth guide]; begun",
        ),
        (
            Indication::StretchMarks,
            Zone::StretchMark,
            "42 to 56 days apart [Dermapen clinic]",
        ),
        (
            Indication::Wrinkles,
            Zone::Cheek,
            "cleared at up to 1.5 mm [K180778]",
        ),
        (
            Indication::Wrinkles,
            Zone::Cheek,
            "4 sessions, 30 days apart [PMC6122507]",
        ),
        (
            Indication::Scars,
            Zone::Cheek,
            "3 sessions, 30 days apart [NCT02646917]",
        ),
        (
            Indication::Scalp,
            Zone::Scalp,
            "6 sessions, 14 days apart [Faghihi 2020]",
        ),
    ] {
        let text = words(indication, zone);
        assert!(text.contains(claim), "{claim}: {text}");
        for (key, _) in claim.split('[').skip(1).filter_map(|it| it.split_once(']')) {
            assert!(
                text.contains(&format!("- [{key}] ")),
                "{key} is not listed: {text}"
            );
        }
    }
}
