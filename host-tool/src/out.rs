//! What goes to the terminal: data on stdout, everything else on stderr.
//!
//! With `--json` stdout carries one event a line and nothing else; the last one is
//! `run_complete`. A reader who closes the pipe ends the output quietly.

mod table;

use std::borrow::Cow;
#[cfg(test)]
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
#[cfg(test)]
use std::rc::Rc;

use serde::Serialize;

use crate::error::{Class, HostError};
use crate::escape;

pub use table::{Align, Table, pairs};

/// Version of the events. It counts up when something that scripts read goes away, not when
/// something is added.
pub const JSON_SCHEMA: u32 = 1;

/// Columns of a usual terminal, less an indent.
const TERMINAL: usize = 76;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a piece of text is meant; never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// Wrong.
    Bad,
    /// A heading.
    Strong,
    /// Beside the point.
    Faint,
}

/// What is said, and how much of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Events instead of text.
    pub json: bool,
    /// When to colour.
    pub color: Color,
    /// No progress.
    pub quiet: bool,
    /// More detail on stderr.
    pub verbose: u8,
}

/// What a document that was asked for is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// One JSON object a line.
    Json,
    /// Any other text.
    Text,
}

/// The two streams.
#[derive(Debug)]
pub struct Out {
    style: Style,
    color_out: bool,
    color_err: bool,
    gone: bool,
    /// Columns of the terminal that stdout is, if it is one.
    columns: Option<usize>,
    /// What the operating system said to a write that failed otherwise than by a closed pipe.
    failed: Option<String>,
    /// Instead of the streams: what a test hears.
    #[cfg(test)]
    heard: Option<Heard>,
}

/// What was said, for a test: on stdout, and on stderr.
#[cfg(test)]
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Rc<RefCell<[String; 2]>>);

#[cfg(test)]
impl Heard {
    /// On stdout.
    pub(crate) fn out(&self) -> String {
        let [out, _] = &*self.0.borrow();
        out.clone()
    }

    /// On stderr.
    pub(crate) fn err(&self) -> String {
        let [_, err] = &*self.0.borrow();
        err.clone()
    }
}

