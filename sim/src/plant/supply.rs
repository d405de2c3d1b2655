//! What feeds the bridge: a bench supply or the battery.

use super::Params;
use crate::math::exp;

/// Source of the drive power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Supply {
    /// A bench supply of the given voltage, without inner resistance.
    Constant {
        /// Voltage at the bridge (V).
        volts: f64,
    },
    /// The pen's battery, rested, at this state of charge (0 empty, 1 full).
    Battery {
        /// State of charge at the start.
        soc: f64,
    },
}

/// A battery: open-circuit curve, series resistance, one slow resistor-capacitor pair.
#[derive(Clone, Debug)]
pub(super) struct Battery {
    /// State of charge, 0 to 1.
    pub(super) soc: f64,
    /// Voltage of the slow pair (V).
    pub(super) slow_v: f64,
    /// Where the curve was last evaluated: charge, voltage, slope.
    tangent: (f64, f64, f64),
    curve: [f64; 4],
    cells: f64,
    /// Series resistance (ohm).
    pub(super) ohm: f64,
    /// By how much a fault lowers the voltage (V).
    pub(super) sag_v: f64,
    per_charge: f64,
    per_farad: f64,
    slow_rate: f64,
}

/// The curve is followed along its tangent for this much charge; the error stays below 0.1 uV.
const TANGENT_REACH: f64 = 2e-5;

impl Battery {
    pub(super) fn new(params: &Params, soc: f64) -> Self {
        let mut battery = Self {
            soc,
            slow_v: 0.0,
            tangent: (soc, 0.0, 0.0),
            curve: params.ocv,
            cells: params.cells,
            ohm: params.battery_ohm,
            sag_v: 0.0,
            per_charge: 1.0 / params.battery_as,
            per_farad: 1.0 / params.battery_slow_f,
            slow_rate: 1.0 / (params.battery_slow_ohm * params.battery_slow_f),
        };
        battery.lay_tangent();
        battery
    }

    /// Voltage before the series resistance (V).
    pub(super) fn source_v(&self) -> f64 {
        let (soc, volts, slope) = self.tangent;
        volts + slope * (self.soc - soc) - self.slow_v - self.sag_v
    }

    /// Takes out a charge (A s) spread over a time (s). An empty battery stays at its lowest voltage.
    #[inline]
    pub(super) fn draw(&mut self, charge_as: f64, h: f64) {
        self.slow_v += charge_as * self.per_farad - h * self.slow_rate * self.slow_v;
        self.soc = (self.soc - charge_as * self.per_charge).max(0.0);
        if (self.soc - self.tangent.0).abs() > TANGENT_REACH {
            self.lay_tangent();
        }
    }

    /// Becomes a rested battery at this state of charge.
    pub(super) fn recharge(&mut self, soc: f64) {
        self.soc = soc;
        self.slow_v = 0.0;
        self.lay_tangent();
    }

    #[cold]
    fn lay_tangent(&mut self) {
        let [base, linear, knee, sharpness] = self.curve;
        let bend = knee * exp(-sharpness * self.soc);
        self.tangent = (
            self.soc,
            self.cells * (base + linear * self.soc - bend),
            self.cells * (linear + sharpness * bend),
        );
    }
}

/// Open-circuit voltage of the whole battery at a state of charge (V).
#[must_use]
pub fn open_circuit_v(params: &Params, soc: f64) -> f64 {
    let [base, linear, knee, sharpness] = params.ocv;
    params.cells * (base + linear * soc - knee * exp(-sharpness * soc))
}

#[cfg(test)]
mod tests {
    use super::{Battery, open_circuit_v};
    use crate::plant::Params;

    #[test]
    fn the_tangent_follows_the_curve_down_to_empty() {
        let params = Params::default();
        let mut battery = Battery::new(&params, 0.1);
        while battery.soc > 0.0 {
            battery.draw(0.003, 0.001);
            let error = battery.source_v() + battery.slow_v - open_circuit_v(&params, battery.soc);
            assert!(error.abs() < 1e-6, "off by {error} V at {}", battery.soc);
        }
        battery.draw(1.0, 0.001);
        assert_eq!(battery.soc.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_slow_pair_settles_at_its_resistance() {
        let params = Params::default();
        let mut battery = Battery::new(&params, 0.9);
        for _ in 0..200_000 {
            battery.draw(1e-3, 1e-3);
        }
        assert!((battery.slow_v - params.battery_slow_ohm).abs() < 1e-4);
    }
}
