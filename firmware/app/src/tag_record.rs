//! What a cartridge's memory holds: who it is, signed by its maker, and whether it was used.
//!
//! ```text
//!  0  "PTAG"              magic
//!  4  u8                  version of this layout, 1
//!  5  u8                  type code, see pen_core::cartridge::Kind
//!  6  u16                 last day of use, days since 2020-01-01
//!  8  u64                 identity, never given twice
//! 16  64 bytes            Ed25519 signature over DOMAIN and bytes 4 to 15
//! 80  u32                 CRC-32/ISO-HDLC over bytes 0 to 79
//! 96  4 bytes             all ones while unused; anything else is used      (little endian)
//! ```
//!
//! The signature says that the maker gave out this identity; it cannot say that nobody copied it.
//! Copies end with the first of them: the identity goes to the pen's list of used cartridges.

use ed25519_dalek::{Signature, VerifyingKey};
use pen_core::io::{Tag, TagReading};
use pen_protocol::crc32;

use crate::signed::{PublicKey, SIGNATURE_LEN};

/// What every signed message of this kind begins with.
pub const DOMAIN: [u8; 28] = *b"pen cartridge tag, format 1\0";

/// Bytes of the record; it lies at the memory's beginning.
pub const LEN: usize = 84;

/// Where in the memory the mark of use lies: a page of its own, so that writing it cannot spoil the
/// record.
///
/// - Unit: bytes. Source: 24C04 class, "16-byte page write"
pub const USED_AT: u8 = 96;

/// Bytes of the mark of use.
pub const USED_LEN: usize = 4;

/// The mark of a cartridge that was never used.
pub const UNUSED: [u8; USED_LEN] = [0xFF; USED_LEN];

/// The mark that a pen writes at the first puncture.
pub const USED: [u8; USED_LEN] = [0; USED_LEN];

/// Version of the layout.
pub const VERSION: u8 = 1;

const MAGIC: [u8; 4] = *b"PTAG";
const SIGNED_LEN: usize = 12;
const BODY_LEN: usize = LEN - 4;

/// What the maker signs.
pub type Message = [u8; DOMAIN.len() + SIGNED_LEN];

/// What the maker says about a cartridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Identity {
    /// Identity; zero is none.
    pub id: u64,
    /// Raw type code.
    pub kind: u8,
    /// Last day of use, in days since 2020-01-01.
    pub expiry_day: u16,
}

/// Why a record is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TagDefect {
    /// All ones: a memory that nobody has written.
    Blank,
    /// It does not begin with the magic.
    Magic,
    /// Another version of the layout.
    Version {
        /// The version that it names; only [`VERSION`] is known.
        found: u8,
    },
    /// It does not pass its checksum.
    Crc,
    /// Its identity is zero, which stands for no cartridge.
    NoIdentity,
}

/// A whole record whose signature was not looked at yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unverified {
    identity: Identity,
    signature: [u8; SIGNATURE_LEN],
}

/// The message that a maker's key must sign for a cartridge.
#[must_use]
pub fn message(identity: &Identity) -> Message {
    let mut message = [0; size_of::<Message>()];
    let all = DOMAIN.into_iter().chain(fields(identity));
    for (place, byte) in message.iter_mut().zip(all) {
        *place = byte;
    }
    message
}

/// The record of a cartridge and its signature: for the maker, and for whoever simulates a cartridge.
#[must_use]
pub fn encode(identity: &Identity, signature: &[u8; SIGNATURE_LEN]) -> [u8; LEN] {
    let body = MAGIC
        .into_iter()
        .chain(fields(identity))
        .chain(signature.iter().copied());
    let mut record = [0; LEN];
    for (place, byte) in record.iter_mut().zip(body) {
        *place = byte;
    }
    let crc = checksum(&record).to_le_bytes();
    for (place, byte) in record.iter_mut().skip(BODY_LEN).zip(crc) {
        *place = byte;
    }
    record
}

/// Reads a record.
///
/// # Errors
/// The first [`TagDefect`].
pub fn parse(record: &[u8; LEN]) -> Result<Unverified, TagDefect> {
    if record.iter().all(|byte| *byte == 0xFF) {
        return Err(TagDefect::Blank);
    }
    let mut rest = &record[..];
    if take(&mut rest) != MAGIC {
        return Err(TagDefect::Magic);
    }
    let [found, kind] = take(&mut rest);
    let expiry_day = u16::from_le_bytes(take(&mut rest));
    let id = u64::from_le_bytes(take(&mut rest));
    let signature = take(&mut rest);
    // The checksum first: what is damaged names no version.
    if u32::from_le_bytes(take(&mut rest)) != checksum(record) {
        return Err(TagDefect::Crc);
    }
    if found != VERSION {
        return Err(TagDefect::Version { found });
    }
    if id == 0 {
        return Err(TagDefect::NoIdentity);
    }
    let identity = Identity {
        id,
        kind,
        expiry_day,
    };
    Ok(Unverified {
        identity,
        signature,
    })
}

