//! The figures of a calibration report.

use super::calibration::CalibrationReport;
use super::chart::{Axis, Chart, Dash, Drawing, Layer, Marker, around, colour};
use crate::metrology::{DecisionRule, Direction, GuardedSides, PointRole};

/// One point of a deviation plot.
struct Bar {
    at: f64,
    deviation: f64,
    expanded: f64,
    is_kept: bool,
}

/// Deviation of depth over the setting, before and after.
pub(super) fn depth(report: &CalibrationReport) -> Drawing {
    let bars = |run: &crate::metrology::DepthRun| -> Vec<Bar> {
        run.rows
            .iter()
            .map(|row| Bar {
                at: f64::from(row.nominal_um),
                deviation: row.deviation_um.to_f64(),
                expanded: row.expanded_um.to_f64(),
                is_kept: row.role == PointRole::Verification,
            })
            .collect()
    };
    deviations(&Deviations {
        id: "depth",
        title: "Depth deviation over the setting",
        x_label: "ring setting, \u{b5}m",
        y_label: "reference \u{2212} indicated, \u{b5}m",
        unit: "\u{b5}m",
        least: 1.0,
        rule: report.as_left.depth.rule,
        found: bars(&report.as_found.depth),
        left: bars(&report.as_left.depth),
    })
}

/// Deviation of the rate over the set rate; none when it was not measured both times.
pub(super) fn rate(report: &CalibrationReport) -> Option<Drawing> {
    let (found, left) = (
        report.as_found.rate.as_ref()?,
        report.as_left.rate.as_ref()?,
    );
    let bars = |run: &crate::metrology::RateRun| -> Vec<Bar> {
        run.rows
            .iter()
            .map(|row| Bar {
                at: f64::from(row.set_mhz) / 1_000.0,
                deviation: row.deviation_percent.to_f64(),
                expanded: row.expanded_percent.to_f64(),
                is_kept: false,
            })
            .collect()
    };
    Some(deviations(&Deviations {
        id: "rate",
        title: "Rate deviation over the set rate",
        x_label: "set rate, strokes per second",
        y_label: "reference \u{2212} set, %",
        unit: "%",
        least: 0.1,
        rule: left.rule,
        found: bars(found),
        left: bars(left),
    }))
}

/// How far points as left stand beside their place, those as found on the other side. Unit: pixels.
const LEFT_SHIFT: f64 = 5.0;

struct Deviations {
    id: &'static str,
    title: &'static str,
    x_label: &'static str,
    y_label: &'static str,
    unit: &'static str,
    least: f64,
    rule: DecisionRule,
    found: Vec<Bar>,
    left: Vec<Bar>,
}

fn deviations(plot: &Deviations) -> Drawing {
    let all = || plot.found.iter().chain(&plot.left);
    let tolerance = plot.rule.tolerance();
    let ends = all().flat_map(|bar| [bar.deviation - bar.expanded, bar.deviation + bar.expanded]);
    let (low, high) = around(ends.chain([-1.1 * tolerance, 1.1 * tolerance]), plot.least);
    let (from, to) = around(all().map(|bar| bar.at), plot.least);
    let x = Axis::new(plot.x_label, from, to);
    let level = |y: f64, text: String| Layer::Level {
        y,
        text,
        stroke: colour::INK,
        dash: Dash::Long,
    };
    let unit = plot.unit;
    let mut layers = vec![
        acceptance(plot, &x),
        Layer::Level {
            y: 0.0,
            text: String::new(),
            stroke: colour::SOFT,
            dash: Dash::Solid,
        },
        level(tolerance, format!("tolerance +{tolerance} {unit}")),
        level(-tolerance, format!("tolerance \u{2212}{tolerance} {unit}")),
        series(
            "as found \u{b1} U",
            &plot.found,
            colour::ORANGE,
            Marker::Up,
            Dash::Short,
            -LEFT_SHIFT,
        ),
        series(
            "as left \u{b1} U",
            &plot.left,
            colour::BLUE,
            Marker::Disc,
            Dash::Solid,
            LEFT_SHIFT,
        ),
    ];
    let kept: Vec<(f64, f64)> = plot
        .left
        .iter()
        .filter(|bar| bar.is_kept)
        .map(|bar| (bar.at, bar.deviation))
        .collect();
    if !kept.is_empty() {
        layers.push(rings(kept));
    }
    Chart {
        id: plot.id,
        title: plot.title.to_owned(),
        description: format!(
            "As found: {}. As left: {}. Tolerance \u{b1}{tolerance} {unit}. The tables hold all numbers.",
            span(&plot.found, unit),
            span(&plot.left, unit)
        ),
        height: 235.0,
        x,
        y: Axis::new(plot.y_label, low, high),
        layers,
    }
    .drawing()
}

