//! A desk rig around the control core alone: raw counts in, one motor command out, every
//! millisecond. There is no plant; a turning motor is imitated by its edges.
//!
//! The rig keeps a few rules of its own after every tick ([`Rig::watch`]), so that each test that
//! uses it also tests those.

use crate::given;
use pen_core::calibration::CalibrationId;
use pen_core::fault::Fault;
use pen_core::gate::{Bridge, MotorCommand};
use pen_core::io::{
    Acceleration, Buttons, Inputs, Outputs, Quadrant, Sample, Tacho, TagReading, Trigger,
};
use pen_core::journal::{Record, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::{Boot, Pen};
use pen_core::plan::Plan;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::session::Ledger;
use pen_core::status::Status;
use pen_core::units::{Duration, Instant, Rate};

/// What is wrong with one analogue wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Nothing.
    #[default]
    True,
    /// So many counts too many.
    Offset(i32),
    /// Always these counts.
    Counts(u16),
    /// The converter repeats its last counts, as if they were new.
    Stuck,
    /// No new sample comes; the last one ages.
    Silent,
    /// Every sample is this old. Unit: us.
    Late(u32),
}

/// One analogue input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Analogue {
    /// What is wrong with it.
    pub wire: Wire,
    last: u16,
    age_us: u32,
}

impl Analogue {
    fn sample(&mut self, counts: i32, dt_us: u32) -> Sample {
        let clipped = |counts: i32| u16::try_from(counts.clamp(0, 4_095)).unwrap_or(0);
        let silent = self.wire == Wire::Silent;
        self.age_us = match self.wire {
            Wire::Silent => self.age_us.saturating_add(dt_us),
            Wire::Late(us) => us,
            Wire::True | Wire::Offset(_) | Wire::Counts(_) | Wire::Stuck => 0,
        };
        self.last = match self.wire {
            Wire::True | Wire::Late(_) => clipped(counts),
            Wire::Offset(more) => clipped(counts + more),
            Wire::Counts(fixed) => fixed,
            Wire::Stuck => self.last,
            Wire::Silent if silent => self.last,
            Wire::Silent => 0,
        };
        Sample {
            counts: self.last,
            age: Duration::from_us(self.age_us),
        }
    }
}

/// How the ring shakes while the cam turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shake {
    /// 14 counts up and down, once a stroke, on both channels.
    Strokes,
    /// One sample in twenty is 14 counts shallower: the median takes it out, so that the depth is
    /// known to the micrometre.
    Spikes,
    /// Not at all.
    Not,
}

/// What turns the cam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cam {
    /// A perfect motor: reaches the set rate, stops within 25 ms of the brake.
    Obeys,
    /// Turns at this rate whatever is commanded; negative is backward. Unit: mHz.
    Turns(i64),
}

/// What is wrong with the tachometer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hall {
    /// Nothing.
    True,
    /// No edges any more.
    Lost,
    /// The two switches are swapped.
    Swapped,
    /// So many edges in every tick, new in this very moment.
    Edges(i8),
}

/// How fast storage keeps a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// After so many ticks.
    After(u32),
    /// Never.
    Dead,
}

/// What storage is about to keep.
#[derive(Clone, Copy, Debug)]
struct Pending {
    number: u16,
    ledger: Ledger,
    signed_off: CalibrationId,
    left: u32,
}

/// A thousandth of a millionth of a turn: millihertz times microseconds.
const TURN: i64 = 1_000_000_000;
const QUARTER: i64 = TURN / 4;

