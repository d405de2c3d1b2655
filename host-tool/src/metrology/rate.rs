//! Strokes per second against a tachometer: verdicts, and one correction of the pen's clock.

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Line};
use super::decimal::{Decimal, away, float, round_pair, whole};
use super::gates::FitError;
use super::measure::{MeasureError, REPEATS_MIN, Repeatability, Stats};
use super::run::judge_rounded;
use super::verdict::{DecisionRule, Verdict};

/// Largest correction of the pen's clock. Unit: ppm. Requirement: CAL-004.
pub const CLOCK_PPM_MAX: i64 = 30_000;

/// One repeat: tachometer and pen, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RateReading {
    /// Strokes per second by the tachometer. Unit: mHz.
    pub reference_mhz: u32,
    /// Strokes per second the pen indicates. Unit: mHz.
    pub indicated_mhz: u32,
}

/// All that was read at one set rate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RatePoint {
    /// The rate that was set. Unit: mHz.
    pub set_mhz: u32,
    /// The repeats.
    pub readings: Vec<RateReading>,
}

/// What is known about the tachometer and the pen's indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RateInputs {
    /// Expanded uncertainty on the tachometer's certificate, of the value. Unit: ppm.
    pub reference_expanded_ppm: u32,
    /// Coverage factor on that certificate, in hundredths.
    pub reference_k_hundredths: u32,
    /// Effective degrees of freedom on that certificate; none when it states none.
    pub reference_dof: Option<u32>,
    /// One step of the tachometer. Unit: mHz.
    pub reference_resolution_mhz: u32,
    /// One step of the pen's indication. Unit: mHz.
    pub pen_resolution_mhz: u32,
}

/// One line of a table of rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateRow {
    /// The rate that was set. Unit: mHz.
    pub set_mhz: u32,
    /// Repeats.
    pub n: u32,
    /// Mean of the tachometer. Unit: Hz.
    pub reference_hz: Decimal,
    /// Mean of the indication. Unit: Hz.
    pub indicated_hz: Decimal,
    /// Reference minus set, of the set rate: positive is faster than asked. Unit: %.
    pub deviation_percent: Decimal,
    /// Expanded uncertainty of the deviation, about 95 %. Unit: %.
    pub expanded_percent: Decimal,
    /// Its coverage factor.
    pub k: Decimal,
    /// Tolerance over expanded uncertainty.
    pub tur: Decimal,
    /// Whether that ratio is below the target of 4.
    pub is_tur_low: bool,
    /// The verdict.
    pub verdict: Verdict,
}

/// All rows of a run and the worst verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateRun {
    /// The rows, in the order measured.
    pub rows: Vec<RateRow>,
    /// Budget of the point with the largest uncertainty. Unit: % of the set rate.
    pub budget: Budget,
    /// The rule that was agreed.
    pub rule: DecisionRule,
    /// The worst of the rows' verdicts.
    pub verdict: Verdict,
}

/// The correction of the pen's clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainFit {
    /// Correction in force while measuring. Unit: ppm.
    pub current_ppm: i32,
    /// Change found, on top of it. Unit: ppm.
    pub change_ppm: i32,
    /// Correction of the clock to put in force: positive when it runs slow, so that the pen
    /// strokes slower than it says (true time = counted x (1 + ppm / 1e6)). Unit: ppm.
    pub total_ppm: i32,
    /// Expanded uncertainty of it, about 95 %. Unit: ppm.
    pub expanded_ppm: u32,
    /// Its coverage factor.
    pub k: Decimal,
    /// What is left at each set rate after the correction: (set in mHz, residual in ppm).
    pub residuals_ppm: Vec<(u32, i32)>,
}

