//! Whole lines out of bytes, however they come.

/// Most bytes of a line; no format here comes near it.
const LINE_MAX: usize = 96;

/// Cuts bytes into lines, and keeps none of which the beginning or the end may be missing.
///
/// A line begins behind the end of another one, or after a silence. It ends with a carriage return, a
/// line feed, or both.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
    /// Whether the next byte is known to begin a line, or the bytes kept began with one.
    is_whole: bool,
}

impl Lines {
    /// Nothing heard yet: what comes first may be the rest of a line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing came for a while. Returns whether a line was left unfinished, which is thrown away.
    pub fn quiet(&mut self) -> bool {
        let was_cut = !self.line.is_empty();
        self.line.clear();
        self.is_whole = true;
        was_cut
    }

    /// Takes one byte. Returns a line when this byte ends one of which nothing is missing.
    pub fn push(&mut self, byte: u8) -> Option<String> {
        if byte == b'\r' || byte == b'\n' {
            let line = std::mem::take(&mut self.line);
            let was_whole = std::mem::replace(&mut self.is_whole, true);
            // The line feed behind a carriage return ends nothing.
            if !was_whole || line.is_empty() {
                return None;
            }
            return Some(text(&line));
        }
        if self.line.len() == LINE_MAX {
            self.is_whole = false;
        } else {
            self.line.push(byte);
        }
        None
    }

    /// Whether a line has begun and not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.line.is_empty()
    }

    /// Throws away what has come of a line; its rest is not taken for a whole one.
    pub fn forget(&mut self) {
        if self.is_open() {
            self.line.clear();
            self.is_whole = false;
        }
    }
}

/// ASCII and the Latin-1 micro sign as they are; everything else as a mark that no format knows.
fn text(line: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(line) {
        return text.to_owned();
    }
    line.iter()
        .map(|byte| match byte {
            0..=0x7f | 0xb5 => char::from(*byte),
            _ => '\u{fffd}',
        })
        .collect()
}
