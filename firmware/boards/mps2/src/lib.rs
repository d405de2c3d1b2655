//! The board that QEMU's `mps2-an386` is to a pen: wires that the plant fills over a pipe, a flash
//! that lies with the plant, and one UART. Never a product.
//!
//! Nothing here decides anything or measures anything. What the board cannot do ends with a panic,
//! which the plant is told; it is a bench, and a bench that goes on after a mistake proves nothing.
#![cfg_attr(target_os = "none", no_std)]
#![cfg_attr(
    target_os = "none",
    expect(
        unsafe_code,
        reason = "semihosting, registers and the stack are raw; each place says why it is sound"
    )
)]

#[cfg(target_os = "none")]
pub mod board;
#[cfg(target_os = "none")]
pub mod flash;
#[cfg(target_os = "none")]
pub mod mirror;
#[cfg(target_os = "none")]
pub mod plant;
#[cfg(target_os = "none")]
pub mod reset;
#[cfg(target_os = "none")]
pub mod semihosting;
#[cfg(target_os = "none")]
pub mod serial;
#[cfg(target_os = "none")]
pub mod stack;
#[cfg(target_os = "none")]
pub mod uart;
#[cfg(target_os = "none")]
pub mod wires;
