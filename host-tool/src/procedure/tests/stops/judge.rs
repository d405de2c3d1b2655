//! Whether all is as it must be after a calibration was stopped, by the true pen and what is kept.

use pen_core::journal::ResetCause;

use super::super::*;
use super::world::{Ended, InForce, Stop, Whose, World};
use crate::procedure::{Event, Taken};
use crate::store::{End, Kind, Query};

/// A motor that nobody asks to stop any more: the dead-man's 250 ms, by a clock that is wrong by 3 %, one
/// heartbeat that was under way, then 500 ms to brake, park and rest. Unit: us.
const DEAD_MAN_US: u64 = 900_000;

/// What a calibration that nobody stops comes to.
pub(super) struct Whole {
    /// The step at which somebody is asked whether the first commit shall be.
    pub(super) commit: usize,
    pub(super) generation: u32,
}

/// Stops a calibration at a step, and looks. Returns what is wrong, in words, and how it ended.
pub(super) fn attempt(
    whose: Whose,
    stop: Stop,
    at: usize,
    whole: &Whole,
) -> Result<&'static str, String> {
    let world = World::stopping(whose, stop, at);
    let (before, _) = world.look();
    let ended = world.calibrate(None);
    let returned_us = world.stage.truth().time_us;
    let struck_us = world.struck_us().ok_or("it was never stopped")?;
    world.stage.run(1_500);
    let must_rest_us = match stop {
        // Nobody is there, or nobody is heard, who could stop it.
        Stop::Kill | Stop::Unplug | Stop::Reset if ended.result.is_err() => struck_us + DEAD_MAN_US,
        _ => returned_us,
    };
    rests(&world, must_rest_us)?;
    world.stage.run(3_000);
    world.heal();
    let now = looked(&world, "after it")?;
    // What is kept in the pen, not what it remembers.
    world.stage.pen(|pen| pen.reboot(ResetCause::PowerOn));
    world.stage.run(2_000);
    let kept = looked(&world, "after a power cut")?;
    if kept != now {
        return Err(format!("a power cut made {kept:?} of {now:?}"));
    }
    is_lawful(&ended, before, now)?;
    // A pen that restarts before anything was asked of it is calibrated all the same.
    if at <= whole.commit && now != before && ended.result.is_err() {
        return Err(format!(
            "stopped before the commit, and {now:?} is in force"
        ));
    }
    is_told(&world, stop, &ended, before, now)?;
    goes_on(&world, &ended, (before, now), whole)?;
    Ok(if ended.result.is_ok() {
        "went to its end"
    } else if now == before {
        "nothing changed"
    } else if now.is_unverified {
        "unverified"
    } else {
        "signed off"
    })
}

/// The motor stands, and has stood since.
fn rests(world: &World, since_us: u64) -> Result<(), String> {
    let turned_us = world.turned_us();
    if turned_us > since_us {
        let late = turned_us - since_us;
        return Err(format!(
            "the motor still moved {late} us after it had to rest"
        ));
    }
    let truth = world.stage.truth();
    if truth.powered || truth.rate_hz.abs() > 0.1 {
        return Err(format!("the motor does not rest: {truth:?}"));
    }
    Ok(())
}

fn looked(world: &World, when: &str) -> Result<InForce, String> {
    let (in_force, status) = world.look();
    if (status.mode, status.staged) != (Mode::Locked, None) {
        let (mode, staged) = (status.mode, status.staged);
        return Err(format!("{when} the pen is {mode:?} with {staged:?} staged"));
    }
    Ok(in_force)
}

/// CAL-005: the calibration before, or the new one, unverified unless it passed as left. Nothing came into
/// force that was not kept as proposed.
fn is_lawful(ended: &Ended, before: InForce, now: InForce) -> Result<(), String> {
    let passed = ended.kept.iter().any(|event| {
        matches!(event, Event::Judged { phase: Phase::AsLeft, verdict } if *verdict == Verdict::Pass)
    });
    if ended.result.is_ok() && (now.is_unverified || now.named == before.named || !passed) {
        return Err(format!("it went to its end, and {now:?} is in force"));
    }
    if now.named == before.named {
        return match now.is_unverified == before.is_unverified {
            true => Ok(()),
            false => Err(format!("{before:?} became {now:?}")),
        };
    }
    let was_proposed = ended.kept.iter().any(|event| {
        matches!(event, Event::Proposed { generation, digest, .. } if now.named == Some((*generation, *digest)))
    });
    if !was_proposed {
        return Err(format!(
            "{now:?} is in force, and nobody kept that it would be"
        ));
    }
    if !now.is_unverified && !passed {
        return Err(format!("{now:?} is signed off, and did not pass as left"));
    }
    Ok(())
}

