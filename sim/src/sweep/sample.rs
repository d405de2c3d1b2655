//! Sessions by the number: pairs of faults close together, and whole sessions drawn by chance.

use pen_core::profile::Mechanism;

use super::gather::{Case, Gather, NOTHING};
use super::phase::Phase;
use super::script::Script;
use super::setup::{Setup, Work, step};
use super::source::Source;
use super::unit::UnitReport;
use super::world::World;
use crate::rng::Seed;
use crate::scenario::{Action, RunError, Step};

/// Faults of a pair come within so much time (ms).
const TOGETHER_MS: u64 = 50;
/// Sessions for each pair.
const PER_PAIR: u64 = 4;
/// Random sessions in a unit.
pub(super) const BATCH: u64 = 100;
/// A random session: how long (ms), and how many activations at most.
const SESSION_MS: u64 = 6_000;

fn pick<T: Copy>(from: &[T], chance: Seed, channel: u64, tick: u64) -> Option<T> {
    let count = u64::try_from(from.len()).ok().filter(|count| *count > 0)?;
    let place = usize::try_from(chance.below(channel, tick, count)).ok()?;
    from.get(place).copied()
}

/// One sampled pair in one sampled phase.
///
/// # Errors
/// [`RunError`].
pub(super) fn pair(world: &World, number: usize) -> Result<UnitReport, RunError> {
    let chance = world
        .seed
        .derive("pairs")
        .nth(u64::try_from(number).unwrap_or(0));
    let all = Source::all();
    let phase = pick(&Phase::ALL, chance, 1, 0).unwrap_or(Phase::Run);
    let one = pick(&all, chance, 2, 0);
    let other = pick(&all, chance, 3, 0);
    let sources: Vec<Source> = one.into_iter().chain(other).collect();
    let names: Vec<String> = sources.iter().map(|source| source.name()).collect();
    let mut gather = Gather::new(
        number,
        names.join(" + "),
        phase.name().0,
        world.second_switch,
    );
    let spots = world.spots(&sources, phase);
    for tick in 1..=PER_PAIR {
        let mut strikes = Vec::new();
        for (source, channel) in sources.iter().zip(60..) {
            let later = chance.below(channel, tick, TOGETHER_MS + 1);
            let later = if strikes.is_empty() { 0 } else { later };
            let corners = source.corners();
            let value = if chance.chance(channel + 10, tick, 0.6) {
                pick(&corners, chance, channel + 20, tick).unwrap_or(1)
            } else {
                source.any(chance.nth(channel), tick)
            };
            strikes.push((*source, value, later));
        }
        let aim = World::aim(&spots, 2, 0, chance, tick);
        let case = aim.and_then(|aim| world.case(&spots, &aim, phase, &strikes, chance));
        if let Some(case) = case {
            let trial = world.run(&case)?;
            gather.count(&case, &trial);
        }
    }
    gather.end(&*world.make)
}

/// A batch of random sessions, with faults or without.
///
/// # Errors
/// [`RunError`].
pub(super) fn batch(
    world: &World,
    number: usize,
    sessions: std::ops::Range<u64>,
    with_faults: bool,
) -> Result<UnitReport, RunError> {
    let source = if with_faults {
        "random faults"
    } else {
        NOTHING
    };
    let mut gather = Gather::new(number, source.to_owned(), "any", world.second_switch);
    for n in sessions {
        let chance = world.seed.derive("sessions").nth(n);
        let case = session(world, n, chance, with_faults);
        let trial = world.run(&case)?;
        gather.count(&case, &trial);
    }
    gather.end(&*world.make)
}

/// A random session in which nothing goes wrong: a fault that is told is a false trip.
pub(super) fn healthy(world: &World, n: u64) -> Case {
    let chance = world.seed.derive("sessions").nth(n);
    session(world, n, chance, false)
}

/// One random session: hands that treat as hands do, and up to three faults.
fn session(world: &World, n: u64, chance: Seed, with_faults: bool) -> Case {
    let setup = Setup::draw(
        chance,
        n,
        Work::Treatment,
        Mechanism::Ring,
        world.second_switch,
    );
    let mut steps = hands(&setup, chance);
    let mut sources = Vec::new();
    let mut texts = Vec::new();
    let count = if with_faults {
        1 + chance.below(70, 0, 3)
    } else {
        0
    };
    for fault in 1..=count {
        let Some(source) = pick(&Source::knobs(), chance, 71, fault) else {
            break;
        };
        if !source.fits(&setup) {
            continue;
        }
        let value = if chance.chance(72, fault, 0.5) {
            pick(&source.corners(), chance, 73, fault).unwrap_or(1)
        } else {
            source.any(chance.nth(74), fault)
        };
        let at_ms = chance.below(75, fault, SESSION_MS - 1_000);
        steps.extend(source.strike(value, at_ms, false, &setup));
        texts.push(format!("{} = {value} at {at_ms} ms", source.name()));
        sources.push(source.name());
    }
    steps.sort_by_key(|step| step.at_ms);
    let mut script = Script::new(setup, Vec::new(), SESSION_MS);
    script.steps = steps;
    if sources.is_empty() {
        sources.push(NOTHING.to_owned());
    }
    Case {
        script,
        phase: Phase::PowerUp,
        text: if texts.is_empty() {
            format!("nothing, session {n}")
        } else {
            texts.join(", ")
        },
        sources,
    }
}

/// A treatment as hands do it: several activations, some of them taps, the pen lifted and set down,
/// the ring turned between them.
fn hands(setup: &Setup, chance: Seed) -> Vec<Step> {
    let plan = "main".to_owned();
    let mut steps = vec![
        step(0, setup.insert()),
        step(300, Action::LoadPlan { plan }),
        step(700, Action::PressOk { ms: 60 }),
    ];
    let mut at_ms = 900 + chance.below(80, 0, 200);
    let mut n = 0;
    while at_ms < SESSION_MS - 1_200 {
        n += 1;
        if setup.on_skin {
            let gap_um = 100.0 * chance.uniform(81, n) - 50.0;
            steps.push(step(
                at_ms.saturating_sub(chance.below(82, n, 400)),
                Action::Approach {
                    gap_um,
                    um_per_ms: 20.0,
                },
            ));
        }
        let is_tap = chance.chance(83, n, 0.4);
        let held_ms = if is_tap {
            20 + chance.below(84, n, 181)
        } else {
            300 + chance.below(84, n, 1_200)
        };
        steps.push(step(at_ms, Action::PressTrigger {}));
        at_ms += held_ms;
        steps.push(step(at_ms, Action::ReleaseTrigger {}));
        if setup.on_skin && chance.chance(85, n, 0.5) {
            steps.push(step(at_ms, Action::Lift { um_per_ms: 50.0 }));
        }
        at_ms += 300 + chance.below(86, n, 700);
        if chance.chance(87, n, 0.3) {
            let up_um = f64::from(setup.ring_um) - 200.0 * chance.uniform(88, n);
            steps.push(step(
                at_ms,
                Action::TurnRing {
                    to_um: up_um,
                    um_per_ms: None,
                },
            ));
            at_ms += 400;
        }
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}