impl Unverified {
    /// What it says, whoever wrote it.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether one of the maker's keys signed it. Takes long on a small processor.
    #[must_use]
    pub fn is_authentic(&self, makers: &[PublicKey]) -> bool {
        let message = message(&self.identity);
        let signature = Signature::from_bytes(&self.signature);
        makers.iter().any(|key| {
            VerifyingKey::from_bytes(key)
                .is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
        })
    }
}

/// Turns a memory's bytes into what the core may see; remembers the last signature that it checked,
/// because a cartridge at work is read again and again.
///
/// Requirement: CART-002, CART-006.
#[derive(Clone, Copy, Debug, Default)]
pub struct TagVerifier {
    checked: Option<(Unverified, bool)>,
}

impl TagVerifier {
    /// One that has checked nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { checked: None }
    }

    /// What the record and the mark of use say; a blank memory is no cartridge.
    #[must_use]
    pub fn reading(
        &mut self,
        record: &[u8; LEN],
        mark: [u8; USED_LEN],
        makers: &[PublicKey],
    ) -> TagReading {
        let unverified = match parse(record) {
            Ok(unverified) => unverified,
            Err(TagDefect::Blank) => return TagReading::Absent,
            Err(
                TagDefect::Magic
                | TagDefect::Version { .. }
                | TagDefect::Crc
                | TagDefect::NoIdentity,
            ) => return TagReading::Unreadable,
        };
        let authentic = match self.checked {
            Some((known, authentic)) if known == unverified => authentic,
            Some(_) | None => unverified.is_authentic(makers),
        };
        self.checked = Some((unverified, authentic));
        let Identity {
            id,
            kind,
            expiry_day,
        } = unverified.identity;
        TagReading::Present(Tag {
            id,
            kind,
            expiry_day,
            authentic,
            used: mark != UNUSED,
        })
    }
}

fn fields(identity: &Identity) -> impl Iterator<Item = u8> + use<> {
    [VERSION, identity.kind]
        .into_iter()
        .chain(identity.expiry_day.to_le_bytes())
        .chain(identity.id.to_le_bytes())
}

fn checksum(record: &[u8; LEN]) -> u32 {
    crc32(record.first_chunk::<BODY_LEN>().unwrap_or(&[0; BODY_LEN]))
}

