//! Thermal scenarios: torque averaged over the strokes, speed regulated, only heat and charge move.

use super::scenario::Soak;
use super::{ReferenceError, Trajectory};
use crate::plant::{Heat, Supply, Temperatures, open_circuit_v};

/// Time between samples (s).
const SAMPLE_S: f64 = 30.0;
/// Longest step of the fourth-order method; the fastest of the states takes 5 s (s).
const STEP_S: f64 = 0.1;

/// Temperatures of winding, motor and housing, charge, voltage of the slow pair.
type State = [f64; 5];

/// What follows from a state at once.
struct Point {
    current: f64,
    winding_ohm: f64,
    constant: f64,
    duty: f64,
    battery_a: f64,
    terminal_v: f64,
}

pub(super) fn run(soak: &Soak) -> Result<Trajectory, ReferenceError> {
    let soc = if let Supply::Battery { soc } = soak.supply {
        soc
    } else {
        1.0
    };
    let air_c = soak.params.air_c;
    let mut state: State = [air_c, air_c, air_c, soc, 0.0];
    let mut out = Trajectory {
        columns: vec![
            "t_s",
            "T_winding_C",
            "T_motor_C",
            "T_housing_C",
            "soc",
            "v1_V",
            "i_A",
            "R_ohm",
            "K_NmA",
            "duty",
            "i_bat_A",
            "v_term_V",
        ],
        ..Trajectory::default()
    };
    let mut time = 0.0;
    sample(soak, time, &state, &mut out)?;
    for tick in 1_u32.. {
        let until = (f64::from(tick) * SAMPLE_S).min(soak.t_end);
        if until <= time {
            break;
        }
        while until - time > 1e-9 {
            let h = STEP_S.min(until - time);
            state = advance(soak, time, &state, h)?;
            time += h;
        }
        time = until;
        sample(soak, time, &state, &mut out)?;
    }
    Ok(out)
}

fn sample(
    soak: &Soak,
    time: f64,
    state: &State,
    out: &mut Trajectory,
) -> Result<(), ReferenceError> {
    let at = point(soak, time, state)?;
    let mut row = vec![time];
    row.extend(state);
    row.extend([
        at.current,
        at.winding_ohm,
        at.constant,
        at.duty,
        at.battery_a,
        at.terminal_v,
    ]);
    out.rows.push(row);
    Ok(())
}

fn temperatures(state: &State) -> Temperatures {
    Temperatures {
        winding_c: state[0],
        motor_c: state[1],
        housing_c: state[2],
    }
}

/// Finds current and duty that hold the speed.
fn point(soak: &Soak, time: f64, state: &State) -> Result<Point, ReferenceError> {
    let params = &soak.params;
    let warm = temperatures(state);
    let winding_ohm = warm.winding_ohm(params);
    let constant = params.volt_per_speed * warm.magnet_factor(params);
    let torque_constant = params.torque_per_amp * warm.magnet_factor(params);
    let current = (soak.load_nm + soak.friction_nm) / torque_constant;
    let needed_v = constant * soak.omega + (winding_ohm + params.electronics_ohm()) * current;
    let (open_v, ohm, idle_a) = match soak.supply {
        Supply::Constant { volts } => (volts, 0.0, 0.0),
        Supply::Battery { .. } => {
            let open_v = open_circuit_v(params, state[3]) - state[4];
            (open_v, params.battery_ohm, params.quiescent_a)
        }
    };
    // duty (open - ohm (duty i + idle)) = needed, the smaller solution.
    let free_v = open_v - ohm * idle_a;
    let room = free_v * free_v - 4.0 * ohm * current * needed_v;
    let duty = 2.0 * needed_v / (free_v + room.sqrt());
    if !(-1.0..=1.0).contains(&duty) {
        return Err(ReferenceError::TooFast {
            at_s: time,
            needed_v,
            available_v: free_v,
        });
    }
    let battery_a = duty * current + idle_a;
    let terminal_v = open_v - ohm * battery_a;
    Ok(Point {
        current,
        winding_ohm,
        constant,
        duty,
        battery_a,
        terminal_v,
    })
}

fn slope(soak: &Soak, time: f64, state: &State) -> Result<State, ReferenceError> {
    let params = &soak.params;
    let at = point(soak, time, state)?;
    let square = at.current * at.current;
    let reach = params.eccentricity_m * soak.omega;
    let (idle_a, from_battery_a) = match soak.supply {
        Supply::Constant { .. } => (0.0, 0.0),
        Supply::Battery { .. } => (params.quiescent_a, at.battery_a),
    };
    let heat = Heat {
        winding: square * at.winding_ohm,
        // The membrane rubs inside the pen; its mean over a stroke of sinusoidal speed is a half.
        motor: soak.friction_nm * soak.omega + 0.5 * params.membrane_damping * reach * reach,
        housing: square * params.electronics_ohm() + idle_a * at.terminal_v,
    };
    let [winding, motor, housing] = temperatures(state).rate(params, &heat);
    let relaxing_a = state[4] / params.battery_slow_ohm;
    let slow = (from_battery_a - relaxing_a) / params.battery_slow_f;
    Ok([
        winding,
        motor,
        housing,
        -from_battery_a / params.battery_as,
        slow,
    ])
}

/// One step of the classical fourth-order method.
fn advance(soak: &Soak, time: f64, state: &State, h: f64) -> Result<State, ReferenceError> {
    let along = |slope: &State, h: f64| {
        let mut moved = *state;
        for (value, rate) in moved.iter_mut().zip(slope) {
            *value += h * rate;
        }
        moved
    };
    let first = slope(soak, time, state)?;
    let second = slope(soak, time, &along(&first, 0.5 * h))?;
    let third = slope(soak, time, &along(&second, 0.5 * h))?;
    let fourth = slope(soak, time, &along(&third, h))?;
    let mut mean = [0.0; 5];
    for (k, value) in mean.iter_mut().enumerate() {
        *value = (first[k] + 2.0 * (second[k] + third[k]) + fourth[k]) / 6.0;
    }
    Ok(along(&mean, h))
}
