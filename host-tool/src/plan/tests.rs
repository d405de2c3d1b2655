use super::{Finding, read};

const GOOD: &str = r#"
schema = 1
name = "test"
class = "professional"
id = 7
operator = 3
token = "7c1e-90af"

[screening]
active_infection = "no"
skin_cancer_or_suspicious_lesion = "no"
open_wound_or_severe_acne = "no"
psoriasis_or_eczema = "no"
keloid_or_hypertrophic_scars = "no"
bleeding_disorder_or_anticoagulants = "no"
pregnancy_or_nursing = "no"
isotretinoin_within_6_months = "no"
radiotherapy_or_chemotherapy_within_a_year = "no"
immune_suppression_or_uncontrolled_diabetes = "no"
allergy_to_nickel_or_steel = "no"
laser_peel_filler_or_toxin_within_waiting_time = "no"

[[zones]]
zone = "forehead"
depth_um = 500
rate_hz = 80
time_s = 240
strokes = 19200
"#;

fn findings(from: &str, to: &str) -> Vec<Finding> {
    assert!(GOOD.contains(from), "{from}");
    read(&GOOD.replace(from, to)).unwrap_err()
}

fn only(from: &str, to: &str) -> Finding {
    let mut found = findings(from, to);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_good_plan_is_read() {
    let checked = read(GOOD).unwrap();
    assert_eq!(checked.plan.id, 7);
    assert_eq!(checked.plan.token, 0x7c1e_90af);
    assert_eq!(checked.plan.zones().count(), 1);
    assert_eq!(
        checked.plan.screening,
        pen_core::plan::Screening::all_negative()
    );
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let found = only("depth_um = 500", "dpth_um = 500");
    assert_eq!(found.line, 25);
    assert!(
        found.problem.contains("dpth_um") && found.problem.contains("depth_um"),
        "{found:?}"
    );
}

#[test]
fn an_unknown_zone_names_the_allowed_ones() {
    let found = only("\"forehead\"", "\"eyelid\"");
    assert_eq!(found.line, 24);
    assert!(
        found.problem.contains("eyelid") && found.problem.contains("periorbital"),
        "{found:?}"
    );
}

#[test]
fn too_deep_names_asked_allowed_and_source() {
    let found = only("depth_um = 500", "depth_um = 2400");
    assert_eq!(
        (found.line, found.field.as_str()),
        (25, "zones[1].depth_um (forehead)")
    );
    assert!(found.problem.contains("asked 2.400 mm"), "{found:?}");
    assert!(
        found.problem.contains("at most 1.000 mm, set by the zone"),
        "{found:?}"
    );
}

#[test]
fn each_number_is_checked_on_its_own_line() {
    let mut found = findings("rate_hz = 80\ntime_s = 240", "rate_hz = 200\ntime_s = 240");
    assert_eq!((found.remove(0).line, found.len()), (26, 0));
    assert_eq!(only("time_s = 240", "time_s = 4000").line, 27);
    assert_eq!(only("strokes = 19200", "strokes = 0").line, 28);
    assert_eq!(only("strokes = 19200", "strokes = 200001").line, 28);
    assert_eq!(only("id = 7", "id = 0").line, 5);
    assert!(
        only("\"7c1e-90af\"", "\"patient Miller\"")
            .problem
            .contains("token")
    );
}

#[test]
fn every_complaint_is_told_at_once() {
    let text = GOOD
        .replace("operator = 3", "operator = 0")
        .replace("depth_um = 500", "depth_um = 2400");
    let found = read(&text.replace(
        "pregnancy_or_nursing = \"no\"",
        "pregnancy_or_nursing = \"yes\"",
    ));
    let lines: Vec<usize> = found
        .unwrap_err()
        .iter()
        .map(|finding| finding.line)
        .collect();
    assert_eq!(lines, [6, 16, 25]);
}

#[test]
fn screening_can_be_cleared_where_the_core_says_so() {
    assert!(
        read(&GOOD.replace(
            "psoriasis_or_eczema = \"no\"",
            "psoriasis_or_eczema = \"cleared\""
        ))
        .is_ok()
    );
    let found = only(
        "active_infection = \"no\"",
        "active_infection = \"cleared\"",
    );
    assert!(found.problem.contains("cannot be cleared"), "{found:?}");
}

#[test]
fn a_missing_answer_is_named() {
    let found = only("pregnancy_or_nursing = \"no\"\n", "");
    assert!(found.problem.contains("pregnancy_or_nursing"), "{found:?}");
}

#[test]
fn home_devices_have_their_own_cap() {
    let found = only("class = \"professional\"", "class = \"home\"");
    assert!(
        found.problem.contains("0.300 mm") && found.problem.contains("class"),
        "{found:?}"
    );
}

#[test]
fn the_examples_are_good_plans() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/plans");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            read(&text).is_ok(),
            "{}: {:?}",
            path.display(),
            read(&text).unwrap_err()
        );
        count += 1;
    }
    assert!(count >= 5, "{count} examples");
}

