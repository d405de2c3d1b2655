//! Marks as the operators of a page.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Name, Str};

use super::HEIGHT;
use super::fonts::{Fonts, Weight, clean};
use super::piece::{Ink, Mark, Type};
use crate::report::chart::{Anchor, Dash, Drawing, Label, Shape};

/// Names of the resources of a page.
pub(super) const REGULAR: Name<'_> = Name(b"R");
pub(super) const BOLD: Name<'_> = Name(b"B");
/// What the areas of figures are seen through.
pub(super) const WASHED: Name<'_> = Name(b"W");
/// Part of their colour that is seen.
pub(super) const WASHED_PART: f32 = 0.16;

/// Part of a radius at which the handles of a quarter of a circle lie.
const HANDLE: f64 = 0.552_285;

/// Unit: pt. Two places are finer than any printer.
#[expect(clippy::cast_possible_truncation, reason = "a sheet is below 1000 pt")]
fn pt(value: f64) -> f32 {
    let rounded = (value * 100.0).round() / 100.0;
    rounded as f32
}

/// A page under construction.
pub(super) struct Pen<'a> {
    content: Content,
    fonts: &'a mut Fonts,
}

impl<'a> Pen<'a> {
    pub(super) fn new(fonts: &'a mut Fonts) -> Self {
        Self {
            content: Content::new(),
            fonts,
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.content.finish().into_vec()
    }

    pub(super) fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Text((x, y), style, text) => {
                self.content
                    .set_fill_rgb(style.ink[0], style.ink[1], style.ink[2]);
                self.show(*style, text, [1.0, 0.0, 0.0, 1.0, pt(*x), pt(HEIGHT - y)]);
            }
            Mark::Fill([left, top, width, height], ink) => {
                let [red, green, blue] = *ink;
                self.content.set_fill_rgb(red, green, blue);
                let bottom = HEIGHT - top - height;
                self.content
                    .rect(pt(*left), pt(bottom), pt(*width), pt(*height));
                self.content.fill_nonzero();
            }
            Mark::Line([from, to], width, ink) => {
                self.stroke(*width, *ink, Dash::Solid, 1.0);
                self.content.move_to(pt(from.0), pt(HEIGHT - from.1));
                self.content.line_to(pt(to.0), pt(HEIGHT - to.1));
                self.content.stroke();
            }
            Mark::Figure(place, scale, drawing) => self.figure(*place, *scale, drawing),
        }
    }

    fn show(&mut self, style: Type, text: &str, matrix: [f32; 6]) {
        let glyphs = self.fonts.encode(style.weight, text);
        let font = match style.weight {
            Weight::Regular => REGULAR,
            Weight::Bold => BOLD,
        };
        self.content.begin_text();
        self.content.set_font(font, pt(style.size));
        self.content.set_text_matrix(matrix);
        self.content.show(Str(&glyphs));
        self.content.end_text();
    }

    fn stroke(&mut self, width: f64, [red, green, blue]: Ink, dash: Dash, scale: f64) {
        self.content.set_stroke_rgb(red, green, blue);
        self.content.set_line_width(pt(width));
        let pattern = dash.pattern().map(|it| it.map(|length| pt(length * scale)));
        self.content
            .set_dash_pattern(pattern.into_iter().flatten(), 0.0);
    }

    fn figure(&mut self, place: (f64, f64), scale: f64, drawing: &Drawing) {
        self.content.save_state();
        self.content.set_line_join(LineJoinStyle::RoundJoin);
        self.content.set_line_cap(LineCapStyle::ButtCap);
        for shape in &drawing.shapes {
            self.shape(place, scale, shape);
        }
        self.content.restore_state();
    }

    fn shape(&mut self, place: (f64, f64), scale: f64, shape: &Shape) {
        let at = |(x, y): (f64, f64)| (place.0 + x * scale, HEIGHT - place.1 - y * scale);
        match shape {
            Shape::Line {
                points,
                stroke,
                width,
                dash,
            } => {
                self.stroke(width * scale, colour(stroke), *dash, scale);
                self.path(points.iter().map(|it| at(*it)));
                self.content.stroke();
            }
            Shape::Polygon {
                points,
                fill,
                opacity,
                stroke,
                width,
            } => {
                self.content.save_state();
                if *opacity < 1.0 {
                    self.content.set_parameters(WASHED);
                }
                let inks = (Some(colour(fill)), stroke.as_deref().map(colour));
                self.inks(inks, width * scale);
                self.path(points.iter().map(|it| at(*it)));
                self.content.close_path();
                self.paint(inks);
                self.content.restore_state();
            }
            Shape::Circle {
                centre,
                radius,
                fill,
                stroke,
                width,
            } => {
                let inks = (fill.as_deref().map(colour), stroke.as_deref().map(colour));
                self.inks(inks, width * scale);
                self.circle(at(*centre), radius * scale);
                self.paint(inks);
            }
            Shape::Text(label) => self.label(at((label.x, label.y)), scale, label),
            Shape::Clip([left, top, width, height], shapes) => {
                self.content.save_state();
                let (x, y) = at((*left, top + height));
                self.content
                    .rect(pt(x), pt(y), pt(width * scale), pt(height * scale));
                self.content.clip_nonzero();
                self.content.end_path();
                for shape in shapes {
                    self.shape(place, scale, shape);
                }
                self.content.restore_state();
            }
        }
    }

    fn path(&mut self, points: impl Iterator<Item = (f64, f64)>) {
        for (index, (x, y)) in points.enumerate() {
            if index == 0 {
                self.content.move_to(pt(x), pt(y));
            } else {
                self.content.line_to(pt(x), pt(y));
            }
        }
    }

    /// Four quarters, from the right upwards.
    fn circle(&mut self, (x, y): (f64, f64), radius: f64) {
        let handle = HANDLE * radius;
        let at = |dx: f64, dy: f64| (pt(x + dx), pt(y + dy));
        self.content.move_to(pt(x + radius), pt(y));
        let (r, h) = (radius, handle);
        for [a, b, c] in [
            [at(r, h), at(h, r), at(0.0, r)],
            [at(-h, r), at(-r, h), at(-r, 0.0)],
            [at(-r, -h), at(-h, -r), at(0.0, -r)],
            [at(h, -r), at(r, -h), at(r, 0.0)],
        ] {
            self.content.cubic_to(a.0, a.1, b.0, b.1, c.0, c.1);
        }
        self.content.close_path();
    }

    /// Colours of a path that is to be filled, outlined or both; they are set before it begins.
    fn inks(&mut self, (fill, stroke): (Option<Ink>, Option<Ink>), width: f64) {
        if let Some([red, green, blue]) = fill {
            self.content.set_fill_rgb(red, green, blue);
        }
        if let Some(ink) = stroke {
            self.stroke(width, ink, Dash::Solid, 1.0);
        }
    }

    /// Fills and outlines the path.
    fn paint(&mut self, (fill, stroke): (Option<Ink>, Option<Ink>)) {
        match (fill.is_some(), stroke.is_some()) {
            (true, true) => self.content.fill_nonzero_and_stroke(),
            (true, false) => self.content.fill_nonzero(),
            (false, true) => self.content.stroke(),
            (false, false) => self.content.end_path(),
        };
    }

    fn label(&mut self, (x, y): (f64, f64), scale: f64, label: &Label) {
        let style = Type::new(Weight::Regular, label.size * scale, colour(&label.fill));
        let text = clean(&label.text);
        let width = style.width(self.fonts, &text);
        let back = match label.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let matrix = if label.is_upright {
            [0.0, 1.0, -1.0, 0.0, pt(x), pt(y - back)]
        } else {
            [1.0, 0.0, 0.0, 1.0, pt(x - back), pt(y)]
        };
        if label.has_halo {
            self.halo((x - back, y), width, style.size);
        }
        let [red, green, blue] = style.ink;
        self.content.set_fill_rgb(red, green, blue);
        self.show(style, &text, matrix);
    }

    /// White below a text, so that it is read where lines cross it, and copied once.
    fn halo(&mut self, (left, base): (f64, f64), width: f64, size: f64) {
        self.content.set_fill_rgb(1.0, 1.0, 1.0);
        let (bottom, height) = (base - 0.25 * size, 1.15 * size);
        self.content
            .rect(pt(left - 1.0), pt(bottom), pt(width + 2.0), pt(height));
        self.content.fill_nonzero();
    }
}

/// A colour of a style sheet, `#RRGGBB`; black for anything else, which no figure of ours has.
fn colour(text: &str) -> Ink {
    let part = |from: usize| {
        let digits = text.get(from..from + 2)?;
        Some(f32::from(u8::from_str_radix(digits, 16).ok()?) / 255.0)
    };
    let parts = (part(1), part(3), part(5));
    match parts {
        (Some(red), Some(green), Some(blue)) => [red, green, blue],
        _ => [0.0; 3],
    }
}
