//! One built pen: everything in which it differs from its drawing, drawn from one seed.
//!
//! Tolerances are drawn evenly over their width, which puts more pens near the edge than a factory
//! would. Each part draws from a sub-seed of its own name: a new tolerance changes no other.

pub mod factory;

use crate::math::{TAU, exp, sin_cos};
use crate::plant::Params;
use crate::rng::Seed;

/// Most inward position of the depth ring (um); the tips stay inside by this much.
pub const RING_MIN_UM: f64 = -150.0;

/// Most outward position of the depth ring (um), just beyond the mechanical stroke.
pub const RING_MAX_UM: f64 = 2_520.0;

/// Least and greatest counts of a healthy channel over the ring's travel: clear of both rails with
/// noise and vibration on top.
const COUNTS_CLEAR: std::ops::RangeInclusive<f64> = 30.0..=4_060.0;

/// An uncalibrated channel A is wrong by at least this much somewhere (um), or calibration would
/// show nothing.
const VISIBLE_UM: f64 = 60.0;

/// How one depth channel sees the ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthChannel {
    /// Slope error, relative. Tolerance: +-4 %.
    pub gain: f64,
    /// Indication at zero (um). Tolerance: +-120 um.
    pub offset_um: f64,
    /// Amplitude of the smooth nonlinearity (um). Tolerance: 25 um.
    pub bow_um: f64,
    /// Where along the travel it bows (turns).
    pub bow_phase: f64,
}

impl DepthChannel {
    /// A channel that is exactly as drawn.
    pub const NOMINAL: Self = Self {
        gain: 0.0,
        offset_um: 0.0,
        bow_um: 0.0,
        bow_phase: 0.0,
    };

    /// What the channel would indicate through the nominal conversion (um).
    #[must_use]
    pub fn indicated_um(&self, true_um: f64) -> f64 {
        /// One bow over this travel (um).
        const BOW_LENGTH_UM: f64 = 3_000.0;
        let bow = sin_cos(TAU * (true_um / BOW_LENGTH_UM + self.bow_phase)).0;
        true_um * (1.0 + self.gain) + self.offset_um + self.bow_um * bow
    }

    /// Largest error over the ring's travel (um).
    #[must_use]
    pub fn worst_um(&self) -> f64 {
        travel()
            .map(|um| (self.indicated_um(um) - um).abs())
            .fold(0.0, f64::max)
    }

    fn draw(seed: Seed, attempt: u64) -> Self {
        Self {
            gain: 0.04 * even(seed, 0, attempt),
            offset_um: 120.0 * even(seed, 1, attempt),
            bow_um: 25.0 * seed.uniform(2, attempt),
            bow_phase: seed.uniform(3, attempt),
        }
    }
}

/// How the thermistor of the grip sees its temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermistor {
    /// Resistance at 25 degC (ohm). Tolerance: +-1 %.
    pub ohm: f64,
    /// How steeply it falls (K). Tolerance: +-1 %.
    pub beta_k: f64,
}

impl Thermistor {
    /// One that is exactly as drawn.
    pub const NOMINAL: Self = Self {
        ohm: 10_000.0,
        beta_k: 3_950.0,
    };

    /// Resistance at a temperature (ohm).
    #[must_use]
    pub fn resistance(&self, celsius: f64) -> f64 {
        /// Absolute zero, and where the data sheet names the resistance (degC).
        const ZERO_C: f64 = -273.15;
        const NAMED_C: f64 = 25.0;
        let inverse = 1.0 / (celsius - ZERO_C) - 1.0 / (NAMED_C - ZERO_C);
        self.ohm * exp(self.beta_k * inverse)
    }

    /// What a 12-bit converter makes of it under 10 kOhm to its reference, not rounded.
    #[must_use]
    pub fn counts(&self, celsius: f64) -> f64 {
        let ohm = self.resistance(celsius);
        4_095.0 * ohm / (ohm + Self::NOMINAL.ohm)
    }
}

/// Counts of channel A, linear hall sensor, for an indicated depth (um): the drawing.
#[must_use]
pub fn counts_a(indicated_um: f64) -> f64 {
    400.0 + 1.4 * indicated_um
}