/// The rig.
#[derive(Clone, Debug)]
pub struct Rig {
    /// The pen itself.
    pub pen: Pen,
    /// What it starts from when it starts again; the ledger comes from storage.
    pub boot: Boot,
    /// The trigger's contacts.
    pub trigger: Trigger,
    /// The buttons.
    pub buttons: Buttons,
    /// The cable brings power.
    pub cable: bool,
    /// The seat switch is closed.
    pub seated: bool,
    /// What the tag says.
    pub tag: TagReading,
    /// Depth that channel A sees. Unit: um.
    pub ring_a_um: i32,
    /// Depth that channel B sees. Unit: um.
    pub ring_b_um: i32,
    /// Channel A.
    pub depth_a: Analogue,
    /// Channel B.
    pub depth_b: Analogue,
    /// How the ring shakes.
    pub shake: Shake,
    /// Motor current; unset means what the winding draws. Unit: mA.
    pub current_ma: Option<i32>,
    /// Current.
    pub current: Analogue,
    /// What flows for a duty although one of the paths is open. Unit: mA.
    pub welded_ma: i32,
    /// Battery. Unit: converter counts of 2.5 mV.
    pub battery_counts: i32,
    /// Battery.
    pub battery: Analogue,
    /// Temperature of the grip. Unit: converter counts, fewer being warmer.
    pub grip_counts: i32,
    /// Grip.
    pub grip: Analogue,
    /// What the accelerometer feels on its three axes. Unit: mg.
    pub felt_mg: [i16; 3],
    /// Age of that. Unit: us.
    pub felt_age_us: u32,
    /// The accelerometer has noise, as a live one does: its first axis moves by 4 mg.
    pub felt_noise: bool,
    /// What turns the cam.
    pub cam: Cam,
    /// What is wrong with the tachometer.
    pub hall: Hall,
    /// How fast storage is.
    pub storage: Storage,
    /// The ledger as storage has it.
    pub stored: Ledger,
    /// The calibration that is signed off, as storage has it.
    pub signed_off: CalibrationId,
    /// Cartridges that were burned, as the pen's list has them.
    pub burned: Vec<u64>,
    /// Length of a tick. Unit: us.
    pub tick_us: u32,
    /// Ticks since power-up.
    pub ticks: u64,
    /// What the pen was given in the last tick.
    pub fed: Inputs,
    /// What the pen did in the last tick.
    pub out: Outputs,
    /// Every record so far, oldest first.
    pub log: Vec<Record>,
    /// The true rate of the cam, negative backward. Unit: mHz.
    pub rate_mhz: i64,
    now_us: u64,
    angle: i64,
    /// The quarter that the two switches tell, counted from power-up.
    told: i64,
    /// Edges that nobody was told yet: the cam was put elsewhere.
    jumped: i64,
    wanted: u16,
    kept: u16,
    pending: Option<Pending>,
}

impl Default for Rig {
    fn default() -> Self {
        Self::new(given::boot())
    }
}

impl Rig {
    /// The same on a board with a second switch, or without one.
    pub fn with_switch(second_switch: bool) -> Self {
        Self::new(Boot {
            second_switch,
            ..given::boot()
        })
    }

    /// A pen that was just powered up: nothing pressed, a new cartridge in the seat, 1.0 mm.
    pub fn new(boot: Boot) -> Self {
        let mut rig = Self {
            pen: Pen::new(&boot),
            boot,
            trigger: given::RELEASED,
            buttons: Buttons::default(),
            cable: false,
            seated: true,
            tag: TagReading::Present(given::tag()),
            ring_a_um: 1_000,
            ring_b_um: 1_000,
            depth_a: Analogue::default(),
            depth_b: Analogue::default(),
            shake: Shake::Strokes,
            current_ma: None,
            current: Analogue::default(),
            welded_ma: 0,
            battery_counts: 3_200,
            battery: Analogue::default(),
            grip_counts: 2_048,
            grip: Analogue::default(),
            felt_mg: [0, 0, 1_000],
            felt_age_us: 500,
            felt_noise: true,
            cam: Cam::Obeys,
            hall: Hall::True,
            storage: Storage::After(5),
            stored: boot.ledger.unwrap_or_default(),
            signed_off: boot.signed_off,
            burned: Vec::new(),
            tick_us: 1_000,
            ticks: 0,
            fed: Inputs::default(),
            out: Outputs::SAFE,
            log: Vec::new(),
            rate_mhz: 0,
            now_us: 5_000_000,
            angle: 0,
            told: 0,
            jumped: 0,
            wanted: 0,
            kept: 0,
            pending: None,
        };
        rig.collect();
        rig
    }

    /// Power goes and comes back: only what storage kept is left.
    pub fn reboot(&mut self, cause: ResetCause) {
        self.boot.cause = cause;
        self.boot.ledger = Some(self.stored);
        self.boot.signed_off = self.signed_off;
        self.pen = Pen::new(&self.boot);
        self.out = Outputs::SAFE;
        self.now_us = 5_000_000;
        self.wanted = 0;
        self.kept = 0;
        self.pending = None;
        self.collect();
    }

