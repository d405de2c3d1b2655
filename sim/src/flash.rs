//! A NOR flash, byte for byte: programming clears bits, erasing sets a sector, power can fail in
//! the middle of either.
//!
//! Never repairs anything and never panics on misuse: a write that a real part would get wrong is
//! refused, and counted in [`Violations`]. Everything random comes from the seed.
//!
//! What a power cut leaves behind (datasheets say "undefined"; these are the kinds this model
//! draws from [general knowledge]):
//! - program: the first bytes are written, the next one has only some of its bits cleared; or, if
//!   asked for, every byte of the page has only some of its bits cleared;
//! - erase: nothing happened; only the front or only the back is erased; some bits of the sector are set, others
//!   not; all but a few bits are set; or the sector had been pre-programmed to zero, whole or in
//!   part, as serial NOR does before it erases.

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// Bytes erased at once.
///
/// - Unit: bytes
/// - Source: W25Q-class serial NOR, sector erase 4 KB [general knowledge]
pub const SECTOR: usize = 4096;

/// Bytes programmed at once.
///
/// - Unit: bytes
/// - Source: W25Q-class serial NOR, page program 256 bytes [general knowledge]
pub const PROGRAM_PAGE: usize = 256;

/// Time to erase one sector.
///
/// - Unit: us
/// - Source: W25Q-class datasheet, typical 45 ms [general knowledge]
pub const ERASE_US: u64 = 45_000;

/// Time to program one page or part of it.
///
/// - Unit: us
/// - Source: W25Q-class datasheet, typical 0.7 ms [general knowledge]
pub const PROGRAM_US: u64 = 700;

/// Why the model refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashError {
    /// Offset or length is no multiple of the unit of this operation.
    NotAligned,
    /// Beyond the end of the part.
    OutOfBounds,
    /// A write that would have to set a bit, or that hits a byte programmed before.
    Misuse,
    /// There is no power: it was cut in this operation or before.
    NoPower,
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::Misuse | Self::NoPower => NorFlashErrorKind::Other,
        }
    }
}

/// Writes that a real part would have got wrong, or may not allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Violations {
    /// Writes that would have to set a bit: always refused.
    pub sets_bit: u64,
    /// Writes over a byte programmed before that only clear bits: refused unless
    /// [`NorFlashModel::allow_reprogram`] was called.
    pub reprograms: u64,
    /// Unaligned or out of bounds: always refused.
    pub malformed: u64,
}

/// What the part has been asked to do so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Sectors erased, interrupted ones included.
    pub erases: u64,
    /// Pages or parts of pages programmed, interrupted ones included.
    pub programs: u64,
    /// Read calls.
    pub reads: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Time spent erasing and programming, in us.
    pub busy_us: u64,
}

/// Where power is going to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    operations_left: u64,
    /// How far into a program; `None` leaves a ragged page.
    bytes: Option<usize>,
}

/// A NOR flash with this write size.
#[derive(Debug, Clone)]
pub struct NorFlashModel<const WRITE: usize> {
    bytes: Vec<u8>,
    wear: Vec<u32>,
    chance: Chance,
    cut: Option<Cut>,
    powered: bool,
    cuts_fired: u64,
    reprogram_allowed: bool,
    violations: Violations,
    counters: Counters,
    touched: u64,
}

impl<const WRITE: usize> NorFlashModel<WRITE> {
    /// An erased part with this many sectors.
    #[must_use]
    pub fn new(sectors: usize, seed: u64) -> Self {
        Self {
            bytes: vec![0xFF; sectors * SECTOR],
            wear: vec![0; sectors],
            chance: Chance(seed),
            cut: None,
            powered: true,
            cuts_fired: 0,
            reprogram_allowed: false,
            violations: Violations::default(),
            counters: Counters::default(),
            touched: 0,
        }
    }

    /// Permits writes over programmed bytes as long as they only clear bits, as serial NOR does.
    /// They are still counted.
    pub const fn allow_reprogram(&mut self) {
        self.reprogram_allowed = true;
    }

    /// Cuts power in the operation after the next `operations`, `bytes` into it. One operation is
    /// one erased sector or one programmed page. For an erase, `bytes` only stirs the chance.
    pub const fn cut_after(&mut self, operations: u64, bytes: usize) {
        self.cut = Some(Cut {
            operations_left: operations,
            bytes: Some(bytes),
        });
    }

    /// As [`NorFlashModel::cut_after`], but a program stops with bits cleared all over the page.
    pub const fn cut_ragged_after(&mut self, operations: u64) {
        self.cut = Some(Cut {
            operations_left: operations,
            bytes: None,
        });
    }

    /// Takes back a cut that has not fired.
    pub const fn cancel_cut(&mut self) {
        self.cut = None;
    }

    /// Power fails outside of this model: whoever keeps the content elsewhere says so.
    pub const fn lose_power(&mut self) {
        self.powered = false;
        self.cuts_fired += 1;
    }

    /// Power returns; what the cut left behind stays.
    pub const fn power_on(&mut self) {
        self.powered = true;
    }

