//! The table of what nothing can reach, each with its reason: `tests/coverage-exceptions.md`.

use super::{Never, Place};

/// One row; it excuses one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// File, from the top of the repository.
    pub file: String,
    /// Text of the line.
    pub text: String,
    /// The condition, if it is a side of a branch.
    pub condition: Option<String>,
    /// What never happens.
    pub never: Never,
    /// Line of the table, from 1.
    pub row: usize,
}

impl Exception {
    /// Whether it speaks of this place.
    pub fn excuses(&self, place: &Place) -> bool {
        self.file == place.file
            && self.text == place.text
            && self.condition == place.condition
            && self.never == place.never
    }
}

/// Reads the table.
///
/// # Errors
/// The row that is none, in a sentence.
pub fn read(page: &str) -> Result<Vec<Exception>, String> {
    let mut found = Vec::new();
    for (row, line) in (1..).zip(page.lines()) {
        let Some(cells) = cells(line) else { continue };
        let is_rule = cells.iter().all(|cell| cell.chars().all(|c| c == '-'));
        if is_rule || cells.first().is_some_and(|cell| cell == "file") {
            continue;
        }
        let bad = |why: &str| format!("row {row} of the exceptions: {why}");
        let [file, text, never, reason] = cells.as_slice() else {
            return Err(bad("not four cells: file, text, never, reason"));
        };
        let (condition, never) = match never.rsplit_once(' ') {
            None if never == "reached" => (None, Never::Reached),
            Some((condition, "true")) => (bare(condition), Never::True),
            Some((condition, "false")) => (bare(condition), Never::False),
            _ => (None, Never::True),
        };
        if condition.is_none() && never != Never::Reached {
            return Err(bad("never is reached, or a condition and true or false"));
        }
        if reason.split_whitespace().count() < 4 {
            return Err(bad("no reason"));
        }
        found.push(Exception {
            file: bare(file).ok_or_else(|| bad("the file stands between backquotes"))?,
            text: bare(text).ok_or_else(|| bad("the text stands between backquotes"))?,
            condition,
            never,
            row,
        });
    }
    Ok(found)
}

fn bare(cell: &str) -> Option<String> {
    let inside = cell.strip_prefix('`')?.strip_suffix('`')?;
    Some(inside.trim().to_owned())
}

/// The cells of a row; `\|` is a bar within one.
fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let hidden = inside.replace("\\|", "\0");
    let cells = hidden.split('|');
    Some(cells.map(|cell| cell.trim().replace('\0', "|")).collect())
}

#[cfg(test)]
mod tests {
    use super::{Never, read};

    const HEAD: &str = "# T\n\n| file | text | never | why |\n| --- | --- | --- | --- |\n";

    #[test]
    fn a_row_is_read_with_bars_in_its_code() {
        let page = format!(
            "{HEAD}| `a.rs` | `if x \\|\\| y {{` | `x \\|\\| y` false | one is always so |\n"
        );
        let [row] = read(&page).expect("a table").try_into().expect("one row");
        assert_eq!(
            (row.file.as_str(), row.text.as_str()),
            ("a.rs", "if x || y {")
        );
        assert_eq!(row.condition.as_deref(), Some("x || y"));
        assert_eq!((row.never, row.row), (Never::False, 5));
    }

    #[test]
    fn a_row_without_a_reason_or_with_other_words_is_refused() {
        for row in [
            "| `a.rs` | `x` | reached | |",
            "| `a.rs` | `x` | reached | so |",
            "| `a.rs` | `x` | sometimes | one of them is always so |",
            "| `a.rs` | `x` | true | one of them is always so |",
            "| `a.rs` | `x` | x true | one of them is always so |",
            "| `a.rs` | `x` | `x` reached | one of them is always so |",
            "| a.rs | `x` | `x` true | one of them is always so |",
            "| `a.rs` | x | `x` true | one of them is always so |",
            "| `a.rs` | `x` | one of them is always so |",
        ] {
            assert!(read(&format!("{HEAD}{row}\n")).is_err(), "{row}");
        }
    }
}
