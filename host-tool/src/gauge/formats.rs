//! What each driver understands of a line. The sources are in `docs/gauges.md`.

use super::number::{Shown, Sign, Unit, signed, step};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A value.
    Value(Shown),
    /// A value in answer to the request of this number.
    Answer(u8, Shown),
    /// That there is none, in plain words.
    None(String),
    /// Nothing about a value: an echo, a name.
    Nothing,
}

/// What a line says, or in plain words why it says nothing that is understood.
pub(super) type Parsed = Result<Said, String>;

/// Opto RS232: `+0012.345`, without a unit.
pub(super) fn opto(line: &str, unit: Unit) -> Parsed {
    let trouble = match line {
        // The echo of the request; a name when it is switched on.
        "?" => return Ok(Said::Nothing),
        line if line.starts_with("SY") => return Ok(Said::Nothing),
        "ERR0" => "its sensor failed: moved too fast, or scale and distance",
        "ERR1" => "it did not understand the request",
        "ERR2" => "it heard the request with a parity error: 7 data bits, even parity",
        "ERR3" | "OV" => "it is beyond its measuring range",
        _ => return signed(line, Sign::OrSpace, unit).and_then(pointed),
    };
    Ok(Said::None(trouble.to_owned()))
}

/// A value that has a decimal point, as the format demands.
fn pointed(shown: Shown) -> Parsed {
    if shown.text.contains('.') {
        Ok(Said::Value(shown))
    } else {
        Err(format!("`{}` has no decimal point", shown.text))
    }
}

/// Digits and point behind the sign of [`mux10`].
const MUX_LENGTH: usize = 8;

/// Data of a Mitutoyo multiplexer: `01A+0000.123`, without a unit.
pub(super) fn mux10(line: &str, unit: Unit) -> Parsed {
    let Some(rest) = line.strip_prefix("01A") else {
        return Err(match line.strip_prefix('0') {
            Some(rest) if rest.get(1..2) == Some("A") => {
                format!("`{line}` is of another channel; the gauge belongs to channel 1")
            }
            _ => format!("`{line}` does not begin with 01A: the line may have been cut"),
        });
    };
    if rest.len() != 1 + MUX_LENGTH {
        return Err(format!("`{line}` has not the 12 characters of this format"));
    }
    signed(rest, Sign::Always, unit).and_then(pointed)
}

/// Mahr Millimar C 1208, C 1216, C 1240 with OPTORSS or OPTORSD: `0.123mm`.
pub(super) fn millimar(line: &str) -> Parsed {
    if line == "?" || line.starts_with("MAHR") {
        return Ok(Said::Nothing);
    }
    with_unit(line).and_then(pointed)
}

/// Mahr Millimar C 1202 with the duplex cable, feature 1: `1 +000.12 mm`, and up to two marks of tolerance.
pub(super) fn c1202(line: &str) -> Parsed {
    let Some(rest) = line.strip_prefix("1 ") else {
        return Err(format!("`{line}` does not begin with feature 1"));
    };
    if rest == "ERR6" {
        return Ok(Said::None("its feature 1 is switched off".to_owned()));
    }
    let mut words = rest.split(' ');
    let (number, unit) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut marks = 0;
    for mark in words {
        marks += 1;
        if marks > 2 || !matches!(mark, "=" | "<" | ">") {
            return Err(format!("`{line}` has `{mark}` behind its unit"));
        }
    }
    let unit = Unit::of(unit).ok_or_else(|| format!("`{line}` has no unit of length"))?;
    signed(number, Sign::Always, unit).and_then(pointed)
}

/// A Digimatic adaptor of one's own: a number, or `#` and what is wrong.
pub(super) fn adaptor(line: &str, unit: Unit) -> Parsed {
    if let Some(why) = line.strip_prefix('#') {
        return Ok(Said::None(format!("the adaptor says: {}", why.trim())));
    }
    signed(line, Sign::Free, unit).map(Said::Value)
}

/// A number and a unit, the gap between them as they like it.
pub(super) fn plain(line: &str) -> Parsed {
    with_unit(line.trim_matches(' ')).map(Said::Value)
}

fn with_unit(line: &str) -> Result<Shown, String> {
    let end = line
        .find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '+' | '-' | '.'))
        .ok_or_else(|| format!("`{line}` has no unit: the line may have been cut"))?;
    let (number, unit) = line.split_at(end);
    let unit = unit.trim_matches(' ');
    let unit =
        Unit::of(unit).ok_or_else(|| format!("`{unit}` in `{line}` is no unit known here"))?;
    signed(number, Sign::Free, unit)
}

/// Marks of the project's own protocol, version 1.
const VERSION: &str = "G1";

/// The project's own line: `G1 K +0.501 mm 0.001 S*5F`.
pub(super) fn g1(line: &str) -> Parsed {
    let (body, sum) = line
        .split_once('*')
        .ok_or_else(|| format!("`{line}` has no check sum: the line may have been cut"))?;
    let right = format!("{:02X}", body.bytes().fold(0, |sum, byte| sum ^ byte));
    if sum != right {
        return Err(format!(
            "`{line}` has the check sum {sum}, its characters give {right}"
        ));
    }
    let words: Vec<&str> = body.split(' ').collect();
    let [version, who, rest @ ..] = words.as_slice() else {
        return Err(format!("`{line}` is too short"));
    };
    if *version != VERSION {
        return Err(format!(
            "`{line}` is of version {version}; this program knows {VERSION}"
        ));
    }
    let number = match *who {
        "K" => None,
        // One spelling each, so that no other reads as the same request.
        who => match who.parse::<u8>() {
            Ok(number) if number < 100 && who == number.to_string() => Some(number),
            _ => {
                return Err(format!(
                    "`{line}`: `{who}` is neither K nor a number of 0 to 99"
                ));
            }
        },
    };
    let shown = match rest {
        ["!", cause] => return g1_trouble(line, cause),
        [value, unit, a_step, state] => g1_value(line, value, unit, a_step, state)?,
        _ => {
            return Err(format!(
                "`{line}` has not the words of a value or of an error"
            ));
        }
    };
    Ok(match number {
        Some(number) => Said::Answer(number, shown),
        None => Said::Value(shown),
    })
}

fn g1_trouble(line: &str, cause: &str) -> Parsed {
    let words = match cause {
        "over" => "it is beyond its measuring range",
        "none" => "it has no value",
        "battery" => "its battery is low",
        "fault" => "it found a fault in itself",
        _ => return Err(format!("`{line}`: `{cause}` is no error of this protocol")),
    };
    Ok(Said::None(words.to_owned()))
}

fn g1_value(
    line: &str,
    value: &str,
    unit: &str,
    a_step: &str,
    state: &str,
) -> Result<Shown, String> {
    let unit = Unit::of(unit)
        .filter(|known| known.name() == unit)
        .ok_or_else(|| format!("`{line}`: `{unit}` is no unit of this protocol"))?;
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, behind)| behind.len());
    if decimals(value) != decimals(a_step) {
        return Err(format!("`{line}`: value and step differ in their decimals"));
    }
    let mut shown = signed(value, Sign::Always, unit)?;
    shown.step = Some(step(a_step, unit)?);
    shown.is_moving = match state {
        "S" => false,
        "M" => true,
        _ => return Err(format!("`{line}`: the state is `{state}`, neither S nor M")),
    };
    Ok(shown)
}
