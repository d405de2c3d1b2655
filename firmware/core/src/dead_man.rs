//! Service mode's dead-man: motion ends when the host says no more (CAL-004, LINK-008).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::limits;
use crate::units::{Duration, Rate};

/// What Service remembers of its host.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeadMan {
    /// Silence of the host.
    silent_for: Duration,
    /// Time since motion was last permitted.
    unpermitted_for: Duration,
    rate: Rate,
    /// Service ends with this drive.
    leaving: bool,
}
any_struct!(DeadMan {
    silent_for,
    unpermitted_for,
    rate,
    leaving
});

impl DeadMan {
    pub(crate) fn tick(&mut self, dt: Duration) {
        self.silent_for = self.silent_for.plus_up_to(dt, limits::HEARTBEAT_TIMEOUT);
        self.unpermitted_for = self.unpermitted_for.plus_up_to(dt, limits::DEADMAN_TIMEOUT);
    }

    /// The host says that it is there.
    pub(crate) const fn heard(&mut self) {
        self.silent_for = Duration::from_us(0);
        self.unpermitted_for = Duration::from_us(0);
    }

    /// The rate of motion in Service from now on.
    pub(crate) const fn turn(&mut self, rate: Rate) {
        self.rate = rate;
    }

    /// Service ends with this drive.
    pub(crate) const fn leave(&mut self) {
        self.leaving = true;
    }

    /// The rate that was asked for.
    pub(crate) const fn rate(&self) -> Rate {
        self.rate
    }

    /// Whether Service ends with this drive.
    pub(crate) const fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// The host has been silent for too long to stay in Service.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent_for >= limits::HEARTBEAT_TIMEOUT
    }

    /// Motion is permitted: lately enough, and not faster than Service may.
    pub(crate) fn permits(&self) -> bool {
        self.unpermitted_for < limits::DEADMAN_TIMEOUT && self.rate <= limits::RATE_SERVICE
    }

    /// Motion was not permitted for too long.
    pub(crate) fn is_let_go(&self) -> bool {
        self.unpermitted_for >= limits::DEADMAN_TIMEOUT
    }
}

#[cfg(test)]
mod tests {
    use super::DeadMan;
    use crate::units::{Duration, Rate};

    #[test]
    fn link_008_motion_is_permitted_for_250_ms_and_service_for_3_s_of_silence() {
        let mut held = DeadMan::default();
        held.turn(Rate::from_hz(80));
        let mut silence_ms = 0;
        for _ in 0..3 {
            held.heard();
            for ms in 1..=249 {
                held.tick(Duration::from_ms(1));
                assert!(held.permits() && !held.is_let_go(), "{ms} ms");
            }
            held.tick(Duration::from_ms(1));
            assert!(!held.permits() && held.is_let_go());
            silence_ms = 250;
        }
        while !held.is_silent() {
            held.tick(Duration::from_ms(1));
            silence_ms += 1;
        }
        assert_eq!(silence_ms, 3_000);
    }

    #[test]
    fn cal_004_nothing_above_80_hz_is_permitted() {
        let mut held = DeadMan::default();
        held.turn(Rate::from_mhz(80_001));
        assert!(!held.permits());
        held.turn(Rate::from_mhz(80_000));
        assert!(held.permits());
    }
}
