//! Torque and motion that nobody asked for, in every phase from power-up to the end of the run.
//!
//! In a technician's run all torque counts as asked for, whatever the trigger does (but see
//! `drive` on parking); motion at rest is judged there too.

use super::drive::Scene;
use super::ms;
use super::rule::{Book, Rule};
use crate::math::TAU;

/// Longer than this after torque and trigger have ended nothing turns any more (us): the slowest
/// run-out of a pen without a brake is over.
const REST_US: u64 = 600_000;

/// Torque that is neither asked for nor a parking push.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unasked {
    /// Since it was last asked for (us).
    torque_us: u64,
    /// Neither torque nor trigger since then (us).
    quiet_since: Option<u64>,
    /// Where the cam was when rest began (rad).
    rests_at_rad: Option<f64>,
}

impl Unasked {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        let at_us = s.t.time_us;
        if s.torque && s.asked {
            self.torque_us = 0;
        } else if s.drives {
            self.torque_us += s.step_us();
        }
        book.see(Rule::Unasked, ms(self.torque_us), at_us);
        s.keep(&mut self.quiet_since, !s.torque && !s.t.held);
        if self
            .quiet_since
            .is_none_or(|since| s.before.time_us < since + REST_US)
        {
            self.rests_at_rad = None;
            return;
        }
        let rests_at = *self.rests_at_rad.get_or_insert(s.before.theta_rad);
        let turns = (s.t.theta_rad - rests_at).abs() / TAU;
        book.see(Rule::Motion, turns, at_us);
    }
}
