//! Questions about the instruments and the room, and what is not accepted without a reason.

use super::Settings;
use super::bench::Instruments;
use super::desk::{Desk, checked};
use super::observer::Reserved;
use super::typed::{Unit, number, reasoned};
use crate::client::Client;
use crate::error::HostError;
use crate::metrology::{BudgetInputs, CurrentInputs, RateInputs};
use crate::num::nearest;
use crate::report::{Fact, ReferenceInstrument};
use crate::words;

/// Temperatures at which lengths are compared without a word: 20 degC within 2 K. Source: ISO 1,
/// `docs/calibration.md`. Unit: degC.
const ROOM_C: std::ops::RangeInclusive<f64> = 18.0..=22.0;

/// Temperatures at which nothing is compared at all. Unit: degC.
const ROOM_FAR_C: std::ops::RangeInclusive<f64> = 5.0..=45.0;

/// One step of the pen's indication, as its messages carry it: 1 um, 1 mHz and 1 mA.
const PEN_STEP_NM: u32 = 1_000;
const PEN_STEP_MHZ: u32 = 1;
const PEN_STEP_UA: u32 = 1_000;

/// How the instruments differ in their questions.
struct Kind {
    /// First word of its keys.
    key: &'static str,
    /// What it is.
    name: &'static str,
    /// Unit of its uncertainty.
    u_unit: &'static str,
    /// Range of its uncertainty.
    u_range: std::ops::RangeInclusive<f64>,
    /// Unit of its display.
    unit: &'static str,
    /// Range of its step.
    step_range: std::ops::RangeInclusive<f64>,
}

const GAUGE: Kind = Kind {
    key: "gauge",
    name: "Depth gauge",
    u_unit: "um",
    u_range: 0.1..=100.0,
    unit: "um",
    step_range: 0.001..=100.0,
};

const TACHOMETER: Kind = Kind {
    key: "tachometer",
    name: "Tachometer",
    u_unit: "ppm",
    u_range: 1.0..=20_000.0,
    unit: "Hz",
    step_range: 0.001..=5.0,
};

const METER: Kind = Kind {
    key: "meter",
    name: "Meter",
    u_unit: "mA",
    u_range: 0.001..=20.0,
    unit: "mA",
    step_range: 0.001..=10.0,
};

/// An expanded uncertainty as a certificate states it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stated {
    u: f64,
    k_hundredths: u32,
    dof: Option<u32>,
}

struct Known {
    reference: ReferenceInstrument,
    stated: Stated,
    step: f64,
}

/// Instruments as a technician or a file states them.
pub(super) struct Asked {
    pub(super) instruments: Instruments,
    /// One step of the gauge. Unit: nm.
    pub(super) gauge_step_nm: u32,
    /// What was accepted with a reason.
    pub(super) reserved: Vec<Reserved>,
}

/// Asks for the instruments and the room.
///
/// # Errors
/// The technician gives up, or a file holds what is not accepted.
pub(super) fn ask(
    desk: &mut dyn Desk,
    client: &mut Client,
    today: u16,
    settings: &Settings,
) -> Result<Asked, HostError> {
    let mut reserved = Vec::new();
    let gauge = instrument(desk, client, &GAUGE, today, &mut reserved)?;
    let tacho = instrument(desk, client, &TACHOMETER, today, &mut reserved)?;
    let meter = if settings.has_current() {
        Some(instrument(desk, client, &METER, today, &mut reserved)?)
    } else {
        None
    };
    let temperature = temperature(desk, client, &mut reserved)?;
    let gauge_step_nm = whole(gauge.step * 1_000.0);
    let instruments = Instruments {
        depth: BudgetInputs {
            reference_expanded_nm: whole(gauge.stated.u * 1_000.0),
            reference_k_hundredths: gauge.stated.k_hundredths,
            reference_dof: gauge.stated.dof,
            // Readings are kept in whole micrometres.
            gauge_resolution_nm: gauge_step_nm.max(1_000),
            pen_resolution_nm: PEN_STEP_NM,
            seating_standard_nm: 8_000,
            temperature_halfwidth_mk: whole(((temperature - 20.0).abs() + 1.0) * 1_000.0),
            drift_nm_per_k: 1_500,
        },
        rate: RateInputs {
            reference_expanded_ppm: whole(tacho.stated.u),
            reference_k_hundredths: tacho.stated.k_hundredths,
            reference_dof: tacho.stated.dof,
            reference_resolution_mhz: whole(tacho.step * 1_000.0).max(1),
            pen_resolution_mhz: PEN_STEP_MHZ,
        },
        current: meter.as_ref().map(|meter| CurrentInputs {
            reference_expanded_ua: whole(meter.stated.u * 1_000.0),
            reference_k_hundredths: meter.stated.k_hundredths,
            reference_dof: meter.stated.dof,
            reference_resolution_ua: whole(meter.step * 1_000.0).max(1),
            pen_resolution_ua: PEN_STEP_UA,
        }),
        references: [Some(gauge), Some(tacho), meter]
            .into_iter()
            .flatten()
            .map(|it| it.reference)
            .collect(),
        conditions: vec![Fact::new(
            "Temperature",
            format!("{temperature} \u{b0}C \u{b1} 1 K"),
        )],
        simulated: None,
    };
    Ok(Asked {
        instruments,
        gauge_step_nm,
        reserved,
    })
}

