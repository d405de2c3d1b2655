//! What happened can be told from the records alone.

use pen_core::fault::Fault;
use pen_core::journal::{Record, ResetCause};
use pen_core::mode::Mode;
use pen_core::plan::{Zone, ZonePlan};
use pen_core::request::{Refusal, Reply, Request, RequestKind, Role};
use pen_core::units::{Duration, Rate};
use pen_tests::given::{self, um};
use pen_tests::rig::Rig;

#[test]
fn log_001_a_session_is_told_from_power_up_to_its_end() {
    let mut rig = Rig::default().to_running();
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Ready);
    assert_eq!(rig.operator(Request::EndSession), Ok(Reply::Done));
    rig.ticks(10);
    let names: Vec<&str> = rig
        .log
        .iter()
        .filter_map(|record| match record {
            Record::Booted {
                cause: ResetCause::PowerOn,
            } => Some("booted"),
            Record::CartridgeSeated {
                id: given::CARTRIDGE,
            } => Some("seated"),
            Record::SelfTested { .. } => Some("tested"),
            Record::PlanLoaded {
                id: 31,
                operator: 5,
                zones: 1,
            } => Some("loaded"),
            Record::SessionOpened { session: 1, .. } => Some("opened"),
            Record::ZoneOpened { cap, .. } if *cap == um(1_200) => Some("zone"),
            Record::Started { cap, .. } if *cap == um(1_200) => Some("started"),
            Record::CartridgeBurned { .. } => Some("burned"),
            Record::Stopped { .. } => Some("stopped"),
            Record::Halted { .. } => Some("halted"),
            Record::SessionClosed { session: 1, .. } => Some("closed"),
            _ => None,
        })
        .collect();
    assert_eq!(
        names,
        [
            "booted", "seated", "tested", "loaded", "opened", "zone", "started", "burned",
            "stopped", "halted", "closed"
        ]
    );
    let path: Vec<_> = rig
        .log
        .iter()
        .filter_map(|record| match record {
            Record::ModeChanged { from, to, .. } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    // Each change begins where the last one ended: none is missing.
    for pair in path.windows(2) {
        assert_eq!(pair[0].1, pair[1].0);
    }
    assert_eq!(path.first().map(|change| change.0), Some(Mode::Boot));
    assert_eq!(path.last().map(|change| change.1), Some(Mode::Standby));
}

#[test]
fn log_001_a_trip_carries_the_quantities_that_decided() {
    let mut rig = Rig::default().to_running();
    rig.seated = false;
    rig.brakes_within(60);
    let trip = rig.log.iter().find_map(|record| match record {
        Record::Tripped(trip) => Some(*trip),
        _ => None,
    });
    let trip = trip.expect("told");
    assert_eq!(trip.fault, Fault::CartridgeUnseated);
    assert_eq!((trip.measured, trip.allowed), (40_000, 40_000));
    assert_eq!(rig.status().fault, Some(trip));
    rig.seated = true;
    rig.trigger = given::RELEASED;
    rig.comes_to(Mode::Faulted);
    rig.ticks(250);
    rig.acknowledge();
    assert!(rig.log.contains(&Record::Acknowledged { later: 0 }));
}

#[test]
fn log_001_every_refusal_is_told_with_its_reason() {
    let mut rig = Rig::default().to_standby();
    let mut asked = 0;
    for (request, what) in [
        (Request::Acknowledge, RequestKind::Acknowledge),
        (Request::EndSession, RequestKind::EndSession),
        (Request::EnterService, RequestKind::EnterService),
        (Request::LeaveService, RequestKind::LeaveService),
        (Request::Discard, RequestKind::Discard),
        (Request::Commit { digest: 0 }, RequestKind::Commit),
    ] {
        let why = rig.technician(request).expect_err("refused");
        assert_eq!(rig.log.last(), Some(&Record::Refused { what, why }));
        asked += 1;
    }
    assert_eq!(asked, 6);
    let why = rig
        .ask(Role::Observer, Request::EndSession)
        .expect_err("role");
    assert!(matches!(why, Refusal::Role { .. }));
    assert_eq!(rig.refused(), Some(why));
    // By hand as well.
    rig.press_ok();
    assert_eq!(
        rig.log.last(),
        Some(&Record::Refused {
            what: RequestKind::ConfirmZone,
            why: Refusal::NoPlan
        })
    );
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    rig.arm();
    rig.ring(1_300);
    rig.ticks(20);
    rig.trigger = given::HELD;
    rig.ticks(500);
    let triggers = |record: &&Record| {
        matches!(
            record,
            Record::Refused {
                what: RequestKind::Trigger,
                ..
            }
        )
    };
    assert_eq!(
        rig.log.iter().filter(triggers).count(),
        1,
        "once a press, not once a tick"
    );
}

#[test]
fn log_001_what_the_application_decides_is_told_too() {
    let mut rig = Rig::default().to_standby();
    rig.pen.role_changed(Role::Technician);
    rig.pen.role_refused(Refusal::NobodyAtThePen);
    rig.pen.run_not_yet_stored();
    rig.pen.link_locked(8);
    rig.tick();
    assert!(rig.log.contains(&Record::RoleChanged {
        role: Role::Technician
    }));
    assert!(rig.log.contains(&Record::Refused {
        what: RequestKind::Authorise,
        why: Refusal::NobodyAtThePen
    }));
    assert!(rig.log.contains(&Record::Refused {
        what: RequestKind::Run,
        why: Refusal::NotYetStored
    }));
    assert!(rig.log.contains(&Record::LinkLocked { errors: 8 }));
}

#[test]
fn log_001_a_restored_session_and_a_reset_are_told() {
    for cause in [
        ResetCause::Watchdog,
        ResetCause::BrownOut,
        ResetCause::Unknown,
    ] {
        let mut rig = Rig::default().to_running();
        rig.reboot(cause);
        assert!(rig.log.contains(&Record::Booted { cause }));
        assert!(rig.log.contains(&Record::LedgerRestored {
            session: 1,
            used: Duration::from_s(120)
        }));
    }
}

#[test]
fn log_001_records_that_nobody_fetches_are_counted_not_forgotten() {
    let mut rig = Rig::default().to_standby();
    // The queue holds 24; the oldest are kept, because the first cause matters most.
    for _ in 0..40 {
        assert!(
            rig.pen
                .request(Role::Operator, Request::Acknowledge)
                .is_err()
        );
    }
    let mut told = Vec::new();
    while let Some(entry) = rig.pen.take_record() {
        told.push(entry.record);
    }
    assert_eq!(told.len(), 25);
    assert_eq!(told[24], Record::Lost { count: 16 });
    assert!(rig.pen.take_record().is_none());
}

/// A queue of 24 as LOG-001 wants it: what does not fit is lost, but never a record that is none of a
/// refusal while a refusal waits; of those the newest gives way, and the order stays.
fn queued(pushed: &[(bool, u32)]) -> (Vec<(bool, u32)>, u16) {
    let (mut waiting, mut lost) = (Vec::new(), 0);
    for record in pushed {
        if waiting.len() < 24 {
            waiting.push(*record);
            continue;
        }
        lost += 1;
        let newest = waiting.iter().rposition(|(is_refusal, _)| *is_refusal);
        if let (false, Some(place)) = (record.0, newest) {
            waiting.remove(place);
            waiting.push(*record);
        }
    }
    (waiting, lost)
}

#[test]
fn log_001_refusals_give_way_from_the_newest_and_the_order_is_kept() {
    // Every second, third, ... record is none of a refusal; at first, at last, in between.
    let patterns: Vec<Vec<bool>> = (1..12)
        .flat_map(|every: usize| {
            [24, 25, 30, 47, 48, 60].map(|len| (0..len).map(|at| at % every != 0).collect())
        })
        .chain((0..30).map(|refused: usize| (0..60).map(|at| at < refused).collect()))
        .chain((0..30).map(|refused: usize| (0..60).map(|at| at >= refused).collect()))
        .collect();
    for pattern in patterns {
        let mut rig = Rig::default().to_standby();
        let mut pushed = Vec::new();
        for (number, is_refusal) in (0..).zip(&pattern) {
            if *is_refusal {
                // Each refusal tells another number.
                let rate = Rate::from_mhz(160_000 + number);
                let zone = ZonePlan {
                    rate,
                    ..given::zone(Zone::Cheek, 500, 100)
                };
                let plan = given::plan_of(&[zone]);
                let answer = rig.pen.request(Role::Operator, Request::LoadPlan(plan));
                assert!(matches!(answer, Err(Refusal::TooFast { .. })), "{answer:?}");
            } else {
                rig.pen.link_locked(u16::try_from(number).expect("small"));
            }
            pushed.push((*is_refusal, number));
        }
        let mut told = Vec::new();
        let mut told_lost = 0;
        while let Some(entry) = rig.pen.take_record() {
            match entry.record {
                Record::Refused {
                    why: Refusal::TooFast { asked, .. },
                    ..
                } => told.push((true, asked.as_mhz() - 160_000)),
                Record::LinkLocked { errors } => told.push((false, u32::from(errors))),
                Record::Lost { count } => told_lost += count,
                other => panic!("{other:?}"),
            }
        }
        let (kept, lost) = queued(&pushed);
        assert_eq!(told, kept, "{pattern:?}");
        assert_eq!(told_lost, lost, "{pattern:?}");
    }
}
