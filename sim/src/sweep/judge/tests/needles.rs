//! Entries, and turns of the cam.

use super::super::super::setup::Work;
use super::tale::{SAYS, Tale, all_are_found, measures};
use crate::math::TAU;
use crate::pen::Truth;

#[test]
fn entries_are_counted_from_the_end_of_the_drive() {
    all_are_found(
        "bound: entries after the drive",
        &[
            ("two", |t| t.drive().enter(50.0).enter(50.0), 2.0, None),
            (
                "three",
                |t| t.drive().enter(50.0).enter(50.0).enter(50.0),
                3.0,
                Some(10_500),
            ),
            (
                "two after each of two drives",
                |t| {
                    t.drive().enter(50.0).enter(50.0);
                    t.drive().enter(50.0).enter(50.0)
                },
                2.0,
                None,
            ),
            (
                "in the drive",
                |t| {
                    t.hold(true).hard().enter(50.0).enter(50.0).enter(50.0);
                    t.hold(false).off().tenths(100)
                },
                0.0,
                None,
            ),
            (
                "out since the drive",
                |t| {
                    t.hold(true).hard().so(|t| t.protrusion_um = 100.0);
                    t.so(|t| t.rate_hz = 50.0).tenths(10).hold(false).off();
                    t.tenths(100)
                },
                0.0,
                None,
            ),
            (
                "at the rim",
                |t| {
                    t.drive().so(|t| (t.protrusion_um, t.rate_hz) = (0.0, 50.0));
                    t.tenths(100)
                },
                0.0,
                None,
            ),
            ("by the ring", |t| t.drive().enter(0.0), 0.0, None),
            ("at 0.5 Hz", |t| t.drive().enter(0.5), 0.0, None),
            ("at 0.6 Hz", |t| t.drive().enter(0.6), 1.0, None),
            ("backwards", |t| t.drive().enter(-0.6), 1.0, None),
            ("before any drive", |t| t.tenths(10).enter(50.0), 1.0, None),
        ],
    );
}

#[test]
fn the_last_entry_comes_within_30_ms_or_a_fault_is_told() {
    let late = "bound: ms to the last entry, untold";
    all_are_found(
        late,
        &[
            ("30 ms", |t| t.drive().tenths(299).enter(50.0), 30.0, None),
            (
                "30.1 ms",
                |t| t.drive().tenths(300).enter(50.0),
                30.1,
                Some(40_100),
            ),
            (
                "before any drive",
                |t| t.tenths(1_000).enter(50.0),
                0.0,
                None,
            ),
            (
                "counted from a release that the pen takes 3 ms to follow",
                |t| {
                    t.drive().hard().tenths(30).off();
                    t.tenths(299).enter(50.0)
                },
                30.0,
                None,
            ),
        ],
    );
    // Told once, though no more.
    let told = measures(Work::Treatment, |t| {
        t.tells().says(SAYS).drive().tenths(300).enter(50.0)
    });
    assert!(told.iter().all(|one| one.rule != late));
    let entries = told
        .iter()
        .find(|one| one.rule.contains("entries after the drive"));
    assert_eq!(entries.map(|one| one.worst), Some(1.0));
}

/// After a drive the cam creeps, then stands for so many tenths of a millisecond, and enters.
fn toppled(tale: &mut Tale, creeps_hz: f64, stands: u32) -> &mut Tale {
    tale.drive().so(|t| t.rate_hz = creeps_hz).tenths(1_000);
    tale.so(|t| t.rate_hz = 0.000_9).tenths(stands).enter(50.0)
}

#[test]
fn needles_that_were_left_out_and_told_may_be_toppled_once_the_cam_rests() {
    all_are_found(
        "bound: entries after the drive",
        &[
            (
                "stood for 50 ms",
                |t| toppled(t.tells(), 0.001, 500),
                0.0,
                None,
            ),
            (
                "stood for 49.9 ms",
                |t| toppled(t.tells(), 0.001, 499),
                1.0,
                None,
            ),
            (
                "crept backwards until then",
                |t| toppled(t.tells(), -0.001, 499),
                1.0,
                None,
            ),
            (
                "rested, and turned for a while before it entered",
                |t| {
                    toppled(t.tells(), 0.001, 500);
                    t.so(|t| t.rate_hz = 50.0).tenths(100).enter(50.0)
                },
                0.0,
                None,
            ),
            ("untold", |t| toppled(t, 0.001, 500), 1.0, None),
            (
                "told no more",
                |t| toppled(t.tells().says(SAYS), 0.001, 500),
                1.0,
                None,
            ),
            (
                "told until the pen went down",
                |t| {
                    t.tells().judge.hear(None, &Truth::RESTS);
                    toppled(t, 0.001, 500)
                },
                1.0,
                None,
            ),
            (
                "pushed after it rested",
                |t| {
                    t.tells().drive().so(|t| t.rate_hz = 0.0).tenths(500);
                    t.soft().tenths(1).off().enter(50.0)
                },
                1.0,
                None,
            ),
            (
                "pushed while it stood",
                |t| {
                    t.tells().drive().so(|t| t.rate_hz = 0.0).tenths(400);
                    t.soft().tenths(200).off().enter(50.0)
                },
                1.0,
                None,
            ),
        ],
    );
}

