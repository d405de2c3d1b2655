//! The calibration report, part by part.

use super::calibration::{CalibrationReport, Fact, Results};
use super::calibration_detail::{adjusted, drift, tables_in_force, uncertainty};
use super::calibration_plots as plots;
use super::calibration_raw::raw;
use super::document::{Badge, Block, Cell, Document, Tone};
use super::html::plus;
use crate::metrology::{CurrentRun, DecisionRule, GuardedSides, PointRole, RateRun, Verdict};

/// What the paper is called when a laboratory stands behind it.
const CERTIFICATE: &str = "Calibration certificate";
/// What it is called else.
const REPORT: &str = "Calibration report";
const NOT_STATED: &str = "not stated";

/// The report as one self-contained page.
#[must_use]
pub fn render_calibration_html(report: &CalibrationReport) -> String {
    calibration_document(report).html()
}

/// All that the report says, for page and PDF.
#[must_use]
pub fn calibration_document(report: &CalibrationReport) -> Document {
    let title = if report.laboratory.is_some() {
        CERTIFICATE
    } else {
        REPORT
    };
    let day = report.issued.as_ref().or(report.calibrated.as_ref());
    let mut document = Document::new(title, &report.id, day.map(String::as_str));
    head(&mut document, report);
    identification(&mut document, report);
    results(&mut document, report);
    if let Some(adjustment) = &report.adjustment {
        adjusted(&mut document, report, adjustment);
    }
    tables_in_force(&mut document, report);
    uncertainty(&mut document, report);
    drift(&mut document, report);
    raw(&mut document, report);
    statements(&mut document, report);
    closing(&mut document, report);
    document
}

fn head(document: &mut Document, report: &CalibrationReport) {
    let what = if report.as_found.current.is_some() {
        "Depth, rate and motor current"
    } else {
        "Depth and rate"
    };
    document.push(Block::Head(format!(
        "{what} of {} {}",
        report.item.model, report.item.serial
    )));
    if let Some(simulated) = &report.simulated {
        document.push(Block::Simulated(simulated.clone()));
    }
    document.push(Block::Badges(vec![
        badge("As found", &report.as_found),
        badge("As left", &report.as_left),
    ]));
}

fn badge(label: &str, results: &Results) -> Badge {
    let verdict = results.verdict();
    let depth = results.depth.farthest().map(|row| {
        format!(
            "depth at worst {} \u{b1} {} \u{b5}m",
            plus(row.deviation_um),
            row.expanded_um
        )
    });
    let rate = results.rate.as_ref().and_then(|run| {
        let row = run
            .rows
            .iter()
            .max_by_key(|row| row.deviation_percent.thousandths().abs())?;
        Some(format!(
            "rate at worst {} \u{b1} {} %",
            plus(row.deviation_percent),
            row.expanded_percent
        ))
    });
    let current = results.current.as_ref().and_then(|run| {
        let row = run.farthest()?;
        Some(format!(
            "motor current at rest {} \u{b1} {} mA, its rise at worst {} \u{b1} {} %",
            plus(run.rest.deviation_ma),
            run.rest.expanded_ma,
            plus(row.deviation_percent),
            row.expanded_percent
        ))
    });
    let more: Vec<String> = depth.into_iter().chain(rate).chain(current).collect();
    Badge {
        label: label.to_owned(),
        value: verdict.to_string(),
        class: class(verdict).into(),
        more: more.join(" \u{b7} "),
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::ConditionalPass | Verdict::ConditionalFail => "conditional",
        Verdict::Fail => "fail",
    }
}

fn verdict_cell(verdict: Verdict) -> Cell {
    Cell::mark(verdict.symbol(), verdict.word(), class(verdict))
}

