//! What a scenario file says.

use super::ReferenceError;
use super::fields::{Fields, number, within, wrong_type};
use crate::plant::{Params, Supply};
use serde_json::Value;

/// Fields of either kind of scenario.
const COMMON: [&str; 7] = [
    "name",
    "what",
    "supply",
    "plant",
    "skin",
    "t_end_s",
    "averaged_thermal",
];
/// Fields of a scenario that follows every stroke.
const DYNAMIC: [&str; 8] = [
    "theta0_rad",
    "gap_m",
    "bridge",
    "duty",
    "jam_at_s",
    "record_from_s",
    "controller",
    "ends_at",
];
/// Fields of a cycle-averaged thermal scenario.
const SOAK: [&str; 4] = ["rate_hz", "Ta_C", "T_load_mNm", "T_fric_mNm"];

/// The kind of a scenario and all it says.
#[derive(Clone, Debug)]
pub(super) enum Scenario {
    /// Follows every stroke.
    Dynamic(Box<Dynamic>),
    /// Averages over the strokes and follows the heat.
    Soak(Box<Soak>),
}

/// A word of the bridge schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Drive,
    Open,
    Coast,
    Brake,
    Plug,
}

/// A discrete proportional-integral regulator of the speed.
#[derive(Clone, Debug)]
pub(super) struct Controller {
    pub(super) period_s: f64,
    pub(super) kp: f64,
    pub(super) ki: f64,
    pub(super) kff: f64,
    pub(super) omega_ref: Vec<(f64, f64)>,
}

