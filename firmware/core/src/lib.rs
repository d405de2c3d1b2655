#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::wildcard_enum_match_arm
    )
)]
//! Decides what a micro-needling pen may do; it never touches a pin, a clock or a byte format.
//!
//! Two doors lead in: [`pen::Pen::step`], called once a millisecond with raw readings, and
//! [`pen::Pen::request`], called with what somebody asks. Both are pure functions of the pen's state and
//! their arguments: the same inputs give the same outputs on every machine.
//!
//! ```text
//! Inputs -> senses -> cam, hands, seat, account -> locks -> guard -> decide -> drive -> gate -> Outputs
//! ```
//!
//! Words: *stroke* is one turn of the cam; *protrusion* or depth is how far the tips pass the rim;
//! *brake* shorts the winding; *STO* removes torque; a *trip* latches a fault. `docs/glossary.md`
//! has them all.

#[macro_use]
mod any;

mod account;
mod actuator;
mod admission;
mod admitted;
pub mod battery;
pub mod calibration;
mod cam;
pub mod cartridge;
mod clock;
mod dead_man;
mod decide;
mod divide;
mod drive;
mod duty;
mod estimate;
pub mod fault;
pub mod gate;
#[cfg(test)]
mod given;
mod guard;
mod halt;
mod hands;
mod heat;
mod held;
mod interlocks;
pub mod io;
pub mod journal;
mod latch;
pub mod limits;
pub mod locks;
mod machine;
pub mod mode;
pub mod pen;
pub mod plan;
mod probe;
pub mod profile;
mod records;
mod regulate;
pub mod request;
mod seat;
mod senses;
#[cfg(test)]
mod sequences;
pub mod session;
mod start;
pub mod status;
#[cfg(test)]
mod tests;
pub mod thermistor;
pub mod units;
#[cfg(any(test, feature = "verify"))]
pub mod verify;
mod witness;
