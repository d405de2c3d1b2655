//! What somebody typed, as a number, or in plain words why it is none.

use crate::num::nearest;

/// A unit in which readings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Micrometres.
    Um,
    /// Strokes per second.
    Hz,
    /// Milliamperes.
    Ma,
}

impl Unit {
    const fn word(self) -> &'static str {
        match self {
            Self::Um => "um",
            Self::Hz => "Hz",
            Self::Ma => "mA",
        }
    }

    /// Whether a suffix means this unit, and otherwise by what to multiply to come to it.
    fn factor(self, suffix: &str) -> Option<(f64, &'static str)> {
        match (self, suffix.to_lowercase().as_str()) {
            (Self::Um, "um" | "\u{b5}m" | "\u{3bc}m")
            | (Self::Hz, "hz" | "1/s" | "/s")
            | (Self::Ma, "ma") => Some((1.0, "")),
            (Self::Um, "mm") => Some((1_000.0, "millimetres")),
            (Self::Um, "nm") => Some((0.001, "nanometres")),
            (Self::Um, "cm") => Some((10_000.0, "centimetres")),
            (Self::Um, "in" | "\"" | "inch") => Some((25_400.0, "inches")),
            (Self::Hz, "rpm" | "1/min" | "/min") => Some((1.0 / 60.0, "strokes per minute")),
            (Self::Hz, "khz") => Some((1_000.0, "kilohertz")),
            (Self::Ma, "a") => Some((1_000.0, "amperes")),
            (Self::Ma, "ua" | "\u{b5}a" | "\u{3bc}a") => Some((0.001, "microamperes")),
            (Self::Um | Self::Hz | Self::Ma, _) => None,
        }
    }
}

/// A number as it was typed, and the reason that was typed behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typed {
    /// The number, in the unit that was asked for.
    pub value: f64,
    /// The line as it was typed.
    pub text: String,
    /// What stood behind `because`.
    pub because: Option<String>,
}

/// The word that separates an answer from the reason why it is right all the same.
const BECAUSE: &str = " because ";

/// Fewest letters that make a reason.
const REASON_MIN: usize = 5;

/// An answer and the reason behind it, if there is one.
///
/// # Errors
/// In plain words: the reason is too short to be one.
pub(super) fn reasoned(text: &str) -> Result<(String, Option<String>), String> {
    // So that an empty answer can have a reason too.
    let padded = format!(" {}", text.trim());
    let Some(place) = padded.to_ascii_lowercase().find(BECAUSE) else {
        return Ok((padded.trim().to_owned(), None));
    };
    let (answer, reason) = padded.split_at(place);
    let reason = reason[BECAUSE.len()..].trim();
    if reason
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count()
        < REASON_MIN
    {
        return Err(format!(
            "`{reason}` is no reason that somebody understands later; write a few words behind because"
        ));
    }
    Ok((answer.trim().to_owned(), Some(reason.to_owned())))
}

/// The number that was typed in this unit.
///
/// # Errors
/// In plain words: what is wrong with it, and what to type instead.
pub(super) fn number(text: &str, unit: Unit) -> Result<Typed, String> {
    let text = text.trim();
    let (answer, because) = reasoned(text)?;
    let value = plain(&answer, unit)?;
    Ok(Typed {
        value,
        text: text.to_owned(),
        because,
    })
}

fn plain(answer: &str, unit: Unit) -> Result<f64, String> {
    let word = unit.word();
    if answer.is_empty() {
        return Err(format!(
            "nothing was typed; type the number on the display, in {word}"
        ));
    }
    // A minus sign that an editor made pretty.
    let plain = answer.replace(['\u{2212}', '\u{2013}'], "-");
    let digits = plain
        .find(|letter: char| !letter.is_ascii_digit() && !"+-., '".contains(letter))
        .unwrap_or(plain.len());
    let (digits, suffix) = plain.split_at(digits);
    let (digits, suffix) = (digits.trim(), suffix.trim());
    if digits.is_empty() {
        return Err(format!(
            "`{answer}` is not a number; type the number on the display, in {word}"
        ));
    }
    let value = value_of(digits, answer)?;
    if suffix.is_empty() {
        return Ok(value);
    }
    match unit.factor(suffix) {
        Some((_, "")) => Ok(value),
        Some((factor, name)) => Err(format!(
            "`{answer}` is in {name}; {word} are asked for: if it is right, type {}",
            short(value * factor)
        )),
        None => Err(format!(
            "`{answer}` ends in `{suffix}`, which is not understood; type the number alone, in {word}"
        )),
    }
}