    /// True unless power has been cut and has not returned.
    #[must_use]
    pub const fn is_powered(&self) -> bool {
        self.powered
    }

    /// How many cuts really happened (PROOF-006).
    #[must_use]
    pub const fn cuts_fired(&self) -> u64 {
        self.cuts_fired
    }

    /// Writes that a real part would have got wrong.
    #[must_use]
    pub const fn violations(&self) -> Violations {
        self.violations
    }

    /// What the part has been asked to do so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Erases per sector.
    #[must_use]
    pub fn wear(&self) -> &[u32] {
        &self.wear
    }

    /// The content, as a programmer would read it out.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Replaces the content, as a programmer would, from the front; the rest stays.
    pub fn restore(&mut self, content: &[u8]) {
        self.touched += 1;
        for (byte, &new) in self.bytes.iter_mut().zip(content) {
            *byte = new;
        }
    }

    /// Flips one bit, counted from the front of the part. False if there is no such bit.
    pub fn flip_bit(&mut self, bit: usize) -> bool {
        self.touched += 1;
        match self.bytes.get_mut(bit / 8) {
            Some(byte) => {
                *byte ^= 1 << (bit % 8);
                true
            }
            None => false,
        }
    }

    /// How often the content was changed from outside, by [`NorFlashModel::restore`] or
    /// [`NorFlashModel::flip_bit`]: whoever keeps a copy has to read again.
    #[must_use]
    pub const fn touched(&self) -> u64 {
        self.touched
    }

    /// Operations that can be cut, so far: erased sectors and programmed pages.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.counters.erases + self.counters.programs
    }

    fn check(&mut self, offset: u32, len: usize, unit: usize) -> Result<usize, FlashError> {
        if !self.powered {
            return Err(FlashError::NoPower);
        }
        let start = offset as usize;
        let refusal = if start
            .checked_add(len)
            .is_none_or(|end| end > self.bytes.len())
        {
            FlashError::OutOfBounds
        } else if !start.is_multiple_of(unit) || !len.is_multiple_of(unit) {
            FlashError::NotAligned
        } else {
            return Ok(start);
        };
        self.violations.malformed += 1;
        Err(refusal)
    }

    /// Counts one operation; where in it power fails, if it does in this one.
    fn begin(&mut self) -> Option<Option<usize>> {
        let cut = self.cut.as_mut()?;
        if cut.operations_left > 0 {
            cut.operations_left -= 1;
            return None;
        }
        let bytes = cut.bytes;
        self.cut = None;
        self.powered = false;
        self.cuts_fired += 1;
        Some(bytes)
    }

    fn erase_sector(&mut self, sector: usize) -> Result<(), FlashError> {
        self.counters.erases += 1;
        self.counters.busy_us += ERASE_US;
        if let Some(wear) = self.wear.get_mut(sector) {
            *wear += 1;
        }
        let cut = self.begin();
        let start = sector * SECTOR;
        let Some(bytes) = self.bytes.get_mut(start..start + SECTOR) else {
            return Err(FlashError::OutOfBounds);
        };
        match cut {
            None => bytes.fill(0xFF),
            Some(stir) => {
                self.chance.stir(stir.unwrap_or(0));
                interrupt_erase(bytes, &mut self.chance);
                return Err(FlashError::NoPower);
            }
        }
        Ok(())
    }

    fn program_page(&mut self, at: usize, new: &[u8]) -> Result<(), FlashError> {
        let Some(old) = self.bytes.get_mut(at..at + new.len()) else {
            return Err(FlashError::OutOfBounds);
        };
        if old
            .iter()
            .zip(new)
            .any(|(&old, &new)| new != 0xFF && new & !old != 0)
        {
            self.violations.sets_bit += 1;
            return Err(FlashError::Misuse);
        }
        if old
            .iter()
            .zip(new)
            .any(|(&old, &new)| new != 0xFF && old != 0xFF)
        {
            self.violations.reprograms += 1;
            if !self.reprogram_allowed {
                return Err(FlashError::Misuse);
            }
        }
        self.counters.programs += 1;
        self.counters.busy_us += PROGRAM_US;
        let cut = self.begin();
        let Some(old) = self.bytes.get_mut(at..at + new.len()) else {
            return Err(FlashError::OutOfBounds);
        };
        let Some(cut) = cut else {
            for (old, new) in old.iter_mut().zip(new) {
                *old &= new;
            }
            return Ok(());
        };
        for (index, (old, new)) in old.iter_mut().zip(new).enumerate() {
            match cut {
                Some(bytes) if index < bytes => *old &= new,
                Some(bytes) if index > bytes => {}
                Some(_) | None => *old &= new | self.chance.byte(),
            }
        }
        Err(FlashError::NoPower)
    }
}

/// What an erase leaves behind when power fails in it.
fn interrupt_erase(bytes: &mut [u8], chance: &mut Chance) {
    let kind = chance.below(7);
    let front = chance.below(bytes.len());
    for (at, byte) in bytes.iter_mut().enumerate() {
        match kind {
            0 => {}
            1 if at < front => *byte = 0xFF,
            2 => *byte |= chance.byte(),
            3 => *byte |= !(chance.byte() & chance.byte() & chance.byte() & chance.byte()),
            4 => *byte = 0,
            5 if at < front => *byte = 0,
            6 if at >= front => *byte = 0xFF,
            _ => {}
        }
    }
}

