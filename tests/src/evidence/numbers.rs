//! Every number of the core that has a name, read from the sources, and `docs/limits.md` beside it.
//!
//! Constants of the core are private where only one room needs them, so their values are worked out
//! from the source text: literals, sums and products of them, other constants, and the constructors
//! that say a unit.

use super::{ids, marked};
use crate::sources;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The sources of the core.
const CORE: &str = "firmware/core/src";
/// What else `docs/limits.md` explains.
const APP: &str = "firmware/app/src";
/// The file of the absolute limits: each has a row in words.
pub const LIMITS: &str = "limits.rs";

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its name.
    pub name: String,
    /// File below `firmware/core/src`, or `app/src/...`.
    pub file: String,
    /// The value in its unit.
    pub value: i128,
    /// The unit that the constructor or the comment says; empty if neither does.
    pub unit: String,
    /// The requirements that its comment names.
    pub requirements: Vec<String>,
}

/// Constructors of quantities, and the unit that each says.
const UNITS: [(&str, &str); 11] = [
    ("from_um", "um"),
    ("from_us", "us"),
    ("from_ms", "ms"),
    ("from_s", "s"),
    ("from_min", "min"),
    ("from_hz", "Hz"),
    ("from_mhz", "mHz"),
    ("from_ma", "mA"),
    ("from_mv", "mV"),
    ("from_decicelsius", "tenths of a degree"),
    ("from_count", "strokes"),
];

struct Constant {
    name: String,
    file: String,
    value: syn::Expr,
    comment: String,
}

/// What no image has: tests, and the harnesses and models of the proofs.
fn is_of_tests(file: &str) -> bool {
    let only = [
        "tests.rs",
        "sequences.rs",
        "corrupt.rs",
        "given.rs",
        "verify.rs",
        "model.rs",
    ];
    only.iter().any(|end| file.ends_with(end))
        || ["verify/", "model/"].iter().any(|part| file.contains(part))
}

/// Every named number of the core, in the order of the files, and those of the application.
///
/// # Errors
/// A file that cannot be read.
pub fn read(top: &Path) -> Result<Vec<Number>, String> {
    let mut constants = Vec::new();
    for (folder, prefix) in [(CORE, ""), (APP, "app/src/")] {
        for (path, text) in sources::files(&top.join(folder), ".rs") {
            let inside = path.strip_prefix(top.join(folder)).unwrap_or(&path);
            let file = format!("{prefix}{}", inside.to_string_lossy().replace('\\', "/"));
            if is_of_tests(&file) {
                continue;
            }
            let syntax = syn::parse_file(&text).map_err(|why| format!("{file}: {why}"))?;
            constants.extend(syntax.items.into_iter().filter_map(|item| match item {
                syn::Item::Const(it) if it.ident != "_" => Some(Constant {
                    name: it.ident.to_string(),
                    file: file.clone(),
                    value: *it.expr,
                    comment: comment(&it.attrs),
                }),
                _ => None,
            }));
        }
    }
    let found = constants
        .iter()
        .filter_map(|constant| {
            let (value, said) = work_out(&constant.value, constant, &constants)?;
            Some(Number {
                name: constant.name.clone(),
                file: constant.file.clone(),
                value,
                unit: said.map_or_else(|| unit_of(&constant.comment), str::to_owned),
                requirements: ids::in_text(&constant.comment),
            })
        })
        .collect();
    Ok(found)
}

fn comment(attributes: &[syn::Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        if attribute.path().is_ident("doc")
            && let Ok(pair) = attribute.meta.require_name_value()
            && let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(line),
                ..
            }) = &pair.value
        {
            text += &line.value();
            text.push('\n');
        }
    }
    text
}

/// `Unit: um per ms. Requirement: ...` -> `um per ms`.
fn unit_of(comment: &str) -> String {
    let Some((_, rest)) = comment.split_once("Unit:") else {
        return String::new();
    };
    let one_line = rest.replace('\n', " ");
    let end = one_line
        .find([',', ';', '(', ':'])
        .into_iter()
        .chain(one_line.find(". "))
        .chain(one_line.find(" - "))
        .min()
        .unwrap_or(one_line.len());
    one_line[..end].trim().trim_end_matches('.').to_owned()
}

