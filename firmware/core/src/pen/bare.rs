//! A pen that lacks what its mode stands on: the last rooms before the motor ask for it on their own.

use super::{Boot, Pen};
use crate::admitted::Admitted;
use crate::gate::Bridge;
use crate::given::{PROFILE, SERIAL, ZONE, calibration, plan_of};
use crate::io::{Acceleration, Inputs, Sample, Trigger};
use crate::journal::ResetCause;
use crate::machine::Machine;
use crate::mode::Mode;
use crate::profile::ProfileDefect;
use crate::records::Records;
use crate::request::Refusal;
use crate::start;
use crate::units::{Depth, Duration, Instant, Rate};

fn boot() -> Boot {
    Boot {
        serial: SERIAL,
        cause: ResetCause::PowerOn,
        image_ok: true,
        memory_ok: true,
        second_switch: false,
        storage_ok: true,
        profile: Ok(PROFILE),
        calibration: Ok(calibration(1, 2_400, 2_600)),
        ledger: None,
    }
}

/// A pen with a plan and an open zone, whose readings are good and whose trigger is held.
fn ready() -> Pen {
    let mut pen = Pen::new(&boot());
    let plan = plan_of(1, 2_500, &[ZONE]);
    pen.account.take_plan(&plan, &mut ());
    let admitted = Admitted::new(&PROFILE, &plan, &ZONE, Depth::from_um(2_500));
    pen.account.enter_zone(admitted, 12);
    let sample = |counts| Sample {
        counts,
        age: Duration::from_us(0),
    };
    let inputs = Inputs {
        // Both channels at 1 mm.
        depth_a: sample(1_800),
        depth_b: sample(2_600),
        current: sample(2_048),
        battery: sample(3_000),
        grip: sample(2_048),
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
    for ms in 1..=100 {
        pen.step(Instant::from_us(ms * 1_000), &inputs);
    }
    pen
}

#[test]
fn safe_001_a_pen_that_treats_without_a_zone_has_no_interlock_that_allows_it() {
    let mut pen = ready();
    pen.machine = Machine::in_mode(Mode::Treating);
    assert!(pen.interlocks().is_some());
    pen.account.forget_plan();
    assert!(pen.interlocks().is_none());
}

#[test]
fn safe_001_a_pen_that_turns_without_a_profile_brakes() {
    let tick = Duration::from_ms(1);
    let mut pen = ready();
    pen.machine = Machine::in_mode(Mode::ServiceRunning);
    pen.dead_man.heard();
    pen.dead_man.turn(Rate::from_hz(50));
    assert!(pen.command_motor(tick).drives());
    let boot = Boot {
        profile: Err(ProfileDefect::Missing),
        ..boot()
    };
    (pen.records, _, _) = Records::new(&boot);
    let command = pen.command_motor(tick);
    assert!(command.enable() && command.bridge() == Bridge::Short);
}

#[test]
fn sess_004_nothing_starts_without_a_plan_and_its_open_zone() {
    let mut pen = ready();
    assert_ne!(start::may_start(&pen.facts()), Err(Refusal::NoPlan));
    pen.account.leave_zone();
    assert!(pen.account.plan().is_some());
    assert_eq!(start::may_start(&pen.facts()), Err(Refusal::NoPlan));
    pen.account.forget_plan();
    assert_eq!(start::may_start(&pen.facts()), Err(Refusal::NoPlan));
}
