use pen_core::cartridge::Kind;
use pen_core::profile::Mechanism;

use super::{Hardware, STEPS_PER_TICK};
use crate::assembly::Assembly;
use crate::board::DUTY_STEPS;
use crate::fault::{Faults, Knob};
use crate::hand::Cartridge;
use crate::pen::truth::Truth;
use crate::plant::Bridge;
use crate::rng::Seed;

const LIFE: (bool, u32) = (true, 1);

fn hardware() -> Hardware {
    Hardware::new(Assembly::nominal(Seed::new(1)), Mechanism::Ring, 1_000.0)
}

fn run(hardware: &mut Hardware, ms: u32) -> Truth {
    for _ in 0..ms {
        hardware.advance(STEPS_PER_TICK, LIFE, &mut ());
        hardware.sense();
    }
    hardware.truth(LIFE)
}

/// Drives forwards with 60 % for half a second, with this broken.
fn driven(broken: &[(Knob, i64)]) -> (Hardware, Truth) {
    let mut hardware = hardware();
    for &(knob, value) in broken {
        hardware.faults.set(knob, value).unwrap();
    }
    hardware.wires.enable.set(true);
    hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
    let truth = run(&mut hardware, 500);
    (hardware, truth)
}

#[test]
fn pins_move_the_motor_and_short_it() {
    let (mut hardware, truth) = driven(&[]);
    assert!((100.0..150.0).contains(&truth.rate_hz), "{truth:?}");
    assert!(truth.powered && !truth.braking && truth.current_a > 0.02);
    assert!(truth.strokes > 40 && truth.punctures == 0);
    hardware.wires.forward.set(0);
    let truth = run(&mut hardware, 200);
    assert!(truth.rate_hz.abs() < 1.0 && truth.braking && !truth.powered);
    hardware.wires.backward.set(DUTY_STEPS / 2);
    assert!(run(&mut hardware, 200).rate_hz < -50.0);
}

#[test]
fn without_the_enable_path_nothing_moves() {
    let mut hardware = hardware();
    hardware.wires.forward.set(DUTY_STEPS);
    let truth = run(&mut hardware, 100);
    assert!(truth.rate_hz.abs() < 1e-9 && truth.bridge == Bridge::Coast && !truth.powered);
}

#[test]
fn a_coasting_motor_makes_many_strokes_more_than_a_braked_one() {
    let strokes = |knob: Option<Knob>| {
        let (mut hardware, before) = driven(&[]);
        if let Some(knob) = knob {
            hardware.faults.set(knob, 1).unwrap();
        }
        hardware.wires.forward.set(0);
        run(&mut hardware, 600).strokes - before.strokes
    };
    assert!((1..=2).contains(&strokes(None)));
    assert!(strokes(Some(Knob::BridgeBrakeOpen)) > 10);
}

#[test]
fn bridge_faults_do_what_they_say() {
    let (_, healthy) = driven(&[]);
    let (mut hardware, stuck) = driven(&[(Knob::BridgeStuckOn, 1)]);
    assert!(stuck.rate_hz > healthy.rate_hz + 40.0);
    hardware.wires.forward.set(0);
    assert!(run(&mut hardware, 100).powered);
    hardware.wires.enable.set(false);
    assert!(!run(&mut hardware, 1).powered);
    let (mut hardware, _) = driven(&[(Knob::BridgeEnableWelded, 1)]);
    hardware.wires.enable.set(false);
    assert!(run(&mut hardware, 100).rate_hz > 100.0);
    assert!(driven(&[(Knob::BridgeOpen, 1)]).1.rate_hz.abs() < 1e-9);
}

