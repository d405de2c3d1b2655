//! The two doors, [`Pen::step`] and [`Pen::request`]. The pen owns its rooms and pipes between them.
//!
//! ```text
//! step: clock -> senses -> hands, cam, seat, account -> locks -> guard -> decide -> drive -> gate
//! ```
//!
//! Each room is one file with private fields. What a decision, a trip or a grant changes in several of
//! them is in `pen/carry.rs`, what a room that decides has to know is gathered in `pen/look.rs`.
//! Everything here is small and capped: counters end at their own limits, nothing is allocated,
//! and no time is kept but what the argument `now` brings.

#[cfg(test)]
mod bare;
#[cfg(any(test, feature = "bench"))]
pub mod bench;
mod carry;
#[cfg(test)]
mod corrupt;
mod look;
#[cfg(test)]
mod model;
mod motor;

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::account::Account;
use crate::actuator::Actuator;
use crate::admission;
use crate::calibration::{Calibration, CalibrationId};
use crate::cam::Cam;
use crate::clock::{Clock, Tick};
use crate::dead_man::DeadMan;
use crate::drive::Drive;
use crate::fault::{Fault, Trip};
use crate::gate::MotorCommand;
use crate::guard::{Guard, trip};
use crate::hands::Hands;
use crate::io::{Inputs, Outputs};
use crate::journal::{Entry, Record, RecordDefect, ResetCause, Tell, Trace};
use crate::latch::Latch;
use crate::limits;
use crate::locks::{self, Lock, Locks};
use crate::machine::Machine;
use crate::mode::Mode;
use crate::plan::Plan;
use crate::profile::{DeviceProfile, ProfileDefect};
use crate::records::Records;
use crate::request::{Refusal, Reply, Request, RequestKind, Role};
use crate::seat::Seat;
use crate::senses::Senses;
use crate::session::Ledger;
use crate::units::{Duration, Instant};

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
    /// Digest of its bytes; anything without one.
    pub digest: u32,
    /// The session ledger; nothing on a first start.
    pub ledger: Option<Ledger>,
    /// The last calibration that was signed off (CAL-005).
    pub signed_off: CalibrationId,
}
any_struct!(Boot {
    serial,
    cause,
    image_ok,
    memory_ok,
    second_switch,
    storage_ok,
    profile,
    calibration,
    digest,
    ledger,
    signed_off
});

/// The pen's control core.
#[derive(Clone, Debug)]
pub struct Pen {
    records: Records,
    clock: Clock,
    senses: Senses,
    cam: Cam,
    hands: Hands,
    seat: Seat,
    account: Account,
    guard: Guard,
    latch: Latch,
    machine: Machine,
    dead_man: DeadMan,
    drive: Drive,
    actuator: Actuator,
    /// What forbids treatment, as of the last step.
    locks: Locks,
    trace: Trace,
}
any_struct!(Pen {
    records,
    clock,
    senses,
    cam,
    hands,
    seat,
    account,
    guard,
    latch,
    machine,
    dead_man,
    drive,
    actuator,
    locks,
    trace
});

impl Pen {
    /// A pen that starts. Whatever the cause, nothing can move until the tests have run (PWR-005).
    #[must_use]
    pub fn new(boot: &Boot) -> Self {
        Self::with_trace(boot, Trace::new())
    }

    fn with_trace(boot: &Boot, mut trace: Trace) -> Self {
        let (records, profile, calibration) = Records::new(boot);
        trace.tell(Record::Booted { cause: boot.cause });
        if let Some(defect) = profile {
            trace.tell(Record::ProfileRefused { defect });
        }
        if let Some(defect) = calibration {
            trace.tell(Record::CalibrationMissing { defect });
        }
        Self {
            records,
            clock: Clock::new(),
            senses: Senses::new(),
            cam: Cam::new(),
            hands: Hands::default(),
            seat: Seat::new(),
            account: Account::new(boot.ledger, &mut trace),
            guard: Guard::new(),
            latch: Latch::new(boot.ledger.and_then(|ledger| ledger.terminal)),
            machine: Machine::new(),
            dead_man: DeadMan::default(),
            drive: Drive::new(boot.second_switch),
            actuator: Actuator::new(),
            locks: Locks::NONE.with(Lock::Testing, true),
            trace,
        }
    }

    /// One control step; call it every millisecond, whatever else happens.
    ///
    /// `now` is the pen's own clock, uncorrected. The step never fails: what is wrong with its
    /// inputs becomes a lock, a fault or the safe output.
    pub fn step(&mut self, now: Instant, inputs: &Inputs) -> Outputs {
        let tick = self.clock.tick(now, self.records.clock_ppm());
        self.trace.at(self.clock.now());
        self.machine.tick(tick.dt);
        self.account.stored(inputs.ledger_stored);
        self.sense(inputs, tick);
        self.hands.update(inputs, tick.dt);
        self.pass_time(tick.dt);
        self.seat.update(inputs.seated, inputs.tag, &mut self.trace);
        self.locks = locks::close(&self.lock_facts(tick));
        if let Some(trip) = self.find_trip(inputs, tick) {
            self.trip(trip);
        }
        self.work(tick.dt);
        let decision = self.decide(tick.dt);
        self.carry_out(decision);
        self.hands.stop_is_answered();
        let motor = self.command_motor(tick.dt);
        self.drive.wrote(motor);
        Outputs {
            motor,
            depth: self.command_depth(tick.dt),
            burn: self.seat.burn(),
            ledger: self.account.wanted(),
            quiet: self.may_store() && motor == MotorCommand::OFF,
        }
    }

