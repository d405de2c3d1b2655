//! What a store is told, going back, and going on with a run that was ended early.

use std::collections::BTreeSet;

use super::super::observer::{Event, Observer, Place, Setting};
use super::super::{Outcome, Points, Replay, Subject, calibrate_kept};
use super::*;
use crate::error::Code;

/// A simulated bench whose technician goes back at some readings, and may give up.
pub(super) struct Restless {
    bench: SimBench,
    /// At which question for the gauge which word comes instead.
    words: Vec<(usize, Reply)>,
    questions: usize,
    asked: Vec<Place>,
    pub(super) reserved: Vec<Reserved>,
}

pub(super) fn restless(stage: &SimStage, words: Vec<(usize, Reply)>) -> Restless {
    Restless {
        words,
        ..reserving(SimBench::new(stage.clone(), 5, Decides::Yes), Vec::new())
    }
}

/// A simulated technician whose instruments are accepted with something against them.
pub(super) fn reserving(bench: SimBench, reserved: Vec<Reserved>) -> Restless {
    Restless {
        bench,
        words: Vec::new(),
        questions: 0,
        asked: Vec::new(),
        reserved,
    }
}

impl Bench for Restless {
    fn agree(&mut self, script: &[Line]) -> Result<(), HostError> {
        self.bench.agree(script)
    }

    fn prepare(
        &mut self,
        client: &mut Client,
        settings: &Settings,
    ) -> Result<Vec<Reserved>, HostError> {
        self.bench.prepare(client, settings)?;
        Ok(self.reserved.clone())
    }

    fn attend(&mut self, client: &mut Client, holds: bool) -> Result<(), HostError> {
        self.bench.attend(client, holds)
    }

    fn turn_ring(
        &mut self,
        client: &mut Client,
        um: i32,
        direction: Direction,
    ) -> Result<(), HostError> {
        self.bench.turn_ring(client, um, direction)
    }

    fn ready_to_run(
        &mut self,
        client: &mut Client,
        phase: Phase,
        um: i32,
    ) -> Result<(), HostError> {
        self.bench.ready_to_run(client, phase, um)
    }

    fn gauge_um(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.questions += 1;
        self.asked.push(asked.place);
        let now = self.questions;
        match self.words.iter().find(|(at, _)| *at == now) {
            Some((_, word)) => Ok(word.clone()),
            None => self.bench.gauge_um(client, asked),
        }
    }

    fn tachometer_mhz(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.asked.push(asked.place);
        self.bench.tachometer_mhz(client, asked)
    }

    fn meter_ua(&mut self, client: &mut Client, asked: &Asked) -> Result<Reply, HostError> {
        self.asked.push(asked.place);
        self.bench.meter_ua(client, asked)
    }

    fn doubted(
        &mut self,
        client: &mut Client,
        asked: &Asked,
        doubts: &[Doubt],
    ) -> Result<(), HostError> {
        self.bench.doubted(client, asked, doubts)
    }

    fn outlier(
        &mut self,
        client: &mut Client,
        key: &str,
        text: &str,
    ) -> Result<Option<String>, HostError> {
        self.bench.outlier(client, key, text)
    }

    fn decide(&mut self, client: &mut Client, question: &Question<'_>) -> Result<bool, HostError> {
        self.bench.decide(client, question)
    }

    fn instruments(&self) -> &Instruments {
        self.bench.instruments()
    }

    fn today(&self) -> u16 {
        self.bench.today()
    }
}

pub(super) fn short(adjust: Adjust) -> Settings {
    Settings {
        adjust,
        points: Points::Short,
        repeats: 2,
        ..Settings::default()
    }
}

pub(super) fn kept(
    client: &mut Client,
    bench: &mut dyn Bench,
    settings: &Settings,
    observer: &mut dyn Observer,
    replay: Replay,
) -> Result<Outcome, HostError> {
    calibrate_kept(client, bench, settings, &mut |_| {}, observer, replay)
}

