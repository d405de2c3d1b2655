//! The objects of the file.

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Date, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use sha2::{Digest, Sha256};

use super::fonts::{Font, Fonts};
use super::sheet::{BOLD, REGULAR, WASHED, WASHED_PART};
use super::{HEIGHT, SHEET_WIDTH, Unwritten};
use crate::report::Document;

/// The best that is worth waiting for.
const LEVEL: u8 = 9;

const SYSTEM: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// Numbers of objects, in the order in which they are handed out.
struct Refs(i32);

impl Refs {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "lengths of a sheet and of a font"
)]
fn single(value: f64) -> f32 {
    value as f32
}

/// The file: sheets with these contents.
pub(super) fn write(
    document: &Document,
    fonts: &Fonts,
    contents: &[Vec<u8>],
) -> Result<Vec<u8>, Unwritten> {
    let mut refs = Refs(0);
    let (catalog, tree, info, washed) = (refs.next(), refs.next(), refs.next(), refs.next());
    let mut pdf = Pdf::new();
    let regular = font(&mut pdf, &mut refs, &fonts.regular)?;
    let bold = font(&mut pdf, &mut refs, &fonts.bold)?;
    let mut pages = Vec::with_capacity(contents.len());
    for content in contents {
        let (page_id, content_id) = (refs.next(), refs.next());
        let packed = compress_to_vec_zlib(content, LEVEL);
        pdf.stream(content_id, &packed).filter(Filter::FlateDecode);
        let mut page = pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, single(SHEET_WIDTH), single(HEIGHT)));
        page.parent(tree);
        page.contents(content_id);
        let mut resources = page.resources();
        resources.fonts().pair(REGULAR, regular).pair(BOLD, bold);
        resources.ext_g_states().pair(WASHED, washed);
        resources.finish();
        page.finish();
        pages.push(page_id);
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages).count(count);
    pdf.ext_graphics(washed).non_stroking_alpha(WASHED_PART);
    let mut root = pdf.catalog(catalog);
    root.pages(tree);
    root.lang(TextStr("en-GB"));
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    let title = format!("{} {}", document.title, document.id);
    let mut about = pdf.document_info(info);
    about.title(TextStr(&title));
    about.creator(TextStr("penctl"));
    if let Some(date) = document.day.as_deref().and_then(date) {
        about.creation_date(date).modified_date(date);
    }
    about.finish();
    let digest = contents.iter().fold(Sha256::new(), |digest, content| {
        digest.chain_update(content)
    });
    let digest = digest.finalize()[..16].to_vec();
    pdf.set_file_id((digest.clone(), digest));
    Ok(pdf.finish())
}

/// A day such as `2026-11-22`; none for anything else.
fn date(day: &str) -> Option<Date> {
    crate::store::day_of(day)?;
    let year = day.get(..4)?.parse().ok()?;
    let (month, of_month) = (day.get(5..7)?.parse().ok()?, day.get(8..10)?.parse().ok()?);
    Some(Date::new(year).month(month).day(of_month))
}

/// Writes a font with the glyphs that were used, which can be selected as text.
fn font(pdf: &mut Pdf, refs: &mut Refs, font: &Font) -> Result<Ref, Unwritten> {
    let (type0, cid, descriptor, file, unicode) = (
        refs.next(),
        refs.next(),
        refs.next(),
        refs.next(),
        refs.next(),
    );
    // Six letters tell that it is a part of a font.
    let name = format!("PENCTL+{}", font.name);
    let name = Name(name.as_bytes());
    let mut outer = pdf.type0_font(type0);
    outer.base_font(name);
    outer.encoding_predefined(Name(b"Identity-H"));
    outer.descendant_font(cid);
    outer.to_unicode(unicode);
    outer.finish();
    let mut inner = pdf.cid_font(cid);
    inner.subtype(CidFontType::Type2);
    inner.base_font(name);
    inner.system_info(SYSTEM);
    inner.font_descriptor(descriptor);
    inner.default_width(0.0);
    inner.cid_to_gid_map_predefined(Name(b"Identity"));
    let widths = font
        .used
        .values()
        .map(|(_, glyph)| single(font.face.advance(*glyph)));
    // Numbers in the file begin with 1 and have no gaps: 0 is the sign for a missing glyph.
    inner.widths().consecutive(1, widths);
    inner.finish();
    let [left, bottom, right, top] = font.face.bounds.map(single);
    let ascent = single(font.face.ascent);
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(ascent)
        .descent(single(font.face.descent))
        .cap_height(ascent)
        .stem_v(if font.name.ends_with("Bold") {
            140.0
        } else {
            80.0
        })
        .font_file2(file);
    let part = subsetter::subset(font.face.data, 0, &font.remapper)
        .map_err(|_| Unwritten::Font(font.name))?;
    let packed = compress_to_vec_zlib(&part, LEVEL);
    let length = i32::try_from(part.len()).unwrap_or(i32::MAX);
    pdf.stream(file, &packed)
        .filter(Filter::FlateDecode)
        .pair(Name(b"Length1"), length);
    let mut cmap = UnicodeCmap::<u16>::new(Name(b"Custom"), SYSTEM);
    for (glyph, (character, _)) in &font.used {
        cmap.pair(*glyph, *character);
    }
    let cmap = compress_to_vec_zlib(cmap.finish().as_slice(), LEVEL);
    pdf.stream(unicode, &cmap).filter(Filter::FlateDecode);
    Ok(type0)
}
