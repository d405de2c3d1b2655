//! What the pen's sensors make of the truth: counts, ages, edges, levels.
//!
//! | sensor | conversion | error |
//! | --- | --- | --- |
//! | depth A, linear hall | 400 + 1.4 counts/um | gain, offset, bow, play; noise 1 count |
//! | depth B, encoder | 3900 - 1.3 counts/um | the same, drawn anew; noise 1 count; one tick late |
//! | current, shunt | 2048 + 1 count/mA, mean of the tick | gain, offset; noise 4 mA |
//! | battery, divider | 2.5 mV a count | gain; noise 1 count |
//! | tachometer | quadrature, edges at 45 degrees + k 90 | placement; 1 degree hysteresis |
//! | grip and accelerometer | see [`body`] | see [`body`] |
//!
//! Noise is a pure function of seed, channel and tick. Its distribution is the sum of eight bytes:
//! bell-shaped, and never beyond 4.9 sigma.
//!
//! Assumed, not measured: while the motor turns, the ring shakes by +-10 um in step with the stroke,
//! fully above 30 strokes a second and in proportion below.

pub mod body;
mod levels;
pub mod tachometer;

use pen_core::io::Sample;
use pen_core::units::Duration;

use crate::assembly::{Assembly, DepthChannel, counts_a, counts_b};
use crate::board::Wires;
use crate::fault::{Faults, Knob};
use crate::math::{TAU, sin_cos};
use crate::rng::Seed;
use body::Body;
pub use levels::Levels;

/// Greatest result of the 12-bit converters.
pub const COUNTS_MAX: u16 = 4_095;

/// Counts of the current sensor without current; each count more is a milliampere.
pub const CURRENT_ZERO: f64 = 2_048.0;

/// Battery voltage of one count (V): full scale is 10.24 V.
pub const BATTERY_V_PER_COUNT: f64 = 2.5e-3;

/// Amplitude of the ring's vibration (um). Assumed.
pub const SHAKE_UM: f64 = 10.0;

/// Stroke rate from which the ring shakes fully (Hz). Assumed.
const SHAKE_FULL_HZ: f64 = 30.0;

/// Time from a conversion of the first converter to the tick that reads it (us).
const CONVERSION_US: u32 = 50;

/// Noise, one sigma (counts).
const DEPTH_NOISE: f64 = 1.0;
/// Noise, one sigma (counts = mA).
const CURRENT_NOISE: f64 = 4.0;
/// Noise, one sigma (counts).
const BATTERY_NOISE: f64 = 1.0;

/// Names of the noise channels: numbers that never change, so that recorded seeds stay good.
mod channel {
    pub(super) const DEPTH_A: u64 = 1;
    pub(super) const DEPTH_B: u64 = 2;
    pub(super) const CURRENT: u64 = 3;
    pub(super) const BATTERY: u64 = 4;
    pub(super) const FAULT_A: u64 = 5;
    pub(super) const FAULT_B: u64 = 6;
    pub(super) const GRIP: u64 = 7;
    /// The first of three axes.
    pub(super) const ACCELERATION: u64 = 8;
}

/// What there is to be sensed at the end of a tick.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Number of the tick, for noise.
    pub tick: u64,
    /// True depth setting (um).
    pub depth_um: f64,
    /// Angle of the cam (rad).
    pub phase_rad: f64,
    /// True stroke rate (Hz).
    pub rate_hz: f64,
    /// Motor current, mean over the tick (A).
    pub current_a: f64,
    /// Voltage at the battery's terminals (V).
    pub battery_v: f64,
    /// Temperature of the pen's housing, which is held (degC).
    pub housing_c: f64,
    /// What holds the pen up: 1 in a hand or on a table, nothing while it falls (g).
    pub load_g: f64,
    /// What the pen's clock made of this tick (us).
    pub elapsed_us: u32,
}

/// A number from a bell-shaped distribution with mean 0 and deviation 1, within +-4.9.
#[must_use]
pub fn bell(seed: Seed, channel: u64, tick: u64) -> f64 {
    /// Every other byte of a word.
    const LANES: u64 = 0x00ff_00ff_00ff_00ff;
    /// Deviation of the sum of eight even bytes: sqrt(8 (256^2 - 1) / 12).
    const SIGMA: f64 = 209.018_340_504_182_3;
    let hash = seed.hash(channel, tick);
    let pairs = (hash & LANES) + ((hash >> 8) & LANES);
    let sum = pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    let sum = u32::try_from(sum).unwrap_or(0);
    (f64::from(sum) - 1_020.0) / SIGMA
}

/// Rounds to counts and stops at the rails, as a converter does.
#[must_use]
pub fn convert(counts: f64) -> u16 {
    let counts = (counts + 0.5).clamp(0.0, f64::from(COUNTS_MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=4095 in the line above; a converter drops the fraction"
    )]
    let counts = counts as u16;
    counts
}

/// The newest reading of one converter input, and how it may be broken.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    sample: Sample,
}