    /// Decides what somebody asks. A refusal changes nothing, is recorded, and says why.
    ///
    /// # Errors
    /// [`Refusal`], with what was asked and what is allowed.
    pub fn request(&mut self, role: Role, request: Request) -> Result<Reply, Refusal> {
        let what = request.kind();
        match admission::decide(&self.situation(), role, request) {
            Ok(grant) => Ok(self.carry_grant(grant)),
            Err(why) => {
                self.trace.tell(Record::Refused { what, why });
                Err(why)
            }
        }
    }

    /// Storage has kept and read back this calibration; it is in force from now on, even if Service ended
    /// while it was written: what storage has and what is in force must be the same.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] while the motor is driven, [`Refusal::NothingStaged`] for another calibration
    /// than the last [`Reply::Store`] of this Service had. Recorded; nothing else changed.
    pub fn calibration_stored(
        &mut self,
        calibration: Calibration,
        digest: u32,
    ) -> Result<(), Refusal> {
        let mode = self.machine.mode();
        let kept = if mode.may_drive() {
            Err(Refusal::NotNow { mode })
        } else {
            self.records.put_in_force(calibration, digest)
        };
        match kept {
            Ok(kept) => {
                self.carry_calibration(calibration.generation, digest, kept);
                Ok(())
            }
            Err(why) => {
                let what = RequestKind::Commit;
                self.trace.tell(Record::Refused { what, why });
                Err(why)
            }
        }
    }

    /// Storage has kept and read back what [`Pen::signed_ledger`] said: the calibration in force is signed
    /// off from now on (CAL-005), even if Service ended while it was written. A fall is forgotten with it,
    /// but none that Service ended by.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] while the motor is driven, [`Refusal::NothingStaged`] when this Service has had
    /// no [`Reply::SignOff`] for the calibration in force. Recorded; nothing else changed.
    pub fn sign_off_stored(&mut self) -> Result<(), Refusal> {
        let mode = self.machine.mode();
        let kept = if mode.may_drive() {
            Err(Refusal::NotNow { mode })
        } else {
            self.records.keep_sign_off()
        };
        match kept {
            Ok(()) => self.carry_sign_off(),
            Err(why) => {
                let what = RequestKind::SignOff;
                self.trace.tell(Record::Refused { what, why });
            }
        }
        kept
    }

    /// What storage shall keep of a sign-off that was granted: the ledger without the fall that it
    /// forgets, and the calibration in force as the one that is signed off.
    #[must_use]
    pub fn signed_ledger(&self) -> (Ledger, CalibrationId) {
        let ledger = self.account.ledger(self.latch.terminal());
        (ledger, self.records.in_force())
    }

    /// Takes the oldest record that waits for storage.
    pub fn take_record(&mut self) -> Option<Entry> {
        self.trace.take()
    }

