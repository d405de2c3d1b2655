//! Limits and profiles.

use pen_core::fault::Fault;
use pen_core::journal::{Record, RecordDefect};
use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::pen::Boot;
use pen_core::plan::{OverrideReason, Plan, Zone, ZonePlan};
use pen_core::profile::{
    DeviceClass, DeviceProfile, Mechanism, ProfileDefect, Source, depth_ceiling, effective_depth,
};
use pen_core::request::{Refusal, Reply, Request};
use pen_core::units::{Depth, Duration, Rate, Strokes};
use pen_tests::evidence::code;
use pen_tests::given::{self, plan_of, profile, um, zone};
use pen_tests::rig::Rig;
use pen_tests::sources;

/// Caps of each zone, without and with an override, restated. Unit: um.
pub(crate) const ZONES: [(Zone, i32, i32); 12] = [
    (Zone::Forehead, 1_000, 1_000),
    (Zone::Glabella, 1_000, 1_000),
    (Zone::Nose, 750, 750),
    (Zone::Periorbital, 500, 500),
    (Zone::Perioral, 1_000, 1_000),
    (Zone::Cheekbone, 1_500, 1_500),
    (Zone::Cheek, 1_500, 2_000),
    (Zone::FacialScar, 1_500, 2_000),
    (Zone::Neck, 1_000, 1_000),
    (Zone::Scalp, 1_500, 1_500),
    (Zone::StretchMark, 1_500, 2_500),
    (Zone::BodyScar, 1_500, 2_000),
];

const REASON: Option<OverrideReason> = Some(OverrideReason::PhysicianOrder);

fn home() -> DeviceProfile {
    DeviceProfile {
        class: DeviceClass::Home,
        ..profile()
    }
}

fn boot_with(profile: DeviceProfile) -> Boot {
    Boot {
        profile: Ok(profile),
        ..given::boot()
    }
}

