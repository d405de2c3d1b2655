//! Calibration mathematics: measure, state an uncertainty, fit, judge.
//!
//! Pure functions over plain numbers. Nothing here talks to a pen, reads a clock or a file, and
//! nothing trims a value to make it fit: what is outside a gate is refused by name.
//!
//! Sign convention, everywhere: *deviation = reference - what the pen says*. Positive is the
//! unsafe side: the needles go deeper, or strike faster, than the pen believes.

pub mod budget;
pub mod current;
pub mod decimal;
pub mod fit;
#[cfg(test)]
mod formulas;
pub mod gates;
#[cfg(test)]
mod guides;
pub mod measure;
pub mod outlier;
pub mod rate;
pub mod run;
pub mod student;
pub mod table;
mod trend;
pub mod verdict;

pub use budget::{Budget, BudgetInputs, Component, Distribution, depth_budget};
pub use current::{
    CurrentInputs, CurrentPoint, CurrentReading, CurrentRun, RestRow, RiseRow, evaluate_current,
};
pub use decimal::{Decimal, round_pair};
pub use fit::{ChannelDesign, ChannelFit, FitOptions, Residual, fit_channel};
pub use gates::{FitError, Gate};
pub use measure::{
    Direction, MeasureError, Point, PointRole, PointSummary, Reading, Repeatability, Stats,
};
pub use rate::{
    GainFit, RateInputs, RatePoint, RateReading, RateRow, RateRun, evaluate_rate, fit_gain,
};
pub use run::{DepthRow, DepthRun, evaluate_depth};
pub use student::{COVERAGE, coverage_factor};
pub use table::{DepthTable, Knot};
pub use verdict::{DecisionRule, GuardedSides, TUR_TARGET, Verdict, judge};
