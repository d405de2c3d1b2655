//! Motor current against a meter: verdicts. Nothing is fitted, the pen keeps no correction of its current.
//!
//! Without load a motor draws so little that an absolute tolerance would hide a wrong slope of the sensor. So zero and
//! slope are judged apart: the current at rest, and by how much it rises from there.

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Line};
use super::decimal::{Decimal, float, round_pair};
use super::measure::{MeasureError, REPEATS_MIN, Repeatability, Stats};
use super::run::judge_rounded;
use super::verdict::{DecisionRule, Verdict};

/// Least by which the meter has to show more at a rate than at rest: else nobody knows that it was in the motor's
/// lead. Unit: uA. Source: half of what the simulated motors draw without load (`docs/calibration.md`).
pub(crate) const DRAWN_MIN_UA: i32 = 20_000;

/// One repeat: meter and pen, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CurrentReading {
    /// Mean current by the meter, positive while the motor drives. Unit: uA.
    pub reference_ua: i32,
    /// Mean current that the pen indicates. Unit: uA.
    pub indicated_ua: i32,
}

impl CurrentReading {
    /// Reference minus indication; positive when more flows than the pen says. Unit: uA.
    #[must_use]
    pub const fn deviation_ua(&self) -> i32 {
        self.reference_ua.saturating_sub(self.indicated_ua)
    }
}

/// All that was read at one set rate, or at rest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CurrentPoint {
    /// The rate that was set; 0 with the motor at rest. Unit: mHz.
    pub set_mhz: u32,
    /// The repeats.
    pub readings: Vec<CurrentReading>,
}

/// What is known about the meter and the pen's indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CurrentInputs {
    /// Expanded uncertainty on the meter's certificate. Unit: uA.
    pub reference_expanded_ua: u32,
    /// Coverage factor on that certificate, in hundredths.
    pub reference_k_hundredths: u32,
    /// Effective degrees of freedom on that certificate; none when it states none.
    pub reference_dof: Option<u32>,
    /// One step of the meter. Unit: uA.
    pub reference_resolution_ua: u32,
    /// One step of the pen's indication. Unit: uA.
    pub pen_resolution_ua: u32,
}

/// The pen's current with the motor at rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RestRow {
    /// Repeats.
    pub n: u32,
    /// Mean of the meter. Unit: mA.
    pub reference_ma: Decimal,
    /// Mean of the indication. Unit: mA.
    pub indicated_ma: Decimal,
    /// Reference minus indication: positive is more than the pen says. Unit: mA.
    pub deviation_ma: Decimal,
    /// Expanded uncertainty of the deviation, about 95 %. Unit: mA.
    pub expanded_ma: Decimal,
    /// Its coverage factor.
    pub k: Decimal,
    /// Tolerance over expanded uncertainty.
    pub tur: Decimal,
    /// Whether that ratio is below the target of 4.
    pub is_tur_low: bool,
    /// The verdict.
    pub verdict: Verdict,
}

/// By how much the current rises from rest to a set rate: what is wrong with the slope of the sensor shows there, and
/// not in its zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiseRow {
    /// The rate that was set. Unit: mHz.
    pub set_mhz: u32,
    /// Repeats at this rate.
    pub n: u32,
    /// Mean of the meter, less its mean at rest. Unit: mA.
    pub reference_ma: Decimal,
    /// Mean of the indication, less its mean at rest. Unit: mA.
    pub indicated_ma: Decimal,
    /// Reference minus indication, of the reference: positive is more than the pen says. Unit: %.
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

/// What was found of the current, and the worst verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurrentRun {
    /// With the motor at rest.
    pub rest: RestRow,
    /// From rest to each set rate, in the order measured.
    pub rises: Vec<RiseRow>,
    /// Budget at rest. Unit: mA.
    pub rest_budget: Budget,
    /// Budget of the rise with the largest uncertainty. Unit: % of the rise.
    pub rise_budget: Budget,
    /// The rule that was agreed for the rest.
    pub rest_rule: DecisionRule,
    /// The rule that was agreed for the rises.
    pub rise_rule: DecisionRule,
    /// The worst of the rows' verdicts.
    pub verdict: Verdict,
}

