//! A pen that is put into a state by hand: what it lacks there, and what it makes of it.

use super::{Boot, Pen};
use crate::admitted::Admitted;
use crate::cam::Cam;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::gate::Bridge;
use crate::given::{PROFILE, ZONE, boot, plan_of};
use crate::guard::trip;
use crate::io::{Acceleration, Inputs, Sample, Trigger};
use crate::locks::Lock;
use crate::machine::Machine;
use crate::mode::Mode;
use crate::profile::ProfileDefect;
use crate::records::Records;
use crate::request::Refusal;
use crate::start;
use crate::units::{Depth, Duration, Instant, Rate};

/// What a pen that lies still and is well reads.
fn at_1_mm() -> Inputs {
    let sample = |counts| Sample {
        counts,
        age: Duration::from_us(0),
    };
    Inputs {
        depth_a: sample(1_800),
        depth_b: sample(2_600),
        current: sample(2_048),
        battery: sample(3_000),
        grip: sample(2_048),
        acceleration: Acceleration {
            z_mg: 1_000,
            ..Acceleration::default()
        },
        ..Inputs::default()
    }
}

/// A pen with a plan and an open zone, whose readings are good and whose trigger is held.
fn ready() -> Pen {
    let mut pen = Pen::new(&boot());
    let plan = plan_of(1, 2_500, &[ZONE]);
    pen.account.take_plan(&plan, &mut ());
    let admitted = Admitted::new(&PROFILE, &plan, &ZONE, Depth::from_um(2_500));
    pen.account.enter_zone(admitted, 12);
    let inputs = Inputs {
        trigger: Trigger {
            closed: true,
            opened: true,
        },
        ..at_1_mm()
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

#[test]
fn rate_009_a_current_of_120_ma_is_no_current_and_one_of_121_closes_the_lock() {
    // Smoothed in whole milliamperes, a steady reading from below comes out one lower.
    for (read, closes) in [
        (0, false),
        (120, false),
        (121, false),
        (122, true),
        (200, true),
    ] {
        let mut pen = Pen::new(&boot());
        let inputs = Inputs {
            current: Sample {
                counts: 2_048 + read,
                age: Duration::from_us(0),
            },
            ..at_1_mm()
        };
        for ms in 1..=1_000 {
            pen.step(Instant::from_us(ms * 1_000), &inputs);
        }
        let closed = pen.status().locks.has(Lock::CurrentZero);
        assert_eq!(closed, closes, "{read} mA read");
    }
}

#[test]
fn stop_003_the_cam_is_lost_by_each_fault_that_doubts_the_tachometer_and_by_no_other() {
    for fault in Fault::ALL {
        let doubts = matches!(
            fault,
            Fault::FeedbackLost
                | Fault::Stalled
                | Fault::UnexpectedMotion
                | Fault::OverSpeed
                | Fault::SensorInvalid
        );
        for (mode, loses) in [
            (Mode::Treating, doubts),
            (Mode::ServiceRunning, doubts),
            (Mode::Ready, false),
        ] {
            let mut pen = ready();
            pen.machine = Machine::in_mode(mode);
            pen.cam = Cam::new();
            pen.trip(trip(fault, 1, 0));
            assert_eq!(pen.cam.is_believed(), !loses, "{fault:?} in {mode:?}");
        }
    }
}

#[test]
fn stop_003_a_braked_cam_may_roll_back_once_and_not_to_and_fro() {
    let mut pen = ready();
    pen.machine = Machine::in_mode(Mode::Stopping);
    pen.drive.stop();
    pen.cam = Cam::new();
    let mut clock = Clock::new();
    for (ms, edges, believed) in [(1, 1, true), (2, -1, true), (3, 1, false)] {
        let tick = clock.tick(Instant::from_us(ms * 1_000), 0);
        let mut inputs = at_1_mm();
        inputs.tacho.edges = edges;
        let last = pen.drive.last();
        pen.senses.update(&inputs, tick, &pen.records, last);
        pen.command_motor(Duration::from_ms(1));
        assert_eq!(pen.cam.is_believed(), believed, "{ms} ms");
    }
}
