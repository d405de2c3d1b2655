#![no_std]
#![forbid(unsafe_code)]
//! The suite that a port runs against its board: polarity, enable path, converter order, tick,
//! tachometer, trigger, link, flash. It decides nothing and is never part of an image.
//!
//! ```text
//!   Subject: the board's parts                     Bench: the other side of the same wires
//!   (ControlParts, serial, flash)  <--- wires --->  (loop-back, instruments, or the simulator)
//!             ^                                               ^
//!             +----------------- checks ----------------------+
//! ```
//!
//! A check writes on one side and looks on the other. What a bench cannot do it answers with
//! [`Unable`]; the check is then *not run*, is counted as such and never as passed.
//!
//! Everything here restates what the core and the application expect of a board, instead of reading
//! their constants: a mistake there shall not make a board look right.
//!
//! **Before a run:** take the motor off, or its supply. The checks put full duty on both half
//! bridges. The flash checks erase the storage region, calibration and ledger included.

pub mod bench;
pub mod checks;
pub mod failure;
pub mod suite;

pub use bench::{Analog, Bench, Event, Level, Side, Torque, Unable};
pub use failure::{Failure, Note, Outcome, Trouble, Value};
pub use suite::{Check, Subject, Tally, Verdict, run, run_one};
