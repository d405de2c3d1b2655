//! The second door: requests, one decision each.

use super::{Pen, Service};
use crate::calibration::{Calibration, CalibrationDefect};
use crate::cartridge::{self, CartridgeDefect, Kind};
use crate::fault::Fault;
use crate::journal::Record;
use crate::limits;
use crate::locks::Lock;
use crate::mode::{Event, Mode};
use crate::plan::Plan;
use crate::profile::{Source, admit_plan};
use crate::request::{Refusal, Reply, Request, Role};
use crate::units::Rate;

impl Pen {
    /// Decides what somebody asks. A refusal changes nothing, is recorded, and says why.
    ///
    /// # Errors
    /// [`Refusal`], with what was asked and what is allowed.
    pub fn request(&mut self, role: Role, request: Request) -> Result<Reply, Refusal> {
        // Stop and heartbeat need no role and no mode (STOP-010).
        if matches!(request, Request::Stop) {
            self.stop_asked = true;
            return Ok(Reply::Done);
        }
        if matches!(request, Request::Heartbeat) {
            self.heard();
            return Ok(Reply::Done);
        }
        let what = request.kind();
        let answer = self.decide(role, request);
        if let Err(why) = answer {
            self.record(Record::Refused { what, why });
        }
        answer
    }

    /// Storage has kept and read back this calibration; it is in force from now on.
    pub fn calibration_stored(&mut self, calibration: Calibration, digest: u32) {
        let reverted = self
            .service
            .staged
            .is_none_or(|(_, staged)| staged != digest);
        self.calibration = Some(calibration);
        self.service.staged = None;
        self.guard.rebase_depth();
        if !reverted {
            // Both channels were just measured against a gauge (PWR-007).
            self.depth_is_right();
        }
        let generation = calibration.generation;
        self.record(if reverted {
            Record::CalibrationReverted { generation }
        } else {
            Record::CalibrationCommitted { generation, digest }
        });
    }

    fn heard(&mut self) {
        self.service.silent_for = crate::units::Duration::from_us(0);
        self.service.unpermitted_for = crate::units::Duration::from_us(0);
    }

    fn decide(&mut self, role: Role, request: Request) -> Result<Reply, Refusal> {
        let needed = request.needs();
        if role < needed {
            return Err(Refusal::Role {
                asked: role,
                needed,
            });
        }
        // A running treatment obeys nothing but stop (LINK-003).
        if matches!(
            self.mode,
            Mode::Treating | Mode::Stopping | Mode::FaultReaction | Mode::Boot
        ) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        match request {
            Request::Stop | Request::Heartbeat => Ok(Reply::Done),
            Request::Acknowledge => self.acknowledge().map(|()| Reply::Done),
            Request::LoadPlan(plan) => self.load_plan(plan),
            Request::EndSession => self.end_session(),
            Request::EnterService => self.enter_service(),
            Request::LeaveService => self.ask_leave_service(),
            Request::Run(rate) => self.run(rate),
            Request::Stage {
                calibration,
                digest,
            } => self.stage(calibration, digest),
            Request::Commit { digest } => self.commit(digest),
            Request::Discard => self.discard(),
            Request::Revert(previous) => self.revert(previous),
            Request::EndTerminal { fault } => self.end_terminal(fault),
            Request::SetDay { day } => self.set_day(day),
        }
    }

    /// CONF-006: whole or not at all.
    fn load_plan(&mut self, plan: Plan) -> Result<Reply, Refusal> {
        if !matches!(self.mode, Mode::Locked | Mode::Standby) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        let Ok(device) = self.profile else {
            return Err(Refusal::Locked { locks: self.locks });
        };
        let Some(calibration) = self.calibration else {
            return Err(Refusal::Locked {
                locks: self.locks.with(Lock::Calibration, true),
            });
        };
        admit_plan(&device, &plan)?;
        self.day_is_not_past(plan.day)?;
        self.calibration_lasts(plan.day)?;
        // An open session goes on under its own plan only; nothing extends or resets its budget.
        let same = self.ledger.plan_sum == plan.fingerprint() && self.ledger.token == plan.token;
        if self.ledger.open && !same {
            return Err(Refusal::SessionOpen {
                session: self.ledger.session,
            });
        }
        if self.ledger.open && self.ledger.on >= device.session_on {
            return Err(Refusal::BudgetUsed {
                used: self.ledger.on,
                allowed: device.session_on,
            });
        }
        if plan.day > calibration.due_day {
            self.record(Record::Warned {
                warning: crate::fault::Warning::CalibrationDue,
                limiting: self.limiting(),
            });
        }
        self.take_plan(plan);
        Ok(Reply::Done)
    }

