//! Reading, programming and blank-checking in the units a flash prescribes.

use embedded_storage::nor_flash::NorFlash;

use super::StoreError;
use super::layout::Region;

/// Bytes the common serial NOR parts program at once; no program call crosses this boundary.
pub(super) const PROGRAM_PAGE: usize = 256;

/// Everything in flash starts at a multiple of this, so that small read sizes never matter.
pub(super) const GRAIN: usize = 16;

const CHUNK: usize = 64;

/// Length as a flash offset; saturates, and a saturated offset is refused as out of bounds.
pub(super) fn offset(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Smallest unit that may be programmed on its own here: the flash's, but at least [`GRAIN`].
pub(super) const fn unit<F: NorFlash>() -> usize {
    GRAIN.next_multiple_of(F::WRITE_SIZE)
}

/// Refuses a flash whose units this module was not written for.
pub(super) fn check_geometry<F: NorFlash>(
    flash: &F,
    start: u32,
    len: u32,
) -> Result<(), StoreError> {
    let fits = start
        .checked_add(len)
        .is_some_and(|end| end as usize <= flash.capacity());
    let erase = F::ERASE_SIZE;
    let units = PROGRAM_PAGE.is_multiple_of(F::WRITE_SIZE)
        && GRAIN.is_multiple_of(F::READ_SIZE)
        && erase.is_multiple_of(PROGRAM_PAGE);
    let aligned = (start as usize).is_multiple_of(erase) && (len as usize).is_multiple_of(erase);
    if fits && units && aligned && len > 0 {
        Ok(())
    } else {
        Err(StoreError::Geometry)
    }
}

/// Reads `out.len()` bytes from `at`, a multiple of [`GRAIN`].
pub(super) fn read<F: NorFlash>(flash: &mut F, at: u32, out: &mut [u8]) -> Result<(), StoreError> {
    let mut at = at;
    for part in out.chunks_mut(CHUNK) {
        let mut chunk = [0; CHUNK];
        let aligned = part.len().next_multiple_of(F::READ_SIZE);
        flash.read(at, &mut chunk[..aligned])?;
        part.copy_from_slice(&chunk[..part.len()]);
        at = at.saturating_add(offset(part.len()));
    }
    Ok(())
}

/// True if all `len` bytes from `at` are erased.
pub(super) fn is_blank<F: NorFlash>(
    flash: &mut F,
    at: u32,
    len: usize,
) -> Result<bool, StoreError> {
    let mut done = 0;
    while done < len {
        let mut chunk = [0; CHUNK];
        let part = CHUNK.min(len - done);
        read(flash, at.saturating_add(offset(done)), &mut chunk[..part])?;
        if chunk[..part].iter().any(|&byte| byte != 0xFF) {
            return Ok(false);
        }
        done += part;
    }
    Ok(true)
}

/// Programs `parts` one after the other from `at`, padded with erased bytes to the write size.
///
/// The destination must be erased. One call to the flash for every program page touched.
pub(super) fn program<F: NorFlash>(
    flash: &mut F,
    at: u32,
    parts: [&[u8]; 2],
) -> Result<(), StoreError> {
    let mut bytes = parts.iter().flat_map(|part| part.iter().copied());
    let mut left = parts[0].len() + parts[1].len();
    let mut at = at;
    while left > 0 {
        let room = PROGRAM_PAGE - at as usize % PROGRAM_PAGE;
        let take = room.min(left);
        let mut page = [0xFF; PROGRAM_PAGE];
        for (slot, byte) in page.iter_mut().zip(bytes.by_ref().take(take)) {
            *slot = byte;
        }
        flash.write(at, &page[..take.next_multiple_of(F::WRITE_SIZE)])?;
        at = at.saturating_add(offset(take));
        left -= take;
    }
    Ok(())
}

/// Erases a region sector by sector: a wrapper around the flash can feed a watchdog in between.
pub(super) fn erase<F: NorFlash>(flash: &mut F, region: &Region) -> Result<(), StoreError> {
    let sector = offset(F::ERASE_SIZE);
    let mut at = region.start;
    while at < region.end() {
        flash.erase(at, at.saturating_add(sector))?;
        at = at.saturating_add(sector);
    }
    Ok(())
}
