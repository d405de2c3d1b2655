//! Why a scenario was refused.

use crate::plant::ParamsError;

/// A scenario or plant file that cannot be run, with what was found and what would be accepted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// The text is not JSON, or not an object.
    #[error("the scenario is not a JSON object: {0}")]
    NotAnObject(String),
    /// The plant file, or an override in the scenario.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A field or a word that nothing here understands.
    #[error("`{at}` has unknown {what} `{found}`; known are: {allowed}")]
    Unknown {
        /// Where in the scenario.
        at: String,
        /// What kind of thing it is.
        what: &'static str,
        /// What was found.
        found: String,
        /// What would be accepted.
        allowed: String,
    },
    /// A field that this kind of scenario needs.
    #[error("`{field}` is missing: {why}")]
    Missing {
        /// The field.
        field: String,
        /// What it is needed for.
        why: &'static str,
    },
    /// A field of the wrong type.
    #[error("`{field}` is {found}, which must be {expected}")]
    Type {
        /// The field.
        field: String,
        /// What was found.
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// A number that makes no sense.
    #[error("`{field}` is {value}, which must be {allowed}")]
    Range {
        /// The field.
        field: String,
        /// What was found.
        value: f64,
        /// What would be accepted.
        allowed: String,
    },
    /// Two fields that exclude one another.
    #[error("`{field}` contradicts `{other}`: {why}")]
    Contradiction {
        /// The field that does not fit.
        field: String,
        /// The one that it does not fit to.
        other: String,
        /// The reason.
        why: &'static str,
    },
    /// The supply is too weak for the speed that a soak prescribes.
    #[error("at {at_s} s the prescribed speed needs {needed_v} V of the {available_v} V available")]
    TooFast {
        /// Simulated time (s).
        at_s: f64,
        /// Voltage at the motor circuit (V).
        needed_v: f64,
        /// Voltage of the supply (V).
        available_v: f64,
    },
}
