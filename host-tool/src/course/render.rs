//! A proposal as a plan file, each number with its source.

use std::fmt::Write as _;

use pen_core::plan::Screening;

use super::dose::{DENSITY_AIM, GLIDE_MM_S, PASSES, TIP_MM};
use super::propose::{Begun, Given, Proposal, ProposedZone};
use super::references;
use super::references::{
    CHU, COMMON, PASSES as PASSES_SOURCE, PRIME, PROPOSAL as CALCULATED, SKINPEN_USE,
};
use super::table::zone_row;
use crate::out::wrapped;
use crate::plan::{SCREENING_KEYS, Screened};
use crate::words;

/// Columns of a comment.
const COLUMNS: usize = 98;

/// What a plan says of people, and the answers to its checklist.
#[derive(Clone, Debug)]
pub struct Names {
    /// Name of the plan; the indication's if it is empty.
    pub name: String,
    /// Number of the plan.
    pub id: u32,
    /// Number of the person who treats.
    pub operator: u32,
    /// Token of the person who is treated, as it was given.
    pub token: String,
    /// The answers, in the order of the checklist.
    pub answers: Vec<Screened>,
}

/// The text of a plan file.
#[must_use]
pub fn render(proposal: &Proposal, names: &Names) -> String {
    let wish = &proposal.wish;
    let row = wish.indication.row();
    let mut text = String::new();
    let name = if names.name.trim().is_empty() {
        row.title
    } else {
        names.name.trim()
    };
    comment(&mut text, "", row.title);
    text.push_str("#\n");
    comment(
        &mut text,
        "",
        "Begun by `penctl plan new` from published numbers. No recommendation for any person: who \
         treats decides, with the person in front of them, within the limits that the pen enforces \
         anyway.",
    );
    text.push_str("#\n");
    header(&mut text, proposal);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\nschema = 1\nname = {}\nclass = \"{}\"\nid = {}\n# Who treats, by the number the practice gave them.\n\
         operator = {}\n# Who is treated. Only the practice can resolve the token.\ntoken = {}\n",
        quoted(name),
        words::class(wish.class),
        names.id,
        names.operator,
        quoted(&names.token),
    );
    if let Some(cap) = wish.operator_cap {
        let _ = writeln!(text, "operator_cap_um = {}", cap.as_um());
    }
    course(&mut text, proposal);
    text.push_str(
        "\n# Asked and answered: \"no\", \"yes\" (the pen refuses the plan), or \"cleared\" by a named specialist.\n[screening]\n",
    );
    let items = SCREENING_KEYS.iter().zip(Screening::ITEMS);
    for ((key, _), answer) in items.zip(&names.answers) {
        let _ = writeln!(text, "{key} = \"{}\"", answer.word());
    }
    for zone in &proposal.zones {
        zone_text(&mut text, proposal, zone);
    }
    text
}

fn header(text: &mut String, proposal: &Proposal) {
    let row = proposal.wish.indication.row();
    comment(text, "", "What holds for all zones:");
    if let Some((more, source)) = row.more {
        comment(text, "- ", &format!("Depth: {more} [{}].", source.key));
    }
    comment(text, "- ", &format!("Status: {}.", row.label));
    let pass = proposal
        .zones
        .iter()
        .map(|it| it.density / PASSES)
        .max()
        .unwrap_or(0);
    comment(
        text,
        "- ",
        &format!(
            "Passes: {PASSES}, in different directions [{}] [{}]. The time allows them at {GLIDE_MM_S} mm/s, a hand's \
             speed [{}], with a tip of {TIP_MM} mm; with {} needles one pass is then about {pass} punctures/cm2 at \
             most [{}].",
            CHU.key, PASSES_SOURCE.key, COMMON.key, proposal.wish.needles, CALCULATED.key,
        ),
    );
    if let Some(dense) = proposal.dense() {
        comment(
            text,
            "- ",
            &format!("WARNING: {dense} [{}] [{}].", PRIME.key, CALCULATED.key),
        );
    }
    comment(
        text,
        "- ",
        &format!(
            "Stop at redness (up to 0.5 mm) or at even pinpoint bleeding (from 1.0 mm) [{}]; a study of acne \
             scars stopped at pinpoint bleeding [{}]. Log each pass; never inside the orbital rim [{}].",
            COMMON.key, CHU.key, SKINPEN_USE.key
        ),
    );
    for left in &proposal.left_out {
        comment(text, "- ", &format!("Left out: {}.", left.why));
    }
    text.push_str("#\n");
    comment(text, "", "Sources:");
    let body = format!("{text}{}", zones_cited(proposal)).replace('#', " ");
    // A line may break within the name of a source.
    let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
    for reference in references::ALL {
        if body.contains(&format!("[{}]", reference.key)) {
            comment(
                text,
                "- ",
                &format!("[{}] {}.", reference.key, reference.text),
            );
        }
    }
}

/// Every reference that the zones and the course cite.
fn zones_cited(proposal: &Proposal) -> String {
    let mut cited = String::new();
    for zone in &proposal.zones {
        zone_text(&mut cited, proposal, zone);
    }
    course(&mut cited, proposal);
    cited
}

