//! The sheet that a treated person takes home, from a template that the practice can edit.

/// The template that is used when nobody gives another.
pub const TEMPLATE: &str = include_str!("aftercare.txt");

/// What may stand in double braces, and what it becomes.
pub const PLACES: [&str; 5] = ["day", "zones", "next", "pen", "session"];

/// What is put into the places, in the order of [`PLACES`].
pub type Values = [String; 5];

/// A line of the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The title, `#`.
    Title(String),
    /// A heading, `##`.
    Heading(String),
    /// An item of a list, `-`.
    Item(String),
    /// A paragraph, of one or more lines.
    Text(String),
}

/// Fills a template in.
///
/// # Errors
/// In words, with the line: a place in braces is not known or not closed, or nothing is in it.
pub fn fill(template: &str, values: &Values) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1..).zip(template.lines()) {
        let text = put(line.trim(), values).map_err(|why| format!("line {number}: {why}"))?;
        let was = std::mem::replace(&mut goes_on, false);
        if text.is_empty() {
            continue;
        }
        if let Some(rest) = text.strip_prefix("## ") {
            lines.push(Line::Heading(rest.trim().to_owned()));
        } else if let Some(rest) = text.strip_prefix("# ") {
            lines.push(Line::Title(rest.trim().to_owned()));
        } else if let Some(rest) = text.strip_prefix("- ") {
            lines.push(Line::Item(rest.trim().to_owned()));
        } else if let (true, Some(Line::Text(before))) = (was, lines.last_mut()) {
            *before = format!("{before} {text}");
            goes_on = true;
        } else {
            lines.push(Line::Text(text));
            goes_on = true;
        }
    }
    if lines.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(lines)
}

fn put(line: &str, values: &Values) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else {
            return Err("`{{` without `}}`".to_owned());
        };
        let name = name.trim();
        let Some(value) = PLACES
            .iter()
            .position(|it| *it == name)
            .and_then(|at| values.get(at))
        else {
            return Err(format!(
                "`{name}` is not known in braces; there are {}",
                PLACES.join(", ")
            ));
        };
        text.push_str(before);
        text.push_str(value);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Line, PLACES, TEMPLATE, Values, fill};

    fn values() -> Values {
        PLACES.map(|it| format!("<{it}>"))
    }

    #[test]
    fn the_template_uses_every_place_and_leaves_no_brace() {
        let lines = fill(TEMPLATE, &values()).unwrap();
        let text = format!("{lines:?}");
        for place in PLACES {
            assert!(text.contains(&format!("<{place}>")), "{place}: {text}");
        }
        assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
        assert!(matches!(lines.first(), Some(Line::Title(_))));
        assert!(text.contains("Sources: "));
    }

    #[test]
    fn a_wrong_template_is_told_with_its_line() {
        for (template, words) in [
            (
                "# A\n{{patient}}",
                "line 2: `patient` is not known in braces; there are day, zones",
            ),
            ("a {{day", "line 1: `{{` without `}}`"),
            ("a {{}}", "line 1: `` is not known"),
            (" \n\n", "it is empty"),
            ("", "it is empty"),
        ] {
            let why = fill(template, &values()).unwrap_err();
            assert!(why.contains(words), "{template}: {why}");
        }
    }

    #[test]
    fn lines_of_a_paragraph_are_joined() {
        let lines = fill("# A\none\ntwo {{ day }}\n\n- x\nthree", &values()).unwrap();
        assert_eq!(
            lines,
            [
                Line::Title("A".into()),
                Line::Text("one two <day>".into()),
                Line::Item("x".into()),
                Line::Text("three".into()),
            ]
        );
    }
}
