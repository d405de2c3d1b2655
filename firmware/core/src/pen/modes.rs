//! The mode machine at work: what each mode does in a tick, and what a change of mode takes along.

use super::clock::Tick;
use super::{Activation, Pen, Service};
use crate::cartridge::Kind;
use crate::estimate::SpeedReading;
use crate::fault::{Fault, Limiting, StopCause, Trip, Warning};
use crate::guard::is_light;
use crate::halt::{Halt, Path};
use crate::io::TagReading;
use crate::journal::{Record, ResetCause};
use crate::limits;
use crate::locks::{Lock, Locks};
use crate::mode::{AfterStop, Event, Mode};
use crate::regulate::Regulator;
use crate::request::{Refusal, RequestKind};
use crate::units::{Depth, Duration, Voltage};

/// Length of the power-up tests that need readings (TEST-001: 500 ms in all). Unit: us.
const BOOT_TIME: Duration = Duration::from_ms(250);
/// A battery that locked must come this far above its limit to unlock. Unit: mV.
const BATTERY_HYSTERESIS_MV: i32 = 100;

impl Pen {
    /// One tick of the mode machine, after the trips.
    pub(super) fn advance(&mut self, dt: Duration) {
        match self.mode {
            Mode::Boot => self.boot(),
            Mode::Locked => {
                if self.locks.is_empty() {
                    self.enter(Event::Unlock);
                } else if self.locks.has(Lock::ZeroCheck)
                    && self.hands.confirmed()
                    && let Err(why) = self.check_zero()
                {
                    self.record(Record::Refused {
                        what: RequestKind::CheckZero,
                        why,
                    });
                }
            }
            Mode::Standby => self.standby(),
            Mode::Ready => self.ready(),
            Mode::Treating => self.treat(dt),
            // The strokes of a stop belong to the activation, as long as that is reserved; those
            // of the calibration dummy, or of a finger at the cam, belong to nobody's session.
            Mode::Stopping | Mode::FaultReaction => {
                if self.ledger.reserved.is_some() {
                    self.count_on(Duration::from_us(0));
                }
            }
            Mode::Faulted => {
                if self.hands.confirmed() {
                    self.acknowledge_by_hand();
                }
            }
            Mode::Service => {
                if self.service.silent_for >= limits::HEARTBEAT_TIMEOUT {
                    self.leave_service(true);
                }
            }
            Mode::ServiceRunning => self.service_running(),
        }
    }

    fn boot(&mut self) {
        if self.mode_for < BOOT_TIME {
            return;
        }
        let locks = self.locks.without(Lock::Testing);
        self.record(Record::SelfTested { locks });
        let allowed = 0;
        let edges = i32::from(self.readings.speed.edges);
        match (self.terminal(), self.cause) {
            (None, _) if !self.stood => {
                let fault = Fault::UnexpectedMotion;
                self.trip(Trip {
                    fault,
                    measured: edges,
                    allowed,
                });
            }
            (Some(fault), _) => self.trip(Trip {
                fault,
                measured: 1,
                allowed,
            }),
            (
                None,
                ResetCause::Watchdog
                | ResetCause::Panicked { .. }
                | ResetCause::HardFault { .. }
                | ResetCause::WatchdogForgotten,
            ) => {
                self.trip(Trip {
                    fault: Fault::WatchdogReset,
                    measured: 1,
                    allowed,
                });
            }
            (None, ResetCause::BrownOut) => {
                self.trip(Trip {
                    fault: Fault::BrownOut,
                    measured: 1,
                    allowed,
                });
            }
            (None, ResetCause::PowerOn | ResetCause::Software | ResetCause::Unknown) => {
                self.enter(Event::SelfTested);
            }
        }
    }

    fn standby(&mut self) {
        if !self.locks.is_empty() {
            self.enter(Event::Lock);
        } else if self.hands.chose_next() {
            self.choose_next_zone();
        } else if (self.hands.confirmed() || self.hands.insisted())
            && let Err(why) = self.arm()
        {
            self.record(Record::Refused {
                what: RequestKind::ConfirmZone,
                why,
            });
        }
    }

