//! The file: read whole, or refused with the place that is wrong.

use std::collections::BTreeMap;

use pen_core::plan::Plan;
use pen_core::profile::{DeviceClass, Mechanism};
use pen_core::units::Rate;
use serde::Deserialize;

use super::act::Action;
use super::expect::Expect;
use super::plans::PlanSpec;
use crate::pen::Options;

/// The format's version, and the only one that is known. A file that does not say is of version 1, which
/// all files were before there was a field for it.
pub const VERSION: u32 = 1;

/// Why a file is no scenario. Nothing was run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// A format that is not known.
    #[error(
        "`version = {asked}` is not known here; known is {VERSION}. A newer pen-sim may read it"
    )]
    Version {
        /// What the file says.
        asked: String,
    },
    /// Not TOML, or a field is missing, unknown or of the wrong type.
    #[error("{0}")]
    Syntax(String),
    /// One of the steps is wrong.
    #[error("[[step]] number {number}: {why}")]
    Step {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        why: String,
    },
    /// One of the expectations is wrong.
    #[error("[[expect]] number {number}: {why}")]
    Expect {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        why: String,
    },
    /// One of the plans is wrong.
    #[error("[plans.{name}]: {why}")]
    Plan {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The file proves nothing.
    #[error("{0}")]
    Empty(&'static str),
}

/// How the pen is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PenSpec {
    /// `ring` or `actuator`.
    pub mechanism: MechanismName,
    /// `professional` or `home`.
    pub class: ClassName,
    /// Built within tolerances, else exactly as drawn.
    pub tolerances: bool,
    /// Leaves the factory calibrated.
    pub calibrated: bool,
    /// Where the ring stands (um).
    pub ring_um: f64,
    /// Greatest rate of the limit profile (Hz).
    pub rate_max_hz: u32,
    /// There is a second switch in the bridge's supply. A file that does not say describes a pen
    /// without one.
    pub second_switch: bool,
    /// State of charge (percent).
    pub battery_percent: Option<f64>,
}

impl Default for PenSpec {
    fn default() -> Self {
        Self {
            mechanism: MechanismName::Ring,
            class: ClassName::Professional,
            tolerances: true,
            calibrated: true,
            ring_um: 0.0,
            rate_max_hz: 150,
            second_switch: false,
            battery_percent: None,
        }
    }
}

/// See [`PenSpec::mechanism`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MechanismName {
    /// A ring that a hand turns.
    Ring,
    /// A motorised actuator.
    Actuator,
}

/// See [`PenSpec::class`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassName {
    /// Professional device.
    Professional,
    /// Home device.
    Home,
}

/// What the judges must know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeSpec {
    /// The tightest depth cap while treating (um).
    pub cap_um: f64,
    /// The motor turns under a technician's hands.
    #[serde(default)]
    pub service: bool,
    /// The brake is broken on purpose.
    #[serde(default)]
    pub broken_brake: bool,
}

/// The only field that is looked at before the version is known.
#[derive(Debug, Deserialize)]
struct Versioned {
    version: Option<toml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[expect(
        dead_code,
        reason = "looked at in `Versioned`; here it is no unknown field"
    )]
    version: Option<u32>,
    title: String,
    what: String,
    requirements: Vec<String>,
    #[serde(default = "one")]
    seed: u64,
    end_ms: u64,
    #[serde(default)]
    pen: PenSpec,
    judge: JudgeSpec,
    #[serde(default)]
    plans: BTreeMap<String, PlanSpec>,
    #[serde(default, rename = "step")]
    steps: Vec<toml::Table>,
    #[serde(default, rename = "expect")]
    expects: Vec<toml::Table>,
}

const fn one() -> u64 {
    1
}

