//! Ctrl-C in long work: what was begun is ended, and the words say how far it came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of a command that Ctrl-C ended, as shells have it.
pub(crate) const EXIT: u8 = 130;

/// Somebody pressed Ctrl-C; the text says how far the work came.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Interrupted(pub(crate) String);

/// A flag that Ctrl-C sets. A second Ctrl-C ends the program at once.
///
/// # Errors
/// When the system has no such signal to give.
pub(crate) fn flag() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(EXIT));
        }
    })?;
    Ok(flag)
}
