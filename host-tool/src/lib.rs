//! The host side: talks to pens, plans for them, calibrates them and keeps their records.
//!
//! It keeps nobody safe. Whatever a host asks, the pen decides by its own limits.

pub mod cli;
pub mod client;
pub mod clock;
mod cmd;
mod config;
mod connect;
mod demo;
pub mod error;
mod escape;
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
pub mod store;
pub mod text;
mod words;