const COURSE: &str =
    "[course]\nindication = \"pores\"\nsessions = 3\ninterval_days = 21\n\n[screening]";

#[test]
fn a_course_is_read_and_each_wrong_part_of_it_has_its_line() {
    let with = |from: &str, to: &str| {
        let text = GOOD.replace("[screening]", COURSE).replace(from, to);
        read(&text)
    };
    let course = with("pores", "pores").unwrap().course.unwrap();
    assert_eq!((course.sessions, course.interval_days), (3, 21));
    for (from, to, line, words) in [
        (
            "\"pores\"",
            "\"acne\"",
            10,
            "there are pores, scars, wrinkles",
        ),
        ("sessions = 3", "sessions = 0", 11, "allowed is 1 to 24"),
        ("sessions = 3", "sessions = 25", 11, "allowed is 1 to 24"),
        (
            "days = 21",
            "days = 6",
            12,
            "allowed is 7 to 366; the recovery after 0.500 mm is 7 days",
        ),
        ("days = 21", "days = 367", 12, "allowed is 7 to 366"),
        (
            "strokes = 19200",
            "strokes = 19200\narea_cm2 = 0",
            34,
            "allowed is 1 to 2000 cm2",
        ),
        (
            "strokes = 19200",
            "strokes = 19200\narea_cm2 = 2001",
            34,
            "allowed is 1 to 2000 cm2",
        ),
    ] {
        let found = with(from, to).unwrap_err();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line, line, "{found:?}");
        assert!(found[0].problem.contains(words), "{found:?}");
    }
    for (from, to) in [("days = 21", "days = 7"), ("days = 21", "days = 366")] {
        assert!(with(from, to).is_ok(), "{to}");
    }
}

#[test]
fn conf_001_a_refused_depth_names_every_source_and_the_one_that_binds() {
    let found = only("depth_um = 500", "depth_um = 2400");
    assert!(
        found.problem.contains(
            "sources: absolute limit 2.500 mm, device class 1.500 mm, zone 1.000 mm (binds)"
        ),
        "{found:?}"
    );
    let found = only("class = \"professional\"", "class = \"home\"");
    assert!(
        found.problem.contains("device class 0.300 mm (binds)"),
        "{found:?}"
    );
    let found = only("operator = 3", "operator = 3\noperator_cap_um = 499");
    assert!(
        found.problem.contains("operator 0.499 mm (binds)"),
        "{found:?}"
    );
    let found = only("strokes = 19200", "strokes = 200001");
    assert!(
        found.problem.contains("set by the life of a cartridge"),
        "{found:?}"
    );
    let found = only("rate_hz = 80", "rate_hz = 151");
    assert!(
        found.problem.contains("widest profile of the class"),
        "{found:?}"
    );
}

#[test]
fn conf_001_a_pen_of_narrower_profile_refuses_more() {
    use pen_core::profile::DeviceClass;
    use pen_core::units::{Depth, Duration, Rate};
    let mut pen = super::widest_profile(DeviceClass::Professional);
    pen.depth_max = Depth::from_um(499);
    let found = super::read_for(GOOD, Some(&pen)).unwrap_err();
    assert!(
        found[0]
            .problem
            .contains("at most 0.499 mm, set by the device profile"),
        "{found:?}"
    );
    assert!(
        found[0].problem.contains("device profile 0.499 mm (binds)"),
        "{found:?}"
    );
    pen.depth_max = Depth::from_um(500);
    assert!(super::read_for(GOOD, Some(&pen)).is_ok());
    pen.rate_max = Rate::from_hz(79);
    assert_eq!(super::read_for(GOOD, Some(&pen)).unwrap_err()[0].line, 26);
    pen.rate_max = Rate::from_hz(80);
    pen.session_on = Duration::from_s(239);
    assert_eq!(super::read_for(GOOD, Some(&pen)).unwrap_err()[0].line, 27);
    let home = super::widest_profile(DeviceClass::Home);
    let found = super::read_for(GOOD, Some(&home)).unwrap_err();
    assert!(
        found.iter().any(|it| it.field == "class"
            && it.problem == "the plan is for a professional device, and this pen is a home one"),
        "{found:?}"
    );
}

