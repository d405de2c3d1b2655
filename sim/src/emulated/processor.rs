//! An emulated RP2040 as the pen's processor.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use embedded_io::{Read, ReadReady, Write, WriteReady};
use pen_core::io::{Quadrant, Tacho, TagReading};
use pen_core::journal::ResetCause;
use pen_core::status::Status;

use super::frame::{Doings, Pins, VERSION, kind};
use super::log::Log;
use super::node::Node;
use super::settings::{EmulatedError, Settings};
use super::tag;
use crate::board::{DUTY_STEPS, FLASH_SECTORS, Serial, VirtualBoard, Wires};
use crate::flash::SECTOR;
use crate::pen::processor::{Processor, ProcessorError, Socket};

/// Bytes of the Pico's flash chip. Source: Pico data sheet, "2 MB QSPI flash".
const CHIP_LEN: usize = 2 << 20;

/// Where in the chip the records are: as many sectors as storage has, at its end.
const STORAGE_AT: usize = CHIP_LEN - FLASH_SECTORS * SECTOR;

/// Most bytes from the host that go into one step: as many as USB could carry.
const HOST_BYTES: usize = 512;

/// A part on I2C whose reading is older than this does not answer (us).
const ENCODER_STALE_US: u32 = 1_500;
const ACCELEROMETER_STALE_US: u32 = 10_000;

/// Length of a step when the clock does not tell (us).
const STEP_US: u64 = 1_000;

/// A look at the rig from outside: what it saw, and what only a bench can do to a chip.
#[derive(Clone, Debug)]
pub struct Handle(Rc<RefCell<Rig>>);

#[derive(Debug)]
struct Rig {
    node: Node,
    log: Log,
    is_configured: bool,
}

impl Handle {
    /// What the rig saw so far.
    #[must_use]
    pub fn log(&self) -> Ref<'_, Log> {
        Ref::map(self.0.borrow(), |rig| &rig.log)
    }

    /// Whether the USB host has configured the pen, so that a terminal could talk to it.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.0.borrow().is_configured
    }

    /// The rig's process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.0.borrow().node.id()
    }

    /// Power fails in the flash operation after the next `operations`; `is_ragged` leaves a page
    /// with bits cleared all over, else its front is written.
    ///
    /// # Errors
    /// [`ProcessorError`] when the rig is gone.
    pub fn cut_in_flash(
        &self,
        operations: u32,
        is_ragged: bool,
        seed: u32,
    ) -> Result<(), ProcessorError> {
        let mut body = operations.to_le_bytes().to_vec();
        body.push(u8::from(is_ragged));
        body.extend(seed.to_le_bytes());
        self.ask(kind::CUT, &body).map(drop)
    }

    /// The processor carries out no instruction for so many milliseconds, or until a reset; the rest
    /// of the chip goes on: as in an endless loop with interrupts masked.
    ///
    /// # Errors
    /// [`ProcessorError`] when the rig is gone.
    pub fn hang(&self, ms: u32) -> Result<(), ProcessorError> {
        self.ask(kind::HANG, &ms.to_le_bytes()).map(drop)
    }

    /// What the USB host read when the pen was plugged in: descriptors and strings, as JSON.
    ///
    /// # Errors
    /// [`ProcessorError`] when the rig is gone.
    pub fn usb(&self) -> Result<serde_json::Value, ProcessorError> {
        let json = self.ask(kind::USB, &[])?;
        serde_json::from_slice(&json).map_err(|error| failed("ask the USB host", error.to_string()))
    }

    /// Bytes of the chip's memory, as a debugger would read them.
    ///
    /// # Errors
    /// [`ProcessorError`] when there is no such memory, or the rig is gone.
    pub fn memory(&self, at: u32, len: u32) -> Result<Vec<u8>, ProcessorError> {
        self.ask(
            kind::MEMORY,
            &[at.to_le_bytes(), len.to_le_bytes()].concat(),
        )
    }

    /// Writes into the chip's memory, as a debugger would.
    ///
    /// # Errors
    /// [`ProcessorError`] when there is no such memory, or the rig is gone.
    pub fn poke(&self, at: u32, bytes: &[u8]) -> Result<(), ProcessorError> {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut body = [at.to_le_bytes(), len.to_le_bytes()].concat();
        body.extend(bytes);
        self.ask(kind::POKE, &body).map(drop)
    }

    /// The next instruction cannot be carried out.
    ///
    /// # Errors
    /// [`ProcessorError`] when the rig is gone.
    pub fn fail(&self) -> Result<(), ProcessorError> {
        self.ask(kind::FAIL, &[]).map(drop)
    }

    /// The processor goes on at a function of the image, with its arguments in r0 to r3, as if the
    /// program had got there. `symbol` is how the function's name in the image ends.
    ///
    /// # Errors
    /// [`ProcessorError`] when the image has no such symbol (a UF2 file has none), or the rig is gone.
    pub fn enter(&self, symbol: &str, arguments: [u32; 4]) -> Result<(), ProcessorError> {
        let mut body: Vec<u8> = arguments
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        body.extend(
            u16::try_from(symbol.len())
                .unwrap_or(u16::MAX)
                .to_le_bytes(),
        );
        body.extend(symbol.as_bytes());
        self.ask(kind::ENTER, &body).map(drop)
    }

    /// Bytes of the flash chip, as a programmer would read them.
    ///
    /// # Errors
    /// [`ProcessorError`] when there is no such place, or the rig is gone.
    pub fn flash(&self, at: u32, len: u32) -> Result<Vec<u8>, ProcessorError> {
        self.ask(
            kind::READ_FLASH,
            &[at.to_le_bytes(), len.to_le_bytes()].concat(),
        )
    }

    fn ask(&self, kind: u8, body: &[u8]) -> Result<Vec<u8>, ProcessorError> {
        let answer = self.0.borrow_mut().node.ask(kind, body);
        answer.map_err(|why| failed("reach the rig", why))
    }

    fn frame(&self, pins: &Pins) -> Result<Doings, ProcessorError> {
        let answer = self.ask(kind::FRAME, &pins.body())?;
        let doings = Doings::read(&answer)
            .ok_or_else(|| failed("run", "what the rig answered is no frame".to_owned()))?;
        let mut rig = self.0.borrow_mut();
        rig.log.add(&doings, &answer);
        rig.is_configured = doings.is_configured;
        Ok(doings)
    }
}

