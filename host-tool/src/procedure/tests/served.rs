//! The simulated bench by itself, and who is asked for the button.

use std::cell::RefCell;
use std::rc::Rc;

use pen_core::request::Role;
use pen_protocol::messages::{Commit, ToPen};
use pen_sim::pen::{Truth, VirtualPen};

use super::super::observer::{Event, Place, Read, Setting, Taken};
use super::super::state::State;
use super::super::{Replay, Run, Unkept, in_service};
use super::kept::{Full, restless, short};
use super::*;
use crate::error::Code;
use crate::link::sim::Watcher;
use crate::metrology::Reading;

/// The least and the most that the needles stood out. Unit: um.
struct Span(f64, f64);

impl Watcher for Span {
    fn truth(&mut self, truth: &Truth) {
        self.0 = self.0.min(truth.depth_um);
        self.1 = self.1.max(truth.depth_um);
    }

    fn tick(&mut self, _: &VirtualPen) {}
}

#[test]
fn the_simulated_hand_comes_from_the_side_that_is_asked_for_and_turns_no_farther_than_it_has_to() {
    use Direction::{Deepening, Shallowing};
    let (stage, mut client) = in_service(false);
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    // The mark, from which side, and whether the hand has to go past it, in or out.
    for (um, direction, is_in, is_out) in [
        (500, Deepening, true, false),
        (750, Deepening, false, false),
        (750, Deepening, false, false),
        (600, Deepening, true, false),
        (1_000, Shallowing, false, true),
        (900, Shallowing, false, false),
        (900, Shallowing, false, false),
        (1_200, Shallowing, false, true),
        (1_300, Deepening, true, false),
    ] {
        let seen = Rc::new(RefCell::new(Span(f64::INFINITY, f64::NEG_INFINITY)));
        let watcher: Rc<RefCell<dyn Watcher>> = seen.clone();
        stage.watch(Some(watcher));
        bench.turn_ring(&mut client, um, direction).unwrap();
        stage.watch(None);
        let span = seen.borrow();
        let went = (span.0 < 0.0, span.1 > 2_300.0);
        assert_eq!(went, (is_in, is_out), "{um} {direction:?}");
    }
}

fn asked(repeat: u8) -> Asked {
    Asked {
        place: Place {
            phase: Phase::AsFound,
            setting: Setting::Depth {
                um: 500,
                direction: Direction::Deepening,
            },
            repeat,
        },
        number: 1,
        of: 38,
        pen_says: 500,
        expect: (410, 590),
    }
}

#[test]
fn a_simulated_gauge_scatters_and_keeps_what_was_doubted_when_it_shows_it_again() {
    let (stage, mut client) = in_service(false);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let mut read = |bench: &mut SimBench, repeat| match bench.gauge_um(&mut client, &asked(repeat))
    {
        Ok(Reply::Value { value, because, .. }) => (value, because),
        other => panic!("{other:?}"),
    };
    let values: Vec<i32> = (1..=8).map(|_| read(&mut bench, 1).0).collect();
    let (least, most) = (values.iter().min().unwrap(), values.iter().max().unwrap());
    assert!((1..=2).contains(&(most - least)), "{values:?}");
    assert_eq!(read(&mut bench, 1).1, None);
    let doubt = Doubt {
        text: "far off".to_owned(),
        may_be_kept: true,
    };
    let (_stage, mut other) = in_service(false);
    bench
        .doubted(&mut other, &asked(1), std::slice::from_ref(&doubt))
        .unwrap();
    let reason = "the simulated instrument shows it again";
    assert_eq!(read(&mut bench, 1).1.as_deref(), Some(reason));
    assert_eq!(read(&mut bench, 1).1, None, "once");
    bench.doubted(&mut other, &asked(1), &[doubt]).unwrap();
    assert_eq!(read(&mut bench, 2).1, None, "at its own place alone");
}

/// How often something is asked for, what it came to, and what was told, at a pen in Service mode.
fn as_technician(
    mut ask: impl FnMut(&mut Client) -> Result<(), HostError>,
) -> (u32, HostError, Vec<String>) {
    let (stage, mut client) = in_service(false);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let (mut notes, mut asked) = (Vec::new(), 0);
    let mut listener = |progress: &Progress<'_>| {
        if let Progress::Note(text) = progress {
            notes.push((*text).to_owned());
        }
    };
    let mut run = Run {
        client: &mut client,
        bench: &mut bench,
        settings: &settings(),
        listener: &mut listener,
        observer: &mut Unkept,
        replay: Replay::default(),
        reserved: Vec::new(),
        has_begun: false,
        is_turning: false,
    };
    let ended = run.as_technician(|client| {
        asked += 1;
        ask(client)
    });
    (asked, ended.unwrap_err(), notes)
}

