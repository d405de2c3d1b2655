//! What a table has to pass before it may be staged.
//!
//! The pen checks the same gates by itself; the host checks first, so that a technician learns of
//! it at the bench and in words.

use serde::Serialize;
use thiserror::Error;

use super::decimal::away;
use super::fit::{ChannelDesign, Residual};
use super::table::{DepthTable, Knot};
use super::trend::Trend;

/// Fewest knots. Requirement: CAL-002.
pub const KNOTS_MIN: usize = 7;
/// Most knots.
pub const KNOTS_MAX: usize = 11;
/// Largest distance of the trend's slope from the design slope. Unit: permille. Requirement: CAL-002.
pub const SLOPE_PERMILLE_MAX: i64 = 100;
/// Largest offset of the trend at design zero. Unit: um. Requirement: CAL-002.
pub const OFFSET_UM_MAX: i64 = 200;
/// Largest residual, of a knot from the trend and of a reading from the table. Unit: um.
/// Requirement: CAL-002.
pub const RESIDUAL_UM_MAX: i64 = 50;
/// Largest distance of a knot from the design line. Unit: um. Requirement: CAL-004.
pub const MOVE_UM_MAX: i64 = 500;

/// A gate, what was found and what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// What is looked at.
    pub name: &'static str,
    /// What was found.
    pub asked: i64,
    /// What is allowed, either way.
    pub allowed: i64,
    /// Unit of both.
    pub unit: &'static str,
}

/// Why a fit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FitError {
    /// The repeats of one direction lie too far apart.
    #[error(
        "at {nominal_um} um, {direction}, the repeats lie {asked_um} um apart; at most {allowed_um} um are \
         allowed: a ring that does not come back is repaired, not adjusted"
    )]
    Repeats {
        /// The setting. Unit: um.
        nominal_um: i32,
        /// The direction.
        direction: &'static str,
        /// Range of the repeats. Unit: um.
        asked_um: i32,
        /// Widest allowed. Unit: um.
        allowed_um: i32,
    },
    /// Too few points, or too few left after pooling.
    #[error("channel {channel}: {asked} usable points, at least {allowed} are needed")]
    TooFewPoints {
        /// The channel.
        channel: &'static str,
        /// Points there are.
        asked: usize,
        /// Fewest allowed.
        allowed: usize,
    },
    /// A direction of a point has no readings.
    #[error("channel {channel}: no readings in one direction at {nominal_um} um")]
    OneDirection {
        /// The channel.
        channel: &'static str,
        /// The setting. Unit: um.
        nominal_um: i32,
    },
    /// Depth goes backwards while counts go on.
    #[error(
        "channel {channel}: depth goes back by {asked_um} um at {counts} counts, \
         at most {allowed_um} um pass as noise"
    )]
    NotMonotone {
        /// The channel.
        channel: &'static str,
        /// Where. Unit: counts.
        counts: u16,
        /// Step found. Unit: um.
        asked_um: i64,
        /// Step allowed. Unit: um.
        allowed_um: i64,
    },
    /// A knot lies at a rail of the converter.
    #[error("channel {channel}: {asked} counts is at a rail, allowed is {low} to {high}")]
    AtRail {
        /// The channel.
        channel: &'static str,
        /// Counts found.
        asked: u16,
        /// Lowest allowed.
        low: u16,
        /// Highest allowed.
        high: u16,
    },
    /// The margin asked for is too wide.
    #[error("a span margin of {asked_um} um was asked, at most {allowed_um} um is allowed")]
    MarginTooWide {
        /// Margin asked. Unit: um.
        asked_um: u16,
        /// Margin allowed. Unit: um.
        allowed_um: u16,
    },
    /// The slope is too far from the design.
    #[error(
        "channel {channel}: slope is {asked_permille} permille off the design, allowed is +-{allowed_permille}"
    )]
    Slope {
        /// The channel.
        channel: &'static str,
        /// Found. Unit: permille.
        asked_permille: i64,
        /// Allowed, either way. Unit: permille.
        allowed_permille: i64,
    },
    /// The offset is too large.
    #[error("channel {channel}: offset is {asked_um} um, allowed is +-{allowed_um} um")]
    Offset {
        /// The channel.
        channel: &'static str,
        /// Found. Unit: um.
        asked_um: i64,
        /// Allowed, either way. Unit: um.
        allowed_um: i64,
    },
    /// A knot lies too far from the trend.
    #[error(
        "channel {channel}: a knot is {asked_um} um off the trend, allowed is +-{allowed_um} um"
    )]
    Residual {
        /// The channel.
        channel: &'static str,
        /// Found. Unit: um.
        asked_um: i64,
        /// Allowed, either way. Unit: um.
        allowed_um: i64,
    },
    /// Readings lie too far from the table made of them.
    #[error(
        "channel {channel}: readings are {asked_um} um off the table, allowed is +-{allowed_um} um"
    )]
    Scatter {
        /// The channel.
        channel: &'static str,
        /// Found. Unit: um.
        asked_um: i64,
        /// Allowed, either way. Unit: um.
        allowed_um: i64,
    },
    /// The table moves the indicated depth too far from the design.
    #[error(
        "channel {channel}: the indication would move by {asked_um} um, allowed is +-{allowed_um} um"
    )]
    Move {
        /// The channel.
        channel: &'static str,
        /// Found. Unit: um.
        asked_um: i64,
        /// Allowed, either way. Unit: um.
        allowed_um: i64,
    },
    /// The clock correction is too large.
    #[error("the clock would be corrected by {asked_ppm} ppm, allowed is +-{allowed_ppm} ppm")]
    Clock {
        /// Found. Unit: ppm.
        asked_ppm: i64,
        /// Allowed, either way. Unit: ppm.
        allowed_ppm: i64,
    },
}