#[test]
fn the_second_switch_opens_5_ms_after_the_last_pulse_whatever_holds_the_next_one_up() {
    let powered_steps = |is_alive: bool, steps_each: u32, times: u32| {
        let (mut hardware, _) = driven(&[]);
        hardware.second_switch = true;
        hardware.wires.supply.set(true);
        let mut powered = 0;
        for _ in 0..times {
            let mut see = |truth: &Truth| powered += u32::from(truth.powered);
            hardware.advance(steps_each, (is_alive, 1), &mut see);
        }
        powered
    };
    assert_eq!(powered_steps(true, 50, 1), 50);
    assert_eq!(powered_steps(true, 51, 1), 50, "a late tick");
    assert_eq!(powered_steps(true, 500, 1), 50);
    assert_eq!(powered_steps(true, 500, 2), 100, "each tick pulses anew");
    assert_eq!(powered_steps(true, STEPS_PER_TICK, 100), 1_000);
    assert_eq!(powered_steps(false, STEPS_PER_TICK, 100), 50, "it hangs");
}

#[test]
fn a_leaking_bridge_drives_a_braked_motor_and_adds_nothing_to_a_driven_one() {
    let (_, healthy) = driven(&[]);
    let (mut hardware, leaking) = driven(&[(Knob::BridgeShort, 30)]);
    assert!((leaking.rate_hz - healthy.rate_hz).abs() < 1e-9);
    hardware.wires.forward.set(0);
    let truth = run(&mut hardware, 300);
    assert!(
        truth.powered && (30.0..90.0).contains(&truth.rate_hz),
        "{truth:?}"
    );
    hardware.wires.enable.set(false);
    assert!(!run(&mut hardware, 1).powered);
}

#[test]
fn a_glitch_of_the_tachometer_reaches_the_wires_once() {
    let mut hardware = hardware();
    run(&mut hardware, 10);
    hardware.faults.set(Knob::HallGlitch, 700).unwrap();
    let edges = [0; 4].map(|_: i32| {
        run(&mut hardware, 1);
        let tacho = hardware.wires.tacho.take();
        tacho.edges
    });
    assert_eq!(edges, [1, -1, 0, 0]);
    assert!(hardware.faults.is_whole());
}

#[test]
fn mechanical_and_supply_faults_change_the_motion() {
    let (_, healthy) = driven(&[]);
    assert!(driven(&[(Knob::MotorJam, 1)]).1.rate_hz.abs() < 1e-9);
    assert!(driven(&[(Knob::MotorFriction, 1_000)]).1.rate_hz < healthy.rate_hz - 10.0);
    assert!(driven(&[(Knob::BatterySag, 1_000)]).1.terminal_v < healthy.terminal_v - 0.8);
    assert!(driven(&[(Knob::BatteryOhm, 1_000)]).1.terminal_v < healthy.terminal_v - 0.03);
    assert!(driven(&[(Knob::BatterySoc, 5)]).1.soc < 0.051);
    let broken = driven(&[(Knob::SpringBroken, 1)]).1.theta_rad;
    assert!((broken - healthy.theta_rad).abs() > 0.01);
}

#[test]
fn blunt_needles_change_the_load() {
    let in_skin = |dull: i64| {
        let mut hardware = hardware();
        hardware.hand.insert(Cartridge::fresh(1, Kind::ThirtySix));
        hardware.hand.approach(0.0, 1_000.0);
        hardware.faults.set(Knob::SkinDull, dull).unwrap();
        hardware.wires.enable.set(true);
        hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
        let before = run(&mut hardware, 300);
        let after = run(&mut hardware, 500);
        // One entry a stroke; the first strokes come before the skin.
        assert!(after.punctures > 40 && after.punctures <= after.strokes);
        after.theta_rad - before.theta_rad
    };
    let (sharp, blunt) = (in_skin(100), in_skin(300));
    // Not slower: what does not puncture springs back, and rubs less.
    assert!(
        (blunt - sharp).abs() > 6.0,
        "{sharp} and {blunt} rad in half a second"
    );
}

