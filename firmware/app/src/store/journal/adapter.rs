//! The blocking flash as `sequential-storage` wants to see it: async, and every write read back.

use embedded_storage::nor_flash as blocking;
use embedded_storage_async::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

use super::super::io;

/// Largest word that `sequential-storage` supports.
pub(super) const WORD_MAX: usize = 32;

/// Write size shown to the queue. A part that only takes larger blocks gets them padded with
/// erased bytes, which leave what is already programmed around them as it is.
const fn write_size<F: blocking::NorFlash>() -> usize {
    if F::WRITE_SIZE > WORD_MAX {
        4
    } else {
        F::WRITE_SIZE
    }
}

/// Unit in which the queue lays out markers and items.
pub(super) const fn word<F: blocking::NorFlash>() -> usize {
    if write_size::<F>() > F::READ_SIZE {
        write_size::<F>()
    } else {
        F::READ_SIZE
    }
}

/// Why a flash operation of the queue failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueFlashError {
    /// The flash driver reported an error.
    Flash(NorFlashErrorKind),
    /// The destination of a write is not erased.
    Occupied,
    /// What was written does not read back.
    Mismatch,
    /// A write to a page that is only being read.
    ReadOnly,
}

impl NorFlashError for QueueFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Flash(kind) => *kind,
            Self::Occupied | Self::Mismatch | Self::ReadOnly => NorFlashErrorKind::Other,
        }
    }
}

fn named<E: NorFlashError>(error: E) -> QueueFlashError {
    QueueFlashError::Flash(error.kind())
}

/// The whole flash, for appending.
#[derive(Debug)]
pub(super) struct BlockingAsync<'a, F> {
    flash: &'a mut F,
    last_write: Option<u32>,
}

impl<'a, F: blocking::NorFlash> BlockingAsync<'a, F> {
    pub(super) const fn new(flash: &'a mut F) -> Self {
        Self {
            flash,
            last_write: None,
        }
    }

    /// Where the last write went.
    pub(super) const fn last_write(&self) -> Option<u32> {
        self.last_write
    }

    /// Writes one block that lies within a program page, and reads it back.
    fn write_block(&mut self, at: u32, bytes: &[u8]) -> Result<(), QueueFlashError> {
        let mut page = [0xFF; io::PROGRAM_PAGE];
        let before = at as usize % F::WRITE_SIZE;
        let total = (before + bytes.len()).next_multiple_of(F::WRITE_SIZE);
        // The one rewrite there is: finishing a marker that a power cut left half cleared.
        let is_marker = bytes.iter().all(|&byte| byte == 0);
        let back = &mut page[..bytes.len()];
        if !is_marker {
            self.flash.read(at, back).map_err(named)?;
            if back.iter().any(|&byte| byte != 0xFF) {
                return Err(QueueFlashError::Occupied);
            }
        }
        page.fill(0xFF);
        page[before..before + bytes.len()].copy_from_slice(bytes);
        self.flash
            .write(at - io::offset(before), &page[..total])
            .map_err(named)?;
        let back = &mut page[..bytes.len()];
        self.flash.read(at, back).map_err(named)?;
        if back == bytes {
            Ok(())
        } else {
            Err(QueueFlashError::Mismatch)
        }
    }
}

impl<F> ErrorType for BlockingAsync<'_, F> {
    type Error = QueueFlashError;
}

impl<F: blocking::NorFlash> ReadNorFlash for BlockingAsync<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), QueueFlashError> {
        self.flash.read(offset, bytes).map_err(named)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl<F: blocking::NorFlash> NorFlash for BlockingAsync<'_, F> {
    const WRITE_SIZE: usize = write_size::<F>();
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), QueueFlashError> {
        self.flash.erase(from, to).map_err(named)
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), QueueFlashError> {
        self.last_write = Some(offset);
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let room = io::PROGRAM_PAGE - at as usize % io::PROGRAM_PAGE;
            let (block, tail) = rest.split_at(room.min(rest.len()));
            self.write_block(at, block)?;
            at = at.saturating_add(io::offset(block.len()));
            rest = tail;
        }
        Ok(())
    }
}

/// One page of the queue, shown as a queue of that one page, whatever its markers say; read-only.
#[derive(Debug)]
pub(super) struct PageView<'a, F> {
    flash: &'a mut F,
    start: u32,
}

impl<'a, F: blocking::NorFlash> PageView<'a, F> {
    pub(super) const fn new(flash: &'a mut F, start: u32) -> Self {
        Self { flash, start }
    }
}

impl<F> ErrorType for PageView<'_, F> {
    type Error = QueueFlashError;
}

impl<F: blocking::NorFlash> ReadNorFlash for PageView<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), QueueFlashError> {
        self.flash
            .read(self.start.saturating_add(offset), bytes)
            .map_err(named)?;
        let last = F::ERASE_SIZE - word::<F>();
        for (at, byte) in (offset as usize..).zip(bytes) {
            if at < word::<F>() {
                *byte = 0;
            } else if at >= last {
                *byte = 0xFF;
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        F::ERASE_SIZE
    }
}

impl<F: blocking::NorFlash> NorFlash for PageView<'_, F> {
    const WRITE_SIZE: usize = write_size::<F>();
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    async fn erase(&mut self, _from: u32, _to: u32) -> Result<(), QueueFlashError> {
        Err(QueueFlashError::ReadOnly)
    }

    async fn write(&mut self, _offset: u32, _bytes: &[u8]) -> Result<(), QueueFlashError> {
        Err(QueueFlashError::ReadOnly)
    }
}