fn identification(document: &mut Document, report: &CalibrationReport) {
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| NOT_STATED.to_owned());
    let laboratory = report
        .laboratory
        .as_ref()
        .map(|lab| format!("{}, {}", lab.name, lab.address));
    let customer = report.customer.as_ref().map(|customer| {
        let address = customer.address.iter().map(String::as_str);
        let lines: Vec<&str> = std::iter::once(customer.name.as_str())
            .chain(address)
            .collect();
        lines.join(", ")
    });
    document.section("What was calibrated, by whom, how");
    let mut facts = vec![
        Fact::new("Laboratory", or(&laboratory)),
        Fact::new("Customer", or(&customer)),
        Fact::new("Method", &report.procedure),
        Fact::new("Operator", &report.operator),
        Fact::new("Item", &report.item.model),
        Fact::new("Serial number", &report.item.serial),
        Fact::new("Firmware", &report.item.firmware),
        Fact::new("Condition", or(&report.item.condition)),
        Fact::new("Received", or(&report.received)),
        Fact::new("Calibrated", or(&report.calibrated)),
        Fact::new("Issued", or(&report.issued)),
    ];
    if let Some(due) = &report.next_due {
        let label = "Next due, as agreed with the customer";
        facts.push(Fact::new(label, due));
    }
    document.push(Block::Facts(facts));
    document.push(Block::Heading("Conditions".to_owned()));
    document.push(Block::Facts(report.conditions.clone()));
    let rows: Vec<Vec<Cell>> = report
        .references
        .iter()
        .map(|reference| {
            [
                &reference.name,
                &reference.serial,
                &reference.expanded,
                &reference.certificate,
                &reference.traceability,
            ]
            .map(Cell::text)
            .into()
        })
        .collect();
    let headings = ["Instrument", "Serial", "U", "Certificate", "Traceability"];
    document.table("Reference instruments", &headings, rows);
}

fn results(document: &mut Document, report: &CalibrationReport) {
    document.section("Results");
    document.text(
        Tone::Lead,
        "Deviation is reference minus indication for depth and reference minus set value for rate, so \
         that a positive number is the unsafe side: needles deeper, or strokes faster, than the pen \
         says. U is the expanded uncertainty, a coverage probability of about 95 %: the combined one times k, \
         which is larger the fewer degrees of freedom there are (Student's distribution). TUR is \
         tolerance over U.",
    );
    document.figure(
        plots::depth(report),
        "Depth. Bars are \u{b1}U. Dashed lines are the tolerance; in the shaded zone a point as left is a \
         plain pass. Points of the two runs are set apart sideways only to be told apart.",
    );
    document.table("Depth as left", &DEPTH, depth_rows(&report.as_left));
    document.table("Depth as found", &DEPTH, depth_rows(&report.as_found));
    document.text(
        Tone::Note,
        "V marks a verification point that the fit has not seen. Gauge is the reference, pen what the pen \
         indicates. Hysteresis is deepening minus shallowing. Range is the lowest and highest single deviation.",
    );
    if let Some(figure) = plots::rate(report) {
        document.figure(
            figure,
            "Rate. Bars are \u{b1}U, often smaller than the marker.",
        );
    }
    for (caption, results) in [
        ("Rate as left", &report.as_left),
        ("Rate as found", &report.as_found),
    ] {
        if let Some(run) = &results.rate {
            document.table(caption, &RATE, rate_rows(results, run));
        }
    }
    for (state, results) in [("as left", &report.as_left), ("as found", &report.as_found)] {
        if let Some(run) = &results.current {
            let caption = format!("Motor current at rest {state}");
            document.table(&caption, &REST, vec![rest_row(results, run)]);
            let caption = format!("Rise of the motor current from rest {state}");
            document.table(&caption, &RISE, rise_rows(results, run));
        }
    }
    if report.as_left.current.is_some() {
        document.text(
            Tone::Note,
            "Deviation of a motor current is the meter less the pen: positive is more than the pen says. Its rise is the \
             current at the set rate less the one at rest; the deviation of a rise is in % of what the meter shows. A \
             wrong zero of the pen's sensor shows at rest alone, a wrong slope in the rises alone.",
        );
    }
    warn_low_ratio(document, report);
    accepted(document, report);
}

