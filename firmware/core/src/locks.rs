//! What forbids treatment while the pen rests, each reason by name.

/// One reason to stay Locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Lock {
    /// The power-up tests have not finished.
    Testing,
    /// The image's checksum is wrong (TEST-001).
    Image,
    /// The memory test failed (TEST-001).
    Memory,
    /// A stored record could not be read back whole (TEST-001).
    Storage,
    /// No usable limit profile (CONF-004).
    Profile,
    /// No usable calibration (CAL-003).
    Calibration,
    /// The charging cable brings power, or did a moment ago (PWR-003).
    Cable,
    /// The trigger is held, its contacts disagree, or it was not yet seen released (STOP-001).
    Trigger,
    /// A depth channel gives no usable reading (DEPTH-001, TEST-001).
    Depth,
    /// The tachometer moves although nothing drives (TEST-001).
    Tacho,
    /// The current reading is not zero at rest, or unusable (TEST-001).
    CurrentZero,
    /// The battery reading is unusable or too low to start (PWR-001).
    Battery,
    /// The control tick is outside its bounds (TEST-001).
    Clock,
    /// The accelerometer gives no usable reading (PWR-007, SENS-001).
    Motion,
    /// The pen fell or was struck, or a terminal fault was ended, and its depth was not yet checked at zero
    /// (PWR-007).
    ZeroCheck,
    /// Grip or winding is too warm, or the temperature of the grip is unknown (PWR-004).
    Heat,
    /// Nobody has signed off the calibration in force: how the pen measures with it was not looked at (CAL-005).
    Unverified,
}

impl Lock {
    /// Every lock, in bit order.
    pub const ALL: [Self; 17] = [
        Self::Testing,
        Self::Image,
        Self::Memory,
        Self::Storage,
        Self::Profile,
        Self::Calibration,
        Self::Cable,
        Self::Trigger,
        Self::Depth,
        Self::Tacho,
        Self::CurrentZero,
        Self::Battery,
        Self::Clock,
        Self::Motion,
        Self::ZeroCheck,
        Self::Heat,
        Self::Unverified,
    ];

    const fn bit(self) -> u32 {
        match self {
            Self::Testing => 1,
            Self::Image => 1 << 1,
            Self::Memory => 1 << 2,
            Self::Storage => 1 << 3,
            Self::Profile => 1 << 4,
            Self::Calibration => 1 << 5,
            Self::Cable => 1 << 6,
            Self::Trigger => 1 << 7,
            Self::Depth => 1 << 8,
            Self::Tacho => 1 << 9,
            Self::CurrentZero => 1 << 10,
            Self::Battery => 1 << 11,
            Self::Clock => 1 << 12,
            Self::Motion => 1 << 13,
            Self::ZeroCheck => 1 << 14,
            Self::Heat => 1 << 15,
            Self::Unverified => 1 << 16,
        }
    }
}

/// A set of [`Lock`]s; empty means that nothing forbids treatment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Locks(u32);
any_newtype!(Locks);

impl Locks {
    /// No lock.
    pub const NONE: Self = Self(0);

    /// This set with one lock closed or left as it is.
    #[must_use]
    pub const fn with(self, lock: Lock, closed: bool) -> Self {
        if closed {
            Self(self.0 | lock.bit())
        } else {
            self
        }
    }

    /// This set without one lock.
    #[must_use]
    pub const fn without(self, lock: Lock) -> Self {
        Self(self.0 & !lock.bit())
    }

    /// Whether a lock is closed.
    #[must_use]
    pub const fn has(self, lock: Lock) -> bool {
        self.0 & lock.bit() != 0
    }

    /// Whether nothing is locked.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The closed locks, in order.
    pub fn iter(self) -> impl Iterator<Item = Lock> {
        Lock::ALL.into_iter().filter(move |lock| self.has(*lock))
    }
}

/// What closes locks, as plain facts of this tick.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each by its name"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockFacts {
    /// Locks that the start closed for good.
    pub(crate) fixed: Locks,
    /// The power-up tests have not finished.
    pub(crate) tests: bool,
    /// The mode waits for somebody to start: a held trigger locks.
    pub(crate) waits: bool,
    /// The motor rests: what it should not do then locks.
    pub(crate) rests: bool,
    pub(crate) has_profile: bool,
    pub(crate) has_calibration: bool,
    /// The calibration in force was signed off, or there is none.
    pub(crate) is_verified: bool,
    pub(crate) is_unplugged: bool,
    pub(crate) is_free: bool,
    pub(crate) knows_depth: bool,
    pub(crate) turns: bool,
    /// The current reading is unusable, or not zero while nothing flows on purpose.
    pub(crate) flows: bool,
    pub(crate) battery_low: bool,
    pub(crate) clock_bad: bool,
    pub(crate) knows_acceleration: bool,
    /// The depth was not yet checked at zero after a fall.
    pub(crate) shaken: bool,
    /// Too warm, or the temperature is unknown.
    pub(crate) hot: bool,
}

