//! Reading, programming and blank-checking on parts of any units.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

use super::layout::Region;
use super::{StoreError, io};

/// What changes a flash: where, and how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Write(u32, usize),
    Erase(u32, u32),
}

/// NOR flash that reads `R`, programs `W` and erases `E` bytes at once, and insists on it.
#[derive(Clone)]
pub(crate) struct Part<const R: usize, const W: usize, const E: usize> {
    pub(crate) bytes: Vec<u8>,
    pub(crate) asked: Vec<Asked>,
    /// Bytes that programming does not change.
    pub(crate) stuck: Vec<usize>,
    /// It says that it erases, and does not.
    pub(crate) keeps_all: bool,
    /// Power fails in the operation behind so many, when so many bytes of it are done.
    pub(crate) cut: Option<(usize, usize)>,
    /// A byte that, once it is programmed, is read right so many times.
    pub(crate) weak: Option<(usize, usize)>,
    /// The operation behind so many is done, and reported as one that was not.
    pub(crate) denies: Option<usize>,
    pub(crate) bytes_read: usize,
}

impl<const R: usize, const W: usize, const E: usize> Part<R, W, E> {
    /// Erased.
    pub(crate) fn new(sectors: usize) -> Self {
        Self {
            bytes: vec![0xFF; sectors * E],
            asked: Vec::new(),
            stuck: Vec::new(),
            keeps_all: false,
            cut: None,
            weak: None,
            denies: None,
            bytes_read: 0,
        }
    }

    /// Whether the power that fails has failed.
    pub(crate) fn is_off(&self) -> bool {
        self.cut
            .is_some_and(|(operations, _)| self.asked.len() > operations)
    }

    /// How many bytes of the operation that comes are done.
    fn done(&self, bytes: usize) -> Result<usize, Refused> {
        match self.cut {
            _ if self.is_off() => Err(Refused(NorFlashErrorKind::Other)),
            Some((operations, done)) if operations == self.asked.len() => Ok(done.min(bytes)),
            Some(_) | None => Ok(bytes),
        }
    }

    fn powered(&self) -> Result<(), Refused> {
        let off = self.is_off();
        if off {
            Err(Refused(NorFlashErrorKind::Other))
        } else {
            Ok(())
        }
    }
}

#[derive(Debug)]
pub(crate) struct Refused(NorFlashErrorKind);

const OUT: Refused = Refused(NorFlashErrorKind::OutOfBounds);

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<const R: usize, const W: usize, const E: usize> ErrorType for Part<R, W, E> {
    type Error = Refused;
}

impl<const R: usize, const W: usize, const E: usize> ReadNorFlash for Part<R, W, E> {
    const READ_SIZE: usize = R;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        self.powered()?;
        let at = offset as usize;
        assert_eq!((at % R, bytes.len() % R), (0, 0), "reads {R} at once");
        let from = self.bytes.get(at..at + bytes.len()).ok_or(OUT)?;
        bytes.copy_from_slice(from);
        if let Some((place, times)) = &mut self.weak
            && let Some(byte) = place.checked_sub(at).and_then(|it| bytes.get_mut(it))
            && *byte != 0xFF
        {
            *byte ^= u8::from(*times == 0);
            *times = times.saturating_sub(1);
        }
        self.bytes_read += bytes.len();
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const R: usize, const W: usize, const E: usize> NorFlash for Part<R, W, E> {
    const WRITE_SIZE: usize = W;
    const ERASE_SIZE: usize = E;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        let (start, end) = (from as usize, to as usize);
        assert_eq!((start % E, end % E), (0, 0), "erases {E} at once");
        let done = self.done(end.saturating_sub(start))?;
        let sectors = self.bytes.get_mut(start..end).ok_or(OUT)?;
        if !self.keeps_all {
            sectors[..done].fill(0xFF);
        }
        self.asked.push(Asked::Erase(from, to));
        self.powered()
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        let at = offset as usize;
        assert_eq!((at % W, bytes.len() % W), (0, 0), "programs {W} at once");
        assert!(at % 256 + bytes.len() <= 256, "crosses a program page");
        let done = self.done(bytes.len())?;
        let places = self.bytes.get_mut(at..at + bytes.len()).ok_or(OUT)?;
        for ((number, place), byte) in (at..).zip(places).zip(bytes).take(done) {
            if !self.stuck.contains(&number) {
                *place &= byte;
            }
        }
        self.asked.push(Asked::Write(offset, bytes.len()));
        if self
            .denies
            .is_some_and(|before| before + 1 == self.asked.len())
        {
            return Err(Refused(NorFlashErrorKind::Other));
        }
        self.powered()
    }
}

const SECTOR: u32 = 4_096;

fn fits<const R: usize, const W: usize, const E: usize>(start: u32, len: u32) -> bool {
    let checked = io::check_geometry(&Part::<R, W, E>::new(3), start, len);
    assert!(matches!(checked, Ok(()) | Err(StoreError::Geometry)));
    checked.is_ok()
}

#[test]
fn store_007_a_region_must_lie_in_the_flash_in_whole_sectors() {
    assert!(fits::<1, 1, 4_096>(0, 3 * SECTOR));
    assert!(fits::<1, 1, 4_096>(2 * SECTOR, SECTOR));
    for (start, len) in [
        (0, 4 * SECTOR),
        (SECTOR, 3 * SECTOR),
        (3 * SECTOR, SECTOR),
        (u32::MAX - SECTOR + 1, SECTOR),
        (256, SECTOR),
        (0, SECTOR + 256),
        (0, 0),
        (SECTOR, 0),
    ] {
        assert!(!fits::<1, 1, 4_096>(start, len), "{start} {len}");
    }
}

