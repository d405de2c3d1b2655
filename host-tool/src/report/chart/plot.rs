//! A chart with two number axes.

use super::drawing::{Anchor, Dash, Drawing, Label, Shape};
use super::marks::{Key, error_bar, legend, marker};
use super::{Axis, LEFT, RIGHT, WIDTH, colour, text_width};

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
        self.drawing().svg()
    }

    /// The chart, for whoever draws it.
    pub(crate) fn drawing(&self) -> Drawing {
        let keys: Vec<Key> = self.layers.iter().filter_map(key).collect();
        let (legend_height, mut shapes) = legend(keys, 6.0);
        let flags = self.flags();
        let flag_rows = flags.iter().map(|flag| flag.row + 1.0).fold(0.0, f64::max);
        let top = 6.0 + legend_height + 8.0 + flag_rows * 17.0;
        let frame = Frame {
            top,
            bottom: top + self.height,
        };
        self.grid(&frame, &mut shapes);
        let mut inside = Vec::new();
        for layer in &self.layers {
            self.layer(layer, &frame, &mut inside);
        }
        let clip = [LEFT, frame.top, RIGHT - LEFT, self.height];
        shapes.push(Shape::Clip(clip, inside));
        self.level_texts(&frame, &mut shapes);
        for flag in &flags {
            flag.draw(&frame, &mut shapes);
        }
        Drawing {
            id: self.id.to_owned(),
            title: self.title.clone(),
            description: self.description.clone(),
            height: frame.bottom + 48.0,
            shapes,
        }
    }

    fn at(&self, frame: &Frame, x: f64, y: f64) -> (f64, f64) {
        (
            self.x.place(x, LEFT, RIGHT),
            self.y.place(y, frame.bottom, frame.top),
        )
    }

    fn grid(&self, frame: &Frame, shapes: &mut Vec<Shape>) {
        for (value, text) in self.y.ticks(8) {
            let (_, y) = self.at(frame, self.x.min, value);
            let ends = [(LEFT, y), (RIGHT, y)];
            shapes.push(Shape::line(&ends, colour::RULE, 1.0, Dash::Solid));
            let at = (LEFT - 8.0, y + 4.5);
            shapes.push(Shape::Text(Label::new(at, text, Anchor::End, colour::INK)));
        }
        shapes.extend(x_axis(&self.x, frame.top, frame.bottom));
        let at = (20.0, f64::midpoint(frame.top, frame.bottom));
        shapes.push(Shape::Text(Label {
            is_upright: true,
            ..Label::new(at, &self.y.label, Anchor::Middle, colour::INK)
        }));
    }

    fn layer(&self, layer: &Layer, frame: &Frame, shapes: &mut Vec<Shape>) {
        match layer {
            Layer::Area { fill, points, .. } => {
                let upper = points.iter().map(|&(x, _, high)| self.at(frame, x, high));
                let lower = points
                    .iter()
                    .rev()
                    .map(|&(x, low, _)| self.at(frame, x, low));
                let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
                shapes.push(Shape::polygon(&outline, *fill, WASH, None));
            }
            Layer::Level {
                y, stroke, dash, ..
            } => {
                let (_, y) = self.at(frame, self.x.min, *y);
                shapes.push(Shape::line(&[(LEFT, y), (RIGHT, y)], *stroke, 1.6, *dash));
            }
            Layer::Mark { x, .. } => {
                let (x, _) = self.at(frame, *x, self.y.min);
                let ends = [(x, frame.top), (x, frame.bottom)];
                shapes.push(Shape::line(&ends, colour::SOFT, 1.0, Dash::Short));
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
                if *dash != Dash::None {
                    shapes.push(Shape::line(&places, *stroke, *width, *dash));
                }
                let per_unit = (frame.bottom - frame.top) / (self.y.max - self.y.min);
                for (&at, half) in places.iter().zip(bars) {
                    shapes.extend(error_bar(at, half * per_unit, stroke));
                }
                shapes.extend(places.iter().filter_map(|&at| marker(*shape, at, stroke)));
            }
        }
    }

    /// Texts of levels, on white, above their line or below it where the plot ends.
    fn level_texts(&self, frame: &Frame, shapes: &mut Vec<Shape>) {
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
            shapes.push(Shape::Text(Label {
                size: 12.0,
                has_halo: true,
                ..Label::new((RIGHT - 6.0, base), text, Anchor::End, *stroke)
            }));
        }
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

/// How much of the colour of an area is seen.
const WASH: f64 = 0.16;

struct Flag {
    x: f64,
    half: f64,
    row: f64,
    text: String,
}

impl Flag {
    fn draw(&self, frame: &Frame, shapes: &mut Vec<Shape>) {
        let base = frame.top - 4.0 - self.row * 17.0;
        let width = 2.0 * self.half - 2.0;
        let pole = [(self.x, base), (self.x, frame.top)];
        shapes.push(Shape::line(&pole, colour::SOFT, 1.0, Dash::Solid));
        let sheet = [self.x - width / 2.0, base - 12.0, width, 14.0];
        let stroke = Some((colour::SOFT, 1.0));
        shapes.push(Shape::rectangle(sheet, colour::PAPER, 1.0, stroke));
        let at = (self.x, base - 1.2);
        shapes.push(Shape::Text(Label {
            size: 11.0,
            ..Label::new(at, &self.text, Anchor::Middle, colour::INK)
        }));
    }
}

/// Ticks, frame and label of a horizontal axis.
pub(crate) fn x_axis(axis: &Axis, top: f64, bottom: f64) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let text = |x: f64, y: f64, text: &str| {
        Shape::Text(Label::new((x, y), text, Anchor::Middle, colour::INK))
    };
    for (value, tick) in axis.ticks(10) {
        let x = axis.place(value, LEFT, RIGHT);
        let ends = [(x, top), (x, bottom + 4.0)];
        shapes.push(Shape::line(&ends, colour::RULE, 1.0, Dash::Solid));
        shapes.push(text(x, bottom + 18.0, &tick));
    }
    let frame = [(LEFT, top), (LEFT, bottom), (RIGHT, bottom)];
    shapes.push(Shape::line(&frame, colour::SOFT, 1.0, Dash::Solid));
    let middle = f64::midpoint(LEFT, RIGHT).min(WIDTH);
    shapes.push(text(middle, bottom + 38.0, &axis.label));
    shapes
}

fn key(layer: &Layer) -> Option<Key> {
    match layer {
        Layer::Area { label, fill, .. } => Some(Key {
            swatch: vec![Shape::rectangle(
                [0.0, 0.0, 30.0, 14.0],
                fill,
                WASH,
                Some((fill, 0.8)),
            )],
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
            let mut swatch = Vec::new();
            if *dash != Dash::None {
                let ends = [(0.0, 7.0), (30.0, 7.0)];
                swatch.push(Shape::line(&ends, *stroke, width.max(1.6), *dash));
            }
            if !bars.is_empty() {
                swatch.extend(error_bar((15.0, 7.0), 7.0, stroke));
            }
            swatch.extend(marker(*shape, (15.0, 7.0), stroke));
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
