//! Which driver speaks with which instrument, and how its port is set.

use std::fmt;

use super::formats::{Parsed, adaptor, c1202, g1, millimar, mux10, opto, plain};
use super::number::Unit;
use crate::link::Framing;

/// A way of speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// The project's own lines, version 1.
    G1,
    /// Opto RS232 of Sylvac, Kaefer and others, the display in this unit.
    Opto(Unit),
    /// Data of a Mitutoyo MUX-10 or of an instrument that speaks like it, in this unit.
    Mux10(Unit),
    /// Mahr Millimar C 1208, C 1216, C 1240.
    Millimar,
    /// Mahr Millimar C 1202.
    C1202,
    /// A Digimatic adaptor of one's own, the display in this unit.
    Adaptor(Unit),
    /// Lines of a number and a unit.
    Plain,
}

impl Driver {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::G1,
        Self::Opto(Unit::Mm),
        Self::Opto(Unit::Inch),
        Self::Mux10(Unit::Mm),
        Self::Mux10(Unit::Inch),
        Self::Millimar,
        Self::C1202,
        Self::Adaptor(Unit::Mm),
        Self::Adaptor(Unit::Inch),
        Self::Plain,
    ];

    /// Its name behind a port.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::G1 => "g1",
            Self::Opto(Unit::Inch) => "opto-inch",
            Self::Opto(_) => "opto",
            Self::Mux10(Unit::Inch) => "mux10-inch",
            Self::Mux10(_) => "mux10",
            Self::Millimar => "millimar",
            Self::C1202 => "c1202",
            Self::Adaptor(Unit::Inch) => "adaptor-inch",
            Self::Adaptor(_) => "adaptor",
            Self::Plain => "plain",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|driver| driver.name() == name)
    }

    /// How its port is set unless told otherwise.
    #[must_use]
    pub const fn framing(self) -> Framing {
        match self {
            Self::G1 | Self::Adaptor(_) => Framing::plain(115_200),
            Self::Opto(_) => Framing::seven_even(4_800),
            Self::C1202 => Framing::seven_even(9_600),
            // Of the Millimar it is what its menu has to be set to.
            Self::Mux10(_) | Self::Millimar | Self::Plain => Framing::plain(9_600),
        }
    }

    /// What asks the instrument for a value; none when only its data key sends one.
    #[must_use]
    pub fn request(self, number: u8) -> Option<String> {
        match self {
            Self::G1 => Some(format!("G1 {number}?\r\n")),
            Self::Opto(_) | Self::Millimar => Some("?\r".to_owned()),
            Self::C1202 => Some("M1?\r".to_owned()),
            Self::Adaptor(_) => Some("\n".to_owned()),
            Self::Mux10(_) | Self::Plain => None,
        }
    }

    /// What a whole line says.
    ///
    /// # Errors
    /// In plain words: what is not understood.
    pub fn parse(self, line: &str) -> Parsed {
        match self {
            Self::G1 => g1(line),
            Self::Opto(unit) => opto(line, unit),
            Self::Mux10(unit) => mux10(line, unit),
            Self::Millimar => millimar(line),
            Self::C1202 => c1202(line),
            Self::Adaptor(unit) => adaptor(line, unit),
            Self::Plain => plain(line),
        }
    }
}

/// Where an instrument is and how it speaks: `PORT[:DRIVER[@BAUD,FORMAT]]`, or `keyboard:UNIT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// On a port.
    Port {
        /// Path or name of the port, or `tcp:HOST:PORT`.
        port: String,
        /// How it speaks.
        driver: Driver,
        /// How the port is set.
        framing: Framing,
    },
    /// It types like a keyboard, in this unit.
    Keyboard(Unit),
}

impl Spec {
    /// What a text names. `is_port` says whether a path exists, because paths may have colons too.
    ///
    /// # Errors
    /// In plain words, with what is allowed.
    pub fn of(text: &str, is_port: impl Fn(&str) -> bool) -> Result<Self, String> {
        if let Some(unit) = text.strip_prefix("keyboard") {
            return match unit.strip_prefix(':').and_then(Unit::of) {
                Some(unit) => Ok(Self::Keyboard(unit)),
                None => Err(format!(
                    "`{text}`: what types like a keyboard is named with the unit of its display, as \
                     keyboard:mm, keyboard:um, keyboard:in, keyboard:Hz, keyboard:rpm or keyboard:mA"
                )),
            };
        }
        let plain = |driver: Driver| Self::Port {
            port: text.to_owned(),
            driver,
            framing: driver.framing(),
        };
        if text.is_empty() || text.starts_with(':') {
            return Err(format!(
                "`{text}` names no port; write PORT:DRIVER, as /dev/ttyUSB0:opto"
            ));
        }
        let Some((port, tail)) = text.rsplit_once(':') else {
            return Ok(plain(Driver::G1));
        };
        let (name, framing) = match tail.split_once('@') {
            Some((name, framing)) => (name, Some(framing)),
            None => (tail, None),
        };
        let Some(driver) = Driver::named(name) else {
            let is_tcp = text.starts_with("tcp:") && tail.parse::<u16>().is_ok();
            if is_tcp || is_port(text) {
                return Ok(plain(Driver::G1));
            }
            let all = Driver::ALL.map(Driver::name).join(", ");
            return Err(format!("`{name}` is no driver; there are {all}"));
        };
        let framing = match framing {
            None => driver.framing(),
            Some(text) => Framing::of(text).ok_or_else(|| {
                format!(
                    "`{text}` is no setting of a port; write BAUD,FORMAT, as 4800,7E2 or 9600,8N1"
                )
            })?,
        };
        Ok(Self::Port {
            port: port.to_owned(),
            driver,
            framing,
        })
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port { port, driver, .. } => write!(f, "{port}:{}", driver.name()),
            Self::Keyboard(unit) => write!(f, "keyboard:{}", unit.name()),
        }
    }
}
