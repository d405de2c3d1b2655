//! The flash functions of the function table (data sheet 2.8.3.1.3).
//!
//! Everything goes through the SSI in standard mode, eight bits a frame, with the chip select held
//! by hand through the pin's override, because a frame of the SSI ends whenever its queue runs dry.
//!
//! No function leaves the override behind: who goes on to use the SSI directly, such as the second
//! stage or a read of the unique id, never calls [`rom_flush_cache`], and with the chip select held
//! high every status reads as all ones, so that the second stage would wait for ever.

use crate::registers::{
    QSPI_CTRL, QSPI_SD0_PAD, QSPI_SS_CTRL, RESET_DONE, RESETS, SSI_BAUDR, SSI_CTRLR0, SSI_CTRLR1,
    SSI_DR0, SSI_SER, SSI_SPI_CTRLR0, SSI_SR, SSI_SSIENR, XIP_CTRL, XIP_FLUSH,
};

/// IO_QSPI and PADS_QSPI.
const RESET_BITS: u32 = 1 << 6 | 1 << 9;
/// Eight bits a frame, one data line, full duplex.
const CTRLR0_BYTES: u32 = 7 << 16;
/// 32 bits a frame, one data line, receive after sending.
const CTRLR0_XIP: u32 = 31 << 16 | 3 << 8;
/// Command 03, 24 address bits, no dummies.
const SPI_CTRLR0_XIP: u32 = 0x03 << 24 | 2 << 8 | 6 << 2;

const SR_TRANSMIT_ROOM: u32 = 1 << 1;
const SR_RECEIVED: u32 = 1 << 3;
/// Frames that the receive queue holds; one place stays free.
const QUEUE: u32 = 15;

const SECTOR: u32 = 4096;
const PAGE: u32 = 256;

const WRITE_ENABLE: u8 = 0x06;
const READ_STATUS: u8 = 0x05;
const READ_DATA: u8 = 0x03;
const PROGRAM: u8 = 0x02;
const ERASE_SECTOR: u8 = 0x20;
const STATUS_BUSY: u8 = 1;

/// What holds the chip select.
#[derive(Clone, Copy)]
enum Select {
    /// The SSI.
    Automatic = 0,
    /// Selected.
    Low = 2,
    /// Not selected.
    High = 3,
}

fn select(how: Select) {
    QSPI_SS_CTRL.write((how as u32) << 8);
}

/// Gives the flash pins to the SSI.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_connect_internal_flash() {
    RESETS.clear(RESET_BITS);
    while RESET_DONE.read() & RESET_BITS != RESET_BITS {}
    for pin in 0..6 {
        QSPI_CTRL.offset(8 * pin).write(0);
    }
}

/// Puts the SSI in serial mode and the flash out of whatever continuous read mode it is in, by the
/// fixed sequence of 2.8.1.2.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_exit_xip() {
    SSI_SSIENR.write(0);
    SSI_BAUDR.write(6);
    SSI_CTRLR1.write(0);
    SSI_CTRLR0.write(CTRLR0_BYTES);
    SSI_SER.write(1);
    SSI_SSIENR.write(1);

    let pads = [0, 4, 8, 12].map(|offset| QSPI_SD0_PAD.offset(offset).read());
    let float = |pull: u32| {
        for (line, pad) in (0..).zip(&pads) {
            QSPI_SD0_PAD
                .offset(4 * line)
                .write(pad & !0x0C | 0x80 | pull);
        }
    };
    select(Select::High);
    float(1 << 2);
    exchange(core::iter::repeat_n(0, 4), drop);
    select(Select::Low);
    float(1 << 3);
    exchange(core::iter::repeat_n(0, 4), drop);
    select(Select::High);
    for (line, pad) in (0..).zip(&pads) {
        QSPI_SD0_PAD.offset(4 * line).write(*pad);
    }
    select(Select::Low);
    exchange(core::iter::repeat_n(0xFF, 2), drop);
    select(Select::Automatic);
}

