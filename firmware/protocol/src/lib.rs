#![no_std]
#![forbid(unsafe_code)]
//! What is said over the wire between a pen and a host; it never decides whether to obey.
//!
//! ```text
//! message --postcard--> payload --version, seq, kind, CRC-32--> body --COBS--> frame
//! ```
//!
//! [`messages`] has one type per message and the number of each; [`frame`] turns a message into
//! bytes and finds messages in a stream of bytes, whatever else is in it. `docs/protocol.md` says
//! the same for somebody who writes a client in another language.

pub mod frame;
pub mod messages;
pub mod text;
mod wire;

use crc::{CRC_32_ISO_HDLC, Crc};
use pen_core::calibration::Calibration;

pub use wire::{WireError, from_bytes, to_bytes};

/// The protocol version that this crate speaks best.
pub const VERSION: u8 = 1;

/// The oldest protocol version that this crate can still serve in full.
pub const VERSION_MIN: u8 = 1;

/// The first word of the model of a pen that is not real.
pub const SIMULATED: &str = "simulated";

/// Every message and every type in it, as text, but for what was [appended](messages::APPENDED): what
/// [`SCHEMA_HASH`] is made of.
///
/// `tests/schema.rs` derives the text from the types and fails when this file differs from it.
pub const SCHEMA: &str = include_str!("../schema/v1.txt");

/// CRC-32 of [`SCHEMA`]: two builds that agree in it understand each other's bytes, and each may lack
/// a reading that the other was given later.
pub const SCHEMA_HASH: u32 = crc32(SCHEMA.as_bytes());

/// The checksum of the wire and of the journal: CRC-32/ISO-HDLC, check value `0xCBF4_3926`.
pub(crate) const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const _: () = assert!(crc32(b"123456789") == 0xCBF4_3926);
const _: () = assert!(VERSION_MIN <= VERSION);

/// CRC-32/ISO-HDLC of `bytes`.
#[must_use]
pub const fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// The digest by which host and pen name a calibration (CAL-001): CRC-32 of its postcard bytes.
#[must_use]
pub fn calibration_digest(calibration: &Calibration) -> u32 {
    wire::digest(calibration)
}
