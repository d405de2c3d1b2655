//! Depth or rate alone, and neither: what is adjusted, what stays, and who is refused.

use super::super::observer::{Event, Observer, Phase, Setting};
use super::super::{Points, Replay, Subject, Unkept};
use super::kept::kept;
use super::undo::serve;
use super::*;
use pen_core::locks::Lock;
use pen_protocol::messages::ToPen;

fn part(subject: Subject, adjust: Adjust) -> Settings {
    Settings {
        subject,
        adjust,
        ..settings()
    }
}

fn in_force(client: &mut Client) -> Calibration {
    let found = client.calibration(Which::Current).unwrap().found;
    found.unwrap().calibration
}

fn is_unverified(client: &mut Client) -> bool {
    client.wait(Duration::from_millis(50));
    client.status().unwrap().locks.has(Lock::Unverified)
}

/// A pen with a calibration of its own, and somebody at it.
fn calibrated(seed: u64) -> (Client, SimBench) {
    let (stage, client) = pen(seed, true);
    (client, SimBench::new(stage, seed, Decides::Yes))
}

/// What a run does, and every event of it.
fn told(
    client: &mut Client,
    bench: &mut SimBench,
    settings: &Settings,
) -> (Result<crate::procedure::Outcome, HostError>, Vec<Event>) {
    let mut events: Vec<Event> = Vec::new();
    let outcome = kept(client, bench, settings, &mut events, Replay::default());
    (outcome, events)
}

/// A pen in whose calibration something was changed, which was signed off if that is wanted.
pub(super) fn changed(
    seed: u64,
    is_signed_off: bool,
    change: impl Fn(&mut Calibration),
) -> (Client, SimBench) {
    let (mut client, mut bench) = calibrated(seed);
    serve(&mut client, &mut bench);
    let mut next = in_force(&mut client);
    next.generation += 1;
    change(&mut next);
    let digest = client.stage(&next).unwrap();
    client.commit(digest).unwrap();
    if is_signed_off {
        bench.attend(&mut client, true).unwrap();
        client.sign_off(next.generation).unwrap();
        bench.attend(&mut client, false).unwrap();
    }
    client.demand(&ToPen::LeaveService).unwrap();
    (client, bench)
}

/// Moves both tables. Unit: um, deeper.
pub(super) fn deeper(calibration: &mut Calibration, um: i32) {
    for table in [&mut calibration.a, &mut calibration.b] {
        for knot in table.knots.iter_mut().flatten() {
            knot.depth = knot.depth.deeper_by(um);
        }
    }
}

/// Calibrates, and tells the outcome and every note on the way.
fn done(
    client: &mut Client,
    bench: &mut SimBench,
    settings: &Settings,
) -> (Result<crate::procedure::Outcome, HostError>, String) {
    let mut notes = String::new();
    let outcome = calibrate(client, bench, settings, &mut |progress| {
        if let Progress::Note(text) = progress {
            notes.push_str(text);
            notes.push('\n');
        }
    });
    (outcome, notes)
}

#[test]
fn cal_005_depth_alone_leaves_the_clock_and_the_day_and_is_signed_off() {
    // Tables 115 um too deep and a clock 900 ppm off: depth is adjusted, the clock stays as it is.
    let (mut client, mut bench) = changed(5, true, |it| {
        deeper(it, 115);
        it.clock_ppm += 900;
        it.due_day = it.made_day + 3_000;
    });
    let before = in_force(&mut client);
    let (outcome, _) = done(&mut client, &mut bench, &part(Subject::Depth, Adjust::Auto));
    let outcome = outcome.unwrap();
    let after = in_force(&mut client);
    assert_eq!(after.clock_ppm, before.clock_ppm);
    assert_eq!(after.due_day, before.due_day);
    assert!(after.a != before.a && after.b != before.b);
    assert_eq!((outcome.as_left, after.generation), (Verdict::Pass, 3));
    assert!(!is_unverified(&mut client));
    let report = outcome.report;
    let adjustment = report.adjustment.unwrap();
    assert!(adjustment.fits.len() == 2 && adjustment.gain.is_none());
    assert_eq!(report.as_left.depth.rows.len(), 9);
    let rows = report.as_left.rate.unwrap().rows;
    assert_eq!(
        rows.iter().map(|row| row.set_mhz).collect::<Vec<_>>(),
        [80_000]
    );
    let notes = report.notes.join("\n");
    assert!(notes.contains("Only depth was the subject"), "{notes}");
    assert!(notes.contains("stayed as generation 2 had it"), "{notes}");
    assert!(notes.contains("1.25 mm was kept from the fit."), "{notes}");
    assert_eq!(outcome.subject, Subject::Depth);
    let method = report.procedure;
    assert!(
        method.contains("revision 3, depth alone adjusted"),
        "{method}"
    );
}

