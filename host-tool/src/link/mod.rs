//! The ways to a pen: a serial port, a TCP bridge, or a simulated pen inside this process.
//!
//! A link carries bytes and knows nothing of what they mean.

#[cfg(all(feature = "program", not(unix)))]
mod com;
#[cfg(feature = "program")]
mod holders;
mod port;
#[cfg(feature = "program")]
pub mod ports;
#[cfg(feature = "program")]
pub mod serial;
#[cfg(feature = "program")]
pub mod sim;
#[cfg(feature = "program")]
pub mod tcp;
#[cfg(feature = "program")]
pub mod trace;
#[cfg(all(feature = "program", unix))]
mod tty;

use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::HostError;

#[cfg(feature = "program")]
pub use holders::holders;
pub use port::{Framing, Parity};

/// A byte stream to one pen, with the clock that is right for it.
pub trait Transport: Clock {
    /// What to call this link in a message.
    fn name(&self) -> String;

    /// Sends all these bytes.
    ///
    /// # Errors
    /// The link is gone.
    fn send(&mut self, bytes: &[u8]) -> Result<(), HostError>;

    /// Waits at most `patience` for bytes and takes what is there. Zero means that nothing came.
    ///
    /// # Errors
    /// The link is gone.
    fn receive(&mut self, buffer: &mut [u8], patience: Duration) -> Result<usize, HostError>;

    /// Why an answer may have got lost on this link, if anything speaks for a cause.
    fn suspicion(&self) -> Option<String> {
        None
    }
}

/// Where a pen is, as given with `--port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A serial port by path or name.
    Serial(String),
    /// A TCP bridge, `HOST:PORT`.
    Tcp(String),
    /// A simulated pen, by seed.
    Sim(u64),
}

/// The seed of `sim:` without a number.
pub const DEFAULT_SEED: u64 = 1;

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(seed) = text.strip_prefix("sim:") {
            return match seed.trim() {
                "" => Ok(Self::Sim(DEFAULT_SEED)),
                seed => seed_of(seed).map(Self::Sim),
            };
        }
        if let Some(address) = text.strip_prefix("tcp:") {
            let (host, port) = address
                .rsplit_once(':')
                .ok_or("a TCP link is named tcp:HOST:PORT")?;
            if host.is_empty() || port.parse::<u16>().is_err() {
                return Err("a TCP link is named tcp:HOST:PORT, the port from 1 to 65535".into());
            }
            return Ok(Self::Tcp(address.to_owned()));
        }
        if text.is_empty() {
            return Err("a port has a name, such as /dev/ttyACM0, sim: or tcp:HOST:PORT".into());
        }
        Ok(Self::Serial(text.to_owned()))
    }
}

/// A seed in decimal, or in hexadecimal with 0x.
///
/// # Errors
/// A text that says what a seed looks like.
pub fn seed_of(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("`{text}` is no seed: a number from 0 to 2^64-1, or 0x and hex"))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => f.write_str(path),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Sim(seed) => write!(f, "sim:{seed}"),
        }
    }
}

/// What a failed read or write on an open link means.
pub(crate) fn broken(name: &str, error: &io::Error) -> HostError {
    let why = match error.kind() {
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::NotConnected
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted => {
            "the other end is gone: unplugged, powered off or closed".to_owned()
        }
        _ => format!("the operating system answered: {error}"),
    };
    HostError::link_lost(name, why)
}

/// Whether an error of a read only says that nothing came yet.
pub(crate) fn is_only_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn targets_are_told_apart() {
        assert_eq!("sim:".parse(), Ok(Target::Sim(1)));
        assert_eq!("sim:42".parse(), Ok(Target::Sim(42)));
        assert_eq!("sim:0xff".parse(), Ok(Target::Sim(255)));
        assert_eq!(
            "tcp:[::1]:4000".parse(),
            Ok(Target::Tcp("[::1]:4000".into()))
        );
        assert_eq!(
            "/dev/ttyACM0".parse(),
            Ok(Target::Serial("/dev/ttyACM0".into()))
        );
        assert_eq!("COM7".parse(), Ok(Target::Serial("COM7".into())));
    }

    #[test]
    fn a_wrong_target_says_what_a_right_one_is() {
        for wrong in ["sim:seven", "tcp:4000", "tcp:host:", "tcp:host:70000", ""] {
            let text = wrong.parse::<Target>().unwrap_err();
            assert!(
                text.contains("seed") || text.contains("tcp:HOST:PORT"),
                "{wrong}: {text}"
            );
        }
    }
}
