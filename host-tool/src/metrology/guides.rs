//! Worked examples of public guides, and the promises that the verdict makes.

use super::budget::{Budget, BudgetInputs, Line};
use super::decimal::round_pair;
use super::measure::{Point, PointRole, Reading};
use super::rate::{RateInputs, RatePoint, RateReading, evaluate_rate};
use super::run::evaluate_depth;
use super::student::student;
use super::verdict::{DecisionRule, Verdict};

fn standard(source: &'static str, u: f64, dof: Option<u32>) -> Line {
    Line::normal(source, u, "standard uncertainty", 1.0).with_dof(dof)
}

#[test]
fn gum_h_1_end_gauge() {
    // JCGM 100:2008 H.1, table H.1 and H.1.6; nm.
    let budget = Budget::of(vec![
        standard("standard", 25.0, Some(18)),
        standard("repeated observations", 5.8, Some(24)),
        standard("random effects of the comparator", 3.9, Some(5)),
        standard("systematic effects of the comparator", 6.7, Some(8)),
        standard("difference of expansion", 2.9, Some(50)),
        standard("difference of temperature", 16.6, Some(2)),
    ]);
    assert_eq!(format!("{:.0}", budget.combined), "32");
    let dof = budget.effective_dof.unwrap();
    assert!((16.0..17.0).contains(&dof), "{dof}");
    let k99 = student(0.99, dof.floor());
    assert_eq!(format!("{k99:.2}"), "2.92");
    // The guide multiplies the rounded 32 nm.
    assert_eq!(format!("{:.0}", k99 * 32.0), "93");
    assert!((k99 * budget.combined - 93.0).abs() < 1.0);
    // 95.45 % of the same: table G.2, 16 degrees of freedom.
    assert_eq!(budget.k.to_string(), "2.17");
}

#[test]
fn ea_4_02_s4_gauge_block() {
    // EA-4/02 M:2022 S4.13, nm. The five observations have a pooled s from before: no line counts.
    let lines = [15.0, 17.3, 5.37, 18.5, 16.6, 11.8, 3.87];
    let budget = Budget::of(lines.map(|u| standard("line", u, None)).into());
    assert_eq!(format!("{:.1}", budget.combined), "36.4");
    assert_eq!(budget.k.to_string(), "2.00");
    assert_eq!(format!("{:.0}", budget.expanded), "73");
}

#[test]
fn ea_4_02_s10_vernier_calliper_is_ruled_by_its_resolution() {
    // EA-4/02 M:2022 S10.10, um: gauge block, temperature, half a step of 50 um, mechanical effects.
    let halves = [0.8, 3.45, 25.0, 50.0].map(|um| Line::halfwidth("line", um, "half-width"));
    let printed = [0.46, 2.0, 15.0, 29.0];
    let budget = Budget::of(halves.into());
    for (line, um) in budget.components.iter().zip(printed) {
        // The guide rounds some of its lines upwards.
        assert!(
            (0.0..0.6).contains(&(um - line.standard + 0.01)),
            "{line:?} {um}"
        );
    }
    let rounded = Budget::of(printed.map(|um| standard("line", um, None)).into());
    assert_eq!(format!("{:.0}", rounded.combined), "33");
    assert!(budget.combined < rounded.combined);
    // The guide takes k = 1.83 for its trapezoid; 2.00 is on the safe side of it.
    assert_eq!(budget.k.to_string(), "2.00");
}

const TACHO: RateInputs = RateInputs {
    reference_expanded_ppm: 300,
    reference_k_hundredths: 200,
    reference_dof: None,
    reference_resolution_mhz: 10,
    pen_resolution_mhz: 1,
};

fn rate(mhz: &[u32]) -> RatePoint {
    let readings = mhz
        .iter()
        .map(|&reference_mhz| RateReading {
            reference_mhz,
            indicated_mhz: 50_000,
        })
        .collect();
    RatePoint {
        set_mhz: 50_000,
        readings,
    }
}