    /// The pen's clock stands here when it starts. Unit: us.
    pub const fn start_at(&mut self, now_us: u64) {
        self.now_us = now_us;
    }

    fn collect(&mut self) {
        while let Some(entry) = self.pen.take_record() {
            self.log.push(entry.record);
        }
    }

    // ---- the world -------------------------------------------------------------------------

    /// Both channels see this depth. Unit: um.
    pub fn ring(&mut self, depth_um: i32) {
        self.ring_a_um = depth_um;
        self.ring_b_um = depth_um;
    }

    /// The quarter in which the cam stands.
    pub fn quadrant(&self) -> Quadrant {
        named(self.angle.div_euclid(QUARTER))
    }

    /// Puts the cam just into a quarter, onward; its edges come all at once.
    pub fn put_cam(&mut self, quarter: i64) {
        let before = self.angle.div_euclid(QUARTER);
        let turns = self.angle.div_euclid(TURN) + 1;
        self.angle = turns * TURN + quarter * QUARTER + QUARTER / 8;
        self.jumped += self.angle.div_euclid(QUARTER) - before;
    }

    fn move_cam(&mut self) -> Tacho {
        let ms = i64::from(self.tick_us) / 1_000;
        self.rate_mhz = match self.cam {
            Cam::Turns(rate) => rate,
            Cam::Obeys => {
                let set = i64::from(self.pen.status().rate_set.as_mhz());
                let toward = |goal: i64, step: i64| {
                    self.rate_mhz + (goal - self.rate_mhz).clamp(-step * ms, step * ms)
                };
                let motor = self.out.motor();
                match (motor.enable(), motor.bridge()) {
                    // A load that draws so much leaves so much of what is written.
                    (true, Bridge::Forward(_)) if set > 0 && self.current_ma.is_some() => {
                        toward(self.loaded_mhz().clamp(set * 9 / 10, set), 6_000)
                    }
                    (true, Bridge::Forward(_)) if set > 0 => toward(set, 600),
                    (true, Bridge::Forward(_)) => toward(12_000, 4_000),
                    (true, Bridge::Backward(_)) => toward(-12_000, 4_000),
                    (true, Bridge::Short) => toward(0, 6_000),
                    (true, Bridge::Float) | (false, _) => toward(0, 150),
                }
            }
        };
        let before = self.angle.div_euclid(QUARTER);
        self.angle += self.rate_mhz * i64::from(self.tick_us);
        let after = self.angle.div_euclid(QUARTER);
        let edge = if self.rate_mhz < 0 { after + 1 } else { after } * QUARTER;
        let age = if before == after || self.rate_mhz == 0 {
            0
        } else {
            (self.angle - edge).abs() / self.rate_mhz.abs()
        };
        let moved = after - before + std::mem::take(&mut self.jumped);
        let (edges, age) = match self.hall {
            Hall::True => (moved, age),
            Hall::Lost => (0, 0),
            Hall::Swapped => (-moved, age),
            Hall::Edges(forced) => (i64::from(forced), 0),
        };
        self.told = if self.hall == Hall::True {
            after
        } else {
            self.told + edges
        };
        let edges = i8::try_from(edges).unwrap_or(i8::MAX);
        Tacho {
            edges,
            edge_age: Duration::from_us(u32::try_from(age).unwrap_or(0)),
            quadrant: named(self.told),
        }
    }

    fn shaken(&self) -> i32 {
        let turns = self.rate_mhz.abs() > 20_000;
        match self.shake {
            Shake::Strokes if turns => {
                if self.angle.rem_euclid(TURN) < TURN / 2 {
                    14
                } else {
                    -14
                }
            }
            Shake::Spikes if self.ticks.is_multiple_of(20) => -14,
            Shake::Strokes | Shake::Spikes | Shake::Not => 0,
        }
    }

    fn inputs(&mut self) -> Inputs {
        let tacho = self.move_cam();
        let shaken = self.shaken();
        let current = 2_048 + self.current_ma.unwrap_or_else(|| self.drawn_ma());
        let dt = self.tick_us;
        let counts_a = given::counts_a(self.ring_a_um) + shaken;
        let counts_b = given::counts_b(self.ring_b_um) - shaken;
        Inputs {
            tacho,
            depth_a: self.depth_a.sample(counts_a, dt),
            depth_b: self.depth_b.sample(counts_b, dt),
            current: self.current.sample(current, dt),
            battery: self.battery.sample(self.battery_counts, dt),
            grip: self.grip.sample(self.grip_counts, dt),
            acceleration: self.felt(),
            trigger: self.trigger,
            buttons: self.buttons,
            seated: self.seated,
            vbus: self.cable,
            tag: self.tag_now(),
            ledger_stored: self.kept,
        }
    }

