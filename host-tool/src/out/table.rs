//! Tables and pairs of plain letters, broken between words where a terminal is narrow.

use std::borrow::Cow;

use super::{Out, Tone, seen, wrapped};
use crate::escape;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Flush left.
    Left,
    /// Flush right, for numbers.
    Right,
}

/// A plain table: columns two spaces apart, a rule under the heading.
#[derive(Debug)]
pub struct Table {
    head: Vec<(String, Align)>,
    rows: Vec<Vec<(String, Option<Tone>)>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(head: &[(&str, Align)]) -> Self {
        let head = head
            .iter()
            .map(|(text, align)| ((*text).to_owned(), *align))
            .collect();
        Self {
            head,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| (one_line(cell.into()), None))
                .collect(),
        );
    }

    /// Gives the last cell that was added in `column` a tone.
    pub fn tone(&mut self, column: usize, tone: Tone) {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.get_mut(column)) {
            cell.1 = Some(tone);
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, without trailing blanks; on a terminal that is too narrow the widest columns are
    /// broken between words.
    #[must_use]
    pub fn lines(&self, out: &Out) -> Vec<String> {
        self.lines_within(out, out.columns)
    }

    fn lines_within(&self, out: &Out, columns: Option<usize>) -> Vec<String> {
        let widths = fitted(&self.natural(), columns);
        let mut lines = Vec::with_capacity(self.rows.len() + 2);
        let head: Vec<(&str, Option<Tone>)> = self
            .head
            .iter()
            .map(|(text, _)| (text.as_str(), Some(Tone::Strong)))
            .collect();
        lines.extend(self.set(out, &widths, &head));
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.push(out.tone(Tone::Faint, &rule.join("  ")));
        for row in &self.rows {
            let cells: Vec<(&str, Option<Tone>)> = row
                .iter()
                .map(|(text, tone)| (text.as_str(), *tone))
                .collect();
            lines.extend(self.set(out, &widths, &cells));
        }
        lines
    }

    /// How wide each column is when nothing is broken.
    fn natural(&self) -> Vec<usize> {
        let columns = self.head.iter().enumerate();
        columns
            .map(|(column, (head, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                let widest = cells.map(|(text, _)| text.chars().count()).max();
                head.chars().count().max(widest.unwrap_or(0))
            })
            .collect()
    }

    /// One row, in as many lines as its longest cell needs.
    fn set(&self, out: &Out, widths: &[usize], cells: &[(&str, Option<Tone>)]) -> Vec<String> {
        let parts: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .map(|((text, _), width)| wrapped(text, *width, ""))
            .collect();
        let height = parts.iter().map(Vec::len).max().unwrap_or(0).max(1);
        (0..height)
            .map(|part| {
                let mut line = String::new();
                for (place, ((width, (_, align)), (_, tone))) in
                    widths.iter().zip(&self.head).zip(cells).enumerate()
                {
                    if place > 0 {
                        line.push_str("  ");
                    }
                    let text = parts.get(place).and_then(|cell| cell.get(part));
                    let text = text.map_or("", String::as_str);
                    let blanks = " ".repeat(width.saturating_sub(text.chars().count()));
                    let text = tone.map_or_else(|| text.to_owned(), |tone| out.tone(tone, text));
                    line.push_str(&match align {
                        Align::Left => format!("{text}{blanks}"),
                        Align::Right => format!("{blanks}{text}"),
                    });
                }
                line.trim_end().to_owned()
            })
            .collect()
    }

    /// Writes the table to stdout.
    pub fn print(&self, out: &mut Out) {
        for line in self.lines(out) {
            out.line(line);
        }
    }
}

/// Widths that fit into so many columns: the widest gives way first, down to 12 letters.
fn fitted(natural: &[usize], columns: Option<usize>) -> Vec<usize> {
    let mut widths = natural.to_vec();
    let Some(columns) = columns else {
        return widths;
    };
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > columns {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 12 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// A cell as it is shown, so that the columns are as wide as what is shown.
fn one_line(text: String) -> String {
    match escape::shown(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// Two columns, names and values, for `info` and the like.
pub fn pairs(out: &mut Out, pairs: &[(&str, String)]) {
    let width = pairs
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, value) in pairs {
        let blanks = " ".repeat(width.saturating_sub(name.chars().count()));
        let name = out.tone(Tone::Strong, name);
        let room = out.columns.map_or(usize::MAX, |columns| {
            columns.saturating_sub(width + 2).max(12)
        });
        if seen(value) <= room {
            out.line(format!("{name}{blanks}  {value}"));
            continue;
        }
        for (place, part) in wrapped(value, room, "").iter().enumerate() {
            if place == 0 {
                out.line(format!("{name}{blanks}  {part}"));
            } else {
                out.line(format!("{:1$}{part}", "", width + 2));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Align, Table};
    use crate::out::{Color, Out, Style, Tone, seen, wrapped};

    #[test]
    fn a_table_lines_up() {
        let style = Style {
            color: Color::Never,
            ..Style::default()
        };
        let mut table = Table::new(&[("zone", Align::Left), ("cap", Align::Right)]);
        table.row(["nose", "0.750 mm"]);
        table.row(["forehead", "1 mm"]);
        let lines = table.lines(&Out::new(style));
        assert_eq!(
            lines,
            [
                "zone           cap",
                "--------  --------",
                "nose      0.750 mm",
                "forehead      1 mm",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_breaks_a_table_between_words() {
        let style = Style {
            color: Color::Never,
            ..Style::default()
        };
        let mut table = Table::new(&[
            ("code", Align::Left),
            ("exit", Align::Right),
            ("means", Align::Left),
        ]);
        let long = "the pen is there and this user may not open it, whatever the cable does";
        table.row(["PEN-E012", "12", long]);
        let out = Out::new(style);
        for columns in 30..120 {
            let lines = table.lines_within(&out, Some(columns));
            for line in &lines {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            let words: Vec<&str> = lines[2..]
                .iter()
                .flat_map(|line| line.split_whitespace())
                .collect();
            assert!(
                long.split_whitespace().all(|word| words.contains(&word)),
                "{lines:?}"
            );
            assert!(lines[2].starts_with("PEN-E012    12  the pen"), "{lines:?}");
        }
        // Somebody who reads a file gets whole lines.
        assert_eq!(table.lines_within(&out, None).len(), 3);
    }

    #[test]
    fn tones_take_no_room() {
        let style = Style {
            color: Color::Always,
            ..Style::default()
        };
        let out = Out::new(style);
        let text = format!(
            "{} (something forbids it)",
            out.tone(Tone::Strong, "Locked")
        );
        assert_eq!(seen(&text), "Locked (something forbids it)".len());
        assert_eq!(wrapped(&text, 29, "").len(), 1);
        assert_eq!(wrapped(&text, 28, "").len(), 2);
    }
}
