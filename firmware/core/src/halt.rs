//! From the brake to torque off: brake, standstill, park, off (SS1, STOP-002, STOP-003).

use crate::estimate::SpeedReading;
use crate::gate::{Bridge, Duty, Wish};
use crate::io::Quadrant;
use crate::limits;
use crate::units::{Depth, Duration, Rate, Voltage};

/// Deepest setting at which the retracted quarter really is inside: at its edges the needle bar
/// stands 2134 um short of full extension (1.25 mm (1 + cos 45 deg)), less a margin for channel
/// disagreement. Unit: um. Source: `docs/limits.md#stop`.
const INSIDE_UP_TO: Depth = Depth::from_um(2_000);
/// One parking step: a short push, then the brake, so that the cam creeps. Unit: us.
const STEP_TIME: Duration = Duration::from_ms(16);
/// Push of one step. Unit: us.
const PUSH_TIME: Duration = Duration::from_ms(6);
/// Voltage of the first push; each step without an edge adds [`PUSH_MORE_MV`]. Unit: mV.
const PUSH_FIRST_MV: i32 = 350;
/// See [`PUSH_FIRST_MV`]. Unit: mV.
const PUSH_MORE_MV: i32 = 120;
/// Highest push: 0.7 A into 2.98 ohm, below the 1.2 A of RATE-004. Unit: mV.
const PUSH_MAX_MV: i32 = 2_100;

/// Shortest brake: a tachometer that fell silent says nothing about standstill, and the slowest
/// stop simulated from 150 Hz takes 72 ms. Unit: us. Source: `docs/limits.md#stop`.
const BRAKE_TIME: Duration = Duration::from_ms(80);
/// What is left of the rate after [`limits::BRAKE_EFFECT_TIME`] if the brake works: simulated at most half.
/// Unit: percent. Source: `docs/limits.md#stop`.
const EFFECT_PERCENT: u32 = 80;
/// Slower than this there is nothing to brake. Unit: mHz.
const EFFECT_FROM_MHZ: u32 = 20_000;

const _: () =
    assert!(BRAKE_TIME.as_us() + limits::PARK_TIME.as_us() < limits::STOP_TIME_MAX.as_us());

/// Where the stop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The winding is shorted and the cam still turns.
    #[default]
    Braking,
    /// The cam creeps towards retraction.
    Parking,
    /// Torque off.
    Off,
}

/// A stop under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Halt {
    /// Time since the brake was applied.
    pub(crate) since: Duration,
    pub(crate) phase: Phase,
    may_park: bool,
    /// Rate when the brake was applied.
    from: Rate,
    /// The brake does not brake: only the second path is left (STOP-011).
    torque_off_now: bool,
    parking_for: Duration,
    step_for: Duration,
    push_mv: i32,
    stood_for: Duration,
    /// The next tick is the first: the time before it was driven, not braked.
    begins: bool,
    /// Time since the motor was last pushed; nothing when nothing had driven it.
    unpushed_for: Option<Duration>,
}

/// What a stop comes to this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halting {
    pub(crate) wish: Wish,
    /// The motor stands, parked as far as possible.
    pub(crate) done: bool,
}

impl Halt {
    /// A stop that begins now.
    pub(crate) fn begin(from: Rate, may_park: bool, torque_off_now: bool) -> Self {
        Self {
            from,
            may_park,
            torque_off_now,
            push_mv: PUSH_FIRST_MV,
            begins: true,
            unpushed_for: Some(Duration::from_us(0)),
            ..Self::default()
        }
    }

    /// A fault of a motor that nothing drove: there is nothing to brake, so torque off at once,
    /// and motion that goes on is not the drive's (STOP-011).
    pub(crate) fn at_rest() -> Self {
        Self {
            unpushed_for: None,
            ..Self::begin(Rate::from_mhz(0), false, true)
        }
    }

    /// A fault during the stop: no more parking, perhaps no more brake.
    pub(crate) fn worsen(&mut self, may_park: bool, torque_off_now: bool) {
        self.may_park = self.may_park && may_park;
        self.torque_off_now = self.torque_off_now || torque_off_now;
    }

    /// STOP-008: the brake was applied, and the motor turns on as if it were not.
    pub(crate) fn has_no_effect(&self, speed: &SpeedReading) -> bool {
        self.phase == Phase::Braking
            && self.since >= limits::BRAKE_EFFECT_TIME
            && speed.quarter.as_mhz() > EFFECT_FROM_MHZ
            && speed.quarter > self.from.percent(EFFECT_PERCENT)
    }

    /// Time for which a motor that had been driven should have come to rest.
    pub(crate) fn unpushed_for(&self) -> Duration {
        self.unpushed_for.unwrap_or_default()
    }

