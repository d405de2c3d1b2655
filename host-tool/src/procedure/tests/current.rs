//! The motor current against a meter: as the subject, and beside another one.

use pen_core::locks::Lock;
use pen_core::mode::Mode;
use pen_core::units::Current;
use pen_protocol::messages::{ToHost, ToPen};

use super::super::observer::{Event, Place, Setting};
use super::super::{Asks, Outcome, Points, Replay, Subject, template};
use super::kept::{Full, kept};
use super::lies::tapped;
use super::*;

fn of(subject: Subject, current: bool) -> Settings {
    Settings {
        subject,
        current,
        points: Points::Short,
        adjust: if subject == Subject::Current {
            Adjust::Never
        } else {
            Adjust::Always
        },
        ..settings()
    }
}

/// What a run does, its notes, and every event of it.
fn told(
    client: &mut Client,
    bench: &mut dyn Bench,
    settings: &Settings,
) -> (Result<Outcome, HostError>, String, Vec<Event>) {
    let (mut notes, mut events) = (String::new(), Vec::<Event>::new());
    let outcome = crate::procedure::calibrate_kept(
        client,
        bench,
        settings,
        &mut |progress| {
            if let Progress::Note(text) = progress {
                notes.push_str(text);
                notes.push('\n');
            }
        },
        &mut events,
        Replay::default(),
    );
    (outcome, notes, events)
}

/// A calibrated pen that tells another current than its sensor sees.
fn telling(seed: u64, tells: impl Fn(i32) -> i32 + 'static) -> (SimStage, Client) {
    let (stage, client, _) = tapped(seed, move |_, answer, _| {
        vec![match answer {
            ToHost::StatusReply(mut status) => {
                status.current = Current::from_ma(tells(status.current.as_ma()));
                ToHost::StatusReply(status)
            }
            other => other,
        }]
    });
    (stage, client)
}

fn keys(events: &[Event]) -> Vec<String> {
    let taken = events.iter().filter_map(|event| match event {
        Event::Taken(taken) => Some(taken.place.key()),
        _ => None,
    });
    taken.filter(|key| key.contains("current")).collect()
}

#[test]
fn a_current_is_measured_as_the_sensor_is_and_nothing_is_changed() {
    for seed in [1, 5, 8, 28, 90] {
        let (stage, mut client) = pen(seed, true);
        let (offset_ma, gain) = stage.pen(|pen| {
            let assembly = pen.assembly();
            (assembly.current_offset_ma, assembly.current_gain)
        });
        let before = client.calibration(Which::Current).unwrap();
        let mut bench = SimBench::new(stage.clone(), seed, Decides::Yes);
        let settings = of(Subject::Current, false);
        let (outcome, _, events) = told(&mut client, &mut bench, &settings);
        let outcome = outcome.unwrap();
        assert_eq!(outcome.as_left, Verdict::Pass, "seed {seed}");
        assert_eq!(client.calibration(Which::Current).unwrap(), before);
        assert!(!events.iter().any(|it| matches!(
            it,
            Event::Proposed { .. } | Event::Committed { .. } | Event::SignedOff { .. }
        )));
        let run = outcome.report.as_found.current.unwrap();
        // What the pen says less what flows is what its sensor was built with. U covers 95 of 100 pens.
        let rest = run.rest.deviation_ma.to_f64() + offset_ma;
        let u = run.rest.expanded_ma.to_f64();
        assert!(
            rest.abs() <= 1.5 * u && u < 1.5,
            "seed {seed}: {rest} of {u}"
        );
        assert_eq!(run.rises.len(), 2);
        for row in &run.rises {
            let off = row.deviation_percent.to_f64() + 100.0 * gain;
            let u = row.expanded_percent.to_f64();
            assert!(off.abs() <= 1.5 * u && u < 4.0, "seed {seed}: {off} of {u}");
            assert!((30.0..60.0).contains(&row.reference_ma.to_f64()), "{row:?}");
        }
        // Depth and rate are checked, and as left is as found.
        let depth = outcome.report.as_left.depth.rows.iter();
        assert_eq!(
            depth.map(|row| row.nominal_um).collect::<Vec<_>>(),
            [-50, 1_250, 2_400]
        );
        assert!(outcome.report.raw.left_current.is_empty());
        let names: Vec<&str> = (outcome.report.references.iter())
            .map(|it| it.serial.as_str())
            .collect();
        assert_eq!(names, ["SIM-G1", "SIM-T1", "SIM-M1"]);
        client.wait(Duration::from_millis(1_000));
        assert_eq!(client.status().unwrap().mode, Mode::Locked);
        assert!(!stage.truth().powered);
    }
}

