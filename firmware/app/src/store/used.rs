//! The list of cartridges that have been used: it only ever grows, and doubt is a refusal.
//!
//! ```text
//!          sector 0        sector 1 ..
//! copy A: [in service   ] [id id id id ...]
//! copy B: [in service   ] [id id id id ...]
//! ```
//!
//! Entry `n` is written to copy A, read back, then to copy B, read back: an acknowledged id stands
//! twice. Nothing is erased in the field, so no power cut can take an entry away.
//!
//! | copy A | copy B | meaning |
//! | --- | --- | --- |
//! | whole | anything | used |
//! | anything | whole | used |
//! | damaged | blank | a torn write that was never acknowledged; the position is skipped |
//! | damaged | damaged | a used cartridge whose id is lost: every unknown cartridge is refused |
//!
//! A list that was never put into service, or has been erased, refuses every cartridge too: blank
//! flash must not read as "nothing has been used". When the list is full, every cartridge that is
//! not on it is refused, because its use could not be recorded; replacing the list is service work.

use embedded_storage::nor_flash::NorFlash;

use super::layout::Region;
use super::record::{Defect, HEADER_LEN, Header, Identity, Kind, crc32};
use super::{StoreError, io};

const ENTRY_LEN: usize = 16;
const CHUNK: usize = io::PROGRAM_PAGE;

/// Newest format of the list.
pub const FORMAT: u16 = 1;

/// The used cartridges of one pen, in two copies.
#[derive(Debug, Clone, Copy)]
pub struct UsedList {
    copies: [Region; 2],
    serial: u64,
}

/// What the list says about one cartridge. Only [`Standing::Unused`] permits treating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On the list.
    Used,
    /// Provably not on the list, and there is room to put it there.
    Unused,
    /// Not found, but the list has no room left to record its use.
    Full,
    /// Not found, but the list is not whole enough to say so.
    Unknown(Defect),
}

/// One position of the list, both copies taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Blank,
    Torn,
    Lost,
    Id(u64),
}

/// What one walk over the list found.
#[derive(Debug, Clone, Copy)]
struct Survey {
    found: bool,
    lost: bool,
    used: u32,
    next: u32,
}

impl UsedList {
    /// Two equal regions, one for each copy. Does not touch the flash.
    #[must_use]
    pub const fn new(copies: [Region; 2], serial: u64) -> Self {
        Self { copies, serial }
    }

    /// How many cartridges the list holds in this flash, torn positions included.
    #[must_use]
    pub fn capacity<F: NorFlash>(&self) -> u32 {
        let room = (self.copies[0].len as usize).saturating_sub(F::ERASE_SIZE);
        io::offset(room / io::unit::<F>())
    }

    /// Erases both copies and puts an empty list into service.
    ///
    /// Forgets every used cartridge: for the factory and for replacing a full list, under the
    /// maker's role. A power cut in between leaves the old list, or one that refuses everything.
    ///
    /// # Errors
    /// Any [`StoreError`]; the list then refuses every cartridge until this succeeds.
    pub fn put_into_service<F: NorFlash>(&self, flash: &mut F) -> Result<(), StoreError> {
        self.check(flash)?;
        // No entry goes before both copies are out of service.
        for part in [Self::service::<F>, Self::entries::<F>] {
            for copy in &self.copies {
                io::erase(flash, &part(copy))?;
            }
            for copy in &self.copies {
                let part = part(copy);
                if !io::is_blank(flash, part.start, part.len as usize)? {
                    return Err(StoreError::NotVerified);
                }
            }
        }
        let head = Header::seal(&self.identity(), 1, &[]).map_err(StoreError::Damaged)?;
        for copy in &self.copies {
            io::program(flash, copy.start, [&head, &[]])?;
        }
        self.admit(flash).map_err(|_| StoreError::NotVerified)
    }

    /// Says whether `id` may be used. Reads only.
    #[must_use]
    pub fn standing<F: NorFlash>(&self, flash: &mut F, id: u64) -> Standing {
        let survey = match self.survey(flash, Some(id)) {
            Ok(survey) => survey,
            Err(error) => return Standing::Unknown(error.into()),
        };
        let service = self.admit(flash);
        if survey.found {
            Standing::Used
        } else if let Err(defect) = service {
            Standing::Unknown(defect)
        } else if survey.lost {
            Standing::Unknown(Defect::Crc)
        } else if survey.next >= self.capacity::<F>() {
            Standing::Full
        } else {
            Standing::Unused
        }
    }

    /// True if `id` must not be used: it is on the list, or the list cannot rule it out.
    #[must_use]
    pub fn contains<F: NorFlash>(&self, flash: &mut F, id: u64) -> bool {
        self.standing(flash, id) != Standing::Unused
    }

    /// Number of used cartridges on the list. Reads only.
    ///
    /// # Errors
    /// Why the list cannot be read or trusted.
    pub fn count<F: NorFlash>(&self, flash: &mut F) -> Result<u32, Defect> {
        self.check(flash)?;
        self.admit(flash)?;
        Ok(self.survey(flash, None)?.used)
    }

    /// Puts `id` on the list and returns once both copies read back. Appending an id that is
    /// already on the list changes nothing and succeeds.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Damaged`], or a failed write; after a failed write the
    /// id may already count as used.
    pub fn append<F: NorFlash>(&self, flash: &mut F, id: u64) -> Result<(), StoreError> {
        self.check(flash)?;
        self.admit(flash).map_err(StoreError::Damaged)?;
        let survey = self.survey(flash, Some(id))?;
        if survey.found {
            return Ok(());
        }
        let capacity = self.capacity::<F>();
        // A bad cell burns a position; the next one is tried, but not for ever.
        for index in (survey.next..capacity).take(3) {
            if self.write(flash, index, id)? {
                return Ok(());
            }
        }
        if survey.next >= capacity {
            Err(StoreError::Full { capacity })
        } else {
            Err(StoreError::NotVerified)
        }
    }

