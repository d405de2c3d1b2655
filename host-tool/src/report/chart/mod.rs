//! Charts as lists of shapes, drawn by hand so that they stay readable without colour. A page shows them
//! as inline SVG, a PDF draws the same shapes.
//!
//! Ranges are given by the caller, never guessed: a tolerance line must not fall outside. Series
//! differ in colour, marker and dash alike. Every chart has a title and a description, and ids that
//! cannot clash with another chart of the same page.

mod axis;
mod drawing;
mod lanes;
mod marks;
mod plot;

pub(crate) use axis::{Axis, around};
#[cfg(feature = "pdf")]
pub(crate) use drawing::{Anchor, Label, Shape};
pub(crate) use drawing::{Dash, Drawing};
pub(crate) use lanes::{Lane, Lanes};
pub(crate) use plot::{Chart, Layer, Marker};

/// Colours of Okabe and Ito, told apart by most colour-blind readers.
pub(crate) mod colour {
    pub(crate) const BLUE: &str = "#0072B2";
    pub(crate) const ORANGE: &str = "#D55E00";
    pub(crate) const GREEN: &str = "#009E73";
    pub(crate) const SKY: &str = "#56B4E9";
    pub(crate) const AMBER: &str = "#E69F00";
    pub(crate) const PURPLE: &str = "#CC79A7";
    pub(crate) const INK: &str = "#1A1D21";
    pub(crate) const SOFT: &str = "#565D66";
    pub(crate) const RULE: &str = "#DDE1E6";
    pub(crate) const PAPER: &str = "#FFFFFF";
}

/// Width of every chart in its own units; the page scales it.
pub(crate) const WIDTH: f64 = 900.0;
/// Left edge of every plot area, the same for all so that time axes line up.
pub(crate) const LEFT: f64 = 92.0;
/// Right edge of every plot area.
pub(crate) const RIGHT: f64 = WIDTH - 22.0;

/// A coordinate with two places, without a minus zero.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" {
        "0.00".to_owned()
    } else {
        text
    }
}

/// Width a text takes at a font size, roughly: enough to keep labels apart.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|c| if c.is_ascii_uppercase() { 0.68 } else { 0.53 })
        .sum::<f64>()
        * size
}
