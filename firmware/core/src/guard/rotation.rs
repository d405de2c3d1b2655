//! Monitors of the rotation (SLS) and of standstill.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{Drive, trip};
use crate::divide::{millionth, quotient};
use crate::estimate::SpeedReading;
use crate::fault::{Fault, Trip};
use crate::limits;
use crate::units::{Current, Duration, Rate, Voltage};
use crate::witness::{Seen, TURN};

/// Buckets of the stroke window.
const BUCKETS: usize = 50;
/// Span of one bucket. Unit: us.
const BUCKET: Duration = Duration::from_ms(5);
/// Time after a start, or a change of the set rate, in which the monitors allow for the ramp.
/// Unit: us. Source: `docs/limits.md#rate` (settling in 300 ms, and a margin).
const SETTLE_TIME: Duration = Duration::from_ms(400);
/// Edges in a row above [`limits::RATE_TRIP_PERCENT`]: each looks back over one turn.
const FAST_EDGES: u8 = 4 * (limits::RATE_TRIP_TURNS - 1);
/// Longest silence between edges while the ramp runs. Unit: us. Source: none yet.
const RAMP_SILENCE: Duration = Duration::from_ms(60);
/// Current that a motor which starts freely does not hold. Unit: mA. Source: none yet.
const HELD_CURRENT_MA: i32 = 400;
const _: () = assert!(BUCKET.as_us() == 5_000 && BUCKETS == 50);
const _: () = assert!(limits::RATE_WINDOW.as_us() == 5_000 * 50);

/// What the monitors of rotation see.
#[expect(
    clippy::struct_excessive_bools,
    reason = "levels as the sensors give them"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Time since the last tick.
    pub(crate) dt: Duration,
    /// What the motor is doing.
    pub(crate) drive: Drive,
    /// The drive began with this tick.
    pub(crate) begins: bool,
    /// What the tachometer tells.
    pub(crate) speed: SpeedReading,
    /// Quarter turns from here to full retraction: where the spring may pull a cam that was held.
    pub(crate) quarters_out: u8,
    /// The quarter does not follow from the edges: some were missed.
    pub(crate) incoherent: bool,
    /// What the motor's own voltage tells of its rotation.
    pub(crate) seen: Seen,
    /// The rate that is asked for.
    pub(crate) rate_set: Rate,
    /// The highest rate that is admitted.
    pub(crate) rate_max: Rate,
    /// What was written to the bridge in the last tick. Unit: ten-thousandths.
    pub(crate) duty: u16,
    /// The motor's current; none when it is not known.
    pub(crate) current: Option<Current>,
    /// The battery's voltage; none when it is not known.
    pub(crate) battery: Option<Voltage>,
    /// The motor's resistance. Unit: mOhm.
    pub(crate) resistance_mohm: u16,
    /// The winding was shorted in the last tick.
    pub(crate) braking: bool,
    /// The mode has lasted long enough for the last motion to have died away.
    pub(crate) quiet: bool,
}
any_struct!(View {
    dt,
    drive,
    begins,
    speed,
    quarters_out,
    incoherent,
    seen,
    rate_set,
    rate_max,
    duty,
    current,
    battery,
    resistance_mohm,
    braking,
    quiet
});

#[derive(Clone, Copy, Debug)]
pub(crate) struct RotationGuard {
    /// Edges in each bucket of the last 250 ms, round and round.
    buckets: [u8; BUCKETS],
    /// The place of the newest.
    newest: usize,
    in_window: u16,
    bucket_for: Duration,
    /// Edges in a row at which the average of the last turn was too high.
    fast_edges: u8,
    settled: bool,
    since_change: Duration,
    /// The set rate before the last change that was granted a window.
    set_before: Rate,
    since_rearm: Duration,
    moved_edges: u8,
    /// Quarter turns that the cam may fall from where it stood, when what held it lets go.
    quarters_out: u8,
    moved_for: Duration,
    current_for: Duration,
    held_for: Duration,
}
any_struct!(RotationGuard {
    buckets,
    newest,
    in_window,
    bucket_for,
    fast_edges,
    settled,
    since_change,
    set_before,
    since_rearm,
    moved_edges,
    quarters_out,
    moved_for,
    current_for,
    held_for
});

impl RotationGuard {
    pub(crate) const fn new() -> Self {
        Self {
            buckets: [0; BUCKETS],
            newest: 0,
            in_window: 0,
            bucket_for: Duration::from_us(0),
            fast_edges: 0,
            settled: false,
            since_change: Duration::from_us(0),
            set_before: Rate::from_mhz(0),
            since_rearm: limits::REARM_INTERVAL,
            moved_edges: 0,
            quarters_out: 0,
            moved_for: Duration::from_us(0),
            current_for: Duration::from_us(0),
            held_for: Duration::from_us(0),
        }
    }

