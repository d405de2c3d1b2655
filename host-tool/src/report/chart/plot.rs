//! A chart with two number axes.

use super::super::html::escape;
use super::marks::{Key, error_bar, legend, marker, polyline};
use super::{Axis, LEFT, RIGHT, WIDTH, colour, open, px, text_width};

/// What stands at a point of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    None,
    Disc,
    Up,
    Down,
    HollowUp,
    HollowDown,
    Ring,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dash {
    None,
    Solid,
    Long,
    Short,
}

impl Dash {
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::None | Self::Solid => "",
            Self::Long => " stroke-dasharray=\"9 5\"",
            Self::Short => " stroke-dasharray=\"3 3\"",
        }
    }
}

/// One thing drawn, from back to front.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// The area between two lines over the same places.
    Area {
        label: String,
        fill: &'static str,
        points: Vec<(f64, f64, f64)>,
    },
    /// A level across the plot with a text at its right end.
    Level {
        y: f64,
        text: String,
        stroke: &'static str,
        dash: Dash,
    },
    /// Points, with bars, markers and a line as wanted; `shift` moves them sideways in pixels.
    Series {
        label: String,
        stroke: &'static str,
        marker: Marker,
        dash: Dash,
        width: f64,
        shift: f64,
        points: Vec<(f64, f64)>,
        bars: Vec<f64>,
    },
    /// A numbered place on the horizontal axis.
    Mark { x: f64, number: usize },
}

/// A chart to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    /// Unique on the page.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// What is to be seen, for those who cannot see it.
    pub(crate) description: String,
    /// Height of the plot area.
    pub(crate) height: f64,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) layers: Vec<Layer>,
}

/// Edges of the plot area.
struct Frame {
    top: f64,
    bottom: f64,
}

impl Chart {
    /// The chart as an SVG element.
    pub(crate) fn svg(&self) -> String {
        let keys: Vec<Key> = self.layers.iter().filter_map(key).collect();
        let (legend_height, legend) = legend(&keys, 6.0);
        let flags = self.flags();
        let flag_rows = flags.iter().map(|flag| flag.row + 1.0).fold(0.0, f64::max);
        let top = 6.0 + legend_height + 8.0 + flag_rows * 17.0;
        let frame = Frame {
            top,
            bottom: top + self.height,
        };
        let mut svg = open(self.id, frame.bottom + 48.0, &self.title, &self.description);
        svg.push_str(&format!(
            "\n<clipPath id=\"{}-c\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n",
            self.id, px(LEFT), px(frame.top), px(RIGHT - LEFT), px(self.height)
        ));
        svg.push_str(&legend);
        svg.push_str(&self.grid(&frame));
        svg.push_str(&format!("<g clip-path=\"url(#{}-c)\">\n", self.id));
        for layer in &self.layers {
            svg.push_str(&self.layer(layer, &frame));
        }
        svg.push_str("</g>\n");
        svg.push_str(&self.level_texts(&frame));
        svg.push_str(&draw_flags(&flags, &frame));
        svg.push_str("</svg>");
        svg
    }

    fn at(&self, frame: &Frame, x: f64, y: f64) -> (f64, f64) {
        (
            self.x.place(x, LEFT, RIGHT),
            self.y.place(y, frame.bottom, frame.top),
        )
    }

    fn grid(&self, frame: &Frame) -> String {
        let mut svg = String::new();
        for (value, text) in self.y.ticks(8) {
            let (_, y) = self.at(frame, self.x.min, value);
            svg.push_str(&format!(
                "<path d=\"M{} {y}H{}\" stroke=\"{}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{}\">{text}</text>\n",
                px(LEFT), px(RIGHT), colour::RULE, px(LEFT - 8.0), px(y + 4.5), colour::INK, y = px(y)
            ));
        }
        svg.push_str(&x_axis(&self.x, frame.top, frame.bottom));
        let middle = f64::midpoint(frame.top, frame.bottom);
        svg.push_str(&format!(
            "<text transform=\"translate(20 {}) rotate(-90)\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
            px(middle), colour::INK, escape(&self.y.label)
        ));
        svg
    }

