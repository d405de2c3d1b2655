//! The link: two bounded queues between the application and whatever carries bytes (UART, USB).

use core::cell::RefCell;
use core::convert::Infallible;

use critical_section::Mutex;
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use heapless::Deque;

/// Bytes that each direction holds: two of the longest frames.
pub const QUEUE_BYTES: usize = 1_024;

type Queue = Mutex<RefCell<Deque<u8, QUEUE_BYTES>>>;

/// Both queues.
#[derive(Debug)]
pub struct Queues {
    to_pen: Queue,
    to_host: Queue,
}

impl Default for Queues {
    fn default() -> Self {
        Self::new()
    }
}

impl Queues {
    /// Two empty ones.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            to_pen: Mutex::new(RefCell::new(Deque::new())),
            to_host: Mutex::new(RefCell::new(Deque::new())),
        }
    }

    /// A byte came from the host; call it in the receive interrupt. False when there was no room:
    /// the frame that it belonged to will fail its checksum and be sent again.
    pub fn received(&self, byte: u8) -> bool {
        critical_section::with(|section| {
            let mut queue = self.to_pen.borrow_ref_mut(section);
            queue.push_back(byte).is_ok()
        })
    }

    /// The next byte for the host; call it when the transmitter is empty.
    pub fn to_send(&self) -> Option<u8> {
        critical_section::with(|section| self.to_host.borrow_ref_mut(section).pop_front())
    }
}

/// The application's end.
#[derive(Clone, Copy, Debug)]
pub struct Link(&'static Queues);

impl Link {
    /// Of these queues; there must be one.
    #[must_use]
    pub const fn new(queues: &'static Queues) -> Self {
        Self(queues)
    }
}

impl ErrorType for Link {
    type Error = Infallible;
}

impl ReadReady for Link {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(critical_section::with(|section| {
            !self.0.to_pen.borrow_ref(section).is_empty()
        }))
    }
}

impl Read for Link {
    /// What is there, which may be nothing; it never waits.
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let mut len = 0;
        for slot in bytes {
            // A section for each byte: interrupts wait for no more than one.
            let byte =
                critical_section::with(|section| self.0.to_pen.borrow_ref_mut(section).pop_front());
            let Some(byte) = byte else { break };
            *slot = byte;
            len += 1;
        }
        Ok(len)
    }
}

impl WriteReady for Link {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(critical_section::with(|section| {
            !self.0.to_host.borrow_ref(section).is_full()
        }))
    }
}

impl Write for Link {
    /// Takes what there is room for, which may be nothing; it never waits.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let mut len = 0;
        for byte in bytes {
            let is_taken = critical_section::with(|section| {
                let mut queue = self.0.to_host.borrow_ref_mut(section);
                queue.push_back(*byte).is_ok()
            });
            if !is_taken {
                break;
            }
            len += 1;
        }
        Ok(len)
    }

    /// Nothing to do: the interrupt sends by itself.
    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
