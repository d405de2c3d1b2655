//! What the operating system says about its ports. None of them is opened.

use std::path::Path;

use serialport::SerialPortType;

use super::{BOOT_LOADER, EXTRA_PORTS, Port, State, USB_PRODUCT, USB_VENDOR};

/// Where Linux describes its USB devices.
const USB_DEVICES: &str = "/sys/bus/usb/devices";

/// All ports by their descriptions, in the order of their names.
#[must_use]
pub fn listed() -> Vec<Port> {
    let mut ports: Vec<Port> = serialport::available_ports()
        .unwrap_or_default()
        .into_iter()
        .filter(|info| !waits_for_a_carrier(&info.port_name))
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
                pen: true,
                ..bare(name.to_owned(), "named")
            });
        }
    }
    ports.extend(boot_loaders(Path::new(USB_DEVICES)));
    ports
}

/// Whether macOS lists the port a second time: its tty side waits for a carrier that never comes.
fn waits_for_a_carrier(name: &str) -> bool {
    name.starts_with("/dev/tty.")
}

fn bare(port: String, kind: &'static str) -> Port {
    Port {
        port,
        kind,
        pen: false,
        usb: None,
        usb_serial: None,
        product: None,
        state: State::NotAsked,
        serial: None,
        model: None,
        firmware: None,
        detail: None,
    }
}

fn described(name: String, kind: SerialPortType) -> Port {
    match kind {
        SerialPortType::UsbPort(usb) => Port {
            pen: usb.vid == USB_VENDOR && usb.pid == USB_PRODUCT,
            usb: Some(format!("{:04x}:{:04x}", usb.vid, usb.pid)),
            usb_serial: usb.serial_number,
            product: usb.product,
            ..bare(name, "usb")
        },
        SerialPortType::PciPort => bare(name, "pci"),
        SerialPortType::BluetoothPort => bare(name, "bluetooth"),
        SerialPortType::Unknown => bare(name, "unknown"),
    }
}

/// Processors whose boot loader runs: they have no serial port, so only their USB description tells.
fn boot_loaders(devices: &Path) -> Vec<Port> {
    let Ok(entries) = std::fs::read_dir(devices) else {
        return Vec::new();
    };
    let mut found: Vec<Port> = entries
        .flatten()
        .filter_map(|entry| {
            let word = |name: &str| {
                let text = std::fs::read_to_string(entry.path().join(name)).ok()?;
                Some(text.trim().to_owned())
            };
            let number = |name: &str| u16::from_str_radix(&word(name)?, 16).ok();
            let usb = (number("idVendor")?, number("idProduct")?);
            (usb == BOOT_LOADER).then(|| Port {
                usb: Some(format!("{:04x}:{:04x}", usb.0, usb.1)),
                usb_serial: word("serial"),
                product: word("product"),
                state: State::BootLoader,
                ..bare(
                    format!("usb {}", entry.file_name().to_string_lossy()),
                    "usb",
                )
            })
        })
        .collect();
    found.sort_by(|a, b| a.port.cmp(&b.port));
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serialport::{SerialPortType, UsbPortInfo};

    use super::{boot_loaders, described};
    use crate::link::ports::State;

    #[test]
    fn the_side_that_waits_for_a_carrier_is_not_listed() {
        use super::waits_for_a_carrier;
        assert!(waits_for_a_carrier("/dev/tty.usbmodem14201"));
        for name in ["/dev/cu.usbmodem14201", "/dev/ttyACM0", "COM7", "COM12"] {
            assert!(!waits_for_a_carrier(name), "{name}");
        }
    }

    #[test]
    fn a_boot_loader_is_found_by_its_usb_description() {
        let top = std::env::temp_dir().join(format!("pen-usb-{}", std::process::id()));
        for (device, vendor, product) in [
            ("1-1", "2e8a", "0003"),
            ("1-2", "2e8a", "000a"),
            ("1-3", "1209", "0001"),
            ("usb1", "", ""),
        ] {
            let folder = top.join(device);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("idVendor"), format!("{vendor}\n")).unwrap();
            fs::write(folder.join("idProduct"), format!("{product}\n")).unwrap();
            fs::write(folder.join("serial"), "E0C912952D54\n").unwrap();
        }
        let found = boot_loaders(&top);
        fs::remove_dir_all(&top).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].port.as_str(), found[0].state),
            ("usb 1-1", State::BootLoader)
        );
        assert_eq!(found[0].usb_serial.as_deref(), Some("E0C912952D54"));
        assert_eq!(boot_loaders(&top), []);
    }

    #[test]
    fn only_the_usb_identity_of_a_pen_makes_a_port_one_that_is_asked() {
        let usb = |vid, pid| {
            SerialPortType::UsbPort(UsbPortInfo {
                vid,
                pid,
                serial_number: Some("000042".into()),
                manufacturer: None,
                product: Some("pen".into()),
            })
        };
        let is_pen = |kind| described("p".into(), kind).pen;
        assert!(is_pen(usb(0x1209, 0x0001)));
        assert!(!is_pen(usb(0x1209, 0x0002)));
        assert!(!is_pen(usb(0x0001, 0x1209)));
        assert!(!is_pen(SerialPortType::PciPort));
        assert!(!is_pen(SerialPortType::Unknown));
        assert_eq!(
            described("p".into(), SerialPortType::PciPort).state,
            State::NotAsked
        );
    }
}
