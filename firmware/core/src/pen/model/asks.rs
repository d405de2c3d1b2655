//! What hands and host may ask, and in which worlds.

use super::world::{self, DIGEST, FAR, FINE, Facts, Hand, Kept, Seated, Sense, TODAY, ZONE};
use crate::calibration::Calibration;
use crate::fault::Fault;
use crate::locks::Lock;
use crate::mode::Mode;
use crate::plan::{OverrideReason, Plan, Screening, Zone, ZonePlan};
use crate::request::{Request, Role};
use crate::units::{Depth, Duration, Rate, Strokes};

fn senses(base: Facts, list: &[Sense]) -> Vec<Facts> {
    list.iter()
        .map(|sense| Facts {
            sense: *sense,
            ..base
        })
        .collect()
}

fn seats(base: Facts, list: &[Seated]) -> Vec<Facts> {
    list.iter()
        .map(|seated| Facts {
            seated: *seated,
            ..base
        })
        .collect()
}

fn records(base: Facts, list: &[Kept]) -> Vec<Facts> {
    list.iter()
        .map(|kept| Facts {
            kept: *kept,
            ..base
        })
        .collect()
}

const NEEDLES: [Seated; 13] = [
    Seated::OwnResumed,
    Seated::OwnPaused,
    Seated::Other,
    Seated::OtherUsed,
    Seated::Expired,
    Seated::Short,
    Seated::Dummy,
    Seated::Unauthentic,
    Seated::UnknownKind,
    Seated::Unreadable,
    Seated::NoTag,
    Seated::Nothing,
    Seated::Own,
];

/// The confirm button in Standby.
pub(super) fn arms() -> Vec<Facts> {
    let base = Facts {
        hand: Hand::Confirms,
        ..FINE
    };
    let mut all = vec![
        base,
        Facts { far: true, ..base },
        Facts {
            far: true,
            hand: Hand::Insists,
            ..base
        },
        Facts {
            sense: Sense::BatteryShort,
            ..base
        },
        Facts {
            sense: Sense::BatteryUnknown,
            ..base
        },
    ];
    all.extend(seats(base, &NEEDLES[..12]));
    all.extend(records(
        base,
        &[Kept::NoProfile, Kept::NoCalibration, Kept::Overdue],
    ));
    all
}

/// The trigger in Ready.
pub(super) fn starts() -> Vec<Facts> {
    let base = Facts {
        hand: Hand::Trigger,
        ..FINE
    };
    let mut all = vec![
        base,
        Facts {
            hand: Hand::Both,
            ..base
        },
        Facts {
            tested: false,
            ..base
        },
    ];
    all.extend(senses(
        base,
        &[
            Sense::TooDeep,
            Sense::Apart,
            Sense::Unknown,
            Sense::BatteryLow,
            Sense::BatteryUnknown,
        ],
    ));
    all.extend(seats(base, &NEEDLES[..12]));
    all.extend(records(base, &[Kept::Actuator]));
    all
}

/// The confirm button in Faulted.
pub(super) fn acknowledges() -> Vec<Facts> {
    let base = FINE;
    let mut all = vec![
        base,
        Facts {
            hand: Hand::Trigger,
            ..base
        },
        Facts {
            seated: Seated::Nothing,
            ..base
        },
        Facts {
            lock: Some(Lock::CurrentZero),
            ..base
        },
        Facts {
            lock: Some(Lock::Clock),
            ..base
        },
        Facts {
            kept: Kept::NoCalibration,
            sense: Sense::Apart,
            ..base
        },
    ];
    all.extend(senses(
        base,
        &[
            Sense::TooDeep,
            Sense::Apart,
            Sense::Unknown,
            Sense::BatteryUnknown,
            Sense::Turns,
            Sense::Falls,
        ],
    ));
    all
}

/// The confirm button in Locked, when the depth is to be checked at zero.
pub(super) fn zeros() -> Vec<Facts> {
    let base = Facts {
        sense: Sense::AtZero,
        hand: Hand::Confirms,
        ..FINE
    };
    let mut all = vec![base];
    all.extend(senses(base, &[Sense::Fine, Sense::Unknown]));
    all.extend(records(base, &[Kept::NoCalibration]));
    all
}

/// What Service is asked with.
const SERVES: Facts = Facts {
    seated: Seated::Dummy,
    hand: Hand::Insists,
    ..FINE
};

