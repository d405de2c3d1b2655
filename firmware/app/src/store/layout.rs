//! Where in flash everything lies: one map, counted back from the end of the part.
//!
//! The firmware image grows from the front, storage from the back; [`Layout::start`] is the first
//! byte that the linker script must leave alone.

/// Bytes in one erase sector.
///
/// - Unit: bytes
/// - Source: W25Q-class serial NOR, "sector erase (4 KB)"
pub const SECTOR: u32 = 4096;

/// A run of whole sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First byte, from the start of the flash.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Region {
    /// First byte behind the region.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.start.saturating_add(self.len)
    }

    /// True if the two regions share a byte.
    #[must_use]
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// The map of all regions.
///
/// - `profile`, `calibration`: two sectors a side; at 512 bytes and a write size of 1, 14 records.
/// - `ledger`: eight sectors a side, because it is written once a second of treatment.
/// - `used`: 32 sectors a side, 7,936 cartridges at a write size of up to 16.
/// - `faults`, `journal`: two journals, so that routine records never evict fault records (LOG-005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// First byte used for storage.
    pub start: u32,
    /// Limit profile, sides A and B.
    pub profile: [Region; 2],
    /// Calibration, sides A and B.
    pub calibration: [Region; 2],
    /// Session ledger, sides A and B.
    pub ledger: [Region; 2],
    /// Used cartridges, both copies.
    pub used: [Region; 2],
    /// Journal of faults, trips, role changes, calibrations and updates.
    pub faults: Region,
    /// Journal of everything else.
    pub journal: Region,
}

const PROFILE_SECTORS: u32 = 2;
const CALIBRATION_SECTORS: u32 = 2;
const LEDGER_SECTORS: u32 = 8;
const USED_SECTORS: u32 = 32;
const FAULT_SECTORS: u32 = 16;
const JOURNAL_SECTORS: u32 = 32;

impl Layout {
    /// Bytes that storage takes at the end of the flash.
    ///
    /// - Unit: bytes
    /// - Source: none yet; chosen for a 2 MiB part
    pub const LEN: u32 = SECTOR
        * (2 * (PROFILE_SECTORS + CALIBRATION_SECTORS + LEDGER_SECTORS + USED_SECTORS)
            + FAULT_SECTORS
            + JOURNAL_SECTORS);

    /// The map for a flash of `size` bytes; `None` if it is no whole number of sectors or too small.
    #[must_use]
    pub const fn for_flash(size: u32) -> Option<Self> {
        if !size.is_multiple_of(SECTOR) || size < Self::LEN {
            return None;
        }
        let start = size - Self::LEN;
        let (profile, at) = pair(start, PROFILE_SECTORS);
        let (calibration, at) = pair(at, CALIBRATION_SECTORS);
        let (ledger, at) = pair(at, LEDGER_SECTORS);
        let (used, at) = pair(at, USED_SECTORS);
        let faults = Region {
            start: at,
            len: FAULT_SECTORS * SECTOR,
        };
        let journal = Region {
            start: faults.end(),
            len: JOURNAL_SECTORS * SECTOR,
        };
        Some(Self {
            start,
            profile,
            calibration,
            ledger,
            used,
            faults,
            journal,
        })
    }

    /// Every region, in the order they lie in flash.
    #[must_use]
    pub const fn regions(&self) -> [Region; 10] {
        let [p0, p1] = self.profile;
        let [c0, c1] = self.calibration;
        let [l0, l1] = self.ledger;
        let [u0, u1] = self.used;
        [p0, p1, c0, c1, l0, l1, u0, u1, self.faults, self.journal]
    }

    const fn is_sound(&self, size: u32) -> bool {
        let regions = self.regions();
        let mut at = 0;
        let mut total = 0;
        while at < regions.len() {
            let region = regions[at];
            let aligned = region.start.is_multiple_of(SECTOR) && region.len.is_multiple_of(SECTOR);
            if !aligned || region.len == 0 || region.start < self.start || region.end() > size {
                return false;
            }
            let mut other = at + 1;
            while other < regions.len() {
                if region.overlaps(&regions[other]) {
                    return false;
                }
                other += 1;
            }
            total += region.len;
            at += 1;
        }
        total == Self::LEN
    }
}