    fn end_session(&mut self) -> Result<Reply, Refusal> {
        if self.plan.is_none() && !self.ledger.open {
            return Err(Refusal::NoPlan);
        }
        if !matches!(
            self.mode,
            Mode::Locked | Mode::Standby | Mode::Ready | Mode::Faulted
        ) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        self.close_session();
        self.plan = None;
        self.admitted = None;
        if self.mode == Mode::Ready {
            self.enter(Event::Disarm);
        }
        Ok(Reply::Done)
    }

    /// A technician, at the pen, with the calibration dummy.
    fn enter_service(&mut self) -> Result<Reply, Refusal> {
        if !matches!(self.mode, Mode::Locked | Mode::Standby) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        // An image or a memory that failed its test decides nothing about a motor (TEST-003).
        if self.fixed_locks.has(Lock::Image) || self.fixed_locks.has(Lock::Memory) {
            return Err(Refusal::Locked { locks: self.locks });
        }
        if !self.hands.is_attended() {
            return Err(Refusal::NobodyAtThePen);
        }
        self.dummy_is_in()?;
        self.service = Service::default();
        self.record(Record::ServiceEntered);
        self.enter(Event::EnterService);
        Ok(Reply::Done)
    }

    fn dummy_is_in(&self) -> Result<(), Refusal> {
        let (_, kind) = cartridge::identify(self.seated, self.seen).map_err(Refusal::Cartridge)?;
        if kind == Kind::Dummy {
            Ok(())
        } else {
            Err(Refusal::Cartridge(CartridgeDefect::WrongPurpose))
        }
    }

    fn ask_leave_service(&mut self) -> Result<Reply, Refusal> {
        match self.mode {
            Mode::Service => {
                self.leave_service(false);
                Ok(Reply::Done)
            }
            Mode::ServiceRunning => {
                self.stop_asked = true;
                self.service.leaving = true;
                Ok(Reply::Done)
            }
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted => Err(Refusal::NotNow { mode: self.mode }),
        }
    }

    /// Motion in Service: reduced rate, the same limits, permission for 250 ms (CAL-004, LINK-008).
    fn run(&mut self, rate: Rate) -> Result<Reply, Refusal> {
        if !matches!(self.mode, Mode::Service | Mode::ServiceRunning) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        let Ok(device) = self.profile else {
            return Err(Refusal::Locked { locks: self.locks });
        };
        let most = limits::RATE_SERVICE.min(device.rate_max);
        if rate > most {
            return Err(Refusal::TooFast {
                asked: rate,
                allowed: most,
                by: Source::Absolute,
            });
        }
        if rate < device.rate_min {
            let allowed = device.rate_min;
            return Err(Refusal::TooSlow {
                asked: rate,
                allowed,
                by: Source::Device,
            });
        }
        self.dummy_is_in()?;
        let Some(depth) = self.readings.depth() else {
            return Err(Refusal::DepthUnknown);
        };
        if depth > device.depth_max {
            let allowed = device.depth_max;
            return Err(Refusal::DepthAboveCap {
                measured: depth,
                allowed,
                by: Source::Device,
            });
        }
        self.heard();
        if self.mode == Mode::ServiceRunning {
            if rate != self.service.rate {
                self.guard.set_point_changed(self.service.rate);
            }
            self.service.rate = rate;
            return Ok(Reply::Done);
        }
        self.service.rate = rate;
        self.begin_drive();
        self.enter(Event::Start);
        Ok(Reply::Done)
    }

    fn in_service(&self) -> Result<(), Refusal> {
        if self.mode == Mode::Service {
            Ok(())
        } else {
            Err(Refusal::NotNow { mode: self.mode })
        }
    }

    fn stage(&mut self, calibration: Calibration, digest: u32) -> Result<Reply, Refusal> {
        self.in_service()?;
        calibration
            .check(self.serial)
            .map_err(Refusal::Calibration)?;
        self.day_of_calibration(calibration.made_day)?;
        let allowed = self.next_generation();
        if calibration.generation != allowed {
            let asked = calibration.generation;
            return Err(Refusal::Calibration(CalibrationDefect::Generation {
                asked,
                allowed,
            }));
        }
        self.service.staged = Some((calibration, digest));
        self.record(Record::CalibrationStaged { digest });
        Ok(Reply::Done)
    }

    fn next_generation(&self) -> u32 {
        self.calibration
            .map_or(1, |calibration| calibration.generation.saturating_add(1))
    }

