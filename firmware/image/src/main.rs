//! Makes what is flashed out of what was linked, and measures it: checksum, UF2, sizes, panics. Never runs on a pen.

fn main() {}
