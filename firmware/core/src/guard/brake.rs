//! Monitors of the brake, and of torque that nobody asked for.
//!
//! What they find is terminal, so it takes both witnesses: the tachometer says that the cam turns on,
//! and the current that nothing brakes it, or that something drives it. Neither noise nor a healthy
//! stop, nor one sensor that lies, makes both.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{Drive, trip};
use crate::estimate::SpeedReading;
use crate::fault::{Fault, Trip};
use crate::limits;
use crate::units::{Current, Duration};
use crate::witness::Seen;

/// Rate below which there is nothing to brake. Unit: mHz.
const EFFECT_FROM_MHZ: u32 = 20_000;
/// What is left of the rate after [`limits::BRAKE_EFFECT_TIME`] if the brake works: simulated at most
/// half. Unit: percent. Source: `docs/limits.md#stop`.
const EFFECT_PERCENT: u32 = 80;
/// Brake after which both witnesses are asked: a working one then leaves 60 percent. Unit: us.
const BOTH_TIME: Duration = Duration::from_ms(8);
/// The same of a brake that worked and ends. Unit: us.
const IDLE_TIME: Duration = Duration::from_ms(11);
/// Time in which the rate at the brake is taken. Unit: us.
const FROM_TIME: Duration = Duration::from_ms(2);
/// A working brake draws at least this from a winding that turns at [`EFFECT_FROM_MHZ`]: a quarter of
/// 0.67 V / 2.98 ohm. Unit: mA.
const BRAKING_MA: i32 = -56;
/// Forward current while braked: a brake draws the other way. Unit: mA.
const DRIVING_MA: i32 = 400;
/// How long it must flow. Unit: us.
const DRIVING_TIME: Duration = Duration::from_ms(3);
/// Edges in one direction that are a whole turn.
const TURN_EDGES: i8 = 4;
/// Silence that ends a turn in the making. Unit: us.
const TURN_SILENCE: Duration = Duration::from_ms(60);
/// Fastest that a parking push moves the cam. Unit: mHz. Source: 2.1 V less friction is 55 Hz in the
/// end; a push of 6 ms from standstill stays below half of it.
const PARK_MHZ: u32 = 45_000;
/// Most that a parking push draws: 2.1 V into 2.98 ohm is 0.7 A. Unit: mA.
const PARK_MA: i32 = 1_000;
/// Beyond this rate nothing that the winding tells of a push is motion: what is written to the bridge is
/// not what drives the motor. Unit: mHz. Source: the strongest push, 2.1 V, beside a current of before it
/// is 62 Hz; a bridge that is shorted looks like 150 Hz and more.
const PUSH_MHZ: u32 = 75_000;
/// How long a push may draw more than [`PARK_MA`]. Unit: us.
const HARD_PUSH_TIME: Duration = Duration::from_ms(2);

/// What the monitors of a motor that must stand see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Time since the last tick.
    pub(crate) dt: Duration,
    /// What the motor is doing.
    pub(crate) drive: Drive,
    /// What the tachometer tells.
    pub(crate) speed: SpeedReading,
    /// Edges of the tachometer, negative backward.
    pub(crate) edges: i8,
    /// What the motor's own voltage tells of its rotation.
    pub(crate) seen: Seen,
    /// The motor's current; none when it is not known.
    pub(crate) current: Option<Current>,
    /// Time since a motor that had been driven was last pushed; only meaningful while halting.
    pub(crate) braked_for: Duration,
    /// The winding was shorted in the last tick.
    pub(crate) braking: bool,
    /// A path of torque is on trial: what flows is the test's.
    pub(crate) is_probing: bool,
    /// The needles are being parked: slow motion, either way, is meant.
    pub(crate) parking: bool,
}
any_struct!(View {
    dt,
    drive,
    speed,
    edges,
    seen,
    current,
    braked_for,
    braking,
    is_probing,
    parking
});

