#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
//! The firmware application between a board and the core; it never decides what a pen may do.
//!
//! ```text
//!             every millisecond, may run in an interrupt        whenever there is time
//! pins ----> control::Control --> shared::Core (holds the Pen) <-- host::Host <---> serial, flash
//!              drives motor::MotorDriver last       ^               asks through shared::CoreAccess
//!                                                   |
//!                                  boot::start reads storage once
//! ```
//!
//! A board fills the traits in [`board`]; [`app::App`] joins the two halves for boards (and for the
//! simulator) that call both from one loop. Byte formats are `pen-protocol`'s, decisions `pen-core`'s.

pub mod ahead;
pub mod app;
pub mod board;
pub mod boot;
mod calibrate;
pub mod control;
#[cfg(test)]
mod examples;
pub mod factory;
pub mod host;
pub mod keeper;
pub mod kept;
pub mod link;
pub mod motor;
pub mod outbox;
pub mod roles;
mod service;
pub mod shared;
pub mod signed;
pub mod store;
pub mod tag;
pub mod tag_record;