#[test]
fn conf_001_the_limit_in_force_is_the_tightest_of_every_source() {
    let caps = [
        None,
        Some(1),
        Some(299),
        Some(750),
        Some(1_501),
        Some(2_500),
    ];
    let mut compared = 0;
    for (place, cap, with_override) in ZONES {
        for (class, class_cap, class_override) in [
            (DeviceClass::Home, 300, 300),
            (DeviceClass::Professional, 1_500, 2_500),
        ] {
            for device_cap in [250, 1_000, 2_400] {
                for reason in [None, REASON] {
                    for (operator, needles) in
                        caps.iter().flat_map(|o| caps.iter().map(move |n| (*o, *n)))
                    {
                        let device = DeviceProfile {
                            class,
                            depth_max: um(device_cap),
                            ..profile()
                        };
                        let wanted = ZonePlan {
                            override_reason: reason,
                            ..zone(place, 1_200, 100)
                        };
                        let (zone_cap, class_cap) = if reason.is_some() {
                            (with_override, class_override)
                        } else {
                            (cap, class_cap)
                        };
                        let sources = [
                            Some((2_500, Source::Absolute)),
                            Some((class_cap, Source::Class)),
                            Some((device_cap, Source::Device)),
                            Some((zone_cap, Source::Zone)),
                            needles.map(|cap| (cap, Source::Cartridge)),
                            operator.map(|cap| (cap, Source::Operator)),
                            Some((1_200, Source::Plan)),
                        ];
                        let tightest = sources
                            .into_iter()
                            .flatten()
                            .min_by_key(|(cap, _)| *cap)
                            .expect("some");
                        let force =
                            effective_depth(&device, &wanted, operator.map(um), needles.map(um));
                        assert_eq!((force.value.as_um(), force.by), tightest);
                        // Neither source ever loosens.
                        let without = depth_ceiling(&device, &wanted, None, None);
                        assert!(force.value <= without.value);
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 12 * 2 * 3 * 2 * 36);
}

#[test]
fn conf_001_the_pen_says_what_binds() {
    let plan = plan_of(&[zone(Zone::Cheek, 1_200, 100)]);
    let cap = |rig: &Rig| rig.status().cap.expect("a cap in Ready");
    let ready = Rig::default().to_ready_with(plan);
    assert_eq!(
        (cap(&ready).value, cap(&ready).by),
        (um(1_200), Source::Plan)
    );

    let at_operator = Plan {
        operator_cap: Some(um(1_200)),
        ..plan
    };
    let ready = Rig::default().to_ready_with(at_operator);
    assert_eq!(cap(&ready).by, Source::Operator);

    let at_class = plan_of(&[zone(Zone::Cheek, 1_500, 100)]);
    let ready = Rig::default().to_ready_with(at_class);
    assert_eq!(
        (cap(&ready).value, cap(&ready).by),
        (um(1_500), Source::Class)
    );

    let at_zone = plan_of(&[zone(Zone::Nose, 750, 100)]);
    let mut rig = Rig::default();
    rig.ring(700);
    let ready = rig.to_ready_with(at_zone);
    assert_eq!((cap(&ready).value, cap(&ready).by), (um(750), Source::Zone));
}

/// Loads one changed zone; the plan before must stay in force whatever the answer is.
fn try_zone(change: impl Fn(&mut ZonePlan)) -> Result<Reply, Refusal> {
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(given::plan()), Ok(Reply::Done));
    let mut asked = zone(Zone::Cheek, 1_200, 100);
    change(&mut asked);
    let plan = Plan {
        id: 32,
        ..plan_of(&[asked])
    };
    let before = rig.pen.plan();
    let answer = rig.load(plan);
    let expected = if answer.is_ok() { Some(plan) } else { before };
    assert_eq!(rig.pen.plan(), expected);
    if answer.is_err() {
        assert_eq!(rig.refused(), answer.err(), "every refusal is recorded");
    }
    answer
}

#[test]
fn conf_002_refuses_a_depth_one_micrometre_above_and_names_the_limit() {
    for (place, cap, _) in ZONES {
        let by = if cap == 1_500 {
            Source::Class
        } else {
            Source::Zone
        };
        for (depth, good) in [
            (cap - 1, true),
            (cap, true),
            (cap + 1, false),
            (i32::MAX, false),
        ] {
            let answer = try_zone(|zone| {
                zone.zone = place;
                zone.depth = um(depth);
            });
            let expected = if good {
                Ok(Reply::Done)
            } else {
                Err(Refusal::TooDeep {
                    asked: um(depth),
                    allowed: um(cap),
                    by,
                })
            };
            assert_eq!(answer, expected, "{place:?} {depth}");
        }
    }
    for depth in [0, -1, i32::MIN] {
        let answer = try_zone(|zone| zone.depth = um(depth));
        assert_eq!(answer, Err(Refusal::NotPositive { zone: 0 }));
    }
    assert_eq!(try_zone(|zone| zone.depth = um(1)), Ok(Reply::Done));
}

#[test]
fn conf_002_refuses_a_depth_above_the_operators_own_cap() {
    for (cap, good) in [(1_199, false), (1_200, true), (1_201, true)] {
        let mut rig = Rig::default().to_standby();
        let answer = rig.load(Plan {
            operator_cap: Some(um(cap)),
            ..given::plan()
        });
        let expected = if good {
            Ok(Reply::Done)
        } else {
            Err(Refusal::TooDeep {
                asked: um(1_200),
                allowed: um(cap),
                by: Source::Operator,
            })
        };
        assert_eq!(answer, expected);
    }
    for cap in [0, -1, i32::MIN] {
        let mut rig = Rig::default().to_standby();
        let answer = rig.load(Plan {
            operator_cap: Some(um(cap)),
            ..given::plan()
        });
        assert_eq!(answer, Err(Refusal::NotPositive { zone: 0 }));
    }
}

#[test]
fn conf_002_refuses_a_rate_one_millihertz_outside() {
    let rate = |mhz: u32| try_zone(|zone| zone.rate = Rate::from_mhz(mhz));
    for mhz in [50_000, 50_001, 100_000, 149_999, 150_000] {
        assert_eq!(rate(mhz), Ok(Reply::Done));
    }
    for mhz in [0, 49_999] {
        let expected = Refusal::TooSlow {
            asked: Rate::from_mhz(mhz),
            allowed: Rate::from_hz(50),
            by: Source::Device,
        };
        assert_eq!(rate(mhz), Err(expected));
    }
    for mhz in [150_001, u32::MAX] {
        let expected = Refusal::TooFast {
            asked: Rate::from_mhz(mhz),
            allowed: Rate::from_hz(150),
            by: Source::Device,
        };
        assert_eq!(rate(mhz), Err(expected));
    }
}

#[test]
fn conf_002_refuses_more_than_100_hz_beyond_1500_um() {
    let deep = |depth: i32, mhz: u32| {
        try_zone(|zone| {
            zone.depth = um(depth);
            zone.rate = Rate::from_mhz(mhz);
            zone.override_reason = if depth > 1_500 { REASON } else { None };
        })
    };
    assert_eq!(deep(1_500, 150_000), Ok(Reply::Done));
    assert_eq!(deep(1_501, 99_999), Ok(Reply::Done));
    assert_eq!(deep(1_501, 100_000), Ok(Reply::Done));
    let refused = Refusal::TooFast {
        asked: Rate::from_mhz(100_001),
        allowed: Rate::from_hz(100),
        by: Source::Absolute,
    };
    assert_eq!(deep(1_501, 100_001), Err(refused));
}

#[test]
fn conf_002_refuses_more_time_or_strokes_than_a_session_has() {
    let time = |us: u32| try_zone(|zone| zone.time = Duration::from_us(us));
    let most = 30 * 60 * 1_000_000;
    for us in [1, most - 1, most] {
        assert_eq!(time(us), Ok(Reply::Done), "{us}");
    }
    for us in [most + 1, u32::MAX] {
        let expected = Refusal::TooLong {
            asked: Duration::from_us(us),
            allowed: Duration::from_min(30),
        };
        assert_eq!(time(us), Err(expected));
    }
    assert_eq!(time(0), Err(Refusal::NotPositive { zone: 0 }));

    let strokes = |count: u32| try_zone(|zone| zone.strokes = Strokes::from_count(count));
    for count in [1, 199_999, 200_000] {
        assert_eq!(strokes(count), Ok(Reply::Done));
    }
    for count in [200_001, u32::MAX] {
        let expected = Refusal::TooManyStrokes {
            asked: Strokes::from_count(count),
            allowed: 200_000,
        };
        assert_eq!(strokes(count), Err(expected));
    }
    assert_eq!(strokes(0), Err(Refusal::NotPositive { zone: 0 }));
}

#[test]
fn conf_002_the_times_of_all_zones_count_together() {
    let half = |us: u32, place: Zone| ZonePlan {
        time: Duration::from_us(us),
        ..zone(place, 500, 100)
    };
    let sum = |first: u32, second: u32| {
        let mut rig = Rig::default().to_standby();
        rig.load(plan_of(&[
            half(first, Zone::Cheek),
            half(second, Zone::Neck),
        ]))
    };
    let min_15 = 15 * 60 * 1_000_000;
    assert_eq!(sum(min_15, min_15), Ok(Reply::Done));
    assert!(matches!(
        sum(min_15, min_15 + 1),
        Err(Refusal::TooLong { .. })
    ));
    // A sum that does not fit its counter is refused too, not small again.
    assert!(matches!(
        sum(u32::MAX, u32::MAX),
        Err(Refusal::TooLong { .. })
    ));
}

/// Boots with a changed profile and says what became of it.
fn admitted(change: impl Fn(&mut DeviceProfile)) -> Option<ProfileDefect> {
    let mut asked = profile();
    change(&mut asked);
    let mut rig = Rig::new(boot_with(asked));
    rig.ticks(900);
    let refused = rig.log.iter().find_map(|record| match record {
        Record::ProfileRefused { defect } => Some(*defect),
        _ => None,
    });
    let expected = if refused.is_some() {
        assert!(rig.status().locks.has(Lock::Profile));
        Mode::Locked
    } else {
        Mode::Standby
    };
    assert_eq!(rig.mode(), expected, "{}", rig.state());
    refused
}

#[test]
fn conf_003_no_stored_profile_raises_an_absolute_limit() {
    let out = Some(ProfileDefect::OutOfRange);
    let depth = |value| {
        admitted(|p| {
            p.depth_max = um(value);
            p.stroke = um(2_500);
        })
    };
    assert_eq!(depth(1), None);
    assert_eq!(depth(2_499), None);
    assert_eq!(depth(2_500), Some(ProfileDefect::StrokeTooShort));
    assert_eq!(depth(0), out);
    assert_eq!(depth(-1), out);
    for (stroke, good) in [
        (2_499, true),
        (2_500, true),
        (2_501, false),
        (i32::MAX, false),
    ] {
        assert_eq!(admitted(|p| p.stroke = um(stroke)).is_none(), good);
    }
    for (low, good) in [(49_999, false), (50_000, true), (50_001, true), (0, false)] {
        assert_eq!(
            admitted(|p| p.rate_min = Rate::from_mhz(low)).is_none(),
            good
        );
    }
    for (high, good) in [(149_999, true), (150_000, true), (150_001, false)] {
        assert_eq!(
            admitted(|p| p.rate_max = Rate::from_mhz(high)).is_none(),
            good
        );
    }
    // Least above most is no range at all.
    let crossed = admitted(|p| {
        p.rate_min = Rate::from_hz(101);
        p.rate_max = Rate::from_hz(100);
    });
    assert_eq!(crossed, out);
    for (accel, good) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        assert_eq!(admitted(|p| p.accel_mhz_per_ms = accel).is_none(), good);
    }
}

#[test]
fn conf_003_no_stored_profile_lengthens_a_session_or_invents_a_motor() {
    let min_30 = 30 * 60 * 1_000_000;
    for (on, good) in [
        (0, false),
        (1, true),
        (min_30 - 1, true),
        (min_30, true),
        (min_30 + 1, false),
    ] {
        assert_eq!(
            admitted(|p| p.session_on = Duration::from_us(on)).is_none(),
            good
        );
    }
    let min_45 = 45 * 60 * 1_000_000;
    for (elapsed, good) in [
        (min_30 - 1, false),
        (min_30, true),
        (min_45, true),
        (min_45 + 1, false),
        (u32::MAX, false),
    ] {
        assert_eq!(
            admitted(|p| p.session_elapsed = Duration::from_us(elapsed)).is_none(),
            good
        );
    }
    for (ohm, good) in [(499, false), (500, true), (20_000, true), (20_001, false)] {
        assert_eq!(admitted(|p| p.motor.resistance_mohm = ohm).is_none(), good);
    }
    for (emf, good) in [
        (999, false),
        (1_000, true),
        (200_000, true),
        (200_001, false),
    ] {
        assert_eq!(
            admitted(|p| p.motor.back_emf_uv_per_hz = emf).is_none(),
            good
        );
    }
    for (mv, good) in [(0, true), (2_000, true), (2_001, false)] {
        assert_eq!(admitted(|p| p.motor.friction_mv = mv).is_none(), good);
    }
}

#[test]
fn conf_003_no_feature_reaches_the_limits() {
    let file = sources::top().join("firmware/core/src/limits.rs");
    let text = std::fs::read_to_string(file).expect("the limits");
    for word in ["cfg(", "cfg_attr", "static ", "mut ", "option_env", "env!"] {
        assert!(!text.contains(word), "limits must not depend on {word}");
    }
}

/// Nothing that hands or a host can do makes this pen treat.
fn stays_locked(mut rig: Rig, lock: Lock) {
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Locked, "{}", rig.state());
    assert!(rig.status().locks.has(lock));
    assert!(rig.load(given::plan()).is_err());
    rig.press_ok();
    rig.press_next();
    rig.trigger = given::HELD;
    rig.ticks(300);
    rig.trigger = given::RELEASED;
    rig.ticks(1_000);
    assert_eq!(rig.mode(), Mode::Locked);
    assert!(rig.status().cap.is_none());
}

#[test]
fn conf_004_without_a_good_profile_the_pen_stays_locked() {
    for defect in [
        ProfileDefect::Missing,
        ProfileDefect::Corrupt,
        ProfileDefect::Unsigned,
        ProfileDefect::OtherSerial,
        ProfileDefect::UnknownVersion,
        ProfileDefect::OutOfRange,
        ProfileDefect::StrokeTooShort,
    ] {
        let rig = Rig::new(Boot {
            profile: Err(defect),
            ..given::boot()
        });
        assert!(rig.log.contains(&Record::ProfileRefused { defect }));
        stays_locked(rig, Lock::Profile);
    }
    let other = boot_with(DeviceProfile {
        serial: given::SERIAL + 1,
        ..profile()
    });
    let rig = Rig::new(other);
    let defect = ProfileDefect::OtherSerial;
    assert!(rig.log.contains(&Record::ProfileRefused { defect }));
    stays_locked(rig, Lock::Profile);
}

#[test]
fn conf_004_without_a_good_calibration_the_pen_stays_locked() {
    for defect in [
        RecordDefect::Missing,
        RecordDefect::Corrupt,
        RecordDefect::OtherSerial,
        RecordDefect::UnknownVersion,
        RecordDefect::OutOfRange,
    ] {
        let rig = Rig::new(Boot {
            calibration: Err(defect),
            ..given::boot()
        });
        assert!(rig.log.contains(&Record::CalibrationMissing { defect }));
        stays_locked(rig, Lock::Calibration);
    }
    let mut other = given::calibration();
    other.serial += 1;
    let rig = Rig::new(Boot {
        calibration: Ok(other),
        ..given::boot()
    });
    stays_locked(rig, Lock::Calibration);
}

#[test]
fn conf_004_service_does_not_move_without_a_profile() {
    let mut rig = Rig::new(Boot {
        profile: Err(ProfileDefect::Missing),
        ..given::boot()
    });
    rig.tag = given::dummy();
    rig.ticks(900);
    rig.buttons.ok = true;
    rig.ticks(25);
    assert_eq!(rig.technician(Request::EnterService), Ok(Reply::Done));
    let answer = rig.technician(Request::Run(Rate::from_hz(60)));
    assert!(matches!(answer, Err(Refusal::Locked { .. })), "{answer:?}");
    rig.ticks(100);
    assert!(!rig.drives());
}

#[test]
fn conf_005_a_home_pen_ends_at_300_um_and_knows_no_override() {
    let home_load = |change: &dyn Fn(&mut ZonePlan)| {
        let mut rig = Rig::new(boot_with(home())).to_standby();
        let mut asked = zone(Zone::Cheek, 300, 100);
        change(&mut asked);
        rig.load(plan_of(&[asked]))
    };
    for (depth, good) in [(299, true), (300, true), (301, false), (1_500, false)] {
        let answer = home_load(&|zone| zone.depth = um(depth));
        let expected = if good {
            Ok(Reply::Done)
        } else {
            Err(Refusal::TooDeep {
                asked: um(depth),
                allowed: um(300),
                by: Source::Class,
            })
        };
        assert_eq!(answer, expected);
    }
    let answer = home_load(&|zone| zone.override_reason = REASON);
    assert_eq!(
        answer,
        Err(Refusal::OverrideNotAllowed { zone: Zone::Cheek })
    );
}

#[test]
fn conf_005_a_professional_pen_goes_beyond_1500_um_only_by_an_override_that_is_logged() {
    for (place, cap, with_override) in ZONES {
        let ask = |depth: i32| {
            let mut rig = Rig::default().to_standby();
            let answer = rig.load(plan_of(&[ZonePlan {
                override_reason: REASON,
                ..zone(place, depth, 100)
            }]));
            let logged = rig.log.contains(&Record::Overridden {
                zone: place,
                depth: um(depth),
                reason: OverrideReason::PhysicianOrder,
            });
            assert_eq!(logged, answer.is_ok());
            answer
        };
        if with_override == cap {
            assert_eq!(ask(cap), Err(Refusal::OverrideNotAllowed { zone: place }));
            assert_eq!(
                ask(cap + 1),
                Err(Refusal::OverrideNotAllowed { zone: place })
            );
        } else {
            assert_eq!(
                ask(1_500),
                Err(Refusal::OverrideWithoutNeed { zone: place })
            );
            assert_eq!(ask(1_501), Ok(Reply::Done));
            let (most, by) = if with_override > 2_400 {
                (2_400, Source::Device)
            } else {
                (with_override, Source::Zone)
            };
            assert_eq!(ask(most - 1), Ok(Reply::Done));
            assert_eq!(ask(most), Ok(Reply::Done));
            assert_eq!(
                ask(most + 1),
                Err(Refusal::TooDeep {
                    asked: um(most + 1),
                    allowed: um(most),
                    by
                })
            );
        }
    }
}

/// A plan that is bad in one way, and whether a refusal names it.
type BadPlan = (&'static str, Plan, fn(&Refusal) -> bool);

#[expect(clippy::too_many_lines, reason = "a list")]
fn bad_plans() -> [BadPlan; 9] {
    let good = zone(Zone::Cheek, 1_200, 100);
    [
        ("empty", plan_of(&[]), |why| *why == Refusal::EmptyPlan),
        (
            "gap",
            Plan {
                zones: [None, Some(good), None, None, None, None, None, None],
                ..given::plan()
            },
            |why| *why == Refusal::GapInPlan { zone: 1 },
        ),
        (
            "gap at the end",
            Plan {
                zones: [
                    Some(good),
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    Some(zone(Zone::Nose, 500, 60)),
                ],
                ..given::plan()
            },
            |why| *why == Refusal::GapInPlan { zone: 7 },
        ),
        (
            "twice",
            plan_of(&[good, zone(Zone::Nose, 500, 100), zone(Zone::Cheek, 800, 60)]),
            |why| *why == Refusal::DuplicateZone { zone: Zone::Cheek },
        ),
        (
            "second zone too deep",
            plan_of(&[good, zone(Zone::Nose, 751, 100)]),
            |why| matches!(why, Refusal::TooDeep { .. }),
        ),
        (
            "contradiction",
            plan_of(&[ZonePlan {
                override_reason: REASON,
                ..good
            }]),
            |why| matches!(why, Refusal::OverrideWithoutNeed { .. }),
        ),
        (
            "no number",
            Plan {
                id: 0,
                ..given::plan()
            },
            |why| *why == Refusal::NoPlanId,
        ),
        (
            "no operator",
            Plan {
                operator: 0,
                ..given::plan()
            },
            |why| *why == Refusal::NoOperator,
        ),
        (
            "no token",
            Plan {
                token: 0,
                ..given::plan()
            },
            |why| *why == Refusal::NoToken,
        ),
    ]
}

#[test]
fn conf_006_a_bad_plan_changes_nothing() {
    let mut rig = Rig::default().to_standby();
    let first = Plan {
        id: 9,
        ..given::plan()
    };
    assert_eq!(rig.load(first), Ok(Reply::Done));
    for (what, plan, is_right) in bad_plans() {
        let why = rig.load(plan).expect_err(what);
        assert!(is_right(&why), "{what}: {why:?}");
        assert_eq!(rig.pen.plan(), Some(first), "{what}");
    }
    // The previous plan can still be started.
    rig.arm();
    rig.start();
}

#[test]
fn conf_006_eight_zones_are_a_plan() {
    let zones: Vec<_> = ZONES
        .iter()
        .take(8)
        .map(|(place, ..)| zone(*place, 300, 60))
        .collect();
    let zones: Vec<_> = zones
        .into_iter()
        .map(|zone| ZonePlan {
            time: Duration::from_min(3),
            ..zone
        })
        .collect();
    let mut rig = Rig::default().to_standby();
    assert_eq!(rig.load(plan_of(&zones)), Ok(Reply::Done));
}

#[test]
fn conf_007_the_value_written_never_passes_the_cap() {
    // Whole range of caps, in steps that meet every residue of the rounding; `Rig::watch` compares
    // the target with the cap at every tick.
    for cap in (1..=1_500)
        .step_by(37)
        .chain([1, 2, 49, 50, 51, 1_499, 1_500])
    {
        let mut rig = Rig::new(boot_with(DeviceProfile {
            mechanism: Mechanism::Actuator,
            ..profile()
        }));
        rig.ring(0);
        let mut rig = rig.to_standby();
        assert_eq!(
            rig.load(plan_of(&[zone(Zone::Cheek, cap, 100)])),
            Ok(Reply::Done)
        );
        rig.press_ok();
        assert_eq!(rig.mode(), Mode::Ready, "{}", rig.state());
        rig.ticks(3_100);
        assert_eq!(rig.out.depth().target, um((cap - 50).max(0)));
    }
}

#[test]
fn conf_008_each_limit_is_written_once() {
    let top = sources::top();
    let limits = std::fs::read_to_string(top.join("firmware/core/src/limits.rs")).expect("limits");
    let names: Vec<&str> = limits
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .filter_map(|line| line.split(':').next())
        .collect();
    assert!(names.len() > 60, "{} limits", names.len());
    let firmware = sources::files(&top.join("firmware"), ".rs");
    for name in names {
        let written: Vec<_> = firmware
            .iter()
            .filter(|(_, text)| {
                text.lines().any(|line| {
                    let line = line.trim_start();
                    let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
                    let line = line.strip_prefix("pub ").unwrap_or(line);
                    line.strip_prefix("const ")
                        .is_some_and(|rest| rest.starts_with(&format!("{name}:")))
                })
            })
            .map(|(path, _)| path)
            .collect();
        assert_eq!(written.len(), 1, "{name} in {written:?}");
    }
}

#[test]
fn conf_008_a_limit_in_force_that_changes_by_itself_is_terminal() {
    // Nothing outside the core can flip its bits; the core's own tests do.
    assert!(Fault::LimitCorrupt.is_terminal());
    let core = sources::files(&sources::top().join("firmware/core/src"), ".rs");
    let names: Vec<String> = core
        .iter()
        .flat_map(|(_, text)| code::tests_in(text).expect("a source"))
        .filter(|name| name.starts_with("conf_008_"))
        .collect();
    assert!(names.len() >= 3, "{names:?}");
}

#[test]
fn conf_002_a_depth_is_a_depth_whatever_its_sign() {
    // The units keep order at the ends of their range.
    assert!(Depth::from_um(i32::MIN) < um(0));
    assert_eq!(um(i32::MAX).deeper_by(50), um(i32::MAX));
    assert_eq!(um(i32::MIN).distance(um(i32::MAX)), u32::MAX);
}
