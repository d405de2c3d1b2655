//! Every way in which a calibration can be ended from outside, at every step of it.
//!
//! First the steps of a calibration are counted that nobody stops. Then it is done again for each way to end
//! it and each step, ended there, and what is left is judged by the true pen, by the pen's own storage and by
//! the records. `PEN_STOPS=1/1` tries every step, `PEN_STOPS=2/5` the second of five parts of them; without it
//! each way is tried at the first, the last, a third of the turning points and one in so many of the others.

mod judge;
mod world;

use std::collections::BTreeMap;

use judge::{Whole, attempt};
use world::{Step, Stop, Whose, World};

use super::Verdict;

/// Of the steps that are many alike, one in so many is tried.
const STRIDE: usize = 97;

/// Of turning points, each way is tried at one in so many, in turns.
const TURNS: usize = 3;

/// The steps at which one way to end it is tried.
fn chosen(steps: &[Step], stop: Stop, part: Option<(usize, usize)>) -> Vec<usize> {
    let places: Vec<usize> = (0..steps.len())
        .filter(|at| stop.is_at(&steps[*at]))
        .collect();
    if let Some((part, of)) = part {
        let is_in = |(number, _): &(usize, &usize)| number % of == part - 1;
        let parted = places.iter().enumerate().filter(is_in);
        return parted.map(|(_, at)| *at).collect();
    }
    let turn = Stop::ALL.iter().position(|it| *it == stop).unwrap();
    let mut turning = 0;
    let is_chosen = |(number, at): (usize, &usize)| {
        let is_turn = if steps[*at].is_turning_point() {
            turning += 1;
            turning % TURNS == turn % TURNS
        } else {
            number % STRIDE == 13 * turn % STRIDE
        };
        (is_turn || number == 0 || number + 1 == places.len()).then_some(*at)
    };
    places.iter().enumerate().filter_map(is_chosen).collect()
}

/// Tries them, and tells how many, what came of them and what was wrong.
fn tried(whose: Whose) {
    let part = std::env::var("PEN_STOPS").ok().map(|text| {
        let (part, of) = text.split_once('/').expect("a part, as 2/5");
        let number = |text: &str| text.parse::<usize>().expect("a number");
        (number(part), number(of))
    });
    let world = World::counting(whose);
    // A look takes time, and is taken at each attempt as well.
    world.look();
    let outcome = world.calibrate(None).result.unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    let steps = world.steps();
    let is_commit = |step: &Step| *step == Step::Question("commit".to_owned());
    let whole = Whole {
        commit: steps.iter().position(is_commit).unwrap(),
        generation: outcome.generation,
    };
    let (mut tried, mut wrong) = (0, Vec::new());
    let mut ends = BTreeMap::<&str, u32>::new();
    for stop in Stop::ALL {
        for at in chosen(&steps, stop, part) {
            tried += 1;
            match attempt(whose, stop, at, &whole) {
                Ok(end) => *ends.entry(end).or_default() += 1,
                Err(why) => wrong.push(format!("{stop:?} at step {at}, {:?}: {why}", steps[at])),
            }
            crate::clock::simulate(None);
        }
    }
    let of = |is: fn(&Step) -> bool| steps.iter().filter(|step| is(step)).count();
    println!(
        "{whose:?}: {} steps ({} exchanges, {} questions, {} records), {tried} stops tried: {ends:?}",
        steps.len(),
        of(|step| matches!(step, Step::Asked(_))),
        of(|step| matches!(step, Step::Question(_))),
        of(|step| *step == Step::Record),
    );
    for line in wrong.iter().take(40) {
        println!("{line}");
    }
    assert!(wrong.is_empty(), "{} of {tried} went wrong", wrong.len());
}

#[test]
fn cal_005_a_calibration_is_stopped_at_every_step_of_a_calibrated_pen() {
    tried(Whose::Calibrated);
}

#[test]
fn cal_005_a_calibration_is_stopped_at_every_step_of_a_pen_that_tells_no_depth() {
    tried(Whose::FarIn);
}

#[test]
fn cal_005_a_calibration_is_stopped_at_every_step_of_a_new_pen() {
    tried(Whose::New);
}
