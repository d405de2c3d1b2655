//! From readings to a monotone table of one channel.

use serde::Serialize;

use super::decimal::{Decimal, whole};
use super::gates::{FitError, Gate, KNOTS_MAX, KNOTS_MIN, check};
use super::measure::{Direction, Point, PointRole, Reading};
use super::table::{DepthTable, Knot};

/// Largest backward step between neighbours that counts as noise and is pooled. Unit: um.
pub const POOLED_STEP_UM_MAX: i64 = 20;
/// Farthest an end knot may be drawn outwards for noise. Unit: um.
pub const MARGIN_UM_MAX: u16 = 100;

/// What the drawing says about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelDesign {
    /// Name printed in tables.
    pub name: &'static str,
    /// Counts at design depth zero.
    pub zero_counts: i32,
    /// Numerator of micrometres per count; negative for a channel that falls with depth.
    pub um_numerator: i32,
    /// Denominator of micrometres per count, positive.
    pub um_denominator: i32,
    /// Counts at or below this are a rail of the converter.
    pub rail_low_counts: u16,
    /// Counts at or above this are a rail of the converter.
    pub rail_high_counts: u16,
}

impl ChannelDesign {
    /// Depth at these counts by the drawing. Unit: um.
    #[must_use]
    pub fn design_um(&self, counts: u16) -> i64 {
        let off = i64::from(counts) - i64::from(self.zero_counts);
        off * i64::from(self.um_numerator) / i64::from(self.um_denominator)
    }
}

/// How a fit is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FitOptions {
    /// How far both end knots are drawn outwards along their pieces, so that noise at the first and
    /// last setting stays inside the span. Unit: um. Range: `0 ..= 100`.
    pub span_margin_um: u16,
}

/// How far the mean of one direction at one setting lies from the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Residual {
    /// The setting. Unit: um.
    pub nominal_um: i32,
    /// The direction.
    pub direction: Direction,
    /// Table minus reference. Unit: um.
    pub residual_um: Decimal,
}

/// The table of one channel with everything that was checked about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelFit {
    /// The drawing it was compared with.
    pub design: ChannelDesign,
    /// The table.
    pub table: DepthTable,
    /// Slope of the trend minus one. Unit: ppm.
    pub slope_error_ppm: i64,
    /// Offset of the trend at design zero. Unit: um.
    pub offset_um: Decimal,
    /// Residuals of the readings from the table.
    pub residuals: Vec<Residual>,
    /// The gates, in the order checked, all passed.
    pub gates: Vec<Gate>,
    /// Points that were merged with a neighbour because noise had swapped them.
    pub pooled: usize,
    /// Points left out because a table holds no more than eleven.
    pub thinned: usize,
}

/// One place before it becomes a knot; counts are turned so that depth rises with them.
#[derive(Clone, Copy, Debug)]
struct Place {
    counts: f64,
    depth_um: f64,
    weight: f64,
}

/// Fits a monotone table through the calibration points of one channel.
///
/// Each knot is the mean of both directions. Neighbours that noise has swapped by at most
/// [`POOLED_STEP_UM_MAX`] are merged; more than eleven points are thinned where that costs least.
///
/// # Errors
/// The first [`FitError`] met.
pub fn fit_channel(
    points: &[Point],
    design: ChannelDesign,
    counts_of: fn(&Reading) -> u16,
    options: FitOptions,
) -> Result<ChannelFit, FitError> {
    let channel = design.name;
    if options.span_margin_um > MARGIN_UM_MAX {
        let (asked_um, allowed_um) = (options.span_margin_um, MARGIN_UM_MAX);
        return Err(FitError::MarginTooWide {
            asked_um,
            allowed_um,
        });
    }
    let used: Vec<&Point> = points
        .iter()
        .filter(|p| p.role == PointRole::Calibration)
        .collect();
    let means = direction_means(&used, design, counts_of)?;
    let places = places(&means, design);
    let measured = places.len();
    let mut places = pool(places, design)?;
    let pooled = measured - places.len();
    if places.len() < KNOTS_MIN {
        return Err(FitError::TooFewPoints {
            channel,
            asked: places.len(),
            allowed: KNOTS_MIN,
        });
    }
    let thinned = thin(&mut places);
    extend(&mut places, f64::from(options.span_margin_um));
    let table = table(&places, design)?;
    let residuals = residuals(&means, &table);
    let (trend, gates) = check(&table, &residuals, design)?;
    let offset_um = i32::try_from(trend.offset_nm()).map_or(f64::NAN, f64::from) / 1_000.0;
    let offset_um = Decimal::rounded(offset_um, -1).unwrap_or(Decimal::integer(trend.offset_um()));
    let slope_error_ppm = trend.slope_error_ppm();
    Ok(ChannelFit {
        design,
        table,
        slope_error_ppm,
        offset_um,
        residuals,
        gates,
        pooled,
        thinned,
    })
}

/// Mean counts and mean reference of one direction at one setting.
struct DirectionMean {
    nominal_um: i32,
    direction: Direction,
    counts: f64,
    reference_um: f64,
    weight: f64,
}

