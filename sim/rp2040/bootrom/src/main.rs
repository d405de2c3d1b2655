//! A boot ROM for the emulated RP2040, written from the data sheet. Never flashed.
//!
//! It does what chapter 2.8 of the RP2040 data sheet says of the boot ROM, as far as a pen needs:
//! from reset it loads the second stage from flash, checks its CRC and enters it; for the program
//! it holds the function table, the lookup, memory and bit functions, and the flash functions.
//!
//! Absent, because no pen uses it: the USB boot loader (`UB`), the wait for a vector of the second
//! core (`WV`), the debugger's trampoline (`DT`, `DE`) and every floating-point routine (`SF`,
//! `SD`). A lookup of those answers 0. Where the real ROM would wait for a host on USB, this one
//! stops at a breakpoint, which the emulator reports.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    target_os = "none",
    expect(
        unsafe_code,
        reason = "a boot ROM is registers, raw addresses and a jump"
    )
)]

#[cfg(any(target_os = "none", test))]
mod bits;
#[cfg(target_os = "none")]
mod boot;
#[cfg(any(target_os = "none", test))]
mod crc;
#[cfg(target_os = "none")]
mod flash;
#[cfg(target_os = "none")]
mod memory;
#[cfg(target_os = "none")]
mod registers;
#[cfg(target_os = "none")]
mod tables;

#[cfg(not(target_os = "none"))]
fn main() {}