/// Erases whole sectors; with `block_command` where a whole block fits.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_range_erase(from: u32, count: u32, block: u32, block_command: u8) {
    let mut at = from;
    let end = from.wrapping_add(count);
    while at < end {
        let fits = block != 0 && at.is_multiple_of(block) && end - at >= block;
        let (command, step) = if fits {
            (block_command, block)
        } else {
            (ERASE_SECTOR, SECTOR)
        };
        transfer(&[WRITE_ENABLE], core::iter::empty(), drop);
        transfer(&addressed(command, at), core::iter::empty(), drop);
        wait_ready();
        at = at.wrapping_add(step);
    }
}

/// Programs whole pages.
///
/// # Safety
/// `data` must hold `count` bytes that are not in flash.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rom_range_program(to: u32, data: *const u8, count: u32) {
    // SAFETY: the caller vouches for the range.
    let data = unsafe { core::slice::from_raw_parts(data, count as usize) };
    let mut at = to;
    for page in data.chunks(PAGE as usize) {
        transfer(&[WRITE_ENABLE], core::iter::empty(), drop);
        transfer(&addressed(PROGRAM, at), page.iter().copied(), drop);
        wait_ready();
        at = at.wrapping_add(PAGE);
    }
}

/// Reads from the flash, which must be in serial mode.
pub(crate) fn read_data(from: u32, into: &mut [u8]) {
    let count = into.len();
    let mut slots = into.iter_mut();
    transfer(
        &addressed(READ_DATA, from),
        core::iter::repeat_n(0, count),
        |byte| {
            if let Some(slot) = slots.next() {
                *slot = byte;
            }
        },
    );
}

/// Forgets what the cache holds.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_flush_cache() {
    XIP_FLUSH.write(1);
    // Reading waits for the end of the flush.
    XIP_FLUSH.read();
    XIP_CTRL.write(XIP_CTRL.read() | 1);
    select(Select::Automatic);
}

/// Makes the flash readable as memory, slowly: one data line, a command each time.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rom_enter_cmd_xip() {
    SSI_SSIENR.write(0);
    SSI_CTRLR0.write(CTRLR0_XIP);
    SSI_CTRLR1.write(0);
    SSI_SPI_CTRLR0.write(SPI_CTRLR0_XIP);
    SSI_SSIENR.write(1);
}

fn addressed(command: u8, at: u32) -> [u8; 4] {
    let [_, high, middle, low] = at.to_be_bytes();
    [command, high, middle, low]
}

fn wait_ready() {
    let mut status = STATUS_BUSY;
    while status & STATUS_BUSY != 0 {
        transfer(&[READ_STATUS], core::iter::once(0), |byte| status = byte);
    }
}

/// One command: these bytes, then the rest; `take` gets what came back during the rest.
fn transfer(command: &[u8], rest: impl Iterator<Item = u8>, mut take: impl FnMut(u8)) {
    let mut skip = command.len();
    select(Select::Low);
    exchange(command.iter().copied().chain(rest), |byte| {
        if skip == 0 {
            take(byte);
        } else {
            skip -= 1;
        }
    });
    select(Select::Automatic);
}

/// Sends bytes and takes as many, with never more on the way than the receive queue holds.
fn exchange(send: impl Iterator<Item = u8>, mut take: impl FnMut(u8)) {
    let mut send = send.fuse();
    let mut next = send.next();
    let mut under_way = 0;
    while next.is_some() || under_way > 0 {
        let status = SSI_SR.read();
        if let Some(byte) = next
            && under_way < QUEUE
            && status & SR_TRANSMIT_ROOM != 0
        {
            SSI_DR0.write(byte.into());
            under_way += 1;
            next = send.next();
        }
        if status & SR_RECEIVED != 0 {
            let [byte, ..] = SSI_DR0.read().to_le_bytes();
            take(byte);
            under_way -= 1;
        }
    }
}
