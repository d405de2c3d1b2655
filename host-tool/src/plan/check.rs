//! What the core would say, asked zone by zone so that each complaint has its line.

use pen_core::limits;
use pen_core::plan::{Plan, Screening, ZONES_MAX};
use pen_core::profile::{Bound, DeviceProfile, Source, admit_plan};
use pen_core::request::Refusal;
use pen_core::units::Depth;
use toml::Spanned;

use super::file::{Checklist, PlanFile, Screened, ZoneFile};
use super::sources::{depth_sources, in_words};
use super::{Finding, extras, line_of, widest_profile};
use crate::words;

/// Version of the file format.
const SCHEMA: u32 = 1;

/// Every complaint about a file that could be read, in the order of the lines.
pub(super) fn findings(text: &str, file: &PlanFile, pen: Option<&DeviceProfile>) -> Vec<Finding> {
    let device = Device {
        profile: pen
            .copied()
            .unwrap_or_else(|| widest_profile(file.device_class())),
        is_pen: pen.is_some(),
    };
    let mut found = header(text, file);
    found.extend(class(text, file, &device));
    found.extend(checklist(text, file));
    found.extend(extras::findings(text, file));
    let zones = file.zones.get_ref();
    if zones.is_empty() {
        let problem = "no zone is named; at least one [[zones]] is needed".into();
        found.push(Finding {
            line: line_of(text, &file.zones.span()),
            field: "zones".into(),
            problem,
        });
    }
    for (place, zone) in zones.iter().enumerate() {
        found.extend(zone_findings(text, file, &device, place, zone));
    }
    if found.is_empty()
        && let Err(refusal) = admit_plan(&device.profile, &file.plan())
    {
        // Zone by zone all is well: what is left concerns the plan as a whole.
        let line = zones.first().map_or(1, |zone| line_of(text, &zone.span()));
        found.push(Finding {
            line,
            field: "zones".into(),
            problem: words::refusal(&refusal),
        });
    }
    found.sort_by_key(|finding| finding.line);
    found
}

/// What a plan is checked against.
struct Device {
    profile: DeviceProfile,
    /// It is that of a pen, and not the widest one of a class.
    is_pen: bool,
}

/// Whether the plan is for the class of this pen.
fn class(text: &str, file: &PlanFile, device: &Device) -> Option<Finding> {
    let (asked, is) = (file.device_class(), device.profile.class);
    if asked == is {
        return None;
    }
    let word = words::class;
    let problem = format!(
        "the plan is for a {} device, and this pen is a {} one",
        word(asked),
        word(is)
    );
    Some(at(text, "class", &file.class, problem))
}

fn at<T>(text: &str, field: &str, place: &Spanned<T>, problem: impl Into<String>) -> Finding {
    Finding {
        line: line_of(text, &place.span()),
        field: field.to_owned(),
        problem: problem.into(),
    }
}

fn header(text: &str, file: &PlanFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let schema = *file.schema.get_ref();
    if schema != SCHEMA {
        let problem = format!("{schema} is not known; this program reads schema {SCHEMA}");
        found.push(at(text, "schema", &file.schema, problem));
    }
    for (field, number) in [("id", &file.id), ("operator", &file.operator)] {
        if *number.get_ref() == 0 {
            found.push(at(
                text,
                field,
                number,
                "0 means nobody; allowed is 1 to 4294967295",
            ));
        }
    }
    if file.token.get_ref().0 == 0 {
        found.push(at(
            text,
            "token",
            &file.token,
            "0 means nobody; give the patient's token",
        ));
    }
    if let Some(cap) = &file.operator_cap_um
        && *cap.get_ref() <= 0
    {
        let problem = format!("asked {} um, allowed is at least 1 um", cap.get_ref());
        found.push(at(text, "operator_cap_um", cap, problem));
    }
    found
}

fn checklist(text: &str, file: &PlanFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let answers = file.screening.get_ref().answers();
    let items = Checklist::KEYS.iter().zip(Screening::ITEMS);
    for ((bit, (key, item)), answer) in (0_u32..).zip(items).zip(answers) {
        let clearable = Screening::CLEARABLE >> bit & 1 == 1;
        let problem = match answer.get_ref() {
            Screened::Yes if clearable => {
                format!(
                    "yes to \"{item}\" forbids the treatment unless a specialist \"cleared\" it"
                )
            }
            Screened::Yes => format!("yes to \"{item}\" forbids the treatment"),
            Screened::Cleared if !clearable => {
                format!("\"{item}\" cannot be cleared; allowed is \"no\" or \"yes\"")
            }
            Screened::No | Screened::Cleared => continue,
        };
        found.push(at(text, &format!("screening.{key}"), answer, problem));
    }
    found
}