const DEPTH: [&str; 12] = [
    "Setting \u{b5}m#",
    "",
    "n#",
    "Gauge \u{b5}m#",
    "Pen \u{b5}m#",
    "Deviation \u{b5}m#",
    "U \u{b5}m#",
    "k#",
    "Hyst. \u{b5}m#",
    "Range \u{b5}m#",
    "TUR#",
    "Verdict",
];

fn depth_rows(results: &Results) -> Vec<Vec<Cell>> {
    let rows = &results.depth.rows;
    rows.iter()
        .map(|row| {
            let is_kept = row.role == PointRole::Verification;
            let [low, high] = row.range_um;
            vec![
                Cell::number(row.nominal_um),
                Cell::text(if is_kept { "V" } else { "" }),
                Cell::number(row.n),
                Cell::number(row.reference_um),
                Cell::number(row.indicated_um),
                Cell::signed(row.deviation_um),
                Cell::number(row.expanded_um),
                Cell::number(row.k),
                Cell::signed(row.hysteresis_um),
                Cell::number(format!("{} \u{2026} {}", plus(low), plus(high))),
                Cell::number(row.tur),
                verdict_cell(results.stated(row.verdict)),
            ]
        })
        .collect()
}

const RATE: [&str; 9] = [
    "Set Hz#",
    "n#",
    "Reference Hz#",
    "Indicated Hz#",
    "Deviation %#",
    "U %#",
    "k#",
    "TUR#",
    "Verdict",
];

/// A set rate in hertz.
pub(super) fn set_rate(mhz: u32) -> Cell {
    Cell::number(format!("{}.{:03}", mhz / 1_000, mhz % 1_000))
}

fn rate_rows(results: &Results, run: &RateRun) -> Vec<Vec<Cell>> {
    run.rows
        .iter()
        .map(|row| {
            vec![
                set_rate(row.set_mhz),
                Cell::number(row.n),
                Cell::number(row.reference_hz),
                Cell::number(row.indicated_hz),
                Cell::signed(row.deviation_percent),
                Cell::number(row.expanded_percent),
                Cell::number(row.k),
                Cell::number(row.tur),
                verdict_cell(results.stated(row.verdict)),
            ]
        })
        .collect()
}

const REST: [&str; 8] = [
    "n#",
    "Meter mA#",
    "Pen mA#",
    "Deviation mA#",
    "U mA#",
    "k#",
    "TUR#",
    "Verdict",
];

fn rest_row(results: &Results, run: &CurrentRun) -> Vec<Cell> {
    let row = &run.rest;
    vec![
        Cell::number(row.n),
        Cell::number(row.reference_ma),
        Cell::number(row.indicated_ma),
        Cell::signed(row.deviation_ma),
        Cell::number(row.expanded_ma),
        Cell::number(row.k),
        Cell::number(row.tur),
        verdict_cell(results.stated(row.verdict)),
    ]
}

const RISE: [&str; 9] = [
    "Set Hz#",
    "n#",
    "Meter mA#",
    "Pen mA#",
    "Deviation %#",
    "U %#",
    "k#",
    "TUR#",
    "Verdict",
];

fn rise_rows(results: &Results, run: &CurrentRun) -> Vec<Vec<Cell>> {
    run.rises
        .iter()
        .map(|row| {
            vec![
                set_rate(row.set_mhz),
                Cell::number(row.n),
                Cell::number(row.reference_ma),
                Cell::number(row.indicated_ma),
                Cell::signed(row.deviation_percent),
                Cell::number(row.expanded_percent),
                Cell::number(row.k),
                Cell::number(row.tur),
                verdict_cell(results.stated(row.verdict)),
            ]
        })
        .collect()
}

fn warn_low_ratio(document: &mut Document, report: &CalibrationReport) {
    let rates = [&report.as_found.rate, &report.as_left.rate]
        .into_iter()
        .flatten();
    let mut currents = [&report.as_found.current, &report.as_left.current]
        .into_iter()
        .flatten();
    let is_low = report.as_found.depth.is_tur_low()
        || report.as_left.depth.is_tur_low()
        || rates.flat_map(|run| &run.rows).any(|row| row.is_tur_low)
        || currents.any(CurrentRun::is_tur_low);
    if is_low {
        document.text(
            Tone::Warning,
            "\u{26a0} At one point or more the tolerance is less than four times the \
             uncertainty. The guard band keeps the risk of a wrong pass low, at the price of more \
             conditional verdicts; a better gauge would serve both sides.",
        );
    }
}

