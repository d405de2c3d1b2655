//! What is asked for: a plan of zones. It is admitted whole or not at all (CONF-006).

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::units::{Depth, Duration, Rate, Strokes};

/// Most zones in one plan. Source: our choice; a full face is five.
pub const ZONES_MAX: usize = 8;

/// Where on the body. Each has its own caps; what is not listed cannot be named in a plan, the
/// orbital rim and the eyelids above all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Zone {
    /// Forehead.
    Forehead,
    /// Between the eyebrows.
    Glabella,
    /// Nose.
    Nose,
    /// Around the eyes, outside the orbital rim.
    Periorbital,
    /// Around the mouth.
    Perioral,
    /// Cheekbones.
    Cheekbone,
    /// Cheeks and chin.
    Cheek,
    /// Scars of the face.
    FacialScar,
    /// Neck and decollete.
    Neck,
    /// Scalp.
    Scalp,
    /// Stretch marks of the body.
    StretchMark,
    /// Surgical and burn scars of the body.
    BodyScar,
}
any_enum!(Zone {
    Forehead,
    Glabella,
    Nose,
    Periorbital,
    Perioral,
    Cheekbone,
    Cheek,
    FacialScar,
    Neck,
    Scalp,
    StretchMark,
    BodyScar
});

/// The caps of one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneCaps {
    /// Deepest without an override.
    pub cap: Depth,
    /// Deepest with a logged override; equal to `cap` where none is allowed.
    pub with_override: Depth,
}

impl Zone {
    /// Every zone; tests and the host walk it.
    pub const ALL: [Self; 12] = [
        Self::Forehead,
        Self::Glabella,
        Self::Nose,
        Self::Periorbital,
        Self::Perioral,
        Self::Cheekbone,
        Self::Cheek,
        Self::FacialScar,
        Self::Neck,
        Self::Scalp,
        Self::StretchMark,
        Self::BodyScar,
    ];

    /// The zone's caps (CONF-001, CONF-005). Source: `docs/limits.md#zones`.
    #[must_use]
    pub const fn caps(self) -> ZoneCaps {
        let (cap, with_override) = match self {
            Self::Periorbital => (500, 500),
            Self::Nose => (750, 750),
            Self::Forehead | Self::Glabella | Self::Perioral | Self::Neck => (1_000, 1_000),
            Self::Cheekbone | Self::Scalp => (1_500, 1_500),
            Self::Cheek | Self::FacialScar | Self::BodyScar => (1_500, 2_000),
            Self::StretchMark => (1_500, 2_500),
        };
        ZoneCaps {
            cap: Depth::from_um(cap),
            with_override: Depth::from_um(with_override),
        }
    }
}

/// Why somebody asks for more than the usual cap; journalled with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OverrideReason {
    /// A physician ordered it in writing.
    PhysicianOrder,
    /// A published protocol for this indication asks for it.
    PublishedProtocol,
    /// Scar tissue thicker than the zone's skin.
    ThickScar,
}
any_enum!(OverrideReason {
    PhysicianOrder,
    PublishedProtocol,
    ThickScar
});

/// One zone of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ZonePlan {
    /// Where.
    pub zone: Zone,
    /// Deepest protrusion in this zone.
    pub depth: Depth,
    /// Stroke rate.
    pub rate: Rate,
    /// Motor-on time allowed in this zone.
    pub time: Duration,
    /// Strokes allowed in this zone.
    pub strokes: Strokes,
    /// Why the usual cap may be exceeded, if it shall be.
    pub override_reason: Option<OverrideReason>,
}
any_struct!(ZonePlan {
    zone,
    depth,
    rate,
    time,
    strokes,
    override_reason
});

/// The answers to the screening checklist: one bit an item, see `docs/protocol.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Screening {
    /// Items that were answered.
    pub answered: u16,
    /// Items answered with yes.
    pub positive: u16,
    /// Positive items that a named specialist cleared.
    pub cleared: u16,
}
any_struct!(Screening {
    answered,
    positive,
    cleared
});

