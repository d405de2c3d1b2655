//! What the motor and the actuator are told, and by which rate: wish, permits, gate.

use super::Pen;
use crate::fault::Limiting;
use crate::gate::{MotorCommand, Permits, Wish, command};
use crate::io::DepthCommand;
use crate::limits;
use crate::mode::{AfterStop, Mode};
use crate::units::{Depth, Duration, Rate};

impl Pen {
    /// PWR-004: what a warm grip leaves of a rate.
    fn cooled(&self, rate: Rate) -> Rate {
        let least = self
            .records
            .profile()
            .map_or(rate, |profile| profile.rate_min);
        rate.percent(limits::RATE_WARM_PERCENT).max(least).min(rate)
    }

    /// What the rate loop shall reach in this mode.
    pub(super) fn rate_set(&self) -> Rate {
        self.rate_set_if(self.senses.is_warm())
    }

    pub(super) fn rate_set_if(&self, warm: bool) -> Rate {
        let rate = match self.machine.mode() {
            Mode::Ready | Mode::Treating => self
                .account
                .admitted()
                .map_or(Rate::from_mhz(0), |admitted| admitted.rate()),
            Mode::ServiceRunning => self.dead_man.rate(),
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service => Rate::from_mhz(0),
        };
        if warm { self.cooled(rate) } else { rate }
    }

    /// What holds the rate back now.
    pub(super) fn limiting(&self) -> Limiting {
        if !self.machine.mode().may_drive() {
            Limiting::None
        } else if self.senses.is_warm() {
            Limiting::Heat
        } else {
            self.drive.limiting()
        }
    }

    /// PWR-005: a reset in the middle of a treatment leaves the motor coasting. The brake needs the
    /// enable path, and with that closed a shorted bridge drives: without a second switch it is
    /// closed only when an edge has shown that there is something to brake.
    fn brakes_at_boot(&self) -> bool {
        let turns = !self.cam.has_stood() || self.cam_falls();
        let moved = self.senses.readings().speed.moved;
        turns && (self.records.has_second_switch() || moved)
    }

    /// The motor command of this tick: the mode's wish through the gate.
    pub(super) fn command_motor(&mut self, dt: Duration) -> MotorCommand {
        let wish = match self.machine.mode() {
            Mode::Treating | Mode::ServiceRunning => self.turn(dt),
            Mode::Stopping | Mode::FaultReaction => self.halt(dt),
            Mode::Boot if self.brakes_at_boot() => Wish::Brake,
            Mode::Boot | Mode::Ready => self.drive.probe().wish().unwrap_or(Wish::Off),
            Mode::Locked | Mode::Standby | Mode::Faulted | Mode::Service => Wish::Off,
        };
        let mode = self.machine.permit();
        let serves = self.machine.mode() == Mode::ServiceRunning;
        let permits = Permits {
            guard: self.latch.permit(self.machine.is_halting()),
            // What a mode that does not drive could spend is not asked.
            budget: mode.as_ref().and_then(|_| self.account.permit(serves)),
            interlocks: self.interlocks(),
            mode,
        };
        command(wish, permits)
    }

    fn turn(&mut self, dt: Duration) -> Wish {
        let set = self.rate_set();
        let Some(profile) = self.records.profile() else {
            return Wish::Brake;
        };
        let readings = self.senses.readings();
        self.drive.turn(profile, readings, set, dt, &mut self.trace)
    }

    fn halt(&mut self, dt: Duration) -> Wish {
        if self.drive.halt().is_braking() && self.senses.readings().speed.reversals > 1 {
            // A braked cam may roll back, but not to and fro: one of the two switches is stuck.
            self.cam.lose();
        }
        if self.hands.cable && self.machine.after() != AfterStop::Service {
            // No push while the cable brings power, not even to park (PWR-003).
            self.drive.forbid_push();
        }
        let halting = self.drive.halt_on(self.senses.readings(), &self.cam, dt);
        if self.drive.halt().unfelt().is_some() {
            self.cam.lose();
        }
        if !halting.done {
            return halting.wish;
        }
        let told = self.drive.left_out();
        match told.filter(|_| self.machine.mode() == Mode::Stopping) {
            Some(told) => self.trip(told),
            None => self.halted(),
        }
        Wish::Off
    }

    pub(super) fn command_depth(&mut self, dt: Duration) -> DepthCommand {
        let mode = self.machine.mode();
        let goal = match mode {
            Mode::Ready | Mode::Treating | Mode::Stopping if self.records.has_actuator() => self
                .account
                .admitted()
                .map_or(Depth::from_um(0), |admitted| admitted.aim()),
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service
            | Mode::ServiceRunning => Depth::from_um(0),
        };
        self.actuator.update(goal, mode == Mode::Ready, dt)
    }
}