impl Out {
    /// Streams in this style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let terminals = [io::stdout().is_terminal(), io::stderr().is_terminal()];
        Self {
            columns: columns(&io::stdout()),
            ..Self::of(style, terminals)
        }
    }

    /// In this style on streams of which stdout, and stderr, are terminals or none.
    fn of(style: Style, [is_terminal_out, is_terminal_err]: [bool; 2]) -> Self {
        let wanted = |is_terminal: bool| match style.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                is_terminal && !set("NO_COLOR") && !dumb
            }
        };
        Self {
            style,
            color_out: wanted(is_terminal_out) && !style.json,
            color_err: wanted(is_terminal_err),
            gone: false,
            columns: None,
            failed: None,
            #[cfg(test)]
            heard: None,
        }
    }

    /// Streams that a test hears: no terminals, whatever the test itself runs on.
    #[cfg(test)]
    pub(crate) fn heard(style: Style) -> (Self, Heard) {
        let heard = Heard::default();
        let out = Self {
            heard: Some(heard.clone()),
            ..Self::of(style, [false; 2])
        };
        (out, heard)
    }

    /// Streams that nobody reads.
    #[cfg(test)]
    pub(crate) fn unread() -> Self {
        Self {
            gone: true,
            ..Self::of(Style::default(), [false; 2])
        }
    }

    /// Whether stdout carries events.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.style.json
    }

    /// Whether nobody reads stdout any more.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Whether stdout is a terminal whose lines may be written anew.
    #[must_use]
    pub fn may_redraw(&self) -> bool {
        !self.style.json
            && io::stdout().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// The one way to stdout.
    fn put(&mut self, text: &str) {
        if self.gone {
            return;
        }
        #[cfg(test)]
        if let Some(Heard(heard)) = &self.heard {
            let [out, _] = &mut *heard.borrow_mut();
            out.push_str(text);
            return;
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.judge(written);
    }

    /// Remembers what became of a write to stdout.
    pub(crate) fn judge(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.gone = true;
            // Whoever closed the pipe has read enough. A full disk is another thing: what was asked
            // for is not there.
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.failed = Some(error.to_string());
            }
        }
    }

    /// Why stdout did not take everything, unless its reader only left.
    #[must_use]
    pub fn failure(&self) -> Option<HostError> {
        let why = self.failed.as_ref()?;
        Some(HostError::record_store(
            "the output",
            format!("standard output took no more: {why}"),
        ))
    }

    /// Text on stdout: what could act on a terminal is written as its number.
    fn show(&mut self, text: &str) {
        let text = escape::lines(text, self.color_out);
        self.put(&text);
    }

    /// A line of data for people; silent with `--json`.
    pub fn line(&mut self, text: impl AsRef<str>) {
        if self.style.json {
            return;
        }
        for line in fitting(text.as_ref(), self.columns) {
            self.show(&format!("{line}\n"));
        }
    }

    /// Data as it is, line ends included; silent with `--json`.
    pub fn raw(&mut self, text: &str) {
        if !self.style.json {
            self.show(text);
        }
    }

    /// A document, or a part of one in whole lines, for people and scripts alike: letter by letter
    /// into a file or a pipe; on a terminal what could act on it is written as its number.
    pub(crate) fn document(&mut self, text: &str, kind: Document) {
        let text = as_document(text, kind, io::stdout().is_terminal());
        self.put(&text);
    }

    /// An event for scripts; silent without `--json`.
    pub fn event<T: Serialize>(&mut self, name: &str, body: &T) {
        #[derive(Serialize)]
        struct Event<'a, T> {
            schema: u32,
            event: &'a str,
            #[serde(flatten)]
            body: &'a T,
        }
        if !self.style.json {
            return;
        }
        let event = Event {
            schema: JSON_SCHEMA,
            event: name,
            body,
        };
        let text = serde_json::to_string(&event).unwrap_or_else(|error| {
            format!("{{\"schema\":{JSON_SCHEMA},\"event\":\"{name}\",\"lost\":\"{error}\"}}")
        });
        self.put(&format!("{}\n", escape::json(&text)));
    }

    /// A line about what goes on, on stderr; silent with `-q`.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.style.quiet {
            self.note(text.as_ref());
        }
    }

    /// A detail on stderr, only with `-v`.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.style.verbose > 0 && !self.style.quiet {
            self.note(text.as_ref());
        }
    }

    /// Something that has to be said even with `-q`, on stderr.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.note(&format!(
            "{}: {}",
            paint(self.color_err, Tone::Warn, "warning"),
            text.as_ref()
        ));
    }

    /// The three lines of an error, on stderr, and as an event.
    pub fn error(&mut self, error: &HostError) {
        self.event("error", error);
        let text = error.render();
        let (head, rest) = text.split_once(':').unwrap_or((&text, ""));
        let text = format!("{}:{rest}", paint(self.color_err, Tone::Bad, head));
        let Some(columns) = columns(&io::stderr()) else {
            self.note(&text);
            return;
        };
        // On a terminal long lines are broken between words, not within.
        for (place, line) in text.lines().enumerate() {
            let indent = if place == 0 { "" } else { "  " };
            for (part, line) in wrapped(line, TERMINAL.min(columns.saturating_sub(4)), indent)
                .iter()
                .enumerate()
            {
                let further = format!("    {}", line.trim_start());
                self.note(if part == 0 { line } else { &further });
            }
        }
    }

    /// The last event, whatever happened.
    pub fn complete(&mut self, class: Class) {
        #[derive(Serialize)]
        struct Complete {
            schema: u32,
            event: &'static str,
            ok: bool,
            class: Class,
            exit: u8,
        }
        if !self.style.json {
            return;
        }
        let complete = Complete {
            schema: JSON_SCHEMA,
            event: "run_complete",
            ok: class == Class::Ok,
            class,
            exit: class.exit_code(),
        };
        if let Ok(text) = serde_json::to_string(&complete) {
            self.put(&format!("{text}\n"));
        }
    }

    /// A line on stderr.
    fn note(&self, text: &str) {
        let text = for_stderr(text);
        let text = escape::lines(&text, self.color_err);
        #[cfg(test)]
        if let Some(Heard(heard)) = &self.heard {
            let [_, err] = &mut *heard.borrow_mut();
            err.push_str(&format!("{text}\n"));
            return;
        }
        // Nobody can be told that stderr is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Text for stdout in a tone.
    #[must_use]
    pub fn tone(&self, tone: Tone, text: &str) -> String {
        paint(self.color_out, tone, text)
    }

    /// Text for stderr in a tone.
    #[must_use]
    pub fn tone_err(&self, tone: Tone, text: &str) -> String {
        paint(self.color_err, tone, text)
    }
}

/// A document as it is written to a terminal, or to a file or a pipe.
fn as_document(text: &str, kind: Document, is_terminal: bool) -> Cow<'_, str> {
    match kind {
        _ if !is_terminal => Cow::Borrowed(text),
        Document::Text => escape::lines(text, false),
        Document::Json => text
            .lines()
            .map(|line| format!("{}\n", escape::json(line)))
            .collect::<String>()
            .into(),
    }
}

/// Columns of the terminal that a stream is; nothing when it is none, so that files have whole lines.
fn columns(stream: &impl IsTerminal) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    terminal_columns().filter(|columns| *columns > 0)
}