fn failed(step: &'static str, why: String) -> ProcessorError {
    ProcessorError { step, why }
}

/// An emulated RP2040 with an image.
#[derive(Debug)]
pub struct Emulated {
    wires: Rc<Wires>,
    flash: crate::board::SharedFlash,
    handle: Handle,
    link: Serial,
    /// Bytes from the pen that found no room on the link yet.
    said: Vec<u8>,
    /// Bytes for the pen that the USB host has not taken yet.
    waiting: Vec<u8>,
    /// What the flash said last of changes from outside.
    touched: Option<u64>,
    has_power: bool,
    last_us: u64,
    hall: u8,
    tag: Option<TagReading>,
}

impl Emulated {
    /// A chip that has not started yet, and the handle to look at it.
    ///
    /// # Errors
    /// [`EmulatedError`] when something is missing, [`ProcessorError`] when the rig does not start.
    pub fn new(socket: Socket, settings: &Settings) -> Result<(Self, Handle), StartError> {
        settings.check()?;
        let start = |why| StartError::Rig(failed("start", why));
        let seed = u32::try_from(socket.serial & 0xffff_ffff).unwrap_or(1);
        let node = Node::start(settings, socket.serial, seed).map_err(start)?;
        let handle = Handle(Rc::new(RefCell::new(Rig {
            node,
            log: Log::default(),
            is_configured: false,
        })));
        handle.ask(kind::HELLO, &VERSION.to_le_bytes())?;
        let link = VirtualBoard::new(Rc::clone(&socket.wires)).serial();
        let emulated = Self {
            wires: socket.wires,
            flash: socket.flash,
            handle: handle.clone(),
            link,
            said: Vec::new(),
            waiting: Vec::new(),
            touched: None,
            has_power: false,
            last_us: 0,
            hall: 0,
            tag: None,
        };
        Ok((emulated, handle))
    }

    /// Hands the records over, if they were changed from outside.
    fn give_flash(&mut self) -> Result<(), ProcessorError> {
        let (touched, bytes) = self.flash.with(|part| (part.touched(), part.snapshot()));
        if self.touched == Some(touched) {
            return Ok(());
        }
        self.touched = Some(touched);
        let place = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        let mut body = [place(STORAGE_AT), place(bytes.len())].concat();
        body.extend(bytes);
        self.handle.ask(kind::WRITE_FLASH, &body).map(drop)
    }

