//! What a run takes over from the one that it goes on with, and the steps that are told.

use super::super::observer::{Event, Observer};
use super::super::{Outcome, Replay, calibrate_kept};
use super::kept::{Full, kept, reserving, short};
use super::part::{changed, deeper};
use super::*;

fn expired(what: &str, no_plain_pass: bool) -> Reserved {
    Reserved {
        what: what.to_owned(),
        reason: "the new one is under way".to_owned(),
        no_plain_pass,
    }
}

/// What the certificate names as accepted conditions, in order.
fn conditions(outcome: &Outcome) -> Vec<&str> {
    let accepted = outcome.report.accepted.iter();
    let conditions = accepted.filter(|it| it.what == "Conditions");
    conditions.map(|it| it.doubt.as_str()).collect()
}

#[test]
fn what_was_accepted_against_the_instruments_of_an_earlier_run_still_counts_and_once() {
    let settings = short(Adjust::Never);
    let (stage, mut client) = pen(5, true);
    let bench = || SimBench::new(stage.clone(), 5, Decides::Yes);
    // Began, reserved, instruments, the phase and nineteen readings, at the beginning of the rate.
    let mut store = Full {
        events: Vec::new(),
        room: 36,
    };
    let mut first = reserving(bench(), vec![expired("the gauge's certificate", true)]);
    let nothing = Replay::default();
    kept(&mut client, &mut first, &settings, &mut store, nothing).unwrap_err();
    for (now, all) in [
        (vec![], vec!["the gauge's certificate"]),
        (
            vec![expired("the gauge's certificate", true)],
            vec!["the gauge's certificate"],
        ),
        (
            vec![expired("the tachometer's certificate", false)],
            vec!["the tachometer's certificate", "the gauge's certificate"],
        ),
    ] {
        let mut bench = reserving(bench(), now);
        let replay = Replay::of(&store.events);
        let mut events = Vec::new();
        let outcome = kept(&mut client, &mut bench, &settings, &mut events, replay).unwrap();
        assert_eq!(conditions(&outcome), all);
        assert_eq!(outcome.as_left, Verdict::ConditionalPass);
    }
}

#[test]
fn a_simulated_bench_has_no_instrument_that_sends() {
    let (stage, _client) = pen(5, true);
    let bench = SimBench::new(stage, 5, Decides::Yes);
    assert_eq!(Bench::sent_by(&bench), None);
}

/// Keeps what it is told until a state as left begins.
struct UntilLeft(Vec<Event>);

impl Observer for UntilLeft {
    fn event(&mut self, event: &Event) -> Result<(), HostError> {
        if *event
            == (Event::Phase {
                phase: Phase::AsLeft,
            })
        {
            return Err(HostError::aborted("the calibration"));
        }
        self.0.push(event.clone());
        Ok(())
    }
}

#[test]
fn cal_005_what_an_earlier_run_put_in_force_is_measured_also_when_nothing_would_be_adjusted_now() {
    // Adjusted since it was 115 um too deep; then an instrument's certificate expires.
    let (mut client, bench) = changed(5, true, |it| deeper(it, 115));
    let settings = short(Adjust::Auto);
    let mut bench = reserving(bench, Vec::new());
    let mut store = UntilLeft(Vec::new());
    let nothing = Replay::default();
    kept(&mut client, &mut bench, &settings, &mut store, nothing).unwrap_err();
    assert_eq!(client.status().unwrap().generation, 3);
    bench.reserved = vec![expired("the gauge's certificate", true)];
    let replay = Replay::of(&store.0);
    let mut steps = Vec::new();
    let mut passes = Vec::new();
    let mut listener = |progress: &Progress<'_>| match progress {
        Progress::Step(number, of, text) => steps.push((*number, *of, (*text).to_owned())),
        Progress::Detail(text) if text.contains(" pass ") || text.starts_with("rate at ") => {
            passes.push((*text).to_owned());
        }
        _ => {}
    };
    let observer = &mut Vec::new();
    let outcome = calibrate_kept(
        &mut client,
        &mut bench,
        &settings,
        &mut listener,
        observer,
        replay,
    )
    .unwrap();
    assert!(outcome.report.adjustment.is_some());
    assert_eq!(outcome.as_found, Verdict::ConditionalFail);
    assert_eq!(
        (outcome.as_left, outcome.generation),
        (Verdict::ConditionalPass, 3)
    );
    // Nothing is staged a second time.
    let numbers: Vec<(u8, u8)> = steps.iter().map(|(number, of, _)| (*number, *of)).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 6].map(|number| (number, 6)));
    assert_eq!(steps[2].2, "decide");
    // As left alone is measured, and each pass of it is told as it begins.
    assert_eq!(
        passes,
        [
            "deepening pass 1 of 2",
            "shallowing pass 1 of 2",
            "deepening pass 2 of 2",
            "shallowing pass 2 of 2",
            "rate at 50 Hz",
            "rate at 80 Hz",
        ]
    );
}
