//! Shared by the tests of the whole: a rig around the control core, the source tree as data, what no test
//! reaches, and the evidence that joins requirements with what ran.
//!
//! Nothing here knows the firmware's limits: a test that needs one restates it (PROOF-007).

#![expect(
    clippy::missing_panics_doc,
    reason = "a rig fails by panicking; that is its only way to say no"
)]
#![expect(
    clippy::must_use_candidate,
    reason = "moving the rig on is an effect, whatever it returns"
)]

pub mod coverage;
pub mod evidence;
pub mod given;
pub mod mutants;
pub mod programs;
pub mod rig;
pub mod sources;

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
