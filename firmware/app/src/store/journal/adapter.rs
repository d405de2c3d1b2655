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

/// Unit in which the queue lays out markers and items: the larger of two powers of two.
pub(super) const fn word<F: blocking::NorFlash>() -> usize {
    write_size::<F>().next_multiple_of(F::READ_SIZE)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{Asked, Part};
    use embassy_futures::block_on;

    #[test]
    fn store_007_the_queue_s_word_is_the_larger_of_the_two_sizes_it_works_with() {
        assert_eq!(word::<Part<1, 1, 4_096>>(), 1);
        assert_eq!(word::<Part<1, 4, 4_096>>(), 4);
        assert_eq!(word::<Part<4, 1, 4_096>>(), 4);
        assert_eq!(word::<Part<8, 8, 4_096>>(), 8);
        assert_eq!(word::<Part<16, 32, 4_096>>(), 32);
        // More than the queue can do is padded to less.
        assert_eq!(word::<Part<1, 64, 4_096>>(), 4);
        assert_eq!(word::<Part<16, 256, 4_096>>(), 16);
        assert_eq!(write_size::<Part<1, 32, 4_096>>(), 32);
        assert_eq!(write_size::<Part<1, 64, 4_096>>(), 4);
    }

    #[test]
    fn store_003_a_page_that_is_read_cannot_be_written_or_erased() {
        let mut flash = Part::<1, 4, 4_096>::new(2);
        let mut page = PageView::new(&mut flash, 4_096);
        assert_eq!(page.capacity(), 4_096);
        let erased = block_on(page.erase(0, 4_096));
        assert_eq!(erased, Err(QueueFlashError::ReadOnly));
        let written = block_on(page.write(8, &[0; 4]));
        assert_eq!(written, Err(QueueFlashError::ReadOnly));
        assert_eq!(flash.asked, []);
    }

    #[test]
    fn log_002_a_page_shows_itself_open_and_with_its_own_records() {
        let mut flash = Part::<1, 4, 4_096>::new(2);
        for (place, byte) in flash.bytes.iter_mut().enumerate() {
            *byte = u8::try_from(place % 251).unwrap();
        }
        let own = flash.bytes[4_096..].to_vec();
        let mut page = PageView::new(&mut flash, 4_096);
        let mut seen = [0xAA; 4_096];
        block_on(page.read(0, &mut seen)).unwrap();
        assert_eq!(seen[..4], [0; 4]);
        assert_eq!(seen[4..4_092], own[4..4_092]);
        assert_eq!(seen[4_092..], [0xFF; 4]);
        let mut some = [0; 6];
        block_on(page.read(4_088, &mut some)).unwrap();
        assert_eq!(some[..4], own[4_088..4_092]);
        assert_eq!(some[4..], [0xFF; 2]);
    }

    #[test]
    fn store_003_a_write_is_padded_to_blocks_and_never_crosses_a_program_page() {
        let mut flash = Part::<1, 64, 4_096>::new(1);
        let mut queue = BlockingAsync::new(&mut flash);
        assert_eq!((queue.capacity(), queue.last_write()), (4_096, None));
        let bytes: Vec<u8> = (1..=24).collect();
        block_on(queue.write(244, &bytes)).unwrap();
        assert_eq!(queue.last_write(), Some(244));
        assert_eq!(flash.bytes[244..268], bytes);
        let around = [&flash.bytes[..244], &flash.bytes[268..]].concat();
        assert!(around.iter().all(|byte| *byte == 0xFF));
        assert_eq!(flash.asked, [Asked::Write(192, 64), Asked::Write(256, 64)]);
    }

    #[test]
    fn store_006_only_a_marker_goes_over_what_is_not_erased() {
        let mut flash = Part::<1, 4, 4_096>::new(1);
        flash.bytes[10] = 0x7F;
        let write = |flash: &mut Part<1, 4, 4_096>, bytes| {
            block_on(BlockingAsync::new(flash).write(8, bytes))
        };
        assert_eq!(
            write(&mut flash, &[0, 0, 0, 1]),
            Err(QueueFlashError::Occupied)
        );
        assert_eq!(flash.bytes[8..12], [0xFF, 0xFF, 0x7F, 0xFF]);
        assert_eq!(write(&mut flash, &[0; 4]), Ok(()));
        assert_eq!(flash.bytes[8..12], [0; 4]);
        // A bit that does not go down.
        flash.stuck = vec![9];
        flash.bytes[8..12].fill(0xFF);
        assert_eq!(write(&mut flash, &[0; 4]), Err(QueueFlashError::Mismatch));
    }
}
