//! Markers, error bars, hatches and legends.

use super::super::html::escape;
use super::plot::{Dash, Marker};
use super::{LEFT, RIGHT, colour, px, text_width};

/// A marker centred on a place; hollow ones show what lies below.
pub(crate) fn marker(marker: Marker, x: f64, y: f64, stroke: &str) -> String {
    let (at_x, at_y) = (px(x), px(y));
    let polygon = |points: &[(f64, f64)], fill: &str| {
        let points: Vec<String> = points
            .iter()
            .map(|(dx, dy)| format!("{},{}", px(x + dx), px(y + dy)))
            .collect();
        format!(
            "<polygon points=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>",
            points.join(" ")
        )
    };
    match marker {
        Marker::None => String::new(),
        Marker::Disc => {
            format!("<circle cx=\"{at_x}\" cy=\"{at_y}\" r=\"4.6\" fill=\"{stroke}\"/>")
        }
        Marker::Ring => format!(
            "<circle cx=\"{at_x}\" cy=\"{at_y}\" r=\"8\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
        ),
        Marker::Up => polygon(&[(0.0, -6.0), (5.6, 4.4), (-5.6, 4.4)], stroke),
        Marker::Down => polygon(&[(0.0, 6.0), (5.6, -4.4), (-5.6, -4.4)], stroke),
        Marker::HollowUp => polygon(&[(0.0, -6.0), (5.6, 4.4), (-5.6, 4.4)], "#fff"),
        Marker::HollowDown => polygon(&[(0.0, 6.0), (5.6, -4.4), (-5.6, -4.4)], "#fff"),
    }
}

/// A bar of `half` pixels up and down, with caps.
pub(crate) fn error_bar(x: f64, y: f64, half: f64, stroke: &str) -> String {
    let (top, bottom) = (px(y - half), px(y + half));
    let (left, right, x) = (px(x - 4.5), px(x + 4.5), px(x));
    format!(
        "<path d=\"M{x} {top}V{bottom}M{left} {top}H{right}M{left} {bottom}H{right}\" fill=\"none\" \
         stroke=\"{stroke}\" stroke-width=\"1.4\"/>"
    )
}

/// A line with its dash.
pub(crate) fn polyline(points: &[(f64, f64)], stroke: &str, dash: Dash, width: f64) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{},{}", px(*x), px(*y)))
        .collect();
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" \
         stroke-linejoin=\"round\"{}/>",
        points.join(" "),
        dash.attribute()
    )
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
    pub(crate) swatch: String,
    pub(crate) label: String,
}

/// Height the rows of a legend take, and the legend, wrapped to the plot's width from `top` down.
pub(crate) fn legend(keys: &[Key], top: f64) -> (f64, String) {
    const ROW: f64 = 20.0;
    let (mut x, mut y) = (LEFT, top);
    let mut svg = String::new();
    for key in keys {
        let width = 38.0 + text_width(&key.label, 13.0) + 20.0;
        if x > LEFT && x + width > RIGHT + 20.0 {
            x = LEFT;
            y += ROW;
        }
        svg.push_str(&format!(
            "<g transform=\"translate({} {})\">{}<text x=\"36\" y=\"11.5\" fill=\"{}\">{}</text></g>\n",
            px(x),
            px(y),
            key.swatch,
            colour::INK,
            escape(&key.label)
        ));
        x += width;
    }
    let height = if keys.is_empty() { 0.0 } else { y + ROW - top };
    (height, svg)
}
