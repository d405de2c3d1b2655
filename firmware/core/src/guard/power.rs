//! Monitors of current, battery and cartridge seat.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use super::{Drive, trip};
use crate::fault::{Fault, Trip};
use crate::io::Sample;
use crate::limits;
use crate::units::{Current, Duration, Voltage};

/// What the monitors of power and seat see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Time since the last tick.
    pub(crate) dt: Duration,
    /// What the motor is doing.
    pub(crate) drive: Drive,
    /// The motor's current; none when it is not known.
    pub(crate) current: Option<Current>,
    /// The sample that it is from.
    pub(crate) current_raw: Sample,
    /// The battery's voltage; none when it is not known.
    pub(crate) battery: Option<Voltage>,
    /// The grip's thermistor is usable.
    pub(crate) grip_known: bool,
    /// A cartridge is in its seat.
    pub(crate) seated: bool,
}
any_struct!(View {
    dt,
    drive,
    current,
    current_raw,
    battery,
    grip_known,
    seated
});

#[derive(Clone, Copy, Debug)]
pub(crate) struct PowerGuard {
    above_continuous: Duration,
    above_short: Duration,
    above_peak: Duration,
    unseated_for: Duration,
}
any_struct!(PowerGuard {
    above_continuous,
    above_short,
    above_peak,
    unseated_for
});

impl PowerGuard {
    pub(crate) const fn new() -> Self {
        Self {
            above_continuous: Duration::from_us(0),
            above_short: Duration::from_us(0),
            above_peak: Duration::from_us(0),
            unseated_for: Duration::from_us(0),
        }
    }

    pub(crate) fn check(&mut self, v: &View) -> Option<Trip> {
        let current = self.current(v);
        let seat = self.seat(v);
        current.or_else(|| battery(v)).or_else(|| grip(v)).or(seat)
    }

    /// PWR-002: three steps of time and current. The time runs back only as fast as it ran up.
    fn current(&mut self, v: &View) -> Option<Trip> {
        if v.drive == Drive::Resting {
            *self = Self::new();
            return None;
        }
        let Some(current) = v.current else {
            let counts = i64::from(v.current_raw.counts);
            let allowed = i64::from(limits::RAIL_HIGH_COUNTS);
            return (v.drive == Drive::Driven).then(|| trip(Fault::SensorInvalid, counts, allowed));
        };
        let size = Current::from_ma(current.as_ma().saturating_abs());
        let run = |time: Duration, limit: Current, cap: Duration| {
            if size > limit {
                time.plus_up_to(v.dt, cap)
            } else {
                time.minus(v.dt)
            }
        };
        self.above_continuous = run(
            self.above_continuous,
            limits::CURRENT_CONTINUOUS,
            limits::CURRENT_SHORT_TIME,
        );
        self.above_short = run(
            self.above_short,
            limits::CURRENT_SHORT,
            limits::CURRENT_PEAK_TIME,
        );
        self.above_peak = run(self.above_peak, limits::CURRENT_PEAK, Duration::from_ms(2));
        let over = |limit: Current| {
            trip(
                Fault::OverCurrent,
                i64::from(size.as_ma()),
                i64::from(limit.as_ma()),
            )
        };
        if self.above_peak >= Duration::from_ms(2) {
            Some(over(limits::CURRENT_PEAK))
        } else if self.above_short >= limits::CURRENT_PEAK_TIME {
            Some(over(limits::CURRENT_SHORT))
        } else if self.above_continuous >= limits::CURRENT_SHORT_TIME {
            Some(over(limits::CURRENT_CONTINUOUS))
        } else {
            None
        }
    }

    /// CART-001: the cartridge left its seat while the motor runs. A contact that rattles adds up: the
    /// time runs back a quarter as fast as it ran up.
    fn seat(&mut self, v: &View) -> Option<Trip> {
        if v.drive != Drive::Driven {
            self.unseated_for = Duration::from_us(0);
            return None;
        }
        if v.seated {
            let back = Duration::from_us(v.dt.as_us() / 4);
            self.unseated_for = self.unseated_for.minus(back);
            return None;
        }
        self.unseated_for = self.unseated_for.plus_up_to(v.dt, limits::UNSEATED_TIME);
        (self.unseated_for >= limits::UNSEATED_TIME).then(|| {
            let seen = i64::from(self.unseated_for.as_us());
            trip(
                Fault::CartridgeUnseated,
                seen,
                i64::from(limits::UNSEATED_TIME.as_us()),
            )
        })
    }
}

/// SENS-001: driven without knowing how warm the grip is.
fn grip(v: &View) -> Option<Trip> {
    let unknown = !v.grip_known && v.drive == Drive::Driven;
    unknown.then(|| {
        let allowed = i64::from(limits::GRIP_STOP.as_decicelsius());
        trip(Fault::SensorInvalid, 0, allowed)
    })
}

/// SENS-001: driven without knowing the battery's voltage.
fn battery(v: &View) -> Option<Trip> {
    let unknown = v.battery.is_none() && v.drive == Drive::Driven;
    unknown.then(|| {
        trip(
            Fault::SensorInvalid,
            0,
            i64::from(limits::BATTERY_STOP.as_mv()),
        )
    })
}
