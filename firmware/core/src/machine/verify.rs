//! The mode machine, for the proofs of the pen.

use super::Machine;
use crate::mode::{AfterStop, Mode};

impl Machine {
    /// Puts a machine that was drawn by chance into another mode.
    pub(crate) const fn put(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Where a stop leads, for a machine that was drawn by chance.
    pub(crate) const fn lead(&mut self, after: AfterStop) {
        self.after = after;
    }
}
