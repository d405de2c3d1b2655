//! The judges themselves: each rule fails on a made-up truth that breaks it, and only then; and each
//! judge that is spoilt on purpose is found out by these truths.

mod cases;
mod edges;
mod tale;

use pen_sim::monitor::{Defect, Rule};

use cases::{Case, RULES};
use tale::Tale;

/// Requirements that a made-up truth breaks, in the eyes of judges with a defect or without.
fn verdict(case: &Case, defect: Option<Defect>) -> Vec<&'static str> {
    let mut tale = Tale::new(case.rules, defect);
    (case.tell)(&mut tale);
    tale.broken()
}

#[test]
fn proof_007_every_made_up_truth_breaks_what_it_shall_and_nothing_else() {
    let wrong: Vec<String> = cases::all()
        .filter_map(|case| {
            let broken = verdict(case, None);
            (broken != case.broken).then(|| format!("{}: {broken:?}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every way in which a judge may be spoilt.
fn defects() -> Vec<Defect> {
    let mut all = vec![
        Defect::Pin,
        Defect::Finger,
        Defect::Stale,
        Defect::HardPush,
        Defect::DutyPush,
        Defect::Inside,
        Defect::LatePush,
        Defect::ShortStop,
        Defect::Resets,
        Defect::Ring,
        Defect::Toppled,
        Defect::Steps,
        Defect::FastCoast,
        Defect::Restart,
        Defect::Unbraked,
        Defect::Technician,
    ];
    // What is only told cannot be told wrongly by a verdict; see the test below.
    for &rule in Rule::ALL.iter().filter(|&&rule| rule != Rule::RunOut) {
        all.extend([
            Defect::Blind(rule),
            Defect::Loose(rule),
            Defect::Strict(rule),
            Defect::Early(rule),
        ]);
    }
    all
}

#[test]
fn proof_007_every_planted_defect_of_a_judge_is_caught() {
    for defect in defects() {
        let caught = cases::all().find(|case| verdict(case, Some(defect)) != case.broken);
        assert!(caught.is_some(), "{defect:?} is not caught");
    }
}

#[test]
fn proof_007_a_finding_is_one_judge_s_own() {
    for case in cases::all().filter(|case| case.broken.len() == 1) {
        let blind = |rule: &&Rule| verdict(case, Some(Defect::Blind(**rule))).is_empty();
        let count = Rule::ALL.iter().filter(blind).count();
        assert_eq!(count, 1, "{}", case.name);
    }
}

#[test]
fn proof_007_the_depth_of_the_run_out_is_told() {
    let mut tale = Tale::new(RULES, None);
    tale.drive().turn(100.0).ms(100.0);
    // The tips are fully out at each turn's end, and the ring stands at 1.2 mm by then.
    tale.stop()
        .turn(50.0)
        .ring(1_200.0)
        .ms(20.0)
        .off()
        .ms(100.0);
    let beyond = |tale: &Tale| tale.worst("um beyond the cap while running out");
    assert!((beyond(&tale) - 200.0).abs() < 1.0, "{}", beyond(&tale));
    // For half a second, and no longer.
    tale.ms(379.9).just(|t| t.peak_um = 1_300.0);
    assert!((beyond(&tale) - 300.0).abs() < 1.0, "{}", beyond(&tale));
    tale.just(|t| t.peak_um = 1_400.0);
    assert!((beyond(&tale) - 300.0).abs() < 1.0, "{}", beyond(&tale));
}

#[test]
fn proof_007_a_judge_that_looks_early_looks_until_100_ms() {
    for (at_us, broken) in [(100_000, vec!["STOP-001"]), (100_100, vec![])] {
        let mut tale = Tale::from_nothing(RULES, Some(Defect::Early(Rule::Unasked)));
        tale.just(|_| ());
        tale.duty(0.5).just(|t| t.time_us = at_us);
        assert_eq!(tale.broken(), broken, "{at_us}");
    }
}

#[test]
fn proof_007_a_judge_of_short_stops_looks_until_100_ms() {
    for (name, broken) in [
        ("an entry from the rim 100 ms", vec!["STOP-002"]),
        ("an entry from the rim 101 ms", vec![]),
    ] {
        let mut cases = edges::RESTS.iter();
        let case = cases.find(|case| case.name.starts_with(name));
        let seen = verdict(case.expect("it is there"), Some(Defect::ShortStop));
        assert_eq!(seen, broken, "{name}");
    }
}

#[test]
fn proof_007_a_turn_is_timed_between_two_steps() {
    // 6.23 ms: 62.3 steps.
    let mut tale = Tale::new(RULES, None);
    tale.drive().turn(160.5).ms(500.0);
    assert!(tale.rates().count() > 70);
    for hz in tale.rates() {
        assert!((hz - 160.5).abs() < 1e-6, "{hz}");
    }
}
