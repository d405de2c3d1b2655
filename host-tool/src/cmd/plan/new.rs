//! `penctl plan new`: a plan file from an indication, by flags and by questions.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use pen_core::cartridge::Kind;
use pen_core::plan::{OverrideReason, Screening, Zone};
use pen_core::profile::DeviceClass;
use pen_core::units::Depth;
use serde_json::json;

use super::given;
use crate::cli::Context;
use crate::cmd::ask::Asker;
use crate::course::{Indication, Names, Proposal, Skin, Wish, propose, render};
use crate::error::{Code, HostError};
use crate::fresh;
use crate::out::{Align, Out, Table};
use crate::plan::{self, SCREENING_KEYS, Screened};
use crate::words;

/// Arguments of `plan new`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The numbers are from published sources, each named in the file's comments. None
is a recommendation for a person. A plan begins at the shallow end, or at the
depth that a study used, and never beyond a limit of the class.

Examples:
  penctl plan new                          asks for everything
  penctl plan indications                  what there is, and what home pens do
  penctl plan new p.toml --indication pores --class professional --id 12 \\
    --operator 7 --token 7c1e-90af --all-no
  penctl plan new s.toml --indication scars --class professional --skin thick \\
    --zones facial_scar --depth facial_scar=1800 --override thick_scar ...
  penctl plan new p.toml ... --area forehead=60 --area nose=12   in cm2")]
pub(crate) struct NewArgs {
    /// The file to be made; one that is there is not overwritten
    file: Option<String>,
    /// Why: pores, scars, wrinkles, pigment, stretch_marks, scalp
    #[arg(long, value_parser = given::indication)]
    indication: Option<Indication>,
    /// For which class of device: professional or home
    #[arg(long, value_parser = given::class)]
    class: Option<DeviceClass>,
    /// Skin: thin (or not known) or thick
    #[arg(long, value_parser = given::skin)]
    skin: Option<Skin>,
    /// Zones with commas between them [default: the usual ones of the indication]
    #[arg(long, value_name = "ZONE,...", value_parser = given::zone, value_delimiter = ',')]
    zones: Vec<Zone>,
    /// Depth of a zone, in um; may be given for several
    #[arg(long, value_name = "ZONE=UM", value_parser = given::zone_depth)]
    depth: Vec<(Zone, i32)>,
    /// Area of a zone, in cm2: its time follows from it; may be given for several [default: a typical one, assumed]
    #[arg(long, value_name = "ZONE=CM2", value_parser = given::zone_area)]
    area: Vec<(Zone, u32)>,
    /// Cartridge: six, twelve, sixteen, thirty_six, nano [default: twelve]
    #[arg(long, value_parser = given::cartridge)]
    cartridge: Option<Kind>,
    /// Why a usual cap may be exceeded: physician_order, published_protocol, thick_scar
    #[arg(long = "override", value_name = "REASON", value_parser = given::reason)]
    reason: Option<OverrideReason>,
    /// A cap of the operator's own, in um
    #[arg(long, value_name = "UM", value_parser = given::depth_um)]
    operator_cap: Option<i32>,
    /// Number of the plan
    #[arg(long, value_name = "NUMBER", value_parser = given::number)]
    id: Option<u32>,
    /// Number of the person who treats
    #[arg(long, value_name = "NUMBER", value_parser = given::number)]
    operator: Option<u32>,
    /// Token of the person who is treated: 1 to 16 hexadecimal digits; only the practice can resolve it
    #[arg(long, value_parser = given::token)]
    token: Option<String>,
    /// Name of the plan, for people; not of a person
    #[arg(long)]
    name: Option<String>,
    /// Answer of one item of the checklist: no, yes or cleared; may be given for several
    #[arg(long, value_name = "ITEM=ANSWER", value_parser = given::answered)]
    answer: Vec<(usize, Screened)>,
    /// Every item of the checklist was asked, and is no unless --answer says otherwise
    #[arg(long)]
    all_no: bool,
}

pub(crate) fn run(args: &NewArgs, context: &mut Context) -> Result<(), HostError> {
    if let Some(file) = &args.file {
        free(file)?;
    }
    let mut asker = None;
    let missing = missing(args);
    if !missing.is_empty() {
        asker = Asker::open("the plan", context.out.is_json());
        if asker.is_none() {
            return Err(HostError::usage(
                "the plan cannot be begun",
                format!("there is no {}", missing.join(", no ")),
            )
            .with_fix("give what is missing, or run it at a terminal, where it is asked for; see `penctl plan new --help`"));
        }
    }
    let proposal = proposal(args, asker.as_mut())?;
    told(&proposal, &mut context.out);
    let names = names(args, asker.as_mut())?;
    let file = match (&args.file, asker.as_mut()) {
        (Some(file), _) => file.clone(),
        (None, Some(asker)) => asker.ask("file to write the plan to", "plan.toml", |text| {
            free(text).map_err(|error| format!("{}: {}", error.what, error.why))?;
            Ok(text.to_owned())
        })?,
        // What is missing was told above.
        (None, None) => return Err(HostError::internal("no file is named")),
    };
    write(&proposal, &names, &file, &mut context.out)
}

