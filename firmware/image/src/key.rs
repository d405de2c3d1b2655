//! Public keys of the maker: whose limit profiles and cartridges a pen believes.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;

/// The public half of the key that signs simulated pens.
///
/// Its secret half is published in the simulator, so it proves nothing.
const DEVELOPMENT: [u8; 32] = [
    0x59, 0x31, 0x10, 0x8f, 0x1e, 0x3f, 0x93, 0xd8, 0x9e, 0x82, 0x25, 0xd6, 0x74, 0x1a, 0x28, 0xe1,
    0xa8, 0x02, 0xfd, 0x81, 0x2d, 0xda, 0x3a, 0x36, 0x49, 0x98, 0x70, 0xec, 0x39, 0x6d, 0xc5, 0x48,
];

/// An Ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakerKey([u8; 32]);

/// Text that is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither the word nor hexadecimal digits.
    #[error("`{found}` is no key: 64 hexadecimal digits are asked, or the word `development`")]
    Form {
        /// What was given.
        found: String,
    },
    /// No signature can be checked with it.
    #[error("{found} is no Ed25519 public key: it is no point of the curve, or of small order")]
    Point {
        /// What was given.
        found: String,
    },
}

impl MakerKey {
    /// The key that everybody can sign with. For simulators, tests and the bench.
    pub const DEVELOPMENT: Self = Self(DEVELOPMENT);

    /// A key as it stands in a header.
    #[must_use]
    pub const fn unchecked(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight bytes as digits: enough for people to tell keys apart.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl fmt::Display for MakerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for MakerKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text == "development" {
            return Ok(Self::DEVELOPMENT);
        }
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|digit| {
                digit
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            })
            .collect();
        let found = text.to_owned();
        let Some(digits) = digits.filter(|digits| digits.len() == 64) else {
            return Err(KeyError::Form { found });
        };
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.as_chunks::<2>().0) {
            *byte = pair[0] << 4 | pair[1];
        }
        match VerifyingKey::from_bytes(&key) {
            Ok(point) if !point.is_weak() => Ok(Self(key)),
            Ok(_) | Err(_) => Err(KeyError::Point { found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_development_key_is_the_one_of_the_simulator() {
        assert_eq!(
            *MakerKey::DEVELOPMENT.as_bytes(),
            pen_sim::assembly::factory::maker_key()
        );
        assert_eq!("development".parse(), Ok(MakerKey::DEVELOPMENT));
    }

    #[test]
    fn digits_of_either_case_are_a_key() {
        let text = MakerKey::DEVELOPMENT.to_string();
        assert_eq!(text.parse(), Ok(MakerKey::DEVELOPMENT));
        assert_eq!(text.to_uppercase().parse(), Ok(MakerKey::DEVELOPMENT));
        assert!(text.starts_with(&MakerKey::DEVELOPMENT.fingerprint()));
    }

    #[test]
    fn other_text_is_refused() {
        let good = MakerKey::DEVELOPMENT.to_string();
        for text in [
            "",
            "dev",
            &good[1..],
            &format!("{good}0"),
            &good.replace('f', "g"),
        ] {
            let found = text.to_owned();
            assert_eq!(text.parse::<MakerKey>(), Err(KeyError::Form { found }));
        }
    }

    #[test]
    fn digits_that_are_no_usable_point_are_refused() {
        // The neutral element, a point of order four, and a y without an x.
        let one = format!("01{}", "00".repeat(31));
        let zero = "00".repeat(32);
        let none = format!("02{}", "00".repeat(31));
        for found in [one, zero, none] {
            let key = found.parse::<MakerKey>();
            assert_eq!(key, Err(KeyError::Point { found }));
        }
    }
}
