//! Settings of whoever uses this program, in a file, and where each value in force came from.
//!
//! A flag wins over the environment, the environment over the file, the file over the default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::error::HostError;
use crate::link::Target;
use crate::link::ports::Wanted;
use crate::out::Color;

/// The file, as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the pen is, as `--port` takes it.
    pub(crate) port: Option<String>,
    /// Which pen, as `--serial` takes it.
    pub(crate) serial: Option<String>,
    /// How long an answer is waited for, in seconds.
    pub(crate) timeout: Option<f64>,
    /// When to colour.
    pub(crate) color: Option<Color>,
    /// Names for serial numbers.
    #[serde(default)]
    pub(crate) aliases: BTreeMap<String, u64>,
    /// Who calibrates, as it shall stand on certificates.
    pub(crate) laboratory: Option<Laboratory>,
    /// For whom, unless another is named.
    pub(crate) customer: Option<Customer>,
}

/// Who calibrates.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Laboratory {
    /// Name.
    pub(crate) name: String,
    /// Address, and the place of the work if it is elsewhere.
    pub(crate) address: String,
}

/// For whom.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    /// Name.
    pub(crate) name: String,
    /// Address.
    pub(crate) address: Option<String>,
    /// Whether this customer agreed that certificates say when the next calibration is due.
    #[serde(default)]
    pub(crate) interval_agreed: bool,
}

/// Longest text that stands on a certificate as it was given. Source: none yet; two lines of a heading.
///
/// - Unit: characters
const STATED_MAX: usize = 200;

/// Whether a text can stand on a certificate as it is.
///
/// # Errors
/// It is empty, too long, or has a control character.
pub(crate) fn stated(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > STATED_MAX {
        return Err(format!(
            "{length} characters were given; 1 to {STATED_MAX} are allowed, not all of them blanks"
        ));
    }
    match text.chars().find(|it| it.is_control()) {
        Some(control) => Err(format!(
            "U+{:04X} is a control character; one line of text is allowed",
            u32::from(control)
        )),
        None => Ok(()),
    }
}

/// A file that was read, or the place where one would be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Loaded {
    /// What it says; nothing when there is none.
    pub(crate) config: Config,
    /// Where it is or would be; nothing when the system has no place for one.
    pub(crate) path: Option<PathBuf>,
    /// There is one.
    pub(crate) exists: bool,
}

/// Reads the file that was named, or the usual one if there is one.
///
/// # Errors
/// A named file is not there; a file cannot be read or has a key or a value that is none.
pub(crate) fn load(named: Option<&str>) -> Result<Loaded, HostError> {
    let Some(path) = place(named) else {
        return Ok(Loaded::default());
    };
    if named.is_none() && !path.exists() {
        return Ok(Loaded {
            path: Some(path),
            ..Loaded::default()
        });
    }
    let name = path.to_string_lossy().into_owned();
    let text = crate::text::read(&name)?;
    let config = parse(&text).map_err(|why| HostError::bad_config(&name, why))?;
    Ok(Loaded {
        config,
        path: Some(path),
        exists: true,
    })
}

/// The file that was named, or where the usual one is or would be.
pub(crate) fn place(named: Option<&str>) -> Option<PathBuf> {
    match named {
        Some(path) => Some(PathBuf::from(path)),
        None => usual(&|name| std::env::var_os(name).map(PathBuf::from)),
    }
}

/// Where the file usually is.
fn usual(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|path| path.is_absolute());
    let folder = if cfg!(windows) {
        set("APPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))
    };
    folder.map(|folder| folder.join("penctl").join("config.toml"))
}

/// Text of a file, each value checked.
fn parse(text: &str) -> Result<Config, String> {
    let config: Config = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            let before = text.get(..span.start).unwrap_or_default();
            before.matches('\n').count() + 1
        });
        format!("line {line}: {}", error.message())
    })?;
    if let Some(port) = &config.port {
        port.parse::<Target>()
            .map_err(|why| format!("`port`: {why}"))?;
    }
    if let Some(timeout) = config.timeout {
        crate::cli::seconds(&timeout.to_string()).map_err(|why| format!("`timeout`: {why}"))?;
    }
    for name in config.aliases.keys() {
        let is_name = name.chars().any(|letter| !letter.is_ascii_digit());
        if !is_name {
            return Err(format!("`aliases.{name}`: a name has at least one letter"));
        }
    }
    for (key, text) in config.printed() {
        stated(text).map_err(|why| format!("`{key}`: {why}"))?;
    }
    if let Some(serial) = &config.serial {
        config
            .wanted(serial)
            .map_err(|why| format!("`serial`: {why}"))?;
    }
    Ok(config)
}