    fn ready(&mut self) {
        if !self.locks.is_empty() {
            self.leave_zone(Event::Lock);
        } else if self.spent().is_some() || self.hands.chose_next() || !self.cartridge_stays() {
            self.leave_zone(Event::Disarm);
        } else if self.stop_asked {
            self.hands.demand_release();
        } else if !self.hands.held {
            self.said.press = false;
        } else if self.hands.is_pressed() && !self.said.press {
            self.said.press = true;
            match self.may_start() {
                Ok(()) => self.start(),
                Err(why) => self.record(Record::Refused {
                    what: RequestKind::Trigger,
                    why,
                }),
            }
        }
    }

    fn treat(&mut self, dt: Duration) {
        self.count_on(dt);
        self.pause = Duration::from_us(0);
        self.warn();
        let low = self
            .readings
            .battery
            .is_none_or(|now| now < limits::BATTERY_STOP);
        self.activation.battery_low_for = if low {
            self.activation
                .battery_low_for
                .plus_up_to(dt, limits::BATTERY_STOP_TIME)
        } else {
            Duration::from_us(0)
        };
        let cause = if self.stop_asked {
            Some(StopCause::Asked)
        } else if self.hands.cable {
            Some(StopCause::Cable)
        } else if !self.hands.held {
            Some(StopCause::Released)
        } else if self.hands.is_pressing() {
            Some(StopCause::Pressed)
        } else if let Some(cause) = self.spent() {
            Some(cause)
        } else if self.activation.on >= limits::ACTIVATION_MAX {
            Some(StopCause::ActivationTime)
        } else if self.activation.battery_low_for >= limits::BATTERY_STOP_TIME {
            Some(StopCause::BatteryLow)
        } else {
            self.too_hot()
        };
        if let Some(cause) = cause {
            self.stop(cause);
        }
    }

    /// PWR-004: grip or winding is too warm to go on.
    fn too_hot(&mut self) -> Option<StopCause> {
        let cause = if self.heat.is_grip_hot() {
            StopCause::GripHot
        } else if self.heat.is_winding_hot() {
            StopCause::WindingHot
        } else {
            return None;
        };
        self.record_heat();
        Some(cause)
    }

    fn record_heat(&mut self) {
        self.record(Record::Heated {
            grip: self.heat.grip(),
            winding: self.heat.winding(),
        });
    }

    fn warn_of_heat(&mut self) {
        if self.heat.is_warm() && !self.said.warm {
            self.said.warm = true;
            self.record(Record::Warned {
                warning: Warning::Warm,
                limiting: Limiting::Heat,
            });
            self.record_heat();
        }
    }

    fn warn(&mut self) {
        self.warn_of_heat();
        let limiting = self.limiting();
        if self.ledger.on >= limits::SESSION_WARN && !self.said.session {
            self.said.session = true;
            self.record(Record::Warned {
                warning: Warning::SessionNearEnd,
                limiting,
            });
        }
        if self.ledger.cartridge_strokes.as_count() >= limits::CARTRIDGE_WARN
            && !self.said.cartridge
        {
            self.said.cartridge = true;
            self.record(Record::Warned {
                warning: Warning::CartridgeNearEnd,
                limiting,
            });
        }
        if self.guard.is_shallower() && !self.said.shallower {
            self.said.shallower = true;
            self.record(Record::Warned {
                warning: Warning::DepthShallower,
                limiting,
            });
        }
    }

    fn service_running(&mut self) {
        self.activation.on = self
            .activation
            .on
            .plus_up_to(Duration::from_ms(1), Duration::from_min(60));
        self.warn_of_heat();
        let silent = self.service.unpermitted_for >= limits::DEADMAN_TIMEOUT;
        let cause = if self.stop_asked {
            Some(StopCause::Asked)
        } else if silent {
            Some(StopCause::HostSilent)
        } else if self.kind() != Some(Kind::Dummy) {
            Some(StopCause::Locked)
        } else {
            self.too_hot()
        };
        if let Some(cause) = cause {
            self.stop(cause);
            if self.service.leaving {
                self.after = AfterStop::Locked;
                self.service = Service::default();
                self.record(Record::ServiceLeft { silent: false });
            }
        }
    }

