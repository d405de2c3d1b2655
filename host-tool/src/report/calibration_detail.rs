//! The parts of a calibration report behind its results: what was changed, and the budget.

use super::calibration::{Adjustment, CalibrationReport, InForce};
use super::calibration_plots as plots;
use super::document::{Block, Cell, Document, Grid, Tone};
use super::history_page;
use super::html::plus;
use crate::metrology::{Budget, ChannelFit, Knot};

/// Degrees of freedom above which their number says nothing more.
const MANY: f64 = 1_000.0;

/// What was written to the pen, and why it was found good.
pub(super) fn adjusted(
    document: &mut Document,
    report: &CalibrationReport,
    adjustment: &Adjustment,
) {
    document.section("Adjustment");
    let rows: Vec<Vec<Cell>> = adjustment
        .parameters
        .iter()
        .map(|change| {
            vec![
                Cell::text(&change.name),
                Cell::number(&change.old),
                Cell::number(&change.new),
                Cell::text(&change.unit),
                Cell::text(&change.allowed),
            ]
        })
        .collect();
    let headings = ["Parameter", "Before#", "After#", "Unit", "Allowed"];
    document.table("Parameters written to the pen", &headings, rows);
    if let Some(gain) = &adjustment.gain {
        let (total, change) = (plus(gain.total_ppm), plus(gain.change_ppm));
        let text = format!(
            "Clock correction {total} ppm \u{b1} {} ppm (k = {}), a change of {change} ppm; one factor \
             for all rates.",
            gain.expanded_ppm, gain.k
        );
        document.text(Tone::Plain, &text);
    }
    let Some(first) = adjustment.fits.first() else {
        return;
    };
    gates(document, &adjustment.fits, first);
    if let Some(figure) = plots::residuals(report) {
        document.figure(
            figure,
            "Residuals of the fit: the table less the mean of each direction. What is left is hysteresis \
             and noise.",
        );
    }
    let tables = adjustment.fits.iter().map(table_of).collect();
    document.push(Block::Tables(tables));
}

/// One line a gate, one column a channel.
fn gates(document: &mut Document, fits: &[ChannelFit], first: &ChannelFit) {
    let rows: Vec<Vec<Cell>> = first
        .gates
        .iter()
        .map(|gate| {
            let found = fits
                .iter()
                .filter_map(|fit| fit.gates.iter().find(|g| g.name == gate.name));
            let mut row = vec![Cell::text(gate.name)];
            row.extend(found.map(|gate| Cell::signed(gate.asked)));
            row.push(Cell::number(format!("\u{b1}{}", gate.allowed)));
            row.push(Cell::text(gate.unit));
            row
        })
        .collect();
    let channels: Vec<String> = fits
        .iter()
        .map(|fit| format!("Channel {}#", fit.design.name))
        .collect();
    let mut headings = vec!["Gate"];
    headings.extend(channels.iter().map(String::as_str));
    headings.extend(["Allowed#", "Unit"]);
    document.table(
        "Gates of the fit, checked here and again by the pen",
        &headings,
        rows,
    );
}

fn table_of(fit: &ChannelFit) -> Grid {
    let rows: Vec<Vec<Cell>> = fit
        .table
        .knots()
        .iter()
        .map(|knot| {
            let design = fit.design.design_um(knot.counts);
            vec![
                Cell::number(knot.counts),
                Cell::number(knot.depth_um),
                Cell::number(design),
                Cell::signed(i64::from(knot.depth_um) - design),
            ]
        })
        .collect();
    let mut caption = format!("Fit of channel {}, {} knots", fit.design.name, rows.len());
    if fit.pooled + fit.thinned > 0 {
        caption.push_str(&format!(
            " ({} points pooled, {} left out)",
            fit.pooled, fit.thinned
        ));
    }
    let headings = [
        "Counts#",
        "Depth \u{b5}m#",
        "Design \u{b5}m#",
        "Move \u{b5}m#",
    ];
    Grid::new(&caption, &headings, rows)
}