#[test]
fn the_truth_knows_the_deepest_point_of_a_turn() {
    let mut hardware = hardware();
    hardware.wires.enable.set(true);
    hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
    let mut peak: f64 = f64::MIN;
    let mut look = |truth: &Truth| peak = peak.max(truth.peak_um);
    for _ in 0..100 {
        hardware.advance(STEPS_PER_TICK, LIFE, &mut look);
        hardware.sense();
    }
    assert!((peak - 1_000.0).abs() < 1e-6, "{peak}");
    assert!((hardware.truth(LIFE).turn_peak_um - 1_000.0).abs() < 1e-6);
    hardware.hand.place_ring(500.0);
    assert!((run(&mut hardware, 100).turn_peak_um - 500.0).abs() < 1e-6);
}

#[test]
fn the_pens_clock_runs_at_its_own_rate() {
    let mut assembly = Assembly::nominal(Seed::new(1));
    assembly.clock_ppm = -12_345;
    let mut hardware = Hardware::new(assembly, Mechanism::Ring, 0.0);
    run(&mut hardware, 1_000);
    assert_eq!(
        (hardware.truth(LIFE).time_us, hardware.pen_us()),
        (1_000_000, 987_655)
    );
    hardware.faults.set(Knob::ClockDrift, 50_000).unwrap();
    run(&mut hardware, 1_000);
    assert_eq!(hardware.pen_us(), 987_655 + 1_037_655);
}

#[test]
fn an_actuator_goes_where_it_is_told_unless_it_is_broken() {
    let reached = |broken: &[(Knob, i64)]| {
        let mut hardware = Hardware::new(Assembly::nominal(Seed::new(1)), Mechanism::Actuator, 0.0);
        for &(knob, value) in broken {
            hardware.faults.set(knob, value).unwrap();
        }
        hardware.wires.actuator_um.set(800);
        run(&mut hardware, 1_000).depth_um
    };
    assert!((reached(&[]) - 792.5).abs() < 1e-9);
    assert!(reached(&[(Knob::ActuatorStuck, 1)]).abs() < 1e-9);
    assert!((reached(&[(Knob::ActuatorLost, 200)]) - 992.5).abs() < 1e-9);
}

#[test]
fn a_tag_is_burnt_unless_it_does_not_listen() {
    for (knob, burnt) in [(None, true), (Some(Knob::TagBurnFails), false)] {
        let mut hardware = hardware();
        hardware.hand.insert(Cartridge::fresh(7, Kind::Six));
        if let Some(knob) = knob {
            hardware.faults.set(knob, 1).unwrap();
        }
        hardware.wires.burn.set(Some(7));
        hardware.burn_tag();
        assert_eq!(hardware.hand.is_burnt(7), burnt);
    }
}

#[test]
fn every_knob_that_the_rig_serves_can_be_healed() {
    let mut hardware = hardware();
    for knob in Knob::ALL {
        hardware.faults.set(knob, knob.info().default).unwrap();
    }
    hardware.wires.enable.set(true);
    hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
    run(&mut hardware, 100);
    hardware.faults = Faults::default();
    hardware.faults.clear_all();
    hardware.hand.swap_battery(1.0);
    let truth = run(&mut hardware, 500);
    assert!((100.0..150.0).contains(&truth.rate_hz), "{truth:?}");
}

#[test]
fn both_ways_to_the_protrusion_agree() {
    let mut hardware = hardware();
    hardware.wires.enable.set(true);
    hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
    for _ in 0..200 {
        let truth = run(&mut hardware, 1);
        assert!((truth.protrusion_um - 1e6 * hardware.plant().protrusion_m()).abs() < 1e-7);
    }
}

#[test]
fn the_reference_tachometer_shows_the_mean_of_a_second() {
    let mut hardware = hardware();
    hardware.wires.enable.set(true);
    hardware.wires.forward.set(6 * (DUTY_STEPS / 10));
    let before = run(&mut hardware, 1_000);
    let after = run(&mut hardware, 1_000);
    let mean_hz = (after.theta_rad - before.theta_rad) / std::f64::consts::TAU;
    assert!(
        (hardware.strobe_hz() - mean_hz).abs() < 1e-6,
        "{} Hz",
        hardware.strobe_hz()
    );
}
