//! The very image that is flashed, on an emulated RP2040, against the simulator's plant.
//!
//! Emulated, never run on hardware. docs/emulation.md tells what that proves and what not; what has
//! to be built and installed first is in sim/rp2040/README.md.

mod boot;
#[path = "break.rs"]
mod broken;
mod hands_on;
#[expect(
    dead_code,
    reason = "shared with the tests of the command line, which use more of it"
)]
#[path = "../cli/program.rs"]
mod program;
mod scene;
mod treat;
