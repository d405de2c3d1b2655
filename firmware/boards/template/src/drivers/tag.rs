//! The cartridge's memory: an EEPROM of the 24C class on I2C, read in small pieces, over and over.
//!
//! What the record means is not this driver's business: a [`Decode`] says it, and it is the place
//! where a signature is checked. A tag that was not decoded is never authentic.

use embedded_hal::i2c::I2c;
use pen_app::board::TagReader;
use pen_core::io::TagReading;

use crate::signals::{Clock, Newest, Signals};

/// Its address. Source: 24C04 datasheet, "device addressing"
pub const ADDRESS: u8 = 0x50;

/// Bytes of the record, from address 0 on.
pub const RECORD: usize = 128;

/// Bytes that are read in one piece: 0.5 ms of bus at 400 kHz.
const PIECE: usize = 16;

/// Where the mark of a used tag is, behind the record, and what it is; erased memory is all ones.
pub const USED: (u8, u8) = (0x80, 0x00);

/// Polls that a write needs to settle. Source: 24C04 datasheet, write cycle, at most 5 ms
const WRITE_POLLS: u8 = 2;

/// Time between two pieces; all of a record is read in 90 ms.
///
/// - Unit: us
pub const PERIOD_US: u32 = 10_000;

/// A tag that was not read for so long is not there.
///
/// - Unit: us. Source: none yet
const STALE_US: u32 = 500_000;

/// What a record says.
pub trait Decode {
    /// The reading of a record, and of the mark behind it.
    fn decode(&self, record: &[u8; RECORD], is_used: bool) -> TagReading;
}

/// The thread's end: reads, and burns what it is told.
#[derive(Debug)]
pub struct TagPoller<D> {
    decode: D,
    record: [u8; RECORD],
    at: usize,
    waits: u8,
}

impl<D: Decode> TagPoller<D> {
    /// A poller that has read nothing.
    pub const fn new(decode: D) -> Self {
        Self {
            decode,
            record: [0xFF; RECORD],
            at: 0,
            waits: 0,
        }
    }

    /// Reads one piece; at the end of the record, leaves what it says. Call it each [`PERIOD_US`].
    pub fn poll<I: I2c>(&mut self, bus: &mut I, signals: &Signals, clock: impl Clock) {
        if self.waits > 0 {
            self.waits -= 1;
            return;
        }
        let at = u8::try_from(self.at).unwrap_or(0);
        if self.at < RECORD {
            let piece = self
                .record
                .get_mut(self.at..)
                .and_then(|left| left.get_mut(..PIECE));
            let is_read = piece.is_some_and(|piece| bus.write_read(ADDRESS, &[at], piece).is_ok());
            if is_read {
                self.at += PIECE;
            } else {
                // Nobody answered at all, or not to the end.
                let reading = if self.at == 0 {
                    TagReading::Absent
                } else {
                    TagReading::Unreadable
                };
                self.at = 0;
                signals.tag.put(reading, clock.now_us());
            }
            return;
        }
        self.at = 0;
        let mut mark = [0];
        let reading = match bus.write_read(ADDRESS, &[USED.0], &mut mark) {
            Ok(()) => self.decode.decode(&self.record, mark != [0xFF]),
            Err(_) => TagReading::Unreadable,
        };
        signals.tag.put(reading, clock.now_us());
        if let TagReading::Present(tag) = reading
            && !tag.used
            && let Some(id) = signals.take_burn()
        {
            if id == tag.id && bus.write(ADDRESS, &[USED.0, USED.1]).is_ok() {
                self.waits = WRITE_POLLS;
            } else {
                // Not yet, or not this one: asked again until the tag says so.
                signals.ask_burn(id);
            }
        }
    }
}

/// The tick's end.
#[derive(Debug)]
pub struct Reader<C> {
    signals: &'static Signals,
    newest: Newest<TagReading, C>,
}

impl<C: Clock> Reader<C> {
    /// Reads what the poller has left.
    pub const fn new(signals: &'static Signals, clock: C) -> Self {
        Self {
            signals,
            newest: Newest::new(&signals.tag, clock),
        }
    }
}

impl<C: Clock> TagReader for Reader<C> {
    fn newest(&mut self) -> TagReading {
        let (reading, age) = self.newest.read();
        if age.as_us() > STALE_US {
            TagReading::Absent
        } else {
            reading
        }
    }

    fn burn(&mut self, id: u64) {
        self.signals.ask_burn(id);
    }
}