#[test]
fn readings_come_at_rest_first_then_at_each_rate_behind_the_tachometer() {
    let at = |hz| (1..=3).map(move |repeat| format!("current {hz} {repeat}"));
    let (stage, mut client) = pen(5, true);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let (outcome, _, events) = told(&mut client, &mut bench, &of(Subject::Current, false));
    outcome.unwrap();
    let expected: Vec<String> = [0, 50, 80].into_iter().flat_map(at).collect();
    assert_eq!(keys(&events), expected);
    let settings = Settings {
        points: Points::Full,
        ..of(Subject::Rate, true)
    };
    let order: Vec<String> = settings
        .turning_places(Phase::AsLeft)
        .iter()
        .filter(|place| place.repeat == 1)
        .map(Place::key)
        .collect();
    let each = [50, 65, 80].map(|hz| [format!("left rate {hz} 1"), format!("left current {hz} 1")]);
    assert_eq!(order, each.concat());
    let rest = settings.rest_places(Phase::AsFound);
    let rest: Vec<String> = rest.iter().map(Place::key).collect();
    assert_eq!(rest, at(0).collect::<Vec<_>>());
    // Nothing of it where nobody asked for it.
    let without = of(Subject::Rate, false);
    assert_eq!(without.rest_places(Phase::AsFound), []);
    let turning = without.turning_places(Phase::AsFound);
    assert!(
        turning
            .iter()
            .all(|it| matches!(it.setting, Setting::Rate { .. }))
    );
}

#[test]
fn a_sensor_that_is_wrong_fails_where_it_is_wrong() {
    // What the pen tells of a current; the verdicts at rest and of the rises.
    type Tells = fn(i32) -> i32;
    let cases: [(&str, Tells, bool, bool); 6] = [
        ("as it is", |ma| ma, true, true),
        ("80 mA too much", |ma| ma + 80, false, true),
        ("80 mA too little", |ma| ma - 80, false, true),
        ("half of it", |ma| 17 + (ma - 17) / 2, true, false),
        ("twice", |ma| 17 + 2 * (ma - 17), true, false),
        ("always the same", |_| 17, true, false),
    ];
    for (what, tells, rest, rises) in cases {
        let (stage, mut client) = telling(5, tells);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let (outcome, _, events) = told(&mut client, &mut bench, &of(Subject::Current, false));
        let outcome = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        let run = outcome.report.as_found.current.unwrap();
        assert_eq!(run.rest.verdict.is_pass(), rest, "{what}: {:?}", run.rest);
        for row in &run.rises {
            assert_eq!(row.verdict.is_pass(), rises, "{what}: {row:?}");
        }
        assert_eq!(outcome.as_left.is_pass(), rest && rises, "{what}");
        // The zero is the result and never doubted; a slope as wrong as that is read twice.
        let doubted = events.iter().any(|it| matches!(it, Event::Doubted { .. }));
        assert_eq!(doubted, !rises, "{what}");
        assert_eq!(outcome.report.accepted.is_empty(), rises, "{what}");
    }
}

