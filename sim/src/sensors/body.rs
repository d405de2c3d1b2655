//! What the pen's body feels: how warm the grip is, and how the pen is moved.
//!
//! | sensor | conversion | error |
//! | --- | --- | --- |
//! | grip, thermistor | 4095 R / (R + 10 kOhm) | resistance and B value +-1 %; noise 1 count |
//! | accelerometer | 4 mg a digit, +-8.188 g, 400 a second | noise 6 mg an axis |
//!
//! Assumed, not measured: a hand trembles with 30 mg at 9 Hz; the plunger's stroke shakes a body of
//! [`PEN_KG`] along its axis; the accelerometer sits where turning of the falling pen adds nothing.

use pen_core::io::Acceleration;
use pen_core::units::Duration;

use super::{CONVERSION_US, Reading, Scene, bell, channel, convert, fixed, number};
use crate::assembly::{Assembly, Thermistor};
use crate::board::Wires;
use crate::fault::{Faults, Knob};
use crate::math::{TAU, sin_cos};
use crate::plant::Params;
use crate::rng::Seed;

/// Mass of a pen without its hand (kg). Assumed.
pub const PEN_KG: f64 = 0.06;

/// Standard gravity (m/s2).
pub const GRAVITY: f64 = 9.806_65;

/// Greatest reading of an axis (mg): 2047 digits.
pub const ACCELERATION_MAX_MG: i16 = 8_188;

/// One digit of the accelerometer (mg).
const DIGIT_MG: f64 = 4.0;

/// Noise of an axis, one sigma (mg). Source: a part of the LIS3DH's class at 400 readings a second.
const NOISE_MG: f64 = 6.0;

/// Where upward points in the pen's own axes: it is held like a pencil.
const UPWARD: [f64; 3] = [0.5, 0.1, 0.860_232_526_704_262_7];

/// Tremor of a hand, amplitude (g) and rate (turns a ms). Assumed.
const TREMOR_G: f64 = 0.03;
const TREMOR_TURNS_PER_MS: f64 = 0.009;

/// Age of a reading when it has come over the bus (us).
const TRANSFER_US: u32 = 500;

/// A change of temperature that the converter would not show (K).
const UNSEEN_K: f64 = 0.005;

/// Thermistor and accelerometer of one pen.
#[derive(Clone, Debug)]
pub struct Body {
    noise: Seed,
    thermistor: Thermistor,
    /// The last temperature and what the converter makes of it (degC, counts).
    seen: (f64, f64),
    /// Acceleration of the body for a stroke rate of 1/tau Hz (g s2).
    shake: f64,
    /// What held the pen up since the last conversion, summed, and over how many ticks (g).
    load: (f64, f64),
    grip: Reading,
    acceleration: Acceleration,
}

impl Body {
    /// The sensors of a built pen.
    #[must_use]
    pub fn new(assembly: &Assembly) -> Self {
        let Params {
            plunger_kg,
            eccentricity_m,
            air_c,
            ..
        } = assembly.params;
        Self {
            noise: assembly.seed.derive("body noise"),
            thermistor: assembly.thermistor,
            seen: (air_c, assembly.thermistor.counts(air_c)),
            shake: plunger_kg * eccentricity_m / (PEN_KG * GRAVITY),
            load: (0.0, 0.0),
            grip: Reading::default(),
            acceleration: Acceleration {
                age: Duration::from_us(u32::MAX),
                ..Acceleration::default()
            },
        }
    }

    /// Takes both readings and puts them on the wires.
    pub fn sample(&mut self, scene: &Scene, faults: &mut Faults, wires: &Wires) {
        self.sample_grip(scene, faults);
        self.sample_motion(scene, faults);
        wires.grip.set(self.grip.sample);
        wires.acceleration.set(self.acceleration);
    }

    fn sample_grip(&mut self, scene: &Scene, faults: &Faults) {
        if faults.is_set(Knob::GripStale) {
            return self.grip.grow_old(scene.elapsed_us);
        }
        let grip_c = scene.housing_c + number(faults.get(Knob::GripHot));
        if (grip_c - self.seen.0).abs() > UNSEEN_K {
            self.seen = (grip_c, self.thermistor.counts(grip_c));
        }
        let mut counts = self.seen.1 + bell(self.noise, channel::GRIP, scene.tick);
        if !faults.is_whole() {
            let knobs = [Knob::GripStuckAt, Knob::GripRailLow, Knob::GripRailHigh];
            counts = fixed(faults, counts, knobs);
        }
        self.grip.renew(convert(counts), CONVERSION_US);
    }

    /// The part converts 400 times a second: after two and after three ticks in turn. It takes the
    /// mean of the time between, so that a short shock is not missed.
    fn sample_motion(&mut self, scene: &Scene, faults: &mut Faults) {
        self.load = (self.load.0 + scene.load_g, self.load.1 + 1.0);
        if !matches!(scene.tick % 5, 0 | 2) || faults.is_set(Knob::AccelerometerStale) {
            let age = self.acceleration.age.as_us();
            self.acceleration.age = Duration::from_us(age.saturating_add(scene.elapsed_us));
            return;
        }
        let load_g = self.load.0 / self.load.1;
        self.load = (0.0, 0.0);
        self.acceleration.age = Duration::from_us(TRANSFER_US);
        if faults.is_set(Knob::AccelerometerFrozen) {
            return;
        }
        let mut felt = if faults.is_set(Knob::AccelerometerZero) {
            [0.0; 3]
        } else {
            self.felt_mg(scene, load_g)
        };
        if let Some(mg) = faults.take(Knob::AccelerometerShock) {
            felt[2] += number(Some(mg));
        }
        let [x_mg, y_mg, z_mg] = felt.map(digits);
        self.acceleration = Acceleration {
            x_mg,
            y_mg,
            z_mg,
            ..self.acceleration
        };
    }

    /// What the three axes feel (mg).
    fn felt_mg(&self, scene: &Scene, load_g: f64) -> [f64; 3] {
        let turns = f64::from(u32::try_from(scene.tick % 1_000).unwrap_or(0)) * TREMOR_TURNS_PER_MS;
        let tremor_g = if load_g < 0.5 { 0.0 } else { TREMOR_G };
        let push_g = load_g + tremor_g * sin_cos(TAU * turns).0;
        let speed = TAU * scene.rate_hz;
        let shaken_g = self.shake * speed * speed * sin_cos(scene.phase_rad % TAU).1;
        let mut felt = UPWARD.map(|part| 1e3 * part * push_g);
        felt[2] += 1e3 * shaken_g;
        for (axis, k) in felt.iter_mut().zip(0..) {
            *axis += NOISE_MG * bell(self.noise, channel::ACCELERATION + k, scene.tick);
        }
        felt
    }
}

/// Rounds to digits and stops at the part's range; in mg.
fn digits(mg: f64) -> i16 {
    let most = f64::from(ACCELERATION_MAX_MG) / DIGIT_MG;
    let digits = (mg / DIGIT_MG + 0.5).floor().clamp(-most, most);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number within +-8188"
    )]
    let mg = (DIGIT_MG * digits) as i16;
    mg
}

#[cfg(test)]
mod tests;