impl Reading {
    fn renew(&mut self, counts: u16, age_us: u32) {
        self.sample = Sample {
            counts,
            age: Duration::from_us(age_us),
        };
    }

    fn grow_old(&mut self, by_us: u32) {
        let age = self.sample.age.as_us().saturating_add(by_us);
        self.sample.age = Duration::from_us(age);
    }
}

/// The knobs of one depth channel.
struct DepthKnobs {
    stuck_at: Knob,
    frozen: Knob,
    offset: Knob,
    rail_low: Knob,
    rail_high: Knob,
    stale: Knob,
    noisy: Knob,
    spike: Knob,
    drift: Knob,
    noise: u64,
}

const KNOBS_A: DepthKnobs = DepthKnobs {
    stuck_at: Knob::DepthAStuckAt,
    frozen: Knob::DepthAFrozen,
    offset: Knob::DepthAOffset,
    rail_low: Knob::DepthARailLow,
    rail_high: Knob::DepthARailHigh,
    stale: Knob::DepthAStale,
    noisy: Knob::DepthANoisy,
    spike: Knob::DepthASpike,
    drift: Knob::DepthADrift,
    noise: channel::FAULT_A,
};

const KNOBS_B: DepthKnobs = DepthKnobs {
    stuck_at: Knob::DepthBStuckAt,
    frozen: Knob::DepthBFrozen,
    offset: Knob::DepthBOffset,
    rail_low: Knob::DepthBRailLow,
    rail_high: Knob::DepthBRailHigh,
    stale: Knob::DepthBStale,
    noisy: Knob::DepthBNoisy,
    spike: Knob::DepthBSpike,
    drift: Knob::DepthBDrift,
    noise: channel::FAULT_B,
};

/// The sensors of one pen.
#[derive(Clone, Debug)]
pub struct Sensors {
    noise: Seed,
    a: DepthChannel,
    b: DepthChannel,
    play_um: f64,
    current_gain: f64,
    current_offset_ma: f64,
    battery_gain: f64,
    /// What the two channels look at: follows the ring through its play (um).
    carrier_um: f64,
    /// The last carrier position and what each channel indicated for it (um).
    seen_um: (f64, f64, f64),
    depth_a: Reading,
    depth_b: Reading,
    current: Reading,
    battery: Reading,
    body: Body,
    /// How far each depth channel has drifted since that began (um).
    drift_um: [f64; 2],
    /// Counts of channel B that wait for the next tick.
    waiting_b: u16,
}

impl Sensors {
    /// The sensors of a built pen whose ring stands at a depth (um).
    #[must_use]
    pub fn new(assembly: &Assembly, depth_um: f64) -> Self {
        let (a, b) = (assembly.depth_a, assembly.depth_b);
        Self {
            noise: assembly.seed.derive("sensor noise"),
            a,
            b,
            play_um: assembly.play_um,
            current_gain: assembly.current_gain,
            current_offset_ma: assembly.current_offset_ma,
            battery_gain: assembly.battery_gain,
            carrier_um: depth_um,
            seen_um: (depth_um, a.indicated_um(depth_um), b.indicated_um(depth_um)),
            depth_a: Reading::default(),
            depth_b: Reading::default(),
            current: Reading::default(),
            battery: Reading::default(),
            body: Body::new(assembly),
            drift_um: [0.0; 2],
            waiting_b: convert(counts_b(b.indicated_um(depth_um))),
        }
    }

    /// Reads everything that a converter serves and puts it on the wires.
    pub fn sample(&mut self, scene: &Scene, faults: &mut Faults, wires: &Wires) {
        self.sample_depth(scene, faults);
        self.sample_supply(scene, faults);
        self.body.sample(scene, faults, wires);
        wires.depth_a.set(self.depth_a.sample);
        wires.depth_b.set(self.depth_b.sample);
        wires.current.set(self.current.sample);
        wires.battery.set(self.battery.sample);
    }