/// Keys of places taken back, one list for each time.
fn undone(events: &[Event]) -> Vec<Vec<String>> {
    let of = |event: &Event| match event {
        Event::Undone { places, .. } => Some(places.iter().map(Place::key).collect()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn undo_takes_one_reading_back_and_repeat_a_point() {
    let (stage, mut client) = pen(5, true);
    // Nothing to undo at the first; back from the fourth to the third; in the second pass, at its
    // second setting, the point of both passes again.
    let mut bench = restless(
        &stage,
        vec![(1, Reply::Undo), (5, Reply::Undo), (21, Reply::Repeat)],
    );
    let mut events: Vec<Event> = Vec::new();
    let settings = short(Adjust::Never);
    let outcome = kept(
        &mut client,
        &mut bench,
        &settings,
        &mut events,
        Replay::default(),
    )
    .unwrap();
    assert_eq!(
        undone(&events),
        [vec!["depth 500 deepening 1"], vec!["depth 250 deepening 1"]]
    );
    // 38 readings, three words instead of one, and three readings again: one by undo, one by repeat.
    assert_eq!(bench.asked.len(), 38 + 3 + 2);
    assert!(
        outcome
            .report
            .raw
            .found_depth
            .iter()
            .all(|point| { (point.deepening.len(), point.shallowing.len()) == (2, 2) })
    );
    let taken = events
        .iter()
        .filter(|event| matches!(event, Event::Taken(_)));
    assert_eq!(taken.count(), 38 + 2);
}

#[test]
fn every_reading_is_told_before_the_next_is_asked_for() {
    let (stage, mut client) = pen(5, true);
    let mut bench = restless(&stage, Vec::new());
    let mut events: Vec<Event> = Vec::new();
    let settings = short(Adjust::Always);
    kept(
        &mut client,
        &mut bench,
        &settings,
        &mut events,
        Replay::default(),
    )
    .unwrap();
    let places: Vec<Place> = events
        .iter()
        .filter_map(|event| match event {
            Event::Taken(taken) => Some(taken.place),
            _ => None,
        })
        .collect();
    assert_eq!(places, bench.asked);
    assert_eq!(places.len(), 38 + 18);
    let words: Vec<String> = events
        .iter()
        .filter(|event| !matches!(event, Event::Taken(_)))
        .map(|event| {
            serde_json::to_value(event).unwrap()["event"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        words,
        [
            "began",
            "instruments",
            "phase",
            "proposed",
            "committed",
            "judged",
            "phase",
            "judged",
            "signed_off",
            "ended"
        ]
    );
}

/// A store that is full after some events.
pub(super) struct Full {
    pub(super) events: Vec<Event>,
    pub(super) room: usize,
}

impl Observer for Full {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        if self.events.len() == self.room {
            return Err(HostError::record_store("the store", "full"));
        }
        self.events.push(event.clone());
        Ok(())
    }
}

#[test]
fn a_run_that_was_ended_anywhere_goes_on_where_it_was() {
    let mut unkept = 0;
    // At the first reading, in the midst, at the last as found, at the proposal, at the commit, as left,
    // at the sign-off.
    for room in [3, 20, 40, 41, 42, 44, 50, 62, 64] {
        let (stage, mut client) = pen(5, true);
        let mut store = Full {
            events: Vec::new(),
            room,
        };
        let settings = short(Adjust::Always);
        let mut bench = restless(&stage, Vec::new());
        let error = kept(
            &mut client,
            &mut bench,
            &settings,
            &mut store,
            Replay::default(),
        )
        .unwrap_err();
        assert_eq!(error.class, Class::RecordStore, "{room}: {error}");
        client.wait(Duration::from_millis(1_000));
        let status = client.status().unwrap();
        assert_eq!((status.mode, status.staged), (Mode::Locked, None), "{room}");
        let was_kept = store
            .events
            .iter()
            .any(|event| matches!(event, Event::Committed { .. }));

        let mut events = store.events.clone();
        let replay = Replay::of(&events);
        let readings = replay.readings();
        // It came into force and nobody kept that: the pen knows, and the run goes on all the same.
        unkept += u32::from(status.generation == 2 && !was_kept);
        let mut bench = restless(&stage, Vec::new());
        let outcome = kept(&mut client, &mut bench, &settings, &mut events, replay).unwrap();
        assert_eq!(bench.asked.len() + readings, 38 + 18, "{room}");
        assert_eq!(
            (outcome.generation, outcome.as_left),
            (2, Verdict::Pass),
            "{room}"
        );
        assert!(outcome.report.adjustment.is_some(), "{room}");
        let places: BTreeSet<Place> = bench.asked.iter().copied().collect();
        assert_eq!(
            places.len(),
            bench.asked.len(),
            "{room}: nothing is asked twice"
        );
        let commits = events
            .iter()
            .filter(|it| matches!(it, Event::Committed { .. }));
        assert_eq!(commits.count(), 1, "{room}");
        let signed = events
            .iter()
            .filter(|it| **it == Event::SignedOff { generation: 2 });
        assert_eq!(
            signed.count(),
            1,
            "{room}: also when the earlier run could not keep it"
        );
        let Some(Event::Ended { in_force, .. }) = events.last() else {
            panic!("{room}: {events:?}");
        };
        assert_eq!(in_force, "generation 2, signed off", "{room}");
    }
    assert_eq!(unkept, 1, "once the run ended between commit and record");
}

#[test]
fn a_run_goes_on_only_with_the_same_instruments() {
    let (stage, mut client) = pen(5, true);
    let settings = short(Adjust::Always);
    let room = 20;
    let events = Vec::new();
    let mut store = Full { events, room };
    let mut bench = restless(&stage, Vec::new());
    let nothing = Replay::default();
    kept(&mut client, &mut bench, &settings, &mut store, nothing).unwrap_err();
    type Change = fn(&mut Instruments);
    let changes: [Change; 3] = [
        |it| it.references[0].serial = "G-OTHER".to_owned(),
        |it| it.depth.reference_expanded_nm += 1,
        |it| it.rate.reference_expanded_ppm += 1,
    ];
    for change in changes {
        let mut events = store.events.clone();
        for event in &mut events {
            if let Event::Instruments(instruments) = event {
                change(instruments);
            }
        }
        let mut bench = restless(&stage, Vec::new());
        let replay = Replay::of(&events);
        let error = kept(&mut client, &mut bench, &settings, &mut Vec::new(), replay).unwrap_err();
        assert_eq!(error.code, Code::Usage, "{error}");
        assert!(
            error.why.contains("its readings were taken with"),
            "{error}"
        );
        assert!(bench.asked.is_empty());
    }
}

#[test]
fn a_run_goes_on_only_with_the_same_pen_plan_and_calibration() {
    let (stage, mut client) = pen(5, true);
    let settings = short(Adjust::Always);
    let mut store = Full {
        events: Vec::new(),
        room: 20,
    };
    let mut bench = restless(&stage, Vec::new());
    kept(
        &mut client,
        &mut bench,
        &settings,
        &mut store,
        Replay::default(),
    )
    .unwrap_err();
    let replay = Replay::of(&store.events);
    let refused = |client: &mut Client, stage: &SimStage, settings: &Settings, word: &str| {
        let mut bench = restless(stage, Vec::new());
        let error = kept(
            client,
            &mut bench,
            settings,
            &mut Vec::new(),
            replay.clone(),
        )
        .unwrap_err();
        assert_eq!(error.code, Code::Usage, "{error}");
        assert!(error.why.contains(word), "{word}: {error}");
        assert!(bench.asked.is_empty());
    };
    let full = Settings {
        points: Points::Full,
        ..settings
    };
    refused(&mut client, &stage, &full, "points short");
    let another = Settings {
        technician: 77,
        ..settings
    };
    refused(&mut client, &stage, &another, "now it is technician 77");
    let (other_stage, mut other) = pen(6, true);
    refused(&mut other, &other_stage, &settings, "it was of pen");
    let mut bench = restless(&stage, Vec::new());
    kept(
        &mut client,
        &mut bench,
        &settings,
        &mut Vec::new(),
        Replay::default(),
    )
    .unwrap();
    refused(&mut client, &stage, &settings, "changed since");
}

#[test]
fn an_instrument_without_a_certificate_takes_the_plain_pass_away() {
    let (stage, mut client) = pen(5, true);
    let mut bench = restless(&stage, Vec::new());
    for no_plain_pass in [true, false] {
        bench.reserved = vec![Reserved {
            what: "the certificate of Depth gauge G1 expired on 2020-01-01".to_owned(),
            reason: "the new one is under way".to_owned(),
            no_plain_pass,
        }];
        let settings = short(Adjust::Never);
        let outcome = kept(
            &mut client,
            &mut bench,
            &settings,
            &mut Vec::new(),
            Replay::default(),
        )
        .unwrap();
        let expected = if no_plain_pass {
            Verdict::ConditionalPass
        } else {
            Verdict::Pass
        };
        assert_eq!(outcome.as_left, expected);
        let page = crate::report::render_calibration_html(&outcome.report);
        assert!(
            page.contains("expired on 2020-01-01") && page.contains("the new one is under way")
        );
    }
}

#[test]
fn an_expired_gauge_adjusts_no_pen_unless_that_is_asked_for() {
    // Whether the pen has a calibration, when to adjust: generation in force after it.
    for (has_calibration, adjust, generation) in [
        (true, Adjust::Auto, 1),
        (false, Adjust::Auto, 0),
        (true, Adjust::Always, 2),
    ] {
        let (stage, mut client) = pen(5, has_calibration);
        let mut bench = restless(&stage, Vec::new());
        bench.reserved = vec![Reserved {
            what: "the certificate of Depth gauge G1 expired on 2020-01-01".to_owned(),
            reason: "the new one is under way".to_owned(),
            no_plain_pass: true,
        }];
        let mut notes = String::new();
        let outcome = calibrate_kept(
            &mut client,
            &mut bench,
            &short(adjust),
            &mut |progress| {
                if let Progress::Note(text) = progress {
                    notes.push_str(text);
                }
            },
            &mut Vec::new(),
            Replay::default(),
        )
        .unwrap();
        let what = format!("{has_calibration} {adjust:?}: {notes}");
        assert_eq!(outcome.generation, generation, "{what}");
        assert_ne!(outcome.as_left, Verdict::Pass, "{what}");
        let is_told = notes.contains("--adjust always");
        assert_eq!(is_told, !has_calibration, "{what}");
    }
}

#[test]
fn a_place_of_a_short_run_is_one_of_a_full_one() {
    // Whoever stores readings can compare runs of both sets.
    for phase in [Phase::AsFound, Phase::AsLeft] {
        let of = |points: Points, subject: Subject| {
            let settings = Settings {
                points,
                subject,
                current: subject == Subject::All,
                ..Settings::default()
            };
            let places = settings.depth_places(phase).into_iter();
            let places = places.chain(settings.rest_places(phase));
            let places = places.chain(settings.turning_places(phase));
            places
                .map(|place| place.setting)
                .collect::<BTreeSet<Setting>>()
        };
        let full = of(Points::Full, Subject::All);
        for subject in [
            Subject::All,
            Subject::Depth,
            Subject::Rate,
            Subject::Current,
            Subject::Verify,
        ] {
            for points in [Points::Full, Points::Short] {
                assert!(
                    of(points, subject).is_subset(&full),
                    "{points:?} {subject:?}"
                );
            }
        }
    }
}

#[test]
fn one_rule_says_who_answers_and_a_pen_that_passes_is_not_adjusted_by_yes() {
    use super::super::Nobody;
    // --yes, --adjust, whether the pen has a calibration: generation in force after it, or refused.
    for (sure, adjust, has_calibration, generation) in [
        (false, Adjust::Auto, true, None),
        (false, Adjust::Always, true, None),
        (false, Adjust::Never, true, Some(1)),
        (true, Adjust::Auto, true, Some(1)),
        (true, Adjust::Always, true, Some(2)),
        (true, Adjust::Auto, false, Some(1)),
        (true, Adjust::Never, true, Some(1)),
    ] {
        let (stage, mut client) = pen(5, has_calibration);
        let desk = Box::new(Nobody);
        let mut bench = SimBench::new(stage, 5, Decides::Asked(desk, sure));
        let mut events: Vec<Event> = Vec::new();
        let settings = short(adjust);
        let ended = kept(
            &mut client,
            &mut bench,
            &settings,
            &mut events,
            Replay::default(),
        );
        let what = format!("{sure} {adjust:?} {has_calibration}");
        match (generation, ended) {
            (Some(generation), Ok(outcome)) => assert_eq!(outcome.generation, generation, "{what}"),
            (None, Err(error)) => {
                assert_eq!(
                    (error.code, error.exit_code()),
                    (Code::NotConfirmed, 2),
                    "{what}"
                );
                assert!(
                    error.what.contains("commit") && error.fix.contains("--template"),
                    "{error}"
                );
                // Nothing was begun, let alone measured.
                let ended = events
                    .iter()
                    .all(|event| matches!(event, Event::Ended { .. }));
                assert!(ended, "{what}: {events:?}");
            }
            (generation, ended) => panic!("{what}: {generation:?} {ended:?}"),
        }
    }
}
