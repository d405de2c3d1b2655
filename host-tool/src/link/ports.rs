//! Which ports there are, and whether they could be used right now.

use serde::Serialize;
use serialport::SerialPortType;

use super::port::OpenFailure;
use super::serial::tried;
use crate::error::{Code, HostError};

/// USB vendor of the pen: pid.codes, the shared vendor of open hardware.
pub const USB_VENDOR: u16 = 0x1209;
/// USB product of the pen: the number that pid.codes keeps for tests.
pub const USB_PRODUCT: u16 = 0x0001;

/// Names further ports, comma-separated: pseudo-terminals are in no list of the operating system.
pub const EXTRA_PORTS: &str = "PENCTL_EXTRA_PORTS";

/// Whether a port could be used right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It opens.
    Ok,
    /// This user may not open it.
    NoPermission,
    /// Another program holds it.
    Busy,
    /// It was listed and is gone.
    Gone,
    /// It does not open as a serial port.
    Unusable,
}

impl State {
    /// The word that is shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoPermission => "no-permission",
            Self::Busy => "busy",
            Self::Gone => "gone",
            Self::Unusable => "unusable",
        }
    }

    /// What to do about it, in a few words.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Ok => "",
            Self::NoPermission => "this user may not open it: see `penctl explain PEN-E012`",
            Self::Busy => "close the program that holds it: see `penctl explain PEN-E013`",
            Self::Gone => "replug it",
            Self::Unusable => "not a serial port that this program can use",
        }
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
    pub serial: Option<String>,
    /// Name that the device gives itself.
    pub product: Option<String>,
    /// Whether it could be used right now.
    pub state: State,
}

/// The names of all ports.
#[must_use]
pub fn names() -> Vec<String> {
    listed().into_iter().map(|port| port.port).collect()
}

/// All ports, each tried once: pens first, then by name.
#[must_use]
pub fn survey() -> Vec<Port> {
    let mut ports = listed();
    for port in &mut ports {
        port.state = probe(&port.port);
    }
    ports.sort_by(|a, b| b.pen.cmp(&a.pen).then_with(|| a.port.cmp(&b.port)));
    ports
}

fn listed() -> Vec<Port> {
    let mut ports: Vec<Port> = serialport::available_ports()
        .unwrap_or_default()
        .into_iter()
        // macOS lists each device twice; the tty side waits for a carrier that never comes.
        .filter(|info| !info.port_name.starts_with("/dev/tty."))
        .map(|info| described(info.port_name, info.port_type))
        .collect();
    let extra = std::env::var(EXTRA_PORTS).unwrap_or_default();
    for name in extra
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        if ports.iter().all(|port| port.port != name) {
            ports.push(Port {
                port: name.to_owned(),
                kind: "named",
                pen: true,
                usb: None,
                serial: None,
                product: None,
                state: State::Ok,
            });
        }
    }
    ports
}

fn described(name: String, kind: SerialPortType) -> Port {
    let mut port = Port {
        port: name,
        kind: "unknown",
        pen: false,
        usb: None,
        serial: None,
        product: None,
        state: State::Ok,
    };
    match kind {
        SerialPortType::UsbPort(usb) => {
            port.kind = "usb";
            port.pen = usb.vid == USB_VENDOR && usb.pid == USB_PRODUCT;
            port.usb = Some(format!("{:04x}:{:04x}", usb.vid, usb.pid));
            port.serial = usb.serial_number;
            port.product = usb.product;
        }
        SerialPortType::PciPort => port.kind = "pci",
        SerialPortType::BluetoothPort => port.kind = "bluetooth",
        SerialPortType::Unknown => {}
    }
    port
}

fn probe(path: &str) -> State {
    match tried(path) {
        None => State::Ok,
        Some(OpenFailure::Missing) => State::Gone,
        Some(OpenFailure::Denied) => State::NoPermission,
        Some(OpenFailure::Busy) => State::Busy,
        Some(OpenFailure::NotSerial | OpenFailure::Other) => State::Unusable,
    }
}

/// The one port that is a pen, when no port was named.
///
/// # Errors
/// There is none, or more than one.
pub fn only_pen() -> Result<String, HostError> {
    let ports = listed();
    let mut pens = ports.iter().filter(|port| port.pen);
    match (pens.next(), pens.count()) {
        (Some(pen), 0) => Ok(pen.port.clone()),
        (None, _) => {
            let seen: Vec<String> = ports.into_iter().map(|port| port.port).collect();
            let why = if seen.is_empty() {
                "no serial port was found at all".to_owned()
            } else {
                format!("none of these says that it is one: {}", seen.join(", "))
            };
            Err(
                HostError::new(Code::NoDevice, "no pen found", why).with_fix(
                    "plug the pen in and run `penctl list`, name its port with --port, or use \
                 `--port sim:` for a simulated pen",
                ),
            )
        }
        (Some(_), _) => {
            let candidates: Vec<String> = ports
                .into_iter()
                .filter(|port| port.pen)
                .map(|port| port.port)
                .collect();
            Err(
                HostError::ambiguous_device("the USB identity of a pen", &candidates)
                    .with_fix("name one with --port"),
            )
        }
    }
}
