//! What the plant tells the processor.

use pen_core::journal::ResetCause;

use crate::bytes::{Sink, Source};
use crate::readings::{Readings, field};
use crate::{CARRIED_MAX, DATA_MAX, Refusal};

/// Most maker's keys of one pen.
pub const KEYS_MAX: usize = 2;

/// A maker's public key, Ed25519.
pub type Key = [u8; 32];

/// One order of the plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order<'a> {
    /// Boot. Answered by [`crate::report::Report::Started`].
    Start(Start<'a>),
    /// One control step. Answered by [`crate::report::Report::Done`].
    Tick(Tick<'a>),
    /// What came of a request for flash.
    Flash(Flash<'a>),
    /// A disturbed memory cell: a bit of this limit in force flips, as
    /// `pen_core::pen::Pen::bench_spoil_limit` counts them. Answered by
    /// [`crate::report::Report::Spoiled`].
    ///
    /// Layout: number u8.
    Spoil {
        /// Which limit.
        which: u8,
    },
    /// Reset is pulled. Answered by [`crate::report::Report::Mark`], and then by a greeting.
    Reset,
    /// It is over. Answered by [`crate::report::Report::Mark`].
    End,
}

/// What a board knows when it starts.
///
/// Layout: serial u64, cause u8 (0 power, 1 watchdog, 2 brown-out, 3 software, 4 unknown, 5 panic
/// with file u32 and line u32, 6 hard fault with address u32, 7 watchdog forgotten), flags u8 (host on the UART,
/// second switch), length of the flash u32, keys u8, 32 bytes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start<'a> {
    /// Serial number of the device.
    pub serial: u64,
    /// Why it started.
    pub cause: ResetCause,
    /// The host talks over the processor's own UART, not in the ticks.
    pub is_host_on_uart: bool,
    /// The board has a second switch in the bridge's supply.
    pub second_switch: bool,
    /// Length of the flash (bytes).
    pub flash_bytes: u32,
    /// Maker's keys, at most [`KEYS_MAX`].
    pub keys: &'a [Key],
}

/// One tick.
///
/// Layout: time u64 (us), flags u8 (asks for status, rests, flash was touched), the readings,
/// room u16, waiting u16, and the bytes of the host to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick<'a> {
    /// Time on the pen's own clock (us).
    pub pen_us: u64,
    /// A status must come with the answer.
    pub asks_status: bool,
    /// Nothing follows for a while: the processor may sleep until its own timer wakes it. Only for
    /// pens that are served in real time.
    pub rests: bool,
    /// The flash changed without the processor's doing: what it remembers of it is void.
    pub is_flash_touched: bool,
    /// What is on the wires.
    pub readings: Readings,
    /// Bytes that the queue to the host still takes.
    pub room: u16,
    /// Bytes that wait in the queue from the host; at least as many as are carried here.
    pub waiting: u16,
    /// The first of them, at most [`CARRIED_MAX`]. They stay in the queue until they are reported
    /// as read.
    pub bytes: &'a [u8],
}

/// What came of a request for flash.
///
/// Layout: result u8 (0 done, 1 not aligned, 2 out of bounds, 3 misuse, 4 no power); after 0 the
/// bytes read, to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash<'a> {
    /// It is done; what was read, or nothing.
    Done(&'a [u8]),
    /// It is not done.
    Refused(FlashRefusal),
}

/// Why the flash did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashRefusal {
    /// Offset or length is no multiple of the unit.
    NotAligned,
    /// Beyond the end.
    OutOfBounds,
    /// A write that the part cannot do.
    Misuse,
    /// There is no power any more.
    NoPower,
}

const START: u8 = 0x01;
const TICK: u8 = 0x02;
const FLASH: u8 = 0x03;
const RESET: u8 = 0x04;
const END: u8 = 0x05;
const SPOIL: u8 = 0x06;

impl<'a> Order<'a> {
    /// Reads exactly one frame.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn read(frame: &'a [u8]) -> Result<Self, Refusal> {
        let (kind, mut from) = Source::open(frame)?;
        let order = match kind {
            START => Self::Start(Start::read(&mut from)?),
            TICK => Self::Tick(Tick::read(&mut from)?),
            FLASH => Self::Flash(Flash::read(&mut from)?),
            SPOIL => Self::Spoil { which: from.u8()? },
            RESET => Self::Reset,
            END => Self::End,
            kind => return Err(Refusal::Kind { kind }),
        };
        from.close()?;
        Ok(order)
    }

    /// Writes the frame; returns its length.
    ///
    /// # Errors
    /// [`Refusal::NoRoom`], or [`Refusal::Field`] for what could not be read again.
    pub fn write(&self, room: &mut [u8]) -> Result<usize, Refusal> {
        let kind = match self {
            Self::Start(_) => START,
            Self::Tick(_) => TICK,
            Self::Flash(_) => FLASH,
            Self::Spoil { .. } => SPOIL,
            Self::Reset => RESET,
            Self::End => END,
        };
        let mut into = Sink::open(room, kind)?;
        match self {
            Self::Start(start) => start.write(&mut into)?,
            Self::Tick(tick) => tick.write(&mut into)?,
            Self::Flash(flash) => flash.write(&mut into)?,
            Self::Spoil { which } => into.put(&[*which])?,
            Self::Reset | Self::End => {}
        }
        into.close()
    }
}

