//! The flash for records: its units, erasing, programming, refusing, keeping.
//!
//! Erases storage: the first two erase units of it, and the last one.

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use pen_app::board::{ControlBoard, HostBoard};
use pen_app::store::Layout;

use crate::bench::{Bench, Unable};
use crate::failure::{self, Note, Outcome, Trouble, Value, demand, same};
use crate::suite::Subject;

const FLASH: &str = "flash";

/// What storage programs at once; no call crosses its multiples. Unit: bytes
const PAGE: usize = 256;

/// Everything in storage begins at a multiple of this. Unit: bytes
const GRAIN: usize = 16;

/// Longest pause that a resting pen takes for a flash operation and not for a hang. Unit: us
const ERASE_MAX_US: u64 = 500_000;

/// What a run leaves for the next one to find.
const MARK: [u8; PAGE] = {
    let mut mark = [0xA5; PAGE];
    mark[1] = 0x5A;
    mark[PAGE - 1] = 0x00;
    mark
};

/// First byte of storage, and the first one behind the flash.
fn storage<F: NorFlash>(flash: &F) -> Result<(u32, u32), Trouble> {
    let size = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
    match Layout::for_flash(size) {
        Some(layout) => Ok((layout.start, size)),
        None => {
            demand(
                false,
                FLASH,
                "capacity",
                Value::Words("whole sectors of 4096 bytes, room for the storage map"),
                Value::Count(size.into()),
            )?;
            Err(Trouble::Unable(Unable("no storage map")))
        }
    }
}

/// An erase unit; all of storage is made of them.
fn erase_unit<F: NorFlash>() -> u32 {
    u32::try_from(F::ERASE_SIZE).unwrap_or(u32::MAX)
}

fn works<R, E>(result: Result<R, E>, when: &'static str) -> Result<R, Trouble> {
    failure::works(FLASH, result, when)
}

/// Looks at every page of an erase unit; `expected` tells what byte belongs at an offset in it.
fn look<F: NorFlash>(
    flash: &mut F,
    at: u32,
    when: &'static str,
    expected: impl Fn(u32) -> u8,
) -> Result<(), Trouble> {
    let mut offset = 0;
    while offset < erase_unit::<F>() {
        let mut page = [0; PAGE];
        works(flash.read(at + offset, &mut page), "reading")?;
        for (byte, place) in page.iter().zip(offset..) {
            same(
                FLASH,
                when,
                Value::Byte(expected(place)),
                Value::Byte(*byte),
            )?;
        }
        offset += 256;
    }
    Ok(())
}

/// What is programmed at an offset of an erase unit: its first and its last page, the rest stays
/// erased.
fn filled(offset: u32, unit: u32) -> u8 {
    let is_edge = offset < 256 || offset >= unit.saturating_sub(256);
    if is_edge { pattern(offset) } else { 0xFF }
}

fn pattern(offset: u32) -> u8 {
    u8::try_from((offset * 7 + 3) % 256).unwrap_or(0)
}

/// Programs the first and the last page of an erase unit; returns the longest time one took.
fn fill<F: NorFlash, T: Bench>(flash: &mut F, bench: &mut T, at: u32) -> Result<u64, Trouble> {
    let mut longest = 0;
    for offset in [0, erase_unit::<F>().saturating_sub(256)] {
        let mut page = [0; PAGE];
        for (byte, place) in page.iter_mut().zip(offset..) {
            *byte = pattern(place);
        }
        let before = bench.now_us();
        works(flash.write(at + offset, &page), "programming a page")?;
        longest = longest.max(bench.now_us().saturating_sub(before));
    }
    Ok(longest)
}

/// Erases one erase unit; returns how long it took.
fn erase<F: NorFlash, T: Bench>(flash: &mut F, bench: &mut T, at: u32) -> Result<u64, Trouble> {
    let before = bench.now_us();
    works(flash.erase(at, at + erase_unit::<F>()), "erasing a sector")?;
    let took = bench.now_us().saturating_sub(before);
    demand(
        took <= ERASE_MAX_US,
        FLASH,
        "time to erase a sector",
        Value::AtMostUs(ERASE_MAX_US),
        Value::Us(took),
    )?;
    Ok(took)
}

pub(super) fn flash_has_a_fitting_geometry<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    _: &mut T,
) -> Outcome {
    fits(&subject.flash)
}