#[test]
fn cal_005_a_calibration_beside_a_current_is_signed_off_only_if_that_passes() {
    for subject in [Subject::All, Subject::Depth, Subject::Rate] {
        for too_much in [0, 80] {
            let (stage, mut client) = telling(5, move |ma| ma + too_much);
            let mut bench = SimBench::new(stage, 5, Decides::Yes);
            let (outcome, notes, _) = told(&mut client, &mut bench, &of(subject, true));
            let outcome = outcome.unwrap();
            let is_good = too_much == 0;
            assert_eq!(outcome.as_left.is_pass(), is_good, "{subject:?}");
            // What could not be signed off is not put in force.
            let generation = if is_good { 2 } else { 1 };
            assert_eq!(outcome.generation, generation, "{subject:?}");
            assert_eq!(notes.contains("has to be repaired"), !is_good, "{notes}");
            // Nothing but the current is in the way.
            assert!(!notes.contains("adjusts both"), "{subject:?}: {notes}");
            client.wait(Duration::from_millis(50));
            let locks = client.status().unwrap().locks;
            assert!(!locks.has(Lock::Unverified), "{subject:?}");
            assert_eq!(outcome.report.raw.left_current.is_empty(), !is_good);
            let method = outcome.report.procedure;
            assert!(method.contains(", motor current checked ("), "{method}");
        }
    }
}

#[test]
fn cal_005_a_current_that_fails_as_left_alone_is_not_signed_off() {
    use std::cell::Cell;
    use std::rc::Rc;
    let too_much = Rc::new(Cell::new(0));
    let now = Rc::clone(&too_much);
    let (stage, mut client) = telling(5, move |ma| ma + now.get());
    let bench = SimBench::new(stage, 5, Decides::Yes);
    let mut bench = Disturbed::by(bench, move |question| {
        if question == "left gauge" {
            too_much.set(80);
        }
        Ok(())
    });
    let (outcome, notes, events) = told(&mut client, &mut bench, &of(Subject::All, true));
    let outcome = outcome.unwrap();
    assert_eq!(outcome.as_found, Verdict::Pass);
    assert_eq!(outcome.as_left, Verdict::Fail);
    assert!(notes.contains("as left is no plain pass"), "{notes}");
    assert!(
        !events
            .iter()
            .any(|it| matches!(it, Event::SignedOff { .. }))
    );
    client.wait(Duration::from_millis(50));
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
}

/// A technician to whom nothing happens yet.
fn undisturbed(stage: SimStage, seed: u64) -> Disturbed {
    Disturbed::by(SimBench::new(stage, seed, Decides::Yes), |_| Ok(()))
}

#[test]
fn whoever_gives_up_at_the_meter_leaves_a_motor_at_rest() {
    // At rest, and while it turns: the fourth question of the meter is the first with the motor on.
    for at in [1, 4, 6] {
        let (stage, mut client) = pen(5, true);
        let mut bench = undisturbed(stage.clone(), 5);
        let mut questions = 0;
        bench.now = Box::new(move |question| {
            questions += usize::from(question == "meter");
            if questions == at && question == "meter" {
                return Err(HostError::aborted("the calibration"));
            }
            Ok(())
        });
        let (outcome, _, events) = told(&mut client, &mut bench, &of(Subject::Current, false));
        assert_eq!(outcome.unwrap_err().class, Class::Aborted, "{at}");
        assert_eq!(keys(&events).len(), at - 1);
        client.wait(Duration::from_millis(1_000));
        assert_eq!(client.status().unwrap().mode, Mode::Locked, "{at}");
        let truth = stage.truth();
        assert!(!truth.powered && truth.rate_hz.abs() < 0.1, "{at}");
    }
}

