//! The library: what sources say about each indication and each zone.
//!
//! Depths are nominal settings. About half of a setting below 1 mm arrives in skin (Lam 2008); no
//! depth is ever raised because of that.

use pen_core::plan::Zone;

use super::references::{
    CHU, COMMON, DEPTH_GUIDE, DERMAPEN, EXCEED, EXCEED_TRIAL, FAGHIHI, PRACTICE, Reference,
    SKINPEN_RECORD, SKINPEN_TRIAL,
};

/// What a plan can be begun from. None of them is a recommendation for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// Open pores, texture.
    Pores,
    /// Acne scars of the face; surgical and burn scars of the body.
    Scars,
    /// Fine lines and wrinkles.
    Wrinkles,
    /// Hyperpigmentation, melasma.
    Pigment,
    /// Stretch marks of the body.
    StretchMarks,
    /// Scalp, androgenetic alopecia.
    Scalp,
}

/// Thickness of the skin, as the depth guide distinguishes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skin {
    /// Thin, or not known: the shallower row.
    #[default]
    Thin,
    /// Thick.
    Thick,
}

/// From and to. Unit: um.
pub type Range = (i32, i32);

/// A depth for thin and for thick skin. Unit: um.
#[derive(Clone, Copy, Debug)]
pub struct Depths {
    /// Thin skin.
    pub thin: Range,
    /// Thick skin.
    pub thick: Range,
}

impl Depths {
    const fn same(range: Range) -> Self {
        Self {
            thin: range,
            thick: range,
        }
    }

    /// The row of this skin.
    #[must_use]
    pub const fn of(self, skin: Skin) -> Range {
        match skin {
            Skin::Thin => self.thin,
            Skin::Thick => self.thick,
        }
    }
}

/// What is said of the depths and the speed in a zone.
#[derive(Clone, Copy, Debug)]
pub struct ZoneRow {
    /// Depth. Unit: um.
    pub depths: Depths,
    /// Least and greatest speed level, of six.
    pub levels: (u32, u32),
    /// Where the depths and the levels come from.
    pub source: Reference,
}

/// A depth that a study used in one zone.
#[derive(Clone, Copy, Debug)]
pub struct Studied {
    /// Where.
    pub zone: Zone,
    /// Depth. Unit: um.
    pub depth_um: i32,
    /// Which study.
    pub source: Reference,
}

/// When the next session is, and how many there are.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Least and usual longest interval. Unit: days.
    pub interval_days: (u32, u32),
    /// Sessions of a course.
    pub sessions: u32,
    /// Where that comes from.
    pub source: Reference,
}

/// What sources say about an indication.
#[derive(Clone, Copy, Debug)]
pub struct IndicationRow {
    /// Name for people.
    pub title: &'static str,
    /// Depth. Unit: um.
    pub depths: Depths,
    /// Where the depths come from.
    pub source: Reference,
    /// More that was read about the depth.
    pub more: Option<(&'static str, Reference)>,
    /// A depth that was studied.
    pub studied: Option<Studied>,
    /// Zones in which it may be asked for, those of a usual plan first.
    pub zones: &'static [Zone],
    /// How many of them a usual plan has.
    pub usual: usize,
    /// Its course.
    pub course: Course,
    /// Whether the US class of devices was cleared for it anywhere (21 CFR 878.4430; FDA).
    pub label: &'static str,
}

impl Skin {
    /// As flags and plans spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Thin => "thin",
            Self::Thick => "thick",
        }
    }
}

impl Indication {
    /// Every indication.
    pub const ALL: [Self; 6] = [
        Self::Pores,
        Self::Scars,
        Self::Wrinkles,
        Self::Pigment,
        Self::StretchMarks,
        Self::Scalp,
    ];

    /// As flags and plans spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pores => "pores",
            Self::Scars => "scars",
            Self::Wrinkles => "wrinkles",
            Self::Pigment => "pigment",
            Self::StretchMarks => "stretch_marks",
            Self::Scalp => "scalp",
        }
    }

    /// The indication of this name; a dash counts as an underscore.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|it| it.word() == text)
    }

    /// What sources say about it.
    #[must_use]
    pub const fn row(self) -> IndicationRow {
        match self {
            Self::Pores => PORES,
            Self::Scars => SCARS,
            Self::Wrinkles => WRINKLES,
            Self::Pigment => PIGMENT,
            Self::StretchMarks => STRETCH_MARKS,
            Self::Scalp => SCALP,
        }
    }
}

const CLINICS: Course = Course {
    interval_days: (21, 42),
    sessions: 3,
    source: PRACTICE,
};

const PORES: IndicationRow = IndicationRow {
    title: "Open pores and texture of the face",
    depths: Depths::same((500, 1_000)),
    source: COMMON,
    more: None,
    studied: None,
    zones: &[
        Zone::Nose,
        Zone::Forehead,
        Zone::Cheek,
        Zone::Glabella,
        Zone::Perioral,
        Zone::Cheekbone,
        Zone::Neck,
    ],
    usual: 3,
    course: CLINICS,
    label: "no clearance of the US class names pores",
};

