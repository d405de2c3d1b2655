//! From the parts of a document to pieces of paper.

use super::fonts::{Fonts, Weight};
use super::grid::{self, ink_of};
use super::piece::{AMBER, INK, Mark, Piece, RULE, SOFT, Type, WASH};
use super::{LEFT, WIDTH};
use crate::report::calibration::Fact;
use crate::report::chart;
use crate::report::document::{Badge, Block, Document, Grid, ROWS_TOGETHER, Tone};

const BODY: Type = Type::new(Weight::Regular, 8.7, INK);
const SMALL: Type = Type::new(Weight::Regular, 7.9, SOFT);

/// A document as pieces, and the headings of tables that are repeated.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) pieces: Vec<Piece>,
    pub(super) heads: Vec<Piece>,
    /// Where the last section begins.
    pub(super) section: usize,
}

impl Pieces {
    pub(super) fn of(fonts: &Fonts, document: &Document) -> Self {
        let mut all = Self::default();
        for block in &document.blocks {
            all.add(fonts, document, block);
        }
        all.keep_the_end();
        all
    }

    /// The last section is on one sheet: none has nothing but a line to sign on.
    fn keep_the_end(&mut self) {
        let last = self.pieces.len().saturating_sub(1);
        let section = self.section.min(last);
        for piece in self.pieces.get_mut(section..last).unwrap_or_default() {
            piece.is_kept = true;
        }
    }

    fn add(&mut self, fonts: &Fonts, document: &Document, block: &Block) {
        match block {
            Block::Head(sub) => self.pieces.push(head(fonts, document, sub)),
            Block::Simulated(text) => self.pieces.push(simulated(fonts, text)),
            Block::Badges(badges) => self.pieces.push(row_of_badges(fonts, badges)),
            Block::Section(text) => {
                self.section = self.pieces.len();
                let style = Type::new(Weight::Bold, 12.0, INK);
                let mut piece = titled(fonts, text, style, 15.0);
                piece.height += 2.0;
                let ends = [(LEFT, piece.height), (LEFT + WIDTH, piece.height)];
                piece.marks.push(Mark::Line(ends, 0.7, RULE));
                self.pieces.push(piece);
            }
            Block::Heading(text) => {
                let style = Type::new(Weight::Bold, 9.6, INK);
                self.pieces.push(titled(fonts, text, style, 9.0));
            }
            Block::Text(tone, text) => self.pieces.push(paragraph(fonts, *tone, text)),
            Block::Facts(facts) => self.pieces.extend(rows_of_facts(fonts, facts)),
            Block::Tables(grids) => self.tables(fonts, grids),
            Block::Figure(drawing, caption) => {
                let scale = WIDTH / chart::WIDTH;
                let mut piece = Piece {
                    gap: 7.0,
                    height: drawing.height * scale + 2.0,
                    ..Piece::default()
                };
                let figure = Mark::Figure((LEFT, 0.0), scale, Box::new(drawing.clone()));
                piece.marks.push(figure);
                piece.write(&SMALL.wrap(fonts, caption, WIDTH), SMALL, LEFT);
                self.pieces.push(piece);
            }
            Block::List(lines) => {
                for line in lines {
                    let mut piece = Piece {
                        gap: 2.2,
                        ..Piece::default()
                    };
                    piece.write(&BODY.wrap(fonts, line, WIDTH - 12.0), BODY, LEFT + 12.0);
                    let bullet = ((LEFT + 2.0, 0.98 * BODY.size), BODY, "\u{2022}".to_owned());
                    piece.marks.push(Mark::Text(bullet.0, bullet.1, bullet.2));
                    self.pieces.push(piece);
                }
            }
            Block::Signatures(lines) => self.pieces.push(signatures(fonts, lines)),
            Block::End(text) => {
                let mut piece = Piece {
                    gap: 16.0,
                    height: 6.0,
                    ..Piece::default()
                };
                let rule = [(LEFT, 0.0), (LEFT + WIDTH, 0.0)];
                piece.marks.push(Mark::Line(rule, 0.7, RULE));
                for line in BODY.wrap(fonts, text, WIDTH) {
                    let left = LEFT + (WIDTH - BODY.width(fonts, &line)) / 2.0;
                    piece.write(&[line], BODY, left);
                }
                self.pieces.push(piece);
            }
        }
    }

