//! Gauges and tachometers that send their readings themselves: `docs/gauges.md`.
//!
//! ```text
//! bytes --[Lines]--> whole lines --[Driver]--> a value, or in plain words why it is none
//! ```
//!
//! A value is never made from a line that was cut, and never from what came before it was asked for.

mod device;
mod driver;
mod formats;
mod lines;
mod number;
#[cfg(test)]
mod tests;

pub use device::{Gauge, Heard};
pub use driver::{Driver, Spec};
pub use formats::Said;
pub use lines::Lines;
pub use number::{Quantity, Shown, Unit};
pub(crate) use number::{keyboard, reading};
