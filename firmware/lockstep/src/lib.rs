#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable
)]
//! What a plant and a processor on trial say to each other in lock-step. Never part of a released image.
//!
//! The plant asks, the processor works and answers; nobody speaks out of turn, no clock is read:
//!
//! ```text
//! plant                          processor
//!   |  <------------- Greeting       |   out of reset
//!   |  Start ------------------->    |   boots; asks for flash as often as it likes
//!   |  <- Read, Program, Erase       |
//!   |  Flash ------------------->    |
//!   |  <-------------- Started       |
//!   |  Tick -------------------->    |   one control step and the work until the next;
//!   |  <----------------- Done       |   flash again in between
//!   |  Reset ------------------->    |
//!   |  <----------------- Mark       |   then it resets itself, and greets again
//!   |  End --------------------->    |
//!   |  <----------------- Mark       |   then it is gone
//! ```
//!
//! A [`report::Report::Failure`] may come instead of any report: the firmware died, and says of what.
//!
//! # Layout
//!
//! Everything is little endian. A frame is one byte of kind, two bytes of payload length, the
//! payload; at most [`FRAME_MAX`] bytes. Orders have kinds below 0x80, reports above. A flag is one
//! bit of a byte; bits that nobody knows must be zero. Numbers that nobody knows, bytes too many and
//! bytes too few are refused by name ([`Refusal`]), never skipped.
//!
//! The greeting keeps its layout in every version, so that two sides that do not understand each
//! other can say so: magic (8), version u16, target u8, sources u64.

mod bytes;
#[cfg(test)]
mod damage;
pub mod order;
pub mod readings;
mod refusal;
pub mod report;
mod work;

pub use refusal::Refusal;

/// Version of everything but the greeting. Changes with every change of the layout.
pub const VERSION: u16 = 2;

/// Fingerprint of the sources that this was built from: the crates of the firmware, the board for
/// QEMU and this one, their manifests and memory maps. An image and a plant of different states tell
/// themselves apart by it; a differential run between them would compare two programs.
///
/// Not in it: the compiler, and the versions of other people's crates.
pub const SOURCES: u64 = include!(concat!(env!("OUT_DIR"), "/sources.in"));

/// Bytes in front of a payload.
pub const HEADER: usize = 3;

/// Most bytes of flash in one frame.
pub const DATA_MAX: usize = 4_096;

/// Most bytes of the host in one tick, on their way to the pen.
pub const CARRIED_MAX: usize = 128;

/// Longest payload.
pub const PAYLOAD_MAX: usize = 4_352;

/// Longest frame.
pub const FRAME_MAX: usize = 4_355;

const _: () = assert!(FRAME_MAX == PAYLOAD_MAX.saturating_add(HEADER));
const _: () = assert!(DATA_MAX.saturating_add(64) < PAYLOAD_MAX);

/// Steps of the motor bridge's duty: both sides mean the same full scale.
pub const DUTY_STEPS: u16 = 4_000;

/// Length of the frame at the front of these bytes; nothing as long as its header is not whole.
///
/// # Errors
/// [`Refusal::TooLong`].
pub fn frame_length(front: &[u8]) -> Result<Option<usize>, Refusal> {
    let [kind, low, high, ..] = front else {
        return Ok(None);
    };
    let len = usize::from(u16::from_le_bytes([*low, *high]));
    if len > PAYLOAD_MAX {
        return Err(Refusal::TooLong { kind: *kind, len });
    }
    Ok(Some(len.saturating_add(HEADER)))
}
