//! What the plant must do, from first principles; the reference trajectories have tests of their own.

use super::{
    Bridge, BridgeFault, Faults, NO_SKIN_M, Params, Plant, PlantInput, STEP_S, Supply, Temperatures,
};
use crate::math::{PI, TAU};

const DRIVE: Bridge = Bridge::Drive { duty: 1.0 };

fn bench(volts: f64) -> Plant {
    Plant::new(Params::default(), Supply::Constant { volts }, PI).without_heat()
}

fn input(bridge: Bridge) -> PlantInput {
    PlantInput {
        bridge,
        ..PlantInput::idle(1e-3)
    }
}

fn run(plant: &mut Plant, seconds: f64, input: &PlantInput) {
    let mut left = seconds;
    while left > 0.5 * STEP_S {
        plant.step(STEP_S, input);
        left -= STEP_S;
    }
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let text = include_str!("../../reference/plant.json");
    assert_eq!(Params::from_plant_json(text).unwrap(), Params::default());
}

#[test]
fn no_voltage_no_motion() {
    let mut plant = bench(4.36);
    run(&mut plant, 1.0, &input(Bridge::Coast));
    assert_eq!(plant.theta().to_bits(), PI.to_bits());
    assert_eq!(plant.current_a().to_bits(), 0.0_f64.to_bits());
    run(&mut plant, 1.0, &input(Bridge::Brake));
    assert_eq!(plant.theta().to_bits(), PI.to_bits());
}

#[test]
fn reversed_duty_turns_backwards_alike() {
    let (mut forwards, mut backwards) = (bench(4.36), bench(4.36));
    run(&mut forwards, 0.5, &input(DRIVE));
    run(&mut backwards, 0.5, &input(Bridge::Drive { duty: -1.0 }));
    assert!((forwards.theta() - PI + (backwards.theta() - PI)).abs() < 1e-9);
    assert_eq!(forwards.turns(), 1 - backwards.turns());
    assert!(backwards.omega() < -700.0);
}

#[test]
fn turns_and_extensions_count_strokes() {
    let mut plant = bench(4.36);
    run(&mut plant, 1.0, &input(DRIVE));
    let strokes = (plant.theta() - PI) / TAU;
    assert!((f64::from(plant.turns()) - strokes - 0.5).abs() <= 0.5);
    assert!((f64::from(plant.extensions()) - strokes).abs() <= 0.5);
}

#[test]
fn every_stroke_peaks_at_the_depth_setting() {
    let mut plant = bench(4.36);
    let mut peak = f64::MIN;
    let mut turn = plant.turns();
    let mut strokes = 0;
    for _ in 0..5_000 {
        plant.step(STEP_S, &input(DRIVE));
        if plant.turns() == turn {
            peak = peak.max(plant.peak_protrusion_m());
        } else if strokes > 0 || plant.turns() > 1 {
            assert_eq!(peak.to_bits(), 1e-3_f64.to_bits());
            strokes += 1;
            peak = plant.peak_protrusion_m();
        }
        turn = plant.turns();
    }
    assert!(strokes > 40);
}

#[test]
fn the_depth_setting_moves_the_tips_at_once() {
    let mut plant = bench(4.36);
    let before = plant.protrusion_m();
    plant.apply(&PlantInput {
        depth_m: 2e-3,
        ..input(Bridge::Coast)
    });
    assert!((plant.protrusion_m() - before - 1e-3).abs() < 1e-15);
}

#[test]
fn a_jam_stops_the_rotor_and_draws_the_stall_current() {
    let mut plant = bench(4.36);
    run(&mut plant, 0.3, &input(DRIVE));
    plant.set_faults(Faults {
        jam: true,
        ..Faults::default()
    });
    plant.step(STEP_S, &input(DRIVE));
    assert_eq!(plant.omega().to_bits(), 0.0_f64.to_bits());
    run(&mut plant, 0.01, &input(DRIVE));
    assert!((plant.current_a() - 4.36 / 2.98).abs() < 1e-9);
    plant.set_faults(Faults::default());
    run(&mut plant, 0.3, &input(DRIVE));
    assert!(plant.omega() > 700.0, "a jam can be lifted");
}

#[test]
fn a_stuck_bridge_drives_whatever_is_commanded() {
    let mut plant = bench(4.36);
    plant.set_faults(Faults {
        bridge: BridgeFault::StuckOn,
        ..Faults::default()
    });
    run(&mut plant, 0.5, &input(Bridge::Brake));
    assert!(plant.omega() > 700.0);
    assert!(plant.supply_a() > 0.0);
}

#[test]
fn a_brake_that_cannot_short_costs_ten_times_the_turns() {
    let turns_to_stop = |fault| {
        let mut plant = bench(4.36);
        run(&mut plant, 0.5, &input(DRIVE));
        plant.set_faults(Faults {
            bridge: fault,
            ..Faults::default()
        });
        let start = plant.theta();
        while plant.omega() > 0.0 {
            plant.step(STEP_S, &input(Bridge::Brake));
        }
        (plant.theta() - start) / TAU
    };
    let (healthy, broken) = (
        turns_to_stop(BridgeFault::None),
        turns_to_stop(BridgeFault::BrakeOpen),
    );
    assert!(
        healthy < 1.8 && broken > 10.0 * healthy,
        "{healthy} and {broken} turns"
    );
}

#[test]
fn an_open_bridge_never_starts() {
    let mut plant = bench(8.0);
    plant.set_faults(Faults {
        bridge: BridgeFault::Open,
        ..Faults::default()
    });
    run(&mut plant, 0.1, &input(DRIVE));
    assert_eq!(plant.theta().to_bits(), PI.to_bits());
}

