//! The image for a Raspberry Pi Pico (RP2040). Pins and drivers only; decides nothing.

fn main() {}
