//! UF2, the file that is dragged onto the boot drive of an RP2040.
//!
//! A file is a row of 512-byte blocks, each with 256 bytes for one flash page. The boot ROM erases a
//! sector when its first page comes, and erratum RP2040-E14 makes it lose pages of a sector that is
//! not written whole; so whole sectors are written, and no gap is left between them.

use crate::flash::{Flash, FlashError};

/// The family of the RP2040; its boot ROM ignores blocks of others.
pub const RP2040: u32 = 0xe48b_ff56;

/// Bytes of one block.
pub const BLOCK: usize = 512;

/// Bytes of flash in one block: one page.
pub const PAYLOAD: u32 = 256;

const MAGIC_FIRST: u32 = 0x0a32_4655;
const MAGIC_SECOND: u32 = 0x9e5d_5157;
const MAGIC_LAST: u32 = 0x0ab1_6f30;
const FAMILY_PRESENT: u32 = 0x2000;
const DATA: usize = 32;

/// Bytes that are no UF2 file of one image for an RP2040. Blocks count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uf2Error {
    /// It ends within a block, or has none.
    #[error("the file is truncated: {found} bytes are no whole number of {BLOCK}-byte blocks")]
    Truncated {
        /// Bytes there are.
        found: usize,
    },
    /// A block without the three magic numbers.
    #[error("block {block} is no UF2 block: a magic number is wrong")]
    Magic {
        /// The block.
        block: u32,
    },
    /// A block for something else.
    #[error(
        "block {block} has flags {found:#x}; {FAMILY_PRESENT:#x} (a family, nothing else) is asked"
    )]
    Flags {
        /// The block.
        block: u32,
        /// What is there.
        found: u32,
    },
    /// A block for another chip.
    #[error("block {block} is for family {found:#010x}; {RP2040:#010x} (RP2040) is asked")]
    Family {
        /// The block.
        block: u32,
        /// What is there.
        found: u32,
    },
    /// A block of another size.
    #[error("block {block} carries {found} bytes; {PAYLOAD} are asked")]
    Payload {
        /// The block.
        block: u32,
        /// What is there.
        found: u32,
    },
    /// The file has all blocks, but not in their order.
    #[error("block {found} stands in place {block}: out of order")]
    Order {
        /// The place in the file.
        block: u32,
        /// The number that the block bears.
        found: u32,
    },
    /// A block is not in the file.
    #[error("block {block} of {total} is missing")]
    Missing {
        /// The block.
        block: u32,
        /// Blocks of the whole file, by the first one.
        total: u32,
    },
    /// Two blocks do not agree how many there are.
    #[error("block {block} says that there are {found} blocks, block 0 says {total}")]
    Total {
        /// The block.
        block: u32,
        /// What is there.
        found: u32,
        /// What block 0 says.
        total: u32,
    },
    /// A block for a place that does not follow the one before.
    #[error("block {block} is for {found:#010x}; {asked:#010x} is asked")]
    Address {
        /// The block.
        block: u32,
        /// What is there.
        found: u32,
        /// Where it must go.
        asked: u32,
    },
    /// The blocks do not make an image.
    #[error(transparent)]
    Flash(#[from] FlashError),
}

/// The file for this image, in whole sectors.
#[must_use]
pub fn write(flash: &Flash) -> Vec<u8> {
    let flash = flash.whole_sectors();
    let (pages, _) = flash.bytes().as_chunks::<{ PAYLOAD as usize }>();
    let total = flash.len() / PAYLOAD;
    let mut file = Vec::with_capacity(pages.len() * BLOCK);
    for ((number, address), page) in (0..total)
        .zip((flash.start()..).step_by(PAYLOAD as usize))
        .zip(pages)
    {
        let begin = file.len();
        for word in [
            MAGIC_FIRST,
            MAGIC_SECOND,
            FAMILY_PRESENT,
            address,
            PAYLOAD,
            number,
            total,
            RP2040,
        ] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(page);
        file.resize(begin + BLOCK - 4, 0);
        file.extend_from_slice(&MAGIC_LAST.to_le_bytes());
    }
    file
}

/// True if the file wants to be a UF2 file.
#[must_use]
pub fn is_uf2(file: &[u8]) -> bool {
    file.starts_with(&MAGIC_FIRST.to_le_bytes())
}

/// What the flash holds after this file was dragged onto the boot drive.
///
/// # Errors
/// The file is damaged, for another chip, or was not written by [`write()`].
pub fn read(file: &[u8]) -> Result<Flash, Uf2Error> {
    let (blocks, rest) = file.as_chunks::<BLOCK>();
    let (Some(first), []) = (blocks.first(), rest) else {
        return Err(Uf2Error::Truncated { found: file.len() });
    };
    let (start, total) = (word(first, 12), word(first, 24));
    let present: Vec<u32> = blocks.iter().map(|block| word(block, 20)).collect();
    let mut bytes = Vec::new();
    for (number, block) in (0..).zip(blocks) {
        check(number, block)?;
        if word(block, 24) != total {
            return Err(Uf2Error::Total {
                block: number,
                found: word(block, 24),
                total,
            });
        }
        let found = word(block, 20);
        if found != number {
            return Err(if present.contains(&number) {
                Uf2Error::Order {
                    block: number,
                    found,
                }
            } else {
                Uf2Error::Missing {
                    block: number,
                    total,
                }
            });
        }
        let asked = start.wrapping_add(number.wrapping_mul(PAYLOAD));
        if word(block, 12) != asked || !asked.is_multiple_of(PAYLOAD) {
            return Err(Uf2Error::Address {
                block: number,
                found: word(block, 12),
                asked: asked.next_multiple_of(PAYLOAD),
            });
        }
        bytes.extend_from_slice(&block[DATA..DATA + PAYLOAD as usize]);
    }
    let count = u32::try_from(blocks.len()).unwrap_or(u32::MAX);
    if count != total {
        return Err(Uf2Error::Missing {
            block: count,
            total,
        });
    }
    Ok(Flash::from_pieces(&[(start, &bytes)])?)
}

