//! Stopping and parking, judged by the true needle.

use pen_core::cartridge::Kind;
use pen_core::fault::Fault;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_core::plan::Zone;
use pen_sim::fault::Knob;
use pen_sim::pen::Truth;
use pen_sim::rng::Seed;

use crate::scene::{Scene, Setup};

/// STOP-002: needle entries after the brake and the last of them (us).
const ENTRIES: u32 = 2;
const LAST_ENTRY_US: u64 = 30_000;
/// STOP-003: time from standstill to parked (us).
const PARK_US: u64 = 300_000;
/// STOP-008: time from the brake to the second path (us).
const EFFECT_US: u64 = 20_000;

/// A treatment that is let go of at a random moment of the loop.
fn runs() -> impl Iterator<Item = (Setup, u64)> {
    let chance = Seed::new(0x5709).derive("stops");
    let cases = [
        (50, 300.0, 500, Kind::Six),
        (80, 900.0, 1_000, Kind::Twelve),
        (100, 1_400.0, 1_500, Kind::ThirtySix),
        (120, 900.0, 1_000, Kind::Sixteen),
        (150, 900.0, 1_000, Kind::Twelve),
        (150, 1_400.0, 1_500, Kind::ThirtySix),
    ];
    (0..60_u32).map(move |n| {
        let place = usize::try_from(n).expect("small") % cases.len();
        let (rate_hz, ring_um, cap_um, kind) = cases[place];
        let on_skin = chance.uniform(1, u64::from(n)) < 0.7;
        let setup = Setup {
            rate_hz,
            ring_um,
            cap_um,
            kind,
            zone: if cap_um > 1_000 {
                Zone::FacialScar
            } else {
                Zone::Cheek
            },
            on_skin,
            soc: Some(0.5 + 0.5 * chance.uniform(2, u64::from(n))),
            ..Setup::of(100 + u64::from(n))
        };
        (setup, chance.below(3, u64::from(n), 40))
    })
}

/// What one stop was like.
#[derive(Debug, Default)]
struct Stop {
    braked_us: Option<u64>,
    entries: u32,
    last_entry_us: u64,
    /// End of the last motion faster than 8 Hz, before parking (us).
    still_us: Option<u64>,
    was_out: bool,
}

impl Stop {
    fn look(&mut self, truth: &Truth) {
        let out = truth.protrusion_um > 0.0;
        let entered = out && !self.was_out;
        self.was_out = out;
        if truth.braking && self.braked_us.is_none() {
            self.braked_us = Some(truth.time_us);
        }
        let Some(braked) = self.braked_us else { return };
        let after = truth.time_us - braked;
        if entered && after < 100_000 {
            self.entries += 1;
            self.last_entry_us = after;
        }
        if truth.rate_hz.abs() < 0.5 && self.still_us.is_none() {
            self.still_us = Some(truth.time_us);
        }
    }
}

#[test]
fn stop_002_no_stop_lets_the_needles_in_more_than_twice_or_later_than_30_ms() {
    let mut worst = (0, 0);
    for (setup, phase_ms) in runs() {
        let mut scene = Scene::treating(&setup);
        scene.ms(phase_ms);
        scene.pen.hand().release_trigger();
        let mut stop = Stop {
            was_out: scene.pen.truth().protrusion_um > 0.0,
            ..Stop::default()
        };
        scene.ms_with(1_000, &mut |truth: &Truth| stop.look(truth));
        assert!(stop.braked_us.is_some(), "{setup:?}");
        worst = (worst.0.max(stop.entries), worst.1.max(stop.last_entry_us));
        assert!(
            stop.entries <= ENTRIES && stop.last_entry_us <= LAST_ENTRY_US,
            "{setup:?}, {phase_ms} ms: {stop:?}"
        );
        scene.assert_judges("a stop");
    }
    println!(
        "worst stop: {} entries, the last after {} us",
        worst.0, worst.1
    );
}