fn instrument(
    desk: &mut dyn Desk,
    client: &mut Client,
    kind: &Kind,
    today: u16,
    reserved: &mut Vec<Reserved>,
) -> Result<Known, HostError> {
    let Kind {
        key, u_unit, unit, ..
    } = *kind;
    let serial = checked(
        desk,
        client,
        &format!("{key} serial"),
        &format!("serial number of the {}:", kind.name.to_lowercase()),
        &mut |answer| named(answer, "serial number"),
    )?;
    let stated = checked(
        desk,
        client,
        &format!("{key} U {u_unit}"),
        &format!("its expanded uncertainty in {u_unit}, k = 2 (else such as `4, k=2.13, v=20`):"),
        &mut |answer| stated(answer, kind),
    )?;
    let step = checked(
        desk,
        client,
        &format!("{key} resolution {unit}"),
        &format!("one step of its display or scale, in {unit}:"),
        &mut |answer| bare(answer, unit, &kind.step_range),
    )?;
    let certificate = trace(desk, client, kind, &serial, today, reserved)?;
    let k = f64::from(stated.k_hundredths) / 100.0;
    let dof = stated
        .dof
        .map_or_else(String::new, |dof| format!(", {dof} degrees of freedom"));
    let greek = |unit: &str| unit.replace("um", "\u{b5}m");
    let reference = ReferenceInstrument {
        name: format!("{}, steps of {step} {}", kind.name, greek(unit)),
        serial,
        expanded: format!("{} {}, k = {k}{dof}", stated.u, greek(u_unit)),
        certificate,
        traceability: "as its certificate says".to_owned(),
    };
    Ok(Known {
        reference,
        stated,
        step,
    })
}

/// Number and last day of the certificate, for the report.
fn trace(
    desk: &mut dyn Desk,
    client: &mut Client,
    kind: &Kind,
    serial: &str,
    today: u16,
    reserved: &mut Vec<Reserved>,
) -> Result<String, HostError> {
    let (number, no_certificate) = checked(
        desk,
        client,
        &format!("{} certificate", kind.key),
        "number of its certificate:",
        &mut certificate,
    )?;
    let (due, has_expired) = checked(
        desk,
        client,
        &format!("{} due", kind.key),
        "day on which it is due again, as 2027-06-30:",
        &mut |answer| due(answer, today),
    )?;
    let subject = format!("{} {serial}", kind.name);
    for (reason, what) in [
        (no_certificate, format!("{subject} has no certificate")),
        (
            has_expired,
            format!("the certificate of {subject} expired on {due}"),
        ),
    ] {
        reserved.extend(reason.map(|reason| Reserved {
            what,
            reason,
            no_plain_pass: true,
        }));
    }
    Ok(format!("{number}, due {due}"))
}

fn temperature(
    desk: &mut dyn Desk,
    client: &mut Client,
    reserved: &mut Vec<Reserved>,
) -> Result<f64, HostError> {
    let (value, because) = checked(
        desk,
        client,
        "temperature C",
        "temperature of the room, in C:",
        &mut |answer| {
            let (answer, because) = reasoned(answer)?;
            let answer = answer.trim_end_matches(['C', 'c', '\u{b0}']).trim();
            let value = bare(answer, "C", &ROOM_FAR_C)?;
            if ROOM_C.contains(&value) || because.is_some() {
                return Ok((value, because));
            }
            Err(format!(
                "{value} C is outside 18 to 22 C, where lengths are compared; wait, or answer `{value} \
                 because ...` with a reason, which stands on the certificate"
            ))
        },
    )?;
    if let Some(reason) = because.filter(|_| !ROOM_C.contains(&value)) {
        reserved.push(Reserved {
            what: format!("the room was at {value} \u{b0}C, outside 18 to 22 \u{b0}C"),
            reason,
            no_plain_pass: false,
        });
    }
    Ok(value)
}