    fn layer(&self, layer: &Layer, frame: &Frame) -> String {
        match layer {
            Layer::Area { fill, points, .. } => {
                let upper = points.iter().map(|&(x, _, high)| self.at(frame, x, high));
                let lower = points
                    .iter()
                    .rev()
                    .map(|&(x, low, _)| self.at(frame, x, low));
                let outline: Vec<String> = upper
                    .chain(lower)
                    .map(|(x, y)| format!("{},{}", px(x), px(y)))
                    .collect();
                format!(
                    "<polygon points=\"{}\" fill=\"{fill}\" fill-opacity=\"0.16\"/>\n",
                    outline.join(" ")
                )
            }
            Layer::Level {
                y, stroke, dash, ..
            } => {
                let (_, y) = self.at(frame, self.x.min, *y);
                polyline(&[(LEFT, y), (RIGHT, y)], stroke, *dash, 1.6) + "\n"
            }
            Layer::Mark { x, .. } => {
                let (x, _) = self.at(frame, *x, self.y.min);
                polyline(
                    &[(x, frame.top), (x, frame.bottom)],
                    colour::SOFT,
                    Dash::Short,
                    1.0,
                ) + "\n"
            }
            Layer::Series {
                stroke,
                marker: shape,
                dash,
                width,
                shift,
                points,
                bars,
                ..
            } => {
                let places: Vec<(f64, f64)> = points
                    .iter()
                    .map(|&(x, y)| self.at(frame, x, y))
                    .map(|(x, y)| (x + shift, y))
                    .collect();
                let mut svg = String::new();
                if *dash != Dash::None {
                    svg.push_str(&polyline(&places, stroke, *dash, *width));
                }
                let per_unit = (frame.bottom - frame.top) / (self.y.max - self.y.min);
                for (&(x, y), half) in places.iter().zip(bars) {
                    svg.push_str(&error_bar(x, y, half * per_unit, stroke));
                }
                for &(x, y) in places.iter().filter(|_| *shape != Marker::None) {
                    svg.push_str(&marker(*shape, x, y, stroke));
                }
                svg + "\n"
            }
        }
    }

    /// Texts of levels, on white, above their line or below it where the plot ends.
    fn level_texts(&self, frame: &Frame) -> String {
        let mut svg = String::new();
        for layer in &self.layers {
            let Layer::Level {
                y, text, stroke, ..
            } = layer
            else {
                continue;
            };
            if text.is_empty() || !self.y.contains(*y) {
                continue;
            }
            let (_, line) = self.at(frame, self.x.min, *y);
            let base = if line - frame.top < 18.0 {
                line + 15.0
            } else {
                line - 5.0
            };
            svg.push_str(&format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{stroke}\" font-size=\"12\" \
                 stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>\n",
                px(RIGHT - 6.0),
                px(base),
                escape(text)
            ));
        }
        svg
    }

    /// Numbers of the marks, stacked where they would overlap.
    fn flags(&self) -> Vec<Flag> {
        let mut row_ends: Vec<f64> = Vec::new();
        let mut flags = Vec::new();
        for layer in &self.layers {
            let Layer::Mark { x, number } = layer else {
                continue;
            };
            let text = number.to_string();
            let x = self.x.place(*x, LEFT, RIGHT);
            let half = text_width(&text, 11.0) / 2.0 + 5.0;
            let free = row_ends.iter().position(|end| x - half > *end);
            let row = free.unwrap_or(row_ends.len());
            if free.is_none() {
                row_ends.push(0.0);
            }
            row_ends[row] = x + half;
            let row = u32::try_from(row).map_or(0.0, f64::from);
            flags.push(Flag { x, half, row, text });
        }
        flags
    }
}

struct Flag {
    x: f64,
    half: f64,
    row: f64,
    text: String,
}

fn draw_flags(flags: &[Flag], frame: &Frame) -> String {
    flags
        .iter()
        .map(|flag| {
            let base = frame.top - 4.0 - flag.row * 17.0;
            let width = 2.0 * flag.half - 2.0;
            format!(
                "<path d=\"M{x} {base}V{top}\" stroke=\"{soft}\"/>\
                 <rect x=\"{left}\" y=\"{up}\" width=\"{width}\" height=\"14\" rx=\"3\" fill=\"#fff\" stroke=\"{soft}\"/>\
                 <text x=\"{x}\" y=\"{text_y}\" text-anchor=\"middle\" font-size=\"11\" fill=\"{ink}\">{text}</text>\n",
                x = px(flag.x),
                base = px(base),
                top = px(frame.top),
                left = px(flag.x - width / 2.0),
                up = px(base - 12.0),
                width = px(width),
                text_y = px(base - 1.2),
                text = flag.text,
                soft = colour::SOFT,
                ink = colour::INK,
            )
        })
        .collect()
}