    fn commit(&mut self, digest: u32) -> Result<Reply, Refusal> {
        self.in_service()?;
        let Some((calibration, staged)) = self.service.staged else {
            return Err(Refusal::NothingStaged);
        };
        if staged != digest {
            return Err(Refusal::DigestDiffers {
                asked: digest,
                staged,
            });
        }
        Ok(Reply::Store(calibration))
    }

    fn discard(&mut self) -> Result<Reply, Refusal> {
        self.in_service()?;
        if self.service.staged.take().is_none() {
            return Err(Refusal::NothingStaged);
        }
        Ok(Reply::Done)
    }

    /// SENS-004: the last day that the pen has proof of: of a session, of its calibration, of its own
    /// program.
    pub(super) fn day_seen(&self) -> u16 {
        let made = self.calibration.map_or(0, |c| c.made_day);
        self.ledger.day.max(made).max(limits::RELEASE_DAY)
    }

    /// SENS-004: a host whose day lies before what the pen has seen has a wrong clock.
    fn day_is_not_past(&self, asked: u16) -> Result<(), Refusal> {
        let seen = self.day_seen();
        if asked < seen {
            Err(Refusal::ClockWentBack { asked, seen })
        } else {
            Ok(())
        }
    }

    /// SENS-004: a host whose day lies far ahead has a wrong clock, or the pen was away for long.
    /// Only somebody at the pen can tell.
    pub(super) fn day_is_near(&self, asked: u16) -> Result<(), Refusal> {
        let seen = self.day_seen();
        if asked > seen.saturating_add(limits::DAY_JUMP_MAX) && !self.hands.is_holding() {
            Err(Refusal::DayFarAhead { asked, seen })
        } else {
            Ok(())
        }
    }

    /// SENS-004: a calibration may be older than the last day seen, because that may be the wrong one
    /// of the two, but not older than the program, and it may not carry the day far ahead.
    fn day_of_calibration(&self, asked: u16) -> Result<(), Refusal> {
        let seen = limits::RELEASE_DAY;
        if asked < seen {
            return Err(Refusal::ClockWentBack { asked, seen });
        }
        self.day_is_near(asked)
    }

    /// SENS-004: the way back when a wrong day was confirmed. A technician, at the pen.
    fn set_day(&mut self, day: u16) -> Result<Reply, Refusal> {
        if !matches!(self.mode, Mode::Locked | Mode::Standby | Mode::Service) {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        if !self.hands.is_attended() {
            return Err(Refusal::NobodyAtThePen);
        }
        let from = self.ledger.day;
        self.ledger.day = 0;
        if let Err(why) = self
            .day_is_not_past(day)
            .and_then(|()| self.day_is_near(day))
        {
            self.ledger.day = from;
            return Err(why);
        }
        self.ledger.day = day;
        self.record(Record::DayCorrected { from, to: day });
        self.want_ledger();
        Ok(Reply::Done)
    }

    /// STOP-012: the only way out of a terminal fault. A technician who names what was looked at, and
    /// holds the confirm button for as long as a mistake does not last; the motor stands and draws
    /// nothing. The tests of both paths run again before the next zone.
    fn end_terminal(&mut self, fault: Fault) -> Result<Reply, Refusal> {
        let Some(latched) = self.terminal() else {
            return Err(Refusal::NoFault);
        };
        if self.mode != Mode::Faulted {
            return Err(Refusal::NotNow { mode: self.mode });
        }
        if fault != latched {
            return Err(Refusal::Terminal { fault: latched });
        }
        if !self.hands.is_holding() {
            return Err(Refusal::NobodyAtThePen);
        }
        if !self.hands.is_free() {
            return Err(Refusal::TriggerHeld);
        }
        let moving = self.readings.speed.since_edge < limits::STANDSTILL_TIME;
        if moving || self.locks.has(Lock::CurrentZero) {
            return Err(Refusal::CausePresent { fault });
        }
        self.ledger.terminal = None;
        self.want_ledger();
        self.record(Record::TerminalEnded { fault });
        self.fault = None;
        self.later = 0;
        self.guard.rebase_depth();
        self.enter(Event::Acknowledge);
        Ok(Reply::Done)
    }

    /// The previous generation returns under a number of its own, so that numbers only rise.
    fn revert(&mut self, previous: Calibration) -> Result<Reply, Refusal> {
        self.in_service()?;
        previous.check(self.serial).map_err(Refusal::Calibration)?;
        let generation = self.next_generation();
        Ok(Reply::Store(Calibration {
            generation,
            ..previous
        }))
    }
}
