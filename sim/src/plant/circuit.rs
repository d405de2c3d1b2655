//! The motor circuit over one step: resistance and inductance solved exactly.
//!
//! The electrical time constant (23.5 us) is shorter than the step, so the current is not stepped
//! but solved: with a speed that changes linearly from `w` by `a t`,
//!
//! ```text
//! i(t) = level + slope t + transient exp(-t/tau)
//! slope = -Ke a / R,  level = (V - Ke w)/R - slope tau,  transient = i(0) - level
//! ```
//!
//! The change of speed is itself unknown until the torque is; as the charge over the step is linear in
//! it, the mechanism solves for both at once.

use crate::math::exp;

/// Voltage and resistance that the winding sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// Averaged voltage in the loop (V).
    pub(super) volts: f64,
    /// All resistance in the loop (ohm).
    pub(super) ohm: f64,
    /// Share of the motor current that the supply carries, with sign.
    pub(super) duty: f64,
}

/// The factors of one step that only depend on its length and on the resistance.
#[derive(Clone, Debug, Default)]
pub(super) struct Circuit {
    h: f64,
    ohm: f64,
    inductance: f64,
    pub(super) per_ohm: f64,
    tau: f64,
    per_h: f64,
    /// What is left of a transient at the end of the step.
    decay: f64,
    /// Integral of a unit transient (s).
    settle: f64,
    /// Charge lost per unit of back-EMF slope and conductance (s2).
    lag: f64,
}

/// What the current did during a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    /// Current at the end (A).
    pub(super) end_a: f64,
    /// Integral of the current (A s).
    pub(super) charge_as: f64,
    /// Integral of its square (A2 s).
    pub(super) square: f64,
}

impl Circuit {
    pub(super) fn new(inductance: f64) -> Self {
        Self {
            inductance,
            ..Self::default()
        }
    }

    /// Recomputes the factors if the step length or the resistance changed.
    #[inline]
    pub(super) fn prepare(&mut self, h: f64, ohm: f64) {
        if h.to_bits() == self.h.to_bits() && ohm.to_bits() == self.ohm.to_bits() {
            return;
        }
        self.recompute(h, ohm);
    }

    #[cold]
    fn recompute(&mut self, h: f64, ohm: f64) {
        self.h = h;
        self.ohm = ohm;
        self.per_h = 1.0 / h;
        self.per_ohm = 1.0 / ohm;
        self.tau = self.inductance * self.per_ohm;
        self.decay = exp(-h / self.tau);
        self.settle = self.tau * (1.0 - self.decay);
        self.lag = 0.5 * h * h - self.tau * (h - self.settle);
    }

    /// Charge that flows if the speed stays as it is (A s).
    pub(super) fn charge_at_constant_speed(&self, current: f64, level: f64) -> f64 {
        level * self.h + (current - level) * self.settle
    }

    /// Charge that a back-EMF rising by 1 V over the step holds back (A s).
    pub(super) fn charge_per_volt_rise(&self) -> f64 {
        self.per_ohm * self.lag * self.per_h
    }

    /// The course of the current from `current`, when `level` is where it would settle at the first
    /// speed and the back-EMF rises by `rise` volts over the step.
    pub(super) fn flow(&self, current: f64, level: f64, rise: f64) -> Flow {
        let (h, tau) = (self.h, self.tau);
        let slope = -rise * self.per_ohm * self.per_h;
        let level = level - slope * tau;
        let transient = current - level;
        let settled = level + slope * h;
        let middle = level + 0.5 * slope * h;
        let spread = slope * h;
        Flow {
            end_a: settled + transient * self.decay,
            charge_as: middle * h + transient * self.settle,
            square: h * (middle * middle + spread * spread * (1.0 / 12.0))
                + transient
                    * (transient * 0.5 * self.settle * (1.0 + self.decay)
                        + 2.0 * level * self.settle
                        + 2.0 * slope * tau * (self.settle - h * self.decay)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Circuit;

    /// Integrates the same circuit in ten thousand small steps.
    fn fine(current: f64, volts: f64, ohm: f64, rise: f64, h: f64) -> (f64, f64, f64) {
        let (mut i, mut charge, mut square) = (current, 0.0, 0.0);
        let n = 10_000_u32;
        let dt = h / f64::from(n);
        for k in 0..n {
            let slope = |i: f64, t: f64| (volts - rise * t / h - ohm * i) / 7e-5;
            let t = f64::from(k) * dt;
            let half = i + 0.5 * dt * slope(i, t);
            let next = i + dt * slope(half, t + 0.5 * dt);
            charge += 0.5 * dt * (i + next);
            square += 0.5 * dt * (i * i + next * next);
            i = next;
        }
        (i, charge, square)
    }

    #[test]
    fn a_step_agrees_with_many_small_ones() {
        for (h, rise, current) in [(1e-4, 0.3, 1.5), (1e-5, -0.05, -0.4), (5e-4, 0.0, 0.0)] {
            let (volts, ohm) = (4.0, 2.98);
            let mut circuit = Circuit::new(7e-5);
            circuit.prepare(h, ohm);
            let flow = circuit.flow(current, volts / ohm, rise);
            let (end, charge, square) = fine(current, volts, ohm, rise, h);
            assert!((flow.end_a - end).abs() < 1e-6, "{} for {end}", flow.end_a);
            assert!((flow.charge_as - charge).abs() < 1e-7 * h / 1e-4);
            assert!(
                (flow.square - square).abs() < 1e-7 * h / 1e-4,
                "{} for {square}",
                flow.square
            );
            let split = circuit.charge_at_constant_speed(current, volts / ohm)
                - rise * circuit.charge_per_volt_rise();
            assert!((split - flow.charge_as).abs() < 1e-15);
        }
    }
}
