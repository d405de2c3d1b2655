//! The reports of the story, and how they get into their folder: all of them or none.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pen_core::journal::Record;
use pen_core::mode::Mode;

use super::Told;
use super::witness::Row;
use crate::cmd::journal;
use crate::error::HostError;
use crate::report::{
    Fact, JournalRow, Mark, ModeSpan, Sample, SessionReport, Timeline, decimate_min_max,
    render_calibration_html, render_session_html,
};
use crate::words;

/// Most points of a curve.
const POINTS_MAX: usize = 1_600;

/// What is written, by name.
pub(crate) struct Files {
    files: Vec<(&'static str, String)>,
}

/// The files of a story.
pub(crate) fn files(told: &Told) -> Files {
    let session = session(told);
    Files {
        files: vec![
            (
                "calibration.html",
                render_calibration_html(&told.calibration.report),
            ),
            ("session.html", render_session_html(&session)),
            ("journal.jsonl", journal::lines(&told.journals).concat()),
            ("trace.csv", trace(&told.witness.rows)),
        ],
    }
}

impl Files {
    /// Names and texts.
    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
        self.files.clone()
    }

    /// Writes all of them into a folder: under other names first, so that an interrupt leaves
    /// nothing half-written under the right one.
    ///
    /// # Errors
    /// The folder or a file cannot be written; what was there before is still there.
    pub(crate) fn write(&self, folder: &str) -> Result<Vec<PathBuf>, HostError> {
        let broken = |path: &Path, error: &std::io::Error| {
            HostError::record_store(&path.to_string_lossy(), error.to_string())
        };
        let folder = Path::new(folder);
        fs::create_dir_all(folder).map_err(|error| broken(folder, &error))?;
        let mut renames = Vec::with_capacity(self.files.len());
        for (name, text) in &self.files {
            let (whole, part) = (folder.join(name), folder.join(format!(".{name}.part")));
            if let Err(error) = fs::write(&part, text) {
                remove(&renames);
                // It may not even be there.
                let _ = fs::remove_file(&part);
                return Err(broken(&whole, &error));
            }
            renames.push((part, whole));
        }
        if let Err(error) = super::still_wanted() {
            remove(&renames);
            return Err(error);
        }
        for (part, whole) in &renames {
            fs::rename(part, whole).map_err(|error| broken(whole, &error))?;
        }
        Ok(renames.into_iter().map(|(_, whole)| whole).collect())
    }
}

/// Takes back what was written under other names.
fn remove(parts: &[(PathBuf, PathBuf)]) {
    for (part, _) in parts {
        // What is not there needs no removing.
        let _ = fs::remove_file(part);
    }
}

/// The trace as a table for other programs.
fn trace(rows: &[Row]) -> String {
    let mut text = String::from(
        "t_ms,mode,true_peak_um,true_ring_um,depth_um,cap_um,true_rate_mhz,rate_mhz,rate_set_mhz,\
         current_ma,powered,braking,trigger,cable\n",
    );
    let or_empty = |value: Option<i32>| value.map_or_else(String::new, |value| value.to_string());
    for row in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            row.t_ms,
            mode_name(row.mode),
            or_empty(row.true_peak_um),
            row.true_ring_um,
            or_empty(row.depth_um),
            or_empty(row.cap_um),
            row.true_rate_mhz,
            row.rate_mhz,
            row.rate_set_mhz,
            row.current_ma,
            u8::from(row.powered),
            u8::from(row.braking),
            u8::from(row.trigger),
            u8::from(row.cable),
        );
    }
    text
}

fn mode_name(mode: Option<Mode>) -> &'static str {
    mode.map_or("down", |mode| words::mode(mode).0)
}

