//! What must come of a scenario.

use pen_core::fault::Fault;
use pen_core::journal::Entry;
use pen_core::mode::Mode;
use pen_protocol::messages::ToHost;
use serde::Deserialize;

use crate::monitor::Monitors;

/// One expectation. Times are ms of true time since the start of the scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "that", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expect {
    /// The firmware is in this mode at this time.
    Mode {
        /// When.
        at_ms: u64,
        /// Which.
        is: Mode,
    },
    /// The firmware latches this fault first, between `from_ms` and `by_ms`.
    Fault {
        /// Which.
        is: Fault,
        /// Not before.
        #[serde(default)]
        from_ms: u64,
        /// Not after.
        by_ms: u64,
    },
    /// No fault is latched in the whole run.
    NoFault {},
    /// A labelled request is done.
    Done {
        /// Label of the step.
        step: String,
    },
    /// A labelled request is refused, with these words in the refusal.
    Refused {
        /// Label of the step.
        step: String,
        /// Text that the refusal contains, such as `TooDeep`.
        why: String,
    },
    /// A labelled request gets any answer that contains these words.
    Answered {
        /// Label of the step.
        step: String,
        /// Text that the answer contains.
        with: String,
    },
    /// A labelled request gets no answer at all.
    Unanswered {
        /// Label of the step.
        step: String,
    },
    /// The journal holds a record that contains these words.
    Record {
        /// Text that the record contains, such as `DepthAboveCap`.
        with: String,
        /// How often at least.
        #[serde(default = "once")]
        at_least: usize,
        /// How often at most.
        at_most: Option<usize>,
    },
    /// The supply's torque is gone within a bound of an onset, and was there at the onset.
    Brakes {
        /// The physical onset.
        from_ms: u64,
        /// The bound.
        within_ms: f64,
    },
    /// The needles do not move.
    Stands {
        /// From.
        from_ms: u64,
        /// To.
        to_ms: u64,
    },
    /// The needles move.
    Treats {
        /// From.
        from_ms: u64,
        /// To.
        to_ms: u64,
        /// At least so many strokes.
        min_strokes: usize,
        /// At most so many strokes.
        max_strokes: Option<usize>,
    },
    /// The true peak protrusion stays below a bound while the needles move.
    Peak {
        /// The bound.
        max_um: f64,
    },
    /// Every turn in the window is within a share of a rate.
    Rate {
        /// From.
        from_ms: u64,
        /// To.
        to_ms: u64,
        /// The rate.
        hz: f64,
        /// The share, either way.
        percent: f64,
    },
    /// What was broken does no harm here, and this is why.
    Benign {
        /// The reason.
        why: String,
    },
}

const fn once() -> usize {
    1
}

/// What is known when all is over.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    /// The judges' account.
    pub(super) monitors: &'a Monitors,
    /// Modes as they changed: time (ms) and mode.
    pub(super) modes: &'a [(u64, Mode)],
    /// Faults as they were latched: time (ms) and fault.
    pub(super) faults: &'a [(u64, Fault)],
    /// Answers by label.
    pub(super) answers: &'a [(String, ToHost)],
    /// The journals.
    pub(super) journal: &'a [Entry],
}

/// Whether an expectation was met, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It was met.
    pub held: bool,
    /// What was expected and what was seen.
    pub text: String,
}

