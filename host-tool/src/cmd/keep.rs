//! What a calibration leaves behind: its records, and the two files of its report.

use std::path::{Path, PathBuf};

use pen_core::locks::Lock;
use pen_protocol::messages::Which;
use serde_json::Value;

use super::calibrate::Paper;
use super::pdf;
use super::records::StoreArgs;
use crate::client::Client;
use crate::error::HostError;
use crate::fresh;
use crate::metrology::{DecisionRule, Verdict};
use crate::procedure::{Event, Observer, Outcome, Subject, Undone};
use crate::report::{Document, Fact, calibration_document, calibration_json};
use crate::store::{
    Access, Calibration, Deviation, Draft, Kind, Pen, Records, Returned, RunLog, Stays, day_text,
};
use crate::words;

/// The files of a report.
const PAGE: &str = "calibration.html";
const DATA: &str = "calibration.json";
const PDF: &str = "calibration.pdf";

/// Calibrations that the figure of a certificate shows, the new one among them.
const SHOWN: usize = 12;

/// Folders that are tried when nobody named one.
const FOLDERS: u32 = 10_000;

/// Where the report will be, known before the first question.
///
/// # Errors
/// The folder that was named has a report already, or nothing can be written there.
pub(crate) fn folder(named: Option<&str>, serial: &str) -> Result<PathBuf, HostError> {
    let folder = match named {
        Some(named) => {
            let folder = PathBuf::from(named);
            for file in [PAGE, DATA, PDF] {
                fresh::is_free(&folder.join(file))?;
            }
            folder
        }
        None => (1..FOLDERS)
            .map(|number| match number {
                1 => format!("calibration-{serial}"),
                more => format!("calibration-{serial}-{more}"),
            })
            .map(PathBuf::from)
            .find(|folder| fresh::is_free(folder).is_ok())
            .ok_or_else(|| HostError::file_exists(&format!("calibration-{serial}-{FOLDERS}")))?,
    };
    fresh::has_room(&folder)?;
    Ok(folder)
}

/// The records of a calibration that has not begun.
#[derive(Debug)]
pub(crate) struct Keep {
    records: Records,
    pen: Pen,
    resumes: Option<i64>,
}

impl Keep {
    /// Opens the store to write into it.
    ///
    /// # Errors
    /// It cannot be opened or written.
    pub(crate) fn open(
        store: &StoreArgs,
        client: &mut Client,
        is_simulated: bool,
        resumes: Option<i64>,
    ) -> Result<Self, HostError> {
        let records = store.open(is_simulated, Access::Write)?;
        let firmware = client.info()?.firmware.to_string();
        let hello = client.hello();
        Ok(Self {
            records,
            pen: Pen {
                serial: words::serial(hello.serial),
                model: hello.model.to_string(),
                firmware,
                simulated: is_simulated,
            },
            resumes,
        })
    }

    /// What happened in the run that this one goes on with; nothing if it goes on with none.
    ///
    /// # Errors
    /// That run cannot be gone on with.
    pub(crate) fn earlier(&mut self) -> Result<Vec<Event>, HostError> {
        match self.resumes {
            Some(number) => self.records.events_to_resume(number, &self.pen.serial),
            None => Ok(Vec::new()),
        }
    }

    /// What the records know against a generation of this pen's calibration; nothing if it passed when it
    /// was measured last, or never was.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) fn doubt(&mut self, generation: u32) -> Result<Option<Verdict>, HostError> {
        let last = self.records.last_verdict(&self.pen.serial, generation)?;
        Ok(last.filter(|verdict| *verdict != Verdict::Pass))
    }

    /// What a certificate has to say of the part that stays, beside one that is adjusted alone; nothing when the
    /// records have it.
    ///
    /// # Errors
    /// What stays did not pass when it was measured last, or the store cannot be read.
    pub(crate) fn stays(
        &mut self,
        generation: u32,
        subject: Subject,
    ) -> Result<Option<String>, HostError> {
        if !subject.is_part() {
            return Ok(None);
        }
        match self.records.stays(&self.pen.serial, generation, subject)? {
            Stays::Passed => Ok(None),
            Stays::Unknown => Ok(Some(format!(
                "What stayed rests on the sign-off in the pen: the records have no measurement of generation \
                 {generation}."
            ))),
            Stays::DidNotPass { made, certificate } => Err(HostError::usage(
                "only a part of the pen was to be calibrated",
                format!(
                    "what would stay did not pass when it was measured on {made} ({certificate})"
                ),
            )
            .with_fix("calibrate it whole: `penctl calibrate all`")),
        }
    }

    /// Keeps that the calibration before returned.
    ///
    /// # Errors
    /// The store cannot be written, or the link broke.
    pub(crate) fn returned(
        &mut self,
        undone: &Undone,
        client: &mut Client,
    ) -> Result<(), HostError> {
        let due = due_day(client)?;
        let serial = &self.pen.serial;
        let returned = Returned {
            returned: undone.returned,
            generation: undone.generation,
            verified: undone.is_verified,
            due: due.map_or_else(String::new, day_text),
            simulated: self.pen.simulated,
        };
        let pen = Draft::new(Kind::Pen, serial, &self.pen)?.about(serial)?;
        let draft = Draft::new(Kind::Return, serial, &returned)?.about(serial)?;
        self.records.update(pen)?;
        self.records.append(&[draft.due(due)]).map(drop)
    }

    /// The log of the run that begins now.
    ///
    /// # Errors
    /// The store cannot be written, or this computer's clock is behind it.
    pub(crate) fn log(&mut self) -> Result<RunLog<'_>, HostError> {
        RunLog::new(&mut self.records, self.pen.clone(), self.resumes)
    }
}

