//! The firmware as a Cortex-M runs it, against the same firmware on this machine.
//!
//! Needs QEMU and the image for both instruction sets (docs/emulation.md); that is why these tests
//! stand behind the feature `pil`.

mod broken;
mod different;
mod image;
mod link;
mod power;
mod same;
mod serve;
