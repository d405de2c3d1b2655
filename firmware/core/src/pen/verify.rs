//! The whole pen under proof: its invariant, and the doors that keep it.
//!
//! ```text
//! Pen::new(any Boot)                      meets the invariant    harness `start`
//! any pen that meets it, any step         meets it again         harness `step`
//! any pen that meets it, any request      meets it again         harnesses `request`, `stored`, `record`
//! ```
//!
//! So whatever the rules of these harnesses say of one step or request holds of each, for ever.

pub(crate) mod doors;
pub(crate) mod step;

use super::Pen;
use crate::halt::Halt;
use crate::mode::{AfterStop, Mode};
use crate::units::Rate;

impl Pen {
    /// What is true of every pen between two calls of its doors.
    pub(crate) fn holds(&self) -> bool {
        self.modes_hold() && self.zone_holds() && self.rooms_hold()
    }

    /// Modes, fault and stop belong together.
    fn modes_hold(&self) -> bool {
        let mode = self.machine.mode();
        let faulted = matches!(mode, Mode::FaultReaction | Mode::Faulted);
        let serves = mode != Mode::ServiceRunning
            || (self.records.profile().is_some() && self.dead_man.rate() <= Rate::from_mhz(80_000));
        let first = self.latch.first();
        let mild = first.is_some_and(|latched| Halt::is_mild(latched.fault));
        // A latched fault is there whenever the mode says so, and only then.
        first.is_some() == faulted
            // A terminal fault is on its way to be latched, or is.
            && (self.latch.terminal().is_none() || faulted || mode == Mode::Boot)
            && serves
            // A stop after a fault pushes only where the fault allows it.
            && (mode != Mode::FaultReaction || !self.drive.halt().may_push() || mild)
            // What began as a treatment is not taken for Service.
            && (mode != Mode::Treating || self.machine.after() != AfterStop::Service)
            // No calibration comes into force while a treatment drives.
            && (mode != Mode::Treating || self.is_signed_off())
    }

    /// A zone is open from its confirmation to the end of the stop that keeps it open.
    fn zone_holds(&self) -> bool {
        let mode = self.machine.mode();
        let back = mode == Mode::Stopping && self.machine.after() == AfterStop::Ready;
        let open = matches!(mode, Mode::Ready | Mode::Treating) || back;
        let started = back || mode == Mode::Treating;
        (!open || self.account.has_zone())
            && (!started || self.account.is_started())
            && (self.account.admitted().is_none() || self.may_have_zone())
    }

    /// A zone is never open at rest, but in Ready, nor in Service.
    fn may_have_zone(&self) -> bool {
        let mode = self.machine.mode();
        let serves = self.machine.after() == AfterStop::Service;
        matches!(mode, Mode::Ready | Mode::Treating | Mode::FaultReaction)
            || (mode == Mode::Stopping && !serves)
    }

    /// Each room's own.
    fn rooms_hold(&self) -> bool {
        self.records.holds()
            && self.senses.holds()
            && self.account.holds(self.records.profile())
            && self.drive.holds(self.records.has_second_switch())
            && self.actuator.holds()
            && self.clock.holds()
            && self.guard.holds()
    }

    /// The calibration in force, if there is one, is the one that was last signed off.
    fn is_signed_off(&self) -> bool {
        let id = self.records.signed_off();
        self.records.calibration().is_none_or(|own| {
            id.generation != 0
                && own.generation == id.generation
                && self.records.digest() == id.digest
        })
    }

    /// Brings a pen that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self) {
        self.records.tame();
        self.senses.tame();
        self.account.tame(self.records.profile());
        self.actuator.tame();
        self.clock.tame();
        self.guard.tame();
        self.dead_man.tame();
        let mode = self.machine.mode();
        let zone = self.account.admitted().is_some() && self.account.plan().is_some();
        let mode = match mode {
            Mode::Ready | Mode::Treating if !zone => Mode::Standby,
            Mode::Treating if !self.is_signed_off() => Mode::Standby,
            Mode::ServiceRunning if self.records.profile().is_none() => Mode::Service,
            Mode::FaultReaction | Mode::Faulted if self.latch.first().is_none() => Mode::Locked,
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service
            | Mode::ServiceRunning => mode,
        };
        self.machine.put(mode);
        if (mode == Mode::Stopping && !zone) || mode == Mode::Treating {
            self.machine.lead(AfterStop::Locked);
        }
        let back = mode == Mode::Stopping && self.machine.after() == AfterStop::Ready;
        if matches!(mode, Mode::Ready | Mode::Treating) || back {
            self.account.tame_zone(mode != Mode::Ready);
        }
        if !matches!(mode, Mode::FaultReaction | Mode::Faulted) {
            self.latch.clear_first();
            if mode != Mode::Boot && self.latch.terminal().is_some() {
                self.latch.clear_kept();
            }
        }
        if !self.may_have_zone() {
            self.account.leave_zone();
        }
        let fault = self.latch.first().map(|latched| latched.fault);
        self.drive.tame(self.records.has_second_switch(), fault);
    }
}

#[cfg(test)]
mod tests;
