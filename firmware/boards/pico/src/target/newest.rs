//! Values that one priority writes and another reads.

use core::cell::Cell;

use critical_section::Mutex;

/// The newest value that the bus has brought.
pub(crate) struct Newest<T>(Mutex<Cell<T>>);

impl<T: Copy> Newest<T> {
    /// Begins with a value.
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(Cell::new(value)))
    }

    /// The value now.
    pub(crate) fn get(&self) -> T {
        critical_section::with(|cs| self.0.borrow(cs).get())
    }

    /// Another value from now on.
    pub(crate) fn set(&self, value: T) {
        critical_section::with(|cs| self.0.borrow(cs).set(value));
    }
}
