//! One step of the plant.

use super::circuit::{Flow, Source};
use super::{Heat, Plant, PlantInput, SLOW_S, Slow};
use crate::math::{PI, TAU, sin_cos_near};

/// Pieces of a step in contact: skin yields and damps within less depth than a step covers.
const PIECES: usize = 4;
/// Middles of the pieces, as shares of the step from its own middle.
const TIMES: [f64; PIECES] = [-0.375, -0.125, 0.125, 0.375];

/// Mean over the pieces, summed in pairs: the sums of a pair do not wait for one another.
fn mean(pieces: [f64; PIECES]) -> f64 {
    let [a, b, c, d] = pieces;
    0.25 * ((a + b) + (c + d))
}

/// Geometry, spring and skin at the middle of a step.
struct Middle {
    /// Change of protrusion per angle, and its derivative (m/rad, m/rad2).
    lever: f64,
    bend: f64,
    /// Force of the spring on the bar (N).
    spring_n: f64,
    /// The skin's mean resistance: its part without speed (N m), and per speed (N m s/rad).
    skin_nm: f64,
    skin_drag: f64,
    /// Its first moment about the middle of the step (N m s): what acts late has turned the cam less.
    skin_lead: f64,
}

impl Plant {
    /// Advances by `h` seconds.
    pub fn step(&mut self, h: f64, input: &PlantInput) {
        self.start_phase = self.phase;
        self.start_depth_m = self.input.depth_m;
        self.apply(input);
        let omega = self.omega;
        // Early, so that nothing waits for the division.
        let per_h = 1.0 / h;
        let middle = self.middle(h);
        let lever2 = middle.lever * middle.lever;
        let damping = self.params.membrane_damping * lever2 + middle.skin_drag;
        let drag = self.params.motor_damping + damping;
        let plunger = self.params.plunger_kg;
        let swing = plunger * middle.lever * middle.bend * omega;
        let load = (drag + swing) * omega + middle.lever * middle.spring_n + middle.skin_nm;
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
        self.start_omega = omega;
        self.undamped_omega = omega;
        let mobility = if self.faults.jam {
            0.0
        } else {
            1.0 / (inertia + stiffening)
        };
        let free = omega + (impulse - h * load) * mobility;
        let new_omega = self.rub(omega, free, h * self.constants.friction * mobility);
        let flow = source.map_or_else(Flow::default, |_| {
            let rise = self.constants.volt_per_speed * (new_omega - omega);
            self.circuit.flow(self.current, level, rise)
        });
        self.current = flow.end_a;
        self.omega = new_omega;
        let mean = 0.5 * (omega + new_omega);
        // A rotor that rests does not creep.
        let lead = if omega == 0.0 {
            0.0
        } else {
            mobility * middle.skin_lead
        };
        self.turn(h * (mean + lead));
        self.acceleration = (new_omega - omega) * per_h;
        self.account(h, mean, &middle, source, &flow);
    }

    /// Speed after Coulomb friction, which opposes the motion and takes at most `grip` of speed.
    ///
    /// Where the rotor would turn back, friction turns round with it; what is then left of the step
    /// moves it the other way, or it sticks.
    fn rub(&mut self, omega: f64, free: f64, grip: f64) -> f64 {
        if omega == 0.0 {
            return if free.abs() > grip {
                free - grip.copysign(free)
            } else {
                0.0
            };
        }
        let grip = grip.copysign(omega);
        let end = free - grip;
        self.undamped_omega = end;
        if omega * end > 0.0 {
            return end;
        }
        let left = 1.0 - omega / (omega - end);
        let back = left * (free + grip - omega);
        if omega * back < 0.0 { back } else { 0.0 }
    }

