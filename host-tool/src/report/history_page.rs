//! How a pen drifted, as a page.

use super::calibration::Fact;
use super::chart::{Axis, Chart, Dash, Drawing, Layer, Marker, around, colour};
use super::html::{Cell, Page, plus};
use crate::store::Calibration;

/// What the page tells.
#[derive(Clone, Debug)]
pub struct History<'a> {
    /// Serial number of the pen.
    pub serial: &'a str,
    /// Model and firmware.
    pub model: &'a str,
    /// Whether it is no real pen.
    pub simulated: bool,
    /// Its finished calibrations, oldest first.
    pub calibrations: &'a [Calibration],
    /// Digest of the newest record of the store when this was written.
    pub digest: &'a str,
}

/// The history as one self-contained page.
#[must_use]
pub fn render_history_html(history: &History<'_>) -> String {
    let mut page = Page::new("History of a pen", history.serial);
    page.open("header", "");
    page.line("h1", "", "History of a pen");
    page.line("p", "id", history.serial);
    page.close("header");
    page.line("p", "sub", history.model);
    if history.simulated {
        let text = "SIMULATED PEN: nothing real was measured";
        page.line("p", "simulated", text);
    }
    page.section("Drift of depth");
    page.figure(
        &history_svg(history),
        "The largest deviation over all settings at each calibration, with its expanded uncertainty: \
         before anything was changed, and as the pen was left. Beyond the long lines it is out of \
         tolerance.",
    );
    page.close("section");
    page.section("Calibrations");
    table(&mut page, history.calibrations);
    page.close("section");
    page.section("Record");
    page.facts(&[
        Fact::new("Calibrations", history.calibrations.len().to_string()),
        Fact::new("Newest digest of the store", history.digest),
    ]);
    page.close("section");
    page.finish()
}

fn table(page: &mut Page, calibrations: &[Calibration]) {
    let place = |worst: Option<(f64, f64)>| {
        let (at, value) = worst.unzip();
        [
            Cell::signed(value.map_or_else(|| "-".to_owned(), |it| format!("{it:.0}"))),
            Cell::number(at.map_or_else(|| "-".to_owned(), |it| format!("{it:.0}"))),
        ]
    };
    let mut rows = Vec::with_capacity(calibrations.len());
    let mut before: Option<&Calibration> = None;
    for it in calibrations {
        let drift = before.and_then(|before| it.drift_since(before));
        let mut row = vec![Cell::code(&it.made), Cell::text(it.subject.name())];
        row.extend(place(it.worst_found()));
        row.extend(place(drift));
        row.extend(place(it.worst_left()));
        row.extend([
            Cell::text(format!("{}, {}", it.as_found, it.as_left)),
            Cell::code(&it.due),
            Cell::code(&it.certificate),
        ]);
        rows.push(row);
        before = Some(it);
    }
    let headings = [
        "Made",
        "Subject",
        "Found, \u{b5}m#",
        "at#",
        "Drift, \u{b5}m#",
        "at#",
        "Left, \u{b5}m#",
        "at#",
        "Verdicts",
        "Due",
        "Certificate",
    ];
    page.table(
        "Largest deviations and where they were; drift is as found less as left the time before",
        &headings,
        &rows,
    );
}

/// The largest deviations in one state, over time.
struct Line {
    /// Days since the first calibration, and the deviation. Unit: um.
    points: Vec<(f64, f64)>,
    /// Expanded uncertainty of each. Unit: um.
    bars: Vec<f64>,
}

impl Line {
    fn of(list: &[Calibration], worst: fn(&Calibration) -> Option<(f64, f64)>) -> Self {
        let first = list.first().and_then(Calibration::day).unwrap_or_default();
        let mut line = Self {
            points: Vec::with_capacity(list.len()),
            bars: Vec::with_capacity(list.len()),
        };
        for it in list {
            if let (Some(day), Some((at, value))) = (it.day(), worst(it)) {
                line.points.push((days(day - first), value));
                line.bars.push(expanded(it, at));
            }
        }
        line
    }

    fn layer(self, label: &str, stroke: &'static str, marker: Marker, dash: Dash) -> Layer {
        Layer::Series {
            label: label.to_owned(),
            stroke,
            marker,
            dash,
            width: 1.4,
            // Those of one day stand beside each other.
            shift: if dash == Dash::Solid { 3.0 } else { -3.0 },
            points: self.points,
            bars: self.bars,
        }
    }
}

/// The figure alone: largest deviation as found and as left over time.
#[must_use]
pub fn history_svg(history: &History<'_>) -> String {
    drift(history.serial, history.calibrations).svg()
}