#[test]
fn conf_005_an_override_is_offered_only_where_it_helps() {
    let at = |zone: &str, numbers: &str, header: &str| {
        let text = GOOD
            .replace("zone = \"forehead\"", &format!("zone = \"{zone}\""))
            .replace("depth_um = 500", numbers)
            .replace("operator = 3", &format!("operator = 3\n{header}"));
        let found = read(&text).unwrap_err();
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].field.clone(), found[0].problem.clone())
    };
    let offered = |zone: &str, um: u32, header: &str| {
        let (field, problem) = at(zone, &format!("depth_um = {um}"), header);
        assert!(field.starts_with("zones[1].depth_um ("), "{field}");
        let (_, rest) = problem.split_once("; with an override = ")?;
        let (words, _) = rest.split_once("; sources")?;
        Some(words.to_owned())
    };
    // The cheek: 1.5 mm, with an override 2 mm.
    let words = "\"physician_order\", \"published_protocol\" or \"thick_scar\" on a professional device up to";
    let up_to = |most: &str| Some(format!("{words} {most}"));
    assert_eq!(offered("cheek", 1_501, ""), up_to("2.000 mm"));
    assert_eq!(offered("cheek", 2_000, ""), up_to("2.000 mm"));
    assert_eq!(offered("cheek", 2_001, ""), None);
    assert_eq!(offered("stretch_mark", 2_400, ""), up_to("2.500 mm"));
    // A zone that knows none, and a cap of the operator that no override lifts.
    assert_eq!(offered("forehead", 1_001, ""), None);
    assert_eq!(offered("cheek", 500, "operator_cap_um = 499"), None);
    assert_eq!(offered("cheek", 1_700, "operator_cap_um = 1699"), None);
    // Where one is stated it is not offered again.
    let stated = "depth_um = 2001\noverride = \"thick_scar\"";
    let (_, problem) = at("cheek", stated, "");
    assert!(!problem.contains("with an override ="), "{problem}");
}

#[test]
fn conf_005_an_override_that_is_not_allowed_or_needed_is_told_on_its_own_line() {
    for (zone, um, field) in [
        ("forehead", 500, "zones[1].override (forehead)"),
        ("cheek", 1_500, "zones[1].override (cheek)"),
    ] {
        let numbers = format!("depth_um = {um}\noverride = \"thick_scar\"");
        let text = GOOD
            .replace("zone = \"forehead\"", &format!("zone = \"{zone}\""))
            .replace("depth_um = 500", &numbers);
        let found = read(&text).unwrap_err();
        let places: Vec<(usize, &str)> = (found.iter())
            .map(|finding| (finding.line, finding.field.as_str()))
            .collect();
        assert_eq!(places, [(26, field)], "{found:?}");
    }
}

#[test]
fn a_yes_says_whether_a_specialist_may_clear_it() {
    let yes = |key: &str| {
        let found = only(&format!("{key} = \"no\""), &format!("{key} = \"yes\""));
        assert_eq!(found.field, format!("screening.{key}"));
        found.problem
    };
    // The first three end the matter.
    for key in [
        "active_infection",
        "skin_cancer_or_suspicious_lesion",
        "open_wound_or_severe_acne",
    ] {
        let problem = yes(key);
        assert!(problem.ends_with("\" forbids the treatment"), "{problem}");
    }
    for key in [
        "psoriasis_or_eczema",
        "laser_peel_filler_or_toxin_within_waiting_time",
    ] {
        let problem = yes(key);
        let end = "\" forbids the treatment unless a specialist \"cleared\" it";
        assert!(problem.ends_with(end), "{problem}");
    }
}

#[test]
fn a_cap_of_nothing_is_one_complaint_and_hides_no_other() {
    for cap in ["0", "-1"] {
        let text = format!("operator = 3\noperator_cap_um = {cap}");
        let found = only("operator = 3", &text);
        assert_eq!(found.field, "operator_cap_um", "{found:?}");
        assert_eq!(
            found.problem,
            format!("asked {cap} um, allowed is at least 1 um")
        );
    }
}

#[test]
fn a_refused_rate_says_by_which_rule() {
    let deep = "depth_um = 1501\noverride = \"thick_scar\"\nrate_hz = 101";
    let text = GOOD
        .replace("\"forehead\"", "\"cheek\"")
        .replace("depth_um = 500\nrate_hz = 80", deep);
    let found = read(&text).unwrap_err();
    assert_eq!(found[0].field, "zones[1].rate_hz (cheek)");
    let problem = &found[0].problem;
    assert!(
        problem.ends_with("; deeper than 1.500 mm nothing is faster"),
        "{problem}"
    );
    // A pen's own profile is not the widest of its class.
    let mut pen = super::widest_profile(pen_core::profile::DeviceClass::Professional);
    pen.rate_max = pen_core::units::Rate::from_hz(79);
    let found = super::read_for(GOOD, Some(&pen)).unwrap_err();
    assert_eq!(found[0].field, "zones[1].rate_hz (forehead)");
    assert!(!found[0].problem.contains("widest profile"), "{found:?}");
    let found = only("rate_hz = 80", "rate_hz = 151");
    let end = "; that is the widest profile of the class, a pen's own may be narrower";
    assert!(found.problem.ends_with(end), "{found:?}");
}
