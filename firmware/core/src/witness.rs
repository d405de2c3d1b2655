//! The second witness of rotation: what the motor itself generates (RATE-006).
//!
//! A winding that turns generates a voltage in proportion to its rate. What was written to the
//! bridge, less what the measured current loses in the winding, is that voltage: while driven, while
//! parking, and while braked, when nothing is written and the current alone tells. Only a winding
//! that floats says nothing.
//!
//! ```text
//! generated = duty x battery - current x resistance       rate = generated / back-EMF per hertz
//! ```
//!
//! It is coarser than the tachometer (parts within tolerances: 10 % over four turns) and fails by
//! other causes, so the two check each other: *drift* is how many turns it has seen more than the
//! tachometer, and forgets a quarter of itself with each turn. A healthy pen stays below half a turn
//! and the quarter that the next edge still owes.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::divide::quotient_of_thousandfold;
use crate::gate::{Bridge, MotorCommand};
use crate::limits;
use crate::profile::MotorData;
use crate::units::{Current, Duration, Temperature, Voltage};

/// A turn in the unit of every angle here: millionths.
pub(crate) const TURN: i32 = 1_000_000;
/// A quarter turn: from one edge of the tachometer to the next.
pub(crate) const QUARTER: i32 = TURN / 4;

/// The witness has seen so much more than the tachometer: the tachometer misses turns. Unit:
/// millionths of a turn. Source: `docs/limits.md#rate`; 0.65 is the most of a healthy pen whose
/// parts are at the ends of their tolerances, a lost edge in two reaches this within four turns.
const AHEAD: i32 = 1_150_000;
/// The tachometer has seen so much more: current, battery or bridge do not do as they say. Same unit.
/// More than [`AHEAD`] so that a motor that runs away is named after its rate.
const BEHIND: i32 = -1_500_000;
/// Longest tick whose angle is counted: what happened in a pause nobody measured. Unit: us.
const DT_MAX: u32 = 2_000;
/// Fastest rate that is told: times the longest tick it fits 32 bits. Unit: mHz.
const RATE_MOST: i32 = 1_000_000;
/// Offset of the current reading at rest that is taken out. Unit: mA. Source: up to what is no
/// motion (RATE-009); the drawing has +-20 mA.
const ZERO_MAX_MA: i32 = limits::REST_CURRENT.as_ma();
/// Share of the resistive drop below which the generated voltage is not told from it: resistance
/// within 5 %, current within 2 %. Unit: 1/16.
const UNSURE_16TH: i32 = 1;
/// Rise of the winding's resistance. Unit: parts in ten thousand per degree, from 22 degC.
const COPPER: i32 = 39;

/// What the witness says of this tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Rate, negative backward; nothing while the winding floats or a reading is missing. Unit: mHz.
    pub(crate) rate_mhz: Option<i32>,
    /// Angle since the tachometer's last edge, negative backward. Unit: millionths of a turn.
    pub(crate) since_edge: i32,
    /// There was an edge since the start of the pen: only then is that angle known.
    pub(crate) placed: bool,
    /// Turns that were driven since the drive began. Unit: millionths.
    pub(crate) turned: u32,
    /// How far the two have drifted apart. Unit: millionths of a turn, positive: edges are missing.
    pub(crate) drift: i32,
}
any_struct!(Seen {
    rate_mhz,
    since_edge,
    placed,
    turned,
    drift
});

impl Seen {
    /// The tachometer misses turns that the motor made.
    pub(crate) const fn misses_edges(&self) -> bool {
        self.drift > AHEAD
    }

    /// Both tell the same, as far as they can.
    pub(crate) const fn agrees(&self) -> bool {
        !self.misses_edges() && !self.contradicts_edges()
    }

    /// The motor did not make the turns that the tachometer tells.
    pub(crate) const fn contradicts_edges(&self) -> bool {
        self.drift < BEHIND
    }
}

/// What one tick brings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick<'a> {
    /// The command that was in force.
    pub(crate) last: MotorCommand,
    pub(crate) battery: Option<Voltage>,
    pub(crate) current: Option<Current>,
    pub(crate) winding: Temperature,
    pub(crate) motor: Option<&'a MotorData>,
    /// Edges of the tachometer, negative backward.
    pub(crate) edges: i8,
    /// Torque is off and the cam stands: the current reading is its own offset.
    pub(crate) rests: bool,
    /// The offset of the current reading is not known yet: what a brake seems to let through is no angle.
    pub(crate) boots: bool,
    /// Every second tick.
    pub(crate) even: bool,
    pub(crate) dt: Duration,
}

/// The witness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Witness {
    /// Current reading at rest. Unit: 1/64 mA.
    zero_64: i32,
    /// Resistance of the circuit at the winding's temperature. Unit: mOhm.
    mohm: i32,
    seen: Seen,
}
any_struct!(Witness {
    zero_64,
    mohm,
    seen
});