/// What forbids treatment now. A worse fact never opens a lock.
#[inline]
pub(crate) fn close(facts: &LockFacts) -> Locks {
    let rests = facts.rests;
    facts
        .fixed
        .with(Lock::Testing, facts.tests)
        .with(Lock::Profile, !facts.has_profile)
        .with(Lock::Calibration, !facts.has_calibration)
        .with(Lock::Cable, !facts.is_unplugged)
        .with(Lock::Trigger, facts.waits && !facts.is_free)
        .with(Lock::Depth, rests && !facts.knows_depth)
        .with(Lock::Tacho, rests && facts.turns)
        .with(Lock::CurrentZero, rests && facts.flows)
        .with(Lock::Battery, facts.battery_low)
        .with(Lock::Clock, facts.clock_bad)
        .with(Lock::Motion, rests && !facts.knows_acceleration)
        .with(Lock::ZeroCheck, facts.shaken)
        .with(Lock::Heat, rests && facts.hot)
        .with(Lock::Unverified, !facts.is_verified)
}

#[cfg(test)]
mod tests {
    use super::{Lock, LockFacts, Locks, close};

    const FINE: LockFacts = LockFacts {
        fixed: Locks::NONE,
        tests: false,
        waits: true,
        rests: true,
        has_profile: true,
        has_calibration: true,
        is_verified: true,
        is_unplugged: true,
        is_free: true,
        knows_depth: true,
        turns: false,
        flows: false,
        battery_low: false,
        clock_bad: false,
        knows_acceleration: true,
        shaken: false,
        hot: false,
    };

    #[test]
    fn test_001_each_bad_fact_closes_its_own_lock_and_no_other() {
        assert!(close(&FINE).is_empty());
        type Worsen = fn(&mut LockFacts);
        let worse: [(Lock, Worsen); 14] = [
            (Lock::Testing, |facts| facts.tests = true),
            (Lock::Profile, |facts| facts.has_profile = false),
            (Lock::Calibration, |facts| facts.has_calibration = false),
            (Lock::Cable, |facts| facts.is_unplugged = false),
            (Lock::Trigger, |facts| facts.is_free = false),
            (Lock::Depth, |facts| facts.knows_depth = false),
            (Lock::Tacho, |facts| facts.turns = true),
            (Lock::CurrentZero, |facts| facts.flows = true),
            (Lock::Battery, |facts| facts.battery_low = true),
            (Lock::Clock, |facts| facts.clock_bad = true),
            (Lock::Motion, |facts| facts.knows_acceleration = false),
            (Lock::ZeroCheck, |facts| facts.shaken = true),
            (Lock::Heat, |facts| facts.hot = true),
            (Lock::Unverified, |facts| facts.is_verified = false),
        ];
        // Every set of bad facts closes exactly the locks of its members.
        for set in 0..1_u32 << worse.len() {
            let mut facts = FINE;
            let mut expected = Locks::NONE;
            for (bit, (lock, worsen)) in worse.iter().enumerate() {
                if set >> bit & 1 != 0 {
                    worsen(&mut facts);
                    expected = expected.with(*lock, true);
                }
            }
            assert_eq!(close(&facts), expected, "{set:b}");
        }
        for lock in [Lock::Image, Lock::Memory, Lock::Storage] {
            let fixed = Locks::NONE.with(lock, true);
            assert_eq!(close(&LockFacts { fixed, ..FINE }), fixed);
        }
    }

    #[test]
    fn test_001_a_lock_that_is_closed_twice_is_closed_and_opens_alone() {
        for lock in Lock::ALL {
            let once = Locks::NONE.with(lock, true);
            assert!(once.has(lock) && once.iter().eq([lock]));
            assert_eq!(once.with(lock, true), once);
            assert_eq!(once.with(lock, false), once);
            assert_eq!(once.without(lock), Locks::NONE);
            assert_eq!(Locks::NONE.without(lock), Locks::NONE);
            let all = Lock::ALL
                .into_iter()
                .fold(Locks::NONE, |locks, lock| locks.with(lock, true));
            let others = Lock::ALL.into_iter().filter(|other| *other != lock);
            assert!(all.without(lock).iter().eq(others), "{lock:?}");
        }
    }
}