    fn start(&mut self) {
        if let Some(loaded) = self.plan.as_mut() {
            loaded.started = true;
        }
        if let (Some(depth), Some(admitted)) = (self.readings.depth(), self.admitted) {
            self.record(Record::Started {
                depth,
                cap: admitted.cap().value,
                rate: admitted.rate(),
            });
        }
        if let Some(tag) = self.tag()
            && self.burn.is_none()
        {
            self.burn = Some(tag.id);
            self.record(Record::CartridgeBurned { id: tag.id });
        }
        self.begin_drive();
        self.enter(Event::Start);
    }

    /// What every drive starts with, whatever it is for.
    pub(super) fn begin_drive(&mut self) {
        self.activation = Activation {
            begins: true,
            ..Activation::default()
        };
        self.regulator = Regulator::default();
        self.speed.restart();
        self.witness.restart();
        self.readings.speed = SpeedReading::default();
        self.channel_a.expect_motion();
        self.channel_b.expect_motion();
        self.stood = false;
        self.parked = false;
        self.said.shallower = false;
        self.said.limited = false;
        self.said.warm = false;
    }

    /// Ends the drive without a fault: the brake is applied in this very tick.
    pub(super) fn stop(&mut self, cause: StopCause) {
        self.after = match (self.mode, cause) {
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
        };
        self.activation.cause = Some(cause);
        self.record(Record::Stopped {
            cause,
            on: self.activation.on,
            strokes: self.activation.strokes,
        });
        self.halt = Halt::begin(true, Path::Closed);
        self.regulator = Regulator::default();
        self.enter(Event::Stop);
    }

    /// Latches the first cause; counts the rest; the drive is gone in this very tick (STOP-006).
    pub(super) fn trip(&mut self, trip: Trip) {
        let keep = if trip.fault.is_terminal() {
            self.terminal().is_none()
        } else {
            trip.fault.demands_zero_check() && self.ledger.terminal.is_none()
        };
        if keep {
            self.ledger.terminal = Some(trip.fault);
            self.want_ledger();
        }
        let may_park = !trip.fault.forbids_parking();
        // A brake that does not brake leaves only the second path; any other fault brakes first.
        // So does a current that no push makes, and one through a cam that stands, where the brake needs
        // the supply that such a bridge drives with. A brake of a cam that turns draws much, too.
        let stands = self.readings.speed.since_edge >= limits::STANDSTILL_TIME;
        let braked = matches!(self.mode, Mode::Stopping | Mode::FaultReaction) && stands;
        let driven = trip.fault == Fault::OverCurrent && (self.halt.is_parking() || braked);
        let path = if trip.fault == Fault::DriveStuck {
            Path::Open
        } else if driven && !self.second_switch {
            Path::Doubted
        } else {
            Path::Closed
        };
        if self.is_faulted() {
            self.halt.worsen(may_park, path);
            self.count_later(trip);
            return;
        }
        // Where the cam is, a tachometer that went silent or backward, or that the current model
        // contradicts, cannot tell any more.
        if self.mode.may_drive()
            && matches!(
                trip.fault,
                Fault::FeedbackLost
                    | Fault::Stalled
                    | Fault::UnexpectedMotion
                    | Fault::OverSpeed
                    | Fault::SensorInvalid
            )
        {
            self.cam.lose();
        }
        self.fault = Some(trip);
        self.later = 0;
        self.said.faults = 0;
        self.record(Record::Tripped(trip));
        if self.mode == Mode::Stopping {
            self.halt.worsen(may_park, path);
        } else if self.mode.is_at_rest() {
            self.halt = Halt::at_rest();
        } else {
            self.halt = Halt::begin(may_park, path);
        }
        self.regulator = Regulator::default();
        self.enter(Event::Trip);
    }

