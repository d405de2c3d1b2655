//! The result for people: the table of margins, what was broken, and what has an exception.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::except::TABLE;
use super::interval::clopper_pearson;
use super::phase::Phase;
use super::unit::{Seen, UnitReport};
use super::{Settings, Slice, Task};

/// Violations without an exception.
#[must_use]
pub fn count_violations<'a>(reports: impl Iterator<Item = &'a UnitReport>) -> usize {
    reports.map(|report| report.violations().count()).sum()
}

/// The whole result. `folder` is where the files are.
#[must_use]
pub fn text(settings: &Settings, reports: &[&UnitReport], folder: &str) -> String {
    let mut text = match settings.task {
        Task::Singles => margins(reports),
        Task::Pairs(_) => format!("{} pairs\n", reports.len()),
        Task::Random { .. } => String::new(),
    };
    if settings.task != Task::Singles {
        text.push_str(&counts(reports));
    }
    text.push_str(&violations(reports, folder));
    text.push_str(&exceptions(settings, reports));
    text.push_str(&sum(reports));
    text
}

/// A row for each source, a column for each phase.
fn margins(reports: &[&UnitReport]) -> String {
    let mut text = String::from(
        "worst value over bound of the tightest rule; ! broken, e broken with an exception, - not reached\n\n",
    );
    let _ = write!(text, "{:<26}", "");
    for phase in Phase::ALL {
        let _ = write!(text, "{:>6} ", phase.name().1);
    }
    text.push_str(" tightest rule\n");
    let mut rows: Vec<(&str, Vec<&UnitReport>)> = Vec::new();
    for report in reports {
        match rows.last_mut() {
            Some((source, row)) if *source == report.source => row.push(report),
            _ => rows.push((&report.source, vec![report])),
        }
    }
    for (source, row) in rows {
        let _ = write!(text, "{source:<26}");
        for phase in Phase::ALL {
            let cell = row.iter().find(|report| report.phase == phase.name().0);
            text.push_str(&cell.map_or_else(|| "       ".to_owned(), |report| margin(report)));
        }
        let worst = row.iter().filter_map(|report| report.worst.as_ref());
        let worst = worst.max_by(|one, other| one.ratio.total_cmp(&other.ratio));
        let _ = writeln!(text, " {}", worst.map_or("", |seen| seen.rule.as_str()));
    }
    text
}

fn margin(report: &UnitReport) -> String {
    let Some(worst) = report.worst.as_ref().filter(|_| report.reached > 0) else {
        return format!("{:>6} ", "-");
    };
    let mark = if worst.ratio > 1.0 {
        "!"
    } else if report.seen.iter().any(|seen| seen.exception.is_some()) {
        "e"
    } else {
        " "
    };
    if worst.ratio < 99.5 {
        format!("{:>6.2}{mark}", worst.ratio)
    } else {
        format!("{:>6.0}{mark}", worst.ratio)
    }
}

fn percent((low, high): (f64, f64)) -> String {
    format!("{:.4} to {:.4} %", 100.0 * low, 100.0 * high)
}

/// How often what happened, with 95 % intervals.
fn counts(reports: &[&UnitReport]) -> String {
    let all = |what: fn(&UnitReport) -> u32| -> u64 {
        reports.iter().map(|report| u64::from(what(report))).sum()
    };
    let sessions = all(|report| report.sessions);
    let mut text = format!(
        "{sessions} sessions with {} drives; intervals are exact (Clopper-Pearson), 95 %\n",
        all(|report| report.drives)
    );
    let mut line = |count: u64, what: &str| {
        let interval = percent(clopper_pearson(count, sessions));
        let _ = writeln!(text, "{count:>8}  {interval:<24} {what}");
    };
    line(
        all(|report| report.broken),
        "broke a rule without an exception",
    );
    let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
    for seen in reports.iter().flat_map(|report| report.violations()) {
        *rules.entry(&seen.rule).or_default() += u64::from(seen.times);
    }
    for (rule, count) in rules {
        line(count, &format!("  {rule}"));
    }
    line(all(|report| report.faulted), "latched a fault");
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    for (fault, count) in reports.iter().flat_map(|report| &report.faults) {
        *faults.entry(fault).or_default() += u64::from(*count);
    }
    for (fault, count) in faults {
        line(count, &format!("  {fault}"));
    }
    text
}

