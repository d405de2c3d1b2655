//! The drive, for the proofs of the pen.

use super::Drive;
use crate::fault::Fault;

impl Drive {
    /// What is true of the drive between two calls.
    pub(crate) fn holds(&self, second_switch: bool) -> bool {
        self.halt.holds() && self.probe.holds() && self.probe.has_second() == second_switch
    }

    /// Brings a drive that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self, second_switch: bool, fault: Option<Fault>) {
        self.halt.tame();
        self.halt.forbid_push_after(fault);
        self.probe.tame(second_switch);
    }
}
