//! The certificate of the sample: as it was last looked at, and with its numbers worked out again.

mod golden;
mod pencil;
