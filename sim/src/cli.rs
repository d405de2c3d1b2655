//! The commands with more behind them than a few lines.

pub(crate) mod interrupt;
pub(crate) mod pil;
pub(crate) mod progress;
pub(crate) mod run;
pub(crate) mod sweep;

use std::io::Write;

/// A failure: what, why and what to do, in one text.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Writes to standard output, whole.
pub(crate) fn put(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