impl<const WRITE: usize> ErrorType for NorFlashModel<WRITE> {
    type Error = FlashError;
}

impl<const WRITE: usize> ReadNorFlash for NorFlashModel<WRITE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let start = self.check(offset, bytes.len(), 1)?;
        self.counters.reads += 1;
        self.counters.bytes_read += bytes.len() as u64;
        if let Some(from) = self.bytes.get(start..start + bytes.len()) {
            bytes.copy_from_slice(from);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize> NorFlash for NorFlashModel<WRITE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        let Some(len) = to.checked_sub(from) else {
            self.violations.malformed += 1;
            return Err(FlashError::OutOfBounds);
        };
        let start = self.check(from, len as usize, SECTOR)?;
        for sector in start / SECTOR..(start + len as usize) / SECTOR {
            self.erase_sector(sector)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let mut at = self.check(offset, bytes.len(), WRITE)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = PROGRAM_PAGE - at % PROGRAM_PAGE;
            let (page, tail) = rest.split_at(room.min(rest.len()));
            self.program_page(at, page)?;
            at += page.len();
            rest = tail;
        }
        Ok(())
    }
}

impl<const WRITE: usize> MultiwriteNorFlash for NorFlashModel<WRITE> {}

/// splitmix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
#[derive(Debug, Clone)]
struct Chance(u64);

impl Chance {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    const fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    fn below(&mut self, limit: usize) -> usize {
        let draw = self.next() % (limit as u64).max(1);
        usize::try_from(draw).unwrap_or(0)
    }

    const fn stir(&mut self, with: usize) {
        self.0 ^= with as u64;
        self.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_001_model_programs_only_by_clearing_bits() {
        let mut flash = NorFlashModel::<4>::new(2, 1);
        assert_eq!(flash.write(8, &[0xF0; 4]), Ok(()));
        assert_eq!(flash.write(8, &[0x0F; 4]), Err(FlashError::Misuse));
        assert_eq!(flash.write(8, &[0x00; 4]), Err(FlashError::Misuse));
        assert_eq!(flash.write(8, &[0xFF; 4]), Ok(()));
        assert_eq!(
            (flash.violations().sets_bit, flash.violations().reprograms),
            (1, 1)
        );
        flash.allow_reprogram();
        assert_eq!(flash.write(8, &[0x00; 4]), Ok(()));
        assert_eq!(flash.write(2, &[0; 4]), Err(FlashError::NotAligned));
        assert_eq!(flash.write(8192, &[0; 4]), Err(FlashError::OutOfBounds));
        assert_eq!(flash.erase(4096, 0), Err(FlashError::OutOfBounds));
        assert_eq!(flash.erase(0, 100), Err(FlashError::NotAligned));
        assert_eq!(flash.violations().malformed, 4);
        assert_eq!(flash.erase(0, 4096), Ok(()));
        assert!(flash.snapshot().iter().all(|&byte| byte == 0xFF));
        assert_eq!(flash.wear(), [1, 0]);
        assert_eq!(flash.counters().busy_us, ERASE_US + 3 * PROGRAM_US);
    }

    #[test]
    fn store_006_model_stops_inside_an_operation_and_says_so() {
        let mut flash = NorFlashModel::<1>::new(1, 7);
        flash.cut_after(1, 10);
        assert_eq!(flash.write(250, &[0; 200]), Err(FlashError::NoPower));
        assert_eq!(flash.cuts_fired(), 1);
        assert_eq!(flash.read(0, &mut [0]), Err(FlashError::NoPower));
        flash.power_on();
        let left = flash.snapshot();
        assert!(left[250..266].iter().all(|&byte| byte == 0));
        assert!(left[267..].iter().all(|&byte| byte == 0xFF));
        assert_eq!(flash.write(300, &[0; 4]), Ok(()));
    }

    #[test]
    fn store_006_model_leaves_every_kind_of_torn_erase() {
        let mut whole = 0;
        let mut changed = 0;
        let mut zeros = 0;
        for seed in 0..200 {
            let mut flash = NorFlashModel::<1>::new(1, seed);
            assert_eq!(flash.write(0, &[0x5A; SECTOR]), Ok(()));
            flash.cut_after(0, 0);
            assert_eq!(flash.erase(0, 4096), Err(FlashError::NoPower));
            let left = flash.snapshot();
            whole += usize::from(left.iter().all(|&byte| byte == 0x5A));
            zeros += usize::from(left.contains(&0));
            changed += usize::from(left.iter().any(|&byte| byte != 0x5A && byte != 0));
            let again = NorFlashModel::<1>::new(1, seed);
            assert_eq!(again.counters(), Counters::default());
        }
        assert!(
            whole > 10 && changed > 80 && zeros > 40,
            "{whole} {changed} {zeros}"
        );
    }
}