/// Deviation, uncertainty and verdict at every set rate.
///
/// # Errors
/// [`MeasureError`] when there are no points, too few repeats, a set rate of zero, or no usable
/// uncertainty.
pub fn evaluate_rate(
    points: &[RatePoint],
    inputs: &RateInputs,
    rule: DecisionRule,
) -> Result<RateRun, MeasureError> {
    let mut rows = Vec::with_capacity(points.len());
    let mut widest: Option<Budget> = None;
    for point in points {
        let nominal = i32::try_from(point.set_mhz).unwrap_or(i32::MAX);
        let stats = point.stats(|reading| reading.reference_mhz)?;
        let indicated = point.stats(|reading| reading.indicated_mhz)?;
        let budget = point_budget(point, inputs, &stats);
        let none = MeasureError::NoUncertainty { nominal };
        let set = f64::from(point.set_mhz);
        let deviation = 100.0 * (stats.mean - set) / set;
        let (deviation_percent, expanded_percent) =
            round_pair(deviation, budget.expanded).ok_or(none)?;
        let hertz = |mean: f64| Decimal::rounded(mean / 1_000.0, -3).ok_or(none);
        let judged = judge_rounded(deviation_percent, expanded_percent, rule).ok_or(none)?;
        rows.push(RateRow {
            set_mhz: point.set_mhz,
            n: stats.n,
            reference_hz: hertz(stats.mean)?,
            indicated_hz: hertz(indicated.mean)?,
            deviation_percent,
            expanded_percent,
            k: budget.k,
            tur: judged.tur,
            is_tur_low: judged.is_tur_low,
            verdict: judged.verdict,
        });
        if widest
            .as_ref()
            .is_none_or(|known| known.expanded < budget.expanded)
        {
            widest = Some(budget);
        }
    }
    let budget = widest.ok_or(MeasureError::NoPoints)?;
    let verdict = rows
        .iter()
        .map(|row| row.verdict)
        .max()
        .ok_or(MeasureError::NoPoints)?;
    Ok(RateRun {
        rows,
        budget,
        rule,
        verdict,
    })
}

impl RatePoint {
    fn stats(&self, of: fn(&RateReading) -> u32) -> Result<Stats, MeasureError> {
        if self.set_mhz == 0 {
            return Err(MeasureError::ZeroRate);
        }
        let read = |reading| i32::try_from(of(reading)).unwrap_or(i32::MAX);
        let values: Vec<i32> = self.readings.iter().map(read).collect();
        Stats::of(&values)
            .filter(|stats| stats.n >= REPEATS_MIN)
            .ok_or_else(|| MeasureError::TooFewRepeats {
                nominal: i32::try_from(self.set_mhz).unwrap_or(i32::MAX),
                asked: u32::try_from(values.len()).unwrap_or(u32::MAX),
                allowed: REPEATS_MIN,
            })
    }
}

fn point_budget(point: &RatePoint, inputs: &RateInputs, stats: &Stats) -> Budget {
    let percent = |mhz: f64| 100.0 * mhz / f64::from(point.set_mhz);
    let half_step = |mhz: u32| percent(f64::from(mhz) / 2.0);
    Budget::of(vec![
        Line::mean(
            "Repeatability of the mean",
            percent(stats.s.unwrap_or(0.0)),
            "s of one reading",
            stats.n,
            stats.n.saturating_sub(1),
        ),
        reference_line(inputs, 1.0e-4),
        Line::halfwidth(
            "Resolution of the tachometer",
            half_step(inputs.reference_resolution_mhz),
            "half a step",
        ),
    ])
}

/// The tachometer's own line; `scale` turns ppm into the unit of the budget.
fn reference_line(inputs: &RateInputs, scale: f64) -> Line {
    Line::normal(
        "Reference tachometer",
        f64::from(inputs.reference_expanded_ppm) * scale,
        "U on its certificate",
        f64::from(inputs.reference_k_hundredths) / 100.0,
    )
    .with_dof(inputs.reference_dof)
}

