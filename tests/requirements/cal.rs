//! Calibration.

use pen_core::calibration::{Calibration, CalibrationDefect, Channel, Table};
use pen_core::fault::{Fault, Warning};
use pen_core::journal::Record;
use pen_core::mode::Mode;
use pen_core::plan::Plan;
use pen_core::profile::Source;
use pen_core::request::{Refusal, Reply, Request, Role};
use pen_core::units::Rate;
use pen_tests::given::{self, counts_a, counts_b, table, um};
use pen_tests::rig::{Cam, Rig};

fn next() -> Calibration {
    Calibration {
        generation: 8,
        ..given::calibration()
    }
}

fn stage(calibration: Calibration) -> Request {
    Request::Stage {
        calibration,
        digest: 0xD1,
    }
}

#[test]
fn cal_001_is_staged_first_and_committed_by_its_digest() {
    let mut rig = Rig::default().to_service();
    assert_eq!(
        rig.technician(Request::Commit { digest: 0xD1 }),
        Err(Refusal::NothingStaged)
    );
    assert_eq!(
        rig.technician(Request::Discard),
        Err(Refusal::NothingStaged)
    );
    assert_eq!(rig.technician(stage(next())), Ok(Reply::Done));
    assert_eq!(rig.status().staged, Some(0xD1));
    assert_eq!(rig.pen.calibration(), Some(given::calibration()));
    assert_eq!(
        rig.technician(Request::Commit { digest: 0xD2 }),
        Err(Refusal::DigestDiffers {
            asked: 0xD2,
            staged: 0xD1
        })
    );
    assert_eq!(
        rig.technician(Request::Commit { digest: 0xD1 }),
        Ok(Reply::Store(next()))
    );
    // Not in force before storage has it.
    assert_eq!(rig.status().generation, 7);
    assert_eq!(rig.pen.calibration_stored(next(), 0xD1), Ok(()));
    rig.tick();
    assert_eq!(rig.status().generation, 8);
    assert_eq!(rig.status().staged, None);
    assert!(rig.log.contains(&Record::CalibrationCommitted {
        generation: 8,
        digest: 0xD1
    }));
    assert_eq!(
        rig.technician(Request::Commit { digest: 0xD1 }),
        Err(Refusal::NothingStaged)
    );
}

#[test]
fn cal_001_only_in_service_and_only_a_technician() {
    for mode in Mode::ALL {
        if mode == Mode::Service {
            continue;
        }
        let mut rig = Rig::reach(mode);
        for request in [
            stage(next()),
            Request::Commit { digest: 0xD1 },
            Request::Discard,
            Request::Revert {
                calibration: given::calibration(),
                digest: 0,
            },
        ] {
            assert_eq!(
                rig.technician(request),
                Err(Refusal::NotNow { mode }),
                "{mode:?}"
            );
        }
    }
    let mut rig = Rig::default().to_service();
    for role in [Role::Observer, Role::Operator] {
        let needed = Role::Technician;
        let expected = Err(Refusal::Role {
            asked: role,
            needed,
        });
        assert_eq!(rig.ask(role, stage(next())), expected);
    }
}

#[test]
fn cal_001_what_is_staged_is_forgotten_with_service() {
    let mut rig = Rig::default().to_service();
    assert_eq!(rig.technician(stage(next())), Ok(Reply::Done));
    assert_eq!(rig.technician(Request::LeaveService), Ok(Reply::Done));
    rig.tick();
    assert_eq!(rig.status().staged, None);
    assert!(rig.pen.staged().is_none());

    let mut rig = Rig::default().to_service();
    assert_eq!(rig.technician(stage(next())), Ok(Reply::Done));
    rig.until(3_100, "Locked", |rig| rig.mode() == Mode::Locked);
    assert_eq!(rig.status().staged, None);
}

#[test]
fn cal_001_the_previous_generation_can_return_under_a_new_number() {
    let mut rig = Rig::default().to_service();
    let mut previous = given::calibration();
    previous.generation = 6;
    previous.technician = 3;
    let expected = Calibration {
        generation: 8,
        ..previous
    };
    assert_eq!(
        rig.technician(Request::Revert {
            calibration: previous,
            digest: 0
        }),
        Ok(Reply::Store(expected))
    );
    assert_eq!(rig.pen.calibration_stored(expected, 0xAA), Ok(()));
    rig.tick();
    assert_eq!(rig.status().generation, 8);
    assert!(
        rig.log
            .contains(&Record::CalibrationReverted { generation: 8 })
    );
    // A bad one cannot.
    previous.serial += 1;
    assert!(matches!(
        rig.technician(Request::Revert {
            calibration: previous,
            digest: 0
        }),
        Err(Refusal::Calibration(CalibrationDefect::OtherSerial { .. }))
    ));
}

