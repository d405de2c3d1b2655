//! The cartridge's memory as a tag reading asks for it.

use ed25519_dalek::{Signer, SigningKey};
use pen_app::tag_record::{Identity, LEN, USED, USED_AT, encode, message};
use pen_core::io::TagReading;

use super::frame::TAG_LEN;
use crate::assembly::factory::DEVELOPMENT_MAKER_SECRET;

/// Key of somebody who is no maker.
const STRANGER_SECRET: [u8; 32] = [0x5a; 32];

/// What a memory holds that reads so; nothing when no memory is there.
pub(super) fn contents(reading: TagReading) -> Option<[u8; TAG_LEN]> {
    let mut bytes = [0xff; TAG_LEN];
    let tag = match reading {
        TagReading::Absent => return None,
        TagReading::Unreadable => {
            bytes.iter_mut().take(LEN).for_each(|byte| *byte = 0);
            return Some(bytes);
        }
        TagReading::Present(tag) => tag,
    };
    let identity = Identity {
        id: tag.id,
        kind: tag.kind,
        expiry_day: tag.expiry_day,
    };
    let secret = if tag.authentic {
        DEVELOPMENT_MAKER_SECRET
    } else {
        STRANGER_SECRET
    };
    let signature = SigningKey::from_bytes(&secret).sign(&message(&identity));
    let record = encode(&identity, &signature.to_bytes());
    for (place, byte) in bytes.iter_mut().zip(record) {
        *place = byte;
    }
    if tag.used {
        let mark = bytes.iter_mut().skip(usize::from(USED_AT));
        for (place, byte) in mark.zip(USED) {
            *place = byte;
        }
    }
    Some(bytes)
}

/// Whether these writes spoil the mark of a cartridge that was never used.
pub(super) fn burns(written: &[(u16, u8)]) -> bool {
    let mark = u16::from(USED_AT)..u16::from(USED_AT) + 4;
    written
        .iter()
        .any(|(at, byte)| mark.contains(at) && *byte != 0xff)
}

#[cfg(test)]
mod tests {
    use pen_app::tag_record::{LEN, TagVerifier, USED_AT, USED_LEN};
    use pen_core::io::{Tag, TagReading};

    use super::{burns, contents};
    use crate::assembly::factory::maker_key;

    fn read(reading: TagReading) -> TagReading {
        let bytes = contents(reading).unwrap();
        let record: &[u8; LEN] = bytes.first_chunk().unwrap();
        let mark = bytes[usize::from(USED_AT)..]
            .first_chunk::<USED_LEN>()
            .unwrap();
        TagVerifier::new().reading(record, *mark, &[maker_key()])
    }

    #[test]
    fn a_memory_reads_as_it_was_made() {
        for authentic in [false, true] {
            for used in [false, true] {
                let reading = TagReading::Present(Tag {
                    id: 12_000_001,
                    kind: 2,
                    expiry_day: 9_000,
                    authentic,
                    used,
                });
                assert_eq!(read(reading), reading);
            }
        }
        assert_eq!(read(TagReading::Unreadable), TagReading::Unreadable);
        assert!(contents(TagReading::Absent).is_none());
    }

    #[test]
    fn only_the_mark_burns() {
        assert!(burns(&[(0, 0), (96, 0)]));
        assert!(burns(&[(99, 0x7f)]));
        assert!(!burns(&[(95, 0), (100, 0), (96, 0xff)]));
        assert!(!burns(&[]));
    }
}
