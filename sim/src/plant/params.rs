//! Every physical constant of the plant, with its unit and its source.
//!
//! The names in JSON are those of the reference data's `plant.json`; the names in code say what they
//! mean. "1331T data sheet" is that of the FAULHABER 1331T 006 SR coreless motor. "Assumed" marks a
//! figure of plausible size that nobody has measured on this device.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The constants of one pen, in SI units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Nominal motor voltage (V). Source: 1331T data sheet.
    #[serde(rename = "U_N")]
    pub nominal_v: f64,
    /// Winding resistance at the reference temperature (ohm). Source: 1331T data sheet.
    #[serde(rename = "R")]
    pub winding_ohm: f64,
    /// Winding inductance (H). Source: 1331T data sheet.
    #[serde(rename = "L")]
    pub winding_h: f64,
    /// Torque constant (N m/A). Source: 1331T data sheet.
    #[serde(rename = "Kt")]
    pub torque_per_amp: f64,
    /// Back-EMF constant (V s/rad). Source: 1331T data sheet, equal to the torque constant.
    #[serde(rename = "Ke")]
    pub volt_per_speed: f64,
    /// Inertia of the rotor (kg m2). Source: 1331T data sheet.
    #[serde(rename = "J_r")]
    pub rotor_inertia: f64,
    /// Coulomb friction of the motor (N m). Source: 1331T data sheet, split off the no-load current.
    #[serde(rename = "T_cm")]
    pub motor_friction: f64,
    /// Viscous friction of the motor (N m s/rad). Source: 1331T data sheet, the rest of the no-load current.
    #[serde(rename = "b")]
    pub motor_damping: f64,
    /// Resistance of one bridge transistor; two conduct at a time (ohm). Source: assumed.
    #[serde(rename = "R_fet")]
    pub transistor_ohm: f64,
    /// Current shunt (ohm). Source: assumed.
    #[serde(rename = "R_sh")]
    pub shunt_ohm: f64,
    /// Inertia of eccentric and counterweight (kg m2). Source: assumed.
    #[serde(rename = "J_c")]
    pub cam_inertia: f64,
    /// Mass of plunger and needle module (kg). Source: assumed.
    #[serde(rename = "m")]
    pub plunger_kg: f64,
    /// Eccentricity, half the stroke (m). Source: assumed, 2.5 mm stroke.
    #[serde(rename = "e")]
    pub eccentricity_m: f64,
    /// Coulomb friction of the mechanism (N m). Source: assumed.
    #[serde(rename = "T_cc")]
    pub cam_friction: f64,
    /// Damping of the cartridge membrane along the stroke (N s/m). Source: assumed.
    #[serde(rename = "c_m")]
    pub membrane_damping: f64,
    /// Rate of the return spring (N/m). Source: assumed.
    #[serde(rename = "k_s")]
    pub spring_rate: f64,
    /// Spring force when the tips are level with the nose cone (N). Source: assumed.
    #[serde(rename = "F0")]
    pub spring_preload_n: f64,
    /// Depth setting: tip protrusion at full extension (m). A default; it may change at run time.
    #[serde(rename = "d")]
    pub depth_m: f64,
    /// Number of needles. Source: a common cartridge.
    #[serde(rename = "N")]
    pub needles: f64,
    /// Stiffness of skin per needle (N/m). Source: assumed.
    #[serde(rename = "k_n")]
    pub needle_stiffness: f64,
    /// Puncture force per needle (N). Source: Roemgens 2014, doi 10.1016/j.jmbbm.2014.09.015.
    #[serde(rename = "Fp_n")]
    pub needle_puncture_n: f64,
    /// Shaft friction per needle and depth (N/m). Source: assumed.
    #[serde(rename = "fr_n")]
    pub needle_friction: f64,
    /// Damping of skin per needle (N s/m). Source: assumed.
    #[serde(rename = "c_n")]
    pub needle_damping: f64,
    /// Depth at which half of the damping acts (m). Source: a smoothing choice of the reference.
    #[serde(rename = "dc")]
    pub damping_depth_m: f64,
    /// Charge of the battery (A s). Source: assumed, 0.8 Ah.
    #[serde(rename = "Q")]
    pub battery_as: f64,
    /// Series resistance of the battery (ohm). Source: assumed; 0.45 for an aged one.
    #[serde(rename = "R0")]
    pub battery_ohm: f64,
    /// Resistance of the slow pair (ohm). Source: assumed.
    #[serde(rename = "R1")]
    pub battery_slow_ohm: f64,
    /// Capacitance of the slow pair (F). Source: assumed, 15 s.
    #[serde(rename = "C1")]
    pub battery_slow_f: f64,
    /// Current of the electronics (A). Source: assumed.
    #[serde(rename = "Iq")]
    pub quiescent_a: f64,
    /// Open-circuit voltage of a cell: `[a, b, c, k]` in `a + b s - c exp(-k s)` (V). Source: assumed.
    pub ocv: [f64; 4],
    /// Cells in series. Source: assumed.
    #[serde(rename = "ns")]
    pub cells: f64,
    /// Thermal resistance winding to motor housing (K/W). Source: 1331T data sheet.
    #[serde(rename = "Rth1")]
    pub winding_motor_k_per_w: f64,
    /// Heat capacity of the winding (J/K). Source: 1331T data sheet, from its time constant of 5 s.
    #[serde(rename = "Cw")]
    pub winding_j_per_k: f64,
    /// Heat capacity of the motor (J/K). Source: 1331T data sheet, from its time constant of 190 s.
    #[serde(rename = "Cm")]
    pub motor_j_per_k: f64,
    /// Thermal resistance motor to pen housing (K/W). Source: assumed.
    #[serde(rename = "R_mh")]
    pub motor_housing_k_per_w: f64,
    /// Heat capacity of the pen housing (J/K). Source: assumed.
    #[serde(rename = "Ch")]
    pub housing_j_per_k: f64,
    /// Thermal resistance pen housing to air (K/W). Source: assumed.
    #[serde(rename = "R_ha")]
    pub housing_air_k_per_w: f64,
    /// Temperature of the air (degC).
    #[serde(rename = "Ta")]
    pub air_c: f64,
    /// Relative change of the winding resistance (1/K). Source: copper.
    #[serde(rename = "a_cu")]
    pub copper_per_k: f64,
    /// Relative change of both motor constants (1/K). Source: the magnet's data class.
    #[serde(rename = "a_k")]
    pub magnet_per_k: f64,
    /// Temperature at which the data sheet holds (degC). Source: 1331T data sheet.
    #[serde(rename = "T_ref")]
    pub reference_c: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            nominal_v: 6.0,
            winding_ohm: 2.83,
            winding_h: 7e-5,
            torque_per_amp: 5.35e-3,
            volt_per_speed: 5.35e-3,
            rotor_inertia: 7.1e-8,
            motor_friction: 8e-5,
            motor_damping: 3.4e-8,
            transistor_ohm: 0.05,
            shunt_ohm: 0.05,
            cam_inertia: 3e-8,
            plunger_kg: 3e-4,
            eccentricity_m: 1.25e-3,
            cam_friction: 1e-4,
            membrane_damping: 0.05,
            spring_rate: 100.0,
            spring_preload_n: 0.35,
            depth_m: 1e-3,
            needles: 36.0,
            needle_stiffness: 166.666_666_666_666_7,
            needle_puncture_n: 0.05,
            needle_friction: 30.0,
            needle_damping: 0.01,
            damping_depth_m: 5e-5,
            battery_as: 2_880.0,
            battery_ohm: 0.16,
            battery_slow_ohm: 0.08,
            battery_slow_f: 187.5,
            quiescent_a: 0.015,
            ocv: [3.45, 0.72, 0.45, 20.0],
            cells: 2.0,
            winding_motor_k_per_w: 6.0,
            winding_j_per_k: 0.833_333_333_333_333_4,
            motor_j_per_k: 7.6,
            motor_housing_k_per_w: 8.0,
            housing_j_per_k: 70.0,
            housing_air_k_per_w: 12.0,
            air_c: 25.0,
            copper_per_k: 3.9e-3,
            magnet_per_k: -1.1e-3,
            reference_c: 22.0,
        }
    }
}

