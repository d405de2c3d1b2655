//! What only the core itself can bring about: a limit in force whose bits change.

use super::bench::{BenchRefusal, LIMITS};
use super::{Boot, Pen};
use crate::admitted::Admitted;
use crate::fault::Fault;
use crate::gate::{Bridge, MotorCommand};
use crate::given::{PROFILE, ZONE, plan_of};
use crate::io::{Acceleration, Inputs, Outputs, Sample, Trigger};
use crate::journal::{RecordDefect, ResetCause};
use crate::machine::Machine;
use crate::mode::Mode;
use crate::units::{Depth, Duration, Instant};

/// A pen in this mode, in the middle of a zone one of whose limits has a flipped bit.
fn spoilt_in(mode: Mode) -> Pen {
    let plan = plan_of(1, 2_500, &[ZONE]);
    let mut pen = Pen::new(&Boot {
        serial: 1,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: false,
        storage_ok: true,
        profile: Ok(PROFILE),
        calibration: Err(RecordDefect::Missing),
        ledger: None,
        digest: 0,
        signed_off: crate::calibration::CalibrationId::NONE,
    });
    let mut admitted = Admitted::new(&PROFILE, &plan, &ZONE, Depth::from_um(2_500));
    assert!(admitted.spoil(0));
    pen.account.enter_zone(admitted, 12);
    pen.machine = Machine::in_mode(mode);
    pen
}

fn step(pen: &mut Pen, ms: u64, edges: i8) -> Outputs {
    let sample = Sample {
        counts: 2_048,
        age: Duration::from_us(0),
    };
    let mut inputs = Inputs {
        depth_a: sample,
        depth_b: sample,
        current: sample,
        battery: sample,
        grip: sample,
        acceleration: Acceleration {
            z_mg: 1_000,
            ..Acceleration::default()
        },
        trigger: Trigger {
            closed: true,
            opened: true,
        },
        ..Inputs::default()
    };
    inputs.tacho.edges = edges;
    pen.step(Instant::from_us(ms * 1_000), &inputs)
}

#[test]
fn conf_008_a_flipped_bit_brakes_and_is_terminal() {
    let mut pen = spoilt_in(Mode::Treating);
    for ms in 1..=10 {
        let out = step(&mut pen, ms, i8::from(ms % 3 == 0));
        // A brake that is there is used: torque off alone would coast for many strokes.
        assert_eq!(out.motor().bridge(), Bridge::Short, "{ms} ms");
        assert_eq!(pen.machine.mode(), Mode::FaultReaction);
    }
    for ms in 11..=600 {
        let out = step(&mut pen, ms, 0);
        assert!(!out.motor().drives());
    }
    assert_eq!(
        pen.status().fault.map(|trip| trip.fault),
        Some(Fault::LimitCorrupt)
    );
    assert_eq!(pen.ledger().terminal, Some(Fault::LimitCorrupt));
    assert_eq!(pen.machine.mode(), Mode::Faulted);
}

#[test]
fn conf_008_the_bench_flips_only_what_is_in_force() {
    for which in 0..LIMITS {
        let mut pen = spoilt_in(Mode::Ready);
        // The fixture's own flip is undone first.
        assert_eq!(pen.bench_spoil_limit(0), Ok(()));
        assert!(
            pen.account
                .admitted()
                .is_some_and(|admitted| admitted.is_intact())
        );
        assert_eq!(pen.bench_spoil_limit(which), Ok(()));
        step(&mut pen, 1, 0);
        assert_eq!(
            pen.status().fault.map(|trip| trip.fault),
            Some(Fault::LimitCorrupt),
            "limit {which}"
        );
        pen.account.forget_plan();
        let refused = Err(BenchRefusal::NothingInForce);
        assert_eq!(pen.bench_spoil_limit(which), refused);
    }
    let mut pen = spoilt_in(Mode::Ready);
    assert_eq!(
        pen.bench_spoil_limit(7),
        Err(BenchRefusal::NoSuchLimit {
            asked: 7,
            allowed: 6
        })
    );
}

#[test]
fn conf_008_a_flipped_bit_is_seen_at_rest_too() {
    let mut pen = spoilt_in(Mode::Ready);
    let out = step(&mut pen, 1, 0);
    assert_eq!(out.motor(), MotorCommand::OFF);
    assert_eq!(
        pen.status().fault.map(|trip| trip.fault),
        Some(Fault::LimitCorrupt)
    );
}
