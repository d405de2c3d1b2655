//! The simulated pen.
