//! The senses, for the proofs of the pen.

use super::Senses;
use crate::units::Duration;

impl Senses {
    /// How long nothing good came from the worse of the depth channels, at most 100 ms.
    pub(crate) fn depth_bad_for(&self) -> Duration {
        self.channel_a.bad_for().max(self.channel_b.bad_for())
    }
}
