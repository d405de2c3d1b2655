use std::collections::BTreeMap;

use pen_core::plan::{OverrideReason, Zone};
use pen_core::profile::{DeviceClass, Source};
use pen_core::units::Depth;

use super::{Proposal, Unwilling, Wish, least_rate_hz, propose, rate_hz};
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
    assert_eq!(plans, 164, "plans that the library makes");
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
        [(Nose, 500), (Forehead, 500), (Cheek, 1_000)]
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
            (Forehead, 250),
            (Perioral, 250),
            (Cheek, 500),
            (Cheekbone, 500)
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
    assert_eq!(
        zones,
        [
            (Zone::Forehead, 250, Source::Class),
            (Zone::Perioral, 250, Source::Class)
        ]
    );
    let left: Vec<_> = pigment.left_out.iter().map(|it| it.zone).collect();
    assert_eq!(left, [Zone::Cheek, Zone::Cheekbone]);
    assert!(
        pigment.left_out[0]
            .why
            .contains("begins at 0.500 mm there, and the device class allows at most 0.300 mm"),
        "{pigment:?}"
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
