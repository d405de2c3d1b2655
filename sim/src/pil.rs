//! Processor in the loop: the firmware runs as the code that a Cortex-M executes, under QEMU, on the
//! same plant, wires and flash as natively.
//!
//! ```text
//!   VirtualPen --wires--> Witness --> Pil ==pipe==> QEMU (mps2-an386): the image pen-mps2
//!        |                   |
//!        +--- flash ---------+--> every output and every byte, tick by tick, for comparing
//! ```
//!
//! QEMU never runs ahead: it waits for a tick, works, answers, and waits. No clock is read on the
//! way from a scenario to its result, so two runs are the same byte for byte. The only thing that
//! watches real time is a guard that ends a QEMU which says nothing any more; such a run has no
//! result.

mod compare;
mod files;
mod machine;
mod processor;
mod settings;
mod together;
mod wires;
mod witness;

pub use compare::{Part, Trial, Watched, compare, run, watch};
pub use files::{FileTrial, Tally, try_file};
pub use machine::end_all;
pub use processor::{Health, Link, Pil, Uart};
pub use settings::{PilError, Settings};
pub use witness::{Step, Trace, Witness};
