//! Flash and the motor never work at the same time, and what was acknowledged is there.

use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_protocol::messages::{Authorise, Commit, ReadCalibration, Telemetry, ToHost, ToPen, Which};
use pen_sim::fault::Knob;
use pen_sim::hand::Cartridge;

use crate::scene::{Scene, Setup};

/// Ticks, and fails when the flash erased or programmed in a tick after which the motor is driven
/// or may still turn. Returns the operations.
fn tick_watching_flash(scene: &mut Scene) -> u64 {
    let before = scene.pen.flash().with(|part| part.operations());
    scene.tick_with(&mut ());
    let operations = scene.pen.flash().with(|part| part.operations()) - before;
    let wires = &scene.pen.hardware().wires;
    let driven = wires.enable.get() && wires.forward.get() != wires.backward.get();
    let truth = scene.pen.truth();
    if operations > 0 {
        assert!(!driven, "{operations} operations while driven: {truth:?}");
        assert!(
            scene.mode().is_none_or(Mode::is_at_rest),
            "{operations} operations in {:?}",
            scene.mode()
        );
    }
    operations
}

#[test]
fn store_003_the_flash_rests_at_every_tick_in_which_the_motor_may_turn() {
    let reasons = [
        None,
        Some(Knob::DepthBStale),
        Some(Knob::MotorJam),
        Some(Knob::SeatOpen),
        Some(Knob::HallLost),
    ];
    let (mut driven_ticks, mut operations) = (0_u32, 0);
    for (seed, reason) in (600..).zip(reasons) {
        let mut scene = Scene::ready(&Setup::of(seed));
        scene.send(&ToPen::Telemetry(Telemetry { period_ms: 20 }));
        for round in 0..3 {
            scene.pen.hand().press_trigger();
            for tick in 0..1_500_u32 {
                // Refusals want to be journalled, at once.
                if tick % 50 == 0 && (200..1_400).contains(&tick) {
                    scene.send(&ToPen::EndSession);
                }
                if round == 1
                    && tick == 900
                    && let Some(knob) = reason
                {
                    scene.pen.faults().set(knob, 1).expect("a knob");
                }
                operations += tick_watching_flash(&mut scene);
                driven_ticks += u32::from(scene.pen.truth().powered);
            }
            scene.pen.hand().release_trigger();
            for _ in 0..700 {
                operations += tick_watching_flash(&mut scene);
            }
        }
        scene.assert_judges("treatments with a talkative host");
    }
    assert!(driven_ticks > 10_000, "{driven_ticks}");
    assert!(operations > 50, "{operations}: nothing was stored");
}

/// A technician in Service mode with a calibration staged; its digest and generation.
fn staged(seed: u64) -> (Scene, u32, u32) {
    let mut scene = Scene::new(&Setup::of(seed));
    scene.pen.hand().insert(Cartridge::dummy(7));
    scene.pen.hand().hold_ok(true);
    scene.ms(1_000);
    scene.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    let current = ToPen::ReadCalibration(ReadCalibration {
        which: Which::Current,
    });
    assert_eq!(scene.ask(&technician), Some(ToHost::Done));
    assert_eq!(scene.ask(&ToPen::EnterService), Some(ToHost::Done));
    let Some(ToHost::CalibrationReply(reply)) = scene.ask(&current) else {
        panic!("no calibration");
    };
    let mut calibration = reply.found.expect("calibrated").calibration;
    calibration.generation += 1;
    let generation = calibration.generation;
    assert_eq!(scene.ask(&ToPen::Stage(calibration)), Some(ToHost::Done));
    let digest = scene.status().and_then(|status| status.staged);
    (scene, digest.expect("staged"), generation)
}

#[test]
fn store_005_a_commit_that_was_acknowledged_is_what_the_pen_boots_with() {
    let (mut acknowledged, mut cut) = (0_u32, 0_u32);
    for operation in 0..14 {
        for seed in [1, 2, 3] {
            let (mut scene, digest, generation) = staged(seed);
            scene
                .pen
                .faults()
                .set(Knob::FlashCut, operation)
                .expect("a knob");
            let before = scene.pen.flash().with(|part| part.cuts_fired());
            let answer = scene.ask(&ToPen::Commit(Commit { digest }));
            let fired = scene.pen.flash().with(|part| part.cuts_fired()) - before;
            cut += u32::from(fired > 0);
            scene.pen.flash().with(pen_sim::board::Part::cancel_cut);
            scene.pen.reboot(pen_core::journal::ResetCause::PowerOn);
            scene.ms(1_500);
            let booted = scene.status().expect("alive").generation;
            if answer == Some(ToHost::Done) {
                acknowledged += 1;
                assert_eq!(booted, generation, "cut {operation}, seed {seed}");
            } else {
                // Not acknowledged: the old one or the new one, never none.
                assert!(
                    booted == generation || booted == generation - 1,
                    "cut {operation}, seed {seed}: {booted}"
                );
            }
        }
    }
    println!("{cut} of 42 cuts fired before the answer; {acknowledged} commits acknowledged");
    assert!(cut >= 9, "only {cut} cuts fired");
    assert!(acknowledged >= 9, "only {acknowledged} were acknowledged");
}
