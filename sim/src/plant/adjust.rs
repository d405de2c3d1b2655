//! What may change on a running pen: cartridge and battery.

use super::{Constants, Plant};

impl Plant {
    /// Puts in a cartridge with this many needles; 0 for none.
    pub fn set_needles(&mut self, needles: u32) {
        self.params.needles = f64::from(needles);
        self.constants = Constants::new(&self.params, &self.faults);
        if self.is_warming {
            self.constants.warm(&self.params, &self.temperatures);
        }
    }

    /// Puts in a battery at this state of charge, rested; nothing happens on a bench supply.
    pub fn set_soc(&mut self, soc: f64) {
        if let Some(battery) = &mut self.battery {
            battery.recharge(soc.clamp(0.0, 1.0));
        }
    }

    /// Multiplies the battery's series resistance as built, and lowers its voltage (V).
    pub fn weaken_battery(&mut self, resistance_factor: f64, sag_v: f64) {
        if let Some(battery) = &mut self.battery {
            battery.ohm = self.params.battery_ohm * resistance_factor.max(0.0);
            battery.sag_v = sag_v;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::math::PI;
    use crate::plant::{Bridge, Params, Plant, PlantInput, STEP_S, Supply};

    fn driven(prepare: impl FnOnce(&mut Plant)) -> Plant {
        let params = Params::default();
        let mut input = PlantInput::idle(params.depth_m);
        input.bridge = Bridge::Drive { duty: 0.6 };
        input.gap_m = 0.0;
        let mut plant = Plant::new(params, Supply::Battery { soc: 0.9 }, PI);
        prepare(&mut plant);
        (0..5_000).for_each(|_| plant.step(STEP_S, &input));
        plant
    }

    #[test]
    fn fewer_needles_brake_less() {
        let full = driven(|_| ()).rate_hz();
        let none = driven(|plant| plant.set_needles(0)).rate_hz();
        assert!(
            none > full + 2.0,
            "{full} Hz with 36 needles, {none} Hz with none"
        );
    }

    #[test]
    fn a_weak_battery_gives_less() {
        let healthy = driven(|_| ()).terminal_v();
        let aged = driven(|plant| plant.weaken_battery(10.0, 0.0)).terminal_v();
        let sagging = driven(|plant| plant.weaken_battery(1.0, 1.0)).terminal_v();
        let empty = driven(|plant| plant.set_soc(0.05)).terminal_v();
        assert!(aged < healthy - 0.05, "{healthy} V, aged {aged} V");
        assert!(
            (healthy - 1.0 - sagging).abs() < 0.05,
            "{healthy} V, sagging {sagging} V"
        );
        assert!(empty < healthy - 0.8, "{healthy} V, empty {empty} V");
    }
}
