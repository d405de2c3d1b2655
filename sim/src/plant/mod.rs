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

mod circuit;
mod energy;
mod faults;
mod params;
mod skin;
mod supply;
mod thermal;

pub use energy::Energies;
pub use faults::{BridgeFault, Faults};
pub use params::{Params, ParamsError};
pub use skin::SkinArray;
pub use supply::{Supply, open_circuit_v};
pub use thermal::{Heat, Temperatures};

use crate::math::{PI, TAU, sin_cos};
use circuit::{Circuit, Flow, Source};
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
    /// Elastic skin force and depth at the middle of the last step.
    elastic_n: f64,
    reach_m: f64,
    /// Protrusion at the start of the last step, and whether the tips were fully out within it.
    start_phase: f64,
    start_depth_m: f64,
    was_extended: bool,
    energies: Energies,
    temperatures: Temperatures,
    is_warming: bool,
    heat: Heat,
    slow_elapsed: f64,
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

/// Geometry and skin at the middle of a step.
struct Middle {
    /// Change of protrusion per angle, and its derivative (m/rad, m/rad2).
    lever: f64,
    bend: f64,
    /// Force on the bar that does not depend on speed (N).
    force_n: f64,
    /// Part of it that comes from the skin (N).
    skin_n: f64,
    /// Damping of the skin (N s/m).
    skin_damping: f64,
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
            elastic_n: 0.0,
            reach_m: 0.0,
            start_phase: theta_rad,
            start_depth_m: params.depth_m,
            was_extended: false,
            energies: Energies::default(),
            temperatures,
            is_warming: true,
            heat: Heat::default(),
            slow_elapsed: 0.0,
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
        }
        if self.current != 0.0 && self.source().is_none() {
            self.energies.clipped_j += self.magnetic_energy();
            self.current = 0.0;
        }
    }

    /// Advances by `h` seconds.
    pub fn step(&mut self, h: f64, input: &PlantInput) {
        self.start_phase = self.phase;
        self.start_depth_m = self.input.depth_m;
        self.apply(input);
        let omega = self.omega;
        let middle = self.middle(h);
        let lever2 = middle.lever * middle.lever;
        let damping = (self.params.membrane_damping + middle.skin_damping) * lever2;
        let drag = self.params.motor_damping + damping;
        let plunger = self.params.plunger_kg;
        let swing = plunger * middle.lever * middle.bend * omega;
        let load = (drag + swing) * omega + middle.lever * middle.force_n;
        let inertia = self.constants.inertia + plunger * lever2 + h * (0.5 * drag + swing);
        let source = self.source();
        let (level, impulse, stiffening) = match source {
            Some(source) => {
                self.circuit.prepare(h, source.ohm);
                let back = self.constants.volt_per_speed * omega;
                let level = (source.volts - back) * self.circuit.per_ohm;
                let kt = self.constants.torque_per_amp;
                let charge = self.circuit.charge_at_constant_speed(self.current, level);
                let rise = self.constants.volt_per_speed * self.circuit.charge_per_volt_rise();
                (level, kt * charge, kt * rise)
            }
            None => (0.0, 0.0, 0.0),
        };
        let new_omega = if self.faults.jam {
            0.0
        } else {
            let mobility = 1.0 / (inertia + stiffening);
            let free = omega + (impulse - h * load) * mobility;
            let grip = h * self.constants.friction * mobility;
            if free > grip {
                free - grip
            } else if free < -grip {
                free + grip
            } else {
                0.0
            }
        };
        let flow = source.map_or_else(Flow::default, |_| {
            let rise = self.constants.volt_per_speed * (new_omega - omega);
            self.circuit.flow(self.current, level, rise)
        });
        self.current = flow.end_a;
        self.omega = new_omega;
        self.turn(0.5 * h * (omega + new_omega));
        let mean = 0.5 * (omega + new_omega);
        self.account(h, mean, &middle, source, &flow);
    }

    /// Geometry, spring and skin half a step ahead; the skin's elastic state moves there.
    fn middle(&mut self, h: f64) -> Middle {
        let (sine, cosine) = sin_cos(self.phase + 0.5 * h * self.omega);
        let e = self.params.eccentricity_m;
        let reach = self.input.depth_m - e * (1.0 - cosine);
        let spring = self.constants.spring_rate * reach + self.constants.spring_preload_n;
        let delta = reach - (self.input.gap_m + 0.5 * h * self.input.gap_rate);
        self.input.gap_m += h * self.input.gap_rate;
        let (lever, bend) = (-e * sine, -e * cosine);
        if delta <= 0.0 {
            self.elastic_n = 0.0;
            self.reach_m = 0.0;
            return Middle {
                lever,
                bend,
                force_n: spring,
                skin_n: 0.0,
                skin_damping: 0.0,
            };
        }
        let skin = &self.constants.skin;
        self.elastic_n = skin.elastic_n(self.elastic_n, self.reach_m, delta);
        self.reach_m = delta;
        let skin_damping = skin.damping_at(delta);
        let skin_n = self.elastic_n - skin_damping * self.input.gap_rate;
        Middle {
            lever,
            bend,
            force_n: spring + skin_n,
            skin_n,
            skin_damping,
        }
    }

    /// Turns the cam; counts turns and full extensions.
    fn turn(&mut self, angle: f64) {
        let before = self.phase;
        self.phase += angle;
        // Small on both sides of zero: through full extension, not through full retraction.
        self.was_extended = before * self.phase <= 0.0 && before != self.phase;
        if self.was_extended && self.phase != 0.0 {
            self.extensions = self.extensions.wrapping_add(1);
        }
        self.wrap();
    }

    /// Brings the angle back to -pi to pi.
    fn wrap(&mut self) {
        while self.phase > PI {
            self.phase -= TAU;
            self.turns = self.turns.wrapping_add(1);
        }
        while self.phase < -PI {
            self.phase += TAU;
            self.turns = self.turns.wrapping_sub(1);
        }
    }

    /// Books charge, energy and heat of a step.
    fn account(&mut self, h: f64, mean: f64, at: &Middle, source: Option<Source>, flow: &Flow) {
        let energies = &mut self.energies;
        let bar_speed = at.lever * mean;
        let rubbing =
            h * mean.abs() * (self.constants.friction + self.params.motor_damping * mean.abs());
        let membrane = h * self.params.membrane_damping * bar_speed * bar_speed;
        energies.friction_j += rubbing + membrane;
        energies.skin_j += h * bar_speed * (at.skin_n + at.skin_damping * bar_speed);
        self.heat.winding += self.constants.winding_ohm * flow.square;
        self.heat.motor += rubbing + membrane;
        self.heat.housing += self.constants.electronics_ohm * flow.square;
        let mut duty = 0.0;
        if let Some(source) = source {
            duty = source.duty;
            energies.supplied_j += source.volts * flow.charge_as;
            energies.resistive_j += source.ohm * flow.square;
            energies.copper_j += self.constants.winding_ohm * flow.square;
        }
        if let Some(battery) = &mut self.battery {
            battery.draw(duty * flow.charge_as + h * self.params.quiescent_a, h);
        }
        self.slow_elapsed += h;
        // Half a step early rather than one late: sums of steps miss the period by rounding.
        if self.slow_elapsed + 0.5 * h >= SLOW_S {
            self.slow_tick();
        }
    }

    /// Moves the temperatures and what depends on them.
    fn slow_tick(&mut self) {
        let time_s = self.slow_elapsed;
        self.slow_elapsed = 0.0;
        if self.is_warming {
            if let Some(battery) = &self.battery {
                self.heat.housing += time_s * self.params.quiescent_a * battery.source_v();
            }
            self.temperatures.advance(&self.params, &self.heat, time_s);
            self.constants.warm(&self.params, &self.temperatures);
        }
        self.heat = Heat::default();
    }

    /// Voltage and resistance that the bridge puts before the winding; none when it is open.
    fn source(&self) -> Option<Source> {
        let duty = match (self.faults.bridge, self.input.bridge) {
            (BridgeFault::StuckOn, _) => 1.0,
            (BridgeFault::Open, _) | (_, Bridge::Coast) => return None,
            (BridgeFault::BrakeOpen, Bridge::Brake) => return None,
            (_, Bridge::Brake) => 0.0,
            (_, Bridge::Drive { duty }) => duty.clamp(-1.0, 1.0),
        };
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

mod state;

pub use state::bench_plant;

#[cfg(test)]
mod tests;
