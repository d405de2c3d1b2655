//! The link to the host: within the ticks, or over the UART.

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};

use crate::uart;
use crate::wires::Wires;

/// The board's end of the link.
#[derive(Clone, Copy, Debug)]
pub enum Serial {
    /// Bytes come and go with the ticks: the same bytes at the same time in every run.
    Carried(&'static Wires),
    /// Bytes come and go over the UART, whenever they like.
    Uart,
}

/// Reading or writing without having asked whether it is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotReady;

impl embedded_io::Error for NotReady {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl core::fmt::Display for NotReady {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not asked whether the link is ready")
    }
}

impl core::error::Error for NotReady {}

impl ErrorType for Serial {
    type Error = NotReady;
}

impl ReadReady for Serial {
    fn read_ready(&mut self) -> Result<bool, NotReady> {
        Ok(match self {
            Self::Carried(wires) => wires.waiting.get() > 0,
            Self::Uart => uart::is_waiting(),
        })
    }
}

impl Read for Serial {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, NotReady> {
        let count = match self {
            Self::Carried(wires) => read_carried(wires, bytes),
            Self::Uart => uart::read(bytes),
        };
        if count == 0 && !bytes.is_empty() {
            return Err(NotReady);
        }
        Ok(count)
    }
}

fn read_carried(wires: &Wires, bytes: &mut [u8]) -> usize {
    let carried = wires.carried.borrow();
    let at = wires.consumed.get();
    let rest = carried.get(at..).unwrap_or_default();
    let count = rest.len().min(bytes.len());
    for (slot, byte) in bytes.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let waiting = wires.waiting.get();
    assert!(
        count == bytes.len() || count == waiting,
        "{} bytes were read in one tick and {waiting} wait, but the tick carried only {}",
        at + bytes.len(),
        carried.len()
    );
    wires.consumed.set(at + count);
    wires.waiting.set(waiting - count);
    count
}

impl WriteReady for Serial {
    fn write_ready(&mut self) -> Result<bool, NotReady> {
        Ok(match self {
            Self::Carried(wires) => wires.room.get() > 0,
            Self::Uart => uart::has_room(),
        })
    }
}

impl Write for Serial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, NotReady> {
        let count = match self {
            Self::Carried(wires) => write_carried(wires, bytes),
            Self::Uart => uart::write(bytes),
        };
        if count == 0 && !bytes.is_empty() {
            return Err(NotReady);
        }
        Ok(count)
    }

    fn flush(&mut self) -> Result<(), NotReady> {
        Ok(())
    }
}

fn write_carried(wires: &Wires, bytes: &[u8]) -> usize {
    let room = wires.room.get();
    let count = room.min(bytes.len());
    let fits = bytes.get(..count).unwrap_or_default();
    let kept = wires.said.borrow_mut().extend_from_slice(fits);
    assert!(
        kept.is_ok(),
        "the plant's queue takes more than the board's"
    );
    wires.room.set(room - count);
    count
}
