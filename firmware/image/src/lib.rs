//! Makes what is flashed out of what was linked, and measures it: checksum, UF2, sizes, panics.
//! Never runs on a pen.

pub mod board;
pub mod cargo;
pub mod check;
pub mod cli;
mod command;
pub mod cost;
pub mod elf;
pub mod flash;
pub mod header;
pub mod key;
pub mod pack;
pub mod panics;
pub mod size;
pub mod uf2;