#[derive(Clone, Debug)]
pub(super) struct Dynamic {
    pub(super) params: Params,
    pub(super) supply: Supply,
    pub(super) theta0: f64,
    pub(super) t_end: f64,
    pub(super) record_from: f64,
    /// Distance to skin over time; none without skin.
    pub(super) gap: Option<Vec<(f64, f64)>>,
    pub(super) bridge: Vec<(f64, Word)>,
    pub(super) duty: f64,
    pub(super) jam_at: Option<f64>,
    pub(super) controller: Option<Controller>,
    pub(super) ends_at_standstill: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Soak {
    /// Constants, with the scenario's air temperature.
    pub(super) params: Params,
    pub(super) supply: Supply,
    pub(super) omega: f64,
    pub(super) t_end: f64,
    /// Mean torque beyond `friction_nm`: membrane and, in skin, needles (N m).
    pub(super) load_nm: f64,
    /// Mean friction of motor and mechanism (N m).
    pub(super) friction_nm: f64,
}

impl Scenario {
    pub(super) fn read(scenario: &str, plant: &str) -> Result<Self, ReferenceError> {
        let plant = Params::from_plant_json(plant)?;
        let value: Value = serde_json::from_str(scenario)
            .map_err(|error| ReferenceError::NotAnObject(error.to_string()))?;
        if !value.is_object() {
            return Err(ReferenceError::NotAnObject(format!("found {value}")));
        }
        let all = [COMMON.as_slice(), &DYNAMIC, &SOAK].concat();
        let fields = Fields::new("scenario", &value, &all)?;
        for name in ["name", "what"] {
            if fields.get(name).is_some() {
                fields.text(name, "")?;
            }
        }
        let is_soak = match fields.get("averaged_thermal") {
            None => false,
            Some(_) => fields.flag("averaged_thermal", "")?,
        };
        let strangers: &[&str] = if is_soak { &DYNAMIC } else { &SOAK };
        if let Some(name) = strangers.iter().find(|name| fields.get(name).is_some()) {
            return Err(ReferenceError::Contradiction {
                field: format!("scenario.{name}"),
                other: format!("averaged_thermal = {is_soak}"),
                why: if is_soak {
                    "an averaged thermal scenario knows no single stroke"
                } else {
                    "only an averaged thermal scenario has it"
                },
            });
        }
        let params = match fields.get("plant") {
            None => plant,
            Some(Value::Object(overrides)) => plant.with_overrides(overrides)?,
            Some(other) => return Err(wrong_type("scenario.plant", other, "an object")),
        };
        if is_soak {
            return Soak::read(&fields, params).map(|soak| Self::Soak(Box::new(soak)));
        }
        Dynamic::read(&fields, params).map(|dynamic| Self::Dynamic(Box::new(dynamic)))
    }
}

/// Reads the supply; a battery may bring its own series resistance.
fn read_supply(fields: &Fields<'_>, params: &mut Params) -> Result<Supply, ReferenceError> {
    let value = fields.need("supply", "what feeds the bridge")?;
    let path = "scenario.supply";
    let supply = Fields::new(path, value, &["kind", "volts", "soc0", "R0"])?;
    let kind = supply.text("kind", "`constant` or `battery`")?;
    let (strangers, why): (&[&str], _) = match kind {
        "constant" => (&["soc0", "R0"], "a constant supply has no cells"),
        "battery" => (
            &["volts"],
            "the voltage of a battery follows from its charge",
        ),
        other => {
            return Err(ReferenceError::Unknown {
                at: path.to_owned(),
                what: "kind",
                found: other.to_owned(),
                allowed: "constant, battery".to_owned(),
            });
        }
    };
    if let Some(name) = strangers.iter().find(|name| supply.get(name).is_some()) {
        return Err(ReferenceError::Contradiction {
            field: format!("{path}.{name}"),
            other: format!("{path}.kind = {kind}"),
            why,
        });
    }
    if kind == "constant" {
        let volts = supply.number("volts", "a constant supply has one")?;
        return Ok(Supply::Constant { volts });
    }
    let soc = supply.number("soc0", "a battery starts at some charge")?;
    within(
        "scenario.supply.soc0",
        soc,
        (0.0..=1.0).contains(&soc),
        "0 to 1",
    )?;
    if let Some(ohm) = supply.optional_number("R0")? {
        params.battery_ohm = within("scenario.supply.R0", ohm, ohm >= 0.0, "0 or above")?;
    }
    Ok(Supply::Battery { soc })
}

fn read_end(fields: &Fields<'_>) -> Result<f64, ReferenceError> {
    let t_end = fields.number("t_end_s", "a scenario ends")?;
    within(
        "scenario.t_end_s",
        t_end,
        t_end > 0.0 && t_end <= 86_400.0,
        "above 0, at most a day",
    )
}

fn read_word(path: &str, value: &Value) -> Result<Word, ReferenceError> {
    match value.as_str() {
        Some("drive") => Ok(Word::Drive),
        Some("open") => Ok(Word::Open),
        Some("coast") => Ok(Word::Coast),
        Some("brake") => Ok(Word::Brake),
        Some("plug") => Ok(Word::Plug),
        Some(other) => Err(ReferenceError::Unknown {
            at: path.to_owned(),
            what: "bridge word",
            found: other.to_owned(),
            allowed: "drive, open, coast, brake, plug".to_owned(),
        }),
        None => Err(wrong_type(path, value, "a bridge word")),
    }
}

/// Refuses a course of steps that leaves the beginning undefined.
fn starts_at_zero<T>(field: &str, course: &[(f64, T)]) -> Result<(), ReferenceError> {
    let first = course.first().map_or(0.0, |(time, _)| *time);
    within(
        field,
        first,
        first == 0.0,
        "0 for its first time, or the beginning is undefined",
    )?;
    Ok(())
}

impl Dynamic {
    fn read(fields: &Fields<'_>, mut params: Params) -> Result<Self, ReferenceError> {
        let supply = read_supply(fields, &mut params)?;
        let t_end = read_end(fields)?;
        let record_from = fields.optional_number("record_from_s")?.unwrap_or(0.0);
        let is_inside = (0.0..=t_end).contains(&record_from);
        within(
            "scenario.record_from_s",
            record_from,
            is_inside,
            "0 to t_end_s",
        )?;
        let controller = fields.get("controller").map(Controller::read).transpose()?;
        let duty = fields.optional_number("duty")?;
        if controller.is_some() && duty.is_some() {
            return Err(ReferenceError::Contradiction {
                field: "scenario.duty".to_owned(),
                other: "scenario.controller".to_owned(),
                why: "the controller sets the duty",
            });
        }
        let duty = duty.unwrap_or(1.0);
        within(
            "scenario.duty",
            duty,
            (-1.0..=1.0).contains(&duty),
            "-1 to 1",
        )?;
        let bridge = fields
            .course("bridge", read_word)?
            .unwrap_or(vec![(0.0, Word::Drive)]);
        starts_at_zero("scenario.bridge", &bridge)?;
        let jam_at = fields.optional_number("jam_at_s")?;
        if let Some(time) = jam_at {
            within("scenario.jam_at_s", time, time >= 0.0, "0 or above")?;
        }
        Ok(Self {
            params,
            supply,
            theta0: fields.number("theta0_rad", "the cam starts at some angle")?,
            t_end,
            record_from,
            gap: read_gap(fields)?,
            bridge,
            duty,
            jam_at,
            controller,
            ends_at_standstill: read_ending(fields)?,
        })
    }
}

fn read_gap(fields: &Fields<'_>) -> Result<Option<Vec<(f64, f64)>>, ReferenceError> {
    let has_skin = fields.flag("skin", "whether there is skin to reach")?;
    match (has_skin, fields.course("gap_m", number)?) {
        (true, Some(gap)) => Ok(Some(gap)),
        (false, None) => Ok(None),
        (true, None) => Err(ReferenceError::Missing {
            field: "scenario.gap_m".to_owned(),
            why: "skin is somewhere",
        }),
        (false, Some(_)) => Err(ReferenceError::Contradiction {
            field: "scenario.gap_m".to_owned(),
            other: "scenario.skin = false".to_owned(),
            why: "there is no distance to skin that is not there",
        }),
    }
}

fn read_ending(fields: &Fields<'_>) -> Result<bool, ReferenceError> {
    if fields.get("ends_at").is_none() {
        return Ok(false);
    }
    let text = fields.text("ends_at", "")?;
    if text.starts_with("standstill") {
        return Ok(true);
    }
    Err(ReferenceError::Unknown {
        at: "scenario.ends_at".to_owned(),
        what: "ending",
        found: text.to_owned(),
        allowed: "standstill".to_owned(),
    })
}

impl Controller {
    fn read(value: &Value) -> Result<Self, ReferenceError> {
        let path = "scenario.controller";
        let allowed = ["Ts_s", "kp", "ki", "kff", "omega_ref_rad_s", "law"];
        let fields = Fields::new(path, value, &allowed)?;
        let period_s = fields.number("Ts_s", "a discrete controller has a period")?;
        let is_usable = (1e-5..=1.0).contains(&period_s);
        within(
            "scenario.controller.Ts_s",
            period_s,
            is_usable,
            "1e-5 to 1 s",
        )?;
        if fields.get("law").is_some() {
            fields.text("law", "")?;
        }
        let name = "omega_ref_rad_s";
        let omega_ref = fields
            .course(name, number)?
            .ok_or_else(|| ReferenceError::Missing {
                field: format!("{path}.{name}"),
                why: "the controller follows a speed",
            })?;
        starts_at_zero("scenario.controller.omega_ref_rad_s", &omega_ref)?;
        Ok(Self {
            period_s,
            kp: fields.number("kp", "proportional gain")?,
            ki: fields.number("ki", "integral gain")?,
            kff: fields.number("kff", "feed-forward gain")?,
            omega_ref,
        })
    }
}

impl Soak {
    fn read(fields: &Fields<'_>, mut params: Params) -> Result<Self, ReferenceError> {
        let supply = read_supply(fields, &mut params)?;
        fields.flag("skin", "whether the load includes skin")?;
        if let Some(air_c) = fields.optional_number("Ta_C")? {
            params.air_c = air_c;
        }
        let rate_hz = fields.number("rate_hz", "the regulated speed")?;
        within("scenario.rate_hz", rate_hz, rate_hz > 0.0, "above 0")?;
        Ok(Self {
            omega: std::f64::consts::TAU * rate_hz,
            t_end: read_end(fields)?,
            load_nm: 1e-3 * fields.number("T_load_mNm", "mean torque beyond friction")?,
            friction_nm: 1e-3 * fields.number("T_fric_mNm", "mean torque of friction")?,
            params,
            supply,
        })
    }
}
