//! The whole pen under proof: its invariant, and the two doors that keep it.
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
use crate::mode::{AfterStop, Mode};
use crate::profile::DeviceProfile;
use crate::units::{Depth, Duration, Rate};
use crate::verify::at_most;

fn is_faulted(mode: Mode) -> bool {
    matches!(mode, Mode::FaultReaction | Mode::Faulted)
}

/// A profile that was admitted is inside the absolute limits (room `profile`).
fn is_inside(device: &DeviceProfile) -> bool {
    let (none, most) = (Depth::from_um(0), Depth::from_um(2_500));
    device.depth_max > none
        && device.depth_max < device.stroke
        && device.stroke <= most
        && device.rate_max <= Rate::from_mhz(150_000)
        && device.session_on <= Duration::from_min(30)
        && device.session_elapsed <= Duration::from_min(45)
}

impl Pen {
    /// What is true of every pen between two calls of its doors.
    pub(crate) fn holds(&self) -> bool {
        self.modes_hold() && self.zone_holds() && self.rooms_hold()
    }

    /// Modes, fault and stop belong together.
    pub(super) fn modes_hold(&self) -> bool {
        let reacts = self.mode == Mode::FaultReaction;
        // A latched fault is there whenever the mode says so, and only then.
        self.fault.is_some() == is_faulted(self.mode)
            // A terminal fault is on its way to be latched, or is.
            && (self.ledger.terminal.is_none_or(|fault| !fault.is_terminal())
                || is_faulted(self.mode)
                || self.mode == Mode::Boot)
            && (self.mode != Mode::ServiceRunning
                || (self.profile.is_ok() && self.service.rate <= Rate::from_mhz(80_000)))
            // A stop after a fault pushes only where the fault allows it.
            && (!reacts
                || !self.halt.may_push()
                || self.fault.is_some_and(|latched| crate::halt::Halt::is_mild(latched.fault)))
    }

    /// A zone is open from its confirmation to the end of the stop that keeps it open.
    pub(super) fn zone_holds(&self) -> bool {
        let back = self.mode == Mode::Stopping && self.after == AfterStop::Ready;
        let open = matches!(self.mode, Mode::Ready | Mode::Treating) || back;
        let started = self.plan.is_some_and(|loaded| loaded.started);
        (!open
            || (self.admitted.is_some()
                && self.plan.is_some()
                && self.ledger.open
                && self.ledger.reserved == Some(self.zone)))
            && (started || !(back || self.mode == Mode::Treating))
            && self.admitted.is_none_or(|admitted| {
                self.profile.is_ok_and(|device| admitted.holds(&device))
            })
    }

    /// Each room's own.
    pub(super) fn rooms_hold(&self) -> bool {
        self.halt.holds()
            && self.probe.holds()
            && self.probe.has_second() == self.second_switch
            && self.profile.is_ok_and(|device| is_inside(&device)) == self.profile.is_ok()
            && self
                .calibration
                .is_none_or(|made| (-30_000..=30_000).contains(&made.clock_ppm))
            && self.actuator_nm <= 2_500_000
            && self.clock.holds()
            && self.guard.holds()
    }

    /// Brings a pen that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self) {
        if let Ok(device) = &mut self.profile {
            let um = device.depth_max.as_um().rem_euclid(2_499);
            device.depth_max = Depth::from_um(um.saturating_add(1));
            device.stroke = Depth::from_um(2_500);
            device.rate_max = device.rate_max.min(Rate::from_mhz(150_000));
            at_most(&mut device.session_on, 30 * 60_000);
            at_most(&mut device.session_elapsed, 45 * 60_000);
        }
        match (&mut self.admitted, &self.profile) {
            (Some(admitted), Ok(device)) => admitted.tame(device),
            (admitted, _) => *admitted = None,
        }
        if let Some(made) = &mut self.calibration {
            made.clock_ppm = made.clock_ppm.clamp(-30_000, 30_000);
        }
        self.halt.tame();
        self.probe.tame(self.second_switch);
        self.actuator_nm = self.actuator_nm.min(2_500_000);
        self.clock.tame();
        self.guard.tame();
        self.service.rate = self.service.rate.min(Rate::from_mhz(80_000));
        let terminal = self.ledger.terminal.is_some_and(|fault| fault.is_terminal());
        if terminal && !is_faulted(self.mode) && self.mode != Mode::Boot {
            self.ledger.terminal = None;
        }
        let opens = self.admitted.is_some() && self.plan.is_some();
        if !opens && matches!(self.mode, Mode::Ready | Mode::Treating) {
            self.mode = Mode::Standby;
        }
        if !opens && self.mode == Mode::Stopping {
            self.after = AfterStop::Locked;
        }
        if self.mode == Mode::ServiceRunning && self.profile.is_err() {
            self.mode = Mode::Service;
        }
        if let Some(loaded) = &mut self.plan {
            let back = self.mode == Mode::Stopping && self.after == AfterStop::Ready;
            if matches!(self.mode, Mode::Ready | Mode::Treating) || back {
                self.ledger.open = true;
                self.ledger.reserved = Some(self.zone);
                loaded.started |= self.mode != Mode::Ready;
            }
        }
        if is_faulted(self.mode) {
            if self.fault.is_none() {
                self.mode = Mode::Locked;
            }
        } else {
            self.fault = None;
        }
        self.halt.forbid_push_after(self.fault.map(|latched| latched.fault));
    }
}