#[test]
fn cal_001_generations_follow_each_other() {
    for (generation, good) in [
        (0, false),
        (6, false),
        (7, false),
        (8, true),
        (9, false),
        (u32::MAX, false),
    ] {
        let mut rig = Rig::default().to_service();
        let asked = Calibration {
            generation,
            ..given::calibration()
        };
        let expected = if good {
            Ok(Reply::Done)
        } else {
            Err(Refusal::Calibration(CalibrationDefect::Generation {
                asked: generation,
                allowed: 8,
            }))
        };
        assert_eq!(rig.technician(stage(asked)), expected);
    }
}

/// What the pen says to a changed calibration.
fn staged(change: impl Fn(&mut Calibration)) -> Option<CalibrationDefect> {
    let mut asked = next();
    change(&mut asked);
    let mut rig = Rig::default().to_service();
    match rig.technician(stage(asked)) {
        Ok(Reply::Done) => None,
        Err(Refusal::Calibration(defect)) => {
            assert_eq!(rig.status().staged, None);
            Some(defect)
        }
        other => panic!("{other:?}"),
    }
}

/// Channel A from depths, each moved by a function of the true depth.
fn bent_a(knots: &[i32], bend: impl Fn(i32) -> i32) -> Table {
    table(
        &knots
            .iter()
            .map(|depth| (counts_a(*depth), bend(*depth)))
            .collect::<Vec<_>>(),
    )
}

/// Channel B likewise.
fn bent_b(knots: &[i32], bend: impl Fn(i32) -> i32) -> Table {
    let mut knots: Vec<_> = knots
        .iter()
        .map(|depth| (counts_b(*depth), bend(*depth)))
        .collect();
    knots.reverse();
    table(&knots)
}

const EVEN: [i32; 11] = [
    0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 2_250, 2_500,
];

#[test]
fn cal_002_needs_seven_knots_without_a_gap() {
    for count in 0..=11 {
        let found = staged(|c| c.a = bent_a(&EVEN[..count], |um| um));
        let expected = CalibrationDefect::TooFewKnots {
            channel: Channel::A,
            asked: u8::try_from(count).unwrap(),
            allowed: 7,
        };
        assert_eq!(found, (count < 7).then_some(expected), "{count}");
        let found = staged(|c| c.b = bent_b(&EVEN[..count], |um| um));
        assert_eq!(found.is_some(), count < 7);
    }
    let found = staged(|c| c.a.knots[3] = None);
    assert!(matches!(
        found,
        Some(CalibrationDefect::TooFewKnots { asked: 3, .. })
    ));
    let found = staged(|c| {
        c.a.knots = [None; 11];
    });
    assert!(matches!(
        found,
        Some(CalibrationDefect::TooFewKnots { asked: 0, .. })
    ));
}

#[test]
fn cal_002_refuses_what_is_not_monotone() {
    let not_monotone = |knot| {
        move |defect: Option<CalibrationDefect>| {
            assert_eq!(
                defect,
                Some(CalibrationDefect::NotMonotone {
                    channel: Channel::A,
                    knot
                })
            );
        }
    };
    let mut swapped = given::table_a();
    swapped.knots.swap(4, 5);
    not_monotone(5)(staged(|c| c.a = swapped));
    let mut level = given::table_a();
    level.knots[4] = level.knots[4].map(|mut knot| {
        knot.depth = um(800);
        knot
    });
    not_monotone(4)(staged(|c| c.a = level));
    let mut same = given::table_a();
    same.knots[4] = same.knots[3].map(|mut knot| {
        knot.depth = um(801);
        knot
    });
    not_monotone(4)(staged(|c| c.a = same));
    // The wires of the two channels swapped.
    assert!(staged(|c| c.a = given::table_b()).is_some());
    assert!(staged(|c| c.b = given::table_a()).is_some());
}

