//! A NOR flash in memory: erasing sets a sector, programming clears bits, everything else is refused.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};

/// Bytes of an erase sector.
pub const SECTOR: usize = 4_096;

/// The flash.
#[derive(Debug)]
pub struct RamFlash(&'static mut [u8]);

impl RamFlash {
    /// Over this memory, as it is: whole sectors of it.
    #[must_use]
    pub const fn new(memory: &'static mut [u8]) -> Self {
        Self(memory)
    }

    /// The memory again.
    #[must_use]
    pub fn release(self) -> &'static mut [u8] {
        self.0
    }

    fn part(&mut self, from: u32, len: usize) -> Result<&mut [u8], Refused> {
        let from = usize::try_from(from).map_err(|_| OUTSIDE)?;
        let end = from.checked_add(len).ok_or(OUTSIDE)?;
        self.0.get_mut(from..end).ok_or(OUTSIDE)
    }
}

/// Why it did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub NorFlashErrorKind);

const OUTSIDE: Refused = Refused(NorFlashErrorKind::OutOfBounds);

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl ErrorType for RamFlash {
    type Error = Refused;
}

impl ReadNorFlash for RamFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        check_read(self, offset, bytes.len()).map_err(Refused)?;
        bytes.copy_from_slice(self.part(offset, bytes.len())?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for RamFlash {
    /// As the program unit of many parts inside a chip.
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        check_erase(self, from, to).map_err(Refused)?;
        let len = usize::try_from(to.saturating_sub(from)).map_err(|_| OUTSIDE)?;
        self.part(from, len)?.fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        check_write(self, offset, bytes.len()).map_err(Refused)?;
        for (cell, byte) in self.part(offset, bytes.len())?.iter_mut().zip(bytes) {
            *cell &= byte;
        }
        Ok(())
    }
}