    /// Takes the records back, so that whoever looks at the flash sees what the chip left.
    fn take_flash(&mut self) -> Result<(), ProcessorError> {
        let place = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let bytes = self
            .handle
            .flash(place(STORAGE_AT), place(CHIP_LEN - STORAGE_AT))?;
        let touched = self.flash.with(|part| {
            part.restore(&bytes);
            part.touched()
        });
        self.touched = Some(touched);
        Ok(())
    }

    fn pins(&mut self, span_us: u64) -> Pins {
        let wires = Rc::clone(&self.wires);
        let levels = [
            &wires.trigger_closed,
            &wires.trigger_opened,
            &wires.next,
            &wires.ok,
            &wires.seat,
            &wires.vbus,
        ];
        let levels = levels.iter().zip(0..).fold(0, |bits, (wire, place)| {
            bits | u8::from(wire.get()) << place
        });
        let span_ns = 1_000 * u32::try_from(span_us).unwrap_or(1_000);
        let motion = wires.acceleration.get();
        let tag = wires.tag.get();
        let contents = tag::contents(tag);
        let is_other = self.tag != Some(tag);
        self.tag = Some(tag);
        self.hear_host();
        Pins {
            span_ns,
            adc: [
                wires.depth_a.get().counts,
                wires.current.get().counts,
                wires.grip.get().counts,
                battery_pin(wires.battery.get().counts),
            ],
            levels,
            has_encoder: wires.depth_b.get().age.as_us() <= ENCODER_STALE_US,
            has_accelerometer: motion.age.as_us() <= ACCELEROMETER_STALE_US,
            has_tag: contents.is_some(),
            angle: wires.depth_b.get().counts,
            mg: [motion.x_mg, motion.y_mg, motion.z_mg],
            hall: self.hall(span_ns),
            bytes: self.waiting.clone(),
            tag: contents.filter(|_| is_other).map(Box::new),
        }
    }

    /// Takes bytes for the pen off the link, once there is a terminal to send them.
    fn hear_host(&mut self) {
        if !self.handle.is_configured() {
            return;
        }
        let mut buffer = [0; HOST_BYTES];
        if self.waiting.is_empty() && self.link.read_ready() == Ok(true) {
            let count = self.link.read(&mut buffer).unwrap_or(0);
            self.waiting.extend(buffer.iter().take(count));
        }
    }

    /// The hall switches in this step: the edges of the step before, at their times.
    fn hall(&mut self, span_ns: u32) -> Vec<(u32, u8)> {
        let tacho = self.wires.tacho.get();
        self.wires.tacho.set(Tacho { edges: 0, ..tacho });
        let last = span_ns.saturating_sub(1_000 * tacho.edge_age.as_us().min(span_ns / 1_000));
        let count = u32::from(tacho.edges.unsigned_abs());
        let mut changes = Vec::new();
        for k in 1..=count {
            self.hall = turned(self.hall, tacho.edges > 0);
            let at = u64::from(last) * u64::from(k) / u64::from(count);
            changes.push((u32::try_from(at).unwrap_or(last), self.hall));
        }
        // Where edges and place disagree, a switch is broken; the place is what the pins show.
        let place = levels(tacho.quadrant);
        if place != self.hall {
            self.hall = place;
            changes.push((last, place));
        }
        changes
    }

    fn put(&mut self, doings: Doings, span_us: u64) {
        let wires = &self.wires;
        let [forward, backward, _] = doings.high_ns;
        let span_ns = 1_000 * span_us;
        let share = |high: u32, of: u64| {
            let share = (of * u64::from(high) + span_ns / 2) / span_ns.max(1);
            share.min(of)
        };
        let duty = |high| u16::try_from(share(high, u64::from(DUTY_STEPS))).unwrap_or(DUTY_STEPS);
        wires.forward.set(duty(forward));
        wires.backward.set(duty(backward));
        wires.enable.set(doings.is_enabled);
        // Not the pin alone: the plant's own switch does not see a chip that hangs, this one does.
        wires.supply.set(doings.is_supplied);
        wires.fed.set(wires.fed.get().wrapping_add(1));
        let ppm = |high| u32::try_from(share(high, 1_000_000)).unwrap_or(1_000_000);
        self.handle
            .0
            .borrow_mut()
            .log
            .note_duty(ppm(forward), ppm(backward));
        if doings.has_taken {
            self.waiting.clear();
        }
        self.said.extend(doings.bytes);
        if !self.said.is_empty() && self.link.write_ready() == Ok(true) {
            let count = self.link.write(&self.said).unwrap_or(0);
            self.said.drain(..count);
        }
        if !doings.written.is_empty() {
            // Whether the mark stays is the cartridge's word; the memory is written anew from it.
            if tag::burns(&doings.written)
                && let Some(TagReading::Present(tag)) = self.tag
            {
                self.wires.burn.set(Some(tag.id));
            }
            self.tag = None;
        }
        if self.has_power && !doings.is_powered {
            self.has_power = false;
            self.flash.with(crate::board::Part::lose_power);
        }
    }
}