/// The value of an expression, and the unit if a constructor says one.
fn work_out(
    value: &syn::Expr,
    at: &Constant,
    all: &[Constant],
) -> Option<(i128, Option<&'static str>)> {
    let inner = |value: &syn::Expr| work_out(value, at, all);
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(literal),
            ..
        }) => Some((literal.base10_parse().ok()?, None)),
        syn::Expr::Paren(it) => inner(&it.expr),
        syn::Expr::Cast(it) => inner(&it.expr),
        syn::Expr::Unary(it) if matches!(it.op, syn::UnOp::Neg(_)) => {
            let (value, unit) = inner(&it.expr)?;
            Some((-value, unit))
        }
        syn::Expr::Binary(it) => {
            let (a, b) = (inner(&it.left)?.0, inner(&it.right)?.0);
            let value = match it.op {
                syn::BinOp::Add(_) => a.checked_add(b),
                syn::BinOp::Sub(_) => a.checked_sub(b),
                syn::BinOp::Mul(_) => a.checked_mul(b),
                syn::BinOp::Div(_) => a.checked_div(b),
                _ => None,
            };
            Some((value?, None))
        }
        syn::Expr::Call(it) => {
            let syn::Expr::Path(path) = &*it.func else {
                return None;
            };
            let called = path.path.segments.last()?.ident.to_string();
            let (_, unit) = UNITS.iter().find(|(name, _)| *name == called)?;
            let (value, _) = inner(it.args.first()?)?;
            Some((value, Some(unit)))
        }
        syn::Expr::MethodCall(it) => {
            let (value, unit) = inner(&it.receiver)?;
            match it.method.to_string().as_str() {
                "unsigned_abs" => Some((value.abs(), unit)),
                // A quantity in the unit in which it was made.
                "as_um" | "as_ma" | "as_mv" | "as_us" | "as_mhz" => Some((value, None)),
                _ => None,
            }
        }
        syn::Expr::Path(it) => {
            let name = it.path.segments.last()?.ident.to_string();
            let known = |file: &str| {
                all.iter()
                    .find(|other| other.name == name && other.file == file)
            };
            let module = it.path.segments.iter().rev().nth(1);
            let other = match module {
                Some(module) => known(&format!("{}.rs", module.ident)),
                None => known(&at.file).or_else(|| known(LIMITS)),
            }?;
            work_out(&other.value, other, all)
        }
        _ => None,
    }
}

// ---- the table that is made -------------------------------------------------------------------

/// `1234567` -> `1 234 567`, as all pages have it.
fn spaced(value: i128) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A row for each number of the core.
pub fn table(numbers: &[Number]) -> String {
    let mut text =
        String::from("| name | value | in | requirements |\n| --- | --- | --- | --- |\n");
    for number in numbers {
        if number.file.starts_with("app/") {
            continue;
        }
        let value = format!("{} {}", spaced(number.value), number.unit);
        let _ = writeln!(
            text,
            "| `{}` | {} | [{}](../{CORE}/{}) | {} |",
            number.name,
            value.trim(),
            number.file,
            number.file,
            if number.requirements.is_empty() {
                "-".to_owned()
            } else {
                number.requirements.join(" ")
            }
        );
    }
    text
}

// ---- the rows in words ------------------------------------------------------------------------

/// What is wrong between the rows in words of `docs/limits.md` and the constants: a name that is no
/// constant, a value that the row does not have, an absolute limit without a row.
///
/// # Errors
/// A page that lacks the part that is made.
pub fn differences(page: &str, numbers: &[Number]) -> Result<Vec<String>, String> {
    let words = marked::NUMBERS.without(page)?;
    let mut wrong = Vec::new();
    let mut named: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (at, line) in words.lines().enumerate() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let (true, [first, value, ..]) = (line.starts_with('|'), &cells[..]) else {
            continue;
        };
        let quoted: Vec<&str> = first.split('`').skip(1).step_by(2).collect();
        let file = quoted
            .iter()
            .find(|word| word.ends_with(".rs"))
            .map_or(LIMITS, |file| *file);
        let mut said = &said_in(value)[..];
        for name in quoted.iter().filter(|word| is_name(word)) {
            let place = format!("docs/limits.md:{}", at + 1);
            let Some(number) = numbers
                .iter()
                .find(|number| number.name == **name && number.file == file)
            else {
                wrong.push(format!("{place}: {file} has no constant {name}"));
                continue;
            };
            named.insert((file.to_owned(), (*name).to_owned()), at);
            match said.iter().position(|said| said.is(number)) {
                Some(found) => said = &said[found + 1..],
                None => wrong.push(format!(
                    "{place}: {name} is {} {}, the row says {value:?} (names and values in one order)",
                    spaced(number.value),
                    number.unit
                )),
            }
        }
    }
    for number in numbers.iter().filter(|number| number.file == LIMITS) {
        if !named.contains_key(&(LIMITS.to_owned(), number.name.clone())) {
            wrong.push(format!(
                "docs/limits.md: no row says why {} is so",
                number.name
            ));
        }
    }
    Ok(wrong)
}

