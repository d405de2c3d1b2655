//! What the processor tells the plant.

use crate::Refusal;
use crate::bytes::{Sink, Source};
use crate::order::check_data;
use crate::readings::field;
pub use crate::work::Work;

/// What every greeting begins with.
pub const MAGIC: [u8; 8] = *b"PENLOCK\0";

/// Longest text of a failure (bytes).
pub const FAILURE_MAX: usize = 512;

/// One report of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report<'a> {
    /// Out of reset.
    Greeting(Greeting),
    /// Booted, or not.
    Started {
        /// The application runs.
        is_up: bool,
        /// What booting left on the wires.
        work: Work<'a>,
    },
    /// A tick is done.
    Done(Work<'a>),
    /// Asks for flash; answered by [`crate::order::Order::Flash`].
    Flash(Request<'a>),
    /// What came of a disturbed memory cell.
    Spoiled(Spoiling),
    /// Stack used since reset.
    Mark(Mark),
    /// The firmware died; nothing follows.
    Failure {
        /// Of what, as text; at most [`FAILURE_MAX`] bytes.
        text: &'a str,
    },
}

/// Who speaks.
///
/// Layout, the same in every version: magic (8), version u16, target u8 (0 unknown, 1 ARMv7E-M, 2
/// ARMv6-M), sources u64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its version of the frames.
    pub version: u16,
    /// The instruction set that it was built for.
    pub target: Target,
    /// Its [`crate::SOURCES`].
    pub sources: u64,
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Not one of those below.
    Unknown,
    /// Cortex-M4 with its floating point unit: `thumbv7em-none-eabihf`.
    Armv7em,
    /// Cortex-M0+: `thumbv6m-none-eabi`.
    Armv6m,
}

impl Target {
    /// Its name, as compilers have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "an unknown target",
            Self::Armv7em => "thumbv7em-none-eabihf",
            Self::Armv6m => "thumbv6m-none-eabi",
        }
    }
}

/// Asks for flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Layout: offset u32, count u16.
    Read {
        /// From where.
        offset: u32,
        /// How many bytes, at most [`crate::DATA_MAX`].
        count: u16,
    },
    /// Layout: offset u32, the bytes to the end.
    Program {
        /// Where to.
        offset: u32,
        /// At most [`crate::DATA_MAX`].
        bytes: &'a [u8],
    },
    /// Layout: from u32, to u32.
    Erase {
        /// The first byte.
        from: u32,
        /// The first byte behind.
        to: u32,
    },
}

/// What came of a disturbed memory cell.
///
/// Layout: result u8 (0 flipped, 1 nothing in force, 2 no such limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoiling {
    /// The bit is flipped.
    Flipped,
    /// No limit is in force; nothing changed.
    NothingInForce,
    /// There is no such limit; nothing changed.
    NoSuchLimit,
}

/// How far the stack went.
///
/// Layout: used u32, size u32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Most bytes in use since reset.
    pub used: u32,
    /// Bytes that there are.
    pub size: u32,
}

const GREETING: u8 = 0x81;
const STARTED: u8 = 0x82;
const DONE: u8 = 0x83;
const READ: u8 = 0x84;
const PROGRAM: u8 = 0x85;
const ERASE: u8 = 0x86;
const MARK: u8 = 0x87;
const FAILURE: u8 = 0x88;
const SPOILED: u8 = 0x89;