/// Finds the one factor of the pen's clock that brings its indication to the tachometer.
///
/// Least squares through zero over all readings: the error of a clock is a factor, not an offset.
/// The factor multiplies *time*, so it divides the indicated rate: a pen that strokes slower than
/// it says needs a longer second.
///
/// # Errors
/// [`FitError::TooFewPoints`] with fewer than two rates or no readings that differ from zero;
/// [`FitError::Clock`] when the correction would exceed [`CLOCK_PPM_MAX`].
pub fn fit_gain(
    points: &[RatePoint],
    inputs: &RateInputs,
    current_ppm: i32,
) -> Result<GainFit, FitError> {
    let few = FitError::TooFewPoints {
        channel: "rate",
        asked: points.len(),
        allowed: 2,
    };
    let readings = || points.iter().flat_map(|point| &point.readings);
    let (mut cross, mut square) = (0_i128, 0_i128);
    for reading in readings() {
        cross += i128::from(reading.reference_mhz) * i128::from(reading.indicated_mhz);
        square += i128::from(reading.reference_mhz).pow(2);
    }
    if points.len() < 2 || square == 0 {
        return Err(few);
    }
    let change_ppm = away((cross - square) * 1_000_000, square);
    let product =
        i128::from(1_000_000 + i64::from(current_ppm)) * (1_000_000 + i128::from(change_ppm));
    let total = away(product, 1_000_000).saturating_sub(1_000_000);
    let refused = FitError::Clock {
        asked_ppm: total,
        allowed_ppm: CLOCK_PPM_MAX,
    };
    if total.saturating_abs() > CLOCK_PPM_MAX {
        return Err(refused);
    }
    let residual = |reading: &RateReading| residual_ppm(reading, change_ppm);
    let residuals_ppm = points
        .iter()
        .filter_map(|point| {
            let all: Vec<i32> = point.readings.iter().filter_map(residual).collect();
            let mean = whole(Stats::of(&all)?.mean)?;
            Some((point.set_mhz, i32::try_from(mean).ok()?))
        })
        .collect();
    let all: Vec<i32> = readings().filter_map(residual).collect();
    // A set rate of zero has no uncertainty that can be written, and is refused below.
    let lowest = points.iter().map(|point| point.set_mhz).min().ok_or(few)?;
    let budget = gain_budget(&all, inputs, lowest).ok_or(few)?;
    let expanded = whole(budget.expanded.ceil()).and_then(|ppm| u32::try_from(ppm).ok());
    Ok(GainFit {
        current_ppm,
        change_ppm: i32::try_from(change_ppm).map_err(|_| refused)?,
        total_ppm: i32::try_from(total).map_err(|_| refused)?,
        expanded_ppm: expanded.ok_or(few)?,
        k: budget.k,
        residuals_ppm,
    })
}

/// Budget of the gain in ppm. Steps count most at the lowest rate, and are taken there for all.
fn gain_budget(residuals: &[i32], inputs: &RateInputs, lowest_mhz: u32) -> Option<Budget> {
    let stats = Stats::of(residuals)?;
    let pooled = Repeatability::pooled(std::iter::once(&stats))?;
    let half_step = |mhz: u32| 0.5e6 * f64::from(mhz) / f64::from(lowest_mhz);
    Some(Budget::of(vec![
        Line::mean(
            "Scatter about the factor",
            pooled.s,
            "s of one residual",
            stats.n,
            pooled.dof,
        ),
        reference_line(inputs, 1.0),
        Line::halfwidth(
            "Resolution of the tachometer",
            half_step(inputs.reference_resolution_mhz),
            "half a step",
        ),
        Line::halfwidth(
            "Resolution of the pen",
            half_step(inputs.pen_resolution_mhz),
            "half a step",
        ),
    ]))
}