/// The record has all that was acknowledged, in order, and says truly how it ended and what is in force.
fn is_told(
    world: &World,
    stop: Stop,
    ended: &Ended,
    before: InForce,
    now: InForce,
) -> Result<(), String> {
    let Some(number) = ended.run else {
        return match ended.kept.is_empty() {
            true => Ok(()),
            false => Err("something was kept of no run".to_owned()),
        };
    };
    let state = world
        .records()
        .run(number)
        .map_err(|error| error.to_string())?;
    let is_event = |event: &&Event| {
        !matches!(event, Event::Began(_))
            && !matches!(event, Event::Ended { class, .. } if *class != Class::Ok)
    };
    if !state.events.iter().eq(ended.kept.iter().filter(is_event)) {
        return Err("the record has other events than were acknowledged".to_owned());
    }
    let error = match &ended.result {
        Ok(_) => {
            let how = state.ended.map(|ended| ended.how);
            return match how {
                Some(End::Finished) => Ok(()),
                how => Err(format!("it went to its end, the record says {how:?}")),
            };
        }
        Err(error) => error,
    };
    // The last words at the terminal.
    if now.is_unverified && stop != Stop::Kill {
        let is_said = ["unverified", "does not say"];
        if !is_said.iter().any(|word| error.fix.contains(word)) {
            return Err(format!("nobody is told that it is unverified: {error}"));
        }
    }
    match (&state.ended, stop) {
        // Nobody was there to write it, or there was no room.
        (None, Stop::Kill | Stop::StoreFull) => Ok(()),
        (None, _) => Err(format!("the record has no end, and it was {error}")),
        (Some(told), _) => {
            if told.class != error.class.name() {
                return Err(format!("the record says {}, it was {error}", told.class));
            }
            says_truly(&told.in_force, before, now)
        }
    }
}

/// Whether words of a record name what is in force: alone if the pen said so, among others if it did not.
fn says_truly(text: &str, before: InForce, now: InForce) -> Result<(), String> {
    let truth = now.words();
    let is_true = match text.strip_suffix("; the pen did not say") {
        None => text == truth,
        Some(known) => known.split(" or ").any(|known| {
            known == truth
                || known.ends_with(", as before")
                    && now == before
                    && Some(known.trim_end_matches(", as before"))
                        == truth.split_once(',').map(|(generation, _)| generation)
        }),
    };
    match is_true {
        true => Ok(()),
        false => Err(format!("the record says {text:?}, in force is {truth:?}")),
    }
}

/// A run that was stopped is gone on with, without any reading a second time, and comes to the same.
fn goes_on(
    world: &World,
    ended: &Ended,
    (before, stopped): (InForce, InForce),
    whole: &Whole,
) -> Result<(), String> {
    let number = |it: InForce| it.named.map_or(0, |(generation, _)| generation);
    // With the ring left elsewhere a pen may tell a depth, and needs no commit for its tables alone.
    let least = match stopped == before {
        true => number(before) + 1,
        false => whole.generation,
    };
    let generations = least..=whole.generation;
    if ended.result.is_err() {
        let later = world.calibrate(ended.run);
        let outcome = later
            .result
            .map_err(|error| format!("it does not go on: {error}"))?;
        let came_to = (outcome.as_left, outcome.generation);
        if came_to.0 != Verdict::Pass || !generations.contains(&came_to.1) {
            return Err(format!("gone on with, it comes to {came_to:?}"));
        }
        let places = |events: &[Event]| -> Vec<_> {
            let taken = events.iter().filter_map(|event| match event {
                Event::Taken(Taken { place, .. }) => Some(*place),
                _ => None,
            });
            taken.collect()
        };
        let earlier = places(&ended.kept);
        if let Some(twice) = places(&later.kept).iter().find(|it| earlier.contains(it)) {
            return Err(format!("{} was read a second time", twice.key()));
        }
    }
    let now = looked(world, "at the end")?;
    if now.is_unverified || !generations.contains(&number(now)) {
        return Err(format!("at the end {now:?} is in force"));
    }
    let query = Query {
        kind: Some(Kind::Certificate),
        ..Query::ALL
    };
    match world.records().all(&query).map(|all| all.len()) {
        Ok(1) => Ok(()),
        other => Err(format!("certificates: {other:?}")),
    }
}
