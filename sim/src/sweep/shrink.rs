//! Makes a session that breaks a rule as short and plain as it still breaks it.

use super::phase::Phase;
use super::script::Script;
use super::trial::{self, Make};
use crate::fault::Knob;
use crate::scenario::{Action, RunError};

/// Sessions that shrinking may take.
const TRIALS: u32 = 45;

/// Time left after the rule was broken (ms).
const AFTER_MS: u64 = 100;

/// What must stay broken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) rule: &'a str,
    /// The phase that was struck; a shorter session need not go through it.
    pub(super) phase: Phase,
}

struct Shrinker<'a> {
    target: &'a Target<'a>,
    make: &'a Make,
    best: Script,
    left: u32,
}

/// The shortest session that was found to break the same rule.
///
/// # Errors
/// [`RunError`].
pub(super) fn shrink(
    script: &Script,
    target: &Target<'_>,
    make: &Make,
) -> Result<Script, RunError> {
    let mut shrinker = Shrinker {
        target,
        make,
        best: script.clone(),
        left: TRIALS,
    };
    shrinker.cut_end()?;
    shrinker.drop_steps()?;
    shrinker.plain_values()?;
    shrinker.round_times()?;
    shrinker.plain_pen()?;
    shrinker.cut_end()?;
    Ok(shrinker.best)
}

impl Shrinker<'_> {
    /// When the rule is first broken (us), if it is.
    fn broken_at(&mut self, script: &Script) -> Result<Option<u64>, RunError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let trial = trial::run(script, self.target.phase, self.make)?;
        let measure = trial
            .measures
            .into_iter()
            .find(|measure| measure.rule == self.target.rule);
        Ok(measure.and_then(|measure| measure.broken_at_us))
    }

    /// Takes a change if the rule is still broken with it.
    fn try_with(&mut self, change: impl FnOnce(&mut Script)) -> Result<bool, RunError> {
        let mut script = self.best.clone();
        change(&mut script);
        let holds = self.broken_at(&script)?.is_some();
        if holds {
            self.best = script;
        }
        Ok(holds)
    }

    /// Nothing matters that comes after the rule was broken.
    fn cut_end(&mut self) -> Result<(), RunError> {
        let best = self.best.clone();
        let Some(at_us) = self.broken_at(&best)? else {
            return Ok(());
        };
        let end_ms = (at_us / 1_000 + AFTER_MS).next_multiple_of(100);
        if end_ms < self.best.end_ms {
            self.try_with(|script| {
                script.end_ms = end_ms;
                script.steps.retain(|step| step.at_ms < end_ms);
            })?;
        }
        Ok(())
    }

    fn drop_steps(&mut self) -> Result<(), RunError> {
        for place in (0..self.best.steps.len()).rev() {
            self.try_with(|script| {
                script.steps.remove(place);
            })?;
        }
        Ok(())
    }

    /// The usual number of each fault instead of an odd one, or a round one near it.
    fn plain_values(&mut self) -> Result<(), RunError> {
        for place in 0..self.best.steps.len() {
            let Some((usual, odd)) = self
                .best
                .steps
                .get(place)
                .and_then(|step| number(&step.action))
            else {
                continue;
            };
            for plain in [usual, round(odd, 100), round(odd, 10)] {
                let done = plain == odd
                    || self.try_with(|script| {
                        if let Some(step) = script.steps.get_mut(place)
                            && let Action::Break { value, .. } = &mut step.action
                        {
                            *value = Some(plain);
                        }
                    })?;
                if done {
                    break;
                }
            }
        }
        Ok(())
    }

    fn round_times(&mut self) -> Result<(), RunError> {
        for unit in [100, 10] {
            for place in 0..self.best.steps.len() {
                let Some(at_ms) = self.best.steps.get(place).map(|step| step.at_ms) else {
                    continue;
                };
                let round_ms = at_ms.next_multiple_of(unit);
                if round_ms == at_ms || round_ms >= self.best.end_ms {
                    continue;
                }
                self.try_with(|script| {
                    if let Some(step) = script.steps.get_mut(place) {
                        step.at_ms = round_ms;
                    }
                    script.steps.sort_by_key(|step| step.at_ms);
                })?;
            }
        }
        Ok(())
    }

    /// A pen as drawn, at the usual rate.
    fn plain_pen(&mut self) -> Result<(), RunError> {
        self.try_with(|script| script.setup.tolerances = false)?;
        self.try_with(|script| script.setup.rate_hz = 100)?;
        self.try_with(|script| script.setup.seed = 1)?;
        Ok(())
    }
}

/// The usual and the present number of a fault that has one.
fn number(action: &Action) -> Option<(i64, i64)> {
    let Action::Break {
        component,
        kind,
        value: Some(value),
    } = action
    else {
        return None;
    };
    let knob = Knob::find(component, kind).ok()?;
    Some((knob.info().default, *value))
}

fn round(value: i64, unit: i64) -> i64 {
    value / unit * unit
}
