//! What the host may ask, and when.

use pen_core::calibration::Calibration;
use pen_core::fault::StopCause;
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::units::Rate;
use pen_tests::given;
use pen_tests::rig::Rig;

/// Everything that changes something, but stop.
fn setters() -> Vec<Request> {
    vec![
        Request::Acknowledge,
        Request::LoadPlan(given::plan()),
        Request::EndSession,
        Request::EnterService,
        Request::LeaveService,
        Request::Run(Rate::from_hz(60)),
        Request::Stage {
            calibration: Calibration {
                generation: 8,
                ..given::calibration()
            },
            digest: 1,
        },
        Request::Commit { digest: 1 },
        Request::Discard,
        Request::Revert {
            calibration: given::calibration(),
            digest: 0,
        },
    ]
}

#[test]
fn link_003_a_running_treatment_obeys_nothing_but_stop() {
    for mode in [
        Mode::Boot,
        Mode::Treating,
        Mode::Stopping,
        Mode::FaultReaction,
    ] {
        let mut rig = Rig::reach(mode);
        let before = (rig.pen.plan(), rig.pen.calibration(), rig.ledger());
        for request in setters() {
            for role in [Role::Operator, Role::Technician, Role::Maker] {
                if role >= request.needs() {
                    assert_eq!(rig.ask(role, request), Err(Refusal::NotNow { mode }));
                }
            }
        }
        assert_eq!(rig.ask(Role::Observer, Request::Heartbeat), Ok(Reply::Done));
        assert_eq!(
            (rig.pen.plan(), rig.pen.calibration(), rig.ledger()),
            before
        );
        if mode == Mode::Treating {
            rig.runs_for(200);
            assert_eq!(rig.ask(Role::Observer, Request::Stop), Ok(Reply::Done));
            assert_eq!(rig.brakes_within(1), 1);
        }
    }
}

#[test]
fn link_003_needs_no_host() {
    let mut rig = Rig::default().to_running();
    rig.runs_for(10_000);
}

#[test]
fn link_003_a_flood_of_requests_does_not_disturb_a_treatment() {
    let mut rig = Rig::default().to_running();
    let quiet: Vec<_> = {
        let mut rig = rig.clone();
        (0..500)
            .map(|_| {
                rig.tick();
                rig.out
            })
            .collect()
    };
    for expected in quiet {
        for request in setters() {
            assert!(rig.technician(request).is_err());
        }
        rig.tick();
        assert_eq!(rig.out, expected);
    }
}

#[test]
fn link_003_each_request_has_its_role() {
    for request in setters() {
        let needed = request.needs();
        let expected = match request {
            Request::Acknowledge | Request::LoadPlan(_) | Request::EndSession => Role::Operator,
            _ => Role::Technician,
        };
        assert_eq!(needed, expected);
        for mode in [Mode::Standby, Mode::Faulted, Mode::Service] {
            for role in [
                Role::Observer,
                Role::Operator,
                Role::Technician,
                Role::Maker,
            ] {
                let mut rig = Rig::reach(mode);
                let answer = rig.ask(role, request);
                let refused = answer
                    == Err(Refusal::Role {
                        asked: role,
                        needed,
                    });
                assert_eq!(refused, role < needed, "{mode:?} {role:?} {request:?}");
            }
        }
    }
}

#[test]
fn link_004_service_ends_after_3_s_without_a_heartbeat() {
    let mut rig = Rig::default().to_service();
    assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
    rig.runs_for(2_999);
    rig.tick();
    assert_eq!(rig.mode(), Mode::Locked);
    assert!(rig.log.contains(&Record::ServiceLeft { silent: true }));

    let mut rig = Rig::default().to_service();
    for _ in 0..10 {
        assert_eq!(rig.ask(Role::Observer, Request::Heartbeat), Ok(Reply::Done));
        rig.runs_for(2_999);
    }
    assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
    assert_eq!(rig.mode(), Mode::Locked);
    assert!(rig.log.contains(&Record::ServiceLeft { silent: false }));
}

#[test]
fn link_004_motion_ends_long_before() {
    let mut rig = Rig::default().to_service_running();
    rig.ticks(249);
    assert!(rig.drives());
    rig.tick();
    assert!(rig.brakes(), "{}", rig.state());
    assert!(rig.recorded(|record| matches!(
        record,
        Record::Stopped {
            cause: StopCause::HostSilent,
            ..
        }
    )));
    rig.comes_to(Mode::Service);
    let took = rig.until(3_000, "Locked", |rig| rig.mode() == Mode::Locked);
    assert!(
        took <= 2_750,
        "silence counts from the last heartbeat: {took}"
    );
}

#[test]
fn link_004_service_needs_a_technician_at_the_pen_with_the_dummy() {
    let mut rig = Rig::default().to_standby();
    assert_eq!(
        rig.technician(Request::EnterService),
        Err(Refusal::NobodyAtThePen)
    );
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(
        rig.technician(Request::EnterService),
        Err(Refusal::Cartridge(
            pen_core::cartridge::CartridgeDefect::WrongPurpose
        ))
    );
    rig.tag = given::dummy();
    rig.tick();
    assert!(matches!(
        rig.operator(Request::EnterService),
        Err(Refusal::Role { .. })
    ));
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    // Needles in the seat: no motion.
    rig.tag = pen_core::io::TagReading::Present(given::tag());
    rig.ticks(10);
    assert!(matches!(
        rig.technician(Request::Run(Rate::from_hz(60))),
        Err(Refusal::Cartridge(_))
    ));
}

#[test]
fn link_004_leaving_service_while_the_motor_turns_stops_it_first() {
    let mut rig = Rig::default().to_service_running();
    assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
    rig.brakes_within(2);
    rig.until(600, "Locked", |rig| rig.mode() == Mode::Locked);
    assert!(rig.log.contains(&Record::ServiceLeft { silent: false }));
}
