//! A whole as-found or as-left run: rows, uncertainty, verdicts.

use serde::Serialize;

use super::budget::{Budget, BudgetInputs, depth_budget};
use super::decimal::{Decimal, round_pair};
use super::measure::{MeasureError, Point, PointRole, PointSummary, Repeatability};
use super::verdict::{DecisionRule, TUR_TARGET, Verdict, judge};

/// One line of a table of results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DepthRow {
    /// The setting. Unit: um.
    pub nominal_um: i32,
    /// Whether the fit uses it.
    pub role: PointRole,
    /// Readings in all.
    pub n: u32,
    /// Mean of the gauge. Unit: um.
    pub reference_um: Decimal,
    /// Mean of the indication. Unit: um.
    pub indicated_um: Decimal,
    /// Reference minus indication: positive is deeper than shown. Unit: um.
    pub deviation_um: Decimal,
    /// Expanded uncertainty, about 95 %. Unit: um.
    pub expanded_um: Decimal,
    /// Its coverage factor.
    pub k: Decimal,
    /// Deviation deepening minus deviation shallowing. Unit: um.
    pub hysteresis_um: Decimal,
    /// Range of single deviations. Unit: um.
    pub range_um: [i32; 2],
    /// Tolerance over expanded uncertainty.
    pub tur: Decimal,
    /// Whether that ratio is below the target of 4.
    pub is_tur_low: bool,
    /// The verdict.
    pub verdict: Verdict,
}

/// All rows of a run, the budget of its least certain point, and the worst verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DepthRun {
    /// The rows, in the order measured.
    pub rows: Vec<DepthRow>,
    /// Scatter of one reading, pooled over the run. Unit: um.
    pub repeatability: Repeatability,
    /// Budget of the point with the largest uncertainty. Unit: um.
    pub budget: Budget,
    /// The setting that budget belongs to. Unit: um.
    pub budget_nominal_um: i32,
    /// The rule that was agreed.
    pub rule: DecisionRule,
    /// The worst of the rows' verdicts.
    pub verdict: Verdict,
}

impl DepthRun {
    /// Whether any row's tolerance is less than four times its uncertainty.
    #[must_use]
    pub fn is_tur_low(&self) -> bool {
        self.rows.iter().any(|row| row.is_tur_low)
    }

    /// The row whose deviation is farthest on the deep side.
    #[must_use]
    pub fn deepest(&self) -> Option<&DepthRow> {
        self.rows
            .iter()
            .max_by_key(|row| row.deviation_um.thousandths())
    }

    /// The row with the largest deviation, either way.
    #[must_use]
    pub fn farthest(&self) -> Option<&DepthRow> {
        self.rows
            .iter()
            .max_by_key(|row| row.deviation_um.thousandths().abs())
    }
}

/// Statistics, uncertainty and verdict of every point.
///
/// # Errors
/// [`MeasureError`] when there are no points, too few repeats, or no usable uncertainty.
pub fn evaluate_depth(
    points: &[Point],
    inputs: &BudgetInputs,
    rule: DecisionRule,
) -> Result<DepthRun, MeasureError> {
    let summaries = points
        .iter()
        .map(Point::summary)
        .collect::<Result<Vec<_>, _>>()?;
    spanned(&summaries)?;
    let groups = summaries
        .iter()
        .flat_map(|point| [&point.deepening, &point.shallowing]);
    let repeatability = Repeatability::pooled(groups).ok_or(MeasureError::NoPoints)?;
    let mut rows = Vec::with_capacity(summaries.len());
    let mut widest: Option<(Budget, i32)> = None;
    for summary in &summaries {
        let budget = depth_budget(inputs, repeatability, summary.n, summary.hysteresis_um);
        rows.push(row(summary, &budget, rule)?);
        if widest
            .as_ref()
            .is_none_or(|(known, _)| known.expanded < budget.expanded)
        {
            widest = Some((budget, summary.nominal_um));
        }
    }
    let (budget, budget_nominal_um) = widest.ok_or(MeasureError::NoPoints)?;
    let verdict = rows
        .iter()
        .map(|row| row.verdict)
        .max()
        .ok_or(MeasureError::NoPoints)?;
    Ok(DepthRun {
        rows,
        repeatability,
        budget,
        budget_nominal_um,
        rule,
        verdict,
    })
}

/// Part of the asked range that gauge and indication have to cover. Unit: %.
const SPANNED_PERCENT: i32 = 80;

