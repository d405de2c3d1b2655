//! From the release of the trigger to the last needle entry.

use super::drive::{Phase, Scene};
use super::ratio;
use super::rule::{Book, Defect, READING_U_UM, Rule, TRIP_MARGIN_UM};

/// No torque for so long: the stop is over, and what comes later is no part of it (us).
const OVER_US: u64 = 500_000;
/// Of the step of a cam that rests (rad): what rounding makes of it.
const RESTS_RAD: f64 = 1e-9;
/// A cam that stood for so long has come to rest (us). Left on full extension and told, it may be
/// toppled later by the hand that sets the pen down: that is no part of the stop.
const STOOD_US: u64 = 50_000;

/// How the drive ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Release {
    /// The last torque that was part of drive or stop (us).
    torque_us: Option<u64>,
    /// Starts of the firmware by then: a reset ends a stop.
    starts: u32,
}

impl Release {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        if s.phase == Phase::Driven {
            self.torque_us = Some(s.t.time_us);
            self.starts = s.t.starts;
        }
        if s.rules.is_service {
            return;
        }
        if s.phase == Phase::Driven {
            book.see(Rule::Release, s.since_ms(s.free_us), s.t.time_us);
        }
        let is_part = self.torque_us.is_some_and(|at| s.t.time_us - at <= OVER_US)
            && (s.t.starts == self.starts || book.has(Defect::Resets));
        if s.torque && is_part {
            self.torque_us = Some(s.t.time_us);
            book.see(Rule::TorqueOff, s.since_ms(s.free_us), s.t.time_us);
        }
    }
}

/// Needle entries between the brake and the next drive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entries {
    count: u32,
    /// The pen has told a fault.
    told: bool,
    /// Since when the cam stands (us), while it does.
    stands_us: Option<u64>,
    /// It has stood since the brake, for so long that it is at rest.
    rested: bool,
}

impl Entries {
    /// What the pen says: needles that come out late are the lesser harm when it tells.
    pub(super) const fn hear(&mut self, told: bool) {
        self.told = told;
    }

    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        let Some(braked_us) = s.braked_us else {
            self.count = 0;
            self.rested = false;
            self.stands_us = None;
            return;
        };
        // What the pen pushes is not toppled.
        self.rested &= !s.torque;
        s.keep(&mut self.stands_us, !cam_turns(s) && !s.torque);
        let stood_us = self.stands_us.map_or(0, |at| s.t.time_us - at);
        self.rested |= stood_us >= STOOD_US;
        if !s.rules.has_brake || !enters(s, book) {
            return;
        }
        if self.told && self.rested && !book.has(Defect::Toppled) {
            return;
        }
        let (from_um, to_um) = (s.before.protrusion_um, s.t.protrusion_um);
        let share = from_um / (from_um - to_um);
        let entry_us = ratio(s.before.time_us) + share * ratio(s.step_us());
        let after_ms = (entry_us - ratio(braked_us)) / 1e3;
        if book.has(Defect::ShortStop) && after_ms > 100.0 {
            return;
        }
        self.count += 1;
        book.see(Rule::Entries, f64::from(self.count), s.t.time_us);
        let rule = if self.told {
            Rule::LastEntryTold
        } else {
            Rule::LastEntry
        };
        book.see(rule, after_ms, s.t.time_us);
    }
}

/// Whether the tips come out in this step, and the cam more than the ring brings them out: what a
/// hand does to the ring is not the stop.
fn enters(s: &Scene<'_>, book: &Book) -> bool {
    let (before, t) = (s.before, s.t);
    if before.protrusion_um > 0.0 || t.protrusion_um <= 0.0 {
        return false;
    }
    let by_ring_um = t.depth_um - before.depth_um;
    let by_cam_um = t.protrusion_um - before.protrusion_um - by_ring_um;
    (cam_turns(s) && by_cam_um > by_ring_um) || book.has(Defect::Ring)
}

fn cam_turns(s: &Scene<'_>) -> bool {
    (s.t.theta_rad - s.before.theta_rad).abs() > RESTS_RAD
}

/// Driven too deep, and how deep the run-out went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Depth {
    over_since: Option<u64>,
}

impl Depth {
    pub(super) fn see(&mut self, s: &Scene<'_>, book: &mut Book) {
        let edge_um = s.rules.cap_um + TRIP_MARGIN_UM + READING_U_UM;
        s.keep(&mut self.over_since, s.drives && s.t.depth_um > edge_um);
        book.see(Rule::Depth, s.since_ms(self.over_since), s.t.time_us);
        if s.braked_us.is_some_and(|at| s.t.time_us - at <= OVER_US) {
            let beyond_um = s.t.peak_um - s.rules.cap_um;
            book.see(Rule::RunOut, beyond_um, s.t.time_us);
        }
    }
}
