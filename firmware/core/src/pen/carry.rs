//! What a decision, a trip or a grant changes, in several rooms at once.

use super::Pen;
use crate::admission::{self, Effect, Grant};
use crate::dead_man::DeadMan;
use crate::decide::Decision;
use crate::fault::{Fault, StopCause, Trip, Warning};
use crate::journal::{Record, Tell};
use crate::locks::Lock;
use crate::mode::{AfterStop, Event, Mode};
use crate::records::Origin;
use crate::request::{Refusal, Reply, RequestKind};
use crate::start;
use crate::units::Duration;

impl Pen {
    /// What this tick's decision brings.
    pub(super) fn carry_out(&mut self, decision: Decision) {
        match decision {
            Decision::Stay => {}
            Decision::SelfTested(found) => {
                let locks = self.locks.without(Lock::Testing);
                self.trace.tell(Record::SelfTested { locks });
                match found {
                    Some(trip) => self.trip(trip),
                    None => self.enter(Event::SelfTested),
                }
            }
            Decision::Unlock => self.enter(Event::Unlock),
            Decision::Lock => self.enter(Event::Lock),
            Decision::CheckZero => self.answer(RequestKind::CheckZero, Self::check_zero),
            Decision::NextZone => self.account.choose_next(),
            Decision::Arm => self.answer(RequestKind::ConfirmZone, Self::arm),
            Decision::LockZone => self.leave_zone(Event::Lock),
            Decision::LeaveZone => self.leave_zone(Event::Disarm),
            Decision::DemandRelease => self.hands.demand_release(),
            Decision::LetGo => self.hands.let_go(),
            Decision::Start => {
                self.hands.answer();
                self.answer(RequestKind::Trigger, Self::start);
            }
            Decision::Stop(cause) => self.stop(cause),
            Decision::Acknowledge => self.answer(RequestKind::Acknowledge, Self::acknowledge),
            Decision::LeaveService => self.leave_service(true),
        }
    }

    /// A hand at the pen asks; a refusal is told.
    fn answer(&mut self, what: RequestKind, ask: impl FnOnce(&mut Self) -> Result<(), Refusal>) {
        if let Err(why) = ask(self) {
            self.trace.tell(Record::Refused { what, why });
        }
    }

    /// What was granted at the second door.
    pub(super) fn carry_grant(&mut self, grant: Grant) -> Reply {
        match grant.effect() {
            Effect::Stop => self.hands.ask_stop(),
            Effect::Heartbeat => self.dead_man.heard(),
            Effect::Acknowledge => self.open_latch(),
            Effect::LoadPlan { plan, is_due } => {
                if is_due {
                    self.trace.tell(Record::Warned {
                        warning: Warning::CalibrationDue,
                        limiting: self.limiting(),
                    });
                }
                self.account.take_plan(&plan, &mut self.trace);
            }
            Effect::EndSession => {
                self.close_session();
                self.account.forget_plan();
                if self.machine.mode() == Mode::Ready {
                    self.enter(Event::Disarm);
                }
            }
            Effect::EnterService => {
                self.dead_man = DeadMan::default();
                self.records.enter_service();
                self.trace.tell(Record::ServiceEntered);
                self.enter(Event::EnterService);
            }
            Effect::LeaveService if self.machine.mode() == Mode::Service => {
                self.leave_service(false);
            }
            Effect::LeaveService => {
                self.hands.ask_stop();
                self.dead_man.leave();
            }
            Effect::Run(rate) => {
                self.dead_man.heard();
                let before = self.dead_man.rate();
                self.dead_man.turn(rate);
                if self.machine.mode() == Mode::ServiceRunning {
                    if rate != before {
                        self.guard.set_point_changed(before);
                    }
                } else {
                    self.machine.leads_to(AfterStop::Service);
                    self.begin_drive();
                    self.enter(Event::Start);
                }
            }
            Effect::Stage(calibration, digest) => {
                self.records.stage(Some((calibration, digest)));
                self.trace.tell(Record::CalibrationStaged { digest });
            }
            Effect::Store(calibration, kept) => {
                self.records.grant(calibration, kept);
                return Reply::Store(calibration);
            }
            Effect::Discard => self.records.discard(),
            Effect::SignOff => {
                self.records.grant_sign_off();
                // Whatever becomes of it, nothing starts before storage has what is in force.
                self.account.want();
                return Reply::SignOff;
            }
            Effect::EndTerminal(fault) => self.end_terminal(fault),
            Effect::SetDay(day) => {
                let from = self.account.day();
                self.account.set_day(day);
                self.trace.tell(Record::DayCorrected { from, to: day });
            }
        }
        Reply::Done
    }

