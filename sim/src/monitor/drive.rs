//! Who asks for torque, and whether the supply gives it: what all judges start from.
//!
//! Torque is the plant's: the bridge puts the supply before the winding, faults included. No pin is
//! looked at. Somebody asks for it who pressed the trigger after having let go of it, and holds it;
//! a stop while it is held ends the asking. In a technician's run the trigger does not count:
//! there all torque is asked for, unless it looks like a parking push.

use super::rule::{Book, Defect, Rules};
use super::since_ms;
use crate::pen::Truth;

/// STOP-001: how long the trigger must have been free before it asks again (us). Two thirds of the
/// requirement's 200 ms: the pen's clock may run fast by half.
const FREE_US: u64 = 130_000;
/// A trigger that is held asks no more when torque has been away for so long (us). A regulator that
/// has nothing to add, and bridges no more than a few turns, is still driving.
const STOPPED_US: u64 = 60_000;
/// Weak torque is no longer the regulator's when torque was away for so long (us).
const PUSHED_US: u64 = 8_000;
/// Parking: highest voltage of a push (V), how long after the brake it may come (us), and for how
/// long all pushes of a stop may last together (us).
pub(super) const PUSH_V: f64 = 2.2;
const PUSH_WITHIN_US: u64 = 500_000;
const PUSHES_US: u64 = 300_000;
/// A current that is none (A).
const NO_CURRENT_A: f64 = 1e-3;

/// Where the drive is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody has driven yet.
    #[default]
    Idle,
    /// Torque that was asked for, and whatever follows it without a gap.
    Driven,
    /// Torque has gone since then.
    Stopped,
}

/// One step, as all judges see it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each asked for by name"
)]
pub(super) struct Scene<'a> {
    /// The truth at its end.
    pub(super) t: &'a Truth,
    /// The truth at its beginning.
    pub(super) before: &'a Truth,
    pub(super) rules: Rules,
    /// The supply puts torque on the motor.
    pub(super) torque: bool,
    /// Somebody asks for it.
    pub(super) asked: bool,
    /// Torque after the brake that nobody asks for, whatever its voltage.
    pub(super) after_brake: bool,
    /// Torque that is no parking push.
    pub(super) drives: bool,
    pub(super) phase: Phase,
    /// When the brake was applied (us).
    pub(super) braked_us: Option<u64>,
    /// When the trigger was let go of (us).
    pub(super) free_us: Option<u64>,
    /// When the activation began (us), while it lasts.
    pub(super) active_us: Option<u64>,
    /// Activations so far.
    pub(super) activations: u32,
}

impl Scene<'_> {
    /// Length of the step (us).
    pub(super) const fn step_us(&self) -> u64 {
        self.t.time_us - self.before.time_us
    }

    /// Time since something, up to the end of the step (ms).
    pub(super) fn since_ms(&self, since: Option<u64>) -> f64 {
        since_ms(since, self.t.time_us)
    }

    /// Keeps when something began: with this step, if it is so and was not.
    pub(super) fn keep(&self, since: &mut Option<u64>, is_so: bool) {
        *since = is_so.then(|| since.unwrap_or(self.before.time_us));
    }
}

/// Follows trigger and torque.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drive {
    /// Nobody has held the trigger since the run began, or since then (us).
    free_us: Option<u64>,
    asks: bool,
    /// It was free for long enough since the last drive: the next press asks.
    armed: bool,
    /// This press has not driven yet.
    fresh: bool,
    starts: u32,
    phase: Phase,
    braked_us: Option<u64>,
    active_us: Option<u64>,
    activations: u32,
    pushed_us: u64,
}

impl Drive {
    /// Looks at one step.
    pub(super) fn see<'a>(
        &mut self,
        before: &'a Truth,
        t: &'a Truth,
        rules: Rules,
        book: &Book,
    ) -> Scene<'a> {
        let torque = t.powered || t.supply_a.abs() > NO_CURRENT_A;
        let torque = torque && (t.enable || !book.has(Defect::Pin));
        let from_us = before.time_us;
        let is_weak = t.duty.abs() * t.terminal_v <= PUSH_V || book.has(Defect::HardPush);
        let is_soon = self.braked_us.is_some_and(|at| {
            from_us.saturating_sub(at) <= PUSH_WITHIN_US || book.has(Defect::LatePush)
        });
        let is_push = self.phase == Phase::Stopped && is_weak && is_soon;
        self.ask(t, from_us, book);
        let asked = if rules.is_service && !book.has(Defect::Technician) {
            !is_push
        } else {
            self.asks
        };
        self.turn_phase(torque, asked, is_weak, from_us);
        let after_brake = torque && self.phase == Phase::Stopped;
        if after_brake && is_weak {
            self.pushed_us += t.time_us - from_us;
        }
        let push = after_brake && is_push && self.pushed_us <= PUSHES_US;
        Scene {
            t,
            before,
            rules,
            torque,
            asked,
            after_brake,
            drives: torque && !push,
            phase: self.phase,
            braked_us: self.braked_us,
            free_us: self.free_us,
            active_us: self.active_us,
            activations: self.activations,
        }
    }

    /// Whether whoever holds the trigger asks for torque.
    fn ask(&mut self, t: &Truth, from_us: u64, book: &Book) {
        let held = if book.has(Defect::Finger) {
            t.trigger
        } else {
            t.held
        };
        if t.starts != self.starts {
            // Who holds it over a start asks for nothing.
            self.starts = t.starts;
            self.armed = false;
            self.asks = false;
        }
        if !held {
            self.free_us = Some(self.free_us.unwrap_or(from_us));
            self.asks = false;
            return;
        }
        if let Some(free_us) = self.free_us.take() {
            self.armed |= from_us - free_us >= FREE_US;
            self.asks = self.armed;
            self.fresh = self.armed;
        }
        let stopped = self
            .braked_us
            .is_some_and(|at| self.active_us.is_some() && from_us - at >= STOPPED_US);
        if stopped {
            self.asks = false;
            self.armed = false;
        }
        self.asks = self.asks || book.has(Defect::Stale);
    }

    fn turn_phase(&mut self, torque: bool, asked: bool, is_weak: bool, from_us: u64) {
        // After a brake, weak torque is a push, although the trigger may still be held.
        let away = self.braked_us.is_some_and(|at| from_us - at >= PUSHED_US);
        let pushes = self.phase == Phase::Stopped && !self.fresh && is_weak && away;
        if torque && ((asked && !pushes) || self.phase == Phase::Driven) {
            self.fresh = false;
            self.armed = false;
            if self.active_us.is_none() {
                self.active_us = Some(from_us);
                self.activations += 1;
            }
            self.phase = Phase::Driven;
            self.braked_us = None;
            self.pushed_us = 0;
        } else if self.phase == Phase::Driven {
            self.phase = Phase::Stopped;
            self.braked_us = Some(from_us);
        }
        // An activation ends with the asking; a gap in the torque alone does not end it.
        if self.phase != Phase::Driven && !self.asks {
            self.active_us = None;
        }
    }
}
