//! What a check says: expected, seen, and where.

use core::fmt;

use pen_core::io::{Quadrant, TagReading};

use crate::bench::{Torque, Unable};

/// Something expected or seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A level: high or low.
    Level(bool),
    /// A share of the time. Unit: ten-thousandths
    Share(u16),
    /// A number of something.
    Count(i64),
    /// A time. Unit: us
    Us(u64),
    /// A time at most so long. Unit: us
    AtMostUs(u64),
    /// A time at least so long. Unit: us
    AtLeastUs(u64),
    /// A byte.
    Byte(u8),
    /// The cam's quadrant.
    Quadrant(Quadrant),
    /// What the motor feels.
    Torque(Torque),
    /// What a tag says.
    Tag(TagReading),
    /// Anything else, in words.
    Words(&'static str),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(true) => f.write_str("high"),
            Self::Level(false) => f.write_str("low"),
            Self::Share(parts) => write!(f, "{}.{:02} %", parts / 100, parts % 100),
            Self::Count(count) => write!(f, "{count}"),
            Self::Us(us) => write!(f, "{us} us"),
            Self::AtMostUs(us) => write!(f, "at most {us} us"),
            Self::AtLeastUs(us) => write!(f, "at least {us} us"),
            Self::Byte(byte) => write!(f, "{byte:#04x}"),
            Self::Quadrant(quadrant) => write!(f, "{quadrant:?}"),
            Self::Torque(torque) => write!(f, "{torque:?}"),
            Self::Tag(reading) => write!(f, "{reading:?}"),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// A board that does not do what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at.
    pub part: &'static str,
    /// After what.
    pub when: &'static str,
    /// What must be so.
    pub expected: Value,
    /// What is so.
    pub seen: Value,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}: expected {}, saw {}",
            self.part, self.when, self.expected, self.seen
        )
    }
}

/// Why a check did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The board is wrong.
    Failed(Failure),
    /// The bench cannot tell.
    Unable(Unable),
}

impl From<Unable> for Trouble {
    fn from(unable: Unable) -> Self {
        Self::Unable(unable)
    }
}

/// What a check that passed has measured on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing.
    Nothing,
    /// How long something took.
    Took {
        /// What.
        what: &'static str,
        /// Unit: us
        us: u64,
    },
    /// Two times.
    TookBoth {
        /// What took how long. Unit: us
        first: (&'static str, u64),
        /// And what took how long. Unit: us
        second: (&'static str, u64),
    },
    /// Shortest and longest control period, within the hard bound.
    Ticks {
        /// Unit: us
        shortest: u64,
        /// Unit: us
        longest: u64,
        /// Also within the recommended 5 %.
        is_recommended: bool,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Took { what, us } => write!(f, "{what} {us} us"),
            Self::TookBoth { first, second } => {
                write!(
                    f,
                    "{} {} us, {} {} us",
                    first.0, first.1, second.0, second.1
                )
            }
            Self::Ticks {
                shortest,
                longest,
                is_recommended,
            } => {
                write!(f, "period {shortest} .. {longest} us")?;
                if *is_recommended {
                    Ok(())
                } else {
                    f.write_str("; recommended is 950 .. 1050 us")
                }
            }
        }
    }
}

/// What a check returns.
pub type Outcome = Result<Note, Trouble>;

/// A failure, if `is_so` is false.
pub(crate) fn demand(
    is_so: bool,
    part: &'static str,
    when: &'static str,
    expected: Value,
    seen: Value,
) -> Result<(), Trouble> {
    if is_so {
        return Ok(());
    }
    Err(Trouble::Failed(Failure {
        part,
        when,
        expected,
        seen,
    }))
}

/// A failure, if the two differ.
pub(crate) fn same(
    part: &'static str,
    when: &'static str,
    expected: Value,
    seen: Value,
) -> Result<(), Trouble> {
    demand(expected == seen, part, when, expected, seen)
}

/// What came of a call, or a failure that it reported an error.
pub(crate) fn works<R, E>(
    part: &'static str,
    result: Result<R, E>,
    when: &'static str,
) -> Result<R, Trouble> {
    result.map_err(|_| {
        Trouble::Failed(Failure {
            part,
            when,
            expected: Value::Words("no error"),
            seen: Value::Words("an error"),
        })
    })
}