/// Refuses a place for the plan before anybody is asked anything.
fn free(file: &str) -> Result<(), HostError> {
    fresh::may_be_made(Path::new(file)).map_err(|error| match error.code {
        // The file has no option: it stands behind `plan new`.
        Code::FileExists => error.with_fix("name another FILE, or move the old one away"),
        _ => error,
    })
}

/// What the flags leave open, in words; what has a default is not asked for without a terminal.
fn missing(args: &NewArgs) -> Vec<String> {
    let wanted = [
        ("FILE", args.file.is_none()),
        ("--indication", args.indication.is_none()),
        ("--class", args.class.is_none()),
        ("--id", args.id.is_none()),
        ("--operator", args.operator.is_none()),
        ("--token", args.token.is_none()),
    ];
    let mut missing: Vec<String> = wanted
        .iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(flag, _)| (*flag).to_owned())
        .collect();
    if !args.all_no {
        let open = (0..SCREENING_KEYS.len())
            .filter(|place| !args.answer.iter().any(|(it, _)| it == place))
            .filter_map(|place| SCREENING_KEYS.get(place));
        missing.extend(open.map(|key| format!("--answer {key}=")));
    }
    missing
}

/// What is asked for, made a proposal; a person is asked again where it cannot be.
fn proposal(args: &NewArgs, mut asker: Option<&mut Asker>) -> Result<Proposal, HostError> {
    loop {
        let wish = wish(args, asker.as_deref_mut())?;
        let refused = match propose(&wish) {
            Ok(proposal) => match asker {
                Some(asker) if args.area.is_empty() => return measured(proposal, asker),
                _ => return Ok(proposal),
            },
            Err(refused) => refused,
        };
        let error = HostError::usage("no plan can be made of that", refused.to_string())
            .with_fix("`penctl plan indications` lists what there is");
        // Only what was asked can be asked again.
        match asker.as_deref_mut() {
            Some(_) if args.indication.is_none() || args.class.is_none() => {
                super::super::ask::say(&format!("  {refused}\n"));
            }
            _ => return Err(error),
        }
    }
}

/// The same with the areas that somebody measured, asked for zone by zone.
fn measured(proposal: Proposal, asker: &mut Asker) -> Result<Proposal, HostError> {
    loop {
        let mut wish = proposal.wish.clone();
        for zone in &proposal.zones {
            let name = words::zone(zone.plan.zone);
            let question =
                format!("area of {name} in cm2 (length x width), - if nobody measured it");
            if let Some(area) = asker.ask(&question, "-", given::area)? {
                wish.areas_cm2.insert(name, area);
            }
        }
        match propose(&wish) {
            Ok(proposal) => return Ok(proposal),
            Err(refused) => super::super::ask::say(&format!("  {refused}\n")),
        }
    }
}

fn wish(args: &NewArgs, mut asker: Option<&mut Asker>) -> Result<Wish, HostError> {
    let nobody = || HostError::internal("something is missing that was looked for");
    let indication = match (args.indication, asker.as_deref_mut()) {
        (Some(it), _) => it,
        (None, Some(asker)) => asker.ask(
            "indication (pores, scars, wrinkles, pigment, stretch_marks, scalp)",
            "",
            given::indication,
        )?,
        (None, None) => return Err(nobody()),
    };
    let class = match (args.class, asker.as_deref_mut()) {
        (Some(it), _) => it,
        (None, Some(asker)) => asker.ask(
            "class of device (professional, home)",
            "professional",
            given::class,
        )?,
        (None, None) => return Err(nobody()),
    };
    let skin = match (args.skin, asker.as_deref_mut()) {
        (Some(it), _) => it,
        (None, Some(asker)) => asker.ask("skin (thin, thick)", "thin", given::skin)?,
        (None, None) => Skin::default(),
    };
    let row = indication.row();
    let zones = match asker {
        Some(asker) if args.zones.is_empty() => {
            let names = |zones: &[Zone]| {
                let names: Vec<&str> = zones.iter().map(|it| words::zone(*it)).collect();
                names.join(",")
            };
            let usual = names(row.zones.get(..row.usual).unwrap_or(row.zones));
            let question = format!("zones, of {}", names(row.zones));
            // The usual ones are not asked for by name: the class may leave some of them out.
            asker.ask(&question, &usual, given::zones).map(|zones| {
                if names(&zones) == usual {
                    Vec::new()
                } else {
                    zones
                }
            })?
        }
        _ => args.zones.clone(),
    };
    let kind = args.cartridge.unwrap_or(Kind::Twelve);
    Ok(Wish {
        indication,
        class,
        skin,
        zones,
        depths_um: by_name(&args.depth),
        areas_cm2: by_name(&args.area),
        needles: kind.needles(),
        length: kind.length(),
        reason: args.reason,
        operator_cap: args.operator_cap.map(Depth::from_um),
    })
}