/// Counts of channel B, magnetic encoder, for an indicated depth (um): the drawing.
#[must_use]
pub fn counts_b(indicated_um: f64) -> f64 {
    3_900.0 - 1.3 * indicated_um
}

/// The ring's travel in 50 steps (um).
fn travel() -> impl Iterator<Item = f64> {
    (0..=50).map(|k| RING_MIN_UM + (RING_MAX_UM - RING_MIN_UM) * f64::from(k) / 50.0)
}

/// A number in -1 to 1, evenly drawn.
fn even(seed: Seed, channel: u64, tick: u64) -> f64 {
    2.0 * seed.uniform(channel, tick) - 1.0
}

/// One built pen.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembly {
    /// What it was drawn from.
    pub seed: Seed,
    /// Serial number, eight digits.
    pub serial: u64,
    /// Depth channel A.
    pub depth_a: DepthChannel,
    /// Depth channel B.
    pub depth_b: DepthChannel,
    /// Play between the ring and what the two channels look at (um). Tolerance: 12 um.
    pub play_um: f64,
    /// By how much the pen's clock runs fast (ppm). Tolerance: +-20 000, an RC oscillator.
    pub clock_ppm: i64,
    /// Placement error of each tachometer edge (rad). Tolerance: +-3 degrees.
    pub edges_rad: [f64; 4],
    /// Slope error of the current sensor, relative. Tolerance: +-2 %.
    pub current_gain: f64,
    /// Offset of the current sensor (mA). Tolerance: +-20 mA.
    pub current_offset_ma: f64,
    /// Slope error of the battery divider, relative. Tolerance: +-1 %.
    pub battery_gain: f64,
    /// Thermistor of the grip.
    pub thermistor: Thermistor,
    /// Charge of the battery at the start. 0.6 to 1.
    pub soc: f64,
    /// The plant: winding resistance, motor constants and friction within +-5 %.
    pub params: Params,
}

impl Assembly {
    /// Builds the pen of this seed. The same seed gives the same pen on every machine.
    #[must_use]
    pub fn draw(seed: Seed) -> Self {
        let depth = seed.derive("depth");
        let motor = seed.derive("motor");
        let hall = seed.derive("hall");
        let supply = seed.derive("supply");
        let grip = seed.derive("grip");
        let nominal = Params::default();
        let constant = nominal.torque_per_amp * (1.0 + 0.05 * even(motor, 1, 0));
        let friction = 1.0 + 0.05 * even(motor, 2, 0);
        let params = Params {
            winding_ohm: nominal.winding_ohm * (1.0 + 0.05 * even(motor, 0, 0)),
            torque_per_amp: constant,
            // One magnet, one constant: energy is conserved.
            volt_per_speed: constant,
            motor_friction: nominal.motor_friction * friction,
            cam_friction: nominal.cam_friction * friction,
            ..nominal
        };
        let mut edges_rad = [0.0; 4];
        for (edge, k) in edges_rad.iter_mut().zip(0..) {
            *edge = 3.0 / 360.0 * TAU * even(hall, k, 0);
        }
        let clock = seed.derive("clock").below(0, 0, 40_001);
        Self {
            seed,
            serial: 10_000_000 + seed.derive("serial").below(0, 0, 90_000_000),
            depth_a: draw_channel(depth.derive("a"), counts_a, VISIBLE_UM),
            depth_b: draw_channel(depth.derive("b"), counts_b, 0.0),
            play_um: 12.0 * depth.uniform(0, 0),
            clock_ppm: i64::try_from(clock).unwrap_or(0) - 20_000,
            edges_rad,
            current_gain: 0.02 * even(supply, 0, 0),
            current_offset_ma: 20.0 * even(supply, 1, 0),
            battery_gain: 0.01 * even(supply, 2, 0),
            thermistor: Thermistor {
                ohm: Thermistor::NOMINAL.ohm * (1.0 + 0.01 * even(grip, 0, 0)),
                beta_k: Thermistor::NOMINAL.beta_k * (1.0 + 0.01 * even(grip, 1, 0)),
            },
            soc: 0.6 + 0.4 * supply.uniform(3, 0),
            params,
        }
    }

