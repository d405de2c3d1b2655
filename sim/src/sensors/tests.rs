use std::rc::Rc;

use pen_core::io::{Tag, TagReading};

use super::{Levels, Scene, Sensors, bell, convert};
use crate::assembly::Assembly;
use crate::board::Wires;
use crate::fault::{Faults, Knob};
use crate::rng::Seed;

pub(super) const SCENE: Scene = Scene {
    tick: 1,
    depth_um: 1_000.0,
    phase_rad: 0.0,
    rate_hz: 0.0,
    current_a: 0.1,
    battery_v: 8.0,
    housing_c: 25.0,
    load_g: 1.0,
    elapsed_us: 1_000,
};

pub(super) struct Bench {
    sensors: Sensors,
    pub(super) faults: Faults,
    pub(super) wires: Rc<Wires>,
    tick: u64,
}

impl Bench {
    fn new(assembly: &Assembly) -> Self {
        Self {
            sensors: Sensors::new(assembly, 1_000.0),
            faults: Faults::default(),
            wires: Rc::new(Wires::default()),
            tick: 0,
        }
    }

    pub(super) fn nominal() -> Self {
        Self::new(&Assembly::nominal(Seed::new(3)))
    }

    pub(super) fn broken(knob: Knob, value: i64) -> Self {
        let mut bench = Self::nominal();
        bench.faults.set(knob, value).unwrap();
        bench
    }

    /// Samples so many ticks; returns the counts and ages of A, B, current and battery of each.
    pub(super) fn run(&mut self, ticks: u64, scene: Scene) -> Vec<[(u16, u32); 4]> {
        (0..ticks)
            .map(|_| {
                self.tick += 1;
                let scene = Scene {
                    tick: self.tick,
                    ..scene
                };
                self.sensors.sample(&scene, &mut self.faults, &self.wires);
                let w = &self.wires;
                [&w.depth_a, &w.depth_b, &w.current, &w.battery]
                    .map(|cell| (cell.get().counts, cell.get().age.as_us()))
            })
            .collect()
    }

    fn means(&mut self, ticks: u32, scene: Scene) -> [f64; 4] {
        let rows = self.run(u64::from(ticks), scene);
        [0, 1, 2, 3]
            .map(|k| rows.iter().map(|row| f64::from(row[k].0)).sum::<f64>() / f64::from(ticks))
    }
}

pub(super) fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance,
        "{found}, not {wanted} +- {tolerance}"
    );
}

#[test]
fn nominal_conversions_are_those_of_the_drawing() {
    let [a, b, current, battery] = Bench::nominal().means(2_000, SCENE);
    near(a, 1_800.0, 0.1);
    near(b, 2_600.0, 0.1);
    near(current, 2_148.0, 0.4);
    near(battery, 3_200.0, 0.1);
}

#[test]
fn converters_round_and_stop_at_their_rails() {
    assert_eq!(
        [convert(-5.0), convert(0.4), convert(0.5), convert(4_094.6)],
        [0, 0, 1, 4_095]
    );
    assert_eq!(convert(1e9), 4_095);
    let rows = Bench::nominal().run(
        3,
        Scene {
            current_a: 9.0,
            battery_v: 99.0,
            ..SCENE
        },
    );
    assert_eq!((rows[2][2].0, rows[2][3].0), (4_095, 4_095));
}

#[test]
fn noise_has_the_size_that_is_said_and_never_runs_away() {
    let seed = Seed::new(1);
    let (mut sum, mut squares) = (0.0, 0.0);
    for tick in 0..100_000 {
        let value = bell(seed, 1, tick);
        assert!(value.abs() < 4.9);
        sum += value;
        squares += value * value;
    }
    near(sum / 1e5, 0.0, 0.02);
    near(squares / 1e5, 1.0, 0.02);
    let mut bench = Bench::nominal();
    let rows = bench.run(5_000, SCENE);
    for (k, sigma) in [(0, 1.0), (1, 1.0), (2, 4.0), (3, 1.0)] {
        let values: Vec<f64> = rows.iter().map(|row| f64::from(row[k].0)).collect();
        let mean = values.iter().sum::<f64>() / 5_000.0;
        let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 5_000.0;
        // A twelfth comes from rounding.
        near(spread, sigma * sigma + 1.0 / 12.0, 0.1 * sigma * sigma);
    }
}

#[test]
fn channels_are_independent_in_their_noise() {
    let rows = Bench::nominal().run(5_000, SCENE);
    let product: f64 = rows
        .iter()
        .map(|row| (f64::from(row[0].0) - 1_800.0) * (f64::from(row[1].0) - 2_600.0))
        .sum();
    near(product / 5_000.0, 0.0, 0.1);
}

#[test]
fn channel_b_is_a_tick_late_and_says_so() {
    let mut bench = Bench::nominal();
    bench.run(5, SCENE);
    let moved = Scene {
        depth_um: 2_000.0,
        elapsed_us: 1_020,
        ..SCENE
    };
    let rows = bench.run(2, moved);
    assert!(rows[0][0].0.abs_diff(3_200) < 6 && rows[0][1].0.abs_diff(2_600) < 6);
    assert!(rows[1][1].0.abs_diff(1_300) < 6);
    assert_eq!((rows[1][0].1, rows[1][1].1), (50, 1_020));
}

