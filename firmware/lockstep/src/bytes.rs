//! Fields out of bytes and into bytes.

use crate::{HEADER, PAYLOAD_MAX, Refusal};

/// The rest of a payload.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    kind: u8,
    rest: &'a [u8],
}

impl<'a> Source<'a> {
    /// The payload of exactly one frame, and its kind.
    pub(crate) fn open(frame: &'a [u8]) -> Result<(u8, Self), Refusal> {
        let kind = frame.first().copied().unwrap_or(0);
        let Some(length) = crate::frame_length(frame)? else {
            return Err(Refusal::Short { kind });
        };
        let Some((whole, more)) = frame.split_at_checked(length) else {
            return Err(Refusal::Short { kind });
        };
        if !more.is_empty() {
            let bytes = more.len();
            return Err(Refusal::Trailing { kind, bytes });
        }
        let rest = whole.split_at_checked(HEADER).map_or(&[][..], |it| it.1);
        Ok((kind, Self { kind, rest }))
    }

    /// Nothing may be left.
    pub(crate) const fn close(&self) -> Result<(), Refusal> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Trailing {
                kind: self.kind,
                bytes: self.rest.len(),
            })
        }
    }

    pub(crate) const fn bytes(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(Refusal::Short { kind: self.kind }),
        }
    }

    pub(crate) const fn all(&mut self) -> &'a [u8] {
        let all = self.rest;
        self.rest = &[];
        all
    }

    pub(crate) const fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        match self.rest.split_first_chunk() {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(*taken)
            }
            None => Err(Refusal::Short { kind: self.kind }),
        }
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Refusal> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Refusal> {
        self.array().map(i8::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Refusal> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Refusal> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Refusal> {
        self.array().map(u64::from_le_bytes)
    }

    /// A byte of flags, the lowest first; the bits above must be zero.
    pub(crate) fn flags<const N: usize>(
        &mut self,
        name: &'static str,
    ) -> Result<[bool; N], Refusal> {
        let byte = self.u8()?;
        let mut left = byte;
        let flags = [(); N].map(|()| {
            let flag = left & 1 == 1;
            left >>= 1;
            flag
        });
        if left == 0 {
            Ok(flags)
        } else {
            let value = byte.into();
            Err(Refusal::Field { name, value })
        }
    }
}

/// A frame that grows in a buffer.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl<'a> Sink<'a> {
    pub(crate) fn open(room: &'a mut [u8], kind: u8) -> Result<Self, Refusal> {
        let mut sink = Self { room, len: 0 };
        sink.put(&[kind, 0, 0])?;
        Ok(sink)
    }

    /// Writes the length into the header. Returns the length of the frame.
    pub(crate) fn close(self) -> Result<usize, Refusal> {
        let payload = self.len.saturating_sub(HEADER);
        if payload > PAYLOAD_MAX {
            return Err(Refusal::NoRoom);
        }
        let length = u16::try_from(payload).map_err(|_| Refusal::NoRoom)?;
        let field = self.room.get_mut(1..HEADER).ok_or(Refusal::NoRoom)?;
        field.copy_from_slice(&length.to_le_bytes());
        Ok(self.len)
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let end = self.len.saturating_add(bytes.len());
        let place = self.room.get_mut(self.len..end).ok_or(Refusal::NoRoom)?;
        place.copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    pub(crate) fn flags<const N: usize>(&mut self, flags: [bool; N]) -> Result<(), Refusal> {
        let byte = flags
            .iter()
            .rev()
            .fold(0_u8, |byte, flag| (byte << 1) | u8::from(*flag));
        self.put(&[byte])
    }
}