fn is_name(word: &str) -> bool {
    word.len() > 2
        && word.chars().any(|c| c.is_ascii_uppercase())
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A number in a text, in hundred-thousandths, with the word behind it.
struct Said {
    scaled: i128,
    decimals: u32,
    unit: String,
    per_cell: bool,
}

/// Digits behind the point that are kept.
const KEPT: u32 = 5;

/// Every number in a text. Thousands are set apart by a space.
fn said_in(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let is_inside_word =
            at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
        if !letters[at].is_ascii_digit() || is_inside_word {
            at += 1;
            continue;
        }
        let (said, next) = said_at(&letters, at);
        found.push(said);
        at = next;
    }
    found
}

fn said_at(letters: &[char], from: usize) -> (Said, usize) {
    let digit = |at: usize| letters.get(at).and_then(|letter| letter.to_digit(10));
    let mut at = from;
    let mut scaled = 0_i128;
    let mut decimals = 0;
    loop {
        if let Some(value) = digit(at) {
            scaled = scaled * 10 + i128::from(value);
            at += 1;
        } else if letters.get(at) == Some(&' ')
            && (1..=3).all(|more| digit(at + more).is_some())
            && digit(at + 4).is_none()
        {
            at += 1;
        } else {
            break;
        }
    }
    if letters.get(at) == Some(&'.') && digit(at + 1).is_some() {
        at += 1;
        while let Some(value) = digit(at) {
            if decimals < KEPT {
                scaled = scaled * 10 + i128::from(value);
                decimals += 1;
            }
            at += 1;
        }
    }
    scaled *= 10_i128.pow(KEPT - decimals);
    let rest: String = letters[at..].iter().collect();
    let unit: String = rest
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphabetic() || matches!(c, '%' | '/'))
        .collect();
    let per_cell = rest.trim_start().starts_with("V a cell");
    (
        Said {
            scaled,
            decimals,
            unit,
            per_cell,
        },
        at,
    )
}

/// Units that texts use, each with one meaning.
const WORDS: [&str; 17] = [
    "us", "ms", "s", "min", "d", "um", "mm", "mHz", "Hz", "mA", "A", "mV", "V", "degC", "g", "%",
    "ppm",
];

/// Whether it is the unit of a quantity, which texts name as the code does; counts have many names.
fn is_quantity(unit: &str) -> bool {
    unit != "strokes" && UNITS.iter().any(|(_, known)| *known == unit)
}

impl Said {
    /// Whether the text says the value of a constant.
    fn is(&self, number: &Number) -> bool {
        let cells = if self.per_cell { 2 } else { 1 };
        // How much of the constant's unit the text's unit is, as a fraction.
        let (top, bottom) = match (number.unit.as_str(), self.unit.as_str()) {
            ("us", "ms") | ("ms", "s") => (1_000, 1),
            ("ms", "us") | ("s", "ms") => (1, 1_000),
            ("mHz", "Hz") | ("mA", "A") | ("mV", "V") | ("um", "mm") => (1_000 * cells, 1),
            ("thousandths of standard gravity", "g") => (1_000, 1),
            ("tenths of a degree", "degC" | "K") => (10, 1),
            ("millionths of a turn", "degrees") => (1_000_000, 360),
            ("millionths of a turn", "turns") => (1_000_000, 1),
            ("permille", "%") => (10, 1),
            ("ppm", "%") => (10_000, 1),
            ("ten-thousandths", "%") => (100, 1),
            // The comment of the one before has the unit.
            ("", "degrees") => (1_000_000, 360),
            ("", "turns") if number.value.abs() > 1_000 => (1_000_000, 1),
            ("", "Hz") => (1_000, 1),
            ("", _) => (1, 1),
            ("percent" | "percent of one stroke", "%") | ("days", "d") => (1, 1),
            // A unit that both know, and that is not the same.
            (of, said) if of != said && WORDS.contains(&said) => return false,
            (of, said) if of != said && !said.is_empty() && is_quantity(of) => return false,
            _ => (1, 1),
        };
        let exact = number.value.abs() * 10_i128.pow(KEPT) * bottom;
        if self.unit != "degrees" {
            return self.scaled * top == exact;
        }
        // Degrees are rounded to as many digits as the text has.
        let digit = 10_i128.pow(KEPT - self.decimals);
        let step = top * digit;
        (exact + step / 2) / step * digit == self.scaled
    }
}
