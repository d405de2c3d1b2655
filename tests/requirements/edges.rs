//! Exact ends of times and of numbers, over all of them: ages of readings, a pause between two steps,
//! halves of a micrometre.

use pen_core::calibration::{Calibration, Table};
use pen_core::locks::Lock;
use pen_core::pen::Boot;
use pen_tests::given::{self, KNOTS_UM};
use pen_tests::rig::{Rig, Shake, Wire};

/// An input, its wire, and how it is known that the reading is gone.
type Input = (&'static str, fn(&mut Rig, Wire), fn(&Rig) -> bool);

const INPUTS: [Input; 5] = [
    (
        "depth A",
        |rig, wire| rig.depth_a.wire = wire,
        |rig| rig.status().depth.is_none(),
    ),
    (
        "depth B",
        |rig, wire| rig.depth_b.wire = wire,
        |rig| rig.status().depth.is_none(),
    ),
    (
        "current",
        |rig, wire| rig.current.wire = wire,
        |rig| rig.status().locks.has(Lock::CurrentZero),
    ),
    (
        "battery",
        |rig, wire| rig.battery.wire = wire,
        |rig| rig.status().locks.has(Lock::Battery),
    ),
    (
        "grip",
        |rig, wire| rig.grip.wire = wire,
        |rig| rig.status().locks.has(Lock::Heat),
    ),
];

#[test]
fn sens_001_every_reading_is_used_for_10_ms_and_gone_in_the_11th() {
    for (name, set, is_gone) in INPUTS {
        for (wire, gone_after) in [
            (Wire::Silent, 11),
            (Wire::Counts(0), 11),
            (Wire::Counts(4_095), 11),
            (Wire::Late(10_001), 1),
        ] {
            let mut rig = Rig::default().to_standby();
            rig.shake = Shake::Not;
            rig.ticks(50);
            assert!(!is_gone(&rig), "{name}");
            set(&mut rig, wire);
            let took = rig.until(40, "gone", is_gone);
            assert_eq!(took, gone_after, "{name}, {wire:?}");
        }
        let mut rig = Rig::default().to_standby();
        rig.ticks(50);
        set(&mut rig, Wire::Late(10_000));
        rig.ticks(300);
        assert!(
            !is_gone(&rig),
            "{name}: ten milliseconds old is not too old"
        );
    }
}

#[test]
fn pwr_007_one_sample_after_a_pause_vouches_for_one_tick() {
    // A flash operation makes a step late: the accelerometer said nothing about the time in between.
    for pause_us in [2_001, 10_000, 60_000, 100_000, 499_000] {
        for light_ms in [10, 20, 30] {
            let mut rig = Rig::default().to_standby();
            rig.felt_mg = [0, 0, 0];
            rig.ticks(light_ms);
            rig.late(pause_us);
            rig.felt_mg = [0, 0, 1_000];
            rig.ticks(300);
            assert_eq!(rig.fault(), None, "{pause_us} us, {light_ms} ms");
        }
    }
}

/// Knots that are whole micrometres off the drawing, so that no piece divides evenly.
fn uneven(counts_of: fn(i32) -> i32) -> Table {
    let mut knots: Vec<(i32, i32)> = (0..)
        .zip(KNOTS_UM)
        .map(|(place, um)| (counts_of(um), um + [0, 3, -2, 5, 1, -3, 2, -1, 4][place]))
        .collect();
    knots.sort_unstable();
    given::table(&knots)
}

/// The depth by a table: the point on the piece around these counts, to the nearest micrometre and from
/// the exact half on the deeper one.
fn expected_um(table: &Table, counts: i32) -> Option<i32> {
    let knots: Vec<(i64, i64)> = table
        .iter()
        .map(|knot| (i64::from(knot.counts), i64::from(knot.depth.as_um())))
        .collect();
    let counts = i64::from(counts);
    knots.windows(2).find_map(|pair| {
        let [(c0, d0), (c1, d1)] = [pair[0], pair[1]];
        if !(c0..=c1).contains(&counts) {
            return None;
        }
        // d0 + rise / run + 1/2, rounded down.
        let (run, rise) = (c1 - c0, (d1 - d0) * (counts - c0));
        let um = d0 + (2 * rise + run).div_euclid(2 * run);
        i32::try_from(um).ok()
    })
}

#[test]
fn depth_003_every_count_is_the_nearest_micrometre_and_a_half_is_the_deeper_one() {
    let mut halves = 0;
    for a_decides in [true, false] {
        let (a, b) = (uneven(given::counts_a), uneven(given::counts_b));
        let mut rig = Rig::new(Boot {
            calibration: Ok(Calibration {
                a,
                b,
                ..given::calibration()
            }),
            ..given::boot()
        })
        .to_standby();
        rig.shake = Shake::Not;
        let deciding = if a_decides { a } else { b };
        let counts_of = if a_decides {
            given::counts_a
        } else {
            given::counts_b
        };
        for um in -90..2_480 {
            // The other channel reads 60 um shallower: close enough, and it does not decide.
            rig.ring(um - 60);
            let nominal = counts_of(um);
            for counts in [nominal, nominal + 1] {
                let wire = Wire::Counts(u16::try_from(counts).expect("counts"));
                if a_decides {
                    rig.depth_a.wire = wire;
                } else {
                    rig.depth_b.wire = wire;
                }
                rig.ticks(4);
                let Some(wanted) = expected_um(&deciding, counts) else {
                    continue;
                };
                let depth = rig.status().depth.map(pen_core::units::Depth::as_um);
                if um > 0 {
                    assert_eq!(depth, Some(wanted), "{a_decides}, {counts} counts");
                }
                halves += u32::from(is_half(&deciding, counts));
            }
        }
    }
    assert!(halves > 20, "{halves} counts lie on a half");
}

/// Whether the exact depth lies in the middle between two micrometres.
fn is_half(table: &Table, counts: i32) -> bool {
    let knots: Vec<(i32, i32)> = table
        .iter()
        .map(|knot| (i32::from(knot.counts), knot.depth.as_um()))
        .collect();
    knots.windows(2).any(|pair| {
        let (run, rise) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let along = counts - pair[0].0;
        (1..run).contains(&along) && (2 * rise * along) % run == 0 && (rise * along) % run != 0
    })
}

/// A pen whose clock is corrected by so much. Unit: ppm.
fn corrected(clock_ppm: i32) -> Rig {
    Rig::new(Boot {
        calibration: Ok(Calibration {
            clock_ppm,
            ..given::calibration()
        }),
        ..given::boot()
    })
}

#[test]
fn sess_001_time_is_corrected_by_every_part_of_a_million() {
    for ppm in [
        0, 1, -1, 7, 499, -499, 999, -999, 1_000, 1_500, -12_345, 29_999, 30_000, -30_000,
    ] {
        let mut rig = corrected(ppm).to_running();
        let before = rig.status().on.as_us();
        let ticks = 10_000;
        rig.runs_for(ticks);
        let counted = i64::from(rig.status().on.as_us() - before);
        let raw = i64::from(ticks) * 1_000;
        let exact = raw + raw * i64::from(ppm) / 1_000_000;
        assert!(
            (counted - exact).abs() <= 1,
            "{ppm} ppm: {counted}, {exact}"
        );
    }
}

#[test]
fn rate_006_the_told_rate_is_as_even_as_the_cam_whatever_the_correction() {
    for ppm in [-30_000, -2_000, 0, 2_000, 30_000] {
        let mut rig = corrected(ppm).to_running();
        let true_mhz = i64::from(rig.status().rate_set.as_mhz());
        let told = true_mhz * 1_000_000 / (1_000_000 + i64::from(ppm));
        for _ in 0..1_000 {
            rig.tick();
            let off = i64::from(rig.status().rate.as_mhz()) - told;
            assert!(off.abs() * 1_000 <= told, "{ppm} ppm: {off} of {told} mHz");
        }
    }
}

#[test]
fn test_001_a_pause_of_half_a_second_is_a_flash_operation_and_one_longer_is_not() {
    for (pause_us, is_bad) in [(499_999, false), (500_000, false), (500_001, true)] {
        let mut rig = Rig::default().to_standby();
        rig.late(pause_us);
        assert_eq!(rig.status().locks.has(Lock::Clock), is_bad, "{pause_us}");
    }
}