/// When the calibration in force is due again; never of one that is not signed off, with which the pen
/// treats nobody.
///
/// # Errors
/// The link broke.
fn due_day(client: &mut Client) -> Result<Option<i64>, HostError> {
    if client.status()?.locks.has(Lock::Unverified) {
        return Ok(None);
    }
    let found = client.calibration(Which::Current)?.found;
    Ok(found.map(|found| i64::from(found.calibration.due_day)))
}

/// Keeps the report under the run's own number, then writes its files.
///
/// # Errors
/// The store or the folder cannot be written, or a PDF cannot show a text.
pub(crate) fn finish(
    log: &mut RunLog<'_>,
    outcome: &mut Outcome,
    paper: Paper,
    client: &mut Client,
    folder: &Path,
) -> Result<(), HostError> {
    let is_pdf = paper.is_pdf;
    let (document, data) = settle(log, outcome, paper, client)?;
    let written = write(folder, &document.html(), &data).and_then(|()| {
        if is_pdf {
            fresh::write(&folder.join(PDF), pdf::of(&document)?)?;
        }
        Ok(())
    });
    written.map_err(|error| {
        let number = &outcome.report.id;
        let fix = format!(
            "it is kept: `penctl export --certificate {number} --out FILE` writes it again"
        );
        error.with_fix(fix)
    })
}

/// Keeps the report under the run's own number. Returns it for people and for programs.
///
/// # Errors
/// The store cannot be written, or the pen is gone; then that is kept as the end of the run.
pub(crate) fn settle(
    log: &mut RunLog<'_>,
    outcome: &mut Outcome,
    paper: Paper,
    client: &mut Client,
) -> Result<(Document, Value), HostError> {
    let noted = note_down(log, outcome, paper, client).inspect_err(|error| {
        // A store that cannot keep this either says so when the run is gone on with.
        let _ = log.event(&Event::Ended {
            class: error.class,
            why: format!("{}: {}", error.what, error.why),
            in_force: String::new(),
        });
    })?;
    let document = calibration_document(&outcome.report);
    let data = calibration_json(&outcome.report);
    let kept = serde_json::to_value(&document);
    let kept = kept.map_err(|error| HostError::internal(error.to_string()))?;
    log.finish(&noted, data.clone(), document.html(), kept)?;
    Ok((document, data))
}

/// Writes on the report what the records and the pen know besides the measurement. Returns the result in short.
fn note_down(
    log: &mut RunLog<'_>,
    outcome: &mut Outcome,
    paper: Paper,
    client: &mut Client,
) -> Result<Calibration, HostError> {
    // The motor rests: another program that holds the store may be waited for.
    log.wait_patiently()?;
    if let Some(number) = log.certificate() {
        number.clone_into(&mut outcome.report.id);
    }
    if let Some(number) = log.number() {
        let fact = Fact::new("Run in the records", number.to_string());
        outcome.report.record.push(fact);
    }
    let digest = Fact::new("Newest digest of the records", log.digest()?);
    outcome.report.record.push(digest);
    if let Some(name) = log.operator()? {
        outcome.report.operator = format!("{name}, {}", outcome.report.operator);
    }
    let due = due_day(client)?;
    paper.head(outcome, due);
    let result = summary(outcome, due.unwrap_or(-1));
    outcome.report.history = log.earlier(SHOWN - 1)?;
    outcome.report.history.push(result.clone());
    if outcome.report.next_due.is_none() {
        // Nobody agreed that this paper says when the next is due, in no place of it.
        for earlier in &mut outcome.report.history {
            earlier.due.clear();
        }
    }
    Ok(result)
}

