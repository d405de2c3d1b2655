//! The image that QEMU runs (mps2-an386, Cortex-M4): processor in the loop. Never a product.

fn main() {}