fn violations(reports: &[&UnitReport], folder: &str) -> String {
    let mut text = String::new();
    for report in reports {
        for seen in report.violations() {
            let Seen {
                rule,
                worst,
                bound,
                case,
                seed,
                times,
                file,
                ..
            } = seen;
            let _ = write!(
                text,
                "\nBROKEN {rule}: {worst:.2} of {bound:.2}\n       {case} ({}), seed {seed}; {times} of {} sessions\n",
                report.phase, report.sessions
            );
            if let Some(file) = file {
                let _ = writeln!(text, "       {folder}/{file}");
            }
        }
    }
    text
}

fn exceptions(settings: &Settings, reports: &[&UnitReport]) -> String {
    let mut text = String::new();
    let seen: Vec<&Seen> = reports.iter().flat_map(|report| &report.seen).collect();
    let is_whole = settings.task == Task::Singles && settings.slice == Slice::WHOLE;
    for (place, exception) in TABLE.iter().enumerate() {
        let mine = seen.iter().filter(|seen| seen.exception == Some(place));
        let worst = mine
            .clone()
            .max_by(|one, other| one.ratio.total_cmp(&other.ratio));
        // One disturbance at a time is never two.
        let applies = exception.pens.has(settings.second_switch) && exception.broken.len() == 1;
        let name = exception.name();
        match worst {
            Some(worst) => {
                let _ = write!(
                    text,
                    "\nexcept {name}: {} times, worst {}: {:.2} of {:.2}\n       remedy: {}\n",
                    mine.count(),
                    worst.rule,
                    worst.worst,
                    worst.bound,
                    exception.remedy
                );
            }
            None if is_whole && applies => {
                let _ = writeln!(
                    text,
                    "\nexcept {name}: not needed on these pens ({}): if on no others either, take it out of \
                     sim/src/sweep/except.rs",
                    exception.remedy
                );
            }
            None => {}
        }
    }
    text
}

fn sum(reports: &[&UnitReport]) -> String {
    let sessions: u64 = reports
        .iter()
        .map(|report| u64::from(report.sessions))
        .sum();
    let unreached = reports.iter().filter(|report| report.reached == 0).count();
    let excepted = reports
        .iter()
        .flat_map(|report| &report.seen)
        .filter(|seen| seen.exception.is_some());
    format!(
        "\n{} units, {sessions} sessions: {} violations, {} with an exception, {unreached} units not reached\n",
        reports.len(),
        count_violations(reports.iter().copied()),
        excepted.count(),
    )
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::sweep::{Seen, Settings, Slice, Task, UnitReport};

    fn seen(ratio: f64, exception: Option<usize>) -> Seen {
        Seen {
            rule: "bound: x".to_owned(),
            ratio,
            worst: 20.0 * ratio,
            bound: 20.0,
            case: "a.b = 3 at 1500 ms".to_owned(),
            seed: 9,
            times: 2,
            exception,
            file: Some("00001a_a_b_run.toml".to_owned()),
        }
    }

    fn unit(phase: &str, worst: f64, broken: Vec<Seen>) -> UnitReport {
        UnitReport {
            source: "a.b".to_owned(),
            phase: phase.to_owned(),
            sessions: 4,
            reached: 4,
            worst: Some(seen(worst, None)),
            seen: broken,
            ..UnitReport::default()
        }
    }

    #[test]
    fn the_table_tells_margins_violations_exceptions_and_what_is_not_reached() {
        let settings = Settings {
            task: Task::Singles,
            seed: 1,
            slice: Slice::WHOLE,
            refine: 0,
            second_switch: false,
        };
        let units = [
            UnitReport {
                reached: 0,
                ..unit("boot", 0.0, Vec::new())
            },
            unit("run", 1.5, vec![seen(1.5, None)]),
            unit("rest", 0.25, vec![seen(3.0, Some(0))]),
        ];
        let all: Vec<&UnitReport> = units.iter().collect();
        let told = text(&settings, &all, "out");
        let row = told.lines().find(|line| line.starts_with("a.b")).unwrap();
        assert!(
            row.contains(" - ") && row.contains("1.50!") && row.contains("0.25e"),
            "{row}"
        );
        assert!(told.contains("BROKEN bound: x: 30.00 of 20.00"));
        assert!(told.contains("out/00001a_a_b_run.toml"));
        assert!(told.contains("except bridge.stuck_on or bridge.short_percent: 1 times"));
        assert!(told.contains("bridge.brake_open or bridge.open: not needed on these pens"));
        assert!(told.contains("1 violations, 1 with an exception, 1 units not reached"));
    }
}
