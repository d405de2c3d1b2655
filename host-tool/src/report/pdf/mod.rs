//! A document on A4 sheets, as PDF.
//!
//! The sheets have the texts, numbers and figures of the page, set anew: tables break between rows and repeat
//! their headings, a heading stays with what follows, number and count of sheets stand on each. Fonts are
//! embedded, with only the glyphs that are used; text can be selected. Nothing here reads a clock or a file:
//! the same document gives the same bytes.

mod blocks;
mod face;
mod file;
mod flow;
mod fonts;
mod grid;
mod piece;
mod sheet;

use thiserror::Error;

use super::document::{Block, Document};
use blocks::Pieces;
use fonts::{Fonts, Weight, clean};
use piece::{Mark, SOFT, Type};
use sheet::Pen;

/// A4. Unit: pt.
const SHEET_WIDTH: f64 = 595.28;
const HEIGHT: f64 = 841.89;
/// Edges of what a sheet holds. Unit: pt.
const LEFT: f64 = 40.0;
const WIDTH: f64 = SHEET_WIDTH - 2.0 * LEFT;
const TOP: f64 = 54.0;
const BOTTOM: f64 = HEIGHT - 52.0;

/// Why there is no PDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unwritten {
    /// A character has no glyph, or has to be set in a way that is not known here.
    #[error(
        "the fonts cannot show `{0}` (U+{code:04X}); Latin, Greek and Cyrillic letters and common signs are \
         allowed, no marks that combine",
        code = u32::from(*.0)
    )]
    Character(char),
    /// A font of this program is broken.
    #[error("the font {0} cannot be read")]
    Font(&'static str),
}

/// Whether all characters of these texts can be shown.
///
/// # Errors
/// The first that cannot.
pub fn can_show(texts: &[&str]) -> Result<(), Unwritten> {
    let mut fonts = Fonts::new()?;
    for text in texts {
        fonts.encode(Weight::Regular, &clean(text));
        fonts.encode(Weight::Bold, &clean(text));
    }
    fonts.complete()
}

impl Document {
    /// The document as a PDF.
    ///
    /// # Errors
    /// It has a character that the fonts cannot show.
    pub fn pdf(&self) -> Result<Vec<u8>, Unwritten> {
        let mut fonts = Fonts::new()?;
        let mut sheets = flow::deal(Pieces::of(&fonts, self));
        let count = sheets.len();
        for (number, sheet) in (1..).zip(&mut sheets) {
            self.edges(&fonts, number, count, sheet);
        }
        let contents: Vec<Vec<u8>> = sheets
            .iter()
            .map(|sheet| {
                let mut pen = Pen::new(&mut fonts);
                sheet.iter().for_each(|mark| pen.draw(mark));
                pen.finish()
            })
            .collect();
        fonts.complete()?;
        file::write(self, &fonts, &contents)
    }