#[test]
fn cal_005_rate_alone_leaves_the_tables_and_the_day_and_is_signed_off() {
    // 20 000 ppm are 2 %, of 5 % that pass.
    let (mut client, mut bench) = changed(5, true, |it| {
        it.clock_ppm += if it.clock_ppm > 0 { -20_000 } else { 20_000 };
        it.due_day = it.made_day + 3_000;
    });
    let before = in_force(&mut client);
    let (outcome, _) = done(
        &mut client,
        &mut bench,
        &part(Subject::Rate, Adjust::Always),
    );
    let outcome = outcome.unwrap();
    let after = in_force(&mut client);
    assert_eq!((after.a, after.b), (before.a, before.b));
    assert_eq!(after.due_day, before.due_day);
    assert!((after.clock_ppm - before.clock_ppm).abs() > 18_000);
    assert_eq!((outcome.as_left, after.generation), (Verdict::Pass, 3));
    assert!(!is_unverified(&mut client));
    let report = outcome.report;
    let adjustment = report.adjustment.unwrap();
    assert!(adjustment.fits.is_empty() && adjustment.gain.is_some());
    let depths: Vec<i32> = report
        .as_left
        .depth
        .rows
        .iter()
        .map(|row| row.nominal_um)
        .collect();
    assert_eq!(depths, [-50, 1_250, 2_400]);
    assert_eq!(report.as_left.rate.unwrap().rows.len(), 3);
    let notes = report.notes.join("\n");
    assert!(notes.contains("Only the rate was the subject"), "{notes}");
    assert!(notes.contains("No table was fitted."), "{notes}");
    // The day on which the pen's record was made is not that of what stayed in it.
    assert!(!notes.contains("made on"), "{notes}");
    let method = report.procedure;
    assert!(
        method.contains("revision 3, rate alone adjusted"),
        "{method}"
    );
}

#[test]
fn cal_005_a_part_is_not_adjusted_when_what_stays_does_not_pass() {
    for adjust in [Adjust::Auto, Adjust::Always] {
        let (mut client, mut bench) = changed(5, true, |it| deeper(it, 115));
        let (outcome, notes) = done(&mut client, &mut bench, &part(Subject::Rate, adjust));
        let outcome = outcome.unwrap();
        assert!(outcome.report.adjustment.is_none(), "{adjust:?}");
        assert_ne!(outcome.as_left, Verdict::Pass, "{adjust:?}");
        assert_eq!(in_force(&mut client).generation, 2, "{adjust:?}");
        assert!(notes.contains("penctl calibrate all"), "{notes}");
    }
}

#[test]
fn cal_005_a_part_of_a_pen_that_was_not_signed_off_has_none_or_is_due_is_refused() {
    for subject in [Subject::Depth, Subject::Rate] {
        let today = calibrated(5).1.today();
        let due = |day: u16| {
            changed(5, true, move |it| {
                it.made_day = day - 10;
                it.due_day = day;
            })
        };
        let none = || {
            let (stage, client) = pen(5, false);
            (client, SimBench::new(stage, 5, Decides::Yes))
        };
        for (what, (mut client, mut bench), is_taken) in [
            ("no calibration", none(), false),
            ("not signed off", changed(5, false, |_| ()), false),
            ("due", due(today - 1), false),
            ("due", due(today), true),
        ] {
            let was = client.status().unwrap().generation;
            let settings = part(subject, Adjust::Always);
            let (outcome, events) = told(&mut client, &mut bench, &settings);
            if is_taken {
                assert_eq!(outcome.unwrap().as_left, Verdict::Pass, "{what}");
                continue;
            }
            let error = outcome.unwrap_err();
            let text = error.to_string();
            assert_eq!(error.exit_code(), 2, "{text}");
            assert!(
                text.contains(what) && text.contains("calibrate all"),
                "{text}"
            );
            assert!(events.is_empty(), "asked before it was refused: {events:?}");
            assert_eq!(client.status().unwrap().generation, was);
        }
    }
}

