//! How far long work is: one line on standard error that rewrites itself, for people only.

use std::io::{IsTerminal, Write};

/// Less work than this is over before anybody reads a line.
const WORTH_TELLING: usize = 40;

/// A line about so much work.
#[derive(Debug)]
pub(crate) struct Progress {
    total: usize,
    shown: Option<usize>,
    is_told: bool,
}

impl Progress {
    /// Work of so many pieces. Nothing is told when standard error is no terminal, or for little.
    pub(crate) fn of(total: usize) -> Self {
        Self {
            total,
            shown: None,
            is_told: total >= WORTH_TELLING && std::io::stderr().is_terminal(),
        }
    }

    /// So many pieces are done; `what` is what they are.
    pub(crate) fn tell(&mut self, done: usize, what: &str) {
        let percent = 100 * done / self.total.max(1);
        if self.is_told && self.shown != Some(percent) {
            self.shown = Some(percent);
            let text = format!("\r{done} of {} {what}, {percent} %\x1b[K", self.total);
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }

    /// Takes the line away, so that something else can be written.
    pub(crate) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
