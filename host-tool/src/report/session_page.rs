//! The session report as a page.

use super::html::{Cell, Page};
use super::session::{Attempt, SessionReport};
use super::session_plots as plots;

const TITLE: &str = "Session report";

/// The report as one self-contained page.
#[must_use]
pub fn render_session_html(report: &SessionReport) -> String {
    let mut page = Page::new(TITLE, &report.id);
    head(&mut page, report);
    attempts(&mut page, report);
    timeline(&mut page, report);
    zones(&mut page, report);
    journal(&mut page, report);
    page.section("What is simulated");
    page.open("ul", "");
    for part in &report.simulated_parts {
        page.line("li", "", part);
    }
    page.close("ul");
    page.line(
        "p",
        "end",
        &format!("End of {} {}", TITLE.to_lowercase(), report.id),
    );
    page.close("section");
    page.finish()
}

fn head(page: &mut Page, report: &SessionReport) {
    page.open("header", "");
    page.line("h1", "", TITLE);
    page.line("p", "id", &report.id);
    page.close("header");
    if let Some(simulated) = &report.simulated {
        page.line("p", "simulated", simulated);
    }
    let (held, tried) = (report.held(), report.attempts.len());
    let (class, symbol, word) = if held == tried {
        ("badge pass", "\u{2714}", "limits held")
    } else {
        ("badge fail", "\u{2716}", "limits broken")
    };
    page.open("div", "badges");
    page.open("div", class);
    page.line("p", "label", "Attempts");
    page.line("p", "value", &format!("{symbol} {held} of {tried}: {word}"));
    page.line(
        "p",
        "more",
        "judged by the true needle, not by what the pen believed",
    );
    page.close("div");
    page.close("div");
    page.section("Summary");
    page.facts(&report.summary);
    page.line("h3", "", "Session");
    page.facts(&report.session);
    page.line("h3", "", "Pen");
    page.facts(&report.pen);
    page.close("section");
}

fn attempts(page: &mut Page, report: &SessionReport) {
    page.section("What was tried, and what the pen did");
    let rows: Vec<Vec<Cell>> = (1..)
        .zip(&report.attempts)
        .map(|(n, a)| attempt_row(n, a))
        .collect();
    page.table(
        "",
        &[
            "No.#",
            "Tried",
            "The pen",
            "",
            "Rule",
            "True peak \u{b5}m#",
            "To the brake ms#",
            "Limit",
        ],
        &rows,
    );
    page.line(
        "p",
        "note",
        "True peak is the deepest protrusion the model's needles reached during the attempt, against what \
         was allowed then. To the brake is counted from the physical onset, against its bound. A dash: \
         nothing moved, or no bound applies.",
    );
    page.close("section");
}

fn attempt_row(number: u32, attempt: &Attempt) -> Vec<Cell> {
    let against = |value: Option<String>, allowed: Option<String>| match (value, allowed) {
        (None, _) => "\u{2013}".to_owned(),
        (Some(value), None) => value,
        (Some(value), Some(allowed)) => format!("{value} \u{2264} {allowed}"),
    };
    let versus = |is_over: bool, text: String| {
        if is_over {
            text.replace('\u{2264}', ">")
        } else {
            text
        }
    };
    let is_deep = attempt
        .peak_um
        .zip(attempt.peak_allowed_um)
        .is_some_and(|(is, may)| is > may);
    let is_late = attempt
        .brake_us
        .zip(attempt.brake_allowed_us)
        .is_some_and(|(is, may)| is > may);
    let number_of = |um: i32| um.to_string();
    let peak = against(
        attempt.peak_um.map(number_of),
        attempt.peak_allowed_um.map(number_of),
    );
    let brake = against(
        attempt.brake_us.map(milliseconds),
        attempt.brake_allowed_us.map(milliseconds),
    );
    let outcome = attempt.outcome;
    let limit = if attempt.is_held() {
        Cell::mark("\u{2714}", "held", "pass")
    } else {
        Cell::mark("\u{2716}", "broken", "fail")
    };
    vec![
        Cell::number(number),
        Cell::text(&attempt.tried),
        Cell::text(&attempt.response),
        Cell::mark(outcome.symbol(), outcome.word(), "plain"),
        Cell::code(&attempt.requirement),
        Cell::number(versus(is_deep, peak)),
        Cell::number(versus(is_late, brake)),
        limit,
    ]
}

/// Microseconds as milliseconds, without trailing zeros.
fn milliseconds(us: u32) -> String {
    let text = format!("{}.{:03}", us / 1_000, us % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Milliseconds as seconds with three places.
fn at(t_ms: u64) -> String {
    format!("{}.{:03}", t_ms / 1_000, t_ms % 1_000)
}

fn timeline(page: &mut Page, report: &SessionReport) {
    page.section("Over time");
    page.figure(
        &plots::depth(report),
        "Depth. The orange line is the model's true peak of each stroke, the blue one what the pen \
         measured, the dashed one the cap in force. Numbers are the events below.",
    );
    page.figure(
        &plots::rate(report),
        "Rate: set, measured by the pen, and true.",
    );
    page.figure(&plots::modes(report), "Modes of the pen.");
    let rows: Vec<Vec<Cell>> = (1..)
        .zip(&report.timeline.marks)
        .map(|(number, mark): (u32, _)| {
            vec![
                Cell::number(number),
                Cell::number(at(mark.t_ms)),
                Cell::text(&mark.text),
            ]
        })
        .collect();
    page.table("Events", &["No.#", "Time s#", "Event"], &rows);
    page.close("section");
}

fn zones(page: &mut Page, report: &SessionReport) {
    page.section("What each zone received");
    let rows: Vec<Vec<Cell>> = report
        .zones
        .iter()
        .map(|zone| {
            let share = (zone.punctures * 100).checked_div(zone.punctures_allowed);
            let share = share.map_or("\u{2013}".to_owned(), |percent| format!("{percent} %"));
            vec![
                Cell::text(&zone.zone),
                Cell::number(zone.depth_um_max),
                Cell::number(at(zone.motor_on_ms)),
                Cell::count(zone.strokes),
                Cell::count(zone.punctures),
                Cell::count(zone.punctures_allowed),
                Cell::number(share),
            ]
        })
        .collect();
    page.table(
        "",
        &[
            "Zone",
            "Depth \u{b5}m#",
            "Motor on s#",
            "Strokes#",
            "Punctures#",
            "Budget#",
            "Used#",
        ],
        &rows,
    );
    page.close("section");
}

fn journal(page: &mut Page, report: &SessionReport) {
    page.section("From the pen's journal");
    let rows: Vec<Vec<Cell>> = report
        .journal
        .iter()
        .map(|row| {
            vec![
                Cell::number(row.seq),
                Cell::number(at(row.t_ms)),
                Cell::code(&row.kind),
                Cell::text(&row.text),
            ]
        })
        .collect();
    page.table("", &["No.#", "Time s#", "Kind", "Record"], &rows);
    page.line("p", "note", &report.journal_note);
    page.close("section");
}

#[cfg(test)]
mod tests {
    use super::{at, milliseconds};

    #[test]
    fn times_are_printed_without_loss() {
        assert_eq!(milliseconds(0), "0");
        assert_eq!(milliseconds(1_500), "1.5");
        assert_eq!(milliseconds(20_000), "20");
        assert_eq!(milliseconds(999), "0.999");
        assert_eq!(at(61_005), "61.005");
    }
}
