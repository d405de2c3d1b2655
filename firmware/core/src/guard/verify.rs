//! The monitors under proof.

use super::Guard;

impl Guard {
    /// What is true of the monitors between two ticks.
    pub(crate) fn holds(&self) -> bool {
        self.motion.holds()
    }

    /// See [`super::MotionGuard::begin_ring`].
    pub(crate) fn begin_ring(&mut self) {
        self.motion.begin_ring();
    }

    /// Brings monitors that were drawn by chance to ones that can be.
    pub(crate) fn tame(&mut self) {
        self.motion.tame();
    }
}