impl<'a> Start<'a> {
    fn read(from: &mut Source<'a>) -> Result<Self, Refusal> {
        let serial = from.u64()?;
        let cause = read_cause(from)?;
        let [is_host_on_uart, second_switch] = from.flags("start flags")?;
        let flash_bytes = from.u32()?;
        let count = from.u8()?;
        if usize::from(count) > KEYS_MAX {
            return Err(field("number of keys", count));
        }
        let keys = from.bytes(usize::from(count).saturating_mul(size_of::<Key>()))?;
        Ok(Self {
            serial,
            cause,
            is_host_on_uart,
            second_switch,
            flash_bytes,
            keys: keys.as_chunks().0,
        })
    }

    fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        let count = u8::try_from(self.keys.len()).unwrap_or(u8::MAX);
        if usize::from(count) > KEYS_MAX {
            return Err(field("number of keys", count));
        }
        into.put(&self.serial.to_le_bytes())?;
        write_cause(self.cause, into)?;
        into.flags([self.is_host_on_uart, self.second_switch])?;
        into.put(&self.flash_bytes.to_le_bytes())?;
        into.put(&[count])?;
        into.put(self.keys.as_flattened())
    }
}

fn read_cause(from: &mut Source<'_>) -> Result<ResetCause, Refusal> {
    Ok(match from.u8()? {
        0 => ResetCause::PowerOn,
        1 => ResetCause::Watchdog,
        2 => ResetCause::BrownOut,
        3 => ResetCause::Software,
        4 => ResetCause::Unknown,
        5 => ResetCause::Panicked {
            file: from.u32()?,
            line: from.u32()?,
        },
        6 => ResetCause::HardFault {
            address: from.u32()?,
        },
        7 => ResetCause::WatchdogForgotten,
        other => return Err(field("reset cause", other)),
    })
}

fn write_cause(cause: ResetCause, into: &mut Sink<'_>) -> Result<(), Refusal> {
    match cause {
        ResetCause::PowerOn => into.put(&[0]),
        ResetCause::Watchdog => into.put(&[1]),
        ResetCause::BrownOut => into.put(&[2]),
        ResetCause::Software => into.put(&[3]),
        ResetCause::Unknown => into.put(&[4]),
        ResetCause::Panicked { file, line } => {
            into.put(&[5])?;
            into.put(&file.to_le_bytes())?;
            into.put(&line.to_le_bytes())
        }
        ResetCause::HardFault { address } => {
            into.put(&[6])?;
            into.put(&address.to_le_bytes())
        }
        ResetCause::WatchdogForgotten => into.put(&[7]),
    }
}

impl<'a> Tick<'a> {
    fn read(from: &mut Source<'a>) -> Result<Self, Refusal> {
        let pen_us = from.u64()?;
        let [asks_status, rests, is_flash_touched] = from.flags("tick flags")?;
        let tick = Self {
            pen_us,
            asks_status,
            rests,
            is_flash_touched,
            readings: Readings::read(from)?,
            room: from.u16()?,
            waiting: from.u16()?,
            bytes: from.all(),
        };
        tick.check()?;
        Ok(tick)
    }

    fn check(&self) -> Result<(), Refusal> {
        let carried = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX);
        if self.bytes.len() > CARRIED_MAX {
            let (name, value) = ("number of carried bytes", carried.into());
            return Err(Refusal::Field { name, value });
        }
        if self.waiting < carried {
            let (name, value) = ("number of waiting bytes", self.waiting.into());
            return Err(Refusal::Field { name, value });
        }
        Ok(())
    }

    fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        self.check()?;
        into.put(&self.pen_us.to_le_bytes())?;
        into.flags([self.asks_status, self.rests, self.is_flash_touched])?;
        self.readings.write(into)?;
        into.put(&self.room.to_le_bytes())?;
        into.put(&self.waiting.to_le_bytes())?;
        into.put(self.bytes)
    }
}

impl<'a> Flash<'a> {
    fn read(from: &mut Source<'a>) -> Result<Self, Refusal> {
        let refusal = match from.u8()? {
            0 => {
                let data = from.all();
                return check_data(data.len()).map(|()| Self::Done(data));
            }
            1 => FlashRefusal::NotAligned,
            2 => FlashRefusal::OutOfBounds,
            3 => FlashRefusal::Misuse,
            4 => FlashRefusal::NoPower,
            other => return Err(field("flash result", other)),
        };
        Ok(Self::Refused(refusal))
    }

    fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        match self {
            Self::Done(data) => {
                check_data(data.len())?;
                into.put(&[0])?;
                into.put(data)
            }
            Self::Refused(FlashRefusal::NotAligned) => into.put(&[1]),
            Self::Refused(FlashRefusal::OutOfBounds) => into.put(&[2]),
            Self::Refused(FlashRefusal::Misuse) => into.put(&[3]),
            Self::Refused(FlashRefusal::NoPower) => into.put(&[4]),
        }
    }
}

pub(crate) fn check_data(length: usize) -> Result<(), Refusal> {
    if length <= DATA_MAX {
        return Ok(());
    }
    Err(Refusal::Field {
        name: "number of flash bytes",
        value: u32::try_from(length).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests;
