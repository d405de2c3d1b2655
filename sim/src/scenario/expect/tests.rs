//! Every expectation against made-up evidence: one below, at and one above each of its bounds.

use pen_core::fault::{Fault, Trip};
use pen_core::journal::{Entry, Record};
use pen_core::mode::Mode;
use pen_core::request::Refusal;
use pen_core::units::Instant;
use pen_protocol::messages::ToHost;

use super::{Evidence, Expect};
use crate::math::TAU;
use crate::monitor::{Monitors, Rules};
use crate::pen::{Observer, Truth};

const RULES: Rules = Rules {
    cap_um: 1_000.0,
    is_service: false,
    has_brake: true,
};

/// The judges' account of a cam that turns with `hz(ms)` up to `end_ms`, its tips at `peak_um`.
fn turned(end_ms: u32, peak_um: f64, hz: impl Fn(u32) -> f64) -> Monitors {
    let mut judges = Monitors::new(RULES);
    let mut now = Truth::RESTS;
    for step in 0..end_ms * 10 {
        now.time_us = u64::from(step) * 100;
        now.rate_hz = hz(step / 10);
        now.theta_rad += TAU * now.rate_hz * 1e-4;
        now.peak_um = peak_um;
        judges.step(&now);
    }
    judges
}

fn still() -> Monitors {
    turned(2, 0.0, |_| 0.0)
}

/// What was seen, with nothing in it but what a test puts there.
fn nothing(monitors: &Monitors) -> Evidence<'_> {
    Evidence {
        monitors,
        modes: &[],
        faults: &[],
        answers: &[],
        journal: &[],
    }
}

fn expect(text: &str) -> Expect {
    toml::from_str(text).expect("an expectation")
}

fn held(text: &str, seen: &Evidence<'_>) -> bool {
    expect(text).judge(seen).held
}

#[test]
fn proof_005_a_fault_is_met_between_its_two_times_and_only_as_the_first_from_there_on() {
    let monitors = still();
    let other = Fault::OverDepth;
    for from_ms in [0, 100, 400] {
        for by_ms in [100, 400, 401, 900] {
            for at in [0, 99, 100, 101, 399, 400, 401, 900, 901] {
                for fault in [Fault::Stalled, other] {
                    let faults = [(at, fault)];
                    let seen = Evidence {
                        faults: &faults,
                        ..nothing(&monitors)
                    };
                    let text = format!(
                        "that = \"fault\"\nis = \"Stalled\"\nfrom_ms = {from_ms}\nby_ms = {by_ms}"
                    );
                    let expected = fault == Fault::Stalled && (from_ms..=by_ms).contains(&at);
                    assert_eq!(held(&text, &seen), expected, "{text} {at} {fault:?}");
                }
            }
        }
    }
    // One before the window does not count, one in it that comes first spoils it.
    let text = "that = \"fault\"\nis = \"Stalled\"\nfrom_ms = 100\nby_ms = 400";
    for (faults, expected) in [
        (vec![(50, other), (200, Fault::Stalled)], true),
        (vec![(150, other), (200, Fault::Stalled)], false),
        (vec![(50, Fault::Stalled), (200, other)], false),
        (vec![], false),
    ] {
        let seen = Evidence {
            faults: &faults,
            ..nothing(&monitors)
        };
        assert_eq!(held(text, &seen), expected, "{faults:?}");
        assert_eq!(held("that = \"no_fault\"", &seen), faults.is_empty());
    }
}

#[test]
fn proof_005_a_rate_is_met_when_no_turn_is_slower_or_faster_than_the_share() {
    let text = |hz: f64, percent: f64| {
        format!("that = \"rate\"\nfrom_ms = 0\nto_ms = 1000\nhz = {hz:?}\npercent = {percent:?}")
    };
    for (rate, expected) in [
        (94.8, false),
        (95.2, true),
        (100.0, true),
        (104.8, true),
        (105.2, false),
    ] {
        let monitors = turned(1_000, 0.0, |_| rate);
        assert_eq!(
            held(&text(100.0, 5.0), &nothing(&monitors)),
            expected,
            "{rate}"
        );
        // A single turn that is off is one too many, wherever it lies.
        for off_at in [30, 500, 950] {
            let off = turned(1_000, 0.0, |ms| {
                if (off_at..off_at + 25).contains(&ms) {
                    rate
                } else {
                    100.0
                }
            });
            let outcome = expect(&text(100.0, 5.0)).judge(&nothing(&off));
            assert_eq!(outcome.held, expected, "{rate} at {off_at}: {outcome:?}");
        }
    }
    // Three turns are the least that a rate is judged by.
    assert!(!held(&text(100.0, 50.0), &nothing(&still())));
    let two = turned(35, 0.0, |_| 100.0);
    assert_eq!(two.turns().len(), 2);
    assert!(!held(&text(100.0, 50.0), &nothing(&two)));
    let three = turned(45, 0.0, |_| 100.0);
    assert_eq!(three.turns().len(), 3);
    assert!(held(&text(100.0, 50.0), &nothing(&three)));
}

