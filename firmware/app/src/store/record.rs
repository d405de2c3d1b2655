//! One stored record: a header that says what it is, for which pen, and a CRC over all of it.
//!
//! Pure functions over byte slices. A record is either proven whole and meant for this reader, or
//! refused with the name of what is wrong with it. Nothing is ever repaired or guessed.
//!
//! ```text
//! 0        8     10       12      14        16        24          28    32
//! +--------+------+--------+-------+---------+---------+-----------+-----+---------
//! | magic  | kind | format | len   | zero    | serial  | generation| crc | payload
//! +--------+------+--------+-------+---------+---------+-----------+-----+---------
//! ```
//!
//! All integers little-endian. The CRC-32 (ISO-HDLC) runs over bytes 0..28 and the payload. At
//! these lengths it detects every error of up to three bits (Hamming distance 4 up to 91,607 bits:
//! Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", 2002).

use crc::{CRC_32_ISO_HDLC, Crc};
use embedded_storage::nor_flash::NorFlashErrorKind;

/// Bytes before the payload.
pub const HEADER_LEN: usize = 32;

/// First bytes of every record: neither all-zero nor all-one, and not text found elsewhere.
pub const MAGIC: [u8; 8] = *b"PENSTOR\x1a";

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const CRC_AT: usize = 28;

/// CRC-32 over the concatenation of `parts`.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let mut digest = CRC.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize()
}

/// What a record is about. Numbers are stored: append-only, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(u16);

impl Kind {
    /// Limit profile.
    pub const PROFILE: Self = Self(0x5001);
    /// Depth and rate calibration.
    pub const CALIBRATION: Self = Self(0x5002);
    /// Session and course ledger.
    pub const LEDGER: Self = Self(0x5003);
    /// Marks a list of used cartridges as put into service.
    pub const USED_LIST: Self = Self(0x5004);

    /// The stored number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

/// What a reader accepts: one kind, for one pen, up to one format version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// What the record is about.
    pub kind: Kind,
    /// Newest format version this firmware understands, and the one it writes.
    pub format: u16,
    /// Serial number of the pen. A record of another pen is refused.
    pub serial: u64,
}

/// What is wrong with what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Erased flash: nothing was ever stored here, or it was erased.
    Blank,
    /// All bytes are zero.
    Zeroed,
    /// Does not begin like a record.
    Magic,
    /// Ends before its own length says so.
    Truncated,
    /// The CRC does not match: torn write or bit error.
    Crc,
    /// A whole record with a field that no version has set so far.
    Reserved,
    /// A whole record of another kind.
    Kind {
        /// The kind it claims.
        found: u16,
    },
    /// A whole record of another pen.
    Foreign {
        /// The serial number it claims.
        serial: u64,
    },
    /// A whole record written by newer firmware.
    Newer {
        /// The format version it claims.
        format: u16,
    },
    /// The payload does not fit.
    TooLong {
        /// Bytes in the payload.
        len: usize,
    },
    /// The flash could not be read.
    Unreadable(NorFlashErrorKind),
    /// The region does not fit this flash.
    Geometry,
}

/// The fields of a record's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the record is about, as stored.
    pub kind: u16,
    /// Format version of the payload.
    pub format: u16,
    /// Bytes in the payload.
    pub len: u16,
    /// Serial number of the pen that wrote it.
    pub serial: u64,
    /// Counts up with every store; the highest one is the newest.
    pub generation: u32,
    reserved: u16,
    crc: u32,
}

impl Header {
    /// Reads the fields; says nothing yet about their truth.
    ///
    /// # Errors
    /// [`Defect::Blank`], [`Defect::Zeroed`] or [`Defect::Magic`] if these bytes do not begin a record.
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Self, Defect> {
        if bytes.iter().all(|&byte| byte == 0xFF) {
            return Err(Defect::Blank);
        }
        if bytes.iter().all(|&byte| byte == 0) {
            return Err(Defect::Zeroed);
        }
        if bytes[..8] != MAGIC {
            return Err(Defect::Magic);
        }
        let [k0, k1, f0, f1, l0, l1, r0, r1] = part(bytes, 8);
        let [g0, g1, g2, g3, c0, c1, c2, c3] = part(bytes, 24);
        Ok(Self {
            kind: u16::from_le_bytes([k0, k1]),
            format: u16::from_le_bytes([f0, f1]),
            len: u16::from_le_bytes([l0, l1]),
            reserved: u16::from_le_bytes([r0, r1]),
            serial: u64::from_le_bytes(part(bytes, 16)),
            generation: u32::from_le_bytes([g0, g1, g2, g3]),
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
        })
    }

