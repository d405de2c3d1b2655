//! The true state of the plant, for sensors, monitors and reports.

use super::{Bridge, Energies, Params, Plant, PlantInput, STEP_S, Supply, Temperatures};
use crate::math::{PI, TAU, exp, sin_cos};

impl Plant {
    /// The constants it was made from.
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// What is broken.
    #[must_use]
    pub const fn faults(&self) -> &super::Faults {
        &self.faults
    }

    /// The input in force, its gap as it is now.
    #[must_use]
    pub const fn input(&self) -> &PlantInput {
        &self.input
    }

    /// Motor current (A).
    #[must_use]
    pub const fn current_a(&self) -> f64 {
        self.current
    }

    /// Speed of the rotor (rad/s).
    #[must_use]
    pub const fn omega(&self) -> f64 {
        self.omega
    }

    /// Speed in turns, that is strokes, a second (Hz).
    #[must_use]
    pub fn rate_hz(&self) -> f64 {
        self.omega / TAU
    }

    /// Angle of the cam since angle 0 (rad); 0 and every full turn are the needle fully out.
    #[must_use]
    pub fn theta(&self) -> f64 {
        f64::from(self.turns) * TAU + self.phase
    }

    /// Angle within the present turn, -pi to pi (rad).
    #[must_use]
    pub const fn phase(&self) -> f64 {
        self.phase
    }

    /// Passes of the fully retracted position: forwards counts up, backwards down.
    ///
    /// One stroke of the needle lies between two of them.
    #[must_use]
    pub const fn turns(&self) -> i32 {
        self.turns
    }

    /// Times the needle was fully out, in either direction.
    #[must_use]
    pub const fn extensions(&self) -> u32 {
        self.extensions
    }

    /// State of charge; 1 on a bench supply.
    #[must_use]
    pub fn soc(&self) -> f64 {
        self.battery.as_ref().map_or(1.0, |battery| battery.soc)
    }

    /// Protrusion of the tips beyond the nose cone (m), negative when inside.
    #[must_use]
    pub fn protrusion_m(&self) -> f64 {
        self.protrusion_at(self.phase, self.input.depth_m)
    }

    /// Greatest protrusion within the last step (m), exact also when the peak lies inside it.
    #[must_use]
    pub fn peak_protrusion_m(&self) -> f64 {
        if self.was_extended {
            return self.input.depth_m;
        }
        let start = self.protrusion_at(self.start_phase, self.start_depth_m);
        start.max(self.protrusion_m())
    }

    fn protrusion_at(&self, phase: f64, depth_m: f64) -> f64 {
        depth_m - self.params.eccentricity_m * (1.0 - sin_cos(phase).1)
    }

    /// Depth of the tips below the skin (m), negative when above.
    #[must_use]
    pub fn penetration_m(&self) -> f64 {
        self.protrusion_m() - self.input.gap_m
    }

    /// Rate of [`Plant::penetration_m`] (m/s), at a constant depth setting.
    #[must_use]
    pub fn penetration_rate(&self) -> f64 {
        let lever = -self.params.eccentricity_m * sin_cos(self.phase).0;
        lever * self.omega - self.input.gap_rate
    }

    /// Force of the skin on the needles (N); negative while it holds them back.
    #[must_use]
    pub fn skin_force_n(&self) -> f64 {
        let delta = self.penetration_m();
        if delta <= 0.0 {
            return 0.0;
        }
        let skin = &self.constants.skin;
        skin.stiffness * delta - skin.yielded_n(self.yielded_n, delta)
            + skin.damping_at(delta) * self.penetration_rate()
    }

    /// Torque on the rotor without Coulomb friction (N m), and the Coulomb friction (N m).
    ///
    /// At standstill the rotor stays when the first is not above the second in magnitude.
    #[must_use]
    pub fn rest_torque_nm(&self) -> (f64, f64) {
        let lever = -self.params.eccentricity_m * sin_cos(self.phase).0;
        let spring = self.constants.spring_rate * self.protrusion_m()
            + self.constants.spring_preload_n
            + self.params.membrane_damping * lever * self.omega;
        let electrical = self.constants.torque_per_amp * self.current;
        let drag = self.params.motor_damping * self.omega;
        let torque = electrical - drag - lever * (spring + self.skin_force_n());
        (torque, self.constants.friction)
    }

