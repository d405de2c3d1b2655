//! The figures of a session report, all over the same axis of time.

use super::chart::{Axis, Chart, Dash, Lane, Lanes, Layer, Marker, around, colour};
use super::session::{SessionReport, Timeline};
use super::timeline::Sample;

/// Milliseconds as seconds.
fn seconds(t_ms: u64) -> f64 {
    let whole = u32::try_from(t_ms / 1_000).unwrap_or(u32::MAX);
    let rest = u32::try_from(t_ms % 1_000).unwrap_or(0);
    f64::from(whole) + f64::from(rest) / 1_000.0
}

fn time_axis(timeline: &Timeline) -> Axis {
    let series = [
        &timeline.depth_measured_um,
        &timeline.depth_peak_um,
        &timeline.depth_cap_um,
        &timeline.rate_set_mhz,
        &timeline.rate_measured_mhz,
        &timeline.rate_true_mhz,
    ];
    let samples = series.into_iter().flatten().map(|sample| sample.t_ms);
    let spans = timeline
        .modes
        .iter()
        .flat_map(|span| [span.from_ms, span.to_ms]);
    let marks = timeline.marks.iter().map(|mark| mark.t_ms);
    let times: Vec<u64> = samples.chain(spans).chain(marks).collect();
    let first = times.iter().min().copied().unwrap_or(0);
    let last = times.iter().max().copied().unwrap_or(0);
    Axis::new("time, s", seconds(first), seconds(last))
}

fn line(
    label: &str,
    samples: &[Sample],
    scale: f64,
    stroke: &'static str,
    dash: Dash,
    width: f64,
) -> Layer {
    let points = samples
        .iter()
        .map(|sample| (seconds(sample.t_ms), f64::from(sample.value) / scale))
        .collect();
    Layer::Series {
        label: label.to_owned(),
        stroke,
        marker: Marker::None,
        dash,
        width,
        shift: 0.0,
        points,
        bars: Vec::new(),
    }
}

/// Samples of a value that holds until it changes, up to the end of the axis.
fn steps(samples: &[Sample], end_s: f64) -> Vec<Sample> {
    let mut steps: Vec<Sample> = Vec::with_capacity(samples.len() * 2);
    for sample in samples {
        if let Some(before) = steps.last().copied() {
            steps.push(Sample {
                t_ms: sample.t_ms,
                value: before.value,
            });
        }
        steps.push(*sample);
    }
    if let Some(last) = steps.last().copied() {
        let end = crate::metrology::decimal::whole(end_s * 1_000.0);
        let t_ms = end
            .and_then(|ms| u64::try_from(ms).ok())
            .unwrap_or(last.t_ms);
        steps.push(Sample {
            t_ms: t_ms.max(last.t_ms),
            value: last.value,
        });
    }
    steps
}

fn marks(report: &SessionReport) -> Vec<Layer> {
    let marks = report.timeline.marks.iter().enumerate();
    marks
        .map(|(index, mark)| Layer::Mark {
            x: seconds(mark.t_ms),
            number: index + 1,
        })
        .collect()
}

/// Depth over time: measured, true peak, cap.
pub(super) fn depth(report: &SessionReport) -> String {
    let timeline = &report.timeline;
    let x = time_axis(timeline);
    let all = [
        &timeline.depth_measured_um,
        &timeline.depth_peak_um,
        &timeline.depth_cap_um,
    ];
    let values = all
        .into_iter()
        .flatten()
        .map(|sample| f64::from(sample.value));
    let (low, high) = around(values.chain([0.0]), 100.0);
    let mut layers = marks(report);
    layers.push(line(
        "true peak of the needles",
        &timeline.depth_peak_um,
        1.0,
        colour::ORANGE,
        Dash::Solid,
        1.0,
    ));
    layers.push(line(
        "measured by the pen",
        &timeline.depth_measured_um,
        1.0,
        colour::BLUE,
        Dash::Solid,
        1.8,
    ));
    layers.push(line(
        "cap in force",
        &steps(&timeline.depth_cap_um, x.max),
        1.0,
        colour::INK,
        Dash::Long,
        1.8,
    ));
    let peak = timeline
        .depth_peak_um
        .iter()
        .map(|sample| sample.value)
        .max()
        .unwrap_or(0);
    Chart {
        id: "s-depth",
        title: "Depth over the session".to_owned(),
        description: format!(
            "Deepest true peak {peak} \u{b5}m. Events are numbered as in the list."
        ),
        height: 230.0,
        x,
        y: Axis::new("protrusion, \u{b5}m", low, high),
        layers,
    }
    .svg()
}

