//! Every bound against made-up sessions: at it, just beyond, and what must not count.

use pen_core::profile::Mechanism;

use super::super::setup::{Setup, Work};
use super::{Judge, Measure};
use crate::math::TAU;
use crate::monitor::Claims;
use crate::pen::{Observer, Truth};
use crate::rng::Seed;

/// A session as it is made up, before the judge's eyes.
struct Tale {
    judge: Judge,
    now: Truth,
}

/// What a pen says that rests, without a session.
const SAYS: Claims = Claims {
    parked: false,
    at_rest: true,
    session: 0,
    strokes: 0,
    told: false,
};

impl Tale {
    fn new(work: Work) -> Self {
        let setup = Setup {
            cap_um: 500,
            ..Setup::draw(Seed::new(1), 1, work, Mechanism::Ring, false)
        };
        Self {
            judge: Judge::new(&setup),
            now: Truth::RESTS,
        }
    }

    /// Changes something that lasts.
    fn so(&mut self, change: impl FnOnce(&mut Truth)) -> &mut Self {
        change(&mut self.now);
        self
    }

    /// The supply drives, with 7.4 V.
    fn hard(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty, t.terminal_v) = (true, -1.0, 7.4))
    }

    /// The supply pushes, with the 2.4 V that a push may have.
    fn soft(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty, t.terminal_v) = (true, -0.5, 4.8))
    }

    fn off(&mut self) -> &mut Self {
        self.so(|t| (t.powered, t.duty) = (false, 0.0))
    }

    fn hold(&mut self, held: bool) -> &mut Self {
        self.so(|t| (t.trigger, t.held) = (held, held))
    }

    /// The trigger is held for 10 ms, and the pen drives; then both end.
    fn drive(&mut self) -> &mut Self {
        self.hold(true).hard().tenths(100).hold(false).off()
    }

    fn step(&mut self, us: u64) -> &mut Self {
        self.now.time_us += us;
        self.judge.step(&self.now);
        self
    }

    /// Lets so many tenths of a millisecond pass, in steps of one.
    fn tenths(&mut self, tenths: u32) -> &mut Self {
        for _ in 0..tenths {
            self.step(100);
        }
        self
    }

    /// In one step the tips come out, while the cam turns with a rate; in the next they are in.
    fn enter(&mut self, rate_hz: f64) -> &mut Self {
        self.so(|t| (t.protrusion_um, t.rate_hz) = (0.1, rate_hz))
            .step(100);
        self.so(|t| t.protrusion_um = 0.0).step(100)
    }

    fn says(&mut self, claims: Claims) -> &mut Self {
        self.judge.hear(Some(claims), &self.now);
        self
    }

    /// A fault is told.
    fn tells(&mut self) -> &mut Self {
        self.says(Claims { told: true, ..SAYS })
    }
}

type Tell = fn(&mut Tale) -> &mut Tale;

fn measures(work: Work, tell: Tell) -> Vec<Measure> {
    let mut tale = Tale::new(work);
    tell(&mut tale);
    tale.judge.measures()
}

/// What came of one rule: the worst value, and when it was first broken (us).
fn found(work: Work, rule: &str, tell: Tell) -> (f64, Option<u64>) {
    let all = measures(work, tell);
    let one = all.iter().find(|one| one.rule == rule);
    let one = one.unwrap_or_else(|| panic!("{rule} is not measured"));
    (one.worst, one.broken_at_us)
}

/// Each session of a treatment, and what comes of it by one rule.
fn all_are_found(rule: &str, sessions: &[(&str, Tell, f64, Option<u64>)]) {
    for (name, tell, worst, broken_at_us) in sessions {
        let found = found(Work::Treatment, rule, *tell);
        assert_eq!(found, (*worst, *broken_at_us), "{rule}: {name}");
    }
}

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