    fn count_later(&mut self, trip: Trip) {
        let bit = Fault::ALL
            .iter()
            .position(|fault| *fault == trip.fault)
            .unwrap_or(31);
        let bit = 1_u32
            .checked_shl(u32::try_from(bit).unwrap_or(31))
            .unwrap_or(0);
        let first = self
            .fault
            .is_some_and(|latched| latched.fault == trip.fault);
        if first || self.said.faults & bit != 0 {
            return;
        }
        self.said.faults |= bit;
        self.later = self.later.saturating_add(1);
        self.record(Record::TrippedAlso {
            trip,
            count: self.later,
        });
    }

    /// The motor stands: the account is closed, and the next mode is entered.
    pub(super) fn halted(&mut self) {
        self.count_unseen();
        let parked = self.is_parked();
        self.parked = parked;
        self.record(Record::Halted {
            after: self.halt.since,
            parked,
        });
        let service = self.after == AfterStop::Service && self.mode == Mode::Stopping;
        if self.mode == Mode::FaultReaction {
            self.ledger.reserved = None;
            self.admitted = None;
            self.want_ledger();
        } else if !service {
            self.pause = Duration::from_us(0);
            if self.session_is_over() {
                self.close_session();
                self.after = AfterStop::Locked;
            } else if self.after == AfterStop::Ready {
                self.ledger.reserved = Some(self.zone);
                self.want_ledger();
            } else {
                self.ledger.reserved = None;
                self.admitted = None;
                self.want_ledger();
            }
        }
        self.enter(Event::Halted);
    }

    fn acknowledge_by_hand(&mut self) {
        if let Err(why) = self.acknowledge() {
            self.record(Record::Refused {
                what: RequestKind::Acknowledge,
                why,
            });
        }
    }

    /// STOP-006: the cause is gone, the trigger is released, and the fault is not terminal.
    pub(super) fn acknowledge(&mut self) -> Result<(), Refusal> {
        let Some(latched) = self.fault.filter(|_| self.mode == Mode::Faulted) else {
            return Err(Refusal::NoFault);
        };
        if let Some(fault) = self.terminal() {
            return Err(Refusal::Terminal { fault });
        }
        if !self.hands.is_free() {
            return Err(Refusal::TriggerHeld);
        }
        if self.cause_present(latched) {
            return Err(Refusal::CausePresent {
                fault: latched.fault,
            });
        }
        self.record(Record::Acknowledged { later: self.later });
        self.fault = None;
        self.later = 0;
        self.guard.rebase_depth();
        self.enter(Event::Acknowledge);
        Ok(())
    }

    /// PWR-007: the ring stands at zero, the hand at the pen says so, and both channels agree.
    fn check_zero(&mut self) -> Result<(), Refusal> {
        if self.calibration.is_none() {
            return Err(Refusal::Locked { locks: self.locks });
        }
        let (Some(a), Some(b)) = (self.readings.a.depth, self.readings.b.depth) else {
            return Err(Refusal::DepthUnknown);
        };
        let zero = Depth::from_um(0);
        let measured = if a.distance(zero) > b.distance(zero) {
            a
        } else {
            b
        };
        if measured.distance(zero) > limits::ZERO_TOLERANCE_UM {
            let um = i32::try_from(limits::ZERO_TOLERANCE_UM).unwrap_or(0);
            return Err(Refusal::NotAtZero {
                measured,
                allowed: Depth::from_um(um),
            });
        }
        self.record(Record::ZeroChecked { a, b });
        self.depth_is_right();
        Ok(())
    }

    /// Both channels were compared with something that no shock moves.
    pub(super) fn depth_is_right(&mut self) {
        if self.shaken().is_some() {
            self.ledger.terminal = None;
            self.want_ledger();
        }
    }