fn fits<F: NorFlash>(flash: &F) -> Outcome {
    let (_, size) = storage(flash)?;
    let units = [
        (
            F::READ_SIZE,
            GRAIN.is_multiple_of(F::READ_SIZE),
            "read size: a power of two, at most 16",
        ),
        (
            F::WRITE_SIZE,
            PAGE.is_multiple_of(F::WRITE_SIZE),
            "write size: a power of two, at most 256",
        ),
        (
            F::ERASE_SIZE,
            F::ERASE_SIZE.is_multiple_of(PAGE) && F::ERASE_SIZE.is_power_of_two(),
            "erase size: a power of two, at least 256",
        ),
    ];
    for (unit, fits, rule) in units {
        let seen = Value::Count(i64::try_from(unit).unwrap_or(i64::MAX));
        demand(fits, FLASH, "units", Value::Words(rule), seen)?;
    }
    let regions = Layout::for_flash(size).map(|layout| layout.regions());
    for region in regions.iter().flatten() {
        let unit = erase_unit::<F>();
        demand(
            region.start.is_multiple_of(unit) && region.len.is_multiple_of(unit),
            FLASH,
            "erase size: every region of the storage map in whole units",
            Value::Words("an erase size that divides 4096"),
            Value::Count(unit.into()),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn flash_erases_to_ones_and_programs_to_zeros<
    B: ControlBoard,
    H: HostBoard,
    T: Bench,
>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let flash = &mut subject.flash;
    let (first, _) = storage(flash)?;
    let unit = erase_unit::<H::Flash>();
    let second = first + unit;
    let mut erase_us = 0;
    for at in [first, second] {
        erase_us = erase(flash, bench, at)?.max(erase_us);
        look(flash, at, "after an erase", |_| 0xFF)?;
    }
    let mut program_us = 0;
    for at in [first, second] {
        program_us = fill(flash, bench, at)?.max(program_us);
        look(flash, at, "after programming two pages", |offset| {
            filled(offset, unit)
        })?;
    }
    // Erasing what is programmed, and nothing beside it.
    erase_us = erase(flash, bench, first)?.max(erase_us);
    look(flash, first, "after a second erase", |_| 0xFF)?;
    look(flash, second, "after its neighbour was erased", |offset| {
        filled(offset, unit)
    })?;
    program_again(flash, second)?;
    Ok(Note::TookBoth {
        first: ("erase", erase_us),
        second: ("program", program_us),
    })
}

/// A second write may be refused, or may clear more bits. It may never set one.
fn program_again<F: NorFlash>(flash: &mut F, at: u32) -> Result<(), Trouble> {
    let mut before = [0; PAGE];
    works(flash.read(at, &mut before), "reading")?;
    let _ = flash.write(at, &[0x55; PAGE]);
    let mut after = [0; PAGE];
    works(flash.read(at, &mut after), "reading")?;
    for (old, new) in before.iter().zip(after) {
        let anded = old & 0x55;
        demand(
            new == *old || new == anded,
            FLASH,
            "after a second write over a programmed page",
            Value::Byte(anded),
            Value::Byte(new),
        )?;
    }
    Ok(())
}

pub(super) fn flash_refuses_what_it_cannot_do<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let flash = &mut subject.flash;
    let (first, size) = storage(flash)?;
    let unit = erase_unit::<H::Flash>();
    erase(flash, bench, first)?;
    fill(flash, bench, first)?;
    let read_size = <H::Flash as ReadNorFlash>::READ_SIZE;
    let write_size = <H::Flash as NorFlash>::WRITE_SIZE;
    let mut page = [0; PAGE];
    let refused = [
        (
            flash.erase(first + 1, first + 1 + unit).is_err(),
            "erasing from the second byte of a sector",
        ),
        (
            flash.erase(first, first + unit - 1).is_err(),
            "erasing all of a sector but its last byte",
        ),
        (
            flash.erase(size, size.saturating_add(unit)).is_err(),
            "erasing behind the end",
        ),
        (
            flash.write(size, &page).is_err(),
            "programming behind the end",
        ),
        (
            flash.read(size, &mut page).is_err(),
            "reading behind the end",
        ),
        (
            write_size == 1 || flash.write(first + 257, &page).is_err(),
            "programming from an odd byte",
        ),
        (
            write_size == 1
                || flash
                    .write(first + 256, page.get(..write_size + 1).unwrap_or(&page))
                    .is_err(),
            "programming one byte more than a write unit",
        ),
        (
            read_size == 1 || flash.read(first + 1, &mut page).is_err(),
            "reading from an odd byte",
        ),
    ];
    for (is_refused, when) in refused {
        demand(
            is_refused,
            FLASH,
            when,
            Value::Words("an error"),
            Value::Words("no error"),
        )?;
    }
    look(flash, first, "after refused operations", |offset| {
        filled(offset, unit)
    })?;
    Ok(Note::Nothing)
}

pub(super) fn flash_leaves_what_lies_before_storage<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let flash = &mut subject.flash;
    let (first, _) = storage(flash)?;
    let Some(last_page) = first.checked_sub(256) else {
        return Err(Trouble::Unable(Unable(
            "storage begins at the start of this flash",
        )));
    };
    let mut before = [0; PAGE];
    works(flash.read(last_page, &mut before), "reading")?;
    if before == [0xFF; PAGE] {
        return Err(Trouble::Unable(Unable(
            "the last page before storage is blank: nothing would be missed there",
        )));
    }
    erase(flash, bench, first)?;
    fill(flash, bench, first)?;
    let mut after = [0; PAGE];
    works(flash.read(last_page, &mut after), "reading")?;
    for (old, new) in before.iter().zip(after) {
        same(
            FLASH,
            "the last page of the image, after storage was erased and programmed",
            Value::Byte(*old),
            Value::Byte(new),
        )?;
    }
    Ok(Note::Nothing)
}

pub(super) fn flash_keeps_its_mark<B: ControlBoard, H: HostBoard, T: Bench>(
    subject: &mut Subject<B, H>,
    bench: &mut T,
) -> Outcome {
    let flash = &mut subject.flash;
    let (_, size) = storage(flash)?;
    let last = size.saturating_sub(erase_unit::<H::Flash>());
    let mut found = [0; PAGE];
    works(flash.read(last, &mut found), "reading")?;
    if found == MARK {
        return Ok(Note::Nothing);
    }
    erase(flash, bench, last)?;
    works(flash.write(last, &MARK), "programming a page")?;
    works(flash.read(last, &mut found), "reading")?;
    demand(
        found == MARK,
        FLASH,
        "the mark for the next run, read back",
        Value::Words("the mark"),
        Value::Words("something else"),
    )?;
    Err(Trouble::Unable(Unable(
        "the mark is written now: take the power away and run once more",
    )))
}
