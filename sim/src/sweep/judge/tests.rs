//! Every bound against made-up sessions: at it, just beyond, and what must not count.

mod needles;
mod tale;

use super::super::setup::Work;
use super::Measure;
use crate::monitor::Claims;
use tale::{SAYS, Tale, Tell, all_are_found, found, measures};

#[test]
fn a_bound_is_broken_beyond_it_and_when_it_was_first() {
    let mut measure = Measure::new("a rule".to_owned(), 20.0);
    let seen = |measure: &Measure| (measure.worst, measure.broken_at_us, measure.ratio());
    measure.see(20.0, 5);
    assert_eq!(seen(&measure), (20.0, None, 1.0));
    measure.see(25.0, 6);
    assert_eq!(seen(&measure), (25.0, Some(6), 1.25));
    measure.see(1.0, 7);
    assert_eq!(seen(&measure), (25.0, Some(6), 1.25));
    measure.see(50.0, 8);
    assert_eq!(seen(&measure), (50.0, Some(6), 2.5));
}

#[test]
fn what_nobody_asked_for_is_counted_until_somebody_asks_again() {
    all_are_found(
        "bound: ms driven unasked",
        &[
            ("at power-up: 20 ms", |t| t.hard().tenths(200), 20.0, None),
            (
                "at power-up: 20.1 ms",
                |t| t.hard().tenths(201),
                20.1,
                Some(20_100),
            ),
            (
                "with a pause",
                |t| {
                    t.hard().tenths(100).off().tenths(100);
                    t.hard().tenths(100)
                },
                20.0,
                None,
            ),
            ("held", |t| t.hold(true).hard().tenths(1_000), 0.0, None),
            (
                "3 ms after the release",
                |t| t.drive().hard().tenths(30),
                0.0,
                None,
            ),
            (
                "13 ms after the release",
                |t| t.drive().hard().tenths(130),
                10.0,
                None,
            ),
            (
                "asked for again in between",
                |t| {
                    t.drive().hard().tenths(180).off();
                    t.drive().hard().tenths(150)
                },
                15.0,
                None,
            ),
            (
                "held over a start",
                |t| {
                    t.hold(true).hard().tenths(100);
                    t.so(|t| t.starts = 2).tenths(130)
                },
                10.0,
                None,
            ),
            (
                "pressed while the pen is dead",
                |t| {
                    t.so(|t| t.alive = false).hold(true).tenths(10);
                    t.so(|t| t.alive = true).hard().tenths(100)
                },
                10.0,
                None,
            ),
        ],
    );
}

#[test]
fn a_push_is_weak_and_comes_soon_after_motion_or_a_start() {
    all_are_found(
        "bound: ms driven unasked",
        &[
            // The pen is seen to start with the first step.
            (
                "after power-up, for 0.7 s",
                |t| t.soft().tenths(7_001),
                0.0,
                None,
            ),
            (
                "after power-up, for longer",
                |t| t.soft().tenths(7_101),
                10.0,
                None,
            ),
            (
                "a little stronger",
                |t| t.soft().so(|t| t.terminal_v = 4.802).tenths(100),
                10.0,
                None,
            ),
            (
                "after the release, for 0.7 s",
                |t| t.tenths(3_000).drive().soft().tenths(7_000),
                0.0,
                None,
            ),
            (
                "after the release, for longer",
                |t| t.tenths(3_000).drive().soft().tenths(7_100),
                10.0,
                None,
            ),
            (
                "after a start that came later",
                |t| {
                    t.drive().tenths(5_000).so(|t| t.starts = 2);
                    t.soft().tenths(7_101)
                },
                10.0,
                None,
            ),
        ],
    );
}

#[test]
fn a_technician_asks_from_the_request_until_the_host_is_silent() {
    let unasked = |tell| found(Work::Service, "bound: ms driven unasked", tell);
    // From 800 ms to 1.86 s, whatever the trigger does, and 3 ms more.
    assert_eq!(
        unasked(|t| t.tenths(7_900).hard().tenths(10_728)),
        (9.9, None)
    );
    assert_eq!(
        unasked(|t| t.tenths(8_000).hard().tenths(10_629)),
        (0.0, None)
    );
    assert_eq!(
        unasked(|t| t.tenths(8_000).hard().tenths(10_729)),
        (10.0, None)
    );
    assert_eq!(unasked(|t| t.hold(true).hard().tenths(200)), (20.0, None));
}

#[test]
fn a_drive_without_a_cartridge_ends_in_60_ms() {
    let bare: Tell = |t| t.so(|t| t.needles = 0).hard().tenths(602);
    all_are_found(
        "bound: ms driven without a cartridge",
        &[
            (
                "60 ms",
                |t| t.so(|t| t.needles = 0).hard().tenths(601),
                60.0,
                None,
            ),
            ("60.1 ms", bare, 60.1, Some(60_200)),
            (
                "twice 40 ms",
                |t| {
                    t.so(|t| t.needles = 0).hard().tenths(401);
                    t.off().tenths(1).hard().tenths(401)
                },
                40.0,
                None,
            ),
            (
                "at rest",
                |t| t.so(|t| t.needles = 0).tenths(1_000),
                0.0,
                None,
            ),
            ("with one", |t| t.hard().tenths(1_000), 0.0, None),
        ],
    );
    let rule = "bound: ms driven without a cartridge";
    assert_eq!(found(Work::Service, rule, bare), (0.0, None));
}