/// Rate over time: set, measured, true.
pub(super) fn rate(report: &SessionReport) -> String {
    let timeline = &report.timeline;
    let x = time_axis(timeline);
    let all = [
        &timeline.rate_set_mhz,
        &timeline.rate_measured_mhz,
        &timeline.rate_true_mhz,
    ];
    let values = all
        .into_iter()
        .flatten()
        .map(|sample| f64::from(sample.value) / 1_000.0);
    let (low, high) = around(values.chain([0.0]), 10.0);
    let mut layers = marks(report);
    let scale = 1_000.0;
    layers.push(line(
        "true",
        &timeline.rate_true_mhz,
        scale,
        colour::ORANGE,
        Dash::Solid,
        1.0,
    ));
    layers.push(line(
        "measured by the pen",
        &timeline.rate_measured_mhz,
        scale,
        colour::BLUE,
        Dash::Short,
        1.8,
    ));
    layers.push(line(
        "set",
        &steps(&timeline.rate_set_mhz, x.max),
        scale,
        colour::INK,
        Dash::Long,
        1.6,
    ));
    let peak = timeline
        .rate_true_mhz
        .iter()
        .map(|sample| sample.value)
        .max()
        .unwrap_or(0);
    Chart {
        id: "s-rate",
        title: "Rate over the session".to_owned(),
        description: format!("Highest true rate {peak} mHz. Events are numbered as in the list."),
        height: 190.0,
        x,
        y: Axis::new("strokes per second", low, high),
        layers,
    }
    .svg()
}

/// Modes over time, a lane each, in order of first appearance.
pub(super) fn modes(report: &SessionReport) -> String {
    let timeline = &report.timeline;
    let fills = [
        colour::SKY,
        colour::AMBER,
        colour::GREEN,
        colour::PURPLE,
        colour::BLUE,
        colour::ORANGE,
        "#DDDDDD",
        "#F0E442",
    ];
    let mut lanes: Vec<Lane> = Vec::new();
    for span in &timeline.modes {
        let place = lanes
            .iter()
            .position(|lane| lane.name == span.mode)
            .unwrap_or_else(|| {
                let (name, at) = (span.mode.clone(), lanes.len());
                lanes.push(Lane {
                    name,
                    fill: fills[at % fills.len()],
                    hatch: at,
                    spans: Vec::new(),
                });
                at
            });
        lanes[place]
            .spans
            .push((seconds(span.from_ms), seconds(span.to_ms)));
    }
    Lanes {
        id: "s-modes",
        title: "Modes over the session".to_owned(),
        description: format!(
            "{} modes, {} changes.",
            lanes.len(),
            timeline.modes.len().saturating_sub(1)
        ),
        x: time_axis(timeline),
        lanes,
        marks: timeline
            .marks
            .iter()
            .map(|mark| seconds(mark.t_ms))
            .collect(),
    }
    .svg()
}

#[cfg(test)]
mod tests {
    use super::{Sample, seconds, steps};

    #[test]
    fn a_step_holds_until_the_next() {
        let at = |t_ms, value| Sample { t_ms, value };
        let drawn = steps(&[at(0, 5), at(100, 7)], 0.25);
        assert_eq!(drawn, [at(0, 5), at(100, 5), at(100, 7), at(250, 7)]);
        assert_eq!(steps(&[], 1.0), []);
    }

    #[test]
    fn milliseconds_become_seconds() {
        assert!((seconds(601_250) - 601.25).abs() < 1e-9);
    }
}