    /// A pen that is exactly as drawn, with a full battery. Noise still comes from the seed.
    #[must_use]
    pub fn nominal(seed: Seed) -> Self {
        Self {
            seed,
            serial: 10_000_000,
            depth_a: DepthChannel::NOMINAL,
            depth_b: DepthChannel::NOMINAL,
            play_um: 0.0,
            clock_ppm: 0,
            edges_rad: [0.0; 4],
            current_gain: 0.0,
            current_offset_ma: 0.0,
            battery_gain: 0.0,
            thermistor: Thermistor::NOMINAL,
            soc: 1.0,
            params: Params::default(),
        }
    }
}

/// Draws until the channel is one that a factory would ship: clear of the rails, visibly off.
fn draw_channel(seed: Seed, counts: fn(f64) -> f64, visible_um: f64) -> DepthChannel {
    for attempt in 0..1_000 {
        let channel = DepthChannel::draw(seed, attempt);
        let clear = travel().all(|um| COUNTS_CLEAR.contains(&counts(channel.indicated_um(um))));
        if clear && channel.worst_um() >= visible_um {
            return channel;
        }
    }
    // About half of all draws pass; a thousand failures in a row do not happen.
    DepthChannel {
        offset_um: visible_um,
        ..DepthChannel::NOMINAL
    }
}

#[cfg(test)]
mod tests {
    use super::{Assembly, COUNTS_CLEAR, Thermistor, VISIBLE_UM, counts_a, counts_b, travel};
    use crate::rng::Seed;

    #[test]
    fn the_same_seed_builds_the_same_pen_and_another_seed_another() {
        let pen = Assembly::draw(Seed::new(7));
        assert_eq!(pen, Assembly::draw(Seed::new(7)));
        let other = Assembly::draw(Seed::new(8));
        assert_ne!(pen.serial, other.serial);
        assert_ne!(pen.depth_a, other.depth_a);
    }

    #[test]
    fn every_pen_is_within_its_tolerances() {
        for seed in 0..2_000 {
            let pen = Assembly::draw(Seed::new(seed));
            assert!((10_000_000..100_000_000).contains(&pen.serial));
            for channel in [pen.depth_a, pen.depth_b] {
                assert!(channel.gain.abs() <= 0.04 && channel.offset_um.abs() <= 120.0);
                assert!((0.0..=25.0).contains(&channel.bow_um));
            }
            assert!(pen.depth_a.worst_um() >= VISIBLE_UM);
            for um in travel() {
                assert!(COUNTS_CLEAR.contains(&counts_a(pen.depth_a.indicated_um(um))));
                assert!(COUNTS_CLEAR.contains(&counts_b(pen.depth_b.indicated_um(um))));
            }
            assert!(pen.clock_ppm.abs() <= 20_000 && pen.play_um <= 12.0);
            assert!(
                pen.edges_rad
                    .iter()
                    .all(|edge| edge.abs() <= 3.0_f64.to_radians())
            );
            assert!((pen.thermistor.ohm / 10_000.0 - 1.0).abs() <= 0.01);
            assert!((pen.thermistor.beta_k / 3_950.0 - 1.0).abs() <= 0.01);
            assert!(pen.current_offset_ma.abs() <= 20.0 && (0.6..=1.0).contains(&pen.soc));
        }
    }

    #[test]
    fn a_thermistor_has_the_resistance_of_its_data_sheet() {
        // A public table of a 10 kOhm part with B 3950 K, from the same formula.
        for (celsius, ohm) in [(0.0, 33_621.0), (25.0, 10_000.0), (50.0, 3_588.0)] {
            let found = Thermistor::NOMINAL.resistance(celsius);
            assert!((found / ohm - 1.0).abs() < 1e-3, "{found} at {celsius}");
        }
        assert!((Thermistor::NOMINAL.counts(25.0) - 2_047.5).abs() < 1e-9);
        assert!(Thermistor::NOMINAL.counts(43.0) < Thermistor::NOMINAL.counts(41.0));
    }

    #[test]
    fn the_clock_error_fills_its_tolerance_on_both_sides() {
        let errors: Vec<i64> = (0..2_000)
            .map(|seed| Assembly::draw(Seed::new(seed)).clock_ppm)
            .collect();
        assert!(errors.iter().any(|&ppm| ppm < -18_000));
        assert!(errors.iter().any(|&ppm| ppm > 18_000));
    }
}