    /// Whether the winding is shorted and the cam runs out.
    pub(crate) fn is_braking(&self) -> bool {
        self.phase == Phase::Braking
    }

    /// Whether the cam is being moved on purpose.
    pub(crate) fn is_parking(&self) -> bool {
        self.phase == Phase::Parking
    }

    pub(crate) fn update(
        &mut self,
        speed: &SpeedReading,
        quadrant: Quadrant,
        battery: Voltage,
        dt: Duration,
    ) -> Halting {
        let dt = if core::mem::take(&mut self.begins) {
            Duration::from_us(0)
        } else {
            dt
        };
        self.since = self.since.plus_up_to(dt, limits::STOP_TIME_MAX);
        let halting = self.advance(speed, quadrant, battery, dt);
        let pushed = matches!(halting.wish, Wish::Park(_));
        self.unpushed_for = self.unpushed_for.map(|time| {
            if pushed {
                Duration::from_us(0)
            } else {
                time.plus_up_to(dt, limits::STOP_TIME_MAX)
            }
        });
        halting
    }

    fn advance(
        &mut self,
        speed: &SpeedReading,
        quadrant: Quadrant,
        battery: Voltage,
        dt: Duration,
    ) -> Halting {
        let stands = speed.since_edge >= limits::STANDSTILL_TIME;
        self.stood_for = if stands {
            self.stood_for.plus_up_to(dt, limits::STANDSTILL_TIME)
        } else {
            Duration::from_us(0)
        };
        let late = self.since >= limits::STOP_TIME_MAX;
        if self.torque_off_now || late {
            self.phase = Phase::Off;
        }
        match self.phase {
            Phase::Braking if stands && self.since >= BRAKE_TIME => self.stand(quadrant),
            Phase::Braking => Halting {
                wish: Wish::Brake,
                done: false,
            },
            Phase::Parking => self.park(speed, quadrant, battery, dt),
            Phase::Off => Halting {
                wish: Wish::Off,
                done: stands || late,
            },
        }
    }

    fn stand(&mut self, quadrant: Quadrant) -> Halting {
        let inside = quadrant == Quadrant::Retracted;
        self.phase = if inside || !self.may_park {
            Phase::Off
        } else {
            Phase::Parking
        };
        Halting {
            wish: Wish::Brake,
            done: false,
        }
    }

    fn park(
        &mut self,
        speed: &SpeedReading,
        quadrant: Quadrant,
        battery: Voltage,
        dt: Duration,
    ) -> Halting {
        self.parking_for = self.parking_for.plus_up_to(dt, limits::PARK_TIME);
        let inside = quadrant == Quadrant::Retracted;
        if self.parking_for >= limits::PARK_TIME || !self.may_park {
            self.phase = Phase::Off;
            return Halting {
                wish: Wish::Brake,
                done: false,
            };
        }
        if inside {
            if speed.since_edge >= limits::STANDSTILL_TIME {
                self.phase = Phase::Off;
            }
            return Halting {
                wish: Wish::Brake,
                done: false,
            };
        }
        self.step_for = self.step_for.plus_up_to(dt, STEP_TIME);
        if speed.edges > 0 {
            self.push_mv = PUSH_FIRST_MV;
        }
        if self.step_for >= STEP_TIME {
            self.step_for = Duration::from_us(0);
            if speed.since_edge >= STEP_TIME {
                self.push_mv = self.push_mv.saturating_add(PUSH_MORE_MV).min(PUSH_MAX_MV);
            }
        }
        if self.step_for >= PUSH_TIME {
            return Halting {
                wish: Wish::Brake,
                done: false,
            };
        }
        let parts = self.push_mv.saturating_mul(i32::from(Duty::FULL));
        let parts = parts.checked_div(battery.as_mv().max(1)).unwrap_or(0);
        let duty = Duty::from_parts(u16::try_from(parts).unwrap_or(0));
        // The shorter way in: from the outward quarter the needles go back as they came.
        let bridge = match quadrant {
            Quadrant::Extending => Bridge::Backward(duty),
            Quadrant::Extended | Quadrant::Retracting | Quadrant::Retracted => {
                Bridge::Forward(duty)
            }
        };
        Halting {
            wish: Wish::Park(bridge),
            done: false,
        }
    }
}

/// Whether the needles are known to be inside; anything unknown is "may be out" (STOP-003).
pub(crate) fn is_parked(quadrant: Quadrant, depth: Option<Depth>) -> bool {
    quadrant == Quadrant::Retracted && depth.is_some_and(|depth| depth <= INSIDE_UP_TO)
}