    fn cause_present(&self, latched: Trip) -> bool {
        let too_deep = latched.fault == Fault::OverDepth
            && self
                .readings
                .depth()
                .is_none_or(|depth| depth > Depth::from_um(latched.allowed));
        let moving = self.readings.speed.since_edge < limits::STANDSTILL_TIME;
        let flows = self.locks.has(Lock::CurrentZero);
        match latched.fault {
            Fault::OverDepth
            | Fault::DepthDisagrees
            | Fault::DepthStuck
            | Fault::DepthInvalid
            | Fault::DepthCrept => {
                let unknown = self.readings.depth().is_none();
                let apart = self.calibration.is_some() && !self.readings.agree();
                unknown || apart || too_deep
            }
            Fault::CartridgeUnseated => !self.seated,
            Fault::SensorInvalid => flows || self.readings.battery.is_none(),
            Fault::OverCurrent => flows,
            Fault::TickLate => self.locks.has(Lock::Clock),
            Fault::OverSpeed
            | Fault::TooManyStrokes
            | Fault::FeedbackLost
            | Fault::Stalled
            | Fault::UnexpectedMotion
            | Fault::WatchdogReset
            | Fault::BrownOut
            | Fault::Shock => moving || flows,
            Fault::FreeFall => self.readings.motion.steady.is_some_and(is_light) || moving || flows,
            Fault::DriveStuck | Fault::EnablePathStuck | Fault::LimitCorrupt => true,
        }
    }

    pub(super) fn leave_service(&mut self, silent: bool) {
        self.service = Service::default();
        self.record(Record::ServiceLeft { silent });
        self.enter(Event::LeaveService);
    }

    /// Changes the mode if the table allows it, and records it.
    pub(super) fn enter(&mut self, event: Event) {
        let Ok(to) = self.mode.after(event, self.after) else {
            return;
        };
        let from = self.mode;
        if to == from {
            return;
        }
        self.mode = to;
        self.mode_for = Duration::from_us(0);
        self.hands.demand_release();
        self.said.press = false;
        self.record(Record::ModeChanged {
            from,
            to,
            locks: self.locks,
        });
    }

    /// What forbids treatment now.
    pub(super) fn find_locks(&self, tick: Tick) -> Locks {
        let current = self.readings.current.is_none()
            || self.current.smooth().as_ma().saturating_abs() > limits::REST_CURRENT.as_ma();
        let tested = self.mode != Mode::Boot || self.mode_for >= BOOT_TIME;
        let waits = matches!(self.mode, Mode::Boot | Mode::Locked);
        let rests = self.mode.is_at_rest();
        self.fixed_locks
            .with(Lock::Testing, !tested)
            .with(Lock::Profile, self.profile.is_err())
            .with(Lock::Calibration, self.calibration.is_none())
            .with(Lock::Cable, !self.hands.is_unplugged())
            .with(Lock::Trigger, waits && !self.hands.is_free())
            .with(Lock::Depth, rests && self.readings.depth().is_none())
            .with(
                Lock::Tacho,
                rests && self.readings.speed.since_edge < limits::STANDSTILL_TIME,
            )
            .with(
                Lock::CurrentZero,
                rests && current && !self.probe.is_running(),
            )
            .with(Lock::Battery, self.battery_locks())
            .with(Lock::Clock, tick.bad)
            .with(Lock::Motion, rests && self.readings.motion.steady.is_none())
            .with(Lock::ZeroCheck, self.shaken().is_some())
            .with(
                Lock::Heat,
                rests && (!self.readings.grip_known || self.heat.must_cool()),
            )
    }

    fn battery_locks(&self) -> bool {
        let margin = if self.locks.has(Lock::Battery) {
            BATTERY_HYSTERESIS_MV
        } else {
            0
        };
        let least = limits::BATTERY_START.as_mv().saturating_add(margin);
        !self.mode.may_drive()
            && self
                .readings
                .battery
                .is_none_or(|now| now < Voltage::from_mv(least))
    }

    /// Whether the cartridge that was armed with is still the one in the seat (CART-001).
    fn cartridge_stays(&self) -> bool {
        self.tag()
            .is_some_and(|tag| tag.id == self.ledger.cartridge)
    }

    pub(super) fn note_cartridge(&mut self, reading: TagReading, seated: bool) {
        self.seen = reading;
        self.seated = seated;
    }
}
