//! Flash and the motor never work at the same time, and what was acknowledged is there.

use pen_core::calibration::Calibration;
use pen_core::journal::ResetCause;
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_protocol::messages::{
    Authorise, Commit, ReadCalibration, SignOff, Telemetry, ToHost, ToPen, Which,
};
use pen_sim::fault::Knob;
use pen_sim::flash::Violations;
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
    scene.ms(900);
    scene.pen.hand().hold_ok(true);
    scene.ms(100);
    scene.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(scene.ask(&technician), Some(ToHost::Done));
    assert_eq!(scene.ask(&ToPen::EnterService), Some(ToHost::Done));
    let mut calibration = current(&mut scene);
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
            scene.pen.reboot(ResetCause::PowerOn);
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

fn sign_off(scene: &mut Scene, generation: u32) {
    let asked = ToPen::SignOff(SignOff { generation });
    assert_eq!(scene.ask(&asked), Some(ToHost::Done));
}

/// The calibration in force.
fn current(scene: &mut Scene) -> Calibration {
    let current = ToPen::ReadCalibration(ReadCalibration {
        which: Which::Current,
    });
    match scene.ask(&current) {
        Some(ToHost::CalibrationReply(reply)) => reply.found.expect("calibrated").calibration,
        other => panic!("{other:?}"),
    }
}

/// The next calibration is staged, and committed.
fn commit_next(scene: &mut Scene) -> u32 {
    let before = current(scene);
    let calibration = Calibration {
        generation: before.generation + 1,
        due_day: before.due_day + 1,
        ..before
    };
    assert_eq!(scene.ask(&ToPen::Stage(calibration)), Some(ToHost::Done));
    let digest = scene.status().and_then(|status| status.staged);
    let digest = digest.expect("staged");
    let commit = ToPen::Commit(Commit { digest });
    assert_eq!(scene.ask(&commit), Some(ToHost::Done));
    calibration.generation
}

/// Again in Service mode, a second after power came back.
fn serve(scene: &mut Scene) {
    scene.ms(1_400);
    // What was down over a start counts for nobody.
    scene.pen.hand().hold_ok(false);
    scene.ms(10);
    scene.pen.hand().hold_ok(true);
    scene.ms(90);
    scene.hello();
    let technician = ToPen::Authorise(Authorise {
        role: Role::Technician,
    });
    assert_eq!(scene.ask(&technician), Some(ToHost::Done));
    assert_eq!(scene.ask(&ToPen::EnterService), Some(ToHost::Done));
}

/// A pen in Service mode whose newest calibration nobody signed off, after so many that somebody did or did
/// not; its generation.
fn unverified(rounds: u32, is_signed: bool) -> (Scene, u32) {
    let (mut scene, digest, mut generation) = staged(1);
    let commit = ToPen::Commit(Commit { digest });
    assert_eq!(scene.ask(&commit), Some(ToHost::Done));
    for _ in 0..rounds {
        if is_signed {
            sign_off(&mut scene, generation);
        }
        generation = commit_next(&mut scene);
    }
    scene.ms(100);
    (scene, generation)
}

/// What is in force, its day, and whether it was signed off. The role is an operator's after this.
fn in_force(scene: &mut Scene) -> (u32, u16, bool) {
    scene.hello();
    let calibration = current(scene);
    let status = scene.status().expect("alive");
    let locked = status.locks.has(Lock::Unverified);
    (calibration.generation, calibration.due_day, !locked)
}

/// Where power fails in the page that is programmed: after so many bytes, or all over it.
const CUTS: [Option<usize>; 6] = [Some(0), Some(7), Some(40), Some(150), Some(255), None];

fn cut_after(scene: &Scene, operations: u64, bytes: Option<usize>) -> u64 {
    scene.pen.flash().with(|part| {
        match bytes {
            Some(bytes) => part.cut_after(operations, bytes),
            None => part.cut_ragged_after(operations),
        }
        part.cuts_fired()
    })
}

/// The cuts that fired since; none is left to fire.
fn cuts_since(scene: &Scene, before: u64) -> u64 {
    scene.pen.flash().with(|part| {
        part.cancel_cut();
        part.cuts_fired() - before
    })
}

/// Cuts a return at each flash operation, and the start after it at some; the cuts that fired, and how often
/// the calibration before was in force after them.
fn cut_the_return(rounds: u32, is_signed: bool) -> (u64, u32) {
    let (mut fired, mut returned) = (0, 0);
    let (mut scene, generation) = unverified(rounds, is_signed);
    let content = scene.pen.flash().with(|part| part.snapshot());
    let before = in_force(&mut scene);
    assert_eq!((before.0, before.2), (generation, false));
    for operation in 0.. {
        let mut any = false;
        for (bytes, again) in CUTS
            .into_iter()
            .zip([None, Some(0), None, Some(1), Some(2), None])
        {
            let mut scene = Scene::new(&Setup::of(1));
            scene.pen.flash().with(|part| part.restore(&content));
            scene.pen.hand().insert(Cartridge::dummy(7));
            scene.pen.hand().hold_ok(true);
            scene.pen.reboot(ResetCause::PowerOn);
            serve(&mut scene);
            scene.ms(100);
            let cuts = cut_after(&scene, operation, bytes);
            let answer = scene.ask(&ToPen::Revert);
            let cuts = cuts_since(&scene, cuts);
            if cuts == 0 {
                assert_eq!(answer, Some(ToHost::Done));
                break;
            }
            any = true;
            fired += cuts;
            if let Some(operation) = again {
                let cuts = cut_after(&scene, operation, bytes);
                scene.pen.reboot(ResetCause::PowerOn);
                scene.ms(700);
                fired += cuts_since(&scene, cuts);
            }
            scene.pen.reboot(ResetCause::PowerOn);
            scene.ms(1_500);
            let found = in_force(&mut scene);
            let what = format!("{rounds} {is_signed} {operation} {bytes:?} {again:?}: {found:?}");
            let after = (generation + 1, before.1 - 1, is_signed);
            assert!(found == before || found == after, "{what}");
            returned += u32::from(found == after);
            if found == before && is_signed {
                // Nothing of the return is left: it can be asked for again, and is as good.
                serve(&mut scene);
                assert_eq!(scene.ask(&ToPen::Revert), Some(ToHost::Done), "{what}");
                scene.ms(100);
                let (_, due_day, is_verified) = in_force(&mut scene);
                assert_eq!((due_day, is_verified), (before.1 - 1, true), "{what}");
            }
            let violations = scene.pen.flash().with(|part| part.violations());
            assert_eq!(violations, Violations::default(), "{what}");
        }
        if !any {
            break;
        }
    }
    (fired, returned)
}

#[test]
fn cal_005_a_return_that_power_cuts_anywhere_is_whole_or_not_begun() {
    let (mut fired, mut returned) = (0, 0);
    // A region of flash has room for eighteen: in some of these it is full, and the other is erased.
    for rounds in [1, 2, 5, 9, 14, 15, 16, 17, 18, 19] {
        for is_signed in [true, false] {
            let (cuts, whole) = cut_the_return(rounds, is_signed);
            assert!(cuts >= 12, "{rounds} {is_signed}: {cuts}");
            fired += cuts;
            returned += whole;
        }
    }
    println!(
        "{fired} cuts fired; the calibration before was in force after {returned} of the returns"
    );
    assert!(fired > 600, "{fired}");
    assert!(returned > 100, "{returned}");
}
