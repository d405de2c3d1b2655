//! The image of the board to copy: how a chip's entry, timer and panic reach the two halves of the
//! application. It drives nothing: its pins end in memory.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    target_os = "none",
    expect(
        unsafe_code,
        reason = "fault handler and the name that tools look for; each place says why it is sound"
    )
)]

#[cfg(target_os = "none")]
mod image;

#[cfg(not(target_os = "none"))]
fn main() {}