#[test]
fn cal_005_measuring_alone_adjusts_nothing_and_signs_nothing_off() {
    for (um, verdict_is_pass) in [(0, true), (115, false)] {
        let (mut client, mut bench) = changed(5, false, |it| deeper(it, um));
        let before = in_force(&mut client);
        for adjust in [Adjust::Never, Adjust::Auto, Adjust::Always] {
            let settings = part(Subject::Verify, adjust);
            let (outcome, events) = told(&mut client, &mut bench, &settings);
            let outcome = outcome.unwrap();
            assert_eq!(outcome.as_left == Verdict::Pass, verdict_is_pass);
            assert_eq!(outcome.as_found, outcome.as_left);
            assert_eq!(in_force(&mut client), before);
            assert!(is_unverified(&mut client), "{adjust:?}");
            let changes = |it: &Event| {
                matches!(
                    it,
                    Event::Proposed { .. } | Event::Committed { .. } | Event::SignedOff { .. }
                )
            };
            assert!(!events.iter().any(changes), "{adjust:?}");
        }
    }
}

#[test]
fn a_run_is_gone_on_with_by_the_same_subject_only() {
    let subjects = [Subject::All, Subject::Depth, Subject::Rate, Subject::Verify];
    for then in subjects {
        let (mut client, mut bench) = calibrated(5);
        let settings = Settings {
            points: Points::Short,
            ..part(then, Adjust::Auto)
        };
        let (outcome, events) = told(&mut client, &mut bench, &settings);
        outcome.unwrap();
        for now in subjects {
            let settings = Settings {
                subject: now,
                ..settings
            };
            let replay = Replay::of(&events);
            let again = kept(&mut client, &mut bench, &settings, &mut Unkept, replay);
            assert_eq!(again.is_ok(), now == then, "{then:?} {now:?}");
            if let Err(error) = again {
                assert_eq!(error.exit_code(), 2, "{error}");
                let command = format!("penctl calibrate {}", then.name());
                assert!(error.to_string().contains(&command), "{error}");
            }
        }
    }
}

/// Keeps what it is told until a state as left begins; then the store is gone.
#[derive(Default)]
struct Ends(Vec<Event>);

impl Observer for Ends {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        self.0.push(event.clone());
        match event {
            Event::Phase {
                phase: Phase::AsLeft,
            } => Err(HostError::aborted("the calibration")),
            _ => Ok(()),
        }
    }
}

#[test]
fn cal_005_a_part_that_was_committed_and_not_measured_is_gone_on_with() {
    for subject in [Subject::Depth, Subject::Rate] {
        let (mut client, mut bench) = calibrated(5);
        let before = in_force(&mut client);
        let settings = part(subject, Adjust::Always);
        let mut ends = Ends::default();
        let ended = kept(
            &mut client,
            &mut bench,
            &settings,
            &mut ends,
            Replay::default(),
        );
        assert_eq!(ended.unwrap_err().class, Class::Aborted);
        let committed = in_force(&mut client);
        assert_eq!(committed.generation, before.generation + 1);
        assert!(is_unverified(&mut client), "{subject:?}");
        // Begun anew it is refused: what stays was signed off with the generation before.
        let (anew, _) = told(&mut client, &mut bench, &settings);
        assert!(anew.unwrap_err().to_string().contains("not signed off"));
        let replay = Replay::of(&ends.0);
        let outcome = kept(&mut client, &mut bench, &settings, &mut Unkept, replay).unwrap();
        assert_eq!(outcome.as_left, Verdict::Pass, "{subject:?}");
        assert!(!is_unverified(&mut client), "{subject:?}");
        let after = in_force(&mut client);
        assert_eq!(after, committed, "{subject:?}");
        assert_eq!(after.due_day, before.due_day, "{subject:?}");
        match subject {
            Subject::Rate => assert_eq!((after.a, after.b), (before.a, before.b)),
            _ => assert_eq!(after.clock_ppm, before.clock_ppm),
        }
        let stayed = format!("stayed as generation {} had it", before.generation);
        assert!(outcome.report.notes.join(" ").contains(&stayed));
    }
}

#[test]
fn a_run_of_before_there_was_a_choice_adjusted_all() {
    let (mut client, mut bench) = calibrated(5);
    let settings = settings();
    let (outcome, events) = told(&mut client, &mut bench, &settings);
    outcome.unwrap();
    let mut began = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(began["subject"], "all");
    began.as_object_mut().unwrap().remove("subject");
    assert_eq!(serde_json::from_value::<Event>(began).unwrap(), events[0]);
    let settings: Vec<Setting> = events
        .iter()
        .filter_map(|event| match event {
            Event::Taken(taken) => Some(taken.place.setting),
            _ => None,
        })
        .collect();
    assert!(settings.contains(&Setting::Rate { hz: 65 }));
}
