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
        resumes: Option<i64>,
    ) -> Result<Self, HostError> {
        let is_simulated = client.hello().is_simulated();
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
    outcome.report.history = log.earlier(SHOWN - 1)?;
    let before = outcome.report.history.last();
    let result = summary(outcome, due.unwrap_or(-1)).after(before);
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
        current: left.current.as_ref().map_or_else(String::new, |run| {
            left.stated(run.verdict).word().to_ascii_lowercase()
        }),
        certificate: outcome.report.id.clone(),
        ..Calibration::default()
    }
}

#[cfg(test)]
mod tests;
