//! The emulated pen: the very image that is flashed, on an emulated RP2040, as the pen's processor.
//!
//! ```text
//!   VirtualPen --wires--> Emulated ==pipe==> node rig.mjs: RP2040, boot ROM, USB host, I2C parts
//!        |                    |
//!        +--- flash ----------+--> a log of what the chip did: resets, flash operations, jitter
//! ```
//!
//! Nothing of the firmware runs here. Every millisecond the rig gets what is on the pins, runs the
//! chip for exactly as long as the pen's clock says that went by, and tells what the pins did. The
//! chip lives one step behind the plant: it works on the readings of the step before, as natively,
//! but its outputs reach the plant only when it has had its time, so a hall edge is seen one
//! millisecond after it happened.
//!
//! What cannot be said on real pins is not there: the core's own status, the age of a converter's
//! result (a stale channel reads as one that stands still), and a link without a cable. A part that
//! is stale on I2C does not answer.

mod frame;
mod log;
mod node;
mod processor;
mod settings;
mod tag;

pub use frame::{FlashKind, FlashOperation, ResetBy};
pub use log::{Jitter, Log};
pub use processor::{Emulated, Handle, StartError};
pub use settings::{EmulatedError, Settings};
