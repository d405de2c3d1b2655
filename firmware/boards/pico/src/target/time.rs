//! The 1 us timer that everything is stamped with.

use embassy_rp::pac::TIMER;

/// Microseconds since the start.
pub(crate) fn now() -> u64 {
    loop {
        let high = TIMER.timerawh().read();
        let low = TIMER.timerawl().read();
        // The high word may have moved on in between; it does so once in 71 minutes.
        if TIMER.timerawh().read() == high {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// The low word of [`now`]; wraps after 71 minutes.
pub(crate) fn low() -> u32 {
    TIMER.timerawl().read()
}