    /// What stands on every sheet: kind and number of the paper, which sheet of how many, and that nothing
    /// real was measured.
    fn edges(&self, fonts: &Fonts, number: usize, count: usize, sheet: &mut Vec<Mark>) {
        let small = Type::new(Weight::Regular, 7.8, SOFT);
        let right = |text: &str| LEFT + WIDTH - small.width(fonts, text);
        let (title, id) = (clean(&self.title), clean(&self.id));
        let pages = format!("page {number} of {count}");
        let (over, under) = (TOP - 22.0, BOTTOM + 26.0);
        sheet.push(Mark::Text((LEFT, over), small, title));
        sheet.push(Mark::Text((right(&id), over), small, id));
        sheet.push(Mark::Text((right(&pages), under), small, pages));
        let is_simulated = |block: &Block| matches!(block, Block::Simulated(_));
        if self.blocks.iter().any(is_simulated) {
            let text = "simulated: nothing real was measured".to_owned();
            sheet.push(Mark::Text((LEFT, under), small, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Block, Document};
    use super::super::{Fact, calibration_document, sample};
    use super::fonts::{Fonts, clean};
    use super::piece::Mark;
    use super::{BOTTOM, LEFT, Pieces, Unwritten, WIDTH, flow};

    fn document() -> Document {
        calibration_document(&sample::calibration())
    }

    /// Every text of a document but those of its figures.
    fn texts(document: &Document) -> Vec<String> {
        let mut texts = vec![document.title.clone(), document.id.clone()];
        for block in &document.blocks {
            match block {
                Block::Head(text)
                | Block::Simulated(text)
                | Block::Section(text)
                | Block::Heading(text)
                | Block::Text(_, text)
                | Block::Figure(_, text)
                | Block::End(text) => texts.push(text.clone()),
                Block::Badges(badges) => texts.extend(
                    badges
                        .iter()
                        .flat_map(|it| [it.label.clone(), it.value.clone(), it.more.clone()]),
                ),
                Block::Facts(facts) => texts.extend(
                    facts
                        .iter()
                        .flat_map(|it| [it.label.clone(), it.value.clone()]),
                ),
                Block::Tables(grids) => {
                    for grid in grids {
                        texts.push(grid.caption.clone());
                        let headings = grid.headings.iter();
                        texts.extend(headings.map(|it| it.trim_end_matches('#').to_owned()));
                        texts.extend(grid.rows.iter().flatten().map(|cell| cell.text.clone()));
                    }
                }
                Block::List(lines) | Block::Signatures(lines) => texts.extend(lines.clone()),
            }
        }
        texts
    }

    fn solid(text: &str) -> String {
        clean(text).replace(' ', "")
    }

    /// What stands on the sheets, without blanks.
    fn written(sheet: &[Mark]) -> String {
        let text = |mark: &Mark| match mark {
            Mark::Text(_, _, text) => solid(text),
            _ => String::new(),
        };
        sheet.iter().map(text).collect()
    }

    #[test]
    fn every_text_of_the_document_is_on_the_sheets() {
        let document = document();
        let fonts = Fonts::new().unwrap();
        let sheets = flow::deal(Pieces::of(&fonts, &document));
        let all: String = sheets.iter().map(|sheet| written(sheet)).collect();
        let texts = texts(&document);
        assert!(texts.len() > 800, "{}", texts.len());
        for text in &texts {
            assert!(all.contains(&solid(text)), "{text}");
        }
    }

    #[test]
    fn nothing_is_drawn_beyond_the_edges() {
        let fonts = Fonts::new().unwrap();
        let mut document = document();
        document.push(Block::Facts(vec![Fact::new(
            "x".repeat(400),
            "y".repeat(400),
        )]));
        for sheet in flow::deal(Pieces::of(&fonts, &document)) {
            for mark in &sheet {
                let (left, right, bottom) = match mark {
                    Mark::Text((x, y), style, text) => (*x, x + style.width(&fonts, text), *y),
                    Mark::Fill([left, top, width, height], _) => {
                        (*left, left + width, top + height)
                    }
                    Mark::Line([from, to], _, _) => {
                        (from.0.min(to.0), from.0.max(to.0), from.1.max(to.1))
                    }
                    Mark::Figure((x, y), scale, drawing) => {
                        let width = crate::report::chart::WIDTH * scale;
                        (*x, x + width, y + drawing.height * scale)
                    }
                };
                assert!(
                    left >= LEFT - 0.1 && right <= LEFT + WIDTH + 0.6,
                    "{mark:?}"
                );
                assert!(bottom <= BOTTOM + 0.1, "{mark:?}");
            }
        }
    }

    #[test]
    fn every_sheet_says_what_it_belongs_to() {
        let document = document();
        let fonts = Fonts::new().unwrap();
        let mut sheets = flow::deal(Pieces::of(&fonts, &document));
        let count = sheets.len();
        for (number, sheet) in (1..).zip(&mut sheets) {
            document.edges(&fonts, number, count, sheet);
            let text = written(sheet);
            for needed in [
                "CAL-PEN0042-0002",
                "Calibrationcertificate",
                &format!("page{number}of{count}"),
                "nothingrealwasmeasured",
            ] {
                assert!(text.contains(needed), "{number}: {needed}");
            }
        }
        let last = written(sheets.last().unwrap());
        for needed in [
            "Decisionruleandstatements",
            "Authorisedby",
            "Endofcalibrationcertificate",
        ] {
            assert!(
                last.contains(needed),
                "the last sheet is no orphan: {needed}"
            );
        }
    }

    #[test]
    fn the_same_document_gives_the_same_bytes_also_from_the_store() {
        let document = document();
        let pdf = document.pdf().unwrap();
        assert_eq!(pdf, document.pdf().unwrap());
        let kept = serde_json::to_value(&document).unwrap();
        let back: Document = serde_json::from_value(kept).unwrap();
        assert_eq!(pdf, back.pdf().unwrap());
        assert!(
            pdf.starts_with(b"%PDF-1.") && pdf.len() < 100_000,
            "{}",
            pdf.len()
        );
        let has = |word: &str| pdf.windows(word.len()).any(|it| it == word.as_bytes());
        assert!(has("D:20261122") && has("Calibration certificate CAL-PEN0042-0002"));
        assert!(!has("/Author"));
        let mut other = document;
        other.blocks.push(Block::Heading("more".to_owned()));
        assert_ne!(pdf, other.pdf().unwrap());
    }

    #[test]
    fn a_document_without_a_day_has_no_date() {
        let mut document = document();
        document.day = None;
        let pdf = document.pdf().unwrap();
        assert!(!pdf.windows(13).any(|it| it == b"/CreationDate"));
        document.day = Some("soon".to_owned());
        assert_eq!(pdf, document.pdf().unwrap());
    }

    #[test]
    fn strange_documents_end_in_a_pdf_or_a_reason() {
        let mut empty = document();
        empty.blocks.clear();
        assert!(empty.pdf().is_ok());
        let mut strange = document();
        strange.push(Block::Tables(Vec::new()));
        strange.push(Block::Badges(Vec::new()));
        strange.push(Block::Signatures(Vec::new()));
        strange.push(Block::Text(
            super::super::document::Tone::Plain,
            "x ".repeat(20_000),
        ));
        assert!(strange.pdf().is_ok());
        strange.push(Block::Heading("\u{6f22}".to_owned()));
        assert_eq!(strange.pdf(), Err(Unwritten::Character('\u{6f22}')));
    }
}