/// Reference over corrected indication, minus one.
fn residual_ppm(reading: &RateReading, change_ppm: i64) -> Option<i32> {
    let corrected = f64::from(reading.indicated_mhz) / (1.0 + float(change_ppm) / 1.0e6);
    if corrected <= 0.0 {
        return None;
    }
    let ppm = whole(1.0e6 * (f64::from(reading.reference_mhz) / corrected - 1.0))?;
    i32::try_from(ppm).ok()
}

#[cfg(test)]
mod tests {
    use super::{RateInputs, RatePoint, RateReading, evaluate_rate, fit_gain};
    use crate::metrology::gates::FitError;
    use crate::metrology::measure::MeasureError;
    use crate::metrology::verdict::{DecisionRule, Verdict};
    use proptest::prelude::proptest;

    const TACHO: RateInputs = RateInputs {
        reference_expanded_ppm: 300,
        reference_k_hundredths: 200,
        reference_dof: None,
        reference_resolution_mhz: 10,
        pen_resolution_mhz: 10,
    };
    const RATES: [u32; 4] = [50_000, 80_000, 100_000, 120_000];

    /// A pen whose clock is wrong by `ppm`: what it regulates to, the tachometer sees off by that.
    fn points(ppm: i64) -> Vec<RatePoint> {
        points_at(&RATES, ppm)
    }

    fn points_at(rates: &[u32], ppm: i64) -> Vec<RatePoint> {
        let truth =
            |set: u32| u32::try_from(i64::from(set) * (1_000_000 + ppm) / 1_000_000).unwrap();
        let reading = |set| RateReading {
            reference_mhz: truth(set),
            indicated_mhz: set,
        };
        rates
            .iter()
            .map(|&set_mhz| RatePoint {
                set_mhz,
                readings: vec![reading(set_mhz); 3],
            })
            .collect()
    }

    /// A pen whose clock runs slow by `ppm`: it says more than the tachometer sees.
    fn slow(rates: &[u32], ppm: i64) -> Vec<RatePoint> {
        let mut points = points_at(rates, 0);
        for reading in points.iter_mut().flat_map(|point| &mut point.readings) {
            let said = i64::from(reading.reference_mhz) * (1_000_000 + ppm) / 1_000_000;
            reading.indicated_mhz = u32::try_from(said).unwrap();
        }
        points
    }

    #[test]
    fn cal_001_a_slow_clock_needs_a_longer_second() {
        // The pen says 65 Hz, the tachometer sees 64: its seconds are too long to it, so counted
        // time must be stretched by 65/64.
        let reading = RateReading {
            reference_mhz: 64_000,
            indicated_mhz: 65_000,
        };
        let point = |set_mhz| RatePoint {
            set_mhz,
            readings: vec![reading; 3],
        };
        let fit = fit_gain(&[point(65_000), point(65_001)], &TACHO, 0).unwrap();
        assert_eq!(fit.total_ppm, 15_625);
    }

    #[test]
    fn verdicts_of_known_clocks() {
        let verdict = |ppm| {
            evaluate_rate(&points(ppm), &TACHO, DecisionRule::RATE)
                .unwrap()
                .verdict
        };
        assert_eq!(verdict(0), Verdict::Pass);
        assert_eq!(verdict(49_000), Verdict::Pass);
        assert_eq!(verdict(-50_000), Verdict::ConditionalPass);
        assert_eq!(verdict(50_200), Verdict::ConditionalFail);
        assert_eq!(verdict(-51_000), Verdict::Fail);
        let run = evaluate_rate(&points(20_000), &TACHO, DecisionRule::RATE).unwrap();
        assert_eq!(run.rows[2].deviation_percent.to_string(), "2.000");
        assert_eq!(run.rows[2].reference_hz.to_string(), "102.000");
    }

    #[test]
    fn budget_shown_is_that_of_the_least_certain_rate() {
        let mut points = points(0);
        for (reading, off) in points[1].readings.iter_mut().zip([0, 200, 400]) {
            reading.reference_mhz += off;
        }
        let run = evaluate_rate(&points, &TACHO, DecisionRule::RATE).unwrap();
        let printed = run.rows[1].expanded_percent.to_f64();
        assert!(
            (run.budget.expanded - printed).abs() < 0.01 && printed > 0.2,
            "{printed}"
        );
    }

