//! The two doors, [`Pen::step`] and [`Pen::request`], and the state behind them.
//!
//! ```text
//! step: clock -> sense -> hands -> accounts -> guard -> mode -> regulate -> gate -> Outputs
//! ```
//!
//! Everything here is small and capped: counters stop at their own limits, nothing is allocated,
//! and no time is kept but what the argument `now` brings.

mod asked;
#[cfg(any(test, feature = "bench"))]
pub mod bench;
pub(crate) mod clock;
mod drive;
mod modes;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;
mod zone;

use crate::admitted::Admitted;
use crate::calibration::Calibration;
use crate::calibration::Channel;
use crate::cam::Cam;
use crate::cartridge::Kind;
use crate::estimate::{
    BatterySense, CurrentSense, DepthChannel, DepthReading, GripSense, MotionReading, MotionSense,
    Speed, SpeedReading,
};
use crate::fault::{Fault, Limiting, Trip};
use crate::gate::MotorCommand;
use crate::guard::Guard;
use crate::halt::Halt;
use crate::hands::Hands;
use crate::heat::Heat;
use crate::io::{Inputs, Outputs, Quadrant, Tag, TagReading};
use crate::journal::{Entry, Record, RecordDefect, ResetCause, Trace};
use crate::limits;
use crate::locks::{Lock, Locks};
use crate::mode::{AfterStop, Mode};
use crate::plan::Plan;
use crate::probe::Probe;
use crate::profile::{DeviceProfile, ProfileDefect};
use crate::regulate::Regulator;
use crate::request::Role;
use crate::request::{Refusal, RequestKind};
use crate::session::Ledger;
use crate::status::Status;
use crate::units::{Current, Depth, Duration, Instant, Rate, Strokes, Voltage};
use crate::witness::{Seen, Witness};

/// What a board knows when the pen starts.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about the board, each by its name"
)]
#[derive(Clone, Copy, Debug)]
pub struct Boot {
    /// The device's serial number.
    pub serial: u64,
    /// Why it started.
    pub cause: ResetCause,
    /// The image's checksum is right.
    pub image_ok: bool,
    /// The memory test passed.
    pub memory_ok: bool,
    /// The bridge's supply has a second switch that obeys [`MotorCommand::supply`] (STOP-004).
    pub second_switch: bool,
    /// Every stored record was found whole, or its absence is a known first start.
    pub storage_ok: bool,
    /// The limit profile, its signature already verified.
    pub profile: Result<DeviceProfile, ProfileDefect>,
    /// The calibration.
    pub calibration: Result<Calibration, RecordDefect>,
    /// The session ledger; nothing on a first start.
    pub ledger: Option<Ledger>,
}
any_struct!(Boot { serial, cause, image_ok, memory_ok, second_switch, storage_ok, profile, calibration, ledger });

/// The plan in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    pub(crate) plan: Plan,
    /// Time since it was loaded, for as long as it was not started.
    pub(crate) idle_for: Duration,
    pub(crate) started: bool,
}
any_struct!(Loaded { plan, idle_for, started });

/// Readings of this tick.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Readings {
    pub(crate) a: DepthReading,
    pub(crate) b: DepthReading,
    pub(crate) speed: SpeedReading,
    pub(crate) quadrant: Quadrant,
    /// Edges of the tachometer, negative backward.
    pub(crate) edges: i8,
    pub(crate) seen: Seen,
    pub(crate) current: Option<Current>,
    pub(crate) battery: Option<Voltage>,
    pub(crate) motion: MotionReading,
    pub(crate) grip_known: bool,
}
any_struct!(Readings { a, b, speed, quadrant, edges, seen, current, battery, motion, grip_known });

impl Readings {
    /// The deeper of the two channels; nothing when either is unusable (DEPTH-003).
    pub(crate) fn depth(&self) -> Option<Depth> {
        match (self.a.depth, self.b.depth) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (Some(_), None) | (None, Some(_)) | (None, None) => None,
        }
    }

    /// Both channels are usable and say nearly the same (DEPTH-004).
    pub(crate) fn agree(&self) -> bool {
        match (self.a.depth, self.b.depth) {
            (Some(a), Some(b)) => a.distance(b) <= limits::DISAGREE_SLOW_UM,
            (Some(_), None) | (None, Some(_)) | (None, None) => false,
        }
    }
}

