//! True turns of the cam, timed between two plant steps, and how long they are too fast.

use super::drive::Scene;
use super::ratio;
use super::rule::{Book, Defect, FAST_HZ, Rule};
use crate::math::TAU;

/// Turns from one full extension to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// When each ended (us), its mean rate (Hz), its peak protrusion (um).
    pub(super) all: Vec<(u64, f64, f64)>,
    turn: Option<i64>,
    /// When the present turn began (us), if it is seen from its beginning.
    began_us: Option<f64>,
    peak_um: f64,
    /// For how long the supply has driven in the present turn (us).
    driven_us: f64,
    /// The same in the fast turns of the present row, but for the first (us).
    fast_us: Option<f64>,
}

impl Turns {
    #[expect(clippy::cast_possible_truncation, reason = "turns of a run fit")]
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        self.peak_um = self.peak_um.max(s.t.peak_um);
        let step_us = ratio(s.step_us());
        let drives = s.drives || book.has(Defect::FastCoast);
        let driven_us = if drives { step_us } else { 0.0 };
        let turn = (s.t.theta_rad / TAU).floor() as i64;
        let last = self.turn.replace(turn).unwrap_or(turn);
        if turn <= last {
            self.driven_us += driven_us;
            if turn < last {
                self.began_us = None;
                self.fast_us = None;
            }
            return;
        }
        // The share of the step that belongs to the turn that ends in it.
        let edge_rad = TAU * (s.t.theta_rad / TAU).floor();
        let share = if book.has(Defect::Steps) {
            1.0
        } else {
            (edge_rad - s.before.theta_rad) / (s.t.theta_rad - s.before.theta_rad)
        };
        let edge_us = ratio(s.before.time_us) + share * step_us;
        self.driven_us += share * driven_us;
        if let Some(began_us) = self.began_us.replace(edge_us) {
            let hz = 1e6 / (edge_us - began_us);
            self.all.push((s.t.time_us, hz, self.peak_um));
            self.judge(hz, s, book);
        }
        self.driven_us = (1.0 - share) * driven_us;
        self.peak_um = s.t.peak_um;
    }

    fn judge(&mut self, hz: f64, s: &Scene<'_>, book: &mut Book) {
        if hz <= FAST_HZ {
            self.fast_us = None;
            return;
        }
        // The first turn of a row is what shows that there is one.
        let fast_us = self.fast_us.map_or(0.0, |us| us + self.driven_us);
        self.fast_us = Some(fast_us);
        if s.rules.has_brake {
            book.see(Rule::Fast, fast_us / 1e3, s.t.time_us);
        }
    }
}
