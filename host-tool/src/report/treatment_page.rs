//! A session of treatment as a page, with the aftercare sheet on a sheet of its own.

use super::html::{Cell, Page};
use crate::session::aftercare::Line;
use crate::session::{Part, Section};

/// The report as one self-contained page.
#[must_use]
pub fn render_treatment_html(
    id: &str,
    is_simulated: bool,
    sections: &[Section],
    aftercare: &[Line],
) -> String {
    let mut page = Page::new("Session report", id);
    page.open("header", "");
    page.line("h1", "", "Session report");
    page.line("p", "id", id);
    page.close("header");
    if is_simulated {
        page.line(
            "p",
            "simulated",
            "\u{26a0} SIMULATED PEN \u{2013} nobody was treated.",
        );
    }
    for section in sections {
        page.section(section.heading);
        for part in &section.parts {
            put(&mut page, part);
        }
        page.close("section");
    }
    page.line("p", "end", &format!("End of session report {id}"));
    sheet(&mut page, id, is_simulated, aftercare);
    page.finish()
}

fn put(page: &mut Page, part: &Part) {
    match part {
        Part::Facts(facts) => page.facts(facts),
        Part::Table(heads, rows) => {
            let rows: Vec<Vec<Cell>> = rows
                .iter()
                .map(|row| row.iter().zip(heads).map(cell).collect())
                .collect();
            page.table("", heads, &rows);
        }
        Part::Text(text) => page.line("p", "note", text),
        Part::Warn(text) => page.line("p", "warn", text),
        Part::List(items) => {
            page.open("ul", "");
            for item in items {
                page.line("li", "", item);
            }
            page.close("ul");
        }
    }
}

fn cell((text, head): (&String, &&str)) -> Cell {
    if head.ends_with('#') {
        Cell::number(text)
    } else {
        Cell::text(text)
    }
}

fn sheet(page: &mut Page, id: &str, is_simulated: bool, lines: &[Line]) {
    page.open("section", "sheet");
    let mut is_list = false;
    for line in lines {
        let is_item = matches!(line, Line::Item(_));
        match (is_list, is_item) {
            (false, true) => page.open("ul", ""),
            (true, false) => page.close("ul"),
            _ => {}
        }
        is_list = is_item;
        match line {
            Line::Title(text) => page.line("h1", "", text),
            Line::Heading(text) => page.line("h2", "", text),
            Line::Item(text) => page.line("li", "", text),
            Line::Text(text) => page.line("p", "", text),
        }
    }
    if is_list {
        page.close("ul");
    }
    if is_simulated {
        page.line("p", "simulated", "SIMULATED PEN: nobody was treated.");
    }
    page.line("p", "note", &format!("To {id}"));
    page.close("section");
}
