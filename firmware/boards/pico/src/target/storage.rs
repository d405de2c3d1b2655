//! The flash behind the records. No operation starts while the bridge could drive (STORE-003).
//!
//! Erasing a sector takes 45 ms, at worst 400 ms, and all that time nothing else runs: the program
//! itself lies in the flash. `pen-app` asks for it only while the pen rests; here the bridge's
//! registers are looked at once more, with interrupts off, so that nothing can come in between.
//! The watchdog gets its longer time in the same breath, and the control step behind it takes it back.
//!
//! Behind every operation some control steps run before the next may begin, so that no row of erases
//! looks like a clock that is broken.
//!
//! What the bus has read is as old as the operation was long when it ends. The control step waits a
//! moment longer, until the encoder was polled once: otherwise every erase at rest would look like a
//! depth channel that has died, and lock the pen.

use embassy_rp::flash::{self, Blocking, Flash};
use embassy_rp::peripherals::FLASH;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use pen_core::units::Duration;
use pen_pico::grid;
use pen_pico::map::{FLASH_LEN, is_storage};

use super::{bus, dog, outputs, tick, time};

/// Bytes of the flash, as the driver wants them.
const CAPACITY: usize = FLASH_LEN as usize;

/// A depth reading that the control step can use. Half of what makes it none (DEPTH-005).
const FRESH: Duration = Duration::from_ms(5);

/// Longest time that the control step waits for one behind a flash operation: a bus that does not answer
/// is then seen by its age.
///
/// - Unit: us. Source: none yet; a poll takes 0.3 ms
const CATCH_UP: u32 = 3_000;

/// Why the flash did nothing, or not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
pub(crate) enum StorageFailure {
    /// The enable path or the second switch is closed, or a duty is not zero.
    BridgeDrives,
    /// That part of the flash is not storage's.
    NotStorage {
        /// First byte asked for, from the flash's beginning.
        from: u32,
        /// First byte behind.
        to: u32,
    },
    /// What the driver says.
    Driver(flash::Error),
}

impl NorFlashError for StorageFailure {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::BridgeDrives => NorFlashErrorKind::Other,
            Self::NotStorage { .. } => NorFlashErrorKind::OutOfBounds,
            Self::Driver(error) => error.kind(),
        }
    }
}

/// The flash.
pub(crate) struct Storage(Flash<'static, FLASH, Blocking, CAPACITY>);

impl core::fmt::Debug for Storage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}

impl Storage {
    /// The flash behind a driver.
    pub(crate) const fn new(flash: Flash<'static, FLASH, Blocking, CAPACITY>) -> Self {
        Self(flash)
    }

    /// The chip's own number, as it comes; reading it keeps everything out for a few microseconds.
    pub(crate) fn unique_id(&mut self) -> Result<[u8; 8], StorageFailure> {
        let mut id = [0; 8];
        self.alone(|flash| flash.blocking_unique_id(&mut id))?;
        Ok(id)
    }

    fn alone(
        &mut self,
        work: impl FnOnce(&mut Flash<'static, FLASH, Blocking, CAPACITY>) -> Result<(), flash::Error>,
    ) -> Result<(), StorageFailure> {
        let outcome = critical_section::with(|_| {
            if !outputs::are_off() {
                return Err(StorageFailure::BridgeDrives);
            }
            dog::widen();
            tick::hold();
            let outcome = work(&mut self.0).map_err(StorageFailure::Driver);
            dog::flash_done();
            outcome
        });
        if tick::runs() {
            let since = time::low();
            while bus::depth().age > FRESH && time::low().wrapping_sub(since) < CATCH_UP {}
        }
        tick::release();
        tick::wait(grid::SPACING);
        if let Err(failure) = outcome {
            defmt::error!("flash: {}", failure);
        }
        outcome
    }
}

/// The image lies in the same chip.
fn check(from: u32, to: u32) -> Result<(), StorageFailure> {
    if is_storage(from, to) {
        Ok(())
    } else {
        Err(StorageFailure::NotStorage { from, to })
    }
}

impl ErrorType for Storage {
    type Error = StorageFailure;
}

impl ReadNorFlash for Storage {
    const READ_SIZE: usize = flash::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let read = self.0.blocking_read(offset, bytes);
        read.map_err(StorageFailure::Driver)
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for Storage {
    const WRITE_SIZE: usize = flash::WRITE_SIZE;
    const ERASE_SIZE: usize = flash::ERASE_SIZE;

    /// Sector by sector, so that a control step can run in between.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        defmt::debug!("flash: erase {:#x} to {:#x}", from, to);
        check(from, to)?;
        let sector = u32::try_from(Self::ERASE_SIZE).unwrap_or(u32::MAX);
        let mut at = from;
        while at < to {
            let end = at.saturating_add(sector).min(to);
            self.alone(|flash| flash.blocking_erase(at, end))?;
            at = end;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        defmt::trace!("flash: write {} at {:#x}", bytes.len(), offset);
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        check(offset, offset.saturating_add(len))?;
        self.alone(|flash| flash.blocking_write(offset, bytes))
    }
}
