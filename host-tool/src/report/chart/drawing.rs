//! What a chart is made of, for whoever draws it: as SVG here, as PDF in `report/pdf`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::super::html::escape;
use super::{WIDTH, px};

/// A colour as a style sheet has it: `#RRGGBB`.
pub(crate) type Ink = Cow<'static, str>;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dash {
    None,
    Solid,
    Long,
    Short,
}

impl Dash {
    /// Lengths of stroke and gap; nothing for a line without gaps.
    pub(crate) const fn pattern(self) -> Option<[f64; 2]> {
        match self {
            Self::None | Self::Solid => None,
            Self::Long => Some([9.0, 5.0]),
            Self::Short => Some([3.0, 3.0]),
        }
    }

    fn attribute(self) -> String {
        self.pattern().map_or_else(String::new, |[stroke, gap]| {
            format!(" stroke-dasharray=\"{stroke} {gap}\"")
        })
    }
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text of a drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) x: f64,
    /// Its base line.
    pub(crate) y: f64,
    pub(crate) text: String,
    pub(crate) anchor: Anchor,
    pub(crate) size: f64,
    pub(crate) fill: Ink,
    /// Runs upwards instead of to the right.
    pub(crate) is_upright: bool,
    /// Stands on white, so that lines do not cross it.
    pub(crate) has_halo: bool,
}

impl Label {
    /// A text of the usual size in this colour.
    pub(crate) fn new(
        (x, y): (f64, f64),
        text: impl Into<String>,
        anchor: Anchor,
        fill: impl Into<Ink>,
    ) -> Self {
        Self {
            x: place(x),
            y: place(y),
            text: text.into(),
            anchor,
            size: SIZE,
            fill: fill.into(),
            is_upright: false,
            has_halo: false,
        }
    }
}

/// Usual size of a text.
pub(crate) const SIZE: f64 = 13.0;

/// One thing drawn. Coordinates run right and down, in hundredths at the finest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// A line through points.
    Line {
        points: Vec<(f64, f64)>,
        stroke: Ink,
        width: f64,
        dash: Dash,
    },
    /// A filled outline.
    Polygon {
        points: Vec<(f64, f64)>,
        fill: Ink,
        /// 1 hides what lies below.
        opacity: f64,
        stroke: Option<Ink>,
        width: f64,
    },
    /// A circle.
    Circle {
        centre: (f64, f64),
        radius: f64,
        fill: Option<Ink>,
        stroke: Option<Ink>,
        width: f64,
    },
    /// A text.
    Text(Label),
    /// What is drawn only within a rectangle: left, top, width, height.
    Clip([f64; 4], Vec<Shape>),
}

/// A coordinate in hundredths, without a minus zero.
fn place(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

fn places(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().map(|&(x, y)| (place(x), place(y))).collect()
}

impl Shape {
    pub(crate) fn line(
        points: &[(f64, f64)],
        stroke: impl Into<Ink>,
        width: f64,
        dash: Dash,
    ) -> Self {
        Self::Line {
            points: places(points),
            stroke: stroke.into(),
            width,
            dash,
        }
    }

    pub(crate) fn polygon(
        points: &[(f64, f64)],
        fill: impl Into<Ink>,
        opacity: f64,
        stroke: Option<(&'static str, f64)>,
    ) -> Self {
        Self::Polygon {
            points: places(points),
            fill: fill.into(),
            opacity,
            stroke: stroke.map(|(ink, _)| ink.into()),
            width: stroke.map_or(0.0, |(_, width)| width),
        }
    }

    /// A rectangle from its left upper corner.
    pub(crate) fn rectangle(
        [left, top, width, height]: [f64; 4],
        fill: &'static str,
        opacity: f64,
        stroke: Option<(&'static str, f64)>,
    ) -> Self {
        let (right, bottom) = (left + width, top + height);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        Self::polygon(&corners, fill, opacity, stroke)
    }

    /// The same, elsewhere.
    pub(crate) fn moved(self, (dx, dy): (f64, f64)) -> Self {
        let by = |points: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
            points
                .iter()
                .map(|(x, y)| (place(x + dx), place(y + dy)))
                .collect()
        };
        match self {
            Self::Line {
                points,
                stroke,
                width,
                dash,
            } => Self::Line {
                points: by(points),
                stroke,
                width,
                dash,
            },
            Self::Polygon {
                points,
                fill,
                opacity,
                stroke,
                width,
            } => Self::Polygon {
                points: by(points),
                fill,
                opacity,
                stroke,
                width,
            },
            Self::Circle {
                centre: (x, y),
                radius,
                fill,
                stroke,
                width,
            } => Self::Circle {
                centre: (place(x + dx), place(y + dy)),
                radius,
                fill,
                stroke,
                width,
            },
            Self::Text(label) => Self::Text(Label {
                x: place(label.x + dx),
                y: place(label.y + dy),
                ..label
            }),
            Self::Clip([left, top, width, height], shapes) => Self::Clip(
                [place(left + dx), place(top + dy), width, height],
                shapes.into_iter().map(|it| it.moved((dx, dy))).collect(),
            ),
        }
    }
}

/// A whole figure, [`WIDTH`] wide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Drawing {
    /// Unique on the page.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is to be seen, for those who cannot see it.
    pub(crate) description: String,
    pub(crate) height: f64,
    pub(crate) shapes: Vec<Shape>,
}

impl Drawing {
    /// The figure as an SVG element.
    pub(crate) fn svg(&self) -> String {
        let mut svg = open(&self.id, self.height, &self.title, &self.description);
        svg.push('\n');
        let mut clips = 0;
        for shape in &self.shapes {
            svg.push_str(&element(shape, &self.id, &mut clips));
        }
        svg.push_str("</svg>");
        svg
    }
}

/// The opening tag with title and description.
pub(crate) fn open(id: &str, height: f64, title: &str, description: &str) -> String {
    let (id, title, description) = (escape(id), escape(title), escape(description));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\" font-family=\"Segoe UI, Helvetica Neue, Arial, DejaVu Sans, sans-serif\" \
         font-size=\"13\">\n<title id=\"{id}-t\">{title}</title>\n<desc id=\"{id}-d\">{description}</desc>",
        px(WIDTH),
        px(height)
    )
}