#[test]
fn proof_005_turns_are_counted_in_their_window_and_between_their_bounds() {
    // A turn ends each 10 ms, from 20 ms on; the needles stand from 500 ms on.
    let monitors = turned(1_000, 850.0, |ms| if ms < 500 { 100.0 } else { 0.0 });
    let ends: Vec<u64> = monitors.turns().iter().map(|(at, _, _)| *at).collect();
    for (from_ms, to_ms) in [
        (0, 1_000),
        (100, 200),
        (101, 199),
        (500, 1_000),
        (520, 1_000),
    ] {
        let window = from_ms * 1_000..to_ms * 1_000;
        let count = ends.iter().filter(|at| window.contains(*at)).count();
        let stands = format!("that = \"stands\"\nfrom_ms = {from_ms}\nto_ms = {to_ms}");
        assert_eq!(held(&stands, &nothing(&monitors)), count == 0, "{stands}");
        for (least, most, expected) in [
            (count, count, true),
            (count + 1, count + 9, false),
            (0, count, true),
            (count, count + 1, true),
        ] {
            let treats = format!(
                "that = \"treats\"\nfrom_ms = {from_ms}\nto_ms = {to_ms}\n\
                 min_strokes = {least}\nmax_strokes = {most}"
            );
            assert_eq!(held(&treats, &nothing(&monitors)), expected, "{treats}");
        }
        if count > 0 {
            let most = count - 1;
            let treats = format!(
                "that = \"treats\"\nfrom_ms = {from_ms}\nto_ms = {to_ms}\n\
                 min_strokes = 0\nmax_strokes = {most}"
            );
            assert!(!held(&treats, &nothing(&monitors)), "{treats}");
        }
    }
    for (max_um, expected) in [(849.0, false), (850.0, true), (900.0, true)] {
        let peak = format!("that = \"peak\"\nmax_um = {max_um:?}");
        assert_eq!(held(&peak, &nothing(&monitors)), expected, "{peak}");
    }
}

#[test]
fn proof_005_a_brake_comes_in_time_to_a_motor_that_was_driven() {
    let mut monitors = still();
    for (torque, within_ms, expected) in [
        (
            vec![(0, false), (50_000, true), (120_000, false)],
            20.0,
            true,
        ),
        (
            vec![(0, false), (50_000, true), (120_000, false)],
            19.9,
            false,
        ),
        // Driven on, never driven, driven only before or only after.
        (vec![(0, false), (50_000, true)], 20.0, false),
        (vec![(0, false)], 20.0, false),
        (vec![], 20.0, false),
        (vec![(10_000, true), (90_000, false)], 20.0, false),
        (
            vec![(0, false), (101_000, true), (110_000, false)],
            20.0,
            false,
        ),
        // The first end after the onset counts, and one at the onset is before it.
        (
            vec![(50_000, true), (140_000, false), (150_000, true)],
            30.0,
            false,
        ),
        (vec![(100_000, true), (110_000, false)], 20.0, true),
    ] {
        monitors.torque.clone_from(&torque);
        let text = format!("that = \"brakes\"\nfrom_ms = 100\nwithin_ms = {within_ms:?}");
        assert_eq!(
            held(&text, &nothing(&monitors)),
            expected,
            "{torque:?} {text}"
        );
    }
}

#[test]
fn proof_005_a_mode_is_the_last_one_entered_by_then() {
    let monitors = still();
    let modes = [(0, Mode::Boot), (250, Mode::Locked), (700, Mode::Standby)];
    let seen = Evidence {
        modes: &modes,
        ..nothing(&monitors)
    };
    for at_ms in [0, 249, 250, 251, 699, 700, 5_000] {
        let now = modes.iter().rfind(|(at, _)| *at <= at_ms).map(|it| it.1);
        for mode in Mode::ALL {
            let text = format!("that = \"mode\"\nat_ms = {at_ms}\nis = \"{mode:?}\"");
            assert_eq!(held(&text, &seen), now == Some(mode), "{text}");
        }
    }
    assert!(!held(
        "that = \"mode\"\nat_ms = 9\nis = \"Boot\"",
        &nothing(&monitors)
    ));
}

