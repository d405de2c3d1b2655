//! The parts of a calibration report behind its results: what was changed, and the budget.

use super::calibration::{Adjustment, CalibrationReport};
use super::calibration_plots as plots;
use super::html::{Cell, Page, plus};
use crate::metrology::{Budget, ChannelFit};

/// Degrees of freedom above which their number says nothing more.
const MANY: f64 = 1_000.0;

/// What was written to the pen, and why it was found good.
pub(super) fn adjusted(page: &mut Page, report: &CalibrationReport, adjustment: &Adjustment) {
    page.section("Adjustment");
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
    page.table("Parameters written to the pen", &headings, &rows);
    if let Some(gain) = &adjustment.gain {
        let (total, change) = (plus(gain.total_ppm), plus(gain.change_ppm));
        page.line(
            "p",
            "",
            &format!(
                "Clock correction {total} ppm \u{b1} {} ppm (k = {}), a change of {change} ppm; one factor \
                 for all rates.",
                gain.expanded_ppm, gain.k
            ),
        );
    }
    if let Some(first) = adjustment.fits.first() {
        gates(page, &adjustment.fits, first);
    }
    if let Some(figure) = plots::residuals(report) {
        page.figure(
            &figure,
            "Residuals of the fit: the table less the mean of each direction. What is left is hysteresis \
             and noise.",
        );
    }
    page.open("div", "pair");
    for fit in &adjustment.fits {
        table_of(page, fit);
    }
    page.close("div");
    page.close("section");
}

/// One line a gate, one column a channel.
fn gates(page: &mut Page, fits: &[ChannelFit], first: &ChannelFit) {
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
    page.table(
        "Gates of the fit, checked here and again by the pen",
        &headings,
        &rows,
    );
}

fn table_of(page: &mut Page, fit: &ChannelFit) {
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
    let mut caption = format!("Table of channel {}, {} knots", fit.design.name, rows.len());
    if fit.pooled + fit.thinned > 0 {
        caption.push_str(&format!(
            " ({} points pooled, {} left out)",
            fit.pooled, fit.thinned
        ));
    }
    page.table(
        &caption,
        &[
            "Counts#",
            "Depth \u{b5}m#",
            "Design \u{b5}m#",
            "Move \u{b5}m#",
        ],
        &rows,
    );
}

/// The budgets of the least certain points as left.
pub(super) fn uncertainty(page: &mut Page, report: &CalibrationReport) {
    page.section("Uncertainty budget");
    let depth = &report.as_left.depth;
    let at = format!(
        "Depth as left at {} \u{b5}m, the least certain point",
        depth.budget_nominal_um
    );
    budget(page, &at, "\u{b5}m", &depth.budget);
    if let Some(rate) = &report.as_left.rate {
        budget(
            page,
            "Rate as left, the least certain point",
            "%",
            &rate.budget,
        );
    }
    page.close("section");
}

fn budget(page: &mut Page, caption: &str, unit: &str, budget: &Budget) {
    let three = |value: f64| format!("{value:.3}");
    let mut rows: Vec<Vec<Cell>> = budget
        .components
        .iter()
        .map(|line| {
            vec![
                Cell::text(line.source),
                Cell::text(line.evaluation),
                Cell::number(three(line.estimate)),
                Cell::text(line.estimate_is),
                Cell::text(line.distribution.word()),
                Cell::number(three(line.divisor)),
                Cell::number(three(line.standard)),
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
            Cell::number(three(value)),
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
    page.table(
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
        &rows,
    );
}