/// The next bytes; a whole record is never too short for them.
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
    use ed25519_dalek::{Signer, SigningKey};

    const IDENTITY: Identity = Identity {
        id: 0x0102_0304_0506_0708,
        kind: 2,
        expiry_day: 9_000,
    };

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[3; 32])
    }

    fn makers() -> [PublicKey; 1] {
        [key().verifying_key().to_bytes()]
    }

    fn signed(identity: &Identity) -> [u8; LEN] {
        encode(identity, &key().sign(&message(identity)).to_bytes())
    }

    fn read(record: &[u8; LEN], mark: [u8; USED_LEN]) -> TagReading {
        TagVerifier::new().reading(record, mark, &makers())
    }

    fn present(authentic: bool, used: bool) -> TagReading {
        TagReading::Present(Tag {
            id: IDENTITY.id,
            kind: IDENTITY.kind,
            expiry_day: IDENTITY.expiry_day,
            authentic,
            used,
        })
    }

    /// A record of which a byte was changed, with the checksum made right again.
    fn forged(place: usize, bits: u8) -> [u8; LEN] {
        let mut record = signed(&IDENTITY);
        record[place] ^= bits;
        let crc = checksum(&record).to_le_bytes();
        record[BODY_LEN..].copy_from_slice(&crc);
        record
    }

    #[test]
    fn cart_002_a_signed_unused_cartridge_reads_as_such() {
        let record = signed(&IDENTITY);
        assert_eq!(read(&record, UNUSED), present(true, false));
        assert_eq!(parse(&record).unwrap().identity(), &IDENTITY);
    }

    #[test]
    fn cart_002_the_bytes_are_as_the_book_shows_them() {
        let record = encode(&IDENTITY, &[0xAB; SIGNATURE_LEN]);
        let front = b"PTAG\x01\x02\x28\x23\x08\x07\x06\x05\x04\x03\x02\x01";
        assert_eq!(&record[..16], front);
        assert_eq!(record[16..80], [0xAB; 64]);
        assert_eq!(record[80..], crc32(&record[..80]).to_le_bytes());
        let message = message(&IDENTITY);
        assert_eq!(&message[..28], b"pen cartridge tag, format 1\0".as_slice());
        assert_eq!(&message[28..], &front[4..]);
    }

    #[test]
    fn cart_002_every_flipped_bit_of_the_record_makes_it_unreadable() {
        for bit in 0..LEN * 8 {
            let mut record = signed(&IDENTITY);
            record[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&record, UNUSED), TagReading::Unreadable, "bit {bit}");
        }
    }

    #[test]
    fn cart_002_no_forged_bit_is_authentic() {
        for bit in 4 * 8..BODY_LEN * 8 {
            let record = forged(bit / 8, 1 << (bit % 8));
            match read(&record, UNUSED) {
                TagReading::Unreadable => assert_eq!(bit / 8, 4, "bit {bit}"),
                TagReading::Present(tag) => assert!(!tag.authentic, "bit {bit}"),
                TagReading::Absent => panic!("bit {bit}"),
            }
        }
    }

    #[test]
    fn cart_002_each_defect_is_named() {
        assert_eq!(parse(&[0xFF; LEN]), Err(TagDefect::Blank));
        assert_eq!(parse(&[0; LEN]), Err(TagDefect::Magic));
        assert_eq!(parse(&forged(0, 1)), Err(TagDefect::Magic));
        let version = TagDefect::Version { found: 3 };
        assert_eq!(parse(&forged(4, 2)), Err(version));
        let mut damaged = signed(&IDENTITY);
        damaged[83] ^= 1;
        assert_eq!(parse(&damaged), Err(TagDefect::Crc));
        let nobody = signed(&Identity { id: 0, ..IDENTITY });
        assert_eq!(parse(&nobody), Err(TagDefect::NoIdentity));
        assert_eq!(read(&[0xFF; LEN], UNUSED), TagReading::Absent);
        assert_eq!(read(&[0; LEN], UNUSED), TagReading::Unreadable);
        assert_eq!(read(&forged(4, 2), UNUSED), TagReading::Unreadable);
        assert_eq!(read(&nobody, UNUSED), TagReading::Unreadable);
    }

    #[test]
    fn cart_002_a_stranger_s_signature_is_not_authentic() {
        let record = signed(&IDENTITY);
        let stranger = SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes();
        let reading = |makers: &[PublicKey]| TagVerifier::new().reading(&record, UNUSED, makers);
        assert_eq!(reading(&[]), present(false, false));
        assert_eq!(reading(&[stranger]), present(false, false));
        assert_eq!(reading(&[stranger, makers()[0]]), present(true, false));
    }

    #[test]
    fn cart_003_any_change_of_the_mark_is_use() {
        let record = signed(&IDENTITY);
        assert_eq!(read(&record, USED), present(true, true));
        for bit in 0..USED_LEN * 8 {
            let mut mark = UNUSED;
            mark[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&record, mark), present(true, true), "bit {bit}");
        }
    }

    #[test]
    fn cart_006_what_was_checked_once_is_not_taken_for_something_else() {
        let mut verifier = TagVerifier::new();
        let record = signed(&IDENTITY);
        for mark in [UNUSED, USED] {
            let used = mark == USED;
            let reading = verifier.reading(&record, mark, &makers());
            assert_eq!(reading, present(true, used));
        }
        // The same identity with another signature is checked anew, and so is the first one again.
        let copied = encode(&IDENTITY, &[1; SIGNATURE_LEN]);
        let reading = verifier.reading(&copied, UNUSED, &makers());
        assert_eq!(reading, present(false, false));
        let reading = verifier.reading(&record, UNUSED, &makers());
        assert_eq!(reading, present(true, false));
        assert_eq!(
            verifier.reading(&[0xFF; LEN], UNUSED, &makers()),
            TagReading::Absent
        );
        // What was checked is not checked again, which takes long: no key is asked for any more.
        assert_eq!(verifier.reading(&record, USED, &[]), present(true, true));
        assert_eq!(verifier.reading(&copied, USED, &[]), present(false, true));
        assert_eq!(verifier.reading(&record, USED, &[]), present(false, true));
    }
}
