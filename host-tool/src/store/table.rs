//! Rows of CSV (RFC 4180): written and read.

use serde_json::Value;

use super::Record;
use super::day::{day_text, time_text};
use crate::error::HostError;

/// Columns before those of the body, which never have these names.
pub(super) const OWN: [&str; 7] = [
    "record",
    "written",
    "id",
    "about_pen",
    "in_run",
    "due_day",
    "author",
];

/// The columns of some records of one kind, taken from the bodies.
///
/// # Errors
/// A body is damaged.
pub fn columns(records: &[Record]) -> Result<Vec<String>, HostError> {
    let mut columns: Vec<String> = OWN.iter().map(|name| (*name).to_owned()).collect();
    for record in records {
        for (name, _) in flat(record)? {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    Ok(columns)
}

/// One record as a row under these columns.
///
/// # Errors
/// The body is damaged.
pub fn csv_row(record: &Record, columns: &[String]) -> Result<String, HostError> {
    let body = flat(record)?;
    let draft = &record.draft;
    let cells: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| match (place, column.as_str()) {
            (0, _) => record.seq.to_string(),
            (1, _) => time_text(record.at),
            (2, _) => draft.name.clone(),
            (3, _) => draft.pen.clone().unwrap_or_default(),
            (4, _) => draft.run.map_or_else(String::new, |run| run.to_string()),
            (5, _) => draft.due.map_or_else(String::new, day_text),
            (6, _) => draft.author.clone(),
            (_, name) => body
                .iter()
                .find(|(known, _)| known == name)
                .map_or_else(String::new, |(_, text)| text.clone()),
        })
        .collect();
    Ok(csv_line(&cells))
}

/// The values of a body: those inside an object as `outer.inner`, lists as JSON.
fn flat(record: &Record) -> Result<Vec<(String, String)>, HostError> {
    fn into(found: &mut Vec<(String, String)>, name: &str, value: Value) {
        match value {
            Value::Object(map) => {
                for (inner, value) in map {
                    let name = if name.is_empty() {
                        inner
                    } else {
                        format!("{name}.{inner}")
                    };
                    into(found, &name, value);
                }
            }
            Value::Null => found.push((name.to_owned(), String::new())),
            Value::String(text) => found.push((name.to_owned(), text)),
            other => found.push((name.to_owned(), other.to_string())),
        }
    }
    let mut found = Vec::new();
    into(&mut found, "", record.read()?);
    Ok(found)
}

/// Cells as one line, its end included.
pub fn csv_line<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    // A program for tables would take these for a formula.
    let is_formula = cell.starts_with(['=', '+', '@', '\t'])
        || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    let cell = if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', ';', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// The rows of a text, each with the number of its first line. Commas part the cells, or semicolons
/// where the first line has no comma.
///
/// # Errors
/// In words: a quote is not closed.
pub(super) fn csv_rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let head = text.lines().next().unwrap_or_default();
    let comma = if head.contains(';') && !head.contains(',') {
        ';'
    } else {
        ','
    };
    let mut rows = Vec::new();
    let (mut line, mut begun) = (1, 1);
    let mut row: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line += 1;
        }
        match letter {
            '"' if quoted.is_some() => {
                if letters.next_if_eq(&'"').is_some() {
                    cell.push('"');
                } else {
                    quoted = None;
                }
            }
            _ if quoted.is_some() => cell.push(letter),
            '"' if cell.is_empty() => quoted = Some(line),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(plain(&std::mem::take(&mut cell)));
                rows.push((begun, std::mem::take(&mut row)));
                begun = line;
            }
            _ if letter == comma => row.push(plain(&std::mem::take(&mut cell))),
            _ => cell.push(letter),
        }
    }
    if let Some(line) = quoted {
        return Err(format!("line {line}: a quote is opened and never closed"));
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(plain(&cell));
        rows.push((begun, row));
    }
    rows.retain(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

/// A cell without the mark that kept it from being a formula.
fn plain(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '@', '-', '\t']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, prop_assert_eq, prop_oneof, proptest};

    use super::{csv_line, csv_rows};

    #[test]
    fn rows_are_read_as_others_write_them() {
        let text = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n,\n2,3";
        let rows = csv_rows(text).unwrap();
        let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        assert_eq!(
            rows,
            [
                (1, cells(&["a", "b"])),
                (2, cells(&["1", "x, \"y\"\nz"])),
                (6, cells(&["2", "3"])),
            ]
        );
        let german = csv_rows("a;b\n1,5;2\n").unwrap();
        assert_eq!(german[1].1, ["1,5", "2"]);
        let open = csv_rows("a\n\"b\n").unwrap_err();
        assert_eq!(open, "line 2: a quote is opened and never closed");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "@a", "-a", "\t="] {
            assert!(csv_line(&[cell]).starts_with('\''), "{cell}");
        }
        assert_eq!(csv_line(&["-12.5", "a"]), "-12.5,a\r\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            rows in proptest::collection::vec(
                proptest::collection::vec(
                    prop_oneof![".*", Just("=\"x\",\r\n".to_owned()), "[-+=@',;\"\n]{0,4}"]
                        // An own mark before such a letter cannot be told from ours.
                        .prop_filter("marked", |cell| !cell.starts_with('\''))
                        .prop_map(|cell| format!("x{cell}")),
                    3,
                ),
                1..5,
            )
        ) {
            let mut text = csv_line(&["a", "b", "c"]);
            for row in &rows {
                text.push_str(&csv_line(row));
            }
            let read = csv_rows(&text).unwrap();
            let read: Vec<Vec<String>> = read.into_iter().skip(1).map(|(_, row)| row).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
