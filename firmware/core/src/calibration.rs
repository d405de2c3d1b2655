//! Raw counts -> depth, by tables that a technician measured; never outside their span.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::divide::quotient_euclid;
use crate::limits;
use crate::units::Depth;

/// The two depth channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Channel {
    /// Linear hall sensor; counts rise with depth.
    A,
    /// Magnetic encoder; counts fall with depth, so that a common error moves the two apart.
    B,
}
any_enum!(Channel { A, B });

impl Channel {
    /// Nominal depth for raw counts, before any calibration. Source: the drawing of the reference
    /// pen, 1.4 and 1.3 counts per micrometre (`docs/limits.md#calibration`).
    #[must_use]
    pub fn nominal(self, counts: u16) -> Depth {
        let counts = i32::from(counts);
        match self {
            Self::A => Depth::from_um(counts.saturating_sub(400).saturating_mul(5) / 7),
            Self::B => Depth::from_um(3_900_i32.saturating_sub(counts).saturating_mul(10) / 13),
        }
    }
}

/// One measured point of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Knot {
    /// Raw counts.
    pub counts: u16,
    /// Protrusion at these counts.
    pub depth: Depth,
}
any_struct!(Knot { counts, depth });

/// A monotone piecewise-linear table, knots in rising order of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Table {
    /// The knots, without gaps.
    pub knots: [Option<Knot>; limits::KNOTS_MAX],
}
any_struct!(Table { knots });

/// What the technician measured, bound to one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Calibration {
    /// The device it was made on.
    pub serial: u64,
    /// Counts up with every calibration of this device.
    pub generation: u32,
    /// Who made it.
    pub technician: u32,
    /// Day it was made, in days since 2020-01-01.
    pub made_day: u16,
    /// Last day before its grace begins; the owner's choice, not a certificate's.
    pub due_day: u16,
    /// Correction of the pen's clock: positive when it runs slow (true = counted x (1 + ppm / 1e6)).
    /// Unit: ppm. Range: +-30 000.
    pub clock_ppm: i32,
    /// Channel A.
    pub a: Table,
    /// Channel B.
    pub b: Table,
}
any_struct!(Calibration {
    serial,
    generation,
    technician,
    made_day,
    due_day,
    clock_ppm,
    a,
    b
});

/// Names one calibration and no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CalibrationId {
    /// Its number on this pen; zero for none.
    pub generation: u32,
    /// Digest of its bytes, computed by whoever holds them.
    pub digest: u32,
}
any_struct!(CalibrationId { generation, digest });

impl CalibrationId {
    /// No calibration.
    pub const NONE: Self = Self {
        generation: 0,
        digest: 0,
    };
}

/// Why a calibration is refused (CAL-002, CAL-004).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CalibrationDefect {
    /// Made on another device.
    OtherSerial {
        /// The serial it names.
        asked: u64,
        /// This device's serial.
        allowed: u64,
    },
    /// The generation does not follow the one in force.
    Generation {
        /// The generation it names.
        asked: u32,
        /// The generation expected.
        allowed: u32,
    },
    /// The due date lies before the day it was made.
    DueBeforeMade,
    /// The clock correction is too large.
    Clock {
        /// What it asks. Unit: ppm.
        asked: i32,
        /// What is allowed, either way. Unit: ppm.
        allowed: i32,
    },
    /// Too few knots, or a gap between them.
    TooFewKnots {
        /// Which channel.
        channel: Channel,
        /// Knots before the first gap.
        asked: u8,
        /// Knots needed.
        allowed: u8,
    },
    /// The knots are not strictly monotone in counts and depth.
    NotMonotone {
        /// Which channel.
        channel: Channel,
        /// The knot that breaks the order.
        knot: u8,
    },
    /// A knot lies at a rail of the converter.
    AtRail {
        /// Which channel.
        channel: Channel,
        /// Which knot.
        knot: u8,
    },
    /// The trend's slope is too far from nominal.
    Slope {
        /// Which channel.
        channel: Channel,
        /// Deviation found. Unit: permille.
        asked: i32,
        /// Deviation allowed, either way. Unit: permille.
        allowed: i32,
    },
    /// The trend's offset is too large.
    Offset {
        /// Which channel.
        channel: Channel,
        /// Offset found. Unit: um.
        asked: i32,
        /// Offset allowed, either way. Unit: um.
        allowed: i32,
    },
    /// A knot lies too far from the trend.
    Residual {
        /// Which channel.
        channel: Channel,
        /// Residual found. Unit: um.
        asked: i32,
        /// Residual allowed. Unit: um.
        allowed: i32,
    },
    /// A knot moves the indicated depth too far from nominal.
    Move {
        /// Which channel.
        channel: Channel,
        /// Move found. Unit: um.
        asked: i32,
        /// Move allowed, either way. Unit: um.
        allowed: i32,
    },
}