impl<'a> Report<'a> {
    /// Reads exactly one frame.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn read(frame: &'a [u8]) -> Result<Self, Refusal> {
        let (kind, mut from) = Source::open(frame)?;
        let report = match kind {
            GREETING => Self::Greeting(Greeting::read(&mut from)?),
            STARTED => Self::Started {
                is_up: from.flags("start result").map(|[is_up]| is_up)?,
                work: Work::read(&mut from)?,
            },
            DONE => Self::Done(Work::read(&mut from)?),
            READ | PROGRAM | ERASE => Self::Flash(Request::read(kind, &mut from)?),
            MARK => Self::Mark(Mark {
                used: from.u32()?,
                size: from.u32()?,
            }),
            SPOILED => Self::Spoiled(match from.u8()? {
                0 => Spoiling::Flipped,
                1 => Spoiling::NothingInForce,
                2 => Spoiling::NoSuchLimit,
                other => return Err(field("result of a disturbed cell", other)),
            }),
            FAILURE => Self::Failure {
                text: read_text(&mut from)?,
            },
            kind => return Err(Refusal::Kind { kind }),
        };
        from.close()?;
        Ok(report)
    }

    /// Writes the frame; returns its length.
    ///
    /// # Errors
    /// [`Refusal::NoRoom`], or [`Refusal::Field`] for what could not be read again.
    pub fn write(&self, room: &mut [u8]) -> Result<usize, Refusal> {
        let mut into = Sink::open(room, self.kind())?;
        match self {
            Self::Greeting(greeting) => greeting.write(&mut into)?,
            Self::Started { is_up, work } => {
                into.flags([*is_up])?;
                work.write(&mut into)?;
            }
            Self::Done(work) => work.write(&mut into)?,
            Self::Flash(request) => request.write(&mut into)?,
            Self::Spoiled(Spoiling::Flipped) => into.put(&[0])?,
            Self::Spoiled(Spoiling::NothingInForce) => into.put(&[1])?,
            Self::Spoiled(Spoiling::NoSuchLimit) => into.put(&[2])?,
            Self::Mark(mark) => {
                into.put(&mark.used.to_le_bytes())?;
                into.put(&mark.size.to_le_bytes())?;
            }
            Self::Failure { text } => {
                check_text(text.len())?;
                into.put(text.as_bytes())?;
            }
        }
        into.close()
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Greeting(_) => GREETING,
            Self::Started { .. } => STARTED,
            Self::Done(_) => DONE,
            Self::Flash(Request::Read { .. }) => READ,
            Self::Flash(Request::Program { .. }) => PROGRAM,
            Self::Flash(Request::Erase { .. }) => ERASE,
            Self::Spoiled(_) => SPOILED,
            Self::Mark(_) => MARK,
            Self::Failure { .. } => FAILURE,
        }
    }
}

impl Greeting {
    fn read(from: &mut Source<'_>) -> Result<Self, Refusal> {
        if from.array()? != MAGIC {
            return Err(Refusal::Magic);
        }
        Ok(Self {
            version: from.u16()?,
            target: match from.u8()? {
                0 => Target::Unknown,
                1 => Target::Armv7em,
                2 => Target::Armv6m,
                other => return Err(field("target", other)),
            },
            sources: from.u64()?,
        })
    }

    fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        into.put(&MAGIC)?;
        into.put(&self.version.to_le_bytes())?;
        into.put(&[match self.target {
            Target::Unknown => 0,
            Target::Armv7em => 1,
            Target::Armv6m => 2,
        }])?;
        into.put(&self.sources.to_le_bytes())
    }
}

impl<'a> Request<'a> {
    fn read(kind: u8, from: &mut Source<'a>) -> Result<Self, Refusal> {
        let offset = from.u32()?;
        let request = match kind {
            READ => Self::Read {
                offset,
                count: from.u16()?,
            },
            PROGRAM => Self::Program {
                offset,
                bytes: from.all(),
            },
            _ => Self::Erase {
                from: offset,
                to: from.u32()?,
            },
        };
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), Refusal> {
        check_data(match self {
            Self::Read { count, .. } => usize::from(*count),
            Self::Program { bytes, .. } => bytes.len(),
            Self::Erase { .. } => 0,
        })
    }

    fn write(&self, into: &mut Sink<'_>) -> Result<(), Refusal> {
        self.check()?;
        match self {
            Self::Read { offset, count } => {
                into.put(&offset.to_le_bytes())?;
                into.put(&count.to_le_bytes())
            }
            Self::Program { offset, bytes } => {
                into.put(&offset.to_le_bytes())?;
                into.put(bytes)
            }
            Self::Erase { from, to } => {
                into.put(&from.to_le_bytes())?;
                into.put(&to.to_le_bytes())
            }
        }
    }
}

fn read_text<'a>(from: &mut Source<'a>) -> Result<&'a str, Refusal> {
    let bytes = from.all();
    check_text(bytes.len())?;
    core::str::from_utf8(bytes).map_err(|error| Refusal::Field {
        name: "place of the first byte that is no text",
        value: u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX),
    })
}

fn check_text(length: usize) -> Result<(), Refusal> {
    if length <= FAILURE_MAX {
        return Ok(());
    }
    Err(Refusal::Field {
        name: "length of a failure's text",
        value: u32::try_from(length).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests;