    fn sample_depth(&mut self, scene: &Scene, faults: &mut Faults) {
        let slack = 0.5 * self.play_um;
        self.carrier_um = self
            .carrier_um
            .clamp(scene.depth_um - slack, scene.depth_um + slack);
        if self.carrier_um.to_bits() != self.seen_um.0.to_bits() {
            let at = self.carrier_um;
            self.seen_um = (at, self.a.indicated_um(at), self.b.indicated_um(at));
        }
        let shake = shake_um(scene);
        let slip = self.drift(scene.elapsed_us, faults);
        let (a_um, b_um) = (self.seen_um.1 + shake, self.seen_um.2 + shake);
        let (a_um, b_um) = (a_um + slip[0], b_um + slip[1]);
        let mut a = counts_a(a_um) + DEPTH_NOISE * bell(self.noise, channel::DEPTH_A, scene.tick);
        let mut b = counts_b(b_um) + DEPTH_NOISE * bell(self.noise, channel::DEPTH_B, scene.tick);
        if !faults.is_whole() {
            let noise = |knobs: &DepthKnobs| bell(self.noise, knobs.noise, scene.tick);
            a = broken(
                a,
                counts_a(1.0) - counts_a(0.0),
                noise(&KNOBS_A),
                &KNOBS_A,
                faults,
            );
            b = broken(
                b,
                counts_b(1.0) - counts_b(0.0),
                noise(&KNOBS_B),
                &KNOBS_B,
                faults,
            );
        }
        if faults.is_set(Knob::DepthAStale) {
            self.depth_a.grow_old(scene.elapsed_us);
        } else if faults.is_set(Knob::DepthAFrozen) {
            self.depth_a
                .renew(self.depth_a.sample.counts, CONVERSION_US);
        } else {
            self.depth_a.renew(convert(a), CONVERSION_US);
        }
        if faults.is_set(Knob::DepthBStale) {
            self.depth_b.grow_old(scene.elapsed_us);
        } else if faults.is_set(Knob::DepthBFrozen) {
            self.depth_b
                .renew(self.depth_b.sample.counts, scene.elapsed_us);
        } else {
            self.depth_b.renew(self.waiting_b, scene.elapsed_us);
            self.waiting_b = convert(b);
        }
    }

    /// By how much each channel reads deeper because of what slips or drifts (um).
    fn drift(&mut self, elapsed_us: u32, faults: &Faults) -> [f64; 2] {
        if faults.is_whole() {
            self.drift_um = [0.0; 2];
            return self.drift_um;
        }
        let common_um = number(faults.get(Knob::DepthCommon));
        for (drift_um, knobs) in self.drift_um.iter_mut().zip([&KNOBS_A, &KNOBS_B]) {
            *drift_um = faults.get(knobs.drift).map_or(0.0, |um_per_s| {
                *drift_um + 1e-6 * f64::from(elapsed_us) * number(Some(um_per_s))
            });
        }
        self.drift_um.map(|um| um + common_um)
    }

    fn sample_supply(&mut self, scene: &Scene, faults: &Faults) {
        let noise = CURRENT_NOISE * bell(self.noise, channel::CURRENT, scene.tick);
        let ma = 1e3 * scene.current_a * (1.0 + self.current_gain) + self.current_offset_ma;
        let mut current = CURRENT_ZERO + ma + noise;
        let noise = BATTERY_NOISE * bell(self.noise, channel::BATTERY, scene.tick);
        let volts = scene.battery_v * (1.0 + self.battery_gain);
        let mut battery = volts / BATTERY_V_PER_COUNT + noise;
        if !faults.is_whole() {
            current += number(faults.get(Knob::CurrentOffset));
            current = fixed(
                faults,
                current,
                [
                    Knob::CurrentStuckAt,
                    Knob::CurrentRailLow,
                    Knob::CurrentRailHigh,
                ],
            );
            battery = fixed(
                faults,
                battery,
                [
                    Knob::BatteryStuckAt,
                    Knob::BatteryRailLow,
                    Knob::BatteryRailHigh,
                ],
            );
        }
        if faults.is_set(Knob::CurrentStale) {
            self.current.grow_old(scene.elapsed_us);
        } else {
            self.current.renew(convert(current), CONVERSION_US);
        }
        if faults.is_set(Knob::BatteryStale) {
            self.battery.grow_old(scene.elapsed_us);
        } else {
            self.battery.renew(convert(battery), CONVERSION_US);
        }
    }
}

/// How far the ring is shaken out of its place now (um).
fn shake_um(scene: &Scene) -> f64 {
    let speed = scene.rate_hz.abs();
    if speed < 0.5 {
        return 0.0;
    }
    SHAKE_UM * (speed / SHAKE_FULL_HZ).min(1.0) * sin_cos(scene.phase_rad % TAU).0
}

/// A depth reading in counts after what is wrong with its channel.
fn broken(counts: f64, per_um: f64, noise: f64, knobs: &DepthKnobs, faults: &mut Faults) -> f64 {
    let mut counts = counts + per_um * number(faults.get(knobs.offset));
    if !faults.is_set(knobs.stale) && !faults.is_set(knobs.frozen) {
        counts += per_um * number(faults.take(knobs.spike));
    }
    counts += noise * number(faults.get(knobs.noisy));
    fixed(
        faults,
        counts,
        [knobs.stuck_at, knobs.rail_low, knobs.rail_high],
    )
}

/// The reading, or what it is stuck at: `[stuck at, low rail, high rail]`.
fn fixed(faults: &Faults, counts: f64, [stuck_at, low, high]: [Knob; 3]) -> f64 {
    if faults.is_set(low) {
        0.0
    } else if faults.is_set(high) {
        f64::from(COUNTS_MAX)
    } else {
        faults
            .get(stuck_at)
            .map_or(counts, |value| number(Some(value)))
    }
}

/// The number of a knob as a float; 0 when it is not set. Exact: all ranges are below 2^31.
pub(crate) fn number(value: Option<i64>) -> f64 {
    f64::from(i32::try_from(value.unwrap_or(0)).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests;
