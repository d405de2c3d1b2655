//! Which ports there are, who is behind each, and which one is meant.
//!
//! Only a port that says by its USB identity that it is a pen, or that somebody named, is opened:
//! a greeting sent to a stranger's device may do anything there.

mod choose;
mod describe;

use std::time::Duration;

use serde::Serialize;

use super::port::OpenFailure;
use super::serial::{SerialLink, tried};
use crate::client::{Client, Patience};
use crate::error::{Class, Code, HostError};

pub(crate) use choose::number;
pub use choose::{Wanted, choose};
pub use describe::listed;

/// USB vendor of the pen: pid.codes, the shared vendor of open hardware.
pub const USB_VENDOR: u16 = 0x1209;
/// USB product of the pen: the number that pid.codes keeps for tests.
pub const USB_PRODUCT: u16 = 0x0001;
/// USB vendor and product of the boot loader in the ROM of an RP2040 (datasheet 2.8.5).
pub const BOOT_LOADER: (u16, u16) = (0x2e8a, 0x0003);

/// Names further ports, comma-separated: pseudo-terminals are in no list of the operating system.
pub const EXTRA_PORTS: &str = "PENCTL_EXTRA_PORTS";

/// How long a port that may be a pen is given to answer a greeting; a pen needs milliseconds.
pub const ASK: Duration = Duration::from_millis(900);

/// What a port turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A pen that this program can work with.
    Ok,
    /// A pen whose firmware speaks another version.
    WrongFirmware,
    /// A pen that waits for firmware.
    BootLoader,
    /// This user may not open it.
    NoPermission,
    /// Another program holds it.
    Busy,
    /// It opens, and nobody answers as a pen does.
    NotAPen,
    /// It says nothing of being a pen, so it was not opened.
    NotAsked,
    /// It was listed and is gone.
    Gone,
    /// It does not open as a serial port.
    Unusable,
}

impl State {
    /// The words that are shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::WrongFirmware => "wrong firmware",
            Self::BootLoader => "boot loader",
            Self::NoPermission => "no permission",
            Self::Busy => "busy",
            Self::NotAPen => "not a pen",
            Self::NotAsked => "not asked",
            Self::Gone => "gone",
            Self::Unusable => "unusable",
        }
    }

    /// What to do about it, in a few words.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Ok => "",
            Self::WrongFirmware => "reading works; update the older side to change anything",
            Self::BootLoader => "it has no firmware that runs: see docs/flashing.md",
            Self::NoPermission => "this user may not open it: `penctl setup-udev`, then replug it",
            Self::Busy => "close the program that holds it",
            Self::NotAPen => "nobody answered a greeting; if it is a pen, replug it",
            Self::NotAsked => "`penctl list --all` asks it",
            Self::Gone => "replug it",
            Self::Unusable => "not a serial port that this program can use",
        }
    }

    /// Whether a pen may be behind it.
    #[must_use]
    pub const fn may_be_a_pen(self) -> bool {
        matches!(
            self,
            Self::Ok | Self::WrongFirmware | Self::NoPermission | Self::Busy
        )
    }
}

/// One port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Path or name, as `--port` takes it.
    pub port: String,
    /// What sits behind it: `usb`, `pci`, `bluetooth`, `named` or `unknown`.
    pub kind: &'static str,
    /// Its USB description says that it is a pen, or it was named in [`EXTRA_PORTS`].
    pub pen: bool,
    /// USB vendor and product.
    pub usb: Option<String>,
    /// USB serial number.
    pub usb_serial: Option<String>,
    /// Name that the device gives itself on the USB.
    pub product: Option<String>,
    /// What it turned out to be.
    pub state: State,
    /// The pen's own serial number, as it answered.
    pub serial: Option<u64>,
    /// The pen's model, as it answered.
    pub model: Option<String>,
    /// The pen's firmware, as it answered.
    pub firmware: Option<String>,
    /// More about the state: who holds the port, which versions differ.
    pub detail: Option<String>,
}

/// Which ports are asked who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those that say that they are pens, or were named.
    Pens,
    /// Every port there is.
    All,
}

/// The names of all ports.
#[must_use]
pub fn names() -> Vec<String> {
    let ports = listed().into_iter();
    let serial = ports.filter(|port| port.state != State::BootLoader);
    serial.map(|port| port.port).collect()
}

/// All ports, pens first, then by name; those that may be pens are asked who they are.
#[must_use]
pub fn survey(whom: Whom) -> Vec<Port> {
    let mut ports = listed();
    for port in &mut ports {
        if port.state != State::BootLoader && (port.pen || whom == Whom::All) {
            ask(port);
        }
    }
    let rank = |port: &Port| (port.serial.is_none(), !port.pen, port.port.clone());
    ports.sort_by_key(rank);
    ports
}

/// Greets whoever is at this port, and writes down the answer.
fn ask(port: &mut Port) {
    let link = match SerialLink::open(&port.port) {
        Ok(link) => link,
        Err(error) => {
            port.detail = (error.class == Class::Busy).then_some(error.why);
            port.state = match tried(&port.port) {
                Some(OpenFailure::Denied) => State::NoPermission,
                Some(OpenFailure::Busy) => State::Busy,
                Some(OpenFailure::Missing) => State::Gone,
                Some(OpenFailure::NotSerial | OpenFailure::Other) => State::Unusable,
                // It was given free between the two attempts.
                None => State::Busy,
            };
            return;
        }
    };
    match Client::connect(Box::new(link), Patience(ASK)) {
        Ok(client) => {
            let hello = client.hello();
            port.serial = Some(hello.serial);
            port.model = Some(hello.model.to_string());
            port.firmware = Some(hello.firmware.to_string());
            port.state = State::Ok;
            if let Some(mismatch) = client.mismatch() {
                port.state = State::WrongFirmware;
                port.detail = Some(format!(
                    "host speaks {}, pen speaks {}; {}",
                    mismatch.host, mismatch.pen, mismatch.fix
                ));
            }
        }
        Err(error) if error.class == Class::VersionMismatch => {
            port.state = State::WrongFirmware;
            port.detail = Some(format!("{}; {}", error.what, error.fix));
        }
        Err(error) => {
            port.state = State::NotAPen;
            port.detail = Some(error.why);
        }
    }
}

/// No port fits; `wanted` in words, and why each port does not.
fn none_found(wanted: &str, ports: &[Port]) -> HostError {
    let seen: Vec<String> = ports
        .iter()
        .map(|port| match port.serial {
            Some(serial) => format!("{} is pen {}", port.port, crate::words::serial(serial)),
            None => format!("{}: {}", port.port, port.state.word()),
        })
        .collect();
    let why = if seen.is_empty() {
        "no serial port was found at all".to_owned()
    } else {
        format!("ports that there are: {}", seen.join(", "))
    };
    HostError::new(Code::NoDevice, format!("no pen found for {wanted}"), why).with_fix(
        "plug the pen in and run `penctl list`, wait for it with --wait, name its port with --port, \
         or use `--port sim:` for a simulated pen",
    )
}