#[test]
fn a_run_goes_on_at_the_reading_of_the_meter_at_which_it_was_ended() {
    let settings = of(Subject::Current, false);
    let whole = {
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let mut events: Vec<Event> = Vec::new();
        let replay = Replay::default();
        kept(&mut client, &mut bench, &settings, &mut events, replay).unwrap();
        events
    };
    let is_meter = |event: &Event| matches!(event, Event::Taken(taken) if matches!(taken.place.setting, Setting::Current { .. }));
    let places: Vec<usize> = (0..whole.len())
        .filter(|at| is_meter(&whole[*at]))
        .collect();
    assert_eq!(places.len(), 9);
    for room in places {
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let mut store = Full {
            events: Vec::new(),
            room,
        };
        let replay = Replay::default();
        let ended = kept(&mut client, &mut bench, &settings, &mut store, replay);
        assert_eq!(ended.unwrap_err().class, Class::RecordStore, "{room}");
        store.room = usize::MAX;
        let replay = Replay::of(&store.events);
        let read = replay.readings();
        let from = store.events.len();
        let outcome = kept(&mut client, &mut bench, &settings, &mut store, replay).unwrap();
        assert_eq!(outcome.as_left, Verdict::Pass, "{room}");
        let again = store.events[from..].iter();
        let again = again.filter(|it| matches!(it, Event::Taken(_))).count();
        assert_eq!(read + again, settings.count(Phase::AsFound), "{room}");
        let run = outcome.report.as_found.current.unwrap();
        assert_eq!(run.rest.n, 3);
        assert!(run.rises.iter().all(|row| row.n == 3));
    }
}

#[test]
fn a_run_with_a_meter_is_not_gone_on_with_without_it() {
    for began_with in [true, false] {
        let (stage, mut client) = pen(5, true);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let mut store = Full {
            events: Vec::new(),
            room: 8,
        };
        let settings = of(Subject::Verify, began_with);
        let replay = Replay::default();
        kept(&mut client, &mut bench, &settings, &mut store, replay).unwrap_err();
        store.room = usize::MAX;
        let other = of(Subject::Verify, !began_with);
        let replay = Replay::of(&store.events);
        let error = kept(&mut client, &mut bench, &other, &mut store, replay).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
        let fix = if began_with {
            "go on with --current"
        } else {
            "go on without --current"
        };
        assert!(error.fix.contains(fix), "{error}");
        assert!(error.why.contains("the motor current"), "{error}");
    }
}

#[test]
fn a_run_of_before_there_was_a_meter_is_read_as_one_without() {
    let Event::Began(began) = super::super::Began::given(1, None) else {
        panic!("no beginning");
    };
    let text = serde_json::to_string(&began).unwrap();
    assert!(!text.contains("current"), "{text}");
    let read: super::super::Began = serde_json::from_str(&text).unwrap();
    assert_eq!(read, began);
    assert!(!read.current);
    let with = super::super::Began {
        current: true,
        ..began
    };
    let text = serde_json::to_string(&with).unwrap();
    assert!(text.contains("\"current\":true"), "{text}");
    assert_eq!(
        serde_json::from_str::<super::super::Began>(&text).unwrap(),
        with
    );
}

#[test]
fn a_meter_in_no_lead_is_refused_at_its_first_reading_with_the_motor_on() {
    // It shows nothing, or is the other way round, and the pen's sensor sees nothing either.
    for shows_ua in [0, -41_000] {
        let (stage, mut client) = telling(5, |_| 0);
        let mut bench = undisturbed(stage.clone(), 5);
        bench.meter_ua = Some(shows_ua);
        let (outcome, _, events) = told(&mut client, &mut bench, &of(Subject::Current, false));
        let error = outcome.unwrap_err();
        assert!(
            error.why.contains("is the meter in its lead"),
            "{shows_ua}: {error}"
        );
        // Three at rest were taken; the first with the motor on was not.
        assert_eq!(keys(&events).len(), 3, "{shows_ua}");
        client.wait(Duration::from_millis(1_000));
        assert!(!stage.truth().powered, "{shows_ua}");
    }
}

