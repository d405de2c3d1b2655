//! What a session report holds.

use serde::Serialize;

use super::calibration::Fact;
use super::timeline::Sample;

/// What the pen did about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It said no and nothing changed.
    Refused,
    /// It braked and removed drive.
    Stopped,
    /// It went on, held back, and said so.
    HeldBack,
    /// It was within limits, so it was done.
    Allowed,
    /// It did not notice.
    NotNoticed,
}

impl Outcome {
    /// The word printed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "Refused",
            Self::Stopped => "Stopped",
            Self::HeldBack => "Held back",
            Self::Allowed => "Allowed",
            Self::NotNoticed => "Not noticed",
        }
    }

    /// The symbol printed beside the word.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Refused => "\u{2298}",
            Self::Stopped => "\u{25a0}",
            Self::HeldBack => "\u{25b2}",
            Self::Allowed => "\u{25cf}",
            Self::NotNoticed => "\u{2716}",
        }
    }
}

/// One attempt to break a limit, or to do something allowed for comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What was tried.
    pub tried: String,
    /// What the pen did, in its own words.
    pub response: String,
    /// The requirement that governs it.
    pub requirement: String,
    /// Deepest true protrusion during the attempt. Unit: um.
    pub peak_um: Option<i32>,
    /// Protrusion allowed during the attempt. Unit: um.
    pub peak_allowed_um: Option<i32>,
    /// Time from the physical onset to the brake. Unit: us.
    pub brake_us: Option<u32>,
    /// Time allowed for it. Unit: us.
    pub brake_allowed_us: Option<u32>,
    /// What the pen did, in one word.
    pub outcome: Outcome,
}

impl Attempt {
    /// Whether the limit held: the attempt was noticed and both measured values are allowed ones.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let is_within = |value: Option<i64>, allowed: Option<i64>| match (value, allowed) {
            (Some(value), Some(allowed)) => value <= allowed,
            (None, _) | (Some(_), None) => true,
        };
        self.outcome != Outcome::NotNoticed
            && is_within(
                self.peak_um.map(i64::from),
                self.peak_allowed_um.map(i64::from),
            )
            && is_within(
                self.brake_us.map(i64::from),
                self.brake_allowed_us.map(i64::from),
            )
    }
}

/// What one zone of skin received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneUse {
    /// The zone.
    pub zone: String,
    /// Deepest setting used. Unit: um.
    pub depth_um_max: i32,
    /// Motor-on time. Unit: ms.
    pub motor_on_ms: u64,
    /// Strokes of the needle bar.
    pub strokes: u64,
    /// Strokes times needles.
    pub punctures: u64,
    /// Punctures allowed.
    pub punctures_allowed: u64,
}

/// A mode with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModeSpan {
    /// The mode's name.
    pub mode: String,
    /// When it was entered. Unit: ms.
    pub from_ms: u64,
    /// When it was left. Unit: ms.
    pub to_ms: u64,
}

/// Something that happened, numbered in the plots by its place in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// When. Unit: ms.
    pub t_ms: u64,
    /// What.
    pub text: String,
}

/// The session over time, thinned by the caller with [`super::decimate_min_max`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// Depth the pen measured. Unit: um.
    pub depth_measured_um: Vec<Sample>,
    /// True peak protrusion of each stroke, which only the simulator knows. Unit: um.
    pub depth_peak_um: Vec<Sample>,
    /// The effective cap. Unit: um. A step where it changes.
    pub depth_cap_um: Vec<Sample>,
    /// Rate that was set. Unit: mHz. A step where it changes.
    pub rate_set_mhz: Vec<Sample>,
    /// Rate the pen measured. Unit: mHz.
    pub rate_measured_mhz: Vec<Sample>,
    /// True rate, which only the simulator knows. Unit: mHz.
    pub rate_true_mhz: Vec<Sample>,
    /// Modes, in order of time.
    pub modes: Vec<ModeSpan>,
    /// Events, in order of time.
    pub marks: Vec<Mark>,
}

/// One record of the pen's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalRow {
    /// Number, without gaps.
    pub seq: u64,
    /// When, on the pen's own clock. Unit: ms.
    pub t_ms: u64,
    /// Kind of record.
    pub kind: String,
    /// What it says.
    pub text: String,
}

/// A session, and what was done to break it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionReport {
    /// Unique; stands on every sheet.
    pub id: String,
    /// What to say when no real pen was used.
    pub simulated: Option<String>,
    /// Pen, firmware, calibration in force.
    pub pen: Vec<Fact>,
    /// Plan, cartridge, operator token.
    pub session: Vec<Fact>,
    /// Totals.
    pub summary: Vec<Fact>,
    /// What each zone received.
    pub zones: Vec<ZoneUse>,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// How it went.
    pub timeline: Timeline,
    /// Excerpt of the journal.
    pub journal: Vec<JournalRow>,
    /// What the excerpt leaves out, and whether the chain was checked.
    pub journal_note: String,
    /// What is simulated and what is not.
    pub simulated_parts: Vec<String>,
}

impl SessionReport {
    /// How many attempts met a limit that held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.attempts
            .iter()
            .filter(|attempt| attempt.is_held())
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Outcome};

    fn attempt(outcome: Outcome, peak: i32, brake_us: u32) -> Attempt {
        Attempt {
            tried: String::new(),
            response: String::new(),
            requirement: String::new(),
            peak_um: Some(peak),
            peak_allowed_um: Some(1_550),
            brake_us: Some(brake_us),
            brake_allowed_us: Some(20_000),
            outcome,
        }
    }

    #[test]
    fn numbers_overrule_the_claim() {
        assert!(attempt(Outcome::Stopped, 1_550, 20_000).is_held());
        assert!(!attempt(Outcome::Stopped, 1_551, 20_000).is_held());
        assert!(!attempt(Outcome::Stopped, 1_550, 20_001).is_held());
        assert!(!attempt(Outcome::NotNoticed, 0, 0).is_held());
        let unmeasured = Attempt {
            peak_um: None,
            brake_us: None,
            ..attempt(Outcome::Refused, 0, 0)
        };
        assert!(unmeasured.is_held());
    }
}
