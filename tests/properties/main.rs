//! The pen against a reference that keeps its own, simple accounts of the raw inputs.
//!
//! The world changes in *phases*: inputs that stay as they are for 1 to 800 ms. Independent chance
//! in every tick never holds anything long enough to reach a time limit. Every tick is judged.
//! At the end each fault, mode and kind of stop must have been met, and a table says how often.

mod judge;
mod phases;
#[expect(dead_code, reason = "only the digest of all ticks asks for one")]
mod tally;

use judge::Judge;
use phases::{Phase, Story};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

/// Cases in one run: some twelve million ticks.
const CASES: u32 = 2_500;
/// The same cases on every machine, until somebody asks for others.
const SEED: u64 = 20_261_122;

/// A pen on the rig, and its judge.
struct Judged;

impl StateMachineTest for Judged {
    type SystemUnderTest = Judge;
    type Reference = Story;

    fn init_test(state: &phases::State) -> Judge {
        Judge::new(state.variant)
    }

    fn apply(mut judge: Judge, _: &phases::State, phase: Phase) -> Judge {
        phase.play(&mut judge);
        judge
    }
}

#[test]
fn no_story_of_hands_host_and_faults_makes_the_pen_break_its_word() {
    let asked = |name: &str| std::env::var_os(name).is_some();
    let mut config = Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "properties/regressions.txt",
        ))),
        source_file: Some(file!()),
        ..Config::default()
    };
    if !asked("PROPTEST_CASES") {
        config.cases = CASES;
    }
    // Whoever only wants to know whether it fails asks for none.
    if !asked("PROPTEST_MAX_SHRINK_ITERS") {
        config.max_shrink_iters = 4_000;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let cases = config.cases;
    let mut runner = TestRunner::new(config.clone());
    let stories = Story::sequential_strategy(1..45);
    let outcome = runner.run(&stories, |(state, phases, seen)| {
        Judged::test_sequential(config.clone(), state, phases, seen);
        Ok::<(), TestCaseError>(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}\nreplay: cargo test -p pen-tests --test properties");
    }
    tally::print();
    if cases >= CASES {
        tally::demand();
    }
}

/// A second before each of these the pen starts. Unit: us.
const WRAPS: [u64; 6] = [1 << 31, 1 << 32, 1 << 33, 1 << 53, 1 << 62, 1 << 63];
/// Stories that begin there, and ones that begin with a ledger near the end of its numbers.
const STORIES: u32 = 40;

fn stories(mut start: impl FnMut(&mut Judge)) {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..Config::default()
    });
    let stories = Story::sequential_strategy(1..45);
    for _ in 0..STORIES {
        let (state, phases, _) = stories
            .new_tree(&mut runner)
            .expect("a story can always be told")
            .current();
        let mut judge = Judge::new(state.variant);
        start(&mut judge);
        for phase in phases {
            phase.play(&mut judge);
        }
    }
}

#[test]
fn proof_008_stories_that_begin_a_second_before_the_clock_wraps() {
    for wrap in WRAPS {
        stories(|judge| judge.rig.start_at(wrap - 1_000_000));
    }
}

#[test]
fn proof_008_stories_that_begin_just_before_the_ledger_s_numbers_end() {
    for session in [u32::MAX - 1, u32::MAX] {
        stories(|judge| judge.found(session, u32::MAX - 20));
    }
}

#[test]
fn the_judge_can_say_no() {
    judge::tests_of_the_judge();
}
