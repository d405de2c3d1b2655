//! Reference scenarios: the plant against trajectories that were computed independently.
//!
//! [`run`] reads a scenario in the format of `sim/reference/scenarios`, together with a `plant.json`,
//! and returns samples and events in the format of `sim/reference/trajectories`. Nothing of the
//! firmware takes part. Every field is understood or refused by name.

mod contact;
mod error;
mod fields;
mod run;
mod scenario;
mod soak;
mod table;

pub use error::ReferenceError;
pub use table::{Event, Trajectory};

use crate::plant::STEP_S;
use scenario::Scenario;

/// Runs a scenario at the usual step.
///
/// # Errors
///
/// When the scenario or the plant file cannot be understood, contradicts itself, or asks for what
/// the plant cannot do.
pub fn run(scenario_json: &str, plant_json: &str) -> Result<Trajectory, ReferenceError> {
    run_with_step(scenario_json, plant_json, STEP_S)
}

/// Runs a scenario at another step (s); a soak has its own and ignores it.
///
/// # Errors
///
/// As [`run`], and when the step is not between 1 us and 1 ms.
pub fn run_with_step(
    scenario_json: &str,
    plant_json: &str,
    h: f64,
) -> Result<Trajectory, ReferenceError> {
    fields::within("step", h, (1e-6..=1e-3).contains(&h), "1e-6 to 1e-3 s")?;
    match Scenario::read(scenario_json, plant_json)? {
        Scenario::Dynamic(dynamic) => Ok(run::run(&dynamic, h)),
        Scenario::Soak(soak) => soak::run(&soak),
    }
}