#[test]
fn the_ring_shakes_both_channels_while_the_motor_turns() {
    let mut bench = Bench::nominal();
    let span = |bench: &mut Bench, channel: usize, rate_hz: f64| {
        // Channel B still holds what it saw a tick ago.
        bench.run(
            2,
            Scene {
                rate_hz: 0.0,
                ..SCENE
            },
        );
        let counts: Vec<u16> = (0..250_u16)
            .map(|k| {
                let phase_rad = 0.7 * f64::from(k);
                bench.run(
                    1,
                    Scene {
                        phase_rad,
                        rate_hz,
                        ..SCENE
                    },
                )[0][channel]
                    .0
            })
            .collect();
        counts.iter().max().unwrap() - counts.iter().min().unwrap()
    };
    for channel in [0, 1] {
        assert!(span(&mut bench, channel, 100.0) >= 24);
        assert!(span(&mut bench, channel, 0.0) <= 11);
    }
}

#[test]
fn a_drawn_pen_is_visibly_off_and_has_play() {
    let assembly = Assembly::draw(Seed::new(11));
    let mut bench = Bench::new(&assembly);
    let [a, ..] = bench.means(
        500,
        Scene {
            depth_um: 1_500.0,
            ..SCENE
        },
    );
    let expected = crate::assembly::counts_a(
        assembly
            .depth_a
            .indicated_um(1_500.0 - 0.5 * assembly.play_um),
    );
    near(a, expected, 0.2);
    bench.means(
        500,
        Scene {
            depth_um: 2_000.0,
            ..SCENE
        },
    );
    let [back, ..] = bench.means(
        500,
        Scene {
            depth_um: 1_500.0,
            ..SCENE
        },
    );
    near(
        back - a,
        1.4 * assembly.play_um * (1.0 + assembly.depth_a.gain),
        2.0,
    );
}

#[test]
fn every_depth_fault_shows_on_its_own_channel_only() {
    let pairs: [(Knob, Knob, i64); 5] = [
        (Knob::DepthAStuckAt, Knob::DepthBStuckAt, 1_234),
        (Knob::DepthARailLow, Knob::DepthBRailLow, 1),
        (Knob::DepthARailHigh, Knob::DepthBRailHigh, 1),
        (Knob::DepthAOffset, Knob::DepthBOffset, 100),
        (Knob::DepthANoisy, Knob::DepthBNoisy, 100),
    ];
    for (a_knob, b_knob, value) in pairs {
        for (knob, hit, other) in [(a_knob, 0, 1), (b_knob, 1, 0)] {
            let rows = Bench::broken(knob, value).run(200, SCENE);
            let healthy = [1_800.0, 2_600.0];
            assert!(
                rows[3..]
                    .iter()
                    .all(|row| (f64::from(row[other].0) - healthy[other]).abs() < 7.0)
            );
            let counts: Vec<f64> = rows[3..].iter().map(|row| f64::from(row[hit].0)).collect();
            let far = counts
                .iter()
                .map(|c| (c - healthy[hit]).abs())
                .fold(0.0, f64::max);
            assert!(far > 100.0, "{knob:?}: at most {far} counts away");
        }
    }
}

#[test]
fn an_offset_is_deeper_on_either_channel() {
    let [a, ..] = Bench::broken(Knob::DepthAOffset, 100).means(500, SCENE);
    near(a, 1_940.0, 0.3);
    let [_, b, ..] = Bench::broken(Knob::DepthBOffset, 100).means(500, SCENE);
    near(b, 2_470.0, 0.6);
}

#[test]
fn what_carries_both_channels_shifts_both() {
    let [a, b, ..] = Bench::broken(Knob::DepthCommon, 100).means(500, SCENE);
    near(a, 1_940.0, 0.3);
    near(b, 2_470.0, 0.6);
}

#[test]
fn a_drift_grows_with_time_and_ends_with_its_cause() {
    for (knob, channel, per_s) in [
        (Knob::DepthADrift, 0, 140.0),
        (Knob::DepthBDrift, 1, -130.0),
    ] {
        let mut bench = Bench::broken(knob, 100);
        let rows = bench.run(1_001, SCENE);
        let counts = |row: usize| f64::from(rows[row][channel].0);
        near(counts(1_000) - counts(3), per_s, 8.0);
        bench.faults.clear(knob);
        let healed = bench.run(5, SCENE)[4][channel].0;
        near(f64::from(healed), counts(0), 12.0);
    }
}

#[test]
fn a_spike_is_one_reading() {
    let mut bench = Bench::nominal();
    bench.run(5, SCENE);
    bench.faults.set(Knob::DepthASpike, 500).unwrap();
    let rows = bench.run(3, SCENE);
    assert!(rows[0][0].0.abs_diff(2_500) < 7);
    assert!(rows[1][0].0.abs_diff(1_800) < 7 && bench.faults.is_whole());
}