const SCARS: IndicationRow = IndicationRow {
    title: "Scars",
    depths: Depths {
        thin: (1_000, 1_250),
        thick: (1_500, 2_000),
    },
    source: DEPTH_GUIDE,
    more: Some((
        "settings of 0.25 to 2.0 mm in the pivotal trial",
        SKINPEN_TRIAL,
    )),
    studied: Some(Studied {
        zone: Zone::FacialScar,
        depth_um: 1_500,
        source: CHU,
    }),
    zones: &[
        Zone::Cheek,
        Zone::FacialScar,
        Zone::Cheekbone,
        Zone::Forehead,
        Zone::BodyScar,
    ],
    usual: 2,
    course: Course {
        interval_days: (30, 30),
        sessions: 3,
        source: SKINPEN_TRIAL,
    },
    label: "facial acne scars and abdominal scars were cleared in the US class, from 22 years of age",
};

const WRINKLES: IndicationRow = IndicationRow {
    title: "Fine lines and wrinkles",
    depths: Depths {
        thin: (500, 1_000),
        thick: (1_000, 1_500),
    },
    source: DEPTH_GUIDE,
    more: Some(("cleared at up to 1.5 mm", EXCEED)),
    studied: None,
    zones: &[
        Zone::Periorbital,
        Zone::Forehead,
        Zone::Glabella,
        Zone::Cheek,
        Zone::Perioral,
        Zone::Cheekbone,
        Zone::Neck,
    ],
    usual: 4,
    course: Course {
        interval_days: (30, 30),
        sessions: 4,
        source: EXCEED_TRIAL,
    },
    label: "facial wrinkles were cleared in the US class, from 22 years of age",
};

const PIGMENT: IndicationRow = IndicationRow {
    title: "Hyperpigmentation",
    depths: Depths::same((200, 500)),
    source: COMMON,
    more: Some((
        "the risk of pigment after inflammation rises with depth",
        COMMON,
    )),
    studied: None,
    zones: &[
        Zone::Forehead,
        Zone::Perioral,
        Zone::Cheek,
        Zone::Cheekbone,
        Zone::Glabella,
        Zone::Nose,
        Zone::Neck,
    ],
    usual: 4,
    course: CLINICS,
    label: "no clearance of the US class names pigment",
};

const STRETCH_MARKS: IndicationRow = IndicationRow {
    title: "Stretch marks of the body",
    depths: Depths::same((1_500, 2_000)),
    source: DEPTH_GUIDE,
    more: Some((
        "above 1.5 mm US labelling says \"not evaluated\"",
        SKINPEN_RECORD,
    )),
    studied: None,
    zones: &[Zone::StretchMark],
    usual: 1,
    course: Course {
        interval_days: (42, 56),
        sessions: 3,
        source: DERMAPEN,
    },
    label: "off label for the US class",
};

const SCALP: IndicationRow = IndicationRow {
    title: "Scalp, androgenetic alopecia",
    depths: Depths::same((500, 1_500)),
    source: DEPTH_GUIDE,
    more: None,
    studied: Some(Studied {
        zone: Zone::Scalp,
        depth_um: 600,
        source: FAGHIHI,
    }),
    zones: &[Zone::Scalp],
    usual: 1,
    course: Course {
        interval_days: (14, 14),
        sessions: 6,
        source: FAGHIHI,
    },
    label: "off label for the US class",
};

/// What the depth guide says about a zone; its chart has no neck, which is common practice.
#[must_use]
pub const fn zone_row(zone: Zone) -> ZoneRow {
    let (thin, thick, levels) = match zone {
        Zone::Forehead => ((250, 500), (500, 750), (1, 3)),
        Zone::Glabella => ((250, 500), (500, 1_000), (1, 3)),
        Zone::Nose => ((250, 250), (500, 500), (1, 2)),
        Zone::Periorbital => ((250, 250), (250, 500), (1, 3)),
        Zone::Perioral => ((250, 250), (250, 750), (1, 2)),
        Zone::Cheekbone => ((500, 500), (500, 1_000), (1, 3)),
        Zone::Cheek => ((500, 1_000), (1_000, 2_000), (2, 4)),
        Zone::FacialScar => ((1_000, 1_250), (1_500, 2_000), (1, 3)),
        Zone::Neck => ((250, 500), (500, 1_000), (1, 3)),
        Zone::Scalp => ((500, 1_500), (500, 1_500), (2, 4)),
        Zone::StretchMark => ((1_500, 2_000), (1_500, 2_000), (2, 4)),
        // The row for thick skin cannot be read in the source: that for thin skin counts.
        Zone::BodyScar => ((250, 500), (250, 500), (4, 6)),
    };
    ZoneRow {
        depths: Depths { thin, thick },
        levels,
        source: match zone {
            Zone::Neck => COMMON,
            _ => DEPTH_GUIDE,
        },
    }
}
