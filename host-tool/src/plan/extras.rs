//! What a plan file says that the pen is not told: its course, and areas.

use toml::Spanned;

use super::file::PlanFile;
use super::{Finding, line_of};
use crate::course::{AREA_CM2_MAX, Indication, recovery_days};
use crate::words;

/// Most sessions of a course that are believed. Source: our choice; the longest course of the
/// library has six.
const SESSIONS_MAX: u32 = 24;

/// Longest interval that is believed. Unit: days. Source: our choice; a year.
const INTERVAL_MAX_DAYS: u32 = 366;

/// Every complaint about them.
pub(super) fn findings(text: &str, file: &PlanFile) -> Vec<Finding> {
    let mut found = areas(text, file);
    let Some(course) = &file.course else {
        return found;
    };
    let course = course.get_ref();
    let mut say = |field: &str, line: usize, problem: String| {
        found.push(Finding {
            line,
            field: format!("course.{field}"),
            problem,
        });
    };
    let line = |span: &Spanned<u32>| line_of(text, &span.span());
    let name = course.indication.get_ref();
    if Indication::named(name).is_none() {
        let known: Vec<&str> = Indication::ALL.iter().map(|it| it.word()).collect();
        let at = line_of(text, &course.indication.span());
        say(
            "indication",
            at,
            format!("`{name}` is not known; there are {}", known.join(", ")),
        );
    }
    let sessions = *course.sessions.get_ref();
    if !(1..=SESSIONS_MAX).contains(&sessions) {
        say(
            "sessions",
            line(&course.sessions),
            format!("asked {sessions}, allowed is 1 to {SESSIONS_MAX}"),
        );
    }
    let zones = file.zones.get_ref().iter();
    let deepest = zones
        .map(|zone| *zone.get_ref().depth_um.get_ref())
        .max()
        .unwrap_or(0);
    let (asked, least) = (*course.interval_days.get_ref(), recovery_days(deepest));
    if !(least..=INTERVAL_MAX_DAYS).contains(&asked) {
        let depth = words::depth(pen_core::units::Depth::from_um(deepest));
        say(
            "interval_days",
            line(&course.interval_days),
            format!(
                "asked {asked} days, allowed is {least} to {INTERVAL_MAX_DAYS}; the recovery after {depth} is {least} days"
            ),
        );
    }
    found
}

fn areas(text: &str, file: &PlanFile) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, zone) in (1..).zip(file.zones.get_ref()) {
        let zone = zone.get_ref();
        let Some(area) = &zone.area_cm2 else { continue };
        if (1..=AREA_CM2_MAX).contains(area.get_ref()) {
            continue;
        }
        let name = words::zone(zone.zone.get_ref().zone());
        found.push(Finding {
            line: line_of(text, &area.span()),
            field: format!("zones[{number}].area_cm2 ({name})"),
            problem: format!(
                "asked {} cm2, allowed is 1 to {AREA_CM2_MAX} cm2",
                area.get_ref()
            ),
        });
    }
    found
}
