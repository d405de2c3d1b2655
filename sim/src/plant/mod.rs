//! The physical pen: battery, bridge, motor, cam, needle bar, skin and heat.
//!
//! All in SI units and `f64`. [`Plant::step`] advances by a short, usually fixed time:
//!
//! 1. half a step of turning at the present speed leads to the middle of the step,
//! 2. there, one evaluation of geometry and skin gives the torque; the current is solved exactly and
//!    everything linear in the speed implicitly, so that one division yields the new speed,
//! 3. Coulomb friction takes its share of it, at most all (the rotor then sticks),
//! 4. half a step of turning at the new speed completes the step.
//!
//! That is second order, stable for any step length, and needs no search for contact or standstill.
//! Angle 0 is the needle fully out, half a turn fully in. See `docs/simulation.md` for the equations
//! and for measured errors.

mod adjust;
mod circuit;
mod energy;
mod faults;
mod params;
mod skin;
mod state;
mod step;
mod supply;
mod thermal;

pub use energy::Energies;
pub use faults::{BridgeFault, Faults};
pub use params::{Params, ParamsError};
pub use skin::SkinArray;
pub use state::benchmark_plant;
pub use supply::{Supply, open_circuit_v};
pub use thermal::{Heat, Temperatures};

use circuit::{Circuit, Source};
use supply::Battery;

/// The usual step (s).
pub const STEP_S: f64 = 1e-4;

/// A distance to skin that no needle reaches (m): the pen is held in the air.
pub const NO_SKIN_M: f64 = 1.0;

/// Period of the slow states: temperatures, and what depends on them (s).
const SLOW_S: f64 = 1e-3;

/// What the bridge is told to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bridge {
    /// Averaged share of the supply voltage, -1 to 1; negative reverses it. Synchronous drive.
    Drive {
        /// The share.
        duty: f64,
    },
    /// Winding shorted.
    Brake,
    /// Winding open: the current ends at once.
    Coast,
}

/// Everything that acts on the plant from outside during a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlantInput {
    /// Command to the bridge.
    pub bridge: Bridge,
    /// Depth setting: tip protrusion at full extension (m).
    pub depth_m: f64,
    /// Distance from nose cone to skin at the start of the step (m); [`NO_SKIN_M`] for none.
    pub gap_m: f64,
    /// Rate at which that distance grows (m/s).
    pub gap_rate: f64,
}

impl PlantInput {
    /// A pen in the air, its winding open.
    #[must_use]
    pub const fn idle(depth_m: f64) -> Self {
        Self {
            bridge: Bridge::Coast,
            depth_m,
            gap_m: NO_SKIN_M,
            gap_rate: 0.0,
        }
    }
}

/// The state of one pen.
#[derive(Clone, Debug)]
pub struct Plant {
    params: Params,
    faults: Faults,
    supply_v: f64,
    battery: Option<Battery>,
    /// Present input; its gap is kept at the end of the last step.
    input: PlantInput,
    constants: Constants,
    circuit: Circuit,
    current: f64,
    /// Angle within the present turn, -pi to pi.
    phase: f64,
    turns: i32,
    extensions: u32,
    omega: f64,
    /// Mean over the last step (rad/s2): the best guess for the next.
    acceleration: f64,
    /// Elastic force that the skin has yielded, near the end of the last step.
    yielded_n: f64,
    /// Protrusion at the start of the last step, and whether the tips were fully out within it.
    start_phase: f64,
    start_depth_m: f64,
    was_extended: bool,
    /// Speed at the start of the last step, and at its end had friction never turned round.
    start_omega: f64,
    undamped_omega: f64,
    energies: Energies,
    temperatures: Temperatures,
    is_warming: bool,
    slow: Slow,
}

/// What gathers between two moves of the temperatures.
#[derive(Clone, Copy, Debug, Default)]
struct Slow {
    elapsed_s: f64,
    /// Integral of the squared current (A2 s).
    square: f64,
    /// Friction energy of the ledger at the last move (J).
    friction_j: f64,
}

/// Constants of a step that change rarely: with the faults, and with temperature.
#[derive(Clone, Debug)]
struct Constants {
    inertia: f64,
    friction: f64,
    spring_rate: f64,
    spring_preload_n: f64,
    skin: SkinArray,
    winding_ohm: f64,
    torque_per_amp: f64,
    volt_per_speed: f64,
    electronics_ohm: f64,
}