#[test]
fn frozen_repeats_and_stale_grows_old() {
    for (knob, channel) in [(Knob::DepthAFrozen, 0), (Knob::DepthBFrozen, 1)] {
        let mut bench = Bench::nominal();
        let before = bench.run(5, SCENE)[4][channel].0;
        bench.faults.set(knob, 1).unwrap();
        for row in bench.run(50, SCENE) {
            assert_eq!(row[channel].0, before);
            assert!(row[channel].1 <= 1_000);
        }
    }
    for (knob, channel) in [
        (Knob::DepthAStale, 0),
        (Knob::DepthBStale, 1),
        (Knob::CurrentStale, 2),
        (Knob::BatteryStale, 3),
    ] {
        let mut bench = Bench::nominal();
        let before = bench.run(5, SCENE)[4][channel];
        bench.faults.set(knob, 1).unwrap();
        let rows = bench.run(20, SCENE);
        assert_eq!(rows[19][channel], (before.0, before.1 + 20_000));
    }
}

#[test]
fn supply_faults_show() {
    let [_, _, current, _] = Bench::broken(Knob::CurrentOffset, -300).means(500, SCENE);
    near(current, 1_848.0, 1.0);
    for (knob, channel, counts) in [
        (Knob::CurrentStuckAt, 2, 777),
        (Knob::CurrentRailLow, 2, 0),
        (Knob::CurrentRailHigh, 2, 4_095),
        (Knob::BatteryStuckAt, 3, 777),
        (Knob::BatteryRailLow, 3, 0),
        (Knob::BatteryRailHigh, 3, 4_095),
    ] {
        let value = if counts == 777 { 777 } else { 1 };
        assert_eq!(
            Bench::broken(knob, value).run(3, SCENE)[2][channel].0,
            counts,
            "{knob:?}"
        );
    }
}

/// What the wires carry when the levels are put on them, with this broken.
fn put(levels: Levels, knob: Option<(Knob, i64)>, tick: u64) -> Levels {
    let wires = Wires::default();
    let mut faults = Faults::default();
    if let Some((knob, value)) = knob {
        faults.set(knob, value).unwrap();
    }
    levels.put(tick, &faults, &wires);
    Levels {
        trigger_closed: wires.trigger_closed.get(),
        trigger_opened: wires.trigger_opened.get(),
        next: wires.next.get(),
        ok: wires.ok.get(),
        seat: wires.seat.get(),
        vbus: wires.vbus.get(),
        tag: wires.tag.get(),
    }
}

#[test]
#[rustfmt::skip] // a table reads better in columns
fn level_faults_show_on_their_wires() {
    let off = Levels::default();
    let tag = TagReading::Present(Tag { id: 1, ..Tag::default() });
    let on = Levels { seat: true, vbus: true, tag, ..off };
    assert_eq!(put(on, None, 1), on);
    let held = Levels { trigger_closed: true, trigger_opened: true, ..off };
    for (knob, before, after) in [
        (Knob::TriggerClosedStuck, off, Levels { trigger_opened: false, ..held }),
        (Knob::TriggerOpenedStuck, off, Levels { trigger_closed: false, ..held }),
        (Knob::TriggerBothStuck, off, held),
        (Knob::ButtonOkStuck, off, Levels { ok: true, ..off }),
        (Knob::ButtonNextStuck, off, Levels { next: true, ..off }),
        (Knob::SeatClosed, off, Levels { seat: true, ..off }),
        (Knob::SeatOpen, on, Levels { seat: false, ..on }),
        (Knob::VbusPresent, off, Levels { vbus: true, ..off }),
        (Knob::VbusAbsent, on, Levels { vbus: false, ..on }),
        (Knob::TagSilent, on, Levels { tag: TagReading::Absent, ..on }),
        (Knob::TagUnreadable, on, Levels { tag: TagReading::Unreadable, ..on }),
        (Knob::TagUnreadable, off, off),
    ] {
        assert_eq!(put(before, Some((knob, 1)), 1), after, "{knob:?}");
    }
    let bounce = [0, 1, 2, 3, 4, 5, 6, 7].map(|tick| put(on, Some((Knob::SeatBounce, 2)), tick).seat);
    assert_eq!(bounce, [true, true, false, false, true, true, false, false]);
}

#[test]
fn a_frozen_tag_is_the_last_one_that_was_read() {
    let wires = Wires::default();
    let mut faults = Faults::default();
    let tag = |id| {
        TagReading::Present(Tag {
            id,
            ..Tag::default()
        })
    };
    let with = |tag| Levels {
        tag,
        ..Levels::default()
    };
    with(tag(1)).put(1, &faults, &wires);
    faults.set(Knob::TagFrozen, 1).unwrap();
    for (tick, other) in [(2, TagReading::Absent), (3, tag(2))] {
        with(other).put(tick, &faults, &wires);
        assert_eq!(wires.tag.get(), tag(1));
    }
    faults.clear(Knob::TagFrozen);
    with(tag(2)).put(4, &faults, &wires);
    assert_eq!(wires.tag.get(), tag(2));
}