fn session(told: &Told) -> SessionReport {
    let (plan_name, plan_id) = &told.plan;
    let records: usize = told
        .journals
        .iter()
        .map(|journal| journal.records.len())
        .sum();
    let on_ms: u64 = told.zones.iter().map(|zone| zone.motor_on_ms).sum();
    let strokes: u64 = told.zones.iter().map(|zone| zone.strokes).sum();
    let fact = |label: &str, value: String| Fact::new(label, value);
    SessionReport {
        id: format!("SES-{}-{plan_id}", words::serial(told.serial)),
        simulated: Some(format!(
            "\u{26a0} Simulated pen, seed {} \u{2013} nobody was treated.",
            told.seed
        )),
        pen: vec![
            fact("Serial number", words::serial(told.serial)),
            fact("Firmware", told.firmware.clone()),
            fact("Calibration", format!("generation {}", told.calibration.generation)),
        ],
        session: vec![
            fact("Plan", format!("{plan_id}, {plan_name}")),
            fact("Cartridge", format!("{}, 12 needles", super::story::CARTRIDGE)),
            fact("Day", words::date(crate::link::sim::TODAY)),
        ],
        summary: vec![
            fact("Attempts", format!("{} of {} held", told.held(), told.attempts.len())),
            fact("Motor on", format!("{}.{:03} s", on_ms / 1_000, on_ms % 1_000)),
            fact("Strokes", strokes.to_string()),
            fact("Journal", format!("{records} records, numbered and chained without a gap")),
        ],
        zones: told.zones.clone(),
        attempts: told.attempts.clone(),
        timeline: timeline(told),
        journal: excerpt(told),
        journal_note: format!(
            "Mode changes are left out here; journal.jsonl has all {records} records. Numbers and \
             chain of both journals were verified."
        ),
        simulated_parts: vec![
            "Plant: battery, bridge, motor, cam, needles, skin; sensors with noise and offsets.".into(),
            "The hand that turns, presses, plugs and pulls.".into(),
            "Real: the firmware's application with its core, link, and storage on a simulated flash; \
             the protocol; this program."
                .into(),
        ],
    }
}

impl Told {
    /// How many attempts met a limit that held.
    pub(crate) fn held(&self) -> usize {
        self.attempts
            .iter()
            .filter(|attempt| attempt.is_held())
            .count()
    }
}

fn timeline(told: &Told) -> Timeline {
    let rows = &told.witness.rows;
    let curve = |value: fn(&Row) -> Option<i32>| -> Vec<Sample> {
        let all: Vec<Sample> = rows
            .iter()
            .filter_map(|row| {
                Some(Sample {
                    t_ms: row.t_ms,
                    value: value(row)?,
                })
            })
            .collect();
        decimate_min_max(&all, POINTS_MAX)
    };
    // A step line needs no more than its corners.
    let steps = |value: fn(&Row) -> i32| -> Vec<Sample> {
        let mut steps: Vec<Sample> = Vec::new();
        for row in rows {
            if steps.last().is_none_or(|last| last.value != value(row)) {
                steps.push(Sample {
                    t_ms: row.t_ms,
                    value: value(row),
                });
            }
        }
        steps
    };
    let end = rows.last().map_or(0, |row| row.t_ms);
    let entered = &told.witness.modes;
    let left = entered
        .iter()
        .skip(1)
        .map(|(at, _)| *at)
        .chain(std::iter::once(end));
    let modes = entered
        .iter()
        .zip(left)
        .map(|((from_ms, mode), to_ms)| ModeSpan {
            mode: mode_name(*mode).to_owned(),
            from_ms: *from_ms,
            to_ms,
        })
        .collect();
    Timeline {
        depth_measured_um: curve(|row| row.depth_um),
        depth_peak_um: curve(|row| row.true_peak_um),
        depth_cap_um: steps(|row| row.cap_um.unwrap_or(0)),
        rate_set_mhz: steps(|row| row.rate_set_mhz),
        rate_measured_mhz: curve(|row| Some(row.rate_mhz)),
        rate_true_mhz: curve(|row| Some(row.true_rate_mhz)),
        modes,
        marks: marks(told),
    }
}

/// Trips and stops as numbered marks.
fn marks(told: &Told) -> Vec<Mark> {
    told.marks
        .iter()
        .map(|(t_ms, text)| Mark {
            t_ms: *t_ms,
            text: text.clone(),
        })
        .collect()
}

/// What a reader of the page wants to see: everything but the changes of mode.
fn excerpt(told: &Told) -> Vec<JournalRow> {
    let mut rows = Vec::new();
    for journal in &told.journals {
        for (seq, _, entry) in &journal.records {
            let Some(entry) = entry else { continue };
            if matches!(entry.record, Record::ModeChanged { .. }) {
                continue;
            }
            rows.push(JournalRow {
                seq: u64::from(*seq),
                t_ms: entry.at.as_us() / 1_000,
                kind: words::record_kind(&entry.record),
                text: words::record(&entry.record),
            });
        }
    }
    rows
}