#[test]
fn store_007_a_flash_must_have_units_that_go_into_a_program_page() {
    assert!(fits::<1, 1, 256>(0, 256));
    assert!(fits::<16, 256, 4_096>(0, SECTOR));
    assert!(fits::<4, 16, 4_096>(0, SECTOR));
    // It programs, reads or erases what the layout does not go into.
    assert!(!fits::<1, 3, 4_096>(0, SECTOR));
    assert!(!fits::<1, 512, 4_096>(0, SECTOR));
    assert!(!fits::<32, 1, 4_096>(0, SECTOR));
    assert!(!fits::<3, 1, 4_096>(0, SECTOR));
    assert!(!fits::<1, 1, 384>(0, 384));
    assert!(!fits::<1, 1, 128>(0, 256));
}

#[test]
fn store_007_nothing_is_programmed_in_less_than_sixteen_bytes_or_the_flash_s_own() {
    assert_eq!(io::unit::<Part<1, 1, 4_096>>(), 16);
    assert_eq!(io::unit::<Part<1, 8, 4_096>>(), 16);
    assert_eq!(io::unit::<Part<1, 16, 4_096>>(), 16);
    assert_eq!(io::unit::<Part<1, 32, 4_096>>(), 32);
    assert_eq!(io::unit::<Part<1, 256, 4_096>>(), 256);
    assert_eq!(io::offset(0), 0);
    assert_eq!(io::offset(4_096), 4_096);
    assert_eq!(io::offset(usize::MAX), u32::MAX);
}

#[test]
fn store_007_any_length_is_read_in_the_flash_s_units() {
    fn check<const R: usize>() {
        let mut flash = Part::<R, 1, 4_096>::new(1);
        for (place, byte) in flash.bytes.iter_mut().enumerate() {
            *byte = u8::try_from(place % 251).unwrap();
        }
        for len in [0, 1, 15, 16, 63, 64, 65, 128, 200] {
            for at in [0, 16, 48, 256] {
                let mut out = vec![0xAA; len];
                io::read(&mut flash, offset(at), &mut out).unwrap();
                assert_eq!(out, flash.bytes[at..at + len], "{len} from {at} by {R}");
            }
        }
        let beyond = io::read(&mut flash, 4_080, &mut [0; 65]);
        let kind = NorFlashErrorKind::OutOfBounds;
        assert_eq!(beyond, Err(StoreError::Flash(kind)));
    }
    check::<1>();
    check::<4>();
    check::<16>();
}

#[test]
fn store_001_one_bit_anywhere_in_a_range_and_nowhere_else_makes_it_not_blank() {
    let mut flash = Part::<1, 1, 4_096>::new(1);
    for len in [0, 1, 16, 63, 64, 65, 128, 200] {
        for place in 0..250 {
            flash.bytes[16 + place] = 0xFE;
            let blank = io::is_blank(&mut flash, 16, len).unwrap();
            flash.bytes[16 + place] = 0xFF;
            assert_eq!(blank, place >= len, "{place} of {len}");
        }
    }
    // To the last byte of the flash, and not one further.
    assert_eq!(io::is_blank(&mut flash, 4_096 - 160, 160), Ok(true));
    assert!(io::is_blank(&mut flash, 4_096 - 160, 161).is_err());
}

#[test]
fn store_007_parts_are_programmed_one_behind_the_other_in_whole_blocks_of_a_page() {
    fn check<const W: usize>(at: usize, parts: [&[u8]; 2], asked: &[Asked]) {
        let mut flash = Part::<1, W, 4_096>::new(1);
        io::program(&mut flash, offset(at), parts).unwrap();
        let all = parts.concat();
        assert_eq!(flash.bytes[at..at + all.len()], all);
        let around = [&flash.bytes[..at], &flash.bytes[at + all.len()..]].concat();
        assert!(around.iter().all(|byte| *byte == 0xFF));
        assert_eq!(flash.asked, asked);
    }
    let bytes: Vec<u8> = (0..=255).chain(0..=255).collect();
    let (front, behind) = (&bytes[..32], &bytes[100..]);
    check::<1>(0, [&[], &[]], &[]);
    check::<1>(16, [front, &[7]], &[Asked::Write(16, 33)]);
    check::<4>(16, [front, &[7]], &[Asked::Write(16, 36)]);
    check::<1>(
        240,
        [front, behind],
        &[
            Asked::Write(240, 16),
            Asked::Write(256, 256),
            Asked::Write(512, 172),
        ],
    );
    check::<256>(
        256,
        [behind, front],
        &[Asked::Write(256, 256), Asked::Write(512, 256)],
    );
    check::<16>(480, [front, &[]], &[Asked::Write(480, 32)]);
}

#[test]
fn store_003_a_region_is_erased_sector_by_sector_and_no_further() {
    let mut flash = Part::<1, 1, 4_096>::new(5);
    flash.bytes.fill(0);
    let region = Region {
        start: SECTOR,
        len: 3 * SECTOR,
    };
    io::erase(&mut flash, &region).unwrap();
    let erased = [(1, 2), (2, 3), (3, 4)];
    let erased = erased.map(|(from, to)| Asked::Erase(from * SECTOR, to * SECTOR));
    assert_eq!(flash.asked, erased);
    assert!(flash.bytes[..4_096].iter().all(|byte| *byte == 0));
    assert!(
        flash.bytes[4_096..4 * 4_096]
            .iter()
            .all(|byte| *byte == 0xFF)
    );
    assert!(flash.bytes[4 * 4_096..].iter().all(|byte| *byte == 0));
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap()
}