    /// RATE-011: at most once in 500 ms, so that no pattern of commands blinds the monitors.
    pub(crate) fn rearm(&mut self, before: Rate) {
        if self.since_rearm >= limits::REARM_INTERVAL {
            self.since_rearm = Duration::from_us(0);
            self.since_change = Duration::from_us(0);
            self.set_before = before;
            self.fast_edges = 0;
            self.settled = false;
        }
    }

    pub(crate) fn check(&mut self, v: &View) -> Option<Trip> {
        if self.moved_edges == 0 && v.speed.edges == 0 {
            self.quarters_out = v.quarters_out;
        }
        self.since_rearm = self.since_rearm.plus_up_to(v.dt, limits::REARM_INTERVAL);
        let window = self.window(v);
        match v.drive {
            Drive::Driven => {
                if v.begins {
                    self.begin();
                }
                self.watch_settling(v);
                let fast = self.over_speed(v).or_else(|| contradiction(v));
                let silent = self.silence(v);
                let backward = backward(v);
                fast.or(window).or(silent).or(backward)
            }
            Drive::Resting => {
                self.begin();
                self.unexpected(v)
            }
            Drive::Halting => {
                self.begin();
                window
            }
        }
    }

    fn begin(&mut self) {
        self.fast_edges = 0;
        self.settled = false;
        self.since_change = Duration::from_us(0);
        self.set_before = Rate::from_mhz(0);
        self.held_for = Duration::from_us(0);
    }

    /// Only while driven: what moves then is meant.
    fn watch_settling(&mut self, v: &View) {
        self.since_change = self.since_change.plus_up_to(v.dt, SETTLE_TIME);
        let near = v.speed.known && v.speed.rate >= v.rate_set.percent(90);
        let over = self.since_change >= SETTLE_TIME;
        self.settled = self.settled || near || over;
        if over {
            self.set_before = Rate::from_mhz(0);
        }
        self.moved_edges = 0;
        self.moved_for = Duration::from_us(0);
        self.current_for = Duration::from_us(0);
    }

    /// RATE-010: strokes in every 250 ms, whatever was commanded.
    fn window(&mut self, v: &View) -> Option<Trip> {
        // A longer pause empties the window all the same.
        self.bucket_for = self.bucket_for.plus_up_to(v.dt, limits::RATE_WINDOW);
        while self.bucket_for >= BUCKET {
            self.bucket_for = self.bucket_for.minus(BUCKET);
            self.newest = self.newest.saturating_add(1);
            if self.newest >= BUCKETS {
                self.newest = 0;
            }
            if let Some(newest) = self.buckets.get_mut(self.newest) {
                self.in_window = self.in_window.saturating_sub(u16::from(*newest));
                *newest = 0;
            }
        }
        if let Some(newest) = self.buckets.get_mut(self.newest) {
            let sum = newest.saturating_add(v.speed.edges);
            self.in_window = self
                .in_window
                .saturating_add(u16::from(sum.saturating_sub(*newest)));
            *newest = sum;
        }
        // limit x 0.25 s x 1.05 + 1 strokes, four edges each.
        let allowed = millionth(u64::from(v.rate_max.as_mhz()).saturating_mul(1_050));
        let allowed = u32::try_from(allowed).unwrap_or(u32::MAX).saturating_add(4);
        let counted = u32::from(self.in_window);
        (counted > allowed).then(|| {
            let (counted, allowed) = (i64::from(counted / 4), i64::from(allowed / 4));
            trip(Fault::TooManyStrokes, counted, allowed)
        })
    }

    /// RATE-002: 110 % of set for two turns, or the absolute trip for one.
    fn over_speed(&mut self, v: &View) -> Option<Trip> {
        if v.speed.edges == 0 || !v.speed.known {
            return None;
        }
        let rate = v.speed.rate;
        let over = |allowed: Rate| {
            trip(
                Fault::OverSpeed,
                i64::from(rate.as_mhz()),
                i64::from(allowed.as_mhz()),
            )
        };
        if rate > limits::RATE_TRIP {
            return Some(over(limits::RATE_TRIP));
        }
        let set = v.rate_set.max(self.set_before);
        let allowed = set.percent(limits::RATE_TRIP_PERCENT);
        if rate <= allowed {
            self.fast_edges = 0;
            return None;
        }
        // The rate is a turn's average, so the first one above the limit is already one turn.
        self.fast_edges = self
            .fast_edges
            .saturating_add(v.speed.edges)
            .min(FAST_EDGES);
        (self.fast_edges >= FAST_EDGES).then(|| over(allowed))
    }