    /// Storage has kept that the calibration in force is signed off.
    pub(super) fn carry_sign_off(&mut self) {
        if self.machine.mode() == Mode::Service {
            // Both channels were measured against a gauge with it (PWR-007).
            self.depth_is_right();
        } else {
            // What ended Service meanwhile may have been a fall: that one is not forgotten.
            self.account.want();
        }
        let generation = self.records.generation();
        self.trace.tell(Record::CalibrationSignedOff { generation });
    }

    fn end_terminal(&mut self, fault: Fault) {
        self.latch.end_terminal();
        self.account.want();
        self.trace.tell(Record::TerminalEnded { fault });
        self.guard.rebase_depth();
        self.enter(Event::Acknowledge);
    }

    /// Storage has kept a calibration that was granted: it is in force from now on.
    pub(super) fn carry_calibration(&mut self, generation: u32, digest: u32, kept: Origin) {
        self.guard.rebase_depth();
        match kept {
            Origin::Previous { .. } => {
                self.account.want();
                self.trace.tell(Record::CalibrationReverted { generation });
            }
            Origin::Staged => {
                self.trace
                    .tell(Record::CalibrationCommitted { generation, digest });
            }
        }
    }

    /// Timers that run in every mode, and what falls due with them.
    pub(super) fn pass_time(&mut self, dt: Duration) {
        self.seat.tick(dt);
        self.dead_man.tick(dt);
        let rests = self.machine.mode().is_at_rest();
        let most = || self.records.session_limits();
        let due = self.account.tick(dt, rests, self.hands.held, most);
        if let Some(id) = due.expired {
            self.trace.tell(Record::PlanExpired { id });
            if self.machine.mode() == Mode::Ready {
                self.leave_zone(Event::Disarm);
            }
            self.close_session();
            self.account.forget_plan();
        }
        if due.over && self.account.is_open() {
            self.close_session();
            if self.machine.mode() == Mode::Ready {
                self.enter(Event::Disarm);
            }
        }
    }

    /// The confirm button in Standby: opens the session if need be, and the zone.
    fn arm(&mut self) -> Result<(), Refusal> {
        let armed = start::may_arm(&self.facts())?;
        if self.account.open_session(armed.tag, &mut self.trace) {
            self.seat.forget_burn();
        }
        self.account
            .enter_zone(armed.admitted, armed.kind.needles());
        self.drive.test_again();
        let cap = armed.admitted.cap();
        self.trace.tell(Record::ZoneOpened {
            zone: armed.zone,
            cap: cap.value,
            by: cap.by,
            rate: armed.admitted.rate(),
        });
        self.enter(Event::Arm);
        Ok(())
    }

    /// The trigger in Ready.
    fn start(&mut self) -> Result<(), Refusal> {
        start::may_start(&self.facts())?;
        self.account.start_plan();
        let depth = self.senses.readings().depth();
        if let (Some(depth), Some(admitted)) = (depth, self.account.admitted()) {
            self.trace.tell(Record::Started {
                depth,
                cap: admitted.cap().value,
                rate: admitted.rate(),
            });
        }
        self.seat.use_up(&mut self.trace);
        // A fault of this drive is none of Service, whatever the drive before was (PWR-003).
        self.machine.leads_to(AfterStop::Locked);
        self.begin_drive();
        self.enter(Event::Start);
        Ok(())
    }

    /// What every drive starts with, whatever it is for.
    #[inline(never)] // from two places and seldom: one copy is enough
    fn begin_drive(&mut self) {
        self.account.begin();
        self.drive.begin();
        self.senses.begin();
        self.cam.begin();
    }

    /// Ends the drive without a fault: the brake is applied in this very tick.
    fn stop(&mut self, cause: StopCause) {
        if matches!(cause, StopCause::GripHot | StopCause::WindingHot) {
            self.tell_heat();
        }
        let mode = self.machine.mode();
        self.machine.leads_to(after(mode, cause));
        let (on, strokes) = self.account.activation();
        self.trace.tell(Record::Stopped { cause, on, strokes });
        self.drive.stop();
        self.enter(Event::Stop);
        if mode == Mode::ServiceRunning && self.dead_man.is_leaving() {
            self.machine.leads_to(AfterStop::Locked);
            self.end_service();
            self.trace.tell(Record::ServiceLeft { silent: false });
        }
    }

    /// Latches the first cause; counts the rest; the drive is gone in this very tick (STOP-006).
    pub(super) fn trip(&mut self, trip: Trip) {
        if self.latch.keep(trip.fault) {
            self.account.want();
        }
        let mode = self.machine.mode();
        if matches!(mode, Mode::Service | Mode::ServiceRunning) {
            self.end_service();
        }
        let turns = self.senses.readings().turns();
        let second_switch = self.records.has_second_switch();
        self.drive.react(trip.fault, mode, turns, second_switch);
        if self.machine.is_faulted() {
            self.latch.count(trip, &mut self.trace);
            return;
        }
        if mode.may_drive() && blinds(trip.fault) {
            self.cam.lose();
        }
        self.latch.close(trip, &mut self.trace);
        self.enter(Event::Trip);
    }