/// What can be said of one block without the others.
fn check(number: u32, block: &[u8; BLOCK]) -> Result<(), Uf2Error> {
    let magic = [word(block, 0), word(block, 4), word(block, BLOCK - 4)];
    if magic != [MAGIC_FIRST, MAGIC_SECOND, MAGIC_LAST] {
        return Err(Uf2Error::Magic { block: number });
    }
    let [flags, payload, family] = [8, 16, 28].map(|at| word(block, at));
    if flags != FAMILY_PRESENT {
        return Err(Uf2Error::Flags {
            block: number,
            found: flags,
        });
    }
    if family != RP2040 {
        return Err(Uf2Error::Family {
            block: number,
            found: family,
        });
    }
    if payload != PAYLOAD {
        return Err(Uf2Error::Payload {
            block: number,
            found: payload,
        });
    }
    Ok(())
}

fn word(block: &[u8; BLOCK], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flash(start: u32, len: usize) -> Flash {
        let bytes: Vec<u8> = (0..len).map(|at| at.to_le_bytes()[0]).collect();
        Flash::from_pieces(&[(start, &bytes)]).expect("one piece")
    }

    /// A file of 32 blocks, then changed.
    fn damaged(change: impl FnOnce(&mut Vec<u8>)) -> Uf2Error {
        let mut file = write(&flash(0x1000_0000, 0x1234));
        assert_eq!(file.len(), 32 * BLOCK);
        change(&mut file);
        read(&file).expect_err("a damaged file")
    }

    #[test]
    fn a_small_image_is_written_byte_for_byte() {
        let flash = Flash::from_pieces(&[(0x1000_0000, b"hello")]).expect("one piece");
        let file = write(&flash);
        assert_eq!(file.len(), 16 * BLOCK, "one sector is sixteen pages");
        for (number, block) in (0..).zip(file.chunks(BLOCK)) {
            let mut expected = b"UF2\nWQ]\x9e\0\x20\0\0".to_vec();
            let at = 0x1000_0000 + 256 * number;
            expected.extend_from_slice(&u32::to_le_bytes(at));
            expected.extend_from_slice(&[0, 1, 0, 0]);
            expected.extend_from_slice(&u32::to_le_bytes(number));
            expected.extend_from_slice(&[16, 0, 0, 0]);
            expected.extend_from_slice(&[0x56, 0xff, 0x8b, 0xe4]);
            expected.extend_from_slice(if number == 0 { b"hello" } else { b"" });
            expected.resize(32 + 256, 0xff);
            expected.resize(508, 0);
            expected.extend_from_slice(&[0x30, 0x6f, 0xb1, 0x0a]);
            assert_eq!(block, expected, "block {number}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (start, len) in [(0x1000_0000, 1), (0x1000_0100, 4096), (0x1000_1000, 70_000)] {
            let flash = flash(start, len);
            let read = read(&write(&flash)).expect("a good file");
            assert_eq!(read.bytes(), flash.whole_sectors().bytes());
            assert_eq!(read.start(), flash.whole_sectors().start());
        }
    }

    #[test]
    fn a_cut_off_file_is_refused() {
        for len in [0, 100, 511, 32 * BLOCK - 1] {
            let error = damaged(|file| file.truncate(len));
            assert_eq!(error, Uf2Error::Truncated { found: len });
        }
        let error = damaged(|file| file.truncate(31 * BLOCK));
        let missing = Uf2Error::Missing {
            block: 31,
            total: 32,
        };
        assert_eq!(error, missing);
    }

    #[test]
    fn blocks_out_of_order_and_missing_ones_are_told_apart() {
        let error = damaged(|file| {
            let (front, back) = file.split_at_mut(4 * BLOCK);
            front[3 * BLOCK..].swap_with_slice(&mut back[..BLOCK]);
        });
        assert_eq!(error, Uf2Error::Order { block: 3, found: 4 });
        let error = damaged(|file| {
            file.drain(3 * BLOCK..4 * BLOCK);
        });
        let missing = Uf2Error::Missing {
            block: 3,
            total: 32,
        };
        assert_eq!(error, missing);
    }

    #[test]
    fn blocks_for_something_else_are_refused() {
        let other = |at: usize, value: u32| {
            move |file: &mut Vec<u8>| {
                file[2 * BLOCK + at..2 * BLOCK + at + 4].copy_from_slice(&value.to_le_bytes());
            }
        };
        let block = 2;
        for at in [0, 4, 508] {
            assert_eq!(damaged(other(at, 1)), Uf2Error::Magic { block });
        }
        let found = 0xada5_2840;
        assert_eq!(damaged(other(28, found)), Uf2Error::Family { block, found });
        let found = 0x2001;
        assert_eq!(damaged(other(8, found)), Uf2Error::Flags { block, found });
        let found = 476;
        assert_eq!(
            damaged(other(16, found)),
            Uf2Error::Payload { block, found }
        );
        let (found, total) = (33, 32);
        let error = Uf2Error::Total {
            block,
            found,
            total,
        };
        assert_eq!(damaged(other(24, found)), error);
        let (found, asked) = (0x1000_0300, 0x1000_0200);
        let error = Uf2Error::Address {
            block,
            found,
            asked,
        };
        assert_eq!(damaged(other(12, found)), error);
    }
}
