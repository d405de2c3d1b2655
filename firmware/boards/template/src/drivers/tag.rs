//! The cartridge's memory: an EEPROM of the 24C class on I2C, read in small pieces, over and over.
//!
//! What the bytes mean, and whether a maker has signed them, is `pen_app::tag_record`'s business.

use embedded_hal::i2c::I2c;
use pen_app::board::TagReader;
use pen_app::signed::PublicKey;
use pen_app::tag_record::{LEN, TagVerifier, USED, USED_AT, USED_LEN};
use pen_core::io::TagReading;

use crate::signals::{Clock, Newest, Signals};

/// Its address. Source: 24C04 datasheet, "device addressing"
pub const ADDRESS: u8 = 0x50;

/// Bytes that are read: the record, and the mark of use behind it.
pub const MEMORY: usize = 112;

/// Bytes that are read in one piece: 0.5 ms of bus at 400 kHz. The mark of use lies in one of them.
const PIECE: usize = 16;

const _: () = assert!(LEN <= USED_AT as usize && USED_AT as usize + USED_LEN <= MEMORY);
const _: () = assert!(MEMORY.is_multiple_of(PIECE));

/// Polls that a write needs to settle. Source: 24C04 datasheet, write cycle, at most 5 ms
const WRITE_POLLS: u8 = 2;

/// Time between two pieces; all of them are read in 80 ms.
///
/// - Unit: us
pub const PERIOD_US: u32 = 10_000;

/// A tag that was not read for so long is not there.
///
/// - Unit: us. Source: none yet
const STALE_US: u32 = 500_000;

/// The thread's end: reads, and burns what it is told.
#[derive(Debug)]
pub struct TagPoller {
    makers: &'static [PublicKey],
    verifier: TagVerifier,
    memory: [u8; MEMORY],
    at: usize,
    waits: u8,
}

impl TagPoller {
    /// A poller that has read nothing, and believes these keys.
    #[must_use]
    pub const fn new(makers: &'static [PublicKey]) -> Self {
        Self {
            makers,
            verifier: TagVerifier::new(),
            memory: [0xFF; MEMORY],
            at: 0,
            waits: 0,
        }
    }

    /// Reads one piece; behind the last one, leaves what they say. Call it each [`PERIOD_US`].
    ///
    /// The first time that a record is seen its signature is checked, which takes a small processor
    /// a few hundred milliseconds: nothing in thread is urgent.
    pub fn poll<I: I2c>(&mut self, bus: &mut I, signals: &Signals, clock: impl Clock) {
        if self.waits > 0 {
            self.waits -= 1;
            return;
        }
        let from = u8::try_from(self.at).unwrap_or(0);
        let piece = self
            .memory
            .get_mut(self.at..)
            .and_then(|left| left.get_mut(..PIECE));
        let is_read = piece.is_some_and(|piece| bus.write_read(ADDRESS, &[from], piece).is_ok());
        if !is_read {
            // Nobody answered at all, or not to the end.
            let reading = if self.at == 0 {
                TagReading::Absent
            } else {
                TagReading::Unreadable
            };
            self.at = 0;
            signals.tag.put(reading, clock.now_us());
            return;
        }
        self.at += PIECE;
        if self.at < MEMORY {
            return;
        }
        self.at = 0;
        let (record, mark) = self.parts();
        let reading = self.verifier.reading(&record, mark, self.makers);
        signals.tag.put(reading, clock.now_us());
        self.burn(bus, signals, reading);
    }

    fn parts(&self) -> ([u8; LEN], [u8; USED_LEN]) {
        let record = self.memory.first_chunk().copied().unwrap_or([0; LEN]);
        let behind = self.memory.get(usize::from(USED_AT)..).unwrap_or_default();
        // A mark that could not be found is one of use.
        (record, behind.first_chunk().copied().unwrap_or(USED))
    }

    /// Marks the tag, if it is the one that shall be marked.
    fn burn<I: I2c>(&mut self, bus: &mut I, signals: &Signals, reading: TagReading) {
        let TagReading::Present(tag) = reading else {
            return;
        };
        if tag.used {
            return;
        }
        let Some(id) = signals.take_burn() else {
            return;
        };
        let [m0, m1, m2, m3] = USED;
        let is_written = id == tag.id && bus.write(ADDRESS, &[USED_AT, m0, m1, m2, m3]).is_ok();
        if is_written {
            self.waits = WRITE_POLLS;
        } else {
            // Not yet, or not this one: asked again until the tag says so.
            signals.ask_burn(id);
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
