//! Frames: where a message begins and ends in a stream of bytes, and whether it arrived whole.
//!
//! ```text
//! 0x00 | COBS( version u8 | seq u8 | kind u8 | payload | CRC-32 little-endian ) | 0x00
//! ```
//!
//! The zero in front ends whatever noise came before, so that an intact frame is always found
//! (LINK-009); empty frames between zeros mean nothing. The CRC covers version to payload. Where
//! version, sequence number, kind and CRC lie never changes, in any version.

use cobs::{CobsEncoder, DecodeResult, DecoderState};
use crc::{Digest, Table};
use postcard::ser_flavors::Flavor;
use serde::Serialize;

use crate::messages::Message;
use crate::wire::WireError;
use crate::{CRC, VERSION};

/// Bytes of a frame's body before the payload.
pub const HEADER_LEN: usize = 3;

/// Bytes of the CRC behind the payload.
pub const CRC_LEN: usize = 4;

/// Most bytes of payload.
///
/// - Unit: bytes. Range: what fits [`FRAME_MAX`] whatever the bytes are
pub const PAYLOAD_MAX: usize = 500;

/// Most bytes of a body: header, payload, CRC.
pub const BODY_MAX: usize = HEADER_LEN + PAYLOAD_MAX + CRC_LEN;

/// Most bytes of a frame on the wire, both zeros included.
pub const FRAME_MAX: usize = 512;

const _: () = assert!(cobs::max_encoding_length(BODY_MAX) + 2 <= FRAME_MAX);

/// Why a frame is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FrameError {
    /// Not COBS: a zero where none can be.
    BadCobs,
    /// Longer than any frame.
    TooLong,
    /// Too short to have a header and a CRC.
    TooShort {
        /// Bytes of the body.
        len: usize,
    },
    /// The CRC does not match.
    BadCrc {
        /// Of the bytes that arrived.
        computed: u32,
        /// In the frame.
        received: u32,
    },
    /// A whole frame in a version that is not spoken here.
    BadVersion {
        /// Which.
        version: u8,
        /// Its sequence number.
        seq: u8,
    },
    /// A whole frame of a kind that is not known here.
    UnknownKind {
        /// Which.
        kind: u8,
    },
    /// The payload is not one of this kind: unknown variant, cut short, or not in its shortest form.
    BadPayload {
        /// Which kind.
        kind: u8,
    },
    /// Something follows the payload.
    TrailingBytes {
        /// Which kind.
        kind: u8,
        /// Bytes left over.
        bytes: usize,
    },
    /// The message does not fit a frame, or the buffer is too small for it.
    NoRoom,
}

impl core::fmt::Display for FrameError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::BadCobs => write!(f, "the bytes are no COBS frame"),
            Self::TooLong => write!(f, "the frame is longer than {FRAME_MAX} bytes"),
            Self::TooShort { len } => write!(f, "the frame has only {len} bytes"),
            Self::BadCrc { computed, received } => {
                write!(
                    f,
                    "the frame's CRC is {received:08x}, its bytes give {computed:08x}"
                )
            }
            Self::BadVersion { version, .. } => write!(f, "protocol version {version} is unknown"),
            Self::UnknownKind { kind } => write!(f, "message kind {kind:#04x} is unknown"),
            Self::BadPayload { kind } => write!(f, "the payload is no message of kind {kind:#04x}"),
            Self::TrailingBytes { kind, bytes } => {
                write!(f, "{bytes} bytes too many in a message of kind {kind:#04x}")
            }
            Self::NoRoom => write!(f, "the message does not fit the frame"),
        }
    }
}

impl core::error::Error for FrameError {}

/// Writes a message as a frame to the front of `out` and returns the bytes of the frame.
///
/// A buffer of [`FRAME_MAX`] bytes is always large enough.
///
/// # Errors
/// [`FrameError::NoRoom`]
pub fn encode<'a, M: Message>(
    seq: u8,
    message: &M,
    out: &'a mut [u8],
) -> Result<&'a [u8], FrameError> {
    let Some((first, rest)) = out.split_first_mut() else {
        return Err(FrameError::NoRoom);
    };
    *first = 0;
    let mut body = Body::new(rest);
    let header = [VERSION, seq, message.kind()];
    body.try_extend(&header).map_err(|_| FrameError::NoRoom)?;
    let len = message.write(body).map_err(|_| FrameError::NoRoom)?;
    // One byte before and one behind the COBS bytes.
    let end = out.get_mut(len + 1).ok_or(FrameError::NoRoom)?;
    *end = 0;
    out.get(..len + 2).ok_or(FrameError::NoRoom)
}

/// A postcard flavor that stuffs and sums while it is written: no second buffer.
pub struct Body<'a> {
    cobs: CobsEncoder<'a>,
    digest: Digest<'static, u32, Table<1>>,
    len: usize,
}

impl core::fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Body")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl<'a> Body<'a> {
    fn new(out: &'a mut [u8]) -> Self {
        Self {
            cobs: CobsEncoder::new(out),
            digest: CRC.digest(),
            len: 0,
        }
    }

    /// Writes a payload and returns the length of the stuffed body.
    pub(crate) fn payload<T: Serialize>(self, payload: &T) -> postcard::Result<usize> {
        postcard::serialize_with_flavor(payload, self)
    }
}