impl Processor for Emulated {
    fn start(&mut self, cause: ResetCause) -> Result<bool, ProcessorError> {
        self.give_flash()?;
        let how = match cause {
            ResetCause::PowerOn => 1,
            ResetCause::BrownOut => 2,
            ResetCause::Unknown => 3,
            ResetCause::Watchdog
            | ResetCause::WatchdogForgotten
            | ResetCause::Software
            | ResetCause::Panicked { .. }
            | ResetCause::HardFault { .. } => 4,
        };
        self.handle.ask(kind::POWER, &[how])?;
        self.has_power = true;
        self.last_us = 0;
        self.tag = None;
        Ok(true)
    }

    fn run(&mut self, pen_us: u64) -> Result<(), ProcessorError> {
        let span_us = match pen_us.checked_sub(self.last_us) {
            Some(span @ 1..=1_000_000) => span,
            _ => STEP_US,
        };
        self.last_us = pen_us;
        self.give_flash()?;
        let pins = self.pins(span_us);
        let doings = self.handle.frame(&pins)?;
        let has_operated = !doings.flash.is_empty();
        self.put(doings, span_us);
        if has_operated {
            self.take_flash()?;
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.said.clear();
        self.waiting.clear();
    }

    fn spoil_limit(&mut self, _which: u8) -> Result<bool, ProcessorError> {
        let why = "the image that is flashed has no bench abilities".to_owned();
        Err(failed("flip a bit of a limit", why))
    }

    fn status(&self) -> Option<Status> {
        None
    }
}

/// Why no emulated pen could be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something is missing.
    #[error(transparent)]
    Missing(#[from] EmulatedError),
    /// The rig did not start.
    #[error(transparent)]
    Rig(#[from] ProcessorError),
}

/// Counts at the pin that measures a third of the battery's voltage, for counts of 2.5 mV: the
/// fewest that the board reads as these.
fn battery_pin(counts: u16) -> u16 {
    let scaled = (u32::from(counts) * 512).div_ceil(495);
    u16::try_from(scaled).unwrap_or(u16::MAX).min(4_095)
}

/// Levels A and B, a bit each, in a quadrant.
const fn levels(quadrant: Quadrant) -> u8 {
    match quadrant {
        Quadrant::Retracted => 0b00,
        Quadrant::Extending => 0b01,
        Quadrant::Extended => 0b11,
        Quadrant::Retracting => 0b10,
    }
}

/// The levels a quarter turn on.
const fn turned(levels: u8, forward: bool) -> u8 {
    match (levels, forward) {
        (0b00, true) | (0b11, false) => 0b01,
        (0b01, true) | (0b10, false) => 0b11,
        (0b11, true) | (0b00, false) => 0b10,
        _ => 0b00,
    }
}

#[cfg(test)]
mod tests {
    use super::{battery_pin, turned};

    #[test]
    fn a_turn_is_four_quarters_either_way() {
        let mut seen = vec![0];
        for _ in 0..4 {
            seen.push(turned(seen[seen.len() - 1], true));
        }
        assert_eq!(seen, [0b00, 0b01, 0b11, 0b10, 0b00]);
        for pair in seen.windows(2) {
            assert_eq!(turned(pair[1], false), pair[0]);
        }
    }

    #[test]
    fn the_board_reads_the_battery_that_was_meant() {
        for counts in 0..=3_950 {
            let pin = u32::from(battery_pin(counts));
            assert_eq!(pin * 495 / 512, u32::from(counts));
        }
    }
}
