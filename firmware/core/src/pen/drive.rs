//! Readings in, trips and one motor command out.

use super::clock::Tick;
use super::{Pen, Readings};
use crate::fault::{Fault, Limiting, Trip, Warning};
use crate::gate::{Bridge, MotorCommand, Permits, Wish, command};
use crate::guard::{Drive, View, trip};
use crate::halt::{HaltView, Path};
use crate::heat::Load;
use crate::io::{DepthCommand, Inputs, Tacho};
use crate::journal::Record;
use crate::limits;
use crate::mode::{AfterStop, Mode};
use crate::profile::Mechanism;
use crate::regulate::LoopInputs;
use crate::units::{Current, Depth, Duration, Rate};
use crate::witness;

/// How long the rate must be held back before it is told (RATE-007). Unit: us.
const LIMITED_TIME: Duration = Duration::from_ms(50);

impl Pen {
    pub(super) fn sense(&mut self, inputs: &Inputs, tick: Tick) {
        let table = self.calibration.as_ref();
        let tacho = Tacho {
            edge_age: tick.correct(inputs.tacho.edge_age),
            ..inputs.tacho
        };
        self.readings = Readings {
            a: self
                .channel_a
                .update(inputs.depth_a, table.map(|c| &c.a), tick.dt),
            b: self
                .channel_b
                .update(inputs.depth_b, table.map(|c| &c.b), tick.dt),
            speed: self.speed.update(tacho, tick.dt),
            quadrant: inputs.tacho.quadrant,
            edges: inputs.tacho.edges,
            seen: self.readings.seen,
            current: self.current.update(inputs.current, tick.dt),
            battery: self.battery.update(inputs.battery, tick.dt),
            motion: self.motion.update(inputs.acceleration, tick.even, tick.dt),
            grip_known: self.grip.update(inputs.grip, tick.dt),
        };
        self.warm_up(tick);
        self.stood = self.stood || self.readings.speed.since_edge >= limits::STANDSTILL_TIME;
        self.witness(inputs.tacho.edges, tick);
        if self.mode.is_at_rest() {
            self.parked = self.stood && self.is_parked();
        }
    }

    /// RATE-006, STOP-003: what the motor's own voltage tells of the cam.
    fn witness(&mut self, edges: i8, tick: Tick) {
        let readings = &self.readings;
        let seen = self.witness.update(&witness::Tick {
            last: self.last,
            battery: readings.battery,
            current: readings.current,
            winding: self.heat.winding(),
            motor: self.profile.as_ref().ok().map(|profile| &profile.motor),
            edges,
            rests: self.last == MotorCommand::OFF && self.stood,
            boots: self.mode == Mode::Boot,
            even: tick.even,
            dt: tick.dt,
        });
        self.readings.seen = seen;
        self.cam.update(self.readings.quadrant, edges, &seen);
        let halting = matches!(self.mode, Mode::Stopping | Mode::FaultReaction);
        if self.mode.may_drive() && self.readings.speed.whole_turn && seen.agrees() {
            self.cam.confirm();
        } else if halting && self.readings.current.is_none() {
            self.cam.lose();
        }
    }

    /// PWR-004: what the last tick's duty and this tick's current do to winding and grip.
    fn warm_up(&mut self, tick: Tick) {
        let load = Load {
            current: self.readings.current.unwrap_or_default(),
            duty: self.duty(),
            battery: self.readings.battery.unwrap_or(limits::BATTERY_STOP),
            resistance_mohm: match &self.profile {
                Ok(profile) => profile.motor.resistance_mohm,
                Err(_) => 0,
            },
        };
        let was_warm = self.heat.is_warm();
        self.heat.update(&load, &self.grip, !tick.even, tick.dt);
        if self.heat.is_warm() != was_warm && self.mode.may_drive() {
            self.guard.set_point_changed(self.rate_set_if(was_warm));
        }
    }

    /// PWR-004: what a warm grip leaves of a rate.
    fn cooled(&self, rate: Rate) -> Rate {
        let least = match &self.profile {
            Ok(profile) => profile.rate_min,
            Err(_) => rate,
        };
        rate.percent(limits::RATE_WARM_PERCENT).max(least).min(rate)
    }

    /// STOP-003: the needles are known to be inside.
    pub(super) fn is_parked(&self) -> bool {
        self.cam.is_parked(self.readings.depth())
    }

    /// What the rate loop shall reach in this mode.
    pub(super) fn rate_set(&self) -> Rate {
        self.rate_set_if(self.heat.is_warm())
    }

