//! The first reading of a run that goes on with another.

use std::rc::Rc;

use super::super::observer::{Event, Kept, Place, Read, Setting, Taken};
use super::super::typed::Unit;
use super::super::{PromptBench, Replay};
use super::gauged::{Turner, Wrong, sender, shared};
use super::kept::{Full, kept, short};
use super::*;
use crate::link::sim::TODAY;
use crate::metrology::{CurrentReading, RateReading, Reading};

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
        Setting::Current { .. } => Read::Current(CurrentReading {
            reference_ua: 40_000,
            indicated_ua: 41_000,
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

/// A run of this pen that is given up at the first reading as left, and what was kept of it.
fn given_up_as_left(stage: &SimStage, client: &mut Client) -> Vec<Event> {
    let bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let mut bench = gives_up(bench, "left gauge");
    let mut events: Vec<Event> = Vec::new();
    let nothing = Replay::default();
    let ended = kept(
        client,
        &mut bench,
        &short(Adjust::Always),
        &mut events,
        nothing,
    );
    assert_eq!(ended.unwrap_err().class, Class::Aborted);
    events
}

#[test]
fn what_a_pen_was_found_with_is_named_whatever_was_put_in_force_since() {
    // A pen that tells no depth has its tables put in force first, then its clock: two steps from what it had.
    for (depth_um, commits) in [(300.0, 1), (-150.0, 2)] {
        for is_kept in [true, false] {
            let options = Options {
                seed: 5,
                calibrated: true,
                depth_um,
                ..Options::default()
            };
            let stage = SimStage::in_memory(&options).unwrap();
            stage.pen(|pen| pen.hand().plug_cable(true));
            stage.run(1_000);
            let mut client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
            let mut events = given_up_as_left(&stage, &mut client);
            let in_force = client.status().unwrap().generation;
            assert_eq!(in_force, 1 + commits, "{depth_um}");
            for event in &mut events {
                if let Event::Began(began) = event {
                    assert_eq!(began.found.as_ref().map(|it| it.generation), Some(1));
                    // Older programs did not keep it.
                    began.found = began.found.take().filter(|_| is_kept);
                }
            }
            let mut bench = SimBench::new(stage, 5, Decides::Yes);
            let replay = Replay::of(&events);
            let settings = short(Adjust::Always);
            let ended = kept(&mut client, &mut bench, &settings, &mut events, replay);
            let what = format!("{depth_um} {is_kept}");
            if commits == 2 && !is_kept {
                let error = ended.unwrap_err();
                assert_eq!(error.class, Class::Usage, "{what}: {error}");
                assert!(error.why.contains("was found with"), "{what}: {error}");
                continue;
            }
            let report = ended.unwrap().report;
            let before = report.tables.before.unwrap();
            assert_eq!(before.generation, 1, "{what}");
            let row = &report.adjustment.unwrap().parameters[0];
            let shown = (row.name.as_str(), row.old.as_str());
            assert_eq!(shown, ("Generation", "1"), "{what}");
            let mut began = events.iter().filter_map(|event| match event {
                Event::Began(began) => began.found.as_ref(),
                _ => None,
            });
            assert_eq!(began.next_back().map(|it| it.generation), Some(1), "{what}");
        }
    }
}
