//! From the brake to torque off: brake, standstill, park, off (SS1, STOP-002, STOP-003).
//!
//! Parking is the one push that nobody holds the trigger for, so it is bounded by what cannot be
//! wrong: its voltage by the fullest battery there is, not by a reading; its time and its turns by
//! counters; its direction by both witnesses of the cam. Any doubt ends it. Needles that are left out
//! and told are better than a push in doubt.

#[cfg(any(test, feature = "verify"))]
pub(crate) mod verify;

use crate::cam::{Cam, Way};
use crate::duty::{PUSH_MAX_MV, Push};
use crate::estimate::SpeedReading;
use crate::gate::Wish;
use crate::io::Quadrant;
use crate::limits;
use crate::units::{Current, Duration};

/// One parking step: a short push, then the brake, so that the cam creeps. Unit: us.
const STEP_TIME: Duration = Duration::from_ms(16);
/// Push of one step. Unit: us.
const PUSH_TIME: Duration = Duration::from_ms(6);
/// Voltage of the first push; each step without an edge adds [`PUSH_MORE_MV`]. Unit: mV.
const PUSH_FIRST_MV: i32 = 400;
/// See [`PUSH_FIRST_MV`]. Unit: mV.
const PUSH_MORE_MV: i32 = 140;
/// Most edges of one parking: from anywhere to the retracted quarter it takes two. Unit: edges.
const EDGES_MOST: u8 = 3;

/// Shortest brake: a tachometer that fell silent says nothing about standstill, and the slowest
/// stop simulated from 150 Hz takes 72 ms. Unit: us. Source: `docs/limits.md#stop`.
const BRAKE_TIME: Duration = Duration::from_ms(80);
/// A braked winding that generates less than this hardly turns: 2 Hz are 23 mA. Unit: mHz.
const STILL_MHZ: u32 = 2_000;
/// Slower than this, on its way out, the cam is turned back before it comes to rest: the entry that
/// would come last (STOP-002). By the winding, and on average over the last quarter turn. Unit: mHz.
/// Source: of 6 000 stops simulated, entries after 26 ms came below 7 Hz.
const CREEP_MHZ: u32 = 10_000;
/// See [`CREEP_MHZ`].
const CREEP_QUARTER_MHZ: u32 = 31_000;
/// The same so late that an entry would be, too: the push has to stop the cam within 3 ms. Unit: mHz.
/// Source: of 30 000 sessions simulated one came to an entry after 30.2 ms, its quarter at 31 Hz when
/// the winding was at 7.
const CREEP_LATE_MHZ: u32 = 12_000;
/// See [`CREEP_LATE_MHZ`].
const CREEP_LATE_QUARTER_MHZ: u32 = 40_000;
/// See [`CREEP_LATE_MHZ`]: brake before that. Unit: us.
const CREEP_LATE_AFTER: Duration = Duration::from_ms(22);
/// Voltage of the push that turns it back, up to the next edge: a weaker one may only delay the entry. Unit: mV. Source: of
/// 70 000 stops simulated two came to an entry after 30.3 ms with 400 mV, none of 34 754 with this; with
/// 800 mV and a broken spring one of 400 did, after 30.5 ms, none of 600 with this.
const CREEP_PUSH_MV: i32 = 1_200;
/// Brake before that. Unit: us.
const CREEP_AFTER: Duration = Duration::from_ms(12);

/// Part of the rate at the brake that a working one shows within [`SHOWN_AFTER`]. In the first
/// millisecond it is nine tenths, and what the cam loses to skin and spring by then.
const SHOWN_PART: u32 = 4;
/// See [`SHOWN_PART`]. Unit: readings.
const SHOWN_AFTER: u8 = 3;

/// So many edges of a cam faster than [`CREEP_QUARTER_MHZ`] from which the winding showed nothing: it is not
/// braked. One may be a reading that came late.
const UNSHOWN_MOST: u8 = 2;

