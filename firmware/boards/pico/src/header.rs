//! The image's header: what `pen-image` writes behind linking, and the check of it at every start.
//!
//! ```text
//! magic "PENI" | version u16 = 1 | flags u16 | start u32 | end u32 | crc u32 | key count u32
//! | keys 2 x 32 bytes | 8 bytes zero                            96 bytes, little endian
//! ```
//!
//! The checksum is CRC-32/ISO-HDLC over `[start, end)` with its own four bytes read as zero.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use pen_app::signed::PublicKey;

use crate::map::{IMAGE_END, VECTORS};

/// Bytes of the header.
pub const LEN: usize = 96;

/// What it begins with.
pub const MAGIC: [u8; 4] = *b"PENI";

/// The version that this image knows.
pub const VERSION: u16 = 1;

/// Maker keys that fit.
pub const KEYS_MAX: usize = 2;

/// Where the checksum lies in the header.
pub const CRC_AT: u32 = 16;

/// The header as the linker puts it into an image that nobody has packed yet: no keys, and a
/// checksum over nothing, so that the image does not take itself for whole.
pub const UNPACKED: [u8; LEN] = {
    let mut bytes = [0; LEN];
    let [m0, m1, m2, m3] = MAGIC;
    let [v0, v1] = VERSION.to_le_bytes();
    (bytes[0], bytes[1], bytes[2], bytes[3]) = (m0, m1, m2, m3);
    (bytes[4], bytes[5]) = (v0, v1);
    bytes
};

const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// Why a header is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(target_os = "none", derive(defmt::Format))]
pub enum Defect {
    /// It does not begin with [`MAGIC`].
    Magic,
    /// Its version is another one.
    Version {
        /// The version it names.
        found: u16,
    },
    /// It names more keys than fit.
    Keys {
        /// Keys it names; at most [`KEYS_MAX`] are allowed.
        named: u32,
    },
    /// What it covers is not the image: it must begin at or before the vectors, hold the header
    /// and end before storage.
    Range {
        /// First address.
        start: u32,
        /// First address behind.
        end: u32,
    },
    /// Bytes that must be zero are not.
    Reserved,
    /// The checksum does not fit.
    Crc {
        /// As the header says.
        told: u32,
        /// As it is.
        found: u32,
    },
}

/// A header that was read, and not yet checked against the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First address that the checksum covers.
    pub start: u32,
    /// First address behind.
    pub end: u32,
    /// The keys are for development: what they sign proves nothing.
    pub development: bool,
    crc: u32,
    keys: [PublicKey; KEYS_MAX],
    count: usize,
}

/// Bit of the flags: the keys are for development.
const DEVELOPMENT: u16 = 1;

impl Header {
    /// Reads a header that lies at an address.
    ///
    /// # Errors
    /// The first [`Defect`] but [`Defect::Crc`].
    pub fn read(bytes: &[u8; LEN], at: u32) -> Result<Self, Defect> {
        let mut rest = &bytes[..];
        if take::<4>(&mut rest) != MAGIC {
            return Err(Defect::Magic);
        }
        let found = u16::from_le_bytes(take(&mut rest));
        if found != VERSION {
            return Err(Defect::Version { found });
        }
        let flags = u16::from_le_bytes(take(&mut rest));
        let start = u32::from_le_bytes(take(&mut rest));
        let end = u32::from_le_bytes(take(&mut rest));
        let crc = u32::from_le_bytes(take(&mut rest));
        let named = u32::from_le_bytes(take(&mut rest));
        let keys = [take(&mut rest), take(&mut rest)];
        if flags & !DEVELOPMENT != 0 || rest.iter().any(|byte| *byte != 0) {
            return Err(Defect::Reserved);
        }
        let count = usize::try_from(named).unwrap_or(usize::MAX);
        if count > KEYS_MAX {
            return Err(Defect::Keys { named });
        }
        let behind = at.saturating_add(u32::try_from(LEN).unwrap_or(u32::MAX));
        let is_image = start <= VECTORS && at >= VECTORS && behind <= end && end <= IMAGE_END;
        if !is_image || start < crate::map::FLASH_START {
            return Err(Defect::Range { start, end });
        }
        Ok(Self {
            start,
            end,
            development: flags & DEVELOPMENT != 0,
            crc,
            keys,
            count,
        })
    }