#[test]
fn two_degrees_of_freedom_count_in_the_verdict() {
    let run = evaluate_rate(
        &[rate(&[51_000, 52_000, 51_500])],
        &TACHO,
        DecisionRule::RATE,
    )
    .unwrap();
    let row = &run.rows[0];
    assert_eq!(row.k.to_string(), "4.53");
    assert_eq!(
        (
            row.deviation_percent.to_string(),
            row.expanded_percent.to_string()
        ),
        ("3.0".into(), "2.6".into())
    );
    assert_eq!(row.verdict, Verdict::ConditionalPass);
    // U exceeds the tolerance: nothing passes.
    let run = evaluate_rate(
        &[rate(&[50_000, 52_100, 51_050])],
        &TACHO,
        DecisionRule::RATE,
    )
    .unwrap();
    assert_eq!(run.rows[0].expanded_percent.to_string(), "5.5");
    assert_eq!(run.rows[0].verdict, Verdict::ConditionalPass);
}

#[test]
fn a_coarse_scale_counts_in_the_verdict() {
    let coarse = RateInputs {
        reference_resolution_mhz: 1_000,
        ..TACHO
    };
    let run = evaluate_rate(&[rate(&[52_000; 3])], &coarse, DecisionRule::RATE).unwrap();
    assert_eq!(run.rows[0].expanded_percent.to_string(), "1.2");
    assert_eq!(run.rows[0].verdict, Verdict::ConditionalPass);
    let rig = BudgetInputs {
        reference_expanded_nm: 4_000,
        reference_k_hundredths: 200,
        reference_dof: None,
        gauge_resolution_nm: 50_000,
        pen_resolution_nm: 1_000,
        seating_standard_nm: 8_000,
        temperature_halfwidth_mk: 1_000,
        drift_nm_per_k: 1_500,
    };
    let point = |um: i32| {
        let read = Reading {
            reference_um: um + 75,
            indicated_um: um,
            counts_a: 1_000,
            counts_b: 3_000,
        };
        Point {
            nominal_um: um,
            role: PointRole::Calibration,
            deepening: vec![read; 2],
            shallowing: vec![read; 2],
        }
    };
    let run = evaluate_depth(&[point(500), point(1_000)], &rig, DecisionRule::DEPTH).unwrap();
    assert_eq!(run.rows[0].expanded_um.to_string(), "33");
    assert_eq!(run.verdict, Verdict::ConditionalPass);
}

/// Two normal variables from a counter (Box and Muller), the same every time.
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (f64::from(u32::try_from(self.0 >> 33).unwrap()) + 0.5) / f64::from(1_u32 << 31)
    }

    fn next(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[test]
fn a_pen_at_its_limit_gets_a_wrong_pass_once_in_forty_however_few_the_repeats() {
    const TRIALS: u32 = 20_000;
    let exact = RateInputs {
        reference_expanded_ppm: 1,
        reference_resolution_mhz: 1,
        ..TACHO
    };
    for repeats in [2_u32, 3, 5, 10] {
        let mut noise = Normal(u64::from(repeats));
        let mut passes = 0_u32;
        for _ in 0..TRIALS {
            // 5 % fast to the point, and 0.5 % of scatter: nothing but repeatability.
            let read: Vec<u32> = (0..repeats)
                .map(|_| crate::num::nearest(52_500.0 + 250.0 * noise.next()).unsigned_abs())
                .collect();
            let run = evaluate_rate(&[rate(&read)], &exact, DecisionRule::RATE).unwrap();
            passes += u32::from(run.verdict.is_pass());
        }
        let share = f64::from(passes) / f64::from(TRIALS);
        // 2.3 % by Student's distribution; three standard deviations of the count, and rounding.
        assert!(share < 0.027, "{repeats} repeats: {share}");
    }
}

#[test]
fn a_guard_band_of_u_leaves_two_in_a_hundred_at_the_limit_of_acceptance() {
    // JCGM 106:2012 8.3.2: measured at TL - U, normal, k = 2: P(beyond TL) = 1 - Phi(2) = 2.3 %.
    let steps = 100_000_u32;
    let h = 8.0 / f64::from(steps);
    let density = |z: f64| (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let beyond: f64 = (0..steps)
        .map(|step| density(2.0 + (f64::from(step) + 0.5) * h) * h)
        .sum();
    assert!((beyond - 0.0228).abs() < 1e-4, "{beyond}");
    let (at_limit, u) = round_pair(80.0, 20.0).unwrap();
    let word = |thousandths| {
        super::verdict::judge(
            thousandths,
            u32::try_from(u.thousandths()).unwrap(),
            100_000,
            super::GuardedSides::Both,
        )
    };
    assert_eq!(word(at_limit.thousandths()), Verdict::Pass);
    assert_eq!(word(at_limit.thousandths() + 1), Verdict::ConditionalPass);
}