#[test]
fn only_a_role_that_ran_out_is_renewed() {
    // Nothing is staged that could be committed: no role helps.
    let refused = |client: &mut Client| client.demand(&ToPen::Commit(Commit { digest: 7 }));
    let (asked, error, notes) = as_technician(refused);
    assert_eq!((asked, error.code), (1, Code::Refused), "{error}");
    assert_eq!(notes, [""; 0]);
    let (asked, error, notes) = as_technician(|_| Err(HostError::aborted("the test")));
    assert_eq!((asked, error.code), (1, Code::Aborted));
    assert_eq!(notes, [""; 0]);
    // With no role at all it is asked twice, the button held in between.
    let (asked, error, notes) = as_technician(|client| {
        client.authorise(Role::Observer)?;
        client.demand(&ToPen::Commit(Commit { digest: 7 }))
    });
    assert_eq!((asked, error.code), (2, Code::Refused), "{error}");
    assert_eq!(
        notes,
        ["the technician's time is over: hold the ok button on the pen again"]
    );
}

#[test]
fn a_reason_keeps_a_doubted_reading_and_none_that_is_no_measurement_of_the_setting() {
    for (value, is_kept) in [(600, true), (1_001, false)] {
        let (stage, mut client) = in_service(false);
        let said = Reply::Value {
            value,
            typed: value.to_string(),
            because: Some("read twice".to_owned()),
        };
        let mut bench = restless(&stage, vec![(1, said)]);
        let mut events: Vec<Event> = Vec::new();
        let mut run = Run {
            client: &mut client,
            bench: &mut bench,
            settings: &short(Adjust::Never),
            listener: &mut |_| {},
            observer: &mut events,
            replay: Replay::default(),
            reserved: Vec::new(),
            has_begun: true,
            is_turning: false,
        };
        let mut state = run.begin(Phase::AsFound, true).unwrap();
        let ended = run.take(&mut state, vec![asked(1).place], None);
        let kept: Vec<&str> = (state.taken.iter())
            .filter_map(|it| it.kept.as_ref().map(|kept| kept.reason.as_str()))
            .collect();
        if is_kept {
            assert_eq!((ended, kept), (Ok(()), vec!["read twice"]));
            continue;
        }
        // The simulated technician gives it up.
        assert_eq!(ended.unwrap_err().code, Code::FitRefused);
        assert_eq!(state.taken, []);
        let told: Vec<&Event> = events.iter().skip(1).collect();
        assert!(
            matches!(told[..], [Event::Doubted { typed, .. }] if typed == "1001"),
            "{told:?}"
        );
    }
}

#[test]
fn a_reason_for_repeats_that_stand_apart_keeps_these_and_no_others() {
    let (stage, mut client) = in_service(false);
    let settings = Settings {
        repeats: 3,
        ..short(Adjust::Never)
    };
    // All as still as can be but those at 500 um, shallowing.
    let apart = Setting::Depth {
        um: 500,
        direction: Direction::Shallowing,
    };
    let taken: Vec<Taken> = (settings.depth_places(Phase::AsFound).into_iter())
        .map(|place| {
            let Setting::Depth { um, .. } = place.setting else {
                panic!("{place:?}");
            };
            let off = if place.setting == apart {
                15 * i32::from(place.repeat)
            } else {
                0
            };
            Taken {
                place,
                read: Read::Depth(Reading {
                    reference_um: um + off,
                    indicated_um: um,
                    counts_a: 1_000,
                    counts_b: 3_000,
                }),
                kept: None,
                sent_by: None,
            }
        })
        .collect();
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    // It was read again before, to the same.
    let again = bench.outlier(&mut client, "depth 500 shallowing", "apart");
    assert_eq!(again, Ok(None));
    let mut store = Full {
        events: Vec::new(),
        room: 3,
    };
    let mut run = Run {
        client: &mut client,
        bench: &mut bench,
        settings: &settings,
        listener: &mut |_| {},
        observer: &mut store,
        replay: Replay::default(),
        reserved: Vec::new(),
        has_begun: true,
        is_turning: false,
    };
    let mut state = State {
        phase: Phase::AsFound,
        taken,
        of: 54,
    };
    run.screen(&mut state, None).unwrap();
    let kept: Vec<String> = (state.taken.iter())
        .filter(|it| it.kept.is_some())
        .map(|it| it.place.key())
        .collect();
    let repeats = [1, 2, 3].map(|repeat| format!("depth 500 shallowing {repeat}"));
    assert_eq!(kept, repeats);
    let told: Vec<String> = (store.events.iter())
        .map(|event| match event {
            Event::Taken(taken) if taken.kept.is_some() => taken.place.key(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, repeats);
}
