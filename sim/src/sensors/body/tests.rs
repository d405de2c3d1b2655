use super::super::tests::{Bench, SCENE, near};
use super::ACCELERATION_MAX_MG;
use crate::fault::Knob;
use crate::sensors::Scene;

/// Grip counts and the three axes (mg), each tick.
fn run(bench: &mut Bench, ticks: u64, scene: Scene) -> Vec<(u16, [i16; 3], u32)> {
    (0..ticks)
        .map(|_| {
            bench.run(1, scene);
            let felt = bench.wires.acceleration.get();
            let axes = [felt.x_mg, felt.y_mg, felt.z_mg];
            (bench.wires.grip.get().counts, axes, felt.age.as_us())
        })
        .collect()
}

fn length_mg(axes: [i16; 3]) -> f64 {
    axes.iter()
        .map(|mg| f64::from(*mg).powi(2))
        .sum::<f64>()
        .sqrt()
}

#[test]
fn a_warm_grip_reads_fewer_counts() {
    let mut last = 4_095;
    for (housing_c, counts) in [(25.0, 2_048), (41.0, 1_382), (43.0, 1_310), (60.0, 815)] {
        let scene = Scene { housing_c, ..SCENE };
        let rows = run(&mut Bench::nominal(), 200, scene);
        let mean = rows.iter().map(|row| f64::from(row.0)).sum::<f64>() / 200.0;
        near(mean, f64::from(counts), 0.6);
        assert!(counts < last);
        last = counts;
    }
}

#[test]
fn a_pen_that_is_held_feels_one_g_and_a_falling_one_nothing() {
    let mut bench = Bench::nominal();
    for (_, axes, age) in run(&mut bench, 1_000, SCENE).split_off(5) {
        near(length_mg(axes), 1_000.0, 70.0);
        assert!((500..=2_500).contains(&age), "{age}");
    }
    let falls = Scene {
        load_g: 0.0,
        ..SCENE
    };
    for (_, axes, _) in run(&mut bench, 450, falls).split_off(5) {
        near(length_mg(axes), 0.0, 60.0);
    }
    let floor = Scene {
        load_g: 290.0,
        ..SCENE
    };
    let rows = run(&mut bench, 5, floor);
    assert!(rows.iter().any(|row| row.1[2] == ACCELERATION_MAX_MG));
}

#[test]
fn the_motor_shakes_the_pen_along_its_axis() {
    let mut bench = Bench::nominal();
    let mut most = 0.0_f64;
    for k in 0..1_000_u16 {
        let scene = Scene {
            rate_hz: 150.0,
            phase_rad: 0.150_3 * std::f64::consts::TAU * f64::from(k),
            ..SCENE
        };
        let (_, [x, y, z], _) = run(&mut bench, 1, scene)[0];
        assert!(x < 600 && y < 200, "across the axis: {x} and {y} mg");
        most = most.max(f64::from(z));
    }
    // 0.3 g at 113 g shake 60 g.
    near(most, 860.0 + 566.0, 60.0);
}

#[test]
fn every_fault_of_the_grip_shows() {
    for (knob, value, counts) in [
        (Knob::GripStuckAt, 777, 777),
        (Knob::GripRailLow, 1, 0),
        (Knob::GripRailHigh, 1, 4_095),
    ] {
        let rows = run(&mut Bench::broken(knob, value), 3, SCENE);
        assert_eq!(rows[2].0, counts, "{knob:?}");
    }
    let hot = run(&mut Bench::broken(Knob::GripHot, 18), 3, SCENE)[2].0;
    assert!(hot.abs_diff(1_310) < 6, "{hot}");
    let mut bench = Bench::nominal();
    let before = run(&mut bench, 5, SCENE)[4].0;
    bench.faults.set(Knob::GripStale, 1).unwrap();
    assert_eq!(run(&mut bench, 20, SCENE)[19].0, before);
    assert_eq!(bench.wires.grip.get().age.as_us(), 20_050);
}

#[test]
fn every_fault_of_the_accelerometer_shows() {
    let rows = run(&mut Bench::broken(Knob::AccelerometerZero, 1), 20, SCENE);
    assert_eq!(rows[19].1, [0; 3]);
    let mut bench = Bench::nominal();
    let before = run(&mut bench, 10, SCENE)[9];
    bench.faults.set(Knob::AccelerometerFrozen, 1).unwrap();
    let frozen = run(&mut bench, 50, SCENE);
    assert!(frozen.iter().all(|row| row.1 == before.1 && row.2 <= 2_500));
    bench.faults.clear(Knob::AccelerometerFrozen);
    let before = run(&mut bench, 10, SCENE)[9];
    bench.faults.set(Knob::AccelerometerStale, 1).unwrap();
    let last = run(&mut bench, 50, SCENE)[49];
    assert_eq!((last.1, last.2), (before.1, before.2 + 50_000));
    let mut bench = Bench::nominal();
    run(&mut bench, 10, SCENE);
    bench.faults.set(Knob::AccelerometerShock, 6_000).unwrap();
    let rows = run(&mut bench, 10, SCENE);
    let high = rows.iter().filter(|row| row.1[2] > 6_000).count();
    assert!((2..=3).contains(&high) && bench.faults.is_whole(), "{high}");
}
