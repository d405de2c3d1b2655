//! Treatments in which nothing is broken, and hands that cannot let go.
//!
//! What happens when something breaks, wherever and whenever, is `pen-sim sweep`'s: there a fault is
//! benign because no bound shows harm, not because a list says so.

use pen_core::cartridge::Kind;
use pen_core::fault::StopCause;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_protocol::messages::ToPen;
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