    /// Tables beside each other; a short one stays on one sheet, a long one repeats its headings.
    fn tables(&mut self, fonts: &Fonts, grids: &[Grid]) {
        const BETWEEN: f64 = 22.0;
        let count = f64::from(u32::try_from(grids.len()).unwrap_or(1).max(1));
        let width = (WIDTH - BETWEEN * (count - 1.0)) / count;
        let mut left = LEFT;
        let mut all: Vec<Piece> = Vec::new();
        let mut heads = [Piece::default(), Piece::default()];
        for grid in grids {
            let laid = grid::lay(fonts, grid, left, width);
            for (head, more) in heads.iter_mut().zip([laid.caption, laid.head]) {
                beside(head, more);
            }
            for (place, row) in laid.rows.into_iter().enumerate() {
                match all.get_mut(place) {
                    Some(there) => beside(there, row),
                    None => all.push(row),
                }
            }
            left += width + BETWEEN;
        }
        let [caption, head] = heads;
        self.heads.push(head.clone());
        self.pieces.extend([caption, head]);
        let rows = all.len();
        let repeats = Some(self.heads.len() - 1);
        let is_short = rows <= ROWS_TOGETHER;
        self.pieces
            .extend(all.into_iter().enumerate().map(|(place, row)| Piece {
                // No sheet has but one row of a table.
                is_kept: (is_short && place + 1 < rows) || place == 0 || place + 2 == rows,
                repeats,
                ..row
            }));
        if let Some(last) = self.pieces.last_mut() {
            last.is_kept = false;
        }
    }
}

/// Puts one piece beside another.
fn beside(piece: &mut Piece, other: Piece) {
    piece.gap = piece.gap.max(other.gap);
    piece.height = piece.height.max(other.height);
    piece.is_kept |= other.is_kept;
    piece.marks.extend(other.marks);
}

fn titled(fonts: &Fonts, text: &str, style: Type, gap: f64) -> Piece {
    let mut piece = Piece {
        gap,
        is_kept: true,
        ..Piece::default()
    };
    piece.write(&style.wrap(fonts, text, WIDTH), style, LEFT);
    piece
}

fn head(fonts: &Fonts, document: &Document, sub: &str) -> Piece {
    let title = Type::new(Weight::Bold, 18.0, INK);
    let number = Type::new(Weight::Bold, 9.5, INK);
    let mut piece = Piece::default();
    piece.write(
        &title.wrap(fonts, &document.title, WIDTH * 0.6),
        title,
        LEFT,
    );
    let base = piece.height - 0.3 * title.size;
    let lines = number.wrap(fonts, &document.id, WIDTH * 0.38);
    let mut up = base - number.line() * f64::from(u32::try_from(lines.len()).unwrap_or(1) - 1);
    for line in lines {
        let left = LEFT + WIDTH - number.width(fonts, &line);
        piece.marks.push(Mark::Text((left, up), number, line));
        up += number.line();
    }
    piece.height += 3.0;
    let ends = [(LEFT, piece.height), (LEFT + WIDTH, piece.height)];
    piece.marks.push(Mark::Line(ends, 2.0, INK));
    piece.height += 5.0;
    let soft = Type::new(Weight::Regular, 9.0, SOFT);
    piece.write(&soft.wrap(fonts, sub, WIDTH), soft, LEFT);
    piece
}

fn simulated(fonts: &Fonts, text: &str) -> Piece {
    let bold = Type::new(Weight::Bold, 9.2, INK);
    let mut piece = Piece {
        gap: 8.0,
        height: 5.0,
        ..Piece::default()
    };
    piece.write(&bold.wrap(fonts, text, WIDTH - 20.0), bold, LEFT + 10.0);
    piece.height += 5.0;
    let (right, bottom) = (LEFT + WIDTH, piece.height);
    let corners = [
        (LEFT, 0.0),
        (right, 0.0),
        (right, bottom),
        (LEFT, bottom),
        (LEFT, 0.0),
    ];
    let sides = corners
        .windows(2)
        .map(|it| Mark::Line([it[0], it[1]], 1.2, INK));
    piece.marks.extend(sides);
    piece
}

