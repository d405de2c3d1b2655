//! The stop under proof: it ends, whatever the sensors say, and its pushes are bounded by what cannot
//! be wrong (SAFE-003, STOP-003).

use super::{Halt, HaltView, Path, Phase};
use crate::cam::Cam;
use crate::estimate::SpeedReading;
use crate::fault::Fault;
use crate::gate::{Bridge, Wish};
use crate::io::Quadrant;
use crate::units::{Current, Duration};
use crate::verify::{Any, Rule, Source, at_most, rule};

const fn ms(value: u32) -> Duration {
    Duration::from_ms(value)
}

impl Halt {
    /// What is true of a stop between two ticks.
    pub(crate) fn holds(&self) -> bool {
        self.since <= ms(470)
            && self.parking_for <= ms(300)
            && self.parking_for <= self.since
            && self.step_for <= ms(16)
            && (0..=2_100).contains(&self.push_mv)
            && self.doubted_for.is_none_or(|time| time <= ms(3))
            && (!self.begins || self.since == ms(0))
    }

    /// A stop that does not go on to park: the path is open, or something forbids it.
    pub(crate) const fn may_push(&self) -> bool {
        self.may_park
    }

    /// How long the needles have been pushed.
    pub(crate) const fn pushed_for(&self) -> Duration {
        self.parking_for
    }

    /// The next tick is the first of this stop.
    pub(crate) const fn is_new(&self) -> bool {
        self.begins
    }

    /// Whether a stop after this fault may push the needles in: the cam turns freely, and what drives
    /// and measures it is not what failed.
    pub(crate) const fn is_mild(fault: Fault) -> bool {
        matches!(
            fault,
            Fault::DepthStuck
                | Fault::DepthCrept
                | Fault::TickLate
                | Fault::CartridgeUnseated
                | Fault::FreeFall
                | Fault::Shock
        )
    }

    /// Takes away the push that this fault forbids, for a stop that was drawn by chance.
    pub(crate) fn forbid_push_after(&mut self, fault: Option<Fault>) {
        self.may_park = self.may_park && fault.is_none_or(Self::is_mild);
    }

    /// Brings a stop that was drawn by chance to one that can be.
    pub(crate) fn tame(&mut self) {
        at_most(&mut self.since, 470);
        at_most(&mut self.parking_for, 300);
        self.parking_for = self.parking_for.min(self.since);
        at_most(&mut self.step_for, 16);
        self.push_mv = self.push_mv.clamp(0, 2_100);
        self.doubted_for = self.doubted_for.map(|time| time.min(ms(3)));
        self.begins = self.begins && self.since == ms(0);
    }
}

/// What is checked.
pub(crate) const RULES: &[Rule] = &[
    rule(1, "SAFE-003", "the stop keeps its invariant"),
    rule(
        2,
        "SAFE-001",
        "a stop never turns the motor for work and tests no path",
    ),
    rule(
        3,
        "SAFE-003",
        "its time runs by no less than the tick, up to 470 ms",
    ),
    rule(
        4,
        "SAFE-003",
        "at 470 ms torque is off and the stop is done, whatever is read",
    ),
    rule(5, "SAFE-003", "a stop is done with torque off only"),
    rule(
        6,
        "STOP-003",
        "a push is a small duty: 2.1 V of the fullest battery, 8.5 V",
    ),
    rule(
        7,
        "STOP-003",
        "a push comes only where parking is allowed, which is never allowed anew",
    ),
    rule(8, "STOP-003", "pushes end 300 ms after the first"),
    rule(
        9,
        "STOP-003",
        "a push that goes on after a fourth edge does not exist",
    ),
    rule(
        10,
        "STOP-011",
        "a path that was opened for good stays open, without torque",
    ),
    rule(
        11,
        "STOP-005",
        "the first tick of a stop brakes or opens the path",
    ),
    rule(
        12,
        "STOP-003",
        "no push while nobody knows where the cam is",
    ),
];

/// What must be possible.
pub(crate) const CASES: &[(u32, &str)] = &[
    (1, "pushes"),
    (2, "is done before its time is over"),
    (3, "is done because its time is over"),
    (4, "takes the brake back from a current that lies"),
];

/// Any stop, any readings, one tick.
pub fn room<S: Source>(s: &mut S) {
    let mut halt = Halt::any(s);
    if s.is_drawn() {
        halt.tame();
    }
    s.assume(halt.holds());
    let before = halt;
    let (speed, cam) = (SpeedReading::any(s), Cam::any(s));
    let (quadrant, rate_mhz) = (Quadrant::any(s), Option::<i32>::any(s));
    let (current, dt) = (Option::<Current>::any(s), Duration::any(s));
    let halting = halt.update(&HaltView {
        speed: &speed,
        cam: &cam,
        quadrant,
        rate_mhz,
        current,
        dt,
    });
    let (pushes, parts) = match halting.wish {
        Wish::Park(push) => match push.bridge() {
            Bridge::Forward(duty) | Bridge::Backward(duty) => (true, duty.as_parts()),
            Bridge::Float | Bridge::Short => (true, u16::MAX),
        },
        Wish::Off | Wish::Brake | Wish::Turn(_) | Wish::ProbeEnable(_) | Wish::ProbeSupply(_) => {
            (false, 0)
        }
    };
    s.check(1, halt.holds());
    s.check(
        2,
        matches!(halting.wish, Wish::Off | Wish::Brake | Wish::Park(_)),
    );
    let run = if before.begins {
        before.since
    } else {
        before.since.plus_up_to(dt, ms(470))
    };
    s.check(3, halt.since >= run);
    let late = halt.since >= ms(470);
    s.check(4, !late || (halting.done && halting.wish == Wish::Off));
    s.check(5, !halting.done || halting.wish == Wish::Off);
    s.check(6, !pushes || parts <= 2_470);
    s.check(
        7,
        (!pushes || halt.may_park) && (before.may_park || !halt.may_park),
    );
    s.check(8, !pushes || halt.parking_for < ms(300));
    s.check(9, !pushes || halt.edges <= 3);
    let gone = before.path == Path::Open;
    s.check(
        10,
        !gone || (halt.path == Path::Open && halting.wish == Wish::Off),
    );
    let begun = before.begins && before.phase == Phase::Braking;
    s.check(
        11,
        !begun || matches!(halting.wish, Wish::Brake | Wish::Off),
    );
    s.check(12, !pushes || cam.is_believed());
    s.cover(1, pushes);
    s.cover(2, halting.done && !late);
    s.cover(3, halting.done && late);
    s.cover(4, before.path == Path::Doubted && halt.path == Path::Closed);
}
