//! Every harness as a property test: words drawn by chance, on the real code.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::strategy::Just;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::{Any, ROOMS, Replay, Room, Source, rooms};
use crate::fault::Fault;
use crate::guard::{RotationGuard, rotation};
use crate::mode::{Event, Mode};
use crate::plan::Zone;

/// More words than any harness asks for.
const WORDS: usize = 1_000;

type Words = std::vec::IntoIter<u32>;

/// Small numbers choose variants, times lie about their limits, the rest is anything.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => 0..4_u32,
        3 => 0..120_u32,
        3 => 0..4_200_u32,
        4 => 0..600_000_u32,
        2 => (0..500_u32).prop_map(|ms| ms * 1_000),
        1 => prop_oneof![Just(9_999), Just(10_000), Just(10_001), Just(470_000), Just(u32::MAX)],
        2 => any::<u32>(),
    ]
}

/// How many words a harness asks for at most: it may end early, but hardly when all are zero.
fn words_of(harness: fn(&mut Replay<Words>)) -> usize {
    let mut source = Replay::drawn(vec![0; WORDS].into_iter());
    harness(&mut source);
    WORDS - source.words.len() + 20
}

/// Runs a harness this often; the rules that were checked, the cases that were met, and how often every
/// assumption held.
fn draw(name: &str, cases: u32, harness: fn(&mut Replay<Words>)) -> (u128, u128, u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let seen = core::cell::Cell::new((0, 0, 0));
    let run = TestRunner::new_with_rng(config, rng).run(&vec(word(), words_of(harness)), |words| {
        let mut source = Replay::drawn(words.into_iter());
        harness(&mut source);
        let (checked, met, inside) = seen.get();
        seen.set((
            checked | source.checked(),
            met | source.met(),
            inside + u32::from(source.is_inside()),
        ));
        match source.broken() {
            Some(rule) => Err(TestCaseError::fail(format!("rule {rule} does not hold"))),
            None => Ok(()),
        }
    });
    match run {
        Ok(()) => {}
        Err(TestError::Fail(why, words)) => panic!("{name}: {why}, with the words {words:?}"),
        Err(TestError::Abort(why)) => panic!("{name}: {why}"),
    }
    seen.get()
}

fn room_of(name: &str) -> &'static Room {
    ROOMS
        .iter()
        .find(|room| room.name == name)
        .expect("in the table")
}

fn numbers(seen: u128) -> Vec<u32> {
    (0..128).filter(|number| seen >> number & 1 != 0).collect()
}

macro_rules! properties {
    ($($room:ident),* $(,)?) => {
        const EVERY: &[(&str, fn(&str))] =
            &[$((stringify!($room), |name| keeps_its_rules(name, rooms::$room::<Replay<Words>>))),*];
    };
}
for_every_room!(properties);

fn keeps_its_rules(name: &str, harness: fn(&mut Replay<Words>)) {
    let cases = if matches!(name, "step" | "request") {
        1_500
    } else {
        600
    };
    let (checked, met, inside) = draw(name, cases, harness);
    let rules: Vec<u32> = room_of(name).rules.iter().map(|rule| rule.number).collect();
    assert_eq!(
        numbers(checked),
        rules,
        "{name}: rules that are checked, and the table"
    );
    let known: Vec<u32> = room_of(name)
        .cases
        .iter()
        .map(|(number, _)| *number)
        .collect();
    let met = numbers(met);
    assert!(
        met.iter().all(|case| known.contains(case)),
        "{name}: {met:?}, {known:?}"
    );
    println!("{name}: {inside} of {cases} inside, cases {met:?} of {known:?}");
    assert!(
        inside >= cases / 4,
        "{name}: {inside} of {cases} runs say anything"
    );
}

/// Two halves, so that two processors share them.
#[test]
fn every_other_room_keeps_its_rules_by_chance() {
    assert!(EVERY.len() > 30, "{} rooms", EVERY.len());
    for (name, keeps) in EVERY.iter().step_by(2) {
        keeps(name);
    }
}

/// See the test above.
#[test]
fn the_rooms_between_keep_their_rules_by_chance() {
    for (name, keeps) in EVERY.iter().skip(1).step_by(2) {
        keeps(name);
    }
}

/// Each rule is one of a requirement that is written down, and has a number of its own.
#[test]
fn every_rule_restates_a_requirement() {
    let page = include_str!("../../../../docs/requirements.md");
    for room in ROOMS {
        let rules = room.rules;
        assert!(
            rules.is_sorted_by(|one, next| one.number < next.number),
            "{}",
            room.name
        );
        assert!(
            rules
                .iter()
                .all(|rule| rule.number < 128 && !rule.text.is_empty())
        );
        for rule in rules {
            let row = format!("| {} |", rule.requirement);
            assert!(page.contains(&row), "{}: {rule:?}", room.name);
        }
    }
}

#[test]
fn a_word_makes_every_variant() {
    fn one<T: Any + PartialEq>(all: &[T]) {
        for (place, value) in (0_u32..).zip(all) {
            let mut source = Replay::new(std::iter::once(place));
            assert!(T::any(&mut source) == *value && source.is_inside());
        }
        let beyond = u32::try_from(all.len()).unwrap();
        let mut source = Replay::new(std::iter::once(beyond));
        T::any(&mut source);
        assert!(!source.is_inside());
    }
    one(&Mode::ALL);
    one(&Event::ALL);
    one(&Fault::ALL);
    one(&Zone::ALL);
}

#[test]
fn a_rule_that_does_not_hold_is_found_and_a_run_outside_says_nothing() {
    let mut source = Replay::new([7].into_iter());
    let word = source.word();
    source.check(1, word == 7);
    source.check(2, word == 8);
    source.check(3, word == 9);
    assert_eq!(
        (source.broken(), numbers(source.checked())),
        (Some(2), vec![1, 2, 3])
    );
    let mut outside = Replay::new(std::iter::empty());
    outside.assume(false);
    outside.check(1, false);
    outside.cover(1, true);
    assert_eq!(
        (outside.broken(), outside.met(), outside.is_inside()),
        (None, 0, false)
    );
}

#[test]
fn the_same_is_every_field() {
    let words: Vec<u32> = (0..300).map(|place| place % 3).collect();
    let pen =
        |words: &[u32]| crate::session::Ledger::any(&mut Replay::drawn(words.iter().copied()));
    let own = pen(&words);
    assert!(own.same(&pen(&words)));
    for place in 0..40 {
        let mut other = words.clone();
        other[place] = 77;
        assert!(
            !own.same(&pen(&other)) || pen(&other) == own,
            "word {place}"
        );
    }
}

/// RATE-010: where the ring of the stroke window begins is no part of what it says, so a proof may begin
/// it at its first place; and it is always added up.
#[test]
fn the_stroke_window_has_no_beginning() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config {
        cases: 2_000,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (vec(word(), 200), 0..50_usize);
    let run = TestRunner::new_with_rng(config, rng).run(&strategy, |(words, by)| {
        let mut source = Replay::drawn(words.into_iter());
        let mut guard = RotationGuard::any(&mut source);
        guard.tame();
        guard.add_up();
        let view = rotation::View::any(&mut source);
        let mut turned = guard.turned(by);
        let found = guard.check(&view);
        let same = turned.check(&view) == found && turned.same(&guard.turned(by));
        if same && guard.is_added_up() {
            Ok(())
        } else {
            Err(TestCaseError::fail("the ring has a beginning"))
        }
    });
    assert!(run.is_ok(), "{run:?}");
}
