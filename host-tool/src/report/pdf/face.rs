//! What is to be known of a font file: which glyph a character has, and how wide it is.
//!
//! Only as much of OpenType as the two files beside this crate need: `head`, `hhea`, `hmtx`, and a `cmap` of
//! format 4, which has every character below U+10000.

/// A font file that was read.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) data: &'static [u8],
    /// Units of an em.
    units: f64,
    /// Where the character map is.
    cmap: usize,
    /// Where the widths are, and how many glyphs have one of their own.
    hmtx: usize,
    widths: usize,
    /// Highest and lowest point of the line, and the box around all glyphs. Unit: 1/1000 em.
    pub(super) ascent: f64,
    pub(super) descent: f64,
    pub(super) bounds: [f64; 4],
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn i16_at(data: &[u8], at: usize) -> Option<f64> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    Some(f64::from(i16::from_be_bytes(bytes.try_into().ok()?)))
}

fn u32_at(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}

/// Where a table begins.
fn table(data: &[u8], tag: &[u8; 4]) -> Option<usize> {
    let count = usize::from(u16_at(data, 4)?);
    let at = (0..count)
        .map(|index| 12 + 16 * index)
        .find(|at| data.get(*at..at + 4) == Some(tag.as_slice()))?;
    u32_at(data, at + 8)
}

/// Where the character map of format 4 begins.
fn character_map(data: &[u8]) -> Option<usize> {
    let cmap = table(data, b"cmap")?;
    let count = usize::from(u16_at(data, cmap + 2)?);
    (0..count)
        .filter_map(|index| Some(cmap + u32_at(data, cmap + 8 + 8 * index)?))
        .find(|at| u16_at(data, *at) == Some(4))
}

impl Face {
    /// Reads a font file; none if it has not what is needed.
    pub(super) fn read(data: &'static [u8]) -> Option<Self> {
        let (head, hhea) = (table(data, b"head")?, table(data, b"hhea")?);
        let units = f64::from(u16_at(data, head + 18)?);
        let scaled = |at: usize| Some(i16_at(data, at)? * 1_000.0 / units);
        Some(Self {
            data,
            units,
            cmap: character_map(data)?,
            hmtx: table(data, b"hmtx")?,
            widths: usize::from(u16_at(data, hhea + 34)?),
            ascent: scaled(hhea + 4)?,
            descent: scaled(hhea + 6)?,
            bounds: [
                scaled(head + 36)?,
                scaled(head + 38)?,
                scaled(head + 40)?,
                scaled(head + 42)?,
            ],
        })
    }

    /// The glyph of a character; none if the font has none.
    pub(super) fn glyph(&self, character: char) -> Option<u16> {
        let code = u16::try_from(u32::from(character)).ok()?;
        let of = |at: usize| u16_at(self.data, self.cmap + at);
        let twice = usize::from(of(6)?);
        // Four lists of the same length: ends, starts, differences, places.
        let (ends, starts) = (14, 16 + twice);
        let (deltas, places) = (starts + twice, starts + 2 * twice);
        let at = (0..twice)
            .step_by(2)
            .find(|at| of(ends + at).is_some_and(|end| end >= code))?;
        let start = of(starts + at)?;
        if start > code {
            return None;
        }
        let (delta, place) = (of(deltas + at)?, usize::from(of(places + at)?));
        let glyph = if place == 0 {
            code.wrapping_add(delta)
        } else {
            match of(places + at + place + 2 * usize::from(code - start))? {
                0 => 0,
                glyph => glyph.wrapping_add(delta),
            }
        };
        (glyph != 0).then_some(glyph)
    }

    /// How far a glyph moves the next. Unit: 1/1000 em.
    pub(super) fn advance(&self, glyph: u16) -> f64 {
        let index = usize::from(glyph).min(self.widths.saturating_sub(1));
        let width = u16_at(self.data, self.hmtx + 4 * index).unwrap_or_default();
        f64::from(width) * 1_000.0 / self.units
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::{BOLD, REGULAR};
    use super::Face;

    #[test]
    fn the_fonts_have_what_a_certificate_shows() {
        for data in [REGULAR, BOLD] {
            let face = Face::read(data).unwrap();
            for character in "AZaz09 -.,:;()%<>&\u{b5}\u{b1}\u{2212}\u{2026}\u{221e}\u{2714}\u{25b3}\u{25b2}\
                              \u{2716}\u{26a0}\u{b0}\u{b7}\u{2013}\u{202f}\u{fffd}\u{2264}\u{2022}\u{e9}\u{3bc}\u{416}"
                .chars()
            {
                assert!(face.glyph(character).is_some(), "{character}");
            }
            for character in ['\u{6f22}', '\u{1f58a}', '\u{ffff}'] {
                assert_eq!(face.glyph(character), None, "{character}");
            }
        }
    }

    #[test]
    fn widths_are_those_of_the_file() {
        // Advance widths of DejaVu Sans Condensed 2.37 over its 2048 units, by its character map of format 12,
        // which nothing here reads.
        let face = Face::read(REGULAR).unwrap();
        let width = |character| (face.advance(face.glyph(character).unwrap()) * 2.048).round();
        let widths: Vec<String> = "Wi0 ".chars().map(|it| width(it).to_string()).collect();
        assert_eq!(widths, ["1822", "512", "1172", "585"]);
        assert!(face.ascent > 700.0 && face.descent < -150.0, "{face:?}");
    }

    #[test]
    fn no_broken_file_is_read() {
        assert!(Face::read(b"").is_none());
        for length in [3, 11, 40, 200, 300] {
            assert!(Face::read(&REGULAR[..length]).is_none(), "{length}");
        }
    }
}
