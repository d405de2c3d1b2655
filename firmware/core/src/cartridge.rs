//! Cartridges: which are known, and whether this one may be used now.

use crate::io::{Tag, TagReading};
use crate::units::Depth;

/// The cartridge types this firmware knows. Every other code is refused (CART-002).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// 6 needles of 1.5 mm (code 1).
    Six,
    /// 12 needles of 2.5 mm (code 2).
    Twelve,
    /// 16 needles of 2.5 mm (code 3).
    Sixteen,
    /// 36 needles of 2.0 mm (code 4).
    ThirtySix,
    /// Blunt nano tip, 0.3 mm (code 5).
    Nano,
    /// The calibration dummy: a flat plate, no needles (code 200).
    Dummy,
}
any_enum!(Kind {
    Six,
    Twelve,
    Sixteen,
    ThirtySix,
    Nano,
    Dummy
});

impl Kind {
    /// The type of a raw tag code, or nothing for a code that is not known.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Six),
            2 => Some(Self::Twelve),
            3 => Some(Self::Sixteen),
            4 => Some(Self::ThirtySix),
            5 => Some(Self::Nano),
            200 => Some(Self::Dummy),
            _ => None,
        }
    }

    /// Number of needles.
    #[must_use]
    pub const fn needles(self) -> u32 {
        match self {
            Self::Six => 6,
            Self::Twelve => 12,
            Self::Sixteen => 16,
            Self::ThirtySix => 36,
            Self::Nano => 1,
            Self::Dummy => 0,
        }
    }

    /// The most needles that any type has: what must be assumed of a cartridge nobody remembers.
    pub(crate) const MOST_NEEDLES: u32 = Self::ThirtySix.needles();

    /// Length of the needles: protrusion beyond it is impossible to treat with (DEPTH-010).
    #[must_use]
    pub const fn length(self) -> Depth {
        match self {
            Self::Six => Depth::from_um(1_500),
            Self::Twelve | Self::Sixteen | Self::Dummy => Depth::from_um(2_500),
            Self::ThirtySix => Depth::from_um(2_000),
            Self::Nano => Depth::from_um(300),
        }
    }
}

/// Why a cartridge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CartridgeDefect {
    /// The seat switch is open.
    NotSeated,
    /// No tag answers.
    NoTag,
    /// The tag answers, but cannot be read.
    Unreadable,
    /// The tag's authenticity check failed.
    NotAuthentic,
    /// The type code is not known.
    UnknownKind {
        /// The code that the tag carries.
        code: u8,
    },
    /// It was used before, and not in this session.
    Used {
        /// The cartridge's identity.
        id: u64,
    },
    /// Its last day of use has passed, or today is not known.
    Expired {
        /// Last day of use, days since 2020-01-01.
        expiry_day: u16,
        /// Today as the plan says it.
        today: u16,
    },
    /// Its strokes are used up.
    WornOut {
        /// Strokes made.
        strokes: u32,
        /// Strokes allowed.
        allowed: u32,
    },
    /// It was resumed after too long a pause.
    PausedTooLong,
    /// The calibration dummy cannot treat, and needles cannot be calibrated with.
    WrongPurpose,
}

/// A cartridge that passed its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Identity.
    pub id: u64,
    /// Type.
    pub kind: Kind,
}

/// Checks that hold for any use: seated, identified, authentic, of a known type (CART-001, 002).
///
/// # Errors
/// The first [`CartridgeDefect`] found.
pub fn identify(seated: bool, reading: TagReading) -> Result<(Tag, Kind), CartridgeDefect> {
    if !seated {
        return Err(CartridgeDefect::NotSeated);
    }
    let tag = match reading {
        TagReading::Absent => return Err(CartridgeDefect::NoTag),
        TagReading::Unreadable => return Err(CartridgeDefect::Unreadable),
        // Zero stands for no cartridge in the ledger: it could not be remembered as used (CART-003).
        TagReading::Present(tag) if tag.id == 0 => return Err(CartridgeDefect::Unreadable),
        TagReading::Present(tag) => tag,
    };
    if !tag.authentic {
        return Err(CartridgeDefect::NotAuthentic);
    }
    match Kind::from_code(tag.kind) {
        Some(kind) => Ok((tag, kind)),
        None => Err(CartridgeDefect::UnknownKind { code: tag.kind }),
    }
}