#[test]
fn cal_002_refuses_a_knot_at_a_rail() {
    for (counts, good) in [(8, false), (9, true), (4_086, true), (4_087, false)] {
        // A line through the knot that stays within every other limit.
        let mut knots: Vec<_> = EVEN.iter().map(|um| (counts_b(*um), *um)).collect();
        knots.reverse();
        let found = if counts > 2_000 {
            let depth = (3_900 - counts) * 10 / 13;
            knots.truncate(10);
            knots.push((counts, depth));
            staged(|c| c.b = table(&knots))
        } else {
            let depth = (counts - 400) * 10 / 14;
            let mut knots: Vec<_> = EVEN.iter().map(|um| (counts_a(*um), *um)).collect();
            knots[0] = (counts, depth);
            staged(|c| c.a = table(&knots))
        };
        assert_eq!(found.is_none(), good, "{counts}: {found:?}");
    }
}

#[test]
fn cal_002_refuses_a_slope_more_than_10_percent_off() {
    // About the middle, so that neither offset nor move is passed first.
    for (permille, good) in [(-101, false), (-99, true), (99, true), (101, false)] {
        let bend = |um: i32| um + (um - 1_250) * permille / 1_000;
        for (channel, found) in [
            (Channel::A, staged(|c| c.a = bent_a(&EVEN, bend))),
            (Channel::B, staged(|c| c.b = bent_b(&EVEN, bend))),
        ] {
            let is_slope = matches!(
                found,
                Some(CalibrationDefect::Slope { channel: named, allowed: 100, .. })
                    if named == channel
            );
            assert_eq!(found.is_none(), good, "{channel:?} {permille}: {found:?}");
            assert_eq!(is_slope, !good, "{channel:?} {permille}: {found:?}");
        }
    }
}

#[test]
fn cal_002_refuses_an_offset_above_200_um() {
    for (offset, good) in [(-201, false), (-200, true), (200, true), (201, false)] {
        for found in [
            staged(|c| c.a = bent_a(&EVEN, |um| um + offset)),
            staged(|c| c.b = bent_b(&EVEN, |um| um + offset)),
        ] {
            if good {
                assert_eq!(found, None, "{offset}");
            } else {
                assert!(
                    matches!(
                        found,
                        Some(CalibrationDefect::Offset { asked, allowed: 200, .. })
                            if asked == offset
                    ),
                    "{found:?}"
                );
            }
        }
    }
}

#[test]
fn cal_002_refuses_a_residual_above_50_um() {
    // One knot of eleven off by d moves the trend by about d/11.
    let mut last_good = 0;
    for off in 1..200 {
        let found = staged(|c| c.a = bent_a(&EVEN, |um| if um == 1_250 { um + off } else { um }));
        if found.is_none() {
            last_good = off;
        } else {
            assert!(
                matches!(found, Some(CalibrationDefect::Residual { asked, allowed: 50, .. }) if asked == 51),
                "{off}: {found:?}"
            );
            break;
        }
    }
    assert_eq!(
        last_good, 55,
        "50 um from a trend that it pulls along by a eleventh"
    );
}

#[test]
fn cal_002_refuses_other_serials_clocks_and_dates() {
    assert!(matches!(
        staged(|c| c.serial += 1),
        Some(CalibrationDefect::OtherSerial { .. })
    ));
    for (ppm, good) in [
        (-30_001, false),
        (-30_000, true),
        (0, true),
        (30_000, true),
        (30_001, false),
        (i32::MIN, false),
        (i32::MAX, false),
    ] {
        let found = staged(|c| c.clock_ppm = ppm);
        let expected = CalibrationDefect::Clock {
            asked: ppm,
            allowed: 30_000,
        };
        assert_eq!(found, (!good).then_some(expected));
    }
    assert_eq!(
        staged(|c| c.due_day = c.made_day - 1),
        Some(CalibrationDefect::DueBeforeMade)
    );
    assert_eq!(staged(|c| c.due_day = c.made_day), None);
}

#[test]
fn cal_003_treats_until_30_days_after_the_due_date_with_a_warning() {
    for (day, loads, warns) in [
        (given::DUE - 1, true, false),
        (given::DUE, true, false),
        (given::DUE + 1, true, true),
        (given::DUE + 30, true, true),
        (given::DUE + 31, false, false),
        (u16::MAX, false, false),
    ] {
        let mut rig = Rig::default().to_standby();
        let answer = rig.load(Plan {
            day,
            ..given::plan()
        });
        let expected = if loads {
            Ok(Reply::Done)
        } else {
            Err(Refusal::CalibrationOverdue {
                until: given::DUE + 30,
                today: day,
            })
        };
        assert_eq!(answer, expected, "{day}");
        let warned = rig.recorded(|record| {
            matches!(
                record,
                Record::Warned {
                    warning: Warning::CalibrationDue,
                    ..
                }
            )
        });
        assert_eq!(warned, warns, "{day}");
    }
}

