//! What a report says, in order, before anybody knows how it will look: the page and the PDF are two views
//! of it. It is kept with the certificate, so that a later program prints what was issued.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::calibration::Fact;
use super::chart::Drawing;
use super::html::{Page, escape, grouped, plus, signed};

/// Rows up to which a table is kept on one sheet.
pub(crate) const ROWS_TOGETHER: usize = 16;

/// A report, laid out for no medium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What kind of paper it is.
    pub(crate) title: String,
    /// Its number; stands on every sheet.
    pub(crate) id: String,
    /// The day it was issued or made, `YYYY-MM-DD`; none when neither is known.
    pub(crate) day: Option<String>,
    pub(crate) blocks: Vec<Block>,
}

/// One part of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Block {
    /// Title and number, and the line below.
    Head(String),
    /// That nothing real was measured.
    Simulated(String),
    /// Verdicts, beside each other.
    Badges(Vec<Badge>),
    /// A part begins.
    Section(String),
    /// A smaller part begins.
    Heading(String),
    /// A paragraph.
    Text(Tone, String),
    /// Labels with their values.
    Facts(Vec<Fact>),
    /// Tables beside each other; one fills the width.
    Tables(Vec<Grid>),
    /// A figure with its caption.
    Figure(Drawing, String),
    /// Statements, each with a mark.
    List(Vec<String>),
    /// Lines to sign on.
    Signatures(Vec<String>),
    /// Nothing follows.
    End(String),
}

/// How loud a paragraph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    Plain,
    /// Stays with what follows.
    Lead,
    Note,
    Warning,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Lead => "lead",
            Self::Note => "note",
            Self::Warning => "warn",
        }
    }
}

/// A verdict to be seen from afar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Badge {
    pub(crate) label: String,
    /// Symbol and word.
    pub(crate) value: String,
    /// `pass`, `conditional` or `fail`.
    pub(crate) class: Cow<'static, str>,
    pub(crate) more: String,
}

/// A table with a caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grid {
    pub(crate) caption: String,
    /// One that ends in `#` stands over numbers.
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(crate) fn new(caption: &str, headings: &[&str], rows: Vec<Vec<Cell>>) -> Self {
        Self {
            caption: caption.to_owned(),
            headings: headings.iter().map(|it| (*it).to_owned()).collect(),
            rows,
        }
    }
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    #[serde(rename = "t")]
    pub(crate) text: String,
    /// `n` a number, `l` a list of them, `c` a code, `pass`, `conditional`, `fail` or `plain` a mark; empty for text.
    #[serde(rename = "c", default, skip_serializing_if = "str::is_empty")]
    pub(crate) class: Cow<'static, str>,
    #[serde(rename = "w", default = "one", skip_serializing_if = "is_one")]
    pub(crate) columns: u8,
}

const fn one() -> u8 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
const fn is_one(columns: &u8) -> bool {
    *columns == 1
}

impl Cell {
    const fn of(text: String, class: &'static str) -> Self {
        Self {
            text,
            class: Cow::Borrowed(class),
            columns: 1,
        }
    }

    /// Text, on the left.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::of(text.into(), "")
    }

    /// A number, on the right, its digits below each other.
    pub(crate) fn number(number: impl ToString) -> Self {
        Self::of(signed(number), "n")
    }

    /// A number that always shows its sign.
    pub(crate) fn signed(number: impl ToString) -> Self {
        Self::of(plus(number), "n")
    }

    /// Numbers on the right, over several lines where they are many.
    pub(crate) fn list(numbers: String) -> Self {
        Self::of(numbers, "l")
    }

    /// A short code that is not broken over lines.
    pub(crate) fn code(text: impl Into<String>) -> Self {
        Self::of(text.into(), "c")
    }

    /// Text over several columns.
    pub(crate) fn wide(text: impl Into<String>, columns: u8) -> Self {
        Self {
            columns,
            ..Self::text(text)
        }
    }

    /// A count with its thousands set apart.
    pub(crate) fn count(count: u64) -> Self {
        Self::of(grouped(count), "n")
    }

    /// A word with its symbol, in the colour of `class`.
    pub(crate) fn mark(symbol: &str, word: &str, class: &'static str) -> Self {
        Self::of(format!("{symbol} {word}"), class)
    }

    pub(crate) fn html(&self) -> String {
        let span = match self.columns {
            1 => String::new(),
            columns => format!(" colspan=\"{columns}\""),
        };
        format!(
            "<td class=\"{}\"{span}>{}</td>",
            escape(&self.class),
            escape(&self.text)
        )
    }
}

