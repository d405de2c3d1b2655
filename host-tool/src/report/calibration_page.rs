//! The calibration report as a page.

use super::calibration::{CalibrationReport, Fact, Results};
use super::calibration_detail::{adjusted, uncertainty};
use super::calibration_plots as plots;
use super::html::{Cell, Page, plus};
use crate::metrology::{DecisionRule, GuardedSides, PointRole, RateRun, Verdict};

const TITLE: &str = "Calibration report";
const NOT_STATED: &str = "not stated";

/// The report as one self-contained page.
#[must_use]
pub fn render_calibration_html(report: &CalibrationReport) -> String {
    let mut page = Page::new(TITLE, &report.id);
    head(&mut page, report);
    identification(&mut page, report);
    results(&mut page, report);
    if let Some(adjustment) = &report.adjustment {
        adjusted(&mut page, report, adjustment);
    }
    uncertainty(&mut page, report);
    statements(&mut page, report);
    page.finish()
}

fn head(page: &mut Page, report: &CalibrationReport) {
    page.open("header", "");
    page.line("h1", "", TITLE);
    page.line("p", "id", &report.id);
    page.close("header");
    page.line(
        "p",
        "sub",
        &format!(
            "Depth and rate of {} {}",
            report.item.model, report.item.serial
        ),
    );
    if let Some(simulated) = &report.simulated {
        page.line("p", "simulated", simulated);
    }
    page.open("div", "badges");
    badge(page, "As found", &report.as_found);
    badge(page, "As left", &report.as_left);
    page.close("div");
}