/// Largest deviation as found and as left over time.
pub(super) fn drift(serial: &str, list: &[Calibration]) -> Drawing {
    let since = list.first().map_or("-", |it| it.made.as_str());
    let tolerance = list.last().map_or(0.0, |it| it.depth_tolerance);
    let found = Line::of(list, Calibration::worst_found);
    let left = Line::of(list, Calibration::worst_left);
    let bars = |line: &Line| -> Vec<f64> {
        let ends = line.points.iter().zip(&line.bars);
        ends.flat_map(|((_, value), bar)| [value - bar, value + bar])
            .collect()
    };
    let values = bars(&found).into_iter().chain(bars(&left));
    let ends = [-1.15 * tolerance, 1.15 * tolerance];
    let (low, high) = around(values.chain(ends), 10.0);
    let (from, to) = around(found.points.iter().map(|(day, _)| *day), 30.0);
    let level = |y: f64, text: &str| Layer::Level {
        y,
        text: text.to_owned(),
        stroke: colour::INK,
        dash: Dash::Long,
    };
    Chart {
        id: "drift",
        title: format!("Largest deviation of pen {serial} over time"),
        description: described(list),
        height: 300.0,
        x: Axis::new(format!("days since {since}"), from, to),
        y: Axis::new("reference \u{2212} indicated, \u{b5}m", low, high),
        layers: vec![
            Layer::Level {
                y: 0.0,
                text: String::new(),
                stroke: colour::SOFT,
                dash: Dash::Solid,
            },
            level(tolerance, "tolerance"),
            level(-tolerance, "tolerance"),
            found.layer("as found", colour::ORANGE, Marker::Up, Dash::Short),
            left.layer("as left", colour::BLUE, Marker::Disc, Dash::Solid),
        ],
    }
    .drawing()
}

/// Calibrations that the description of the figure names; the table has all.
const NAMED: usize = 20;

fn described(list: &[Calibration]) -> String {
    let worst = |worst: Option<(f64, f64)>| {
        worst.map_or_else(|| "-".to_owned(), |(_, value)| plus(format!("{value:.0}")))
    };
    let named: Vec<String> = list
        .iter()
        .rev()
        .take(NAMED)
        .map(|it| {
            let (found, left) = (worst(it.worst_found()), worst(it.worst_left()));
            format!("{}: found {found}, left {left}", it.made)
        })
        .collect();
    format!(
        "{} calibrations. The newest first: {}",
        list.len(),
        named.join("; ")
    )
}

/// The uncertainty at the setting; none is drawn as none.
fn expanded(calibration: &Calibration, at: f64) -> f64 {
    let point = calibration
        .depth
        .iter()
        .find(|point| (point.at - at).abs() < 0.5);
    point.map_or(0.0, |point| point.expanded)
}

fn days(day: i64) -> f64 {
    i32::try_from(day).map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{History, history_svg, render_history_html};
    use crate::store::{Calibration, Deviation};

    fn made(made: &str, found: f64, left: f64) -> Calibration {
        Calibration {
            made: made.to_owned(),
            due: "2027-01-01".to_owned(),
            certificate: "CAL-<1>".to_owned(),
            as_found: "fail".to_owned(),
            as_left: "pass".to_owned(),
            depth_tolerance: 100.0,
            depth: vec![Deviation {
                at: 1_000.0,
                found,
                left,
                expanded: 12.0,
            }],
            ..Calibration::default()
        }
    }

    fn history(calibrations: &[Calibration]) -> History<'_> {
        History {
            serial: "000042",
            model: "reference pen",
            simulated: true,
            calibrations,
            digest: "5f",
        }
    }

    #[test]
    fn the_page_has_every_number_and_says_that_it_is_simulated() {
        let list = [
            made("2025-11-20", -160.0, 4.0),
            made("2026-11-20", 30.0, -3.0),
        ];
        let page = render_history_html(&history(&list));
        for text in [
            "SIMULATED PEN",
            "2025-11-20",
            "\u{2212}160",
            "+30",
            "+26",
            "\u{2212}3",
            "CAL-&lt;1&gt;",
            "days since 2025-11-20",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("NaN") && !page.contains("<script"));
        assert_eq!(page, render_history_html(&history(&list)));
    }

    #[test]
    fn one_calibration_and_none_make_a_figure() {
        for list in [vec![], vec![made("2026-11-20", 1.0, 1.0)]] {
            let svg = history_svg(&history(&list));
            assert!(svg.ends_with("</svg>") && !svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