fn by_name<T: Copy>(pairs: &[(Zone, T)]) -> BTreeMap<&'static str, T> {
    pairs
        .iter()
        .map(|(zone, value)| (words::zone(*zone), *value))
        .collect()
}

fn names(args: &NewArgs, mut asker: Option<&mut Asker>) -> Result<Names, HostError> {
    let mut number = |known: Option<u32>, question: &str| match (known, asker.as_deref_mut()) {
        (Some(known), _) => Ok(known),
        (None, Some(asker)) => asker.ask(question, "", given::number),
        (None, None) => Err(HostError::internal(question)),
    };
    let id = number(args.id, "number of the plan")?;
    let operator = number(args.operator, "number of the person who treats")?;
    let token = match (&args.token, asker.as_deref_mut()) {
        (Some(token), _) => token.clone(),
        (None, Some(asker)) => asker.ask(
            "token of the person who is treated (hexadecimal digits, no name)",
            "",
            given::token,
        )?,
        (None, None) => return Err(HostError::internal("token")),
    };
    if asker.is_some() && !args.all_no {
        super::super::ask::say(
            "  The checklist: no, yes (the pen refuses the plan), or cleared (by a named specialist).\n",
        );
    }
    let mut answers = Vec::with_capacity(SCREENING_KEYS.len());
    for (place, item) in Screening::ITEMS.iter().enumerate() {
        if args.answer.iter().filter(|(it, _)| *it == place).count() > 1 {
            return Err(HostError::usage(
                format!("`{item}` is answered more than once"),
                "each item of the checklist has one answer",
            )
            .with_fix("leave all but one --answer of it away"));
        }
    }
    for (place, item) in Screening::ITEMS.iter().enumerate() {
        let given = args.answer.iter().find(|(it, _)| *it == place);
        let answer = match (given, asker.as_deref_mut()) {
            (Some((_, answer)), _) => *answer,
            (None, _) if args.all_no => Screened::No,
            (None, Some(asker)) => {
                asker.ask(&format!("{item} (no, yes, cleared)"), "", given::answer)?
            }
            (None, None) => return Err(HostError::internal(*item)),
        };
        answers.push(answer);
    }
    Ok(Names {
        name: args.name.clone().unwrap_or_default(),
        id,
        operator,
        token,
        answers,
    })
}

/// Says what is proposed, and what the class leaves out.
fn told(proposal: &Proposal, out: &mut Out) {
    let mut table = Table::new(&[
        ("zone", Align::Left),
        ("depth", Align::Right),
        ("sources, mm", Align::Left),
        ("at most", Align::Right),
        ("by the", Align::Left),
        ("rate", Align::Right),
        ("time", Align::Right),
        ("strokes", Align::Right),
        ("per cm2", Align::Right),
    ]);
    for zone in &proposal.zones {
        table.row([
            words::zone(zone.plan.zone).to_owned(),
            words::depth(zone.plan.depth),
            range(zone.range_um),
            words::depth(zone.ceiling.value),
            words::source(zone.ceiling.by).to_owned(),
            words::rate(zone.plan.rate),
            words::span(zone.plan.time),
            zone.plan.strokes.as_count().to_string(),
            zone.density.to_string(),
        ]);
    }
    table.print(out);
    let assumed: Vec<String> = proposal
        .zones
        .iter()
        .filter(|it| it.area_cm2.is_none())
        .map(|it| format!("{} {} cm2", words::zone(it.plan.zone), it.timed_cm2))
        .collect();
    if !assumed.is_empty() {
        out.say(format!(
            "time by an area that is assumed, not measured: {}; give what you measure with --area",
            assumed.join(", ")
        ));
    }
    if let Some(dense) = proposal.dense() {
        out.warn(dense);
    }
    for left in &proposal.left_out {
        out.warn(format!("left out: {}", left.why));
    }
}