fn zone_findings(
    text: &str,
    file: &PlanFile,
    device: &Device,
    place: usize,
    entry: &Spanned<ZoneFile>,
) -> Vec<Finding> {
    let zone = entry.get_ref();
    let name = words::zone(zone.zone.get_ref().zone());
    let field = |key: &str| format!("zones[{}].{key} ({name})", place + 1);
    let mut found = Vec::new();
    if place >= ZONES_MAX {
        let problem = format!("zone {} of at most {ZONES_MAX}", place + 1);
        found.push(at(text, &field("zone"), &zone.zone, problem));
    }
    let twin = file
        .zones
        .get_ref()
        .iter()
        .take(place)
        .any(|other| other.get_ref().zone.get_ref().zone() == zone.zone.get_ref().zone());
    if twin {
        found.push(at(
            text,
            &field("zone"),
            &zone.zone,
            "named twice in this plan",
        ));
    }
    found.extend(zone_numbers(text, file, device, zone, &field));
    found
}

fn zone_numbers(
    text: &str,
    file: &PlanFile,
    device: &Device,
    zone: &ZoneFile,
    field: &dyn Fn(&str) -> String,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let positive = [
        ("time_s", &zone.time_s),
        ("strokes", &zone.strokes),
        ("rate_hz", &zone.rate_hz),
    ];
    for (key, number) in positive {
        if *number.get_ref() == 0 {
            found.push(at(
                text,
                &field(key),
                number,
                "asked 0, allowed is at least 1",
            ));
        }
    }
    if *zone.depth_um.get_ref() <= 0 {
        let problem = format!(
            "asked {} um, allowed is at least 1 um",
            zone.depth_um.get_ref()
        );
        found.push(at(text, &field("depth_um"), &zone.depth_um, problem));
    }
    if !found.is_empty() {
        return found;
    }
    // What the header gets wrong was said above; here it must not hide what the zone gets wrong.
    let mut single = file.plan_of(&[zone.plan()]);
    single.screening = Screening::all_negative();
    single.id = single.id.max(1);
    single.operator = single.operator.max(1);
    single.token = single.token.max(1);
    single.operator_cap = single.operator_cap.filter(|cap| cap.as_um() > 0);
    let Err(refusal) = admit_plan(&device.profile, &single) else {
        return found;
    };
    let (key, span) = match refusal {
        Refusal::TooFast { .. } | Refusal::TooSlow { .. } => ("rate_hz", zone.rate_hz.span()),
        Refusal::TooLong { .. } => ("time_s", zone.time_s.span()),
        Refusal::TooManyStrokes { .. } => ("strokes", zone.strokes.span()),
        Refusal::OverrideNotAllowed { .. } | Refusal::OverrideWithoutNeed { .. } => (
            "override",
            zone.reason
                .as_ref()
                .map_or_else(|| zone.zone.span(), Spanned::span),
        ),
        _ => ("depth_um", zone.depth_um.span()),
    };
    let mut problem = words::refusal(&refusal);
    if let Refusal::TooDeep { asked, .. } = refusal {
        problem.push_str(&hint(zone, asked.as_um(), single.operator_cap));
    }
    problem.push_str(&why(&refusal, device, &single, zone));
    found.push(Finding {
        line: line_of(text, &span),
        field: field(key),
        problem,
    });
    found
}

/// Every source that was met, where the core met several, and what the rule is where it has one.
fn why(refusal: &Refusal, device: &Device, plan: &Plan, zone: &ZoneFile) -> String {
    let profile = &device.profile;
    match refusal {
        Refusal::TooDeep { allowed, by, .. } => {
            let all = depth_sources(profile, Some(&zone.plan()), plan.operator_cap, None);
            let bound = Bound {
                value: *allowed,
                by: *by,
            };
            format!("; sources: {}", in_words(&all, &bound, device.is_pen))
        }
        Refusal::TooFast { by, .. } if *by == Source::Absolute => format!(
            "; deeper than {} nothing is faster",
            words::depth(limits::DEPTH_PROFESSIONAL)
        ),
        Refusal::TooFast { .. } | Refusal::TooSlow { .. } if !device.is_pen => {
            "; that is the widest profile of the class, a pen's own may be narrower".to_owned()
        }
        Refusal::TooManyStrokes { .. } => "; set by the life of a cartridge".to_owned(),
        _ => String::new(),
    }
}

/// Says that an override would help, where it would: beyond the zone's cap, and not beyond the operator's.
fn hint(zone: &ZoneFile, asked_um: i32, operator: Option<Depth>) -> String {
    let caps = zone.zone.get_ref().zone().caps();
    let most = caps.with_override.min(limits::DEPTH_ABSOLUTE);
    let most = operator.map_or(most, |cap| cap.min(most));
    let lifted = caps.cap.deeper_by(1).as_um()..=most.as_um();
    if zone.reason.is_some() || !lifted.contains(&asked_um) {
        return String::new();
    }
    format!(
        "; with an override = \"physician_order\", \"published_protocol\" or \"thick_scar\" \
         on a professional device up to {}",
        words::depth(most)
    )
}
