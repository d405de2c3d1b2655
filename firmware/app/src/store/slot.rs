//! Two regions that together keep one value: the newest acknowledged one, and the one before it.
//!
//! ```text
//! region   position 0              position 1                     last unit
//! +--------+---------------------+----------------------+---- - --+----------+
//! |        | header payload mark | header payload mark  |         | handover |
//! +--------+---------------------+----------------------+---- - --+----------+
//! ```
//!
//! A store appends at the next blank position of the region that holds the newest record; only when
//! that region is full is the *other* one erased and continued in. So the newest record and the one
//! before it are never in what is being erased, and an erase is rare.
//!
//! - A record is proven by its CRC, read back, and only then **marked**. A damaged record without a
//!   mark is a torn write that nobody was told had succeeded; a damaged record with a mark was
//!   acknowledged once, and [`Loaded::fell_back`] says that an older generation had to be used.
//! - The **handover** unit of a full region is programmed once the other region has been erased to
//!   the end. Damage in the other region then is damage of newer records; without it, it is what an
//!   interrupted erase or old age left of older ones.
//! - Marks and handover are read as "any bit cleared": a torn mark or a flipped bit errs towards
//!   saying that something was lost.
//!
//! Newest wins among *whole* records: if the newest whole record belongs to another pen, another
//! kind or newer firmware it is refused by name, and not passed over for an older one.
//!
//! Limit of the guarantee for the *previous* generation only: if every position of a region but one
//! is burnt by writes that failed one after the other, the previous generation is given up to make
//! room. The newest is never given up.

use embedded_storage::nor_flash::NorFlash;

use super::layout::Region;
use super::record::{Defect, Header, Identity};
use super::{StoreError, io};

mod places;

/// Most bytes a payload can have in any slot pair.
pub const PAYLOAD_MAX: usize = 512;

/// How often one store tries a new position before it gives up.
const ATTEMPTS: u32 = 3;

/// One value kept in two regions; payloads of up to `MAX` bytes.
#[derive(Debug, Clone, Copy)]
pub struct SlotPair<const MAX: usize> {
    regions: [Region; 2],
    identity: Identity,
}

/// What was loaded, and how much it can be trusted to be the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded<'a> {
    /// The bytes that were stored.
    pub payload: &'a [u8],
    /// Counts up with every store.
    pub generation: u32,
    /// Format version the payload was written in; at most the reader's.
    pub format: u16,
    /// A newer acknowledged generation is damaged; this one is older than it should be.
    pub fell_back: bool,
    /// A newer write was cut short before it was acknowledged.
    pub torn: bool,
    /// This record carries its mark: its store was read back. If not, [`SlotPair::settle`] it.
    pub marked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    region: usize,
    index: u32,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    place: Place,
    header: Header,
    marked: bool,
}

/// Damaged records newer than the newest whole one.
#[derive(Debug, Clone, Copy, Default)]
struct Newer {
    marked: u32,
    unmarked: u32,
}

impl<const MAX: usize> SlotPair<MAX> {
    const FITS: () = assert!(MAX > 0 && MAX <= PAYLOAD_MAX);

    /// Two equal regions for one kind of record. Does not touch the flash.
    #[must_use]
    pub const fn new(regions: [Region; 2], identity: Identity) -> Self {
        let () = Self::FITS;
        Self { regions, identity }
    }

