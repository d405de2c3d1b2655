//! Plain facts for the rooms that decide, gathered from the rooms that know.

use super::Pen;
use crate::admission;
use crate::cartridge::Kind;
use crate::clock::Tick;
use crate::decide::{Decision, SelfTest, Situation, Treatment, decide};
use crate::fault::StopCause;
use crate::gate::Bridge;
use crate::guard::{self, Views};
use crate::interlocks::{self, InterlockPermit};
use crate::io::Inputs;
use crate::limits;
use crate::locks::{Lock, LockFacts};
use crate::mode::Mode;
use crate::start::Facts;
use crate::status::{Status, Temperatures};
use crate::units::{Depth, Duration, Rate, Voltage};

/// Length of the power-up tests that need readings (TEST-001: 500 ms in all). Unit: us.
const BOOT_TIME: Duration = Duration::from_ms(250);
/// A battery that locked must come this far above its limit to unlock. Unit: mV.
const BATTERY_HYSTERESIS_MV: i32 = 100;

impl Pen {
    /// The picture of the pen after the last step.
    #[must_use]
    pub fn status(&self) -> Status {
        let readings = self.senses.readings();
        let account = &self.account;
        let zone = if account.is_open() {
            account.used()
        } else {
            crate::session::ZoneUse::default()
        };
        Status {
            at: self.clock.now(),
            mode: self.machine.mode(),
            locks: self.locks,
            fault: self.latch.first(),
            later: self.latch.later(),
            limiting: self.limiting(),
            depth_a: readings.a.depth,
            depth_b: readings.b.depth,
            depth: readings.depth(),
            counts_a: readings.a.counts,
            counts_b: readings.b.counts,
            cap: account.admitted().map(|admitted| admitted.cap()),
            rate: readings.speed.rate,
            rate_set: self.rate_set(),
            duty: self.drive.last().duty(),
            current: readings.current_smooth,
            battery: readings.battery.unwrap_or_default(),
            plan: account.plan().map_or(0, |plan| plan.id),
            zone: account.plan().map(|_| account.zone()),
            session: if account.is_open() {
                account.session()
            } else {
                0
            },
            on: account.on(),
            elapsed: account.elapsed(),
            strokes: account.strokes(),
            zone_on: zone.on,
            zone_strokes: zone.strokes,
            cartridge: self.seat.tag().map(|tag| tag.id),
            needles: self.seat.kind().map_or(0, Kind::needles),
            parked: self.cam.is_parked(),
            staged: self.records.staged().map(|(_, digest)| digest),
            generation: self.records.generation(),
        }
    }

    /// How warm the pen is after the last step; computed only when somebody asks.
    #[must_use]
    pub fn temperatures(&self) -> Temperatures {
        let warmth = self.senses.warmth();
        Temperatures {
            at: self.clock.now(),
            thermistor: self.senses.thermistor(),
            grip: warmth.map(|(grip, _)| grip),
            winding: warmth.map(|(_, winding)| winding),
            must_cool: self.senses.must_cool(),
            grip_warm: limits::GRIP_WARM,
            grip_stop: limits::GRIP_STOP,
            winding_cool: limits::WINDING_COOL,
            winding_stop: limits::WINDING_STOP,
        }
    }

    /// What closes locks now.
    pub(super) fn lock_facts(&self, tick: Tick) -> LockFacts {
        let readings = self.senses.readings();
        let mode = self.machine.mode();
        let smooth = readings.current_smooth.as_ma().saturating_abs();
        let flows = readings.current.is_none() || smooth > limits::REST_CURRENT.as_ma();
        LockFacts {
            fixed: self.records.fixed_locks(),
            tests: mode == Mode::Boot && self.machine.lasted() < BOOT_TIME,
            waits: matches!(mode, Mode::Boot | Mode::Locked),
            rests: mode.is_at_rest(),
            has_profile: self.records.profile().is_some(),
            has_calibration: self.records.calibration().is_some(),
            is_verified: self.records.is_verified(),
            is_unplugged: self.hands.is_unplugged(),
            is_free: self.hands.is_free(),
            knows_depth: readings.depth().is_some(),
            turns: readings.turns(),
            flows: flows && !self.drive.probe().is_running(),
            battery_low: !mode.may_drive() && self.is_battery_low(readings.battery),
            clock_bad: tick.bad,
            knows_acceleration: readings.acceleration.steady.is_some(),
            shaken: self.latch.shaken().is_some(),
            hot: !readings.grip_known || self.senses.must_cool(),
        }
    }