/// The tables by which the pen tells depth, as it gave them.
pub(super) fn tables_in_force(document: &mut Document, report: &CalibrationReport) {
    document.section("Tables in the pen");
    let (before, after) = (&report.tables.before, &report.tables.after);
    let told = |it: &Option<InForce>| {
        it.as_ref().map_or_else(
            || "none".to_owned(),
            |it| {
                let clock = plus(it.clock_ppm);
                format!(
                    "generation {} of {}, clock {clock} ppm",
                    it.generation, it.made
                )
            },
        )
    };
    let text = format!(
        "As read from the pen. Before: {}. After: {}.",
        told(before),
        told(after)
    );
    document.text(Tone::Lead, &text);
    let of = |it: &Option<InForce>, knots: fn(&InForce) -> &Vec<Knot>| {
        it.as_ref().map_or_else(Vec::new, |it| knots(it).clone())
    };
    let channel = |name: &str, knots: fn(&InForce) -> &Vec<Knot>| {
        let rows = beside(&of(before, knots), &of(after, knots));
        let headings = ["Knot#", "Counts#", "\u{b5}m#", "Counts#", "\u{b5}m#"];
        Grid::new(&format!("Channel {name}: before, after"), &headings, rows)
    };
    if before.is_some() || after.is_some() {
        document.push(Block::Tables(vec![
            channel("A", |it| &it.a),
            channel("B", |it| &it.b),
        ]));
    }
}

/// Knots of two tables side by side, one a row.
fn beside(before: &[Knot], after: &[Knot]) -> Vec<Vec<Cell>> {
    let cells = |knot: Option<&Knot>| {
        let (counts, depth) = knot.map(|knot| (knot.counts, knot.depth_um)).unzip();
        [
            Cell::number(counts.map_or_else(|| "\u{2013}".to_owned(), |it| it.to_string())),
            Cell::number(depth.map_or_else(|| "\u{2013}".to_owned(), |it| it.to_string())),
        ]
    };
    (0..before.len().max(after.len()))
        .map(|place| {
            let mut row = vec![Cell::number(place + 1)];
            row.extend(cells(before.get(place)));
            row.extend(cells(after.get(place)));
            row
        })
        .collect()
}

/// How the pen drifted over its last calibrations.
pub(super) fn drift(document: &mut Document, report: &CalibrationReport) {
    document.section("Earlier calibrations");
    if report.history.len() < 2 {
        let text = "The records have no earlier calibration of this pen.";
        document.text(Tone::Plain, text);
        return;
    }
    document.figure(
        history_page::drift(&report.item.serial, &report.history),
        "The largest deviation of depth over all settings at each of the last calibrations, this one the last, \
         with its U: before anything was changed, and as the pen was left.",
    );
    let word = |worst: Option<(f64, f64)>| match worst {
        Some((at, value)) => [
            Cell::signed(format!("{value:.0}")),
            Cell::number(format!("{at:.0}")),
        ],
        None => [Cell::number("\u{2013}"), Cell::number("\u{2013}")],
    };
    let rows: Vec<Vec<Cell>> = report
        .history
        .iter()
        .map(|it| {
            let mut row = vec![Cell::code(&it.made), Cell::text(it.subject.name())];
            row.extend(word(it.worst_found()));
            row.extend(word(it.worst_left()));
            row.push(Cell::text(format!("{}, {}", it.as_found, it.as_left)));
            row.push(Cell::code(&it.certificate));
            row
        })
        .collect();
    let headings = [
        "Made",
        "Subject",
        "Found \u{b5}m#",
        "at#",
        "Left \u{b5}m#",
        "at#",
        "Verdicts",
        "Certificate",
    ];
    document.table("Largest deviations, and where they were", &headings, rows);
}

