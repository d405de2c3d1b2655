//! Treatment plans as files: TOML in, a plan of the core out, every complaint with its line.
//!
//! The file is read strictly: unknown keys, wrong units and missing answers are errors. What the
//! values may be is asked of the core, so that no limit exists twice.

mod check;
mod explain;
mod extras;
mod file;
mod sources;

use std::ops::Range;

use pen_core::limits;
use pen_core::plan::{Plan, ZONES_MAX, ZonePlan};
use pen_core::profile::{DeviceClass, DeviceProfile, Mechanism, MotorData};
use pen_core::units::Depth;
use serde::Serialize;

use crate::course::Indication;
use crate::error::{Code, HostError};

pub use file::{PlanFile, Screened, parse};
pub use sources::{depth_sources, in_words};

/// The items of the screening checklist as plans spell them, in the order of
/// [`pen_core::plan::Screening::ITEMS`].
pub const SCREENING_KEYS: &[&str] = file::Checklist::KEYS;

/// One complaint about a plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Line in the file, from 1.
    pub line: usize,
    /// Which field, as it is written in the file.
    pub field: String,
    /// What is wrong: what was asked, what is allowed.
    pub problem: String,
}

/// A plan file that was read and checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The class of device that it is for.
    pub class: DeviceClass,
    /// The name it gives itself.
    pub name: String,
    /// The plan, without a day: that is given when it is loaded.
    pub plan: Plan,
    /// The course that it is a part of.
    pub course: Option<PlanCourse>,
    /// Areas that somebody measured, by place in the plan. Unit: cm2.
    pub areas_cm2: Vec<Option<u32>>,
}

/// The course that a plan is a part of, as its file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanCourse {
    /// Why.
    #[serde(serialize_with = "as_word")]
    pub indication: Indication,
    /// Sessions in all.
    pub sessions: u32,
    /// Least time between two. Unit: days.
    pub interval_days: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn as_word<S: serde::Serializer>(indication: &Indication, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(indication.word())
}

/// Reads and checks a plan file's text.
///
/// # Errors
/// Every complaint there is, in the order of the lines.
pub fn read(text: &str) -> Result<Checked, Vec<Finding>> {
    read_for(text, None)
}

/// Reads and checks a plan file's text against the profile of one pen, if one is given.
///
/// # Errors
/// As [`read`].
pub fn read_for(text: &str, pen: Option<&DeviceProfile>) -> Result<Checked, Vec<Finding>> {
    let file = parse(text).map_err(|finding| vec![finding])?;
    let found = check::findings(text, &file, pen);
    if !found.is_empty() {
        return Err(found);
    }
    Ok(Checked {
        class: file.device_class(),
        name: file.name.clone(),
        plan: file.plan(),
        course: file.course(),
        areas_cm2: file.areas_cm2(),
    })
}

/// The complaints as one error, the first one in its text.
#[must_use]
pub fn refused(path: &str, findings: &[Finding]) -> HostError {
    let why: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "line {}, {}: {}",
                finding.line, finding.field, finding.problem
            )
        })
        .collect();
    HostError::new(
        Code::BadConfig,
        format!("{path} is not a plan that can be loaded"),
        why.join("; "),
    )
    .with_fix("correct the lines named above; nothing was sent to a pen")
}

/// Reads a plan file.
///
/// # Errors
/// It cannot be opened, or is no UTF-8 text.
pub fn load_text(path: &str) -> Result<String, HostError> {
    crate::text::read(path).map_err(|error| match error.what.ends_with("cannot be read") {
        true => error.with_fix("check the path; examples are in host-tool/plans"),
        false => error,
    })
}

/// The widest profile that a device of this class can have: what no such device admits is wrong
/// in any case. The pen checks again against its own profile.
#[must_use]
pub const fn widest_profile(class: DeviceClass) -> DeviceProfile {
    let depth_max = match class {
        DeviceClass::Home => limits::DEPTH_HOME,
        DeviceClass::Professional => Depth::from_um(limits::MECHANICAL_STROKE.as_um() - 1),
    };
    DeviceProfile {
        serial: 0,
        class,
        mechanism: Mechanism::Ring,
        depth_max,
        stroke: limits::MECHANICAL_STROKE,
        rate_min: limits::RATE_MIN,
        rate_max: limits::RATE_MAX,
        accel_mhz_per_ms: limits::ACCEL_MAX_MHZ_PER_MS,
        session_on: limits::SESSION_ON_MAX,
        session_elapsed: limits::SESSION_ELAPSED_MAX,
        motor: MotorData {
            resistance_mohm: 2_980,
            back_emf_uv_per_hz: 33_600,
            friction_mv: 50,
        },
    }
}

/// Line of a place in the text, from 1.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes()
        .take(span.start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

/// The zones in the core's form.
fn places(zones: &[ZonePlan]) -> [Option<ZonePlan>; ZONES_MAX] {
    let mut places = [None; ZONES_MAX];
    for (place, zone) in places.iter_mut().zip(zones) {
        *place = Some(*zone);
    }
    places
}

#[cfg(test)]
mod tests;