/// Words that stand for nothing.
fn is_nothing(answer: &str) -> bool {
    let letters: String = answer.chars().filter(|it| it.is_alphanumeric()).collect();
    matches!(
        letters.to_lowercase().as_str(),
        "" | "none" | "na" | "no" | "unknown" | "x"
    )
}

fn named(answer: &str, what: &str) -> Result<String, String> {
    if is_nothing(answer) {
        return Err(format!(
            "`{answer}` is no {what}; it ties the result to the instrument"
        ));
    }
    Ok(answer.to_owned())
}

fn certificate(answer: &str) -> Result<(String, Option<String>), String> {
    let (number, because) = reasoned(answer)?;
    // Words such as `pending` tie the result to nothing.
    let is_number = number.chars().any(char::is_numeric);
    match (is_number, because) {
        (true, _) => Ok((number, None)),
        (false, Some(reason)) => Ok(("none".to_owned(), Some(reason))),
        (false, None) => Err(format!(
            "`{number}` is no number of a certificate, which has a digit; without one nothing is a plain pass: answer `none because ...` \
             with a reason, which stands on the certificate"
        )),
    }
}

fn due(answer: &str, today: u16) -> Result<(String, Option<String>), String> {
    let (date, because) = reasoned(answer)?;
    let day = words::day(&date)
        .ok_or_else(|| format!("`{date}` is no date; write it as 2027-06-30, year first"))?;
    if day >= today {
        return Ok((date, None));
    }
    because.map_or_else(
        || {
            Err(format!(
                "it expired on {date}, {} days ago; without a valid certificate nothing is a plain pass: \
                 answer `{date} because ...` with a reason, which stands on the certificate",
                today - day
            ))
        },
        |reason| Ok((date.clone(), Some(reason))),
    )
}

/// A number in the range, without a unit.
fn bare(answer: &str, unit: &str, range: &std::ops::RangeInclusive<f64>) -> Result<f64, String> {
    let asked = match unit {
        "um" => Some(Unit::Um),
        "Hz" => Some(Unit::Hz),
        "mA" => Some(Unit::Ma),
        _ => None,
    };
    let value = if let Some(asked) = asked {
        number(answer, asked)?.value
    } else {
        let is_comma = answer.contains(',');
        answer.parse::<f64>().map_err(|_| {
            let hint = if is_comma {
                "; type a point for decimals"
            } else {
                ""
            };
            format!("`{answer}` is not a number in {unit}{hint}")
        })?
    };
    if range.contains(&value) {
        return Ok(value);
    }
    Err(format!(
        "{value} {unit} is outside {} to {} {unit}",
        range.start(),
        range.end()
    ))
}

/// `4`, or `4, k=2.13, v=20`.
fn stated(answer: &str, kind: &Kind) -> Result<Stated, String> {
    let mut stated = Stated {
        u: 0.0,
        k_hundredths: 200,
        dof: None,
    };
    let (value, rest) = answer.split_once(", ").unwrap_or((answer, ""));
    stated.u = bare(value.trim(), kind.u_unit, &kind.u_range)?;
    for part in rest
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let not = || {
            format!("`{part}` is not understood behind the uncertainty; such as `4, k=2.13, v=20`")
        };
        let (name, value) = part.split_once('=').ok_or_else(not)?;
        match name.trim() {
            "k" => {
                let k = bare(value.trim(), "k", &(1.0..=14.0))?;
                stated.k_hundredths = whole(k * 100.0);
            }
            "v" => {
                let dof = bare(value.trim(), "degrees of freedom", &(1.0..=1_000_000.0))?;
                stated.dof = Some(whole(dof.floor()));
            }
            _ => return Err(not()),
        }
    }
    Ok(stated)
}

/// A positive value, rounded.
fn whole(value: f64) -> u32 {
    nearest(value).max(0).unsigned_abs()
}

/// Before anybody said what the instruments are.
pub(super) fn unknown() -> Instruments {
    Instruments {
        references: Vec::new(),
        depth: BudgetInputs {
            reference_expanded_nm: 0,
            reference_k_hundredths: 200,
            reference_dof: None,
            gauge_resolution_nm: 1_000,
            pen_resolution_nm: PEN_STEP_NM,
            seating_standard_nm: 8_000,
            temperature_halfwidth_mk: 2_000,
            drift_nm_per_k: 1_500,
        },
        rate: RateInputs {
            reference_expanded_ppm: 0,
            reference_k_hundredths: 200,
            reference_dof: None,
            reference_resolution_mhz: 10,
            pen_resolution_mhz: PEN_STEP_MHZ,
        },
        current: None,
        conditions: Vec::new(),
        simulated: None,
    }
}

#[cfg(test)]
mod tests;
