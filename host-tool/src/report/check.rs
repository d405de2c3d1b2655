//! Whole pages: well formed, alone, safe, and the same every time.

use super::{
    CalibrationReport, Customer, Fact, Outcome, render_calibration_html, render_session_html,
    sample,
};

const VOID: [&str; 2] = ["meta", "br"];

/// Panics unless every element is closed in order. Attributes are quoted on every page of ours.
fn assert_balanced(html: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "unquoted: {tag}");
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if tag.starts_with('/') {
            assert_eq!(
                open.pop().as_deref(),
                Some(name.as_str()),
                "near {}",
                &rest[start..end]
            );
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

fn assert_alone(html: &str) {
    for reference in [
        "src=",
        "href=",
        "@import",
        "<script",
        "<link",
        "<iframe",
        "url(http",
        "javascript:",
    ] {
        assert!(!html.contains(reference), "{reference}");
    }
    for (at, _) in html.match_indices("://") {
        let around = &html[at.saturating_sub(10)..(at + 30).min(html.len())];
        assert!(around.contains("http://www.w3.org/2000/svg"), "{around}");
    }
    for (at, _) in html.match_indices("url(") {
        assert!(html[at..].starts_with("url(#"), "only to the page itself");
    }
}

fn assert_ids_unique(html: &str) {
    let mut seen = std::collections::BTreeSet::new();
    for part in html.split(" id=\"").skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(seen.insert(id.to_owned()), "id {id} twice");
    }
}

#[test]
fn pages_are_well_formed_and_alone() {
    for html in [
        render_calibration_html(&sample::calibration()),
        render_session_html(&sample::session()),
    ] {
        assert_balanced(&html);
        assert_alone(&html);
        assert_ids_unique(&html);
        assert!(!html.contains("NaN") && !html.contains("inf\""));
    }
}

#[test]
fn a_part_that_was_not_adjusted_has_no_figure_and_no_gates() {
    let whole = render_calibration_html(&sample::calibration());
    let mut rate_only = sample::calibration();
    rate_only.adjustment.as_mut().unwrap().fits.clear();
    let rate_only = render_calibration_html(&rate_only);
    let mut depth_only = sample::calibration();
    depth_only.adjustment.as_mut().unwrap().gain = None;
    let depth_only = render_calibration_html(&depth_only);
    for html in [&rate_only, &depth_only] {
        assert_balanced(html);
        assert_alone(html);
    }
    for (text, in_rate, in_depth) in [
        ("Residuals of the fit", false, true),
        ("Gates of the fit", false, true),
        ("one factor for all rates", true, false),
        ("Parameters written to the pen", true, true),
    ] {
        assert!(whole.contains(text), "{text}");
        assert_eq!(rate_only.contains(text), in_rate, "{text}");
        assert_eq!(depth_only.contains(text), in_depth, "{text}");
    }
}

#[test]
fn same_report_same_bytes() {
    assert_eq!(
        render_calibration_html(&sample::calibration()),
        render_calibration_html(&sample::calibration())
    );
    assert_eq!(
        render_session_html(&sample::session()),
        render_session_html(&sample::session())
    );
}

#[test]
fn text_of_others_cannot_become_markup() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut report = sample::calibration();
    report.id = evil.to_owned();
    report.simulated = Some(evil.to_owned());
    report.item.model = evil.to_owned();
    report.customer = Some(Customer {
        name: evil.to_owned(),
        address: Some(evil.to_owned()),
    });
    report.item.condition = Some(evil.to_owned());
    report.history[0].certificate = evil.to_owned();
    report.operator = evil.to_owned();
    report.references[0].name = evil.to_owned();
    report.conditions.push(Fact::new(evil, evil));
    report.notes.push(evil.to_owned());
    report.adjustment.as_mut().unwrap().parameters[0].new = evil.to_owned();
    let mut session = sample::session();
    session.attempts[0].response = evil.to_owned();
    session.timeline.modes[0].mode = evil.to_owned();
    session.timeline.marks[0].text = evil.to_owned();
    session.journal[0].text = evil.to_owned();
    session.zones[0].zone = evil.to_owned();
    session.journal_note = evil.to_owned();
    for html in [
        render_calibration_html(&report),
        render_session_html(&session),
    ] {
        assert!(!html.contains("<img"));
        assert_balanced(&html);
    }
}

/// Cells of the page that hold a plain pass.
fn plain_passes(html: &str) -> usize {
    html.split("</td>")
        .filter(|cell| cell.ends_with("Pass") && !cell.ends_with("Conditional Pass"))
        .count()
}

#[test]
fn no_row_of_a_reserved_report_is_a_plain_pass() {
    let mut report = sample::calibration();
    assert!(plain_passes(&render_calibration_html(&report)) > 5);
    report.as_found.is_reserved = true;
    report.as_left.is_reserved = true;
    assert_eq!(plain_passes(&render_calibration_html(&report)), 0);
}