    /// RATE-003 and RATE-004: no edge while driven; the current tells a stall from lost feedback.
    fn silence(&mut self, v: &View) -> Option<Trip> {
        let silent = v.speed.since_edge;
        let locked = locked_rotor_ma(v);
        let current = v
            .current
            .map_or(0, |current| current.as_ma().saturating_abs());
        let most = locked.saturating_mul(limits::STALL_CURRENT_PERCENT) / 100;
        let high = current > most;
        let period = v.rate_set.period().as_us();
        let of = |percent: u32| Duration::from_us((period / 100).saturating_mul(percent));
        // Time without an edge and with a current that a motor which starts freely does not hold.
        let held = high && current > HELD_CURRENT_MA && silent >= self.held_for;
        self.held_for = if held {
            self.held_for.plus_up_to(v.dt, limits::STALL_TIME_MAX)
        } else {
            Duration::from_us(0)
        };
        let stall = if self.settled {
            high && silent >= of(limits::STALL_PERCENT).min(limits::STALL_TIME_MAX)
        } else {
            self.held_for >= limits::STALL_TIME_MAX || (high && silent >= limits::START_TIME_MAX)
        };
        if stall {
            return Some(trip(Fault::Stalled, i64::from(current), i64::from(most)));
        }
        let patience = if self.settled {
            of(limits::LOST_FEEDBACK_PERCENT)
        } else if v.speed.known {
            RAMP_SILENCE
        } else {
            limits::START_TIME_MAX
        };
        (silent >= patience).then(|| {
            trip(
                Fault::FeedbackLost,
                i64::from(silent.as_us()),
                i64::from(patience.as_us()),
            )
        })
    }

    /// RATE-009: motion or current in a mode that allows none. A cam that was left outside may fall in
    /// by its spring, when skin or brake let it go: so many quarter turns are no motor's.
    fn unexpected(&mut self, v: &View) -> Option<Trip> {
        if !v.quiet {
            return None;
        }
        // The window opens with the first edge, so that it never closes between two of a start.
        if self.moved_edges == 0 {
            self.moved_for = Duration::from_us(0);
        }
        self.moved_for = self.moved_for.plus_up_to(v.dt, limits::UNEXPECTED_WINDOW);
        if self.moved_for >= limits::UNEXPECTED_WINDOW {
            self.moved_for = Duration::from_us(0);
            self.moved_edges = 0;
        }
        self.moved_edges = self.moved_edges.saturating_add(v.speed.edges).min(100);
        let current = v
            .current
            .map_or(0, |current| current.as_ma().saturating_abs());
        // What flows while a falling cam is caught is the brake's.
        let flows = current > limits::REST_CURRENT.as_ma() && !v.braking;
        self.current_for = if flows {
            self.current_for.plus_up_to(v.dt, limits::UNEXPECTED_TIME)
        } else {
            Duration::from_us(0)
        };
        if self.current_for >= limits::UNEXPECTED_TIME {
            let allowed = i64::from(limits::REST_CURRENT.as_ma());
            return Some(trip(Fault::UnexpectedMotion, i64::from(current), allowed));
        }
        let most = limits::UNEXPECTED_EDGES.saturating_add(self.quarters_out);
        (self.moved_edges >= most).then(|| {
            let allowed = i64::from(most);
            trip(
                Fault::UnexpectedMotion,
                i64::from(self.moved_edges),
                allowed,
            )
        })
    }
}

/// RATE-009: the motor turns backward while it is driven forward, or a stuck switch makes every other
/// edge look so: then the rate is half of the true one.
fn backward(v: &View) -> Option<Trip> {
    (v.speed.backward >= limits::UNEXPECTED_EDGES).then(|| {
        trip(
            Fault::UnexpectedMotion,
            i64::from(v.speed.backward).saturating_neg(),
            0,
        )
    })
}

/// RATE-006: tachometer and generated voltage contradict each other. Edges that are missing make a
/// motor that is faster than it looks, whatever they are missing for.
fn contradiction(v: &View) -> Option<Trip> {
    let told = i64::from(v.speed.rate.as_mhz());
    let generated = i64::from(v.seen.rate_mhz.unwrap_or(0));
    if v.incoherent || v.seen.misses_edges() {
        Some(if v.incoherent || v.seen.since_edge >= TURN {
            let silent = i64::from(v.speed.since_edge.as_us());
            let quarter = i64::from(v.rate_set.period().as_us() / 4);
            trip(Fault::FeedbackLost, silent, quarter)
        } else if v.speed.backward > 0 {
            trip(
                Fault::UnexpectedMotion,
                i64::from(v.speed.backward).saturating_neg(),
                0,
            )
        } else {
            trip(Fault::OverSpeed, generated, told)
        })
    } else if v.seen.contradicts_edges() {
        Some(trip(Fault::SensorInvalid, generated, told))
    } else {
        None
    }
}

/// What the motor would draw if it were held, at the duty that was written.
fn locked_rotor_ma(v: &View) -> i32 {
    // Without a voltage there is no estimate, and so no stall to tell from it.
    let Some(battery) = v.battery else {
        return i32::MAX;
    };
    // Millivolts times ten-thousandths are tenths of a microvolt.
    let driven = i64::from(battery.as_mv()).saturating_mul(i64::from(v.duty));
    let ma = quotient(driven, i64::from(v.resistance_mohm).saturating_mul(10)).unwrap_or(0);
    i32::try_from(ma).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