/// The budgets of the least certain points as left.
pub(super) fn uncertainty(document: &mut Document, report: &CalibrationReport) {
    document.section("Uncertainty budget");
    document.text(Tone::Lead, PENCIL);
    let depth = &report.as_left.depth;
    let at = format!(
        "Depth as left at {} \u{b5}m, the least certain point",
        depth.budget_nominal_um
    );
    budget(document, &at, "\u{b5}m", &depth.budget);
    if let Some(rate) = &report.as_left.rate {
        budget(
            document,
            "Rate as left, the least certain point",
            "%",
            &rate.budget,
        );
    }
    if let Some(current) = &report.as_left.current {
        let caption = "Zero of the motor current as left";
        budget(document, caption, "mA", &current.rest_budget);
        let caption = "Rise of the motor current as left, the least certain one";
        budget(document, caption, "%", &current.rise_budget);
    }
    let heading = "Not in the budget";
    document.push(Block::Heading(heading.to_owned()));
    document.push(Block::List(NOT_IN_BUDGET.map(str::to_owned).into()));
}

/// How each number follows from others on the paper.
const PENCIL: &str = "Every number can be checked with a pencil: u is estimate over divisor; the combined one is the \
     root of the sum of the squares of u; U is k times that, rounded to two significant digits, halves away \
     from zero. Means and deviation are rounded to the place of U, each from the raw readings below: a \
     difference of two printed means may be off by one in the last place.";

/// What no line of the budget covers.
const NOT_IN_BUDGET: [&str; 4] = [
    "Depth while the needles strike: it was measured at rest, and at speed they may overshoot.",
    "What skin does to needle and rim: a gauge has none.",
    "Cartridges of another make than those that the line for seating rests on.",
    "Drift after the last reading.",
];

/// Digits behind the point, so that four of the combined uncertainty are seen: two more than of U, for whoever
/// goes on calculating with what is printed.
fn places(combined: f64) -> usize {
    let first = format!("{combined:.3e}");
    let power: Option<i32> = first
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok());
    let behind = power.map_or(0, |power| 3 - power);
    usize::try_from(behind.clamp(3, 9)).unwrap_or(3)
}

fn budget(document: &mut Document, caption: &str, unit: &str, budget: &Budget) {
    let places = places(budget.combined);
    let fine = |value: f64| format!("{value:.places$}");
    let mut rows: Vec<Vec<Cell>> = budget
        .components
        .iter()
        .map(|line| {
            vec![
                Cell::text(line.source),
                Cell::text(line.evaluation),
                Cell::number(fine(line.estimate)),
                Cell::text(line.estimate_is),
                Cell::text(line.distribution.word()),
                Cell::number(format!("{:.3}", line.divisor)),
                Cell::number(fine(line.standard)),
                Cell::number(
                    line.dof
                        .map_or_else(|| "\u{221e}".to_owned(), |dof| dof.to_string()),
                ),
                Cell::number(format!("{:.1}", line.share_percent)),
            ]
        })
        .collect();
    let dof = match budget.effective_dof {
        Some(dof) if dof <= MANY => format!("{dof:.1}"),
        Some(_) | None => format!("more than {MANY}"),
    };
    let mut sum = |text: String, value: f64| {
        rows.push(vec![
            Cell::wide(text, 6),
            Cell::number(fine(value)),
            Cell::text(""),
            Cell::text(""),
        ]);
    };
    sum(
        format!("Combined (effective degrees of freedom: {dof})"),
        budget.combined,
    );
    sum(format!("Expanded, k = {}", budget.k), budget.expanded);
    let (estimate, standard) = (format!("Estimate {unit}#"), format!("u {unit}#"));
    document.table(
        caption,
        &[
            "Source",
            "Type",
            &estimate,
            "which is",
            "Distribution",
            "Divisor#",
            &standard,
            "Freedom#",
            "Share %#",
        ],
        rows,
    );
}