    /// Geometry and spring half a step ahead, skin all along the step.
    fn middle(&mut self, h: f64) -> Middle {
        let (sine, cosine) =
            sin_cos_near(self.phase + 0.5 * h * (self.omega + 0.25 * h * self.acceleration));
        let e = self.params.eccentricity_m;
        let gap_rate = self.input.gap_rate;
        // Sums that do not know the angle come first, for the same reason as above.
        let axis = self.input.depth_m - e;
        let rate = self.constants.spring_rate;
        let level_n = rate * axis + self.constants.spring_preload_n;
        let level = axis - (self.input.gap_m + 0.5 * h * gap_rate);
        let (lever, bend) = (-e * sine, -e * cosine);
        let spring_n = level_n - rate * bend;
        let delta = level - bend;
        let mut middle = Middle {
            lever,
            bend,
            spring_n,
            skin_nm: 0.0,
            skin_drag: 0.0,
            skin_lead: 0.0,
        };
        self.input.gap_m += h * gap_rate;
        let margin = 0.5 * h * ((lever * self.omega).abs() + gap_rate.abs());
        if delta + margin > 0.0 {
            self.press(h, delta, &mut middle);
        } else {
            self.yielded_n = 0.0;
        }
        middle
    }

    /// Moves the needles through the skin, along the parabola that touches their path in the middle.
    fn press(&mut self, h: f64, delta: f64, middle: &mut Middle) {
        let skin = self.constants.skin;
        let gap_rate = self.input.gap_rate;
        let omega = self.omega + 0.5 * h * self.acceleration;
        let (mut lever, mut depth) = ([0.0; PIECES], [0.0; PIECES]);
        for ((lever, depth), share) in lever.iter_mut().zip(&mut depth).zip(TIMES) {
            let time = share * h;
            let angle = (omega + 0.5 * self.acceleration * time) * time;
            let bow = angle * angle;
            *lever = middle.lever * (1.0 - 0.5 * bow) + middle.bend * angle;
            *depth = delta
                + middle.lever * angle * (1.0 - bow * (1.0 / 6.0))
                + (0.5 * middle.bend * bow - gap_rate * time);
        }
        let (mut damping, mut force) = ([0.0; PIECES], [0.0; PIECES]);
        for ((damping, force), depth) in damping.iter_mut().zip(&mut force).zip(depth) {
            let reach_m = if depth > 0.0 { depth } else { 0.0 };
            *damping = skin.damping_at(reach_m);
            *force = skin.stiffness * reach_m - *damping * gap_rate;
        }
        for (force, depth) in force.iter_mut().zip(depth) {
            self.yielded_n = skin.yielded_n(self.yielded_n, depth);
            *force -= self.yielded_n;
        }
        let (mut push, mut drag, mut lead) = ([0.0; PIECES], [0.0; PIECES], [0.0; PIECES]);
        for k in 0..PIECES {
            push[k] = lever[k] * force[k];
            drag[k] = lever[k] * lever[k] * damping[k];
            lead[k] = TIMES[k] * (push[k] + drag[k] * omega);
        }
        middle.skin_nm = mean(push);
        middle.skin_drag = mean(drag);
        middle.skin_lead = h * mean(lead);
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
    pub(super) fn wrap(&mut self) {
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
        energies.skin_j += h * mean * (at.skin_nm + at.skin_drag * mean);
        self.slow.square += flow.square;
        let mut duty = 0.0;
        if let Some(source) = source {
            duty = source.duty;
            energies.supplied_j += source.volts * flow.charge_as;
            energies.resistive_j += source.ohm * flow.square;
        }
        if let Some(battery) = &mut self.battery {
            battery.draw(duty * flow.charge_as + h * self.params.quiescent_a, h);
        }
        self.slow.elapsed_s += h;
        // Half a step early rather than one late: sums of steps miss the period by rounding.
        if self.slow.elapsed_s + 0.5 * h >= SLOW_S {
            self.slow_tick();
        }
    }

    /// Moves the temperatures and what depends on them.
    fn slow_tick(&mut self) {
        let slow = self.slow;
        self.slow = Slow {
            friction_j: self.energies.friction_j,
            ..Slow::default()
        };
        let copper_j = self.constants.winding_ohm * slow.square;
        self.energies.copper_j += copper_j;
        if !self.is_warming {
            return;
        }
        let idle_w = self
            .battery
            .as_ref()
            .map_or(0.0, |battery| battery.source_v() * self.params.quiescent_a);
        let heat = Heat {
            winding: copper_j,
            motor: self.energies.friction_j - slow.friction_j,
            housing: self.constants.electronics_ohm * slow.square + slow.elapsed_s * idle_w,
        };
        self.temperatures
            .advance(&self.params, &heat, slow.elapsed_s);
        self.constants.warm(&self.params, &self.temperatures);
    }
}
