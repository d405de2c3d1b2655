//! Pages that say what the code has: numbers and modes.

use pen_tests::evidence::numbers::{self, Number};
use pen_tests::evidence::{drawing, marked};
use pen_tests::sources;

fn page(part: marked::Part) -> String {
    std::fs::read_to_string(sources::top().join(part.page)).expect("a page of the book")
}

fn numbers() -> Vec<Number> {
    numbers::read(&sources::top()).expect("the core")
}

fn is_as_made(part: marked::Part, made: &str) {
    let page = page(part);
    let stands = part.of(&page).expect("a part that is made");
    assert!(
        stands == made.trim_matches('\n'),
        "{} is not what the code has: {}",
        part.page,
        part.command()
    );
}

#[test]
fn the_modes_are_drawn_as_the_core_has_them() {
    is_as_made(marked::MODES, &drawing::modes());
}

#[test]
fn conf_008_the_page_of_limits_lists_every_number_as_the_core_has_it() {
    let all = numbers();
    assert!(all.len() > 180, "{} numbers", all.len());
    is_as_made(marked::NUMBERS, &numbers::table(&all));
}

#[test]
fn conf_008_the_page_of_limits_says_in_words_what_the_core_has() {
    let wrong = numbers::differences(&page(marked::NUMBERS), &numbers()).expect("the page");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The page with one thing changed is noticed, for every absolute limit: its name, and its value.
#[test]
fn a_row_that_says_another_name_or_value_is_noticed() {
    let (page, all) = (page(marked::NUMBERS), numbers());
    for (at, number) in all
        .iter()
        .enumerate()
        .filter(|(_, number)| number.file == numbers::LIMITS)
    {
        let mut other = all.clone();
        other[at].value = number.value * 2 + 1;
        let wrong = numbers::differences(&page, &other).expect("the page");
        assert!(!wrong.is_empty(), "{} may have any value", number.name);
        other[at].name += "_NEW";
        let wrong = numbers::differences(&page, &other).expect("the page");
        assert!(
            wrong
                .iter()
                .any(|line| line.contains(&format!("no constant {}", number.name)))
                && wrong
                    .iter()
                    .any(|line| line.contains(&format!("why {}_NEW is so", number.name))),
            "{wrong:?}"
        );
    }
}

#[test]
fn values_are_worked_out_from_the_source() {
    let all = numbers();
    let of = |file: &str, name: &str| {
        let found = all
            .iter()
            .find(|number| number.file == file && number.name == name);
        let found = found.unwrap_or_else(|| panic!("{file} has {name}"));
        (found.value, found.unit.as_str())
    };
    // A product with another constant; a negative one; one of another file; a unit in the comment.
    assert_eq!(of("limits.rs", "BATTERY_START"), (7_000, "mV"));
    assert_eq!(of("guard/brake.rs", "BRAKING_MA"), (-56, "mA"));
    assert_eq!(of("guard/rotation.rs", "FAST_EDGES").0, 4);
    assert_eq!(of("witness.rs", "ZERO_MAX_MA"), (120, "mA"));
    assert_eq!(of("limits.rs", "CAL_CLOCK_PPM"), (30_000, "ppm"));
    assert_eq!(of("limits.rs", "SESSION_ON_MAX"), (30, "min"));
}

fn number(value: i128, unit: &str) -> Number {
    Number {
        name: "CAP_UM".to_owned(),
        file: numbers::LIMITS.to_owned(),
        value,
        unit: unit.to_owned(),
        requirements: Vec::new(),
    }
}

#[test]
fn units_of_words_and_code_are_compared() {
    let wrong = |says: &str, value: i128, unit: &str| {
        let page = format!(
            "| `CAP_UM` | {says} | why | source |\n{}\n{}\n",
            marked::NUMBERS.begin(),
            marked::NUMBERS.end()
        );
        let found = numbers::differences(&page, &[number(value, unit)]).expect("a page");
        !found.is_empty()
    };
    for (says, value, unit) in [
        ("2 500 um", 2_500, "um"),
        ("2.5 mm", 2_500, "um"),
        ("+-50 um on each channel", 50, "um"),
        ("8 errors in 10 s", 10, "s"),
        ("10 s", 10_000, "ms"),
        ("3.50 V a cell, rested", 7_000, "mV"),
        ("0.5 ms", 500, "us"),
        ("108 degrees", 300_000, "millionths of a turn"),
        ("83 degrees", 230_000, "millionths of a turn"),
        ("less than 56 mA", -56, "mA"),
        ("41 degC", 410, "tenths of a degree"),
        ("150 Hz", 150, "Hz"),
        ("200 000 strokes", 200_000, "strokes"),
        ("110 %, 2 turns", 110, "percent"),
        ("250 % of a stroke", 250, "percent of one stroke"),
        ("60 d", 60, "days"),
        ("3 quarter turns in 60 ms", 3, "edges"),
        ("50 um/ms", 50, "um per ms"),
    ] {
        assert!(!wrong(says, value, unit), "{says} is {value} {unit}");
    }
    for (says, value, unit) in [
        ("2 500 um", 2_501, "um"),
        ("2 500 um", 500, "um"),
        ("2.5 mm", 2_450, "um"),
        ("50 ms", 50, "us"),
        ("50 us", 50, "ms"),
        ("3.50 V a cell", 3_500, "mV"),
        ("83 degrees", 240_000, "millionths of a turn"),
        ("about a turn", 1, "turns"),
        ("2 500 ms", 2_500, "um"),
        ("110 ms", 110, "percent"),
        ("12 um", 12, "counts"),
        ("60 %", 60, "days"),
    ] {
        assert!(wrong(says, value, unit), "{says} is not {value} {unit}");
    }
}
