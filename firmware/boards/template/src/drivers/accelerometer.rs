//! The accelerometer: a LIS3DH at +-8 g on I2C.

use embedded_hal::i2c::I2c;
use pen_core::io::Acceleration;

use crate::signals::{Clock, Newest, Signals, Slot};

/// Its address with SA0 low. Source: LIS3DH datasheet, "Slave address"
pub const ADDRESS: u8 = 0x18;

/// What it says it is, and where. Source: LIS3DH datasheet, `WHO_AM_I`
pub const WHO_AM_I: (u8, u8) = (0x0F, 0x33);

/// `CTRL_REG1`: 400 readings a second, three axes. Source: LIS3DH datasheet, table "ODR"
pub const CONTROL_1: (u8, u8) = (0x20, 0x77);

/// `CTRL_REG4`: whole readings only, +-8 g, 12 bits. Source: LIS3DH datasheet, `CTRL_REG4`
pub const CONTROL_4: (u8, u8) = (0x23, 0xA8);

/// Status; bit 3: new data on all axes. Source: LIS3DH datasheet, `STATUS_REG`
pub const STATUS: u8 = 0x27;

/// New data on all axes.
pub const NEW: u8 = 1 << 3;

/// First of six bytes of data, low byte first; the high bit counts the address up.
pub const DATA: u8 = 0x28 | 0x80;

/// Thousandths of standard gravity in one of its steps. Source: LIS3DH datasheet, "Mechanical
/// characteristics", +-8 g, high resolution
const MG_PER_STEP: i16 = 4;

/// Why it cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupError<E> {
    /// The bus.
    Bus(E),
    /// Something else answers at its address.
    Stranger {
        /// What it says it is.
        says: u8,
    },
}

/// Sets it up. Without it, no reading comes and the old ones grow older.
///
/// # Errors
/// [`SetupError`].
pub fn set_up<I: I2c>(bus: &mut I) -> Result<(), SetupError<I::Error>> {
    let mut says = [0];
    bus.write_read(ADDRESS, &[WHO_AM_I.0], &mut says)
        .map_err(SetupError::Bus)?;
    let [says] = says;
    if says != WHO_AM_I.1 {
        return Err(SetupError::Stranger { says });
    }
    for (register, value) in [CONTROL_1, CONTROL_4] {
        bus.write(ADDRESS, &[register, value])
            .map_err(SetupError::Bus)?;
    }
    Ok(())
}

/// Takes a reading if there is a new one. About 300 us of bus at 400 kHz.
///
/// # Errors
/// Those of the bus.
pub fn poll<I: I2c>(bus: &mut I, slot: &Slot<[i16; 3]>, clock: impl Clock) -> Result<(), I::Error> {
    let mut status = [0];
    bus.write_read(ADDRESS, &[STATUS], &mut status)?;
    let [status] = status;
    if status & NEW == 0 {
        return Ok(());
    }
    let at_us = clock.now_us();
    let mut data = [0; 6];
    bus.write_read(ADDRESS, &[DATA], &mut data)?;
    let [xl, xh, yl, yh, zl, zh] = data;
    slot.put([scale(xl, xh), scale(yl, yh), scale(zl, zh)], at_us);
    Ok(())
}

/// Twelve bits, left in their sixteen, to thousandths of standard gravity; both ends fit.
const fn scale(low: u8, high: u8) -> i16 {
    (i16::from_le_bytes([low, high]) >> 4) * MG_PER_STEP
}

/// The tick's end.
#[derive(Debug)]
pub struct Accelerometer<C>(Newest<[i16; 3], C>);

impl<C: Clock> Accelerometer<C> {
    /// Reads what [`poll`] has left.
    pub const fn new(signals: &'static Signals, clock: C) -> Self {
        Self(Newest::new(&signals.acceleration, clock))
    }
}

impl<C: Clock> pen_app::board::Accelerometer for Accelerometer<C> {
    fn newest(&mut self) -> Acceleration {
        let ([x_mg, y_mg, z_mg], age) = self.0.read();
        Acceleration {
            x_mg,
            y_mg,
            z_mg,
            age,
        }
    }
}