impl Table {
    /// The knots that are there.
    pub fn iter(&self) -> impl Iterator<Item = Knot> + '_ {
        self.knots.iter().map_while(|knot| *knot)
    }

    /// Depth for raw counts; nothing outside the span (DEPTH-008).
    #[must_use]
    pub fn depth(&self, counts: u16) -> Option<Depth> {
        let mut below: Option<&Knot> = None;
        for knot in self.knots.iter().map_while(Option::as_ref) {
            if counts < knot.counts {
                return below.map(|low| between(*low, *knot, counts));
            }
            below = Some(knot);
        }
        // The last one has nothing above it; at any other the line to the next begins.
        below
            .filter(|last| last.counts == counts)
            .map(|last| last.depth)
    }
}

/// Linear between two knots, rounded to the nearest micrometre, halves deeper.
fn between(low: Knot, high: Knot, counts: u16) -> Depth {
    let step = match narrow_step(low, high, counts) {
        Some(step) => step,
        None => wide_step(low, high, counts),
    };
    low.depth.deeper_by(step)
}

/// In 32 bits, as any table of a pen allows; nothing when it does not.
fn narrow_step(low: Knot, high: Knot, counts: u16) -> Option<i32> {
    let run = i32::from(high.counts)
        .checked_sub(i32::from(low.counts))?
        .max(1);
    let rise = high.depth.as_um().checked_sub(low.depth.as_um())?;
    let along = i32::from(counts).checked_sub(i32::from(low.counts))?;
    let twice = rise.checked_mul(along)?.checked_mul(2)?.checked_add(run)?;
    twice.checked_div_euclid(run.checked_mul(2)?)
}

/// In 64 bits.
fn wide_step(low: Knot, high: Knot, counts: u16) -> i32 {
    let run = i64::from(high.counts)
        .saturating_sub(i64::from(low.counts))
        .max(1);
    let rise = i64::from(high.depth.as_um()).saturating_sub(i64::from(low.depth.as_um()));
    let along = i64::from(counts).saturating_sub(i64::from(low.counts));
    let twice = rise
        .saturating_mul(along)
        .saturating_mul(2)
        .saturating_add(run);
    let step = quotient_euclid(twice, run.saturating_mul(2)).unwrap_or(0);
    i32::try_from(step).unwrap_or(i32::MAX)
}

impl Calibration {
    /// Whether the device can accept it, whatever the host believes.
    ///
    /// # Errors
    /// The first [`CalibrationDefect`] found.
    pub fn check(&self, serial: u64) -> Result<(), CalibrationDefect> {
        if self.serial != serial {
            return Err(CalibrationDefect::OtherSerial {
                asked: self.serial,
                allowed: serial,
            });
        }
        if self.due_day < self.made_day {
            return Err(CalibrationDefect::DueBeforeMade);
        }
        if self.clock_ppm.unsigned_abs() > limits::CAL_CLOCK_PPM.unsigned_abs() {
            return Err(CalibrationDefect::Clock {
                asked: self.clock_ppm,
                allowed: limits::CAL_CLOCK_PPM,
            });
        }
        check_table(Channel::A, &self.a)?;
        check_table(Channel::B, &self.b)
    }
}

fn check_table(channel: Channel, table: &Table) -> Result<(), CalibrationDefect> {
    check_order(channel, table)?;
    let trend = Trend::of(channel, table);
    let permille = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let slope = trend.slope_error_permille();
    if slope.unsigned_abs() > limits::CAL_SLOPE_PERMILLE.unsigned_abs() {
        return Err(CalibrationDefect::Slope {
            channel,
            asked: permille(slope),
            allowed: permille(limits::CAL_SLOPE_PERMILLE),
        });
    }
    let offset = trend.offset_um();
    if offset.unsigned_abs() > limits::CAL_OFFSET_UM.unsigned_abs() {
        return Err(CalibrationDefect::Offset {
            channel,
            asked: permille(offset),
            allowed: permille(limits::CAL_OFFSET_UM),
        });
    }
    for knot in table.iter() {
        let residual = trend.residual_um(channel, knot);
        if residual.unsigned_abs() > limits::CAL_RESIDUAL_UM.unsigned_abs() {
            return Err(CalibrationDefect::Residual {
                channel,
                asked: permille(residual),
                allowed: permille(limits::CAL_RESIDUAL_UM),
            });
        }
        let nominal = i64::from(channel.nominal(knot.counts).as_um());
        let moved = i64::from(knot.depth.as_um()).saturating_sub(nominal);
        if moved.unsigned_abs() > limits::CAL_MOVE_UM.unsigned_abs() {
            return Err(CalibrationDefect::Move {
                channel,
                asked: permille(moved),
                allowed: permille(limits::CAL_MOVE_UM),
            });
        }
    }
    Ok(())
}

