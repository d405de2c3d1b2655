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
    /// The pen fell or was struck, and its depth was not yet checked at zero (PWR-007).
    ZeroCheck,
    /// Grip or winding is too warm, or the temperature of the grip is unknown (PWR-004).
    Heat,
}

impl Lock {
    /// Every lock, in bit order.
    pub const ALL: [Self; 16] = [
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
    ];

    const fn bit(self) -> u16 {
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
        }
    }
}

/// A set of [`Lock`]s; empty means that nothing forbids treatment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Locks(u16);
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
