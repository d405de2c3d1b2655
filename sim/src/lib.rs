//! The simulated pen.

pub mod assembly;
pub mod benchmark;
pub mod board;
pub mod emulated;
pub mod fault;
pub mod flash;
pub mod hand;
pub mod math;
pub mod monitor;
pub mod parallel;
pub mod patience;
pub mod pen;
pub mod pil;
pub mod plant;
pub mod reference;
pub mod rng;
pub mod scenario;
pub mod sensors;
pub mod serve;
pub mod sweep;