impl CurrentRun {
    /// The rise with the largest deviation, either way.
    #[must_use]
    pub fn farthest(&self) -> Option<&RiseRow> {
        self.rises
            .iter()
            .max_by_key(|row| row.deviation_percent.thousandths().abs())
    }

    /// Whether any row's tolerance is less than four times its uncertainty.
    #[must_use]
    pub fn is_tur_low(&self) -> bool {
        self.rest.is_tur_low || self.rises.iter().any(|row| row.is_tur_low)
    }
}

/// Deviation, uncertainty and verdict at rest, and of the rise to every set rate, by
/// [`DecisionRule::CURRENT_REST`] and [`DecisionRule::CURRENT_RISE`].
///
/// # Errors
/// [`MeasureError`] when the rest or all rates are missing, for too few repeats, for no usable uncertainty, and for a
/// meter that shows hardly more with the motor turning than at rest.
pub fn evaluate_current(
    points: &[CurrentPoint],
    inputs: &CurrentInputs,
) -> Result<CurrentRun, MeasureError> {
    let means = points
        .iter()
        .map(Means::of)
        .collect::<Result<Vec<_>, _>>()?;
    // How well one reading repeats does not depend on the rate: pooled over all of them.
    let pooled = Repeatability::pooled(means.iter().map(|it| &it.deviation));
    let pooled = pooled.ok_or(MeasureError::NoPoints)?;
    let at_rest = means.iter().find(|it| it.set_mhz == 0);
    let at_rest = at_rest.ok_or(MeasureError::NoPoints)?;
    let (rest, rest_budget) = rest_row(at_rest, inputs, pooled)?;
    let (rises, budgets): (Vec<_>, Vec<_>) = means
        .iter()
        .filter(|it| it.set_mhz > 0)
        .map(|turning| rise_row(turning, at_rest, inputs, pooled))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .unzip();
    let widest = budgets
        .into_iter()
        .max_by(|one, other| one.expanded.total_cmp(&other.expanded));
    let verdict = rises
        .iter()
        .map(|row| row.verdict)
        .fold(rest.verdict, Verdict::max);
    Ok(CurrentRun {
        rest,
        rises,
        rest_budget,
        rise_budget: widest.ok_or(MeasureError::NoPoints)?,
        rest_rule: DecisionRule::CURRENT_REST,
        rise_rule: DecisionRule::CURRENT_RISE,
        verdict,
    })
}

/// Means of one point. Unit: uA.
struct Means {
    set_mhz: u32,
    reference: f64,
    indicated: f64,
    deviation: Stats,
}

impl Means {
    fn of(point: &CurrentPoint) -> Result<Self, MeasureError> {
        Ok(Self {
            set_mhz: point.set_mhz,
            reference: point.stats(|it| it.reference_ua)?.mean,
            indicated: point.stats(|it| it.indicated_ua)?.mean,
            deviation: point.stats(CurrentReading::deviation_ua)?,
        })
    }

    fn no_uncertainty(&self) -> MeasureError {
        MeasureError::NoUncertainty {
            nominal: nominal(self.set_mhz),
        }
    }
}

impl CurrentPoint {
    fn stats(&self, of: fn(&CurrentReading) -> i32) -> Result<Stats, MeasureError> {
        let values: Vec<i32> = self.readings.iter().map(of).collect();
        Stats::of(&values)
            .filter(|stats| stats.n >= REPEATS_MIN)
            .ok_or_else(|| MeasureError::TooFewRepeats {
                nominal: nominal(self.set_mhz),
                asked: u32::try_from(values.len()).unwrap_or(u32::MAX),
                allowed: REPEATS_MIN,
            })
    }
}

fn nominal(set_mhz: u32) -> i32 {
    i32::try_from(set_mhz).unwrap_or(i32::MAX)
}

