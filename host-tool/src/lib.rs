//! The host side: talks to pens, plans for them, calibrates them and keeps their records.
//!
//! It keeps nobody safe. Whatever a host asks, the pen decides by its own limits.
//!
//! Without the feature `program` it knows no terminal, thread, file or real time, and compiles for a
//! browser: [`client`], [`procedure`], [`metrology`], [`report`], [`plan`] and [`store`] over a
//! [`link::Transport`] and a [`store::Store`] of the caller's own. `examples/headless.rs` calibrates so.

#![cfg_attr(
    not(feature = "program"),
    expect(
        dead_code,
        unused_imports,
        reason = "some helpers serve the program and its links only"
    )
)]

#[cfg(feature = "program")]
pub mod cli;
pub mod client;
pub mod clock;
#[cfg(feature = "program")]
mod cmd;
#[cfg(feature = "program")]
mod config;
#[cfg(feature = "program")]
mod connect;
pub mod course;
#[cfg(feature = "program")]
mod demo;
pub mod error;
mod escape;
#[cfg(any(feature = "program", feature = "sqlite"))]
mod fresh;
pub mod gauge;
mod json;
pub mod link;
pub mod metrology;
mod num;
pub mod out;
pub mod plan;
pub mod procedure;
pub mod report;
pub mod session;
pub mod store;
pub mod text;
mod words;
