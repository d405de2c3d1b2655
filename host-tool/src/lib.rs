//! The host side.

pub mod error;
pub mod metrology;
