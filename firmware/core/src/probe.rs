//! The test of each path of torque: while it is open, a duty must not make current (STOP-004).
//!
//! It begins when nothing flows, and what it finds is confirmed by what goes away again when the
//! duty does: a current reading that is wrong by itself is no path that conducts.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::fault::{Fault, Trip};
use crate::gate::{Duty, Wish};
use crate::guard::trip;
use crate::limits;
use crate::units::{Current, Duration};

/// Length of the test of one path. Unit: us. Source: none yet; ten readings.
const PATH_TIME: Duration = Duration::from_ms(10);
/// How long nothing must flow before. Unit: us. Source: none yet; five readings.
const QUIET_TIME: Duration = Duration::from_ms(5);
/// Time in which a current that the duty made ends with it. Unit: us. Source: the winding's time
/// constant is 25 us; two readings and a filter.
const CONFIRM_TIME: Duration = Duration::from_ms(3);
/// Duty of the test: 1.1 V at 7.4 V, 0.37 A into a motor that stands. Unit: ten-thousandths.
const DUTY: u16 = 1_500;
/// Readings above [`limits::REST_CURRENT`] that end the test.
const HITS: u8 = 2;

/// The test, for as many paths as there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    paths: u32,
    quiet_for: Duration,
    ran_for: Duration,
    hits: u8,
    /// The duty is gone: does the current go too?
    confirms: Option<Duration>,
    runs: bool,
}
any_struct!(Probe {
    paths,
    quiet_for,
    ran_for,
    hits,
    confirms,
    runs
});

impl Probe {
    /// A test that has not begun, of the enable path and perhaps of the second switch.
    pub(crate) const fn new(second_switch: bool) -> Self {
        Self {
            paths: if second_switch { 2 } else { 1 },
            quiet_for: Duration::from_us(0),
            ran_for: Duration::from_us(0),
            hits: 0,
            confirms: None,
            runs: false,
        }
    }

    /// It shall run again.
    pub(crate) const fn begin(&mut self) {
        *self = Self::new(self.paths == 2);
    }

    /// Every path was found open.
    pub(crate) fn is_done(&self) -> bool {
        self.ran_for >= self.length() && self.confirms.is_none()
    }

    /// A duty is out, or was a moment ago: what flows is the test's.
    pub(crate) const fn is_running(&self) -> bool {
        self.runs
    }

    /// What it wants of the motor now.
    pub(crate) fn wish(&self) -> Option<Wish> {
        if !self.runs || self.confirms.is_some() {
            return None;
        }
        let duty = Duty::from_parts(DUTY);
        Some(if self.ran_for < PATH_TIME {
            Wish::ProbeEnable(duty)
        } else {
            Wish::ProbeSupply(duty)
        })
    }

    /// One tick; `may_run` while the motor stands in a mode that tests. The current is that of the
    /// tick before.
    pub(crate) fn update(
        &mut self,
        may_run: bool,
        current: Option<Current>,
        dt: Duration,
    ) -> Option<Trip> {
        // A pause brings one reading, however long it is.
        let dt = dt.min(limits::TICK_MAX);
        if self.is_done() {
            return None;
        }
        let Some(current) = current.filter(|_| may_run) else {
            // What flowed before a pause and no longer does may have ended by itself.
            self.begin();
            return None;
        };
        let flows = current.as_ma().saturating_abs() > limits::REST_CURRENT.as_ma();
        if let Some(waited) = self.confirms {
            return self.confirm(waited.plus_up_to(dt, CONFIRM_TIME), flows);
        }
        if !self.runs {
            self.quiet_for = if flows {
                Duration::from_us(0)
            } else {
                self.quiet_for.plus_up_to(dt, QUIET_TIME)
            };
            self.runs = self.quiet_for >= QUIET_TIME;
            return None;
        }
        self.ran_for = self.ran_for.plus_up_to(dt, self.length());
        self.hits = self.hits.saturating_add(u8::from(flows)).min(HITS);
        if self.hits >= HITS {
            self.confirms = Some(Duration::from_us(0));
        }
        self.runs = !self.is_done();
        None
    }

    fn confirm(&mut self, waited: Duration, flows: bool) -> Option<Trip> {
        if !flows {
            let allowed = i64::from(limits::REST_CURRENT.as_ma());
            let seen = allowed.saturating_add(1);
            self.begin();
            return Some(trip(Fault::EnablePathStuck, seen, allowed));
        }
        self.confirms = Some(waited);
        if waited >= CONFIRM_TIME {
            // It flows without a duty, too: not this test's finding, but the guard's.
            self.begin();
        }
        None
    }

    fn length(&self) -> Duration {
        Duration::from_us(PATH_TIME.as_us().saturating_mul(self.paths))
    }
}

#[cfg(test)]
mod tests;
