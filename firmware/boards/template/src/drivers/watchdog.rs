//! The watchdog's food: once a tick, and only while link and storage come round too (PWR-006).

use pen_app::board::Watchdog;
use pen_core::units::Duration;

use crate::signals::{Clock, Newest, Signals};

/// How long link and storage may stay away: one flash erase, the longest of its datasheet, twice.
///
/// - Unit: us. Source: none yet; W25Q-class sector erase, at most 400 ms
pub const AWAY_MAX: Duration = Duration::from_us(800_000);

/// The watchdog of the chip.
pub trait Reload {
    /// Starts it, or starts its time anew.
    fn reload(&mut self);
}

impl Reload for fn() {
    fn reload(&mut self) {
        self();
    }
}

/// What feeds it.
#[derive(Debug)]
pub struct Dog<W, C> {
    chip: W,
    worked: Newest<(), C>,
}

impl<W: Reload, C: Clock> Dog<W, C> {
    /// Feeds this watchdog of the chip.
    pub const fn new(chip: W, signals: &'static Signals, clock: C) -> Self {
        Self {
            chip,
            worked: Newest::new(&signals.worked, clock),
        }
    }
}

impl<W: Reload, C: Clock> Watchdog for Dog<W, C> {
    fn feed(&mut self) {
        if self.worked.read().1 <= AWAY_MAX {
            self.chip.reload();
        }
    }
}
