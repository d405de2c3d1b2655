//! The flash, which lies with the plant: its bytes, its faults and its power are the same as
//! natively.

use core::cell::RefCell;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use pen_lockstep::DATA_MAX;
use pen_lockstep::order::{Flash, FlashRefusal, Order};
use pen_lockstep::report::{Report, Request};

use crate::mirror::Mirror;
use crate::plant::Plant;

/// The plant's flash. Its power can only fail within an erase or a program, so a copy that was read
/// before is right until then.
#[derive(Debug)]
pub struct PlantFlash {
    plant: &'static Plant,
    bytes: usize,
    mirror: &'static RefCell<Mirror>,
}

/// What the plant's flash refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashError(pub FlashRefusal);

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self.0 {
            FlashRefusal::NotAligned => NorFlashErrorKind::NotAligned,
            FlashRefusal::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            FlashRefusal::Misuse | FlashRefusal::NoPower => NorFlashErrorKind::Other,
        }
    }
}

impl PlantFlash {
    /// The plant's flash of this length, and the copy of what was read.
    #[must_use]
    pub const fn new(
        plant: &'static Plant,
        bytes: usize,
        mirror: &'static RefCell<Mirror>,
    ) -> Self {
        Self {
            plant,
            bytes,
            mirror,
        }
    }

    /// Asks, and copies what comes back.
    fn ask(&self, request: Request<'_>, into: &mut [u8]) -> Result<(), FlashError> {
        self.plant.tell(&Report::Flash(request));
        self.plant.hear(|order| match order {
            Order::Flash(Flash::Done(data)) if data.len() == into.len() => {
                into.copy_from_slice(data);
                Ok(())
            }
            Order::Flash(Flash::Refused(refusal)) => Err(FlashError(*refusal)),
            other => panic!("asked for flash, and was told {other:?}"),
        })
    }

    /// Changes flash; what was known of it before is known no more, whatever came of it.
    fn change(&self, request: Request<'_>, from: u32, to: u32) -> Result<(), FlashError> {
        let done = self.ask(request, &mut []);
        let mut mirror = self.mirror.borrow_mut();
        if done == Err(FlashError(FlashRefusal::NoPower)) {
            mirror.forget_all();
        }
        mirror.forget(from as usize, to as usize);
        done
    }

    /// Reads from the copy, or from the plant; returns how many bytes.
    fn read_some(&self, offset: u32, bytes: &mut [u8]) -> Result<usize, FlashError> {
        let mut mirror = self.mirror.borrow_mut();
        let at = offset as usize;
        if mirror.known(at, bytes.len()).is_none()
            && let Some((start, page)) = mirror.page(at)
        {
            let offset = u32::try_from(start).unwrap_or(u32::MAX);
            let count = u16::try_from(page.len()).unwrap_or(u16::MAX);
            self.ask(Request::Read { offset, count }, page)?;
            mirror.learn(at);
        }
        if let Some(known) = mirror.known(at, bytes.len()) {
            let (place, _) = bytes.split_at_mut(known.len());
            place.copy_from_slice(known);
            return Ok(known.len());
        }
        let (part, _) = bytes.split_at_mut(bytes.len().min(DATA_MAX));
        let count = u16::try_from(part.len()).unwrap_or(u16::MAX);
        self.ask(Request::Read { offset, count }, part)?;
        Ok(part.len())
    }
}

impl ErrorType for PlantFlash {
    type Error = FlashError;
}

impl ReadNorFlash for PlantFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let end = (offset as usize).saturating_add(bytes.len());
        if end > self.bytes {
            return Err(FlashError(FlashRefusal::OutOfBounds));
        }
        let mut offset = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = self.read_some(offset, rest)?;
            offset = offset.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            rest = rest.split_at_mut(count).1;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes
    }
}

impl NorFlash for PlantFlash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 4_096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.change(Request::Erase { from, to }, from, to)
    }

    /// At most [`DATA_MAX`] bytes at once, which no record exceeds: a longer write would be cut
    /// differently by a power failure here than natively.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let to = offset.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.change(Request::Program { offset, bytes }, offset, to)
    }
}
