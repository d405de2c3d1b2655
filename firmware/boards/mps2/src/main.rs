//! The image that QEMU runs (mps2-an386, Cortex-M4): processor in the loop. Never a product.
//!
//! The whole application of a pen on the wires of a simulated plant, in lock-step: it waits for a
//! tick, does one control step and the work until the next, and answers. No timer runs and nothing
//! else happens, so the same ticks give the same answers.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    target_os = "none",
    expect(
        unsafe_code,
        reason = "the entry points of the processor and of measuring tools have fixed names"
    )
)]

#[cfg(target_os = "none")]
mod image;

#[cfg(not(target_os = "none"))]
fn main() {}
