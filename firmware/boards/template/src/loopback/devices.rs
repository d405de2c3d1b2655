//! The parts on the I2C bus: encoder, accelerometer, cartridge memory, register for register as far
//! as the drivers use them.

use embedded_hal::i2c::{Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};
use pen_core::io::{Tag, TagReading};

use super::{Defect, State, Wires};
use crate::drivers::tag::{Decode, RECORD, USED};
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
                    Operation::Write([first, value]) => state.write(address, *first, *value)?,
                    Operation::Write(_) => return Err(NoAnswer),
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

    fn read_tag(&self, register: u8, bytes: &mut [u8]) -> Result<(), NoAnswer> {
        let (record, mark) = self.tag.as_ref().ok_or(NoAnswer)?;
        if register == USED.0 {
            return fill(bytes, &[*mark]);
        }
        let from = usize::from(register);
        if self.tag_breaks_off && from > 0 {
            return Err(NoAnswer);
        }
        fill(bytes, record.get(from..).unwrap_or_default())
    }

    fn write(&mut self, address: u8, register: u8, value: u8) -> Result<(), NoAnswer> {
        let is_protected = self.has(Defect::TagWriteProtected);
        match (address, &mut self.tag) {
            (accelerometer::ADDRESS, _) => {
                let [first, fourth] = &mut self.registers;
                match register {
                    r if r == accelerometer::CONTROL_1.0 => *first = value,
                    r if r == accelerometer::CONTROL_4.0 => *fourth = value,
                    _ => return Err(NoAnswer),
                }
                Ok(())
            }
            (tag::ADDRESS, Some((_, mark))) if register == USED.0 => {
                if !is_protected {
                    *mark = value;
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

/// A record without a signature, for the loop-back alone: what it says of itself is believed. A
/// board that treats must check a signature here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

/// First byte of such a record.
const MAGIC: u8 = 0x50;

impl Plain {
    /// The record of a tag, and its mark.
    #[must_use]
    pub fn encode(tag: &Tag) -> ([u8; RECORD], u8) {
        let mut record = [0; RECORD];
        let bytes = [MAGIC, tag.kind, u8::from(tag.authentic)]
            .into_iter()
            .chain(tag.expiry_day.to_le_bytes())
            .chain(tag.id.to_le_bytes());
        for (place, byte) in record.iter_mut().zip(bytes) {
            *place = byte;
        }
        (record, if tag.used { USED.1 } else { 0xFF })
    }
}

impl Decode for Plain {
    fn decode(&self, record: &[u8; RECORD], is_used: bool) -> TagReading {
        let [
            magic,
            kind,
            authentic,
            d0,
            d1,
            i0,
            i1,
            i2,
            i3,
            i4,
            i5,
            i6,
            i7,
            ..,
        ] = *record;
        if magic != MAGIC || authentic > 1 {
            return TagReading::Unreadable;
        }
        TagReading::Present(Tag {
            id: u64::from_le_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
            kind,
            expiry_day: u16::from_le_bytes([d0, d1]),
            authentic: authentic == 1,
            used: is_used,
        })
    }
}