#[test]
fn proof_005_every_answer_of_a_label_must_be_as_expected_and_there_must_be_one() {
    let monitors = still();
    let step = |label: &str, answer: ToHost| (label.to_owned(), answer);
    let refused = ToHost::Refused(Refusal::NoPlan);
    let judge = |answers: &[(String, ToHost)], text: &str| {
        let seen = Evidence {
            answers,
            ..nothing(&monitors)
        };
        held(text, &seen)
    };
    let done = "that = \"done\"\nstep = \"a\"";
    let no_plan = "that = \"refused\"\nstep = \"a\"\nwhy = \"NoPlan\"";
    let with = "that = \"answered\"\nstep = \"a\"\nwith = \"Refused\"";
    let unanswered = "that = \"unanswered\"\nstep = \"a\"";
    for (answers, is_done, is_refused, is_with, is_none) in [
        (vec![], false, false, false, true),
        (vec![step("b", ToHost::Done)], false, false, false, true),
        (vec![step("a", ToHost::Done)], true, false, false, false),
        (
            vec![step("a", refused), step("b", ToHost::Done)],
            false,
            true,
            true,
            false,
        ),
        // Two, and only one of them as expected, in either order.
        (
            vec![step("a", ToHost::Done), step("a", refused)],
            false,
            false,
            false,
            false,
        ),
        (
            vec![step("a", refused), step("a", ToHost::Done)],
            false,
            false,
            false,
            false,
        ),
    ] {
        assert_eq!(judge(&answers, done), is_done, "{answers:?}");
        assert_eq!(judge(&answers, no_plan), is_refused, "{answers:?}");
        assert_eq!(judge(&answers, with), is_with, "{answers:?}");
        assert_eq!(judge(&answers, unanswered), is_none, "{answers:?}");
    }
}

#[test]
fn proof_005_records_are_counted_between_their_bounds() {
    let monitors = still();
    let entry = |record| Entry {
        at: Instant::from_us(1),
        record,
    };
    let trip = Record::Tripped(Trip {
        fault: Fault::Stalled,
        measured: 1,
        allowed: 0,
    });
    let other = Record::LinkLocked { errors: 8 };
    for count in 0..5 {
        let mut journal = vec![entry(trip); count];
        journal.push(entry(other));
        let seen = Evidence {
            journal: &journal,
            ..nothing(&monitors)
        };
        assert_eq!(
            held("that = \"record\"\nwith = \"Stalled\"", &seen),
            count >= 1
        );
        for least in 0..4 {
            for most in least..5 {
                let text = format!(
                    "that = \"record\"\nwith = \"Stalled\"\nat_least = {least}\nat_most = {most}"
                );
                let expected = (least..=most).contains(&count);
                assert_eq!(held(&text, &seen), expected, "{count}: {text}");
            }
        }
    }
}

#[test]
fn proof_005_what_is_broken_is_looked_at_by_these_and_labels_stand_in_those() {
    for (text, observes, label) in [
        ("that = \"mode\"\nat_ms = 1\nis = \"Ready\"", false, None),
        ("that = \"fault\"\nis = \"Stalled\"\nby_ms = 1", true, None),
        ("that = \"no_fault\"", false, None),
        ("that = \"done\"\nstep = \"a\"", false, Some("a")),
        (
            "that = \"refused\"\nstep = \"b\"\nwhy = \"NoPlan\"",
            true,
            Some("b"),
        ),
        (
            "that = \"answered\"\nstep = \"c\"\nwith = \"Done\"",
            true,
            Some("c"),
        ),
        ("that = \"unanswered\"\nstep = \"d\"", true, Some("d")),
        ("that = \"record\"\nwith = \"Stalled\"", true, None),
        (
            "that = \"brakes\"\nfrom_ms = 1\nwithin_ms = 1.0",
            true,
            None,
        ),
        ("that = \"stands\"\nfrom_ms = 1\nto_ms = 2", false, None),
        (
            "that = \"treats\"\nfrom_ms = 1\nto_ms = 2\nmin_strokes = 1",
            false,
            None,
        ),
        ("that = \"peak\"\nmax_um = 1.0", false, None),
        (
            "that = \"rate\"\nfrom_ms = 1\nto_ms = 2\nhz = 1.0\npercent = 1.0",
            false,
            None,
        ),
        ("that = \"benign\"\nwhy = \"so\"", true, None),
    ] {
        let expect = expect(text);
        assert_eq!(expect.observes_a_fault(), observes, "{text}");
        assert_eq!(expect.label(), label, "{text}");
    }
    // A reason is met by being there.
    let monitors = still();
    assert!(held("that = \"benign\"\nwhy = \"so\"", &nothing(&monitors)));
}