/// Shapes that need no rectangle to be cut at, as SVG elements.
pub(crate) fn elements(shapes: &[Shape]) -> String {
    let mut clips = 0;
    shapes
        .iter()
        .map(|shape| element(shape, "", &mut clips))
        .collect()
}

fn element(shape: &Shape, id: &str, clips: &mut u32) -> String {
    match shape {
        Shape::Line {
            points,
            stroke,
            width,
            dash,
        } => format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\"{}/>\n",
            points_of(points),
            escape(stroke),
            dash.attribute()
        ),
        Shape::Polygon {
            points,
            fill,
            opacity,
            stroke,
            width,
        } => {
            let opacity = if *opacity < 1.0 {
                format!(" fill-opacity=\"{opacity}\"")
            } else {
                String::new()
            };
            format!(
                "<polygon points=\"{}\" fill=\"{}\"{opacity}{}/>\n",
                points_of(points),
                escape(fill),
                outline(stroke.as_ref(), *width)
            )
        }
        Shape::Circle {
            centre: (x, y),
            radius,
            fill,
            stroke,
            width,
        } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"{}\"{}/>\n",
            px(*x),
            px(*y),
            fill.as_ref()
                .map_or_else(|| "none".to_owned(), |it| escape(it)),
            outline(stroke.as_ref(), *width)
        ),
        Shape::Text(label) => text(label),
        Shape::Clip([left, top, width, height], shapes) => {
            *clips += 1;
            let name = format!("{}-c{clips}", escape(id));
            let mut svg = format!(
                "<clipPath id=\"{name}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n\
                 <g clip-path=\"url(#{name})\">\n",
                px(*left),
                px(*top),
                px(*width),
                px(*height)
            );
            for shape in shapes {
                svg.push_str(&element(shape, id, clips));
            }
            svg + "</g>\n"
        }
    }
}

fn points_of(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{},{}", px(*x), px(*y)))
        .collect();
    points.join(" ")
}

fn outline(stroke: Option<&Ink>, width: f64) -> String {
    stroke.map_or_else(String::new, |stroke| {
        format!(" stroke=\"{}\" stroke-width=\"{width}\"", escape(stroke))
    })
}

fn text(label: &Label) -> String {
    let (x, y) = (px(label.x), px(label.y));
    let at = if label.is_upright {
        format!("transform=\"translate({x} {y}) rotate(-90)\"")
    } else {
        format!("x=\"{x}\" y=\"{y}\"")
    };
    let anchor = match label.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let size = if (label.size - SIZE).abs() < 1e-9 {
        String::new()
    } else {
        format!(" font-size=\"{}\"", label.size)
    };
    let halo = if label.has_halo {
        " stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\""
    } else {
        ""
    };
    format!(
        "<text {at}{anchor}{size} fill=\"{}\"{halo}>{}</text>\n",
        escape(&label.fill),
        escape(&label.text)
    )
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Dash, Drawing, Label, Shape};

    #[test]
    fn a_drawing_survives_its_json_and_says_the_same() {
        let shapes = vec![
            Shape::line(
                &[(0.123_456, -0.001), (1.0, 2.0)],
                "#123456",
                1.5,
                Dash::Long,
            ),
            Shape::rectangle([1.0, 2.0, 3.0, 4.0], "#fff", 0.16, Some(("#000", 1.0))),
            Shape::Clip(
                [0.0, 0.0, 5.0, 5.0],
                vec![Shape::Circle {
                    centre: (1.0, 1.0),
                    radius: 4.6,
                    fill: None,
                    stroke: Some("#000".into()),
                    width: 1.5,
                }],
            ),
            Shape::Text(Label::new((1.0, 2.0), "a <b> & c", Anchor::End, "#000")),
        ];
        let drawing = Drawing {
            id: "d".to_owned(),
            title: "t".to_owned(),
            description: "e".to_owned(),
            height: 10.0,
            shapes,
        };
        let json = serde_json::to_string(&drawing).unwrap();
        let back: Drawing = serde_json::from_str(&json).unwrap();
        assert_eq!(back, drawing);
        let svg = drawing.svg();
        assert_eq!(svg, back.svg());
        assert!(svg.contains("points=\"0.12,0.00 1.00,2.00\""), "{svg}");
        assert!(svg.contains("a &lt;b&gt; &amp; c") && svg.contains("url(#d-c1)"));
    }

    #[test]
    fn what_is_moved_keeps_its_form() {
        let line = Shape::line(&[(1.0, 2.0), (3.0, 4.0)], "#000", 1.0, Dash::Solid);
        let moved = Shape::line(&[(11.0, 0.0), (13.0, 2.0)], "#000", 1.0, Dash::Solid);
        assert_eq!(line.clone().moved((10.0, -2.0)), moved);
        let clip = Shape::Clip([0.0, 0.0, 1.0, 1.0], vec![line]);
        let there = Shape::Clip([10.0, -2.0, 1.0, 1.0], vec![moved]);
        assert_eq!(clip.moved((10.0, -2.0)), there);
    }
}