#[test]
fn friction_and_skin_slow_the_pen() {
    let speed = |faults, gap_m| {
        let mut plant = bench(4.36);
        plant.set_faults(faults);
        run(
            &mut plant,
            0.5,
            &PlantInput {
                gap_m,
                ..input(DRIVE)
            },
        );
        let start = plant.theta();
        run(
            &mut plant,
            0.5,
            &PlantInput {
                gap_m,
                ..input(DRIVE)
            },
        );
        (plant.theta() - start) / 0.5
    };
    let stiff = Faults {
        extra_friction_nm: 5e-4,
        ..Faults::default()
    };
    let air = speed(Faults::default(), NO_SKIN_M);
    assert!(speed(stiff, NO_SKIN_M) < 0.95 * air);
    assert!(speed(Faults::default(), 0.0) < 0.97 * air);
}

#[test]
fn blunt_needles_push_harder_before_they_cut() {
    let peak_n = |bluntness| {
        let mut plant = bench(4.36);
        plant.set_faults(Faults {
            bluntness,
            ..Faults::default()
        });
        let mut peak: f64 = 0.0;
        for _ in 0..5_000 {
            plant.step(
                STEP_S,
                &PlantInput {
                    gap_m: 0.0,
                    ..input(DRIVE)
                },
            );
            peak = peak.max(plant.skin_force_n());
        }
        peak
    };
    assert!(peak_n(1.5) > 1.3 * peak_n(1.0));
}

#[test]
fn a_broken_spring_leaves_the_cam_without_a_pull() {
    let mut plant =
        Plant::new(Params::default(), Supply::Constant { volts: 4.36 }, 1.5).without_heat();
    run(&mut plant, 0.5, &input(Bridge::Coast));
    assert!(
        (plant.theta() - 1.5).abs() > 0.5,
        "a healthy spring retracts the needles"
    );
    let mut plant =
        Plant::new(Params::default(), Supply::Constant { volts: 4.36 }, 1.5).without_heat();
    plant.set_faults(Faults {
        spring_broken: true,
        ..Faults::default()
    });
    run(&mut plant, 0.5, &input(Bridge::Coast));
    assert_eq!(plant.theta().to_bits(), 1.5_f64.to_bits());
}

#[test]
fn a_locked_rotor_heats_the_winding_in_the_time_the_reference_gives() {
    let mut plant = Plant::new(Params::default(), Supply::Constant { volts: 8.0 }, PI);
    plant.set_faults(Faults {
        jam: true,
        ..Faults::default()
    });
    let mut seconds: f64 = 0.0;
    while plant.temperatures().winding_c < 85.0 {
        run(&mut plant, 0.01, &input(DRIVE));
        seconds += 0.01;
    }
    assert!((seconds - 4.0).abs() < 0.1, "{seconds} s");
}

#[test]
fn temperature_changes_resistance_and_speed() {
    let mut plant = Plant::new(Params::default(), Supply::Constant { volts: 4.36 }, PI);
    let hot = Temperatures {
        winding_c: 90.0,
        motor_c: 80.0,
        housing_c: 40.0,
    };
    plant.set_temperatures(hot);
    run(&mut plant, 0.5, &input(DRIVE));
    let mut cold = bench(4.36);
    run(&mut cold, 0.5, &input(DRIVE));
    assert!(
        plant.omega() > 1.03 * cold.omega(),
        "weaker magnet, faster motor"
    );
}

#[test]
fn the_battery_sags_under_load_and_empties() {
    let mut plant = Plant::new(Params::default(), Supply::Battery { soc: 0.5 }, PI).without_heat();
    let rested = plant.terminal_v();
    run(&mut plant, 0.001, &input(DRIVE));
    assert!(plant.terminal_v() < rested - 0.2);
    run(&mut plant, 1.0, &input(DRIVE));
    assert!(plant.soc() < 0.5);
    run(&mut plant, 1.0, &input(Bridge::Brake));
    assert!(
        (plant.supply_a() - 0.015).abs() < 1e-12,
        "a brake draws nothing"
    );
}

#[test]
fn skin_that_comes_and_goes_does_not_move_a_rotor_at_rest() {
    let mut plant =
        Plant::new(Params::default(), Supply::Constant { volts: 4.36 }, 0.0).without_heat();
    for k in 0..2_000 {
        let gap_rate = if k % 200 < 100 { -0.01 } else { 0.01 };
        let gap_m = plant.input().gap_m.min(1e-3);
        plant.step(
            STEP_S,
            &PlantInput {
                gap_m,
                gap_rate,
                ..input(Bridge::Brake)
            },
        );
    }
    assert!(plant.skin_force_n().abs() < 3.0);
    assert_eq!(
        plant.theta().to_bits(),
        0.0_f64.to_bits(),
        "fully out, the skin has no lever"
    );
    let mut plant =
        Plant::new(Params::default(), Supply::Constant { volts: 4.36 }, 3.0).without_heat();
    run(
        &mut plant,
        0.1,
        &PlantInput {
            gap_m: -1.6e-3,
            gap_rate: 0.01,
            ..input(Bridge::Brake)
        },
    );
    assert_eq!(
        plant.theta().to_bits(),
        3.0_f64.to_bits(),
        "friction holds against a short lever"
    );
}

#[test]
fn equal_inputs_give_equal_bits() {
    let bits = || {
        let plant = super::benchmark_plant(2.0);
        [
            plant.omega(),
            plant.theta(),
            plant.current_a(),
            plant.soc(),
            plant.skin_force_n(),
        ]
        .map(f64::to_bits)
    };
    assert_eq!(bits(), bits());
}

#[test]
fn a_long_step_is_stable() {
    let mut plant = bench(4.36);
    for _ in 0..2_000 {
        plant.step(1e-3, &input(DRIVE));
        assert!(plant.omega().abs() < 900.0);
    }
}
