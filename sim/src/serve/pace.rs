//! Real time, for `serve` only: how many milliseconds are due, and how to wait for the next.

use std::time::{Duration, Instant};

/// Most milliseconds made up at once: a laptop that slept does not replay the night.
const MOST_MS: u64 = 100;

/// Longest real time that is spent on making up: a slow machine makes a slow pen, never a deaf one.
const MAKING_UP: Duration = Duration::from_millis(50);

/// Real time since simulated time last agreed with it.
#[derive(Debug)]
pub(super) struct Pace {
    since: Instant,
    /// When it was last asked what is due.
    asked: Instant,
    done_ms: u64,
}

impl Pace {
    pub(super) fn start() -> Self {
        let now = now();
        Self {
            since: now,
            asked: now,
            done_ms: 0,
        }
    }

    /// Simulated time agrees with real time from here.
    pub(super) fn restart(&mut self) {
        *self = Self::start();
    }

    /// Milliseconds that are due now.
    pub(super) fn due_ms(&mut self) -> u64 {
        self.asked = now();
        let elapsed = u64::try_from(self.asked.duration_since(self.since).as_millis());
        let due = elapsed.unwrap_or(u64::MAX).saturating_sub(self.done_ms);
        if due > MOST_MS {
            self.restart();
            return MOST_MS;
        }
        self.done_ms += due;
        due
    }

    /// Making up what was due has taken too long.
    pub(super) fn is_behind(&self) -> bool {
        now().duration_since(self.asked) > MAKING_UP
    }

    /// Waits for about a millisecond: there is nobody to wait for.
    #[expect(
        clippy::disallowed_methods,
        reason = "serving follows real time; results do not"
    )]
    #[expect(
        clippy::unused_self,
        reason = "waiting belongs to the pace and to nothing else"
    )]
    pub(super) fn rest(&self) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "serving follows real time; results do not"
)]
fn now() -> Instant {
    Instant::now()
}