fn direction_means(
    points: &[&Point],
    design: ChannelDesign,
    counts_of: fn(&Reading) -> u16,
) -> Result<Vec<DirectionMean>, FitError> {
    let mut means = Vec::with_capacity(points.len() * 2);
    for point in points {
        for direction in [Direction::Deepening, Direction::Shallowing] {
            let readings = point.readings(direction);
            let n = u32::try_from(readings.len()).unwrap_or(u32::MAX);
            if n == 0 {
                let (channel, nominal_um) = (design.name, point.nominal_um);
                return Err(FitError::OneDirection {
                    channel,
                    nominal_um,
                });
            }
            let weight = f64::from(n);
            let counts: f64 = readings.iter().map(|r| f64::from(counts_of(r))).sum();
            let reference: f64 = readings.iter().map(|r| f64::from(r.reference_um)).sum();
            means.push(DirectionMean {
                nominal_um: point.nominal_um,
                direction,
                counts: counts / weight,
                reference_um: reference / weight,
                weight,
            });
        }
    }
    Ok(means)
}

/// Both directions of a setting with the same weight, in rising order of depth.
fn places(means: &[DirectionMean], design: ChannelDesign) -> Vec<Place> {
    let turn = f64::from(design.um_numerator.signum());
    let mut places: Vec<Place> = means
        .chunks_exact(2)
        .map(|pair| Place {
            counts: turn * f64::midpoint(pair[0].counts, pair[1].counts),
            depth_um: f64::midpoint(pair[0].reference_um, pair[1].reference_um),
            weight: pair[0].weight + pair[1].weight,
        })
        .collect();
    places.sort_by(|a, b| a.counts.total_cmp(&b.counts));
    places
}

/// Pool adjacent violators: merges neighbours until depth rises strictly with counts.
fn pool(places: Vec<Place>, design: ChannelDesign) -> Result<Vec<Place>, FitError> {
    for pair in places.windows(2) {
        let back = whole(pair[0].depth_um - pair[1].depth_um).unwrap_or(i64::MAX);
        if back > POOLED_STEP_UM_MAX {
            return Err(FitError::NotMonotone {
                channel: design.name,
                counts: counts(pair[1].counts.abs()),
                asked_um: back,
                allowed_um: POOLED_STEP_UM_MAX,
            });
        }
    }
    let mut pooled: Vec<Place> = Vec::with_capacity(places.len());
    for mut place in places {
        while let Some(before) = pooled.pop_if(|before| !is_above(*before, place)) {
            let weight = before.weight + place.weight;
            let mean = |a: f64, b: f64| (a * before.weight + b * place.weight) / weight;
            place = Place {
                counts: mean(before.counts, place.counts),
                depth_um: mean(before.depth_um, place.depth_um),
                weight,
            };
        }
        pooled.push(place);
    }
    Ok(pooled)
}

/// Whether `high` makes a knot of its own after `low`, also when rounded.
fn is_above(low: Place, high: Place) -> bool {
    high.counts.round() > low.counts.round() && high.depth_um.round() > low.depth_um.round()
}

/// Takes out inner places, the one least missed first, until the table can hold them.
fn thin(places: &mut Vec<Place>) -> usize {
    let before = places.len();
    while places.len() > KNOTS_MAX {
        let cost = |at: usize| {
            let (low, here, high) = (places[at - 1], places[at], places[at + 1]);
            let along = (here.counts - low.counts) / (high.counts - low.counts);
            (low.depth_um + along * (high.depth_um - low.depth_um) - here.depth_um).abs()
        };
        let inner = 1..places.len() - 1;
        let Some(least) = inner.min_by(|a, b| cost(*a).total_cmp(&cost(*b))) else {
            break;
        };
        places.remove(least);
    }
    before - places.len()
}

/// Draws the end places outwards along their own pieces.
fn extend(places: &mut [Place], margin_um: f64) {
    let [first, second, .., before_last, last] = places else {
        return;
    };
    let per_um =
        |low: Place, high: Place| (high.counts - low.counts) / (high.depth_um - low.depth_um);
    first.counts -= margin_um * per_um(*first, *second);
    first.depth_um -= margin_um;
    last.counts += margin_um * per_um(*before_last, *last);
    last.depth_um += margin_um;
}

fn table(places: &[Place], design: ChannelDesign) -> Result<DepthTable, FitError> {
    let mut knots = Vec::with_capacity(places.len());
    for place in places {
        let turned = place.counts * f64::from(design.um_numerator.signum());
        let counts = counts(turned);
        if counts <= design.rail_low_counts || counts >= design.rail_high_counts {
            return Err(FitError::AtRail {
                channel: design.name,
                asked: counts,
                low: design.rail_low_counts.saturating_add(1),
                high: design.rail_high_counts.saturating_sub(1),
            });
        }
        let depth_um = whole(place.depth_um).and_then(|um| i32::try_from(um).ok());
        knots.push(Knot {
            counts,
            depth_um: depth_um.unwrap_or(i32::MAX),
        });
    }
    knots.sort_by_key(|knot| knot.counts);
    let first = knots.first().map_or(0, |knot| knot.counts);
    DepthTable::of(knots).ok_or(FitError::NotMonotone {
        channel: design.name,
        counts: first,
        asked_um: 0,
        allowed_um: 0,
    })
}

/// Counts as the converter gives them; below or above its range the nearest rail, which no gate lets pass.
fn counts(value: f64) -> u16 {
    whole(value.clamp(0.0, f64::from(u16::MAX)))
        .and_then(|counts| u16::try_from(counts).ok())
        .unwrap_or(u16::MAX)
}

fn residuals(means: &[DirectionMean], table: &DepthTable) -> Vec<Residual> {
    means
        .iter()
        .filter_map(|mean| {
            let residual = table.depth_near(mean.counts) - mean.reference_um;
            Some(Residual {
                nominal_um: mean.nominal_um,
                direction: mean.direction,
                residual_um: Decimal::rounded(residual, -1)?,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
