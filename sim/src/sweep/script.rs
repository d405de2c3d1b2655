//! A session step by step, which runs, shrinks and becomes a scenario file.

use std::fmt::Write;

use super::setup::Setup;
use crate::scenario::{Action, Step};

/// A pen and everything that is done to it.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) setup: Setup,
    /// In order of time.
    pub(super) steps: Vec<Step>,
    /// How long it lasts (ms).
    pub(super) end_ms: u64,
    /// The first step that goes wrong comes then (ms).
    pub(super) strikes_ms: u64,
}

impl Script {
    /// A healthy session with what goes wrong put in.
    pub(super) fn new(setup: Setup, strikes: Vec<Step>, end_ms: u64) -> Self {
        let first = strikes.iter().map(|step| step.at_ms).min();
        let mut steps = setup.steps();
        steps.extend(strikes);
        // What happens in the same millisecond happens in this order: the hand first.
        steps.sort_by_key(|step| step.at_ms);
        steps.retain(|step| step.at_ms < end_ms);
        Self {
            setup,
            steps,
            end_ms,
            strikes_ms: first.unwrap_or(0),
        }
    }

    /// Whether the hand is on the trigger at this time.
    pub(super) fn holds_trigger(setup: &Setup, at_ms: u64) -> bool {
        let steps = setup.steps();
        let last = steps.iter().rev().find(|step| {
            let is_trigger = matches!(
                step.action,
                Action::PressTrigger {} | Action::ReleaseTrigger {}
            );
            is_trigger && step.at_ms <= at_ms
        });
        last.is_some_and(|step| step.action == Action::PressTrigger {})
    }

    /// The scenario file. `title`, `why`: what was found.
    pub(super) fn text(&self, title: &str, requirement: &str, why: &str) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut text = format!(
            "version = 1\ntitle = {}\nwhat = {}\nrequirements = [{}]\nseed = {}\nend_ms = {}\n",
            quoted(title),
            quoted(why),
            quoted(requirement),
            self.setup.seed,
            self.end_ms
        );
        text.push_str(&self.setup.text());
        for step in &self.steps {
            let _ = write!(text, "\n[[step]]\nat_ms = {}\n", step.at_ms);
            if let Ok(action) = toml::to_string(&step.action) {
                text.push_str(&action);
            }
        }
        text.push_str("\n[[expect]]\nthat = \"benign\"\n");
        text.push_str("why = \"found by pen-sim sweep: the judges decide\"\n");
        text
    }
}