#[test]
fn report_holds_what_the_standard_lists() {
    let html = render_calibration_html(&sample::calibration());
    for needed in [
        "<h1 class=\"\">Calibration certificate</h1>",
        "CAL-PEN0042-0002",
        "Simulated pen, seed 1",
        "Bench &amp; Sons &lt;lab&gt;, 1 Gauge Street",
        "Clinic &lt;North&gt;, 2 Needle Lane",
        "Channel A: before, after",
        "Raw readings",
        "Not in the budget",
        "Earlier calibrations",
        "traceable through the reference instruments",
        "recommends no interval",
        "not stated",
        "PEN0042",
        "never adjusted",
        "CAL-DEPTH-RATE revision 1",
        "Depth as found",
        "Depth as left",
        "Rate as left",
        "k = 2.00",
        "Student",
        "Traceability",
        "Temperature",
        "ILAC-G8:09/2019",
        "guard band w = U",
        "relate only to the item",
        "only whole",
        "Not a plain pass",
        "End of calibration certificate CAL-PEN0042-0002",
    ] {
        let found = html.to_lowercase().contains(&needed.to_lowercase());
        assert!(found, "{needed}");
    }
    assert!(!html.to_lowercase().contains("next due"));
}

#[test]
fn page_and_json_carry_the_same_numbers() {
    let report = sample::calibration();
    let html = render_calibration_html(&report);
    let json = serde_json::to_value(&report).unwrap();
    for row in json["as_left"]["depth"]["rows"].as_array().unwrap() {
        let deviation = row["deviation_um"].as_f64().unwrap();
        let cell = super::html::plus(row["deviation_um"].to_string().trim_end_matches(".0"));
        assert!(html.contains(&cell), "{deviation} as {cell}");
    }
    assert_eq!(json["as_found"]["depth"]["verdict"], "fail");
    assert_eq!(json["as_left"]["depth"]["verdict"], "pass");
}

#[test]
fn a_current_stands_in_every_part_of_a_page_and_in_none_where_it_was_not_measured() {
    let mut report = sample::calibration();
    let html = render_calibration_html(&report);
    let parts = [
        "Depth, rate and motor current of",
        "motor current at rest \u{2212}11.84 \u{b1} 0.90 mA",
        "Zero of the motor current as left",
        ", its rise at worst ",
        "Deviation of a motor current is the meter less the pen",
        "Motor current at rest as left",
        "Motor current at rest as found",
        "Rise of the motor current from rest as left",
        "Rise of the motor current from rest as found",
        "Motor current at rest: tolerance \u{b1}40 mA, guard band w = U on both sides.",
        "Rise of the motor current from rest to a set rate: tolerance \u{b1}15 % of the rise",
        "Rise of the motor current as left, the least certain one",
        "Motor current as found, mA",
        "Motor current as left, mA",
        "at rest",
    ];
    for part in parts {
        assert!(html.contains(part), "{part}");
    }
    let run = report.as_left.current.clone().unwrap();
    for number in [run.rest.deviation_ma, run.rises[2].deviation_percent] {
        assert!(html.contains(&super::html::plus(number)), "{number}");
    }
    // Its own doubtful ratio warns, too.
    let warns = |report: &CalibrationReport| {
        render_calibration_html(report).contains("less than four times")
    };
    assert!(!warns(&report));
    if let Some(run) = &mut report.as_found.current {
        run.rises[0].is_tur_low = true;
    }
    assert!(warns(&report));
    report.as_found.current = None;
    report.as_left.current = None;
    report.raw.found_current.clear();
    report.raw.left_current.clear();
    let html = render_calibration_html(&report);
    for part in parts {
        assert!(!html.contains(part) || part == "at rest", "{part}");
    }
    assert_balanced(&html);
}

#[test]
fn a_report_without_adjustment_rate_or_dates_is_whole() {
    let mut report: CalibrationReport = sample::calibration();
    report.adjustment = None;
    report.as_found = report.as_left.clone();
    report.as_found.rate = None;
    report.as_left.rate = None;
    report.calibrated = None;
    report.simulated = None;
    let html = render_calibration_html(&report);
    assert_balanced(&html);
    assert!(html.contains("No adjustment was made"));
    assert!(!html.contains("Clock correction"));
}

#[test]
fn a_broken_limit_is_shouted() {
    let mut report = sample::session();
    assert!(render_session_html(&report).contains("\u{2714} 7 of 7: limits held"));
    report.attempts[1].peak_um = Some(1_551);
    let html = render_session_html(&report);
    assert!(html.contains("\u{2716} 6 of 7: limits broken"));
    assert!(html.contains("1551 &gt; 1550"));
    report.attempts[0].outcome = Outcome::NotNoticed;
    assert!(render_session_html(&report).contains("5 of 7: limits broken"));
}

#[test]
fn an_empty_session_is_a_page_too() {
    let mut report = sample::session();
    report.timeline = super::Timeline::default();
    report.attempts.clear();
    report.zones.clear();
    report.journal.clear();
    let html = render_session_html(&report);
    assert_balanced(&html);
    assert!(!html.contains("NaN"));
}

/// Writes both pages where `PEN_REPORT_DIR` points, to be looked at.
#[test]
fn samples_can_be_written_out() {
    let Ok(folder) = std::env::var("PEN_REPORT_DIR") else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    std::fs::write(
        folder.join("calibration.html"),
        render_calibration_html(&sample::calibration()),
    )
    .unwrap();
    std::fs::write(
        folder.join("session.html"),
        render_session_html(&sample::session()),
    )
    .unwrap();
}
