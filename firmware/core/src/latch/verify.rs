//! The latch, for the proofs of the pen.

use super::Latch;

impl Latch {
    /// Forgets the first cause, for a latch that was drawn by chance.
    pub(crate) const fn clear_first(&mut self) {
        self.first = None;
    }

    /// Forgets what outlives a reset, for a latch that was drawn by chance.
    pub(crate) const fn clear_kept(&mut self) {
        self.kept = None;
    }
}