/// A calibrated pen that tells no depth, its ring inside the cartridge beyond the table.
fn silent(seed: u64) -> (SimStage, Client) {
    pen_at(seed, true, -150.0)
}

#[test]
fn a_pen_that_tells_no_depth_has_no_current_measured_and_says_so() {
    for subject in [Subject::Current, Subject::Verify] {
        let (stage, mut client) = silent(5);
        let mut bench = SimBench::new(stage, 5, Decides::Yes);
        let settings = Settings {
            adjust: Adjust::Never,
            ..of(subject, subject == Subject::Verify)
        };
        let (outcome, _, events) = told(&mut client, &mut bench, &settings);
        if subject == Subject::Current {
            let error = outcome.unwrap_err();
            assert!(error.why.contains("tells no depth"), "{error}");
            assert!(!events.iter().any(|it| matches!(it, Event::Taken(_))));
            continue;
        }
        let outcome = outcome.unwrap();
        assert_eq!(outcome.as_left, Verdict::ConditionalPass);
        let notes = outcome.report.notes.join("\n");
        assert!(
            notes.contains("The motor current was not measured"),
            "{notes}"
        );
        assert!(!notes.contains("was measured without load"), "{notes}");
    }
}

#[test]
fn pictures_of_a_current_lie_evenly_over_a_turn() {
    use crate::procedure::measure::apart;
    for hz in [50, 65, 80] {
        for late_us in [0.0, 300.0, 2_000.0] {
            let turns_apart = (apart(hz).as_secs_f64() + 1e-6 * late_us) * f64::from(hz);
            let mut tenths = [0; 10];
            for number in 0..192 {
                let at = 10.0 * (f64::from(number) * turns_apart).fract();
                let tenth = (1..10).take_while(|edge| at >= f64::from(*edge)).count();
                tenths[tenth] += 1;
            }
            // A tenth of them each; and no part is left out, whatever a link adds.
            let least = if late_us > 0.0 { 4 } else { 17 };
            let is_even = tenths.iter().all(|it| *it >= least);
            assert!(is_even, "{hz} Hz, {late_us} us: {tenths:?}");
        }
    }
}

#[test]
fn whoever_goes_back_from_the_first_reading_with_the_motor_on_reads_at_rest_again() {
    let (stage, mut client) = pen(5, true);
    let mut bench = undisturbed(stage.clone(), 5);
    // The fourth question of the meter is the first with the motor on.
    bench.goes_back_at = Some(4);
    let (outcome, _, events) = told(&mut client, &mut bench, &of(Subject::Current, false));
    let outcome = outcome.unwrap();
    assert_eq!(outcome.as_left, Verdict::Pass);
    let order: Vec<String> = keys(&events);
    assert_eq!(
        order[..5],
        [
            "current 0 1",
            "current 0 2",
            "current 0 3",
            "current 0 3",
            "current 50 1"
        ]
    );
    let run = outcome.report.as_found.current.unwrap();
    // Read while the motor stood, and not while it ran out.
    assert!(run.rest.reference_ma.to_f64().abs() < 1.0, "{:?}", run.rest);
    assert_eq!(run.rest.n, 3);
}

#[test]
fn cal_005_a_pen_that_told_no_depth_and_whose_current_fails_gets_its_report_and_no_sign_off() {
    // Its current is measured after a first commit, and it is adjusted to the end, so that there is a report.
    let (stage, mut client) = telling(5, |ma| ma + 80);
    stage.pen(|pen| pen.hand().turn_ring(-150.0));
    stage.run(2_000);
    assert_eq!(client.status().unwrap().depth, None);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let (outcome, notes, events) = told(&mut client, &mut bench, &of(Subject::All, true));
    let outcome = outcome.unwrap();
    assert_eq!(outcome.as_left, Verdict::Fail);
    let current = outcome.report.as_left.current.unwrap();
    assert!(!current.rest.verdict.is_pass(), "{:?}", current.rest);
    assert!(notes.contains("as left is no plain pass"), "{notes}");
    let commits = events
        .iter()
        .filter(|it| matches!(it, Event::Committed { .. }));
    assert_eq!(commits.count(), 2);
    assert!(
        !events
            .iter()
            .any(|it| matches!(it, Event::SignedOff { .. }))
    );
    client.wait(Duration::from_millis(50));
    assert!(client.status().unwrap().locks.has(Lock::Unverified));
}

