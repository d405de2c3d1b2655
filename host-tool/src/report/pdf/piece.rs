//! What stands on paper, in pieces that are not broken over two sheets.

use super::fonts::{Fonts, Weight, clean, wrap};
use crate::report::chart::Drawing;

/// A colour: red, green, blue from 0 to 1.
pub(super) type Ink = [f32; 3];

pub(super) const INK: Ink = [0.102, 0.114, 0.129];
pub(super) const SOFT: Ink = [0.337, 0.365, 0.4];
pub(super) const RULE: Ink = [0.835, 0.851, 0.871];
pub(super) const WASH: Ink = [0.957, 0.965, 0.973];
pub(super) const GREEN: Ink = [0.0, 0.4, 0.294];
pub(super) const AMBER: Ink = [0.478, 0.322, 0.0];
pub(super) const RED: Ink = [0.639, 0.149, 0.11];

/// Distance of base lines, in sizes of the text.
const LEADING: f64 = 1.28;

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) weight: Weight,
    /// Unit: pt.
    pub(super) size: f64,
    pub(super) ink: Ink,
}

impl Type {
    pub(super) const fn new(weight: Weight, size: f64, ink: Ink) -> Self {
        Self { weight, size, ink }
    }

    /// Height of one line. Unit: pt.
    pub(super) fn line(self) -> f64 {
        self.size * LEADING
    }

    /// Width of a text. Unit: pt.
    pub(super) fn width(self, fonts: &Fonts, text: &str) -> f64 {
        fonts.width(self.weight, self.size, &clean(text))
    }

    /// A text in lines of at most this width.
    pub(super) fn wrap(self, fonts: &Fonts, text: &str, width: f64) -> Vec<String> {
        wrap(fonts, self.weight, self.size, &clean(text), width)
    }
}

/// One mark on paper. Unit: pt, to the right of the sheet's edge and down from the piece's upper edge.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A line of text from the left end of its base line.
    Text((f64, f64), Type, String),
    /// A filled rectangle: left, top, width, height.
    Fill([f64; 4], Ink),
    /// A straight line between two points, so thick.
    Line([(f64, f64); 2], f64, Ink),
    /// A figure from its left upper corner, so many pt a unit.
    Figure((f64, f64), f64, Box<Drawing>),
}

impl Mark {
    /// The same, further down.
    pub(super) fn lowered(self, by: f64) -> Self {
        match self {
            Self::Text((x, y), style, text) => Self::Text((x, y + by), style, text),
            Self::Fill([left, top, width, height], ink) => {
                Self::Fill([left, top + by, width, height], ink)
            }
            Self::Line([from, to], width, ink) => {
                Self::Line([(from.0, from.1 + by), (to.0, to.1 + by)], width, ink)
            }
            Self::Figure((x, y), scale, drawing) => Self::Figure((x, y + by), scale, drawing),
        }
    }
}

/// Marks that stay together.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    /// Free space above, unless a sheet begins with it. Unit: pt.
    pub(super) gap: f64,
    /// Unit: pt.
    pub(super) height: f64,
    /// Stays on the sheet of the next piece.
    pub(super) is_kept: bool,
    /// The heading that is repeated when a sheet begins with this piece.
    pub(super) repeats: Option<usize>,
    pub(super) marks: Vec<Mark>,
}

impl Piece {
    /// Writes lines below what there is, and grows by them.
    pub(super) fn write(&mut self, lines: &[String], style: Type, left: f64) {
        for line in lines {
            // The base line lies where a line of this size has its letters in the middle.
            let base = self.height + 0.98 * style.size;
            let text = Mark::Text((left, base), style, line.clone());
            self.marks.push(text);
            self.height += style.line();
        }
    }
}