fn course(text: &mut String, proposal: &Proposal) {
    let course = &proposal.course;
    let (least, most) = course.interval_days;
    let apart = if least == most {
        format!("{least} days apart")
    } else {
        format!("{least} to {most} days apart")
    };
    text.push('\n');
    comment(
        text,
        "",
        &format!(
            "The course: {} sessions, {apart} [{}], never less than the recovery of the deepest zone [{}].",
            course.sessions, course.source.key, CALCULATED.key
        ),
    );
    let _ = write!(
        text,
        "[course]\nindication = \"{}\"\nsessions = {}\ninterval_days = {least}\n",
        proposal.wish.indication.word(),
        course.sessions
    );
}

fn zone_text(text: &mut String, proposal: &Proposal, zone: &ProposedZone) {
    let plan = &zone.plan;
    let there = zone_row(plan.zone);
    text.push('\n');
    let (range, begun) = (range(proposal, zone), begun(zone));
    comment(
        text,
        "",
        &format!(
            "Depth: {range}; begun at {}, {begun}. Limit: {}, set by the {}.",
            words::depth(plan.depth),
            words::depth(zone.ceiling.value),
            words::source(zone.ceiling.by),
        ),
    );
    let (time, dense) = (time(zone), dense(zone));
    comment(
        text,
        "",
        &format!(
            "Rate: level {} to {} of 6 [{}], over 50 to 150 Hz [{}], read as even steps and high enough for the \
             depth [{}]. Time: {time} [{}]. Strokes: time x rate; {PASSES} passes are about {} punctures/cm2{dense} \
             [{}].",
            zone.levels.0,
            zone.levels.1,
            there.source.key,
            PRIME.key,
            CALCULATED.key,
            CALCULATED.key,
            zone.density,
            CALCULATED.key,
        ),
    );
    let _ = write!(
        text,
        "[[zones]]\nzone = \"{}\"\ndepth_um = {}\nrate_hz = {}\ntime_s = {}\nstrokes = {}\n",
        words::zone(plan.zone),
        plan.depth.as_um(),
        plan.rate.as_mhz() / 1_000,
        plan.time.as_us() / 1_000_000,
        plan.strokes.as_count(),
    );
    if let Some(area) = zone.area_cm2 {
        let _ = writeln!(text, "area_cm2 = {area}");
    }
    if let Some(reason) = plan.override_reason {
        let _ = writeln!(text, "override = \"{}\"", words::override_reason(reason));
    }
}

/// The range of a zone with what says each end of it, and that the zone's counts instead of the indication's.
fn range(proposal: &Proposal, zone: &ProposedZone) -> String {
    let mm = |um: i32| words::depth(pen_core::units::Depth::from_um(um));
    let indication = proposal.wish.indication.row();
    let there = zone_row(zone.plan.zone).source;
    let cited = |end: Given| {
        let by = match end {
            Given::Indication => vec![indication.source],
            Given::Zone => vec![there],
            Given::Both if there == indication.source => vec![there],
            Given::Both => vec![indication.source, there],
            Given::Study(study) => vec![study],
        };
        let keys: Vec<String> = by.iter().map(|it| format!("[{}]", it.key)).collect();
        keys.join(" ")
    };
    let ((least, most), (by, by_most)) = (zone.range_um, zone.range_by);
    let (first, last) = (cited(by), cited(by_most));
    let skin = proposal.wish.skin;
    let on = format!("on {} skin", skin.word());
    let mut text = match (least == most, first == last) {
        (true, true) => format!("{} {on} {first}", mm(least)),
        (true, false) => format!("{} {on}, {first} to {last}", mm(least)),
        (false, true) => format!("{} to {} {on} {first}", mm(least), mm(most)),
        (false, false) => format!("{} {first} to {} {last} {on}", mm(least), mm(most)),
    };
    if by == Given::Zone || by_most == Given::Zone {
        let own = indication.depths.of(skin);
        let own = if own.0 == own.1 {
            mm(own.0)
        } else {
            format!("{} to {}", mm(own.0), mm(own.1))
        };
        let _ = write!(
            text,
            ", the zone's, where {} has {own} [{}]",
            proposal.wish.indication.word().replace('_', " "),
            indication.source.key
        );
    }
    text
}

/// Why a zone begins at its depth, in words.
fn begun(zone: &ProposedZone) -> String {
    match zone.begun {
        Begun::ShallowEnd => "its shallow end".to_owned(),
        Begun::Study(study) => format!("where a study was [{}]", study.key),
        Begun::DeepEnd(study) => {
            format!("its deep end, because a study was deeper [{}]", study.key)
        }
        Begun::Limit(study) => {
            format!("the limit, because a study was deeper [{}]", study.key)
        }
        Begun::Asked => "as asked for".to_owned(),
    }
}

/// What its time is for, in words.
fn time(zone: &ProposedZone) -> String {
    match zone.area_cm2 {
        Some(area) => format!("{PASSES} passes over {area} cm2"),
        None => format!(
            "{PASSES} passes over {} cm2, which is assumed and not measured",
            zone.timed_cm2
        ),
    }
}

/// That its punctures are more than the source aims at, if they are.
fn dense(zone: &ProposedZone) -> String {
    let (_, aim) = DENSITY_AIM;
    if zone.is_dense() {
        format!(", more than the {aim} of [{}]", PRIME.key)
    } else {
        String::new()
    }
}

/// Lines of a comment.
fn comment(text: &mut String, head: &str, words: &str) {
    let indent = " ".repeat(head.len());
    for (number, line) in wrapped(words, COLUMNS - head.len(), "").iter().enumerate() {
        let head = if number == 0 { head } else { &indent };
        let _ = writeln!(text, "# {head}{line}");
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
