//! What a flash memory holds after an image was written to it.

/// Value of a byte that was erased and never written.
pub const ERASED: u8 = 0xff;

/// Bytes of one erase sector; flash tools erase and write whole ones.
pub const SECTOR: u32 = pen_app::store::layout::SECTOR;

/// An image that does not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlashError {
    /// Nothing is loaded at all.
    #[error("the image loads nothing: no segment has bytes in the file")]
    Empty,
    /// Two pieces want the same place.
    #[error(
        "two pieces of the image overlap: one ends at {end:#010x}, the next begins at {next:#010x}"
    )]
    Overlap {
        /// First address behind the earlier piece.
        end: u32,
        /// Address of the later piece.
        next: u32,
    },
    /// The pieces span more than can be an image.
    #[error(
        "the image spans {start:#010x}..{end:#x}, more than {most} bytes: does a segment load to RAM? \
         Sections of RAM need a load address in flash (`AT > FLASH`)"
    )]
    Span {
        /// First address.
        start: u32,
        /// First address behind the last.
        end: u64,
        /// Most bytes that an image may span.
        most: u32,
    },
}

/// Most bytes that an image may span, larger than the flash of any board here.
pub const SPAN_MAX: u32 = 16 * 1024 * 1024;

/// Consecutive bytes of flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    start: u32,
    bytes: Vec<u8>,
    gaps: usize,
}

impl Flash {
    /// The flash after these pieces `(address, bytes)` were written; gaps between them are erased.
    ///
    /// # Errors
    /// There are no bytes, pieces overlap, or they lie too far apart.
    pub fn from_pieces(pieces: &[(u32, &[u8])]) -> Result<Self, FlashError> {
        let mut pieces: Vec<_> = pieces
            .iter()
            .filter(|(_, bytes)| !bytes.is_empty())
            .collect();
        pieces.sort_by_key(|(address, _)| *address);
        let (Some((start, _)), Some((last, tail))) = (pieces.first(), pieces.last()) else {
            return Err(FlashError::Empty);
        };
        let end = u64::from(*last) + tail.len() as u64;
        if end - u64::from(*start) > u64::from(SPAN_MAX) || end > u64::from(u32::MAX) {
            return Err(FlashError::Span {
                start: *start,
                end,
                most: SPAN_MAX,
            });
        }
        let mut flash = Self {
            start: *start,
            bytes: Vec::new(),
            gaps: 0,
        };
        for (address, bytes) in pieces {
            let gap = address
                .checked_sub(flash.end())
                .ok_or(FlashError::Overlap {
                    end: flash.end(),
                    next: *address,
                })?;
            flash.gaps += gap as usize;
            flash.pad(gap);
            flash.bytes.extend_from_slice(bytes);
        }
        Ok(flash)
    }

    fn pad(&mut self, count: u32) {
        self.bytes.resize(self.bytes.len() + count as usize, ERASED);
    }

    /// First address.
    #[must_use]
    pub const fn start(&self) -> u32 {
        self.start
    }

    /// First address behind the last byte.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.start + self.len()
    }

    /// Bytes from start to end, gaps included.
    ///
    /// # Panics
    /// Never: the length is checked against [`SPAN_MAX`] when the flash is made.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.bytes.len()).expect("at most SPAN_MAX")
    }

    /// Always false: a flash without bytes is not made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes between the pieces that nobody writes.
    #[must_use]
    pub const fn gaps(&self) -> usize {
        self.gaps
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of `[start, end)`; `None` if any of them lies outside.
    #[must_use]
    pub fn range(&self, start: u32, end: u32) -> Option<&[u8]> {
        let from = start.checked_sub(self.start)? as usize;
        let to = end.checked_sub(self.start)? as usize;
        self.bytes.get(from..to)
    }

    /// Overwrites bytes that are there; `None` if any of them lies outside.
    #[must_use]
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> Option<()> {
        let from = address.checked_sub(self.start)? as usize;
        self.bytes
            .get_mut(from..from.checked_add(bytes.len())?)?
            .copy_from_slice(bytes);
        Some(())
    }

    /// The same, from and to a border of a sector, filled up with erased bytes.
    #[must_use]
    pub fn whole_sectors(&self) -> Self {
        let front = self.start % SECTOR;
        let mut flash = Self {
            start: self.start - front,
            bytes: Vec::new(),
            gaps: self.gaps,
        };
        flash.pad(front);
        flash.bytes.extend_from_slice(&self.bytes);
        flash.pad(flash.len().next_multiple_of(SECTOR) - flash.len());
        flash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_any_order_join_with_erased_gaps() {
        let flash = Flash::from_pieces(&[(0x108, &[3]), (0x100, &[1, 2]), (0, &[])]);
        let flash = flash.expect("pieces that fit");
        assert_eq!((flash.start(), flash.end()), (0x100, 0x109));
        assert_eq!(flash.bytes(), [1, 2, 255, 255, 255, 255, 255, 255, 3]);
        assert_eq!(flash.gaps(), 6);
    }

    #[test]
    fn pieces_that_do_not_fit_are_refused() {
        assert_eq!(Flash::from_pieces(&[]), Err(FlashError::Empty));
        let overlap = FlashError::Overlap {
            end: 0x102,
            next: 0x101,
        };
        assert_eq!(
            Flash::from_pieces(&[(0x100, &[1, 2]), (0x101, &[3])]),
            Err(overlap)
        );
        let far = Flash::from_pieces(&[(0x1000_0000, &[1]), (0x2000_0000, &[1])]);
        assert!(matches!(far, Err(FlashError::Span { .. })), "{far:?}");
        let wraps = Flash::from_pieces(&[(u32::MAX, &[1, 2])]);
        assert!(matches!(wraps, Err(FlashError::Span { .. })), "{wraps:?}");
    }

    #[test]
    fn sectors_are_filled_up_on_both_sides() {
        let flash = Flash::from_pieces(&[(0x1010, &[7; 0x1000])]).expect("one piece");
        let whole = flash.whole_sectors();
        assert_eq!((whole.start(), whole.len()), (0x1000, 0x2000));
        assert_eq!(whole.range(0x1000, 0x1010), Some(&[ERASED; 16][..]));
        assert_eq!(whole.range(0x1010, 0x2010), Some(&[7; 0x1000][..]));
        assert_eq!(whole.range(0x2010, 0x3000), Some(&[ERASED; 0xff0][..]));
        assert_eq!(whole.whole_sectors(), whole);
    }

    #[test]
    fn outside_bytes_are_neither_read_nor_written() {
        let mut flash = Flash::from_pieces(&[(0x100, &[1, 2, 3])]).expect("one piece");
        assert_eq!(flash.range(0xff, 0x101), None);
        assert_eq!(flash.range(0x102, 0x104), None);
        assert_eq!(flash.write(0x102, &[9, 9]), None);
        assert_eq!(flash.write(0x101, &[8, 9]), Some(()));
        assert_eq!(flash.bytes(), [1, 8, 9]);
    }
}
