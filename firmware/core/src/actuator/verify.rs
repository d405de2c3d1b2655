//! The actuator, for the proofs of the pen.

use super::Actuator;

impl Actuator {
    /// Where it is told to be. Unit: nm.
    pub(crate) const fn nm(&self) -> u32 {
        self.nm
    }

    /// What is true of it between two calls: it is never told to be beyond 2.5 mm.
    pub(crate) const fn holds(&self) -> bool {
        self.nm <= 2_500_000
    }

    /// Brings one that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self) {
        self.nm = self.nm.min(2_500_000);
    }
}
