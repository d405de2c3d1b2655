//! From a hazard to the last result of what answers it, and back: what `traceability` shows.
//!
//! The tree itself is the source: the rows of `docs/hazards.md` and `docs/requirements.md`, ids in
//! the code, names of tests, `requirements` of scenarios, the table of proof rules. What ran comes
//! from records ([`results`]). [`gaps`] says what is missing; [`report`] is what programs read, and
//! [`html`] what people do.

pub mod cli;
pub mod code;
pub mod drawing;
pub mod gaps;
pub mod html;
pub mod ids;
pub mod marked;
pub mod numbers;
pub mod pages;
pub mod record;
pub mod report;
pub mod results;
pub mod rules;
pub mod scenarios;
pub mod stamp;

use std::path::Path;

/// Everything that the tree says.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Rows of `docs/hazards.md`.
    pub hazards: Vec<pages::Hazard>,
    /// Scenarios that `docs/hazards.md` names.
    pub scenario_refs: Vec<pages::ScenarioRef>,
    /// Rows of `docs/requirements.md`.
    pub requirements: Vec<pages::Requirement>,
    /// Code and tests.
    pub code: code::Code,
    /// Files in `sim/scenarios`.
    pub scenarios: Vec<scenarios::Scenario>,
    /// `tests/proof/rules.json`.
    pub rules: Vec<rules::Rule>,
}

impl Tree {
    /// Reads the tree below `top`.
    ///
    /// # Errors
    /// What is missing or cannot be read, in a sentence that names the file.
    pub fn read(top: &Path) -> Result<Self, String> {
        let page = |name: &str| {
            std::fs::read_to_string(top.join(name))
                .map_err(|why| format!("{name}: {why}; is this the top of the repository?"))
        };
        let hazards = page("docs/hazards.md")?;
        Ok(Self {
            hazards: pages::hazards(&hazards)?,
            scenario_refs: pages::scenario_refs(&hazards),
            requirements: pages::requirements(&page("docs/requirements.md")?)?,
            code: code::read(top)?,
            scenarios: scenarios::read(top)?,
            rules: rules::table(top)?,
        })
    }

    /// The requirement of this id.
    pub fn requirement(&self, id: &str) -> Option<&pages::Requirement> {
        self.requirements.iter().find(|row| row.id == id)
    }

    /// Whether a requirement answers a hazard, by its own row or by the hazard's.
    pub fn answers(&self, requirement: &pages::Requirement, hazard: &pages::Hazard) -> bool {
        requirement.all_hazards
            || requirement.hazards.contains(&hazard.id)
            || hazard.requirements.contains(&requirement.id)
    }
}