fn check_order(channel: Channel, table: &Table) -> Result<(), CalibrationDefect> {
    let count = table.iter().count();
    let stored = table.knots.iter().flatten().count();
    if count < limits::KNOTS_MIN || stored != count {
        return Err(CalibrationDefect::TooFewKnots {
            channel,
            asked: u8::try_from(count).unwrap_or(u8::MAX),
            allowed: u8::try_from(limits::KNOTS_MIN).unwrap_or(u8::MAX),
        });
    }
    let mut before: Option<Knot> = None;
    for (place, knot) in (0_u8..).zip(table.iter()) {
        if knot.counts <= limits::RAIL_LOW_COUNTS || knot.counts >= limits::RAIL_HIGH_COUNTS {
            return Err(CalibrationDefect::AtRail {
                channel,
                knot: place,
            });
        }
        if let Some(before) = before {
            let deeper = match channel {
                Channel::A => knot.depth > before.depth,
                Channel::B => knot.depth < before.depth,
            };
            if knot.counts <= before.counts || !deeper {
                return Err(CalibrationDefect::NotMonotone {
                    channel,
                    knot: place,
                });
            }
        }
        before = Some(knot);
    }
    Ok(())
}

/// Least-squares line of a table's depth over its nominal depth, kept as exact sums.
struct Trend {
    n: i64,
    sum_x: i64,
    sum_y: i64,
    /// n Sxy - Sx Sy
    num: i64,
    /// n Sxx - Sx Sx, positive for a monotone table
    den: i64,
}

impl Trend {
    fn of(channel: Channel, table: &Table) -> Self {
        let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0_i64, 0_i64, 0_i64, 0_i64, 0_i64);
        for knot in table.iter() {
            let x = i64::from(channel.nominal(knot.counts).as_um());
            let y = i64::from(knot.depth.as_um());
            n = n.saturating_add(1);
            sx = sx.saturating_add(x);
            sy = sy.saturating_add(y);
            sxx = sxx.saturating_add(x.saturating_mul(x));
            sxy = sxy.saturating_add(x.saturating_mul(y));
        }
        Self {
            n,
            sum_x: sx,
            sum_y: sy,
            num: n.saturating_mul(sxy).saturating_sub(sx.saturating_mul(sy)),
            den: n
                .saturating_mul(sxx)
                .saturating_sub(sx.saturating_mul(sx))
                .max(1),
        }
    }

    /// Slope minus one, rounded away from zero so that a limit is never met by rounding.
    fn slope_error_permille(&self) -> i64 {
        away(
            self.num.saturating_sub(self.den).saturating_mul(1_000),
            self.den,
        )
    }

    /// The line's value at nominal zero, rounded away from zero.
    fn offset_um(&self) -> i64 {
        let top = i128::from(self.sum_y)
            .saturating_mul(i128::from(self.den))
            .saturating_sub(i128::from(self.num).saturating_mul(i128::from(self.sum_x)));
        away_wide(top, i128::from(self.den).saturating_mul(i128::from(self.n)))
    }

    /// Distance of a knot from the line, rounded away from zero.
    fn residual_um(&self, channel: Channel, knot: Knot) -> i64 {
        let x = i64::from(channel.nominal(knot.counts).as_um());
        let y = i64::from(knot.depth.as_um());
        let dy = self.n.saturating_mul(y).saturating_sub(self.sum_y);
        let dx = self.n.saturating_mul(x).saturating_sub(self.sum_x);
        let top = i128::from(self.den)
            .saturating_mul(i128::from(dy))
            .saturating_sub(i128::from(self.num).saturating_mul(i128::from(dx)));
        away_wide(top, i128::from(self.den).saturating_mul(i128::from(self.n)))
    }
}

fn away(top: i64, bottom: i64) -> i64 {
    away_wide(i128::from(top), i128::from(bottom))
}

#[cfg_attr(feature = "verify", inline(never))]
fn away_wide(top: i128, bottom: i128) -> i64 {
    let size = top.unsigned_abs().div_ceil(bottom.unsigned_abs().max(1));
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if top.is_negative() {
        size.saturating_neg()
    } else {
        size
    }
}

#[cfg(test)]
mod tests;