/// Time after which no current flows through a path that was opened: two readings later. Unit: us.
const DOUBT_TIME: Duration = Duration::from_ms(3);

/// A cam that the brake held near full extension falls in when it lets go, driven by the spring: so
/// long it may take to begin. Unit: us. Source: simulated, 5-30 ms.
const FALL_TIME: Duration = Duration::from_ms(60);

const _: () =
    assert!(BRAKE_TIME.as_us() + limits::PARK_TIME.as_us() < limits::STOP_TIME_MAX.as_us());

/// Where the stop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The winding is shorted and the cam still turns.
    #[default]
    Braking,
    /// The cam creeps towards retraction, this way.
    Parking(Way),
    /// Torque off.
    Off,
}
any_enum!(Phase { Braking, Parking(value), Off });

/// What a stop sees in a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HaltView<'a> {
    pub(crate) speed: &'a SpeedReading,
    pub(crate) cam: &'a Cam,
    pub(crate) quadrant: Quadrant,
    /// What the winding generates, if it is known. Unit: mHz.
    pub(crate) rate_mhz: Option<i32>,
    pub(crate) current: Option<Current>,
    pub(crate) dt: Duration,
}

impl HaltView<'_> {
    fn is_silent(&self) -> bool {
        self.speed.since_edge >= limits::STANDSTILL_TIME
    }

    /// The winding generates no more than this, as far as it tells.
    fn is_below(&self, mhz: u32) -> bool {
        self.rate_mhz.is_none_or(|rate| rate.unsigned_abs() < mhz)
    }
}

/// Whether torque stays possible in a stop: the brake needs the enable path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Path {
    /// The brake works, as far as anybody knows.
    #[default]
    Closed,
    /// A current was read that neither brake nor push makes. Through an open path none flows: one that is
    /// read all the same is a lie, and the brake is taken back.
    Doubted,
    /// The brake does not brake: only the second path is left (STOP-011).
    Open,
}
any_enum!(Path {
    Closed,
    Doubted,
    Open
});

/// A stop under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Halt {
    /// Time since the brake was applied.
    pub(crate) since: Duration,
    phase: Phase,
    may_park: bool,
    path: Path,
    /// How long the path has been open for a doubt; nothing once the current was found to lie.
    doubted_for: Option<Duration>,
    parking_for: Duration,
    step_for: Duration,
    push_mv: i32,
    edges: u8,
    /// Time since torque went off.
    off_for: Duration,
    /// The next tick is the first: the time before it was driven, not braked.
    begins: bool,
    /// Time since the motor was last pushed; nothing when nothing had driven it.
    unpushed_for: Option<Duration>,
    /// Rate at the brake, and the highest that the braked winding has shown since. Unit: mHz.
    from_mhz: u32,
    shown_mhz: u32,
    /// Readings since the brake was applied.
    looks: u8,
    /// Edges since, up to the time in which a cam that turned makes one.
    turned: u8,
    /// Edges of a fast cam of which the braked winding showed nothing.
    unshown: u8,
    unfelt: Option<Unfelt>,
}
any_struct!(Halt {
    since,
    phase,
    may_park,
    path,
    doubted_for,
    parking_for,
    step_for,
    push_mv,
    edges,
    off_for,
    begins,
    unpushed_for,
    from_mhz,
    shown_mhz,
    looks,
    turned,
    unshown,
    unfelt
});

/// A brake of which the winding showed too little: it does not brake, or the current is misread. The
/// needles stay where they are, so it has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfelt {
    /// The highest rate that it showed. Unit: mHz.
    pub(crate) shown_mhz: u32,
    /// What it should have shown at least. Unit: mHz.
    pub(crate) least_mhz: u32,
}
any_struct!(Unfelt {
    shown_mhz,
    least_mhz
});

/// What a stop comes to this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halting {
    pub(crate) wish: Wish,
    /// The motor stands, parked as far as possible.
    pub(crate) done: bool,
}

