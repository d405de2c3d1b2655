//! Parts of pages that a command makes: what stands between two comments.

use std::fs;
use std::path::Path;

/// A part that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The page, from the top of the repository.
    pub page: &'static str,
    /// The word of the command, which is in the comments, too.
    pub word: &'static str,
}

/// The table of every number of the core.
pub const NUMBERS: Part = Part {
    page: "docs/limits.md",
    word: "limits",
};
/// The drawing of the modes.
pub const MODES: Part = Part {
    page: "docs/architecture.md",
    word: "modes",
};

impl Part {
    /// The command that writes the part anew.
    pub fn command(self) -> String {
        format!(
            "cargo run -p pen-tests --bin traceability -- {} --write",
            self.word
        )
    }

    /// The comment before it.
    pub fn begin(self) -> String {
        format!("<!-- begin {}; made by: {} -->", self.word, self.command())
    }

    /// The comment after it.
    pub fn end(self) -> String {
        format!("<!-- end {} -->", self.word)
    }

    /// Where the part is in a text.
    fn range(self, text: &str) -> Result<std::ops::Range<usize>, String> {
        let (begin, end) = (self.begin(), self.end());
        let from = text
            .find(&begin)
            .ok_or_else(|| format!("{} has no line {begin:?}", self.page))?
            + begin.len();
        let length = text[from..]
            .find(&end)
            .ok_or_else(|| format!("{} has no line {end:?} after the other", self.page))?;
        Ok(from..from + length)
    }

    /// What a page has there.
    ///
    /// # Errors
    /// A comment that is not there.
    pub fn of(self, text: &str) -> Result<&str, String> {
        Ok(text[self.range(text)?].trim_matches('\n'))
    }

    /// The page without the part.
    ///
    /// # Errors
    /// A comment that is not there.
    pub fn without(self, text: &str) -> Result<String, String> {
        self.with(text, "")
    }

    /// The page with another part.
    ///
    /// # Errors
    /// A comment that is not there.
    pub fn with(self, text: &str, made: &str) -> Result<String, String> {
        let range = self.range(text)?;
        let made = made.trim_matches('\n');
        Ok(format!(
            "{}\n\n{made}\n\n{}",
            &text[..range.start],
            &text[range.end..]
        ))
    }

    /// Writes the part into the page below `top`.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub fn write(self, top: &Path, made: &str) -> Result<(), String> {
        let path = top.join(self.page);
        let failed = |why: std::io::Error| format!("{}: {why}", self.page);
        let text = fs::read_to_string(&path).map_err(failed)?;
        fs::write(&path, self.with(&text, made)?).map_err(failed)
    }
}
