//! A boot ROM for the emulated RP2040, written from the data sheet. Never flashed.

fn main() {}