#[test]
fn the_name_of_a_procedure_says_what_was_measured_and_no_more() {
    use crate::procedure::record::procedure;
    for (subject, current, words) in [
        (Subject::All, false, ""),
        (Subject::All, true, ", motor current checked"),
        (Subject::Verify, false, ", measured only"),
        (
            Subject::Verify,
            true,
            ", measured only, motor current checked",
        ),
        (Subject::Current, false, ", motor current measured"),
        (Subject::Current, true, ", motor current measured"),
    ] {
        assert_eq!(
            procedure(&of(subject, current)),
            format!("CAL-DEPTH-RATE revision 3{words} (docs/calibration.md)")
        );
    }
}

#[test]
fn a_meter_that_sends_is_asked_nothing_and_one_that_is_read_is() {
    for current in [true, false] {
        let asks = Asks::Unsent {
            depth: !current,
            rate: !current,
            current,
        };
        let text = template(&of(Subject::All, true), asks);
        assert_eq!(text.contains("meter in mA"), !current, "{text}");
        assert_eq!(text.contains("tachometer in Hz"), current, "{text}");
    }
}

#[test]
fn a_meter_has_3_s_to_settle_at_each_rate_and_the_pen_is_read_all_over_a_turn() {
    let (stage, mut client, heard) = tapped(5, |_, answer, _| vec![answer]);
    let mut bench = SimBench::new(stage, 5, Decides::Yes);
    let (outcome, _, _) = told(&mut client, &mut bench, &of(Subject::Current, false));
    outcome.unwrap();
    let heard = heard.borrow();
    let mut rates = 0;
    for (index, (began, _, asked)) in heard.iter().enumerate() {
        let ToPen::Run(rate) = asked else {
            continue;
        };
        // Until the motor is stopped or runs at another rate: when the pen was asked how it is.
        let looks: Vec<Duration> = heard[index + 1..]
            .iter()
            .take_while(|(_, _, asked)| !matches!(asked, ToPen::Run(_) | ToPen::Stop))
            .filter(|(_, _, asked)| *asked == ToPen::Status)
            .map(|(at, _, _)| *at)
            .collect();
        // 192 pictures each time; what else asks does it one by one.
        let series: Vec<&[Duration]> = looks
            .chunk_by(|one, next| *next - *one < Duration::from_millis(100))
            .filter(|series| series.len() == 192)
            .collect();
        if series.is_empty() {
            continue;
        }
        rates += 1;
        // For each of three readings twice: for its prompt, and with it.
        assert_eq!(series.len(), 6, "{rate:?}");
        // 0.7 s to come up to speed, 3 s for the meter; and nothing of that between readings of one rate.
        let settled = series[0][0] - *began;
        assert!(
            settled >= Duration::from_millis(3_700),
            "{rate:?}: {settled:?}"
        );
        for both in series.windows(2) {
            let paused = both[1][0] - both[0][191];
            assert!(paused < Duration::from_secs(1), "{rate:?}: {paused:?}");
        }
        for pictures in series {
            // From one to the next 0.618 of a turn, 191 times.
            let turns =
                (pictures[191] - pictures[0]).as_secs_f64() * 1e-3 * f64::from(rate.rate.as_mhz());
            assert!((117.0..121.0).contains(&turns), "{rate:?}: {turns} turns");
        }
    }
    assert_eq!(rates, 2);
}
