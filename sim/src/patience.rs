//! How long real time may pass before a silence counts as a hang: the only bounds of this kind.
//!
//! They keep a program or a test from waiting for ever, and decide nothing else. Whatever works is
//! waited for, however busy the machine is; so no verdict depends on a clock on the wall. Where a
//! silence is what is looked for, the one who looks brings a short bound of his own, and makes sure
//! that nobody will speak.

use std::time::Duration;

/// An emulator or a port that gives no answer for so long hangs.
pub const HANG: Duration = Duration::from_secs(600);

/// A program in a test that says nothing for so long hangs, whatever it does meanwhile: an emulated
/// pen boots, tests itself and enumerates before it says its first line.
pub const WORK: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{HANG, WORK};

    /// The longest that was seen on two cores with a load of 20: an answer of the emulated RP2040 to
    /// `penctl journal`, and its first line after a start.
    const SLOWEST_ANSWER: Duration = Duration::from_millis(1_400);
    const SLOWEST_WORK: Duration = Duration::from_secs(115);

    #[test]
    fn a_machine_thirty_times_slower_than_the_slowest_seen_hangs_nowhere() {
        assert!(HANG >= 30 * SLOWEST_ANSWER, "{HANG:?}");
        assert!(WORK >= 30 * SLOWEST_WORK, "{WORK:?}");
    }
}
