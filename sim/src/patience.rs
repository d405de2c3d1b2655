//! How long real time may pass before a silence counts as a hang: the one bound of this kind.
//!
//! It keeps a program or a test from waiting for ever, and decides nothing else. Whatever works is
//! waited for, however busy the machine is; so no verdict depends on a clock on the wall. Where a
//! silence is what is looked for, the one who looks brings a short bound of his own, and makes sure
//! that nobody will speak.

use std::time::Duration;

/// A program, a port or an emulator that says nothing for so long hangs.
pub const HANG: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::HANG;

    /// The longest that anything which is bounded by [`HANG`] took.
    const SLOWEST_SEEN: Duration = Duration::from_secs(10);

    #[test]
    fn a_machine_sixty_times_slower_than_the_slowest_seen_hangs_nowhere() {
        assert!(HANG >= 60 * SLOWEST_SEEN, "{HANG:?}");
    }
}
