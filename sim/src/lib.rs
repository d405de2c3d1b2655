//! The simulated pen.

pub mod flash;
pub mod math;
pub mod plant;
pub mod reference;
pub mod rng;