    fn rate_set_if(&self, warm: bool) -> Rate {
        let rate = match self.mode {
            Mode::Ready | Mode::Treating => self.admitted.map_or(Rate::from_mhz(0), |a| a.rate()),
            Mode::ServiceRunning => self.service.rate,
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

    pub(super) const fn duty(&self) -> u16 {
        match self.last.bridge() {
            Bridge::Forward(duty) | Bridge::Backward(duty) => duty.as_parts(),
            Bridge::Float | Bridge::Short => 0,
        }
    }

    /// The first cause that forbids to go on this tick.
    pub(super) fn find_trip(&mut self, inputs: &Inputs, tick: Tick) -> Option<Trip> {
        let own = self.check_limits().or_else(|| self.check_tick(tick));
        let probe = self.check_probe(tick.dt);
        let view = self.view(inputs, tick.dt);
        self.activation.begins = false;
        let seen = self.guard.check(&view);
        own.or(probe).or(seen)
    }

    /// STOP-003: needles that may be left out because the brake was not felt are told.
    fn left_out(&self) -> Option<Trip> {
        let unfelt = self.halt.unfelt().filter(|_| self.mode == Mode::Stopping)?;
        Some(trip(
            Fault::SensorInvalid,
            i64::from(unfelt.shown_mhz),
            i64::from(unfelt.least_mhz),
        ))
    }

    fn check_limits(&self) -> Option<Trip> {
        let intact = self.admitted.is_none_or(|admitted| admitted.is_intact());
        (!intact).then(|| trip(Fault::LimitCorrupt, 1, 0))
    }

    fn check_tick(&self, tick: Tick) -> Option<Trip> {
        let allowed = i64::from(limits::TICK_MAX.as_us());
        (tick.late && self.mode.may_drive())
            .then(|| trip(Fault::TickLate, i64::from(tick.raw.as_us()), allowed))
    }

    /// STOP-004: at power-up and before every session.
    fn check_probe(&mut self, dt: Duration) -> Option<Trip> {
        // STORE-003: a job of storage has several operations, and each refuses to work beside a duty.
        let is_kept = self.ledger_stored == self.ledger_wanted;
        let tests = self.mode == Mode::Boot || (self.mode == Mode::Ready && is_kept);
        let may_run = tests && self.stood && !self.falls();
        self.probe.update(may_run, self.readings.current, dt)
    }

    /// A reset in the middle of a treatment may leave the cam near a dead centre: there it creeps
    /// under the brake, and when let go it falls on, driven by the spring alone.
    fn falls(&self) -> bool {
        self.mode == Mode::Boot && self.readings.speed.since_edge < limits::STANDSTILL_TIME
    }

    /// PWR-005: a reset in the middle of a treatment leaves the motor coasting. The brake needs the
    /// enable path, and with that closed a shorted bridge drives: without a second switch it is
    /// closed only when an edge has shown that there is something to brake.
    fn brakes_at_boot(&self) -> bool {
        let turns = !self.stood || self.falls();
        self.mode == Mode::Boot && turns && (self.second_switch || self.readings.speed.moved)
    }

    fn view(&self, inputs: &Inputs, dt: Duration) -> View {
        let drive = match self.mode {
            Mode::Treating | Mode::ServiceRunning => Drive::Driven,
            Mode::Stopping | Mode::FaultReaction => Drive::Halting,
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Faulted
            | Mode::Service => Drive::Resting,
        };
        let profile = self.profile.as_ref().ok();
        let device_cap = profile.map_or(Depth::from_um(0), |p| p.depth_max);
        let cap = match self.mode {
            Mode::Treating => self.admitted.map_or(Depth::from_um(0), |a| a.cap().value),
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service
            | Mode::ServiceRunning => device_cap,
        };
        let rate_max = match self.mode {
            Mode::ServiceRunning => limits::RATE_SERVICE,
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service => self.admitted.map_or(limits::RATE_MAX, |a| a.rate_max()),
        };
        View {
            dt,
            drive,
            begins: self.activation.begins,
            a: self.readings.a,
            b: self.readings.b,
            calibrated: self.calibration.is_some(),
            cap,
            speed: self.readings.speed,
            edges: self.readings.edges,
            fall: self.cam.quarters_out(),
            incoherent: self.cam.is_incoherent(),
            seen: self.readings.seen,
            rate_set: self.rate_set(),
            rate_max,
            duty: self.duty(),
            current: self.readings.current,
            current_raw: inputs.current,
            battery: self.readings.battery,
            motion: self.readings.motion,
            grip_known: self.readings.grip_known,
            resistance_mohm: profile.map_or(1, |p| p.motor.resistance_mohm),
            seated: inputs.seated,
            braked_for: self.halt.unpushed_for(),
            braking: self.last.enable() && self.last.bridge() == Bridge::Short,
            is_probing: self.probe.is_running(),
            parking: self.halt.is_parking() && drive == Drive::Halting,
            quiet: self.stood && !self.probe.is_running(),
        }
    }

    /// The motor command of this tick: the mode's wish through the gate.
    pub(super) fn drive(&mut self, dt: Duration) -> MotorCommand {
        let wish = match self.mode {
            Mode::Treating | Mode::ServiceRunning => self.regulate(dt),
            Mode::Stopping | Mode::FaultReaction => self.halting(dt),
            Mode::Boot if self.brakes_at_boot() => Wish::Brake,
            Mode::Boot | Mode::Ready => self.probe.wish().unwrap_or(Wish::Off),
            Mode::Locked | Mode::Standby | Mode::Faulted | Mode::Service => Wish::Off,
        };
        let interlocks = match self.mode {
            Mode::Treating => self.interlocks_allow(),
            Mode::ServiceRunning => self.service_allows(),
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service => false,
        };
        let permits = Permits {
            mode: self.mode.may_drive(),
            guard: self.terminal().is_none() && (self.fault.is_none() || self.is_faulted()),
            budget: self.mode == Mode::ServiceRunning || self.spent().is_none(),
            interlocks,
        };
        command(wish, permits)
    }

    fn interlocks_allow(&self) -> bool {
        self.hands.held
            && !self.hands.cable
            && self.readings.depth().is_some()
            && self.profile.is_ok()
            && self.calibration.is_some()
            && self.admitted.is_some_and(|admitted| admitted.is_intact())
    }

    fn service_allows(&self) -> bool {
        self.profile.is_ok()
            && self.service.rate <= limits::RATE_SERVICE
            && self.service.unpermitted_for < limits::DEADMAN_TIMEOUT
            && self.readings.depth().is_some()
    }

    fn regulate(&mut self, dt: Duration) -> Wish {
        let (Ok(profile), Some(battery)) = (&self.profile, self.readings.battery) else {
            return Wish::Brake;
        };
        let speed = self.readings.speed;
        let inputs = LoopInputs {
            set: self.rate_set(),
            measured: speed.known.then_some(speed.rate),
            current: if self.readings.current.is_some() {
                self.current.smooth()
            } else {
                Current::from_ma(0)
            },
            battery,
        };
        let duty = self.regulator.update(profile, &inputs, dt);
        self.watch_limiting(dt);
        Wish::Turn(duty)
    }

    /// RATE-007: says that the rate is held back, once an activation.
    fn watch_limiting(&mut self, dt: Duration) {
        let limiting = self.regulator.limiting();
        self.activation.limited_for = if limiting == Limiting::None {
            Duration::from_us(0)
        } else {
            self.activation.limited_for.plus_up_to(dt, LIMITED_TIME)
        };
        if self.activation.limited_for >= LIMITED_TIME && !self.said.limited {
            self.said.limited = true;
            self.record(Record::Warned {
                warning: Warning::Limited,
                limiting,
            });
        }
    }

    fn halting(&mut self, dt: Duration) -> Wish {
        // A clock that stands still must not keep a stop from ending.
        let dt = if dt == Duration::from_us(0) {
            Duration::from_ms(1)
        } else {
            dt
        };
        if self.halt.is_braking() && self.readings.speed.reversals > 1 {
            // A braked cam may roll back, but not to and fro: one of the two switches is stuck.
            self.cam.lose();
        }
        if self.hands.cable && self.after != AfterStop::Service {
            // No push while the cable brings power, not even to park (PWR-003).
            self.halt.worsen(false, Path::Closed);
        }
        let halting = self.halt.update(&HaltView {
            speed: &self.readings.speed,
            cam: &self.cam,
            quadrant: self.readings.quadrant,
            rate_mhz: self.readings.seen.rate_mhz,
            current: self.readings.current,
            dt,
        });
        if self.halt.unfelt().is_some() {
            self.cam.lose();
        }
        if halting.done {
            match self.left_out() {
                Some(told) => self.trip(told),
                None => self.halted(),
            }
            return Wish::Off;
        }
        halting.wish
    }

    /// The actuator's place: shallower at once, deeper slowly and only while the motor stands
    /// (DEPTH-007, DEPTH-011, DEPTH-012).
    pub(super) fn command_depth(&mut self, dt: Duration) -> DepthCommand {
        let moves = self
            .profile
            .is_ok_and(|profile| profile.mechanism == Mechanism::Actuator);
        let goal = match self.mode {
            Mode::Ready | Mode::Treating | Mode::Stopping if moves => {
                self.admitted.map_or(0, |admitted| admitted.aim().as_um())
            }
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Treating
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service
            | Mode::ServiceRunning => 0,
        };
        let goal = u32::try_from(goal).unwrap_or(0).saturating_mul(1_000);
        if goal <= self.actuator_nm {
            self.actuator_nm = goal;
        } else if self.mode == Mode::Ready {
            let dt = dt.min(limits::TICK_MAX);
            let step = limits::ACTUATOR_DEEPEN_NM_PER_MS.saturating_mul(dt.as_us()) / 1_000;
            self.actuator_nm = self.actuator_nm.saturating_add(step).min(goal);
        }
        let um = i32::try_from(self.actuator_nm / 1_000).unwrap_or(0);
        DepthCommand {
            target: Depth::from_um(um),
        }
    }
}