    /// What is written to the winding. Unit: mV.
    fn written_mv(&self) -> Option<i64> {
        let motor = self.out.motor();
        let battery_mv = i64::from(self.battery_counts) * 5 / 2;
        let of = |parts: u16| battery_mv * i64::from(parts) / 10_000;
        match motor.bridge() {
            Bridge::Forward(duty) if motor.drives() => Some(of(duty.as_parts())),
            Bridge::Backward(duty) if motor.drives() => Some(-of(duty.as_parts())),
            Bridge::Short if motor.enable() => Some(0),
            Bridge::Float | Bridge::Short | Bridge::Forward(_) | Bridge::Backward(_) => None,
        }
    }

    /// The rate at which the winding draws what a load takes. The loop holds most of it.
    fn loaded_mhz(&self) -> i64 {
        let data = given::profile().motor;
        let drop_mv =
            i64::from(self.current_ma.unwrap_or(0)) * i64::from(data.resistance_mohm) / 1_000;
        let left_mv = self.written_mv().unwrap_or(0) - drop_mv;
        left_mv * 1_000_000 / i64::from(data.back_emf_uv_per_hz)
    }

    /// What the winding draws: what is written, less what its rotation generates, over its resistance.
    fn drawn_ma(&self) -> i32 {
        let Some(written_mv) = self.written_mv() else {
            let probes = matches!(self.out.motor().bridge(), Bridge::Forward(_));
            return if probes { self.welded_ma } else { 0 };
        };
        let data = given::profile().motor;
        let generated_mv = i64::from(data.back_emf_uv_per_hz) * self.rate_mhz / 1_000_000;
        let ma = (written_mv - generated_mv) * 1_000 / i64::from(data.resistance_mohm);
        i32::try_from(ma).unwrap_or(0).clamp(-2_000, 2_000)
    }

    fn felt(&self) -> Acceleration {
        let [x_mg, y_mg, z_mg] = self.felt_mg;
        let noise = if self.felt_noise && self.ticks.is_multiple_of(2) {
            4
        } else {
            0
        };
        Acceleration {
            x_mg: x_mg.saturating_add(noise),
            y_mg,
            z_mg,
            age: Duration::from_us(self.felt_age_us),
        }
    }

    /// The tag as the reader gives it: the pen's own list of burned cartridges counts.
    fn tag_now(&self) -> TagReading {
        match self.tag {
            TagReading::Present(mut tag) if self.seated => {
                tag.used = tag.used || self.burned.contains(&tag.id);
                TagReading::Present(tag)
            }
            TagReading::Unreadable if self.seated => TagReading::Unreadable,
            TagReading::Present(_) | TagReading::Unreadable | TagReading::Absent => {
                TagReading::Absent
            }
        }
    }

    /// Storage has the newest ledger.
    pub fn has_stored(&self) -> bool {
        self.kept == self.out.ledger()
    }

    fn store(&mut self) {
        let number = self.out.ledger();
        if number != self.wanted {
            self.wanted = number;
            if let Storage::After(ticks) = self.storage {
                self.pending = Some(Pending {
                    number,
                    ledger: self.pen.ledger(),
                    signed_off: self.pen.signed_off(),
                    left: ticks,
                });
            }
        }
        if let Some(pending) = &mut self.pending {
            if pending.left == 0 {
                self.kept = pending.number;
                self.stored = pending.ledger;
                self.signed_off = pending.signed_off;
                self.pending = None;
            } else {
                pending.left -= 1;
            }
        }
    }

    // ---- time ------------------------------------------------------------------------------

    /// One control step.
    pub fn tick(&mut self) {
        self.now_us += u64::from(self.tick_us);
        self.step();
    }

    fn step(&mut self) {
        let inputs = self.inputs();
        self.fed = inputs;
        self.out = self.pen.step(Instant::from_us(self.now_us), &inputs);
        self.ticks += 1;
        self.store();
        if let Some(id) = self.out.burn()
            && !self.burned.contains(&id)
        {
            self.burned.push(id);
        }
        self.collect();
        self.watch();
    }

