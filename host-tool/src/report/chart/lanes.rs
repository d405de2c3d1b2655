//! Which mode, when: one lane a mode, named at its left, hatched as well as coloured.

use super::super::html::escape;
use super::drawing::{elements, open};
use super::marks::hatch;
use super::plot::x_axis;
use super::{Axis, LEFT, RIGHT, colour, px};

/// One lane: its name, whether it asks for attention, and when it was occupied.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) fill: &'static str,
    /// Which hatch lies over the fill.
    pub(crate) hatch: usize,
    pub(crate) spans: Vec<(f64, f64)>,
}

/// The lanes over a common axis of time.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    /// Unique on the page.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) x: Axis,
    pub(crate) lanes: Vec<Lane>,
    /// Places marked across all lanes.
    pub(crate) marks: Vec<f64>,
}

const LANE: f64 = 22.0;

impl Lanes {
    /// The lanes as an SVG element.
    pub(crate) fn svg(&self) -> String {
        let count = u32::try_from(self.lanes.len()).map_or(0.0, f64::from);
        let (top, bottom) = (8.0, 8.0 + LANE * count.max(1.0));
        let mut svg = open(self.id, bottom + 48.0, &self.title, &self.description);
        svg.push_str("\n<defs>");
        for (index, lane) in self.lanes.iter().enumerate() {
            svg.push_str(&hatch(
                &format!("{}-h{index}", self.id),
                lane.hatch,
                lane.fill,
            ));
        }
        svg.push_str("</defs>\n");
        svg.push_str(&elements(&x_axis(&self.x, top, bottom)));
        for mark in &self.marks {
            let x = px(self.x.place(*mark, LEFT, RIGHT));
            svg.push_str(&format!(
                "<path d=\"M{x} {}V{}\" stroke=\"{}\" stroke-dasharray=\"3 3\"/>\n",
                px(top),
                px(bottom),
                colour::SOFT
            ));
        }
        let mut y = top;
        for (index, lane) in self.lanes.iter().enumerate() {
            svg.push_str(&self.lane(lane, index, y));
            y += LANE;
        }
        svg.push_str("</svg>");
        svg
    }

    fn lane(&self, lane: &Lane, index: usize, y: f64) -> String {
        let mut svg = format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"11.5\" fill=\"{}\">{}</text>\
             <path d=\"M{} {line}H{}\" stroke=\"{}\"/>\n",
            px(LEFT - 6.0),
            px(y + LANE / 2.0 + 4.0),
            colour::INK,
            escape(&lane.name),
            px(LEFT),
            px(RIGHT),
            colour::RULE,
            line = px(y + LANE),
        );
        for (from, to) in &lane.spans {
            let (left, right) = (
                self.x.place(*from, LEFT, RIGHT),
                self.x.place(*to, LEFT, RIGHT),
            );
            svg.push_str(&format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"url(#{}-h{index})\" stroke=\"{}\" stroke-width=\"0.7\"/>\n",
                px(left), px(y + 3.0), px((right - left).max(1.2)), px(LANE - 6.0), self.id, colour::INK
            ));
        }
        svg
    }
}