/// One request of each kind, with nothing amiss.
pub(super) fn asked(
    plan: &Plan,
    staged: &Calibration,
    before: &Calibration,
) -> Vec<(Request, Facts)> {
    let mut all = vec![
        (Request::Stop, FINE),
        (Request::Heartbeat, FINE),
        (Request::Acknowledge, FINE),
        (Request::LoadPlan(*plan), FINE),
        (Request::EndSession, FINE),
        (Request::EnterService, SERVES),
        (Request::LeaveService, SERVES),
        (Request::Run(Rate::from_hz(60)), SERVES),
        (
            Request::Stage {
                calibration: *staged,
                digest: DIGEST,
            },
            SERVES,
        ),
        (Request::Commit { digest: DIGEST }, SERVES),
        (Request::Discard, SERVES),
        (
            Request::Revert {
                calibration: *before,
                digest: 0,
            },
            SERVES,
        ),
        (Request::SignOff { generation: 2 }, SERVES),
        (Request::SetDay { day: TODAY }, SERVES),
    ];
    let terminal = Fault::ALL.into_iter().filter(|fault| fault.is_terminal());
    let holds = Facts {
        hand: Hand::Insists,
        ..FINE
    };
    all.extend(terminal.map(|fault| (Request::EndTerminal { fault }, holds)));
    all
}

/// Requests with something amiss, in what they say or in the world; some are granted all the same.
pub(super) fn amiss(
    plan: &Plan,
    staged: &Calibration,
    before: &Calibration,
) -> Vec<(Request, Facts)> {
    let mut all = loads(plan);
    all.extend(
        acknowledges()[1..]
            .iter()
            .map(|facts| (Request::Acknowledge, *facts)),
    );
    all.extend(
        seats(SERVES, &NEEDLES)
            .into_iter()
            .map(|facts| (Request::EnterService, facts)),
    );
    all.push((
        Request::EnterService,
        Facts {
            hand: Hand::Away,
            ..SERVES
        },
    ));
    all.push((
        Request::EnterService,
        Facts {
            kept: Kept::BadImage,
            ..SERVES
        },
    ));
    all.extend(runs());
    all.extend(stages(staged, before));
    all.extend(ends());
    for (day, hand) in [
        (TODAY - 1, Hand::Insists),
        (FAR, Hand::Confirms),
        (FAR, Hand::Insists),
        (TODAY, Hand::Away),
    ] {
        all.push((Request::SetDay { day }, Facts { hand, ..SERVES }));
    }
    all
}

fn loads(plan: &Plan) -> Vec<(Request, Facts)> {
    let mut all: Vec<(Request, Facts)> = plans(plan)
        .into_iter()
        .map(|plan| (Request::LoadPlan(plan), FINE))
        .collect();
    let load = Request::LoadPlan(*plan);
    all.extend(
        records(FINE, &[Kept::NoProfile, Kept::NoCalibration, Kept::Overdue])
            .into_iter()
            .chain([Facts {
                seen_far: true,
                ..FINE
            }])
            .map(|facts| (load, facts)),
    );
    all
}

fn ends() -> Vec<(Request, Facts)> {
    let mut all = Vec::new();
    for fault in Fault::ALL.into_iter().filter(|fault| fault.is_terminal()) {
        let base = Facts {
            hand: Hand::Insists,
            ..FINE
        };
        for facts in [
            Facts {
                hand: Hand::Confirms,
                ..base
            },
            Facts {
                hand: Hand::Both,
                ..base
            },
            Facts {
                sense: Sense::Turns,
                ..base
            },
            Facts {
                lock: Some(Lock::CurrentZero),
                ..base
            },
        ] {
            all.push((Request::EndTerminal { fault }, facts));
        }
    }
    all.push((
        Request::EndTerminal {
            fault: Fault::Stalled,
        },
        SERVES,
    ));
    all
}

fn runs() -> Vec<(Request, Facts)> {
    let run = |hz| Request::Run(Rate::from_hz(hz));
    let mut all = vec![
        (run(80), SERVES),
        (run(81), SERVES),
        (run(49), SERVES),
        (
            run(60),
            Facts {
                kept: Kept::NoProfile,
                ..SERVES
            },
        ),
        (
            run(60),
            Facts {
                seated: Seated::Own,
                ..SERVES
            },
        ),
    ];
    let bad = senses(SERVES, &[Sense::Unknown, Sense::Beyond]);
    all.extend(bad.into_iter().map(|facts| (run(60), facts)));
    all
}

