//! What a control step costs on a Cortex-M4, and how deep the stack goes: measured, not estimated.
//!
//! Scenarios run on the processor-in-the-loop image under QEMU. A plugin counts the instructions of
//! every call of the control step; the image paints its stack and reports how much was used.
//!
//! Instructions are not cycles: flash wait states, the pipeline and interrupts are not in them. The
//! greatest count of these scenarios is not a proven worst case either. What it is good for: it is
//! exact, the same on every machine, and tells when a change makes the step dearer.

mod counts;
mod plugin;

pub use counts::{CountError, Counts};
pub use plugin::{Plugin, PluginError};

use crate::board::Limit;

/// Most instructions of one control step.
pub const STEP: Limit = Limit {
    most: 4_000,
    why: "a target of this project",
};

/// Most bytes of stack that the scenarios may use.
pub const STACK: Limit = Limit {
    most: 28 * 1024,
    why: "a fifth more than measured, and less than half of the pico's stack",
};
