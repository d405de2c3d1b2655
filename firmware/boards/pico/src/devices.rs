//! What the devices on the I2C bus say, as numbers.

use pen_app::tag_record::{LEN, USED_LEN};
use pen_core::io::Acceleration;
use pen_core::units::Duration;

/// First register of the magnetic encoder that is read: status, then the raw angle.
///
/// - Source: AS5600 datasheet, "STATUS 0x0B, RAW ANGLE 0x0C and 0x0D"
pub const ENCODER_REGISTER: u8 = 0x0B;

/// The raw angle in what the magnetic encoder answers, 12 bit, if its magnet is where it should be.
///
/// - Source: AS5600 datasheet, "MD magnet was detected, ML magnet too weak, MH magnet too strong"
#[must_use]
pub const fn encoder_counts([status, high, low]: [u8; 3]) -> Option<u16> {
    const STRONG: u8 = 1 << 3;
    const WEAK: u8 = 1 << 4;
    const DETECTED: u8 = 1 << 5;
    if status & (DETECTED | WEAK | STRONG) != DETECTED {
        return None;
    }
    Some(u16::from_be_bytes([high & 0x0F, low]))
}

/// The acceleration in what the accelerometer answers at +-8 g and high resolution: 4 mg a digit of
/// 12 bit, which stand at the upper end of the word.
///
/// - Source: LIS3DH datasheet, table 4, "FS = 8 g in HR mode: 4 mg/digit"
#[must_use]
pub const fn acceleration([x, y, z]: [i16; 3]) -> Acceleration {
    Acceleration {
        x_mg: (x >> 4) * 4,
        y_mg: (y >> 4) * 4,
        z_mg: (z >> 4) * 4,
        age: Duration::from_us(0),
    }
}

/// What a cartridge's memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The maker's record.
    pub record: [u8; LEN],
    /// The mark of use.
    pub mark: [u8; USED_LEN],
}

/// What a look at the cartridge's memory has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing, or nothing that was seen often enough.
    Nothing,
    /// Another cartridge, or none.
    Other(Option<Contents>),
    /// The same cartridge with another mark of use.
    Mark([u8; USED_LEN]),
}

/// Looks in a row that must agree on another content.
///
/// - Unit: looks. Source: none yet; the bus has no checksum of its own
const AGREE: u8 = 2;

/// Looks in a row that must have failed before the cartridge counts as gone.
///
/// - Unit: looks. Source: none yet; a memory that writes does not answer for 5 ms
const GONE: u8 = 3;

/// Which cartridge is there: one disturbed transfer changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presence {
    held: Option<Contents>,
    next: Option<Contents>,
    looks: u8,
}

impl Presence {
    /// No cartridge.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            held: None,
            next: None,
            looks: 0,
        }
    }

    /// Which cartridge is there.
    #[must_use]
    pub const fn held(&self) -> Option<&Contents> {
        self.held.as_ref()
    }

    /// Whether the last look agreed with what is held; otherwise the next one should come soon.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.looks == 0
    }

    /// Takes what one look has found: nothing when the memory did not answer.
    pub fn look(&mut self, found: Option<Contents>) -> Change {
        if found == self.held {
            self.looks = 0;
            return Change::Nothing;
        }
        if self.looks == 0 || found != self.next {
            self.next = found;
            self.looks = 0;
        }
        self.looks += 1;
        let needed = if found.is_some() { AGREE } else { GONE };
        if self.looks < needed {
            return Change::Nothing;
        }
        self.looks = 0;
        let before = core::mem::replace(&mut self.held, found);
        match (before, found) {
            (Some(before), Some(now)) if before.record == now.record => Change::Mark(now.mark),
            _ => Change::Other(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Contents = Contents {
        record: [1; LEN],
        mark: [0xFF; USED_LEN],
    };
    const USED: Contents = Contents {
        record: [1; LEN],
        mark: [0; USED_LEN],
    };
    const OTHER: Contents = Contents {
        record: [2; LEN],
        mark: [0xFF; USED_LEN],
    };

    fn holding(contents: Contents) -> Presence {
        let mut presence = Presence::new();
        assert_eq!(presence.look(Some(contents)), Change::Nothing);
        assert!(!presence.is_settled());
        let change = presence.look(Some(contents));
        assert_eq!(change, Change::Other(Some(contents)));
        assert!(presence.is_settled());
        presence
    }

    #[test]
    fn the_encoder_counts_only_with_its_magnet_in_place() {
        assert_eq!(encoder_counts([0x20, 0x0F, 0x3C]), Some(0x0F3C));
        assert_eq!(encoder_counts([0x67, 0xF1, 0x02]), Some(0x0102));
        for status in [0x00, 0x10, 0x08, 0x30, 0x28, 0x38] {
            assert_eq!(encoder_counts([status, 1, 2]), None, "{status:#x}");
        }
    }

    #[test]
    fn one_g_is_a_thousand_mg() {
        let upright = acceleration([0, -16, 250 << 4]);
        assert_eq!((upright.x_mg, upright.y_mg, upright.z_mg), (0, -4, 1_000));
        let ends = acceleration([i16::MIN, i16::MAX, 0]);
        assert_eq!((ends.x_mg, ends.y_mg), (-8_192, 8_188));
    }

    #[test]
    fn cart_006_one_disturbed_look_changes_nothing() {
        let mut presence = holding(FIRST);
        for disturbed in [Some(OTHER), None, Some(USED), None] {
            assert_eq!(presence.look(disturbed), Change::Nothing);
            assert!(!presence.is_settled());
        }
        assert_eq!(presence.look(Some(FIRST)), Change::Nothing);
        assert!(presence.is_settled());
        assert_eq!(presence.held(), Some(&FIRST));
    }

    #[test]
    fn cart_006_a_swap_and_a_removal_are_noticed() {
        let mut presence = holding(FIRST);
        assert_eq!(presence.look(Some(OTHER)), Change::Nothing);
        assert_eq!(presence.look(Some(OTHER)), Change::Other(Some(OTHER)));
        for _ in 1..GONE {
            assert_eq!(presence.look(None), Change::Nothing);
        }
        assert_eq!(presence.look(None), Change::Other(None));
        assert_eq!(presence.held(), None);
    }

    #[test]
    fn cart_003_a_new_mark_is_no_new_cartridge() {
        let mut presence = holding(FIRST);
        assert_eq!(presence.look(Some(USED)), Change::Nothing);
        assert_eq!(presence.look(Some(USED)), Change::Mark(USED.mark));
        assert_eq!(presence.held(), Some(&USED));
    }
}
