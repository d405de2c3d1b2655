//! Every result a second time, from the formulas of `docs/calibration.md` written down anew, over rigs
//! that differ from each other in everything.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::budget::{BudgetInputs, RIG, depth_budget};
use super::fit::{ChannelDesign, ChannelFit, FitOptions, fit_channel};
use super::gates::FitError;
use super::measure::{Point, PointRole, Reading, Repeatability, Stats};
use super::rate::{RateInputs, RatePoint, RateReading, evaluate_rate, fit_gain};
use super::run::evaluate_depth;
use super::table::{DepthTable, Knot};
use super::verdict::{DecisionRule, GuardedSides, Verdict, judge};
use super::{Decimal, round_pair};

const A: ChannelDesign = ChannelDesign {
    name: "A",
    zero_counts: 400,
    um_numerator: 5,
    um_denominator: 7,
    rail_low_counts: 50,
    rail_high_counts: 4_045,
};

fn square(value: f64) -> f64 {
    value * value
}

/// Half-width of a rectangular distribution as a variance.
fn rectangular(half: f64) -> f64 {
    square(half) / 3.0
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn rigs() -> impl Strategy<Value = BudgetInputs> {
    (
        1_u32..30_000,
        100_u32..=300,
        1_u32..20_000,
        1_u32..20_000,
        1_u32..20_000,
        1_u32..10_000,
        1_u32..5_000,
    )
        .prop_map(
            |(u, k, gauge, pen, seating, temperature, drift)| BudgetInputs {
                reference_expanded_nm: u,
                reference_k_hundredths: k,
                reference_dof: None,
                gauge_resolution_nm: gauge,
                pen_resolution_nm: pen,
                seating_standard_nm: seating,
                temperature_halfwidth_mk: temperature,
                drift_nm_per_k: drift,
            },
        )
}

fn tachometers() -> impl Strategy<Value = RateInputs> {
    (1_u32..5_000, 100_u32..=300, 1_u32..2_000, 1_u32..2_000).prop_map(|(u, k, tacho, pen)| {
        RateInputs {
            reference_expanded_ppm: u,
            reference_k_hundredths: k,
            reference_dof: None,
            reference_resolution_mhz: tacho,
            pen_resolution_mhz: pen,
        }
    })
}

/// Probability that a Student variable with a whole number of degrees of freedom lies within `-t ..= t`,
/// by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4.
fn student_within(t: f64, dof: u32) -> f64 {
    let angle = (t / f64::from(dof).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let is_odd = dof % 2 == 1;
    let mut term = if is_odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let mut power = if is_odd { 1 } else { 0 };
    while power + 2 <= dof {
        sum += term;
        let next = power + 2;
        term *= square(cosine) * f64::from(next - 1) / f64::from(next);
        power = next;
    }
    if is_odd {
        (angle + sine * sum) * 2.0 / std::f64::consts::PI
    } else {
        sine * sum
    }
}

/// The coverage factor of `docs/calibration.md`: Welch-Satterthwaite, whole degrees of freedom, two places.
fn coverage(variance: f64, from_repeats: f64, dof: u32) -> f64 {
    let effective = square(variance) / (square(from_repeats) / f64::from(dof));
    if effective.is_nan() || effective >= 10_000.0 {
        return 2.0;
    }
    let whole = (1..=10_000_u32)
        .rev()
        .find(|dof| f64::from(*dof) <= effective)
        .unwrap_or(1);
    let (mut low, mut high) = (1.0, 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if student_within(middle, whole) < 0.954_499_736 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * 100.0_f64).round() / 100.0
}

#[test]
fn the_finite_sums_are_those_of_the_published_table() {
    // JCGM 100:2008 table G.2: 95 % and 99 %.
    for (dof, t95, t99) in [
        (1, 12.71, 63.66),
        (2, 4.30, 9.92),
        (5, 2.57, 4.03),
        (20, 2.09, 2.85),
    ] {
        assert!((student_within(t95, dof) - 0.95).abs() < 5e-4, "{dof}");
        assert!((student_within(t99, dof) - 0.99).abs() < 2e-4, "{dof}");
    }
}

/// Mean and standard deviation of one value, the long way.
fn mean_and_s(values: &[f64]) -> (f64, f64) {
    let n = f64::from(u32::try_from(values.len()).unwrap());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| square(value - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_depth_budget_is_the_root_of_its_variances(
        rig in rigs(),
        s in 0.0_f64..30.0,
        dof in 1_u32..60,
        n in 2_u32..20,
        hysteresis in -60.0_f64..60.0,
    ) {
        let um = |nm: u32| f64::from(nm) / 1_000.0;
        let k = f64::from(rig.reference_k_hundredths) / 100.0;
        let temperature = um(rig.drift_nm_per_k) * f64::from(rig.temperature_halfwidth_mk) / 1e3;
        let variance = square(s) / f64::from(n)
            + square(um(rig.reference_expanded_nm) / k)
            + rectangular(um(rig.gauge_resolution_nm) / 2.0)
            + rectangular(um(rig.pen_resolution_nm) / 2.0)
            + square(um(rig.seating_standard_nm))
            + rectangular(hysteresis / 2.0)
            + rectangular(temperature);
        let budget = depth_budget(&rig, Repeatability { s, dof }, n, hysteresis);
        prop_assert!(is_near(budget.combined, variance.sqrt()), "{budget:?}");
        let k = coverage(variance, square(s) / f64::from(n), dof);
        prop_assert!(is_near(budget.expanded, k * variance.sqrt()), "{budget:?} {k}");
        let shares: f64 = budget.components.iter().map(|line| line.share_percent).sum();
        prop_assert!(is_near(shares, 100.0), "{shares}");
        for line in &budget.components {
            prop_assert!(is_near(line.standard, line.estimate / line.divisor));
        }
    }

    #[test]
    fn a_rate_budget_is_the_root_of_its_variances_and_the_widest_is_shown(
        tacho in tachometers(),
        points in vec((50_000_u32..150_000, vec(-900_i32..900, 2..8)), 1..6),
    ) {
        let points: Vec<RatePoint> = points
            .into_iter()
            .map(|(set_mhz, off)| RatePoint {
                set_mhz,
                readings: off
                    .into_iter()
                    .map(|off| RateReading {
                        reference_mhz: set_mhz.saturating_add_signed(off),
                        indicated_mhz: set_mhz,
                    })
                    .collect(),
            })
            .collect();
        let run = evaluate_rate(&points, &tacho, DecisionRule::RATE).unwrap();
        let k = f64::from(tacho.reference_k_hundredths) / 100.0;
        let mut widest = 0.0_f64;
        for (point, row) in points.iter().zip(&run.rows) {
            let read: Vec<f64> = point
                .readings
                .iter()
                .map(|it| f64::from(it.reference_mhz))
                .collect();
            let (mean, s) = mean_and_s(&read);
            let set = f64::from(point.set_mhz);
            let percent = |mhz: f64| 100.0 * mhz / set;
            let n = f64::from(u32::try_from(read.len()).unwrap());
            let mean_of_repeats = square(percent(s)) / n;
            let variance = mean_of_repeats
                + square(f64::from(tacho.reference_expanded_ppm) * 1e-4 / k)
                + rectangular(percent(f64::from(tacho.reference_resolution_mhz) / 2.0));
            let dof = u32::try_from(read.len()).unwrap() - 1;
            let expanded = coverage(variance, mean_of_repeats, dof) * variance.sqrt();
            widest = widest.max(expanded);
            let (deviation, expanded) = round_pair(percent(mean - set), expanded).unwrap();
            prop_assert_eq!(row.expanded_percent, expanded);
            prop_assert_eq!(row.deviation_percent, deviation);
        }
        prop_assert!((run.budget.expanded - widest).abs() < 1e-6, "{} {widest}", run.budget.expanded);
    }

    #[test]
    fn the_factor_of_the_clock_and_its_uncertainty(
        tacho in tachometers(),
        current_ppm in -9_000_i32..9_000,
        ppm in -9_000_i32..9_000,
        rates in vec((50_000_u32..150_000, vec(-60_i32..60, 2..6)), 2..5),
    ) {
        let points: Vec<RatePoint> = rates
            .into_iter()
            .map(|(set_mhz, off)| RatePoint {
                set_mhz,
                readings: off
                    .into_iter()
                    .map(|off| {
                        let said = i64::from(set_mhz) * (1_000_000 + i64::from(ppm)) / 1_000_000;
                        RateReading {
                            reference_mhz: set_mhz,
                            indicated_mhz: u32::try_from(said + i64::from(off)).unwrap(),
                        }
                    })
                    .collect(),
            })
            .collect();
        let fit = fit_gain(&points, &tacho, current_ppm).unwrap();
        let readings = || points.iter().flat_map(|point| &point.readings);
        let cross: f64 = readings()
            .map(|it| f64::from(it.reference_mhz) * f64::from(it.indicated_mhz))
            .sum();
        let squares: f64 = readings().map(|it| square(f64::from(it.reference_mhz))).sum();
        let factor = cross / squares;
        // Rounded away from zero: one ppm at most.
        let change = 1e6 * (factor - 1.0);
        prop_assert!((f64::from(fit.change_ppm) - change).abs() <= 1.0, "{fit:?} {change}");
        let total = 1e6 * (factor * (1.0 + f64::from(current_ppm) / 1e6) - 1.0);
        prop_assert!((f64::from(fit.total_ppm) - total).abs() <= 2.1, "{fit:?} {total}");
        // What is left of each reading, and the budget with its steps at the lowest rate.
        let clock = 1.0 + f64::from(fit.change_ppm) / 1e6;
        let left: Vec<f64> = readings()
            .map(|it| 1e6 * (f64::from(it.reference_mhz) * clock / f64::from(it.indicated_mhz) - 1.0))
            .map(f64::round)
            .collect();
        let (_, s) = mean_and_s(&left);
        let n = f64::from(u32::try_from(left.len()).unwrap());
        let lowest = f64::from(points.iter().map(|point| point.set_mhz).min().unwrap());
        let step = |mhz: u32| rectangular(1e6 * f64::from(mhz) / 2.0 / lowest);
        let k = f64::from(tacho.reference_k_hundredths) / 100.0;
        let variance = square(s) / n
            + square(f64::from(tacho.reference_expanded_ppm) / k)
            + step(tacho.reference_resolution_mhz)
            + step(tacho.pen_resolution_mhz);
        let dof = u32::try_from(left.len()).unwrap() - 1;
        let expanded = (coverage(variance, square(s) / n, dof) * variance.sqrt()).ceil();
        prop_assert!((f64::from(fit.expanded_ppm) - expanded).abs() <= 1.0, "{fit:?} {expanded}");
    }

    #[test]
    fn scatter_is_pooled_by_degrees_of_freedom(
        groups in vec(vec(-500_i32..500, 2..9), 1..8),
    ) {
        let stats: Vec<Stats> = groups.iter().map(|group| Stats::of(group).unwrap()).collect();
        let (mut squares, mut dof) = (0.0, 0_u32);
        for group in &groups {
            let values: Vec<f64> = group.iter().map(|value| f64::from(*value)).collect();
            let (mean, s) = mean_and_s(&values);
            squares += values.iter().map(|value| square(value - mean)).sum::<f64>();
            dof += u32::try_from(group.len()).unwrap() - 1;
            let known = Stats::of(group).unwrap();
            prop_assert!(is_near(known.mean, mean));
            prop_assert!((known.s.unwrap() - s).abs() < 1e-6);
        }
        let pooled = Repeatability::pooled(stats.iter()).unwrap();
        prop_assert_eq!(pooled.dof, dof);
        prop_assert!((pooled.s - (squares / f64::from(dof)).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn the_guard_band_is_taken_from_the_tolerance(
        deviation in -300_000_i64..300_000,
        expanded in 1_u32..150_000,
        unsafe_only in any::<bool>(),
    ) {
        let tolerance = 100_000;
        let guarded = if unsafe_only { GuardedSides::UnsafeOnly } else { GuardedSides::Both };
        let guard = if unsafe_only && deviation < 0 { 0 } else { i64::from(expanded) };
        let size = deviation.abs();
        let expected = if size + guard <= tolerance {
            Verdict::Pass
        } else if size <= tolerance {
            Verdict::ConditionalPass
        } else if size - guard <= tolerance {
            Verdict::ConditionalFail
        } else {
            Verdict::Fail
        };
        prop_assert_eq!(judge(deviation, expanded, 100_000, guarded), expected);
    }

    #[test]
    fn every_count_of_a_table_is_the_nearest_micrometre_halves_deeper(
        start in 60_u16..800,
        steps in vec((1_u16..500, 1_i32..400), 1..7),
        falls in any::<bool>(),
    ) {
        let (mut counts, mut depth) = (start, 100);
        let mut knots = vec![Knot { counts, depth_um: depth }];
        for (run, rise) in steps {
            counts += run;
            depth += if falls { -rise } else { rise };
            knots.push(Knot { counts, depth_um: depth });
        }
        let table = DepthTable::of(knots.clone()).unwrap();
        for at in start..=counts {
            let pair = knots.windows(2).find(|pair| at <= pair[1].counts).unwrap();
            let along = f64::from(at - pair[0].counts) / f64::from(pair[1].counts - pair[0].counts);
            let exact = f64::from(pair[0].depth_um)
                + along * f64::from(pair[1].depth_um - pair[0].depth_um);
            // Whole or half as the table has it, however the sum above is rounded.
            let doubled = 2.0 * exact;
            let doubled = if is_near(doubled, doubled.round()) { doubled.round() } else { doubled };
            let nearest = (doubled / 2.0 + 0.5).floor();
            prop_assert_eq!(f64::from(table.depth_um(at).unwrap()), nearest, "{} {:?}", at, pair);
        }
        prop_assert_eq!(table.depth_um(start - 1), None);
        prop_assert_eq!(table.depth_um(counts + 1), None);
    }
}

/// A rate whose tachometer reads so many thousandths of a percent more than was set.
fn rate_off(set_mhz: u32, thousandths: i64) -> RatePoint {
    let reference = i64::from(set_mhz) * (100_000 + thousandths) / 100_000;
    let reading = RateReading {
        reference_mhz: u32::try_from(reference).unwrap(),
        indicated_mhz: set_mhz,
    };
    RatePoint {
        set_mhz,
        readings: vec![reading; 3],
    }
}

fn depth_off(nominal_um: i32, deviation_um: i32) -> Point {
    let reading = Reading {
        reference_um: nominal_um + deviation_um,
        indicated_um: nominal_um,
        counts_a: 1_000,
        counts_b: 3_000,
    };
    Point {
        nominal_um,
        role: PointRole::Calibration,
        deepening: vec![reading; 2],
        shallowing: vec![reading; 2],
    }
}

const TACHO: RateInputs = RateInputs {
    reference_expanded_ppm: 300,
    reference_k_hundredths: 200,
    reference_dof: None,
    reference_resolution_mhz: 10,
    pen_resolution_mhz: 1,
};
/// Thousandths of a percent, and micrometres, that make each verdict with the rig above.
const OFF: [(Verdict, i64, i32); 4] = [
    (Verdict::Pass, 0, 0),
    (Verdict::ConditionalPass, 4_990, 90),
    (Verdict::ConditionalFail, 5_015, 110),
    (Verdict::Fail, 6_000, 150),
];

#[test]
fn the_worst_point_decides_wherever_it_lies_and_whichever_way() {
    const PLACES: usize = 4;
    for place in 0..PLACES {
        for (verdict, thousandths, um) in OFF {
            for (other, less_thousandths, less_um) in OFF {
                for sign in [1, -1] {
                    let rates: Vec<RatePoint> = (0..PLACES)
                        .map(|at| {
                            let off = if at == place {
                                thousandths
                            } else {
                                less_thousandths
                            };
                            rate_off(50_000, i64::from(sign) * off)
                        })
                        .collect();
                    let run = evaluate_rate(&rates, &TACHO, DecisionRule::RATE).unwrap();
                    assert_eq!(run.verdict, verdict.max(other), "{place} {sign}");
                    assert_eq!(run.rows[place].verdict, verdict, "{place} {sign}");
                    let depths: Vec<Point> = (0..PLACES)
                        .map(|at| depth_off(500, sign * if at == place { um } else { less_um }))
                        .collect();
                    let run = evaluate_depth(&depths, &RIG, DecisionRule::DEPTH).unwrap();
                    assert_eq!(run.verdict, verdict.max(other), "{place} {sign}");
                    assert_eq!(run.rows[place].verdict, verdict, "{place} {sign}");
                    if um > less_um {
                        let farthest = run.farthest().unwrap().deviation_um.thousandths();
                        assert_eq!(farthest, i64::from(sign * um) * 1_000);
                    }
                }
            }
        }
    }
}

/// Nine settings on the drawing; `change` may move the reference of one direction at one of them.
fn drawn(change: impl Fn(i32, bool) -> i32) -> Vec<Point> {
    (0_u16..9)
        .map(|step| {
            let depth = i32::from(step) * 250;
            let reading = |deepens: bool| Reading {
                reference_um: depth + change(depth, deepens),
                indicated_um: depth,
                counts_a: 400 + step * 350,
                counts_b: 0,
            };
            Point {
                nominal_um: depth,
                role: PointRole::Calibration,
                deepening: vec![reading(true); 10],
                shallowing: vec![reading(false); 10],
            }
        })
        .collect()
}

fn fit(points: &[Point]) -> Result<ChannelFit, FitError> {
    fit_channel(points, A, |reading| reading.counts_a, FitOptions::default())
}

#[test]
fn an_outlier_is_refused_on_either_side_and_told_with_its_sign() {
    for place in [250, 1_000, 1_750] {
        for sign in [1, -1] {
            // The two directions apart: the table lies between them, the readings beside it.
            let apart = |um: i32| {
                drawn(move |depth, deepens| match (depth == place, deepens) {
                    (true, true) => sign * um,
                    (true, false) => -sign * um,
                    (false, _) => 0,
                })
            };
            assert!(fit(&apart(50)).is_ok(), "{place} {sign}");
            let error = fit(&apart(51)).unwrap_err();
            assert!(
                matches!(error, FitError::Scatter { asked_um, .. } if asked_um.abs() == 51),
                "{error}"
            );
            // Only one of them off, on one side, by a tenth of a micrometre too much.
            let mut tenth = apart(50);
            let point = tenth.iter_mut().find(|it| it.nominal_um == place).unwrap();
            let more = if sign > 0 {
                &mut point.deepening
            } else {
                &mut point.shallowing
            };
            more[0].reference_um += 4;
            assert!(
                matches!(fit(&tenth), Err(FitError::Scatter { asked_um, .. }) if asked_um.abs() == 51),
                "{place} {sign}: 50.2 um is more than 50"
            );
            // A knot off the trend.
            let bent = |um: i32| drawn(move |depth, _| if depth == place { sign * um } else { 0 });
            assert!(fit(&bent(40)).is_ok(), "{place} {sign}");
            let error = fit(&bent(70)).unwrap_err();
            let told = match error {
                FitError::Residual { asked_um, .. } => asked_um,
                other => panic!("{other}"),
            };
            assert_eq!(told.signum(), i64::from(sign), "{told}");
            // What passes is told as the value farthest from zero, with its sign.
            let fitted = fit(&bent(40)).unwrap();
            let gate = |name: &str| {
                let found = fitted.gates.iter().find(|gate| gate.name.starts_with(name));
                found.unwrap().asked
            };
            assert_eq!(gate("Move"), i64::from(sign) * 40);
            assert_eq!(gate("Knot").signum(), i64::from(sign));
            assert!(gate("Knot").abs() > 20);
        }
    }
    // Farther from the drawing than half a millimetre, the deep way and the shallow way.
    for sign in [1, -1] {
        let tilted = |um: i32| drawn(move |depth, _| sign * (190 + depth * um / 2_000));
        assert!(fit(&tilted(150)).is_ok(), "{sign}");
        assert!(fit(&tilted(330)).is_err(), "{sign}");
    }
}

#[test]
fn a_knot_is_the_middle_of_both_directions_however_often_each_was_read() {
    for (deep, shallow) in [(2, 2), (2, 7), (7, 2)] {
        let mut points = drawn(|_, deepens| if deepens { 12 } else { -4 });
        for point in &mut points {
            for reading in &mut point.deepening {
                reading.counts_a += 6;
            }
            point.deepening.truncate(deep);
            point.shallowing.truncate(shallow);
        }
        let fitted = fit(&points).unwrap();
        for (step, knot) in (0..).zip(fitted.table.knots()) {
            assert_eq!(
                (knot.counts, knot.depth_um),
                (400 + step * 350 + 3, i32::from(step) * 250 + 4),
                "{deep} {shallow}"
            );
        }
    }
}

#[test]
fn neighbours_that_noise_swapped_are_merged_by_the_number_of_their_readings() {
    for (first, second) in [(2, 2), (2, 9), (9, 2), (5, 3)] {
        // 1.000 mm and, 14 counts further on, 10 um less.
        let mut points = drawn(|_, _| 0);
        let mut swapped = points[4].clone();
        for reading in swapped.deepening.iter_mut().chain(&mut swapped.shallowing) {
            reading.counts_a += 14;
            reading.reference_um -= 10;
        }
        let cut = |point: &mut Point, n: usize| {
            point.deepening.truncate(n);
            point.shallowing.truncate(n);
        };
        cut(&mut points[4], first);
        cut(&mut swapped, second);
        points.insert(5, swapped);
        let fitted = fit(&points).unwrap();
        assert_eq!(fitted.pooled, 1);
        let share = |n: usize| f64::from(u32::try_from(n).unwrap());
        let part = share(second) / (share(first) + share(second));
        let knot = fitted.table.knots()[4];
        let counts = Decimal::rounded(1_800.0 + 14.0 * part, 0).unwrap();
        let depth = Decimal::rounded(1_000.0 - 10.0 * part, 0).unwrap();
        assert_eq!(i64::from(knot.counts) * 1_000, counts.thousandths());
        assert_eq!(i64::from(knot.depth_um) * 1_000, depth.thousandths());
    }
}

#[test]
fn thinning_takes_out_what_is_least_missed_on_either_side_of_the_line() {
    for sign in [1, -1] {
        for place in 2_u16..11 {
            // Thirteen settings, one of them off by 30 um and its opposite in the sweep off by nothing.
            let points: Vec<Point> = (0_u16..13)
                .map(|step| {
                    let off = if step == place { sign * 30 } else { 0 };
                    let mut point = depth_off(i32::from(step) * 180, off);
                    for reading in point.deepening.iter_mut().chain(&mut point.shallowing) {
                        reading.counts_a = 400 + step * 252;
                    }
                    point
                })
                .collect();
            let fitted = fit(&points).unwrap();
            assert_eq!(fitted.thinned, 2);
            let kept = fitted.table.knots().iter().any(|knot| {
                knot.counts == 400 + place * 252
                    && knot.depth_um == i32::from(place) * 180 + sign * 30
            });
            assert!(kept, "{sign} {place}: {:?}", fitted.table.knots());
        }
    }
}

#[test]
fn a_knot_at_a_rail_is_refused_and_one_count_inside_is_not() {
    let points = drawn(|_, _| 0);
    let rails = |low, high| ChannelDesign {
        rail_low_counts: low,
        rail_high_counts: high,
        ..A
    };
    let at = |design| {
        fit_channel(
            &points,
            design,
            |reading| reading.counts_a,
            FitOptions::default(),
        )
    };
    // The knots go from 400 to 3 200 counts.
    assert!(at(rails(399, 3_201)).is_ok());
    for (design, counts) in [(rails(400, 3_201), 400), (rails(399, 3_200), 3_200)] {
        let error = at(design).unwrap_err();
        assert!(
            matches!(error, FitError::AtRail { asked, .. } if asked == counts),
            "{error}"
        );
    }
}

#[test]
fn a_deviation_of_nothing_is_on_the_guarded_side() {
    for guarded in [GuardedSides::Both, GuardedSides::UnsafeOnly] {
        assert_eq!(judge(0, 100_000, 100_000, guarded), Verdict::Pass);
        assert_eq!(
            judge(0, 100_001, 100_000, guarded),
            Verdict::ConditionalPass
        );
    }
}
