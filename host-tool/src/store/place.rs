//! Where a store is: what `--store` names, and where it is without that.

use std::path::PathBuf;
use std::str::FromStr;

use super::Store;
use crate::error::HostError;

/// What is wanted of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only to look. One that is not there is not made.
    Read,
    /// To append. One that is not there is made; one that cannot be written is an error at once.
    Write,
}

/// A file, or a database on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A server, by its address.
    Server(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Server(text.to_owned())),
            Some((scheme, _)) => Err(format!(
                "`{scheme}://` is no kind of store; give a path or postgres://USER@HOST/DATABASE"
            )),
            None if text.is_empty() => {
                Err("a store is a path or postgres://USER@HOST/DATABASE".to_owned())
            }
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl Place {
    /// Where records are kept when nothing else was said. What was measured on simulated pens has a
    /// file of its own, so that it never stands between real ones.
    ///
    /// `variable` looks up a variable of the environment.
    ///
    /// # Errors
    /// The system tells no place for a user's data.
    pub fn usual(
        is_simulated: bool,
        variable: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, HostError> {
        let set = |name: &str| variable(name).filter(|path| path.is_absolute());
        let home = || set("HOME").or_else(|| set("USERPROFILE"));
        let data = if cfg!(windows) {
            set("APPDATA").or_else(|| Some(home()?.join("AppData").join("Roaming")))
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library").join("Application Support"))
        } else {
            // XDG Base Directory Specification 0.8: a path that is not absolute is ignored.
            set("XDG_DATA_HOME").or_else(|| Some(home()?.join(".local").join("share")))
        };
        let file = if is_simulated {
            "simulated.db"
        } else {
            "records.db"
        };
        let data = data.ok_or_else(|| {
            HostError::usage(
                "there is no place for the records",
                "neither HOME nor a folder for data is set",
            )
            .with_fix("name one with --store PATH")
        })?;
        Ok(Self::File(data.join("penctl").join(file)))
    }
}

/// Opens the store at a place.
///
/// # Errors
/// As the place has it: no store there, not reachable, not readable, not writable, of a newer
/// program. Then nothing was changed.
pub fn open(place: &Place, access: Access) -> Result<Box<dyn Store>, HostError> {
    match place {
        #[cfg(feature = "sqlite")]
        Place::File(path) => Ok(Box::new(super::sqlite::SqliteStore::open(path, access)?)),
        #[cfg(feature = "postgres")]
        Place::Server(address) => Ok(Box::new(super::postgres::PostgresStore::open(
            address, access,
        )?)),
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        _ => {
            let _ = access;
            let feature = match place {
                Place::File(_) => "sqlite",
                Place::Server(_) => "postgres",
            };
            Err(HostError::usage(
                "this penctl was built without that kind of store",
                format!("its feature `{feature}` is off"),
            )
            .with_fix(format!(
                "build it with `cargo install --path host-tool --features {feature}`"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Place;

    #[test]
    fn a_place_is_a_path_or_a_server() {
        let file = |text: &str| Ok(Place::File(PathBuf::from(text)));
        for path in ["records.db", "/a/b.db", "C:\\a\\b.db", "a:b"] {
            assert_eq!(path.parse(), file(path));
        }
        for address in ["postgres://lab@bench/pens", "postgresql://h/d"] {
            assert_eq!(address.parse(), Ok(Place::Server(address.into())));
        }
        for wrong in ["", "mysql://h/d", "https://h"] {
            let why = wrong.parse::<Place>().unwrap_err();
            assert!(why.contains("postgres://USER@HOST/DATABASE"), "{why}");
        }
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_usual_place_follows_the_platform() {
        let with = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| PathBuf::from(value))
            }
        };
        let usual = |simulated, set| Place::usual(simulated, &with(set));
        let file = |text: &str| Ok(Place::File(PathBuf::from(text)));
        const HOME: (&str, &str) = ("HOME", "/u/a");
        assert_eq!(
            usual(false, &[HOME]),
            file("/u/a/.local/share/penctl/records.db")
        );
        assert_eq!(
            usual(true, &[HOME]),
            file("/u/a/.local/share/penctl/simulated.db")
        );
        assert_eq!(
            usual(false, &[HOME, ("XDG_DATA_HOME", "/d")]),
            file("/d/penctl/records.db")
        );
        assert_eq!(
            usual(false, &[HOME, ("XDG_DATA_HOME", "d")]),
            file("/u/a/.local/share/penctl/records.db")
        );
        let none = usual(false, &[]).unwrap_err();
        assert_eq!(none.exit_code(), 2);
        assert!(none.fix.contains("--store"), "{none}");
    }
}
