//! What a reader of TOML says, in the words of somebody who writes plans.

use pen_core::limits;

use super::Finding;

/// What a field takes: unit, least, most, and an example in words.
struct Takes {
    key: &'static str,
    unit: &'static str,
    least: u32,
    most: u32,
    example: &'static str,
}

/// The numbers of a zone.
fn numbers() -> [Takes; 5] {
    let um = limits::DEPTH_ABSOLUTE.as_um().unsigned_abs();
    let takes = |key, unit, least, most, example| Takes {
        key,
        unit,
        least,
        most,
        example,
    };
    [
        takes("depth_um", "um", 1, um, "500 is half a millimetre"),
        takes("operator_cap_um", "um", 1, um, "500 is half a millimetre"),
        takes(
            "rate_hz",
            "Hz",
            limits::RATE_MIN.as_mhz() / 1_000,
            limits::RATE_MAX.as_mhz() / 1_000,
            "100 is a hundred strokes a second",
        ),
        takes(
            "time_s",
            "s",
            1,
            limits::SESSION_ON_MAX.as_us() / 1_000_000,
            "90 is a minute and a half",
        ),
        takes(
            "strokes",
            "strokes",
            1,
            limits::CARTRIDGE_LIFE,
            "6000 is a minute at 100 Hz",
        ),
    ]
}

/// The complaint of the TOML reader about a line, with zone, field, unit and range where it is about
/// one of a plan's numbers.
pub(super) fn plainly(text: &str, line: usize, message: &str) -> Finding {
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
    let (key, value) = source.split_once('=').unwrap_or((source, ""));
    let key = key.trim();
    let value = value.split('#').next().unwrap_or("").trim();
    let known = numbers();
    let takes = known.iter().find(|takes| takes.key == key);
    let is_about_value = !message.contains("missing field") && !message.contains("duplicate key");
    let problem = match takes {
        Some(takes) if is_about_value => format!(
            "`{value}` {}; {key} is a whole number of {} from {} to {} ({})",
            fault(value),
            takes.unit,
            takes.least,
            takes.most,
            takes.example
        ),
        _ => message.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    Finding {
        line,
        field: place(text, line, key),
        problem,
    }
}

/// What is wrong with a number.
fn fault(value: &str) -> &'static str {
    let quoted = value.starts_with(['"', '\'']);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = value.trim_start_matches(['+', '-']);
    let parts = |mark| {
        plain
            .split_once(mark)
            .is_some_and(|(a, b)| digits(a) && digits(b))
    };
    if value.is_empty() {
        "is missing"
    } else if parts(',') {
        "has a comma, which is no sign for decimals here"
    } else if parts('.') {
        "has decimals"
    } else if plain.eq_ignore_ascii_case("nan") || plain.eq_ignore_ascii_case("inf") {
        "is no number"
    } else if quoted {
        "is in quotes, so it is a text"
    } else if digits(plain) {
        "is out of range"
    } else if plain.starts_with(|letter: char| letter.is_ascii_digit()) {
        "has something behind the number; the unit is in the field's name"
    } else {
        "is no number"
    }
}

/// The field as complaints name it, with its zone if it is in one.
fn place(text: &str, line: usize, key: &str) -> String {
    let key = if key.is_empty() { "file" } else { key };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let before = lines.get(..line.min(lines.len())).unwrap_or_default();
    let Some(head) = before.iter().rposition(|it| it.starts_with('[')) else {
        return key.to_owned();
    };
    if key.starts_with('[')
        || lines
            .get(head)
            .is_none_or(|it| !it.starts_with("[[zones]]"))
    {
        return key.to_owned();
    }
    let number = before
        .iter()
        .filter(|it| it.starts_with("[[zones]]"))
        .count();
    let rest = lines
        .iter()
        .skip(head + 1)
        .take_while(|it| !it.starts_with('['));
    let name = rest
        .filter_map(|it| it.split_once('='))
        .find(|(key, _)| key.trim() == "zone")
        .map(|(_, name)| {
            name.split('#')
                .next()
                .unwrap_or("")
                .trim()
                .trim_matches('"')
        });
    match name {
        Some(name) => format!("zones[{number}].{key} ({name})"),
        None => format!("zones[{number}].{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const GOOD: &str = include_str!("../../plans/pores.toml");

    /// The complaint about the first zone's field with this value.
    fn said(key: &str, value: &str) -> (String, String) {
        let mut done = false;
        let text: Vec<String> = GOOD
            .lines()
            .map(|line| {
                if !done && line.starts_with(&format!("{key} =")) {
                    done = true;
                    return format!("{key} = {value} # mended");
                }
                line.to_owned()
            })
            .collect();
        assert!(done, "{key}");
        let finding = parse(&text.join("\n")).unwrap_err();
        (finding.field, finding.problem)
    }

    #[test]
    fn a_wrong_number_is_told_with_zone_field_unit_and_range() {
        for (key, value, words) in [
            (
                "depth_um",
                "0,5",
                "`0,5` has a comma, which is no sign for decimals here; depth_um is a whole number of um from 1 to 2500",
            ),
            (
                "depth_um",
                "0.5",
                "`0.5` has decimals; depth_um is a whole number of um from 1 to 2500",
            ),
            ("depth_um", "nan", "`nan` is no number"),
            ("depth_um", "\"500\"", "is in quotes"),
            ("depth_um", "", "is missing"),
            ("depth_um", "500 um", "has something behind the number"),
            ("depth_um", "99999999999", "is out of range"),
            (
                "rate_hz",
                "inf",
                "rate_hz is a whole number of Hz from 50 to 150",
            ),
            ("rate_hz", "-1", "`-1` is out of range"),
            (
                "time_s",
                "1,5",
                "time_s is a whole number of s from 1 to 1800",
            ),
            (
                "strokes",
                "true",
                "strokes is a whole number of strokes from 1 to 200000",
            ),
        ] {
            let (field, problem) = said(key, value);
            assert!(field.starts_with(&format!("zones[1].{key} (")), "{field}");
            assert!(problem.contains(words), "{key} = {value}: {problem}");
        }
    }

    #[test]
    fn other_complaints_keep_the_words_of_the_reader() {
        let finding = parse(&GOOD.replace("depth_um", "depth_mm")).unwrap_err();
        assert!(
            finding.problem.contains("unknown field `depth_mm`"),
            "{finding:?}"
        );
        assert!(
            finding.field.starts_with("zones[1].depth_mm"),
            "{finding:?}"
        );
        assert_eq!(parse("").unwrap_err().field, "file");
    }
}
