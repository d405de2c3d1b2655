//! Tables: how wide columns are, and rows as pieces.

use super::fonts::{Fonts, Weight};
use super::piece::{AMBER, GREEN, INK, Ink, Mark, Piece, RED, RULE, Type, WASH};
use crate::report::document::{Cell, Grid};

/// Size of the text, and the smallest that is tried where a table is too wide. Unit: pt.
const SIZE: f64 = 7.8;
const SIZE_MIN: f64 = 5.8;
/// Free space beside and above a text of a cell. Unit: pt.
const SIDE: f64 = 3.0;
const ABOVE: f64 = 1.7;

/// A table as pieces: caption with headings, then its rows.
pub(super) struct Laid {
    pub(super) caption: Piece,
    pub(super) head: Piece,
    pub(super) rows: Vec<Piece>,
}

/// Lays a table out between two edges. Unit: pt.
pub(super) fn lay(fonts: &Fonts, grid: &Grid, left: f64, width: f64) -> Laid {
    let (size, columns) = columns(fonts, grid, width);
    let mut edges = vec![left];
    for column in &columns {
        edges.push(edges.last().copied().unwrap_or(left) + column);
    }
    let mut caption = Piece {
        gap: 8.0,
        is_kept: true,
        ..Piece::default()
    };
    if !grid.caption.is_empty() {
        let bold = Type::new(Weight::Bold, 8.4, INK);
        let lines = bold.wrap(fonts, &grid.caption, width);
        caption.write(&lines, bold, left);
        caption.height += 1.5;
    }
    let rows = grid.rows.iter().enumerate();
    Laid {
        caption,
        head: head(fonts, grid, &edges, size),
        rows: rows
            .map(|(number, row)| {
                let mut piece = line(fonts, row, &edges, size);
                if number % 2 == 1 {
                    let wash = Mark::Fill([left, 0.0, width, piece.height], WASH);
                    piece.marks.insert(0, wash);
                }
                let ends = [(left, piece.height), (left + width, piece.height)];
                piece.marks.push(Mark::Line(ends, 0.5, RULE));
                piece
            })
            .collect(),
    }
}

/// A heading without the sign that numbers stand below it.
fn heading(text: &str) -> (&str, bool) {
    text.strip_suffix('#')
        .map_or((text, false), |text| (text, true))
}

/// Headings end on one line, whatever their number of lines.
fn head(fonts: &Fonts, grid: &Grid, edges: &[f64], size: f64) -> Piece {
    let bold = Type::new(Weight::Bold, size, INK);
    let places = edges.windows(2).map(|edge| (edge[0], edge[1]));
    let texts: Vec<(f64, f64, bool, Vec<String>)> = places
        .zip(&grid.headings)
        .map(|((from, to), text)| {
            let (text, is_number) = heading(text);
            let lines = bold.wrap(fonts, text, to - from - 2.0 * SIDE);
            (from, to, is_number, lines)
        })
        .collect();
    let most = texts.iter().map(|it| it.3.len()).max().unwrap_or(1);
    let height_of = |lines: usize| f64::from(u32::try_from(lines).unwrap_or(1)) * bold.line();
    let height = height_of(most) + 2.0 * ABOVE;
    let mut piece = Piece {
        is_kept: true,
        height,
        ..Piece::default()
    };
    for (from, to, is_number, lines) in texts {
        let top = height - ABOVE - height_of(lines.len());
        piece
            .marks
            .extend(texts_of(fonts, &lines, bold, [from, to, top], is_number));
    }
    if let (Some(&from), Some(&to)) = (edges.first(), edges.last()) {
        let ends = [(from, height), (to, height)];
        piece.marks.push(Mark::Line(ends, 1.2, INK));
    }
    piece
}

/// Lines of one cell from its top down, on the left or on the right.
fn texts_of(
    fonts: &Fonts,
    lines: &[String],
    style: Type,
    [from, to, top]: [f64; 3],
    is_number: bool,
) -> Vec<Mark> {
    let mut base = top + 0.98 * style.size;
    let mut marks = Vec::with_capacity(lines.len());
    for line in lines {
        let x = if is_number {
            to - SIDE - style.width(fonts, line)
        } else {
            from + SIDE
        };
        marks.push(Mark::Text((x, base), style, line.clone()));
        base += style.line();
    }
    marks
}

fn line(fonts: &Fonts, row: &[Cell], edges: &[f64], size: f64) -> Piece {
    let mut piece = Piece::default();
    let mut column = 0;
    for cell in row {
        let next = column + usize::from(cell.columns);
        let (Some(&from), Some(&to)) = (edges.get(column), edges.get(next)) else {
            break;
        };
        let style = style(cell, size);
        let lines = style.wrap(fonts, &cell.text, to - from - 2.0 * SIDE);
        let count = f64::from(u32::try_from(lines.len()).unwrap_or(1));
        piece.height = piece.height.max(count * style.line() + 2.0 * ABOVE);
        let place = [from, to, ABOVE];
        piece
            .marks
            .extend(texts_of(fonts, &lines, style, place, is_right(cell)));
        column = next;
    }
    piece
}