/// Where a point as left is a plain pass: tolerance less its own U, drawn on to the plot's edges.
fn acceptance(plot: &Deviations, x: &Axis) -> Layer {
    let tolerance = plot.rule.tolerance();
    let mut left: Vec<(f64, f64)> = plot.left.iter().map(|bar| (bar.at, bar.expanded)).collect();
    left.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = [
        left.first().map(|bar| (x.min, bar.1)),
        left.last().map(|bar| (x.max, bar.1)),
    ];
    let [first, last] = ends;
    let points = first
        .into_iter()
        .chain(left)
        .chain(last)
        .map(|(at, expanded)| {
            let high = (tolerance - expanded).max(0.0);
            let low = match plot.rule.guarded {
                GuardedSides::Both => -high,
                GuardedSides::UnsafeOnly => -tolerance,
            };
            (at, low, high)
        })
        .collect();
    Layer::Area {
        label: "plain pass: tolerance less U".to_owned(),
        fill: colour::GREEN,
        points,
    }
}

fn series(
    label: &str,
    bars: &[Bar],
    stroke: &'static str,
    marker: Marker,
    dash: Dash,
    shift: f64,
) -> Layer {
    let mut bars: Vec<&Bar> = bars.iter().collect();
    bars.sort_by(|a, b| a.at.total_cmp(&b.at));
    Layer::Series {
        label: label.to_owned(),
        stroke,
        marker,
        dash,
        width: 1.2,
        shift,
        points: bars.iter().map(|bar| (bar.at, bar.deviation)).collect(),
        bars: bars.iter().map(|bar| bar.expanded).collect(),
    }
}

/// Rings around points that the fit has not seen.
fn rings(points: Vec<(f64, f64)>) -> Layer {
    Layer::Series {
        label: "not used in the fit".to_owned(),
        stroke: colour::INK,
        marker: Marker::Ring,
        dash: Dash::None,
        width: 1.0,
        shift: LEFT_SHIFT,
        points,
        bars: Vec::new(),
    }
}

fn span(bars: &[Bar], unit: &str) -> String {
    let low = bars
        .iter()
        .map(|bar| bar.deviation)
        .min_by(f64::total_cmp)
        .unwrap_or(0.0);
    let high = bars
        .iter()
        .map(|bar| bar.deviation)
        .max_by(f64::total_cmp)
        .unwrap_or(0.0);
    format!("{} points from {low} to {high} {unit}", bars.len())
}

/// Residuals of the fits over the setting; none without an adjustment.
pub(super) fn residuals(report: &CalibrationReport) -> Option<Drawing> {
    let fits = &report.adjustment.as_ref()?.fits;
    let values = || {
        fits.iter()
            .flat_map(|fit| &fit.residuals)
            .map(|r| r.residual_um.to_f64())
    };
    let places = fits
        .iter()
        .flat_map(|fit| &fit.residuals)
        .map(|r| f64::from(r.nominal_um));
    let largest = values().map(f64::abs).fold(4.0, f64::max);
    let (low, high) = around([-largest, largest], 1.0);
    let (from, to) = around(places, 1.0);
    let mut layers = vec![Layer::Level {
        y: 0.0,
        text: String::new(),
        stroke: colour::SOFT,
        dash: Dash::Solid,
    }];
    let strokes = [colour::BLUE, colour::ORANGE];
    for ((fit, stroke), shift) in fits
        .iter()
        .zip(strokes.iter().cycle())
        .zip([-4.0, 4.0].iter().cycle())
    {
        for direction in [Direction::Deepening, Direction::Shallowing] {
            let points = fit
                .residuals
                .iter()
                .filter(|residual| residual.direction == direction)
                .map(|residual| {
                    (
                        f64::from(residual.nominal_um),
                        residual.residual_um.to_f64(),
                    )
                })
                .collect();
            let is_first = fit.design.name == fits[0].design.name;
            let marker = match (direction, is_first) {
                (Direction::Deepening, true) => Marker::Down,
                (Direction::Deepening, false) => Marker::HollowDown,
                (Direction::Shallowing, true) => Marker::Up,
                (Direction::Shallowing, false) => Marker::HollowUp,
            };
            layers.push(Layer::Series {
                label: format!("channel {}, {}", fit.design.name, direction.word()),
                stroke,
                marker,
                dash: Dash::None,
                width: 1.0,
                shift: *shift,
                points,
                bars: Vec::new(),
            });
        }
    }
    Some(
        Chart {
            id: "residuals",
            title: "Residuals of the fit over the setting".to_owned(),
            description: format!(
                "Largest residual {largest} \u{b5}m. The table holds all numbers."
            ),
            height: 190.0,
            x: Axis::new("ring setting, \u{b5}m", from, to),
            y: Axis::new("table \u{2212} reference, \u{b5}m", low, high),
            layers,
        }
        .drawing(),
    )
}
