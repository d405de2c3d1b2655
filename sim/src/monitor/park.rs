//! Parking pushes: what they may be is in `drive`; here is what comes of them.

use super::drive::{Phase, Scene};
use super::ms;
use super::rule::{Book, Defect, Rule};
use crate::math::TAU;

/// Torque after the brake is looked at for so long (us): pushes come within 500 ms, and a cam that
/// was pushed runs out in another tenth of a second. What comes later is no push.
const LOOKS_US: u64 = 600_000;

/// Pushes of one stop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Park {
    /// Torque after the brake so far, of any voltage (us).
    pushed_us: u64,
    /// Where the cam was when the first push began (rad).
    from_rad: Option<f64>,
    /// How far the pushes have moved the tips out, beyond the nose cone (um).
    out_um: f64,
}

impl Park {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        // Without a brake, on a bridge that is shorted, every push goes too far.
        if s.phase != Phase::Stopped || !s.rules.has_brake {
            *self = Self::default();
            return;
        }
        if s.braked_us
            .is_none_or(|at| s.before.time_us >= at + LOOKS_US)
        {
            return;
        }
        if s.after_brake {
            self.pushed_us += s.step_us();
            self.from_rad = self.from_rad.or(Some(s.before.theta_rad));
            book.see(Rule::PushTime, ms(self.pushed_us), s.t.time_us);
            self.out_um += pushed_out_um(s, book);
            book.see(Rule::PushOut, self.out_um, s.t.time_us);
        }
        if let Some(from_rad) = self.from_rad {
            let turns = (s.t.theta_rad - from_rad).abs() / TAU;
            book.see(Rule::PushTurns, turns, s.t.time_us);
        }
    }
}

/// How far the supply moves the tips out in this step (um). A push against a cam that runs out by
/// itself does not, one so weak that the cam generates more than it gives brakes it, and a hand on the
/// ring is no push.
fn pushed_out_um(s: &Scene<'_>, book: &Book) -> f64 {
    let (before, t) = (s.before, s.t);
    let turned_rad = t.theta_rad - before.theta_rad;
    let by_cam_um = (t.protrusion_um - t.depth_um) - (before.protrusion_um - before.depth_um);
    let torque = if book.has(Defect::DutyPush) {
        t.duty
    } else {
        t.current_a
    };
    // Within the nose cone they harm nobody.
    let most_um = if book.has(Defect::Inside) {
        f64::INFINITY
    } else {
        t.protrusion_um.max(0.0)
    };
    if turned_rad * torque > 0.0 {
        by_cam_um.clamp(0.0, most_um)
    } else {
        0.0
    }
}
