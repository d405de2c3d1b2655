//! The limit profile as it is stored: what the maker signed, and the signature.
//!
//! ```text
//! postcard(DeviceProfile) | Ed25519 signature, 64 bytes, over DOMAIN and the postcard bytes
//! ```
//!
//! The serial number is in the profile, so that a signature is good for one device only.

use ed25519_dalek::{Signature, VerifyingKey};
use pen_core::profile::{DeviceProfile, ProfileDefect};
use pen_protocol::{from_bytes, to_bytes};

/// What every signed message of this kind begins with.
pub const DOMAIN: &[u8] = b"pen limit profile, format 1\0";

/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// Most bytes of a profile without its signature.
///
/// - Unit: bytes. Source: `schema/v1.txt`, each number at its longest, rounded up
pub const PROFILE_MAX: usize = 128;

/// A public key of the maker.
pub type PublicKey = [u8; 32];

/// Bytes that are filled from the front.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Bytes<N> {
    const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    fn extend(&mut self, more: &[u8]) -> Option<()> {
        self.bytes
            .get_mut(self.len..self.len + more.len())?
            .copy_from_slice(more);
        self.len += more.len();
        Some(())
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

/// What the maker signs.
pub type Message = Bytes<{ DOMAIN.len() + PROFILE_MAX }>;

/// What is stored.
pub type Record = Bytes<{ PROFILE_MAX + SIGNATURE_LEN }>;

/// The message that a maker's key must sign for this profile.
#[must_use]
pub fn message(profile: &DeviceProfile) -> Option<Message> {
    let mut buffer = [0; PROFILE_MAX];
    let body = to_bytes(profile, &mut buffer).ok()?;
    joined(DOMAIN, body)
}

/// The record of a profile and its signature.
#[must_use]
pub fn record(profile: &DeviceProfile, signature: &[u8; SIGNATURE_LEN]) -> Option<Record> {
    let mut buffer = [0; PROFILE_MAX];
    let body = to_bytes(profile, &mut buffer).ok()?;
    joined(body, signature)
}

/// Reads a record: the profile, if one of the maker's keys signed it.
///
/// # Errors
/// [`ProfileDefect::Unsigned`] when no key fits or the signature is missing,
/// [`ProfileDefect::Corrupt`] when what was signed is no profile.
pub fn open(record: &[u8], keys: &[PublicKey]) -> Result<DeviceProfile, ProfileDefect> {
    let unsigned = ProfileDefect::Unsigned;
    let (body, signature) = record.split_last_chunk::<SIGNATURE_LEN>().ok_or(unsigned)?;
    let message: Message = joined(DOMAIN, body).ok_or(ProfileDefect::Corrupt)?;
    let signature = Signature::from_bytes(signature);
    let is_signed = keys.iter().any(|key| {
        VerifyingKey::from_bytes(key)
            .is_ok_and(|key| key.verify_strict(message.as_slice(), &signature).is_ok())
    });
    if !is_signed {
        return Err(unsigned);
    }
    from_bytes(body).map_err(|_| ProfileDefect::Corrupt)
}

fn joined<const N: usize>(front: &[u8], back: &[u8]) -> Option<Bytes<N>> {
    let mut all = Bytes::new();
    all.extend(front)?;
    all.extend(back)?;
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use ed25519_dalek::{Signer, SigningKey};

    fn signed(key: &SigningKey) -> Record {
        let profile = examples::profile(7);
        let message = message(&profile).unwrap();
        record(&profile, &key.sign(message.as_slice()).to_bytes()).unwrap()
    }

    #[test]
    fn conf_004_only_a_profile_that_the_maker_signed_is_read() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let other = SigningKey::from_bytes(&[4; 32]);
        let maker = key.verifying_key().to_bytes();
        let stranger = other.verifying_key().to_bytes();
        let record = signed(&key);
        let bytes = record.as_slice();
        assert_eq!(open(bytes, &[maker]), Ok(examples::profile(7)));
        assert_eq!(open(bytes, &[stranger, maker]), Ok(examples::profile(7)));
        assert_eq!(open(bytes, &[stranger]), Err(ProfileDefect::Unsigned));
        assert_eq!(open(bytes, &[]), Err(ProfileDefect::Unsigned));
        assert_eq!(open(&bytes[..40], &[maker]), Err(ProfileDefect::Unsigned));
        assert_eq!(open(&[], &[maker]), Err(ProfileDefect::Unsigned));
    }

    #[test]
    fn conf_004_every_flipped_bit_of_a_signed_profile_is_noticed() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let maker = [key.verifying_key().to_bytes()];
        let record = signed(&key);
        for bit in 0..record.as_slice().len() * 8 {
            let mut bytes = record.as_slice().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                open(&bytes, &maker),
                Err(ProfileDefect::Unsigned),
                "bit {bit}"
            );
        }
    }
}
