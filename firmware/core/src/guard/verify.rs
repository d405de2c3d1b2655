//! The monitors under proof.

use super::Guard;

impl Guard {
    /// What is true of the monitors between two ticks.
    pub(crate) fn holds(&self) -> bool {
        self.rotation.holds()
    }

    /// See [`super::RotationGuard::begin_ring`].
    pub(crate) fn begin_ring(&mut self) {
        self.rotation.begin_ring();
    }

    /// How long it has been too deep.
    pub(crate) const fn over_for(&self) -> crate::units::Duration {
        self.depth.over_for()
    }

    /// Brings monitors that were drawn by chance to ones that can be.
    pub(crate) fn tame(&mut self) {
        self.rotation.tame();
    }
}
