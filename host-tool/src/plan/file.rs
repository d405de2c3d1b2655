//! The file format, and nothing of its meaning.

use pen_core::plan::{OverrideReason, Plan, Screening, Zone, ZonePlan};
use pen_core::profile::DeviceClass;
use pen_core::units::{Depth, Duration, Rate, Strokes};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Finding, PlanCourse, line_of, places};
use crate::course::Indication;

/// A plan file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Version of the format.
    pub(super) schema: Spanned<u32>,
    /// Name for people.
    pub(super) name: String,
    /// Class of device that it is for.
    pub(super) class: Spanned<Class>,
    /// Number of the plan.
    pub(super) id: Spanned<u32>,
    /// Number of the person who treats.
    pub(super) operator: Spanned<u32>,
    /// Token of the person who is treated.
    pub(super) token: Spanned<Token>,
    /// The operator's own cap.
    pub(super) operator_cap_um: Option<Spanned<i32>>,
    /// The course that it is a part of; the pen is not told.
    pub(super) course: Option<Spanned<CourseFile>>,
    /// The checklist.
    pub(super) screening: Spanned<Checklist>,
    /// The zones.
    pub(super) zones: Spanned<Vec<Spanned<ZoneFile>>>,
}

/// The course of a plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CourseFile {
    pub(super) indication: Spanned<String>,
    pub(super) sessions: Spanned<u32>,
    pub(super) interval_days: Spanned<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Class {
    Home,
    Professional,
}

/// The token of a patient: up to 16 hexadecimal digits, dashes between them as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token(pub(super) u64);

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        u64::from_str_radix(&digits, 16).map(Self).map_err(|_| {
            serde::de::Error::custom(format!(
                "`{text}` is no token: 1 to 16 hexadecimal digits, dashes allowed, as in \"7c1e-90af\""
            ))
        })
    }
}

/// The answer to one item of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Screened {
    /// It does not apply.
    No,
    /// It applies: the pen refuses the plan.
    Yes,
    /// It applies, and a named specialist has cleared it, where that is possible.
    Cleared,
}

impl Screened {
    /// As plans spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Cleared => "cleared",
        }
    }
}

macro_rules! checklist {
    ($($name:ident,)*) => {
        /// The items of [`Screening::ITEMS`], in their order; each has to be answered.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Checklist {
            $(pub(super) $name: Spanned<Screened>,)*
        }

        impl Checklist {
            /// The keys, in bit order.
            pub(super) const KEYS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The answers, in bit order.
            pub(super) fn answers(&self) -> Vec<&Spanned<Screened>> {
                vec![$(&self.$name),*]
            }
        }
    };
}

checklist! {
    active_infection,
    skin_cancer_or_suspicious_lesion,
    open_wound_or_severe_acne,
    psoriasis_or_eczema,
    keloid_or_hypertrophic_scars,
    bleeding_disorder_or_anticoagulants,
    pregnancy_or_nursing,
    isotretinoin_within_6_months,
    radiotherapy_or_chemotherapy_within_a_year,
    immune_suppression_or_uncontrolled_diabetes,
    allergy_to_nickel_or_steel,
    laser_peel_filler_or_toxin_within_waiting_time,
}

const _: () = assert!(Checklist::KEYS.len() == Screening::ITEMS.len());

