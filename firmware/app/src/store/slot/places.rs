//! Inside a slot pair: where records lie, which of them are whole, where the next one goes.

use embedded_storage::nor_flash::NorFlash;

use super::super::record::{Defect, HEADER_LEN, Header};
use super::super::{StoreError, io};
use super::{Found, Loaded, Newer, Place, SlotPair};

impl<const MAX: usize> SlotPair<MAX> {
    pub(super) const fn stride<F: NorFlash>() -> usize {
        let unit = io::unit::<F>();
        (HEADER_LEN + MAX).next_multiple_of(unit) + unit
    }

    pub(super) fn check<F: NorFlash>(&self, flash: &F) -> Result<(), StoreError> {
        for region in &self.regions {
            io::check_geometry(flash, region.start, region.len)?;
        }
        let [a, b] = &self.regions;
        if a.len != b.len || a.overlaps(b) || self.capacity::<F>() < 2 {
            return Err(StoreError::Geometry);
        }
        Ok(())
    }

    fn address<F: NorFlash>(&self, place: Place) -> u32 {
        self.regions[place.region].start + place.index * io::offset(Self::stride::<F>())
    }

    fn mark_address<F: NorFlash>(&self, place: Place) -> u32 {
        self.address::<F>(place) + io::offset(Self::stride::<F>() - io::unit::<F>())
    }

    fn is_marked<F: NorFlash>(&self, flash: &mut F, place: Place) -> Result<bool, StoreError> {
        Ok(!io::is_blank(
            flash,
            self.mark_address::<F>(place),
            io::unit::<F>(),
        )?)
    }

    fn handover_address<F: NorFlash>(&self, region: usize) -> u32 {
        self.regions[region].end() - io::offset(io::unit::<F>())
    }

    pub(super) fn is_handed_over<F: NorFlash>(
        &self,
        flash: &mut F,
        region: usize,
    ) -> Result<bool, StoreError> {
        Ok(!io::is_blank(
            flash,
            self.handover_address::<F>(region),
            io::unit::<F>(),
        )?)
    }

    /// Every place, latest first in each region, so that older records need no CRC.
    fn places<F: NorFlash>(&self) -> impl Iterator<Item = Place> + use<F, MAX> {
        let capacity = self.capacity::<F>();
        (0..2).flat_map(move |region| {
            (0..capacity)
                .rev()
                .map(move |index| Place { region, index })
        })
    }

    fn header<F: NorFlash>(
        &self,
        flash: &mut F,
        place: Place,
    ) -> Result<[u8; HEADER_LEN], StoreError> {
        let mut head = [0; HEADER_LEN];
        io::read(flash, self.address::<F>(place), &mut head)?;
        Ok(head)
    }

    /// Reads and proves the record at `place`.
    fn read<F: NorFlash>(
        &self,
        flash: &mut F,
        place: Place,
        buf: &mut [u8; MAX],
    ) -> Result<Result<Header, Defect>, StoreError> {
        let head = self.header(flash, place)?;
        let len = match Header::parse(&head) {
            Ok(header) => usize::from(header.len),
            Err(defect) => return Ok(Err(defect)),
        };
        let Some(payload) = buf.get_mut(..len) else {
            return Ok(Err(Defect::Truncated));
        };
        io::read(
            flash,
            self.address::<F>(place) + io::offset(HEADER_LEN),
            payload,
        )?;
        Ok(Header::prove(&head, payload))
    }

    pub(super) fn newest<F: NorFlash>(
        &self,
        flash: &mut F,
        buf: &mut [u8; MAX],
    ) -> Result<Option<Found>, StoreError> {
        self.find(flash, None, false, buf)
    }

    /// The whole record with the highest generation below `below`, whoever it is meant for.
    pub(super) fn find<F: NorFlash>(
        &self,
        flash: &mut F,
        below: Option<u32>,
        marked_only: bool,
        buf: &mut [u8; MAX],
    ) -> Result<Option<Found>, StoreError> {
        let mut best: Option<Found> = None;
        for place in self.places::<F>() {
            let Ok(claim) = Header::parse(&self.header(flash, place)?) else {
                continue;
            };
            let is_newer = best.is_none_or(|best| claim.generation > best.header.generation)
                && below.is_none_or(|below| claim.generation < below);
            if !is_newer {
                continue;
            }
            let marked = self.is_marked(flash, place)?;
            if marked_only && !marked {
                continue;
            }
            if let Ok(header) = self.read(flash, place, buf)? {
                best = Some(Found {
                    place,
                    header,
                    marked,
                });
            }
        }
        Ok(best)
    }

    /// Counts damaged records that were written after `top`.
    pub(super) fn newer_than<F: NorFlash>(
        &self,
        flash: &mut F,
        top: &Found,
        buf: &mut [u8; MAX],
    ) -> Result<Newer, StoreError> {
        let handed = self.is_handed_over(flash, top.place.region)?;
        let mut newer = Newer::default();
        for place in self.places::<F>() {
            // The newest itself is whole, and is not counted.
            let is_after = if place.region == top.place.region {
                place.index >= top.place.index
            } else {
                handed
            };
            if !is_after || self.is_free(flash, place)? || self.read(flash, place, buf)?.is_ok() {
                continue;
            }
            if self.is_marked(flash, place)? {
                newer.marked += 1;
            } else {
                newer.unmarked += 1;
            }
        }
        Ok(newer)
    }

