//! How warm the pen is: the worse of what the grip's thermistor says and what a model of winding,
//! motor and housing says (PWR-004).
//!
//! ```text
//! copper loss        everything else that the motor takes
//!      |                        |
//!   winding ---- 6 K/W ----- motor ---- 8 K/W ---- housing ---- 12 K/W ---- air (25 degC)
//!   0.83 J/K                7.6 J/K                70 J/K, at least as warm as the thermistor
//! ```
//!
//! The numbers are those of the reference pen; `docs/limits.md#power` says where each comes from.
//! Ten times a second, in integers: millionths of a degree, milliwatts, milliseconds.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::estimate::GripSense;
use crate::limits;
use crate::units::{Current, Duration, Temperature, Voltage};

/// How often the model moves.
const PERIOD: Duration = Duration::from_ms(100);
/// Longest time that one move may stand for: a tenth of the winding's time constant of 5 s.
const PERIOD_MAX: Duration = Duration::from_ms(500);
/// Largest current that is counted. Unit: mA.
const MOST_MA: u32 = 2_100;
/// Air around the pen. Unit: millionths of a degree.
const AIR: i32 = 25_000_000;
/// How much warmer than the grip winding and motor are taken to be after a start: what half an
/// ampere for long leaves. Unit: millionths of a degree.
const START_ABOVE: i32 = 15_000_000;
/// Warmest that a node is counted. Unit: millionths of a degree.
const MOST: i32 = 400_000_000;
/// Rise of the winding's resistance. Unit: parts in ten thousand per degree, from 22 degC.
const COPPER: i32 = 39;

/// Millionths of a degree in a tenth.
const TENTH: i32 = 100_000;

/// What the motor took since the model last moved.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    elapsed: Duration,
    ticks: u32,
    /// Sum of mA squared.
    squares: u32,
    /// Sum of mA times duty, in parts of [`crate::gate::Duty::FULL`].
    drawn: u32,
}
any_struct!(Taken {
    elapsed,
    ticks,
    squares,
    drawn
});

/// Where a move of the model is: it takes three ticks, so that none of them is a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Adds up what the motor takes.
    Gather,
    /// The powers are known.
    Weighed {
        copper_mw: i32,
        rest_mw: i32,
        ms: i32,
    },
    /// The heat has flowed; the thermistor has the last word.
    Moved,
}
any_enum!(Stage { Gather, Weighed { copper_mw, rest_mw, ms }, Moved });

/// The model. Unit of all three: millionths of a degree Celsius.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    taken: Taken,
    stage: Stage,
    started: bool,
    winding: i32,
    motor: i32,
    housing: i32,
    warm: bool,
    /// It was too warm to go on, and has not cooled enough since.
    cools: bool,
}
any_struct!(Heat {
    taken,
    stage,
    started,
    winding,
    motor,
    housing,
    warm,
    cools
});

/// What a tick adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) current: Current,
    /// Duty. Unit: ten-thousandths.
    pub(crate) duty: u16,
    pub(crate) battery: Voltage,
    pub(crate) resistance_mohm: u16,
}
any_struct!(Load {
    current,
    duty,
    battery,
    resistance_mohm
});

impl Heat {
    pub(crate) const fn new() -> Self {
        Self {
            taken: Taken {
                elapsed: Duration::from_us(0),
                ticks: 0,
                squares: 0,
                drawn: 0,
            },
            stage: Stage::Gather,
            started: false,
            winding: 0,
            motor: 0,
            housing: 0,
            warm: false,
            cools: false,
        }
    }

    /// One tick; the model moves only in ticks that have room for it.
    pub(crate) fn update(&mut self, load: &Load, grip: &GripSense, moves: bool, dt: Duration) {
        let ma = load.current.as_ma().unsigned_abs().min(MOST_MA);
        let taken = &mut self.taken;
        taken.elapsed = taken.elapsed.plus_up_to(dt, PERIOD_MAX);
        taken.ticks = taken.ticks.saturating_add(1);
        taken.squares = taken.squares.saturating_add(ma.saturating_mul(ma));
        let drawn = ma.saturating_mul(u32::from(load.duty));
        taken.drawn = taken.drawn.saturating_add(drawn);
        if !moves {
            return;
        }
        self.stage = match self.stage {
            Stage::Gather if !self.started => {
                self.start(grip);
                Stage::Gather
            }
            Stage::Gather if self.taken.elapsed < PERIOD => Stage::Gather,
            Stage::Gather => self.weigh(load),
            Stage::Weighed {
                copper_mw,
                rest_mw,
                ms,
            } => {
                self.advance(copper_mw, rest_mw, ms);
                Stage::Moved
            }
            Stage::Moved => {
                if let Some(grip) = reading(grip) {
                    self.housing = self.housing.max(grip);
                }
                self.watch_warmth();
                Stage::Gather
            }
        };
    }