impl Checklist {
    fn screening(&self) -> Screening {
        let mut screening = Screening {
            answered: Screening::COMPLETE,
            positive: 0,
            cleared: 0,
        };
        for (place, answer) in (0_u32..).zip(self.answers()) {
            match answer.get_ref() {
                Screened::No => {}
                Screened::Yes => screening.positive |= 1 << place,
                Screened::Cleared => {
                    screening.positive |= 1 << place;
                    screening.cleared |= 1 << place;
                }
            }
        }
        screening
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneFile {
    pub(super) zone: Spanned<ZoneName>,
    pub(super) depth_um: Spanned<i32>,
    pub(super) rate_hz: Spanned<u32>,
    pub(super) time_s: Spanned<u32>,
    pub(super) strokes: Spanned<u32>,
    /// Area, if somebody measured it; the pen is not told. Unit: cm2.
    pub(super) area_cm2: Option<Spanned<u32>>,
    #[serde(rename = "override")]
    pub(super) reason: Option<Spanned<Reason>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ZoneName {
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
    BodyScar,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    PhysicianOrder,
    PublishedProtocol,
    ThickScar,
}

impl ZoneName {
    pub(super) const fn zone(self) -> Zone {
        match self {
            Self::Forehead => Zone::Forehead,
            Self::Glabella => Zone::Glabella,
            Self::Nose => Zone::Nose,
            Self::Periorbital => Zone::Periorbital,
            Self::Perioral => Zone::Perioral,
            Self::Cheekbone => Zone::Cheekbone,
            Self::Cheek => Zone::Cheek,
            Self::FacialScar => Zone::FacialScar,
            Self::Neck => Zone::Neck,
            Self::Scalp => Zone::Scalp,
            Self::StretchMark => Zone::StretchMark,
            Self::BodyScar => Zone::BodyScar,
        }
    }
}

impl Reason {
    const fn reason(self) -> OverrideReason {
        match self {
            Self::PhysicianOrder => OverrideReason::PhysicianOrder,
            Self::PublishedProtocol => OverrideReason::PublishedProtocol,
            Self::ThickScar => OverrideReason::ThickScar,
        }
    }
}

impl ZoneFile {
    pub(super) fn plan(&self) -> ZonePlan {
        ZonePlan {
            zone: self.zone.get_ref().zone(),
            depth: Depth::from_um(*self.depth_um.get_ref()),
            rate: Rate::from_hz(*self.rate_hz.get_ref()),
            time: Duration::from_s(*self.time_s.get_ref()),
            strokes: Strokes::from_count(*self.strokes.get_ref()),
            override_reason: self.reason.as_ref().map(|reason| reason.get_ref().reason()),
        }
    }
}

impl PlanFile {
    /// The class of device that it is for.
    pub(super) fn device_class(&self) -> DeviceClass {
        match self.class.get_ref() {
            Class::Home => DeviceClass::Home,
            Class::Professional => DeviceClass::Professional,
        }
    }

    /// The plan with these zones.
    pub(super) fn plan_of(&self, zones: &[ZonePlan]) -> Plan {
        Plan {
            id: *self.id.get_ref(),
            day: 0,
            operator: *self.operator.get_ref(),
            token: self.token.get_ref().0,
            screening: self.screening.get_ref().screening(),
            operator_cap: self
                .operator_cap_um
                .as_ref()
                .map(|cap| Depth::from_um(*cap.get_ref())),
            zones: places(zones),
        }
    }

    /// The course, if it has one that is known.
    pub(super) fn course(&self) -> Option<PlanCourse> {
        let course = self.course.as_ref()?.get_ref();
        Some(PlanCourse {
            indication: Indication::named(course.indication.get_ref())?,
            sessions: *course.sessions.get_ref(),
            interval_days: *course.interval_days.get_ref(),
        })
    }

    /// Areas, by place in the plan.
    pub(super) fn areas_cm2(&self) -> Vec<Option<u32>> {
        let zones = self.zones.get_ref().iter();
        zones
            .map(|zone| zone.get_ref().area_cm2.as_ref().map(|it| *it.get_ref()))
            .collect()
    }

    /// The whole plan.
    pub(super) fn plan(&self) -> Plan {
        let zones: Vec<ZonePlan> = self
            .zones
            .get_ref()
            .iter()
            .map(|zone| zone.get_ref().plan())
            .collect();
        self.plan_of(&zones)
    }
}

/// Reads a file's text.
///
/// # Errors
/// What is not understood, with its line: the first such place.
pub fn parse(text: &str) -> Result<PlanFile, Finding> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let line = line_of(text, &span);
        super::explain::plainly(text, line, error.message())
    })
}
