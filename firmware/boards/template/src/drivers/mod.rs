//! Drivers over `embedded-hal`, `embedded-io` and [`crate::signals`]: none knows a chip.

pub mod accelerometer;
pub mod converter;
pub mod encoder;
pub mod halls;
pub mod queue;
pub mod stepper;
pub mod tag;
pub mod watchdog;