    fn start(&mut self, grip: &GripSense) {
        let Some(grip) = reading(grip) else { return };
        self.housing = grip;
        self.motor = grip.saturating_add(START_ABOVE);
        self.winding = self.motor;
        self.started = true;
        self.taken = Taken::default();
        self.watch_warmth();
    }

    fn weigh(&mut self, load: &Load) -> Stage {
        let Taken {
            elapsed,
            ticks,
            squares,
            drawn,
        } = core::mem::take(&mut self.taken);
        let mean = |sum: u32| i32::try_from(sum.checked_div(ticks).unwrap_or(0)).unwrap_or(0);
        let cold_mw =
            (mean(squares) / 100).saturating_mul(i32::from(load.resistance_mohm)) / 10_000;
        let above = (self.winding / 1_000_000).saturating_sub(22);
        let factor = COPPER.saturating_mul(above).saturating_add(10_000);
        let taken_mw = (mean(drawn) / 10_000).saturating_mul(load.battery.as_mv()) / 1_000;
        Stage::Weighed {
            copper_mw: cold_mw.saturating_mul(factor) / 10_000,
            rest_mw: taken_mw.saturating_sub(cold_mw).max(0),
            ms: i32::try_from(elapsed.as_ms()).unwrap_or(0),
        }
    }

    fn advance(&mut self, copper_mw: i32, rest_mw: i32, ms: i32) {
        // Millionths of a degree over K/W are microwatts.
        let inner_mw = self.winding.saturating_sub(self.motor) / 6_000;
        let outer_mw = self.motor.saturating_sub(self.housing) / 8_000;
        let lost_mw = self.housing.saturating_sub(AIR) / 12_000;
        let uj = |in_mw: i32, out_mw: i32| in_mw.saturating_sub(out_mw).saturating_mul(ms);
        let moved = |at: i32, by: i32| at.saturating_add(by).clamp(-MOST, MOST);
        // Microjoules over J/K: 1/1.2, 7.6 and 70.
        self.winding = moved(self.winding, uj(copper_mw, inner_mw).saturating_mul(6) / 5);
        let motor_uj = uj(rest_mw.saturating_add(inner_mw), outer_mw);
        self.motor = moved(self.motor, motor_uj.saturating_mul(5) / 38);
        self.housing = moved(self.housing, uj(outer_mw, lost_mw) / 70);
    }

    fn watch_warmth(&mut self) {
        let edge = limits::GRIP_WARM.as_decicelsius();
        let edge = if self.warm {
            edge.saturating_sub(limits::GRIP_HYSTERESIS.as_decicelsius())
        } else {
            edge
        };
        self.warm = self.started && self.grip().as_decicelsius() >= edge;
        let cool = self.grip() < limits::GRIP_WARM && self.winding() < limits::WINDING_COOL;
        let hot = self.is_grip_hot() || self.is_winding_hot();
        self.cools = hot || (self.cools && !cool);
    }

    /// The worse of thermistor and model.
    pub(crate) const fn grip(&self) -> Temperature {
        Temperature::from_decicelsius(self.housing / TENTH)
    }

    /// The winding, by the model alone.
    pub(crate) const fn winding(&self) -> Temperature {
        Temperature::from_decicelsius(self.winding / TENTH)
    }

    /// The thermistor has been read well once: grip and winding mean something.
    pub(crate) const fn is_started(&self) -> bool {
        self.started
    }

    /// The grip is so warm that the rate is held back.
    pub(crate) const fn is_warm(&self) -> bool {
        self.warm
    }

    /// The grip is too warm to go on.
    pub(crate) fn is_grip_hot(&self) -> bool {
        self.started && self.grip() >= limits::GRIP_STOP
    }

    /// The winding is too warm to go on.
    pub(crate) fn is_winding_hot(&self) -> bool {
        self.started && self.winding() >= limits::WINDING_STOP
    }

    /// It was too warm to go on, and has to cool further before anything starts.
    pub(crate) const fn must_cool(&self) -> bool {
        self.cools
    }
}

/// What the thermistor says. Unit: millionths of a degree.
fn reading(grip: &GripSense) -> Option<i32> {
    let read = grip.temperature()?;
    Some(read.as_decicelsius().saturating_mul(TENTH))
}

#[cfg(test)]
mod tests;
