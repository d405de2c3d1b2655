//! The header inside an image: what the pen checks itself against, and whom it believes.
//!
//! ```text
//!  0  magic `PENI`            16  crc u32, over [start, end) with these four bytes as zero
//!  4  version u16 = 1         20  key count u32, 0..=2
//!  6  flags u16               24  two public keys of the maker (Ed25519), 32 bytes each
//!  8  start u32, flash        88  zero, 8 bytes
//! 12  end u32, first behind   96  (length)
//! ```
//!
//! All numbers are little endian. A board reserves the bytes ([`SYMBOL`]); the linker cannot know
//! what belongs there, so it is written after linking.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::flash::Flash;
use crate::key::MakerKey;

/// The symbol of the header in a linked image.
pub const SYMBOL: &str = "PEN_IMAGE_HEADER";

/// Bytes of a header.
pub const LEN: usize = 96;

/// What a header begins with.
pub const MAGIC: [u8; 4] = *b"PENI";

/// The one version there is.
pub const VERSION: u16 = 1;

/// Flag: at least one key is the published development key.
pub const DEVELOPMENT: u16 = 1;

/// Most keys of the maker in one image.
pub const KEYS_MAX: usize = 2;

const CRC_AT: u32 = 16;
const KEYS_AT: usize = 24;
const RESERVED_AT: usize = KEYS_AT + 32 * KEYS_MAX;

/// Bytes that are no header, or not the one of this image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is none.
    #[error("no image header: nothing begins with the magic {MAGIC:02x?}")]
    Missing,
    /// Too few bytes.
    #[error("the header is cut off: {found} of {LEN} bytes")]
    Short {
        /// Bytes there are.
        found: usize,
    },
    /// It begins with something else.
    #[error("the header begins with {found:02x?}; {MAGIC:02x?} (`PENI`) is asked")]
    Magic {
        /// What is there.
        found: [u8; 4],
    },
    /// A version that this program does not know.
    #[error("header version {found}; this program knows version {VERSION} only")]
    Version {
        /// What is there.
        found: u16,
    },
    /// Flags that this program does not know.
    #[error("header flags {found:#06x}; only bit 0 (development key) is known")]
    Flags {
        /// What is there.
        found: u16,
    },
    /// More keys than there is room for.
    #[error("the header counts {found} maker keys; at most {KEYS_MAX} are allowed")]
    KeyCount {
        /// What is there.
        found: u32,
    },
    /// Bytes without a meaning are not zero.
    #[error("unused bytes of the header are not zero")]
    Unused,
    /// As it was linked: nobody has written it.
    #[error("the header is empty: this image was linked, but not packed by pen-image")]
    NotPacked,
    /// It speaks about other addresses.
    #[error(
        "the header covers {start:#010x}..{end:#010x}, the image lies at \
         {image_start:#010x}..{image_end:#010x}"
    )]
    Covers {
        /// First address that the header names.
        start: u32,
        /// First address behind, by the header.
        end: u32,
        /// First address of the image.
        image_start: u32,
        /// First address behind the image.
        image_end: u32,
    },
    /// The bytes are others than those that were packed.
    #[error("CRC differs: the header says {header:08x}, the bytes give {image:08x}")]
    Crc {
        /// By the header.
        header: u32,
        /// By the bytes.
        image: u32,
    },
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// First address that the checksum covers.
    pub start: u32,
    /// First address behind.
    pub end: u32,
    /// CRC-32/ISO-HDLC of the bytes between, with the field itself as zero.
    pub crc: u32,
    /// Keys whose signatures the pen believes; none means that it stays locked.
    pub keys: Vec<MakerKey>,
}