    /// The ledger that storage shall keep under the number in [`Outputs::ledger`].
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.account.ledger(self.latch.kept())
    }

    /// The last calibration that was signed off. Storage keeps it with the ledger.
    #[must_use]
    pub const fn signed_off(&self) -> CalibrationId {
        self.records.signed_off()
    }

    /// The profile in force.
    #[must_use]
    pub fn profile(&self) -> Option<DeviceProfile> {
        self.records.profile().copied()
    }

    /// The calibration in force.
    #[must_use]
    pub fn calibration(&self) -> Option<Calibration> {
        self.records.calibration().copied()
    }

    /// The staged calibration and its digest.
    #[must_use]
    pub const fn staged(&self) -> Option<(Calibration, u32)> {
        self.records.staged()
    }

    /// The plan in force.
    #[must_use]
    pub fn plan(&self) -> Option<Plan> {
        self.account.plan().copied()
    }

    /// Why the pen started.
    #[must_use]
    pub const fn reset_cause(&self) -> ResetCause {
        self.records.cause()
    }

    /// Whether somebody holds the confirm button on the pen right now.
    #[must_use]
    pub fn is_attended(&self) -> bool {
        self.hands.is_attended()
    }

    /// The role on the link changed (LOG-001).
    pub fn role_changed(&mut self, role: Role) {
        self.trace.tell(Record::RoleChanged { role });
    }

    /// A change of role was refused (LOG-001).
    pub fn role_refused(&mut self, why: Refusal) {
        self.trace.tell(Record::Refused {
            what: RequestKind::Authorise,
            why,
        });
    }

    /// A drive in Service mode was refused with [`Refusal::NotYetStored`], because storage is not yet ahead of
    /// the session that is open (SESS-008, LOG-001).
    pub fn run_not_yet_stored(&mut self) {
        self.trace.tell(Record::Refused {
            what: RequestKind::Run,
            why: Refusal::NotYetStored,
        });
    }

    /// The link was locked after too many bad frames (LINK-001).
    pub fn link_locked(&mut self, errors: u16) {
        self.trace.tell(Record::LinkLocked { errors });
    }

    /// Raw samples to readings, and what they tell of the cam.
    fn sense(&mut self, inputs: &Inputs, tick: Tick) {
        let last = self.drive.last();
        let was_warm = self.senses.is_warm();
        self.senses.update(inputs, tick, &self.records, last);
        let mode = self.machine.mode();
        if self.senses.is_warm() != was_warm && mode.may_drive() {
            self.guard.set_point_changed(self.rate_set_if(was_warm));
        }
        self.cam.rest(self.senses.readings().speed.since_edge);
        let rests = last == MotorCommand::OFF && self.cam.has_stood();
        let boots = mode == Mode::Boot;
        self.senses.witness(tick, &self.records, last, rests, boots);
        let readings = self.senses.readings();
        self.cam
            .update(readings.quadrant, readings.edges, &readings.seen);
        if mode.may_drive() && readings.speed.whole_turn && readings.seen.agrees() {
            self.cam.confirm();
        } else if self.machine.is_halting() && readings.current.is_none() {
            self.cam.lose();
        }
        if mode.is_at_rest() {
            self.cam.look(readings.depth());
        }
    }

    /// The first cause that forbids to go on this tick.
    fn find_trip(&mut self, inputs: &Inputs, tick: Tick) -> Option<Trip> {
        let own = self.check_limits().or_else(|| self.check_tick(tick));
        let path = self.test_paths(tick.dt);
        let begins = self.drive.take_begins();
        let views = self.views(inputs, begins, tick.dt);
        let seen = self.guard.check(&views);
        own.or(path).or(seen)
    }

    fn check_limits(&self) -> Option<Trip> {
        (!self.account.is_intact()).then(|| trip(Fault::LimitCorrupt, 1, 0))
    }

    fn check_tick(&self, tick: Tick) -> Option<Trip> {
        let allowed = i64::from(limits::TICK_MAX.as_us());
        (tick.late && self.machine.mode().may_drive())
            .then(|| trip(Fault::TickLate, i64::from(tick.raw.as_us()), allowed))
    }

    /// STOP-004: at power-up and before every session.
    fn test_paths(&mut self, dt: Duration) -> Option<Trip> {
        // STORE-003: a job of storage has several operations, and each refuses to work beside a duty.
        let mode = self.machine.mode();
        let tests = mode == Mode::Boot || (mode == Mode::Ready && self.account.is_kept());
        let may_run = tests && self.cam.has_stood() && !self.cam_falls();
        let current = self.senses.readings().current;
        self.drive.test(may_run, current, dt)
    }

    /// A reset in the middle of a treatment may leave the cam near a dead centre: there it creeps
    /// under the brake, and when let go it falls on, driven by the spring alone.
    fn cam_falls(&self) -> bool {
        self.machine.mode() == Mode::Boot && self.senses.readings().turns()
    }

    /// What the mode in force counts and says, before anything is decided.
    fn work(&mut self, dt: Duration) {
        let strokes = self.senses.readings().speed.strokes;
        match self.machine.mode() {
            Mode::Treating => {
                self.account.count(dt, strokes);
                self.seat.works();
                self.warn_of_warmth();
                let limiting = self.limiting();
                self.account.warn(limiting, &mut self.trace);
                let shallower = self.guard.is_shallower();
                self.drive
                    .warn_of_depth(shallower, limiting, &mut self.trace);
            }
            // The strokes of a stop belong to the activation, as long as that is reserved; those
            // of the calibration dummy, or of a finger at the cam, belong to nobody's session.
            Mode::Stopping | Mode::FaultReaction if self.account.admitted().is_some() => {
                self.account.count(Duration::from_us(0), strokes);
            }
            Mode::ServiceRunning => {
                self.account.count_service();
                self.warn_of_warmth();
            }
            Mode::Boot
            | Mode::Locked
            | Mode::Standby
            | Mode::Ready
            | Mode::Stopping
            | Mode::FaultReaction
            | Mode::Faulted
            | Mode::Service => {}
        }
    }

    fn warn_of_warmth(&mut self) {
        let warm = self.senses.is_warm();
        if self.drive.warn_of_warmth(warm, &mut self.trace) {
            self.tell_heat();
        }
    }

    /// STORE-003: a job of storage has several operations, and one that met the tests of the boot
    /// between two of them would fail. The boot is short; storage comes after it. The test before a
    /// session waits for storage (`Pen::test_paths`), and once it runs storage waits for it.
    fn may_store(&self) -> bool {
        let mode = self.machine.mode();
        mode.is_at_rest() && mode != Mode::Boot && !self.drive.probe().is_running()
    }
}
