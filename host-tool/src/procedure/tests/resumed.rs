//! The first reading of a run that goes on with another.

use std::rc::Rc;

use super::super::observer::{Event, Kept, Place, Read, Setting, Taken};
use super::super::typed::Unit;
use super::super::{PromptBench, Replay};
use super::gauged::{Turner, Wrong, sender, shared};
use super::kept::{Full, kept, short};
use super::*;
use crate::link::sim::TODAY;
use crate::metrology::{RateReading, Reading};

/// What somebody at the ring is told first, in a run of this pen that goes on with these events; and the log.
fn told_first(stage: &SimStage, client: &mut Client, store: &mut Full) -> Vec<String> {
    let log = Rc::default();
    let desk = Turner {
        stage: stage.clone(),
        is_person: true,
        types: Vec::new().into(),
        log: Rc::clone(&log),
    };
    let gauge = sender(stage, Unit::Um, &shared(Wrong::Nothing, 0));
    let tachometer = sender(stage, Unit::Hz, &shared(Wrong::Nothing, 0));
    let mut bench =
        PromptBench::new(desk, false, TODAY).with_instruments(Some(gauge), Some(tachometer));
    let replay = Replay::of(&store.events);
    let ended = kept(client, &mut bench, &short(Adjust::Never), store, replay);
    assert_eq!(ended.unwrap_err().class, Class::RecordStore);
    let log = log.borrow();
    let told = log.iter().filter_map(|it| it.strip_prefix("watch "));
    told.map(str::to_owned).collect()
}

#[test]
fn a_mark_that_was_read_last_is_left_and_reached_again_by_the_run_that_goes_on() {
    // Readings of the run before; the mark that is read next, and whether it was read last.
    for (readings, words) in [
        (8, "ring above 2480 um first, then to 2400 um"),
        (16, "ring below -130 um first, then to -50 um"),
        (3, "ring to 1000 um, deepening"),
    ] {
        let (stage, mut client) = pen(8, true);
        let is_taken = |event: &&Event| matches!(event, Event::Taken(_));
        // Began, instruments, the phase, then readings; the next one finds no room.
        let mut store = Full {
            events: Vec::new(),
            room: 3 + readings,
        };
        told_first(&stage, &mut client, &mut store);
        assert_eq!(store.events.iter().filter(is_taken).count(), readings);
        // The last reading was asked for and not kept: the ring is turned back to the one before.
        let Some(Event::Taken(last)) = store.events.last() else {
            panic!("{:?}", store.events);
        };
        let Setting::Depth { um, .. } = last.place.setting else {
            panic!("{last:?}");
        };
        stage.pen(|pen| pen.hand().turn_ring(f64::from(um)));
        stage.run(5_000);
        store.room += 4;
        let told = told_first(&stage, &mut client, &mut store);
        assert!(told[0].starts_with(words), "{readings}: {}", told[0]);
    }
}

fn taken(setting: Setting, kept: bool) -> Event {
    let read = match setting {
        Setting::Depth { um, .. } => Read::Depth(Reading {
            reference_um: um,
            indicated_um: um,
            counts_a: 1_000 + u16::try_from(um).unwrap(),
            counts_b: 3_000,
        }),
        Setting::Rate { hz } => Read::Rate(RateReading {
            reference_mhz: 1_000 * hz,
            indicated_mhz: 1_000 * hz,
        }),
    };
    Event::Taken(Taken {
        place: Place {
            phase: Phase::AsFound,
            setting,
            repeat: 1,
        },
        read,
        kept: kept.then(|| Kept {
            doubts: vec!["the repeats lie apart".to_owned()],
            reason: "read twice".to_owned(),
        }),
        sent_by: None,
    })
}

#[test]
fn the_ring_stands_where_it_was_read_last_whatever_became_of_that_reading() {
    let depth = |um| Setting::Depth {
        um,
        direction: Direction::Deepening,
    };
    let (a, b) = (taken(depth(250), false), taken(depth(500), false));
    let Event::Taken(last) = &b else {
        unreachable!()
    };
    let undone = Event::Undone {
        places: vec![last.place],
        why: "the technician went back".to_owned(),
    };
    let rate = taken(Setting::Rate { hz: 50 }, false);
    for (events, stood) in [
        (vec![], None),
        (vec![a.clone(), b.clone()], Some((500, 1_500))),
        (
            vec![a.clone(), b.clone(), undone.clone()],
            Some((500, 1_500)),
        ),
        // A reason for the first, given when the ring stood at the second.
        (
            vec![a.clone(), b.clone(), taken(depth(250), true)],
            Some((500, 1_500)),
        ),
        // Read again after it was taken back, and the same.
        (
            vec![b.clone(), undone, a.clone(), b.clone()],
            Some((500, 1_500)),
        ),
        (vec![b, a.clone()], Some((250, 1_250))),
        // The motor turned at another mark.
        (vec![a, rate], None),
    ] {
        assert_eq!(Replay::of(&events).stood(), stood, "{events:?}");
    }
}
