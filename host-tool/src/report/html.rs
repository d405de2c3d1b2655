//! A small writer of HTML: every text passes through one escape.

use super::calibration::Fact;
pub(crate) use super::document::Cell;
use super::document::ROWS_TOGETHER;

/// Style of every page, print included.
const STYLE: &str = include_str!("page.css");

/// Text made safe inside an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// Text made safe inside a quoted string of a style sheet.
fn css_string(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '_' | '.' => character.to_string(),
            control if control.is_control() => " ".to_owned(),
            other => format!("\\{:x} ", u32::from(other)),
        })
        .collect()
}

/// A number with a true minus sign, as it is printed.
pub(crate) fn signed(number: impl ToString) -> String {
    let text = number.to_string();
    text.strip_prefix('-')
        .map_or(text.clone(), |digits| format!("\u{2212}{digits}"))
}

/// A number that shows its sign also when positive.
pub(crate) fn plus(number: impl ToString) -> String {
    let text = number.to_string();
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.' | '-'));
    if is_zero || text.starts_with('-') {
        signed(text)
    } else {
        format!("+{text}")
    }
}

/// A whole number with narrow spaces between groups of three digits, from five digits on.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for (at, digit) in digits[first..].chars().enumerate() {
        if at % 3 == 0 && !text.is_empty() {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A page under construction.
#[derive(Debug)]
pub(crate) struct Page {
    html: String,
}

impl Page {
    /// Opens a page; `id` stands at the head of every printed sheet.
    pub(crate) fn new(title: &str, id: &str) -> Self {
        let (title, id_css, title_css) = (escape(title), css_string(id), css_string(title));
        let style = STYLE
            .replace("@ID@", &id_css)
            .replace("@TITLE@", &title_css);
        Self {
            html: format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <title>{title} {}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n",
                escape(id)
            ),
        }
    }

    /// Closes the page.
    pub(crate) fn finish(mut self) -> String {
        self.html.push_str("</main>\n</body>\n</html>\n");
        self.html
    }

    /// Markup that was made by this module or by a chart.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.html.push_str(markup);
        self.html.push('\n');
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, tag: &str, class: &str) {
        self.raw(&format!("<{tag} class=\"{}\">", escape(class)));
    }

    /// Closes an element.
    pub(crate) fn close(&mut self, tag: &str) {
        self.raw(&format!("</{tag}>"));
    }

    /// An element with text in it.
    pub(crate) fn line(&mut self, tag: &str, class: &str, text: &str) {
        self.raw(&format!(
            "<{tag} class=\"{}\">{}</{tag}>",
            escape(class),
            escape(text)
        ));
    }

    /// Opens a section with a heading; close it with `close("section")`.
    pub(crate) fn section(&mut self, heading: &str) {
        self.open("section", "");
        self.line("h2", "", heading);
    }

    /// Labels with their values.
    pub(crate) fn facts<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact>) {
        self.open("dl", "facts");
        for fact in facts {
            self.raw(&format!(
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escape(&fact.label),
                escape(&fact.value)
            ));
        }
        self.close("dl");
    }

    /// A table with a caption; a heading that ends in `#` stands over numbers.
    pub(crate) fn table(&mut self, caption: &str, headings: &[&str], rows: &[Vec<Cell>]) {
        let class = if rows.len() > ROWS_TOGETHER {
            "scroll long"
        } else {
            "scroll"
        };
        self.raw(&format!("<div class=\"{class}\"><table>"));
        if !caption.is_empty() {
            self.line("caption", "", caption);
        }
        self.raw("<thead><tr>");
        for heading in headings {
            let (text, class) = heading
                .strip_suffix('#')
                .map_or((*heading, ""), |text| (text, "n"));
            self.raw(&format!(
                "<th scope=\"col\" class=\"{class}\">{}</th>",
                escape(text)
            ));
        }
        self.raw("</tr></thead>\n<tbody>");
        for row in rows {
            let cells = row.iter().map(Cell::html);
            self.raw(&format!("<tr>{}</tr>", cells.collect::<String>()));
        }
        self.raw("</tbody></table></div>");
    }

    /// A chart with its caption.
    pub(crate) fn figure(&mut self, svg: &str, caption: &str) {
        self.raw("<figure>");
        self.raw(svg);
        self.line("figcaption", "", caption);
        self.raw("</figure>");
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Page, css_string, escape, plus, signed};

    #[test]
    fn nothing_dangerous_passes() {
        assert_eq!(
            escape("<b a=\"1\" c='2'>&"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;"
        );
        assert_eq!(escape("a\u{0}b\nc"), "a\u{fffd}b c");
        assert_eq!(
            css_string("</style>\"x\\"),
            "\\3c \\2f style\\3e \\22 x\\5c "
        );
    }

    #[test]
    fn numbers_have_a_true_minus() {
        assert_eq!(signed(-12), "\u{2212}12");
        assert_eq!(plus(12), "+12");
        assert_eq!(plus("0.0"), "0.0");
        assert_eq!(plus(-3), "\u{2212}3");
    }

    #[test]
    fn thousands_are_set_apart_from_five_digits_on() {
        assert_eq!(super::grouped(0), "0");
        assert_eq!(super::grouped(9_999), "9999");
        assert_eq!(super::grouped(10_000), "10\u{202f}000");
        assert_eq!(super::grouped(123_456), "123\u{202f}456");
        assert_eq!(super::grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn every_part_of_a_page_escapes() {
        let evil = "<script>alert(1)</script>";
        let mut page = Page::new(evil, evil);
        page.section(evil);
        page.line("p", "", evil);
        page.table(
            evil,
            &[evil],
            &[vec![Cell::text(evil), Cell::mark(evil, evil, "pass")]],
        );
        page.figure("<svg></svg>", evil);
        page.close("section");
        assert!(!page.finish().contains("<script"));
    }
}
