//! The host side.

pub mod error;
