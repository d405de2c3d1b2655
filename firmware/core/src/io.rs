//! What enters a step and what leaves it: raw counts and levels in, one motor command out.
//!
//! Inputs carry *counts*, never scaled values, so that a test which enters here goes through
//! every conversion that a board's readings go through (PROOF-003). Acceleration alone comes in a
//! unit: the part is digital and its maker has scaled it.

use crate::gate::MotorCommand;
use crate::units::{Depth, Duration};

/// One raw reading of a converter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sample {
    /// Converter counts, 12 bit.
    pub counts: u16,
    /// Time since the reading was taken. At least the longest duration when it never was.
    pub age: Duration,
}
any_struct!(Sample { counts, age });

/// One reading of the accelerometer. At rest it is 1 g upward, in free fall nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Acceleration {
    /// Along the part's first axis. Unit: thousandths of standard gravity.
    pub x_mg: i16,
    /// Along its second axis. Same unit.
    pub y_mg: i16,
    /// Along its third axis. Same unit.
    pub z_mg: i16,
    /// Time since the reading was taken. At least the longest duration when it never was.
    pub age: Duration,
}
any_struct!(Acceleration {
    x_mg,
    y_mg,
    z_mg,
    age
});

/// The two-channel tachometer: two hall switches a quarter turn apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tacho {
    /// Quarter turns since the last tick, positive forward.
    pub edges: i8,
    /// Age of the newest edge at this tick; only meaningful when `edges` is not zero.
    pub edge_age: Duration,
    /// Where the cam is now.
    pub quadrant: Quadrant,
}
any_struct!(Tacho {
    edges,
    edge_age,
    quadrant
});

/// A quarter of the cam's turn, told by the two hall levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Quadrant {
    /// Within 45 degrees of full retraction.
    #[default]
    Retracted,
    /// Between retraction and extension, needles on their way out.
    Extending,
    /// Within 45 degrees of full extension.
    Extended,
    /// Between extension and retraction, needles on their way in.
    Retracting,
}
any_enum!(Quadrant {
    Retracted,
    Extending,
    Extended,
    Retracting
});

/// The trigger's two contacts; it counts as held only when both say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trigger {
    /// The closing contact is closed.
    pub closed: bool,
    /// The opening contact is open.
    pub opened: bool,
}
any_struct!(Trigger { closed, opened });

impl Trigger {
    /// Whether both contacts agree that the trigger is held.
    #[must_use]
    pub const fn is_held(self) -> bool {
        self.closed && self.opened
    }

    /// Whether both contacts agree that the trigger is released.
    #[must_use]
    pub const fn is_released(self) -> bool {
        !self.closed && !self.opened
    }
}

/// The two buttons on the pen's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Buttons {
    /// Chooses the next zone.
    pub next: bool,
    /// Confirms the zone, acknowledges a fault, and is the physical act that Service mode needs.
    pub ok: bool,
}
any_struct!(Buttons { next, ok });

/// What the cartridge's tag said when it was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TagReading {
    /// No tag answers.
    #[default]
    Absent,
    /// A tag answers, but what it says cannot be trusted or read.
    Unreadable,
    /// A tag answers.
    Present(Tag),
}
any_enum!(TagReading { Absent, Unreadable, Present(value) });

/// The payload of a cartridge's tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tag {
    /// Identity; never reused by the maker.
    pub id: u64,
    /// Raw type code, see [`crate::cartridge::Kind`].
    pub kind: u8,
    /// Last day of use, in days since 2020-01-01.
    pub expiry_day: u16,
    /// The tag's own check of authenticity passed.
    pub authentic: bool,
    /// The tag or the pen's list says that it was used before.
    pub used: bool,
}
any_struct!(Tag {
    id,
    kind,
    expiry_day,
    authentic,
    used
});

/// Everything a control step may know about the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Inputs {
    /// Speed and angle of the cam.
    pub tacho: Tacho,
    /// First depth channel (linear hall sensor).
    pub depth_a: Sample,
    /// Second depth channel, of another principle (magnetic encoder).
    pub depth_b: Sample,
    /// Motor current through the shunt.
    pub current: Sample,
    /// Battery voltage at the bridge.
    pub battery: Sample,
    /// Temperature of the grip: a thermistor to ground under a resistor of its nominal value.
    pub grip: Sample,
    /// How the pen is moved.
    pub acceleration: Acceleration,
    /// The trigger's contacts.
    pub trigger: Trigger,
    /// The buttons on the body.
    pub buttons: Buttons,
    /// A cartridge presses the seat switch.
    pub seated: bool,
    /// The charging cable brings power.
    pub vbus: bool,
    /// The cartridge's tag.
    pub tag: TagReading,
    /// The newest ledger that storage has read back, see [`Outputs::ledger`].
    pub ledger_stored: u16,
}
any_struct!(Inputs {
    tacho,
    depth_a,
    depth_b,
    current,
    battery,
    grip,
    acceleration,
    trigger,
    buttons,
    seated,
    vbus,
    tag,
    ledger_stored
});

/// What a motorised depth actuator shall do. A measured ring ignores it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DepthCommand {
    /// Where the actuator shall be now; already ramped, never beyond the cap in force.
    pub target: Depth,
}

/// Everything a control step may do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outputs {
    pub(crate) motor: MotorCommand,
    pub(crate) depth: DepthCommand,
    pub(crate) burn: Option<u64>,
    pub(crate) ledger: u16,
    pub(crate) quiet: bool,
}

impl Outputs {
    /// The state in which nothing can move.
    pub const SAFE: Self = Self {
        motor: MotorCommand::OFF,
        depth: DepthCommand {
            target: Depth::from_um(0),
        },
        burn: None,
        ledger: 0,
        quiet: false,
    };

    /// What the bridge and the enable path shall do.
    #[must_use]
    pub const fn motor(&self) -> MotorCommand {
        self.motor
    }

    /// What a motorised depth actuator shall do.
    #[must_use]
    pub const fn depth(&self) -> DepthCommand {
        self.depth
    }

    /// Cartridge to mark as used, on the tag and in the pen's list (CART-003).
    #[must_use]
    pub const fn burn(&self) -> Option<u64> {
        self.burn
    }

    /// Number of the ledger that storage shall hold; see [`crate::pen::Pen::ledger`].
    #[must_use]
    pub const fn ledger(&self) -> u16 {
        self.ledger
    }

    /// Whether storage may erase or program now: never while the motor may turn (STORE-003).
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.quiet
    }
}