    #[test]
    fn of_rates_with_the_same_uncertainty_the_budget_is_that_of_the_first() {
        // Without any scatter the repeats change nothing but how many they are.
        let mut points = points_at(&[80_000, 80_000], 0);
        let reading = points[0].readings[0];
        points[0].readings = vec![reading; 2];
        points[1].readings = vec![reading; 5];
        let run = evaluate_rate(&points, &TACHO, DecisionRule::RATE).unwrap();
        assert_eq!(run.budget.components[0].dof, Some(1));
    }

    #[test]
    fn clock_gate_is_thirty_thousand_ppm() {
        assert_eq!(fit_gain(&points(0), &TACHO, 0).unwrap().total_ppm, 0);
        for sign in [1, -1] {
            // Whole kilohertz, so that one part in a million is one millihertz.
            let at = |ppm| slow(&[1_000_000, 2_000_000], sign * ppm);
            let fit = fit_gain(&at(30_000), &TACHO, 0).unwrap();
            assert_eq!(i64::from(fit.total_ppm), sign * 30_000);
            let error = fit_gain(&at(30_001), &TACHO, 0).unwrap_err();
            assert_eq!(
                error,
                FitError::Clock {
                    asked_ppm: sign * 30_001,
                    allowed_ppm: 30_000
                }
            );
        }
    }

    #[test]
    fn correction_in_force_counts_against_the_gate() {
        let fit = fit_gain(&slow(&RATES, 10_000), &TACHO, 10_000).unwrap();
        assert_eq!((fit.change_ppm, fit.total_ppm), (10_000, 20_100));
        assert!(fit_gain(&slow(&RATES, 20_000), &TACHO, 20_000).is_err());
        let back = fit_gain(&slow(&RATES, -10_000), &TACHO, 30_000).unwrap();
        assert_eq!(back.total_ppm, 19_700);
    }

    #[test]
    fn too_little_is_refused_by_name() {
        let one = &points(0)[..1];
        assert!(matches!(
            fit_gain(one, &TACHO, 0),
            Err(FitError::TooFewPoints { asked: 1, .. })
        ));
        assert!(matches!(
            fit_gain(&[], &TACHO, 0),
            Err(FitError::TooFewPoints { asked: 0, .. })
        ));
        // Two rates, of which one is none: its steps are no part of it.
        let mut none = points(0);
        none[0].set_mhz = 0;
        let exact = RateInputs {
            reference_resolution_mhz: 0,
            pen_resolution_mhz: 0,
            ..TACHO
        };
        for inputs in [TACHO, exact] {
            let error = fit_gain(&none[..2], &inputs, 0).unwrap_err();
            assert!(matches!(error, FitError::TooFewPoints { asked: 2, .. }));
        }
        let empty = evaluate_rate(&[], &TACHO, DecisionRule::RATE).unwrap_err();
        assert_eq!(empty, MeasureError::NoPoints);
        let zero = RatePoint {
            set_mhz: 0,
            readings: vec![],
        };
        let error = evaluate_rate(&[zero], &TACHO, DecisionRule::RATE).unwrap_err();
        assert_eq!(error, MeasureError::ZeroRate);
    }

    proptest! {
        #[test]
        fn correcting_removes_the_clock_error(ppm in -29_000_i64..29_000) {
            let fit = fit_gain(&slow(&RATES, ppm), &TACHO, 0).unwrap();
            assert!((i64::from(fit.total_ppm) - ppm).abs() <= 20, "{fit:?}");
            assert!(fit.residuals_ppm.iter().all(|(_, left)| left.abs() <= 40));
            assert!(fit.expanded_ppm >= 300);
        }
    }
}
