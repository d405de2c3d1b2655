use std::path::PathBuf;
use std::time::Duration;

use pen_core::request::Role;
use pen_protocol::messages::ToPen;

use super::{Keep, Paper, due_day, folder, page_in, pdf_in, pretty, settle, summary, write};
use crate::client::{Client, Patience};
use crate::clock::{Clock, RealClock};
use crate::cmd::records::StoreArgs;
use crate::error::Code;
use crate::link::sim::SimStage;
use crate::metrology::{DepthRow, Verdict};
use crate::procedure::Outcome;
use crate::procedure::{
    Adjust, Began, Bench, Decides, Event, Observer, Phase, Points, Replay, Settings, SimBench,
    Subject, calibrate, calibrate_kept, undo,
};
use crate::report::sample;
use crate::store::{Calibration, Deviation, Draft, DueState, Kind, Returned, due};
use pen_sim::pen::Options;

/// A folder of this test's own, a store in it, and a pen.
fn beside(name: &str) -> (PathBuf, StoreArgs, SimStage, Client) {
    let at = std::env::temp_dir().join(format!("penctl-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&at).unwrap();
    let file = at.join("records.db");
    let store = StoreArgs {
        store: Some(file.to_str().unwrap().parse().unwrap()),
    };
    let stage = SimStage::new(5).unwrap();
    let client = Client::connect(Box::new(stage.link()), Patience::default()).unwrap();
    (at, store, stage, client)
}

#[test]
fn a_report_is_never_written_over_another() {
    let at = std::env::temp_dir().join(format!("penctl-keep-{}", std::process::id()));
    let named = at.join("new");
    let named = named.to_str().unwrap();
    let place = folder(Some(named), "000042").unwrap();
    assert!(!at.exists(), "asking leaves no trace");
    let data = serde_json::json!({ "a": 1 });
    write(&place, "first", &data).unwrap();
    let again = folder(Some(named), "000042").unwrap_err();
    assert_eq!((again.code, again.exit_code()), (Code::FileExists, 50));
    let late = write(&place, "second", &data).unwrap_err();
    assert_eq!(late.code, Code::FileExists);
    let kept = std::fs::read_to_string(place.join("calibration.html")).unwrap();
    assert_eq!(kept, "first");
    std::fs::remove_dir_all(&at).unwrap();
}

#[test]
fn an_undone_calibration_is_kept_and_makes_no_pen_in_date_that_is_not_signed_off() {
    let (at, store, stage, mut client) = beside("undone");
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Always,
        repeats: 2,
        ..Settings::default()
    };
    let made = calibrate(&mut client, &mut bench, &settings, &mut |_| {}).unwrap();
    assert_eq!((made.generation, made.as_left), (2, Verdict::Pass));
    assert!(due_day(&mut client).unwrap().is_some());
    // The one before is no longer the one that was signed off last.
    bench.prepare(&mut client, &Settings::default()).unwrap();
    bench.attend(&mut client, true).unwrap();
    client.authorise(Role::Technician).unwrap();
    client.demand(&ToPen::EnterService).unwrap();
    let undone = undo(&mut client).unwrap();
    assert_eq!((undone.returned, undone.generation), (1, 3));
    assert!(!undone.is_verified);
    assert_eq!(due_day(&mut client).unwrap(), None);
    let mut keep = Keep::open(&store, &mut client, None).unwrap();
    assert_eq!(keep.doubt(1).unwrap(), None, "nobody measured it");
    keep.returned(&undone, &mut client).unwrap();
    let serial = keep.pen.serial.clone();
    let record = keep.records.newest(Kind::Return, &serial).unwrap().unwrap();
    assert_eq!(record.draft.due, None);
    let kept: Returned = record.read().unwrap();
    assert_eq!(
        (kept.returned, kept.generation, kept.verified),
        (1, 3, false)
    );
    let list = due(&mut keep.records, 2_517).unwrap();
    assert_eq!((list.len(), list[0].state), (1, DueState::Unverified));
    std::fs::remove_dir_all(&at).unwrap();
}

#[test]
fn an_earlier_run_is_known_with_what_speaks_against_the_calibration_it_measured() {
    let (at, store, _, mut client) = beside("doubt");
    let mut keep = Keep::open(&store, &mut client, None).unwrap();
    assert_eq!(keep.earlier(), Ok(Vec::new()));
    let began = Began::given(client.hello().serial, Some((1, 0xabcd)));
    let phase = Phase::AsFound;
    for (verdict, doubt) in [
        (Verdict::Fail, Some(Verdict::Fail)),
        (Verdict::Pass, None),
        (Verdict::ConditionalPass, Some(Verdict::ConditionalPass)),
    ] {
        let events = [began.clone(), Event::Judged { phase, verdict }];
        let mut log = keep.log().unwrap();
        for event in &events {
            log.event(event).unwrap();
        }
        let number = log.number();
        assert_eq!(keep.doubt(1).unwrap(), doubt);
        assert_eq!(keep.doubt(2).unwrap(), None);
        keep.resumes = number;
        assert_eq!(keep.earlier().unwrap(), events);
        keep.resumes = None;
    }
    std::fs::remove_dir_all(&at).unwrap();
}

fn outcome() -> Outcome {
    Outcome {
        report: sample::calibration(),
        subject: Subject::All,
        as_found: Verdict::Fail,
        as_left: Verdict::Pass,
        generation: 5,
    }
}

#[test]
fn a_certificate_shows_the_last_twelve_calibrations_and_keeps_no_day_that_the_pen_does_not_have() {
    // A pen that has a calibration, signed off, and one that has none.
    for (has_calibration, earlier) in [(true, 14), (false, 2)] {
        let (at, store, _, _) = beside(&format!("shown-{earlier}"));
        let options = Options {
            seed: 5,
            calibrated: has_calibration,
            ..Options::default()
        };
        let stage = SimStage::in_memory(&options).unwrap();
        stage.run(1_000);
        let link = Box::new(stage.link());
        let mut client = Client::connect(link, Patience::default()).unwrap();
        let mut keep = Keep::open(&store, &mut client, None).unwrap();
        let serial = keep.pen.serial.clone();
        let before = (1..=earlier).map(|generation| {
            let seen = Calibration {
                generation,
                ..Calibration::default()
            };
            let draft = Draft::new(Kind::Calibration, &serial, &seen).unwrap();
            draft.about(&serial).unwrap()
        });
        let before: Vec<Draft> = before.collect();
        keep.records.append(&before).unwrap();
        let mut log = keep.log().unwrap();
        let began = Began::given(client.hello().serial, Some((1, 0xabcd)));
        log.event(&began).unwrap();
        let mut outcome = outcome();
        settle(&mut log, &mut outcome, Paper::default(), &mut client).unwrap();
        let shown = outcome.report.history.iter().map(|it| it.generation);
        let shown: Vec<u32> = shown.collect();
        let expected: Vec<u32> = match has_calibration {
            true => (4..=14).chain([5]).collect(),
            false => vec![1, 2, 5],
        };
        assert_eq!(shown, expected);
        let kept = keep.records.calibrations(&serial).unwrap().pop().unwrap();
        assert_eq!(kept.due == "-", !has_calibration, "{}", kept.due);
        let record = keep.records.newest(Kind::Calibration, &serial).unwrap();
        assert_eq!(record.unwrap().draft.due.is_some(), has_calibration);
        std::fs::remove_dir_all(&at).unwrap();
    }
}

#[test]
fn a_report_is_three_files_of_a_folder_and_its_data_end_with_a_line() {
    let folder = std::path::Path::new("cal");
    let named = [page_in(folder), pdf_in(folder)];
    let files = ["calibration.html", "calibration.pdf"].map(|it| folder.join(it));
    assert_eq!(named, files.map(|it| it.display().to_string()));
    let data = pretty(&serde_json::json!({ "a": [1] })).unwrap();
    assert_eq!(data, "{\n  \"a\": [\n    1\n  ]\n}\n");
}

#[test]
fn a_part_beside_one_that_did_not_pass_is_refused_with_its_certificate() {
    let (at, store, _, mut client) = beside("stays");
    let mut keep = Keep::open(&store, &mut client, None).unwrap();
    let note = keep.stays(1, Subject::Rate).unwrap().unwrap();
    assert!(note.contains("no measurement of generation 1"), "{note}");
    for (left, is_taken) in [(3.0, true), (90.0, false)] {
        let seen = Calibration {
            generation: 1,
            made: "2026-11-20".to_owned(),
            as_left: if is_taken { "pass" } else { "fail" }.to_owned(),
            certificate: "CAL-17".to_owned(),
            depth_tolerance: 100.0,
            depth: vec![Deviation {
                at: 500.0,
                found: left,
                left,
                expanded: 20.0,
            }],
            ..Calibration::default()
        };
        let serial = keep.pen.serial.clone();
        let draft = Draft::new(Kind::Calibration, &serial, &seen).unwrap();
        let draft = draft.about(&serial).unwrap();
        keep.records.append(&[draft]).unwrap();
        match keep.stays(1, Subject::Rate) {
            Ok(note) => assert!(is_taken && note.is_none(), "{note:?}"),
            Err(error) => {
                let text = error.to_string();
                assert!(!is_taken && error.exit_code() == 2, "{text}");
                for word in ["2026-11-20", "CAL-17", "penctl calibrate all"] {
                    assert!(text.contains(word), "{text}");
                }
            }
        }
        for whole in [Subject::All, Subject::Verify] {
            assert_eq!(keep.stays(1, whole), Ok(None));
        }
    }
    std::fs::remove_dir_all(&at).unwrap();
}

#[test]
fn a_store_that_is_held_when_the_run_is_over_loses_no_certificate() {
    let (at, store, stage, mut client) = beside("held");
    let mut bench = SimBench::new(stage.clone(), 5, Decides::Yes);
    let settings = Settings {
        adjust: Adjust::Never,
        points: Points::Short,
        repeats: 2,
        ..Settings::default()
    };
    let mut keep = Keep::open(&store, &mut client, None).unwrap();
    let mut log = keep.log().unwrap();
    let made = calibrate_kept(
        &mut client,
        &mut bench,
        &settings,
        &mut |_| {},
        &mut log,
        Replay::default(),
    );
    let mut made = made.unwrap();
    // Another program has the store for ten times as long as an event of a run waits for it.
    let (held, is_held) = std::sync::mpsc::channel();
    let path = at.join("records.db");
    let other = std::thread::spawn(move || {
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        held.send(()).unwrap();
        RealClock::new().wait(Duration::from_secs(1));
        other.execute_batch("ROLLBACK").unwrap();
    });
    is_held.recv().unwrap();
    settle(&mut log, &mut made, Paper::default(), &mut client).unwrap();
    other.join().unwrap();
    let number = log.certificate().unwrap().to_owned();
    assert_eq!(made.report.id, number);
    let run = log.number().unwrap();
    assert_eq!(keep.records.run(run).unwrap().word(), "finished");
    let kept = keep.records.newest(Kind::Certificate, &number).unwrap();
    assert!(kept.is_some());
    std::fs::remove_dir_all(&at).unwrap();
}

#[test]
fn the_summary_has_the_numbers_of_the_report() {
    let outcome = Outcome {
        subject: Subject::Depth,
        ..outcome()
    };
    let short = summary(&outcome, 2_882);
    let told = |it: &Deviation| [it.at, it.found, it.left, it.expanded].map(|it| it.to_string());
    let (found, left) = (&outcome.report.as_found, &outcome.report.as_left);
    assert_eq!(short.depth.len(), left.depth.rows.len());
    for (point, row) in short.depth.iter().zip(&left.depth.rows) {
        let same = |it: &&DepthRow| it.nominal_um == row.nominal_um;
        let before = found.depth.rows.iter().find(same).unwrap_or(row);
        let deviations = [before.deviation_um, row.deviation_um, row.expanded_um];
        let [before, now, expanded] = deviations.map(|it| it.to_f64().to_string());
        assert_eq!(
            told(point),
            [row.nominal_um.to_string(), before, now, expanded]
        );
    }
    let (before, rows) = (found.rate.as_ref().unwrap(), left.rate.as_ref().unwrap());
    let at = ["50", "80", "100", "117", "150"];
    assert_eq!((short.rate.len(), before.rows.len()), (at.len(), at.len()));
    for (number, point) in short.rate.iter().enumerate() {
        let (before, row) = (&before.rows[number], &rows.rows[number]);
        let deviations = [
            before.deviation_percent,
            row.deviation_percent,
            row.expanded_percent,
        ];
        let [before, now, expanded] = deviations.map(|it| it.to_f64().to_string());
        assert_eq!(told(point), [at[number].to_owned(), before, now, expanded]);
    }
    assert_eq!(short.subject, Subject::Depth);
    assert_eq!(short.made, outcome.report.calibrated.as_deref().unwrap());
    assert_eq!(short.certificate, outcome.report.id);
    assert_eq!((short.due.as_str(), short.generation), ("2027-11-22", 5));
    assert_eq!(
        (short.as_found.as_str(), short.as_left.as_str()),
        ("fail", "pass")
    );
    assert_eq!(short.current, "pass");
    let mut without = outcome;
    without.report.as_left.current = None;
    assert_eq!(summary(&without, 2_882).current, "");
    assert!((short.depth_tolerance - 100.0).abs() < 1e-9);
    assert!(
        (short.rate_tolerance - 5.0).abs() < 1e-9,
        "{}",
        short.rate_tolerance
    );
}