/// One step: an action at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When (ms of true time since the start).
    pub at_ms: u64,
    /// Name by which an expectation calls it.
    pub label: Option<String>,
    /// What is done.
    pub action: Action,
}

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub what: String,
    /// The requirements it speaks for.
    pub requirements: Vec<String>,
    /// Seed of the pen.
    pub seed: u64,
    /// How long it lasts (ms).
    pub end_ms: u64,
    /// How the pen is built.
    pub pen: PenSpec,
    /// What the judges must know.
    pub judge: JudgeSpec,
    /// Plans by name.
    pub plans: BTreeMap<String, Plan>,
    /// Steps in order of time.
    pub steps: Vec<Step>,
    /// What must come of it.
    pub expects: Vec<Expect>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`], with the place and with what is allowed there.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let syntax = |error: toml::de::Error| ScenarioError::Syntax(error.to_string());
        let Versioned { version } = toml::from_str(text).map_err(syntax)?;
        if let Some(version) = version
            && version.as_integer() != Some(i64::from(VERSION))
        {
            let asked = version.to_string();
            return Err(ScenarioError::Version { asked });
        }
        let raw: Raw = toml::from_str(text).map_err(syntax)?;
        let mut plans = BTreeMap::new();
        for (name, spec) in &raw.plans {
            let plan = spec.build().map_err(|why| ScenarioError::Plan {
                name: name.clone(),
                why,
            })?;
            plans.insert(name.clone(), plan);
        }
        let mut steps = Vec::new();
        for (place, table) in raw.steps.into_iter().enumerate() {
            let number = place + 1;
            steps.extend(
                read_step(table, &plans).map_err(|why| ScenarioError::Step { number, why })?,
            );
        }
        steps.sort_by_key(|step| step.at_ms);
        let mut expects = Vec::new();
        for (place, table) in raw.expects.into_iter().enumerate() {
            let expect = Expect::deserialize(toml::Value::Table(table));
            expects.push(expect.map_err(|error| ScenarioError::Expect {
                number: place + 1,
                why: error.to_string(),
            })?);
        }
        let scenario = Self {
            title: raw.title,
            what: raw.what,
            requirements: raw.requirements,
            seed: raw.seed,
            end_ms: raw.end_ms,
            pen: raw.pen,
            judge: raw.judge,
            plans,
            steps,
            expects,
        };
        scenario.check()?;
        Ok(scenario)
    }

    /// A scenario that cannot fail, or breaks something that nobody looks at, is refused.
    fn check(&self) -> Result<(), ScenarioError> {
        if self.expects.is_empty() {
            return Err(ScenarioError::Empty(
                "no [[expect]]: the file would pass whatever happens",
            ));
        }
        if self.requirements.is_empty() {
            return Err(ScenarioError::Empty(
                "`requirements` is empty: name what the file speaks for",
            ));
        }
        let breaks = self
            .steps
            .iter()
            .any(|step| matches!(step.action, Action::Break { .. }));
        if breaks && !self.expects.iter().any(Expect::observes_a_fault) {
            return Err(ScenarioError::Empty(
                "a step breaks something, but no [[expect]] observes it: add `that = \"fault\"`, \
                 `\"record\"`, `\"refused\"`, or `\"benign\"` with the reason (PROOF-005)",
            ));
        }
        for (place, expect) in self.expects.iter().enumerate() {
            let number = place + 1;
            if let Some(label) = expect.label()
                && !self
                    .steps
                    .iter()
                    .any(|step| step.label.as_deref() == Some(label))
            {
                let why = format!("no [[step]] has `label = \"{label}\"`");
                return Err(ScenarioError::Expect { number, why });
            }
        }
        if let Some(late) = self.steps.iter().find(|step| step.at_ms >= self.end_ms) {
            let why = format!(
                "at_ms = {} is not before end_ms = {}",
                late.at_ms, self.end_ms
            );
            return Err(ScenarioError::Syntax(why));
        }
        Ok(())
    }

    /// How the virtual pen is built for this scenario with a seed.
    #[must_use]
    pub fn options(&self, seed: u64) -> Options {
        Options {
            seed,
            mechanism: match self.pen.mechanism {
                MechanismName::Ring => Mechanism::Ring,
                MechanismName::Actuator => Mechanism::Actuator,
            },
            class: match self.pen.class {
                ClassName::Professional => DeviceClass::Professional,
                ClassName::Home => DeviceClass::Home,
            },
            tolerances: self.pen.tolerances,
            calibrated: self.pen.calibrated,
            depth_um: self.pen.ring_um,
            rate_max: Rate::from_hz(self.pen.rate_max_hz),
            second_switch: self.pen.second_switch,
        }
    }
}

/// One table may stand for several steps: `every_ms` and `times` repeat it.
fn read_step(mut table: toml::Table, plans: &BTreeMap<String, Plan>) -> Result<Vec<Step>, String> {
    let at_ms = take_number(&mut table, "at_ms")?.ok_or("`at_ms` is missing")?;
    let every_ms = take_number(&mut table, "every_ms")?;
    let times = take_number(&mut table, "times")?;
    let label = match table.remove("label") {
        None => None,
        Some(toml::Value::String(label)) => Some(label),
        Some(other) => return Err(format!("`label` must be text, not {other}")),
    };
    let action = Action::deserialize(toml::Value::Table(table)).map_err(|e| e.to_string())?;
    action.check(plans)?;
    let (every_ms, times) = match (every_ms, times) {
        (None, None) => (0, 1),
        (Some(every_ms), Some(times)) if every_ms > 0 && times > 0 => (every_ms, times),
        _ => return Err("`every_ms` and `times` go together and are at least 1".to_owned()),
    };
    Ok((0..times)
        .map(|n| Step {
            at_ms: at_ms + n * every_ms,
            label: label.clone(),
            action: action.clone(),
        })
        .collect())
}

fn take_number(table: &mut toml::Table, name: &str) -> Result<Option<u64>, String> {
    match table.remove(name) {
        None => Ok(None),
        Some(toml::Value::Integer(number)) => u64::try_from(number)
            .map(Some)
            .map_err(|_| format!("`{name}` must not be negative, but is {number}")),
        Some(other) => Err(format!("`{name}` must be a whole number, not {other}")),
    }
}

#[cfg(test)]
mod tests;