    /// The keys that are named, in their order.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        self.keys.get(..self.count).unwrap_or(&[])
    }

    /// Compares the checksum with the image's bytes, from `start` to `end`; `at` is the header's
    /// address.
    ///
    /// # Errors
    /// [`Defect::Crc`].
    pub fn check(&self, at: u32, image: &[u8]) -> Result<(), Defect> {
        let place = usize::try_from(at.saturating_sub(self.start).saturating_add(CRC_AT));
        let (front, own) = image
            .split_at_checked(place.unwrap_or(0))
            .unwrap_or((image, &[]));
        let behind = own.get(4..).unwrap_or(&[]);
        let mut digest = CRC.digest();
        digest.update(front);
        digest.update(&[0; 4]);
        digest.update(behind);
        let found = digest.finalize();
        if found == self.crc {
            Ok(())
        } else {
            Err(Defect::Crc {
                told: self.crc,
                found,
            })
        }
    }
}

/// The next bytes; zero behind the end, which a whole header never reaches.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    match rest.split_first_chunk() {
        Some((front, behind)) => {
            *rest = behind;
            *front
        }
        None => [0; N],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::FLASH_START;

    const AT: u32 = FLASH_START + 0x200;

    fn packed() -> Vec<u8> {
        let mut image: Vec<u8> = (0..0x400_u32).map(|k| k.to_le_bytes()[0] ^ 0x5A).collect();
        let header = &mut image[0x200..0x200 + LEN];
        header.copy_from_slice(&UNPACKED);
        header[6] = 1;
        header[8..12].copy_from_slice(&FLASH_START.to_le_bytes());
        header[12..16].copy_from_slice(&(FLASH_START + 0x400).to_le_bytes());
        header[20..24].copy_from_slice(&1_u32.to_le_bytes());
        header[24..56].copy_from_slice(&[7; 32]);
        let crc = CRC.checksum(&image);
        image[0x210..0x214].copy_from_slice(&crc.to_le_bytes());
        image
    }

    fn header(image: &[u8]) -> Result<Header, Defect> {
        Header::read(image[0x200..0x200 + LEN].try_into().unwrap(), AT)
    }

    #[test]
    fn test_001_a_packed_image_is_whole_and_has_its_keys() {
        let image = packed();
        let header = header(&image).unwrap();
        assert_eq!(header.keys(), [[7; 32]]);
        assert!(header.development);
        assert_eq!(header.check(AT, &image), Ok(()));
    }

    #[test]
    fn test_001_every_flipped_bit_of_the_image_is_noticed() {
        let whole = packed();
        for bit in 0..whole.len() * 8 {
            let mut image = whole.clone();
            image[bit / 8] ^= 1 << (bit % 8);
            let verdict = header(&image).and_then(|header| header.check(AT, &image));
            assert!(verdict.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn test_001_an_image_that_nobody_packed_is_not_whole() {
        let refused = Header::read(&UNPACKED, AT);
        assert_eq!(refused, Err(Defect::Range { start: 0, end: 0 }));
    }

    #[test]
    fn test_001_each_defect_is_named() {
        let spoilt = |place: usize, value: u8| {
            let mut image = packed();
            image[0x200 + place] = value;
            header(&image).unwrap_err()
        };
        assert_eq!(spoilt(0, b'Q'), Defect::Magic);
        assert_eq!(spoilt(4, 2), Defect::Version { found: 2 });
        assert_eq!(spoilt(20, 3), Defect::Keys { named: 3 });
        assert_eq!(spoilt(6, 2), Defect::Reserved);
        assert_eq!(spoilt(95, 1), Defect::Reserved);
        let (start, end) = (FLASH_START, FLASH_START + 0x400);
        assert_eq!(
            spoilt(9, 2),
            Defect::Range {
                start: start + 0x200,
                end
            }
        );
        assert_eq!(
            spoilt(13, 2),
            Defect::Range {
                start,
                end: start + 0x200
            }
        );
        assert_eq!(
            spoilt(14, 0x40),
            Defect::Range {
                start,
                end: end + 0x40_0000
            }
        );
        assert_eq!(
            spoilt(11, 0x0F),
            Defect::Range {
                start: start - 0x100_0000,
                end
            }
        );
    }
}