impl Document {
    /// A document without any part.
    pub(crate) fn new(title: &str, id: &str, day: Option<&str>) -> Self {
        Self {
            title: title.to_owned(),
            id: id.to_owned(),
            day: day.map(str::to_owned),
            blocks: Vec::new(),
        }
    }

    /// Adds a part.
    pub(crate) fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// A part begins.
    pub(crate) fn section(&mut self, heading: &str) {
        self.push(Block::Section(heading.to_owned()));
    }

    /// A paragraph.
    pub(crate) fn text(&mut self, tone: Tone, text: &str) {
        self.push(Block::Text(tone, text.to_owned()));
    }

    /// A table over the whole width.
    pub(crate) fn table(&mut self, caption: &str, headings: &[&str], rows: Vec<Vec<Cell>>) {
        self.push(Block::Tables(vec![Grid::new(caption, headings, rows)]));
    }

    /// A figure with its caption.
    pub(crate) fn figure(&mut self, drawing: Drawing, caption: &str) {
        self.push(Block::Figure(drawing, caption.to_owned()));
    }

    /// The document as one self-contained page.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = Page::new(&self.title, &self.id);
        let mut is_open = false;
        for block in &self.blocks {
            if let Block::Section(heading) = block {
                if is_open {
                    page.close("section");
                }
                page.section(heading);
                is_open = true;
            } else {
                self.show(block, &mut page);
            }
        }
        if is_open {
            page.close("section");
        }
        page.finish()
    }

    fn show(&self, block: &Block, page: &mut Page) {
        match block {
            Block::Head(sub) => {
                page.open("header", "");
                page.line("h1", "", &self.title);
                page.line("p", "id", &self.id);
                page.close("header");
                page.line("p", "sub", sub);
            }
            Block::Simulated(text) => page.line("p", "simulated", text),
            Block::Badges(badges) => {
                page.open("div", "badges");
                badges.iter().for_each(|badge| badge.show(page));
                page.close("div");
            }
            Block::Section(_) => {}
            Block::Heading(text) => page.line("h3", "", text),
            Block::Text(tone, text) => page.line("p", tone.class(), text),
            Block::Facts(facts) => page.facts(facts),
            Block::Tables(grids) => {
                if let [_, _, ..] = grids.as_slice() {
                    page.open("div", "pair");
                    grids.iter().for_each(|grid| grid.show(page));
                    page.close("div");
                } else {
                    grids.iter().for_each(|grid| grid.show(page));
                }
            }
            Block::Figure(drawing, caption) => page.figure(&drawing.svg(), caption),
            Block::List(lines) => {
                page.open("ul", "");
                lines.iter().for_each(|line| page.line("li", "", line));
                page.close("ul");
            }
            Block::Signatures(lines) => {
                page.open("div", "sign");
                lines.iter().for_each(|line| page.line("p", "", line));
                page.close("div");
            }
            Block::End(text) => page.line("p", "end", text),
        }
    }
}

impl Badge {
    fn show(&self, page: &mut Page) {
        page.open("div", &format!("badge {}", self.class));
        page.line("p", "label", &self.label);
        page.line("p", "value", &self.value);
        page.line("p", "more", &self.more);
        page.close("div");
    }
}

impl Grid {
    fn show(&self, page: &mut Page) {
        let headings: Vec<&str> = self.headings.iter().map(String::as_str).collect();
        page.table(&self.caption, &headings, &self.rows);
    }
}

#[cfg(test)]
mod tests {
    use super::super::calibration_document;
    use super::super::sample;
    use super::Document;

    #[test]
    fn what_is_kept_of_a_document_gives_the_same_page() {
        let document = calibration_document(&sample::calibration());
        let kept = serde_json::to_string(&document).unwrap();
        let back: Document = serde_json::from_str(&kept).unwrap();
        assert_eq!(back, document);
        assert_eq!(back.html(), document.html());
    }
}
