//! Treatments in which nothing is broken, and hands that cannot let go.
//!
//! What happens when something breaks, wherever and whenever, is `pen-sim sweep`'s: there a fault is
//! benign because no bound shows harm, not because a list says so.

use pen_core::cartridge::Kind;
use pen_core::fault::{Fault, StopCause};
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_protocol::messages::{Commit, EndTerminal, ToPen};
use pen_sim::fault::Knob;
use pen_sim::rng::Seed;

use crate::scene::{Scene, Setup};

/// How often the host asks for the status meanwhile (ms).
const ASK_EVERY_MS: u64 = 50;
/// STOP-013: what a stop may take (ms).
const STOP_MS: u64 = 3;

fn setup(seed: u64) -> Setup {
    let chance = Seed::new(seed).derive("healthy");
    let rates = [50, 80, 100, 120, 150];
    let place = usize::try_from(chance.below(1, 0, 5)).expect("small");
    Setup {
        rate_hz: rates[place],
        kind: [Kind::Twelve, Kind::ThirtySix][usize::from(chance.chance(2, 0, 0.5))],
        on_skin: !chance.chance(3, 0, 0.25),
        soc: Some(0.55 + 0.45 * chance.uniform(4, 0)),
        ..Setup::of(1_000 + seed)
    }
}

/// Lets time pass while a host asks for the status all the time; every question is answered.
fn asked_for_ms(scene: &mut Scene, ms: u64) {
    for _ in 0..ms.div_ceil(ASK_EVERY_MS) {
        scene.forget_answers();
        let seq = scene.send(&ToPen::Status);
        scene.ms(ASK_EVERY_MS);
        assert!(
            scene.heard(seq).is_some(),
            "unanswered at {} us",
            scene.now_us()
        );
    }
}

#[test]
fn proof_005_a_treatment_without_a_fault_shows_nothing() {
    for seed in 0..36 {
        let setup = setup(seed);
        let mut scene = Scene::ready(&setup);
        scene.pen.hand().press_trigger();
        asked_for_ms(&mut scene, 2_500);
        assert_eq!(scene.mode(), Some(Mode::Treating), "{setup:?}");
        scene.pen.hand().release_trigger();
        asked_for_ms(&mut scene, 1_500);
        scene.assert_judges(&format!("{setup:?}"));
        assert!(scene.watch.faults.is_empty(), "{:?}", scene.watch.faults);
        let told = scene.records(|record| {
            matches!(
                record,
                Record::Refused { .. } | Record::LinkLocked { .. } | Record::Lost { .. }
            )
        });
        assert_eq!(told.len(), 0, "{setup:?}: {told:?}");
    }
}

/// What a host may ask for at any time, and is refused and journalled: flash has something to do.
fn refused(chance: Seed, n: u64) -> ToPen {
    match chance.below(1, n, 5) {
        0 => ToPen::Discard,
        1 => ToPen::Revert,
        2 => ToPen::EnterService,
        3 => ToPen::Commit(Commit { digest: 1 }),
        _ => ToPen::EndTerminal(EndTerminal {
            fault: Fault::DriveStuck,
        }),
    }
}

#[test]
fn proof_005_treatments_show_nothing_however_busy_flash_is_and_whenever_they_begin() {
    let mut drives = 0;
    for seed in 0..24 {
        let chance = Seed::new(seed).derive("busy");
        let mut scene = Scene::ready(&setup(100 + seed));
        let mut is_held = false;
        for n in 0..160 {
            if chance.chance(2, n, 0.7) {
                scene.send(&refused(chance, n));
                scene.ms(chance.below(3, n, 12));
            }
            if chance.chance(4, n, 0.5) {
                is_held = !is_held;
                if is_held {
                    scene.pen.hand().press_trigger();
                } else {
                    scene.pen.hand().release_trigger();
                }
            }
            // Most come at the heels of the last one.
            let pause = if chance.chance(5, n, 0.25) { 600 } else { 12 };
            scene.ms(1 + chance.below(6, n, pause));
            drives += u32::from(scene.mode() == Some(Mode::Treating));
            assert!(
                scene.watch.faults.is_empty(),
                "seed {seed}, {n}: {:?}",
                scene.watch.faults
            );
        }
        scene.pen.hand().release_trigger();
        scene.ms(1_500);
        assert!(scene.watch.faults.is_empty(), "{:?}", scene.watch.faults);
        scene.assert_judges(&format!("seed {seed}"));
    }
    println!("{drives} requests met a pen that treats");
    assert!(drives > 200, "{drives}");
}

fn jammed(seed: u64) -> Scene {
    let mut scene = Scene::treating(&Setup::of(seed));
    scene
        .pen
        .faults()
        .set(Knob::TriggerBothStuck, 1)
        .expect("a knob");
    scene.ms(1_000);
    scene.pen.hand().release_trigger();
    scene
}

#[test]
fn a_trigger_that_is_stuck_in_both_contacts_ends_with_the_activation() {
    let mut scene = jammed(8);
    scene.ms(122_000);
    let truth = scene.pen.truth();
    assert!(!truth.powered && !truth.enable, "{truth:?}");
    // A jam holds the trigger: there is no release that the pen could have seen.
    scene.assert_judges("a jammed trigger");
    let stopped = scene.records(|record| {
        matches!(
            record,
            Record::Stopped {
                cause: StopCause::ActivationTime | StopCause::ZoneTime,
                ..
            }
        )
    });
    assert_eq!(stopped.len(), 1);
}

#[test]
fn stop_001_any_button_on_the_pen_stops_a_jammed_trigger() {
    for next in [false, true] {
        let mut scene = jammed(9);
        scene.ms(500);
        assert!(scene.pen.truth().powered);
        if next {
            scene.pen.hand().press_next(60);
        } else {
            scene.pen.hand().press_ok(60);
        }
        scene.ms(STOP_MS);
        assert!(!scene.pen.truth().powered, "{next}");
        // And it does not start again by itself.
        scene.ms(5_000);
        assert!(!scene.pen.truth().powered, "{next}");
        scene.assert_judges("a jammed trigger and a button");
    }
}
