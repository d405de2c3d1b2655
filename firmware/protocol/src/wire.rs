//! Postcard, made strict: one value has exactly one encoding, and every other is an error.

use crc::{Digest, Table};
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::CRC;

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WireError {
    /// Not an encoding of this type: unknown variant, cut short, out of range.
    Malformed,
    /// A value, but not in its only encoding (a number with needless bytes).
    NotShortest,
    /// A value, and then something else.
    Trailing {
        /// Bytes left over.
        bytes: usize,
    },
    /// The buffer is too small.
    NoRoom,
}

/// Writes a value to the front of `out` and returns the bytes written.
///
/// # Errors
/// [`WireError::NoRoom`]
pub fn to_bytes<'a, T: Serialize>(value: &T, out: &'a mut [u8]) -> Result<&'a [u8], WireError> {
    match postcard::to_slice(value, out) {
        Ok(bytes) => Ok(bytes),
        Err(_) => Err(WireError::NoRoom),
    }
}

/// Reads a value that takes up all of `bytes`.
///
/// # Errors
/// [`WireError::Malformed`], [`WireError::Trailing`] or [`WireError::NotShortest`].
pub fn from_bytes<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, WireError> {
    let Ok((value, rest)) = postcard::take_from_bytes::<T>(bytes) else {
        return Err(WireError::Malformed);
    };
    if !rest.is_empty() {
        return Err(WireError::Trailing { bytes: rest.len() });
    }
    match postcard::serialize_with_flavor(&value, Compare { expected: bytes }) {
        Ok(true) => Ok(value),
        Ok(false) | Err(_) => Err(WireError::NotShortest),
    }
}

/// CRC-32 of a value's encoding, without a buffer.
pub(crate) fn digest<T: Serialize>(value: &T) -> u32 {
    // The flavor below accepts every byte, and no type here refuses to be serialised.
    postcard::serialize_with_flavor(
        value,
        Sum {
            digest: CRC.digest(),
        },
    )
    .unwrap_or(0)
}

/// Takes bytes that are already known and says whether they are the same.
struct Compare<'a> {
    expected: &'a [u8],
}

impl Flavor for Compare<'_> {
    type Output = bool;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        match self.expected.split_first() {
            Some((first, rest)) if *first == byte => {
                self.expected = rest;
                Ok(())
            }
            _ => Err(postcard::Error::SerializeBufferFull),
        }
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.expected.is_empty())
    }
}

struct Sum {
    digest: Digest<'static, u32, Table<1>>,
}

impl Flavor for Sum {
    type Output = u32;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.digest.update(&[byte]);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.digest.update(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u32> {
        Ok(self.digest.finalize())
    }
}