impl Header {
    /// The bytes of this header. Keys beyond [`KEYS_MAX`] do not occur: see [`crate::pack`].
    #[must_use]
    pub fn encode(&self) -> [u8; LEN] {
        let flags = u16::from(self.keys.contains(&MakerKey::DEVELOPMENT)) * DEVELOPMENT;
        let count: u32 = self.keys.iter().take(KEYS_MAX).map(|_| 1).sum();
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&flags.to_le_bytes());
        for number in [self.start, self.end, self.crc, count] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for key in self.keys.iter().take(KEYS_MAX) {
            bytes.extend_from_slice(key.as_bytes());
        }
        let mut header = [0; LEN];
        header[..bytes.len()].copy_from_slice(&bytes);
        header
    }

    /// The header in these bytes.
    ///
    /// # Errors
    /// Anything but what [`Header::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; LEN] = bytes
            .try_into()
            .map_err(|_| HeaderError::Short { found: bytes.len() })?;
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let magic = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if magic != MAGIC {
            return Err(HeaderError::Magic { found: magic });
        }
        if half(4) != VERSION {
            return Err(HeaderError::Version { found: half(4) });
        }
        let flags = half(6);
        let count = word(20) as usize;
        if count > KEYS_MAX {
            return Err(HeaderError::KeyCount { found: word(20) });
        }
        let (keys, unused) = bytes[KEYS_AT..RESERVED_AT].split_at(32 * count);
        if unused
            .iter()
            .chain(&bytes[RESERVED_AT..])
            .any(|byte| *byte != 0)
        {
            return Err(HeaderError::Unused);
        }
        let keys: Vec<_> = keys
            .as_chunks()
            .0
            .iter()
            .map(|key| MakerKey::unchecked(*key))
            .collect();
        if flags != u16::from(keys.contains(&MakerKey::DEVELOPMENT)) * DEVELOPMENT {
            return Err(HeaderError::Flags { found: flags });
        }
        if word(12) == 0 {
            return Err(HeaderError::NotPacked);
        }
        Ok(Self {
            start: word(8),
            end: word(12),
            crc: word(16),
            keys,
        })
    }

    /// The header at this address, if it is the one of this image and the image is whole.
    ///
    /// The image may go on behind the end that the header names with erased bytes up to the end of
    /// the sector, as a UF2 file does.
    ///
    /// # Errors
    /// What is wrong with the header or with the image.
    pub fn check(flash: &Flash, at: u32) -> Result<Self, HeaderError> {
        let len = u32::try_from(LEN).unwrap_or(u32::MAX);
        let bytes = flash
            .range(at, at.saturating_add(len).min(flash.end()))
            .ok_or(HeaderError::Missing)?;
        let header = Self::decode(bytes)?;
        let covers = HeaderError::Covers {
            start: header.start,
            end: header.end,
            image_start: flash.start(),
            image_end: flash.end(),
        };
        let rest = flash.range(header.end, flash.end());
        let is_filling = |rest: &[u8]| rest.iter().all(|byte| *byte == crate::flash::ERASED);
        if header.start != flash.start()
            || !rest.is_some_and(is_filling)
            || rest.is_some_and(|rest| rest.len() >= crate::flash::SECTOR as usize)
        {
            return Err(covers);
        }
        let image = crc(flash, header.start, header.end, at).ok_or(covers)?;
        if image != header.crc {
            return Err(HeaderError::Crc {
                header: header.crc,
                image,
            });
        }
        Ok(header)
    }
}

/// The checksum over `[start, end)`, with the field of the header at `at` as zero; `None` if the
/// flash has not all of these bytes.
#[must_use]
pub fn crc(flash: &Flash, start: u32, end: u32, at: u32) -> Option<u32> {
    let field = at.checked_add(CRC_AT)?;
    let behind = field.checked_add(4)?;
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    digest.update(flash.range(start, field)?);
    digest.update(&[0; 4]);
    digest.update(flash.range(behind, end)?);
    Some(digest.finalize())
}