/// Digits with at most one sign and one decimal point.
fn value_of(digits: &str, answer: &str) -> Result<f64, String> {
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    let with_point = digits.replace(',', ".");
    if commas == 1 && points == 0 {
        let behind = digits.split(',').nth(1).map_or(0, str::len);
        // Also with a unit behind it, the decimal comma is what is named first.
        if behind == 3 {
            return Err(format!(
                "`{answer}`: is the comma a decimal sign or does it part thousands? Type {} or {}",
                with_point,
                digits.replace(',', "")
            ));
        }
        let unit = answer
            .trim_start_matches(|letter: char| !letter.is_alphabetic())
            .to_lowercase();
        if unit != "mm" {
            return Err(format!(
                "`{answer}` has a decimal comma; type a point: {with_point}"
            ));
        }
    } else if commas > 0 {
        return Err(format!(
            "`{answer}` has commas; type digits, and a point for decimals"
        ));
    }
    if digits.contains([' ', '\'']) {
        return Err(format!(
            "`{answer}` has gaps between its digits; type them together"
        ));
    }
    with_point
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("`{answer}` is not a number; type digits, and a point for decimals"))
}

/// A number without zeros that say nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number that an instrument with this step can show, in thousandths.
///
/// # Errors
/// In plain words: it lies between two steps, as a value typed in another unit does.
pub(super) fn on_step(typed: &Typed, step_thousandths: u32, unit: Unit) -> Result<i32, String> {
    let thousandths = nearest(typed.value * 1_000.0);
    let step = i32::try_from(step_thousandths).unwrap_or(i32::MAX).max(1);
    let is_whole = (typed.value * 1_000.0 - f64::from(thousandths)).abs() < 1e-6;
    if is_whole && thousandths % step == 0 {
        return Ok(thousandths);
    }
    let (word, hint) = match unit {
        Unit::Um => ("um", "; was it in mm?"),
        Unit::Hz => ("Hz", ""),
        Unit::Ma => ("mA", "; was it in A?"),
    };
    Err(format!(
        "`{}` lies between two steps of an instrument that shows steps of {} {word}{hint}",
        typed.text,
        short(f64::from(step) / 1_000.0)
    ))
}

#[cfg(test)]
mod tests {
    use super::{Unit, number, on_step, reasoned};

    fn um(text: &str) -> Result<f64, String> {
        number(text, Unit::Um).map(|typed| typed.value)
    }

    #[test]
    fn plain_numbers_are_taken_with_their_own_unit_and_a_pretty_minus() {
        for (text, value) in [
            ("500", 500.0),
            (" -50 ", -50.0),
            ("+7", 7.0),
            ("\u{2212}50", -50.0),
            ("500 um", 500.0),
            ("500\u{b5}m", 500.0),
            ("499.5", 499.5),
        ] {
            assert_eq!(um(text), Ok(value), "{text}");
        }
        assert_eq!(number("50.01 Hz", Unit::Hz).unwrap().value, 50.01);
        assert_eq!(number("-0.4 mA", Unit::Ma).unwrap().value, -0.4);
    }

    #[test]
    fn what_is_not_understood_is_explained_with_what_to_type_instead() {
        for (text, words) in [
            ("", &["nothing was typed"][..]),
            ("NaN", &["not a number"]),
            ("inf", &["not a number"]),
            ("-", &["not a number"]),
            ("1e3", &["`e3`", "number alone"]),
            ("4,0", &["decimal comma", "4.0"]),
            ("0,4 mm", &["millimetres", "type 400"]),
            ("1.25 mm", &["millimetres", "type 1250"]),
            ("0.05in", &["inches", "1270"]),
            ("1,250", &["1.250", "1250"]),
            ("1,250,000", &["commas"]),
            ("1 250", &["gaps"]),
            ("1.2.3", &["not a number"]),
            ("--5", &["not a number"]),
            ("500 bananas", &["bananas"]),
        ] {
            let said = um(text).unwrap_err();
            for word in words {
                assert!(said.contains(word), "{text}: {said}");
            }
        }
        for (text, name, value) in [
            ("0.0413 A", "amperes", "41.3"),
            ("41300 uA", "microamperes", "41.3"),
            ("41300 \u{b5}A", "microamperes", "41.3"),
        ] {
            let said = number(text, Unit::Ma).unwrap_err();
            assert!(
                said.contains(name) && said.ends_with(&format!("type {value}")),
                "{said}"
            );
        }
        let said = number("3000 rpm", Unit::Hz).unwrap_err();
        assert!(
            said.contains("strokes per minute") && said.contains("type 50"),
            "{said}"
        );
    }

