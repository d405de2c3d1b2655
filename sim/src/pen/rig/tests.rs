use pen_core::cartridge::Kind;
use pen_core::profile::Mechanism;

use super::{Rig, STEPS_PER_TICK};
use crate::assembly::Assembly;
use crate::board::DUTY_STEPS;
use crate::fault::{Faults, Knob};
use crate::hand::Cartridge;
use crate::pen::truth::Truth;
use crate::plant::Bridge;
use crate::rng::Seed;

const LIFE: (bool, u32) = (true, 1);

fn rig() -> Rig {
    Rig::new(Assembly::nominal(Seed::new(1)), Mechanism::Ring, 1_000.0)
}

fn run(rig: &mut Rig, ms: u32) -> Truth {
    for _ in 0..ms {
        rig.advance(STEPS_PER_TICK, LIFE, &mut ());
        rig.sense();
    }
    rig.truth(LIFE)
}

/// Drives forwards with 60 % for half a second, with this broken.
fn driven(broken: &[(Knob, i64)]) -> (Rig, Truth) {
    let mut rig = rig();
    for &(knob, value) in broken {
        rig.faults.set(knob, value).unwrap();
    }
    rig.wires.enable.set(true);
    rig.wires.forward.set(6 * (DUTY_STEPS / 10));
    let truth = run(&mut rig, 500);
    (rig, truth)
}

#[test]
fn pins_move_the_motor_and_short_it() {
    let (mut rig, truth) = driven(&[]);
    assert!((100.0..150.0).contains(&truth.rate_hz), "{truth:?}");
    assert!(truth.powered && !truth.braking && truth.current_a > 0.02);
    assert!(truth.strokes > 40 && truth.punctures == 0);
    rig.wires.forward.set(0);
    let truth = run(&mut rig, 200);
    assert!(truth.rate_hz.abs() < 1.0 && truth.braking && !truth.powered);
    rig.wires.backward.set(DUTY_STEPS / 2);
    assert!(run(&mut rig, 200).rate_hz < -50.0);
}

#[test]
fn without_the_enable_path_nothing_moves() {
    let mut rig = rig();
    rig.wires.forward.set(DUTY_STEPS);
    let truth = run(&mut rig, 100);
    assert!(truth.rate_hz.abs() < 1e-9 && truth.bridge == Bridge::Coast && !truth.powered);
}

#[test]
fn a_coasting_motor_makes_many_strokes_more_than_a_braked_one() {
    let strokes = |knob: Option<Knob>| {
        let (mut rig, before) = driven(&[]);
        if let Some(knob) = knob {
            rig.faults.set(knob, 1).unwrap();
        }
        rig.wires.forward.set(0);
        run(&mut rig, 600).strokes - before.strokes
    };
    assert!((1..=2).contains(&strokes(None)));
    assert!(strokes(Some(Knob::BridgeBrakeOpen)) > 10);
}

#[test]
fn bridge_faults_do_what_they_say() {
    let (_, healthy) = driven(&[]);
    let (mut rig, stuck) = driven(&[(Knob::BridgeStuckOn, 1)]);
    assert!(stuck.rate_hz > healthy.rate_hz + 40.0);
    rig.wires.forward.set(0);
    assert!(run(&mut rig, 100).powered);
    rig.wires.enable.set(false);
    assert!(!run(&mut rig, 1).powered);
    let (mut rig, _) = driven(&[(Knob::BridgeEnableWelded, 1)]);
    rig.wires.enable.set(false);
    assert!(run(&mut rig, 100).rate_hz > 100.0);
    assert!(driven(&[(Knob::BridgeOpen, 1)]).1.rate_hz.abs() < 1e-9);
}