/// The activation under way, or the last one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Activation {
    pub(crate) on: Duration,
    pub(crate) strokes: Strokes,
    /// The drive began with the last step.
    pub(crate) begins: bool,
    /// Why it is ending.
    pub(crate) cause: Option<crate::fault::StopCause>,
    pub(crate) battery_low_for: Duration,
    pub(crate) limited_for: Duration,
}
any_struct!(Activation { on, strokes, begins, cause, battery_low_for, limited_for });

/// Service mode.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Service {
    /// Silence of the host.
    pub(crate) silent_for: Duration,
    /// Time since motion was last permitted.
    pub(crate) unpermitted_for: Duration,
    pub(crate) rate: Rate,
    /// Service ends with this drive.
    pub(crate) leaving: bool,
    pub(crate) staged: Option<(Calibration, u32)>,
}
any_struct!(Service { silent_for, unpermitted_for, rate, leaving, staged });

/// Things said once, not every tick.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent marks of what was said"
)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) session: bool,
    pub(crate) cartridge: bool,
    pub(crate) shallower: bool,
    pub(crate) limited: bool,
    pub(crate) warm: bool,
    /// A trigger press was refused and not yet released.
    pub(crate) press: bool,
    /// Later faults that were recorded while the first is latched, one bit each.
    pub(crate) faults: u32,
}
any_struct!(Said { session, cartridge, shallower, limited, warm, press, faults });

/// The pen's control core.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about the motor and the seat"
)]
#[derive(Clone, Debug)]
pub struct Pen {
    serial: u64,
    cause: ResetCause,
    second_switch: bool,
    fixed_locks: Locks,
    profile: Result<DeviceProfile, ProfileDefect>,
    calibration: Option<Calibration>,

    clock: clock::Clock,
    mode: Mode,
    mode_for: Duration,
    after: AfterStop,
    locks: Locks,
    fault: Option<Trip>,
    later: u16,
    /// The motor has stood still since it was last driven.
    stood: bool,
    parked: bool,
    cam: Cam,
    witness: Witness,

    channel_a: DepthChannel,
    channel_b: DepthChannel,
    speed: Speed,
    current: CurrentSense,
    battery: BatterySense,
    motion: MotionSense,
    grip: GripSense,
    heat: Heat,
    readings: Readings,
    hands: Hands,

    guard: Guard,
    regulator: Regulator,
    halt: Halt,
    probe: Probe,

    plan: Option<Loaded>,
    zone: u8,
    admitted: Option<Admitted>,
    ledger: Ledger,
    ledger_wanted: u16,
    ledger_stored: u16,
    /// Time since storage was last asked to keep the ledger.
    unkept_for: Duration,
    /// Needles of the cartridge that the zone was opened with.
    needles: u32,
    /// Strokes times needles in this session; after a restart the most that it can have been.
    punctures: u32,
    activation: Activation,
    service: Service,
    said: Said,
    stop_asked: bool,

    seen: TagReading,
    seated: bool,
    /// Time since the cartridge last worked; at its limit after a reset, because nobody knows.
    pause: Duration,
    burn: Option<u64>,
    actuator_nm: u32,
    last: MotorCommand,
    trace: Trace,
}
any_struct!(Pen { serial, cause, second_switch, fixed_locks, profile, calibration, clock, mode, mode_for, after, locks, fault, later, stood, parked, cam, witness, channel_a, channel_b, speed, current, battery, motion, grip, heat, readings, hands, guard, regulator, halt, probe, plan, zone, admitted, ledger, ledger_wanted, ledger_stored, unkept_for, needles, punctures, activation, service, said, stop_asked, seen, seated, pause, burn, actuator_nm, last, trace });

impl Pen {
    /// A pen that starts. Whatever the cause, nothing can move until the tests have run (PWR-005).
    #[must_use]
    pub fn new(boot: &Boot) -> Self {
        Self::with_trace(boot, Trace::new())
    }

    fn with_trace(boot: &Boot, trace: Trace) -> Self {
        let profile = boot.profile.and_then(|profile| profile.admit(boot.serial));
        let calibration = boot.calibration.and_then(|calibration| {
            let sound = calibration.check(boot.serial);
            sound
                .map(|()| calibration)
                .map_err(|_| RecordDefect::OutOfRange)
        });
        let ledger = boot.ledger.unwrap_or_default();
        let mut pen = Self::blank(boot, profile, calibration.ok(), trace);
        pen.tell_start(
            boot,
            profile.err(),
            calibration.err(),
            ledger.reserved.is_some(),
        );
        pen
    }