    #[test]
    fn what_is_asked_for_is_named_with_its_unit() {
        for (unit, word) in [(Unit::Um, "um"), (Unit::Hz, "Hz"), (Unit::Ma, "mA")] {
            let said = number("", unit).unwrap_err();
            let typed = format!("nothing was typed; type the number on the display, in {word}");
            assert_eq!(said, typed);
            let said = number("x", unit).unwrap_err();
            let typed = format!("`x` is not a number; type the number on the display, in {word}");
            assert_eq!(said, typed);
        }
    }

    #[test]
    fn five_letters_are_a_reason_and_four_are_none() {
        let reason = Some("of it: 5 s".to_owned());
        assert_eq!(
            reasoned("620 because of it: 5 s"),
            Ok(("620".to_owned(), reason))
        );
        for text in [
            "620 because of it: 55",
            "620 because late",
            "620 because 12345",
        ] {
            let said = reasoned(text).unwrap_err();
            assert!(said.contains("write a few words behind because"), "{said}");
        }
    }

    #[test]
    fn a_thousandth_of_a_millionth_is_between_two_steps() {
        // The second is the float of which a thousand are a millionth.
        for text in ["0.000000001", "0.0000000009999999999999999"] {
            let typed = number(text, Unit::Um).unwrap();
            assert!(on_step(&typed, 1, Unit::Um).is_err(), "{text}");
        }
        let typed = number("0.0000000001", Unit::Um).unwrap();
        assert_eq!(on_step(&typed, 1, Unit::Um), Ok(0));
    }

    #[test]
    fn a_value_between_two_steps_is_no_reading() {
        let typed = |text: &str| number(text, Unit::Um).unwrap();
        assert_eq!(on_step(&typed("-50"), 1_000, Unit::Um), Ok(-50_000));
        assert_eq!(on_step(&typed("500.5"), 500, Unit::Um), Ok(500_500));
        assert_eq!(on_step(&typed("510"), 10_000, Unit::Um), Ok(510_000));
        for (text, step) in [
            ("1.25", 1_000),
            ("-0.05", 1_000),
            ("505", 10_000),
            ("0.0001", 1_000),
        ] {
            let said = on_step(&typed(text), step, Unit::Um).unwrap_err();
            assert!(
                said.contains("between two steps") && said.contains("mm"),
                "{said}"
            );
        }
        let current = number("0.0413", Unit::Ma).unwrap();
        let said = on_step(&current, 100, Unit::Ma).unwrap_err();
        assert!(said.contains("0.1 mA; was it in A?"), "{said}");
        let rate = number("50.015", Unit::Hz).unwrap();
        assert!(on_step(&rate, 10, Unit::Hz).is_err());
    }

    #[test]
    fn a_reason_is_a_few_words() {
        let reason = Some("it fell, read twice".to_owned());
        assert_eq!(
            reasoned("400 because it fell, read twice"),
            Ok(("400".into(), reason.clone()))
        );
        assert_eq!(
            reasoned("400 BECAUSE it fell, read twice"),
            Ok(("400".into(), reason.clone()))
        );
        assert_eq!(
            reasoned("because it fell, read twice"),
            Ok((String::new(), reason))
        );
        assert_eq!(reasoned("400"), Ok(("400".into(), None)));
        for text in [
            "400 because ",
            "400 because 12345",
            "400 because ...",
            "400 because so",
        ] {
            let is_kept = reasoned(text).is_ok_and(|(_, reason)| reason.is_some());
            assert!(!is_kept, "{text}");
        }
    }
}
