//! Short text without an allocator.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// Up to `N` bytes of printable ASCII; on the wire a string.
///
/// Nothing else is let in, because hosts print it and logs keep it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    const FITS: () = assert!(N <= 127, "the length must fit one byte on the wire");

    /// The text, if it is short enough and printable ASCII.
    #[must_use]
    pub const fn new(text: &str) -> Option<Self> {
        let () = Self::FITS;
        let from = text.as_bytes();
        if from.len() > N {
            return None;
        }
        let mut bytes = [0; N];
        let mut len = 0_u8;
        let mut at = 0;
        while at < from.len() {
            if from[at] < b' ' || from[at] > b'~' {
                return None;
            }
            bytes[at] = from[at];
            at += 1;
            len += 1;
        }
        Some(Self { len, bytes })
    }

    /// No text.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            len: 0,
            bytes: [0; N],
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only `new` fills the bytes, and it lets in nothing but ASCII.
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(feature = "defmt")]
impl<const N: usize> defmt::Format for Text<N> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.as_str());
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Short<const N: usize>;

        impl<const N: usize> Visitor<'_> for Short<N> {
            type Value = Text<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {N} bytes of printable ASCII")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<N>, E> {
                Text::new(text).ok_or_else(|| E::custom("too long or not printable ASCII"))
            }
        }

        deserializer.deserialize_str(Short::<N>)
    }
}
