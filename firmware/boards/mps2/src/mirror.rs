//! A copy of the plant's flash, so that reading it again costs no round trip.
//!
//! The copy is never written to but from the plant: what the firmware erases or programs is dropped
//! here and fetched again. It lies in the machine's 16 MiB of PSRAM, which the firmware does not
//! have, and begins empty at every reset.

use core::sync::atomic::{AtomicBool, Ordering};

use pen_lockstep::DATA_MAX;

/// PSRAM of the machine, after Arm application note AN386.
const PSRAM: usize = 0x2100_0000;
const PSRAM_BYTES: usize = 16 * 1024 * 1024;

/// One bit a page.
const WORDS: usize = PSRAM_BYTES / DATA_MAX / 32;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The copy, in pages of [`DATA_MAX`] bytes.
#[derive(Debug)]
pub struct Mirror {
    bytes: &'static mut [u8],
    known: [u32; WORDS],
}

impl Mirror {
    /// An empty copy of a flash of this length; nothing if it is longer than the PSRAM, or if there
    /// is a copy already.
    #[must_use]
    pub fn take(flash_bytes: usize) -> Option<Self> {
        if flash_bytes > PSRAM_BYTES || IS_TAKEN.load(Ordering::Relaxed) {
            return None;
        }
        IS_TAKEN.store(true, Ordering::Relaxed);
        let start = core::ptr::with_exposed_provenance_mut(PSRAM);
        // SAFETY: RAM of the machine that the linker does not know; every byte pattern is a byte.
        // Handed out once, see above; there is one core, and no interrupt handler comes here.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, flash_bytes) };
        Some(Self {
            bytes,
            known: [0; WORDS],
        })
    }

    /// The known bytes from an offset to the end of its page, at most `most`.
    #[must_use]
    pub fn known(&self, offset: usize, most: usize) -> Option<&[u8]> {
        let (word, bit) = place(offset / DATA_MAX);
        if self.known.get(word)? & bit == 0 {
            return None;
        }
        let left = DATA_MAX - offset % DATA_MAX;
        self.bytes.get(offset..offset + left.min(most))
    }

    /// The place of the page that this offset lies in, and where it begins; nothing if the flash
    /// ends before the page does.
    pub fn page(&mut self, offset: usize) -> Option<(usize, &mut [u8])> {
        let start = offset - offset % DATA_MAX;
        let place = self.bytes.get_mut(start..start + DATA_MAX)?;
        Some((start, place))
    }

    /// The page at this offset is known from here on.
    pub fn learn(&mut self, offset: usize) {
        let (word, bit) = place(offset / DATA_MAX);
        if let Some(word) = self.known.get_mut(word) {
            *word |= bit;
        }
    }

    /// Every page between two offsets is unknown from here on.
    pub fn forget(&mut self, from: usize, to: usize) {
        for page in from / DATA_MAX..to.div_ceil(DATA_MAX) {
            let (word, bit) = place(page);
            if let Some(word) = self.known.get_mut(word) {
                *word &= !bit;
            }
        }
    }

    /// Nothing is known any more.
    pub const fn forget_all(&mut self) {
        self.known = [0; WORDS];
    }
}

/// Where the bit of a page is: its word, and itself.
const fn place(page: usize) -> (usize, u32) {
    (page / 32, 1 << (page % 32))
}