#[test]
fn the_second_switch_opens_5_ms_after_the_last_pulse_whatever_holds_the_next_one_up() {
    let powered_steps = |is_alive: bool, steps_each: u32, times: u32| {
        let (mut rig, _) = driven(&[]);
        rig.second_switch = true;
        rig.wires.supply.set(true);
        let mut powered = 0;
        for _ in 0..times {
            let mut see = |truth: &Truth| powered += u32::from(truth.powered);
            rig.advance(steps_each, (is_alive, 1), &mut see);
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
    let (mut rig, leaking) = driven(&[(Knob::BridgeShort, 30)]);
    assert!((leaking.rate_hz - healthy.rate_hz).abs() < 1e-9);
    rig.wires.forward.set(0);
    let truth = run(&mut rig, 300);
    assert!(
        truth.powered && (30.0..90.0).contains(&truth.rate_hz),
        "{truth:?}"
    );
    rig.wires.enable.set(false);
    assert!(!run(&mut rig, 1).powered);
}

#[test]
fn a_glitch_of_the_tachometer_reaches_the_wires_once() {
    let mut rig = rig();
    run(&mut rig, 10);
    rig.faults.set(Knob::HallGlitch, 700).unwrap();
    let edges = [0; 4].map(|_: i32| {
        run(&mut rig, 1);
        let tacho = rig.wires.tacho.take();
        tacho.edges
    });
    assert_eq!(edges, [1, -1, 0, 0]);
    assert!(rig.faults.is_whole());
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
        let mut rig = rig();
        rig.hand.insert(Cartridge::fresh(1, Kind::ThirtySix));
        rig.hand.approach(0.0, 1_000.0);
        rig.faults.set(Knob::SkinDull, dull).unwrap();
        rig.wires.enable.set(true);
        rig.wires.forward.set(6 * (DUTY_STEPS / 10));
        let before = run(&mut rig, 300);
        let after = run(&mut rig, 500);
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
    let mut rig = rig();
    rig.wires.enable.set(true);
    rig.wires.forward.set(6 * (DUTY_STEPS / 10));
    let mut peak: f64 = f64::MIN;
    let mut look = |truth: &Truth| peak = peak.max(truth.peak_um);
    for _ in 0..100 {
        rig.advance(STEPS_PER_TICK, LIFE, &mut look);
        rig.sense();
    }
    assert!((peak - 1_000.0).abs() < 1e-6, "{peak}");
    assert!((rig.truth(LIFE).turn_peak_um - 1_000.0).abs() < 1e-6);
    rig.hand.place_ring(500.0);
    assert!((run(&mut rig, 100).turn_peak_um - 500.0).abs() < 1e-6);
}

#[test]
fn the_pens_clock_runs_at_its_own_rate() {
    let mut assembly = Assembly::nominal(Seed::new(1));
    assembly.clock_ppm = -12_345;
    let mut rig = Rig::new(assembly, Mechanism::Ring, 0.0);
    run(&mut rig, 1_000);
    assert_eq!(
        (rig.truth(LIFE).time_us, rig.pen_us()),
        (1_000_000, 987_655)
    );
    rig.faults.set(Knob::ClockDrift, 50_000).unwrap();
    run(&mut rig, 1_000);
    assert_eq!(rig.pen_us(), 987_655 + 1_037_655);
}

#[test]
fn an_actuator_goes_where_it_is_told_unless_it_is_broken() {
    let reached = |broken: &[(Knob, i64)]| {
        let mut rig = Rig::new(Assembly::nominal(Seed::new(1)), Mechanism::Actuator, 0.0);
        for &(knob, value) in broken {
            rig.faults.set(knob, value).unwrap();
        }
        rig.wires.actuator_um.set(800);
        run(&mut rig, 1_000).depth_um
    };
    assert!((reached(&[]) - 792.5).abs() < 1e-9);
    assert!(reached(&[(Knob::ActuatorStuck, 1)]).abs() < 1e-9);
    assert!((reached(&[(Knob::ActuatorLost, 200)]) - 992.5).abs() < 1e-9);
}

#[test]
fn a_tag_is_burnt_unless_it_does_not_listen() {
    for (knob, burnt) in [(None, true), (Some(Knob::TagBurnFails), false)] {
        let mut rig = rig();
        rig.hand.insert(Cartridge::fresh(7, Kind::Six));
        if let Some(knob) = knob {
            rig.faults.set(knob, 1).unwrap();
        }
        rig.wires.burn.set(Some(7));
        rig.burn_tag();
        assert_eq!(rig.hand.is_burnt(7), burnt);
    }
}

#[test]
fn every_knob_that_the_rig_serves_can_be_healed() {
    let mut rig = rig();
    for knob in Knob::ALL {
        rig.faults.set(knob, knob.info().default).unwrap();
    }
    rig.wires.enable.set(true);
    rig.wires.forward.set(6 * (DUTY_STEPS / 10));
    run(&mut rig, 100);
    rig.faults = Faults::default();
    rig.faults.clear_all();
    rig.hand.swap_battery(1.0);
    let truth = run(&mut rig, 500);
    assert!((100.0..150.0).contains(&truth.rate_hz), "{truth:?}");
}

#[test]
fn both_ways_to_the_protrusion_agree() {
    let mut rig = rig();
    rig.wires.enable.set(true);
    rig.wires.forward.set(6 * (DUTY_STEPS / 10));
    for _ in 0..200 {
        let truth = run(&mut rig, 1);
        assert!((truth.protrusion_um - 1e6 * rig.plant().protrusion_m()).abs() < 1e-7);
    }
}

#[test]
fn the_reference_tachometer_shows_the_mean_of_a_second() {
    let mut rig = rig();
    rig.wires.enable.set(true);
    rig.wires.forward.set(6 * (DUTY_STEPS / 10));
    let before = run(&mut rig, 1_000);
    let after = run(&mut rig, 1_000);
    let mean_hz = (after.theta_rad - before.theta_rad) / std::f64::consts::TAU;
    assert!(
        (rig.strobe_hz() - mean_hz).abs() < 1e-6,
        "{} Hz",
        rig.strobe_hz()
    );
}