impl Screening {
    /// The items, in bit order: what each asks (SESS-007; `docs/limits.md#screening`).
    pub const ITEMS: [&'static str; 12] = [
        "active infection in the area (bacterial, viral, fungal)",
        "skin cancer or suspicious lesion in the area",
        "open wound or severe acne in the area",
        "psoriasis or eczema",
        "history of keloid or hypertrophic scars",
        "bleeding disorder or anticoagulants",
        "pregnancy or nursing",
        "isotretinoin within 6 months",
        "radiotherapy or chemotherapy within a year",
        "immune suppression or uncontrolled diabetes",
        "allergy to nickel or stainless steel",
        "laser, peel, filler or toxin within its waiting time",
    ];
    /// Every item answered.
    pub const COMPLETE: u16 = 0x0FFF;
    /// Items that a specialist may clear; the others end the matter.
    pub const CLEARABLE: u16 = 0x0FF8;

    /// All items answered with no.
    #[must_use]
    pub const fn all_negative() -> Self {
        Self {
            answered: Self::COMPLETE,
            positive: 0,
            cleared: 0,
        }
    }
}

const _: () = assert!(Screening::ITEMS.len() == 12);

/// A treatment plan as the host sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plan {
    /// The host's number for this plan; not zero.
    pub id: u32,
    /// Today, in days since 2020-01-01; only labels and expiry depend on it.
    pub day: u16,
    /// Who treats; not zero.
    pub operator: u32,
    /// Who is treated, as a token that only the practice can resolve; not zero.
    pub token: u64,
    /// The screening checklist.
    pub screening: Screening,
    /// A cap of the operator's own, tighter than the rest.
    pub operator_cap: Option<Depth>,
    /// The zones, without gaps.
    pub zones: [Option<ZonePlan>; ZONES_MAX],
}
any_struct!(Plan {
    id,
    day,
    operator,
    token,
    screening,
    operator_cap,
    zones
});

impl Plan {
    /// The zones that are there, with their places.
    pub fn zones(&self) -> impl Iterator<Item = (u8, &ZonePlan)> {
        (0_u8..)
            .zip(&self.zones)
            .filter_map(|(place, zone)| zone.as_ref().map(|zone| (place, zone)))
    }

    /// A number that differs for plans that allow different things (FNV-1a over what limits):
    /// an open session goes on under exactly the plan it was opened with (SESS-011).
    #[must_use]
    #[cfg_attr(feature = "verify", inline(never))]
    pub fn fingerprint(&self) -> u32 {
        let depth = |depth: Depth| depth.as_um().unsigned_abs();
        let mut sum = mix(0x811C_9DC5, self.id);
        sum = mix(sum, self.operator_cap.map_or(0, depth));
        // Place by place: a proof follows it where the place is known (docs/proof.md).
        for (place, zone) in (0_u8..).zip(&self.zones) {
            let Some(zone) = zone else { continue };
            let which = Zone::ALL.iter().position(|known| *known == zone.zone);
            let why = match zone.override_reason {
                None => 0,
                Some(OverrideReason::PhysicianOrder) => 1,
                Some(OverrideReason::PublishedProtocol) => 2,
                Some(OverrideReason::ThickScar) => 3,
            };
            sum = mix(sum, u32::from(place));
            sum = mix(
                sum,
                which
                    .and_then(|which| u32::try_from(which).ok())
                    .unwrap_or(u32::MAX),
            );
            sum = mix(sum, depth(zone.depth));
            sum = mix(sum, zone.rate.as_mhz());
            sum = mix(sum, zone.time.as_us());
            sum = mix(sum, zone.strokes.as_count());
            sum = mix(sum, why);
        }
        sum
    }

    /// The zone at a place.
    #[must_use]
    pub fn zone(&self, place: u8) -> Option<&ZonePlan> {
        self.zones.get(usize::from(place)).and_then(Option::as_ref)
    }
}

/// One FNV-1a step for each byte of a word.
fn mix(sum: u32, word: u32) -> u32 {
    word.to_le_bytes().into_iter().fold(sum, |sum, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