impl Expect {
    /// Whether this expectation looks at the effect of a fault (PROOF-005).
    pub(super) const fn observes_a_fault(&self) -> bool {
        matches!(
            self,
            Self::Fault { .. }
                | Self::Record { .. }
                | Self::Refused { .. }
                | Self::Answered { .. }
                | Self::Unanswered { .. }
                | Self::Brakes { .. }
                | Self::Benign { .. }
        )
    }

    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Self::Done { step }
            | Self::Refused { step, .. }
            | Self::Answered { step, .. }
            | Self::Unanswered { step } => Some(step),
            _ => None,
        }
    }

    /// Judges.
    pub(super) fn judge(&self, seen: &Evidence<'_>) -> Outcome {
        match self {
            Self::Mode { at_ms, is } => {
                let now = seen
                    .modes
                    .iter()
                    .rev()
                    .find(|(at, _)| at <= at_ms)
                    .map(|(_, mode)| *mode);
                outcome(
                    now == Some(*is),
                    format!("mode {is:?} at {at_ms} ms: was {now:?}"),
                )
            }
            Self::Fault { is, from_ms, by_ms } => {
                let hit = seen.faults.iter().find(|(at, _)| at >= from_ms);
                let held = hit.is_some_and(|(at, fault)| fault == is && at <= by_ms);
                outcome(
                    held,
                    format!("fault {is:?} within {from_ms}..{by_ms} ms: {hit:?}"),
                )
            }
            Self::NoFault {} => outcome(
                seen.faults.is_empty(),
                format!("no fault: {:?}", seen.faults),
            ),
            Self::Done { step } => answer(seen, step, "Done"),
            Self::Refused { step, why } => answer(seen, step, why),
            Self::Answered { step, with } => answer(seen, step, with),
            Self::Unanswered { step } => {
                let found = seen.answers.iter().find(|(label, _)| label == step);
                outcome(found.is_none(), format!("`{step}` unanswered: {found:?}"))
            }
            Self::Record {
                with,
                at_least,
                at_most,
            } => record(seen, with, *at_least, at_most.unwrap_or(usize::MAX)),
            Self::Benign { why } => outcome(true, format!("benign: {why}")),
            Self::Brakes { .. }
            | Self::Stands { .. }
            | Self::Treats { .. }
            | Self::Peak { .. }
            | Self::Rate { .. } => self.judge_motion(seen.monitors),
        }
    }

    fn judge_motion(&self, truth: &Monitors) -> Outcome {
        match self {
            Self::Brakes { from_ms, within_ms } => brakes(truth, *from_ms, *within_ms),
            Self::Stands { from_ms, to_ms } => {
                let turns = window(truth, *from_ms, *to_ms).count();
                outcome(
                    turns == 0,
                    format!("stands {from_ms}..{to_ms} ms: {turns} turns"),
                )
            }
            Self::Treats {
                from_ms,
                to_ms,
                min_strokes,
                max_strokes,
            } => {
                let turns = window(truth, *from_ms, *to_ms).count();
                let most = max_strokes.unwrap_or(usize::MAX);
                let held = (*min_strokes..=most).contains(&turns);
                outcome(
                    held,
                    format!("treats {from_ms}..{to_ms} ms: {turns} strokes"),
                )
            }
            Self::Peak { max_um } => {
                let peak = truth
                    .turns()
                    .iter()
                    .map(|(_, _, peak)| *peak)
                    .fold(0.0, f64::max);
                outcome(
                    peak <= *max_um,
                    format!("peak at most {max_um} um: {peak:.0} um"),
                )
            }
            Self::Rate {
                from_ms,
                to_ms,
                hz,
                percent,
            } => {
                let off = window(truth, *from_ms, *to_ms)
                    .map(|(_, rate, _)| 100.0 * (rate / hz - 1.0))
                    .fold((0.0_f64, 0.0_f64), |(low, high), off| {
                        (low.min(off), high.max(off))
                    });
                let some = window(truth, *from_ms, *to_ms).count() > 2;
                let held = some && -off.0 <= *percent && off.1 <= *percent;
                let text = format!(
                    "{hz} Hz +-{percent} % in {from_ms}..{to_ms} ms: {:+.1} .. {:+.1} %",
                    off.0, off.1
                );
                outcome(held, text)
            }
            _ => outcome(false, "not a judgement of motion".to_owned()),
        }
    }
}

fn outcome(held: bool, text: String) -> Outcome {
    Outcome { held, text }
}

fn answer(seen: &Evidence<'_>, step: &str, with: &str) -> Outcome {
    let mut found = seen
        .answers
        .iter()
        .filter(|(label, _)| label == step)
        .peekable();
    let any = found.peek().is_some();
    let all: Vec<String> = found.map(|(_, answer)| format!("{answer:?}")).collect();
    let held = any && all.iter().all(|text| text.contains(with));
    outcome(
        held,
        format!("`{step}` answered with {with}: {}", all.join(" | ")),
    )
}

fn record(seen: &Evidence<'_>, with: &str, at_least: usize, at_most: usize) -> Outcome {
    let count = seen
        .journal
        .iter()
        .filter(|entry| format!("{:?}", entry.record).contains(with))
        .count();
    let held = (at_least..=at_most).contains(&count);
    outcome(
        held,
        format!("record with {with}: {count} of {}", seen.journal.len()),
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a run, far below 2^53"
)]
fn brakes(truth: &Monitors, from_ms: u64, within_ms: f64) -> Outcome {
    let from_us = from_ms * 1_000;
    let (by_then, later) = truth
        .torque
        .split_at(truth.torque.partition_point(|(at, _)| *at <= from_us));
    if !by_then.last().is_some_and(|(_, driven)| *driven) {
        return outcome(
            false,
            format!("brakes after {from_ms} ms: was not driven then"),
        );
    }
    let off = later.iter().find(|(_, driven)| !driven);
    let took = off.map(|(at, _)| (at - from_us) as f64 / 1e3);
    let held = took.is_some_and(|took| took <= within_ms);
    outcome(
        held,
        format!("brakes within {within_ms} ms of {from_ms} ms: {took:?} ms"),
    )
}

fn window(truth: &Monitors, from_ms: u64, to_ms: u64) -> impl Iterator<Item = &(u64, f64, f64)> {
    truth
        .turns()
        .iter()
        .filter(move |(at, _, _)| (from_ms * 1_000..to_ms * 1_000).contains(at))
}

#[cfg(test)]
mod tests;
