//! The second depth channel: a magnetic encoder of the AS5600 class on I2C.

use embedded_hal::i2c::I2c;
use pen_app::board::Encoder;
use pen_core::io::Sample;

use crate::signals::{Clock, Newest, Signals, Slot};

/// Its address. Source: AS5600 datasheet, "7-bit slave address 0x36"
pub const ADDRESS: u8 = 0x36;

/// Status register. Source: AS5600 datasheet, register description
pub const STATUS: u8 = 0x0B;

/// Raw angle, 12 bits, high byte first. Source: as above
pub const RAW_ANGLE: u8 = 0x0C;

/// Bits of the status: magnet too strong, too weak, there. Source: as above
const MAGNET_BITS: u8 = 0b11 << 3 | MAGNET;

/// The one of them that a good magnet sets.
pub const MAGNET: u8 = 1 << 5;

/// Asks the encoder, and leaves its answer. About 150 us of bus at 400 kHz.
///
/// No answer, or no magnet where it should be, leaves nothing: the reading before grows old.
///
/// # Errors
/// Those of the bus.
pub fn poll<I: I2c>(bus: &mut I, slot: &Slot<u16>, clock: impl Clock) -> Result<(), I::Error> {
    let mut status = [0];
    bus.write_read(ADDRESS, &[STATUS], &mut status)?;
    let at_us = clock.now_us();
    let mut angle = [0; 2];
    bus.write_read(ADDRESS, &[RAW_ANGLE], &mut angle)?;
    let [status] = status;
    let counts = u16::from_be_bytes(angle);
    if status & MAGNET_BITS == MAGNET && counts <= 0x0FFF {
        slot.put(counts, at_us);
    }
    Ok(())
}

/// The tick's end.
#[derive(Debug)]
pub struct DepthEncoder<C>(Newest<u16, C>);

impl<C: Clock> DepthEncoder<C> {
    /// Reads what [`poll`] has left.
    pub const fn new(signals: &'static Signals, clock: C) -> Self {
        Self(Newest::new(&signals.encoder, clock))
    }
}

impl<C: Clock> Encoder for DepthEncoder<C> {
    fn newest(&mut self) -> Sample {
        let (counts, age) = self.0.read();
        Sample { counts, age }
    }
}