#[test]
fn cal_003_the_last_days_of_the_calendar_do_not_wrap() {
    let mut boot = given::boot();
    let mut calibration = given::calibration();
    calibration.due_day = u16::MAX - 5;
    boot.calibration = Ok(calibration);
    let mut rig = Rig::new(boot).to_standby();
    assert_eq!(
        rig.load(Plan {
            day: u16::MAX,
            ..given::plan()
        }),
        Ok(Reply::Done)
    );
}

#[test]
fn cal_004_moves_the_indicated_depth_by_half_a_millimetre_at_most() {
    // Slope, offset and residual together: the widest table that passes moves no knot further.
    let mut widest = 0;
    for permille in (-100..=100).step_by(20) {
        for offset in (-400..=400).step_by(20) {
            let bend = |um: i32| um + um * permille / 1_000 + offset;
            let table = bent_a(&EVEN, bend);
            if staged(|c| c.a = table).is_none() {
                for um in EVEN {
                    widest = widest.max((bend(um) - um).abs());
                }
            }
        }
    }
    assert!((400..=500).contains(&widest), "{widest}");
}

#[test]
fn cal_004_calibration_raises_no_ceiling() {
    let mut boot = given::boot();
    let mut calibration = given::calibration();
    // A table that indicates 190 um too little.
    calibration.a = bent_a(&EVEN, |um| um - 190);
    calibration.b = bent_b(&EVEN, |um| um - 190);
    boot.calibration = Ok(calibration);
    let mut rig = Rig::new(boot).to_standby();
    let mut deep = given::plan();
    deep.zones[0] = Some(given::zone(pen_core::plan::Zone::Cheek, 1_501, 100));
    assert!(matches!(
        rig.load(deep),
        Err(Refusal::TooDeep { allowed, .. }) if allowed == um(1_500)
    ));
}

#[test]
fn cal_004_motion_in_service_is_slow_and_within_the_same_limits() {
    let run = |rig: &mut Rig, mhz: u32| rig.technician(Request::Run(Rate::from_mhz(mhz)));
    let mut rig = Rig::default().to_service();
    for mhz in [80_001, 150_000, u32::MAX] {
        let expected = Refusal::TooFast {
            asked: Rate::from_mhz(mhz),
            allowed: Rate::from_hz(80),
            by: Source::Absolute,
        };
        assert_eq!(run(&mut rig, mhz), Err(expected));
    }
    for mhz in [0, 49_999] {
        let expected = Refusal::TooSlow {
            asked: Rate::from_mhz(mhz),
            allowed: Rate::from_hz(50),
            by: Source::Device,
        };
        assert_eq!(run(&mut rig, mhz), Err(expected));
    }
    for mhz in [50_000, 79_999, 80_000] {
        let mut rig = rig.clone();
        assert_eq!(run(&mut rig, mhz), Ok(Reply::Done));
    }
    // The device's cap holds: 2.4 mm.
    for (depth, good) in [(2_399, true), (2_400, true), (2_401, false)] {
        let mut rig = rig.clone();
        rig.shake = pen_tests::rig::Shake::Not;
        rig.ring(depth);
        rig.ticks(150);
        assert_eq!(rig.technician(Request::Heartbeat), Ok(Reply::Done));
        let expected = if good {
            Ok(Reply::Done)
        } else {
            Err(Refusal::DepthAboveCap {
                measured: um(depth),
                allowed: um(2_400),
                by: Source::Device,
            })
        };
        assert_eq!(run(&mut rig, 60_000), expected, "{depth}");
    }
    // And every monitor.
    let mut rig = Rig::default().to_service_running();
    rig.runs_for(200);
    assert_eq!(run(&mut rig, 60_000), Ok(Reply::Done));
    rig.cam = Cam::Turns(100_000);
    rig.brakes_within(60);
    assert_eq!(rig.fault(), Some(Fault::OverSpeed));
}

#[test]
fn cal_004_taking_the_dummy_out_stops_the_motor() {
    for (what, change) in [
        (
            "unseated",
            (|rig: &mut Rig| rig.seated = false) as fn(&mut Rig),
        ),
        ("needles", |rig| {
            rig.tag = pen_core::io::TagReading::Present(given::tag());
        }),
    ] {
        let mut rig = Rig::default().to_service_running();
        rig.runs_for(100);
        change(&mut rig);
        assert_eq!(rig.brakes_within(1), 1, "{what}");
        rig.comes_to(Mode::Service);
    }
}