fn row_of_badges(fonts: &Fonts, badges: &[Badge]) -> Piece {
    const BETWEEN: f64 = 10.0;
    let count = f64::from(u32::try_from(badges.len()).unwrap_or(1).max(1));
    let width = (WIDTH - BETWEEN * (count - 1.0)) / count;
    let mut row = Piece {
        gap: 9.0,
        ..Piece::default()
    };
    let mut boxes = Vec::new();
    for (place, badge) in (0_u32..).zip(badges) {
        let left = LEFT + f64::from(place) * (width + BETWEEN);
        let ink = ink_of(&badge.class).unwrap_or(INK);
        let mut piece = Piece {
            height: 5.0,
            ..Piece::default()
        };
        let inner = width - 24.0;
        let value = Type::new(Weight::Bold, 14.5, ink);
        for (style, text) in [
            (SMALL, &badge.label),
            (value, &badge.value),
            (SMALL, &badge.more),
        ] {
            piece.write(&style.wrap(fonts, text, inner), style, left + 14.0);
        }
        piece.height += 5.0;
        beside(&mut row, piece);
        boxes.push((left, ink));
    }
    for (left, ink) in boxes {
        let sheet = Mark::Fill([left, 0.0, width, row.height], WASH);
        let edge = Mark::Fill([left, 0.0, 5.0, row.height], ink);
        row.marks.splice(0..0, [sheet, edge]);
    }
    row
}

fn paragraph(fonts: &Fonts, tone: Tone, text: &str) -> Piece {
    let mut piece = Piece {
        gap: 5.0,
        is_kept: tone == Tone::Lead,
        ..Piece::default()
    };
    match tone {
        Tone::Plain | Tone::Lead => piece.write(&BODY.wrap(fonts, text, WIDTH), BODY, LEFT),
        Tone::Note => piece.write(&SMALL.wrap(fonts, text, WIDTH), SMALL, LEFT),
        Tone::Warning => {
            piece.height = 4.0;
            piece.write(&BODY.wrap(fonts, text, WIDTH - 22.0), BODY, LEFT + 12.0);
            piece.height += 4.0;
            let sheet = Mark::Fill([LEFT, 0.0, WIDTH, piece.height], WASH);
            let edge = Mark::Fill([LEFT, 0.0, 3.0, piece.height], AMBER);
            piece.marks.splice(0..0, [sheet, edge]);
        }
    }
    piece
}

/// Four facts a row, each with its label above.
fn rows_of_facts(fonts: &Fonts, facts: &[Fact]) -> Vec<Piece> {
    const COLUMNS: u32 = 4;
    const BETWEEN: f64 = 12.0;
    let width = (WIDTH - BETWEEN * f64::from(COLUMNS - 1)) / f64::from(COLUMNS);
    let in_row = usize::try_from(COLUMNS).unwrap_or(1);
    let mut rows = Vec::new();
    for (number, some) in facts.chunks(in_row).enumerate() {
        let mut row = Piece {
            gap: if number == 0 { 5.0 } else { 0.0 },
            ..Piece::default()
        };
        for (place, fact) in (0_u32..).zip(some) {
            let left = LEFT + f64::from(place) * (width + BETWEEN);
            let mut piece = Piece {
                height: 2.0,
                ..Piece::default()
            };
            piece.write(&SMALL.wrap(fonts, &fact.label, width), SMALL, left);
            piece.write(&BODY.wrap(fonts, &fact.value, width), BODY, left);
            piece.height += 2.5;
            beside(&mut row, piece);
        }
        for place in 0..COLUMNS.min(u32::try_from(some.len()).unwrap_or(COLUMNS)) {
            let left = LEFT + f64::from(place) * (width + BETWEEN);
            let ends = [(left, row.height), (left + width, row.height)];
            row.marks.push(Mark::Line(ends, 0.5, RULE));
        }
        rows.push(row);
    }
    rows
}

fn signatures(fonts: &Fonts, lines: &[String]) -> Piece {
    const BETWEEN: f64 = 36.0;
    const ROOM: f64 = 34.0;
    let count = f64::from(u32::try_from(lines.len()).unwrap_or(1).max(1));
    let width = (WIDTH - BETWEEN * (count - 1.0)) / count;
    let mut row = Piece {
        is_kept: true,
        ..Piece::default()
    };
    for (place, line) in (0_u32..).zip(lines) {
        let left = LEFT + f64::from(place) * (width + BETWEEN);
        let mut piece = Piece {
            height: ROOM,
            ..Piece::default()
        };
        let ends = [(left, ROOM), (left + width, ROOM)];
        piece.marks.push(Mark::Line(ends, 0.8, INK));
        piece.height += 2.0;
        piece.write(&SMALL.wrap(fonts, line, width), SMALL, left);
        beside(&mut row, piece);
    }
    row
}