fn badge(page: &mut Page, label: &str, results: &Results) {
    let verdict = results.verdict();
    page.open("div", &format!("badge {}", class(verdict)));
    page.line("p", "label", label);
    page.line(
        "p",
        "value",
        &format!("{} {}", verdict.symbol(), verdict.word()),
    );
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
    let more: Vec<String> = depth.into_iter().chain(rate).collect();
    page.line("p", "more", &more.join(" \u{b7} "));
    page.close("div");
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

fn identification(page: &mut Page, report: &CalibrationReport) {
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let laboratory = report
        .laboratory
        .as_ref()
        .map(|lab| format!("{}, {}", lab.name, lab.address));
    page.section("What was calibrated, by whom, how");
    page.facts(&[
        Fact::new("Item", &report.item.model),
        Fact::new("Serial number", &report.item.serial),
        Fact::new("Firmware", &report.item.firmware),
        Fact::new("Condition", &report.item.condition),
        Fact::new("Laboratory", or(&laboratory, NOT_STATED)),
        Fact::new("Customer", or(&report.customer, NOT_STATED)),
        Fact::new("Procedure", &report.procedure),
        Fact::new("Operator", &report.operator),
        Fact::new("Received", or(&report.received, NOT_STATED)),
        Fact::new("Calibrated", or(&report.calibrated, NOT_STATED)),
        Fact::new("Issued", or(&report.issued, NOT_STATED)),
    ]);
    page.line("h3", "", "Conditions");
    page.facts(&report.conditions);
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
    page.table("Reference instruments", &headings, &rows);
    page.close("section");
}

fn results(page: &mut Page, report: &CalibrationReport) {
    page.section("Results");
    page.line(
        "p",
        "lead",
        "Deviation is reference minus indication for depth and reference minus set value for rate, so \
         that a positive number is the unsafe side: needles deeper, or strokes faster, than the pen \
         says. U is the expanded uncertainty, a coverage probability of about 95 %: the combined one times k, \
         which is larger the fewer degrees of freedom there are (Student's distribution). TUR is \
         tolerance over U.",
    );
    page.figure(
        &plots::depth(report),
        "Depth. Bars are \u{b1}U. Dashed lines are the tolerance; in the shaded zone a point as left is a \
         plain pass. Points of the two runs are set apart sideways only to be told apart.",
    );
    page.table("Depth as left", &DEPTH, &depth_rows(&report.as_left));
    page.table("Depth as found", &DEPTH, &depth_rows(&report.as_found));
    page.line(
        "p",
        "note",
        "V marks a verification point that the fit has not seen. Gauge is the reference, pen what the pen \
         indicates. Hysteresis is deepening minus shallowing. Range is the lowest and highest single deviation.",
    );
    if let Some(figure) = plots::rate(report) {
        page.figure(
            &figure,
            "Rate. Bars are \u{b1}U, often smaller than the marker.",
        );
    }
    for (caption, results) in [
        ("Rate as left", &report.as_left),
        ("Rate as found", &report.as_found),
    ] {
        if let Some(run) = &results.rate {
            page.table(caption, &RATE, &rate_rows(results, run));
        }
    }
    warn_low_ratio(page, report);
    accepted(page, report);
    page.close("section");
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

fn rate_rows(results: &Results, run: &RateRun) -> Vec<Vec<Cell>> {
    run.rows
        .iter()
        .map(|row| {
            vec![
                Cell::number(format!(
                    "{}.{:03}",
                    row.set_mhz / 1_000,
                    row.set_mhz % 1_000
                )),
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

fn warn_low_ratio(page: &mut Page, report: &CalibrationReport) {
    let rates = [&report.as_found.rate, &report.as_left.rate]
        .into_iter()
        .flatten();
    let is_low = report.as_found.depth.is_tur_low()
        || report.as_left.depth.is_tur_low()
        || rates.flat_map(|run| &run.rows).any(|row| row.is_tur_low);
    if is_low {
        page.line(
            "p",
            "warn",
            "\u{26a0} At one point or more the tolerance is less than four times the \
             uncertainty. The guard band keeps the risk of a wrong pass low, at the price of more \
             conditional verdicts; a better gauge would serve both sides.",
        );
    }
}

/// What was doubted and kept, with the reasons that were typed.
fn accepted(page: &mut Page, report: &CalibrationReport) {
    if report.accepted.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> = report
        .accepted
        .iter()
        .map(|it| [&it.what, &it.doubt, &it.reason].map(Cell::text).into())
        .collect();
    page.table(
        "Accepted with a reason",
        &["What", "What spoke against it", "Reason, as typed"],
        &rows,
    );
    if report.as_found.is_reserved {
        page.line(
            "p",
            "warn",
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

fn statements(page: &mut Page, report: &CalibrationReport) {
    page.section("Decision rule and statements");
    page.open("ul", "");
    page.line(
        "li",
        "",
        &rule("Depth", "\u{b5}m", report.as_left.depth.rule),
    );
    if let Some(rate) = &report.as_left.rate {
        page.line("li", "", &rule("Rate", "% of the set rate", rate.rule));
    }
    for text in STATEMENTS {
        page.line("li", "", text);
    }
    if report.adjustment.is_none() {
        page.line(
            "li",
            "",
            "No adjustment was made: the results as left are those as found.",
        );
    } else if !report.as_found.verdict().is_pass() {
        page.line(
            "li",
            "",
            "As found, the pen was not a plain pass: whoever treated with it since its last \
             good calibration has to review those treatments.",
        );
    }
    for note in &report.notes {
        page.line("li", "", note);
    }
    page.close("ul");
    page.line("h3", "", "Record");
    page.facts(&report.record);
    let authorised = report.authorised_by.as_deref().unwrap_or("not signed");
    page.open("div", "sign");
    page.line("p", "", &format!("Operator: {}", report.operator));
    page.line("p", "", &format!("Authorised by: {authorised}"));
    page.close("div");
    page.line(
        "p",
        "end",
        &format!("End of {} {}", TITLE.to_lowercase(), report.id),
    );
    page.close("section");
}

const STATEMENTS: [&str; 5] = [
    "Verdicts follow the non-binary rule of ILAC-G8:09/2019 4.2, fixed before measuring. Pass: deviation \
     within tolerance less w. Conditional pass: within tolerance. Conditional fail: within tolerance plus \
     w. Fail: beyond. The worst point decides.",
    "The printed, rounded numbers are the ones judged: U to two significant digits, results to the same \
     place.",
    "The results relate only to the item named above, in the state and under the conditions described.",
    "This report may be passed on only whole.",
    "It makes no claim of accreditation and recommends no interval until the next calibration.",
];