#[test]
fn parked_is_said_at_rest_with_the_tips_in() {
    const PARKED: Claims = Claims {
        parked: true,
        ..SAYS
    };
    all_are_found(
        "bound: um out while parked",
        &[
            (
                "1 um",
                |t| t.tenths(1).so(|t| t.protrusion_um = 1.0).says(PARKED),
                1.0,
                None,
            ),
            (
                "1.1 um",
                |t| t.tenths(1).so(|t| t.protrusion_um = 1.1).says(PARKED),
                1.1,
                Some(100),
            ),
            ("in", |t| t.says(PARKED), 0.0, None),
            (
                "in motion",
                |t| {
                    t.so(|t| t.protrusion_um = 900.0).says(Claims {
                        at_rest: false,
                        ..PARKED
                    })
                },
                0.0,
                None,
            ),
            (
                "not said",
                |t| t.so(|t| t.protrusion_um = 900.0).says(SAYS),
                0.0,
                None,
            ),
        ],
    );
}

/// So many drives and true strokes, of which the pen counts others.
fn counted(tale: &mut Tale, drives: u32, real: u64, told: u32) -> &mut Tale {
    for _ in 0..drives {
        tale.drive().tenths(10);
    }
    tale.so(|t| t.strokes = real).tenths(1);
    tale.says(Claims {
        strokes: told,
        ..SAYS
    })
}

#[test]
fn strokes_may_be_miscounted_by_their_share_and_by_drives() {
    let rule = "bound: strokes miscounted";
    let found = |work, tell: Tell| {
        let all = measures(work, tell);
        let one = all.into_iter().find(|one| one.rule == rule);
        let one = one.expect("it is measured");
        (one.worst, one.bound, one.broken_at_us.is_some())
    };
    let sessions: [(Tell, (f64, f64, bool)); 13] = [
        (|t| counted(t, 0, 0, 0), (0.0, 3.0, false)),
        (|t| counted(t, 1, 1_000, 987), (13.0, 13.0, false)),
        (|t| counted(t, 1, 1_000, 986), (14.0, 13.0, true)),
        (|t| counted(t, 1, 1_000, 1_013), (13.0, 13.0, false)),
        (|t| counted(t, 1, 1_000, 1_014), (14.0, 13.0, true)),
        (|t| counted(t, 2, 1_000, 1_000), (0.0, 13.0, false)),
        (|t| counted(t, 3, 200, 195), (5.0, 6.5, false)),
        // What a fault told excuses is invented, not missed.
        (|t| counted(t.tells(), 1, 1_000, 1_017), (13.0, 13.0, false)),
        (|t| counted(t.tells(), 1, 1_000, 1_002), (0.0, 13.0, false)),
        (|t| counted(t.tells(), 1, 1_000, 986), (14.0, 13.0, true)),
        // Two sessions, the second of which counts from nothing.
        (
            |t| counted(counted(t, 1, 600, 600), 1, 1_000, 400),
            (0.0, 13.0, false),
        ),
        // A press that does not drive is none, and a pause does not make two of one.
        (
            |t| {
                t.hold(true).tenths(10).hold(false).tenths(10);
                for _ in 0..3 {
                    t.hold(true).hard().tenths(5).off().tenths(5);
                    t.hard().tenths(5).off().hold(false).tenths(10);
                }
                counted(t, 0, 0, 0)
            },
            (0.0, 4.5, false),
        ),
        // A restart loses what was not kept.
        (
            |t| counted(t.tenths(1).so(|t| t.starts = 2), 3, 1_000, 0),
            (0.0, 3.0, false),
        ),
    ];
    for (number, (tell, expected)) in sessions.into_iter().enumerate() {
        assert_eq!(found(Work::Treatment, tell), expected, "{number}");
    }
    let technician = found(Work::Service, |t| counted(t, 3, 1_000, 0));
    assert_eq!(technician, (0.0, 3.0, false));
}

#[test]
fn the_monitors_judge_with_the_cap_of_the_session() {
    let deep = "DEPTH-002: ms driven beyond cap and margin";
    // 500 um and 2.4 mm, 50 um of margin, 40 um of uncertainty.
    for (work, in_um, out_um) in [
        (Work::Treatment, 590.0, 591.0),
        (Work::Service, 2_490.0, 2_491.0),
    ] {
        for (depth_um, worst) in [(in_um, 0.0), (out_um, 20.1)] {
            let mut tale = Tale::new(work);
            tale.tenths(3_000).hold(true).hard();
            tale.so(|t| t.depth_um = depth_um).tenths(201);
            let all = tale.judge.measures();
            let one = all.iter().find(|one| one.rule == deep);
            let one = one.expect("it is measured");
            assert_eq!((one.worst, one.bound), (worst, 20.0), "{depth_um}");
            assert_eq!(one.broken_at_us, (worst > 20.0).then_some(320_100));
        }
    }
}