#[derive(Clone, Copy, Debug)]
pub(crate) struct BrakeGuard {
    since: Duration,
    edges: u8,
    /// How long the winding drew nothing that brakes, the highest rate from [`DRIVING_TIME`] on, and edges
    /// that came nevertheless.
    idle_for: Duration,
    idle_mhz: u32,
    idle_edges: u8,
    from_mhz: u32,
    low_mhz: u32,
    drives_for: Duration,
    parks_hard_for: Duration,
    late: Turn,
    unasked: Turn,
}
any_struct!(BrakeGuard {
    since,
    edges,
    idle_for,
    idle_mhz,
    idle_edges,
    from_mhz,
    low_mhz,
    drives_for,
    parks_hard_for,
    late,
    unasked
});

/// Edges of one direction on their way to a whole turn.
#[derive(Clone, Copy, Debug)]
struct Turn {
    net: i8,
    /// Time since the first of them.
    lasts: Duration,
    silent_for: Duration,
}
any_struct!(Turn {
    net,
    lasts,
    silent_for
});

impl Turn {
    const NONE: Self = Self {
        net: 0,
        lasts: Duration::from_us(0),
        silent_for: Duration::from_us(0),
    };

    /// Whether these edges complete a turn in one direction.
    fn see(&mut self, edges: i8, dt: Duration) -> bool {
        self.silent_for = self.silent_for.plus_up_to(dt, TURN_SILENCE);
        if edges != 0 {
            self.silent_for = Duration::from_us(0);
            self.net = self.net.saturating_add(edges).clamp(-100, 100);
        } else if self.silent_for >= TURN_SILENCE {
            self.net = 0;
        }
        self.lasts = if self.net == 0 {
            Duration::from_us(0)
        } else {
            self.lasts.plus_up_to(dt, limits::STOP_TIME_MAX)
        };
        self.net.saturating_abs() >= TURN_EDGES
    }
}

impl BrakeGuard {
    pub(crate) const fn new() -> Self {
        Self {
            since: Duration::from_us(0),
            edges: 0,
            idle_for: Duration::from_us(0),
            idle_mhz: 0,
            idle_edges: 0,
            from_mhz: 0,
            low_mhz: u32::MAX,
            drives_for: Duration::from_us(0),
            parks_hard_for: Duration::from_us(0),
            late: Turn::NONE,
            unasked: Turn::NONE,
        }
    }

    pub(crate) fn check(&mut self, v: &View) -> Option<Trip> {
        let brake = self.brake(v);
        let late = self.late(v);
        let unasked = self.unasked(v);
        let park = self.park(v);
        brake.or(late).or(unasked).or(park)
    }

