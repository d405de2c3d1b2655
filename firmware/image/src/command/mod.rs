//! One command, one file.

mod build;
mod check;
mod cost;
mod panics;
mod sizes;

use std::fmt::Write;
use std::path::Path;

use crate::cli::Failure;
use crate::elf::Image;
use crate::header::Header;
use crate::key::MakerKey;

pub(crate) use build::build;
pub(crate) use check::check;
pub(crate) use cost::cost;
pub(crate) use panics::panics;
pub(crate) use sizes::sizes;

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|why| Failure::File {
        path: path.to_owned(),
        done: "read",
        why,
    })
}

fn image(path: &Path) -> Result<Image, Failure> {
    Image::parse(&read(path)?).map_err(|why| Failure::Elf {
        path: path.to_owned(),
        why,
    })
}

/// A number of bytes as people read it: 1,234,567.
fn bytes(count: u32) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Tenths of a percent.
fn share(part: u32, whole: u32) -> String {
    let permille = u64::from(part) * 1000 / u64::from(whole.max(1));
    format!("{}.{} %", permille / 10, permille % 10)
}

/// Names in one column, values in the next.
fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:width$}  {value}");
    }
    text
}

/// The rows about a header, for people.
fn about(header: &Header, at: u32) -> Vec<(&'static str, String)> {
    let key = |key: &MakerKey| {
        let published = if *key == MakerKey::DEVELOPMENT {
            " (development)"
        } else {
            ""
        };
        format!("{}...{published}", key.fingerprint())
    };
    let keys: Vec<_> = header.keys.iter().map(key).collect();
    let keys = if keys.is_empty() {
        "none: the pen stays Locked".to_owned()
    } else {
        keys.join(", ")
    };
    let Header {
        start, end, crc, ..
    } = header;
    vec![
        (
            "header",
            format!("{at:#010x}, covers {start:#010x}..{end:#010x}"),
        ),
        ("CRC-32", format!("{crc:08x}")),
        ("maker keys", keys),
    ]
}

/// The same for programs.
fn about_json(header: &Header, at: u32) -> serde_json::Value {
    serde_json::json!({
        "address": at,
        "start": header.start,
        "end": header.end,
        "crc": format!("{:08x}", header.crc),
        "maker_keys": header.keys.iter().map(MakerKey::to_string).collect::<Vec<_>>(),
        "development": header.keys.contains(&MakerKey::DEVELOPMENT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shares_rounded_down() {
        let texts = [0, 999, 1000, 1_234_567].map(bytes);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(share(1, 8), "12.5 %");
        assert_eq!(share(u32::MAX, u32::MAX), "100.0 %");
        assert_eq!(share(5, 0), "500.0 %");
    }
}
