//! The virtual pen: plant, board and sensors, and the firmware's own application on top.
//!
//! ```text
//!        hand, faults            host
//!             |                   |  serial_in / serial_out
//!             v                   v
//!  +-------- hardware -----------------------+
//!  | plant --> sensors --> wires --> firmware |   one tick: 10 plant steps of 100 us,
//!  |   ^                     |                |   readings, then the firmware
//!  |   +------ bridge <------+                |
//!  +------------------------------------------+
//!        |
//!        v  truth, every 100 us, to whoever observes
//! ```
//!
//! Everything follows from the seed and from what a script calls, and when: no clock is read, no
//! thread is started, nothing else is random.

pub mod firmware;
pub mod hardware;
pub mod processor;
pub mod truth;

use std::rc::Rc;

use pen_core::journal::ResetCause;
use pen_core::profile::{DeviceClass, Mechanism};
use pen_core::status::Status;
use pen_core::units::Rate;

pub use truth::{Observer, Truth};

use crate::assembly::{Assembly, factory};
use crate::board::SharedFlash;
use crate::fault::line::{Line, TO_HOST, TO_PEN};
use crate::fault::{FaultError, Faults, Knob};
use crate::hand::Hand;
use crate::rng::Seed;
use firmware::Native;
use hardware::{Hardware, STEPS_PER_TICK};
use processor::{Processor, ProcessorError, Socket};

/// How long the watchdog waits to be fed (ms of true time).
pub const WATCHDOG_MS: u32 = 50;

/// How long the pen is down after a reset that nobody gave a length (ms).
pub const RESET_MS: u32 = 20;

/// How a virtual pen is built.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything random comes from it.
    pub seed: u64,
    /// Ring or actuator.
    pub mechanism: Mechanism,
    /// Home or professional.
    pub class: DeviceClass,
    /// Built within tolerances; else exactly as drawn.
    pub tolerances: bool,
    /// Leaves the factory calibrated; else a technician must.
    pub calibrated: bool,
    /// Where ring or actuator stand at first (um).
    pub depth_um: f64,
    /// Greatest rate of the limit profile.
    pub rate_max: Rate,
    /// Its bridge's supply has a second switch, which opens by itself when the processor stops.
    pub second_switch: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            mechanism: Mechanism::Ring,
            class: DeviceClass::Professional,
            tolerances: true,
            calibrated: true,
            depth_um: 0.0,
            rate_max: Rate::from_hz(150),
            second_switch: false,
        }
    }
}

/// Why no pen could be built: a mistake in the simulator, never a property of a seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the factory could not {step}: {why}")]
pub struct FactoryError {
    /// What it was doing.
    pub step: &'static str,
    /// What went wrong.
    pub why: String,
}

/// One pen with its firmware, its hand and its faults.
#[derive(Debug)]
pub struct VirtualPen {
    hardware: Hardware,
    flash: SharedFlash,
    processor: Box<dyn Processor>,
    /// The firmware is there, whether it hangs or not.
    is_up: bool,
    /// The processor failed: nothing runs any more.
    broken: Option<ProcessorError>,
    to_pen: Line,
    to_host: Line,
    /// Ticks until the firmware starts, while it is down, and what it will be told.
    down_ms: u32,
    cause: ResetCause,
    /// Ticks for which the firmware still hangs.
    hung_ms: u32,
    unfed_ms: u32,
    fed: u64,
    starts: u32,
    ticks: u64,
    flash_blocks: bool,
    /// Time that the flash has taken in all, and how much of it has not yet passed (us).
    flash_us: u64,
    blocked_us: u64,
}

impl VirtualPen {
    /// Builds a pen and switches it on.
    ///
    /// # Errors
    /// [`FactoryError`], if its records could not be written.
    pub fn assemble(options: &Options) -> Result<Self, FactoryError> {
        Self::assemble_on(options, |socket| Box::new(Native::new(socket)))
    }

