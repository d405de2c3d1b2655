//! The dead-man, for the proofs of the pen.

use super::DeadMan;
use crate::units::{Duration, Rate};

impl DeadMan {
    /// Time since motion was last permitted.
    pub(crate) const fn unpermitted_for(&self) -> Duration {
        self.unpermitted_for
    }

    /// Brings a rate that was drawn by chance to one that Service may have.
    pub(crate) fn tame(&mut self) {
        self.rate = self.rate.min(Rate::from_mhz(80_000));
    }
}
