//! The rate, judged by the true turn of the cam.

use std::f64::consts::TAU;

use pen_core::fault::{Limiting, Warning};
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_sim::fault::Knob;
use pen_sim::pen::{Observer, Truth};

use crate::scene::{Scene, Setup};

/// RATE-001 and RATE-008: every admitted rate and how far it may be off, restated.
const RATES_HZ: [u32; 6] = [50, 70, 90, 110, 130, 150];
const OFF: f64 = 0.05;
/// RATE-001: time in which the rate settles (us).
const SETTLE_US: u64 = 300_000;

/// True turns of the cam, timed between two plant steps.
#[derive(Debug, Default)]
struct Turns {
    /// When each turn ended (us) and its rate (Hz).
    all: Vec<(f64, f64)>,
    theta: Option<f64>,
    began_us: Option<f64>,
    /// When the supply began to drive (us).
    driven_us: Option<u64>,
}

impl Observer for Turns {
    fn step(&mut self, truth: &Truth) {
        const STEP_US: f64 = 100.0;
        if truth.powered && truth.enable {
            self.driven_us = self.driven_us.or(Some(truth.time_us));
        } else {
            self.driven_us = None;
        }
        let before = self
            .theta
            .replace(truth.theta_rad)
            .unwrap_or(truth.theta_rad);
        let edge = TAU * (truth.theta_rad / TAU).floor();
        if truth.rate_hz < 5.0 {
            self.began_us = None;
        }
        if before < edge {
            let late = (truth.theta_rad - edge) / (truth.theta_rad - before);
            let now_us = us(truth.time_us) - late * STEP_US;
            if let Some(began_us) = self.began_us.replace(now_us) {
                self.all.push((now_us, 1e6 / (now_us - began_us)));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a run")]
fn us(time_us: u64) -> f64 {
    time_us as f64
}

impl Turns {
    fn since(&self, from_us: u64) -> impl Iterator<Item = (f64, f64)> {
        let turns = self.all.iter().copied();
        turns.filter(move |turn| turn.0 > us(from_us))
    }

    fn fastest(&self) -> f64 {
        self.all.iter().map(|turn| turn.1).fold(0.0, f64::max)
    }
}

/// A treatment from the trigger on, and its turns.
fn treated(setup: &Setup, ms: u64) -> (Scene, Turns) {
    let mut scene = Scene::ready(setup);
    let mut turns = Turns::default();
    scene.pen.hand().press_trigger();
    scene.ms_with(ms, &mut turns);
    assert_eq!(scene.mode(), Some(Mode::Treating), "{setup:?}");
    (scene, turns)
}

#[test]
fn rate_001_holds_every_turn_within_5_percent_at_any_charge_and_load() {
    for (place, rate_hz) in (0_u64..).zip(RATES_HZ) {
        for on_skin in [false, true] {
            // 0.35 is about 3.6 V a cell at rest.
            for soc in [0.35, 0.7, 1.0] {
                let setup = Setup {
                    rate_hz,
                    on_skin,
                    soc: Some(soc),
                    ..Setup::of(40 + place)
                };
                let (scene, turns) = treated(&setup, 1_600);
                let limiting = scene.status().map(|status| status.limiting);
                let from = turns.driven_us.expect("it is driven") + SETTLE_US;
                let worst = turns
                    .since(from)
                    .map(|turn| (turn.1 / f64::from(rate_hz) - 1.0).abs())
                    .fold(0.0, f64::max);
                assert!(turns.since(from).count() > 40, "{setup:?}");
                assert!(
                    worst <= OFF || limiting == Some(Limiting::Voltage),
                    "{setup:?}: off by {:.1} %, {limiting:?}",
                    100.0 * worst
                );
                scene.assert_judges("a treatment without faults");
            }
        }
    }
}

#[test]
fn rate_001_a_new_load_is_taken_up_within_the_settling_time() {
    for seed in [1, 2, 3] {
        for rate_hz in [50, 100, 150] {
            let setup = Setup {
                rate_hz,
                on_skin: false,
                soc: Some(0.9),
                ..Setup::of(seed)
            };
            let (mut scene, mut turns) = treated(&setup, 700);
            scene.pen.hand().approach(0.0, 100.0);
            // The approach takes 200 ms.
            scene.ms_with(1_000, &mut turns);
            assert!(scene.pen.truth().punctures > 20);
            for (at, hz) in turns.since(scene.now_us() - 500_000) {
                let off = (hz / f64::from(rate_hz) - 1.0).abs();
                assert!(off <= OFF, "{setup:?}: {hz:.1} Hz at {at} us");
            }
        }
    }
}

#[test]
fn rate_007_says_that_it_is_limited_before_the_rate_falls_behind() {
    // A battery that just holds 3.20 V a cell, and a load that grows from run to run.
    let (mut told, mut behind) = (0, 0);
    for friction in (1..=16).map(|part| 250 * part) {
        for seed in [1, 2, 3] {
            let setup = Setup {
                rate_hz: 150,
                soc: Some(0.5),
                ..Setup::of(seed)
            };
            let (mut scene, mut turns) = treated(&setup, 700);
            let from = scene.now_us();
            let faults = scene.pen.faults();
            faults.set(Knob::BatterySag, 800).expect("a knob");
            faults.set(Knob::MotorFriction, friction).expect("a knob");
            let mut said_at = None;
            for _ in 0..1_200 {
                scene.tick_with(&mut turns);
                let limiting = scene.status().map(|status| status.limiting);
                if limiting != Some(Limiting::None) {
                    said_at = said_at.or(Some(scene.now_us()));
                }
            }
            let what = format!("{friction} uNm more, seed {seed}");
            behind += u32::from(is_told_in_time(&scene, &turns, (from, said_at), &what));
            told += u32::from(warned(&mut scene));
        }
    }
    println!("{told} of 48 warned, {behind} fell behind");
    assert!(told > 5 && behind > 0, "{told} warned, {behind} behind");
}

/// Fails when the rate, averaged over ten turns, fell below 90 % of set more than 100 ms before the
/// pen said so. Returns whether it fell behind at all.
fn is_told_in_time(
    scene: &Scene,
    turns: &Turns,
    (from_us, said_at): (u64, Option<u64>),
    what: &str,
) -> bool {
    scene.assert_judges(what);
    let edges = scene.watch.monitors.torque.iter();
    let ended = edges
        .filter(|edge| !edge.1 && edge.0 > from_us)
        .map(|edge| edge.0);
    let ended = ended.min().unwrap_or(u64::MAX);
    let driven: Vec<(f64, f64)> = turns
        .since(from_us)
        .filter(|turn| turn.0 < us(ended))
        .collect();
    let behind = driven.windows(10).find(|ten| {
        let mean = ten.iter().map(|turn| turn.1).sum::<f64>() / 10.0;
        mean < 0.9 * 150.0
    });
    let Some(ten) = behind else { return false };
    let late_us = ten[0].0 + 100_000.0;
    assert!(
        said_at.is_some_and(|said| us(said) <= late_us),
        "{what}: behind since {} us, said at {said_at:?}",
        ten[0].0
    );
    true
}

/// Whether the journal holds the warning, once.
fn warned(scene: &mut Scene) -> bool {
    scene.pen.hand().release_trigger();
    scene.pen.faults().clear_all();
    scene.ms(800);
    let warned = scene.records(|record| {
        matches!(
            record,
            Record::Warned {
                warning: Warning::Limited,
                ..
            }
        )
    });
    assert!(warned.len() <= 1, "{warned:?}");
    !warned.is_empty()
}

#[test]
fn rate_008_no_start_overshoots_by_more_than_5_percent() {
    let mut worst = (0.0, String::new());
    for (place, rate_hz) in (0_u64..).zip(RATES_HZ) {
        for (turn, soc) in (0_u64..).zip([0.3, 0.6, 1.0]) {
            for on_skin in [false, true] {
                let setup = Setup {
                    rate_hz,
                    on_skin,
                    soc: Some(soc),
                    ..Setup::of(7 * place + turn)
                };
                let (mut scene, mut turns) = treated(&setup, 600);
                // Once from rest as the pen came, and three times from where it parked.
                for _ in 0..3 {
                    scene.pen.hand().release_trigger();
                    scene.ms_with(900, &mut turns);
                    assert_eq!(scene.mode(), Some(Mode::Ready));
                    scene.pen.hand().press_trigger();
                    scene.ms_with(500, &mut turns);
                }
                let over = turns.fastest() / f64::from(rate_hz) - 1.0;
                if over > worst.0 {
                    worst = (over, format!("{setup:?}"));
                }
                scene.assert_judges("starts");
            }
        }
    }
    println!("worst overshoot {:.2} %: {}", 100.0 * worst.0, worst.1);
    assert!(worst.0 <= OFF, "{:.2} %: {}", 100.0 * worst.0, worst.1);
}
