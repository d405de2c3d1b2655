//! The parts on the I2C bus: encoder, accelerometer, cartridge memory, register for register as far
//! as the drivers use them.

use ed25519_dalek::{Signer, SigningKey};
use embedded_hal::i2c::{Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use pen_app::signed::PublicKey;
use pen_app::tag_record::{self, Identity, UNUSED, USED, USED_AT, USED_LEN};
use pen_core::io::Tag;

use super::{Defect, State, Wires};
use crate::drivers::tag::MEMORY;
use crate::drivers::{accelerometer, encoder, tag};

/// Nobody answers, or not to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

impl Error for NoAnswer {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown)
    }
}

/// The bus.
#[derive(Debug)]
pub struct Bus(&'static Wires);

impl Bus {
    /// With the parts on these wires.
    #[must_use]
    pub const fn new(wires: &'static Wires) -> Self {
        Self(wires)
    }
}

impl ErrorType for Bus {
    type Error = NoAnswer;
}

impl I2c for Bus {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), NoAnswer> {
        self.0.with(|state| {
            let mut register = None;
            for operation in operations {
                match operation {
                    Operation::Write([first]) => register = Some(*first),
                    Operation::Write([first, values @ ..]) => {
                        state.write(address, *first, values)?;
                    }
                    Operation::Write([]) => return Err(NoAnswer),
                    Operation::Read(bytes) => {
                        let from = register.ok_or(NoAnswer)?;
                        state.read(address, from, bytes)?;
                    }
                }
            }
            Ok(())
        })
    }
}

impl State {
    fn read(&self, address: u8, register: u8, bytes: &mut [u8]) -> Result<(), NoAnswer> {
        match address {
            encoder::ADDRESS if !self.encoder_stands && !self.has(Defect::EncoderSilent) => {
                match register {
                    encoder::STATUS => fill(bytes, &[encoder::MAGNET]),
                    encoder::RAW_ANGLE => fill(bytes, &self.encoder.to_be_bytes()),
                    _ => Err(NoAnswer),
                }
            }
            accelerometer::ADDRESS if !self.has(Defect::AccelerometerSilent) => {
                self.read_accelerometer(register, bytes)
            }
            tag::ADDRESS => self.read_tag(register, bytes),
            _ => Err(NoAnswer),
        }
    }

    fn read_accelerometer(&self, register: u8, bytes: &mut [u8]) -> Result<(), NoAnswer> {
        let is_set_up = self.registers == [accelerometer::CONTROL_1.1, accelerometer::CONTROL_4.1];
        let is_new = is_set_up && !self.accelerometer_stands;
        match register {
            r if r == accelerometer::WHO_AM_I.0 => fill(bytes, &[accelerometer::WHO_AM_I.1]),
            accelerometer::STATUS => fill(bytes, &[if is_new { 0x0F } else { 0 }]),
            accelerometer::DATA => {
                let [x, y, z] = self.mg.map(|mg| ((mg / 4) << 4).to_le_bytes());
                let ([xl, xh], [yl, yh], [zl, zh]) = (x, y, z);
                fill(bytes, &[xl, xh, yl, yh, zl, zh])
            }
            _ => Err(NoAnswer),
        }
    }

    fn read_tag(&self, from: u8, bytes: &mut [u8]) -> Result<(), NoAnswer> {
        let memory = self.tag.as_ref().ok_or(NoAnswer)?;
        let from = usize::from(from);
        if self.tag_breaks_off && from > 0 {
            return Err(NoAnswer);
        }
        fill(bytes, memory.get(from..).unwrap_or_default())
    }

    fn write(&mut self, address: u8, from: u8, values: &[u8]) -> Result<(), NoAnswer> {
        let is_protected = self.has(Defect::TagWriteProtected);
        match (address, &mut self.tag) {
            (accelerometer::ADDRESS, _) => {
                let [first, fourth] = &mut self.registers;
                let register = match from {
                    r if r == accelerometer::CONTROL_1.0 => first,
                    r if r == accelerometer::CONTROL_4.0 => fourth,
                    _ => return Err(NoAnswer),
                };
                let [value] = values else {
                    return Err(NoAnswer);
                };
                *register = *value;
                Ok(())
            }
            (tag::ADDRESS, Some(memory)) => {
                let places = memory.iter_mut().skip(usize::from(from));
                // A protected memory answers and keeps what it has.
                for (place, value) in places.zip(values).filter(|_| !is_protected) {
                    *place = *value;
                }
                Ok(())
            }
            _ => Err(NoAnswer),
        }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}

fn fill(bytes: &mut [u8], from: &[u8]) -> Result<(), NoAnswer> {
    let from = from.get(..bytes.len()).ok_or(NoAnswer)?;
    bytes.copy_from_slice(from);
    Ok(())
}

/// Secret key of the maker of this loop-back's cartridges. A pen that treats has never heard of it.
const SECRET: [u8; 32] = *b"the loop-back signs its own tags";

/// Its public half.
pub const MAKERS: [PublicKey; 1] = [[
    0xE3, 0x2B, 0xFD, 0x0B, 0xE1, 0x61, 0x3B, 0x5D, 0x7D, 0x24, 0x06, 0x47, 0x9D, 0x00, 0x06, 0x34,
    0xB9, 0x85, 0x8C, 0x36, 0xB9, 0x66, 0x91, 0xF8, 0xF7, 0xA8, 0x36, 0x85, 0x37, 0x13, 0x6A, 0x0E,
]];

/// The memory of a cartridge that says this of itself.
#[must_use]
pub fn memory(tag: &Tag) -> [u8; MEMORY] {
    let identity = Identity {
        id: tag.id,
        kind: tag.kind,
        expiry_day: tag.expiry_day,
    };
    let signature = if tag.authentic {
        let key = SigningKey::from_bytes(&SECRET);
        key.sign(&tag_record::message(&identity)).to_bytes()
    } else {
        [0; 64]
    };
    let record = tag_record::encode(&identity, &signature);
    let mark = if tag.used { USED } else { UNUSED };
    let mut memory = [0xFF; MEMORY];
    for (place, byte) in memory.iter_mut().zip(record) {
        *place = byte;
    }
    for (place, byte) in memory.iter_mut().skip(usize::from(USED_AT)).zip(mark) {
        *place = byte;
    }
    memory
}

/// The identity of a memory that was marked, whoever signed it.
#[must_use]
pub fn burnt(memory: &[u8; MEMORY]) -> Option<u64> {
    let record = memory.first_chunk()?;
    let mark: &[u8; USED_LEN] = memory.get(usize::from(USED_AT)..)?.first_chunk()?;
    let identity = *tag_record::parse(record).ok()?.identity();
    (*mark != UNUSED).then_some(identity.id)
}
