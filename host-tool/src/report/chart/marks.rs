//! Markers, error bars, hatches and legends.

use super::super::html::escape;
use super::drawing::{Anchor, Dash, Label, SIZE, Shape};
use super::plot::Marker;
use super::{LEFT, RIGHT, colour, text_width};

/// A marker centred on a place; hollow ones show what lies below.
pub(crate) fn marker(marker: Marker, (x, y): (f64, f64), stroke: &'static str) -> Option<Shape> {
    let polygon = |points: &[(f64, f64)], fill: &'static str| {
        Shape::polygon(points, fill, 1.0, Some((stroke, 1.5))).moved((x, y))
    };
    let up = [(0.0, -6.0), (5.6, 4.4), (-5.6, 4.4)];
    let down = [(0.0, 6.0), (5.6, -4.4), (-5.6, -4.4)];
    Some(match marker {
        Marker::None => return None,
        Marker::Disc => Shape::Circle {
            centre: (0.0, 0.0),
            radius: 4.6,
            fill: Some(stroke.into()),
            stroke: None,
            width: 0.0,
        }
        .moved((x, y)),
        Marker::Ring => Shape::Circle {
            centre: (0.0, 0.0),
            radius: 8.0,
            fill: None,
            stroke: Some(stroke.into()),
            width: 1.5,
        }
        .moved((x, y)),
        Marker::Up => polygon(&up, stroke),
        Marker::Down => polygon(&down, stroke),
        Marker::HollowUp => polygon(&up, colour::PAPER),
        Marker::HollowDown => polygon(&down, colour::PAPER),
    })
}

/// A bar of `half` pixels up and down, with caps.
pub(crate) fn error_bar((x, y): (f64, f64), half: f64, stroke: &'static str) -> [Shape; 3] {
    let (top, bottom) = (y - half, y + half);
    let line = |points: &[(f64, f64)]| Shape::line(points, stroke, 1.4, Dash::Solid);
    [
        line(&[(x, top), (x, bottom)]),
        line(&[(x - 4.5, top), (x + 4.5, top)]),
        line(&[(x - 4.5, bottom), (x + 4.5, bottom)]),
    ]
}

/// Lines of a hatch, told apart by their direction and distance.
pub(crate) fn hatch(id: &str, kind: usize, fill: &str) -> String {
    let lines = match kind % 6 {
        0 => "",
        1 => "<path d=\"M0 8L8 0\"/>",
        2 => "<path d=\"M0 0L8 8\"/>",
        3 => "<path d=\"M0 8L8 0M0 0L8 8\"/>",
        4 => "<path d=\"M4 0V8\"/>",
        _ => "<path d=\"M0 4H8\"/>",
    };
    format!(
        "<pattern id=\"{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"8\" height=\"8\" fill=\"{fill}\"/>\
         <g stroke=\"{}\" stroke-width=\"1.1\">{lines}</g></pattern>",
        escape(id),
        colour::INK
    )
}

/// One entry of a legend: what is drawn for it in a box of 30 by 14, and its text.
pub(crate) struct Key {
    pub(crate) swatch: Vec<Shape>,
    pub(crate) label: String,
}

/// Height the rows of a legend take, and the legend, wrapped to the plot's width from `top` down.
pub(crate) fn legend(keys: Vec<Key>, top: f64) -> (f64, Vec<Shape>) {
    const ROW: f64 = 20.0;
    let (mut x, mut y) = (LEFT, top);
    let mut shapes = Vec::new();
    let is_empty = keys.is_empty();
    for key in keys {
        let width = 38.0 + text_width(&key.label, SIZE) + 20.0;
        if x > LEFT && x + width > RIGHT + 20.0 {
            x = LEFT;
            y += ROW;
        }
        shapes.extend(key.swatch.into_iter().map(|shape| shape.moved((x, y))));
        let at = (x + 36.0, y + 11.5);
        let label = Label::new(at, key.label, Anchor::Start, colour::INK);
        shapes.push(Shape::Text(label));
        x += width;
    }
    let height = if is_empty { 0.0 } else { y + ROW - top };
    (height, shapes)
}