    /// Nothing has happened yet.
    fn blank(
        boot: &Boot,
        profile: Result<DeviceProfile, ProfileDefect>,
        calibration: Option<Calibration>,
        trace: Trace,
    ) -> Self {
        Self {
            serial: boot.serial,
            cause: boot.cause,
            second_switch: boot.second_switch,
            fixed_locks: Locks::NONE
                .with(Lock::Image, !boot.image_ok)
                .with(Lock::Memory, !boot.memory_ok)
                .with(Lock::Storage, !boot.storage_ok),
            profile,
            calibration,
            clock: clock::Clock::new(),
            mode: Mode::Boot,
            mode_for: Duration::from_us(0),
            after: AfterStop::Locked,
            locks: Locks::NONE.with(Lock::Testing, true),
            fault: None,
            later: 0,
            stood: false,
            parked: false,
            cam: Cam::new(),
            witness: Witness::new(),
            channel_a: DepthChannel::new(Channel::A),
            channel_b: DepthChannel::new(Channel::B),
            speed: Speed::new(),
            current: CurrentSense::new(),
            battery: BatterySense::new(),
            motion: MotionSense::new(),
            grip: GripSense::new(),
            heat: Heat::new(),
            readings: Readings::default(),
            hands: Hands::default(),
            guard: Guard::new(),
            regulator: Regulator::default(),
            halt: Halt::default(),
            probe: Probe::new(boot.second_switch),
            plan: None,
            zone: 0,
            admitted: None,
            ledger: boot.ledger.unwrap_or_default().restored(),
            ledger_wanted: 0,
            ledger_stored: 0,
            unkept_for: Duration::from_us(0),
            needles: Kind::MOST_NEEDLES,
            punctures: 0,
            activation: Activation::default(),
            service: Service::default(),
            said: Said::default(),
            stop_asked: false,
            seen: TagReading::Absent,
            seated: false,
            pause: limits::CARTRIDGE_PAUSE_MAX,
            burn: None,
            actuator_nm: 0,
            last: MotorCommand::OFF,
            trace,
        }
    }

    fn tell_start(
        &mut self,
        boot: &Boot,
        profile: Option<ProfileDefect>,
        calibration: Option<RecordDefect>,
        interrupted: bool,
    ) {
        self.record(Record::Booted { cause: boot.cause });
        if let Some(defect) = profile {
            self.record(Record::ProfileRefused { defect });
        }
        if let Some(defect) = calibration {
            self.record(Record::CalibrationMissing { defect });
        }
        if self.ledger.open {
            let strokes = self.ledger.strokes.as_count();
            self.punctures = strokes.saturating_mul(Kind::MOST_NEEDLES);
            self.record(Record::LedgerRestored {
                session: self.ledger.session,
                used: self.ledger.on,
            });
        }
        if interrupted {
            self.want_ledger();
        }
    }

    /// One control step; call it every millisecond, whatever else happens.
    ///
    /// `now` is the pen's own clock, uncorrected. The step never fails: what is wrong with its
    /// inputs becomes a lock, a fault or the safe output.
    pub fn step(&mut self, now: Instant, inputs: &Inputs) -> Outputs {
        let tick = self.clock.tick(now, self.clock_ppm());
        self.mode_for = self.mode_for.plus_up_to(tick.dt, Duration::from_s(1));
        self.ledger_stored = inputs.ledger_stored;
        self.sense(inputs, tick);
        self.hands.update(inputs, tick.dt);
        self.account(tick.dt);
        self.watch_cartridge(inputs);
        self.locks = self.find_locks(tick);
        if let Some(trip) = self.find_trip(inputs, tick) {
            self.trip(trip);
        }
        self.advance(tick.dt);
        self.stop_asked = false;
        let motor = self.drive(tick.dt);
        self.last = motor;
        Outputs {
            motor,
            depth: self.command_depth(tick.dt),
            burn: self.burn,
            ledger: self.ledger_wanted,
            quiet: self.may_store() && motor == MotorCommand::OFF,
        }
    }

    /// STORE-003: a job of storage has several operations, and one that met the tests of the boot
    /// between two of them would fail. The boot is short; storage comes after it. The test before a
    /// session waits for storage (`Pen::check_probe`), and once it runs storage waits for it.
    fn may_store(&self) -> bool {
        self.mode.is_at_rest() && self.mode != Mode::Boot && !self.probe.is_running()
    }

    /// Takes the oldest record that waits for storage.
    pub fn take_record(&mut self) -> Option<Entry> {
        self.trace.take(self.clock.now())
    }

