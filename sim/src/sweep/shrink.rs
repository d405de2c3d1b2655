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

#[cfg(test)]
mod tests {
    use super::{Target, shrink};
    use crate::fault::Knob;
    use crate::scenario::{Action, Scenario};
    use crate::sweep::native;
    use crate::sweep::phase::Phase;
    use crate::sweep::script::Script;
    use crate::sweep::source::Source;
    use crate::sweep::trial;
    use crate::sweep::world::World;

    /// A brake that cannot brake, and three faults that have nothing to do with it.
    fn broken() -> (Script, String) {
        let world = World::new(1, false, native()).unwrap();
        let brake = Source::Knob(Knob::BridgeBrakeOpen);
        let spots = world.spots(&[brake], Phase::Run);
        let aim = World::aim(&spots, 0, 1, world.seed, 1).unwrap();
        let strikes = [
            (brake, 1, 0),
            (Source::Knob(Knob::SkinDull), 137, 3),
            (Source::Knob(Knob::TagBurnFails), 1, 7),
            (Source::Knob(Knob::ToHostGarbage), 33, 9),
        ];
        let case = world
            .case(&spots, &aim, Phase::Run, &strikes, world.seed)
            .unwrap();
        (case.script, "bound: entries after the drive".to_owned())
    }

    #[test]
    fn what_is_left_still_breaks_the_rule_and_is_a_scenario() {
        let (script, rule) = broken();
        let target = Target {
            rule: &rule,
            phase: Phase::Run,
        };
        let make = native();
        let small = shrink(&script, &target, &*make).unwrap();
        let breaks = |step: &&crate::scenario::Step| matches!(step.action, Action::Break { .. });
        let faults: Vec<_> = small.steps.iter().filter(breaks).collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(small.steps.len() < script.steps.len() - 3);
        assert!(small.end_ms < script.end_ms);
        let trial = trial::run(&small, Phase::Run, &*make).unwrap();
        let measure = trial.measures.iter().find(|m| m.rule == rule).unwrap();
        assert!(measure.ratio() > 1.0);
        let text = small.text("A \"title\"", "STOP-002", "Why \\ how.");
        let scenario = Scenario::parse(&text).unwrap();
        assert_eq!(scenario.steps.len(), small.steps.len());
        for (read, written) in scenario.steps.iter().zip(&small.steps) {
            assert_eq!((read.at_ms, &read.action), (written.at_ms, &written.action));
        }
        assert_eq!(scenario.title, "A \"title\"");
        assert_eq!(scenario.options(scenario.seed).seed, small.setup.seed);
    }

    #[test]
    fn what_breaks_nothing_stays_as_it_is() {
        let (script, _) = broken();
        let target = Target {
            rule: "no such rule",
            phase: Phase::Run,
        };
        let same = shrink(&script, &target, &*native()).unwrap();
        assert_eq!((same.steps, same.end_ms), (script.steps, script.end_ms));
    }
}