fn rest_row(
    at: &Means,
    inputs: &CurrentInputs,
    pooled: Repeatability,
) -> Result<(RestRow, Budget), MeasureError> {
    let scale = 1e-3;
    let budget = Budget::of(vec![
        Line::mean(
            "Repeatability of the mean",
            pooled.s * scale,
            "s of one reading",
            at.deviation.n,
            pooled.dof,
        ),
        meter_line("Reference meter", inputs, scale),
        Line::halfwidth(
            "Resolution of the meter",
            half(inputs.reference_resolution_ua) * scale,
            "half a step",
        ),
        Line::halfwidth(
            "Resolution of the pen",
            half(inputs.pen_resolution_ua) * scale,
            "half a step",
        ),
    ]);
    let none = at.no_uncertainty();
    let ma = |ua: f64| round_pair(ua * scale, budget.expanded).ok_or(none);
    let (deviation_ma, expanded_ma) = ma(at.deviation.mean)?;
    let judged =
        judge_rounded(deviation_ma, expanded_ma, DecisionRule::CURRENT_REST).ok_or(none)?;
    let row = RestRow {
        n: at.deviation.n,
        reference_ma: ma(at.reference)?.0,
        indicated_ma: ma(at.indicated)?.0,
        deviation_ma,
        expanded_ma,
        k: budget.k,
        tur: judged.tur,
        is_tur_low: judged.is_tur_low,
        verdict: judged.verdict,
    };
    Ok((row, budget))
}

fn rise_row(
    at: &Means,
    rest: &Means,
    inputs: &CurrentInputs,
    pooled: Repeatability,
) -> Result<(RiseRow, Budget), MeasureError> {
    let reference = at.reference - rest.reference;
    let indicated = at.indicated - rest.indicated;
    // A meter that hangs in no lead shows nothing, and agrees with a pen that sees nothing.
    if reference < float(i64::from(DRAWN_MIN_UA)) {
        return Err(MeasureError::NotDrawn {
            asked_ua: crate::num::nearest(reference),
            allowed_ua: DRAWN_MIN_UA,
        });
    }
    let percent = 100.0 / reference;
    let step =
        |source: &'static str, ua: u32| Line::halfwidth(source, half(ua) * percent, "half a step");
    // One line for the scatter of both means: it is known from the same repeats.
    let share = |n: u32| 1.0 / f64::from(n.max(1));
    let both = share(at.deviation.n) + share(rest.deviation.n);
    let scatter = Line {
        divisor: both.sqrt().recip(),
        ..Line::mean(
            "Repeatability of both means",
            pooled.s * percent,
            "s of one reading",
            at.deviation.n,
            pooled.dof,
        )
    };
    let budget = Budget::of(vec![
        scatter,
        // What is wrong with a meter may be another at another current.
        meter_line("Reference meter, turning", inputs, percent),
        meter_line("Reference meter, at rest", inputs, percent),
        step(
            "Resolution of the meter, turning",
            inputs.reference_resolution_ua,
        ),
        step(
            "Resolution of the meter, at rest",
            inputs.reference_resolution_ua,
        ),
        step("Resolution of the pen, turning", inputs.pen_resolution_ua),
        step("Resolution of the pen, at rest", inputs.pen_resolution_ua),
    ]);
    let none = at.no_uncertainty();
    let (deviation_percent, expanded_percent) =
        round_pair((reference - indicated) * percent, budget.expanded).ok_or(none)?;
    let judged = judge_rounded(
        deviation_percent,
        expanded_percent,
        DecisionRule::CURRENT_RISE,
    );
    let judged = judged.ok_or(none)?;
    let ma = |ua: f64| Decimal::rounded(ua / 1_000.0, -2).ok_or(none);
    let row = RiseRow {
        set_mhz: at.set_mhz,
        n: at.deviation.n,
        reference_ma: ma(reference)?,
        indicated_ma: ma(indicated)?,
        deviation_percent,
        expanded_percent,
        k: budget.k,
        tur: judged.tur,
        is_tur_low: judged.is_tur_low,
        verdict: judged.verdict,
    };
    Ok((row, budget))
}

/// The meter's own line; `scale` turns uA into the unit of the budget.
fn meter_line(source: &'static str, inputs: &CurrentInputs, scale: f64) -> Line {
    Line::normal(
        source,
        f64::from(inputs.reference_expanded_ua) * scale,
        "U on its certificate",
        f64::from(inputs.reference_k_hundredths) / 100.0,
    )
    .with_dof(inputs.reference_dof)
}

/// Half a step. Unit: uA.
fn half(step_ua: u32) -> f64 {
    f64::from(step_ua) / 2.0
}

#[cfg(test)]
mod tests;