impl Witness {
    pub(crate) const fn new() -> Self {
        Self {
            zero_64: 0,
            mohm: 0,
            seen: Seen {
                rate_mhz: None,
                since_edge: 0,
                placed: false,
                turned: 0,
                drift: 0,
            },
        }
    }

    /// A drive begins: the cam stands, and the two agree. Where in its quarter it stands is no other
    /// than before.
    pub(crate) const fn restart(&mut self) {
        self.seen = Seen {
            since_edge: self.seen.since_edge,
            placed: self.seen.placed,
            ..Self::new().seen
        };
    }

    /// One tick.
    pub(crate) fn update(&mut self, t: &Tick<'_>) -> Seen {
        if t.rests {
            self.learn_zero(t.current);
        }
        // Heat is slow.
        if t.even {
            self.mohm = t.motor.map_or(0, |motor| warm_mohm(motor, t.winding));
        }
        let rate = self.rate_mhz(t);
        let dt = i32::try_from(t.dt.as_us().min(DT_MAX)).unwrap_or(0);
        let seen = &mut self.seen;
        seen.rate_mhz = rate;
        let edges = i32::from(t.edges).saturating_mul(QUARTER);
        if let Some(rate) = rate.filter(|_| !t.boots) {
            // Millihertz times microseconds are billionths of a turn.
            let turned = rate.saturating_mul(dt) / 1_000;
            if t.last.drives() && matches!(t.last.bridge(), Bridge::Forward(_)) {
                let forward = u32::try_from(turned).unwrap_or(0);
                seen.turned = seen.turned.saturating_add(forward);
            }
            seen.since_edge = seen.since_edge.saturating_add(turned);
            let step = turned.saturating_abs().max(edges.saturating_abs());
            let apart = turned.saturating_sub(edges);
            // A quarter of drift times step: 64 x 64 x 977 is four millions.
            let forgotten = (seen.drift / 64).saturating_mul(step.min(TURN) / 64) / 977;
            seen.drift = seen
                .drift
                .saturating_sub(forgotten)
                .saturating_add(apart)
                .clamp(-8 * TURN, 8 * TURN);
        } else {
            seen.drift = 0;
        }
        if t.edges != 0 {
            seen.since_edge = 0;
            seen.placed = true;
        }
        *seen
    }

    fn learn_zero(&mut self, current: Option<Current>) {
        let Some(current) = current else { return };
        let now = current.as_ma().clamp(-ZERO_MAX_MA, ZERO_MAX_MA);
        let step = now.saturating_mul(64).saturating_sub(self.zero_64) / 32;
        self.zero_64 = self.zero_64.saturating_add(step);
    }

    /// The rate that the generated voltage tells.
    fn rate_mhz(&self, t: &Tick<'_>) -> Option<i32> {
        let motor = t.motor?;
        let written_uv = match t.last.bridge() {
            Bridge::Float => return None,
            // A short comes with the enable path closed only.
            Bridge::Short => 0,
            // The test of either path: nothing is written to the winding.
            _ if !t.last.drives() => return None,
            Bridge::Forward(duty) => written_uv(t.battery?, duty.as_parts()),
            Bridge::Backward(duty) => written_uv(t.battery?, duty.as_parts()).saturating_neg(),
        };
        let ma = t.current?.as_ma().saturating_sub(self.zero_64 / 64);
        let drop_uv = ma.saturating_mul(self.mohm);
        let generated_uv = written_uv.saturating_sub(drop_uv);
        let unsure_uv = (drop_uv / 16).saturating_mul(UNSURE_16TH).saturating_abs();
        if written_uv != 0 && generated_uv.saturating_abs() <= unsure_uv {
            return Some(0);
        }
        let per_hz = i64::from(motor.back_emf_uv_per_hz);
        let mhz = quotient_of_thousandfold(i64::from(generated_uv), per_hz).unwrap_or(0);
        Some(i32::try_from(mhz).unwrap_or(0).clamp(-RATE_MOST, RATE_MOST))
    }
}

/// What a duty makes of the battery's voltage. Unit: uV.
fn written_uv(battery: Voltage, parts: u16) -> i32 {
    battery.as_mv().saturating_mul(i32::from(parts)) / 10
}

/// Resistance of the circuit at the winding's temperature. Unit: mOhm.
fn warm_mohm(motor: &MotorData, winding: Temperature) -> i32 {
    let above = (winding.as_decicelsius() / 10).saturating_sub(22);
    let factor = above.saturating_mul(COPPER).saturating_add(10_000);
    i32::from(motor.resistance_mohm).saturating_mul(factor.clamp(8_000, 16_000)) / 10_000
}

#[cfg(test)]
mod tests;