    /// Builds a pen around another processor than this machine and switches it on.
    ///
    /// # Errors
    /// [`FactoryError`], if its records could not be written.
    pub fn assemble_on(
        options: &Options,
        processor: impl FnOnce(Socket) -> Box<dyn Processor>,
    ) -> Result<Self, FactoryError> {
        let seed = Seed::new(options.seed);
        let assembly = if options.tolerances {
            Assembly::draw(seed)
        } else {
            Assembly::nominal(seed)
        };
        let flash = SharedFlash::new(seed.derive("flash").get());
        factory::equip(&flash, &assembly, options)?;
        let line = seed.derive("line");
        let mut hardware = Hardware::new(assembly, options.mechanism, options.depth_um);
        hardware.second_switch = options.second_switch;
        let socket = Socket {
            wires: Rc::clone(&hardware.wires),
            flash: flash.clone(),
            serial: hardware.assembly().serial,
            second_switch: options.second_switch,
        };
        Ok(Self {
            hardware,
            processor: processor(socket),
            is_up: false,
            broken: None,
            to_pen: Line::new(TO_PEN, line.derive("to pen")),
            to_host: Line::new(TO_HOST, line.derive("to host")),
            down_ms: 1,
            cause: ResetCause::PowerOn,
            hung_ms: 0,
            unfed_ms: 0,
            fed: 0,
            starts: 0,
            ticks: 0,
            flash_blocks: true,
            flash_us: flash.with(|part| part.counters().busy_us),
            blocked_us: 0,
            flash,
        })
    }

    /// One control tick: usually a millisecond of true time.
    pub fn tick(&mut self) {
        self.tick_observed(&mut ());
    }

    /// One control tick with somebody who looks on, every 100 us.
    pub fn tick_observed<O: Observer>(&mut self, observer: &mut O) {
        let mut steps = STEPS_PER_TICK + self.held_up();
        // A tick that is late for too long meets the watchdog, which counts time.
        let mut bites = false;
        if !self.hardware.faults.is_whole() {
            let late = self.strike();
            let most = STEPS_PER_TICK * WATCHDOG_MS;
            bites = late >= most;
            steps += late.min(most);
        }
        let life = self.life();
        self.hardware.advance(steps, life, observer);
        if bites && self.is_up {
            self.go_down(ResetCause::Watchdog, RESET_MS);
        }
        self.hardware.sense();
        self.run_firmware();
        self.hardware.burn_tag();
        self.ticks += 1;
    }

    /// Ticks until so many milliseconds of true time have passed; a late tick counts as long as it is.
    pub fn run_ms(&mut self, ms: u64) {
        self.run_ms_observed(ms, &mut ());
    }

    /// The same with somebody who looks on, every 100 us.
    pub fn run_ms_observed<O: Observer>(&mut self, ms: u64, observer: &mut O) {
        let end_us = self.hardware.time_us() + 1_000 * ms;
        while self.hardware.time_us() < end_us {
            self.tick_observed(observer);
        }
    }

    /// Sends bytes to the pen, through whatever is wrong with the link. Returns how many of them
    /// were taken; the rest has to be sent again, when the pen has read.
    pub fn serial_in(&mut self, bytes: &[u8]) -> usize {
        let room = crate::board::QUEUE_BYTES.saturating_sub(self.hardware.wires.unread());
        let (taken, _) = bytes.split_at(room.min(bytes.len()));
        if self.hardware.faults.is_whole() {
            return self.hardware.wires.offer(taken);
        }
        let mut carried = Vec::new();
        self.to_pen
            .carry(taken, &mut self.hardware.faults, &mut carried);
        // Garbage may find no room; nobody waits for it.
        self.hardware.wires.offer(&carried);
        taken.len()
    }

    /// What the pen has said since last asked.
    pub fn serial_out(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.serial_out_into(&mut out);
        out
    }

    /// Appends what the pen has said since last asked.
    pub fn serial_out_into(&mut self, out: &mut Vec<u8>) {
        if self.to_host.is_cut(&self.hardware.faults) {
            return;
        }
        if self.hardware.faults.is_whole() {
            self.hardware.wires.collect(out);
            return;
        }
        let mut said = Vec::new();
        self.hardware.wires.collect(&mut said);
        self.to_host.carry(&said, &mut self.hardware.faults, out);
    }