/// What was doubted and kept, with the reasons that were typed.
fn accepted(document: &mut Document, report: &CalibrationReport) {
    if report.accepted.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> = report
        .accepted
        .iter()
        .map(|it| [&it.what, &it.doubt, &it.reason].map(Cell::text).into())
        .collect();
    document.table(
        "Accepted with a reason",
        &["What", "What spoke against it", "Reason, as typed"],
        rows,
    );
    if report.as_found.is_reserved {
        document.text(
            Tone::Warning,
            "\u{26a0} An instrument had no valid certificate: no result of this report is a plain pass.",
        );
    }
}

fn rule(what: &str, unit: &str, rule: DecisionRule) -> String {
    let sides = match rule.guarded {
        GuardedSides::Both => "on both sides",
        GuardedSides::UnsafeOnly => "on the unsafe side only",
    };
    format!(
        "{what}: tolerance \u{b1}{} {unit}, guard band w = U {sides}.",
        rule.tolerance()
    )
}

fn statements(document: &mut Document, report: &CalibrationReport) {
    document.section("Decision rule and statements");
    let mut lines = vec![rule("Depth", "\u{b5}m", report.as_left.depth.rule)];
    if let Some(rate) = &report.as_left.rate {
        lines.push(rule("Rate", "% of the set rate", rate.rule));
    }
    if let Some(current) = &report.as_left.current {
        lines.push(rule("Motor current at rest", "mA", current.rest_rule));
        let what = "Rise of the motor current from rest to a set rate";
        lines.push(rule(what, "% of the rise", current.rise_rule));
    }
    lines.extend(STATEMENTS.map(str::to_owned));
    lines.push(
        if report.next_due.is_some() {
            INTERVAL_AGREED
        } else {
            NO_INTERVAL
        }
        .to_owned(),
    );
    if report.adjustment.is_none() {
        let text = "No adjustment was made: the results as left are those as found.";
        lines.push(text.to_owned());
    } else if !report.as_found.verdict().is_pass() {
        lines.push(
            "As found, the pen was not a plain pass: whoever treated with it since its last \
             good calibration has to review those treatments."
                .to_owned(),
        );
    }
    lines.extend(report.notes.iter().cloned());
    document.push(Block::List(lines));
}

/// What ties the paper to its record, who answers for it, and that nothing follows.
fn closing(document: &mut Document, report: &CalibrationReport) {
    document.push(Block::Heading("Record".to_owned()));
    document.push(Block::Facts(report.record.clone()));
    let authorised = report.authorised_by.as_deref().unwrap_or("not signed");
    document.push(Block::Signatures(vec![
        format!("Operator: {}", report.operator),
        format!("Authorised by: {authorised}"),
    ]));
    let title = document.title.to_lowercase();
    document.push(Block::End(format!("End of {title} {}", report.id)));
}

const STATEMENTS: [&str; 5] = [
    "Verdicts follow the non-binary rule of ILAC-G8:09/2019 4.2, fixed before measuring. Pass: deviation \
     within tolerance less w. Conditional pass: within tolerance. Conditional fail: within tolerance plus \
     w. Fail: beyond. The worst point decides.",
    "The printed, rounded numbers are the ones judged: U to two significant digits, results to the same \
     place.",
    "Results are traceable through the reference instruments named above, each as far as its own certificate \
     goes. Where none is named, nothing traceable is claimed.",
    "The results relate only to the item named above, in the state and under the conditions described.",
    "This document may be passed on only whole, unless the laboratory agrees in writing.",
];

const NO_INTERVAL: &str =
    "It makes no claim of accreditation and recommends no interval until the next calibration.";
const INTERVAL_AGREED: &str = "It makes no claim of accreditation. The day on which the next calibration is due \
     was agreed with the customer.";