#[cfg(feature = "program")]
fn terminal_columns() -> Option<usize> {
    let (columns, _) = ratatui::crossterm::terminal::size().ok()?;
    Some(usize::from(columns))
}

/// A browser has no terminal.
#[cfg(not(feature = "program"))]
const fn terminal_columns() -> Option<usize> {
    None
}

/// The sixteen colours of the terminal, so that its theme applies.
fn paint(color: bool, tone: Tone, text: &str) -> String {
    if !color || text.is_empty() {
        return text.to_owned();
    }
    let code = match tone {
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "1;31",
        Tone::Strong => "1",
        Tone::Faint => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Letters of a text that are seen: tones are not.
fn seen(text: &str) -> usize {
    let tones = escape::TONES.iter();
    let hidden: usize = tones
        .map(|tone| text.matches(tone).count() * tone.chars().count())
        .sum();
    text.chars().count().saturating_sub(hidden)
}

/// A text in lines of at most so many characters, each after the indent. A word that is longer is
/// broken behind a `/`, or not at all.
#[must_use]
pub fn wrapped(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let room = width.saturating_sub(indent.chars().count());
    let words = text.split_whitespace();
    for word in words.flat_map(|word| pieces(word, room)) {
        match lines.last_mut() {
            Some(line) if seen(line) + 1 + seen(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// A word in pieces of at most so many characters, as far as its slashes allow.
fn pieces(word: &str, width: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), word);
    while seen(rest) > width {
        let within = rest
            .char_indices()
            .take(width)
            .filter(|(_, letter)| *letter == '/');
        let end = within.map(|(at, _)| at + 1).last();
        let end = end.or_else(|| rest.find('/').map(|at| at + 1));
        let Some((piece, after)) = end.and_then(|end| rest.split_at_checked(end)) else {
            break;
        };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The longest piece of a text that cannot be broken.
fn longest_piece(text: &str) -> usize {
    let words = text.split_whitespace();
    let pieces = words.flat_map(|word| pieces(word, 0));
    pieces.map(seen).max().unwrap_or(0)
}

/// A line as it is, or in several where a terminal has fewer columns; further ones keep its indent.
fn fitting(line: &str, columns: Option<usize>) -> Vec<String> {
    match columns {
        Some(columns) if seen(line) > columns => {
            let indent: String = line.chars().take_while(|letter| *letter == ' ').collect();
            wrapped(line, columns, &indent)
        }
        _ => vec![line.to_owned()],
    }
}

/// Columns that a text on stderr may have, at most so many.
pub(crate) fn stderr_width(most: usize) -> usize {
    columns(&io::stderr()).map_or(most, |columns| columns.min(most))
}

/// A text as stderr shows it: on a terminal that is too narrow, broken between words.
pub(crate) fn for_stderr(text: &str) -> String {
    let columns = columns(&io::stderr());
    let lines = text.split('\n').flat_map(|line| fitting(line, columns));
    lines.collect::<Vec<_>>().join("\n")
}

/// An item of a list, its later lines below its first word.
#[must_use]
pub(crate) fn item(mark: char, text: &str, width: usize) -> Vec<String> {
    let mut lines = wrapped(text, width, "  ");
    if let Some(first) = lines.first_mut() {
        first.replace_range(..1, &mark.to_string());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Document, as_document};

    #[test]
    fn an_item_stands_below_its_first_word() {
        let lines = super::item('-', "one two three", 9);
        assert_eq!(lines, ["- one two", "  three"]);
        assert_eq!(super::item('!', "x", 9), ["! x"]);
        assert!(super::item('-', "", 9).is_empty());
    }

    #[test]
    fn a_document_acts_on_no_terminal_and_is_kept_letter_by_letter_elsewhere() {
        // A cleared screen, a C1 control, a turned reading direction, a line end, and what is harmless.
        let acts = "7,\u{1b}[2J\u{9b}2J\u{202e}\u{2028},\u{b5}m\r\nnext\n";
        for kind in [Document::Json, Document::Text] {
            assert_eq!(as_document(acts, kind, false), acts);
        }
        assert_eq!(
            as_document(acts, Document::Text, true),
            "7,\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{2028},\u{b5}m\\u{d}\nnext\n"
        );
        // JSON stays JSON of the same value, one object a line.
        let object = |text: &str| serde_json::json!({ "name": text }).to_string() + "\n";
        let raw = object("\u{1b}[2J\u{9b}\u{202e}") + &object("\u{b5}m");
        assert!(raw.contains('\u{202e}'));
        let shown = as_document(&raw, Document::Json, true).into_owned();
        assert!(!shown.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{shown}");
        assert_eq!(shown.lines().count(), 2);
        for (shown, raw) in shown.lines().zip(raw.lines()) {
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(shown), value(raw));
        }
    }
}