    /// What is really so.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.hardware.truth(self.life())
    }

    /// The person at the pen.
    pub const fn hand(&mut self) -> &mut Hand {
        &mut self.hardware.hand
    }

    /// What is broken, to be broken further or healed.
    pub const fn faults(&mut self) -> &mut Faults {
        &mut self.hardware.faults
    }

    /// Breaks something by name; without a number as the table says.
    ///
    /// # Errors
    /// [`FaultError`] when there is no such knob or it does not take the number.
    pub fn inject(
        &mut self,
        component: &str,
        kind: &str,
        value: Option<i64>,
    ) -> Result<Knob, FaultError> {
        self.hardware.faults.set_named(component, kind, value)
    }

    /// What the firmware says of itself: for traces, never for a verdict. Nothing while it is down.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.is_up.then(|| self.processor.status()).flatten()
    }

    /// Why the processor runs no more, if it failed: the run proves nothing then.
    #[must_use]
    pub const fn processor_error(&self) -> Option<&ProcessorError> {
        self.broken.as_ref()
    }

    /// What a dial gauge on the calibration dummy shows: protrusion at full extension (um), to the
    /// micrometre, wrong by up to 2 um.
    #[must_use]
    pub fn gauge_um(&self) -> f64 {
        let noise = self.hardware.assembly().seed.derive("gauge");
        // Nought has no sign on a gauge.
        (self.truth().depth_um + 4.0 * (noise.uniform(0, self.ticks) - 0.5)).round() + 0.0
    }

    /// What a reference tachometer shows: the mean true stroke rate of the last whole second (Hz).
    #[must_use]
    pub const fn tachometer_hz(&self) -> f64 {
        self.hardware.strobe_hz()
    }

    /// What has flowed through the motor's lead so far (mA ms), up to the last tick.
    #[must_use]
    pub const fn charge_ma_ms(&self) -> f64 {
        self.hardware.charge_ma_ms()
    }

    /// What a meter in the motor's lead shows: the mean current of the last whole second (mA).
    #[must_use]
    pub const fn meter_ma(&self) -> f64 {
        self.hardware.meter_ma()
    }

    /// Resets the pen at the next tick. It starts anew from the same flash, all else forgotten.
    pub fn reboot(&mut self, cause: ResetCause) {
        self.go_down(cause, RESET_MS);
    }

    /// What the pen was built from.
    #[must_use]
    pub const fn assembly(&self) -> &Assembly {
        self.hardware.assembly()
    }

    /// The flash part.
    #[must_use]
    pub const fn flash(&self) -> &SharedFlash {
        &self.flash
    }

    /// Whether erasing and programming hold up the processor, as on a part that it also runs from:
    /// the next tick then comes late by as much. So it is unless told otherwise.
    pub const fn block_on_flash(&mut self, blocks: bool) {
        self.flash_blocks = blocks;
    }

    /// The pen without its firmware.
    #[must_use]
    pub const fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// Control ticks so far, whether the firmware ran in them or not.
    #[must_use]
    pub const fn ticks(&self) -> u64 {
        self.ticks
    }

    fn life(&self) -> (bool, u32) {
        (self.is_up && self.hung_ms == 0, self.starts)
    }

    /// Faults that happen rather than last. Returns by how many plant steps the tick comes late.
    fn strike(&mut self) -> u32 {
        let ms = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
        let faults = &mut self.hardware.faults;
        if let Some(bit) = faults.take(Knob::FlashFlip) {
            let bit = usize::try_from(bit).unwrap_or(usize::MAX);
            self.flash.with(|part| part.flip_bit(bit));
        }
        if let Some(operations) = faults.take(Knob::FlashCut) {
            let operations = u64::try_from(operations).unwrap_or(u64::MAX);
            self.flash.with(|part| part.cut_ragged_after(operations));
        }
        if let Some(value) = faults.take(Knob::TickHang) {
            self.hung_ms = ms(value);
        }
        self.flip_limit();
        let late = self
            .hardware
            .faults
            .take(Knob::TickLate)
            .map_or(0, |us| ms(us) / 100);
        for (knob, cause) in [
            (Knob::PowerWatchdog, ResetCause::Watchdog),
            (Knob::PowerBrownOut, ResetCause::BrownOut),
            (Knob::PowerCut, ResetCause::PowerOn),
        ] {
            if let Some(value) = self.hardware.faults.take(knob) {
                self.go_down(cause, ms(value));
            }
        }
        late
    }

    /// A limit that is not in force has no bits yet: the flip waits for it.
    fn flip_limit(&mut self) {
        let Some(which) = self.hardware.faults.get(Knob::RamLimitFlip) else {
            return;
        };
        if !self.is_up {
            return;
        }
        match self
            .processor
            .spoil_limit(u8::try_from(which).unwrap_or(u8::MAX))
        {
            Ok(true) => self.hardware.faults.clear(Knob::RamLimitFlip),
            Ok(false) => {}
            Err(error) => self.fail(error),
        }
    }

    /// Plant steps by which the next tick comes late because the flash was busy.
    fn held_up(&mut self) -> u32 {
        let steps = self.blocked_us / 100;
        self.blocked_us -= 100 * steps;
        u32::try_from(steps).unwrap_or(u32::MAX)
    }

    fn go_down(&mut self, cause: ResetCause, ms: u32) {
        self.processor.stop();
        self.is_up = false;
        self.hardware.wires.reset();
        self.cause = cause;
        self.down_ms = ms.max(1);
        self.hung_ms = 0;
    }

    fn run_firmware(&mut self) {
        if self.broken.is_some() {
            return;
        }
        if self.down_ms > 0 {
            self.down_ms -= 1;
            if self.down_ms == 0 {
                self.start();
            }
            return;
        }
        if self.hung_ms > 0 {
            self.hung_ms -= 1;
        } else if self.is_up
            && let Err(error) = self.processor.run(self.hardware.pen_us())
        {
            return self.fail(error);
        }
        self.watch();
        self.settle_flash();
    }

    /// Time that the flash took passes, and power that failed within a flash operation failed for the
    /// whole pen.
    fn settle_flash(&mut self) {
        let (is_powered, busy_us) = self
            .flash
            .with(|part| (part.is_powered(), part.counters().busy_us));
        if self.flash_blocks {
            self.blocked_us += busy_us - self.flash_us;
        }
        self.flash_us = busy_us;
        if !is_powered {
            self.blocked_us = 0;
            self.go_down(ResetCause::PowerOn, RESET_MS);
        }
    }

    /// Power is there and reset is released: the firmware begins at its first instruction.
    fn start(&mut self) {
        self.flash.with(crate::board::Part::power_on);
        self.hardware.restart_clock();
        // A counter behind the switches starts with the processor.
        let tacho = self.hardware.wires.tacho.get();
        self.hardware
            .wires
            .tacho
            .set(pen_core::io::Tacho { edges: 0, ..tacho });
        self.starts += 1;
        self.unfed_ms = 0;
        match self.processor.start(self.cause) {
            Ok(is_up) => self.is_up = is_up,
            Err(error) => return self.fail(error),
        }
        self.settle_flash();
    }

    /// The processor is gone: outputs as in reset, and nothing starts again.
    fn fail(&mut self, error: ProcessorError) {
        self.go_down(ResetCause::Unknown, RESET_MS);
        self.broken = Some(error);
    }

    /// The watchdog bites when it was not fed.
    fn watch(&mut self) {
        let fed = self.hardware.wires.fed.get();
        self.unfed_ms = if fed == self.fed {
            self.unfed_ms + 1
        } else {
            0
        };
        self.fed = fed;
        if self.unfed_ms >= WATCHDOG_MS {
            self.go_down(ResetCause::Watchdog, RESET_MS);
        }
    }
}