fn is_right(cell: &Cell) -> bool {
    matches!(&*cell.class, "n" | "l")
}

/// The colour of a verdict's class; none of any other.
pub(super) fn ink_of(class: &str) -> Option<Ink> {
    match class {
        "pass" => Some(GREEN),
        "conditional" => Some(AMBER),
        "fail" => Some(RED),
        _ => None,
    }
}

fn style(cell: &Cell, size: f64) -> Type {
    match (ink_of(&cell.class), &*cell.class) {
        (Some(ink), _) => Type::new(Weight::Bold, size, ink),
        (None, "plain") => Type::new(Weight::Bold, size, INK),
        (None, _) => Type::new(Weight::Regular, size, INK),
    }
}

/// Size of the text and width of each column, which fill the width.
fn columns(fonts: &Fonts, grid: &Grid, width: f64) -> (f64, Vec<f64>) {
    let mut size = SIZE;
    loop {
        let (whole, unbroken, words) = wishes(fonts, grid, size);
        let is_last = size <= SIZE_MIN;
        for least in [&unbroken, &words] {
            let (most_sum, least_sum) = (sum(&whole), sum(least));
            if most_sum <= width {
                let spare = width - most_sum;
                let share = |it: &f64| it + spare * it / most_sum.max(1.0);
                return (size, whole.iter().map(share).collect());
            }
            if least_sum <= width {
                let part = (width - least_sum) / (most_sum - least_sum);
                let between = |(most, least): (&f64, &f64)| least + part * (most - least);
                return (size, whole.iter().zip(least).map(between).collect());
            }
            if !is_last {
                break;
            }
        }
        if is_last {
            // Words are broken.
            let all = sum(&words).max(1.0);
            return (size, words.iter().map(|it| it * width / all).collect());
        }
        size -= 0.2;
    }
}

fn sum(widths: &[f64]) -> f64 {
    widths.iter().sum()
}

/// Of each column: its width on one line, the least that breaks no number, the least that breaks no word.
fn wishes(fonts: &Fonts, grid: &Grid, size: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let bold = Type::new(Weight::Bold, size, INK);
    let longest = |style: Type, text: &str| {
        let words = text.split(' ').map(|word| style.width(fonts, word));
        words.fold(0.0, f64::max)
    };
    let headings = grid.headings.iter();
    let mut words: Vec<f64> = headings.map(|it| longest(bold, heading(it).0)).collect();
    let (mut whole, mut unbroken) = (words.clone(), words.clone());
    for row in &grid.rows {
        let mut column = 0;
        for cell in row {
            if cell.columns == 1 && column < words.len() {
                let style = style(cell, size);
                let (all, word) = (style.width(fonts, &cell.text), longest(style, &cell.text));
                let is_text = matches!(&*cell.class, "" | "l");
                whole[column] = whole[column].max(all);
                unbroken[column] = unbroken[column].max(if is_text { word } else { all });
                words[column] = words[column].max(word);
            }
            column += usize::from(cell.columns);
        }
    }
    let padded = |widths: Vec<f64>| widths.iter().map(|it| it + 2.0 * SIDE + 0.1).collect();
    (padded(whole), padded(unbroken), padded(words))
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Fonts;
    use super::{Grid, columns, lay, sum};
    use crate::report::document::Cell;

    fn grid(text: &str, columns: usize) -> Grid {
        Grid {
            caption: "a".to_owned(),
            headings: vec!["Head of it#".to_owned(); columns],
            rows: vec![vec![Cell::text(text); columns]; 3],
        }
    }

    #[test]
    fn columns_fill_the_width_whatever_is_in_them() {
        let fonts = Fonts::new().unwrap();
        for text in ["1", "some words of a text", &"x".repeat(300), ""] {
            for count in [1, 5, 12, 40] {
                let grid = grid(text, count);
                let (size, widths) = columns(&fonts, &grid, 500.0);
                assert!(
                    (sum(&widths) - 500.0).abs() < 0.5,
                    "{text} {count}: {widths:?}"
                );
                assert!((5.5..=7.8).contains(&size) && widths.iter().all(|it| *it > 0.0));
            }
        }
    }

    #[test]
    fn a_row_is_as_high_as_its_highest_cell() {
        let fonts = Fonts::new().unwrap();
        let low = lay(&fonts, &grid("a", 12), 40.0, 500.0);
        let high = lay(
            &fonts,
            &grid("some words of a text that is longer", 12),
            40.0,
            500.0,
        );
        assert_eq!((low.rows.len(), high.rows.len()), (3, 3));
        assert!(high.rows[0].height > 2.0 * low.rows[0].height);
    }
}