impl Halting {
    const BRAKE: Self = Self {
        wish: Wish::Brake,
        done: false,
    };
}

impl Halt {
    /// A stop that begins now.
    pub(crate) fn begin(may_park: bool, path: Path) -> Self {
        Self {
            may_park,
            path,
            doubted_for: Some(Duration::from_us(0)),
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
            ..Self::begin(false, Path::Open)
        }
    }

    /// A fault during the stop: no more parking, perhaps no more brake.
    pub(crate) fn worsen(&mut self, may_park: bool, path: Path) {
        self.may_park = self.may_park && may_park;
        if path != Path::Doubted || self.doubted_for.is_some() {
            self.path = self.path.max(path);
        }
    }

    /// Time since the stop began.
    pub(crate) const fn lasted(&self) -> Duration {
        self.since
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
    pub(crate) const fn is_parking(&self) -> bool {
        matches!(self.phase, Phase::Parking(_))
    }

    pub(crate) fn update(&mut self, view: &HaltView<'_>) -> Halting {
        let dt = if core::mem::take(&mut self.begins) {
            Duration::from_us(0)
        } else {
            view.dt
        };
        self.since = self.since.plus_up_to(dt, limits::STOP_TIME_MAX);
        let halting = self.advance(view, dt);
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

    fn advance(&mut self, view: &HaltView<'_>, dt: Duration) -> Halting {
        let late = self.since >= limits::STOP_TIME_MAX;
        if self.path == Path::Doubted {
            self.doubt(view, dt);
        }
        if self.path != Path::Closed || late {
            self.phase = Phase::Off;
        }
        match self.phase {
            Phase::Braking => self.brake(view),
            Phase::Parking(way) => self.park(way, view, dt),
            // A cam that was let go near full extension falls in: braked, it does not swing out again.
            Phase::Off if self.path == Path::Closed && view.speed.edges > 0 && !late => {
                self.phase = Phase::Braking;
                self.may_park = false;
                self.off_for = Duration::from_us(0);
                Halting::BRAKE
            }
            Phase::Off => {
                self.off_for = self.off_for.plus_up_to(dt, FALL_TIME);
                let fell = view.quadrant == Quadrant::Retracted || self.off_for >= FALL_TIME;
                Halting {
                    wish: Wish::Off,
                    done: (view.is_silent() && fell) || late,
                }
            }
        }
    }

    /// The path is open: is what made it open still read?
    fn doubt(&mut self, view: &HaltView<'_>, dt: Duration) {
        let Some(time) = self.doubted_for else { return };
        let time = time.plus_up_to(dt, DOUBT_TIME);
        let flows = view
            .current
            .is_some_and(|now| now.as_ma().saturating_abs() > limits::REST_CURRENT.as_ma());
        let lies = time >= DOUBT_TIME && flows;
        self.doubted_for = (!lies).then_some(time);
        if lies {
            self.path = Path::Closed;
            self.phase = Phase::Braking;
            self.may_park = false;
        }
    }

    fn brake(&mut self, view: &HaltView<'_>) -> Halting {
        self.look(view);
        let way = view.cam.way_in(None).filter(|_| self.may_park);
        let stands = view.is_silent() && view.is_below(STILL_MHZ) && self.since >= BRAKE_TIME;
        let (creep_mhz, quarter_mhz) = if self.since >= CREEP_LATE_AFTER {
            (CREEP_LATE_MHZ, CREEP_LATE_QUARTER_MHZ)
        } else {
            (CREEP_MHZ, CREEP_QUARTER_MHZ)
        };
        // A winding that shows nothing while edges come is not braked, and nothing would stop a push.
        let creeps_out = self.since >= CREEP_AFTER
            && view.speed.quarter.as_mhz() < quarter_mhz
            && view.is_below(creep_mhz)
            && !view.is_below(STILL_MHZ);
        self.push_mv = if stands { PUSH_FIRST_MV } else { CREEP_PUSH_MV };
        self.phase = match way {
            Some(way) if stands || (creeps_out && way == Way::Backward) => Phase::Parking(way),
            Some(_) | None if stands => Phase::Off,
            Some(_) | None => Phase::Braking,
        };
        Halting::BRAKE
    }

    /// A brake that works draws a current by the rate that it brakes. One from which nothing comes tells
    /// nothing of the cam either, and no push would be stopped by it: there is none. The cam turned, and
    /// not only before the brake: it has made an edge since.
    fn look(&mut self, view: &HaltView<'_>) {
        let quarter = view.speed.quarter.as_mhz();
        if self.since == Duration::from_us(0) {
            self.from_mhz = quarter;
            return;
        }
        self.looks = self.looks.saturating_add(1);
        if self.since < limits::STANDSTILL_TIME {
            self.turned = self.turned.saturating_add(view.speed.edges);
        }
        // A drive turns it forward: a current the other way drives, and brakes nothing.
        let shown = view.rate_mhz.and_then(|mhz| u32::try_from(mhz).ok());
        self.shown_mhz = self.shown_mhz.max(shown.unwrap_or(0));
        let least_mhz = self.from_mhz / SHOWN_PART;
        let is_due = self.turned > 0 && self.looks >= SHOWN_AFTER && self.from_mhz >= CREEP_MHZ;
        let never = is_due && self.shown_mhz < least_mhz;
        // Nor does one that worked and shows nothing any more while edges come.
        let shows = !view.is_below(STILL_MHZ) || view.rate_mhz.is_none();
        if view.speed.edges > 0 && !shows && quarter >= CREEP_QUARTER_MHZ {
            self.unshown = self.unshown.saturating_add(1);
        }
        if never {
            self.leave(self.shown_mhz, least_mhz);
        } else if self.unshown >= UNSHOWN_MOST {
            self.leave(0, STILL_MHZ);
        }
    }

    fn leave(&mut self, shown_mhz: u32, least_mhz: u32) {
        self.may_park = false;
        self.unfelt = self.unfelt.or(Some(Unfelt {
            shown_mhz,
            least_mhz,
        }));
    }

    /// The brake of which nothing came.
    pub(crate) const fn unfelt(&self) -> Option<Unfelt> {
        self.unfelt
    }

    fn park(&mut self, way: Way, view: &HaltView<'_>, dt: Duration) -> Halting {
        self.parking_for = self.parking_for.plus_up_to(dt, limits::PARK_TIME);
        self.edges = self.edges.saturating_add(view.speed.edges);
        let spent = self.parking_for >= limits::PARK_TIME || self.edges > EDGES_MOST;
        if view.quadrant == Quadrant::Retracted {
            if view.is_silent() {
                self.phase = Phase::Off;
            }
            return Halting::BRAKE;
        }
        // Any doubt ends it: about the budget, the fault that came, the quarter, or the way. The cam may
        // still turn then: it is braked to its standstill.
        let Some(way) = view
            .cam
            .way_in(Some(way))
            .filter(|_| !spent && self.may_park)
        else {
            self.may_park = false;
            self.phase = Phase::Braking;
            return Halting::BRAKE;
        };
        self.phase = Phase::Parking(way);
        self.step_for = self.step_for.plus_up_to(dt, STEP_TIME);
        if view.speed.edges > 0 {
            self.push_mv = PUSH_FIRST_MV;
        }
        if self.step_for >= STEP_TIME {
            self.step_for = Duration::from_us(0);
            if view.speed.since_edge >= STEP_TIME {
                self.push_mv = self.push_mv.saturating_add(PUSH_MORE_MV).min(PUSH_MAX_MV);
            }
        }
        if self.step_for >= PUSH_TIME {
            return Halting::BRAKE;
        }
        Halting {
            wish: Wish::Park(Push::new(way, self.push_mv)),
            done: false,
        }
    }
}

#[cfg(test)]
mod tests;