    /// The motor stands: the account is closed, and the next mode is entered.
    pub(super) fn halted(&mut self) {
        let readings = self.senses.readings();
        self.account.count_unseen(readings.seen.turned);
        let parked = self.cam.settle(readings.depth());
        self.trace.tell(Record::Halted {
            after: self.drive.halt().lasted(),
            parked,
        });
        if self.machine.mode() == Mode::FaultReaction {
            self.account.leave_zone();
        } else if self.machine.after() != AfterStop::Service {
            // A drive of Service that ends with it worked with no cartridge (CART-004).
            if self.account.admitted().is_some() {
                self.seat.works();
            }
            if self.account.is_over(self.records.session_limits()) {
                self.close_session();
                self.machine.leads_to(AfterStop::Locked);
            } else if self.machine.after() == AfterStop::Ready {
                self.account.stay_in_zone();
            } else {
                self.account.leave_zone();
            }
        }
        self.enter(Event::Halted);
    }

    /// Somebody saw the fault: at the pen, or with the host.
    fn acknowledge(&mut self) -> Result<(), Refusal> {
        admission::may_acknowledge(&self.situation())?;
        self.open_latch();
        Ok(())
    }

    fn open_latch(&mut self) {
        self.trace.tell(Record::Acknowledged {
            later: self.latch.later(),
        });
        self.latch.open();
        self.guard.rebase_depth();
        self.enter(Event::Acknowledge);
    }

    /// PWR-007: the depth is checked at zero, by a hand at the pen.
    fn check_zero(&mut self) -> Result<(), Refusal> {
        let (a, b) = start::may_call_zero(&self.facts())?;
        self.trace.tell(Record::ZeroChecked { a, b });
        self.depth_is_right();
        Ok(())
    }

    /// Both channels were compared with something that no shock moves.
    fn depth_is_right(&mut self) {
        if self.latch.depth_is_right() {
            self.account.want();
        }
    }

    fn leave_zone(&mut self, event: Event) {
        self.account.leave_zone();
        self.enter(event);
    }

    #[inline(never)] // from several places and seldom: one copy is enough
    fn close_session(&mut self) {
        if self.account.close_session(&mut self.trace) {
            self.seat.forget_burn();
        }
    }

    /// Nothing of Service is left, but what is on its way to storage.
    fn end_service(&mut self) {
        self.dead_man = DeadMan::default();
        self.records.leave_service();
    }

    fn leave_service(&mut self, silent: bool) {
        self.end_service();
        self.trace.tell(Record::ServiceLeft { silent });
        self.enter(Event::LeaveService);
    }

    /// What grip and winding have.
    pub(super) fn tell_heat(&mut self) {
        self.trace.tell(Record::Heated {
            grip: self.senses.grip(),
            winding: self.senses.winding(),
        });
    }

    /// Goes where the event leads. A new mode wants to see the trigger released, and is told. No event
    /// gets here that the table refuses after rooms have changed for it: the model asks that of every
    /// state (`led_nowhere`).
    pub(super) fn enter(&mut self, event: Event) {
        let left = self.machine.apply(event);
        #[cfg(test)]
        if !matches!(left, Ok(Some(_))) {
            super::model::led_nowhere(event);
        }
        if let Ok(Some(from)) = left {
            self.hands.enter_mode();
            self.trace.tell(Record::ModeChanged {
                from,
                to: self.machine.mode(),
                locks: self.locks,
            });
        }
    }
}

/// Where a stop leads: back to the open zone after what a hand can undo, else to Locked.
const fn after(mode: Mode, cause: StopCause) -> AfterStop {
    match (mode, cause) {
        (Mode::ServiceRunning, _) => AfterStop::Service,
        (
            _,
            StopCause::Released
            | StopCause::Pressed
            | StopCause::Asked
            | StopCause::ZoneStrokes
            | StopCause::ZoneTime
            | StopCause::ActivationTime,
        ) => AfterStop::Ready,
        (
            _,
            StopCause::Cable
            | StopCause::SessionTime
            | StopCause::SessionElapsed
            | StopCause::CartridgeLife
            | StopCause::BatteryLow
            | StopCause::HostSilent
            | StopCause::Locked
            | StopCause::GripHot
            | StopCause::WindingHot,
        ) => AfterStop::Locked,
    }
}

/// Where the cam is, a tachometer that went silent or backward, or that the current model
/// contradicts, cannot tell any more.
const fn blinds(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::FeedbackLost
            | Fault::Stalled
            | Fault::UnexpectedMotion
            | Fault::OverSpeed
            | Fault::SensorInvalid
    )
}
