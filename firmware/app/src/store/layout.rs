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
