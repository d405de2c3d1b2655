//! `pen-image sizes`: every image against its limits.

use std::fmt::Write;

use serde_json::json;

use super::{bytes, image};
use crate::board::{Board, MPS2, PICO};
use crate::cargo;
use crate::cli::{Failure, Outcome};
use crate::size::Size;

/// Builds and measures; beyond a limit is an error.
pub(crate) fn sizes(images: &[Board], reasons: bool) -> Result<Outcome, Failure> {
    let images = if images.is_empty() {
        &[PICO, MPS2]
    } else {
        images
    };
    let mut text = String::new();
    let heads = [
        "image",
        "text",
        "of",
        "data",
        "bss",
        "data+bss",
        "of",
        "stack kept",
    ];
    row(&mut text, heads.map(str::to_owned));
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for board in images {
        let size = Size::of(&image(&cargo::build(board)?)?);
        let numbers = [
            size.text,
            board.text.most,
            size.data,
            size.bss,
            size.statics(),
            board.statics.most,
            board.stack.most,
        ];
        let [a, b, c, d, e, f, g] = numbers.map(bytes);
        row(&mut text, [board.name.to_owned(), a, b, c, d, e, f, g]);
        for (what, is, most) in size.beyond(board) {
            let (is, most) = (bytes(is), bytes(most));
            errors.push(format!(
                "{}: {what} is {is} bytes, at most {most} are allowed",
                board.name
            ));
        }
        found.push(json!({
            "image": board.name,
            "text": size.text, "text_most": board.text.most,
            "data": size.data, "bss": size.bss, "statics_most": board.statics.most,
            "stack_kept": board.stack.most,
            "within": size.beyond(board).is_empty(),
        }));
    }
    if reasons {
        text.push('\n');
        for board in images {
            let limits = [
                ("text", board.text),
                ("data+bss", board.statics),
                ("stack", board.stack),
            ];
            for (what, limit) in limits {
                let _ = writeln!(text, "{} {what}: {}", board.name, limit.why);
            }
        }
    }
    let json = json!({ "images": found });
    Ok(Outcome { text, json, errors })
}

fn row(text: &mut String, cells: [String; 8]) {
    let [name, numbers @ ..] = cells;
    let _ = write!(text, "{name:9}");
    for number in numbers {
        let _ = write!(text, " {number:>10}");
    }
    text.push('\n');
}
