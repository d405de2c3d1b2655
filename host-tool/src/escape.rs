//! The one door to a terminal: text from files, ports and devices can show itself and do nothing.
//!
//! Whatever a file, a USB description or a device says may hold characters that move the cursor,
//! clear the screen, set the clipboard or turn the reading direction. On its way to a terminal each
//! of them is written as `\u{1b}`, once, at the end; nothing is lost and nothing is carried out.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What this program itself says to a terminal between visible characters: tones, and their end.
pub(crate) const TONES: [&str; 6] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[1;31m",
];

/// Whether a terminal would do something else with it than show it in its place.
const fn acts(letter: char) -> bool {
    // A tab only moves on.
    matches!(letter,
        '\0'..='\u{8}' | '\u{a}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Marks and embeddings of the reading direction, and what isolates it.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Line ends that are none to this program; letters without width.
        | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
        // Tags, which no terminal shows.
        | '\u{e0000}'..='\u{e007f}')
}

/// Text in one line as it may be shown: what acts is written as its number.
#[must_use]
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        push(&mut out, letter);
    }
    Cow::Owned(out)
}

/// Lines as they may be shown: line ends stay, and this program's own tones if it uses any.
#[must_use]
pub(crate) fn lines(text: &str, tones: bool) -> Cow<'_, str> {
    if !text.chars().any(|letter| letter != '\n' && acts(letter)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let tone = TONES.iter().find(|tone| tones && rest.starts_with(**tone));
        if let Some(tone) = tone {
            out.push_str(tone);
            rest = rest.get(tone.len()..).unwrap_or_default();
            continue;
        }
        match letter {
            '\n' => out.push('\n'),
            letter => push(&mut out, letter),
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    Cow::Owned(out)
}

fn push(out: &mut String, letter: char) {
    if acts(letter) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(letter));
    } else {
        out.push(letter);
    }
}

/// JSON with every such character as `\uXXXX`: the same value to a reader of JSON.
#[must_use]
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{acts, json, lines, shown};

    #[test]
    fn what_acts_on_a_terminal_is_shown_and_not_done() {
        assert_eq!(shown("pen\u{1b}[2J"), "pen\\u{1b}[2J");
        // A title, a C1 control, a turned reading direction, an isolate, a bell, a carriage return.
        for (text, is) in [
            ("\u{1b}]0;x\u{7}", "\\u{1b}]0;x\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("\u{2066}", "\\u{2066}"),
            ("ok\rERR", "ok\\u{d}ERR"),
            ("\u{7f}", "\\u{7f}"),
            ("\u{200b}", "\\u{200b}"),
            ("\u{feff}", "\\u{feff}"),
        ] {
            assert_eq!(shown(text), is);
            assert_eq!(lines(text, true), is);
        }
        for plain in ["", "0.500 mm", "µm ± °C 21", "naïve Größe 針"] {
            assert_eq!(shown(plain), plain);
        }
    }

    #[test]
    fn every_control_of_unicode_acts() {
        for letter in (0..=0x0010_ffff_u32).filter_map(char::from_u32) {
            if letter.is_control() && letter != '\t' {
                assert!(acts(letter), "{letter:?}");
            }
            if letter.is_alphanumeric() || letter == ' ' {
                assert!(!acts(letter), "{letter:?}");
            }
        }
    }

    #[test]
    fn own_tones_and_line_ends_stay_and_others_tones_do_not() {
        let text = "\u{1b}[32mok\u{1b}[0m\nnext \u{1b}[35m";
        assert_eq!(lines(text, true), "\u{1b}[32mok\u{1b}[0m\nnext \\u{1b}[35m");
        assert_eq!(lines("\u{1b}[32m", false), "\\u{1b}[32m");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "a\u{202e}b\u{7f}\u{e0001}\u{1b}\"\\";
        let raw = serde_json::to_string(text).unwrap();
        let safe = json(&raw);
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }
}