/// Whether what was read reaches over what was asked: a pen that was never moved is no result.
fn spanned(points: &[PointSummary]) -> Result<(), MeasureError> {
    let span = |of: fn(&PointSummary) -> f64| {
        let values = points.iter().map(of);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        crate::num::nearest(high - low)
    };
    let nominal = span(|point| f64::from(point.nominal_um));
    let allowed = nominal / 100 * SPANNED_PERCENT;
    for (what, asked) in [
        ("gauge", span(|point| point.reference_mean_um)),
        ("indication", span(|point| point.indicated_mean_um)),
    ] {
        if !points.is_empty() && asked < allowed {
            return Err(MeasureError::NotSpanned {
                what,
                asked,
                allowed,
                nominal,
            });
        }
    }
    Ok(())
}

fn row(
    point: &PointSummary,
    budget: &Budget,
    rule: DecisionRule,
) -> Result<DepthRow, MeasureError> {
    let none = MeasureError::NoUncertainty {
        nominal: point.nominal_um,
    };
    let beside = |value: f64| {
        round_pair(value, budget.expanded)
            .map(|(value, _)| value)
            .ok_or(none)
    };
    let (deviation_um, expanded_um) =
        round_pair(point.deviation_um, budget.expanded).ok_or(none)?;
    let judged = judge_rounded(deviation_um, expanded_um, rule).ok_or(none)?;
    Ok(DepthRow {
        nominal_um: point.nominal_um,
        role: point.role,
        n: point.n,
        reference_um: beside(point.reference_mean_um)?,
        indicated_um: beside(point.indicated_mean_um)?,
        deviation_um,
        expanded_um,
        k: budget.k,
        hysteresis_um: beside(point.hysteresis_um)?,
        range_um: [
            point.deepening.min.min(point.shallowing.min),
            point.deepening.max.max(point.shallowing.max),
        ],
        tur: judged.tur,
        is_tur_low: judged.is_tur_low,
        verdict: judged.verdict,
    })
}

/// A verdict with the ratio that tells how much it is worth.
pub(crate) struct Judged {
    pub(crate) tur: Decimal,
    pub(crate) is_tur_low: bool,
    pub(crate) verdict: Verdict,
}

