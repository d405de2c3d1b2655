//! Collects what the sessions of one unit came to, and keeps the script of the worst of each rule.

use std::collections::BTreeMap;

use super::except;
use super::phase::Phase;
use super::script::Script;
use super::shrink::{self, Target};
use super::trial::{Make, Trial};
use super::unit::{Seen, UnitReport, rounded};
use crate::scenario::RunError;

/// Scenario files that one unit may write: the worst rules first.
const FILES: usize = 2;

/// The source of a session in which nothing goes wrong.
pub(super) const NOTHING: &str = "no fault";

/// One session on trial: its script and what is said of it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) script: Script,
    pub(super) phase: Phase,
    /// Names of what goes wrong.
    pub(super) sources: Vec<String>,
    /// The same with numbers and times.
    pub(super) text: String,
}

impl Case {
    /// Nothing goes wrong in it.
    pub(super) fn breaks_nothing(&self) -> bool {
        self.sources.iter().all(|source| source == NOTHING)
    }
}

/// Everything about one unit so far.
#[derive(Debug)]
pub(super) struct Gather {
    report: UnitReport,
    second_switch: bool,
    /// By rule and exception: the worst so far, and its case. Apart, so that what has an exception never
    /// hides what has none.
    worst: BTreeMap<(String, Option<usize>), (Seen, Case)>,
    faults: BTreeMap<String, u32>,
}

impl Gather {
    pub(super) fn new(number: usize, source: String, phase: &str, second_switch: bool) -> Self {
        Self {
            report: UnitReport {
                number,
                source,
                phase: phase.to_owned(),
                ..UnitReport::default()
            },
            second_switch,
            worst: BTreeMap::new(),
            faults: BTreeMap::new(),
        }
    }

    fn exception(&self, case: &Case, rule: &str) -> Option<usize> {
        except::find(&case.sources, case.phase, rule, self.second_switch)
    }

    /// Counts a session. Returns its worst ratio, exceptions left out.
    pub(super) fn count(&mut self, case: &Case, trial: &Trial) -> f64 {
        self.report.sessions += 1;
        self.report.drives += trial.drives;
        if let Some(fault) = trial.fault {
            self.report.faulted += 1;
            *self.faults.entry(format!("{fault:?}")).or_default() += 1;
        }
        if !trial.reached {
            return 0.0;
        }
        self.report.reached += 1;
        let mut worst = 0.0_f64;
        for measure in &trial.measures {
            let ratio = rounded(measure.ratio());
            let exception = self.exception(case, &measure.rule);
            if exception.is_none() {
                worst = worst.max(ratio);
            }
            let seen = Seen {
                rule: measure.rule.clone(),
                ratio,
                worst: rounded(measure.worst),
                bound: rounded(measure.bound),
                case: case.text.clone(),
                seed: case.script.setup.seed,
                times: u32::from(ratio > 1.0),
                exception,
                file: None,
            };
            let key = (measure.rule.clone(), exception);
            match self.worst.get_mut(&key) {
                None => {
                    self.worst.insert(key, (seen, case.clone()));
                }
                Some((known, known_case)) => {
                    let times = known.times + seen.times;
                    if ratio > known.ratio {
                        *known = seen;
                        *known_case = case.clone();
                    }
                    known.times = times;
                }
            }
        }
        self.report.broken += u32::from(worst > 1.0);
        worst
    }

    /// Ends the unit: shrinks the worst violations and writes them down.
    ///
    /// # Errors
    /// [`RunError`] of a shrunken session.
    pub(super) fn end(mut self, make: &Make) -> Result<UnitReport, RunError> {
        let mut all: Vec<(Seen, Case)> = std::mem::take(&mut self.worst).into_values().collect();
        all.sort_by(|(one, _), (other, _)| other.ratio.total_cmp(&one.ratio));
        self.report.worst = all
            .iter()
            .find(|(seen, _)| seen.exception.is_none())
            .map(|(seen, _)| seen.clone());
        all.retain(|(seen, _)| seen.ratio > 1.0);
        for (mut seen, case) in all {
            if seen.exception.is_none() && self.report.files.len() < FILES {
                let target = Target {
                    rule: &seen.rule,
                    phase: case.phase,
                };
                let small = shrink::shrink(&case.script, &target, make)?;
                let name = self.file_name();
                let text = told(&small, &seen, &case, &self.report.phase);
                self.report.files.push((name.clone(), text));
                seen.file = Some(name);
            }
            self.report.seen.push(seen);
        }
        self.report.faults = self.faults.into_iter().collect();
        Ok(self.report)
    }

    fn file_name(&self) -> String {
        let UnitReport {
            number,
            source,
            phase,
            files,
            ..
        } = &self.report;
        let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let letter = if files.is_empty() { 'a' } else { 'b' };
        format!(
            "{number:05}{letter}_{}_{}.toml",
            plain(source),
            plain(phase)
        )
    }
}

fn told(script: &Script, seen: &Seen, case: &Case, phase: &str) -> String {
    let title = format!("{}: {phase}", case.sources.join(" and "));
    let why = format!(
        "Found by pen-sim sweep, then made as short as it still breaks the rule.\n{}: {} of {}, by {}.",
        seen.rule, seen.worst, seen.bound, seen.case
    );
    // A bound has no number of its own in the book; most of them guard the stop.
    let requirement = match seen.rule.split(':').next() {
        Some(id) if id != "bound" => id,
        _ => "STOP-002",
    };
    script.text(&title, requirement, &why)
}

#[cfg(test)]
mod tests {
    use pen_core::profile::Mechanism;

    use super::super::judge::Measure;
    use super::super::setup::{Setup, Work};
    use super::{Case, Gather, Phase, Script, Trial};
    use crate::rng::Seed;

    const RULE: &str = "STOP-002: ms from brake to last entry";

    fn session(source: &str, worst: f64) -> (Case, Trial) {
        let setup = Setup::draw(Seed::new(1), 1, Work::Treatment, Mechanism::Ring, false);
        let case = Case {
            script: Script::new(setup, Vec::new(), 1_000),
            phase: Phase::PowerUp,
            sources: vec![source.to_owned()],
            text: source.to_owned(),
        };
        let trial = Trial {
            measures: vec![Measure {
                rule: RULE.to_owned(),
                worst,
                bound: 30.0,
                broken_at_us: Some(1),
            }],
            reached: true,
            fault: None,
            drives: 1,
        };
        (case, trial)
    }

    #[test]
    fn what_has_an_exception_does_not_hide_what_has_none() {
        for turned in [false, true] {
            let mut sessions = [
                session("bridge.stuck_on", 900.0),
                session("hall.lost", 31.0),
            ];
            if turned {
                sessions.reverse();
            }
            let mut gather = Gather::new(0, "random faults".to_owned(), "any", false);
            for (case, trial) in &sessions {
                gather.count(case, trial);
            }
            let violations: Vec<f64> = gather
                .worst
                .values()
                .filter(|(seen, _)| seen.exception.is_none() && seen.ratio > 1.0)
                .map(|(seen, _)| seen.worst)
                .collect();
            assert_eq!(violations, [31.0]);
            assert_eq!(gather.report.broken, 1);
        }
    }
}
