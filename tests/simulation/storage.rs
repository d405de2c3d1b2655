//! Flash and the motor never work at the same time, and what was acknowledged is there.

use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_protocol::messages::{Authorise, Commit, ReadCalibration, Telemetry, ToHost, ToPen, Which};
use pen_sim::fault::Knob;
use pen_sim::hand::Cartridge;

use crate::rig::{Desk, Setup};

/// Ticks, and fails when the flash erased or programmed in a tick after which the motor is driven
/// or may still turn. Returns the operations.
fn tick_watching_flash(desk: &mut Desk) -> u64 {
    let before = desk.pen.flash().with(|part| part.operations());
    desk.tick_with(&mut ());
    let operations = desk.pen.flash().with(|part| part.operations()) - before;
    let wires = &desk.pen.rig().wires;
    let driven = wires.enable.get() && wires.forward.get() != wires.backward.get();
    let truth = desk.pen.truth();
    if operations > 0 {
        assert!(!driven, "{operations} operations while driven: {truth:?}");
        assert!(
            desk.mode().is_none_or(Mode::is_at_rest),
            "{operations} operations in {:?}",
            desk.mode()
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
        let mut desk = Desk::ready(&Setup::of(seed));
        desk.send(&ToPen::Telemetry(Telemetry { period_ms: 20 }));
        for round in 0..3 {
            desk.pen.hand().press_trigger();
            for tick in 0..1_500_u32 {
                // Refusals want to be journalled, at once.
                if tick % 50 == 0 && (200..1_400).contains(&tick) {
                    desk.send(&ToPen::EndSession);
                }
                if round == 1
                    && tick == 900
                    && let Some(knob) = reason
                {
                    desk.pen.faults().set(knob, 1).expect("a knob");
                }
                operations += tick_watching_flash(&mut desk);
                driven_ticks += u32::from(desk.pen.truth().powered);
            }
            desk.pen.hand().release_trigger();
            for _ in 0..700 {
                operations += tick_watching_flash(&mut desk);
            }
        }
        desk.assert_judges("treatments with a talkative host");
    }
    assert!(driven_ticks > 10_000, "{driven_ticks}");
    assert!(operations > 50, "{operations}: nothing was stored");
}

/// A technician in Service mode with a calibration staged; its digest and generation.
fn staged(seed: u64) -> (Desk, u32, u32) {
    let mut desk = Desk::new(&Setup::of(seed));
    desk.pen.hand().insert(Cartridge::dummy(7));
    desk.pen.hand().hold_ok(true);
    desk.ms(1_000);
    desk.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    let current = ToPen::ReadCalibration(ReadCalibration {
        which: Which::Current,
    });
    assert_eq!(desk.ask(&technician), Some(ToHost::Done));
    assert_eq!(desk.ask(&ToPen::EnterService), Some(ToHost::Done));
    let Some(ToHost::CalibrationReply(reply)) = desk.ask(&current) else {
        panic!("no calibration");
    };
    let mut calibration = reply.found.expect("calibrated").calibration;
    calibration.generation += 1;
    let generation = calibration.generation;
    assert_eq!(desk.ask(&ToPen::Stage(calibration)), Some(ToHost::Done));
    let digest = desk.status().and_then(|status| status.staged);
    (desk, digest.expect("staged"), generation)
}

#[test]
fn store_005_a_commit_that_was_acknowledged_is_what_the_pen_boots_with() {
    let (mut acknowledged, mut cut) = (0_u32, 0_u32);
    for operation in 0..14 {
        for seed in [1, 2, 3] {
            let (mut desk, digest, generation) = staged(seed);
            desk.pen
                .faults()
                .set(Knob::FlashCut, operation)
                .expect("a knob");
            let before = desk.pen.flash().with(|part| part.cuts_fired());
            let answer = desk.ask(&ToPen::Commit(Commit { digest }));
            let fired = desk.pen.flash().with(|part| part.cuts_fired()) - before;
            cut += u32::from(fired > 0);
            desk.pen.flash().with(pen_sim::board::Part::cancel_cut);
            desk.pen.reboot(pen_core::journal::ResetCause::PowerOn);
            desk.ms(1_500);
            let booted = desk.status().expect("alive").generation;
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