impl Flavor for Body<'_> {
    type Output = usize;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.len += bytes.len();
        if self.len > HEADER_LEN + PAYLOAD_MAX {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.digest.update(bytes);
        self.cobs
            .push(bytes)
            .map_err(|_| postcard::Error::SerializeBufferFull)
    }

    fn finalize(mut self) -> postcard::Result<usize> {
        let crc = self.digest.finalize().to_le_bytes();
        self.cobs
            .push(&crc)
            .map_err(|_| postcard::Error::SerializeBufferFull)?;
        Ok(self.cobs.finalize())
    }
}

/// A frame that arrived whole; its message is not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Sequence number: a reply has that of its request.
    pub seq: u8,
    /// Which message.
    pub kind: u8,
    /// The message's bytes.
    pub payload: &'a [u8],
    /// The frame's CRC: two frames with the same one are the same frame.
    pub crc: u32,
}

impl Frame<'_> {
    /// Reads the message.
    ///
    /// # Errors
    /// [`FrameError::UnknownKind`], [`FrameError::BadPayload`] or [`FrameError::TrailingBytes`].
    pub fn message<M: Message>(&self) -> Result<M, FrameError> {
        let kind = self.kind;
        match M::read(kind, self.payload) {
            None => Err(FrameError::UnknownKind { kind }),
            Some(Ok(message)) => Ok(message),
            Some(Err(WireError::Trailing { bytes })) => {
                Err(FrameError::TrailingBytes { kind, bytes })
            }
            Some(Err(WireError::Malformed | WireError::NotShortest | WireError::NoRoom)) => {
                Err(FrameError::BadPayload { kind })
            }
        }
    }
}

/// Finds frames in a stream of bytes. Bounded: it never holds more than one body.
pub struct Decoder {
    state: DecoderState,
    body: [u8; BODY_MAX],
    len: usize,
    /// Too long: everything up to the next zero is thrown away.
    skips: bool,
}

impl core::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decoder")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: DecoderState::Idle,
            body: [0; BODY_MAX],
            len: 0,
            skips: false,
        }
    }

    /// Takes one byte; says something when a frame ends with it, or when it cannot become one.
    ///
    /// After an error it goes on with the next zero byte by itself.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame<'_>, FrameError>> {
        if self.skips {
            self.skips = byte != 0;
            return None;
        }
        match self.state.feed(byte) {
            // Only an early zero is an error, and that zero starts the next frame.
            Err(_) => Some(Err(FrameError::BadCobs)),
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataStart) => {
                self.len = 0;
                None
            }
            Ok(DecodeResult::DataContinue(byte)) => {
                if let Some(place) = self.body.get_mut(self.len) {
                    *place = byte;
                    self.len += 1;
                    None
                } else {
                    self.state = DecoderState::Idle;
                    self.skips = true;
                    Some(Err(FrameError::TooLong))
                }
            }
            Ok(DecodeResult::DataComplete) => Some(self.frame()),
        }
    }

    /// Forgets a frame that has begun.
    pub fn reset(&mut self) {
        self.state = DecoderState::Idle;
        self.skips = false;
    }

    fn frame(&self) -> Result<Frame<'_>, FrameError> {
        let short = FrameError::TooShort { len: self.len };
        let body = self.body.get(..self.len).ok_or(FrameError::TooLong)?;
        let (summed, crc) = body.split_last_chunk::<CRC_LEN>().ok_or(short)?;
        let ([version, seq, kind], payload) =
            summed.split_first_chunk::<HEADER_LEN>().ok_or(short)?;
        let (computed, received) = (CRC.checksum(summed), u32::from_le_bytes(*crc));
        if computed != received {
            return Err(FrameError::BadCrc { computed, received });
        }
        if *version != VERSION {
            return Err(FrameError::BadVersion {
                version: *version,
                seq: *seq,
            });
        }
        Ok(Frame {
            seq: *seq,
            kind: *kind,
            payload,
            crc: received,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Flavor};

    /// Writes a body so many bytes long, in pieces of one size.
    fn written(bytes: usize, piece: usize) -> postcard::Result<usize> {
        let mut out = [0; 2_000];
        let mut body = Body::new(&mut out);
        for piece in [0x5A; 2_000].get(..bytes).unwrap_or_default().chunks(piece) {
            body.try_extend(piece)?;
        }
        body.finalize()
    }

    #[test]
    fn link_001_a_body_holds_500_bytes_of_payload_and_no_more_whatever_the_buffer() {
        // Three bytes of header before them, four of CRC behind.
        let most = 503;
        for piece in [1, 7, 255, 1_024] {
            for bytes in [0, 1, most - 1, most] {
                // COBS adds a byte, and one more after each 254.
                let stuffed = bytes + 4 + 1 + (bytes + 4) / 254;
                let len = written(bytes, piece).expect("it fits");
                assert!(len <= stuffed, "{bytes} {len}");
            }
            for bytes in [most + 1, 2 * most] {
                let full = Err(postcard::Error::SerializeBufferFull);
                assert_eq!(written(bytes, piece), full, "{bytes} {piece}");
            }
        }
    }
}