/// A set of constants that cannot describe a pen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParamsError {
    /// The override names no constant.
    #[error("unknown plant parameter `{name}`; known are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// All names, comma separated.
        known: String,
    },
    /// The value has the wrong type, or a constant is missing.
    #[error("plant parameters: {0}")]
    Malformed(String),
    /// The value is not possible for this constant.
    #[error("plant parameter `{name}` is {value}, which must be {allowed}")]
    Impossible {
        /// Name as in JSON.
        name: String,
        /// What was found.
        value: f64,
        /// What would be accepted.
        allowed: &'static str,
    },
}

/// Constants by which something is divided.
const POSITIVE: [&str; 16] = [
    "R", "L", "Kt", "Ke", "J_r", "e", "dc", "Q", "R1", "C1", "Rth1", "Cw", "Cm", "R_mh", "Ch",
    "R_ha",
];

/// Constants that may have either sign, or any temperature.
const SIGNED: [&str; 5] = ["d", "Ta", "a_cu", "a_k", "T_ref"];

impl Params {
    /// Reads a `plant.json`: an object whose `plant` member names every constant.
    ///
    /// # Errors
    ///
    /// When the text is no JSON, a constant is missing, unknown, or impossible.
    pub fn from_plant_json(text: &str) -> Result<Self, ParamsError> {
        /// The file around the constants; the derived figures are for human readers.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            plant: Map<String, Value>,
            #[serde(rename = "units")]
            _units: Option<String>,
            #[serde(rename = "derived")]
            _derived: Option<Map<String, Value>>,
        }
        let file: File = serde_json::from_str(text)
            .map_err(|error| ParamsError::Malformed(error.to_string()))?;
        let known = Self::default().to_map()?;
        if let Some(name) = file.plant.keys().find(|name| !known.contains_key(*name)) {
            return Err(ParamsError::Unknown {
                name: name.clone(),
                known: names(&known),
            });
        }
        Self::from_map(file.plant)
    }

    /// Returns these constants with some of them replaced, by their names in JSON.
    ///
    /// # Errors
    ///
    /// When a name is unknown or a value impossible.
    pub fn with_overrides(&self, overrides: &Map<String, Value>) -> Result<Self, ParamsError> {
        let mut map = self.to_map()?;
        for (name, value) in overrides {
            if !map.contains_key(name) {
                return Err(ParamsError::Unknown {
                    name: name.clone(),
                    known: names(&map),
                });
            }
            map.insert(name.clone(), value.clone());
        }
        Self::from_map(map)
    }

    /// Resistance of the motor circuit at the reference temperature (ohm).
    #[must_use]
    pub fn circuit_ohm(&self) -> f64 {
        self.winding_ohm + self.electronics_ohm()
    }

    /// Resistance of bridge and shunt (ohm).
    #[must_use]
    pub fn electronics_ohm(&self) -> f64 {
        2.0 * self.transistor_ohm + self.shunt_ohm
    }

    fn to_map(&self) -> Result<Map<String, Value>, ParamsError> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(other) => Err(ParamsError::Malformed(format!("not an object: {other}"))),
            Err(error) => Err(ParamsError::Malformed(error.to_string())),
        }
    }

    fn from_map(map: Map<String, Value>) -> Result<Self, ParamsError> {
        for (name, value) in &map {
            let Some(value) = value.as_f64() else {
                continue;
            };
            let impossible = |allowed| {
                Err(ParamsError::Impossible {
                    name: name.clone(),
                    value,
                    allowed,
                })
            };
            if POSITIVE.contains(&name.as_str()) && value <= 0.0 {
                return impossible("above 0");
            }
            if !SIGNED.contains(&name.as_str()) && value < 0.0 {
                return impossible("0 or above");
            }
        }
        serde_json::from_value(Value::Object(map))
            .map_err(|error| ParamsError::Malformed(error.to_string()))
    }
}

fn names(map: &Map<String, Value>) -> String {
    map.keys().cloned().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Params, ParamsError};
    use serde_json::json;

    fn overridden(value: serde_json::Value) -> Result<Params, ParamsError> {
        Params::default().with_overrides(value.as_object().unwrap())
    }

    #[test]
    fn an_override_changes_exactly_one_constant() {
        let params = overridden(json!({"d": 0.002})).unwrap();
        assert_eq!(
            params,
            Params {
                depth_m: 0.002,
                ..Params::default()
            }
        );
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let text = overridden(json!({"kt": 1.0})).unwrap_err().to_string();
        assert!(text.contains("`kt`") && text.contains("Kt"), "{text}");
    }

    #[test]
    fn an_impossible_value_is_refused() {
        for bad in [
            json!({"L": 0.0}),
            json!({"R_sh": -1.0}),
            json!({"J_r": -1e-9}),
        ] {
            assert!(matches!(
                overridden(bad),
                Err(ParamsError::Impossible { .. })
            ));
        }
        for bad in [
            json!({"L": "much"}),
            json!({"ocv": [1.0]}),
            json!({"N": null}),
        ] {
            assert!(matches!(overridden(bad), Err(ParamsError::Malformed(_))));
        }
    }
}
