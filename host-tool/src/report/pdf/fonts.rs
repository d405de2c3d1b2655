//! Texts in the two fonts of a certificate: how wide they are, which glyphs they need.

use std::collections::BTreeMap;

use subsetter::GlyphRemapper;

use super::Unwritten;
use super::face::Face;

/// DejaVu Sans Condensed 2.37: free to pass on, with the symbols of the verdicts, narrow enough for tables.
pub(super) const REGULAR: &[u8] = include_bytes!("../../../fonts/DejaVuSansCondensed.ttf");
/// The same, bold.
pub(super) const BOLD: &[u8] = include_bytes!("../../../fonts/DejaVuSansCondensed-Bold.ttf");

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// One font, and what was used of it.
#[derive(Debug)]
pub(super) struct Font {
    pub(super) face: Face,
    pub(super) name: &'static str,
    pub(super) remapper: GlyphRemapper,
    /// By their number in the file: what they stand for, and their number in the font.
    pub(super) used: BTreeMap<u16, (char, u16)>,
}

impl Font {
    fn new(data: &'static [u8], name: &'static str) -> Result<Self, Unwritten> {
        Ok(Self {
            face: Face::read(data).ok_or(Unwritten::Font(name))?,
            name,
            remapper: GlyphRemapper::new(),
            used: BTreeMap::new(),
        })
    }
}

/// Both fonts.
#[derive(Debug)]
pub(super) struct Fonts {
    pub(super) regular: Font,
    pub(super) bold: Font,
    /// The first character for which there was no glyph.
    missing: Option<char>,
}

impl Fonts {
    pub(super) fn new() -> Result<Self, Unwritten> {
        Ok(Self {
            regular: Font::new(REGULAR, "DejaVuSansCondensed")?,
            bold: Font::new(BOLD, "DejaVuSansCondensed-Bold")?,
            missing: None,
        })
    }

    const fn of(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// How wide a text is. Unit: pt.
    pub(super) fn width(&self, weight: Weight, size: f64, text: &str) -> f64 {
        let face = &self.of(weight).face;
        let glyphs = text.chars().filter_map(|it| face.glyph(it));
        glyphs.map(|it| face.advance(it)).sum::<f64>() * size / 1_000.0
    }

    /// The glyphs of a text, two bytes each.
    pub(super) fn encode(&mut self, weight: Weight, text: &str) -> Vec<u8> {
        let font = match weight {
            Weight::Regular => &mut self.regular,
            Weight::Bold => &mut self.bold,
        };
        let mut bytes = Vec::with_capacity(2 * text.len());
        for character in text.chars() {
            let Some(glyph) = font.face.glyph(character).filter(|_| is_simple(character)) else {
                self.missing.get_or_insert(character);
                continue;
            };
            let new = font.remapper.remap(glyph);
            // Two characters may share a glyph: the first stands for it when text is copied.
            font.used.entry(new).or_insert((character, glyph));
            bytes.extend(new.to_be_bytes());
        }
        bytes
    }

    /// Whether every character that was encoded has a glyph.
    pub(super) fn complete(&self) -> Result<(), Unwritten> {
        self.missing
            .map_or(Ok(()), |it| Err(Unwritten::Character(it)))
    }
}

/// Whether a character stands where it is written, beside the one before: letters that join, marks that
/// combine and lines that run to the left need more than this program knows.
const fn is_simple(character: char) -> bool {
    !matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{530}'..='\u{1dff}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}' | '\u{a000}'..='\u{fffc}'
    )
}

/// A text as it stands on paper: blanks for what only separates, a sign for what only controls.
pub(super) fn clean(text: &str) -> String {
    let shown = |character: char| match character {
        '\t' | '\n' | '\r' => ' ',
        control if control.is_control() => '\u{fffd}',
        other => other,
    };
    text.chars().map(shown).collect()
}

/// A text in lines of at most this width; a word that is wider is broken.
pub(super) fn wrap(
    fonts: &Fonts,
    weight: Weight,
    size: f64,
    text: &str,
    width: f64,
) -> Vec<String> {
    let fits = |text: &str| fonts.width(weight, size, text) <= width + 0.01;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Fonts, Unwritten, Weight, clean, wrap};

    #[test]
    fn lines_are_no_wider_than_allowed_and_lose_nothing() {
        let fonts = Fonts::new().unwrap();
        let text = "U is the expanded uncertainty 5d3e91c2a0b4477f5d3e91c2a0b4477f of it";
        for width in [20.0, 60.0, 200.0, 1_000.0] {
            let lines = wrap(&fonts, Weight::Regular, 9.0, text, width);
            for line in &lines {
                assert!(
                    fonts.width(Weight::Regular, 9.0, line) <= width + 0.01,
                    "{line}"
                );
            }
            let joined = lines.concat().replace(' ', "");
            assert_eq!(joined, text.replace(' ', ""));
        }
        assert_eq!(wrap(&fonts, Weight::Bold, 9.0, "", 10.0), [""]);
        // Narrower than a letter: a letter a line.
        assert_eq!(wrap(&fonts, Weight::Bold, 9.0, "ab", 1.0), ["a", "b"]);
    }

    #[test]
    fn what_cannot_be_shown_is_told_and_not_guessed() {
        for (text, missing) in [
            ("ok \u{e4}\u{3b1}\u{416} \u{2714}", None),
            ("a \u{6f22}\u{5b57}", Some('\u{6f22}')),
            ("e\u{301}", Some('\u{301}')),
            ("\u{5d0}", Some('\u{5d0}')),
            ("a\u{202e}b", Some('\u{202e}')),
        ] {
            let mut fonts = Fonts::new().unwrap();
            fonts.encode(Weight::Regular, &clean(text));
            let found = match fonts.complete() {
                Err(Unwritten::Character(character)) => Some(character),
                _ => None,
            };
            assert_eq!(found, missing, "{text}");
        }
        assert_eq!(clean("a\tb\u{0}c"), "a b\u{fffd}c");
    }
}
