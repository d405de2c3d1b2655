#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    target_os = "none",
    expect(
        unsafe_code,
        reason = "interrupt handlers and registers; each use says why it is sound"
    )
)]
//! The image for a Raspberry Pi Pico (RP2040). Pins and drivers only; decides nothing.
//!
//! ```text
//! priority  what runs there                                   may be held up by
//! P1        hall edges: time stamp and quadrature             critical sections
//! P2        the control step, every millisecond               P1, critical sections
//! P3        I2C bus, USB, time queue                          P1, P2, critical sections
//! thread    host link, storage, signatures                    everything
//! ```
//!
//! Built for the desk it is empty.

#[cfg(target_os = "none")]
mod target;

#[cfg(not(target_os = "none"))]
fn main() {}
