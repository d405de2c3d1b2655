//! A real core, real storage on a flash of bytes, and a serial link of two queues.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use ed25519_dalek::{Signer, SigningKey};
use embedded_io::ErrorType;
use embedded_storage::nor_flash::{self, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use pen_core::fault::Fault;
use pen_core::io::{Acceleration, Buttons, Inputs, Outputs, Sample, Tag, TagReading};
use pen_core::journal::{Record, RecordDefect, ResetCause};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::profile::ProfileDefect;
use pen_core::request::Refusal;
use pen_core::session::Ledger;
use pen_core::status::Temperatures;
use pen_core::units::{Rate, Strokes, Temperature};
use pen_protocol::frame::{FRAME_MAX, encode};
use pen_protocol::messages::{
    Authorise, Commit, EndTerminal, Hello, JournalName, JournalReply, ReadCalibration, ReadJournal,
    Run, SetDay, SignOff, StorageError, Telemetry, Which,
};
use pen_protocol::text::Text;
use pen_protocol::{SCHEMA_HASH, calibration_digest};

use super::*;
use crate::board::BoardReport;
use crate::keeper::{Job, SPACING};
use crate::kept::{StoredCalibration, StoredLedger, id_of};
use crate::shared::Core;
use crate::store::layout::Region;
use crate::store::{Layout, Standing, journal};
use crate::{boot, examples, factory, signed};

const SERIAL: u64 = 0x0102_0304;

mod ahead;
mod fell_back;
mod kept;
mod link;
mod refused;
mod service;
mod sign_off;
mod storage;
mod whole;

/// NOR flash in memory; it can be told to fail, as a whole or in parts.
struct Ram {
    bytes: Vec<u8>,
    broken: Rc<RefCell<bool>>,
    worn: Rc<RefCell<Vec<Region>>>,
    unreadable: Rc<RefCell<Vec<Region>>>,
    /// It does what it says that it could not do.
    lies: Rc<RefCell<bool>>,
    /// It does so of what is all zeros only, as the mark of a record is.
    lies_of_marks: Rc<RefCell<bool>>,
    /// Writes that were asked for.
    writes: Rc<RefCell<u32>>,
}

fn is_in(regions: &RefCell<Vec<Region>>, offset: u32) -> bool {
    let regions = regions.borrow();
    let mut ranges = regions.iter().map(|region| region.start..region.end());
    ranges.any(|range| range.contains(&offset))
}

#[derive(Debug)]
struct Worn;

impl NorFlashError for Worn {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl nor_flash::ErrorType for Ram {
    type Error = Worn;
}

impl ReadNorFlash for Ram {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Worn> {
        if is_in(&self.unreadable, offset) {
            return Err(Worn);
        }
        let at = offset as usize;
        bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Ram {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 4_096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Worn> {
        self.bytes[from as usize..to as usize].fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Worn> {
        *self.writes.borrow_mut() += 1;
        if *self.broken.borrow() || is_in(&self.worn, offset) {
            return Err(Worn);
        }
        for (place, byte) in self.bytes[offset as usize..].iter_mut().zip(bytes) {
            *place &= byte;
        }
        let is_mark = bytes.iter().all(|byte| *byte == 0);
        if *self.lies.borrow() || (is_mark && *self.lies_of_marks.borrow()) {
            return Err(Worn);
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Wire {
    to_pen: Rc<RefCell<VecDeque<u8>>>,
    to_host: Rc<RefCell<VecDeque<u8>>>,
    stuck: Rc<RefCell<bool>>,
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let mut queue = self.to_pen.borrow_mut();
        let len = bytes.len().min(queue.len());
        assert_ne!(len, 0, "reading would wait");
        for (place, byte) in bytes.iter_mut().zip(queue.drain(..len)) {
            *place = byte;
        }
        Ok(len)
    }
}

impl ReadReady for Wire {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.to_pen.borrow().is_empty())
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        assert!(!*self.stuck.borrow(), "writing would wait");
        assert_ne!(bytes.len(), 0, "nothing to write");
        let len = bytes.len().min(64);
        self.to_host.borrow_mut().extend(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        panic!("flushing waits");
    }
}

impl WriteReady for Wire {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!*self.stuck.borrow())
    }
}

struct Bench {
    core: Core,
    host: Host<Wire, Ram>,
    wire: Wire,
    decoder: Decoder,
    broken: Rc<RefCell<bool>>,
    inputs: Inputs,
    now: Instant,
    seq: u8,
}

fn makers() -> (SigningKey, [signed::PublicKey; 1]) {
    let key = SigningKey::from_bytes(&[9; 32]);
    let public = key.verifying_key().to_bytes();
    (key, [public])
}

fn flash() -> Ram {
    let len = Layout::LEN as usize + 4_096;
    Ram {
        bytes: vec![0x5A; len],
        broken: Rc::default(),
        worn: Rc::default(),
        unreadable: Rc::default(),
        lies: Rc::default(),
        lies_of_marks: Rc::default(),
        writes: Rc::default(),
    }
}

/// As it leaves the assembly line.
fn assembled() -> Ram {
    let mut flash = flash();
    factory::format(&mut flash, SERIAL).unwrap();
    let profile = examples::profile(SERIAL);
    let (key, makers) = makers();
    let signature = key
        .sign(signed::message(&profile).unwrap().as_slice())
        .to_bytes();
    factory::install_profile(&mut flash, &profile, &signature, &makers).unwrap();
    factory::install_calibration(&mut flash, &examples::calibration(SERIAL, 1)).unwrap();
    flash
}

/// A ledger as storage keeps it, with the assembly line's calibration signed off.
fn kept(ledger: Ledger) -> StoredLedger {
    StoredLedger {
        ledger,
        signed_off: id_of(&examples::calibration(SERIAL, 1)),
    }
}

const DUMMY: Tag = Tag {
    id: 900,
    kind: 200,
    expiry_day: 9_000,
    authentic: true,
    used: false,
};

/// A board on which nothing is wrong, at its first start.
const REPORT: BoardReport = BoardReport {
    serial: SERIAL,
    model: "pen on a desk",
    cause: ResetCause::PowerOn,
    image_ok: true,
    memory_ok: true,
    second_switch: false,
};

impl Bench {
    fn new() -> Self {
        let mut bench = Self::on(assembled());
        // The power-up tests.
        bench.run(1_000);
        bench
    }

    /// The next job of storage, if it may be begun now.
    fn claim(&mut self) -> Option<Job> {
        self.host.keeper.claim(&mut self.core, self.now)
    }

    fn on(flash: Ram) -> Self {
        let broken = flash.broken.clone();
        let mut keeper = Keeper::new(flash, SERIAL).unwrap();
        let core = boot::start(&REPORT, &makers().1, &mut keeper);
        let wire = Wire::default();
        let host = Host::new(wire.clone(), keeper, &REPORT);
        let sample = |counts| Sample {
            counts,
            age: Duration::from_us(100),
        };
        let inputs = Inputs {
            depth_a: sample(1_240),
            depth_b: sample(3_120),
            current: sample(2_048),
            battery: sample(3_000),
            grip: sample(2_048),
            acceleration: Acceleration {
                z_mg: 1_000,
                ..Acceleration::default()
            },
            vbus: true,
            ..Inputs::default()
        };
        let now = Instant::from_us(1_000_000);
        Self {
            core,
            host,
            wire,
            decoder: Decoder::new(),
            broken,
            inputs,
            now,
            seq: 0,
        }
    }

    fn reboot(self) -> Self {
        Self::on(self.host.release().1)
    }

    /// Milliseconds pass.
    fn run(&mut self, ms: u32) {
        for _ in 0..ms {
            self.now = self.now.plus(Duration::from_ms(1));
            let mut inputs = self.inputs;
            // A live accelerometer shows its own noise.
            inputs.acceleration.x_mg += i16::from(self.now.as_us().is_multiple_of(2_000));
            inputs.tag = self.core.tag.present(self.inputs.tag);
            inputs.ledger_stored = self.core.ledger_seen();
            let outputs = self.core.pen.step(self.now, &inputs);
            self.core.ticked(self.now, inputs.vbus, outputs);
            self.host.poll(self.now, &mut self.core);
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.wire.to_pen.borrow_mut().extend(bytes);
    }

    fn frame(seq: u8, message: &ToPen) -> Vec<u8> {
        let mut buffer = [0; FRAME_MAX];
        encode(seq, message, &mut buffer).unwrap().to_vec()
    }

    /// What arrived at the host.
    fn heard(&mut self) -> Vec<(u8, ToHost)> {
        let bytes: Vec<u8> = self.wire.to_host.borrow_mut().drain(..).collect();
        let mut all = Vec::new();
        for byte in bytes {
            if let Some(frame) = self.decoder.push(byte) {
                let frame = frame.unwrap();
                all.push((frame.seq, frame.message().unwrap()));
            }
        }
        all
    }

    /// One request and its reply.
    fn ask(&mut self, message: ToPen) -> ToHost {
        self.seq = self.seq.wrapping_add(1);
        self.ask_as(self.seq, message)
    }

    fn ask_as(&mut self, seq: u8, message: ToPen) -> ToHost {
        self.say(&Self::frame(seq, &message));
        for _ in 0..40 {
            self.run(1);
            for (answered, reply) in self.heard() {
                if answered == seq && !matches!(reply, ToHost::TelemetryFrame(_)) {
                    return reply;
                }
            }
        }
        panic!("no reply to {message:?}");
    }

    fn hello(&mut self) -> &mut Self {
        self.greet(SCHEMA_HASH);
        self
    }

    fn greet(&mut self, schema: u32) -> bool {
        let client = Text::new("test").unwrap();
        let hello = Hello {
            version_min: 1,
            version_max: 1,
            schema,
            client,
        };
        match self.ask(ToPen::Hello(hello)) {
            ToHost::HelloReply(reply) => {
                assert_eq!(reply.serial, SERIAL);
                assert_eq!(reply.model.as_str(), "pen on a desk");
                assert!(!reply.is_simulated());
                reply.read_only
            }
            other => panic!("{other:?}"),
        }
    }

    /// A technician at the pen, with the dummy in, in Service mode.
    fn serve(&mut self) -> &mut Self {
        // Held since before the start it would be nobody's hand.
        self.inputs.buttons = Buttons::default();
        self.run(100);
        self.inputs.buttons = Buttons {
            next: false,
            ok: true,
        };
        self.inputs.seated = true;
        self.inputs.tag = TagReading::Present(DUMMY);
        self.run(500);
        self.hello();
        let technician = ToPen::Authorise(Authorise {
            role: Role::Technician,
        });
        assert_eq!(self.ask(technician), ToHost::Done);
        assert_eq!(self.ask(ToPen::EnterService), ToHost::Done);
        self
    }

    fn journal(&mut self, journal: JournalName) -> Vec<JournalReply> {
        let mut from = 1;
        let mut pages = Vec::new();
        loop {
            match self.ask(ToPen::ReadJournal(ReadJournal {
                journal,
                from,
                max: 8,
            })) {
                ToHost::JournalReply(page) => {
                    from = page.next;
                    let is_last = page.next == page.end;
                    pages.push(page);
                    if is_last {
                        return pages;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn records(&mut self, journal: JournalName) -> Vec<Record> {
        let pages = self.journal(journal);
        let entries = pages.iter().flat_map(|page| page.entries.iter().flatten());
        entries.map(|entry| entry.entry.unwrap().record).collect()
    }

    fn found(&mut self, which: Which) -> Option<u32> {
        match self.ask(ToPen::ReadCalibration(ReadCalibration { which })) {
            ToHost::CalibrationReply(reply) => reply.found.map(|it| it.calibration.generation),
            other => panic!("{other:?}"),
        }
    }
}

fn refused(why: Refusal) -> ToHost {
    ToHost::Refused(why)
}

fn link_error(why: LinkError) -> ToHost {
    ToHost::LinkError(why)
}