    /// Returns the newest record. Reads only.
    ///
    /// # Errors
    /// Why there is none, or why the newest whole one is refused.
    pub fn load<'a, F: NorFlash>(
        &self,
        flash: &mut F,
        out: &'a mut [u8; MAX],
    ) -> Result<Loaded<'a>, Defect> {
        self.check(flash)?;
        let Some(top) = self.newest(flash, out)? else {
            return Err(self.diagnose(flash, out)?);
        };
        top.header.admit(&self.identity)?;
        let newer = self.newer_than(flash, &top, out)?;
        self.hand_out(flash, &top, newer, out)
    }

    /// Returns the acknowledged record before the newest one. Reads only.
    ///
    /// # Errors
    /// [`Defect::Blank`] if there is none, or why it is refused.
    pub fn previous<'a, F: NorFlash>(
        &self,
        flash: &mut F,
        out: &'a mut [u8; MAX],
    ) -> Result<Loaded<'a>, Defect> {
        self.check(flash)?;
        let top = self.newest(flash, out)?.ok_or(Defect::Blank)?;
        self.below(flash, Some(top.header.generation), true, out)
    }

    /// Returns the newest whole record below this generation, or the newest of all; on demand only an
    /// acknowledged one. Says nothing of damage. Reads only.
    ///
    /// # Errors
    /// [`Defect::Blank`] if there is none, or why it is refused.
    pub(crate) fn below<'a, F: NorFlash>(
        &self,
        flash: &mut F,
        generation: Option<u32>,
        marked_only: bool,
        out: &'a mut [u8; MAX],
    ) -> Result<Loaded<'a>, Defect> {
        self.check(flash)?;
        let found = self.find(flash, generation, marked_only, out)?;
        let found = found.ok_or(Defect::Blank)?;
        found.header.admit(&self.identity)?;
        self.hand_out(flash, &found, Newer::default(), out)
    }

    /// Stores `payload` as the next generation and returns its number, once a fresh scan of both
    /// regions (the path boot takes) has come back with exactly these bytes.
    ///
    /// # Errors
    /// Any [`StoreError`]; the newest acknowledged record is still there. After an error the new
    /// payload may or may not be what is loaded next.
    pub fn store<F: NorFlash>(&self, flash: &mut F, payload: &[u8]) -> Result<u32, StoreError> {
        if payload.len() > MAX {
            return Err(StoreError::TooLong {
                len: payload.len(),
                max: MAX,
            });
        }
        self.check(flash)?;
        let mut buf = [0; MAX];
        let top = self.newest(flash, &mut buf)?;
        let mut generation = self.next_generation(flash, top.as_ref(), &mut buf)?;
        let mut outcome = StoreError::NotVerified;
        for attempt in 0..ATTEMPTS {
            let place = self.make_place(flash, top.as_ref(), attempt)?;
            match self.write(flash, place, generation, payload, &mut buf) {
                Ok(true) => return Ok(generation),
                Ok(false) => outcome = StoreError::NotVerified,
                Err(error) => outcome = error,
            }
            generation = generation.checked_add(1).ok_or(StoreError::Exhausted)?;
        }
        Err(outcome)
    }

    /// Stores the newest record again if it landed without its mark, because power failed between
    /// programming and acknowledging it: its cells may be only half programmed. True if it did.
    ///
    /// Not behind damage of a newer one that was acknowledged: stored again, the older one would be the
    /// newest, and nothing would say any more that it is not what was in force.
    ///
    /// # Errors
    /// As [`SlotPair::store`], or [`StoreError::Damaged`] if there is nothing to settle.
    pub fn settle<F: NorFlash>(&self, flash: &mut F) -> Result<bool, StoreError> {
        let mut buf = [0; MAX];
        let loaded = self.load(flash, &mut buf).map_err(StoreError::Damaged)?;
        // A payload in an older format would be relabelled as the current one: migration's task.
        if loaded.marked || loaded.fell_back || loaded.format != self.identity.format {
            return Ok(false);
        }
        self.store(flash, loaded.payload)?;
        Ok(true)
    }

    /// Makes sure that the next `stores` stores need no erase, if that is possible without giving
    /// up the previous generation. Returns how many stores need none now.
    ///
    /// # Errors
    /// [`StoreError::Flash`] or [`StoreError::Geometry`].
    pub fn prepare<F: NorFlash>(&self, flash: &mut F, stores: u32) -> Result<u32, StoreError> {
        self.check(flash)?;
        let mut buf = [0; MAX];
        let Some(top) = self.newest(flash, &mut buf)? else {
            return Ok(0);
        };
        let below = Some(top.header.generation);
        let keeps_previous = self
            .find(flash, below, true, &mut buf)?
            .is_none_or(|found| found.place.region == top.place.region);
        let here = self.blanks(flash, top.place.region, top.place.index)?;
        let handed = self.is_handed_over(flash, top.place.region)?;
        if here < stores && !handed && keeps_previous {
            self.hand_over(flash, top.place.region)?;
        } else if !handed {
            return Ok(here);
        }
        Ok(here + self.blanks(flash, 1 - top.place.region, 0)?)
    }

    /// How many records one region holds in this flash.
    #[must_use]
    pub fn capacity<F: NorFlash>(&self) -> u32 {
        let room = (self.regions[0].len as usize).saturating_sub(io::unit::<F>());
        io::offset(room / Self::stride::<F>())
    }
}

#[cfg(test)]
mod tests;