impl Constants {
    fn new(params: &Params, faults: &Faults) -> Self {
        let spring = if faults.spring_broken { 0.0 } else { 1.0 };
        Self {
            inertia: params.rotor_inertia + params.cam_inertia,
            friction: params.motor_friction + params.cam_friction + faults.extra_friction_nm,
            spring_rate: spring * params.spring_rate,
            spring_preload_n: spring * params.spring_preload_n,
            skin: SkinArray::new(params, faults.bluntness),
            winding_ohm: params.winding_ohm,
            torque_per_amp: params.torque_per_amp,
            volt_per_speed: params.volt_per_speed,
            electronics_ohm: params.electronics_ohm(),
        }
    }

    fn warm(&mut self, params: &Params, temperatures: &Temperatures) {
        self.winding_ohm = temperatures.winding_ohm(params);
        let factor = temperatures.magnet_factor(params);
        self.torque_per_amp = params.torque_per_amp * factor;
        self.volt_per_speed = params.volt_per_speed * factor;
    }
}

impl Plant {
    /// A pen at rest with the cam at an angle (rad), everything as warm as the air.
    #[must_use]
    pub fn new(params: Params, supply: Supply, theta_rad: f64) -> Self {
        let faults = Faults::default();
        let (supply_v, battery) = match supply {
            Supply::Constant { volts } => (volts, None),
            Supply::Battery { soc } => (0.0, Some(Battery::new(&params, soc))),
        };
        let temperatures = Temperatures::at_rest(&params);
        let mut constants = Constants::new(&params, &faults);
        constants.warm(&params, &temperatures);
        let mut plant = Self {
            faults,
            supply_v,
            battery,
            input: PlantInput::idle(params.depth_m),
            constants,
            circuit: Circuit::new(params.winding_h),
            current: 0.0,
            phase: theta_rad,
            turns: 0,
            extensions: 0,
            omega: 0.0,
            acceleration: 0.0,
            yielded_n: 0.0,
            start_phase: theta_rad,
            start_depth_m: params.depth_m,
            was_extended: false,
            start_omega: 0.0,
            undamped_omega: 0.0,
            energies: Energies::default(),
            temperatures,
            is_warming: true,
            slow: Slow::default(),
            params,
        };
        plant.wrap();
        plant.start_phase = plant.phase;
        plant
    }

    /// The same pen held at the data sheet's temperature: nothing warms, nothing drifts.
    #[must_use]
    pub fn without_heat(mut self) -> Self {
        self.is_warming = false;
        self.constants = Constants::new(&self.params, &self.faults);
        self
    }

    /// Sets what is broken, from the next step on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.constants = Constants::new(&self.params, &faults);
        if self.is_warming {
            self.constants.warm(&self.params, &self.temperatures);
        }
    }

    /// Applies an input at this instant: a coasting bridge ends the current, a jam the motion.
    ///
    /// [`Plant::step`] does it too; on its own it serves to read the state just after a switch.
    pub fn apply(&mut self, input: &PlantInput) {
        if input.depth_m.to_bits() != self.input.depth_m.to_bits() {
            let before = self.spring_energy();
            self.input.depth_m = input.depth_m;
            self.energies.adjusted_j += self.spring_energy() - before;
        }
        self.input = *input;
        if self.faults.jam && self.omega != 0.0 {
            self.energies.clipped_j += self.kinetic_energy();
            self.omega = 0.0;
            self.acceleration = 0.0;
        }
        if self.current != 0.0 && self.duty().is_none() {
            self.energies.clipped_j += self.magnetic_energy();
            self.current = 0.0;
        }
    }

    /// Share of the supply that the bridge puts before the winding; none when it is open.
    fn duty(&self) -> Option<f64> {
        match (self.faults.bridge, self.input.bridge) {
            (BridgeFault::StuckOn, _) => Some(1.0),
            (BridgeFault::Open, _)
            | (_, Bridge::Coast)
            | (BridgeFault::BrakeOpen, Bridge::Brake) => None,
            (_, Bridge::Brake) => Some(0.0),
            (_, Bridge::Drive { duty }) => Some(duty.clamp(-1.0, 1.0)),
        }
    }

    /// Voltage and resistance before the winding; none when the bridge is open.
    fn source(&self) -> Option<Source> {
        let duty = self.duty()?;
        let ohm = self.constants.winding_ohm + self.constants.electronics_ohm;
        Some(match &self.battery {
            None => Source {
                volts: duty * self.supply_v,
                ohm,
                duty,
            },
            Some(battery) => {
                let open_v = battery.source_v() - battery.ohm * self.params.quiescent_a;
                Source {
                    volts: duty * open_v,
                    ohm: ohm + duty * duty * battery.ohm,
                    duty,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
