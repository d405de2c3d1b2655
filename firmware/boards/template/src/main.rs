//! A board to copy: every trait that a port has to fill. Drives nothing by itself.

fn main() {}
