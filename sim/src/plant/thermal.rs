//! Heat: winding, motor housing and pen housing, each one temperature.

use super::Params;

/// Temperatures of the three bodies (degC).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temperatures {
    /// The copper.
    pub winding_c: f64,
    /// The motor's own housing and magnet.
    pub motor_c: f64,
    /// The pen's housing, which is held.
    pub housing_c: f64,
}

/// Heat that flows into each body (W), or was made in it (J).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heat {
    /// Copper loss.
    pub winding: f64,
    /// Friction of motor and mechanism.
    pub motor: f64,
    /// Loss in bridge, shunt and electronics.
    pub housing: f64,
}

impl Temperatures {
    /// Everything as warm as the air.
    #[must_use]
    pub fn at_rest(params: &Params) -> Self {
        Self {
            winding_c: params.air_c,
            motor_c: params.air_c,
            housing_c: params.air_c,
        }
    }

    /// Rate of change of the three (K/s) when this much power is turned into heat.
    #[must_use]
    pub fn rate(&self, params: &Params, power_w: &Heat) -> [f64; 3] {
        let inner_w = (self.winding_c - self.motor_c) / params.winding_motor_k_per_w;
        let outer_w = (self.motor_c - self.housing_c) / params.motor_housing_k_per_w;
        let lost_w = (self.housing_c - params.air_c) / params.housing_air_k_per_w;
        [
            (power_w.winding - inner_w) / params.winding_j_per_k,
            (power_w.motor + inner_w - outer_w) / params.motor_j_per_k,
            (power_w.housing + outer_w - lost_w) / params.housing_j_per_k,
        ]
    }

    /// Advances by a short time in which this much heat was made (J).
    pub(super) fn advance(&mut self, params: &Params, heat_j: &Heat, time_s: f64) {
        let power = Heat {
            winding: heat_j.winding / time_s,
            motor: heat_j.motor / time_s,
            housing: heat_j.housing / time_s,
        };
        let [winding, motor, housing] = self.rate(params, &power);
        self.winding_c += time_s * winding;
        self.motor_c += time_s * motor;
        self.housing_c += time_s * housing;
    }

    /// Resistance of the winding at its temperature (ohm).
    #[must_use]
    pub fn winding_ohm(&self, params: &Params) -> f64 {
        params.winding_ohm * (1.0 + params.copper_per_k * (self.winding_c - params.reference_c))
    }

    /// Factor on both motor constants at the magnet's temperature.
    #[must_use]
    pub fn magnet_factor(&self, params: &Params) -> f64 {
        1.0 + params.magnet_per_k * (self.motor_c - params.reference_c)
    }
}

#[cfg(test)]
mod tests {
    use super::{Heat, Temperatures};
    use crate::plant::Params;

    #[test]
    fn steady_temperatures_follow_from_the_resistances() {
        let params = Params::default();
        let mut body = Temperatures::at_rest(&params);
        let heat = Heat {
            winding: 0.5e-2,
            motor: 0.2e-2,
            housing: 0.1e-2,
        };
        for _ in 0..1_000_000 {
            body.advance(&params, &heat, 0.01);
        }
        let housing_c = 25.0 + 12.0 * 0.8;
        let motor_c = housing_c + 8.0 * 0.7;
        assert!((body.housing_c - housing_c).abs() < 1e-2, "{body:?}");
        assert!((body.motor_c - motor_c).abs() < 1e-2, "{body:?}");
        assert!(
            (body.winding_c - motor_c - 6.0 * 0.5).abs() < 1e-2,
            "{body:?}"
        );
    }

    #[test]
    fn warm_copper_resists_more_and_warm_magnets_pull_less() {
        let params = Params::default();
        let warm = Temperatures {
            winding_c: 122.0,
            motor_c: 72.0,
            housing_c: 30.0,
        };
        assert!((warm.winding_ohm(&params) / 2.83 - 1.39).abs() < 1e-12);
        assert!((warm.magnet_factor(&params) - 0.945).abs() < 1e-12);
    }
}