    fn is_battery_low(&self, battery: Option<Voltage>) -> bool {
        let margin = if self.locks.has(Lock::Battery) {
            BATTERY_HYSTERESIS_MV
        } else {
            0
        };
        let least = limits::BATTERY_START.as_mv().saturating_add(margin);
        battery.is_none_or(|now| now < Voltage::from_mv(least))
    }

    /// What each monitor sees.
    pub(super) fn views(&self, inputs: &Inputs, begins: bool, dt: Duration) -> Views {
        let drive = self.drive_phase();
        let readings = self.senses.readings();
        let last = self.drive.last();
        let halt = self.drive.halt();
        let braking = last.enable() && last.bridge() == Bridge::Short;
        let is_probing = self.drive.probe().is_running();
        let profile = self.records.profile();
        Views {
            depth: guard::depth::View {
                dt,
                drive,
                begins,
                a: readings.a,
                b: readings.b,
                calibrated: self.records.calibration().is_some(),
                cap: self.depth_cap(),
                speed: readings.speed,
            },
            rotation: guard::rotation::View {
                dt,
                drive,
                begins,
                speed: readings.speed,
                quarters_out: self.cam.quarters_out(),
                incoherent: self.cam.is_incoherent(),
                seen: readings.seen,
                rate_set: self.rate_set(),
                rate_max: self.rate_cap(),
                duty: last.duty(),
                current: readings.current,
                battery: readings.battery,
                resistance_mohm: profile.map_or(1, |profile| profile.motor.resistance_mohm),
                braking,
                quiet: self.cam.has_stood() && !is_probing,
            },
            brake: guard::brake::View {
                dt,
                drive,
                speed: readings.speed,
                edges: readings.edges,
                seen: readings.seen,
                current: readings.current,
                braked_for: halt.unpushed_for(),
                braking,
                is_probing,
                parking: halt.is_parking() && drive == guard::Drive::Halting,
            },
            fall: guard::fall::View {
                dt,
                drive,
                acceleration: readings.acceleration,
            },
            power: guard::power::View {
                dt,
                drive,
                current: readings.current,
                current_raw: inputs.current,
                battery: readings.battery,
                grip_known: readings.grip_known,
                seated: inputs.seated,
            },
        }
    }

    /// What the motor is doing, as far as a checker may know it.
    const fn drive_phase(&self) -> guard::Drive {
        match self.machine.mode() {
            Mode::Treating | Mode::ServiceRunning => guard::Drive::Driven,
            Mode::Stopping | Mode::FaultReaction => guard::Drive::Halting,
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Faulted
            | Mode::Service => guard::Drive::Resting,
        }
    }

    /// Deepest protrusion that is admitted now; none without anything that admits one.
    fn depth_cap(&self) -> Depth {
        let cap = if self.machine.mode() == Mode::Treating {
            self.account.admitted().map(|admitted| admitted.cap().value)
        } else {
            self.records.profile().map(|profile| profile.depth_max)
        };
        cap.unwrap_or(Depth::from_um(0))
    }

    /// Highest rate that is admitted now.
    fn rate_cap(&self) -> Rate {
        if self.machine.mode() == Mode::ServiceRunning {
            return limits::RATE_SERVICE;
        }
        let admitted = self.account.admitted();
        admitted.map_or(limits::RATE_MAX, |admitted| admitted.rate_max())
    }

