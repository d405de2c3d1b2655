//! The lines of a file.

use serde_json::{Map, Value};

use super::super::Kind;
use super::super::table::{OWN, csv_rows};
use super::entry::{self, Line};

/// What the lines say; `kind` is that of the rows of a CSV.
///
/// # Errors
/// In words, with the line: it is not understood, or not allowed.
pub(super) fn lines(text: &str, kind: Option<Kind>) -> Result<Vec<Line>, String> {
    if text.trim_start().starts_with('{') {
        json(text)
    } else {
        csv(text, kind)
    }
}

fn json(text: &str) -> Result<Vec<Line>, String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let line = entry::of_json(line).map_err(|why| format!("line {number}: {why}"))?;
        found.extend(line);
    }
    if found.is_empty() {
        return Err("there is no record in it".to_owned());
    }
    Ok(found)
}

fn csv(text: &str, kind: Option<Kind>) -> Result<Vec<Line>, String> {
    let mut rows = csv_rows(text)?.into_iter();
    let Some((_, head)) = rows.next() else {
        return Err("it is empty".to_owned());
    };
    let kind =
        kind.ok_or("it is a table and does not say of what; add --kind, such as instrument")?;
    let mut found = Vec::new();
    for (line, row) in rows {
        let record = record(kind, &head, &row).map_err(|why| format!("line {line}: {why}"))?;
        found.push(record);
    }
    if found.is_empty() {
        return Err("there is no row below the first, which names the columns".to_owned());
    }
    Ok(found)
}

fn record(kind: Kind, head: &[String], row: &[String]) -> Result<Line, String> {
    if row.len() != head.len() {
        return Err(format!(
            "{} cells; the first line has {}",
            row.len(),
            head.len()
        ));
    }
    let shape = entry::shape(kind)?;
    let mut body = Map::new();
    for (name, cell) in head.iter().zip(row) {
        let (name, cell) = (name.trim(), cell.trim());
        // What an export puts before the body is of the store it came from.
        if OWN.contains(&name) || cell.is_empty() {
            continue;
        }
        let value = match shape.get(name) {
            Some(Value::Number(_)) => cell
                .parse()
                .map(Value::Number)
                .map_err(|_| number_wanted(name, cell))?,
            Some(Value::Bool(_)) => match cell.to_ascii_lowercase().as_str() {
                "true" | "yes" => Value::Bool(true),
                "false" | "no" => Value::Bool(false),
                _ => return Err(format!("`{name}` is yes or no, not `{cell}`")),
            },
            Some(Value::Array(_) | Value::Object(_) | Value::Null) => serde_json::from_str(cell)
                .map_err(|error| format!("`{name}` should be JSON: {error}"))?,
            Some(Value::String(_)) | None => Value::String(cell.to_owned()),
        };
        body.insert(name.to_owned(), value);
    }
    entry::of_body(kind, Value::Object(body))
}

fn number_wanted(name: &str, cell: &str) -> String {
    if cell.contains(',') {
        return format!(
            "`{name}` is `{cell}`; write {} with a point",
            cell.replace(',', ".")
        );
    }
    format!("`{name}` is a number, not `{cell}`")
}
