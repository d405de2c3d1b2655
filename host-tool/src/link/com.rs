//! A serial port of an operating system that is no Unix: its reads and writes end in time by
//! themselves.

use std::io::{self, Read as _, Write as _};
use std::sync::Mutex;
use std::time::Duration;

use serialport::{ErrorKind, SerialPort};

use super::port::{Framing, OpenFailure, Parity, Read};

/// An open port.
pub(super) struct Com {
    port: Mutex<Box<dyn SerialPort>>,
}

impl Com {
    /// Opens `path` with these settings.
    ///
    /// # Errors
    /// Why not, and what the operating system said.
    pub(super) fn open(path: &str, framing: Framing) -> Result<Self, (OpenFailure, String)> {
        let mut port = framed(path, framing).open().map_err(|error| {
            let failure = match error.kind {
                ErrorKind::Io(io::ErrorKind::NotFound) => OpenFailure::Missing,
                ErrorKind::Io(io::ErrorKind::PermissionDenied) => OpenFailure::Denied,
                // The library says NoDevice both for a port that is locked and for one that is
                // not there.
                ErrorKind::NoDevice if error.description.contains("not find") => {
                    OpenFailure::Missing
                }
                ErrorKind::NoDevice => OpenFailure::Busy,
                _ => OpenFailure::Other,
            };
            (failure, error.description)
        })?;
        // A port without this line needs none.
        let _ = port.write_data_terminal_ready(true);
        Ok(Self {
            port: Mutex::new(port),
        })
    }

    /// Waits at most `patience` for bytes and takes what is there.
    ///
    /// # Errors
    /// The other end is gone.
    pub(super) fn read(&self, buffer: &mut [u8], patience: Duration) -> io::Result<Read> {
        let mut port = self.port.lock().unwrap_or_else(|held| held.into_inner());
        port.set_timeout(patience)?;
        match port.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(Read::Bytes(count)),
            Err(error) if super::is_only_late(&error) => Ok(Read::Late),
            Err(error) => Err(error),
        }
    }

    /// Writes what fits within `patience` and returns how much that was.
    ///
    /// # Errors
    /// The other end is gone.
    pub(super) fn write(&self, bytes: &[u8], patience: Duration) -> io::Result<usize> {
        let mut port = self.port.lock().unwrap_or_else(|held| held.into_inner());
        port.set_timeout(patience)?;
        match port.write(bytes) {
            Ok(count) => Ok(count),
            Err(error) if super::is_only_late(&error) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

/// A port with these settings, not yet open.
fn framed(path: &str, framing: Framing) -> serialport::SerialPortBuilder {
    serialport::new(path, framing.baud)
        .data_bits(if framing.is_seven_bits {
            serialport::DataBits::Seven
        } else {
            serialport::DataBits::Eight
        })
        .parity(match framing.parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .stop_bits(if framing.has_two_stops {
            serialport::StopBits::Two
        } else {
            serialport::StopBits::One
        })
}