/// A range of depths, in mm without the unit.
fn range((least, most): (i32, i32)) -> String {
    let mm = |um: i32| words::depth(Depth::from_um(um)).replace(" mm", "");
    if least == most {
        return mm(least);
    }
    format!("{}-{}", mm(least), mm(most))
}

/// Checks what would be written as `plan check` does, and writes it.
fn write(proposal: &Proposal, names: &Names, file: &str, out: &mut Out) -> Result<(), HostError> {
    let text = render(proposal, names);
    if let Err(found) = plan::read(&text) {
        let mut error = plan::refused(file, &found);
        error.what = "that plan would be refused".to_owned();
        let why: Vec<String> = found
            .iter()
            .map(|it| format!("{}: {}", it.field, it.problem))
            .collect();
        error.why = why.join("; ");
        return Err(error.with_fix("nothing was written; answer or ask otherwise"));
    }
    fresh::write(Path::new(file), &text)?;
    let course = proposal.course;
    out.event(
        "plan_written",
        &json!({
            "file": file,
            "indication": proposal.wish.indication.word(),
            "class": words::class(proposal.wish.class),
            "zones": proposal.zones.iter().map(|it| json!({
                "zone": words::zone(it.plan.zone),
                "depth_um": it.plan.depth.as_um(),
                "at_most_um": it.ceiling.value.as_um(),
                "rate_hz": it.plan.rate.as_mhz() / 1_000,
                "time_s": it.plan.time.as_us() / 1_000_000,
                "strokes": it.plan.strokes.as_count(),
                "punctures_per_cm2": it.density,
                "area_cm2": it.area_cm2,
                "timed_cm2": it.timed_cm2,
                "is_dense": it.is_dense(),
            })).collect::<Vec<_>>(),
            "left_out": proposal.left_out.iter().map(|it| json!({
                "zone": words::zone(it.zone), "why": it.why,
            })).collect::<Vec<_>>(),
            "dense": proposal.dense(),
            "sessions": course.sessions,
            "interval_days": course.interval_days.0,
        }),
    );
    out.line(format!("wrote {file}"));
    out.say("read it, change what the person in front of you needs, then `penctl plan check`");
    Ok(())
}

/// Every indication, and what a home device can do of it.
pub(super) fn indications(out: &mut Out) {
    let mut table = Table::new(&[
        ("indication", Align::Left),
        ("thin skin, mm", Align::Left),
        ("thick skin, mm", Align::Left),
        ("days apart", Align::Right),
        ("sessions", Align::Right),
        ("zones", Align::Left),
    ]);
    let mut more = Vec::new();
    for indication in Indication::ALL {
        let row = indication.row();
        let zones: Vec<&str> = row.zones.iter().map(|it| words::zone(*it)).collect();
        let (least, most) = row.course.interval_days;
        let days = if least == most {
            least.to_string()
        } else {
            format!("{least}-{most}")
        };
        let home = home(indication);
        out.event(
            "indication",
            &json!({
                "indication": indication.word(), "title": row.title, "zones": zones,
                "thin_um": row.depths.thin, "thick_um": row.depths.thick,
                "interval_days": row.course.interval_days, "sessions": row.course.sessions,
                "label": row.label, "home": home,
                "sources": [row.source.text, row.course.source.text],
            }),
        );
        table.row([
            indication.word().to_owned(),
            range(row.depths.thin),
            range(row.depths.thick),
            days,
            row.course.sessions.to_string(),
            zones.join(", "),
        ]);
        more.push(format!(
            "{}: {}; depth by the {}; course by {}. At home: {home}",
            indication.word(),
            row.label,
            row.source.text,
            row.course.source.text
        ));
    }
    table.print(out);
    for text in more {
        out.line("");
        for line in crate::out::wrapped(&text, 78, "") {
            out.line(line);
        }
    }
}

/// What a home device can do of an indication, in words.
fn home(indication: Indication) -> String {
    let wish = Wish {
        indication,
        class: DeviceClass::Home,
        skin: Skin::Thin,
        zones: Vec::new(),
        depths_um: BTreeMap::new(),
        areas_cm2: BTreeMap::new(),
        needles: Kind::Twelve.needles(),
        length: Kind::Twelve.length(),
        reason: None,
        operator_cap: None,
    };
    match propose(&wish) {
        Ok(proposal) => {
            let zones = proposal.zones.iter().map(|it| {
                format!(
                    "{} at {}",
                    words::zone(it.plan.zone),
                    words::depth(it.plan.depth)
                )
            });
            zones.collect::<Vec<_>>().join(", ")
        }
        Err(why) => why.to_string(),
    }
}

#[cfg(test)]
mod tests;
