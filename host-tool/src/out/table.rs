//! Tables and pairs of plain letters, broken between words where a terminal is narrow.

use std::borrow::Cow;

use super::{Out, Tone, longest_piece, seen, wrapped};
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
    /// broken between words, and where that does not help each row is a list of its cells.
    #[must_use]
    pub fn lines(&self, out: &Out) -> Vec<String> {
        self.lines_within(out, out.columns)
    }

    fn lines_within(&self, out: &Out, columns: Option<usize>) -> Vec<String> {
        let Some((widths, gap)) = fitted(&self.natural(), &self.least(), columns) else {
            return self.listed(out, columns.unwrap_or(usize::MAX));
        };
        let gap = " ".repeat(gap);
        let mut lines = Vec::with_capacity(self.rows.len() + 2);
        let head: Vec<(&str, Option<Tone>)> = self
            .head
            .iter()
            .map(|(text, _)| (text.as_str(), Some(Tone::Strong)))
            .collect();
        lines.extend(self.set(out, &widths, &gap, &head));
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.push(out.tone(Tone::Faint, &rule.join(&gap)));
        for row in &self.rows {
            let cells: Vec<(&str, Option<Tone>)> = row
                .iter()
                .map(|(text, tone)| (text.as_str(), *tone))
                .collect();
            lines.extend(self.set(out, &widths, &gap, &cells));
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

    /// How narrow each column may be: no word is broken, and no number from its unit.
    fn least(&self) -> Vec<usize> {
        let columns = self.head.iter().zip(self.natural()).enumerate();
        columns
            .map(|(column, ((head, align), natural))| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                let longest = cells.map(|(text, _)| longest_piece(text)).max();
                match align {
                    Align::Left => longest_piece(head).max(longest.unwrap_or(0)),
                    Align::Right => natural,
                }
            })
            .collect()
    }

    /// Each row as names and values, a blank line after it.
    fn listed(&self, out: &Out, columns: usize) -> Vec<String> {
        let heads = self.head.iter().map(|(text, _)| text.chars().count());
        let width = heads.max().unwrap_or(0);
        let mut lines = Vec::new();
        for row in &self.rows {
            for ((head, _), (text, tone)) in self.head.iter().zip(row) {
                let room = columns.saturating_sub(width + 2).max(1);
                for (place, part) in wrapped(text, room, "").iter().enumerate() {
                    let name = if place == 0 { head.as_str() } else { "" };
                    let blanks = " ".repeat(width.saturating_sub(name.chars().count()) + 2);
                    let name = out.tone(Tone::Strong, name);
                    let part = tone.map_or_else(|| part.clone(), |tone| out.tone(tone, part));
                    lines.push(format!("{name}{blanks}{part}"));
                }
            }
            lines.push(String::new());
        }
        lines.pop();
        lines
    }

    /// One row, in as many lines as its longest cell needs.
    fn set(
        &self,
        out: &Out,
        widths: &[usize],
        gap: &str,
        cells: &[(&str, Option<Tone>)],
    ) -> Vec<String> {
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
                        line.push_str(gap);
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

/// Widths that fit into so many columns, and the blanks between them: two, or one where that keeps every row whole; else
/// the widest gives way first. None if there are none.
fn fitted(
    natural: &[usize],
    least: &[usize],
    columns: Option<usize>,
) -> Option<(Vec<usize>, usize)> {
    let mut widths = natural.to_vec();
    let gaps = widths.len().saturating_sub(1);
    let taken = |widths: &[usize], gap: usize| widths.iter().sum::<usize>() + gap * gaps;
    let Some(columns) = columns else {
        return Some((widths, 2));
    };
    if taken(&widths, 2) > columns && taken(&widths, 1) <= columns {
        return Some((widths, 1));
    }
    while taken(&widths, 2) > columns {
        let may_give = widths
            .iter_mut()
            .zip(least)
            .filter(|(now, least)| **now > **least);
        let (widest, _) = may_give.max_by_key(|(now, _)| **now)?;
        *widest -= 1;
    }
    Some((widths, 2))
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
    if out.is_json() {
        return;
    }
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
            out.show(&format!("{name}{blanks}  {value}\n"));
            continue;
        }
        for (place, part) in wrapped(value, room, "").iter().enumerate() {
            if place == 0 {
                out.show(&format!("{name}{blanks}  {part}\n"));
            } else {
                out.show(&format!("{:1$}{part}\n", "", width + 2));
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
        let lines = table.lines(&Out::heard(style).0);
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
        let (out, _) = Out::heard(style);
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
            // The row is 87 wide, with one blank between its columns 85.
            let begins = match columns {
                85 | 86 => "PEN-E012   12 the pen",
                _ => "PEN-E012    12  the pen",
            };
            assert!(lines[2].starts_with(begins), "{columns}: {lines:?}");
        }
        // Somebody who reads a file gets whole lines.
        assert_eq!(table.lines_within(&out, None).len(), 3);
    }

    /// Tables as the commands make them.
    fn tables() -> Vec<Table> {
        let left = |names: &[&'static str]| -> Vec<(&'static str, Align)> {
            names.iter().map(|name| (*name, Align::Left)).collect()
        };
        let mut doctor = Table::new(&left(&["check", "", "found"]));
        doctor.row([
            "configuration",
            "warning",
            "none at /srv/calibration-laboratory/benches/left/.config/penctl/config.toml",
        ]);
        doctor.row([
            "pens",
            "BAD",
            "pen 22691675 at /dev/ttyACM0, held by screen",
        ]);
        let mut due = Table::new(&[
            ("what", Align::Left),
            ("number", Align::Left),
            ("due", Align::Left),
            ("days left", Align::Right),
            ("state", Align::Left),
            ("name", Align::Left),
        ]);
        due.row([
            "instrument",
            "G-17-2026-004",
            "2026-12-31",
            "31",
            "due within 60 days",
            "Digimatic indicator of the left bench",
        ]);
        let mut page = Table::new(&[
            ("as found", Align::Left),
            ("reference", Align::Right),
            ("pen says", Align::Right),
            ("deviation", Align::Right),
            ("U", Align::Right),
            ("k", Align::Right),
            ("verdict", Align::Left),
        ]);
        page.row([
            "1250 um",
            "1250",
            "1251",
            "-1",
            "18",
            "2.00",
            "! Conditional pass",
        ]);
        page.row([
            "65 Hz", "65.027", "65.035", "0.041 %", "0.047 %", "2.28", "Pass",
        ]);
        vec![doctor, due, page]
    }

    #[test]
    fn no_width_breaks_a_word_or_leaves_the_screen() {
        let style = Style {
            color: Color::Never,
            ..Style::default()
        };
        let (out, _) = Out::heard(style);
        for table in tables() {
            let cells = table.rows.iter().flatten();
            // A path may be broken behind a slash.
            let wanted: Vec<String> = cells
                .flat_map(|(text, _)| text.split_whitespace())
                .flat_map(|word| word.split_inclusive('/'))
                .map(str::to_owned)
                .collect();
            for columns in 40..=140 {
                let lines = table.lines_within(&out, Some(columns));
                for line in &lines {
                    assert!(line.chars().count() <= columns, "{columns}: {line}");
                }
                let shown: Vec<&str> = lines
                    .iter()
                    .flat_map(|line| line.split_whitespace())
                    .flat_map(|word| word.split_inclusive('/'))
                    .collect();
                for word in &wanted {
                    assert!(
                        shown.contains(&word.as_str()),
                        "{columns}: {word}: {lines:#?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_number_stays_with_its_unit_and_a_row_that_fits_nowhere_is_a_list() {
        let style = Style {
            color: Color::Never,
            ..Style::default()
        };
        let (out, _) = Out::heard(style);
        let page = &tables()[2];
        for columns in 40..=140 {
            let lines = page.lines_within(&out, Some(columns));
            for together in ["0.041 %", "0.047 %"] {
                assert!(
                    lines.iter().any(|line| line.contains(together)),
                    "{lines:#?}"
                );
            }
        }
        let list = page.lines_within(&out, Some(40));
        assert_eq!(list[0], "as found   1250 um");
        assert_eq!(list[6..8], ["verdict    ! Conditional pass", ""]);
    }

    #[test]
    fn blanks_between_columns_give_way_before_a_cell_is_broken() {
        let (out, _) = Out::heard(Style::default());
        let mut table = Table::new(&[("as left", Align::Left), ("U", Align::Right)]);
        table.row(["rise 50 Hz", "0.92 mA"]);
        assert_eq!(table.lines_within(&out, Some(19))[2], "rise 50 Hz  0.92 mA");
        assert_eq!(table.lines_within(&out, Some(18))[2], "rise 50 Hz 0.92 mA");
        assert_eq!(table.lines_within(&out, Some(18))[1], "---------- -------");
        assert_eq!(table.lines_within(&out, Some(17))[2], "rise 50   0.92 mA");
    }

    #[test]
    fn tones_take_no_room() {
        let style = Style {
            color: Color::Always,
            ..Style::default()
        };
        let (out, _) = Out::heard(style);
        let text = format!(
            "{} (something forbids it)",
            out.tone(Tone::Strong, "Locked")
        );
        assert_eq!(seen(&text), "Locked (something forbids it)".len());
        assert_eq!(wrapped(&text, 29, "").len(), 1);
        assert_eq!(wrapped(&text, 28, "").len(), 2);
    }
}