    /// Names what is wrong when no record is whole: what was acknowledged speaks first.
    pub(super) fn diagnose<F: NorFlash>(
        &self,
        flash: &mut F,
        buf: &mut [u8; MAX],
    ) -> Result<Defect, StoreError> {
        let mut named = Defect::Blank;
        for place in self.places::<F>() {
            if self.is_free(flash, place)? {
                continue;
            }
            if let Err(defect) = self.read(flash, place, buf)? {
                named = if defect == Defect::Blank {
                    Defect::Magic
                } else {
                    defect
                };
                if self.is_marked(flash, place)? {
                    break;
                }
            }
        }
        Ok(named)
    }

    pub(super) fn hand_out<'a, F: NorFlash>(
        &self,
        flash: &mut F,
        found: &Found,
        newer: Newer,
        out: &'a mut [u8; MAX],
    ) -> Result<Loaded<'a>, Defect> {
        let header = self.read(flash, found.place, out)??;
        Ok(Loaded {
            payload: &out[..usize::from(header.len)],
            generation: header.generation,
            format: header.format,
            fell_back: newer.marked > 0,
            torn: newer.unmarked > 0,
            marked: found.marked,
        })
    }

    fn is_free<F: NorFlash>(&self, flash: &mut F, place: Place) -> Result<bool, StoreError> {
        io::is_blank(flash, self.address::<F>(place), Self::stride::<F>())
    }

    fn first_free<F: NorFlash>(
        &self,
        flash: &mut F,
        region: usize,
        from: u32,
    ) -> Result<Option<Place>, StoreError> {
        for index in from..self.capacity::<F>() {
            let place = Place { region, index };
            if self.is_free(flash, place)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    pub(super) fn blanks<F: NorFlash>(
        &self,
        flash: &mut F,
        region: usize,
        from: u32,
    ) -> Result<u32, StoreError> {
        let mut count = 0;
        for index in from..self.capacity::<F>() {
            count += u32::from(self.is_free(flash, Place { region, index })?);
        }
        Ok(count)
    }

    /// One above every generation that was ever given out, readable or not.
    pub(super) fn next_generation<F: NorFlash>(
        &self,
        flash: &mut F,
        top: Option<&Found>,
        buf: &mut [u8; MAX],
    ) -> Result<u32, StoreError> {
        let Some(top) = top else { return Ok(1) };
        let newer = self.newer_than(flash, top, buf)?;
        let skipped = newer.marked + newer.unmarked;
        let next = top
            .header
            .generation
            .checked_add(skipped)
            .and_then(|last| last.checked_add(1));
        next.ok_or(StoreError::Exhausted)
    }

    /// A blank position after `top`; erases the region that does not hold it if there is none.
    pub(super) fn make_place<F: NorFlash>(
        &self,
        flash: &mut F,
        top: Option<&Found>,
        attempt: u32,
    ) -> Result<Place, StoreError> {
        let Some(top) = top else {
            // Nothing whole anywhere: nothing to protect. Alternate, in case one region is worn out.
            let region = usize::from(!attempt.is_multiple_of(2));
            self.erase(flash, region)?;
            return self
                .first_free(flash, region, 0)?
                .ok_or(StoreError::NotVerified);
        };
        let here = top.place.region;
        if let Some(place) = self.first_free(flash, here, top.place.index)? {
            return Ok(place);
        }
        let other = 1 - here;
        if !self.is_handed_over(flash, here)? {
            self.hand_over(flash, here)?;
        } else if let Some(place) = self.first_free(flash, other, 0)? {
            return Ok(place);
        } else {
            self.erase(flash, other)?;
        }
        self.first_free(flash, other, 0)?
            .ok_or(StoreError::NotVerified)
    }

    fn erase<F: NorFlash>(&self, flash: &mut F, region: usize) -> Result<(), StoreError> {
        io::erase(flash, &self.regions[region])
    }

    /// Erases the other region, then says in this one that it was erased to the end.
    pub(super) fn hand_over<F: NorFlash>(
        &self,
        flash: &mut F,
        region: usize,
    ) -> Result<(), StoreError> {
        self.erase(flash, 1 - region)?;
        self.program_zeros(flash, self.handover_address::<F>(region))
    }

    fn program_zeros<F: NorFlash>(&self, flash: &mut F, at: u32) -> Result<(), StoreError> {
        let zeros = [0; io::PROGRAM_PAGE];
        io::program(flash, at, [&zeros[..io::unit::<F>()], &[]])
    }

    /// Programs, reads back, marks, and scans afresh. True if the scan returns what was stored.
    pub(super) fn write<F: NorFlash>(
        &self,
        flash: &mut F,
        place: Place,
        generation: u32,
        payload: &[u8],
        buf: &mut [u8; MAX],
    ) -> Result<bool, StoreError> {
        let max = StoreError::TooLong {
            len: payload.len(),
            max: MAX,
        };
        let head = Header::seal(&self.identity, generation, payload).map_err(|_| max)?;
        io::program(flash, self.address::<F>(place), [&head, payload])?;
        let whole = self
            .read(flash, place, buf)?
            .is_ok_and(|read| Header::parse(&head) == Ok(read));
        if !whole || buf.get(..payload.len()) != Some(payload) {
            return Ok(false);
        }
        self.program_zeros(flash, self.mark_address::<F>(place))?;
        if !self.is_marked(flash, place)? {
            return Ok(false);
        }
        // What boot would do from here.
        match self.load(flash, buf) {
            Ok(loaded) => Ok((loaded.generation, loaded.payload) == (generation, payload)),
            Err(Defect::Unreadable(kind)) => Err(StoreError::Flash(kind)),
            Err(_) => Ok(false),
        }
    }
}
