//! All that the pen does, as two numbers: to show that a change of the core's shape changes nothing.
//!
//! ```text
//! cargo run --release -p pen-tests --example digest            before the change, and after it
//! cargo run --release -p pen-tests --example digest -- 40 9000 more seeds a scenario, more stories
//! ```
//!
//! The first digest is over every scenario of the library: what is on the pen's wires after every tick,
//! every byte that it says to its host, both journals and the flash. The second is over the random
//! stories of `tests/properties`: command, status, ledger and records of every tick. One bit that is
//! different anywhere changes them. A changed name of a public type changes the second, too.

#[path = "../properties/judge.rs"]
#[allow(dead_code, reason = "the judge's own tests are run elsewhere")]
mod judge;
#[path = "../properties/phases.rs"]
mod phases;
#[path = "../properties/tally.rs"]
#[allow(dead_code, reason = "what was met is counted elsewhere")]
mod tally;

use judge::Judge;
use pen_sim::pen::firmware::Native;
use pen_sim::pen::processor::Processor;
use pen_sim::pil::{Trace, Witness};
use pen_sim::scenario::{Scenario, run_on};
use phases::{Phase, Story};
use proptest::strategy::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Pens on which every scenario runs.
const SEEDS: u64 = 6;
/// Stories of `tests/properties`.
const STORIES: u32 = 300;
/// The same stories on every machine.
const SEED: u64 = 20_261_122;

/// The library, in order.
fn library() -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|why| told(&folder, &why))?
        .filter_map(|entry| entry.ok().map(|it| it.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .collect();
    files.sort();
    Ok(files)
}

fn told(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", path.display())
}

/// These scenarios, on so many pens each: ticks and digest.
fn scenarios(files: &[PathBuf], seeds: u64) -> Result<(usize, String), String> {
    let mut hash = Sha256::new();
    let mut ticks = 0;
    for path in files {
        let text = std::fs::read_to_string(path).map_err(|why| told(path, &why))?;
        let scenario = Scenario::parse(&text).map_err(|why| told(path, &why))?;
        for seed in 1..=seeds {
            let trace = Rc::new(RefCell::new(Trace::default()));
            let kept = Rc::clone(&trace);
            let run = run_on(&scenario, Some(seed), |socket| -> Box<dyn Processor> {
                let native = Native::new(socket.clone());
                Box::new(Witness::new(native, &socket, kept))
            })
            .map_err(|why| told(path, &why))?;
            let trace = trace.borrow();
            for step in &trace.steps {
                hash.update(step.bytes());
            }
            hash.update(&trace.said);
            hash.update(format!("{:?}", run.journal));
            hash.update(&run.flash);
            ticks += trace.steps.len();
        }
    }
    Ok((ticks, pen_tests::hex(&hash.finalize())))
}

/// So many random stories: ticks and digest.
fn stories(count: u32) -> (u64, String) {
    tally::keep_digest();
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..Config::default()
    });
    let strategy = Story::sequential_strategy(1..45);
    for _ in 0..count {
        let (state, phases, _): (phases::State, Vec<Phase>, _) = strategy
            .new_tree(&mut runner)
            .expect("a story can always be told")
            .current();
        let mut judge = Judge::new(state.variant);
        for phase in phases {
            phase.play(&mut judge);
        }
    }
    tally::digest()
}

fn number<T: std::str::FromStr>(asked: Option<String>, usual: T) -> Result<T, String> {
    asked.map_or(Ok(usual), |text| {
        text.parse().map_err(|_| {
            format!("'{text}' is no number; asked for: [seeds of each scenario] [stories]")
        })
    })
}

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let seeds = number(arguments.next(), SEEDS)?;
    let count = number(arguments.next(), STORIES)?;
    let files = library()?;
    let (ticks, digest) = scenarios(&files, seeds)?;
    let files = files.len();
    println!("scenarios  {digest}  {files} files x {seeds} pens, {ticks} steps");
    let (ticks, digest) = stories(count);
    println!("stories    {digest}  {count} stories, {ticks} ticks");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{library, number, scenarios, stories};

    #[test]
    fn the_same_twice_and_something_else_when_asked_for_something_else() {
        assert_eq!(stories(3), stories(3));
        assert_ne!(stories(3).1, stories(4).1);
        let files = library().unwrap();
        let (ticks, digest) = scenarios(&files[..1], 1).unwrap();
        assert!(files.len() > 40 && ticks > 1_000);
        assert_eq!(scenarios(&files[..1], 1).unwrap().1, digest);
        assert_ne!(scenarios(&files[1..2], 1).unwrap().1, digest);
        assert_eq!(number(Some("7".to_owned()), 1), Ok(7));
        assert!(number(Some("seven".to_owned()), 1_u32).is_err());
    }
}
