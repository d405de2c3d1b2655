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

use crate::rig::{Desk, Setup};

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
fn asked_for_ms(desk: &mut Desk, ms: u64) {
    for _ in 0..ms.div_ceil(ASK_EVERY_MS) {
        desk.forget_answers();
        let seq = desk.send(&ToPen::Status);
        desk.ms(ASK_EVERY_MS);
        assert!(
            desk.heard(seq).is_some(),
            "unanswered at {} us",
            desk.now_us()
        );
    }
}

#[test]
fn proof_005_a_treatment_without_a_fault_shows_nothing() {
    for seed in 0..36 {
        let setup = setup(seed);
        let mut desk = Desk::ready(&setup);
        desk.pen.hand().press_trigger();
        asked_for_ms(&mut desk, 2_500);
        assert_eq!(desk.mode(), Some(Mode::Treating), "{setup:?}");
        desk.pen.hand().release_trigger();
        asked_for_ms(&mut desk, 1_500);
        desk.assert_judges(&format!("{setup:?}"));
        assert!(desk.watch.faults.is_empty(), "{:?}", desk.watch.faults);
        let told = desk.records(|record| {
            matches!(
                record,
                Record::Refused { .. } | Record::LinkLocked { .. } | Record::Lost { .. }
            )
        });
        assert_eq!(told.len(), 0, "{setup:?}: {told:?}");
    }
}

fn jammed(seed: u64) -> Desk {
    let mut desk = Desk::treating(&Setup::of(seed));
    desk.pen
        .faults()
        .set(Knob::TriggerBothStuck, 1)
        .expect("a knob");
    desk.ms(1_000);
    desk.pen.hand().release_trigger();
    desk
}

#[test]
fn a_trigger_that_is_stuck_in_both_contacts_ends_with_the_activation() {
    let mut desk = jammed(8);
    desk.ms(122_000);
    let truth = desk.pen.truth();
    assert!(!truth.powered && !truth.enable, "{truth:?}");
    // A jam holds the trigger: there is no release that the pen could have seen.
    desk.assert_judges("a jammed trigger");
    let stopped = desk.records(|record| {
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
        let mut desk = jammed(9);
        desk.ms(500);
        assert!(desk.pen.truth().powered);
        if next {
            desk.pen.hand().press_next(60);
        } else {
            desk.pen.hand().press_ok(60);
        }
        desk.ms(STOP_MS);
        assert!(!desk.pen.truth().powered, "{next}");
        // And it does not start again by itself.
        desk.ms(5_000);
        assert!(!desk.pen.truth().powered, "{next}");
        desk.assert_judges("a jammed trigger and a button");
    }
}