/// Ticks, frame and label of a horizontal axis.
pub(crate) fn x_axis(axis: &Axis, top: f64, bottom: f64) -> String {
    let mut svg = String::new();
    for (value, text) in axis.ticks(10) {
        let x = axis.place(value, LEFT, RIGHT);
        svg.push_str(&format!(
            "<path d=\"M{x} {}V{}\" stroke=\"{}\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{text}</text>\n",
            px(top), px(bottom + 4.0), colour::RULE, px(bottom + 18.0), colour::INK, x = px(x)
        ));
    }
    svg.push_str(&format!(
        "<path d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"{}\"/>\n<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
        px(LEFT), px(top), px(bottom), px(RIGHT), colour::SOFT,
        px(f64::midpoint(LEFT, RIGHT).min(WIDTH)), px(bottom + 38.0), colour::INK, escape(&axis.label)
    ));
    svg
}

fn key(layer: &Layer) -> Option<Key> {
    match layer {
        Layer::Area { label, fill, .. } => Some(Key {
            swatch: format!(
                "<rect width=\"30\" height=\"14\" fill=\"{fill}\" fill-opacity=\"0.16\" stroke=\"{fill}\" stroke-width=\"0.8\"/>"
            ),
            label: label.clone(),
        }),
        Layer::Series {
            label,
            stroke,
            marker: shape,
            dash,
            width,
            bars,
            ..
        } => {
            let mut swatch = String::new();
            if *dash != Dash::None {
                swatch.push_str(&polyline(
                    &[(0.0, 7.0), (30.0, 7.0)],
                    stroke,
                    *dash,
                    width.max(1.6),
                ));
            }
            if !bars.is_empty() {
                swatch.push_str(&error_bar(15.0, 7.0, 7.0, stroke));
            }
            swatch.push_str(&marker(*shape, 15.0, 7.0, stroke));
            Some(Key {
                swatch,
                label: label.clone(),
            })
        }
        Layer::Level { .. } | Layer::Mark { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Chart, Dash, Layer, Marker};

    fn chart(layers: Vec<Layer>) -> Chart {
        Chart {
            id: "t",
            title: "a <title>".to_owned(),
            description: "b & c".to_owned(),
            height: 200.0,
            x: Axis::new("time <s>", 0.0, 10.0),
            y: Axis::new("depth", 0.0, 100.0),
            layers,
        }
    }

    #[test]
    fn carries_title_and_description_escaped() {
        let svg = chart(vec![]).svg();
        assert!(svg.contains("<title id=\"t-t\">a &lt;title&gt;</title>"));
        assert!(svg.contains("<desc id=\"t-d\">b &amp; c</desc>"));
        assert!(svg.contains("time &lt;s&gt;"));
    }

    #[test]
    fn marks_close_together_are_stacked() {
        let mark = |x, number| Layer::Mark { x, number };
        let flags = chart(vec![
            mark(1.0, 1),
            mark(1.05, 2),
            mark(1.1, 3),
            mark(5.0, 4),
        ])
        .flags();
        let rows: Vec<f64> = flags.iter().map(|flag| flag.row).collect();
        assert_eq!(rows, [0.0, 1.0, 2.0, 0.0]);
    }

    #[test]
    fn same_chart_same_bytes_and_no_minus_zero() {
        let series = Layer::Series {
            label: "x".to_owned(),
            stroke: "#000",
            marker: Marker::Disc,
            dash: Dash::Long,
            width: 1.0,
            shift: 0.0,
            points: vec![(0.0, 0.0), (10.0, 100.0)],
            bars: vec![5.0, 5.0],
        };
        let chart = chart(vec![series]);
        assert_eq!(chart.svg(), chart.svg());
        assert!(!chart.svg().contains("-0.00"));
        assert!(!chart.svg().contains("NaN"));
    }
}