/// Judges the reported numbers, not the ones before rounding: what is printed is what is judged.
pub(crate) fn judge_rounded(
    deviation: Decimal,
    expanded: Decimal,
    rule: DecisionRule,
) -> Option<Judged> {
    let guard = u32::try_from(expanded.thousandths()).ok()?;
    // Without an uncertainty the ratio is no number, and there is no result.
    let ratio = f64::from(rule.tolerance_thousandths) / f64::from(guard);
    let is_tur_low = i64::from(rule.tolerance_thousandths) < TUR_TARGET * i64::from(guard);
    Some(Judged {
        tur: Decimal::rounded(ratio, -1)?,
        is_tur_low,
        verdict: judge(
            deviation.thousandths(),
            guard,
            rule.tolerance_thousandths,
            rule.guarded,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::{Decimal, DecisionRule, Verdict, evaluate_depth, judge_rounded};
    use crate::metrology::budget::RIG;
    use crate::metrology::measure::{MeasureError, Point, PointRole, Reading};

    fn point(nominal_um: i32, deviation: i32) -> Point {
        let read = |extra: i32| Reading {
            reference_um: nominal_um + deviation + extra,
            indicated_um: nominal_um,
            counts_a: 1_000,
            counts_b: 1_000,
        };
        Point {
            nominal_um,
            role: PointRole::Calibration,
            deepening: vec![read(-2), read(0), read(2)],
            shallowing: vec![read(-2), read(0), read(2)],
        }
    }

    #[test]
    fn worst_point_decides() {
        let run = evaluate_depth(
            &[point(250, 3), point(500, -150), point(750, 60)],
            &RIG,
            DecisionRule::DEPTH,
        )
        .unwrap();
        assert_eq!(run.rows[0].verdict, Verdict::Pass);
        assert_eq!(run.rows[1].verdict, Verdict::Fail);
        assert_eq!(run.verdict, Verdict::Fail);
        assert_eq!(run.deepest().unwrap().nominal_um, 750);
        assert_eq!(run.farthest().unwrap().nominal_um, 500);
        assert_eq!(run.rows[1].deviation_um.to_string(), "-150");
        assert_eq!(run.rows[0].expanded_um.to_string(), "17");
        assert!(!run.is_tur_low());
    }

    #[test]
    fn one_row_with_too_large_an_uncertainty_makes_the_run_doubtful() {
        // 40 um of hysteresis at one setting: 100 um over 29 um is less than 4.
        let mut lagging = point(500, 0);
        for reading in &mut lagging.deepening {
            reading.reference_um += 40;
        }
        let points = [point(250, 0), lagging, point(750, 0)];
        let run = evaluate_depth(&points, &RIG, DecisionRule::DEPTH).unwrap();
        let rows: Vec<(String, bool)> = (run.rows.iter())
            .map(|row| (row.tur.to_string(), row.is_tur_low))
            .collect();
        let (high, low) = (("5.9".to_owned(), false), ("3.4".to_owned(), true));
        assert_eq!(rows, [high.clone(), low, high]);
        assert!(run.is_tur_low());
    }

    #[test]
    fn of_settings_with_the_same_uncertainty_the_budget_is_that_of_the_first() {
        let points = [point(250, 0), point(500, 3), point(750, 0)];
        let run = evaluate_depth(&points, &RIG, DecisionRule::DEPTH).unwrap();
        assert_eq!(run.budget_nominal_um, 250);
    }

    #[test]
    fn budget_shown_is_that_of_the_least_certain_point() {
        let mut lagging = point(500, 0);
        for reading in &mut lagging.deepening {
            reading.reference_um += 40;
        }
        let points = [point(250, 0), lagging, point(750, 0)];
        let run = evaluate_depth(&points, &RIG, DecisionRule::DEPTH).unwrap();
        assert_eq!(run.budget_nominal_um, 500);
        assert_eq!(run.rows[1].expanded_um.to_string(), "29");
        assert!((28.5..29.5).contains(&run.budget.expanded));
    }

    #[test]
    fn verdict_follows_the_printed_numbers() {
        let judged = |deviation: f64, expanded: f64| {
            let deviation = Decimal::rounded(deviation, 0).unwrap();
            judge_rounded(
                deviation,
                Decimal::rounded(expanded, 0).unwrap(),
                DecisionRule::DEPTH,
            )
        };
        assert_eq!(judged(80.4, 20.0).unwrap().verdict, Verdict::Pass);
        assert_eq!(
            judged(80.6, 20.0).unwrap().verdict,
            Verdict::ConditionalPass
        );
        assert!(!judged(0.0, 25.0).unwrap().is_tur_low);
        assert!(judged(0.0, 26.0).unwrap().is_tur_low);
        assert!(judged(0.0, 0.0).is_none());
    }

    #[test]
    fn a_pen_that_was_never_moved_is_no_result() {
        // Nine rows of zero, as a ring that stays at zero gives; and a gauge or a pen that is stuck.
        let read = |reference_um, indicated_um| Reading {
            reference_um,
            indicated_um,
            counts_a: 400,
            counts_b: 3_900,
        };
        let at = |nominal_um: i32, reading: Reading| Point {
            nominal_um,
            role: PointRole::Calibration,
            deepening: vec![reading; 2],
            shallowing: vec![reading; 2],
        };
        let settings = [-50, 250, 500, 750, 1_000, 1_250, 1_500, 2_000, 2_400];
        for (what, gauge, pen) in [("gauge", 0, 0), ("gauge", 0, 100), ("indication", 100, 0)] {
            // So many percent of the way from the first setting.
            let points = settings.map(|um| at(um, read(um * gauge / 100, um * pen / 100)));
            let error = evaluate_depth(&points, &RIG, DecisionRule::DEPTH).unwrap_err();
            let MeasureError::NotSpanned {
                what: said,
                asked,
                allowed,
                nominal,
            } = error
            else {
                panic!("{error}");
            };
            assert_eq!((said, asked, allowed, nominal), (what, 0, 1_920, 2_450));
        }
        // 1 920 um of 2 450 um are enough, one less is not.
        for (deepest, is_enough) in [(1_920, true), (1_919, false)] {
            let points = [at(0, read(0, 0)), at(2_450, read(deepest, deepest))];
            let run = evaluate_depth(&points, &RIG, DecisionRule::DEPTH);
            assert_eq!(run.is_ok(), is_enough, "{deepest}");
        }
    }

    #[test]
    fn nothing_measured_is_no_result() {
        let error = evaluate_depth(&[], &RIG, DecisionRule::DEPTH).unwrap_err();
        assert_eq!(error, MeasureError::NoPoints);
    }
}