#[test]
fn stop_003_says_parked_only_when_the_needles_are_in_and_parks_where_it_can() {
    let (mut parked, mut worst_us) = (0_u32, 0);
    let mut left_out = Vec::new();
    for (setup, phase_ms) in runs() {
        let mut scene = Scene::treating(&setup);
        scene.ms(phase_ms);
        scene.pen.hand().release_trigger();
        let mut stop = Stop::default();
        let mut rested_us = None;
        for _ in 0..1_200 {
            scene.tick_with(&mut |truth: &Truth| stop.look(truth));
            if scene.mode() == Some(Mode::Ready) && rested_us.is_none() {
                rested_us = Some(scene.now_us());
            }
        }
        let told = scene.status().expect("alive").parked;
        let truth = scene.pen.truth();
        assert_eq!(told, truth.protrusion_um <= 0.0, "{setup:?}: {truth:?}");
        let still = stop.still_us.expect("it stood");
        let rested = rested_us.unwrap_or_else(|| panic!("{setup:?}: never came to rest"));
        if told {
            parked += 1;
            worst_us = worst_us.max(rested.saturating_sub(still));
            assert!(
                rested <= still + PARK_US + 100_000,
                "{setup:?}: stood at {still} us, at rest at {rested} us"
            );
        } else {
            left_out.push((setup.seed, truth.protrusion_um));
        }
        let halted = scene.records(|record| matches!(record, Record::Halted { .. }));
        let last = halted.last().expect("the stop is journalled");
        assert!(
            matches!(last, Record::Halted { parked, .. } if *parked == told),
            "{setup:?}: {last:?}"
        );
        scene.assert_judges("a stop");
    }
    println!(
        "{parked} of 60 parked, at most {worst_us} us after standstill; left out: {left_out:?}"
    );
    assert!(
        parked >= 57,
        "{parked} of 60 parked; left out: {left_out:?}"
    );
}

#[test]
fn stop_003_a_needle_that_cannot_be_parked_is_told_as_out() {
    let mut out = 0;
    for seed in 0..12 {
        let mut scene = Scene::treating(&Setup::of(300 + seed));
        scene.ms(seed);
        scene.pen.faults().set(Knob::MotorJam, 1).expect("a knob");
        scene.ms(1_500);
        let truth = scene.pen.truth();
        let status = scene.status().expect("alive");
        assert_eq!(status.mode, Mode::Faulted, "{status:?}");
        if truth.protrusion_um > 0.0 {
            out += 1;
            assert!(!status.parked, "seed {seed}: {truth:?}");
        }
        scene.assert_judges("a jammed pen");
    }
    assert!(out > 0, "no jam left the needles out: this proved nothing");
}

#[test]
fn stop_008_a_brake_that_does_not_brake_is_seen_within_20_ms() {
    let mut worst_us = 0;
    for (n, rate_hz) in (0_u64..).zip([50, 60, 75, 90, 100, 110, 120, 130, 140, 150]) {
        for on_skin in [false, true] {
            let mut scene = Scene::treating(&Setup {
                rate_hz,
                on_skin,
                has_brake: false,
                ..Setup::of(400 + n)
            });
            scene.ms(3 * n);
            scene
                .pen
                .faults()
                .set(Knob::BridgeBrakeOpen, 1)
                .expect("a knob");
            scene.ms(50);
            scene.pen.hand().release_trigger();
            let released = scene.now_us();
            let (mut undriven, mut opened) = (None, None);
            scene.ms_with(400, &mut |truth: &Truth| {
                if !truth.powered && undriven.is_none() {
                    undriven = Some(truth.time_us);
                }
                if !truth.enable && opened.is_none() {
                    opened = Some(truth.time_us);
                }
            });
            let braked = undriven.expect("the drive was taken away");
            let opened = opened.expect("the second path was opened");
            assert!(braked <= released + 3_000, "{rate_hz} Hz");
            worst_us = worst_us.max(opened - braked);
            assert!(
                opened - braked <= EFFECT_US + 1_000,
                "{rate_hz} Hz, skin {on_skin}: {} us",
                opened - braked
            );
            let fault = scene.watch.faults.first().map(|fault| fault.1);
            assert_eq!(fault, Some(Fault::DriveStuck), "{rate_hz} Hz");
            scene.assert_judges("a pen without a brake");
        }
    }
    println!("second path opened at most {worst_us} us after the brake that did nothing");
}

#[test]
fn stop_008_a_brake_that_works_is_never_called_stuck() {
    for (n, rate_hz) in (0_u64..).zip((50..=150).step_by(5)) {
        let mut scene = Scene::treating(&Setup {
            rate_hz,
            on_skin: n % 2 == 0,
            ..Setup::of(500 + n)
        });
        for round in 0..6 {
            scene.ms(1 + 3 * round);
            scene.pen.hand().release_trigger();
            scene.ms(800);
            assert_eq!(scene.watch.faults, [], "{rate_hz} Hz, round {round}");
            assert_eq!(scene.mode(), Some(Mode::Ready));
            scene.pen.hand().press_trigger();
            scene.ms(400);
            assert_eq!(scene.mode(), Some(Mode::Treating), "{rate_hz} Hz");
        }
        scene.assert_judges("starts and stops");
    }
}