    /// Makes the header bytes for `payload`.
    ///
    /// # Errors
    /// [`Defect::TooLong`] if the payload is longer than 65,535 bytes.
    pub fn seal(
        identity: &Identity,
        generation: u32,
        payload: &[u8],
    ) -> Result<[u8; HEADER_LEN], Defect> {
        let len =
            u16::try_from(payload.len()).map_err(|_| Defect::TooLong { len: payload.len() })?;
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&identity.kind.code().to_le_bytes());
        bytes[10..12].copy_from_slice(&identity.format.to_le_bytes());
        bytes[12..14].copy_from_slice(&len.to_le_bytes());
        bytes[16..24].copy_from_slice(&identity.serial.to_le_bytes());
        bytes[24..28].copy_from_slice(&generation.to_le_bytes());
        let crc = crc32(&[&bytes[..CRC_AT], payload]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        Ok(bytes)
    }

    /// Proves that header and payload are one whole record, whoever it is meant for.
    ///
    /// # Errors
    /// As [`Header::parse`], and [`Defect::Truncated`], [`Defect::Crc`].
    pub fn prove(bytes: &[u8; HEADER_LEN], payload: &[u8]) -> Result<Self, Defect> {
        let header = Self::parse(bytes)?;
        let payload = payload
            .get(..usize::from(header.len))
            .ok_or(Defect::Truncated)?;
        if crc32(&[&bytes[..CRC_AT], payload]) == header.crc {
            Ok(header)
        } else {
            Err(Defect::Crc)
        }
    }

    /// Accepts a proven record only if it is meant for this reader.
    ///
    /// # Errors
    /// [`Defect::Kind`], [`Defect::Foreign`], [`Defect::Newer`] or [`Defect::Reserved`].
    pub fn admit(&self, identity: &Identity) -> Result<(), Defect> {
        if self.kind != identity.kind.code() {
            return Err(Defect::Kind { found: self.kind });
        }
        if self.serial != identity.serial {
            return Err(Defect::Foreign {
                serial: self.serial,
            });
        }
        if self.format > identity.format {
            return Err(Defect::Newer {
                format: self.format,
            });
        }
        if self.reserved != 0 {
            return Err(Defect::Reserved);
        }
        Ok(())
    }
}

/// Writes a whole record to the front of `out` and returns its length.
///
/// # Errors
/// [`Defect::TooLong`] if it does not fit.
pub fn encode(
    identity: &Identity,
    generation: u32,
    payload: &[u8],
    out: &mut [u8],
) -> Result<usize, Defect> {
    let header = Header::seal(identity, generation, payload)?;
    let total = HEADER_LEN + payload.len();
    let out = out
        .get_mut(..total)
        .ok_or(Defect::TooLong { len: payload.len() })?;
    out[..HEADER_LEN].copy_from_slice(&header);
    out[HEADER_LEN..].copy_from_slice(payload);
    Ok(total)
}

/// Returns header and payload of the record at the front of `bytes`.
///
/// # Errors
/// The [`Defect`] that makes it unusable for this reader.
pub fn decode<'a>(bytes: &'a [u8], identity: &Identity) -> Result<(Header, &'a [u8]), Defect> {
    let (head, rest) = bytes
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(Defect::Truncated)?;
    let header = Header::prove(head, rest)?;
    header.admit(identity)?;
    Ok((header, &rest[..usize::from(header.len)]))
}