    fn check<F: NorFlash>(&self, flash: &F) -> Result<(), StoreError> {
        for copy in &self.copies {
            io::check_geometry(flash, copy.start, copy.len)?;
        }
        let [a, b] = &self.copies;
        let is_pair = a.len == b.len && !a.overlaps(b) && self.capacity::<F>() > 0;
        if is_pair {
            Ok(())
        } else {
            Err(StoreError::Geometry)
        }
    }

    const fn identity(&self) -> Identity {
        Identity {
            kind: Kind::USED_LIST,
            format: FORMAT,
            serial: self.serial,
        }
    }

    /// The first sector of a copy: nothing but the record that puts it into service.
    fn service<F: NorFlash>(copy: &Region) -> Region {
        Region {
            start: copy.start,
            len: io::offset(F::ERASE_SIZE),
        }
    }

    /// The other sectors of a copy: its entries.
    fn entries<F: NorFlash>(copy: &Region) -> Region {
        let start = Self::service::<F>(copy).end();
        Region {
            start,
            len: copy.end() - start,
        }
    }

    /// Accepts the list if one of its copies says it was put into service in this pen.
    fn admit<F: NorFlash>(&self, flash: &mut F) -> Result<(), Defect> {
        let mut outcome = Err(Defect::Blank);
        for copy in &self.copies {
            let mut head = [0; HEADER_LEN];
            io::read(flash, copy.start, &mut head)?;
            let whole = Header::prove(&head, &[]).and_then(|header| header.admit(&self.identity()));
            if whole.is_ok() {
                return whole;
            }
            outcome = whole;
        }
        outcome
    }

    fn address<F: NorFlash>(copy: &Region, index: u32) -> u32 {
        Self::entries::<F>(copy).start + index * io::offset(io::unit::<F>())
    }

    fn seal(&self, index: u32, id: u64) -> [u8; ENTRY_LEN] {
        let mut entry = [0; ENTRY_LEN];
        entry[..8].copy_from_slice(&id.to_le_bytes());
        entry[8..12].copy_from_slice(&index.to_le_bytes());
        let crc = crc32(&[&self.serial.to_le_bytes(), &entry[..12]]);
        entry[12..].copy_from_slice(&crc.to_le_bytes());
        entry
    }

    /// The id in one copy's bytes; `Err(true)` if blank, `Err(false)` if damaged.
    fn open(&self, index: u32, bytes: &[u8]) -> Result<u64, bool> {
        if bytes.iter().all(|&byte| byte == 0xFF) {
            return Err(true);
        }
        let mut id = [0; 8];
        id.copy_from_slice(&bytes[..8]);
        let id = u64::from_le_bytes(id);
        if self.seal(index, id) == bytes[..ENTRY_LEN] {
            Ok(id)
        } else {
            Err(false)
        }
    }

    fn judge(&self, index: u32, a: &[u8], b: &[u8]) -> Entry {
        match (self.open(index, a), self.open(index, b)) {
            (Ok(a), Ok(b)) if a != b => Entry::Lost,
            (Ok(id), _) | (_, Ok(id)) => Entry::Id(id),
            (Err(true), Err(true)) => Entry::Blank,
            (Err(false), Err(true)) => Entry::Torn,
            // Copy B is only written once copy A has been read back.
            (Err(true | false), Err(false)) => Entry::Lost,
        }
    }

    /// Walks the list once, from the front to the end of both copies.
    fn survey<F: NorFlash>(&self, flash: &mut F, id: Option<u64>) -> Result<Survey, StoreError> {
        self.check(flash)?;
        let unit = io::unit::<F>();
        let mut survey = Survey {
            found: false,
            lost: false,
            used: 0,
            next: 0,
        };
        let mut index = 0;
        // Sectors are whole chunks, and chunks whole entries: nothing is left at the end.
        while index < self.capacity::<F>() {
            let (mut a, mut b) = ([0; CHUNK], [0; CHUNK]);
            let [copy_a, copy_b] = &self.copies;
            io::read(flash, Self::address::<F>(copy_a, index), &mut a)?;
            io::read(flash, Self::address::<F>(copy_b, index), &mut b)?;
            for (a, b) in a.chunks_exact(unit).zip(b.chunks_exact(unit)) {
                let entry = self.judge(index, a, b);
                index += 1;
                if entry != Entry::Blank {
                    survey.next = index;
                }
                survey.used += u32::from(matches!(entry, Entry::Id(_)));
                survey.lost |= entry == Entry::Lost;
                survey.found |= id.is_some_and(|id| entry == Entry::Id(id));
            }
        }
        Ok(survey)
    }

    /// Writes both copies of one entry. False if it does not read back.
    fn write<F: NorFlash>(&self, flash: &mut F, index: u32, id: u64) -> Result<bool, StoreError> {
        let entry = self.seal(index, id);
        for copy in &self.copies {
            let at = Self::address::<F>(copy, index);
            io::program(flash, at, [&entry, &[]])?;
            let mut back = [0; ENTRY_LEN];
            io::read(flash, at, &mut back)?;
            if back != entry {
                return Ok(false);
            }
        }
        Ok(self.survey(flash, Some(id))?.found)
    }
}

#[cfg(test)]
mod tests;