impl Config {
    /// The pen that is called so: a serial number, or an alias of this file.
    ///
    /// # Errors
    /// It is neither; the text says which aliases there are.
    pub(crate) fn wanted(&self, text: &str) -> Result<Wanted, String> {
        if let Some(serial) = self.aliases.get(text) {
            return Ok(Wanted::Serial(*serial));
        }
        if let Some(serial) = crate::link::ports::number(text) {
            return Ok(Wanted::Serial(serial));
        }
        let names: Vec<&str> = self.aliases.keys().map(String::as_str).collect();
        let known = if names.is_empty() {
            "the configuration file has none".to_owned()
        } else {
            format!("those of the configuration file are {}", names.join(", "))
        };
        Err(format!(
            "`{text}` is neither a serial number (digits as `penctl list` shows them, or 0x and hexadecimal \
             ones) nor an alias; \
             {known}"
        ))
    }

    /// What stands on certificates as it is here, with its keys.
    pub(crate) fn printed(&self) -> Vec<(&'static str, &str)> {
        let mut texts = Vec::new();
        if let Some(it) = &self.laboratory {
            texts.push(("laboratory.name", it.name.as_str()));
            texts.push(("laboratory.address", &it.address));
        }
        if let Some(it) = &self.customer {
            texts.push(("customer.name", it.name.as_str()));
            texts.extend(
                it.address
                    .iter()
                    .map(|it| ("customer.address", it.as_str())),
            );
        }
        texts
    }

    /// The alias of a serial number, if it has one.
    pub(crate) fn alias(&self, serial: u64) -> Option<&str> {
        let found = self.aliases.iter().find(|(_, number)| **number == serial);
        found.map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Wanted, load, parse, usual};

    #[test]
    fn a_file_is_read_strictly() {
        let good = "port = \"/dev/ttyACM0\"\ntimeout = 0.5\n\n[aliases]\nleft = 42\n";
        let config = parse(good).unwrap();
        assert_eq!(config.timeout, Some(0.5));
        assert_eq!(config.wanted("left"), Ok(Wanted::Serial(42)));
        assert_eq!(config.wanted("000042"), Ok(Wanted::Serial(42)));
        assert_eq!(config.alias(42), Some("left"));
        assert!(config.wanted("right").unwrap_err().contains("are left"));
        for (text, words) in [
            ("prot = 1", "line 1: unknown field `prot`"),
            ("timeout = 1\ntimeout = 2", "line 2"),
            ("timeout = 0", "from 0.05 to 600"),
            ("port = \"tcp:x\"", "tcp:HOST:PORT"),
            ("serial = \"left\"", "neither a serial number"),
            ("[aliases]\n12 = 12", "at least one letter"),
            ("color = \"pink\"", "line 1"),
            ("[laboratory]\nname = \"L\"", "missing field `address`"),
            (
                "[laboratory]\nname = \"L\"\naddress = \" \"",
                "`laboratory.address`: 1 characters were given; 1 to 200 are allowed",
            ),
            (
                "[laboratory]\nname = \"\"\naddress = \"A\"",
                "`laboratory.name`: 0 characters",
            ),
            ("[customer]\nnmae = \"C\"", "unknown field `nmae`"),
            (
                "[customer]\nname = \"C\"\naddress = \"a\\nb\"",
                "`customer.address`: U+000A is a control character",
            ),
            ("[customer]\nname = \"C\"\ninterval_agreed = 1", "line 3"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }

    #[test]
    fn who_calibrates_for_whom_is_read() {
        let text = "[laboratory]\nname = \"Bench\"\naddress = \"1 Gauge Street\"\n\
                    [customer]\nname = \"Clinic\"\n";
        let config = parse(text).unwrap();
        assert_eq!(
            config.printed(),
            [
                ("laboratory.name", "Bench"),
                ("laboratory.address", "1 Gauge Street"),
                ("customer.name", "Clinic"),
            ]
        );
        assert!(!config.customer.unwrap().interval_agreed);
        let named = |length| format!("[customer]\nname = \"{}\"", "x".repeat(length));
        assert!(parse(&named(200)).is_ok());
        assert!(parse(&named(201)).unwrap_err().contains("201 characters"));
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let error = load(Some("no/such/config.toml")).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.what.contains("no/such/config.toml"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_usual_place_is_the_systems() {
        let of = |xdg: Option<&str>, home: Option<&str>| {
            usual(&|name| match name {
                "XDG_CONFIG_HOME" => xdg.map(PathBuf::from),
                "HOME" => home.map(PathBuf::from),
                _ => None,
            })
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(of(Some("/x"), Some("/h")), path("/x/penctl/config.toml"));
        assert_eq!(of(None, Some("/h")), path("/h/.config/penctl/config.toml"));
        // A relative folder is none, as the specification says.
        assert_eq!(
            of(Some("x"), Some("/h")),
            path("/h/.config/penctl/config.toml")
        );
        assert_eq!(of(None, None), None);
    }
}