const fn pair(start: u32, sectors: u32) -> ([Region; 2], u32) {
    let len = sectors * SECTOR;
    let a = Region { start, len };
    let b = Region {
        start: a.end(),
        len,
    };
    ([a, b], b.end())
}

const _: () = assert!(match Layout::for_flash(2 << 20) {
    Some(layout) => layout.is_sound(2 << 20),
    None => false,
});
const _: () = assert!(match Layout::for_flash(Layout::LEN) {
    Some(layout) => layout.is_sound(Layout::LEN) && layout.start == 0,
    None => false,
});
const _: () = assert!(Layout::for_flash(Layout::LEN - SECTOR).is_none());
const _: () = assert!(Layout::for_flash(Layout::LEN + 1).is_none());

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u32 = 2_097_152;

    #[test]
    fn store_004_the_map_of_a_two_mebibyte_part_does_not_change() {
        let layout = Layout::for_flash(SIZE).unwrap();
        assert_eq!(layout.start, 1_540_096);
        let sectors = [2, 2, 2, 2, 8, 8, 32, 32, 16, 32];
        let mut start = 1_540_096;
        for (region, sectors) in layout.regions().into_iter().zip(sectors) {
            let len = sectors * 4_096;
            assert_eq!(region, Region { start, len });
            assert_eq!(region.end(), start + len);
            start += len;
        }
        assert_eq!(start, SIZE);
    }

    #[test]
    fn store_007_a_flash_of_half_sectors_or_too_small_has_no_map() {
        assert_eq!(Layout::for_flash(557_056).map(|it| it.start), Some(0));
        assert_eq!(Layout::for_flash(561_152).map(|it| it.start), Some(4_096));
        for size in [0, 4_096, 552_960, 557_055, 557_057, 561_151, u32::MAX] {
            assert_eq!(Layout::for_flash(size), None, "{size}");
        }
    }

    #[test]
    fn store_001_regions_that_touch_share_no_byte() {
        let region = |start, len| Region { start, len };
        let middle = region(100, 10);
        for (other, shares) in [
            (region(90, 10), false),
            (region(90, 11), true),
            (region(100, 10), true),
            (region(104, 2), true),
            (region(109, 10), true),
            (region(110, 10), false),
        ] {
            assert_eq!(middle.overlaps(&other), shares, "{other:?}");
            assert_eq!(other.overlaps(&middle), shares, "{other:?}");
        }
    }

    #[test]
    fn store_001_a_map_with_any_one_thing_wrong_is_not_sound() {
        type Spoil = fn(&mut Layout);
        let whole = Layout::for_flash(SIZE).unwrap();
        assert!(whole.is_sound(SIZE));
        assert!(!whole.is_sound(SIZE - 4_096), "behind the end");
        let wrong: [(&str, Spoil); 6] = [
            ("before the start", |it| it.start += 4_096),
            ("a start within a sector", |it| {
                it.start -= 4_096;
                it.profile[0].start -= 256;
            }),
            ("lengths of half sectors", |it| {
                it.start -= 4_096;
                it.profile[0].start -= 4_096;
                it.profile[0].len += 256;
                it.profile[1].len -= 256;
            }),
            ("an empty region", |it| {
                it.profile[1].start -= it.profile[0].len;
                it.profile[1].len += it.profile[0].len;
                it.profile[0].len = 0;
            }),
            ("a byte in two regions", |it| it.used[1].start -= 4_096),
            ("a sector that nobody has", |it| it.journal.len -= 4_096),
        ];
        for (what, spoil) in wrong {
            let mut layout = whole;
            spoil(&mut layout);
            assert!(!layout.is_sound(SIZE), "{what}");
        }
    }
}
