//! What `calibrate` says: what it will ask, each step, the tables, and how to go on.

use std::fmt::Display;

use serde_json::json;

use super::again;
use crate::metrology::{BudgetInputs, CurrentRun, Verdict};
use crate::out::{Align, Out, Table, Tone};
use crate::procedure::{ASSUMED_SCATTER_UM, Bench, Phase, Points, Progress, Settings, Subject};
use crate::report::{ParameterChange, Results};
use crate::store::RunLog;

/// Expanded uncertainty of a usual gauge, k = 2, for what is said before it was asked. Unit: nm.
const USUAL_GAUGE_NM: u32 = 4_000;

/// Says how many readings the set of points takes, and what a short one costs.
pub(super) fn say_points(settings: &Settings, bench: &dyn Bench, out: &mut Out) {
    let Settings {
        points, repeats, ..
    } = *settings;
    let found = settings.count(Phase::AsFound);
    let left = if settings.adjusts() {
        format!(
            ", {} as left if the pen is adjusted",
            settings.count(Phase::AsLeft)
        )
    } else {
        String::new()
    };
    out.say(format!(
        "points {}: {found} readings as found{left}",
        points.name()
    ));
    if points != Points::Full && !matches!(settings.subject, Subject::Rate | Subject::Current) {
        for line in worth(bench.instruments().depth, points, repeats) {
            out.say(line);
        }
    }
}

/// What fewer points cost, with a usual gauge as long as nobody said what the one at hand is worth.
fn worth(mut inputs: BudgetInputs, points: Points, repeats: u8) -> [String; 2] {
    if inputs.reference_expanded_nm == 0 {
        inputs.reference_expanded_nm = USUAL_GAUGE_NM;
    }
    let here = points.expected(&inputs, repeats);
    let full = Points::Full.expected(&inputs, Points::Full.repeats());
    [
        format!(
            "U of a depth will be about {:.1} um, with all points {:.1} um",
            here.expanded, full.expanded
        ),
        format!(
            "(a gauge of U = {} um, single readings that scatter by {ASSUMED_SCATTER_UM} um)",
            inputs.reference_expanded_nm / 1_000
        ),
    ]
}

/// Says how to go on with a run that was ended early, where another can.
pub(super) fn say_resume(settings: &Settings, log: &mut RunLog<'_>, out: &Out) {
    if let Some(number) = log.resumable() {
        let command = again(settings);
        out.say(format!(
            "what was read is kept: `penctl {command} --resume {number}` goes on with it"
        ));
    }
}

/// A verdict in symbol, word and colour.
pub(crate) fn verdict(out: &Out, verdict: Verdict) -> String {
    out.tone(tone_of(verdict), &verdict.to_string())
}

/// Tells how it goes: steps on stderr, results on stdout.
pub(crate) fn tell(out: &mut Out, progress: &Progress<'_>) {
    match progress {
        Progress::Step(number, of, text) => {
            out.event("step", &json!({ "step": number, "of": of, "text": text }));
            out.say(format!(
                "{} {text}",
                out.tone_err(Tone::Strong, &format!("[{number}/{of}]"))
            ));
        }
        Progress::Note(text) => {
            out.event("note", &json!({ "text": text }));
            out.say(format!("      {text}"));
        }
        Progress::Detail(text) => out.detail(format!("      {text}")),
        Progress::Measured(name, results) => {
            out.event("measured", &json!({ "state": name, "results": results }));
            measured(out, name, results);
        }
        Progress::Proposed(changes) => {
            out.event("proposed", &json!({ "parameters": changes }));
            proposed(out, changes);
        }
        Progress::Committed(generation) => {
            out.event("committed", &json!({ "generation": generation }));
            out.say(format!(
                "      generation {generation} is in force and read back"
            ));
        }
    }
}

fn measured(out: &mut Out, name: &str, results: &Results) {
    let mut table = Table::new(&[
        (name, Align::Left),
        ("reference", Align::Right),
        ("pen says", Align::Right),
        ("deviation", Align::Right),
        ("U", Align::Right),
        ("k", Align::Right),
        ("verdict", Align::Left),
    ]);
    // Values and deviation have a unit of their own each.
    let mut add = |what: &str, values: [&dyn Display; 5], units: [&str; 2], verdict: Verdict| {
        let verdict = results.stated(verdict);
        let [reference, indicated, deviation, expanded, k] = values;
        let [unit, of_deviation] = units;
        table.row([
            what.to_owned(),
            format!("{reference}{unit}"),
            format!("{indicated}{unit}"),
            format!("{deviation}{of_deviation}"),
            format!("{expanded}{of_deviation}"),
            k.to_string(),
            verdict.to_string(),
        ]);
        table.tone(6, tone_of(verdict));
    };
    for row in &results.depth.rows {
        let what = format!("{} um", row.nominal_um);
        let values: [&dyn Display; 5] = [
            &row.reference_um,
            &row.indicated_um,
            &row.deviation_um,
            &row.expanded_um,
            &row.k,
        ];
        add(&what, values, ["", ""], row.verdict);
    }
    for row in results.rate.iter().flat_map(|rate| &rate.rows) {
        let what = format!("{} Hz", row.set_mhz / 1_000);
        let values: [&dyn Display; 5] = [
            &row.reference_hz,
            &row.indicated_hz,
            &row.deviation_percent,
            &row.expanded_percent,
            &row.k,
        ];
        add(&what, values, ["", " %"], row.verdict);
    }
    if let Some(CurrentRun { rest, rises, .. }) = &results.current {
        let values: [&dyn Display; 5] = [
            &rest.reference_ma,
            &rest.indicated_ma,
            &rest.deviation_ma,
            &rest.expanded_ma,
            &rest.k,
        ];
        add("at rest", values, [" mA", " mA"], rest.verdict);
        for row in rises {
            let what = format!("rise {} Hz", row.set_mhz / 1_000);
            let values: [&dyn Display; 5] = [
                &row.reference_ma,
                &row.indicated_ma,
                &row.deviation_percent,
                &row.expanded_percent,
                &row.k,
            ];
            add(&what, values, [" mA", " %"], row.verdict);
        }
    }
    table.print(out);
    out.line("");
}

fn tone_of(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::ConditionalPass | Verdict::ConditionalFail => Tone::Warn,
        Verdict::Fail => Tone::Bad,
    }
}

fn proposed(out: &mut Out, changes: &[ParameterChange]) {
    let mut table = Table::new(&[
        ("parameter", Align::Left),
        ("current", Align::Right),
        ("new", Align::Right),
        ("unit", Align::Left),
        ("allowed", Align::Left),
    ]);
    for change in changes {
        let ParameterChange {
            name,
            old,
            new,
            unit,
            allowed,
        } = change;
        table.row([name, old, new, unit, allowed]);
    }
    table.print(out);
    out.line("");
}

#[cfg(test)]
mod tests;
