//! Why bytes are no frame.

use core::fmt;

/// Why bytes were refused. Nothing was taken over from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No frame of this direction has this kind.
    Kind {
        /// The kind.
        kind: u8,
    },
    /// The header names a length that no frame has.
    TooLong {
        /// The kind.
        kind: u8,
        /// Length of the payload.
        len: usize,
    },
    /// The frame ends before its last field.
    Short {
        /// The kind.
        kind: u8,
    },
    /// The frame goes on after its last field.
    Trailing {
        /// The kind.
        kind: u8,
        /// Bytes too many.
        bytes: usize,
    },
    /// A field holds what it cannot mean.
    Field {
        /// Its name.
        name: &'static str,
        /// What it holds.
        value: u32,
    },
    /// The greeting does not begin with its magic: whoever speaks is no processor on trial.
    Magic,
    /// A frame to be written does not fit into the buffer, or is longer than a frame may be.
    NoRoom,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { kind } => write!(f, "no frame of this direction has kind {kind:#04x}"),
            Self::TooLong { kind, len } => write!(
                f,
                "frame of kind {kind:#04x} claims {len} bytes; at most {} are allowed",
                super::PAYLOAD_MAX
            ),
            Self::Short { kind } => write!(f, "frame of kind {kind:#04x} ends too early"),
            Self::Trailing { kind, bytes } => {
                write!(f, "frame of kind {kind:#04x} has {bytes} bytes too many")
            }
            Self::Field { name, value } => write!(f, "{value} is no {name}"),
            Self::Magic => f.write_str("no lock-step greeting"),
            Self::NoRoom => f.write_str("the frame does not fit"),
        }
    }
}

impl core::error::Error for Refusal {}
