//! Questions about the instruments and the room, and what is not accepted without a reason.

use super::bench::Instruments;
use super::desk::{Desk, checked};
use super::observer::Reserved;
use super::typed::{Unit, number, reasoned};
use crate::client::Client;
use crate::error::HostError;
use crate::metrology::{BudgetInputs, RateInputs};
use crate::num::nearest;
use crate::report::{Fact, ReferenceInstrument};
use crate::words;

/// Temperatures at which lengths are compared without a word: 20 degC within 2 K. Source: ISO 1,
/// `docs/calibration.md`. Unit: degC.
const ROOM_C: std::ops::RangeInclusive<f64> = 18.0..=22.0;

/// Temperatures at which nothing is compared at all. Unit: degC.
const ROOM_FAR_C: std::ops::RangeInclusive<f64> = 5.0..=45.0;

/// One step of the pen's indication, as its messages carry it: 1 um and 1 mHz.
const PEN_STEP_NM: u32 = 1_000;
const PEN_STEP_MHZ: u32 = 1;

/// How the two instruments differ in their questions.
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
) -> Result<Asked, HostError> {
    let mut reserved = Vec::new();
    let gauge = instrument(desk, client, &GAUGE, today, &mut reserved)?;
    let tacho = instrument(desk, client, &TACHOMETER, today, &mut reserved)?;
    let temperature = temperature(desk, client, &mut reserved)?;
    let instruments = Instruments {
        depth: BudgetInputs {
            reference_expanded_nm: whole(gauge.stated.u * 1_000.0),
            reference_k_hundredths: gauge.stated.k_hundredths,
            reference_dof: gauge.stated.dof,
            // Readings are kept in whole micrometres.
            gauge_resolution_nm: whole(gauge.step * 1_000.0).max(1_000),
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
        references: vec![gauge.reference, tacho.reference],
        conditions: vec![Fact::new(
            "Temperature",
            format!("{temperature} \u{b0}C \u{b1} 1 K"),
        )],
        simulated: None,
    };
    Ok(Asked {
        instruments,
        gauge_step_nm: whole(gauge.step * 1_000.0),
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
    let asked = if unit == "Hz" { Unit::Hz } else { Unit::Um };
    let value = if unit == "um" || unit == "Hz" {
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
        conditions: Vec::new(),
        simulated: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Asked, BudgetInputs, Fact, GAUGE, RateInputs, Stated, ask, bare, certificate, due, named,
        stated,
    };
    use crate::error::HostError;
    use crate::procedure::{Answers, Reserved, in_service};

    /// 2026-11-22.
    const TODAY: u16 = 2_517;

    #[test]
    fn a_certificate_that_expired_or_is_missing_wants_a_reason() {
        assert_eq!(due("2026-11-22", TODAY), Ok(("2026-11-22".into(), None)));
        let said = due("2026-11-21", TODAY).unwrap_err();
        assert!(
            said.contains("expired") && said.contains("1 days ago"),
            "{said}"
        );
        let reason = Some("the new one is under way".to_owned());
        assert_eq!(
            due("2020-01-01 because the new one is under way", TODAY),
            Ok(("2020-01-01".into(), reason.clone()))
        );
        for text in ["", "C1, due 2027-01-01", "30.06.2027", "2027-02-30", "soon"] {
            assert!(due(text, TODAY).unwrap_err().contains("no date"), "{text}");
        }
        for text in ["", "-", "none", "N/A", "?"] {
            assert!(certificate(text).unwrap_err().contains("because"), "{text}");
            assert!(named(text, "serial number").is_err(), "{text}");
        }
        // A number has a digit.
        for text in ["no certificate yet", "pending", "under way", "C", "TBD"] {
            let said = certificate(text).unwrap_err();
            assert!(said.contains("because") && said.contains("digit"), "{said}");
            let reason = Some("the laboratory is late".to_owned());
            let with = format!("{text} because the laboratory is late");
            assert_eq!(certificate(&with), Ok(("none".into(), reason)), "{text}");
        }
        assert_eq!(
            certificate("none because the new one is under way"),
            Ok(("none".into(), reason))
        );
        assert_eq!(certificate("C-17"), Ok(("C-17".into(), None)));
    }

    /// What a file states of a gauge, a tachometer and the room.
    fn stated_by(
        gauge: &str,
        step: &str,
        due: &str,
        temperature: &str,
    ) -> Result<Asked, HostError> {
        let text = format!(
            "gauge serial: G-1\ngauge U um: {gauge}\ngauge resolution um: {step}\ngauge certificate: C-17\n\
             gauge due: {due}\ntachometer serial: T-2\ntachometer U ppm: 310, k=1.96\n\
             tachometer resolution Hz: 0.02\ntachometer certificate: none because it is new\n\
             tachometer due: 2026-11-22\ntemperature C: {temperature}\n"
        );
        let (_stage, mut client) = in_service(false);
        let mut desk = Answers::of("answers.txt", &text).unwrap();
        ask(&mut desk, &mut client, TODAY)
    }

    #[test]
    fn instruments_and_room_enter_the_budget_and_the_certificate_as_they_are_stated() {
        let asked = stated_by("4.5, k=2.13, v=20", "2", "2027-06-30", "20.5 C").unwrap();
        let depth = BudgetInputs {
            reference_expanded_nm: 4_500,
            reference_k_hundredths: 213,
            reference_dof: Some(20),
            gauge_resolution_nm: 2_000,
            pen_resolution_nm: 1_000,
            seating_standard_nm: 8_000,
            temperature_halfwidth_mk: 1_500,
            drift_nm_per_k: 1_500,
        };
        assert_eq!(asked.instruments.depth, depth);
        let rate = RateInputs {
            reference_expanded_ppm: 310,
            reference_k_hundredths: 196,
            reference_dof: None,
            reference_resolution_mhz: 20,
            pen_resolution_mhz: 1,
        };
        assert_eq!(asked.instruments.rate, rate);
        assert_eq!(asked.gauge_step_nm, 2_000);
        let references = asked.instruments.references.iter();
        let lines: Vec<[&str; 4]> = references
            .map(|it| [&it.name, &it.serial, &it.expanded, &it.certificate].map(String::as_str))
            .collect();
        assert_eq!(
            lines,
            [
                [
                    "Depth gauge, steps of 2 \u{b5}m",
                    "G-1",
                    "4.5 \u{b5}m, k = 2.13, 20 degrees of freedom",
                    "C-17, due 2027-06-30"
                ],
                [
                    "Tachometer, steps of 0.02 Hz",
                    "T-2",
                    "310 ppm, k = 1.96",
                    "none, due 2026-11-22"
                ],
            ]
        );
        let fact = Fact::new("Temperature", "20.5 \u{b0}C \u{b1} 1 K");
        assert_eq!(asked.instruments.conditions, [fact]);
        let reserved = [Reserved {
            what: "Tachometer T-2 has no certificate".to_owned(),
            reason: "it is new".to_owned(),
            no_plain_pass: true,
        }];
        assert_eq!(asked.reserved, reserved);
    }

    #[test]
    fn a_finer_gauge_counts_as_one_of_whole_micrometres_and_reads_its_own_steps() {
        let asked = stated_by("4", "0.5", "2027-06-30", "20").unwrap();
        assert_eq!(asked.instruments.depth.gauge_resolution_nm, 1_000);
        assert_eq!(asked.gauge_step_nm, 500);
        assert_eq!(asked.instruments.depth.temperature_halfwidth_mk, 1_000);
    }

    #[test]
    fn a_room_from_18_to_22_degrees_is_taken_and_another_with_a_reason_alone() {
        for (answer, halfwidth_mk, is_reserved) in [
            ("18", 3_000, false),
            ("22 because it is summer", 3_000, false),
            ("17 because the heating is off", 4_000, true),
            ("23.5 because it is summer", 4_500, true),
        ] {
            let asked = stated_by("4", "1", "2026-11-22", answer).unwrap();
            let depth = asked.instruments.depth;
            assert_eq!(depth.temperature_halfwidth_mk, halfwidth_mk, "{answer}");
            let rooms: Vec<(&str, bool)> = (asked.reserved.iter())
                .filter(|it| it.what.starts_with("the room was at"))
                .map(|it| (it.reason.as_str(), it.no_plain_pass))
                .collect();
            let reason = answer
                .split_once(" because ")
                .map(|(_, reason)| (reason, false));
            let reserved: Vec<_> = reason.filter(|_| is_reserved).into_iter().collect();
            assert_eq!(rooms, reserved, "{answer}");
        }
        for answer in [
            "17.9",
            "22.1",
            "4 because it is cold",
            "46 because it is hot",
        ] {
            assert!(
                stated_by("4", "1", "2026-11-22", answer).is_err(),
                "{answer}"
            );
        }
        // What expired takes the plain pass away, and is dated.
        let asked = stated_by(
            "4",
            "1",
            "2026-11-21 because the new one is under way",
            "20",
        )
        .unwrap();
        let expired = Reserved {
            what: "the certificate of Depth gauge G-1 expired on 2026-11-21".to_owned(),
            reason: "the new one is under way".to_owned(),
            no_plain_pass: true,
        };
        assert_eq!(asked.reserved[0], expired);
    }

    #[test]
    fn a_number_may_have_its_unit_where_it_is_read_off_a_display() {
        assert_eq!(bare("0.02 Hz", "Hz", &(0.001..=5.0)), Ok(0.02));
        assert_eq!(bare("0.5 um", "um", &(0.001..=100.0)), Ok(0.5));
        let said = |text: &str| bare(text, "ppm", &(1.0..=20_000.0)).unwrap_err();
        let comma = "`3,5` is not a number in ppm; type a point for decimals";
        assert_eq!(said("3,5"), comma);
        assert_eq!(said("310 ppm"), "`310 ppm` is not a number in ppm");
        assert_eq!(said("0.9"), "0.9 ppm is outside 1 to 20000 ppm");
    }

    #[test]
    fn an_uncertainty_is_taken_as_its_certificate_states_it() {
        let plain = Stated {
            u: 4.0,
            k_hundredths: 200,
            dof: None,
        };
        assert_eq!(stated("4", &GAUGE), Ok(plain));
        assert_eq!(
            stated("4, k=2.13, v=20", &GAUGE),
            Ok(Stated {
                k_hundredths: 213,
                dof: Some(20),
                ..plain
            })
        );
        for (text, word) in [
            ("0", "outside"),
            ("101", "outside"),
            ("0.004 mm", "millimetres"),
            ("4,5", "decimal comma"),
            ("4, k=0.5", "outside"),
            ("4, x=2", "not understood"),
            ("4, k", "not understood"),
            ("NaN", "not a number"),
        ] {
            let said = stated(text, &GAUGE).unwrap_err();
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
