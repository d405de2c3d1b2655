//! Which of the ports is meant. What is not clear is not guessed.

use super::{Port, State, none_found};
use crate::error::HostError;
use crate::words;

/// Which pen is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The only one that there is.
    TheOnlyOne,
    /// The one with this serial number.
    Serial(u64),
}

/// The one port that is meant, out of ports that were asked.
///
/// # Errors
/// There is none, or more than one could be it: every one that may be a pen counts, since a busy
/// pen is a pen too.
pub fn choose(wanted: &Wanted, ports: &[Port]) -> Result<Port, HostError> {
    match wanted {
        Wanted::Serial(serial) => {
            let name = format!("serial number {}", words::serial(*serial));
            let of: Vec<&Port> = ports
                .iter()
                .filter(|port| {
                    port.serial == Some(*serial)
                        || (port.serial.is_none()
                            && port.state.may_be_a_pen()
                            && port.usb_serial.as_deref().and_then(of_usb) == Some(*serial))
                })
                .collect();
            // The number is named already, so only the port can tell them apart.
            let fix = "name the port of one with --port; `penctl list` shows both";
            one(&name, &of, ports, fix)
        }
        Wanted::TheOnlyOne => {
            let of: Vec<&Port> = ports
                .iter()
                .filter(|port| port.state.may_be_a_pen())
                .collect();
            let fix = "name one with --serial NUMBER, or its port with --port";
            one("this call, which names none", &of, ports, fix)
        }
    }
}

fn one(name: &str, found: &[&Port], ports: &[Port], fix: &str) -> Result<Port, HostError> {
    match found {
        [] => Err(none_found(name, ports)),
        [only] => match only.state {
            State::NoPermission => Err(HostError::permission(
                &only.port,
                only.usb_serial.as_deref().unwrap_or("not yet identified"),
                "EACCES, permission denied",
            )
            .with_fix("sudo penctl setup-udev --install, then replug the pen")),
            State::Busy => {
                let system = only.detail.clone().unwrap_or_else(|| "EBUSY".into());
                Err(HostError::busy(&only.port, &system, &[]))
            }
            _ => Ok((*only).clone()),
        },
        several => {
            let candidates: Vec<String> = several
                .iter()
                .map(|port| match port.serial {
                    Some(serial) => format!("{} at {}", words::serial(serial), port.port),
                    None => format!("{} ({})", port.port, port.state.word()),
                })
                .collect();
            Err(HostError::ambiguous_device(name, &candidates).with_fix(fix))
        }
    }
}

/// A serial number in a USB description: 16 hexadecimal digits.
fn of_usb(text: &str) -> Option<u64> {
    let is_number = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number
        .then(|| u64::from_str_radix(text, 16).ok())
        .flatten()
}

/// A serial number as somebody writes it: decimal digits as `list` shows them, or hexadecimal ones
/// with 0x before them, as the USB description has them.
pub(crate) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x") {
        let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_hexdigit());
        return is_number
            .then(|| u64::from_str_radix(digits, 16).ok())
            .flatten();
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, choose, number, of_usb};
    use crate::error::Class;
    use crate::link::ports::{Port, State};

    fn port(name: &str, state: State, serial: Option<u64>) -> Port {
        Port {
            port: name.into(),
            kind: "usb",
            pen: true,
            usb: None,
            usb_serial: None,
            product: None,
            state,
            serial,
            model: None,
            firmware: None,
            detail: None,
        }
    }

    #[test]
    fn the_only_one_is_taken_and_two_are_not_guessed() {
        let only = Wanted::TheOnlyOne;
        let left = port("a", State::Ok, Some(1));
        let right = port("b", State::Ok, Some(2));
        let other = port("c", State::NotAPen, None);
        let unasked = port("d", State::NotAsked, None);
        let boot = port("e", State::BootLoader, None);
        let rest = [other, unasked, boot];
        assert_eq!(
            choose(&only, &[std::slice::from_ref(&left), &rest[..]].concat()),
            Ok(left.clone())
        );
        let none = choose(&only, &rest).unwrap_err();
        assert_eq!((none.class, none.exit_code()), (Class::NoDevice, 10));
        assert!(
            none.why.contains("e: boot loader") && none.why.contains("c: not a pen"),
            "{none}"
        );
        let both = choose(&only, &[left.clone(), right.clone()]).unwrap_err();
        assert_eq!((both.class, both.exit_code()), (Class::AmbiguousDevice, 11));
        assert!(both.why.contains("000001 at a, 000002 at b"), "{both}");
        // A busy pen and one that may not be opened are pens too.
        for state in [State::Busy, State::NoPermission, State::WrongFirmware] {
            let second = port("b", state, None);
            let error = choose(&only, &[left.clone(), second.clone()]).unwrap_err();
            assert_eq!(error.exit_code(), 11, "{error}");
            let class = choose(&only, &[second]).map_err(|error| error.class);
            match state {
                State::Busy => assert_eq!(class, Err(Class::Busy)),
                State::NoPermission => assert_eq!(class, Err(Class::Permission)),
                _ => assert!(class.is_ok()),
            }
        }
    }

    #[test]
    fn a_serial_number_picks_its_pen_and_never_another() {
        let ports = [port("a", State::Ok, Some(1)), port("b", State::Ok, Some(2))];
        assert_eq!(choose(&Wanted::Serial(2), &ports).unwrap().port, "b");
        let missing = choose(&Wanted::Serial(3), &ports).unwrap_err();
        assert_eq!(missing.exit_code(), 10);
        assert!(
            missing.why.contains("a is pen 000001, b is pen 000002"),
            "{missing}"
        );
        // Two that claim one number need the port as a tie-break.
        let twins = [port("a", State::Ok, Some(2)), port("b", State::Ok, Some(2))];
        let both = choose(&Wanted::Serial(2), &twins).unwrap_err();
        assert_eq!(both.exit_code(), 11);
        // Not with the number again: it is what both have.
        assert!(
            both.fix.contains("--port") && !both.fix.contains("--serial"),
            "{both}"
        );
        // What sets the right up is named with what makes it do so.
        let closed = port("a", State::NoPermission, Some(2));
        let closed = choose(&Wanted::Serial(2), &[closed]).unwrap_err();
        assert!(
            closed.fix.contains("sudo penctl setup-udev --install"),
            "{closed}"
        );
        // A pen that cannot be asked is known by its USB description.
        let mut busy = port("c", State::Busy, None);
        busy.usb_serial = Some("0000000000000007".into());
        assert_eq!(
            choose(&Wanted::Serial(7), &[busy]).unwrap_err().class,
            Class::Busy
        );
    }

    #[test]
    fn a_serial_number_is_decimal_or_hexadecimal_with_its_mark() {
        assert_eq!(number("000042"), Some(42));
        assert_eq!(number(" 42 "), Some(42));
        assert_eq!(number("0x2a"), Some(42));
        assert_eq!(number("0xE660000000000001"), Some(0xe660_0000_0000_0001));
        assert_eq!(of_usb("E660000000000001"), Some(0xe660_0000_0000_0001));
        assert_eq!((of_usb("000042"), of_usb("+660000000000001")), (None, None));
        for wrong in [
            "",
            "-1",
            "+1",
            "0x",
            "0x+2",
            "2a",
            "4 2",
            "99999999999999999999999",
        ] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