    /// STOP-008: braked, and the motor turns on as if it were not, or is driven.
    fn brake(&mut self, v: &View) -> Option<Trip> {
        if !v.braking {
            self.since = Duration::from_us(0);
            self.edges = 0;
            self.idle_for = Duration::from_us(0);
            self.idle_edges = 0;
            self.from_mhz = 0;
            self.low_mhz = u32::MAX;
            self.drives_for = Duration::from_us(0);
            return None;
        }
        let now = v.speed.quarter.as_mhz();
        if self.since < FROM_TIME || self.from_mhz < EFFECT_FROM_MHZ {
            self.from_mhz = self.from_mhz.max(now);
        }
        self.since = self.since.plus_up_to(v.dt, limits::STOP_TIME_MAX);
        self.edges = self.edges.saturating_add(v.speed.edges);
        self.low_mhz = self.low_mhz.min(now);
        // An average over a quarter turn is slower than a current: only edges that come on count.
        let idle = v.current.is_some_and(|now| now.as_ma() > BRAKING_MA);
        if idle {
            if self.idle_for >= DRIVING_TIME {
                self.idle_edges = self.idle_edges.saturating_add(v.speed.edges);
                // The first quarter of a short drive is slower than the cam: it began from standstill.
                self.idle_mhz = self.idle_mhz.max(now);
            } else {
                self.idle_mhz = now;
            }
            self.idle_for = self.idle_for.plus_up_to(v.dt, limits::STOP_TIME_MAX);
        } else {
            self.idle_for = Duration::from_us(0);
            self.idle_mhz = 0;
            self.idle_edges = 0;
        }
        let drives = v.current.is_some_and(|now| now.as_ma() > DRIVING_MA);
        self.drives_for = if drives {
            self.drives_for.plus_up_to(v.dt, DRIVING_TIME)
        } else {
            Duration::from_us(0)
        };
        if self.edges < 2 || now <= EFFECT_FROM_MHZ {
            return None;
        }
        let keeps = |from_mhz: u32| now > from_mhz.saturating_mul(EFFECT_PERCENT) / 100;
        let coasts = match v.current {
            Some(_) => {
                let ended = self.idle_for >= IDLE_TIME && keeps(self.idle_mhz);
                let never = self.since >= BOTH_TIME && keeps(self.from_mhz);
                self.idle_edges >= 2 && (ended || never)
            }
            None => self.since >= limits::BRAKE_EFFECT_TIME && keeps(self.from_mhz),
        };
        let rises = now > self.low_mhz.saturating_add(self.low_mhz / 4);
        let driven = self.drives_for >= DRIVING_TIME && rises;
        (coasts || driven).then(|| stuck(self.since, limits::BRAKE_EFFECT_TIME))
    }

    /// STOP-011: a whole turn, so long after the motor was last driven or pushed.
    fn late(&mut self, v: &View) -> Option<Trip> {
        let watched = v.drive == Drive::Halting && !v.parking;
        if !watched || v.braked_for < limits::DRIVE_STUCK_TIME {
            self.late = Turn::NONE;
            return None;
        }
        let turned = self.late.see(v.edges, v.dt);
        turned.then(|| stuck(v.braked_for, limits::DRIVE_STUCK_TIME))
    }

    /// A motor that turns unasked: torque is off, current flows, and a whole turn comes of it.
    fn unasked(&mut self, v: &View) -> Option<Trip> {
        let flows = v
            .current
            .is_some_and(|now| now.as_ma().saturating_abs() > limits::REST_CURRENT.as_ma());
        if v.drive == Drive::Driven || v.braking || v.parking || v.is_probing || !flows {
            if v.drive == Drive::Driven || v.braking {
                self.unasked = Turn::NONE;
            }
            return None;
        }
        let turned = self.unasked.see(v.edges, v.dt);
        turned.then(|| {
            let lasts = i64::from(self.unasked.lasts.as_us());
            trip(Fault::DriveStuck, lasts, 0)
        })
    }

    /// A push that draws or moves more than it can make: the bridge gives more than it was told.
    fn park(&mut self, v: &View) -> Option<Trip> {
        let draws = v
            .current
            .is_some_and(|now| now.as_ma().saturating_abs() > PARK_MA);
        let runs = v.speed.edges > 0 && v.speed.quarter.as_mhz() > PARK_MHZ;
        self.parks_hard_for = if v.parking && (draws || runs) {
            self.parks_hard_for.plus_up_to(v.dt, HARD_PUSH_TIME)
        } else {
            Duration::from_us(0)
        };
        let is_other = v
            .seen
            .rate_mhz
            .is_some_and(|mhz| mhz.unsigned_abs() > PUSH_MHZ);
        let hard = self.parks_hard_for >= HARD_PUSH_TIME || (v.parking && (runs || is_other));
        hard.then(|| {
            let ma = v.current.map_or(0, |now| i64::from(now.as_ma()));
            trip(Fault::OverCurrent, ma, i64::from(PARK_MA))
        })
    }
}

fn stuck(after: Duration, allowed: Duration) -> Trip {
    trip(
        Fault::DriveStuck,
        i64::from(after.as_us()),
        i64::from(allowed.as_us()),
    )
}

#[cfg(test)]
mod tests;