fn stages(next: &Calibration, before: &Calibration) -> Vec<(Request, Facts)> {
    let stage = |calibration, facts| {
        (
            Request::Stage {
                calibration,
                digest: DIGEST,
            },
            facts,
        )
    };
    let hand = Hand::Confirms;
    vec![
        stage(Calibration { serial: 2, ..*next }, SERVES),
        stage(
            Calibration {
                generation: 9,
                ..*next
            },
            SERVES,
        ),
        stage(
            Calibration {
                made_day: TODAY - 1,
                ..*next
            },
            SERVES,
        ),
        stage(
            Calibration {
                made_day: FAR,
                ..*next
            },
            SERVES,
        ),
        stage(
            Calibration {
                made_day: FAR,
                ..*next
            },
            Facts { hand, ..SERVES },
        ),
        (Request::Commit { digest: DIGEST + 1 }, SERVES),
        (Request::SignOff { generation: 3 }, SERVES),
        (
            Request::Revert {
                calibration: Calibration {
                    serial: 2,
                    ..*before
                },
                digest: 0,
            },
            SERVES,
        ),
    ]
}

/// Other plans than the one in force: the first may be admitted, the rest are refused for what they say.
fn plans(plan: &Plan) -> Vec<Plan> {
    let screening = |answered, positive| Plan {
        screening: Screening {
            answered,
            positive,
            cleared: 0,
        },
        ..*plan
    };
    let mut gap = *plan;
    gap.zones.swap(1, 2);
    let mut twice = *plan;
    twice.zones[1] = twice.zones[0];
    let mut all = vec![
        world::plan(2),
        Plan { day: FAR, ..*plan },
        Plan {
            day: TODAY - 1,
            ..*plan
        },
        Plan { id: 0, ..*plan },
        Plan {
            operator: 0,
            ..*plan
        },
        Plan { token: 0, ..*plan },
        Plan {
            zones: [None; 8],
            ..*plan
        },
        gap,
        twice,
        screening(0, 0),
        screening(0xFFFF, 0),
        screening(Screening::COMPLETE, 1),
    ];
    all.extend(zones().map(|zone| {
        let mut zones = [None; 8];
        zones[0] = Some(zone);
        Plan { zones, ..*plan }
    }));
    all
}

/// Zones that no plan may have.
fn zones() -> [ZonePlan; 8] {
    let reason = Some(OverrideReason::PhysicianOrder);
    [
        ZonePlan {
            depth: Depth::from_um(0),
            ..ZONE
        },
        ZonePlan {
            depth: Depth::from_um(2_450),
            ..ZONE
        },
        ZonePlan {
            rate: Rate::from_hz(151),
            ..ZONE
        },
        ZonePlan {
            rate: Rate::from_hz(49),
            ..ZONE
        },
        ZonePlan {
            time: Duration::from_min(31),
            ..ZONE
        },
        ZonePlan {
            strokes: Strokes::from_count(200_001),
            ..ZONE
        },
        ZonePlan {
            zone: Zone::Periorbital,
            override_reason: reason,
            ..ZONE
        },
        ZonePlan {
            zone: Zone::FacialScar,
            override_reason: reason,
            ..ZONE
        },
    ]
}

/// Whether the mode lets a request of this kind be looked at; elsewhere one with nothing amiss is refused
/// for the mode, and [`World::asked`] shows it.
pub(super) const fn is_looked_at(request: &Request, mode: Mode) -> bool {
    match request {
        Request::Acknowledge | Request::EndTerminal { .. } => matches!(mode, Mode::Faulted),
        Request::LoadPlan(_) | Request::EnterService => {
            matches!(mode, Mode::Locked | Mode::Standby)
        }
        Request::Run(_) => matches!(mode, Mode::Service | Mode::ServiceRunning),
        Request::SetDay { .. } => matches!(mode, Mode::Locked | Mode::Standby | Mode::Service),
        Request::Stage { .. }
        | Request::Commit { .. }
        | Request::Revert { .. }
        | Request::SignOff { .. } => matches!(mode, Mode::Service),
        Request::Stop
        | Request::Heartbeat
        | Request::EndSession
        | Request::LeaveService
        | Request::Discard => true,
    }
}

/// Everybody.
pub(super) const ROLES: [Role; 4] = [
    Role::Observer,
    Role::Operator,
    Role::Technician,
    Role::Maker,
];