/// In one step of so long, the cam comes to so many turns.
fn turned(tale: &mut Tale, us: u64, turns: f64) -> &mut Tale {
    tale.so(|t| t.theta_rad = turns * TAU).step(us)
}

#[test]
fn turns_above_160_hz_may_last_for_a_turn_and_20_ms() {
    let rule = "bound: ms of turns above 160 Hz";
    // Each turn ends in the middle of a step.
    let row = |us: u64, count: u32| {
        let mut tale = Tale::new(Work::Treatment);
        turned(&mut tale, 50_000, 0.5);
        for n in 1..=count {
            let half = f64::from(n);
            turned(&mut tale, us / 2, half - 0.25);
            turned(&mut tale, us / 2, half + 0.25);
        }
        let all = tale.judge.measures();
        let one = all.into_iter().find(|one| one.rule == rule);
        let one = one.expect("it is measured");
        (one.worst, one.broken_at_us.is_some())
    };
    // 160.5 Hz and so on: the first turn of a row is only the beginning of the next.
    for (us, count, worst_ms, is_broken) in [
        (6_230, 2, 6.23, false),
        (6_230, 5, 24.92, false),
        (6_230, 6, 31.15, true),
        (6_560, 5, 26.24, false),
        (5_000, 6, 25.0, false),
        (5_252, 6, 26.26, true),
    ] {
        let (worst, broken) = row(us, count);
        let fast = us < 6_250;
        let expected = if fast { worst_ms } else { 0.0 };
        assert!((worst - expected).abs() < 1e-6, "{us} {count}: {worst}");
        assert_eq!(broken, fast && is_broken, "{us} {count}");
    }
    all_are_found(
        rule,
        &[
            (
                "exactly 160 Hz",
                |t| turned(turned(turned(t, 50_000, 0.5), 50_000, 1.0), 6_250, 2.0),
                0.0,
                None,
            ),
            (
                "just above 160 Hz",
                |t| turned(turned(turned(t, 50_000, 0.5), 50_000, 1.0), 6_249, 2.0),
                6.249,
                None,
            ),
            (
                "the first turn that ends is not seen whole",
                |t| turned(turned(turned(t, 1_000, 0.5), 2_000, 1.0), 6_000, 2.0),
                6.0,
                None,
            ),
            (
                "a slow turn ends the row",
                |t| {
                    turned(turned(turned(t, 1_000, 0.5), 50_000, 1.0), 5_000, 2.0);
                    turned(turned(turned(t, 7_000, 3.0), 5_500, 4.0), 50_000, 5.0)
                },
                5.5,
                None,
            ),
            (
                "a turn back ends the row, and the next is not seen whole",
                |t| {
                    turned(turned(turned(t, 1_000, 0.5), 50_000, 1.0), 5_000, 2.0);
                    turned(turned(t, 1_000, 1.9), 1_000, 2.0);
                    turned(t, 5_500, 3.0)
                },
                5.5,
                None,
            ),
        ],
    );
}

#[test]
fn a_turn_ends_where_in_the_step_the_cam_is_fully_out() {
    let mut tale = Tale::new(Work::Treatment);
    turned(&mut tale, 50_000, 0.5);
    // Half a step of 2 ms after 50 ms, and a quarter of one after 55 ms.
    turned(&mut tale, 2_000, 1.5);
    turned(&mut tale, 3_000, 1.75);
    turned(&mut tale, 2_000, 2.75);
    let all = tale.judge.measures();
    let one = all.iter().find(|one| one.rule.contains("of turns above"));
    let ms = one.map_or(f64::NAN, |one| one.worst);
    assert!((ms - 4.5).abs() < 1e-6, "{ms}");
}
