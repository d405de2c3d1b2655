//! What ends a fault that is latched (STOP-006).

use pen_core::fault::Fault;
use pen_core::journal::{Record, RecordDefect, ResetCause};
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::units::Rate;
use pen_tests::given;
use pen_tests::rig::{Rig, Wire};

#[test]
fn stop_006_keeps_the_first_cause_and_counts_the_rest() {
    let mut rig = Rig::default().to_running();
    rig.seated = false;
    rig.brakes_within(60);
    rig.comes_to(Mode::Faulted);
    assert_eq!(rig.status().later, 0);
    rig.current_ma = Some(300);
    rig.ticks(20);
    assert_eq!(rig.fault(), Some(Fault::CartridgeUnseated));
    assert_eq!(rig.status().later, 1);
    rig.ticks(500);
    assert_eq!(rig.status().later, 1, "the same cause counts once");
    assert!(rig.recorded(|record| matches!(
        record,
        Record::TrippedAlso { trip, count: 1 } if trip.fault == Fault::UnexpectedMotion
    )));
}

#[test]
fn stop_006_needs_the_cause_gone_the_trigger_free_and_somebody() {
    let mut rig = Rig::default().to_fault_reaction();
    rig.comes_to(Mode::Faulted);
    // Held.
    rig.seated = true;
    rig.ticks(100);
    let answer = rig.operator(Request::Acknowledge);
    assert_eq!(answer, Err(Refusal::TriggerHeld));
    // Released, but not for long.
    rig.trigger = given::RELEASED;
    rig.ticks(199);
    assert_eq!(
        rig.operator(Request::Acknowledge),
        Err(Refusal::TriggerHeld)
    );
    // Long enough, but the cause is back.
    rig.seated = false;
    rig.tick();
    let fault = Fault::CartridgeUnseated;
    assert_eq!(
        rig.operator(Request::Acknowledge),
        Err(Refusal::CausePresent { fault })
    );
    // An observer may not.
    rig.seated = true;
    rig.tick();
    assert_eq!(
        rig.ask(Role::Observer, Request::Acknowledge),
        Err(Refusal::Role {
            asked: Role::Observer,
            needed: Role::Operator
        })
    );
    // Nobody does: it stays.
    rig.ticks(10_000);
    assert_eq!(rig.fault(), Some(fault));
    assert_eq!(rig.operator(Request::Acknowledge), Ok(Reply::Done));
    assert_eq!(rig.mode(), Mode::Locked);
    assert_eq!(rig.operator(Request::Acknowledge), Err(Refusal::NoFault));
}

#[test]
fn stop_006_too_deep_stays_a_cause_until_the_ring_is_shallower() {
    let mut rig = Rig::default();
    rig.ring(1_180);
    let mut rig = rig.to_running();
    rig.ring(1_260);
    rig.brakes_within(20);
    let fault = Fault::OverDepth;
    assert_eq!(rig.fault(), Some(fault));
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    for (depth, present) in [(1_260, true), (1_201, true), (1_200, false)] {
        rig.ring(depth);
        rig.ticks(300);
        let expected = if present {
            Err(Refusal::CausePresent { fault })
        } else {
            Ok(Reply::Done)
        };
        assert_eq!(rig.operator(Request::Acknowledge), expected, "{depth}");
    }
}

/// Breaks a wire of a running pen, sees that the fault stays as long as the wire is broken.
fn stays_until_mended(mut rig: Rig, fault: Fault, set: fn(&mut Rig, Wire)) {
    set(&mut rig, Wire::Counts(4_095));
    rig.until(20, "a trip", |rig| rig.fault().is_some());
    assert_eq!(rig.fault(), Some(fault));
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(300);
    let present = Err(Refusal::CausePresent { fault });
    assert_eq!(rig.operator(Request::Acknowledge), present);
    set(&mut rig, Wire::True);
    rig.ticks(300);
    assert_eq!(rig.operator(Request::Acknowledge), Ok(Reply::Done));
}

#[test]
fn stop_006_a_reading_that_is_missing_stays_a_cause_until_it_is_back() {
    let running = || Rig::default().to_running();
    let unknown = Fault::SensorInvalid;
    stays_until_mended(running(), unknown, |rig, wire| rig.current.wire = wire);
    stays_until_mended(running(), unknown, |rig, wire| rig.battery.wire = wire);
    let invalid = Fault::DepthInvalid;
    stays_until_mended(running(), invalid, |rig, wire| rig.depth_a.wire = wire);
    stays_until_mended(running(), invalid, |rig, wire| rig.depth_b.wire = wire);
}

#[test]
fn stop_006_a_missing_depth_stays_a_cause_without_calibration_too() {
    let mut rig = Rig::default();
    rig.boot.calibration = Err(RecordDefect::Missing);
    rig.reboot(ResetCause::PowerOn);
    rig.tag = given::dummy();
    rig.ticks(900);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    rig.buttons.ok = false;
    let run = Request::Run(Rate::from_hz(60));
    assert_eq!(rig.technician(run), Ok(Reply::Done));
    rig.ticks(50);
    assert_eq!(rig.mode(), Mode::ServiceRunning);
    stays_until_mended(rig, Fault::DepthInvalid, |rig, wire| {
        rig.depth_b.wire = wire;
    });
}

#[test]
fn stop_006_acknowledging_is_refused_where_there_is_no_fault() {
    for mode in Mode::ALL {
        let mut rig = Rig::reach(mode);
        let answer = rig.operator(Request::Acknowledge);
        let expected = match mode {
            Mode::Boot | Mode::Treating | Mode::Stopping | Mode::FaultReaction => {
                Err(Refusal::NotNow { mode })
            }
            Mode::Faulted => Ok(Reply::Done),
            Mode::Locked | Mode::Standby | Mode::Ready | Mode::Service | Mode::ServiceRunning => {
                Err(Refusal::NoFault)
            }
        };
        assert_eq!(answer, expected, "{mode:?}");
    }
}

#[test]
fn stop_006_after_a_fault_the_way_leads_through_locked() {
    let mut rig = Rig::default().to_faulted();
    rig.acknowledge();
    let path: Vec<_> = rig
        .log
        .iter()
        .filter_map(|record| match record {
            Record::ModeChanged { from, to, .. } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(
        path[path.len() - 2..],
        [(Mode::Faulted, Mode::Locked), (Mode::Locked, Mode::Standby)]
    );
    // And a new confirmation of the zone.
    rig.trigger = given::HELD;
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Standby);
}
