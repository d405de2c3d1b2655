//! What is done so far, on disk: one line for each unit, so that an interrupted sweep goes on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::unit::UnitReport;

/// The file within the sweep's folder.
const NAME: &str = "state.jsonl";

/// Why a sweep could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder or a file in it.
    #[error("cannot write {path}: {error}; give another folder with --out")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// There is nothing to go on with.
    #[error("there is no {path}; leave out --resume to begin")]
    Nothing {
        /// Where it was looked for.
        path: String,
    },
    /// It belongs to another sweep.
    #[error(
        "{path} is of another sweep or another build: it says {found}, this one is {wanted}; leave out \
         --resume to begin anew, or give another folder with --out"
    )]
    Other {
        /// The file.
        path: String,
        /// Its first line.
        found: String,
        /// What the first line should be.
        wanted: String,
    },
}

/// The folder of a sweep, and every unit that is done.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    file: File,
    done: BTreeMap<usize, UnitReport>,
}

impl State {
    /// Begins in a folder; what a sweep left there before is forgotten.
    ///
    /// # Errors
    /// [`StateError::Folder`].
    pub fn begin(folder: &Path, header: &str) -> Result<Self, StateError> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        forget_files(folder)?;
        Self::write(folder, header, BTreeMap::new())
    }

    /// Goes on in a folder.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn resume(folder: &Path, header: &str) -> Result<Self, StateError> {
        let path = folder.join(NAME);
        let text = fs::read_to_string(&path).map_err(|_| StateError::Nothing {
            path: path.display().to_string(),
        })?;
        let mut lines = text.lines();
        let found = lines.next().unwrap_or("");
        if found != header {
            return Err(StateError::Other {
                path: path.display().to_string(),
                found: found.to_owned(),
                wanted: header.to_owned(),
            });
        }
        // The last line may be half a line: its unit is done again.
        let done = lines
            .map_while(|line| serde_json::from_str::<UnitReport>(line).ok())
            .map(|report| (report.number, report))
            .collect();
        Self::write(folder, header, done)
    }

    fn write(
        folder: &Path,
        header: &str,
        done: BTreeMap<usize, UnitReport>,
    ) -> Result<Self, StateError> {
        let path = folder.join(NAME);
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        let mut state = Self {
            folder: folder.to_owned(),
            file,
            done: BTreeMap::new(),
        };
        state.line(header)?;
        for report in done.into_values() {
            state.keep(report)?;
        }
        Ok(state)
    }

    /// Adds a unit, with the files that it brings.
    ///
    /// # Errors
    /// [`StateError::Folder`].
    pub fn add(&mut self, mut report: UnitReport) -> Result<(), StateError> {
        for (name, text) in std::mem::take(&mut report.files) {
            let path = self.folder.join(name);
            fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
        self.keep(report)
    }

    fn keep(&mut self, report: UnitReport) -> Result<(), StateError> {
        let line = serde_json::to_string(&report).unwrap_or_default();
        self.line(&line)?;
        self.done.insert(report.number, report);
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), StateError> {
        self.file
            .write_all(format!("{line}\n").as_bytes())
            .map_err(|error| failed(&self.folder.join(NAME), error))
    }

    /// Whether a unit is done.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        self.done.contains_key(&number)
    }

    /// Every unit that is done, by number.
    pub fn reports(&self) -> impl Iterator<Item = &UnitReport> {
        self.done.values()
    }
}

/// Scenario files of a sweep before would look like findings of this one.
fn forget_files(folder: &Path) -> Result<(), StateError> {
    if !folder.join(NAME).exists() {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let is_ours = path.extension().is_some_and(|ending| ending == "toml")
            && path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                name.bytes().take(5).all(|byte| byte.is_ascii_digit())
            });
        if is_ours {
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}

fn failed(path: &Path, error: io::Error) -> StateError {
    StateError::Folder {
        path: path.display().to_string(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{NAME, State, StateError};
    use crate::sweep::UnitReport;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pen-sweep-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn unit(number: usize) -> UnitReport {
        UnitReport {
            number,
            source: "x.y".to_owned(),
            files: vec![(format!("{number:05}a_x.toml"), "text".to_owned())],
            ..UnitReport::default()
        }
    }

    #[test]
    fn a_sweep_that_was_interrupted_goes_on_with_the_same_bytes() {
        let (whole, cut) = (folder("whole"), folder("cut"));
        let mut state = State::begin(&whole, "head").unwrap();
        (0..5).for_each(|number| state.add(unit(number)).unwrap());
        let mut state = State::begin(&cut, "head").unwrap();
        (0..3).for_each(|number| state.add(unit(number)).unwrap());
        drop(state);
        // Killed in the middle of a line.
        let text = fs::read_to_string(cut.join(NAME)).unwrap();
        fs::write(cut.join(NAME), &text[..text.len() - 7]).unwrap();
        let mut state = State::resume(&cut, "head").unwrap();
        assert!(state.has(1) && !state.has(2));
        (2..5).for_each(|number| state.add(unit(number)).unwrap());
        assert_eq!(state.reports().count(), 5);
        let read = |folder: &PathBuf, name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(&cut, NAME), read(&whole, NAME));
        assert_eq!(read(&cut, "00002a_x.toml"), "text");
        // Beginning anew forgets what was found before.
        drop(State::begin(&cut, "other").unwrap());
        assert!(!cut.join("00002a_x.toml").exists());
        for folder in [whole, cut] {
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn another_sweep_is_not_gone_on_with() {
        let folder = folder("other");
        let nothing = State::resume(&folder, "head").unwrap_err();
        assert!(matches!(nothing, StateError::Nothing { .. }), "{nothing}");
        drop(State::begin(&folder, "head").unwrap());
        let other = State::resume(&folder, "another").unwrap_err();
        assert!(other.to_string().contains("head"), "{other}");
        fs::remove_dir_all(folder).unwrap();
    }
}