/// Eight header bytes from `at`, a constant well inside the header.
fn part(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&bytes[at..at + 8]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Identity = Identity {
        kind: Kind::CALIBRATION,
        format: 3,
        serial: 0x0102_0304_0506_0708,
    };

    fn record<const N: usize>(payload: &[u8]) -> [u8; N] {
        let mut out = [0; N];
        assert_eq!(encode(&ME, 7, payload, &mut out), Ok(N));
        out
    }

    fn noise<const N: usize>() -> [u8; N] {
        let mut state = 0x9E37_79B9_u32;
        core::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        })
    }

    #[test]
    fn store_002_detects_every_single_bit_flip() {
        let mut bytes: [u8; HEADER_LEN + 512] = record(&noise::<512>());
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes, &ME).is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(decode(&bytes, &ME).is_ok());
    }

    #[test]
    fn store_002_detects_every_double_bit_flip_of_a_small_record() {
        let mut bytes: [u8; HEADER_LEN + 32] = record(&noise::<32>());
        let mut tried = 0_u32;
        for a in 0..bytes.len() * 8 {
            bytes[a / 8] ^= 1 << (a % 8);
            for b in a + 1..bytes.len() * 8 {
                bytes[b / 8] ^= 1 << (b % 8);
                assert!(decode(&bytes, &ME).is_err(), "bits {a} {b}");
                bytes[b / 8] ^= 1 << (b % 8);
                tried += 1;
            }
            bytes[a / 8] ^= 1 << (a % 8);
        }
        assert_eq!(tried, 512 * 511 / 2);
    }

    #[test]
    fn store_002_detects_sampled_double_bit_flips_of_a_large_record() {
        let mut bytes: [u8; HEADER_LEN + 512] = record(&noise::<512>());
        let bits = bytes.len() * 8;
        for a in (0..bits).step_by(13) {
            for b in (a + 1..bits).step_by(17) {
                bytes[a / 8] ^= 1 << (a % 8);
                bytes[b / 8] ^= 1 << (b % 8);
                assert!(decode(&bytes, &ME).is_err(), "bits {a} {b}");
                bytes[a / 8] ^= 1 << (a % 8);
                bytes[b / 8] ^= 1 << (b % 8);
            }
        }
    }

    #[test]
    fn store_007_names_what_is_wrong() {
        let whole: [u8; HEADER_LEN + 20] = record(&[5; 20]);
        let refused = |bytes: &[u8], me: &Identity| decode(bytes, me).map(|_| ()).unwrap_err();
        assert_eq!(refused(&[0xFF; 64], &ME), Defect::Blank);
        assert_eq!(refused(&[0; 64], &ME), Defect::Zeroed);
        assert_eq!(refused(&[0x55; 64], &ME), Defect::Magic);
        for len in 0..whole.len() {
            assert_eq!(refused(&whole[..len], &ME), Defect::Truncated, "{len}");
        }
        let swapped = Identity {
            kind: Kind::PROFILE,
            ..ME
        };
        assert_eq!(
            refused(&whole, &swapped),
            Defect::Kind {
                found: Kind::CALIBRATION.code()
            }
        );
        let other = Identity { serial: 9, ..ME };
        assert_eq!(
            refused(&whole, &other),
            Defect::Foreign { serial: ME.serial }
        );
        let older = Identity { format: 2, ..ME };
        assert_eq!(refused(&whole, &older), Defect::Newer { format: 3 });
        assert!(decode(&whole, &Identity { format: 4, ..ME }).is_ok());
        let mut reserved = whole;
        reserved[14] = 1;
        let crc = crc32(&[&reserved[..CRC_AT], &reserved[HEADER_LEN..]]);
        reserved[CRC_AT..HEADER_LEN].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(refused(&reserved, &ME), Defect::Reserved);
    }

    #[test]
    fn store_004_layout_of_a_record_does_not_change() {
        let bytes: [u8; HEADER_LEN + 3] = record(b"abc");
        let golden = [
            0x50, 0x45, 0x4E, 0x53, 0x54, 0x4F, 0x52, 0x1A, 0x02, 0x50, 0x03, 0x00, 0x03, 0x00,
            0x00, 0x00, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x07, 0x00, 0x00, 0x00,
        ];
        assert_eq!(bytes[..CRC_AT], golden);
        assert_eq!(&bytes[HEADER_LEN..], b"abc");
    }
}