    /// One step that comes so long after the last one; the world has moved on meanwhile. Unit: us.
    pub fn late(&mut self, us: u32) {
        let tick_us = std::mem::replace(&mut self.tick_us, us);
        self.tick();
        self.tick_us = tick_us;
    }

    /// One step that is told this moment, whatever time it is in the world. Unit: us.
    pub fn tick_at(&mut self, now_us: u64) {
        self.now_us = now_us;
        self.step();
    }

    /// The rig's clock. Unit: us.
    pub const fn now_us(&self) -> u64 {
        self.now_us
    }

    /// So many steps.
    pub fn ticks(&mut self, count: u32) {
        for _ in 0..count {
            self.tick();
        }
    }

    /// Steps until something is so; returns how many that took.
    pub fn until(&mut self, most: u32, what: &str, is_so: impl Fn(&Self) -> bool) -> u32 {
        for count in 1..=most {
            self.tick();
            if is_so(self) {
                return count;
            }
        }
        panic!("not {what} within {most} ticks: {}", self.state());
    }

    /// Asserts that nothing trips or stops for so many ticks.
    pub fn runs_for(&mut self, count: u32) {
        let mode = self.mode();
        for tick in 0..count {
            self.tick();
            assert_eq!(self.mode(), mode, "at tick {tick}: {}", self.state());
        }
    }

    /// Steps until the pen no longer drives; returns the ticks from now to the brake.
    pub fn brakes_within(&mut self, most: u32) -> u32 {
        self.until(most, "braking", |rig| !rig.drives())
    }

    /// A word about the pen, for messages.
    pub fn state(&self) -> String {
        let status = self.status();
        format!(
            "tick {}, {:?}, locks {:?}, fault {:?}, depth {:?}, rate {:?}, {:?}, last {:?}",
            self.ticks,
            status.mode,
            status.locks.iter().collect::<Vec<_>>(),
            status.fault,
            status.depth,
            status.rate,
            self.out.motor(),
            self.log.iter().rev().take(4).collect::<Vec<_>>(),
        )
    }

    /// Rules that hold after every tick of every test.
    pub fn watch(&self) {
        let (mode, motor) = (self.mode(), self.out.motor());
        let may_turn = matches!(
            mode,
            Mode::Treating | Mode::ServiceRunning | Mode::Stopping | Mode::FaultReaction
        );
        assert!(may_turn || !motor.drives(), "STOP-009: {}", self.state());
        // A pen that was reset while its motor turned may brake it, and nothing else.
        let brakes_at_boot = mode == Mode::Boot && self.brakes();
        // A second switch is on trial with the enable path closed.
        let on_trial =
            self.boot.second_switch && matches!(mode, Mode::Boot | Mode::Ready) && !motor.supply();
        assert!(
            may_turn || !motor.enable() || brakes_at_boot || on_trial,
            "STOP-004: {}",
            self.state()
        );
        if matches!(mode, Mode::Treating) && motor.drives() {
            assert!(self.trigger == given::HELD, "STOP-001: {}", self.state());
            assert!(!self.cable, "PWR-003: {}", self.state());
        }
        if matches!(motor.bridge(), Bridge::Backward(_)) {
            let parks = matches!(mode, Mode::Stopping | Mode::FaultReaction);
            assert!(parks, "only parking goes backward: {}", self.state());
        }
        assert!(
            !self.out.is_quiet() || motor == MotorCommand::OFF,
            "STORE-003: {}",
            self.state()
        );
        let target = self.out.depth().target;
        let cap = self.status().cap.map_or(given::um(0), |cap| cap.value);
        assert!(target <= cap, "CONF-007: {}", self.state());
    }

    // ---- what the pen says -----------------------------------------------------------------

    /// Its mode.
    pub fn mode(&self) -> Mode {
        self.pen.status().mode
    }

    /// Its status.
    pub fn status(&self) -> Status {
        self.pen.status()
    }

    /// Whether the supply can put torque on the motor.
    pub fn drives(&self) -> bool {
        self.out.motor().drives()
    }

    /// Whether the winding is shorted.
    pub fn brakes(&self) -> bool {
        self.out.motor().enable() && self.out.motor().bridge() == Bridge::Short
    }

