//! Files that are written once: whole or not at all, and never over another.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, HostError};

/// Refuses a path at which something is already; a device or a pipe takes what is written.
///
/// # Errors
/// Something is there.
pub(crate) fn is_free(path: &Path) -> Result<(), HostError> {
    // A link that leads nowhere is something, too.
    if !is_device(path) && fs::symlink_metadata(path).is_ok() {
        return Err(HostError::file_exists(&path.display().to_string()));
    }
    Ok(())
}

/// Where a file is while it is not whole.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    path.with_added_extension(format!("{}.part", std::process::id()))
}

/// A device or a pipe: it has no place that could be taken, and is written to as it is.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// A file that could not be written: what to do, by why.
fn not_written(path: &Path, error: &std::io::Error) -> HostError {
    let fix = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "name a file in a folder in which you may make files"
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            "make the folder first, or name a file in one that is there"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on that disk, or name a file on another one"
        }
        _ => "check path, space and rights, then repeat",
    };
    let name = path.display();
    HostError::new(
        Code::RecordStore,
        format!("{name} was not written"),
        error.to_string(),
    )
    .with_fix(fix)
}

/// Refuses a path at which something is, or at which no file can be made; leaves no trace. For before
/// anybody is asked anything.
///
/// # Errors
/// Something is there, or a file there cannot be made.
pub(crate) fn may_be_made(path: &Path) -> Result<(), HostError> {
    is_free(path)?;
    if is_device(path) {
        return Ok(());
    }
    let part = part_of(path);
    File::create(&part)
        .and_then(|_| fs::remove_file(&part))
        .map_err(|error| not_written(path, &error))
}

/// Writes a new file.
///
/// # Errors
/// Something is there already, or it cannot be written; then nothing is left behind.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), HostError> {
    let content = content.as_ref();
    if is_device(path) {
        return fs::write(path, content).map_err(|error| not_written(path, &error));
    }
    is_free(path)?;
    let part = part_of(path);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&part);
        return Err(not_written(path, &error));
    }
    settle(&part, path)
}

/// Writes a file that this program can make again at any time, whole or not at all, in place of an older one.
///
/// # Errors
/// It cannot be written; then what was there still is.
pub(crate) fn replace(path: &str, text: &str) -> Result<(), HostError> {
    let broken = |error: std::io::Error| HostError::record_store(path, error.to_string());
    // What is renamed over a device would take its place.
    if is_device(Path::new(path)) {
        return fs::write(path, text).map_err(broken);
    }
    let part = part_of(Path::new(path));
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)
    });
    written.map_err(|error| {
        // What is not whole must not lie around half-named.
        let _ = fs::remove_file(&part);
        broken(error)
    })
}

/// Gives a whole file its name.
///
/// # Errors
/// Something has the name already; then the part is removed.
pub(crate) fn settle(part: &Path, path: &Path) -> Result<(), HostError> {
    // A link is refused where something is; a rename would put that away.
    let settled = match fs::hard_link(part, path) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without links. Between the question and the rename lies a moment in which
        // another program could make the file.
        Err(_) if fs::symlink_metadata(path).is_err() => fs::rename(part, path),
        Err(error) => Err(error),
    };
    settled.map_err(|error| {
        let _ = fs::remove_file(part);
        match error.kind() {
            ErrorKind::AlreadyExists => HostError::file_exists(&path.display().to_string()),
            _ => not_written(path, &error),
        }
    })
}

/// Checks that files can be made in a folder, or in the one in which it will be made; leaves no trace.
///
/// # Errors
/// Nothing can be written there.
pub(crate) fn has_room(folder: &Path) -> Result<(), HostError> {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = absolute.ancestors().find(|it| it.exists());
    let there = there.unwrap_or(&absolute);
    let failed =
        |error: std::io::Error| HostError::of_store_file(&there.display().to_string(), &error);
    let probe = part_of(&there.join("probe"));
    File::create(&probe)
        .and_then(|mut file| file.write_all(b"is there room?"))
        .map_err(|error| {
            let _ = fs::remove_file(&probe);
            failed(error)
        })?;
    fs::remove_file(&probe).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::error::Code;

    #[test]
    fn nothing_is_written_over() {
        let folder = std::env::temp_dir().join(format!("penctl-fresh-{}", std::process::id()));
        super::has_room(&folder).unwrap();
        assert!(!folder.exists());
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.json");
        super::write(&file, "first").unwrap();
        let again = super::write(&file, "second").unwrap_err();
        assert_eq!((again.code, again.exit_code()), (Code::FileExists, 50));
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
        // Nor where it appeared while the new one was written.
        let part = folder.join("part");
        fs::write(&part, "third").unwrap();
        let late = super::settle(&part, &file).unwrap_err();
        assert_eq!(late.code, Code::FileExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
        let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_with_what_helps_and_no_store() {
        let folder = std::env::temp_dir().join(format!("penctl-made-{}", std::process::id()));
        let file = folder.join("none/p.toml");
        let mut all = vec![(file.as_path(), "make the folder first")];
        #[cfg(target_os = "linux")]
        all.push((
            std::path::Path::new("/sys/p.toml"),
            "in a folder in which you may make files",
        ));
        for (path, words) in all {
            for error in [
                super::may_be_made(path).unwrap_err(),
                super::write(path, "x").unwrap_err(),
            ] {
                assert_eq!((error.code, error.exit_code()), (Code::RecordStore, 50));
                assert!(error.fix.contains(words), "{error}");
                let said = error.to_string() + &error.fix;
                assert!(!said.contains("store"), "{said}");
                assert!(error.what.ends_with("was not written"), "{error}");
            }
        }
        // Asking leaves no trace, and a file that is there is told as such.
        fs::create_dir_all(&folder).unwrap();
        let free = folder.join("p.toml");
        super::may_be_made(&free).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::write(&free, "x").unwrap();
        assert_eq!(
            super::may_be_made(&free).unwrap_err().code,
            Code::FileExists
        );
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let file = std::env::temp_dir().join(format!("penctl-file-{}", std::process::id()));
        fs::write(&file, "").unwrap();
        let below = super::has_room(&file.join("below")).unwrap_err();
        assert_eq!(below.exit_code(), 50, "{below}");
        #[cfg(target_os = "linux")]
        {
            let closed = super::has_room(std::path::Path::new("/sys/reports")).unwrap_err();
            assert_eq!(closed.code, Code::StoreReadOnly, "{closed}");
        }
        fs::remove_file(&file).unwrap();
    }
}
