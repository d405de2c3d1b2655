//! Every reading, as it was taken.

use super::calibration::CalibrationReport;
use super::calibration_page::set_rate;
use super::document::{Cell, Document, Tone};
use crate::metrology::{CurrentPoint, Direction, Point, RatePoint, Reading};

/// The readings of both runs.
pub(super) fn raw(document: &mut Document, report: &CalibrationReport) {
    let raw = &report.raw;
    document.section("Raw readings");
    document.text(
        Tone::Lead,
        "In the order of the repeats. Gauge and pen in \u{b5}m, raw values of the channels in counts; \
         tachometer and pen in Hz.",
    );
    for (caption, points) in [
        ("Depth as found", &raw.found_depth),
        ("Depth as left", &raw.left_depth),
    ] {
        if !points.is_empty() {
            let headings = [
                "Setting#",
                "Direction",
                "Gauge#",
                "Pen#",
                "Channel A#",
                "Channel B#",
            ];
            let rows = points.iter().flat_map(depth).collect();
            document.table(caption, &headings, rows);
        }
    }
    for (caption, points) in [
        ("Rate as found", &raw.found_rate),
        ("Rate as left", &raw.left_rate),
    ] {
        if !points.is_empty() {
            let rows = points.iter().map(rate).collect();
            document.table(caption, &["Set#", "Tachometer#", "Pen#"], rows);
        }
    }
    for (caption, points) in [
        ("Motor current as found, mA", &raw.found_current),
        ("Motor current as left, mA", &raw.left_current),
    ] {
        if !points.is_empty() {
            let rows = points.iter().map(current).collect();
            document.table(caption, &["Set Hz#", "Meter#", "Pen#"], rows);
        }
    }
}

/// Numbers of one cell.
fn list(numbers: impl Iterator<Item = String>) -> Cell {
    let numbers: Vec<String> = numbers.map(super::html::signed).collect();
    Cell::list(numbers.join(", "))
}

/// One row a direction.
fn depth(point: &Point) -> [Vec<Cell>; 2] {
    [Direction::Deepening, Direction::Shallowing].map(|direction| {
        let readings = point.readings(direction);
        let of = |value: fn(&Reading) -> i32| list(readings.iter().map(|it| value(it).to_string()));
        vec![
            Cell::number(point.nominal_um),
            Cell::text(direction.word()),
            of(|it| it.reference_um),
            of(|it| it.indicated_um),
            of(|it| i32::from(it.counts_a)),
            of(|it| i32::from(it.counts_b)),
        ]
    })
}

fn rate(point: &RatePoint) -> Vec<Cell> {
    let hz = |mhz: u32| format!("{}.{:03}", mhz / 1_000, mhz % 1_000);
    vec![
        set_rate(point.set_mhz),
        list(point.readings.iter().map(|it| hz(it.reference_mhz))),
        list(point.readings.iter().map(|it| hz(it.indicated_mhz))),
    ]
}

fn current(point: &CurrentPoint) -> Vec<Cell> {
    let ma = |ua: i32| format!("{:.1}", f64::from(ua) / 1_000.0);
    vec![
        match point.set_mhz {
            0 => Cell::number("at rest"),
            mhz => set_rate(mhz),
        },
        list(point.readings.iter().map(|it| ma(it.reference_ua))),
        list(point.readings.iter().map(|it| ma(it.indicated_ua))),
    ]
}
