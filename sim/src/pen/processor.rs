//! What the firmware runs on: this machine, or a processor on trial behind a link.
//!
//! The virtual pen puts readings on the wires, lets the processor work for one tick, and takes what
//! it left on the wires. It does not know which processor that is.

use std::fmt::Debug;
use std::rc::Rc;

use pen_core::journal::ResetCause;
use pen_core::status::Status;

use crate::board::{SharedFlash, Wires};

/// The processor itself failed, not the firmware on it: the run proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the processor could not {step}: {why}")]
pub struct ProcessorError {
    /// What it was doing.
    pub step: &'static str,
    /// What went wrong.
    pub why: String,
}

/// What a processor is built around.
#[derive(Clone, Debug)]
pub struct Socket {
    /// What runs between the board and the world.
    pub wires: Rc<Wires>,
    /// The pen's flash; outlives every start.
    pub flash: SharedFlash,
    /// Serial number of the device.
    pub serial: u64,
    /// The board has a second switch in the bridge's supply.
    pub second_switch: bool,
}

/// Whatever runs the firmware.
pub trait Processor: Debug {
    /// Power is there and reset is released: the firmware begins at its first instruction. Returns
    /// whether it came up.
    ///
    /// # Errors
    /// [`ProcessorError`].
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError>;

    /// One control tick at this time of the pen's own clock (us), and the work until the next.
    ///
    /// # Errors
    /// [`ProcessorError`].
    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError>;

    /// A disturbed memory cell: one bit of one of the limits in force flips, its complement stays
    /// (CONF-008). `which` counts as `pen_core::pen::Pen::bench_spoil_limit` does, from 0 (depth cap)
    /// to 6 (the session's elapsed time). Called between two ticks, while the firmware is up.
    ///
    /// Returns whether such a limit was in force; if not, nothing changed and the caller asks again
    /// with the next tick. The firmware must be built with the feature `bench`.
    ///
    /// # Errors
    /// [`ProcessorError`], also when the firmware has no such ability.
    fn spoil_limit(&mut self, which: u8) -> Result<bool, ProcessorError>;

    /// Power or reset takes the firmware away; only the flash keeps what it holds.
    fn stop(&mut self);

    /// What the core says of itself, if the firmware runs and can be asked from outside.
    fn status(&self) -> Option<Status>;
}
