//! The monitors of rotation under proof.

use super::{BUCKETS, MotionGuard};
use crate::units::Duration;

impl MotionGuard {
    /// What is true of them between two ticks.
    pub(crate) fn holds(&self) -> bool {
        self.bucket_for < Duration::from_us(5_000) && self.newest < BUCKETS
    }

    /// The window is a ring: where it begins is no part of what it says (see the test below). A proof
    /// begins it at the first place.
    pub(crate) fn begin_ring(&mut self) {
        self.newest = 0;
    }

    /// Brings monitors that were drawn by chance to ones that can be.
    pub(crate) fn tame(&mut self) {
        self.bucket_for = self.bucket_for.min(Duration::from_us(4_999));
        self.newest %= BUCKETS;
    }
}