    /// Whether both paths of torque are off.
    pub fn is_off(&self) -> bool {
        self.out.motor() == MotorCommand::OFF
    }

    /// The fault that is latched.
    pub fn fault(&self) -> Option<Fault> {
        self.pen.status().fault.map(|trip| trip.fault)
    }

    /// The last refusal that was recorded.
    pub fn refused(&self) -> Option<Refusal> {
        self.log.iter().rev().find_map(|record| match record {
            Record::Refused { why, .. } => Some(*why),
            _ => None,
        })
    }

    /// Whether a record like this was made.
    pub fn recorded(&self, like: impl Fn(&Record) -> bool) -> bool {
        self.log.iter().any(like)
    }

    /// The ledger.
    pub fn ledger(&self) -> Ledger {
        self.pen.ledger()
    }

    // ---- hands and host --------------------------------------------------------------------

    /// Asks, and collects what was recorded.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn ask(&mut self, role: Role, request: Request) -> Result<Reply, Refusal> {
        let before = self.status();
        let answer = self.pen.request(role, request);
        if answer.is_err() {
            assert_eq!(
                self.status(),
                before,
                "CONF-002: a refusal changed something"
            );
        }
        self.collect();
        answer
    }

    /// Asks as an operator.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn operator(&mut self, request: Request) -> Result<Reply, Refusal> {
        self.ask(Role::Operator, request)
    }

    /// Asks as a technician.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn technician(&mut self, request: Request) -> Result<Reply, Refusal> {
        self.ask(Role::Technician, request)
    }

    /// Loads a plan.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn load(&mut self, plan: Plan) -> Result<Reply, Refusal> {
        self.operator(Request::LoadPlan(plan))
    }

    /// Presses and releases the confirm button.
    pub fn press_ok(&mut self) {
        self.buttons.ok = true;
        self.ticks(25);
        self.buttons.ok = false;
        self.ticks(5);
    }

    /// Presses and releases the button that chooses the next zone.
    pub fn press_next(&mut self) {
        self.buttons.next = true;
        self.ticks(25);
        self.buttons.next = false;
        self.ticks(5);
    }

    /// A technician asks to sign off; what is granted storage keeps at once, if it keeps anything.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn sign_off(&mut self, generation: u32) -> Result<Reply, Refusal> {
        let answer = self.technician(Request::SignOff { generation })?;
        assert_eq!(answer, Reply::SignOff);
        if self.storage != Storage::Dead {
            (self.stored, self.signed_off) = self.pen.signed_ledger();
            self.sign_off_is_kept()?;
        }
        Ok(answer)
    }

    /// Storage has kept a sign-off that was granted.
    ///
    /// # Errors
    /// The pen's refusal.
    pub fn sign_off_is_kept(&mut self) -> Result<(), Refusal> {
        let kept = self.pen.sign_off_stored();
        self.collect();
        kept
    }

    // ---- front doors -----------------------------------------------------------------------

    /// Powered up and nothing forbids treatment.
    pub fn to_standby(mut self) -> Self {
        self.until(1_500, "Standby", |rig| rig.mode() == Mode::Standby);
        self
    }

    /// Locked by the cable.
    pub fn to_locked(mut self) -> Self {
        self.cable = true;
        self.until(1_500, "Locked", |rig| rig.mode() == Mode::Locked);
        self
    }

    /// Standby with this plan, zone confirmed, ledger stored, trigger seen released.
    pub fn to_ready_with(self, plan: Plan) -> Self {
        let mut rig = self.to_standby();
        let answer = rig.load(plan);
        assert_eq!(answer, Ok(Reply::Done));
        rig.arm();
        rig
    }

    /// Confirms the zone and waits until the trigger may start.
    pub fn arm(&mut self) {
        self.press_ok();
        assert_eq!(self.mode(), Mode::Ready, "{}", self.state());
        self.ticks(300);
        assert_eq!(self.mode(), Mode::Ready, "{}", self.state());
    }

    /// Ready with the plan that the tests start from.
    pub fn to_ready(self) -> Self {
        self.to_ready_with(given::plan())
    }

    /// Holds the trigger until the pen treats.
    pub fn start(&mut self) {
        self.trigger = given::HELD;
        self.until(40, "Treating", |rig| rig.mode() == Mode::Treating);
    }

    /// Treating, in its very first tick.
    pub fn to_treating(self) -> Self {
        let mut rig = self.to_ready();
        rig.start();
        rig
    }

    /// Treating for half a second: every monitor has settled.
    pub fn to_running(self) -> Self {
        let mut rig = self.to_treating();
        rig.runs_for(500);
        rig
    }

    /// Running with this plan.
    pub fn to_running_with(self, plan: Plan) -> Self {
        let mut rig = self.to_ready_with(plan);
        rig.start();
        rig.runs_for(500);
        rig
    }

    /// Stopping, in its very first tick.
    pub fn to_stopping(self) -> Self {
        let mut rig = self.to_running();
        rig.trigger = given::RELEASED;
        rig.tick();
        assert_eq!(rig.mode(), Mode::Stopping);
        rig
    }

    /// Reacting to a cartridge that left its seat, in its very first tick.
    pub fn to_fault_reaction(self) -> Self {
        let mut rig = self.to_running();
        rig.seated = false;
        rig.until(60, "tripped", |rig| rig.mode() == Mode::FaultReaction);
        rig
    }

    /// Faulted, the cause gone, the trigger released.
    pub fn to_faulted(self) -> Self {
        let mut rig = self.to_fault_reaction();
        rig.seated = true;
        rig.trigger = given::RELEASED;
        rig.until(600, "Faulted", |rig| rig.mode() == Mode::Faulted);
        rig.ticks(250);
        rig
    }

    /// Service mode, at rest.
    pub fn to_service(self) -> Self {
        let mut rig = self.to_standby();
        rig.tag = given::dummy();
        rig.buttons.ok = true;
        rig.ticks(25);
        let answer = rig.technician(Request::EnterService);
        assert_eq!(answer, Ok(Reply::Done));
        rig.buttons.ok = false;
        rig.ticks(5);
        assert_eq!(rig.mode(), Mode::Service, "{}", rig.state());
        rig
    }

    /// Service mode with the motor turning; the next tick is its first.
    pub fn to_service_running(self) -> Self {
        let mut rig = self.to_service();
        let answer = rig.technician(Request::Run(Rate::from_hz(60)));
        assert_eq!(answer, Ok(Reply::Done));
        assert_eq!(rig.mode(), Mode::ServiceRunning);
        rig
    }

    /// A new rig in this mode, by the front door.
    pub fn reach(mode: Mode) -> Self {
        let rig = Self::default();
        let mut rig = match mode {
            Mode::Boot => rig,
            Mode::Locked => rig.to_locked(),
            Mode::Standby => rig.to_standby(),
            Mode::Ready => rig.to_ready(),
            Mode::Treating => rig.to_running(),
            Mode::Stopping => rig.to_stopping(),
            Mode::FaultReaction => rig.to_fault_reaction(),
            Mode::Faulted => rig.to_faulted(),
            Mode::Service => rig.to_service(),
            Mode::ServiceRunning => rig.to_service_running(),
        };
        if mode == Mode::ServiceRunning {
            rig.tick();
        }
        assert_eq!(rig.mode(), mode, "{}", rig.state());
        rig
    }

    /// Waits until the motor stands and the pen is in this mode.
    pub fn comes_to(&mut self, mode: Mode) {
        if self.mode() != mode {
            self.until(600, &format!("{mode:?}"), |rig| rig.mode() == mode);
        }
    }

    /// Turns the ring to its zero mark, presses the confirm button, and turns the ring back.
    pub fn check_zero(&mut self) {
        assert!(self.status().locks.has(Lock::ZeroCheck), "{}", self.state());
        let before = self.ring_a_um;
        self.ring(0);
        self.ticks(50);
        self.press_ok();
        assert!(
            !self.status().locks.has(Lock::ZeroCheck),
            "{}",
            self.state()
        );
        self.ring(before);
        self.ticks(50);
    }

    /// Acknowledges by hand and goes back to Standby.
    pub fn acknowledge(&mut self) {
        self.press_ok();
        assert_eq!(self.fault(), None, "{}", self.state());
        self.until(600, "Standby", |rig| rig.mode() == Mode::Standby);
    }
}

/// The name of a quarter, counted from full retraction on.
fn named(quarter: i64) -> Quadrant {
    match quarter.rem_euclid(4) {
        0 => Quadrant::Retracted,
        1 => Quadrant::Extending,
        2 => Quadrant::Extended,
        _ => Quadrant::Retracting,
    }
}
