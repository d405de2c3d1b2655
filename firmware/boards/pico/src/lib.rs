#![cfg_attr(not(test), no_std)]
//! What the Pico's image computes without touching a pin: conversions, decoding, deadlines.
//!
//! It decides nothing about a treatment. The image itself (`main.rs`, `target/`) exists only for the
//! RP2040; everything here also builds for the desk, where its tests run.

pub mod convert;
pub mod crash;
pub mod devices;
pub mod grid;
pub mod header;
pub mod liveness;
pub mod map;
pub mod march;
pub mod quadrature;
pub mod stepper;