/// The two files.
fn write(folder: &Path, page: &str, data: &Value) -> Result<(), HostError> {
    let failed =
        |error: std::io::Error| HostError::of_store_file(&folder.display().to_string(), &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    fresh::write(&folder.join(PAGE), page)?;
    fresh::write(&folder.join(DATA), pretty(data)?)
}

/// JSON for a file.
pub(crate) fn pretty(data: &Value) -> Result<String, HostError> {
    serde_json::to_string_pretty(data)
        .map(|text| text + "\n")
        .map_err(|error| HostError::internal(error.to_string()))
}

/// The page of a report in this folder.
pub(crate) fn page_in(folder: &Path) -> String {
    folder.join(PAGE).display().to_string()
}

/// The PDF of a report in this folder.
pub(crate) fn pdf_in(folder: &Path) -> String {
    folder.join(PDF).display().to_string()
}

/// The result in short, for `history` and `due`.
fn summary(outcome: &Outcome, due: i64) -> Calibration {
    let (found, left) = (&outcome.report.as_found, &outcome.report.as_left);
    let depth = left.depth.rows.iter().map(|row| {
        let before = found
            .depth
            .rows
            .iter()
            .find(|before| before.nominal_um == row.nominal_um)
            .unwrap_or(row);
        Deviation {
            at: f64::from(row.nominal_um),
            found: before.deviation_um.to_f64(),
            left: row.deviation_um.to_f64(),
            expanded: row.expanded_um.to_f64(),
        }
    });
    let before = found.rate.iter().flat_map(|run| &run.rows);
    let rate = left.rate.iter().flat_map(|run| &run.rows).map(|row| {
        let before = before
            .clone()
            .find(|before| before.set_mhz == row.set_mhz)
            .unwrap_or(row);
        Deviation {
            at: f64::from(row.set_mhz) / 1_000.0,
            found: before.deviation_percent.to_f64(),
            left: row.deviation_percent.to_f64(),
            expanded: row.expanded_percent.to_f64(),
        }
    });
    Calibration {
        subject: outcome.subject,
        generation: outcome.generation,
        made: outcome.report.calibrated.clone().unwrap_or_default(),
        due: day_text(due),
        as_found: outcome.as_found.word().to_ascii_lowercase(),
        as_left: outcome.as_left.word().to_ascii_lowercase(),
        depth_tolerance: DecisionRule::DEPTH.tolerance(),
        depth: depth.collect(),
        rate_tolerance: DecisionRule::RATE.tolerance(),
        rate: rate.collect(),
        certificate: outcome.report.id.clone(),
        ..Calibration::default()
    }
}

#[cfg(test)]
mod tests {
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

    fn began(serial: u64) -> Event {
        Event::Began(Began {
            procedure: "CAL 2".to_owned(),
            serial,
            in_force: Some((1, 0xabcd)),
            found: None,
            points: "full".to_owned(),
            repeats: 3,
            subject: Subject::All,
            adjust: Adjust::Auto,
            technician: 7,
            due_in_days: 365,
            day: 2_517,
        })
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
        bench.prepare(&mut client).unwrap();
        bench.attend(&mut client, true).unwrap();
        client.authorise(Role::Technician).unwrap();
        client.demand(&ToPen::EnterService).unwrap();
        let undone = undo(&mut client).unwrap();
        assert_eq!((undone.returned, undone.generation), (1, 3));
        assert!(!undone.is_verified);
        assert_eq!(due_day(&mut client).unwrap(), None);
        let mut keep = Keep::open(&store, &mut client, true, None).unwrap();
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
        let mut keep = Keep::open(&store, &mut client, true, None).unwrap();
        assert_eq!(keep.earlier(), Ok(Vec::new()));
        let began = began(client.hello().serial);
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
    fn a_certificate_shows_the_last_twelve_calibrations_and_keeps_no_day_that_the_pen_does_not_have()
     {
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
            let mut keep = Keep::open(&store, &mut client, true, None).unwrap();
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
            log.event(&began(client.hello().serial)).unwrap();
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
        let mut keep = Keep::open(&store, &mut client, true, None).unwrap();
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
        let mut keep = Keep::open(&store, &mut client, true, None).unwrap();
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
        let told =
            |it: &Deviation| [it.at, it.found, it.left, it.expanded].map(|it| it.to_string());
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
        assert!((short.depth_tolerance - 100.0).abs() < 1e-9);
        assert!(
            (short.rate_tolerance - 5.0).abs() < 1e-9,
            "{}",
            short.rate_tolerance
        );
    }
}