    /// The ledger that storage shall keep under the number in [`Outputs::ledger`].
    #[must_use]
    pub const fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// The profile in force.
    #[must_use]
    pub fn profile(&self) -> Option<DeviceProfile> {
        self.profile.ok()
    }

    /// The calibration in force.
    #[must_use]
    pub const fn calibration(&self) -> Option<Calibration> {
        self.calibration
    }

    /// The staged calibration and its digest.
    #[must_use]
    pub const fn staged(&self) -> Option<(Calibration, u32)> {
        self.service.staged
    }

    /// The plan in force.
    #[must_use]
    pub fn plan(&self) -> Option<Plan> {
        self.plan.map(|loaded| loaded.plan)
    }

    /// Why the pen started.
    #[must_use]
    pub const fn reset_cause(&self) -> ResetCause {
        self.cause
    }

    /// Whether somebody holds the confirm button on the pen right now.
    #[must_use]
    pub fn is_attended(&self) -> bool {
        self.hands.is_attended()
    }

    /// The role on the link changed (LOG-001).
    pub fn role_changed(&mut self, role: Role) {
        self.record(Record::RoleChanged { role });
    }

    /// A change of role was refused (LOG-001).
    pub fn role_refused(&mut self, why: Refusal) {
        self.record(Record::Refused {
            what: RequestKind::Authorise,
            why,
        });
    }

    /// The link was locked after too many bad frames (LINK-001).
    pub fn link_locked(&mut self, errors: u16) {
        self.record(Record::LinkLocked { errors });
    }

    /// The picture of the pen after the last step.
    #[must_use]
    pub fn status(&self) -> Status {
        let zone = self
            .ledger
            .zones
            .get(usize::from(self.zone))
            .copied()
            .unwrap_or_default();
        let zone = if self.ledger.open {
            zone
        } else {
            crate::session::ZoneUse::default()
        };
        Status {
            at: self.clock.now(),
            mode: self.mode,
            locks: self.locks,
            fault: self.fault,
            later: self.later,
            limiting: self.limiting(),
            depth_a: self.readings.a.depth,
            depth_b: self.readings.b.depth,
            depth: self.readings.depth(),
            counts_a: self.readings.a.counts,
            counts_b: self.readings.b.counts,
            cap: self.admitted.map(|admitted| admitted.cap()),
            rate: self.readings.speed.rate,
            rate_set: self.rate_set(),
            duty: self.duty(),
            current: self.current.smooth(),
            battery: self.readings.battery.unwrap_or_default(),
            plan: self.plan.map_or(0, |loaded| loaded.plan.id),
            zone: self.plan.map(|_| self.zone),
            session: if self.ledger.open {
                self.ledger.session
            } else {
                0
            },
            on: self.ledger.on,
            elapsed: self.ledger.elapsed,
            strokes: self.ledger.strokes,
            zone_on: zone.on,
            zone_strokes: zone.strokes,
            cartridge: self.tag().map(|tag| tag.id),
            needles: self.kind().map_or(0, Kind::needles),
            parked: self.parked,
            staged: self.service.staged.map(|(_, digest)| digest),
            generation: self
                .calibration
                .map_or(0, |calibration| calibration.generation),
        }
    }

    pub(crate) fn record(&mut self, record: Record) {
        self.trace.push(self.clock.now(), record);
    }

    fn clock_ppm(&self) -> i32 {
        self.calibration
            .map_or(0, |calibration| calibration.clock_ppm)
    }

    fn tag(&self) -> Option<Tag> {
        match self.seen {
            TagReading::Present(tag) if self.seated => Some(tag),
            TagReading::Present(_) | TagReading::Absent | TagReading::Unreadable => None,
        }
    }

    fn kind(&self) -> Option<Kind> {
        self.tag().and_then(|tag| Kind::from_code(tag.kind))
    }

    fn limiting(&self) -> Limiting {
        if !self.mode.may_drive() {
            Limiting::None
        } else if self.heat.is_warm() {
            Limiting::Heat
        } else {
            self.regulator.limiting()
        }
    }

    fn is_faulted(&self) -> bool {
        matches!(self.mode, Mode::FaultReaction | Mode::Faulted)
    }

    fn terminal(&self) -> Option<Fault> {
        self.ledger.terminal.filter(|fault| fault.is_terminal())
    }

    /// The fall or shock after which the depth was not yet checked at zero (PWR-007).
    fn shaken(&self) -> Option<Fault> {
        self.ledger
            .terminal
            .filter(|fault| fault.demands_zero_check())
    }
}