    /// Share of the last step after which the rotor, then turning, first stood still; none if it did
    /// not, or was stopped by a jam.
    #[must_use]
    pub fn standstill_in_step(&self) -> Option<f64> {
        let (start, end) = (self.start_omega, self.undamped_omega);
        (start * end < 0.0 || (end == 0.0 && start != 0.0)).then(|| start / (start - end))
    }

    /// Time from now until a rotor at rest breaks away (s), if the current alone makes it within `h`.
    #[must_use]
    pub fn breakaway_s(&self, h: f64) -> Option<f64> {
        let source = self.source()?;
        let (torque, grip) = self.rest_torque_nm();
        let constant = self.constants.torque_per_amp;
        let settled_a = source.volts / source.ohm;
        let load = torque - constant * self.current;
        let excess = |time: f64| {
            let decay = exp(-time * source.ohm / self.params.winding_h);
            let current = settled_a + (self.current - settled_a) * decay;
            (constant * current + load).abs() - grip
        };
        if excess(0.0) >= 0.0 {
            return Some(0.0);
        }
        let (mut before, mut after) = (0.0, h);
        if excess(after) <= 0.0 {
            return None;
        }
        for _ in 0..60 {
            let middle = 0.5 * (before + after);
            if excess(middle) > 0.0 {
                after = middle;
            } else {
                before = middle;
            }
        }
        Some(after)
    }

    /// The skin as its needles meet it now.
    #[must_use]
    pub const fn skin(&self) -> &super::SkinArray {
        &self.constants.skin
    }

    /// Voltage of the supply at its terminals (V).
    #[must_use]
    pub fn terminal_v(&self) -> f64 {
        self.battery.as_ref().map_or(self.supply_v, |battery| {
            battery.source_v() - battery.ohm * self.supply_a()
        })
    }

    /// Current out of the supply (A).
    #[must_use]
    pub fn supply_a(&self) -> f64 {
        let motor = self
            .source()
            .map_or(0.0, |source| source.duty * self.current);
        if self.battery.is_some() {
            motor + self.params.quiescent_a
        } else {
            motor
        }
    }

    /// The three temperatures.
    #[must_use]
    pub const fn temperatures(&self) -> Temperatures {
        self.temperatures
    }

    /// Starts from other temperatures, as of a pen that was just in use.
    pub fn set_temperatures(&mut self, temperatures: Temperatures) {
        self.temperatures = temperatures;
        if self.is_warming {
            self.constants.warm(&self.params, &temperatures);
        }
    }

    /// The energy ledger as of now.
    #[must_use]
    pub fn energies(&self) -> Energies {
        Energies {
            copper_j: self.energies.copper_j + self.constants.winding_ohm * self.slow.square,
            stored_j: self.kinetic_energy() + self.magnetic_energy() + self.spring_energy(),
            ..self.energies
        }
    }

    pub(super) fn kinetic_energy(&self) -> f64 {
        let lever = self.params.eccentricity_m * sin_cos(self.phase).0;
        let inertia = self.constants.inertia + self.params.plunger_kg * lever * lever;
        0.5 * inertia * self.omega * self.omega
    }

    pub(super) fn magnetic_energy(&self) -> f64 {
        0.5 * self.params.winding_h * self.current * self.current
    }

    pub(super) fn spring_energy(&self) -> f64 {
        let reach = self.protrusion_m();
        reach * (0.5 * self.constants.spring_rate * reach + self.constants.spring_preload_n)
    }
}

/// Runs a pen on battery into skin for so many simulated seconds and returns it: work for a stopwatch.
#[must_use]
pub fn benchmark_plant(seconds: f64) -> Plant {
    let params = Params::default();
    let mut input = PlantInput::idle(params.depth_m);
    input.bridge = Bridge::Drive { duty: 0.6 };
    input.gap_m = 0.0;
    let mut plant = Plant::new(params, Supply::Battery { soc: 0.9 }, PI);
    let mut elapsed = 0.0;
    while elapsed < seconds {
        plant.step(STEP_S, &input);
        elapsed += STEP_S;
    }
    plant
}
