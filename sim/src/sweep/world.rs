//! The pool of pens, each with the course of its healthy session, and where in it the phases lie.

use super::gather::Case;
use super::phase::{Moment, Phase};
use super::script::Script;
use super::setup::{END_MS, RELEASED_MS, Setup, Work, step};
use super::source::{Source, reset_first};
use super::trial::{self, Make, Trial};
use crate::rng::Seed;
use crate::scenario::{Action, RunError};

/// How long a session goes on after something went wrong (ms).
const AFTER_MS: u64 = 2_200;

/// A pen, and every millisecond of a session in which nothing goes wrong.
#[derive(Clone, Debug)]
struct Healthy {
    setup: Setup,
    course: Vec<Moment>,
}

/// Everything that all units share.
pub(super) struct World {
    pub(super) seed: Seed,
    pub(super) second_switch: bool,
    pool: Vec<Healthy>,
    /// What the processors of this world are.
    pub(super) make: Box<Make>,
}

/// A pen and the milliseconds in which a phase is on.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    setup: Setup,
    times: Vec<u64>,
}

impl Spot {
    /// One of its times: the first, the last, or any.
    fn time(&self, pick: usize, chance: Seed, tick: u64) -> u64 {
        let count = u64::try_from(self.times.len()).unwrap_or(0);
        let any = chance.below(40, tick, count.max(1));
        let place = match pick {
            0 => 0,
            1 => self.times.len().saturating_sub(1),
            _ => usize::try_from(any).unwrap_or(0),
        };
        self.times.get(place).copied().unwrap_or(0)
    }
}

/// Numbers by which one session is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    /// Which of the spots.
    pub(super) spot: usize,
    /// When (ms).
    pub(super) at_ms: u64,
    /// The number of the fault.
    pub(super) value: i64,
    /// What else is drawn.
    pub(super) tick: u64,
}

impl World {
    /// Draws the pool and runs each pen's healthy session once.
    ///
    /// # Errors
    /// [`RunError`].
    pub(super) fn new(seed: u64, second_switch: bool, make: Box<Make>) -> Result<Self, RunError> {
        let seed = Seed::new(seed).derive("sweep");
        let mut pool = Vec::new();
        for setup in Setup::pool(seed.derive("pool"), second_switch) {
            let script = Script::new(setup, Vec::new(), END_MS);
            let mut course = Vec::new();
            trial::observe(&script, &*make, |now| course.push(*now))?;
            pool.push(Healthy { setup, course });
        }
        Ok(Self {
            seed,
            second_switch,
            pool,
            make,
        })
    }

    /// Where a source can strike in a phase.
    pub(super) fn spots(&self, sources: &[Source], phase: Phase) -> Vec<Spot> {
        let usable = |healthy: &&Healthy| {
            sources.iter().all(|source| source.fits(&healthy.setup))
                && (phase == Phase::PowerUp) <= (healthy.setup.work == Work::Treatment)
        };
        self.pool
            .iter()
            .filter(usable)
            .filter_map(|healthy| {
                let times: Vec<u64> = healthy
                    .course
                    .iter()
                    .filter(|now| phase.holds(now))
                    .map(|now| now.ms)
                    .collect();
                (!times.is_empty()).then_some(Spot {
                    setup: healthy.setup,
                    times,
                })
            })
            .collect()
    }

    /// Aims at one of the spots: `pick` 0 and 1 at a phase's first and last millisecond, others anywhere.
    pub(super) fn aim(
        spots: &[Spot],
        pick: usize,
        value: i64,
        chance: Seed,
        tick: u64,
    ) -> Option<Aim> {
        let count = u64::try_from(spots.len()).ok()?;
        let spot = usize::try_from(chance.below(41, tick, count.max(1))).ok()?;
        let at_ms = spots.get(spot)?.time(pick, chance, tick);
        Some(Aim {
            spot,
            at_ms,
            value,
            tick,
        })
    }

    /// The nearest time of the same phase and pen to this one (ms).
    pub(super) fn nearest(spots: &[Spot], spot: usize, wanted_ms: u64) -> Option<u64> {
        let times = &spots.get(spot)?.times;
        times
            .iter()
            .copied()
            .min_by_key(|ms| ms.abs_diff(wanted_ms))
    }

    /// The session in which sources strike, the first at the aim, each other one so much later.
    pub(super) fn case(
        &self,
        spots: &[Spot],
        aim: &Aim,
        phase: Phase,
        strikes: &[(Source, i64, u64)],
        chance: Seed,
    ) -> Option<Case> {
        let setup = spots.get(aim.spot)?.setup;
        let mut steps = Vec::new();
        let mut text = String::new();
        let mut at_ms = aim.at_ms;
        if let Some((reset, after_ms)) = reset_first(phase, at_ms, chance, aim.tick) {
            if let Action::Reboot { cause } = &reset.action {
                text = format!("reset {cause:?} at {at_ms} ms, ");
            }
            steps.push(reset);
            at_ms += after_ms;
        }
        let mut sources = Vec::new();
        for (source, value, later_ms) in strikes {
            let when_ms = at_ms + later_ms;
            let held = Script::holds_trigger(&setup, when_ms);
            steps.extend(source.strike(*value, when_ms, held, &setup));
            let name = source.name();
            let number = source.range();
            let number = if number.min == number.max {
                String::new()
            } else {
                format!(" = {value}")
            };
            let comma = if sources.is_empty() { "" } else { ", " };
            text.push_str(&format!("{comma}{name}{number} at {when_ms} ms"));
            sources.push(name);
        }
        // A hand that sees the pen start anew lets go at the latest when it would have anyway.
        let end_ms = (at_ms + AFTER_MS).clamp(3_900, END_MS + 300);
        let mut script = Script::new(setup, steps, end_ms);
        script.strikes_ms = aim.at_ms;
        let restarts = strikes.iter().any(|(source, ..)| source.restarts());
        if (phase.reset_in().is_some() || restarts) && setup.work == Work::Treatment {
            begin_again(&mut script, at_ms);
        }
        Some(Case {
            script,
            phase,
            sources,
            text,
        })
    }

    /// Runs a case.
    ///
    /// # Errors
    /// [`RunError`].
    pub(super) fn run(&self, case: &Case) -> Result<Trial, RunError> {
        trial::run(&case.script, case.phase, &*self.make)
    }
}

/// After a reset, and when the trigger is free, the host introduces itself, acknowledges what was
/// latched and loads the plan again, and a zone is confirmed: so that a second activation can follow.
fn begin_again(script: &mut Script, after_ms: u64) {
    let plan = "main".to_owned();
    let again_ms = (after_ms + 350).max(RELEASED_MS + 150);
    let more = [
        step(again_ms, Action::Hello {}),
        step(again_ms + 10, Action::Acknowledge {}),
        step(again_ms + 60, Action::LoadPlan { plan }),
        step(again_ms + 200, Action::PressOk { ms: 60 }),
    ];
    script.steps.extend(more);
    script.steps.sort_by_key(|step| step.at_ms);
    script.steps.retain(|step| step.at_ms < script.end_ms);
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("pens", &self.pool.len())
            .finish_non_exhaustive()
    }
}