    /// What the mode in force looks at, and what it decides. Each mode gathers its own facts, no other's.
    pub(super) fn decide(&mut self, dt: Duration) -> Decision {
        let is_locked = !self.locks.is_empty();
        let hands = &self.hands;
        match self.machine.mode() {
            Mode::Boot => decide(&Situation::Boot(SelfTest {
                is_over: self.machine.lasted() >= BOOT_TIME,
                has_stood: self.cam.has_stood(),
                edges: self.senses.readings().speed.edges,
                terminal: self.latch.terminal(),
                cause: self.records.cause(),
            })),
            Mode::Locked => decide(&Situation::Locked {
                is_locked,
                asks_zero: self.locks.has(Lock::ZeroCheck) && hands.confirmed(),
            }),
            Mode::Standby => decide(&Situation::Standby {
                is_locked,
                next: hands.chose_next(),
                confirmed: hands.confirmed() || hands.insisted(),
            }),
            Mode::Ready => decide(&Situation::Ready {
                is_locked,
                leaves: self.account.spent().is_some()
                    || hands.chose_next()
                    || !self.account.works_with(self.seat.tag()),
                asks_stop: hands.is_stop_asked(),
                is_held: hands.held,
                is_pressed: hands.is_pressed() && !hands.is_answered(),
            }),
            Mode::Treating => {
                let battery = self.senses.readings().battery;
                let low = battery.is_none_or(|now| now < limits::BATTERY_STOP);
                let (on, _) = self.account.activation();
                decide(&Situation::Treating(Treatment {
                    asks_stop: hands.is_stop_asked(),
                    has_cable: hands.cable,
                    is_held: hands.held,
                    is_pressing: hands.is_pressing(),
                    spent: self.account.spent(),
                    is_long: on >= limits::ACTIVATION_MAX,
                    battery_low: self.account.is_battery_low(low, dt),
                    too_hot: self.too_hot(),
                }))
            }
            Mode::Stopping | Mode::FaultReaction => decide(&Situation::Halting),
            Mode::Faulted => decide(&Situation::Faulted {
                confirmed: hands.confirmed(),
            }),
            Mode::Service => decide(&Situation::Service {
                is_silent: self.dead_man.is_silent(),
            }),
            Mode::ServiceRunning => decide(&Situation::ServiceRunning {
                asks_stop: hands.is_stop_asked(),
                is_let_go: self.dead_man.is_let_go(),
                has_dummy: self.seat.kind() == Some(Kind::Dummy),
                too_hot: self.too_hot(),
            }),
        }
    }

    /// PWR-004: grip or winding is too warm to go on.
    fn too_hot(&self) -> Option<StopCause> {
        if self.senses.is_grip_hot() {
            Some(StopCause::GripHot)
        } else if self.senses.is_winding_hot() {
            Some(StopCause::WindingHot)
        } else {
            None
        }
    }

    /// The rooms that a start is asked of.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            records: &self.records,
            account: &self.account,
            seat: &self.seat,
            hands: &self.hands,
            actuator: &self.actuator,
            readings: self.senses.readings(),
            locks: self.locks,
            is_tested: self.drive.probe().is_done(),
        }
    }

    /// The rooms that a request is asked of.
    pub(super) fn situation(&self) -> admission::Context<'_> {
        admission::Context {
            facts: self.facts(),
            latch: &self.latch,
            mode: self.machine.mode(),
        }
    }

    /// What must hold in the tick in which torque is given.
    pub(super) fn interlocks(&self) -> Option<InterlockPermit> {
        let knows_depth = self.senses.readings().depth().is_some();
        let has_profile = self.records.profile().is_some();
        match self.machine.mode() {
            Mode::Treating => interlocks::treating(interlocks::InSkin {
                is_held: self.hands.held,
                has_cable: self.hands.cable,
                knows_depth,
                has_profile,
                has_calibration: self.records.calibration().is_some(),
                is_admitted: self.account.admitted().is_some() && self.account.is_intact(),
            }),
            Mode::ServiceRunning => interlocks::serving(interlocks::InService {
                has_profile,
                knows_depth,
                is_permitted: self.dead_man.permits(),
            }),
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service => None,
        }
    }
}