/// Checks every gate; all of them, passed, go to the report.
///
/// # Errors
/// The first [`FitError`] met.
pub(crate) fn check(
    table: &DepthTable,
    residuals: &[Residual],
    design: ChannelDesign,
) -> Result<(Trend, Vec<Gate>), FitError> {
    let knots = table.knots();
    let of = |knot: &Knot| design.design_um(knot.counts);
    let pairs = knots
        .iter()
        .map(|knot| (of(knot), i64::from(knot.depth_um)));
    let channel = design.name;
    let few = FitError::TooFewPoints {
        channel,
        asked: 1,
        allowed: KNOTS_MIN,
    };
    let trend = Trend::of(pairs).ok_or(few)?;
    let bend = largest(knots.iter().map(|knot| trend.residual_um(of(knot), *knot)));
    let whole_um = |r: &Residual| away(i128::from(r.residual_um.thousandths()), 1_000);
    let scatter = largest(residuals.iter().map(whole_um));
    let moved = largest(knots.iter().map(|knot| i64::from(knot.depth_um) - of(knot)));
    let slope = trend.slope_error_permille();
    let gate = |name, asked, allowed, unit| Gate {
        name,
        asked,
        allowed,
        unit,
    };
    let gates = vec![
        gate(
            "Slope off the design",
            slope,
            SLOPE_PERMILLE_MAX,
            "\u{2030}",
        ),
        gate(
            "Offset at design zero",
            trend.offset_um(),
            OFFSET_UM_MAX,
            "\u{b5}m",
        ),
        gate("Knot off the trend", bend, RESIDUAL_UM_MAX, "\u{b5}m"),
        gate("Reading off the table", scatter, RESIDUAL_UM_MAX, "\u{b5}m"),
        gate("Move from the design", moved, MOVE_UM_MAX, "\u{b5}m"),
    ];
    match gates
        .iter()
        .position(|gate| gate.asked.abs() > gate.allowed)
    {
        None => Ok((trend, gates)),
        Some(place) => Err(refusal(channel, place, &gates[place])),
    }
}

fn refusal(channel: &'static str, place: usize, gate: &Gate) -> FitError {
    let (asked_um, allowed_um) = (gate.asked, gate.allowed);
    match place {
        0 => FitError::Slope {
            channel,
            asked_permille: asked_um,
            allowed_permille: allowed_um,
        },
        1 => FitError::Offset {
            channel,
            asked_um,
            allowed_um,
        },
        2 => FitError::Residual {
            channel,
            asked_um,
            allowed_um,
        },
        3 => FitError::Scatter {
            channel,
            asked_um,
            allowed_um,
        },
        _ => FitError::Move {
            channel,
            asked_um,
            allowed_um,
        },
    }
}

/// The value farthest from zero.
fn largest(values: impl Iterator<Item = i64>) -> i64 {
    values.max_by_key(|value| value.abs()).unwrap_or(0)
}