/// Where a header of this flash lies, without a symbol table: the first aligned magic whose start
/// address is that of the flash.
///
/// The program text may hold the magic too, because the firmware compares with it; the start
/// address tells them apart.
///
/// # Errors
/// There is none.
pub fn find(flash: &Flash) -> Result<u32, HeaderError> {
    let start = flash.start().to_le_bytes();
    let offset = flash
        .bytes()
        .windows(LEN)
        .step_by(4)
        .position(|bytes| bytes[..4] == MAGIC && bytes[8..12] == start)
        .ok_or(HeaderError::Missing)?;
    let offset = u32::try_from(4 * offset).map_err(|_| HeaderError::Missing)?;
    Ok(flash.start() + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u32 = 0x1000_0000;
    const AT: u32 = START + 0x100;

    /// CRC-32/ISO-HDLC bit by bit, to check the table-driven one.
    fn slow_crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }

    fn packed(keys: &[MakerKey]) -> Flash {
        let bytes: Vec<u8> = (0..1000_usize).map(|at| at.to_le_bytes()[0]).collect();
        let mut flash = Flash::from_pieces(&[(START, &bytes)]).expect("one piece");
        let mut header = Header {
            start: flash.start(),
            end: flash.end(),
            crc: 0,
            keys: keys.to_vec(),
        };
        flash.write(AT, &header.encode()).expect("there is room");
        header.crc = crc(&flash, flash.start(), flash.end(), AT).expect("it lies inside");
        flash.write(AT, &header.encode()).expect("there is room");
        flash
    }

    fn other() -> MakerKey {
        MakerKey::unchecked([7; 32])
    }

    fn changed(at: u32, bytes: &[u8]) -> HeaderError {
        let mut flash = packed(&[other()]);
        flash.write(at, bytes).expect("it lies inside");
        Header::check(&flash, AT).expect_err("a changed image")
    }

    #[test]
    fn the_bytes_are_those_of_the_table() {
        let header = Header {
            start: 0x1000_0000,
            end: 0x1002_0304,
            crc: 0x0a0b_0c0d,
            keys: vec![other(), MakerKey::DEVELOPMENT],
        };
        let mut expected = b"PENI\x01\0\x01\0\0\0\0\x10\x04\x03\x02\x10\x0d\x0c\x0b\x0a".to_vec();
        expected.extend_from_slice(&[2, 0, 0, 0]);
        expected.extend_from_slice(&[7; 32]);
        expected.extend_from_slice(MakerKey::DEVELOPMENT.as_bytes());
        expected.extend_from_slice(&[0; 8]);
        assert_eq!(header.encode().as_slice(), expected);
        assert_eq!(Header::decode(&expected), Ok(header));
    }

    #[test]
    fn the_checksum_reads_its_own_field_as_zero() {
        let flash = packed(&[other()]);
        let header = Header::check(&flash, AT).expect("a packed image");
        let mut bytes = flash.bytes().to_vec();
        bytes[0x110..0x114].fill(0);
        assert_eq!(header.crc, slow_crc(&bytes));
        assert_eq!(
            slow_crc(b"123456789"),
            0xcbf4_3926,
            "the catalogue's check value"
        );
    }

    #[test]
    fn every_changed_bit_is_seen() {
        let good = packed(&[MakerKey::DEVELOPMENT]);
        for at in START..good.end() {
            for bit in 0..8 {
                let mut flash = good.clone();
                let byte = good.range(at, at + 1).expect("it lies inside")[0];
                flash.write(at, &[byte ^ 1 << bit]).expect("it lies inside");
                assert!(Header::check(&flash, AT).is_err(), "bit {bit} at {at:#x}");
            }
        }
    }

    #[test]
    fn each_refusal_says_what_it_is() {
        let found = *b"PENX";
        assert_eq!(changed(AT, &found), HeaderError::Magic { found });
        assert_eq!(changed(AT + 4, &[2]), HeaderError::Version { found: 2 });
        assert_eq!(changed(AT + 6, &[1]), HeaderError::Flags { found: 1 });
        assert_eq!(changed(AT + 20, &[3]), HeaderError::KeyCount { found: 3 });
        assert_eq!(changed(AT + 20, &[0]), HeaderError::Unused);
        assert_eq!(changed(AT + 95, &[1]), HeaderError::Unused);
        assert_eq!(changed(AT + 12, &[0; 4]), HeaderError::NotPacked);
        let start = changed(AT + 8, &[0, 1]);
        assert!(matches!(start, HeaderError::Covers { .. }), "{start:?}");
        let end = changed(AT + 12, &[0]);
        assert!(matches!(end, HeaderError::Covers { .. }), "{end:?}");
        let crc = changed(START, &[0xaa]);
        assert!(matches!(crc, HeaderError::Crc { .. }), "{crc:?}");
        let short = Header::decode(&[0; 95]);
        assert_eq!(short, Err(HeaderError::Short { found: 95 }));
    }

    #[test]
    fn only_the_filling_of_a_sector_may_follow() {
        let good = packed(&[]);
        assert_eq!(
            Header::check(&good.whole_sectors(), AT),
            Header::check(&good, AT)
        );
        let more = |tail: &[u8]| {
            let pieces = [(START, good.bytes()), (good.end(), tail)];
            Flash::from_pieces(&pieces).expect("two pieces")
        };
        assert!(Header::check(&more(&[255; 4095]), AT).is_ok());
        for flash in [more(&[255; 4096]), more(&[255, 255, 0])] {
            let error = Header::check(&flash, AT).expect_err("more than was packed");
            assert!(matches!(error, HeaderError::Covers { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_header_is_found_behind_the_magic_in_the_text() {
        let mut flash = packed(&[other()]);
        flash.write(START + 0x40, &MAGIC).expect("it lies inside");
        assert_eq!(find(&flash), Ok(AT));
        flash.write(AT, b"penI").expect("it lies inside");
        assert_eq!(find(&flash), Err(HeaderError::Missing));
    }
}
