//! How long one activation lasts, and all of them together.

use super::drive::{PUSH_V, Scene};
use super::ratio;
use super::rule::{Book, Rule};

/// Motor-on time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time {
    /// Of the whole run (us).
    driven_us: u64,
}

impl Time {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        if !s.drives {
            return;
        }
        self.driven_us += s.step_us();
        // What only pushes the needles in belongs to the stop, whatever holds the trigger.
        if s.t.duty.abs() * s.t.terminal_v > PUSH_V {
            let activation_s = s.since_ms(s.active_us) / 1e3;
            book.see(Rule::Activation, activation_s, s.t.time_us);
        }
        book.see(Rule::Session, ratio(self.driven_us) / 1e6, s.t.time_us);
    }
}
